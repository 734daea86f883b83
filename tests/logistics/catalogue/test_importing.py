"""The tables of items and units with what they have learnt; tables of before still come in."""

import pytest

from inventory.barcodes import set_barcodes
from inventory.catalogue import item_by_code
from inventory.classes import add_class
from inventory.descriptions import describe_item
from inventory.hazards import Hazard
from inventory.responsible import Post, responsible_for
from inventory.units import unit_by_code
from logistics.db import Database
from tests.county import TODAY, County
from tests.logistics.imports.tables import ITEMS, UNITS, codes, take

MORE = (*ITEMS, "危险性", "保质期(天)", "可替代类", "折合数", "条码")
TABLETS = (
    "PT",
    "泡腾片",
    "消毒液",
    "片",
    "瓶=100",
    1.1,
    "",
    "",
    730,
    "消毒药液",
    "2",
    "6901234567892;瓶=16901234567899",
)
CHIEFS = (*UNITS, "负责人", "负责人职务", "负责人电话")


def test_an_item_comes_with_class_hazard_shelf_life_and_barcodes(database: Database, county: County) -> None:
    with database.transaction() as session:
        add_class(session, code="XDY", name="消毒药液", unit_word="升")
    take(database, "items", MORE, TABLETS)
    with database.reading() as session:
        told = describe_item(session, item_by_code(session, "PT"))
        assert told.barcodes == {"6901234567892": "片", "16901234567899": "瓶"}
        assert (told.item_class, told.class_units, told.shelf_life_days) == ("XDY", 2, 730)
        assert told.hazard is Hazard.CHLORINE


def test_a_table_of_before_leaves_what_it_does_not_name(database: Database, county: County) -> None:
    with database.transaction() as session:
        set_barcodes(session, item=session.merge(county.masks), barcodes={"6901234567892": "盒"})
    take(database, "items", ITEMS, ("KZ", "一次性口罩", "", "只", "", "", ""))
    with database.reading() as session:
        assert describe_item(session, item_by_code(session, "KZ")).barcodes == {"6901234567892": "盒"}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_everything_wrong_with_the_new_columns_is_told_at_once(database: Database, county: County) -> None:
    with database.transaction() as session:
        set_barcodes(session, item=session.merge(county.masks), barcodes={"6901234567892": "盒"})

    def row(
        code: str, hazard: object = "", days: object = "", class_: object = "", ratio: object = "", mark: object = ""
    ) -> tuple[object, ...]:
        return (code, f"物{code}", "", "片", "", "", "", hazard, days, class_, ratio, mark)

    found = codes(
        database,
        "items",
        MORE,
        row("A", hazard="剧毒"),
        row("B", days=0),
        row("C", class_="无此类"),
        row("D", ratio="1/0"),
        row("E", mark="短"),
        row("F", mark="0006901234567892"[2:]),
        row("G", mark="桶=7001234567892"),
        row("H", mark="7001234567892"),
        ("KZ", "口罩", "", "只", "盒=40", "", "", "", "", "", "", ""),
    )
    assert found == [
        (2, "危险性", "unknown_word"),
        (3, "保质期(天)", "not_positive"),
        (4, "可替代类", "unknown"),
        (5, "折合数", "not_a_ratio"),
        (6, "条码", "not_barcodes"),
        (7, "条码", "taken"),
        (8, "条码", "unknown_unit"),
        (9, "条码", "twice"),
        (10, "包装", "pack_fixed"),
    ]


def test_a_chief_named_in_the_table_serves_from_today_and_only_once(database: Database, county: County) -> None:
    village = ("CUN1", "大柳村", "村", "", "", "", "", "", "王队长", "", "13900000001")
    take(database, "units", CHIEFS, village)
    take(database, "units", CHIEFS, village, ("XC1", "物资专车", "车辆", "YY", "", "", "", "", "李师傅", "其他", ""))
    with database.reading() as session:
        people = responsible_for(session, unit_by_code(session, "CUN1"))
        assert [(one.name, one.post, one.since, one.phone) for one in people] == [
            ("王队长", Post.TEAM_LEADER, TODAY, "13900000001")
        ]
        assert responsible_for(session, unit_by_code(session, "XC1"))[0].post is Post.OTHER
