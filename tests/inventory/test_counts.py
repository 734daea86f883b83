"""Counts on both databases: 500 masks of lot M1 and 1,500 of M2 lie in the store at eight."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, func, select, update
from sqlalchemy.exc import DatabaseError

from inventory import catalogue, counts, ledger, places, stock
from inventory.balances import Balance
from inventory.catalogue import Lot
from inventory.counts import Awaits, Counted, CountEntry, CountState, Posting, Tolerance, VarianceReason
from inventory.errors import InvalidInput, KeyReused, NotFound, WrongState
from inventory.ledger import DocumentKind, Line, Movement, Recorded
from inventory.places import Place
from logistics.db import Database
from tests.county import NOW, County, recorded
from tests.engines import on_sqlite

#: What is refused before anything is asked of the database is the same on every one.

MINUTE = dt.timedelta(minutes=1)
NINE, TEN, ELEVEN = (NOW + dt.timedelta(hours=hours) for hours in (1, 2, 3))
EXACT = Tolerance(units=0, percent=0)
NEVER = Tolerance()


class Desk:
    """One person counting the county's store."""

    def __init__(self, database: Database, county: County) -> None:
        self.database, self.county = database, county

    def start(self, *, tolerance: Tolerance = NEVER, key: str = "c1", only: Sequence[str] = ()) -> int:
        with self.database.transaction() as session:
            items = [catalogue.item_by_code(session, code) for code in only]
            store = session.merge(self.county.store)
            return counts.start(
                session, key=key, location=store, items=items, tolerance=tolerance, at=NOW, by="officer"
            ).id

    def lot(self, code: str) -> int:
        with self.database.reading() as session:
            return session.scalars(select(Lot.id).where(Lot.code == code)).one()

    def count(self, count_id: int, quantities: dict[str, int], *, at: dt.datetime = TEN, key: str = "page-1") -> None:
        with self.database.transaction() as session:
            counts.record(
                session,
                count_id=count_id,
                key=key,
                counted=[Counted(lot_id=self.lot(code), quantity=n, counted_at=at) for code, n in quantities.items()],
                at=at,
                by="officer",
            )

    def submit(self, count_id: int) -> None:
        with self.database.transaction() as session:
            counts.submit(session, count_id=count_id, at=ELEVEN)

    def explain(self, count_id: int, *codes: str, reason: VarianceReason = VarianceReason.BROKEN) -> None:
        with self.database.transaction() as session:
            reasons = {self.lot(code): (reason, "") for code in codes}
            counts.explain(session, count_id=count_id, reasons=reasons, by="officer")

    def post(self, count_id: int) -> Posting:
        with self.database.transaction() as session:
            return counts.post(session, count_id=count_id, at=ELEVEN, recorded_at=ELEVEN, by="officer")

    def count_and_post(self, quantities: dict[str, int], *, at: dt.datetime = TEN, key: str = "c1") -> Posting:
        count_id = self.start(key=key)
        self.count(count_id, quantities, at=at)
        self.submit(count_id)
        self.explain(count_id, *quantities)
        return self.post(count_id)

    def waiting(self, count_id: int) -> dict[str, Awaits | None]:
        with self.database.reading() as session:
            lines = counts.check(session, counts.get_count(session, count_id))
            return {line.lot.code: line.awaits for line in lines}

    def issue(self, quantity: int, *, occurred_at: dt.datetime, recorded_at: dt.datetime, key: str = "i1") -> int:
        with self.database.transaction() as session:
            head = Recorded(key=key, occurred_at=occurred_at, recorded_at=recorded_at, by="officer")
            return ledger.issue(
                session,
                recorded=head,
                source_id=self.county.store.id,
                destination_id=places.the_location(session, Place.CONSUMED).id,
                wanted={self.county.masks.id: quantity},
            ).id

    def held(self, code: str) -> int:
        with self.database.reading() as session:
            assert not stock.prove(session).findings
            balance = session.get(Balance, (self.county.store.id, self.lot(code)))
            return balance.quantity if balance else 0


@pytest.fixture
def desk(database: Database, county: County) -> Desk:
    return Desk(database, county)


def test_a_count_posts_all_its_differences_in_one_document(desk: Desk) -> None:
    posting = desk.count_and_post({"M1": 480, "M2": 1_503, "X1": 20_000})
    assert posting.document is not None
    assert (posting.document.kind, posting.document.reason) == (DocumentKind.ADJUSTMENT, "PC0000001")
    with desk.database.reading() as session:
        moved = session.scalars(select(Movement).where(Movement.document_id == posting.document.id)).all()
        assert sorted((m.lot.code, m.quantity, m.occurred_at) for m in moved) == [("M1", 20, TEN), ("M2", 3, TEN)]
    assert (desk.held("M1"), desk.held("M2"), desk.held("X1")) == (480, 1_503, 20_000)


def test_what_goes_out_after_the_count_is_no_difference(desk: Desk) -> None:
    count_id = desk.start()
    desk.count(count_id, {"M1": 490}, at=NINE)
    desk.issue(100, occurred_at=TEN, recorded_at=TEN)
    desk.submit(count_id)
    desk.explain(count_id, "M1")
    desk.post(count_id)
    assert desk.held("M1") == 390


def test_what_went_out_before_the_count_and_was_recorded_later_is_no_loss(desk: Desk) -> None:
    count_id = desk.start()
    desk.count(count_id, {"M1": 400}, at=TEN)
    desk.issue(100, occurred_at=NINE, recorded_at=ELEVEN)
    desk.submit(count_id)
    assert desk.post(count_id).document is None
    assert desk.held("M1") == 400


def test_a_mistake_reversed_after_the_count_had_never_happened(desk: Desk) -> None:
    document_id = desk.issue(100, occurred_at=NINE, recorded_at=NINE)
    count_id = desk.start()
    desk.count(count_id, {"M1": 500}, at=TEN)
    with desk.database.transaction() as session:
        ledger.reverse(session, recorded=recorded("undo", at=ELEVEN), document_id=document_id)
    desk.submit(count_id)
    assert desk.post(count_id).document is None


def test_two_counts_of_one_lot_do_not_post_its_loss_twice(desk: Desk) -> None:
    early, late = desk.start(key="early"), desk.start(key="late")
    desk.count(early, {"M1": 450}, at=NINE)
    desk.count(late, {"M1": 450}, at=TEN)
    for count_id in (late, early):
        desk.submit(count_id)
        desk.explain(count_id, "M1")
    assert desk.post(late).document is not None
    assert [line.awaits for line in desk.post(early).waiting] == [Awaits.OVERTAKEN]
    desk.count(early, {"M1": 450}, at=TEN + MINUTE, key="again")
    assert desk.post(early).document is None
    assert desk.held("M1") == 450


def test_a_count_after_a_posted_one_starts_from_the_mended_books(desk: Desk) -> None:
    desk.count_and_post({"M1": 450}, at=NINE)
    assert desk.count_and_post({"M1": 450}, at=TEN, key="c2").document is None


def test_a_loss_that_no_longer_fits_comes_back_and_nothing_is_posted(desk: Desk) -> None:
    count_id = desk.start()
    desk.count(count_id, {"M1": 300, "M2": 1_400}, at=NINE)
    desk.issue(400, occurred_at=TEN, recorded_at=TEN)
    desk.submit(count_id)
    desk.explain(count_id, "M1", "M2")
    posting = desk.post(count_id)
    assert posting.document is None
    assert [(line.lot.code, line.difference, line.on_hand, line.awaits) for line in posting.waiting] == [
        ("M1", -200, 100, Awaits.GONE)
    ]
    assert (desk.held("M1"), desk.held("M2")) == (100, 1_500)
    desk.count(count_id, {"M1": 90}, at=ELEVEN, key="again")
    assert desk.post(count_id).document is not None
    assert (desk.held("M1"), desk.held("M2")) == (90, 1_400)


def test_a_recount_is_asked_beyond_the_tolerance_and_replaces_the_first(desk: Desk) -> None:
    count_id = desk.start(tolerance=Tolerance(units=10, percent=1))
    desk.count(count_id, {"M1": 489, "M2": 1_485})  # 11 off with 10 allowed; 15 off with 15 allowed
    desk.submit(count_id)
    assert desk.waiting(count_id) == {"M1": Awaits.RECOUNT, "M2": Awaits.REASON}
    desk.count(count_id, {"M1": 485}, at=ELEVEN, key="again")
    assert desk.waiting(count_id) == {"M1": Awaits.REASON, "M2": Awaits.REASON}
    desk.explain(count_id, "M1", "M2")
    assert desk.post(count_id).waiting == ()
    assert desk.held("M1") == 485
    with desk.database.reading() as session:
        entries = session.scalars(select(CountEntry).where(CountEntry.lot_id == desk.lot("M1")).order_by(CountEntry.id))
        assert [(entry.quantity, entry.again) for entry in entries] == [(489, False), (485, True)]


def test_the_second_count_stands_also_where_it_confirms_the_first(desk: Desk) -> None:
    count_id = desk.start(tolerance=EXACT)
    desk.count(count_id, {"M1": 400})
    desk.submit(count_id)
    desk.count(count_id, {"M1": 400}, key="again")
    assert desk.waiting(count_id) == {"M1": Awaits.REASON}


def test_goods_the_books_do_not_know_are_counted_too(desk: Desk) -> None:
    with desk.database.transaction() as session:
        catalogue.lot_for(session, item=session.merge(desk.county.masks), code="NEW", expires_on=None)
    desk.count_and_post({"NEW": 30})
    assert desk.held("NEW") == 30


def test_a_lot_that_nobody_counted_stays_as_it_is(desk: Desk) -> None:
    desk.count_and_post({"M1": 0})
    assert (desk.held("M1"), desk.held("M2")) == (0, 1_500)


def test_posting_twice_is_once(desk: Desk) -> None:
    first = desk.count_and_post({"M1": 480})
    with desk.database.transaction() as session:
        second = counts.post(session, count_id=1, at=ELEVEN, recorded_at=ELEVEN, by="officer")
    assert first.document is not None
    assert second.document is not None
    assert first.document.id == second.document.id
    assert desk.held("M1") == 480


def test_a_page_sent_twice_is_counted_once(desk: Desk) -> None:
    count_id = desk.start()
    for _click in range(2):
        desk.count(count_id, {"M1": 480})
    desk.count(count_id, {"M1": 470})  # back, corrected, the same form again: the newest stands
    desk.count(count_id, {"M1": 480})  # the first, which a slow line delivers once more
    with desk.database.reading() as session:
        sheet = counts.sheet(session, counts.get_count(session, count_id))
        assert {line.lot.code: line.entry.quantity for line in sheet if line.entry} == {"M1": 470}


def test_what_the_books_say_is_hidden_until_the_count_is_handed_in(desk: Desk) -> None:
    count_id = desk.start()
    desk.count(count_id, {"M1": 480})
    with desk.database.reading() as session, pytest.raises(WrongState):
        counts.check(session, counts.get_count(session, count_id))


def test_the_sheet_lists_what_the_place_holds_of_the_items_asked_for(desk: Desk) -> None:
    for key, only, lots in (("all", (), ["J1", "M1", "M2", "X1"]), ("masks", ("KZ",), ["M1", "M2"])):
        count_id = desk.start(key=key, only=only)
        with desk.database.reading() as session:
            sheet = counts.sheet(session, counts.get_count(session, count_id))
            assert [line.lot.code for line in sheet] == lots


@on_sqlite
@pytest.mark.parametrize(
    ("quantity", "at", "problem"),
    [
        (-1, TEN, "negative"),
        (10**12 + 1, TEN, "too-large"),
        (5, ELEVEN + MINUTE, "future"),
        (5, NOW - MINUTE, "before-start"),
    ],
)
def test_what_cannot_have_been_counted_is_refused(desk: Desk, quantity: int, at: dt.datetime, problem: str) -> None:
    count_id = desk.start()
    counted = [Counted(lot_id=desk.lot("M1"), quantity=quantity, counted_at=at)]
    with pytest.raises(InvalidInput) as error, desk.database.transaction() as session:
        counts.record(session, count_id=count_id, key="k", counted=counted, at=ELEVEN, by="officer")
    assert error.value.problem == problem


@on_sqlite
def test_an_item_that_the_count_leaves_out_is_refused(desk: Desk) -> None:
    count_id = desk.start(only=("KZ",))
    with pytest.raises(InvalidInput, match="not-in-count"):
        desk.count(count_id, {"X1": 5})


@on_sqlite
@pytest.mark.parametrize("act", ["count", "submit", "withdraw"])
def test_a_posted_count_is_closed(desk: Desk, act: str) -> None:
    desk.count_and_post({"M1": 480})

    def withdraw() -> None:
        with desk.database.transaction() as session:
            counts.withdraw(session, count_id=1, at=ELEVEN, by="officer")

    acts: dict[str, Callable[[], None]] = {
        "count": lambda: desk.count(1, {"M1": 470}),
        "submit": lambda: desk.submit(1),
        "withdraw": withdraw,
    }
    with pytest.raises(WrongState):
        acts[act]()


@on_sqlite
def test_an_empty_count_is_not_handed_in(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match="nothing-counted"):
        desk.submit(desk.start())


def test_the_same_key_for_another_place_is_refused(desk: Desk) -> None:
    desk.start(key="c1")
    assert desk.start(key="c1") == 1
    with pytest.raises(KeyReused):
        desk.start(key="c1", only=("KZ",))


@on_sqlite
def test_other_reasons_are_told_in_words_and_only_for_what_was_counted(desk: Desk) -> None:
    count_id = desk.start()
    desk.count(count_id, {"M1": 480})
    desk.submit(count_id)
    with pytest.raises(InvalidInput):
        desk.explain(count_id, "M1", reason=VarianceReason.OTHER)
    with pytest.raises(NotFound):
        desk.explain(count_id, "M2")


def test_a_withdrawn_count_changes_nothing(desk: Desk) -> None:
    count_id = desk.start()
    desk.count(count_id, {"M1": 480})
    with desk.database.transaction() as session:
        assert counts.withdraw(session, count_id=count_id, at=ELEVEN, by="officer").state is CountState.WITHDRAWN
    assert desk.held("M1") == 500


def test_the_database_keeps_every_entry(desk: Desk) -> None:
    desk.count(desk.start(), {"M1": 480})
    for change in (update(CountEntry).values(quantity=1), delete(CountEntry)):
        with pytest.raises(DatabaseError), desk.database.transaction() as session:
            session.execute(change)


def test_a_large_count_takes_no_statement_for_each_line(desk: Desk) -> None:
    lots = 600
    with desk.database.transaction() as session:
        wanted = {(desk.county.masks.id, f"B{number}"): None for number in range(lots)}
        known = catalogue.lots_for(session, wanted=wanted)
        ledger.receive(
            session,
            recorded=recorded("many"),
            lines=[
                Line(lot_id=lot.id, source_id=desk.county.supplier.id, destination_id=desk.county.store.id, quantity=9)
                for lot in known.values()
            ],
        )
        count = counts.start(
            session, key="big", location=session.merge(desk.county.store), tolerance=NEVER, at=NOW, by="officer"
        )
        counted = [
            Counted(lot_id=lot.id, quantity=8 + 2 * (number % 2), counted_at=NINE)
            for number, lot in enumerate(known.values())
        ]
        counts.record(session, count_id=count.id, key="sheet", counted=counted, at=NINE, by="officer")
        counts.submit(session, count_id=count.id, at=NINE)
        reasons = {lot.id: (VarianceReason.MISCOUNTED, "") for lot in known.values()}
        counts.explain(session, count_id=count.id, reasons=reasons, by="officer")
    statements: list[str] = []
    event.listen(desk.database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    posting = desk.post(count.id)
    assert posting.document is not None
    assert len(statements) < 60
    with desk.database.reading() as session:
        posted = select(func.count()).where(Movement.document_id == posting.document.id)
        assert session.scalar(posted) == lots
        assert not stock.prove(session).findings


def test_a_count_withdrawn_before_anything_was_counted_has_nothing_to_check(desk: Desk) -> None:
    count_id = desk.start()
    with desk.database.transaction() as session:
        counts.withdraw(session, count_id=count_id, at=ELEVEN, by="officer")
    assert desk.waiting(count_id) == {}


def test_the_tolerance_is_the_larger_of_pieces_and_percent() -> None:
    allowed = Tolerance(units=5, percent=2)
    assert not allowed.exceeded(expected=14_000, counted=13_720)
    assert allowed.exceeded(expected=14_000, counted=13_719)
    assert not allowed.exceeded(expected=3, counted=8)
    assert Tolerance(units=0, percent=2).exceeded(expected=3, counted=2)
    assert not Tolerance(percent=None).exceeded(expected=3, counted=0)


@settings(deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 20), st.integers(-9, 9))), instant=st.integers(0, 20))
def test_what_was_expected_is_what_had_happened_by_then(changes: list[tuple[int, int]], instant: int) -> None:
    happened = [(NOW + minute * MINUTE, change) for minute, change in changes]
    balance = sum(change for _, change in changes)
    by_then = sum(change for minute, change in changes if minute <= instant)
    assert counts.expected_at(NOW + instant * MINUTE, balance=balance, since=happened) == by_then


def test_a_late_copy_of_a_number_does_not_undo_what_came_after(desk: Desk) -> None:
    count = desk.start()
    desk.count(count, {"M1": 400}, key="a")
    desk.count(count, {"M1": 400}, key="b")
    desk.count(count, {"M1": 490}, key="c")
    desk.count(count, {"M1": 400}, key="b")
    with desk.database.reading() as session:
        [line] = [line for line in counts.sheet(session, session.get_one(counts.CountSession, count)) if line.entry]
        assert line.entry is not None
        assert line.entry.quantity == 490
