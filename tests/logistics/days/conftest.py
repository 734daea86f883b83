"""The library's tests ask both databases; these ask what people see, once."""

import pytest

from tests.sqlite_files import SqliteFiles


@pytest.fixture
def databases(sqlite_files: SqliteFiles) -> SqliteFiles:
    return sqlite_files
