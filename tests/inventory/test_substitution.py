"""What stands in for what: the own item first, then what expires soonest, by one ladder in class units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.allocation import Point, Rung, allocate
from inventory.substitution import Variant, allocate_class

LADDER = [Rung(tiers=frozenset({"frontline"}), ceiling_days=4)]
GATE = Point(id="gate", tier="frontline", daily_need=100)
RAMP = Point(id="ramp", tier="frontline", daily_need=100)


def test_a_point_gets_its_own_item_first_and_then_what_expires_soonest() -> None:
    variants = [
        Variant(item="surgical", packs=1, pack_units=100),
        Variant(item="old KN95", packs=1, pack_units=100, days_left=30),
        Variant(item="KN95", packs=2, pack_units=100, days_left=300),
    ]
    shared = allocate_class([GATE], variants, rungs=LADDER, own={"gate": "surgical"})
    assert [handed.item for handed in shared.sequence] == ["surgical", "old KN95", "KN95", "KN95"]


def test_turns_go_by_what_a_pack_counts_for() -> None:
    # A tin of tablets counts for two days, a bottle of 84 for one: after a tin it is the other's turn, twice.
    variants = [Variant(item="tablets", packs=1, pack_units=200), Variant(item="84", packs=2, pack_units=100)]
    shared = allocate_class([GATE, RAMP], variants, rungs=LADDER, own={"gate": "tablets", "ramp": "84"})
    assert shared.packs == {"gate": {"tablets": 1}, "ramp": {"84": 2}}
    assert shared.left_over == {"tablets": 0, "84": 0}


TWO_RUNGS = [*LADDER, Rung(tiers=frozenset({"frontline", "other"}), ceiling_days=6)]
classes = st.tuples(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 200), st.booleans()), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 80), st.sampled_from([None, 3, 30])), min_size=1, max_size=3),
)
#: The same of goods that keep.
lasting = classes.map(lambda drawn: (drawn[0], [(packs, units, None) for packs, units, _ in drawn[1]]))
type Drawn = tuple[list[tuple[int, int, bool]], list[tuple[int, int, int | None]]]


def drawn_class(drawn: Drawn) -> tuple[list[Point], list[Variant], dict[str, str]]:
    """Points, variants, and for each point the item it asked for."""
    points = [
        Point(id=str(n), tier="frontline" if front else "other", daily_need=need, on_hand=held)
        for n, (need, held, front) in enumerate(drawn[0])
    ]
    variants = [
        Variant(item=str(n), packs=packs, pack_units=units, days_left=days)
        for n, (packs, units, days) in enumerate(drawn[1])
    ]
    return points, variants, {point.id: str(n % len(variants)) for n, point in enumerate(points)}


@given(lasting)
def test_no_pack_is_invented_and_none_left_over_that_a_rung_would_take(drawn: Drawn) -> None:
    points, variants, own = drawn_class(drawn)
    shared = allocate_class(points, variants, rungs=TWO_RUNGS, own=own)
    size = {variant.item: variant.pack_units for variant in variants}
    for variant in variants:
        given_ = sum(packs.get(variant.item, 0) for packs in shared.packs.values())
        assert given_ + shared.left_over[variant.item] == variant.packs
    for point in points:
        received = sum(size[item] * packs for item, packs in shared.packs[point.id].items())
        if any(shared.left_over.values()):
            assert point.cover_days(received) >= 6


@given(lasting)
def test_a_stand_in_is_given_only_when_the_own_item_has_run_out(drawn: Drawn) -> None:
    points, variants, own = drawn_class(drawn)
    left = {variant.item: variant.packs for variant in variants}
    for handed in allocate_class(points, variants, rungs=TWO_RUNGS, own=own).sequence:
        assert handed.item == own[handed.point] or not left[own[handed.point]]
        left[handed.item] -= 1


@given(classes)
def test_nothing_is_given_that_would_expire_before_it_is_used(drawn: Drawn) -> None:
    points, variants, own = drawn_class(drawn)
    shared = allocate_class(points, variants, rungs=TWO_RUNGS, own=own)
    for point in points:
        got = [(variant, shared.packs[point.id].get(variant.item, 0)) for variant in variants]
        for day in {variant.days_left for variant, packs in got if packs and variant.days_left is not None}:
            first = sum(v.pack_units * packs for v, packs in got if v.days_left is not None and v.days_left <= day)
            assert point.on_hand + first <= day * point.daily_need


@given(classes)
def test_a_further_rung_takes_nothing_away_and_the_order_of_the_input_does_not_matter(drawn: Drawn) -> None:
    points, variants, own = drawn_class(drawn)
    one, both = (allocate_class(points, variants, rungs=rungs, own=own) for rungs in (TWO_RUNGS[:1], TWO_RUNGS))
    assert both.sequence[: len(one.sequence)] == one.sequence
    turned = allocate_class(points[::-1], variants[::-1], rungs=TWO_RUNGS, own=own)
    assert turned.sequence == both.sequence


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 200)), min_size=1, max_size=5),
    st.lists(st.integers(0, 9), min_size=1, max_size=3),
    st.integers(1, 50),
)
def test_with_packs_that_count_alike_it_is_the_ladder_itself(
    needs: list[tuple[int, int]], stocks: list[int], size: int
) -> None:
    points = [Point(id=str(n), tier="frontline", daily_need=need, on_hand=held) for n, (need, held) in enumerate(needs)]
    variants = [Variant(item=str(n), packs=packs, pack_units=size) for n, packs in enumerate(stocks)]
    shared = allocate_class(points, variants, rungs=LADDER, own={})
    plain = allocate(points, packs=sum(stocks), pack_size=size, rungs=LADDER)
    assert [handed.point for handed in shared.sequence] == [given.point for given in plain.sequence]


def test_nothing_is_given_that_expires_before_it_is_used() -> None:
    # The gate uses 100 a day and has 50: of what keeps one day it can use none, of what keeps two days one pack.
    gate = Point(id="gate", tier="frontline", daily_need=100, on_hand=50)
    variants = [
        Variant(item="masks", packs=9, pack_units=100, days_left=1),
        Variant(item="masks", packs=9, pack_units=100, days_left=2),
        Variant(item="KN95", packs=9, pack_units=100),
    ]
    shared = allocate_class([gate], variants, rungs=LADDER, own={"gate": "masks"})
    assert [handed.item for handed in shared.sequence] == ["masks", "KN95", "KN95", "KN95"]
    assert shared.left_over == {"masks": 17, "KN95": 6}


def test_a_request_is_passed_by_less_than_one_pack() -> None:
    gate = Point(id="gate", tier="frontline", daily_need=100, at_most=120)
    variants = [Variant(item="masks", packs=9, pack_units=50), Variant(item="KN95", packs=9, pack_units=20)]
    shared = allocate_class([gate], variants, rungs=LADDER, own={"gate": "masks"})
    assert shared.packs == {"gate": {"masks": 3}}


def test_a_pack_that_counts_for_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="KN95"):
        allocate_class([GATE], [Variant(item="KN95", packs=9, pack_units=0)], rungs=LADDER, own={})
