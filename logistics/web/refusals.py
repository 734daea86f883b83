"""What no view should have to think of: characters and numbers that no database keeps, and writers who met at the same row.

Both databases answer alike: SQLite would keep a NUL that PostgreSQL refuses, and each has its own error for a number without end.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

from flask import Flask, current_app, request
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, StatementError
from werkzeug.routing import IntegerConverter

from inventory.errors import InvalidInput
from logistics.errors import ServiceError

#: The largest id a table can have.
LARGEST_ID = 2**63 - 1
#: PostgreSQL's codes for a deadlock, a serialization failure and a lock that was not to be had; nothing was written.
CROSSED = {"40P01", "40001", "55P03"}


class BeyondReckoning(ServiceError):
    """A number or a date lies beyond what can be kept or reckoned with."""


class Crossed(ServiceError):
    """Somebody else wrote the same thing at the same moment; nothing of this request was recorded."""


class Id(IntegerConverter):
    """A number in an address that may be somebody's id; a longer one is nobody's, hence no page."""

    def __init__(self, url_map: Any, *args: Any, **options: Any) -> None:
        super().__init__(url_map, *args, **{"max": LARGEST_ID} | options)


def register(app: Flask) -> None:
    """Look at what arrives; turn what the database says of it into errors with a sentence. Before any route is added."""
    app.url_map.converters["int"] = Id
    app.before_request(_refuse_unwritable)


def meant(error: Exception) -> ServiceError | None:
    """The error that a person can do something about behind one of the database's or of a reckoning; None where it is ours."""
    if isinstance(error, OverflowError | DataError):
        return BeyondReckoning()
    if isinstance(error, IntegrityError) or (isinstance(error, OperationalError) and _crossed(error)):
        return Crossed()
    if isinstance(error, StatementError) and isinstance(error.orig, OverflowError):
        return BeyondReckoning()
    return None


def note(error: Exception) -> None:
    """Into the log, for it may be a fault of ours all the same."""
    current_app.logger.warning("refused %s %s", request.method, request.path, exc_info=error)


def _crossed(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in CROSSED or "database is locked" in str(error.orig)


def _refuse_unwritable() -> None:
    """Raises InvalidInput for a text with characters that are none: no keyboard makes them, and no database should keep them."""
    for name, text in _texts():
        if not text.isprintable() and any(map(_is_none, text)):
            raise InvalidInput(name, "control-character", name)


def _texts() -> Iterator[tuple[str, str]]:
    for values in (request.args, request.form):
        for name, texts in values.lists():
            yield "name", name
            yield from ((name, text) for text in texts)
    yield from ((name, file.filename or "") for name, file in request.files.items(multi=True))
    if request.is_json:
        yield from _strings("body", request.get_json(silent=True))


def _strings(name: str, value: object) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield name, value
        case list():
            for one in value:
                yield from _strings(name, one)
        case dict():
            for key, one in value.items():
                yield "name", key
                yield from _strings(key, one)


def _is_none(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\r\n"
