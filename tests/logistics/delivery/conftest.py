"""A released trip of three stops over the small county, and the ways to press its buttons."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import places, promises, requisitions, sharing, stock
from inventory.allocation import Rung
from inventory.balances import Balance
from inventory.catalogue import Item, Lot
from inventory.ledger import Recorded
from inventory.places import Place, StockLocation
from inventory.runs import Share
from inventory.units import Tier
from logistics.accounts.models import Role, User
from logistics.db import Database
from logistics.delivery import operations
from logistics.delivery.models import FailureReason, Receiver
from logistics.dispatch.models import Trip, TripState, TripStop
from logistics.fleet.models import Shift
from logistics.orders.models import (
    Customer,
    DeliveryLine,
    DeliveryOrder,
    DeliveryState,
    HandoverScene,
    Order,
    OrderLine,
)
from logistics.planning.models import PlanRun, PlanState
from tests.county import NOW, TODAY, County, recorded

HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The trip and its stops by name, as ids; what the tests press goes through `database`."""

    database: Database
    county: County
    trip_id: int
    driver_id: int
    #: 5 条 and 3 条 of cigarettes and 100 masks in two delivery orders.
    shop: int
    #: 600 masks for the unit's own store.
    checkpoint: int
    #: 10 条 of cigarettes, in quarantine.
    far_shop: int

    def load(self, key: str = "load", *, at: dt.datetime = NOW, driver_id: int | None = None) -> None:
        with self.database.transaction() as session:
            operations.load_trip(
                session, trip_id=self.trip_id, recorded=recorded(key, by="driver", at=at), driver_id=driver_id
            )

    def deliver(
        self, stop_id: int, key: str, *, receiver: Receiver = Receiver.SELF, driver_id: int | None = None
    ) -> operations.Told:
        with self.database.transaction() as session:
            return operations.deliver(
                session,
                key=key,
                trip_stop_id=stop_id,
                receiver=receiver,
                note="",
                occurred_at=NOW + HOUR,
                received_at=NOW + HOUR,
                by="driver",
                driver_id=driver_id or self.driver_id,
            )

    def fail(self, stop_id: int, key: str, *, reason: FailureReason = FailureReason.NOBODY_THERE) -> operations.Told:
        with self.database.transaction() as session:
            return operations.fail(
                session,
                key=key,
                trip_stop_id=stop_id,
                reason=reason,
                note="门锁着",
                occurred_at=NOW + HOUR,
                received_at=NOW + 2 * HOUR,
                by="driver",
                driver_id=self.driver_id,
            )

    def take_back(self, act_id: int, key: str, *, driver_id: int | None = None) -> operations.Told:
        with self.database.transaction() as session:
            return operations.take_back(
                session,
                key=key,
                act_id=act_id,
                occurred_at=NOW + 2 * HOUR,
                received_at=NOW + 2 * HOUR,
                by="driver",
                driver_id=driver_id or self.driver_id,
            )

    def finish(self, key: str = "finish") -> None:
        with self.database.transaction() as session:
            operations.finish_trip(
                session, trip_id=self.trip_id, recorded=recorded(key, by="driver", at=NOW + 3 * HOUR)
            )

    def held(self, place: Place, code: str, item: Item) -> dict[str, int]:
        """What a place holds of an item, by lot code, without the empty ones."""
        with self.database.reading() as session:
            rows = session.execute(
                select(Lot.code, Balance.quantity)
                .join(Balance, Balance.lot_id == Lot.id)
                .join(StockLocation, StockLocation.id == Balance.location_id)
                .where(StockLocation.place == place, StockLocation.code == code, Lot.item_id == item.id)
                .where(Balance.quantity != 0)
            )
            return {lot: quantity for lot, quantity in rows}

    def aboard(self, item: Item) -> dict[str, int]:
        return self.held(Place.VEHICLE, "鄂C0001", item)

    def in_store(self, item: Item) -> dict[str, int]:
        return self.held(Place.STORE, "YY-CK", item)

    def states(self) -> tuple[TripState, list[str], list[str]]:
        """The state of the trip, of its stops and of its delivery orders."""
        with self.database.reading() as session:
            trip = session.get(Trip, self.trip_id)
            assert trip is not None
            orders = session.scalars(select(DeliveryOrder).order_by(DeliveryOrder.id))
            return trip.state, [stop.state.value for stop in trip.stops], [order.state.value for order in orders]

    def proved(self) -> bool:
        with self.database.reading() as session:
            return not stock.prove(session).findings


@pytest.fixture
def round_(database: Database, county: County) -> Round:
    with database.transaction() as session:
        return make_round(session, database, county)


def make_round(session: Session, database: Database, county: County) -> Round:
    """18 条 of cigarettes and 700 masks reserved in the store for three stops of one released trip."""
    driver = session.get_one(User, county.people[Role.DRIVER].id)
    shift = session.scalars(select(Shift).where(Shift.vehicle_id == county.van.id).order_by(Shift.id)).first()
    assert shift is not None
    run = PlanRun(
        key="plan",
        depot_id=county.store.id,
        first_day=TODAY,
        last_day=TODAY,
        budget_s=1,
        seed=1,
        created_at=NOW,
        created_by="dispatcher",
        state=PlanState.DONE,
        progress=[],
    )
    trip = Trip(
        plan_run=run,
        shift=shift,
        vehicle_id=county.van.id,
        driver=driver,
        state=TripState.RELEASED,
        departs_at=NOW + HOUR / 2,
        returns_at=NOW + 5 * HOUR,
        distance_m=61_400,
        load_kg=8,
        load_l=45,
    )
    session.add(trip)
    shop, far_shop = session.get_one(Customer, county.shop.id), session.get_one(Customer, county.far_shop.id)
    first = [
        _order(session, county, shop, "FX1", {county.cigarettes.id: 5}),
        _order(session, county, shop, "FX2", {county.cigarettes.id: 3, county.masks.id: 100}),
    ]
    second = [_share(session, county, 600)]
    third = [_order(session, county, far_shop, "FX3", {county.cigarettes.id: 10})]
    stops = [
        _stop(trip, 1, first, HandoverScene.DOOR),
        _stop(trip, 2, second, HandoverScene.CHIEF),
        _stop(trip, 3, third, HandoverScene.QUARANTINE),
    ]
    session.flush()
    return Round(
        database=database,
        county=county,
        trip_id=trip.id,
        driver_id=driver.id,
        shop=stops[0].id,
        checkpoint=stops[1].id,
        far_shop=stops[2].id,
    )


def _order(
    session: Session, county: County, customer: Customer, number: str, quantities: dict[int, int]
) -> DeliveryOrder:
    order = Order(number=number, customer=customer, ordered_on=TODAY, recorded_at=NOW, recorded_by="officer")
    order.lines = [OrderLine(item_id=item_id, quantity=quantity) for item_id, quantity in quantities.items()]
    place = places.open_location(session, place=Place.RECIPIENT, code=customer.code, name=customer.name)
    wanted = DeliveryOrder(
        key=f"order:{number}",
        order=order,
        customer=customer,
        place_name=customer.name,
        address=customer.address,
        lat=customer.lat,
        lon=customer.lon,
        contact=customer.contact,
        phone=customer.phone,
        scene=customer.scene,
        windows=customer.windows,
    )
    return _with_goods(session, county, wanted, place, quantities)


def _share(session: Session, county: County, quantity: int) -> DeliveryOrder:
    unit = session.get_one(type(county.checkpoint), county.checkpoint.id)
    item = session.get_one(Item, county.masks.id)
    requisitions.ask(session, key="r1", unit=unit, item=item, quantity=quantity, daily_need=100, at=NOW, by="reporter")
    run = sharing.share_out(
        session,
        recorded=Recorded(key="share", occurred_at=NOW, recorded_at=NOW, by="officer"),
        item_id=item.id,
        source_id=county.store.id,
        pack_word="盒",
        ladder=(Rung(tiers=frozenset(Tier), ceiling_days=30),),
    )
    share: Share = run.shares[0]
    assert share.quantity == quantity
    wanted = DeliveryOrder(
        key=f"share:{share.id}",
        share=share,
        unit=unit,
        place_name=unit.name,
        lat=unit.lat,
        lon=unit.lon,
        contact="站长",
        phone="139 0000 0003",
        scene=HandoverScene.CHIEF,
    )
    promises.release(session, keys=[share.reservation_key], at=NOW)
    return _with_goods(session, county, wanted, places.store_of(session, unit), {item.id: quantity})


def _with_goods(
    session: Session, county: County, order: DeliveryOrder, destination: StockLocation, quantities: dict[int, int]
) -> DeliveryOrder:
    order.state = DeliveryState.PLANNED
    order.source_id, order.destination = county.store.id, destination
    order.created_at, order.created_by, order.left_out_price = NOW, "officer", 300
    order.lines = [DeliveryLine(item_id=item_id, quantity=quantity) for item_id, quantity in quantities.items()]
    session.add(order)
    session.flush()
    for line in order.lines:
        promises.reserve(
            session,
            key=line.reservation_key,
            location_id=county.store.id,
            item_id=line.item_id,
            quantity=line.quantity,
            at=NOW,
        )
    return order


def _stop(trip: Trip, sequence: int, orders: list[DeliveryOrder], scene: HandoverScene) -> TripStop:
    told = orders[0]
    stop = TripStop(
        sequence=sequence,
        arrives_at=NOW + sequence * HOUR,
        leaves_at=NOW + sequence * HOUR + HOUR / 6,
        place_name=told.place_name,
        address=told.address or "",
        lat=told.lat,
        lon=told.lon,
        contact=told.contact,
        phone=told.phone,
        scene=scene,
        windows=told.windows or "",
    )
    trip.stops.append(stop)
    stop.delivery_orders = orders
    return stop
