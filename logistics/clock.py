"""One door to the clock; tests and the demo put their own in its place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

type Clock = Callable[[], dt.datetime]


def system_clock() -> dt.datetime:
    """The present moment in UTC."""
    return dt.datetime.now(dt.UTC)
