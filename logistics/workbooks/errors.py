"""What can be wrong with a workbook, in words a clerk can act on.

Two kinds: the file as a whole cannot be used (`WorkbookError`), or rows in it cannot (`RowError`, always
collected and raised together as `RowErrors`). Sentences are lazy: they take the reader's language when shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

if TYPE_CHECKING:
    from logistics.workbooks.sheet import Sheet

type Sentence = str | LazyString


def both(message: Sentence, remedy: Sentence) -> Sentence:
    """What happened and what to do, as one lazy text; not every language puts a space between sentences."""
    text: Sentence = _("%(message)s %(remedy)s", message=message, remedy=remedy)
    return text


class WorkbookError(Exception):
    """The file cannot be read as a table; nothing of it was taken.

    `code` is stable and meant for programs and tests; `message` says what happened, `remedy` what to do.
    """

    def __init__(self, code: str, message: Sentence, remedy: Sentence, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.values: Mapping[str, Any] = values

    def __str__(self) -> str:
        return str(both(self.message, self.remedy))


class EmptyWorkbook(WorkbookError):
    """No bytes, no sheet, no header, or no row under the header."""


class TooLargeWorkbook(WorkbookError):
    """Larger than we accept, packed, unpacked or in rows and columns."""


class ProtectedWorkbook(WorkbookError):
    """It asks for a password."""


class ForeignFile(WorkbookError):
    """Not one of the kinds we read, whatever its name says."""


class DamagedWorkbook(WorkbookError):
    """One of the kinds we read, but broken or not to be trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with one value, without knowing yet where it stands.

    `columns` names further fields the finding is about, besides the one that found it.
    """

    code: str
    message: Sentence
    remedy: Sentence
    values: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """A finding with its place: the row as Excel numbers it and the title as the file spells it.

    `column` is "" when the row as a whole is meant. `str()` gives the whole sentence.
    """

    row: int
    column: str
    code: str
    message: Sentence
    remedy: Sentence
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> Sentence:
        if not self.column:
            return _("Row %(row)s: %(message)s %(remedy)s", row=self.row, message=self.message, remedy=self.remedy)
        return _(
            "Row %(row)s, “%(column)s”: %(message)s %(remedy)s",
            row=self.row,
            column=self.column,
            message=self.message,
            remedy=self.remedy,
        )

    def __str__(self) -> str:
        return str(self.sentence)


class RowErrors(Exception):
    """Rows cannot be taken over; carries every finding and the sheet, for `writing.error_workbook`."""

    def __init__(self, sheet: "Sheet", errors: Iterable[RowError]) -> None:
        self.sheet = sheet
        self.errors = tuple(sorted(errors, key=lambda error: error.row))
        super().__init__(len(self.errors))

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)
