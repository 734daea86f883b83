"""What lies where of which lot, changed only together with the ledger's movements, and held while somebody decides about it.

Balances are touched in the order of their keys (place, lot): that is what keeps two people from issuing the last box twice and two
documents from blocking each other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, cast

from sqlalchemy import CheckConstraint, CursorResult, ForeignKey, Index, Select, Table, bindparam, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from inventory.base import Base, Quantity, insert_all, upsert
from inventory.catalogue import Lot, usable_on
from inventory.errors import NotFound, Short
from inventory.places import StockLocation
from inventory.restrictions import named_for


class Balance(Base):
    """What a location holds of a lot now. Derived from the movements, changed only together with them."""

    __tablename__ = "balance"
    __table_args__ = (
        CheckConstraint("quantity >= 0 OR NOT guarded", name="never_negative"),
        Index("ix_balance_item", "item_id", "location_id"),
    )

    location_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    guarded: Mapped[bool]
    quantity: Mapped[Quantity]

    lot: Mapped[Lot] = relationship()
    location: Mapped[StockLocation] = relationship()


def lock(session: Session, location_ids: Iterable[int], item_ids: Iterable[int]) -> list[Balance]:
    """The balances of these items at these places, held in key order until the transaction ends.

    SQLite holds the whole file anyway.
    """
    return list(session.scalars(balances_of(location_ids, item_ids).with_for_update(of=Balance)))


def hold(session: Session, *, location_ids: Collection[int], lots: Iterable[Lot]) -> None:
    """Hold the balances of these lots at these places until the transaction ends.

    All in key order, and opened at nothing where there is none yet: one that somebody else opens in between would be waited for out
    of turn, and two who do so may wait for each other.
    """
    guarded, by_id = _guarded(session, set(location_ids)), {lot.id: lot for lot in lots}
    keys = sorted((place, lot_id) for place in guarded for lot_id in by_id)
    if keys:
        _credit(session, [_balance_row(key, by_id[key[1]], guarded, 0) for key in keys])


def balances_of(location_ids: Iterable[int], item_ids: Iterable[int]) -> Select[Balance]:
    """A query for the balances of these items at these places with their lots, in key order, as they are now."""
    return (
        select(Balance)
        .where(Balance.location_id.in_(sorted(location_ids)), Balance.item_id.in_(sorted(item_ids)))
        .order_by(Balance.location_id, Balance.lot_id)
        .options(selectinload(Balance.lot))
        .execution_options(populate_existing=True)
    )


def usable(held: Iterable[Balance], day: dt.date) -> int:
    """Base units of these balances that may be used on a day."""
    return sum(balance.quantity for balance in held if usable_on(balance.lot, day))


def for_anybody(session: Session, held: Sequence[Balance]) -> list[Balance]:
    """Without what was given for certain units: a promise does not say yet where it goes."""
    named = named_for(session, {balance.lot_id for balance in held})
    return [balance for balance in held if balance.lot_id not in named]


def change(
    session: Session, changes: Mapping[tuple[int, int], int], lots: Mapping[int, Lot], *, held: bool = False
) -> None:
    """Apply the net change of each (location, lot) in key order; a debit that the location cannot bear raises Short.

    That order keeps documents from blocking each other. What is held already may go in two statements, in any order.
    """
    guarded = _guarded(session, {location_id for location_id, _ in changes})
    rows = [_balance_row(key, lots[key[1]], guarded, change) for key, change in sorted(changes.items()) if change]
    for is_debit, run in groupby(sorted(rows, key=_is_debit) if held else rows, key=_is_debit):
        (_debit if is_debit else _credit)(session, list(run))


# Beneath --------------------------------------------------------------------------------------------------------------


def _balance_row(key: tuple[int, int], lot: Lot, guarded: Mapping[int, bool], quantity: int) -> dict[str, Any]:
    return {
        "location_id": key[0],
        "lot_id": key[1],
        "item_id": lot.item_id,
        "guarded": guarded[key[0]],
        "quantity": quantity,
    }


def _is_debit(row: Mapping[str, Any]) -> bool:
    return bool(row["guarded"]) and row["quantity"] < 0


def _credit(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Also the debits of places outside, which may go below nothing. Balances that are not there yet are opened."""
    row = upsert(session, Balance)
    insert_all(
        session,
        row.on_conflict_do_update(
            index_elements=[Balance.location_id, Balance.lot_id],
            set_={"quantity": Balance.quantity + row.excluded.quantity},
        ),
        rows,
    )


def _debit(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """All of them or none: Short names the first that its place cannot bear."""
    balances = cast(Table, Balance.__table__)
    where = (balances.c.location_id == bindparam("at"), balances.c.lot_id == bindparam("lot"))
    less = update(balances).where(*where, balances.c.quantity >= bindparam("less"))
    attempt = session.begin_nested() if len(rows) > 1 else None
    changed = session.execute(
        less.values(quantity=balances.c.quantity - bindparam("less")),
        [{"at": row["location_id"], "lot": row["lot_id"], "less": -row["quantity"]} for row in rows],
    )
    if cast("CursorResult[object]", changed).rowcount == len(rows):
        if attempt:
            attempt.commit()
        return
    if attempt:
        attempt.rollback()
    raise _too_little(session, rows)


def _too_little(session: Session, rows: Sequence[Mapping[str, Any]]) -> Short:
    for row in rows:
        where = (Balance.location_id == row["location_id"], Balance.lot_id == row["lot_id"])
        available = session.scalar(select(Balance.quantity).where(*where)) or 0
        if available < -row["quantity"]:
            break
    return Short(location_id=row["location_id"], item_id=row["item_id"], wanted=-row["quantity"], available=available)


def _guarded(session: Session, location_ids: set[int]) -> dict[int, bool]:
    wanted = sorted(location_ids)
    guarded: dict[int, bool] = {}
    for start in range(0, len(wanted), 500):
        rows = session.execute(
            select(StockLocation.id, StockLocation.guarded).where(StockLocation.id.in_(wanted[start : start + 500]))
        )
        guarded |= {location_id: flag for location_id, flag in rows}
    for location_id in wanted:
        if location_id not in guarded:
            raise NotFound("stock location", location_id)
    return guarded
