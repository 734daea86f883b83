"""What was decided: who drives which stops in which order, and what was left out and why.  No times: those follow from the
problem, and `routing.evaluate` computes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ViolationKind(StrEnum):
    """The rules a plan can break."""

    LOAD = "load"  # more on board than the vehicle carries; in the unit of the load dimension
    WINDOW = "window"  # service starts after the last window it could use; seconds
    SHIFT_END = "shift_end"  # back after the end of the shift; seconds
    PASS_MISSING = "pass_missing"  # noqa: S105  # a required pass the vehicle has not; 1 for each
    PASS_EXPIRED = "pass_expired"  # noqa: S105  # a required pass runs out before service ends; seconds
    LEFT_OUT = "left_out"  # a stop that must be served is not
    UNKNOWN_STOP = "unknown_stop"  # the plan names a stop the problem has not
    UNKNOWN_SHIFT = "unknown_shift"
    DUPLICATED_STOP = "duplicated_stop"  # in the plan more than once; 1 for each time too many
    DUPLICATED_SHIFT = "duplicated_shift"
    UNACCOUNTED_STOP = "unaccounted_stop"  # neither on a route nor among the unassigned


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A broken rule and by how much: `amount` in `unit` ("s", a load dimension, or a count of "pass", "stop", "shift")."""

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
    """The stops of one shift in the order of visits."""

    shift_id: str
    stops: tuple[str, ...]


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
