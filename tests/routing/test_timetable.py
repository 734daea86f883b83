from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.fleet import Break, Shift
from routing.timetable import Rest, Task, Timetable, service_start, timetable
from tests.routing.cases import HOUR, MINUTE, rest, shift, window

NO_LIMIT = float("inf")


def task(minutes: int, *windows: tuple[int, int]) -> Task:
    return Task(minutes * MINUTE, tuple(window(*bounds) for bounds in windows), NO_LIMIT)


def driven(tasks: list[Task], legs: list[int], *breaks: Break, ready_minute: int = 0, **more: Any) -> Timetable:
    return timetable(shift(breaks=breaks, **more), tasks, [leg * MINUTE for leg in legs], ready_minute * MINUTE)


def test_a_break_interrupts_the_drive_and_makes_the_rest_of_it_later():
    times = driven([task(0)], [60, 60], rest(30, 40, 15), ready_minute=0)
    assert times.departure_s == 0
    assert times.arrivals == (75 * MINUTE,)
    assert times.rests == (Rest(start_s=30 * MINUTE, end_s=45 * MINUTE, late_s=0),)
    assert times.return_s == 135 * MINUTE


def test_waiting_for_a_window_is_used_for_a_break():
    times = driven([task(10, (60, 120))], [20, 20], rest(25, 45, 15))
    assert times.starts == (60 * MINUTE,)
    assert times.return_s == 90 * MINUTE


def test_a_break_before_the_departure_or_after_the_return_costs_nothing():
    early = driven([task(0, (120, 180))], [20, 20], rest(0, 30, 60))
    assert (early.departure_s, early.return_s) == (100 * MINUTE, 140 * MINUTE)
    late = driven([task(0)], [20, 20], rest(60, 90, 30))
    assert (late.departure_s, late.return_s, late.rests[0].start_s) == (0, 40 * MINUTE, 60 * MINUTE)


def test_a_break_is_not_taken_during_service_but_before_or_after_it():
    times = driven([task(60)], [20, 20], rest(30, 60, 10))
    assert times.return_s == 110 * MINUTE + 10 * MINUTE  # twenty minutes there, ten to wait for the break, ten of break
    assert times.arrivals[0] == 40 * MINUTE


def test_what_cannot_be_kept_is_broken_by_as_little_as_possible():
    waited = driven([task(120)], [20, 20], rest(30, 40, 10))
    assert waited.rests[0].late_s == 0  # waiting at the door for the break is better than to be late for it
    squeezed = driven([task(120, (0, 20))], [20, 20], rest(30, 40, 10))
    assert (squeezed.starts, squeezed.rests[0].late_s) == ((40 * MINUTE,), 0)  # 20 minutes late, not 100
    assert driven([task(120, (0, 20))], [20, 20], rest(130, 135, 10)).rests[0].late_s == 5 * MINUTE


def test_the_slack_is_what_a_service_can_be_late_without_breaking_a_rule():
    times = driven([task(10, (0, 60)), task(10, (30, 90))], [20, 20, 20], start_s=0, end_s=3 * HOUR)
    assert times.starts == (20 * MINUTE, 50 * MINUTE)
    assert times.slacks == (40 * MINUTE, 40 * MINUTE)
    assert driven([task(0)], [20, 20], max_duration_s=60 * MINUTE).slacks == (20 * MINUTE,)


def _simulated(
    times: Shift, tasks: list[Task], legs_s: list[int], ready_s: int, legs: tuple[int, ...]
) -> tuple[float, int]:
    """What breaks on the given legs (0 before the departure, len(legs_s) + 1 after the return) break, and the time of return."""
    now, violated = ready_s, 0.0
    for taken, at in zip(times.breaks, legs, strict=True):
        if at == 0:
            now = max(now, taken.earliest_s + taken.duration_s)
    for leg, leg_s in enumerate(legs_s, start=1):
        second_by_second = leg_s
        for taken, at in zip(times.breaks, legs, strict=True):
            if at == leg:
                drive_s = min(second_by_second, max(0, taken.earliest_s - now))
                second_by_second -= drive_s
                start_s = max(now + drive_s, taken.earliest_s)
                violated += max(0, start_s - taken.latest_s)
                now = start_s + taken.duration_s
        now += second_by_second
        if leg <= len(tasks):
            work = tasks[leg - 1]
            start_s = service_start(work.windows, now)
            violated += max(0, start_s - work.windows[-1].end_s) if work.windows else 0
            now = start_s + work.service_s
    returned_s = now
    for taken, at in zip(times.breaks, legs, strict=True):
        if at == len(legs_s) + 1:
            start_s = max(now, taken.earliest_s)
            violated += max(0, start_s - taken.latest_s)
            now = start_s + taken.duration_s
    return violated + max(0, returned_s - times.end_s), returned_s


@st.composite
def _days(draw: st.DrawFn) -> tuple[Shift, list[Task], list[int], int]:
    count = draw(st.integers(1, 4))
    tasks = []
    for _ in range(count):
        bounds = sorted(draw(st.sets(st.integers(0, 48), min_size=2, max_size=4)))
        windows = list(zip(bounds[::2], bounds[1::2], strict=False)) if draw(st.booleans()) else []
        tasks.append(task(draw(st.integers(0, 40)), *((10 * a, 10 * b) for a, b in windows)))
    legs = [draw(st.integers(0, 60)) * MINUTE for _ in range(count + 1)]
    minute, breaks = 0, []
    for _ in range(draw(st.integers(0, 2))):
        earliest = minute + draw(st.integers(0, 200))
        latest, minutes = earliest + draw(st.integers(0, 90)), draw(st.integers(0, 45))
        breaks.append(rest(earliest, latest, minutes))
        minute = latest + minutes
    return shift(breaks=tuple(breaks)), tasks, legs, draw(st.integers(0, 120)) * MINUTE


@settings(deadline=None, max_examples=300)
@given(_days())
def test_breaks_lie_where_an_exhaustive_search_would_put_them(day):
    times, tasks, legs_s, ready_s = day
    found = timetable(times, tasks, legs_s, ready_s)
    late_s = sum(taken.late_s for taken in found.rests) + max(0, found.return_s - times.end_s)
    for work, start_s in zip(tasks, found.starts, strict=True):
        late_s += max(0, start_s - work.windows[-1].end_s) if work.windows else 0
    places = combinations_with_replacement(range(len(legs_s) + 2), len(times.breaks))
    best = min(_simulated(times, tasks, legs_s, ready_s, legs) for legs in places)
    if best[0] == 0:
        assert (late_s, found.return_s) == best
    else:
        assert late_s > 0


@settings(deadline=None, max_examples=200)
@given(_days())
def test_the_slack_is_real(day):
    """Starting a service later by its slack breaks nothing after it; by a minute more it would, or the shift ends."""
    times, tasks, legs_s, ready_s = day
    found = timetable(times, tasks, legs_s, ready_s)
    violated = sum(taken.late_s for taken in found.rests) or found.return_s > times.end_s
    if violated:
        return
    for position, slack_s in enumerate(found.slacks):
        later_s = found.starts[position] + slack_s + tasks[position].service_s
        rest_of_day = timetable(
            shift(start_s=later_s, end_s=max(later_s, times.end_s)),
            tasks[position + 1 :],
            legs_s[position + 1 :],
            later_s,
        )
        if not times.breaks and slack_s:
            assert rest_of_day.return_s <= times.end_s


@pytest.mark.parametrize("count", [1, 30])
def test_a_departure_is_as_late_as_the_windows_allow(count):
    tasks = [task(5, (300, 600)) for _ in range(count)]
    times = driven(tasks, [10] * (count + 1), start_s=0, end_s=24 * HOUR)
    assert times.departure_s == 290 * MINUTE
    assert times.arrivals[0] == times.starts[0]
