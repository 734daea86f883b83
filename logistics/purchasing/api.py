"""Purchase orders as JSON. Quantities in base units, money in fen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask.views import MethodView
from sqlalchemy.orm import Session

from inventory import purchasing
from inventory.purchasing import Ordered, Standing
from logistics.accounts.permissions import Permission, permit
from logistics.purchasing import operations
from logistics.purchasing.pages import MOST_EXPORTED, PAGE
from logistics.purchasing.schemas import (
    PurchaseEndIn,
    PurchaseOrderIn,
    PurchaseOrderOut,
    PurchaseReceiptIn,
    ReceiptOut,
)
from logistics.supplies import choices
from logistics.supplies.api import arrived_of
from logistics.supplies.schemas import OpenQuery
from logistics.web.api import ApiBlueprint, head_of
from logistics.web.context import me, now, reading, transaction

blueprint = ApiBlueprint("purchasing_api", __name__, description="Purchase orders and receipts against them")


@blueprint.route("/purchase-orders")
class PurchaseOrders(MethodView):
    @blueprint.arguments(OpenQuery, location="query")
    @blueprint.response(200, PurchaseOrderOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self, query: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The newest orders of one's unit and all below it, at most 50; of what is not ended all."""
        with reading() as session:
            found = purchasing.purchase_orders(
                session,
                unit_id=me().unit_id,
                only_open=query["only_open"],
                limit=MOST_EXPORTED if query["only_open"] else PAGE,
                before_id=query["before"],
            )
            return [_plain(one) for one in found]

    @blueprint.arguments(PurchaseOrderIn)
    @blueprint.response(201, PurchaseOrderOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Record an order."""
        with transaction() as session:
            items = choices.items(session)
            order = operations.order_goods(
                session,
                key=given["key"],
                supplier=given["supplier"],
                unit=choices.units(session, of_unit_id=me().unit_id).find(given["unit"]),
                lines=[
                    Ordered(
                        item_id=items.find(line["item"]).id,
                        quantity=line["quantity"],
                        price_fen=line["price_fen"],
                        price_word=line["price_unit"],
                    )
                    for line in given["lines"]
                ],
                expected_on=given["expected_on"],
                note=given["note"],
                at=now(),
                by=me().sign_in_name,
            )
            return _plain(purchasing.standing(session, order))


@blueprint.route("/purchase-orders/<int:order_id>")
class Order(MethodView):
    @blueprint.etag
    @blueprint.response(200, PurchaseOrderOut)
    @permit(Permission.READ_STOCK)
    def get(self, order_id: int) -> Mapping[str, Any]:
        """One order and what of it has come."""
        with reading() as session:
            return _plain(_within(session, order_id))


@blueprint.route("/purchase-orders/<int:order_id>/receipts")
class OrderReceipts(MethodView):
    @blueprint.arguments(PurchaseReceiptIn)
    @blueprint.response(201, ReceiptOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any], order_id: int) -> Mapping[str, Any]:
        """Take in what came of an order, all of it or a part."""
        with transaction() as session:
            order = _within(session, order_id).order
            items = choices.items(session)
            document = operations.receive_ordered(
                session,
                recorded=head_of(given),
                order_id=order_id,
                store=choices.stores(session, of_unit_id=me().unit_id).find(given["store"]).open(session),
                lines=arrived_of(items, given["lines"]),
                accept_more=given["accept_more"],
            )
            standing = purchasing.standing(session, order)
            return {"document_id": document.id, "number": document.number, "order": _plain(standing)}


@blueprint.route("/purchase-orders/<int:order_id>/close")
class OrderClosing(MethodView):
    @blueprint.arguments(PurchaseEndIn)
    @blueprint.response(200, PurchaseOrderOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any], order_id: int) -> Mapping[str, Any]:
        """Say that no more will come; what is open stays missing."""
        return _end(purchasing.close_short, order_id, given)


@blueprint.route("/purchase-orders/<int:order_id>/cancel")
class OrderCancelling(MethodView):
    @blueprint.arguments(PurchaseEndIn)
    @blueprint.response(200, PurchaseOrderOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any], order_id: int) -> Mapping[str, Any]:
        """Withdraw an order of which nothing came."""
        return _end(purchasing.cancel, order_id, given)


def _within(session: Session, order_id: int) -> Standing:
    return purchasing.standing(session, operations.order_within(session, order_id, unit_id=me().unit_id))


def _end(end: Callable[..., object], order_id: int, given: Mapping[str, Any]) -> Mapping[str, Any]:
    with transaction() as session:
        order = _within(session, order_id).order
        end(session, order_id=order_id, at=now(), by=me().sign_in_name, **given)
        return _plain(purchasing.standing(session, order))


def _plain(standing: Standing) -> Mapping[str, Any]:
    order = standing.order
    return {
        "id": order.id,
        "number": order.number,
        "supplier": order.supplier.name,
        "unit": order.unit.code,
        "expected_on": order.expected_on,
        "ordered_at": order.ordered_at,
        "ordered_by": order.ordered_by,
        "note": order.note,
        "version": order.version,
        "progress": standing.progress,
        "amount_fen": standing.amount_fen,
        "open_fen": standing.open_fen,
        "lines": [
            {
                "item": line.line.item.code,
                "ordered": line.line.quantity,
                "received": line.received,
                "open": line.open,
                "price_fen": line.line.price_fen,
                "price_unit": line.line.price_word,
                "amount_fen": line.line.amount_fen,
            }
            for line in standing.lines
        ],
    }
