"""Customers, orders, and the delivery orders that come of orders and of shares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from inventory.base import upsert
from inventory.catalogue import Item
from inventory.errors import InvalidInput, NotFound, WrongState
from inventory.places import Place, StockLocation, open_locations
from inventory.promises import release, renew, reserve_many
from inventory.requisitions import Requisition
from inventory.runs import AllocationRun, Share
from inventory.sharing import get_run
from inventory.units import Tier, Unit, UnitKind
from logistics.dispatch.models import Trip, TripState, TripStop
from logistics.errors import ServiceError
from logistics.orders.models import (
    Customer,
    DeliveryLine,
    DeliveryOrder,
    DeliveryState,
    HandoverScene,
    Order,
    OrderLine,
)
from logistics.orders.windows import read_windows

#: What leaving somebody out of a round is reckoned to cost, in yuan; see `left_out_price`.
PRICE_OF_TIER = {Tier.FRONTLINE: 2000, Tier.WINDOW: 1200, Tier.OTHER: 800}
PRICE_OF_CUSTOMER = 300
PRICE_PER_KG = 1
MOST_KG_PRICED = 300

#: How goods change hands at a unit, by what it is.
SCENE_AT_UNIT = {
    UnitKind.CHECKPOINT: HandoverScene.AGREED_POINT,
    UnitKind.COMPOUND: HandoverScene.GATE,
    UnitKind.HOSPITAL: HandoverScene.GATE,
    UnitKind.VILLAGE: HandoverScene.VILLAGE_POINT,
}

#: The fields of a customer that an open delivery order repeats.
_AGREED = ("lat", "lon", "address", "contact", "phone", "scene", "windows", "required_pass")


class OrderDiffers(ServiceError):
    """An order of this `number` is known with other contents."""


class PlaceMissing(ServiceError):
    """Nothing can be carried to `units` (their names): nobody has told where they are."""


class StillAboard(ServiceError):
    """The goods of delivery order `number` are still on the vehicle of trip `trip`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustomer:
    """What is known of a customer. `windows` as `orders.windows` keeps them; lat and lon in WGS-84."""

    code: str
    name: str
    unit: Unit
    lat: float
    lon: float
    address: str = ""
    contact: str = ""
    phone: str = ""
    scene: HandoverScene = HandoverScene.DOOR
    windows: str = ""
    required_pass: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """What a customer ordered: item id → base units."""

    number: str
    customer: Customer
    ordered_on: dt.date
    quantities: Mapping[int, int]


# Customers ------------------------------------------------------------------------------------------------------------


def add_customer(
    session: Session,
    *,
    code: str,
    name: str,
    unit: Unit,
    lat: float,
    lon: float,
    address: str = "",
    contact: str = "",
    phone: str = "",
    scene: HandoverScene = HandoverScene.DOOR,
    windows: str = "",
    required_pass: str = "",
) -> Customer:
    """Add a customer, or bring the one with this code up to date. Raises InvalidInput."""
    customer = NewCustomer(
        code=code,
        name=name,
        unit=unit,
        lat=lat,
        lon=lon,
        address=address,
        contact=contact,
        phone=phone,
        scene=scene,
        windows=windows,
        required_pass=required_pass,
    )
    return add_customers(session, customers=[customer])[0]


def add_customers(session: Session, *, customers: Sequence[NewCustomer]) -> list[Customer]:
    """Add many customers, or bring those whose code is known up to date; in the order given.

    What has changed goes over to their open delivery orders, so that a corrected place counts for the next plan.
    """
    known = _customers_by_code(session, [customer.code for customer in customers])
    written: list[Customer] = []
    changed: list[Customer] = []
    for given in customers:
        _refuse_impossible(given)
        customer = known.get(given.code)
        if customer is None:
            customer = known[given.code] = Customer(code=given.code)
            session.add(customer)
            _write(customer, given)
        elif _write(customer, given):
            changed.append(customer)
        written.append(customer)
    # Written and held in the order of ids, whatever the order of the table: two tables at once would block each other otherwise.
    session.flush()
    _hold_open_deliveries(session, changed)
    for customer in changed:
        _pass_on(session, customer)
    return written


def get_customer(session: Session, customer_id: int) -> Customer:
    """The customer with this id. Raises NotFound."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise NotFound("customer", customer_id)
    return customer


# Delivery orders ------------------------------------------------------------------------------------------------------


def take_order(
    session: Session,
    *,
    number: str,
    customer: Customer,
    ordered_on: dt.date,
    quantities: Mapping[int, int],
    source: StockLocation,
    at: dt.datetime,
    by: str,
) -> Order:
    """Take an order in and make its delivery order, the goods reserved at the source; the same number again is the same order.

    `quantities` are base units by item id. Raises OrderDiffers for a known number with other contents, Short where the source
    has not enough.
    """
    order = NewOrder(number=number, customer=customer, ordered_on=ordered_on, quantities=quantities)
    return take_orders(session, orders=[order], source=source, at=at, by=by)[0]


def take_orders(
    session: Session, *, orders: Sequence[NewOrder], source: StockLocation, at: dt.datetime, by: str
) -> list[Order]:
    """Take in many orders to be served from one source; all of them or, with an error, none. Otherwise as `take_order`."""
    items = _items(session, orders)
    new_ids = _claim_numbers(session, orders, at, by)
    taken = _orders_by_number(session, [order.number for order in orders])
    fresh = [given for given in orders if taken[given.number].id in new_ids]
    for given in orders:
        if taken[given.number].id not in new_ids:
            _refuse_other_contents(taken[given.number], given)
    for given in fresh:
        taken[given.number].lines = [OrderLine(item_id=i, quantity=n) for i, n in given.quantities.items()]
    codes = {given.customer.code: (given.customer.name, None) for given in fresh}
    recipients = open_locations(session, place=Place.RECIPIENT, wanted=codes)
    _make_delivery_orders(
        session,
        [
            _to_customer(given, taken[given.number], source, recipients[given.customer.code], items, at, by)
            for given in fresh
        ],
        source=source,
        at=at,
    )
    return [taken[given.number] for given in orders]


def deliver_shares(session: Session, *, run_id: int, at: dt.datetime, by: str) -> list[DeliveryOrder]:
    """Make a delivery order of every share of an allocation, the goods reserved at its source; done again it makes none.

    Returns all delivery orders of the allocation, from whichever of its stores. A share of nothing, or of the unit whose own store
    gives it, needs none. Raises PlaceMissing naming every unit without a place, Short where a source has not enough any more.
    """
    run = get_run(session, run_id)
    return [order for one in (run, *run.parts) for order in _deliver_from(session, one, at=at, by=by)]


def _deliver_from(session: Session, run: AllocationRun, *, at: dt.datetime, by: str) -> list[DeliveryOrder]:
    shares = _shares_to_carry(session, run)
    made = _delivery_orders_of(session, shares)
    waiting = [share for share in shares if share.id not in {order.share_id for order in made}]
    lost = [share.requisition.unit for share in waiting if share.requisition.unit.lat is None]
    if lost:
        raise PlaceMissing(units=tuple(dict.fromkeys(unit.name for unit in lost)))
    units = {share.requisition.unit.code: share.requisition.unit for share in waiting}
    stores = open_locations(
        session, place=Place.STORE, wanted={code: (unit.name, unit.id) for code, unit in units.items()}
    )
    new = [_to_unit(share, run, stores[share.requisition.unit.code], at, by) for share in waiting]
    # What was promised to the share is promised to its delivery order from now on.
    release(session, keys=[share.reservation_key for share in waiting], at=at)
    _make_delivery_orders(session, new, source=run.source, at=at)
    return sorted([*made, *new], key=lambda order: order.id)


def open_delivery_orders(session: Session, *, depot_id: int) -> list[DeliveryOrder]:
    """The delivery orders of a store that wait to be planned, oldest first, with their lines and items."""
    return list(
        session.scalars(
            select(DeliveryOrder)
            .where(DeliveryOrder.state == DeliveryState.OPEN, DeliveryOrder.source_id == depot_id)
            .order_by(DeliveryOrder.id)
            .options(selectinload(DeliveryOrder.lines))
        )
    )


def cancel_delivery_order(session: Session, *, delivery_order_id: int, at: dt.datetime, by: str) -> DeliveryOrder:
    """Call off a delivery that is not on a trip; its goods are free again. Cancelled already, it stays so. Raises WrongState."""
    order = hold_delivery_order(session, delivery_order_id)
    if order.state is DeliveryState.CANCELLED:
        return order
    if order.state not in (DeliveryState.OPEN, DeliveryState.FAILED):
        raise WrongState("delivery order", order.number, order.state)
    _refuse_aboard(session, order)
    release(session, keys=[line.reservation_key for line in order.lines], at=at)
    order.state, order.cancelled_at, order.cancelled_by = DeliveryState.CANCELLED, at, by
    session.flush()
    return order


def reopen(session: Session, *, delivery_order_id: int, at: dt.datetime) -> DeliveryOrder:
    """Let a failed or cancelled delivery be planned again, its goods reserved anew. Open already, it stays so.

    Raises StillAboard while the goods have not come back to the store, Short where they have gone to others, WrongState otherwise.
    """
    order = hold_delivery_order(session, delivery_order_id)
    if order.state is DeliveryState.OPEN:
        return order
    if order.state not in (DeliveryState.FAILED, DeliveryState.CANCELLED):
        raise WrongState("delivery order", order.number, order.state)
    _refuse_aboard(session, order)
    renew(session, keys=[line.reservation_key for line in order.lines], at=at)
    order.state, order.cancelled_at, order.cancelled_by = DeliveryState.OPEN, None, None
    session.flush()
    return order


def get_delivery_order(session: Session, delivery_order_id: int) -> DeliveryOrder:
    """The delivery order with this id. Raises NotFound."""
    order = session.get(DeliveryOrder, delivery_order_id)
    if order is None:
        raise NotFound("delivery order", delivery_order_id)
    return order


def hold_delivery_order(session: Session, delivery_order_id: int) -> DeliveryOrder:
    """As `get_delivery_order`, as it is now and held until the transaction ends, so that its state can be changed."""
    order = session.get(DeliveryOrder, delivery_order_id, with_for_update=True, populate_existing=True)
    if order is None:
        raise NotFound("delivery order", delivery_order_id)
    return order


def left_out_price(*, tier: Tier | None, weight_mg: int) -> int:
    """What leaving a delivery order out of this round is reckoned to cost, in yuan; `tier` is None for a customer.

    The planner weighs it against the cost of driving there, so it is the measure of priority: a frontline point 2,000, a leaf station
    or service window 1,200, another unit 800, a customer 300; and 1 yuan for each kilogram begun, up to 300, so that of two equals the
    larger delivery goes first and no weight lifts anybody into the class above.
    """
    base = PRICE_OF_CUSTOMER if tier is None else PRICE_OF_TIER[tier]
    return base + PRICE_PER_KG * min(MOST_KG_PRICED, -(-weight_mg // 1_000_000))


# Beneath --------------------------------------------------------------------------------------------------------------


def _refuse_impossible(given: NewCustomer) -> None:
    for name, value in (("code", given.code), ("name", given.name)):
        if not value.strip():
            raise InvalidInput(name, "empty", value)
    if not (-90 <= given.lat <= 90 and -180 <= given.lon <= 180):
        raise InvalidInput("lat/lon", "not-a-place", (given.lat, given.lon))
    read_windows(given.windows)


def _customers_by_code(session: Session, codes: Sequence[str]) -> dict[str, Customer]:
    known: dict[str, Customer] = {}
    for start in range(0, len(codes), 500):
        rows = session.scalars(select(Customer).where(Customer.code.in_(codes[start : start + 500])))
        known |= {customer.code: customer for customer in rows}
    return known


def _write(customer: Customer, given: NewCustomer) -> bool:
    """Set what differs; whether something did that a delivery order repeats."""
    customer.unit = given.unit
    differing = [name for name in ("name", *_AGREED) if getattr(customer, name) != getattr(given, name)]
    for name in differing:
        setattr(customer, name, getattr(given, name))
    return bool(differing)


def _hold_open_deliveries(session: Session, customers: Sequence[Customer]) -> None:
    found: list[int] = []
    for start in range(0, len(customers), 500):
        of_some = DeliveryOrder.customer_id.in_([customer.id for customer in customers[start : start + 500]])
        found += session.scalars(select(DeliveryOrder.id).where(of_some, DeliveryOrder.state == DeliveryState.OPEN))
    found.sort()
    for start in range(0, len(found), 500):
        some = DeliveryOrder.id.in_(found[start : start + 500])
        session.execute(select(DeliveryOrder.id).where(some).order_by(DeliveryOrder.id).with_for_update()).all()


def _pass_on(session: Session, customer: Customer) -> None:
    agreed = {name: getattr(customer, name) for name in _AGREED}
    session.execute(
        update(DeliveryOrder)
        .where(DeliveryOrder.customer_id == customer.id, DeliveryOrder.state == DeliveryState.OPEN)
        .values(place_name=customer.name, **agreed)
    )


def _items(session: Session, orders: Sequence[NewOrder]) -> dict[int, Item]:
    wanted = {item_id for order in orders for item_id in order.quantities}
    items = {item.id: item for item in session.scalars(select(Item).where(Item.id.in_(wanted)))}
    for order in orders:
        if not order.quantities:
            raise InvalidInput("lines", "empty", order.number)
        for item_id, quantity in order.quantities.items():
            if item_id not in items:
                raise NotFound("item", item_id)
            if quantity <= 0:
                raise InvalidInput("quantity", "not-positive", quantity)
    return items


def _claim_numbers(session: Session, orders: Sequence[NewOrder], at: dt.datetime, by: str) -> set[int]:
    """Write the orders whose number is new; their ids. Somebody else taking in the same number is waited for."""
    session.flush()
    rows = [
        {
            "number": order.number,
            "customer_id": order.customer.id,
            "ordered_on": order.ordered_on,
            "recorded_at": at,
            "recorded_by": by,
        }
        for order in sorted(orders, key=lambda order: order.number)
    ]
    new_ids: set[int] = set()
    for start in range(0, len(rows), 500):
        row = upsert(session, Order).values(rows[start : start + 500])
        new_ids |= set(session.scalars(row.on_conflict_do_nothing(index_elements=[Order.number]).returning(Order.id)))
    return new_ids


def _orders_by_number(session: Session, numbers: Sequence[str]) -> dict[str, Order]:
    found: dict[str, Order] = {}
    for start in range(0, len(numbers), 500):
        rows = session.scalars(
            select(Order).where(Order.number.in_(numbers[start : start + 500])).options(selectinload(Order.lines))
        )
        found |= {order.number: order for order in rows}
    return found


def _refuse_other_contents(known: Order, given: NewOrder) -> None:
    quantities = {line.item_id: line.quantity for line in known.lines}
    if known.customer_id != given.customer.id or quantities != dict(given.quantities):
        raise OrderDiffers(number=known.number)


def _to_customer(
    given: NewOrder,
    order: Order,
    source: StockLocation,
    destination: StockLocation,
    items: Mapping[int, Item],
    at: dt.datetime,
    by: str,
) -> DeliveryOrder:
    customer = given.customer
    weight_mg = sum(items[item_id].weight_mg * quantity for item_id, quantity in given.quantities.items())
    return DeliveryOrder(
        key=f"order:{order.number}",
        state=DeliveryState.OPEN,
        customer_id=customer.id,
        order_id=order.id,
        source_id=source.id,
        destination_id=destination.id,
        created_at=at,
        created_by=by,
        place_name=customer.name,
        **{name: getattr(customer, name) for name in _AGREED},
        left_out_price=left_out_price(tier=None, weight_mg=weight_mg),
        lines=[DeliveryLine(item_id=item_id, quantity=quantity) for item_id, quantity in given.quantities.items()],
    )


def _to_unit(share: Share, run: AllocationRun, destination: StockLocation, at: dt.datetime, by: str) -> DeliveryOrder:
    unit = share.requisition.unit
    return DeliveryOrder(
        key=f"share:{share.id}",
        state=DeliveryState.OPEN,
        unit_id=unit.id,
        share_id=share.id,
        source_id=run.source_id,
        destination_id=destination.id,
        created_at=at,
        created_by=by,
        place_name=unit.name,
        address=unit.address,
        lat=unit.lat,
        lon=unit.lon,
        contact=unit.contact,
        phone=unit.phone,
        scene=SCENE_AT_UNIT.get(unit.kind, HandoverScene.DOOR),
        windows="",
        required_pass="",
        left_out_price=left_out_price(tier=share.requisition.tier, weight_mg=run.item.weight_mg * share.quantity),
        lines=[DeliveryLine(item_id=run.item_id, quantity=share.quantity)],
    )


def _make_delivery_orders(
    session: Session, orders: Sequence[DeliveryOrder], *, source: StockLocation, at: dt.datetime
) -> None:
    session.add_all(orders)
    session.flush()
    promises = {line.reservation_key: (line.item_id, line.quantity) for order in orders for line in order.lines}
    if promises:
        reserve_many(session, location_id=source.id, promises=promises, at=at)


def _shares_to_carry(session: Session, run: AllocationRun) -> list[Share]:
    # Held, so that a second click waits for the first and finds its delivery orders.
    session.execute(select(AllocationRun.id).where(AllocationRun.id == run.id).with_for_update())
    shares = session.scalars(
        select(Share)
        .where(Share.run_id == run.id, Share.quantity > 0)
        .order_by(Share.place)
        .options(selectinload(Share.requisition).selectinload(Requisition.unit))
    )
    return [share for share in shares if share.is_carried]


def _delivery_orders_of(session: Session, shares: Iterable[Share]) -> list[DeliveryOrder]:
    ids = [share.id for share in shares]
    found: list[DeliveryOrder] = []
    for start in range(0, len(ids), 500):
        found += session.scalars(select(DeliveryOrder).where(DeliveryOrder.share_id.in_(ids[start : start + 500])))
    return found


def _refuse_aboard(session: Session, order: DeliveryOrder) -> None:
    """Goods that were not handed over stand on the vehicle until its trip is finished."""
    if order.state is not DeliveryState.FAILED:
        return
    trip = session.scalar(
        select(Trip).join(TripStop, TripStop.trip_id == Trip.id).where(TripStop.id == order.trip_stop_id)
    )
    if trip is not None and trip.state is not TripState.FINISHED:
        raise StillAboard(number=order.number, trip=trip.number)
