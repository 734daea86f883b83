"""A case decides the same wherever it is decided, survives being kept, and can be asked what if."""

import json
from dataclasses import replace
from fractions import Fraction

from inventory.allocation import Point, Rung
from inventory.cases import Case, as_plain, decide, fingerprint, from_plain
from inventory.overrides import Override
from inventory.sourcing import Supply

GATE = Point(id="gate", tier="frontline", daily_need=Fraction(101, 2), on_hand=20, at_most=500)
RAMP = Point(id="ramp", tier="frontline", daily_need=50)
CASE = Case(
    points=(GATE, RAMP),
    supplies=(Supply(id="n", source="north", packs=3), Supply(id="s", source="south", packs=2, days_left=9)),
    packs=4,
    pack_size=50,
    rungs=(Rung(tiers=frozenset({"frontline"}), ceiling_days=5),),
    closed=frozenset({("south", "gate")}),
    overrides=(Override(point="ramp", packs=1, reason="夜班", signer="leader"),),
)


def test_a_case_comes_back_from_json_as_it_went() -> None:
    plain = json.loads(json.dumps(as_plain(CASE)))
    assert from_plain(plain) == CASE
    assert fingerprint(plain) == fingerprint(as_plain(CASE))
    assert fingerprint(as_plain(replace(CASE, packs=3))) != fingerprint(plain)


def test_no_goods_go_over_a_closed_way_and_the_reserve_stays() -> None:
    decision = decide(CASE)
    assert sum(decision.packs_by_point.values()) == 4
    assert not any((draw.source, draw.point) in CASE.closed for draw in decision.draws)
    drawn = {point: sum(draw.packs for draw in decision.draws if draw.point == point) for point in ("gate", "ramp")}
    assert drawn == dict(decision.packs_by_point)


def test_what_if_there_were_more_or_a_point_held_more() -> None:
    plain = replace(CASE, closed=frozenset(), overrides=(), supplies=(Supply(id="n", source="north", packs=4),))
    assert decide(plain).packs_by_point == {"gate": 2, "ramp": 2}
    assert decide(plain.changed(more_packs=2)).packs_by_point == {"gate": 3, "ramp": 3}
    assert decide(plain.changed(point=replace(GATE, on_hand=500))).packs_by_point == {"gate": 0, "ramp": 4}
    assert decide(plain.changed(more_packs=-9)).packs_by_point == {"gate": 0, "ramp": 0}


def test_without_closed_ways_every_point_is_served_from_the_nearer_store() -> None:
    free = replace(
        CASE,
        closed=frozenset(),
        overrides=(),
        supplies=(Supply(id="n", source="north", packs=2), Supply(id="s", source="south", packs=2)),
    )
    near = {("north", "gate"): 1_000, ("south", "ramp"): 1_000}
    draws = decide(free, distance_m=lambda source, point: near.get((source, point), 50_000)).draws
    assert {(draw.source, draw.point, draw.packs) for draw in draws} == {("north", "gate", 2), ("south", "ramp", 2)}
