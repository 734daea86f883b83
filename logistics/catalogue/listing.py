"""What the pages list: items with what people look for among them, and units in the order of their tree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.barcodes import ItemBarcode
from inventory.catalogue import Item
from inventory.photos import ItemPhoto
from inventory.responsible import Responsible, in_charge
from inventory.units import Unit, subtree


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """One item with its barcodes (code → unit word)."""

    item: Item
    barcodes: Mapping[str, str]
    has_photo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitLine:
    """One unit, so many steps below the topmost one shown, and who answers for it today."""

    unit: Unit
    depth: int
    chiefs: Sequence[Responsible]


#: By what the list of items may be sorted.
SORTS: Mapping[str, Callable[[Item], tuple[object, ...]]] = {
    "code": lambda item: (item.code,),
    "name": lambda item: (item.name, item.code),
    "kind": lambda item: (item.kind.value, item.code),
    "class": lambda item: (item.item_class is None, item.item_class.code if item.item_class else "", item.code),
    "shelf_life": lambda item: (item.shelf_life_days is None, item.shelf_life_days or 0, item.code),
}


def item_lines(session: Session, *, by: str = "code") -> list[ItemLine]:
    """Every item, sorted by one of `SORTS`."""
    barcodes: dict[int, dict[str, str]] = {}
    for mark in session.scalars(select(ItemBarcode).order_by(ItemBarcode.code)):
        barcodes.setdefault(mark.item_id, {})[mark.code] = mark.word
    pictured = set(session.scalars(select(ItemPhoto.item_id)))
    items = sorted(session.scalars(select(Item)), key=SORTS.get(by, SORTS["code"]))
    return [ItemLine(item=item, barcodes=barcodes.get(item.id, {}), has_photo=item.id in pictured) for item in items]


def items_by_class(session: Session) -> dict[int, list[Item]]:
    """The items of each class (by its id), by code."""
    found: dict[int, list[Item]] = {}
    for item in session.scalars(select(Item).where(Item.class_id.is_not(None)).order_by(Item.code)):
        found.setdefault(item.class_id or 0, []).append(item)
    return found


def unit_lines(session: Session, *, unit_id: int, on: dt.date, closed: bool = False) -> list[UnitLine]:
    """A unit and all below it, each after its parent; the closed ones only if asked for."""
    units = session.scalars(select(Unit).where(Unit.id.in_(subtree(unit_id))).order_by(Unit.code)).all()
    chiefs = in_charge(session, unit_id=unit_id, on=on)
    below: dict[int | None, list[Unit]] = {}
    for unit in units:
        if closed or unit.closed_on is None or unit.id == unit_id:
            below.setdefault(None if unit.id == unit_id else unit.parent_id, []).append(unit)
    return [
        UnitLine(unit=unit, depth=depth, chiefs=chiefs.get(unit.id, [])) for unit, depth in _in_order(below, None, 0)
    ]


def _in_order(
    below: Mapping[int | None, Sequence[Unit]], parent_id: int | None, depth: int
) -> Iterator[tuple[Unit, int]]:
    for unit in below.get(parent_id, ()):
        yield unit, depth
        yield from _in_order(below, unit.id, depth + 1)
