"""Thermometer guns as the officer meets them: pasted in, handed out, calibrated, overdue."""

import datetime as dt
import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from inventory import catalogue
from inventory.assets import Asset, AssetEvent
from inventory.catalogue import ItemKind
from logistics.accounts.models import Role, User
from logistics.db import Database
from tests.county import County
from tests.logistics.conftest import SignedIn
from tests.logistics.supplies.acts import row_of, send

NEW = {
    "item": "CWQ",
    "owner": "YY-CK",
    "serials": "T1\r\n\r\n  T2  \r\n",
    "acquired_on": "2020-03-01",
    "interval": "365",
    "due_on": "2020-03-20",
    "note": "区局采购",
    "key": "new-1",
}

type Count = Callable[[type[Asset | AssetEvent]], int]


@pytest.fixture
def officer(signed_in: SignedIn, database: Database, county: County) -> FlaskClient:
    """An officer of a county that knows thermometer guns."""
    with database.transaction() as session:
        catalogue.add_item(session, code="CWQ", name="体温枪", kind=ItemKind.EQUIPMENT, base_unit="把")
    return signed_in(Role.OFFICER)


@pytest.fixture
def count(database: Database) -> Count:
    def count_(table: type[Asset | AssetEvent]) -> int:
        with database.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    return count_


def registered(client: FlaskClient, **changed: str) -> TestResponse:
    return send(client, "/assets/new", {**NEW, **changed})


def test_serials_are_pasted_line_by_line_and_a_second_click_adds_none(officer: FlaskClient, count: Count) -> None:
    for _ in range(2):
        assert registered(officer).headers["Location"] == "/assets"
    assert count(Asset) == 2
    assert "在库" in row_of(officer.get("/assets"), "T2")
    assert "2020年3月20日" in officer.get("/assets/1").text


def test_what_cannot_be_registered_is_said_and_nothing_typed_is_lost(officer: FlaskClient, count: Count) -> None:
    for wrong in (
        {"item": "KZ"},
        {"item": ""},
        {"owner": "别处"},
        {"serials": " \n "},
        {"serials": "T1\nT1"},
        {"serials": "长" * 65},
        {"acquired_on": "2020-03-16"},
        {"acquired_on": "2020-02-30"},
        {"interval": "0"},
        {"interval": "一年"},
        {"due_on": "明年"},
        {"note": "长" * 501},
    ):
        answer = registered(officer, **wrong)
        assert answer.status_code == 422, wrong
        assert "invalid-feedback" in answer.text, wrong
        assert 'value="new-1"' in answer.text, wrong
    assert count(Asset) == 0
    registered(officer)
    again = registered(officer, serials="T9\nT2", key="new-2")
    assert again.status_code == 422
    assert "T2" in again.text
    assert count(Asset) == 2


def test_a_piece_is_handed_out_and_comes_back(officer: FlaskClient, count: Count) -> None:
    registered(officer, serials="T1")
    form = officer.get("/assets/1?act=handed_out").text
    assert 'name="holder"' in form
    given = {"holder": "王卫", "place": "KD1", "key": "out"}
    for _ in range(2):
        assert send(officer, "/assets/1/handed_out", given).status_code == 302
    assert "王卫 · 高速卡点" in row_of(officer.get("/assets"), "T1")
    assert send(officer, "/assets/1/handed_out", given | {"key": "other"}).status_code == 422
    assert send(officer, "/assets/1/returned", {"key": "back"}).status_code == 302
    page = officer.get("/assets/1").text
    assert re.findall(r"<td[^>]*><strong>(.*?)</strong>", page) == ["归还", "领用", "登记"]
    assert count(AssetEvent) == 3


def test_what_is_missing_in_an_act_is_said_beside_its_field(officer: FlaskClient, count: Count) -> None:
    registered(officer, serials="T1")
    for act, given in (
        ("handed_out", {"holder": "", "place": "", "note": "急用"}),
        ("handed_out", {"place": "别处", "note": "急用"}),
        ("lent", {"holder": "县医院", "note": "急用"}),
        ("lent", {"holder": "县医院", "until": "2020-03-14", "note": "急用"}),
        ("calibrated", {"calibrated_on": "2020-03-16", "note": "急用"}),
        ("calibrated", {"due_on": "2020-03-14", "note": "急用"}),
        ("calibrated", {"certificate": "长" * 201, "note": "急用"}),
        ("retired", {"note": ""}),
    ):
        answer = send(officer, f"/assets/1/{act}", given | {"key": "k"})
        assert answer.status_code == 422, (act, given)
        assert "invalid-feedback" in answer.text, (act, given)
        assert not given["note"] or "急用" in answer.text, (act, given)
    assert send(officer, "/assets/1/registered", {"key": "k"}).status_code == 404
    assert count(AssetEvent) == 1


def test_an_overdue_piece_is_red_and_only_calibration_frees_it(officer: FlaskClient) -> None:
    registered(officer, serials="T1", due_on="2020-03-14")
    assert "▲ 逾期" in row_of(officer.get("/assets"), "T1")
    assert "T1" in officer.get("/").text
    page = officer.get("/assets/1?act=handed_out").text
    assert "act=calibrated" in page
    assert 'href="/assets/1?act=handed_out"' not in page
    assert 'name="holder"' not in page
    refused = send(officer, "/assets/1/handed_out", {"holder": "王卫", "key": "out"})
    assert refused.status_code == 422
    assert "2020年3月14日" in refused.text
    send(officer, "/assets/1/calibrated", {"certificate": "校 17", "key": "cal"})
    assert "2021年3月15日" in row_of(officer.get("/assets"), "T1")
    assert "T1" not in officer.get("/").text
    assert send(officer, "/assets/1/handed_out", {"holder": "王卫", "key": "out"}).status_code == 302


def test_what_was_lent_and_is_not_back_stands_on_the_first_page(officer: FlaskClient, database: Database) -> None:
    registered(officer, serials="T1", due_on="2021-03-14")
    send(officer, "/assets/1/lent", {"holder": "县医院", "until": "2020-03-15", "key": "lent"})
    assert "借出未还" not in officer.get("/").text
    with database.transaction() as session:
        session.get_one(Asset, 1).until = dt.date(2020, 3, 13)
    page = officer.get("/").text
    assert "借出未还" in page
    assert "应于 3月13日 前归还" in page
    assert "T1" in row_of(officer.get("/assets?show=late"), "T1")


def test_lists_are_searched_and_hostile_serials_do_no_harm(officer: FlaskClient) -> None:
    registered(officer, serials="=1+1\n<b>T3")
    page = officer.get("/assets?q=T3").text
    assert "&lt;b&gt;T3" in page
    assert "<b>T3" not in page
    assert "=1+1" not in page
    assert "没有" in officer.get("/assets?q=%25").text
    for show in ("", "due", "retired"):
        sheet = load_workbook(io.BytesIO(officer.get(f"/assets.xlsx?show={show}").data)).active
        assert sheet is not None
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert all(cell.data_type != "f" for cell in cells)
        assert ("=1+1" in [cell.value for cell in cells]) == (show != "retired")


def test_a_borrower_sees_a_piece_and_only_its_owner_acts_on_it(
    officer: FlaskClient, signed_in: SignedIn, database: Database, county: County
) -> None:
    registered(officer)
    send(officer, "/assets/1/lent", {"place": "YZ1", "until": "2020-03-31", "key": "lend"})
    with database.transaction() as session:
        session.get_one(User, county.people[Role.ADMIN].id).unit_id = county.station.id
    borrower = signed_in(Role.ADMIN)
    page = borrower.get("/assets").text
    assert "T1" in page
    assert "T2" not in page
    assert 'href="/assets/1?act=' not in borrower.get("/assets/1").text
    assert borrower.get("/assets/2").status_code == 404
    assert send(borrower, "/assets/1/taken_back", {"key": "x"}).status_code == 422
    assert "借出中" in row_of(officer.get("/assets"), "T1")


def test_a_program_registers_acts_and_reads(officer: FlaskClient) -> None:
    headers = {"X-CSRFToken": officer.get("/api/v1/me").get_json()["csrf_token"]}
    about: dict[str, object] = {"acquired_on": "2019-03-01", "interval_days": 365}
    new = {"key": "api", "item": "CWQ", "unit": "YY-CK", "serials": ["T1"]} | about
    made = [officer.post("/api/v1/assets", json=new, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    (asset,) = made[1].get_json()
    assert (asset["due_on"], asset["overdue"], "lent" in asset["possible"]) == ("2020-02-29", True, False)

    def act(**given: str) -> TestResponse:
        return officer.post(f"/api/v1/assets/{asset['id']}/acts", json=given, headers=headers)

    refused = act(key="a", act="lent", place="YZ1", until="2020-04-01")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "CalibrationOverdue")
    assert act(key="b", act="calibrated", certificate="校 17").get_json()["due_on"] == "2021-03-15"
    lent = act(key="a", act="lent", place="YZ1", until="2020-04-01").get_json()
    assert (lent["state"], lent["place"], lent["until"]) == ("lent", "YZ1", "2020-04-01")
    whole = officer.get(f"/api/v1/assets/{asset['id']}").get_json()
    assert [event["act"] for event in whole["history"]] == ["lent", "calibrated", "registered"]
    assert officer.get("/api/v1/assets?due_within_days=30").get_json() == []
    assert len(officer.get("/api/v1/assets?q=T1").get_json()) == 1
    assert act(key="c", act="registered").status_code == 409


def test_where_no_equipment_is_known_the_way_to_it_is_shown(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    assert "/items/new" in officer.get("/assets/new").text
    assert "/assets/new" in officer.get("/assets").text
    assert 'href="/assets/new"' not in signed_in(Role.LEADER).get("/assets").text
