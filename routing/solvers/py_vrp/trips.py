"""Trips that searches have met, put together anew.

A local search moves visits and the ends of routes.  To take a whole trip out of one day and to find it an hour on another takes it many
moves, of which the first ones make things worse: where vehicles make several trips, it ends with good trips that are badly
combined.  But it meets thousands on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from pyvrp import Activity, ActivityType, Solution
from pyvrp import Route as PyRoute

from routing.solvers.or_tools.partition import Fleet, Timetable, Trip, cheapest
from routing.solvers.py_vrp.model import Model
from routing.solvers.restriction import Opening

MOST = 20_000
"""A search remembers so many trips, and rather the later ones, which come from better solutions."""

LATEST_S = 1_000_000_000
"""The latest departure where hours do not matter."""

type Visit = tuple[str, int, Opening]
"""A stop at one of its places in one of its windows."""

type _Numbers = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trips:
    """Rows of visits, told by their numbers in `visits`, by a shift that can make them or that is like one that can."""

    visits: tuple[Visit, ...]
    by_shift: dict[str, tuple[_Numbers, ...]]


class Meetings:
    """The trips of all solutions that a search shows."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._has_several = several_trips(model)
        self._seen: set[tuple[int, ...]] = set()
        self._met: dict[tuple[int, _Numbers], None] = {}

    def note(self, solution: Solution) -> None:
        """Trips on vehicles that make several, of others whole routes that break no rule."""
        for route in solution.routes():
            mark = (route.vehicle_type(), route.distance(), route.duration(), route.num_clients(), *route.delivery())
            if mark not in self._seen:
                self._seen.add(mark)
                has_several = self._has_several[mark[0]]
                if has_several or route.is_feasible():
                    for trip in _trips(route, has_several=has_several):
                        self._met.pop((mark[0], trip), None)
                        self._met[mark[0], trip] = None
        while len(self._met) > MOST:
            del self._met[next(iter(self._met))]
        if len(self._seen) > 10 * MOST:
            self._seen.clear()

    def told(self) -> Trips:
        by_type: dict[int, list[_Numbers]] = {}
        for kind, trip in self._met:
            by_type.setdefault(kind, []).append(trip)
        shift_of = {kind: shift_id for shift_id, kind in reversed(self._model.type_of_shift.items())}
        return Trips(
            visits=tuple(_visits(self._model)),
            by_shift={shift_of[kind]: tuple(trips) for kind, trips in by_type.items()},
        )


def several_trips(model: Model) -> list[bool]:
    """Of each type of vehicle, whether it may make several trips that are alike, which end where they begin."""
    depots = model.data.depots()
    return [
        kind.max_reloads > 0
        and bool(kind.reload_depots)
        and depots[kind.start_depot].location == depots[kind.end_depot].location
        for kind in model.data.vehicle_types()
    ]


def recombined(
    model: Model, start: Solution, met: Collection[Trips], seconds: float | None, should_stop: Callable[[], bool]
) -> Solution | None:
    """A solution of trips that were met, if their sum is cheaper; None if not.  Whether it is valid, and cheaper by what a day costs, is
    for the caller to see: a trip is taken to cost what it would if it were the only one.
    """
    columns = _Columns(model)
    known: Timetable = {}
    for route in start.routes():
        now_s = 0
        for visits in _trips(route, has_several=columns.has_several[route.vehicle_type()]):
            number = columns.add(route.vehicle_type(), visits, is_known=True)
            if number is None:
                return None
            trip = columns.trips[number]
            known[number] = now_s = max(now_s, trip.first_s)
            now_s += trip.length_s
    for trips in met:
        _add(columns, model, trips)
    found = cheapest(columns.trips, columns.fleets, columns.must, known, seconds=seconds, should_stop=should_stop)
    return None if found is None else columns.solution_of(found)


class _Columns:
    """Each set of visits once for each fleet, as the cheapest trip that there is; the known ones as they are."""

    def __init__(self, model: Model) -> None:
        self._data = model.data
        self.has_several = several_trips(model)
        self.fleets = [
            Fleet(
                vehicles=kind.num_available,
                fixed_cost=kind.fixed_cost,
                trips_each=kind.max_reloads + 1 if has_several else 1,
            )
            for kind, has_several in zip(model.data.vehicle_types(), self.has_several, strict=True)
        ]
        self._groups = {client: number for number, group in enumerate(self._data.groups()) for client in group.clients}
        singles = [number for number in range(self._data.num_clients) if number not in self._groups]
        self._row = {client: row for row, client in enumerate(singles)}
        self._row.update({client: len(singles) + group for client, group in self._groups.items()})
        self.must = [self._data.client(client).required for client in singles]
        self.must += [group.required for group in self._data.groups()]
        self.trips: list[Trip] = []
        self._visits: list[_Numbers] = []
        self._number: dict[tuple[int, frozenset[int]], int] = {}
        self._known: set[int] = set()

    def add(self, kind: int, visits: _Numbers, *, is_known: bool = False) -> int | None:
        """The number of the trip; None if it breaks a rule or is not worth having."""
        trip = self._trip(kind, visits)
        if trip is None:
            return None
        number = self._number.setdefault((kind, frozenset(visits)), len(self.trips))
        if number == len(self.trips):
            self.trips.append(trip)
            self._visits.append(visits)
        elif number not in self._known and trip.cost < self.trips[number].cost:
            self.trips[number], self._visits[number] = trip, visits
        if is_known:
            self._known.add(number)
        return number

    def _trip(self, kind: int, visits: _Numbers) -> Trip | None:
        route = PyRoute(self._data, [Activity(ActivityType.CLIENT, client) for client in visits], kind)
        rows = tuple(self._row[client] for client in visits)
        if not route.is_feasible() or len(set(rows)) < len(rows):
            return None
        vehicle, turnaround_s = self._data.vehicle_type(kind), self._turnaround_s(kind)
        brought_in = sum(
            self._data.client(client).prize
            for client, row in zip(visits, rows, strict=True)
            if not self.must[row] or client in self._groups
        )
        return Trip(
            visits=rows,
            fleet=kind,
            cost=route.distance_cost() + route.duration_cost() + vehicle.unit_duration_cost * turnaround_s - brought_in,
            first_s=route.start_time(),
            last_s=min(route.start_time() + route.slack(), LATEST_S),
            length_s=route.duration() + turnaround_s,
        )

    def solution_of(self, timetable: Timetable) -> Solution:
        """Each trip by the vehicle that has come back last before it."""
        days: list[tuple[int, int, list[_Numbers]]] = []
        for number, departure_s in sorted(timetable.items(), key=lambda item: (item[1], item[0])):
            trip, visits = self.trips[number], self._visits[number]
            back_s = departure_s + trip.length_s
            free = [at for at, (kind, free_s, _) in enumerate(days) if kind == trip.fleet and free_s <= departure_s]
            if free and self.has_several[trip.fleet]:
                at = max(free, key=lambda at: days[at][1])
                days[at] = (trip.fleet, back_s, [*days[at][2], visits])
            else:
                days.append((trip.fleet, back_s, [visits]))
        return Solution(self._data, [self._route(kind, trips) for kind, _, trips in days])

    def _turnaround_s(self, kind: int) -> int:
        """How long it takes to load again, and to disinfect."""
        if not self.has_several[kind]:
            return 0
        return self._data.depots()[self._data.vehicle_type(kind).reload_depots[0]].service_duration

    def _route(self, kind: int, trips: Sequence[_Numbers]) -> PyRoute:
        activities: list[Activity] = []
        for trip in trips:
            if activities:
                activities.append(Activity(ActivityType.DEPOT, self._data.vehicle_type(kind).reload_depots[0]))
            activities.extend(Activity(ActivityType.CLIENT, client) for client in trip)
        return PyRoute(self._data, activities, kind)


def _add(columns: _Columns, model: Model, trips: Trips) -> None:
    """Those of another search, as far as the model at hand knows their visits and shifts."""
    number_of = {visit: number for number, visit in enumerate(_visits(model))}
    numbers = [number_of.get(visit) for visit in trips.visits]
    for shift_id, rows in trips.by_shift.items():
        kind = model.type_of_shift.get(shift_id)
        if kind is None:
            continue
        for row in rows:
            visits = tuple(number for each in row if (number := numbers[each]) is not None)
            if len(visits) == len(row):
                columns.add(kind, visits)


def _visits(model: Model) -> list[Visit]:
    return [(model.stop_id(client), client.place, client.opening) for client in model.clients]


def _trips(route: PyRoute, *, has_several: bool) -> list[_Numbers]:
    """What is between the loadings, or all of it."""
    trips: list[_Numbers] = []
    now: list[int] = []
    for activity in list(route)[1:]:
        if activity.is_client():
            now.append(activity.idx)
        elif now and has_several:
            trips.append(tuple(now))
            now = []
    return [*trips, tuple(now)] if now else trips
