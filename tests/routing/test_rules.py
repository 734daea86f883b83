"""The catalogue of `rules.py`: its numbers by trying out every plan, then by every engine."""

import pytest

from routing import evaluate
from routing.plan import ViolationKind
from routing.solvers import or_tools
from tests.routing.cases import emptiest_plan, every_plan, left_out
from tests.routing.rules import CASES

by_name = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def assert_best(case, found):
    verdict = evaluate(case.problem, found)
    assert {violation.kind for violation in verdict.violations} <= {ViolationKind.LEFT_OUT}
    assert verdict.cost.total == case.best_cost
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
