"""The tests' own ground: databases are empty, separate and gone afterwards, also after a crash."""

import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from tests.conftest import CACHE, ROOT
from tests.postgres import Postgres, running_postgres


def run(url, *statements):
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def tables(url):
    engine = create_engine(url)
    try:
        return inspect(engine).get_table_names()
    finally:
        engine.dispose()


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("time", ["first", "second"])
def test_each_test_has_an_empty_database(database_url, time):
    assert tables(database_url) == []
    run(database_url, "CREATE TABLE mask (id INTEGER)")
    assert tables(database_url) == ["mask"]


def test_copies_of_a_migrated_database_share_nothing(database_from):
    migrations = []

    def migrate(url):
        migrations.append(url)
        run(url, "CREATE TABLE copied (id INTEGER)")

    one, other = database_from("copies", migrate), database_from("copies", migrate)
    run(one, "CREATE TABLE only_here (id INTEGER)")
    assert sorted(tables(one)) == ["copied", "only_here"]
    assert tables(other) == ["copied"]
    assert len(migrations) == 1


def test_what_sqlite_still_has_in_its_log_is_copied_too(sqlite_files):
    def migrate(url):
        run(url, "PRAGMA journal_mode=WAL", "CREATE TABLE logged (id INTEGER)")

    with sqlite_files.database(sqlite_files.template("wal", migrate)) as url:
        assert tables(url) == ["logged"]


def test_a_database_in_use_is_dropped_all_the_same(postgres_server: Postgres):
    with postgres_server.database() as url:
        engine = create_engine(url)
        left_open = engine.connect()
    with pytest.raises(Exception, match=r"terminat|closed"):
        left_open.execute(text("SELECT 1"))
    left_open.invalidate()
    engine.dispose()


@pytest.fixture(params=["open to everybody", "closed to others", "in memory"])
def homes(request, tmp_path: Path):
    """Where a server may stand. Root lends it to another user, who may not walk to pytest's own folders, but to the checkout's."""
    nowhere = tmp_path / "nowhere"
    if request.param == "in memory":
        yield (tmp_path,)
    elif request.param == "closed to others":
        yield tmp_path, nowhere
    else:
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            Path(folder).chmod(0o755)
            yield Path(folder), nowhere


def test_a_killed_session_leaves_no_server_behind(homes: tuple[Path, ...]):
    script = (
        "import os, sys, pathlib, tests.postgres as p\n"
        "with p.running_postgres(*map(pathlib.Path, sys.argv[1:])) as server:\n"
        "    print(server.port, flush=True)\n"
        "    os._exit(9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, *homes], cwd=ROOT, capture_output=True, text=True)
    assert killed.returncode == 9, killed.stderr
    port = int(killed.stdout)
    assert listens(port)
    with running_postgres(*homes) as server:
        assert server.admin.execute("SELECT 1").fetchone() == (1,)
        assert not listens(port)
    assert not listens(server.port)
    assert list(homes[0].iterdir()) == []
