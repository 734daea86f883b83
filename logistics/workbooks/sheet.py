"""A table as a person sees it: a header, numbered rows, plain values."""

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

Cell = str | int | float | bool | dt.datetime | dt.date | dt.time | dt.timedelta | None
"""What a cell may hold. Blank is None; a whole number is an int; text is as it stood, not trimmed."""

# Of the column in which a checked workbook tells its findings; ignored when the file comes back.
_ERROR_TITLES = frozenset({"错误", "errors", "error"})
_BRACKETED_END = re.compile(r"[(\[【〔][^()\[\]【】〔〕]{0,40}[)\]】〕]$")


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """`number` is the row number at the left edge of Excel; `cells` has one entry per column of the header."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The one table of a file. `header` has "" where values stand under no title; blank rows are left out."""

    title: str
    filename: str
    header: tuple[str, ...]
    header_number: int
    rows: tuple[SheetRow, ...]
    preamble: tuple[SheetRow, ...] = ()


def is_error_title(title: str) -> bool:
    """Also with what was wrong with the header told behind it, as `writing.error_workbook` does."""
    return normal_title(title).partition(":")[0] in _ERROR_TITLES


def normal_title(title: str) -> str:
    """The title without what people add to it: spaces, width, case, a star, a unit in brackets, a colon."""
    text = "".join(unicodedata.normalize("NFKC", title[:200]).casefold().split())
    text = text.strip("*:'\ufeff\u200b")
    while match := _BRACKETED_END.search(text):
        if match.start() == 0:
            break
        text = text[: match.start()].rstrip("*:")
    return text


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and (not cell or cell.isspace()))


def digest(sheet: Sheet) -> str:
    """SHA-256 (hex) of what the table says, so that the same table saved again is recognised.

    Indifferent to file kind, number and date formats, blank rows, the order of rows and columns, the error
    column, and spaces around text; a changed, added or doubled row changes it.
    """
    columns = [
        (normal_title(title), index)
        for index, title in enumerate(sheet.header)
        if not is_error_title(title) and (title or any(not is_blank(row.cells[index]) for row in sheet.rows))
    ]
    columns.sort()
    lines = sorted(_line([row.cells[index] for _, index in columns]) for row in sheet.rows)
    titles = _line([title for title, _ in columns])
    return hashlib.sha256("\x1e".join([titles, *lines]).encode("utf-8", "surrogatepass")).hexdigest()


def cell_text(cell: Cell) -> str:
    """A cell as one would type it: 13800000000, 2.5, 2026-11-21, 08:30."""
    match cell:
        case None:
            return ""
        case str():
            return cell
        case bool():
            return "TRUE" if cell else "FALSE"
        case int():
            return str(cell)
        case float():
            return _number_text(cell)
        case dt.datetime():
            return _moment_text(cell)
        case dt.time():
            return cell.isoformat("auto" if cell.second else "minutes")
        case dt.date():
            return cell.isoformat()
        case dt.timedelta():
            return str(cell)


def _line(cells: Sequence[Cell]) -> str:
    texts = (unicodedata.normalize("NFC", cell_text(cell)).strip() for cell in cells)
    return "\x1f".join(_plain_number(text) for text in texts)


_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})\.\d{1,15}", re.ASCII)


def _plain_number(text: str) -> str:
    """2.50 from a CSV says what 2.5 says in a workbook."""
    return text.rstrip("0").rstrip(".") if _PLAIN_NUMBER.fullmatch(text) else text


def _number_text(number: float) -> str:
    # Excel keeps 15 digits; the 17 of a binary float show noise such as 0.30000000000000004.
    text = f"{number:.15g}"
    return f"{Decimal(text):f}" if "e" in text else text


def _moment_text(moment: dt.datetime) -> str:
    if moment.time() == dt.time():
        return moment.date().isoformat()
    return moment.isoformat(" ", "auto" if moment.second or moment.microsecond else "minutes")
