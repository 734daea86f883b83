"""Why a stop was left out, in few words; `routing.explain` proves it, and tells the whole of it as an `Explanation`."""

from __future__ import annotations

from dataclasses import dataclass

from routing.violations import Violation


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
    """Nothing is in the way: the stop fits on `shift_id` as its visit at `position`, at its `place`, for `insertion_cost`."""

    shift_id: str
    position: int
    insertion_cost: int
    place: int = 0
    code = "room_left"


type Reason = FitsNowhere | NoRoom | PriceTooLow | RoomLeft
