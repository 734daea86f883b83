"""What all tests may ask for: databases on both engines, a Chromium, the data folder beside the checkout."""

import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from copy import copy
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from logistics.db import Database
from logistics.web import assets
from tests.browsers import LAUNCH_ARGUMENTS, chromium_program, quiet_environment
from tests.county import County, make_county
from tests.postgres import Postgres, running_postgres
from tests.sqlite_files import SqliteFiles

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache"

# Temporary folders stay inside the clone too; pytest numbers them, so several runs at once do not meet.
CACHE.mkdir(exist_ok=True)
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(CACHE))

#: The county's objects by database engine, as they stand in the template.
_SETTLED: dict[str, bytes] = {}

type Databases = Postgres | SqliteFiles
type Migrate = Callable[[str], None]


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: a third of the time is spent waiting for servers, workers and browsers."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 1


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One PostgreSQL server for the session, started by the first test that asks."""
    with running_postgres(CACHE) as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    return SqliteFiles(folder=tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Databases:
    """Where databases come from; runs the test once on each engine."""
    servers: dict[str, str] = {"sqlite": "sqlite_files", "postgresql": "postgres_server"}
    server: Databases = request.getfixturevalue(servers[request.param])
    return server


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """The SQLAlchemy URL of a new, empty database, once on SQLite and once on PostgreSQL."""
    with databases.database() as url:
        yield url


@pytest.fixture
def database_from(databases: Databases) -> Iterator[Callable[[str, Migrate], str]]:
    """`database_from(name, migrate)`: the URL of a fresh copy of the database that `migrate(url)` made once a session.

    `migrate` has to close its connections (`engine.dispose()`), or nothing can be copied.
    """
    with ExitStack() as stack:
        yield lambda name, migrate: stack.enter_context(databases.database(databases.template(name, migrate)))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Playwright's Browser in the installed Chromium, with our third-party browser files in place."""
    program = chromium_program()
    if program is None:
        pytest.skip("browser tests need Chromium, Chrome or Edge: install one or name it in CHROMIUM")
    assets.ensure()
    environment = quiet_environment(tmp_path_factory.mktemp("chromium"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=LAUNCH_ARGUMENTS, env=environment)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of published instances and map extracts beside the checkout."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the instances and extracts in {folder}")
    return folder


@pytest.fixture
def database(request: pytest.FixtureRequest, database_from: Callable[[str, Migrate], str]) -> Iterator[Database]:
    """A database with every table and trigger, once on SQLite and once on PostgreSQL; with the county where a test asks for it."""
    with_county = "county" in request.fixturenames
    url = database_from("county", _settle) if with_county else database_from("migrated", _migrate)
    database = copy(_opened(url))
    # What listens to this engine does not hear those of other tests.
    database.engine = database.engine.execution_options()
    yield database
    database.dispose()


@pytest.fixture
def county(database: Database) -> County:
    """A small county with stock, people and vehicles, whose figures one can check by hand (tests/county.py)."""
    county: County = pickle.loads(_SETTLED[database.engine.dialect.name])  # noqa: S301
    return county


@cache
def _opened(url: str) -> Database:
    """The databases of one test after the other have the same URL: what an engine has compiled serves the next test too."""
    return Database(url)


def _migrate(url: str) -> None:
    database = Database(url)
    database.upgrade()
    database.dispose()


def _settle(url: str) -> None:
    """Migrate and make the county, and keep what `make_county` gave: every copy of the database holds the same rows."""
    database = Database(url)
    database.upgrade()
    with database.transaction() as session:
        county = make_county(session)
    _SETTLED[database.engine.dialect.name] = pickle.dumps(county)
    database.dispose()
