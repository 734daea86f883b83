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

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from inventory.ledger import Balance, Movement
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
    flows: dict[int, dict[int, tuple[int, int, int]]] = defaultdict(dict)
    for item_id, place, change, came, used in session.execute(_flows(places, calendar, zone, item_ids)):
        flows[item_id][place] = int(change), int(came), int(used)
    held = {item_id: int(quantity) for item_id, quantity in session.execute(_held(places, item_ids))}
    return {
        item_id: _days(calendar, flows.get(item_id, {}), held.get(item_id, 0)) for item_id in flows.keys() | held.keys()
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


def _flows(
    places: Select[int], calendar: Sequence[dt.date], zone: dt.tzinfo, item_ids: Collection[int] | None
) -> Select[int, int, int, int, int]:
    """By item and place in the calendar (after its end: its length): net change, what came in, what was used."""
    first = dt.datetime.combine(calendar[0], dt.time(), zone)
    source, destination, reversed_ = aliased(StockLocation), aliased(StockLocation), aliased(Movement)
    comes = and_(Movement.destination_id.in_(places), Movement.source_id.not_in(places))
    goes = and_(Movement.source_id.in_(places), Movement.destination_id.not_in(places))
    of_items = literal(True) if item_ids is None else Movement.item_id.in_(item_ids)
    nothing = literal(0)
    changed = select(
        Movement.item_id,
        _place(Movement.occurred_at, calendar, zone).label("place"),
        case((comes, Movement.quantity), else_=-Movement.quantity).label("change"),
        case((comes, Movement.quantity), else_=nothing).label("came"),
        nothing.label("used"),
    ).where(Movement.occurred_at >= first, or_(comes, goes), of_items)
    acted_at = func.coalesce(reversed_.occurred_at, Movement.occurred_at)
    used = (
        select(
            Movement.item_id,
            _place(acted_at, calendar, zone),
            nothing,
            nothing,
            case((goes, Movement.quantity), else_=-Movement.quantity),
        )
        .join(source, source.id == Movement.source_id)
        .join(destination, destination.id == Movement.destination_id)
        .outerjoin(reversed_, reversed_.id == Movement.reverses_id)
        .where(
            acted_at >= first,
            or_(and_(goes, destination.place.in_(USED_AT)), and_(comes, source.place.in_(USED_AT))),
            of_items,
        )
    )
    both = union_all(changed, used).subquery()
    return select(
        both.c.item_id, both.c.place, func.sum(both.c.change), func.sum(both.c.came), func.sum(both.c.used)
    ).group_by(both.c.item_id, both.c.place)


def _place(
    moment: SQLColumnExpression[dt.datetime], calendar: Sequence[dt.date], zone: dt.tzinfo
) -> ColumnElement[int]:
    """Which day of the calendar a moment falls on: compared with each midnight, which every database does alike."""
    midnights = [dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone) for day in calendar]
    return case(*((moment < midnight, place) for place, midnight in enumerate(midnights)), else_=len(calendar))


def _held(places: Select[int], item_ids: Collection[int] | None) -> Select[int, int]:
    held = select(Balance.item_id, func.sum(Balance.quantity)).where(Balance.location_id.in_(places))
    if item_ids is not None:
        held = held.where(Balance.item_id.in_(item_ids))
    return held.group_by(Balance.item_id).having(func.sum(Balance.quantity) != 0)


def _days(calendar: Sequence[dt.date], flows: Mapping[int, tuple[int, int, int]], now: int) -> tuple[Day, ...]:
    """Back from what is there now: each morning's stock is the next one's less what changed in between."""
    morning = now - flows.get(len(calendar), (0, 0, 0))[0]
    days: list[Day] = []
    for place in reversed(range(len(calendar))):
        change, came, used = flows.get(place, (0, 0, 0))
        morning -= change
        days.append(Day(day=calendar[place], used=used, opening=morning, had_stock=morning > 0 or came > 0))
    return tuple(reversed(days))
