"""Closing the day (日结): what a unit and all below it held in the morning, what came in, what went out, what is left.

Days are closed in order, each one for all days since the last. Today may be closed before it is over: then the books are cut off at that
moment, and what moves afterwards belongs to the next closing. What was closed stays provable: every closing carries a digest over its
figures and over the digest of the closing before it, and `prove_days` reckons the figures again from the movements.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest

from sqlalchemy import CTE, Select, and_, case, func, insert, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from inventory.balances import Balance
from inventory.base import claim
from inventory.catalogue import Item
from inventory.closed_days import DayClosing, DayFigure, DayReopening, closed, closings_binding, standing
from inventory.errors import InvalidInput, NotFound, WrongState
from inventory.ledger import Movement
from inventory.places import INSIDE, StockLocation
from inventory.units import Unit, subtree, upwards


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """An item over a time, in base units, as seen from some places together."""

    opening: int = 0
    came_in: int = 0
    went_out: int = 0
    closing: int = 0

    @property
    def regrouped(self) -> int:
        """What came (+) or went (−) with units that were put elsewhere in the tree since the day before."""
        return self.closing - self.opening - self.came_in + self.went_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a closing would say (`figures` by item id), before anybody signs it."""

    unit: Unit
    day: dt.date
    begins_at: dt.datetime
    ends_at: dt.datetime
    movements: int
    places: Sequence[int]
    figures: Mapping[int, Figures]
    last: DayClosing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFinding:
    """A closing that the books no longer bear out. `item` is empty where the closing as a whole is wrong."""

    rule: str
    number: str
    unit: str
    day: dt.date
    item: str = ""
    expected: object = None
    found: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysProof:
    """How many closings were checked, and what was found. Proved when `findings` is empty."""

    closings: int
    findings: tuple[DayFinding, ...]


# Doing ----------------------------------------------------------------------------------------------------------------


def close_day(
    session: Session,
    *,
    key: str,
    unit_id: int,
    day: dt.date,
    at: dt.datetime,
    zone: dt.tzinfo,
    by: str,
    note: str = "",
) -> DayClosing:
    """Close a day of a unit and all below it, and with it every earlier one; the same key again gives the same closing.

    Raises InvalidInput "future" for a day still to come, DayClosed for one that is closed already.
    """
    unit = _hold(session, unit_id)
    made = draft(session, unit=unit, day=day, at=at, zone=zone)
    if session.scalar(select(DayClosing.id).where(DayClosing.key == key)) is None:
        _refuse_out_of_turn(made, at.astimezone(zone).date())
    previous = session.scalar(_all_of(unit_id).limit(1))
    head: dict[str, object] = {
        "unit_id": unit_id,
        "day": day,
        "begins_at": made.begins_at,
        "ends_at": made.ends_at,
        "closed_at": at,
        "closed_by": by,
        "note": note,
        "movements": made.movements,
        "places": made.places,
    }
    closing, new = claim(
        session,
        DayClosing,
        key=key,
        asked={"unit": unit_id, "day": day, "note": note},
        previous_id=previous.id if previous else None,
        digest=digest(head, made.figures, previous.digest if previous else ""),
        **head,
    )
    if new:
        _keep(session, closing, made.figures)
        unit.books_closed_until = made.ends_at
        session.flush()
    return closing


def reopen_day(session: Session, *, key: str, closing_id: int, at: dt.datetime, by: str, reason: str) -> DayReopening:
    """Take the last closing of a unit back, so that its day can be mended and closed anew; the same key again is the same reopening.

    Raises InvalidInput "empty" without a reason, WrongState where it is not the last one or reopened already, DayClosed where a unit
    above has closed that time too.
    """
    if not reason.strip():
        raise InvalidInput("reason", "empty", reason)
    closing = get_closing(session, closing_id)
    unit = _hold(session, closing.unit_id)
    standing_now = session.scalars(standing(unit.id).limit(2)).all()
    if session.scalar(select(DayReopening.id).where(DayReopening.key == key)) is None:
        _refuse_reopening(session, closing, standing_now)
    asked = {"closing": closing_id, "reason": reason}
    head = {"closing_id": closing_id, "reopened_at": at, "reopened_by": by, "reason": reason}
    reopening, new = claim(session, DayReopening, key=key, asked=asked, **head)
    if new:
        unit.books_closed_until = standing_now[1].ends_at if len(standing_now) > 1 else None
        session.flush()
    return reopening


def digest(head: Mapping[str, object], figures: Mapping[int, Figures], previous: str) -> str:
    """What binds a closing to its figures and to the digest of the closing before it: SHA-256 in hexadecimal."""
    lines = [
        (item_id, line.opening, line.came_in, line.went_out, line.closing) for item_id, line in sorted(figures.items())
    ]
    content = json.dumps([[_plain(head[name]) for name in HEAD], lines, previous], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


# Looking --------------------------------------------------------------------------------------------------------------


def draft(session: Session, *, unit: Unit, day: dt.date, at: dt.datetime, zone: dt.tzinfo) -> Draft:
    """What closing a day of a unit at a moment would say. `zone` is where its days are days."""
    last = session.scalar(standing(unit.id).limit(1))
    begins_at = last.ends_at if last else _midnight(day, zone)
    ends_at = max(begins_at, min(_midnight(day + dt.timedelta(days=1), zone), at))
    places = sorted(session.scalars(_places_below(unit.id)))
    movements, flows = _flows(session, places, begins_at, ends_at)
    return Draft(
        unit=unit,
        day=day,
        begins_at=begins_at,
        ends_at=ends_at,
        movements=movements,
        places=places,
        figures=_figures(last, flows, held_at(session, places, ends_at)),
        last=last,
    )


def lines(session: Session, made: Draft) -> list[tuple[Item, Figures]]:
    """The figures of a draft with their items, by item code."""
    items = session.scalars(select(Item).where(Item.id.in_(made.figures)).order_by(Item.code))
    return [(item, made.figures[item.id]) for item in items]


def get_closing(session: Session, closing_id: int) -> DayClosing:
    """The closing with this id and all that it says. Raises NotFound."""
    figures = selectinload(DayClosing.figures).joinedload(DayFigure.item)
    whole = (joinedload(DayClosing.unit), joinedload(DayClosing.reopening), figures)
    closing = session.get(DayClosing, closing_id, options=whole, populate_existing=True)
    if closing is None:
        raise NotFound("day closing", closing_id)
    return closing


def closings(session: Session, *, unit_id: int, limit: int = 50, before_id: int | None = None) -> list[DayClosing]:
    """The newest closings of a unit and all below it, reopened or not, newest first."""
    page = select(DayClosing).where(DayClosing.unit_id.in_(subtree(unit_id))).order_by(DayClosing.id.desc())
    page = page.limit(limit).options(joinedload(DayClosing.unit), joinedload(DayClosing.reopening))
    return list(session.scalars(page if before_id is None else page.where(DayClosing.id < before_id)))


def last_reopenable(session: Session, closing: DayClosing) -> bool:
    """Whether a closing is the last of its unit that stands, and no unit above has closed that time."""
    newest = session.scalar(standing(closing.unit_id).limit(1))
    return newest is closing and _closed_above(session, closing) is None


def calendar(
    session: Session, *, unit_ids: Sequence[int], days: Sequence[dt.date]
) -> dict[int, dict[dt.date, DayClosing]]:
    """By unit id which closing, its own before one of a unit above, closed each of these days; days not closed are absent."""
    chains = _chains(session, unit_ids)
    stand = _standing_since(session, {closer for chain in chains.values() for closer in chain}, min(days))
    return {
        unit_id: {day: by for day in days if (by := _closer(stand, chain, day))} for unit_id, chain in chains.items()
    }


def held_at(session: Session, places: Sequence[int], moment: dt.datetime) -> dict[int, int]:
    """What these places held together just before a moment, by item id: what they hold now, less what has changed since."""
    here = _these(places)
    held = select(Balance.item_id, func.sum(Balance.quantity)).where(Balance.location_id.in_(select(here.c.id)))
    rows = session.execute(held.group_by(Balance.item_id))
    level = {item_id: int(quantity) for item_id, quantity in rows}
    for item_id, (came_in, went_out) in _flows(session, places, moment, None)[1].items():
        level[item_id] = level.get(item_id, 0) - came_in + went_out
    return level


# Proving --------------------------------------------------------------------------------------------------------------


def prove_days(session: Session) -> DaysProof:
    """Check every closing against its digest, and every one that stands against the movements as they are now.

    Reads everything; finds, never mends.
    """
    findings: list[DayFinding] = []
    checked = 0
    for unit_id in session.scalars(select(DayClosing.unit_id).distinct().order_by(DayClosing.unit_id)).all():
        chain = _chain(session, unit_id)
        checked += len(chain)
        findings += _chain_findings(session, chain)
    return DaysProof(closings=checked, findings=tuple(findings))


def _chain(session: Session, unit_id: int) -> Sequence[DayClosing]:
    """All closings of a unit, oldest first: of one unit at a time, for years of many would fill the memory."""
    whole = (selectinload(DayClosing.figures), joinedload(DayClosing.unit), joinedload(DayClosing.reopening))
    found = select(DayClosing).where(DayClosing.unit_id == unit_id).order_by(DayClosing.id)
    return session.scalars(found.options(*whole)).all()


def _chain_findings(session: Session, chain: Sequence[DayClosing]) -> Iterator[DayFinding]:
    for before, closing in zip([None, *chain], chain, strict=False):
        yield from _digest_findings(closing, before)
    stand = [closing for closing in chain if closing.reopening is None]
    for before, closing in zip([None, *stand], stand, strict=False):
        yield from _flow_findings(session, closing)
        yield from _opening_findings(session, closing, before)
    # Evenings follow from mornings and flows; what the last one of the same places comes to is held against the books.
    for closing, after in zip_longest(stand, stand[1:]):
        if after is None or after.places != closing.places:
            yield from _closing_findings(session, closing)
    ends_at, until = (stand[-1].ends_at if stand else None), chain[-1].unit.books_closed_until
    if ends_at != until:
        yield _finding(chain[-1], "closed until", expected=ends_at, found=until)


def _digest_findings(closing: DayClosing, before: DayClosing | None) -> Iterator[DayFinding]:
    if closing.previous_id != (before.id if before else None):
        yield _finding(closing, "previous", expected=before.number if before else None, found=closing.previous_id)
    head = {name: getattr(closing, name) for name in HEAD}
    expected = digest(head, _kept(closing), before.digest if before else "")
    if closing.digest != expected:
        yield _finding(closing, "digest", expected=expected, found=closing.digest)


def _flow_findings(session: Session, closing: DayClosing) -> Iterator[DayFinding]:
    movements, flows = _flows(session, closing.places, closing.begins_at, closing.ends_at)
    if movements != closing.movements:
        yield _finding(closing, "movements", expected=closing.movements, found=movements)
    kept = {item_id: (line.came_in, line.went_out) for item_id, line in _kept(closing).items()}
    for item_id in sorted(kept.keys() | flows.keys()):
        (came_in, went_out), now = kept.get(item_id, (0, 0)), flows.get(item_id, (0, 0))
        if came_in != now[0]:
            yield _finding(closing, "in", session.get(Item, item_id), expected=came_in, found=now[0])
        if went_out != now[1]:
            yield _finding(closing, "out", session.get(Item, item_id), expected=went_out, found=now[1])


def _opening_findings(session: Session, closing: DayClosing, before: DayClosing | None) -> Iterator[DayFinding]:
    """The morning is the evening before; only where units were put elsewhere may the sum not come out."""
    kept, earlier = _kept(closing), _kept(before) if before else {}
    for item_id in sorted(kept.keys() | earlier.keys()):
        line, evening = kept.get(item_id, Figures()), earlier.get(item_id, Figures()).closing
        if before and line.opening != evening:
            yield _finding(closing, "opening", session.get(Item, item_id), expected=evening, found=line.opening)
        left = line.opening + line.came_in - line.went_out
        if line.closing != left and (before is None or before.places == closing.places):
            yield _finding(closing, "sum", session.get(Item, item_id), expected=left, found=line.closing)


def _closing_findings(session: Session, closing: DayClosing) -> Iterator[DayFinding]:
    kept, now = _kept(closing), held_at(session, closing.places, closing.ends_at)
    for item_id in sorted(kept.keys() | now.keys()):
        expected, found = kept.get(item_id, Figures()).closing, now.get(item_id, 0)
        if expected != found:
            yield _finding(closing, "closing", session.get(Item, item_id), expected=expected, found=found)


def _finding(
    closing: DayClosing, rule: str, item: Item | None = None, *, expected: object, found: object
) -> DayFinding:
    return DayFinding(
        rule=rule,
        number=closing.number,
        unit=closing.unit.name,
        day=closing.day,
        item=item.name if item else "",
        expected=expected,
        found=found,
    )


# Beneath --------------------------------------------------------------------------------------------------------------

HEAD = ("unit_id", "day", "begins_at", "ends_at", "closed_at", "closed_by", "note", "movements", "places")
"""What the digest of a closing covers beside its figures."""

type Flows = dict[int, tuple[int, int]]
"""By item id what came in and what went out, in base units."""


def _hold(session: Session, unit_id: int) -> Unit:
    """The unit, held alone until the transaction ends: nobody posts to it or below meanwhile (`closed_days.refuse_closed`)."""
    session.flush()
    held = select(Unit).where(Unit.id == unit_id).with_for_update(of=Unit)
    unit = session.scalar(held.execution_options(populate_existing=True))
    if unit is None:
        raise NotFound("unit", unit_id)
    return unit


def _chains(session: Session, unit_ids: Sequence[int]) -> dict[int, list[int]]:
    """Each unit and those above it, nearest first."""
    wanted = select(Unit.id).where(Unit.id.in_(unit_ids))
    rows = session.execute(select(Unit.id, Unit.parent_id).where(Unit.id.in_(upwards(wanted))))
    parents: dict[int | None, int | None] = {unit_id: parent_id for unit_id, parent_id in rows}
    chains: dict[int, list[int]] = {}
    for unit_id in unit_ids:
        chain, at = chains.setdefault(unit_id, []), unit_id if unit_id in parents else None
        while at is not None:
            chain.append(at)
            at = parents[at]
    return chains


def _standing_since(session: Session, unit_ids: Collection[int], first: dt.date) -> dict[int, list[DayClosing]]:
    """The closings that stand of days from one on, by unit id, oldest first."""
    found = select(DayClosing).outerjoin(DayClosing.reopening).where(DayReopening.id.is_(None))
    found = found.where(DayClosing.unit_id.in_(unit_ids), DayClosing.day >= first).order_by(DayClosing.id)
    stand: dict[int, list[DayClosing]] = defaultdict(list)
    for closing in session.scalars(found.options(joinedload(DayClosing.unit))):
        stand[closing.unit_id].append(closing)
    return stand


def _closer(stand: Mapping[int, Sequence[DayClosing]], chain: Sequence[int], day: dt.date) -> DayClosing | None:
    """A closing closes its own day and all before it: the first that is not earlier."""
    return next((closing for unit in chain for closing in stand.get(unit, ()) if closing.day >= day), None)


def _refuse_out_of_turn(made: Draft, today: dt.date) -> None:
    if made.day > today:
        raise InvalidInput("day", "future", made.day)
    if made.last is not None and made.day <= made.last.day:
        raise closed(made.last)


def _refuse_reopening(session: Session, closing: DayClosing, stand: Sequence[DayClosing]) -> None:
    if not stand or stand[0].id != closing.id:
        raise WrongState("day closing", closing.number, "not-the-last")
    if above := _closed_above(session, closing):
        raise closed(above)


def _closed_above(session: Session, closing: DayClosing) -> DayClosing | None:
    """The closing of a unit above that keeps all its time closed, if any."""
    if closing.unit.parent_id is None:
        return None
    above = closings_binding(session, unit_ids=[closing.unit.parent_id]).get(closing.unit.parent_id)
    return above if above and above.ends_at >= closing.ends_at else None


def _keep(session: Session, closing: DayClosing, figures: Mapping[int, Figures]) -> None:
    rows = [{"closing_id": closing.id, "item_id": item_id, **asdict(line)} for item_id, line in sorted(figures.items())]
    if rows:
        session.execute(insert(DayFigure), rows)


def _kept(closing: DayClosing) -> dict[int, Figures]:
    return {
        line.item_id: Figures(opening=line.opening, came_in=line.came_in, went_out=line.went_out, closing=line.closing)
        for line in closing.figures
    }


def _figures(last: DayClosing | None, flows: Flows, held: Mapping[int, int]) -> dict[int, Figures]:
    """The first closing has no evening before it: its morning is what its evening comes to without its day."""
    evenings = {line.item_id: line.closing for line in last.figures} if last else None
    figures: dict[int, Figures] = {}
    for item_id in sorted({*flows, *held, *(evenings or ())}):
        (came_in, went_out), closing = flows.get(item_id, (0, 0)), held.get(item_id, 0)
        opening = closing - came_in + went_out if evenings is None else evenings.get(item_id, 0)
        if opening or came_in or went_out or closing:
            figures[item_id] = Figures(opening=opening, came_in=came_in, went_out=went_out, closing=closing)
    return figures


def _flows(
    session: Session, places: Sequence[int], begins_at: dt.datetime, ends_at: dt.datetime | None
) -> tuple[int, Flows]:
    """How many movements touched these places in a time, and by item what came in from elsewhere and went out to elsewhere."""
    here = _these(places)
    comes, goes = Movement.destination_id.in_(select(here.c.id)), Movement.source_id.in_(select(here.c.id))
    within = () if ends_at is None else (Movement.occurred_at < ends_at,)
    rows = session.execute(
        select(
            Movement.item_id,
            func.count(),
            func.sum(case((and_(comes, ~goes), Movement.quantity), else_=0)),
            func.sum(case((and_(goes, ~comes), Movement.quantity), else_=0)),
        )
        .where(Movement.occurred_at >= begins_at, *within, or_(comes, goes))
        .group_by(Movement.item_id)
    ).all()
    return sum(count for _, count, _, _ in rows), {
        item_id: (int(came_in), int(went_out)) for item_id, _, came_in, went_out in rows
    }


def _these(places: Sequence[int]) -> CTE:
    """Written once however often it is asked: a database takes only so many parameters."""
    return select(StockLocation.id).where(StockLocation.id.in_(places)).cte("places")


def _places_below(unit_id: int) -> Select[int]:
    """With what is on the way to the unit and those below it."""
    return select(StockLocation.id).where(StockLocation.unit_id.in_(subtree(unit_id)), StockLocation.place.in_(INSIDE))


def _all_of(unit_id: int) -> Select[DayClosing]:
    return select(DayClosing).where(DayClosing.unit_id == unit_id).order_by(DayClosing.id.desc())


def _midnight(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone)


def _plain(value: object) -> object:
    match value:
        case dt.datetime():
            return value.astimezone(dt.UTC).isoformat()
        case dt.date():
            return value.isoformat()
    return value
