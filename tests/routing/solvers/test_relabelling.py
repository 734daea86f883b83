"""The same routes, driven by those who do it most cheaply."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import Pin, evaluate
from routing.evaluate import evaluate_route
from routing.solvers.or_tools.assignment import cheapest_matching
from routing.solvers.relabelling import VIOLATION_FEN, Costs, on_best_shifts
from tests.routing.cases import plan, plans_for, problem, problems, shift, stop, vehicle


def routes_of(found) -> dict[str, tuple[str, ...]]:
    return {route.shift_id: route.stops for route in found.routes if route.stops}


def broken_on_routes(case, found) -> int:
    return sum(len(evaluate_route(case, route).violations) for route in found.routes)


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


def test_of_two_like_vans_each_goes_where_its_driver_is_known():
    known: dict[str, Any] = {"familiar_drivers": frozenset({"other's"}), "unfamiliar_price": 40}
    case = problem(
        [stop("a", 1, **known), stop("b", 2)],
        [vehicle("van"), vehicle("truck")],
        [shift("day", driver="day's"), shift("other", "truck", driver="other's")],
    )
    found = on_best_shifts(case, plan({"day": ["a"], "other": ["b"]}))
    assert routes_of(found) == {"day": ("b",), "other": ("a",)}
    assert evaluate(case, found).cost.preference == 0


def test_shifts_of_other_hours_keep_their_routes():
    case = problem(
        [stop("a", 1)],
        [vehicle("van"), vehicle("truck", fixed_cost=500)],
        [shift("day"), shift("late", "truck", hours=(1, 9))],
    )
    assert routes_of(on_best_shifts(case, plan({"late": ["a"]}))) == {"late": ("a",)}


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_what_a_route_costs_on_a_shift_is_what_the_referee_says(data):
    """Stops that are promised to the shift, and are on no route, would add their detours."""
    case = data.draw(problems(most_stops=5))
    costs = Costs(case)
    for route in data.draw(plans_for(case)).routes:
        for entry in case.shifts:
            judged = evaluate_route(case, replace(route, shift_id=entry.id))
            detours = costs.detours(route, entry)
            assert costs.of(route, [entry]) == [judged.cost.total + VIOLATION_FEN * len(judged.violations) + detours]


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_routes_only_change_hands_and_rules_of_one_route_are_broken_no_more_often(data):
    case = data.draw(problems(most_stops=5))
    before = data.draw(plans_for(case))
    after = on_best_shifts(case, before)
    assert sorted(route.stops for route in after.routes) == sorted(
        route.stops for route in before.routes if route.stops
    )
    assert broken_on_routes(case, after) <= broken_on_routes(case, before)


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
