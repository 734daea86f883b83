"""Plans that something happens to: 10 minutes and 1 km (100 fen) from place to place, the yard at place 0."""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routing import Plan, ProblemError, Route, UnknownIdError, evaluate
from routing.gaps import Gaps
from routing.happenings import (
    Closed,
    Happening,
    LateStart,
    LostShift,
    LostVehicle,
    TravelChanged,
    UrgentStop,
    WithdrawnStop,
)
from routing.insertion import Fleet, Tours
from routing.repair import repair
from tests.routing.cases import (
    HOUR,
    LEG_S,
    MINUTE,
    PLACES,
    left_out,
    plan,
    plans_for,
    problem,
    problems,
    road,
    route_of,
    served,
    shift,
    stop,
    vehicle,
    window,
)
from tests.routing.ways import part_that_breaks_nothing

TWO_VANS: dict[str, Any] = {
    "vehicles": [vehicle("v1"), vehicle("v2")],
    "shifts": [shift("s1", "v1"), shift("s2", "v2")],
}


def test_a_lost_vehicle_gives_its_stops_to_others_and_keeps_what_it_did():
    case = problem([stop("a", 1), stop("b", 2), stop("c", 3), stop("d", 4)], **TWO_VANS)
    found = repair(
        case, plan({"s1": ["a", "b"], "s2": ["c", "d"]}), LostVehicle(vehicle_id="v1"), visited={"s1": 1}, iterations=1
    )
    assert route_of(found.plan, "s1") == ("a",)
    assert set(route_of(found.plan, "s2")) == {"b", "c", "d"}
    assert found.displaced == ("b",)
    assert not found.broken
    assert [moved.stop_id for moved in found.diff.moved if moved.changes_shift] == ["b"]


def test_what_was_served_before_the_loss_is_done():
    """At minute 25 the van has been at `a` (10) and `b` (20)."""
    case = problem([stop("a", 1), stop("b", 2), stop("c", 3)], **TWO_VANS)
    found = repair(case, plan({"s1": ["a", "b", "c"]}), LostShift(shift_id="s1", from_s=25 * MINUTE), iterations=0)
    assert (route_of(found.plan, "s1"), route_of(found.plan, "s2")) == (("a", "b"), ("c",))


def test_a_late_start_gives_away_only_what_would_be_late():
    case = problem([stop("early", 1, windows=(window(0, 30),)), stop("late", 3)], **TWO_VANS)
    found = repair(case, plan({"s1": ["early", "late"]}), LateStart(shift_id="s1", start_s=HOUR), iterations=0)
    assert (route_of(found.plan, "s1"), route_of(found.plan, "s2")) == (("late",), ("early",))
    assert not found.broken


def test_nothing_that_still_fits_is_moved():
    case = problem([stop("a", 6), stop("b", 6)], **TWO_VANS)
    before = plan({"s1": ["a"], "s2": ["b"]})
    found = repair(case, before, LateStart(shift_id="s1", start_s=HOUR), change_price=2000, iterations=1)
    assert found.plan == before
    assert found.diff.is_empty


def test_a_stop_behind_a_closed_road_is_left_out_with_the_reason():
    case = problem([stop("a", 2), stop("b", 4)])
    found = repair(case, plan({"day": ["a", "b"]}), Closed(locations=frozenset({4})), iterations=1)
    assert served(found.plan) == {"a"}
    (entry,) = found.left_out
    assert (entry.stop_id, entry.reason.code) == ("b", "no_way")


def test_a_closed_leg_is_driven_around():
    case = problem([stop("a", 2), stop("b", 4)])
    found = repair(case, plan({"day": ["a", "b"]}), Closed(legs=frozenset({(2, 4)})), iterations=1)
    assert not found.broken
    assert served(found.plan) == {"a", "b"}


def test_a_closed_leg_that_was_driven_already_is_named_and_no_more_is_broken():
    case = problem([stop("a", 2), stop("b", 4), stop("c", 5)])
    found = repair(
        case, plan({"day": ["a", "b", "c"]}), Closed(legs=frozenset({(2, 4)})), visited={"day": 2}, iterations=1
    )
    assert [violation.kind for violation in found.broken] == ["no_way"]
    assert route_of(found.plan, "day") == ("a", "b", "c")


def test_slower_roads_leave_out_what_cannot_be_reached_any_more():
    slow = road()
    slower = type(slow)(duration_s=slow.duration_s * 2, distance_m=slow.distance_m)
    case = problem([stop("a", 1, left_out_price=500), stop("b", 6)], shifts=[shift(hours=(0, 2))])
    found = repair(case, plan({"day": ["a", "b"]}), TravelChanged(travel={"car": slower}), iterations=1)
    assert left_out(found.plan) == {"b"}
    assert not found.broken


def test_an_urgent_stop_finds_its_place_and_a_withdrawn_one_leaves_it():
    case = problem([stop("a", 3), stop("gone", 5)], **TWO_VANS)
    happenings: list[Happening] = [UrgentStop(stop=stop("x", 2)), WithdrawnStop(stop_id="gone")]
    found = repair(case, plan({"s1": ["a"], "s2": ["gone"]}), happenings, iterations=1)
    assert sorted(route_of(found.plan, "s1")) == ["a", "x"]
    assert (found.diff.gone, [each.stop_id for each in found.diff.served]) == (
        ("gone",),
        ("x",),
    ) or found.diff.gone == ("gone",)
    assert "gone" not in found.problem


def test_an_urgent_stop_may_lie_at_a_new_location():
    case = problem([stop("a", 3)])
    new = UrgentStop(
        stop=stop("x", PLACES), locations=(*case.locations, case.locations[-1]), travel={"car": road(PLACES + 1)}
    )
    found = repair(case, plan({"day": ["a"]}), new, iterations=0)
    assert evaluate(found.problem, found.plan).routes[0].return_s == 2 * PLACES * LEG_S


def test_what_belongs_together_moves_together():
    case = problem([stop("a", 1, together="flat"), stop("b", 5, together="flat"), stop("c", 2)], **TWO_VANS)
    found = repair(case, plan({"s1": ["a", "b"], "s2": ["c"]}), LostShift(shift_id="s1"), iterations=1)
    assert set(route_of(found.plan, "s2")) == {"a", "b", "c"}
    assert not found.broken


def test_what_cannot_be_is_refused():
    case = problem([stop("a", 1)])
    day = plan({"day": ["a"]})
    with pytest.raises(ProblemError):
        repair(case, day, WithdrawnStop(stop_id="a"), visited={"day": 1})
    with pytest.raises(ProblemError):
        repair(case, day, LostShift(shift_id="day"), visited={"day": 2})
    for unknown in (LostShift(shift_id="?"), LostVehicle(vehicle_id="?"), LateStart(shift_id="?", start_s=0)):
        with pytest.raises(UnknownIdError):
            repair(case, day, unknown)


@st.composite
def happenings_in(draw, case):
    some_shift = st.sampled_from([entry.id for entry in case.shifts])
    places = st.integers(1, PLACES - 1)
    return draw(
        st.builds(LateStart, shift_id=some_shift, start_s=st.integers(0, 30 * HOUR))
        | st.builds(LostShift, shift_id=some_shift, from_s=st.none() | st.integers(0, 30 * HOUR))
        | st.builds(LostVehicle, vehicle_id=st.sampled_from([entry.id for entry in case.vehicles]))
        | st.builds(Closed, locations=st.frozensets(places, max_size=2), legs=st.frozensets(st.tuples(places, places)))
        | st.builds(UrgentStop, stop=st.builds(stop, st.just("urgent"), places, st.just((1, 1))))
    )


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_what_was_visited_stays_and_only_what_is_locked_may_break_a_rule(data):
    case = data.draw(problems())
    tours = Tours(Fleet(case), part_that_breaks_nothing(case, data.draw(plans_for(case))))
    before = tours.plan()
    visited = {route.shift_id: data.draw(st.integers(0, len(route.stops))) for route in before.routes}
    elsewhere = {stop_id: entry.id for entry in case.shifts for stop_id in entry.locked}
    assume(all(elsewhere.get(id, r.shift_id) == r.shift_id for r in before.routes for id in r.stops))
    happening = data.draw(happenings_in(case))
    found = repair(case, before, happening, visited=visited, iterations=0)
    verdict = evaluate(found.problem, found.plan)
    assert verdict.violations == found.broken
    for route in before.routes:
        count = visited[route.shift_id]
        assert route_of(found.plan, route.shift_id)[:count] == route.stops[:count]
    locked = {entry.id for entry in found.problem.shifts if entry.locked}
    for violation in found.broken:
        assert violation.kind == "left_out" or violation.shift_id in locked or violation.kind == "together"
    assert {entry.stop_id for entry in found.left_out} <= {*found.displaced, "urgent"}
    gaps = Gaps(Tours(Fleet(found.problem), found.plan.routes))
    for entry in found.left_out:
        price = found.problem.stop(entry.stop_id).left_out_price
        spot = gaps.cheapest(gaps.tours.fleet.index[entry.stop_id])
        assert spot is None or (price is not None and spot.cost > price)
    assert found == repair(case, before, happening, visited=visited, iterations=0)


@settings(deadline=None, max_examples=15)
@given(st.data())
def test_the_search_keeps_what_repair_promises(data):
    case = data.draw(problems())
    tours = Tours(Fleet(case), part_that_breaks_nothing(case, data.draw(plans_for(case))))
    before = tours.plan()
    visited = {route.shift_id: data.draw(st.integers(0, len(route.stops))) for route in before.routes}
    elsewhere = {stop_id: entry.id for entry in case.shifts for stop_id in entry.locked}
    assume(all(elsewhere.get(id, r.shift_id) == r.shift_id for r in before.routes for id in r.stops))
    happening = data.draw(happenings_in(case))
    quick = repair(case, before, happening, visited=visited, iterations=0)
    found = repair(case, before, happening, visited=visited, iterations=1, seed=3)
    for route in before.routes:
        count = visited[route.shift_id]
        assert route_of(found.plan, route.shift_id)[:count] == route.stops[:count]
    assert standing(found) <= standing(quick)
    assert found == repair(case, before, happening, visited=visited, iterations=1, seed=3)


def standing(repaired):
    verdict = evaluate(repaired.problem, repaired.plan)
    missing = sum(violation.kind == "left_out" for violation in verdict.violations)
    return len(verdict.violations) - missing, missing, verdict.cost.total


def test_routes_of_other_shifts_stay_as_they_are_without_a_search():
    case = problem([stop("a", 1), stop("b", 2), stop("c", 3)], **TWO_VANS)
    before = Plan(routes=(Route(shift_id="s1", stops=("b", "a")), Route(shift_id="s2", stops=("c",))))
    found = repair(case, before, LateStart(shift_id="s2", start_s=HOUR), iterations=0)
    assert route_of(found.plan, "s1") == ("b", "a")
