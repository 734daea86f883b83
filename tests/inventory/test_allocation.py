"""The ladder: cases one can check by hand, and the laws it promised to keep."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.allocation import Allocation, Point, Rung, TooManyPacks, allocate, count_packs

FRONT_THEN_REST = (
    Rung(tiers=frozenset({"frontline"}), ceiling_days=3),
    Rung(tiers=frozenset({"frontline", "other"}), ceiling_days=7),
)


def test_the_frontline_is_brought_to_its_ceiling_before_others_get_any() -> None:
    points = [
        Point(id="gate", tier="frontline", daily_need=20),
        Point(id="office", tier="other", daily_need=20),
    ]
    # Three days at 20 a day are 60 masks: 2 boxes of 50 pass it, 1 does not reach it.
    allocation = allocate(points, packs=3, pack_size=50, rungs=FRONT_THEN_REST)
    assert allocation.packs_by_point == {"gate": 2, "office": 1}


def test_inside_a_rung_the_lowest_cover_comes_first() -> None:
    points = [
        Point(id="empty", tier="frontline", daily_need=10),
        Point(id="stocked", tier="frontline", daily_need=10, on_hand=15),
    ]
    assert [given.point for given in allocate(points, packs=3, pack_size=10, rungs=FRONT_THEN_REST).sequence] == [
        "empty",
        "empty",
        "stocked",
    ]


def test_a_tie_goes_to_the_larger_need_then_to_the_id() -> None:
    points = [
        Point(id="b", tier="frontline", daily_need=10),
        Point(id="a", tier="frontline", daily_need=10),
        Point(id="c", tier="frontline", daily_need=30),
    ]
    order = [given.point for given in allocate(points, packs=3, pack_size=10, rungs=FRONT_THEN_REST).sequence]
    assert order == ["c", "a", "b"]


def test_nobody_gets_more_than_it_asked_for() -> None:
    points = [Point(id="gate", tier="frontline", daily_need=20, at_most=50)]
    allocation = allocate(points, packs=10, pack_size=50, rungs=FRONT_THEN_REST)
    assert allocation.packs_by_point == {"gate": 1}
    assert allocation.explain("gate").capped_by_request
    assert allocation.left_over == 9


def test_the_reason_names_the_place_of_the_next_pack() -> None:
    points = [
        Point(id="gate", tier="frontline", daily_need=50),
        Point(id="ramp", tier="frontline", daily_need=50),
    ]
    reason = allocate(points, packs=3, pack_size=50, rungs=FRONT_THEN_REST).explain("ramp")
    assert reason.packs == 1
    assert (reason.cover_before, reason.cover_after) == (0, 1)
    assert reason.next_pack == 4
    assert reason.more_needed == 1


def test_the_reason_names_who_was_served_last_and_who_comes_next() -> None:
    points = [
        Point(id="gate", tier="frontline", daily_need=50),
        Point(id="ramp", tier="frontline", daily_need=50, on_hand=10),
    ]
    # gate 0 d, ramp 0.2 d, gate 1 d, then ramp at 1.2 d would be next.
    reason = allocate(points, packs=3, pack_size=50, rungs=FRONT_THEN_REST).explain("ramp")
    assert reason.last_served is not None
    assert (reason.last_served.point, reason.last_served.number, reason.last_served.cover) == ("gate", 3, 1)
    assert reason.comes_next is not None
    assert (reason.comes_next.point, reason.comes_next.number) == ("ramp", 4)
    assert reason.comes_next.cover == Fraction(6, 5)


def test_a_need_may_be_a_fraction_of_a_piece() -> None:
    points = [
        Point(id="gate", tier="frontline", daily_need=Fraction(1, 3)),
        Point(id="ramp", tier="frontline", daily_need=Fraction(2, 3)),
    ]
    # Three days are one piece and two.
    rung = Rung(tiers=frozenset({"frontline"}), ceiling_days=3)
    assert allocate(points, packs=9, pack_size=1, rungs=[rung]).packs_by_point == {"gate": 1, "ramp": 2}


def test_packs_are_better_opened_where_not_everybody_on_the_rung_gets_one() -> None:
    points = [Point(id=name, tier="frontline", daily_need=50) for name in "abc"]
    assert allocate(points, packs=2, pack_size=50, rungs=FRONT_THEN_REST).better_opened
    assert not allocate(points, packs=2, pack_size=1, rungs=FRONT_THEN_REST).better_opened
    assert not allocate(points, packs=3, pack_size=50, rungs=FRONT_THEN_REST).better_opened


@pytest.mark.parametrize(("field", "value"), [("daily_need", 0), ("daily_need", -1), ("on_hand", -1), ("at_most", -1)])
def test_a_point_that_cannot_be_is_refused(field: str, value: int) -> None:
    with pytest.raises(ValueError, match=field):
        Point(**{"id": "x", "tier": "frontline", "daily_need": 1, field: value})  # type: ignore[arg-type]


def test_two_points_with_one_id_are_refused() -> None:
    twice = [Point(id="x", tier="frontline", daily_need=1)] * 2
    with pytest.raises(ValueError, match="same id"):
        allocate(twice, packs=1, pack_size=1, rungs=FRONT_THEN_REST)


def test_packs_too_small_to_count_out_are_refused_before_they_fill_the_memory() -> None:
    tons = [Point(id=name, tier="frontline", daily_need=1_000_000) for name in "abc"]
    with pytest.raises(TooManyPacks):
        allocate(tons, packs=10, pack_size=1, rungs=FRONT_THEN_REST)
    assert count_packs(tons, packs=9, pack_size=1, rungs=FRONT_THEN_REST) == {"a": 3, "b": 3, "c": 3}
    asked = [replace(point, at_most=5) for point in tons]
    assert allocate(asked, packs=10, pack_size=1, rungs=FRONT_THEN_REST).short == 5


TIERS = ("frontline", "window", "other")
points = st.lists(
    st.builds(
        Point,
        id=st.uuids().map(str),
        tier=st.sampled_from(TIERS),
        daily_need=st.integers(1, 60),
        on_hand=st.integers(0, 200),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda point: point.id,
)
rungs = st.lists(
    st.builds(Rung, tiers=st.sets(st.sampled_from(TIERS), min_size=1).map(frozenset), ceiling_days=st.integers(1, 9)),
    min_size=1,
    max_size=4,
)
packs = st.integers(0, 60)
pack_sizes = st.integers(1, 50)


def wanted_in_all(claims: list[Point], pack_size: int, ladder: list[Rung]) -> int:
    """The packs every rung together would take, by the definition of the cap."""
    total = 0
    for point in claims:
        ceiling = max((rung.ceiling_days for rung in ladder if point.tier in rung.tiers), default=0)
        total += max(0, -(-(ceiling * point.daily_need - point.on_hand) // pack_size))
    return total


@given(points, packs, pack_sizes, rungs)
def test_nothing_is_wasted_and_nothing_invented(claims: list[Point], n: int, size: int, ladder: list[Rung]) -> None:
    allocation = allocate(claims, packs=n, pack_size=size, rungs=ladder)
    assert sum(allocation.packs_by_point.values()) == min(n, wanted_in_all(claims, size, ladder))
    assert allocation.left_over == n - len(allocation.sequence)


@given(points, packs, pack_sizes, rungs)
def test_one_pack_more_only_lengthens_the_sequence(claims: list[Point], n: int, size: int, ladder: list[Rung]) -> None:
    fewer = allocate(claims, packs=n, pack_size=size, rungs=ladder)
    more = allocate(claims, packs=n + 1, pack_size=size, rungs=ladder)
    assert more.sequence[: len(fewer.sequence)] == fewer.sequence


@given(points, packs, pack_sizes, rungs)
def test_the_order_of_the_input_does_not_matter(claims: list[Point], n: int, size: int, ladder: list[Rung]) -> None:
    forward = allocate(claims, packs=n, pack_size=size, rungs=ladder)
    backward = allocate(claims[::-1], packs=n, pack_size=size, rungs=ladder)
    assert forward.sequence == backward.sequence


@given(points, packs, pack_sizes, rungs)
def test_a_later_rung_gives_only_when_every_earlier_one_is_full(
    claims: list[Point], n: int, size: int, ladder: list[Rung]
) -> None:
    allocation = allocate(claims, packs=n, pack_size=size, rungs=ladder)
    if not allocation.sequence:
        return
    last = allocation.sequence[-1].rung
    for rung in ladder[:last]:
        for point in claims:
            if point.tier in rung.tiers:
                assert _held(allocation, point) >= rung.ceiling_days * point.daily_need


@given(points, packs, pack_sizes, rungs)
def test_envy_inside_the_last_rung_is_at_most_one_pack(
    claims: list[Point], n: int, size: int, ladder: list[Rung]
) -> None:
    allocation = allocate(claims, packs=n, pack_size=size, rungs=ladder)
    if not allocation.sequence:
        return
    last = allocation.sequence[-1].rung
    received = {given.point for given in allocation.sequence if given.rung == last}
    members = [point for point in claims if point.tier in ladder[last].tiers]
    for envied in (point for point in members if point.id in received):
        for envious in members:
            if _held(allocation, envious) < ladder[last].ceiling_days * envious.daily_need:
                without_last_pack = Fraction(_held(allocation, envied) - size, envied.daily_need)
                assert without_last_pack <= Fraction(_held(allocation, envious), envious.daily_need)


@given(points, packs, pack_sizes, rungs)
def test_one_claimant_fewer_never_hurts_the_rest(claims: list[Point], n: int, size: int, ladder: list[Rung]) -> None:
    everybody = allocate(claims, packs=n, pack_size=size, rungs=ladder).packs_by_point
    rest = allocate(claims[1:], packs=n, pack_size=size, rungs=ladder).packs_by_point
    assert all(rest[point.id] >= everybody[point.id] for point in claims[1:])


@given(points, packs, pack_sizes, rungs)
def test_the_reasons_add_up_to_the_shares(claims: list[Point], n: int, size: int, ladder: list[Rung]) -> None:
    allocation = allocate(claims, packs=n, pack_size=size, rungs=ladder)
    for point in claims:
        reason = allocation.explain(point.id)
        assert sum(step.packs for step in reason.steps) == allocation.packs_by_point[point.id]
        if reason.more_needed is not None:
            later = allocate(claims, packs=n + reason.more_needed, pack_size=size, rungs=ladder)
            assert later.packs_by_point[point.id] == allocation.packs_by_point[point.id] + 1


@given(points, packs, pack_sizes, rungs)
def test_the_closed_form_says_what_the_sequence_says(
    claims: list[Point], n: int, size: int, ladder: list[Rung]
) -> None:
    shares = allocate(claims, packs=n, pack_size=size, rungs=ladder).packs_by_point
    assert count_packs(claims, packs=n, pack_size=size, rungs=ladder) == shares


@given(points, packs, pack_sizes, rungs)
def test_who_leaves_with_its_packs_changes_nothing_for_the_rest(
    claims: list[Point], n: int, size: int, ladder: list[Rung]
) -> None:
    everybody = allocate(claims, packs=n, pack_size=size, rungs=ladder).packs_by_point
    gone = claims[0].id
    rest = allocate(claims[1:], packs=n - everybody[gone], pack_size=size, rungs=ladder).packs_by_point
    assert rest == {point: packs for point, packs in everybody.items() if point != gone}


@given(points, packs, pack_sizes, rungs, st.integers(0, 40), st.integers(0, 200))
def test_who_needs_more_or_holds_less_never_gets_less(
    claims: list[Point], n: int, size: int, ladder: list[Rung], more: int, less: int
) -> None:
    before = allocate(claims, packs=n, pack_size=size, rungs=ladder).packs_by_point
    first = replace(claims[0], daily_need=claims[0].daily_need + more, on_hand=max(0, claims[0].on_hand - less))
    after = allocate([first, *claims[1:]], packs=n, pack_size=size, rungs=ladder).packs_by_point
    assert after[first.id] >= before[first.id]


@given(points, packs, pack_sizes, rungs, st.integers(2, 9))
def test_counting_in_other_pieces_changes_nothing(
    claims: list[Point], n: int, size: int, ladder: list[Rung], times: int
) -> None:
    finer = [replace(p, daily_need=p.daily_need * times, on_hand=p.on_hand * times) for p in claims]
    coarse = allocate(claims, packs=n, pack_size=size, rungs=ladder)
    assert allocate(finer, packs=n, pack_size=size * times, rungs=ladder).sequence == coarse.sequence


@given(points, packs, pack_sizes, rungs)
def test_a_ceiling_that_is_not_reached_may_be_raised(
    claims: list[Point], n: int, size: int, ladder: list[Rung]
) -> None:
    allocation = allocate(claims, packs=n, pack_size=size, rungs=ladder)
    if allocation.comes_next is None:
        return
    binding = allocation.comes_next.rung
    higher = [*ladder[:binding], replace(ladder[binding], ceiling_days=ladder[binding].ceiling_days + 5)]
    assert allocate(claims, packs=n, pack_size=size, rungs=higher).packs_by_point == allocation.packs_by_point


@settings(max_examples=60)
@given(st.lists(points, min_size=1, max_size=1), st.integers(0, 8), st.integers(5, 50), st.integers(1, 9))
def test_nobody_could_leave_the_worst_off_of_a_rung_better_off(
    drawn: list[list[Point]], n: int, size: int, ceiling: int
) -> None:
    claims = [replace(point, tier="frontline") for point in drawn[0][:4]]
    ladder = [Rung(tiers=frozenset({"frontline"}), ceiling_days=ceiling)]
    allocation = allocate(claims, packs=n, pack_size=size, rungs=ladder)

    def worst(shares: Mapping[str, int]) -> Fraction:
        covers = (point.cover_days(shares[point.id] * size) for point in claims)
        return min(min(cover, Fraction(ceiling)) for cover in covers)

    every_way = (
        dict(zip((point.id for point in claims), way, strict=True))
        for way in product(range(n + 1), repeat=len(claims))
        if sum(way) <= n
    )
    assert worst(allocation.packs_by_point) == max(map(worst, every_way))


def _held(allocation: Allocation, point: Point) -> int:
    return point.on_hand + allocation.packs_by_point[point.id] * allocation.pack_size
