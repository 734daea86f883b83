"""What stands in for what: the own item first, then what expires soonest, by one ladder in class units."""

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
