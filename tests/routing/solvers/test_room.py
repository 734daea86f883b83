"""Room for stops that wait: half a route goes elsewhere at once, and no rule is broken for it."""

import numpy as np
import pytest
from hypothesis import given, settings

from routing import Plan, solve
from routing.insertion import Fleet
from routing.solvers import room as room_module
from routing.solvers.room import Room
from routing.solvers.standings import Standings
from routing.solvers.start import with_more
from tests.benchmarks.rich import rich_county
from tests.routing.cases import (
    MINUTE,
    left_out,
    plan,
    problem,
    problems,
    route_of,
    served,
    shift,
    standing,
    stop,
    vehicle,
    window,
)


def never() -> bool:
    return False


def made(case, start: Plan, stopped=never, hopeless=frozenset()) -> Plan:
    return Room(Fleet(case), Standings(case), np.random.default_rng(1)).made(start, stopped, hopeless)


def busy(**more):
    """Only the lift gets w onto its place, at the far end of the road, and in time only if it goes there right away: a and b are in its way
    and have to be served early.  The van could serve them.
    """
    early = window(0, 90)
    stops = [
        stop("a", 1, windows=(early,), service_s=20 * MINUTE),
        stop("b", 2, windows=(early,), service_s=20 * MINUTE),
        stop("c", 1),
        stop("w", 6, windows=(window(60, 70),), required_skills=frozenset({"lift"}), **more),
    ]
    fleet = [vehicle("truck", skills=frozenset({"lift"})), vehicle("van")]
    return problem(stops, fleet, [shift("lift", "truck"), shift("van", "van")])


BUSY_PLAN = plan({"lift": "ab", "van": "c"}, ["w"])


def test_two_stops_at_once_make_room_for_one_that_waits():
    case = busy()
    assert with_more(Fleet(case), BUSY_PLAN, Standings(case), never) == BUSY_PLAN
    found = made(case, BUSY_PLAN)
    assert route_of(found, "lift") == ("w",)
    assert set(route_of(found, "van")) == set("abc")
    assert standing(case, found) < standing(case, BUSY_PLAN)


def test_whoever_is_still_in_time_stays():
    case = problem([*busy().stops, stop("d", 5)], busy().vehicles, busy().shifts)
    found = made(case, plan({"lift": "abd", "van": "c"}, ["w"]))
    assert set(route_of(found, "lift")) == {"w", "d"}


@pytest.mark.parametrize(
    ("case", "start", "more"),
    [
        (busy(left_out_price=0), BUSY_PLAN, {}),
        (busy(), BUSY_PLAN, {"hopeless": frozenset({"w"})}),
        (busy(), BUSY_PLAN, {"stopped": lambda: True}),
        (busy(), plan({"lift": "ab", "van": "c"}), {}),
    ],
    ids=["it does not pay", "nobody can serve it", "there is no time", "nobody waits"],
)
def test_the_plan_stays_where(case, start, more):
    assert made(case, start, **more) == start


def test_what_is_locked_stays_where_it_is():
    locked = problem(busy().stops, busy().vehicles, [shift("lift", "truck", locked=("a",)), shift("van", "van")])
    assert left_out(made(locked, BUSY_PLAN)) == {"w"}


def test_nothing_is_tried_twice():
    case = busy(left_out_price=0)
    room, asked = Room(Fleet(case), Standings(case), np.random.default_rng(1)), list[int]()

    def counted() -> bool:
        asked.append(1)
        return False

    room.made(BUSY_PLAN, counted)
    first = len(asked)
    room.made(BUSY_PLAN, counted)
    assert len(asked) - first < first


def test_the_next_time_other_routes_are_tried(monkeypatch):
    monkeypatch.setattr(room_module, "ROUTES_A_STOP", 1)
    fleet = [*busy().vehicles, vehicle("other truck", skills=frozenset({"lift"}))]
    shifts = [shift("lift", "truck", locked=("a",)), shift("van", "van"), shift("other", "other truck")]
    case = problem([*busy().stops, stop("d", 5), stop("e", 4)], fleet, shifts)
    start = plan({"lift": "ade", "van": "c", "other": "b"}, ["w"])
    room = Room(Fleet(case), Standings(case), np.random.default_rng(1))
    assert room.made(start, never) == start
    assert route_of(room.made(start, never), "other") == ("w",)


@settings(deadline=None, max_examples=30)
@given(problems(most_stops=6))
def test_a_plan_is_never_worse_and_breaks_no_rule(case):
    start = solve(case, iterations=0)
    driven = Plan(routes=start.routes[:1], unassigned=()) if start.routes else start
    waiting = [entry.id for entry in case.stops if entry.id not in served(driven)]
    partly = plan({}, waiting)
    partly = Plan(routes=driven.routes, unassigned=partly.unassigned)
    found = made(case, partly)
    assert standing(case, found) <= standing(case, partly)
    assert served(found) | left_out(found) == {entry.id for entry in case.stops}


def test_a_rich_county_gets_room_without_a_rule_broken():
    case = rich_county(1, customers=160, villages=40, vehicles=3)
    start = solve(case, iterations=0)
    found = made(case, start)
    assert standing(case, found)[0] == 0
    assert standing(case, found) < standing(case, start)
