"""What a VRPLIB file says of its vehicles, and how many of them a plan can need."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from routing.errors import FormatError
from routing.formats.nodes import Nodes
from routing.formats.sections import Section, Sections

BY_VEHICLE = {
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
"""Entries for all vehicles, or sections with a row for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
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


class Vehicles:
    """Every vehicle of a file (or as many as are surely enough where it says no number), numbered from 1.

    `kinds` are the numbers of equal vehicles, `kept` those that a plan can need.  `restricted` are the clients that not every vehicle may
    visit.  Depots and clients are nodes counted from 0.
    """

    def __init__(self, file: Sections, nodes: Nodes, vehicles: int | None) -> None:
        self.file = file
        self.nodes = nodes
        self._cars = self._all_cars(vehicles)
        self.kinds = self._kinds()
        self.kept = self._kept()
        self.restricted = self._restricted()

    def car(self, number: int) -> Car:
        return self._cars[number - 1]

    @property
    def capacities(self) -> list[float]:
        return [car.capacity for car in self._cars]

    def _all_cars(self, vehicles: int | None) -> list[Car]:
        """All vehicles of the file, or as many as are surely enough where it says no number."""
        count = self._count(vehicles)
        columns: dict[str, Sequence[Any]] = {
            "capacity": self._capacities(count),
            "depot": self._vehicle_depots(count),
            "max_distance": self._of_vehicles("VEHICLES_MAX_DISTANCE", count),
            "max_duration": self._max_durations(count),
            "fixed_cost": self._of_vehicles("VEHICLES_FIXED_COST", count, 0),
            "unit_distance_cost": self._of_vehicles("VEHICLES_UNIT_DISTANCE_COST", count, 1),
            "reload_depots": self._reload_depots(count),
            "max_reloads": self._of_vehicles("VEHICLES_MAX_RELOADS", count),
            "allowed": self._allowed(count),
        }
        return [Car(**dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True)]

    def _count(self, vehicles: int | None) -> int:
        by_vehicle = [self.file.sections[f"{name}_SECTION"] for name in sorted(BY_VEHICLE) if self._listed(name)]
        if not self.file.has("VEHICLES"):
            if by_vehicle:
                return len(by_vehicle[0].rows)
            return vehicles or self._enough_vehicles()
        count = self.file.whole("VEHICLES", least=1)
        for section in by_vehicle:
            if len(section.rows) != count:
                line = section.rows[-1].number if section.rows else section.line
                raise FormatError(section.name, f"must have {count} rows, got {len(section.rows)}", line=line)
        return count if by_vehicle else min(count, max(1, len(self.nodes.clients)))

    def _listed(self, name: str) -> bool:
        return f"{name}_SECTION" in self.file.sections

    def _enough_vehicles(self) -> int:
        """A number that does not bind, where a file says none: bins filled by first fit, and a margin."""
        clients = max(1, len(self.nodes.clients))
        limits = self.file.has("TIME_WINDOW") or self.file.has("DISTANCE") or self.nodes.pairs
        if limits or not self.file.has("CAPACITY"):
            return clients
        (capacity,) = self.file.column("CAPACITY", 1)
        bins = max(_bins(self.nodes.demand, capacity), _bins(self.nodes.backhaul, capacity))
        return min(clients, math.ceil(1.15 * bins) + 3)

    def _of_vehicles(self, name: str, count: int, default: float | None = None) -> Sequence[float | None]:
        return self.file.column(name, count) if self.file.has(name) else [default] * count

    def _capacities(self, count: int) -> list[float]:
        if not self.file.has("CAPACITY"):
            return [math.fsum(self.nodes.demand) + math.fsum(self.nodes.backhaul)] * count
        return self.file.column("CAPACITY", count)

    def _max_durations(self, count: int) -> Sequence[float | None]:
        name = "DISTANCE" if self.file.has("DISTANCE") else "VEHICLES_MAX_DURATION"
        return self._of_vehicles(name, count)

    def _vehicle_depots(self, count: int) -> list[int]:
        if not self.file.has("VEHICLES_DEPOT"):
            return [self.nodes.depots[0]] * count
        return [self._depot("VEHICLES_DEPOT", value) for value in self.file.column("VEHICLES_DEPOT", count)]

    def _depot(self, name: str, value: float) -> int:
        if value - 1 not in self.nodes.depots:
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
        if value != int(value) or not 1 <= value <= self.nodes.size:
            raise FormatError(
                section.name, f"must name nodes from 1 to {self.nodes.size}, got {value:g}", line=section.line
            )
        return int(value) - 1

    def _kinds(self) -> tuple[tuple[int, ...], ...]:
        """The numbers, from 1, of all vehicles of each kind."""
        kinds: dict[Car, list[int]] = defaultdict(list)
        for number, car in enumerate(self._cars, 1):
            kinds[car].append(number)
        return tuple(tuple(numbers) for numbers in kinds.values())

    def _kept(self) -> list[int]:
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
        if any(self.file.has(rule) for rule in (*rules, "BACKHAUL", "EDGE_WEIGHT")) or self.nodes.pairs:
            return [number for numbers in self.kinds for number in numbers[: len(self.nodes.clients)]]
        demand = math.fsum(self.nodes.demand)
        kept: list[int] = []
        for numbers in self.kinds:
            capacity = self.car(numbers[0]).capacity
            most = (
                len(self.nodes.clients)
                if not capacity
                else min(len(self.nodes.clients), math.floor(2 * demand / capacity) + 1)
            )
            kept += numbers[: max(1, most)]
        return sorted(kept)

    def _restricted(self) -> frozenset[int]:
        """Clients that not every vehicle may visit: they ask for a skill that those have that may."""
        restricted: set[int] = set()
        for allowed in {car.allowed for car in self._cars if car.allowed is not None}:
            restricted.update(set(self.nodes.clients) - allowed)
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
