"""A problem as it was read from a file, with what leads back from a plan to the file's own numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from routing.formats.rounding import Rounding
from routing.problem import Problem

type Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A problem and how a solution file (`.sol`) speaks of it.

    For published instances the problem's seconds, metres and fen are all 1/`rounding.scale` of the file's unit, and the cost by the
    referee is the cost in which results are published.

    `clients` leads from a client's number in a solution to the stop and the place (0, or one of its alternatives); the stops of
    published instances have these numbers as ids.  `vehicles` leads from a vehicle's number, from 1, to its shift (they have the
    number as their id there).  Where vehicles are not `alike`, the n-th route of a solution is that of vehicle n; `kinds` are the
    numbers of all vehicles of the file, one group for each kind, also of those left away because they could not be needed.
    `depots` are the depots' numbers.  `points` are the coordinates of the file, by location.
    """

    name: str
    problem: Problem
    kind: str = ""
    rounding: Rounding | None = None
    clients: Mapping[int, tuple[str, int]] = field(default_factory=dict)
    vehicles: Mapping[int, str] = field(default_factory=dict)
    depots: tuple[int, ...] = (0,)
    alike: bool = True
    kinds: tuple[tuple[int, ...], ...] = ()
    points: tuple[Point, ...] = ()

    @property
    def scale(self) -> int:
        return 1 if self.rounding is None else self.rounding.scale
