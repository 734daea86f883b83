"""PyVRP's own search on a problem as a whole, as somebody has it who uses nothing else: a yardstick for everything else here."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable
from dataclasses import replace

import pyvrp
from pyvrp import PenaltyParams, ProblemData, Solution, SolveParams
from pyvrp.exceptions import PenaltyBoundWarning

from routing.plan import Plan, Unassigned
from routing.problem import Problem
from routing.solvers.keeping import keepable_routes
from routing.solvers.py_vrp.effort import Countdown, Plain
from routing.solvers.py_vrp.model import Model

MOST_CELLS = 24_000_000
"""The most numbers in the matrices (16 bytes each): beyond them PyVRP is not told what an unfamiliar driver costs."""

PATIENCE = 0.2
DEARER = 10.0
"""If it has met no valid plan after that share of the time, it begins anew and broken rules may cost so many times as much: PyVRP's own
limit does not know our units of money, and where vehicles are scarce it would be cheaper to overload them.
"""

LAST_PATIENCE = 0.95
"""If there is none then either, the rest of the time is for what can be kept."""

NOTHING_VALID = 2**63 - 1
"""What PyVRP says that the best plan costs while none is valid."""

KEEPING_S = 0.3
"""After that it is no longer weighed which stop of a route stands most in the way."""


def improve_plainly(problem: Problem, start: Plan, effort: Plain, seed: int, should_stop: Callable[[], bool]) -> Plan:
    """PyVRP's own search, and without the stops that break rules if it has met no plan that breaks none.

    The given plan says what is held fast of rules that PyVRP does not know.
    """
    model = Model(problem, start, usual_breaks=True, most_cells=MOST_CELLS)
    if not model.clients or not model.types:
        return start
    begun = model.solution_of(start) if effort.goes_on else None
    found = solved_plainly(model.data, Countdown(effort, should_stop), seed, begun)
    plan = model.plan_of(found)
    if found.is_feasible():
        return plan
    late_s = math.inf if effort.seconds is None else time.monotonic() + KEEPING_S
    return _without_what_breaks_rules(problem, plan, lambda: should_stop() or time.monotonic() > late_s)


def solved_plainly(data: ProblemData, countdown: Countdown, seed: int, begun: Solution | None = None) -> Solution:
    """`pyvrp.solve` with its settings as they come, or what broken rules may cost raised where that leads to nothing."""
    usual = PenaltyParams()

    def searched(penalty: PenaltyParams, patience: float) -> Solution:
        def is_over(best_cost: int) -> bool:
            return not countdown.goes_on() or (best_cost >= NOTHING_VALID and countdown.share() > patience)

        return pyvrp.solve(
            data,
            stop=is_over,
            seed=seed,
            params=SolveParams(penalty=penalty),
            collect_stats=False,
            display=False,
            initial_solution=begun,
        ).best

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PenaltyBoundWarning)  # which tells nothing that the referee does not
        found = searched(usual, PATIENCE)
        if not found.is_feasible() and countdown.goes_on():
            found = searched(replace(usual, max_penalty=DEARER * usual.max_penalty), LAST_PATIENCE)
    return found


def _without_what_breaks_rules(problem: Problem, plan: Plan, is_late: Callable[[], bool]) -> Plan:
    """Its routes with the stops that may stay; the others wait."""
    routes = tuple(route for route in keepable_routes(problem, plan, is_late) if route.stops)
    served = {stop_id for route in routes for stop_id in route.stops}
    left_out = (stop.id for stop in problem.stops if stop.id not in served)
    return Plan(routes=routes, unassigned=tuple(Unassigned(stop_id=stop_id) for stop_id in left_out))
