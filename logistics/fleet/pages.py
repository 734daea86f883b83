"""Vehicles, what they carry and where they may drive; shifts by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.catalogue import Item
from inventory.errors import InventoryError, NotFound
from inventory.places import store_of
from inventory.units import Unit, UnitKind, subtree
from logistics.accounts.models import Role, User
from logistics.accounts.permissions import Permission, may, permit
from logistics.errors import ServiceError
from logistics.fleet import operations
from logistics.fleet.importing import ShiftSheet, VehicleSheet
from logistics.fleet.models import Shift, Vehicle, VehiclePass
from logistics.fleet.operations import ShiftOverlaps
from logistics.imports.forms import read_form
from logistics.supplies import choices
from logistics.web.context import me, reading, today, transaction, zone
from logistics.web.formats import day as said_day
from logistics.web.formats import moment
from logistics.web.sentences import says, sentence

#: A pass that ends within so many days is pointed out.
SOON = dt.timedelta(days=7)

blueprint = Blueprint("fleet", __name__, url_prefix="/fleet", template_folder="templates")


@says(ShiftOverlaps)
def _shift_overlaps(error: ShiftOverlaps) -> str:
    starts_at, ends_at = error.values["starts_at"], error.values["ends_at"]
    return _(
        "%(who)s is out already from %(start)s to %(end)s. Nothing was entered; change the times, the vehicle or the driver.",
        who=error.values["who"],
        start=moment(starts_at) if isinstance(starts_at, dt.datetime) else starts_at,
        end=moment(ends_at) if isinstance(ends_at, dt.datetime) else ends_at,
    )


@blueprint.get("")
@permit(Permission.READ_FLEET)
def vehicles() -> ResponseReturnValue:
    with reading() as session:
        ours = select(Vehicle).where(operations.kept_by(me().unit_id))
        fleet = session.scalars(ours.order_by(Vehicle.active.desc(), Vehicle.plate)).all()
        aboard = operations.aboard(session, fleet)
        items = {item.id: item for item in session.scalars(select(Item)) if any(item.id in a for a in aboard.values())}
        return render_template("fleet/vehicles.html", fleet=fleet, aboard=aboard, items=items, pass_mark=_pass_mark)


@blueprint.get("/new")
@permit(Permission.WRITE_FLEET)
def vehicle_form() -> ResponseReturnValue:
    with reading() as session:
        return _vehicle_form(session, typed={}, errors={})


@blueprint.post("/new")
@permit(Permission.WRITE_FLEET)
def add_vehicle() -> ResponseReturnValue:
    values, errors = read_form(VehicleSheet, request.form)
    said = None
    if values:
        try:
            with transaction() as session:
                known = session.scalar(select(Vehicle.id).where(Vehicle.plate == values["plate"]))
                if known is None:
                    _add_vehicle(session, values)
                    flash(_("%(plate)s is in the fleet.", plate=values["plate"]))
                    return redirect(url_for("fleet.vehicles"))
                errors = {
                    "plate": _("This plate is in the fleet already. To change it, take in the table of vehicles.")
                }
        except (InventoryError, ServiceError) as error:
            said = sentence(error)
    with reading() as session:
        return _vehicle_form(session, typed=request.form, errors=errors, said=said), 422


@blueprint.get("/shifts")
@permit(Permission.READ_FLEET)
def shifts() -> ResponseReturnValue:
    with reading() as session:
        return _shifts(session, day=_day(request.args.get("day", "")), typed={}, errors={})


@blueprint.post("/shifts")
@permit(Permission.WRITE_FLEET)
def add_shift() -> ResponseReturnValue:
    values, errors = read_form(ShiftSheet, request.form)
    said = None
    if values:
        try:
            with transaction() as session:
                shift = _add_shift(session, values)
                plate, driver = shift.vehicle.plate, shift.driver.name
            flash(
                _("%(driver)s takes %(plate)s out on %(day)s.", driver=driver, plate=plate, day=said_day(values["day"]))
            )
            return redirect(url_for("fleet.shifts", day=values["day"].isoformat()))
        except (InventoryError, ServiceError) as error:
            said = sentence(error)
    with reading() as session:
        day = _day(request.form.get("day", ""))
        return _shifts(session, day=day, typed=request.form, errors=errors, said=said), 422


def _add_vehicle(session: Session, values: Mapping[str, Any]) -> Vehicle:
    return operations.add_vehicle(
        session,
        plate=values["plate"],
        kind=values["kind"],
        capacity_kg=values["capacity_kg"],
        capacity_l=values["capacity_l"],
        depot=store_of(session, choices.units(session, of_unit_id=me().unit_id).find(values["depot"])),
        cost_per_shift_yuan=values["per_shift"],
        cost_per_km_jiao=None if values["per_km"] is None else int(values["per_km"] * 10),
        passes=values["passes"],
    )


def _add_shift(session: Session, values: Mapping[str, Any]) -> Shift:
    ours = operations.kept_by(me().unit_id)
    vehicle = session.scalar(select(Vehicle).where(Vehicle.plate == values["plate"], ours))
    known = select(User).where(User.sign_in_name == values["driver"], User.active)
    driver = session.scalar(known.where(User.unit_id.in_(subtree(me().unit_id))))
    if vehicle is None:
        raise NotFound("vehicle", values["plate"])
    if driver is None:
        raise NotFound("driver", values["driver"])
    starts_at, ends_at = (
        dt.datetime.combine(values["day"], values[name], tzinfo=zone()) for name in ("starts", "ends")
    )
    return operations.add_shift(session, vehicle=vehicle, driver=driver, starts_at=starts_at, ends_at=ends_at)


def _vehicle_form(
    session: Session, *, typed: Mapping[str, str], errors: Mapping[str, str], said: str | None = None
) -> str:
    ours = select(Unit).where(Unit.id.in_(subtree(me().unit_id))).order_by(Unit.code)
    units = session.scalars(ours.where(Unit.kind == UnitKind.WAREHOUSE)).all()
    return render_template(
        "fleet/vehicle_form.html",
        units=units or session.scalars(ours).all(),
        columns=VehicleSheet.columns(),
        typed=typed,
        errors=errors,
        error=said or (_("Look at the marked fields. Nothing was entered.") if errors else None),
    )


def _shifts(
    session: Session, *, day: dt.date, typed: Mapping[str, str], errors: Mapping[str, str], said: str | None = None
) -> str:
    start = dt.datetime.combine(day, dt.time(), tzinfo=zone())
    shifts = operations.shifts_between(session, unit_id=me().unit_id, start=start, end=start + dt.timedelta(days=1))
    return render_template(
        "fleet/shifts.html",
        day=day,
        before=day - dt.timedelta(days=1),
        after=day + dt.timedelta(days=1),
        shifts=shifts,
        capacity=operations.capacity_of(shifts),
        vehicles=session.scalars(
            select(Vehicle).where(Vehicle.active, operations.kept_by(me().unit_id)).order_by(Vehicle.plate)
        ).all(),
        drivers=_drivers(session),
        typed=typed,
        errors=errors,
        error=said or (_("Look at the marked fields. Nothing was entered.") if errors else None),
    )


def _drivers(session: Session) -> list[User]:
    """Whoever may drive: first those who do it all day."""
    users = session.scalars(
        select(User).where(User.active, User.unit_id.in_(subtree(me().unit_id))).order_by(User.name)
    )
    able = [user for user in users if may(user.role, Permission.DELIVER)]
    return sorted(able, key=lambda user: user.role is not Role.DRIVER)


def _pass_mark(pass_: VehiclePass) -> tuple[str, str]:
    """The colour and the sign of a pass today: over, soon over, valid."""
    if pass_.valid_through is None:
        return "green", "✓"
    if pass_.valid_through < today():
        return "red", "✗"
    return ("yellow", "!") if pass_.valid_through < today() + SOON else ("green", "✓")


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return today()
