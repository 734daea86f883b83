"""Workbooks for people: what is wrong with theirs, an empty one to fill in, a table to take away.

Text is written as text, never as a formula, whatever it begins with.
"""

import csv
import datetime as dt
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import xlsxwriter
from flask_babel import lazy_gettext as _
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from logistics.workbooks.columns import Column, WholeNumber
from logistics.workbooks.errors import RowError, Sentence, both
from logistics.workbooks.reading import EXAMPLE_MARK, MOST_ROWS
from logistics.workbooks.schema import SheetSchema
from logistics.workbooks.sheet import Sheet, SheetRow, cell_text
from logistics.workbooks.text import GUARDED, guarded

type Value = str | int | float | Decimal | bool | dt.datetime | dt.date | dt.time | dt.timedelta | Sentence | None
"""What an export may hold. An aware moment is shown in the zone given; NaN and infinity become blank."""

MOST_CELL_CHARACTERS = 32_767
_MOST_COMMENTS = 2_000
_EXACT_DIGITS = 15  # what Excel keeps of a number
_WIDTH_ROWS = 300
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumn:
    """`width` in characters (a hanzi takes two) and `number_format` in Excel's words, where the default does not do."""

    title: Sentence
    width: int | None = None
    number_format: str | None = None


def table_workbook(
    title: Sentence,
    columns: Sequence[TableColumn | Sentence],
    rows: Iterable[Sequence[Value]],
    *,
    zone: dt.tzinfo | None = None,
) -> bytes:
    """One sheet with a frozen, filterable head. Dates are dates and numbers numbers; numbers of more than
    15 digits are text, because Excel would round them. `zone` is needed as soon as a moment stands in a row.
    """
    return _saved(
        lambda book: _write_table(book, str(title), _table_columns(columns), [tuple(row) for row in rows], zone)
    )


def table_csv(
    columns: Sequence[TableColumn | Sentence], rows: Iterable[Sequence[Value]], *, zone: dt.tzinfo | None = None
) -> bytes:
    """UTF-8 with the mark Excel needs to see Chinese; text that would compute gets an apostrophe in front."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([guarded(str(column.title)) for column in _table_columns(columns)])
    writer.writerows([_csv_text(_plain(value, zone)) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + _encodable(target.getvalue()).encode()


def error_workbook(sheet: Sheet, errors: Sequence[RowError]) -> bytes:
    """The table as it was, every row under its old number, with a first column that tells what is wrong.

    Faulty cells are coloured and commented. Corrected and uploaded again, the first column is ignored.
    """
    return _saved(lambda book: _write_errors(book, sheet, errors))


def template_workbook(schema: type[SheetSchema], title: Sentence) -> bytes:
    """Header, notes, drop-down lists, formats, an example row that is skipped, and a page of explanations."""
    return _saved(lambda book: _write_template(book, schema, str(title)))


def _saved(write: Any) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        write(book)
    return target.getvalue()


class _Formats:
    """One format object per look, since each becomes a style in the file."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def __call__(self, **look: Any) -> Format:
        key = tuple(sorted(look.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"valign": "top", **look})
        return self._made[key]

    def head(self, **look: Any) -> Format:
        return self(bold=True, bg_color="#DCE6F1", border=1, text_wrap=True, **look)


# --- tables ---


def _table_columns(columns: Sequence[TableColumn | Sentence]) -> list[TableColumn]:
    return [column if isinstance(column, TableColumn) else TableColumn(title=column) for column in columns]


def _write_table(
    book: Workbook, title: str, columns: list[TableColumn], rows: list[tuple[Value, ...]], zone: dt.tzinfo | None
) -> None:
    if len(rows) >= 1_048_576:
        raise ValueError(f"a sheet has no room for {len(rows)} rows")
    formats = _Formats(book)
    page = book.add_worksheet(_sheet_name(title))
    for index, column in enumerate(columns):
        _write(page, 0, index, str(column.title), formats, bold=True, bg_color="#DCE6F1", border=1, text_wrap=True)
        page.set_column(index, index, column.width or _fitting_width(str(column.title), rows, index))
    for number, row in enumerate(rows, start=1):
        for index, value in enumerate(row):
            look = {"num_format": form} if index < len(columns) and (form := columns[index].number_format) else {}
            _write(page, number, index, _plain(value, zone), formats, **look)
    page.freeze_panes(1, 0)
    if columns:
        page.autofilter(0, 0, len(rows), len(columns) - 1)


def _plain(value: Value, zone: dt.tzinfo | None) -> Any:
    """What a cell can hold: no zones, no decimals that would be rounded, no values that are none."""
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            return value
        if zone is None:
            raise ValueError("a moment needs the zone it is shown in")
        return value.astimezone(zone).replace(tzinfo=None)
    if isinstance(value, Decimal):
        return _plain_decimal(value)
    if isinstance(value, int) and not isinstance(value, bool) and len(str(abs(value))) > _EXACT_DIGITS:
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float | dt.date | dt.time | dt.timedelta):
        return value
    return str(value)  # a lazy sentence


def _plain_decimal(value: Decimal) -> int | float | str | None:
    if not value.is_finite():
        return None
    if value == value.to_integral_value() and abs(value) < 10**_EXACT_DIGITS:
        return int(value)
    return float(value) if len(value.normalize().as_tuple().digits) <= _EXACT_DIGITS else f"{value:f}"


def _write(page: Worksheet, row: int, column: int, value: Any, formats: _Formats, **look: Any) -> None:
    match value:
        case None:
            if look:
                page.write_blank(row, column, None, formats(**look))
        case bool():
            page.write_boolean(row, column, value, formats(**look))
        case int() | float():
            # Without a format Excel shows telephone numbers as 1.38E+10.
            plain = {"num_format": "0"} if isinstance(value, int) and abs(value) >= 10**10 else {}
            page.write_number(row, column, value, formats(**plain | look))
        case dt.datetime():
            page.write_datetime(row, column, value, formats(**{"num_format": "yyyy-mm-dd hh:mm"} | look))
        case dt.date():
            page.write_datetime(row, column, value, formats(**{"num_format": "yyyy-mm-dd"} | look))
        case dt.time():
            page.write_datetime(row, column, value, formats(**{"num_format": "hh:mm"} | look))
        case dt.timedelta():
            page.write_datetime(row, column, value, formats(**{"num_format": "[h]:mm"} | look))
        case _:
            _write_text(page, row, column, str(value), formats, look)


def _write_text(page: Worksheet, row: int, column: int, text: str, formats: _Formats, look: Mapping[str, Any]) -> None:
    safe = {"quote_prefix": True} if text.startswith(GUARDED) else {}
    wrapped = {"text_wrap": True} if "\n" in text else {}
    fitting = text if len(text) <= MOST_CELL_CHARACTERS else text[: MOST_CELL_CHARACTERS - 1] + "…"
    page.write_string(row, column, _encodable(fitting), formats(**safe | wrapped | dict(look)))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _csv_text(value: Any) -> str:
    if isinstance(value, bool | int | float):
        return cell_text(value)  # a negative number stays one
    return guarded(cell_text(value)) if isinstance(value, str) else cell_text(value)


_FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def _sheet_name(title: str) -> str:
    name = _FORBIDDEN_IN_NAMES.sub(" ", title).strip().strip("'")[:31].strip().strip("'")
    return name if name and name.casefold() != "history" else "Sheet1"


def _fitting_width(title: str, rows: Sequence[Sequence[Any]], index: int) -> int:
    texts = [
        cell_text(row[index]) if isinstance(row[index], str | int | float | dt.date | None) else str(row[index])
        for row in rows[:_WIDTH_ROWS]
        if index < len(row)
    ]
    return min(60, max(8, *(_shown_width(line) + 3 for text in (title, *texts) for line in text[:500].split("\n"))))


def _shown_width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


# --- the file handed back ---


def _write_errors(book: Workbook, sheet: Sheet, errors: Sequence[RowError]) -> None:
    formats = _Formats(book)
    page = book.add_worksheet(_sheet_name(sheet.title))
    by_row: dict[int, list[RowError]] = {}
    for error in errors:
        by_row.setdefault(error.row, []).append(error)
    places = {title: index for index, title in reversed(list(enumerate(sheet.header, start=1)))}
    header = SheetRow(number=sheet.header_number, cells=sheet.header)
    for row in (*sheet.preamble, header, *sheet.rows):
        findings = by_row.get(row.number, [])
        look = {"bold": True, "bg_color": "#DCE6F1", "border": 1} if row is header else {}
        _write_checked_row(page, row, findings, places, formats, look)
        told = "\n".join(_told(error) for error in findings)
        if row is header:
            told = f"{_('Errors')}:\n{told}" if told else str(_("Errors"))
        if told:
            _write(page, row.number - 1, 0, told, formats, **{"font_color": "#9C0006", "text_wrap": True} | look)
    _comment(page, errors, places)
    _finish_errors(page, sheet)


def _write_checked_row(
    page: Worksheet,
    row: SheetRow,
    findings: Sequence[RowError],
    places: Mapping[str, int],
    formats: _Formats,
    look: Mapping[str, Any],
) -> None:
    faulty = {places[error.column] for error in findings if error.column in places}
    for index, cell in enumerate(row.cells, start=1):
        red = {"bg_color": "#FFC7CE"} if index in faulty else {}
        _write(page, row.number - 1, index, cell, formats, **dict(look) | red)


def _told(error: RowError) -> str:
    place = f"{error.column}: " if error.column else ""
    return f"{place}{both(error.message, error.remedy)}"


def _comment(page: Worksheet, errors: Sequence[RowError], places: Mapping[str, int]) -> None:
    texts: dict[tuple[int, int], list[str]] = {}
    for error in errors:
        if error.column in places:
            texts.setdefault((error.row - 1, places[error.column]), []).append(str(both(error.message, error.remedy)))
    for (row, column), lines in list(texts.items())[:_MOST_COMMENTS]:
        page.write_comment(row, column, "\n".join(lines), {"x_scale": 2, "y_scale": 1.2})


def _finish_errors(page: Worksheet, sheet: Sheet) -> None:
    page.set_column(0, 0, 60)
    cells = [row.cells for row in sheet.rows[:_WIDTH_ROWS]]
    for index, title in enumerate(sheet.header):
        page.set_column(index + 1, index + 1, _fitting_width(title, cells, index))
    page.freeze_panes(sheet.header_number, 1)
    page.autofilter(sheet.header_number - 1, 0, max(row.number for row in sheet.rows) - 1, len(sheet.header))


# --- the file to fill in ---


def _write_template(book: Workbook, schema: type[SheetSchema], title: str) -> None:
    formats = _Formats(book)
    page = book.add_worksheet(_sheet_name(title))
    columns = list(schema.columns().values())
    lists = book.add_worksheet(_list_sheet_name()) if any(column.words for column in columns) else None
    for index, column in enumerate(columns):
        page.set_column(index, index, column.width, formats(num_format=column.number_format))
        _write(page, 0, index, _titled(column), formats, bold=True, bg_color="#DCE6F1", border=1, text_wrap=True)
        if note := _note(column):
            page.write_comment(0, index, note, {"x_scale": 2})
        _restrict(page, index, column, lists)
        _write_example(page, index, column, formats)
    page.freeze_panes(1, 0)
    if lists is not None:
        lists.hide()
    _write_explanations(book, columns, formats)


def _titled(column: Column[Any]) -> str:
    return f"{column.title}*" if column.required else column.title


def _note(column: Column[Any]) -> str:
    lines = [str(_("Must be filled in.")) if column.required else str(_("May be left blank.")), str(column.note)]
    if column.words:
        lines.append(str(_("Choose one of: %(words)s.", words=" / ".join(column.words))))
    return "\n".join(line for line in lines if line)


def _write_example(page: Worksheet, index: int, column: Column[Any], formats: _Formats) -> None:
    example: Any = column.example
    if index == 0:
        example = f"{EXAMPLE_MARK}{cell_text(example)}"
    _write(page, 1, index, example, formats, italic=True, font_color="#7F7F7F", num_format=column.number_format)


def _list_sheet_name() -> str:
    return _sheet_name(str(_("Lists")))


def _restrict(page: Worksheet, index: int, column: Column[Any], lists: Worksheet | None) -> None:
    """Drop-down lists and number ranges, as Excel offers them; the check after upload does not rely on them."""
    rule: dict[str, Any]
    if column.words and lists is not None:
        for row, word in enumerate(column.words):
            lists.write_string(row, index, word)
        letter = xl_col_to_name(index)
        rule = {"validate": "list", "source": f"='{_list_sheet_name()}'!${letter}$1:${letter}${len(column.words)}"}
    elif isinstance(column, WholeNumber):
        rule = {"validate": "integer", "criteria": "between", "minimum": column.minimum, "maximum": column.maximum}
    else:
        return
    rule |= {"error_type": "warning", "error_title": column.title[:32], "error_message": _note(column)[:255]}
    page.data_validation(2 if index == 0 else 1, index, MOST_ROWS, index, rule)


def _write_explanations(book: Workbook, columns: Sequence[Column[Any]], formats: _Formats) -> None:
    page = book.add_worksheet(_sheet_name(str(_("How to fill in"))))
    heads = (_("Column"), _("Meaning"), _("Example"), _("Other titles understood"))
    for index, (head, width) in enumerate(zip(heads, (20, 50, 24, 40), strict=True)):
        page.set_column(index, index, width)
        _write(page, 0, index, str(head), formats, bold=True, bg_color="#DCE6F1", border=1)
    for row, column in enumerate(columns, start=1):
        texts = (_titled(column), _note(column), cell_text(column.example), "、".join(column.titles[1:]))
        for index, text in enumerate(texts):
            _write(page, row, index, text, formats, text_wrap=True)
    last = _("The row that begins with “%(mark)s” is an example and is skipped.", mark=EXAMPLE_MARK)
    _write(page, len(columns) + 2, 0, str(last), formats)
