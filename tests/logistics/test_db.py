"""The door to the database: migrations, transactions, settings."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, select

from inventory import units
from inventory.units import Unit, UnitKind
from logistics.config import driver_named, load_settings
from logistics.db import Database, alembic_config
from logistics.models import Base


def test_the_migrations_make_exactly_the_tables_of_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"render_as_batch": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_migrations_go_down_again(database_url: str) -> None:
    database = Database(database_url)
    database.upgrade()
    with database.engine.connect() as connection, connection.begin():
        command.downgrade(alembic_config(connection), "base")
    assert not database.is_current()
    database.upgrade()
    assert database.is_current()
    database.dispose()


def test_two_servers_may_start_at_once(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Database.upgrade, databases))
    assert all(database.is_current() for database in databases)
    for database in databases:
        database.dispose()


def test_an_error_leaves_nothing_behind(database: Database) -> None:
    def begin_and_fail() -> None:
        with database.transaction() as session:
            units.add_unit(session, code="X", name="某单位", kind=UnitKind.OTHER)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        begin_and_fail()
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Unit)) == 0


def test_reading_then_writing_never_fails_for_lack_of_waiting(database: Database) -> None:
    def add(number: int) -> None:
        with database.transaction() as session:
            session.scalar(select(func.count()).select_from(Unit))
            units.add_unit(session, code=f"U{number}", name="某单位", kind=UnitKind.OTHER)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(add, range(48)))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Unit)) == 48


def test_a_killed_writer_leaves_no_half_written_act(tmp_path: Path) -> None:
    url = f"sqlite:///{(tmp_path / 'kill.db').as_posix()}"
    database = Database(url)
    database.upgrade()
    script = (
        "import os\n"
        "from logistics.db import Database\n"
        "from inventory import units\n"
        f"database = Database({url!r})\n"
        "with database.transaction() as session:\n"
        "    units.add_unit(session, code='A', name='甲', kind=units.UnitKind.OTHER)\n"
        "with database.transaction() as session:\n"
        "    units.add_unit(session, code='B', name='乙', kind=units.UnitKind.OTHER)\n"
        "    os._exit(9)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    with database.reading() as session:
        assert session.scalars(select(Unit.code)).all() == ["A"]
    database.dispose()


@pytest.mark.parametrize("written", ["postgresql://u@h/d", "postgres://u@h/d", "postgresql+psycopg://u@h/d"])
def test_people_need_not_name_the_driver(written: str) -> None:
    assert driver_named(written) == "postgresql+psycopg://u@h/d"


def test_the_secret_is_made_once_and_kept_beside_the_data(tmp_path: Path) -> None:
    first, second = load_settings(data=tmp_path / "d"), load_settings(data=tmp_path / "d")
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) == 64
