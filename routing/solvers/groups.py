"""Parts of a plan small enough for OR-Tools: a few neighbouring routes, of whatever days, with the left-out stops around them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from routing.insertion import Fleet
from routing.plan import Plan, Unassigned
from routing.problem import Problem
from routing.solvers import or_tools
from routing.solvers.start import nearest_stops, standing

MOST_STOPS = 180
MOST_ROUTES = 10
FEWEST_ROUTES = 6
MOST_LEFT_OUT = 15
IDLE_SHIFTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Shifts and stops to be planned anew among themselves; idle shifts and left-out stops may be among them."""

    shift_ids: tuple[str, ...]
    stop_ids: tuple[str, ...]


def whole(problem: Problem) -> Group:
    return Group(
        shift_ids=tuple(shift.id for shift in problem.shifts), stop_ids=tuple(stop.id for stop in problem.stops)
    )


def improved(
    problem: Problem,
    plan: Plan,
    group: Group,
    effort: or_tools.Effort,
    should_stop: Callable[[], bool] | None = None,
) -> Plan:
    """The plan with the group's part planned anew where that is better by the referee, else the plan itself.

    A pure function of values that pickle, so that a pool of processes can work on disjoint groups.
    """
    part = problem.restricted_to(stop_ids=group.stop_ids, shift_ids=group.shift_ids)
    before = _part_of(plan, group)
    after = or_tools.improve(part, before, effort=effort, should_stop=should_stop)
    return _with_part(plan, group, after) if standing(part, after) < standing(part, before) else plan


class Neighbours:
    """Chooses groups around a stop."""

    def __init__(self, fleet: Fleet, rng: np.random.Generator, hopeless: Iterable[str]) -> None:
        self._fleet = fleet
        self._rng = rng
        self._hopeless = frozenset(hopeless)
        self._unseen: set[int] = set()

    def group(self, plan: Plan) -> Group:
        """The routes that come nearest to a stop, up to a random number of them, and who is left out around there."""
        problem, rng = self._fleet.problem, self._rng
        on_route = {stop_id: route for route in plan.routes for stop_id in route.stops}
        left_out = [entry.stop_id for entry in plan.unassigned if entry.stop_id not in self._hopeless]
        most_routes = int(rng.integers(FEWEST_ROUTES, MOST_ROUTES, endpoint=True))
        shift_ids: dict[str, None] = {}
        stop_ids: list[str] = []
        waiting: list[str] = []
        for stop in nearest_stops(self._fleet, self._centre(left_out)).tolist():
            stop_id = problem.stops[stop].id
            route = on_route.get(stop_id)
            if route is None:
                if stop_id not in self._hopeless and len(waiting) < MOST_LEFT_OUT:
                    waiting.append(stop_id)
            elif route.shift_id not in shift_ids:
                if shift_ids and (len(shift_ids) == most_routes or len(stop_ids) + len(route.stops) > MOST_STOPS):
                    break
                shift_ids[route.shift_id] = None
                stop_ids.extend(route.stops)
        used = {route.shift_id for route in plan.routes if route.stops}
        idle = [shift.id for shift in problem.shifts if shift.id not in used]
        chosen = rng.choice(len(idle), size=min(IDLE_SHIFTS, len(idle)), replace=False).tolist()
        self._unseen.difference_update(self._fleet.index[stop_id] for stop_id in (*stop_ids, *waiting))
        return Group(shift_ids=(*shift_ids, *(idle[index] for index in chosen)), stop_ids=(*stop_ids, *waiting))

    def _centre(self, left_out: list[str]) -> int:
        """Every second time one of those left out, which need it most; else one that was in no group of this round yet."""
        if left_out and self._rng.random() < 0.5:
            return self._fleet.index[left_out[int(self._rng.integers(len(left_out)))]]
        if not self._unseen:
            self._unseen = set(range(len(self._fleet.problem.stops)))
        return sorted(self._unseen)[int(self._rng.integers(len(self._unseen)))]


def _part_of(plan: Plan, group: Group) -> Plan:
    shift_ids, stop_ids = frozenset(group.shift_ids), frozenset(group.stop_ids)
    return Plan(
        routes=tuple(route for route in plan.routes if route.shift_id in shift_ids),
        unassigned=tuple(entry for entry in plan.unassigned if entry.stop_id in stop_ids),
    )


def _with_part(plan: Plan, group: Group, part: Plan) -> Plan:
    shift_ids, stop_ids = frozenset(group.shift_ids), frozenset(group.stop_ids)
    others = tuple(route for route in plan.routes if route.shift_id not in shift_ids)
    still_out: tuple[Unassigned, ...] = tuple(e for e in plan.unassigned if e.stop_id not in stop_ids)
    return replace(plan, routes=(*others, *part.routes), unassigned=(*still_out, *part.unassigned))
