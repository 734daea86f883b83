"""Counting by page and workbook: 500 masks of M1 and 1,500 of M2 lie in the store of YY-CK, and cigarettes and disinfectant."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select

from inventory import counts, ledger, places, stock
from inventory.balances import Balance
from inventory.barcodes import set_barcodes
from inventory.catalogue import ItemKind, Lot, add_item
from inventory.counts import CountEntry, CountSession, CountState
from inventory.ledger import Document
from inventory.places import Place
from logistics.accounts.models import Role
from logistics.db import Database
from logistics.web.downloads import SPREADSHEET
from tests.county import County, recorded
from tests.engines import on_sqlite
from tests.logistics.conftest import SignedIn
from tests.logistics.imports.tables import codes, take
from tests.logistics.supplies.acts import row_of, send

#: What the form itself refuses is the same on every database.

START = {"key": "c1", "place": "YY-CK", "percent": "2", "units": "0", "note": "月末盘点"}
TITLES = ("盘点单", "物资", "批号", "有效期至", "实盘数量", "单位", "盘点日期", "盘点时间")


def lot_id(database: Database, code: str) -> int:
    with database.reading() as session:
        return session.scalars(select(Lot.id).where(Lot.code == code)).one()


def held(database: Database, county: County, code: str) -> int:
    with database.reading() as session:
        balance = session.get(Balance, (county.store.id, lot_id(database, code)))
        return balance.quantity if balance else 0


def fields(database: Database, **quantities: Sequence[str]) -> dict[str, str]:
    """What is typed for each lot, largest pack first."""
    return {
        f"n{lot_id(database, code)}-{place}": typed
        for code, values in quantities.items()
        for place, typed in enumerate(values)
    }


def begun(officer: FlaskClient, **changed: str) -> str:
    answer = send(officer, "/counts", START | changed)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def state(database: Database) -> CountState:
    with database.reading() as session:
        return session.scalars(select(CountSession.state)).one()


def test_a_count_from_the_first_page_to_the_document(signed_in: SignedIn, database: Database, county: County) -> None:
    officer = signed_in(Role.OFFICER)
    page = begun(officer)
    sheet = officer.get(page).text
    assert "M1" in sheet
    assert not re.search(r"1,?500|2,?000", sheet)  # blind: not a figure of the books
    typed = fields(database, M1=("", "9", "30"), M2=("", "30", "0"))
    answer = send(officer, f"{page}/sheet", typed | {"key": "page-1"})
    assert answer.status_code == 302
    assert "2/4" in officer.get(answer.headers["Location"]).text
    assert send(officer, f"{page}/submit", {}).status_code == 302
    checked = officer.get(page)
    assert "需复盘" in row_of(checked, "M1")  # 20 of 500 are more than 2 percent
    assert "<td>M2" not in checked.text
    again = officer.get(f"{page}/sheet").text
    assert "M1" in again
    assert 'value="9"' not in again  # the first count is not shown to whoever counts again
    send(officer, f"{page}/sheet", fields(database, M1=("", "", "482")) | {"key": "page-2"})
    asked = send(officer, f"{page}/settle", {"act": "post"})
    assert "还没有过账" in officer.get(asked.headers["Location"]).text
    unsaid = {f"reason-{lot_id(database, 'M1')}": "other", "otherwise": "broken", "act": "post"}
    refused = send(officer, f"{page}/settle", unsaid)
    assert refused.status_code == 422
    assert re.search(r'id="otherwise".*?value="broken" selected', refused.text, re.DOTALL)
    reason = {f"reason-{lot_id(database, 'M1')}": "broken", f"note-{lot_id(database, 'M1')}": "箱子受潮"}
    for _click in range(2):
        assert send(officer, f"{page}/settle", reason | {"act": "post"}).status_code == 302
    assert (held(database, county, "M1"), held(database, county, "M2")) == (482, 1_500)
    result = row_of(officer.get(page), "M1")
    assert all(said in result for said in ("9 盒 32 只", "−18 只", "破损", "箱子受潮"))
    with database.reading() as session:
        assert not stock.prove(session).findings
        document = session.scalars(select(Document).order_by(Document.id.desc()).limit(1)).one()
        assert document.reason == "PC0000001 月末盘点"
        paper = officer.get(f"/documents/{document.id}").text
    assert re.search(r"增减合计 \S+</th><td[^>]*>−18 只", paper)
    assert "−18 只" in officer.get("/documents").text


def test_what_is_issued_between_the_count_and_the_record_stays_right(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    officer = signed_in(Role.OFFICER)
    page = begun(officer, percent="")
    send(officer, f"{page}/sheet", fields(database, M1=("", "9", "25")))
    with database.transaction() as session:
        head = recorded("meanwhile", at=counts.get_count(session, 1).started_at.replace(minute=5))
        consumed = places.the_location(session, Place.CONSUMED)
        ledger.issue(
            session,
            recorded=head,
            source_id=county.store.id,
            destination_id=consumed.id,
            wanted={county.masks.id: 100},
        )
    send(officer, f"{page}/submit", {})
    send(officer, f"{page}/settle", {"otherwise": "miscounted", "act": "post"})
    assert held(database, county, "M1") == 375


@on_sqlite
@pytest.mark.parametrize("bad", ["几盒", "-1", "1.5", "9" * 30, "1e3"])
def test_a_number_that_cannot_be_is_told_beside_its_field_and_the_others_are_kept(
    signed_in: SignedIn, database: Database, bad: str
) -> None:
    officer = signed_in(Role.OFFICER)
    page = begun(officer)
    answer = send(officer, f"{page}/sheet", fields(database, M1=("", "", bad), M2=("", "30", "")))
    assert answer.status_code == 422
    assert "is-invalid" in answer.text
    assert "删去这一行" not in answer.text
    assert f'value="{bad}"' in answer.text
    assert 'value="30"' in answer.text
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CountEntry)) == 0


def test_a_page_sent_twice_counts_once_and_a_blank_line_is_not_a_zero(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    officer = signed_in(Role.OFFICER)
    page = begun(officer)
    for _click in range(2):
        send(officer, f"{page}/sheet", fields(database, M1=("", "", "0"), M2=("", "", "")) | {"key": "k"})
    send(officer, f"{page}/submit", {})
    with database.reading() as session:
        assert [entry.quantity for entry in session.scalars(select(CountEntry))] == [0]


def test_goods_not_on_the_sheet_are_put_on_it(signed_in: SignedIn, database: Database, county: County) -> None:
    officer = signed_in(Role.OFFICER)
    page = begun(officer, percent="")
    found = {"item": "KZ", "lot": "新批次", "expiry": "2022-06-30", "quantity": "3", "unit": "盒"}
    assert send(officer, f"{page}/found", found | {"unit": "桶"}).status_code == 422
    refused = send(officer, f"{page}/found", found | {"lot": "M1"})
    assert "有效期" in refused.text
    assert send(officer, f"{page}/found", found).status_code == 302
    send(officer, f"{page}/submit", {})
    send(officer, f"{page}/settle", {"otherwise": "receipt_not_recorded", "act": "post"})
    assert held(database, county, "新批次") == 150


@on_sqlite
def test_an_other_reason_needs_a_note_and_nothing_chosen_is_lost(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    page = begun(officer, percent="")
    send(officer, f"{page}/sheet", fields(database, M1=("", "", "1"), M2=("", "", "1")))
    send(officer, f"{page}/submit", {})
    reasons = {f"reason-{lot_id(database, 'M1')}": "other", f"reason-{lot_id(database, 'M2')}": "theft"}
    answer = send(officer, f"{page}/settle", reasons | {"act": "save"})
    assert answer.status_code == 422
    assert answer.text.count(" selected") == 2
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(counts.CountVariance)) == 0


@on_sqlite
@pytest.mark.parametrize(
    "changed",
    [{"place": "KD9"}, {"place": ""}, {"percent": "101"}, {"percent": "两成"}, {"item": "没有"}, {"note": "长" * 501}],
)
def test_a_count_that_cannot_begin_says_why_beside_the_field(signed_in: SignedIn, changed: dict[str, str]) -> None:
    answer = send(signed_in(Role.OFFICER), "/counts", START | changed)
    assert answer.status_code == 422
    assert "is-invalid" in answer.text


def test_beginning_twice_is_once(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    assert begun(officer) == begun(officer)


def test_any_lot_that_differs_may_be_counted_again(signed_in: SignedIn, database: Database, county: County) -> None:
    officer = signed_in(Role.OFFICER)
    page = begun(officer, percent="")
    send(officer, f"{page}/sheet", fields(database, M1=("", "", "480"), M2=("", "", "1480")))
    send(officer, f"{page}/submit", {})
    lot = str(lot_id(database, "M1"))
    again = officer.get(f"{page}/sheet", query_string={"lot": lot}).text
    assert "M1" in again
    assert f"n{lot_id(database, 'M2')}-0" not in again
    bad = fields(database, M1=("", "", "五百")) | {"lot": lot}
    assert 'value="五百"' in send(officer, f"{page}/sheet", bad).text
    answer = send(officer, f"{page}/sheet", fields(database, M1=("", "", "500")) | {"lot": lot})
    assert answer.headers["Location"] == page
    assert "<td>M1" not in officer.get(page).text


@on_sqlite
def test_a_given_up_count_says_so(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    page = begun(officer)
    assert send(officer, f"{page}/withdraw", {}).status_code == 302
    assert "台账没有改动" in officer.get(page).text
    assert send(officer, f"{page}/sheet", fields(database, M1=("1", "", ""))).status_code == 422
    assert state(database) is CountState.WITHDRAWN


@on_sqlite
def test_a_reporter_reads_counts_and_counts_nothing(signed_in: SignedIn) -> None:
    page = begun(signed_in(Role.OFFICER))
    reporter = signed_in(Role.REPORTER)
    assert reporter.get(page).status_code == 200
    assert send(reporter, f"{page}/sheet", {}).status_code == 403


@on_sqlite
def test_the_first_page_shows_a_count_that_waits(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    begun(officer)
    assert "PC0000001" in officer.get("/").text


# The workbook ---------------------------------------------------------------------------------------------------------


def test_the_sheet_goes_out_blind_and_comes_back_filled_in(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    officer = signed_in(Role.OFFICER)
    page = begun(officer, percent="")
    answer = officer.get(f"{page}/sheet.xlsx")
    assert answer.mimetype == SPREADSHEET
    book = load_workbook(io.BytesIO(answer.data))
    rows = list(book.active.values)
    assert [row[3] for row in rows[1:]] == ["J1", "M1", "M2", "X1"]
    assert all(value not in (500, 1_500, 20_000) for row in rows for value in row)
    for place, row in enumerate(rows[1:], start=2):
        if row[3] == "M1":
            book.active.cell(place, 6, 480)
    filled = io.BytesIO()
    book.save(filled)
    sent = {"file": (io.BytesIO(filled.getvalue()), "盘点.xlsx")}
    assert send(officer, "/import/counts", sent).status_code == 302
    send(officer, f"{page}/submit", {})
    send(officer, f"{page}/settle", {"otherwise": "broken", "act": "post"})
    assert held(database, county, "M1") == 480
    result = load_workbook(io.BytesIO(officer.get(f"{page}/result.xlsx").data)).active
    assert [row[10] for row in list(result.values)[1:]] == [-20]


def test_rows_of_one_lot_in_several_unit_words_are_one_count(signed_in: SignedIn, database: Database) -> None:
    begun(signed_in(Role.OFFICER))
    row = ("PC0000001", "KZ", "M1", None)
    take(
        database,
        "counts",
        TITLES,
        (*row, 9, "盒", "", ""),
        (*row, 30, "只", "", ""),
        (*row[:2], "M2", None, 0, "", "", ""),
    )
    with database.reading() as session:
        assert sorted(entry.quantity for entry in session.scalars(select(CountEntry))) == [0, 480]


@on_sqlite
def test_every_error_of_a_sheet_is_told_at_once(signed_in: SignedIn, database: Database) -> None:
    begun(signed_in(Role.OFFICER), item="KZ")
    rows = (
        ("PC0000009", "KZ", "M1", "", 1, "盒", "", ""),
        ("PC0000001", "没有", "M1", "", 1, "盒", "", ""),
        ("PC0000001", "KZ", "M1", "", 1, "桶", "", ""),
        ("PC0000001", "KZ", "M1", "", -1, "盒", "", ""),
        ("PC0000001", "KZ", "M2", "2025-01-01", 1, "盒", "", ""),
        ("PC0000001", "XD84", "X1", "", 1, "桶", "", ""),
        ("PC0000001", "KZ", "A", "", 1, "盒", "2020-03-14", ""),
        ("PC0000001", "KZ", "B", "", 1, "盒", "2020-03-15", "08:01"),
        ("PC0000001", "KZ", "C", "", 1, "盒", "2020-03-15", "07:59"),
        ("PC0000001", "KZ", "D", "", 1, "盒", "", ""),
        ("PC0000001", "KZ", "D", "", 2, "盒", "", ""),
    )
    assert codes(database, "counts", TITLES, *rows) == [
        (2, "盘点单", "unknown"),
        (3, "物资", "unknown"),
        (4, "单位", "unknown_unit"),
        (5, "实盘数量", "negative"),
        (6, "有效期至", "other_expiry"),
        (7, "物资", "left_out"),
        (8, "盘点时间", "time_missing"),
        (9, "盘点时间", "outside_count"),
        (10, "盘点时间", "outside_count"),
        (12, "", "twice"),
    ]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CountEntry)) == 0


@on_sqlite
def test_a_scan_keeps_what_is_typed_and_leads_to_the_first_lot_not_counted(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    with database.transaction() as session:
        set_barcodes(session, item=session.merge(county.masks), barcodes={"16901234567899": "箱"})
    officer = signed_in(Role.OFFICER)
    page = begun(officer)
    m1, m2 = lot_id(database, "M1"), lot_id(database, "M2")
    scanned = {"key": "p1", "page": "1", "scan": "16901234567899"}
    answer = send(officer, f"{page}/sheet", scanned | fields(database, M1=("", "10", "")))
    assert answer.headers["Location"] == f"{page}/sheet?page=1&at=n{m2}-0#n{m2}-0"
    sheet = officer.get(answer.headers["Location"]).text
    assert "1/4" in sheet
    assert re.search(rf'id="n{m2}-0"[^>]*autofocus', sheet)
    # The number is written down; the next code is awaited on the same page.
    counted = {"key": "p2", "page": "1", "next": "2", "at": f"n{m2}-0"} | fields(database, M2=("", "30", ""))
    following = send(officer, f"{page}/sheet", counted).headers["Location"]
    assert following == f"{page}/sheet?page=1&at=scan"
    assert re.search(r'name="scan"[^>]*autofocus', officer.get(following).text)
    assert send(officer, f"{page}/sheet", scanned | {"key": "p3"}).headers["Location"].endswith(f"#n{m1}-0")


@on_sqlite
@pytest.mark.parametrize(("code", "said"), [("999", "没有物资用「999」这个码"), ("ZZ", "盘点表上没有酒精")])
def test_a_code_that_leads_nowhere_is_told_and_the_page_stays(
    signed_in: SignedIn, database: Database, county: County, code: str, said: str
) -> None:
    with database.transaction() as session:
        add_item(session, code="ZZ", name="酒精", kind=ItemKind.ALCOHOL, base_unit="毫升")
    officer = signed_in(Role.OFFICER)
    page = begun(officer)
    answer = send(officer, f"{page}/sheet", {"key": "p1", "page": "1", "scan": code})
    assert said in officer.get(answer.headers["Location"]).text
