"""Customers, orders and delivery orders, on both databases."""

import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import requisitions, sharing, stock
from inventory.errors import InvalidInput, NotFound, Short, WrongState
from inventory.places import Place
from inventory.promises import Reservation
from inventory.runs import AllocationRun
from inventory.units import Tier, Unit, UnitKind, add_unit
from logistics.accounts.models import Role
from logistics.db import Database
from logistics.dispatch.models import Trip, TripState, TripStop
from logistics.fleet.models import Shift
from logistics.orders import operations
from logistics.orders.models import Customer, DeliveryOrder, DeliveryState, HandoverScene, Order
from logistics.orders.operations import NewOrder, OrderDiffers, PlaceMissing, StillAboard, left_out_price
from logistics.planning.models import PlanRun
from tests.county import NOW, TODAY, County, recorded


def take(session: Session, county: County, number: str = "D1", cartons: int = 100) -> DeliveryOrder:
    """An order of so many 条 of cigarettes by the shop; its delivery order."""
    operations.take_order(
        session,
        number=number,
        customer=session.merge(county.shop),
        ordered_on=TODAY,
        quantities={county.cigarettes.id: cartons},
        source=session.merge(county.store),
        at=NOW,
        by="officer",
    )
    return session.scalars(select(DeliveryOrder).where(DeliveryOrder.key == f"order:{number}")).one()


def cartons_left(session: Session, county: County) -> int:
    return stock.available(session, location_id=county.store.id, item_id=county.cigarettes.id, on=TODAY)


def share_masks(session: Session, county: County, *points: Unit) -> AllocationRun:
    for point in points:
        requisitions.ask(
            session,
            key=f"ask-{point.code}",
            unit=session.merge(point),
            item=session.merge(county.masks),
            quantity=200,
            daily_need=20,
            at=NOW,
            by="reporter",
        )
    return sharing.share_out(
        session, recorded=recorded("share"), item_id=county.masks.id, source_id=county.store.id, pack_word="盒"
    )


# Customers


def test_the_same_code_again_brings_the_customer_up_to_date(database: Database, county: County) -> None:
    with database.transaction() as session:
        customer = operations.add_customer(
            session,
            code=county.shop.code,
            name="李家烟酒店(新店)",
            unit=session.merge(county.bureau),
            lat=32.9,
            lon=110.9,
            windows="14:00-17:00",
        )
        assert customer.id == county.shop.id
        assert session.scalar(select(func.count()).select_from(Customer)) == 2
        assert (customer.name, customer.lat, customer.windows) == ("李家烟酒店(新店)", 32.9, "14:00-17:00")


def test_a_corrected_place_counts_for_orders_not_yet_planned(database: Database, county: County) -> None:
    with database.transaction() as session:
        waiting, planned = take(session, county, "D1", 10), take(session, county, "D2", 10)
        planned.state = DeliveryState.PLANNED
        operations.add_customer(
            session, code=county.shop.code, name="李家", unit=session.merge(county.bureau), lat=32.9, lon=110.9
        )
        for order in (waiting, planned):
            session.refresh(order)
        assert (waiting.lat, waiting.place_name) == (32.9, "李家")
        assert (planned.lat, planned.place_name) == (32.84, "李家烟酒店")


@pytest.mark.parametrize(
    ("field", "value"), [("code", " "), ("name", ""), ("lat", 120.0), ("lon", 200.0), ("windows", "morning")]
)
def test_an_impossible_customer_is_refused(database: Database, county: County, field: str, value: object) -> None:
    given = {"code": "K3", "name": "新店", "lat": 32.8, "lon": 110.8, "windows": ""} | {field: value}
    with pytest.raises(InvalidInput), database.transaction() as session:
        operations.add_customer(session, unit=session.merge(county.bureau), **given)  # type: ignore[arg-type]


# Orders


def test_an_order_becomes_a_delivery_order_with_its_goods_reserved(database: Database, county: County) -> None:
    with database.transaction() as session:
        order = take(session, county)
        assert order.state is DeliveryState.OPEN
        assert [(line.item_id, line.quantity) for line in order.lines] == [(county.cigarettes.id, 100)]
        assert (order.place_name, order.windows, order.scene) == ("李家烟酒店", "08:30-11:30", HandoverScene.DOOR)
        assert order.destination.place is Place.RECIPIENT
        assert order.destination.code == county.shop.code
        assert cartons_left(session, county) == 400


def test_the_same_number_again_is_the_same_order(database: Database, county: County) -> None:
    with database.transaction() as session:
        assert take(session, county).id == take(session, county).id
        assert cartons_left(session, county) == 400
        assert session.scalar(select(func.count()).select_from(Order)) == 1


def test_a_known_number_with_other_contents_is_refused(database: Database, county: County) -> None:
    with database.transaction() as session:
        take(session, county)
    with pytest.raises(OrderDiffers), database.transaction() as session:
        take(session, county, cartons=101)


def test_an_order_beyond_the_stock_is_refused_whole(database: Database, county: County) -> None:
    with pytest.raises(Short) as refusal, database.transaction() as session:
        take(session, county, cartons=501)
    assert (refusal.value.wanted, refusal.value.available) == (501, 500)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 0


def test_many_orders_are_taken_together_or_not_at_all(database: Database, county: County) -> None:
    def orders(session: Session) -> list[NewOrder]:
        shop = session.merge(county.shop)
        return [
            NewOrder(number=f"D{n}", customer=shop, ordered_on=TODAY, quantities={county.cigarettes.id: 300})
            for n in range(2)
        ]

    with pytest.raises(Short) as refusal, database.transaction() as session:
        operations.take_orders(session, orders=orders(session), source=session.merge(county.store), at=NOW, by="o")
    assert refusal.value.wanted == 600
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Reservation)) == 0


def test_an_order_of_nothing_or_of_an_unknown_item_is_refused(database: Database, county: County) -> None:
    with pytest.raises(InvalidInput), database.transaction() as session:
        take(session, county, cartons=0)
    with pytest.raises(NotFound), database.transaction() as session:
        operations.take_order(
            session,
            number="D9",
            customer=session.merge(county.shop),
            ordered_on=TODAY,
            quantities={999: 1},
            source=session.merge(county.store),
            at=NOW,
            by="officer",
        )


def test_open_delivery_orders_are_those_of_the_depot(database: Database, county: County) -> None:
    with database.transaction() as session:
        first, second = take(session, county, "D1", 10), take(session, county, "D2", 10)
        second.state = DeliveryState.PLANNED
        assert operations.open_delivery_orders(session, depot_id=county.store.id) == [first]
        assert operations.open_delivery_orders(session, depot_id=county.supplier.id) == []


# Shares


def test_shares_become_delivery_orders_with_goods_reserved(database: Database, county: County) -> None:
    with database.transaction() as session:
        run = share_masks(session, county, county.checkpoint, county.village)
        orders = operations.deliver_shares(session, run_id=run.id, at=NOW, by="officer")
        assert {order.place_name: order.scene for order in orders} == {
            "高速卡点": HandoverScene.AGREED_POINT,
            "大柳村": HandoverScene.VILLAGE_POINT,
        }
        assert all(order.destination.place is Place.STORE for order in orders)
        promised = sum(line.quantity for order in orders for line in order.lines)
        assert promised == sum(share.quantity for share in run.shares)
        left = stock.available(session, location_id=county.store.id, item_id=county.masks.id, on=TODAY)
        assert left == 2_000 - promised


def test_shares_are_turned_into_deliveries_once(database: Database, county: County) -> None:
    with database.transaction() as session:
        run_id = share_masks(session, county, county.checkpoint).id
        first = operations.deliver_shares(session, run_id=run_id, at=NOW, by="officer")
        again = operations.deliver_shares(session, run_id=run_id, at=NOW, by="officer")
        assert [order.id for order in again] == [order.id for order in first]


def test_a_unit_without_a_place_is_named(database: Database, county: County) -> None:
    with database.transaction() as session:
        lost = add_unit(session, code="CUN9", name="无名村", kind=UnitKind.VILLAGE, parent=session.merge(county.bureau))
        run_id = share_masks(session, county, lost, county.checkpoint).id
        with pytest.raises(PlaceMissing) as refusal:
            operations.deliver_shares(session, run_id=run_id, at=NOW, by="officer")
        assert refusal.value.values == {"units": ("无名村",)}
        assert session.scalar(select(func.count()).select_from(DeliveryOrder)) == 0


# Calling off and taking up again


def test_a_cancelled_delivery_gives_its_goods_back(database: Database, county: County) -> None:
    with database.transaction() as session:
        order = take(session, county)
        operations.cancel_delivery_order(session, delivery_order_id=order.id, at=NOW, by="dispatcher")
        operations.cancel_delivery_order(session, delivery_order_id=order.id, at=NOW, by="dispatcher")
        assert (order.state, order.cancelled_by) == (DeliveryState.CANCELLED, "dispatcher")
        assert cartons_left(session, county) == 500


def test_a_cancelled_delivery_taken_up_again_reserves_its_goods_again(database: Database, county: County) -> None:
    with database.transaction() as session:
        order = take(session, county)
        operations.cancel_delivery_order(session, delivery_order_id=order.id, at=NOW, by="dispatcher")
        operations.reopen(session, delivery_order_id=order.id, at=NOW)
        operations.reopen(session, delivery_order_id=order.id, at=NOW)
        assert (order.state, order.cancelled_by) == (DeliveryState.OPEN, None)
        assert cartons_left(session, county) == 400


def test_goods_that_went_to_others_cannot_be_reserved_again(database: Database, county: County) -> None:
    with database.transaction() as session:
        first = take(session, county, "D1", 300)
        operations.cancel_delivery_order(session, delivery_order_id=first.id, at=NOW, by="dispatcher")
        take(session, county, "D2", 300)
        with pytest.raises(Short) as refusal:
            operations.reopen(session, delivery_order_id=first.id, at=NOW)
        assert (refusal.value.wanted, refusal.value.available) == (300, 200)


def test_a_delivery_on_a_trip_cannot_be_cancelled(database: Database, county: County) -> None:
    with database.transaction() as session:
        order = take(session, county)
        order.state = DeliveryState.PLANNED
        with pytest.raises(WrongState):
            operations.cancel_delivery_order(session, delivery_order_id=order.id, at=NOW, by="dispatcher")
        with pytest.raises(WrongState):
            operations.reopen(session, delivery_order_id=order.id, at=NOW)


def test_a_failed_delivery_waits_for_its_goods_to_come_back(database: Database, county: County) -> None:
    with database.transaction() as session:
        order = take(session, county)
        trip = failed_on_a_trip(session, county, order)
        with pytest.raises(StillAboard) as refusal:
            operations.reopen(session, delivery_order_id=order.id, at=NOW)
        assert refusal.value.values == {"number": order.number, "trip": trip.number}
        with pytest.raises(StillAboard):
            operations.cancel_delivery_order(session, delivery_order_id=order.id, at=NOW, by="dispatcher")
        trip.state = TripState.FINISHED
        operations.reopen(session, delivery_order_id=order.id, at=NOW)
        assert order.state is DeliveryState.OPEN


def failed_on_a_trip(session: Session, county: County, order: DeliveryOrder) -> Trip:
    run = PlanRun(
        key="p",
        depot_id=county.store.id,
        first_day=TODAY,
        last_day=TODAY,
        budget_s=1,
        seed=1,
        created_at=NOW,
        created_by="d",
        spent_s=0,
        slices=0,
    )
    trip = Trip(
        plan_run=run,
        shift_id=session.scalars(select(Shift.id)).first() or 0,
        vehicle_id=county.van.id,
        driver_id=county.people[Role.DRIVER].id,
        state=TripState.LOADED,
        departs_at=NOW,
        returns_at=NOW + dt.timedelta(hours=4),
        distance_m=1,
        load_kg=1,
        load_l=1,
    )
    stop = TripStop(
        sequence=1,
        arrives_at=NOW,
        leaves_at=NOW,
        place_name=order.place_name,
        lat=order.lat,
        lon=order.lon,
        scene=order.scene,
    )
    trip.stops.append(stop)
    session.add_all([run, trip])
    stop.delivery_orders.append(order)
    order.state = DeliveryState.FAILED
    session.flush()
    return trip


# Priority


def test_a_frontline_point_costs_more_to_leave_out_than_any_other() -> None:
    prices = [left_out_price(tier=tier, weight_mg=10**12) for tier in (None, Tier.OTHER, Tier.WINDOW)]
    floors = [left_out_price(tier=tier, weight_mg=0) for tier in (Tier.OTHER, Tier.WINDOW, Tier.FRONTLINE)]
    assert all(most < least for most, least in zip(prices, floors, strict=True))


def test_a_kilogram_begun_adds_a_yuan() -> None:
    assert left_out_price(tier=None, weight_mg=0) == 300
    assert left_out_price(tier=None, weight_mg=1) == 301
    assert left_out_price(tier=Tier.FRONTLINE, weight_mg=2_000_000) == 2002
