"""Where travel times come from.  Every source of roads answers the same two questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from routing.problem import Location, TravelMatrix
from routing.roads.straight_line import StraightLine

__all__ = ["RoadNetwork", "StraightLine"]


class RoadNetwork(Protocol):
    """Roads as the planner sees them.  `profile` names a kind of vehicle ("car", "truck")."""

    def matrix(self, points: Sequence[Location], profile: str = "car") -> TravelMatrix:
        """Seconds and metres from every point to every other one."""
        ...

    def route(self, points: Sequence[Location], profile: str = "car") -> list[Location]:
        """The line to draw for a drive through the points in this order."""
        ...
