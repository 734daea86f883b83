"""A problem as PyVRP's data, and its solutions as plans."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from pyvrp import (
    Activity,
    ActivityType,
    Client,
    ClientGroup,
    Depot,
    Location,
    ProblemData,
    Solution,
    VehicleType,
)
from pyvrp import Route as PyRoute

from routing.evaluate import evaluate_route
from routing.plan import Plan, Route, Unassigned
from routing.problem import NO_WAY, Place, Problem, Shift, Stop, Vehicle
from routing.solvers.py_vrp.clients import Kind, Profile, Visitable, open_clients
from routing.solvers.py_vrp.gates import Barrier, Gates
from routing.solvers.py_vrp.money import Money
from routing.solvers.restriction import ALWAYS, Restriction

type Integers = npt.NDArray[Any]

ENDLESS = int(np.iinfo(np.int64).max)

GATED_ABOVE = 2_000_000
"""With more numbers than this in the matrices, gates are put in the place of closed arcs."""

GATE_LOAD = 10_000
"""What a client has of each gate it is behind: enough that PyVRP's own penalties, of at most 100,000 a unit, keep it shut."""

LONGEST_LEG_S = 7 * 86_400
"""No leg is priced for longer, so that roads that are closed overflow nothing."""


class Model:
    """One problem as PyVRP's data.  Locations: the ends of shifts, then one for each client."""

    def __init__(
        self,
        problem: Problem,
        start: Plan,
        *,
        is_rough: bool = False,
        keeps_served: bool = False,
        usual_breaks: bool = False,
        only_size: bool = False,
        most_cells: int | None = None,
        has_gates: bool = True,
    ) -> None:
        """With `keeps_served`, what the plan serves must be served again.  `most_cells` is a limit to the matrices: beyond it, nobody is
        told what unfamiliar drivers and changes cost.  Without gates, every combination of closed arcs has matrices of its own,
        however large.
        """
        self._has_gates = has_gates
        self._problem = problem
        self._is_rough = is_rough
        self._keeps_served = keeps_served or is_rough
        self._restriction = Restriction(problem, start, usual_breaks=usual_breaks)
        self._shifts = [problem.shifts[row] for row in self._restriction.shifts]
        self._crews = self._restriction.crews
        self._open = open_clients(problem, self._restriction)
        self.clients = sorted(frozenset().union(*self._open))
        self._clients_of: dict[int, list[int]] = {}
        for index, client in enumerate(self.clients):
            self._clients_of.setdefault(client.stop, []).append(index)
        self._money = Money(problem, self._shifts)
        self.knows_time = True
        self._places = sorted({place for shift in self._shifts for place in (shift.start_location, shift.end_location)})
        self._depots: dict[tuple[int, int], int] = {}
        self._gates = Gates((), 0)
        self._served = {stop_id for route in start.routes for stop_id in route.stops}
        self._state(only_size=only_size, most_cells=most_cells)

    def solution_of(self, plan: Plan) -> Solution:
        row_of = {shift.id: row for row, shift in enumerate(self._shifts)}
        type_of = {row: number for number, rows in enumerate(self.types.values()) for row in rows}
        routes = []
        for route in plan.routes:
            row = row_of.get(route.shift_id)
            if row is not None and (activities := self._activities(route, row)):
                routes.append(PyRoute(self.data, activities, type_of[row]))
        return Solution(self.data, routes)

    def plan_of(self, solution: Solution) -> Plan:
        """Routes of the same type go to its shifts in order; those that were kept come along."""
        free = [iter(rows) for rows in self.types.values()]
        found = [self._route(route, next(free[route.vehicle_type()])) for route in solution.routes()]
        routes = (*self._restriction.kept, *found)
        served = {stop_id for route in routes for stop_id in route.stops}
        left_out = (stop.id for stop in self._problem.stops if stop.id not in served)
        return Plan(routes=routes, unassigned=tuple(Unassigned(stop_id=stop_id) for stop_id in left_out))

    def cost_of_second(self) -> float:
        """What a second of driving costs on average, in PyVRP's units."""
        vehicle = self._problem.vehicle_of(self._shifts[0])
        travel = self._problem.travel[vehicle.profile]
        open_roads = travel.duration_s < NO_WAY
        metres, seconds = float(travel.distance_m[open_roads].sum()), float(travel.duration_s[open_roads].sum())
        return self._money.per_metre(vehicle) * metres / max(1.0, seconds) + self._money.per_second(
            vehicle.cost_per_hour
        )

    @property
    def type_of_shift(self) -> dict[str, int]:
        return {self._shifts[row].id: number for number, rows in enumerate(self.types.values()) for row in rows}

    def stop_id(self, client: Visitable) -> str:
        return self._problem.stops[client.stop].id

    @property
    def cells(self) -> int:
        """How many numbers PyVRP's matrices have; each takes 16 bytes."""
        return len(self.profiles) * (len(self._places) + len(self.clients)) ** 2

    @property
    def num_gates(self) -> int:
        """The last dimensions of load are gates."""
        return len(self._gates.closed_to)

    def _state(self, *, only_size: bool, most_cells: int | None) -> None:
        self.profiles: dict[Profile, int] = {}
        self.types: dict[Kind, list[int]] = {}
        if not self.clients:
            return
        self._has_prices = any(stop.unfamiliar_price or stop.change_price for stop in self._problem.stops)
        self.knows_time = self._time_matters()
        self._name_types()
        if self._has_gates and self.cells > GATED_ABOVE:
            self._gates = Gates(self._barriers(), len(self._shifts))
            self._name_types()
        if most_cells is not None and self.cells > most_cells:
            self._has_prices = False
            self._name_types()
        if only_size:
            return
        clients, groups = self._stated_clients()
        self.data = ProblemData(
            locations=[Location(0, 0)] * (len(self._places) + len(self.clients)),
            clients=clients,
            depots=[Depot(place, service_duration=service_s) for place, service_s in self._depots],
            vehicle_types=[_vehicle_type(kind, len(rows)) for kind, rows in self.types.items()],
            distance_matrices=[self._distances(profile) for profile in self.profiles],  # type: ignore[misc]  # stub asks for object arrays
            duration_matrices=[self._durations(profile) for profile in self.profiles],  # type: ignore[misc]
            groups=groups,
        )

    def _name_types(self) -> None:
        self.profiles, self.types = {}, {}
        for row, shift in enumerate(self._shifts):
            self.types.setdefault(self._type(row, shift), []).append(row)

    def _barriers(self) -> list[Barrier]:
        """A shift need not be kept from a client that it cannot reach within its hours."""
        hours = [
            (crew.clock.worked(shift.ready_s), crew.clock.worked(shift.end_s))
            for shift, crew in zip(self._shifts, self._crews, strict=True)
        ]
        barriers = []
        for client in self.clients:
            allowed = frozenset(row for row, here in enumerate(self._open) if client not in here)
            first_s, last_s = max(client.opening[0], client.release_s), client.opening[1]
            needed = (row for row in allowed if max(first_s, hours[row][0]) <= min(last_s, hours[row][1]))
            barriers.append(Barrier(frozenset(needed), allowed))
        return barriers

    def _arcs_carry_costs(self, shift: Shift) -> bool:
        """Arcs can carry the prices for who serves whom, and the hours driven; then they are no metres any more."""
        return shift.max_distance_m is None and (self._has_prices or self._is_rough)

    def _time_matters(self) -> bool:
        """Without windows and with shifts longer than any route, PyVRP is faster without times."""
        if any(client.opening != ALWAYS or client.release_s for client in self.clients):
            return True
        if any(len(mine) < len(self.clients) for mine in self._open) or any(
            stop.quarantine for stop in self._problem.stops
        ):
            return True
        longest_leg_s = max(int(travel.duration_s.max(initial=0)) for travel in self._problem.travel.values())
        service_s, legs = sum(stop.service_s for stop in self._problem.stops), len(self._problem.stops) + 1

        def longest_s(shift: Shift) -> int:
            """Of all stops on one route, each on a trip of its own if there may be several."""
            more = min(shift.max_trips - 1, len(self._problem.stops))
            return service_s + (legs + more) * longest_leg_s + more * shift.turnaround_s

        return any(
            shift.end_s - shift.ready_s < longest_s(shift)
            or shift.max_duration_s is not None
            or self._problem.vehicle_of(shift).cost_per_hour
            for shift in self._shifts
        )

    def _type(self, row: int, shift: Shift) -> Kind:
        vehicle, clock, money = self._problem.vehicle_of(shift), self._crews[row].clock, self._money
        early_s, late_s = clock.worked(shift.ready_s), clock.worked(shift.end_s)
        regular_s, most_s, overtime = self._duration_limits(shift, late_s - early_s)
        start = self._place(shift.start_location)
        reload_depots = (self._depot(start, shift.turnaround_s),) if shift.max_trips > 1 else ()
        profile = self._profile(row, vehicle)
        return Kind(
            profile=self.profiles.setdefault(profile, len(self.profiles)),
            capacity=self._capacity(row, shift, vehicle),
            start_depot=self._depot(start, 0),
            end_depot=self._depot(self._place(shift.end_location), 0),
            tw_early=early_s if self.knows_time else 0,
            tw_late=late_s if self.knows_time else ENDLESS,
            fixed_cost=money.of(vehicle.fixed_cost),
            unit_distance_cost=1 if self._arcs_carry_costs(shift) else money.per_metre(vehicle),
            unit_duration_cost=0
            if self._is_rough and self._arcs_carry_costs(shift)
            else money.per_second(vehicle.cost_per_hour),
            shift_duration=regular_s,
            max_overtime=most_s - regular_s,
            unit_overtime_cost=money.per_second(overtime),
            max_distance=ENDLESS if shift.max_distance_m is None else shift.max_distance_m,
            reload_depots=reload_depots,
            max_reloads=shift.max_trips - 1,
        )

    def _duration_limits(self, shift: Shift, span_s: int) -> tuple[int, int, int]:
        """Regular and longest duration, and the price of an hour between them.  PyVRP counts overtime from the departure, not by the
        clock, which is near enough to search by.
        """
        resting_s = sum(rest.duration_s for rest in shift.breaks)
        most_s = ENDLESS if shift.max_duration_s is None else max(0, shift.max_duration_s - resting_s)
        fair_s, price = self._problem.fair_duration_s, self._problem.unfair_per_hour
        if shift.regular_end_s is not None and shift.overtime_per_hour:
            over_s = max(0, shift.end_s - shift.regular_end_s)
            fair_s, price = max(0, span_s - over_s), shift.overtime_per_hour
        if fair_s is None or not price:
            return most_s, most_s, 0
        most_s = min(most_s, span_s)
        return min(fair_s, most_s), most_s, price

    def _capacity(self, row: int, shift: Shift, vehicle: Vehicle) -> tuple[int, ...]:
        many = len(self.clients)
        stops = (many if shift.max_stops is None else shift.max_stops,) if self._counts_stops else ()
        return (*vehicle.capacity, *stops, *(0 if row in gate else GATE_LOAD * many for gate in self._gates.closed_to))

    @property
    def _counts_stops(self) -> bool:
        return any(shift.max_stops is not None for shift in self._shifts)

    def _profile(self, row: int, vehicle: Vehicle) -> Profile:
        everything = range(0 if self.num_gates else len(self.clients))
        closed = frozenset(index for index in everything if self.clients[index] not in self._open[row])
        shift, money = self._shifts[row], self._money
        if not self._arcs_carry_costs(shift):
            return Profile(vehicle.profile, closed)
        per_second = money.per_second(vehicle.cost_per_hour) if self._is_rough else 0
        prices = [
            (money.of(_soft_price(stop, shift)) if self._has_prices else 0)
            + per_second * stop.place(client.place).service_s
            for client in self.clients
            for stop in (self._problem.stops[client.stop],)
        ]
        return Profile(vehicle.profile, closed, money.per_metre(vehicle), per_second, tuple(prices))

    def _distances(self, profile: Profile) -> Integers:
        metres = self._among_locations(self._problem.travel[profile.travel].distance_m)
        metres *= profile.per_metre
        if profile.per_second:
            seconds = self._among_locations(self._problem.travel[profile.travel].duration_s)
            metres += profile.per_second * np.minimum(seconds, LONGEST_LEG_S)
        if profile.prices:
            metres[:, len(self._places) :] += np.array(profile.prices, dtype=np.int64)
        np.fill_diagonal(metres, 0)
        return metres

    def _durations(self, profile: Profile) -> Integers:
        """Closed arcs take longer than any shift; so do roads that are closed."""
        seconds = self._among_locations(self._problem.travel[profile.travel].duration_s)
        if not self.knows_time:
            return np.zeros_like(seconds)
        beyond_s = 2 * max(kind.tw_late for kind in self.types) + 1
        np.minimum(seconds, beyond_s, out=seconds)
        first = len(self._places)
        closed = first + np.array(sorted(profile.closed), dtype=np.intp)
        seconds[:, closed] = beyond_s
        quarantined = np.array([self._problem.stops[client.stop].quarantine for client in self.clients], dtype=np.bool_)
        seconds[first:, first:][np.ix_(quarantined, ~quarantined)] = beyond_s
        np.fill_diagonal(seconds, 0)
        return seconds

    def _among_locations(self, matrix: npt.NDArray[np.int32]) -> Integers:
        stops = self._problem.stops
        places = [*self._places, *(stops[client.stop].place(client.place).location for client in self.clients)]
        return matrix[np.ix_(places, places)].astype(np.int64)

    def _stated_clients(self) -> tuple[list[Client], list[ClientGroup]]:
        clients, groups = list[Client](), list[ClientGroup]()
        for stop, members in self._clients_of.items():
            group = None
            work = self._problem.stops[stop]
            required = work.id in self._served and (
                work.left_out_price is None or (self._keeps_served and len(members) == 1)
            )
            if len(members) > 1:
                group = len(groups)
                groups.append(ClientGroup(members, required=required))
            clients.extend(self._stated_client(index, group, required and group is None) for index in members)
        return clients, groups

    def _stated_client(self, index: int, group: int | None, required: bool) -> Client:
        client = self.clients[index]
        stop = self._problem.stops[client.stop]
        here = stop.place(client.place)
        price = here.price if isinstance(here, Place) else 0
        behind = self._gates.of(index) if self.num_gates else ()
        late_s = ENDLESS if math.isinf(client.opening[1]) else int(client.opening[1])
        more = [1] * self._counts_stops + [GATE_LOAD * (gate in behind) for gate in range(self.num_gates)]
        return Client(
            location=len(self._places) + index,
            delivery=[*stop.load, *more],
            pickup=[*stop.pickup, *(0 for _ in more)] if stop.pickup else [],
            service_duration=here.service_s if self.knows_time else 0,
            tw_early=client.opening[0],
            tw_late=late_s,
            # PyVRP takes none that is released after it closes; that nobody serves it in time is for the referee to say.
            release_time=min(client.release_s, late_s),
            prize=max(0, self._money.left_out(stop) - self._money.of(price)),
            required=required,
            group=group,
        )

    def _place(self, location: int) -> int:
        return self._places.index(location)

    def _depot(self, place: int, service_s: int) -> int:
        return self._depots.setdefault((place, service_s), len(self._depots))

    def _activities(self, route: Route, row: int) -> list[Activity]:
        shift, activities = self._shifts[row], list[Activity]()
        starts = [self._crews[row].clock.worked(visit.start_s) for visit in evaluate_route(self._problem, route).visits]
        places = route.places or (0,) * len(route.stops)
        index_of = {self._problem.stops[stop].id: stop for stop in self._clients_of}
        for position, (stop_id, place) in enumerate(zip(route.stops, places, strict=True)):
            if position in route.reloads and shift.max_trips > 1:
                reload_depot = self._depot(self._place(shift.start_location), shift.turnaround_s)
                activities.append(Activity(ActivityType.DEPOT, reload_depot))
            client = self._client_at(index_of.get(stop_id), place, row, starts[position])
            if client is not None:
                activities.append(Activity(ActivityType.CLIENT, client))
        return activities

    def _client_at(self, stop: int | None, place: int, row: int, start_s: int) -> int | None:
        """The client that stands for a visit: the one whose window the start of service lies in, or comes closest to."""

        def missed_s(index: int) -> float:
            first_s, last_s = self.clients[index].opening
            return max(first_s - start_s, start_s - last_s, 0)

        clients = [] if stop is None else self._clients_of[stop]
        fitting = [i for i in clients if self.clients[i].place == place and self.clients[i] in self._open[row]]
        return min(fitting, key=missed_s, default=None)

    def _route(self, route: PyRoute, row: int) -> Route:
        stops, places, reloads = list[str](), list[int](), list[int]()
        for activity in list(route)[1:-1]:
            if activity.is_depot():
                reloads.append(len(stops))
            else:
                client = self.clients[activity.idx]
                stops.append(self._problem.stops[client.stop].id)
                places.append(client.place)
        inner = tuple(dict.fromkeys(position for position in reloads if 0 < position < len(stops)))
        return Route(
            shift_id=self._shifts[row].id,
            stops=tuple(stops),
            places=tuple(places) if any(places) else (),
            reloads=inner,
        )


def _soft_price(stop: Stop, shift: Shift) -> int:
    price = 0
    if stop.familiar_drivers and shift.driver not in stop.familiar_drivers:
        price += stop.unfamiliar_price
    if stop.published_shift is not None and stop.published_shift != shift.id:
        price += stop.change_price
    return price


def _vehicle_type(kind: Kind, available: int) -> VehicleType:
    fields = {name: getattr(kind, name) for name in Kind.__slots__}
    fields["capacity"], fields["reload_depots"] = list(kind.capacity), list(kind.reload_depots)
    return VehicleType(num_available=available, **fields)
