"""The table of facts (单位底数): people, area, rounds and households of each unit, from which needs are reckoned."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from inventory.norms import FIGURES
from inventory.units import Unit
from logistics.accounts.permissions import Permission
from logistics.imports.importer import Findings, Importer, Taking, refuse_twice
from logistics.imports.registers import unit_register
from logistics.needs import operations
from logistics.workbooks.checking import Checked, CheckedRow
from logistics.workbooks.columns import Day, Text, WholeNumber
from logistics.workbooks.errors import Sentence
from logistics.workbooks.schema import SheetSchema


class FactsSheet(SheetSchema):
    unit = Text("单位", "单位编码", "单位名称", "unit", required=True, max_length=200, example="KD-01", width=24)
    valid_from = Day(
        "自何日起",
        "起始日期",
        "生效日期",
        "valid from",
        load_default=None,
        example="2020-03-15",
        note=_("The day from which it is so; blank for today."),
    )
    people_per_shift = WholeNumber(
        "每班人数",
        "人数",
        "people per shift",
        load_default=None,
        maximum=FIGURES["people_per_shift"],
        example=6,
        note=_("People on duty at the same time."),
    )
    shifts_a_day = WholeNumber(
        "每天班次", "班次", "shifts a day", load_default=None, maximum=FIGURES["shifts_a_day"], example=3
    )
    area_m2 = WholeNumber(
        "消毒面积(平方米)",
        "面积(平方米)",
        "面积",
        "area m2",
        load_default=None,
        maximum=FIGURES["area_m2"],
        example=200,
        note=_("What one round of disinfection covers."),
    )
    rounds_a_day = WholeNumber(
        "每天消毒次数",
        "消毒次数",
        "rounds a day",
        load_default=None,
        maximum=FIGURES["rounds_a_day"],
        example=3,
        note=_("Rounds planned for a day, each over the whole area."),
    )
    households = WholeNumber("户数", "households", load_default=None, maximum=FIGURES["households"], example=120)
    isolated = WholeNumber(
        "隔离人数", "居家隔离人数", "isolated", load_default=None, maximum=FIGURES["isolated"], example=4
    )


def take_facts(session: Session, checked: Checked, taking: Taking) -> Sentence:
    """Record what a table tells of units; a blank cell leaves what is known of a unit as it is."""
    findings = Findings(checked)
    named = _units(session, checked, taking, findings)
    findings.raise_all()
    for row, unit in named:
        operations.tell_facts(
            session,
            key=f"facts:{taking.digest}:{row.number}",
            unit=unit,
            valid_from=row.values["valid_from"] or taking.today,
            told={name: row.values[name] for name in FIGURES},
            at=taking.at,
            by=taking.by,
        )
    return _("The facts of %(count)s units are told.", count=len(named))


def _units(session: Session, checked: Checked, taking: Taking, findings: Findings) -> list[tuple[CheckedRow, Unit]]:
    register = unit_register(session, by=taking.by)
    first: dict[int, CheckedRow] = {}
    named: list[tuple[CheckedRow, Unit]] = []
    for row in checked.rows:
        unit = register.named(row, "unit", findings)
        if unit is None:
            continue
        if first.setdefault(unit.id, row) is not row:
            refuse_twice(row, "unit", row.values["unit"], first[unit.id], findings)
        named.append((row, unit))
    return named


FACTS = Importer(
    kind="facts",
    title=_("Facts of units"),
    about=_("People per shift, area, rounds of disinfection, households: what needs are reckoned from."),
    icon="ruler-measure",
    schema=FactsSheet,
    permission=Permission.ASK,
    take=take_facts,
    shows="norms.facts",
)
