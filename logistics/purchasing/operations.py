"""What joins purchase orders with suppliers, lots and who may see them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.orm import Session

from inventory import purchasing
from inventory.errors import NotFound
from inventory.ledger import Document, Recorded
from inventory.places import Place, StockLocation
from inventory.purchasing import Came, Ordered, PurchaseOrder
from inventory.units import Unit, is_within
from logistics.supplies.operations import Arrived, lots_of, refuse_expired, source_named


def order_goods(
    session: Session,
    *,
    key: str,
    supplier: str,
    unit: Unit,
    lines: Sequence[Ordered],
    expected_on: dt.date | None,
    note: str,
    at: dt.datetime,
    by: str,
) -> PurchaseOrder:
    """Record an order with a supplier known by name, new or not."""
    return purchasing.order_goods(
        session,
        key=key,
        supplier=source_named(session, place=Place.SUPPLIER, name=supplier),
        unit=unit,
        lines=lines,
        expected_on=expected_on,
        note=note,
        at=at,
        by=by,
    )


def receive_ordered(
    session: Session,
    *,
    recorded: Recorded,
    order_id: int,
    store: StockLocation,
    lines: Sequence[Arrived],
    accept_more: bool,
) -> Document:
    """Take in what came of an order.

    Raises LineRefused where a lot is known with another expiry, or had expired before it came, and as the library does.
    """
    refuse_expired(session, recorded=recorded, lines=lines)
    return purchasing.receive_ordered(
        session,
        recorded=recorded,
        order_id=order_id,
        store=store,
        came=[
            Came(lot_id=lot_id, quantity=line.quantity)
            for line, lot_id in zip(lines, lots_of(session, lines), strict=True)
        ],
        accept_more=accept_more,
    )


def order_within(session: Session, order_id: int, *, unit_id: int) -> PurchaseOrder:
    """The order, if it is of the unit or of one below it. Raises NotFound."""
    order = purchasing.get_order(session, order_id)
    if not is_within(session, order.unit_id, unit_id):
        raise NotFound("purchase order", order_id)
    return order
