"""Which kinds of goods may ride together on one trip: a choice of one of a few sets of kinds for each trip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from routing.fleet import Vehicle
from routing.problem import Incompatibility, Problem, Within
from routing.rules import can_keep_apart
from routing.stops import Stop


@dataclass(frozen=True, slots=True)
class TripKinds:
    """The largest `sets` of kinds that can be on a trip of some vehicle, of those kinds that cannot be with all others.

    Whatever is on a trip is part of one of the sets that its vehicle has, so a trip is told by its set which stops it can have.
    """

    pairs: tuple[Incompatibility, ...]
    kinds: frozenset[str]
    sets: tuple[frozenset[str], ...]

    def of_vehicle(self, vehicle: Vehicle) -> list[int]:
        """The numbers of the sets that the vehicle can have on a trip."""
        return [number for number, kinds in enumerate(self.sets) if _may_ride(self.pairs, kinds, vehicle.compartments)]

    def of_stop(self, stop: Stop) -> list[int]:
        """The numbers of the sets that the goods of a stop are in."""
        mine = stop.goods & self.kinds
        return [number for number, kinds in enumerate(self.sets) if mine <= kinds]

    def may_carry(self, vehicle: Vehicle, stop: Stop) -> bool:
        mine = stop.goods & self.kinds
        return len(mine) < 2 or _may_ride(self.pairs, mine, vehicle.compartments)


def trip_kinds(problem: Problem) -> TripKinds:
    """One empty set where all goods may ride together."""
    if not problem.incompatible:
        return TripKinds((), frozenset(), (frozenset(),))
    present = frozenset[str]().union(*(stop.goods for stop in problem.stops))
    pairs = tuple(pair for pair in problem.incompatible if present.issuperset(pair.goods))
    kinds = frozenset(kind for pair in pairs for kind in pair.goods)
    found: dict[frozenset[str], None] = {}
    for compartments in sorted({problem.vehicle_of(shift).compartments for shift in problem.shifts}):
        found.update(dict.fromkeys(_largest_sets(pairs, sorted(kinds), compartments)))
    return TripKinds(pairs, kinds, tuple(found))


def _largest_sets(
    pairs: Sequence[Incompatibility], kinds: Sequence[str], compartments: int
) -> Iterator[frozenset[str]]:
    """All sets of kinds that may ride together and to which no kind can be added: each kind in turn taken or, if that costs others, not."""
    sets = [frozenset[str]()]
    for kind in kinds:
        with_it = [each | {kind} for each in sets]
        sets = [*(each for each in with_it if _may_ride(pairs, each, compartments)), *sets]
    for each in dict.fromkeys(sets):
        if not any(_may_ride(pairs, each | {kind}, compartments) for kind in kinds if kind not in each):
            yield each


def _may_ride(pairs: Sequence[Incompatibility], kinds: frozenset[str], compartments: int) -> bool:
    met = [pair for pair in pairs if kinds.issuperset(pair.goods)]
    return all(pair.within is Within.COMPARTMENT for pair in met) and can_keep_apart(met, compartments)
