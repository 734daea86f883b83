"""How fair a sharing-out was: the days of cover of those who took part, in a few figures (公平性). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

#: Days of cover below which points are counted together; the last group has no end.
BOUNDS = (1, 3, 7, 14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Days of cover over some points: the worst off, the middle, the best off; `groups` counts them below each of `BOUNDS` and above."""

    points: int
    worst: Fraction
    middle: Fraction
    best: Fraction
    groups: tuple[int, ...]

    @property
    def gap(self) -> Fraction:
        """How many days lie between the best and the worst off."""
        return self.best - self.worst


def spread(covers: Sequence[Fraction]) -> Spread:
    """The figures of some covers, at least one."""
    below = [sum(cover < bound for cover in covers) for bound in BOUNDS]
    reached = [*below, len(covers)]
    return Spread(
        points=len(covers),
        worst=min(covers),
        middle=median(covers),
        best=max(covers),
        groups=tuple(high - low for low, high in zip([0, *reached], reached, strict=False)),
    )


def spread_by_tier[Tier](covers: Iterable[tuple[Tier, Fraction]]) -> dict[Tier, Spread]:
    """The figures of each tier that took part."""
    by_tier: dict[Tier, list[Fraction]] = defaultdict(list)
    for tier, cover in covers:
        by_tier[tier].append(cover)
    return {tier: spread(found) for tier, found in by_tier.items()}
