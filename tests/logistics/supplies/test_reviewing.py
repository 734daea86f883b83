"""A requisition by itself: reviewed on its page and by workbook, its comment kept, the rest carried over."""

import io
import re
from fractions import Fraction

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from inventory.norms import Basis
from inventory.requisitions import Requisition, RequisitionReview, RequisitionState, Verdict
from inventory.units import UnitKind
from logistics.accounts.models import Role
from logistics.db import Database
from tests.county import County
from tests.inventory.norms import approved
from tests.logistics.conftest import SignedIn, token
from tests.logistics.supplies.acts import needs, row_of, send
from tests.logistics.supplies.test_sharing import decide_with
from tests.sqlite_files import SqliteFiles

CHANGED = {"key": "r1", "quantity": "4", "word": "盒", "comment": "按 6 人核减", "act": "approve"}


@pytest.fixture
def databases(sqlite_files: SqliteFiles) -> SqliteFiles:
    """One engine is enough here: what the pages call is tested on both without them."""
    return sqlite_files


def test_a_change_is_approved_with_its_comment_and_shown(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=100)
    officer = signed_in(Role.OFFICER)
    for _click in range(2):
        assert send(officer, "/requisitions/1/review", CHANGED).status_code == 302
    row = row_of(officer.get("/requisitions/1"), "按 6 人核减")
    assert "核减后批准" in row
    assert "6 盒" in row
    assert "4 盒" in row
    assert "已批准" in officer.get("/requisitions").text
    assert "3 天" not in row_of(officer.get(decide_with(officer, county)), "高速卡点").split("盒")[0]


def test_a_refusal_needs_a_comment_and_ends_it(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=100)
    officer = signed_in(Role.OFFICER)
    refusal = CHANGED | {"act": "refuse", "comment": ""}
    answer = send(officer, "/requisitions/1/review", refusal)
    assert answer.status_code == 422
    assert 'id="comment-said"' in answer.text
    assert 'value="4"' in answer.text
    assert send(officer, "/requisitions/1/review", refusal | {"comment": "库存充足"}).status_code == 302
    assert "高速卡点" not in officer.get("/requisitions").text
    assert "不予批准" in officer.get("/requisitions/1").text
    with database.reading() as session:
        assert session.scalars(select(Requisition.state)).one() is RequisitionState.REFUSED


@pytest.mark.parametrize(
    ("field", "typed"), [("quantity", "-1"), ("quantity", "x"), ("word", "袋"), ("comment", "长" * 501)]
)
def test_what_cannot_be_read_is_told_beside_its_field(
    signed_in: SignedIn, database: Database, county: County, field: str, typed: str
) -> None:
    needs(database, county, checkpoint=100)
    answer = send(signed_in(Role.OFFICER), "/requisitions/1/review", CHANGED | {field: typed})
    assert answer.status_code == 422
    assert f'id="{field}-said"' in answer.text
    assert f'value="{typed}"' in answer.text


def test_whoever_asked_sees_the_page_and_does_not_review_it(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=100)
    reporter = signed_in(Role.REPORTER)
    page = reporter.get("/requisitions/1")
    assert page.status_code == 200
    assert "/requisitions/1/review" not in page.text
    assert send(reporter, "/requisitions/1/review", CHANGED).status_code == 403


def test_the_table_goes_out_is_filled_in_and_comes_back(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=100, station=100, village=100)
    officer = signed_in(Role.OFFICER)
    book = load_workbook(io.BytesIO(officer.get(f"/requisitions.xlsx?item={county.masks.id}").data))
    sheet = book.active
    assert sheet is not None
    by_unit = {row[4].value: row for row in sheet.iter_rows(min_row=2)}
    by_unit["安阳烟叶站"][1].value, by_unit["安阳烟叶站"][3].value = 200, "核减"
    by_unit["大柳村"][1].value, by_unit["大柳村"][3].value = 0, "已有"
    for _time in range(2):
        assert _import(officer, book).status_code == 200
    with database.reading() as session:
        reviews = {r.requisition_id: (r.verdict, r.quantity_after) for r in session.scalars(select(RequisitionReview))}
    assert reviews == {1: (Verdict.APPROVED, 300), 2: (Verdict.CHANGED, 200), 3: (Verdict.REFUSED, 0)}


def test_every_fault_of_the_table_is_told_at_once(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=100, station=100)
    officer = signed_in(Role.OFFICER)
    book = load_workbook(io.BytesIO(officer.get(f"/requisitions.xlsx?item={county.masks.id}").data))
    sheet = book.active
    assert sheet is not None
    sheet["B2"], sheet["B3"], sheet["C3"] = 7, 2, "麻袋"
    sheet.append(["SL9999999", 1, "盒", ""])
    text = _import(officer, book).text
    for said in ("批准数量与申领数量不同", "麻袋", "没有编号为「SL9999999」的申领"):
        assert said in text
    with database.reading() as session:
        assert session.scalars(select(RequisitionReview)).all() == []


def test_the_unmet_rest_goes_to_the_next_round_once(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=400, village=400)
    officer = signed_in(Role.OFFICER)
    address = decide_with(officer, county, keep="20")
    for _click in range(2):
        assert send(officer, f"{address}/carry-over", {}).status_code == 302
    assert "缺口结转下一轮" not in officer.get(address).text
    # 20 boxes for the checkpoint's 24; the village got none of its 24.
    asked = officer.get("/requisitions").text
    assert "4 盒" in row_of(officer.get("/requisitions"), "高速卡点")
    assert asked.count("/withdraw") == 2


def _import(officer, book):
    buffer = io.BytesIO()
    book.save(buffer)
    buffer.seek(0)
    sent = {"csrf_token": token(officer, "/account"), "file": (buffer, "审批.xlsx")}
    return officer.post("/import/reviews", data=sent, follow_redirects=True)


def test_the_need_by_norm_stands_beside_the_told_one(signed_in: SignedIn, database: Database, county: County) -> None:
    officer = signed_in(Role.OFFICER)
    with database.transaction() as session:
        approved(session, session.merge(county.masks), Basis.PERSON_SHIFT, 6, kinds=[UnitKind.CHECKPOINT])
    needs(database, county, checkpoint=200, station=60)
    page = words_of(officer.get("/requisitions/1").text)
    assert "6 只 × 10 人班 = 60 只（BZ0000001，省局〔2020〕12号）" in page
    assert "申领时填的与标准相差超过四分之一" in page
    assert "没有适用的已批准标准" in words_of(officer.get("/requisitions/2").text)
    assert "按标准；申领时填 200 只" in row_of(officer.get("/requisitions"), "高速卡点")
    told = words_of(officer.get(f"{decide_with(officer, county)}/why/1").text)
    assert (
        "按已批准的标准每天需 60 只（申领时填 200 只）：6 只 × 10 人班 = 60 只（BZ0000001，省局〔2020〕12号）。" in told
    )
    assert (
        "1 个点位按已批准的标准（BZ0000001 省局〔2020〕12号），1 个点位按申领。" in officer.get("/allocations/1").text
    )
    assert "申领时填的每天 60 只" in words_of(officer.get("/allocations/1/why/2").text)
    book = load_workbook(io.BytesIO(officer.get("/allocations/1.xlsx").data)).active
    assert book is not None
    assert [cell.value for cell in book[2]][3:6] == [60, "按标准", 200]


def test_the_form_tells_the_need_by_norm(signed_in: SignedIn, database: Database, county: County) -> None:
    with database.transaction() as session:
        approved(session, session.merge(county.masks), Basis.POINT_DAY, Fraction(45, 2), kinds=[UnitKind.CHECKPOINT])
    officer = signed_in(Role.OFFICER)
    part = words_of(officer.get("/requisitions/need?unit=KD1&item=KZ").text)
    assert "按已批准的标准，高速卡点每天需 一次性口罩 22.5 只" in part
    assert "没有适用" in officer.get("/requisitions/need?unit=YZ1&item=KZ").text
    assert officer.get("/requisitions/need?unit=<b>&item=").text.strip() == ""
    asked = {"unit": "KD1", "item": "KZ", "quantity": "x", "word": "盒", "need": "200", "need_word": "只", "note": ""}
    assert "22.5 只" in send(officer, "/requisitions/new", asked).text
    asked_for = send(officer, "/requisitions/new", asked | {"quantity": "4"})
    assert "按已批准的标准每天需 22.5 只（申领时填 200 只）" in officer.get(asked_for.headers["Location"]).text


def words_of(page: str) -> str:
    """A page without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
