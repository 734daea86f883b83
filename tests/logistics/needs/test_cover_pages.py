"""The heat table, the outlook of one item, reordering and today's warning: 2,000 masks and 20 kg of 5 % disinfectant in store."""

import datetime as dt
import io
import re
from html import unescape

import pytest
from openpyxl import load_workbook

from inventory import ledger, places
from inventory.norms import Basis
from inventory.places import Place
from inventory.units import UnitKind
from logistics.accounts.models import Role
from logistics.db import Database
from tests.county import NOW, County, recorded
from tests.inventory.norms import approved, tell
from tests.logistics.conftest import SignedIn
from tests.logistics.supplies.acts import needs, row_of, send

PAGES = (
    "/cover",
    "/cover/used",
    "/cover?alone=1",
    "/cover?only=short&kind=protection",
    "/cover/item",
    "/cover/item?item=KZ",
    "/reorder",
)
BOOKS = ("/cover.xlsx", "/reorder.xlsx")


@pytest.fixture
def norms(database: Database, county: County) -> None:
    """Two masks a person and shift; the checkpoint has 16 person-shifts and 300 masks, the village its ten people and none."""
    with database.transaction() as session:
        approved(session, county.masks, Basis.PERSON_SHIFT, 2, kinds=[UnitKind.CHECKPOINT, UnitKind.VILLAGE])
        tell(session, county.checkpoint, people_per_shift=8, shifts_a_day=2)
        own = places.store_of(session, session.merge(county.checkpoint))
        wanted = {county.masks.id: 300}
        ledger.transfer(
            session, recorded=recorded("t"), source_id=county.store.id, destination_id=own.id, wanted=wanted
        )


def test_every_page_opens_also_where_nothing_is_known(signed_in: SignedIn) -> None:
    officer, driver = signed_in(Role.OFFICER), signed_in(Role.DRIVER)
    for path in (*PAGES, *BOOKS):
        assert (officer.get(path).status_code, driver.get(path).status_code) == (200, 403), path


def test_where_no_need_is_known_the_page_says_what_to_do(signed_in: SignedIn) -> None:
    assert "批准标准并填报单位底数" in signed_in(Role.OFFICER).get("/cover").text


def test_the_heat_table_has_each_unit_and_all_together_as_number_and_word(
    signed_in: SignedIn, database: Database, county: County, norms: None
) -> None:
    needs(database, county, station=33)
    page = signed_in(Role.OFFICER).get("/cover")
    # 300 by 32 a day; nothing by 20; nothing by the 33 that the station told. Together 2,000 by 85.
    assert "9.4 天 ● 充足" in row_of(page, "高速卡点")
    assert "0 天 ✗ 已用完" in row_of(page, "大柳村")
    assert "23.5 天" in page.text
    assert re.findall(r'scope="row"><a href="[^"]+">([^<]+)', page.text) == ["高速卡点", "安阳烟叶站", "大柳村"]
    short = signed_in(Role.OFFICER).get("/cover?only=short").text
    assert "大柳村" in short
    assert "高速卡点</a>" not in short


def test_the_table_to_take_away_says_how_each_need_came_about(
    signed_in: SignedIn, database: Database, county: County, norms: None
) -> None:
    needs(database, county, station=33)
    sheet = load_workbook(io.BytesIO(signed_in(Role.OFFICER).get("/cover.xlsx").data)).active
    rows = {row[0]: row for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert rows["KD1"][6:9] == (300, 32, "2 只 × 16 人班 = 32 只")
    assert (rows["KD1"][10].date(), rows["KD1"][11]) == (dt.date(2020, 3, 24), "充足")
    assert rows["YZ1"][8] == "按最新申领"


def test_the_outlook_tells_that_use_and_norms_disagree(
    signed_in: SignedIn, database: Database, county: County, norms: None
) -> None:
    """52 a day by the norms; in the two days before today 5 and 5 were used."""
    with database.transaction() as session:
        consumed = places.the_location(session, Place.CONSUMED)
        lot = ledger.Line(lot_id=1, source_id=county.supplier.id, destination_id=county.store.id, quantity=100)
        ledger.receive(session, recorded=recorded("early", at=NOW - dt.timedelta(days=2)), lines=[lot])
        for back in (1, 2):
            ledger.issue(
                session,
                recorded=recorded(f"used {back}", at=NOW - dt.timedelta(days=back)),
                source_id=county.store.id,
                destination_id=consumed.id,
                wanted={county.masks.id: 5},
            )
    page = signed_in(Role.OFFICER).get("/cover/item?item=KZ").text
    assert "实际消耗与标准相差一半以上：每天 5 只，标准 52 只" in page
    assert '5 只 <span class="differs">' in signed_in(Role.OFFICER).get("/cover/used").text
    assert "有库存的日子只有 2 天" in page


def test_planned_rounds_that_outrun_the_stock_stand_on_the_first_page(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    """Three rounds of 10,000 m² need 30 kg; 20 kg serve 20,000 m²."""
    assert "计划消毒，库存不够" not in signed_in(Role.OFFICER).get("/").text
    with database.transaction() as session:
        session.merge(county.disinfectant).active_mg_per_kg = 50_000
        session.flush()
        approved(session, county.disinfectant, Basis.AREA_ROUND, target_mg_per_l=500, ml_per_m2=100)
        tell(session, county.warehouse, area_m2=10_000, rounds_a_day=3)
    page = signed_in(Role.LEADER).get("/").text
    assert "计划一天消毒 30,000 平方米，需要 30 公斤" in page
    assert "只够 20,000 平方米，还缺 10 公斤" in page
    assert "0.7 天" in page  # what runs out first is reckoned too


RULE = {"item": "KZ", "minimum": "3", "lead": "30", "target": "10", "pack": "箱"}


def test_what_to_order_follows_from_the_rule(signed_in: SignedIn, norms: None) -> None:
    """52 a day: 30 days on the way and 3 in reserve are 1,716, so 2,000 are enough; 40 days and 3 are 2,236."""
    officer = signed_in(Role.OFFICER)
    assert send(officer, "/reorder", RULE).status_code == 302
    assert "充足" in row_of(officer.get("/reorder"), "一次性口罩")
    send(officer, "/reorder", RULE | {"lead": "40"})
    due = officer.get("/reorder")
    assert "1 箱" in row_of(due, "一次性口罩")
    # The purchase order opens with what is due.
    form = officer.get(unescape(re.findall(r'href="(/purchases/new[^"]*)"', due.text)[0])).text
    for value in ("YY 郧阳区局", "KZ 一次性口罩", "1", "箱"):
        assert f'value="{value}"' in form


BAD_RULES = (
    ("minimum", "三天", "三天"),
    ("lead", "-1", "-1"),
    ("target", "2", "3"),
    ("target", "", "请填写"),
    ("pack", "桶", "盒"),
)


def test_a_rule_that_cannot_be_is_told_and_kept_as_typed(signed_in: SignedIn, norms: None) -> None:
    officer = signed_in(Role.OFFICER)
    for field, typed, said in BAD_RULES:
        answer = send(officer, "/reorder", RULE | {field: typed})
        assert answer.status_code == 422
        assert said in row_of(answer, "一次性口罩") + answer.text.split('role="alert"')[1][:300]
        assert field == "pack" or f'value="{typed}"' in answer.text


def test_only_who_writes_stock_sets_a_rule(signed_in: SignedIn, norms: None) -> None:
    assert send(signed_in(Role.LEADER), "/reorder", RULE).status_code == 403
