"""The table of items (物资): what is kept, in which packs, what a piece weighs; known codes are brought up to date.

What `ItemSheet` reads, `item_row` writes: a list taken out, corrected and taken in again changes what was corrected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.barcodes import ItemBarcode, barcode, barcodes_of, same_for, set_barcodes
from inventory.catalogue import Item, ItemKind, Pack, add_item, unit_word
from inventory.classes import ItemClass, classes
from inventory.descriptions import ItemDescription, is_counted
from inventory.errors import InvalidInput
from inventory.hazards import Hazard
from logistics.accounts.permissions import Permission
from logistics.imports.importer import Findings, Importer, Register, Taking, folded, refuse_twice
from logistics.workbooks.checking import Checked, CheckedRow
from logistics.workbooks.columns import Choice, Code, Column, PositiveDecimal, Text, WholeNumber, refused, shown
from logistics.workbooks.columns.base import plain_text
from logistics.workbooks.columns.texts import lost_digits, shortened
from logistics.workbooks.errors import Sentence
from logistics.workbooks.schema import SheetSchema
from logistics.workbooks.sheet import Cell, cell_text
from logistics.workbooks.writing import Value

_PACK = re.compile(r"([^=:\d;]{1,10})[=:]([0-9]{1,9})")
_BARCODE = re.compile(r"(?:([^=:;]{1,10})[=:])?([^=:;]+)")
_RATIO = re.compile(r"[0-9]{1,9}/[1-9][0-9]{0,8}|[0-9]{1,9}(?:\.[0-9]{1,6})?")
#: Whole milligrams and microlitres must fit their columns.
_LARGEST = Decimal(2_000_000)


class Packs(Column[dict[str, int]]):
    """Packs as 盒=50;箱=2000: the word and how many base units it holds."""

    def read(self, cell: Cell) -> dict[str, int]:
        packs: dict[str, int] = {}
        for part in re.split(r"[;,、\n]", plain_text(cell).strip(";")):
            match = _PACK.fullmatch("".join(part.split()))
            word = unit_word(match[1]) if match else ""
            if match is None or int(match[2]) < 2 or word in packs:
                raise refused(
                    "not_packs",
                    _("“%(value)s” does not say what a pack holds.", value=shown(part or cell)),
                    _(
                        "Write each pack once with its number of base units, such as %(example)s.",
                        example="盒=50;箱=2000",
                    ),
                    value=part,
                )
            packs[word] = int(match[2])
        return packs


class Barcodes(Column[dict[str, str]]):
    """Barcodes as 6901234567892;箱=16901234567899: those of a pack behind its word. Code → word, "" for a single piece."""

    def read(self, cell: Cell) -> dict[str, str]:
        if lost_digits(cell):
            raise shortened(cell)
        barcodes: dict[str, str] = {}
        for part in re.split(r"[;,、\s]+", plain_text(cell).strip(";")):
            match = _BARCODE.fullmatch(part)
            try:
                code = barcode(match[2]) if match else ""
            except InvalidInput:
                code = ""
            if match is None or not code or code in barcodes:
                raise refused(
                    "not_barcodes",
                    _("“%(value)s” is not a barcode.", value=shown(part or cell)),
                    _(
                        "Write each barcode once, 4 to 48 digits or letters, that of a pack behind its word, such as %(example)s.",
                        example="6901234567892;箱=16901234567899",
                    ),
                    value=part,
                )
            barcodes[code] = unit_word(match[1] or "")
        return barcodes


class Ratio(Column[Fraction]):
    """So many for one: 2, 0.5 or 1/10."""

    def read(self, cell: Cell) -> Fraction:
        text = "".join(plain_text(cell).split())
        ratio = Fraction(text) if _RATIO.fullmatch(text) else Fraction(0)
        if not ratio:
            raise refused(
                "not_a_ratio",
                _("“%(value)s” is not a ratio.", value=shown(cell)),
                _("Write a number above 0 such as 2 or 0.5, or a fraction such as %(example)s.", example="1/10"),
                value=cell_text(cell),
            )
        return ratio


class ItemSheet(SheetSchema):
    code = Code("物资编码", "编码", "item code", "code", required=True, example="KZ-01")
    name = Text("物资名称", "名称", "item name", "name", required=True, max_length=100, example="一次性口罩", width=24)
    kind = Choice(
        "类别",
        "物资类别",
        "kind",
        load_default=None,
        example="防护用品",
        choices={
            ItemKind.PROTECTION: ("防护用品", "防护", "protection"),
            ItemKind.DISINFECTANT: ("消毒液", "消毒", "disinfectant"),
            ItemKind.ALCOHOL: ("酒精", "alcohol"),
            ItemKind.EQUIPMENT: ("器具", "设备", "equipment"),
            ItemKind.MEDICINE: ("药品", "medicine"),
            ItemKind.RELIEF: ("生活物资", "relief"),
            ItemKind.CIGARETTES: ("卷烟", "cigarettes"),
            ItemKind.OTHER: ("其他物资", "其他", "other"),
        },
    )
    base_unit = Text(
        "基本单位",
        "最小单位",
        "base unit",
        required=True,
        max_length=10,
        example="只",
        note=_("The smallest unit that is counted; quantities are whole numbers of it."),
    )
    packs = Packs("包装", "包装规格", "packs", load_default=None, example="盒=50;箱=2000", width=24)
    weight = PositiveDecimal(
        "单位重量(克)",
        "重量(克)",
        "weight g",
        load_default=None,
        maximum=_LARGEST,
        example=4,
        note=_("Grams of one base unit; vehicles are loaded by it."),
    )
    volume = PositiveDecimal(
        "单位体积(毫升)",
        "体积(毫升)",
        "volume ml",
        load_default=None,
        maximum=_LARGEST,
        example=30,
        note=_("Millilitres that one base unit takes of a vehicle."),
    )
    hazard = Choice(
        "危险性",
        "危险特性",
        "hazard",
        load_default=None,
        example="无",
        choices={
            Hazard.NONE: ("无", "none"),
            Hazard.CHLORINE: ("含氯", "chlorine"),
            Hazard.FLAMMABLE: ("易燃", "flammable"),
            Hazard.ACID: ("酸性", "酸", "acid"),
            Hazard.FOOD: ("食品", "food"),
        },
        note=_(
            "What must never stand together is kept apart by it: chlorine from acid and alcohol, disinfectants from food."
        ),
    )
    shelf_life = WholeNumber(
        "保质期(天)", "保质期", "shelf life days", load_default=None, minimum=1, maximum=36_500, example=1095
    )
    item_class = Text(
        "可替代类",
        "替代类",
        "class",
        load_default=None,
        max_length=100,
        note=_("The class of items that serve the same purpose: code or name."),
    )
    class_units = Ratio(
        "折合数",
        "折合",
        "class units",
        load_default=None,
        example="1/10",
        note=_("How many units of its class one base unit counts for."),
    )
    barcodes = Barcodes(
        "条码", "条形码", "barcodes", "barcode", load_default=None, example="6901234567892;箱=16901234567899", width=28
    )
    active = PositiveDecimal(
        "有效成分(%)",
        "有效氯(%)",
        "有效氯含量(%)",
        "active %",
        load_default=None,
        places=4,
        maximum=Decimal(100),
        example=None,
        note=_(
            "Only for disinfectants: the concentration on the label, from which doses are reckoned. Available chlorine of 84: 5."
        ),
    )


def take_items(session: Session, checked: Checked, taking: Taking) -> Sentence:
    """Add the items of a table; of known ones a blank cell leaves what is known, and the base unit never changes."""
    findings = Findings(checked)
    known = {item.code: item for item in session.scalars(select(Item))}
    classes_named = _classes_named(session, checked, findings)
    _refuse_doubles(checked, findings)
    _refuse_taken_barcodes(session, checked, findings)
    for row in checked.rows:
        _refuse_odd_words(session, row, known.get(row.values["code"]), findings)
    findings.raise_all()
    new = 0
    for row in checked.rows:
        item = known.get(row.values["code"])
        if item is None:
            item = _add(session, row.values)
            new += 1
        else:
            _update(item, row.values)
        _classify(session, item, row.values, classes_named.get(row.number))
    session.flush()
    return _("%(new)s new items, %(known)s brought up to date.", new=new, known=len(checked.rows) - new)


def item_row(told: ItemDescription) -> tuple[Value, ...]:
    """An item as a row under the titles of `ItemSheet`."""
    barcodes = (code if word == told.base_unit else f"{word}={code}" for code, word in told.barcodes.items())
    cells = {
        "code": told.code,
        "name": told.name,
        "kind": ItemSheet.word_for("kind", told.kind),
        "base_unit": told.base_unit,
        "packs": ";".join(f"{word}={size}" for word, size in told.packs.items()),
        "weight": Decimal(told.weight_mg) / 1000 or None,
        "volume": Decimal(told.volume_ul) / 1000 or None,
        "hazard": ItemSheet.word_for("hazard", told.hazard),
        "shelf_life": told.shelf_life_days,
        "active": Decimal(told.active_mg_per_kg) / 10_000 if told.active_mg_per_kg else None,
        "item_class": told.item_class,
        "class_units": str(told.class_units) if told.item_class else None,
        "barcodes": ";".join(barcodes),
    }
    return tuple(cells[name] for name in ItemSheet.columns())


def _classes_named(session: Session, checked: Checked, findings: Findings) -> dict[int, ItemClass]:
    """The class that each row names, by the row's number."""
    register = Register(
        classes(session),
        names=lambda found: (found.code, found.name),
        unknown=lambda said: _("No class is called “%(said)s”.", said=said),
        remedy=_("Correct the name, or add the class on the page of items first."),
    )
    named = {
        row.number: register.named(row, "item_class", findings) for row in checked.rows if row.values["item_class"]
    }
    return {number: found for number, found in named.items() if found is not None}


def _refuse_doubles(checked: Checked, findings: Findings) -> None:
    codes: dict[str, CheckedRow] = {}
    names: dict[str, CheckedRow] = {}
    for row in checked.rows:
        code, name = row.values["code"], row.values["name"]
        if codes.setdefault(code, row) is not row:
            refuse_twice(row, "code", code, codes[code], findings)
        elif names.setdefault(folded(name), row) is not row:
            refuse_twice(row, "name", name, names[folded(name)], findings)


def _refuse_taken_barcodes(session: Session, checked: Checked, findings: Findings) -> None:
    marks = session.execute(select(ItemBarcode.code, Item.code, Item.name).join(Item, Item.id == ItemBarcode.item_id))
    known = {same_for(mark): (code, name) for mark, code, name in marks}
    seen: dict[str, CheckedRow] = {}
    for row in checked.rows:
        for mark in row.values["barcodes"] or {}:
            code, name = known.get(same_for(mark), (row.values["code"], ""))
            if code != row.values["code"]:
                findings.add(
                    row,
                    "barcodes",
                    "taken",
                    _("Barcode %(code)s is that of %(item)s.", code=mark, item=name),
                    _("Look at the label again; two items cannot bear one barcode."),
                    value=mark,
                )
            elif seen.setdefault(same_for(mark), row) is not row:
                refuse_twice(row, "barcodes", mark, seen[same_for(mark)], findings)


def _refuse_odd_words(session: Session, row: CheckedRow, item: Item | None, findings: Findings) -> None:
    base = unit_word(row.values["base_unit"])
    packs = {pack.word: pack.size for pack in item.packs} if item else {}
    given: dict[str, int] = row.values["packs"] or {}
    if item is not None and item.base_unit != base:
        findings.add(
            row,
            "base_unit",
            "other_base_unit",
            _("%(item)s is counted in %(base)s already.", item=item.name, base=item.base_unit),
            _("Keep %(base)s, or give the item a new code.", base=item.base_unit),
        )
    resized = [word for word, size in given.items() if packs.get(word, size) != size]
    if item is not None and resized and is_counted(session, item):
        findings.add(
            row,
            "packs",
            "pack_fixed",
            _("One %(word)s of %(item)s is %(size)s already.", word=resized[0], item=item.name, size=packs[resized[0]]),
            _("Stock was recorded in it, so its size stays; give another pack another word."),
        )
    unknown = {*(row.values["barcodes"] or {}).values()} - {"", base, *packs, *given}
    if unknown:
        findings.add(
            row,
            "barcodes",
            "unknown_unit",
            _("“%(word)s” is no pack of this item.", word=min(unknown)),
            _("Write one of: %(words)s.", words=" / ".join({base: 1} | packs | given)),
        )
    if base in given:
        findings.add(
            row,
            "packs",
            "pack_is_base",
            _("“%(word)s” is both the base unit and a pack.", word=base),
            _("Choose the smallest unit as base unit and leave it out of the packs."),
        )


def _add(session: Session, values: Mapping[str, Any]) -> Item:
    return add_item(
        session,
        code=values["code"],
        name=values["name"],
        kind=values["kind"] or ItemKind.OTHER,
        base_unit=values["base_unit"],
        packs=(values["packs"] or {}).items(),
        weight_mg=_thousandths(values["weight"] or Decimal(0)),
        volume_ul=_thousandths(values["volume"] or Decimal(0)),
        hazard=values["hazard"],
        active_mg_per_kg=mg_per_kg(values["active"]),
    )


def _update(item: Item, values: Mapping[str, Any]) -> None:
    item.name = values["name"]
    item.kind = values["kind"] or item.kind
    if values["weight"] is not None:
        item.weight_mg = _thousandths(values["weight"])
    if values["volume"] is not None:
        item.volume_ul = _thousandths(values["volume"])
    item.hazard = values["hazard"] or item.hazard
    item.active_mg_per_kg = mg_per_kg(values["active"]) or item.active_mg_per_kg
    item.packs.extend(_new_packs(item, values["packs"] or {}))


def _classify(session: Session, item: Item, values: Mapping[str, Any], item_class: ItemClass | None) -> None:
    """What a row says of shelf life, class and barcodes; barcodes are added to those the item bears."""
    item.shelf_life_days = values["shelf_life"] or item.shelf_life_days
    item.item_class = item_class or item.item_class
    if values["class_units"] is not None:
        item.class_numerator, item.class_denominator = values["class_units"].as_integer_ratio()
    if given := values["barcodes"]:
        session.flush()
        added = {code: word or item.base_unit for code, word in given.items()}
        set_barcodes(session, item=item, barcodes=barcodes_of(session, item) | added)


def _new_packs(item: Item, given: Mapping[str, int]) -> Iterator[Pack]:
    present = {pack.word: pack for pack in item.packs}
    for word, size in given.items():
        if word in present:
            present[word].size = size
        else:
            yield Pack(word=word, size=size)


def _thousandths(amount: Decimal) -> int:
    return int(amount * 1000)


def mg_per_kg(percent: Decimal | None) -> int | None:
    """5 % are 50,000."""
    return None if percent is None else int(percent * 10_000)


ITEMS = Importer(
    kind="items",
    title=_("Items"),
    about=_("What is kept: base unit, packs, weight and volume of a piece."),
    icon="packages",
    schema=ItemSheet,
    permission=Permission.WRITE_STOCK,
    take=take_items,
    shows="catalogue.items",
)
