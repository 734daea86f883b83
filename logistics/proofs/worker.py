"""The thread beside each planning worker that makes the proofs people and the night ask for."""

from __future__ import annotations

import threading
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import DBAPIError

from logistics.clock import Clock, system_clock
from logistics.config import Settings
from logistics.db import Database
from logistics.proofs import operations

#: How often it looks whether a proof was asked for.
LOOKS_EVERY_S = 2.0

log = structlog.get_logger()


def start(settings: Settings, *, clock: Clock = system_clock, stop: threading.Event) -> threading.Thread:
    """Make proofs until `stop` is set. A proof that ends with its process is made again by another worker."""
    thread = threading.Thread(target=_run, args=(settings, clock, stop), name="proofs", daemon=True)
    thread.start()
    return thread


def _run(settings: Settings, clock: Clock, stop: threading.Event) -> None:
    database = Database(settings.database_url)
    while not stop.wait(LOOKS_EVERY_S):
        try:
            operations.ask_nightly(database, at=clock(), zone=ZoneInfo(settings.timezone))
            operations.make_next(database, clock)
        except DBAPIError as error:
            log.warning("database out of reach", error=str(error))
