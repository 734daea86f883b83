"""The referee with a memory says what the referee says."""

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.solvers.standings import Standings
from tests.routing.cases import plan, plans_for, problem, problems, shift, standing, stop


def test_the_better_of_two_plans_serves_more_and_a_plan_is_no_better_than_itself():
    case = problem([stop("a", 1), stop("b", 2)])
    standings, one, both = Standings(case), plan({"day": ["a"]}, ["b"]), plan({"day": ["a", "b"]})
    assert standings.is_better(both, one)
    assert not standings.is_better(one, both)
    assert not standings.is_better(one, one)


def test_a_dearer_plan_is_as_valid_and_one_that_leaves_out_what_must_be_served_is_not():
    case = problem([stop("a", 1, left_out_price=None), stop("b", 2)])
    standings, both = Standings(case), plan({"day": ["a", "b"]})
    assert standings.is_as_valid(plan({"day": ["a"]}, ["b"]), both)
    assert not standings.is_as_valid(plan({"day": ["b"]}, ["a"]), both)


def test_the_same_stops_on_another_shift_are_another_route():
    case = problem(
        [stop("a", 1)], shifts=[shift("day"), shift("late", hours=(10, 20), overtime_per_hour=3600, regular_end_s=0)]
    )
    standings = Standings(case)
    assert standings.of(plan({"day": ["a"]})) < standings.of(plan({"late": ["a"]}))


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_no_memory_changes_a_verdict(data):
    case = data.draw(problems(most_stops=5))
    standings = Standings(case)
    plans = [data.draw(plans_for(case)) for _ in range(8)]
    for found in (*plans, *plans):
        assert standings.of(found) == standing(case, found)
