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
from routing.solvers.groups import Group, Neighbours, improved, whole
from routing.solvers.or_tools import Effort
from routing.solvers.start import feasible_start, standing, with_more

__all__ = ["Progress", "solve"]

WHOLE_STOPS = 200
"""Up to so many stops OR-Tools takes the problem as a whole."""

DESCENT_S = 2.0
"""The longest that OR-Tools may go downhill on one group; it mostly ends sooner, in a local optimum."""

GUIDED_S = 0.8
"""How long it then looks further in a group in which there was no way down."""

WHOLE_S = 1.0
"""The same for a problem taken as a whole; each further step takes longer by half, for guided search remembers nothing."""

TICKS_A_STOP = 1_000
"""The work of a step, where iterations are counted."""

ASK_EVERY_S = 0.2
"""How often at most the caller is asked whether to stop."""

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
    reason for every stop left out.  With `iterations` alone, equal arguments give equal plans.  `should_stop` is asked a few
    times a second, and obeyed after the step of the search at hand: within two seconds.
    """
    search = _Search(problem, _Watch(budget_s, iterations, should_stop), seed, on_progress)
    return with_reasons(problem, search.run(start))


class _Watch:
    """Says when to stop and how much effort the next step may take."""

    def __init__(self, budget_s: float | None, iterations: int | None, should_stop: Callable[[], bool] | None) -> None:
        self._began_s = time.monotonic()
        self._budget_s = DEFAULT_BUDGET_S if budget_s is None and iterations is None else budget_s
        self._iterations = iterations
        self._should_stop = should_stop
        self._steps = 0
        self._told = False
        self._ask_again_s = 0.0

    def elapsed_s(self) -> float:
        return time.monotonic() - self._began_s

    def stopped(self) -> bool:
        over = self._budget_s is not None and self.elapsed_s() >= self._budget_s
        return over or self.told_to_stop()

    def told_to_stop(self) -> bool:
        """Asks the caller, who may have to look in a database, only now and then."""
        now_s = self.elapsed_s()
        if self._should_stop is not None and now_s >= self._ask_again_s:
            self._told = self._told or self._should_stop()
            self._ask_again_s = self.elapsed_s() + ASK_EVERY_S
        return self._told

    def next_step(self) -> bool:
        """Whether there may be one more step, which is counted then."""
        if self.stopped() or (self._iterations is not None and self._steps >= self._iterations):
            return False
        self._steps += 1
        return True

    def effort(self, seconds: float, stops: int, *, guided: bool) -> Effort:
        """A step's share, which does not reach beyond the budget; in work instead of seconds where iterations are counted."""
        if self._budget_s is None:
            return Effort(ticks=TICKS_A_STOP * (10 + stops), guided=guided)
        return Effort(seconds=max(0.01, min(seconds, self._budget_s - self.elapsed_s())), guided=guided)


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
        if not self._problem.stops or not self._problem.shifts:
            return Tours(self._fleet).plan()
        plan = feasible_start(self._fleet, start, self._watch.stopped)
        if start is not None and standing(self._problem, start) < standing(self._problem, plan):
            plan = start
        self._report(plan)
        if len(self._problem.stops) <= WHOLE_STOPS:
            return self._improve_whole(plan)
        return self._improve_groups(plan)

    def _improve_whole(self, plan: Plan) -> Plan:
        group, seconds = whole(self._problem), WHOLE_S
        while self._watch.next_step():
            effort = self._watch.effort(seconds, len(group.stop_ids), guided=True)
            plan = improved(self._problem, plan, group, effort, self._watch.told_to_stop)
            seconds *= 1.5
            self._report(plan)
        return plan

    def _improve_groups(self, plan: Plan) -> Plan:
        hopeless = self._hopeless(plan)
        neighbours = Neighbours(self._fleet, self._rng, hopeless)
        while self._watch.next_step():
            better = self._improve_group(plan, neighbours.group(plan))
            if better is not plan:  # OR-Tools tries left-out stops last, and only those of the group
                plan = with_more(self._fleet, better, self._watch.stopped, hopeless)
            self._report(plan)
        return plan

    def _improve_group(self, plan: Plan, group: Group) -> Plan:
        """Downhill, and further only where that is done: far from the optimum one descent after another gains most."""
        stops = len(group.stop_ids)
        descended = improved(self._problem, plan, group, self._watch.effort(DESCENT_S, stops, guided=False))
        if descended is not plan or self._watch.stopped():
            return descended
        return improved(self._problem, plan, group, self._watch.effort(GUIDED_S, stops, guided=True))

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
