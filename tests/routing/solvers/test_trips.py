"""Trips that were met: remembered, told from one search to another, and put together anew."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import Plan, Route, solve
from routing.solvers.py_vrp import Effort, Trips, find
from routing.solvers.py_vrp.model import Model
from routing.solvers.py_vrp.trips import recombined
from tests.benchmarks.heldout import mtvrptwr, trikes
from tests.routing.cases import MINUTE, plan, problem, problems, route_of, shift, standing, stop, vehicle, window

TELLING = Effort(iterations=200, tells_trips=True)


def never() -> bool:
    return False


def day(*trips: str, shift_id: str = "day") -> Route:
    """A letter is a stop."""
    reloads, count = [], 0
    for trip in trips[:-1]:
        count += len(trip)
        reloads.append(count)
    return Route(shift_id=shift_id, stops=tuple("".join(trips)), reloads=tuple(reloads))


def told(case, *routes: Route) -> Trips:
    """The trips of a plan, as a search tells them that meets nothing else."""
    trips = find(case, Plan(routes=routes), effort=Effort(iterations=1, tells_trips=True), seed=1).trips
    assert trips is not None
    return trips


def put_together(case, start: Plan, *met: Trips) -> Plan | None:
    model = Model(case, start)
    found = recombined(model, model.solution_of(start), met, None, never)
    return None if found is None else model.plan_of(found)


def two_days(**more):
    """Four stops, two vehicles that hold the goods of two; a and b lie on the near side, c and d far away."""
    stops = [stop("a", 1), stop("b", 2), stop("c", 5), stop("d", 6)]
    vehicles = [vehicle("v0", (2,)), vehicle("v1", (2,))]
    return problem(
        stops, vehicles, [shift(f"day{row}", f"v{row}", **{"hours": (0, 8), "max_trips": 2, **more}) for row in (0, 1)]
    )


def test_trips_of_two_plans_make_a_better_one():
    case = two_days(hours=(0, 3))
    start = Plan(routes=(day("ac", shift_id="day0"), day("bd", shift_id="day1")))
    other = told(case, day("ab", shift_id="day0"), day("cd", shift_id="day1"))
    found = put_together(case, start, other)
    assert found is not None
    assert {frozenset(route.stops) for route in found.routes} == {frozenset("ab"), frozenset("cd")}
    assert standing(case, found) < standing(case, start)


def test_trips_of_one_day_are_chosen_with_their_hours():
    """To the far end of the road twice, or once with both who are there at noon."""
    noon, morning = window(240, 480), window(0, 130)
    stops = [stop("a", 5, windows=(morning,)), stop("b", 6, windows=(noon,)), stop("c", 6, windows=(noon,))]
    case = problem(stops, [vehicle("v0", (2,))], [shift("day", "v0", max_trips=2)])
    start = Plan(routes=(day("ab", "c"),))
    better = put_together(case, start, told(case, day("a", "bc")))
    assert better is not None
    assert standing(case, better) < standing(case, start)
    assert better.routes[0].reloads == (1,)


def test_what_the_days_do_not_allow_is_not_begun_with():
    """Each trip is short enough for itself, and both together on one vehicle, which would save the other one, are not."""
    limits = {"max_distance_m": 13_000}
    stops = [stop("a", 5, load=(2,)), stop("b", 6, load=(2,))]
    vehicles = [vehicle("v0", (2,)), vehicle("v1", (2,), fixed_cost=5_000)]
    case = problem(stops, vehicles, [shift(f"day{row}", f"v{row}", max_trips=2, **limits) for row in (0, 1)])
    start = Plan(routes=(day("a", shift_id="day0"), day("b", shift_id="day1")))
    met = told(case, day("b", shift_id="day0"))
    tempting = put_together(case, start, met)
    assert tempting is not None
    assert standing(case, tempting)[0] > 0
    found = find(case, start, effort=Effort(iterations=1, trips=(met,)), seed=1).plan
    assert standing(case, found) <= standing(case, start)


def test_a_search_tells_each_trip_once():
    case = two_days()
    trips = find(case, plan({}, "abcd"), effort=TELLING, seed=1).trips
    assert trips is not None
    met = [row for rows in trips.by_shift.values() for row in rows]
    assert len(met) == len(set(met))
    assert {trips.visits[number][0] for row in met for number in row} == set("abcd")


def test_who_is_not_asked_tells_nothing_nor_do_those_who_leave_once():
    assert find(two_days(), plan({}, "abcd"), effort=Effort(iterations=50), seed=1).trips is None
    assert find(two_days(max_trips=1), plan({}, "abcd"), effort=TELLING, seed=1).trips is None


def test_who_ends_elsewhere_makes_no_trips_that_are_alike():
    assert find(two_days(end_location=3), plan({}, "abcd"), effort=TELLING, seed=1).trips is None


def test_what_another_model_does_not_know_is_passed_over():
    case = two_days(max_trips=3)
    trips = told(case, day("ab", shift_id="day0"), day("cd", shift_id="day1"))
    part = case.restricted_to(stop_ids=["a", "b", "c"], shift_ids=["day0"])
    found = put_together(part, Plan(routes=(day("a", "b", "c", shift_id="day0"),)), trips)
    assert found is not None
    assert standing(part, found)[2] == 1400  # once to b, past a, and once to c


def test_where_a_vehicle_is_disinfected_a_trip_takes_so_much_longer():
    """Two trips of 100 minutes, and half an hour between them, do not fit into 220."""
    stops = [stop("a", 5, load=(2,)), stop("b", 5, load=(2,))]
    vehicles = [vehicle("v0", (2,)), vehicle("v1", (2,), fixed_cost=5_000)]

    def case(minutes: int):
        shifts = [shift(f"day{row}", f"v{row}", max_trips=2, disinfection_s=minutes * MINUTE) for row in (0, 1)]
        return problem(stops, vehicles, [replace(shifts[0], end_s=220 * MINUTE), shifts[1]])

    start = Plan(routes=(day("a", shift_id="day0"), day("b", shift_id="day1")))
    for minutes, fits in ((20, True), (30, False)):
        found = put_together(case(minutes), start, told(case(minutes), day("b", shift_id="day0")))
        assert (found is not None) == fits
        if found is not None:
            assert set(route_of(found, "day0")) == {"a", "b"}


@settings(deadline=None, max_examples=40)
@given(
    problems(rules=("trips", "places", "release", "closures", "skills", "overtime", "breaks"), most_rules=5),
    st.integers(0, 9),
)
def test_what_is_put_together_is_valid_and_the_same_each_time(case, seed):
    start = solve(case, iterations=0)
    first = find(case, start, effort=TELLING, seed=seed)
    if first.trips is None:
        return
    effort = Effort(iterations=50, trips=(first.trips,))
    found = [find(case, start, effort=effort, seed=seed).plan for _ in range(2)]
    assert found[0] == found[1]
    assert standing(case, found[0])[0] <= standing(case, start)[0]


@pytest.mark.parametrize("case", [mtvrptwr(4, customers=40), trikes(4, stops=20)], ids=["mtvrptwr", "trikes"])
def test_a_whole_search_keeps_the_rules_and_is_the_same_with_any_number_of_processes(case):
    alone = solve(case, iterations=4, seed=3, workers=1)
    assert standing(case, alone)[:2] == (0, 0)
    assert solve(case, iterations=4, seed=3, workers=2) == alone
