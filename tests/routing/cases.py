"""Small worlds for the router: places on a straight road, 10 minutes and 1 km from one to the next, the yard at place 0."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations, product
from typing import Any

import numpy as np
from hypothesis import strategies as st

from routing import Location, Pass, Plan, Problem, Route, Shift, Stop, TimeWindow, TravelMatrix, Unassigned, Vehicle

MINUTE = 60
HOUR = 3600
LEG_S = 10 * MINUTE
LEG_M = 1000
PLACES = 7
PRICE = 1_000_000


def road(places: int = PLACES) -> TravelMatrix:
    steps = np.abs(np.subtract.outer(np.arange(places), np.arange(places)))
    return TravelMatrix(duration_s=steps * LEG_S, distance_m=steps * LEG_M)


def stop(id: str, at: int, load: tuple[int, ...] = (1,), **more: Any) -> Stop:
    return Stop(id=id, location=at, load=load, **{"service_s": 0, "left_out_price": PRICE, **more})


def window(start_minute: int, end_minute: int) -> TimeWindow:
    return TimeWindow(start_s=start_minute * MINUTE, end_s=end_minute * MINUTE)


def vehicle(id: str = "van", capacity: tuple[int, ...] = (100,), **more: Any) -> Vehicle:
    return Vehicle(id=id, capacity=capacity, **{"cost_per_km": 100, **more})


def shift(id: str = "day", vehicle_id: str = "van", hours: tuple[int, int] = (0, 8), **more: Any) -> Shift:
    times = {"start_s": hours[0] * HOUR, "end_s": hours[1] * HOUR, "start_location": 0, "end_location": 0}
    return Shift(id=id, vehicle_id=vehicle_id, **{**times, **more})


def problem(
    stops: Sequence[Stop],
    vehicles: Sequence[Vehicle] = (vehicle(),),
    shifts: Sequence[Shift] = (shift(),),
    loads: tuple[str, ...] = ("kg",),
) -> Problem:
    return Problem(
        load_dimensions=loads,
        locations=tuple(Location(lat=32.8, lon=110 + place / 100) for place in range(PLACES)),
        stops=tuple(stops),
        vehicles=tuple(vehicles),
        shifts=tuple(shifts),
        travel={"car": road()},
    )


def plan(routes: dict[str, Sequence[str]], unassigned: Sequence[str] = ()) -> Plan:
    return Plan(
        routes=tuple(Route(shift_id=shift_id, stops=tuple(stops)) for shift_id, stops in routes.items()),
        unassigned=tuple(Unassigned(stop_id=stop_id) for stop_id in unassigned),
    )


def served(found: Plan) -> set[str]:
    return {stop_id for route in found.routes for stop_id in route.stops}


def left_out(found: Plan) -> set[str]:
    return {entry.stop_id for entry in found.unassigned}


def every_plan(case: Problem) -> list[Plan]:
    """All plans there are, for the smallest problems."""
    ids = [entry.id for entry in case.stops]
    plans = []
    for owner in product([None, *(entry.id for entry in case.shifts)], repeat=len(ids)):
        groups = {entry.id: [id for id, by in zip(ids, owner, strict=True) if by == entry.id] for entry in case.shifts}
        rest = [id for id, by in zip(ids, owner, strict=True) if by is None]
        for orders in product(*(permutations(group) for group in groups.values())):
            plans.append(plan(dict(zip(groups, orders, strict=True)), rest))
    return plans


_minutes = st.integers(0, 30 * 60)


@st.composite
def _windows(draw: st.DrawFn) -> tuple[TimeWindow, ...]:
    bounds = sorted(draw(st.sets(st.integers(0, 60), min_size=2, max_size=4)))
    pairs = list(zip(bounds[::2], bounds[1::2], strict=False))
    return tuple(window(30 * first, 30 * last) for first, last in pairs)


@st.composite
def problems(draw: st.DrawFn, most_stops: int = 6, most_shifts: int = 3, must_serve: bool = True) -> Problem:
    """Problems with every rule, where the rules bind often: short shifts, small vehicles, few passes."""
    kinds = ["red", "blue"]
    passes = st.builds(Pass, kind=st.sampled_from(kinds), valid_until_s=st.none() | _minutes.map(lambda m: m * MINUTE))
    price = st.integers(0, 5000)
    stops = draw(
        st.lists(
            st.builds(
                stop,
                st.just("?"),
                st.integers(0, PLACES - 1),
                st.tuples(st.integers(0, 6), st.integers(0, 6)),
                service_s=st.integers(0, 60).map(lambda m: m * MINUTE),
                windows=st.just(()) | _windows(),
                left_out_price=(st.none() | price) if must_serve else price,
                required_passes=st.frozensets(st.sampled_from(kinds), max_size=1),
            ),
            min_size=1,
            max_size=most_stops,
        )
    )
    vans = draw(
        st.lists(
            st.builds(
                vehicle,
                st.just("?"),
                st.tuples(st.integers(0, 15), st.integers(0, 15)),
                passes=st.lists(passes, max_size=2).map(tuple),
                fixed_cost=st.integers(0, 1000),
                cost_per_km=st.integers(0, 200),
                cost_per_hour=st.integers(0, 1000),
            ),
            min_size=1,
            max_size=most_shifts,
        )
    )
    shifts = [
        draw(
            st.builds(
                lambda number, start, hours, loading, end: shift(
                    f"s{number}", f"v{number}", (start, start + hours), loading_s=loading * MINUTE, end_location=end
                ),
                st.just(number),
                st.integers(0, 24),
                st.integers(1, 6),
                st.integers(0, 30),
                st.sampled_from([0, 3]),
            )
        )
        for number in range(len(vans))
    ]
    return problem(
        [_renamed(entry, f"p{number}") for number, entry in enumerate(stops)],
        [_renamed(entry, f"v{number}") for number, entry in enumerate(vans)],
        shifts,
        loads=("kg", "litres"),
    )


@st.composite
def plans_for(draw: st.DrawFn, case: Problem) -> Plan:
    """A plan that accounts for every stop, and may break any other rule."""
    owners = [None, *(entry.id for entry in case.shifts)]
    order = draw(st.permutations([entry.id for entry in case.stops]))
    owner = {stop_id: draw(st.sampled_from(owners)) for stop_id in order}
    routes = {entry.id: [stop_id for stop_id in order if owner[stop_id] == entry.id] for entry in case.shifts}
    return plan(routes, [stop_id for stop_id in order if owner[stop_id] is None])


def _renamed(value: Any, id: str) -> Any:
    return type(value)(**{name: getattr(value, name) for name in type(value).__slots__} | {"id": id})
