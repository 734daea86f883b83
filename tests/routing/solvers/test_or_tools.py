"""The model itself: what it leaves alone, what it promises about efforts, and how it says trips, goods and prices."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import Incompatibility, Plan, Route, Within, evaluate
from routing.problem import LARGEST
from routing.solvers import or_tools
from routing.solvers.or_tools.goods import trip_kinds
from routing.solvers.or_tools.nodes import Nodes
from routing.violations import ViolationKind
from tests.routing.cases import (
    HOUR,
    MINUTE,
    apart,
    emptiest_plan,
    place,
    plan,
    plans_for,
    problem,
    problems,
    rest,
    served,
    shift,
    stop,
    vehicle,
)

TICKS = or_tools.Effort(ticks=3000)


def improved(case, start=None) -> Plan:
    return or_tools.improve(case, start or emptiest_plan(case), effort=TICKS)


@pytest.mark.parametrize("case", [problem([]), problem([], shifts=[]), problem([stop("a", 1)], shifts=[])])
def test_where_nothing_is_to_be_decided_the_start_comes_back(case):
    start = emptiest_plan(case)
    assert improved(case, start) is start


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_whatever_the_start_the_plan_breaks_no_rule_or_is_the_start(data):
    case = data.draw(problems())
    start = data.draw(plans_for(case))
    found = or_tools.improve(case, start, effort=or_tools.Effort(ticks=500))
    broken = {violation.kind for violation in evaluate(case, found).violations}
    assert found is start or broken <= {ViolationKind.LEFT_OUT}


@pytest.mark.parametrize(
    "start",
    [
        plan({"day": ["nobody"]}, ["a", "b"]),
        plan({"day": ["a", "b"]}),
        Plan(routes=(Route(shift_id="day", stops=("a",), places=(1,)),)),
        Plan(routes=(Route(shift_id="day", stops=("a", "b"), reloads=(1,)),)),
    ],
    ids=["a stop that there is not", "too much on board", "a place that there is not", "a trip too many"],
)
def test_a_start_that_the_model_cannot_hold_comes_back_as_it_is(start):
    case = problem([stop("a", 1, load=(60,)), stop("b", 1, load=(60,))])
    assert improved(case, start) is start


def test_what_is_locked_and_cannot_be_driven_leaves_the_start_alone():
    case = problem([stop("a", 6), stop("b", 1)], shifts=[shift(hours=(0, 1), locked=("a",))])
    start = emptiest_plan(case)
    assert improved(case, start) is start


def test_the_same_ticks_give_the_same_plan():
    stops = [
        stop(f"s{n}", n % 7, (n % 5,), service_s=600, alternatives=(place(3),), together="abc"[n % 3])
        for n in range(12)
    ]
    shifts = [shift(f"day{n}", f"v{n}", (0, 3), max_trips=2, breaks=(rest(60, 90, 10),)) for n in range(3)]
    case = problem(stops, [vehicle(f"v{n}", (10,)) for n in range(3)], shifts)
    assert improved(case) == improved(case)


def test_a_stop_order_ends_the_search():
    case = problem([stop(f"s{number}", 1 + number % 6) for number in range(8)])
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return True

    found = or_tools.improve(case, emptiest_plan(case), effort=or_tools.Effort(seconds=60), should_stop=should_stop)
    assert asked
    assert len(served(found)) == 8


def test_the_largest_numbers_overflow_nothing():
    stops = [
        stop("a", 6, left_out_price=LARGEST, change_price=LARGEST, published_shift="other", together="x"),
        stop("b", 1, left_out_price=None, unfamiliar_price=LARGEST, familiar_drivers=frozenset({"li"}), together="x"),
    ]
    dear = vehicle(fixed_cost=LARGEST, cost_per_km=LARGEST, cost_per_hour=LARGEST)
    assert served(improved(problem(stops, [dear]))) == {"b"}


def test_a_start_on_several_trips_is_kept_or_bettered():
    stops = [stop(id, 1, load=(60,)) for id in "abc"]
    case = problem(stops, shifts=[shift(max_trips=3, disinfection_s=600)])
    start = Plan(routes=(Route(shift_id="day", stops=("a", "b", "c"), reloads=(1, 2)),))
    found = or_tools.improve(case, start, effort=or_tools.Effort(ticks=100, guided=False))
    assert [route.reloads for route in found.routes] == [(1, 2)]


def test_a_reload_that_brings_nothing_is_given_up():
    case = problem([stop("a", 1), stop("b", 2)], shifts=[shift(max_trips=2)])
    start = Plan(routes=(Route(shift_id="day", stops=("a", "b"), reloads=(1,)),))
    assert [route.reloads for route in improved(case, start).routes] == [()]


@pytest.mark.parametrize(
    ("hours", "turnaround_min", "stops", "reloads"),
    [(8, 0, 1, 0), (8, 0, 3, 2), (8, 0, 12, 8), (2, 0, 12, 5), (2, 20, 12, 2), (0, 0, 12, 0)],
)
def test_there_are_no_more_reloads_than_trips_have_room(hours, turnaround_min, stops, reloads):
    case = problem(
        [stop(f"s{number}", 1) for number in range(stops)],
        shifts=[shift(hours=(0, hours), max_trips=9, disinfection_s=turnaround_min * MINUTE)],
    )
    assert len(Nodes(case).reload_rows) == reloads


def test_a_shift_whose_breaks_leave_it_no_instant_drives_nobody_and_harms_nobody():
    shifts = [shift("day"), shift("night", "v2", (10, 12), breaks=(rest(540, 540, 300),))]
    case = problem([stop("a", 1)], [vehicle(), vehicle("v2", cost_per_km=1)], shifts)
    assert [route.shift_id for route in improved(case).routes] == ["day"]


def test_breaks_before_the_departure_and_after_the_return_cost_nothing():
    shifts = [shift(hours=(0, 5), breaks=(rest(0, 30, 30), rest(200, 290, 60)))]
    case = problem([stop("a", 6)], [vehicle(cost_per_hour=600)], shifts)
    verdict = evaluate(case, improved(case))
    assert (verdict.cost.total, verdict.feasible) == (1200 + 1200, True)


def test_two_breaks_interrupt_one_leg():
    shifts = [shift(hours=(0, 3), breaks=(rest(10, 10, 20), rest(40, 40, 20)))]
    case = problem([stop("a", 6)], [vehicle()], shifts)
    (route,) = evaluate(case, improved(case)).routes
    assert (route.visits[0].arrival_s, route.return_s) == (100 * MINUTE, 160 * MINUTE)


def test_the_sets_of_goods_that_may_ride_together():
    pairs = (apart("84", "acid"), apart("84", "food", Within.COMPARTMENT), apart("acid", "rare", Within.COMPARTMENT))
    stops = [stop(kind, 1, goods=frozenset({kind})) for kind in ("84", "acid", "food", "tents")]
    case = problem(stops, [vehicle(compartments=2)], incompatible=pairs)
    assert set(trip_kinds(case).sets) == {frozenset({"84", "food"}), frozenset({"acid", "food"})}
    one = problem(stops, [vehicle(compartments=1)], incompatible=pairs)
    assert set(trip_kinds(one).sets) == {frozenset({"84"}), frozenset({"acid", "food"})}


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_goods_may_ride_together_exactly_if_they_are_in_one_of_the_sets(data):
    kinds = ["a", "b", "c", "d", "e"]
    pairs = st.lists(st.sampled_from(kinds), min_size=2, max_size=2, unique=True).map(tuple)
    some = st.lists(st.builds(Incompatibility, goods=pairs, within=st.sampled_from(Within)), max_size=6).map(tuple)
    vans = [vehicle(f"v{count}", compartments=count) for count in (1, 2, 3)]
    shifts = [shift(f"s{count}", f"v{count}") for count in (1, 2, 3)]
    stops = [stop(kind, 1, goods=frozenset({kind})) for kind in kinds]
    case = problem(stops, vans, shifts, incompatible=data.draw(some))
    together = data.draw(st.sets(st.sampled_from(kinds)))
    sets = trip_kinds(case)
    for driven in case.shifts:
        verdict = evaluate(case, plan({driven.id: sorted(together)}, sorted({*kinds} - together)))
        rides = not any(violation.kind is ViolationKind.GOODS for violation in verdict.violations)
        allowed = [sets.sets[number] for number in sets.of_vehicle(case.vehicle_of(driven))]
        assert rides == any(together & sets.kinds <= kinds_of_trip for kinds_of_trip in allowed)


def test_a_part_of_a_problem_leaves_out_what_depends_on_stops_and_shifts_outside():
    case = problem(
        [stop("a", 1), stop("fed", 1, from_stop="a"), stop("b", 2)],
        [vehicle(), vehicle("v2")],
        [shift(), shift("late", "v2", (8, 16))],
    )
    part = case.restricted_to(stop_ids=["fed", "b"], shift_ids=["late"])
    assert served(improved(part)) == {"b"}


def test_prices_are_whole_in_the_model_for_an_hour_and_a_kilometre():
    case = problem([stop("a", 3)], [vehicle(cost_per_km=7, cost_per_hour=11)])
    case = replace(case, fair_duration_s=HOUR, unfair_per_hour=13)
    assert evaluate(case, improved(case)).cost.total == 42 + 11
