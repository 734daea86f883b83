"""Items that stand in for each other (替代): points ask in units of the class, and get packs of whatever item of it there is. Pure."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from inventory.allocation import Point, Rung


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Packs of one item of the class that expire together: how many, how many class units each counts for, and how many full days
    they may still be used (None: they keep). An item has one for each of its expiries.
    """

    item: str
    packs: int
    pack_units: int
    days_left: int | None = None


class Handed(NamedTuple):
    """One pack of the sequence: the `number`-th (from 1), of this item, to this point, on this rung (from 0)."""

    number: int
    point: str
    item: str
    rung: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Substituted:
    """Who gets how many packs of which item (point → item → packs), in which sequence, and the packs left over of each item."""

    packs: Mapping[str, Mapping[str, int]]
    sequence: tuple[Handed, ...]
    left_over: Mapping[str, int]


def allocate_class(
    points: Collection[Point], variants: Sequence[Variant], *, rungs: Sequence[Rung], own: Mapping[str, str]
) -> Substituted:
    """Share a class by the ladder: turns by cover in class units; a point gets its `own` item first, then what expires soonest.

    `points` reckon in class units; `own` names the item a point asked for (point → item). What a point asked for (`at_most`), like
    a ceiling, may be passed by less than one pack, for packs of several sizes seldom meet it. Nothing is given that expires unused.
    Raises ValueError for a pack that counts for nothing.
    """
    if empty := next((variant.item for variant in variants if variant.pack_units <= 0), None):
        raise ValueError(f"a pack of {empty} counts for nothing")
    by_expiry = sorted(variants, key=lambda v: (v.days_left is None, v.days_left or 0, v.item))
    left = [variant.packs for variant in by_expiry]
    asking = {point.id: _Asking(point) for point in points}
    sequence: list[Handed] = []
    for number, rung in enumerate(rungs):
        queue = [one.turn for one in asking.values() if one.point.tier in rung.tiers]
        heapq.heapify(queue)
        while queue:
            one = asking[heapq.heappop(queue)[2]]
            place = _choose(one, rung, by_expiry, left, own.get(one.point.id))
            if place is None:
                continue
            left[place] -= 1
            one.take(by_expiry[place])
            sequence.append(Handed(len(sequence) + 1, one.point.id, by_expiry[place].item, number))
            heapq.heappush(queue, one.turn)
    return Substituted(
        packs={id_: dict(one.packs) for id_, one in asking.items()},
        sequence=tuple(sequence),
        left_over=_by_item(by_expiry, left),
    )


def units_wanted(point: Point, ceiling_days: int, *, received: int) -> int | Fraction:
    """Class units up to a ceiling or to what was asked, whichever comes first; 0 or less where it has them."""
    to_ceiling = ceiling_days * point.daily_need - point.on_hand - received
    return to_ceiling if point.at_most is None else min(to_ceiling, point.at_most - received)


@dataclass(slots=True)
class _Asking:
    """A point with what it got so far: class units by the days they keep, and packs by item."""

    point: Point
    units: dict[int | None, int] = field(default_factory=lambda: defaultdict(int))
    packs: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def received(self) -> int:
        return sum(self.units.values())

    @property
    def turn(self) -> tuple[Fraction, int | Fraction, str]:
        return self.point.cover_days(self.received), -self.point.daily_need, self.point.id

    def take(self, variant: Variant) -> None:
        self.units[variant.days_left] += variant.pack_units
        self.packs[variant.item] += 1

    def uses_in_time(self, variant: Variant) -> bool:
        """Whether it uses one pack more, and what it got already, before each expires."""
        if variant.days_left is None:
            return True
        ends = {variant.days_left, *(days for days in self.units if days is not None and days > variant.days_left)}
        return all(self._until(day) + variant.pack_units <= day * self.point.daily_need for day in ends)

    def _until(self, day: int) -> int:
        """What it has to use by the end of a day."""
        return self.point.on_hand + sum(units for days, units in self.units.items() if days is not None and days <= day)


def _choose(one: _Asking, rung: Rung, by_expiry: Sequence[Variant], left: Sequence[int], own: str | None) -> int | None:
    """The place of the pack a point gets next: of its own item, else of the one that expires soonest; None where none may be."""
    if units_wanted(one.point, rung.ceiling_days, received=one.received) <= 0:
        return None
    may = [place for place, variant in enumerate(by_expiry) if left[place] and one.uses_in_time(variant)]
    return next((place for place in may if by_expiry[place].item == own), may[0] if may else None)


def _by_item(variants: Sequence[Variant], packs: Sequence[int]) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for variant, count in zip(variants, packs, strict=True):
        total[variant.item] += count
    return dict(total)
