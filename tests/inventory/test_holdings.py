"""What counts as held when somebody shares out: 2,000 masks in the warehouse, none at the points."""

from inventory import ledger, places, promises, requisitions, sharing
from inventory.holdings import Coming, Holding, holdings
from inventory.units import Unit
from logistics.db import Database
from tests.county import NOW, TODAY, County, recorded
from tests.inventory.test_consignments import receive, send


def holding(database: Database, county: County, unit: Unit, coming: Coming | None = None) -> Holding:
    with database.reading() as session:
        found = holdings(session, item_ids=[county.masks.id], unit_ids=[unit.id], on=TODAY, coming=coming)
        return found[unit.id, county.masks.id]


def test_a_consignment_counts_until_it_is_signed_for_and_its_difference_never(
    database: Database, county: County
) -> None:
    sent = send(database, county)
    assert holding(database, county, county.station) == Holding(coming=600)
    receive(database, sent, M1=450, M2=100)
    assert holding(database, county, county.station) == Holding(on_hand=550)


def test_a_signature_that_was_reversed_lets_the_consignment_count_again(database: Database, county: County) -> None:
    arrival = receive(database, send(database, county))
    with database.transaction() as session:
        receipt = session.merge(arrival).receipt
        assert receipt is not None
        ledger.reverse(session, recorded=recorded("undo"), document_id=receipt.document_id)
    assert holding(database, county, county.station) == Holding(coming=600)


def test_a_share_counts_until_its_promise_is_handed_on(database: Database, county: County) -> None:
    with database.transaction() as session:
        masks = session.merge(county.masks)
        requisitions.ask(
            session,
            key="ask",
            unit=session.merge(county.checkpoint),
            item=masks,
            quantity=300,
            daily_need=100,
            at=NOW,
            by="chief",
        )
        run = sharing.share_out(
            session, recorded=recorded("share"), item_id=masks.id, source_id=county.store.id, pack_word="盒"
        )
        promise = run.shares[0].reservation_key
    assert holding(database, county, county.checkpoint) == Holding(coming=300)
    with database.transaction() as session:
        promises.release(session, keys=[promise], at=NOW)
    assert holding(database, county, county.checkpoint) == Holding()


def test_what_a_unit_promised_to_others_is_not_its_own_any_more(database: Database, county: County) -> None:
    with database.transaction() as session:
        station = places.store_of(session, session.merge(county.station))
        ledger.transfer(
            session,
            recorded=recorded("moved"),
            source_id=county.store.id,
            destination_id=station.id,
            wanted={county.masks.id: 500},
        )
        promises.reserve(session, key="p", location_id=station.id, item_id=county.masks.id, quantity=200, at=NOW)
    told = {county.masks.id: {county.station.id: 50}}
    assert holding(database, county, county.station, told) == Holding(on_hand=300, coming=50)


def test_expired_goods_on_the_way_are_not_counted(database: Database, county: County) -> None:
    send(database, county)
    late = TODAY.replace(month=7)
    with database.reading() as session:
        found = holdings(session, item_ids=[county.masks.id], unit_ids=[county.station.id], on=late)
    assert found[county.station.id, county.masks.id] == Holding(coming=100)
