"""The referee by hand: places on a road, 10 minutes and 1 km apart, the yard at place 0, 100 fen a kilometre."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import Cost, Pass, Pin, Plan, Problem, Route, Unassigned, Violation, ViolationKind, Within, evaluate
from routing.timetable import service_start
from tests.routing.cases import (
    HOUR,
    LEG_S,
    MINUTE,
    PRICE,
    apart,
    place,
    plan,
    plans_for,
    problem,
    problems,
    rest,
    shift,
    stop,
    vehicle,
    window,
)


def broken(case, decided) -> list[tuple[ViolationKind, str | None, int, str]]:
    return [(v.kind, v.stop_id, v.amount, v.unit) for v in evaluate(case, decided).violations]


def test_a_route_is_driven_leg_by_leg():
    case = problem([stop("a", 1, load=(5,), service_s=300), stop("b", 3, load=(7,), service_s=600)])
    verdict = evaluate(case, plan({"day": ["a", "b"]}))
    (route,) = verdict.routes
    assert (route.departure_s, route.return_s) == (0, LEG_S + 300 + 2 * LEG_S + 600 + 3 * LEG_S)
    assert (route.distance_m, route.duration_s, route.loads) == (6000, 4500, (12,))
    first, second = route.visits
    assert (first.arrival_s, first.start_s, first.departure_s, first.waiting_s) == (600, 600, 900, 0)
    assert (second.arrival_s, second.departure_s, second.distance_from_previous_m) == (2100, 2700, 2000)
    assert (first.load_after, second.load_after) == ((7,), (0,))
    assert verdict.feasible


def test_cost_is_told_apart_by_what_it_is_paid_for():
    case = problem(
        [stop("a", 3, service_s=600), stop("b", 1, left_out_price=777)],
        [vehicle(fixed_cost=5000, cost_per_km=120, cost_per_hour=3600)],
    )
    verdict = evaluate(case, plan({"day": ["a"]}, ["b"]))
    assert verdict.cost == Cost(fixed=5000, distance=720, time=4200, left_out=777)
    assert verdict.cost.total == 10_697


def test_a_fraction_of_a_fen_is_rounded_once_for_a_route():
    case = problem([stop("a", 1)], [vehicle(cost_per_km=0, cost_per_hour=1)])
    assert evaluate(case, plan({"day": ["a"]})).cost.time == 0  # a third of a fen
    case = problem([stop("a", 1, service_s=600)], [vehicle(cost_per_km=0, cost_per_hour=1)])
    assert evaluate(case, plan({"day": ["a"]})).cost.time == 1  # half a fen


def test_a_shift_without_stops_stays_in_the_yard_for_free():
    case = problem([], [vehicle(fixed_cost=5000, cost_per_hour=100)], [shift(loading_s=900)])
    (route,) = evaluate(case, plan({"day": []})).routes
    assert route.cost.total == 0
    assert route.departure_s == route.return_s == 900


def test_departure_is_as_late_as_harmless():
    case = problem([stop("a", 1, windows=(window(120, 180),))])
    (route,) = evaluate(case, plan({"day": ["a"]})).routes
    assert route.departure_s == 110 * MINUTE
    assert route.visits[0].waiting_s == 0


def test_departure_is_never_before_the_vehicle_is_loaded():
    case = problem([stop("a", 1)], shifts=[shift(hours=(1, 8), loading_s=1800)])
    (route,) = evaluate(case, plan({"day": ["a"]})).routes
    assert route.departure_s == HOUR + 1800


def test_a_late_departure_keeps_every_window_and_the_return():
    """`a` closes at minute 30, so the wait for `b` at minute 120 cannot be slept away altogether."""
    case = problem([stop("a", 1, windows=(window(0, 30),)), stop("b", 2, windows=(window(120, 150),))])
    (route,) = evaluate(case, plan({"day": ["a", "b"]})).routes
    assert route.departure_s == 20 * MINUTE
    assert [visit.waiting_s for visit in route.visits] == [0, 80 * MINUTE]
    assert route.return_s == 140 * MINUTE


def test_service_waits_for_the_next_of_several_windows():
    several = stop("a", 3, windows=(window(0, 20), window(60, 90)))
    assert service_start(several.windows, 10 * MINUTE) == 10 * MINUTE
    assert service_start(several.windows, 30 * MINUTE) == 60 * MINUTE
    assert service_start(several.windows, 90 * MINUTE) == 90 * MINUTE
    assert evaluate(problem([several]), plan({"day": ["a"]})).feasible


def test_service_may_start_but_not_begin_late_in_its_window():
    assert broken(problem([stop("a", 1, service_s=HOUR, windows=(window(0, 10),))]), plan({"day": ["a"]})) == []
    case = problem([stop("a", 2, windows=(window(0, 10),))])
    assert broken(case, plan({"day": ["a"]})) == [(ViolationKind.WINDOW, "a", 10 * MINUTE, "s")]


def test_too_much_on_board_is_told_in_its_unit():
    case = problem(
        [stop("a", 1, load=(60, 1)), stop("b", 1, load=(50, 1))],
        [vehicle(capacity=(100, 1))],
        loads=("kg", "litres"),
    )
    assert broken(case, plan({"day": ["a", "b"]})) == [
        (ViolationKind.LOAD, None, 10, "kg"),
        (ViolationKind.LOAD, None, 1, "litres"),
    ]


def test_a_return_after_the_shift_is_told_in_seconds():
    case = problem([stop("a", 6)], shifts=[shift(hours=(0, 1), loading_s=300)])
    assert broken(case, plan({"day": ["a"]})) == [(ViolationKind.SHIFT_END, None, 3900, "s")]


def test_a_missing_pass_and_one_that_runs_out_are_told_apart():
    needs = stop("a", 2, service_s=600, required_passes=frozenset({"green"}))
    assert broken(problem([needs]), plan({"day": ["a"]})) == [(ViolationKind.PASS_MISSING, "a", 1, "pass")]
    for valid_until_s, violations in [
        (1800, []),
        (1700, [(ViolationKind.PASS_EXPIRED, "a", 100, "s")]),
        (None, []),
    ]:
        van = vehicle(passes=(Pass(kind="green", valid_until_s=valid_until_s),))
        assert broken(problem([needs], [van]), plan({"day": ["a"]})) == violations


def test_sleeping_late_never_lets_a_pass_run_out():
    """Waiting at `b` could be slept away, but the pass for `a` ends at minute 20."""
    case = problem(
        [stop("a", 1, required_passes=frozenset({"green"})), stop("b", 2, windows=(window(120, 150),))],
        [vehicle(passes=(Pass(kind="green", valid_until_s=20 * MINUTE),))],
    )
    (route,) = evaluate(case, plan({"day": ["a", "b"]})).routes
    assert route.departure_s == 10 * MINUTE
    assert not route.violations


def test_each_day_is_a_shift_of_its_own():
    case = problem(
        [stop("a", 1, windows=(window(0, 60),)), stop("b", 1, windows=(window(24 * 60, 25 * 60),))],
        shifts=[shift("monday", hours=(0, 8)), shift("tuesday", hours=(24, 32))],
    )
    assert evaluate(case, plan({"monday": ["a"], "tuesday": ["b"]})).feasible
    assert broken(case, plan({"monday": ["b"]}, ["a"])) == [
        (ViolationKind.SHIFT_END, None, (24 - 8) * HOUR + LEG_S, "s")
    ]


def test_vehicles_follow_the_roads_of_their_profile():
    case = problem([stop("a", 2)], [vehicle()])
    slow = type(case.travel["car"])(
        duration_s=case.travel["car"].duration_s * 2, distance_m=case.travel["car"].distance_m
    )
    trucks = type(case)(
        load_dimensions=("kg",),
        locations=case.locations,
        stops=case.stops,
        vehicles=(vehicle(profile="truck"),),
        shifts=case.shifts,
        travel={"car": case.travel["car"], "truck": slow},
    )
    assert evaluate(trucks, plan({"day": ["a"]})).routes[0].duration_s == 8 * LEG_S


def test_every_stop_must_be_accounted_for_exactly_once():
    case = problem([stop("a", 1), stop("b", 1), stop("c", 1)])
    assert broken(case, plan({"day": ["a", "a", "x"]}, ["b"])) == [
        (ViolationKind.DUPLICATED_STOP, "a", 1, "stop"),
        (ViolationKind.UNKNOWN_STOP, "x", 1, "stop"),
        (ViolationKind.UNACCOUNTED_STOP, "c", 1, "stop"),
    ]
    assert broken(case, plan({"day": ["a", "b", "c"]}, ["b"])) == [(ViolationKind.DUPLICATED_STOP, "b", 1, "stop")]


def test_dropping_a_stop_silently_is_no_cheaper_than_leaving_it_out():
    assert evaluate(problem([stop("a", 1)]), Plan()).cost.left_out == PRICE


def test_shifts_must_be_known_and_have_one_route():
    case = problem([stop("a", 1), stop("b", 1)])
    twice = Plan(routes=(Route(shift_id="day", stops=("a",)), Route(shift_id="day", stops=("b",))))
    assert [(v.kind, v.shift_id) for v in evaluate(case, twice).violations] == [(ViolationKind.DUPLICATED_SHIFT, "day")]
    verdict = evaluate(case, plan({"night": ["a", "b"]}))
    assert [(v.kind, v.shift_id) for v in verdict.violations] == [(ViolationKind.UNKNOWN_SHIFT, "night")]
    assert verdict.cost.left_out == 2 * PRICE


def test_leaving_out_a_stop_that_must_be_served_is_a_violation():
    case = problem([stop("a", 1, left_out_price=None)])
    assert evaluate(case, plan({}, ["a"])).violations == (
        Violation(kind=ViolationKind.LEFT_OUT, shift_id=None, stop_id="a", amount=1, unit="stop"),
    )


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_leaving_at_once_never_returns_earlier_nor_breaks_less(data):
    """The late departure against a plain drive from the first possible moment."""
    case = data.draw(problems(rules=()))
    for route in evaluate(case, data.draw(plans_for(case))).routes:
        if not route.visits:
            continue
        ready_s = case.shift(route.shift_id).ready_s
        now, at = ready_s, case.shift(route.shift_id).start_location
        lateness = 0
        for visit in route.visits:
            work = case.stop(visit.stop_id)
            start_s = service_start(work.windows, now + abs(work.location - at) * LEG_S)
            lateness += max(0, start_s - work.windows[-1].end_s) if work.windows else 0
            now, at = start_s + work.service_s, work.location
        returned_s = now + abs(case.shift(route.shift_id).end_location - at) * LEG_S
        assert route.return_s == returned_s
        assert route.departure_s >= ready_s
        assert sum(v.amount for v in route.violations if v.kind is ViolationKind.WINDOW) == lateness


@pytest.mark.parametrize("routes", [{"day": ["a"]}, {"night": []}, {}])
def test_any_plan_gets_a_verdict(routes):
    evaluate(problem([]), plan(routes))


def kinds(case: Problem, decided: Plan) -> list[tuple[ViolationKind, int]]:
    return [(v.kind, v.amount) for v in evaluate(case, decided).violations]


def one_route(
    *stops: str, places: tuple[int, ...] = (), reloads: tuple[int, ...] = (), rest: tuple[str, ...] = ()
) -> Plan:
    return Plan(
        routes=(Route(shift_id="day", stops=stops, places=places, reloads=reloads),),
        unassigned=tuple(Unassigned(stop_id=stop_id) for stop_id in rest),
    )


def test_a_vehicle_comes_back_to_be_disinfected_and_loaded_for_another_trip():
    twice = shift(max_trips=2, loading_s=900, disinfection_s=600)
    case = problem([stop("a", 2, load=(6,)), stop("b", 1, load=(6,))], [vehicle(capacity=(6,))], [twice])
    verdict = evaluate(case, one_route("a", "b", reloads=(1,)))
    (route,) = verdict.routes
    assert verdict.feasible
    assert [(trip.departure_s, trip.return_s, trip.loads) for trip in route.trips] == [
        (900, 900 + 4 * LEG_S, (6,)),
        (900 + 4 * LEG_S + 1500, 900 + 4 * LEG_S + 1500 + 2 * LEG_S, (6,)),
    ]
    assert (route.distance_m, route.return_s, [visit.trip for visit in route.visits]) == (
        6000,
        900 + 1500 + 3600,
        [0, 1],
    )
    assert kinds(case, one_route("a", "b")) == [(ViolationKind.LOAD, 6)]
    assert kinds(problem(case.stops, case.vehicles, [shift()]), one_route("a", "b", reloads=(1,))) == [
        (ViolationKind.TRIPS, 1)
    ]


def test_a_trip_waits_for_goods_that_are_not_there_yet():
    case = problem([stop("a", 1), stop("b", 1, release_s=2 * HOUR)], shifts=[shift(max_trips=2, disinfection_s=600)])
    first, second = evaluate(case, one_route("a", "b", reloads=(1,))).routes[0].trips
    assert (first.return_s, second.departure_s) == (2 * HOUR - 600, 2 * HOUR)
    assert evaluate(case, one_route("a", "b")).routes[0].departure_s == 2 * HOUR


def test_a_stop_is_served_where_the_plan_says():
    point = place(1, service_s=300, price=50)
    case = problem([stop("a", 5, windows=(window(0, 10),), required_passes=frozenset({"gate"}), alternatives=(point,))])
    verdict = evaluate(case, one_route("a", places=(1,)))
    assert verdict.feasible
    assert (verdict.cost.distance, verdict.cost.preference) == (200, 50)
    assert (verdict.routes[0].visits[0].place, verdict.routes[0].duration_s) == (1, 2 * LEG_S + 300)
    assert kinds(case, one_route("a")) == [(ViolationKind.WINDOW, 40 * MINUTE), (ViolationKind.PASS_MISSING, 1)]
    assert kinds(case, one_route("a", places=(2,)))[-1] == (ViolationKind.UNKNOWN_PLACE, 1)


def test_what_is_picked_up_on_the_way_is_on_board_too():
    case = problem([stop("a", 1, load=(4,), pickup=(7,)), stop("b", 2, load=(5,))], [vehicle(capacity=(10,))])
    assert kinds(case, one_route("a", "b")) == [(ViolationKind.LOAD, 2)]
    verdict = evaluate(case, one_route("b", "a"))
    assert verdict.feasible
    assert [visit.load_after for visit in verdict.routes[0].visits] == [(4,), (7,)]


def test_goods_from_one_stop_to_another_are_on_board_only_in_between():
    case = problem([stop("mill", 1, load=(2,)), stop("shop", 2, load=(8,), from_stop="mill")], [vehicle(capacity=(8,))])
    verdict = evaluate(case, one_route("mill", "shop"))
    assert verdict.feasible
    assert (verdict.routes[0].loads, [visit.load_after for visit in verdict.routes[0].visits]) == ((2,), [(8,), (0,)])
    assert kinds(case, one_route("shop", "mill")) == [(ViolationKind.LOAD, 2), (ViolationKind.PICKUP_ORDER, 1)]
    assert kinds(case, one_route("shop", rest=("mill",))) == [(ViolationKind.PICKUP_ORDER, 1)]


def test_skills_may_be_the_vehicles_or_the_drivers():
    case = problem(
        [stop("a", 1, required_skills=frozenset({"lift", "escort"}))],
        [vehicle(skills=frozenset({"lift"}))],
        [shift(skills=frozenset({"escort"}))],
    )
    assert evaluate(case, one_route("a")).feasible
    assert kinds(problem(case.stops, shifts=case.shifts), one_route("a")) == [(ViolationKind.SKILL_MISSING, 1)]


def test_pins_hold_a_stop_on_a_vehicle_a_shift_or_a_position():
    fleet = [vehicle("van"), vehicle("truck")]
    shifts = [shift("day", "van"), shift("night", "truck")]
    to_truck = problem([stop("a", 1, pin=Pin(vehicle_id="truck"))], fleet, shifts)
    assert kinds(to_truck, one_route("a")) == [(ViolationKind.PIN, 1)]
    assert evaluate(to_truck, plan({"night": ["a"]})).feasible
    first = problem([stop("a", 1, pin=Pin(shift_id="day", position=0)), stop("b", 1), stop("c", 1)], fleet, shifts)
    assert kinds(first, one_route("b", "c", "a")) == [(ViolationKind.POSITION, 2)]
    assert evaluate(first, one_route("a", "c", "b")).feasible


def test_a_route_begins_with_its_locked_stops():
    case = problem([stop("a", 1), stop("b", 2), stop("c", 3)], shifts=[shift(locked=("b", "a"))])
    assert evaluate(case, one_route("b", "a", "c")).feasible
    assert kinds(case, one_route("b", "c", "a")) == [(ViolationKind.LOCKED, 1)]
    assert kinds(case, plan({}, ["a", "b", "c"])) == [(ViolationKind.LOCKED, 2)]
    assert kinds(case, plan({"day": []}, ["a", "b", "c"])) == [(ViolationKind.LOCKED, 2)]


def test_what_belongs_together_shares_a_shift_as_far_as_it_is_served():
    case = problem(
        [stop(id, 1, together="flat") for id in "abc"],
        [vehicle("van"), vehicle("truck")],
        [shift("day", "van"), shift("night", "truck")],
    )
    assert evaluate(case, plan({"day": ["a", "b"]}, ["c"])).feasible
    (parted,) = evaluate(case, plan({"day": ["a"], "night": ["b", "c"]})).violations
    assert (parted.kind, parted.stop_id, parted.shift_id) == (ViolationKind.TOGETHER, "a", "day")


def test_incompatible_goods_do_not_share_a_trip():
    stops = [stop("a", 1, goods=frozenset({"bleach"})), stop("b", 1, goods=frozenset({"acid"}))]
    case = problem(stops, shifts=[shift(max_trips=2)], incompatible=(apart("bleach", "acid"),))
    assert kinds(case, one_route("a", "b")) == [(ViolationKind.GOODS, 1)]
    assert evaluate(case, one_route("a", "b", reloads=(1,))).feasible


def test_compartments_keep_apart_what_they_can():
    goods = ["bleach", "acid", "food"]
    stops = [stop(kind, 1, goods=frozenset({kind})) for kind in goods]
    pairs = tuple(apart(*pair, Within.COMPARTMENT) for pair in combinations(goods, 2))
    two = problem(stops, [vehicle(compartments=2)], incompatible=pairs)
    assert evaluate(two, one_route("bleach", "acid", rest=("food",))).feasible
    assert kinds(two, one_route(*goods)) == [(ViolationKind.GOODS, 1)] * 3
    assert evaluate(problem(stops, [vehicle(compartments=3)], incompatible=pairs), one_route(*goods)).feasible
    one = problem(stops, incompatible=(apart("bleach", "acid", Within.COMPARTMENT),))
    assert kinds(one, one_route(*goods)) == [(ViolationKind.GOODS, 1)]


def test_quarantine_comes_last_on_a_trip():
    case = problem([stop("q", 1, quarantine=True), stop("a", 1), stop("b", 1)], shifts=[shift(max_trips=2)])
    assert kinds(case, one_route("q", "a", "b")) == [(ViolationKind.QUARANTINE, 1)] * 2
    assert evaluate(case, one_route("a", "b", "q")).feasible
    assert evaluate(case, one_route("q", "a", "b", reloads=(1,))).feasible


@pytest.mark.parametrize(
    ("limit", "kind", "amount"),
    [
        ({"max_duration_s": 3 * LEG_S}, ViolationKind.DURATION, LEG_S),
        ({"max_distance_m": 3500}, ViolationKind.DISTANCE, 500),
        ({"max_stops": 1}, ViolationKind.STOPS, 1),
    ],
)
def test_a_shift_has_limits(limit, kind, amount):
    case = problem([stop("a", 1), stop("b", 2)], shifts=[shift(**limit)])
    assert kinds(case, one_route("a", "b")) == [(kind, amount)]
    assert evaluate(case, one_route("a", rest=("b",))).feasible


def test_a_closed_road_is_no_way():
    case = problem([stop("a", 1), stop("b", 2)], closed=[(1, 2)])
    assert kinds(case, one_route("a", "b")) == [(ViolationKind.NO_WAY, 1)]
    assert evaluate(case, one_route("b", "a")).feasible


def test_a_break_too_late_is_told_by_how_much():
    case = problem([stop("a", 1, service_s=900, windows=(window(0, 10),))], shifts=[shift(breaks=(rest(15, 20, 10),))])
    assert kinds(case, one_route("a")) == [(ViolationKind.BREAK, 5 * MINUTE)]


def test_overtime_fairness_familiar_faces_and_a_published_plan_have_their_price():
    known = stop(
        "a", 3, familiar_drivers=frozenset({"wang"}), unfamiliar_price=40, published_shift="night", change_price=9
    )
    case = problem(
        [known],
        shifts=[shift(driver="li", regular_end_s=2400, overtime_per_hour=600)],
        fair_duration_s=1800,
        unfair_per_hour=60,
    )
    cost = evaluate(case, one_route("a")).cost
    assert cost == Cost(distance=600, overtime=200, balance=30, preference=40, change=9)
    assert cost.total == 879
    content = problem([known], shifts=[shift("night", driver="wang")])
    assert evaluate(content, plan({"night": ["a"]})).cost == Cost(distance=600)
