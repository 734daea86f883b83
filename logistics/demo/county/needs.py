"""What is so of the points, the norms by which they need just what they ask for, and what they have of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inventory.norms import Basis
from inventory.units import Tier, UnitKind
from logistics.demo.county.codes import ALCOHOL, DISINFECTANT, GLOVES, MASK
from logistics.demo.county.parts import DemoDuty, DemoNorm, DemoUnit, DemoUnitFacts

#: By them the points need just what they ask for.
NORMS = (
    DemoNorm(item=MASK, basis=Basis.PERSON_SHIFT, amount=2, source="演示标准：每人每班口罩 2 只"),
    DemoNorm(item=DISINFECTANT, basis=Basis.AREA_ROUND, amount=None, source="演示标准：物体表面有效氯 500 mg/L"),
    DemoNorm(
        item=GLOVES,
        basis=Basis.PERSON_SHIFT,
        amount=2,
        tiers=(Tier.FRONTLINE,),
        source="演示标准：一线每人每班手套 2 双",
    ),
    DemoNorm(
        item=ALCOHOL,
        basis=Basis.POINT_DAY,
        amount=300,
        tiers=(Tier.FRONTLINE,),
        source="演示标准：一线点位每天酒精 300 毫升",
    ),
    DemoNorm(
        item=ALCOHOL, basis=Basis.POINT_DAY, amount=100, tiers=(Tier.WINDOW,), source="演示标准：窗口每天酒精 100 毫升"
    ),
)
#: Rounds of disinfection a day, as in an office building.
ROUNDS_A_DAY = 3
#: Days before the first one that points on duty have booked.
DUTY_DAYS = 15
_AREA_M2 = {Tier.FRONTLINE: 200, Tier.WINDOW: 100, Tier.OTHER: 50}


def unit_facts(units: Sequence[DemoUnit]) -> Iterator[DemoUnitFacts]:
    """Every point disinfects but the smallest; in villages and compounds live those who are looked after."""
    for unit in units:
        if unit.headcount:
            lived_in = unit.kind in (UnitKind.VILLAGE, UnitKind.COMPOUND)
            area_m2 = 0 if unit.tier is Tier.OTHER and unit.headcount < 9 else _AREA_M2[unit.tier]
            yield DemoUnitFacts(
                unit=unit.code,
                people=unit.headcount,
                area_m2=area_m2,
                rounds=ROUNDS_A_DAY if area_m2 else 0,
                households=30 * unit.headcount if lived_in else 0,
                isolated=unit.headcount % 4 if lived_in else 0,
            )


def duties(units: Sequence[DemoUnit]) -> Iterator[DemoDuty]:
    """The frontline and the windows hold something of their own, none left at all or enough for a week; the frontline books its use."""
    on_duty = [unit for unit in units if unit.tier is not Tier.OTHER]
    for number, unit in enumerate(on_duty):
        yield DemoDuty(
            unit=unit.code,
            people=unit.headcount,
            area_m2=_AREA_M2[unit.tier],
            days=DUTY_DAYS if unit.tier is Tier.FRONTLINE else 0,
            masks_days=number * 5 % 11,
            disinfectant_days=1 + number * 3 % 8,
        )
