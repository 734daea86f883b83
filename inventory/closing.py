"""Closing a unit, which is refused as long as something there still needs it, and opening it again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.catalogue import Item
from inventory.errors import StillInUse, WrongState
from inventory.ledger import Balance
from inventory.places import StockLocation
from inventory.requisitions import Requisition, RequisitionState
from inventory.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """So many base units of an item at a place of the unit."""

    location: StockLocation
    item: Item
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """What keeps a unit from being closed: stock, requisitions that wait, open units below it."""

    holdings: Sequence[Holding]
    requisitions: Sequence[Requisition]
    units: Sequence[Unit]

    def __bool__(self) -> bool:
        return bool(self.holdings or self.requisitions or self.units)


def ties(session: Session, unit: Unit) -> Ties:
    """What still needs a unit; false in a condition where nothing does."""
    waiting = select(Requisition).where(Requisition.unit_id == unit.id, Requisition.state == RequisitionState.OPEN)
    below = select(Unit).where(Unit.parent_id == unit.id, Unit.closed_on.is_(None))
    return Ties(
        holdings=_holdings(session, unit),
        requisitions=session.scalars(waiting.order_by(Requisition.id)).all(),
        units=session.scalars(below.order_by(Unit.code)).all(),
    )


def close_unit(session: Session, *, unit: Unit, on: dt.date) -> None:
    """Close a unit; closed already, it keeps its day. Raises StillInUse with everything in the way."""
    if unit.closed_on is not None:
        return
    if found := ties(session, unit):
        raise StillInUse(
            unit=unit.name,
            holdings=tuple(f"{held.item.name} {held.quantity:,} {held.item.base_unit}" for held in found.holdings),
            requisitions=tuple(requisition.number for requisition in found.requisitions),
            units=tuple(below.name for below in found.units),
        )
    unit.closed_on = on
    session.flush()


def reopen_unit(session: Session, *, unit: Unit) -> None:
    """Open a closed unit again. Raises WrongState below a closed one."""
    if unit.parent is not None and unit.parent.closed_on is not None:
        raise WrongState("unit", unit.parent.name, "closed")
    unit.closed_on = None
    session.flush()


def _holdings(session: Session, unit: Unit) -> list[Holding]:
    """What lies in the stores and vehicles of a unit, by place and item."""
    held = func.sum(Balance.quantity)
    rows = session.execute(
        select(StockLocation, Item, held)
        .join(Balance, Balance.location_id == StockLocation.id)
        .join(Item, Item.id == Balance.item_id)
        .where(StockLocation.unit_id == unit.id, Balance.quantity > 0)
        .group_by(StockLocation.id, Item.id)
        .order_by(StockLocation.code, Item.code)
    )
    return [Holding(location=location, item=item, quantity=int(quantity)) for location, item, quantity in rows]
