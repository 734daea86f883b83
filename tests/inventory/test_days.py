"""Closed days on both databases: Sunday 15 March 2020, 08:00; 2,000 masks and 20 kg of disinfectant came in this morning."""

import datetime as dt
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from inventory import catalogue, consignments, consumption, counts, days, ledger, lots, places, units
from inventory.catalogue import ItemKind, LotStatus
from inventory.closed_days import DayClosing, closed_until, closings_binding
from inventory.counts import Counted, Tolerance, VarianceReason
from inventory.days import Figures
from inventory.errors import DayClosed, InvalidInput, KeyReused, NotYetThere, WrongState
from inventory.ledger import Document, DocumentKind, Line, Movement, Recorded
from inventory.places import Place
from inventory.units import UnitKind
from logistics.db import Database
from tests.county import CHINA, NOW, TODAY, County, recorded
from tests.sqlite_files import SqliteFiles

YESTERDAY = TODAY - dt.timedelta(days=1)
#: Yesterday at noon and today at noon, in China.
LATE = dt.datetime(2020, 3, 14, 12, tzinfo=CHINA)
NOON = dt.datetime(2020, 3, 15, 12, tzinfo=CHINA)
EVENING = dt.datetime(2020, 3, 15, 20, tzinfo=CHINA)
DAY = dt.timedelta(days=1)


def close(
    session: Session,
    unit_id: int,
    day: dt.date = YESTERDAY,
    *,
    key: str = "close",
    at: dt.datetime = NOW,
    note: str = "",
) -> DayClosing:
    return days.close_day(session, key=key, unit_id=unit_id, day=day, at=at, zone=CHINA, by="officer", note=note)


def dated(key: str, at: dt.datetime, *, recorded_at: dt.datetime = NOON) -> Recorded:
    return Recorded(key=key, occurred_at=at, recorded_at=max(at, recorded_at), by="officer", reason="补记")


def issue(session: Session, county: County, key: str, at: dt.datetime, quantity: int = 50) -> Document:
    return ledger.issue(
        session,
        recorded=dated(key, at),
        source_id=county.store.id,
        destination_id=places.the_location(session, Place.CONSUMED).id,
        wanted={county.masks.id: quantity},
    )


def figures(closing: DayClosing) -> dict[str, tuple[int, int, int, int]]:
    return {
        line.item.code: (line.opening, line.came_in, line.went_out, line.closing)
        for line in sorted(closing.figures, key=lambda line: line.item.code)
    }


# What a closing says --------------------------------------------------------------------------------------------------


def test_the_day_is_opening_in_out_and_closing_of_a_unit_with_all_below(database: Database, county: County) -> None:
    with database.transaction() as session:
        station = places.store_of(session, session.merge(county.station))
        sent = {"source_id": county.store.id, "destination_id": station.id, "wanted": {county.masks.id: 300}}
        ledger.transfer(session, recorded=recorded("inside"), **sent)
        issue(session, county, "used", NOON)
        whole = close(session, county.bureau.id, TODAY, key="whole", at=EVENING)
        assert figures(whole) == {"JY": (0, 500, 0, 500), "KZ": (0, 2_000, 50, 1_950), "XD84": (0, 20_000, 0, 20_000)}
        assert (whole.number, whole.movements) == ("RJ0000001", 6)
        part = close(session, county.station.id, TODAY, key="part", at=EVENING)
        assert figures(part) == {"KZ": (0, 300, 0, 300)}


def test_the_first_closing_begins_with_what_lay_there_in_the_morning(database: Database, county: County) -> None:
    tomorrow = TODAY + DAY
    with database.transaction() as session:
        issue(session, county, "used", NOON)
        closing = close(session, county.bureau.id, tomorrow, at=EVENING + DAY)
        assert figures(closing)["KZ"] == (1_950, 0, 0, 1_950)


def test_a_day_on_which_nothing_moved_is_an_explicit_zero_report(database: Database, county: County) -> None:
    with database.transaction() as session:
        closing = close(session, county.village.id)
        assert closing.is_zero
        assert figures(closing) == {}


def test_today_is_cut_off_when_it_is_closed_and_the_rest_belongs_to_the_next_closing(
    database: Database, county: County
) -> None:
    later = EVENING + dt.timedelta(minutes=5)
    with database.transaction() as session:
        assert close(session, county.bureau.id, TODAY, at=EVENING).ends_at == EVENING
        issue(session, county, "after", later)
        after = close(session, county.bureau.id, TODAY + DAY, key="2", at=later + DAY)
        assert (after.begins_at, figures(after)["KZ"]) == (EVENING, (2_000, 0, 50, 1_950))


def test_closing_a_day_closes_every_day_before_it_and_only_once(database: Database, county: County) -> None:
    with database.transaction() as session:
        first = close(session, county.bureau.id)
        assert close(session, county.bureau.id).id == first.id
        with pytest.raises(KeyReused):
            close(session, county.bureau.id, note="零报告")
        for day in (YESTERDAY, YESTERDAY - dt.timedelta(days=3)):
            with pytest.raises(DayClosed, match="郧阳区局 has closed 2020-03-14"):
                close(session, county.bureau.id, day, key="other")
        with pytest.raises(InvalidInput, match="future"):
            close(session, county.bureau.id, TODAY + DAY, key="tomorrow")


def test_what_was_closed_is_neither_changed_nor_removed(database: Database, county: County) -> None:
    with database.transaction() as session:
        close(session, county.bureau.id, TODAY, at=EVENING)
        reopen(session, close(session, county.bureau.id, TODAY + DAY, key="2", at=EVENING + DAY))
    for statement in (
        "UPDATE day_closing SET note = 'x'",
        "UPDATE day_figure SET opening = 1",
        "UPDATE day_reopening SET reason = 'x'",
        "DELETE FROM day_closing",
        "DELETE FROM day_figure",
        "DELETE FROM day_reopening",
    ):
        with pytest.raises(DatabaseError, match="append-only"), database.transaction() as session:
            session.execute(text(statement))


# What a closed day refuses --------------------------------------------------------------------------------------------


def _receipt(session: Session, county: County, at: dt.datetime) -> None:
    lot = catalogue.lot_for(session, item=session.merge(county.masks), code="M3", expires_on=None)
    line = Line(lot_id=lot.id, source_id=county.supplier.id, destination_id=county.store.id, quantity=10)
    ledger.receive(session, recorded=dated("receipt", at), lines=[line])


def _issue(session: Session, county: County, at: dt.datetime) -> None:
    issue(session, county, "issue", at)


def _transfer(session: Session, county: County, at: dt.datetime) -> None:
    station = places.store_of(session, session.merge(county.station))
    ledger.transfer(
        session,
        recorded=dated("transfer", at),
        source_id=county.store.id,
        destination_id=station.id,
        wanted={county.masks.id: 50},
    )


def _consumption(session: Session, county: County, at: dt.datetime) -> None:
    consumption.book_shift(
        session,
        recorded=dated("shift", at),
        unit=session.merge(county.warehouse),
        source=county.store,
        people=10,
        shifts=1,
        used={county.masks.id: 20},
    )


def _consignment(session: Session, county: County, at: dt.datetime) -> None:
    station = places.store_of(session, session.merge(county.station))
    store = session.merge(county.store)
    consignments.send(
        session, recorded=dated("sent", at), source=store, destination=station, wanted={county.masks.id: 50}
    )


def _signature(session: Session, county: County, at: dt.datetime) -> None:
    consignments.receive(session, recorded=dated("signed", at), consignment_id=1, counted=None)


def _return(session: Session, county: County, at: dt.datetime) -> None:
    used = places.the_location(session, Place.CONSUMED)
    line = Line(lot_id=1, source_id=used.id, destination_id=county.store.id, quantity=5)
    ledger.post(session, kind=DocumentKind.RETURN, recorded=dated("return", at), lines=[line])


def _disposal(session: Session, county: County, at: dt.datetime) -> None:
    portion = lots.Portion(lot_id=4, location_id=county.store.id, quantity=5)
    lots.dispose(session, recorded=dated("disposal", at), portions=[portion])


def _reversal(session: Session, county: County, at: dt.datetime) -> None:
    document = ledger.document_by_key(session, "to be undone")
    assert document is not None
    ledger.reverse(session, recorded=dated("reversal", at), document_id=document.id)


def _count(session: Session, county: County, at: dt.datetime) -> None:
    store, by = session.merge(county.store), {"by": "officer"}
    count = counts.start(session, key=f"{at}", location=store, tolerance=Tolerance(), at=at, **by)
    counted = [Counted(lot_id=1, quantity=480, counted_at=at)]
    counts.record(session, count_id=count.id, key="c", counted=counted, at=NOON, **by)
    counts.submit(session, count_id=count.id, at=NOON)
    lines = [line for line in counts.check(session, count) if line.difference]
    counts.explain(
        session, count_id=count.id, reasons={line.lot.id: (VarianceReason.BROKEN, "") for line in lines}, **by
    )
    posting = counts.post(session, count_id=count.id, at=NOON, recorded_at=NOON, **by)
    assert posting.document is not None


ACTS = (_receipt, _issue, _transfer, _consumption, _signature, _consignment, _return, _disposal, _reversal, _count)


def test_no_kind_of_document_is_recorded_on_a_closed_day_and_every_kind_today(
    database: Database, county: County
) -> None:
    """All at the warehouse or below, by a closing of the bureau above it."""
    with database.transaction() as session:
        issue(session, county, "to be undone", NOW)
        _consignment(session, county, NOW.astimezone(CHINA))
        cigarettes = session.get_one(catalogue.Lot, 4)
        cigarettes.status = LotStatus.RECALLED
        close(session, county.bureau.id)
    for act in ACTS:
        if act is not _consignment:
            with pytest.raises(DayClosed) as refused, database.transaction() as session:
                act(session, county, LATE)
            assert (refused.value.unit, refused.value.day) == (county.bureau.name, YESTERDAY), act.__name__
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Movement)) == 6
        for act in ACTS:
            act(session, county, NOON)
        assert session.scalar(select(func.count()).select_from(Document)) == 12


def test_a_unit_beside_goes_on_and_a_unit_below_does_not(database: Database, county: County) -> None:
    """The station closes yesterday, the warehouse does not: from one to the other nothing goes yesterday."""
    with database.transaction() as session:
        _receipt_before(session, county)
        close(session, county.station.id)
        issue(session, county, "warehouse", LATE)
        with pytest.raises(DayClosed, match="安阳烟叶站"):
            _transfer(session, county, LATE)


def _receipt_before(session: Session, county: County) -> None:
    """1,000 masks that came the day before yesterday."""
    lot = catalogue.lot_for(session, item=session.merge(county.masks), code="M0", expires_on=None)
    line = Line(lot_id=lot.id, source_id=county.supplier.id, destination_id=county.store.id, quantity=1_000)
    ledger.receive(session, recorded=dated("before", LATE - DAY), lines=[line])


def test_a_document_of_a_closed_day_is_undone_today(database: Database, county: County) -> None:
    with database.transaction() as session:
        document = issue(session, county, "wrong", NOW)
        closed = close(session, county.bureau.id, TODAY, at=EVENING)
        ledger.reverse(session, recorded=recorded("undo", at=EVENING), document_id=document.id)
        again = close(session, county.bureau.id, TODAY + DAY, key="2", at=EVENING + DAY)
        assert figures(closed)["KZ"] == (0, 2_000, 50, 1_950)
        assert figures(again)["KZ"] == (1_950, 50, 0, 2_000)


def test_what_came_today_was_not_given_out_yesterday(database: Database, county: County) -> None:
    """Of 2,000 masks that came this morning none could go out yesterday; of the 1,000 that lay there, 900 after 100 were used."""
    assert _what_lay_there(database, county, "1", 50) == 0
    with database.transaction() as session:
        _receipt_before(session, county)
        used = issue(session, county, "2", LATE + dt.timedelta(hours=1), 100)
    assert _what_lay_there(database, county, "3", 901) == 900
    with database.transaction() as session:
        ledger.reverse(session, recorded=recorded("undo", at=NOON), document_id=used.id)
        issue(session, county, "4", LATE, 1_000)


def _what_lay_there(database: Database, county: County, key: str, wanted: int) -> int:
    with pytest.raises(NotYetThere) as refused, database.transaction() as session:
        issue(session, county, key, LATE, wanted)
    assert (refused.value.wanted, refused.value.day) == (wanted, YESTERDAY)
    return refused.value.available


# Reopening ------------------------------------------------------------------------------------------------------------


def reopen(session: Session, closing: DayClosing, *, key: str = "reopen", reason: str = "漏记一张入库单") -> None:
    days.reopen_day(session, key=key, closing_id=closing.id, at=NOON, by="leader", reason=reason)


def test_a_reopened_day_is_mended_and_closed_under_a_new_number_and_both_stay(
    database: Database, county: County
) -> None:
    with database.transaction() as session:
        before = close(session, county.bureau.id, YESTERDAY - DAY, key="0")
        first = close(session, county.bureau.id)
        for _twice in range(2):
            reopen(session, first)
        _receipt(session, county, LATE)
        second = close(session, county.bureau.id, key="again")
        assert (second.number, second.previous_id, second.begins_at) == ("RJ0000003", first.id, before.ends_at)
        assert figures(second)["KZ"] == (0, 10, 0, 10)
        assert [c.reopening is not None for c in days.closings(session, unit_id=county.bureau.id)] == [
            False,
            True,
            False,
        ]
        assert days.prove_days(session).findings == ()


def test_only_the_last_day_is_reopened_with_a_reason_and_not_below_a_closed_one(
    database: Database, county: County
) -> None:
    with database.transaction() as session:
        before = close(session, county.station.id, YESTERDAY - DAY, key="0")
        last = close(session, county.station.id)
        with pytest.raises(WrongState, match="not-the-last"):
            reopen(session, before)
        with pytest.raises(InvalidInput, match="reason"):
            reopen(session, last, reason=" ")
        close(session, county.bureau.id, key="above")
        assert not days.last_reopenable(session, last)
        with pytest.raises(DayClosed, match="郧阳区局"):
            reopen(session, last)


# Who has closed what --------------------------------------------------------------------------------------------------


def test_the_calendar_tells_each_units_own_closing_before_one_from_above(database: Database, county: County) -> None:
    wanted = [TODAY - dt.timedelta(days=back) for back in range(3)]
    with database.transaction() as session:
        whole, part = close(session, county.bureau.id, wanted[2], key="1"), close(session, county.station.id, key="2")
        seen = days.calendar(session, unit_ids=[county.station.id, county.village.id], days=wanted)
        assert seen == {county.station.id: {wanted[1]: part, wanted[2]: part}, county.village.id: {wanted[2]: whole}}
        binding = closings_binding(session, unit_ids=[county.station.id, county.village.id])
        assert binding == {county.station.id: part, county.village.id: whole}


# The proof ------------------------------------------------------------------------------------------------------------


def _unlocked(database: Database, *statements: str) -> None:
    """As somebody would who has taken the triggers away."""
    with database.transaction() as session:
        for table in ("movement", "day_closing", "day_figure"):
            if database.is_sqlite:
                session.execute(text(f"DROP TRIGGER {table}_refuses_update"))
            else:
                session.execute(text(f"DROP TRIGGER {table}_append_only ON {table}"))
        for statement in statements:
            session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE movement SET quantity = 60 WHERE quantity = 50", [("out", "RJ0000001", "一次性口罩", 50, 60)]),
        (
            "UPDATE movement SET occurred_at = '2020-03-16 00:00:00+00:00' WHERE quantity = 50",
            [("movements", "RJ0000001", "", 5, 4), ("out", "RJ0000001", "一次性口罩", 50, 0)],
        ),
        ("UPDATE unit SET books_closed_until = NULL", [("closed until", "RJ0000002", "", dt.date(2020, 3, 16), None)]),
    ],
)
def test_books_changed_behind_a_closed_day_are_found(
    database: Database, county: County, statement: str, said: list[tuple[object, ...]]
) -> None:
    _two_days(database, county)
    _unlocked(database, statement)
    assert [finding for finding in _found(database) if finding in said] == said


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE day_figure SET went_out = 40, closing = 1960 WHERE went_out = 50",
        "UPDATE day_closing SET note = 'x' WHERE id = 1",
        "UPDATE day_closing SET digest = 'f' WHERE id = 1",
    ],
)
def test_a_closing_changed_afterwards_no_longer_bears_its_digest(
    database: Database, county: County, statement: str
) -> None:
    _two_days(database, county)
    _unlocked(database, statement)
    assert ("digest", "RJ0000001") in [finding[:2] for finding in _found(database)]


def _two_days(database: Database, county: County) -> None:
    with database.transaction() as session:
        issue(session, county, "used", NOON)
        close(session, county.bureau.id, TODAY, key="1", at=EVENING)
        close(session, county.bureau.id, TODAY + DAY, key="2", at=EVENING + dt.timedelta(days=2))
        assert days.prove_days(session).findings == ()


def _found(database: Database) -> list[tuple[object, ...]]:
    with database.reading() as session:
        return [
            (
                finding.rule,
                finding.number,
                finding.item,
                finding.expected.date() if isinstance(finding.expected, dt.datetime) else finding.expected,
                finding.found,
            )
            for finding in days.prove_days(session).findings
        ]


def test_a_unit_that_is_put_elsewhere_leaves_its_closed_days_closed(database: Database, county: County) -> None:
    with database.transaction() as session:
        station, warehouse = session.merge(county.station), session.merge(county.warehouse)
        there = places.store_of(session, station).id
        units.move_unit(session, unit=station, parent=warehouse)
        closing = close(session, warehouse.id, TODAY, at=EVENING)
        units.move_unit(session, unit=station, parent=session.merge(county.bureau))
        bring = Line(lot_id=1, source_id=county.supplier.id, destination_id=there, quantity=50)
        with pytest.raises(DayClosed) as refused:
            ledger.receive(session, recorded=dated("late", NOON), lines=[bring])
        assert refused.value.number == closing.number
        assert closed_until(session, location_ids=[there], after=NOON) == EVENING
        assert closed_until(session, location_ids=[there], after=EVENING) is None
        ledger.receive(session, recorded=dated("after", EVENING), lines=[bring])
    with database.transaction() as session:
        assert days.prove_days(session).findings == ()
        days.reopen_day(session, key="open", closing_id=closing.id, at=EVENING, by="officer", reason="补记")
        ledger.receive(session, recorded=dated("late", NOON), lines=[bring])
        assert days.prove_days(session).findings == ()


def test_units_that_move_in_the_tree_are_told_apart_from_goods_that_move(database: Database, county: County) -> None:
    tomorrow = TODAY + DAY
    with database.transaction() as session:
        close(session, county.station.id, TODAY, key="1", at=EVENING)
        units.move_unit(session, unit=session.merge(county.warehouse), parent=session.merge(county.station))
        closing = close(session, county.station.id, tomorrow, key="2", at=EVENING + DAY)
        line = {figure.item.code: figure for figure in closing.figures}["KZ"]
        assert (line.opening, line.came_in, line.closing, line.regrouped) == (0, 0, 2_000, 2_000)
        assert days.prove_days(session).findings == ()


# Laws -----------------------------------------------------------------------------------------------------------------

#: On which day of four, at what hour, from which store (or the supplier) to which (or consumption), how many.
MOVES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 23), st.integers(0, 2), st.integers(0, 2), st.integers(1, 40)),
    max_size=12,
)


@given(moves=MOVES, top=st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_morning_is_the_evening_before_whatever_moved(
    empty: Database, moves: list[tuple[int, int, int, int, int]], top: bool
) -> None:
    with empty.transaction() as session:
        _live(session, moves, top=top)
        session.rollback()


@pytest.fixture(scope="module")
def empty(sqlite_files: SqliteFiles) -> Iterator[Database]:
    with sqlite_files.database(sqlite_files.template("migrated", _migrated)) as url:
        database = Database(url)
        yield database
        database.dispose()


def _migrated(url: str) -> None:
    database = Database(url)
    database.upgrade()
    database.dispose()


def _live(session: Session, moves: list[tuple[int, int, int, int, int]], *, top: bool) -> None:
    """Four days of moves between two stores of one unit and outside; each evening a closing, of the unit above or of one."""
    county = units.add_unit(session, code="Q", name="区局", kind=UnitKind.COUNTY)
    below = [
        units.add_unit(session, code=code, name=code, kind=UnitKind.STATION, parent=county) for code in ("甲", "乙")
    ]
    masks = catalogue.add_item(session, code="KZ", name="口罩", kind=ItemKind.PROTECTION, base_unit="只")
    lot = catalogue.lot_for(session, item=masks, code="M", expires_on=None)
    supplier = places.open_location(session, place=Place.SUPPLIER, code="供", name="供")
    stores = [places.store_of(session, unit) for unit in below]
    sources, destinations = [*stores, supplier], [*stores, places.the_location(session, Place.CONSUMED)]
    closed: list[DayClosing] = []
    held = {store.id: 0 for store in stores}
    for number in range(4):
        midnight = dt.datetime(2020, 3, 10 + number, tzinfo=CHINA)
        for place, (_day, hour, start, end, quantity) in enumerate(sorted(m for m in moves if m[0] == number)):
            source, destination = sources[start], destinations[end]
            if source.id == destination.id or held.get(source.id, quantity) < quantity:
                continue
            at = midnight + dt.timedelta(hours=hour)
            line = Line(lot_id=lot.id, source_id=source.id, destination_id=destination.id, quantity=quantity)
            ledger.post(
                session, kind=DocumentKind.TRANSFER, recorded=recorded(f"{number}-{place}", at=at), lines=[line]
            )
            for location_id, change in ((source.id, -quantity), (destination.id, quantity)):
                if location_id in held:
                    held[location_id] += change
        unit, at = county if top else below[0], midnight + dt.timedelta(days=1, hours=8)
        closed.append(close(session, unit.id, midnight.date(), key=f"close-{number}", at=at))
    ours = stores if top else stores[:1]
    evenings = [{line.item_id: line.closing for line in closing.figures} for closing in closed]
    mornings = [{line.item_id: line.opening for line in closing.figures} for closing in closed]
    assert [morning.get(masks.id, 0) for morning in mornings[1:]] == [e.get(masks.id, 0) for e in evenings[:-1]]
    assert evenings[-1].get(masks.id, 0) == sum(held[store.id] for store in ours)
    assert all(line.regrouped == 0 for closing in closed for line in closing.figures)
    assert days.prove_days(session).findings == ()


def test_a_first_closing_sums_up_by_hand() -> None:
    """10 lie there in the evening, 6 came and 4 went: 8 lay there in the morning."""
    assert days._figures(None, {7: (6, 4)}, {7: 10}) == {7: Figures(opening=8, came_in=6, went_out=4, closing=10)}


def test_a_unit_whose_only_closing_was_reopened_is_proved(database: Database, county: County) -> None:
    with database.transaction() as session:
        reopen(session, close(session, county.bureau.id, TODAY))
        assert days.prove_days(session).findings == ()
