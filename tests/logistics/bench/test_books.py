"""Made-up books for measuring are true books: they prove, and the operations go on from them."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from inventory import ledger, places, stock
from inventory.ledger import Movement
from inventory.places import Place, StockLocation
from logistics.bench.books import NotEmpty, Size, counties, leaves, make_books
from logistics.db import Database
from tests.county import NOW, TODAY, recorded

SMALL = Size(movements=12_000, places=200, items=30)


def test_the_books_prove(database: Database) -> None:
    make_books(database, SMALL, until=NOW)
    with database.reading() as session:
        proof = stock.prove(session)
        assert proof.findings == ()
        assert proof.movements == SMALL.movements
        assert session.scalar(select(func.max(Movement.occurred_at))) <= NOW


def test_the_ledger_goes_on_from_them(database: Database) -> None:
    make_books(database, SMALL, until=NOW)
    with database.transaction() as session:
        consumed = places.the_location(session, Place.CONSUMED)
        item = stock.on_hand(session, unit_id=counties()[0], on=TODAY, below=False)[0].item
        document = ledger.issue(
            session, recorded=recorded("next"), source_id=counties()[0], destination_id=consumed.id, wanted={item.id: 1}
        )
        assert document.id > SMALL.movements // 20
        assert session.scalar(select(StockLocation.id).where(StockLocation.unit_id == leaves(SMALL)[-1])) == 200
    with database.reading() as session:
        assert stock.prove(session).findings == ()


def test_a_database_in_use_is_left_alone(database: Database, county: object) -> None:
    with pytest.raises(NotEmpty):
        make_books(database, SMALL, until=NOW)
