"""Figures that have to be right, and how they are told when they are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from logistics.workbooks.errors import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was looked at, what had to be found, what was found."""

    what: str
    expected: int | str
    found: int | str
    ok: bool


def equal(what: Sentence, expected: int | str, found: int | str) -> Check:
    return Check(what=str(what), expected=expected, found=found, ok=expected == found)


def at_most(what: Sentence, limit: int, found: int) -> Check:
    return Check(what=str(what), expected=f"<= {limit:,}", found=found, ok=found <= limit)


def more_than(what: Sentence, limit: int, found: int) -> Check:
    return Check(what=str(what), expected=f"> {limit:,}", found=found, ok=found > limit)


def plain(value: int | str) -> str:
    return f"{value:,}" if isinstance(value, int) else value


def listed(goods: Mapping[str, int]) -> str:
    """KZ-001 10, PH-001 1: goods by item code, for comparing and for reading; "-" for nothing."""
    return ", ".join(f"{code} {quantity:,}" for code, quantity in sorted(goods.items()) if quantity) or "-"
