"""Groups share nothing, miss no route, and keep together what belongs together."""

import numpy as np

from routing import Pin, Plan
from routing.insertion import Fleet
from routing.solvers.groups import Neighbours, part_of, with_part
from routing.solvers.standings import Standings
from routing.solvers.start import feasible_start
from tests.benchmarks.counties import county
from tests.routing.cases import plan, problem, shift, stop, vehicle, window


def divided(case, start: Plan, count: int):
    return Neighbours(Fleet(case), np.random.default_rng(1)).divide(start, count)


def test_groups_have_no_stop_or_shift_in_common_and_every_route_is_in_one():
    case = county(2, customers=120, villages=20, vehicles=4)
    start = feasible_start(Fleet(case), None, Standings(case), lambda: False)
    groups = divided(case, start, 3)
    stops = [stop_id for group in groups for stop_id in group.stop_ids]
    shifts = [shift_id for group in groups for shift_id in group.shift_ids]
    assert len(groups) == 3
    assert len(stops) == len(set(stops)) == len(case.stops)
    assert len(shifts) == len(set(shifts))
    assert {route.shift_id for route in start.routes} <= set(shifts)


def test_a_part_put_back_unchanged_changes_nothing():
    case = county(2, customers=120, villages=20, vehicles=4)
    start = feasible_start(Fleet(case), None, Standings(case), lambda: False)
    (group, _) = divided(case, start, 2)
    back = with_part(start, group, part_of(start, group))
    assert set(back.routes) == set(start.routes)
    assert set(back.unassigned) == set(start.unassigned)


def test_a_waiting_stop_joins_its_company_or_the_shift_it_is_pinned_to():
    fleet = [vehicle("van"), vehicle("truck")]
    shifts = [shift("day", "van"), shift("night", "truck")]
    bound = [stop("b", 1, together="home"), stop("d", 1, pin=Pin(vehicle_id="truck"))]
    case = problem([stop("a", 1), stop("c", 6, together="home"), *bound], fleet, shifts)
    groups = divided(case, plan({"day": ["a"], "night": ["c"]}, ["b", "d"]), 2)
    assert {frozenset(group.stop_ids) for group in groups} == {frozenset("a"), frozenset("bcd")}


def test_a_waiting_stop_joins_those_who_may_serve_it_though_others_are_nearer():
    fleet = [vehicle("van"), vehicle("truck", skills=frozenset({"lift"}))]
    shifts = [shift("day", "van"), shift("lift", "truck", (0, 3)), shift("late", "truck", (4, 8))]
    skilled = {"required_skills": frozenset({"lift"}), "windows": (window(60, 120),)}
    case = problem([stop("a", 5), stop("b", 1), stop("c", 5), stop("w", 5, **skilled)], fleet, shifts)
    groups = divided(case, plan({"day": ["a"], "lift": ["b"], "late": ["c"]}, ["w"]), 3)
    assert {frozenset(group.stop_ids) for group in groups} == {frozenset("a"), frozenset("bw"), frozenset("c")}


def test_goods_from_one_stop_to_another_wait_outside_the_groups():
    case = problem([stop("a", 1), stop("mill", 1), stop("shop", 2, from_stop="mill")])
    (group,) = divided(case, plan({"day": ["a"]}, ["mill", "shop"]), 1)
    assert group.stop_ids == ("a",)


def test_more_groups_than_routes_are_not_made():
    case = problem([stop("a", 1), stop("b", 2)])
    assert len(divided(case, plan({"day": ["a", "b"]}), 4)) == 1
