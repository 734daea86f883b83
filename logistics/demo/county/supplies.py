"""The items, what came in of them, and what the points ask for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from inventory.catalogue import ItemKind
from inventory.units import Tier, UnitKind
from logistics.demo.county.codes import (
    ALCOHOL,
    CARTONS_A_CASE,
    CLASSES,
    DISINFECTANT,
    GLOVES,
    MASK,
    SPRAYER,
    THERMOMETER,
)
from logistics.demo.county.facts import Facts, parts_of
from logistics.demo.county.parts import DemoItem, DemoReceipt, DemoRequisition, DemoUnit

ITEMS = (
    DemoItem(
        code=MASK,
        name="一次性口罩",
        kind=ItemKind.PROTECTION,
        base_unit="只",
        packs=(("袋", 10), ("盒", 50), ("箱", 2000)),
        weight_mg=4_000,
        volume_ul=30_000,
    ),
    DemoItem(
        code=DISINFECTANT,
        name="84消毒液",
        kind=ItemKind.DISINFECTANT,
        base_unit="克",
        packs=(("公斤", 1000), ("桶", 5000)),
        weight_mg=1_100,
        volume_ul=1_000,
        active_percent=5,
    ),
    DemoItem(
        code=THERMOMETER,
        name="体温枪",
        kind=ItemKind.EQUIPMENT,
        base_unit="把",
        weight_mg=300_000,
        volume_ul=1_200_000,
    ),
    DemoItem(
        code=SPRAYER,
        name="手（自）动喷壶",
        kind=ItemKind.EQUIPMENT,
        base_unit="个",
        weight_mg=2_500_000,
        volume_ul=20_000_000,
    ),
    DemoItem(
        code=ALCOHOL,
        name="75%消毒酒精",
        kind=ItemKind.ALCOHOL,
        base_unit="毫升",
        packs=(("瓶", 500), ("升", 1000), ("箱", 10_000)),
        weight_mg=900,
        volume_ul=1_200,
    ),
    DemoItem(
        code=GLOVES,
        name="一次性手套",
        kind=ItemKind.PROTECTION,
        base_unit="双",
        packs=(("盒", 50), ("箱", 1000)),
        weight_mg=12_000,
        volume_ul=60_000,
    ),
    DemoItem(
        code="YP-001",
        name="藿香正气胶囊",
        kind=ItemKind.MEDICINE,
        base_unit="盒",
        packs=(("箱", 100),),
        weight_mg=40_000,
        volume_ul=200_000,
    ),
    DemoItem(
        code="YP-002",
        name="抗病毒胶囊",
        kind=ItemKind.MEDICINE,
        base_unit="盒",
        packs=(("箱", 100),),
        weight_mg=40_000,
        volume_ul=200_000,
    ),
    DemoItem(
        code="YP-003",
        name="感冒清热颗粒",
        kind=ItemKind.MEDICINE,
        base_unit="盒",
        packs=(("箱", 60),),
        weight_mg=130_000,
        volume_ul=500_000,
    ),
    # A case of 250 cartons weighs about 65 kg and takes about 370 litres.
    *(
        DemoItem(
            code=code,
            name=name,
            kind=ItemKind.CIGARETTES,
            base_unit="条",
            packs=(("箱", CARTONS_A_CASE),),
            weight_mg=260_000,
            volume_ul=1_480_000,
        )
        for code, name in zip(CLASSES, ("一类卷烟", "二类卷烟", "三类卷烟"), strict=True)
    ),
)
_UNIT_SIZES = {item.code: dict(item.packs) | {item.base_unit: 1} for item in ITEMS}


def receipts(facts: Facts, first_day: dt.date) -> Iterator[DemoReceipt]:
    """What came in during the week before: bought in a dry market, given by firms and staff, and the cigarettes in store."""
    boxes = facts.masks // 50
    given = boxes // 7
    buckets = facts.disinfectant_g // 10_000
    given_sprayers = max(1, facts.sprayers // 4)
    rest_kg = facts.disinfectant_g // 1000 - 5 * buckets
    lines: list[tuple[int, bool, str, str, str, int | None, int, str]] = [
        (6, False, "康源医药公司", MASK, "KY-M2101", 700, (boxes - 3 * given) // 40, "箱"),
        (6, False, "康源医药公司", MASK, "KY-M2102", 720, (boxes - 3 * given) % 40, "盒"),
        (4, False, "惠民医疗器械", MASK, "HM-0312", 400, 2 * given, "盒"),
        (3, True, "本局职工募捐", MASK, "JK-01", 45, given, "盒"),
        (6, False, "汉江日化", DISINFECTANT, "HJ-84-07", 150, buckets, "桶"),
        (2, True, "爱心企业捐赠", DISINFECTANT, "HJ-84-09", 240, rest_kg, "公斤"),
        (5, False, "惠民医疗器械", THERMOMETER, "TW-2003", None, facts.thermometers, "把"),
        (5, False, "农资商店", SPRAYER, "PH-A", None, facts.sprayers - given_sprayers, "个"),
        (3, True, "爱心企业捐赠", SPRAYER, "PH-B", None, given_sprayers, "个"),
        (6, False, "康源医药公司", ALCOHOL, "JJ-11", 330, 3, "箱"),
        (3, True, "本局职工募捐", ALCOHOL, "JJ-12", 90, 24, "瓶"),
        (6, False, "惠民医疗器械", GLOVES, "ST-5", 900, 2, "箱"),
        (4, False, "康源医药公司", "YP-001", "HX-88", 20, 60, "盒"),
        (4, False, "康源医药公司", "YP-001", "HX-91", 420, 3, "箱"),
        (4, False, "康源医药公司", "YP-002", "KB-16", 380, 2, "箱"),
        (4, False, "康源医药公司", "YP-003", "GM-30", 260, 4, "箱"),
    ]
    spare = parts_of(facts.cases_stocked - facts.cases_ordered)
    lines += [
        (7, False, "省局卷烟库", code, f"{code}-01", None, ordered + more, "箱")
        for code, ordered, more in zip(CLASSES, parts_of(facts.cases_ordered), spare, strict=True)
    ]
    for days_ago, donated, giver, item, lot, expires_in, amount, word in lines:
        if amount:
            yield DemoReceipt(
                day=first_day - dt.timedelta(days=days_ago),
                donated=donated,
                giver=giver,
                item=item,
                lot=lot,
                expires_on=None if expires_in is None else first_day + dt.timedelta(days=expires_in),
                amount=amount,
                word=word,
                pieces=amount * _UNIT_SIZES[item][word],
            )


def requisitions(units: Sequence[DemoUnit], first_day: dt.date) -> Iterator[DemoRequisition]:
    """Every point asks a week of masks at two a person and day; who disinfects and measures asks for that too."""
    for unit in units:
        if not unit.headcount:
            continue
        for item, quantity, daily_need in _wishes(unit):
            yield DemoRequisition(
                unit=unit.code,
                item=item,
                quantity=quantity,
                daily_need=daily_need,
                asked_on=first_day - dt.timedelta(days=1),
            )


def _wishes(unit: DemoUnit) -> Iterator[tuple[str, int, int]]:
    a_day = 2 * unit.headcount
    yield MASK, 7 * a_day, a_day
    if unit.tier is Tier.FRONTLINE:
        yield DISINFECTANT, 4000, 600
        yield THERMOMETER, 2 if unit.kind is UnitKind.HOSPITAL else 1, 1
        yield SPRAYER, 1, 1
        yield ALCOHOL, 7 * 300, 300
        yield GLOVES, 7 * a_day, a_day
    elif unit.tier is Tier.WINDOW:
        yield DISINFECTANT, 2000, 300
        yield SPRAYER, 1, 1
        yield ALCOHOL, 7 * 100, 100
    elif unit.headcount >= 9:
        yield DISINFECTANT, 1000, 150
