"""Stock promised before it is handed out, on both databases: 2,000 masks and 500 条 of cigarettes in the warehouse."""

import pytest

from inventory import catalogue, ledger, places, promises, stock
from inventory.errors import Promised, Short
from inventory.ledger import Document
from logistics.db import Database
from tests.county import NOW, TODAY, County, recorded


def test_a_promise_is_not_given_to_somebody_else(database: Database, county: County) -> None:
    with database.transaction() as session:
        for key in ("a", "a"):
            promises.reserve(
                session, key=key, location_id=county.store.id, item_id=county.masks.id, quantity=1_900, at=NOW
            )
    with pytest.raises(Short) as short:
        _to_station(database, county, 101)
    assert short.value.available == 100
    with database.transaction() as session:
        ledger.transfer(
            session,
            recorded=recorded("kept"),
            source_id=county.store.id,
            destination_id=places.store_of(session, session.merge(county.checkpoint)).id,
            wanted={county.masks.id: 1_900},
            promised=["a"],
        )
    assert _to_station(database, county, 100).id


def test_after_a_loss_those_who_come_first_get_what_they_were_promised(database: Database, county: County) -> None:
    def load(key: str) -> None:
        with database.transaction() as session:
            ledger.transfer(
                session,
                recorded=recorded(f"load-{key}"),
                source_id=county.store.id,
                destination_id=county.van.aboard_id,
                wanted={county.cigarettes.id: 200},
                promised=[key],
            )

    with database.transaction() as session:
        for key in ("a", "b"):
            promises.reserve(
                session, key=key, location_id=county.store.id, item_id=county.cigarettes.id, quantity=200, at=NOW
            )
        lot = catalogue.lot_for(session, item=session.merge(county.cigarettes), code="J1", expires_on=None)
        ledger.adjust(session, recorded=recorded("broken"), location_id=county.store.id, lot_id=lot.id, difference=-110)
    load("b")
    with pytest.raises(Short) as short:
        load("a")
    assert short.value.available == 190


def test_more_than_is_available_is_not_promised(database: Database, county: County) -> None:
    def promise(key: str, quantity: int) -> None:
        with database.transaction() as session:
            promises.reserve(
                session, key=key, location_id=county.store.id, item_id=county.masks.id, quantity=quantity, at=NOW
            )

    promise("a", 1_500)
    with pytest.raises(Short):
        promise("b", 501)
    with database.reading() as session:
        assert stock.available(session, location_id=county.store.id, item_id=county.masks.id, on=TODAY) == 500


def test_a_receipt_whose_goods_are_promised_is_not_undone(database: Database, county: County) -> None:
    """1,950 of the 2,000 masks that came with the opening are promised; a blocked lot is promised to nobody."""
    with database.transaction() as session:
        promises.reserve(session, key="r", location_id=county.store.id, item_id=county.masks.id, quantity=1_950, at=NOW)
        opening = ledger.document_by_key(session, "opening")
        assert opening is not None
    with pytest.raises(Promised) as refused, database.transaction() as session:
        ledger.reverse(session, recorded=recorded("undo"), document_id=opening.id)
    assert (refused.value.wanted, refused.value.available, refused.value.promised) == (2_000, 50, 1_950)
    with database.transaction() as session:
        promises.release(session, keys=["r"], at=NOW)
        ledger.reverse(session, recorded=recorded("undo"), document_id=opening.id)


def _to_station(database: Database, county: County, quantity: int) -> Document:
    with database.transaction() as session:
        return ledger.transfer(
            session,
            recorded=recorded("t1"),
            source_id=county.store.id,
            destination_id=places.store_of(session, session.merge(county.station)).id,
            wanted={county.masks.id: quantity},
        )
