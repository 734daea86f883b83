"""A problem's stops and shifts as arrays: what each shift offers, and what each stop asks of every shift at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from routing.problem import LARGEST, Problem, Within
from routing.rules import can_keep_apart
from routing.stops import TimeWindow
from routing.travel import NO_WAY

type Integers = npt.NDArray[np.int64]
type Floats = npt.NDArray[np.float64]
type Booleans = npt.NDArray[np.bool_]

NEVER = -(10**6) * LARGEST
"""A time before which nothing can happen, far enough to stay so after any sum."""

ALWAYS = -NEVER
"""A time by which everything has happened."""


@dataclass(frozen=True, slots=True)
class Task:
    """A visit, or a stay in the yard between two trips: begun within a window and not after `by_s`, over not before `over_s`."""

    location: int
    service_s: int
    windows: tuple[TimeWindow, ...]
    by_s: int = ALWAYS
    over_s: int = NEVER


class Fleet:
    """A problem's stops and shifts as arrays, in the problem's order; made once and shared by every `Tours`.

    A row is a shift, a stop is its index in `problem.stops`.  Shifts are taken to make so many `spare_trips` beyond their limit: then
    what seems to fit may break it.  Without `positions`, those to which stops are pinned do not matter.
    """

    def __init__(self, problem: Problem, *, spare_trips: int = 0, positions: bool = True) -> None:
        shifts, dimensions = problem.shifts, len(problem.load_dimensions)
        vehicles = [problem.vehicle_of(shift) for shift in shifts]
        profiles = sorted({vehicle.profile for vehicle in vehicles})
        self.problem = problem
        self.spare_trips = spare_trips
        self.has_positions = positions and any(stop.pin and stop.pin.position is not None for stop in problem.stops)
        self.vehicles = vehicles
        self.index = {stop.id: index for index, stop in enumerate(problem.stops)}
        self.row = {shift.id: row for row, shift in enumerate(shifts)}
        self.locations = np.array([stop.location for stop in problem.stops], dtype=np.intp)
        self.load = table([stop.load for stop in problem.stops], dimensions)
        self.capacity = table([vehicle.capacity for vehicle in vehicles], dimensions)
        self.profile = np.array([profiles.index(vehicle.profile) for vehicle in vehicles], dtype=np.intp)
        self.travel = [problem.travel[profile] for profile in profiles]
        self.per_m = np.array([vehicle.cost_per_km / 1000 for vehicle in vehicles])
        self.per_s = np.array([vehicle.cost_per_hour / 3600 for vehicle in vehicles])
        self.fixed = np.array([vehicle.fixed_cost for vehicle in vehicles], dtype=np.float64)
        self.time_price = TimePrice(problem, self.per_s)
        self.turnaround_s = np.array([shift.turnaround_s for shift in shifts], dtype=np.int64)
        self.yard = np.array([shift.start_location for shift in shifts], dtype=np.intp)
        self.most_stops = _limits(shift.max_stops for shift in shifts)
        self.most_m = _limits(shift.max_distance_m for shift in shifts)
        self.most_s = _limits(shift.max_duration_s for shift in shifts)
        self.release_s = [stop.release_s for stop in problem.stops]
        self.rests = Rests(problem)
        self.goods = Goods(problem)
        self._lasting: dict[frozenset[str], tuple[Integers, Integers]] = {}
        self._strange: dict[frozenset[str], Booleans] = {}
        self._tasks: dict[tuple[int, int], Task] = {}

    @cached_property
    def has_closed_legs(self) -> bool:
        return any(bool((travel.duration_s == NO_WAY).any()) for travel in self.travel)

    @cached_property
    def loads_change_on_the_way(self) -> bool:
        """Whether anything ever comes on board outside the yard."""
        return any(any(stop.pickup) or stop.from_stop is not None for stop in self.problem.stops)

    @cached_property
    def has_quarantine(self) -> bool:
        return any(stop.quarantine for stop in self.problem.stops)

    @cached_property
    def locked_on(self) -> dict[int, tuple[int, int]]:
        """The row and position of every locked stop."""
        return {
            self.index[stop_id]: (row, position)
            for row, shift in enumerate(self.problem.shifts)
            for position, stop_id in enumerate(shift.locked)
            if stop_id in self.index
        }

    def task(self, row: int, stop: int, place: int) -> Task:
        """The visit as the row drives it."""
        key = (stop, place)
        if key not in self._tasks:
            at = self.problem.stops[stop].place(place)
            self._tasks[key] = Task(at.location, at.service_s, at.windows)
        by_s = self.must_start_by(stop, place)
        return self._tasks[key] if by_s is None else replace(self._tasks[key], by_s=int(by_s[row]))

    def must_start_by(self, stop: int, place: int) -> Integers | None:
        """For each row the latest start of service by the passes on board; None where no pass is asked for."""
        entry = self.problem.stops[stop].place(place)
        return self._passes(entry.required_passes)[0] - entry.service_s if entry.required_passes else None

    def lacking(self, stop: int, place: int) -> Integers:
        """For each row how much speaks against the stop at any time: passes and skills it has not, and pins elsewhere."""
        entry = self.problem.stops[stop]
        lacking = np.zeros(len(self.vehicles), dtype=np.int64)
        if passes := entry.place(place).required_passes:
            lacking += self._passes(passes)[1]
        if entry.required_skills:
            lacking += self._skills_missing(entry.required_skills)
        if entry.pin is not None:
            lacking += [not entry.pin.is_on(shift.id, shift.vehicle_id) for shift in self.problem.shifts]
        return lacking

    def open_to(self, stop: int) -> Booleans:
        """The rows that may serve a stop by pins, passes, skills and hours, whatever else they do."""
        shifts = self.problem.shifts
        rows = np.zeros(len(shifts), dtype=np.bool_)
        for place, here in enumerate(self.problem.stops[stop].places):
            in_time = [
                not here.windows
                or any(each.start_s <= shift.end_s and each.end_s >= shift.ready_s for each in here.windows)
                for shift in shifts
            ]
            rows |= (self.lacking(stop, place) == 0) & in_time
        return rows

    def assignment_price(self, stop: int, place: int) -> Floats:
        """For each row the price of the place, the unfamiliar driver and the change of a published plan, in fen."""
        entry = self.problem.stops[stop]
        price = np.full(len(self.vehicles), float(entry.alternatives[place - 1].price if place else 0))
        if entry.unfamiliar_price and entry.familiar_drivers:
            price += entry.unfamiliar_price * self._strangers(entry.familiar_drivers)
        if entry.change_price and entry.published_shift is not None:
            price += entry.change_price
            if (row := self.row.get(entry.published_shift)) is not None:
                price[row] -= entry.change_price
        return price

    def _passes(self, kinds: frozenset[str]) -> tuple[Integers, Integers]:
        """For each row: until when the passes of these kinds last, and how many of them it has not."""
        if kinds not in self._lasting:
            ends = [[vehicle.pass_valid_until_s(kind) for kind in kinds] for vehicle in self.vehicles]
            until = [min([ALWAYS, *(int(min(end, ALWAYS)) for end in row if end is not None)]) for row in ends]
            missing = [row.count(None) for row in ends]
            self._lasting[kinds] = (np.array(until, dtype=np.int64), np.array(missing, dtype=np.int64))
        return self._lasting[kinds]

    def _skills_missing(self, skills: frozenset[str]) -> list[int]:
        pairs = zip(self.vehicles, self.problem.shifts, strict=True)
        return [len(skills - vehicle.skills - shift.skills) for vehicle, shift in pairs]

    def _strangers(self, drivers: frozenset[str]) -> Booleans:
        if drivers not in self._strange:
            self._strange[drivers] = np.array(
                [shift.driver not in drivers for shift in self.problem.shifts], dtype=np.bool_
            )
        return self._strange[drivers]


class TimePrice:
    """What a row pays for its time: hours, overtime, and what is beyond a fair share."""

    def __init__(self, problem: Problem, per_s: Floats) -> None:
        shifts = problem.shifts
        fair_s = problem.fair_duration_s
        self._per_s = per_s
        self._overtime_per_s = np.array(
            [0 if shift.regular_end_s is None else shift.overtime_per_hour / 3600 for shift in shifts]
        )
        self._regular_end_s = np.array([shift.regular_end_s or 0 for shift in shifts], dtype=np.int64)
        self._fair_s = fair_s or 0
        self._unfair_per_s = 0.0 if fair_s is None else problem.unfair_per_hour / 3600
        self._is_plain = not (self._overtime_per_s.any() or self._unfair_per_s)

    def of(self, duration_s: Integers, return_s: Integers, rows: slice) -> Floats:
        """The price of being out for so long (shape: rows, columns) and back then."""
        price: Floats = self._per_s[rows, None] * duration_s
        if self._is_plain:
            return price
        price = price + self._unfair_per_s * np.maximum(duration_s - self._fair_s, 0)
        overtime_s = np.maximum(return_s - self._regular_end_s[rows, None], 0)
        price += self._overtime_per_s[rows, None] * overtime_s
        return price

    def alone(self, row: int, duration_s: int, return_s: int) -> float:
        """The same for one row."""
        only = slice(row, row + 1)
        return float(self.of(np.array([[duration_s]]), np.array([[return_s]]), only)[0, 0])

    def more(self, row: int, path_s: int, leaves_s: int, added_s: Integers) -> Floats:
        """What is added to the price of one row by what is added to its path, if none of it replaces waiting."""
        path = path_s + added_s[None, :]
        longer: Floats = self.of(path, leaves_s + path, slice(row, row + 1))[0]
        return longer - self.alone(row, path_s, leaves_s + path_s)


class Rests:
    """The breaks of every row, side by side: arrays of shape (most breaks, rows)."""

    def __init__(self, problem: Problem) -> None:
        breaks = [shift.breaks for shift in problem.shifts]
        self.number = np.array([len(row) for row in breaks], dtype=np.int64)
        self.most = max(self.number.tolist(), default=0)
        shape = (self.most, len(breaks))
        self.latest_s = np.full(shape, ALWAYS, dtype=np.int64)
        self.duration_s = np.zeros(shape, dtype=np.int64)
        self.over_s = np.full(shape, NEVER, dtype=np.int64)
        for row, rests in enumerate(breaks):
            for number, rest in enumerate(rests):
                self.latest_s[number, row] = rest.latest_s
                self.duration_s[number, row] = rest.duration_s
                self.over_s[number, row] = rest.earliest_s + rest.duration_s

    def arrival(self, rows: slice, taken: int, after: int, departure_s: Integers, leg_s: Integers) -> Integers:
        """The arrival where the breaks from number `taken` up to `after` are taken on the way; late ones are not refused."""
        if after == taken:
            return departure_s + leg_s
        resting_s = self.duration_s[taken:after, rows].sum(axis=0)[:, None]
        arrival_s: Integers = np.maximum(departure_s + leg_s + resting_s, self.over_s[after - 1, rows, None])
        return arrival_s

    def late_s(self, rows: slice, taken: int, after: int, departure_s: Integers) -> Integers:
        """By how much the first of these breaks begins too late (the others never do if it does not)."""
        if after == taken:
            return np.full_like(departure_s, NEVER)
        return departure_s - self.latest_s[taken, rows, None]


class Goods:
    """Kinds of goods as sets of bits, and which sets may go on one trip of a row."""

    def __init__(self, problem: Problem) -> None:
        self._pairs = problem.incompatible
        kinds = sorted({kind for pair in self._pairs for kind in pair.goods})
        bit = {kind: 1 << number for number, kind in enumerate(kinds)}
        self.of_stop: list[int] = []
        if kinds:
            self.of_stop = [sum(bit.get(kind, 0) for kind in stop.goods) for stop in problem.stops]
        self._bits = [bit[first] | bit[second] for first, second in (pair.goods for pair in self._pairs)]
        self._compartments = [problem.vehicle_of(shift).compartments for shift in problem.shifts]
        self._known: dict[tuple[int, int], frozenset[int]] = {}

    def of_trip(self, stops: Iterable[int]) -> int:
        """The kinds on a trip with these stops."""
        kinds = 0
        for stop in stops if self.of_stop else ():
            kinds |= self.of_stop[stop]
        return kinds

    def can_join(self, row: int, on_trip: int, more: int) -> bool:
        """Whether more kinds break no rule on a trip that it does not break already."""
        broken = self._broken(on_trip | more, self._compartments[row])
        return not broken or broken <= self._broken(on_trip, self._compartments[row])

    def _broken(self, kinds: int, compartments: int) -> frozenset[int]:
        key = (kinds, compartments)
        if key not in self._known:
            met = [number for number, bits in enumerate(self._bits) if kinds & bits == bits]
            pairs = [self._pairs[number] for number in met]
            inside = any(pair.within is Within.COMPARTMENT for pair in pairs)
            apart = not inside or can_keep_apart(pairs, compartments)
            broken = [n for n in met if self._pairs[n].within is Within.VEHICLE or not apart]
            self._known[key] = frozenset(broken)
        return self._known[key]


def start_of_service(windows: Sequence[TimeWindow], arrival_s: Integers) -> Integers:
    """`routing.timetable.service_start` for many arrivals."""
    start_s: Integers = arrival_s
    for window in reversed(windows):
        start_s = np.where(arrival_s <= window.end_s, np.maximum(arrival_s, window.start_s), start_s)
    return start_s


def table(rows: Sequence[Sequence[int]], width: int) -> Integers:
    return np.array(rows, dtype=np.int64).reshape(len(rows), width)


def _limits(limits: Iterable[int | None]) -> Integers:
    return np.array([ALWAYS if limit is None else limit for limit in limits], dtype=np.int64)
