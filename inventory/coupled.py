"""Several items that go in the same vehicles (共车物资): where room is what is scarce, every item gives way fairly. Pure.

Rung by rung: all points of the rung, with all their items, are brought to the highest common level of cover for which the vehicles
have room and the packs last; then the ladder goes on pack by pack with what still finds some. Whether a level finds room, sums and a
quick loading mostly tell; where they do not, CP-SAT does.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from inventory.allocation import Point, Rung
from inventory.or_tools import Parcel, Undecided, find_room

#: Levels of cover are compared in so many parts of a day.
LEVEL = 1000


class Expiring(NamedTuple):
    """Packs that may still be used for so many full days."""

    days_left: int
    packs: int


@dataclass(frozen=True, kw_only=True)
class Goods:
    """One item: who needs it, how many packs there are, which of them expire when, and what a pack takes of a vehicle."""

    item: str
    points: tuple[Point, ...]
    packs: int
    pack_size: int
    pack_volume_ml: int
    pack_weight_g: int
    expiring: tuple[Expiring, ...] = ()

    @property
    def sizes(self) -> tuple[int, int]:
        return self.pack_volume_ml, self.pack_weight_g

    @cached_property
    def keeping(self) -> dict[int, int]:
        """Days → packs that keep longer than that; of no day: all."""
        days = {0, *(lot.days_left for lot in self.expiring)}
        return {day: self.packs - sum(lot.packs for lot in self.expiring if lot.days_left <= day) for day in days}

    def unused_by(self, point: Point, day: int, packs: int) -> int:
        """How many of so many packs a point still has after a day: they have to keep longer."""
        if not day:
            return packs
        used = int((day * point.daily_need - point.on_hand) // self.pack_size)
        return packs - min(packs, max(0, used))

    def left_after(self, packs: Iterable[tuple[Point, int]]) -> dict[int, int]:
        """Days → packs that keep longer than that and are needed by nobody, once each of these points gets so many.

        Below zero anywhere: they cannot all be used before they expire.
        """
        wanted = list(packs)
        return {
            day: longer - sum(self.unused_by(point, day, count) for point, count in wanted)
            for day, longer in self.keeping.items()
        }

    def days_kept(self, point: Point, packs: int) -> list[int]:
        """The days which the next pack has to keep longer than, for a point that has so many."""
        return [
            day for day in self.keeping if self.unused_by(point, day, packs + 1) > self.unused_by(point, day, packs)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """Room for goods to the points it goes to (None: to all)."""

    id: str
    volume_ml: int
    weight_g: int
    points: frozenset[str] | None = None

    def goes_to(self, point: str) -> bool:
        return self.points is None or point in self.points


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """So many packs of an item for a point in a vehicle."""

    vehicle: str
    item: str
    point: str
    packs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The cover to which a rung was brought together; `proved` that no loading brings it higher."""

    rung: int
    days: Fraction
    proved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Who gets how many packs of which item (item → point → packs), in which vehicles, and what level each rung reached."""

    packs: Mapping[str, Mapping[str, int]]
    loads: tuple[Load, ...]
    levels: tuple[Level, ...]


def allocate_together(
    goods: Sequence[Goods], vehicles: Sequence[Vehicle], *, rungs: Sequence[Rung], budget_s: float = 10
) -> Together:
    """Share several items whose packs have to find room in vehicles, by one ladder. `budget_s` ends all searches for room together."""
    loading = _Loading(goods, vehicles, ends_at=time.monotonic() + budget_s)
    levels: list[Level] = []
    for number, rung in enumerate(rungs):
        levels.append(loading.raise_together(number, rung))
        loading.fill(rung)
    return Together(packs=loading.packs(), loads=tuple(loading.loads()), levels=tuple(levels))


@dataclass(slots=True)
class _Want:
    """One item for one point, and its packs by vehicle: `aboard` so far, `planned` at the highest level found to have room."""

    kind: int
    goods: Goods
    point: Point
    vehicles: tuple[int, ...]
    aboard: dict[int, int]
    planned: dict[int, int]

    @property
    def packs(self) -> int:
        return sum(self.aboard.values())

    @property
    def cover(self) -> Fraction:
        return self.point.cover_days(self.packs * self.goods.pack_size)

    def packs_to(self, level: int) -> int:
        """The packs that bring its point to a level, however many it may have. In whole numbers: this is asked very often."""
        need, scale = self.point.daily_need.numerator, self.point.daily_need.denominator * LEVEL
        return -((self.point.on_hand * scale - level * need) // (self.goods.pack_size * scale))

    def most(self, rung: Rung) -> int:
        """Its packs at the end of a rung, where nothing is scarce."""
        if self.point.tier not in rung.tiers:
            return self.packs
        received = self.packs * self.goods.pack_size
        more = self.point.packs_to(rung.ceiling_days, received=received, pack_size=self.goods.pack_size)
        return self.packs + more


class _Loading:
    """What is aboard so far."""

    def __init__(self, goods: Sequence[Goods], vehicles: Sequence[Vehicle], *, ends_at: float) -> None:
        """`ends_at` by the monotonic clock."""
        self._goods, self._vehicles, self._ends_at = goods, vehicles, ends_at
        self._wants = [
            _Want(
                kind=kind,
                goods=one,
                point=point,
                vehicles=going,
                aboard=dict.fromkeys(going, 0),
                planned=dict.fromkeys(going, 0),
            )
            for kind, one in enumerate(goods)
            for point in one.points
            if (going := _going_to(vehicles, point.id))
        ]

    def raise_together(self, number: int, rung: Rung) -> Level:
        """Bring all points of the rung to their highest common level; by halving, since what finds room does so at every lower level."""
        low, high, proved = 0, rung.ceiling_days * LEVEL + 1, True
        bounds = [(want.packs, want.most(rung)) for want in self._wants]
        level = high - 1  # the ceiling first: mostly there is room for everything
        while high - low > 1:
            try:
                loads = self._room_for(
                    [
                        max(least, min(most, want.packs_to(level)))
                        for want, (least, most) in zip(self._wants, bounds, strict=True)
                    ]
                )
            except Undecided:
                loads, proved = None, False
            low, high = (low, level) if loads is None else (level, high)
            for want, load in zip(self._wants, loads or [], strict=bool(loads)):
                want.planned = dict(zip(want.vehicles, load, strict=True))
            level = (low + high) // 2
        for want in self._wants:
            want.aboard = want.planned
        return Level(rung=number, days=Fraction(low, LEVEL), proved=proved)

    def fill(self, rung: Rung) -> None:
        """Go on by turns with whatever still finds room: the lowest cover first."""
        room = self._room_left()
        left = [
            one.left_after((w.point, w.packs) for w in self._wants if w.kind == kind)
            for kind, one in enumerate(self._goods)
        ]
        queue = [(self._turn(want), place) for place, want in enumerate(self._wants)]
        heapq.heapify(queue)
        while queue:
            place = heapq.heappop(queue)[1]
            want = self._wants[place]
            vehicle, days = _roomiest(want, room), want.goods.days_kept(want.point, want.packs)
            if want.packs >= want.most(rung) or not all(left[want.kind][day] for day in days) or vehicle is None:
                continue
            want.aboard[vehicle] += 1
            for day in days:
                left[want.kind][day] -= 1
            room[vehicle][0] -= want.goods.pack_volume_ml
            room[vehicle][1] -= want.goods.pack_weight_g
            heapq.heappush(queue, (self._turn(want), place))

    def packs(self) -> dict[str, dict[str, int]]:
        given = {one.item: {point.id: 0 for point in one.points} for one in self._goods}
        for want in self._wants:
            given[want.goods.item][want.point.id] = want.packs
        return given

    def loads(self) -> Iterator[Load]:
        for want in self._wants:
            for vehicle, packs in want.aboard.items():
                if packs:
                    yield Load(
                        vehicle=self._vehicles[vehicle].id, item=want.goods.item, point=want.point.id, packs=packs
                    )

    def _room_for(self, packs: Sequence[int]) -> list[list[int]] | None:
        """The packs of each want in each of its vehicles; None where there are not enough packs or there is not enough room."""
        rooms = [(vehicle.volume_ml, vehicle.weight_g) for vehicle in self._vehicles]
        parcels = [
            Parcel(packs=count, sizes=want.goods.sizes, holders=want.vehicles)
            for want, count in zip(self._wants, packs, strict=True)
        ]
        for kind, one in enumerate(self._goods):
            given = [(want.point, count) for want, count in zip(self._wants, packs, strict=True) if want.kind == kind]
            if min(one.left_after(given).values()) < 0:
                return None
        for measure in range(2):
            if sum(p.packs * p.sizes[measure] for p in parcels) > sum(room[measure] for room in rooms):
                return None
        return _load_quickly(parcels, rooms) or self._search(parcels, rooms)

    def _search(self, parcels: Sequence[Parcel], rooms: Sequence[Sequence[int]]) -> list[list[int]] | None:
        left_s = self._ends_at - time.monotonic()
        if left_s <= 0:
            raise Undecided
        return find_room(parcels, rooms=rooms, budget_s=left_s)

    def _turn(self, want: _Want) -> tuple[Fraction, int | Fraction, str, str]:
        return want.cover, -want.point.daily_need, want.point.id, want.goods.item

    def _room_left(self) -> list[list[int]]:
        """Millilitres and grams left in each vehicle."""
        room = [[vehicle.volume_ml, vehicle.weight_g] for vehicle in self._vehicles]
        for want in self._wants:
            for vehicle, packs in want.aboard.items():
                room[vehicle][0] -= packs * want.goods.pack_volume_ml
                room[vehicle][1] -= packs * want.goods.pack_weight_g
        return room


def _roomiest(want: _Want, room: Sequence[Sequence[int]]) -> int | None:
    """The vehicle with most room that can take a pack more; None where none can."""
    fits = [
        vehicle
        for vehicle in want.vehicles
        if room[vehicle][0] >= want.goods.pack_volume_ml and room[vehicle][1] >= want.goods.pack_weight_g
    ]
    return max(fits, key=lambda vehicle: room[vehicle][0], default=None)


def _going_to(vehicles: Sequence[Vehicle], point: str) -> tuple[int, ...]:
    return tuple(place for place, vehicle in enumerate(vehicles) if vehicle.goes_to(point))


def _load_quickly(parcels: Sequence[Parcel], rooms: Sequence[Sequence[int]]) -> list[list[int]] | None:
    """Large packs first, each parcel into the vehicles with most room; None where that comes to no end."""
    left = [list(room) for room in rooms]
    loads = [[0] * len(parcel.holders) for parcel in parcels]
    for place in sorted(range(len(parcels)), key=lambda one: max(parcels[one].sizes), reverse=True):
        rest = parcels[place].packs
        if not rest:
            continue
        for slot, holder in sorted(enumerate(parcels[place].holders), key=lambda pair: -left[pair[1]][0]):
            fits = min(
                (room // size for room, size in zip(left[holder], parcels[place].sizes, strict=True) if size),
                default=rest,
            )
            taken = min(rest, fits)
            loads[place][slot] = taken
            rest -= taken
            for measure, size in enumerate(parcels[place].sizes):
                left[holder][measure] -= taken * size
            if not rest:
                break
        if rest:
            return None
    return loads
