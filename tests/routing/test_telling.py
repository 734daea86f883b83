"""English sentences for numbers, broken rules and changes."""

import dataclasses
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routing import ViolationKind, evaluate
from routing.explain import explain
from routing.fixes import Change, LimitRaised, WindowLater
from routing.plan import Violation
from routing.telling import Telling
from tests.routing.cases import plans_for, problems

WORDS = Telling()


@pytest.mark.parametrize(
    ("second", "told"), [(0, "00:00"), (8 * 3600 + 30 * 60, "08:30"), (86_400 + 61, "+1 00:01:01"), (59, "00:00:59")]
)
def test_an_instant_is_told_by_the_clock(second, told):
    assert WORDS.instant(second) == told


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0 s"), (40, "40 s"), (840, "14 min"), (3900, "1 h 5 min"), (3601, "1 h 1 s")]
)
def test_a_span_is_told_exactly(seconds, told):
    assert WORDS.span(seconds) == told


def test_instances_without_a_clock_are_told_in_their_own_units():
    words = Telling(by_the_clock=False)
    assert (words.instant(12_345), words.span(840), words.way(2500)) == ("12,345", "840", "2,500")


@pytest.mark.parametrize(
    ("amount", "unit", "told"),
    [
        (1, "pass", "1 pass"),
        (2, "pass", "2 passes"),
        (3, "stop", "3 stops"),
        (32, "kg", "32 kg"),
        (1500, "m", "1.5 km"),
    ],
)
def test_amounts_have_their_unit(amount, unit, told):
    assert WORDS.amount(amount, unit) == told


@pytest.mark.parametrize("kind", list(ViolationKind))
def test_every_broken_rule_can_be_told(kind):
    told = WORDS.violation(Violation(kind=kind, shift_id="van", stop_id="a", amount=7, unit="kg"))
    assert told.startswith("shift 'van', stop 'a': ")
    assert "{" not in told


def sample(kind: type) -> Any:
    """A value of a change with something in every field."""
    values = {int: 7, str: "x", bool: True, ViolationKind: ViolationKind.STOPS, tuple[str, str]: ("84", "acid")}
    hints = get_type_hints(kind)
    return kind(**{field.name: values[hints[field.name]] for field in dataclasses.fields(kind)})


@pytest.mark.parametrize("kind", get_args(Change.__value__))
def test_every_change_can_be_told(kind):
    assert WORDS.change(sample(kind))


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        (ViolationKind.DURATION, "'van' may be on the way 14 min longer"),
        (ViolationKind.DISTANCE, "'van' may drive 0.8 km farther"),
        (ViolationKind.TRIPS, "'van' may make 840 trips more"),
    ],
)
def test_every_limit_can_be_told(limit, told):
    assert WORDS.change(LimitRaised(shift_id="van", limit=limit, by=840)) == told


def test_a_window_is_told_by_its_number():
    told = WORDS.change(WindowLater(stop_id="a", place=1, window=0, by_s=840))
    assert told == "window 1 of stop 'a' at its place 1 ends 14 min later"


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_every_explanation_and_verdict_can_be_told(data):
    case = data.draw(problems())
    assume(not any(each.locked for each in case.shifts))  # which a drawn plan mostly forgets
    decided = data.draw(plans_for(case))
    stop_id = data.draw(st.sampled_from([stop.id for stop in case.stops]))
    assert all(WORDS.explanation(explain(case, decided, stop_id)))
    assert all(map(WORDS.violation, evaluate(case, decided).violations))
