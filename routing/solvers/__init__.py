"""From a problem to a plan: a quick start, then group after group of neighbouring routes planned anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from routing.explain import with_reasons
from routing.insertion import Fleet, Tours
from routing.plan import Plan
from routing.problem import Problem
from routing.solvers.groups import Neighbours, improved, whole
from routing.solvers.or_tools import Effort
from routing.solvers.start import feasible_start, standing, with_more

__all__ = ["Progress", "solve"]

WHOLE_STOPS = 200
"""Up to so many stops OR-Tools takes the problem as a whole."""

TICKS_A_STOP = 2_000
"""The work of an iteration, where iterations are counted."""

SECONDS_A_STEP = 0.35
"""How long OR-Tools works on one group, where time is counted: longer finds more in a group, shorter sees more groups."""

DEFAULT_BUDGET_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a solve has come: the cost by the referee in fen, and the number of stops left out."""

    elapsed_s: float
    cost: int
    unassigned: int


def solve(
    problem: Problem,
    *,
    budget_s: float | None = None,
    iterations: int | None = None,
    seed: int = 0,
    start: Plan | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Plan:
    """The best plan found within `budget_s` seconds or `iterations`, whichever ends first (10 s if neither is given).

    `start` may be any plan, also a partial or broken one.  The result breaks no rule (stops that must be served and for which no
    place was found are left out, which the referee reports), is never worse than a `start` that breaks none, and gives the
    reason for every stop left out.  With `iterations` alone, equal arguments give equal plans.  `should_stop` is asked between
    the steps of the search, about every second.
    """
    search = _Search(problem, _Watch(budget_s, iterations, should_stop), seed, on_progress)
    return with_reasons(problem, search.run(start))


class _Watch:
    """Says when to stop and how much effort the next step may take."""

    def __init__(self, budget_s: float | None, iterations: int | None, should_stop: Callable[[], bool] | None) -> None:
        self._began_s = time.monotonic()
        self._budget_s = DEFAULT_BUDGET_S if budget_s is None and iterations is None else budget_s
        self._iterations = iterations
        self.should_stop = should_stop
        self._steps = 0

    def elapsed_s(self) -> float:
        return time.monotonic() - self._began_s

    def stopped(self) -> bool:
        over = self._budget_s is not None and self.elapsed_s() >= self._budget_s
        return over or (self.should_stop is not None and self.should_stop())

    def next_step(self) -> bool:
        """Whether there may be one more step, which is counted then."""
        if self.stopped() or (self._iterations is not None and self._steps >= self._iterations):
            return False
        self._steps += 1
        return True

    def effort(self, stops: int) -> Effort:
        """A step's share: longer for more stops, and never beyond the budget."""
        if self._budget_s is None:
            return Effort(ticks=TICKS_A_STOP * (10 + stops))
        share_s = SECONDS_A_STEP
        return Effort(seconds=max(0.01, min(share_s, self._budget_s - self.elapsed_s())))


class _Search:
    """The best plan so far, and the steps that better it."""

    def __init__(
        self, problem: Problem, watch: _Watch, seed: int, on_progress: Callable[[Progress], None] | None
    ) -> None:
        self._problem = problem
        self._fleet = Fleet(problem)
        self._watch = watch
        self._rng = np.random.default_rng(seed)
        self._on_progress = on_progress

    def run(self, start: Plan | None) -> Plan:
        plan = feasible_start(self._fleet, start, self._watch.stopped)
        if start is not None and standing(self._problem, start) < standing(self._problem, plan):
            plan = start
        self._report(plan)
        hopeless = self._hopeless(plan)
        neighbours = Neighbours(self._fleet, self._rng, hopeless)
        small = len(self._problem.stops) <= WHOLE_STOPS
        while self._watch.next_step():
            group = whole(self._problem) if small else neighbours.group(plan)
            effort = self._watch.effort(len(group.stop_ids))
            better = improved(self._problem, plan, group, effort, self._watch.should_stop)
            if better is not plan:  # OR-Tools tries left-out stops last, and only those of the group
                plan = with_more(self._fleet, better, self._watch.stopped, hopeless)
            self._report(plan)
        return plan

    def _hopeless(self, plan: Plan) -> frozenset[str]:
        """Left-out stops that no shift can serve even alone: searching for them is lost time."""
        alone, index = Tours(self._fleet), self._fleet.index
        ids = [entry.stop_id for entry in plan.unassigned]
        return frozenset(stop_id for stop_id in ids if alone.places(index[stop_id]).cheapest() is None)

    def _report(self, plan: Plan) -> None:
        if self._on_progress is not None:
            cost = standing(self._problem, plan)[-1]
            progress = Progress(elapsed_s=self._watch.elapsed_s(), cost=cost, unassigned=len(plan.unassigned))
            self._on_progress(progress)
