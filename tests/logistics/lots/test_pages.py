"""Lots by page and program: 500 masks of M1 (through 1 June 2020) and 1,500 of M2 in the store, some of them on their way."""

from __future__ import annotations

import io
import re

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inventory import consignments, ledger, lots, places, stock
from inventory.balances import Balance
from inventory.catalogue import Lot, LotStatus
from inventory.places import Place
from logistics.accounts.models import Role, User
from logistics.db import Database
from logistics.delivery import operations as delivery
from logistics.delivery.models import Receiver
from tests.county import NOW, TODAY, County, recorded
from tests.engines import on_sqlite
from tests.logistics.conftest import SignedIn
from tests.logistics.counting.test_api import call
from tests.logistics.dispatch.desk import Desk
from tests.logistics.supplies.acts import needs, row_of, send

#: What the form itself refuses is the same on every database.

BLOCK = {"status": "recalled", "reason": "厂家召回 17 号", "key": "b1"}


def lot_id(session: Session, code: str) -> int:
    return session.scalars(select(Lot.id).where(Lot.code == code)).one()


def lot_page(database: Database, code: str) -> str:
    with database.reading() as session:
        return f"/lots/{lot_id(session, code)}"


def held(database: Database, county: County, code: str) -> int:
    with database.reading() as session:
        balance = session.get(Balance, (county.store.id, lot_id(session, code)))
        return balance.quantity if balance else 0


@pytest.fixture
def on_the_road(database: Database, county: County) -> int:
    """A trip of the van with 50 masks of M1 for either shop; the first is served. Its id."""
    desk = Desk(database=database, county=county)
    for shop in (county.shop, county.far_shop):
        desk.order(shop, 50, item=county.masks)
    trip = desk.publish(desk.plan({(county.van.plate, TODAY): [county.shop, county.far_shop]}))[0]
    with database.transaction() as session:
        loaded = delivery.load_trip(session, trip_id=trip.id, recorded=recorded("load"))
        delivery.deliver(
            session,
            key="d1",
            trip_stop_id=loaded.stops[0].id,
            receiver=Receiver.SELF,
            note="",
            occurred_at=NOW,
            received_at=NOW,
            by="driver",
            driver_id=None,
        )
    return trip.id


def test_a_recall_finds_everybody_and_blocks_at_once(
    signed_in: SignedIn, database: Database, county: County, on_the_road: int
) -> None:
    officer, page = signed_in(Role.OFFICER), lot_page(database, "M1")
    for _click in range(2):
        assert send(officer, f"{page}/status", BLOCK).status_code == 302
    shown = officer.get(page)
    assert "已召回" in shown.text
    on_trip = row_of(shown, "鄂C0001")
    assert all(said in on_trip for said in (f"CC{on_the_road:07d}", "driver", "13800000001", "1 盒"))
    assert all(said in row_of(shown, "李家烟酒店") for said in ("老板", "13900000002", "1 盒"))
    assert "8 盒" in row_of(shown, "区局仓库")
    book = load_workbook(io.BytesIO(officer.get(f"{page}.xlsx").data)).active
    assert [(row[7], row[8], row[10]) for row in list(book.values)[1:]] == [
        ("区局仓库", 400, ""),
        ("鄂C0001", 50, "13800000001"),
        ("李家烟酒店", 50, "13900000002"),
    ]
    issue = {"store": "YY-CK", "to": "consumed", "item": "KZ", "quantity": "1501", "unit": "只"}
    assert send(officer, "/stock/issue", issue).status_code == 422
    assert "⊘ 9 盒" in row_of(officer.get("/stock"), "一次性口罩")


@on_sqlite
def test_the_driver_is_told_not_to_hand_over_what_was_recalled(
    signed_in: SignedIn, database: Database, on_the_road: int
) -> None:
    driver = signed_in(Role.DRIVER)
    assert "不要交给客户" not in driver.get(f"/driver/trips/{on_the_road}").text
    send(signed_in(Role.OFFICER), f"{lot_page(database, 'M1')}/status", BLOCK)
    assert "不要交给客户" in driver.get(f"/driver/trips/{on_the_road}").text


def test_goods_handed_over_all_the_same_are_recorded(database: Database, county: County, on_the_road: int) -> None:
    with database.transaction() as session:
        lots.change_status(
            session,
            key="k",
            lot_id=lot_id(session, "M1"),
            status=LotStatus.RECALLED,
            reason="召回",
            at=NOW,
            by="officer",
        )
        stop = delivery.get_trip(session, trip_id=on_the_road).stops[1]
        delivery.deliver(
            session,
            key="d2",
            trip_stop_id=stop.id,
            receiver=Receiver.SELF,
            note="",
            occurred_at=NOW,
            received_at=NOW,
            by="driver",
            driver_id=None,
        )
    with database.reading() as session:
        gone = lots.gone(session, lot_id=lot_id(session, "M1"), unit_id=county.bureau.id)
        assert sum(one.quantity for one in gone) == 100


def test_recalled_goods_are_taken_back_and_disposed_of(
    signed_in: SignedIn, database: Database, county: County, on_the_road: int
) -> None:
    officer, page = signed_in(Role.OFFICER), lot_page(database, "M1")
    with database.reading() as session:
        shop = places.open_location(session, place=Place.RECIPIENT, code=county.shop.code, name="").id
    back = {"source": str(shop), "store": "YY-CK", "quantity": "1", "unit": "盒", "reason": "未拆封", "key": "r1"}
    assert send(officer, f"{page}/return", back).status_code == 422  # not blocked yet
    send(officer, f"{page}/status", BLOCK)
    assert re.search(r'name="store" value="YY-CK ', officer.get(page).text)
    assert send(officer, f"{page}/return", back | {"quantity": "2"}).status_code == 422
    for _click in range(2):
        assert send(officer, f"{page}/return", back).status_code == 302
    assert held(database, county, "M1") == 450
    name = f"{county.store.id}-{page.rpartition('/')[2]}"
    assert "区局仓库" in row_of(officer.get("/lots/disposal"), "M1")
    dispose = {"take": name, f"quantity-{name}": "450", "reason": "召回销毁,甲乙监销", "key": "x1"}
    for _click in range(2):
        answer = send(officer, "/lots/disposal", dispose)
        assert answer.status_code == 302
    paper = officer.get(answer.headers["Location"]).text
    assert "报废单" in paper
    assert "召回销毁" in paper
    assert held(database, county, "M1") == 0
    with database.reading() as session:
        assert not stock.prove(session).findings


@on_sqlite
@pytest.mark.parametrize("changed", [{"reason": " "}, {"reason": "长" * 501}, {"status": "lost"}, {"status": "usable"}])
def test_a_lot_is_blocked_with_a_reason_or_not_at_all(
    signed_in: SignedIn, database: Database, changed: dict[str, str]
) -> None:
    page = lot_page(database, "M1")
    assert send(signed_in(Role.OFFICER), f"{page}/status", BLOCK | changed).status_code == 422
    with database.reading() as session:
        assert session.scalars(select(Lot.status).where(Lot.code == "M1")).one() is LotStatus.USABLE


@on_sqlite
def test_a_lot_that_a_colleague_blocked_meanwhile_stays_blocked(signed_in: SignedIn, database: Database) -> None:
    officer, page = signed_in(Role.OFFICER), lot_page(database, "M1")
    for key, reason in (("b1", "外包装破损"), ("b2", "封条脱落")):
        answer = send(officer, f"{page}/status", {"status": "quarantined", "reason": reason, "key": key})
        assert answer.status_code == 302
    shown = officer.get(page)
    assert "已隔离" in row_of(shown, "外包装破损")
    assert "已隔离" in row_of(shown, "封条脱落")
    assert 'value="quarantined"' not in shown.text
    send(officer, f"{page}/status", {"status": "usable", "reason": "检验合格", "key": "f1"})
    late = send(officer, f"{page}/status", {"status": "quarantined", "reason": "封条脱落", "key": "b2"})
    assert late.status_code == 302
    with database.reading() as session:
        assert session.scalars(select(Lot.status).where(Lot.code == "M1")).one() is LotStatus.USABLE


@on_sqlite
@pytest.mark.parametrize("quantity", ["", "0", "-5", "十", "501"])
def test_a_disposal_that_cannot_be_keeps_what_was_typed(
    signed_in: SignedIn, database: Database, county: County, quantity: str
) -> None:
    officer, page = signed_in(Role.OFFICER), lot_page(database, "M1")
    send(officer, f"{page}/status", BLOCK)
    name = f"{county.store.id}-{page.rpartition('/')[2]}"
    form = {"take": name, f"quantity-{name}": quantity, "reason": "销毁"}
    answer = send(officer, "/lots/disposal", form)
    assert answer.status_code == 422
    assert " checked" in answer.text
    assert 'value="销毁"' in answer.text
    assert held(database, county, "M1") == 500


@on_sqlite
def test_nothing_ticked_is_nothing_disposed_of(signed_in: SignedIn) -> None:
    assert send(signed_in(Role.OFFICER), "/lots/disposal", {"reason": "销毁"}).status_code == 422


@on_sqlite
def test_what_a_unit_above_blocked_is_not_freed_below(signed_in: SignedIn, database: Database, county: County) -> None:
    page = lot_page(database, "M1")
    send(signed_in(Role.ADMIN), f"{page}/status", BLOCK)
    with database.transaction() as session:
        moved = update(User).where(User.sign_in_name == "officer").values(unit_id=county.warehouse.id)
        session.execute(moved)
    answer = send(signed_in(Role.OFFICER), f"{page}/status", {"status": "usable", "reason": "没事", "key": "f"})
    assert answer.status_code == 422
    assert "郧阳区局" in answer.text
    freed = {"status": "usable", "reason": "检验合格", "key": "f2"}
    assert send(signed_in(Role.ADMIN), f"{page}/status", freed).status_code == 302


def test_warnings_tell_what_will_not_be_used_in_time(signed_in: SignedIn, database: Database, county: County) -> None:
    officer = signed_in(Role.OFFICER)
    assert "未报需量" in row_of(officer.get("/lots?days=90"), "M1")
    needs(database, county, checkpoint=5)  # 79 days from today: 395 of the 500 are used
    row = row_of(officer.get("/lots"), "M1")
    assert "还有 78 天" in row
    assert "2 盒 5 只" in row
    book = load_workbook(io.BytesIO(officer.get("/lots/expiring.xlsx").data)).active
    assert [(row[2], row[6], row[7], row[8]) for row in list(book.values)[1:]] == [
        ("M1", 500, 78, 105),
        ("M2", 1_500, 292, 430),
    ]
    assert "M1" in officer.get("/").text


@pytest.mark.parametrize(("words", "found"), [("m1", True), ("口罩 M1", True), ("%", False), ("M9", False)])
def test_a_lot_is_found_by_its_number_or_item(signed_in: SignedIn, database: Database, words: str, found: bool) -> None:
    page = signed_in(Role.OFFICER).get("/lots", query_string={"q": words}).text
    assert (f'href="{lot_page(database, "M1")}"' in page) is found


@on_sqlite
def test_lots_of_other_units_are_not_known_here(signed_in: SignedIn, database: Database, county: County) -> None:
    with database.transaction() as session:
        session.execute(update(User).where(User.sign_in_name == "officer").values(unit_id=county.village.id))
    officer = signed_in(Role.OFFICER)
    page = lot_page(database, "M1")
    assert officer.get(page).status_code == 404
    assert send(officer, f"{page}/status", BLOCK).status_code == 404
    assert officer.get("/api/v1/lots?q=M1").get_json() == []


@on_sqlite
def test_a_reporter_reads_and_changes_nothing(signed_in: SignedIn) -> None:
    reporter = signed_in(Role.REPORTER)
    for path in ("/lots", "/lots/1", "/lots/1.xlsx", "/lots/expiring.xlsx"):
        assert reporter.get(path).status_code == 200
    assert reporter.get("/lots/disposal").status_code == 403
    assert "/lots/1/status" not in reporter.get("/lots/1").text


def test_programs_do_the_same(signed_in: SignedIn, database: Database, county: County) -> None:
    robot: FlaskClient = signed_in(Role.OFFICER)
    [lot] = robot.get("/api/v1/lots?q=M1").get_json()
    assert (lot["item"], lot["status"]) == ("KZ", "usable")
    path = f"/lots/{lot['id']}"
    with database.transaction() as session:
        station = places.store_of(session, session.merge(county.station))
        ledger.transfer(
            session,
            recorded=recorded("t"),
            source_id=county.store.id,
            destination_id=station.id,
            wanted={county.masks.id: 100},
        )
    for _twice in range(2):
        assert call(robot, "POST", f"{path}/status", BLOCK).get_json()["after"] == "recalled"
    trace = robot.get(f"/api/v1{path}").get_json()
    assert {store["place"]: store["quantity"] for store in trace["stores"]} == {"区局仓库": 400, "安阳烟叶站": 100}
    back = {"key": "r", "source": station.id, "store": "YY-CK", "quantity": 100, "reason": "召回"}
    assert call(robot, "POST", f"{path}/returns", back).get_json()["kind"] == "return"
    line = {"store": "YY-CK", "item": "KZ", "lot": "M1", "quantity": 500}
    disposed = call(robot, "POST", "/disposals", {"key": "d", "reason": "销毁", "lines": [line]}).get_json()
    assert disposed["number"].startswith("BF")
    usable = call(robot, "POST", "/disposals", {"key": "d2", "reason": "销毁", "lines": [line | {"lot": "M2"}]})
    assert usable.get_json()["code"] == "still-usable"
    assert robot.get("/api/v1/lots/expiring?days=365").get_json()[0]["lot"]["code"] == "M2"


@on_sqlite
def test_no_more_comes_back_than_went_out(signed_in: SignedIn, database: Database, county: County) -> None:
    """Nor from anywhere that nothing of ours went to: a return makes no stock."""
    with database.transaction() as session:
        consumed = places.the_location(session, Place.CONSUMED).id
        ledger.issue(
            session,
            recorded=recorded("used"),
            source_id=county.store.id,
            destination_id=consumed,
            wanted={county.masks.id: 3},
        )
        supplier = county.supplier.id
    officer = signed_in(Role.OFFICER)
    with database.reading() as session:
        m1 = lot_id(session, "M1")
    call(officer, "POST", f"/lots/{m1}/status", BLOCK)
    back = {"store": "YY-CK", "reason": "召回", "quantity": 4, "source": consumed, "key": "r1"}
    assert call(officer, "POST", f"/lots/{m1}/returns", back).status_code == 422
    assert call(officer, "POST", f"/lots/{m1}/returns", back | {"source": supplier, "quantity": 1}).status_code == 404
    for _click in range(2):
        assert call(officer, "POST", f"/lots/{m1}/returns", back | {"quantity": 3}).status_code == 201
    assert held(database, county, "M1") == 500


@on_sqlite
def test_a_recall_sees_what_is_on_its_way_between_stores(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    with database.transaction() as session:
        consignments.send(
            session,
            recorded=recorded("send"),
            source=session.merge(county.store),
            destination=places.store_of(session, session.merge(county.station)),
            wanted={county.masks.id: 500},
        )
    with database.reading() as session:
        m1 = lot_id(session, "M1")
    officer = signed_in(Role.OFFICER)
    assert [one["quantity"] for one in call(officer, "GET", f"/lots/{m1}").get_json()["transit"]] == [500]
    assert "ZT0000001" in officer.get(f"/lots/{m1}").text
