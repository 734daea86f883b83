"""Routes that have to begin with certain stops, for engines that know nothing of it: those stops can be served only on that shift, and
only when a vehicle is there that went to them right away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from routing.problem import NO_WAY, Problem, Shift
from routing.stops import Pin, Stop, TimeWindow
from routing.timetable import latest_start


def with_timed_beginnings(problem: Problem) -> Problem:
    """The same stops and shifts.  A solution breaks at most the rule that it has a stop besides those at the beginning, where they have
    to wait anyway.  What cannot be said so (positions in the midst of a route, beginnings that break a rule) stays as it is.
    """
    pinned = _by_position(problem)
    timed: dict[str, Stop] = {}
    free: set[str] = set()
    for shift in problem.shifts:
        beginning = _beginning(problem, shift, pinned.get(shift.id, {}))
        if beginning and (stops := list(_timed(problem, shift, beginning))) and len(stops) == len(beginning):
            timed.update((stop.id, stop) for stop in stops)
            free.add(shift.id)
    if not timed:
        return problem
    return replace(
        problem,
        stops=tuple(timed.get(stop.id, stop) for stop in problem.stops),
        shifts=tuple(replace(shift, locked=()) if shift.id in free else shift for shift in problem.shifts),
    )


def _by_position(problem: Problem) -> dict[str, dict[int, Stop]]:
    found: dict[str, dict[int, Stop]] = {}
    for stop in problem.stops:
        if stop.pin is not None and stop.pin.position is not None and stop.pin.shift_id is not None:
            found.setdefault(stop.pin.shift_id, {})[stop.pin.position] = stop
    return found


def _beginning(problem: Problem, shift: Shift, pinned: dict[int, Stop]) -> list[Stop]:
    """The locked stops, and those pinned to the positions right after them; none where another position is pinned, or where a locked
    stop is not among the stops (of a part of a problem whose plan lacks it).
    """
    if any(stop_id not in problem for stop_id in shift.locked):
        return []
    stops = [problem.stop(stop_id) for stop_id in shift.locked]
    while (stop := pinned.get(len(stops))) is not None:
        stops.append(stop)
    return stops if all(position < len(stops) for position in pinned) else []


def _timed(problem: Problem, shift: Shift, beginning: Sequence[Stop]) -> Iterator[Stop]:
    """The stops with the only time at which each is served if nobody waits; fewer if one has to be late, or is part of a pair."""
    duration_s = problem.travel[problem.vehicle_of(shift).profile].duration_s
    now_s, here = shift.ready_s, shift.start_location
    for stop in beginning:
        leg_s = int(duration_s[here, stop.location])
        now_s, here = max(now_s + leg_s, stop.release_s), stop.location
        if leg_s == NO_WAY or stop.alternatives or problem.is_paired(stop):
            return
        if stop.windows:
            now_s = max(now_s, min((each.start_s for each in stop.windows if each.end_s >= now_s), default=now_s))
            if latest_start(stop.windows, now_s) < now_s:
                return
        must_stay = stop.id in shift.locked
        yield replace(
            stop,
            windows=(TimeWindow(start_s=now_s, end_s=now_s),),
            pin=Pin(shift_id=shift.id),
            left_out_price=None if must_stay else stop.left_out_price,
        )
        now_s += stop.service_s
