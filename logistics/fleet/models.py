"""What drives: vehicles, the passes they hold, and the shifts in which a driver takes one out."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.base import Base, Code, Id, Moment, Name
from inventory.places import StockLocation
from logistics.accounts.models import User


class Vehicle(Base):
    """A vehicle (车辆). It is a stock location too, so what is aboard stands in the ledger."""

    __tablename__ = "vehicle"
    __table_args__ = (CheckConstraint("capacity_kg > 0 AND capacity_l > 0", name="capacity_positive"),)

    id: Mapped[Id]
    plate: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[Name]
    capacity_kg: Mapped[int] = mapped_column(Integer)
    capacity_l: Mapped[int] = mapped_column(Integer)
    #: Yuan for taking it out on a shift, and tenths of a yuan (角) per kilometre.
    cost_per_shift_yuan: Mapped[int] = mapped_column(Integer, default=200)
    cost_per_km_jiao: Mapped[int] = mapped_column(Integer, default=12)
    depot_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"))
    aboard_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"), unique=True)
    active: Mapped[bool] = mapped_column(default=True)

    depot: Mapped[StockLocation] = relationship(foreign_keys=depot_id)
    aboard: Mapped[StockLocation] = relationship(foreign_keys=aboard_id)
    passes: Mapped[list[VehiclePass]] = relationship(
        back_populates="vehicle", order_by="VehiclePass.kind", lazy="selectin"
    )


class VehiclePass(Base):
    """A green-channel pass (通行证) of a vehicle, valid through a day."""

    __tablename__ = "vehicle_pass"
    __table_args__ = (UniqueConstraint("vehicle_id", "kind"),)

    id: Mapped[Id]
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"))
    kind: Mapped[Code]
    valid_through: Mapped[dt.date | None]

    vehicle: Mapped[Vehicle] = relationship(back_populates="passes")


class Shift(Base):
    """A driver taking a vehicle out from one moment to another (班次)."""

    __tablename__ = "shift"
    __table_args__ = (
        UniqueConstraint("vehicle_id", "starts_at"),
        CheckConstraint("starts_at < ends_at", name="ends_after_start"),
    )

    id: Mapped[Id]
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"), index=True)
    driver_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    starts_at: Mapped[Moment] = mapped_column(index=True)
    ends_at: Mapped[Moment]

    vehicle: Mapped[Vehicle] = relationship(lazy="joined")
    driver: Mapped[User] = relationship(lazy="joined")
