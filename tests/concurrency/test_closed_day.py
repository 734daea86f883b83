"""A day is closed while others still write into it, on both databases: what the sheet says is what the books hold."""

from __future__ import annotations

import datetime as dt
from threading import Event, Timer

from inventory import days, ledger
from inventory.ledger import Line
from logistics.db import Database
from tests.concurrency.test_crossings import at_once
from tests.county import CHINA, NOW, TODAY, County, recorded

YESTERDAY = TODAY - dt.timedelta(days=1)
LATE = dt.datetime(2020, 3, 14, 12, tzinfo=CHINA)
WRITERS = 8


def receive(
    database: Database, county: County, key: str, *, written: Event | None = None, go_on: Event | None = None
) -> None:
    """Ten masks of yesterday, from a supplier into the store; held open before it commits until it may go on."""
    with database.transaction() as session:
        line = Line(lot_id=1, source_id=county.supplier.id, destination_id=county.store.id, quantity=10)
        ledger.receive(session, recorded=recorded(key, at=LATE), lines=[line])
        if written and go_on:
            written.set()
            go_on.wait(10)


def close(database: Database, county: County, key: str) -> None:
    with database.transaction() as session:
        days.close_day(session, key=key, unit_id=county.bureau.id, day=YESTERDAY, at=NOW, zone=CHINA, by="officer")


def test_of_a_posting_and_a_closing_the_second_sees_the_first(database: Database, county: County) -> None:
    """Writers and closers all at once: whoever was recorded stands on the sheet, whoever came later was refused."""
    writers = [lambda number=number: receive(database, county, f"in-{number}") for number in range(WRITERS)]
    closers = [lambda key=key: close(database, county, key) for key in ("one", "two")]
    ended = at_once(*writers[: WRITERS // 2], *closers, *writers[WRITERS // 2 :])
    assert set(ended) <= {"done", "DayClosed"}
    assert sorted(ended[WRITERS // 2 : WRITERS // 2 + 2]) == ["DayClosed", "done"]
    received = ended.count("done") - 1
    with database.reading() as session:
        [closing] = days.closings(session, unit_id=county.bureau.id)
        assert sum(line.came_in for line in closing.figures) == 10 * received
        assert days.prove_days(session).findings == ()


def test_a_closing_waits_for_a_posting_that_has_begun(database: Database, county: County) -> None:
    """The closing begins after the posting has written and before it commits: the goods are on the sheet."""
    written, go_on = Event(), Event()

    def post() -> None:
        receive(database, county, "begun", written=written, go_on=go_on)

    def close_meanwhile() -> None:
        written.wait(10)
        Timer(0.3, go_on.set).start()
        close(database, county, "close")

    assert at_once(post, close_meanwhile) == ["done", "done"]
    with database.reading() as session:
        [closing] = days.closings(session, unit_id=county.bureau.id)
        assert [line.came_in for line in closing.figures] == [10]
