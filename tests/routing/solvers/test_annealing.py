"""How hot when, and how long: from the time there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.solvers import annealing
from routing.solvers.annealing import Schedule

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
    stops = 1000
    seconds = annealing.PLANS * annealing.AMPLE_S_A_PLAN_AND_STOP * stops / annealing.PLANS_SHARE + 1
    most_routes = stops // annealing.LONG_ROUTE
    assert annealing.has_time_for_several(stops, most_routes, seconds)
    assert not annealing.has_time_for_several(stops, most_routes + 1, seconds)
    assert not annealing.has_time_for_several(stops, most_routes, seconds - 2)
