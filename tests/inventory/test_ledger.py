"""The ledger on both databases, with figures one can check by hand: 2,000 masks (500 expiring first) and 20 kg of 84."""

import datetime as dt

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from inventory import catalogue, ledger, places, promises, stock, units
from inventory.balances import Balance
from inventory.errors import AlreadyReversed, InvalidInput, KeyReused, NotFound, Short
from inventory.ledger import Document, DocumentKind, Line, Movement
from inventory.places import Place
from logistics.db import Database
from tests.county import NOW, TODAY, County, recorded


def on_hand(database: Database, unit_id: int, item_id: int, *, below: bool = True) -> int:
    with database.reading() as session:
        rows = stock.on_hand(session, unit_id=unit_id, on=TODAY, below=below)
        return next((row.on_hand for row in rows if row.item.id == item_id), 0)


def send_to_station(database: Database, county: County, quantity: int, key: str = "t1") -> Document:
    with database.transaction() as session:
        destination = places.store_of(session, session.merge(county.station))
        return ledger.transfer(
            session,
            recorded=recorded(key),
            source_id=county.store.id,
            destination_id=destination.id,
            wanted={county.masks.id: quantity},
        )


def test_a_unit_answers_for_everything_below_it(database: Database, county: County) -> None:
    send_to_station(database, county, 600)
    assert on_hand(database, county.station.id, county.masks.id) == 600
    assert on_hand(database, county.warehouse.id, county.masks.id) == 1_400
    assert on_hand(database, county.bureau.id, county.masks.id) == 2_000
    assert on_hand(database, county.bureau.id, county.masks.id, below=False) == 0


def test_what_expires_first_goes_out_first(database: Database, county: County) -> None:
    document = send_to_station(database, county, 600)
    with database.reading() as session:
        moved = session.merge(document).movements
        assert [(m.lot.code, m.quantity) for m in moved] == [("M1", 500), ("M2", 100)]


def test_expired_lots_are_never_issued(database: Database, county: County) -> None:
    after_m1 = dt.datetime(2020, 6, 2, 4, tzinfo=dt.UTC)
    with database.transaction() as session, pytest.raises(Short) as short:
        ledger.issue(
            session,
            recorded=recorded("late", at=after_m1),
            source_id=county.store.id,
            destination_id=places.the_location(session, Place.CONSUMED).id,
            wanted={county.masks.id: 1_501},
        )
    assert short.value.available == 1_500


def test_more_than_there_is_changes_nothing(database: Database, county: County) -> None:
    with pytest.raises(Short) as short:
        send_to_station(database, county, 2_001)
    assert (short.value.wanted, short.value.available) == (2_001, 2_000)
    assert on_hand(database, county.warehouse.id, county.masks.id) == 2_000
    with database.reading() as session:
        assert ledger.document_by_key(session, "t1") is None


def test_one_short_item_holds_back_the_whole_document(database: Database, county: County) -> None:
    with pytest.raises(Short), database.transaction() as session:
        ledger.issue(
            session,
            recorded=recorded("both"),
            source_id=county.store.id,
            destination_id=places.the_location(session, Place.CONSUMED).id,
            wanted={county.masks.id: 10, county.disinfectant.id: 20_001},
        )
    assert on_hand(database, county.warehouse.id, county.masks.id) == 2_000


def test_the_line_that_cannot_be_borne_is_named_and_the_others_stay_as_they_were(
    database: Database, county: County
) -> None:
    with database.transaction() as session:
        station = places.store_of(session, session.merge(county.station))
        lots = {balance.lot.code: balance.lot_id for balance in session.scalars(select(Balance)) if balance.guarded}
        lines = [
            Line(lot_id=lots[code], source_id=county.store.id, destination_id=station.id, quantity=quantity)
            for code, quantity in (("M1", 400), ("M2", 1_501), ("X1", 20_001))
        ]
        with pytest.raises(Short) as short:
            ledger.post(session, kind=DocumentKind.TRANSFER, recorded=recorded("three"), lines=lines)
    assert (short.value.item_id, short.value.wanted, short.value.available) == (county.masks.id, 1_501, 1_500)
    assert on_hand(database, county.warehouse.id, county.masks.id) == 2_000


def test_the_same_key_happens_once(database: Database, county: County) -> None:
    first, second = send_to_station(database, county, 600), send_to_station(database, county, 600)
    assert first.id == second.id
    assert on_hand(database, county.station.id, county.masks.id) == 600


def test_the_same_key_still_answers_when_the_store_is_empty(database: Database, county: County) -> None:
    first = send_to_station(database, county, 2_000)
    assert send_to_station(database, county, 2_000).id == first.id


def test_the_same_key_with_other_content_is_refused(database: Database, county: County) -> None:
    send_to_station(database, county, 600)
    with pytest.raises(KeyReused):
        send_to_station(database, county, 601)
    assert on_hand(database, county.station.id, county.masks.id) == 600


def test_a_reversal_mirrors_its_document_line_by_line(database: Database, county: County) -> None:
    document = send_to_station(database, county, 600)
    with database.transaction() as session:
        undone = ledger.reverse(session, recorded=recorded("undo"), document_id=document.id)
        assert undone.kind is DocumentKind.REVERSAL
        assert {m.reverses_id for m in undone.movements} == {m.id for m in session.merge(document).movements}
    assert on_hand(database, county.warehouse.id, county.masks.id) == 2_000


def test_a_document_is_reversed_once_and_a_reversal_never(database: Database, county: County) -> None:
    document = send_to_station(database, county, 600)
    with database.transaction() as session:
        undone = ledger.reverse(session, recorded=recorded("undo"), document_id=document.id)
    for key, target in (("again", document.id), ("undo-the-undo", undone.id)):
        with pytest.raises(AlreadyReversed), database.transaction() as session:
            ledger.reverse(session, recorded=recorded(key), document_id=target)


def test_goods_that_have_gone_on_cannot_be_called_back(database: Database, county: County) -> None:
    document = send_to_station(database, county, 600)
    with database.transaction() as session:
        ledger.issue(
            session,
            recorded=recorded("used"),
            source_id=places.store_of(session, session.merge(county.station)).id,
            destination_id=places.the_location(session, Place.CONSUMED).id,
            wanted={county.masks.id: 550},
        )
    with pytest.raises(Short), database.transaction() as session:
        ledger.reverse(session, recorded=recorded("undo"), document_id=document.id)
    assert on_hand(database, county.station.id, county.masks.id) == 50


def test_a_count_posts_the_difference(database: Database, county: County) -> None:
    with database.transaction() as session:
        lot = stock.held_lots(session, unit_id=county.warehouse.id, item_id=county.disinfectant.id)[0].lot
        ledger.adjust(session, recorded=recorded("count"), location_id=county.store.id, lot_id=lot.id, difference=-300)
        ledger.adjust(session, recorded=recorded("recount"), location_id=county.store.id, lot_id=lot.id, difference=120)
    assert on_hand(database, county.warehouse.id, county.disinfectant.id) == 19_820


@pytest.mark.parametrize("statement", [update(Movement).values(quantity=1), delete(Movement), delete(Document)])
def test_the_database_itself_refuses_to_change_what_was_recorded(
    database: Database, county: County, statement: object
) -> None:
    with pytest.raises(DatabaseError, match="append-only"), database.transaction() as session:
        session.execute(statement)  # type: ignore[call-overload]


def test_the_database_itself_refuses_a_store_that_owes(database: Database, county: County) -> None:
    with pytest.raises(DatabaseError), database.transaction() as session:
        session.execute(update(Balance).where(Balance.location_id == county.store.id).values(quantity=-1))


def test_the_stock_card_shows_the_balance_after_each_line(database: Database, county: County) -> None:
    send_to_station(database, county, 600, "t1")
    send_to_station(database, county, 100, "t2")
    with database.reading() as session:
        card = stock.stock_card(session, unit_id=county.warehouse.id, item_id=county.masks.id)
        assert [(line.change, line.balance) for line in card] == [
            (-100, 1_300),
            (-100, 1_400),
            (-500, 1_500),
            (1_500, 2_000),
            (500, 500),
        ]
        older = stock.stock_card(
            session, unit_id=county.warehouse.id, item_id=county.masks.id, limit=2, before_id=card[2].movement.id
        )
        assert [(line.change, line.balance) for line in older] == [(1_500, 2_000), (500, 500)]


def test_moves_inside_a_unit_leave_its_card_as_it_was(database: Database, county: County) -> None:
    send_to_station(database, county, 600)
    with database.reading() as session:
        assert len(stock.stock_card(session, unit_id=county.bureau.id, item_id=county.masks.id)) == 2


def test_the_proof_finds_a_balance_that_was_tampered_with(database: Database, county: County) -> None:
    with database.transaction() as session:
        assert stock.prove(session).findings == ()
        session.execute(
            update(Balance).where(Balance.location_id == county.store.id).values(quantity=Balance.quantity + 1)
        )
    with database.reading() as session:
        assert {finding.rule for finding in stock.prove(session).findings} == {"balance", "zero-sum"}


def test_the_proof_finds_a_balance_without_movements(database: Database, county: County) -> None:
    with database.transaction() as session:
        lot = session.scalars(select(catalogue.Lot).where(catalogue.Lot.code == "M1")).one()
        session.add(
            Balance(location_id=county.van.aboard_id, lot_id=lot.id, item_id=lot.item_id, guarded=True, quantity=5)
        )
    with database.reading() as session:
        assert "balance" in {finding.rule for finding in stock.prove(session).findings}


def test_nonsense_is_refused_with_the_field_named(database: Database, county: County) -> None:
    with database.transaction() as session:
        lot = session.scalars(select(catalogue.Lot)).first()
        assert lot is not None
        store, supplier = county.store.id, county.supplier.id
        for line, field in (
            (Line(lot_id=lot.id, source_id=supplier, destination_id=store, quantity=0), "quantity"),
            (Line(lot_id=lot.id, source_id=store, destination_id=store, quantity=1), "destination"),
        ):
            with pytest.raises(InvalidInput) as refused:
                ledger.receive(session, recorded=recorded(f"bad-{field}"), lines=[line])
            assert refused.value.field == field
        unknown = Line(lot_id=10**6, source_id=supplier, destination_id=store, quantity=1)
        with pytest.raises(NotFound):
            ledger.receive(session, recorded=recorded("bad-lot"), lines=[unknown])
        session.rollback()


def test_a_moment_without_a_zone_is_refused(database: Database, county: County) -> None:
    naive = dt.datetime(2020, 3, 15, 8)  # noqa: DTZ001
    with pytest.raises(Exception, match="time zone"), database.transaction() as session:
        promises.reserve(session, key="x", location_id=county.store.id, item_id=county.masks.id, quantity=1, at=naive)


def test_a_unit_tree_knows_its_branches(database: Database, county: County) -> None:
    with database.reading() as session:
        below = set(session.scalars(units.subtree(county.bureau.id)))
        assert {county.bureau.id, county.station.id, county.warehouse.id} <= below
        assert set(session.scalars(units.subtree(county.station.id))) == {county.station.id}


def test_a_document_of_many_lines_moves_each_as_one_of_few_would(database: Database, county: County) -> None:
    """Fifty new lots of masks, every second one without an expiry, come in twice over."""
    days = {f"L{number}": dt.date(2021, 1, 1 + number % 28) if number % 2 else None for number in range(50)}
    for key in ("first", "second"):
        with database.transaction() as session:
            wanted = {(county.masks.id, code): day for code, day in days.items()}
            lots = catalogue.lots_for(session, wanted=wanted)
            lines = [
                Line(
                    lot_id=lots[county.masks.id, code].id,
                    source_id=county.supplier.id,
                    destination_id=county.store.id,
                    quantity=number + 1,
                )
                for number, code in enumerate(days)
            ]
            ledger.receive(session, recorded=recorded(key), lines=lines)
    with database.reading() as session:
        lots = catalogue.known_lots(session, [(county.masks.id, code) for code in days])
        assert {code: lot.expires_on for (_item, code), lot in lots.items()} == days
        assert {lot.status for lot in lots.values()} == {catalogue.LotStatus.USABLE}
        held = session.execute(
            select(Balance.lot_id, Balance.quantity).where(Balance.location_id == county.store.id)
        ).all()
        assert (
            dict(held).items()
            >= {lots[county.masks.id, code].id: 2 * (number + 1) for number, code in enumerate(days)}.items()
        )
        last = session.scalars(select(Document).order_by(Document.id.desc())).first()
        assert last is not None
        assert [move.quantity for move in last.movements] == list(range(1, 51))
        assert {move.occurred_at for move in last.movements} == {NOW}
        assert stock.prove(session).findings == ()
