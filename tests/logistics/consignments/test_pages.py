"""Goods in transit as people meet them: sent from the office, signed for on a phone, answered where they differ, taken back."""

import base64
import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from inventory import photos
from inventory.consignments import Arrival, Consignment
from inventory.restrictions import restrict
from inventory.units import Unit
from logistics.accounts.models import Role, User
from logistics.db import Database
from tests.county import County
from tests.logistics.conftest import SignedIn
from tests.logistics.supplies.acts import row_of, send

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
SENDING: dict[str, object] = {
    "store": "YY-CK",
    "destination": "YZ1",
    "carrier": "鄂C0001",
    "item": ["KZ"],
    "quantity": ["12"],
    "unit": ["盒"],
    "key": "send-1",
}
#: 500 masks of the first lot, 100 of the second, as they are sent; 9 boxes of the first arrive.
COUNTED = {
    "quantity-1": "9",
    "unit-1": "盒",
    "reason-1": "broken",
    "note-1": "箱子湿了",
    "quantity-2": "2",
    "unit-2": "盒",
    "key": "sign-1",
}


def sent(officer: FlaskClient) -> None:
    assert send(officer, "/consignments/new", SENDING).headers["Location"] == "/consignments/1"


def sign(chief: FlaskClient, photo: bytes = PNG, **changed: Any) -> TestResponse:
    files = {"photo-1": (io.BytesIO(photo), "evil.svg")} if photo else {}
    return send(chief, "/consignments/1/receive", COUNTED | changed | files)


def move(database: Database, role: Role, unit: Unit) -> None:
    """Give the person of this role another unit."""
    with database.transaction() as session:
        session.scalars(select(User).where(User.role == role)).one().unit = session.get_one(Unit, unit.id)


def test_what_is_sent_is_listed_until_it_is_signed_for_in_one_tap(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    officer = signed_in(Role.OFFICER)
    sent(officer)
    row = row_of(officer.get("/consignments"), "ZT0000001")
    assert "区局仓库 → 安阳烟叶站" in row
    assert "10 盒" in row
    assert "12 盒" in officer.get("/stock?unit=YZ1").text
    move(database, Role.CHIEF, county.station)
    chief = signed_in(Role.CHIEF)
    assert "已冻结" not in chief.get("/consignments/1/receive").text
    blocking = {"status": "recalled", "reason": "召回通知", "key": "recall"}
    assert send(officer, "/lots/1/status", blocking).status_code == 302
    assert "已召回" in (form := chief.get("/consignments/1/receive").text)
    assert "有批次已冻结：可以签收，但不要使用" in form
    for _click in range(2):
        answer = send(chief, "/consignments/1/receive", {"as_sent": "1", "key": "tap"})
        assert answer.headers["Location"] == "/consignments/1"
    assert "ZT0000001" not in officer.get("/consignments").text
    assert "ZT0000001" in officer.get("/consignments?all=1").text
    assert "12 盒" in row_of(chief.get("/stock"), "一次性口罩")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Arrival)) == 1


def test_what_differs_becomes_a_note_that_the_sender_answers(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    sent(officer)
    assert sign(signed_in(Role.CHIEF)).headers["Location"] == "/consignments/1/discrepancy"
    note = row_of(officer.get("/consignments/1/discrepancy"), "M1")
    assert "1 盒" in note
    assert "箱子湿了" in note
    page = officer.get("/consignments/1/discrepancy").text
    assert re.search(r'name="quantity" value="1".*?<option selected>盒', page, re.DOTALL)
    assert row_of(officer.get("/consignments/1"), "M1").endswith("9 盒")
    photo = officer.get("/consignments/photos/1")
    assert (photo.data, photo.content_type) == (PNG, "image/png")
    assert photo.headers["X-Content-Type-Options"] == "nosniff"
    answer = {"answer": "lost", "quantity": "20", "unit": "只", "note": "雨淋", "key": "a1"}
    for _click in range(2):
        assert send(officer, "/consignments/differences/1/settle", answer).status_code == 302
    rest = {"answer": "supplier", "quantity": "30", "unit": "只", "key": "a2"}
    assert send(officer, "/consignments/differences/1/settle", rest).status_code == 422
    assert send(officer, "/consignments/differences/1/settle", rest | {"supplier": "医药公司"}).status_code == 302
    assert "ZT0000001" not in officer.get("/consignments").text
    assert "雨淋" in officer.get("/consignments/1/discrepancy").text


def test_what_cannot_be_counted_is_said_beside_the_lot(
    signed_in: SignedIn, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "LARGEST_BYTES", 100)
    sent(signed_in(Role.OFFICER))
    chief = signed_in(Role.CHIEF)
    for wrong in ({"quantity-1": ""}, {"quantity-1": "-1"}, {"quantity-1": "0.001"}, {"unit-1": "打"}):
        _is_refused(sign(chief, PNG, **wrong))
    for photo in (b"<svg onload=alert(1)>", PNG + b"0" * 100):
        _is_refused(sign(chief, photo))
    assert sign(chief, PNG, **{"note-1": "长" * 501}).status_code == 422
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Arrival)) == 0


def test_what_cannot_be_sent_stays_where_it_is(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    for wrong in (
        {"destination": "YY-CK"},
        {"destination": ""},
        {"quantity": ["99"]},
        {"day": "2020-03-16"},
        {"carrier": "长" * 201},
    ):
        assert send(officer, "/consignments/new", SENDING | wrong).status_code == 422, wrong
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Consignment)) == 0


def test_a_surplus_that_the_senders_books_do_not_hold_is_counted_there_first(signed_in: SignedIn) -> None:
    """All 500 masks of the first lot were sent; 11 boxes of it arrived."""
    officer = signed_in(Role.OFFICER)
    sent(officer)
    sign(signed_in(Role.CHIEF), photo=b"", **{"quantity-1": "11", "key": "more"})
    page = officer.get("/consignments/1/discrepancy").text
    assert "归收货方" in page
    stays = {"answer": "onward", "quantity": "1", "unit": "盒", "key": "a"}
    refused = send(officer, "/consignments/differences/1/settle", stays)
    assert refused.status_code == 422
    assert "批次 M1 只有 0 只。请先盘点发货仓库" in refused.text


def test_only_the_receiver_signs_only_the_sender_answers_and_others_see_nothing(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    sent(signed_in(Role.OFFICER))
    assert signed_in(Role.LEADER).get("/consignments/1/receive").status_code == 403
    move(database, Role.CHIEF, county.warehouse)
    assert sign(signed_in(Role.CHIEF)).status_code == 404
    move(database, Role.CHIEF, county.station)
    assert sign(signed_in(Role.CHIEF)).status_code == 302
    move(database, Role.OFFICER, county.station)
    answer = {"answer": "lost", "quantity": "1", "unit": "只"}
    assert send(signed_in(Role.OFFICER), "/consignments/differences/1/settle", answer).status_code == 404
    assert signed_in(Role.OFFICER).get("/consignments/1/discrepancy").status_code == 200
    move(database, Role.OFFICER, county.village)
    for path in ("/consignments/1", "/consignments/1/discrepancy", "/consignments/photos/1", "/consignments/1/receive"):
        assert signed_in(Role.OFFICER).get(path).status_code == 404


def test_goods_come_back_lot_by_lot(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    sent(officer)
    send(officer, "/consignments/1/receive", {"as_sent": "1", "key": "tap"})
    assert "M1" in officer.get("/returns/new?source=YZ1").text
    back = {"source": "YZ1", "store": "YY-CK", "reason": "多了", "quantity-1": "10", "unit-1": "盒", "key": "back"}
    for wrong in ({"reason": ""}, {"quantity-1": ""}, {"quantity-1": "11"}, {"unit-1": "打"}, {"store": "YZ1"}):
        assert send(officer, "/returns/new", back | wrong).status_code == 422
    for _click in range(2):
        answer = send(officer, "/returns/new", back)
        assert answer.status_code == 302
    paper = officer.get(answer.headers["Location"]).text
    assert "TK000000" in paper


def test_the_export_tells_each_lot_and_what_is_still_on_the_way(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    sent(officer)
    sheet = load_workbook(io.BytesIO(officer.get("/consignments.xlsx").data)).active
    assert sheet is not None
    assert [(row[7].value, row[9].value, row[10].value) for row in sheet.iter_rows(min_row=2)] == [
        ("M1", 500, 500),
        ("M2", 100, 100),
    ]


def test_programs_send_sign_answer_and_take_back(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    headers = {"X-CSRFToken": (officer.get("/api/v1/me").json or {})["csrf_token"]}

    def post(path: str, **body: object) -> TestResponse:
        return officer.post(f"/api/v1{path}", json=body, headers=headers)

    goods = [{"item": "KZ", "quantity": 600}]
    for _time in range(2):
        made = post("/consignments", key="c", store="YY-CK", to="YZ1", lines=goods).json or {}
        assert (made["number"], made["state"]) == ("ZT0000001", "on_the_way")
    first = {"item": "KZ", "lot": "M1", "quantity": 480, "photo": base64.b64encode(PNG).decode()}
    second = {"item": "KZ", "lot": "M2", "quantity": 100}
    assert post("/consignments/1/arrival", key="a", lines=[first | {"photo": "???"}, second]).status_code == 422
    assert post("/consignments/1/arrival", key="a", lines=[first | {"lot": "M9"}, second]).status_code == 404
    arrived = post("/consignments/1/arrival", key="a", lines=[first, second]).json or {}
    (difference,) = arrived["differences"]
    assert (difference["quantity"], difference["reason"], difference["has_photo"]) == (20, "missing", True)
    path = f"/differences/{difference['id']}/answers"
    assert post(path, key="x", answer="onward", quantity=21).status_code == 409
    assert (post(path, key="x", answer="onward", quantity=20).json or {})["state"] == "settled"
    returned = [{"item": "KZ", "lot": "M2", "quantity": 100}]
    for _time in range(2):
        back = post("/returns", key="r", source="YZ1", store="YY-CK", reason="多了", lines=returned)
        assert (back.json or {})["kind"] == "return"
    assert officer.get("/api/v1/consignments?only_open=true").json == []


def _is_refused(answer: TestResponse) -> None:
    """Nothing typed is lost, and the sentence stands beside the field."""
    assert answer.status_code == 422
    assert "invalid-feedback" in answer.text
    assert "箱子湿了" in answer.text


def test_both_ends_open_a_document_and_only_the_end_that_made_it_reverses_it(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    """Document 2 is the sending, 3 the signature, 4 the answer by which 20 masks were lost."""
    officer = signed_in(Role.OFFICER)
    sent(officer)
    sign(signed_in(Role.CHIEF))
    send(officer, "/consignments/differences/1/settle", {"answer": "lost", "quantity": "20", "unit": "只", "key": "a1"})
    move(database, Role.OFFICER, county.station)
    receiver = signed_in(Role.OFFICER)
    assert "区局仓库" in receiver.get("/documents/4").text
    for made_by_the_sender in (2, 4):
        refused = send(receiver, f"/documents/{made_by_the_sender}/reverse", {"reason": "错", "key": "no"})
        assert refused.status_code == 422
        assert "由区局仓库负责" in refused.text
    move(database, Role.OFFICER, county.warehouse)
    sender = signed_in(Role.OFFICER)
    assert all(sender.get(f"/documents/{made}").status_code == 200 for made in (2, 3, 4))
    assert send(sender, "/documents/3/reverse", {"reason": "错", "key": "no"}).status_code == 422
    assert send(sender, "/documents/4/reverse", {"reason": "错", "key": "yes"}).status_code == 302
    move(database, Role.OFFICER, county.village)
    assert signed_in(Role.OFFICER).get("/documents/4").status_code == 404


def test_goods_moved_between_two_stores_are_reversed_by_who_answers_for_both(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    moved = {"store": "YY-CK", "to": "store", "destination": "YZ1", "item": ["KZ"], "quantity": ["1"], "unit": ["盒"]}
    assert send(signed_in(Role.OFFICER), "/stock/issue", moved | {"key": "moved"}).status_code == 302
    move(database, Role.OFFICER, county.station)
    assert send(signed_in(Role.OFFICER), "/documents/2/reverse", {"reason": "错", "key": "no"}).status_code == 422
    move(database, Role.OFFICER, county.bureau)
    assert send(signed_in(Role.OFFICER), "/documents/2/reverse", {"reason": "错", "key": "yes"}).status_code == 302


def test_who_may_not_have_the_goods_any_more_signs_and_sends_them_back(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    """500 masks of M1 were given for the station, which is no longer below the unit that was named."""
    sent(signed_in(Role.OFFICER))
    with database.transaction() as session:
        restrict(session, lot_ids=[1], unit_ids=[county.village.id])
    chief = signed_in(Role.CHIEF)
    page = chief.get("/consignments/1/receive").text
    assert "大柳村" in page
    assert 'name="quantity-1" value="0"' in page
    wrong = sign(chief)
    assert wrong.status_code == 422
    assert "is-invalid" in wrong.text
    answer = send(chief, "/consignments/1/receive", {"as_sent": "1", "key": "tap"})
    assert answer.headers["Location"] == "/consignments/1/discrepancy"
    back = {"answer": "back", "quantity": "500", "unit": "只", "key": "back"}
    assert send(signed_in(Role.OFFICER), "/consignments/differences/1/settle", back).status_code == 302
    assert "ZT0000001" not in chief.get("/consignments").text
