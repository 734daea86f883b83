"""Columns of days and of times of day. Never guessed: what can be read as two days is refused."""

import datetime as dt
import itertools
import re
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from logistics.workbooks.columns.base import Column, plain_text, refused, shown
from logistics.workbooks.sheet import Cell, cell_text


class Day(Column[dt.date]):
    """A calendar day: a date cell, 2026-11-21, 2026/11/21, 2026.11.21, 2026年11月21日, 20261121, or Excel's day count."""

    number_format = "yyyy-mm-dd"

    def __init__(
        self,
        *titles: str,
        earliest: dt.date = dt.date(2000, 1, 1),
        latest: dt.date = dt.date(2099, 12, 31),
        **rest: Any,
    ) -> None:
        super().__init__(*titles, **rest)
        self.earliest = earliest
        self.latest = latest

    def read(self, cell: Cell) -> dt.date:
        day = _day(cell)
        if not self.earliest <= day <= self.latest:
            raise refused(
                "day_out_of_range",
                _("The date %(day)s cannot be right here.", day=day.isoformat()),
                _(
                    "Write a date from %(earliest)s to %(latest)s, such as %(example)s.",
                    earliest=self.earliest.isoformat(),
                    latest=self.latest.isoformat(),
                    example="2026-11-21",
                ),
                day=day,
                earliest=self.earliest,
                latest=self.latest,
            )
        return day


_YEAR_FIRST = re.compile(
    r"([0-9]{4})(?:-|/|\.|年)([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})日?(?:[T ]0{1,2}:00(?::00(?:\.0{1,6})?)?)?", re.ASCII
)
_EIGHT_DIGITS = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII)
_YEAR_LAST = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{2}|[0-9]{4})", re.ASCII)
_YEAR_MONTH = re.compile(r"[0-9]{4}(?:-|/|\.|年)[0-9]{1,2}月?", re.ASCII)
_EXCEL_EPOCH = dt.date(1899, 12, 30)
_EXCEL_DAYS = range(36_526, 73_051)  # 2000-01-01 to 2099-12-31


def _day(cell: Cell) -> dt.date:
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, int) and not isinstance(cell, bool) and cell in _EXCEL_DAYS:
        return _EXCEL_EPOCH + dt.timedelta(days=cell)
    if isinstance(cell, bool | float | dt.time | dt.timedelta):
        raise _not_a_day(cell)
    text = plain_text(cell)
    if match := _YEAR_FIRST.fullmatch(text) or _EIGHT_DIGITS.fullmatch(text):
        return _calendar_day(cell, *map(int, match.groups()))
    if match := _YEAR_LAST.fullmatch(text):
        raise _ambiguous_day(cell, match)
    if _YEAR_MONTH.fullmatch(text):
        raise refused(
            "day_missing",
            _("“%(value)s” names a month without a day.", value=shown(cell)),
            _("Add the day; for goods marked only with a month, that is the last day of the month."),
            value=text,
        )
    raise _not_a_day(cell)


def _calendar_day(cell: Cell, year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise refused(
            "no_such_day",
            _("There is no such day as “%(value)s” in the calendar.", value=shown(cell)),
            _("Look it up and write it as year-month-day, such as %(example)s.", example="2026-11-21"),
            value=cell_text(cell),
        ) from None


def _ambiguous_day(cell: Cell, match: re.Match[str]) -> Exception:
    """Never guessed: month first or day first, and two digits may be the year at either end."""
    return refused(
        "ambiguous_day",
        _("“%(value)s” can be read as more than one day.", value=shown(cell)),
        _("Write the year first, then month and day: %(readings)s.", readings=" / ".join(_readings(*match.groups()))),
        value=cell_text(cell),
    )


def _readings(first: str, second: str, third: str) -> list[str]:
    year = third if len(third) == 4 else f"20{third}"
    orders = [(year, first, second), (year, second, first)]
    if len(third) == 2 and len(first) == 2:
        orders.insert(0, (f"20{first}", second, third))
    found: list[str] = []
    for y, m, d in orders:
        try:
            reading = dt.date(int(y), int(m), int(d)).isoformat()
        except ValueError:
            continue
        if reading not in found:
            found.append(reading)
    return found or ["2026-11-21"]


def _not_a_day(cell: Cell) -> Exception:
    return refused(
        "not_a_day",
        _("“%(value)s” is not a date.", value=shown(cell)),
        _("Write it as year-month-day, such as %(example)s.", example="2026-11-21"),
        value=cell_text(cell),
    )


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ClockWindow:
    """From-to on a day, in seconds after local midnight; `closes_s` may be 86,400."""

    opens_s: int
    closes_s: int


DAY_S = 86_400


class ClockWindows(Column[tuple[ClockWindow, ...]]):
    """When someone can be met: 08:30-11:30;14:00-17:00, or 全天 / all day. Sorted, never overlapping."""

    def read(self, cell: Cell) -> tuple[ClockWindow, ...]:
        if not isinstance(cell, str):
            raise self._unfit(cell)
        text = plain_text(cell)
        if "".join(text.casefold().split()) in ("全天", "allday", "24小时"):
            return (ClockWindow(opens_s=0, closes_s=DAY_S),)
        parts = [part.strip() for part in _BETWEEN_WINDOWS.split(text) if part.strip()]
        if not parts or len(parts) > 8:
            raise self._unfit(cell)
        windows = sorted(self._window(part) for part in parts)
        if any(later.opens_s < earlier.closes_s for earlier, later in itertools.pairwise(windows)):
            raise refused(
                "windows_overlap",
                _("Two of the times in “%(value)s” overlap.", value=shown(cell)),
                _("Join them into one, such as 08:30-12:00."),
                value=text,
            )
        return tuple(windows)

    def _window(self, part: str) -> ClockWindow:
        match = _WINDOW.fullmatch(part)
        if match is None:
            raise self._unfit(part)
        opens_s, closes_s = (self._second(part, match[key], match[key + 1]) for key in (1, 3))
        if closes_s <= opens_s:
            raise refused(
                "window_backwards",
                _("“%(value)s” ends before it begins.", value=shown(part)),
                _(
                    "Write the earlier time first; split a time over midnight into two, such as 22:00-24:00;00:00-06:00."
                ),
                value=part,
            )
        return ClockWindow(opens_s=opens_s, closes_s=closes_s)

    def _second(self, part: str, hours: str, minutes: str | None) -> int:
        second = int(hours) * 3600 + int((minutes or "0").replace("半", "30")) * 60
        if int((minutes or "0").replace("半", "30")) > 59 or second > DAY_S:
            raise self._unfit(part)
        return second

    def _unfit(self, cell: Cell) -> Exception:
        return refused(
            "not_windows",
            _("“%(value)s” is not a time from–to.", value=shown(cell)),
            _("Write it as %(example)s, or leave it blank for any time.", example="08:30-11:30;14:00-17:00"),
            value=cell_text(cell),
        )


_BETWEEN_WINDOWS = re.compile(r"[;,、\n]|(?:和|以及)")
_CLOCK = r"([0-9]{1,2})(?:[:.时点]([0-9]{2}|半)?分?)?"
_WINDOW = re.compile(rf"{_CLOCK}\s{{0,5}}(?:-|–|—|~|～|至|到|to)\s{{0,5}}{_CLOCK}", re.ASCII)
