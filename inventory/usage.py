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

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from inventory.catalogue import Lot, LotStatus
from inventory.ledger import Balance, Movement
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
    doubtful = _doubtful(calendar, zone)
    stocks: dict[int, dict[int, _Stock]] = defaultdict(lambda: defaultdict(_Stock))
    for item_id, lot_id, place, change, came, used in session.execute(
        _flows(places, calendar, zone, item_ids, doubtful)
    ):
        stocks[item_id][lot_id].flows[place] = int(change), int(came), int(used)
    for item_id, lot_id, quantity in session.execute(_held(places, item_ids, doubtful)):
        stocks[item_id][lot_id].now = int(quantity)
    usable = _usable_days(session, {lot_id for lots in stocks.values() for lot_id in lots} - {SOUND}, calendar, zone)
    return {item_id: _days(calendar, lots, usable) for item_id, lots in stocks.items()}


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

    def mornings(self, days: int) -> list[tuple[int, int]]:
        """What was there each morning and what came that day: back from now, each morning is the next one less what changed between."""
        morning, found = self.now - self.flows.get(days, (0, 0, 0))[0], list[tuple[int, int]]()
        for place in reversed(range(days)):
            change, came, _ = self.flows.get(place, (0, 0, 0))
            morning -= change
            found.append((morning, came))
        return found[::-1]


def _days(
    calendar: Sequence[dt.date], lots: Mapping[int, _Stock], usable: Mapping[int, Sequence[bool]]
) -> tuple[Day, ...]:
    mornings = {lot_id: stock.mornings(len(calendar)) for lot_id, stock in lots.items()}
    return tuple(
        Day(
            day=day,
            used=sum(stock.flows.get(place, (0, 0, 0))[2] for stock in lots.values()),
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


def _flows(
    places: Select[int],
    calendar: Sequence[dt.date],
    zone: dt.tzinfo,
    item_ids: Collection[int] | None,
    doubtful: Select[int],
) -> Select[int, int, int, int, int, int]:
    """By item, lot and place in the calendar (after its end: its length): net change, what came in, what was used."""
    first = _midnight(calendar[0], zone)
    source, destination, reversed_ = aliased(StockLocation), aliased(StockLocation), aliased(Movement)
    comes = and_(Movement.destination_id.in_(places), Movement.source_id.not_in(places))
    goes = and_(Movement.source_id.in_(places), Movement.destination_id.not_in(places))
    of_items = literal(True) if item_ids is None else Movement.item_id.in_(item_ids)
    nothing = literal(0)
    changed = select(
        Movement.item_id,
        _lot(Movement.lot_id, doubtful).label("lot_id"),
        _place(Movement.occurred_at, calendar, zone).label("place"),
        case((comes, Movement.quantity), else_=-Movement.quantity).label("change"),
        case((comes, Movement.quantity), else_=nothing).label("came"),
        nothing.label("used"),
    ).where(Movement.occurred_at >= first, or_(comes, goes), of_items)
    acted_at = func.coalesce(reversed_.occurred_at, Movement.occurred_at)
    used = (
        select(
            Movement.item_id,
            literal(SOUND),
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
    by = (both.c.item_id, both.c.lot_id, both.c.place)
    return select(*by, func.sum(both.c.change), func.sum(both.c.came), func.sum(both.c.used)).group_by(*by)


def _lot(lot_id: SQLColumnExpression[int], doubtful: Select[int]) -> ColumnElement[int]:
    """The lot, where it has to be counted by itself."""
    return case((lot_id.in_(doubtful), lot_id), else_=SOUND)


def _place(
    moment: SQLColumnExpression[dt.datetime], calendar: Sequence[dt.date], zone: dt.tzinfo
) -> ColumnElement[int]:
    """Which day of the calendar a moment falls on: compared with each midnight, which every database does alike."""
    midnights = [_midnight(day + dt.timedelta(days=1), zone) for day in calendar]
    return case(*((moment < midnight, place) for place, midnight in enumerate(midnights)), else_=len(calendar))


def _held(places: Select[int], item_ids: Collection[int] | None, doubtful: Select[int]) -> Select[int, int, int]:
    of_items = literal(True) if item_ids is None else Balance.item_id.in_(item_ids)
    lot_id = _lot(Balance.lot_id, doubtful).label("lot_id")
    lots = select(Balance.item_id, lot_id, Balance.quantity).where(Balance.location_id.in_(places), of_items).subquery()
    held = func.sum(lots.c.quantity)
    return select(lots.c.item_id, lots.c.lot_id, held).group_by(lots.c.item_id, lots.c.lot_id).having(held != 0)
