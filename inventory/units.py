"""The organisation tree: bureau, county, stations, service windows, checkpoints, villages."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Collection

from sqlalchemy import CheckConstraint, Float, ForeignKey, Integer, Select, delete, insert, literal, select, union_all
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from inventory.base import Base, Code, Id, Instant, Name, ShortText, word_enum
from inventory.errors import BelowItself, InvalidInput, NotFound


class UnitKind(enum.StrEnum):
    """What a unit is; its word on the page comes from the catalogue."""

    BUREAU = "bureau"
    COUNTY = "county"
    WAREHOUSE = "warehouse"
    STATION = "station"
    WINDOW = "window"
    CHECKPOINT = "checkpoint"
    HOSPITAL = "hospital"
    COMPOUND = "compound"
    VILLAGE = "village"
    VEHICLE = "vehicle"
    OTHER = "other"


class Tier(enum.StrEnum):
    """Who comes first when there is not enough."""

    FRONTLINE = "frontline"
    WINDOW = "window"
    OTHER = "other"


class Unit(Base):
    """A node of the organisation tree (单位)."""

    __tablename__ = "unit"
    __table_args__ = (
        CheckConstraint("(lat IS NULL) = (lon IS NULL)", name="place_whole"),
        CheckConstraint("id <> parent_id", name="not_own_parent"),
    )

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    kind: Mapped[UnitKind] = mapped_column(word_enum(UnitKind))
    tier: Mapped[Tier] = mapped_column(word_enum(Tier), default=Tier.OTHER)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    #: WGS-84; absent where nobody has told yet.
    lat: Mapped[float | None] = mapped_column(Float)
    lon: Mapped[float | None] = mapped_column(Float)
    address: Mapped[str] = mapped_column(ShortText(300), default="")
    contact: Mapped[str] = mapped_column(ShortText(100), default="")
    phone: Mapped[str] = mapped_column(ShortText(40), default="")
    #: People on duty, from which need is reckoned.
    headcount: Mapped[int] = mapped_column(Integer, default=0)
    #: The day it was closed; nothing is received, asked or appointed for it any more.
    closed_on: Mapped[dt.date | None]
    #: The end of the last day it has closed in its books; nothing is posted to it or below as of before that (`closed_days`).
    books_closed_until: Mapped[dt.datetime | None] = mapped_column(Instant)

    parent: Mapped[Unit | None] = relationship(remote_side="Unit.id")


class Below(Base):
    """That a unit is another one, or stands somewhere below it: the tree spelled out, changed only together with it.

    Nearly every query of a page asks for a unit and all below it; this way it need not walk the tree.
    """

    __tablename__ = "unit_below"
    __table_args__ = ({"sqlite_with_rowid": False},)

    top_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True, index=True)


def unit_by_code(session: Session, code: str) -> Unit:
    """The unit with this code. Raises NotFound."""
    unit = session.scalar(select(Unit).where(Unit.code == code))
    if unit is None:
        raise NotFound("unit", code)
    return unit


def get_unit(session: Session, unit_id: int) -> Unit:
    """The unit with this id. Raises NotFound."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFound("unit", unit_id)
    return unit


def subtree(unit_id: int) -> Select[int]:
    """A query for the ids of a unit and all below it."""
    return select(Below.unit_id).where(Below.top_id == unit_id)


def upwards(unit_ids: Select[int] | Collection[int]) -> Select[int]:
    """A query for the ids of these units and of all above them."""
    return select(Below.top_id).where(Below.unit_id.in_(unit_ids))


def is_within(session: Session, unit_id: int, top_id: int) -> bool:
    """Whether a unit is this one or stands somewhere below it."""
    return session.get(Below, (top_id, unit_id)) is not None


def add_unit(
    session: Session,
    *,
    code: str,
    name: str,
    kind: UnitKind,
    parent: Unit | None = None,
    tier: Tier = Tier.OTHER,
    lat: float | None = None,
    lon: float | None = None,
    address: str = "",
    contact: str = "",
    phone: str = "",
    headcount: int = 0,
) -> Unit:
    """Add a unit below its parent. Raises InvalidInput for an empty code or name or half a place."""
    check_told(code=code, name=name, lat=lat, lon=lon)
    unit = Unit(
        code=code,
        name=name,
        kind=kind,
        parent=parent,
        tier=tier,
        lat=lat,
        lon=lon,
        address=address,
        contact=contact,
        phone=phone,
        headcount=headcount,
    )
    enter_tree(session, unit)
    return unit


def move_unit(session: Session, *, unit: Unit, parent: Unit) -> None:
    """Let a unit, with all below it, stand below another parent. Raises BelowItself where that would make a loop."""
    hold_tree(session)
    if is_within(session, parent.id, unit.id):
        raise BelowItself(unit=unit.name, parent=parent.name)
    hold_above(session, [unit.id])
    unit.parent = parent
    spell_out_tree(session)


def hold_above(session: Session, unit_ids: Collection[int]) -> None:
    """Wait for whoever above units that are to go elsewhere is just closing a day: what is said of their places is said before."""
    above = select(Unit.id).where(Unit.id.in_(upwards(unit_ids))).order_by(Unit.id)
    session.execute(above.with_for_update(key_share=True))


def hold_tree(session: Session) -> None:
    """Wait for whoever else changes the tree, and keep it until the transaction ends: every change holds the topmost units.

    Two moves at once could close a loop that neither sees, and a unit could be added below one that is just moving away.
    """
    session.execute(select(Unit.id).where(Unit.parent_id.is_(None)).order_by(Unit.id).with_for_update(key_share=True))


def enter_tree(session: Session, unit: Unit) -> None:
    """Add a new unit, and write down what it stands below."""
    if unit.parent is not None:
        hold_tree(session)
    session.add(unit)
    session.flush()
    above = select(Below.top_id, literal(unit.id)).where(Below.unit_id == unit.parent_id)
    itself = select(literal(unit.id), literal(unit.id))
    session.execute(insert(Below).from_select(["top_id", "unit_id"], union_all(itself, above)))


def spell_out_tree(session: Session) -> None:
    """Write down anew what stands below what, after units have got other parents; the tree has to be held."""
    session.flush()
    tree = select(Unit.id.label("top_id"), Unit.id.label("unit_id")).cte("tree", recursive=True)
    tree = tree.union_all(select(tree.c.top_id, Unit.id).join(tree, Unit.parent_id == tree.c.unit_id))
    session.execute(delete(Below), execution_options={"synchronize_session": False})
    session.execute(insert(Below).from_select(["top_id", "unit_id"], select(tree)))


def check_told(*, code: str, name: str, lat: float | None, lon: float | None) -> None:
    """Raises InvalidInput for an empty code or name or half a place."""
    for field, value in (("code", code), ("name", name)):
        if not value.strip():
            raise InvalidInput(field, "empty", value)
    if (lat is None) != (lon is None):
        raise InvalidInput("lat/lon", "half-a-place", (lat, lon))
