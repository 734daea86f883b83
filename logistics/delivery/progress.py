"""What a driver's pages show: which trips, how far each is, what to hand over, what came of it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from inventory.catalogue import Item, LotStatus
from logistics.delivery import operations
from logistics.delivery.models import Act
from logistics.dispatch.models import StopState, Trip, TripState, TripStop
from logistics.orders.models import DeliveryOrder, DeliveryState

#: How long a trip that is over stays in the list.
SHOWN_AFTER = dt.timedelta(hours=18)
STATE_ORDER = {TripState.LOADED: 0, TripState.RELEASED: 1, TripState.FINISHED: 2, TripState.WITHDRAWN: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """So much of an item, in base units."""

    item: Item
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A trip in the list, with how many of its stops are done."""

    trip: Trip
    stops: int
    done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a trip is. `acts` holds what stands in the books of each stop, by the stop's id."""

    trip: Trip
    acts: dict[int, Act]

    @property
    def next_stop(self) -> TripStop | None:
        return next((stop for stop in self.trip.stops if stop.state is StopState.PLANNED), None)

    @property
    def last_act(self) -> Act | None:
        """The newest, which is the one that may have been a slip of the thumb."""
        return max(self.acts.values(), key=lambda act: act.id, default=None)

    @property
    def delivered(self) -> int:
        return sum(stop.state is StopState.DELIVERED for stop in self.trip.stops)

    @property
    def failed(self) -> int:
        return sum(stop.state is StopState.FAILED for stop in self.trip.stops)

    @property
    def done(self) -> int:
        return self.delivered + self.failed


def progress_of(session: Session, *, trip_id: int, whose: ColumnElement[bool]) -> Progress:
    """How far a trip is; `whose` as in `operations.get_trip`. Raises NotFound."""
    trip = operations.get_trip(session, trip_id=trip_id, whose=whose)
    return Progress(trip=trip, acts={act.trip_stop_id: act for act in operations.standing_acts(session, trip=trip)})


def my_trips(session: Session, *, whose: ColumnElement[bool], at: dt.datetime) -> list[Listed]:
    """Of these trips what is under way, then what is to be loaded, then what was over lately."""
    lately = or_(Trip.finished_at > at - SHOWN_AFTER, Trip.withdrawn_at > at - SHOWN_AFTER)
    shown = (whose, or_(Trip.state.in_([TripState.RELEASED, TripState.LOADED]), lately))
    done = func.sum(case((TripStop.state != StopState.PLANNED, 1), else_=0))
    counts = {
        trip_id: (int(stops), int(finished))
        for trip_id, stops, finished in session.execute(
            select(TripStop.trip_id, func.count(), done).join(Trip).where(*shown).group_by(TripStop.trip_id)
        )
    }
    trips = session.scalars(select(Trip).where(*shown).order_by(Trip.departs_at, Trip.id))
    listed = [
        Listed(trip=trip, stops=counts.get(trip.id, (0, 0))[0], done=counts.get(trip.id, (0, 0))[1]) for trip in trips
    ]
    return sorted(listed, key=lambda one: STATE_ORDER[one.trip.state])


def goods_of(orders: Iterable[DeliveryOrder]) -> list[Goods]:
    """What these delivery orders carry, item by item."""
    totals: dict[Item, int] = defaultdict(int)
    for order in orders:
        if order.state is not DeliveryState.CANCELLED:
            for line in order.lines:
                totals[line.item] += line.quantity
    return [Goods(item=item, quantity=quantity) for item, quantity in sorted(totals.items(), key=lambda p: p[0].code)]


def manifest(trip: Trip) -> list[Goods]:
    """What the whole trip carries (装车清单)."""
    return goods_of(order for stop in trip.stops for order in stop.delivery_orders)


def left_aboard(session: Session, trip: Trip) -> list[Goods]:
    """What comes back, item by item."""
    totals: dict[Item, int] = defaultdict(int)
    for held in operations.aboard(session, trip=trip):
        totals[held.lot.item] += held.quantity
    return [Goods(item=item, quantity=quantity) for item, quantity in sorted(totals.items(), key=lambda p: p[0].code)]


def blocked_aboard(session: Session, trip: Trip) -> list[operations.Aboard]:
    """What is aboard of lots that were blocked after they were loaded: not to be handed over, but brought back."""
    return [held for held in operations.aboard(session, trip=trip) if held.lot.status is not LotStatus.USABLE]
