"""Undoing a document for somebody of a unit."""

import pytest

from inventory import ledger, places, units
from logistics.db import Database
from logistics.supplies.operations import RecordedElsewhere, reverse_document
from tests.county import County, recorded


def test_an_undoing_that_is_sent_again_is_the_same_although_the_unit_stands_elsewhere_by_then(
    database: Database, county: County
) -> None:
    with database.transaction() as session:
        station, warehouse = session.merge(county.station), session.merge(county.warehouse)
        units.move_unit(session, unit=station, parent=warehouse)
        ways = {"source_id": county.store.id, "destination_id": places.store_of(session, station).id}
        first, second = (
            ledger.transfer(session, recorded=recorded(key), wanted={county.masks.id: 50}, **ways)
            for key in ("first", "second")
        )
        undoing = reverse_document(
            session, recorded=recorded("undo"), document_id=first.id, unit_id=county.warehouse.id
        )
        units.move_unit(session, unit=station, parent=session.merge(county.bureau))
    with database.transaction() as session:
        terms = {"session": session, "unit_id": county.warehouse.id}
        assert reverse_document(recorded=recorded("undo"), document_id=first.id, **terms).id == undoing.id
        with pytest.raises(RecordedElsewhere):
            reverse_document(recorded=recorded("another"), document_id=second.id, **terms)
