"""Changing what somebody has looked at: nobody writes over what another has changed meanwhile."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from inventory import closing, descriptions
from inventory.catalogue import Item
from inventory.closing import Tie, Ties
from inventory.descriptions import ItemDescription, UnitDescription, describe_item, describe_unit, version
from inventory.errors import NotFound
from inventory.places import StockLocation
from inventory.units import Unit, hold_tree, subtree
from logistics.errors import ServiceError
from logistics.orders.models import DeliveryOrder, DeliveryState

#: A delivery order in one of these states still wants something of both its ends.
UNDELIVERED = (DeliveryState.OPEN, DeliveryState.PLANNED, DeliveryState.LOADED, DeliveryState.FAILED)


class Carried(enum.StrEnum):
    """What ties a unit to deliveries."""

    DELIVERY = "delivery_under_way"


class ChangedMeanwhile(ServiceError):
    """What was looked at is no longer so; `now` tells it as it is. Nothing was written."""

    def __init__(self, now: ItemDescription | UnitDescription) -> None:
        super().__init__(name=now.name)
        self.now = now


class OwnUnit(ServiceError):
    """`name` is the unit of whoever asks: it is moved or closed from above, never from within."""


def change_item(session: Session, *, item_id: int, told: ItemDescription, seen: str) -> Item:
    """Change an item that was looked at as version `seen`; told as it is already, nothing changes.

    Raises ChangedMeanwhile, and as `descriptions.change_item`.
    """
    item = held_item(session, Item.id == item_id, key=item_id)
    now = describe_item(session, item)
    if now != told:
        if version(now) != seen:
            raise ChangedMeanwhile(now)
        descriptions.change_item(session, item, told)
    return item


def change_unit(session: Session, *, unit: Unit, told: UnitDescription, seen: str) -> None:
    """Change a unit, held before (`held_unit`), as `change_item` does an item."""
    now = describe_unit(unit)
    if now != told:
        if version(now) != seen:
            raise ChangedMeanwhile(now)
        descriptions.change_unit(session, unit, told)


def ties(session: Session, unit: Unit) -> Ties:
    """What still needs a unit, deliveries to and from it among it."""
    return closing.ties(session, unit, more=_deliveries(session, unit))


def close_unit(session: Session, *, unit: Unit, on: dt.date) -> None:
    """Close a unit. Raises StillInUse with everything in the way."""
    closing.close_unit(session, unit=unit, on=on, more=_deliveries(session, unit))


def held_item(session: Session, which: ColumnElement[bool], *, key: object) -> Item:
    """An item, held against other writers until the transaction ends. Raises NotFound with its key."""
    item = session.scalar(select(Item).where(which).with_for_update(of=Item).execution_options(populate_existing=True))
    if item is None:
        raise NotFound("item", key)
    return item


def reached_unit(session: Session, which: ColumnElement[bool], *, key: object, of_unit_id: int) -> Unit:
    """A unit at or below another, open or closed. Raises NotFound with its key, also for units elsewhere."""
    unit = session.scalar(select(Unit).where(which, Unit.id.in_(subtree(of_unit_id))))
    if unit is None:
        raise NotFound("unit", key)
    return unit


def held_unit(session: Session, which: ColumnElement[bool], *, key: object, of_unit_id: int) -> Unit:
    """As `reached_unit`, held against other writers until the transaction ends."""
    unit = reached_unit(session, which, key=key, of_unit_id=of_unit_id)
    session.refresh(unit, with_for_update={"key_share": True})
    return unit


def movable_unit(session: Session, which: ColumnElement[bool], *, key: object, of_unit_id: int) -> Unit:
    """A unit below another, held, to be moved or closed. Raises OwnUnit for the other itself, and as `reached_unit`."""
    hold_tree(session)
    unit = held_unit(session, which, key=key, of_unit_id=of_unit_id)
    if unit.id == of_unit_id:
        raise OwnUnit(name=unit.name)
    return unit


def _deliveries(session: Session, unit: Unit) -> list[Tie]:
    found = session.scalars(
        select(DeliveryOrder)
        .join(StockLocation, StockLocation.id == DeliveryOrder.source_id)
        .where(
            or_(DeliveryOrder.unit_id == unit.id, StockLocation.unit_id == unit.id),
            DeliveryOrder.state.in_(UNDELIVERED),
        )
        .order_by(DeliveryOrder.id)
    )
    return [Tie(kind=Carried.DELIVERY, id=one.id, name=one.number) for one in found]
