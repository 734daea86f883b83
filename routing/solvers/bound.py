"""Stops that cannot go just anywhere, because of a pin or of their company, moved to where they belong; what that breaks is for others
to mend.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from routing.plan import Plan, Route, Unassigned
from routing.problem import Problem
from routing.stops import Stop


def is_bound(problem: Problem, stop: Stop) -> bool:
    return stop.pin is not None or stop.together is not None or problem.is_paired(stop)


def gathered(problem: Problem, plan: Plan) -> Plan:
    """The plan with pinned stops on their shifts, and company on the shift that has most of it, each put where the detour is least.
    No other stop moves; rules may be broken.
    """
    tours = _Tours(problem, plan)
    for stop_id, shift_ids in _homes(problem, tours).items():
        if tours.shift_of(stop_id) not in shift_ids:
            tours.move(stop_id, shift_ids)
    return tours.plan(plan)


def _homes(problem: Problem, tours: _Tours) -> dict[str, tuple[str, ...]]:
    """The shifts where each pinned or accompanied stop belongs."""
    homes = {stop.id: pinned for stop in problem.stops if (pinned := pinned_to(problem, stop))}
    for members in problem.together.values():
        now = Counter(shift_id for stop_id in members if (shift_id := tours.shift_of(stop_id)) is not None)
        promised = next((homes[stop_id] for stop_id in members if stop_id in homes), ())
        best = max(promised or now, key=lambda shift_id: now[shift_id], default=None)
        if best is not None:
            homes.update(dict.fromkeys(members, (best,)))
    return homes


def pinned_to(problem: Problem, stop: Stop) -> tuple[str, ...]:
    """The shifts that a stop has to be on, if it is pinned at all."""
    pin = stop.pin
    if pin is None:
        return ()
    return tuple(shift.id for shift in problem.shifts if pin.is_on(shift.id, shift.vehicle_id))


@dataclass(frozen=True, slots=True)
class Leg:
    """A visit of a route that is being put together anew."""

    stop_id: str
    place: int = 0
    reloads_before: bool = False


class _Tours:
    """Routes as lists that stops can be moved between."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self._problem = problem
        self._routes = {route.shift_id: list(legs_of(route)) for route in plan.routes}
        self._shift_of = {leg.stop_id: shift_id for shift_id, tour in self._routes.items() for leg in tour}

    def shift_of(self, stop_id: str) -> str | None:
        return self._shift_of.get(stop_id)

    def move(self, stop_id: str, shift_ids: Iterable[str]) -> None:
        """To the shift among these where the detour is least, at its own place."""
        self._remove(stop_id)
        spots = [spot for shift_id in shift_ids for spot in self._spots(stop_id, shift_id)]
        _, shift_id, position = min(spots)
        self._routes.setdefault(shift_id, []).insert(position, Leg(stop_id))
        self._shift_of[stop_id] = shift_id

    def plan(self, before: Plan) -> Plan:
        routes = tuple(route_of(shift_id, tour) for shift_id, tour in self._routes.items())
        left_out: tuple[Unassigned, ...] = tuple(e for e in before.unassigned if e.stop_id not in self._shift_of)
        return Plan(routes=routes, unassigned=left_out)

    def _remove(self, stop_id: str) -> None:
        shift_id = self._shift_of.pop(stop_id, None)
        if shift_id is None:
            return
        tour = self._routes[shift_id]
        position = next(number for number, leg in enumerate(tour) if leg.stop_id == stop_id)
        gone = tour.pop(position)
        if gone.reloads_before and position < len(tour):
            tour[position] = replace(tour[position], reloads_before=True)

    def _spots(self, stop_id: str, shift_id: str) -> Iterable[tuple[int, str, int]]:
        """The detour in seconds at each position behind what is locked."""
        problem, shift = self._problem, self._problem.shift(shift_id)
        travel_s = problem.travel[problem.vehicle_of(shift).profile].duration_s
        here, tour = problem.stop(stop_id).location, self._routes.get(shift_id, [])
        way = [problem.stop(leg.stop_id).place(leg.place).location for leg in tour]
        way = [shift.start_location, *way, shift.end_location]
        positions = range(min(len(shift.locked), len(tour)), len(tour) + 1)
        pin = problem.stop(stop_id).pin
        if pin is not None and pin.position is not None:
            positions = range(min(pin.position, len(tour)), min(pin.position, len(tour)) + 1)
        for position in positions:
            before, after = way[position], way[position + 1]
            detour_s = int(travel_s[before, here]) + int(travel_s[here, after]) - int(travel_s[before, after])
            yield detour_s, shift_id, position


def legs_of(route: Route) -> Iterator[Leg]:
    for position, stop_id in enumerate(route.stops):
        yield Leg(stop_id, route.place(position), position in route.reloads)


def route_of(shift_id: str, legs: Sequence[Leg]) -> Route:
    return Route(
        shift_id=shift_id,
        stops=tuple(leg.stop_id for leg in legs),
        places=tuple(leg.place for leg in legs),
        reloads=tuple(position for position, leg in enumerate(legs) if leg.reloads_before and position),
    )
