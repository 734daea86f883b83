"""What comes by the thousand: workbooks taken in or handed back with every error, and the count of a large store."""

from __future__ import annotations

import datetime as dt
import json
import random
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from inventory.counts import VarianceReason
from logistics.bench.books import Size, counties, item_code, unit_code
from logistics.bench.visits import Timed, Visitor
from logistics.supplies.importing.receipts import ReceiptSheet
from logistics.workbooks.writing import Value, table_workbook

REPEATS = 3
TITLES = ("day", "place", "source", "unit", "item", "quantity", "word", "lot", "expires_on")
QUANTITY = 100
IN_STORE_FOR = dt.timedelta(days=300)
#: Of so many rows of a faulty workbook one is right.
ONE_RIGHT_IN = 10
#: Of so many lots one is found to be one short.
ONE_SHORT_IN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Rows of a good workbook and of a faulty one, and lots to count."""

    rows: int
    faulty_rows: int
    counted: int


def timed_bulk(visitor: Visitor, size: Size, amounts: Amounts, today: dt.date) -> Iterator[Timed]:
    """Receipts of a county in a workbook, the same with errors in most rows, and the count of a store."""
    good = [_workbook(size, f"firm{number}", amounts.rows, today) for number in range(REPEATS)]
    yield _timed(
        f"import of {amounts.rows:,} rows",
        [partial(visitor.upload, "/import/receipts", book) for book in good],
    )
    faulty = _workbook(size, "", amounts.faulty_rows, today)
    yield _timed(
        f"import of {amounts.faulty_rows:,} rows, most of them wrong, every error told",
        [partial(visitor.upload, "/import/receipts", faulty, answer=HTTPStatus.UNPROCESSABLE_ENTITY)] * REPEATS,
    )
    for step, took_ms in _counts(visitor, size, amounts.counted).items():
        yield Timed(what=f"count of {amounts.counted:,} lots {step}", took_ms=took_ms, size=0)


def _workbook(size: Size, source: str, rows: int, today: dt.date) -> bytes:
    """Goods of one firm for the stores of all counties; without a firm most rows are wrong, each in one of three ways."""
    columns = ReceiptSheet.columns()
    titles = [columns[name].title for name in TITLES]
    chance = random.Random(f"{source}{rows}")  # noqa: S311  # no secret
    return table_workbook("bench", titles, [_row(chance, size, source, number, today) for number in range(rows)])


def _row(chance: random.Random, size: Size, source: str, number: int, today: dt.date) -> Sequence[Value]:
    right: dict[str, Value] = {
        "day": today,
        "place": "采购",
        "source": source or "firm",
        "unit": unit_code(chance.choice(counties())),
        "item": item_code(chance.randint(1, size.items)),
        "quantity": QUANTITY,
        "word": "件",
        "lot": f"{source or 'lot'}-{number}",
        "expires_on": today + IN_STORE_FOR,
    }
    wrong: Sequence[dict[str, Value]] = ({"word": "不是"}, {"item": f"none {number}"}, {"day": "昨天吧"})
    is_wrong = not source and number % ONE_RIGHT_IN
    return tuple((right | (wrong[number % len(wrong)] if is_wrong else {})).values())


def _counts(visitor: Visitor, size: Size, lots: int) -> dict[str, list[float]]:
    """How long each step of several counts took, each of a store of its own, filled for it."""
    took_ms: dict[str, list[float]] = {}
    for unit_id in counties()[:REPEATS]:
        _fill(visitor, size, unit_id, lots)
        for step, act in _steps(visitor, size, unit_id, lots):
            began_s = time.perf_counter()
            act()
            took_ms.setdefault(step, []).append(1000 * (time.perf_counter() - began_s))
    return took_ms


def _fill(visitor: Visitor, size: Size, unit_id: int, lots: int) -> None:
    """Receive so many lots, in documents of the largest size that a program may send."""
    for start in range(0, lots, 200):
        lines = [
            {"item": item, "quantity": QUANTITY, "lot": lot, "expires_on": None}
            for item, lot in _lots(size, lots)[start : start + 200]
        ]
        head = {"key": secrets.token_hex(8), "reason": "", "store": unit_code(unit_id)}
        visitor.write("/api/v1/receipts", head | {"source": {"place": "supplier", "name": "supplier"}, "lines": lines})


def _lots(size: Size, lots: int) -> list[tuple[str, str]]:
    """Codes of items and lots."""
    return [(item_code(number % size.items + 1), f"count-{number}") for number in range(lots)]


def _steps(visitor: Visitor, size: Size, unit_id: int, lots: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """What a counter does one after the other."""
    begin = {"key": secrets.token_hex(8), "place": unit_code(unit_id), "recount_percent": None}
    count = f"/api/v1/counts/{json.loads(visitor.write('/api/v1/counts', begin))['count']['id']}"
    seen: list[dict[str, Any]] = [
        {"item": item, "lot": lot, "quantity": QUANTITY - (number % ONE_SHORT_IN == 0)}
        for number, (item, lot) in enumerate(_lots(size, lots))
    ]
    short = [
        {"item": line["item"], "lot": line["lot"], "reason": VarianceReason.BROKEN}
        for line in seen
        if line["quantity"] < QUANTITY
    ]
    yield "sent", lambda: visitor.write(f"{count}/entries", {"key": secrets.token_hex(8), "lines": seen})
    yield "handed in", lambda: visitor.write(f"{count}/submission", {})
    yield "explained", lambda: visitor.write(f"{count}/reasons", {"lines": short})
    yield "posted", lambda: visitor.write(f"{count}/posting", {})


def _timed(what: str, acts: Sequence[Callable[[], bytes]]) -> Timed:
    took_ms, sizes = [], []
    for act in acts:
        began_s = time.perf_counter()
        sizes.append(len(act()))
        took_ms.append(1000 * (time.perf_counter() - began_s))
    return Timed(what=what, took_ms=took_ms, size=sorted(sizes)[len(sizes) // 2])
