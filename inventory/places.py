"""Where stock can be: stores, vehicles and what is on the way inside; suppliers, recipients and losses outside."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from inventory.base import Base, Code, Id, Name, upsert, word_enum
from inventory.errors import InvalidInput, NotFound
from inventory.units import Unit


class Place(enum.StrEnum):
    """What a stock location is. Places inside cannot hold less than nothing; outside may."""

    STORE = "store"
    VEHICLE = "vehicle"
    TRANSIT = "transit"
    RECIPIENT = "recipient"
    SUPPLIER = "supplier"
    DONOR = "donor"
    OPENING = "opening"
    CONSUMED = "consumed"
    VARIANCE = "variance"
    LOST = "lost"
    EXPIRED = "expired"


#: Places inside the organisation, whose stock is ours to answer for.
INSIDE = (Place.STORE, Place.VEHICLE, Place.TRANSIT)
#: Where a unit can lay its hands on it: what is on the way to it is not there yet.
AT_HAND = (Place.STORE, Place.VEHICLE)
#: Outside places of which there is only one.
SINGLE = (Place.OPENING, Place.CONSUMED, Place.VARIANCE, Place.LOST, Place.EXPIRED)


class StockLocation(Base):
    """Anything that holds stock (存放点): a store, a vehicle, a recipient, a supplier, loss."""

    __tablename__ = "stock_location"
    __table_args__ = (
        Index("uq_stock_location_place_code", "place", "code", unique=True),
        # All that is asked of the places of a unit, so that they are found without reading them.
        Index("ix_stock_location_unit", "unit_id", "place", "id"),
        CheckConstraint("guarded = (place IN ('store', 'vehicle', 'transit'))", name="inside_guarded"),
    )

    id: Mapped[Id]
    place: Mapped[Place] = mapped_column(word_enum(Place))
    code: Mapped[Code]
    name: Mapped[Name]
    #: The unit that answers for it, for goods in transit the one they are on the way to; outside places have none.
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    guarded: Mapped[bool]

    unit: Mapped[Unit | None] = relationship()


def open_location(session: Session, *, place: Place, code: str, name: str, unit: Unit | None = None) -> StockLocation:
    """The location of this kind and code, opened if new."""
    wanted = select(StockLocation).where(StockLocation.place == place, StockLocation.code == code)
    location = session.scalar(wanted)
    if location is None:
        session.flush()
        session.execute(
            upsert(session, StockLocation)
            .values(place=place, code=code, name=name, unit_id=unit.id if unit else None, guarded=place in INSIDE)
            .on_conflict_do_nothing(index_elements=[StockLocation.place, StockLocation.code])
        )
        location = session.scalars(wanted).one()
    return location


def open_locations(
    session: Session, *, place: Place, wanted: Mapping[str, tuple[str, int | None]]
) -> dict[str, StockLocation]:
    """Many locations of one kind at once: code → (name, unit id); those that are new are opened. By code."""
    codes = sorted(wanted)
    opened: dict[str, StockLocation] = {}
    for start in range(0, len(codes), 500):
        some = codes[start : start + 500]
        rows = [
            {
                "place": place,
                "code": code,
                "name": wanted[code][0],
                "unit_id": wanted[code][1],
                "guarded": place in INSIDE,
            }
            for code in some
        ]
        session.flush()
        session.execute(
            upsert(session, StockLocation)
            .values(rows)
            .on_conflict_do_nothing(index_elements=[StockLocation.place, StockLocation.code])
        )
        found = select(StockLocation).where(StockLocation.place == place, StockLocation.code.in_(some))
        opened |= {location.code: location for location in session.scalars(found)}
    return opened


def the_location(session: Session, place: Place) -> StockLocation:
    """The one location of an outside kind of which there is only one (consumed, lost, …)."""
    if place not in SINGLE:
        raise InvalidInput("place", "not-single", place)
    return open_location(session, place=place, code=place.value, name=place.value)


def get_location(session: Session, location_id: int) -> StockLocation:
    """The location with this id. Raises NotFound."""
    location = session.get(StockLocation, location_id)
    if location is None:
        raise NotFound("stock location", location_id)
    return location


def places_of(units: Select[int]) -> Select[int]:
    """A query for the ids of the places that these units answer for, e.g. `subtree(unit_id)`."""
    return select(StockLocation.id).where(StockLocation.unit_id.in_(units))


def store_of(session: Session, unit: Unit) -> StockLocation:
    """The store of a unit, opened if it has none."""
    return open_location(session, place=Place.STORE, code=unit.code, name=unit.name, unit=unit)
