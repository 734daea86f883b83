"""What people send that cannot be taken in, through the page and on both databases: told in full, and nothing half done."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from inventory.ledger import Document
from inventory.promises import Reservation
from logistics.accounts.models import Role
from logistics.db import Database
from logistics.imports.models import ImportedFile
from logistics.orders.models import Customer, DeliveryOrder, Order
from tests.county import County
from tests.logistics.imports.tables import (
    CUSTOMER,
    CUSTOMERS,
    ORDER,
    ORDERS,
    RECEIPT,
    RECEIPTS,
    cells,
    changed,
    csv,
    in_english,
    said,
    send,
)
from tests.logistics.workbooks.files import SHEET_END, SHEET_START, text_cell, with_sheet_xml, xlsx

type Officer = Callable[[], FlaskClient]


@pytest.fixture
def officer(signed_in: Callable[[Role], FlaskClient]) -> FlaskClient:
    return in_english(signed_in(Role.OFFICER))


def nothing_was_taken_in(database: Database) -> bool:
    """The county as it was: two customers, the opening document, no orders, no promises."""
    with database.reading() as session:
        tables = (Customer, Document, Order, DeliveryOrder, Reservation, ImportedFile)
        counts = [session.scalar(select(func.count()).select_from(table)) for table in tables]
    return counts == [2, 1, 0, 0, 0, 0]


# The file as a whole


@pytest.mark.parametrize(
    ("content", "filename", "expected"),
    [
        (b"", "empty.xlsx", "is empty"),
        (xlsx(ORDERS), "header.xlsx", "has a header in row 1 and nothing below it"),
        (b"%PDF-1.4 something", "orders.pdf", "PDF"),
        (b"PK\x03\x04broken", "orders.xlsx", "Nothing was taken in"),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    officer: FlaskClient, database: Database, content: bytes, filename: str, expected: str
) -> None:
    answer = send(officer, "orders", content, filename)
    assert answer.status_code == 422
    assert expected in said(answer)
    assert "Nothing was taken in." in said(answer)
    assert nothing_was_taken_in(database)


def test_a_small_file_that_unpacks_to_100_mb_is_refused(officer: FlaskClient, database: Database) -> None:
    line = b"".join(b'<row r="%d">' % n + text_cell(f"A{n}", "DD-0001") * 40 + b"</row>" for n in range(1, 101))
    bomb = with_sheet_xml([SHEET_START, *[line] * (100_000_000 // len(line) + 1), SHEET_END])
    assert len(bomb) < 900_000
    answer = send(officer, "orders", bomb)
    assert answer.status_code == 422
    assert "Nothing was taken in." in said(answer)
    assert nothing_was_taken_in(database)


def test_a_file_larger_than_the_limit_is_refused(officer: FlaskClient, database: Database) -> None:
    answer = send(officer, "orders", b"x" * (20 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert "at most 20 MB" in said(answer)
    assert nothing_was_taken_in(database)


def test_no_file_at_all_is_told(officer: FlaskClient) -> None:
    answer = send(officer, "orders", b"", "")
    assert answer.status_code == 422
    assert "Choose a file first" in said(answer)


def test_wrong_columns_are_told_together_with_what_is_probably_meant(officer: FlaskClient, database: Database) -> None:
    wrong = ("订单号", "日期", "客户编码", "物资", "数量", "单位", "发货单")
    answer = send(officer, "orders", xlsx(wrong, ORDER))
    assert answer.status_code == 422
    assert "The column “发货单位” is missing." in said(answer)
    assert "If “发货单” is meant, rename it “发货单位”." in said(answer)
    assert nothing_was_taken_in(database)


def test_a_table_of_another_kind_names_every_missing_column(officer: FlaskClient) -> None:
    text = said(send(officer, "orders", xlsx(CUSTOMERS, CUSTOMER)))
    for title in ("订单号", "日期", "物资", "数量", "发货单位"):
        assert f"The column “{title}” is missing." in text


# Rows

ROWS: list[tuple[str, Sequence[str], Sequence[object], str, str]] = [
    ("orders", ORDERS, changed(ORDER, c3="XX"), "物资", "No item is called “XX”."),
    ("orders", ORDERS, changed(ORDER, c5="桶"), "单位", "卷烟 is not counted in “桶”. Write one of: 条 / 箱."),
    ("orders", ORDERS, changed(ORDER, c4=-5), "数量", "is not above zero"),
    ("orders", ORDERS, changed(ORDER, c4=0.5), "数量", "0.5 条 is not a whole number of 条."),
    ("orders", ORDERS, changed(ORDER, c4="约100"), "数量", "is not a number"),
    ("orders", ORDERS, changed(ORDER, c1="2020-02-30"), "日期", "There is no such day"),
    ("orders", ORDERS, changed(ORDER, c1="03/04/2020"), "日期", "can be read as more than one day"),
    ("orders", ORDERS, changed(ORDER, c1="2020-03-16"), "日期", "2020-03-16 is still to come."),
    ("orders", ORDERS, changed(ORDER, c2="420304100009"), "客户编码", "No customer has the code 420304100009."),
    ("orders", ORDERS, changed(ORDER, c6="西岸"), "发货单位", "No unit is called “西岸”."),
    ("orders", ORDERS, changed(ORDER, c4=60, c5="箱"), "数量", "Order D1 weighs 3,900 kg and takes 19,500 L"),
    ("orders", ORDERS, changed(ORDER, c4=501), "数量", "come to 2箱1条 of 卷烟; 区局仓库 can give 2箱"),
    ("customers", CUSTOMERS, changed(CUSTOMER, c3=110.9, c4=32.9), "纬度", "Latitude and longitude are swapped."),
    ("customers", CUSTOMERS, changed(CUSTOMER, c3=51.5, c4=0.1), "经度", "lies outside the area served"),
    ("customers", CUSTOMERS, changed(CUSTOMER, c4=101.9), "纬度", "km away from 郧阳区局"),
    ("customers", CUSTOMERS, changed(CUSTOMER, c5="139000"), "联系电话", "is not a telephone number"),
    ("customers", CUSTOMERS, changed(CUSTOMER, c7="上午"), "可收货时间", "is not a time from–to"),
    ("customers", CUSTOMERS, changed(CUSTOMER, c6="扔下"), "交接方式", "is not one of the words"),
    ("receipts", RECEIPTS, changed(RECEIPT, c3="YY-CX"), "存放单位", "Did you mean “YY-CK”?"),
    ("receipts", RECEIPTS, changed(RECEIPT, c7="M1"), "有效期至", "Lot M1 of 一次性口罩 has the expiry 2020-06-01"),
    ("receipts", RECEIPTS, changed(RECEIPT, c8="2019-01-01"), "有效期至", "It had expired (2019-01-01)"),
    ("receipts", RECEIPTS, changed(RECEIPT, c2=""), "来源", "It does not say who it was bought from"),
    ("receipts", RECEIPTS, changed(RECEIPT, c6=""), "单位", "must not be blank"),
]


@pytest.mark.parametrize(("kind", "header", "row", "column", "expected"), ROWS, ids=lambda value: str(value)[:30])
def test_a_bad_row_is_told_with_row_column_and_remedy(
    officer: FlaskClient,
    database: Database,
    kind: str,
    header: Sequence[str],
    row: Sequence[object],
    column: str,
    expected: str,
) -> None:
    answer = send(officer, kind, xlsx(header, row))
    text = said(answer)
    assert answer.status_code == 422
    assert expected in text
    assert f"2 {column} " in text
    assert nothing_was_taken_in(database)


def test_columns_under_each_others_title_are_told(officer: FlaskClient, database: Database) -> None:
    """Items where the quantities belong, and quantities where the items do."""
    rows = [changed(ORDER, c0=f"D{number}", c3=100 + number, c4="JY") for number in range(5)]
    answer = send(officer, "orders", xlsx(ORDERS, *rows))
    assert answer.status_code == 422
    assert "“数量” and “物资”" in said(answer) or "“物资” and “数量”" in said(answer)
    assert nothing_was_taken_in(database)


def test_a_formula_is_never_reckoned(officer: FlaskClient, database: Database) -> None:
    """Neither as a quantity nor as the name of goods: what stands in the cell is told as it stands there."""
    for cell, formula in (("c4", "=50+50"), ("c3", "=A1&B1")):
        answer = send(officer, "orders", csv(ORDERS, changed(ORDER, **{cell: formula})))
        assert answer.status_code == 422
        assert formula in said(answer)
    assert nothing_was_taken_in(database)


def test_every_error_of_every_row_is_told_at_once(officer: FlaskClient, database: Database) -> None:
    rows = (ORDER, changed(ORDER, c0="D2", c3="XX", c1="2020-02-30"), changed(ORDER, c0="D3", c3="XX", c6="西岸"))
    answer = send(officer, "orders", xlsx(ORDERS, *rows))
    assert "3 things in 2 rows have to be corrected" in said(answer)
    assert nothing_was_taken_in(database)


def test_rows_that_contradict_each_other_are_told(officer: FlaskClient, database: Database) -> None:
    rows = (ORDER, changed(ORDER, c2="420304100002", c3="KZ", c5="只"), changed(ORDER, c4=7))
    text = said(send(officer, "orders", xlsx(ORDERS, *rows)))
    assert "Order D1 has 420304100002 here and 420304100001 in row 2." in text
    assert "“D1 卷烟” stands in row 2 already." in text
    assert nothing_was_taken_in(database)


def test_only_the_first_200_findings_are_shown_and_the_number_is_told(officer: FlaskClient) -> None:
    rows = [changed(ORDER, c0=f"D{n}", c3="XX") for n in range(250)]
    answer = send(officer, "orders", xlsx(ORDERS, *rows))
    assert "The first 200 of 250 are shown" in said(answer)
    assert answer.text.count("No item is called") == 200


# The table handed back


def returned(client: FlaskClient, answer_text: str) -> bytes:
    path = answer_text.split('href="/import/returned/')[1].split('"')[0]
    answer = client.get(f"/import/returned/{path}")
    assert answer.status_code == 200
    return answer.data


def test_the_table_comes_back_marked_and_corrected_it_is_taken_in(officer: FlaskClient, database: Database) -> None:
    answer = send(officer, "orders", xlsx(ORDERS, ORDER, changed(ORDER, c0="D2", c4=-5)))
    book = returned(officer, answer.text)
    rows = cells(book)
    assert rows[0][1:] == list(ORDERS)
    assert rows[1][0] is None
    assert "数量" in str(rows[2][0])
    mended = openpyxl.load_workbook(io.BytesIO(book))
    mended.worksheets[0].cell(3, 6).value = 5
    target = io.BytesIO()
    mended.save(target)
    assert "2 new orders" in said(send(officer, "orders", target.getvalue()))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DeliveryOrder)) == 2


def test_the_table_handed_back_is_only_for_who_sent_it(
    officer: FlaskClient, signed_in: Callable[[Role], FlaskClient]
) -> None:
    answer = send(officer, "orders", xlsx(ORDERS, changed(ORDER, c4=-5)))
    path = answer.text.split('href="/import/returned/')[1].split('"')[0]
    assert signed_in(Role.ADMIN).get(f"/import/returned/{path}").status_code == 404
    assert officer.get("/import/returned/1-aaaaaaaaaaaaaaaaaaaaaa").status_code == 404
    assert officer.get("/import/returned/..%2Fsecret.key").status_code == 404


# Twice


def test_the_same_table_twice_changes_nothing(officer: FlaskClient, database: Database) -> None:
    book = xlsx(RECEIPTS, RECEIPT)
    assert "1 rows of goods are in stock now" in said(send(officer, "receipts", book))
    again = send(officer, "receipts", book, "other name.xlsx")
    assert again.status_code == 200
    assert "This table was taken in before: table.xlsx, today 08:00, by officer. Nothing was changed." in said(again)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Document)) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_same_table_saved_as_text_is_still_the_same(officer: FlaskClient, encoding: str) -> None:
    send(officer, "orders", xlsx(ORDERS, ORDER))
    again = send(officer, "orders", csv(ORDERS, ORDER, encoding=encoding), "orders.csv")
    assert "This table was taken in before" in said(again)


def test_a_table_that_has_grown_since_does_not_bring_its_goods_in_twice(
    officer: FlaskClient, database: Database, county: County
) -> None:
    send(officer, "receipts", xlsx(RECEIPTS, RECEIPT))
    grown = send(officer, "receipts", xlsx(RECEIPTS, RECEIPT, changed(RECEIPT, c7="M4")))
    assert grown.status_code == 422
    assert "2箱 of 一次性口罩 were received that day already (document RK0000002)." in said(grown)


def test_orders_known_already_are_passed_over_and_new_ones_taken(officer: FlaskClient, database: Database) -> None:
    send(officer, "orders", xlsx(ORDERS, ORDER))
    answer = send(officer, "orders", xlsx(ORDERS, ORDER, changed(ORDER, c0="D2")))
    assert "1 new orders wait to be planned, their goods are reserved; 1 were known already." in said(answer)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 2


def test_a_known_order_with_other_contents_is_refused(officer: FlaskClient) -> None:
    send(officer, "orders", xlsx(ORDERS, ORDER))
    answer = send(officer, "orders", xlsx(ORDERS, changed(ORDER, c4=99)))
    assert "Order D1 was taken in before with other contents." in said(answer)
