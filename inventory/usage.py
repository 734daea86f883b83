"""What was used up day by day, read from the ledger, and the burn rate (消耗速度) it comes to.

Used is what went to consumption or to recipients. A reversal counts against the day of what it reverses. Days on which there was nothing
that might be used, because it was gone, expired or blocked, are no days of little use: they are told apart and left out of every rate.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from inventory.balances import Balance
from inventory.catalogue import Lot, LotStatus
from inventory.ledger import Document, DocumentKind, Movement
from inventory.lots import LotStatusChange
from inventory.norms import Units
from inventory.places import AT_HAND, Place, StockLocation

#: Days that a burn rate looks back, and the fewest with stock that make one.
BURN_DAYS = 14
LEAST_DAYS = 2
#: Where goods go when they are used.
USED_AT = (Place.CONSUMED, Place.RECIPIENT)
#: Stands for all lots that might be used on every day of a calendar: they are counted together.
SOUND = 0

#: What came to so few places and left them is found place by place; at more, by going through all movements of these days.
FEW_PLACES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One calendar day of an item: what was used (base units), what was there in the morning, and whether any of it might be used."""

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
    inside, doubtful = frozenset(session.scalars(places)), _doubtful(calendar, zone)
    stocks: dict[int, dict[int, _Stock]] = defaultdict(lambda: defaultdict(_Stock))
    for item_id, lot_id, quantity in session.execute(_held(places, item_ids, doubtful)):
        stocks[item_id][lot_id].now = int(quantity)
    few = len(inside) <= FEW_PLACES
    crossings = _into_or_out_of(inside, item_ids) if few else _of_items(frozenset(stocks), places)
    for item_id, lot_id, place, change, came, used in session.execute(_flows(crossings, calendar, zone, doubtful)):
        stocks[item_id][lot_id].flows[place] = int(change), int(came), int(used)
    known = {item_id: {lot_id: one for lot_id, one in lots.items() if one} for item_id, lots in stocks.items()}
    usable = _usable_days(session, {lot_id for lots in known.values() for lot_id in lots} - {SOUND}, calendar, zone)
    corrections = _corrections(session, inside, calendar, zone)
    return {
        item_id: _days(calendar, lots, usable, corrections.get(item_id, {})) for item_id, lots in known.items() if lots
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


@dataclass(slots=True)
class _Stock:
    """One lot, or all the sound ones: what is there now, and (net change, what came in, what was used) by place in the calendar."""

    now: int = 0
    flows: dict[int, tuple[int, int, int]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.now or self.flows)

    def mornings(self, days: int) -> list[tuple[int, int]]:
        """What was there each morning and what came that day: back from now, each morning is the next one less what changed between."""
        morning, found = self.now - self.flows.get(days, (0, 0, 0))[0], list[tuple[int, int]]()
        for place in reversed(range(days)):
            change, came, _ = self.flows.get(place, (0, 0, 0))
            morning -= change
            found.append((morning, came))
        return found[::-1]


def _days(
    calendar: Sequence[dt.date],
    lots: Mapping[int, _Stock],
    usable: Mapping[int, Sequence[bool]],
    corrections: Mapping[int, int],
) -> tuple[Day, ...]:
    mornings = {lot_id: stock.mornings(len(calendar)) for lot_id, stock in lots.items()}
    return tuple(
        Day(
            day=day,
            used=corrections.get(place, 0) + sum(stock.flows.get(place, (0, 0, 0))[2] for stock in lots.values()),
            opening=sum(there[place][0] for there in mornings.values()),
            had_stock=any(
                (lot_id == SOUND or usable[lot_id][place]) and max(there[place]) > 0
                for lot_id, there in mornings.items()
            ),
        )
        for place, day in enumerate(calendar)
    )


def _doubtful(calendar: Sequence[dt.date], zone: dt.tzinfo) -> Select[int]:
    """The lots that may not have been usable on every day: expired before the last, blocked now or then."""
    changed = exists().where(
        LotStatusChange.lot_id == Lot.id, LotStatusChange.changed_at >= _midnight(calendar[0], zone)
    )
    return select(Lot.id).where(or_(Lot.expires_on < calendar[-1], Lot.status != LotStatus.USABLE, changed))


def _usable_days(
    session: Session, lot_ids: Collection[int], calendar: Sequence[dt.date], zone: dt.tzinfo
) -> dict[int, list[bool]]:
    """On which days of the calendar each lot might be used, at least for a while."""
    wanted, found = sorted(lot_ids), dict[int, list[bool]]()
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        changes: dict[int, list[LotStatusChange]] = defaultdict(list)
        for change in session.scalars(
            select(LotStatusChange).where(LotStatusChange.lot_id.in_(some)).order_by(LotStatusChange.id)
        ):
            changes[change.lot_id].append(change)
        for lot in session.scalars(select(Lot).where(Lot.id.in_(some))):
            found[lot.id] = [_usable_during(lot, changes[lot.id], day, zone) for day in calendar]
    return found


def _usable_during(lot: Lot, changes: Sequence[LotStatusChange], day: dt.date, zone: dt.tzinfo) -> bool:
    """Whether a lot was neither expired nor blocked all day; `changes` of its status, oldest first."""
    if lot.expires_on is not None and lot.expires_on < day:
        return False
    begins, ends = _midnight(day, zone), _midnight(day + dt.timedelta(days=1), zone)
    in_the_morning = changes[0].before if changes else lot.status
    for change in changes:
        if change.changed_at <= begins:
            in_the_morning = change.after
    later = (change.after for change in changes if begins < change.changed_at < ends)
    return LotStatus.USABLE in (in_the_morning, *later)


def _midnight(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """The first moment of a day."""
    return dt.datetime.combine(day, dt.time(), zone)


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


def _flows(
    crossings: _Crossings, calendar: Sequence[dt.date], zone: dt.tzinfo, doubtful: Select[int]
) -> Select[int, int, int, int, int, int]:
    """By item, lot and place in the calendar (after its end: its length): net change, what came in, what was used."""
    into, place = crossings.into, _place(Movement.occurred_at, calendar, zone).label("place")
    change = case((into, Movement.quantity), else_=-Movement.quantity)
    outside = case((into, Movement.source_id), else_=Movement.destination_id)
    used_at = select(StockLocation.id).where(StockLocation.place.in_(USED_AT))
    sums = (change, case((into, Movement.quantity), else_=0), case((outside.in_(used_at), -change), else_=0))
    by = (Movement.item_id, _lot(Movement.lot_id, doubtful).label("lot"), place)
    return (
        select(*by, *map(func.sum, sums))
        .where(Movement.occurred_at >= _midnight(calendar[0], zone), crossings.where)
        .group_by(*by)
    )


def _lot(lot_id: SQLColumnExpression[int], doubtful: Select[int]) -> ColumnElement[int]:
    """The lot, where it has to be counted by itself."""
    return case((lot_id.in_(doubtful), lot_id), else_=SOUND)


def _corrections(
    session: Session, inside: Collection[int], calendar: Sequence[dt.date], zone: dt.tzinfo
) -> dict[int, dict[int, int]]:
    """What reversals change of the use, by item and place in the calendar: their own day had none of it, that of what they undo had less.

    Only what was recorded since the first day can have happened since.
    """
    first, undone = _midnight(calendar[0], zone), aliased(Movement)
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
    midnights = [_midnight(day + dt.timedelta(days=1), zone) for day in calendar]

    def between(low: int, high: int) -> ColumnElement[int]:
        if low == high:
            return literal(low)
        middle = (low + high) // 2
        return case((moment < midnights[middle], between(low, middle)), else_=between(middle + 1, high))

    return between(0, len(calendar))


def _held(places: Select[int], item_ids: Collection[int] | None, doubtful: Select[int]) -> Select[int, int, int]:
    """What lies there of every item that ever did, by item and lot."""
    by = (Balance.item_id, _lot(Balance.lot_id, doubtful).label("lot"))
    held = select(*by, func.sum(Balance.quantity)).where(Balance.location_id.in_(places))
    return (held if item_ids is None else held.where(Balance.item_id.in_(item_ids))).group_by(*by)
