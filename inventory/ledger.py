"""The append-only ledger: the only writer of movements and balances.

Every movement takes a whole number of base units of one lot from one stock location to another; outside (supplier, donor,
consumed, …) is a location too, so the sum over all locations is zero for every lot, always. Balances (`balances`) change in the
same transaction; what a store promised (`promises`) is not given to others.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    and_,
    case,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column, relationship, selectinload

from inventory import balances, promises
from inventory.balances import Balance
from inventory.base import Actor, Base, Id, Keyed, Moment, Quantity, Text, claim, insert_all, word_enum
from inventory.catalogue import Item, Lot, LotStatus, usable_on
from inventory.closed_days import refuse_closed
from inventory.errors import (
    AlreadyReversed,
    InvalidInput,
    NotFound,
    NotYetThere,
    Promised,
    Restricted,
    Short,
)
from inventory.places import Place, StockLocation, get_location, the_location
from inventory.restrictions import closed_to, named_for


class DocumentKind(enum.StrEnum):
    """The kinds of ledger document (入库、出库、调拨、退库、盘点调整、报废、冲销)."""

    RECEIPT = "receipt"
    ISSUE = "issue"
    TRANSFER = "transfer"
    RETURN = "return"
    ADJUSTMENT = "adjustment"
    DISPOSAL = "disposal"
    REVERSAL = "reversal"


PREFIX = {
    DocumentKind.RECEIPT: "RK",
    DocumentKind.ISSUE: "CK",
    DocumentKind.TRANSFER: "DB",
    DocumentKind.RETURN: "TK",
    DocumentKind.ADJUSTMENT: "PD",
    DocumentKind.DISPOSAL: "BF",
    DocumentKind.REVERSAL: "CX",
}


class Document(Keyed):
    """One act on the stock with a number people quote; its movements are its lines. Never changed, never removed."""

    __tablename__ = "document"

    kind: Mapped[DocumentKind] = mapped_column(word_enum(DocumentKind))
    occurred_at: Mapped[Moment]
    recorded_at: Mapped[Moment] = mapped_column(index=True)
    recorded_by: Mapped[Actor]
    reason: Mapped[Text] = mapped_column(default="")
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), unique=True)

    movements: Mapped[list[Movement]] = relationship(back_populates="document", order_by="Movement.id")
    reverses: Mapped[Document | None] = relationship(remote_side="Document.id", back_populates="reversed_by")
    reversed_by: Mapped[Document | None] = relationship(back_populates="reverses", uselist=False)

    @property
    def number(self) -> str:
        """What people quote and write on paper, e.g. CK0000412."""
        return f"{PREFIX[self.kind]}{self.id:07d}"


class Movement(Base):
    """One ledger line (库存流水): a lot going from one location to another. Database triggers refuse to change or remove it."""

    __tablename__ = "movement"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("source_id <> destination_id", name="goes_somewhere"),
        Index("ix_movement_source_card", "source_id", "item_id", "id"),
        Index("ix_movement_destination_card", "destination_id", "item_id", "id"),
        Index("ix_movement_item_card", "item_id", "id"),
        Index("ix_movement_occurred_at", "occurred_at"),
        # All that the figures of a day ask, so that weeks of movements are summed without reading them.
        Index("ix_movement_item_day", "item_id", "occurred_at", "source_id", "destination_id", "quantity", "lot_id"),
    )

    id: Mapped[Id]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"))
    destination_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"))
    quantity: Mapped[Quantity]
    occurred_at: Mapped[Moment]
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("movement.id"), unique=True)

    document: Mapped[Document] = relationship(back_populates="movements")
    item: Mapped[Item] = relationship()
    lot: Mapped[Lot] = relationship()
    source: Mapped[StockLocation] = relationship(foreign_keys=source_id)
    destination: Mapped[StockLocation] = relationship(foreign_keys=destination_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """So much of a lot from here to there; `occurred_at` where that is another moment than the document's."""

    lot_id: int
    source_id: int
    destination_id: int
    quantity: int
    occurred_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a count found of a lot beyond (+) or short of (−) what the books said at that instant."""

    lot_id: int
    quantity: int
    counted_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Who records what, when: the head of every document. `key` makes sending it twice happen once.

    `occurred_at` comes in the zone of the people who act: the day that decides about expiry is its calendar day.
    """

    key: str
    occurred_at: dt.datetime
    recorded_at: dt.datetime
    by: str
    reason: str = ""

    @property
    def late(self) -> bool:
        """Whether it is recorded on a later day than it happened."""
        return self.occurred_at.date() < self.recorded_at.astimezone(self.occurred_at.tzinfo).date()


# Documents ------------------------------------------------------------------------------------------------------------


def receive(session: Session, *, recorded: Recorded, lines: Sequence[Line]) -> Document:
    """Take stock in from outside (supplier, donor, opening)."""
    return post(session, kind=DocumentKind.RECEIPT, recorded=recorded, lines=lines)


def issue(
    session: Session,
    *,
    recorded: Recorded,
    source_id: int,
    destination_id: int,
    wanted: Mapping[int, int],
    promised: Sequence[str] = (),
    kind: DocumentKind = DocumentKind.ISSUE,
) -> Document:
    """Hand out so much of each item (item id → base units), first expired first out, expired and blocked lots never.

    What others were promised is not given away; `promised` names the reservations this very issue fulfils, and they are released with
    it: where a loss has left less than was promised, those who come first get theirs. Goods given for certain units go to these first
    and to nobody else. Raises Short with what is available, or Restricted, and then nothing is changed.
    """
    asked = {"source": source_id, "destination": destination_id, "wanted": sorted(wanted.items())}

    def lines() -> list[Line]:
        picked = _take_first_expiring(session, recorded, source_id, destination_id, wanted, promised)
        promises.release(session, keys=promised, at=recorded.recorded_at)
        return picked

    return _write(session, kind=kind, recorded=recorded, asked=asked, lines=lines)


def transfer(
    session: Session,
    *,
    recorded: Recorded,
    source_id: int,
    destination_id: int,
    wanted: Mapping[int, int],
    promised: Sequence[str] = (),
) -> Document:
    """Move stock between two places inside (store, vehicle); otherwise as `issue`."""
    return issue(
        session,
        recorded=recorded,
        source_id=source_id,
        destination_id=destination_id,
        wanted=wanted,
        promised=promised,
        kind=DocumentKind.TRANSFER,
    )


def adjust(session: Session, *, recorded: Recorded, location_id: int, lot_id: int, difference: int) -> Document:
    """Post that a place holds more (+) or less (−) of a lot than the books say."""
    if difference == 0:
        raise InvalidInput("difference", "zero", difference)
    found = Difference(lot_id=lot_id, quantity=difference, counted_at=recorded.occurred_at)
    line = _found(found, location_id, the_location(session, Place.VARIANCE).id)
    return post(session, kind=DocumentKind.ADJUSTMENT, recorded=recorded, lines=[line])


def adjust_counted(
    session: Session, *, recorded: Recorded, location_id: int, differences: Sequence[Difference]
) -> Document:
    """Post what a count found, each lot at the instant at which it was counted: one document.

    The balances have to be held by this transaction (`hold_counted`). Raises Short where a place cannot bear its loss.
    """
    variance = the_location(session, Place.VARIANCE).id
    lines = [_found(difference, location_id, variance) for difference in differences]
    return _write(
        session,
        kind=DocumentKind.ADJUSTMENT,
        recorded=recorded,
        asked=_plain(lines),
        lines=lambda: lines,
        held=True,
    )


def hold_counted(session: Session, *, location_id: int, lots: Iterable[Lot]) -> dict[int, int]:
    """What a place holds of these lots (by lot id), held until the transaction ends together with what the count variance has of them."""
    counted = {lot.id: lot for lot in lots}
    balances.hold(session, location_ids=(location_id, the_location(session, Place.VARIANCE).id), lots=counted.values())
    held = select(Balance.lot_id, Balance.quantity).where(Balance.location_id == location_id)
    return {lot_id: quantity for lot_id, quantity in session.execute(held) if lot_id in counted}


def reverse(session: Session, *, recorded: Recorded, document_id: int) -> Document:
    """Undo a document by its mirror image.

    Raises AlreadyReversed, Short where the stock has gone on since, or Promised where it was promised to others.
    """
    original = _hold_document(session, document_id)
    undone = session.scalar(select(Document.key).where(Document.reverses_id == original.id))
    if original.kind is DocumentKind.REVERSAL or undone not in (None, recorded.key):
        raise AlreadyReversed(original.number)
    lines = [
        Line(lot_id=m.lot_id, source_id=m.destination_id, destination_id=m.source_id, quantity=m.quantity)
        for m in original.movements
    ]

    def unpromised() -> list[Line]:
        refuse_promised(session, lines=lines, day=recorded.occurred_at.date())
        return lines

    return _write(
        session,
        kind=DocumentKind.REVERSAL,
        recorded=recorded,
        asked=_plain(lines),
        lines=unpromised,
        reverses=original,
    )


def post(session: Session, *, kind: DocumentKind, recorded: Recorded, lines: Sequence[Line]) -> Document:
    """Write one document with these movements and change the balances: all of it or, with an error, nothing.

    The same key with the same content gives the document already written; with other content it raises KeyReused.
    """
    return _write(session, kind=kind, recorded=recorded, asked=_plain(lines), lines=lambda: lines)


def document_by_key(session: Session, key: str) -> Document | None:
    """The document a client key has already made, if any."""
    return session.scalar(select(Document).where(Document.key == key))


def get_document(session: Session, document_id: int) -> Document:
    """The document with this id. Raises NotFound."""
    document = session.get(Document, document_id)
    if document is None:
        raise NotFound("document", document_id)
    return document


def refuse_promised(session: Session, *, lines: Sequence[Line], day: dt.date) -> None:
    """Raises Promised where these lines would take from a store what it promised to others, of what anybody may have.

    All that they move is held, in key order, until the transaction ends.
    """
    lots, stores = _lots(session, lines), _stores(session, {line.source_id for line in lines})
    closed = named_for(session, lots.keys())
    lost: dict[tuple[int, int], int] = defaultdict(int)
    for line in lines:
        if line.lot_id not in closed and usable_on(lots[line.lot_id], day):
            lost[line.source_id, lots[line.lot_id].item_id] += line.quantity
            lost[line.destination_id, lots[line.lot_id].item_id] -= line.quantity
    held = balances.for_anybody(session, _lock_moved(session, lines, lots, stores))
    for (place, item_id), less in sorted(lost.items()):
        theirs = promises.promised(session, place, [item_id]).get(item_id, 0) if place in stores and less > 0 else 0
        if not theirs:
            continue
        free = balances.usable([b for b in held if (b.location_id, b.item_id) == (place, item_id)], day)
        if less > (left := max(0, free - theirs)):
            raise Promised(location_id=place, item_id=item_id, wanted=less, available=left, promised=theirs)


# First expired, first out ---------------------------------------------------------------------------------------------


def first_expiring(held: Iterable[tuple[Lot, int]], wanted: int, day: dt.date) -> list[tuple[int, int]]:
    """The (lot id, quantity) picks for `wanted` units on a day: earliest expiry first, lots without one last, expired and
    blocked ones never.
    """
    return in_turn([(lot, quantity) for lot, quantity in held if usable_on(lot, day)], wanted)


def in_turn(held: Iterable[tuple[Lot, int]], wanted: int) -> list[tuple[int, int]]:
    """The same picks for goods that have changed hands already, usable or not: what is blocked comes last."""
    picks: list[tuple[int, int]] = []
    for lot, quantity in sorted(held, key=lambda pair: _turn(pair[0])):
        taken = min(quantity, wanted - sum(pick[1] for pick in picks))
        if taken > 0:
            picks.append((lot.id, taken))
    return picks


def _turn(lot: Lot) -> tuple[bool, dt.date, int]:
    return lot.status is not LotStatus.USABLE, lot.expires_on or dt.date.max, lot.id


# Beneath --------------------------------------------------------------------------------------------------------------


def _write(
    session: Session,
    *,
    kind: DocumentKind,
    recorded: Recorded,
    asked: object,
    lines: Callable[[], Sequence[Line]],
    reverses: Document | None = None,
    held: bool = False,
) -> Document:
    """Claim the key, then choose the lines, then move the stock.

    The key comes first: a second copy of the same request waits for the first and then finds its document, instead of a store that
    the first has already emptied.
    """
    document, is_new = claim(
        session,
        Document,
        key=recorded.key,
        # What moves, not when it was sent.
        asked=[kind.value, recorded.reason, asked],
        kind=kind,
        occurred_at=recorded.occurred_at,
        recorded_at=recorded.recorded_at,
        recorded_by=recorded.by,
        reason=recorded.reason,
        reverses_id=reverses.id if reverses else None,
    )
    if not is_new:
        return document
    chosen = _merged(lines())
    _refuse_nonsense(chosen)
    refuse_closed(session, touched=_first_touched(chosen, recorded))
    lots = _lots(session, chosen)
    if kind in (DocumentKind.ISSUE, DocumentKind.TRANSFER):
        _refuse_closed_ways(session, chosen, lots)
    balances.change(session, _changes(chosen), lots, held=held)
    if recorded.late and kind is not DocumentKind.ADJUSTMENT:
        _refuse_before_it_came(session, chosen, lots, recorded.occurred_at)
    mirrored = {_way(m): m.id for m in reverses.movements} if reverses else {}
    insert_all(
        session,
        insert(Movement),
        [
            {
                "document_id": document.id,
                "item_id": lots[line.lot_id].item_id,
                "lot_id": line.lot_id,
                "source_id": line.source_id,
                "destination_id": line.destination_id,
                "quantity": line.quantity,
                "occurred_at": line.occurred_at or recorded.occurred_at,
                "reverses_id": mirrored.get((line.lot_id, line.destination_id, line.source_id)),
            }
            for line in chosen
        ],
    )
    return document


def _hold_document(session: Session, document_id: int) -> Document:
    """The document, held until the transaction ends: of two who reverse it the second finds it reversed."""
    held = select(Document).where(Document.id == document_id).with_for_update(of=Document, key_share=True)
    document = session.scalar(held)
    if document is None:
        raise NotFound("document", document_id)
    return document


def _take_first_expiring(
    session: Session,
    recorded: Recorded,
    source_id: int,
    destination_id: int,
    wanted: Mapping[int, int],
    promised: Sequence[str],
) -> list[Line]:
    """Choose the lots for so much of each item, holding in key order what the source has of them and where they go.

    A destination that comes before its source has to be held first, when it is not sure yet which lots it gets: those that are likely
    are held, and where it turns out that others go, all is let go and begun anew with these too.
    """
    for item_id, quantity in wanted.items():
        if quantity <= 0:
            raise InvalidInput("quantity", "not-positive", quantity)
        if session.get(Item, item_id) is None:
            raise NotFound("item", item_id)
    day = recorded.occurred_at.date()
    if source_id < destination_id:
        return _choose(session, day, source_id, destination_id, wanted, promised)
    going = _likely_lots(session, source_id, wanted, day)
    while True:
        with session.begin_nested() as attempt:
            balances.hold(session, location_ids=[destination_id], lots=going)
            lines = _choose(session, day, source_id, destination_id, wanted, promised)
            if {line.lot_id for line in lines} <= {lot.id for lot in going}:
                return lines
            attempt.rollback()
        going |= set(_lots(session, lines).values())


def _likely_lots(session: Session, source_id: int, wanted: Mapping[int, int], day: dt.date) -> set[Lot]:
    """The lots that go first for so much of each item, as far as one sees without holding anything."""
    seen = session.scalars(balances.balances_of([source_id], wanted)).all()
    going: set[Lot] = set()
    for item_id, quantity in wanted.items():
        lots = {balance.lot_id: balance for balance in seen if balance.item_id == item_id}
        picks = first_expiring([(balance.lot, balance.quantity) for balance in lots.values()], quantity, day)
        going |= {lots[lot_id].lot for lot_id, _ in picks}
    return going


def _choose(
    session: Session,
    day: dt.date,
    source_id: int,
    destination_id: int,
    wanted: Mapping[int, int],
    promised: Sequence[str],
) -> list[Line]:
    """The lines for so much of each item, with everything held that the source has of them. Raises Short or Restricted."""
    held = balances.lock(session, [source_id], wanted)
    named = named_for(session, {balance.lot_id for balance in held})
    closed = _closed_to(session, named, source_id, destination_id)
    to_all = promises.promised(session, source_id, wanted)
    to_them = promises.promised(session, source_id, wanted, only=promised)
    lines: list[Line] = []
    for item_id in sorted(wanted):
        lots = [balance for balance in held if balance.item_id == item_id]
        meant = [balance for balance in lots if balance.lot_id in named and balance.lot_id not in closed]
        common = [balance for balance in lots if balance.lot_id not in named]
        usable, own = balances.usable(common, day), to_them.get(item_id, 0)
        others = to_all.get(item_id, 0) - own
        # After a loss there is less than was promised. Who comes with a promise then still gets what was promised to them: else
        # one broken carton would hold back everybody's goods.
        free = balances.usable(meant, day) + max(0, usable - others, min(usable, own))
        if wanted[item_id] > free:
            shut = [balance for balance in lots if balance.quantity and balance.lot_id in closed]
            kept = [balance for balance in shut if usable_on(balance.lot, day)]
            raise _short(kept, named, source_id, destination_id, item_id, wanted[item_id], free)
        lines += [
            Line(lot_id=lot_id, source_id=source_id, destination_id=destination_id, quantity=taken)
            for lot_id, taken in _meant_first(meant, common, wanted[item_id], day)
        ]
    return lines


def _meant_first(
    meant: Sequence[Balance], common: Sequence[Balance], wanted: int, day: dt.date
) -> list[tuple[int, int]]:
    """What was given for the receiver before what anybody may have; of each the first expiring first."""
    own = first_expiring([(balance.lot, balance.quantity) for balance in meant], wanted, day)
    rest = wanted - sum(quantity for _, quantity in own)
    return own + first_expiring([(balance.lot, balance.quantity) for balance in common], rest, day)


def _short(
    kept: Sequence[Balance],
    named: Mapping[int, frozenset[int]],
    source_id: int,
    destination_id: int,
    item_id: int,
    wanted: int,
    available: int,
) -> Short:
    """Short, or Restricted where goods kept for others lie there."""
    if not kept:
        return Short(location_id=source_id, item_id=item_id, wanted=wanted, available=available)
    return Restricted(
        location_id=source_id,
        destination_id=destination_id,
        item_id=item_id,
        wanted=wanted,
        available=available,
        restricted=sum(balance.quantity for balance in kept),
        unit_ids=frozenset[int]().union(*(named[balance.lot_id] for balance in kept)),
    )


def _closed_to(session: Session, named: Mapping[int, frozenset[int]], source_id: int, destination_id: int) -> set[int]:
    if not named:
        return set()
    source, destination = get_location(session, source_id), get_location(session, destination_id)
    return closed_to(session, named, source=source, destination=destination)


def _refuse_closed_ways(session: Session, lines: Sequence[Line], lots: Mapping[int, Lot]) -> None:
    """Raises Restricted for goods given for certain units that were to go to others."""
    named = named_for(session, lots.keys())
    for line in (line for line in lines if line.lot_id in named):
        if _closed_to(session, {line.lot_id: named[line.lot_id]}, line.source_id, line.destination_id):
            raise Restricted(
                location_id=line.source_id,
                destination_id=line.destination_id,
                item_id=lots[line.lot_id].item_id,
                wanted=line.quantity,
                available=0,
                restricted=line.quantity,
                unit_ids=named[line.lot_id],
            )


def _lock_moved(
    session: Session, lines: Sequence[Line], lots: Mapping[int, Lot], stores: Collection[int]
) -> list[Balance]:
    """The balances of these lines at both ends, and all that these stores have of their items, held in key order."""
    ends = {place for line in lines for place in (line.source_id, line.destination_id)}
    item_ids = {lot.item_id for lot in lots.values()}
    moved = and_(Balance.location_id.in_(sorted(ends)), Balance.lot_id.in_(sorted(lots)))
    beside = and_(Balance.location_id.in_(sorted(stores)), Balance.item_id.in_(sorted(item_ids)))
    held = (
        select(Balance)
        .where(or_(moved, beside))
        .order_by(Balance.location_id, Balance.lot_id)
        .options(selectinload(Balance.lot))
        .with_for_update(of=Balance)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(held))


def _stores(session: Session, location_ids: Collection[int]) -> set[int]:
    stores = select(StockLocation.id).where(StockLocation.id.in_(location_ids), StockLocation.place == Place.STORE)
    return set(session.scalars(stores))


def _changes(lines: Sequence[Line]) -> dict[tuple[int, int], int]:
    """The net change of each (location, lot)."""
    changes: dict[tuple[int, int], int] = defaultdict(int)
    for line in lines:
        changes[line.source_id, line.lot_id] -= line.quantity
        changes[line.destination_id, line.lot_id] += line.quantity
    return changes


def _first_touched(lines: Sequence[Line], recorded: Recorded) -> dict[int, dt.datetime]:
    """By location id the earliest moment at which a document touches it."""
    touched: dict[int, dt.datetime] = {}
    for line in lines:
        moment = line.occurred_at or recorded.occurred_at
        for location_id in (line.source_id, line.destination_id):
            touched[location_id] = min(moment, touched.get(location_id, moment))
    return touched


def _refuse_before_it_came(
    session: Session, lines: Sequence[Line], lots: Mapping[int, Lot], moment: dt.datetime
) -> None:
    """Raises NotYetThere where some store would, at some time since a moment, have held less of an item than nothing.

    The balances are changed already. Not asked of counts, which say what lay there, nor of vehicles, whose phones tell late.
    """
    taken: dict[tuple[int, int], int] = defaultdict(int)
    for line in lines:
        taken[line.source_id, lots[line.lot_id].item_id] += line.quantity
    for (location_id, item_id), wanted in sorted(taken.items()):
        if get_location(session, location_id).place is not Place.STORE:
            continue
        lowest = _lowest_since(session, location_id, item_id, moment)
        if lowest < 0:
            raise NotYetThere(
                location_id=location_id,
                item_id=item_id,
                wanted=wanted,
                available=max(0, wanted + lowest),
                day=moment.date(),
            )


def _lowest_since(session: Session, location_id: int, item_id: int, moment: dt.datetime) -> int:
    """The least a place has held of an item since a moment, back from what it holds now; what was undone never happened."""
    original = aliased(Movement)
    happened_at = func.coalesce(original.occurred_at, Movement.occurred_at)
    change = case((Movement.destination_id == location_id, Movement.quantity), else_=-Movement.quantity)
    changes = session.execute(
        select(happened_at, func.sum(change))
        .outerjoin(original, original.id == Movement.reverses_id)
        .where(
            Movement.item_id == item_id,
            or_(Movement.source_id == location_id, Movement.destination_id == location_id),
            happened_at > moment,
        )
        .group_by(happened_at)
        .order_by(happened_at.desc())
    )
    held = select(func.sum(Balance.quantity)).where(Balance.location_id == location_id, Balance.item_id == item_id)
    level = lowest = int(session.scalar(held) or 0)
    for _happened_at, changed in changes:
        level -= int(changed)
        lowest = min(lowest, level)
    return lowest


def _lots(session: Session, lines: Sequence[Line]) -> dict[int, Lot]:
    wanted = sorted({line.lot_id for line in lines})
    lots: dict[int, Lot] = {}
    for start in range(0, len(wanted), 500):
        lots |= {lot.id: lot for lot in session.scalars(select(Lot).where(Lot.id.in_(wanted[start : start + 500])))}
    for lot_id in wanted:
        if lot_id not in lots:
            raise NotFound("lot", lot_id)
    return lots


def _refuse_nonsense(lines: Sequence[Line]) -> None:
    if not lines:
        raise InvalidInput("lines", "empty", 0)
    for line in lines:
        if line.quantity <= 0:
            raise InvalidInput("quantity", "not-positive", line.quantity)
        if line.source_id == line.destination_id:
            raise InvalidInput("destination", "same-as-source", line.destination_id)


def _found(difference: Difference, location_id: int, variance_id: int) -> Line:
    more = difference.quantity > 0
    return Line(
        lot_id=difference.lot_id,
        source_id=variance_id if more else location_id,
        destination_id=location_id if more else variance_id,
        quantity=abs(difference.quantity),
        occurred_at=difference.counted_at,
    )


def _merged(lines: Sequence[Line]) -> list[Line]:
    """Lines of one lot the same way become one movement, so that a reversal can name what it mirrors."""
    merged: dict[tuple[int, int, int], Line] = {}
    for line in lines:
        known = merged.get(_way(line))
        merged[_way(line)] = replace(known, quantity=known.quantity + line.quantity) if known else line
    return list(merged.values())


def _way(line: Line | Movement) -> tuple[int, int, int]:
    return line.lot_id, line.source_id, line.destination_id


def _plain(lines: Sequence[Line]) -> list[tuple[int, int, int, int]]:
    return sorted((*_way(line), line.quantity) for line in lines)
