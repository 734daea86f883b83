"""Who drives which route: the routes of a day given to those shifts where they cost least.

A search without company and preferences takes the vehicles as they come.  With them it matters whose route passes where a promise
binds the vehicle to go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from routing.evaluate import evaluate_route
from routing.plan import Plan, Route
from routing.problem import Problem, Shift
from routing.solvers.or_tools.assignment import cheapest_matching
from routing.stops import Stop
from routing.travel import Int32Array

VIOLATION_FEN = 10_000_000
"""A broken rule is to count more than anything that a route may cost."""

HOUR_S, KM_M = 3600, 1000


def on_best_shifts(problem: Problem, plan: Plan) -> Plan:
    """The same routes, given among the shifts of the same hours and yards so that they cost least, with the detours for what is
    promised to the vehicle.
    """
    routes = {route.shift_id: route for route in plan.routes}
    promised = _promised(problem)
    for shifts in _alike(problem):
        given = [routes.get(shift.id, Route(shift_id=shift.id, stops=())) for shift in shifts]
        cost = [[_cost(problem, route, shift, promised.get(shift.id, ())) for shift in shifts] for route in given]
        for route, column in zip(given, cheapest_matching(np.array(cost, dtype=np.int64)), strict=True):
            routes[shifts[column].id] = replace(route, shift_id=shifts[column].id)
    return replace(plan, routes=tuple(route for route in routes.values() if route.stops))


def _alike(problem: Problem) -> Iterator[list[Shift]]:
    groups: dict[tuple[int, ...], list[Shift]] = {}
    for shift in problem.shifts:
        key = (shift.start_s, shift.end_s, shift.start_location, shift.end_location)
        groups.setdefault(key, []).append(shift)
    yield from groups.values()


def _promised(problem: Problem) -> dict[str, list[tuple[Stop, int]]]:
    """The stops that belong on each shift, and on how many others they might be instead."""
    found: dict[str, list[tuple[Stop, int]]] = {}
    by_vehicle: dict[str, list[str]] = {}
    for shift in problem.shifts:
        by_vehicle.setdefault(shift.vehicle_id, []).append(shift.id)
        found.setdefault(shift.id, []).extend((problem.stop(stop_id), 1) for stop_id in shift.locked)
    for stop in problem.stops:
        if stop.pin is not None:
            pinned = (
                [stop.pin.shift_id] if stop.pin.shift_id is not None else by_vehicle.get(stop.pin.vehicle_id or "", [])
            )
            for shift_id in pinned:
                found.setdefault(shift_id, []).append((stop, len(pinned)))
    return found


def _cost(problem: Problem, route: Route, shift: Shift, promised: Sequence[tuple[Stop, int]]) -> int:
    """In fen."""
    moved = evaluate_route(problem, replace(route, shift_id=shift.id))
    detours = sum(_detour_cost(problem, route, shift, stop) // shifts for stop, shifts in promised)
    return moved.cost.total + VIOLATION_FEN * len(moved.violations) + detours


def _detour_cost(problem: Problem, route: Route, shift: Shift, stop: Stop) -> int:
    """What it costs to come by a stop, for driving alone."""
    if stop.id in route.stops:
        return 0
    vehicle = problem.vehicle_of(shift)
    travel = problem.travel[vehicle.profile]
    visited = (problem.stop(stop_id).place(route.place(number)).location for number, stop_id in enumerate(route.stops))
    way = np.array([shift.start_location, *visited, shift.end_location], dtype=np.intp)
    before, after, here = way[:-1], way[1:], stop.location

    def detours(matrix: Int32Array) -> npt.NDArray[np.int64]:
        added: npt.NDArray[np.int64] = (
            matrix[before, here].astype(np.int64) + matrix[here, after] - matrix[before, after]
        )
        return added

    price = detours(travel.distance_m) * vehicle.cost_per_km // KM_M
    price += detours(travel.duration_s) * vehicle.cost_per_hour // HOUR_S
    return max(0, int(price.min()))
