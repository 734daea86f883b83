"""Without its richer rules a problem is still the same work, and back with them a plan breaks none."""

from hypothesis import given, settings
from hypothesis import strategies as st

from routing import Pin, evaluate
from routing.insertion import Fleet
from routing.solvers.relaxation import steps
from routing.solvers.start import mended
from tests.routing.cases import (
    HOUR,
    MINUTE,
    PRICE,
    RULES,
    apart,
    place,
    plan,
    plans_for,
    problem,
    problems,
    rest,
    shift,
    stop,
    window,
)


def never() -> bool:
    return False


def put_right(case, broken, stopped=never):
    return mended(Fleet(case), broken, stopped)


def test_a_problem_without_rich_rules_is_easy_already():
    assert steps(problem([stop("a", 1), stop("b", 2)])) == []


def test_the_first_step_knows_no_company_and_the_second_one_does():
    stops = [stop("a", 1, together="g"), stop("b", 2, together="g"), stop("c", 3, pin=Pin(shift_id="day", position=0))]
    first, second = steps(problem(stops))
    assert [(each.together, each.pin) for each in first.problem.stops] == [(None, None)] * 3
    assert [(each.together, each.pin) for each in second.problem.stops] == [
        ("g", None),
        ("g", None),
        (None, Pin(shift_id="day")),
    ]


def test_nobody_has_breaks_and_all_that_lies_behind_them_is_earlier():
    lunch = rest(60, 120, 30)
    waits = stop(
        "a", 1, windows=(window(0, 130), window(145, 300)), alternatives=(place(2, windows=(window(200, 210),)),)
    )
    (easy,) = steps(problem([waits], shifts=[shift(breaks=(lunch,), regular_end_s=4 * HOUR, overtime_per_hour=1)]))
    (work,) = easy.problem.shifts
    assert (work.breaks, work.end_s, work.regular_end_s) == ((), 7 * HOUR + 30 * MINUTE, 3 * HOUR + 30 * MINUTE)
    assert easy.problem.stops[0].windows == (window(0, 270),)
    assert easy.problem.stops[0].alternatives[0].windows == (window(170, 180),)


def test_a_half_day_without_a_break_has_the_same_windows_as_the_days_with_one():
    days = [shift("monday", breaks=(rest(60, 120, 30),)), shift("tuesday", hours=(24, 26))]
    daily = stop("a", 1, windows=(window(0, 300), window(24 * 60, 24 * 60 + 300)))
    (easy,) = steps(problem([daily], shifts=days))
    assert easy.problem.stops[0].windows == (window(0, 270), window(24 * 60, 24 * 60 + 270))
    assert easy.problem.shifts[1] == days[1]


def test_goods_that_must_not_meet_are_parted_when_the_rules_are_back():
    stops = [stop("a", 1, goods=frozenset({"bleach"})), stop("b", 2, goods=frozenset({"acid"}))]
    case = problem(stops, incompatible=(apart("bleach", "acid"),))
    verdict = evaluate(case, put_right(case, plan({"day": ["a", "b"]})))
    assert (verdict.feasible, verdict.cost.left_out) == (True, PRICE)


def test_a_route_that_breaks_nothing_stays_as_it_is():
    case = problem([stop("a", 3), stop("b", 1), stop("c", 2)])
    (route,) = put_right(case, plan({"day": ["a", "b", "c"]})).routes
    assert route.stops == ("a", "b", "c")


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_plan_with_the_rules_back_breaks_none(data):
    """Locked stops aside, which may break a rule wherever they are."""
    case = data.draw(problems(most_stops=5, must_serve=False, rules=sorted(set(RULES) - {"locked"})))
    given_plan = data.draw(plans_for(case))
    assert not evaluate(case, put_right(case, given_plan)).violations
    assert not evaluate(case, put_right(case, given_plan, stopped=lambda: True)).violations
    for easier in steps(case):
        easy = easier.begun(given_plan, never)
        assert not evaluate(easier.problem, easy).violations
        assert not evaluate(case, put_right(case, easier.plan(easy))).violations
