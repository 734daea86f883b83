"""One route seen through its gaps, the legs between two visits: what there is to know for putting a stop into one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from routing.fleet import Break
from routing.rules import loading
from routing.stops import Stop
from routing.tables import ALWAYS, NEVER, Fleet, Integers, Task
from routing.timetable import latest_start, service_start
from routing.travel import NO_WAY

type States = list[int]
"""A time for each number of breaks taken so far; `ALWAYS` or `NEVER` where so many cannot have been taken."""


@dataclass(slots=True)
class Tour:
    """The decisions for one row: stops by index, the place of each, and the positions before which the vehicle is loaded again."""

    stops: list[int]
    places: list[int]
    reloads: list[int]

    def trips(self) -> list[range]:
        bounds = [0, *self.reloads, len(self.stops)]
        return [range(start, end) for start, end in pairwise(bounds)]

    def without(self, stop: int) -> Tour:
        """The tour without one of its stops; a trip for it alone is not made."""
        at = self.stops.index(stop)
        later = [reload - (reload > at) for reload in self.reloads]
        reloads = [a for a, b in pairwise([*later, len(self.stops) - 1]) if 0 < a < b]
        return Tour([*self.stops[:at], *self.stops[at + 1 :]], [*self.places[:at], *self.places[at + 1 :]], reloads)


@dataclass(frozen=True, slots=True)
class Column:
    """A gap, the leg between two tasks; or a trip that could be made for one stop alone, which is a gap beside a stay in the yard.

    `ready` is when the vehicle can leave what lies `before`, `due` when it has to be at what lies `after`, both by the number of
    breaks taken.  `leg_s` and `leg_m` are saved if the gap is filled (a new trip saves less than nothing).  A stop put there comes to
    stand at `position`, on the trip of this number.
    """

    before: int
    after: int
    leg_s: int
    leg_m: int
    ready: States
    due: States
    position: int
    trip: int
    is_first: bool = False
    is_new_trip: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """A route through its columns: the `gaps` in the order of driving, then the trips that could be added.

    `path_s` is driving, service and stays without any waiting.  `sound` says that the times of the route break no rule as they are.
    """

    columns: list[Column]
    gaps: int
    tasks: list[Task]
    legs_s: list[int]
    path_s: int
    path_m: int
    return_s: int
    sound: bool

    @property
    def leaves_s(self) -> int:
        """The earliest departure."""
        return self.columns[0].ready[0]


def survey(fleet: Fleet, row: int, tour: Tour) -> Survey:
    """Drive a route forward as early and backward as late as may be.  Closed legs take no time, as for the referee."""
    shift, travel = fleet.problem.shifts[row], fleet.travel[fleet.profile[row]]
    tasks, position, trip = _tasks(fleet, row, tour)
    where = [shift.start_location, *(task.location for task in tasks), shift.end_location]
    legs_s: list[int] = travel.duration_s[where[:-1], where[1:]].tolist()
    legs_m: list[int] = travel.distance_m[where[:-1], where[1:]].tolist()
    closed = NO_WAY in legs_s
    if closed:
        legs_m = [0 if leg_s == NO_WAY else leg_m for leg_s, leg_m in zip(legs_s, legs_m, strict=True)]
        legs_s = [0 if leg_s == NO_WAY else leg_s for leg_s in legs_s]
    rests = shift.breaks
    ready_s = max(shift.ready_s, _released(fleet, tour.stops[: tour.reloads[0]] if tour.reloads else tour.stops))
    ready = forward(rests, at_departure(rests, ready_s), tasks, legs_s)
    due, departures = _backward(rests, shift.end_s, tasks, legs_s, position)
    sound = not closed and any(at <= by for at, by in zip(ready[0], departures[0], strict=True))
    return_s = min(_arrival(rests, taken, taken, now, legs_s[-1]) for taken, now in enumerate(ready[-1]))
    if not tour.stops:
        legs_s, legs_m = [0], [0]  # whoever has nothing to do stays in the yard
    gaps = zip(where, where[1:], legs_s, legs_m, ready, due, position, trip, _firsts(trip), strict=False)
    seen = Survey(
        columns=[Column(*gap) for gap in gaps],
        gaps=len(legs_s),
        tasks=tasks,
        legs_s=legs_s,
        path_s=sum(legs_s) + sum(task.service_s for task in tasks),
        path_m=sum(legs_m),
        return_s=return_s,
        sound=sound,
    )
    if tour.stops and len(tour.reloads) + 1 < shift.max_trips + fleet.spare_trips:
        seen.columns.extend(_new_trips(fleet, row, tour, seen, departures))
    return seen


def ready_if_released(fleet: Fleet, row: int, seen: Survey, release_s: int) -> Iterator[States]:
    """`Column.ready` of all columns if the trip left no earlier than this; `ALWAYS` behind what would be late then."""
    rests = fleet.problem.shifts[row].breaks
    columns = seen.columns
    starts = [number for number in range(seen.gaps) if columns[number].is_first]
    for start, end in zip(starts, [*starts[1:], seen.gaps], strict=True):
        states = [max(now, release_s) for now in columns[start].ready]
        yield from forward(rests, states, seen.tasks[start : end - 1], seen.legs_s[start : end - 1], strict=True)
    for column in columns[seen.gaps :]:
        yield [max(now, release_s) for now in column.ready]


def _firsts(trip: Sequence[int]) -> Iterator[bool]:
    yield True
    for before, after in pairwise(trip):
        yield after > before


def _new_trips(fleet: Fleet, row: int, tour: Tour, seen: Survey, departures: Sequence[States]) -> Iterator[Column]:
    """A trip before the first one, and one behind each."""
    shift, travel = fleet.problem.shifts[row], fleet.travel[fleet.profile[row]]
    yard, stay_s, rests = shift.start_location, shift.turnaround_s, shift.breaks
    released_s = _released(fleet, tour.stops[: tour.reloads[0]] if tour.reloads else tour.stops)
    stay = Task(yard, stay_s, (), over_s=released_s)
    first_due = [_begin_by(stay, by_s) for by_s in departures[0]]
    first_ready = at_departure(rests, shift.ready_s)
    yield Column(yard, yard, -stay_s, 0, first_ready, first_due, 0, 0, is_first=True, is_new_trip=True)
    last_gaps = [number - 1 for number in range(1, seen.gaps) if seen.columns[number].is_first]
    for trip, number in enumerate([*last_gaps, seen.gaps - 1], start=1):
        gap = seen.columns[number]
        back_s, back_m = int(travel.duration_s[gap.before, yard]), int(travel.distance_m[gap.before, yard])
        if back_s != NO_WAY:
            ready = forward(rests, gap.ready, [Task(yard, stay_s, ())], [back_s])[-1]
            leg_s, leg_m = gap.leg_s - back_s - stay_s, gap.leg_m - back_m
            yield Column(
                yard, gap.after, leg_s, leg_m, ready, gap.due, gap.position, trip, is_first=True, is_new_trip=True
            )


def at_departure(rests: Sequence[Break], ready_s: int) -> States:
    """The earliest departure by the number of breaks that were taken before it."""
    return [ready_s, *(max(ready_s, rest.earliest_s + rest.duration_s) for rest in rests)]


def forward(
    rests: Sequence[Break], states: States, tasks: Sequence[Task], legs_s: Sequence[int], *, strict: bool = False
) -> list[States]:
    """When the vehicle can leave the start and each task.

    With breaks, or if it is to be strict, what comes too late counts as impossible from there on; else it just comes late.
    """
    if not rests and not strict:
        return [[now] for now in _straight_on(states[0], tasks, legs_s)]
    times = [states]
    for task, leg_s in zip(tasks, legs_s, strict=False):
        reached = [ALWAYS] * len(states)
        for taken, now in enumerate(states):
            for after in range(taken, len(states)) if now < ALWAYS else ():
                if after > taken and now > rests[taken].latest_s:
                    break
                begun_s = service_start(task.windows, _arrival(rests, taken, after, now, leg_s))
                if begun_s <= task.by_s and (not task.windows or begun_s <= task.windows[-1].end_s):
                    reached[after] = min(reached[after], max(begun_s + task.service_s, task.over_s))
        states = reached
        times.append(states)
    return times


def _straight_on(now: int, tasks: Iterable[Task], legs_s: Sequence[int]) -> list[int]:
    times = [now]
    for task, leg_s in zip(tasks, legs_s, strict=False):
        now = service_start(task.windows, now + leg_s) + task.service_s
        if now < task.over_s:
            now = task.over_s
        times.append(now)
    return times


def _backward(
    rests: Sequence[Break], end_s: int, tasks: Sequence[Task], legs_s: Sequence[int], position: Sequence[int]
) -> tuple[list[States], list[States]]:
    """When it has to be at each task and back at the end; and when each trip has to leave, in order."""
    states = [*(min(end_s, rest.latest_s) for rest in rests), end_s]
    times, departures = [states], []
    for number in range(len(tasks) - 1, -1, -1):
        task = tasks[number]
        leave = _leave_by(rests, states, legs_s[number + 1])
        if position[number] == position[number + 1]:  # a stay in the yard
            departures.append(leave)
        states = [_begin_by(task, by_s) for by_s in leave]
        times.append(states)
    departures.append(_leave_by(rests, states, legs_s[0]))
    return times[::-1], departures[::-1]


def _begin_by(task: Task, leave_by_s: int) -> int:
    """The latest beginning of a task for a departure by then, and so the latest arrival."""
    if leave_by_s < task.over_s:
        return NEVER
    return int(max(latest_start(task.windows, min(leave_by_s - task.service_s, task.by_s)), NEVER))


def _arrival(rests: Sequence[Break], taken: int, after: int, now: int, leg_s: int) -> int:
    for rest in rests[taken:after]:
        now, leg_s = max(now, rest.earliest_s) + rest.duration_s, max(0, leg_s - max(0, rest.earliest_s - now))
    return now + leg_s


def _leave_by(rests: Sequence[Break], states: States, leg_s: int) -> States:
    """The latest departures for arrivals by these times, by the number of breaks taken before the leg."""
    if not rests:
        return [max(states[0] - leg_s, NEVER)]
    leave = [NEVER] * len(states)
    for taken in range(len(states)):
        resting_s = 0
        for after in range(taken, len(states)):
            by_s = states[after] - leg_s - resting_s
            if after > taken:
                last = rests[after - 1]
                by_s = min(by_s - last.duration_s, rests[taken].latest_s)
                resting_s += last.duration_s
                if states[after] < last.earliest_s + last.duration_s:
                    by_s = NEVER
            leave[taken] = max(leave[taken], by_s)
    return leave


def _tasks(fleet: Fleet, row: int, tour: Tour) -> tuple[list[Task], list[int], list[int]]:
    """The tasks of a route, and for each gap the position and the trip of a stop put there."""
    if not tour.reloads:
        count = len(tour.stops)
        visits = [fleet.task(row, stop, place) for stop, place in zip(tour.stops, tour.places, strict=True)]
        return visits, list(range(count + 1)), [0] * (count + 1)
    tasks: list[Task] = []
    position, trip = [], []
    for number, positions in enumerate(tour.trips()):
        if number:
            released_s = _released(fleet, tour.stops[positions.start : positions.stop])
            tasks.append(Task(int(fleet.yard[row]), int(fleet.turnaround_s[row]), (), over_s=released_s))
        tasks.extend(fleet.task(row, tour.stops[at], tour.places[at]) for at in positions)
        position.extend([*positions, positions.stop])
        trip.extend([number] * (len(positions) + 1))
    return tasks, position, trip


def _released(fleet: Fleet, stops: Iterable[int]) -> int:
    return max((fleet.release_s[stop] for stop in stops), default=0)


def room(fleet: Fleet, row: int, tour: Tour) -> tuple[Integers, Integers]:
    """What may come on board in the yard and be delivered in each gap, and what may be collected there: shape (gaps, dimensions)."""
    capacity: Integers = fleet.capacity[row]
    before, after = [], []
    for positions in tour.trips():
        stops = tour.stops[positions.start : positions.stop]
        if fleet.loads_change_on_the_way:
            level = _levels(fleet, [fleet.problem.stops[stop] for stop in stops])
            before.append(capacity - np.maximum.accumulate(level, axis=0))
            after.append(capacity - np.maximum.accumulate(level[::-1], axis=0)[::-1])
        else:
            left = capacity - fleet.load[stops].sum(axis=0)
            before.append(np.broadcast_to(left, (len(stops) + 1, len(left))))
    joined = np.concatenate(before)
    return joined, np.concatenate(after) if after else joined


def _levels(fleet: Fleet, stops: Sequence[Stop]) -> Integers:
    loads = loading(fleet.problem, stops)
    return np.array([loads.at_start, *loads.after], dtype=np.int64)
