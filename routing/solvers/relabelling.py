"""Who drives which route: the routes of a day given to those shifts where they cost least.

A search without company and preferences takes the vehicles as they come.  With them it matters whose route passes where a promise
binds the vehicle to go.  A route is judged once for each sort of shift; what else it depends on is who is pinned or known to whom.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from routing.evaluate import evaluate_route
from routing.plan import Plan, Route, ViolationKind
from routing.problem import Problem, Shift, Vehicle
from routing.rules import assignment_price
from routing.solvers.bound import pinned_to
from routing.solvers.or_tools.assignment import cheapest_matching
from routing.stops import Stop
from routing.travel import Int32Array

type _Sort = tuple[Shift, Vehicle]

VIOLATION_FEN = 10_000_000
"""A broken rule is to count more than anything that a route may cost."""

HOUR_S, KM_M = 3600, 1000


def on_best_shifts(problem: Problem, plan: Plan) -> Plan:
    """The same routes, given among the shifts of the same hours and yards so that they cost least, with the detours for what is
    promised to the vehicle.
    """
    routes = {route.shift_id: route for route in plan.routes}
    costs = Costs(problem)
    for shifts in _alike(problem):
        given = [routes.get(shift.id, Route(shift_id=shift.id, stops=())) for shift in shifts]
        cost = np.array([costs.of(route, shifts) for route in given], dtype=np.int64)
        for route, column in zip(given, cheapest_matching(cost), strict=True):
            routes[shifts[column].id] = replace(route, shift_id=shifts[column].id)
    return replace(plan, routes=tuple(route for route in routes.values() if route.stops))


def _alike(problem: Problem) -> Iterator[list[Shift]]:
    groups: dict[tuple[int, ...], list[Shift]] = {}
    for shift in problem.shifts:
        key = (shift.start_s, shift.end_s, shift.start_location, shift.end_location)
        groups.setdefault(key, []).append(shift)
    yield from groups.values()


class Costs:
    """What routes cost on shifts, in fen, with broken rules and detours."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._promised = _promised(problem)
        positioned = {stop.pin.shift_id for stop in problem.stops if stop.pin and stop.pin.position is not None}
        self._sort = {shift.id: self._sort_of(shift, positioned) for shift in problem.shifts}

    def of(self, route: Route, shifts: Sequence[Shift]) -> list[int]:
        judged: dict[_Sort, int] = {}
        costs = []
        for shift in shifts:
            sort = self._sort[shift.id]
            if sort not in judged:
                judged[sort] = self._by_anybody(replace(route, shift_id=shift.id))
            costs.append(judged[sort] + self._personally(route, shift) + self.detours(route, shift))
        return costs

    def _sort_of(self, shift: Shift, positioned: Collection[str | None]) -> _Sort:
        vehicle = replace(self._problem.vehicle_of(shift), id="any")
        return replace(shift, id=shift.id if shift.id in positioned else "any", vehicle_id="any", driver=None), vehicle

    def _by_anybody(self, route: Route) -> int:
        judged = evaluate_route(self._problem, route)
        broken = sum(violation.kind is not ViolationKind.PIN for violation in judged.violations)
        return judged.cost.total - judged.cost.preference - judged.cost.change + VIOLATION_FEN * broken

    def _personally(self, route: Route, shift: Shift) -> int:
        cost = 0
        for position, stop_id in enumerate(route.stops):
            stop = self._problem.stop(stop_id)
            cost += sum(assignment_price(shift, stop, route.place(position)))
            cost += VIOLATION_FEN * (stop.pin is not None and not stop.pin.is_on(shift.id, shift.vehicle_id))
        return cost

    def detours(self, route: Route, shift: Shift) -> int:
        return sum(
            _detour_cost(self._problem, route, shift, stop) // how_many
            for stop, how_many in self._promised.get(shift.id, ())
        )


def _promised(problem: Problem) -> dict[str, list[tuple[Stop, int]]]:
    """The stops that belong on each shift, and on how many others they might be instead."""
    found: dict[str, list[tuple[Stop, int]]] = {}
    for shift in problem.shifts:
        found.setdefault(shift.id, []).extend((problem.stop(stop_id), 1) for stop_id in shift.locked)
    for stop in problem.stops:
        shift_ids = pinned_to(problem, stop)
        for shift_id in shift_ids:
            found.setdefault(shift_id, []).append((stop, len(shift_ids)))
    return found


def _detour_cost(problem: Problem, route: Route, shift: Shift, stop: Stop) -> int:
    """What it costs to come by a stop, for driving alone."""
    if stop.id in route.stops:
        return 0
    vehicle = problem.vehicle_of(shift)
    travel = problem.travel[vehicle.profile]
    visited = (problem.stop(stop_id).place(route.place(number)).location for number, stop_id in enumerate(route.stops))
    way = np.array([shift.start_location, *visited, shift.end_location], dtype=np.intp)
    before, after, here = way[:-1], way[1:], stop.location

    def of_all(matrix: Int32Array) -> npt.NDArray[np.int64]:
        added: npt.NDArray[np.int64] = (
            matrix[before, here].astype(np.int64) + matrix[here, after] - matrix[before, after]
        )
        return added

    price = of_all(travel.distance_m) * vehicle.cost_per_km // KM_M
    price += of_all(travel.duration_s) * vehicle.cost_per_hour // HOUR_S
    return max(0, int(price.min()))
