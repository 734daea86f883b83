"""One door to the database: engine, sessions, `transaction()`, and the migrations."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session

MIGRATIONS = Path(__file__).parent / "migrations"
#: How long a writer waits for another before it gives up, in milliseconds.
BUSY_MS = 30_000
#: Any number that no other program locks by; two servers that start at once upgrade one after the other.
UPGRADE_LOCK = 20_200_315
#: PostgreSQL shows each statement what was committed last, unless told otherwise.
ONE_STATE = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class Database:
    """The sessions of one database. Make it after a fork, never before."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # SQLite lets writers jump the queue; one of our own keeps the waiting fair within a process.
        self._turn = threading.RLock() if self.is_sqlite else nullcontext()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits at the end or, with an error, changes nothing. The only place that commits.

        On SQLite it takes the write lock at once: a transaction that first reads and then writes would otherwise fail without waiting.
        """
        with self._turn, Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"begin": "IMMEDIATE"})
            try:
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database and never writes. What was read stays readable after it."""
        with Session(self.engine, expire_on_commit=False) as session:
            if not self.is_sqlite:  # which keeps to one state by itself
                session.connection(execution_options=ONE_STATE)
            yield session

    def upgrade(self) -> None:
        """Bring the tables to the newest revision; safe to call by several processes at once."""
        with self.engine.connect().execution_options(begin="IMMEDIATE") as connection, connection.begin():
            if not self.is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})")
            command.upgrade(alembic_config(connection), "head")

    def is_current(self) -> bool:
        """Whether the tables are those this version knows."""
        with self.engine.connect() as connection:
            present = MigrationContext.configure(connection).get_current_heads()
        return set(present) == set(ScriptDirectory(str(MIGRATIONS)).get_heads())

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def alembic_config(connection: Connection | None = None) -> Config:
    """The migration settings; with a connection the migrations run on it."""
    config = Config()
    config.set_main_option("script_location", MIGRATIONS.as_posix())
    config.attributes["connection"] = connection
    return config


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=20, max_overflow=20)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling loses updates; ours begins each transaction itself (_begin_sqlite).
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('begin', 'DEFERRED')}")
