"""Libraries as somebody uses them who has nothing else: one model of the whole problem and the library's own search.

Each takes (problem, budget in seconds, seed), so that it can also enter a contest on files:
`python -m routing bench DIR --engines auto,alone=tests.benchmarks.alone:plain_pyvrp`.
"""

from __future__ import annotations

import time

from routing import Plan, Problem, solve


def plain_pyvrp(problem: Problem, budget_s: float, seed: int) -> Plan:
    """PyVRP's own search like `engine="pyvrp"`, but with matrices for every combination of passes and skills instead of gates: a county
    takes 1.5 GB, one with prices for who serves whom 11 GB.  Its first local search may last beyond the budget.
    """
    from routing.solvers import py_vrp
    from routing.solvers.py_vrp.effort import Countdown
    from routing.solvers.py_vrp.own import solved_plainly

    model = py_vrp.Model(problem, Plan(), has_gates=False)
    countdown = Countdown(py_vrp.Plain(seconds=budget_s), lambda: False)
    return model.plan_of(solved_plainly(model.data, countdown, seed))


def plain_or_tools(problem: Problem, budget_s: float, seed: int) -> Plan:
    """Our model of the whole problem, and the search as the handbook begins it: insertion, then guided local search.

    OR-Tools takes no seed here.
    """
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    from routing.solvers.or_tools.model import Model
    from routing.solvers.or_tools.nodes import Nodes

    model = Model(Nodes(problem))
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(round(1000 * budget_s))
    model._model.CloseModelWithParameters(parameters)
    solution = model._model.SolveWithParameters(parameters)
    return Plan() if solution is None else model.plan_of(solution)


def started_or_tools(problem: Problem, budget_s: float, seed: int) -> Plan:
    """The same from our own insertion start."""
    from routing.solvers import or_tools

    began_s = time.monotonic()
    start = solve(problem, engine="ortools", iterations=0, workers=1)
    effort = or_tools.Effort(seconds=max(0.1, budget_s - (time.monotonic() - began_s)), guided=True)
    return or_tools.improve(problem, start, effort=effort)


def quick_vroom(problem: Problem, budget_s: float, seed: int) -> Plan:
    """VROOM at its lowest exploration, on two threads."""
    from tests.benchmarks.vroom import plan_by_vroom

    return plan_by_vroom(problem, budget_s=budget_s, exploration=0)


def thorough_vroom(problem: Problem, budget_s: float, seed: int) -> Plan:
    """VROOM at its highest exploration, which is the one its command line comes with, on two threads."""
    from tests.benchmarks.vroom import plan_by_vroom

    return plan_by_vroom(problem, budget_s=budget_s, exploration=5)


for _one_core in (plain_pyvrp, plain_or_tools, started_or_tools):
    _one_core.one_core = True  # type: ignore[attr-defined]  # what a contest asks for
