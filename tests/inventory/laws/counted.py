"""Counts, and differences booked without one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy.orm import Session

from inventory import counts, ledger
from inventory.counts import CountSession, Tolerance, VarianceReason
from inventory.errors import DayClosed, InvalidInput, Short
from inventory.ledger import Recorded
from inventory.places import StockLocation
from tests.inventory.laws.books import Move, Paper
from tests.inventory.laws.machine import Machine, cuts, stores
from tests.postgres import Postgres
from tests.sqlite_files import SqliteFiles


@dataclass(slots=True, kw_only=True)
class Count:
    """A count of a place: by lot what was counted, and when."""

    id: int
    place_id: int
    counted: dict[int, tuple[int, dt.datetime]] = field(default_factory=dict)
    explained: set[int] = field(default_factory=set)
    handed_in: bool = False
    posted: bool = False


class Counting(Machine):
    """What those who count do."""

    def __init__(self, databases: Postgres | SqliteFiles) -> None:
        super().__init__(databases)
        self.counts: list[Count] = []

    @rule(data=st.data(), store=stores, difference=st.integers(-900, 900).filter(bool), cut=cuts)
    def a_difference_is_booked(self, data: st.DataObject, store: str, difference: int, cut: int | None) -> None:
        lot = self.one_of(data, "lot", list(self.books.lots.values()))
        place_id = self.frame.store[store]

        def adjust(session: Session, head: Recorded) -> str:
            return ledger.adjust(session, recorded=head, location_id=place_id, lot_id=lot.id, difference=difference).key

        moves = [self.found(lot.id, place_id, difference)]
        refused = None if self.books.bears(moves) else Short
        self.write(adjust, moves=moves, refused=refused, cut=cut, adjusts=True)

    @rule(store=stores, cut=cuts)
    def a_count_begins(self, store: str, cut: int | None) -> None:
        place_id = self.frame.store[store]

        def start(session: Session, head: Recorded) -> int:
            place = session.get_one(StockLocation, place_id)
            return counts.start(
                session, key=head.key, location=place, tolerance=Tolerance(), at=head.occurred_at, by=head.by
            ).id

        def elsewhere(session: Session, head: Recorded) -> int:
            other = session.get_one(StockLocation, next(id_ for id_ in self.frame.store.values() if id_ != place_id))
            return counts.start(
                session, key=head.key, location=other, tolerance=Tolerance(), at=head.occurred_at, by=head.by
            ).id

        made = self.do(start, other=elsewhere, cut=cut, paper=CountSession)
        self.counts.append(Count(id=made, place_id=place_id))

    @precondition(lambda self: self._open_counts())
    @rule(data=st.data(), off=st.integers(-20, 20), cut=cuts)
    def a_lot_is_counted(self, data: st.DataObject, off: int, cut: int | None) -> None:
        count = self.one_of(data, "count", self._open_counts())
        lot = self.one_of(data, "lot", list(self.books.lots.values()))
        quantity = max(0, self.books.stock[count.place_id, lot.id] + off)

        def record(session: Session, head: Recorded) -> None:
            one = counts.Counted(lot_id=lot.id, quantity=quantity, counted_at=head.occurred_at)
            counts.record(session, count_id=count.id, key=head.key, counted=[one], at=head.recorded_at, by=head.by)

        self.do(record, cut=cut, keyed=False)
        count.counted[lot.id] = quantity, self.last.occurred_at

    @precondition(lambda self: self._open_counts())
    @rule(data=st.data(), cut=cuts)
    def a_count_is_handed_in(self, data: st.DataObject, cut: int | None) -> None:
        count = self.one_of(data, "count", self._open_counts())

        def submit(session: Session, head: Recorded) -> None:
            counts.submit(session, count_id=count.id, at=head.occurred_at)
            reasons = dict.fromkeys(count.counted, (VarianceReason.BROKEN, ""))
            counts.explain(session, count_id=count.id, reasons=reasons, by=head.by)

        refused = None if count.counted else InvalidInput
        self.do(submit, cut=cut, refused=refused, keyed=False)
        count.handed_in, count.explained = not refused, set(count.counted)

    @precondition(lambda self: any(count.handed_in for count in self.counts))
    @rule(data=st.data(), cut=cuts)
    def a_count_is_posted(self, data: st.DataObject, cut: int | None) -> None:
        count = self.one_of(data, "count", [count for count in self.counts if count.handed_in])

        def post(session: Session, head: Recorded) -> tuple[str | None, int]:
            posting = counts.post(
                session, count_id=count.id, at=head.occurred_at, recorded_at=head.recorded_at, by=head.by
            )
            return posting.document.key if posting.document else None, len(posting.waiting)

        if count.posted:
            assert self.do(post, cut=cut, keyed=False)[1] == 0
            return
        moves, awaiting = self._differences(count)
        closed = any(self.is_closed_at(count.place_id, move.happened_at) for move in moves)
        posted = self.do(post, cut=cut, refused=DayClosed if closed and not awaiting else None, keyed=False)
        if posted is None:
            return
        key, waiting = posted
        assert waiting == awaiting
        if awaiting:
            return
        count.posted = True
        assert (key is None) == (not moves)
        if key is not None:
            self.books.write(key, Paper(moves=moves, adjusts=True))

    # Foretelling ------------------------------------------------------------------------------------------------------

    def _differences(self, count: Count) -> tuple[list[Move], int]:
        """What posting a count moves, and how many of its lots await another count or a reason."""
        moves: list[Move] = []
        awaiting = 0
        for lot_id, (quantity, counted_at) in count.counted.items():
            expected = self.books.at(counted_at, count.place_id, lot_id)
            later = self.books.since(counted_at, count.place_id, lot_id)
            gone = self.books.stock[count.place_id, lot_id] + quantity - expected < 0
            again = gone or any(paper.adjusts for paper, _ in later)
            if again or (quantity != expected and lot_id not in count.explained):
                awaiting += 1
            elif quantity != expected:
                moves.append(replace(self.found(lot_id, count.place_id, quantity - expected), happened_at=counted_at))
        return moves, awaiting

    def _open_counts(self) -> list[Count]:
        return [count for count in self.counts if not count.posted]
