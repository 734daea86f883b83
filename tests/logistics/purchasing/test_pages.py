"""Purchase orders as the officer meets them: new, late, received in parts, closed short."""

import io

from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from inventory.ledger import Document
from inventory.purchasing import PurchaseOrder
from inventory.units import Unit
from logistics.accounts.models import Role, User
from logistics.db import Database
from tests.county import County
from tests.logistics.conftest import SignedIn
from tests.logistics.supplies.acts import row_of, send

ORDER = {
    "supplier": "医药公司",
    "ordering": "YY-CK",
    "expected": "2020-03-14",
    "note": "合同 17",
    "item": ["KZ", "XD84"],
    "quantity": ["10", "20"],
    "unit": ["盒", "kg"],
    "price": ["62.50", "8.05"],
    "key": "order-1",
}
RECEIPT: dict[str, object] = {
    "store": "YY-CK",
    "day": "",
    "item": ["KZ"],
    "quantity": ["4"],
    "unit": ["盒"],
    "lot": ["N1"],
    "expiry": ["2022-06-30"],
    "key": "receipt-1",
}


def ordered(client: FlaskClient, **changed: object) -> TestResponse:
    return send(client, "/purchases/new", ORDER | changed)


def test_an_order_is_typed_in_yuan_and_shown_with_what_is_open(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    answer = ordered(officer)
    assert answer.headers["Location"] == "/purchases/1"
    row = row_of(officer.get("/purchases"), "CG0000001")
    assert "¥786.00" in row  # 10 × 62.50 + 20 × 8.05
    assert "▲" in row  # it was expected yesterday
    assert "10 盒" in row
    paper = officer.get("/purchases/1").text
    assert "¥8.05" in paper
    assert "合同 17" in paper


def test_a_second_click_orders_nothing_more(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    assert ordered(officer).headers["Location"] == ordered(officer).headers["Location"]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(PurchaseOrder)) == 1


def test_what_cannot_be_ordered_is_said_and_nothing_typed_is_lost(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    for wrong in (
        {"supplier": ""},
        {"supplier": "长" * 65},
        {"ordering": "别处"},
        {"expected": "2020-02-30"},
        {"note": "长" * 501},
        {"unit": ["打", "kg"]},
        {"price": ["六十", "8.05"]},
        {"price": ["62.505", "8.05"]},
        {"price": ["", "8.05"]},
        {"item": ["KZ", "KZ"], "unit": ["盒", "盒"]},
        {"item": ["=cmd|' /C calc'!A0", "XD84"]},
        {"item": [""], "quantity": [""], "unit": [""], "price": [""]},
    ):
        answer = ordered(officer, **wrong)
        assert answer.status_code == 422, wrong
        assert 'value="8.05"' in answer.text or "price" in wrong, wrong
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(PurchaseOrder)) == 0


def test_it_comes_in_parts_and_too_much_only_on_purpose(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    ordered(officer)
    form = officer.get("/purchases/1/receive").text
    assert 'value="10"' in form
    assert 'value="20"' in form
    cleared = {
        "item": ["KZ", "XD84"],
        "quantity": ["4", ""],
        "unit": ["盒", "kg"],
        "lot": ["M9", ""],
        "expiry": ["2022-01-31", ""],
    }
    assert send(officer, "/purchases/1/receive", RECEIPT | cleared).status_code == 302
    nothing = {"key": "none", "item": ["KZ"], "quantity": [""], "lot": [""], "expiry": [""]}
    assert send(officer, "/purchases/1/receive", RECEIPT | nothing).status_code == 422
    assert "6 盒" in row_of(officer.get("/purchases"), "CG0000001")
    more = RECEIPT | {"quantity": ["7"], "key": "receipt-2"}
    answer = send(officer, "/purchases/1/receive", more)
    assert answer.status_code == 422
    assert "more_than_ordered" in answer.text
    assert send(officer, "/purchases/1/receive", more | {"more_than_ordered": "1"}).status_code == 302
    assert "1 盒" in officer.get("/purchases/1").text


def test_a_receipt_that_cannot_be_leaves_the_books_alone(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    ordered(officer)
    for wrong in (
        {"day": "2020-03-16"},
        {"item": ["JY"], "unit": ["箱"]},
        {"expiry": ["gestern"]},
        {"expiry": ["2020-03-14"]},
        {"store": "没有"},
    ):
        assert send(officer, "/purchases/1/receive", RECEIPT | wrong).status_code == 422, wrong
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Document)) == 1


def test_closing_short_asks_why_and_takes_it_off_the_list(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    ordered(officer)
    send(officer, "/purchases/1/receive", RECEIPT)
    silent = send(officer, "/purchases/1/close", {"version": "2", "reason": ""})
    assert silent.status_code == 422
    assert 'id="reason-said">请填写。' in silent.text
    assert send(officer, "/purchases/1/close", {"version": "1", "reason": "断货"}).status_code == 422
    assert send(officer, "/purchases/1/close", {"version": "2", "reason": "断货"}).status_code == 302
    paper = officer.get("/purchases/1").text
    assert "CG0000001：已关闭。" in paper
    assert "断货" in paper
    ended = officer.get("/purchases/1/receive").text
    assert "不能再按它入库" in ended
    assert 'name="quantity"' not in ended
    assert 'name="quantity"' in send(officer, "/purchases/1/receive", RECEIPT | {"key": "late"}).text
    assert "CG0000001" not in officer.get("/purchases").text
    assert "CG0000001" in officer.get("/purchases?all=1").text


def test_the_export_is_a_row_for_each_line_and_runs_no_formula(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    ordered(officer, supplier="=1+1")
    sheet = load_workbook(io.BytesIO(officer.get("/purchases.xlsx").data)).active
    assert sheet is not None
    first = next(sheet.iter_rows(min_row=2))
    assert (first[1].value, first[1].data_type) == ("=1+1", "s")
    assert [cell.value for cell in first[8:12]] == [500, 0, 500, 625]


def test_people_read_the_orders_of_their_own_units_and_officers_write_them(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    ordered(signed_in(Role.OFFICER))
    assert signed_in(Role.LEADER).get("/purchases/1").status_code == 200
    assert signed_in(Role.LEADER).get("/purchases/new").status_code == 403
    with database.transaction() as session:
        session.scalars(select(User).where(User.role == Role.OFFICER)).one().unit = session.get_one(
            Unit, county.station.id
        )
    elsewhere = signed_in(Role.OFFICER)
    assert "CG0000001" not in elsewhere.get("/purchases?all=1").text
    assert elsewhere.get("/purchases/1").status_code == 404
    assert send(elsewhere, "/purchases/1/receive", RECEIPT).status_code == 404
    assert send(elsewhere, "/purchases/1/cancel", {"version": "1"}).status_code == 404
    assert elsewhere.get("/api/v1/purchase-orders/1").status_code == 404


def test_programs_order_receive_and_close(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    headers = {"X-CSRFToken": (officer.get("/api/v1/me").json or {})["csrf_token"]}
    line = {"item": "KZ", "quantity": 500, "price_fen": 6_250, "price_unit": "盒"}
    given = {"key": "k", "supplier": "医药公司", "unit": "YY-CK", "lines": [line]}
    for _time in range(2):
        made = officer.post("/api/v1/purchase-orders", json=given, headers=headers).json
        assert made is not None
        assert (made["number"], made["amount_fen"], made["progress"]) == ("CG0000001", 62_500, "waiting")
    receipt = {"key": "r", "store": "YY-CK", "lines": [{"item": "KZ", "quantity": 600, "lot": "N1"}]}
    path = "/api/v1/purchase-orders/1"
    refused = officer.post(f"{path}/receipts", json=receipt, headers=headers)
    assert (refused.status_code, (refused.json or {})["code"]) == (409, "over-delivery")
    receipt["lines"] = [{"item": "KZ", "quantity": 200, "lot": "N1"}]
    took = officer.post(f"{path}/receipts", json=receipt, headers=headers).json
    assert took is not None
    assert took["order"]["lines"][0]["open"] == 300
    end = {"version": took["order"]["version"], "reason": "断货"}
    assert (officer.post(f"{path}/close", json=end, headers=headers).json or {})["progress"] == "closed"
    assert officer.post(f"{path}/cancel", json=end, headers=headers).status_code == 409
    assert officer.get("/api/v1/purchase-orders?only_open=true").json == []
