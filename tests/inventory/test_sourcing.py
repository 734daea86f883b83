"""Which store serves whom: the least way, closed roads with the stores that ran out named, and nothing expired in the hand."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.allocation import Point, Rung, allocate
from inventory.sourcing import Serves, Sourced, Supply, allocate_from, assign

LADDER = [Rung(tiers=frozenset({"frontline"}), ceiling_days=5)]
NORTH, SOUTH = Supply(id="n", source="north", packs=2), Supply(id="s", source="south", packs=2)


def front(name: str, need: int = 50, on_hand: int = 0) -> Point:
    return Point(id=name, tier="frontline", daily_need=need, on_hand=on_hand)


def test_every_store_serves_whom_it_is_nearest_to() -> None:
    metres = {("north", "a"): 1_000, ("north", "b"): 9_000, ("south", "a"): 9_000, ("south", "b"): 1_000}
    draws = assign({"a": 2, "b": 2}, [NORTH, SOUTH], distance_m=lambda source, point: metres[source, point])
    assert {(draw.source, draw.point, draw.packs) for draw in draws} == {("north", "a", 2), ("south", "b", 2)}


def test_what_expires_sooner_is_worth_a_detour() -> None:
    soon = Supply(id="soon", source="south", packs=2, days_left=10)
    metres = {"north": 1_000, "south": 20_000}
    draws = assign({"a": 2}, [NORTH, soon], distance_m=lambda source, _point: metres[source])
    assert [draw.supply for draw in draws] == ["soon"]


def test_more_than_the_stores_have_is_not_assigned() -> None:
    with pytest.raises(ValueError, match="cannot serve"):
        assign({"a": 5}, [NORTH, SOUTH], distance_m=lambda _source, _point: 0)


def test_a_point_gives_way_to_one_that_has_no_other_store() -> None:
    # b may only be served from the north: a, which was served from there, moves to the south.
    sourced = allocate_from(
        [front("a"), front("b")],
        [Supply(id="n", source="north", packs=1), Supply(id="s", source="south", packs=1)],
        pack_size=50,
        rungs=LADDER,
        serves=lambda source, point: point == "a" or source == "north",
    )
    assert sourced.allocation.packs_by_point == {"a": 1, "b": 1}
    assert {(draw.point, draw.source) for draw in sourced.draws} == {("a", "south"), ("b", "north")}
    assert sourced.bottlenecks == ()


def test_the_stores_that_ran_out_are_named_to_those_they_held_back() -> None:
    sourced = allocate_from(
        [front("a"), front("b"), front("c")],
        [NORTH, Supply(id="s", source="south", packs=20)],
        pack_size=50,
        rungs=LADDER,
        serves=lambda source, point: (source == "north") == (point in "ab"),
    )
    assert sourced.allocation.packs_by_point == {"a": 1, "b": 1, "c": 5}
    assert [(set(found.points), set(found.sources)) for found in sourced.bottlenecks] == [({"a", "b"}, {"north"})]


def test_nobody_gets_more_than_it_uses_before_it_expires() -> None:
    soon = Supply(id="soon", source="north", packs=10, days_left=2)
    late = Supply(id="late", source="north", packs=10)
    sourced = allocate_from([front("a")], [soon, late], pack_size=50, rungs=LADDER)
    assert {draw.supply: draw.packs for draw in sourced.draws} == {"soon": 2, "late": 3}
    alone = allocate_from([front("a")], [soon], pack_size=50, rungs=LADDER)
    assert alone.allocation.packs_by_point == {"a": 2}
    assert [found.sources for found in alone.bottlenecks] == [frozenset()]


def test_promised_packs_are_drawn_before_the_ladder() -> None:
    sourced = allocate_from([front("a"), front("b")], [NORTH], pack_size=50, rungs=LADDER, promised={"b": 2})
    assert sourced.allocation.packs_by_point == {"a": 0, "b": 0}
    assert [(draw.point, draw.packs) for draw in sourced.draws] == [("b", 2)]
    with pytest.raises(ValueError, match="cannot be served"):
        allocate_from([front("a")], [NORTH], pack_size=50, rungs=LADDER, promised={"a": 3})
    with pytest.raises(ValueError, match="1 may be given"):
        allocate_from([front("a")], [NORTH], pack_size=50, rungs=LADDER, promised={"a": 2}, packs=1)
    with pytest.raises(ValueError, match="not there"):
        allocate_from([front("a")], [NORTH], pack_size=50, rungs=LADDER, promised={"moon": 1})


counties = st.tuples(
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 60)), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([None, 1, 3])), min_size=1, max_size=3),
    st.sets(st.tuples(st.integers(0, 2), st.integers(0, 2))),
    st.integers(5, 40),
)


@settings(max_examples=150)
@given(counties)
def test_the_ladder_over_stores_wastes_nothing_and_lifts_the_worst_off_highest(county) -> None:
    needs, stores, closed, size = county
    points = [front(str(n), need, held) for n, (need, held) in enumerate(needs)]
    supplies = [Supply(id=str(n), source=str(n), packs=packs, days_left=d) for n, (packs, d) in enumerate(stores)]

    def open_road(source: str, point: str) -> bool:
        return (int(source), int(point)) not in closed

    sourced = allocate_from(points, supplies, pack_size=size, rungs=LADDER, serves=open_road)
    shares = tuple(sourced.allocation.packs_by_point[point.id] for point in points)
    _are_possible(sourced, points, supplies, open_road, size)
    caps = [point.packs_to(5, received=0, pack_size=size) for point in points]
    feasible = [
        way
        for way in product(*(range(min(cap, sum(s.packs for s in supplies)) + 1) for cap in caps))
        if _can_be_drawn(points, supplies, way, open_road, size)
    ]
    assert shares in feasible
    assert not any(
        all(more >= has for more, has in zip(way, shares, strict=True)) and way != shares for way in feasible
    )

    def levels(way: tuple[int, ...]) -> list[Fraction]:
        covers = (point.cover_days(packs * size) for point, packs in zip(points, way, strict=True))
        return [min(cover, Fraction(5)) for cover in covers]

    assert min(levels(shares)) == max(min(levels(way)) for way in feasible)


def _are_possible(sourced: Sourced, points: list[Point], supplies: list[Supply], open_road: Serves, size: int) -> None:
    """The draws are the shares; they go by open roads, take no more than there is, and nothing that expires in the hand."""
    for supply in supplies:
        assert sum(draw.packs for draw in sourced.draws if draw.supply == supply.id) <= supply.packs
    for point in points:
        drawn = [draw for draw in sourced.draws if draw.point == point.id]
        assert all(open_road(draw.source, point.id) for draw in drawn)
        assert sum(draw.packs for draw in drawn) == sourced.allocation.packs_by_point[point.id]
        for days in {supply.days_left for supply in supplies if supply.days_left is not None}:
            expiring = {supply.id for supply in supplies if supply.days_left is not None and supply.days_left <= days}
            packs = sum(draw.packs for draw in drawn if draw.supply in expiring)
            assert not packs or point.on_hand + packs * size <= days * point.daily_need


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 200)), min_size=1, max_size=6),
    st.lists(st.integers(0, 9), min_size=1, max_size=4),
    st.integers(1, 50),
)
def test_where_every_store_serves_everybody_it_is_the_ladder_itself(
    needs: list[tuple[int, int]], stores: list[int], size: int
) -> None:
    points = [front(str(n), need, held) for n, (need, held) in enumerate(needs)]
    supplies = [Supply(id=str(n), source=str(n), packs=packs) for n, packs in enumerate(stores)]
    sourced = allocate_from(points, supplies, pack_size=size, rungs=LADDER)
    plain = allocate(points, packs=sum(stores), pack_size=size, rungs=LADDER)
    assert sourced.allocation == plain
    assert sum(draw.packs for draw in sourced.draws) == len(plain.sequence)


def _can_be_drawn(points, supplies, way, open_road, size) -> bool:
    """By trying every split of every point's packs over the supplies."""

    def serve(place: int, left: tuple[int, ...]) -> bool:
        if place == len(points):
            return True
        point = points[place]
        for split in product(*(range(min(have, way[place]) + 1) for have in left)):
            if sum(split) == way[place] and _in_time(point, supplies, split, open_road, size):
                rest = tuple(have - taken for have, taken in zip(left, split, strict=True))
                if serve(place + 1, rest):
                    return True
        return False

    return serve(0, tuple(supply.packs for supply in supplies))


def _in_time(point, supplies, split, open_road, size) -> bool:
    for supply, packs in zip(supplies, split, strict=True):
        if packs and not open_road(supply.source, point.id):
            return False
        if packs and supply.days_left is not None:
            sooner = sum(
                taken
                for other, taken in zip(supplies, split, strict=True)
                if other.days_left is not None and other.days_left <= supply.days_left
            )
            if point.on_hand + sooner * size > supply.days_left * point.daily_need:
                return False
    return True
