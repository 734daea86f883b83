"""What the steps read from the books to look whether their figures are right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import stock
from inventory.catalogue import Item
from inventory.places import StockLocation, store_of
from inventory.units import unit_by_code
from logistics.demo.county.codes import STORE_CODE, TOP_CODE
from logistics.demo.job import Job
from logistics.orders.models import DeliveryLine, DeliveryOrder


def the_store(session: Session) -> StockLocation:
    return store_of(session, unit_by_code(session, STORE_CODE))


def count(session: Session, table: type, *where: Any) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*where)) or 0


def order_ids(session: Session, *where: Any) -> list[int]:
    return list(session.scalars(select(DeliveryOrder.id).where(*where)))


def item_names(session: Session) -> dict[str, str]:
    return {item.code: item.name for item in session.scalars(select(Item))}


def held(session: Session, job: Job) -> list[stock.OnHand]:
    return stock.on_hand(session, unit_id=unit_by_code(session, TOP_CODE).id, on=job.today)


def on_hand(session: Session, job: Job) -> dict[str, int]:
    """Base units of each item (by code) that the county holds, on vehicles or not."""
    return defaultdict(int, {line.item.code: line.on_hand for line in held(session, job)})


def lines_of(session: Session, order_ids: Iterable[int], *where: Any) -> dict[str, int]:
    """Base units of each item (by code) on these delivery orders."""
    wanted = set(order_ids)
    totals: dict[str, int] = defaultdict(int)
    rows = session.execute(
        select(DeliveryLine.delivery_order_id, Item.code, DeliveryLine.quantity)
        .join(DeliveryLine.item)
        .join(DeliveryLine.delivery_order)
        .where(*where)
    )
    for order_id, code, quantity in rows:
        if order_id in wanted:
            totals[code] += quantity
    return dict(totals)
