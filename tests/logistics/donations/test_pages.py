"""Donations as people meet them: offered, answered, received, spent, thanked for, and followed to the end."""

import io
import re

from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select

from inventory.donations import Donation
from inventory.funds import FundEntry
from inventory.units import Unit
from logistics.accounts.models import Role, User
from logistics.db import Database
from tests.county import County
from tests.logistics.conftest import SignedIn
from tests.logistics.supplies.acts import row_of, send

OFFER: dict[str, object] = {
    "donor": "商会",
    "receiving": "YY",
    "money": "5000",
    "purpose": "卡点防护",
    "named": "KD1、安阳烟叶站",
    "item": ["KZ"],
    "quantity": ["20"],
    "unit": ["盒"],
    "key": "offer-1",
}
GOODS = {
    "store": "YY-CK",
    "item": ["KZ"],
    "quantity": ["20"],
    "unit": ["盒"],
    "lot": ["G1"],
    "expiry": ["2021-05-01"],
    "key": "goods-1",
}


def received(officer: FlaskClient) -> None:
    """The offer accepted, its goods and 3,000 yuan taken in."""
    send(officer, "/donations/new", OFFER)
    send(officer, "/donations/1/decide", {"decision": "accept"})
    assert send(officer, "/donations/1/receive", GOODS).status_code == 302
    assert send(officer, "/donations/1/money", {"amount": "3,000.00", "key": "money-1"}).status_code == 302


def test_an_offer_is_answered_and_then_received(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    received(officer)
    row = row_of(officer.get("/donations"), "JZ0000001")
    assert "20 盒 / 20 盒" in row
    assert "¥3,000.00 / ¥5,000.00" in row
    assert "高速卡点" in row
    paper = officer.get("/donations/1").text
    assert "G1/JZ0000001" in paper


def test_goods_that_had_expired_before_they_came_are_not_taken_in(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    send(officer, "/donations/new", OFFER)
    send(officer, "/donations/1/decide", {"decision": "accept"})
    answer = send(officer, "/donations/1/receive", GOODS | {"expiry": ["2020-03-14"]})
    assert answer.status_code == 422
    assert "入库时已过有效期（2020年3月14日）" in answer.text
    assert "批号 G1" not in officer.get("/donations/1").text


def test_the_form_is_filled_with_what_was_offered_in_the_largest_word_that_fits(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    send(officer, "/donations/new", OFFER)
    send(officer, "/donations/1/decide", {"decision": "accept"})
    form = officer.get("/donations/1/receive").text
    assert 'name="quantity" value="20"' in form
    assert 'name="unit" value="盒"' in form


def test_what_will_not_come_is_closed_with_a_reason(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    received(officer)
    assert send(officer, "/donations/1/close", {"reason": " "}).status_code == 422
    for _click in range(2):
        assert send(officer, "/donations/1/close", {"reason": "改捐邻县"}).status_code == 302
    paper = officer.get("/donations/1").text
    assert "JZ0000001：已关闭" in paper
    assert 'name="quantity"' not in officer.get("/donations/1/receive").text
    assert re.search(r"<dt>结束</dt><dd>[^<]+：改捐邻县", paper)
    assert "收到 20 盒 = 库存 20 盒" in paper
    assert "/donations/1/receive" not in paper
    assert "已关闭" in row_of(officer.get("/donations"), "JZ0000001")
    assert send(officer, "/donations/1/money", {"amount": "1", "key": "late"}).status_code == 422


def test_a_declined_offer_tells_why(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    send(officer, "/donations/new", OFFER)
    assert send(officer, "/donations/1/decide", {"decision": "refuse", "reason": " "}).status_code == 422
    assert send(officer, "/donations/1/decide", {"decision": "refuse", "reason": "已过期"}).status_code == 302
    assert "已过期" in officer.get("/donations/1").text
    assert send(officer, "/donations/1/receive", GOODS).status_code == 422


def test_what_cannot_be_offered_is_said_beside_its_field(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    for wrong in (
        {"donor": ""},
        {"money": "一万"},
        {"money": "-1"},
        {"named": "KD1、火星站"},
        {"unit": ["打"]},
        {"money": "", "item": [""], "quantity": [""], "unit": [""]},
        {"purpose": "长" * 201},
    ):
        answer = send(officer, "/donations/new", OFFER | wrong)
        assert answer.status_code == 422, wrong
        assert "invalid-feedback" in answer.text, wrong
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Donation)) == 0


def test_goods_for_named_units_go_to_nobody_else_whatever_the_form(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    received(officer)
    line = {"item": ["KZ"], "quantity": ["60"], "unit": ["盒"], "store": "YY-CK"}
    for path, form in (
        ("/stock/issue", {"to": "consumed"}),
        ("/stock/issue", {"to": "store", "destination": "CUN1"}),
        ("/consignments/new", {"destination": "CUN1"}),
    ):
        refused = send(officer, path, line | form | {"key": path})
        assert refused.status_code == 422
        assert "高速卡点" in refused.text.split('role="alert"')[1][:400]
    assert send(officer, "/consignments/new", line | {"destination": "KD1", "key": "named"}).status_code == 302
    assert "ZT0000001" in officer.get("/donations/1").text


def test_money_is_spent_on_an_order_and_never_beyond_its_purpose(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    received(officer)
    order = {
        "supplier": "医药公司",
        "ordering": "YY",
        "item": ["KZ"],
        "quantity": ["2"],
        "unit": ["箱"],
        "price": ["2000"],
    }
    send(officer, "/purchases/new", order | {"key": "o"})
    spending = {"fund": "1", "order": "cg0000001", "amount": "3000.01", "key": "s"}
    assert send(officer, "/funds/spend", spending).status_code == 422
    for wrong in ({"order": "CG9"}, {"fund": "9"}, {"amount": "0"}, {"day": "2020-03-16"}):
        assert send(officer, "/funds/spend", spending | {"amount": "1"} | wrong).status_code == 422
    for _click in range(2):
        assert send(officer, "/funds/spend", spending | {"amount": "1200.50"}).status_code == 302
    page = officer.get("/funds").text
    assert "¥1,799.50" in page
    assert "−¥1,200.50" in page
    silent = send(officer, "/funds/entries/2/reverse", {"key": "r", "reason": ""})
    assert silent.status_code == 422
    assert re.search(r'<details class="reverse" open>.*?请填写。', silent.text, re.DOTALL)
    why = {"key": "r", "reason": "金额填错"}
    for _click in range(2):
        assert send(officer, "/funds/entries/2/reverse", why).status_code == 302
    assert "冲销 JK0000002；金额填错" in officer.get("/funds").text
    assert send(officer, "/funds/entries/2/reverse", why | {"key": "r2"}).status_code == 422
    with database.reading() as session:
        assert session.scalar(select(func.sum(FundEntry.amount_fen))) == 300_000
    sheet = load_workbook(io.BytesIO(officer.get("/funds.xlsx").data)).active
    assert sheet is not None
    assert [row[4].value for row in sheet.iter_rows(min_row=2)] == [1200.5, -1200.5, 3000]


def test_the_roll_of_thanks_names_what_was_received(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    assert "商会" not in officer.get("/donations/donors").text
    received(officer)
    row = row_of(officer.get("/donations/donors"), "商会")
    assert "20 盒" in row
    assert "¥3,000.00" in row
    for path in ("/donations/donors.xlsx", "/donations.xlsx"):
        sheet = load_workbook(io.BytesIO(officer.get(path).data)).active
        assert sheet is not None
        assert "商会" in [cell.value for cell in next(sheet.iter_rows(min_row=2))]


def test_people_read_the_donations_of_their_own_units(signed_in: SignedIn, database: Database, county: County) -> None:
    received(signed_in(Role.OFFICER))
    assert signed_in(Role.CHIEF).get("/donations/1").status_code == 200
    assert signed_in(Role.CHIEF).get("/donations/new").status_code == 403
    with database.transaction() as session:
        session.scalars(select(User).where(User.role == Role.OFFICER)).one().unit = session.get_one(
            Unit, county.station.id
        )
    elsewhere = signed_in(Role.OFFICER)
    assert "商会" not in elsewhere.get("/donations").text + elsewhere.get("/funds").text
    for path in (
        "/donations/1/decide",
        "/donations/1/money",
        "/donations/1/receive",
        "/donations/1/close",
        "/funds/entries/1/reverse",
    ):
        assert send(elsewhere, path, GOODS | {"amount": "1"}).status_code == 404
    assert send(elsewhere, "/funds/spend", {"fund": "1", "order": "CG1", "amount": "1"}).status_code == 422


def test_programs_give_decide_receive_spend_and_follow(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    headers = {"X-CSRFToken": (officer.get("/api/v1/me").json or {})["csrf_token"]}

    def post(path: str, **body: object) -> dict[str, object]:
        answer = officer.post(f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code in (200, 201), answer.text
        return answer.json or {}

    goods = [{"item": "KZ", "quantity": 1_000}]
    post("/donations", key="d", donor="商会", unit="YY", money_fen=500_000, only_for=["KD1"], lines=goods)
    assert post("/donations/1/decision", accept=True)["state"] == "accepted"
    came = [{"item": "KZ", "quantity": 1_000, "lot": "G1"}]
    assert post("/donations/1/receipts", key="g", store="YY-CK", lines=came)["lines"] == [
        {"item": "KZ", "offered": 1_000, "received": 1_000}
    ]
    post("/donations/1/money", key="m", amount_fen=500_000)
    bought = [{"item": "KZ", "quantity": 50, "price_fen": 6_250, "price_unit": "盒"}]
    post("/purchase-orders", key="o", supplier="医药公司", unit="YY", lines=bought)
    spent = post("/funds/1/spendings", key="s", order="CG0000001", amount_fen=6_250)
    assert spent["fund"] == {"id": 1, "unit": "YY", "purpose": "", "balance_fen": 493_750}
    unexplained = {"key": "r", "reason": " "}
    assert officer.post("/api/v1/fund-entries/2/reversal", json=unexplained, headers=headers).status_code == 422
    post("/fund-entries/2/reversal", key="r", reason="付错了")
    assert officer.get("/api/v1/funds").json == [{"id": 1, "unit": "YY", "purpose": "", "balance_fen": 500_000}]
    (trail,) = officer.get("/api/v1/donations/1/trail").json or []
    assert (trail["lot"], trail["now"]) == ("G1/JZ0000001", [{"place": "区局仓库", "quantity": 1_000}])
    assert (trail["received"], trail["in_stock"], trail["handed_out"]) == (1_000, 1_000, 0)
    assert (officer.get("/api/v1/donations?state=accepted").json or [])[0]["only_for"] == ["KD1"]
    assert post("/donations/1/close", reason="")["state"] == "closed"
