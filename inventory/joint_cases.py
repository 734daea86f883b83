"""A joint allocation as one case (联合分配): several items shared at once, as plain values that are kept and checked again. Pure.

Either they are one class and stand in for each other, or each is asked for by itself and, where vehicles are named, they share the
room there. A search for room ends in time, so the same case may be loaded otherwise another day: what was decided is held to the laws
of its case, not to a second search.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from inventory.allocation import Point, Rung
from inventory.cases import plain_points, plain_rungs, points_from, rungs_from
from inventory.coupled import Expiring, Goods, Level, Load, Vehicle, allocate_together
from inventory.substitution import Variant, allocate_class, units_wanted


class JointKind(enum.StrEnum):
    """What the items have to do with each other."""

    #: They stand in for each other.
    CLASS = "class"
    #: Each is asked for by itself.
    ITEMS = "items"


class Limit(enum.StrEnum):
    """What kept a point from getting more."""

    #: It got all that it asked for.
    REQUEST = "request"
    #: It is at the ceiling of every rung for it.
    CEILING = "ceiling"
    #: No rung names its tier.
    TIER = "tier"
    #: No pack is left.
    PACKS = "packs"
    #: What is left would expire before it is used.
    EXPIRY = "expiry"
    #: Packs are left, room in the vehicles is not.
    ROOM = "room"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What a joint case comes to: who gets how many packs of which item (point → item → packs), in which vehicles, to which levels."""

    packs: Mapping[str, Mapping[str, int]]
    loads: tuple[Load, ...] = ()
    levels: tuple[Level, ...] = ()

    def given(self, item: str) -> int:
        return sum(got.get(item, 0) for got in self.packs.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One point before and after, in days of cover, and what kept it from more; None where nothing did, which cannot be."""

    before: Fraction
    after: Fraction
    limit: Limit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCase:
    """Items of one class: all quantities in class units, divided so finely that they are whole. `own` is what each point asked for.

    The packs in `reserve` (by item) stay where they are, beside those that may be given.
    """

    points: tuple[Point, ...]
    variants: tuple[Variant, ...]
    own: Mapping[str, str]
    rungs: tuple[Rung, ...]
    reserve: Mapping[str, int] = field(default_factory=dict)

    @property
    def pack_units(self) -> dict[str, int]:
        return {variant.item: variant.pack_units for variant in self.variants}

    def packs_of(self, item: str) -> int:
        return sum(variant.packs for variant in self.variants if variant.item == item)

    def decide(self, *, budget_s: float = 10) -> Joined:
        """What the case comes to: always the same, long before any budget ends."""
        shared = allocate_class(self.points, self.variants, rungs=self.rungs, own=self.own)
        return Joined(packs=shared.packs)

    def outcomes(self, joined: Joined) -> dict[str, Outcome]:
        """By point."""
        left = any(self.packs_of(item) > joined.given(item) for item in self.pack_units)
        return {point.id: self._outcome(point, self.received(joined, point.id), left=left) for point in self.points}

    def missing(self, joined: Joined) -> dict[str, int]:
        """By item: the packs that would bring everybody who asked for it to every ceiling."""
        short = dict.fromkeys(self.pack_units, 0)
        for point in self.points:
            own = self.own[point.id]
            wanted = self._wanted(point, self.received(joined, point.id)) or 0
            short[own] += max(0, -int(-wanted // self.pack_units[own]))
        return short

    def received(self, joined: Joined, point: str) -> int:
        """Class units of all the items a point gets."""
        return sum(packs * self.pack_units[item] for item, packs in joined.packs[point].items())

    def stood_in(self, joined: Joined, point: str) -> int:
        """Class units that a point gets of other items than it asked for."""
        own = joined.packs[point].get(self.own[point], 0) * self.pack_units[self.own[point]]
        return self.received(joined, point) - own

    def broken_laws(self, joined: Joined) -> list[str]:
        """ "shares" where it is not what the case comes to."""
        return [] if joined == self.decide() else ["shares"]

    def as_plain(self) -> dict[str, Any]:
        """As JSON keeps it; needs as exact fractions."""
        return {
            "kind": JointKind.CLASS.value,
            "points": plain_points(self.points),
            "variants": [[one.item, one.packs, one.pack_units, one.days_left] for one in self.variants],
            "own": dict(self.own),
            "rungs": plain_rungs(self.rungs),
            "reserve": dict(self.reserve),
        }

    def _outcome(self, point: Point, received: int, *, left: bool) -> Outcome:
        limit = _satisfied(point, self._wanted(point, received), rest_below=1, received=received)
        return Outcome(
            before=point.cover_days(0),
            after=point.cover_days(received),
            limit=limit or (Limit.EXPIRY if left else Limit.PACKS),
        )

    def _wanted(self, point: Point, received: int) -> int | Fraction | None:
        top = _highest_ceiling(point, self.rungs)
        return None if top is None else units_wanted(point, top, received=received)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsCase:
    """Items that are asked for each by itself, and the vehicles in which they share the room. Every point asks for one item.

    The packs in `reserve` (by item) stay where they are, beside those that may be given.
    """

    goods: tuple[Goods, ...]
    vehicles: tuple[Vehicle, ...]
    rungs: tuple[Rung, ...]
    reserve: Mapping[str, int] = field(default_factory=dict)

    def packs_of(self, item: str) -> int:
        return next(one.packs for one in self.goods if one.item == item)

    def decide(self, *, budget_s: float = 10) -> Joined:
        """What the case comes to, as far as it is found within the budget; the levels say whether they are proved."""
        together = allocate_together(self.goods, self.vehicles, rungs=self.rungs, budget_s=budget_s)
        packs = {
            point: {item: count} if count else {}
            for item, by_point in together.packs.items()
            for point, count in by_point.items()
        }
        return Joined(packs=packs, loads=together.loads, levels=together.levels)

    def outcomes(self, joined: Joined) -> dict[str, Outcome]:
        """By point."""
        room = self.room_left(joined)
        return {id_: outcome for one in self.goods for id_, outcome in self._outcomes(one, joined, room).items()}

    def missing(self, joined: Joined) -> dict[str, int]:
        """By item: the packs that would bring everybody to every ceiling."""
        return {
            one.item: sum(self._wanted(one, point, _packs(joined, one, point)) or 0 for point in one.points)
            for one in self.goods
        }

    def room_left(self, joined: Joined) -> dict[str, tuple[int, int]]:
        """Millilitres and grams by vehicle."""
        room = {vehicle.id: (vehicle.volume_ml, vehicle.weight_g) for vehicle in self.vehicles}
        sizes = {one.item: one.sizes for one in self.goods}
        for load in joined.loads:
            (volume, weight), (ml, g) = room[load.vehicle], sizes[load.item]
            room[load.vehicle] = (volume - load.packs * ml, weight - load.packs * g)
        return room

    def broken_laws(self, joined: Joined) -> list[str]:
        """Which laws it does not keep: "room", "loads", "packs", "ceiling", "level", or "waste" where something more would go."""
        laws = {
            "room": all(volume >= 0 and weight >= 0 for volume, weight in self.room_left(joined).values()),
            "loads": self._all_aboard(joined),
            "packs": all(min(_left(joined, one).values()) >= 0 for one in self.goods),
            "ceiling": all(self._within(one, point, joined) for one in self.goods for point in one.points),
            "level": all(
                self._kept(level, one, p, joined) for level in joined.levels for one in self.goods for p in one.points
            ),
            "waste": all(outcome.limit for outcome in self.outcomes(joined).values()),
        }
        return [law for law, kept in laws.items() if not kept]

    def as_plain(self) -> dict[str, Any]:
        """As JSON keeps it; needs as exact fractions."""
        return {
            "kind": JointKind.ITEMS.value,
            "goods": [
                {
                    "item": one.item,
                    "packs": one.packs,
                    "pack_size": one.pack_size,
                    "pack_volume_ml": one.pack_volume_ml,
                    "pack_weight_g": one.pack_weight_g,
                    "expiring": list(map(list, one.expiring)),
                    "points": plain_points(one.points),
                }
                for one in self.goods
            ],
            "vehicles": plain_vehicles(self.vehicles),
            "rungs": plain_rungs(self.rungs),
            "reserve": dict(self.reserve),
        }

    def _wanted(self, one: Goods, point: Point, packs: int) -> int | None:
        """Packs more up to the highest ceiling for it; None where no rung names its tier."""
        top = _highest_ceiling(point, self.rungs)
        return None if top is None else point.packs_to(top, received=packs * one.pack_size, pack_size=one.pack_size)

    def _outcomes(self, one: Goods, joined: Joined, room: Mapping[str, tuple[int, int]]) -> dict[str, Outcome]:
        left = _left(joined, one)
        found = {}
        for point in one.points:
            packs = _packs(joined, one, point)
            limit = self._satisfied(one, point, packs) or self._scarce(one, point, packs, left, room)
            after = point.cover_days(packs * one.pack_size)
            found[point.id] = Outcome(before=point.cover_days(0), after=after, limit=limit)
        return found

    def _satisfied(self, one: Goods, point: Point, packs: int) -> Limit | None:
        wanted = self._wanted(one, point, packs)
        return _satisfied(point, wanted, rest_below=one.pack_size, received=packs * one.pack_size)

    def _scarce(
        self, one: Goods, point: Point, packs: int, left: Mapping[int, int], room: Mapping[str, tuple[int, int]]
    ) -> Limit | None:
        if not left[0]:
            return Limit.PACKS
        if not all(left[day] > 0 for day in one.days_kept(point, packs)):
            return Limit.EXPIRY
        fits = any(
            room[vehicle.id][0] >= one.pack_volume_ml and room[vehicle.id][1] >= one.pack_weight_g
            for vehicle in self.vehicles
            if vehicle.goes_to(point.id)
        )
        return None if fits else Limit.ROOM

    def _all_aboard(self, joined: Joined) -> bool:
        """Whether every pack is in a vehicle that goes to its point, and nothing else is."""
        vehicles = {vehicle.id: vehicle for vehicle in self.vehicles}
        loaded: dict[tuple[str, str], int] = defaultdict(int)
        for load in joined.loads:
            if not vehicles[load.vehicle].goes_to(load.point):
                return False
            loaded[load.point, load.item] += load.packs
        given = {(point, item): count for point, got in joined.packs.items() for item, count in got.items()}
        return loaded == given

    def _within(self, one: Goods, point: Point, joined: Joined) -> bool:
        return _packs(joined, one, point) <= (self._wanted(one, point, 0) or 0)

    def _kept(self, level: Level, one: Goods, point: Point, joined: Joined) -> bool:
        """Whether a point of the rung has what brings it to the level, as far as the rung goes."""
        rung = self.rungs[level.rung]
        if point.tier not in rung.tiers or not any(vehicle.goes_to(point.id) for vehicle in self.vehicles):
            return True
        to_level = -int(-(level.days * point.daily_need - point.on_hand) // one.pack_size)
        most = point.packs_to(rung.ceiling_days, received=0, pack_size=one.pack_size)
        return _packs(joined, one, point) >= min(most, to_level)


type JointCase = ClassCase | ItemsCase


def case_from(plain: Mapping[str, Any]) -> JointCase:
    """The case that was kept."""
    return _class_case(plain) if plain["kind"] == JointKind.CLASS else _items_case(plain)


def plain_vehicles(vehicles: Sequence[Vehicle]) -> list[list[Any]]:
    """Vehicles as JSON keeps them."""
    return [
        [one.id, one.volume_ml, one.weight_g, None if one.points is None else sorted(one.points)] for one in vehicles
    ]


def joined_as_plain(joined: Joined) -> dict[str, Any]:
    """As JSON keeps it."""
    return {
        "packs": {point: dict(got) for point, got in joined.packs.items()},
        "loads": [[load.vehicle, load.item, load.point, load.packs] for load in joined.loads],
        "levels": [[level.rung, str(level.days), level.proved] for level in joined.levels],
    }


def joined_from(plain: Mapping[str, Any]) -> Joined:
    """What was decided."""
    return Joined(
        packs=plain["packs"],
        loads=tuple(
            Load(vehicle=vehicle, item=item, point=point, packs=packs) for vehicle, item, point, packs in plain["loads"]
        ),
        levels=tuple(Level(rung=rung, days=Fraction(days), proved=proved) for rung, days, proved in plain["levels"]),
    )


def _class_case(plain: Mapping[str, Any]) -> ClassCase:
    return ClassCase(
        points=points_from(plain["points"]),
        variants=tuple(
            Variant(item=item, packs=packs, pack_units=units, days_left=days)
            for item, packs, units, days in plain["variants"]
        ),
        own=plain["own"],
        rungs=rungs_from(plain["rungs"]),
        reserve=_reserve(plain),
    )


def _items_case(plain: Mapping[str, Any]) -> ItemsCase:
    return ItemsCase(
        goods=tuple(
            Goods(
                **one
                | {
                    "points": points_from(one["points"]),
                    "expiring": tuple(Expiring(days, packs) for days, packs in one["expiring"]),
                }
            )
            for one in plain["goods"]
        ),
        vehicles=tuple(
            Vehicle(id=id_, volume_ml=volume, weight_g=weight, points=None if points is None else frozenset(points))
            for id_, volume, weight, points in plain["vehicles"]
        ),
        rungs=rungs_from(plain["rungs"]),
        reserve=_reserve(plain),
    )


def _reserve(plain: Mapping[str, Any]) -> Mapping[str, int]:
    """Cases that were kept before reserves were told have none."""
    reserve: Mapping[str, int] = plain.get("reserve", {})
    return reserve


def _packs(joined: Joined, one: Goods, point: Point) -> int:
    return joined.packs[point.id].get(one.item, 0)


def _left(joined: Joined, one: Goods) -> dict[int, int]:
    return one.left_after((point, _packs(joined, one, point)) for point in one.points)


def _highest_ceiling(point: Point, rungs: Sequence[Rung]) -> int | None:
    return max((rung.ceiling_days for rung in rungs if point.tier in rung.tiers), default=None)


def _satisfied(point: Point, wanted: int | Fraction | None, *, rest_below: int, received: int) -> Limit | None:
    """Why a point wants no more; None where it does. Its request is met where less than `rest_below` is missing of it."""
    if wanted is None:
        return Limit.TIER
    if wanted > 0:
        return None
    return Limit.REQUEST if point.at_most is not None and point.at_most - received < rest_below else Limit.CEILING
