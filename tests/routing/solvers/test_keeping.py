"""What is kept of a plan that breaks rules: as much as can be, and what is bound to its place before others."""

from routing import Pin, Route
from routing.solvers.keeping import keepable_routes
from tests.routing.cases import apart, plan, problem, shift, stop, vehicle


def kept(case, routes) -> dict[str, tuple[str, ...]]:
    return {route.shift_id: route.stops for route in keepable_routes(case, plan(routes), lambda: False) if route.stops}


def test_of_a_route_that_is_too_far_the_farthest_stop_goes():
    case = problem([stop("a", 1), stop("far", 6), stop("b", 2)], shifts=[shift(max_distance_m=6000)])
    assert kept(case, {"day": ["a", "far", "b"]}) == {"day": ("a", "b")}


def test_a_pinned_stop_stays_where_another_one_could_go():
    pinned = stop("p", 6, pin=Pin(shift_id="day"))
    case = problem([stop("a", 5), pinned], [vehicle(capacity=(1,))])
    assert kept(case, {"day": ["a", "p"]}) == {"day": ("p",)}


def test_of_goods_that_must_not_meet_those_stay_that_are_more():
    bleach, acid = frozenset({"bleach"}), frozenset({"acid"})
    stops = [stop("a", 1, goods=acid), *(stop(f"b{n}", n, goods=bleach) for n in (2, 3, 4)), stop("c", 5)]
    case = problem(stops, incompatible=(apart("bleach", "acid"),))
    assert kept(case, {"day": ["a", "b2", "b3", "b4", "c"]}) == {"day": ("b2", "b3", "b4", "c")}


def test_unknown_shifts_and_stops_and_second_visits_are_passed_over():
    case = problem([stop("a", 1), stop("b", 2)])
    assert kept(case, {"day": ["x", "b", "a", "b"], "night": ["a"]}) == {"day": ("b", "a")}


def test_a_very_long_route_is_built_up_again():
    case = problem([stop(f"s{n}", 1 + n % 6) for n in range(100)], [vehicle(capacity=(90,))])
    (route,) = keepable_routes(case, plan({"day": [f"s{n}" for n in range(100)]}), lambda: False)
    assert isinstance(route, Route)
    assert len(route.stops) in range(30, 91)
