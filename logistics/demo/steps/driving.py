"""One trip driven: loaded, every stop but one delivered, the rest brought home."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.balances import Balance
from inventory.catalogue import Item
from logistics.delivery.models import FailureReason, Receiver
from logistics.delivery.operations import News, deliver, fail, finish_trip, load_trip
from logistics.demo.checks import equal, listed
from logistics.demo.job import Job, Outcome
from logistics.demo.steps import reads
from logistics.dispatch.models import StopState, Trip, TripState, TripStop
from logistics.orders.models import DeliveryOrder


def load_one_trip(job: Job) -> Outcome:
    with job.database.transaction() as session:
        trip = _trip(session, job)
        goods = reads.lines_of(session, _orders_of(trip.stops))
        in_store, inside = _balances(session, trip.vehicle.depot_id), reads.on_hand(session, job)
        load_trip(session, trip_id=trip.id, recorded=job.recorded("load", by=trip.driver.sign_in_name))
        aboard, left = _balances(session, trip.vehicle.aboard_id), _balances(session, trip.vehicle.depot_id)
        after, stops = reads.on_hand(session, job), len(trip.stops)
    return Outcome(
        said=_(
            "%(trip)s: %(driver)s, %(plate)s, %(stops)s stops, %(kg)s kg",
            trip=trip.number,
            driver=trip.driver.name,
            plate=trip.vehicle.plate,
            stops=stops,
            kg=f"{trip.load_kg:,}",
        ),
        figures={"stops": stops, "load_kg": trip.load_kg} | {f"aboard:{c}": n for c, n in aboard.items()},
        checks=(
            equal(_("goods aboard"), listed(goods), listed(aboard)),
            equal(_("goods left in the store"), listed(_less(in_store, goods)), listed(left)),
            equal(_("goods of the county, on the road or not"), listed(inside), listed(after)),
        ),
    )


def drive_one_trip(job: Job) -> Outcome:
    """Every stop as the driver's phone sends it; one is closed on purpose, and one act is sent twice."""
    with job.database.reading() as session:
        trip = _trip(session, job)
        stops = [stop.id for stop in trip.stops]
        closed = stops[len(stops) // 2]
        driver_id, by = trip.driver_id, trip.driver.sign_in_name
        vehicle_id = trip.vehicle.aboard_id
        back = reads.lines_of(session, _orders_of(stop for stop in trip.stops if stop.id == closed))
        job.delivered = reads.lines_of(
            session,
            _orders_of(stop for stop in trip.stops if stop.id != closed),
            DeliveryOrder.customer_id.is_not(None),
        )
    for stop_id in stops:
        _act_at(job, stop_id, closed=stop_id == closed, by=by, driver_id=driver_id)
    repeated = _act_at(job, stops[0], closed=False, by=by, driver_id=driver_id)
    with job.database.reading() as session:
        states = [stop.state for stop in _trip(session, job).stops]
        aboard = _balances(session, vehicle_id)
    return Outcome(
        said=_(
            "%(delivered)s delivered, 1 not (nobody there)", delivered=sum(s is StopState.DELIVERED for s in states)
        ),
        figures={"delivered": states.count(StopState.DELIVERED), "failed": states.count(StopState.FAILED)},
        checks=(
            equal(_("stops delivered"), len(stops) - 1, states.count(StopState.DELIVERED)),
            equal(_("stops not delivered"), 1, states.count(StopState.FAILED)),
            equal(_("the act that came twice"), News.REPEATED.value, repeated.value),
            equal(_("goods still aboard"), listed(back), listed(aboard)),
        ),
    )


def come_home(job: Job) -> Outcome:
    with job.database.transaction() as session:
        trip = _trip(session, job)
        before = _balances(session, trip.vehicle.depot_id)
        back = _balances(session, trip.vehicle.aboard_id)
        finish_trip(session, trip_id=trip.id, recorded=job.recorded("finish", by=trip.driver.sign_in_name))
        aboard, in_store = _balances(session, trip.vehicle.aboard_id), _balances(session, trip.vehicle.depot_id)
        state = trip.state
    return Outcome(
        said=_("The vehicle is empty; back in the store: %(goods)s", goods=listed(back)),
        figures={f"back:{code}": quantity for code, quantity in back.items()},
        checks=(
            equal(_("state of the trip"), TripState.FINISHED.value, state.value),
            equal(_("goods aboard"), listed({}), listed(aboard)),
            equal(_("goods in the store"), listed(_less(before, {c: -n for c, n in back.items()})), listed(in_store)),
        ),
    )


def _act_at(job: Job, stop_id: int, *, closed: bool, by: str, driver_id: int) -> News:
    now = job.clock()
    with job.database.transaction() as session:
        if closed:
            told = fail(
                session,
                key=f"demo:{stop_id}",
                trip_stop_id=stop_id,
                reason=FailureReason.NOBODY_THERE,
                note="店门关着，电话没人接，货带回。",
                occurred_at=now,
                received_at=now,
                by=by,
                driver_id=driver_id,
            )
        else:
            told = deliver(
                session,
                key=f"demo:{stop_id}",
                trip_stop_id=stop_id,
                receiver=Receiver.SELF,
                note="",
                occurred_at=now,
                received_at=now,
                by=by,
                driver_id=driver_id,
            )
        return told.news


def _trip(session: Session, job: Job) -> Trip:
    return session.get_one(Trip, job.trip_id)


def _orders_of(stops: Iterable[TripStop]) -> list[int]:
    return [order.id for stop in stops for order in stop.delivery_orders]


def _balances(session: Session, location_id: int) -> dict[str, int]:
    rows = session.execute(
        select(Item.code, func.sum(Balance.quantity))
        .join(Item, Item.id == Balance.item_id)
        .where(Balance.location_id == location_id, Balance.quantity != 0)
        .group_by(Item.code)
    )
    return {code: int(quantity) for code, quantity in rows}


def _less(goods: Mapping[str, int], taken: Mapping[str, int]) -> dict[str, int]:
    return {code: goods.get(code, 0) - taken.get(code, 0) for code in {*goods, *taken}}
