"""All that people tell of an item or a unit, as one plain value: what forms show, what versions compare, what is changed whole."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.balances import Balance
from inventory.barcodes import barcodes_of, set_barcodes
from inventory.catalogue import Item, ItemKind, Pack, unit_word
from inventory.classes import class_by_code
from inventory.errors import InvalidInput, Taken, UnitWordFixed
from inventory.hazards import Hazard
from inventory.requisitions import Requisition
from inventory.units import Tier, Unit, UnitKind, check_told, enter_tree


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDescription:
    """An item with its packs (word → base units) and barcodes (code → unit word). `item_class` is the code of its class.

    Unit words are kept as `unit_word` keeps them, however they were told.
    """

    code: str
    name: str
    kind: ItemKind
    base_unit: str
    packs: Mapping[str, int] = field(default_factory=dict)
    barcodes: Mapping[str, str] = field(default_factory=dict)
    weight_mg: int = 0
    volume_ul: int = 0
    hazard: Hazard = Hazard.NONE
    shelf_life_days: int | None = None
    active_mg_per_kg: int | None = None
    item_class: str | None = None
    class_units: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_unit", unit_word(self.base_unit))
        object.__setattr__(self, "packs", {unit_word(word): size for word, size in self.packs.items()})
        object.__setattr__(self, "barcodes", {code: unit_word(word) for code, word in self.barcodes.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDescription:
    """A unit apart from where it stands in the tree."""

    code: str
    name: str
    kind: UnitKind
    tier: Tier = Tier.OTHER
    lat: float | None = None
    lon: float | None = None
    address: str = ""
    contact: str = ""
    phone: str = ""
    headcount: int = 0


def describe_item(session: Session, item: Item) -> ItemDescription:
    """What is told of an item now."""
    return ItemDescription(
        code=item.code,
        name=item.name,
        kind=item.kind,
        base_unit=item.base_unit,
        packs={pack.word: pack.size for pack in item.packs},
        barcodes=barcodes_of(session, item),
        weight_mg=item.weight_mg,
        volume_ul=item.volume_ul,
        hazard=item.hazard,
        shelf_life_days=item.shelf_life_days,
        active_mg_per_kg=item.active_mg_per_kg,
        item_class=item.item_class.code if item.item_class else None,
        class_units=item.class_units,
    )


def describe_unit(unit: Unit) -> UnitDescription:
    """What is told of a unit now."""
    return UnitDescription(**{field.name: getattr(unit, field.name) for field in fields(UnitDescription)})


def version(description: ItemDescription | UnitDescription) -> str:
    """A short text that differs as soon as anything told differs."""
    return hashlib.sha256(repr(description).encode()).hexdigest()[:32]


def new_item(session: Session, told: ItemDescription) -> Item:
    """Add an item; told again in the same words it is the same one. Raises Taken for a used code, and as `change_item`."""
    known = session.scalar(select(Item).where(Item.code == told.code))
    if known is not None:
        if describe_item(session, known) != told:
            raise Taken("item", told.code)
        return known
    item = Item(code=told.code)
    _write_item(session, item, told)
    return item


def change_item(session: Session, item: Item, told: ItemDescription) -> None:
    """Let everything told of an item be this; its code stays.

    Raises UnitWordFixed where the base unit or the size of a pack would change after stock of it has moved or was asked for,
    InvalidInput for what cannot be, NotFound for an unknown class, Taken for a barcode of another item.
    """
    if (word := _changed_word(item, told)) is not None and is_counted(session, item):
        raise UnitWordFixed(item=item.name, word=word)
    _write_item(session, item, told)


def is_counted(session: Session, item: Item) -> bool:
    """Whether anything was recorded in the item's units: they are fixed from then on."""
    moved = select(Balance.item_id).where(Balance.item_id == item.id).limit(1)
    asked = select(Requisition.item_id).where(Requisition.item_id == item.id).limit(1)
    return session.scalar(moved) is not None or session.scalar(asked) is not None


def new_unit(session: Session, told: UnitDescription, *, parent: Unit | None) -> Unit:
    """Add a unit; told again in the same words below the same parent it is the same one. Raises InvalidInput, Taken."""
    known = session.scalar(select(Unit).where(Unit.code == told.code))
    if known is not None:
        if describe_unit(known) != told or known.parent is not parent:
            raise Taken("unit", told.code)
        return known
    unit = Unit(code=told.code, parent=parent)
    change_unit(session, unit, told)
    enter_tree(session, unit)
    return unit


def change_unit(session: Session, unit: Unit, told: UnitDescription) -> None:
    """Let everything told of a unit be this; its code stays. Raises InvalidInput."""
    check_told(code=told.code, name=told.name, lat=told.lat, lon=told.lon)
    for fact in fields(told):
        if fact.name != "code":
            setattr(unit, fact.name, getattr(told, fact.name))
    session.flush()


def _changed_word(item: Item, told: ItemDescription) -> str | None:
    """The unit word whose meaning changes, if any does. A pack more or less changes none."""
    if told.base_unit != item.base_unit:
        return item.base_unit
    return next((pack.word for pack in item.packs if told.packs.get(pack.word, pack.size) != pack.size), None)


def _write_item(session: Session, item: Item, told: ItemDescription) -> None:
    _check_item(told)
    item.name, item.kind, item.base_unit = told.name, told.kind, told.base_unit
    item.weight_mg, item.volume_ul = told.weight_mg, told.volume_ul
    item.hazard, item.shelf_life_days = told.hazard, told.shelf_life_days
    item.active_mg_per_kg = told.active_mg_per_kg
    item.item_class = class_by_code(session, told.item_class) if told.item_class else None
    item.class_numerator, item.class_denominator = told.class_units.as_integer_ratio()
    session.add(item)
    session.flush()
    _set_packs(session, item, told.packs)
    set_barcodes(session, item=item, barcodes=told.barcodes)


def _check_item(told: ItemDescription) -> None:
    for name in ("code", "name", "base_unit"):
        if not getattr(told, name).strip():
            raise InvalidInput(name, "empty", "")
    if told.base_unit in told.packs:
        raise InvalidInput("packs", "pack-is-base", told.base_unit)
    for word, size in told.packs.items():
        if size <= 1:
            raise InvalidInput("packs", "not-above-one", f"{word} {size}")
    if told.class_units <= 0:
        raise InvalidInput("class_units", "not-positive", told.class_units)


def _set_packs(session: Session, item: Item, wanted: Mapping[str, int]) -> None:
    known = {pack.word: pack for pack in item.packs}
    if gone := known.keys() - wanted.keys():
        kept = {code: word for code, word in barcodes_of(session, item).items() if word not in gone}
        set_barcodes(session, item=item, barcodes=kept)
    item.packs = [known.get(word) or Pack(word=word) for word in wanted]
    for pack in item.packs:
        pack.size = wanted[pack.word]
    session.flush()
    session.refresh(item, ["packs"])
