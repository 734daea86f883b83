"""Releasing a plan as trips, following them, taking one back."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from inventory.errors import NotFound, WrongState
from inventory.places import places_of
from inventory.units import subtree
from logistics.dispatch.models import StopState, Trip, TripState, TripStop
from logistics.errors import ServiceError
from logistics.fleet.models import Shift
from logistics.orders.models import DeliveryOrder, DeliveryState
from logistics.planning.board import Lane, Visit, board_of
from logistics.planning.models import PlanRun, PlanState

#: How many ids one query names; SQLite of some systems takes no more than 999.
AT_ONCE = 500


class StillPlanning(ServiceError):
    """The run is waiting or at work, so its plan still changes. Values: number."""


class NothingPlanned(ServiceError):
    """The run has no plan, or none with a route in it. Values: number."""


class PlanOvertaken(ServiceError):
    """What the plan was made from has changed since: `orders` (their numbers) are no longer open, the shifts of `shifts` (plates) are
    gone or have a trip already.
    """

    def __init__(self, *, number: str, orders: Sequence[str], shifts: Sequence[str]) -> None:
        super().__init__(number=number, orders=orders, shifts=shifts)
        self.orders, self.shifts = list(orders), list(shifts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a trip is, in stops."""

    total: int
    delivered: int
    failed: int

    @property
    def done(self) -> int:
        return self.delivered + self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class TripOfDay:
    """A trip with its progress."""

    trip: Trip
    progress: Progress


def publish(session: Session, *, plan_run_id: int, at: dt.datetime, by: str) -> list[Trip]:
    """Release the run's plan: a trip for each route, its orders planned; what was left out stays open.

    A second time gives the same trips. Raises NotFound, StillPlanning, NothingPlanned, or PlanOvertaken where an order is no longer
    open or a shift is gone or taken, and then nothing is changed.
    """
    run = _held_run(session, plan_run_id)
    if run.published_at is not None:
        return trips_of(session, plan_run_id=run.id)
    lanes = _lanes_to_release(run)
    orders, shifts = _held_orders(session, lanes), _held_shifts(session, lanes)
    _refuse_overtaken(session, run, lanes, orders, shifts)
    trips = [_release(run, lane, shifts[lane.shift_id], orders) for lane in lanes]
    session.add_all(trips)
    run.published_at, run.published_by = at, by
    session.flush()
    return trips


def withdraw_trip(session: Session, *, trip_id: int, at: dt.datetime, by: str) -> Trip:
    """Take back a trip that is not loaded yet: its orders are open again, its shift is free. A second time changes nothing.

    Raises NotFound, or WrongState where the goods are aboard already.
    """
    trip = get_trip(session, trip_id, hold=True)
    if trip.state is TripState.WITHDRAWN:
        return trip
    if trip.state is not TripState.RELEASED:
        raise WrongState("trip", trip.number, trip.state)
    for stop in trip.stops:
        for order in list(stop.delivery_orders):
            order.state = DeliveryState.OPEN
        stop.delivery_orders.clear()
    trip.state, trip.withdrawn_at, trip.withdrawn_by = TripState.WITHDRAWN, at, by
    session.flush()
    return trip


def get_trip(session: Session, trip_id: int, *, hold: bool = False) -> Trip:
    """The trip with this id, its stops and their goods loaded along; held against other writers if asked. Raises NotFound."""
    wanted = select(Trip).where(Trip.id == trip_id).options(_stops_with_goods())
    trip = session.scalar(wanted.with_for_update(of=Trip) if hold else wanted)
    if trip is None:
        raise NotFound("trip", trip_id)
    return trip


def trips_of(session: Session, *, plan_run_id: int) -> list[Trip]:
    """The trips released from a run that still stand, in the order they leave."""
    wanted = select(Trip).where(Trip.plan_run_id == plan_run_id, Trip.state != TripState.WITHDRAWN)
    return list(session.scalars(wanted.order_by(Trip.departs_at, Trip.id)))


def starts_from(unit_id: int) -> ColumnElement[bool]:
    """Whether a trip starts from a depot of a unit or one below it."""
    return Trip.plan_run_id.in_(select(PlanRun.id).where(PlanRun.depot_id.in_(places_of(subtree(unit_id)))))


def trips_on(session: Session, day: dt.date, *, unit_id: int, zone: dt.tzinfo) -> list[TripOfDay]:
    """The trips of a unit and all below it that leave on a day of the zone, in the order they leave."""
    trips = session.scalars(_leaving(day, unit_id=unit_id, zone=zone)).all()
    progress = progress_of(session, [trip.id for trip in trips])
    return [TripOfDay(trip=trip, progress=progress[trip.id]) for trip in trips]


def standing_trips_on(session: Session, day: dt.date, *, unit_id: int, zone: dt.tzinfo) -> list[Trip]:
    """Those of them that were not withdrawn, their stops and goods loaded along."""
    standing = _leaving(day, unit_id=unit_id, zone=zone).where(Trip.state != TripState.WITHDRAWN)
    return list(session.scalars(standing.options(_stops_with_goods())))


def days_with_trips(session: Session, *, unit_id: int, zone: dt.tzinfo) -> list[tuple[dt.date, int]]:
    """The days of the zone, newest first, on which a unit's trips leave, and how many: of the newest 500 trips that stand."""
    standing = select(Trip.departs_at).where(starts_from(unit_id), Trip.state != TripState.WITHDRAWN)
    moments = session.scalars(standing.order_by(Trip.departs_at.desc()).limit(AT_ONCE))
    return sorted(Counter(at.astimezone(zone).date() for at in moments).items(), reverse=True)


def progress_of(session: Session, trip_ids: Sequence[int]) -> dict[int, Progress]:
    """How far each of these trips is."""
    counts: dict[tuple[int, StopState], int] = {}
    for some in _parts(trip_ids):
        rows = session.execute(
            select(TripStop.trip_id, TripStop.state, func.count())
            .where(TripStop.trip_id.in_(some))
            .group_by(TripStop.trip_id, TripStop.state)
        )
        counts |= {(trip_id, state): count for trip_id, state, count in rows}
    return {
        trip_id: Progress(
            total=sum(counts.get((trip_id, state), 0) for state in StopState),
            delivered=counts.get((trip_id, StopState.DELIVERED), 0),
            failed=counts.get((trip_id, StopState.FAILED), 0),
        )
        for trip_id in trip_ids
    }


def _held_run(session: Session, plan_run_id: int) -> PlanRun:
    """The run, held so that two who publish at once do so one after the other."""
    run = session.scalar(select(PlanRun).where(PlanRun.id == plan_run_id).with_for_update(of=PlanRun))
    if run is None:
        raise NotFound("plan", plan_run_id)
    return run


def _lanes_to_release(run: PlanRun) -> list[Lane]:
    if run.state in (PlanState.QUEUED, PlanState.RUNNING):
        raise StillPlanning(number=run.number)
    board = board_of(run, zone=dt.UTC)
    lanes = sorted(board.lanes, key=lambda lane: (lane.departs_at, lane.plate)) if board else []
    if not lanes:
        raise NothingPlanned(number=run.number)
    return lanes


def _held_orders(session: Session, lanes: Iterable[Lane]) -> dict[int, DeliveryOrder]:
    """The orders of the lanes by id, held in the order of their ids; those that are gone are absent."""
    wanted = sorted(
        {order_id for lane in lanes for visit in lane.visits for order_id in visit.place.delivery_order_ids}
    )
    held: dict[int, DeliveryOrder] = {}
    for some in _parts(wanted):
        rows = select(DeliveryOrder).where(DeliveryOrder.id.in_(some)).order_by(DeliveryOrder.id)
        held |= {
            order.id: order
            for order in session.scalars(
                rows.with_for_update(of=DeliveryOrder).execution_options(populate_existing=True)
            )
        }
    return held


def _held_shifts(session: Session, lanes: Iterable[Lane]) -> dict[int, Shift]:
    held: dict[int, Shift] = {}
    for some in _parts(sorted(lane.shift_id for lane in lanes)):
        rows = select(Shift).where(Shift.id.in_(some)).order_by(Shift.id).with_for_update(of=Shift)
        held |= {shift.id: shift for shift in session.scalars(rows)}
    return held


def _refuse_overtaken(
    session: Session,
    run: PlanRun,
    lanes: Sequence[Lane],
    orders: Mapping[int, DeliveryOrder],
    shifts: Mapping[int, Shift],
) -> None:
    taken = _taken_shifts(session, [lane.shift_id for lane in lanes])
    gone_orders = [
        order.number if order else f"PS{order_id:07d}"
        for lane in lanes
        for visit in lane.visits
        for order_id in visit.place.delivery_order_ids
        if (order := orders.get(order_id)) is None or order.state is not DeliveryState.OPEN
    ]
    gone_shifts = [lane.plate for lane in lanes if lane.shift_id not in shifts or lane.shift_id in taken]
    if gone_orders or gone_shifts:
        raise PlanOvertaken(number=run.number, orders=gone_orders, shifts=gone_shifts)


def _taken_shifts(session: Session, shift_ids: Sequence[int]) -> set[int]:
    """Those of these shifts that have a trip."""
    taken: set[int] = set()
    for some in _parts(shift_ids):
        rows = select(Trip.shift_id).where(Trip.shift_id.in_(some), Trip.state != TripState.WITHDRAWN)
        taken.update(session.scalars(rows))
    return taken


def _release(run: PlanRun, lane: Lane, shift: Shift, orders: Mapping[int, DeliveryOrder]) -> Trip:
    return Trip(
        plan_run=run,
        shift=shift,
        vehicle=shift.vehicle,
        driver=shift.driver,
        state=TripState.RELEASED,
        departs_at=lane.departs_at,
        returns_at=lane.returns_at,
        distance_m=lane.distance_m,
        load_kg=lane.load_kg,
        load_l=lane.load_l,
        stops=[_stop(visit, [orders[id_] for id_ in visit.place.delivery_order_ids]) for visit in lane.visits],
    )


def _stop(visit: Visit, orders: Sequence[DeliveryOrder]) -> TripStop:
    """A stop as the plan has it; where to go and whom to call as the orders say today."""
    first = orders[0]
    for order in orders:
        order.state = DeliveryState.PLANNED
    return TripStop(
        sequence=visit.number,
        state=StopState.PLANNED,
        arrives_at=visit.arrives_at,
        leaves_at=visit.leaves_at,
        place_name=first.place_name,
        address=first.address,
        lat=first.lat,
        lon=first.lon,
        contact=first.contact,
        phone=first.phone,
        scene=first.scene,
        windows=first.windows,
        delivery_orders=list(orders),
    )


def _leaving(day: dt.date, *, unit_id: int, zone: dt.tzinfo) -> Select[Trip]:
    begins = dt.datetime.combine(day, dt.time(), zone)
    of_day = (Trip.departs_at >= begins, Trip.departs_at < begins + dt.timedelta(days=1))
    return select(Trip).where(starts_from(unit_id), *of_day).order_by(Trip.departs_at, Trip.id)


def _stops_with_goods() -> ORMOption:
    return selectinload(Trip.stops).selectinload(TripStop.delivery_orders).selectinload(DeliveryOrder.lines)


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
