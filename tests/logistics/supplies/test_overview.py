"""What the pages of stock look up: which store a form begins with."""

from inventory import ledger, places
from inventory.catalogue import lot_for
from inventory.ledger import Line
from inventory.units import Unit
from logistics.db import Database
from logistics.supplies.overview import fullest_store
from tests.county import County, recorded


def test_a_form_begins_with_the_store_that_has_held_most_lots_or_holds_most_of_an_item(
    database: Database, county: County
) -> None:
    """Of the warehouse's four lots two are of masks, 2,000 in all; the station gets 3,000 masks in one lot."""
    with database.transaction() as session:
        station = places.store_of(session, session.get_one(Unit, county.station.id))
        lot = lot_for(session, item=session.merge(county.masks), code="ST", expires_on=None)
        line = Line(lot_id=lot.id, source_id=county.supplier.id, destination_id=station.id, quantity=3_000)
        ledger.receive(session, recorded=recorded("station"), lines=[line])
        found = fullest_store(session, unit_id=county.bureau.id)
        of_masks = fullest_store(session, unit_id=county.bureau.id, item_id=county.masks.id)
        at_station = fullest_store(session, unit_id=county.station.id)
        assert found is not None
        assert found.id == county.store.id
        assert of_masks == at_station == station


def test_an_empty_store_begins_no_form(database: Database, county: County) -> None:
    """The one lot the station had is used up."""
    with database.transaction() as session:
        station = places.store_of(session, session.get_one(Unit, county.station.id))
        lot = lot_for(session, item=session.merge(county.masks), code="ST", expires_on=None)
        line = Line(lot_id=lot.id, source_id=county.supplier.id, destination_id=station.id, quantity=3_000)
        received = ledger.receive(session, recorded=recorded("station"), lines=[line])
        ledger.reverse(session, recorded=recorded("back"), document_id=received.id)
        for item_id in (None, county.masks.id):
            assert fullest_store(session, unit_id=county.station.id, item_id=item_id) is None
