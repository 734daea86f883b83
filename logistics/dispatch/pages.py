"""Trips: by day, one by one, their sheets on paper, and their card on the first page."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import segno
from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.catalogue import Item
from inventory.errors import NotFound, WrongState
from inventory.places import places_of
from inventory.units import subtree
from logistics.accounts.models import Role
from logistics.accounts.permissions import Permission, permit
from logistics.dispatch import operations
from logistics.dispatch.models import StopState, Trip, TripState, TripStop
from logistics.dispatch.operations import NothingPlanned, PlanOvertaken, StillPlanning, TripOfDay
from logistics.orders.models import DeliveryOrder, DeliveryState
from logistics.orders.queries import goes_from
from logistics.planning.board import look
from logistics.planning.map_data import depot_feature, route_feature, stop_feature
from logistics.planning.models import PlanRun, PlanState
from logistics.web.context import me, now, reading, today, transaction, zone
from logistics.web.formats import clock
from logistics.web.sentences import says, sentence
from logistics.web.today import part
from logistics.web.words import word

blueprint = Blueprint("dispatch", __name__, template_folder="templates")

#: How many names a sentence lists before it says "and so many more".
NAMED = 6


@says(StillPlanning)
def _still_planning(error: StillPlanning) -> str:
    return _(
        "%(number)s is still being planned. Wait for its end, or stop it and keep the best plan; then release it.",
        **error.values,
    )


@says(NothingPlanned)
def _nothing_planned(error: NothingPlanned) -> str:
    return _("%(number)s has no route to release. Look at the shifts and orders, then plan anew.", **error.values)


@says(PlanOvertaken)
def _plan_overtaken(error: PlanOvertaken) -> str:
    said = [_("What %(number)s was made from has changed, so nothing was released.", number=error.values["number"])]
    orders, shifts = error.orders, error.shifts
    if orders:
        said.append(_("No longer open: %(orders)s.", orders=_named(orders)))
    if shifts:
        said.append(_("These vehicles have another trip or no shift any more: %(plates)s.", plates=_named(shifts)))
    said.append(_("Plan anew; it takes as long as before."))
    return " ".join(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """So much of an item on a trip, in base units: loaded or to be loaded, what became of it. What failed stays aboard until the end."""

    item: Item
    total: int
    delivered: int
    failed: int
    aboard: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the paper of one trip shows."""

    trip: Trip
    goods: list[Goods]
    qr: Markup


@blueprint.get("/trips")
@permit(Permission.READ_PLANS)
def trips() -> ResponseReturnValue:
    day = _asked_day()
    with reading() as session:
        return render_template(
            "dispatch/trips.html",
            day=day,
            trips=operations.trips_on(session, day, unit_id=me().unit_id, zone=zone()),
            other_days=[
                other
                for other in operations.days_with_trips(session, unit_id=me().unit_id, zone=zone())
                if other[0] != day
            ],
            before=day - dt.timedelta(days=1),
            after=day + dt.timedelta(days=1),
        )


@blueprint.get("/trips/sheets")
@permit(Permission.READ_PLANS)
def sheets() -> ResponseReturnValue:
    """The sheets of all trips of a day, for the printer."""
    day = _asked_day()
    with reading() as session:
        found = operations.standing_trips_on(session, day, unit_id=me().unit_id, zone=zone())
        return render_template(
            "dispatch/sheets.html", sheets=[_sheet(trip) for trip in found], back=_trips_of(day), zone=zone()
        )


@blueprint.get("/trips/<int:trip_id>")
@permit(Permission.READ_PLANS)
def trip(trip_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _trip(session, trip_id)


@blueprint.get("/trips/<int:trip_id>/sheet")
@permit(Permission.READ_PLANS)
def sheet(trip_id: int) -> ResponseReturnValue:
    with reading() as session:
        found = _seen(session, trip_id)
        back = url_for("dispatch.trip", trip_id=trip_id)
        return render_template("dispatch/sheets.html", sheets=[_sheet(found)], back=back, zone=zone())


@blueprint.get("/trips/<int:trip_id>/map.json")
@permit(Permission.READ_PLANS)
def map_json(trip_id: int) -> ResponseReturnValue:
    with reading() as session:
        return jsonify(_map_data(_seen(session, trip_id)))


@blueprint.post("/trips/<int:trip_id>/withdraw")
@permit(Permission.PLAN)
def withdraw(trip_id: int) -> ResponseReturnValue:
    try:
        with transaction() as session:
            _seen(session, trip_id)
            taken_back = operations.withdraw_trip(session, trip_id=trip_id, at=now(), by=me().sign_in_name)
    except WrongState as error:
        with reading() as session:
            return _trip(session, trip_id, error=sentence(error)), 422
    flash(_("%(number)s is withdrawn; its orders wait to be planned again.", number=taken_back.number))
    return redirect(_trips_of(taken_back.departs_at.astimezone(zone()).date()))


@part(Permission.READ_PLANS, Role.DISPATCHER)
def _today_card(session: Session) -> str:
    """Trips as they run, plans at work, and how much waits to be planned."""
    waiting = session.scalar(
        select(func.count(DeliveryOrder.destination_id.distinct())).where(
            DeliveryOrder.state == DeliveryState.OPEN, goes_from(me().unit_id)
        )
    )
    ours = PlanRun.depot_id.in_(places_of(subtree(me().unit_id)))
    at_work = select(PlanRun).where(ours, PlanRun.state.in_((PlanState.QUEUED, PlanState.RUNNING)))
    running = [one for one in operations.trips_on(session, today(), unit_id=me().unit_id, zone=zone()) if _stands(one)]
    return render_template(
        "dispatch/_today.html",
        waiting=waiting or 0,
        runs=session.scalars(at_work.order_by(PlanRun.id)).all(),
        trips=running,
        stops=sum(one.progress.total for one in running),
        delivered=sum(one.progress.delivered for one in running),
        failed=sum(one.progress.failed for one in running),
        other_days=[
            other
            for other in operations.days_with_trips(session, unit_id=me().unit_id, zone=zone())
            if other[0] > today()
        ],
    )


def _trip(session: Session, trip_id: int, error: str | None = None) -> str:
    found = _seen(session, trip_id)
    return render_template(
        "dispatch/trip.html",
        trip=found,
        progress=operations.progress_of(session, [trip_id])[trip_id],
        goods=_goods(found),
        error=error,
        late=_late_stops(found),
    )


def _seen(session: Session, trip_id: int) -> Trip:
    """The trip, if it starts from the person's unit or one below it. Raises NotFound."""
    ours = select(Trip.id).where(Trip.id == trip_id, operations.starts_from(me().unit_id))
    if session.scalar(ours) is None:
        raise NotFound("trip", trip_id)
    return operations.get_trip(session, trip_id)


def _sheet(trip_: Trip) -> Sheet:
    return Sheet(trip=trip_, goods=_goods(trip_), qr=_qr(url_for("delivery.trip", trip_id=trip_.id, _external=True)))


@lru_cache(maxsize=512)
def _qr(text: str) -> Markup:
    """A QR code as an inline picture; a seventh of it may be stained. Kept, for drawing those of a day takes a good part of their print."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(border=0, omitsize=True, svgclass="qr")
    return Markup(drawn)  # noqa: S704


def _goods(trip_: Trip) -> list[Goods]:
    """Item by item what the trip carries, by item code."""
    under_way = trip_.state is TripState.LOADED
    aboard = (DeliveryState.LOADED, DeliveryState.FAILED) if under_way else ()
    by_state: dict[DeliveryState, Counter[int]] = {state: Counter() for state in DeliveryState}
    items: dict[int, Item] = {}
    for stop in trip_.stops:
        for order in stop.delivery_orders:
            for line in order.lines:
                items[line.item_id] = line.item
                by_state[order.state][line.item_id] += line.quantity
    return [
        Goods(
            item=item,
            total=sum(counter[item.id] for counter in by_state.values()),
            delivered=by_state[DeliveryState.DELIVERED][item.id],
            failed=by_state[DeliveryState.FAILED][item.id],
            aboard=sum(by_state[state][item.id] for state in aboard),
        )
        for item in sorted(items.values(), key=lambda item: item.code)
    ]


def _late_stops(trip_: Trip) -> set[int]:
    """Stops done a quarter of an hour or more after the plan."""
    late = dt.timedelta(minutes=15)
    return {stop.id for stop in trip_.stops if stop.done_at is not None and stop.done_at - stop.leaves_at >= late}


def _map_data(trip_: Trip) -> dict[str, object]:
    day, (colour, _dash), plate = (
        trip_.departs_at.astimezone(zone()).date(),
        look(trip_.vehicle_id),
        trip_.vehicle.plate,
    )
    points = [(stop.lat, stop.lon) for stop in trip_.stops]
    features = [_stop_on_map(trip_, stop, day, colour) for stop in trip_.stops]
    home = trip_.vehicle.depot
    if home.unit is not None and home.unit.lat is not None and home.unit.lon is not None:
        at = (home.unit.lat, home.unit.lon)
        points = [at, *points, at]
        features.append(depot_feature(name=home.name, lat=at[0], lon=at[1]))
    line = route_feature(points, lane=trip_.id, day=day, colour=colour, dash=0, plate=plate)
    return {"lanes": [], "map": {"type": "FeatureCollection", "features": [line, *features]}}


def _stop_on_map(trip_: Trip, stop: TripStop, day: dt.date, colour: int) -> dict[str, object]:
    lines = (
        f"{stop.sequence}  {stop.place_name}",
        f"{clock(stop.arrives_at)}–{clock(stop.leaves_at)}  {word(stop.scene)}",
        f"{word(stop.state)} {clock(stop.done_at)}" if stop.done_at else word(stop.state),
    )
    return stop_feature(
        lat=stop.lat,
        lon=stop.lon,
        lane=trip_.id,
        day=day,
        colour=colour,
        number=stop.sequence,
        name=stop.place_name,
        text="\n".join(lines),
        done=stop.state is not StopState.PLANNED,
    )


def _asked_day() -> dt.date:
    try:
        return dt.date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return today()


def _trips_of(day: dt.date) -> str:
    return url_for("dispatch.trips", day=day.isoformat())


def _stands(one: TripOfDay) -> bool:
    return one.trip.state is not TripState.WITHDRAWN


def _named(names: list[str]) -> str:
    listed = _(", ").join(names[:NAMED])
    if len(names) > NAMED:
        return _("%(names)s and %(count)s more", names=listed, count=len(names) - NAMED)
    return listed
