"""The queue of planning runs, made of durable workflows, and the worker that works them off. The only door to DBOS.

A run is one workflow, named by the run's number, so putting it into the queue twice makes no second one: prepare, then slice after
slice, then finish. The engine remembers which of these steps are through; a worker that is killed is started again under the same
name and goes on at the step it was in. The engine keeps its own tables: on SQLite in a file beside the service's (two writers in one
file would wait for each other), on PostgreSQL in the schema `dbos` of the same database.

A run stands in our own table first. Should the process die before it reaches the queue, the workers find it there.
"""

from __future__ import annotations

import datetime as dt
import platform
import sqlite3
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from dbos import DBOS, DBOSClient
from sqlalchemy import Engine, create_engine, event, make_url, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from logistics.clock import Clock, system_clock
from logistics.config import Settings
from logistics.db import BUSY_MS, Database
from logistics.planning import operations, workers
from logistics.planning.models import PlanRun, PlanState
from routing import Workers

APPLICATION = "emergency-logistics"
QUEUE = "plans"
MAKE_PLAN = "make_plan"
#: Workflows of another version are left alone, so it changes only when the steps of `make_plan` do, not with every release.
VERSION = "plans-1"
#: A run that takes the worker down with it this many times is given up.
MOST_RECOVERIES = 10
#: How often workers look for runs that nobody works on.
SWEEPS_EVERY_S = 10.0
#: The work of a worker that has been silent for so long is given to others.
GONE_AFTER = dt.timedelta(seconds=60)
#: The first SQLite whose unixepoch() knows parts of a second.
UNIXEPOCH_SINCE = (3, 42)

log = structlog.get_logger()


class Jobs:
    """The queue as everybody but a worker sees it. Cheap to make; one process shares one client."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def enqueue(self, plan_run_id: int) -> None:
        """Put a run into the queue; again, and nothing happens. Where the queue is out of reach, the workers will find the run."""
        try:
            _client(self._settings).enqueue(
                {
                    "workflow_name": MAKE_PLAN,
                    "queue_name": QUEUE,
                    "workflow_id": _number(plan_run_id),
                    "app_version": VERSION,
                },
                plan_run_id,
            )
        except DBAPIError as error:
            log.warning("queue out of reach, left to the workers", plan_run_id=plan_run_id, error=str(error))

    def reclaim(self, worker: str) -> int:
        """Give what a worker was working on to the others; how many runs that is."""
        return self._queue_again(
            workflow.workflow_id
            for workflow in _client(self._settings).list_workflows(
                status="PENDING", executor_id=worker, queue_name=QUEUE, load_input=False, load_output=False
            )
        )

    def reclaim_from_all_but(self, present: Iterable[str]) -> int:
        """Give to the others what the workers that are not there were working on."""
        there = set(present)
        return self._queue_again(
            workflow.workflow_id
            for workflow in _client(self._settings).list_workflows(
                status="PENDING", queue_name=QUEUE, load_input=False, load_output=False
            )
            if workflow.executor_id not in there
        )

    def states(self, plan_run_ids: Iterable[int]) -> dict[int, str]:
        """What the engine says of the runs it knows."""
        numbers = {_number(plan_run_id): plan_run_id for plan_run_id in plan_run_ids}
        if not numbers:
            return {}
        found = _client(self._settings).list_workflows(workflow_ids=list(numbers), load_input=False, load_output=False)
        return {numbers[workflow.workflow_id]: workflow.status for workflow in found}

    def forget(self, plan_run_id: int) -> None:
        """Drop what the engine knows of a run."""
        _client(self._settings).delete_workflow(_number(plan_run_id))

    def _queue_again(self, workflow_ids: Iterable[str]) -> int:
        chosen = list(workflow_ids)
        if chosen:
            _client(self._settings).resume_workflows(chosen, queue_name=QUEUE)
        return len(chosen)


def ready(settings: Settings) -> None:
    """Bring the engine's tables to its newest version; nothing can be put into the queue before. Safe to call by several at once."""
    DBOS.migrate(_address(settings))


def worker_name(settings: Settings, number: int) -> str:
    """The name that the `number`th worker (from 1) of this machine keeps. Only PostgreSQL is shared by machines."""
    return f"w{number}" if _is_sqlite(settings) else f"{platform.node()}-w{number}"


def run_worker(settings: Settings, name: str, *, clock: Clock = system_clock, stop: threading.Event) -> None:
    """Work off the queue until `stop` is set, then return at once.

    A slice at work keeps running in its thread: whoever called ends the process (`os._exit`), and the slice is worked again later.
    """
    global _at_work
    _at_work = _AtWork(settings=settings, database=Database(settings.database_url), clock=clock, helpers=Workers())
    DBOS(
        config={
            "name": APPLICATION,
            "system_database_engine": _engine(settings),
            "application_version": VERSION,
            "executor_id": name,
            "log_level": "WARNING",
            # Nobody waits for its notifications; looking for them every second would keep the machine awake.
            "notification_listener_polling_interval_sec": 10,
        }
    )
    _say_present(name)
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=1, polling_interval_sec=1, on_conflict="always_update")
    log.info("worker ready", worker=name)
    swept_s = -SWEEPS_EVERY_S
    while True:
        _say_present(name)
        if time.monotonic() - swept_s >= SWEEPS_EVERY_S:
            _sweep()
            swept_s = time.monotonic()
        if stop.wait(workers.REPORTS_EVERY_S):
            return


# In the worker --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _AtWork:
    """What the steps need; the engine calls them with ids only."""

    settings: Settings
    database: Database
    clock: Clock
    helpers: Workers  # processes that search beside this one


_at_work: _AtWork | None = None


def _here() -> _AtWork:
    if _at_work is None:
        raise RuntimeError("only a worker takes the steps of a workflow")
    return _at_work


def _passes(error: BaseException) -> bool:
    """Whether trying again may help: the database was busy or away."""
    return isinstance(error, DBAPIError)


_patient: dict[str, Any] = {"retries_allowed": True, "max_attempts": 6, "interval_seconds": 1, "should_retry": _passes}


@DBOS.workflow(name=MAKE_PLAN, max_recovery_attempts=MOST_RECOVERIES)
def _make_plan(plan_run_id: int) -> None:
    try:
        _prepare(plan_run_id)
        number = 0
        with _here().helpers:
            while _improve(plan_run_id, number):
                number += 1
        _finish(plan_run_id)
    except Exception as error:
        failure = operations.failure_of(error)
        log.warning("planning failed", plan_run=_number(plan_run_id), failure=failure, exc_info=error)
        _fail(plan_run_id, failure)


@DBOS.step(**_patient)
def _prepare(plan_run_id: int) -> None:
    operations.prepare(_here().database, plan_run_id, timezone=_here().settings.timezone)


@DBOS.step(**_patient)
def _improve(plan_run_id: int, number: int) -> bool:
    here = _here()
    return operations.improve(here.database, plan_run_id, here.settings.slice_s, number=number, helpers=here.helpers)


@DBOS.step(**_patient)
def _finish(plan_run_id: int) -> None:
    operations.finish(_here().database, plan_run_id, at=_here().clock())


@DBOS.step(**_patient)
def _fail(plan_run_id: int, failure: str) -> None:
    operations.fail(_here().database, plan_run_id, failure=failure, at=_here().clock())


def _say_present(name: str) -> None:
    try:
        with _here().database.transaction() as session:
            workers.report(session, name=name, at=_here().clock())
    except DBAPIError as error:
        log.warning("database out of reach", worker=name, error=str(error))


def _sweep() -> None:
    """Find the runs and the work that nobody works on."""
    here = _here()
    jobs = Jobs(here.settings)
    try:
        with here.database.reading() as session:
            present = workers.seen_lately(session, at=here.clock(), within=GONE_AFTER)
            runs = {
                run_id: state
                for run_id, state in session.execute(
                    select(PlanRun.id, PlanRun.state).where(PlanRun.state.in_(operations.UNFINISHED))
                )
            }
        jobs.reclaim_from_all_but(present)
        known = jobs.states(runs)
        for run_id, state in runs.items():
            _put_right(jobs, run_id, state, known.get(run_id))
    except DBAPIError as error:
        log.warning("database out of reach", error=str(error))


def _put_right(jobs: Jobs, plan_run_id: int, state: PlanState, workflow: str | None) -> None:
    """A run that is not at its end, beside what the engine says of it."""
    if workflow is None:
        jobs.enqueue(plan_run_id)
    elif workflow == "SUCCESS" and state is PlanState.QUEUED:
        # The engine's file is older than our database and knows another run by this number.
        jobs.forget(plan_run_id)
        jobs.enqueue(plan_run_id)
    elif workflow in ("ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"):
        failure = "worker-died" if workflow == "MAX_RECOVERY_ATTEMPTS_EXCEEDED" else f"internal: {workflow}"
        operations.fail(_here().database, plan_run_id, failure=failure, at=_here().clock())


# The engine's database ------------------------------------------------------------------------------------------------


@cache
def _client(settings: Settings) -> DBOSClient:
    ready(settings)
    return DBOSClient(
        system_database_engine=_engine(settings, keeps_connections=False),
        application_name=APPLICATION,
        retry_connection_errors=False,
    )


def _engine(settings: Settings, *, keeps_connections: bool = True) -> Engine:
    pool: dict[str, Any] = {} if keeps_connections else {"poolclass": NullPool}
    if not _is_sqlite(settings):
        return create_engine(_address(settings), pool_pre_ping=True, **pool)
    engine = create_engine(_address(settings), **pool)
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = "IMMEDIATE"
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}")
    if sqlite3.sqlite_version_info < UNIXEPOCH_SINCE:
        # The engine stamps its rows with unixepoch('subsec'), which an older SQLite (Debian 12: 3.40) answers with nothing.
        connection.create_function("unixepoch", 1, lambda _: round(time.time(), 3))


def _address(settings: Settings) -> str:
    """On SQLite a file of its own beside the service's: logistics.db → logistics-jobs.db."""
    if not _is_sqlite(settings):
        return settings.database_url
    file = Path(make_url(settings.database_url).database or "logistics.db")
    return f"sqlite:///{file.with_name(f'{file.stem}-jobs{file.suffix}').as_posix()}"


def _is_sqlite(settings: Settings) -> bool:
    return settings.database_url.startswith("sqlite")


def _number(plan_run_id: int) -> str:
    return PlanRun(id=plan_run_id).number
