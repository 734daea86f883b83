"""From a problem to a plan: a quick start, annealed, then round after round of neighbouring routes planned anew, on all cores.

`search.py` says what is searched when, `relaxation.py` leaves out rules at first, `annealer.py` anneals and `annealing.py` says how hot
it is when, `groups.py` divides plans, `parts.py` has the parts searched side by side, `standings.py` compares plans, `pool.py` has the
processes, `py_vrp` and `or_tools` are the doors to the engines, `restriction.py` makes PyVRP's problem out of a richer one, `start.py`
and `savings.py` build plans from nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from routing.errors import ProblemError
from routing.explain import with_reasons
from routing.plan import Plan, Unassigned
from routing.problem import Problem
from routing.solvers.pool import Workers
from routing.solvers.search import Engine, Progress, Search
from routing.solvers.watch import Watch

__all__ = ["Engine", "Progress", "Workers", "solve"]

REASONS_S = 1.2
"""How long after the end of a timed search reasons may be looked for."""

HURRIED_REASONS_S = 0.2
"""The same where the caller told the search to stop."""

FIRST_REASONS = 8


def solve(
    problem: Problem,
    *,
    budget_s: float | None = None,
    iterations: int | None = None,
    seed: int = 0,
    start: Plan | None = None,
    engine: str = Engine.AUTO,
    workers: int | Workers | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Plan:
    """The best plan found within `budget_s` seconds or `iterations`, whichever ends first (10 s if neither is given).

    `start` may be any plan, also a partial or broken one.  The result breaks no rule (stops that must be served and for which no
    place was found are left out, which the referee reports), is never worse than a `start` that breaks none, and gives the
    reason for every stop left out (in a timed search for as many as a second allows, and told to stop for a few).  With
    `iterations` alone, equal arguments give equal plans, with any number of workers.
    `should_stop` is asked a few times a second, and obeyed within two seconds.

    `workers` are so many processes (None: as many as there are cores), which live as long as the call; a `Workers` of the caller
    lives on, and saves a chain of calls a second each.  One works without any.  `engine` is "auto", "ortools" for OR-Tools
    alone, or "pyvrp" for PyVRP alone on the whole problem in this process, as a yardstick.  Raises `ProblemError` for
    another.
    """
    if engine not in list(Engine):
        raise ProblemError("engine", engine, f"must be one of {', '.join(Engine)}")
    watch = Watch(budget_s, iterations, should_stop)
    if isinstance(workers, Workers):
        return _solved(Search(problem, watch, workers, Engine(engine), seed, on_progress), start)
    with Workers(workers) as own:
        return _solved(Search(problem, watch, own, Engine(engine), seed, on_progress), start)


def _solved(search: Search, start: Plan | None) -> Plan:
    plan = search.run(start)
    if search.is_told_to_stop():
        return _with_reasons_soon(search.problem, plan, HURRIED_REASONS_S, 1)
    if search.is_timed:
        return _with_reasons_soon(search.problem, plan, REASONS_S, FIRST_REASONS)
    return with_reasons(search.problem, plan)


def _with_reasons_soon(problem: Problem, plan: Plan, within_s: float, size: int) -> Plan:
    """As many reasons as there is time for: the first `size` show how long one takes."""
    over_s = time.monotonic() + within_s
    explained, waiting = list[Unassigned](), plan.unassigned
    while waiting and size:
        began_s = time.monotonic()
        explained.extend(with_reasons(problem, replace(plan, unassigned=waiting[:size])).unassigned)
        waiting, now_s = waiting[size:], time.monotonic()
        size = max(0, int(size * (over_s - now_s) / max(now_s - began_s, 1e-6)))
    return replace(plan, unassigned=(*explained, *waiting))
