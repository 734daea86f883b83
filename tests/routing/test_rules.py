"""The catalogue of `rules.py`: its numbers by trying out every plan, then by every engine."""

import pytest

from routing import evaluate, solve
from routing.plan import ViolationKind
from routing.solvers import or_tools
from tests.routing.cases import emptiest_plan, every_plan, left_out
from tests.routing.rules import CASES

by_name = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


BEYOND_PYVRP = {"a source may be visited for itself", "the work is shared out"}
"""What the problem that PyVRP is given does not say: that goods stay where they are, and what unfair hours cost."""


def assert_no_rule_broken(case, found):
    assert {violation.kind for violation in evaluate(case.problem, found).violations} <= {ViolationKind.LEFT_OUT}


def assert_best(case, found):
    assert_no_rule_broken(case, found)
    assert evaluate(case.problem, found).cost.total == case.best_cost
    assert left_out(found) == case.left_out


@by_name
def test_no_plan_at_all_is_better(case):
    costs = []
    for plan in every_plan(case.problem):
        verdict = evaluate(case.problem, plan)
        musts = sum(violation.kind is ViolationKind.LEFT_OUT for violation in verdict.violations)
        if musts == len(verdict.violations):
            costs.append((musts, verdict.cost.total))
    assert min(costs)[1] == case.best_cost


@by_name
def test_or_tools_alone_finds_the_best_plan(case):
    start = emptiest_plan(case.problem)
    found = or_tools.improve(case.problem, start, effort=or_tools.Effort(ticks=3000))
    assert_best(case, found)


@pytest.mark.parametrize("engine", ["auto", "ortools"])
@by_name
def test_the_solver_finds_the_best_plan_with_either_engine(case, engine):
    assert_best(case, solve(case.problem, iterations=3, engine=engine, workers=1))


@by_name
def test_pyvrp_alone_breaks_no_rule_and_mostly_finds_the_best_plan(case):
    found = solve(case.problem, iterations=3, engine="pyvrp", workers=1)
    if case.name in BEYOND_PYVRP:
        assert_no_rule_broken(case, found)
    else:
        assert_best(case, found)


@by_name
def test_the_start_breaks_no_rule(case):
    assert_no_rule_broken(case, solve(case.problem, iterations=0, workers=1))
