"""Which of many known trips are driven, and when: every visit on one of them, as cheaply as can be.

Set partitioning (Balinski and Quandt, 1964) with a timetable, since a vehicle may make one trip after another.  A linear program says what
each visit is worth; trips that cost more than their visits are worth by as much as the plan at hand is above that bound are in no
better plan.  CP-SAT chooses among the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

MOST_CANDIDATES = 1_500
"""CP-SAT chooses among so many trips at most, those that cost least beyond what their visits are worth."""

TICKS = 2.0
"""After how much work the search ends where the clock has no say; counted by the solver (about seconds)."""

LINEAR = 2
"""CP-SAT's `linearization_level`: with less, that each visit is made once does not come into its linear program."""

NO_CUTS = 0
"""CP-SAT's `cut_level`: those for many trips that may leave when they like take minutes that no limit counts."""

MOMENTS = 30
"""At so many moments it is counted who must be on the road."""

LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """`visits` are numbers of rows; `fleet` is the number of a `Fleet`.  It leaves between `first_s` and `last_s`, and its vehicle is free
    again `length_s` later.  `cost` may be negative where visits bring something in.
    """

    visits: tuple[int, ...]
    fleet: int
    cost: int
    first_s: int
    last_s: int
    length_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """So many vehicles that are alike.  Their times matter only if they may make more than one trip each."""

    vehicles: int
    fixed_cost: int
    trips_each: int


type Timetable = dict[int, int]
"""The departures, in seconds, of the trips that are driven, by their numbers."""


def cheapest(
    trips: Sequence[Trip],
    fleets: Sequence[Fleet],
    must: Sequence[bool],
    known: Timetable,
    *,
    seconds: float | None,
    should_stop: Callable[[], bool],
) -> Timetable | None:
    """The best timetable found, None if there is none better than the `known` one.  `must` says of each row whether it has to be
    visited; all others may be, once.  Without `seconds` the same values give the same answer.
    """
    ends_at = None if seconds is None else time.monotonic() + seconds
    bound = _linear_bound(trips, fleets, must, seconds)
    if bound is None or should_stop():
        return None
    value, beyond = bound
    cost = _cost(trips, fleets, known)
    order = np.argsort(beyond, kind="stable")[:MOST_CANDIDATES]
    candidates = sorted({*order[beyond[order] < cost - value].tolist(), *known})
    left_s = None if ends_at is None else ends_at - time.monotonic()
    if left_s is not None and left_s <= 0:
        return None
    model = _Model([trips[number] for number in candidates], fleets, must)
    position = {number: at for at, number in enumerate(candidates)}
    model.suggest({position[number]: departure_s for number, departure_s in known.items()}, cost)
    found = model.solved(left_s, should_stop)
    return None if found is None else {candidates[at]: departure_s for at, departure_s in found.items()}


def _cost(trips: Sequence[Trip], fleets: Sequence[Fleet], driven: Timetable) -> int:
    of_trips = sum(trips[number].cost for number in driven)
    return of_trips + sum(
        fleet.fixed_cost * _vehicles(trips, number, fleet, driven) for number, fleet in enumerate(fleets)
    )


def _vehicles(trips: Sequence[Trip], number: int, fleet: Fleet, driven: Timetable) -> int:
    """How many of the fleet are needed: by how many are on the road at the same time, and by how many trips each may make."""
    mine = [(trips[at], departure_s) for at, departure_s in driven.items() if trips[at].fleet == number]
    changes = sorted(
        change
        for trip, departure_s in mine
        for change in ((departure_s, 1), (departure_s + trip.length_s, -1))
        if trip.length_s
    )
    at_once = max(accumulate(change for _, change in changes), default=0)
    return max(at_once, -(-len(mine) // fleet.trips_each))


@dataclass(frozen=True, slots=True)
class _Limit:
    """What trips take of something of which each vehicle has so much."""

    fleet: int
    trips: npt.NDArray[np.intp]
    takes: npt.NDArray[np.int64]
    each_has: int


def _limits(trips: Sequence[Trip], fleets: Sequence[Fleet]) -> Iterator[_Limit]:
    """What follows from the timetable and says less: trips there are, hours there are, and who is on the road at some moments, whenever
    it left.  These a linear program can be told.
    """
    of_fleet, length_s = (np.array([getattr(trip, name) for trip in trips], np.int64) for name in ("fleet", "length_s"))
    first_s, last_s = (np.array([getattr(trip, name) for trip in trips], np.int64) for name in ("first_s", "last_s"))
    for number, fleet in enumerate(fleets):
        mine = np.flatnonzero(of_fleet == number)
        if not len(mine):
            continue
        yield _Limit(number, mine, np.ones_like(mine), fleet.trips_each)
        if fleet.trips_each == 1:
            continue
        back_s = first_s[mine] + length_s[mine]
        yield _Limit(number, mine, length_s[mine], int((last_s + length_s)[mine].max() - first_s[mine].min()))
        moments = np.unique(last_s[mine])
        for moment_s in moments[:: max(1, len(moments) // MOMENTS)]:
            away = mine[(last_s[mine] <= moment_s) & (moment_s < back_s)]
            if len(away) > fleet.vehicles:
                yield _Limit(number, away, np.ones_like(away), 1)


def _linear_bound(
    trips: Sequence[Trip], fleets: Sequence[Fleet], must: Sequence[bool], seconds: float | None
) -> tuple[float, npt.NDArray[np.float64]] | None:
    """The cost at which trips could be driven in parts, and how much each costs beyond what its visits are worth then; None if the time
    was over before.
    """
    from ortools.linear_solver import pywraplp

    solver = pywraplp.Solver.CreateSolver("GLOP")
    if seconds is not None:
        solver.SetTimeLimit(max(1, round(1000 * seconds)))
    endless = solver.infinity()
    objective = solver.Objective()
    visited = [solver.Constraint(1, endless) if each else solver.Constraint(-endless, 1) for each in must]
    driven = [solver.NumVar(0, endless, "") for _ in trips]
    used = [solver.NumVar(0, fleet.vehicles, "") for fleet in fleets]
    for variable, fleet in zip(used, fleets, strict=True):
        objective.SetCoefficient(variable, fleet.fixed_cost)
    for variable, trip in zip(driven, trips, strict=True):
        objective.SetCoefficient(variable, trip.cost)
        for row in trip.visits:
            visited[row].SetCoefficient(variable, 1)
    for limit in _limits(trips, fleets):
        constraint = solver.Constraint(-endless, 0)
        constraint.SetCoefficient(used[limit.fleet], -limit.each_has)
        for at, takes in zip(limit.trips.tolist(), limit.takes.tolist(), strict=True):
            constraint.SetCoefficient(driven[at], takes)
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return None
    return objective.Value(), np.array([variable.reduced_cost() for variable in driven])


class _Model:
    """The same in whole trips, for CP-SAT."""

    def __init__(self, trips: Sequence[Trip], fleets: Sequence[Fleet], must: Sequence[bool]) -> None:
        from ortools.sat.python import cp_model

        self._trips, self._fleets = trips, fleets
        self._model = model = cp_model.CpModel()
        self._driven = [model.new_bool_var("") for _ in trips]
        self._departures: dict[int, Any] = {}
        self._used = [
            model.new_int_var(0 if fleet.fixed_cost else fleet.vehicles, fleet.vehicles, "") for fleet in fleets
        ]
        self._cost = sum(trip.cost * driven for trip, driven in zip(trips, self._driven, strict=True)) + sum(
            fleet.fixed_cost * used for fleet, used in zip(fleets, self._used, strict=True)
        )
        by_row: list[list[Any]] = [[] for _ in must]
        for trip, driven in zip(trips, self._driven, strict=True):
            for row in trip.visits:
                by_row[row].append(driven)
        for must_be, those in zip(must, by_row, strict=True):
            if must_be:
                model.add_exactly_one(those)
            elif len(those) > 1:
                model.add_at_most_one(those)
        for limit in _limits(trips, fleets):
            mine = [self._driven[at] for at in limit.trips.tolist()]
            model.add(
                cp_model.LinearExpr.weighted_sum(mine, limit.takes.tolist()) <= limit.each_has * self._used[limit.fleet]
            )
        for number, fleet in enumerate(fleets):
            if fleet.trips_each > 1:
                self._add_timetable(number)

    def _add_timetable(self, fleet: int) -> None:
        on_the_road = []
        for at, trip in enumerate(self._trips):
            if trip.fleet == fleet:
                departure = self._departures[at] = self._model.new_int_var(trip.first_s, trip.last_s, "")
                on_the_road.append(
                    self._model.new_optional_fixed_size_interval_var(departure, trip.length_s, self._driven[at], "")
                )
        self._model.add_cumulative(on_the_road, [1] * len(on_the_road), self._used[fleet])

    def suggest(self, known: Timetable, cost: int) -> None:
        """Only what is cheaper is wanted."""
        for at, driven in enumerate(self._driven):
            self._model.add_hint(driven, at in known)
        for at, departure in self._departures.items():
            self._model.add_hint(departure, known.get(at, self._trips[at].first_s))
        for number, (used, fleet) in enumerate(zip(self._used, self._fleets, strict=True)):
            if fleet.fixed_cost:
                self._model.add_hint(used, _vehicles(self._trips, number, fleet, known))
        self._model.add(self._cost < cost)
        self._model.minimize(self._cost)

    def solved(self, seconds: float | None, should_stop: Callable[[], bool]) -> Timetable | None:
        from ortools.sat.python import cp_model

        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.linearization_level = LINEAR
        solver.parameters.cut_level = NO_CUTS
        if seconds is None:
            solver.parameters.max_deterministic_time = TICKS
        else:
            solver.parameters.max_time_in_seconds = seconds
        with ThreadPoolExecutor(max_workers=1) as beside:
            answer = beside.submit(solver.solve, self._model)
            while not wait([answer], timeout=LOOK_EVERY_S).done:
                if should_stop():  # asked here, since the caller's question may be bound to his thread
                    solver.stop_search()
            status = answer.result()
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        return {
            at: int(solver.value(self._departures[at])) if at in self._departures else self._trips[at].first_s
            for at, driven in enumerate(self._driven)
            if solver.boolean_value(driven)
        }
