"""The read side of the ledger: what is on hand, what is promised, what a stock card says, and the proof."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, case, desc, func, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, selectinload

from inventory.balances import Balance
from inventory.catalogue import Item, Lot, LotStatus, lot_usable
from inventory.consignments import Consignment
from inventory.ledger import Document, DocumentKind, Movement
from inventory.places import AT_HAND, INSIDE, Place, StockLocation
from inventory.promises import Reservation
from inventory.restrictions import is_restricted, may_have, named_for
from inventory.units import Unit, subtree


@dataclass(frozen=True, slots=True, kw_only=True)
class OnHand:
    """What a unit (with all below, or alone) holds of one item, in base units. `available` may fall below zero after a loss.

    `in_transit` is on the way to it and not on hand yet. Of what is on hand, `held_back` lies in blocked lots, expired or not; `expired`
    in lots that are only too old; `restricted` is usable, and given for certain units only. `next_expiry` is of what is usable.
    """

    item: Item
    on_hand: int = 0
    expired: int = 0
    held_back: int = 0
    restricted: int = 0
    reserved: int = 0
    in_transit: int = 0
    next_expiry: dt.date | None = None

    @property
    def usable(self) -> int:
        """What may be used, promised or not."""
        return self.on_hand - self.expired - self.held_back

    @property
    def available(self) -> int:
        """What can still be promised: what is usable, less the restricted and what others were promised."""
        return self.usable - self.restricted - self.reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one location holds of one lot."""

    location: StockLocation
    lot: Lot
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CardLine:
    """One line of a stock card: `change` as seen from the card's places, `balance` after it, both in base units."""

    movement: Movement
    change: int
    balance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something the proof found wrong."""

    rule: str
    location_id: int | None
    lot_id: int | None
    expected: int
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was checked and what was found. Proved when `findings` is empty."""

    movements: int
    balances: int
    lots: int
    findings: tuple[Finding, ...]


def on_hand(
    session: Session, *, unit_id: int, on: dt.date, below: bool = True, item_id: int | None = None
) -> list[OnHand]:
    """Every item the unit holds (with all units below it unless told otherwise), by item code; or one of them.

    Vehicles of the unit count.
    """
    inside = _places_of(unit_id, below)
    held = _held_by_item(session, inside, on, item_id)
    promised = _sums(
        session,
        Reservation.item_id,
        Reservation.quantity,
        Reservation.location_id.in_(inside),
        Reservation.released_at.is_(None),
        *_of_item(Reservation.item_id, item_id),
    )
    coming = _sums(
        session,
        Balance.item_id,
        Balance.quantity,
        Balance.location_id.in_(_places_of(unit_id, below, (Place.TRANSIT,))),
        Balance.quantity != 0,
        *_of_item(Balance.item_id, item_id),
    )
    items = session.scalars(select(Item).where(Item.id.in_(sorted(held | promised | coming))).order_by(Item.code))
    return [
        OnHand(
            item=item,
            reserved=promised.get(item.id, 0),
            in_transit=coming.get(item.id, 0),
            **held.get(item.id, {}),
        )
        for item in items
    ]


def available(session: Session, *, location_id: int, item_id: int, on: dt.date) -> int:
    """What one location can still promise of an item, in base units. What was given for certain units is not promised to anybody."""
    usable = session.scalar(
        select(func.coalesce(func.sum(Balance.quantity), 0))
        .join(Lot, Lot.id == Balance.lot_id)
        .where(
            Balance.location_id == location_id,
            Balance.item_id == item_id,
            lot_usable(on),
            ~is_restricted(),
        )
    )
    promised = session.scalar(
        select(func.coalesce(func.sum(Reservation.quantity), 0)).where(
            Reservation.location_id == location_id, Reservation.item_id == item_id, Reservation.released_at.is_(None)
        )
    )
    return int(usable or 0) - int(promised or 0)


def usable_lots(session: Session, *, location_id: int, item_id: int, on: dt.date) -> list[tuple[Lot, int]]:
    """The lots of an item that one location may still give to anybody, with their base units, first expiring first."""
    rows = session.execute(
        select(Lot, Balance.quantity)
        .join(Balance, Balance.lot_id == Lot.id)
        .where(
            Balance.location_id == location_id,
            Balance.item_id == item_id,
            Balance.quantity > 0,
            lot_usable(on),
            ~is_restricted(),
        )
        .order_by(Lot.expires_on.is_(None), Lot.expires_on, Lot.id)
    )
    return [(lot, int(quantity)) for lot, quantity in rows]


def usable_by_unit(session: Session, *, item_id: int, unit_ids: Sequence[int], on: dt.date) -> dict[int, int]:
    """What each of these units itself holds of an item and may still use, in base units; units without any are absent.

    What was given for others only is not theirs to use, wherever it lies.
    """
    found: dict[int, int] = {}
    for start in range(0, len(unit_ids), 500):
        rows = session.execute(
            select(StockLocation.unit_id, func.sum(Balance.quantity))
            .join(StockLocation, StockLocation.id == Balance.location_id)
            .join(Lot, Lot.id == Balance.lot_id)
            .where(
                StockLocation.unit_id.in_(unit_ids[start : start + 500]),
                StockLocation.place.in_(AT_HAND),
                Balance.item_id == item_id,
                lot_usable(on),
            )
            .group_by(StockLocation.unit_id)
        )
        found |= {unit_id: int(quantity) for unit_id, quantity in rows if unit_id is not None}
    for unit_id, quantity in _kept_for_others(session, item_id, unit_ids, on):
        found[unit_id] -= quantity
    return found


def free_by_unit(session: Session, *, item_id: int, unit_ids: Sequence[int], on: dt.date) -> dict[int, int]:
    """What the stores of each of these units can still give of an item to anybody, in base units, as `available` has it of one."""
    free: dict[int, int] = {}
    for start in range(0, len(unit_ids), 500):
        stores = select(StockLocation.id).where(
            StockLocation.unit_id.in_(unit_ids[start : start + 500]), StockLocation.place == Place.STORE
        )
        for unit_id, usable, promised in session.execute(_free_by_store(stores, item_id, on)):
            if unit_id is not None:
                free[unit_id] = free.get(unit_id, 0) + max(0, int(usable) - int(promised or 0))
    return free


def held_lots(
    session: Session, *, unit_id: int, item_id: int, below: bool = True, limit: int | None = None
) -> list[Held]:
    """Which places of the unit hold which lots of an item, first expiring first; so many of them at most."""
    rows = session.execute(
        select(Balance.quantity, StockLocation, Lot)
        .join(StockLocation, StockLocation.id == Balance.location_id)
        .join(Lot, Lot.id == Balance.lot_id)
        .where(Balance.location_id.in_(_places_of(unit_id, below)), Balance.item_id == item_id, Balance.quantity != 0)
        .order_by(Lot.expires_on.is_(None), Lot.expires_on, Lot.id, StockLocation.name)
        .limit(limit)
    )
    return [Held(location=location, lot=lot, quantity=quantity) for quantity, location, lot in rows]


def stock_card(
    session: Session, *, unit_id: int, item_id: int, below: bool = True, limit: int = 50, before_id: int | None = None
) -> list[CardLine]:
    """The newest movements of an item into or out of a unit's places, newest first, each with the balance after it.

    Moves between two places of the unit leave its balance as it was and are left out. `before_id` pages back.
    """
    places = _places_of(unit_id, below)
    inside = frozenset(session.scalars(places))
    older = () if before_id is None else (Movement.id < before_id,)
    crossing = _crossings(inside, places, item_id)
    ids = [id_ for id_, _ in session.execute(crossing(older).order_by(desc("id")).limit(limit))]
    if not ids:
        return []
    balance = int(
        session.scalar(
            select(func.coalesce(func.sum(Balance.quantity), 0)).where(
                Balance.location_id.in_(places), Balance.item_id == item_id
            )
        )
        or 0
    )
    if before_id is not None:
        newer = crossing((Movement.id > ids[0],)).subquery()
        balance -= int(session.scalar(select(func.coalesce(func.sum(newer.c.change), 0))) or 0)
    lines: list[CardLine] = []
    for movement in _movements(session, ids):
        change = movement.quantity if movement.destination_id in inside else -movement.quantity
        lines.append(CardLine(movement=movement, change=change, balance=balance))
        balance -= change
    return lines


def documents(
    session: Session,
    *,
    unit_id: int | None = None,
    kind: DocumentKind | None = None,
    limit: int = 50,
    before_id: int | None = None,
) -> list[Document]:
    """The newest documents, newest first, with their movements; with a unit, those that touched its places or any below."""
    lines = selectinload(Document.movements)
    page = select(Document).order_by(Document.id.desc()).limit(limit)
    page = page.options(
        lines.selectinload(Movement.item),
        lines.selectinload(Movement.lot),
        lines.selectinload(Movement.source),
        lines.selectinload(Movement.destination),
    )
    if unit_id is not None:
        page = page.where(Document.id.in_(_touching(unit_id)))
    if kind is not None:
        page = page.where(Document.kind == kind)
    if before_id is not None:
        page = page.where(Document.id < before_id)
    return list(session.scalars(page))


def prove(session: Session) -> Proof:
    """Check that every balance is the sum of its movements, that every lot sums to zero over all places, and that no store owes.

    Reads everything; finds, never mends.
    """
    findings = (*_balances_differing_from_movements(session), *_lots_not_in_sum(session), *_stores_that_owe(session))
    return Proof(
        movements=session.scalar(select(func.count()).select_from(Movement)) or 0,
        balances=session.scalar(select(func.count()).select_from(Balance)) or 0,
        lots=session.scalar(select(func.count()).select_from(Lot)) or 0,
        findings=findings,
    )


def touches(session: Session, *, document_id: int, unit_id: int) -> bool:
    """Whether a document moved stock into or out of a place of the unit or of any below, or on the way to or from one."""
    return session.scalar(_touching(unit_id).where(Movement.document_id == document_id).limit(1)) is not None


def _held_by_item(session: Session, places: Select[int], on: dt.date, item_id: int | None) -> dict[int, dict[str, Any]]:
    """Summed by lot first: of hundreds of thousands of balances, only so many rows meet their lots."""
    by_lot = (
        select(Balance.lot_id, func.sum(Balance.quantity).label("quantity"))
        .where(Balance.location_id.in_(places), Balance.quantity != 0, *_of_item(Balance.item_id, item_id))
        .group_by(Balance.lot_id)
        .subquery()
    )
    free = Lot.status == LotStatus.USABLE
    rows = session.execute(
        select(
            Lot.item_id,
            func.sum(by_lot.c.quantity),
            func.sum(case((and_(free, Lot.expires_on < on), by_lot.c.quantity), else_=0)),
            func.sum(case((free, 0), else_=by_lot.c.quantity)),
            func.sum(case((and_(is_restricted(), lot_usable(on)), by_lot.c.quantity), else_=0)),
            func.min(case((lot_usable(on), Lot.expires_on))),
        )
        .join(by_lot, by_lot.c.lot_id == Lot.id)
        .group_by(Lot.item_id)
    )
    return {
        item: {
            "on_hand": int(quantity),
            "expired": int(old),
            "held_back": int(blocked),
            "restricted": int(restricted),
            "next_expiry": next_expiry,
        }
        for item, quantity, old, blocked, restricted, next_expiry in rows
    }


def _sums(
    session: Session,
    item_id: InstrumentedAttribute[int],
    quantity: InstrumentedAttribute[int],
    *where: ColumnElement[bool],
) -> dict[int, int]:
    rows = session.execute(select(item_id, func.sum(quantity)).where(*where).group_by(item_id))
    return {item: int(total) for item, total in rows}


def _free_by_store(stores: Select[int], item_id: int, on: dt.date) -> Select[int | None, int, int | None]:
    """The unit of each store with what the store may give to anybody, and what of that is promised."""
    promised = (
        select(func.sum(Reservation.quantity))
        .where(
            Reservation.location_id == StockLocation.id,
            Reservation.item_id == item_id,
            Reservation.released_at.is_(None),
        )
        .scalar_subquery()
    )
    return (
        select(StockLocation.unit_id, func.sum(Balance.quantity), promised)
        .join(Balance, Balance.location_id == StockLocation.id)
        .join(Lot, Lot.id == Balance.lot_id)
        .where(StockLocation.id.in_(stores), Balance.item_id == item_id, lot_usable(on), ~is_restricted())
        .group_by(StockLocation.id, StockLocation.unit_id)
    )


def _kept_for_others(session: Session, item_id: int, unit_ids: Sequence[int], on: dt.date) -> Iterator[tuple[int, int]]:
    """Usable stock that lies with one of these units and was given for others only: the unit's id and base units."""
    rows = session.execute(
        select(StockLocation.unit_id, Balance.lot_id, Balance.quantity)
        .join(StockLocation, StockLocation.id == Balance.location_id)
        .join(Lot, Lot.id == Balance.lot_id)
        .where(
            StockLocation.place.in_(AT_HAND),
            StockLocation.unit_id.is_not(None),
            Balance.item_id == item_id,
            Balance.quantity > 0,
            lot_usable(on),
            is_restricted(),
        )
    ).all()
    wanted = set(unit_ids)
    allowed = may_have(session, named_for(session, {lot_id for _unit_id, lot_id, _quantity in rows}))
    for unit_id, lot_id, quantity in rows:
        if unit_id in wanted and unit_id not in allowed[lot_id]:
            yield unit_id, quantity


def _of_item(column: InstrumentedAttribute[int], item_id: int | None) -> tuple[ColumnElement[bool], ...]:
    return () if item_id is None else (column == item_id,)


def _touching(unit_id: int) -> Select[int]:
    here = StockLocation.unit_id.in_(subtree(unit_id))
    # What is on the way lies at a place of the receiver's; its sender answers for it too.
    sent = select(Consignment.transit_id).join(StockLocation, StockLocation.id == Consignment.source_id).where(here)
    places = select(StockLocation.id).where(here, StockLocation.place.in_(INSIDE)).union_all(sent)
    return select(Movement.document_id).where(or_(Movement.source_id.in_(places), Movement.destination_id.in_(places)))


def _places_of(unit_id: int, below: bool, kinds: Sequence[Place] = AT_HAND) -> Select[int]:
    units = subtree(unit_id) if below else select(Unit.id).where(Unit.id == unit_id)
    return select(StockLocation.id).where(StockLocation.unit_id.in_(units), StockLocation.place.in_(kinds))


FEW_PLACES = 20
"""The movements of an item at so few places are found place by place, by indexes; at more, by going through the item's own."""

type Crossings = Callable[[Sequence[ColumnElement[bool]]], Select[int, int] | CompoundSelect[int, int]]


def _crossings(inside: frozenset[int], places: Select[int], item_id: int) -> Crossings:
    """A query for `id` and `change` of the movements that come into a unit's places or leave them, as seen from there."""
    comes, goes = Movement.quantity.label("change"), (-Movement.quantity).label("change")
    if len(inside) <= FEW_PLACES:
        here = sorted(inside)

        def place_by_place(where: Sequence[ColumnElement[bool]]) -> CompoundSelect[int, int]:
            into = Movement.destination_id.in_(here), Movement.source_id.not_in(here)
            out_of = Movement.source_id.in_(here), Movement.destination_id.not_in(here)
            return union_all(
                select(Movement.id, comes).where(Movement.item_id == item_id, *into, *where),
                select(Movement.id, goes).where(Movement.item_id == item_id, *out_of, *where),
            )

        return place_by_place
    into, out_of = Movement.destination_id.in_(places), Movement.source_id.in_(places)
    change = case((into, Movement.quantity), else_=-Movement.quantity).label("change")

    def by_item(where: Sequence[ColumnElement[bool]]) -> Select[int, int]:
        # Not "one or the other": that would have the database look for each of thousands of places.
        return select(Movement.id, change).where(Movement.item_id == item_id, into != out_of, *where)

    return by_item


def _movements(session: Session, ids: Sequence[int]) -> list[Movement]:
    """Newest first, with all that a card shows of them."""
    shown = (Movement.document, Movement.lot, Movement.source, Movement.destination)
    wanted = select(Movement).where(Movement.id.in_(ids)).order_by(Movement.id.desc())
    return list(session.scalars(wanted.options(*(selectinload(part) for part in shown))))


def _balances_differing_from_movements(session: Session) -> list[Finding]:
    into = select(
        Movement.destination_id.label("location_id"),
        Movement.lot_id.label("lot_id"),
        Movement.quantity.label("quantity"),
    )
    out_of = select(Movement.source_id, Movement.lot_id, -Movement.quantity)
    moved = into.union_all(out_of).subquery()
    total = (
        select(moved.c.location_id, moved.c.lot_id, func.sum(moved.c.quantity).label("quantity"))
        .group_by(moved.c.location_id, moved.c.lot_id)
        .subquery()
    )
    same = and_(Balance.location_id == total.c.location_id, Balance.lot_id == total.c.lot_id)
    wrong = session.execute(
        select(total.c.location_id, total.c.lot_id, total.c.quantity, Balance.quantity)
        .outerjoin(Balance, same)
        .where(or_(Balance.quantity.is_(None), Balance.quantity != total.c.quantity))
    )
    orphans = session.execute(
        select(Balance.location_id, Balance.lot_id, Balance.quantity)
        .outerjoin(total, same)
        .where(total.c.quantity.is_(None), Balance.quantity != 0)
    )
    return [
        Finding(rule="balance", location_id=location_id, lot_id=lot_id, expected=int(expected), found=int(found or 0))
        for location_id, lot_id, expected, found in wrong
    ] + [
        Finding(rule="balance", location_id=location_id, lot_id=lot_id, expected=0, found=int(found))
        for location_id, lot_id, found in orphans
    ]


def _lots_not_in_sum(session: Session) -> list[Finding]:
    rows = session.execute(
        select(Balance.lot_id, func.sum(Balance.quantity))
        .group_by(Balance.lot_id)
        .having(func.sum(Balance.quantity) != 0)
    )
    return [
        Finding(rule="zero-sum", location_id=None, lot_id=lot_id, expected=0, found=int(total))
        for lot_id, total in rows
    ]


def _stores_that_owe(session: Session) -> list[Finding]:
    place = aliased(StockLocation)
    rows = session.execute(
        select(Balance.location_id, Balance.lot_id, Balance.quantity)
        .join(place, place.id == Balance.location_id)
        .where(place.place.in_(INSIDE), Balance.quantity < 0)
    )
    return [
        Finding(rule="negative", location_id=location_id, lot_id=lot_id, expected=0, found=int(quantity))
        for location_id, lot_id, quantity in rows
    ]
