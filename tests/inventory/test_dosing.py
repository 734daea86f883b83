"""What a disinfectant makes and how far it goes: the arithmetic of the label, exact."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.dosing import area_m2, mixture, product_mg_per_m2, rounds_outlook, solution_ml

FIVE_PERCENT = 50_000
KG_MG = 1_000_000


def test_twenty_kilograms_of_five_percent_make_2000_litres_for_20000_square_metres() -> None:
    made_ml = solution_ml(product_mg=20 * KG_MG, target_mg_per_l=500, active_mg_per_kg=FIVE_PERCENT)
    assert made_ml == 2_000_000
    assert area_m2(volume_ml=made_ml, ml_per_m2=100) == 20_000


def test_three_rounds_of_10000_square_metres_need_30_kilograms_and_20_last_for_two() -> None:
    a_metre_mg = product_mg_per_m2(target_mg_per_l=500, ml_per_m2=100, active_mg_per_kg=FIVE_PERCENT)
    assert a_metre_mg == 1_000  # a gram
    outlook = rounds_outlook(stock=20_000, rounds=3, area_m2=10_000, per_m2=a_metre_mg / 1_000)
    assert (outlook.needed, outlook.missing) == (30_000, 10_000)
    assert (outlook.rounds_served, outlook.area_served_m2, outlook.enough) == (2, 20_000, False)


def test_what_is_just_enough_is_enough() -> None:
    assert rounds_outlook(stock=30_000, rounds=3, area_m2=10_000, per_m2=Fraction(1)).enough


def test_500_mg_per_litre_of_five_percent_is_one_part_in_a_hundred() -> None:
    bucket = mixture(target_mg_per_l=500, volume_ml=10_000, active_mg_per_kg=FIVE_PERCENT)
    assert (bucket.product_ml, bucket.water_ml, bucket.parts) == (100, 9_900, 100)


def test_a_heavier_product_takes_less_volume() -> None:
    bucket = mixture(target_mg_per_l=500, volume_ml=10_000, active_mg_per_kg=FIVE_PERCENT, density_mg_per_ml=1_250)
    assert (bucket.product_mg, bucket.product_ml) == (100_000, 80)


def test_a_product_cannot_be_diluted_to_more_than_it_is() -> None:
    with pytest.raises(ValueError, match="does not make"):
        mixture(target_mg_per_l=60_000, volume_ml=1_000, active_mg_per_kg=FIVE_PERCENT)


@pytest.mark.parametrize("target", [0, -500])
def test_there_is_no_solution_of_nothing(target: int) -> None:
    with pytest.raises(ValueError, match="above zero"):
        mixture(target_mg_per_l=target, volume_ml=1_000, active_mg_per_kg=FIVE_PERCENT)


@given(
    volume_ml=st.integers(1, 10**7), target_mg_per_l=st.integers(1, 5_000), active_mg_per_kg=st.integers(5_000, 10**6)
)
def test_the_product_of_a_mixture_makes_just_that_mixture(
    volume_ml: int, target_mg_per_l: int, active_mg_per_kg: int
) -> None:
    mixed = mixture(target_mg_per_l=target_mg_per_l, volume_ml=volume_ml, active_mg_per_kg=active_mg_per_kg)
    assert mixed.product_ml + mixed.water_ml == volume_ml
    active_mg = mixed.product_mg * active_mg_per_kg / KG_MG
    assert active_mg == Fraction(target_mg_per_l * volume_ml, 1_000)
