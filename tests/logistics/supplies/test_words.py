"""Why a point got what it got, and the curve of a stock card."""

import datetime as dt
from fractions import Fraction

import pytest
from flask import Flask

from inventory.allocation import Point, Rung
from inventory.cases import Case, decide
from inventory.ledger import Movement
from inventory.needs import Heat, cover_days, heat
from inventory.sharing import reason_as_plain
from inventory.sourcing import Supply
from inventory.stock import CardLine
from inventory.units import Tier
from logistics.supplies.overview import curve
from logistics.supplies.words import why
from tests.county import NOW

LADDER = (Rung(tiers=frozenset({Tier.FRONTLINE}), ceiling_days=3),)


@pytest.mark.parametrize(
    ("point", "said"),
    [
        (Point(id="a", tier=Tier.FRONTLINE, daily_need=10, on_hand=40), "手头够用 4 天，各级上限都已到，这次不需要。"),
        (Point(id="a", tier=Tier.OTHER, daily_need=10), "阶梯里没有它这个优先级，所以没有轮到。"),
        (Point(id="a", tier=Tier.FRONTLINE, daily_need=10), "第 1 级：给 3 盒，可用天数 0 → 3 天。各级上限都已到。"),
        (
            Point(id="a", tier=Tier.FRONTLINE, daily_need=10, at_most=20),
            "第 1 级：给 2 盒，可用天数 0 → 2 天。已按申领数给足。",
        ),
        (
            Point(id="a", tier=Tier.FRONTLINE, daily_need=100),
            "第 1 级：给 5 盒，可用天数 0 → 0.5 天。下一盒排在第 6 位，本次共 5 盒，再有 1 盒就轮到。",
        ),
    ],
)
def test_every_ending_of_a_reason_is_a_sentence(app: Flask, point: Point, said: str) -> None:
    supply = Supply(id="store", source="store", packs=5)
    case = Case(points=(point,), supplies=(supply,), packs=5, pack_size=10, rungs=LADDER)
    reason = reason_as_plain(decide(case), "a", {"a": "卡点"})
    with app.test_request_context():
        assert why(reason, packs=5, pack_word="盒", tier=Tier(point.tier), ladder=LADDER) == said


@pytest.mark.parametrize(
    ("usable", "need", "expected"),
    [(0, 5, Heat.OUT), (14, 5, Heat.SCARCE), (15, 5, Heat.TIGHT), (35, 5, Heat.ENOUGH), (35, 0, Heat.UNKNOWN)],
)
def test_the_heat_of_cover(usable: int, need: int, expected: Heat) -> None:
    assert heat(cover_days(usable, need)) is expected


def test_cover_of_an_overdrawn_unit_is_none_left() -> None:
    assert cover_days(-5, 5) == Fraction(0)


def test_a_curve_steps_from_balance_to_balance_and_never_runs_backwards() -> None:
    lines = [
        _line(3, hour=1, change=-40, balance=60),  # entered last, happened before the second
        _line(2, hour=2, change=50, balance=100),
        _line(1, hour=0, change=50, balance=50),
    ]
    drawn = curve(lines, now=NOW + dt.timedelta(hours=4), width=400, height=100)
    assert drawn is not None
    assert drawn.highest == 100
    assert drawn.points == (
        "0.0,100.0 0.0,50.0 200.0,50.0 200.0,0.0 200.0,0.0 200.0,40.0 400.0,40.0"  # stock upwards is y downwards
    )


def test_one_movement_is_no_curve() -> None:
    assert curve([_line(1, hour=0, change=5, balance=5)], now=NOW) is None


def _line(number: int, *, hour: int, change: int, balance: int) -> CardLine:
    movement = Movement(id=number, occurred_at=NOW + dt.timedelta(hours=hour))
    return CardLine(movement=movement, change=change, balance=balance)
