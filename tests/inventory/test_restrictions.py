"""Goods given for certain units: 300 masks for the checkpoint beside 2,000 for anybody."""

import datetime as dt

import pytest

from inventory import consignments, ledger, places, promises, returns, stock
from inventory.catalogue import lot_for
from inventory.consignments import Answer, ConsignmentState, Counted, DifferenceReason
from inventory.errors import Restricted, Short
from inventory.ledger import Document, DocumentKind, Line
from inventory.places import Place, StockLocation
from inventory.restrictions import restrict
from inventory.units import Unit, move_unit
from logistics.db import Database
from tests.county import NOW, TODAY, County, recorded


@pytest.fixture
def gift(database: Database, county: County) -> int:
    """300 masks in the warehouse for the checkpoint only, expiring last of all; the id of their lot."""
    with database.transaction() as session:
        lot = lot_for(session, item=session.merge(county.masks), code="G1", expires_on=dt.date(2022, 1, 1))
        restrict(session, lot_ids=[lot.id], unit_ids=[county.checkpoint.id])
        line = Line(lot_id=lot.id, source_id=county.supplier.id, destination_id=county.store.id, quantity=300)
        ledger.receive(session, recorded=recorded("gift"), lines=[line])
        return lot.id


def send(database: Database, county: County, unit: Unit, quantity: int, key: str = "send") -> Document:
    with database.transaction() as session:
        return ledger.transfer(
            session,
            recorded=recorded(key),
            source_id=county.store.id,
            destination_id=places.store_of(session, session.merge(unit)).id,
            wanted={county.masks.id: quantity},
        )


def lots(database: Database, document: Document) -> list[tuple[str, int]]:
    with database.reading() as session:
        return [(m.lot.code, m.quantity) for m in session.merge(document).movements]


@pytest.mark.usefixtures("gift")
def test_what_was_given_for_a_unit_goes_to_it_before_what_anybody_may_have(database: Database, county: County) -> None:
    document = send(database, county, county.checkpoint, 310)
    assert lots(database, document) == [("G1", 300), ("M1", 10)]


@pytest.mark.usefixtures("gift")
def test_nobody_else_gets_it_and_is_told_for_whom_it_lies_there(database: Database, county: County) -> None:
    assert lots(database, send(database, county, county.station, 2_000)) == [("M1", 500), ("M2", 1_500)]
    with pytest.raises(Restricted) as refused:
        send(database, county, county.station, 1, key="more")
    assert (refused.value.available, refused.value.restricted) == (0, 300)
    assert refused.value.unit_ids == {county.checkpoint.id}
    send(database, county, county.checkpoint, 300, key="all")
    with pytest.raises(Short) as empty:
        send(database, county, county.station, 1, key="none")
    assert not isinstance(empty.value, Restricted)


def test_naming_the_lot_by_hand_is_no_way_round(database: Database, county: County, gift: int) -> None:
    with database.transaction() as session:
        station = places.store_of(session, session.merge(county.station))
        line = Line(lot_id=gift, source_id=county.store.id, destination_id=station.id, quantity=1)
        with pytest.raises(Restricted):
            ledger.post(session, kind=DocumentKind.TRANSFER, recorded=recorded("by-hand"), lines=[line])


def test_only_its_own_unit_uses_it_up(database: Database, county: County, gift: int) -> None:
    def use(place_id: int, key: str) -> Document:
        with database.transaction() as session:
            consumed = places.the_location(session, Place.CONSUMED).id
            line = Line(lot_id=gift, source_id=place_id, destination_id=consumed, quantity=1)
            return ledger.post(session, kind=DocumentKind.ISSUE, recorded=recorded(key), lines=[line])

    with pytest.raises(Restricted):
        use(county.store.id, "warehouse")
    sent = send(database, county, county.checkpoint, 300)
    with database.reading() as session:
        checkpoint_store = session.merge(sent).movements[0].destination_id
    assert use(checkpoint_store, "checkpoint").id


def test_it_is_promised_to_nobody_and_goes_aboard_no_vehicle(database: Database, county: County, gift: int) -> None:
    with database.transaction() as session:
        assert stock.available(session, location_id=county.store.id, item_id=county.masks.id, on=TODAY) == 2_000
        held = next(line for line in stock.on_hand(session, unit_id=county.bureau.id, on=TODAY) if line.restricted)
        assert (held.on_hand, held.restricted, held.available) == (2_300, 300, 2_000)
        with pytest.raises(Short):
            promises.reserve(
                session, key="p", location_id=county.store.id, item_id=county.masks.id, quantity=2_001, at=NOW
            )
    with database.transaction() as session, pytest.raises(Restricted):
        ledger.transfer(
            session,
            recorded=recorded("load"),
            source_id=county.store.id,
            destination_id=county.van.aboard_id,
            wanted={county.masks.id: 2_001},
        )


def test_what_is_lost_or_counted_or_reversed_is_not_used_against_the_giver(
    database: Database, county: County, gift: int
) -> None:
    with database.transaction() as session:
        ledger.adjust(session, recorded=recorded("count"), location_id=county.store.id, lot_id=gift, difference=-10)
        lost = places.the_location(session, Place.LOST).id
        line = Line(lot_id=gift, source_id=county.store.id, destination_id=lost, quantity=5)
        burnt = ledger.post(session, kind=DocumentKind.ISSUE, recorded=recorded("burnt"), lines=[line])
        ledger.reverse(session, recorded=recorded("found"), document_id=burnt.id)
        assert stock.prove(session).findings == ()


def test_a_promise_keeps_what_anybody_may_have_from_the_unit_that_has_its_own(
    database: Database, county: County, gift: int
) -> None:
    with database.transaction() as session:
        promises.reserve(session, key="p", location_id=county.store.id, item_id=county.masks.id, quantity=1_900, at=NOW)
    with pytest.raises(Short) as short:
        send(database, county, county.checkpoint, 401)
    assert short.value.available == 400  # its own 300, and what is left of the 2,000
    assert lots(database, send(database, county, county.checkpoint, 400)) == [("G1", 300), ("M1", 100)]


def test_a_return_is_a_way_back_and_no_way_round(database: Database, county: County, gift: int) -> None:
    sent = send(database, county, county.checkpoint, 300)

    def take_back(source_id: int, destination: Unit, key: str) -> Document:
        with database.transaction() as session:
            return returns.take_back(
                session,
                recorded=recorded(key),
                source=session.get_one(StockLocation, source_id),
                destination=places.store_of(session, session.merge(destination)),
                lots={gift: 10},
                unit_id=county.bureau.id,
            )

    with database.reading() as session:
        checkpoint_store = session.merge(sent).movements[0].destination_id
    assert take_back(checkpoint_store, county.warehouse, "back").id
    with pytest.raises(Restricted):
        take_back(county.store.id, county.station, "round")


@pytest.mark.usefixtures("gift")
def test_it_counts_as_stock_of_its_own_unit_only_and_is_free_for_nobody(database: Database, county: County) -> None:
    units = [county.warehouse.id, county.checkpoint.id]
    with database.transaction() as session:
        promises.reserve_many(session, location_id=county.store.id, promises={"p": (county.masks.id, 500)}, at=NOW)
        of_both = {"item_id": county.masks.id, "unit_ids": units, "on": TODAY}
        assert stock.usable_by_unit(session, **of_both) == {county.warehouse.id: 2_000}
        assert stock.free_by_unit(session, **of_both) == {county.warehouse.id: 1_500}
    send(database, county, county.checkpoint, 300)
    with database.reading() as session:
        assert stock.usable_by_unit(session, **of_both)[county.checkpoint.id] == 300
        assert stock.free_by_unit(session, **of_both) == {county.warehouse.id: 1_500}


def test_what_a_unit_may_no_longer_have_is_refused_at_its_signature_and_goes_back(
    database: Database, county: County, gift: int
) -> None:
    """310 masks for the village below the checkpoint, 300 of them given for the checkpoint; then the village moves away."""
    with database.transaction() as session:
        village = session.merge(county.village)
        move_unit(session, unit=village, parent=session.merge(county.checkpoint))
        sent = consignments.send(
            session,
            recorded=recorded("sent"),
            source=session.merge(county.store),
            destination=places.store_of(session, village),
            wanted={county.masks.id: 310},
        )
        move_unit(session, unit=village, parent=session.merge(county.bureau))
        closed = consignments.closed_to_receiver(session, consignments.standing(session, sent))
        assert closed == {gift: frozenset({county.checkpoint.id})}
        lot_ids = [line.lot.id for line in consignments.standing(session, sent).lots]
    counted = [Counted(lot_id=lot_id, quantity=10) for lot_id in lot_ids]
    with pytest.raises(Restricted), database.transaction() as session:
        consignments.receive(session, recorded=recorded("all"), consignment_id=sent.id, counted=counted)
    with database.transaction() as session:
        arrival = consignments.receive(session, recorded=recorded("sign"), consignment_id=sent.id)
        [refused] = arrival.differences
        assert (refused.lot_id, refused.quantity, refused.reason) == (gift, 300, DifferenceReason.REFUSED)
        back = {"difference_id": refused.id, "answer": Answer.BACK, "quantity": 300}
        consignments.settle(session, recorded=recorded("back"), **back)
        now = consignments.standing(session, session.merge(sent))
        assert now.state is ConsignmentState.SETTLED
        [held] = stock.on_hand(session, unit_id=county.village.id, on=TODAY)
        assert (held.on_hand, held.in_transit) == (10, 0)
