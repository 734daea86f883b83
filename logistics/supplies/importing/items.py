"""The table of items (物资): what is kept, in which packs, what a piece weighs; known codes are brought up to date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.catalogue import Item, ItemKind, Pack, add_item, unit_word
from logistics.accounts.permissions import Permission
from logistics.imports.importer import Findings, Importer, Taking, folded, refuse_twice
from logistics.workbooks.checking import Checked, CheckedRow
from logistics.workbooks.columns import Choice, Code, Column, PositiveDecimal, Text, refused, shown
from logistics.workbooks.columns.base import plain_text
from logistics.workbooks.errors import Sentence
from logistics.workbooks.schema import SheetSchema
from logistics.workbooks.sheet import Cell

_PACK = re.compile(r"([^=:\d;]{1,10})[=:]([0-9]{1,9})")
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
    _refuse_doubles(checked, findings)
    for row in checked.rows:
        _refuse_odd_packs(row, known.get(row.values["code"]), findings)
    findings.raise_all()
    new = 0
    for row in checked.rows:
        item = known.get(row.values["code"])
        if item is None:
            _add(session, row.values)
            new += 1
        else:
            _update(item, row.values)
    session.flush()
    return _("%(new)s new items, %(known)s brought up to date.", new=new, known=len(checked.rows) - new)


def _refuse_doubles(checked: Checked, findings: Findings) -> None:
    codes: dict[str, CheckedRow] = {}
    names: dict[str, CheckedRow] = {}
    for row in checked.rows:
        code, name = row.values["code"], row.values["name"]
        if codes.setdefault(code, row) is not row:
            refuse_twice(row, "code", code, codes[code], findings)
        elif names.setdefault(folded(name), row) is not row:
            refuse_twice(row, "name", name, names[folded(name)], findings)


def _refuse_odd_packs(row: CheckedRow, item: Item | None, findings: Findings) -> None:
    base = unit_word(row.values["base_unit"])
    if item is not None and item.base_unit != base:
        findings.add(
            row,
            "base_unit",
            "other_base_unit",
            _("%(item)s is counted in %(base)s already.", item=item.name, base=item.base_unit),
            _("Keep %(base)s, or give the item a new code.", base=item.base_unit),
        )
    if base in (row.values["packs"] or {}):
        findings.add(
            row,
            "packs",
            "pack_is_base",
            _("“%(word)s” is both the base unit and a pack.", word=base),
            _("Choose the smallest unit as base unit and leave it out of the packs."),
        )


def _add(session: Session, values: Mapping[str, Any]) -> None:
    add_item(
        session,
        code=values["code"],
        name=values["name"],
        kind=values["kind"] or ItemKind.OTHER,
        base_unit=values["base_unit"],
        packs=(values["packs"] or {}).items(),
        weight_mg=_thousandths(values["weight"] or Decimal(0)),
        volume_ul=_thousandths(values["volume"] or Decimal(0)),
        active_mg_per_kg=_mg_per_kg(values["active"]),
    )


def _update(item: Item, values: Mapping[str, Any]) -> None:
    item.name = values["name"]
    item.kind = values["kind"] or item.kind
    if values["weight"] is not None:
        item.weight_mg = _thousandths(values["weight"])
    if values["volume"] is not None:
        item.volume_ul = _thousandths(values["volume"])
    item.active_mg_per_kg = _mg_per_kg(values["active"]) or item.active_mg_per_kg
    item.packs.extend(_new_packs(item, values["packs"] or {}))


def _new_packs(item: Item, given: Mapping[str, int]) -> Iterator[Pack]:
    present = {pack.word: pack for pack in item.packs}
    for word, size in given.items():
        if word in present:
            present[word].size = size
        else:
            yield Pack(word=word, size=size)


def _thousandths(amount: Decimal) -> int:
    return int(amount * 1000)


def _mg_per_kg(percent: Decimal | None) -> int | None:
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
    shows="supplies.stock",
)
