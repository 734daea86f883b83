"""The engines that are compared, each under its own power and all with the same processor time: twice the budget.

`auto` and `ortools` are `solve` with two workers for the budget.  `pyvrp` is `solve` with one worker, twice with different seeds
side by side, of which the better plan counts.  The `plain-…` ones are what somebody has who uses that library alone: PyVRP's own
`solve` on the same model (two seeds side by side again), and OR-Tools with the whole problem in one model, which finds its own
first solution and then goes on by guided local search, on one core for twice the budget; `started-ortools` does the same from our
own insertion start.  `vroom` gets both cores for the budget at the exploration it comes with (5), `quick-vroom` at the lowest (0):
now the one and now the other has the better plan.  Either may take `VROOM_PATIENCE` times its share, because it keeps no time limit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from routing import Plan, Problem, Violation, ViolationKind, evaluate, solve
from tests.benchmarks import alone
from tests.benchmarks.judge import obeying
from tests.benchmarks.measure import Measured, measured

CORES = 2
VROOM_PATIENCE = 2

type Make = Callable[[], Problem]
type Work = Callable[[Problem], Plan]


class PlanBy(Protocol):
    def __call__(self, problem: Problem, budget_s: float, seed: int) -> Plan: ...


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
    works = [partial(alone.plain_pyvrp, budget_s=budget_s, seed=each) for each in _two_seeds(seed)]
    return _result(problem, _side_by_side(make, works))


def _one_or_tools(plan_by: PlanBy, make: Make, problem: Problem, budget_s: float, seed: int) -> Result:
    return _result(problem, [measured(make, partial(plan_by, budget_s=CORES * budget_s, seed=seed))])


def _patient_vroom(plan_by: PlanBy, make: Make, problem: Problem, budget_s: float, seed: int) -> Result:
    work = partial(plan_by, budget_s=budget_s, seed=seed)
    return _result(problem, [measured(make, work, processor_limit_s=VROOM_PATIENCE * CORES * budget_s)])


ENGINES: dict[str, Callable[[Make, Problem, float, int], Result]] = {
    "auto": partial(_by_solve, "auto"),
    "ortools": partial(_by_solve, "ortools"),
    "pyvrp": _two_pyvrp,
    "plain-pyvrp": _two_plain_pyvrp,
    "plain-ortools": partial(_one_or_tools, alone.plain_or_tools),
    "started-ortools": partial(_one_or_tools, alone.started_or_tools),
    "vroom": partial(_patient_vroom, alone.thorough_vroom),
    "quick-vroom": partial(_patient_vroom, alone.quick_vroom),
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
