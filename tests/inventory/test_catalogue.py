"""Packs and unit words: whole base units, whatever word people use."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.catalogue import Item, Pack, base_quantity, in_one_word, in_packs, unit_word
from inventory.errors import InvalidInput

MASKS = Item(base_unit="只", packs=[Pack(word="盒", size=50), Pack(word="箱", size=2000)])
POWDER = Item(base_unit="克", packs=[Pack(word="公斤", size=1000), Pack(word="桶", size=5000)])


@pytest.mark.parametrize(
    ("item", "amount", "word", "whole"),
    [
        (MASKS, 3, "盒", 150),
        (MASKS, "2.5", "盒", 125),
        (MASKS, Decimal("0.5"), "箱", 1000),
        (POWDER, "2.5", "公斤", 2500),
        (POWDER, "2.5", "KG", 2500),
        (POWDER, "2.5", "千克", 2500),
        (POWDER, 1, "桶", 5000),
        (POWDER, 7, "g", 7),
    ],
)
def test_any_word_comes_to_whole_base_units(item: Item, amount: Decimal | int | str, word: str, whole: int) -> None:
    assert base_quantity(item, amount, word) == whole


@pytest.mark.parametrize(
    ("amount", "word", "problem"),
    [
        ("0.3", "只", "fraction"),
        ("0.001", "盒", "fraction"),
        (-1, "盒", "not-positive"),
        (0, "盒", "not-positive"),
        ("NaN", "盒", "not-a-number"),
        ("Infinity", "盒", "not-a-number"),
        ("three", "盒", "not-a-number"),
        ("1e40", "盒", "too-large"),
        (1, "桶", "unknown-unit"),
    ],
)
def test_what_cannot_be_is_refused_by_name(amount: int | str, word: str, problem: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        base_quantity(MASKS, amount, word)
    assert refused.value.problem == problem


def test_an_unknown_unit_names_the_ones_that_are_known() -> None:
    with pytest.raises(InvalidInput) as refused:
        base_quantity(MASKS, 1, "桶")
    assert refused.value.value == ("只", "盒", "箱")


def test_counting_words_mean_what_the_item_says() -> None:
    clothes = Item(base_unit="件", packs=[])
    assert unit_word("件") == "件"
    assert base_quantity(clothes, 2, "件") == 2


def test_a_quantity_is_said_with_the_largest_pack_first() -> None:
    assert in_packs(MASKS, 14_030) == [(7, "箱"), (30, "只")]
    assert in_packs(MASKS, 0) == [(0, "只")]


def test_a_quantity_is_said_in_one_word_where_that_is_a_whole_number() -> None:
    assert in_one_word(MASKS, 6_000) == (3, "箱")
    assert in_one_word(MASKS, 6_050) == (121, "盒")
    assert in_one_word(MASKS, 6_030) == (6_030, "只")
    assert in_one_word(MASKS, 0) == (0, "只")


@given(st.integers(0, 10**9))
def test_saying_a_quantity_loses_nothing(quantity: int) -> None:
    assert sum(count * MASKS.units()[word] for count, word in in_packs(MASKS, quantity)) == quantity
