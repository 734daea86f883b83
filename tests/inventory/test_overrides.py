"""Overrides: a rung of their own, and an honest account of who pays for them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.allocation import Point, Rung
from inventory.overrides import Override, allocate_overruled

LADDER = (
    Rung(tiers=frozenset({"frontline"}), ceiling_days=3),
    Rung(tiers=frozenset({"frontline", "other"}), ceiling_days=7),
)
GATE = Point(id="gate", tier="frontline", daily_need=50)
RAMP = Point(id="ramp", tier="frontline", daily_need=50)
OFFICE = Point(id="office", tier="other", daily_need=50)


def test_an_override_comes_first_and_the_sheet_shows_who_lost_what() -> None:
    overrides = [Override(point="office", packs=2, reason="发现病例", signer="duty leader")]
    overruled = allocate_overruled([GATE, RAMP, OFFICE], packs=4, pack_size=50, rungs=LADDER, overrides=overrides)
    assert overruled.without == {"gate": 2, "ramp": 2, "office": 0}
    assert overruled.packs_by_point == {"gate": 1, "ramp": 1, "office": 2}
    assert overruled.changes == {"gate": -1, "ramp": -1, "office": 2}


def test_its_packs_are_the_first_step_of_the_reason_and_count_in_the_sequence() -> None:
    overrides = [Override(point="office", packs=2, reason="发现病例", signer="duty leader")]
    overruled = allocate_overruled([GATE, RAMP, OFFICE], packs=4, pack_size=50, rungs=LADDER, overrides=overrides)
    office, gate = overruled.explain("office"), overruled.explain("gate")
    assert [(step.rung, step.packs, step.cover_after) for step in office.steps] == [(None, 2, 2)]
    assert (office.packs, office.cover_before, office.cover_after) == (2, 0, 2)
    # Two by override, gate and ramp one each: the fifth is gate's second.
    assert (gate.next_pack, gate.more_needed) == (5, 1)
    assert gate.last_served is not None
    assert gate.last_served.number == 4


def test_who_is_given_some_by_override_waits_for_more_as_one_who_has_them() -> None:
    overrides = [Override(point="gate", packs=1, reason="夜班", signer="duty leader")]
    overruled = allocate_overruled([GATE, RAMP], packs=2, pack_size=50, rungs=LADDER, overrides=overrides)
    assert overruled.packs_by_point == {"gate": 1, "ramp": 1}
    assert overruled.changes == {}


def test_an_override_after_the_ladder_takes_nothing_from_anybody() -> None:
    full = [Rung(tiers=frozenset({"frontline"}), ceiling_days=1)]
    overrides = [Override(point="office", packs=5, reason="备用", signer="duty leader", first=False)]
    overruled = allocate_overruled([GATE, OFFICE], packs=4, pack_size=50, rungs=full, overrides=overrides)
    assert overruled.packs_by_point == {"gate": 1, "office": 3}
    assert overruled.left_over == 0
    assert overruled.explain("office").cover_after == Fraction(3)


def test_more_than_there_is_cannot_be_overruled() -> None:
    overrides = [Override(point="gate", packs=3, reason="夜班", signer="duty leader")]
    with pytest.raises(ValueError, match="there are 2"):
        allocate_overruled([GATE], packs=2, pack_size=50, rungs=LADDER, overrides=overrides)


def test_nobody_signs_for_a_point_that_is_not_there() -> None:
    overrides = [Override(point="moon", packs=1, reason="夜班", signer="duty leader")]
    with pytest.raises(ValueError, match="moon"):
        allocate_overruled([GATE], packs=2, pack_size=50, rungs=LADDER, overrides=overrides)


@pytest.mark.parametrize("change", [{"packs": 0}, {"reason": " "}, {"signer": ""}])
def test_an_override_without_packs_reason_or_signer_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="override"):
        Override(**{"point": "gate", "packs": 1, "reason": "夜班", "signer": "duty leader", **change})  # type: ignore[arg-type]


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 200), st.booleans()), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5), st.booleans()), max_size=3),
    st.integers(0, 30),
    st.integers(1, 50),
)
def test_what_some_gain_others_lose_or_nobody_had(
    drawn: list[tuple[int, int, bool]], signed: list[tuple[int, int, bool]], spare: int, size: int
) -> None:
    points = [
        Point(id=str(n), tier="frontline" if front else "other", daily_need=need, on_hand=held)
        for n, (need, held, front) in enumerate(drawn)
    ]
    overrides = [
        Override(point=str(n % len(points)), packs=packs, reason="r", signer="s", first=first)
        for n, packs, first in signed
    ]
    packs = spare + sum(override.packs for override in overrides if override.first)
    overruled = allocate_overruled(points, packs=packs, pack_size=size, rungs=LADDER, overrides=overrides)
    assert sum(overruled.packs_by_point.values()) + overruled.left_over == packs
    given = {point.id: sum(o.packs for o in overrides if o.first and o.point == point.id) for point in points}
    for point in points:
        reason = overruled.explain(point.id)
        assert reason.packs == overruled.packs_by_point[point.id] == sum(step.packs for step in reason.steps)
        assert reason.packs >= given[point.id]
        if overruled.changes.get(point.id, 0) > 0:
            assert any(override.point == point.id for override in overrides)
