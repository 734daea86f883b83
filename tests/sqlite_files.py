"""Empty and copied SQLite databases for tests, with the same two calls as `tests.postgres.Postgres`."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteFiles:
    """Each database has a folder of its own, so that what belongs beside it (a second file, photos) has its place."""

    folder: Path
    _templates: dict[str, Path] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)
    _free: list[Path] = field(default_factory=list)

    @contextmanager
    def database(self, template: Path | None = None) -> Iterator[str]:
        """The URL of a new database, a copy of `template`; removed afterwards, and its place used again."""
        file = self._free.pop() if self._free else self._new_file()
        file.parent.mkdir(exist_ok=True)
        if template:
            shutil.copyfile(template, file)
        yield _url(file)
        shutil.rmtree(file.parent, ignore_errors=True)
        if not file.parent.exists():
            self._free.append(file)

    def template(self, name: str, migrate: Callable[[str], None]) -> Path:
        """A database to copy from, made once: `migrate(url)` fills it and closes its connections."""
        if name not in self._templates:
            file = self._new_file()
            migrate(_url(file))
            with closing(sqlite3.connect(file)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # all of it in the one file that is copied
            self._templates[name] = file
        return self._templates[name]

    def _new_file(self) -> Path:
        folder = self.folder / str(next(self._numbers))
        folder.mkdir()
        return folder / "test.sqlite3"


def _url(file: Path) -> str:
    return f"sqlite:///{file.as_posix()}"
