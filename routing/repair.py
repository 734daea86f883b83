"""Plan again after something has happened, changing little: what was visited or locked stays, what still fits stays where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from routing.diff import PlanDiff, diff
from routing.edits import known_routes
from routing.evaluate import evaluate, evaluate_route
from routing.explain import with_reasons
from routing.gaps import Gaps, severity
from routing.happenings import Happening, after, visited_by
from routing.insertion import Fleet, Tours, added
from routing.plan import Plan, Route, Unassigned
from routing.problem import Problem
from routing.solvers import Workers, solve
from routing.stops import Pin, Stop
from routing.violations import Violation, ViolationKind

DEFAULT_BUDGET_S = 3.0

GROUP_ROUTES = 8
"""The short search at the end plans so many routes anew at once: those that had to change, and the nearest ones."""

IDLE_ROUTES = 2
NEAR_STOPS = 10
MOST_GROUPS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What became of a plan.

    `problem` is the one after what happened, with locks and the prices of changes in it: the plan is judged by that.  `displaced` are
    the stops that could not stay where they were, `left_out` those of them and of the new ones that found no place, with reasons.
    `broken` is what the plan breaks nevertheless, because the locked part does, or because a stop that must be served finds no place.
    """

    problem: Problem
    plan: Plan
    diff: PlanDiff
    displaced: tuple[str, ...]
    left_out: tuple[Unassigned, ...]
    broken: tuple[Violation, ...]


def repair(
    problem: Problem,
    plan: Plan,
    happening: Happening | Sequence[Happening],
    *,
    visited: Mapping[str, int] | None = None,
    change_price: int | None = None,
    budget_s: float | None = None,
    iterations: int | None = None,
    seed: int = 0,
    workers: int | Workers | None = 1,
    should_stop: Callable[[], bool] | None = None,
) -> Repaired:
    """The plan after something has happened, or several things, changed as little as may be.

    `visited` says how many stops of a shift are done; they stay first on it, as locked ones do.  Every other stop that comes to
    another shift costs `change_price` (without one: what serving a stop costs on average), so it moves only where that saves more.
    First what breaks a rule now is taken off, cheapest first, and put back where it fits; then those routes and their neighbours are
    searched for `budget_s` (3 s if nothing is given) or `iterations`, which give the same plan for the same arguments, with as many
    `workers` as `solve` is to have.

    Raises `UnknownIdError` and `ProblemError` for what is not there or cannot be (a visited stop is withdrawn).
    """
    happenings = (happening,) if not isinstance(happening, Sequence) else tuple(happening)
    locked = visited_by(problem, plan, happenings, visited or {})
    changed = _published(after(problem, happenings, locked), plan, change_price)
    work = _Repair(changed, plan)
    displaced = work.take_off_what_breaks()
    work.put_back(displaced)
    groups = work.groups() if iterations != 0 else []
    if budget_s is None and iterations is None:
        budget_s = DEFAULT_BUDGET_S
    share_s = None if budget_s is None else budget_s / max(1, len(groups))
    for rows in groups:
        work.search(
            rows,
            partial(
                solve, budget_s=share_s, iterations=iterations, seed=seed, workers=workers, should_stop=should_stop
            ),
        )
    repaired = with_reasons(changed, work.plan())
    was_out = {entry.stop_id for entry in plan.unassigned}
    return Repaired(
        problem=changed,
        plan=repaired,
        diff=diff(plan, repaired, changed, was=problem),
        displaced=tuple(displaced),
        left_out=tuple(entry for entry in repaired.unassigned if entry.stop_id not in was_out),
        broken=evaluate(changed, repaired).violations,
    )


def _published(problem: Problem, plan: Plan, change_price: int | None) -> Problem:
    """The problem in which the present plan is the published one."""
    shift_of = {stop_id: route.shift_id for route in plan.routes for stop_id in route.stops}
    price = _usual_price(problem, plan) if change_price is None else change_price

    def published(stop: Stop) -> Stop:
        if stop.id not in shift_of:
            return stop
        return replace(stop, published_shift=shift_of[stop.id], change_price=max(price, stop.change_price))

    return replace(problem, stops=tuple(published(stop) for stop in problem.stops))


def _usual_price(problem: Problem, plan: Plan) -> int:
    """What serving a stop costs on average."""
    cost = evaluate(problem, plan).cost
    return (cost.total - cost.left_out) // max(1, sum(len(route.stops) for route in plan.routes))


class _Repair:
    """A plan under repair."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self._problem = problem
        self._tours = Tours(Fleet(problem), known_routes(problem, plan))
        self._gaps = Gaps(self._tours)
        self._before = {row: self._tours.route(row) for row in range(len(problem.shifts))}
        self._new = [stop.id for stop in problem.stops if not self._is_named(stop.id, plan)]
        self._missing: list[int] = []
        self.touched: set[int] = set()

    def take_off_what_breaks(self) -> list[str]:
        """The stops without which each route breaks no rule, or no more than its locked beginning does by itself."""
        displaced: list[int] = []
        for row, shift in enumerate(self._problem.shifts):
            if shift.max_stops == len(shift.locked):  # lost
                displaced.extend(self._take_off(row, len(shift.locked)))
            while (worst := self._worst(row)) is not None:
                self._tours.put(row, self._tours.tour(row).without(worst))
                displaced.append(worst)
        displaced.extend(self._parted())
        return [self._problem.stops[stop].id for stop in displaced]

    def put_back(self, displaced: Iterable[str]) -> None:
        """Displaced and new stops each to its cheapest place, those that must be served first, then the dearest."""
        index = self._tours.fleet.index
        missing = {index[stop_id] for stop_id in (*displaced, *self._new)}
        for stop in sorted(missing, key=self._urgency):
            spot = self._gaps.cheapest(stop) if stop not in self._tours.row_of else None
            price = self._problem.stops[stop].left_out_price
            if spot and (price is None or spot.cost <= price):
                self._tours.put(spot.row, spot.tour)
        self.touched = {row for row, route in self._before.items() if self._tours.route(row) != route}
        self._missing = sorted(missing - self._tours.row_of.keys())
        self.touched.update(self._closest_rows(self._missing, 1))

    def groups(self) -> list[list[int]]:
        """The touched rows, each with the nearest to it, the touched ones of them first, and some that are idle.

        Without those on which nothing can be changed: lost ones, and such whose locked beginning breaks a rule.
        """
        order, found = self._tours.order, list[list[int]]()
        left = [row for row in sorted(self.touched) if self._may_change(row)]
        while left and len(found) < MOST_GROUPS:
            stops = order[left[0]] or self._missing
            near = [left[0], *self._closest_rows(stops[:: max(1, len(stops) // NEAR_STOPS)], GROUP_ROUTES)]
            rows = sorted(filter(self._may_change, dict.fromkeys(near)), key=lambda row: row not in left)[:GROUP_ROUTES]
            idle = [row for row, stops in enumerate(order) if not stops and row not in rows and self._may_change(row)]
            found.append([*rows, *idle[:IDLE_ROUTES]])
            left = [row for row in left if row not in found[-1]]
        return found

    def search(self, rows: Sequence[int], solve: Callable[..., Plan]) -> None:
        """Plan some routes anew, as a problem of their own; taken only if the referee prefers it."""
        routes = [self._tours.route(row) for row in rows]
        stop_ids = [stop_id for route in routes for stop_id in route.stops]
        missing = (self._problem.stops[stop] for stop in self._missing)
        waiting = [stop.id for stop in missing if self._may_come(stop, rows)]
        part = self._pinned_by_company(stop_ids).restricted_to(
            stop_ids=(*stop_ids, *waiting), shift_ids=[route.shift_id for route in routes]
        )
        start = Plan(routes=tuple(routes), unassigned=tuple(Unassigned(stop_id=stop_id) for stop_id in waiting))
        self._take_if_better(solve(part, start=start), rows)

    def plan(self) -> Plan:
        return self._tours.plan()

    def _is_named(self, stop_id: str, plan: Plan) -> bool:
        return self._tours.fleet.index[stop_id] in self._tours.row_of or any(
            entry.stop_id == stop_id for entry in plan.unassigned
        )

    def _worst(self, row: int) -> int | None:
        """The stop without which a route breaks least; None if it breaks nothing."""
        broken = self._broken(row, self._tours.route(row))
        if not broken:
            return None
        tour, locked = self._tours.tour(row), len(self._problem.shifts[row].locked)
        without = {stop: self._tours.as_route(row, tour.without(stop)) for stop in tour.stops[locked:]}
        if not without:
            return None
        index = self._tours.fleet.index
        culprits = {index[each.stop_id] for each in broken if each.stop_id is not None} & without.keys()
        return min(
            without,
            key=lambda stop: (self._severity(row, without[stop]), stop not in culprits, self._price(stop), stop),
        )

    def _take_off(self, row: int, kept: int) -> list[int]:
        """Everything behind the first stops of a route."""
        tour, gone = self._tours.tour(row), self._tours.tour(row).stops[kept:]
        for stop in gone:
            tour = tour.without(stop)
        if gone:
            self._tours.put(row, tour)
        return gone

    def _severity(self, row: int, route: Route) -> float:
        return severity(self._problem, self._problem.shifts[row], self._broken(row, route))

    def _broken(self, row: int, route: Route) -> tuple[Violation, ...]:
        """What a route breaks beyond what its locked beginning breaks by itself."""
        violations = evaluate_route(self._problem, route).violations
        if not violations:
            return ()
        count = len(self._problem.shifts[row].locked)
        beginning = Route(
            shift_id=route.shift_id,
            stops=route.stops[:count],
            places=route.places[:count],
            reloads=tuple(reload for reload in route.reloads if reload < count),
        )
        return added(evaluate_route(self._problem, beginning).violations, violations)

    def _price(self, stop: int) -> float:
        price = self._problem.stops[stop].left_out_price
        return np.inf if price is None else price

    def _urgency(self, stop: int) -> tuple[float, int]:
        return -self._price(stop), stop

    def _parted(self) -> Iterator[int]:
        """Stops that are away from those they belong together with are taken off too, unless locked."""
        fleet = self._tours.fleet
        for violation in evaluate(self._problem, self.plan()).violations:
            if violation.kind is ViolationKind.TOGETHER and violation.stop_id is not None:
                stop = fleet.index[violation.stop_id]
                if stop not in fleet.locked_on:
                    row = self._tours.row_of[stop]
                    self._tours.put(row, self._tours.tour(row).without(stop))
                    yield stop

    def _closest_rows(self, stops: Iterable[int], most: int) -> Iterator[int]:
        """For each stop so many rows with the visits nearest to it."""
        fleet, row_of = self._tours.fleet, self._tours.row_of
        for stop in stops:
            nearest = np.argsort(fleet.travel[0].duration_s[fleet.locations[stop], fleet.locations], kind="stable")
            rows = dict.fromkeys(row_of[other] for other in nearest.tolist() if other in row_of)
            yield from list(rows)[:most]

    def _may_change(self, row: int) -> bool:
        shift = self._problem.shifts[row]
        return shift.max_stops != len(shift.locked) and not self._tours.driven(row).violations

    def _may_come(self, stop: Stop, rows: Sequence[int]) -> bool:
        """Whether a left-out stop can be planned among these rows alone."""
        index, row_of = self._tours.fleet.index, self._tours.row_of
        if index[stop.id] in row_of:
            return False
        mates = [*self._problem.together.get(stop.together or "", ())]
        mates.extend(other for other in (stop.from_stop, self._problem.fed_from(stop.id)) if other is not None)
        return all(row_of.get(index[mate]) in {*rows, None} for mate in mates)

    def _pinned_by_company(self, stop_ids: Iterable[str]) -> Problem:
        """Who belongs together with others stays on the shift, for not all of them may be in the part."""
        shift_of = {stop_id: self._shift_of(stop_id) for stop_id in stop_ids}

        def pinned(stop: Stop) -> Stop:
            if stop.together is None or stop.id not in shift_of:
                return stop
            position = None if stop.pin is None else stop.pin.position
            return replace(stop, pin=Pin(shift_id=shift_of[stop.id], position=position))

        if not self._problem.together:
            return self._problem
        return replace(self._problem, stops=tuple(pinned(stop) for stop in self._problem.stops))

    def _shift_of(self, stop_id: str) -> str:
        return self._problem.shifts[self._tours.row_of[self._tours.fleet.index[stop_id]]].id

    def _take_if_better(self, found: Plan, rows: Iterable[int]) -> None:
        present = {row: self._tours.tour(row) for row in rows}
        standing = self._standing()
        new = Tours(self._tours.fleet, known_routes(self._problem, found))
        for row in present:
            self._tours.put(row, new.tour(row))
        if self._standing() > standing:
            for row, tour in present.items():
                self._tours.put(row, tour)
        self._missing = [stop for stop in self._missing if stop not in self._tours.row_of]

    def _standing(self) -> tuple[int, int, int]:
        verdict = evaluate(self._problem, self.plan())
        left_out = sum(violation.kind is ViolationKind.LEFT_OUT for violation in verdict.violations)
        return len(verdict.violations) - left_out, left_out, verdict.cost.total
