"""Plans that take over from each other what is better."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import Plan, Problem, evaluate, solve
from routing.solvers.pool import Task
from routing.solvers.py_vrp import Crossing, Effort, find, improve
from routing.solvers.py_vrp.crossover import Cycle, Exchange, rows
from routing.solvers.py_vrp.loop import Search
from routing.solvers.py_vrp.model import Model
from tests.benchmarks.counties import county
from tests.routing.cases import (
    RULES,
    place,
    plan,
    plans_for,
    problem,
    problems,
    served,
    shift,
    standing,
    stop,
    vehicle,
    window,
)

SINGLE_TRIPS = frozenset(RULES) - {"trips"}

FOUR = [f"day{number}" for number in range(4)]


def four_days(**more) -> Problem:
    """Eight stops for four vehicles that hold the goods of two."""
    stops = [stop(f"s{number}", at, load=(50,), **more) for number, at in enumerate((1, 1, 2, 3, 4, 5, 6, 6))]
    cars = [vehicle(f"v{number}") for number in range(4)]
    return problem(stops, cars, [shift(day, car.id) for day, car in zip(FOUR, cars, strict=True)])


def driven(*pairs: str) -> Plan:
    """The stops of each of the four days by their numbers."""
    visited = "".join(pairs)
    routes = {day: [f"s{number}" for number in pair] for day, pair in zip(FOUR, pairs, strict=True)}
    return plan(routes, [f"s{number}" for number in range(8) if str(number) not in visited])


def crossed(case: Problem, first: Plan, *others: Plan, seed: int = 1, iterations: int = 1_000) -> list[Plan]:
    found = find(case, first, effort=Crossing(iterations=iterations, others=others), seed=seed)
    return [found.plan, *found.others]


def cost(case: Problem, found: Plan) -> int:
    return evaluate(case, found).cost.total


@pytest.mark.parametrize("more", [{}, {"left_out_price": 900}])
def test_each_plan_gets_what_is_in_order_in_the_other(more):
    """The near stops are served crosswise in the one plan, the far ones in the other."""
    case = four_days(**more)
    first, second = driven("02", "13", "45", "67"), driven("01", "23", "46", "57")
    best = driven("01", "23", "45", "67")
    assert cost(case, best) < min(cost(case, first), cost(case, second))
    assert [cost(case, each) for each in crossed(case, first, second)] == [cost(case, best)] * 2


def test_what_two_plans_have_in_order_gets_to_a_third_one():
    case = four_days()
    best = driven("01", "23", "45", "67")
    crosswise = driven("02", "13", "46", "57")
    found = crossed(case, crosswise, driven("01", "23", "46", "57"), driven("02", "13", "45", "67"))
    assert [cost(case, each) for each in found] == [cost(case, best)] * 3


def test_a_plan_gets_the_stop_that_only_the_other_one_serves():
    case = four_days(left_out_price=100_000)
    first, second = driven("01", "23", "45", "7"), driven("01", "23", "46", "57")
    assert [served(each) for each in crossed(case, first, second)] == [{f"s{number}" for number in range(8)}] * 2


def test_a_route_of_the_same_cost_is_compared_as_it_is_driven_in_the_other():
    case = problem([stop(f"s{number}", number) for number in range(1, 5)])
    model = Model(case, Plan())
    there, back = (
        model.solution_of(plan({"day": ids})) for ids in (["s1", "s2", "s3", "s4"], ["s4", "s3", "s2", "s1"])
    )
    cross = Search(model, 1).crossover()
    assert cross.cycles(rows(there), rows(back))
    assert not cross.cycles(rows(there), cross.aligned(rows(back), rows(there)))


def test_a_route_that_would_be_late_backwards_stays():
    case = problem([stop("early", 1, windows=(window(0, 15),)), stop("late", 2, windows=(window(60, 90),))])
    model = Model(case, Plan())
    there, back = (model.solution_of(plan({"day": ids})) for ids in (["early", "late"], ["late", "early"]))
    assert Search(model, 1).crossover().aligned(rows(there), rows(back)) == rows(there)


def test_a_stop_is_not_visited_at_two_of_its_places():
    case = problem(
        [stop("a", 1, alternatives=(place(2),)), stop("b", 2), stop("c", 5)],
        [vehicle("v0"), vehicle("v1")],
        [shift("day0", "v0"), shift("day1", "v1")],
    )
    first, second = plan({"day0": ["a", "b"], "day1": ["c"]}), plan({"day0": ["b", "c"], "day1": ["a"]})
    for each in crossed(case, first, second):
        assert evaluate(case, each).feasible
        assert served(each) == {"a", "b", "c"}


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_all_cycles_together_turn_one_plan_into_the_other(data):
    """Also where they serve other stops and use other vehicles."""
    case = data.draw(problems(rules={"places", "limits", "preferences"}, must_serve=False))
    model = Model(case, Plan())
    if not model.clients or not model.types:
        return
    first, second = (model.solution_of(data.draw(plans_for(case))) for _ in range(2))
    cross = Search(model, data.draw(st.integers(0, 5))).crossover()
    cross._loosened = lambda cycle: set()  # type: ignore[method-assign]
    cross._has_groups = False
    everything: Cycle = [each for cycle in cross.cycles(rows(first), rows(second)) for each in cycle]
    child = cross.child(rows(first), everything)

    def told(solution):
        return sorted((route.vehicle_type(), visits) for route, visits in rows(solution))

    assert told(child) == told(second)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_no_plan_gets_worse_or_breaks_a_rule_that_it_kept(data):
    case = data.draw(problems(rules=SINGLE_TRIPS))
    first, second = (solve(case, iterations=0), data.draw(plans_for(case)))
    task = Task(problem=case, plan=first, effort=Crossing(iterations=50, others=(second,)), seed=1)
    result = task.run(lambda: False)
    assert result.plan is None or standing(case, result.plan) < standing(case, first)


def test_plans_of_several_trips_stay_as_they_are():
    case = problem([stop("a", 1, load=(60,)), stop("b", 2, load=(60,))], shifts=[shift(max_trips=2)])
    first = solve(case, iterations=2)
    assert [standing(case, each) for each in crossed(case, first, first)] == [standing(case, first)] * 2


def test_of_a_county_two_plans_make_better_ones_and_the_same_ones_again():
    case = county(1, customers=90, villages=10, vehicles=4)
    plans = [improve(case, solve(case, iterations=0), effort=Effort(iterations=150), seed=seed) for seed in (1, 2)]
    found = crossed(case, *plans)
    assert found == crossed(case, *plans)
    for before, after in zip(plans, found, strict=True):
        assert evaluate(case, after).feasible
        assert standing(case, after) <= standing(case, before)
    assert sum(cost(case, each) for each in found) < sum(cost(case, each) for each in plans)


def test_told_to_stop_it_gives_back_what_there_is():
    case = four_days()
    first, second = driven("02", "13", "45", "67"), driven("01", "23", "46", "57")
    effort = Crossing(iterations=10**6, others=(second,))
    found = find(case, first, effort=effort, seed=1, should_stop=lambda: True)
    assert standing(case, found.plan) <= standing(case, first)
    assert standing(case, found.others[0]) <= standing(case, second)


def test_small_pieces_are_tried_once_and_long_ones_twice():
    cross = Search(Model(four_days(), Plan()), 1).crossover()
    short, long = ([Exchange(number, number, number) for number in range(size)] for size in (2, 9))
    assert [cross._is_worth_a_try(short) for _ in range(3)] == [True, False, False]
    assert [cross._is_worth_a_try(long) for _ in range(3)] == [True, True, False]
