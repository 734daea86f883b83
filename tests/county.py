"""A small county for tests: one warehouse, three points, two customers, two vehicles, four people. Figures to be checked by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from inventory import catalogue, ledger, places, units
from inventory.catalogue import Item, ItemKind
from inventory.ledger import Line, Recorded
from inventory.places import Place, StockLocation
from inventory.units import Tier, Unit, UnitKind
from logistics.accounts.models import Role, User
from logistics.fleet.models import Shift, Vehicle, VehiclePass
from logistics.orders.models import Customer, HandoverScene

#: Sunday 15 March 2020, 08:00 in China.
NOW = dt.datetime(2020, 3, 15, 0, 0, tzinfo=dt.UTC)
TODAY = dt.date(2020, 3, 15)
CHINA = dt.timezone(dt.timedelta(hours=8))
PASSWORD = "emergency-2020"


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """What the tests name. Objects are detached; take ids from them, or merge them into a session."""

    bureau: Unit
    warehouse: Unit
    checkpoint: Unit
    station: Unit
    village: Unit
    store: StockLocation
    supplier: StockLocation
    masks: Item
    disinfectant: Item
    cigarettes: Item
    people: dict[Role, User]
    van: Vehicle
    truck: Vehicle
    shop: Customer
    far_shop: Customer


def recorded(key: str, *, by: str = "officer", at: dt.datetime = NOW, reason: str = "") -> Recorded:
    """The head of a document in tests."""
    return Recorded(key=key, occurred_at=at, recorded_at=at, by=by, reason=reason)


def make_county(session: Session) -> County:
    """Stock: 2,000 masks (500 expiring 2020-06-01, 1,500 expiring 2021-01-01), 20 kg of disinfectant, 500 条 of cigarettes."""
    bureau = units.add_unit(session, code="YY", name="郧阳区局", kind=UnitKind.COUNTY, lat=32.83, lon=110.81)
    warehouse = units.add_unit(
        session, code="YY-CK", name="区局仓库", kind=UnitKind.WAREHOUSE, parent=bureau, lat=32.83, lon=110.81
    )
    below: dict[str, Any] = {"parent": bureau, "headcount": 10}
    checkpoint = units.add_unit(
        session,
        code="KD1",
        name="高速卡点",
        kind=UnitKind.CHECKPOINT,
        tier=Tier.FRONTLINE,
        lat=32.84,
        lon=110.83,
        **below,
    )
    station = units.add_unit(
        session,
        code="YZ1",
        name="安阳烟叶站",
        kind=UnitKind.STATION,
        tier=Tier.WINDOW,
        lat=32.8458,
        lon=111.0107,
        **below,
    )
    village = units.add_unit(
        session, code="CUN1", name="大柳村", kind=UnitKind.VILLAGE, lat=33.0161, lon=110.7364, **below
    )
    masks = catalogue.add_item(
        session,
        code="KZ",
        name="一次性口罩",
        kind=ItemKind.PROTECTION,
        base_unit="只",
        packs=[("盒", 50), ("箱", 2000)],
        weight_mg=4_000,
        volume_ul=30_000,
    )
    disinfectant = catalogue.add_item(
        session,
        code="XD84",
        name="84消毒液",
        kind=ItemKind.DISINFECTANT,
        base_unit="克",
        packs=[("公斤", 1000), ("桶", 5000)],
        weight_mg=1_000,
        volume_ul=1_000,
    )
    cigarettes = catalogue.add_item(
        session,
        code="JY",
        name="卷烟",
        kind=ItemKind.CIGARETTES,
        base_unit="条",
        packs=[("箱", 250)],
        weight_mg=260_000,
        volume_ul=1_300_000,
    )
    store = places.store_of(session, warehouse)
    supplier = places.open_location(session, place=Place.SUPPLIER, code="医药公司", name="医药公司")
    _stock(session, store, supplier, masks, disinfectant, cigarettes)
    people = {
        role: User(
            sign_in_name=role.value,
            name=role.value,
            role=role,
            unit=bureau,
            password_hash=_password_hash(),
            created_at=NOW,
            phone="13800000001",
            active=True,
        )
        for role in Role
    }
    session.add_all(people.values())
    van = _vehicle(session, "鄂C0001", "面包车", 800, 3_000, store)
    truck = _vehicle(session, "鄂C0002", "厢式货车", 3_000, 14_000, store)
    van.passes.append(VehiclePass(kind="绿色通道", valid_through=dt.date(2020, 4, 30)))
    for vehicle in (van, truck):
        for day in (15, 16):
            start = dt.datetime(2020, 3, day, 8, 0, tzinfo=CHINA)
            session.add(
                Shift(
                    vehicle=vehicle, driver=people[Role.DRIVER], starts_at=start, ends_at=start + dt.timedelta(hours=9)
                )
            )
    shop = _customer(session, "420304100001", "李家烟酒店", bureau, 32.84, 110.82, HandoverScene.DOOR, "08:30-11:30")
    far_shop = _customer(session, "420304100002", "安阳副食店", bureau, 32.85, 111.0, HandoverScene.VILLAGE_POINT, "")
    session.flush()
    return County(
        bureau=bureau,
        warehouse=warehouse,
        checkpoint=checkpoint,
        station=station,
        village=village,
        store=store,
        supplier=supplier,
        masks=masks,
        disinfectant=disinfectant,
        cigarettes=cigarettes,
        people=people,
        van=van,
        truck=truck,
        shop=shop,
        far_shop=far_shop,
    )


@cache
def _password_hash() -> str:
    """As cheap as can be: hundreds of tests sign in, and what a check costs stands in the hash itself."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def _stock(
    session: Session, store: StockLocation, supplier: StockLocation, masks: Item, disinfectant: Item, cigarettes: Item
) -> None:
    lots = (
        (masks, "M1", dt.date(2020, 6, 1), 500),
        (masks, "M2", dt.date(2021, 1, 1), 1_500),
        (disinfectant, "X1", dt.date(2021, 1, 1), 20_000),
        (cigarettes, "J1", None, 500),
    )
    ledger.receive(
        session,
        recorded=recorded("opening"),
        lines=[
            Line(
                lot_id=catalogue.lot_for(session, item=item, code=code, expires_on=expires_on).id,
                source_id=supplier.id,
                destination_id=store.id,
                quantity=quantity,
            )
            for item, code, expires_on, quantity in lots
        ],
    )


def _vehicle(
    session: Session, plate: str, kind: str, capacity_kg: int, capacity_l: int, depot: StockLocation
) -> Vehicle:
    aboard = places.open_location(session, place=Place.VEHICLE, code=plate, name=plate, unit=depot.unit)
    vehicle = Vehicle(
        plate=plate,
        kind=kind,
        capacity_kg=capacity_kg,
        capacity_l=capacity_l,
        cost_per_shift_yuan=200,
        cost_per_km_jiao=12,
        depot=depot,
        aboard=aboard,
        active=True,
    )
    session.add(vehicle)
    session.flush()
    return vehicle


def _customer(
    session: Session, code: str, name: str, unit: Unit, lat: float, lon: float, scene: HandoverScene, windows: str
) -> Customer:
    customer = Customer(
        code=code,
        name=name,
        unit=unit,
        lat=lat,
        lon=lon,
        address=name,
        contact="老板",
        phone="13900000002",
        scene=scene,
        windows=windows,
        required_pass="",
    )
    session.add(customer)
    session.flush()
    return customer
