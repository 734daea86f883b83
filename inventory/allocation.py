"""The allocation ladder (阶梯分配): scarce packs shared by an agreed rule that can explain itself.

Pure: plain values in, plain values out. A policy is an ordered list of rungs; each names tiers and a ceiling in days of cover. Rung
by rung, one pack at a time goes to the point of the rung with the lowest cover that is still below the ceiling; ties go to the
larger need, then to the id. So a policy is a fixed sequence of packs, having more packs only lengthens it, and the reason for a
point's share is its place in the sequence.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

#: The longest sequence that is written out, pack by pack: some seconds, and 200 MB.
MOST_PACKS = 1_000_000


class TooManyPacks(ValueError):
    """Filling every rung takes more than `MOST_PACKS`: grams, for a county."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Somebody who needs the item. `daily_need` and `on_hand` in base units; `at_most` caps what it may get, e.g. what it asked for."""

    id: str
    tier: str
    daily_need: int | Fraction
    on_hand: int = 0
    at_most: int | None = None

    def __post_init__(self) -> None:
        if self.daily_need <= 0:
            raise ValueError(f"point {self.id!r}: daily_need must be above zero, got {self.daily_need}")
        if self.on_hand < 0:
            raise ValueError(f"point {self.id!r}: on_hand cannot be negative, got {self.on_hand}")
        if self.at_most is not None and self.at_most < 0:
            raise ValueError(f"point {self.id!r}: at_most cannot be negative, got {self.at_most}")

    def cover_days(self, received: int) -> Fraction:
        """Days until this point runs out, holding `received` base units more than now."""
        return Fraction(self.on_hand + received, self.daily_need)

    def packs_to(self, ceiling_days: int, *, received: int, pack_size: int) -> int:
        """How many packs more it may take on a rung: the last may pass the ceiling by less than one pack, a request never."""
        missing = ceiling_days * self.daily_need - self.on_hand - received
        packs = max(0, -int(-missing // pack_size))
        return packs if self.at_most is None else min(packs, max(0, self.at_most - received) // pack_size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """These tiers are brought up to this many days of cover before the next rung is looked at."""

    tiers: frozenset[str]
    ceiling_days: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "tiers", frozenset(self.tiers))
        if not self.tiers:
            raise ValueError("a rung names at least one tier")
        if self.ceiling_days <= 0:
            raise ValueError(f"ceiling_days must be above zero, got {self.ceiling_days}")


class Given(NamedTuple):
    """One pack of the sequence: the `number`-th (from 1), to this point, on this rung (from 0)."""

    number: int
    point: str
    rung: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A pack of the sequence with the cover the point had when its turn came."""

    number: int
    point: str
    rung: int
    cover: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one rung gave one point, and the cover it led from and to. `rung` None: an override gave it."""

    rung: int | None
    packs: int
    cover_before: Fraction
    cover_after: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a point got what it got: its steps, where its next pack stands, and between whom the packs ran out.

    `next_pack` is the number in the sequence of the pack it would get next (None: it is at its ceiling on every rung);
    `more_needed` says how many packs more would bring it. `last_served` took the last pack there was, `comes_next` would take one more.
    """

    point: str
    packs: int
    steps: tuple[Step, ...]
    cover_before: Fraction
    cover_after: Fraction
    next_pack: int | None
    more_needed: int | None
    capped_by_request: bool
    last_served: Turn | None
    comes_next: Turn | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """Who gets how many packs, in which sequence, and why. `left_over` packs no rung wanted; `short` packs missing to fill every rung."""

    pack_size: int
    packs: int
    packs_by_point: Mapping[str, int]
    sequence: tuple[Given, ...]
    left_over: int
    short: int
    _points: Mapping[str, Point] = field(repr=False)
    _wanted: tuple[Given, ...] = field(repr=False)
    #: Where in `sequence` and then `_wanted` each point's packs stand, ascending.
    _places: Mapping[str, Sequence[int]] = field(repr=False)

    @classmethod
    def of(
        cls, points: Collection[Point], *, packs: int, pack_size: int, given: Sequence[Given], wanted: Sequence[Given]
    ) -> Allocation:
        """An allocation from the packs it gave and those it would go on with, numbered in one sequence."""
        places: dict[str, list[int]] = defaultdict(list)
        for place, pack in enumerate((*given, *wanted)):
            places[pack.point].append(place)
        return cls(
            pack_size=pack_size,
            packs=packs,
            packs_by_point={point.id: bisect_left(places[point.id], len(given)) for point in points},
            sequence=tuple(given),
            left_over=packs - len(given),
            short=len(wanted),
            _points={point.id: point for point in points},
            _wanted=tuple(wanted),
            _places=dict(places),
        )

    @property
    def last_served(self) -> Turn | None:
        """Whose pack was the last there was; None where there was none."""
        return self._turn(self.sequence[-1]) if self.sequence else None

    @property
    def comes_next(self) -> Turn | None:
        """Who would take one pack more; None where every rung is full."""
        return self._turn(self._wanted[0]) if self._wanted else None

    @property
    def better_opened(self) -> bool:
        """Whether packs should be opened: on the rung where they ran out, some points got one and others none."""
        if self.pack_size == 1 or not self._wanted:
            return False
        binding = self._wanted[0].rung
        served = sum(pack.rung == binding for pack in self.sequence)
        waiting = {pack.point for pack in (*self.sequence, *self._wanted) if pack.rung == binding}
        return 0 < served < len(waiting)

    def places(self, point_id: str) -> tuple[int, ...]:
        """The numbers in the sequence of the packs a point got. Raises KeyError for a point that was not there."""
        return tuple(place + 1 for place in self._places[point_id][: self.packs_by_point[point_id]])

    def explain(self, point_id: str) -> Reason:
        """The reason for one point's share. Raises KeyError for a point that was not there."""
        point, packs, places = self._points[point_id], self.packs_by_point[point_id], self._places[point_id]
        next_pack = places[packs] + 1 if packs < len(places) else None
        return Reason(
            point=point_id,
            packs=packs,
            steps=tuple(self._steps(point, [self.sequence[place].rung for place in places[:packs]])),
            cover_before=point.cover_days(0),
            cover_after=point.cover_days(packs * self.pack_size),
            next_pack=next_pack,
            more_needed=next_pack - len(self.sequence) if next_pack else None,
            capped_by_request=next_pack is None
            and point.at_most is not None
            and (packs + 1) * self.pack_size > point.at_most,
            last_served=self.last_served,
            comes_next=self.comes_next,
        )

    def _steps(self, point: Point, rungs: Sequence[int]) -> Iterable[Step]:
        """`rungs` as its packs came, so ascending."""
        received = 0
        for rung in sorted(set(rungs)):
            packs = rungs.count(rung)
            before, received = received, received + packs * self.pack_size
            yield Step(
                rung=rung, packs=packs, cover_before=point.cover_days(before), cover_after=point.cover_days(received)
            )

    def _turn(self, pack: Given) -> Turn:
        earlier = bisect_left(self._places[pack.point], pack.number - 1)
        cover = self._points[pack.point].cover_days(earlier * self.pack_size)
        return Turn(number=pack.number, point=pack.point, rung=pack.rung, cover=cover)


def allocate(points: Collection[Point], *, packs: int, pack_size: int, rungs: Sequence[Rung]) -> Allocation:
    """Share `packs` packs of `pack_size` base units among the points by the rungs, in order.

    Raises ValueError for a negative number of packs, a pack below one unit, no rung, or two points with one id; TooManyPacks.
    """
    refuse_nonsense(points, packs, pack_size, rungs)
    refuse_too_many(points, pack_size, rungs)
    ranked = in_order(points)
    received = [0] * len(ranked)
    everything: list[Given] = []
    for number, rung in enumerate(rungs):
        for place in turns(ranked, received, pack_size=pack_size, rung=rung):
            received[place] += pack_size
            everything.append(Given(len(everything) + 1, ranked[place].id, number))
    return Allocation.of(points, packs=packs, pack_size=pack_size, given=everything[:packs], wanted=everything[packs:])


def count_packs(points: Collection[Point], *, packs: int, pack_size: int, rungs: Sequence[Rung]) -> dict[str, int]:
    """Only how many packs each point gets, as `allocate` says it: by the level each rung reaches, however many packs there are."""
    refuse_nonsense(points, packs, pack_size, rungs)
    ranked = in_order(points)
    received = [0] * len(ranked)
    for rung in rungs:
        for place, more in enumerate(_to_level(ranked, received, packs, pack_size, rung)):
            received[place] += more * pack_size
            packs -= more
    return {point.id: units // pack_size for point, units in zip(ranked, received, strict=True)}


def in_order(points: Iterable[Point]) -> list[Point]:
    """Who goes first among equals: the one that serves more people; then by id, so that nothing hangs on the input's order."""
    return sorted(points, key=lambda point: (-point.daily_need, point.id))


def turns(points: Sequence[Point], received: Sequence[int], *, pack_size: int, rung: Rung) -> list[int]:
    """Whose turn it is on a rung, pack by pack, until everybody is at the ceiling: places in `points`, which stand `in_order`.

    `received` is what each got on earlier rungs, in base units. A point's covers only rise, so taking the lowest again and again is
    the same as sorting them all.
    """
    bits, width = _bits(points), len(points).bit_length()
    keys: list[int] = []
    for place, point in enumerate(points):
        if point.tier in rung.tiers:
            most = point.packs_to(rung.ceiling_days, received=received[place], pack_size=pack_size)
            need, scale = point.daily_need.numerator, point.daily_need.denominator << bits
            first, step = (point.on_hand + received[place]) * scale, pack_size * scale
            keys += [((first + pack * step) // need << width) | place for pack in range(most)]
    keys.sort()
    return [key & ((1 << width) - 1) for key in keys]


def refuse_nonsense(points: Collection[Point], packs: int, pack_size: int, rungs: Sequence[Rung]) -> None:
    """Raises ValueError for what no allocation can be made of."""
    if packs < 0:
        raise ValueError(f"packs cannot be negative, got {packs}")
    if pack_size < 1:
        raise ValueError(f"pack_size must be at least 1, got {pack_size}")
    if not rungs:
        raise ValueError("an allocation needs at least one rung")
    if len({point.id for point in points}) != len(points):
        raise ValueError("two points have the same id")


def refuse_too_many(points: Iterable[Point], pack_size: int, rungs: Sequence[Rung]) -> None:
    """Raises TooManyPacks."""
    highest: dict[str, int] = defaultdict(int)
    for rung in rungs:
        for tier in rung.tiers:
            highest[tier] = max(highest[tier], rung.ceiling_days)
    wanted = sum(point.packs_to(highest[point.tier], received=0, pack_size=pack_size) for point in points)
    if wanted > MOST_PACKS:
        raise TooManyPacks(f"{wanted} packs of {pack_size} would fill the rungs; {MOST_PACKS} can be written out")


def _bits(points: Sequence[Point]) -> int:
    """How many binary places tell any two covers apart: fractions over needs below 2^b differ by more than 2^-2b, or not at all."""
    return 2 * max((point.daily_need.numerator.bit_length() for point in points), default=0)


def _to_level(points: Sequence[Point], received: Sequence[int], packs: int, pack_size: int, rung: Rung) -> list[int]:
    """How many of `packs` each point takes on a rung: all below the highest level they reach; ties in the points' own order."""
    most = [
        point.packs_to(rung.ceiling_days, received=units, pack_size=pack_size) if point.tier in rung.tiers else 0
        for point, units in zip(points, received, strict=True)
    ]
    if sum(most) <= packs:
        return most
    bits = _bits(points)
    scales = [point.daily_need.denominator << bits for point in points]
    lines = [
        (point.daily_need.numerator, (point.on_hand + units) * scale, pack_size * scale, cap)
        for point, units, scale, cap in zip(points, received, scales, most, strict=True)
    ]

    def below(level: int) -> list[int]:
        """How many packs find their point below a level, which counts in days · 2^bits."""
        return [min(cap, max(0, -((held - level * need) // pack))) for need, held, pack, cap in lines]

    low, high = 0, rung.ceiling_days << bits
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if sum(below(middle)) <= packs else (low, middle)
    taken, rest = below(low), packs - sum(below(low))
    tied = [place for place, reached in enumerate(below(high)) if reached > taken[place]]
    for place in tied[:rest]:
        taken[place] += 1
    return taken
