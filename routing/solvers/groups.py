"""Parts of a plan to be planned anew by themselves: neighbouring routes, of whatever days, with the left-out stops around them."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing.insertion import Fleet
from routing.plan import Plan, Route, Unassigned
from routing.problem import Problem

NEAR = 12
"""Of how many nearest stops it counts on whose routes they are, to say which routes are neighbours."""

IDLE_SHIFTS = 4

type Integers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Shifts and stops to be planned anew among themselves; idle shifts and left-out stops may be among them."""

    shift_ids: tuple[str, ...]
    stop_ids: tuple[str, ...]


def whole(problem: Problem, hopeless: Iterable[str] = ()) -> Group:
    without = frozenset(hopeless)
    return Group(
        shift_ids=tuple(shift.id for shift in problem.shifts),
        stop_ids=tuple(stop.id for stop in problem.stops if stop.id not in without),
    )


class Neighbours:
    """Divides plans of one problem into groups of neighbouring routes, time and again along other borders."""

    def __init__(self, fleet: Fleet, rng: np.random.Generator, hopeless: Set[str] = frozenset()) -> None:
        self._fleet = fleet
        self._rng = rng
        self.hopeless = hopeless
        self._near = _nearest(fleet)

    def divide(self, plan: Plan, count: int) -> list[Group]:
        """So many groups (fewer if there are fewer routes) that share neither shifts nor stops, of about as many stops each."""
        routes = [route for route in plan.routes if route.stops]
        left_out = [entry.stop_id for entry in plan.unassigned if self._may_join(entry.stop_id)]
        lines = [*(route.stops for route in routes), *((stop_id,) for stop_id in left_out)]
        links = self._links(lines)
        group_of = self._grow(links, [len(line) for line in lines], len(routes), count)
        self._join_left_out(links, group_of, len(routes), [self._homes(stop_id, routes) for stop_id in left_out])
        idle = self._idle(routes, int(group_of.max(initial=-1)) + 1, len(left_out))
        return [
            Group(
                shift_ids=(
                    *(route.shift_id for route, at in zip(routes, group_of, strict=False) if at == number),
                    *spare,
                ),
                stop_ids=tuple(
                    stop_id for line, at in zip(lines, group_of, strict=True) if at == number for stop_id in line
                ),
            )
            for number, spare in enumerate(idle)
        ]

    def _may_join(self, stop_id: str) -> bool:
        """Goods from one stop to another are not for PyVRP; they come onto routes by insertion."""
        problem = self._fleet.problem
        return stop_id not in self.hopeless and not problem.is_paired(problem.stop(stop_id))

    def _links(self, lines: list[tuple[str, ...]]) -> npt.NDArray[np.float64]:
        """How often a stop of one line has one of another among its nearest."""
        line_of = np.full(len(self._fleet.problem.stops), len(lines), dtype=np.intp)
        for number, line in enumerate(lines):
            line_of[[self._fleet.index[stop_id] for stop_id in line]] = number
        links = np.zeros((len(lines) + 1, len(lines) + 1))
        np.add.at(links, (np.repeat(line_of, self._near.shape[1]), line_of[self._near].ravel()), 1)
        np.fill_diagonal(links, 0)
        return (links + links.T)[:-1, :-1]

    def _grow(self, links: npt.NDArray[np.float64], sizes: list[int], routes: int, count: int) -> Integers:
        """The group of each line: one group after another grows from a random route to its share of the stops."""
        group_of = np.full(len(sizes), -1, dtype=np.intp)
        left = sum(sizes[:routes])
        for number in range(count):
            free = np.flatnonzero(group_of[:routes] < 0)
            if not len(free):
                break
            share, size = left / (count - number), 0
            nearness = np.zeros(len(sizes))
            line = self._first(links, group_of, free)
            while True:
                group_of[line] = number
                size += sizes[line]
                nearness += links[line] / np.maximum(sizes, 1)
                free = free[free != line]
                if not len(free):
                    break
                line = int(free[nearness[free].argmax()])
                if number < count - 1 and size + sizes[line] / 2 > share:
                    break
            left -= size
        return group_of

    def _first(self, links: npt.NDArray[np.float64], group_of: Integers, free: Integers) -> int:
        """A random route to begin with; next, one that is hemmed in by the groups there are, lest bits and pieces be left over."""
        taken = np.flatnonzero(group_of >= 0)
        if not len(taken):
            return int(self._rng.choice(free))
        inside = links[np.ix_(free, taken)].sum(axis=1)
        return int(free[(inside / np.maximum(links[free].sum(axis=1), 1)).argmax()])

    def _join_left_out(
        self, links: npt.NDArray[np.float64], group_of: Integers, routes: int, homes: list[list[int]]
    ) -> None:
        """Each to the group of most of its neighbours among the routes on which it may be."""
        groups = int(group_of.max(initial=-1)) + 1
        for line, home in enumerate(homes, start=routes):
            if groups:
                among = home or range(routes)
                weights = links[line, among]
                if home and not weights.any():
                    weights = np.ones(len(home))
                of_groups = np.bincount(group_of[among], weights=weights, minlength=groups)
                group_of[line] = of_groups.argmax() if of_groups.any() else self._rng.integers(groups)

    def _homes(self, stop_id: str, routes: list[Route]) -> list[int]:
        """The routes where the company is that a stop has to be with, or else those whose shifts may serve it."""
        problem = self._fleet.problem
        stop = problem.stop(stop_id)
        company = set(problem.together[stop.together]) if stop.together is not None else set[str]()
        with_company = [number for number, route in enumerate(routes) if not company.isdisjoint(route.stops)]
        if with_company:
            return with_company
        is_open = self._fleet.open_to(self._fleet.index[stop_id])
        return [number for number, route in enumerate(routes) if is_open[self._fleet.row[route.shift_id]]]

    def _idle(self, routes: list[Route], groups: int, left_out: int) -> list[tuple[str, ...]]:
        """For each group some shifts without a route, and more where many stops wait for one."""
        used = {route.shift_id for route in routes}
        idle = [shift.id for shift in self._fleet.problem.shifts if shift.id not in used]
        stops_a_route = max(1.0, sum(len(route.stops) for route in routes) / max(1, len(routes)))
        most = IDLE_SHIFTS + int(2 * left_out / stops_a_route / max(1, groups))
        order = self._rng.permutation(len(idle)).tolist()
        return [tuple(idle[i] for i in order[number::groups][:most]) for number in range(groups)]


def part_of(plan: Plan, group: Group) -> Plan:
    shift_ids, stop_ids = frozenset(group.shift_ids), frozenset(group.stop_ids)
    return Plan(
        routes=tuple(route for route in plan.routes if route.shift_id in shift_ids),
        unassigned=tuple(entry for entry in plan.unassigned if entry.stop_id in stop_ids),
    )


def with_part(plan: Plan, group: Group, part: Plan) -> Plan:
    shift_ids, stop_ids = frozenset(group.shift_ids), frozenset(group.stop_ids)
    others = tuple(route for route in plan.routes if route.shift_id not in shift_ids)
    still_out: tuple[Unassigned, ...] = tuple(e for e in plan.unassigned if e.stop_id not in stop_ids)
    return Plan(routes=(*others, *part.routes), unassigned=(*still_out, *part.unassigned))


def _nearest(fleet: Fleet) -> Integers:
    """The nearest stops of each stop by the time there and back, row by row to spare memory."""
    travel, places = fleet.travel[0].duration_s, fleet.locations
    many = min(NEAR + 1, len(places))
    nearest = np.empty((len(places), many), dtype=np.intp)
    for row, here in enumerate(places):
        there_and_back = travel[here, places].astype(np.int64) + travel[places, here]
        nearest[row] = np.argpartition(there_and_back, many - 1)[:many]
    return nearest
