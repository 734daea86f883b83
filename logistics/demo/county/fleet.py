"""Vehicles with their drivers and shifts, and everybody who signs in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import partial
from random import Random

from inventory.units import UnitKind
from logistics.accounts.models import Role
from logistics.demo.county import names
from logistics.demo.county.codes import STORE_CODE, TOP_CODE
from logistics.demo.county.facts import Facts
from logistics.demo.county.names import Unused
from logistics.demo.county.parts import DemoPerson, DemoShift, DemoUnit, DemoVehicle


def vehicles(rng: Random, facts: Facts, first_day: dt.date) -> Iterator[DemoVehicle]:
    """Vans, light trucks and box trucks, every other one with a pass."""
    kinds = (
        ("面包车", "M", facts.vans, 800, 3_500, 180, 9),
        ("轻型货车", "Q", facts.light_trucks, 1_500, 8_000, 240, 13),
        ("厢式货车", "X", facts.box_trucks, 4_000, 18_000, 360, 22),
    )
    number = 0
    for kind, letter, count, capacity_kg, capacity_l, a_shift, a_km in kinds:
        for index in range(count):
            number += 1
            yield DemoVehicle(
                plate=f"鄂C{letter}{index + 1:04d}",
                kind=kind,
                capacity_kg=capacity_kg,
                capacity_l=capacity_l,
                cost_per_shift_yuan=a_shift,
                cost_per_km_jiao=a_km,
                pass_through=first_day + dt.timedelta(days=rng.randint(20, 60)) if number % 2 else None,
                driver=f"siji{number:02d}",
            )


def shifts(vehicles: Sequence[DemoVehicle], first_day: dt.date) -> Iterator[DemoShift]:
    """Two whole days and a morning."""
    for day, ends in enumerate((dt.time(18), dt.time(18), dt.time(12, 30))):
        for vehicle in vehicles:
            yield DemoShift(
                day=first_day + dt.timedelta(days=day),
                plate=vehicle.plate,
                driver=vehicle.driver,
                starts=dt.time(8),
                ends=ends,
            )


def people(rng: Random, units: Sequence[DemoUnit], vehicles: Sequence[DemoVehicle]) -> Iterator[DemoPerson]:
    station = next(unit.code for unit in units if unit.kind is UnitKind.STATION)
    village = next(unit.code for unit in units if unit.kind is UnitKind.VILLAGE)
    office = (
        ("admin", Role.ADMIN, TOP_CODE),
        ("caigou", Role.OFFICER, TOP_CODE),
        ("diaodu", Role.DISPATCHER, TOP_CODE),
        ("lingdao", Role.LEADER, TOP_CODE),
        ("lianluo", Role.REPORTER, station),
        ("sanzhang", Role.CHIEF, village),
    )
    unused = Unused()
    drivers = tuple((vehicle.driver, Role.DRIVER, STORE_CODE) for vehicle in vehicles)
    for number, (sign_in_name, role, unit) in enumerate(office + drivers):
        yield DemoPerson(
            sign_in_name=sign_in_name,
            name=unused.draw(partial(names.person, rng)),
            role=role,
            unit=unit,
            phone=f"1370000{number:04d}",
        )
