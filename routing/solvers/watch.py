"""When to stop, as told by the clock, by a count, or by the caller."""

from __future__ import annotations

import time
from collections.abc import Callable

ASK_EVERY_S = 0.2
"""How often at most the caller is asked whether to stop."""

DEFAULT_BUDGET_S = 10.0


class Watch:
    """Begins to run when it is made.  `budget_s` None means that steps are counted, and time does not matter."""

    def __init__(self, budget_s: float | None, iterations: int | None, should_stop: Callable[[], bool] | None) -> None:
        self._began_s = time.monotonic()
        self.budget_s = DEFAULT_BUDGET_S if budget_s is None and iterations is None else budget_s
        self._iterations = iterations
        self._should_stop = should_stop
        self._steps = 0
        self._told = False
        self._ask_again_s = 0.0

    @property
    def is_timed(self) -> bool:
        """Or else steps are counted."""
        return self.budget_s is not None

    def elapsed_s(self) -> float:
        return time.monotonic() - self._began_s

    def left_s(self) -> float:
        return max(0.01, (self.budget_s or 0.0) - self.elapsed_s())

    def share(self) -> float:
        """How much of the time, or of the steps, is behind us: 0 to 1."""
        behind, all_of_it = (
            (self.elapsed_s(), self.budget_s or 0.0) if self._iterations is None else (self._steps, self._iterations)
        )
        return min(1.0, behind / all_of_it) if all_of_it else 1.0

    def stopped(self) -> bool:
        over = self.budget_s is not None and self.elapsed_s() >= self.budget_s
        return over or self.told_to_stop()

    def told_to_stop(self) -> bool:
        """Asks the caller, who may have to look in a database, only now and then."""
        now_s = self.elapsed_s()
        if self._should_stop is not None and not self._told and now_s >= self._ask_again_s:
            self._told = self._should_stop()
            self._ask_again_s = self.elapsed_s() + ASK_EVERY_S
        return self._told

    def next_step(self) -> bool:
        """Whether there may be one more step, which is counted then."""
        if self.stopped() or (self._iterations is not None and self._steps >= self._iterations):
            return False
        self._steps += 1
        return True

    def all_steps(self) -> int:
        """All the steps there may be, to be taken in one; by the clock that is one."""
        if self.stopped():
            return 0
        steps = 1 if self._iterations is None else self._iterations - self._steps
        self._steps += steps
        return steps

    def part(self, share: float) -> Watch:
        """A watch for a part of the time or steps, which are taken off; it listens to the same caller."""
        if self._iterations is None:
            return Watch(share * (self.budget_s or 0.0), None, self.told_to_stop)
        steps = int(share * self._iterations)
        self._steps += steps
        return Watch(None if self.budget_s is None else share * self.budget_s, steps, self.told_to_stop)

    def brief(self, share: float) -> Watch:
        """A watch for a share of the time at most, which is not taken off; where steps are counted it has no end of its own."""
        counted = None if self._iterations is None else 0
        return Watch(
            None if self.budget_s is None else min(share * self.budget_s, self.left_s()), counted, self.told_to_stop
        )
