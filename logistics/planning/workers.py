"""Which planning workers are there: each says so every few seconds."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.base import upsert
from logistics.planning.models import Worker

#: How often a worker reports, and after how long without a word it is taken to be gone.
REPORTS_EVERY_S = 5.0
SILENT_AFTER = dt.timedelta(seconds=30)


def report(session: Session, *, name: str, at: dt.datetime) -> None:
    """Say that a worker is there."""
    session.execute(
        upsert(session, Worker)
        .values(name=name, seen_at=at)
        .on_conflict_do_update(index_elements=["name"], set_={"seen_at": at})
    )


def seen_lately(session: Session, *, at: dt.datetime, within: dt.timedelta = SILENT_AFTER) -> list[str]:
    """The names of the workers that are there."""
    return list(session.scalars(select(Worker.name).where(Worker.seen_at > at - within).order_by(Worker.name)))
