"""Laws that hold for any problem, tried on small ones with every rule."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routing import Problem, solve
from routing.solvers import or_tools
from tests.routing.cases import RULES, emptiest_plan, every_plan, plans_for, problems, standing

MOST_PLANS = 1000
SETTINGS = settings(deadline=None, max_examples=25)


def best_of(case: Problem) -> tuple[int, int, int]:
    plans = every_plan(case)
    assume(len(plans) <= MOST_PLANS)
    return min(standing(case, plan) for plan in plans)


def unpaid(case: Problem) -> Problem:
    """The same with hours that cost nothing and may be as many as one likes.

    The referee's vehicle comes back as early as it can.  Where it could leave much later instead and come back a little later, that
    would be cheaper, so with paid hours an earlier window can cost more and the model can know a plan to be cheaper than it is.
    """
    return replace(
        case,
        vehicles=tuple(replace(vehicle, cost_per_hour=0) for vehicle in case.vehicles),
        shifts=tuple(replace(shift, max_duration_s=None) for shift in case.shifts),
        unfair_per_hour=0,
    )


def has_choice_of_time(case: Problem) -> bool:
    several = any(len(place.windows) > 1 for stop in case.stops for place in stop.places)
    return several or any(shift.breaks for shift in case.shifts)


@SETTINGS
@given(problems(most_stops=3, most_shifts=2))
def test_or_tools_reaches_the_optimum_of_tiny_problems(case):
    case = unpaid(case) if has_choice_of_time(case) else case
    best = best_of(case)
    start = emptiest_plan(case)
    assume(standing(case, start)[0] == 0)
    found = or_tools.improve(case, start, effort=or_tools.Effort(ticks=5000))
    assert standing(case, found) == best


@pytest.mark.parametrize("engine", ["auto", "ortools", "pyvrp"])
@SETTINGS
@given(data=st.data())
def test_a_plan_of_any_engine_breaks_no_rule_and_is_never_worse_than_its_start(data, engine):
    case = data.draw(problems())
    start = data.draw(st.none() | plans_for(case))
    found = standing(case, solve(case, start=start, iterations=1, engine=engine, workers=1))
    if standing(case, emptiest_plan(case))[0] == 0:
        assert found[0] == 0
    if start is not None:
        assert found <= standing(case, start)


def _each_stop(**changes: object):
    return lambda case: replace(case, stops=tuple(replace(stop, **changes) for stop in case.stops))


def _each_shift(**changes: object):
    return lambda case: replace(case, shifts=tuple(replace(shift, **changes) for shift in case.shifts))


def _later_end(case: Problem) -> Problem:
    return replace(case, shifts=tuple(replace(shift, end_s=shift.end_s + 1800) for shift in case.shifts))


def _more_room(case: Problem) -> Problem:
    roomy = (replace(v, capacity=tuple(3 + most for most in v.capacity), compartments=3) for v in case.vehicles)
    return replace(case, vehicles=tuple(roomy))


RELAXED = {
    "windows": _each_stop(windows=()),
    "passes": _each_stop(required_passes=frozenset()),
    "skills": _each_stop(required_skills=frozenset()),
    "pins": _each_stop(pin=None),
    "quarantine": _each_stop(quarantine=False),
    "together": _each_stop(together=None),
    "releases": _each_stop(release_s=0),
    "pickups": _each_stop(pickup=()),
    "service": _each_stop(service_s=0),
    "preferences": _each_stop(unfamiliar_price=0, change_price=0),
    "locks": _each_shift(locked=()),
    "breaks": _each_shift(breaks=()),
    "limits": _each_shift(max_distance_m=None, max_stops=None),
    "overtime": _each_shift(overtime_per_hour=0),
    "loading": _each_shift(loading_s=0, disinfection_s=0),
    "trips": _each_shift(max_trips=3),
    "ends": _later_end,
    "room": _more_room,
    "goods": lambda case: replace(case, incompatible=()),
}


@SETTINGS
@given(case=problems(most_stops=3, most_shifts=2), name=st.sampled_from(sorted(RELAXED)))
def test_to_relax_a_rule_never_raises_the_optimum(case, name):
    case = unpaid(case)
    assert best_of(RELAXED[name](case)) <= best_of(case)


@SETTINGS
@given(problems(most_stops=3, most_shifts=2, rules=["places", *RULES]))
def test_another_place_to_choose_never_raises_the_optimum(case):
    case = unpaid(case)
    without = replace(case, stops=tuple(replace(stop, alternatives=()) for stop in case.stops))
    assert best_of(case) <= best_of(without)
