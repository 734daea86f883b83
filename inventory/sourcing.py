"""From which store each pack comes (货源): by distance and expiry where every store may serve every point, else with the ladder itself.

Where roads are closed, or goods expire before a point would use them, not every pack can go to every point. Then the ladder gives a
pack only if a path of exchanges frees one for the point; where none does, the point is frozen, and the stores that ran out before it
(its minimum cut) are named. What can be given forms a polymatroid, so that taking turns stays the fairest. Pure.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from inventory.allocation import Allocation, Given, Point, Rung, in_order, refuse_nonsense, refuse_too_many, turns
from inventory.or_tools import Network, cheapest_flow
from inventory.overrides import holding

#: What using up a pack that expires a day sooner is worth in detour.
METRES_A_DAY = 1_000
#: Whoever expires later than this is in no hurry.
_FAR_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """Packs of one store that expire together: `days_left` full days they may still be used (None: they keep)."""

    id: str
    source: str
    packs: int
    days_left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """So many packs of a supply for a point."""

    supply: str
    source: str
    point: str
    packs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bottleneck:
    """Points that could take no more while there were packs left: all that may serve them, `sources`, were used up.

    Without sources: nothing that may go there would be used before it expires.
    """

    points: frozenset[str]
    sources: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourced:
    """An allocation over several stores, where its packs come from, and what held points back."""

    allocation: Allocation
    draws: tuple[Draw, ...]
    bottlenecks: tuple[Bottleneck, ...]


#: Whether a source may serve a point: (source, point) → bool.
type Serves = Callable[[str, str], bool]


def everywhere(source: str, point: str) -> bool:
    """Every store serves every point."""
    return True


def assign(
    packs_by_point: Mapping[str, int],
    supplies: Sequence[Supply],
    *,
    distance_m: Callable[[str, str], int],
    serves: Serves = everywhere,
) -> tuple[Draw, ...]:
    """Where each point's packs come from: the least way in all, a day sooner expired weighing `METRES_A_DAY`.

    `distance_m(source, point)` in whole metres. Raises ValueError where the supplies cannot serve what is to be given.
    """
    network = Network()
    points = [point for point, packs in packs_by_point.items() if packs]
    ends = {point: network.node(-packs_by_point[point]) for point in points}
    ways: list[tuple[Supply, str, int]] = []
    for supply in supplies:
        start = network.node(supply.packs)
        hurry = METRES_A_DAY * min(_FAR_DAYS if supply.days_left is None else supply.days_left, _FAR_DAYS)
        for point in points:
            if serves(supply.source, point):
                cost = distance_m(supply.source, point) + hurry
                ways.append((supply, point, network.arc(start, ends[point], capacity=supply.packs, cost=cost)))
    flows = cheapest_flow(network)
    draws = tuple(
        Draw(supply=supply.id, source=supply.source, point=point, packs=flows[arc])
        for supply, point, arc in ways
        if flows[arc]
    )
    if sum(draw.packs for draw in draws) != sum(packs_by_point.values()):
        raise ValueError("the supplies cannot serve all that is to be given")
    return draws


def allocate_from(
    points: Collection[Point],
    supplies: Sequence[Supply],
    *,
    pack_size: int,
    rungs: Sequence[Rung],
    packs: int | None = None,
    serves: Serves = everywhere,
    promised: Mapping[str, int] | None = None,
) -> Sourced:
    """The ladder over several supplies, of which some cannot serve some points; at most `packs` in all.

    `promised` packs (point → packs) are drawn before the ladder. Raises ValueError where they cannot be.
    """
    there = sum(supply.packs for supply in supplies)
    packs = there if packs is None else min(packs, there)
    refuse_nonsense(points, packs, pack_size, rungs)
    refuse_too_many(points, pack_size, rungs)
    before = promised or {}
    held = [holding(point, before.get(point.id, 0) * pack_size) for point in points]
    ranked = in_order(held)
    original = {point.id: point for point in points}
    if strangers := before.keys() - original.keys():
        raise ValueError(f"packs are promised to points that are not there: {sorted(strangers)}")
    drawing = _Drawing([original[point.id] for point in ranked], supplies, serves, pack_size)
    for place, point in enumerate(ranked):
        for _pack in range(before.get(point.id, 0)):
            if not drawing.draw(place):
                raise ValueError(f"point {point.id!r} cannot be served with {before[point.id]} packs")
    if sum(before.values()) > packs:
        raise ValueError(f"{sum(before.values())} packs are promised, {packs} may be given")
    packs -= sum(before.values())
    given: list[Given] = []
    wanted: list[Given] = []
    received = [0] * len(ranked)
    for number, rung in enumerate(rungs):
        for place in turns(ranked, received, pack_size=pack_size, rung=rung):
            if place in drawing.frozen:
                continue
            if len(given) < packs and not drawing.draw(place):
                continue
            received[place] += pack_size
            (given if len(given) < packs else wanted).append(
                Given(len(given) + len(wanted) + 1, ranked[place].id, number)
            )
    return Sourced(
        allocation=Allocation.of(held, packs=packs, pack_size=pack_size, given=given, wanted=wanted),
        draws=drawing.draws(),
        bottlenecks=drawing.bottlenecks(),
    )


class _Way(NamedTuple):
    """How a search came to a supply: a point draws from it and gives back a pack of `instead` (None: the search begins with it)."""

    place: int
    instead: int | None


class _Drawing:
    """Which supply serves which point so far. Supplies are known by their place in the order of expiry, soonest first."""

    def __init__(self, points: Sequence[Point], supplies: Sequence[Supply], serves: Serves, pack_size: int) -> None:
        self.frozen: set[int] = set()
        self._points = points
        self._supplies = sorted(supplies, key=lambda s: (s.days_left is None, s.days_left or 0, s.id))
        self._left = [supply.packs for supply in self._supplies]
        self._allowed = [
            [place for place, supply in enumerate(self._supplies) if serves(supply.source, point.id)]
            for point in points
        ]
        self._limits = [self._limits_of(point, pack_size) for point in points]
        #: By supply: the packs of each point it serves.
        self._served: list[dict[int, int]] = [{} for _supply in self._supplies]
        #: By supply, by other supply: the points served by the one that may draw from the other.
        self._could: list[list[set[int]]] = [[set() for _other in self._supplies] for _supply in self._supplies]
        self._stuck: dict[frozenset[str], set[str]] = defaultdict(set)

    def draw(self, place: int) -> bool:
        """Draw one pack for a point, others changing their supply where need be; else freeze it with all that hang on the same."""
        came: dict[int, _Way] = {}
        reached: deque[int] = deque()

        def comes(supply: int, way: _Way) -> bool:
            came[supply] = way
            reached.append(supply)
            return self._left[supply] > 0

        for supply in self._allowed[place]:
            if self._in_time(place, supply, giving_up=len(self._supplies)) and comes(supply, _Way(place, None)):
                return self._take(supply, came)
        while reached:
            used_up = reached.popleft()
            for supply, could in enumerate(self._could[used_up]):
                if could and supply not in came:
                    other = next((one for one in could if self._in_time(one, supply, giving_up=used_up)), None)
                    if other is not None and comes(supply, _Way(other, used_up)):
                        return self._take(supply, came)
        self._freeze(place, came)
        return False

    def draws(self) -> tuple[Draw, ...]:
        """Where every point's packs come from."""
        return tuple(
            Draw(supply=supply.id, source=supply.source, point=self._points[place].id, packs=packs)
            for supply, served in zip(self._supplies, self._served, strict=True)
            for place, packs in sorted(served.items())
        )

    def bottlenecks(self) -> tuple[Bottleneck, ...]:
        """What held points back, those that hang on the same sources together."""
        return tuple(Bottleneck(points=frozenset(points), sources=sources) for sources, points in self._stuck.items())

    def _in_time(self, place: int, supply: int, *, giving_up: int) -> bool:
        """Whether a pack of a supply gets used before it expires, with all the point draws that expire as soon or sooner.

        A pack given back that expires later makes no room for it; one that expires as soon does.
        """
        for last, limit in self._limits[place].items():
            if supply <= last < giving_up:
                drawn = sum(self._served[sooner].get(place, 0) for sooner in range(last + 1))
                if drawn >= limit:
                    return False
        return True

    def _take(self, supply: int, came: Mapping[int, _Way]) -> bool:
        self._left[supply] -= 1
        way = came[supply]
        while True:
            self._change(way.place, supply, 1)
            if way.instead is None:
                return True
            self._change(way.place, way.instead, -1)
            supply, way = way.instead, came[way.instead]

    def _change(self, place: int, supply: int, by: int) -> None:
        served = self._served[supply]
        served[place] = served.get(place, 0) + by
        if served[place] == 0:
            del served[place]
        if by > 0 and served[place] == 1:
            for other in self._allowed[place]:
                self._could[supply][other].add(place)
        elif place not in served:
            for other in self._allowed[place]:
                self._could[supply][other].discard(place)

    def _freeze(self, place: int, came: Collection[int]) -> None:
        """The point, and with it everybody served by the used-up supplies it hangs on, can take no more."""
        stuck = {place}.union(*(self._served[supply] for supply in came))
        self.frozen |= stuck
        sources = frozenset(self._supplies[supply].source for supply in came)
        self._stuck[sources] |= {self._points[one].id for one in stuck}

    def _limits_of(self, point: Point, pack_size: int) -> dict[int, int]:
        """Packs that may come from all supplies up to each that ends a day of expiry: no more than the point uses by then."""
        last_of_day = {s.days_left: place for place, s in enumerate(self._supplies) if s.days_left is not None}
        return {
            place: max(0, int((days * point.daily_need - point.on_hand) // pack_size))
            for days, place in last_of_day.items()
            if days is not None
        }
