"""What every column has in common: titles, blankness, and how a refusal is worded."""

import unicodedata
from collections.abc import Mapping
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from marshmallow import ValidationError, fields

from logistics.workbooks.errors import Finding, Sentence
from logistics.workbooks.sheet import Cell, cell_text

_SHOWN = 40
INVISIBLE = {ord(character): None for character in "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"}


def refused(
    code: str, message: Sentence, remedy: Sentence, *, columns: tuple[str, ...] = (), **values: Any
) -> Exception:
    """The exception a column or a whole-row rule raises: `raise refused("twice", _("…"), _("…"))`."""
    return ValidationError([Finding(code=code, message=message, remedy=remedy, values=values, columns=columns)])  # type: ignore[list-item,unused-ignore]


def shown(value: Cell) -> str:
    """The value as quoted in a sentence: short, on one line."""
    text = " ".join(cell_text(value).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


_MOST_PLAIN_CHARACTERS = 200


def plain_text(cell: Cell) -> str:
    """The text with full-width digits, letters and signs made ordinary; "" when too long to mean a number or day."""
    text = cell_text(cell).strip()
    if len(text) > _MOST_PLAIN_CHARACTERS:
        return ""
    return unicodedata.normalize("NFKC", text.translate(INVISIBLE)).strip()


class Column[Value](fields.Field[Value]):
    """A titled column.

    titles: the title of the template first, then what else people call it, in Chinese and English.
    example: a cell of the template's example row. note: shown when the title is pointed at.
    width: in characters of the default font; a hanzi takes two.
    """

    number_format: ClassVar[str] = "@"

    def __init__(
        self,
        *titles: str,
        example: Cell = None,
        note: Sentence = "",
        width: int = 16,
        **rest: Any,
    ) -> None:
        if not titles:
            raise ValueError("a column needs a title")
        super().__init__(**rest)
        self.titles = titles
        self.example = example
        self.note = note
        self.width = width

    @property
    def title(self) -> str:
        return self.titles[0]

    @property
    def words(self) -> tuple[str, ...]:
        """What the template offers in a drop-down list."""
        return ()

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        if key in ("required", "null"):
            return ValidationError([BLANK])  # type: ignore[list-item,unused-ignore]
        return super().make_error(key, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Value:
        return self.read(value)

    def read(self, cell: Cell) -> Value:
        """The value of a cell that is not blank; raises `refused(…)`."""
        raise NotImplementedError


BLANK = Finding(
    code="blank",
    message=_("This cell must not be blank."),
    remedy=_("Fill it in, or delete the whole row if it is not needed."),
)
