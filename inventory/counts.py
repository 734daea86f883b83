"""Counting what a place really holds (盘点): blind, while the daily work goes on, and posted as one document.

A count says how much lay there at one instant. What the books expected at that instant is reckoned backwards: the balance now, less what
has happened since. So nothing has to stand still, and no picture of the store is kept. A movement counts as having happened when its
document says so, not when it was typed in: goods handed out before the count and recorded after it are no loss. A reversal takes its
original's instant, for what it undoes has never happened; so do the differences of an earlier count.

Every count is kept; the newest of a lot stands.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import CheckConstraint, ForeignKey, Integer, Select, UniqueConstraint, case, or_, select
from sqlalchemy.orm import Mapped, Session, aliased, joinedload, mapped_column, relationship, selectinload

from inventory.balances import Balance
from inventory.base import (
    Actor,
    Base,
    ClientKey,
    Id,
    Moment,
    Once,
    Quantity,
    ShortText,
    Text,
    claim_key,
    upsert,
    word_enum,
)
from inventory.catalogue import LARGEST_QUANTITY, Item, Lot
from inventory.errors import InvalidInput, KeyReused, NotFound, WrongState
from inventory.ledger import Difference, Document, DocumentKind, Movement, Recorded, adjust_counted, hold_counted
from inventory.places import AT_HAND, StockLocation
from inventory.units import subtree


class CountState(enum.StrEnum):
    """counting (blind) → checking (differences shown, recounts asked) → posted; or withdrawn before that."""

    COUNTING = "counting"
    CHECKING = "checking"
    POSTED = "posted"
    WITHDRAWN = "withdrawn"


class VarianceReason(enum.StrEnum):
    """Why the books and the shelf differ."""

    BROKEN = "broken"
    MISCOUNTED = "miscounted"
    ISSUE_NOT_RECORDED = "issue_not_recorded"
    RECEIPT_NOT_RECORDED = "receipt_not_recorded"
    THROWN_AWAY = "thrown_away"
    THEFT = "theft"
    UNIT_CONFUSED = "unit_confused"
    OTHER = "other"


class Awaits(enum.StrEnum):
    """What a counted lot still needs before the count can be posted."""

    #: The difference is beyond the tolerance: count it again.
    RECOUNT = "recount"
    #: Less was counted than is known to have gone out since: one of the two is wrong, count it again.
    GONE = "gone"
    #: A later count of the lot has been posted; this one would post the same difference once more.
    OVERTAKEN = "overtaken"
    REASON = "reason"


#: What is mended by counting once more.
COUNT_AGAIN = (Awaits.RECOUNT, Awaits.GONE, Awaits.OVERTAKEN)


class CountSession(Once):
    """One count of a place (盘点单)."""

    __tablename__ = "count_session"
    __table_args__ = (
        CheckConstraint("recount_units >= 0 AND recount_percent BETWEEN 0 AND 100", name="tolerance_possible"),
    )

    location_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"), index=True)
    state: Mapped[CountState] = mapped_column(word_enum(CountState), default=CountState.COUNTING)
    #: The tolerance; see `Tolerance`.
    recount_units: Mapped[Quantity]
    recount_percent: Mapped[int | None] = mapped_column(Integer)
    note: Mapped[Text] = mapped_column(default="")
    started_at: Mapped[Moment]
    started_by: Mapped[Actor]
    submitted_at: Mapped[Moment | None]
    #: When it was posted or withdrawn, and by whom.
    closed_at: Mapped[Moment | None]
    closed_by: Mapped[str | None] = mapped_column(ShortText(64))
    #: What it posted; none where the books were right.
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))

    location: Mapped[StockLocation] = relationship()
    document: Mapped[Document | None] = relationship()
    #: What is counted; empty for everything the place holds.
    items: Mapped[list[Item]] = relationship(secondary="count_item", order_by=Item.code)

    @property
    def number(self) -> str:
        return f"PC{self.id:07d}"

    @property
    def tolerance(self) -> Tolerance:
        return Tolerance(units=self.recount_units, percent=self.recount_percent)


class CountItem(Base):
    """An item to which a count is limited."""

    __tablename__ = "count_item"

    session_id: Mapped[int] = mapped_column(ForeignKey("count_session.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)


class CountEntry(Base):
    """What somebody counted of a lot at an instant, in base units. Never changed: a recount is another one, and the newest stands."""

    __tablename__ = "count_entry"
    __table_args__ = (
        UniqueConstraint("session_id", "lot_id", "key", "quantity"),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
    )

    id: Mapped[Id]
    session_id: Mapped[int] = mapped_column(ForeignKey("count_session.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    key: Mapped[ClientKey]
    quantity: Mapped[Quantity]
    counted_at: Mapped[Moment]
    counted_by: Mapped[Actor]
    #: Whether it answers the question for a recount.
    again: Mapped[bool]

    lot: Mapped[Lot] = relationship()


class CountVariance(Base):
    """Why a counted lot differs from the books."""

    __tablename__ = "count_variance"

    session_id: Mapped[int] = mapped_column(ForeignKey("count_session.id"), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    reason: Mapped[VarianceReason] = mapped_column(word_enum(VarianceReason))
    note: Mapped[Text] = mapped_column(default="")
    given_by: Mapped[Actor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far a first count may be off before a second is asked: so many base units or so many percent, whichever is more.

    `percent` None: never ask.
    """

    units: int = 0
    percent: int | None = None

    def exceeded(self, *, expected: int, counted: int) -> bool:
        if self.percent is None:
            return False
        off = abs(counted - expected)
        return off > self.units and off * 100 > expected * self.percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """So much of a lot, in base units, at an instant."""

    lot_id: int
    quantity: int
    counted_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLine:
    """A lot to be counted, and the count of it that stands. What the books say is not on the sheet."""

    lot: Lot
    entry: CountEntry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedLine:
    """A counted lot beside the books, in base units. `entries` oldest first; `on_hand` is the balance now."""

    lot: Lot
    entries: Sequence[CountEntry]
    expected: int
    on_hand: int
    variance: CountVariance | None
    awaits: Awaits | None

    @property
    def entry(self) -> CountEntry:
        return self.entries[-1]

    @property
    def difference(self) -> int:
        return self.entry.quantity - self.expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What came of posting: the document (None where the books were right), or the lines that still await something."""

    document: Document | None
    waiting: Sequence[CheckedLine]


# Counting -------------------------------------------------------------------------------------------------------------


def start(
    session: Session,
    *,
    key: str,
    location: StockLocation,
    items: Collection[Item] = (),
    tolerance: Tolerance,
    at: dt.datetime,
    by: str,
    note: str = "",
) -> CountSession:
    """Begin to count a place: everything in it, or some items. The same key again gives the count already begun.

    Raises InvalidInput for a place outside, whose stock is not ours to count.
    """
    if location.place not in AT_HAND:
        raise InvalidInput("location", "outside", location.name)
    count, is_new = claim_key(
        session,
        CountSession,
        key=key,
        location_id=location.id,
        recount_units=tolerance.units,
        recount_percent=tolerance.percent,
        started_at=at,
        started_by=by,
        note=note,
    )
    if is_new:
        count.items = list(items)
        session.flush()
    elif (count.location_id, {item.id for item in count.items}) != (location.id, {item.id for item in items}):
        raise KeyReused(key)
    return count


def get_count(session: Session, count_id: int) -> CountSession:
    """The count with this id. Raises NotFound."""
    count = session.get(CountSession, count_id)
    if count is None:
        raise NotFound("count", count_id)
    return count


def counts(session: Session, *, unit_id: int, limit: int = 50, before_id: int | None = None) -> list[CountSession]:
    """The newest counts of places of the unit and below, newest first."""
    page = (
        select(CountSession)
        .where(CountSession.location_id.in_(places_of(unit_id)))
        .order_by(CountSession.id.desc())
        .limit(limit)
        .options(joinedload(CountSession.location), selectinload(CountSession.items), joinedload(CountSession.document))
    )
    return list(session.scalars(page if before_id is None else page.where(CountSession.id < before_id)))


def places_of(unit_id: int) -> Select[int]:
    """The ids of the places of the unit and below that can be counted."""
    return select(StockLocation.id).where(StockLocation.unit_id.in_(subtree(unit_id)), StockLocation.place.in_(AT_HAND))


def sheet(session: Session, count: CountSession) -> list[SheetLine]:
    """What is to be counted: every lot the place holds now or that was counted, by item, expiry and lot."""
    entries = _entries(session, count)
    held = select(Balance.lot_id).where(Balance.location_id == count.location_id, Balance.quantity != 0)
    if count.items:
        held = held.where(Balance.item_id.in_([item.id for item in count.items]))
    lots = _lots(session, {*session.scalars(held), *entries})
    return [SheetLine(lot=lot, entry=entries[lot.id][-1] if lot.id in entries else None) for lot in lots]


def to_count(session: Session, count: CountSession) -> list[SheetLine]:
    """The sheet as it is to be filled in now: all of it, or, once it is handed in, what is to be counted again and what nobody counted.

    A first count is not shown to whoever counts the second time.
    """
    lines = sheet(session, count)
    if count.state is CountState.COUNTING:
        return lines
    again = {line.lot.id for line in check(session, count) if line.awaits in COUNT_AGAIN}
    return [replace(line, entry=None) for line in lines if line.entry is None or line.lot.id in again]


def record(
    session: Session, *, count_id: int, key: str, counted: Sequence[Counted], at: dt.datetime, by: str
) -> CountSession:
    """Keep what was counted. Sent twice it is there once; the same key with another number is another count.

    Raises WrongState for a closed count, NotFound for an unknown lot, InvalidInput for a quantity below nothing or too large, an item
    the count leaves out, or an instant still to come or before the count began.
    """
    count = _held(session, count_id, CountState.COUNTING, CountState.CHECKING)
    known = _counted_lots(session, count) if count.state is CountState.CHECKING else frozenset()
    lots = {lot.id: lot for lot in _lots(session, {line.lot_id for line in counted})}
    rows: list[dict[str, object]] = []
    for line in counted:
        _refuse_impossible(count, line, lots, at)
        # Kept also where it says the same again: a late copy of it must find itself, or it would undo what came after.
        rows.append(_entry(count, key, line, by, again=line.lot_id in known))
    if rows:
        session.execute(upsert(session, CountEntry).on_conflict_do_nothing(), rows)
    return count


def submit(session: Session, *, count_id: int, at: dt.datetime) -> CountSession:
    """End the blind part: from now on the differences are shown. Doing it twice is once. Raises InvalidInput where nothing was counted."""
    count = _held(session, count_id, CountState.COUNTING, CountState.CHECKING)
    if count.state is CountState.COUNTING:
        if not _counted_lots(session, count):
            raise InvalidInput("count", "nothing-counted", count.number)
        count.state, count.submitted_at = CountState.CHECKING, at
        session.flush()
    return count


def withdraw(session: Session, *, count_id: int, at: dt.datetime, by: str) -> CountSession:
    """Give a count up; what was counted stays on record. Doing it twice is once. Raises WrongState where it is posted."""
    count = _held(session, count_id, CountState.COUNTING, CountState.CHECKING, CountState.WITHDRAWN)
    if count.state is not CountState.WITHDRAWN:
        _close(session, count, CountState.WITHDRAWN, at, by)
    return count


# Checking and posting -------------------------------------------------------------------------------------------------


def check(session: Session, count: CountSession) -> list[CheckedLine]:
    """Every counted lot beside what the books expected at the instant of its count; what awaits something first, then by item.

    Raises WrongState while the counting is blind.
    """
    if count.state is CountState.COUNTING:
        raise WrongState("count", count.number, count.state)
    entries = _entries(session, count)
    balances = select(Balance.lot_id, Balance.quantity).where(Balance.location_id == count.location_id)
    return _checked(session, count, entries, {lot_id: held for lot_id, held in session.execute(balances)})


def explain(
    session: Session, *, count_id: int, reasons: Mapping[int, tuple[VarianceReason, str]], by: str
) -> CountSession:
    """Say why lots differ (lot id → reason and note); what was said before is replaced. Raises InvalidInput for "other" without a note."""
    count = _held(session, count_id, CountState.CHECKING)
    if unknown := reasons.keys() - _counted_lots(session, count):
        raise NotFound("lot", min(unknown))
    for reason, note in reasons.values():
        if reason is VarianceReason.OTHER and not note.strip():
            raise InvalidInput("note", "empty", note)
    if reasons:
        given = upsert(session, CountVariance)
        session.execute(
            given.on_conflict_do_update(
                index_elements=[CountVariance.session_id, CountVariance.lot_id],
                set_={name: given.excluded[name] for name in ("reason", "note", "given_by")},
            ),
            [
                {"session_id": count.id, "lot_id": lot_id, "reason": reason, "note": note, "given_by": by}
                for lot_id, (reason, note) in sorted(reasons.items())
            ],
        )
    return count


def post(session: Session, *, count_id: int, at: dt.datetime, recorded_at: dt.datetime, by: str) -> Posting:
    """Post every difference in one document, each at the instant of its count; posting twice is once.

    Nothing is posted while a line awaits something: those lines come back instead.
    """
    count = _held(session, count_id, CountState.CHECKING, CountState.POSTED)
    if count.state is CountState.POSTED:
        return Posting(document=count.document, waiting=())
    entries = _entries(session, count)
    held = hold_counted(session, location_id=count.location_id, lots=[lot[-1].lot for lot in entries.values()])
    lines = _checked(session, count, entries, held)
    if waiting := [line for line in lines if line.awaits]:
        return Posting(document=None, waiting=waiting)
    differences = [
        Difference(lot_id=line.lot.id, quantity=line.difference, counted_at=line.entry.counted_at)
        for line in lines
        if line.difference
    ]
    if differences:
        recorded = Recorded(
            key=f"count:{count.id}", occurred_at=at, recorded_at=recorded_at, by=by, reason=_reason(count)
        )
        count.document = adjust_counted(
            session, recorded=recorded, location_id=count.location_id, differences=differences
        )
    _close(session, count, CountState.POSTED, recorded_at, by)
    return Posting(document=count.document, waiting=())


def expected_at(instant: dt.datetime, *, balance: int, since: Iterable[tuple[dt.datetime, int]]) -> int:
    """What the books say lay there at an instant: the balance now, less every change (when it happened, how much) after it."""
    return balance - sum(change for happened_at, change in since if happened_at > instant)


# Beneath --------------------------------------------------------------------------------------------------------------


def _held(session: Session, count_id: int, *states: CountState) -> CountSession:
    """The count, held until the transaction ends: what is done to one count is done one after the other."""
    wanted = select(CountSession).where(CountSession.id == count_id).with_for_update(of=CountSession)
    count = session.scalar(wanted.execution_options(populate_existing=True))
    if count is None:
        raise NotFound("count", count_id)
    if count.state not in states:
        raise WrongState("count", count.number, count.state)
    return count


def _close(session: Session, count: CountSession, state: CountState, at: dt.datetime, by: str) -> None:
    count.state, count.closed_at, count.closed_by = state, at, by
    session.flush()


def _reason(count: CountSession) -> str:
    return f"{count.number} {count.note}".strip()


def _counted_lots(session: Session, count: CountSession) -> frozenset[int]:
    return frozenset(session.scalars(select(CountEntry.lot_id).where(CountEntry.session_id == count.id)))


def _entries(session: Session, count: CountSession) -> dict[int, list[CountEntry]]:
    """Every count of every lot, oldest first, by lot id."""
    found = session.scalars(
        select(CountEntry)
        .where(CountEntry.session_id == count.id)
        .order_by(CountEntry.id)
        .options(selectinload(CountEntry.lot).selectinload(Lot.item))
    )
    entries: dict[int, list[CountEntry]] = defaultdict(list)
    for entry in found:
        entries[entry.lot_id].append(entry)
    return dict(entries)


def _lots(session: Session, lot_ids: Collection[int]) -> list[Lot]:
    """These lots by item, expiry and code, with their items."""
    wanted, lots = sorted(lot_ids), list[Lot]()
    for start_ in range(0, len(wanted), 500):
        some = select(Lot).where(Lot.id.in_(wanted[start_ : start_ + 500])).options(selectinload(Lot.item))
        lots += session.scalars(some)
    return sorted(lots, key=_place_on_sheet)


def _place_on_sheet(lot: Lot) -> tuple[str, dt.date, str]:
    return lot.item.code, lot.expires_on or dt.date.max, lot.code


def _refuse_impossible(count: CountSession, line: Counted, lots: Mapping[int, Lot], at: dt.datetime) -> None:
    if line.lot_id not in lots:
        raise NotFound("lot", line.lot_id)
    lot = lots[line.lot_id]
    if line.quantity < 0:
        raise InvalidInput("quantity", "negative", line.quantity)
    if line.quantity > LARGEST_QUANTITY:
        raise InvalidInput("quantity", "too-large", line.quantity)
    if count.items and lot.item_id not in {item.id for item in count.items}:
        raise InvalidInput("item", "not-in-count", lot.item.name)
    if line.counted_at > at:
        raise InvalidInput("counted_at", "future", line.counted_at)
    # People write the time in minutes.
    if line.counted_at < count.started_at.replace(second=0, microsecond=0):
        raise InvalidInput("counted_at", "before-start", count.started_at)


def _entry(count: CountSession, key: str, line: Counted, by: str, *, again: bool) -> dict[str, object]:
    return {
        "session_id": count.id,
        "lot_id": line.lot_id,
        "key": key,
        "quantity": line.quantity,
        "counted_at": line.counted_at,
        "counted_by": by,
        "again": again,
    }


def _checked(
    session: Session, count: CountSession, entries: Mapping[int, Sequence[CountEntry]], balances: Mapping[int, int]
) -> list[CheckedLine]:
    posted, variances = _posted(session, count), _variances(session, count)
    since = {} if count.state is CountState.POSTED else _since(session, count, entries)
    lines = [
        _checked_line(
            count,
            counted,
            balance=balances.get(lot_id, 0),
            later=since.get(lot_id, ()),
            posted=posted.get(lot_id, 0),
            variance=variances.get(lot_id),
        )
        for lot_id, counted in entries.items()
    ]
    order = {awaits: place for place, awaits in enumerate([*Awaits, None])}
    return sorted(lines, key=lambda line: (order[line.awaits], not line.difference, _place_on_sheet(line.lot)))


def _checked_line(
    count: CountSession,
    entries: Sequence[CountEntry],
    *,
    balance: int,
    later: Collection[_Change],
    posted: int,
    variance: CountVariance | None,
) -> CheckedLine:
    entry = entries[-1]
    if count.state is CountState.POSTED:
        expected, awaits = entry.quantity - posted, None
    else:
        expected = expected_at(entry.counted_at, balance=balance, since=[(c.happened_at, c.quantity) for c in later])
        awaits = _awaits(count, entry, expected, balance, later, explained=variance is not None)
    return CheckedLine(
        lot=entry.lot, entries=entries, expected=expected, on_hand=balance, variance=variance, awaits=awaits
    )


def _variances(session: Session, count: CountSession) -> dict[int, CountVariance]:
    """Why lots differ, by lot id."""
    given = select(CountVariance).where(CountVariance.session_id == count.id)
    found = session.scalars(given.execution_options(populate_existing=True))
    return {variance.lot_id: variance for variance in found}


def _awaits(
    count: CountSession,
    entry: CountEntry,
    expected: int,
    balance: int,
    later: Iterable[_Change],
    *,
    explained: bool,
) -> Awaits | None:
    if any(change.by_count and change.happened_at > entry.counted_at for change in later):
        return Awaits.OVERTAKEN
    if balance + entry.quantity - expected < 0:
        return Awaits.GONE
    if count.tolerance.exceeded(expected=expected, counted=entry.quantity) and not entry.again:
        return Awaits.RECOUNT
    return Awaits.REASON if entry.quantity != expected and not explained else None


class _Change(NamedTuple):
    """What happened to a lot at the place: when, how much more (+) or less (−), and whether a count said so."""

    happened_at: dt.datetime
    quantity: int
    by_count: bool


def _since(
    session: Session, count: CountSession, entries: Mapping[int, Sequence[CountEntry]]
) -> dict[int, list[_Change]]:
    """By lot id what happened at the place, as far as it may have happened after the first of these counts.

    Only what was recorded after an instant can have happened after it, and the ledger is indexed by that.
    """
    if not entries:
        return {}
    first = min(counted[-1].counted_at for counted in entries.values())
    original = aliased(Movement)
    change = case((Movement.destination_id == count.location_id, Movement.quantity), else_=-Movement.quantity)
    rows = session.execute(
        select(Movement.lot_id, Movement.occurred_at, original.occurred_at, change, Document.kind)
        .join(Document, Document.id == Movement.document_id)
        .outerjoin(original, original.id == Movement.reverses_id)
        .where(
            Document.recorded_at > first,
            or_(Movement.source_id == count.location_id, Movement.destination_id == count.location_id),
        )
    )
    since: dict[int, list[_Change]] = defaultdict(list)
    for lot_id, occurred_at, undone_at, quantity, kind in rows:
        since[lot_id].append(_Change(undone_at or occurred_at, quantity, kind is DocumentKind.ADJUSTMENT))
    return since


def _posted(session: Session, count: CountSession) -> dict[int, int]:
    """The differences a posted count has posted, by lot id."""
    if count.document_id is None:
        return {}
    change = case((Movement.destination_id == count.location_id, Movement.quantity), else_=-Movement.quantity)
    rows = session.execute(select(Movement.lot_id, change).where(Movement.document_id == count.document_id))
    return {lot_id: quantity for lot_id, quantity in rows}
