"""What can be kept of any plan: its routes with as many of their stops, in their order, as break no rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from routing.evaluate import evaluate_route
from routing.insertion import added
from routing.plan import Plan, Route, Violation, ViolationKind
from routing.problem import Problem, Shift
from routing.solvers.bound import Leg, is_bound, legs_of, route_of
from routing.solvers.restriction import Restriction

LONG_ROUTE = 80
"""Longer routes are built up anew where they break a rule; others lose stops until they break none."""

MOST_REMOVALS = 25
CANDIDATES = 10
"""Of how many stops with the largest detours it is tried what is left without them; of one only when there is no time left."""


def keepable_routes(problem: Problem, plan: Plan, stopped: Callable[[], bool]) -> Iterator[Route]:
    """The routes of any plan with only the stops, in their order, that break no rule; the locked ones in any case, and stops that are
    bound to where they are before others.
    """
    given: dict[str, Route] = {}
    for route in plan.routes:
        if problem.has_shift(route.shift_id):
            given.setdefault(route.shift_id, route)
    known = (
        Route(shift_id=route.shift_id, stops=tuple(stop_id for stop_id in route.stops if stop_id in problem))
        for route in given.values()
    )
    keeper = _Keeper(problem, Restriction(problem, Plan(routes=tuple(known))), stopped)
    for row, shift in enumerate(problem.shifts):
        if shift.locked or shift.id in given:
            yield keeper.kept(row, given.get(shift.id, Route(shift_id=shift.id, stops=())))


class _Keeper:
    """Remembers who is served already, and on which shift those are who belong together; who comes first settles it."""

    def __init__(self, problem: Problem, restriction: Restriction, stopped: Callable[[], bool]) -> None:
        self._stopped = stopped
        self._problem = problem
        self._restriction = restriction
        locked = {stop_id: shift.id for shift in problem.shifts for stop_id in shift.locked}
        self._taken = set(locked)
        self._homes: dict[str, str] = {}
        for stop_id, shift_id in locked.items():
            if (name := problem.stop(stop_id).together) is not None:
                self._homes.setdefault(name, shift_id)

    def kept(self, row: int, route: Route) -> Route:
        shift = self._problem.shifts[row]
        legs = list(self._eligible(shift, route))
        first = legs[: len(shift.locked)]
        before = evaluate_route(self._problem, route_of(shift.id, first)).violations
        found = self._shortened(row, legs, before)
        if found is None:
            found = self._built_up(shift, legs, before)
        for leg in found:
            self._taken.add(leg.stop_id)
            if (name := self._problem.stop(leg.stop_id).together) is not None:
                self._homes.setdefault(name, shift.id)
        return route_of(shift.id, found)

    def _eligible(self, shift: Shift, route: Route) -> Iterator[Leg]:
        """The locked stops, and those after them that exist, and are not served elsewhere."""
        legs = {
            leg.stop_id: leg
            for leg in reversed(list(legs_of(route)))
            if leg.stop_id in self._problem and leg.place < len(self._problem.stop(leg.stop_id).places)
        }
        yield from (legs.get(stop_id, Leg(stop_id)) for stop_id in shift.locked)
        for stop_id in dict.fromkeys(route.stops):
            if stop_id in legs and stop_id not in self._taken and self._is_at_home(stop_id, shift):
                yield legs[stop_id]

    def _is_at_home(self, stop_id: str, shift: Shift) -> bool:
        name = self._problem.stop(stop_id).together
        return name is None or self._homes.get(name, shift.id) == shift.id

    def _shortened(self, row: int, legs: list[Leg], before: Sequence[Violation]) -> list[Leg] | None:
        """All of the legs if they break nothing; else without those that may not meet the others, and then without one after the other
        of those that stand most in the way.
        """
        shift = self._problem.shifts[row]
        broken = self._broken(shift, legs, before)
        if not broken:
            return legs
        if len(legs) > LONG_ROUTE:
            return None
        if any(violation.kind is ViolationKind.GOODS for violation in broken):
            barred = {self._problem.stops[index].id for index in self._restriction.barred(row)} - set(shift.locked)
            legs = [leg for leg in legs if leg.stop_id not in barred]
        for _ in range(MOST_REMOVALS):
            broken = self._broken(shift, legs, before)
            if not broken:
                return legs
            fewer = [[*legs[:position], *legs[position + 1 :]] for position in self._in_the_way(shift, legs, broken)]
            if not fewer:
                return None
            legs = min(fewer, key=lambda each: self._harm(shift, each, before))
        return None

    def _broken(self, shift: Shift, legs: Sequence[Leg], before: Sequence[Violation]) -> tuple[Violation, ...]:
        return added(before, evaluate_route(self._problem, route_of(shift.id, legs)).violations)

    def _harm(self, shift: Shift, legs: Sequence[Leg], before: Sequence[Violation]) -> tuple[int, int]:
        broken = self._broken(shift, legs, before)
        return len(broken), sum(violation.amount for violation in broken)

    def _in_the_way(self, shift: Shift, legs: Sequence[Leg], broken: Sequence[Violation]) -> list[int]:
        """The positions of the stops that break something themselves, and of those with the largest detours."""
        problem = self._problem
        travel_s = problem.travel[problem.vehicle_of(shift).profile].duration_s
        way = [problem.stop(leg.stop_id).place(leg.place).location for leg in legs]
        way = [shift.start_location, *way, shift.end_location]

        def saved_s(position: int) -> int:
            before, here, after = way[position : position + 3]
            return int(travel_s[before, here]) + int(travel_s[here, after]) - int(travel_s[before, after])

        unlocked = range(len(shift.locked), len(legs))
        free = [number for number in unlocked if not is_bound(problem, problem.stop(legs[number].stop_id))] or unlocked
        named = {violation.stop_id for violation in broken}
        to_blame = [position for position in free if legs[position].stop_id in named]
        others = sorted((position for position in free if position not in to_blame), key=saved_s, reverse=True)
        return [*to_blame, *others][:1] if self._stopped() else [*to_blame, *others[:CANDIDATES]]

    def _built_up(self, shift: Shift, legs: Sequence[Leg], before: Sequence[Violation]) -> list[Leg]:
        """One leg after the other, if it breaks nothing; bound ones first."""
        first, others = legs[: len(shift.locked)], legs[len(shift.locked) :]
        order = {leg.stop_id: number for number, leg in enumerate(legs)}
        kept = list(first)
        for leg in sorted(others, key=lambda leg: not self._goes_first(leg.stop_id)):
            longer = sorted([*kept, leg], key=lambda each: order[each.stop_id])
            if not self._broken(shift, longer, before):
                kept = longer
        return kept

    def _goes_first(self, stop_id: str) -> bool:
        """Stops with a position take it when those before them have theirs."""
        stop = self._problem.stop(stop_id)
        return is_bound(self._problem, stop) and not (stop.pin and stop.pin.position)
