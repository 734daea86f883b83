"""Days that are closed and reopened, and what is recorded late."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy.orm import Session

from inventory import days, ledger
from inventory.closed_days import DayClosing, DayReopening
from inventory.errors import DayClosed, InvalidInput, WrongState
from inventory.ledger import Recorded
from inventory.places import Place
from tests.county import NOW
from tests.inventory.laws.machine import Closed, Machine, Refusal, cuts, line, quantities, stores, units
from tests.postgres import Postgres
from tests.sqlite_files import SqliteFiles


class ClosingDays(Machine):
    """What whoever answers for a unit does at the end of its day."""

    def __init__(self, databases: Postgres | SqliteFiles) -> None:
        super().__init__(databases)
        #: All that were ever made, by whom.
        self.closings: list[tuple[str, Closed]] = []

    @rule(by=units, days_ago=st.integers(-1, 3), cut=cuts)
    def the_day_is_closed(self, by: str, days_ago: int, cut: int | None) -> None:
        day, at = self.now.date() - dt.timedelta(days=days_ago), self.now

        def close(session: Session, head: Recorded) -> tuple[int, dt.datetime]:
            made = days.close_day(
                session,
                key=head.key,
                unit_id=self.frame.unit[by],
                day=day,
                at=head.occurred_at,
                zone=dt.UTC,
                by=head.by,
                note=head.reason,
            )
            return made.id, made.ends_at

        last = self.closed[by][-1] if self.closed[by] else None
        refused: Refusal = None
        if days_ago < 0:
            refused = InvalidInput
        elif last is not None and day <= last.day:
            refused = DayClosed
        made = self.do(close, cut=cut, refused=refused, paper=DayClosing)
        if made is not None:
            midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
            begins_at = last.ends_at if last else dt.datetime.combine(day, dt.time(), dt.UTC)
            closed = Closed(
                id=made[0],
                day=day,
                ends_at=max(begins_at, min(midnight, at)),
                of_units=frozenset(self.below(by)),
            )
            assert made[1] == closed.ends_at
            self.closed[by].append(closed)
            self.closings.append((by, closed))

    @precondition(lambda self: self.closings)
    @rule(data=st.data(), cut=cuts)
    def a_closed_day_is_reopened(self, data: st.DataObject, cut: int | None) -> None:
        by, closed = self.one_of(data, "closing", self.closings)

        def reopen(session: Session, head: Recorded) -> None:
            days.reopen_day(
                session, key=head.key, closing_id=closed.id, at=head.occurred_at, by=head.by, reason=head.reason
            )

        above = [last for unit in self.upwards(by) if unit != by for last in self.closed[unit][-1:]]
        refused: Refusal = None
        if closed not in self.closed[by][-1:]:
            refused = WrongState
        elif any(one.ends_at >= closed.ends_at for one in above):
            refused = DayClosed
        self.do(reopen, cut=cut, refused=refused, paper=DayReopening)
        if not refused:
            self.closed[by].pop()

    @rule(data=st.data(), store=stores, hours=st.integers(1, 100), quantity=quantities, cut=cuts)
    def goods_of_an_earlier_day_are_recorded(
        self, data: st.DataObject, store: str, hours: int, quantity: int, cut: int | None
    ) -> None:
        lot = self.one_of(data, "lot", self.common_lots())
        happened_at = max(NOW, self.now - dt.timedelta(hours=hours))
        move = self.move(lot, self.frame.outside[Place.SUPPLIER], self.frame.store[store], quantity)

        def receive(session: Session, head: Recorded) -> str:
            late = replace(head, occurred_at=happened_at)
            return ledger.receive(session, recorded=late, lines=[line(move)]).key

        refused = DayClosed if self.is_closed_at(move.destination_id, happened_at) else None
        self.write(receive, moves=[replace(move, happened_at=happened_at)], refused=refused, cut=cut)
