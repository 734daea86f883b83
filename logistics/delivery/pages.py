"""The driver's phone: my trips, the next stop, one question a screen.

Every page is plain HTML with plain forms, so that it works in the browser inside WeChat without script. With script (static/js/phone.js) an
act that cannot be sent is kept on the phone and sent again with its key; then the answer is JSON that names the key, because a page from
somewhere else must not count as an answer.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from inventory.errors import InvalidInput, InventoryError, NotFound
from inventory.ledger import Recorded
from logistics.accounts.permissions import Permission, permit
from logistics.delivery import operations
from logistics.delivery.models import Act, ActKind, FailureReason, Receiver
from logistics.delivery.navigation import ways
from logistics.delivery.operations import (
    News,
    NothingAboard,
    NothingToLoad,
    NotLoaded,
    StopDone,
    StopsLeft,
    Told,
    TripOver,
)
from logistics.delivery.progress import (
    Listed,
    Progress,
    blocked_aboard,
    goods_of,
    left_aboard,
    manifest,
    my_trips,
    progress_of,
)
from logistics.delivery.scenes import INSTRUCTION, RECEIVERS
from logistics.dispatch.models import StopState, Trip, TripState, TripStop
from logistics.dispatch.operations import starts_from
from logistics.errors import ServiceError
from logistics.web.context import me, new_key, now, reading, recorded, today, transaction, zone
from logistics.web.formats import clock, moment
from logistics.web.sentences import says, sentence
from logistics.web.today import part
from logistics.web.words import word

blueprint = Blueprint("delivery", __name__, template_folder="templates")

LONGEST_NOTE = 500


@says(NotLoaded)
def _not_loaded(error: NotLoaded) -> str:
    return _(
        "%(number)s is not loaded yet. Count the goods and press “Loaded” first. Nothing was recorded.", **error.values
    )


@says(NothingToLoad)
def _nothing_to_load(error: NothingToLoad) -> str:
    return _(
        "Every order of %(number)s has been withdrawn; there is nothing to load. Ask the dispatcher.", **error.values
    )


@says(TripOver)
def _trip_over(error: TripOver) -> str:
    return _(
        "%(number)s is over, and nothing more is recorded on it. Tell the dispatcher what happened.", **error.values
    )


@says(NothingAboard)
def _nothing_aboard(error: NothingAboard) -> str:
    return _(
        "The order for %(place)s was withdrawn before loading: nothing is aboard for it. Record it as not delivered.",
        **error.values,
    )


@says(StopDone)
def _stop_done(error: StopDone) -> str:
    state, at = error.values["state"], error.values["at"]
    return _(
        "%(place)s is recorded already as “%(state)s” at %(time)s, and stays so. If that is wrong, take it back first.",
        place=error.values["place"],
        state=word(state) if isinstance(state, StopState) else state,
        time=clock(at) if isinstance(at, dt.datetime) else "—",
    )


@says(StopsLeft)
def _stops_left(error: StopsLeft) -> str:
    places = error.values["places"]
    names = [str(place) for place in places] if isinstance(places, tuple) else []
    return _(
        "%(count)s stops are neither delivered nor given up: %(places)s. Record each of them, then finish.",
        count=len(names),
        places="、".join(names[:5]) + ("…" if len(names) > 5 else ""),
    )


# Looking --------------------------------------------------------------------------------------------------------------


@blueprint.get("/driver", endpoint="my_trips")
@permit(Permission.DELIVER)
def list_my_trips() -> ResponseReturnValue:
    with reading() as session:
        listed = my_trips(session, whose=_looks_at(), at=now())
        return render_template("delivery/my_trips.html", **_by_day(listed))


@blueprint.get("/driver/trips/<int:trip_id>")
@permit(Permission.DELIVER)
def trip(trip_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _trip_page(session, trip_id)


@blueprint.get("/driver/trips/<int:trip_id>/stops/<int:stop_id>")
@permit(Permission.DELIVER)
def stop(trip_id: int, stop_id: int) -> ResponseReturnValue:
    with reading() as session:
        progress, found = _stop_of(session, trip_id, stop_id)
        return render_template(
            "delivery/stop.html", **_shown(session, progress), stop=found, act=progress.acts.get(stop_id)
        )


@blueprint.get("/driver/trips/<int:trip_id>/stops/<int:stop_id>/delivered")
@permit(Permission.DELIVER)
def ask_who(trip_id: int, stop_id: int) -> ResponseReturnValue:
    with reading() as session:
        progress, found = _stop_of(session, trip_id, stop_id)
        return render_template(
            "delivery/who.html",
            **_shown(session, progress),
            stop=found,
            act=progress.acts.get(stop_id),
            receivers=RECEIVERS[found.scene],
        )


@blueprint.get("/driver/trips/<int:trip_id>/stops/<int:stop_id>/failed")
@permit(Permission.DELIVER)
def ask_why(trip_id: int, stop_id: int) -> ResponseReturnValue:
    chosen = request.args.get("reason")
    with reading() as session:
        progress, found = _stop_of(session, trip_id, stop_id)
        return render_template(
            "delivery/why.html",
            **_shown(session, progress),
            stop=found,
            act=progress.acts.get(stop_id),
            reasons=list(FailureReason),
            reason=_one_of(FailureReason, chosen) if chosen else None,
        )


@blueprint.get("/driver/ready")
@permit(Permission.DELIVER)
def ready() -> ResponseReturnValue:
    """For the script: whether this server is really there, for whom, and a token that holds."""
    return {"person": me().id, "csrf": generate_csrf()}


@part(Permission.DELIVER)
def _on_the_first_page(session: Session) -> str:
    listed = my_trips(session, whose=_looks_at(), at=now())
    return render_template("delivery/today.html", listed=listed[:4], more=len(listed) - 4)


# Acting ---------------------------------------------------------------------------------------------------------------


@blueprint.post("/driver/trips/<int:trip_id>/load")
@permit(Permission.DELIVER)
def load(trip_id: int) -> ResponseReturnValue:
    def act(session: Session) -> str:
        operations.load_trip(session, trip_id=trip_id, recorded=_recorded(), driver_id=me().id)
        return _("Loaded. Drive safely.")

    return _do(trip_id, act)


@blueprint.post("/driver/trips/<int:trip_id>/finish")
@permit(Permission.DELIVER)
def finish(trip_id: int) -> ResponseReturnValue:
    def act(session: Session) -> str:
        operations.finish_trip(session, trip_id=trip_id, recorded=_recorded(), driver_id=me().id)
        return _("The trip is finished. Thank you.")

    return _do(trip_id, act)


@blueprint.post("/driver/trips/<int:trip_id>/stops/<int:stop_id>/delivered")
@permit(Permission.DELIVER)
def deliver(trip_id: int, stop_id: int) -> ResponseReturnValue:
    def act(session: Session) -> str:
        told = operations.deliver(
            session,
            key=_key(),
            trip_stop_id=stop_id,
            receiver=_one_of(Receiver, request.form.get("receiver", "")),
            note=_note(),
            occurred_at=_by_the_phone(),
            received_at=now(),
            by=me().sign_in_name,
            driver_id=me().id,
        )
        return _said(told)

    return _do(trip_id, act)


@blueprint.post("/driver/trips/<int:trip_id>/stops/<int:stop_id>/failed")
@permit(Permission.DELIVER)
def fail(trip_id: int, stop_id: int) -> ResponseReturnValue:
    def act(session: Session) -> str:
        told = operations.fail(
            session,
            key=_key(),
            trip_stop_id=stop_id,
            reason=_one_of(FailureReason, request.form.get("reason", "")),
            note=_note(),
            occurred_at=_by_the_phone(),
            received_at=now(),
            by=me().sign_in_name,
            driver_id=me().id,
        )
        return _said(told)

    return _do(trip_id, act)


@blueprint.post("/driver/trips/<int:trip_id>/acts/<int:act_id>/take-back")
@permit(Permission.DELIVER)
def take_back(trip_id: int, act_id: int) -> ResponseReturnValue:
    def act(session: Session) -> str:
        told = operations.take_back(
            session,
            key=_key(),
            act_id=act_id,
            occurred_at=_by_the_phone(),
            received_at=now(),
            by=me().sign_in_name,
            driver_id=me().id,
        )
        return _said(told)

    return _do(trip_id, act)


def _do(trip_id: int, act: Callable[[Session], str]) -> ResponseReturnValue:
    """One act in one transaction, and then the trip's page with what came of it; for the script, JSON that names the key."""
    try:
        with transaction() as session:
            said = act(session)
    except (InventoryError, ServiceError) as error:
        return _refused(trip_id, error)
    flash(said)
    then = url_for("delivery.trip", trip_id=trip_id)
    return {"key": _key(), "said": said, "next": then} if _asks_for_json() else redirect(then)


def _refused(trip_id: int, error: InventoryError | ServiceError) -> ResponseReturnValue:
    code = _status(error)
    if _asks_for_json():
        return {"key": _key(), "error": sentence(error)}, code
    if code == 404:
        return _error_page(error)
    said = sentence(error)
    with reading() as session:
        return _trip_page(session, trip_id, error=said), code


def _error_page(error: InventoryError | ServiceError) -> ResponseReturnValue:
    return render_template("delivery/error.html", said=sentence(error)), _status(error)


def _status(error: InventoryError | ServiceError) -> int:
    return 404 if isinstance(error, NotFound) else 422 if isinstance(error, InvalidInput) else 409


blueprint.register_error_handler(InventoryError, _error_page)
blueprint.register_error_handler(ServiceError, _error_page)


# Beneath --------------------------------------------------------------------------------------------------------------


def _looks_at() -> ColumnElement[bool]:
    """Whose trips the person sees: their own, or all of the unit for an administrator, who looks and does not touch."""
    return starts_from(me().unit_id) if me().may(Permission.ADMINISTER) else Trip.driver_id == me().id


def _by_day(listed: Sequence[Listed]) -> dict[str, list[Listed]]:
    """Under way or due by tonight; later; over."""
    over = [one for one in listed if one.trip.state in (TripState.FINISHED, TripState.WITHDRAWN)]
    later = [
        one
        for one in listed
        if one.trip.state is TripState.RELEASED and one.trip.departs_at.astimezone(zone()).date() > today()
    ]
    return {"due": [one for one in listed if one not in over and one not in later], "later": later, "over": over}


def _trip_page(session: Session, trip_id: int, error: str | None = None) -> str:
    progress = progress_of(session, trip_id=trip_id, whose=_looks_at())
    under_way = progress.trip.state is TripState.LOADED
    return render_template(
        "delivery/trip.html",
        **_shown(session, progress),
        error=error,
        manifest=manifest(progress.trip),
        left=left_aboard(session, progress.trip) if under_way and progress.next_stop is None else [],
    )


def _stop_of(session: Session, trip_id: int, stop_id: int) -> tuple[Progress, TripStop]:
    progress = progress_of(session, trip_id=trip_id, whose=_looks_at())
    for found in progress.trip.stops:
        if found.id == stop_id:
            return progress, found
    raise NotFound("stop", stop_id)


def _shown(session: Session, progress: Progress) -> dict[str, object]:
    """What the templates of one trip share."""
    return {
        "progress": progress,
        "trip": progress.trip,
        "mine": progress.trip.driver_id == me().id,
        "under_way": progress.trip.state is TripState.LOADED,
        "blocked": blocked_aboard(session, progress.trip) if progress.trip.state is TripState.LOADED else [],
        "ways": lambda stop: ways(lat=stop.lat, lon=stop.lon, name=stop.place_name),
        "goods_of_stop": lambda stop: goods_of(stop.delivery_orders),
        "how": lambda stop: INSTRUCTION[stop.scene],
        "outcome": _outcome,
    }


def _said(told: Told) -> str:
    """What the driver reads after an act; of one that was there already, when it was recorded."""
    values = {"place": told.act.trip_stop.place_name, "time": moment(told.act.received_at)}
    if told.news is News.ALREADY:
        return _("%(place)s was already recorded, %(time)s. Nothing was counted twice.", **values)
    return {
        ActKind.DELIVERED: _("%(place)s: delivered.", **values),
        ActKind.FAILED: _("%(place)s: recorded as not delivered. The goods stay aboard.", **values),
        ActKind.TAKEN_BACK: _("%(place)s: taken back, it is to do again.", **values),
    }[told.act.kind]


def _outcome(act: Act) -> str:
    """Who took it, or why nobody did."""
    return word(act.receiver or act.reason or FailureReason.OTHER)


def _asks_for_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _key() -> str:
    """The key that the phone or the form made. A form without one still counts as one act."""
    return request.form.get("key", "") or new_key()


def _recorded() -> Recorded:
    # The ledger's day is that of the moment's own zone: at six in the morning in China it is not yesterday.
    return recorded(occurred_at=now().astimezone(zone()))


def _note() -> str:
    # A NUL is no character to PostgreSQL.
    return request.form.get("note", "").replace("\0", "").strip()[:LONGEST_NOTE]


def _by_the_phone() -> dt.datetime:
    """When it happened by the phone's clock, which only the script can tell; without it, now."""
    try:
        return dt.datetime.fromisoformat(request.form.get("occurred_at", "")).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return now()


def _one_of[Word: enum.StrEnum](kind: type[Word], value: str) -> Word:
    try:
        return kind(value)
    except ValueError:
        raise InvalidInput(kind.__name__.lower(), "unknown", value) from None
