"""Each reason with a case to check by hand: 10 minutes and 1 km (100 fen) from place to place, the yard at place 0."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import (
    FitsNowhere,
    NoRoom,
    Pass,
    PriceTooLow,
    RoomLeft,
    Route,
    UnknownIdError,
    Violation,
    ViolationKind,
    evaluate_route,
    explain_unassigned,
    with_reasons,
)
from tests.routing.cases import MINUTE, left_out, plan, plans_for, problem, problems, shift, stop, vehicle, window


def reason_for(case, decided, stop_id="x"):
    return explain_unassigned(case, decided, stop_id).reason


def test_too_heavy_for_every_vehicle_names_the_one_that_comes_closest():
    case = problem(
        [stop("x", 1, load=(150,))],
        [vehicle("van", (100,)), vehicle("truck", (140,))],
        [shift("s1", "van"), shift("s2", "truck")],
    )
    overload = Violation(kind=ViolationKind.LOAD, shift_id="s2", stop_id=None, amount=10, unit="kg")
    assert reason_for(case, plan({}, ["x"])) == FitsNowhere(shift_id="s2", violations=(overload,))


def test_a_window_that_closes_too_early_says_by_how_much():
    case = problem([stop("x", 3, windows=(window(0, 16),))])
    late = Violation(kind=ViolationKind.WINDOW, shift_id="day", stop_id="x", amount=14 * MINUTE, unit="s")
    reason = reason_for(case, plan({}, ["x"]))
    assert reason == FitsNowhere(shift_id="day", violations=(late,))
    assert reason.code == "window"


def test_too_far_for_the_shift_says_how_much_longer_it_would_have_to_be():
    case = problem([stop("x", 6)], shifts=[shift(hours=(0, 1))])
    late = Violation(kind=ViolationKind.SHIFT_END, shift_id="day", stop_id=None, amount=3600, unit="s")
    assert reason_for(case, plan({}, ["x"])) == FitsNowhere(shift_id="day", violations=(late,))


def test_a_pass_that_no_vehicle_has():
    case = problem([stop("x", 1, required_passes=frozenset({"green"}))])
    assert reason_for(case, plan({}, ["x"])).code == "pass_missing"


def test_a_pass_that_runs_out_too_early():
    van = vehicle(passes=(Pass(kind="green", valid_until_s=5 * MINUTE),))
    case = problem([stop("x", 1, required_passes=frozenset({"green"}))], [van])
    reason = reason_for(case, plan({}, ["x"]))
    assert (reason.code, reason.violations[0].amount) == ("pass_expired", 5 * MINUTE)


def test_without_a_shift_nothing_can_be_served():
    assert reason_for(problem([stop("x", 1)], shifts=[]), plan({}, ["x"])).code == "no_shift"


def test_no_room_beside_what_the_routes_carry_already():
    case = problem([stop("a", 1, load=(80,)), stop("x", 2, load=(30,))])
    overload = Violation(kind=ViolationKind.LOAD, shift_id="day", stop_id=None, amount=10, unit="kg")
    reason = reason_for(case, plan({"day": ["a"]}, ["x"]))
    assert reason == NoRoom(fits_alone_on="day", shift_id="day", violations=(overload,))


def test_a_price_below_the_cheapest_way_there_names_both():
    """Place 5 instead of 3 and back: 4 km more, 400 fen."""
    case = problem([stop("a", 3), stop("x", 5, left_out_price=399)])
    reason = reason_for(case, plan({"day": ["a"]}, ["x"]))
    assert reason == PriceTooLow(shift_id="day", insertion_cost=400, left_out_price=399)


def test_a_stop_left_out_for_no_reason_is_told_where_it_fits():
    case = problem([stop("a", 3), stop("x", 5, left_out_price=400)])
    assert reason_for(case, plan({"day": ["a"]}, ["x"])) == RoomLeft(shift_id="day", position=0, insertion_cost=400)


def test_the_saved_waiting_counts():
    """`a` closes at minute 15 and `b` opens at minute 60: ten minutes at `x` between them only replace waiting."""
    van = vehicle(cost_per_km=0, cost_per_hour=600)
    closes_early = stop("a", 1, windows=(window(0, 15),))
    case = problem([closes_early, stop("b", 2, windows=(window(60, 90),)), stop("x", 2, service_s=600)], [van])
    reason = reason_for(case, plan({"day": ["a", "b"]}, ["x"]))
    assert reason == RoomLeft(shift_id="day", position=1, insertion_cost=0)


def test_an_unknown_stop_is_an_error():
    with pytest.raises(UnknownIdError):
        explain_unassigned(problem([]), plan({}), "x")


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_every_reason_is_true(data):
    case = data.draw(problems())
    decided = data.draw(plans_for(case))
    explained = with_reasons(case, decided)
    assert left_out(explained) == left_out(decided)
    for entry in explained.unassigned:
        alone = [
            evaluate_route(case, Route(shift_id=known.id, stops=(entry.stop_id,))).violations for known in case.shifts
        ]
        match entry.reason:
            case FitsNowhere(violations=violations):
                assert violations
                assert all(alone)
            case NoRoom(fits_alone_on=shift_id, violations=violations):
                assert violations
                assert not evaluate_route(case, Route(shift_id=shift_id, stops=(entry.stop_id,))).violations
            case PriceTooLow(insertion_cost=cost, left_out_price=price):
                assert cost > price
                assert not all(alone)
            case RoomLeft(shift_id=shift_id, position=position):
                before = next((r for r in decided.routes if r.shift_id == shift_id), Route(shift_id=shift_id, stops=()))
                stops = [*before.stops]
                stops.insert(position, entry.stop_id)
                after = evaluate_route(case, Route(shift_id=shift_id, stops=tuple(stops)))
                assert after.violations == evaluate_route(case, before).violations
