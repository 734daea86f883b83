"""Generates a county for the demonstration: around the real towns of Yunyang, everything else invented by a seed.

The figures follow what is told of spring 2020: 1,640 retail customers, 914 cases of cigarettes in the first round, 14,000 masks, 20 kg of
disinfectant, three thermometer guns and eleven sprayers, for more points than they can serve. Pure: the same seed and day give the
same county.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from inventory.catalogue import ItemKind
from inventory.norms import Basis
from inventory.units import Tier, UnitKind
from logistics.accounts.models import Role
from logistics.demo import names
from logistics.demo.names import Unused
from logistics.demo.towns import COUNTY_TOWN, EAST, NORTH, SOUTH, TOWNS, WEST, Town
from logistics.orders.models import HandoverScene

#: The code of the unit at the top, by which a database is known to hold the demonstration and nobody's own data.
TOP_CODE = "YY-DEMO"
STORE_CODE = "YY-CK"
PASS = "绿色通道"  # noqa: S105 -- a permit for vehicles
#: What the last shop but one asks for and no vehicle has; and when the last is there: before any vehicle leaves.
OTHER_PASS = "隔离区通行证"  # noqa: S105
TOO_EARLY = "06:00-07:30"
CARTONS_A_CASE = 250

MASK, DISINFECTANT, THERMOMETER, SPRAYER = "KZ-001", "XD-084", "TW-001", "PH-001"
ALCOHOL, GLOVES = "JJ-075", "ST-001"
CLASSES = ("JY-1", "JY-2", "JY-3")

_KM_A_DEGREE = 111.2
_SCENES = {
    HandoverScene.DOOR: 55,
    HandoverScene.AGREED_POINT: 15,
    HandoverScene.GATE: 12,
    HandoverScene.VILLAGE_POINT: 15,
    HandoverScene.QUARANTINE: 3,
}
_WINDOWS = ("08:30-11:30", "14:00-17:00", "08:30-11:30;14:00-17:00", "09:00-12:00", "13:30-17:30")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The figures the county is made by. `scaled` gives a smaller county for a quick look."""

    customers: int = 1640
    #: Stations, windows, frontline points, compounds and villages together.
    points: int = 340
    stations: int = 12
    windows: int = 6
    frontline: int = 18
    compounds: int = 14
    cases_ordered: int = 914
    cases_stocked: int = 1000
    masks: int = 14_000
    disinfectant_g: int = 20_000
    thermometers: int = 3
    sprayers: int = 11
    vans: int = 12
    light_trucks: int = 10
    box_trucks: int = 6

    def scaled(self, scale: float) -> Facts:
        """All counts times `scale`, at least one of each; what is scarce stays as scarce as it was."""

        def part(count: int) -> int:
            return max(1, round(count * scale))

        return Facts(
            customers=part(self.customers),
            points=max(part(self.points), 8),
            stations=part(self.stations),
            windows=part(self.windows),
            # Two, so that one thermometer gun is too few.
            frontline=max(part(self.frontline), 2),
            compounds=part(self.compounds),
            # Three classes of cigarettes, each in whole cases.
            cases_ordered=max(part(self.cases_ordered), 3),
            cases_stocked=max(part(self.cases_stocked), 6),
            # In boxes of 50, of which a seventh was given; in whole kilograms.
            masks=max(50 * round(self.masks * scale / 50), 350),
            disinfectant_g=max(1000 * round(self.disinfectant_g * scale / 1000), 1000),
            thermometers=part(self.thermometers),
            sprayers=max(part(self.sprayers), 2),
            vans=part(self.vans),
            light_trucks=part(self.light_trucks),
            box_trucks=part(self.box_trucks),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUnit:
    """A unit below `parent`; people on duty in `headcount`."""

    code: str
    name: str
    kind: UnitKind
    tier: Tier = Tier.OTHER
    parent: str | None
    lat: float
    lon: float
    address: str = ""
    contact: str = ""
    phone: str = ""
    headcount: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoItem:
    """An item with its packs as (word, base units)."""

    code: str
    name: str
    kind: ItemKind
    base_unit: str
    packs: tuple[tuple[str, int], ...] = ()
    weight_mg: int
    volume_ul: int
    active_percent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReceipt:
    """One line of what came in: so many packs (`word`) of a lot, bought or given. `pieces` is the same in base units."""

    day: dt.date
    donated: bool
    giver: str
    item: str
    lot: str
    expires_on: dt.date | None
    amount: int
    word: str
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """Somebody who signs in."""

    sign_in_name: str
    name: str
    role: Role
    unit: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCustomer:
    """A shop; `unit` serves it."""

    code: str
    name: str
    unit: str
    lat: float
    lon: float
    address: str
    contact: str
    phone: str
    scene: HandoverScene
    windows: str
    required_pass: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOrder:
    """What a customer ordered: cartons (条) by item code, in the order of `CLASSES`."""

    number: str
    customer: str
    ordered_on: dt.date
    cartons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoVehicle:
    """A vehicle and its usual driver; `pass_through` is the last day of its pass, None without one."""

    plate: str
    kind: str
    capacity_kg: int
    capacity_l: int
    cost_per_shift_yuan: int
    cost_per_km_jiao: int
    pass_through: dt.date | None
    driver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoShift:
    """A driver with a vehicle on a day, from clock time to clock time."""

    day: dt.date
    plate: str
    driver: str
    starts: dt.time
    ends: dt.time


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRequisition:
    """What a point asks for, in base units."""

    unit: str
    item: str
    quantity: int
    daily_need: int
    asked_on: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUnitFacts:
    """What is so of a unit; the people are on one shift a day."""

    unit: str
    people: int
    area_m2: int
    rounds: int
    households: int
    isolated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoNorm:
    """How much of an item per basis: an amount in base units, or a dose of half a gram to the litre."""

    item: str
    basis: Basis
    amount: int | None
    tiers: tuple[Tier, ...] = ()
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDuty:
    """A point's own stock on the first day, beside what it used on the `days` before."""

    unit: str
    people: int
    area_m2: int
    days: int
    #: For so many days the masks still last, and for so many the disinfectant.
    masks_days: int
    disinfectant_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCounty:
    """Everything the demonstration begins with. `shares` are the items to share out with the pack to share them by."""

    seed: int
    first_day: dt.date
    last_day: dt.date
    facts: Facts
    units: tuple[DemoUnit, ...]
    items: tuple[DemoItem, ...]
    receipts: tuple[DemoReceipt, ...]
    people: tuple[DemoPerson, ...]
    customers: tuple[DemoCustomer, ...]
    orders: tuple[DemoOrder, ...]
    vehicles: tuple[DemoVehicle, ...]
    shifts: tuple[DemoShift, ...]
    requisitions: tuple[DemoRequisition, ...]
    unit_facts: tuple[DemoUnitFacts, ...]
    norms: tuple[DemoNorm, ...]
    duties: tuple[DemoDuty, ...]

    @property
    def points(self) -> list[DemoUnit]:
        """The units that supplies are carried to."""
        return [unit for unit in self.units if unit.headcount]

    def received(self, item: str) -> int:
        """Base units of an item that came in."""
        return sum(line.pieces for line in self.receipts if line.item == item)

    def ordered(self, item: str) -> int:
        """Cartons ordered of a class of cigarettes."""
        return sum(cartons for order in self.orders for code, cartons in order.cartons if code == item)

    def asked(self, item: str) -> int:
        """Base units of an item that all points ask for."""
        return sum(asked.quantity for asked in self.requisitions if asked.item == item)


def generate(seed: int, first_day: dt.date, facts: Facts | None = None) -> DemoCounty:
    """The county of this seed, its two and a half working days beginning on `first_day`."""
    facts = facts or Facts()
    rng = Random(seed)  # noqa: S311 -- repeatable on purpose
    units = tuple(_units(rng, facts))
    customers = tuple(_customers(rng, facts))
    vehicles = tuple(_vehicles(rng, facts, first_day))
    return DemoCounty(
        seed=seed,
        first_day=first_day,
        last_day=first_day + dt.timedelta(days=2),
        facts=facts,
        units=units,
        items=ITEMS,
        receipts=tuple(_receipts(facts, first_day)),
        people=tuple(_people(rng, units, vehicles)),
        customers=customers,
        orders=tuple(_orders(rng, facts, customers, first_day)),
        vehicles=vehicles,
        shifts=tuple(_shifts(vehicles, first_day)),
        requisitions=tuple(_requisitions(units, first_day)),
        unit_facts=tuple(_unit_facts(units)),
        norms=NORMS,
        duties=tuple(_duties(units)),
    )


# Places ---------------------------------------------------------------------------------------------------------------


def in_county(lat: float, lon: float) -> bool:
    """Whether a place lies inside the box around the district."""
    return SOUTH <= lat <= NORTH and WEST <= lon <= EAST


def _around(rng: Random, town: Town) -> tuple[float, float]:
    """A place in or around a town, thinning out with the distance: most within walking distance, some up a valley."""
    near, far = (2.0, 4.0) if town is COUNTY_TOWN else (1.2, 4.5)
    return _near(rng, town, near if rng.random() < 0.6 else far)


def _near(rng: Random, town: Town, spread_km: float) -> tuple[float, float]:
    while True:
        north_km, east_km = rng.gauss(0, spread_km), rng.gauss(0, spread_km)
        lat = round(town.lat + north_km / _KM_A_DEGREE, 5)
        lon = round(town.lon + east_km / (_KM_A_DEGREE * math.cos(math.radians(town.lat))), 5)
        if in_county(lat, lon) and math.hypot(north_km, east_km) < 3 * spread_km:
            return lat, lon


def _towns(rng: Random, count: int, in_county_town: int) -> list[Town]:
    """The county town so many times, and for the rest the other towns, some larger than others."""
    others = TOWNS[1:]
    sizes = [rng.uniform(0.6, 1.8) for _ in others]
    return [COUNTY_TOWN] * in_county_town + rng.choices(others, sizes, k=count - in_county_town)


def _area(town: Town) -> str:
    return f"PQ{TOWNS.index(town) + 1:02d}"


# Units ----------------------------------------------------------------------------------------------------------------


def _units(rng: Random, facts: Facts) -> Iterator[DemoUnit]:
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
            code=_area(town), name=f"{town.short}片区", kind=UnitKind.OTHER, parent=TOP_CODE, lat=town.lat, lon=town.lon
        )
    for number, point in enumerate([*_staffed_points(rng, facts), *_villages(rng, facts)]):
        code, name, kind, tier, town, headcount = point
        lat, lon = _near(rng, town, 1.0) if tier is Tier.WINDOW else _around(rng, town)
        yield DemoUnit(
            code=code,
            name=name,
            kind=kind,
            tier=tier,
            parent=_area(town),
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
    for number, town in enumerate(_towns(rng, count, min(count, near_seat))):
        name = unused.draw(partial(names.village, rng, town.short))
        yield f"CUN{number + 1:03d}", name, UnitKind.VILLAGE, Tier.OTHER, town, rng.randint(4, 10)


# Supplies -------------------------------------------------------------------------------------------------------------

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


def _receipts(facts: Facts, first_day: dt.date) -> Iterator[DemoReceipt]:
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
    spare = _parts_of(facts.cases_stocked - facts.cases_ordered)
    lines += [
        (7, False, "省局卷烟库", code, f"{code}-01", None, ordered + more, "箱")
        for code, ordered, more in zip(CLASSES, _parts_of(facts.cases_ordered), spare, strict=True)
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


def _requisitions(units: Sequence[DemoUnit], first_day: dt.date) -> Iterator[DemoRequisition]:
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


# Needs ----------------------------------------------------------------------------------------------------------------

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


def _unit_facts(units: Sequence[DemoUnit]) -> Iterator[DemoUnitFacts]:
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


def _duties(units: Sequence[DemoUnit]) -> Iterator[DemoDuty]:
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


# Customers and what they ordered --------------------------------------------------------------------------------------


def _customers(rng: Random, facts: Facts) -> Iterator[DemoCustomer]:
    """Shops by town. Two cannot be served as they ask, so that one sees how the planner says why."""
    unused = Unused()
    for number, town in enumerate(_towns(rng, facts.customers, round(facts.customers / 3)), start=1):
        owner = names.surname(rng)
        name = unused.draw(partial(names.shop, rng, town.short, owner))
        lat, lon = _around(rng, town)
        scene = rng.choices(list(_SCENES), list(_SCENES.values()))[0]
        windows = rng.choice(_WINDOWS) if rng.random() < 1 / 3 else ""
        required_pass = PASS if rng.random() < 0.03 else ""
        yield DemoCustomer(
            code=f"4203041{number:05d}",
            name=name,
            unit=_area(town),
            lat=lat,
            lon=lon,
            address=names.street_address(rng, town.name),
            contact=f"{owner}老板",
            phone=f"1390000{number:04d}",
            scene=scene,
            windows=TOO_EARLY if number == facts.customers else windows,
            required_pass=OTHER_PASS if number == facts.customers - 1 else required_pass,
        )


def _orders(rng: Random, facts: Facts, customers: Sequence[DemoCustomer], first_day: dt.date) -> Iterator[DemoOrder]:
    """Every customer orders; small shops take only the third class. Together they are exactly the cases ordered."""
    sizes = [rng.lognormvariate(0, 0.7) for _ in customers]
    first, second, third = _parts_of(facts.cases_ordered)
    shares = (
        [5 * n for n in _apportion(first * CARTONS_A_CASE // 5, [s if s > 1.2 else 0 for s in sizes])],
        [5 * n for n in _apportion(second * CARTONS_A_CASE // 5, [s if s > 0.7 else 0 for s in sizes])],
        [10 * n for n in _apportion(third * CARTONS_A_CASE // 10, sizes, at_least=1)],
    )
    ordered_on = first_day - dt.timedelta(days=1)
    for number, (customer, *cartons) in enumerate(zip(customers, *shares, strict=True), start=1):
        yield DemoOrder(
            number=f"FX{ordered_on:%Y%m%d}{number:05d}",
            customer=customer.code,
            ordered_on=ordered_on,
            cartons=tuple((code, n) for code, n in zip(CLASSES, cartons, strict=True) if n),
        )


def _parts_of(cases: int) -> tuple[int, int, int]:
    """Cases of the three classes: a fifth, three tenths, the rest."""
    first, second = cases // 5, 3 * cases // 10
    return first, second, cases - first - second


def _apportion(total: int, weights: Sequence[float], *, at_least: int = 0) -> list[int]:
    """Whole numbers by weight that add up to `total`: the parts left by rounding down go to the largest remainders."""
    shared = total - at_least * len(weights)
    scale = shared / sum(weights)
    parts = [int(weight * scale) for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (parts[i] - weights[i] * scale, i))
    for i in by_remainder[: shared - sum(parts)]:
        parts[i] += 1
    return [part + at_least for part in parts]


# Fleet and people -----------------------------------------------------------------------------------------------------


def _vehicles(rng: Random, facts: Facts, first_day: dt.date) -> Iterator[DemoVehicle]:
    """Vans, light trucks and box trucks, every other one with a pass."""
    kinds = (
        ("面包车", "M", facts.vans, 800, 3_500, 180, 9),
        ("轻型货车", "Q", facts.light_trucks, 1_500, 8_000, 240, 13),
        ("厢式货车", "X", facts.box_trucks, 4_000, 18_000, 360, 22),
    )
    number = 0
    for kind, letter, count, capacity_kg, capacity_l, a_shift, a_km in kinds:
        for index in range(count):
            number += 1
            yield DemoVehicle(
                plate=f"鄂C{letter}{index + 1:04d}",
                kind=kind,
                capacity_kg=capacity_kg,
                capacity_l=capacity_l,
                cost_per_shift_yuan=a_shift,
                cost_per_km_jiao=a_km,
                pass_through=first_day + dt.timedelta(days=rng.randint(20, 60)) if number % 2 else None,
                driver=f"siji{number:02d}",
            )


def _shifts(vehicles: Sequence[DemoVehicle], first_day: dt.date) -> Iterator[DemoShift]:
    """Two whole days and a morning."""
    for day, ends in enumerate((dt.time(18), dt.time(18), dt.time(12, 30))):
        for vehicle in vehicles:
            yield DemoShift(
                day=first_day + dt.timedelta(days=day),
                plate=vehicle.plate,
                driver=vehicle.driver,
                starts=dt.time(8),
                ends=ends,
            )


def _people(rng: Random, units: Sequence[DemoUnit], vehicles: Sequence[DemoVehicle]) -> Iterator[DemoPerson]:
    station = next(unit.code for unit in units if unit.kind is UnitKind.STATION)
    village = next(unit.code for unit in units if unit.kind is UnitKind.VILLAGE)
    office = (
        ("admin", Role.ADMIN, TOP_CODE),
        ("caigou", Role.OFFICER, TOP_CODE),
        ("diaodu", Role.DISPATCHER, TOP_CODE),
        ("lingdao", Role.LEADER, TOP_CODE),
        ("lianluo", Role.REPORTER, station),
        ("sanzhang", Role.CHIEF, village),
    )
    unused = Unused()
    drivers = tuple((vehicle.driver, Role.DRIVER, STORE_CODE) for vehicle in vehicles)
    for number, (sign_in_name, role, unit) in enumerate(office + drivers):
        yield DemoPerson(
            sign_in_name=sign_in_name,
            name=unused.draw(partial(names.person, rng)),
            role=role,
            unit=unit,
            phone=f"1370000{number:04d}",
        )
