"""Different acts at the same rows at the same moment, on both databases: nobody is blocked for good, nothing is promised twice."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Timer, current_thread

import pytest
from sqlalchemy import delete, select

from inventory import counts, ledger, lots, places, requisitions, sharing, stock
from inventory.allocation import Rung
from inventory.balances import Balance
from inventory.catalogue import Lot, LotStatus
from inventory.counts import Counted, Tolerance, VarianceReason
from inventory.errors import InvalidInput, InventoryError, WrongState
from inventory.ledger import Line
from inventory.lots import Portion
from inventory.places import Place, StockLocation
from inventory.units import Tier
from logistics.db import Database
from logistics.delivery import operations as delivery
from logistics.delivery.models import FailureReason
from logistics.dispatch.models import Trip
from logistics.dispatch.operations import PlanOvertaken
from logistics.errors import ServiceError
from logistics.imports.operations import run_import
from logistics.orders import operations as orders
from logistics.orders.models import Customer, DeliveryState
from logistics.planning import snapshot
from logistics.supplies.importing import RECEIPTS
from logistics.supplies.operations import withdraw
from logistics.workbooks.errors import RowErrors
from tests.county import CHINA, NOW, TODAY, County, recorded
from tests.logistics.dispatch.desk import MONDAY, Desk

ROUNDS = 12


@pytest.fixture
def desk(database: Database, county: County) -> Desk:
    desk = Desk(database=database, county=county)
    desk.order(county.shop, 50)
    desk.order(county.far_shop, 100)
    return desk


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Let each act in a thread of its own begin at the same moment; how each ended: "done" or the name of its error."""
    ready = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        ready.wait()
        try:
            act()
        except (InventoryError, ServiceError, RowErrors) as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_a_trip_may_be_loaded_while_another_of_the_same_vehicle_is_finished(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    county = desk.county
    routes = {(county.van.plate, TODAY): [county.shop], (county.van.plate, MONDAY): [county.far_shop]}
    today, monday = (trip.id for trip in desk.publish(desk.plan(routes)))
    _load(desk.database, today)
    _fail_all(desk.database, today)
    looked, go_on = Event(), Event()
    post = ledger.post

    def slowly(*args: object, **rest: object) -> object:
        looked.set()
        go_on.wait(10)
        return post(*args, **rest)  # type: ignore[arg-type]

    def load() -> None:
        looked.wait(10)
        Timer(0.5, go_on.set).start()
        _load(desk.database, monday)

    monkeypatch.setattr(delivery, "post", slowly)
    assert at_once(lambda: _finish(desk.database, today), load) == ["done", "done"]
    _assert_proved(desk.database)


def test_a_lot_that_is_being_disposed_of_is_not_freed_under_it(
    database: Database, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who frees it waits: what leaves the books as unusable was so when it left."""
    with database.reading() as session:
        m1 = session.scalars(select(Lot.id).where(Lot.code == "M1")).one()
    looked, go_on, ended, post = Event(), Event(), list[str](), ledger.post

    def slowly(*args: object, **rest: object) -> object:
        looked.set()
        go_on.wait(10)
        return post(*args, **rest)  # type: ignore[arg-type]

    def change(status: LotStatus) -> None:
        with database.transaction() as session:
            lots.change_status(session, key=status, lot_id=m1, status=status, reason="复检", at=NOW, by="officer")

    def dispose() -> None:
        portion = Portion(location_id=county.store.id, lot_id=m1, quantity=500)
        with database.transaction() as session:
            lots.dispose(session, recorded=recorded("d", reason="污染"), portions=[portion])
            ended.append("disposed")

    def free() -> None:
        looked.wait(10)
        Timer(0.3, go_on.set).start()
        change(LotStatus.USABLE)
        ended.append("freed")

    change(LotStatus.QUARANTINED)
    monkeypatch.setattr(lots, "post", slowly)
    assert at_once(dispose, free) == ["done", "done"]
    assert ended == ["disposed", "freed"]


def test_two_tables_of_customers_in_opposite_order_do_not_block_each_other(desk: Desk) -> None:
    county = desk.county

    def take(names: str, customers: Sequence[Customer]) -> None:
        for number in range(ROUNDS):
            with desk.database.transaction() as session:
                unit = session.merge(county.bureau, load=False)
                orders.add_customers(
                    session,
                    customers=[
                        orders.NewCustomer(code=c.code, name=f"{names}{number}", unit=unit, lat=c.lat, lon=c.lon)
                        for c in customers
                    ],
                )

    ended = at_once(
        lambda: take("甲", [county.shop, county.far_shop]), lambda: take("乙", [county.far_shop, county.shop])
    )
    assert ended == ["done", "done"]


def test_a_count_is_posted_while_others_take_of_what_was_counted(desk: Desk) -> None:
    county, database = desk.county, desk.database
    with database.transaction() as session:
        m1 = session.scalars(select(Lot.id).where(Lot.code == "M1")).one()
        place = session.merge(county.store)
        count = counts.start(session, key="c", location=place, tolerance=Tolerance(), at=NOW, by="officer")
        counted = [Counted(lot_id=m1, quantity=490, counted_at=NOW)]
        counts.record(session, count_id=count.id, key="c", counted=counted, at=NOW, by="officer")
        counts.submit(session, count_id=count.id, at=NOW)
        reasons = {m1: (VarianceReason.BROKEN, "")}
        counts.explain(session, count_id=count.id, reasons=reasons, by="officer")

    def take(who: str) -> None:
        for number in range(ROUNDS):
            with database.transaction() as session:
                ledger.issue(
                    session,
                    recorded=recorded(f"{who}{number}", at=NOW + dt.timedelta(minutes=1)),
                    source_id=county.store.id,
                    destination_id=places.the_location(session, Place.CONSUMED).id,
                    wanted={county.masks.id: 1},
                )

    def post() -> None:
        with database.transaction() as session:
            counts.post(session, count_id=count.id, at=NOW, recorded_at=NOW, by="officer")

    assert at_once(lambda: take("甲"), lambda: take("乙"), post, post) == ["done"] * 4
    with database.reading() as session:
        balance = session.get(Balance, (county.store.id, m1))
        assert balance is not None
        assert balance.quantity == 490 - 2 * ROUNDS
    _assert_proved(database)


def test_a_lot_that_comes_to_a_place_meanwhile_blocks_nobody(
    database: Database, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While M1 goes from the station to the warehouse, which had none, the supplier brings M1 there, and a third takes both lots away."""
    with database.transaction() as session:
        station, checkpoint = (places.store_of(session, session.merge(u)) for u in (county.station, county.checkpoint))
        ledger.transfer(session, recorded=recorded("m1"), **_way(county.store, station), wanted={county.masks.id: 500})
        m1 = session.scalars(select(Lot.id).where(Lot.code == "M1")).one()
        session.execute(delete(Balance).where(Balance.location_id == county.store.id, Balance.lot_id == m1))
    chosen, lots_of = Event(), ledger._lots

    def slowly(*args: object) -> object:
        if current_thread().name == "first":
            chosen.set()
            Event().wait(0.7)
        return lots_of(*args)  # type: ignore[arg-type]

    def move(key: str, source: StockLocation, destination: StockLocation, quantity: int) -> None:
        with database.transaction() as session:
            wanted = {county.masks.id: quantity}
            ledger.transfer(session, recorded=recorded(key), **_way(source, destination), wanted=wanted)

    def first() -> None:
        current_thread().name = "first"
        move("back", station, county.store, 100)

    def others() -> None:
        chosen.wait(10)
        with database.transaction() as session:
            line = Line(lot_id=m1, quantity=50, **_way(county.supplier, county.store))
            ledger.receive(session, recorded=recorded("brought"), lines=[line])
        move("taken", county.store, checkpoint, 1_000)

    monkeypatch.setattr(ledger, "_lots", slowly)
    assert at_once(first, others) == ["done", "done"]
    _assert_proved(database)


def test_of_two_plans_with_the_same_orders_one_is_released(desk: Desk) -> None:
    county = desk.county
    first = desk.plan({(county.van.plate, TODAY): [county.shop, county.far_shop]}, key="one")
    second = desk.plan({(county.truck.plate, TODAY): [county.far_shop, county.shop]}, key="two")
    ended = at_once(lambda: desk.publish(first), lambda: desk.publish(second))
    assert sorted(ended) == [PlanOvertaken.__name__, "done"]
    assert desk.states() == [DeliveryState.PLANNED] * 2


def test_an_order_is_released_or_cancelled_never_both(desk: Desk) -> None:
    county = desk.county
    run = desk.plan({(county.van.plate, TODAY): [county.shop, county.far_shop]})

    def cancel() -> None:
        with desk.database.transaction() as session:
            orders.cancel_delivery_order(session, delivery_order_id=1, at=NOW, by="officer")

    ended = at_once(lambda: desk.publish(run), cancel)
    if desk.states()[0] is DeliveryState.PLANNED:
        assert ended == ["done", WrongState.__name__]
    else:
        assert ended == [PlanOvertaken.__name__, "done"]
        assert desk.states() == [DeliveryState.CANCELLED, DeliveryState.OPEN]
    left = 350 if ended[0] == "done" else 400
    assert _available(desk.database, county, county.cigarettes.id) == left


def test_taking_up_and_calling_off_in_turn_leaves_one_promise_or_none(desk: Desk) -> None:
    def act(number: int) -> None:
        with desk.database.transaction() as session:
            if number % 2:
                orders.reopen(session, delivery_order_id=1, at=NOW)
            else:
                orders.cancel_delivery_order(session, delivery_order_id=1, at=NOW, by="officer")

    assert Counter(at_once(*(lambda n=n: act(n) for n in range(ROUNDS)))) == {"done": ROUNDS}
    promised = 50 if desk.states()[0] is DeliveryState.OPEN else 0
    assert _available(desk.database, desk.county, desk.county.cigarettes.id) == 400 - promised


def test_two_allocations_at_once_share_the_stock_once(database: Database, county: County) -> None:
    _ask(database, county, "a")

    def share(key: str) -> None:
        with database.transaction() as session:
            sharing.share_out(
                session,
                recorded=recorded(key),
                item_id=county.masks.id,
                source_id=county.store.id,
                pack_word="盒",
                ladder=(Rung(tiers=frozenset(Tier), ceiling_days=30),),
            )

    assert sorted(at_once(lambda: share("one"), lambda: share("two"))) == [InvalidInput.__name__, "done"]
    assert _available(database, county, county.masks.id) == 0


def test_a_requisition_is_answered_or_withdrawn_never_both(database: Database, county: County) -> None:
    _ask(database, county, "a")

    def share() -> None:
        with database.transaction() as session:
            sharing.share_out(
                session, recorded=recorded("one"), item_id=county.masks.id, source_id=county.store.id, pack_word="盒"
            )

    def take_back() -> None:
        with database.transaction() as session:
            withdraw(session, requisition_id=1)

    ended = at_once(share, take_back)
    assert sorted(ended) in (["WrongState", "done"], [InvalidInput.__name__, "done"])
    assert (_available(database, county, county.masks.id) < 2_000) is (ended[0] == "done")


def test_a_row_that_stands_in_two_tables_of_receipts_is_received_once(database: Database, county: County) -> None:
    title, row = (
        "日期,来源类型,来源,存放单位,物资,数量,单位,批号,有效期至",
        "2020-03-14,采购,医药公司,YY-CK,KZ,{},只,{},2021-01-01",
    )

    def take(*lots: str) -> None:
        content = "\n".join([title, *(row.format(30, lot) for lot in lots)]).encode()
        with database.transaction() as session:
            run_import(
                session, importer=RECEIPTS, content=content, filename="入库.csv", at=NOW, by="officer", zone=CHINA
            )

    ended = at_once(lambda: take("N1"), lambda: take("N1", "N2"))
    assert sorted(ended) == [RowErrors.__name__, "done"]
    received = 30 if ended[0] == "done" else 60
    assert _available(database, county, county.masks.id) == 2_000 + received


def test_a_reading_session_sees_one_state(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planning reads weights, then orders: one that comes between must not be half there."""
    loads = snapshot._loads

    def with_an_order_after(*args: object) -> object:
        found = loads(*args)  # type: ignore[arg-type]
        with ThreadPoolExecutor(1) as pool:
            pool.submit(desk.order, desk.county.shop, 7).result()
        return found

    monkeypatch.setattr(snapshot, "_loads", with_an_order_after)
    with desk.database.reading() as session:
        depot = session.merge(desk.county.store, load=False)
        seen = snapshot.gather(session, depot=depot, first_day=TODAY, last_day=MONDAY, timezone="Asia/Shanghai")
    assert [place["delivery_order_ids"] for place in seen["places"]] == [[1], [2]]


def _way(source: StockLocation, destination: StockLocation) -> dict[str, int]:
    return {"source_id": source.id, "destination_id": destination.id}


def _load(database: Database, trip_id: int) -> None:
    with database.transaction() as session:
        delivery.load_trip(session, trip_id=trip_id, recorded=recorded(f"load-{trip_id}"))


def _finish(database: Database, trip_id: int) -> None:
    with database.transaction() as session:
        delivery.finish_trip(session, trip_id=trip_id, recorded=recorded(f"finish-{trip_id}"))


def _fail_all(database: Database, trip_id: int) -> None:
    with database.transaction() as session:
        for stop in session.get_one(Trip, trip_id).stops:
            delivery.fail(
                session,
                key=f"fail-{stop.id}",
                trip_stop_id=stop.id,
                reason=FailureReason.NOBODY_THERE,
                note="",
                occurred_at=NOW,
                received_at=NOW,
                by="driver",
                driver_id=None,
            )


def _ask(database: Database, county: County, key: str) -> None:
    with database.transaction() as session:
        requisitions.ask(
            session,
            key=key,
            unit=session.merge(county.checkpoint),
            item=session.merge(county.masks),
            quantity=2_000,
            daily_need=300,
            at=NOW,
            by="reporter",
        )


def _available(database: Database, county: County, item_id: int) -> int:
    with database.reading() as session:
        return stock.available(session, location_id=county.store.id, item_id=item_id, on=TODAY)


def _assert_proved(database: Database) -> None:
    with database.reading() as session:
        assert stock.prove(session).findings == ()
