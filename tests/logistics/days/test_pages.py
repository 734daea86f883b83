"""Closing the day as the officer meets it: preview, sheet, refusals elsewhere, reopening by the leader above."""

import datetime as dt
import io

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from inventory import catalogue, consignments, days, ledger, places
from inventory.closed_days import DayClosing
from inventory.ledger import Line
from logistics.accounts.models import Role, User
from logistics.db import Database
from tests.county import CHINA, NOW, TODAY, County, recorded
from tests.logistics.conftest import SignedIn, token
from tests.logistics.supplies.acts import row_of, send

YESTERDAY = TODAY - dt.timedelta(days=1)
NOON = dt.datetime(2020, 3, 14, 12, tzinfo=CHINA)
CLOSE = {"unit": "YY", "day": "2020-03-14", "note": "已核对", "key": "day-1"}
ISSUE = {
    "store": "YY-CK",
    "to": "consumed",
    "day": "2020-03-14",
    "item": "KZ",
    "quantity": "1",
    "unit": "盒",
    "reason": "门岗",
    "key": "i1",
}


@pytest.fixture
def officer(signed_in: SignedIn) -> FlaskClient:
    return signed_in(Role.OFFICER)


def close(database: Database, county: County, *, unit_id: int | None = None, day: dt.date = YESTERDAY) -> DayClosing:
    with database.transaction() as session:
        unit = unit_id or county.bureau.id
        return days.close_day(session, key=f"{unit}-{day}", unit_id=unit, day=day, at=NOW, zone=CHINA, by="officer")


def yesterday(database: Database, county: County) -> None:
    """Yesterday 100 masks came, and 60 went on their way to the station."""
    with database.transaction() as session:
        lot = catalogue.lot_for(session, item=session.merge(county.masks), code="M0", expires_on=None)
        came = Line(lot_id=lot.id, source_id=county.supplier.id, destination_id=county.store.id, quantity=100)
        ledger.receive(session, recorded=recorded("came", at=NOON), lines=[came])
        consignments.send(
            session,
            recorded=recorded("sent", at=NOON + dt.timedelta(hours=1)),
            source=session.merge(county.store),
            destination=places.store_of(session, session.merge(county.station)),
            wanted={county.masks.id: 60},
        )


def test_the_first_page_says_that_yesterday_is_open_until_it_is_closed(officer: FlaskClient) -> None:
    assert "昨天还没有日结" in officer.get("/").text
    assert send(officer, "/days/close", CLOSE).headers["Location"] == "/days/1"
    assert "昨天还没有日结" not in officer.get("/").text


def test_the_preview_shows_the_day_and_what_is_still_open(
    officer: FlaskClient, database: Database, county: County
) -> None:
    yesterday(database, county)
    page = officer.get("/days/close?unit=YY-CK&day=2020-03-14")
    assert row_of(page, "一次性口罩").split()[-4:] == ["0", "100", "60", "40"]
    assert "在途，发往安阳烟叶站" in page.text
    assert "在途，发往" not in officer.get("/days/close?unit=YY-CK&day=2020-03-13").text
    assert "零报告" in officer.get("/days/close?unit=CUN1&day=2020-03-14").text


def test_a_closing_is_a_sheet_to_print_and_a_workbook_and_a_second_click_is_none(
    officer: FlaskClient, database: Database, county: County
) -> None:
    yesterday(database, county)
    for _twice in range(2):
        assert send(officer, "/days/close", CLOSE | {"unit": "YY-CK"}).headers["Location"] == "/days/1"
    sheet = officer.get("/days/1")
    assert "日结单" in sheet.text
    assert row_of(sheet, "一次性口罩").split()[-4:] == ["0", "100", "60", "40"]
    book = load_workbook(io.BytesIO(officer.get("/days/1.xlsx").data)).active
    rows = [[cell.value for cell in row] for row in book.iter_rows(min_row=2)]
    assert rows == [["KZ", "一次性口罩", "只", 0, 100, 60, 0, 40]]
    listed = load_workbook(io.BytesIO(officer.get("/days.xlsx").data)).active
    assert [cell.value for cell in listed[2]][:2] == ["RJ0000001", "区局仓库"]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("day", "2020-03-16", "这一天还没到"),
        ("day", "昨天", "日期"),
        ("unit", "不存在", "没有"),
        ("note", "长" * 501, "500"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_nothing_is_lost(
    officer: FlaskClient, field: str, typed: str, said: str
) -> None:
    answer = send(officer, "/days/close", CLOSE | {field: typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert typed in answer.text
    assert "还没有任何一天日结" in officer.get("/days").text


def test_the_issue_form_refuses_a_closed_day_and_keeps_what_was_typed(
    officer: FlaskClient, database: Database, county: County
) -> None:
    assert "2020年3月14日" in send(officer, "/stock/issue", ISSUE).text
    close(database, county)
    answer = send(officer, "/stock/issue", ISSUE)
    assert answer.status_code == 422
    assert "郧阳区局已日结至2020年3月14日（RJ0000001）" in answer.text
    assert 'value="2020-03-14"' in answer.text
    assert send(officer, "/stock/issue", ISSUE | {"day": "2020-03-15"}).status_code == 302


def test_the_week_tells_what_is_missing_and_who_closed_it(
    officer: FlaskClient, database: Database, county: County
) -> None:
    with database.transaction() as session:
        places.store_of(session, session.merge(county.station))
    close(database, county, unit_id=county.station.id)
    close(database, county, day=YESTERDAY - dt.timedelta(days=1))
    page = officer.get("/days")
    assert row_of(page, "区局仓库").split()[1:8] == ["○", "进行中", "▲", "未日结", "✓", "已日结", "由郧阳区局"]
    assert row_of(page, "安阳烟叶站").split()[3:8] == ["0", "零报告", "✓", "已日结", "随昨天"]


def test_the_leader_above_reopens_with_a_reason_and_the_officer_does_not(
    signed_in: SignedIn, officer: FlaskClient, database: Database, county: County
) -> None:
    close(database, county, unit_id=county.station.id)
    leader = signed_in(Role.LEADER)
    assert send(officer, "/days/1/reopen", {"reason": "漏记", "key": "r"}).status_code == 403
    assert send(leader, "/days/1/reopen", {"reason": " ", "key": "r"}).status_code == 422
    for _twice in range(2):
        assert send(leader, "/days/1/reopen", {"reason": "漏记入库单", "key": "r"}).status_code == 302
    assert "漏记入库单" in officer.get("/days/1").text
    assert send(officer, "/days/close", CLOSE | {"unit": "YZ1"}).headers["Location"] == "/days/2"


def test_nobody_reopens_their_own_day_and_nobody_sees_days_of_others(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    close(database, county, unit_id=county.station.id)
    close(database, county, unit_id=county.village.id)
    leader, officer = signed_in(Role.LEADER), signed_in(Role.OFFICER)
    with database.transaction() as session:
        for role in (Role.LEADER, Role.OFFICER):
            session.get_one(User, county.people[role].id).unit_id = county.station.id
    refused = send(leader, "/days/1/reopen", {"reason": "漏记", "key": "r"})
    assert refused.status_code == 422
    assert "由上级单位的领导撤销" in refused.text
    assert officer.get("/days/2").status_code == 404
    assert "RJ0000002" not in officer.get("/days").text


def test_programs_close_read_and_reopen(signed_in: SignedIn, county: County) -> None:
    admin = signed_in(Role.ADMIN)
    headers = {"X-CSRFToken": token(admin, "/")}
    given = {"key": "api-1", "unit": "YY", "day": "2020-03-15", "note": ""}
    for _twice in range(2):
        made = admin.post("/api/v1/day-closings", json=given, headers=headers)
        assert made.status_code == 201
        assert made.json is not None
        assert (made.json["number"], made.json["is_zero"]) == ("RJ0000001", True)
    refused = admin.post("/api/v1/day-closings", json=given | {"key": "api-2"}, headers=headers)
    assert refused.status_code == 409
    assert refused.json is not None
    assert {name: refused.json[name] for name in ("code", "day", "closing")} == {
        "code": "day-closed",
        "day": "2020-03-15",
        "closing": "RJ0000001",
    }
    reopened = admin.post("/api/v1/day-closings/1/reopening", json={"key": "r", "reason": "漏记"}, headers=headers)
    assert reopened.json is not None
    assert reopened.json["reopening"]["reason"] == "漏记"
    [listed] = admin.get("/api/v1/day-closings?unit=YY").json or []
    assert listed == {name: value for name, value in reopened.json.items() if name != "figures"}
    assert admin.get("/api/v1/day-closings/1").json == reopened.json


def test_the_week_lists_who_has_goods_and_finds_the_others_by_name(
    officer: FlaskClient, database: Database, county: County
) -> None:
    with database.transaction() as session:
        for unit in (county.station, county.village):
            places.store_of(session, session.merge(unit))
    close(database, county, unit_id=county.station.id)
    listed = officer.get("/days")
    assert row_of(listed, "安阳烟叶站")
    assert f'<th scope="row">{county.village.name}' not in listed.text
    assert f'<th scope="row">{county.village.name}' in officer.get(f"/days?about={county.village.name[:2]}").text
    assert "没有叫这个名字的单位" in officer.get("/days?about=%25%3Cb%3E").text


def test_a_closed_day_names_the_sheet_that_closed_it(officer: FlaskClient, database: Database, county: County) -> None:
    close(database, county, day=YESTERDAY)
    close(database, county, day=TODAY)
    page = officer.get("/days/close?unit=YY&day=2020-03-14").text
    assert 'href="/days/1">RJ0000001' in page
    assert "零报告" not in page
