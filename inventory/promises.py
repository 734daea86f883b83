"""Stock of a store promised to somebody before it is handed out (已分配量)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import batched

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from inventory.balances import Balance, for_anybody, lock, usable
from inventory.base import Moment, Once, Quantity
from inventory.errors import InvalidInput, KeyReused, NotFound, Short
from inventory.places import StockLocation


class Reservation(Once):
    """Stock of a store promised to somebody (已分配量). Released when it is handed out or the promise is withdrawn.

    Its key names what it is for, e.g. "delivery-order-line:7".
    """

    __tablename__ = "reservation"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("ix_reservation_open", "location_id", "item_id", "released_at"),
    )

    location_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    quantity: Mapped[Quantity]
    reserved_at: Mapped[Moment]
    released_at: Mapped[Moment | None]


def reserve(
    session: Session, *, key: str, location_id: int, item_id: int, quantity: int, at: dt.datetime
) -> Reservation:
    """Promise stock of a store; the same key again gives the same promise. Raises Short where it is not available."""
    held = for_anybody(session, lock(session, [location_id], [item_id]))
    known = session.scalar(select(Reservation).where(Reservation.key == key))
    if known is not None:
        if (known.location_id, known.item_id, known.quantity) != (location_id, item_id, quantity):
            raise KeyReused(key)
        return known
    _refuse_short(session, location_id, held, {item_id: quantity}, at.date())
    reservation = Reservation(key=key, location_id=location_id, item_id=item_id, quantity=quantity, reserved_at=at)
    session.add(reservation)
    session.flush()
    return reservation


def reserve_many(
    session: Session, *, location_id: int, promises: Mapping[str, tuple[int, int]], at: dt.datetime
) -> None:
    """Promise stock of one store to many at once (key → item id, quantity): as `reserve` for each of them, all or none.

    Raises Short for the first item whose new promises together are more than is available.
    """
    held = for_anybody(session, lock(session, [location_id], {item_id for item_id, _ in promises.values()}))
    known = {promise.key: promise for promise in _reservations(session, promises)}
    wanted: dict[int, int] = defaultdict(int)
    for key, (item_id, quantity) in promises.items():
        if quantity <= 0:
            raise InvalidInput("quantity", "not-positive", quantity)
        if key not in known:
            wanted[item_id] += quantity
        elif (known[key].location_id, known[key].item_id, known[key].quantity) != (location_id, item_id, quantity):
            raise KeyReused(key)
    _refuse_short(session, location_id, held, wanted, at.date())
    session.add_all(
        Reservation(key=key, location_id=location_id, item_id=item_id, quantity=quantity, reserved_at=at)
        for key, (item_id, quantity) in promises.items()
        if key not in known
    )
    session.flush()


def renew(session: Session, *, keys: Iterable[str], at: dt.datetime) -> None:
    """Give released promises again, for goods that came back undelivered; those still standing stay as they are.

    Raises NotFound for an unknown key, Short where the stock has gone to others since.
    """
    names = sorted(set(keys))
    promises = _reservations(session, names)
    if missing := set(names) - {promise.key for promise in promises}:
        raise NotFound("reservation", min(missing))
    for location_id in sorted({promise.location_id for promise in promises}):
        item_ids = {promise.item_id for promise in promises if promise.location_id == location_id}
        held = for_anybody(session, lock(session, [location_id], item_ids))
        # Read again: until the balances were held, somebody else may have renewed them.
        released = [
            promise
            for promise in _reservations(session, names)
            if promise.location_id == location_id and promise.released_at is not None
        ]
        wanted: dict[int, int] = defaultdict(int)
        for promise in released:
            wanted[promise.item_id] += promise.quantity
        _refuse_short(session, location_id, held, wanted, at.date())
        for promise in released:
            promise.reserved_at, promise.released_at = at, None
    session.flush()


def release(session: Session, *, keys: Iterable[str], at: dt.datetime) -> None:
    """Withdraw promises; those already released stay as they are."""
    names = sorted(keys)
    for start in range(0, len(names), 500):
        session.execute(
            update(Reservation)
            .where(Reservation.key.in_(names[start : start + 500]), Reservation.released_at.is_(None))
            .values(released_at=at)
        )


def promised(
    session: Session, location_id: int, item_ids: Collection[int], *, only: Sequence[str] | None = None
) -> dict[int, int]:
    """What is promised at a place of each of these items: to everybody, or by the reservations of these keys. Absent is nothing."""
    total = (
        select(Reservation.item_id, func.sum(Reservation.quantity))
        .where(
            Reservation.location_id == location_id,
            Reservation.item_id.in_(sorted(item_ids)),
            Reservation.released_at.is_(None),
        )
        .group_by(Reservation.item_id)
    )
    if only is None:
        return {item_id: int(quantity) for item_id, quantity in session.execute(total)}
    found: dict[int, int] = defaultdict(int)
    for start in range(0, len(only), 500):
        for item_id, quantity in session.execute(total.where(Reservation.key.in_(only[start : start + 500]))):
            found[item_id] += int(quantity)
    return found


def promised_by_unit(session: Session, *, item_id: int, unit_ids: Sequence[int]) -> dict[int, int]:
    """What the stores of each of these units have promised of an item, to anybody, in base units; absent is nothing."""
    found: dict[int, int] = {}
    for ids in batched(unit_ids, 500):
        total = (
            select(StockLocation.unit_id, func.sum(Reservation.quantity))
            .join(StockLocation, StockLocation.id == Reservation.location_id)
            .where(StockLocation.unit_id.in_(ids), Reservation.item_id == item_id, Reservation.released_at.is_(None))
            .group_by(StockLocation.unit_id)
        )
        found |= {unit_id: int(quantity) for unit_id, quantity in session.execute(total) if unit_id is not None}
    return found


# Beneath --------------------------------------------------------------------------------------------------------------


def _reservations(session: Session, keys: Iterable[str]) -> list[Reservation]:
    names = sorted(keys)
    found: list[Reservation] = []
    for start in range(0, len(names), 500):
        found += session.scalars(
            select(Reservation)
            .where(Reservation.key.in_(names[start : start + 500]))
            .order_by(Reservation.id)
            .execution_options(populate_existing=True)
        )
    return found


def _refuse_short(
    session: Session, location_id: int, held: Sequence[Balance], wanted: Mapping[int, int], day: dt.date
) -> None:
    to_others = promised(session, location_id, wanted)
    for item_id, quantity in sorted(wanted.items()):
        there = usable([balance for balance in held if balance.item_id == item_id], day)
        available = there - to_others.get(item_id, 0)
        if quantity > available:
            raise Short(location_id=location_id, item_id=item_id, wanted=quantity, available=max(0, available))
