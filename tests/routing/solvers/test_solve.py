"""Every rule where it binds, through `solve`; and the laws that hold for any problem."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import Pass, Plan, Progress, evaluate, solve
from routing.plan import FitsNowhere, NoRoom, PriceTooLow, ViolationKind
from routing.solvers import annealing, search, watch
from routing.solvers.pool import Task, Workers
from routing.solvers.py_vrp import Annealing, Crossing, Effort
from tests.benchmarks.counties import county
from tests.benchmarks.heldout import vrptw
from tests.benchmarks.rich import rich_county
from tests.routing.cases import (
    MINUTE,
    RULES,
    every_plan,
    left_out,
    plan,
    plans_for,
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

KEEPABLE = [rule for rule in RULES if rule != "locked"]
"""Where stops are locked, there may be no plan that breaks no rule."""


def solved(case, **how) -> Plan:
    found = solve(case, **{"iterations": 1, "workers": 1, **how})
    verdict = evaluate(case, found)
    assert {violation.kind for violation in verdict.violations} <= {ViolationKind.LEFT_OUT}
    return found


def test_stops_on_a_road_are_served_on_the_way_out_and_back():
    found = solved(problem([stop("far", 6), stop("near", 1), stop("middle", 3)]))
    assert served(found) == {"far", "near", "middle"}
    assert evaluate(problem([stop("far", 6), stop("near", 1), stop("middle", 3)]), found).cost.distance == 1200


def test_each_of_several_loads_limits_the_vehicle():
    heavy, bulky = stop("heavy", 1, load=(90, 1)), stop("bulky", 2, load=(1, 90))
    both = problem([heavy, bulky], [vehicle(capacity=(100, 100))], loads=("kg", "litres"))
    assert served(solved(both)) == {"heavy", "bulky"}
    for capacity in [(90, 100), (100, 90)]:
        case = problem([heavy, bulky], [vehicle(capacity=capacity)], loads=("kg", "litres"))
        found = solved(case)
        assert len(served(found)) == 1
        (entry,) = found.unassigned
        assert isinstance(entry.reason, NoRoom)


def test_two_vehicles_carry_what_one_cannot():
    case = problem(
        [stop("a", 1, load=(60,)), stop("b", 1, load=(60,))],
        [vehicle("v1"), vehicle("v2")],
        [shift("s1", "v1"), shift("s2", "v2")],
    )
    assert len(solved(case).routes) == 2


def test_windows_decide_the_order():
    case = problem([stop("near", 1, windows=(window(100, 120),)), stop("far", 3, windows=(window(0, 40),))])
    assert route_of(solved(case), "day") == ("far", "near")


def test_a_stop_waits_for_its_second_window():
    """The first window closes before one can be there."""
    case = problem([stop("a", 3, windows=(window(0, 20), window(60, 80)))])
    found = solved(case)
    assert evaluate(case, found).routes[0].visits[0].start_s == 60 * MINUTE


def test_service_times_fill_a_shift():
    long_stops = [stop(id, 1, service_s=50 * MINUTE) for id in "abc"]
    assert len(served(solved(problem(long_stops, shifts=[shift(hours=(0, 2))])))) == 2
    assert len(served(solved(problem(long_stops, shifts=[shift(hours=(0, 3))])))) == 3


def test_loading_takes_its_time_from_the_shift():
    case = [stop("a", 3)]
    assert served(solved(problem(case, shifts=[shift(hours=(0, 1))]))) == {"a"}
    assert served(solved(problem(case, shifts=[shift(hours=(0, 1), loading_s=60)]))) == set()


def test_each_stop_goes_to_the_day_on_which_it_is_open():
    case = problem(
        [stop("mon", 1, windows=(window(0, 480),)), stop("tue", 1, windows=(window(24 * 60, 32 * 60),))],
        shifts=[shift("monday", hours=(0, 8)), shift("tuesday", hours=(24, 32))],
    )
    found = solved(case)
    assert (route_of(found, "monday"), route_of(found, "tuesday")) == (("mon",), ("tue",))


def test_only_a_vehicle_with_the_pass_goes_in():
    case = problem(
        [stop("inside", 1, required_passes=frozenset({"green"})), stop("outside", 1)],
        [vehicle("cheap", cost_per_km=1), vehicle("dear", cost_per_km=500, passes=(Pass(kind="green"),))],
        [shift("s1", "cheap"), shift("s2", "dear")],
    )
    found = solved(case)
    assert "inside" in route_of(found, "s2")


def test_a_stop_that_needs_a_pass_is_visited_before_it_runs_out():
    """Going out to place 3 first would be as short, but `a` must be left by minute 35."""
    service = 20 * MINUTE
    case = problem(
        [
            stop("a", 1, service_s=service, required_passes=frozenset({"green"})),
            stop("b", 3, windows=(window(30, 60),)),
        ],
        [vehicle(passes=(Pass(kind="green", valid_until_s=35 * MINUTE),))],
    )
    found = solved(case)
    assert route_of(found, "day") == ("a", "b")


def test_the_dearer_stop_is_kept_when_there_is_room_for_one():
    case = problem([stop("cheap", 1, load=(60,), left_out_price=5000), stop("dear", 6, load=(60,))])
    assert served(solved(case)) == {"dear"}


def test_a_stop_that_must_be_served_is_kept_whatever_others_pay():
    case = problem(
        [stop("must", 6, load=(60,), left_out_price=None), stop("dear", 1, load=(60,), left_out_price=10**9)]
    )
    assert served(solved(case)) == {"must"}


def test_a_stop_that_does_not_pay_is_left_out_with_the_numbers():
    case = problem([stop("a", 6, left_out_price=1199)])
    (entry,) = solved(case).unassigned
    assert entry.reason == PriceTooLow(shift_id="day", insertion_cost=1200, left_out_price=1199)
    assert served(solved(problem([stop("a", 6, left_out_price=1201)]))) == {"a"}


def test_a_route_that_pays_only_together_is_driven():
    """Each alone costs 1,200 fen to reach, the three together as much; each is worth 500."""
    case = problem([stop(id, 6, left_out_price=500) for id in "abc"])
    assert served(solved(case)) == {"a", "b", "c"}


def test_a_must_serve_stop_out_of_reach_is_left_out_with_the_proof():
    case = problem([stop("a", 6, left_out_price=None), stop("b", 1)], shifts=[shift(hours=(0, 1))])
    found = solved(case)
    assert left_out(found) == {"a"}
    assert isinstance(found.unassigned[0].reason, FitsNowhere)


def test_the_cheaper_vehicle_drives():
    case = problem(
        [stop("a", 3)],
        [vehicle("dear", fixed_cost=10_000), vehicle("cheap", fixed_cost=100)],
        [shift("s1", "dear"), shift("s2", "cheap")],
    )
    assert route_of(solved(case), "s2") == ("a",)


@pytest.mark.parametrize("case", [problem([]), problem([], shifts=[]), problem([stop("a", 1)], shifts=[])])
def test_nothing_to_do_or_nobody_to_do_it_is_no_error(case):
    assert served(solved(case)) == set()


@settings(deadline=None, max_examples=30)
@given(problems(most_stops=3, most_shifts=2, rules=KEEPABLE))
def test_tiny_problems_are_solved_to_the_optimum(case):
    best = min(standing(case, each) for each in every_plan(case))
    assert standing(case, solved(case)) == best


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_the_plan_breaks_no_rule_and_is_never_worse_than_its_start(data):
    case = data.draw(problems(most_stops=8, rules=KEEPABLE))
    start = data.draw(plans_for(case))
    found = solved(case, start=start)
    assert standing(case, found) <= standing(case, start)


def test_a_broken_or_foreign_start_is_used_as_far_as_it_goes():
    case = problem([stop("a", 1, load=(60,)), stop("b", 2, load=(60,)), stop("c", 3, load=(10,))])
    found = solved(case, start=plan({"day": ["x", "b", "a", "b"], "night": ["c"]}), iterations=0)
    assert served(found) in ({"a", "c"}, {"b", "c"})


SMALL_COUNTY: dict[str, Any] = {"customers": 80, "villages": 20, "vehicles": 5}


@pytest.fixture
def small_groups(monkeypatch):
    """Large parts first, and then groups, with so few stops that it takes no time."""
    monkeypatch.setattr(search, "WHOLE_STOPS", 40)
    monkeypatch.setattr(annealing, "PART_STOPS", 60)
    monkeypatch.setattr(search, "GROUP_STOPS", 40)
    monkeypatch.setattr(search, "GROUP_ROUTES", 3)


def county_of_groups():
    return county(3, **SMALL_COUNTY)


@pytest.mark.usefixtures("small_groups")
def test_the_same_seed_and_iterations_give_the_same_plan():
    case = county_of_groups()
    first, again = solve(case, iterations=2, seed=5), solve(case, iterations=2, seed=5)
    assert first == again
    assert evaluate(case, first).feasible


@pytest.mark.usefixtures("small_groups")
def test_groups_of_routes_improve_on_the_start_and_a_chain_on_its_links():
    case = county_of_groups()
    costs, found = [], None
    for seed, iterations in enumerate([0, 2, 2]):
        found = solve(case, iterations=iterations, seed=seed, start=found)
        verdict = evaluate(case, found)
        assert verdict.feasible
        costs.append(verdict.cost.total)
    assert costs[0] > costs[1] >= costs[2]


@pytest.mark.usefixtures("small_groups")
def test_progress_tells_cost_and_left_out_stops_and_never_gets_worse():
    case = county_of_groups()
    told: list[Progress] = []
    found = solve(case, iterations=2, on_progress=told.append)
    assert all(isinstance(each, Progress) for each in told)
    assert [each.cost for each in told] == sorted((each.cost for each in told), reverse=True)
    assert (told[-1].cost, told[-1].unassigned) == (evaluate(case, found).cost.total, len(found.unassigned))


@pytest.mark.usefixtures("small_groups")
def test_progress_with_fewer_rules_says_so_and_ends_with_all_of_them():
    case = rich_county(3, **SMALL_COUNTY)
    told: list[Progress] = []
    found = solve(case, iterations=8, on_progress=told.append)
    all_rules = [each.with_all_rules for each in told]
    assert all_rules == sorted(all_rules)
    assert (all_rules[0], all_rules[-1]) == (False, True)
    verdict = evaluate(case, found)
    assert (told[-1].cost, verdict.feasible) == (verdict.cost.total, True)


@pytest.mark.usefixtures("small_groups")
@pytest.mark.parametrize("reports", [1, 4, 9])
def test_a_stop_order_on_the_way_to_all_rules_gives_a_plan_with_all_of_them(reports, monkeypatch):
    monkeypatch.setattr(watch, "ASK_EVERY_S", 0.0)
    case = rich_county(3, **SMALL_COUNTY)
    told: list[Progress] = []
    found = solve(case, iterations=20, on_progress=told.append, should_stop=lambda: len(told) >= reports)
    assert not told[reports - 1].with_all_rules
    assert told[-1].with_all_rules
    assert len(told) <= reports + 2
    assert evaluate(case, found).feasible


@pytest.mark.usefixtures("small_groups")
def test_the_number_of_workers_has_no_say_where_steps_are_counted():
    case = rich_county(3, **SMALL_COUNTY)
    assert solve(case, iterations=7, workers=1) == solve(case, iterations=7, workers=2)


@pytest.mark.usefixtures("small_groups")
@pytest.mark.parametrize("workers", [1, 2])
def test_by_the_clock_a_new_plan_is_annealed(workers):
    case = county_of_groups()
    found = solve(case, budget_s=3, workers=workers)
    assert standing(case, found) < standing(case, solve(case, iterations=0))
    assert evaluate(case, found).feasible


@pytest.fixture
def searched(monkeypatch):
    """What was searched in each round, as far as it goes by PyVRP."""
    rounds: list[list[Task]] = []
    run = Workers.run

    def watched(self, tasks, stopped):
        rounds.append([task for task in tasks if isinstance(task.effort, Effort)])
        return run(self, tasks, stopped)

    monkeypatch.setattr(Workers, "run", watched)
    return rounds


@pytest.mark.usefixtures("small_groups")
@pytest.mark.parametrize("seconds_a_stop", [1e-3, 1e9])
def test_where_there_is_ample_time_each_core_anneals_the_whole(seconds_a_stop, searched, monkeypatch):
    monkeypatch.setattr(annealing, "AMPLE_S_A_STOP", seconds_a_stop)
    monkeypatch.setattr(annealing, "PART_STOPS", 100)
    case = county_of_groups()
    found = solve(case, budget_s=4, workers=2)
    assert evaluate(case, found).feasible
    assert standing(case, found) < standing(case, solve(case, iterations=0))
    annealed = [tasks for tasks in searched if any(isinstance(task.effort, Annealing) for task in tasks)]
    shared = [
        not {a.id for a in first.problem.stops}.isdisjoint(b.id for b in second.problem.stops)
        for first, second in annealed
    ]
    assert set(shared) == {seconds_a_stop < 1}
    first, second = annealed[-1]
    assert first.plan != second.plan


@pytest.fixture
def several_plans(monkeypatch, searched):
    """There is always time for them, and routes are always long enough; what was searched."""
    monkeypatch.setattr(annealing, "LONG_ROUTE", 1)
    monkeypatch.setattr(annealing, "A_PLAN_S_A_STOP", 1e-4)
    monkeypatch.setattr(annealing, "MOST_PLANS", 6)
    return searched


def efforts_of(rounds: list[list[Task]]) -> list[Effort]:
    return [task.effort for tasks in rounds for task in tasks if isinstance(task.effort, Effort)]


@pytest.mark.usefixtures("small_groups")
@pytest.mark.parametrize("workers", [1, 2])
def test_where_there_is_time_several_plans_of_long_routes_are_crossed(workers, several_plans, monkeypatch):
    monkeypatch.setattr(annealing, "LEGS_IN_COMMON", 0)
    case = vrptw(1, customers=100)
    told: list[Progress] = []
    found = solve(case, budget_s=4, workers=workers, on_progress=told.append)
    assert evaluate(case, found).feasible
    assert standing(case, found) < standing(case, solve(case, iterations=0))
    assert [each.cost for each in told] == sorted((each.cost for each in told), reverse=True)
    crossed = [effort for effort in efforts_of(several_plans) if isinstance(effort, Crossing)]
    assert {1 + len(effort.others) for effort in crossed} == {6 // workers}
    assert len(crossed) % workers == 0


@pytest.mark.usefixtures("small_groups")
def test_of_plans_that_are_too_unlike_the_better_one_is_annealed_further(several_plans, monkeypatch):
    monkeypatch.setattr(annealing, "LEGS_IN_COMMON", 1.01)
    case = vrptw(1, customers=100)
    found = solve(case, budget_s=3, workers=1)
    assert evaluate(case, found).feasible
    heats = [effort.heat for effort in efforts_of(several_plans) if isinstance(effort, Annealing)]
    begun_anew = [number for number, (before, heat) in enumerate(pairwise(heats), start=1) if heat > before]
    assert len(begun_anew) == 2
    assert len(heats) - begun_anew[1] > begun_anew[1]
    assert not any(isinstance(effort, Crossing) for effort in efforts_of(several_plans))


@pytest.mark.parametrize(
    ("windows", "max_trips", "capacities"),
    [((), 1, (100, 100)), ((window(0, 300),), 2, (100, 100)), ((window(0, 300),), 1, (100, 90))],
    ids=["no hours", "several trips", "unlike vehicles"],
)
def test_other_plans_are_not_crossed(windows, max_trips, capacities, several_plans, monkeypatch):
    monkeypatch.setattr(search, "WHOLE_STOPS", 10)
    stops = [stop(f"s{number}", number % 7, load=(9,), windows=windows) for number in range(14)]
    cars = [vehicle(f"v{number}", (capacity,)) for number, capacity in enumerate(capacities)]
    case = problem(stops, cars, [shift(f"day of {car.id}", car.id, hours=(0, 24), max_trips=max_trips) for car in cars])
    solve(case, budget_s=1, workers=1)
    assert any(isinstance(effort, Annealing) for effort in efforts_of(several_plans))
    assert not any(isinstance(effort, Crossing) for effort in efforts_of(several_plans))


@pytest.mark.usefixtures("small_groups")
def test_of_an_annealing_that_never_cools_the_best_plan_counts(monkeypatch):
    monkeypatch.setattr(annealing, "SHARE", 1.0)
    monkeypatch.setattr(annealing, "COLD", 50.0)
    monkeypatch.setattr(annealing, "HOT", 50.0)
    case = county_of_groups()
    told: list[Progress] = []
    found = solve(case, iterations=4, on_progress=told.append)
    assert [each.cost for each in told] == sorted((each.cost for each in told), reverse=True)
    assert evaluate(case, found).feasible
    assert standing(case, found) <= standing(case, solve(case, iterations=0))


def test_an_annealing_that_leaves_out_everything_goes_on_from_the_best_plan(monkeypatch):
    """One way pays for all of the stops together, and for none of them alone."""
    monkeypatch.setattr(search, "WHOLE_STOPS", 10)
    monkeypatch.setattr(annealing, "PART_STOPS", 10)
    monkeypatch.setattr(annealing, "ROUGH_SHARE", 0.0)
    for name in ("HOT", "COLD"):
        monkeypatch.setattr(annealing, name, 1e6)
    stops = [stop(f"s{number}", 6, left_out_price=200) for number in range(14)]
    assert len(served(solved(problem(stops), iterations=8))) == 14


def test_where_few_of_many_stops_pay_the_whole_is_searched(monkeypatch):
    """Groups of the few routes could not tell whether another one would pay."""
    monkeypatch.setattr(search, "WHOLE_STOPS", 10)
    monkeypatch.setattr(annealing, "PART_STOPS", 10)
    sizes: set[int] = set()
    run = Workers.run

    def watched(workers, tasks, stopped):
        sizes.update(len(task.problem.stops) for task in tasks)
        return run(workers, tasks, stopped)

    monkeypatch.setattr(Workers, "run", watched)
    paying = [stop(f"near{number}", 1, load=(60,), left_out_price=1_000) for number in range(6)]
    others = [stop(f"far{number}", 6, load=(60,), left_out_price=1) for number in range(20)]
    cars = [vehicle(f"v{number}", capacity=(100,)) for number in range(6)]
    case = problem([*paying, *others], cars, [shift(f"s{number}", f"v{number}") for number in range(6)])
    assert served(solved(case, iterations=3)) == {one.id for one in paying}
    assert sizes == {26}


@pytest.mark.usefixtures("small_groups")
def test_a_start_without_any_route_is_gone_on_from():
    case = county_of_groups()
    nothing = plan({}, [entry.id for entry in case.stops])
    assert standing(case, solve(case, start=nothing, iterations=2)) < standing(case, nothing)
    assert evaluate(case, solve(case, start=nothing, budget_s=0.5)).feasible


def test_a_stop_order_ends_the_search_with_the_best_plan_so_far():
    """Told to stop at the fifth question, far from a million iterations; a question or two may follow."""
    case = problem([stop(f"s{number}", 1 + number % 6) for number in range(8)])
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return asked >= 5

    found = solve(case, iterations=10**6, should_stop=should_stop)
    assert 5 <= asked <= 6
    assert len(served(found)) == 8


@pytest.mark.usefixtures("small_groups")
def test_a_stop_order_at_once_still_gives_a_plan_without_violations():
    case = county_of_groups()
    assert evaluate(case, solve(case, iterations=5, should_stop=lambda: True)).feasible


def test_a_budget_of_time_ends_the_search():
    case = problem([stop("a", 1), stop("b", 2)])
    assert served(solve(case, budget_s=0.2)) == {"a", "b"}
