"""Lots that may not be used, on both databases: M1 (500 masks, through 1 June 2020) goes first, then M2 (1,500)."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from inventory import ledger, lots, places, promises, stock
from inventory.catalogue import Lot, LotStatus
from inventory.errors import InvalidInput, KeyReused, NotFound, Short
from inventory.ledger import Document, DocumentKind, Movement
from inventory.lots import LotStatusChange, Portion
from inventory.places import Place
from inventory.restrictions import restrict
from logistics.db import Database
from tests.county import NOW, TODAY, County, recorded

M1_OVER = dt.datetime(2020, 6, 2, 4, tzinfo=dt.UTC)


def lot_id(database: Database, code: str) -> int:
    with database.reading() as session:
        return session.scalars(select(Lot.id).where(Lot.code == code)).one()


def block(
    database: Database,
    code: str = "M1",
    status: LotStatus = LotStatus.RECALLED,
    *,
    key: str = "k",
    reason: str = "厂家召回",
) -> LotStatusChange:
    with database.transaction() as session:
        return lots.change_status(
            session, key=key, lot_id=lot_id(database, code), status=status, reason=reason, at=NOW, by="officer"
        )


def issue(database: Database, county: County, quantity: int, *, key: str = "i1") -> Document:
    with database.transaction() as session:
        return ledger.issue(
            session,
            recorded=recorded(key),
            source_id=county.store.id,
            destination_id=places.the_location(session, Place.CONSUMED).id,
            wanted={county.masks.id: quantity},
        )


def taken(database: Database, document: Document) -> dict[str, int]:
    with database.reading() as session:
        moved = select(Movement).where(Movement.document_id == document.id)
        return {movement.lot.code: movement.quantity for movement in session.scalars(moved)}


@pytest.mark.parametrize("status", [LotStatus.QUARANTINED, LotStatus.RECALLED])
def test_a_blocked_lot_is_not_used_promised_or_counted_as_available(
    database: Database, county: County, status: LotStatus
) -> None:
    block(database, status=status)
    with database.reading() as session:
        masks = next(line for line in stock.on_hand(session, unit_id=county.bureau.id, on=TODAY) if line.held_back)
        assert (masks.on_hand, masks.held_back, masks.expired, masks.usable, masks.available) == (
            2_000,
            500,
            0,
            1_500,
            1_500,
        )
        assert masks.next_expiry == dt.date(2021, 1, 1)
        place = {"location_id": county.store.id, "item_id": county.masks.id}
        assert stock.available(session, **place, on=TODAY) == 1_500
        usable = stock.usable_by_unit(session, item_id=county.masks.id, unit_ids=[county.warehouse.id], on=TODAY)
        assert usable == {county.warehouse.id: 1_500}
    with pytest.raises(Short), database.transaction() as session:
        promises.reserve(session, key="r", **place, quantity=1_501, at=NOW)
    with pytest.raises(Short):
        issue(database, county, 1_501)
    assert taken(database, issue(database, county, 1_500)) == {"M2": 1_500}


def test_a_freed_lot_is_used_again(database: Database, county: County) -> None:
    block(database)
    block(database, status=LotStatus.USABLE, key="free", reason="检验合格")
    assert taken(database, issue(database, county, 1_000)) == {"M1": 500, "M2": 500}
    with database.reading() as session:
        changes = lots.history(session, lot_id(database, "M1"))
        assert [(change.before, change.after, change.reason) for change in changes] == [
            (LotStatus.RECALLED, LotStatus.USABLE, "检验合格"),
            (LotStatus.USABLE, LotStatus.RECALLED, "厂家召回"),
        ]


def test_blocking_twice_is_once(database: Database, county: County) -> None:
    assert block(database).id == block(database).id
    with pytest.raises(KeyReused):
        block(database, reason="别的原因")


def test_a_lot_is_not_blocked_without_a_reason_nor_freed_when_it_never_was(database: Database, county: County) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        block(database, reason=" ")
    with pytest.raises(InvalidInput, match="unchanged"):
        block(database, status=LotStatus.USABLE)
    with pytest.raises(NotFound), database.transaction() as session:
        lots.change_status(
            session, key="k", lot_id=9_999, status=LotStatus.RECALLED, reason="召回", at=NOW, by="officer"
        )


def test_the_database_keeps_every_change_of_status(database: Database, county: County) -> None:
    block(database)
    for change in (update(LotStatusChange).values(reason="x"), delete(LotStatusChange)):
        with pytest.raises(DatabaseError), database.transaction() as session:
            session.execute(change)


def test_a_lot_is_traced_to_all_who_hold_it_and_all_who_got_it(database: Database, county: County) -> None:
    m1 = lot_id(database, "M1")
    with database.transaction() as session:
        shop = places.open_location(session, place=Place.RECIPIENT, code="shop", name="李家烟酒店")
        station = places.store_of(session, session.merge(county.station))
        for number, (to, quantity) in enumerate(((station.id, 200), (county.van.aboard_id, 50))):
            ledger.transfer(
                session,
                recorded=recorded(f"t{number}"),
                source_id=county.store.id,
                destination_id=to,
                wanted={county.masks.id: quantity},
            )
        ledger.issue(
            session,
            recorded=recorded("shop"),
            source_id=county.van.aboard_id,
            destination_id=shop.id,
            wanted={county.masks.id: 40},
        )
        ledger.issue(
            session,
            recorded=recorded("used"),
            source_id=station.id,
            destination_id=places.the_location(session, Place.CONSUMED).id,
            wanted={county.masks.id: 30},
        )
    with database.reading() as session:
        held = lots.holders(session, lot_id=m1, unit_id=county.bureau.id)
        assert [(line.location.name, line.quantity) for line in held] == [
            ("鄂C0001", 10),
            ("区局仓库", 250),
            ("安阳烟叶站", 170),
        ]
        gone = lots.gone(session, lot_id=m1, unit_id=county.bureau.id)
        assert [(line.source.name, line.destination.place, line.quantity) for line in gone] == [
            ("鄂C0001", Place.RECIPIENT, 40),
            ("安阳烟叶站", Place.CONSUMED, 30),
        ]
        assert [line.quantity for line in lots.holders(session, lot_id=m1, unit_id=county.station.id)] == [170]
        assert lots.touched(session, lot_id=m1, unit_id=county.station.id)
        assert not lots.touched(session, lot_id=m1, unit_id=county.village.id)


def test_recalled_goods_come_back_to_the_store_and_stay_blocked(database: Database, county: County) -> None:
    with database.transaction() as session:
        shop = places.open_location(session, place=Place.RECIPIENT, code="shop", name="李家烟酒店")
        ledger.issue(
            session,
            recorded=recorded("shop"),
            source_id=county.store.id,
            destination_id=shop.id,
            wanted={county.masks.id: 40},
        )
    back = {
        "lot_id": lot_id(database, "M1"),
        "source_id": shop.id,
        "store_id": county.store.id,
        "unit_id": county.bureau.id,
    }
    with pytest.raises(InvalidInput, match="not-blocked"), database.transaction() as session:
        lots.bring_back(session, recorded=recorded("back"), **back, quantity=40)
    block(database)
    with pytest.raises(InvalidInput, match="too-many"), database.transaction() as session:
        lots.bring_back(session, recorded=recorded("back"), **back, quantity=41)
    for _click in range(2):
        with database.transaction() as session:
            lots.bring_back(session, recorded=recorded("back"), **back, quantity=30)
    with database.reading() as session:
        assert [one.quantity for one in lots.gone(session, lot_id=back["lot_id"], unit_id=county.bureau.id)] == [10]
        assert [held.quantity for held in lots.disposable(session, unit_id=county.bureau.id, on=TODAY)] == [490]
        assert stock.available(session, location_id=county.store.id, item_id=county.masks.id, on=TODAY) == 1_500


def test_only_what_may_not_be_used_is_disposed_of(database: Database, county: County) -> None:
    portions = [Portion(location_id=county.store.id, lot_id=lot_id(database, "M1"), quantity=500)]
    with pytest.raises(InvalidInput, match="still-usable"), database.transaction() as session:
        lots.dispose(session, recorded=recorded("d", reason="过期"), portions=portions)
    with pytest.raises(InvalidInput, match="empty"), database.transaction() as session:
        lots.dispose(session, recorded=recorded("d", at=M1_OVER), portions=portions)
    for _click in range(2):
        with database.transaction() as session:
            document = lots.dispose(session, recorded=recorded("d", at=M1_OVER, reason="过期"), portions=portions)
    assert (document.kind, document.number[:2]) == (DocumentKind.DISPOSAL, "BF")
    with database.reading() as session:
        assert lots.disposable(session, unit_id=county.bureau.id, on=M1_OVER.date()) == []
        assert not stock.prove(session).findings


def test_what_lies_on_a_vehicle_comes_back_with_its_trip(database: Database, county: County) -> None:
    block(database)
    with pytest.raises(InvalidInput, match="comes-by-trip"), database.transaction() as session:
        lots.bring_back(
            session,
            recorded=recorded("back"),
            lot_id=lot_id(database, "M1"),
            source_id=county.van.aboard_id,
            store_id=county.store.id,
            unit_id=county.bureau.id,
            quantity=1,
        )


def test_lots_that_expire_soon_or_outlast_the_need_are_told(database: Database, county: County) -> None:
    needs = {county.masks.id: 5}  # M1 serves 79 days from 15 March: 395 of its 500
    with database.reading() as session:
        soon = lots.expiring(session, unit_id=county.bureau.id, on=TODAY, within_days=78, daily_needs={})
        assert [(line.lot.code, line.quantity, line.left_over) for line in soon] == [("M1", 500, None)]
        assert lots.expiring(session, unit_id=county.bureau.id, on=TODAY, within_days=77, daily_needs={}) == []
        unused = lots.expiring(session, unit_id=county.bureau.id, on=TODAY, within_days=7, daily_needs=needs)
        assert [(line.lot.code, line.left_over) for line in unused] == [("M1", 105), ("M2", 430)]


@settings(deadline=None)
@given(
    held=st.lists(st.tuples(st.integers(1, 12), st.integers(0, 40)), max_size=4),
    need=st.integers(1, 10),
)
def test_what_is_left_over_is_what_using_day_by_day_leaves(held: list[tuple[int, int]], need: int) -> None:
    held = sorted(held)
    rest = [quantity for _, quantity in held]
    for day in range(12):
        wanted = need
        for place, (days, _) in enumerate(held):
            taken = min(wanted, rest[place]) if day < days else 0
            rest[place] -= taken
            wanted -= taken
    assert lots.left_over(held, need) == rest


def test_a_late_copy_of_a_second_blocking_does_not_block_what_was_freed(database: Database, county: County) -> None:
    block(database)
    again = block(database, key="again", reason="市局也召回")
    assert (again.before, again.after) == (LotStatus.RECALLED, LotStatus.RECALLED)
    block(database, status=LotStatus.USABLE, key="free", reason="检验合格")
    assert block(database, key="again", reason="市局也召回").id == again.id
    assert taken(database, issue(database, county, 500)) == {"M1": 500}


def test_what_was_given_for_a_unit_comes_back_when_it_is_recalled(database: Database, county: County) -> None:
    with database.transaction() as session:
        restrict(session, lot_ids=[lot_id(database, "M1")], unit_ids=[county.station.id])
        station = places.store_of(session, session.merge(county.station))
        shop = places.open_location(session, place=Place.RECIPIENT, code="shop", name="李家烟酒店")
        for key, source, to, quantity in (("t", county.store, station, 200), ("i", station, shop, 50)):
            ledger.issue(
                session,
                recorded=recorded(key),
                source_id=source.id,
                destination_id=to.id,
                wanted={county.masks.id: quantity},
            )
    block(database)
    with database.transaction() as session:
        for key, source, quantity in (("b1", station, 150), ("b2", shop, 50)):
            lots.bring_back(
                session,
                recorded=recorded(key),
                lot_id=lot_id(database, "M1"),
                source_id=source.id,
                store_id=county.store.id,
                unit_id=county.bureau.id,
                quantity=quantity,
            )
    with database.reading() as session:
        assert [held.quantity for held in lots.disposable(session, unit_id=county.bureau.id, on=TODAY)] == [500]
