"""When things happen on a route: the earliest return, the breaks in between, and the latest departure that changes nothing.

A route is a row of tasks (visits, and stays in the yard between two trips) with a leg before each and one after the last.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from routing.fleet import Break, Shift
from routing.stops import TimeWindow

type Windows = tuple[TimeWindow, ...]


class Task(NamedTuple):
    """Something that takes `service_s` at one place, begun within one of the windows and, because of passes, not after `by_s`."""

    service_s: int
    windows: Windows
    by_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """A break as it is taken, and by how much it begins too late."""

    start_s: int
    end_s: int
    late_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """`arrivals`, `starts` (of service) and `slacks` for each task, in seconds.

    The slack is by how much a service can start later without a new violation: of a window, a pass, a break, the shift's end or
    its longest duration.
    """

    departure_s: int
    return_s: int
    arrivals: tuple[int, ...]
    starts: tuple[int, ...]
    slacks: tuple[int, ...]
    rests: tuple[Rest, ...]


def timetable(shift: Shift, tasks: Sequence[Task], legs_s: Sequence[int], ready_s: int) -> Timetable:
    """Drive as early as possible, then sleep in what would be waited away.

    `legs_s` has one number more than there are tasks.  The departure, not before `ready_s`, is the latest with which nothing comes
    later or is more broken than with leaving at once.
    """
    breaks = _placed(shift, tasks, legs_s, ready_s) if shift.breaks else _NO_BREAKS
    departure_s = _latest_departure(tasks, legs_s, breaks, max(ready_s, breaks.departure_from_s))
    arrivals, starts, return_s = _drive(tasks, legs_s, breaks, departure_s)
    return Timetable(
        departure_s=departure_s,
        return_s=return_s,
        arrivals=tuple(arrivals),
        starts=tuple(starts),
        slacks=tuple(_slacks(shift, tasks, legs_s, breaks, starts, departure_s)),
        rests=tuple(_taken(tasks, breaks, starts, departure_s, return_s)) if shift.breaks else (),
    )


def service_start(windows: Windows, arrival_s: int) -> int:
    """When service starts for an arrival: in the first window still open, or at once if there is none (which is late)."""
    for window in windows:
        if arrival_s <= window.end_s:
            return max(arrival_s, window.start_s)
    return arrival_s


def latest_start(windows: Windows, by_s: float) -> float:
    """The last instant not after `by_s` at which service may start, minus infinity if there is none."""
    if not windows:
        return by_s
    return max((min(window.end_s, by_s) for window in windows if window.start_s <= by_s), default=-math.inf)


type Breaks = tuple[Break, ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where the breaks lie: before the departure, which they delay to `departure_from_s`, on legs by their number, or after the return."""

    before: Breaks = ()
    on_leg: Mapping[int, Breaks] = field(default_factory=dict)
    after: Breaks = ()
    departure_from_s: int = 0


_NO_BREAKS = _Placed()


def _drive(
    tasks: Sequence[Task], legs_s: Sequence[int], breaks: _Placed, departure_s: int
) -> tuple[list[int], list[int], int]:
    """Arrivals, starts of service and the time of return for a departure."""
    now, arrivals, starts = departure_s, [], []
    for position, task in enumerate(tasks):
        now = _arrival(now, legs_s[position], breaks.on_leg.get(position))
        arrivals.append(now)
        now = service_start(task.windows, now)
        starts.append(now)
        now += task.service_s
    return arrivals, starts, _arrival(now, legs_s[-1], breaks.on_leg.get(len(tasks)))


def _arrival(departure_s: int, leg_s: int, breaks: Breaks | None) -> int:
    if not breaks:
        return departure_s + leg_s
    now, still_s = departure_s, leg_s
    for rest in _rests(departure_s, breaks):
        still_s = max(0, still_s - (rest.start_s - now))
        now = rest.end_s
    return now + still_s


def _rests(now: int, breaks: Breaks) -> Iterator[Rest]:
    """The breaks one after the other, each as soon as may be."""
    for rest in breaks:
        start_s = max(now, rest.earliest_s)
        now = start_s + rest.duration_s
        yield Rest(start_s=start_s, end_s=now, late_s=max(0, start_s - rest.latest_s))


def _latest_departure(tasks: Sequence[Task], legs_s: Sequence[int], breaks: _Placed, ready_s: int) -> int:
    """The latest departure with the return of the earliest one.

    Forward at the earliest times, then backward from the same return: each service may start as late as the rest allows,
    unless it is late already, when any delay would be harm.
    """
    _, starts, return_s = _drive(tasks, legs_s, breaks, ready_s)
    bound: float = return_s
    for position in range(len(tasks) - 1, -1, -1):
        task, start_s = tasks[position], starts[position]
        bound = _leave_by(bound, legs_s[position + 1], breaks.on_leg.get(position + 1))
        bound = max(latest_start(task.windows, min(bound - task.service_s, task.by_s)), start_s)
    return max(ready_s, int(_leave_by(bound, legs_s[0], breaks.on_leg.get(0))))


def _leave_by(arrival_s: float, leg_s: int, breaks: Breaks | None) -> float:
    """The latest departure for an arrival by then, with the breaks on the way in time."""
    leave_s = arrival_s - leg_s
    for rest in reversed(breaks or ()):
        leave_s = min(leave_s - rest.duration_s, rest.latest_s)
    return leave_s


def _slacks(
    shift: Shift, tasks: Sequence[Task], legs_s: Sequence[int], breaks: _Placed, starts: Sequence[int], departure_s: int
) -> Iterable[int]:
    bound: float = shift.end_s
    if shift.max_duration_s is not None:
        bound = min(bound, departure_s + shift.max_duration_s)
    slacks = [0] * len(tasks)
    for position in range(len(tasks) - 1, -1, -1):
        task = tasks[position]
        bound = _leave_by(bound, legs_s[position + 1], breaks.on_leg.get(position + 1))
        bound = latest_start(task.windows, min(bound - task.service_s, task.by_s))
        if bound <= starts[position]:
            break
        slacks[position] = int(bound) - starts[position]
    return slacks


def _taken(
    tasks: Sequence[Task], breaks: _Placed, starts: Sequence[int], departure_s: int, return_s: int
) -> Iterator[Rest]:
    yield from _rests(0, breaks.before)
    for leg, on_leg in sorted(breaks.on_leg.items()):
        yield from _rests(starts[leg - 1] + tasks[leg - 1].service_s if leg else departure_s, on_leg)
    yield from _rests(return_s, breaks.after)


@dataclass(frozen=True, slots=True)
class _State:
    """The best way to have come so far with so many breaks taken: on `legs` (-1: before the departure)."""

    violated_s: float
    now_s: int
    legs: tuple[int, ...]

    def better_than(self, other: _State | None) -> bool:
        return other is None or self.merit() < other.merit()

    def merit(self) -> tuple[float, int, int]:
        """What is rested before the departure need not be rested, and paid, later."""
        return self.violated_s, self.now_s, -self.legs.count(-1)


def _placed(shift: Shift, tasks: Sequence[Task], legs_s: Sequence[int], ready_s: int) -> _Placed:
    """Where to take the breaks: the way to the least violated, then earliest return, by dynamic programming over the legs.

    To be earlier is never worse, so one state for each number of breaks taken is enough.
    """
    breaks, states = shift.breaks, _before_departure(shift.breaks, ready_s)
    for leg, leg_s in enumerate(legs_s):
        reached: list[_State | None] = [None] * len(states)
        for taken, state in enumerate(states):
            if state is None:
                continue
            for now_taken in range(taken, len(states)):
                on_leg = _driven(state, leg, leg_s, breaks[taken:now_taken])
                after_task = _done(on_leg, tasks[leg]) if leg < len(tasks) else on_leg
                if after_task.better_than(reached[now_taken]):
                    reached[now_taken] = after_task
        states = reached
    best = min((state for state in states if state), key=lambda state: _verdict(shift, state))
    return _as_placed(breaks, best.legs)


def _before_departure(breaks: Breaks, ready_s: int) -> list[_State | None]:
    states: list[_State | None] = [_State(0, ready_s, ())]
    for number, rest in enumerate(breaks, start=1):
        ready_s = max(ready_s, rest.earliest_s + rest.duration_s)
        states.append(_State(0, ready_s, (-1,) * number))
    return states


def _driven(state: _State, leg: int, leg_s: int, breaks: Breaks) -> _State:
    if not breaks:
        return _State(state.violated_s, state.now_s + leg_s, state.legs)
    late_s = sum(rest.late_s for rest in _rests(state.now_s, breaks))
    now_s = _arrival(state.now_s, leg_s, breaks)
    return _State(state.violated_s + late_s, now_s, (*state.legs, *(leg for _ in breaks)))


def _done(state: _State, task: Task) -> _State:
    start_s = service_start(task.windows, state.now_s)
    late_s = max(0, start_s - task.by_s, start_s - task.windows[-1].end_s if task.windows else 0)
    return _State(state.violated_s + late_s, start_s + task.service_s, state.legs)


def _verdict(shift: Shift, state: _State) -> tuple[float, int, int]:
    late_s = sum(rest.late_s for rest in _rests(state.now_s, shift.breaks[len(state.legs) :]))
    violated_s, now_s, before = state.merit()
    return violated_s + late_s + max(0, now_s - shift.end_s), now_s, before


def _as_placed(breaks: Breaks, legs: tuple[int, ...]) -> _Placed:
    before = legs.count(-1)
    on_leg = {leg: tuple(breaks[n] for n, at in enumerate(legs) if at == leg) for leg in set(legs) - {-1}}
    departure_from_s = max((rest.earliest_s + rest.duration_s for rest in breaks[:before]), default=0)
    return _Placed(breaks[:before], on_leg, breaks[len(legs) :], departure_from_s)
