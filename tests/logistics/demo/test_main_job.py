"""The main job breaks off where a step cannot be finished, and says so."""

import datetime as dt
from pathlib import Path

from logistics.clock import system_clock
from logistics.db import Database
from logistics.demo.county import generate
from logistics.demo.county.facts import Facts
from logistics.demo.job import Job
from logistics.demo.main_job import run


def test_nothing_follows_a_step_that_could_not_be_finished(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{(tmp_path / 'without-tables.db').as_posix()}")
    begun: list[str] = []
    taken = list(run(_job(database, tmp_path), begins=begun.append))
    database.dispose()
    assert [(done.step, done.ok) for done in taken] == [("workbooks", True), ("units", False)]
    assert "no such table" in taken[1].failure
    assert len(begun) == 2


def test_a_table_that_is_refused_is_told_row_by_row(database: Database, tmp_path: Path) -> None:
    """The county's orders are of the day before its first: taken in before that day, they are still to come."""
    job = _job(database, tmp_path)
    job.clock = lambda: dt.datetime(2020, 3, 1, tzinfo=dt.UTC)
    *_before, refused = run(job)
    assert refused.step == "receipts"
    assert not refused.ok
    assert "Row 2" in refused.failure


def _job(database: Database, folder: Path) -> Job:
    return Job(
        database=database,
        county=generate(1, dt.date(2020, 3, 16), Facts().scaled(0.02)),
        folder=folder / "demo",
        timezone="Asia/Shanghai",
        clock=system_clock,
        password="yunyang-2020",
        budget_s=5,
    )
