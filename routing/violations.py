"""The rules a plan can break, and by how much one of them is broken."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
