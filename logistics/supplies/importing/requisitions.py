"""The table of requisitions (申领): one row for what one point asks of one item on a day; its rows of a day make a sheet."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.catalogue import Item
from inventory.requisitions import AskedLine, Requisition, ask_together
from inventory.units import Unit
from logistics.accounts.permissions import Permission
from logistics.imports.importer import Findings, Importer, Taking, pieces, refuse_future, refuse_twice, said_quantity
from logistics.imports.registers import item_register, unit_register
from logistics.workbooks.checking import Checked, CheckedRow
from logistics.workbooks.columns import Day, PositiveDecimal, Text
from logistics.workbooks.errors import Sentence
from logistics.workbooks.schema import SheetSchema


class RequisitionSheet(SheetSchema):
    day = Day("日期", "申领日期", "date", "day", required=True, example=dt.date(2020, 3, 10))
    unit = Text("申领单位", "unit asking", required=True, max_length=100, example="YZ-01", note=_("Code or name."))
    item = Text(
        "物资", "物资编码", "物资名称", "item", required=True, max_length=100, example="KZ-01", note=_("Code or name.")
    )
    quantity = PositiveDecimal("申领数量", "数量", "quantity", required=True, example=10)
    daily = PositiveDecimal(
        "日需量",
        "每日需用",
        "daily need",
        required=True,
        example=1,
        note=_("What is used up in a day, in the same unit: by it the days of cover are reckoned."),
    )
    word = Text("单位", "计量单位", "unit", required=True, max_length=10, example="盒")
    note = Text("备注", "note", load_default="", max_length=300, example="12 人值守")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A row whose names have been understood; quantities in base units."""

    row: CheckedRow
    unit: Unit
    item: Item
    quantity: int
    daily_need: int

    @property
    def key(self) -> str:
        """A point asks for an item once a day."""
        return f"ask:{self.row.values['day']:%Y%m%d}:{self.unit.id}:{self.item.id}"


def take_requisitions(session: Session, checked: Checked, taking: Taking) -> Sentence:
    """Record what the points of a table ask for."""
    findings = Findings(checked)
    asked = _understood(session, checked, taking, findings)
    _refuse_doubled(asked, findings)
    known = _known(session, asked)
    _refuse_changed(asked, known, findings)
    findings.raise_all()
    for lines in _sheets([one for one in asked if one.key not in known]):
        _ask(session, lines, taking)
    return _("%(new)s new requisitions, %(known)s were known already.", new=len(asked) - len(known), known=len(known))


def _sheets(asked: Sequence[_Asked]) -> list[list[_Asked]]:
    """What one point asks for on one day, together."""
    sheets: dict[tuple[dt.date, int], list[_Asked]] = defaultdict(list)
    for one in asked:
        sheets[one.row.values["day"], one.unit.id].append(one)
    return list(sheets.values())


def _ask(session: Session, lines: Sequence[_Asked], taking: Taking) -> None:
    first = lines[0]
    ask_together(
        session,
        key=f"sheet:{taking.digest[:40]}:{first.row.values['day']:%Y%m%d}:{first.unit.id}",
        unit=first.unit,
        lines=[
            AskedLine(
                item=one.item,
                quantity=one.quantity,
                daily_need=one.daily_need,
                note=one.row.values["note"],
                key=one.key,
            )
            for one in lines
        ],
        at=taking.at,
        by=taking.by,
    )


def _understood(session: Session, checked: Checked, taking: Taking, findings: Findings) -> list[_Asked]:
    units, items = unit_register(session, by=taking.by), item_register(session)
    asked: list[_Asked] = []
    for row in checked.rows:
        unit, item = units.named(row, "unit", findings), items.named(row, "item", findings)
        quantity = pieces(row, item, findings, word="word") if item else None
        daily = pieces(row, item, findings, amount="daily", word="word") if item and quantity else None
        refuse_future(row, "day", row.values["day"], taking.today, findings)
        if unit and item and quantity and daily:
            asked.append(_Asked(row=row, unit=unit, item=item, quantity=quantity, daily_need=daily))
    return asked


def _refuse_doubled(asked: Sequence[_Asked], findings: Findings) -> None:
    first: dict[str, _Asked] = {}
    for one in asked:
        if first.setdefault(one.key, one) is not one:
            refuse_twice(one.row, "item", f"{one.unit.name} {one.item.name}", first[one.key].row, findings)


def _known(session: Session, asked: Sequence[_Asked]) -> dict[str, Requisition]:
    keys = [one.key for one in asked]
    known: dict[str, Requisition] = {}
    for start in range(0, len(keys), 500):
        rows = session.scalars(select(Requisition).where(Requisition.key.in_(keys[start : start + 500])))
        known |= {requisition.key: requisition for requisition in rows}
    return known


def _refuse_changed(asked: Sequence[_Asked], known: dict[str, Requisition], findings: Findings) -> None:
    for one in asked:
        before = known.get(one.key)
        if before is not None and (before.quantity, before.daily_need) != (one.quantity, one.daily_need):
            findings.add(
                one.row,
                "quantity",
                "asked_differently",
                _(
                    "%(unit)s has asked for %(item)s that day already: %(quantity)s (%(number)s).",
                    unit=one.unit.name,
                    item=one.item.name,
                    quantity=said_quantity(one.item, before.quantity),
                    number=before.number,
                ),
                _("Leave the row out, or write today's date to ask for more."),
                number=before.number,
            )


REQUISITIONS = Importer(
    kind="requisitions",
    title=_("Requisitions"),
    about=_("What the points ask for, and how much they use in a day."),
    icon="clipboard-list",
    schema=RequisitionSheet,
    permission=Permission.ASK,
    take=take_requisitions,
    shows="sharing.requisitions",
)
