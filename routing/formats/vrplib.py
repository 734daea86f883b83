"""Published instances in the VRPLIB format, with the fields of its many variants.

A file's numbers become whole numbers by the instance's rounding (see `routing.formats.rounding`); loads become whole by the
smallest power of ten that makes all of them so.  Durations equal distances, and only what a solution of the kind is charged
costs anything: distance, fixed costs and the prizes not collected.  So the referee's cost of a plan is the cost in which results
are published.

| in the file | in the problem |
|---|---|
| `PRIZE_SECTION` | the price of leaving a client out; without a prize it must be served |
| `TIME_WINDOW_SECTION` | windows; that of the depot is the shift |
| `RELEASE_TIME_SECTION`, `VEHICLES_RELOAD_DEPOT(_SECTION)`, `VEHICLES_MAX_RELOADS` | releases, several trips |
| `VEHICLES_*` | one vehicle and shift each, at their depot, with their costs and limits |
| `VEHICLES_ALLOWED_CLIENTS_SECTION` | skills |
| `BACKHAUL_SECTION` | pickups; in a `VRPB`, after all deliveries |
| `PICKUP_AND_DELIVERY_SECTION` | `from_stop` |
| `MUTUALLY_EXCLUSIVE_GROUP_SECTION` | alternative places of one stop |
| `DISTANCE` | the longest duration of a route, service included (as in the old sets) |
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from routing.errors import FormatError, ProblemError
from routing.fleet import Shift, Vehicle
from routing.formats.distances import (
    WEIGHTS,
    check_range,
    matrix_of_points,
    matrix_of_weights,
)
from routing.formats.instance import Instance, Point
from routing.formats.nodes import BY_NODE, Nodes
from routing.formats.rounding import Rounding
from routing.formats.sections import Sections
from routing.formats.vehicles import BY_VEHICLE, Car, Vehicles
from routing.problem import LARGEST, Problem
from routing.stops import Place, Stop, TimeWindow
from routing.travel import NO_WAY, Int32Array, Location, TravelMatrix

_METRES_PER_KM = 1000  # so that a cost_per_km of 1,000 makes a metre cost 1
_MAP_DEGREES = 0.5  # instances have no place on earth: they are drawn this far around 0° N 0° E
_LOAD_DECIMALS = 6

_COMMENTS = {"NAME", "COMMENT", "TYPE", "NODE_COORD_TYPE", "DISPLAY_DATA_TYPE", "EDGE_DATA_FORMAT", "BEST_KNOWN"}
_PLAIN = {"DIMENSION", "EDGE_WEIGHT_TYPE", "EDGE_WEIGHT_FORMAT", "CAPACITY", "VEHICLES", "DISTANCE", "SERVICE_TIME"}
_OTHERS = {"DEPOT", "EDGE_WEIGHT", "DISPLAY_DATA", "MUTUALLY_EXCLUSIVE_GROUP", "PICKUP_AND_DELIVERY"}
_KNOWN = (
    _COMMENTS | _PLAIN | BY_VEHICLE | {"RELEASE_TIME"} | {f"{name}_SECTION" for name in BY_NODE | BY_VEHICLE | _OTHERS}
)


def vrplib_from_text(
    text: str, *, name: str = "", rounding: Rounding | None = None, vehicles: int | None = None
) -> Instance:
    """What a file says; `rounding` None means the usual one of its kind, `vehicles` stands in where it says no number.

    Raises `FormatError` with the line at fault.
    """
    file = Sections.of(text)
    for known, line in file.names():
        if known not in _KNOWN:
            raise FormatError(known[:60], "is not known here", line=line)
    return instance_from_sections(file, name=name, rounding=rounding, vehicles=vehicles)


def instance_from_sections(file: Sections, *, name: str, rounding: Rounding | None, vehicles: int | None) -> Instance:
    """What a file means whose entries are all known."""
    try:
        return _Reading(file, rounding, vehicles).instance(name)
    except ProblemError as error:
        raise FormatError(error.field, f"{error.why}, got {error.value!r}", line=file.last_line) from error


class _Reading:
    """One file on its way to a problem."""

    def __init__(self, file: Sections, rounding: Rounding | None, vehicles: int | None) -> None:
        self.file = file
        self.nodes = Nodes(file, rounding)
        self.vehicles = Vehicles(file, self.nodes, vehicles)
        self.load_scale = self._load_scale()
        self.distance = self._distance()

    def instance(self, name: str) -> Instance:
        nodes, kept = self.nodes, self.vehicles.kept
        stops, clients = self._stops()
        return Instance(
            name=self.file.text("NAME", name) or name,
            kind=nodes.kind,
            problem=Problem(
                load_dimensions=("unit",),
                locations=_on_a_map(nodes.points or [(0.0, 0.0)] * nodes.size),
                stops=stops,
                vehicles=tuple(self._vehicle(number) for number in kept),
                shifts=tuple(self._shift(number) for number in kept),
                travel=self._travel(),
            ),
            rounding=nodes.rounding,
            clients=clients,
            vehicles={number: str(number) for number in kept},
            depots=tuple(nodes.depots),
            alike=len(self.vehicles.kinds) == 1,
            kinds=self.vehicles.kinds,
            points=tuple(nodes.points),
        )

    def _load_scale(self) -> int:
        values = [*self.nodes.demand, *self.nodes.backhaul, *self.vehicles.capacities]
        for decimals in range(_LOAD_DECIMALS + 1):
            if all(abs(value * 10**decimals - round(value * 10**decimals)) < 1e-6 for value in values):
                return int(10**decimals)
        line = self.file.line_of("DEMAND")
        raise FormatError("DEMAND", f"must not have more than {_LOAD_DECIMALS} decimals", line=line)

    def _load(self, value: float) -> tuple[int]:
        return (round(value * self.load_scale),)

    def _distance(self) -> Int32Array:
        kind = self.file.text("EDGE_WEIGHT_TYPE", "EUC_2D" if self.nodes.points else "EXPLICIT")
        line = self.file.line_of("EDGE_WEIGHT_TYPE")
        if kind == "EXPLICIT":
            return self._explicit()
        if kind not in WEIGHTS:
            why = f"must be one of {', '.join(sorted([*WEIGHTS, 'EXPLICIT']))}, got {kind[:40]!r}"
            raise FormatError("EDGE_WEIGHT_TYPE", why, line=line)
        if not self.nodes.points:
            self.file.section("NODE_COORD")
        return matrix_of_points(
            np.array(self.nodes.points), WEIGHTS[kind], self.nodes.rounding, self.file.line_of("NODE_COORD")
        )

    def _explicit(self) -> Int32Array:
        section, layout = self.file.section("EDGE_WEIGHT"), self.file.text("EDGE_WEIGHT_FORMAT", "FULL_MATRIX")
        rounded = self.nodes.rounding.whole(self.nodes.weights)
        check_range(rounded, section.name, section.line)
        matrix = matrix_of_weights(rounded.astype(np.int32), layout, self.nodes.size)
        np.fill_diagonal(matrix, 0)
        return matrix

    def _travel(self) -> dict[str, TravelMatrix]:
        if self.nodes.kind != "VRPB":
            return {"car": TravelMatrix(duration_s=self.distance, distance_m=self.distance)}
        duration = self.distance.copy()
        linehaul = np.array(self.nodes.demand) > 0
        backhaul = np.array(self.nodes.backhaul) > 0
        duration[np.ix_(self.nodes.depots, np.flatnonzero(backhaul))] = NO_WAY
        duration[np.ix_(np.flatnonzero(backhaul), np.flatnonzero(linehaul))] = NO_WAY
        return {"car": TravelMatrix(duration_s=duration, distance_m=self.distance)}

    def _vehicle(self, number: int) -> Vehicle:
        car = self.vehicles.car(number)
        return Vehicle(
            id=str(number),
            capacity=self._load(car.capacity),
            skills=frozenset(str(node) for node in (car.allowed or ()) if node in self.vehicles.restricted),
            fixed_cost=self.nodes.rounding.whole_number(car.fixed_cost),
            cost_per_km=self._cost_per_km(car),
        )

    def _cost_per_km(self, car: Car) -> int:
        cost_per_km = car.unit_distance_cost * _METRES_PER_KM
        if abs(cost_per_km - round(cost_per_km)) > 1e-6:
            name = "VEHICLES_UNIT_DISTANCE_COST"
            why = f"must not have more than 3 decimals, got {car.unit_distance_cost:g}"
            raise FormatError(name, why, line=self.file.line_of(name))
        return round(cost_per_km)

    def _shift(self, number: int) -> Shift:
        car = self.vehicles.car(number)
        window = self.nodes.windows[car.depot]
        start_s, end_s = (window.start_s, window.end_s) if window else (0, self._horizon_s())
        return Shift(
            id=str(number),
            vehicle_id=str(number),
            start_s=start_s,
            end_s=end_s,
            start_location=car.depot,
            end_location=car.depot,
            max_duration_s=self._limit(car.max_duration),
            max_distance_m=self._limit(car.max_distance),
            max_trips=self._max_trips(car, end_s - start_s),
        )

    def _limit(self, value: float | None) -> int | None:
        return None if value is None else self.nodes.rounding.whole_number(value)

    def _horizon_s(self) -> int:
        """Longer than any route can be."""
        longest_s = int(self.distance.max(initial=0)) + max(self.nodes.service_s) + 1
        return min(LARGEST, (self.nodes.size + 1) * longest_s + max(self.nodes.release_s))

    def _max_trips(self, car: Car, shift_s: int) -> int:
        """As many as fit between the depot's hours: every trip serves somebody, there and back.  With `VEHICLES_MAX_RELOADS` that."""
        if not car.reload_depots:
            return 1
        if car.reload_depots != (car.depot,):
            name = "VEHICLES_RELOAD_DEPOT"
            raise FormatError(name, "must be the vehicle's own depot", line=self.file.line_of(name))
        there_and_back = sorted(
            int(self.distance[car.depot, node]) + self.nodes.service_s[node] + int(self.distance[node, car.depot])
            for node in self.nodes.clients
        )
        fitting = int(np.searchsorted(np.cumsum(there_and_back), shift_s, side="right"))
        trips = max(1, fitting)
        return trips if car.max_reloads is None else min(trips, int(car.max_reloads) + 1)

    def _stops(self) -> tuple[tuple[Stop, ...], dict[int, tuple[str, int]]]:
        stops, clients = [], {}
        for group in self.nodes.groups:
            stop = self._stop(group)
            stops.append(stop)
            clients.update({node: (stop.id, place) for place, node in enumerate(group)})
        return tuple(stops), clients

    def _stop(self, group: list[int]) -> Stop:
        node, *others = group
        source = self._source(node)
        return Stop(
            id=str(node),
            location=node,
            load=self._load(0 if self.nodes.pairs and source is None else self.nodes.demand[node]),
            pickup=self._load(self.nodes.backhaul[node]) if self.nodes.backhaul[node] else (),
            service_s=self.nodes.service_s[node],
            windows=self._windows_of(node),
            release_s=self.nodes.release_s[node],
            left_out_price=self.nodes.prizes[node] or None,
            required_skills=frozenset(str(node) for node in group if node in self.vehicles.restricted),
            from_stop=source,
            alternatives=tuple(
                Place(location=other, service_s=self.nodes.service_s[other], windows=self._windows_of(other))
                for other in others
            ),
        )

    def _windows_of(self, node: int) -> tuple[TimeWindow, ...]:
        window = self.nodes.windows[node]
        return (window,) if window else ()

    def _source(self, node: int) -> str | None:
        """The stop from which a delivery's goods come."""
        if not self.nodes.pairs or not self.nodes.pairs[node][4]:
            return None
        return str(int(self.nodes.pairs[node][4]) - 1)


def _on_a_map(points: Sequence[Point]) -> tuple[Location, ...]:
    """Somewhere on earth, the shape kept, so that plans can be drawn."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    extent = max(max(xs) - min(xs), max(ys) - min(ys)) or 1
    scale = 2 * _MAP_DEGREES / extent
    return tuple(
        Location(lat=(y - min(ys)) * scale - _MAP_DEGREES, lon=(x - min(xs)) * scale - _MAP_DEGREES) for x, y in points
    )
