"""Lateral moves (横向调剂): who has more than it needs helps whoever runs short nearby. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from inventory.allocation import Point, Rung, count_packs
from inventory.sourcing import Supply, assign

_NEEDY = "needy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds the item: what it may use of it, and its daily need, in base units; a need of 0 is no need.

    `can_give` of that may go to anybody, being neither promised nor given for certain units; None: all of it.
    """

    id: str
    on_hand: int
    daily_need: int | Fraction
    can_give: int | None = None

    def spare(self, keep_days: int) -> int:
        """Base units it can do without and may give away, keeping so many days for itself."""
        beyond = int(self.on_hand - keep_days * self.daily_need)
        return max(0, beyond if self.can_give is None else min(beyond, self.can_give))


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A proposal: so many packs from one who can spare them to one who runs short, and how far it is."""

    source: str
    destination: str
    packs: int
    distance_m: int


def propose_moves(
    holders: Sequence[Holder],
    *,
    pack_size: int,
    keep_days: int,
    reach_days: int,
    distance_m: Callable[[str, str], int],
) -> tuple[Move, ...]:
    """Bring all below `reach_days` of cover up to it with what others have above `keep_days`, over the least way.

    Where that is not enough for all, it is shared as on a rung: the lowest cover first. Raises ValueError where those who give would
    keep less than those who take reach.
    """
    if not 0 < reach_days <= keep_days:
        raise ValueError(f"keep_days ({keep_days}) must be at least reach_days ({reach_days}), and both above zero")
    needy = [
        Point(id=holder.id, tier=_NEEDY, daily_need=holder.daily_need, on_hand=holder.on_hand)
        for holder in holders
        if holder.daily_need and holder.on_hand < reach_days * holder.daily_need
    ]
    spare = [
        Supply(id=holder.id, source=holder.id, packs=packs)
        for holder in holders
        if (packs := holder.spare(keep_days) // pack_size)
    ]
    rung = Rung(tiers=frozenset({_NEEDY}), ceiling_days=reach_days)
    taken = count_packs(needy, packs=sum(supply.packs for supply in spare), pack_size=pack_size, rungs=[rung])
    draws = assign(taken, spare, distance_m=distance_m)
    return tuple(
        Move(
            source=draw.source,
            destination=draw.point,
            packs=draw.packs,
            distance_m=distance_m(draw.source, draw.point),
        )
        for draw in sorted(draws, key=lambda draw: (draw.point, draw.source))
    )
