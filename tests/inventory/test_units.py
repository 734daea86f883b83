"""The tree of units: moved without a loop, closed only when nothing needs it, and who answers for what."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from inventory import (
    assets,
    catalogue,
    consignments,
    counts,
    donations,
    places,
    promises,
    purchasing,
    requisitions,
)
from inventory.assets import Description, Signed
from inventory.catalogue import ItemKind
from inventory.closing import TieKind, close_unit, reopen_unit, ties
from inventory.counts import Tolerance
from inventory.errors import BelowItself, InvalidInput, KeyReused, StillInUse, WrongState
from inventory.places import Place
from inventory.purchasing import Ordered
from inventory.responsible import Post, appoint, change_responsible, in_charge, responsible_for
from inventory.units import Unit, UnitKind, add_unit, get_unit, is_within, move_unit, subtree
from logistics.db import Database
from tests.county import NOW, TODAY, County, recorded


def test_a_unit_moves_with_all_below_it_but_never_below_itself(database: Database, county: County) -> None:
    with database.transaction() as session:
        station, village, bureau = (session.merge(u) for u in (county.station, county.village, county.bureau))
        move_unit(session, unit=village, parent=station)
        assert village.parent is station
        for loop in (village, station):
            with pytest.raises(BelowItself):
                move_unit(session, unit=station, parent=loop)
        with pytest.raises(BelowItself):
            move_unit(session, unit=bureau, parent=village)


def test_a_unit_added_while_its_parent_moves_stands_below_the_new_place(database: Database, county: County) -> None:
    def move() -> None:
        with database.transaction() as session:
            move_unit(session, unit=session.merge(county.checkpoint), parent=session.merge(county.station))

    def add() -> int:
        with database.transaction() as session:
            parent = get_unit(session, county.checkpoint.id)
            return add_unit(session, code="D1", name="点位", kind=UnitKind.OTHER, parent=parent).id

    with ThreadPoolExecutor(2) as pool:
        moved, added = pool.submit(move), pool.submit(add)
        moved.result()
    with database.reading() as session:
        assert is_within(session, added.result(), county.station.id)
        assert set(session.scalars(subtree(county.checkpoint.id))) == {county.checkpoint.id, added.result()}


def test_two_moves_at_once_make_no_loop(database: Database, county: County) -> None:
    def move(unit: Unit, parent: Unit) -> bool:
        try:
            with database.transaction() as session:
                move_unit(session, unit=get_unit(session, unit.id), parent=get_unit(session, parent.id))
        except BelowItself:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        moves = [(county.station, county.village), (county.village, county.station)]
        moved = list(pool.map(lambda move_: move(*move_), moves))
    assert sorted(moved) == [False, True]


def test_a_unit_with_stock_open_requisitions_or_units_below_is_not_closed(database: Database, county: County) -> None:
    with database.transaction() as session:
        warehouse, checkpoint, bureau = (session.merge(u) for u in (county.warehouse, county.checkpoint, county.bureau))
        requisitions.ask(
            session,
            key="r",
            unit=checkpoint,
            item=session.merge(county.masks),
            quantity=100,
            daily_need=10,
            at=NOW,
            by="officer",
        )
        with pytest.raises(StillInUse) as stock:
            close_unit(session, unit=warehouse, on=TODAY)
        assert stock.value.holdings == ("卷烟 500 条", "一次性口罩 2,000 只", "84消毒液 20,000 克")
        with pytest.raises(StillInUse) as asked:
            close_unit(session, unit=checkpoint, on=TODAY)
        assert asked.value.papers == {TieKind.REQUISITION: ("SL0000001",)}
        assert [below.code for below in ties(session, bureau).units] == ["CUN1", "KD1", "YY-CK", "YZ1"]


def test_nothing_is_left_hanging_when_a_unit_is_closed(database: Database, county: County) -> None:
    """Everything that may wait at the station, and what others were promised from the warehouse."""
    with database.transaction() as session:
        station, masks = session.merge(county.station), session.merge(county.masks)
        store, by = places.store_of(session, station), {"at": NOW, "by": "officer"}
        consignments.send(
            session,
            recorded=recorded("sent"),
            source=session.merge(county.store),
            destination=store,
            wanted={masks.id: 10},
        )
        ordered = [Ordered(item_id=masks.id, quantity=10, price_fen=100, price_word="只")]
        supplier = session.merge(county.supplier)
        purchasing.order_goods(session, key="o", supplier=supplier, unit=station, lines=ordered, **by)
        donor = places.open_location(session, place=Place.DONOR, code="商会", name="商会")
        donations.offer(session, key="d", donor=donor, unit=station, lines=[(masks.id, 5)], money_fen=100, **by)
        donations.accept(session, donation_id=1, **by)
        donations.receive_money(session, recorded=recorded("m"), donation_id=1, amount_fen=100)
        counts.start(session, key="c", location=store, tolerance=Tolerance(), **by)
        gun = catalogue.add_item(session, code="CWQ", name="体温枪", kind=ItemKind.EQUIPMENT, base_unit="把")
        signed = Signed(key="a", at=NOW, by="officer", on=TODAY)
        told = Description(acquired_on=TODAY)
        assets.register(session, signed=signed, item=gun, unit=station, serials=["T-1"], told=told)
        promises.reserve(session, key="p", location_id=county.store.id, item_id=masks.id, quantity=7, at=NOW)
        with pytest.raises(StillInUse) as hanging:
            close_unit(session, unit=station, on=TODAY)
        assert hanging.value.papers == {
            TieKind.PURCHASE: ("CG0000001",),
            TieKind.DONATION: ("JZ0000001",),
            TieKind.MONEY: ("¥1.00",),
            TieKind.CONSIGNMENT: ("ZT0000001",),
            TieKind.COUNT: ("PC0000001",),
            TieKind.ASSET: ("T-1",),
        }
        assert hanging.value.holdings == ()
        warehouse = ties(session, session.merge(county.warehouse))
        assert [(held.item.code, held.quantity) for held in warehouse.promises] == [("KZ", 7)]
        assert [tie.name for tie in warehouse.papers] == ["ZT0000001"]


def test_a_closed_unit_keeps_its_day_and_opens_again_below_an_open_one(database: Database, county: County) -> None:
    with database.transaction() as session:
        station = session.merge(county.station)
        point = add_unit(session, code="D1", name="点位", kind=UnitKind.OTHER, parent=station)
        close_unit(session, unit=point, on=TODAY)
        close_unit(session, unit=point, on=TODAY + dt.timedelta(days=1))
        assert point.closed_on == TODAY
        close_unit(session, unit=station, on=TODAY)
        with pytest.raises(WrongState):
            reopen_unit(session, unit=point)
        reopen_unit(session, unit=station)
        reopen_unit(session, unit=point)
        assert (station.closed_on, point.closed_on) == (None, None)


def test_chiefs_serve_from_their_first_day_through_their_last(database: Database, county: County) -> None:
    with database.transaction() as session:
        village = session.merge(county.village)
        old = appoint(session, key="1", unit=village, name="王队长", post=Post.TEAM_LEADER, since=TODAY)
        appoint(session, key="2", unit=village, name="李网格", post=Post.GRID_CHIEF, since=TODAY + dt.timedelta(days=3))
        change_responsible(
            session, person=old, name="王队长", post=Post.TEAM_LEADER, since=TODAY, until=TODAY, phone="110"
        )
        names = [
            [
                person.name
                for people in in_charge(session, unit_id=county.bureau.id, on=day).values()
                for person in people
            ]
            for day in (TODAY - dt.timedelta(days=1), TODAY, TODAY + dt.timedelta(days=1), TODAY + dt.timedelta(days=3))
        ]
        assert names == [[], ["王队长"], [], ["李网格"]]
        assert [person.name for person in responsible_for(session, village)] == ["李网格", "王队长"]


def test_an_appointment_sent_twice_is_one(database: Database, county: County) -> None:
    with database.transaction() as session:
        village = session.merge(county.village)
        told: dict[str, Any] = {"key": "k", "unit": village, "name": "王队长", "post": Post.TEAM_LEADER, "since": TODAY}
        assert appoint(session, **told) is appoint(session, **told)
        with pytest.raises(KeyReused):
            appoint(session, **told | {"name": "李队长"})
        for wrong in ({"name": " "}, {"until": TODAY - dt.timedelta(days=1)}):
            with pytest.raises(InvalidInput):
                appoint(session, **told | {"key": "other"} | wrong)


@settings(max_examples=40, deadline=None)
@given(moves=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_whatever_is_moved_the_tree_stays_a_tree(moves: list[tuple[int, int]], tree: Database) -> None:
    with tree.reading() as session:
        units = session.scalars(select(Unit).order_by(Unit.id)).all()
        for unit, parent in moves:
            try:
                move_unit(session, unit=units[unit], parent=units[parent])
            except BelowItself:
                continue
        below: dict[int, set[int]] = {unit.id: set() for unit in units}
        for unit_ in units:
            above: Unit | None = unit_
            while above is not None:
                assert unit_.id not in below[above.id]
                below[above.id].add(unit_.id)
                above = above.parent
        assert {unit.id: set(session.scalars(subtree(unit.id))) for unit in units} == below


@pytest.fixture(scope="module")
def tree(sqlite_files):
    """Six units in a row below each other; whatever is moved is rolled back."""

    def settle(url: str) -> None:
        database = Database(url)
        database.upgrade()
        with database.transaction() as session:
            parent = None
            for number in range(6):
                parent = add_unit(session, code=str(number), name=str(number), kind=UnitKind.OTHER, parent=parent)
        database.dispose()

    with sqlite_files.database(sqlite_files.template("tree", settle)) as url:
        database = Database(url)
        yield database
        database.dispose()
