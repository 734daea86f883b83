"""What the nodes of the routing model are, and how plans and routes of nodes say the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from routing import rules
from routing.plan import Plan, Route, Unassigned
from routing.problem import Problem
from routing.solvers.or_tools.goods import trip_kinds
from routing.stops import Place, Stop
from routing.timetable import latest_start
from routing.travel import NO_WAY


class Visit(NamedTuple):
    """A stop served at one of its places; `boards` says that the goods come on board that are delivered from there."""

    stop: int
    place: int
    boards: bool


class Nodes:
    """Nodes, in this order: `visits`, one for each way to serve a stop; a reload for each further trip of each shift (a `row` of the
    fleet); each yard once.  A stop that no shift can serve has no node.

    Reloads that are not needed lie at the end of their route, where they cost nothing, so that one move can begin a trip with them.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.shifts = problem.shifts
        self.vehicles = [problem.vehicle_of(shift) for shift in self.shifts]
        self.horizon_s = max((shift.end_s for shift in self.shifts), default=0)
        self.stop_numbers = {stop.id: number for number, stop in enumerate(problem.stops)}
        self.trip_kinds = trip_kinds(problem)
        self.start_until_s: list[list[int | None]] = []
        self.visits: list[Visit] = []
        self._add_visits()
        self.reload_rows = [row for row in range(len(self.shifts)) for _ in range(self._most_reloads(row))]
        yards = sorted({place for shift in self.shifts for place in (shift.start_location, shift.end_location)})
        first_yard = len(self.visits) + len(self.reload_rows)
        yard_node = {place: first_yard + number for number, place in enumerate(yards)}
        self.starts = [yard_node[shift.start_location] for shift in self.shifts]
        self.ends = [yard_node[shift.end_location] for shift in self.shifts]
        self._locations = [
            *(self.place(visit).location for visit in self.visits),
            *(self.shifts[row].start_location for row in self.reload_rows),
            *yards,
        ]

    def __len__(self) -> int:
        return len(self._locations)

    @property
    def reloads(self) -> range:
        return range(len(self.visits), len(self.visits) + len(self.reload_rows))

    def stop(self, visit: Visit) -> Stop:
        return self.problem.stops[visit.stop]

    def place(self, visit: Visit) -> Stop | Place:
        return self.stop(visit).place(visit.place)

    @cached_property
    def of_stop(self) -> list[list[int]]:
        """The nodes of each stop."""
        nodes: list[list[int]] = [[] for _ in self.problem.stops]
        for node, visit in enumerate(self.visits):
            nodes[visit.stop].append(node)
        return nodes

    @cached_property
    def fed(self) -> dict[int, int]:
        """For each stop from which goods are picked up, the stop they are for."""
        numbers = self.stop_numbers
        return {
            numbers[stop.from_stop]: number
            for number, stop in enumerate(self.problem.stops)
            if stop.from_stop in numbers
        }

    def durations_s(self, profile: str) -> Any:
        """From the arrival at each node to the arrival at each other.  What cannot be driven takes longer than any shift."""
        endless_s = self.horizon_s + 1
        travel_s = np.minimum(self._among_nodes(self.problem.travel[profile].duration_s), endless_s)
        travel_s += np.array([*(self.place(visit).service_s for visit in self.visits), *[0] * self._others])[:, None]
        for node, row in zip(self.reloads, self.reload_rows, strict=True):
            travel_s[node, : len(self.visits)] += self.shifts[row].turnaround_s
        return self._with_idle_yards(travel_s)

    def distances_m(self, profile: str) -> Any:
        travel = self.problem.travel[profile]
        closed = self._among_nodes(travel.duration_s) == NO_WAY
        return self._with_idle_yards(np.where(closed, 0, self._among_nodes(travel.distance_m)))

    def stays_s(self) -> list[int]:
        """How long each visit and reload keeps the vehicle where it is, without a break."""
        services = (self.place(visit).service_s for visit in self.visits)
        return [*services, *(self.shifts[row].turnaround_s for row in self.reload_rows)]

    def reloads_of(self, row: int) -> list[int]:
        return [node for node, of_row in zip(self.reloads, self.reload_rows, strict=True) if of_row == row]

    def idle_reloads_are_free(self, row: int) -> bool:
        """Whether a reload right before the end changes nothing.  With breaks its stay takes time even there."""
        shift = self.shifts[row]
        return shift.start_location == shift.end_location and not shift.breaks

    def routes_of(self, plan: Plan) -> list[list[int]] | None:
        """The routes of a plan as nodes, by rows, or None where there are no such nodes."""
        node_of = {visit: node for node, visit in enumerate(self.visits)}
        by_shift = {route.shift_id: route for route in plan.routes}
        routes: list[list[int]] = []
        for row, shift in enumerate(self.shifts):
            route = by_shift.get(shift.id)
            nodes = [] if route is None or not route.stops else self._route_of(route, row, node_of)
            if nodes is None:
                return None
            routes.append(nodes)
        return routes

    def plan_of(self, routes: Sequence[Iterable[int]]) -> Plan:
        found = tuple(route for row, nodes in enumerate(routes) if (route := self._plan_route(row, nodes)).stops)
        served = {stop_id for route in found for stop_id in route.stops}
        left_out = (stop.id for stop in self.problem.stops if stop.id not in served)
        return Plan(routes=found, unassigned=tuple(Unassigned(stop_id=stop_id) for stop_id in left_out))

    def _add_visits(self) -> None:
        for number, stop in enumerate(self.problem.stops):
            if stop.from_stop is not None and stop.from_stop not in self.stop_numbers:
                continue
            for place in range(len(stop.places)):
                until = [self._start_until_s(row, stop, place) for row in range(len(self.shifts))]
                if any(until_s is not None for until_s in until):
                    ways = (False, True) if number in self.fed else (False,)
                    self.visits.extend(Visit(number, place, boards) for boards in ways)
                    self.start_until_s.extend(until for _ in ways)

    def _start_until_s(self, row: int, stop: Stop, index: int) -> int | None:
        """The latest start of service on a shift that passes and windows allow; None: not on this shift."""
        shift, vehicle, place = self.shifts[row], self.vehicles[row], stop.place(index)
        if any(rules.admits(vehicle, shift, stop, index)) or not self._may_carry(row, stop):
            return None
        ends = (vehicle.pass_valid_until_s(kind) for kind in place.required_passes)
        last = min([float(shift.end_s), *(end - place.service_s for end in ends if end is not None)])
        if latest_start(place.windows, last) < max(shift.ready_s, stop.release_s):
            return None
        return self.horizon_s if last >= shift.end_s else int(last)

    def _may_carry(self, row: int, stop: Stop) -> bool:
        """Whether its goods may ride on the shift at all, and the shift's breaks let it drive."""
        if self._locked_on.get(stop.id, row) != row or not self._can_drive[row]:
            return False
        last = stop.pin is None or stop.pin.position is None or stop.pin.position < len(self.problem.stops)
        return last and self.trip_kinds.may_carry(self.vehicles[row], stop)

    @cached_property
    def _locked_on(self) -> dict[str, int]:
        return {stop_id: row for row, shift in enumerate(self.shifts) for stop_id in shift.locked}

    @cached_property
    def _can_drive(self) -> list[bool]:
        """Whether there is an instant of the shift with each break over by then or still to begin."""
        return [
            not shift.breaks
            or any(
                max(shift.ready_s, over_s) <= min(shift.end_s, begins_s)
                for over_s, begins_s in zip(
                    (0, *(rest.earliest_s + rest.duration_s for rest in shift.breaks)),
                    (*(rest.latest_s for rest in shift.breaks), shift.end_s),
                    strict=True,
                )
            )
            for shift in self.shifts
        ]

    def _most_reloads(self, row: int) -> int:
        """So many further trips have room in the shift, for the nearest stops."""
        shift = self.shifts[row]
        mine = [node for node, until in enumerate(self.start_until_s) if until[row] is not None]
        if shift.max_trips == 1 or not mine:
            return 0
        travel_s, yard = self.problem.travel[self.vehicles[row].profile].duration_s, shift.start_location
        places = [self.place(self.visits[node]) for node in mine]
        there_s = min(int(travel_s[yard, place.location]) for place in places)
        back_s = min(int(travel_s[place.location, yard]) + place.service_s for place in places)
        round_s = max(1, there_s + back_s + shift.turnaround_s)
        stops = len({self.visits[node].stop for node in mine})
        return max(0, min(shift.max_trips - 1, stops - 1, (shift.end_s - shift.ready_s - there_s) // round_s))

    @property
    def _others(self) -> int:
        return len(self) - len(self.visits)

    def _among_nodes(self, matrix: Any) -> Any:
        return matrix[np.ix_(self._locations, self._locations)].astype(np.int64)

    def _with_idle_yards(self, matrix: Any) -> Any:
        """Nothing between reloads and yards costs anything, but the way from a reload in one yard to an end in another."""
        visits, first_yard = len(self.visits), len(self.visits) + len(self.reload_rows)
        places = np.array(self._locations[visits:])
        idle = places[:, None] == places[None, :]
        idle[first_yard - visits :] = True
        idle[:, : first_yard - visits] = True
        matrix[visits:, visits:][idle] = 0
        return matrix

    def _route_of(self, route: Route, row: int, node_of: Mapping[Visit, int]) -> list[int] | None:
        if any(stop_id not in self.stop_numbers for stop_id in route.stops):
            return None
        reloads = self.reloads_of(row)
        if len(route.reloads) > len(reloads):
            return None
        nodes: list[int] = []
        for trip in route.trips():
            if trip.start:
                nodes.append(reloads.pop(0))
            stops = [self.stop_numbers[route.stops[position]] for position in trip]
            for position, stop in zip(trip, stops, strict=True):
                node = node_of.get(Visit(stop, route.place(position), self.fed.get(stop, -1) in stops))
                if node is None:
                    return None
                nodes.append(node)
        return [*nodes, *reloads] if self.idle_reloads_are_free(row) else nodes

    def _plan_route(self, row: int, nodes: Iterable[int]) -> Route:
        visits: list[Visit] = []
        reloads: list[int] = []
        for visit in self._visits_and_reloads(nodes):
            if visit is not None:
                visits.append(visit)
            elif visits and reloads[-1:] != [len(visits)]:
                reloads.append(len(visits))
        return Route(
            shift_id=self.shifts[row].id,
            stops=tuple(self.stop(visit).id for visit in visits),
            places=tuple(visit.place for visit in visits),
            reloads=tuple(position for position in reloads if position < len(visits)),
        )

    def _visits_and_reloads(self, nodes: Iterable[int]) -> Iterator[Visit | None]:
        for node in nodes:
            yield self.visits[node] if node < len(self.visits) else None
