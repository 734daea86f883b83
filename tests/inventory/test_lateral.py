"""Surplus here, shortage there: what is proposed, and that nobody is made poor by it."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.fairness import spread, spread_by_tier
from inventory.lateral import Holder, propose_moves


def test_the_nearest_surplus_helps_and_keeps_enough_itself() -> None:
    holders = [
        Holder(id="near", on_hand=1_000, daily_need=50),
        Holder(id="far", on_hand=1_000, daily_need=50),
        Holder(id="short", on_hand=0, daily_need=50),
    ]
    metres = {("near", "short"): 5_000, ("far", "short"): 30_000}
    moves = propose_moves(holders, pack_size=50, keep_days=14, reach_days=7, distance_m=lambda a, b: metres[a, b])
    # near can spare 300 above its fourteen days, the seven days of short are 350: the rest comes from far.
    assert [(move.source, move.packs, move.distance_m) for move in moves] == [("far", 1, 30_000), ("near", 6, 5_000)]


def test_who_needs_nothing_can_spare_everything() -> None:
    holders = [Holder(id="store", on_hand=120, daily_need=0), Holder(id="short", on_hand=0, daily_need=50)]
    moves = propose_moves(holders, pack_size=50, keep_days=7, reach_days=7, distance_m=lambda _a, _b: 0)
    assert [(move.source, move.packs) for move in moves] == [("store", 2)]


def test_nobody_gives_below_what_others_are_brought_to() -> None:
    with pytest.raises(ValueError, match="keep_days"):
        propose_moves([], pack_size=1, keep_days=3, reach_days=7, distance_m=lambda _a, _b: 0)


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 60)), min_size=1, max_size=6),
    st.integers(1, 50),
    st.integers(1, 9),
    st.integers(0, 9),
)
def test_who_gives_keeps_enough_and_who_takes_needed_it(
    drawn: list[tuple[int, int]], size: int, reach: int, more: int
) -> None:
    holders = {str(n): Holder(id=str(n), on_hand=held, daily_need=need) for n, (held, need) in enumerate(drawn)}
    moves = propose_moves(
        list(holders.values()), pack_size=size, keep_days=reach + more, reach_days=reach, distance_m=lambda _a, _b: 1
    )
    for giver in {move.source for move in moves}:
        given_away = size * sum(move.packs for move in moves if move.source == giver)
        assert holders[giver].on_hand - given_away >= (reach + more) * holders[giver].daily_need
    for taker in {move.destination for move in moves}:
        assert holders[taker].on_hand < reach * holders[taker].daily_need


def test_the_figures_of_fairness() -> None:
    figures = spread([Fraction(0), Fraction(5, 2), Fraction(8)])
    assert (figures.worst, figures.middle, figures.best, figures.gap) == (0, Fraction(5, 2), 8, 8)
    assert figures.groups == (1, 1, 0, 1, 0)
    by_tier = spread_by_tier([("frontline", Fraction(3)), ("other", Fraction(1)), ("frontline", Fraction(4))])
    assert {tier: (found.points, found.worst) for tier, found in by_tier.items()} == {
        "frontline": (2, 3),
        "other": (1, 1),
    }


def test_what_was_promised_or_given_for_others_is_not_given_away() -> None:
    holders = [
        Holder(id="full", on_hand=1_000, daily_need=10, can_give=120),
        Holder(id="kept", on_hand=1_000, daily_need=10, can_give=0),
        Holder(id="short", on_hand=0, daily_need=50),
    ]
    moves = propose_moves(holders, pack_size=50, keep_days=14, reach_days=7, distance_m=lambda _a, _b: 0)
    assert [(move.source, move.packs) for move in moves] == [("full", 2)]
