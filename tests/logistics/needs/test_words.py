"""Amounts as people write and read them."""

from fractions import Fraction

from flask import Flask

from inventory.catalogue import Item, Pack
from logistics.needs import words

MASKS = Item(base_unit="只", packs=[Pack(word="盒", size=50)])
POWDER = Item(base_unit="克", packs=[Pack(word="公斤", size=1_000), Pack(word="桶", size=5_000)])


def test_an_exact_amount_is_written_exactly(app: Flask) -> None:
    with app.test_request_context():
        said = [words.amount(value) for value in (Fraction(2), Fraction(1, 2), Fraction(1, 3), Fraction(1250))]
        assert said == ["2", "0.5", "1/3", "1,250"]


def test_about_so_much_is_said_in_the_largest_measure_or_in_pieces(app: Flask) -> None:
    with app.test_request_context():
        assert [words.rounded(value, POWDER) for value in (30_000, Fraction(1251), 600)] == [
            "30 公斤",
            "1.25 公斤",
            "600 克",
        ]
        assert [words.rounded(value, MASKS) for value in (1_000, Fraction(7, 3), 0)] == ["1,000 只", "2.3 只", "0 只"]
