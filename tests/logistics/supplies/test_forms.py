"""Receiving, handing out, counting, reversing: once, wholly, and with every complaint beside its field."""

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from inventory import ledger, places, promises, stock
from inventory.catalogue import Lot, lot_for
from inventory.ledger import Document, Line
from inventory.places import Place, StockLocation
from logistics.accounts.models import Role
from logistics.app import create_app
from logistics.db import Database
from tests.county import PASSWORD, TODAY, County, recorded
from tests.logistics.conftest import SignedIn, token
from tests.logistics.supplies.acts import send

RECEIPT: dict[str, object] = {
    "key": "receipt-1",
    "place": "donor",
    "source": "爱心企业",
    "store": "YY-CK 区局仓库",
    "day": "2020-03-15",
    "reason": "捐赠",
}


def test_a_receipt_of_several_lines_is_one_document(signed_in: SignedIn, database: Database, county: County) -> None:
    lines = {
        "item": ["KZ", "84消毒液", ""],
        "quantity": ["2.5", "１,０００", ""],
        "unit": ["盒", "kg", ""],
        "lot": ["H1", "", ""],
        "expiry": ["2022年6月30日", "20210101", ""],
    }
    answer = send(signed_in(Role.OFFICER), "/stock/receive", RECEIPT | lines)
    assert answer.headers["Location"] == "/documents/2"
    with database.reading() as session:
        document = ledger.get_document(session, 2)
        moved = {(m.item.code, m.lot.code, str(m.lot.expires_on)): m.quantity for m in document.movements}
        assert moved == {("KZ", "H1", "2022-06-30"): 125, ("XD84", "2021-01-01", "2021-01-01"): 1_000_000}
        assert {(m.source.place, m.source.name) for m in document.movements} == {(Place.DONOR, "爱心企业")}
        assert document.recorded_by == "officer"
        assert not stock.prove(session).findings


def test_a_second_click_receives_once(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    form = RECEIPT | {"item": "KZ", "quantity": "1", "unit": "箱", "lot": "H1", "expiry": "2022-06-30"}
    first, second = (send(officer, "/stock/receive", form).headers["Location"] for _click in range(2))
    assert first == second
    assert _documents(database) == 2


def test_the_same_form_with_other_contents_is_refused(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    form = RECEIPT | {"item": "KZ", "unit": "箱", "lot": "H1", "expiry": "2022-06-30"}
    send(officer, "/stock/receive", form | {"quantity": "1"})
    answer = send(officer, "/stock/receive", form | {"quantity": "2"})
    assert answer.status_code == 422
    assert "这张表单已经提交过" in answer.text
    assert _documents(database) == 2


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("item", "没有的东西", "没有「没有的东西」这种物资"),
        ("item", "", "请填写"),
        ("quantity", "0.3", "0.3 只折合不成整数只"),
        ("quantity", "-5", "-5"),
        ("quantity", "1e3", "1e3"),
        ("quantity", "许多", "许多"),
        ("quantity", "", "请填写"),
        ("unit", "麻袋", "只、盒、箱"),
        ("unit", "", "只、盒、箱"),
        ("expiry", "2022-02-30", "2022-02-30"),
        ("expiry", "03/04/22", "03/04/22"),
        ("expiry", "2020-03-14", "2020年3月14日"),
        ("lot", "长" * 65, "太长"),
    ],
)
def test_a_bad_line_is_told_beside_its_field_and_nothing_typed_is_lost(
    signed_in: SignedIn, database: Database, field: str, typed: str, said: str
) -> None:
    line = {"item": "KZ", "quantity": "7", "unit": "只", "lot": "H7", "expiry": "2022-06-30"} | {field: typed}
    answer = send(signed_in(Role.OFFICER), "/stock/receive", RECEIPT | line)
    assert answer.status_code == 422
    assert said in _complaint(answer.text, field)
    for name, value in (RECEIPT | line).items():
        if name not in ("key", "place"):
            assert str(value) in _value(answer.text, name), name
    assert 'value="receipt-1"' in answer.text
    assert _documents(database) == 1


@pytest.mark.parametrize(
    ("field", "typed"),
    [("store", "火星仓库"), ("store", ""), ("source", ""), ("day", "2020-02-30"), ("day", "2020-03-16")],
)
def test_a_bad_head_is_told_beside_its_field(signed_in: SignedIn, database: Database, field: str, typed: str) -> None:
    line = {"item": "KZ", "quantity": "7", "unit": "只", "lot": "H7", "expiry": ""}
    answer = send(signed_in(Role.OFFICER), "/stock/receive", RECEIPT | line | {field: typed})
    assert answer.status_code == 422
    assert _complaint(answer.text, field)
    assert _documents(database) == 1


def test_a_form_without_a_line_asks_for_one(signed_in: SignedIn) -> None:
    answer = send(signed_in(Role.OFFICER), "/stock/receive", RECEIPT)
    assert answer.status_code == 422
    assert "请填写" in _complaint(answer.text, "item")


def test_a_known_lot_with_another_expiry_is_refused_on_its_line(signed_in: SignedIn, database: Database) -> None:
    lines = {"item": ["KZ", "KZ"], "quantity": ["1", "1"], "unit": ["只", "只"], "lot": ["H9", "M1"]}
    answer = send(signed_in(Role.OFFICER), "/stock/receive", RECEIPT | lines | {"expiry": ["2022-01-01", "2022-01-01"]})
    assert answer.status_code == 422
    assert "2020年6月1日" in _complaint(answer.text, "expiry")
    assert _documents(database) == 1
    with database.reading() as session:
        assert session.scalar(select(Lot).where(Lot.code == "H9")) is None


def test_more_lines_lose_nothing(signed_in: SignedIn, database: Database) -> None:
    lines = {"item": ["KZ"] * 4, "quantity": list("1234"), "unit": ["盒"] * 4, "lot": ["H"] * 4, "expiry": [""] * 4}
    answer = send(signed_in(Role.OFFICER), "/stock/receive", RECEIPT | lines | {"more": "1"})
    assert answer.status_code == 200
    assert answer.text.count('name="lot"') == 8
    assert answer.text.count('value="盒"') >= 4
    assert _documents(database) == 1


def test_goods_come_to_a_unit_that_had_no_store_yet(signed_in: SignedIn, database: Database, county: County) -> None:
    form = RECEIPT | {"store": "YZ1", "item": "KZ", "quantity": "1", "unit": "盒", "lot": "", "expiry": ""}
    assert send(signed_in(Role.OFFICER), "/stock/receive", form).status_code == 302
    with database.reading() as session:
        assert _held(stock.on_hand(session, unit_id=county.station.id, on=TODAY)) == {"KZ": 50}


def test_opening_stock_needs_no_name(signed_in: SignedIn) -> None:
    form = RECEIPT | {
        "place": "opening",
        "source": "",
        "item": "KZ",
        "quantity": "1",
        "unit": "盒",
        "lot": "",
        "expiry": "",
    }
    assert send(signed_in(Role.OFFICER), "/stock/receive", form).status_code == 302


ISSUE = {"key": "issue-1", "store": "YY-CK", "to": "consumed", "destination": "", "day": "", "reason": ""}


def test_handing_out_takes_the_first_expiring_lot(signed_in: SignedIn, database: Database) -> None:
    answer = send(signed_in(Role.OFFICER), "/stock/issue", ISSUE | {"item": "KZ", "quantity": "12", "unit": "盒"})
    page = signed_in(Role.OFFICER).get(answer.headers["Location"]).text
    assert "出库单" in page
    assert "已消耗" in page
    with database.reading() as session:
        assert {m.lot.code: m.quantity for m in ledger.get_document(session, 2).movements} == {"M1": 500, "M2": 100}


def test_goods_for_another_unit_are_a_transfer_to_its_store(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    form = ISSUE | {"to": "store", "destination": "高速卡点", "item": "KZ", "quantity": "1", "unit": "盒"}
    answer = send(signed_in(Role.OFFICER), "/stock/issue", form)
    assert "调拨单" in signed_in(Role.OFFICER).get(answer.headers["Location"]).text
    with database.reading() as session:
        assert _held(stock.on_hand(session, unit_id=county.checkpoint.id, on=TODAY)) == {"KZ": 50}


def test_the_issue_form_tells_what_the_store_can_give(signed_in: SignedIn, database: Database, county: County) -> None:
    with database.transaction() as session:
        promises.reserve(
            session,
            key="promise",
            location_id=county.store.id,
            item_id=county.masks.id,
            quantity=1_950,
            at=recorded("").occurred_at,
        )
    officer = signed_in(Role.OFFICER)
    assert 'data-quantity="50"' in officer.get("/stock/issue").text
    assert 'data-quantity="50"' in officer.get("/stock/available?store=YY-CK").text
    assert "data-quantity" not in officer.get("/stock/available?store=YZ1").text
    assert officer.get("/stock/available?store=nowhere").status_code == 200


def test_asking_for_more_than_there_is_says_what_is_left_and_keeps_the_form(
    signed_in: SignedIn, database: Database
) -> None:
    form = ISSUE | {"item": "KZ", "quantity": "41", "unit": "盒", "reason": "晨检"}
    answer = send(signed_in(Role.OFFICER), "/stock/issue", form)
    assert answer.status_code == 422
    assert "只剩 1 箱" in answer.text
    assert "41" in _value(answer.text, "quantity")
    assert "晨检" in _value(answer.text, "reason")
    assert _documents(database) == 1


def test_two_who_take_the_last_box_at_once_do_not_both_get_it(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    with database.transaction() as session:
        consumed = places.the_location(session, Place.CONSUMED)
        ledger.issue(
            session,
            recorded=recorded("most"),
            source_id=county.store.id,
            destination_id=consumed.id,
            wanted={county.masks.id: 1_950},
        )
    clients = [signed_in(Role.OFFICER) for _person in range(8)]
    forms = [ISSUE | {"key": f"last-{n}", "item": "KZ", "quantity": "1", "unit": "盒"} for n in range(8)]
    tokens = [token(client, "/account") for client in clients]

    def take(number: int) -> tuple[int, str]:
        answer = clients[number].post("/stock/issue", data={"csrf_token": tokens[number], **forms[number]})
        return answer.status_code, answer.text

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(take, range(8)))
    assert sorted(code for code, _text in answers) == [302] + [422] * 7
    assert all("只剩 0 只" in text for code, text in answers if code == 422)
    with database.reading() as session:
        assert not stock.prove(session).findings


def test_what_has_expired_is_not_handed_out(signed_in: SignedIn, database: Database, county: County) -> None:
    _only_expired(database, county)
    answer = send(signed_in(Role.OFFICER), "/stock/issue", ISSUE | {"item": "JY", "quantity": "501", "unit": "条"})
    assert answer.status_code == 422
    assert "只剩 2 箱" in answer.text
    assert _documents(database) == 2


def test_a_store_gives_nothing_to_itself(signed_in: SignedIn, database: Database) -> None:
    form = ISSUE | {"to": "store", "destination": "YY-CK", "item": "KZ", "quantity": "1", "unit": "盒"}
    assert send(signed_in(Role.OFFICER), "/stock/issue", form).status_code == 422
    assert _documents(database) == 1


def test_a_reversal_asks_why_and_undoes_every_line(signed_in: SignedIn, database: Database, county: County) -> None:
    officer = signed_in(Role.OFFICER)
    assert send(officer, "/documents/1/reverse", {"key": "undo", "reason": " "}).status_code == 422
    answer = send(officer, "/documents/1/reverse", {"key": "undo", "reason": "重复登记"})
    page = officer.get(answer.headers["Location"]).text
    assert "冲销单" in page
    assert "重复登记" in page
    assert "已冲销" in officer.get("/documents/1").text
    with database.reading() as session:
        assert stock.on_hand(session, unit_id=county.bureau.id, on=TODAY) == []


def test_a_document_is_reversed_once(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    send(officer, "/documents/1/reverse", {"key": "undo", "reason": "错"})
    answer = send(officer, "/documents/1/reverse", {"key": "again", "reason": "错"})
    assert answer.status_code == 422
    assert "已被冲销" in answer.text
    answer = send(officer, "/documents/2/reverse", {"key": "undo-the-undo", "reason": "错"})
    assert answer.status_code == 422
    assert "本身就是冲销单" in answer.text
    assert _documents(database) == 2


def test_what_has_gone_on_cannot_be_reversed(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    send(officer, "/stock/issue", ISSUE | {"item": "KZ", "quantity": "1", "unit": "盒"})
    answer = send(officer, "/documents/1/reverse", {"key": "undo", "reason": "错"})
    assert answer.status_code == 422
    assert "9 盒" in answer.text
    assert _documents(database) == 2


def test_what_a_trip_carries_is_undone_by_the_trip_alone(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    with database.transaction() as session:
        ledger.transfer(
            session,
            recorded=recorded("load"),
            source_id=county.store.id,
            destination_id=county.van.aboard_id,
            wanted={county.masks.id: 50},
        )
    answer = send(signed_in(Role.OFFICER), "/documents/2/reverse", {"key": "undo", "reason": "错"})
    assert answer.status_code == 422
    assert "属于车次" in answer.text
    assert _documents(database) == 2


def test_a_document_of_others_cannot_be_reversed(signed_in: SignedIn, database: Database) -> None:
    with database.transaction() as session:
        outside = [
            places.open_location(session, place=Place.STORE, code=code, name=code) for code in ("elsewhere", "far")
        ]
        lot = session.scalars(select(Lot)).first()
        supplier = session.scalars(select(StockLocation).where(StockLocation.place == Place.SUPPLIER)).one()
        assert lot is not None
        line = Line(lot_id=lot.id, source_id=supplier.id, destination_id=outside[0].id, quantity=1)
        ledger.receive(session, recorded=recorded("theirs"), lines=[line])
    assert send(signed_in(Role.OFFICER), "/documents/2/reverse", {"key": "x", "reason": "错"}).status_code == 404
    assert _documents(database) == 2


def test_expiry_is_judged_by_the_day_on_the_wall(app: Flask, database: Database, county: County) -> None:
    """On 16 March, 07:30 in China, it is still the 15th in London; what was good through the 15th is not given out."""
    with database.transaction() as session:
        lot = lot_for(session, item=session.merge(county.masks), code="M0", expires_on=TODAY)
        line = Line(lot_id=lot.id, source_id=county.supplier.id, destination_id=county.store.id, quantity=50)
        ledger.receive(session, recorded=recorded("short-lived"), lines=[line])
    settings = app.extensions["logistics"].settings
    next_morning = create_app(
        settings, database=database, clock=lambda: dt.datetime(2020, 3, 15, 23, 30, tzinfo=dt.UTC)
    )
    officer = next_morning.test_client()
    sign_in = {"csrf_token": token(officer), "name": "officer", "password": PASSWORD}
    assert officer.post("/sign-in", data=sign_in).status_code == 302
    answer = send(officer, "/stock/issue", ISSUE | {"item": "KZ", "quantity": "1", "unit": "盒"})
    assert answer.status_code == 302
    with database.reading() as session:
        assert [m.lot.code for m in ledger.get_document(session, 3).movements] == ["M1"]


def _only_expired(database: Database, county: County) -> None:
    """50 条 more than the 500 in the store, past their day since yesterday."""
    with database.transaction() as session:
        yesterday = TODAY - dt.timedelta(days=1)
        lot = lot_for(session, item=session.merge(county.cigarettes), code="J0", expires_on=yesterday)
        line = Line(lot_id=lot.id, source_id=county.supplier.id, destination_id=county.store.id, quantity=50)
        ledger.receive(session, recorded=recorded("old"), lines=[line])


def _documents(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Document)) or 0


def _lot_id(database: Database, code: str) -> int:
    with database.reading() as session:
        return session.scalars(select(Lot.id).where(Lot.code == code)).one()


def _held(lines: list[stock.OnHand]) -> dict[str, int]:
    return {line.item.code: line.on_hand for line in lines}


def _complaint(page: str, field: str) -> str:
    """What stands beside a field."""
    found = re.search(rf'name="{field}".*?<div class="invalid-feedback"[^>]*>(.*?)</div>', page, re.DOTALL)
    return found.group(1) if found else ""


def _value(page: str, field: str) -> str:
    found = re.search(rf'name="{field}" value="([^"]*)"', page)
    assert found, field
    return found.group(1)
