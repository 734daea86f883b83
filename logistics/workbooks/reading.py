"""From the bytes of a file to the one table in it: xlsx, xls and delimited text.

The kind is taken from the content, never from the name. Native parsing happens in a process of its own with
limited memory and time (`calamine_child.py`), so no file can end or stall the service.
"""

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import threading
import unicodedata
from collections.abc import Collection, Generator, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import IO, Any

from flask_babel import lazy_gettext as _

from logistics.workbooks.errors import EmptyWorkbook, TooLargeWorkbook, WorkbookError
from logistics.workbooks.packages import Kind, damaged, kind_of, protected, safe_package
from logistics.workbooks.sheet import Cell, Sheet, SheetRow, cell_text, is_blank, is_error_title, normal_title
from logistics.workbooks.text import decoded, records

MOST_ROWS = 100_000
MOST_COLUMNS = 256
MOST_SECONDS = 20.0
# Address space, which on some systems counts 200 MB of locale files; 100,000 rows of 10 columns take 215 MB (measured).
MOST_MEMORY_BYTES = 600_000_000
MOST_ANSWER_BYTES = 200_000_000
HEADER_WITHIN_ROWS = 20

_CHILD = Path(__file__).with_name("calamine_child.py")

RawSheet = tuple[str, bool, Iterator[SheetRow]]
"""Title, whether it is visible, rows that are not blank."""


def read_sheet(content: bytes, filename: str, *, titles: Collection[str] = ()) -> Sheet:
    """The first sheet with a recognisable header.

    `titles` are the column titles one hopes for (`SheetSchema.all_titles()`): the header is the row that has most of them,
    in the first visible sheet that has any. Without them, or where none fits, it is the first row of texts.
    Raises a `WorkbookError`, and nothing else, whatever the bytes are.
    """
    wanted = frozenset(map(normal_title, titles))
    with closing(_sheets(content, filename, wanted)) as sheets:
        return _chosen(sheets, filename, wanted)


def _chosen(sheets: Iterable[RawSheet], filename: str, wanted: frozenset[str]) -> Sheet:
    """The first that fits; else a hidden one that fits, else the first with rows, so that its titles can be told."""
    hidden: Sheet | None = None
    other: Sheet | None = None
    bare: Sheet | None = None
    for title, visible, rows in sheets:
        sheet, fits = _sheet(title, filename, rows, wanted)
        if sheet is None:
            continue
        if visible and fits:
            return _with_rows(sheet)
        if not sheet.rows:
            bare = bare or sheet
        elif fits:
            hidden = hidden or sheet
        elif visible:
            other = other or sheet
    found = hidden or other or bare
    if found is None:
        raise _no_header(filename)
    return _with_rows(found)


def _with_rows(sheet: Sheet) -> Sheet:
    if not sheet.rows:
        raise _no_rows(sheet.filename, sheet.header_number)
    return sheet


def _sheets(content: bytes, filename: str, wanted: frozenset[str]) -> Generator[RawSheet]:
    match kind_of(content, filename):
        case Kind.XLSX:
            yield from _native_sheets(safe_package(content, filename), filename)
        case Kind.XLS:
            yield from _native_sheets(content, filename)
        case Kind.TEXT:
            found = records(decoded(content, filename), recognised=lambda fields: _known(fields, wanted))
            yield Path(filename).stem, True, (SheetRow(number=n, cells=tuple(f or None for f in fs)) for n, fs in found)


def _sheet(title: str, filename: str, rows: Iterator[SheetRow], wanted: frozenset[str]) -> tuple[Sheet | None, bool]:
    """The sheet, if it has a header at all, and whether the header has titles that are wanted."""
    written = _written(rows)
    head = list(islice(written, HEADER_WITHIN_ROWS))
    position, fits = _header_position(head, wanted)
    if position is None:
        return None, False
    below = [row for row in (*head[position + 1 :], *written) if not _is_example(row)]
    return _aligned(title, filename, head[:position], head[position], below), fits or not wanted


def _written(rows: Iterator[SheetRow]) -> Iterator[SheetRow]:
    count = 0
    for row in rows:
        if all(map(is_blank, row.cells)):
            continue
        count += 1
        if count > MOST_ROWS + HEADER_WITHIN_ROWS:
            raise _too_many("rows", MOST_ROWS)
        yield row


def _header_position(head: list[SheetRow], wanted: frozenset[str]) -> tuple[int | None, bool]:
    scores = [_known((cell for cell in row.cells if isinstance(cell, str)), wanted) for row in head]
    best = max(scores, default=0)
    if best >= min(2, max(1, len(wanted))):
        return scores.index(best), True
    for least in (2, 1):
        for position, row in enumerate(head):
            cells = [cell for cell in row.cells if not is_blank(cell)]
            if len(cells) >= least and all(_is_title(cell) for cell in cells):
                return position, False
    return None, False


def _known(fields: Iterable[str], wanted: frozenset[str]) -> int:
    return len({normal_title(field) for field in fields} & wanted)


def _is_title(cell: Cell) -> bool:
    return isinstance(cell, str) and any(unicodedata.category(character).startswith("L") for character in cell)


EXAMPLE_MARK = "例:"
"""Begins the first cell of a row that only shows how to fill in the others."""


def _is_example(row: SheetRow) -> bool:
    first = next(cell for cell in row.cells if not is_blank(cell))
    return isinstance(first, str) and unicodedata.normalize("NFKC", first[:8]).lstrip().startswith(EXAMPLE_MARK)


def _aligned(title: str, filename: str, above: list[SheetRow], header: SheetRow, below: list[SheetRow]) -> Sheet:
    """Every row as wide as the widest; the error column of a file handed back is taken out."""
    width = max(_width(row) for row in (header, *below))
    if width > MOST_COLUMNS:
        raise _too_many("columns", MOST_COLUMNS)
    if len(below) > MOST_ROWS:
        raise _too_many("rows", MOST_ROWS)
    titles = [cell_text(cell).strip() for cell in _padded(header.cells, width)]
    kept = [index for index, text in enumerate(titles) if not is_error_title(text)]
    whole = len(kept) == width

    def placed(row: SheetRow) -> SheetRow:
        cells = _padded(row.cells, width)
        return SheetRow(number=row.number, cells=cells if whole else tuple(cells[index] for index in kept))

    rows = tuple(row for row in map(placed, below) if whole or not all(map(is_blank, row.cells)))
    return Sheet(
        title=title,
        filename=filename,
        header=tuple(titles[index] for index in kept),
        header_number=header.number,
        rows=rows,
        preamble=tuple(above),
    )


def _width(row: SheetRow) -> int:
    return max(index for index, cell in enumerate(row.cells, start=1) if not is_blank(cell))


def _padded(cells: tuple[Cell, ...], width: int) -> tuple[Cell, ...]:
    return (cells + (None,) * (width - len(cells)))[:width]


def _native_sheets(workbook: bytes, filename: str) -> Generator[RawSheet]:
    """Sheets as the child process tells them; each must be used up before the next is asked for."""
    with closing(_lines(workbook, filename)) as lines:
        line = next(lines)
        while line[0] == "sheet":
            _tag, title, visible = line
            rows = _Rows(lines)
            yield title, visible, rows
            for _unread in rows:
                pass
            line = rows.next_line


class _Rows:
    """The rows of one sheet out of the child's lines; keeps the line that ended them."""

    def __init__(self, lines: Iterator[list[Any]]) -> None:
        self._lines = lines
        self.next_line: list[Any] = []

    def __iter__(self) -> Iterator[SheetRow]:
        return self

    def __next__(self) -> SheetRow:
        if self.next_line:
            raise StopIteration
        line = next(self._lines)
        if line[0] != "row":
            self.next_line = line
            raise StopIteration
        return SheetRow(number=line[1], cells=tuple(map(_cell, line[2])))


def _cell(value: Any) -> Cell:
    kind = type(value)
    if kind is str:
        return value or None
    if kind is float:
        return int(value) if value.is_integer() and abs(value) < 1e15 else float(value)
    if kind is list:
        return _tagged_cell(*value)
    return value


def _tagged_cell(tag: str, value: Any) -> Cell:
    match tag:
        case "day":
            return dt.date.fromisoformat(value)
        case "moment":
            return dt.datetime.fromisoformat(value)
        case "time":
            return dt.time.fromisoformat(value)
        case _:
            return dt.timedelta(seconds=value)


def _lines(workbook: bytes, filename: str) -> Generator[list[Any]]:
    """What the child says, up to and with ["end"]; its refusal, death or delay as a `WorkbookError`."""
    with tempfile.TemporaryFile() as complaints, _child(complaints) as (child, late):
        line: list[Any] = []
        for line in _answers(child, workbook):
            if line[0] == "failed":
                break
            yield line
        if line == ["end"]:
            return
        if late.is_set():
            raise _too_slow()
        complaints.seek(0)
        raise _failure(line, complaints.read(10_000), filename)


@contextmanager
def _child(complaints: IO[bytes]) -> Iterator[tuple["subprocess.Popen[bytes]", threading.Event]]:
    """The reading process, and an event that tells whether it was ended for taking too long."""
    late = threading.Event()
    with subprocess.Popen(  # noqa: S603 (our own interpreter and file; the workbook goes through the pipe)
        [sys.executable, "-I", str(_CHILD), str(MOST_MEMORY_BYTES)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        env={**os.environ, "RUST_BACKTRACE": "0"},
    ) as child:

        def end_late() -> None:
            late.set()
            child.kill()

        timer = threading.Timer(MOST_SECONDS, end_late)
        timer.daemon = True
        timer.start()
        try:
            yield child, late
        finally:
            timer.cancel()
            child.kill()


def _answers(child: "subprocess.Popen[bytes]", workbook: bytes) -> Iterator[list[Any]]:
    assert child.stdin is not None  # noqa: S101 (both are pipes)
    assert child.stdout is not None  # noqa: S101
    with suppress(BrokenPipeError, OSError), child.stdin as stdin:
        stdin.write(workbook)
    left = MOST_ANSWER_BYTES
    for line in child.stdout:
        left -= len(line)
        if left < 0:
            raise _too_wide()
        if line.endswith(b"\n"):  # else it died in the middle of the word
            yield json.loads(line)


def _failure(line: list[Any], complaint: bytes, filename: str) -> WorkbookError:
    if line == ["failed", "password"]:
        return protected(filename)
    if line == ["failed", "memory"] or b"memory allocation" in complaint or b"MemoryError" in complaint:
        return _too_wide()
    return damaged(filename)


def _no_header(filename: str) -> EmptyWorkbook:
    return EmptyWorkbook(
        "no_header",
        _("No row with column titles was found in “%(filename)s”.", filename=filename),
        _("Write the titles of the template into the first row of the table, or start from the template."),
    )


def _no_rows(filename: str, header_number: int) -> EmptyWorkbook:
    return EmptyWorkbook(
        "no_rows",
        _("“%(filename)s” has a header in row %(row)s and nothing below it.", filename=filename, row=header_number),
        _("Fill in at least one row under the header and upload it again."),
        row=header_number,
    )


def _too_many(code: str, limit: int) -> TooLargeWorkbook:
    if code == "rows":
        message = _("The table has more than %(limit)s rows.", limit=limit)
    else:
        message = _("The table has more than %(limit)s columns.", limit=limit)
    return TooLargeWorkbook(code, message, _("Delete what does not belong to it, or upload it in parts."), limit=limit)


def _too_wide() -> TooLargeWorkbook:
    return TooLargeWorkbook(
        "area",
        _("The table takes far more room than its rows need; something probably stands far below or far to the right."),
        _("Select only the rows and columns you need, copy them into a new workbook and upload that."),
    )


def _too_slow() -> TooLargeWorkbook:
    return TooLargeWorkbook(
        "time",
        _("Reading the workbook took longer than %(seconds)s seconds and was stopped.", seconds=int(MOST_SECONDS)),
        _("Copy the rows you need into a new workbook (values only), or upload it in parts."),
    )
