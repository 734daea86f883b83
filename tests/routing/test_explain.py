"""Each reason with a case to check by hand: 10 minutes and 1 km (100 fen) from place to place, the yard at place 0."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import (
    FitsNowhere,
    NoRoom,
    Pass,
    PriceTooLow,
    RoomLeft,
    UnknownIdError,
    Violation,
    ViolationKind,
    evaluate,
    explain_unassigned,
    with_reasons,
)
from routing.diff import Seat
from routing.explain import Held, explain, hopeless
from routing.fixes import (
    GoodsMixed,
    LessLoad,
    LimitRaised,
    MoreCompartments,
    OnItsOwn,
    PassUntil,
    PinnedAt,
    PriceRaised,
    ShiftEarlier,
    ShiftLater,
    SkillGained,
    Unpinned,
    WindowEarlier,
    WindowLater,
    applied,
)
from routing.insertion import Fleet, Tours, added
from routing.problem import Pin, Within
from routing.urgent import insert
from tests.routing.cases import (
    MINUTE,
    apart,
    left_out,
    plan,
    plans_for,
    problem,
    problems,
    shift,
    stop,
    vehicle,
    window,
)
from tests.routing.ways import newly_broken, part_that_breaks_nothing


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


def the_fix(case, decided, kind, stop_id="x"):
    """The fix that consists of one change of this kind."""
    found = [fix for fix in explain(case, decided, stop_id).fixes if [type(change) for change in fix.changes] == [kind]]
    assert len(found) == 1
    return found[0].changes[0]


def test_a_late_window_is_mended_by_moving_its_end():
    case = problem([stop("x", 3, windows=(window(0, 16),))])
    mended = the_fix(case, plan({}, ["x"]), WindowLater)
    assert mended == WindowLater(stop_id="x", place=0, window=0, by_s=14 * MINUTE)


def test_a_shift_may_begin_earlier_instead():
    case = problem([stop("x", 3, windows=(window(60, 76),))], shifts=[shift(hours=(1, 8))])
    assert the_fix(case, plan({}, ["x"]), ShiftEarlier) == ShiftEarlier(shift_id="day", by_s=14 * MINUTE)


def test_too_much_on_board_is_mended_by_less():
    case = problem([stop("a", 1, load=(80,)), stop("x", 2, load=(30,))])
    assert the_fix(case, plan({"day": ["a"]}, ["x"]), LessLoad) == LessLoad(shift_id="day", unit="kg", amount=10)
    trip = the_fix(case, plan({"day": ["a"]}, ["x"]), LimitRaised)
    assert trip == LimitRaised(shift_id="day", limit=ViolationKind.TRIPS, by=1)


def test_a_shift_too_short_may_end_later():
    case = problem([stop("x", 6)], shifts=[shift(hours=(0, 1))])
    assert the_fix(case, plan({}, ["x"]), ShiftLater) == ShiftLater(shift_id="day", by_s=3600)


def test_a_window_in_the_evening_may_open_earlier():
    """Back by 2 o'clock from place 3: service by 90 minutes, not at 120."""
    case = problem([stop("x", 3, windows=(window(120, 150),))], shifts=[shift(hours=(0, 2))])
    mended = the_fix(case, plan({}, ["x"]), WindowEarlier)
    assert mended == WindowEarlier(stop_id="x", place=0, window=0, by_s=30 * MINUTE)


def test_a_pass_until_the_end_of_service():
    case = problem([stop("x", 1, service_s=5 * MINUTE, required_passes=frozenset({"green"}))])
    mended = the_fix(case, plan({}, ["x"]), PassUntil)
    assert mended == PassUntil(vehicle_id="van", pass_kind="green", until_s=15 * MINUTE)


def test_what_asks_for_a_skill_a_vehicle_or_company():
    case = problem([stop("x", 1, required_skills=frozenset({"lift"}))])
    assert the_fix(case, plan({}, ["x"]), SkillGained) == SkillGained(shift_id="day", skill="lift")
    two: dict[str, Any] = {
        "vehicles": [vehicle("v1"), vehicle("v2", (1,))],
        "shifts": [shift("s1", "v1"), shift("s2", "v2")],
    }
    case = problem([stop("x", 1, load=(5,), pin=Pin(vehicle_id="v2"))], **two)
    assert the_fix(case, plan({}, ["x"]), Unpinned) == Unpinned(stop_id="x")
    case = problem([stop("a", 1, together="flat"), stop("x", 1, load=(5,), together="flat")], **two)
    assert the_fix(case, plan({"s2": ["a"]}, ["x"]), OnItsOwn) == OnItsOwn(stop_id="x")


def test_goods_that_must_not_meet():
    acid, alcohol = stop("a", 1, goods=frozenset({"acid"})), stop("x", 2, goods=frozenset({"84"}))
    case = problem([acid, alcohol], incompatible=[apart("84", "acid")])
    assert the_fix(case, plan({"day": ["a"]}, ["x"]), GoodsMixed) == GoodsMixed(goods=("84", "acid"))
    case = problem([acid, alcohol], incompatible=[apart("84", "acid", Within.COMPARTMENT)])
    assert the_fix(case, plan({"day": ["a"]}, ["x"]), MoreCompartments) == MoreCompartments(vehicle_id="van", by=1)


def test_no_single_rule_in_the_way_gives_one_fix_of_several_changes():
    case = problem([stop("x", 6, load=(120,))], shifts=[shift(hours=(0, 1))])
    (fix,) = explain(case, plan({}, ["x"]), "x").fixes
    assert fix.changes == (
        LessLoad(shift_id="day", unit="kg", amount=20),
        ShiftLater(shift_id="day", by_s=3600),
    )


def test_a_price_that_would_be_high_enough():
    case = problem([stop("a", 3), stop("x", 5, left_out_price=399)])
    found = explain(case, plan({"day": ["a"]}, ["x"]), "x")
    assert found.fixes[0].changes == (PriceRaised(stop_id="x", left_out_price=400),)
    assert [each.cost for each in found.places] == [400]


def test_the_rules_that_stand_in_the_way_even_alone_are_counted():
    case = problem(
        [stop("x", 6, load=(120,))],
        [vehicle("v1"), vehicle("v2"), vehicle("v3", (200,))],
        [shift("s1", "v1"), shift("s2", "v2", (0, 1)), shift("s3", "v3")],
    )
    found = explain(case, plan({}, ["x"]), "x")
    assert found.fits_alone_on == ("s3",)
    assert [(rule.kind, rule.shifts, rule.closest.amount) for rule in found.rules_alone] == [
        (ViolationKind.LOAD, 2, 20),
        (ViolationKind.SHIFT_END, 1, 3600),
    ]


def test_a_stop_that_is_served_is_told_what_it_costs_there_and_what_it_would_elsewhere():
    """On the way to `a` it costs nothing; the other van would drive 400 fen for it, the one pinned elsewhere is out."""
    case = problem([stop("a", 3), stop("x", 2)], [vehicle("v1"), vehicle("v2")], [shift("s1", "v1"), shift("s2", "v2")])
    found = explain(case, plan({"s1": ["x", "a"]}), "x")
    assert found.reason is None
    assert found.held == Held(seat=Seat(shift_id="s1", position=0), saving=0)
    assert [(each.shift_id, each.cost) for each in found.places] == [("s1", 0), ("s2", 400)]


def test_what_would_be_cheaper_but_is_not_allowed_is_named():
    two: dict[str, Any] = {
        "vehicles": [vehicle("v1"), vehicle("v2", (1,))],
        "shifts": [shift("s1", "v1"), shift("s2", "v2")],
    }
    case = problem([stop("a", 3), stop("x", 2)], **two)
    found = explain(case, plan({"s1": ["x"], "s2": ["a"]}), "x")
    assert found.held is not None
    assert found.held.saving == 400
    assert [(each.shift_id, each.cost, each.violations[0].kind) for each in found.misses] == [
        ("s2", -400, ViolationKind.LOAD)
    ]


def test_where_nothing_can_be_changed_there_is_no_fix():
    case = problem([stop("x", 1)], shifts=[])
    found = explain(case, plan({}, ["x"]), "x")
    assert (found.fixes, found.alone, found.places) == ((), (), ())
    with pytest.raises(UnknownIdError):
        explain(case, plan({}), "y")


def test_who_fits_on_no_shift_even_alone_is_hopeless():
    """What is fed from another stop brings it along, and a pinned position asks for no company."""
    case = problem(
        [
            stop("far", 6),
            stop("source", 1),
            stop("fed", 2, from_stop="source"),
            stop("third", 1, pin=Pin(shift_id="day", position=2)),
        ],
        shifts=[shift(hours=(0, 1))],
    )
    assert hopeless(case, ["far", "source", "fed", "third"]) == {"far"}


def test_a_part_of_a_problem_may_name_what_lies_outside():
    two: dict[str, Any] = {"vehicles": [vehicle("v1"), vehicle("v2")], "shifts": [shift("s1", "v1"), shift("s2", "v2")]}
    case = problem([stop("a", 1, pin=Pin(shift_id="s2", position=0)), stop("b", 1)], **two)
    part = case.restricted_to(stop_ids=["a", "b"], shift_ids=["s1"])
    assert hopeless(part, ["a", "b"]) == {"a"}
    assert [entry.reason.code for entry in with_reasons(part, plan({}, ["a"])).unassigned] == ["pin"]


def one_unit_less(fix):
    """The fix with each of its amounts smaller by one, as far as it has amounts."""
    for number, change in enumerate(fix.changes):
        for name in ("by_s", "by", "amount", "until_s"):
            if getattr(change, name, 0) > 0:  # less than nothing is no amount
                less = replace(change, **{name: getattr(change, name) - 1})
                if isinstance(change, PinnedAt):
                    continue
                yield (*fix.changes[:number], less, *fix.changes[number + 1 :])


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_every_fix_is_proved_and_one_unit_less_is_not_enough(data):
    case = data.draw(problems())
    tours = Tours(Fleet(case), part_that_breaks_nothing(case, data.draw(plans_for(case))))
    decided = tours.plan()
    for entry in decided.unassigned:
        found = explain(case, decided, entry.stop_id)
        for fix in found.fixes:
            fixed = applied(case, fix.changes)
            broken = added(evaluate(case, decided).violations, evaluate(fixed, fix.insertion.plan).violations)
            assert not [each for each in broken if each.kind not in {"left_out", "unaccounted_stop"}]
            for less in one_unit_less(fix):
                fixed = applied(case, less)
                broken = added(evaluate(case, decided).violations, evaluate(fixed, fix.insertion.plan).violations)
                assert [each for each in broken if each.kind not in {"left_out", "unaccounted_stop"}]
        assert bool(found.places) == (not fix_needed(found))
        alone_ok = {each.shift_id for each in found.alone if not each.violations}
        assert alone_ok == set(found.fits_alone_on)


def fix_needed(found):
    return isinstance(found.reason, FitsNowhere | NoRoom)


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_every_reason_is_true(data):
    case = data.draw(problems())
    decided = data.draw(plans_for(case))
    explained = with_reasons(case, decided)
    assert left_out(explained) == left_out(decided)
    for entry in explained.unassigned:
        places = insert(case, decided, entry.stop_id)
        match entry.reason:
            case FitsNowhere(violations=violations):
                assert violations
                assert not explain(case, decided, entry.stop_id).fits_alone_on
            case NoRoom(fits_alone_on=shift_id, violations=violations):
                assert violations
                assert shift_id in explain(case, decided, entry.stop_id).fits_alone_on
                assert not any(place.feasible for place in places)
            case PriceTooLow(insertion_cost=cost, left_out_price=price):
                assert cost > price
                assert places[0].cost == cost
            case RoomLeft(insertion_cost=cost, shift_id=shift_id, position=position, place=place):
                best = places[0]
                assert (best.cost, best.shift_id, best.position, best.place) == (cost, shift_id, position, place)
                assert not newly_broken(case, decided, best.plan)
