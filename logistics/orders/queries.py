"""What pages ask of customers and delivery orders: found by words, page by page, with their weight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from inventory.catalogue import Item
from inventory.errors import NotFound
from inventory.holdings import Coming
from inventory.places import places_of
from inventory.units import subtree
from logistics.orders.models import (
    Customer,
    DeliveryLine,
    DeliveryOrder,
    DeliveryState,
    HandoverScene,
    Order,
    OrderLine,
)

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Page[Row]:
    """One page of a list. `number` counts from 1."""

    rows: Sequence[Row]
    total: int
    number: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much some delivery orders come to."""

    orders: int
    kg: int
    litres: int


def customer_seen(session: Session, customer_id: int, *, unit_id: int) -> Customer:
    """The customer, if a unit or one below it serves it. Raises NotFound."""
    wanted = select(Customer).where(Customer.id == customer_id, Customer.unit_id.in_(subtree(unit_id)))
    return _found(session.scalar(wanted), "customer", customer_id)


def delivery_order_seen(session: Session, delivery_order_id: int, *, unit_id: int) -> DeliveryOrder:
    """The delivery order, if it goes from a unit or one below it, or to one of them or a customer of theirs. Raises NotFound."""
    wanted = select(DeliveryOrder).where(DeliveryOrder.id == delivery_order_id, seen_from(unit_id))
    return _found(session.scalar(wanted), "delivery order", delivery_order_id)


def is_ours(session: Session, order: DeliveryOrder, *, unit_id: int) -> bool:
    """Whether a delivery order goes from a store of a unit or one below it, who alone act on it."""
    return session.scalar(select(DeliveryOrder.id).where(DeliveryOrder.id == order.id, goes_from(unit_id))) is not None


def goes_from(unit_id: int) -> ColumnElement[bool]:
    """Whether a delivery order goes from a store of a unit or one below it."""
    return DeliveryOrder.source_id.in_(places_of(subtree(unit_id)))


def seen_from(unit_id: int) -> ColumnElement[bool]:
    """Whether a delivery order goes from a unit or one below it, or to one of them or a customer of theirs."""
    units = subtree(unit_id)
    served = select(Customer.id).where(Customer.unit_id.in_(units))
    goes_from_them = DeliveryOrder.source_id.in_(places_of(units))
    return or_(goes_from_them, DeliveryOrder.unit_id.in_(units), DeliveryOrder.customer_id.in_(served))


def find_customers(
    session: Session, *, unit_id: int, words: str = "", scene: HandoverScene | None = None, number: int = 1
) -> Page[Customer]:
    """The customers of a unit and all below it of whom each word says something (code, name, address, contact, phone), by code."""
    wanted = select(Customer).where(Customer.unit_id.in_(subtree(unit_id)))
    if scene is not None:
        wanted = wanted.where(Customer.scene == scene)
    columns = (Customer.code, Customer.name, Customer.address, Customer.contact, Customer.phone)
    wanted = wanted.where(_says(words, columns))
    return _page(session, wanted.options(selectinload(Customer.unit)), Customer.code, number)


def find_delivery_orders(
    session: Session, *, unit_id: int, state: DeliveryState | None = None, words: str = "", number: int = 1
) -> Page[DeliveryOrder]:
    """The delivery orders seen from a unit in a state (or all) of which each word says something (number, order, place, phone), newest
    first.
    """
    wanted = select(DeliveryOrder).outerjoin(Order, Order.id == DeliveryOrder.order_id).where(seen_from(unit_id))
    if state is not None:
        wanted = wanted.where(DeliveryOrder.state == state)
    wanted = wanted.where(_says_order(words))
    loaded = wanted.options(
        selectinload(DeliveryOrder.lines), selectinload(DeliveryOrder.order), selectinload(DeliveryOrder.source)
    )
    return _page(session, loaded, DeliveryOrder.id.desc(), number)


def count_by_state(session: Session, *, unit_id: int) -> dict[DeliveryState, int]:
    """How many delivery orders seen from a unit are in each state; states without any are 0."""
    counted = select(DeliveryOrder.state, func.count()).where(seen_from(unit_id))
    rows = session.execute(counted.group_by(DeliveryOrder.state))
    return dict.fromkeys(DeliveryState, 0) | {state: count for state, count in rows}


def load_to_plan(session: Session, *, unit_id: int) -> Load:
    """What waits to be planned, over all depots of a unit and those below it."""
    waiting = and_(DeliveryOrder.state == DeliveryState.OPEN, goes_from(unit_id))
    weight_mg, volume_ul = session.execute(
        select(
            func.coalesce(func.sum(DeliveryLine.quantity * Item.weight_mg), 0),
            func.coalesce(func.sum(DeliveryLine.quantity * Item.volume_ul), 0),
        )
        .join(Item, Item.id == DeliveryLine.item_id)
        .join(DeliveryOrder, DeliveryOrder.id == DeliveryLine.delivery_order_id)
        .where(waiting)
    ).one()
    orders = session.scalar(select(func.count()).select_from(DeliveryOrder).where(waiting)) or 0
    return Load(orders=orders, kg=-(-int(weight_mg) // 1_000_000), litres=-(-int(volume_ul) // 1_000_000))


def coming(session: Session, *, item_ids: Collection[int]) -> Coming:
    """What delivery orders that are not finished yet bring to units, as the next allocation counts it."""
    rows = session.execute(
        select(DeliveryLine.item_id, DeliveryOrder.unit_id, func.sum(DeliveryLine.quantity))
        .join(DeliveryOrder, DeliveryOrder.id == DeliveryLine.delivery_order_id)
        .where(
            DeliveryOrder.state.in_((DeliveryState.OPEN, DeliveryState.PLANNED, DeliveryState.LOADED)),
            DeliveryOrder.unit_id.is_not(None),
            DeliveryLine.item_id.in_(sorted(item_ids)),
        )
        .group_by(DeliveryLine.item_id, DeliveryOrder.unit_id)
    )
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for item_id, unit_id, quantity in rows:
        if unit_id is not None:
            found[item_id][unit_id] = int(quantity)
    return found


def weight_kg(order: DeliveryOrder) -> float:
    """What a delivery order weighs."""
    return sum(line.item.weight_mg * line.quantity for line in order.lines) / 1_000_000


def orders_of(session: Session, *, customer_id: int, limit: int = PAGE) -> list[Order]:
    """A customer's newest orders, newest first, with their lines."""
    return list(
        session.scalars(
            select(Order)
            .where(Order.customer_id == customer_id)
            .order_by(Order.id.desc())
            .limit(limit)
            .options(selectinload(Order.lines).selectinload(OrderLine.item))
        )
    )


def deliveries_of(session: Session, *, customer_id: int, limit: int = PAGE) -> list[DeliveryOrder]:
    """A customer's newest delivery orders, newest first."""
    return list(
        session.scalars(
            select(DeliveryOrder)
            .where(DeliveryOrder.customer_id == customer_id)
            .order_by(DeliveryOrder.id.desc())
            .limit(limit)
            .options(selectinload(DeliveryOrder.lines), selectinload(DeliveryOrder.order))
        )
    )


def _found[Thing](thing: Thing | None, what: str, id_: int) -> Thing:
    if thing is None:
        raise NotFound(what, id_)
    return thing


def _page[Row](
    session: Session, wanted: Select[Row], order: ColumnElement[Any] | InstrumentedAttribute[str], number: int
) -> Page[Row]:
    total = session.scalar(select(func.count()).select_from(wanted.order_by(None).subquery())) or 0
    number = min(max(1, number), max(1, -(-total // PAGE)))
    rows = session.scalars(wanted.order_by(order).limit(PAGE).offset((number - 1) * PAGE)).all()
    return Page(rows=rows, total=total, number=number)


def _says(words: str, columns: Sequence[InstrumentedAttribute[str]]) -> ColumnElement[bool]:
    each = [or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words.split()[:8]]
    return and_(True, *each)


def _says_order(words: str) -> ColumnElement[bool]:
    columns = (DeliveryOrder.place_name, DeliveryOrder.address, DeliveryOrder.phone, Order.number)
    each = [
        or_(
            *(column.icontains(word, autoescape=True) for column in columns),
            *([DeliveryOrder.id == known] if (known := _id_in(word)) is not None else []),
        )
        for word in words.split()[:8]
    ]
    return and_(True, *each)


def _id_in(word: str) -> int | None:
    """People quote PS0000412, or only 412."""
    digits = word.upper().removeprefix("PS")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None
