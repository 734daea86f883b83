"""A published route with its driver (车次), and its stops, planned and actual."""

from __future__ import annotations

import enum

from sqlalchemy import Float, ForeignKey, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.base import Base, Id, Moment, Name, ShortText, word_enum
from logistics.accounts.models import User
from logistics.fleet.models import Shift, Vehicle
from logistics.orders.models import DeliveryOrder, HandoverScene
from logistics.planning.models import PlanRun


class TripState(enum.StrEnum):
    """released → loaded (goods aboard) → finished (what came back is in the store again); or withdrawn before loading."""

    RELEASED = "released"
    LOADED = "loaded"
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"


class StopState(enum.StrEnum):
    """What became of a stop."""

    PLANNED = "planned"
    DELIVERED = "delivered"
    FAILED = "failed"


class Trip(Base):
    """A released route (车次)."""

    __tablename__ = "trip"
    __table_args__ = (UniqueConstraint("plan_run_id", "shift_id"),)

    id: Mapped[Id]
    plan_run_id: Mapped[int] = mapped_column(ForeignKey("plan_run.id"), index=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shift.id"))
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"), index=True)
    driver_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    state: Mapped[TripState] = mapped_column(word_enum(TripState), default=TripState.RELEASED)
    departs_at: Mapped[Moment] = mapped_column(index=True)
    returns_at: Mapped[Moment]
    distance_m: Mapped[int] = mapped_column(Integer)
    load_kg: Mapped[int] = mapped_column(Integer)
    load_l: Mapped[int] = mapped_column(Integer)
    loaded_at: Mapped[Moment | None]
    finished_at: Mapped[Moment | None]
    #: The transfer from the depot's store onto the vehicle, and of what came back into the store.
    load_document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    return_document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    #: A withdrawn trip keeps its number and its stops, for a sheet of it may be on paper; its orders are open again.
    withdrawn_at: Mapped[Moment | None]
    withdrawn_by: Mapped[str | None] = mapped_column(ShortText(64))

    plan_run: Mapped[PlanRun] = relationship()
    shift: Mapped[Shift] = relationship()
    vehicle: Mapped[Vehicle] = relationship(lazy="joined")
    driver: Mapped[User] = relationship(lazy="joined")
    stops: Mapped[list[TripStop]] = relationship(back_populates="trip", order_by="TripStop.sequence")

    @property
    def number(self) -> str:
        return f"CC{self.id:07d}"


class TripStop(Base):
    """A place on a trip (停靠点): one visit, for one or several delivery orders to the same recipient."""

    __tablename__ = "trip_stop"
    __table_args__ = (UniqueConstraint("trip_id", "sequence"),)

    id: Mapped[Id]
    trip_id: Mapped[int] = mapped_column(ForeignKey("trip.id"))
    #: From 1.
    sequence: Mapped[int] = mapped_column(Integer)
    state: Mapped[StopState] = mapped_column(word_enum(StopState), default=StopState.PLANNED)
    arrives_at: Mapped[Moment]
    leaves_at: Mapped[Moment]
    #: When it was delivered or given up, by the act.
    done_at: Mapped[Moment | None]
    place_name: Mapped[Name]
    address: Mapped[str] = mapped_column(ShortText(300), default="")
    lat: Mapped[float] = mapped_column(Float)
    lon: Mapped[float] = mapped_column(Float)
    contact: Mapped[str] = mapped_column(ShortText(100), default="")
    phone: Mapped[str] = mapped_column(ShortText(40), default="")
    scene: Mapped[HandoverScene] = mapped_column(word_enum(HandoverScene))
    windows: Mapped[str] = mapped_column(ShortText(100), default="")

    trip: Mapped[Trip] = relationship(back_populates="stops")
    delivery_orders: Mapped[list[DeliveryOrder]] = relationship(order_by=DeliveryOrder.id)
