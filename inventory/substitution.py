"""Items that stand in for each other (替代): points ask in units of the class, and get packs of whatever item of it there is. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from inventory.allocation import Point, Rung


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One item of the class: how many packs there are, how many class units a pack counts for, and how many days it keeps."""

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

    `points` reckon in class units; `own` names the item a point asked for (point → item).
    """
    left = {variant.item: variant.packs for variant in variants}
    by_expiry = sorted(variants, key=lambda v: (v.days_left is None, v.days_left or 0, v.item))
    received = dict.fromkeys((point.id for point in points), 0)
    packs: dict[str, dict[str, int]] = {point.id: {} for point in points}
    sequence: list[Handed] = []
    for number, rung in enumerate(rungs):
        members = {point.id: point for point in points if point.tier in rung.tiers}
        queue = [_turn(point, received[point.id]) for point in members.values()]
        heapq.heapify(queue)
        while queue:
            point = members[heapq.heappop(queue)[2]]
            variant = _choose(point, received[point.id], rung, by_expiry, left, own.get(point.id))
            if variant is None:
                continue
            received[point.id] += variant.pack_units
            left[variant.item] -= 1
            packs[point.id][variant.item] = packs[point.id].get(variant.item, 0) + 1
            sequence.append(Handed(len(sequence) + 1, point.id, variant.item, number))
            heapq.heappush(queue, _turn(point, received[point.id]))
    return Substituted(packs=packs, sequence=tuple(sequence), left_over=left)


def _turn(point: Point, received: int) -> tuple[Fraction, int | Fraction, str]:
    return point.cover_days(received), -point.daily_need, point.id


def _choose(
    point: Point, received: int, rung: Rung, by_expiry: Sequence[Variant], left: Mapping[str, int], own: str | None
) -> Variant | None:
    """The pack a point gets next: of its own item, else of the one that expires soonest; None where none is left or may be."""
    may = [
        variant
        for variant in by_expiry
        if left[variant.item] and point.packs_to(rung.ceiling_days, received=received, pack_size=variant.pack_units)
    ]
    return next((variant for variant in may if variant.item == own), may[0] if may else None)
