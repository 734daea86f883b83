"""What was decided: who drives which stops in which order, and what was left out and why.  No times: those follow from the
problem, and `routing.evaluate` computes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from routing.errors import ProblemError
from routing.reasons import FitsNowhere, NoRoom, PriceTooLow, Reason, RoomLeft
from routing.violations import Violation, ViolationKind

__all__ = [
    "FitsNowhere",
    "NoRoom",
    "Plan",
    "PriceTooLow",
    "Reason",
    "RoomLeft",
    "Route",
    "Unassigned",
    "Violation",
    "ViolationKind",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The stops of one shift in the order of visits.

    `places` says for each of them where it is served (0: its own place, 1, 2, …: its alternatives); none at all means every one at
    its own.  `reloads` are the positions, in order, of the stops before which the vehicle goes back to be loaded for another trip.
    """

    shift_id: str
    stops: tuple[str, ...]
    places: tuple[int, ...] = ()
    reloads: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.places and not any(self.places):
            object.__setattr__(self, "places", ())  # one way of saying the same, so that equal routes are equal
        if self.places and len(self.places) != len(self.stops):
            raise ProblemError("places", self.places, f"must have {len(self.stops)} numbers or none")
        bounds = (0, *self.reloads, len(self.stops))
        if self.reloads and any(later <= earlier for earlier, later in pairwise(bounds)):
            raise ProblemError("reloads", self.reloads, f"must rise and lie between 1 and {len(self.stops) - 1}")

    def place(self, position: int) -> int:
        """Where the stop at a position is served."""
        return self.places[position] if self.places else 0

    def trips(self) -> Iterator[range]:
        """The positions of each trip."""
        for start, end in pairwise((0, *self.reloads, len(self.stops))):
            yield range(start, end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unassigned:
    """A stop left out; `reason` None means that nobody has asked for it yet."""

    stop_id: str
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Routes (shifts without one stay in the yard) and the stops left out."""

    routes: tuple[Route, ...] = ()
    unassigned: tuple[Unassigned, ...] = ()
