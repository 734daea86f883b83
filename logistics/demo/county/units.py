"""The bureau, its store, an area for every town, and the points that supplies are carried to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from random import Random

from inventory.units import Tier, UnitKind
from logistics.demo.county import names
from logistics.demo.county.codes import STORE_CODE, TOP_CODE
from logistics.demo.county.facts import Facts
from logistics.demo.county.names import Unused
from logistics.demo.county.parts import DemoUnit
from logistics.demo.county.places import area, around, near, some_towns
from logistics.demo.county.towns import COUNTY_TOWN, TOWNS, Town


def units(rng: Random, facts: Facts) -> Iterator[DemoUnit]:
    """The bureau, its store, an area for every town, and below those the points."""
    yield DemoUnit(
        code=TOP_CODE,
        name="郧阳区局（演示数据）",
        kind=UnitKind.COUNTY,
        parent=None,
        lat=COUNTY_TOWN.lat,
        lon=COUNTY_TOWN.lon,
    )
    yield DemoUnit(
        code=STORE_CODE,
        name="区局仓库",
        kind=UnitKind.WAREHOUSE,
        parent=TOP_CODE,
        lat=32.82410,
        lon=110.81930,
        address="城关镇滨江大道（演示）",
        contact=names.person(rng),
        phone="13800009999",
    )
    for town in TOWNS:
        yield DemoUnit(
            code=area(town), name=f"{town.short}片区", kind=UnitKind.OTHER, parent=TOP_CODE, lat=town.lat, lon=town.lon
        )
    for number, point in enumerate([*_staffed_points(rng, facts), *_villages(rng, facts)]):
        code, name, kind, tier, town, headcount = point
        lat, lon = near(rng, town, 1.0) if tier is Tier.WINDOW else around(rng, town)
        yield DemoUnit(
            code=code,
            name=name,
            kind=kind,
            tier=tier,
            parent=area(town),
            lat=lat,
            lon=lon,
            address=f"{town.name}{name}" if kind is UnitKind.VILLAGE else names.street_address(rng, town.name),
            contact=names.person(rng),
            phone=f"1380000{number:04d}",
            headcount=headcount,
        )


type _Point = tuple[str, str, UnitKind, Tier, Town, int]
_FRONTLINE = (
    ("城关高速路口", UnitKind.CHECKPOINT),
    ("区第一医院发热门诊", UnitKind.HOSPITAL),
    ("公安指挥中心", UnitKind.CHECKPOINT),
    ("茶店高速路口", UnitKind.CHECKPOINT),
    ("区中医院", UnitKind.HOSPITAL),
    ("政务大楼体温监测点", UnitKind.CHECKPOINT),
    ("汉江大桥卡点", UnitKind.CHECKPOINT),
    ("客运站体温监测点", UnitKind.CHECKPOINT),
    ("鲍峡高速路口", UnitKind.CHECKPOINT),
    ("青曲高速路口", UnitKind.CHECKPOINT),
)


def _staffed_points(rng: Random, facts: Facts) -> Iterator[_Point]:
    others = list(TOWNS[1:])
    for number in range(facts.frontline):
        if number < len(_FRONTLINE):
            name, kind = _FRONTLINE[number]
            town = next((town for town in others if name.startswith(town.short)), COUNTY_TOWN)
        else:
            town, kind = others[number % len(others)], UnitKind.CHECKPOINT
            name = f"{town.short}进出口卡点"
        headcount = rng.randint(24, 40) if kind is UnitKind.HOSPITAL else rng.randint(10, 22)
        yield f"YX{number + 1:02d}", name, kind, Tier.FRONTLINE, town, headcount
    for number, town in enumerate(rng.sample(others, facts.stations)):
        yield f"YZ{number + 1:02d}", f"{town.short}烟叶站", UnitKind.STATION, Tier.WINDOW, town, rng.randint(6, 12)
    halls = ["城关政务窗口", "城关服务大厅"] + [f"{town.short}服务窗口" for town in rng.sample(others, 8)]
    for number, name in enumerate(halls[: facts.windows]):
        town = next((town for town in TOWNS if name.startswith(town.short)), COUNTY_TOWN)
        yield f"DW{number + 1:02d}", name, UnitKind.WINDOW, Tier.WINDOW, town, rng.randint(4, 9)
    unused = Unused()
    for number in range(facts.compounds):
        name = unused.draw(partial(names.compound, rng, COUNTY_TOWN.short)) if number else "老干部小区"
        yield f"XQ{number + 1:02d}", name, UnitKind.COMPOUND, Tier.OTHER, COUNTY_TOWN, rng.randint(6, 14)


def _villages(rng: Random, facts: Facts) -> Iterator[_Point]:
    """As many as make the points up, a third of all points in and around the county town."""
    count = facts.points - facts.frontline - facts.stations - facts.windows - facts.compounds
    near_seat = max(0, round(facts.points / 3) - facts.compounds - facts.frontline // 3 - min(2, facts.windows))
    unused = Unused()
    for number, town in enumerate(some_towns(rng, count, min(count, near_seat))):
        name = unused.draw(partial(names.village, rng, town.short))
        yield f"CUN{number + 1:03d}", name, UnitKind.VILLAGE, Tier.OTHER, town, rng.randint(4, 10)
