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

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from routing.errors import FormatError, ProblemError
from routing.fleet import Shift, Vehicle
from routing.formats.distances import (
    WEIGHTS,
    check_range,
    matrix_of_points,
    matrix_of_weights,
    weights_needed,
)
from routing.formats.instance import Instance, Point
from routing.formats.rounding import Floats, Rounding, usual_rounding
from routing.formats.sections import Section, Sections
from routing.formats.text import all_numbers, read_text, whole
from routing.problem import LARGEST, Problem
from routing.stops import Place, Stop, TimeWindow
from routing.travel import NO_WAY, Int32Array, Location, TravelMatrix

_METRES_PER_KM = 1000  # so that a cost_per_km of 1,000 makes a metre cost 1
_MAP_DEGREES = 0.5  # instances have no place on earth: they are drawn this far around 0° N 0° E
_LOAD_DECIMALS = 6

_COMMENTS = {"NAME", "COMMENT", "TYPE", "NODE_COORD_TYPE", "DISPLAY_DATA_TYPE", "EDGE_DATA_FORMAT", "BEST_KNOWN"}
_PLAIN = {"DIMENSION", "EDGE_WEIGHT_TYPE", "EDGE_WEIGHT_FORMAT", "CAPACITY", "VEHICLES", "DISTANCE", "SERVICE_TIME"}
_BY_NODE = {"NODE_COORD", "DEMAND", "LINEHAUL", "BACKHAUL", "SERVICE_TIME", "TIME_WINDOW", "RELEASE_TIME", "PRIZE"}
_BY_VEHICLE = {
    "CAPACITY",
    "VEHICLES_DEPOT",
    "VEHICLES_MAX_DISTANCE",
    "VEHICLES_MAX_DURATION",
    "VEHICLES_FIXED_COST",
    "VEHICLES_UNIT_DISTANCE_COST",
    "VEHICLES_RELOAD_DEPOT",
    "VEHICLES_MAX_RELOADS",
    "VEHICLES_ALLOWED_CLIENTS",
}
_OTHERS = {"DEPOT", "EDGE_WEIGHT", "DISPLAY_DATA", "MUTUALLY_EXCLUSIVE_GROUP", "PICKUP_AND_DELIVERY"}
_KNOWN = (
    _COMMENTS
    | _PLAIN
    | _BY_VEHICLE
    | {"RELEASE_TIME"}
    | {f"{name}_SECTION" for name in _BY_NODE | _BY_VEHICLE | _OTHERS}
)


def read_vrplib(path: Path, *, rounding: Rounding | None = None, vehicles: int | None = None) -> Instance:
    """Read an instance; `rounding` None means the usual one of its kind, `vehicles` stands in where the file says no number.

    Raises `FormatError` with the line at fault, `OSError` where there is no file.
    """
    return vrplib_from_text(read_text(path), name=path.stem, rounding=rounding, vehicles=vehicles)


def vrplib_from_text(
    text: str, *, name: str = "", rounding: Rounding | None = None, vehicles: int | None = None
) -> Instance:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Car:
    """What a file says of one vehicle; equal cars are of one kind."""

    capacity: float
    depot: int
    max_distance: float | None
    max_duration: float | None
    fixed_cost: float
    unit_distance_cost: float
    reload_depots: tuple[int, ...]
    max_reloads: float | None
    allowed: frozenset[int] | None


class _Reading:
    """One file on its way to a problem.  Nodes count from 0 here, from 1 in the file."""

    def __init__(self, file: Sections, rounding: Rounding | None, vehicles: int | None) -> None:
        self.file = file
        self.kind = file.text("TYPE", "").upper()
        self.size = file.whole("DIMENSION", least=1)
        self._check_size()
        self.weights = self._weights()
        self.points = self._points()
        self.rounding = rounding or self._usual_rounding()
        self.depots = self._depots()
        self.nodes = [node for node in range(self.size) if node not in set(self.depots)]
        self.pairs = self._pairs()
        self.demand = self._loads("DEMAND" if file.has("DEMAND") or not file.has("LINEHAUL") else "LINEHAUL")
        self.backhaul = self._loads("BACKHAUL")
        self.service_s = self._service_s()
        self.windows = self._windows()
        self.release_s = self._times("RELEASE_TIME")
        self.prizes = self._times("PRIZE")
        self.groups = self._groups()
        self.cars = self._cars(vehicles)
        self.restricted = self._restricted()
        self.load_scale = self._load_scale()
        self.distance = self._distance()

    def instance(self, name: str) -> Instance:
        kinds = self._kinds()
        kept = self._kept(kinds)
        stops, clients = self._stops()
        return Instance(
            name=self.file.text("NAME", name) or name,
            kind=self.kind,
            problem=Problem(
                load_dimensions=("unit",),
                locations=_on_a_map(self.points or [(0.0, 0.0)] * self.size),
                stops=stops,
                vehicles=tuple(self._vehicle(number) for number in kept),
                shifts=tuple(self._shift(number) for number in kept),
                travel=self._travel(),
            ),
            rounding=self.rounding,
            clients=clients,
            vehicles={number: str(number) for number in kept},
            depots=tuple(self.depots),
            alike=len(kinds) == 1,
            kinds=kinds,
            points=tuple(self.points),
        )

    # What the file says.

    def _check_size(self) -> None:
        """A claimed size is nothing until as much is in the file: nothing may be made by it before."""
        sections = [section for name, section in self.file.sections.items() if name[: -len("_SECTION")] in _BY_NODE]
        for section in sections:
            if len(section.rows) != self.size:
                line = section.rows[-1].number if section.rows else section.line
                raise FormatError(section.name, f"must have {self.size} rows, got {len(section.rows)}", line=line)
        if not sections and "EDGE_WEIGHT_SECTION" not in self.file.sections:
            self.file.section("NODE_COORD")

    def _weights(self) -> Floats:
        """The numbers of an explicit matrix, as many as its layout needs."""
        if "EDGE_WEIGHT_SECTION" not in self.file.sections:
            return np.empty(0)
        section, layout = self.file.section("EDGE_WEIGHT"), self.file.text("EDGE_WEIGHT_FORMAT", "FULL_MATRIX")
        needed = weights_needed(layout, self.size)
        if needed is None:
            line = self.file.line_of("EDGE_WEIGHT_FORMAT")
            raise FormatError("EDGE_WEIGHT_FORMAT", f"is not known: {layout[:40]!r}", line=line)
        weights = np.fromiter(all_numbers(section.name, section.rows), dtype=np.float64)
        if len(weights) != needed:
            line = section.rows[-1].number if section.rows else section.line
            raise FormatError(section.name, f"must have {needed} numbers, got {len(weights)}", line=line)
        return weights

    def _points(self) -> list[Point]:
        if "NODE_COORD_SECTION" not in self.file.sections:
            return []
        return [(x, y) for x, y in self.file.section("NODE_COORD").table(self.size, 2)]

    def _usual_rounding(self) -> Rounding:
        all_whole = all(value == int(value) for point in self.points for value in point)
        return usual_rounding(self.kind, self.file.text("EDGE_WEIGHT_TYPE", ""), all_whole=all_whole)

    def _depots(self) -> list[int]:
        if "DEPOT_SECTION" not in self.file.sections:
            return [0]
        depots: list[int] = []
        for line in self.file.section("DEPOT").rows:
            for word in line.text.split():
                if word.startswith("-"):
                    break
                node = self._node("DEPOT_SECTION", word, line.number)
                if node in depots:
                    raise FormatError("DEPOT_SECTION", f"must name {node + 1} once", line=line.number)
                depots.append(node)
        if not depots:
            raise FormatError("DEPOT_SECTION", "must name a depot", line=self.file.line_of("DEPOT"))
        return depots

    def _node(self, name: str, word: str, line: int) -> int:
        node = whole(name, word, line, least=1)
        if node > self.size:
            raise FormatError(name, f"must name nodes from 1 to {self.size}, got {node}", line=line)
        return node - 1

    def _loads(self, name: str) -> list[float]:
        if self.pairs:
            return [abs(pair[0]) for pair in self.pairs] if name == "DEMAND" else [0.0] * self.size
        if not self.file.has(name):
            return [0.0] * self.size
        return self._not_negative(name, self.file.section(name).column(self.size))

    def _times(self, name: str) -> list[int]:
        """Whole seconds (or fen) by node; 0 where the file says nothing."""
        if not self.file.has(name):
            return [0] * self.size
        values = self._not_negative(name, self.file.column(name, self.size))
        return [self.rounding.whole_number(value) for value in values]

    def _not_negative(self, name: str, values: list[float]) -> list[float]:
        for index, value in enumerate(values):
            if value < 0:
                raise FormatError(name, f"must not be negative, got {value:g}", line=self.file.line_of(name, index))
        return values

    def _service_s(self) -> list[int]:
        if self.pairs:
            return [self.rounding.whole_number(pair[3]) for pair in self.pairs]
        return self._times("SERVICE_TIME")

    def _windows(self) -> list[TimeWindow | None]:
        if self.pairs:
            bounds = [pair[1:3] for pair in self.pairs]
        elif self.file.has("TIME_WINDOW"):
            bounds = [tuple(row) for row in self.file.section("TIME_WINDOW").table(self.size, 2)]
        else:
            return [None] * self.size
        name = "PICKUP_AND_DELIVERY" if self.pairs else "TIME_WINDOW"
        for node, (start, end) in enumerate(bounds):
            if not 0 <= start <= end:
                why = f"must hold windows that end after they start, got {start:g} to {end:g} for {node + 1}"
                raise FormatError(f"{name}_SECTION", why, line=self.file.line_of(name, node))
        seconds = self.rounding.whole_number
        return [TimeWindow(start_s=seconds(start), end_s=seconds(end)) for start, end in bounds]

    def _pairs(self) -> list[tuple[float, ...]]:
        """Demand, window, service time, and the nodes picked up at and delivered to (from 1, 0 for none), by node."""
        if not self.file.has("PICKUP_AND_DELIVERY"):
            return []
        section = self.file.section("PICKUP_AND_DELIVERY")
        rows = [tuple(row) for row in section.table(self.size, 6)]
        for node, row in enumerate(rows):
            for end in row[4:]:
                if end != int(end) or not 0 <= end <= self.size:
                    raise FormatError(section.name, f"must name nodes, got {end:g}", line=section.line_of(node))
        return rows

    def _groups(self) -> list[list[int]]:
        """Clients of which one is served, each group in order; a client in no group is alone."""
        if not self.file.has("MUTUALLY_EXCLUSIVE_GROUP"):
            return [[node] for node in self.nodes]
        section = self.file.section("MUTUALLY_EXCLUSIVE_GROUP")
        if self._listed("VEHICLES_ALLOWED_CLIENTS"):
            raise FormatError(section.name, "cannot be read beside VEHICLES_ALLOWED_CLIENTS_SECTION", line=section.line)
        depots = set(self.depots)
        groups: list[list[int]] = []
        grouped: set[int] = set()
        for row in section.rows:
            group = [self._node(section.name, word, row.number) for word in row.text.split()[1:]]
            if depots & set(group) or grouped & set(group) or len(set(group)) < len(group) or not group:
                raise FormatError(section.name, "must have each client in one group at most", line=row.number)
            if len({(self.demand[node], self.backhaul[node], self.prizes[node]) for node in group}) > 1:
                raise FormatError(section.name, "must have clients of equal demand and prize", line=row.number)
            if len({self.release_s[node] for node in group}) > 1:
                raise FormatError(section.name, "must have clients of equal release time", line=row.number)
            grouped.update(group)
            groups.append(group)
        return sorted([*groups, *([node] for node in self.nodes if node not in grouped)])

    # The fleet.

    def _cars(self, vehicles: int | None) -> list[_Car]:
        """All vehicles of the file, or as many as are surely enough where it says no number."""
        count = self._count(vehicles)
        return [
            _Car(
                capacity=capacity,
                depot=depot,
                max_distance=max_distance,
                max_duration=max_duration,
                fixed_cost=fixed_cost or 0,
                unit_distance_cost=1 if unit_cost is None else unit_cost,
                reload_depots=reload_depots,
                max_reloads=max_reloads,
                allowed=allowed,
            )
            for (
                capacity,
                depot,
                max_distance,
                max_duration,
                fixed_cost,
                unit_cost,
                reload_depots,
                max_reloads,
                allowed,
            ) in zip(
                self._capacities(count),
                self._vehicle_depots(count),
                self._of_vehicles("VEHICLES_MAX_DISTANCE", count),
                self._max_durations(count),
                self._of_vehicles("VEHICLES_FIXED_COST", count),
                self._of_vehicles("VEHICLES_UNIT_DISTANCE_COST", count),
                self._reload_depots(count),
                self._of_vehicles("VEHICLES_MAX_RELOADS", count),
                self._allowed(count),
                strict=True,
            )
        ]

    def _count(self, vehicles: int | None) -> int:
        by_vehicle = [self.file.sections[f"{name}_SECTION"] for name in sorted(_BY_VEHICLE) if self._listed(name)]
        if not self.file.has("VEHICLES"):
            if by_vehicle:
                return len(by_vehicle[0].rows)
            return vehicles or self._enough_vehicles()
        count = self.file.whole("VEHICLES", least=1)
        for section in by_vehicle:
            if len(section.rows) != count:
                line = section.rows[-1].number if section.rows else section.line
                raise FormatError(section.name, f"must have {count} rows, got {len(section.rows)}", line=line)
        return count if by_vehicle else min(count, max(1, len(self.nodes)))

    def _listed(self, name: str) -> bool:
        return f"{name}_SECTION" in self.file.sections

    def _enough_vehicles(self) -> int:
        """A number that does not bind, where a file says none: bins filled by first fit, and a margin."""
        clients = max(1, len(self.nodes))
        if not self.file.has("CAPACITY") or self.file.has("TIME_WINDOW") or self.file.has("DISTANCE") or self.pairs:
            return clients
        (capacity,) = self.file.column("CAPACITY", 1)
        bins = max(_bins(self.demand, capacity), _bins(self.backhaul, capacity))
        return min(clients, math.ceil(1.15 * bins) + 3)

    def _of_vehicles(self, name: str, count: int) -> Sequence[float | None]:
        if not self.file.has(name):
            return [None] * count
        return self._not_negative(name, self.file.column(name, count))

    def _capacities(self, count: int) -> list[float]:
        if not self.file.has("CAPACITY"):
            return [math.fsum(self.demand) + math.fsum(self.backhaul)] * count
        return self._not_negative("CAPACITY", self.file.column("CAPACITY", count))

    def _max_durations(self, count: int) -> Sequence[float | None]:
        name = "DISTANCE" if self.file.has("DISTANCE") else "VEHICLES_MAX_DURATION"
        return self._of_vehicles(name, count)

    def _vehicle_depots(self, count: int) -> list[int]:
        if not self.file.has("VEHICLES_DEPOT"):
            return [self.depots[0]] * count
        return [self._depot("VEHICLES_DEPOT", value) for value in self.file.column("VEHICLES_DEPOT", count)]

    def _depot(self, name: str, value: float) -> int:
        if value - 1 not in self.depots:
            raise FormatError(name, f"must name depots, got {value:g}", line=self.file.line_of(name))
        return int(value) - 1

    def _reload_depots(self, count: int) -> list[tuple[int, ...]]:
        name = "VEHICLES_RELOAD_DEPOT"
        if not self.file.has(name):
            return [()] * count
        if not self._listed(name):
            return [(self._depot(name, value),) for value in self.file.column(name, count)]
        return [tuple(self._depot(name, value) for value in row) for row in self.file.section(name).table(count)]

    def _allowed(self, count: int) -> list[frozenset[int] | None]:
        if not self._listed("VEHICLES_ALLOWED_CLIENTS"):
            return [None] * count
        section = self.file.section("VEHICLES_ALLOWED_CLIENTS")
        return [frozenset(self._client(section, value) for value in row) for row in section.table(count)]

    def _client(self, section: Section, value: float) -> int:
        if value != int(value) or not 1 <= value <= self.size:
            raise FormatError(section.name, f"must name nodes from 1 to {self.size}, got {value:g}", line=section.line)
        return int(value) - 1

    def _kinds(self) -> tuple[tuple[int, ...], ...]:
        """The numbers, from 1, of all vehicles of each kind."""
        kinds: dict[_Car, list[int]] = defaultdict(list)
        for number, car in enumerate(self.cars, 1):
            kinds[car].append(number)
        return tuple(tuple(numbers) for numbers in kinds.values())

    def _kept(self, kinds: tuple[tuple[int, ...], ...]) -> list[int]:
        """The vehicles a plan can need.

        Where only capacity limits a route, and detours are no shorter than the way itself, two half-empty routes of one kind are
        better as one: so fewer than 2 x demand / capacity of a kind are used, and one more.
        """
        rules = (
            "TIME_WINDOW",
            "DISTANCE",
            "VEHICLES_MAX_DURATION",
            "VEHICLES_MAX_DISTANCE",
            "VEHICLES_ALLOWED_CLIENTS",
        )
        if any(self.file.has(rule) for rule in (*rules, "BACKHAUL", "EDGE_WEIGHT")) or self.pairs:
            return [number for numbers in kinds for number in numbers[: len(self.nodes)]]
        demand = math.fsum(self.demand)
        kept: list[int] = []
        for numbers in kinds:
            capacity = self.cars[numbers[0] - 1].capacity
            most = len(self.nodes) if not capacity else min(len(self.nodes), math.floor(2 * demand / capacity) + 1)
            kept += numbers[: max(1, most)]
        return sorted(kept)

    # The problem.

    def _load_scale(self) -> int:
        values = [*self.demand, *self.backhaul, *(car.capacity for car in self.cars)]
        for decimals in range(_LOAD_DECIMALS + 1):
            if all(abs(value * 10**decimals - round(value * 10**decimals)) < 1e-6 for value in values):
                return int(10**decimals)
        line = self.file.line_of("DEMAND")
        raise FormatError("DEMAND", f"must not have more than {_LOAD_DECIMALS} decimals", line=line)

    def _load(self, value: float) -> tuple[int]:
        return (round(value * self.load_scale),)

    def _distance(self) -> Int32Array:
        kind = self.file.text("EDGE_WEIGHT_TYPE", "EUC_2D" if self.points else "EXPLICIT")
        line = self.file.line_of("EDGE_WEIGHT_TYPE")
        if kind == "EXPLICIT":
            return self._explicit()
        if kind not in WEIGHTS:
            why = f"must be one of {', '.join(sorted([*WEIGHTS, 'EXPLICIT']))}, got {kind[:40]!r}"
            raise FormatError("EDGE_WEIGHT_TYPE", why, line=line)
        if not self.points:
            self.file.section("NODE_COORD")
        return matrix_of_points(np.array(self.points), WEIGHTS[kind], self.rounding, self.file.line_of("NODE_COORD"))

    def _explicit(self) -> Int32Array:
        section, layout = self.file.section("EDGE_WEIGHT"), self.file.text("EDGE_WEIGHT_FORMAT", "FULL_MATRIX")
        rounded = self.rounding.whole(self.weights)
        check_range(rounded, section.name, section.line)
        matrix = matrix_of_weights(rounded.astype(np.int32), layout, self.size)
        np.fill_diagonal(matrix, 0)
        return matrix

    def _travel(self) -> dict[str, TravelMatrix]:
        if self.kind != "VRPB":
            return {"car": TravelMatrix(duration_s=self.distance, distance_m=self.distance)}
        duration = self.distance.copy()
        linehaul = np.array(self.demand) > 0
        backhaul = np.array(self.backhaul) > 0
        duration[np.ix_(self.depots, np.flatnonzero(backhaul))] = NO_WAY
        duration[np.ix_(np.flatnonzero(backhaul), np.flatnonzero(linehaul))] = NO_WAY
        return {"car": TravelMatrix(duration_s=duration, distance_m=self.distance)}

    def _vehicle(self, number: int) -> Vehicle:
        car = self.cars[number - 1]
        return Vehicle(
            id=str(number),
            capacity=self._load(car.capacity),
            skills=frozenset(str(node) for node in (car.allowed or ()) if node in self.restricted),
            fixed_cost=self.rounding.whole_number(car.fixed_cost),
            cost_per_km=self._cost_per_km(car),
        )

    def _cost_per_km(self, car: _Car) -> int:
        cost_per_km = car.unit_distance_cost * _METRES_PER_KM
        if abs(cost_per_km - round(cost_per_km)) > 1e-6:
            name = "VEHICLES_UNIT_DISTANCE_COST"
            why = f"must not have more than 3 decimals, got {car.unit_distance_cost:g}"
            raise FormatError(name, why, line=self.file.line_of(name))
        return round(cost_per_km)

    def _shift(self, number: int) -> Shift:
        car = self.cars[number - 1]
        window = self.windows[car.depot]
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
        return None if value is None else self.rounding.whole_number(value)

    def _horizon_s(self) -> int:
        """Longer than any route can be."""
        longest_s = int(self.distance.max(initial=0)) + max(self.service_s) + 1
        return min(LARGEST, (self.size + 1) * longest_s + max(self.release_s))

    def _max_trips(self, car: _Car, shift_s: int) -> int:
        """As many as fit between the depot's hours: every trip serves somebody, there and back.  With `VEHICLES_MAX_RELOADS` that."""
        if not car.reload_depots:
            return 1
        if car.reload_depots != (car.depot,):
            name = "VEHICLES_RELOAD_DEPOT"
            raise FormatError(name, "must be the vehicle's own depot", line=self.file.line_of(name))
        there_and_back = sorted(
            int(self.distance[car.depot, node]) + self.service_s[node] + int(self.distance[node, car.depot])
            for node in self.nodes
        )
        fitting = int(np.searchsorted(np.cumsum(there_and_back), shift_s, side="right"))
        trips = max(1, fitting)
        return trips if car.max_reloads is None else min(trips, int(car.max_reloads) + 1)

    def _stops(self) -> tuple[tuple[Stop, ...], dict[int, tuple[str, int]]]:
        stops, clients = [], {}
        for group in self.groups:
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
            load=self._load(0 if self.pairs and source is None else self.demand[node]),
            pickup=self._load(self.backhaul[node]) if self.backhaul[node] else (),
            service_s=self.service_s[node],
            windows=self._windows_of(node),
            release_s=self.release_s[node],
            left_out_price=self.prizes[node] or None,
            required_skills=frozenset(str(node) for node in group if node in self.restricted),
            from_stop=source,
            alternatives=tuple(
                Place(location=other, service_s=self.service_s[other], windows=self._windows_of(other))
                for other in others
            ),
        )

    def _windows_of(self, node: int) -> tuple[TimeWindow, ...]:
        window = self.windows[node]
        return (window,) if window else ()

    def _source(self, node: int) -> str | None:
        """The stop from which a delivery's goods come."""
        if not self.pairs or not self.pairs[node][4]:
            return None
        return str(int(self.pairs[node][4]) - 1)

    def _restricted(self) -> frozenset[int]:
        """Clients that not every vehicle may visit: they ask for a skill that those have that may."""
        restricted: set[int] = set()
        for allowed in {car.allowed for car in self.cars if car.allowed is not None}:
            restricted.update(set(self.nodes) - allowed)
        return frozenset(restricted)


def _bins(loads: list[float], capacity: float) -> int:
    """How many bins first fit fills, the largest first."""
    room: list[float] = []
    for load in sorted((load for load in loads if load), reverse=True):
        for index, rest in enumerate(room):
            if load <= rest:
                room[index] -= load
                break
        else:
            room.append(capacity - load)
    return len(room)


def _on_a_map(points: Sequence[Point]) -> tuple[Location, ...]:
    """Somewhere on earth, the shape kept, so that plans can be drawn."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    extent = max(max(xs) - min(xs), max(ys) - min(ys)) or 1
    scale = 2 * _MAP_DEGREES / extent
    return tuple(
        Location(lat=(y - min(ys)) * scale - _MAP_DEGREES, lon=(x - min(xs)) * scale - _MAP_DEGREES) for x, y in points
    )
