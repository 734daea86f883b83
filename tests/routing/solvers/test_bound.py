"""Pinned stops and company are moved to where they belong, whatever that breaks, and nothing else moves."""

from typing import Any

from routing import Pin, Plan, Route
from routing.solvers.bound import gathered
from tests.routing.cases import plan, problem, shift, stop, vehicle

TWO_VANS: dict[str, Any] = {
    "vehicles": [vehicle("van"), vehicle("truck")],
    "shifts": [shift("day"), shift("other", "truck"), shift("late", "truck", hours=(10, 18))],
}


def routes_of(found: Plan) -> dict[str, tuple[str, ...]]:
    return {route.shift_id: route.stops for route in found.routes if route.stops}


def test_a_pinned_stop_goes_to_its_shift_where_the_detour_is_least():
    case = problem([stop("a", 1), stop("b", 3), stop("p", 2, pin=Pin(shift_id="other"))], **TWO_VANS)
    found = gathered(case, plan({"day": ["p"], "other": ["a", "b"]}))
    assert routes_of(found) == {"other": ("a", "p", "b")}


def test_a_stop_pinned_to_a_vehicle_that_is_there_already_stays():
    case = problem([stop("p", 2, pin=Pin(vehicle_id="truck"))], **TWO_VANS)
    assert routes_of(gathered(case, plan({"late": ["p"]}))) == {"late": ("p",)}


def test_a_left_out_stop_with_a_position_takes_it():
    case = problem([stop("a", 1), stop("p", 2, pin=Pin(shift_id="day", position=0))], **TWO_VANS)
    found = gathered(case, plan({"day": ["a"]}, ["p"]))
    assert routes_of(found) == {"day": ("p", "a")}
    assert found.unassigned == ()


def test_company_goes_where_most_of_it_is_or_one_of_it_is_pinned():
    friends = [stop(name, at, together="g") for name, at in (("a", 1), ("b", 2), ("c", 3))]
    case = problem(friends, **TWO_VANS)
    assert routes_of(gathered(case, plan({"day": ["a"], "late": ["b", "c"]}))) == {"late": ("a", "b", "c")}
    pinned = problem([*friends[:2], stop("c", 3, together="g", pin=Pin(shift_id="other"))], **TWO_VANS)
    assert routes_of(gathered(pinned, plan({"day": ["a", "b", "c"]}))) == {"other": ("a", "b", "c")}


def test_a_trip_that_loses_its_first_stop_still_begins_with_a_reload():
    case = problem([stop("a", 1), stop("p", 2, pin=Pin(shift_id="other")), stop("b", 3)], **TWO_VANS)
    route = Route(shift_id="day", stops=("a", "p", "b"), reloads=(1,))
    (first, _) = gathered(case, Plan(routes=(route,))).routes
    assert (first.stops, first.reloads) == (("a", "b"), (1,))
