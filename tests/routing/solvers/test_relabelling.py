"""The same routes, driven by those who do it most cheaply."""

from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from routing import Pin, evaluate
from routing.solvers.or_tools.assignment import cheapest_matching
from routing.solvers.relabelling import on_best_shifts
from tests.routing.cases import plan, problem, shift, stop, vehicle


def routes_of(found) -> dict[str, tuple[str, ...]]:
    return {route.shift_id: route.stops for route in found.routes if route.stops}


def two_vans(*stops, **more):
    vans = [vehicle("van"), vehicle("truck", **more)]
    return problem(stops, vans, [shift("day"), shift("other", "truck")])


def test_a_route_goes_to_the_shift_that_its_stop_is_pinned_to():
    case = two_vans(stop("a", 1), stop("p", 2, pin=Pin(vehicle_id="truck")))
    assert routes_of(on_best_shifts(case, plan({"day": ["p"], "other": ["a"]}))) == {"day": ("a",), "other": ("p",)}


def test_a_route_goes_to_the_shift_that_has_to_come_by_anyway():
    case = two_vans(stop("far", 6), stop("near", 1), stop("p", 5, pin=Pin(shift_id="other")))
    found = on_best_shifts(case, plan({"day": ["far"], "other": ["near"]}, ["p"]))
    assert routes_of(found) == {"day": ("near",), "other": ("far",)}


def test_the_dear_vehicle_stays_at_home():
    case = two_vans(stop("a", 1), fixed_cost=500)
    found = on_best_shifts(case, plan({"other": ["a"]}))
    assert routes_of(found) == {"day": ("a",)}
    assert evaluate(case, found).cost.fixed == 0


def test_shifts_of_other_hours_keep_their_routes():
    case = problem(
        [stop("a", 1)],
        [vehicle("van"), vehicle("truck", fixed_cost=500)],
        [shift("day"), shift("late", "truck", hours=(1, 9))],
    )
    assert routes_of(on_best_shifts(case, plan({"late": ["a"]}))) == {"late": ("a",)}


@given(
    st.integers(0, 4).flatmap(
        lambda size: st.lists(st.lists(st.integers(0, 50), min_size=size, max_size=size), min_size=size, max_size=size)
    )
)
def test_no_other_matching_is_cheaper(rows):
    cost = np.array(rows, dtype=np.int64).reshape(len(rows), len(rows))
    found = cheapest_matching(cost)
    assert sorted(found) == list(range(len(rows)))
    best = min(
        (sum(cost[row, column] for row, column in enumerate(each)) for each in permutations(range(len(rows)))),
        default=0,
    )
    assert sum(cost[row, column] for row, column in enumerate(found)) == best
