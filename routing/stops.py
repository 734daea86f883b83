"""Work to be done: stops, when and where they can be served, and what they ask of whoever serves them."""

from __future__ import annotations

from dataclasses import dataclass

from routing.checks import (
    check_loads,
    check_name,
    check_names,
    check_optional_name,
    check_optional_whole,
    check_whole,
    check_windows,
)
from routing.errors import ProblemError


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """Service may start from `start_s` up to and including `end_s`; it may end later."""

    start_s: int
    end_s: int

    def __post_init__(self) -> None:
        check_whole("start_s", self.start_s)
        check_whole("end_s", self.end_s)
        if self.end_s < self.start_s:
            raise ProblemError("end_s", self.end_s, f"must not lie before start_s = {self.start_s}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Another place where a stop may be served instead, e.g. an agreed point at the village entrance instead of the door.

    It has its own service time (handing over at a checkpoint is not carrying to a door), windows and required passes, and the
    `price` in fen of asking people to come there.  `scene` names the manner of handing over for whoever shows the plan.
    """

    location: int
    service_s: int
    windows: tuple[TimeWindow, ...] = ()
    required_passes: frozenset[str] = frozenset()
    price: int = 0
    scene: str = ""

    def __post_init__(self) -> None:
        for name in ("location", "service_s", "price"):
            check_whole(name, getattr(self, name))
        check_windows("windows", self.windows)
        check_names("required_passes", self.required_passes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """Where a stop must be if it is served: on a vehicle (any of its shifts), on one shift, at a position of that shift.

    `position` counts all visits of the shift from 0 and asks for a `shift_id`.
    """

    vehicle_id: str | None = None
    shift_id: str | None = None
    position: int | None = None

    def __post_init__(self) -> None:
        check_optional_name("vehicle_id", self.vehicle_id)
        check_optional_name("shift_id", self.shift_id)
        check_optional_whole("position", self.position)
        if self.vehicle_id is None and self.shift_id is None:
            raise ProblemError("pin", None, "must name a vehicle or a shift")
        if self.position is not None and self.shift_id is None:
            raise ProblemError("position", self.position, "needs a shift_id")

    def is_on(self, shift_id: str, vehicle_id: str) -> bool:
        """Whether a shift of a vehicle is one of those that are meant."""
        return self.vehicle_id in {None, vehicle_id} and self.shift_id in {None, shift_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Work to do at one place.

    `location` is an index into `Problem.locations`; `load` has one number per load dimension and is delivered: on board from the
    start of the trip, or from the stop `from_stop` on (pickup and delivery; on the same trip, before this one).  `pickup` is
    collected here and brought back to the yard (returns, empties; no numbers mean none).  No `windows` means any time.
    `left_out_price` is what leaving the stop out costs; None means it must be served.

    Every one of `required_passes` must be valid on the vehicle until the end of service, every one of `required_skills` be the
    vehicle's or the driver's.  One of `alternatives` may be chosen instead of `location` with its own service time, windows and
    passes.  `goods` are kinds of goods that may be incompatible with others (`Problem.incompatible`).  After a `quarantine` stop a
    trip has only quarantine stops.  The trip leaves no earlier than at `release_s`, when the goods are there.

    Stops with the same name in `together` share a shift, as far as they are served.  If the driver is none of the
    `familiar_drivers`, `unfamiliar_price` is paid; if the shift is another than `published_shift`, `change_price`.
    """

    id: str
    location: int
    load: tuple[int, ...]
    service_s: int
    windows: tuple[TimeWindow, ...] = ()
    left_out_price: int | None = None
    required_passes: frozenset[str] = frozenset()
    required_skills: frozenset[str] = frozenset()
    pickup: tuple[int, ...] = ()
    from_stop: str | None = None
    alternatives: tuple[Place, ...] = ()
    goods: frozenset[str] = frozenset()
    quarantine: bool = False
    release_s: int = 0
    together: str | None = None
    pin: Pin | None = None
    familiar_drivers: frozenset[str] = frozenset()
    unfamiliar_price: int = 0
    published_shift: str | None = None
    change_price: int = 0
    scene: str = ""

    def __post_init__(self) -> None:
        check_name("id", self.id)
        for name in ("location", "service_s", "release_s", "unfamiliar_price", "change_price"):
            check_whole(name, getattr(self, name))
        check_optional_whole("left_out_price", self.left_out_price)
        check_loads("load", self.load)
        check_loads("pickup", self.pickup)
        check_windows("windows", self.windows)
        for name in ("required_passes", "required_skills", "goods", "familiar_drivers"):
            check_names(name, getattr(self, name))
        for name in ("from_stop", "together", "published_shift"):
            check_optional_name(name, getattr(self, name))
        if self.from_stop == self.id:
            raise ProblemError("from_stop", self.from_stop, "must be another stop")

    @property
    def places(self) -> tuple[Stop | Place, ...]:
        """Where it can be served: here (place 0), or at one of the alternatives (1, 2, …)."""
        return (self, *self.alternatives)

    def place(self, index: int) -> Stop | Place:
        """Place 0 is the stop's own; raises `IndexError` for one that there is not."""
        if index < 0:
            raise IndexError(index)
        return self.alternatives[index - 1] if index else self
