"""Without its richer rules a problem is still the same work, and back with them a plan breaks none."""

from hypothesis import given, settings
from hypothesis import strategies as st

from routing import evaluate
from routing.solvers.relaxation import relaxed, with_rules
from tests.routing.cases import PRICE, RULES, apart, plan, plans_for, problem, problems, rest, shift, stop


def test_a_problem_without_rich_rules_is_relaxed_already():
    case = problem([stop("a", 1), stop("b", 2)])
    assert relaxed(case) == case


def test_breaks_are_taken_off_the_end_of_the_shift():
    (free,) = relaxed(problem([stop("a", 1)], shifts=[shift(breaks=(rest(60, 120, 30),))])).shifts
    assert (free.breaks, free.end_s) == ((), 7 * 3600 + 1800)


def test_who_is_in_quarantine_comes_last_when_the_rules_are_back():
    case = problem([stop("q", 1, quarantine=True), stop("a", 2), stop("b", 3)])
    (route,) = with_rules(case, plan({"day": ["q", "a", "b"]})).routes
    assert route.stops == ("a", "b", "q")


def test_goods_that_must_not_meet_are_parted_when_the_rules_are_back():
    stops = [stop("a", 1, goods=frozenset({"bleach"})), stop("b", 2, goods=frozenset({"acid"}))]
    case = problem(stops, incompatible=(apart("bleach", "acid"),))
    mended = with_rules(case, plan({"day": ["a", "b"]}))
    verdict = evaluate(case, mended)
    assert (verdict.feasible, verdict.cost.left_out) == (True, PRICE)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_plan_with_the_rules_back_breaks_none(data):
    """Locked stops aside, which may break a rule wherever they are."""
    case = data.draw(problems(most_stops=5, must_serve=False, rules=sorted(set(RULES) - {"locked"})))
    found = with_rules(case, data.draw(plans_for(case)))
    assert not evaluate(case, found).violations
