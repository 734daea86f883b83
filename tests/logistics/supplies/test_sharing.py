"""Requisitions and allocations: asked, proposed, decided, explained, carried."""

import io
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from inventory.requisitions import Requisition, RequisitionState
from inventory.runs import AllocationRun
from logistics.accounts.models import Role, User
from logistics.db import Database
from logistics.orders.models import DeliveryOrder, DeliveryState
from tests.county import County
from tests.logistics.conftest import SignedIn, token
from tests.logistics.supplies.acts import needs, row_of, send

ASK = {
    "key": "ask-1",
    "unit": "KD1 高速卡点",
    "item": "一次性口罩",
    "quantity": "4",
    "word": "盒",
    "need": "60",
    "need_word": "只",
    "note": "",
}


def test_a_point_asks_in_packs_and_tells_its_daily_need(signed_in: SignedIn, database: Database) -> None:
    answer = send(signed_in(Role.OFFICER), "/requisitions/new", ASK)
    assert answer.status_code == 302
    row = row_of(signed_in(Role.OFFICER).get("/requisitions"), "高速卡点")
    assert "4 盒" in row
    assert "1 盒 10 只" in row
    assert "已用完" in row
    assert "一线点位" in row
    with database.reading() as session:
        asked = session.scalars(select(Requisition)).one()
        assert (asked.quantity, asked.daily_need) == (200, 60)


def test_a_second_click_asks_once(signed_in: SignedIn, database: Database) -> None:
    officers = [signed_in(Role.OFFICER) for _click in range(4)]
    tokens = [token(officer, "/account") for officer in officers]
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda n: officers[n].post("/requisitions/new", data={"csrf_token": tokens[n], **ASK}).status_code,
                range(4),
            )
        )
    assert answers == [302] * 4
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Requisition)) == 1


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("unit", "月球"),
        ("item", ""),
        ("quantity", "0"),
        ("word", "袋"),
        ("need", "0.5"),
        ("need", "x"),
        ("note", "长" * 501),
    ],
)
def test_a_bad_request_is_told_and_keeps_what_was_typed(
    signed_in: SignedIn, database: Database, field: str, typed: str
) -> None:
    answer = send(signed_in(Role.OFFICER), "/requisitions/new", ASK | {field: typed})
    assert answer.status_code == 422
    assert re.search(rf'id="{field}(-1)?-said"', answer.text)
    assert f'value="{typed}"' in answer.text
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Requisition)) == 0


def test_a_reporter_asks_for_the_own_unit_only(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=10)
    with database.transaction() as session:
        for user in session.scalars(select(User).where(User.role == Role.REPORTER)):
            user.unit_id = county.station.id
    reporter = signed_in(Role.REPORTER)
    assert 'value="YZ1 安阳烟叶站"' in reporter.get("/requisitions/new").text
    assert send(reporter, "/requisitions/new", ASK).status_code == 422
    assert send(reporter, "/requisitions/new", ASK | {"unit": "YZ1"}).status_code == 302
    assert "高速卡点" not in reporter.get("/requisitions").text
    assert send(reporter, "/requisitions/1/withdraw", {}).status_code == 404
    assert reporter.get("/allocations").status_code == 403


def test_what_is_withdrawn_waits_no_more_and_what_is_answered_stays(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=10, station=10)
    officer = signed_in(Role.OFFICER)
    for _click in range(2):
        assert send(officer, "/requisitions/1/withdraw", {}).status_code == 302
    assert "高速卡点" not in officer.get("/requisitions").text
    decide_with(officer, county)
    assert send(officer, "/requisitions/2/withdraw", {}).status_code == 409
    with database.reading() as session:
        states = [asked.state for asked in session.scalars(select(Requisition).order_by(Requisition.id))]
    assert states == [RequisitionState.CANCELLED, RequisitionState.ANSWERED]


def test_a_proposal_shows_who_would_get_what_and_records_nothing(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=200, station=200, village=200)
    answer = _propose(signed_in(Role.OFFICER), county)
    assert answer.status_code == 200
    assert "12 盒" in row_of(answer, "高速卡点")  # three days of 200 are 600, twelve boxes
    assert "0 天 → 3 天" in row_of(answer, "高速卡点")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AllocationRun)) == 0
        assert set(session.scalars(select(Requisition.state))) == {RequisitionState.OPEN}


def test_a_decision_records_the_proposal_with_the_reason_for_each_point(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=400, station=400, village=400)
    officer = signed_in(Role.OFFICER)
    page = officer.get(decide_with(officer, county))
    # 40 boxes: frontline 24 to three days, the window 16 to two, the village waits for the 41st.
    assert "第 1 级：给 24 盒，可用天数 0 → 3 天。已按申领数给足。" in page.text
    assert "第 2 级：给 16 盒，可用天数 0 → 2 天。各级上限都已到。" in page.text
    assert "下一盒排在第 41 位，本次共 40 盒，再有 1 盒就轮到。" in page.text
    assert "24 盒" in row_of(page, "大柳村")  # its shortfall
    assert page.text.count("cover-bar") == 3


def test_the_reasons_are_told_in_english_too(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=400, station=400, village=400)
    officer = signed_in(Role.OFFICER)
    address = decide_with(officer, county)
    officer.post("/language", data={"csrf_token": token(officer, "/account"), "language": "en", "next": "/"})
    text = officer.get(address).text
    assert "Rung 1: 24 盒, cover 0 → 3 days. All that it asked for." in text
    assert "The next 盒 for it is number 41; there were 40 this time, 1 more would bring it." in text


def test_a_reserve_stays_in_the_store(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=400, station=400)
    officer = signed_in(Role.OFFICER)
    answer = _propose(officer, county, keep="30")
    assert "10 盒" in row_of(answer, "高速卡点")
    kept = "<dt>留作储备</dt><dd>30 盒</dd>"
    assert kept in answer.text
    assert kept in officer.get(decide_with(officer, county, keep="30")).text
    assert (officer.get("/api/v1/allocations/1").json or {})["reserve"] == 30


def test_what_gave_nobody_anything_has_no_delivery_orders_to_show(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=400)
    officer = signed_in(Role.OFFICER)
    decide_with(officer, county, keep="40")
    row = row_of(officer.get("/allocations"), "FP0000001")
    assert "0 / 1" in row
    assert "生成" not in row


def test_another_ladder_gives_another_result(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=100, village=100)
    ladder = {"tiers-0": ["frontline", "other"], "days-0": "1"}
    answer = _propose(signed_in(Role.OFFICER), county, ladder=ladder)
    assert "2 盒" in row_of(answer, "高速卡点")
    assert "各级上限都已到" in row_of(answer, "大柳村")
    assert "一线点位、其他到 1 天" in answer.text


@pytest.mark.parametrize(
    "ladder",
    [
        {},
        {"days-0": "3"},
        {"tiers-0": "frontline"},
        {"tiers-0": "frontline", "days-0": "-1"},
        {"tiers-0": "other", "days-0": "两天"},
    ],
)
def test_a_ladder_that_says_nothing_is_refused(
    signed_in: SignedIn, database: Database, county: County, ladder: dict[str, object]
) -> None:
    needs(database, county, checkpoint=100)
    assert _propose(signed_in(Role.OFFICER), county, ladder=ladder).status_code == 422


@pytest.mark.parametrize(
    "change", [{"item": "999"}, {"source": "nowhere"}, {"source": "YZ1"}, {"pack": "麻袋"}, {"keep": "-1"}]
)
def test_a_policy_that_cannot_be_is_refused(
    signed_in: SignedIn, database: Database, county: County, change: dict[str, Any]
) -> None:
    needs(database, county, checkpoint=100)
    assert _propose(signed_in(Role.OFFICER), county, **change).status_code == 422


def test_a_decision_is_refused_when_stock_changed_since_the_proposal(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=400, station=400, village=400)
    officer = signed_in(Role.OFFICER)
    form = _policy(county) | {"seen": seen_in(_propose(officer, county).text), "act": "decide"}
    send(officer, "/stock/issue", {"store": "YY-CK", "item": "KZ", "quantity": "1", "unit": "箱", "key": "x"})
    answer = send(officer, "/allocations/new", form)
    assert answer.status_code == 409
    assert "原方案已不成立" in answer.text
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AllocationRun)) == 0
        assert set(session.scalars(select(Requisition.state))) == {RequisitionState.OPEN}


def test_of_many_who_decide_at_once_one_does(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=400, station=400, village=400)
    officers = [signed_in(Role.OFFICER) for _person in range(6)]
    seen = seen_in(_propose(officers[0], county).text)
    tokens = [token(officer, "/account") for officer in officers]

    def decide(number: int) -> int:
        form = {"csrf_token": tokens[number], "seen": seen, "act": "decide", "key": f"decide-{number // 2}"}
        return officers[number].post("/allocations/new", data=_policy(county) | form).status_code

    with ThreadPoolExecutor(6) as pool:
        codes = sorted(pool.map(decide, range(6)))
    assert codes == [302, 302, 422, 422, 422, 422]  # the one key came twice
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AllocationRun)) == 1


def test_an_allocation_becomes_delivery_orders_once(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=400, station=400, village=400)
    officer = signed_in(Role.OFFICER)
    address = decide_with(officer, county)
    assert "生成 2 张配送单" in officer.get(address).text
    assert "待生成 2 张" in officer.get("/allocations").text
    assert "未生成配送单的分配" in officer.get("/").text
    for _click in range(2):
        assert send(officer, f"{address}/deliver", {}).status_code == 302
    page = officer.get(address).text
    assert page.count("待排线") == 2
    assert "生成 2 张配送单" not in page
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DeliveryOrder)) == 2


def test_what_was_given_and_is_still_to_come_counts_at_the_next_allocation(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=100)
    officer = signed_in(Role.OFFICER)
    address = decide_with(officer, county)
    needs(database, county, checkpoint=200)
    told = "6 盒 其中待到货 6 盒"
    assert told in row_of(officer.get("/requisitions"), "高速卡点")  # shared out, and no delivery order yet
    send(officer, f"{address}/deliver", {})
    assert told in row_of(officer.get("/requisitions"), "高速卡点")
    with database.transaction() as session:
        session.get_one(DeliveryOrder, 1).state = DeliveryState.FAILED
    assert "待到货" not in row_of(officer.get("/requisitions"), "高速卡点")
    with database.transaction() as session:
        session.get_one(DeliveryOrder, 1).state = DeliveryState.LOADED
    # Of three days of 200 it is still to get half: six boxes.
    assert "6 盒" in row_of(_propose(officer, county, key="next"), "高速卡点")
    page = officer.get(decide_with(officer, county, key="next"))
    assert told in row_of(page, "高速卡点")
    assert "其中 6 盒是先前已分给它、尚未送到的。" in officer.get("/allocations/2/why/2").text


def test_where_all_stays_in_reserve_there_is_nothing_to_decide(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=400)
    page = propose_with(signed_in(Role.OFFICER), county, keep="40").text
    assert "连一整件都分不出" in page
    assert "现在可分 1 箱" in page
    assert 'value="decide"' not in page


def test_only_those_who_write_orders_make_delivery_orders(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=400)
    address = decide_with(signed_in(Role.OFFICER), county)
    leader = signed_in(Role.LEADER)
    assert leader.get(address).status_code == 200
    assert f"{address}/deliver" not in leader.get(address).text
    assert send(leader, f"{address}/deliver", {}).status_code == 403
    # A dispatcher may make them, but is not led to the allocation, which is not for them.
    assert send(signed_in(Role.DISPATCHER), f"{address}/deliver", {}).headers["Location"] == "/delivery-orders"


def test_the_sheet_of_an_allocation_goes_to_excel(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=400, village=400)
    officer = signed_in(Role.OFFICER)
    sheet = load_workbook(io.BytesIO(officer.get(decide_with(officer, county) + ".xlsx").data)).active
    assert sheet is not None
    rows = {row[2]: row for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert rows["高速卡点"][8:11] == (24, 1_200, 0)
    assert rows["大柳村"][11:13] == (0, 1)


def test_an_allocation_of_others_is_not_known(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=400)
    address = decide_with(signed_in(Role.OFFICER), county)
    with database.transaction() as session:
        for user in session.scalars(select(User).where(User.role == Role.LEADER)):
            user.unit_id = county.village.id
    assert signed_in(Role.LEADER).get(address).status_code == 404


def test_with_nothing_asked_the_desk_says_so(signed_in: SignedIn, county: County) -> None:
    officer = signed_in(Role.OFFICER)
    for path in ("/allocations", "/allocations/new", "/requisitions"):
        assert "没有人申领" in officer.get(path).text
    assert _propose(officer, county).status_code == 422


def propose_with(officer: FlaskClient, county: County, **change: object) -> TestResponse:
    """What the desk shows for the usual form with some changes."""
    return send(officer, "/allocations/new", _policy(county) | change | {"act": "propose"})


def decide_with(officer: FlaskClient, county: County, *, ladder: dict[str, str] | None = None, **change: object) -> str:
    """Propose and decide; gives the address of the allocation."""
    policy = _policy(county) | change
    if ladder is not None:
        policy = {name: value for name, value in policy.items() if "-" not in name} | ladder
    seen = seen_in(send(officer, "/allocations/new", policy | {"act": "propose"}).text)
    answer = send(officer, "/allocations/new", policy | {"seen": seen, "act": "decide"})
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def seen_in(page: str) -> str:
    """The fingerprint in the form; empty where nothing was proposed."""
    found = re.search(r'name="seen" value="([0-9a-f]*)"', page)
    assert found
    return found.group(1)


def _policy(county: County) -> dict[str, object]:
    return {
        "key": "decide-1",
        "item": str(county.masks.id),
        "source": "YY-CK",
        "pack": "盒",
        "keep": "0",
        "tiers-0": "frontline",
        "days-0": "3",
        "tiers-1": "window",
        "days-1": "2",
        "tiers-2": "other",
        "days-2": "1",
    }


def _propose(
    officer: FlaskClient, county: County, *, ladder: Mapping[str, object] | None = None, **change: str
) -> TestResponse:
    policy = _policy(county)
    if ladder is not None:
        policy = {name: value for name, value in policy.items() if "-" not in name} | dict(ladder)
    return send(officer, "/allocations/new", policy | change | {"act": "propose"})
