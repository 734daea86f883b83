"""When somebody can be met."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from inventory.errors import InvalidInput
from logistics.orders.windows import DAY_S, read_windows, windows_on, windows_text

CHINA = ZoneInfo("Asia/Shanghai")


def test_no_text_means_any_time() -> None:
    assert windows_on("", dt.date(2020, 3, 15), CHINA) == []


def test_the_windows_of_a_day_are_moments_in_the_zone() -> None:
    assert windows_on("08:30-11:30;14:00-17:00", dt.date(2020, 3, 15), CHINA) == [
        (dt.datetime(2020, 3, 15, 0, 30, tzinfo=dt.UTC), dt.datetime(2020, 3, 15, 3, 30, tzinfo=dt.UTC)),
        (dt.datetime(2020, 3, 15, 6, 0, tzinfo=dt.UTC), dt.datetime(2020, 3, 15, 9, 0, tzinfo=dt.UTC)),
    ]


def test_a_day_ends_at_24_00() -> None:
    (window,) = windows_on("22:00-24:00", dt.date(2020, 3, 15), CHINA)
    assert window[1] == dt.datetime(2020, 3, 16, 0, 0, tzinfo=CHINA)


def test_windows_that_touch_are_one() -> None:
    assert read_windows("10:00-12:00;08:00-10:00") == [(8 * 3600, 12 * 3600)]


def test_a_whole_day_is_no_limit() -> None:
    assert windows_text([(0, DAY_S)]) == ""


def test_text_and_seconds_are_the_same_windows() -> None:
    assert windows_text(read_windows("08:30-11:30;14:00-17:00")) == "08:30-11:30;14:00-17:00"


@pytest.mark.parametrize("text", ["morning", "8:30-11:30", "11:30-08:30", "08:00-08:00", "08:60-09:00", "23:00-25:00"])
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_windows(text)
