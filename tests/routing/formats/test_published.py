"""Every published solution beside the checkout, recomputed."""

from pathlib import Path

import pytest

from routing import evaluate
from routing.formats import Rounding, best_known, read_problem, read_solution
from routing.formats.solution import solution_from_text, solution_to_text

INSTANCES = {
    "CVRP/X-n200-k36": 58_578,
    "CVRP/X-n1001-k43": 72_355,
    "CVRP/XXL/Leuven1": 192_848,
    "VRPTW/C1_10_5": 424_348,
    "VRPTW/RC2_10_5": 257_975,
    "MDVRPTW/PR11A": 6_655_548,
    "HFVRP/X491-FSMF": 12_611_049_200,
    "PCVRPTW/C1_10_1": 245_391,
    "MTVRPTWR/RC201R0.5": 18_496,
}


@pytest.mark.parametrize(("name", "cost"), INSTANCES.items(), ids=INSTANCES)
def test_a_published_solution_costs_what_it_says(shared_data: Path, name: str, cost: int):
    path = shared_data / "vrp" / f"{name}.vrp"
    instance = read_problem(path)
    solution = read_solution(Path(f"{path.parent / path.stem}.sol"), instance)
    verdict = evaluate(instance.problem, solution.plan)
    assert verdict.violations == ()
    assert verdict.cost.total == cost
    assert best_known(path.with_suffix(".sol"), instance) == cost
    assert solution_from_text(solution_to_text(solution.plan, instance), instance).plan == solution.plan


def test_no_published_solution_is_forgotten(shared_data: Path):
    folder = shared_data / "vrp"
    assert {path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.sol")} >= set(INSTANCES)
    for path in folder.rglob("*.sol"):
        instance = read_problem(path.with_suffix(".vrp"))
        solution = read_solution(path, instance)
        assert solution.stated_cost is not None
        cost = evaluate(instance.problem, solution.plan).cost.total
        assert cost in (solution.stated_cost, solution.stated_cost * instance.scale)


def test_the_rounding_may_be_chosen(shared_data: Path):
    path = shared_data / "vrp" / "CVRP" / "X-n200-k36.vrp"
    exact, nearest = read_problem(path, rounding=Rounding.EXACT), read_problem(path)
    solution = read_solution(path.with_suffix(".sol"), exact)
    cost = evaluate(exact.problem, solution.plan).cost.total
    assert 58_000_000 < cost < 59_000_000
    assert evaluate(nearest.problem, solution.plan).cost.total == 58_578
