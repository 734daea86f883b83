"""Groups share nothing, miss no route, and keep together what belongs together."""

import numpy as np

from routing import Plan
from routing.insertion import Fleet
from routing.solvers.groups import Neighbours, part_of, with_part
from routing.solvers.start import feasible_start
from tests.benchmarks.counties import county
from tests.routing.cases import plan, problem, stop


def divided(case, start: Plan, count: int):
    return Neighbours(Fleet(case), np.random.default_rng(1)).divide(start, count)


def test_groups_have_no_stop_or_shift_in_common_and_every_route_is_in_one():
    case = county(2, customers=120, villages=20, vehicles=4)
    start = feasible_start(Fleet(case), None, lambda: False)
    groups = divided(case, start, 3)
    stops = [stop_id for group in groups for stop_id in group.stop_ids]
    shifts = [shift_id for group in groups for shift_id in group.shift_ids]
    assert len(groups) == 3
    assert len(stops) == len(set(stops)) == len(case.stops)
    assert len(shifts) == len(set(shifts))
    assert {route.shift_id for route in start.routes} <= set(shifts)


def test_a_part_put_back_unchanged_changes_nothing():
    case = county(2, customers=120, villages=20, vehicles=4)
    start = feasible_start(Fleet(case), None, lambda: False)
    (group, _) = divided(case, start, 2)
    back = with_part(start, group, part_of(start, group))
    assert set(back.routes) == set(start.routes)
    assert set(back.unassigned) == set(start.unassigned)


def test_a_stop_whose_company_is_on_a_route_does_not_join_a_group():
    case = problem([stop("a", 1, together="home"), stop("b", 1, together="home"), stop("c", 2)])
    (group,) = divided(case, plan({"day": ["a"]}, ["b", "c"]), 1)
    assert set(group.stop_ids) == {"a", "c"}


def test_more_groups_than_routes_are_not_made():
    case = problem([stop("a", 1), stop("b", 2)])
    assert len(divided(case, plan({"day": ["a", "b"]}), 4)) == 1
