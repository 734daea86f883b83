"""How hard to search."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from routing.plan import Plan
from routing.solvers.py_vrp.trips import Trips


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long to search: `seconds` by the clock, or `iterations`, which give the same plan on every machine.

    A rough search is three times as fast where hours cost money: it pays them for driving and service but not for waiting, and
    leaves out no stop that has a place.

    Where vehicles make several trips it may be told of trips that were met before, which are put together first, and may tell
    of those that it meets (`tells_trips`).
    """

    seconds: float | None = None
    iterations: int | None = None
    is_rough: bool = False
    trips: tuple[Trips, ...] = ()
    tells_trips: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Annealing(Effort):
    """At a temperature `heat`, in costs of an average leg of the start: a plan dearer by so much is accepted once in 2.7 times.  It
    breaks no rule on the way and ends where it has come to, which may be dearer than its start.
    """

    heat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing(Effort):
    """The plan and others take over from each other what is better; those of several trips stay as they are."""

    others: tuple[Plan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """How long PyVRP is to search by itself, as it comes: a yardstick.  It makes its own start, unless it is to go on from the plan."""

    seconds: float | None = None
    iterations: int | None = None
    goes_on: bool = False


class Countdown:
    """Counts iterations, looks at the clock at each and asks the caller now and then."""

    ASK_EVERY_S = 0.05

    def __init__(self, effort: Effort | Plain, should_stop: Callable[[], bool]) -> None:
        self._effort = effort
        self._should_stop = should_stop
        self._began_s = self._now_s = self._asked_s = time.monotonic()
        self.iterations = 0

    def goes_on(self) -> bool:
        self.iterations += 1
        if self._effort.iterations is not None and self.iterations > self._effort.iterations:
            return False
        self._now_s = time.monotonic()
        if self._effort.seconds is not None and self._now_s - self._began_s >= self._effort.seconds:
            return False
        if self._now_s - self._asked_s < self.ASK_EVERY_S:
            return True
        self._asked_s = self._now_s
        return not self._should_stop()

    def share(self) -> float:
        """How much of it is behind us, when last looked."""
        if self._effort.iterations is not None:
            return self.iterations / max(1, self._effort.iterations)
        seconds = self._effort.seconds
        return 0.0 if seconds is None else (self._now_s - self._began_s) / max(seconds, 1e-6)

    def expected_iterations(self) -> float:
        if self._effort.iterations is not None:
            return self._effort.iterations
        return self.iterations * (self._effort.seconds or 0.0) / max(self._now_s - self._began_s, 1e-6)
