"""How long sharing out takes, without a database: points of three tiers, needs and stocks drawn at random."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence

from inventory.allocation import Point, allocate
from inventory.policies import DEFAULT_LADDER
from inventory.sourcing import Supply, allocate_from, assign
from inventory.units import Tier
from logistics.bench.visits import Timed

PACK_SIZE = 50
REPEATS = 5
NEIGHBOURS = 5
"""How many of the stores may serve a point where roads are closed."""


def timed_shares(*, points: int, items: int, stores: int) -> Iterator[Timed]:
    """One item to so many points; so many items to two points in five; and so many stores, to all points and to some of them."""
    chance = random.Random(1)  # noqa: S311  # no secret
    there = _points(chance, points)
    packs = _packs(there)
    yield _timed(f"one item, {points:,} points, every reason", lambda: _share(there, packs))
    lists = [_points(chance, 2 * points // 5) for _ in range(items)]
    yield _timed(
        f"{items} items, {2 * points // 5:,} points, every reason",
        lambda: [_share(some, _packs(some)) for some in lists],
        repeats=1,
    )
    supplies = [
        Supply(id=f"store {number}", source=f"store {number}", packs=packs // stores) for number in range(stores)
    ]
    total = sum(supply.packs for supply in supplies)
    given = allocate(there, packs=total, pack_size=PACK_SIZE, rungs=DEFAULT_LADDER).packs_by_point
    away_m = {(each.source, point.id): chance.randint(0, 80_000) for each in supplies for point in there}
    yield _timed(
        f"{points:,} points, {stores} stores, each to all",
        lambda: assign(given, supplies, distance_m=lambda source, point: away_m[source, point]),
    )
    open_to = {point.id: set(chance.sample([each.source for each in supplies], NEIGHBOURS)) for point in there}
    yield _timed(
        f"{points:,} points, {stores} stores, {NEIGHBOURS} of them open to each",
        lambda: allocate_from(
            there,
            supplies,
            pack_size=PACK_SIZE,
            rungs=DEFAULT_LADDER,
            serves=lambda source, point: source in open_to[point],
        ),
    )


def _points(chance: random.Random, count: int) -> list[Point]:
    return [
        Point(
            id=f"point {number}",
            tier=chance.choice(list(Tier)),
            daily_need=chance.randint(10, 200),
            on_hand=chance.randint(0, 200),
        )
        for number in range(count)
    ]


def _packs(points: Sequence[Point]) -> int:
    """Enough for four days of everybody: some rungs are filled, one binds."""
    return int(4 * sum(point.daily_need for point in points)) // PACK_SIZE


def _share(points: Sequence[Point], packs: int) -> int:
    allocation = allocate(points, packs=packs, pack_size=PACK_SIZE, rungs=DEFAULT_LADDER)
    return sum(allocation.explain(point.id).packs for point in points)


def _timed(what: str, work: Callable[[], object], *, repeats: int = REPEATS) -> Timed:
    took_ms = []
    for _ in range(repeats):
        began_s = time.perf_counter()
        work()
        took_ms.append(1000 * (time.perf_counter() - began_s))
    return Timed(what=what, took_ms=took_ms, size=0)
