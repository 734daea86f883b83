"""The door to PyVRP: what comes out obeys the referee, and what it cannot say stays as it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import Break, Incompatibility, Pass, Pin, Place, Plan, Within, evaluate, solve
from routing.solvers.pool import Task
from routing.solvers.py_vrp import Annealing, Effort, Plain, improve
from tests.benchmarks.counties import county
from tests.routing.cases import (
    LEG_S,
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

SHORT = Effort(iterations=200)


def improved(case, start: Plan | None = None, effort: Effort = SHORT, seed: int = 1) -> Plan:
    start = start or plan({}, [each.id for each in case.stops])
    found = improve(case, start, effort=effort, seed=seed)
    assert not [broken for broken in evaluate(case, found).violations if broken.kind != "left_out"]
    return found


def test_where_it_finds_no_valid_plan_by_itself_it_serves_whom_it_can():
    case = problem([stop(name, 1, left_out_price=None) for name in "abc"], [vehicle(capacity=(2,))])
    found = improved(case, effort=Plain(iterations=50))
    assert len(served(found)) == 2
    assert len(left_out(found)) == 1


def test_hot_it_goes_on_from_dearer_plans_and_ends_where_it_has_come_to():
    case = county(1, customers=60, villages=10, vehicles=4)
    good = improve(case, solve(case, iterations=0), effort=Effort(iterations=1000), seed=1)
    hot = improve(case, good, effort=Annealing(iterations=100, heat=10.0), seed=1)
    assert evaluate(case, hot).feasible
    assert evaluate(case, hot).cost.total > evaluate(case, good).cost.total


def test_cold_it_goes_only_down():
    case = problem([stop(f"s{number}", number % 7) for number in range(12)], [vehicle(capacity=(12,))])
    start = plan({"day": [f"s{number}" for number in range(12)]})
    found = improve(case, start, effort=Annealing(iterations=200, heat=1e-9), seed=1)
    assert standing(case, found) < standing(case, start)
    assert standing(case, found) == standing(case, improved(case, start))


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_annealing_breaks_no_rule_that_its_start_keeps(data):
    """As far as PyVRP is told of it; what it is not told of is the referee's affair."""
    case = data.draw(problems())
    start = solve(case, iterations=0)
    task = Task(problem=case, plan=start, effort=Annealing(iterations=30, heat=2.0), seed=data.draw(st.integers(0, 9)))
    result = task.run(lambda: False)
    assert result.plan is None or standing(case, result.plan)[:2] <= standing(case, start)[:2]


@pytest.mark.parametrize("is_rough", [False, True])
def test_it_finds_the_shortest_way_from_nothing(is_rough):
    case = problem([stop("far", 6), stop("near", 1), stop("middle", 3)])
    found = improved(case, effort=Effort(iterations=200, is_rough=is_rough))
    assert served(found) == {"far", "near", "middle"}
    assert evaluate(case, found).cost.distance == 1200


def test_the_same_seed_gives_the_same_plan():
    case = problem([stop(f"s{number}", number % 7) for number in range(30)], [vehicle(capacity=(30,))])
    assert improved(case, seed=3) == improved(case, seed=3)


def test_a_window_on_each_of_two_days_is_one_visit():
    hours = (window(0, 60), window(24 * 60, 25 * 60))
    case = problem(
        [stop("a", 1, windows=hours), stop("b", 2, windows=(window(24 * 60, 30 * 60),))],
        shifts=[shift("monday", hours=(0, 8)), shift("tuesday", hours=(24, 32))],
    )
    found = improved(case)
    assert set(route_of(found, "tuesday")) == {"a", "b"}


def test_a_stop_waits_for_its_second_window_of_the_day():
    case = problem([stop("a", 3, windows=(window(0, 20), window(60, 80)))])
    assert evaluate(case, improved(case)).routes[0].visits[0].start_s == 60 * MINUTE


def test_an_expired_pass_closes_a_stop_for_the_rest_of_the_day():
    inside = stop("inside", 1, required_passes=frozenset({"green"}))
    for minutes, expected in [(10, {"inside"}), (9, set())]:
        case = problem([inside], [vehicle(passes=(Pass(kind="green", valid_until_s=minutes * MINUTE),))])
        assert served(improved(case)) == expected


def test_a_pinned_stop_comes_only_to_its_shift():
    case = problem(
        [stop("a", 1, pin=Pin(shift_id="dear"))],
        [vehicle("v1"), vehicle("v2", fixed_cost=500)],
        [shift("cheap", "v1"), shift("dear", "v2")],
    )
    assert route_of(improved(case), "dear") == ("a",)


def test_a_break_takes_its_time_from_the_shift():
    """Two legs of 10 minutes each way and 30 minutes at each stop fill 100 minutes; with the break, 130."""
    rest = Break(earliest_s=20 * MINUTE, latest_s=60 * MINUTE, duration_s=30 * MINUTE)
    stops = [stop(id, 2, service_s=30 * MINUTE) for id in "ab"]
    assert len(served(improved(problem(stops, shifts=[shift(hours=(0, 2))])))) == 2
    assert len(served(improved(problem(stops, shifts=[shift(hours=(0, 2), breaks=(rest,))])))) == 1


def test_goods_that_must_not_meet_are_kept_apart():
    case = problem(
        [stop(f"{kind}{number}", 1, goods=frozenset({kind})) for kind in ("84", "food") for number in range(2)],
        [vehicle("v1"), vehicle("v2")],
        [shift("s1", "v1"), shift("s2", "v2")],
        incompatible=(Incompatibility(goods=("84", "food"), within=Within.VEHICLE),),
    )
    start = plan({"s1": ["840"], "s2": ["food0"]}, ["841", "food1"])
    found = improved(case, start)
    assert {frozenset(route.stops) for route in found.routes} == {
        frozenset({"840", "841"}),
        frozenset({"food0", "food1"}),
    }


def test_those_who_belong_together_are_not_parted():
    case = problem(
        [stop("a", 1, together="family"), stop("b", 6, together="family"), stop("c", 5)],
        [vehicle("v1"), vehicle("v2")],
        [shift("s1", "v1"), shift("s2", "v2")],
    )
    found = improved(case, plan({"s1": ["a", "b"], "s2": ["c"]}))
    assert {"a", "b"} <= set(route_of(found, "s1"))


def test_quarantine_is_served_last():
    case = problem([stop("sick", 1, quarantine=True), stop("well", 3), stop("other", 6)])
    assert route_of(improved(case))[-1] == "sick"


def test_a_nearer_place_is_chosen_at_its_price():
    agreed = Place(location=1, service_s=0, price=300)
    case = problem([stop("far", 6, alternatives=(agreed,))])
    found = improved(case)
    assert found.routes[0].places == (1,)
    dear = problem([stop("far", 6, alternatives=(Place(location=1, service_s=0, price=1100),))])
    assert improved(dear).routes[0].places == ()


def test_a_second_trip_carries_what_the_first_cannot():
    stops = [stop(id, 1, load=(60,)) for id in "ab"]
    case = problem(stops, shifts=[shift(max_trips=2, disinfection_s=600)])
    found = improved(case)
    assert served(found) == {"a", "b"}
    assert found.routes[0].reloads == (1,)


def test_the_familiar_driver_is_worth_a_detour():
    case = problem(
        [stop("a", 1, familiar_drivers=frozenset({"Li"}), unfamiliar_price=500)],
        [vehicle("v1"), vehicle("v2", fixed_cost=100)],
        [shift("s1", "v1", driver="Wang"), shift("s2", "v2", driver="Li")],
    )
    assert route_of(improved(case), "s2") == ("a",)


def test_a_route_with_a_locked_beginning_is_kept_as_it_is():
    case = problem([stop("a", 6), stop("b", 1)], shifts=[shift(locked=("a",))])
    start = plan({"day": ["a", "b"]})
    assert route_of(improved(case, start)) == ("a", "b")


def test_the_longest_way_of_a_shift_is_kept_to():
    case = problem([stop("a", 1), stop("b", 2)], shifts=[shift(max_distance_m=2000)])
    found = improved(case)
    assert left_out(found) == {"b"}


def test_told_to_stop_it_comes_back_with_what_it_has():
    case = problem([stop(f"s{number}", number % 7) for number in range(40)])
    found = improve(
        case, plan({}, [each.id for each in case.stops]), effort=Effort(seconds=60), seed=1, should_stop=lambda: True
    )
    assert standing(case, found)[0] == 0


def test_an_hour_of_driving_is_priced_on_the_arcs_of_a_rough_search():
    case = problem([stop("a", 6)], [vehicle(cost_per_km=0, cost_per_hour=3600)], [shift()])
    cheap = problem(
        [stop("a", 6, left_out_price=12 * LEG_S - 1)], [vehicle(cost_per_km=0, cost_per_hour=3600)], [shift()]
    )
    rough = Effort(iterations=100, is_rough=True)
    assert served(improved(case, effort=rough)) == {"a"}
    assert served(improved(cheap, effort=rough)) == set()
