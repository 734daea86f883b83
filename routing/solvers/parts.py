"""Parts of plans, searched by workers side by side and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from routing.plan import Plan
from routing.problem import Problem
from routing.solvers import or_tools, py_vrp
from routing.solvers.groups import Group, part_of, with_part
from routing.solvers.pool import Result, Task, Workers
from routing.solvers.standings import Standings
from routing.solvers.watch import Watch

WHOLE_CELLS = 12_000_000
"""The most numbers that PyVRP's matrices may have where a large problem is searched as a whole (16 bytes each)."""

ITERATIONS_A_STOP = 5
LEAST_ITERATIONS = 150

type Effort = py_vrp.Effort | py_vrp.Plain | or_tools.Effort


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A group with its problem and its part of the plan."""

    group: Group
    problem: Problem
    plan: Plan


class Parts:
    """What becomes of parts of the plans of one problem."""

    def __init__(
        self,
        problem: Problem,
        standings: Standings,
        workers: Workers,
        rng: np.random.Generator,
        watch: Watch,
    ) -> None:
        self._problem = problem
        self._standings = standings
        self._workers = workers
        self._rng = rng
        self._watch = watch

    @property
    def cores(self) -> int:
        return self._workers.count

    def how_many(self, stops: int, size: float) -> int:
        """So many parts of about that size as fill the cores evenly; where iterations are counted, the cores have no say."""
        cores = self.cores if self._watch.is_timed else 1
        return max(1, round(stops / size / cores)) * cores

    def part(self, plan: Plan, group: Group) -> Part:
        problem = self._problem.restricted_to(stop_ids=group.stop_ids, shift_ids=group.shift_ids)
        return Part(group=group, problem=problem, plan=part_of(plan, group))

    def task(self, part: Part, effort: Effort) -> Task:
        """With a seed of its own."""
        return Task(problem=part.problem, plan=part.plan, effort=effort, seed=int(self._rng.integers(2**31)))

    def run(self, tasks: Sequence[Task], stopped: Callable[[], bool] | None = None) -> list[Result]:
        return self._workers.run(tasks, stopped or self._watch.told_to_stop)

    def searched(
        self, plan: Plan, groups: Sequence[Group], effort: Callable[[Part], Effort]
    ) -> list[tuple[Group, Plan]]:
        """All groups searched side by side, and what came of it, if anything did."""
        parts = [self.part(plan, group) for group in groups]
        found = self.run([self.task(part, effort(part)) for part in parts])
        return [(part.group, result.plan) for part, result in zip(parts, found, strict=True) if result.plan]

    def best_of(
        self, plan: Plan, part: Part, efforts: Sequence[Effort], stopped: Callable[[], bool] | None = None
    ) -> Plan:
        """One part searched with several efforts and seeds side by side."""
        best = max(self.run([self.task(part, effort) for effort in efforts], stopped), key=_gain)
        return with_part(plan, part.group, best.plan) if best.plan else plan

    def together(
        self, plan: Plan, parts: Sequence[tuple[Group, Plan]], is_welcome: Callable[[Plan, Plan], bool]
    ) -> Plan:
        """The plan with its new parts: all of them, or those with which the referee finds the whole as it should be, too."""
        together = plan
        for group, part in parts:
            together = with_part(together, group, part)
        if not parts or is_welcome(together, plan):
            return together
        for group, part in parts:
            one_more = with_part(plan, group, part)
            if is_welcome(one_more, plan):
                plan = one_more
        return plan

    def best(self, plans: Iterable[Plan]) -> Plan:
        return min(plans, key=self._standings.of)


def iterations_for(problem: Problem) -> int:
    """Of a search, where iterations are counted."""
    return LEAST_ITERATIONS + ITERATIONS_A_STOP * len(problem.stops)


def has_routes(plan: Plan) -> bool:
    return any(route.stops for route in plan.routes)


def _gain(result: Result) -> tuple[int, int, int]:
    return result.gain
