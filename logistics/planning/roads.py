"""Where the planner's travel times come from: one place to change when there is a map."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from routing import Location, RoadNetwork, StraightLine, TravelMatrix


class Remembering:
    """A road network that keeps the last matrix: the slices of one run ask for the same again and again."""

    def __init__(self, roads: RoadNetwork) -> None:
        self._roads = roads
        self._last: tuple[tuple[Location, ...], str, TravelMatrix] | None = None

    def matrix(self, points: Sequence[Location], profile: str = "car") -> TravelMatrix:
        asked = tuple(points)
        if self._last is None or self._last[:2] != (asked, profile):
            self._last = (asked, profile, self._roads.matrix(asked, profile))
        return self._last[2]

    def route(self, points: Sequence[Location], profile: str = "car") -> list[Location]:
        return self._roads.route(points, profile)


@cache
def planning_roads() -> RoadNetwork:
    """The roads of this process: straight lines with the factors for mountains, an estimate."""
    return Remembering(StraightLine())
