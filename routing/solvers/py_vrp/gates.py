"""Who may go where without a matrix for everybody: gates, each of them open to some shifts and closed to the others.

To PyVRP a gate is one more kind of load: its clients have one of it, and the shifts it is closed to have room for none.  Every gate slows
the search, so there should be few.  Those that are open to a few shifts only (because of pins or company) are each made of three
out of some common ones, all of which are open to these shifts and no others.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

FEW_SHIFTS = 4
"""A gate that is open to no more shifts than this is made of others."""

GATES_EACH = 3
TRIES = 50


@dataclass(frozen=True, slots=True)
class Barrier:
    """The shifts that a client must be kept from, and those (them among others) that it may be kept from."""

    needed: frozenset[int]
    allowed: frozenset[int]


@dataclass(frozen=True)
class Gates:
    """As few gates as it takes for the barriers of all clients, where there are so many shifts."""

    barriers: Sequence[Barrier]
    shifts: int

    @cached_property
    def closed_to(self) -> tuple[frozenset[int], ...]:
        """For each gate the shifts that it keeps out."""
        return (*self._wide, *self._common)

    def of(self, client: int) -> frozenset[int]:
        """The gates that a client is behind."""
        barrier, found, held = self.barriers[client], set[int](), set[int]()
        fitting = [gate for gate in self._needed if gate <= barrier.allowed]
        for gate in sorted(fitting, key=lambda each: -len(each & barrier.needed)):
            if not gate & barrier.needed <= held:
                found |= self._parts[gate]
                held |= gate
        return frozenset(found)

    @cached_property
    def _needed(self) -> tuple[frozenset[int], ...]:
        """Gates for all barriers, narrow ones first, which others can be put together from."""
        found: list[frozenset[int]] = []
        for barrier in sorted(set(self.barriers), key=lambda each: (len(each.needed), sorted(each.needed))):
            held = frozenset[int]().union(*(gate for gate in found if gate <= barrier.allowed))
            if not barrier.needed <= held:
                found.append(barrier.needed)
        return tuple(found)

    @cached_property
    def _wide(self) -> tuple[frozenset[int], ...]:
        return tuple(gate for gate in self._needed if gate not in self._words)

    @cached_property
    def _parts(self) -> dict[frozenset[int], frozenset[int]]:
        """The numbers of the gates that each needed one is made of."""
        single = {gate: frozenset({number}) for number, gate in enumerate(self._wide)}
        made = {gate: frozenset(len(self._wide) + part for part in word) for gate, word in self._words.items()}
        return single | made

    @cached_property
    def _common(self) -> tuple[frozenset[int], ...]:
        open_at = self._open_at(self._words)
        count = 1 + max((part for word in self._words.values() for part in word), default=-1)
        everyone = range(self.shifts)
        return tuple(frozenset(shift for shift in everyone if part not in open_at[shift]) for part in range(count))

    @cached_property
    def _words(self) -> dict[frozenset[int], frozenset[int]]:
        """Which of the common gates the rare ones are made of.  Chance finds about as few as there can be."""
        rare = [gate for gate in self._needed if self.shifts - len(gate) <= FEW_SHIFTS]
        rng = random.Random(0)  # noqa: S311  # no secret
        for count in range(GATES_EACH, len(rare)):
            for _ in range(TRIES):
                words = {gate: frozenset(rng.sample(range(count), GATES_EACH)) for gate in rare}
                if self._keep_out(words):
                    return words
        return {}

    def _keep_out(self, words: dict[frozenset[int], frozenset[int]]) -> bool:
        open_at = self._open_at(words)
        return not any(word <= open_at[shift] for gate, word in words.items() for shift in gate)

    def _open_at(self, words: dict[frozenset[int], frozenset[int]]) -> list[set[int]]:
        """The common gates that are open to each shift: those of all who may go there."""
        found = [set[int]() for _ in range(self.shifts)]
        for gate, word in words.items():
            for shift in range(self.shifts):
                if shift not in gate:
                    found[shift] |= word
        return found
