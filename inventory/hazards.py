"""Which goods must never meet, and why: 84 with alcohol or acid, disinfectants with food.

The one home of these rules: pages warn by them, and vehicles are loaded by them.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Hazard(enum.StrEnum):
    """What is dangerous about an item, or endangered (危险性)."""

    NONE = "none"
    CHLORINE = "chlorine"
    FLAMMABLE = "flammable"
    ACID = "acid"
    FOOD = "food"


class Within(enum.StrEnum):
    """What two goods must not share: a vehicle (nor a shelf of a store), or only a compartment."""

    VEHICLE = "vehicle"
    COMPARTMENT = "compartment"


class Danger(enum.StrEnum):
    """What happens where they meet."""

    CHLORINE_GAS = "chlorine_gas"
    REACTION = "reaction"
    SPOILT_FOOD = "spoilt_food"


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """How far two goods are kept apart, and why."""

    within: Within
    danger: Danger


def never_together(a: Hazard, b: Hazard) -> Separation | None:
    """How goods of these hazards are kept apart; None where they may stand together."""
    return _SEPARATIONS.get(frozenset((a, b)))


def separations(of: Hazard) -> dict[Hazard, Separation]:
    """What goods of this hazard are kept away from."""
    return {other: apart for other in Hazard if (apart := never_together(of, other)) is not None}


#: What the label of 84 forbids, and that no disinfectant travels beside food.
_SEPARATIONS = {
    frozenset((Hazard.CHLORINE, Hazard.ACID)): Separation(within=Within.VEHICLE, danger=Danger.CHLORINE_GAS),
    frozenset((Hazard.CHLORINE, Hazard.FLAMMABLE)): Separation(within=Within.VEHICLE, danger=Danger.REACTION),
    frozenset((Hazard.CHLORINE, Hazard.FOOD)): Separation(within=Within.COMPARTMENT, danger=Danger.SPOILT_FOOD),
    frozenset((Hazard.FLAMMABLE, Hazard.FOOD)): Separation(within=Within.COMPARTMENT, danger=Danger.SPOILT_FOOD),
    frozenset((Hazard.ACID, Hazard.FOOD)): Separation(within=Within.COMPARTMENT, danger=Danger.SPOILT_FOOD),
}
