"""How a feature declares its sheet, and how its titles are found in the header of a file."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from marshmallow import Schema, ValidationError

from logistics.workbooks.columns import Choice, Column, shown
from logistics.workbooks.errors import RowError, Sentence
from logistics.workbooks.sheet import Cell, Sheet, is_blank, is_error_title, normal_title


class SheetSchema(Schema):
    """One class attribute per column, in the order of the template. See `columns` for the kinds.

        class ReceiptSheet(SheetSchema):
            item = Code("物资编码", "item", required=True, example="KZ-001")
            quantity = WholeNumber("数量", "quantity", "qty", minimum=1, required=True, example=20)
            expires = Day("有效期至", "expiry", load_default=None)

    A rule over a whole row is a marshmallow `@validates_schema` method that raises `columns.refused(…, columns=(…))`.
    """

    ignored_titles: ClassVar[tuple[str, ...]] = ("序号", "No.", "#")
    """Columns people add for themselves; not read, not reported."""

    @classmethod
    def columns(cls) -> Mapping[str, Column[Any]]:
        """By field name, in the order declared."""
        return {name: column for name, column in cls._declared_fields.items() if isinstance(column, Column)}

    @classmethod
    def word_for(cls, name: str, value: object) -> str:
        """What an export writes for a value under a column of choices."""
        column = cls.columns()[name]
        return column.word(value) if isinstance(column, Choice) else str(value)

    @classmethod
    def all_titles(cls) -> tuple[str, ...]:
        return tuple(title for column in cls.columns().values() for title in column.titles)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderMatch:
    """Where the fields stand. `unread` are titles nobody asked for; their values are not taken over."""

    positions: Mapping[str, int]
    errors: tuple[RowError, ...]
    unread: tuple[str, ...]


def match_header(sheet: Sheet, schema: type[SheetSchema]) -> HeaderMatch:
    """Order, spaces, width, case, stars and units in brackets do not matter; everything wrong is told together."""
    columns = schema.columns()
    field_of = {normal_title(title): name for name, column in columns.items() for title in column.titles}
    skipped = {normal_title(title) for title in schema.ignored_titles}
    found: dict[str, list[int]] = {}
    unknown: dict[str, str] = {}
    for index, title in enumerate(sheet.header):
        normal = normal_title(title)
        if normal in field_of:
            found.setdefault(field_of[normal], []).append(index)
        elif title and normal not in skipped and not is_error_title(title):
            unknown[normal] = title
    absent = {name: column for name, column in columns.items() if name not in found}
    errors = [
        *_missing(sheet, absent, unknown),
        *_misspelt(sheet, absent, unknown),
        *_doubled(sheet, found),
        *_untitled(sheet),
    ]
    return HeaderMatch(
        positions={name: places[0] for name, places in found.items()},
        errors=tuple(errors),
        unread=tuple(unknown.values()),
    )


_SAMPLE_ROWS = 50
_LEAST_ROWS = 3


def swapped_columns(sheet: Sheet, schema: type[SheetSchema], match: HeaderMatch) -> Iterator[RowError]:
    """Columns whose values no row accepts and all rows would accept under exactly one other title, and vice versa."""
    columns = schema.columns()
    told: set[str] = set()
    for name, place in match.positions.items():
        values = _sample(sheet, place)
        if name in told or len(values) < _LEAST_ROWS or any(_reads(columns[name], value) for value in values):
            continue
        partners = [
            other
            for other, elsewhere in match.positions.items()
            if other != name
            and (theirs := _sample(sheet, elsewhere))
            and all(_reads(columns[name], value) for value in theirs)
            and all(_reads(columns[other], value) for value in values)
        ]
        if len(partners) == 1:
            told |= {name, *partners}
            here, there = (shown(sheet.header[match.positions[each]]) for each in (name, partners[0]))
            yield _header_error(
                sheet,
                sheet.header[place],
                "swapped_columns",
                _("The columns “%(here)s” and “%(there)s” seem to be swapped.", here=here, there=there),
                _("Exchange the two titles and upload the file again."),
            )


def _sample(sheet: Sheet, place: int) -> list[Cell]:
    written = (row.cells[place] for row in sheet.rows if not is_blank(row.cells[place]))
    return list(islice(written, _SAMPLE_ROWS))


def _reads(column: Column[Any], value: Cell) -> bool:
    try:
        column.deserialize(value)
    except ValidationError:
        return False
    return True


def _missing(sheet: Sheet, absent: Mapping[str, Column[Any]], unknown: dict[str, str]) -> Iterator[RowError]:
    """Required columns that are not there. Takes out of `unknown` what is probably meant by them."""
    for column in absent.values():
        if not column.required:
            continue
        near = _nearest(column, unknown, cutoff=0.5)
        remedy: Sentence
        if near is None:
            remedy = _("Add a column with this title, or copy the header of the template.")
        else:
            remedy = _("If “%(found)s” is meant, rename it “%(title)s”.", found=shown(near), title=column.title)
        yield _header_error(
            sheet, column.title, "missing_column", _("The column “%(title)s” is missing.", title=column.title), remedy
        )


def _misspelt(sheet: Sheet, absent: Mapping[str, Column[Any]], unknown: dict[str, str]) -> Iterator[RowError]:
    """Titles close to those of columns that may be left out: not to be passed over, lest their values be lost."""
    for column in absent.values():
        if column.required or (near := _nearest(column, unknown, cutoff=_near_enough(column))) is None:
            continue
        yield _header_error(
            sheet,
            near,
            "unknown_column",
            _("The title “%(title)s” is not known.", title=shown(near)),
            _("Rename it “%(known)s” if that is meant; otherwise delete the column.", known=column.title),
        )


def _doubled(sheet: Sheet, found: Mapping[str, list[int]]) -> Iterator[RowError]:
    for places in found.values():
        if len(places) > 1:
            titles = [sheet.header[place] for place in places]
            yield _header_error(
                sheet,
                titles[1],
                "doubled_column",
                _("The same column stands %(count)s times (%(titles)s).", count=len(places), titles="、".join(titles)),
                _("Keep the one that is right and delete the others."),
            )


def _untitled(sheet: Sheet) -> Iterator[RowError]:
    for index, title in enumerate(sheet.header):
        if title:
            continue
        row = next((row for row in sheet.rows if not is_blank(row.cells[index])), None)
        if row is not None:
            yield RowError(
                row=row.number,
                column="",
                code="untitled_value",
                message=_("“%(value)s” stands in a column without a title.", value=shown(row.cells[index])),
                remedy=_("Write a title above it, or delete what stands there."),
            )


def _nearest(column: Column[Any], unknown: dict[str, str], *, cutoff: float) -> str | None:
    """The unknown title most like one of the column's, taken out of `unknown`."""
    scored = [(_likeness(title, column.titles), title) for title in unknown]
    score, normal = max(scored, default=(0.0, ""))
    return unknown.pop(normal) if score >= cutoff else None


def _near_enough(column: Column[Any]) -> float:
    """One wrong character in a title of two (日起 for 日期) leaves a likeness of a half."""
    return 0.5 if len(column.title) <= 2 else 0.65


def _likeness(normal: str, titles: Iterable[str]) -> float:
    return max(difflib.SequenceMatcher(None, normal, normal_title(title)).ratio() for title in titles)


def _header_error(sheet: Sheet, column: str, code: str, message: Sentence, remedy: Sentence) -> RowError:
    return RowError(row=sheet.header_number, column=column, code=code, message=message, remedy=remedy)
