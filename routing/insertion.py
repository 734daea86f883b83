"""Where one more stop fits into given routes: every place at once, as arrays.

For each place (a row per shift, a column per gap between two visits) the earliest arrival from before and the latest harmless
arrival after are known, so a stop is tried everywhere with a few array operations.  The rules are the referee's own
(`service_start`, `latest_start`); a tried place is feasible here exactly if the referee finds no new violation there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing.evaluate import evaluate_route
from routing.plan import Plan, Route, Unassigned
from routing.problem import LARGEST, Problem
from routing.timetable import latest_start, service_start

type Integers = npt.NDArray[np.int64]
type Floats = npt.NDArray[np.float64]

NEVER = -(10**6) * LARGEST
"""A time before which nothing can happen, far enough to stay so after any sum."""

EVERY_ROW = slice(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """One stop tried at every place of every route: arrays of shape (shifts, gaps).

    `cost` is what the insertion adds in fen (driving, service, and `waiting` at the stop itself), infinite where a rule breaks;
    `excess` is how far the place is from feasible, an hour late weighing as much as a vehicle's whole capacity or one pass.
    """

    cost: Floats
    waiting: Floats
    excess: Floats

    def cheapest(self) -> tuple[int, int] | None:
        """Row and position of the cheapest feasible place."""
        row, position = divmod(int(self.cost.argmin()), self.cost.shape[1])
        return (row, position) if math.isfinite(self.cost[row, position]) else None

    def nearest_miss(self) -> tuple[int, int]:
        """Row and position of the place with the least excess."""
        row, position = divmod(int(self.excess.argmin()), self.excess.shape[1])
        return row, position


class Fleet:
    """A problem's stops and shifts as arrays, in the problem's order; made once and shared by every `Tours`."""

    def __init__(self, problem: Problem) -> None:
        vehicles = [problem.vehicle_of(shift) for shift in problem.shifts]
        profiles = sorted({vehicle.profile for vehicle in vehicles})
        self.problem = problem
        self.index = {stop.id: index for index, stop in enumerate(problem.stops)}
        self.row = {shift.id: row for row, shift in enumerate(problem.shifts)}
        self.locations = np.array([stop.location for stop in problem.stops], dtype=np.intp)
        self.load = _table([stop.load for stop in problem.stops], len(problem.load_dimensions))
        self.capacity = _table([vehicle.capacity for vehicle in vehicles], len(problem.load_dimensions))
        self.profile = np.array([profiles.index(vehicle.profile) for vehicle in vehicles], dtype=np.intp)
        self.travel = [problem.travel[profile] for profile in profiles]
        self.per_m = np.array([vehicle.cost_per_km / 1000 for vehicle in vehicles])
        self.per_s = np.array([vehicle.cost_per_hour / 3600 for vehicle in vehicles])
        self.fixed = np.array([vehicle.fixed_cost for vehicle in vehicles], dtype=np.float64)
        self.must_start_by, self.passes_missing = _passes(problem)


class Tours:
    """Routes that grow: the working state of construction, and a plan seen through its gaps.

    Rows are the problem's shifts, stops are indices into `problem.stops`; `order[row]` is the route.
    """

    def __init__(self, fleet: Fleet, routes: Iterable[Route] = ()) -> None:
        self.fleet = fleet
        self.order: list[list[int]] = [[] for _ in fleet.problem.shifts]
        for route in routes:
            self.order[fleet.row[route.shift_id]] = [fleet.index[stop_id] for stop_id in route.stops]
        self._allocate(2 + max((len(order) for order in self.order), default=0))

    def places(self, stop: int, rows: slice = EVERY_ROW) -> Places:
        """Try a stop everywhere, or on some rows only (the result has those rows alone)."""
        fleet = self.fleet
        work, location = fleet.problem.stops[stop], fleet.locations[stop]
        to_s, from_s = self._gather("duration_s", location, rows)
        to_m, from_m = self._gather("distance_m", location, rows)
        must_start_by = fleet.must_start_by[rows, stop, None]
        arrival = self._ready[rows] + to_s
        start, late_here = arrival, arrival - must_start_by
        for window in reversed(work.windows):
            start = np.where(arrival <= window.end_s, np.maximum(arrival, window.start_s), start)
        if work.windows:
            late_here = np.maximum(start - must_start_by, start - work.windows[-1].end_s)
        late_s = np.maximum(late_here, start + work.service_s + from_s - self._due[rows])
        overload = fleet.load[stop] - self._room[rows]
        fits = (fleet.passes_missing[rows, stop] == 0) & (overload <= 0).all(axis=1)
        per_m, per_s = fleet.per_m[rows, None], fleet.per_s[rows, None]
        waiting = per_s * (start - arrival)
        cost = per_m * (to_m + from_m - self._leg_m[rows])
        cost += per_s * (to_s + from_s - self._leg_s[rows] + work.service_s) + waiting
        cost += np.where(self._idle[rows], fleet.fixed[rows], 0.0)[:, None]
        cost[(late_s > 0) | ~fits[:, None] | ~self._is_gap[rows]] = np.inf
        return Places(cost=cost, waiting=waiting, excess=self._excess(stop, late_s, overload, rows))

    def insert(self, row: int, position: int, stop: int) -> None:
        self.order[row].insert(position, stop)
        if len(self.order[row]) >= self._ready.shape[1]:
            self._allocate(2 * self._ready.shape[1])
        else:
            self._refresh(row)

    def route(self, row: int) -> Route:
        problem = self.fleet.problem
        return Route(shift_id=problem.shifts[row].id, stops=tuple(problem.stops[stop].id for stop in self.order[row]))

    def plan(self) -> Plan:
        """The tours as a plan; whoever is on none is unassigned, without a reason yet."""
        routes = tuple(self.route(row) for row, order in enumerate(self.order) if order)
        served = {stop_id for route in routes for stop_id in route.stops}
        left_out = (stop.id for stop in self.fleet.problem.stops if stop.id not in served)
        return Plan(routes=routes, unassigned=tuple(Unassigned(stop_id=stop_id) for stop_id in left_out))

    def _gather(self, what: str, location: int, rows: slice) -> tuple[Integers, Integers]:
        """From before each gap to the location, and from there to after the gap, by the profile of each row."""
        fleet = self.fleet
        into = np.stack([getattr(travel, what)[:, location] for travel in fleet.travel])
        out_of = np.stack([getattr(travel, what)[location, :] for travel in fleet.travel])
        profile = fleet.profile[rows, None]
        return into[profile, self._before[rows]], out_of[profile, self._after[rows]]

    def _excess(self, stop: int, late_s: Integers, overload: Integers, rows: slice) -> Floats:
        fleet = self.fleet
        weight = (np.maximum(overload, 0) / np.maximum(fleet.capacity[rows], 1)).sum(axis=1)
        weight += fleet.passes_missing[rows, stop]
        return np.where(self._is_gap[rows], np.maximum(late_s, 0) / 3600 + weight[:, None], np.inf)

    def _allocate(self, gaps: int) -> None:
        shape = (len(self.order), gaps)
        self._before = np.zeros(shape, dtype=np.intp)
        self._after = np.zeros(shape, dtype=np.intp)
        self._ready = np.zeros(shape, dtype=np.int64)
        self._due = np.zeros(shape, dtype=np.int64)
        self._is_gap = np.zeros(shape, dtype=np.bool_)
        self._leg_s = np.zeros(shape, dtype=np.int64)
        self._leg_m = np.zeros(shape, dtype=np.int64)
        self._room = self.fleet.capacity.copy()
        self._idle = np.ones(len(self.order), dtype=np.bool_)
        for row in range(len(self.order)):
            self._refresh(row)

    def _refresh(self, row: int) -> None:
        """Bring the arrays of one row up to its order."""
        fleet, order = self.fleet, self.order[row]
        shift = fleet.problem.shifts[row]
        travel = fleet.travel[fleet.profile[row]]
        places = [shift.start_location, *fleet.locations[order].tolist(), shift.end_location]
        before, after = places[:-1], places[1:]
        legs_s = travel.duration_s[before, after]
        gaps = len(order) + 1
        self._before[row, :gaps], self._after[row, :gaps] = before, after
        self._leg_s[row, :gaps], self._leg_m[row, :gaps] = legs_s, travel.distance_m[before, after]
        self._ready[row, :gaps] = self._earliest(row, legs_s.tolist())
        self._due[row, :gaps] = self._latest(row, legs_s.tolist())
        self._is_gap[row] = np.arange(self._is_gap.shape[1]) < gaps
        self._room[row] = fleet.capacity[row] - fleet.load[order].sum(axis=0)
        self._idle[row] = not order

    def _earliest(self, row: int, legs_s: Sequence[int]) -> list[int]:
        """When the vehicle can leave the yard and each stop."""
        stops = self.fleet.problem.stops
        now = self.fleet.problem.shifts[row].ready_s
        times = [now]
        for stop, leg_s in zip(self.order[row], legs_s, strict=False):
            now = service_start(stops[stop].windows, now + leg_s) + stops[stop].service_s
            times.append(now)
        return times

    def _latest(self, row: int, legs_s: Sequence[int]) -> list[int]:
        """When it has to be at each stop and back in the yard at the latest."""
        stops, must_start_by = self.fleet.problem.stops, self.fleet.must_start_by[row]
        due = self.fleet.problem.shifts[row].end_s
        times = [due]
        for stop, leg_s in zip(reversed(self.order[row]), reversed(legs_s), strict=False):
            by_s = min(due - leg_s - stops[stop].service_s, int(must_start_by[stop]))
            due = int(max(latest_start(stops[stop].windows, by_s), NEVER))
            times.append(due)
        return times[::-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A feasible place: on `shift_id`, before the visit now at `position`, for `cost` fen by the referee."""

    shift_id: str
    position: int
    cost: int


class Gaps:
    """The gaps of finished tours with the referee's prices; the tours must not grow while it is used."""

    def __init__(self, tours: Tours) -> None:
        self.tours = tours
        problem, fleet = tours.fleet.problem, tours.fleet
        driven = [evaluate_route(problem, tours.route(row)) for row in range(len(problem.shifts))]
        self._paid = [route.cost.total for route in driven]
        waited_s = np.array([sum(visit.waiting_s for visit in route.visits) for route in driven], dtype=np.int64)
        self._waiting_cost = fleet.per_s * waited_s + 2  # fen; the two are for rounding

    def cheapest(self, stop: int, places: Places) -> Place | None:
        """The cheapest feasible one of a stop's places, counting the waiting that it saves or adds, or None.

        Driving and service alone are a bound from below, so that only the places whose bound undercuts the best find are driven.
        """
        if places.cheapest() is None:
            return None
        bound = places.cost - places.waiting - self._waiting_cost[:, None]
        best: Place | None = None
        for flat in np.argsort(bound, axis=None, kind="stable").tolist():
            row, position = divmod(flat, bound.shape[1])
            if not bound[row, position] < (best.cost if best else math.inf):
                break
            cost = self._cost(row, position, stop)
            if best is None or cost < best.cost:
                best = Place(shift_id=self.tours.fleet.problem.shifts[row].id, position=position, cost=cost)
        return best

    def longer(self, row: int, position: int, stop: int) -> Route:
        """The route of a row with one stop more."""
        route, added = self.tours.route(row), self.tours.fleet.problem.stops[stop].id
        return Route(shift_id=route.shift_id, stops=(*route.stops[:position], added, *route.stops[position:]))

    def _cost(self, row: int, position: int, stop: int) -> int:
        longer = evaluate_route(self.tours.fleet.problem, self.longer(row, position, stop))
        return longer.cost.total - self._paid[row]


def _table(rows: Sequence[Sequence[int]], width: int) -> Integers:
    return np.array(rows, dtype=np.int64).reshape(len(rows), width)


def _passes(problem: Problem) -> tuple[Integers, Integers]:
    """For each shift and stop: the latest start of service by the passes on board, and how many required ones lack."""
    latest = np.full((len(problem.shifts), len(problem.stops)), -NEVER, dtype=np.int64)
    missing = np.zeros_like(latest)
    with_passes = [(index, stop) for index, stop in enumerate(problem.stops) if stop.required_passes]
    for row, shift in enumerate(problem.shifts):
        vehicle = problem.vehicle_of(shift)
        for index, stop in with_passes:
            ends = [vehicle.pass_valid_until_s(kind) for kind in stop.required_passes]
            missing[row, index] = ends.count(None)
            latest[row, index] = min([-NEVER, *(end - stop.service_s for end in ends if end is not None)])
    return latest, missing
