"""Goods that come back to a store of a unit from a point or from a recipient."""

import pytest
from sqlalchemy import select

from inventory import ledger, places, promises, returns, stock
from inventory.catalogue import Lot, LotStatus
from inventory.errors import NotFound, Short
from inventory.ledger import DocumentKind, Line
from inventory.places import Place
from logistics.db import Database
from tests.county import NOW, TODAY, County, recorded


def test_goods_come_back_from_a_point_and_from_a_recipient(database: Database, county: County) -> None:
    with database.transaction() as session:
        store = session.merge(county.store)
        household = places.open_location(session, place=Place.RECIPIENT, code="H1", name="五保户")
        given = ledger.issue(
            session,
            recorded=recorded("given"),
            source_id=store.id,
            destination_id=household.id,
            wanted={county.masks.id: 10},
        )
        lot_id = given.movements[0].lot_id
        back = {"source": household, "destination": store, "unit_id": county.warehouse.id}
        for _time in range(2):
            document = returns.take_back(session, recorded=recorded("back"), lots={lot_id: 4}, **back)
        assert (document.kind, document.number[:2]) == (DocumentKind.RETURN, "TK")
        with pytest.raises(Short) as short:
            returns.take_back(session, recorded=recorded("more"), lots={lot_id: 7}, **back)
        assert short.value.available == 6
        with pytest.raises(NotFound):
            returns.take_back(session, recorded=recorded("other"), lots={3: 1}, **back)
    with database.reading() as session:
        [masks] = stock.on_hand(session, unit_id=county.warehouse.id, on=TODAY, item_id=county.masks.id)
        assert masks.on_hand == 1_994


def test_a_unit_takes_back_from_a_recipient_what_it_gave_and_not_what_others_gave(
    database: Database, county: County
) -> None:
    """The warehouse gave a household 10 masks of M2, the station 20."""
    with database.transaction() as session:
        warehouse, station = session.merge(county.store), places.store_of(session, session.merge(county.station))
        household = places.open_location(session, place=Place.RECIPIENT, code="H1", name="五保户")
        [m2] = session.scalars(select(Lot.id).where(Lot.code == "M2"))
        for source, destination, quantity in (
            (warehouse, station, 20),
            (warehouse, household, 10),
            (station, household, 20),
        ):
            line = Line(lot_id=m2, source_id=source.id, destination_id=destination.id, quantity=quantity)
            key = f"{source.code}-{destination.code}"
            ledger.post(session, kind=DocumentKind.ISSUE, recorded=recorded(key), lines=[line])
        assert returns.still_with(session, household, unit_id=county.warehouse.id) == {m2: 10}
        assert returns.still_with(session, household, unit_id=county.bureau.id) == {m2: 30}
        assert returns.still_with(session, household, unit_id=county.village.id) == {}
        back = {"source": household, "destination": warehouse, "unit_id": county.warehouse.id}
        with pytest.raises(Short) as short:
            returns.take_back(session, recorded=recorded("more"), lots={m2: 11}, **back)
        assert short.value.available == 10
        returns.take_back(session, recorded=recorded("all"), lots={m2: 10}, **back)
        assert returns.still_with(session, household, unit_id=county.warehouse.id) == {}
        assert returns.still_with(session, household, unit_id=county.station.id) == {m2: 20}


def test_what_a_store_promised_to_others_is_not_taken_back_from_it(database: Database, county: County) -> None:
    """Of 2,000 masks in the warehouse 1,900 are promised: 100 may go, of the blocked lot all."""
    with database.transaction() as session:
        masks_id, m1 = county.masks.id, session.scalars(select(Lot).where(Lot.code == "M1")).one()
        promises.reserve(session, key="p", location_id=county.store.id, item_id=masks_id, quantity=1_900, at=NOW)
        ends = {"source": session.merge(county.store), "unit_id": county.bureau.id}
        ends["destination"] = places.store_of(session, session.merge(county.station))
        with pytest.raises(Short) as short:
            returns.take_back(session, recorded=recorded("more"), lots={m1.id: 101}, **ends)
        assert short.value.available == 100
        m1.status = LotStatus.RECALLED
        session.flush()
        assert returns.take_back(session, recorded=recorded("all"), lots={m1.id: 500}, **ends).id
