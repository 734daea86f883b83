"""A power cut in tests: the connection is gone in the middle of an act, as when the machine or the wire fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count

from sqlalchemy import Connection, Engine, event


class PowerCut(BaseException):
    """Nobody catches it on the way: a program that has no power handles no errors."""


@contextmanager
def power_cut(engine: Engine, *, after: int) -> Iterator[None]:
    """Within it the power fails once so many statements have been carried out: BEGIN, SAVEPOINT and COMMIT are such too.

    The connection is closed without a word to the database; with fewer statements than that nothing fails. The statements of all
    threads count, so it is meant for one.
    """
    carried_out = count()

    def fail(connection: Connection, *_: object) -> None:
        if next(carried_out) >= after:
            connection.invalidate()
            raise PowerCut

    with ExitStack() as ended:
        for moment in ("before_cursor_execute", "commit"):
            event.listen(engine, moment, fail)
            ended.callback(event.remove, engine, moment, fail)
        yield
