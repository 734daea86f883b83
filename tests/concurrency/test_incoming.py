"""Money, signatures and returns that many hands reach for at the same moment, on both databases."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from sqlalchemy import func, select

from inventory import consignments, donations, funds, ledger, places, purchasing, returns, stock
from inventory.balances import Balance
from inventory.consignments import Arrival
from inventory.ledger import Document
from inventory.places import Place
from logistics.db import Database
from tests.concurrency.test_crossings import at_once
from tests.county import County, recorded
from tests.logistics.incoming import incoming


def test_the_last_money_of_a_purpose_is_spent_once(database: Database, county: County) -> None:
    """5,000 yuan for orders of 625: eight hands with 100 each find one order that bears six."""
    incoming(database, county)

    def spend(number: int) -> None:
        with database.transaction() as session:
            order = purchasing.get_order(session, 1)
            head = recorded(f"spend-{number}")
            donations.spend(session, recorded=head, fund_id=1, order=order, amount_fen=10_000)

    assert Counter(at_once(*(partial(spend, number) for number in range(8)))) == {"done": 6, "Overspent": 2}
    with database.reading() as session:
        assert funds.get_fund(session, 1).balance_fen == 500_000 - 60_000


def test_of_two_who_sign_one_does(database: Database, county: County) -> None:
    incoming(database, county)

    def sign(key: str) -> None:
        with database.transaction() as session:
            consignments.receive(session, recorded=recorded(key), consignment_id=2)

    ended = Counter(at_once(*(partial(sign, key) for key in ("a", "b", "a", "b"))))
    assert ended == {"done": 2, "WrongState": 2}
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(Arrival.consignment_id == 2)) == 1
        assert stock.prove(session).findings == ()


def test_goods_are_given_back_once_however_often_they_are_sent(database: Database, county: County) -> None:
    with database.transaction() as session:
        household = places.open_location(session, place=Place.RECIPIENT, code="H1", name="五保户")
        given: dict[str, Any] = {
            "source_id": county.store.id,
            "destination_id": household.id,
            "wanted": {county.masks.id: 10},
        }
        lot_id = ledger.issue(session, recorded=recorded("given"), **given).movements[0].lot_id

    def give_back(key: str) -> Document:
        with database.transaction() as session:
            ends = {"source": session.merge(household), "destination": session.merge(county.store)}
            return returns.take_back(
                session, recorded=recorded(key), lots={lot_id: 10}, unit_id=county.bureau.id, **ends
            )

    ended = Counter(at_once(*(partial(give_back, key) for key in ("a", "a", "b", "b"))))
    assert ended == {"done": 2, "Short": 2}
    with database.reading() as session:
        assert session.get_one(Balance, (household.id, lot_id)).quantity == 0
