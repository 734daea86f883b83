"""What a plan would have to carry and with what, before anybody plans: today's load against capacity, and what cannot go at all."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from inventory.catalogue import Item
from inventory.places import Place, StockLocation, places_of
from inventory.units import subtree
from logistics.dispatch.models import Trip, TripState
from logistics.fleet.models import Shift, Vehicle
from logistics.orders.models import DeliveryLine, DeliveryOrder, DeliveryState, HandoverScene
from logistics.planning.snapshot import has_place, service_s

#: Milligrams in a kilogram and microlitres in a litre.
MICRO = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The open goods of one place: one stop, if it is planned."""

    name: str
    orders: int
    load_kg: int
    load_l: int
    handover_s: int
    passes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Load and capacity of a depot for some days. `taken_shifts` have a trip already and are not counted among `shifts`."""

    waiting: tuple[Waiting, ...]
    orders_elsewhere: int
    shifts: tuple[Shift, ...]
    taken_shifts: int

    @property
    def orders(self) -> int:
        return sum(stop.orders for stop in self.waiting)

    @property
    def load_kg(self) -> int:
        return sum(stop.load_kg for stop in self.waiting)

    @property
    def load_l(self) -> int:
        return sum(stop.load_l for stop in self.waiting)

    @property
    def handover_s(self) -> int:
        return sum(stop.handover_s for stop in self.waiting)

    @property
    def capacity_kg(self) -> int:
        return sum(shift.vehicle.capacity_kg for shift in self.shifts)

    @property
    def capacity_l(self) -> int:
        return sum(shift.vehicle.capacity_l for shift in self.shifts)

    @property
    def shift_s(self) -> int:
        return sum(int((shift.ends_at - shift.starts_at).total_seconds()) for shift in self.shifts)

    @property
    def too_large(self) -> list[Waiting]:
        """Places whose goods no vehicle on these shifts holds."""
        vehicles = [shift.vehicle for shift in self.shifts]
        return [
            stop
            for stop in self.waiting
            if vehicles and not any(stop.load_kg <= v.capacity_kg and stop.load_l <= v.capacity_l for v in vehicles)
        ]

    @property
    def without_pass(self) -> list[Waiting]:
        """Places whose road asks for a pass that no vehicle on these shifts holds on its day."""
        held = [_passes_on(shift) for shift in self.shifts]
        return [stop for stop in self.waiting if held and not any(stop.passes <= passes for passes in held)]


def depots(session: Session, *, unit_id: int) -> list[StockLocation]:
    """The stores of a unit and all below it that vehicles start from and whose place on the map is known, by name."""
    homes = select(Vehicle.depot_id).where(Vehicle.active)
    stores = session.scalars(
        select(StockLocation)
        .where(
            StockLocation.id.in_(homes),
            StockLocation.id.in_(places_of(subtree(unit_id))),
            StockLocation.place == Place.STORE,
        )
        .order_by(StockLocation.name)
    )
    return [store for store in stores if has_place(store)]


def outlook(session: Session, *, depot_id: int, first_day: dt.date, last_day: dt.date, zone: dt.tzinfo) -> Outlook:
    """What waits at a depot, and which shifts of its vehicles begin on these days of the zone."""
    taken = set(session.scalars(select(Trip.shift_id).where(Trip.state != TripState.WITHDRAWN)))
    shifts = _shifts(session, depot_id, first_day, last_day, zone)
    return Outlook(
        waiting=tuple(_waiting(session, depot_id)),
        orders_elsewhere=_orders_elsewhere(session, depot_id),
        shifts=tuple(shift for shift in shifts if shift.id not in taken),
        taken_shifts=sum(shift.id in taken for shift in shifts),
    )


def likely_days(session: Session, *, depot_id: int, at: dt.datetime, zone: dt.tzinfo) -> tuple[dt.date, dt.date]:
    """The days somebody who plans now most likely means: those with free shifts still to begin, within a week of the first."""
    taken = select(Trip.id).where(Trip.shift_id == Shift.id, Trip.state != TripState.WITHDRAWN)
    starts = session.scalars(
        select(Shift.starts_at)
        .join(Vehicle, Vehicle.id == Shift.vehicle_id)
        .where(Vehicle.depot_id == depot_id, Vehicle.active, Shift.starts_at >= at, ~taken.exists())
        .order_by(Shift.starts_at)
    )
    days = sorted({moment.astimezone(zone).date() for moment in starts})
    if not days:
        today = at.astimezone(zone).date()
        return today, today
    return days[0], max(day for day in days if day < days[0] + dt.timedelta(days=7))


def _shifts(session: Session, depot_id: int, first_day: dt.date, last_day: dt.date, zone: dt.tzinfo) -> Sequence[Shift]:
    begins = dt.datetime.combine(first_day, dt.time(), zone)
    ends = dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time(), zone)
    return session.scalars(
        select(Shift)
        .join(Vehicle, Vehicle.id == Shift.vehicle_id)
        .where(Vehicle.depot_id == depot_id, Vehicle.active, Shift.starts_at >= begins, Shift.starts_at < ends)
        .order_by(Shift.starts_at, Vehicle.plate)
    ).all()


def _waiting(session: Session, depot_id: int) -> list[Waiting]:
    rows = session.execute(
        select(
            DeliveryOrder.destination_id,
            DeliveryOrder.place_name,
            DeliveryOrder.scene,
            DeliveryOrder.required_pass,
            func.sum(DeliveryLine.quantity * Item.weight_mg),
            func.sum(DeliveryLine.quantity * Item.volume_ul),
        )
        .join(DeliveryLine, DeliveryLine.delivery_order_id == DeliveryOrder.id)
        .join(Item, Item.id == DeliveryLine.item_id)
        .where(DeliveryOrder.source_id == depot_id, DeliveryOrder.state == DeliveryState.OPEN)
        .group_by(DeliveryOrder.id)
        .order_by(DeliveryOrder.id)
    )
    by_place: dict[int, list[Row[int, str, HandoverScene, str, int, int]]] = defaultdict(list)
    for row in rows:
        by_place[row[0]].append(row)
    return [_one_place(orders) for orders in by_place.values()]


def _one_place(orders: Sequence[Row[int, str, HandoverScene, str, int, int]]) -> Waiting:
    """As the planner takes it: one visit, where and how the newest order says."""
    _, name, scene, *_rest = orders[-1]
    load_kg = _whole(sum(int(order[4]) for order in orders))
    return Waiting(
        name=name,
        orders=len(orders),
        load_kg=load_kg,
        load_l=_whole(sum(int(order[5]) for order in orders)),
        handover_s=service_s(scene, load_kg),
        passes=frozenset(order[3] for order in orders if order[3]),
    )


def _orders_elsewhere(session: Session, depot_id: int) -> int:
    count = session.scalar(
        select(func.count())
        .select_from(DeliveryOrder)
        .where(DeliveryOrder.source_id != depot_id, DeliveryOrder.state == DeliveryState.OPEN)
    )
    return count or 0


def _whole(millionths: int) -> int:
    """Rounded up, as a vehicle's room is reckoned."""
    return -(-millionths // MICRO)


def _passes_on(shift: Shift) -> frozenset[str]:
    """The kinds of pass the vehicle holds on the day of the shift, by the calendar day of its start in UTC or later."""
    day = shift.starts_at.date()
    return frozenset(p.kind for p in shift.vehicle.passes if p.valid_through is None or p.valid_through >= day)
