"""Customers, delivery orders, and what waits to be planned."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from inventory.errors import InventoryError, NotFound
from logistics.accounts.permissions import Permission, permit
from logistics.dispatch.models import TripStop
from logistics.errors import ServiceError
from logistics.fleet.operations import capacity_of, shifts_between
from logistics.orders import operations, queries
from logistics.orders.models import DeliveryOrder, DeliveryState, HandoverScene
from logistics.orders.operations import OrderDiffers, PlaceMissing, StillAboard
from logistics.web.context import me, now, reading, today, transaction, zone
from logistics.web.sentences import says, sentence
from logistics.web.today import part

blueprint = Blueprint("orders", __name__, template_folder="templates")


@says(OrderDiffers)
def _order_differs(error: OrderDiffers) -> str:
    return _(
        "Order %(number)s was taken in before with other contents. The first stands; give the new one its own number.",
        number=error.values["number"],
    )


@says(PlaceMissing)
def _place_missing(error: PlaceMissing) -> str:
    units = error.values["units"]
    return _(
        "Nobody has told yet where to find: %(units)s. No delivery order was made; enter their coordinates with the table of "
        "units, then try again.",
        units="、".join(map(str, units)) if isinstance(units, tuple) else units,
    )


@says(StillAboard)
def _still_aboard(error: StillAboard) -> str:
    return _(
        "The goods of %(number)s are still on the vehicle. Finish trip %(trip)s first, so that they are in the store again.",
        number=error.values["number"],
        trip=error.values["trip"],
    )


@blueprint.get("/customers")
@permit(Permission.READ_ORDERS)
def customers() -> ResponseReturnValue:
    words, scene = request.args.get("q", "").strip(), _scene(request.args.get("scene", ""))
    with reading() as session:
        page = queries.find_customers(session, unit_id=me().unit_id, words=words, scene=scene, number=_number())
        return render_template("orders/customers.html", page=page, q=words, scene=scene, scenes=list(HandoverScene))


@blueprint.get("/customers/<int:customer_id>")
@permit(Permission.READ_ORDERS)
def customer(customer_id: int) -> ResponseReturnValue:
    with reading() as session:
        return render_template(
            "orders/customer.html",
            customer=queries.customer_seen(session, customer_id, unit_id=me().unit_id),
            orders=queries.orders_of(session, customer_id=customer_id),
            deliveries=queries.deliveries_of(session, customer_id=customer_id),
        )


@blueprint.get("/delivery-orders")
@permit(Permission.READ_ORDERS)
def delivery_orders() -> ResponseReturnValue:
    words, state = request.args.get("q", "").strip(), _state(request.args.get("state", ""))
    with reading() as session:
        page = queries.find_delivery_orders(session, unit_id=me().unit_id, state=state, words=words, number=_number())
        counts = queries.count_by_state(session, unit_id=me().unit_id)
        return render_template(
            "orders/delivery_orders.html", page=page, q=words, state=state, counts=counts, weight_kg=queries.weight_kg
        )


@blueprint.get("/delivery-orders/<int:delivery_order_id>")
@permit(Permission.READ_ORDERS)
def delivery_order(delivery_order_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _delivery_order(session, delivery_order_id)


@blueprint.post("/delivery-orders/<int:delivery_order_id>/cancel")
@permit(Permission.WRITE_ORDERS)
def cancel(delivery_order_id: int) -> ResponseReturnValue:
    try:
        with transaction() as session:
            _refuse_others(session, delivery_order_id)
            order = operations.cancel_delivery_order(
                session, delivery_order_id=delivery_order_id, at=now(), by=me().sign_in_name
            )
    except (InventoryError, ServiceError) as error:
        return _refused(delivery_order_id, error)
    flash(_("%(number)s is cancelled, its goods are free again. It can be taken up again here.", number=order.number))
    return redirect(url_for("orders.delivery_order", delivery_order_id=delivery_order_id))


@blueprint.post("/delivery-orders/<int:delivery_order_id>/reopen")
@permit(Permission.WRITE_ORDERS)
def reopen(delivery_order_id: int) -> ResponseReturnValue:
    try:
        with transaction() as session:
            _refuse_others(session, delivery_order_id)
            order = operations.reopen(session, delivery_order_id=delivery_order_id, at=now())
    except (InventoryError, ServiceError) as error:
        return _refused(delivery_order_id, error)
    flash(_("%(number)s waits to be planned again, its goods are reserved.", number=order.number))
    return redirect(url_for("orders.delivery_order", delivery_order_id=delivery_order_id))


@part(Permission.PLAN)
def waiting(session: Session) -> str:
    """What waits to be planned, against what today's and tomorrow's shifts can carry."""
    start = dt.datetime.combine(today(), dt.time(), tzinfo=zone())
    days = []
    for day in (today(), today() + dt.timedelta(days=1)):
        shifts = shifts_between(session, unit_id=me().unit_id, start=start, end=start + dt.timedelta(days=1))
        days.append((day, capacity_of(shifts)))
        start += dt.timedelta(days=1)
    return render_template("orders/_today.html", load=queries.load_to_plan(session, unit_id=me().unit_id), days=days)


def _refused(delivery_order_id: int, error: InventoryError | ServiceError) -> ResponseReturnValue:
    with reading() as session:
        return _delivery_order(session, delivery_order_id, error=sentence(error)), 409


def _refuse_others(session: Session, delivery_order_id: int) -> None:
    """Raises NotFound for a delivery from another unit's store: who receives it sees it, and does not call it off."""
    order = queries.delivery_order_seen(session, delivery_order_id, unit_id=me().unit_id)
    if not queries.is_ours(session, order, unit_id=me().unit_id):
        raise NotFound("delivery order", order.number)


def _delivery_order(session: Session, delivery_order_id: int, error: str | None = None) -> str:
    order = queries.delivery_order_seen(session, delivery_order_id, unit_id=me().unit_id)
    return render_template(
        "orders/delivery_order.html",
        order=order,
        ours=queries.is_ours(session, order, unit_id=me().unit_id),
        trip=_trip_of(session, order),
        weight_kg=queries.weight_kg(order),
        states=DeliveryState,
        error=error,
    )


def _trip_of(session: Session, order: DeliveryOrder) -> object:
    stop = session.get(TripStop, order.trip_stop_id) if order.trip_stop_id else None
    return stop.trip if stop else None


def _scene(text: str) -> HandoverScene | None:
    return HandoverScene(text) if text in set(HandoverScene) else None


def _state(text: str) -> DeliveryState | None:
    return DeliveryState(text) if text in set(DeliveryState) else None


def _number() -> int:
    return request.args.get("page", 1, type=int)
