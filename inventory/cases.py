"""An allocation as one case (分配案卷): all it is decided by, as plain values that can be kept, decided again, and asked what if. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from inventory.allocation import Allocation, Point, Reason, Rung
from inventory.overrides import Override, Overruled, allocate_overruled
from inventory.sourcing import Bottleneck, Draw, Sourced, Supply, allocate_from, assign


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Who asks, what there is, and by which rules. `packs` is what may be given of the supplies; `closed` are (source, point) ways
    that nothing can go.
    """

    points: tuple[Point, ...]
    supplies: tuple[Supply, ...]
    packs: int
    pack_size: int
    rungs: tuple[Rung, ...]
    closed: frozenset[tuple[str, str]] = frozenset()
    overrides: tuple[Override, ...] = ()

    @property
    def free_ways(self) -> bool:
        """Whether every pack may go to every point, so that it does not matter where it comes from."""
        return not self.closed and all(supply.days_left is None for supply in self.supplies)

    @property
    def reserve(self) -> int:
        """Packs of the supplies that stay where they are."""
        return max(0, sum(supply.packs for supply in self.supplies) - self.packs)

    def serves(self, source: str, point: str) -> bool:
        return (source, point) not in self.closed

    def changed(self, *, more_packs: int = 0, point: Point | None = None) -> Case:
        """The same case with so many packs more of the first supply, or with a point as it might be."""
        first, *others = self.supplies
        return replace(
            self,
            supplies=(replace(first, packs=max(0, first.packs + more_packs)), *others),
            packs=max(0, self.packs + more_packs),
            points=tuple(point if point and one.id == point.id else one for one in self.points),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a case comes to: who gets what, from which sources, what it would be without overrides, and what held points back."""

    overruled: Overruled
    draws: tuple[Draw, ...]
    bottlenecks: tuple[Bottleneck, ...]

    @property
    def packs_by_point(self) -> Mapping[str, int]:
        return self.overruled.packs_by_point

    @property
    def allocation(self) -> Allocation:
        return self.overruled.allocation

    def explain(self, point: str) -> Reason:
        """The reason for one point's share. Raises KeyError for a point that was not there."""
        return self.overruled.explain(point)

    def places(self, point: str) -> tuple[int, ...]:
        """Where in the sequence the packs stand that the ladder gave a point; those given by override before it come first."""
        return self.overruled.places(point)

    def bottleneck_of(self, point: str) -> Bottleneck | None:
        """What kept a point from getting more though there were packs; None where nothing did."""
        return next((found for found in self.bottlenecks if point in found.points), None)


#: Whole metres from a source to a point.
type Distance = Callable[[str, str], int]


def nearby(source: str, point: str) -> int:
    """For whom distance does not matter."""
    return 0


def decide(case: Case, *, distance_m: Distance = nearby) -> Decision:
    """Decide a case: the same case gives everybody the same, wherever and whenever.

    Raises ValueError where overrides give more than there is, or to whom nothing can go.
    """
    if not case.free_ways:
        return _decide_by_ways(case, distance_m)
    overruled = allocate_overruled(
        case.points, packs=case.packs, pack_size=case.pack_size, rungs=case.rungs, overrides=case.overrides
    )
    return Decision(overruled=overruled, draws=_nearest(case, overruled, distance_m), bottlenecks=())


def as_plain(case: Case) -> dict[str, Any]:
    """A case as JSON keeps it; needs as exact fractions."""
    return {
        "packs": case.packs,
        "pack_size": case.pack_size,
        "rungs": plain_rungs(case.rungs),
        "points": plain_points(case.points),
        "supplies": [[supply.id, supply.source, supply.packs, supply.days_left] for supply in case.supplies],
        "closed": sorted(map(list, case.closed)),
        "overrides": [[o.point, o.packs, o.reason, o.signer, o.first] for o in case.overrides],
    }


def from_plain(plain: Mapping[str, Any]) -> Case:
    """The case that was kept."""
    return Case(
        packs=plain["packs"],
        pack_size=plain["pack_size"],
        rungs=rungs_from(plain["rungs"]),
        points=points_from(plain["points"]),
        supplies=tuple(
            Supply(id=id_, source=source, packs=packs, days_left=days) for id_, source, packs, days in plain["supplies"]
        ),
        closed=frozenset((source, point) for source, point in plain["closed"]),
        overrides=tuple(
            Override(point=point, packs=packs, reason=reason, signer=signer, first=first)
            for point, packs, reason, signer, first in plain["overrides"]
        ),
    )


def plain_points(points: Collection[Point]) -> list[list[Any]]:
    """Points as JSON keeps them."""
    return [[point.id, point.tier, str(point.daily_need), point.on_hand, point.at_most] for point in points]


def points_from(plain: Collection[Collection[Any]]) -> tuple[Point, ...]:
    """The points that were kept."""
    return tuple(
        Point(id=id_, tier=tier, daily_need=Fraction(need), on_hand=on_hand, at_most=at_most)
        for id_, tier, need, on_hand, at_most in plain
    )


def plain_rungs(rungs: Collection[Rung]) -> list[dict[str, Any]]:
    """A ladder as JSON keeps it."""
    return [{"tiers": sorted(rung.tiers), "ceiling_days": rung.ceiling_days} for rung in rungs]


def rungs_from(plain: Collection[Mapping[str, Any]]) -> tuple[Rung, ...]:
    """The ladder that was kept."""
    return tuple(Rung(tiers=frozenset(rung["tiers"]), ceiling_days=rung["ceiling_days"]) for rung in plain)


def fingerprint(plain: Mapping[str, Any]) -> str:
    """SHA-256 of a kept case, by which a change to it would be noticed."""
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _decide_by_ways(case: Case, distance_m: Distance) -> Decision:
    """Where not every pack may go everywhere. What overrides give after the ladder has no way of its own, so they all come first."""
    runs: list[Sourced] = []

    def share(points: Collection[Point], packs: int, promised: Mapping[str, int]) -> Allocation:
        runs.append(
            allocate_from(
                points,
                case.supplies,
                pack_size=case.pack_size,
                rungs=case.rungs,
                packs=packs,
                serves=case.serves,
                promised=promised,
            )
        )
        return runs[-1].allocation

    overruled = allocate_overruled(
        case.points,
        packs=case.packs,
        pack_size=case.pack_size,
        rungs=case.rungs,
        overrides=[replace(override, first=True) for override in case.overrides],
        share=share,
    )
    expiring = any(supply.days_left is not None for supply in case.supplies)
    draws = runs[-1].draws if expiring else _nearest(case, overruled, distance_m)
    return Decision(overruled=overruled, draws=draws, bottlenecks=runs[-1].bottlenecks)


def _nearest(case: Case, overruled: Overruled, distance_m: Distance) -> tuple[Draw, ...]:
    if len(case.supplies) > 1:
        return assign(overruled.packs_by_point, case.supplies, distance_m=distance_m, serves=case.serves)
    return tuple(
        Draw(supply=case.supplies[0].id, source=case.supplies[0].source, point=point, packs=packs)
        for point, packs in overruled.packs_by_point.items()
        if packs
    )
