"""Overrides (特批): packs that somebody signs for outside the ladder, as a rung of their own, and who lost what by them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from inventory.allocation import Allocation, Point, Reason, Rung, Step, Turn, allocate


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """So many packs to a point, whoever's turn it is: `first` before the ladder, else of what the ladder leaves over.

    `reason` and `signer` answer for it.
    """

    point: str
    packs: int
    reason: str
    signer: str
    first: bool = True

    def __post_init__(self) -> None:
        if self.packs < 1:
            raise ValueError(f"an override gives at least one pack, got {self.packs}")
        for name in ("reason", "signer"):
            if not getattr(self, name).strip():
                raise ValueError(f"an override needs its {name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overruled:
    """An allocation with overrides beside what it would be without them."""

    allocation: Allocation
    without: Mapping[str, int]
    packs_by_point: Mapping[str, int]
    left_over: int
    _before: Mapping[str, int]
    _after: Mapping[str, int]
    _points: Mapping[str, Point]

    @property
    def changes(self) -> dict[str, int]:
        """Who has how many packs more (+) or fewer (−) than without the overrides; the others are absent."""
        compared = {point: packs - self.without[point] for point, packs in self.packs_by_point.items()}
        return {point: change for point, change in compared.items() if change}

    def places(self, point_id: str) -> tuple[int, ...]:
        """The numbers of the packs that the ladder gave a point, counted from the first pack given by override."""
        before = sum(self._before.values())
        return tuple(before + number for number in self.allocation.places(point_id))

    def explain(self, point_id: str) -> Reason:
        """The reason for a point's share, its overrides among the steps; places count from the first pack given by override."""
        ladder = self.allocation.explain(point_id)
        point, size = self._points[point_id], self.allocation.pack_size
        first, last = self._before.get(point_id, 0), self._after.get(point_id, 0)
        packs, before = first + ladder.packs + last, sum(self._before.values())
        return replace(
            ladder,
            packs=packs,
            steps=(
                *_step(point, 0, first, size),
                *ladder.steps,
                *_step(point, first + ladder.packs, last, size),
            ),
            cover_before=point.cover_days(0),
            cover_after=point.cover_days(packs * size),
            next_pack=ladder.next_pack and ladder.next_pack + before,
            last_served=_later(ladder.last_served, before),
            comes_next=_later(ladder.comes_next, before),
        )


#: Shares packs among points of whom some have packs promised already (id → packs), which come out of the same stock.
type Share = Callable[[Collection[Point], int, Mapping[str, int]], Allocation]


def allocate_overruled(
    points: Collection[Point],
    *,
    packs: int,
    pack_size: int,
    rungs: Sequence[Rung],
    overrides: Sequence[Override],
    share: Share | None = None,
) -> Overruled:
    """Share packs by the ladder, with overrides before it or after it. `share` shares by the ladder some other way than `allocate`.

    Raises ValueError where the first overrides ask for more than there is, or one is for a point that is not there; of those after the
    ladder, each takes what is left.
    """
    if strangers := {override.point for override in overrides} - {point.id for point in points}:
        raise ValueError(f"overrides give to points that are not there: {sorted(strangers)}")
    share = share or partial(_share, pack_size=pack_size, rungs=rungs)
    before = _by_point(override for override in overrides if override.first)
    if sum(before.values()) > packs:
        raise ValueError(f"overrides give {sum(before.values())} packs, there are {packs}")
    without = share(points, packs, {})
    allocation = share(points, packs, before) if before else without
    after, left_over = _from_rest([override for override in overrides if not override.first], allocation.left_over)
    return Overruled(
        allocation=allocation,
        without=without.packs_by_point,
        packs_by_point={
            point: before.get(point, 0) + ladder + after.get(point, 0)
            for point, ladder in allocation.packs_by_point.items()
        },
        left_over=left_over,
        _before=before,
        _after=after,
        _points={point.id: point for point in points},
    )


def holding(point: Point, received: int) -> Point:
    """The point as it stands with so many base units more, its request less by as many."""
    if not received:
        return point
    at_most = None if point.at_most is None else max(0, point.at_most - received)
    return replace(point, on_hand=point.on_hand + received, at_most=at_most)


def _share(
    points: Collection[Point], packs: int, promised: Mapping[str, int], *, pack_size: int, rungs: Sequence[Rung]
) -> Allocation:
    held = [holding(point, promised.get(point.id, 0) * pack_size) for point in points]
    return allocate(held, packs=packs - sum(promised.values()), pack_size=pack_size, rungs=rungs)


def _by_point(overrides: Iterable[Override]) -> dict[str, int]:
    given: dict[str, int] = {}
    for override in overrides:
        given[override.point] = given.get(override.point, 0) + override.packs
    return given


def _from_rest(overrides: Sequence[Override], rest: int) -> tuple[dict[str, int], int]:
    given: dict[str, int] = {}
    for override in overrides:
        taken = min(override.packs, rest)
        rest -= taken
        given[override.point] = given.get(override.point, 0) + taken
    return given, rest


def _step(point: Point, earlier: int, packs: int, pack_size: int) -> tuple[Step, ...]:
    if not packs:
        return ()
    before, after = point.cover_days(earlier * pack_size), point.cover_days((earlier + packs) * pack_size)
    return (Step(rung=None, packs=packs, cover_before=before, cover_after=after),)


def _later(turn: Turn | None, packs: int) -> Turn | None:
    return turn and replace(turn, number=turn.number + packs)
