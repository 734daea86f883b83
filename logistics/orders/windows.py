"""When somebody can be met, as it is kept: "08:30-11:30;14:00-17:00" in local time, empty = any time."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from inventory.errors import InvalidInput

DAY_S = 86_400
_WINDOW = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})", re.ASCII)


def windows_on(text: str, day: dt.date, zone: dt.tzinfo) -> list[tuple[dt.datetime, dt.datetime]]:
    """The windows of one day as moments (from, to), in order and never touching; none at all means any time.

    Raises InvalidInput "not-windows".
    """
    return [(_moment(day, opens_s, zone), _moment(day, closes_s, zone)) for opens_s, closes_s in read_windows(text)]


def read_windows(text: str) -> list[tuple[int, int]]:
    """The windows in seconds after local midnight, in order and never touching. Raises InvalidInput "not-windows"."""
    return _joined(_window(text, part) for part in text.split(";") if part)


def windows_text(windows: Iterable[tuple[int, int]]) -> str:
    """The windows, given in seconds after local midnight, as they are kept. A whole day is no limit, hence empty."""
    joined = _joined(windows)
    if joined == [(0, DAY_S)]:
        return ""
    return ";".join(f"{_clock(opens_s)}-{_clock(closes_s)}" for opens_s, closes_s in joined)


def _joined(windows: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """One that ends where the next begins is one window to a planner."""
    joined: list[tuple[int, int]] = []
    for opens_s, closes_s in sorted(windows):
        if joined and opens_s <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(closes_s, joined[-1][1]))
        else:
            joined.append((opens_s, closes_s))
    return joined


def _window(text: str, part: str) -> tuple[int, int]:
    match = _WINDOW.fullmatch(part.strip())
    if match is None:
        raise InvalidInput("windows", "not-windows", text)
    opens_h, opens_min, closes_h, closes_min = map(int, match.groups())
    opens_s, closes_s = opens_h * 3600 + opens_min * 60, closes_h * 3600 + closes_min * 60
    if opens_min > 59 or closes_min > 59 or not 0 <= opens_s < closes_s <= DAY_S:
        raise InvalidInput("windows", "not-windows", text)
    return opens_s, closes_s


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second % 3600 // 60:02d}"


def _moment(day: dt.date, second: int, zone: dt.tzinfo) -> dt.datetime:
    """By the clock on the wall: 24:00 is the next day's midnight, also where a day is not 24 hours long."""
    days, rest = divmod(second, DAY_S)
    return dt.datetime.combine(
        day + dt.timedelta(days=days), dt.time(rest // 3600, rest % 3600 // 60), tzinfo=zone
    ).astimezone(dt.UTC)
