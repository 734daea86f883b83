"""The allocation ladder (阶梯分配): scarce packs shared by an agreed rule that can explain itself.

Pure: plain values in, plain values out. A policy is an ordered list of rungs; each names tiers and a ceiling in days of cover. Rung
by rung, one pack at a time goes to the point of the rung with the lowest cover that is still below the ceiling; ties go to the
larger need, then to the id. So a policy is a fixed sequence of packs, having more packs only lengthens it, and the reason for a
point's share is its place in the sequence.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Somebody who needs the item. `daily_need` and `on_hand` in base units; `at_most` caps what it may get, e.g. what it asked for."""

    id: str
    tier: str
    daily_need: int
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One pack of the sequence: the `number`-th (from 1), to this point, on this rung (from 0)."""

    number: int
    point: str
    rung: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one rung gave one point, and the cover it led from and to."""

    rung: int
    packs: int
    cover_before: Fraction
    cover_after: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a point got what it got: its steps, and where its next pack stands.

    `next_pack` is the number in the sequence of the pack it would get next (None: it is at its ceiling on every rung);
    `more_needed` says how many packs more would bring it.
    """

    point: str
    packs: int
    steps: tuple[Step, ...]
    cover_before: Fraction
    cover_after: Fraction
    next_pack: int | None
    more_needed: int | None
    capped_by_request: bool


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

    def explain(self, point_id: str) -> Reason:
        """The reason for one point's share. Raises KeyError for a point that was not there."""
        point = self._points[point_id]
        own = [given for given in self.sequence if given.point == point_id]
        following = next((given for given in self._wanted if given.point == point_id), None)
        return Reason(
            point=point_id,
            packs=len(own),
            steps=tuple(self._steps(point, own)),
            cover_before=point.cover_days(0),
            cover_after=point.cover_days(len(own) * self.pack_size),
            next_pack=following.number if following else None,
            more_needed=following.number - len(self.sequence) if following else None,
            capped_by_request=following is None
            and point.at_most is not None
            and (len(own) + 1) * self.pack_size > point.at_most,
        )

    def _steps(self, point: Point, own: Sequence[Given]) -> Iterable[Step]:
        received = 0
        for rung in sorted({given.rung for given in own}):
            packs = sum(given.rung == rung for given in own)
            before, received = received, received + packs * self.pack_size
            yield Step(
                rung=rung, packs=packs, cover_before=point.cover_days(before), cover_after=point.cover_days(received)
            )


def allocate(points: Collection[Point], *, packs: int, pack_size: int, rungs: Sequence[Rung]) -> Allocation:
    """Share `packs` packs of `pack_size` base units among the points by the rungs, in order.

    Raises ValueError for a negative number of packs, a pack below one unit, no rung, or two points with one id.
    """
    _refuse_nonsense(points, packs, pack_size, rungs)
    everything = _sequence(points, pack_size, rungs)
    given, wanted = everything[:packs], everything[packs:]
    packs_by_point = {point.id: 0 for point in points}
    for pack in given:
        packs_by_point[pack.point] += 1
    return Allocation(
        pack_size=pack_size,
        packs=packs,
        packs_by_point=packs_by_point,
        sequence=tuple(given),
        left_over=packs - len(given),
        short=len(wanted),
        _points={point.id: point for point in points},
        _wanted=tuple(wanted),
    )


def _sequence(points: Collection[Point], pack_size: int, rungs: Sequence[Rung]) -> list[Given]:
    """The whole sequence of packs of a policy, as if there were enough for everybody."""
    received = {point.id: 0 for point in points}
    sequence: list[Given] = []
    for number, rung in enumerate(rungs):
        queue = [_turn(point, received[point.id]) for point in points if point.tier in rung.tiers]
        heapq.heapify(queue)
        by_id = {point.id: point for point in points if point.tier in rung.tiers}
        while queue:
            point = by_id[heapq.heappop(queue)[2]]
            if not _may_take_another(point, received[point.id], pack_size, rung.ceiling_days):
                continue
            received[point.id] += pack_size
            sequence.append(Given(number=len(sequence) + 1, point=point.id, rung=number))
            heapq.heappush(queue, _turn(point, received[point.id]))
    return sequence


def _turn(point: Point, received: int) -> tuple[Fraction, int, str]:
    """Lowest cover first; of equals the one that serves more people; then by id, so that the result never hangs on the input's order."""
    return point.cover_days(received), -point.daily_need, point.id


def _may_take_another(point: Point, received: int, pack_size: int, ceiling_days: int) -> bool:
    """The last pack may pass the ceiling by less than one pack, a request never."""
    below_ceiling = point.on_hand + received < ceiling_days * point.daily_need
    asked_for = point.at_most is None or received + pack_size <= point.at_most
    return below_ceiling and asked_for


def _refuse_nonsense(points: Collection[Point], packs: int, pack_size: int, rungs: Sequence[Rung]) -> None:
    if packs < 0:
        raise ValueError(f"packs cannot be negative, got {packs}")
    if pack_size < 1:
        raise ValueError(f"pack_size must be at least 1, got {pack_size}")
    if not rungs:
        raise ValueError("an allocation needs at least one rung")
    if len({point.id for point in points}) != len(points):
        raise ValueError("two points have the same id")
