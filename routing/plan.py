"""What was decided: who drives which stops in which order, and what was left out and why.  No times: those follow from the
problem, and `routing.evaluate` computes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from routing.errors import ProblemError


class ViolationKind(StrEnum):
    """The rules a plan can break, with the unit of the amount."""

    LOAD = "load"  # more on board than the vehicle carries; in the unit of the load dimension
    WINDOW = "window"  # service starts after the last window it could use; s
    SHIFT_END = "shift_end"  # back after the end of the shift; s
    BREAK = "break"  # a break begins too late; s
    DURATION = "duration"  # longer on the way than the shift may be; s
    DISTANCE = "distance"  # farther than the shift may drive; m
    STOPS = "stops"  # more stops than the shift may have; stop
    TRIPS = "trips"  # more trips than the shift may make; trip
    NO_WAY = "no_way"  # legs that cannot be driven; leg
    PASS_MISSING = "pass_missing"  # noqa: S105  # a required pass the vehicle has not; 1 pass each
    PASS_EXPIRED = "pass_expired"  # noqa: S105  # a required pass runs out before service ends; s
    SKILL_MISSING = "skill_missing"  # a required skill that neither vehicle nor driver has; 1 skill each
    PIN = "pin"  # on another shift or vehicle than it is pinned to; 1 stop
    POSITION = "position"  # so many visits away from the position it is pinned to; visit
    LOCKED = "locked"  # the route does not begin with its locked stops: so many are not in their place; stop
    TOGETHER = "together"  # away from the shift of those it belongs together with; 1 stop
    GOODS = "goods"  # kinds of goods on one trip that are incompatible; pair
    QUARANTINE = "quarantine"  # an ordinary stop after a quarantine stop of the same trip; 1 stop
    PICKUP_ORDER = "pickup_order"  # its goods are not picked up before it on the same trip; 1 stop
    LEFT_OUT = "left_out"  # a stop that must be served is not
    UNKNOWN_STOP = "unknown_stop"  # the plan names a stop the problem has not
    UNKNOWN_PLACE = "unknown_place"  # the plan names a place the stop has not; 1 stop
    UNKNOWN_SHIFT = "unknown_shift"
    DUPLICATED_STOP = "duplicated_stop"  # in the plan more than once; 1 for each time too many
    DUPLICATED_SHIFT = "duplicated_shift"
    UNACCOUNTED_STOP = "unaccounted_stop"  # neither on a route nor among the unassigned


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A broken rule and by how much: `amount` in `unit` ("s", "m", a load dimension, or what is counted: "pass", "stop", …)."""

    kind: ViolationKind
    shift_id: str | None
    stop_id: str | None
    amount: int
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FitsNowhere:
    """Alone on each shift the stop breaks a rule.  `violations` are what it breaks on the shift that comes closest, so
    their amounts are the smallest fix; with no shifts at all there is no `shift_id`.
    """

    shift_id: str | None
    violations: tuple[Violation, ...]

    @property
    def code(self) -> str:
        """One word for the rule in the way: a `ViolationKind`, or "no_shift"."""
        return str(self.violations[0].kind) if self.violations else "no_shift"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRoom:
    """The stop fits alone on `fits_alone_on`, but at no place of the plan's routes.  `violations` are what it would break at
    the place that comes closest, on `shift_id`.
    """

    fits_alone_on: str
    shift_id: str
    violations: tuple[Violation, ...]
    code = "no_room"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTooLow:
    """The cheapest place the plan has for the stop, on `shift_id`, costs more than leaving it out."""

    shift_id: str
    insertion_cost: int
    left_out_price: int
    code = "price"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLeft:
    """Nothing is in the way: the stop fits on `shift_id` before the visit now at `position`, for `insertion_cost`."""

    shift_id: str
    position: int
    insertion_cost: int
    code = "room_left"


type Reason = FitsNowhere | NoRoom | PriceTooLow | RoomLeft


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
