"""The forms of items and units: what holds for a row of a table holds for what is typed, each complaint beside its own field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _

from inventory.catalogue import ItemKind, unit_word, usual_hazard
from inventory.descriptions import ItemDescription, UnitDescription
from inventory.errors import InvalidInput, InventoryError, NotFound, Taken, UnitWordFixed
from inventory.units import Tier
from logistics.errors import ServiceError
from logistics.supplies.forms import Typed, check, text
from logistics.supplies.importing.items import ItemSheet, mg_per_kg
from logistics.supplies.importing.units import UnitSheet
from logistics.web.sentences import sentence
from logistics.workbooks.columns import Column, WholeNumber

ITEM_HEAD = (
    "code",
    "name",
    "kind",
    "base_unit",
    "base_barcodes",
    "weight",
    "volume",
    "hazard",
    "shelf_life",
    "active",
    "item_class",
    "class_units",
    "seen",
)
PACK_LINE = ("word", "size", "barcodes")
UNIT_FIELDS = ("code", "name", "kind", "tier", "lat", "lon", "address", "contact", "phone", "headcount")
_SIZE = WholeNumber("size", minimum=2)
_BARCODES = ItemSheet.columns()["barcodes"]


def item_form(told: ItemDescription, *, seen: str) -> tuple[Typed, list[Typed]]:
    """The form that shows an item: its head, and a line for each pack."""
    barcodes = {word: " ".join(c for c, w in told.barcodes.items() if w == word) for word in told.barcodes.values()}
    head = Typed(
        {
            "code": told.code,
            "name": told.name,
            "kind": told.kind,
            "base_unit": told.base_unit,
            "base_barcodes": barcodes.get(told.base_unit, ""),
            "weight": _decimal(told.weight_mg),
            "volume": _decimal(told.volume_ul),
            "hazard": told.hazard,
            "shelf_life": str(told.shelf_life_days or ""),
            "active": _percent(told.active_mg_per_kg),
            "item_class": told.item_class or "",
            "class_units": str(told.class_units) if told.item_class else "",
            "seen": seen,
        }
    )
    packs = [
        Typed({"word": word, "size": str(size), "barcodes": barcodes.get(word, "")})
        for word, size in told.packs.items()
    ]
    return head, packs


def read_item(head: Typed, lines: list[Typed]) -> ItemDescription:
    """The item that was typed. Raises Unreadable, with each complaint beside its field."""
    told = _told(head, {name: c for name, c in ItemSheet.columns().items() if name in ITEM_HEAD})
    packs = _read_packs(lines, unit_word(head["base_unit"]))
    barcodes = _read_barcodes(head, lines)
    check(head, *lines)
    kind = told["kind"] or ItemKind.OTHER
    return ItemDescription(
        code=told["code"],
        name=told["name"],
        kind=kind,
        base_unit=told["base_unit"],
        packs=packs,
        barcodes=barcodes,
        weight_mg=int((told["weight"] or Decimal(0)) * 1000),
        volume_ul=int((told["volume"] or Decimal(0)) * 1000),
        hazard=told["hazard"] or usual_hazard(kind),
        shelf_life_days=told["shelf_life"],
        active_mg_per_kg=mg_per_kg(told["active"]),
        item_class=told["item_class"],
        class_units=told["class_units"] or Fraction(1),
    )


def unit_form(told: UnitDescription, *, seen: str) -> Typed:
    """The form that shows a unit."""
    values = {name: getattr(told, name) for name in UNIT_FIELDS}
    return Typed({name: "" if value is None else str(value) for name, value in values.items()} | {"seen": seen})


def read_unit(typed: Typed) -> UnitDescription:
    """The unit that was typed. Raises Unreadable, with each complaint beside its field."""
    told = _told(typed, {name: c for name, c in UnitSheet.columns().items() if name in UNIT_FIELDS})
    if "lat" not in typed.errors and "lon" not in typed.errors and (told["lat"] is None) != (told["lon"] is None):
        typed.refuse("lon" if told["lon"] is None else "lat", _("Write both coordinates, or neither."))
    check(typed)
    return UnitDescription(
        code=told["code"],
        name=told["name"],
        kind=told["kind"],
        tier=told["tier"] or Tier.OTHER,
        lat=told["lat"],
        lon=told["lon"],
        address=told["address"] or "",
        contact=told["contact"] or "",
        phone=told["phone"] or "",
        headcount=told["headcount"] or 0,
    )


def place_complaint(error: InventoryError | ServiceError, head: Typed, lines: list[Typed]) -> None:
    """Put what the catalogue refuses beside the field it is about."""
    match error:
        case Taken(what="barcode"):
            for typed, name, _word in _barcode_fields(head, lines):
                if error.code.lstrip("0") in typed[name]:
                    typed.refuse(name, sentence(error))
        case Taken():
            head.refuse("code", sentence(error))
        case UnitWordFixed():
            for line in lines:
                if unit_word(line["word"]) == error.word:
                    line.refuse("size", sentence(error))
            if not any(line.errors for line in lines):
                head.refuse("base_unit", sentence(error))
        case NotFound(what="item class"):
            head.refuse("item_class", sentence(error))
        case InvalidInput() if error.field in head.values:
            head.refuse(error.field, sentence(error))


def _told(typed: Typed, columns: Mapping[str, Column[Any]]) -> dict[str, Any]:
    return {name: typed.read(name, _reader(column)) for name, column in columns.items()}


def _reader(column: Column[Any]) -> Callable[[str], Any]:
    """Reads a field as a cell of the column; None where a blank may be left."""

    def read(typed: str) -> Any:
        if typed:
            return column.read(typed)
        return text(needed=True)(typed) if column.required else None

    return read


def _read_packs(lines: list[Typed], base_unit: str) -> dict[str, int]:
    packs: dict[str, int] = {}
    for line in lines:
        word, size = line.read("word", text(10, needed=True)), line.read("size", _read_size)
        if word is None or size is None:
            continue
        if unit_word(word) in packs or unit_word(word) == base_unit:
            line.refuse("word", _("This unit word stands here already."))
        packs[unit_word(word)] = size
    return packs


def _read_size(typed: str) -> int:
    return _SIZE.read(text(needed=True)(typed))


def _read_barcodes(head: Typed, lines: list[Typed]) -> dict[str, str]:
    """Barcodes with the unit word of the line in which they stand."""
    found: dict[str, str] = {}
    for typed, name, word in _barcode_fields(head, lines):
        for code in typed.read(name, _reader(_BARCODES)) or {}:
            if code in found:
                typed.refuse(name, _("This barcode stands here already."))
            found[code] = word
    return found


def _barcode_fields(head: Typed, lines: list[Typed]) -> list[tuple[Typed, str, str]]:
    """Where barcodes are typed: the form's part, the field, and the unit word they belong to."""
    return [
        (head, "base_barcodes", head["base_unit"].strip()),
        *((line, "barcodes", line["word"].strip()) for line in lines),
    ]


def _percent(active_mg_per_kg: int | None) -> str:
    return f"{(Decimal(active_mg_per_kg) / 10_000).normalize():f}" if active_mg_per_kg else ""


def _decimal(thousandths: int) -> str:
    return f"{(Decimal(thousandths) / 1000).normalize():f}" if thousandths else ""
