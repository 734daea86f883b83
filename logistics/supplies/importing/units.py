"""The table of units (单位): one row a unit; known codes are brought up to date.

What `UnitSheet` reads, `unit_row` writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import validates_schema
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.descriptions import UnitDescription
from inventory.responsible import Post, Responsible, appoint, responsible_for, usual_post
from inventory.units import Tier, Unit, UnitKind, add_unit, hold_above, hold_tree, spell_out_tree
from logistics.accounts.permissions import Permission
from logistics.imports.importer import Findings, Importer, Register, Taking, refuse_doubled, refuse_others
from logistics.imports.registers import within_reach
from logistics.workbooks.checking import Checked
from logistics.workbooks.columns import Choice, Code, Latitude, Longitude, Phone, Text, WholeNumber, refused
from logistics.workbooks.errors import Sentence
from logistics.workbooks.schema import SheetSchema
from logistics.workbooks.writing import Value


class UnitSheet(SheetSchema):
    code = Code("单位编码", "编码", "unit code", "code", required=True, example="YZ-01")
    name = Text("单位名称", "名称", "unit name", "name", required=True, max_length=100, example="安阳烟叶站", width=24)
    kind = Choice(
        "类型",
        "单位类型",
        "kind",
        required=True,
        example="烟叶站",
        choices={
            UnitKind.BUREAU: ("局", "市局", "bureau"),
            UnitKind.COUNTY: ("县级单位", "县局", "区局", "county"),
            UnitKind.WAREHOUSE: ("仓库", "库房", "warehouse"),
            UnitKind.STATION: ("烟叶站", "station"),
            UnitKind.WINDOW: ("对外窗口", "窗口", "window"),
            UnitKind.CHECKPOINT: ("卡点", "检查点", "checkpoint"),
            UnitKind.HOSPITAL: ("医院", "hospital"),
            UnitKind.COMPOUND: ("小区院落", "小区", "院落", "compound"),
            UnitKind.VILLAGE: ("村", "village"),
            UnitKind.VEHICLE: ("车辆", "车", "vehicle"),
            UnitKind.OTHER: ("其他单位", "其他", "other"),
        },
    )
    parent = Text(
        "上级单位",
        "上级",
        "上级编码",
        "parent",
        load_default=None,
        example="YY",
        note=_("Code or name; may stand in the same table. Blank for the topmost unit."),
    )
    tier = Choice(
        "优先级",
        "分级",
        "tier",
        load_default=None,
        example="烟叶站与窗口",
        note=_("Who comes first when there is not enough."),
        choices={
            Tier.FRONTLINE: ("一线点位", "一线", "frontline"),
            Tier.WINDOW: ("烟叶站与窗口", "窗口", "烟叶站", "window"),
            Tier.OTHER: ("其他", "other"),
        },
        width=18,
    )
    lat = Latitude("纬度", "lat", "latitude", load_default=None, example=32.8458)
    lon = Longitude("经度", "lon", "longitude", load_default=None, example=111.0107)
    address = Text("地址", "address", load_default=None, max_length=300, example="安阳镇府前街1号", width=30)
    contact = Text("联系人", "contact", load_default=None, max_length=100, example="王站长")
    phone = Phone("联系电话", "电话", "phone", load_default=None, example="13800000000")
    headcount = WholeNumber(
        "在岗人数", "人数", "headcount", load_default=None, maximum=100_000, example=12, note=_("People on duty.")
    )
    chief = Text(
        "负责人",
        "三长",
        "chief",
        load_default=None,
        max_length=100,
        example="王站长",
        note=_("Who answers for the unit from today on: the chief of a building, a village, a grid, or the keeper."),
    )
    post = Choice(
        "负责人职务",
        "职务",
        "post",
        load_default=None,
        choices={
            Post.BUILDING_CHIEF: ("楼栋长", "building_chief"),
            Post.TEAM_LEADER: ("驻村工作队长", "工作队长", "team_leader"),
            Post.GRID_CHIEF: ("网格长", "网格员", "grid_chief"),
            Post.KEEPER: ("保管员", "仓管员", "keeper"),
            Post.OTHER: ("其他负责人", "其他", "other"),
        },
        width=18,
    )
    chief_phone = Phone("负责人电话", "chief phone", load_default=None)

    @validates_schema
    def place_is_whole(self, values: Mapping[str, Any], **_rest: Any) -> None:
        if (values.get("lat") is None) != (values.get("lon") is None):
            raise refused(
                "half_a_place",
                _("Only one of the two coordinates is given."),
                _("Write both, or neither."),
                columns=("lat", "lon"),
            )


def take_units(session: Session, checked: Checked, taking: Taking) -> Sentence:
    """Add the units of a table below their parents; a blank cell leaves what is known of a unit as it is."""
    hold_tree(session)
    findings = Findings(checked)
    refuse_doubled(checked, "code", findings)
    out_of_reach = Unit.id.not_in(within_reach(session, by=taking.by))
    refuse_others(checked, "code", set(session.scalars(select(Unit.code).where(out_of_reach))), findings)
    parents = _parents(session, checked, taking, findings)
    findings.raise_all()
    known = {unit.code: unit for unit in session.scalars(select(Unit))}
    moved = [
        known[code] for code, parent in parents.items() if code in known and known[code].parent is not known.get(parent)
    ]
    hold_above(session, [unit.id for unit in moved])
    new = 0
    for row in checked.rows:
        if row.values["code"] in known:
            _update(known[row.values["code"]], row.values)
        else:
            known[row.values["code"]] = _add(session, row.values)
            new += 1
    for code, parent in parents.items():
        known[code].parent = known[parent]
    spell_out_tree(session)
    _appoint_chiefs(session, checked, known, taking)
    return _("%(new)s new units, %(known)s brought up to date.", new=new, known=len(checked.rows) - new)


def unit_row(told: UnitDescription, *, parent: str | None, chief: Responsible | None) -> tuple[Value, ...]:
    """A unit, its parent's code and who answers for it as a row under the titles of `UnitSheet`."""
    columns = UnitSheet.columns()
    cells = {
        **{name: getattr(told, name) or None for name in columns if hasattr(told, name)},
        "kind": UnitSheet.word_for("kind", told.kind),
        "tier": UnitSheet.word_for("tier", told.tier),
        "headcount": told.headcount,
        "parent": parent,
        "chief": chief.name if chief else None,
        "post": UnitSheet.word_for("post", chief.post) if chief else None,
        "chief_phone": (chief.phone or None) if chief else None,
    }
    return tuple(cells[name] for name in columns)


def _parents(session: Session, checked: Checked, taking: Taking, findings: Findings) -> dict[str, str]:
    """Code of each unit of the table that names a parent → the parent's code."""
    known = session.scalars(select(Unit).where(Unit.id.in_(within_reach(session, by=taking.by)))).all()
    names = {unit.code: unit.name for unit in known} | {r.values["code"]: r.values["name"] for r in checked.rows}
    register = Register(
        names.items(),
        names=lambda pair: pair,
        unknown=lambda said: _("No unit is called “%(said)s”, neither here nor in this table.", said=said),
        remedy=_("Correct the name, or add a row for the unit."),
    )
    above = {unit.code: unit.parent.code for unit in known if unit.parent is not None}
    parents: dict[str, str] = {}
    for row in checked.rows:
        if row.values["parent"] is None:
            continue
        named = register.named(row, "parent", findings)
        if named is not None:
            parents[row.values["code"]] = named[0]
    _refuse_circles(checked, above | parents, findings)
    return parents


def _refuse_circles(checked: Checked, above: Mapping[str, str], findings: Findings) -> None:
    for row in checked.rows:
        code = row.values["code"]
        seen: set[str] = set()
        unit = above.get(code)
        while unit is not None and unit != code and unit not in seen:
            seen.add(unit)
            unit = above.get(unit)
        if unit == code:
            findings.add(
                row,
                "parent",
                "own_parent",
                _("%(name)s would stand below itself.", name=row.values["name"]),
                _("Name the unit above it."),
            )


def _add(session: Session, values: Mapping[str, Any]) -> Unit:
    return add_unit(
        session,
        code=values["code"],
        name=values["name"],
        kind=values["kind"],
        tier=values["tier"] or Tier.OTHER,
        lat=values["lat"],
        lon=values["lon"],
        address=values["address"] or "",
        contact=values["contact"] or "",
        phone=values["phone"] or "",
        headcount=values["headcount"] or 0,
    )


def _update(unit: Unit, values: Mapping[str, Any]) -> None:
    for name in ("name", "kind", "tier", "lat", "lon", "address", "contact", "phone", "headcount"):
        if values[name] is not None:
            setattr(unit, name, values[name])


def _appoint_chiefs(session: Session, checked: Checked, known: Mapping[str, Unit], taking: Taking) -> None:
    """Whoever is named and does not serve yet, serves from today."""
    for row in checked.rows:
        if (name := row.values["chief"]) is None:
            continue
        unit = known[row.values["code"]]
        serving = [person.name for person in responsible_for(session, unit) if person.serves_on(taking.today)]
        if name not in serving:
            appoint(
                session,
                key=f"{taking.digest}:{row.number}",
                unit=unit,
                name=name,
                phone=row.values["chief_phone"] or "",
                post=row.values["post"] or usual_post(unit.kind),
                since=taking.today,
            )


UNITS = Importer(
    kind="units",
    title=_("Units"),
    about=_("The tree of units: stations, windows, checkpoints, villages, with their place and who comes first."),
    icon="sitemap",
    schema=UnitSheet,
    permission=Permission.ADMINISTER,
    take=take_units,
    shows="units.tree",
)
