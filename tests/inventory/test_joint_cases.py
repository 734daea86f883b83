"""Joint cases as plain values: what kept each point from more, and which decisions break a law."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.allocation import Point, Rung
from inventory.coupled import Expiring, Goods, Level, Load, Vehicle
from inventory.joint_cases import (
    ClassCase,
    ItemsCase,
    Joined,
    Limit,
    case_from,
    joined_as_plain,
    joined_from,
)
from inventory.substitution import Variant

LADDER = (Rung(tiers=frozenset({"frontline"}), ceiling_days=4),)


def goods(item: str, *points: Point, packs: int = 99, litres: int = 10, expiring: tuple[Expiring, ...] = ()) -> Goods:
    return Goods(
        item=item,
        points=points,
        packs=packs,
        pack_size=10,
        pack_volume_ml=litres * 1_000,
        pack_weight_g=1_000,
        expiring=expiring,
    )


def front(name: str, **more: int) -> Point:
    return Point(id=name, tier="frontline", **({"daily_need": 10} | more))


def van(litres: int) -> Vehicle:
    return Vehicle(id="van", volume_ml=litres * 1_000, weight_g=10**9)


#: Two days for both take 2 x 10 + 2 x 30 litres: that is all there is room for.
TIGHT = ItemsCase(
    goods=(goods("masks", front("a")), goods("gel", front("b"), litres=30)), vehicles=(van(80),), rungs=LADDER
)


def test_every_limit_is_named() -> None:
    case = ItemsCase(
        goods=(
            goods(
                "masks", front("asked", at_most=20), front("full", on_hand=40), Point(id="no", tier="x", daily_need=1)
            ),
            goods("gloves", front("out of packs"), packs=1),
            goods("milk", front("sour"), expiring=(Expiring(1, 99),)),
            goods("gel", front("no room"), litres=30),
        ),
        vehicles=(van(80),),
        rungs=LADDER,
    )
    limits = {point: outcome.limit for point, outcome in case.outcomes(case.decide()).items()}
    assert limits == {
        "asked": Limit.REQUEST,
        "full": Limit.CEILING,
        "no": Limit.TIER,
        "out of packs": Limit.PACKS,
        "sour": Limit.EXPIRY,
        "no room": Limit.ROOM,
    }


def test_a_decision_of_vehicles_is_held_to_every_law() -> None:
    fair = TIGHT.decide()
    assert fair.levels == (Level(rung=0, days=Fraction(2), proved=True),)
    assert TIGHT.broken_laws(fair) == []
    assert TIGHT.missing(fair) == {"masks": 2, "gel": 2}
    assert TIGHT.room_left(fair) == {"van": (0, 10**9 - 4_000)}


def _joined(masks: int, gel: int, days: int = 2) -> Joined:
    return Joined(
        packs={"a": {"masks": masks}, "b": {"gel": gel}},
        loads=(
            Load(vehicle="van", item="masks", point="a", packs=masks),
            Load(vehicle="van", item="gel", point="b", packs=gel),
        ),
        levels=(Level(rung=0, days=Fraction(days), proved=True),),
    )


@pytest.mark.parametrize(
    ("joined", "broken"),
    [
        (_joined(2, 3), ["room"]),
        (_joined(5, 1), ["ceiling", "level"]),
        (_joined(4, 1), ["level"]),
        (_joined(1, 1, days=1), ["waste"]),
        (replace(_joined(2, 2), loads=()), ["loads", "waste"]),
    ],
)
def test_what_breaks_a_law_is_named(joined: Joined, broken: list[str]) -> None:
    assert TIGHT.broken_laws(joined) == broken


def test_a_class_is_decided_again() -> None:
    case = ClassCase(
        points=(front("gate", at_most=35),),
        variants=(Variant(item="masks", packs=1, pack_units=10), Variant(item="KN95", packs=9, pack_units=20)),
        own={"gate": "masks"},
        rungs=LADDER,
    )
    joined = case.decide()
    assert joined.packs == {"gate": {"masks": 1, "KN95": 2}}
    assert case.stood_in(joined, "gate") == 40
    assert case.outcomes(joined)["gate"].limit is Limit.REQUEST
    assert case.broken_laws(Joined(packs={"gate": {"masks": 1, "KN95": 1}})) == ["shares"]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(5, 30), st.integers(0, 60)), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 9), st.integers(5, 30), st.integers(0, 6)), min_size=1, max_size=3),
    st.lists(st.integers(0, 90), min_size=1, max_size=2),
)
def test_what_is_decided_keeps_every_law_and_comes_back_from_its_record(
    points: list[tuple[int, int]], items: list[tuple[int, int, int]], rooms: list[int]
) -> None:
    case = ItemsCase(
        goods=tuple(
            goods(
                str(n),
                *(front(f"{n}-{m}", daily_need=need, on_hand=held) for m, (need, held) in enumerate(points)),
                packs=packs,
                litres=litres,
                expiring=(Expiring(days, packs // 2),) if days else (),
            )
            for n, (packs, litres, days) in enumerate(items)
        ),
        vehicles=tuple(Vehicle(id=str(n), volume_ml=room * 1_000, weight_g=9_000) for n, room in enumerate(rooms)),
        rungs=LADDER,
        reserve={"0": len(rooms)},
    )
    joined = case.decide()
    assert case.broken_laws(joined) == []
    assert case_from(case.as_plain()) == case
    assert joined_from(joined_as_plain(joined)) == joined
