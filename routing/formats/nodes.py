"""What a VRPLIB file says of its depots and clients."""

from __future__ import annotations

import numpy as np

from routing.errors import FormatError
from routing.formats.distances import weights_needed
from routing.formats.instance import Point
from routing.formats.rounding import Floats, Rounding, usual_rounding
from routing.formats.sections import Sections
from routing.formats.text import all_numbers, whole
from routing.stops import TimeWindow

BY_NODE = {"NODE_COORD", "DEMAND", "LINEHAUL", "BACKHAUL", "SERVICE_TIME", "TIME_WINDOW", "RELEASE_TIME", "PRIZE"}
"""Sections with a row for each node."""


class Nodes:
    """Every node of a file, counted from 0 here and from 1 there; lists are by node, times and prizes whole and rounded.

    `groups` are clients of which one is served, most of them alone; `pairs` are empty, or say of each node: demand, window, service
    time, and the nodes picked up at and delivered to (from 1, 0 for none).
    """

    def __init__(self, file: Sections, rounding: Rounding | None) -> None:
        self.file = file
        self.kind = file.text("TYPE", "").upper()
        self.size = file.whole("DIMENSION", least=1)
        self._check_size()
        self.weights = self._weights()
        self.points = self._points()
        self.rounding = rounding or self._usual_rounding()
        self.depots = self._depots()
        self.clients = [node for node in range(self.size) if node not in set(self.depots)]
        self.pairs = self._pairs()
        self.demand = self._loads("DEMAND" if file.has("DEMAND") or not file.has("LINEHAUL") else "LINEHAUL")
        self.backhaul = self._loads("BACKHAUL")
        self.service_s = self._service_s()
        self.windows = self._windows()
        self.release_s = self._times("RELEASE_TIME")
        self.prizes = self._times("PRIZE")
        self.groups = self._groups()

    def _check_size(self) -> None:
        """A claimed size is nothing until as much is in the file: nothing may be made by it before."""
        sections = [section for name, section in self.file.sections.items() if name[: -len("_SECTION")] in BY_NODE]
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
        return self.file.column(name, self.size)

    def _times(self, name: str) -> list[int]:
        """Whole seconds (or fen) by node; 0 where the file says nothing."""
        if not self.file.has(name):
            return [0] * self.size
        return [self.rounding.whole_number(value) for value in self.file.column(name, self.size)]

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
            return [[node] for node in self.clients]
        section = self.file.section("MUTUALLY_EXCLUSIVE_GROUP")
        if "VEHICLES_ALLOWED_CLIENTS_SECTION" in self.file.sections:
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
        return sorted([*groups, *([node] for node in self.clients if node not in grouped)])
