"""Small worlds for the router: places on a straight road, 10 minutes and 1 km from one to the next, the yard at place 0."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import combinations, permutations, product
from typing import Any

import numpy as np
from hypothesis import strategies as st

from routing import (
    Location,
    Pass,
    Plan,
    Problem,
    Route,
    Shift,
    Stop,
    TimeWindow,
    TravelMatrix,
    Unassigned,
    Vehicle,
    evaluate,
)
from routing.fleet import Break
from routing.plan import ViolationKind
from routing.problem import Incompatibility, Within
from routing.stops import Pin, Place
from routing.travel import NO_WAY

MINUTE = 60
HOUR = 3600
LEG_S = 10 * MINUTE
LEG_M = 1000
PLACES = 7
PRICE = 1_000_000

RULES = (
    "places",
    "skills",
    "pins",
    "locked",
    "together",
    "goods",
    "quarantine",
    "pickups",
    "transfers",
    "trips",
    "release",
    "breaks",
    "limits",
    "overtime",
    "balance",
    "preferences",
    "closures",
)
"""What `problems` can put into a problem besides windows, passes, loads and prices, which are always there."""


def road(places: int = PLACES, closed: Iterable[tuple[int, int]] = ()) -> TravelMatrix:
    """The straight road; between the pairs in `closed` there is no direct way in that direction (but one around by a third place)."""
    steps = np.abs(np.subtract.outer(np.arange(places), np.arange(places)))
    duration_s, distance_m = steps * LEG_S, steps * LEG_M
    for start, end in closed:
        duration_s[start, end] = NO_WAY
    return TravelMatrix(duration_s=duration_s, distance_m=distance_m)


def stop(id: str, at: int, load: tuple[int, ...] = (1,), **more: Any) -> Stop:
    return Stop(id=id, location=at, load=load, **{"service_s": 0, "left_out_price": PRICE, **more})


def window(start_minute: int, end_minute: int) -> TimeWindow:
    return TimeWindow(start_s=start_minute * MINUTE, end_s=end_minute * MINUTE)


def vehicle(id: str = "van", capacity: tuple[int, ...] = (100,), **more: Any) -> Vehicle:
    return Vehicle(id=id, capacity=capacity, **{"cost_per_km": 100, **more})


def shift(id: str = "day", vehicle_id: str = "van", hours: tuple[int, int] = (0, 8), **more: Any) -> Shift:
    times = {"start_s": hours[0] * HOUR, "end_s": hours[1] * HOUR, "start_location": 0, "end_location": 0}
    return Shift(id=id, vehicle_id=vehicle_id, **{**times, **more})


def place(at: int, **more: Any) -> Place:
    return Place(location=at, **{"service_s": 0, **more})


def rest(earliest_minute: int, latest_minute: int, minutes: int) -> Break:
    return Break(earliest_s=earliest_minute * MINUTE, latest_s=latest_minute * MINUTE, duration_s=minutes * MINUTE)


def apart(first: str, second: str, within: Within = Within.VEHICLE) -> Incompatibility:
    return Incompatibility(goods=(first, second), within=within)


def problem(
    stops: Sequence[Stop],
    vehicles: Sequence[Vehicle] = (vehicle(),),
    shifts: Sequence[Shift] = (shift(),),
    loads: tuple[str, ...] = ("kg",),
    closed: Iterable[tuple[int, int]] = (),
    **more: Any,
) -> Problem:
    return Problem(
        load_dimensions=loads,
        locations=tuple(Location(lat=32.8, lon=110 + place / 100) for place in range(PLACES)),
        stops=tuple(stops),
        vehicles=tuple(vehicles),
        shifts=tuple(shifts),
        **{"travel": {"car": road(closed=closed)}, **more},
    )


def plan(routes: dict[str, Sequence[str]], unassigned: Sequence[str] = ()) -> Plan:
    return Plan(
        routes=tuple(Route(shift_id=shift_id, stops=tuple(stops)) for shift_id, stops in routes.items()),
        unassigned=tuple(Unassigned(stop_id=stop_id) for stop_id in unassigned),
    )


def route_of(found: Plan, shift_id: str = "day") -> tuple[str, ...]:
    """The stops of a shift; none if it has no route."""
    return next((route.stops for route in found.routes if route.shift_id == shift_id), ())


def served(found: Plan) -> set[str]:
    return {stop_id for route in found.routes for stop_id in route.stops}


def left_out(found: Plan) -> set[str]:
    return {entry.stop_id for entry in found.unassigned}


def standing(case: Problem, found: Plan) -> tuple[int, int, int]:
    """How good a plan is, less is better: rules broken, stops left out that must be served, fen."""
    verdict = evaluate(case, found)
    left_out = sum(violation.kind is ViolationKind.LEFT_OUT for violation in verdict.violations)
    return len(verdict.violations) - left_out, left_out, verdict.cost.total


def emptiest_plan(case: Problem) -> Plan:
    """Only what is locked is driven."""
    routes = tuple(Route(shift_id=entry.id, stops=entry.locked) for entry in case.shifts if entry.locked)
    driven = {stop_id for route in routes for stop_id in route.stops}
    unassigned = (Unassigned(stop_id=entry.id) for entry in case.stops if entry.id not in driven)
    return Plan(routes=routes, unassigned=tuple(unassigned))


def every_plan(case: Problem) -> list[Plan]:
    """All plans there are, for the smallest problems: who drives which stops in which order, at which places, on which trips."""
    ids = [entry.id for entry in case.stops]
    plans: list[Plan] = []
    for owner in product([None, *(entry.id for entry in case.shifts)], repeat=len(ids)):
        groups = {entry: [id for id, by in zip(ids, owner, strict=True) if by == entry.id] for entry in case.shifts}
        rest = tuple(Unassigned(stop_id=id) for id, by in zip(ids, owner, strict=True) if by is None)
        routes_of_shifts = [list(_every_route(case, entry, group)) for entry, group in groups.items()]
        plans.extend(Plan(routes=routes, unassigned=rest) for routes in product(*routes_of_shifts))
    return plans


def _every_route(case: Problem, driven: Shift, ids: Sequence[str]) -> Iterator[Route]:
    for order in permutations(ids):
        between = range(1, len(order))
        most = min(driven.max_trips - 1, len(between))
        reloads = [each for count in range(most + 1) for each in combinations(between, count)]
        places = list(product(*(range(len(case.stop(id).places)) for id in order)))
        for where, when in product(places, reloads):
            yield Route(shift_id=driven.id, stops=order, places=where, reloads=when)


_minutes = st.integers(0, 30 * 60)
_kinds = ["red", "blue"]
_passes_needed = st.frozensets(st.sampled_from(_kinds), max_size=1)
_services = st.integers(0, 60).map(lambda m: m * MINUTE)
_some_fen = st.integers(0, 500)


@st.composite
def _windows(draw: st.DrawFn) -> tuple[TimeWindow, ...]:
    bounds = sorted(draw(st.sets(st.integers(0, 60), min_size=2, max_size=4)))
    pairs = list(zip(bounds[::2], bounds[1::2], strict=False))
    return tuple(window(30 * first, 30 * last) for first, last in pairs)


@st.composite
def problems(
    draw: st.DrawFn,
    most_stops: int = 6,
    most_shifts: int = 3,
    must_serve: bool = True,
    rules: Collection[str] = RULES,
    most_rules: int = 6,
) -> Problem:
    """Problems where the rules bind often: short shifts, small vehicles, few passes, and a few of `rules` at a time."""
    chosen = draw(st.sets(st.sampled_from(sorted(rules)), max_size=most_rules)) if rules else set()
    shifts, vans = draw(_fleets(chosen, most_shifts))
    stops = draw(_stops(chosen, shifts, most_stops, must_serve))
    if "transfers" in chosen and len(stops) > 1:
        stops[1] = _changed(stops[1], from_stop="p0")
    if "locked" in chosen:
        locked = draw(st.lists(st.sampled_from([entry.id for entry in stops]), max_size=2, unique=True))
        shifts[0] = _changed(shifts[0], locked=tuple(locked))
    return problem(stops, vans, shifts, loads=("kg", "litres"), **draw(_wholes(chosen)))


@st.composite
def _fleets(draw: st.DrawFn, chosen: Collection[str], most_shifts: int) -> tuple[list[Shift], list[Vehicle]]:
    """One to `most_shifts` shifts, each with a vehicle of its own, or two of the first."""
    count = draw(st.integers(1, most_shifts))
    vans = [
        draw(
            st.builds(
                vehicle,
                st.just(f"v{number}"),
                st.tuples(st.integers(0, 15), st.integers(0, 15)),
                passes=st.lists(
                    st.builds(
                        Pass,
                        kind=st.sampled_from(_kinds),
                        valid_until_s=st.none() | _minutes.map(lambda m: m * MINUTE),
                    ),
                    max_size=2,
                ).map(tuple),
                fixed_cost=st.integers(0, 1000),
                cost_per_km=st.integers(0, 200),
                cost_per_hour=st.integers(0, 1000),
                skills=_skills(chosen),
                compartments=st.integers(1, 2) if "goods" in chosen else st.just(1),
            )
        )
        for number in range(count)
    ]
    shifts = [draw(_shifts(chosen, number)) for number in range(count)]
    return shifts, vans


@st.composite
def _shifts(draw: st.DrawFn, chosen: Collection[str], number: int) -> Shift:
    start, hours = draw(st.integers(0, 24)), draw(st.integers(1, 6))
    more: dict[str, Any] = {
        "loading_s": draw(st.integers(0, 30)) * MINUTE,
        "end_location": draw(st.sampled_from([0, 3])),
        "skills": draw(_skills(chosen)),
    }
    if "trips" in chosen:
        more |= {"max_trips": draw(st.integers(2, 3)), "disinfection_s": draw(st.integers(0, 20)) * MINUTE}
    if "breaks" in chosen:
        more["breaks"] = draw(_breaks(start))
    if "limits" in chosen:
        more |= draw(
            st.fixed_dictionaries(
                {
                    "max_duration_s": st.none() | st.integers(0, 300).map(lambda m: m * MINUTE),
                    "max_distance_m": st.none() | st.integers(0, 20).map(lambda km: km * LEG_M),
                    "max_stops": st.none() | st.integers(0, 3),
                }
            )
        )
    if "overtime" in chosen:
        more |= {
            "regular_end_s": start * HOUR + draw(st.integers(0, 360)) * MINUTE,
            "overtime_per_hour": draw(st.integers(0, 1000)),
        }
    if "preferences" in chosen:
        more["driver"] = draw(st.sampled_from([None, "wang", "li"]))
    return shift(f"s{number}", f"v{number}", (start, start + hours), **more)


@st.composite
def _breaks(draw: st.DrawFn, start_hour: int) -> tuple[Break, ...]:
    breaks, minute = [], start_hour * 60
    for _ in range(draw(st.integers(0, 2))):
        earliest = minute + draw(st.integers(0, 180))
        latest, minutes = earliest + draw(st.integers(0, 90)), draw(st.integers(0, 45))
        breaks.append(rest(earliest, latest, minutes))
        minute = latest + minutes
    return tuple(breaks)


def _skills(chosen: Collection[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.just("lift"), max_size=1) if "skills" in chosen else st.just(frozenset())


@st.composite
def _stops(
    draw: st.DrawFn, chosen: Collection[str], shifts: Sequence[Shift], most_stops: int, must_serve: bool
) -> list[Stop]:
    return [
        draw(
            st.builds(
                stop,
                st.just(f"p{number}"),
                st.integers(0, PLACES - 1),
                st.tuples(st.integers(0, 6), st.integers(0, 6)),
                service_s=_services,
                windows=st.just(()) | _windows(),
                left_out_price=(st.none() | st.integers(0, 5000)) if must_serve else st.integers(0, 5000),
                required_passes=_passes_needed,
                required_skills=_skills(chosen),
                **_stop_fields(chosen, shifts),
            )
        )
        for number in range(draw(st.integers(1, most_stops)))
    ]


def _stop_fields(chosen: Collection[str], shifts: Sequence[Shift]) -> dict[str, st.SearchStrategy[Any]]:
    fields: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "places": {"alternatives": st.lists(_places, max_size=1).map(tuple)},
        "pins": {"pin": st.none() | _pins(shifts)},
        "together": {"together": st.sampled_from([None, "flat", "flat", "farm"])},
        "goods": {"goods": st.frozensets(st.sampled_from(["food", "acid", "bleach"]), max_size=2)},
        "quarantine": {"quarantine": st.booleans()},
        "pickups": {"pickup": st.just(()) | st.tuples(st.integers(0, 6), st.integers(0, 6))},
        "release": {"release_s": st.just(0) | _minutes.map(lambda m: m * MINUTE)},
        "preferences": {
            "familiar_drivers": st.sampled_from([frozenset(), frozenset({"wang"}), frozenset({"wang", "zhao"})]),
            "unfamiliar_price": _some_fen,
            "published_shift": st.sampled_from([None, "gone", *(entry.id for entry in shifts)]),
            "change_price": _some_fen,
        },
    }
    return {name: values for rule in sorted(chosen) for name, values in fields.get(rule, {}).items()}


_places = st.builds(
    place,
    st.integers(0, PLACES - 1),
    service_s=_services,
    windows=st.just(()) | _windows(),
    required_passes=_passes_needed,
    price=_some_fen,
)


def _pins(shifts: Sequence[Shift]) -> st.SearchStrategy[Pin]:
    some_shift = st.sampled_from([entry.id for entry in shifts])
    some_vehicle = st.sampled_from([entry.vehicle_id for entry in shifts])
    return st.builds(Pin, vehicle_id=some_vehicle) | st.builds(
        Pin, shift_id=some_shift, position=st.none() | st.integers(0, 2)
    )


@st.composite
def _wholes(draw: st.DrawFn, chosen: Collection[str]) -> dict[str, Any]:
    """The fields of a problem that concern all of it."""
    fields: dict[str, Any] = {}
    if "goods" in chosen:
        pairs = st.sampled_from([("food", "acid"), ("food", "bleach"), ("acid", "bleach")])
        kinds = st.builds(Incompatibility, goods=pairs, within=st.sampled_from(Within))
        fields["incompatible"] = tuple(draw(st.lists(kinds, max_size=3)))
    if "balance" in chosen:
        fields |= {
            "fair_duration_s": draw(st.integers(0, 180)) * MINUTE,
            "unfair_per_hour": draw(st.integers(0, 1000)),
        }
    if "closures" in chosen:
        ends = st.integers(0, PLACES - 1)
        fields["closed"] = draw(st.lists(st.tuples(ends, ends).filter(lambda leg: leg[0] != leg[1]), max_size=6))
    return fields


@st.composite
def plans_for(draw: st.DrawFn, case: Problem) -> Plan:
    """A plan that accounts for every stop, and may break any other rule."""
    owners = [None, *(entry.id for entry in case.shifts)]
    order = draw(st.permutations([entry.id for entry in case.stops]))
    owner = {stop_id: draw(st.sampled_from(owners)) for stop_id in order}
    routes = [
        draw(_routes(case, entry, [stop_id for stop_id in order if owner[stop_id] == entry.id]))
        for entry in case.shifts
    ]
    unassigned = (Unassigned(stop_id=stop_id) for stop_id in order if owner[stop_id] is None)
    return Plan(routes=tuple(routes), unassigned=tuple(unassigned))


@st.composite
def _routes(draw: st.DrawFn, case: Problem, driven: Shift, stop_ids: Sequence[str]) -> Route:
    places = tuple(draw(st.integers(0, len(case.stop(id).alternatives))) for id in stop_ids)
    between = range(1, len(stop_ids)) if driven.max_trips > 1 else ()
    reloads = tuple(position for position in between if draw(st.booleans()))
    return Route(shift_id=driven.id, stops=tuple(stop_ids), places=places, reloads=reloads)


def _changed[T: (Stop, Shift)](value: T, **changes: Any) -> T:
    return type(value)(**{name: getattr(value, name) for name in type(value).__slots__} | changes)
