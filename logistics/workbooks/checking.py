"""Every row of a sheet against its schema; every finding at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import ValidationError
from marshmallow.exceptions import SCHEMA

from logistics.workbooks.columns import Latitude, Longitude
from logistics.workbooks.errors import Finding, RowError, RowErrors, Sentence
from logistics.workbooks.schema import HeaderMatch, SheetSchema, match_header, swapped_columns
from logistics.workbooks.sheet import Cell, Sheet, SheetRow, is_blank

MOST_ERRORS = 100_000
"""As many as a table may have rows: a wrong column is told of in each of them."""

Findings = dict[str, list[Finding]]
"""By field name; `SCHEMA` for the row as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRow:
    """`number` as in Excel; `values` by field name, with the defaults of columns left blank."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """`rows` are those without a finding (none when the header itself is wrong); `unread` titles were passed over."""

    sheet: Sheet
    rows: tuple[CheckedRow, ...]
    errors: tuple[RowError, ...]
    unread: tuple[str, ...]
    titles: Mapping[str, str] = field(repr=False)

    def error(
        self, row: CheckedRow, name: str, code: str, message: Sentence, remedy: Sentence, **values: Any
    ) -> RowError:
        """A finding only the importer can make (unknown item, unknown unit, …), at field `name` ("" for the row)."""
        return RowError(
            row=row.number, column=self.titles.get(name, ""), code=code, message=message, remedy=remedy, values=values
        )

    def raise_errors(self, *further: RowError) -> None:
        """`RowErrors` with what was found here and by the importer, if anything was."""
        if self.errors or further:
            raise RowErrors(self.sheet, (*self.errors, *further))


def check(sheet: Sheet, schema: type[SheetSchema]) -> Checked:
    match = match_header(sheet, schema)
    titles = {name: column.title for name, column in schema.columns().items()}
    titles |= {name: sheet.header[position] for name, position in match.positions.items()}
    rows: list[CheckedRow] = []
    errors = [*match.errors, *swapped_columns(sheet, schema, match)]
    for row, outcome in _outcomes(sheet, schema(), match):
        if isinstance(outcome, CheckedRow):
            rows.append(outcome)
            continue
        errors += _placed(row, outcome, titles)
        if len(errors) > MOST_ERRORS:
            errors.append(_too_many(row))
            break
    return Checked(
        sheet=sheet,
        rows=() if match.errors else tuple(rows),
        errors=tuple(sorted(errors, key=lambda error: error.row)),
        unread=match.unread,
        titles=titles,
    )


def _outcomes(
    sheet: Sheet, schema: SheetSchema, match: HeaderMatch
) -> Iterator[tuple[SheetRow, CheckedRow | Findings]]:
    places = tuple(match.positions.items())
    for row in sheet.rows:
        cells = {name: cell for name, place in places if not is_blank(cell := row.cells[place])}
        try:
            yield row, CheckedRow(number=row.number, values=schema.load(cells))
        except ValidationError as error:
            findings = _findings(error)
            _recognise_swapped_coordinates(findings, cells, schema)
            # A missing column is told once, in the header.
            yield row, {name: those for name, those in findings.items() if name == SCHEMA or name in match.positions}


def _findings(error: ValidationError) -> Findings:
    messages = error.messages if isinstance(error.messages, dict) else {SCHEMA: error.messages}
    return {
        name: [_as_finding(message) for message in (those if isinstance(those, list) else [those])]
        for name, those in messages.items()
    }


def _as_finding(message: object) -> Finding:
    """Marshmallow's own validators say only a sentence."""
    if isinstance(message, Finding):
        return message
    return Finding(code="invalid", message=str(message), remedy=_("Correct the cell and upload the file again."))


def _recognise_swapped_coordinates(findings: Findings, cells: Mapping[str, Cell], schema: SheetSchema) -> None:
    """Two coordinates out of range that would both fit the other way round are one mistake."""
    columns = schema.columns()
    lat_name = next((name for name in findings if isinstance(columns.get(name), Latitude)), None)
    lon_name = next((name for name in findings if isinstance(columns.get(name), Longitude)), None)
    if lat_name is None or lon_name is None:
        return
    outside = [
        finding.values["value"]
        for name in (lat_name, lon_name)
        for finding in findings[name]
        if finding.code == "outside"
    ]
    if len(outside) != 2:
        return
    latitude, longitude = columns[lat_name], columns[lon_name]
    assert isinstance(latitude, Latitude)  # noqa: S101 (chosen so above)
    assert isinstance(longitude, Longitude)  # noqa: S101
    if latitude.fits(outside[1]) and longitude.fits(outside[0]):
        findings[lat_name] = [_swapped(latitude=outside[1], longitude=outside[0], other=lon_name)]
        del findings[lon_name]


def _swapped(*, latitude: float, longitude: float, other: str) -> Finding:
    return Finding(
        code="coordinates_swapped",
        message=_("Latitude and longitude are swapped."),
        remedy=_("Write latitude %(latitude)s and longitude %(longitude)s.", latitude=latitude, longitude=longitude),
        values={"latitude": latitude, "longitude": longitude},
        columns=(other,),
    )


def _placed(row: SheetRow, findings: Findings, titles: Mapping[str, str]) -> Iterator[RowError]:
    for name, those in findings.items():
        for finding in those:
            where = name if name != SCHEMA else next(iter(finding.columns), "")
            yield RowError(
                row=row.number,
                column=titles.get(where, ""),
                code=finding.code,
                message=finding.message,
                remedy=finding.remedy,
                values=finding.values,
            )


def _too_many(row: SheetRow) -> RowError:
    return RowError(
        row=row.number,
        column="",
        code="too_many_errors",
        message=_("There are more than %(count)s errors; the rows below were not checked.", count=MOST_ERRORS),
        remedy=_("Correct these first; perhaps two columns are swapped or a column has moved."),
        values={"count": MOST_ERRORS},
    )
