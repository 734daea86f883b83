"""A generated county for the router, run by hand: `python -m tests.benchmarks.routing_county --budget 60`.

1,640 customers and 340 villages around a county town and its towns, 28 vans and trucks over 2.5 days (84 shifts), two loads,
windows on a third of the stops, two kinds of passes; solved as the service does it, as a chain of short slices.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np

from routing import (
    Location,
    Pass,
    Plan,
    Problem,
    Shift,
    Stop,
    StraightLine,
    TimeWindow,
    Vehicle,
    evaluate,
    solve,
)

DAY_S = 86_400
HOUR_S = 3_600
FIRST_SLICE_S = 10.0
SLICE_S = 5.0


def county(seed: int, *, customers: int = 1640, villages: int = 340, vehicles: int = 28) -> Problem:
    """A seeded county of 3,800 km² with a third of the customers in and around its town."""
    rng = np.random.default_rng(seed)
    towns = rng.uniform((32.45, 110.3), (33.05, 111.3), (19, 2))
    towns[0] = (32.83, 110.81)
    near_town = rng.random(customers + villages) < 1 / 3
    home = np.where(near_town, 0, rng.integers(1, 19, customers + villages))
    spread = np.where(near_town, 0.02, 0.045)[:, None]
    places = np.round(towns[home] + rng.normal(0, 1, (customers + villages, 2)) * spread, 5)
    locations = tuple(Location(lat=lat, lon=lon) for lat, lon in [(32.83, 110.81), *places.tolist()])
    return Problem(
        load_dimensions=("kg", "litres"),
        locations=locations,
        stops=tuple(_stop(rng, index, village=index >= customers) for index in range(customers + villages)),
        vehicles=tuple(_vehicle(rng, index) for index in range(vehicles)),
        shifts=tuple(_shift(vehicle, day) for vehicle in range(vehicles) for day in range(3)),
        travel={"car": StraightLine().matrix(locations)},
    )


def run(problem: Problem, budget_s: float) -> Plan:
    """The chain of slices of the service's background job, with a line for each."""
    began_s, plan, slice_s, seed = time.monotonic(), None, FIRST_SLICE_S, 0
    while (left_s := budget_s - (time.monotonic() - began_s)) > 0.5:
        plan = solve(problem, budget_s=min(slice_s, left_s), start=plan, seed=seed)
        _print_line(problem, plan, time.monotonic() - began_s)
        slice_s, seed = SLICE_S, seed + 1
    assert plan is not None
    return plan


def _print_line(problem: Problem, plan: Plan, elapsed_s: float) -> None:
    verdict = evaluate(problem, plan)
    used = sum(bool(route.stops) for route in plan.routes)
    driven_km = sum(route.distance_m for route in verdict.routes) // 1000
    print(
        f"{elapsed_s:7.1f} s  {time.process_time():6.1f} cpu s  cost {verdict.cost.total / 100:12,.0f} yuan  "
        f"left out {len(plan.unassigned):4}  "
        f"routes {used:3}  {driven_km:6,} km  {'feasible' if verdict.feasible else verdict.violations[:3]}",
        flush=True,
    )


def _stop(rng: np.random.Generator, index: int, *, village: bool) -> Stop:
    kg = int(rng.integers(40, 200) if village else rng.integers(5, 40))
    return Stop(
        id=f"{'village' if village else 'customer'}-{index}",
        location=index + 1,
        load=(kg, int(kg * rng.uniform(2, 6))),
        service_s=int(rng.integers(8, 20) * 60 if village else rng.integers(3, 9) * 60),
        windows=_windows(rng),
        left_out_price=int(rng.integers(200, 500)) * (200 if village else 100),
        required_passes=_passes(rng),
    )


def _windows(rng: np.random.Generator) -> tuple[TimeWindow, ...]:
    """A third of the stops have hours: mornings, afternoons, or two hours by appointment, on one day or on every day."""
    if rng.random() >= 1 / 3:
        return ()
    start, length = [(8, 4), (13, 4), (int(rng.integers(9, 16)), 2)][int(rng.integers(3))]
    days = range(3) if rng.random() < 0.7 else [int(rng.integers(2))]
    return tuple(
        TimeWindow(start_s=day * DAY_S + start * HOUR_S, end_s=day * DAY_S + (start + length) * HOUR_S) for day in days
    )


def _passes(rng: np.random.Generator) -> frozenset[str]:
    draw = rng.random()
    return frozenset({"district"} if draw < 0.10 else {"motorway"} if draw < 0.13 else ())


def _vehicle(rng: np.random.Generator, index: int) -> Vehicle:
    truck = index % 4 == 0
    kinds = [kind for kind, share in (("district", 0.7), ("motorway", 0.4)) if rng.random() < share]
    return Vehicle(
        id=f"{'truck' if truck else 'van'}-{index}",
        capacity=(3000, 14_000) if truck else (1200, 6_000),
        passes=tuple(Pass(kind=kind, valid_until_s=int(rng.choice([DAY_S, 3 * DAY_S]))) for kind in kinds),
        fixed_cost=30_000 if truck else 20_000,
        cost_per_km=180 if truck else 90,
        cost_per_hour=4_000,
    )


def _shift(vehicle: int, day: int) -> Shift:
    """Two whole days from 8 to 18 o'clock and a morning."""
    return Shift(
        id=f"{vehicle}-day{day + 1}",
        vehicle_id=f"{'truck' if vehicle % 4 == 0 else 'van'}-{vehicle}",
        start_s=day * DAY_S + 8 * HOUR_S,
        end_s=day * DAY_S + (13 if day == 2 else 18) * HOUR_S,
        start_location=0,
        end_location=0,
        loading_s=1800,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=float, default=60.0, help="seconds of wall time")
    parser.add_argument("--seed", type=int, default=1, help="of the county")
    arguments = parser.parse_args()
    began_s = time.monotonic()
    problem = county(arguments.seed)
    print(f"{len(problem.stops)} stops, {len(problem.shifts)} shifts, made in {time.monotonic() - began_s:.1f} s")
    run(problem, arguments.budget)


if __name__ == "__main__":
    sys.exit(main())
