"""The shape of a VRPLIB file: entries `NAME : value` and sections of numbered rows, before anybody asks what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from routing.errors import FormatError
from routing.formats.text import Line, lines_of, number, shortened, whole

_SECTION = "_SECTION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The value behind a colon."""

    name: str
    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The rows below a heading."""

    name: str
    line: int
    rows: list[Line] = field(default_factory=list)

    def table(self, size: int, columns: int | None = None) -> list[list[float]]:
        """The values of rows 1 to `size`, whose first words are these numbers in any order.

        `columns` is the number of values in a row; None: at least one.
        """
        self._check_count(size)
        table: list[list[float]] = [[] for _ in range(size)]
        for row in self.rows:
            index, values = self._row(row, size)
            if len(values) != columns if columns is not None else not values:
                asked = f"{columns} numbers" if columns is not None else "a number"
                raise FormatError(self.name, f"must have {asked} behind the first, got {len(values)}", line=row.number)
            if table[index]:
                raise FormatError(self.name, f"must have one row for {index + 1}", line=row.number)
            table[index] = values
        return table

    def column(self, size: int) -> list[float]:
        return [value for (value,) in self.table(size, 1)]

    def line_of(self, index: int) -> int:
        """Where a row stands that `table` has read."""
        return next(row.number for row in self.rows if int(float(row.text.split()[0])) == index + 1)

    def _check_count(self, size: int) -> None:
        if len(self.rows) != size:
            line = self.rows[-1].number if self.rows else self.line
            raise FormatError(self.name, f"must have {size} rows, got {len(self.rows)}", line=line)

    def _row(self, row: Line, size: int) -> tuple[int, list[float]]:
        first, *rest = row.text.split()
        index = whole(self.name, first, row.number, least=1)
        if index > size:
            raise FormatError(self.name, f"must begin with a number from 1 to {size}, got {index}", line=row.number)
        return index - 1, [number(self.name, word, row.number) for word in rest]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """A whole file."""

    entries: dict[str, Entry]
    sections: dict[str, Section]
    last_line: int

    @classmethod
    def of(cls, text: str) -> Sections:
        file = cls(entries={}, sections={}, last_line=1)
        return _filled(file, lines_of(text))

    def text(self, name: str, default: str | None = None) -> str:
        entry = self.entries.get(name)
        if entry is not None:
            return entry.text
        if default is None:
            raise FormatError(name, "is missing", line=self.last_line)
        return default

    def whole(self, name: str, *, least: int = 0) -> int:
        return whole(name, self.text(name), self.line_of(name), least=least)

    def section(self, name: str) -> Section:
        found = self.sections.get(name + _SECTION)
        if found is None:
            raise FormatError(name + _SECTION, "is missing", line=self.last_line)
        return found

    def has(self, name: str) -> bool:
        return name in self.entries or name + _SECTION in self.sections

    def line_of(self, name: str, index: int | None = None) -> int:
        """Where an entry stands, or a section (or its row `index`, from 0) begins; the last line if there is none."""
        if name in self.entries:
            return self.entries[name].line
        section = self.sections.get(name + _SECTION)
        if section is None:
            return self.last_line
        return section.line if index is None else section.line_of(index)

    def column(self, name: str, size: int) -> list[float]:
        """One number, not negative, for each of `size` things: from a section, or the same from an entry."""
        entry = self.entries.get(name)
        values = self.section(name).column(size) if entry is None else [number(name, entry.text, entry.line)] * size
        for index, value in enumerate(values):
            if value < 0:
                raise FormatError(name, f"must not be negative, got {value:g}", line=self.line_of(name, index))
        return values

    def names(self) -> Iterable[tuple[str, int]]:
        """Everything the file says, with its lines."""
        yield from ((entry.name, entry.line) for entry in self.entries.values())
        yield from ((section.name, section.line) for section in self.sections.values())


def _filled(file: Sections, lines: Iterable[Line]) -> Sections:
    section: Section | None = None
    last_line = 1
    for line in lines:
        last_line = line.number
        if line.text == "EOF":
            break
        if not line.text[0].isalpha():
            if section is None:
                raise FormatError("file", f"must begin with NAME : value, got {shortened(line.text)!r}", line=last_line)
            section.rows.append(line)
        elif (heading := line.text.rstrip(" :\t")).endswith(_SECTION):
            section = Section(name=heading, line=last_line)
            _once(file, heading, last_line)
            file.sections[heading] = section
        else:
            section = None
            entry = _entry(line)
            _once(file, entry.name, last_line)
            file.entries[entry.name] = entry
    return Sections(entries=file.entries, sections=file.sections, last_line=last_line)


def _entry(line: Line) -> Entry:
    name, colon, text = line.text.partition(":")
    if not colon:
        raise FormatError("file", f"must have NAME : value here, got {shortened(line.text)!r}", line=line.number)
    return Entry(name=name.strip(), text=text.strip(), line=line.number)


def _once(file: Sections, name: str, line: int) -> None:
    if name in file.entries or name in file.sections:
        raise FormatError(shortened(name), "must stand in the file once", line=line)
