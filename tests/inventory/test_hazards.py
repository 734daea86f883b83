"""What must never meet."""

import itertools

from inventory.hazards import Danger, Hazard, Within, never_together, separations


def test_84_is_never_in_one_vehicle_with_acid_or_alcohol() -> None:
    for other, danger in ((Hazard.ACID, Danger.CHLORINE_GAS), (Hazard.FLAMMABLE, Danger.REACTION)):
        apart = never_together(Hazard.CHLORINE, other)
        assert apart is not None
        assert (apart.within, apart.danger) == (Within.VEHICLE, danger)


def test_a_disinfectant_and_food_may_share_a_vehicle_but_no_compartment() -> None:
    for disinfectant in (Hazard.CHLORINE, Hazard.FLAMMABLE):
        apart = never_together(Hazard.FOOD, disinfectant)
        assert apart is not None
        assert apart.within is Within.COMPARTMENT


def test_what_is_harmless_goes_with_everything_and_like_with_like() -> None:
    assert all(never_together(Hazard.NONE, other) is None for other in Hazard)
    assert all(never_together(same, same) is None for same in Hazard)


def test_the_order_of_asking_does_not_matter() -> None:
    assert all(never_together(a, b) == never_together(b, a) for a, b in itertools.product(Hazard, repeat=2))


def test_an_item_names_everything_it_is_kept_away_from() -> None:
    assert set(separations(Hazard.CHLORINE)) == {Hazard.ACID, Hazard.FLAMMABLE, Hazard.FOOD}
    assert separations(Hazard.NONE) == {}
