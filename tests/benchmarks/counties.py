"""A generated county as the router's yardstick: `county(seed)`.

What is taken from the field: 1,640 retail customers served in two and a half days, villages with points beside them, 3,800 km² of
mountain around a county town (32.83 N, 110.81 E), passes without which a road is closed, appointments.  What is made up, and why:

* a third of all stops lie in and around the county town, the others around 18 townships;
* 26 vehicles, every fourth a truck, whose good plans need about four fifths of their 78 shifts;
* a third of the stops have hours: mornings, afternoons, or two hours by appointment;
* the price of leaving a customer out is 800 to 2,000 yuan, a village twice that: more than a vehicle sent out for it alone costs, because
  what was promised was an arrival rate of 100 %; so no plan is better for leaving somebody out;
* 1.5 % of the stops cannot be served by anyone: an appointment before the first vehicle is loaded, a pass that nobody has, or
  more than the largest vehicle carries.  In the field such orders come every day, and a router must not spend its time on them.

Roads are straight lines at a mountain's pace.  Money is in fen, time in seconds from the first midnight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from routing import Location, Pass, Problem, Shift, Stop, StraightLine, TimeWindow, Vehicle

DAY_S = 86_400
HOUR_S = 3_600
MINUTE_S = 60

CUSTOMERS, VILLAGES, VEHICLES = 1640, 340, 26
YARD = (32.83, 110.81)
TOWNS = 19
IMPOSSIBLE_SHARE = 0.015
TRUCK_KG, TRUCK_LITRES = 3000, 14_000
NOBODYS_PASS = "sealed area"


@dataclass(frozen=True, slots=True, kw_only=True)
class Geography:
    """Where the towns are (town 0 is the county town), and for each stop its place and the town it belongs to."""

    towns: npt.NDArray[np.float64]
    home: npt.NDArray[np.int64]
    places: npt.NDArray[np.float64]

    @classmethod
    def drawn(cls, rng: np.random.Generator, stops: int) -> Geography:
        towns = rng.uniform((32.45, 110.3), (33.05, 111.3), (TOWNS, 2))
        towns[0] = YARD
        near_town = rng.random(stops) < 1 / 3
        home = np.where(near_town, 0, rng.integers(1, TOWNS, stops))
        spread = np.where(near_town, 0.02, 0.045)[:, None]
        return cls(towns=towns, home=home, places=np.round(towns[home] + rng.normal(0, 1, (stops, 2)) * spread, 5))


def county(seed: int, *, customers: int = CUSTOMERS, villages: int = VILLAGES, vehicles: int = VEHICLES) -> Problem:
    """Equal arguments give equal counties."""
    rng = np.random.default_rng(seed)
    geography = Geography.drawn(rng, customers + villages)
    locations = as_locations([YARD, *geography.places.tolist()])
    stops = [_stop(rng, index, village=index >= customers) for index in range(customers + villages)]
    return Problem(
        load_dimensions=("kg", "litres"),
        locations=locations,
        stops=_with_impossible(np.random.default_rng((seed, 1)), stops),
        vehicles=tuple(_vehicle(rng, index) for index in range(vehicles)),
        shifts=tuple(_shift(vehicle, day) for vehicle in range(vehicles) for day in range(3)),
        travel={"car": StraightLine().matrix(locations)},
    )


def as_locations(places: Sequence[Sequence[float]]) -> tuple[Location, ...]:
    """From pairs of latitude and longitude."""
    return tuple(Location(lat=lat, lon=lon) for lat, lon in places)


def hours(day: int, start_h: float, end_h: float) -> TimeWindow:
    return TimeWindow(start_s=day * DAY_S + round(start_h * HOUR_S), end_s=day * DAY_S + round(end_h * HOUR_S))


def _stop(rng: np.random.Generator, index: int, *, village: bool) -> Stop:
    kg = int(rng.integers(40, 200) if village else rng.integers(5, 40))
    return Stop(
        id=f"{'village' if village else 'customer'}-{index}",
        location=index + 1,
        load=(kg, int(kg * rng.uniform(2, 6))),
        service_s=int(rng.integers(8, 20) if village else rng.integers(3, 9)) * MINUTE_S,
        windows=_windows(rng),
        left_out_price=int(rng.integers(800, 2000)) * (200 if village else 100),
        required_passes=_passes(rng),
    )


def _windows(rng: np.random.Generator) -> tuple[TimeWindow, ...]:
    """A third of the stops have hours: mornings, afternoons, or two hours by appointment, on one day or on every day."""
    if rng.random() >= 1 / 3:
        return ()
    start_h, length_h = [(8, 4), (13, 4), (int(rng.integers(9, 16)), 2)][int(rng.integers(3))]
    days = range(3) if rng.random() < 0.7 else [int(rng.integers(2))]
    return tuple(hours(day, start_h, start_h + length_h) for day in days)


def _passes(rng: np.random.Generator) -> frozenset[str]:
    draw = rng.random()
    return frozenset({"district"} if draw < 0.10 else {"motorway"} if draw < 0.13 else ())


def _with_impossible(rng: np.random.Generator, stops: Sequence[Stop]) -> tuple[Stop, ...]:
    """Some stops made such that no shift can serve them, in three ways by turns."""
    changed = list(stops)
    for turn, index in enumerate(rng.permutation(len(stops))[: round(IMPOSSIBLE_SHARE * len(stops))].tolist()):
        stop = stops[index]
        if turn % 3 == 0:
            changed[index] = replace(stop, windows=(hours(int(rng.integers(2)), 5.5, 7.5),))
        elif turn % 3 == 1:
            changed[index] = replace(stop, required_passes=stop.required_passes | {NOBODYS_PASS})
        else:
            changed[index] = replace(stop, load=(TRUCK_KG + 200, stop.load[1]))
    return tuple(changed)


def _vehicle(rng: np.random.Generator, index: int) -> Vehicle:
    truck = index % 4 == 0
    kinds = [kind for kind, share in (("district", 0.7), ("motorway", 0.4)) if rng.random() < share]
    return Vehicle(
        id=vehicle_id(index),
        capacity=(TRUCK_KG, TRUCK_LITRES) if truck else (1200, 6_000),
        passes=tuple(Pass(kind=kind, valid_until_s=int(rng.choice([DAY_S, 3 * DAY_S]))) for kind in kinds),
        fixed_cost=30_000 if truck else 20_000,
        cost_per_km=180 if truck else 90,
        cost_per_hour=4_000,
    )


def _shift(vehicle: int, day: int) -> Shift:
    """Two whole days from 8 to 18 o'clock and a morning."""
    day_hours = hours(day, 8, 13 if day == 2 else 18)
    return Shift(
        id=f"{vehicle}-day{day + 1}",
        vehicle_id=vehicle_id(vehicle),
        start_s=day_hours.start_s,
        end_s=day_hours.end_s,
        start_location=0,
        end_location=0,
        loading_s=30 * MINUTE_S,
    )


def vehicle_id(index: int) -> str:
    return f"{'truck' if index % 4 == 0 else 'van'}-{index}"
