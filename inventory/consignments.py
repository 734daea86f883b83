"""Goods on their way from one store to another (调拨在途), and what to do where not all of it arrived as it was sent.

Sending moves the goods to a transit location of their own; receiving moves on what arrived. What did not arrive stays there, in
plain sight, until the sender has answered the receiver's discrepancy note line by line. Every step is a ledger document: reversed,
it never happened, and what builds on it counts no more.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    LargeBinary,
    Select,
    UniqueConstraint,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column, relationship, selectinload

from inventory import ledger
from inventory.balances import Balance
from inventory.base import Actor, Base, Id, Keyed, Moment, Name, Quantity, Text, claim, word_enum
from inventory.catalogue import Lot, lot_usable
from inventory.errors import InvalidInput, NotFound, Short, WrongState
from inventory.ledger import Document, DocumentKind, Line, Movement, Recorded
from inventory.photos import PictureKind, picture_kind
from inventory.places import Place, StockLocation, open_location, places_of, the_location
from inventory.restrictions import named_for, not_for
from inventory.units import subtree


class ConsignmentState(enum.StrEnum):
    """Where a consignment stands; derived from the ledger, never stored."""

    ON_THE_WAY = "on_the_way"
    DIFFERING = "differing"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class DifferenceReason(enum.StrEnum):
    """Why what arrived is not what was sent."""

    MISSING = "missing"
    BROKEN = "broken"
    WRONG = "wrong"
    OTHER = "other"
    #: Given for others than the receiver, who may not take it in.
    REFUSED = "refused"
    SURPLUS = "surplus"


class Answer(enum.StrEnum):
    """What the sender says of a difference: it came back, it goes on to the receiver, it is lost, the supplier has it."""

    BACK = "back"
    ONWARD = "onward"
    LOST = "lost"
    SUPPLIER = "supplier"


class Consignment(Keyed):
    """Goods sent from one store to another (调拨单)."""

    __tablename__ = "consignment"

    source_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"), index=True)
    destination_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"), index=True)
    #: Set as soon as the consignment has a number.
    transit_id: Mapped[int | None] = mapped_column(ForeignKey("stock_location.id"), unique=True)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), unique=True)
    sent_at: Mapped[Moment]
    sent_by: Mapped[Actor]
    #: Who or what carries it: a name, a plate.
    carrier: Mapped[Name] = mapped_column(default="")
    note: Mapped[Text] = mapped_column(default="")

    source: Mapped[StockLocation] = relationship(foreign_keys=source_id)
    destination: Mapped[StockLocation] = relationship(foreign_keys=destination_id)
    transit: Mapped[StockLocation | None] = relationship(foreign_keys=transit_id)
    document: Mapped[Document | None] = relationship()

    @property
    def number(self) -> str:
        return f"ZT{self.id:07d}"


class Arrival(Keyed):
    """The receiver's signature for a consignment. Never changed; void where its document was reversed."""

    __tablename__ = "arrival"

    consignment_id: Mapped[int] = mapped_column(ForeignKey("consignment.id"), index=True)
    signed_at: Mapped[Moment]
    signed_by: Mapped[Actor]
    note: Mapped[Text] = mapped_column(default="")

    consignment: Mapped[Consignment] = relationship()
    receipt: Mapped[ArrivalReceipt | None] = relationship()
    differences: Mapped[list[Difference]] = relationship(back_populates="arrival", order_by="Difference.id")

    @property
    def number(self) -> str:
        """The number of its discrepancy note (差异单)."""
        return f"CY{self.id:07d}"


class ArrivalReceipt(Base):
    """The ledger document that moved on what arrived; none where nothing did."""

    __tablename__ = "arrival_receipt"

    arrival_id: Mapped[int] = mapped_column(ForeignKey("arrival.id"), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)

    document: Mapped[Document] = relationship()


class Difference(Base):
    """A line of a discrepancy note: so much of a lot did not arrive, or came beyond what was sent (SURPLUS). Never changed."""

    __tablename__ = "difference"
    __table_args__ = (
        UniqueConstraint("arrival_id", "lot_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[Id]
    arrival_id: Mapped[int] = mapped_column(ForeignKey("arrival.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    reason: Mapped[DifferenceReason] = mapped_column(word_enum(DifferenceReason))
    quantity: Mapped[Quantity]
    note: Mapped[Text] = mapped_column(default="")

    arrival: Mapped[Arrival] = relationship(back_populates="differences")
    lot: Mapped[Lot] = relationship()


class DifferencePhoto(Base):
    """The picture the receiver took of a difference."""

    __tablename__ = "difference_photo"

    difference_id: Mapped[int] = mapped_column(ForeignKey("difference.id"), primary_key=True)
    kind: Mapped[PictureKind] = mapped_column(word_enum(PictureKind))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Settlement(Keyed):
    """The sender's answer to a difference or a part of it. Never changed; void where its document was reversed."""

    __tablename__ = "settlement"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)

    difference_id: Mapped[int] = mapped_column(ForeignKey("difference.id"), index=True)
    answer: Mapped[Answer] = mapped_column(word_enum(Answer))
    quantity: Mapped[Quantity]
    settled_at: Mapped[Moment]
    settled_by: Mapped[Actor]
    note: Mapped[Text] = mapped_column(default="")

    difference: Mapped[Difference] = relationship()
    receipt: Mapped[SettlementReceipt | None] = relationship()


class SettlementReceipt(Base):
    """The ledger document that carried out an answer; none where a surplus was only carried back."""

    __tablename__ = "settlement_receipt"

    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)

    document: Mapped[Document] = relationship()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the receiver found of one lot, in base units; a difference has a reason, and may have a note and a photo."""

    lot_id: int
    quantity: int
    reason: DifferenceReason = DifferenceReason.MISSING
    note: str = ""
    photo: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class LotStanding:
    """One lot of a consignment, in base units: what was sent, what is still in transit."""

    lot: Lot
    sent: int
    in_transit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceStanding:
    """A difference, what was answered to it, and how much of it waits for an answer."""

    difference: Difference
    settlements: tuple[Settlement, ...]
    open: int
    has_photo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A consignment and where it stands; `arrival` is the signature that counts."""

    consignment: Consignment
    lots: tuple[LotStanding, ...]
    arrival: Arrival | None
    differences: tuple[DifferenceStanding, ...]

    @property
    def state(self) -> ConsignmentState:
        if self.arrival is not None:
            waits = any(line.in_transit for line in self.lots) or any(line.open for line in self.differences)
            return ConsignmentState.DIFFERING if waits else ConsignmentState.SETTLED
        left = any(line.in_transit for line in self.lots)
        return ConsignmentState.ON_THE_WAY if left else ConsignmentState.WITHDRAWN

    def received(self, line: LotStanding) -> int:
        """How much of a lot the receiver signed for, in base units: what was sent, less what did not come, or more."""
        found = [one.difference for one in self.differences if one.difference.lot_id == line.lot.id]
        return line.sent + sum(one.quantity * (1 if one.reason is DifferenceReason.SURPLUS else -1) for one in found)


# Acts -----------------------------------------------------------------------------------------------------------------


def send(
    session: Session,
    *,
    recorded: Recorded,
    source: StockLocation,
    destination: StockLocation,
    wanted: Mapping[int, int],
    carrier: str = "",
) -> Consignment:
    """Send so much of each item (item id → base units) to another store, first expired first out. The same key again is once.

    Raises Short or Restricted as an issue does, InvalidInput "same-as-source" and "not-a-store".
    """
    _refuse_no_store(source, destination)
    consignment, is_new = claim(
        session,
        Consignment,
        key=recorded.key,
        asked=[source.id, destination.id, sorted(wanted.items()), carrier, recorded.reason],
        source_id=source.id,
        destination_id=destination.id,
        sent_at=recorded.occurred_at,
        sent_by=recorded.by,
        carrier=carrier,
        note=recorded.reason,
    )
    if is_new:
        transit = open_location(
            session,
            place=Place.TRANSIT,
            code=consignment.number,
            name=f"{consignment.number} {destination.name}"[:200],
            unit=destination.unit,
        )
        document = ledger.transfer(
            session, recorded=recorded, source_id=source.id, destination_id=transit.id, wanted=wanted
        )
        consignment.transit_id, consignment.document_id = transit.id, document.id
        session.flush()
    return consignment


def receive(
    session: Session, *, recorded: Recorded, consignment_id: int, counted: Sequence[Counted] | None = None
) -> Arrival:
    """Sign for a consignment: all as sent, or what was counted of each lot that is in transit. The same key again is once.

    What arrived moves to the receiver's store; each difference becomes a line of the discrepancy note. What the receiver may not have
    (`closed_to_receiver`) is refused where all else is as sent, and waits for the sender to take it back. Raises WrongState where it
    has been signed for or withdrawn, Restricted where such goods were counted as arrived, InvalidInput "not-counted" for a lot left
    out, "not-sent", "negative", and as photos do.
    """
    consignment = _hold(session, consignment_id)
    arrival, is_new = claim(
        session,
        Arrival,
        key=recorded.key,
        asked=[consignment_id, recorded.reason, None if counted is None else [_plain(c) for c in counted]],
        consignment_id=consignment_id,
        signed_at=recorded.occurred_at,
        signed_by=recorded.by,
        note=recorded.reason,
    )
    if is_new:
        here = standing(session, consignment, without=arrival.id)
        if here.state is not ConsignmentState.ON_THE_WAY:
            raise WrongState("consignment", consignment.number, here.state)
        expected = {line.lot.id: line.in_transit for line in here.lots if line.in_transit}
        if counted is None:
            counted = _as_sent(expected, closed_to_receiver(session, here))
        found = _found(expected, counted)
        _note_differences(session, arrival, expected, found)
        _move_on(session, recorded, consignment, arrival, expected, found)
        session.flush()
    return arrival


def settle(
    session: Session,
    *,
    recorded: Recorded,
    difference_id: int,
    answer: Answer,
    quantity: int,
    supplier: StockLocation | None = None,
) -> Settlement:
    """Answer a difference or a part of it, and move the goods accordingly. The same key again is once.

    Raises WrongState where the arrival was undone, Short for more than waits for an answer or than the sender's store has of a
    surplus, Promised where the store promised that to others, InvalidInput "not-for-surplus" for a surplus that was lost or went to a
    supplier, "empty" without that supplier.
    """
    difference = get_difference(session, difference_id)
    consignment = _hold(session, difference.arrival.consignment_id)
    settlement, is_new = claim(
        session,
        Settlement,
        key=recorded.key,
        asked=[difference_id, answer, quantity, supplier.id if supplier else None, recorded.reason],
        difference_id=difference_id,
        answer=answer,
        quantity=quantity,
        settled_at=recorded.occurred_at,
        settled_by=recorded.by,
        note=recorded.reason,
    )
    if is_new:
        _refuse_unfit(session, consignment, settlement)
        document = _carry_out(session, recorded, consignment, settlement, supplier)
        if document is not None:
            session.add(SettlementReceipt(settlement_id=settlement.id, document_id=document.id))
            session.flush()
    return settlement


# Looking --------------------------------------------------------------------------------------------------------------


def get_consignment(session: Session, consignment_id: int) -> Consignment:
    """The consignment with this id. Raises NotFound."""
    consignment = session.get(Consignment, consignment_id)
    if consignment is None:
        raise NotFound("consignment", consignment_id)
    return consignment


def get_difference(session: Session, difference_id: int) -> Difference:
    """The difference with this id. Raises NotFound."""
    difference = session.get(Difference, difference_id)
    if difference is None:
        raise NotFound("difference", difference_id)
    return difference


def get_photo(session: Session, difference_id: int) -> DifferencePhoto:
    """The photo of a difference. Raises NotFound."""
    photo = session.get(DifferencePhoto, difference_id)
    if photo is None:
        raise NotFound("photo", difference_id)
    return photo


def concerns(session: Session, consignment: Consignment, *, unit_id: int) -> bool:
    """Whether the unit or one below it sends or receives it."""
    ends = (consignment.source_id, consignment.destination_id)
    return session.scalar(places_of(subtree(unit_id)).where(StockLocation.id.in_(ends)).limit(1)) is not None


def reaches(session: Session, location: StockLocation, *, unit_id: int) -> bool:
    """Whether a place belongs to the unit or to one below it."""
    return session.scalar(places_of(subtree(unit_id)).where(StockLocation.id == location.id)) is not None


def closed_to_receiver(session: Session, standing_: Standing) -> dict[int, frozenset[int]]:
    """Which lots in transit the receiver may not take in: lot id → the units for which they were given.

    They were sent there rightly, and the unit has moved in the tree since.
    """
    named = named_for(session, [line.lot.id for line in standing_.lots if line.in_transit])
    closed = not_for(session, named, unit_id=standing_.consignment.destination.unit_id)
    return {lot_id: named[lot_id] for lot_id in closed}


def consignments(
    session: Session, *, unit_id: int, only_open: bool = False, limit: int = 50, before_id: int | None = None
) -> list[Standing]:
    """The newest consignments that a unit or one below it sends or receives; `only_open`: what is in transit or differs, oldest first."""
    here = places_of(subtree(unit_id))
    page = select(Consignment).where(or_(Consignment.source_id.in_(here), Consignment.destination_id.in_(here)))
    page = page.options(selectinload(Consignment.source), selectinload(Consignment.destination))
    if before_id is not None:
        page = page.where(Consignment.id < before_id)
    if not only_open:
        return standings(session, list(session.scalars(page.order_by(Consignment.id.desc()).limit(limit))))
    unsettled = or_(_in_transit(), _surplus())
    found = standings(session, list(session.scalars(page.where(unsettled).order_by(Consignment.id))))
    waiting = (ConsignmentState.ON_THE_WAY, ConsignmentState.DIFFERING)
    return [one for one in found if one.state in waiting][:limit]


def standing(session: Session, consignment: Consignment, *, without: int | None = None) -> Standing:
    """Where one consignment stands; as it stood `without` an arrival, by its id."""
    return standings(session, [consignment], without=without)[0]


def standings(session: Session, found: Sequence[Consignment], *, without: int | None = None) -> list[Standing]:
    """Where each of these consignments stands, in their order."""
    arrivals = _arrivals(session, [one.id for one in found], without)
    differences = _differences(session, [arrival.id for arrival in arrivals.values()])
    lots = _lots(session, found)
    return [
        Standing(
            consignment=one,
            lots=tuple(lots[one.id]),
            arrival=arrivals.get(one.id),
            differences=tuple(differences[arrivals[one.id].id]) if one.id in arrivals else (),
        )
        for one in found
    ]


def coming_by_unit(session: Session, *, item_id: int, unit_ids: Sequence[int], on: dt.date) -> dict[int, int]:
    """What consignments that nobody has signed for bring each of these units of an item, still usable, in base units; absent is nothing.

    What did not arrive as it was sent waits for its sender's answer and is not counted on.
    """
    found: dict[int, int] = {}
    signed = _signatures().where(Arrival.consignment_id == Consignment.id)
    for ids in batched(unit_ids, 500):
        coming = (
            select(StockLocation.unit_id, func.sum(Balance.quantity))
            .join(Consignment, Consignment.transit_id == StockLocation.id)
            .join(Balance, Balance.location_id == StockLocation.id)
            .join(Lot, Lot.id == Balance.lot_id)
            .where(StockLocation.unit_id.in_(ids), Balance.item_id == item_id, Balance.quantity > 0)
            .where(lot_usable(on), ~signed.exists())
            .group_by(StockLocation.unit_id)
        )
        found |= {unit_id: int(quantity) for unit_id, quantity in session.execute(coming) if unit_id is not None}
    return found


def acting_store(session: Session, document_id: int) -> StockLocation | None:
    """The store whose people made a document of a consignment: the sender's for a sending or an answer, the receiver's for a signature.

    None for every other document.
    """
    sent = select(Consignment.source_id).where(Consignment.document_id == document_id)
    answered = (
        select(Consignment.source_id)
        .join(Arrival, Arrival.consignment_id == Consignment.id)
        .join(Difference, Difference.arrival_id == Arrival.id)
        .join(Settlement, Settlement.difference_id == Difference.id)
        .join(SettlementReceipt, SettlementReceipt.settlement_id == Settlement.id)
        .where(SettlementReceipt.document_id == document_id)
    )
    signed = (
        select(Consignment.destination_id)
        .join(Arrival, Arrival.consignment_id == Consignment.id)
        .join(ArrivalReceipt, ArrivalReceipt.arrival_id == Arrival.id)
        .where(ArrivalReceipt.document_id == document_id)
    )
    return session.scalar(select(StockLocation).where(StockLocation.id.in_(sent.union_all(answered, signed))))


def refuse_to_undo(session: Session, document_id: int) -> None:
    """Raises WrongState for a document that others build on: a sending that was signed for, an arrival whose differences were answered.

    The consignment is held: nobody signs or answers while the document is undone.
    """
    sent = session.scalar(select(Consignment).where(Consignment.document_id == document_id))
    if sent is not None and (here := standing(session, _hold(session, sent.id))).arrival is not None:
        raise WrongState("consignment", sent.number, here.state)
    arrival = session.scalar(select(Arrival).join(ArrivalReceipt).where(ArrivalReceipt.document_id == document_id))
    if arrival is not None:
        here = standing(session, _hold(session, arrival.consignment_id))
        if any(one.settlements for one in here.differences):
            raise WrongState("consignment", here.consignment.number, ConsignmentState.DIFFERING)


# Beneath --------------------------------------------------------------------------------------------------------------


def _refuse_no_store(source: StockLocation, destination: StockLocation) -> None:
    for field, location in (("source", source), ("destination", destination)):
        if location.place is not Place.STORE:
            raise InvalidInput(field, "not-a-store", location.name)
    if source.id == destination.id:
        raise InvalidInput("destination", "same-as-source", destination.name)


def _hold(session: Session, consignment_id: int) -> Consignment:
    """The consignment, held until the transaction ends: two who sign for it go one after the other."""
    held = select(Consignment).where(Consignment.id == consignment_id).with_for_update()
    consignment = session.scalar(held.execution_options(populate_existing=True))
    if consignment is None:
        raise NotFound("consignment", consignment_id)
    return consignment


def _plain(counted: Counted) -> list[object]:
    return [counted.lot_id, counted.quantity, counted.reason, counted.note, len(counted.photo)]


def _as_sent(expected: Mapping[int, int], closed: Collection[int]) -> list[Counted]:
    return [
        Counted(lot_id=lot_id, quantity=0, reason=DifferenceReason.REFUSED)
        if lot_id in closed
        else Counted(lot_id=lot_id, quantity=quantity)
        for lot_id, quantity in expected.items()
    ]


def _found(expected: Mapping[int, int], counted: Sequence[Counted]) -> dict[int, Counted]:
    """What was found of each lot in transit, by lot id."""
    found = {one.lot_id: one for one in counted}
    if len(found) < len(counted):
        raise InvalidInput("lot", "twice", len(counted))
    for lot_id in found.keys() - expected.keys():
        raise InvalidInput("lot", "not-sent", lot_id)
    for lot_id in expected.keys() - found.keys():
        raise InvalidInput("lot", "not-counted", lot_id)
    for one in counted:
        if one.quantity < 0:
            raise InvalidInput("quantity", "negative", one.quantity)
    return found


def _note_differences(
    session: Session, arrival: Arrival, expected: Mapping[int, int], found: Mapping[int, Counted]
) -> None:
    for lot_id, one in sorted(found.items()):
        less = expected[lot_id] - one.quantity
        if less == 0:
            continue
        if less > 0 and one.reason is DifferenceReason.SURPLUS:
            raise InvalidInput("reason", "unknown", one.reason)
        difference = Difference(
            arrival_id=arrival.id,
            lot_id=lot_id,
            reason=one.reason if less > 0 else DifferenceReason.SURPLUS,
            quantity=abs(less),
            note=one.note,
        )
        session.add(difference)
        session.flush()
        if one.photo:
            kind = picture_kind(one.photo)
            session.add(DifferencePhoto(difference_id=difference.id, kind=kind, content=one.photo))


def _move_on(
    session: Session,
    recorded: Recorded,
    consignment: Consignment,
    arrival: Arrival,
    expected: Mapping[int, int],
    found: Mapping[int, Counted],
) -> None:
    """Into the receiver's store goes what was sent and arrived; a surplus was never in transit."""
    transit_id = _transit_id(consignment)
    lines = [
        _line(lot_id, transit_id, consignment.destination_id, min(expected[lot_id], one.quantity))
        for lot_id, one in sorted(found.items())
        if one.quantity
    ]
    if lines:
        document = ledger.post(session, kind=DocumentKind.TRANSFER, recorded=recorded, lines=lines)
        session.add(ArrivalReceipt(arrival_id=arrival.id, document_id=document.id))


def _refuse_unfit(session: Session, consignment: Consignment, settlement: Settlement) -> None:
    """Whether the difference still waits for so much of an answer; the settlement itself is not counted."""
    difference, here = settlement.difference, standing(session, consignment)
    if here.arrival is None or here.arrival.id != difference.arrival_id:
        raise WrongState("discrepancy note", difference.arrival.number, here.state)
    if settlement.quantity <= 0:
        raise InvalidInput("quantity", "not-positive", settlement.quantity)
    line = next(line for line in here.differences if line.difference.id == difference.id)
    left = line.open + settlement.quantity
    if settlement.quantity > left:
        raise Short(
            location_id=_transit_id(consignment),
            item_id=difference.lot.item_id,
            wanted=settlement.quantity,
            available=max(0, left),
        )


def _carry_out(
    session: Session,
    recorded: Recorded,
    consignment: Consignment,
    settlement: Settlement,
    supplier: StockLocation | None,
) -> Document | None:
    lot_id, quantity = settlement.difference.lot_id, settlement.quantity
    source_id, answer = _transit_id(consignment), settlement.answer
    if settlement.difference.reason is DifferenceReason.SURPLUS:
        if answer not in (Answer.BACK, Answer.ONWARD):
            raise InvalidInput("answer", "not-for-surplus", answer)
        if answer is Answer.BACK:
            return None  # the sender's books never knew that it had left
        source_id = consignment.source_id
    kind, destination_id = DocumentKind.TRANSFER, consignment.destination_id
    if answer is Answer.BACK:
        kind, destination_id = DocumentKind.RETURN, consignment.source_id
    elif answer is Answer.LOST:
        kind, destination_id = DocumentKind.ISSUE, the_location(session, Place.LOST).id
    elif answer is Answer.SUPPLIER:
        if supplier is None or supplier.place is not Place.SUPPLIER:
            raise InvalidInput("supplier", "empty", "")
        kind, destination_id = DocumentKind.ISSUE, supplier.id
    line = _line(lot_id, source_id, destination_id, quantity)
    ledger.refuse_promised(session, lines=[line], day=recorded.occurred_at.date())
    return ledger.post(session, kind=kind, recorded=recorded, lines=[line])


def _line(lot_id: int, source_id: int, destination_id: int, quantity: int) -> Line:
    return Line(lot_id=lot_id, source_id=source_id, destination_id=destination_id, quantity=quantity)


def _transit_id(consignment: Consignment) -> int:
    if consignment.transit_id is None:
        raise NotFound("stock location", consignment.number)
    return consignment.transit_id


def _signatures() -> Select[Arrival]:
    """A query for the signatures that count: those whose document, if they have one, was not reversed."""
    reversal = aliased(Document)
    return (
        select(Arrival)
        .outerjoin(ArrivalReceipt, ArrivalReceipt.arrival_id == Arrival.id)
        .outerjoin(reversal, reversal.reverses_id == ArrivalReceipt.document_id)
        .where(reversal.id.is_(None))
    )


def _arrivals(session: Session, consignment_ids: Sequence[int], without: int | None) -> dict[int, Arrival]:
    """Consignment id → the signature that counts."""
    wanted = _signatures().where(Arrival.consignment_id.in_(consignment_ids)).options(selectinload(Arrival.receipt))
    if without is not None:
        wanted = wanted.where(Arrival.id != without)
    return {arrival.consignment_id: arrival for arrival in session.scalars(wanted)}


def _differences(session: Session, arrival_ids: Sequence[int]) -> dict[int, list[DifferenceStanding]]:
    """Arrival id → its differences with what was answered to each and not undone."""
    reversal = aliased(Document)
    settled: dict[int, list[Settlement]] = defaultdict(list)
    for settlement in session.scalars(
        select(Settlement)
        .join(Difference, Difference.id == Settlement.difference_id)
        .outerjoin(SettlementReceipt, SettlementReceipt.settlement_id == Settlement.id)
        .outerjoin(reversal, reversal.reverses_id == SettlementReceipt.document_id)
        .where(Difference.arrival_id.in_(arrival_ids), reversal.id.is_(None))
        .order_by(Settlement.id)
        .options(selectinload(Settlement.receipt).selectinload(SettlementReceipt.document))
    ):
        settled[settlement.difference_id].append(settlement)
    found: dict[int, list[DifferenceStanding]] = defaultdict(list)
    lines = select(Difference, exists().where(DifferencePhoto.difference_id == Difference.id))
    for line, has_photo in session.execute(
        lines.where(Difference.arrival_id.in_(arrival_ids))
        .order_by(Difference.id)
        .options(selectinload(Difference.lot).selectinload(Lot.item))
    ):
        answers = tuple(settled[line.id])
        left = line.quantity - sum(answer.quantity for answer in answers)
        found[line.arrival_id].append(
            DifferenceStanding(difference=line, settlements=answers, open=left, has_photo=has_photo)
        )
    return found


def _lots(session: Session, found: Sequence[Consignment]) -> dict[int, list[LotStanding]]:
    """Consignment id → its lots in the order of the paper."""
    balances = {
        (location_id, lot_id): quantity
        for location_id, lot_id, quantity in session.execute(
            select(Balance.location_id, Balance.lot_id, Balance.quantity).where(
                Balance.location_id.in_([one.transit_id for one in found])
            )
        )
    }
    of_document = {one.document_id: one for one in found}
    lots: dict[int, list[LotStanding]] = defaultdict(list)
    for movement in session.scalars(
        select(Movement)
        .where(Movement.document_id.in_(list(of_document)))
        .order_by(Movement.id)
        .options(selectinload(Movement.lot).selectinload(Lot.item))
    ):
        one = of_document[movement.document_id]
        in_transit = balances.get((_transit_id(one), movement.lot_id), 0)
        lots[one.id].append(LotStanding(lot=movement.lot, sent=movement.quantity, in_transit=in_transit))
    return lots


def _in_transit() -> ColumnElement[bool]:
    return exists().where(Balance.location_id == Consignment.transit_id, Balance.quantity > 0)


def _surplus() -> ColumnElement[bool]:
    """A surplus leaves nothing in transit; it waits until all of it has been answered."""
    reversal = aliased(Document)
    undone = exists().where(
        SettlementReceipt.settlement_id == Settlement.id, reversal.reverses_id == SettlementReceipt.document_id
    )
    answered = select(func.coalesce(func.sum(Settlement.quantity), 0))
    answered = answered.where(Settlement.difference_id == Difference.id, ~undone)
    return exists().where(
        Arrival.consignment_id == Consignment.id,
        Difference.arrival_id == Arrival.id,
        Difference.reason == DifferenceReason.SURPLUS,
        answered.scalar_subquery() < Difference.quantity,
    )
