"""What was used up day by day, read from the ledger, and the burn rate (消耗速度) it comes to.

Used is what went to consumption or to recipients. A reversal counts against the day of what it reverses. Days on which there was nothing
to use are no days of little use: they are told apart and left out of every rate.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from inventory.ledger import Balance, Document, DocumentKind, Movement
from inventory.norms import Units
from inventory.places import AT_HAND, Place, StockLocation

#: Days that a burn rate looks back, and the fewest with stock that make one.
BURN_DAYS = 14
LEAST_DAYS = 2
#: Where goods go when they are used.
USED_AT = (Place.CONSUMED, Place.RECIPIENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One calendar day of an item: what was used (base units), what was there in the morning, and whether there was anything at all."""

    day: dt.date
    used: int
    opening: int
    had_stock: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Burn:
    """Base units used a day on so many days with stock."""

    rate: Fraction
    days: int


def daily_usage(
    session: Session,
    *,
    unit_ids: Units,
    before: dt.date,
    days: int,
    zone: dt.tzinfo,
    item_ids: Collection[int] | None = None,
) -> dict[int, tuple[Day, ...]]:
    """The last `days` whole days before a day, oldest first, by item id; of all the places of these units together.

    Items that neither moved nor lie there are absent. `zone` is where the days are days.
    """
    calendar = [before - dt.timedelta(days=back) for back in range(days, 0, -1)]
    places = select(StockLocation.id).where(StockLocation.unit_id.in_(unit_ids), StockLocation.place.in_(AT_HAND))
    inside = frozenset(session.scalars(places))
    held = {item_id: int(quantity) for item_id, quantity in session.execute(_held(places, item_ids))}
    few = len(inside) <= FEW_PLACES
    crossings = _into_or_out_of(inside, item_ids) if few else _of_items(held, places)
    flows: dict[int, dict[int, tuple[int, int, int]]] = defaultdict(dict)
    for item_id, place, *sums in session.execute(_flows(crossings, calendar, zone)):
        change, came, used = map(int, sums)
        flows[item_id][place] = change, came, used
    corrections = _corrections(session, inside, calendar, zone)
    return {
        item_id: _days(calendar, flows.get(item_id, {}), corrections.get(item_id, {}), quantity)
        for item_id, quantity in held.items()
        if quantity or item_id in flows
    }


def burn(days: Sequence[Day]) -> Burn | None:
    """What was used a day, over the days with stock; None where those are too few to tell."""
    counted = [day.used for day in days if day.had_stock]
    if len(counted) < LEAST_DAYS:
        return None
    return Burn(rate=Fraction(max(0, sum(counted)), len(counted)), days=len(counted))


def disagree(rate: Fraction, need: Fraction) -> bool:
    """Whether a burn rate and a reckoned need differ by more than half of the need."""
    return 2 * abs(rate - need) > need


FEW_PLACES = 200
"""What came to so few places and left them is found place by place; at more, by going through all movements of these days."""


class _Crossings(NamedTuple):
    """Which movements come into places or leave them, and which of these come in."""

    where: ColumnElement[bool]
    into: ColumnElement[bool]


def _into_or_out_of(inside: Collection[int], item_ids: Collection[int] | None) -> _Crossings:
    into, out_of = Movement.destination_id.in_(inside), Movement.source_id.in_(inside)
    crosses = or_(and_(into, ~out_of), and_(out_of, ~into))
    return _Crossings(where=crosses if item_ids is None else and_(crosses, Movement.item_id.in_(item_ids)), into=into)


def _of_items(item_ids: Collection[int], places: Select[int]) -> _Crossings:
    into, out_of = Movement.destination_id.in_(places), Movement.source_id.in_(places)
    return _Crossings(where=and_(Movement.item_id.in_(item_ids), into != out_of), into=into)


def _flows(crossings: _Crossings, calendar: Sequence[dt.date], zone: dt.tzinfo) -> Select[int, int, int, int, int]:
    """By item and place in the calendar (after its end: its length): net change, what came in, what was used."""
    into, place = crossings.into, _place(Movement.occurred_at, calendar, zone).label("place")
    change = case((into, Movement.quantity), else_=-Movement.quantity)
    outside = case((into, Movement.source_id), else_=Movement.destination_id)
    used_at = select(StockLocation.id).where(StockLocation.place.in_(USED_AT))
    sums = (change, case((into, Movement.quantity), else_=0), case((outside.in_(used_at), -change), else_=0))
    return (
        select(Movement.item_id, place, *map(func.sum, sums))
        .where(Movement.occurred_at >= dt.datetime.combine(calendar[0], dt.time(), zone), crossings.where)
        .group_by(Movement.item_id, place)
    )


def _corrections(
    session: Session, inside: Collection[int], calendar: Sequence[dt.date], zone: dt.tzinfo
) -> dict[int, dict[int, int]]:
    """What reversals change of the use, by item and place in the calendar: their own day had none of it, that of what they undo had less.

    Only what was recorded since the first day can have happened since.
    """
    first, undone = dt.datetime.combine(calendar[0], dt.time(), zone), aliased(Movement)
    since = select(Document.id).where(Document.kind == DocumentKind.REVERSAL, Document.recorded_at >= first)
    reversals = (
        select(Movement, undone.occurred_at)
        .join(undone, undone.id == Movement.reverses_id)
        .where(Movement.document_id.in_(since))
        .options(joinedload(Movement.source), joinedload(Movement.destination))
    )
    corrections: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for reversal, undone_at in session.execute(reversals):
        for moment, used in ((reversal.occurred_at, -_used(reversal, inside)), (undone_at, _used(reversal, inside))):
            corrections[reversal.item_id][(moment.astimezone(zone).date() - calendar[0]).days] += used
    return corrections


def _used(movement: Movement, inside: Collection[int]) -> int:
    """What a movement uses up of what lies inside, or (−) gives back."""
    comes, goes = movement.destination_id in inside, movement.source_id in inside
    if goes and not comes and movement.destination.place in USED_AT:
        return movement.quantity
    if comes and not goes and movement.source.place in USED_AT:
        return -movement.quantity
    return 0


def _place(
    moment: SQLColumnExpression[dt.datetime], calendar: Sequence[dt.date], zone: dt.tzinfo
) -> ColumnElement[int]:
    """Which day of the calendar a moment falls on: compared with midnights, which every database does alike, halving what is left."""
    midnights = [dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone) for day in calendar]

    def between(low: int, high: int) -> ColumnElement[int]:
        if low == high:
            return literal(low)
        middle = (low + high) // 2
        return case((moment < midnights[middle], between(low, middle)), else_=between(middle + 1, high))

    return between(0, len(calendar))


def _held(places: Select[int], item_ids: Collection[int] | None) -> Select[int, int]:
    """What lies there of every item that ever did."""
    held = select(Balance.item_id, func.sum(Balance.quantity)).where(Balance.location_id.in_(places))
    if item_ids is not None:
        held = held.where(Balance.item_id.in_(item_ids))
    return held.group_by(Balance.item_id)


def _days(
    calendar: Sequence[dt.date], flows: Mapping[int, tuple[int, int, int]], corrections: Mapping[int, int], now: int
) -> tuple[Day, ...]:
    """Back from what is there now: each morning's stock is the next one's less what changed in between."""
    morning = now - flows.get(len(calendar), (0, 0, 0))[0]
    days: list[Day] = []
    for place in reversed(range(len(calendar))):
        change, came, used = flows.get(place, (0, 0, 0))
        used += corrections.get(place, 0)
        morning -= change
        days.append(Day(day=calendar[place], used=used, opening=morning, had_stock=morning > 0 or came > 0))
    return tuple(reversed(days))
