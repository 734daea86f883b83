"""What every field of a problem is checked for when it is made.  Each function raises `ProblemError` with field and value."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

from routing.errors import ProblemError

if TYPE_CHECKING:
    from routing.stops import TimeWindow

LARGEST = 10**12
"""No number of a problem may be larger, so that no sum of them leaves 64 bits."""


def check_whole(name: str, value: object, *, least: int = 0) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ProblemError(name, value, "must be a whole number")
    if not least <= value <= LARGEST:
        raise ProblemError(name, value, f"must lie between {least} and {LARGEST}")


def check_optional_whole(name: str, value: object, *, least: int = 0) -> None:
    if value is not None:
        check_whole(name, value, least=least)


def check_loads(name: str, loads: tuple[int, ...]) -> None:
    for position, load in enumerate(loads):
        check_whole(f"{name}[{position}]", load)


def check_name(name: str, value: object) -> None:
    if not isinstance(value, str) or not value:
        raise ProblemError(name, value, "must be a text that is not empty")


def check_optional_name(name: str, value: object) -> None:
    if value is not None:
        check_name(name, value)


def check_names(name: str, values: Iterable[object]) -> None:
    if isinstance(values, str):  # iterable, but surely meant as one name
        raise ProblemError(name, values, "must be a collection of texts")
    for value in values:
        check_name(name, value)


def check_degrees(name: str, value: object, limit: int) -> None:
    """Refuses NaN too, for which no comparison holds."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not -limit <= value <= limit:
        raise ProblemError(name, value, f"must lie between -{limit} and {limit} degrees")


def check_windows(name: str, windows: tuple[TimeWindow, ...]) -> None:
    for earlier, later in pairwise(windows):
        if later.start_s <= earlier.end_s:
            raise ProblemError(name, windows, "must be in order of time and must not touch")
