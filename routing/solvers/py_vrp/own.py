"""PyVRP's own search on a problem as a whole, as somebody has it who uses nothing else: a yardstick for everything else here."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pyvrp
from pyvrp.exceptions import PenaltyBoundWarning

from routing.plan import Plan
from routing.problem import Problem
from routing.solvers.py_vrp.effort import Countdown, Plain
from routing.solvers.py_vrp.model import Model

MOST_CELLS = 24_000_000
"""The most numbers in the matrices (16 bytes each): beyond them PyVRP is not told what an unfamiliar driver costs."""


def improve_plainly(problem: Problem, start: Plan, effort: Plain, seed: int, should_stop: Callable[[], bool]) -> Plan:
    """`pyvrp.solve` with all its settings as they come.

    The given plan says what is held fast of rules that PyVRP does not know.
    """
    model = Model(problem, start, usual_breaks=True, most_cells=MOST_CELLS)
    if not model.clients or not model.types:
        return start
    countdown = Countdown(effort, should_stop)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PenaltyBoundWarning)  # which tells nothing that the referee does not
        found = pyvrp.solve(
            model.data,
            stop=lambda _: not countdown.goes_on(),
            seed=seed,
            collect_stats=False,
            display=False,
            initial_solution=model.solution_of(start) if effort.goes_on else None,
        )
    return model.plan_of(found.best) if found.best.is_feasible() else start
