"""Who may go where without a matrix for everybody: gates, each of them open to some shifts and closed to the others.

To PyVRP a gate is one more kind of load: its clients have one of it, and the shifts it is closed to have room for none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Barrier:
    """The shifts that a client must be kept from, and those (them among others) that it may be kept from."""

    needed: frozenset[int]
    allowed: frozenset[int]


@dataclass(frozen=True)
class Gates:
    """As few gates as it takes for the barriers of all clients."""

    barriers: Sequence[Barrier]

    @cached_property
    def closed_to(self) -> tuple[frozenset[int], ...]:
        """For each gate the shifts that it keeps out; narrow ones first, which others can be put together from."""
        found: list[frozenset[int]] = []
        for barrier in sorted(set(self.barriers), key=lambda each: (len(each.needed), sorted(each.needed))):
            held = frozenset[int]().union(*(gate for gate in found if gate <= barrier.allowed))
            if not barrier.needed <= held:
                found.append(barrier.needed)
        return tuple(found)

    def of(self, client: int) -> frozenset[int]:
        """The gates that a client is behind, the widest first as far as they are needed."""
        barrier, found, held = self.barriers[client], set[int](), set[int]()
        fitting = [number for number, gate in enumerate(self.closed_to) if gate <= barrier.allowed]
        for number in sorted(fitting, key=lambda each: -len(self.closed_to[each] & barrier.needed)):
            if not self.closed_to[number] & barrier.needed <= held:
                found.add(number)
                held |= self.closed_to[number]
        return frozenset(found)
