"""How much disinfectant makes how much solution, and how far it goes.

Pure and exact. Concentrations: of the product as on its label, mg of active ingredient per kg (5 % are 50,000); of the solution, mg per
litre. Weights in milligrams, volumes in millilitres, areas in square metres. 20 kg of 5 % make 2,000 L at 500 mg/L, which serve
20,000 m² once at 100 mL/m².
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

_MG_PER_KG = 1_000_000
_ML_PER_L = 1_000
#: Of water, and of a product whose label tells nothing else.
WATER_MG_PER_ML = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """So much product and so much water make a solution."""

    volume_ml: int
    product_mg: Fraction
    product_ml: Fraction

    @property
    def water_ml(self) -> Fraction:
        return self.volume_ml - self.product_ml

    @property
    def parts(self) -> Fraction:
        """How many parts of solution one part of product makes: 100 means 1 part and 99 of water."""
        return self.volume_ml / self.product_ml


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsOutlook:
    """Whether a stock lasts for the rounds planned. `needed`, `missing` in the units of the stock."""

    rounds: int
    area_m2: int
    needed: Fraction
    missing: Fraction
    #: Whole rounds, and square metres once, that the stock is enough for.
    rounds_served: int
    area_served_m2: int

    @property
    def enough(self) -> bool:
        return self.missing == 0


def mixture(
    *,
    target_mg_per_l: int,
    volume_ml: int,
    active_mg_per_kg: int,
    density_mg_per_ml: int = WATER_MG_PER_ML,
) -> Mixture:
    """What makes so much solution of a concentration. Raises ValueError where the product is too weak for it."""
    product_mg = _product_mg(target_mg_per_l, Fraction(volume_ml), active_mg_per_kg)
    product_ml = product_mg / density_mg_per_ml
    if product_ml > volume_ml:
        raise ValueError(f"{active_mg_per_kg} mg/kg does not make {target_mg_per_l} mg/L")
    return Mixture(volume_ml=volume_ml, product_mg=product_mg, product_ml=product_ml)


def solution_ml(*, product_mg: int, target_mg_per_l: int, active_mg_per_kg: int) -> Fraction:
    """How much solution of a concentration so much product makes."""
    return product_mg / _product_mg(target_mg_per_l, Fraction(1), active_mg_per_kg)


def area_m2(*, volume_ml: Fraction | int, ml_per_m2: int) -> Fraction:
    """The area that so much solution serves once."""
    return Fraction(volume_ml) / ml_per_m2


def product_mg_per_m2(*, target_mg_per_l: int, ml_per_m2: int, active_mg_per_kg: int) -> Fraction:
    """The product that one square metre takes in one round."""
    return _product_mg(target_mg_per_l, Fraction(ml_per_m2), active_mg_per_kg)


def rounds_outlook(*, stock: int, rounds: int, area_m2: int, per_m2: Fraction) -> RoundsOutlook:
    """How far a stock goes on so many rounds of an area; `per_m2` is what one square metre takes of it in one round."""
    needed = rounds * area_m2 * per_m2
    served_m2 = max(0, stock) // per_m2
    return RoundsOutlook(
        rounds=rounds,
        area_m2=area_m2,
        needed=needed,
        missing=max(Fraction(0), needed - max(0, stock)),
        rounds_served=served_m2 // area_m2 if area_m2 else rounds,
        area_served_m2=served_m2,
    )


def _product_mg(target_mg_per_l: int, volume_ml: Fraction, active_mg_per_kg: int) -> Fraction:
    if target_mg_per_l <= 0 or volume_ml <= 0 or active_mg_per_kg <= 0:
        raise ValueError("concentrations and volumes are above zero")
    active_mg = target_mg_per_l * volume_ml / _ML_PER_L
    return active_mg * _MG_PER_KG / active_mg_per_kg
