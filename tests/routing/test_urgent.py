"""Where an urgent stop could go: 10 minutes and 1 km (100 fen) from place to place, the yard at place 0."""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routing import Plan, Stop, UnknownIdError, Violation, ViolationKind, evaluate
from routing.edits import kept
from routing.insertion import Fleet, Tours
from routing.urgent import insert
from tests.routing.cases import MINUTE, place, plan, plans_for, problem, problems, shift, stop, vehicle, window
from tests.routing.ways import every_way_in, newly_broken, part_that_breaks_nothing

TWO_VANS: dict[str, Any] = {
    "vehicles": [vehicle("v1"), vehicle("v2")],
    "shifts": [shift("s1", "v1"), shift("s2", "v2")],
}


def test_the_cheapest_shift_comes_first_with_its_price_and_plan():
    case = problem([stop("a", 3), stop("b", 1), stop("x", 4)], **TWO_VANS)
    first, second = insert(case, plan({"s1": ["a"], "s2": ["b"]}, ["x"]), "x")
    assert (first.shift_id, first.cost, second.shift_id, second.cost) == ("s1", 200, "s2", 600)
    assert first.plan == plan({"s1": first.route.stops, "s2": ["b"]})
    assert first.route.stops[first.position] == "x"


def test_an_idle_shift_is_offered_too():
    case = problem([stop("a", 3), stop("x", 1)], **TWO_VANS)
    assert {each.shift_id for each in insert(case, plan({"s1": ["a"]}, ["x"]), "x")} == {"s1", "s2"}


def test_where_nothing_fits_the_closest_places_say_what_they_break():
    case = problem([stop("a", 1, load=(80,)), stop("x", 2, load=(30,))])
    (only,) = insert(case, plan({"day": ["a"]}, ["x"]), "x")
    overload = Violation(kind=ViolationKind.LOAD, shift_id="day", stop_id=None, amount=10, unit="kg")
    assert (only.violations, only.feasible) == ((overload,), False)
    assert evaluate(case, only.plan).violations == (overload,)


def test_nothing_goes_before_what_was_visited():
    case = problem([stop("a", 4), stop("b", 4), stop("x", 2)], shifts=[shift(locked=("a",))])
    (only,) = insert(case, plan({"day": ["a", "b"]}, ["x"]), "x")
    assert only.position > 0


def test_a_locked_stop_goes_nowhere():
    case = problem(
        [stop("a", 4), stop("b", 4)],
        [vehicle("v1"), vehicle("v2")],
        [shift("s1", "v1", locked=("a",)), shift("s2", "v2")],
    )
    assert insert(case, plan({"s1": ["a", "b"]}), "a") == []
    assert [each.shift_id for each in insert(case, plan({"s1": ["a", "b"]}), "b")] == ["s1", "s2"][1:]


def test_a_stop_on_a_route_is_told_where_else_it_could_go_and_what_that_costs_more():
    case = problem([stop("a", 3), stop("x", 3)], **TWO_VANS)
    (other,) = insert(case, plan({"s1": ["a", "x"]}), "x", most=1)
    assert (other.shift_id, other.cost, other.route.stops) == ("s1", 0, ("x", "a"))
    case = problem([stop("x", 3)], **TWO_VANS)
    (other,) = insert(case, plan({"s1": ["x"]}), "x")
    assert (other.shift_id, other.cost, other.plan) == ("s2", 0, plan({"s2": ["x"]}))


def test_the_agreed_point_is_taken_where_the_door_is_too_late():
    case = problem([stop("x", 6, windows=(window(0, 30),), alternatives=(place(2, windows=(window(0, 30),)),))])
    (only,) = insert(case, plan({}, ["x"]), "x")
    assert (only.place, only.cost) == (1, 400)
    assert evaluate(case, only.plan).routes[0].visits[0].arrival_s <= 30 * MINUTE


def test_what_is_fed_from_another_stop_brings_it_along():
    case = problem([stop("a", 4), stop("source", 1), stop("x", 3, from_stop="source")])
    (only,) = insert(case, plan({"day": ["a"]}, ["source", "x"]), "x")
    assert (only.route.stops, only.brings, only.position) == (("source", "x", "a"), ("source",), 1)
    assert evaluate(case, only.plan).feasible


def test_a_full_van_comes_back_for_another_trip():
    """Place 1 there and back, 200 fen, on a trip of its own."""
    case = problem([stop("a", 3, load=(90,)), stop("x", 1, load=(90,))], shifts=[shift(max_trips=2)])
    (only,) = insert(case, plan({"day": ["a"]}, ["x"]), "x")
    assert (only.cost, len(only.route.reloads), only.feasible) == (200, 1, True)


def test_a_stop_that_nobody_knows_is_an_error_and_no_shift_is_no_place():
    with pytest.raises(UnknownIdError):
        insert(problem([]), plan({}), "x")
    assert insert(problem([stop("x", 1)], shifts=[]), plan({}, ["x"]), "x") == []


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_the_best_place_is_the_best_of_all_by_the_referee(data):
    case = data.draw(problems())
    routes = part_that_breaks_nothing(case, data.draw(plans_for(case)))
    tours = Tours(Fleet(case), routes)
    decided = tours.plan()
    subject: Stop = data.draw(st.sampled_from(case.stops))
    number = tours.fleet.index[subject.id]
    assume(not any(subject.id in entry.locked for entry in case.shifts))
    costs = evaluate(case, decided).cost
    lifted = [kept(route, lambda stop_id: stop_id != subject.id) for route in decided.routes]
    without = Tours(tours.fleet, lifted)
    best: dict[str, int] = {}
    for row, way in every_way_in(case, without, number):
        if any(way == route for route in decided.routes):
            continue
        after = Plan(routes=tuple(way if r == row else without.route(r) for r in range(len(case.shifts))))
        if not newly_broken(case, decided, after):
            cost = evaluate(case, after).cost
            more = cost.total - cost.left_out - costs.total + costs.left_out
            best[way.shift_id] = min(more, best.get(way.shift_id, more))
    found = insert(case, decided, subject.id, most=len(case.shifts))
    feasible = {each.shift_id: each.cost for each in found if each.feasible}
    assert feasible == best
    for each in found:
        verdict = evaluate(case, each.plan)
        gained = verdict.cost.total - verdict.cost.left_out - costs.total + costs.left_out
        assert gained == each.cost
        assert bool(newly_broken(case, decided, each.plan)) == (not each.feasible)
