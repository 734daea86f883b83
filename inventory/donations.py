"""What was given: offers, their acceptance, the goods and the money that came, and where every piece of it went.

Goods of a donation keep lots of their own, named after it, so that the ledger itself tells where they went. Where the donor named
who may have them, the lots are restricted (`inventory.restrictions`).
"""

from __future__ import annotations

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column, relationship, selectinload

from inventory import ledger
from inventory.balances import Balance
from inventory.base import (
    Actor,
    Base,
    Fen,
    Id,
    Keyed,
    Moment,
    Name,
    Quantity,
    ShortText,
    Text,
    claim,
    upsert,
    word_enum,
)
from inventory.catalogue import Item, Lot, lot_for, refuse_expired
from inventory.errors import InvalidInput, NotFound, Overspent, WrongState
from inventory.funds import LARGEST_FEN, Fund, FundEntry, enter, fund_for, get_fund, is_entered, spent_on
from inventory.ledger import Document, Line, Movement, Recorded
from inventory.places import Place, StockLocation
from inventory.purchasing import PurchaseOrder, PurchaseState, hold_order, standing
from inventory.restrictions import restrict
from inventory.units import Unit, get_unit, is_within, subtree


class DonationState(enum.StrEnum):
    """An offer waits until somebody has said yes or no; nothing is taken in before that. Closed, no more of it is awaited."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CLOSED = "closed"


class Donation(Keyed):
    """What somebody offered to give a unit (捐赠), and what was answered."""

    __tablename__ = "donation"
    __table_args__ = (CheckConstraint("money_fen >= 0", name="money_not_negative"),)

    donor_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    #: What the donor wants it used for; empty where the unit is free.
    purpose: Mapped[Name] = mapped_column(default="")
    money_fen: Mapped[Fen]
    offered_at: Mapped[Moment]
    offered_by: Mapped[Actor]
    note: Mapped[Text] = mapped_column(default="")
    state: Mapped[DonationState] = mapped_column(word_enum(DonationState), default=DonationState.OFFERED, index=True)
    decided_at: Mapped[Moment | None]
    decided_by: Mapped[str | None] = mapped_column(ShortText(64))
    decision_reason: Mapped[Text] = mapped_column(default="")
    ended_at: Mapped[Moment | None]
    ended_by: Mapped[str | None] = mapped_column(ShortText(64))
    end_reason: Mapped[Text] = mapped_column(default="", server_default="")

    donor: Mapped[StockLocation] = relationship()
    unit: Mapped[Unit] = relationship()
    lines: Mapped[list[DonationLine]] = relationship(order_by="DonationLine.id")
    named_units: Mapped[list[Unit]] = relationship(secondary="donation_unit", order_by="Unit.code", viewonly=True)

    @property
    def number(self) -> str:
        return f"JZ{self.id:07d}"


class DonationLine(Base):
    """So many base units of an item that were offered."""

    __tablename__ = "donation_line"
    __table_args__ = (
        UniqueConstraint("donation_id", "item_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[Id]
    donation_id: Mapped[int] = mapped_column(ForeignKey("donation.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    quantity: Mapped[Quantity]

    item: Mapped[Item] = relationship()


class DonationUnit(Base):
    """A unit that the donor named: its goods go there and to nobody else."""

    __tablename__ = "donation_unit"

    donation_id: Mapped[int] = mapped_column(ForeignKey("donation.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)


class DonationReceipt(Base):
    """The ledger receipts by which goods of a donation came. Never changed; they count unless reversed."""

    __tablename__ = "donation_receipt"

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)
    donation_id: Mapped[int] = mapped_column(ForeignKey("donation.id"), index=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """So many base units of an item that came, with what its label says."""

    item: Item
    quantity: int
    lot_code: str
    expires_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemStanding:
    """What was offered of an item and what came of it, in base units."""

    item: Item
    offered: int
    received: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A donation and what came of it; money in fen."""

    donation: Donation
    items: tuple[ItemStanding, ...]
    received_fen: int

    @property
    def awaited(self) -> bool:
        """Whether something that was accepted has not come yet."""
        accepted = self.donation.state is DonationState.ACCEPTED
        less = any(line.received < line.offered for line in self.items)
        return accepted and (less or self.received_fen < self.donation.money_fen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """One lot of a donation: what came of it, every move it made since, and where it is now. Quantities in base units.

    `received` = `in_stock` + `in_transit` + `handed_out` + `written_off`: what was reversed never came, and what came back counts
    where it lies now.
    """

    lot: Lot
    received: int
    in_stock: int
    in_transit: int
    handed_out: int
    #: Lost, disposed of, gone to a supplier, or missing at a count.
    written_off: int
    moves: tuple[Movement, ...]
    now: tuple[tuple[StockLocation, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thanks:
    """All that one donor gave a unit and those below it: base units by item, fen of money, and when last."""

    donor: StockLocation
    goods: tuple[tuple[Item, int], ...]
    money_fen: int
    times: int
    last: dt.datetime


#: As what the goods at a place count in a trail; everywhere else they are written off.
_PART = {
    Place.DONOR: "",
    Place.STORE: "in_stock",
    Place.VEHICLE: "in_stock",
    Place.TRANSIT: "in_transit",
    Place.RECIPIENT: "handed_out",
    Place.CONSUMED: "handed_out",
}
_PARTS = ("in_stock", "in_transit", "handed_out", "written_off")


# Acts -----------------------------------------------------------------------------------------------------------------


def offer(
    session: Session,
    *,
    key: str,
    donor: StockLocation,
    unit: Unit,
    at: dt.datetime,
    by: str,
    lines: Sequence[tuple[int, int]] = (),
    money_fen: int = 0,
    purpose: str = "",
    unit_ids: Sequence[int] = (),
    note: str = "",
) -> Donation:
    """Record what somebody offers: goods as (item id, base units), money in fen, and for whom or what it is meant.

    The same key again gives the same donation. Raises InvalidInput: "empty" where nothing is offered, "twice", "not-positive".
    """
    _refuse_unsound(donor, lines, money_fen)
    named = sorted({get_unit(session, unit_id).id for unit_id in unit_ids})
    donation, is_new = claim(
        session,
        Donation,
        key=key,
        asked=[donor.id, unit.id, list(lines), money_fen, purpose, named, note],
        donor_id=donor.id,
        unit_id=unit.id,
        purpose=purpose,
        money_fen=money_fen,
        offered_at=at,
        offered_by=by,
        note=note,
    )
    if is_new:
        session.add_all(DonationLine(donation_id=donation.id, item_id=i, quantity=q) for i, q in lines)
        session.add_all(DonationUnit(donation_id=donation.id, unit_id=unit_id) for unit_id in named)
        session.flush()
    return donation


def accept(session: Session, *, donation_id: int, at: dt.datetime, by: str, reason: str = "") -> Donation:
    """Say yes to an offer. Doing it twice is once. Raises WrongState after a refusal."""
    return _decide(session, donation_id, DonationState.ACCEPTED, at, by, reason)


def refuse(session: Session, *, donation_id: int, at: dt.datetime, by: str, reason: str) -> Donation:
    """Say no, and why. Doing it twice is once. Raises InvalidInput "empty" without a reason, WrongState after an acceptance."""
    if not reason.strip():
        raise InvalidInput("reason", "empty", reason)
    return _decide(session, donation_id, DonationState.REFUSED, at, by, reason)


def close_short(session: Session, *, donation_id: int, reason: str, at: dt.datetime, by: str) -> Donation:
    """Say that no more of an accepted donation will come. Doing it twice is once.

    Raises InvalidInput "empty" for something missing without a reason, WrongState where it was not accepted.
    """
    donation = _hold(session, donation_id)
    if donation.state is DonationState.CLOSED:
        return donation
    _refuse_unless_accepted(donation)
    if standings(session, [donation])[0].awaited and not reason.strip():
        raise InvalidInput("reason", "empty", reason)
    donation.state, donation.ended_at, donation.ended_by, donation.end_reason = DonationState.CLOSED, at, by, reason
    session.flush()
    return donation


def receive_goods(
    session: Session, *, recorded: Recorded, donation_id: int, store: StockLocation, given: Sequence[Given]
) -> Document:
    """Take goods of an accepted donation into a store, in lots of its own, kept for the units that the donor named.

    The same key again gives the same document, although the donation may be closed by then. Raises WrongState before the acceptance,
    InvalidInput "differs-from-lot" for a lot that came with another expiry, "expired" for one that had expired before it came.
    """
    donation = _hold(session, donation_id)
    if ledger.document_by_key(session, recorded.key) is None:
        _refuse_unless_accepted(donation)
        for one in given:
            refuse_expired(one.expires_on, came_on=recorded.occurred_at.date())
    lots = [
        lot_for(session, item=g.item, code=f"{g.lot_code}/{donation.number}", expires_on=g.expires_on) for g in given
    ]
    restrict(session, lot_ids=[lot.id for lot in lots], unit_ids=[unit.id for unit in donation.named_units])
    document = ledger.receive(
        session,
        recorded=recorded,
        lines=[
            Line(lot_id=lot.id, source_id=donation.donor_id, destination_id=store.id, quantity=g.quantity)
            for lot, g in zip(lots, given, strict=True)
        ],
    )
    receipt = upsert(session, DonationReceipt).values(document_id=document.id, donation_id=donation.id)
    session.execute(receipt.on_conflict_do_nothing())
    return document


def receive_money(session: Session, *, recorded: Recorded, donation_id: int, amount_fen: int) -> FundEntry:
    """Enter money of an accepted donation under its purpose. The same key again gives the same entry, although it may be closed by then.

    Raises WrongState before the acceptance.
    """
    donation = _hold(session, donation_id)
    if not is_entered(session, recorded.key):
        _refuse_unless_accepted(donation)
    fund = fund_for(session, unit_id=donation.unit_id, purpose=donation.purpose)
    return enter(session, recorded, fund, _positive(amount_fen), donation_id=donation.id)


def spend(session: Session, *, recorded: Recorded, fund_id: int, order: PurchaseOrder, amount_fen: int) -> FundEntry:
    """Enter donated money spent on a purchase order. The same key again gives the same entry.

    Raises WrongState for an order that was cancelled, Overspent for more than the purpose has left, or than the order costs
    (`payable_fen`) beyond what was entered for it already, InvalidInput "other-unit" for an order of a unit neither above nor below.
    """
    fund, held = get_fund(session, fund_id), hold_order(session, order.id)
    if not is_entered(session, recorded.key):
        _refuse_strangers(session, fund, held)
        _refuse_overpaid(session, held, amount_fen)
    return enter(session, recorded, fund, -_positive(amount_fen), order_id=order.id)


# Looking --------------------------------------------------------------------------------------------------------------


def get_donation(session: Session, donation_id: int) -> Donation:
    """The donation with this id. Raises NotFound."""
    donation = session.get(Donation, donation_id)
    if donation is None:
        raise NotFound("donation", donation_id)
    return donation


def donations(
    session: Session,
    *,
    unit_id: int,
    state: DonationState | None = None,
    limit: int = 50,
    before_id: int | None = None,
) -> list[Standing]:
    """The newest donations to a unit and all below it, newest first."""
    page = (
        select(Donation)
        .where(Donation.unit_id.in_(subtree(unit_id)))
        .order_by(Donation.id.desc())
        .limit(limit)
        .options(selectinload(Donation.donor), selectinload(Donation.unit), selectinload(Donation.named_units))
    )
    if state is not None:
        page = page.where(Donation.state == state)
    if before_id is not None:
        page = page.where(Donation.id < before_id)
    return standings(session, list(session.scalars(page)))


def standings(session: Session, found: Sequence[Donation]) -> list[Standing]:
    """What came of each of these donations, in their order."""
    ids = [donation.id for donation in found]
    offered, goods, money = _goods_offered(session, ids), _goods_received(session, ids), _money_received(session, ids)
    wanted = {item_id for lines in (*offered.values(), *goods.values()) for item_id in lines}
    items = {item.id: item for item in session.scalars(select(Item).where(Item.id.in_(wanted)))}
    return [
        Standing(
            donation=donation,
            items=tuple(
                ItemStanding(
                    item=items[item_id],
                    offered=offered[donation.id].get(item_id, 0),
                    received=goods[donation.id].get(item_id, 0),
                )
                for item_id in dict.fromkeys([*offered[donation.id], *goods[donation.id]])
            ),
            received_fen=money.get(donation.id, 0),
        )
        for donation in found
    ]


def receipts(session: Session, donation_id: int) -> list[Document]:
    """The receipts of a donation's goods, oldest first, the reversed ones too."""
    ids = select(DonationReceipt.document_id).where(DonationReceipt.donation_id == donation_id)
    return list(session.scalars(select(Document).where(Document.id.in_(ids)).order_by(Document.id)))


def where_went(session: Session, donation_id: int) -> list[Trail]:
    """Where each lot of a donation went, from the ledger: every move after its receipt, and where it is now."""
    came = select(DonationReceipt.document_id).where(DonationReceipt.donation_id == donation_id)
    lots = session.scalars(
        select(Lot)
        .where(Lot.id.in_(select(Movement.lot_id).where(Movement.document_id.in_(came))))
        .order_by(Lot.item_id, Lot.id)
        .options(selectinload(Lot.item))
    ).all()
    moves: dict[int, list[Movement]] = defaultdict(list)
    for movement in session.scalars(
        select(Movement)
        .where(Movement.lot_id.in_([lot.id for lot in lots]))
        .order_by(Movement.id)
        .options(selectinload(Movement.document), selectinload(Movement.source), selectinload(Movement.destination))
    ):
        moves[movement.lot_id].append(movement)
    return [_trail(session, lot, moves[lot.id]) for lot in lots]


def thanks(session: Session, *, unit_id: int) -> list[Thanks]:
    """The donors of a unit and all below it with all they gave, the latest first: the list to thank by."""
    accepted = session.scalars(
        select(Donation)
        .where(
            Donation.unit_id.in_(subtree(unit_id)), Donation.state.in_((DonationState.ACCEPTED, DonationState.CLOSED))
        )
        .order_by(Donation.offered_at.desc(), Donation.id.desc())
        .options(selectinload(Donation.donor))
    ).all()
    by_donor: dict[int, list[Standing]] = defaultdict(list)
    for found in standings(session, accepted):
        if found.received_fen or any(line.received for line in found.items):
            by_donor[found.donation.donor_id].append(found)
    return [_thanks(given) for given in by_donor.values()]


# Beneath --------------------------------------------------------------------------------------------------------------


def _refuse_unsound(donor: StockLocation, lines: Sequence[tuple[int, int]], money_fen: int) -> None:
    if donor.place is not Place.DONOR:
        raise InvalidInput("donor", "not-a-source", donor.place)
    if not lines and not money_fen:
        raise InvalidInput("lines", "empty", 0)
    if len({item_id for item_id, _ in lines}) < len(lines):
        raise InvalidInput("item", "twice", len(lines))
    if money_fen < 0 or any(quantity <= 0 for _, quantity in lines):
        raise InvalidInput("quantity", "not-positive", money_fen)
    if money_fen > LARGEST_FEN:
        raise InvalidInput("money", "too-large", money_fen)


def _positive(amount_fen: int) -> int:
    if amount_fen <= 0:
        raise InvalidInput("amount", "not-positive", amount_fen)
    if amount_fen > LARGEST_FEN:
        raise InvalidInput("amount", "too-large", amount_fen)
    return amount_fen


def _hold(session: Session, donation_id: int) -> Donation:
    """The donation, held until the transaction ends."""
    held = select(Donation).where(Donation.id == donation_id).with_for_update()
    donation = session.scalar(held.execution_options(populate_existing=True))
    if donation is None:
        raise NotFound("donation", donation_id)
    return donation


def _refuse_unless_accepted(donation: Donation) -> None:
    if donation.state is not DonationState.ACCEPTED:
        raise WrongState("donation", donation.number, donation.state)


def _refuse_strangers(session: Session, fund: Fund, order: PurchaseOrder) -> None:
    """A unit's money buys for it, for those below it, or through one above it; never for its neighbour."""
    ends = (order.unit_id, fund.unit_id)
    if not is_within(session, *ends) and not is_within(session, *reversed(ends)):
        raise InvalidInput("order", "other-unit", order.unit.name)


def _refuse_overpaid(session: Session, order: PurchaseOrder, amount_fen: int) -> None:
    if order.state is PurchaseState.CANCELLED:
        raise WrongState("purchase order", order.number, order.state)
    left = standing(session, order).payable_fen - spent_on(session, order.id)
    if amount_fen > left:
        raise Overspent(purpose=order.number, wanted_fen=amount_fen, left_fen=max(0, left))


def _decide(
    session: Session, donation_id: int, state: DonationState, at: dt.datetime, by: str, reason: str
) -> Donation:
    donation = _hold(session, donation_id)
    if donation.state is state:
        return donation
    if donation.state is not DonationState.OFFERED:
        raise WrongState("donation", donation.number, donation.state)
    donation.state, donation.decided_at, donation.decided_by, donation.decision_reason = state, at, by, reason
    session.flush()
    return donation


def _goods_offered(session: Session, donation_ids: Sequence[int]) -> dict[int, dict[int, int]]:
    """Donation id → item id → base units, in the order of its lines."""
    lines = select(DonationLine).where(DonationLine.donation_id.in_(donation_ids)).order_by(DonationLine.id)
    offered: dict[int, dict[int, int]] = defaultdict(dict)
    for line in session.scalars(lines):
        offered[line.donation_id][line.item_id] = line.quantity
    return offered


def _goods_received(session: Session, donation_ids: Sequence[int]) -> dict[int, dict[int, int]]:
    """Donation id → item id → base units that came and were not reversed."""
    reversal = aliased(Document)
    rows = session.execute(
        select(DonationReceipt.donation_id, Movement.item_id, func.sum(Movement.quantity))
        .join(Movement, Movement.document_id == DonationReceipt.document_id)
        .outerjoin(reversal, reversal.reverses_id == DonationReceipt.document_id)
        .where(DonationReceipt.donation_id.in_(donation_ids), reversal.id.is_(None))
        .group_by(DonationReceipt.donation_id, Movement.item_id)
        .order_by(Movement.item_id)
    )
    received: dict[int, dict[int, int]] = defaultdict(dict)
    for donation_id, item_id, quantity in rows:
        received[donation_id][item_id] = int(quantity)
    return received


def _money_received(session: Session, donation_ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(FundEntry.donation_id, func.sum(FundEntry.amount_fen))
        .where(FundEntry.donation_id.in_(donation_ids))
        .group_by(FundEntry.donation_id)
    )
    return {donation_id: int(amount) for donation_id, amount in rows if donation_id is not None}


def _trail(session: Session, lot: Lot, moves: Sequence[Movement]) -> Trail:
    balances = session.execute(
        select(StockLocation, Balance.quantity)
        .join(Balance, Balance.location_id == StockLocation.id)
        .where(Balance.lot_id == lot.id, Balance.quantity != 0)
        .order_by(Balance.quantity.desc(), StockLocation.id)
    ).all()
    lies = {part: sum(q for place, q in balances if _PART.get(place.place, "written_off") == part) for part in _PARTS}
    return Trail(
        lot=lot,
        received=-sum(quantity for place, quantity in balances if place.place is Place.DONOR),
        **lies,
        moves=tuple(m for m in moves if m.source.place is not Place.DONOR),
        now=tuple((place, quantity) for place, quantity in balances if quantity > 0),
    )


def _thanks(given: Sequence[Standing]) -> Thanks:
    goods: dict[int, int] = defaultdict(int)
    items = {line.item.id: line.item for one in given for line in one.items}
    for one in given:
        for line in one.items:
            goods[line.item.id] += line.received
    return Thanks(
        donor=given[0].donation.donor,
        goods=tuple((items[item_id], quantity) for item_id, quantity in goods.items() if quantity),
        money_fen=sum(one.received_fen for one in given),
        times=len(given),
        last=max(one.donation.offered_at for one in given),
    )
