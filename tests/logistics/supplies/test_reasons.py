"""Why so much, what if, how fair, and who could help: in sentences, figures and pictures."""

import io
import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from inventory import ledger, places
from inventory.balances import Balance
from inventory.norms import Basis
from inventory.restrictions import restrict
from inventory.runs import AllocationRun
from logistics.accounts.models import Role
from logistics.db import Database
from tests.county import County, recorded
from tests.inventory.norms import approved
from tests.logistics.conftest import SignedIn, token
from tests.logistics.supplies.acts import needs, row_of, send
from tests.logistics.supplies.test_sharing import decide_with, propose_with, seen_in
from tests.sqlite_files import SqliteFiles


@pytest.fixture
def databases(sqlite_files: SqliteFiles) -> SqliteFiles:
    """One engine is enough here: what the pages call is tested on both without them."""
    return sqlite_files


def speak_english(client: FlaskClient) -> None:
    client.post("/language", data={"csrf_token": token(client, "/account"), "language": "en", "next": "/"})


def test_the_reason_is_told_in_full_with_the_place_in_the_sequence(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=400, station=400, village=400)
    officer = signed_in(Role.OFFICER)
    address = decide_with(officer, county)
    page = officer.get(f"{address}/why/3").text
    for said in (
        "大柳村（其他）每天用 8 盒，分配前手头有 0 只，够用 0 天。",
        "这次一共可分 40 盒，它分到 0 盒。",
        "下一盒排在第 41 位，本次共 40 盒，再有 1 盒就轮到。",
        "最后一件（第 40 位）给了安阳烟叶站，当时它够用 1.9 天。",
        "再有一件（第 41 位）就给大柳村，它现在够用 0 天。",
    ):
        assert said in page
    assert page.count('class="own"') == 0
    assert officer.get(f"{address}/why/1").text.count('class="own"') == 24
    speak_english(officer)
    assert "The next one, number 41, would go to 大柳村, which has 0 days." in officer.get(f"{address}/why/3").text


def test_whoever_asked_reads_its_own_reason(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=400)
    address = decide_with(signed_in(Role.OFFICER), county)
    reporter = signed_in(Role.REPORTER)
    assert "高速卡点" in reporter.get(f"{address}/why/1").text
    assert reporter.get(address).status_code == 403
    assert reporter.get(f"{address}/why/99").status_code == 404


def test_what_if_there_were_more_or_a_point_needed_more(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=400, station=400, village=400)
    officer = signed_in(Role.OFFICER)
    address = decide_with(officer, county)
    more = officer.get(f"{address}/what-if?more=3")
    assert row_of(more, "大柳村").split()[1:7] == ["大柳村", "0", "盒", "3", "盒", "+3"]
    less = officer.get(f"{address}/what-if?point=SL0000001&held=1200")
    assert "−24" in row_of(less, "高速卡点")
    # Twice the ten people need twice as much a day: three days of 800 are 48 boxes, but it asked for 24.
    doubled = officer.get(f"{address}/what-if?point=SL0000001&people=20")
    assert "1.5 天" in row_of(doubled, "高速卡点")
    assert "谁分到的都不变" in officer.get(f"{address}/what-if?more=0&need=5").text
    with database.reading() as session:
        assert len(session.scalars(select(AllocationRun)).all()) == 1


@pytest.mark.parametrize("query", ["more=x", "point=SL9", "point=SL0000001&need=0", "more=" + "9" * 30])
def test_what_cannot_be_supposed_is_told_beside_its_field(
    signed_in: SignedIn, database: Database, county: County, query: str
) -> None:
    needs(database, county, checkpoint=400)
    officer = signed_in(Role.OFFICER)
    assert "invalid-feedback" in officer.get(f"{decide_with(officer, county)}/what-if?{query}").text


def test_an_override_is_signed_by_who_may_and_shown_against_the_ladder(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=400, station=400, village=400)
    leader = signed_in(Role.LEADER)
    signed: dict[str, Any] = {
        "over_point": "大柳村",
        "over_packs": "5",
        "over_reason": "确诊一例",
        "over_when": "first",
    }
    page = propose_with(leader, county, **signed)
    lost = page.text.split("特批的影响")[1]
    assert re.search(r"大柳村</td>[^/]*0 盒.*?5 盒.*?\+5", lost, re.DOTALL)
    assert re.search(r"安阳烟叶站</td>.*?16 盒.*?11 盒.*?−5", lost, re.DOTALL)
    address = decide_with(leader, county, **signed)
    record = leader.get(address).text
    assert "特批：给 5 盒" in record
    assert re.search(r"特批给大柳村 5 盒，\w+签发。原因：确诊一例", record)
    told = leader.get(f"{address}/why/3").text
    assert "如果没有特批，它会分到 0 盒。" in told
    assert "签发，原因：确诊一例" in told
    # Fewer packs than were signed for: said beside the field.
    assert "光特批就要 5 件" in leader.get(f"{address}/what-if?more=-36").text
    assert "over_point" not in signed_in(Role.OFFICER).get("/allocations/new").text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"over_packs": "0"}, "over_packs-1"),
        ({"over_reason": ""}, "over_reason-1"),
        ({"over_point": "月球"}, "over_point-1"),
    ],
)
def test_an_override_that_says_too_little_is_told_beside_its_field(
    signed_in: SignedIn, database: Database, county: County, change: dict[str, str], field: str
) -> None:
    needs(database, county, checkpoint=400)
    signed: dict[str, Any] = {"over_point": "高速卡点", "over_packs": "5", "over_reason": "夜班", "over_when": "first"}
    page = propose_with(signed_in(Role.LEADER), county, **(signed | change))
    assert page.status_code == 422
    assert f'id="{field}-said"' in page.text


def test_an_officer_signs_for_nothing(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=400)
    signed: dict[str, Any] = {"over_point": "高速卡点", "over_packs": "5", "over_reason": "夜班", "over_when": "first"}
    page = propose_with(signed_in(Role.OFFICER), county, **signed)
    assert page.status_code == 422
    assert seen_in(page.text) == ""


def test_two_stores_give_and_their_goods_go_out_from_each(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    _to_station(database, county, boxes=10)
    needs(database, county, checkpoint=400, village=100)
    officer = signed_in(Role.OFFICER)
    closed: dict[str, Any] = {"others": "YZ1", "closed_store": "YY-CK", "closed_unit": "大柳村"}
    address = decide_with(officer, county, **closed)
    record = officer.get(address)
    assert "安阳烟叶站" in row_of(record, "大柳村")
    assert "不通：区局仓库的货送不到大柳村。" in record.text
    assert send(officer, f"{address}/deliver", {}).status_code == 302
    assert officer.get(address).text.count("待排线") >= 2
    assert all("分配 FP0000001" in officer.get(f"/delivery-orders/{order}").text for order in (1, 2))


def test_a_point_that_no_way_leads_to_is_told_so_and_not_that_goods_expire(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=400, village=100)
    officer = signed_in(Role.OFFICER)
    address = decide_with(officer, county, closed_store="YY-CK", closed_unit="大柳村")
    row = row_of(officer.get(address), "大柳村")
    assert "道路都不通" in row
    assert "过期" not in row


def test_fairness_is_drawn_over_the_runs(signed_in: SignedIn, database: Database, county: County) -> None:
    officer = signed_in(Role.OFFICER)
    assert "还没有" in officer.get("/allocations/fairness").text
    for need in (100, 120):
        needs(database, county, checkpoint=need, village=need)
        decide_with(officer, county, key=f"run-{need}")
    page = officer.get("/allocations/fairness").text
    assert page.count("<polyline") == 2
    assert re.findall(r">(FP000000\d)<", page) == ["FP0000002", "FP0000001"]
    sheet = load_workbook(io.BytesIO(officer.get(f"/allocations/fairness.xlsx?item={county.masks.id}").data)).active
    assert sheet is not None
    assert sheet.max_row == 5


def test_a_neighbour_with_plenty_is_proposed_with_the_way(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    _to_station(database, county, boxes=30)
    needs(database, county, checkpoint=50, station=50)
    officer = signed_in(Role.OFFICER)
    page = officer.get("/allocations/lateral?keep=14&reach=3&pack=盒")
    row = row_of(page, "高速卡点")
    assert "安阳烟叶站" in row
    assert "3 盒" in row
    assert "公里" in row
    # What is proposed is carried out: the form in which goods are sent opens with it.
    form = officer.get(unescape(re.findall(r'href="(/consignments/new[^"]*)"', page.text)[0])).text
    for value in ("YZ1 安阳烟叶站", "KD1 高速卡点", "KZ 一次性口罩", "3", "盒"):
        assert f'value="{value}"' in form
    assert "没有单位短缺" in officer.get("/allocations/lateral?keep=365&reach=1").text
    assert "最多 3 天" in officer.get("/allocations/lateral?keep=3&reach=7").text
    assert officer.get(f"/allocations/lateral.xlsx?item={county.masks.id}").status_code == 200


def _to_station(database: Database, county: County, *, boxes: int) -> None:
    with database.transaction() as session:
        ledger.transfer(
            session,
            recorded=recorded("to the station"),
            source_id=county.store.id,
            destination_id=places.store_of(session, session.merge(county.station)).id,
            wanted={county.masks.id: boxes * 50},
        )


def test_neighbours_are_judged_by_the_norm_and_keep_what_was_given_for_them(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    _to_station(database, county, boxes=30)
    needs(database, county, checkpoint=50)
    with database.transaction() as session:
        # Five masks a day for ten people: 50 a day at the station, which told nothing and can spare 800 of 1,500.
        approved(session, session.merge(county.masks), Basis.PERSON_SHIFT, 5)
    officer = signed_in(Role.OFFICER)
    address = "/allocations/lateral?keep=14&reach=3&pack=盒"
    assert "3 盒" in row_of(officer.get(address), "高速卡点")
    with database.transaction() as session:
        lots = session.scalars(select(Balance.lot_id).where(Balance.item_id == county.masks.id)).all()
        restrict(session, lot_ids=lots, unit_ids=[county.station.id])
    assert "没有单位短缺" in officer.get(address).text
