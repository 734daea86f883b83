"""Tables of vehicles (车辆) and of shifts (班次), as importers (see `logistics.imports`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import validates_schema
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.places import places_of, store_of
from logistics.accounts.models import User
from logistics.accounts.permissions import Permission, may
from logistics.fleet.columns import ClockTime, Passes, Plate
from logistics.fleet.models import Shift, Vehicle
from logistics.fleet.operations import add_shift, add_vehicle
from logistics.imports.importer import Findings, Importer, Register, Taking, refuse_doubled, refuse_others
from logistics.imports.registers import unit_register, within_reach
from logistics.workbooks.checking import Checked, CheckedRow
from logistics.workbooks.columns import Day, PositiveDecimal, Text, WholeNumber, refused
from logistics.workbooks.errors import Sentence
from logistics.workbooks.schema import SheetSchema

# Vehicles -------------------------------------------------------------------------------------------------------------


class VehicleSheet(SheetSchema):
    plate = Plate("车牌", "车牌号", "plate", required=True, example="鄂C12345")
    kind = Text("车型", "kind", required=True, max_length=60, example="厢式货车")
    capacity_kg = WholeNumber(
        "载重(公斤)", "载重", "capacity kg", required=True, minimum=1, maximum=100_000, example=1500
    )
    capacity_l = WholeNumber("容积(升)", "容积", "capacity l", required=True, minimum=1, maximum=200_000, example=8000)
    depot = Text(
        "所属仓库",
        "所属库房",
        "所属单位",
        "depot",
        required=True,
        max_length=100,
        example="YY-CK",
        note=_("The unit whose store it serves: code or name."),
    )
    passes = Passes(
        "通行证",
        "passes",
        load_default=None,
        example="绿色通道:2020-04-30",
        note=_("Each with its last day; several are separated by ;"),
        width=28,
    )
    per_shift = WholeNumber(
        "每班费用(元)", "每班费用", "cost per shift", load_default=None, maximum=100_000, example=200
    )
    per_km = PositiveDecimal(
        "每公里费用(元)", "每公里费用", "cost per km", load_default=None, places=1, maximum=Decimal(1_000), example=1.2
    )


def take_vehicles(session: Session, checked: Checked, taking: Taking) -> Sentence:
    """Add the vehicles of a table, or bring the known ones up to date."""
    findings = Findings(checked)
    units = unit_register(session, by=taking.by)
    refuse_doubled(checked, "plate", findings)
    out_of_reach = Vehicle.depot_id.not_in(places_of(within_reach(session, by=taking.by)))
    refuse_others(checked, "plate", set(session.scalars(select(Vehicle.plate).where(out_of_reach))), findings)
    depots = {row.number: units.named(row, "depot", findings) for row in checked.rows}
    findings.raise_all()
    before = _count_vehicles(session)
    for row in checked.rows:
        unit = depots[row.number]
        if unit is not None:
            per_km = row.values["per_km"]
            add_vehicle(
                session,
                plate=row.values["plate"],
                kind=row.values["kind"],
                capacity_kg=row.values["capacity_kg"],
                capacity_l=row.values["capacity_l"],
                depot=store_of(session, unit),
                cost_per_shift_yuan=row.values["per_shift"],
                cost_per_km_jiao=None if per_km is None else int(per_km * 10),
                passes=row.values["passes"],
            )
    new = _count_vehicles(session) - before
    return _("%(new)s new vehicles, %(known)s brought up to date.", new=new, known=len(checked.rows) - new)


def _count_vehicles(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Vehicle)) or 0


VEHICLES = Importer(
    kind="vehicles",
    title=_("Vehicles"),
    about=_("The fleet: plates, what each carries, its passes and what it costs."),
    icon="truck",
    schema=VehicleSheet,
    permission=Permission.WRITE_FLEET,
    take=take_vehicles,
    shows="fleet.vehicles",
)

# Shifts ---------------------------------------------------------------------------------------------------------------


class ShiftSheet(SheetSchema):
    plate = Plate("车牌", "车牌号", "plate", required=True, example="鄂C12345")
    driver = Text(
        "驾驶员",
        "驾驶员登录名",
        "driver",
        required=True,
        max_length=64,
        example="driver01",
        note=_("The name the driver signs in with, or the person's name."),
    )
    day = Day("日期", "date", "day", required=True, example=dt.date(2020, 3, 15))
    starts = ClockTime("开始", "开始时间", "出车", "start", required=True, example="08:00")
    ends = ClockTime("结束", "结束时间", "收车", "end", required=True, example="17:00")

    @validates_schema
    def ends_later(self, values: Mapping[str, Any], **_rest: Any) -> None:
        if "starts" in values and "ends" in values and values["starts"] >= values["ends"]:
            raise refused(
                "ends_before_start",
                _("The shift ends before it begins."),
                _("Write the earlier time first; a shift over midnight is two shifts."),
                columns=("ends",),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Out:
    """A row whose names have been understood."""

    row: CheckedRow
    vehicle: Vehicle
    driver: User
    starts_at: dt.datetime
    ends_at: dt.datetime

    def overlaps(self, starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
        return starts_at < self.ends_at and self.starts_at < ends_at

    def is_same(self, shift: Shift) -> bool:
        mine = (self.vehicle.id, self.driver.id, self.starts_at, self.ends_at)
        return mine == (shift.vehicle_id, shift.driver_id, shift.starts_at, shift.ends_at)


def take_shifts(session: Session, checked: Checked, taking: Taking) -> Sentence:
    """Enter the shifts of a table."""
    findings = Findings(checked)
    outs = _understood(session, checked, taking, findings)
    _refuse_overlaps(session, outs, findings)
    findings.raise_all()
    before = session.scalar(select(func.count()).select_from(Shift)) or 0
    for out in outs:
        add_shift(session, vehicle=out.vehicle, driver=out.driver, starts_at=out.starts_at, ends_at=out.ends_at)
    new = (session.scalar(select(func.count()).select_from(Shift)) or 0) - before
    return _("%(new)s new shifts, %(known)s were known already.", new=new, known=len(outs) - new)


def _understood(session: Session, checked: Checked, taking: Taking, findings: Findings) -> list[_Out]:
    vehicles, drivers = _vehicle_register(session, by=taking.by), _driver_register(session, by=taking.by)
    outs: list[_Out] = []
    for row in checked.rows:
        vehicle, driver = vehicles.named(row, "plate", findings), drivers.named(row, "driver", findings)
        if vehicle and driver:
            starts_at, ends_at = (_moment(row, name, taking.zone) for name in ("starts", "ends"))
            outs.append(_Out(row=row, vehicle=vehicle, driver=driver, starts_at=starts_at, ends_at=ends_at))
    return outs


def _moment(row: CheckedRow, name: str, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(row.values["day"], row.values[name], tzinfo=zone).astimezone(dt.UTC)


def _vehicle_register(session: Session, *, by: str) -> Register[Vehicle]:
    homes = places_of(within_reach(session, by=by))
    return Register(
        session.scalars(select(Vehicle).where(Vehicle.active, Vehicle.depot_id.in_(homes)).order_by(Vehicle.id)),
        names=lambda vehicle: (vehicle.plate,),
        unknown=lambda said: _("No vehicle has the plate %(said)s.", said=said),
        remedy=_("Correct the plate, or take the vehicle in first with the table of vehicles."),
    )


def _driver_register(session: Session, *, by: str) -> Register[User]:
    ours = User.unit_id.in_(within_reach(session, by=by))
    users = session.scalars(select(User).where(User.active, ours).order_by(User.id))
    return Register(
        [user for user in users if may(user.role, Permission.DELIVER)],
        names=lambda user: (user.sign_in_name, user.name),
        unknown=lambda said: _("No driver is called “%(said)s”.", said=said),
        remedy=_("Correct the name; the administrator adds drivers under People."),
    )


def _refuse_overlaps(session: Session, outs: Sequence[_Out], findings: Findings) -> None:
    """Nobody drives two vehicles at once, and no vehicle is driven twice: neither in this table nor with what is known."""
    if not outs:
        return
    begin, end = min(out.starts_at for out in outs), max(out.ends_at for out in outs)
    known = session.scalars(select(Shift).where(Shift.starts_at < end, Shift.ends_at > begin)).unique().all()
    busy: dict[tuple[str, int], list[_Out]] = {}
    for out in outs:
        for other in known:
            if out.overlaps(other.starts_at, other.ends_at) and not out.is_same(other):
                if other.vehicle_id == out.vehicle.id:
                    _add_overlap(out, "plate", out.vehicle.plate, _("in the books"), findings)
                elif other.driver_id == out.driver.id:
                    _add_overlap(out, "driver", out.driver.name, _("in the books"), findings)
        for name, thing_id, who in (
            ("plate", out.vehicle.id, out.vehicle.plate),
            ("driver", out.driver.id, out.driver.name),
        ):
            before = busy.setdefault((name, thing_id), [])
            clash = next((other for other in before if other.overlaps(out.starts_at, out.ends_at)), None)
            if clash is not None:
                _add_overlap(out, name, who, _("in row %(row)s", row=clash.row.number), findings)
            before.append(out)


def _add_overlap(out: _Out, name: str, who: str, where: Sentence, findings: Findings) -> None:
    findings.add(
        out.row,
        name,
        "overlap",
        _("%(who)s has another shift at this time %(where)s.", who=who, where=where),
        _("Change the times, or take another vehicle or driver."),
    )


SHIFTS = Importer(
    kind="shifts",
    title=_("Shifts"),
    about=_("Who takes which vehicle out, on which day, from when to when."),
    icon="calendar-time",
    schema=ShiftSheet,
    permission=Permission.WRITE_FLEET,
    take=take_shifts,
    shows="fleet.shifts",
)
