"""A requisition sheet of several lines: asked, printed, reviewed and taken back on its pages, by workbook and by API."""

import io

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from inventory.requisitions import Requisition, RequisitionSheet, RequisitionState
from logistics.accounts.models import Role
from logistics.db import Database
from tests.county import County
from tests.logistics.conftest import SignedIn, token
from tests.logistics.imports.tables import REQUISITIONS, take
from tests.logistics.supplies.acts import row_of, send
from tests.sqlite_files import SqliteFiles

FORM: dict[str, object] = {
    "key": "sheet-1",
    "unit": "KD1 高速卡点",
    "note": "12 人值守",
    "item": ["一次性口罩", "XD84", ""],
    "quantity": ["4", "20", ""],
    "word": ["盒", "公斤", ""],
    "need": ["60", "2", ""],
    "need_word": ["只", "公斤", ""],
}
REVIEW: dict[str, object] = {
    "key": "review-1",
    "line": ["SL0000001", "SL0000002"],
    "quantity": ["4", "0"],
    "word": ["盒", "公斤"],
    "comment": ["", "库存充足"],
}


@pytest.fixture
def databases(sqlite_files: SqliteFiles) -> SqliteFiles:
    """One engine is enough here: what the pages call is tested on both without them."""
    return sqlite_files


def asked(database: Database) -> list[tuple[str, int, int, RequisitionState]]:
    with database.reading() as session:
        found = session.scalars(select(Requisition).order_by(Requisition.id))
        return [(one.item.code, one.quantity, one.daily_need, one.state) for one in found]


def test_one_form_asks_for_several_things_under_one_number(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    for _click in range(2):
        answer = send(officer, "/requisitions/new", FORM)
        assert answer.headers["Location"] == "/requisitions/sheets/1"
    assert asked(database) == [
        ("KZ", 200, 60, RequisitionState.OPEN),
        ("XD84", 20_000, 2_000, RequisitionState.OPEN),
    ]
    page = officer.get("/requisitions/sheets/1")
    assert "SQ0000001" in page.text
    assert "12 人值守" in page.text
    assert "4 盒" in row_of(page, "一次性口罩")
    for address in ("/requisitions", "/requisitions/sheets", "/requisitions/1"):
        assert "12 人值守" in officer.get(address).text


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("item", ["KZ", "月球", ""], "item-2"),
        ("quantity", ["4", "0", ""], "quantity-2"),
        ("word", ["盒", "袋", ""], "word-2"),
        ("need", ["60", "", ""], "need-2"),
        ("need_word", ["只", "", ""], "need_word-2"),
        ("unit", "月球", "unit"),
        ("note", "长" * 501, "note"),
    ],
)
def test_what_is_wrong_is_told_beside_its_line_and_nothing_typed_is_lost(
    signed_in: SignedIn, database: Database, field: str, typed: object, said: str
) -> None:
    answer = send(signed_in(Role.OFFICER), "/requisitions/new", FORM | {field: typed})
    assert answer.status_code == 422
    assert f'id="{said}-said"' in answer.text
    assert 'value="sheet-1"' in answer.text
    assert 'value="20"' in answer.text or field == "quantity"
    assert asked(database) == []


def test_an_item_stands_on_one_line_only(signed_in: SignedIn, database: Database) -> None:
    twice = FORM | {"item": ["KZ", "kz", ""], "word": ["盒", "箱", ""], "need_word": ["只", "只", ""]}
    answer = send(signed_in(Role.OFFICER), "/requisitions/new", twice)
    assert answer.status_code == 422
    assert 'id="item-2-said"' in answer.text
    assert asked(database) == []


def test_more_lines_come_without_a_script(signed_in: SignedIn) -> None:
    page = send(signed_in(Role.REPORTER), "/requisitions/new", FORM | {"more": "1"}).text
    assert page.count('name="need_word"') == 6
    assert 'value="一次性口罩"' in page


def test_a_sheet_is_reviewed_at_once_line_by_line(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    send(officer, "/requisitions/new", FORM)
    assert 'name="quantity" value="4"' in officer.get("/requisitions/sheets/1").text  # 盒, as it was asked
    faulty = send(officer, "/requisitions/sheets/1/review", REVIEW | {"comment": ["", ""]})
    assert faulty.status_code == 422
    assert 'id="comment-2-said"' in faulty.text
    assert {state for *_line, state in asked(database)} == {RequisitionState.OPEN}
    for _click in range(2):
        assert send(officer, "/requisitions/sheets/1/review", REVIEW).status_code == 302
    assert [state for *_line, state in asked(database)] == [RequisitionState.OPEN, RequisitionState.REFUSED]
    assert "库存充足" in row_of(officer.get("/requisitions/sheets/1"), "84消毒液")


def test_a_blank_line_is_left_for_later_and_a_foreign_one_is_not_known(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    send(officer, "/requisitions/new", FORM)
    foreign = send(officer, "/requisitions/sheets/1/review", REVIEW | {"line": ["SL0000001", "SL0000009"]})
    assert foreign.status_code == 422
    assert send(officer, "/requisitions/sheets/1/review", REVIEW | {"quantity": ["", ""]}).status_code == 422
    assert send(officer, "/requisitions/sheets/1/review", REVIEW | {"quantity": ["4", ""]}).status_code == 302
    with database.reading() as session:
        approved = [one.approved_by for one in session.scalars(select(Requisition).order_by(Requisition.id))]
    assert approved == ["officer", None]


def test_one_line_or_the_whole_sheet_is_taken_back(signed_in: SignedIn, database: Database) -> None:
    reporter = signed_in(Role.REPORTER)
    send(reporter, "/requisitions/new", FORM)
    page = reporter.get("/requisitions/sheets/1").text
    assert "/requisitions/sheets/1/review" not in page
    answer = send(reporter, "/requisitions/2/withdraw?sheet=1", {})
    assert answer.headers["Location"] == "/requisitions/sheets/1"
    for _click in range(2):
        assert send(reporter, "/requisitions/sheets/1/withdraw", {}).status_code == 302
    assert {state for *_line, state in asked(database)} == {RequisitionState.CANCELLED}
    assert "SQ0000001" not in reporter.get("/requisitions/sheets").text
    assert "已撤回" in row_of(reporter.get("/requisitions/sheets?all=1"), "SQ0000001")


def test_sheets_go_out_as_a_workbook_with_a_row_for_each_line(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    send(officer, "/requisitions/new", FORM | {"note": "=1+1"})
    sheet = load_workbook(io.BytesIO(officer.get("/requisitions/sheets.xlsx").data)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [(row[0], row[4], row[7], row[9]) for row in rows] == [
        ("SQ0000001", "KZ", 200, 60),
        ("SQ0000001", "XD84", 20_000, 2_000),
    ]


def test_the_rows_of_a_unit_on_a_day_make_one_sheet(database: Database, county: County) -> None:
    first = ("2020-03-14", "KD1", "KZ", 10, 1, "盒")
    other = ("2020-03-14", "KD1", "XD84", 2, 1, "公斤")
    take(database, "requisitions", REQUISITIONS, first, ("2020-03-14", "CUN1", "KZ", 10, 1, "盒"), other)
    take(database, "requisitions", REQUISITIONS, other, first)
    take(database, "requisitions", REQUISITIONS, first, ("2020-03-15", "KD1", "XD84", 2, 1, "公斤"))
    with database.reading() as session:
        made = session.scalars(select(RequisitionSheet).order_by(RequisitionSheet.id)).all()
        assert [[line.item.code for line in sheet.lines] for sheet in made] == [["KZ", "XD84"], ["KZ"], ["XD84"]]


def test_another_program_asks_reviews_and_takes_back(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    headers = {"X-CSRFToken": token(officer, "/account")}
    lines = [
        {"item": "KZ", "quantity": 200, "daily_need": 60},
        {"item": "XD84", "quantity": 20_000, "daily_need": 2_000},
    ]
    body = {"key": "a", "unit": "KD1", "lines": lines}
    for _time in range(2):
        made = officer.post("/api/v1/requisition-sheets", json=body, headers=headers)
        assert (made.status_code, made.json["number"]) == (201, "SQ0000001")
    verdicts = {"key": "b", "lines": [{"requisition": "SL0000002", "quantity": 10_000, "comment": "核减"}]}
    reviewed = officer.post("/api/v1/requisition-sheets/1/reviews", json=verdicts, headers=headers).json
    assert [line["quantity"] for line in reviewed["lines"]] == [200, 10_000]
    assert officer.get("/api/v1/requisition-sheets?only_open=true").json[0]["state"] == "open"
    withdrawn = officer.post("/api/v1/requisition-sheets/1/withdrawal", headers=headers).json
    assert {line["state"] for line in withdrawn["lines"]} == {"cancelled"}
    assert officer.get("/api/v1/requisition-sheets/2").status_code == 404
    assert officer.post("/api/v1/requisition-sheets", json=body | {"lines": []}, headers=headers).status_code == 422
