"""Which days of the books are closed (日结), and the refusal of whatever is dated before the end of the last of them.

The ledger asks this before every posting; what is done with days (closing, reopening, proving) stands in `days.py`.

A unit that closes a day closes it for itself and for all units below it, also for those that are put elsewhere later: what it said of
their places stays true. How far its books are closed stands in its own row, which a posting holds in share and a closing holds alone: of
the two at one moment the second always sees what the first has done.

Money is no part of it: a closing says what lay in places and what moved there, and binds nothing else. An entry of the money book
(`funds`) is a document of its own day, moves no goods and changes no figure; whoever enters late what was paid yesterday is not kept
from it by a count of masks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, cast

from sqlalchemy import JSON, ForeignKey, Integer, Select, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from inventory.base import Actor, Base, Keyed, Moment, Quantity, ShortText, Text
from inventory.catalogue import Item
from inventory.errors import DayClosed
from inventory.places import StockLocation
from inventory.units import Unit, upwards


class DayClosing(Keyed):
    """One closed day of a unit and all below it (日结单). Never changed, never removed: database triggers refuse it."""

    __tablename__ = "day_closing"

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    day: Mapped[dt.date]
    #: From the end of the last closed day, or the first midnight, through (not including) the end of this one.
    begins_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    closed_at: Mapped[Moment]
    closed_by: Mapped[Actor]
    note: Mapped[Text] = mapped_column(default="")
    #: How many movements touched its places in that time; none is a report too (零报告).
    movements: Mapped[int] = mapped_column(Integer)
    #: The ids of the places it speaks of: units may later stand elsewhere in the tree.
    places: Mapped[list[int]] = mapped_column(JSON)
    #: The unit's closing before this one, reopened or not.
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("day_closing.id"), unique=True)
    #: SHA-256 over all of the above, the figures, and the digest of the closing before.
    digest: Mapped[str] = mapped_column(ShortText(64))

    unit: Mapped[Unit] = relationship()
    previous: Mapped[DayClosing | None] = relationship(remote_side="DayClosing.id")
    figures: Mapped[list[DayFigure]] = relationship(order_by="DayFigure.item_id")
    reopening: Mapped[DayReopening | None] = relationship(back_populates="closing")

    @property
    def number(self) -> str:
        return f"RJ{self.id:07d}"

    @property
    def is_zero(self) -> bool:
        """Whether nothing moved: an explicit zero report (零报告)."""
        return self.movements == 0


class DayFigure(Base):
    """An item of a closing, in base units. Items that neither lay there nor moved are absent. Never changed, never removed."""

    __tablename__ = "day_figure"

    closing_id: Mapped[int] = mapped_column(ForeignKey("day_closing.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    opening: Mapped[Quantity]
    came_in: Mapped[Quantity]
    went_out: Mapped[Quantity]
    closing: Mapped[Quantity]

    item: Mapped[Item] = relationship()

    @property
    def regrouped(self) -> int:
        """What came (+) or went (−) with units that were put elsewhere in the tree since the day before."""
        return self.closing - self.opening - self.came_in + self.went_out


class DayReopening(Keyed):
    """A closing that was taken back, and why; both stay on record. Never changed, never removed."""

    __tablename__ = "day_reopening"

    closing_id: Mapped[int] = mapped_column(ForeignKey("day_closing.id"), unique=True)
    reopened_at: Mapped[Moment]
    reopened_by: Mapped[Actor]
    reason: Mapped[Text]

    closing: Mapped[DayClosing] = relationship(back_populates="reopening")


def refuse_closed(session: Session, *, touched: Mapping[int, dt.datetime]) -> None:
    """Raises DayClosed where a place inside is touched (location id → first moment) before the end of a day closed for it.

    Until the transaction ends, nobody closes a day of the units it looked at.
    """
    books = _books(session, _units_of(touched), hold=True)
    first = min(touched.values())
    if any(book.closed_at(first) for book in books.values()):
        _refuse_closed_above(session, books, touched)
    for closing in _ending_after(session, first):
        if any(touched[location_id] < closing.ends_at for location_id in touched.keys() & set(closing.places)):
            raise closed(closing)


def closings_binding(session: Session, *, unit_ids: Collection[int]) -> dict[int, DayClosing]:
    """By unit id the closing, its own or of a unit above, that ends last; units whose books nobody has closed are absent."""
    books = _books(session, select(Unit.id).where(Unit.id.in_(unit_ids)), hold=False)
    last: dict[int, DayClosing] = {}
    binding: dict[int, DayClosing] = {}
    for unit_id in unit_ids:
        ends = [(book.closed_until, book.unit_id) for book in _upwards(books, unit_id) if book.closed_until]
        if ends:
            _until, closer = max(ends)
            if closer not in last:
                last[closer] = last_standing(session, closer)
            binding[unit_id] = last[closer]
    return binding


def closed_until(session: Session, *, location_ids: Collection[int], after: dt.datetime) -> dt.datetime | None:
    """The moment before which nothing is posted to all these places any more; None where that is not after a moment.

    It stays so until the transaction ends.
    """
    books = _books(session, _units_of(location_ids), hold=True)
    ends = [book.closed_until for book in books.values() if book.closed_until]
    spoken_of = set(location_ids)
    ends += [closing.ends_at for closing in _ending_after(session, after) if spoken_of & set(closing.places)]
    return max((until for until in ends if until > after), default=None)


def standing(unit_id: int) -> Select[DayClosing]:
    """A query for the closings of a unit that were not reopened, newest first."""
    found = select(DayClosing).outerjoin(DayClosing.reopening)
    return found.where(DayClosing.unit_id == unit_id, DayReopening.id.is_(None)).order_by(DayClosing.id.desc())


def last_standing(session: Session, unit_id: int) -> DayClosing:
    """The newest closing that stands, of a unit that is known to have one."""
    return session.scalars(standing(unit_id).limit(1)).one()


def closed(closing: DayClosing) -> DayClosed:
    """The refusal because of a closing."""
    return DayClosed(unit=closing.unit.name, day=closing.day, number=closing.number, closed_by=closing.closed_by)


class _Book(NamedTuple):
    """How far a unit has closed its books."""

    unit_id: int
    parent_id: int | None
    closed_until: dt.datetime | None

    def closed_at(self, moment: dt.datetime) -> bool:
        return self.closed_until is not None and moment < self.closed_until


def _refuse_closed_above(session: Session, books: Mapping[int, _Book], touched: Mapping[int, dt.datetime]) -> None:
    places = select(StockLocation.id, StockLocation.unit_id).where(StockLocation.id.in_(touched), StockLocation.guarded)
    for location_id, unit_id in session.execute(places).all():
        for book in _upwards(books, unit_id):
            if book.closed_at(touched[location_id]):
                raise closed(last_standing(session, book.unit_id))


def _ending_after(session: Session, moment: dt.datetime) -> Sequence[DayClosing]:
    """The closings of any unit that stand and end after a moment: none for what happens now, few for what is told late."""
    closers = session.scalars(select(Unit.id).where(Unit.books_closed_until > moment)).all()
    if not closers:
        return ()
    found = select(DayClosing).outerjoin(DayClosing.reopening).where(DayReopening.id.is_(None))
    return session.scalars(found.where(DayClosing.unit_id.in_(closers), DayClosing.ends_at > moment)).all()


def _units_of(location_ids: Iterable[int]) -> Select[int]:
    places = select(StockLocation.unit_id).where(StockLocation.id.in_(list(location_ids)), StockLocation.guarded)
    return cast("Select[int]", places)


def _books(session: Session, unit_ids: Select[int], *, hold: bool) -> dict[int, _Book]:
    """The books of these units and of all above them; held, they stay as they are until the transaction ends."""
    books = select(Unit.id, Unit.parent_id, Unit.books_closed_until).where(Unit.id.in_(upwards(unit_ids)))
    if hold:
        # In share: postings do not wait for each other, and whoever renames a unit does not wait for them.
        books = books.order_by(Unit.id).with_for_update(read=True, key_share=True, of=Unit)
    return {row[0]: _Book(*row) for row in session.execute(books)}


def _upwards(books: Mapping[int, _Book], unit_id: int | None) -> Iterator[_Book]:
    """The books of a unit, then of each above it."""
    while unit_id is not None and unit_id in books:
        yield books[unit_id]
        unit_id = books[unit_id].parent_id
