"""Stops that a route begins with, said by a window and a pin."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from routing import Pin, TimeWindow, evaluate
from routing.solvers import solve
from routing.solvers.beginnings import with_timed_beginnings
from tests.routing.cases import (
    LEG_S,
    MINUTE,
    place,
    plan,
    plans_for,
    problem,
    problems,
    shift,
    stop,
    window,
)


def at(seconds: int) -> tuple[TimeWindow, ...]:
    return (TimeWindow(start_s=seconds, end_s=seconds),)


def test_locked_stops_are_served_on_their_shift_one_after_the_other_at_once():
    stops = [stop("a", 2, service_s=5 * MINUTE), stop("b", 3), stop("c", 1)]
    timed = with_timed_beginnings(problem(stops, shifts=[shift(locked=("a", "b"), loading_s=MINUTE)]))
    a, b, c = timed.stops
    assert (a.windows, b.windows) == (at(MINUTE + 2 * LEG_S), at(MINUTE + 3 * LEG_S + 5 * MINUTE))
    assert (a.pin, a.left_out_price) == (Pin(shift_id="day"), None)
    assert (c, timed.shifts[0].locked) == (stops[2], ())


def test_a_first_position_keeps_the_price_of_its_stop_and_waits_for_its_window():
    first = stop("a", 1, pin=Pin(shift_id="day", position=0), windows=(window(0, 5), window(60, 70)))
    timed = with_timed_beginnings(problem([first, stop("b", 2)]))
    assert timed.stops[0].windows == at(60 * MINUTE)
    assert timed.stops[0].left_out_price == first.left_out_price


def test_what_cannot_be_said_by_a_window_stays_as_it_is():
    in_the_midst = problem([stop("a", 1, pin=Pin(shift_id="day", position=1)), stop("b", 2)])
    too_late = problem([stop("a", 3, windows=(window(0, 10),))], shifts=[shift(locked=("a",))])
    elsewhere = problem([stop("a", 3, alternatives=(place(1),))], shifts=[shift(locked=("a",))])
    for case in (in_the_midst, too_late, elsewhere):
        assert with_timed_beginnings(case) is case


def test_any_other_order_is_late():
    case = problem([stop("a", 2), stop("b", 1)], shifts=[shift(locked=("a",))])
    timed = with_timed_beginnings(case)
    assert not evaluate(timed, plan({"day": ["a", "b"]})).violations
    assert evaluate(
        timed, plan({"day": ["b", "a"]})
    ).feasible  # on the way, which takes no time: the full problem's referee says no
    far = with_timed_beginnings(problem([stop("a", 2), stop("b", 5)], shifts=[shift(locked=("a",))]))
    assert not evaluate(far, plan({"day": ["b", "a"]})).feasible


def test_locked_stops_that_nobody_can_serve_end_no_search():
    """Together they take longer than the shift, so the part of the problem that is searched has neither."""
    red = replace(stop("a", 0), service_s=2820, required_passes=frozenset({"red"}))
    case = problem(
        [red, replace(stop("b", 0), service_s=840), stop("c", 0)], shifts=[shift(end_s=3600, locked=("b", "a"))]
    )
    found = solve(case, iterations=1, engine="pyvrp", workers=1)
    assert {left_out.stop_id for left_out in found.unassigned} == {"a", "b", "c"}


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_nothing_but_the_beginning_can_be_wrong_with_what_is_right_there(data):
    case = data.draw(
        problems(most_stops=5, rules=["locked", "pins", "together", "skills", "trips", "release", "closures"])
    )
    timed = with_timed_beginnings(case)
    found = data.draw(plans_for(timed))
    if evaluate(timed, found).feasible:
        broken = {violation.kind for violation in evaluate(case, found).violations}
        assert broken <= {"locked", "position"}
