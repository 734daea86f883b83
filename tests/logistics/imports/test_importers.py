"""Each kind of table: what it records, and what only it can find wrong. On both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from inventory import days, stock
from inventory.catalogue import Lot, item_by_code
from inventory.ledger import Document
from inventory.places import Place
from inventory.requisitions import Requisition
from inventory.units import Tier, is_within, unit_by_code
from logistics.accounts.models import Role, User
from logistics.db import Database
from logistics.fleet.models import Shift, Vehicle
from logistics.imports import importer
from logistics.imports.importer import Findings, Register
from logistics.orders.models import Customer, DeliveryOrder, HandoverScene, Order
from logistics.workbooks.checking import Checked, CheckedRow
from logistics.workbooks.errors import RowErrors
from tests.county import CHINA, NOW, County
from tests.logistics.imports.tables import (
    CUSTOMER,
    CUSTOMERS,
    ITEMS,
    ORDER,
    ORDERS,
    RECEIPT,
    RECEIPTS,
    REQUISITIONS,
    SHIFTS,
    UNITS,
    VEHICLES,
    changed,
    codes,
    take,
)

UNIT = ("CUN2", "小岭村", "村", "KD9", "其他", 33.01, 110.73, 6)
ITEM = ("TW", "体温枪", "器具", "把", "箱=40", 350, 1200)
ASKED = ("2020-03-14", "KD1", "KZ", 10, 1, "盒")
VEHICLE = ("鄂C·a8888", "冷藏车", 1200, 6000, "YY-CK", "绿色通道:2020-04-30;进城证:长期", 1.5)
SHIFT = ("鄂C0001", "driver", "2020-03-20", "08:00", "12:30")


# Units


def test_units_stand_below_parents_that_come_later_in_the_table(database: Database, county: County) -> None:
    take(database, "units", UNITS, UNIT, ("KD9", "北卡点", "卡点", "郧阳区局", "一线点位", "", "", ""))
    with database.reading() as session:
        village, checkpoint = unit_by_code(session, "CUN2"), unit_by_code(session, "KD9")
        assert village.parent is checkpoint
        assert checkpoint.parent_id == county.bureau.id
        assert is_within(session, village.id, county.bureau.id)
        assert (checkpoint.tier, checkpoint.lat, village.headcount) == (Tier.FRONTLINE, None, 6)


def test_a_blank_cell_leaves_what_is_known_of_a_unit(database: Database, county: County) -> None:
    take(database, "units", UNITS, ("KD1", "高速西卡点", "卡点", "", "", "", "", ""))
    with database.reading() as session:
        unit = unit_by_code(session, "KD1")
        assert (unit.name, unit.tier, unit.lat, unit.parent_id) == (
            "高速西卡点",
            Tier.FRONTLINE,
            32.84,
            county.bureau.id,
        )


def test_units_cannot_stand_in_a_circle_or_below_nobody(database: Database, county: County) -> None:
    a = ("A", "甲", "村", "乙", "", "", "", "")
    b = ("B", "乙", "村", "A", "", "", "", "")
    half = ("C", "丙", "村", "KD1", "", 32.8, "", "")
    once, twice = ("D", "丁", "村", "YY", "", "", "", ""), ("D", "丁二", "村", "西天", "", "", "", "")
    assert codes(database, "units", UNITS, a, b, half, once, twice) == [
        (2, "上级单位", "own_parent"),
        (3, "上级单位", "own_parent"),
        (4, "纬度", "half_a_place"),
        (6, "单位编码", "twice"),
        (6, "上级单位", "unknown"),
    ]


# Items


def test_items_have_packs_and_exact_weights(database: Database, county: County) -> None:
    take(database, "items", ITEMS, ITEM, ("MF", "面粉", "生活物资", "克", "公斤=1000；袋=25000", 1, 1.6))
    with database.reading() as session:
        gun, flour = item_by_code(session, "TW"), item_by_code(session, "MF")
        assert gun.units() == {"把": 1, "箱": 40}
        assert flour.units() == {"克": 1, "公斤": 1000, "袋": 25000}
        assert (gun.weight_mg, gun.volume_ul, flour.volume_ul) == (350_000, 1_200_000, 1_600)


def test_an_item_keeps_its_base_unit_and_gains_packs(database: Database, county: County) -> None:
    take(database, "items", ITEMS, ("KZ", "一次性医用口罩", "", "只", "件=4000", "", ""))
    with database.reading() as session:
        masks = item_by_code(session, "KZ")
        assert masks.units() == {"只": 1, "盒": 50, "箱": 2000, "件": 4000}
        assert (masks.name, masks.weight_mg) == ("一次性医用口罩", 4_000)
    assert codes(database, "items", ITEMS, ("KZ", "口罩", "", "盒", "", "", "")) == [(2, "基本单位", "other_base_unit")]


def test_packs_that_cannot_be_are_told(database: Database, county: County) -> None:
    rows = [
        changed(ITEM, c0=f"T{n}", c1=f"物{n}", c4=packs)
        for n, packs in enumerate(("箱40", "箱=1", "把=5", "箱=2;箱=3"))
    ]
    assert codes(database, "items", ITEMS, *rows) == [
        (2, "包装", "not_packs"),
        (3, "包装", "not_packs"),
        (4, "包装", "pack_is_base"),
        (5, "包装", "not_packs"),
    ]


# Receipts


def test_receipts_become_a_document_for_each_day_source_and_store(database: Database, county: County) -> None:
    rows = (
        RECEIPT,
        changed(RECEIPT, c4="84消毒液", c5=2.5, c6="千克", c7="X9"),
        changed(RECEIPT, c0="2020-03-11"),
        changed(RECEIPT, c1="捐赠", c2="爱心企业", c7="M9"),
        changed(RECEIPT, c1="期初", c2="", c3="安阳烟叶站", c7="", c8=""),
    )
    take(database, "receipts", RECEIPTS, *rows)
    with database.reading() as session:
        documents = session.scalars(select(Document).where(Document.id > 1).order_by(Document.id)).all()
        assert [len(document.movements) for document in documents] == [1, 1, 2, 1]
        assert {m.source.place for d in documents for m in d.movements} == {
            Place.SUPPLIER,
            Place.DONOR,
            Place.OPENING,
        }
        day = documents[-1].occurred_at.astimezone(CHINA)
        assert (day.date(), day.hour) == (dt.date(2020, 3, 11), 12)
        held = stock.on_hand(session, unit_id=county.bureau.id, on=dt.date(2020, 3, 15))
        assert {line.item.code: line.on_hand for line in held} == {"JY": 500, "KZ": 18_000, "XD84": 22_500}
        assert session.scalar(select(Lot.expires_on).where(Lot.code == "M3")) == dt.date(2022, 1, 1)
        assert stock.prove(session).findings == ()


def test_two_expiries_of_one_lot_within_a_table_are_told(database: Database, county: County) -> None:
    other = changed(RECEIPT, c8="2022-02-01")
    assert codes(database, "receipts", RECEIPTS, RECEIPT, other, RECEIPT) == [
        (3, "有效期至", "other_expiry"),
        (4, "", "twice"),
    ]


def test_opening_stock_may_have_expired(database: Database, county: County) -> None:
    assert codes(database, "receipts", RECEIPTS, changed(RECEIPT, c1="期初", c2="", c8="2019-12-31")) == []


def test_every_row_of_a_closed_day_is_told_with_all_other_errors(database: Database, county: County) -> None:
    """The warehouse has closed 10 March; the village, which has not, may still be told of it."""
    with database.transaction() as session:
        days.close_day(
            session,
            key="closed",
            unit_id=county.warehouse.id,
            day=dt.date(2020, 3, 10),
            at=NOW,
            zone=CHINA,
            by="officer",
        )
    elsewhere = changed(RECEIPT, c3="CUN1", c7="M4")
    wrong = changed(RECEIPT, c0="2020-03-11", c4="不存在")
    assert codes(database, "receipts", RECEIPTS, RECEIPT, changed(RECEIPT, c0="2020-03-09"), elsewhere, wrong) == [
        (2, "日期", "day_closed"),
        (3, "日期", "day_closed"),
        (5, "物资", "unknown"),
    ]
    assert codes(database, "receipts", RECEIPTS, changed(RECEIPT, c0="2020-03-11"), elsewhere) == []


# Requisitions


def test_a_point_asks_once_a_day_however_often_the_table_comes(database: Database, county: County) -> None:
    take(database, "requisitions", REQUISITIONS, ASKED)
    take(database, "requisitions", REQUISITIONS, ASKED, changed(ASKED, c1="大柳村"))
    with database.reading() as session:
        asked = session.scalars(select(Requisition).order_by(Requisition.id)).all()
        assert [(r.unit_id, r.quantity, r.daily_need) for r in asked] == [
            (county.checkpoint.id, 500, 50),
            (county.village.id, 500, 50),
        ]
    assert codes(database, "requisitions", REQUISITIONS, changed(ASKED, c3=20)) == [
        (2, "申领数量", "asked_differently")
    ]
    assert codes(
        database, "requisitions", REQUISITIONS, changed(ASKED, c0="2020-03-15"), changed(ASKED, c0="2020-03-15")
    ) == [(3, "物资", "twice")]


# Customers and orders


def test_customers_are_added_and_brought_up_to_date(database: Database, county: County) -> None:
    row = (
        county.shop.code,
        "李家烟酒店",
        "郧阳区局",
        32.85,
        110.83,
        "0719-7221234",
        "约时约地",
        "14-17;8:30-11:30",
        "绿色通道",
    )
    take(database, "customers", CUSTOMERS, CUSTOMER, row)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 3
        shop = session.get_one(Customer, county.shop.id)
        assert (shop.windows, shop.scene) == ("08:30-11:30;14:00-17:00", HandoverScene.AGREED_POINT)
        assert (shop.phone, shop.required_pass, shop.lat) == ("0719-7221234", "绿色通道", 32.85)


def test_a_customer_twice_in_a_table_is_told(database: Database, county: County) -> None:
    assert codes(database, "customers", CUSTOMERS, CUSTOMER, CUSTOMER) == [(3, "客户编码", "twice")]


def test_several_rows_of_one_number_are_one_order(database: Database, county: County) -> None:
    rows = (ORDER, changed(ORDER, c0="D2", c4=1), changed(ORDER, c3="一次性口罩", c4=2, c5="盒", c6="区局仓库"))
    take(database, "orders", ORDERS, *rows)
    with database.reading() as session:
        order = session.scalars(select(Order).where(Order.number == "D1")).one()
        assert {line.item.code: line.quantity for line in order.lines} == {"JY": 100, "KZ": 100}
        deliveries = session.scalars(select(DeliveryOrder)).all()
        assert len(deliveries) == 2
        assert all(delivery.source_id == county.store.id for delivery in deliveries)


def test_orders_beyond_the_stock_are_told_where_it_ends(database: Database, county: County) -> None:
    rows = [changed(ORDER, c0=f"D{n}", c4=200) for n in range(1, 5)]
    assert codes(database, "orders", ORDERS, *rows) == [(4, "数量", "beyond_stock")]


def test_orders_are_known_by_their_number_whatever_came_with_them(database: Database, county: County) -> None:
    take(database, "orders", ORDERS, changed(ORDER, c4=300))
    assert codes(database, "orders", ORDERS, changed(ORDER, c4=300), changed(ORDER, c0="D2", c4=200)) == []
    assert codes(database, "orders", ORDERS, changed(ORDER, c0="D3", c4=1)) == [(2, "数量", "beyond_stock")]


# Fleet


def test_vehicles_come_with_passes(database: Database, county: County) -> None:
    take(database, "vehicles", VEHICLES, VEHICLE, ("鄂C0001", "面包车", 900, 3000, "区局仓库", "", ""))
    with database.reading() as session:
        new = session.scalars(select(Vehicle).where(Vehicle.plate == "鄂CA8888")).one()
        assert {held.kind: held.valid_through for held in new.passes} == {
            "绿色通道": dt.date(2020, 4, 30),
            "进城证": None,
        }
        assert (new.cost_per_km_jiao, new.aboard.place, new.depot_id) == (15, Place.VEHICLE, county.store.id)
        van = session.get_one(Vehicle, county.van.id)
        assert (van.capacity_kg, len(van.passes)) == (900, 1)


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"c0": "卡车"}, "车牌", "not_a_plate"),
        ({"c2": 0}, "载重(公斤)", "not_positive"),
        ({"c5": "绿色通道"}, "通行证", "not_a_pass"),
        ({"c5": "绿色通道:明年"}, "通行证", "not_a_pass"),
        ({"c4": "西天"}, "所属仓库", "unknown"),
    ],
)
def test_a_vehicle_that_cannot_be_is_told(
    database: Database, county: County, cells: dict[str, object], column: str, code: str
) -> None:
    assert codes(database, "vehicles", VEHICLES, changed(VEHICLE, **cells)) == [(2, column, code)]


def test_shifts_are_entered_once(database: Database, county: County) -> None:
    take(database, "shifts", SHIFTS, SHIFT)
    take(database, "shifts", SHIFTS, SHIFT, changed(SHIFT, c3="13:00", c4="17时30分"))
    with database.reading() as session:
        shifts = session.scalars(select(Shift).order_by(Shift.id.desc()).limit(2)).unique().all()
        assert session.scalar(select(func.count()).select_from(Shift)) == 6
        assert {shift.starts_at.astimezone(CHINA).hour for shift in shifts} == {8, 13}
        assert all(shift.driver_id == county.people[Role.DRIVER].id for shift in shifts)


def test_nobody_drives_two_vehicles_at_once(database: Database, county: County) -> None:
    rows = (SHIFT, changed(SHIFT, c0="鄂C0002", c3="12:00", c4="13:00"), changed(SHIFT, c2="2020-03-15", c3="09:00"))
    assert codes(database, "shifts", SHIFTS, *rows) == [
        (3, "驾驶员", "overlap"),
        (4, "车牌", "overlap"),
        (4, "驾驶员", "overlap"),
    ]


def test_shifts_that_cannot_be_are_told(database: Database, county: County) -> None:
    rows = (
        changed(SHIFT, c0="鄂C9999"),
        changed(SHIFT, c1="officer"),
        changed(SHIFT, c3="13:00"),
        changed(SHIFT, c3="早上"),
        changed(SHIFT, c4="25:00"),
    )
    assert codes(database, "shifts", SHIFTS, *rows) == [
        (2, "车牌", "unknown"),
        (3, "驾驶员", "unknown"),
        (4, "结束", "ends_before_start"),
        (5, "开始", "not_a_time"),
        (6, "结束", "not_a_time"),
    ]


def test_a_chief_asks_for_the_own_point_and_for_no_other(database: Database, county: County) -> None:
    with database.transaction() as session:
        chief = session.scalars(select(User).where(User.sign_in_name == Role.CHIEF.value)).one()
        chief.unit_id = county.checkpoint.id
    take(database, "requisitions", REQUISITIONS, ASKED, by="chief")
    with pytest.raises(RowErrors) as refused:
        take(database, "requisitions", REQUISITIONS, ("2020-03-14", "YZ1", "KZ", 10, 1, "盒"), by="chief")
    assert [error.code for error in refused.value.errors] == ["unknown"]


def test_the_nearest_name_is_looked_up_only_while_that_takes_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "MOST_COMPARED", 6)
    names = Register(
        ["checkpoint", "station", "village"], names=lambda name: (name,), unknown=str, remedy="Correct it."
    )
    findings = Findings(Checked(sheet=None, rows=(), errors=(), unread=(), titles={}))
    for number, said in enumerate(("checkpont", "staton", "vilage", "checkpont"), start=2):
        assert names.named(CheckedRow(number=number, values={"unit": said}), "unit", findings) is None
    with pytest.raises(RowErrors) as found:
        findings.raise_all()
    assert [error.remedy == "Correct it." for error in found.value.errors] == [False, False, True, False]
