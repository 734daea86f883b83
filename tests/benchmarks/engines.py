"""The engines that are compared, each under its own power and all with the same processor time: twice the budget.

`auto` and `ortools` are `solve` with two workers for the budget.  `pyvrp` is `solve` with one worker, twice with different seeds
side by side, of which the better plan counts.  The `plain-…` ones are what somebody has who uses that library alone: PyVRP's own
`solve` on the same model (two seeds side by side again), and OR-Tools with the whole problem in one model, which finds its own
first solution and then goes on by guided local search, on one core for twice the budget; `started-ortools` does the same from our
own insertion start.  `vroom` gets both cores for the budget, once quickly (exploration 0) and once thoroughly (5), and the better
answer counts; it may take `VROOM_PATIENCE` times its share, because it keeps no time limit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from routing import Plan, Problem, Violation, ViolationKind, evaluate, solve
from tests.benchmarks.judge import obeying
from tests.benchmarks.measure import Measured, measured

CORES = 2
VROOM_PATIENCE = 2

type Make = Callable[[], Problem]
type Work = Callable[[Problem], Plan]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an engine came to, by the referee.  `answered` False: it gave no plan within its patience.

    `cost` is in fen; `broken` are the rules broken before `obeying` (those are left out then, and in `left_out`).
    """

    answered: bool
    cost: int
    left_out: frozenset[str]
    broken: tuple[ViolationKind, ...]
    feasible: bool
    routes: int
    wall_s: float
    cpu_s: float
    peak_mb: float


def run(engine: str, make: Make, problem: Problem, *, budget_s: float, seed: int) -> Result:
    """Measure an engine on `problem`, which is what `make()` gives."""
    return ENGINES[engine](make, problem, budget_s, seed)


def _by_solve(engine: str, make: Make, problem: Problem, budget_s: float, seed: int) -> Result:
    work = partial(_solved, engine=engine, budget_s=budget_s, seed=seed, workers=CORES)
    return _result(problem, [measured(make, work)])


def _two_pyvrp(make: Make, problem: Problem, budget_s: float, seed: int) -> Result:
    works = [partial(_solved, engine="pyvrp", budget_s=budget_s, seed=each, workers=1) for each in _two_seeds(seed)]
    return _result(problem, _side_by_side(make, works))


def _two_plain_pyvrp(make: Make, problem: Problem, budget_s: float, seed: int) -> Result:
    works = [partial(_plain_pyvrp, budget_s=budget_s, seed=each) for each in _two_seeds(seed)]
    return _result(problem, _side_by_side(make, works))


def _one_plain_or_tools(make: Make, problem: Problem, budget_s: float, seed: int) -> Result:
    return _result(problem, [measured(make, partial(_plain_or_tools, budget_s=CORES * budget_s))])


def _one_started_or_tools(make: Make, problem: Problem, budget_s: float, seed: int) -> Result:
    return _result(problem, [measured(make, partial(_started_or_tools, budget_s=CORES * budget_s))])


def _patient_vroom(make: Make, problem: Problem, budget_s: float, seed: int) -> Result:
    limit_s = VROOM_PATIENCE * CORES * budget_s
    works = [partial(_vroom, budget_s=budget_s, exploration=exploration) for exploration in (0, 5)]
    return min(
        (_result(problem, [measured(make, work, processor_limit_s=limit_s)]) for work in works),
        key=lambda result: (not result.answered, result.cost),
    )


ENGINES: dict[str, Callable[[Make, Problem, float, int], Result]] = {
    "auto": partial(_by_solve, "auto"),
    "ortools": partial(_by_solve, "ortools"),
    "pyvrp": _two_pyvrp,
    "plain-pyvrp": _two_plain_pyvrp,
    "plain-ortools": _one_plain_or_tools,
    "started-ortools": _one_started_or_tools,
    "vroom": _patient_vroom,
}


def _side_by_side(make: Make, works: Sequence[Work]) -> list[Measured[Plan]]:
    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(partial(measured, make), works))


def _two_seeds(seed: int) -> tuple[int, int]:
    return 2 * seed, 2 * seed + 1


def _result(problem: Problem, runs: list[Measured[Plan]]) -> Result:
    """The best of the runs that answered; times of all of them together."""
    plans = [run.value for run in runs if run.value is not None]
    judged = [_judged(problem, plan) for plan in plans] or [_judged(problem, Plan())]
    plan, broken, feasible, cost = min(judged, key=lambda each: (not each[2], each[3]))
    return Result(
        answered=bool(plans),
        cost=cost,
        left_out=frozenset(entry.stop_id for entry in plan.unassigned),
        broken=tuple(violation.kind for violation in broken),
        feasible=feasible,
        routes=sum(bool(route.stops) for route in plan.routes),
        wall_s=max(run.wall_s for run in runs),
        cpu_s=sum(run.cpu_s for run in runs),
        peak_mb=max(run.peak_mb for run in runs),
    )


def _judged(problem: Problem, plan: Plan) -> tuple[Plan, tuple[Violation, ...], bool, int]:
    broken = evaluate(problem, plan).violations
    kept = obeying(problem, plan)
    verdict = evaluate(problem, kept)
    return kept, broken, verdict.feasible, verdict.cost.total


def _solved(problem: Problem, *, engine: str, budget_s: float, seed: int, workers: int) -> Plan:
    return solve(problem, engine=engine, budget_s=budget_s, seed=seed, workers=workers)


def _plain_pyvrp(problem: Problem, *, budget_s: float, seed: int) -> Plan:
    import pyvrp

    from routing.solvers import py_vrp

    model = py_vrp._Model(problem, Plan())
    found = pyvrp.solve(model.data, stop=pyvrp.stop.MaxRuntime(budget_s), seed=seed, display=False)
    return model.plan_of(found.best)


def _plain_or_tools(problem: Problem, *, budget_s: float) -> Plan:
    """Our model of the whole problem, and the search as its handbook begins it."""
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


def _started_or_tools(problem: Problem, *, budget_s: float) -> Plan:
    from routing.solvers import or_tools

    began_s = time.monotonic()
    start = solve(problem, engine="ortools", iterations=0, workers=1)
    effort = or_tools.Effort(seconds=budget_s - (time.monotonic() - began_s), guided=True)
    return or_tools.improve(problem, start, effort=effort)


def _vroom(problem: Problem, *, budget_s: float, exploration: int) -> Plan:
    from tests.benchmarks.vroom import plan_by_vroom

    return plan_by_vroom(problem, budget_s=budget_s, exploration=exploration)
