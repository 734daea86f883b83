"""Vehicles with their passes, and the shifts in which drivers take them out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from inventory.balances import Balance
from inventory.errors import InvalidInput, NotFound
from inventory.places import Place, StockLocation, open_location, places_of
from inventory.units import subtree
from logistics.accounts.models import User
from logistics.accounts.permissions import Permission, may
from logistics.errors import ServiceError
from logistics.fleet.models import Shift, Vehicle, VehiclePass


class ShiftOverlaps(ServiceError):
    """`who` (a plate or a driver's name) is out already from `starts_at` to `ends_at`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What vehicles can carry."""

    vehicles: int
    kg: int
    litres: int


def add_vehicle(
    session: Session,
    *,
    plate: str,
    kind: str,
    capacity_kg: int,
    capacity_l: int,
    depot: StockLocation,
    cost_per_shift_yuan: int | None = None,
    cost_per_km_jiao: int | None = None,
    passes: Mapping[str, dt.date | None] | None = None,
) -> Vehicle:
    """Add a vehicle, or bring the one with this plate up to date; costs and passes not given stay as they are.

    `passes`: kind → valid through, None for ever; given, they are all the passes it holds. Raises InvalidInput.
    """
    for field, value in (("plate", plate), ("kind", kind)):
        if not value.strip():
            raise InvalidInput(field, "empty", value)
    for field, number in (("capacity_kg", capacity_kg), ("capacity_l", capacity_l)):
        if number <= 0:
            raise InvalidInput(field, "not-positive", number)
    vehicle = session.scalar(select(Vehicle).where(Vehicle.plate == plate)) or _new_vehicle(session, plate, depot)
    vehicle.kind, vehicle.capacity_kg, vehicle.capacity_l, vehicle.depot = kind, capacity_kg, capacity_l, depot
    vehicle.active = True
    if cost_per_shift_yuan is not None:
        vehicle.cost_per_shift_yuan = cost_per_shift_yuan
    if cost_per_km_jiao is not None:
        vehicle.cost_per_km_jiao = cost_per_km_jiao
    if passes is not None:
        set_passes(vehicle, passes)
    session.flush()
    return vehicle


def set_passes(vehicle: Vehicle, passes: Mapping[str, dt.date | None]) -> None:
    """Let these be all the passes a vehicle holds."""
    held = {held.kind: held for held in vehicle.passes}
    vehicle.passes = [held.get(kind) or VehiclePass(kind=kind) for kind in sorted(passes)]
    for pass_ in vehicle.passes:
        pass_.valid_through = passes[pass_.kind]


def get_vehicle(session: Session, vehicle_id: int) -> Vehicle:
    """The vehicle with this id. Raises NotFound."""
    vehicle = session.get(Vehicle, vehicle_id)
    if vehicle is None:
        raise NotFound("vehicle", vehicle_id)
    return vehicle


def add_shift(
    session: Session, *, vehicle: Vehicle, driver: User, starts_at: dt.datetime, ends_at: dt.datetime
) -> Shift:
    """Let a driver take a vehicle out; the same vehicle, driver and times again are the same shift.

    Raises InvalidInput where it ends before it begins or the person drives nothing, ShiftOverlaps where vehicle or driver are out.
    """
    if starts_at >= ends_at:
        raise InvalidInput("ends_at", "not-after-start", ends_at)
    if not may(driver.role, Permission.DELIVER):
        raise InvalidInput("driver", "no-driver", driver.name)
    # Held, so that two people cannot give the same vehicle away for the same hour.
    session.execute(select(Vehicle.id).where(Vehicle.id == vehicle.id).with_for_update(key_share=True))
    session.execute(select(User.id).where(User.id == driver.id).with_for_update(key_share=True))
    for other in _overlapping(session, vehicle, driver, starts_at, ends_at):
        if (other.vehicle_id, other.driver_id, other.starts_at, other.ends_at) == (
            vehicle.id,
            driver.id,
            starts_at.astimezone(dt.UTC),
            ends_at.astimezone(dt.UTC),
        ):
            return other
        who = vehicle.plate if other.vehicle_id == vehicle.id else driver.name
        raise ShiftOverlaps(who=who, starts_at=other.starts_at, ends_at=other.ends_at)
    shift = Shift(vehicle=vehicle, driver=driver, starts_at=starts_at, ends_at=ends_at)
    session.add(shift)
    session.flush()
    return shift


def kept_by(unit_id: int) -> ColumnElement[bool]:
    """Whether a vehicle is at home in a store of a unit or one below it."""
    return Vehicle.depot_id.in_(places_of(subtree(unit_id)))


def shifts_between(session: Session, *, unit_id: int, start: dt.datetime, end: dt.datetime) -> list[Shift]:
    """The shifts of a unit's vehicles and all below it that begin between two moments, by time and plate."""
    return list(
        session.scalars(
            select(Shift)
            .join(Vehicle, Vehicle.id == Shift.vehicle_id)
            .where(kept_by(unit_id), Shift.starts_at >= start, Shift.starts_at < end)
            .order_by(Shift.starts_at, Vehicle.plate)
        ).unique()
    )


def capacity_of(shifts: Sequence[Shift]) -> Capacity:
    """What the vehicles of some shifts carry when each goes out once a shift."""
    return Capacity(
        vehicles=len({shift.vehicle_id for shift in shifts}),
        kg=sum(shift.vehicle.capacity_kg for shift in shifts),
        litres=sum(shift.vehicle.capacity_l for shift in shifts),
    )


def aboard(session: Session, vehicles: Sequence[Vehicle]) -> dict[int, dict[int, int]]:
    """What is on the vehicles now: stock location of the vehicle → item id → base units."""
    found: dict[int, dict[int, int]] = {}
    places = [vehicle.aboard_id for vehicle in vehicles]
    rows = session.execute(
        select(Balance.location_id, Balance.item_id, Balance.quantity).where(
            Balance.location_id.in_(places), Balance.quantity > 0
        )
    )
    for location_id, item_id, quantity in rows:
        items = found.setdefault(location_id, {})
        items[item_id] = items.get(item_id, 0) + quantity
    return found


def _new_vehicle(session: Session, plate: str, depot: StockLocation) -> Vehicle:
    place = open_location(session, place=Place.VEHICLE, code=plate, name=plate, unit=depot.unit)
    vehicle = Vehicle(plate=plate, aboard=place, cost_per_shift_yuan=200, cost_per_km_jiao=12)
    session.add(vehicle)
    return vehicle


def _overlapping(
    session: Session, vehicle: Vehicle, driver: User, starts_at: dt.datetime, ends_at: dt.datetime
) -> Sequence[Shift]:
    return (
        session.scalars(
            select(Shift)
            .where(
                or_(Shift.vehicle_id == vehicle.id, Shift.driver_id == driver.id),
                Shift.starts_at < ends_at,
                Shift.ends_at > starts_at,
            )
            .order_by(Shift.id)
        )
        .unique()
        .all()
    )
