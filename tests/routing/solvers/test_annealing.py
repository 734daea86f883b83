"""How hot when, and how long: from the time there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.solvers import annealing
from routing.solvers.annealing import Schedule
from tests.routing.cases import plan

schedules = st.builds(Schedule.of, stops=st.integers(1, 5_000), seconds=st.none() | st.floats(0.1, 10_000))


@given(schedules)
def test_it_only_ever_cools_and_ends_cold(schedule):
    heats = [schedule.heat(step / 10) for step in range(12)]
    assert heats == sorted(heats, reverse=True)
    assert heats[0] == pytest.approx(schedule.hot)
    assert heats[-1] == heats[-2] == pytest.approx(annealing.COLD)


@given(schedules)
def test_rounds_are_neither_too_short_nor_too_long_to_be_worth_their_division(schedule):
    round_s = pytest.approx(schedule.round_s)
    least_s = annealing.SHORTEST_ROUND_S_A_STOP * schedule.stops
    most_s = annealing.LONGEST_ROUND_S_A_STOP * schedule.stops
    if schedule.seconds is None or schedule.seconds <= annealing.ROUNDS * least_s:
        assert round_s == least_s
    else:
        assert round_s == min(schedule.seconds / annealing.ROUNDS, most_s)


def test_little_time_begins_less_hot_but_never_colder_than_it_ends():
    ample, short = Schedule.of(1000, 1000 * annealing.AMPLE_S_A_STOP), Schedule.of(1000, 20.0)
    assert ample.hot == Schedule.of(1000, None).hot == annealing.HOT
    assert short.hot == pytest.approx(annealing.HOT * (20 / (1000 * annealing.AMPLE_S_A_STOP)) ** 0.5)
    assert Schedule.of(10**6, 1.0).hot == annealing.COLD


def test_it_is_rough_at_first():
    schedule = Schedule.of(1000, 60.0)
    assert [schedule.is_rough(share) for share in (0.0, 1.0)] == [True, False]


def test_several_plans_are_for_long_routes_and_for_those_who_have_time():
    stops, most_routes = 1000, 1000 // annealing.LONG_ROUTE

    def plans_in(plans_s: float, routes: int = most_routes) -> int:
        seconds = plans_s * annealing.A_PLAN_S_A_STOP * stops / annealing.PLANS_SHARE
        return annealing.plans_in(seconds, stops, routes)

    few, many = annealing.FEWEST_PLANS, annealing.MOST_PLANS
    assert [plans_in(few - 0.1), plans_in(few + 0.1), plans_in(few + 1.1)] == [1, few, few + 1]
    assert plans_in(many + 5.1) == many
    assert plans_in(few + 0.1, most_routes + 1) == 1


def test_a_core_anneals_all_stops_by_itself_if_they_are_few_and_there_is_time():
    few, ample_s = annealing.PART_STOPS, annealing.AMPLE_S_A_STOP * annealing.PART_STOPS
    assert annealing.is_ample_for_one_core(ample_s, few)
    assert not annealing.is_ample_for_one_core(ample_s - 0.1, few)
    assert not annealing.is_ample_for_one_core(2 * ample_s, few + 1)


def test_plans_are_alike_if_most_of_their_legs_are_the_same_ways():
    stays = plan({"a": ["1", "2", "3"], "b": ["4", "5", "6"]})
    one_moved = plan({"a": ["1", "2", "3", "6"], "b": ["4", "5"]})
    assert annealing.are_alike(stays, one_moved)
    assert not annealing.are_alike(stays, plan({"a": ["3", "2", "1"], "b": ["6", "5", "4"]}))
    assert not annealing.are_alike(stays, plan({}))


def test_what_is_left_of_an_annealing_goes_on_as_the_whole_would_have():
    schedule = Schedule.of(1000, 60.0)
    rest = schedule.after(0.25)
    assert rest.seconds == 45.0
    assert [rest.heat(share) for share in (0, 1 / 3, 1)] == pytest.approx([schedule.heat(x) for x in (0.25, 0.5, 1)])
    assert Schedule.of(1000, None).after(0.5).seconds is None
