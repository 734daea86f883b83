"""Customers and delivery orders on the pages, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from logistics.accounts.models import Role
from logistics.db import Database
from logistics.orders import queries
from logistics.orders.models import Customer, DeliveryOrder, DeliveryState, HandoverScene
from tests.county import County
from tests.logistics.conftest import token
from tests.logistics.imports.tables import CUSTOMER, CUSTOMERS, ORDER, ORDERS, changed, in_english, said, take


@pytest.fixture
def dispatcher(signed_in: Callable[[Role], FlaskClient]) -> FlaskClient:
    return in_english(signed_in(Role.DISPATCHER))


@pytest.fixture
def order_id(database: Database, county: County) -> int:
    """The delivery order of 100 条 for 李家烟酒店."""
    take(database, "orders", ORDERS, ORDER)
    with database.reading() as session:
        return session.scalars(select(DeliveryOrder.id)).one()


def post(client: FlaskClient, path: str) -> str:
    return said(client.post(path, data={"csrf_token": token(client, "/account")}, follow_redirects=True))


def test_customers_are_found_by_any_of_their_words(database: Database, county: County) -> None:
    rows = [changed(CUSTOMER, c0=f"K{n:03d}", c1=f"{'王张'[n % 2]}家店{n}", c6="约时约地") for n in range(120)]
    take(database, "customers", CUSTOMERS, *rows)

    def found(words: str, **rest: object) -> int:
        with database.reading() as session:
            return queries.find_customers(session, unit_id=county.bureau.id, words=words, **rest).total  # type: ignore[arg-type]

    assert found("") == 122
    assert found("王家") == 60
    assert found("王家 k01") == 5
    assert found("王家 张家") == 0
    assert found("100%") == 0
    assert found("", scene=HandoverScene.DOOR) == 1
    with database.reading() as session:
        pages = [
            queries.find_customers(session, unit_id=county.bureau.id, words="家店", number=number)
            for number in (1, 2, 3, 99)
        ]
        assert [len(page.rows) for page in pages] == [50, 50, 20, 20]
        assert len({customer.id for page in pages[:3] for customer in page.rows}) == 120


def test_the_customer_list_leads_to_the_customer_and_its_orders(dispatcher: FlaskClient, order_id: int) -> None:
    page = dispatcher.get("/customers?q=李家")
    assert "139****0002" in page.text
    assert "13900000002" not in page.text
    path = page.text.split('href="/customers/')[1].split('"')[0]
    text = said(dispatcher.get(f"/customers/{path}"))
    assert "13900000002" in text
    assert "卷烟 100 条" in text
    assert "PS0000001" in text


@pytest.mark.parametrize("words", ["PS0000001", "1", "D1", "李家", "d1 李家"])
def test_a_delivery_order_is_found_by_what_people_quote(dispatcher: FlaskClient, order_id: int, words: str) -> None:
    link = f'href="/delivery-orders/{order_id}"'
    assert link in dispatcher.get("/delivery-orders", query_string={"q": words}).text
    assert link in dispatcher.get("/delivery-orders", query_string={"q": words, "state": "open"}).text
    assert link not in dispatcher.get("/delivery-orders", query_string={"q": words, "state": "failed"}).text


def test_a_delivery_is_cancelled_and_taken_up_again(
    dispatcher: FlaskClient, database: Database, county: County, order_id: int
) -> None:
    assert "PS0000001 is cancelled, its goods are free again" in post(dispatcher, f"/delivery-orders/{order_id}/cancel")
    assert "PS0000001 waits to be planned again" in post(dispatcher, f"/delivery-orders/{order_id}/reopen")
    with database.reading() as session:
        assert session.get_one(DeliveryOrder, order_id).state is DeliveryState.OPEN


def test_a_delivery_that_moved_on_is_not_cancelled(dispatcher: FlaskClient, database: Database, order_id: int) -> None:
    with database.transaction() as session:
        session.get_one(DeliveryOrder, order_id).state = DeliveryState.PLANNED
    assert "has moved on in the meantime" in post(dispatcher, f"/delivery-orders/{order_id}/cancel")


def test_a_leader_sees_deliveries_and_changes_none(
    signed_in: Callable[[Role], FlaskClient], database: Database, order_id: int
) -> None:
    leader = signed_in(Role.LEADER)
    page = leader.get(f"/delivery-orders/{order_id}")
    assert page.status_code == 200
    assert "/cancel" not in page.text
    answer = leader.post(f"/delivery-orders/{order_id}/cancel", data={"csrf_token": token(leader, "/account")})
    assert answer.status_code == 403


def test_an_unknown_customer_or_delivery_is_not_found(dispatcher: FlaskClient) -> None:
    assert dispatcher.get("/customers/999").status_code == 404
    assert dispatcher.get("/delivery-orders/999").status_code == 404


def test_empty_lists_say_what_to_do(dispatcher: FlaskClient, database: Database) -> None:
    assert "Nothing to deliver yet" in said(dispatcher.get("/delivery-orders"))
    assert "No customer fits" in said(dispatcher.get("/customers?q=nobody"))


def test_the_first_page_sets_what_waits_against_what_can_be_carried(dispatcher: FlaskClient, order_id: int) -> None:
    text = said(dispatcher.get("/"))
    assert "One delivery order 26 kg, 130 L" in text
    assert "2 vehicles out, 3,800 kg, 17,000 L" in text


def test_names_are_shown_as_text(dispatcher: FlaskClient, database: Database, county: County) -> None:
    with database.transaction() as session:
        session.get_one(Customer, county.shop.id).name = "<script>alert(1)</script>"
    assert "<script>alert(1)" not in dispatcher.get("/customers").text
