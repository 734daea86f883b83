"""Who does the work: vehicles, and the shifts in which they drive."""

from __future__ import annotations

import math
from dataclasses import dataclass

from routing.checks import check_loads, check_name, check_names, check_optional_name, check_optional_whole, check_whole
from routing.errors import ProblemError


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """A permit that a vehicle carries; `valid_until_s` None means it does not expire within the horizon."""

    kind: str
    valid_until_s: int | None = None

    def __post_init__(self) -> None:
        check_name("kind", self.kind)
        check_optional_whole("valid_until_s", self.valid_until_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A car or truck.  `fixed_cost` is paid once for every shift in which it drives, the other two by what it drives.

    `profile` names the travel matrix it follows.  The hour is paid from departure to return, waiting included.  `compartments` is
    the number of spaces between which goods do not touch; they share the capacity.
    """

    id: str
    capacity: tuple[int, ...]
    profile: str = "car"
    passes: tuple[Pass, ...] = ()
    skills: frozenset[str] = frozenset()
    compartments: int = 1
    fixed_cost: int = 0
    cost_per_km: int = 0
    cost_per_hour: int = 0

    def __post_init__(self) -> None:
        check_name("id", self.id)
        check_loads("capacity", self.capacity)
        check_name("profile", self.profile)
        check_names("skills", self.skills)
        check_whole("compartments", self.compartments, least=1)
        for name in ("fixed_cost", "cost_per_km", "cost_per_hour"):
            check_whole(name, getattr(self, name))

    def pass_valid_until_s(self, kind: str) -> float | None:
        """When the vehicle's pass of this kind runs out (infinity: not within the horizon), or None if it has none."""
        ends = [math.inf if p.valid_until_s is None else p.valid_until_s for p in self.passes if p.kind == kind]
        return max(ends, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A rest of `duration_s` that begins between `earliest_s` and `latest_s`: on the way or while waiting, not during service.

    It may fall before the departure or after the return, where it costs nothing.
    """

    earliest_s: int
    latest_s: int
    duration_s: int

    def __post_init__(self) -> None:
        for name in ("earliest_s", "latest_s", "duration_s"):
            check_whole(name, getattr(self, name))
        if self.latest_s < self.earliest_s:
            raise ProblemError("latest_s", self.latest_s, f"must not lie before earliest_s = {self.earliest_s}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One stretch of work of one vehicle, and so at most one route.

    The vehicle is loaded for `loading_s` from `start_s` on, leaves `start_location` after that, and is back at `end_location`
    by `end_s`.  With `max_trips` above 1 it may come back to `start_location` in between, where it is disinfected for
    `disinfection_s` and loaded again for `loading_s`.  What is worked after `regular_end_s` costs `overtime_per_hour` on top.

    `max_duration_s` (from departure to return), `max_distance_m` and `max_stops` limit the route.  `locked` are the stops that the
    route begins with, in this order: they were visited, or cannot be changed any more.
    """

    id: str
    vehicle_id: str
    start_s: int
    end_s: int
    start_location: int
    end_location: int
    loading_s: int = 0
    driver: str | None = None
    skills: frozenset[str] = frozenset()
    breaks: tuple[Break, ...] = ()
    regular_end_s: int | None = None
    overtime_per_hour: int = 0
    max_trips: int = 1
    disinfection_s: int = 0
    max_duration_s: int | None = None
    max_distance_m: int | None = None
    max_stops: int | None = None
    locked: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_name("id", self.id)
        whole = (
            "start_s",
            "end_s",
            "start_location",
            "end_location",
            "loading_s",
            "overtime_per_hour",
            "disinfection_s",
        )
        for name in whole:
            check_whole(name, getattr(self, name))
        for name in ("regular_end_s", "max_duration_s", "max_distance_m", "max_stops"):
            check_optional_whole(name, getattr(self, name))
        check_whole("max_trips", self.max_trips, least=1)
        check_optional_name("driver", self.driver)
        check_names("skills", self.skills)
        check_names("locked", self.locked)
        if len(set(self.locked)) < len(self.locked):
            raise ProblemError("locked", self.locked, "must name every stop once")
        if self.end_s < self.start_s:
            raise ProblemError("end_s", self.end_s, f"must not lie before start_s = {self.start_s}")
        self._check_breaks()

    def _check_breaks(self) -> None:
        end_s = 0
        for rest in self.breaks:
            if rest.earliest_s < end_s:
                raise ProblemError("breaks", self.breaks, "must follow each other without overlapping")
            end_s = rest.latest_s + rest.duration_s

    @property
    def ready_s(self) -> int:
        """The earliest departure."""
        return self.start_s + self.loading_s

    @property
    def turnaround_s(self) -> int:
        """The time in the yard between two trips."""
        return self.disinfection_s + self.loading_s
