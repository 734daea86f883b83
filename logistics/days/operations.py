"""What joins closed days with who may see and reopen them, and the week of many units at once."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from inventory import days
from inventory.balances import Balance
from inventory.closed_days import DayClosing, DayReopening
from inventory.errors import NotFound
from inventory.places import AT_HAND, StockLocation
from inventory.units import Unit, is_within, subtree
from logistics.accounts.models import Role
from logistics.errors import ServiceError
from logistics.web.context import Person


class NotTheirsToReopen(ServiceError):
    """A day is reopened by whoever leads a unit above, not by those who closed it."""


class DayState(enum.StrEnum):
    """How a day of a unit stands."""

    CLOSED = "closed"
    ZERO = "zero"
    MISSING = "missing"
    RUNNING = "running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A day of a unit. `closing` may be one of a unit above; `own` tells that it is not, `later` that it was closed with a later day."""

    day: dt.date
    state: DayState
    closing: DayClosing | None
    own: bool
    later: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitWeek:
    """The last days of one unit, newest first."""

    unit: Unit
    cells: Sequence[Cell]


def week(
    session: Session, *, unit_id: int, now: dt.datetime, about: str = "", limit: int = 50, offset: int = 0
) -> list[UnitWeek]:
    """Today and the six days before it, of the unit, then of every unit below it that holds, moved or closed anything, by code.

    `about` finds any unit with a store or vehicle instead, by a part of its name or code. `now` comes in the people's zone.
    """
    wanted = _called(about) if about else or_(Unit.id == unit_id, Unit.id.in_(_with_goods()), Unit.id.in_(_closers()))
    below = select(Unit).where(Unit.id.in_(subtree(unit_id)), Unit.closed_on.is_(None), wanted)
    units = session.scalars(below.order_by(Unit.id != unit_id, Unit.code).limit(limit).offset(offset)).all()
    shown = [now.date() - dt.timedelta(days=back) for back in range(7)]
    closed = days.calendar(session, unit_ids=[unit.id for unit in units], days=shown)
    return [
        UnitWeek(unit=unit, cells=[_cell(unit, day, closed[unit.id].get(day), now) for day in shown]) for unit in units
    ]


def keeps_stock(session: Session, *, unit_id: int) -> bool:
    """Whether the unit or one below it has a store or vehicle at all."""
    places = select(StockLocation.id).where(StockLocation.unit_id.in_(subtree(unit_id)))
    return session.scalar(places.where(StockLocation.place.in_(AT_HAND)).limit(1)) is not None


def closing_within(session: Session, closing_id: int, *, unit_id: int) -> DayClosing:
    """The closing, if it is of the unit or of one below it. Raises NotFound."""
    closing = days.get_closing(session, closing_id)
    if not is_within(session, closing.unit_id, unit_id):
        raise NotFound("day closing", closing_id)
    return closing


def may_reopen(session: Session, closing: DayClosing, person: Person) -> bool:
    """Whether a closing can be reopened and this person is one who may: see `reopen`."""
    return _is_above(closing, person) and days.last_reopenable(session, closing)


def reopen(
    session: Session, *, key: str, closing_id: int, reason: str, at: dt.datetime, person: Person
) -> DayReopening:
    """Reopen a day for a leader of a unit above, for the topmost unit its own, or for an administrator.

    Raises NotTheirsToReopen, and as the library does.
    """
    closing = closing_within(session, closing_id, unit_id=person.unit_id)
    if not _is_above(closing, person):
        raise NotTheirsToReopen(number=closing.number)
    return days.reopen_day(session, key=key, closing_id=closing_id, at=at, by=person.sign_in_name, reason=reason)


def _called(about: str) -> ColumnElement[bool]:
    """Of units with a store or vehicle whose name or code has these letters."""
    keepers = select(StockLocation.unit_id).where(StockLocation.place.in_(AT_HAND))
    named = Unit.name.icontains(about, autoescape=True) | Unit.code.icontains(about, autoescape=True)
    return Unit.id.in_(keepers) & named


def _with_goods() -> Select[int | None]:
    """Units in whose stores or vehicles something lies or lay: a balance stays when nothing is left of it."""
    used = select(Balance.location_id).where(Balance.location_id == StockLocation.id).exists()
    return select(StockLocation.unit_id).where(StockLocation.place.in_(AT_HAND), used)


def _closers() -> Select[int]:
    """Units that closed a day of their own."""
    return select(DayClosing.unit_id)


def _is_above(closing: DayClosing, person: Person) -> bool:
    """Of a person in whose reach the closing is."""
    return person.role is Role.ADMIN or person.unit_id != closing.unit_id or closing.unit.parent_id is None


def _cell(unit: Unit, day: dt.date, closing: DayClosing | None, now: dt.datetime) -> Cell:
    if closing is None:
        state = DayState.RUNNING if day == now.date() else DayState.MISSING
        return Cell(day=day, state=state, closing=None, own=False, later=False)
    own = closing.unit_id == unit.id
    # A first closing closes the days before it without having told of them.
    told = closing.begins_at.astimezone(now.tzinfo).date() <= day
    state = DayState.ZERO if own and told and closing.is_zero else DayState.CLOSED
    return Cell(day=day, state=state, closing=closing, own=own, later=closing.day != day)
