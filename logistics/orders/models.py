"""Customers, their orders, and the delivery orders that come of orders and allocations."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import CheckConstraint, Float, ForeignKey, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.base import Actor, Base, ClientKey, Code, Id, Moment, Name, Quantity, ShortText, word_enum
from inventory.catalogue import Item
from inventory.places import StockLocation
from inventory.runs import Share
from inventory.units import Unit


class HandoverScene(enum.StrEnum):
    """How goods change hands without anyone touching anyone (交接方式)."""

    DOOR = "door"
    AGREED_POINT = "agreed_point"
    GATE = "gate"
    VILLAGE_POINT = "village_point"
    CHIEF = "chief"
    QUARANTINE = "quarantine"


#: Seconds from stopping to driving on, before anything is lifted: call, set down, step back, wait for the count.
SCENE_SERVICE_S = {
    HandoverScene.DOOR: 180,
    HandoverScene.AGREED_POINT: 150,
    HandoverScene.GATE: 210,
    HandoverScene.VILLAGE_POINT: 240,
    HandoverScene.CHIEF: 300,
    HandoverScene.QUARANTINE: 240,
}


class Customer(Base):
    """A retail customer (客户): a shop that orders and receives."""

    __tablename__ = "customer"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    #: The unit that serves it.
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    #: WGS-84.
    lat: Mapped[float] = mapped_column(Float)
    lon: Mapped[float] = mapped_column(Float)
    address: Mapped[str] = mapped_column(ShortText(300), default="")
    contact: Mapped[str] = mapped_column(ShortText(100), default="")
    phone: Mapped[str] = mapped_column(ShortText(40), default="")
    scene: Mapped[HandoverScene] = mapped_column(word_enum(HandoverScene))
    #: "08:30-11:30;14:00-17:00" in local time, empty = any time; see `orders.windows`.
    windows: Mapped[str] = mapped_column(ShortText(100), default="")
    #: A kind of pass its road asks for, empty = none.
    required_pass: Mapped[str] = mapped_column(ShortText(64), default="")

    unit: Mapped[Unit] = relationship()


class Order(Base):
    """What a customer ordered in visit-sales (访销订单)."""

    __tablename__ = "customer_order"

    id: Mapped[Id]
    #: The number the ordering system gave it.
    number: Mapped[Code] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    ordered_on: Mapped[dt.date]
    recorded_at: Mapped[Moment]
    recorded_by: Mapped[Actor]

    customer: Mapped[Customer] = relationship()
    lines: Mapped[list[OrderLine]] = relationship(back_populates="order", order_by="OrderLine.id")


class OrderLine(Base):
    """So much of an item, in base units."""

    __tablename__ = "customer_order_line"
    __table_args__ = (
        UniqueConstraint("order_id", "item_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    quantity: Mapped[Quantity]

    order: Mapped[Order] = relationship(back_populates="lines")
    item: Mapped[Item] = relationship()


class DeliveryState(enum.StrEnum):
    """The life of a delivery order: open → planned → loaded → delivered or failed (then open again or cancelled)."""

    OPEN = "open"
    PLANNED = "planned"
    LOADED = "loaded"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class DeliveryOrder(Base):
    """Goods to be carried from a store to somebody (配送单). Everything a stop needs stands here as it was agreed."""

    __tablename__ = "delivery_order"
    __table_args__ = (
        CheckConstraint("(customer_id IS NULL) <> (unit_id IS NULL)", name="one_recipient"),
        CheckConstraint("(order_id IS NULL) <> (share_id IS NULL)", name="one_origin"),
    )

    id: Mapped[Id]
    key: Mapped[ClientKey] = mapped_column(unique=True)
    state: Mapped[DeliveryState] = mapped_column(word_enum(DeliveryState), default=DeliveryState.OPEN, index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("customer_order.id"), unique=True)
    share_id: Mapped[int | None] = mapped_column(ForeignKey("share.id"), unique=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"))
    destination_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"), index=True)
    created_at: Mapped[Moment]
    created_by: Mapped[Actor]
    place_name: Mapped[Name]
    address: Mapped[str] = mapped_column(ShortText(300), default="")
    lat: Mapped[float] = mapped_column(Float)
    lon: Mapped[float] = mapped_column(Float)
    contact: Mapped[str] = mapped_column(ShortText(100), default="")
    phone: Mapped[str] = mapped_column(ShortText(40), default="")
    scene: Mapped[HandoverScene] = mapped_column(word_enum(HandoverScene))
    windows: Mapped[str] = mapped_column(ShortText(100), default="")
    required_pass: Mapped[str] = mapped_column(ShortText(64), default="")
    #: What leaving it out for this round is reckoned to cost, in yuan: the planner's measure of priority.
    left_out_price: Mapped[int] = mapped_column(Integer)
    trip_stop_id: Mapped[int | None] = mapped_column(ForeignKey("trip_stop.id"), index=True)
    cancelled_at: Mapped[Moment | None]
    cancelled_by: Mapped[str | None] = mapped_column(ShortText(64))

    customer: Mapped[Customer | None] = relationship()
    unit: Mapped[Unit | None] = relationship()
    order: Mapped[Order | None] = relationship()
    share: Mapped[Share | None] = relationship()
    source: Mapped[StockLocation] = relationship(foreign_keys=source_id)
    destination: Mapped[StockLocation] = relationship(foreign_keys=destination_id)
    lines: Mapped[list[DeliveryLine]] = relationship(back_populates="delivery_order", order_by="DeliveryLine.id")

    @property
    def number(self) -> str:
        return f"PS{self.id:07d}"


class DeliveryLine(Base):
    """So much of an item on a delivery order, in base units; reserved at the source until it is loaded."""

    __tablename__ = "delivery_line"
    __table_args__ = (
        UniqueConstraint("delivery_order_id", "item_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[Id]
    delivery_order_id: Mapped[int] = mapped_column(ForeignKey("delivery_order.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    quantity: Mapped[Quantity]

    delivery_order: Mapped[DeliveryOrder] = relationship(back_populates="lines")
    item: Mapped[Item] = relationship(lazy="joined")

    @property
    def reservation_key(self) -> str:
        return f"delivery-line:{self.id}"
