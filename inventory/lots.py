"""Lots that may not be used, or not for long: blocking and freeing, tracing what went where, disposal, warnings of expiry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, ForeignKey, Select, case, func, or_, select
from sqlalchemy.orm import Mapped, Session, aliased, contains_eager, mapped_column, relationship, selectinload

from inventory.balances import Balance, hold
from inventory.base import Actor, Base, ClientKey, Id, Moment, Text, word_enum
from inventory.catalogue import Item, Lot, LotStatus, lot_usable, usable_on
from inventory.errors import InvalidInput, KeyReused, NotFound
from inventory.ledger import Document, DocumentKind, Line, Movement, Recorded, document_by_key, post
from inventory.places import INSIDE, Place, StockLocation, get_location, the_location
from inventory.stock import Held
from inventory.units import subtree


class LotStatusChange(Base):
    """One blocking or freeing of a lot, with its reason; `before` and `after` are one where it was said twice.

    Database triggers refuse to change or remove it.
    """

    __tablename__ = "lot_status_change"

    id: Mapped[Id]
    key: Mapped[ClientKey] = mapped_column(unique=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    before: Mapped[LotStatus] = mapped_column(word_enum(LotStatus))
    after: Mapped[LotStatus] = mapped_column(word_enum(LotStatus))
    reason: Mapped[Text]
    changed_at: Mapped[Moment]
    changed_by: Mapped[Actor]

    lot: Mapped[Lot] = relationship()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What left our places of a lot to one place outside, less what came back, in base units; `source` gave it last."""

    source: StockLocation
    destination: StockLocation
    quantity: int
    last_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiring:
    """A lot that expires soon: what is left of it, and how much of that will not be used in time (None: the need is not known)."""

    lot: Lot
    quantity: int
    left_over: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """So much of a lot at a place, in base units."""

    location_id: int
    lot_id: int
    quantity: int


# Blocking -------------------------------------------------------------------------------------------------------------


def change_status(
    session: Session, *, key: str, lot_id: int, status: LotStatus, reason: str, at: dt.datetime, by: str
) -> LotStatusChange:
    """Block a lot everywhere at once, or free it again.

    Whoever is just taking of the lot is waited for; whoever comes after finds it blocked. The same key again gives the change that
    stands. A lot that has the status already keeps it, and the key is kept too: a copy that comes late, when the lot has changed
    again, changes nothing. Raises InvalidInput "empty" without a reason, "unchanged" where a lot was never blocked.
    """
    lot = _held_lot(session, lot_id)
    known = session.scalar(select(LotStatusChange).where(LotStatusChange.key == key))
    if known is not None:
        if (known.lot_id, known.after, known.reason) != (lot_id, status, reason):
            raise KeyReused(key)
        return known
    if not reason.strip():
        raise InvalidInput("reason", "empty", reason)
    if lot.status is status and not history(session, lot_id):
        raise InvalidInput("status", "unchanged", lot.code)
    change = LotStatusChange(
        key=key, lot_id=lot_id, before=lot.status, after=status, reason=reason, changed_at=at, changed_by=by
    )
    lot.status = status
    session.add(change)
    session.flush()
    return change


def history(session: Session, lot_id: int) -> list[LotStatusChange]:
    """Every blocking and freeing of a lot, newest first."""
    changes = select(LotStatusChange).where(LotStatusChange.lot_id == lot_id)
    return list(session.scalars(changes.order_by(LotStatusChange.id.desc())))


def blocked(session: Session, *, unit_id: int) -> list[tuple[Lot, int]]:
    """The blocked lots of which the unit or any below holds something, with how much, newest lot first."""
    return _held_by_lot(session, unit_id, Lot.status != LotStatus.USABLE)


def get_lot(session: Session, lot_id: int) -> Lot:
    """The lot with this id. Raises NotFound."""
    lot = session.get(Lot, lot_id)
    if lot is None:
        raise NotFound("lot", lot_id)
    return lot


# Tracing --------------------------------------------------------------------------------------------------------------


def holders(session: Session, *, lot_id: int, unit_id: int) -> list[Held]:
    """The stores and vehicles of the unit and below that hold something of a lot: vehicles first, then by name."""
    rows = session.execute(
        select(Balance, StockLocation, Lot)
        .join(StockLocation, StockLocation.id == Balance.location_id)
        .join(Lot, Lot.id == Balance.lot_id)
        .where(Balance.lot_id == lot_id, Balance.quantity != 0, Balance.location_id.in_(places_within(unit_id)))
        .order_by(StockLocation.place.desc(), StockLocation.name)
    )
    return [Held(location=location, lot=lot, quantity=balance.quantity) for balance, location, lot in rows]


def gone(session: Session, *, lot_id: int, unit_id: int) -> list[Gone]:
    """Who outside got something of a lot from the unit's places and those below and has not given it back, and where it was used up."""
    inside, ours, theirs = places_within(unit_id), aliased(StockLocation), aliased(StockLocation)
    leaves = Movement.source_id.in_(inside)
    rows = session.execute(
        select(
            ours,
            theirs,
            func.sum(case((leaves, Movement.quantity), else_=-Movement.quantity)),
            func.max(Movement.occurred_at),
        )
        .select_from(Movement)
        .join(ours, ours.id == case((leaves, Movement.source_id), else_=Movement.destination_id))
        .join(theirs, theirs.id == case((leaves, Movement.destination_id), else_=Movement.source_id))
        .where(
            Movement.lot_id == lot_id,
            or_(leaves, Movement.destination_id.in_(inside)),
            theirs.place.in_((Place.RECIPIENT, Place.CONSUMED)),
        )
        .group_by(ours.id, theirs.id)
    )
    found: dict[int, Gone] = {}
    for source, destination, quantity, last_at in rows:
        new = Gone(source=source, destination=destination, quantity=int(quantity), last_at=last_at)
        # Goods used up are asked for where they were used; what somebody received may come back to another store.
        key = source.id if destination.place is Place.CONSUMED else destination.id
        found[key] = new if key not in found else _together(found[key], new)
    return sorted((one for one in found.values() if one.quantity > 0), key=lambda one: -one.quantity)


def touched(session: Session, *, lot_id: int, unit_id: int) -> bool:
    """Whether anything of a lot ever lay in a place of the unit or of any below."""
    inside = places_within(unit_id)
    moved = select(Movement.id).where(Movement.lot_id == lot_id)
    reached = or_(Movement.source_id.in_(inside), Movement.destination_id.in_(inside))
    return session.scalar(moved.where(reached).limit(1)) is not None


# Bringing back and disposing ------------------------------------------------------------------------------------------


def bring_back(
    session: Session, *, recorded: Recorded, lot_id: int, source_id: int, store_id: int, quantity: int, unit_id: int
) -> Document:
    """Take blocked goods back into a store of a unit, from another of its stores or from who got them there; they stay blocked.

    The document is the proof of return. Raises NotFound for a place to which the unit and those below it gave nothing, Short where a
    store has less, InvalidInput "not-blocked", "too-many" (value: what they still have of ours), "comes-by-trip" for a vehicle, whose
    goods come back with its trip.
    """
    lot, source = _held_alone(session, lot_id), get_location(session, source_id)
    hold(session, location_ids={source_id, store_id}, lots=[lot])
    if document_by_key(session, recorded.key) is None:
        _refuse_return(session, lot, source, quantity, unit_id)
    line = Line(lot_id=lot_id, source_id=source_id, destination_id=store_id, quantity=quantity)
    return post(session, kind=DocumentKind.RETURN, recorded=recorded, lines=[line])


def dispose(session: Session, *, recorded: Recorded, portions: Sequence[Portion]) -> Document:
    """Take what may no longer be used out of the books (报废单).

    Raises Short, and InvalidInput "still-usable", "comes-by-trip" or, without a reason, "empty".
    """
    if not recorded.reason.strip():
        raise InvalidInput("reason", "empty", recorded.reason)
    if document_by_key(session, recorded.key) is None:
        _refuse_disposal(session, portions, recorded.occurred_at.date())
    rubbish = the_location(session, Place.EXPIRED)
    lines = [
        Line(lot_id=p.lot_id, source_id=p.location_id, destination_id=rubbish.id, quantity=p.quantity) for p in portions
    ]
    return post(session, kind=DocumentKind.DISPOSAL, recorded=recorded, lines=lines)


def disposable(session: Session, *, unit_id: int, on: dt.date) -> list[Held]:
    """What the stores of the unit and below hold of lots that may no longer be used, by store and item."""
    rows = session.execute(
        select(Balance, StockLocation)
        .join(StockLocation, StockLocation.id == Balance.location_id)
        .join(Lot, Lot.id == Balance.lot_id)
        .join(Item, Item.id == Lot.item_id)
        .where(
            StockLocation.place == Place.STORE,
            Balance.location_id.in_(places_within(unit_id)),
            Balance.quantity > 0,
            ~lot_usable(on),
        )
        .order_by(StockLocation.name, Item.code, Lot.id)
        .options(contains_eager(Balance.lot).contains_eager(Lot.item))
    )
    return [Held(location=location, lot=balance.lot, quantity=balance.quantity) for balance, location in rows]


# Warnings -------------------------------------------------------------------------------------------------------------


def expiring(
    session: Session, *, unit_id: int, on: dt.date, within_days: int, daily_needs: Mapping[int, int]
) -> list[Expiring]:
    """The usable lots of the unit and below that expire within so many days, or before they can be used up, soonest first.

    `daily_needs` are base units a day by item id: with it comes what will be left over, if what expires first is used first.
    """
    by_item: dict[int, list[tuple[Lot, int]]] = {}
    for lot, quantity in _held_by_lot(session, unit_id, lot_usable(on)):
        by_item.setdefault(lot.item_id, []).append((lot, quantity))
    until = on + dt.timedelta(days=within_days)
    found: list[Expiring] = []
    for item_id, held in by_item.items():
        dated = sorted(
            ((lot, quantity) for lot, quantity in held if lot.expires_on),
            key=lambda pair: (pair[0].expires_on, pair[0].id),
        )
        left = left_over([(_days(lot, on), quantity) for lot, quantity in dated], daily_needs.get(item_id, 0))
        for (lot, quantity), rest in zip(dated, left, strict=True):
            if lot.expires_on is not None and (lot.expires_on <= until or rest):
                found.append(Expiring(lot=lot, quantity=quantity, left_over=rest if item_id in daily_needs else None))
    return sorted(found, key=lambda line: (line.lot.expires_on or dt.date.max, line.lot.id))


def left_over(lots: Sequence[tuple[int, int]], daily_need: int) -> list[int]:
    """How much of each lot will not be used by its last day; lots as (days it may still be used, quantity), soonest first.

    Nothing is known of an item without a need; then nothing is said to be left over.
    """
    if daily_need <= 0:
        return [0] * len(lots)
    used = 0
    left: list[int] = []
    for days, quantity in lots:
        taken = min(quantity, max(0, daily_need * days - used))
        used += taken
        left.append(quantity - taken)
    return left


def places_within(unit_id: int) -> Select[int]:
    """A query for the places of a unit and all below it where a lot may lie: stores, vehicles, goods in transit."""
    return select(StockLocation.id).where(StockLocation.unit_id.in_(subtree(unit_id)), StockLocation.place.in_(INSIDE))


# Beneath --------------------------------------------------------------------------------------------------------------


def _held_lot(session: Session, lot_id: int) -> Lot:
    """The lot and everybody's balance of it, held: those who take of it go before or after."""
    lot = _held_alone(session, lot_id)
    session.execute(
        select(Balance.location_id)
        .where(Balance.lot_id == lot_id)
        .order_by(Balance.location_id, Balance.lot_id)
        .with_for_update()
    ).all()
    return lot


def _held_alone(session: Session, lot_id: int) -> Lot:
    """The lot, held: nobody blocks or frees it meanwhile."""
    return _held_lots(session, {lot_id})[0]


def _held_lots(session: Session, lot_ids: Collection[int]) -> list[Lot]:
    """These lots, held in key order. Raises NotFound."""
    wanted = select(Lot).where(Lot.id.in_(lot_ids)).order_by(Lot.id).with_for_update(of=Lot, key_share=True)
    lots = list(session.scalars(wanted.execution_options(populate_existing=True)))
    if unknown := set(lot_ids) - {lot.id for lot in lots}:
        raise NotFound("lot", min(unknown))
    return lots


def _together(one: Gone, other: Gone) -> Gone:
    giver = max(one, other, key=lambda gone: gone.quantity)
    return replace(giver, quantity=one.quantity + other.quantity, last_at=max(one.last_at, other.last_at))


def _refuse_return(session: Session, lot: Lot, source: StockLocation, quantity: int, unit_id: int) -> None:
    if lot.status is LotStatus.USABLE:
        raise InvalidInput("lot", "not-blocked", lot.code)
    if source.place is Place.VEHICLE:
        raise InvalidInput("source", "comes-by-trip", source.name)
    if source.place is Place.STORE:
        if session.scalar(places_within(unit_id).where(StockLocation.id == source.id)) is None:
            raise NotFound("stock location", source.id)
        return
    went = [one.quantity for one in gone(session, lot_id=lot.id, unit_id=unit_id) if one.destination.id == source.id]
    if not went:
        raise NotFound("stock location", source.id)
    got = session.scalar(select(Balance.quantity).where(Balance.location_id == source.id, Balance.lot_id == lot.id))
    if quantity > (most := min(sum(went), got or 0)):
        raise InvalidInput("quantity", "too-many", most)


def _refuse_disposal(session: Session, portions: Sequence[Portion], day: dt.date) -> None:
    """The lots are held, in key order: who frees one of them meanwhile waits, and finds it gone."""
    for lot in _held_lots(session, {portion.lot_id for portion in portions}):
        if usable_on(lot, day):
            raise InvalidInput("lot", "still-usable", lot.code)
    for location_id in {portion.location_id for portion in portions}:
        if (place := get_location(session, location_id)).place is not Place.STORE:
            raise InvalidInput("source", "comes-by-trip", place.name)


def _held_by_lot(session: Session, unit_id: int, which: ColumnElement[bool]) -> list[tuple[Lot, int]]:
    held = func.sum(Balance.quantity)
    rows = session.execute(
        select(Lot, held)
        .join(Balance, Balance.lot_id == Lot.id)
        .where(Balance.location_id.in_(places_within(unit_id)), which)
        .group_by(Lot.id)
        .having(held > 0)
        .order_by(Lot.id.desc())
        .options(selectinload(Lot.item))
    )
    return [(lot, int(quantity)) for lot, quantity in rows]


def _days(lot: Lot, on: dt.date) -> int:
    """On how many days, this one among them, a lot may still be used."""
    return ((lot.expires_on or dt.date.max) - on).days + 1
