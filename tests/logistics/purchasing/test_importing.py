"""Purchase orders by workbook: the rows of one number make one order, every fault is told at once, twice is once."""

import pytest

from inventory.purchasing import purchase_orders
from logistics.accounts.models import Role
from logistics.db import Database
from tests.county import County
from tests.logistics.conftest import SignedIn
from tests.logistics.imports.tables import changed, codes, take
from tests.sqlite_files import SqliteFiles

TITLES = ("订单号", "供应商", "订货单位", "物资", "数量", "单位", "单价(元)", "预计到货", "备注")
MASKS = ("HT-31", "医药公司", "YY", "KZ", 2, "箱", "2500.00", "2020-03-25", "王经理")
BLEACH = ("HT-31", "医药公司", "YY", "84消毒液", 20, "kg", 9, "2020-03-25", "")


@pytest.fixture
def databases(sqlite_files: SqliteFiles) -> SqliteFiles:
    """One engine is enough here: what the importer calls is tested on both without it."""
    return sqlite_files


def test_the_rows_of_one_number_are_one_order(database: Database, county: County) -> None:
    other = changed(MASKS, c0="HT-32", c7="")
    for _time in range(2):
        take(database, "purchases", TITLES, MASKS, other, BLEACH)
    take(database, "purchases", TITLES, BLEACH, MASKS, changed(other, c0="HT-33"))
    with database.reading() as session:
        third, second, first = purchase_orders(session, unit_id=county.bureau.id)
        assert [one.order.note for one in (first, second, third)] == ["HT-31 王经理", "HT-32 王经理", "HT-33 王经理"]
        assert [(line.line.item.code, line.line.quantity, line.line.amount_fen) for line in first.lines] == [
            ("KZ", 4_000, 500_000),
            ("XD84", 20_000, 18_000),
        ]
        assert (first.order.supplier.name, str(first.order.expected_on), second.order.expected_on) == (
            "医药公司",
            "2020-03-25",
            None,
        )


def test_every_fault_is_told_at_once(database: Database, county: County) -> None:
    assert codes(
        database,
        "purchases",
        TITLES,
        MASKS,
        changed(MASKS, c4=3),
        changed(BLEACH, c1="别家", c7="2020-03-26"),
        changed(BLEACH, c2="YZ1"),
        changed(MASKS, c0="HT-32", c3="月球", c5="袋"),
        changed(MASKS, c0="HT-33", c4=0.001),
        changed(MASKS, c0="HT-34", c5="袋", c6="12.345"),
    ) == [
        (3, "物资", "twice"),
        (4, "供应商", "other_in_order"),
        (4, "预计到货", "other_in_order"),
        (5, "订货单位", "other_in_order"),
        (6, "物资", "unknown"),
        (8, "单价(元)", "too_fine"),
    ]


def test_an_order_that_stands_is_not_changed_by_a_table(database: Database, county: County) -> None:
    take(database, "purchases", TITLES, MASKS, BLEACH)
    assert codes(database, "purchases", TITLES, changed(MASKS, c6=2600), BLEACH) == [
        (2, "订单号", "ordered_differently")
    ]
    assert codes(database, "purchases", TITLES, MASKS) == [(2, "订单号", "ordered_differently")]


def test_the_page_of_orders_leads_to_the_table(signed_in: SignedIn) -> None:
    assert "/import/purchases" in signed_in(Role.OFFICER).get("/purchases").text
    assert "/import/purchases" not in signed_in(Role.LEADER).get("/purchases").text
