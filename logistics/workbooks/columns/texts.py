"""Columns of words: text, codes, telephone numbers, one of a few."""

import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import ValidationError

from logistics.workbooks.columns.base import BLANK, INVISIBLE, Column, plain_text, refused, shown
from logistics.workbooks.errors import Sentence
from logistics.workbooks.sheet import Cell, cell_text


class Text(Column[str]):
    """Words on one line: trimmed, spaces and line ends as one space, invisible characters taken out."""

    def __init__(self, *titles: str, max_length: int = 200, **rest: Any) -> None:
        super().__init__(*titles, **rest)
        self.max_length = max_length

    def read(self, cell: Cell) -> str:
        text = clean_text(cell)
        if len(text) > self.max_length:
            raise refused(
                "too_long",
                _("This has %(length)s characters; %(limit)s are allowed.", length=len(text), limit=self.max_length),
                _("Shorten it, or move the rest to a remark."),
                length=len(text),
                limit=self.max_length,
            )
        return text


def clean_text(cell: Cell) -> str:
    text = unicodedata.normalize("NFC", cell_text(cell).translate(INVISIBLE))
    for character in text:
        if (unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\r\n") or character in _DIRECTIONS:
            raise refused(
                "control_character",
                _("There is an invisible control character (U+%(code)s) in this cell.", code=f"{ord(character):04X}"),
                _("Delete the cell and type its text again instead of pasting it."),
                character=character,
            )
    text = " ".join(text.split())
    if not text:
        raise ValidationError([BLANK])  # type: ignore[list-item,unused-ignore]
    return text


_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Code(Column[str]):
    """A short name without spaces that other rows and lists refer to, such as a licence or item number."""

    def __init__(self, *titles: str, max_length: int = 40, **rest: Any) -> None:
        super().__init__(*titles, **rest)
        self.max_length = max_length

    def read(self, cell: Cell) -> str:
        if lost_digits(cell):
            raise shortened(cell)
        if isinstance(cell, float | bool | dt.date | dt.time | dt.timedelta):
            raise self._unfit(cell)
        text = unicodedata.normalize("NFKC", clean_text(cell))
        if SCIENTIFIC.fullmatch(text):
            raise shortened(cell)
        if len(text) > self.max_length or not _CODE.fullmatch(text):
            raise self._unfit(cell)
        return text

    def _unfit(self, cell: Cell) -> Exception:
        return refused(
            "not_a_code",
            _("“%(value)s” cannot be a number or code.", value=shown(cell)),
            _(
                "Use letters, digits, - _ . / and #, up to %(limit)s of them, without spaces; format the column as text.",
                limit=self.max_length,
            ),
            value=cell_text(cell),
            limit=self.max_length,
        )


_CODE = re.compile(r"[\w#][\w.\-/#]*")
SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]{1,20})?[eE]\+?[0-9]{1,3}", re.ASCII)


def lost_digits(cell: Cell) -> bool:
    """Excel keeps 15 digits of a number; the rest have become zeros."""
    return isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= 1e15


def shortened(cell: Cell) -> Exception:
    return refused(
        "digits_lost",
        _("Excel has treated this long number as a quantity and lost digits (“%(value)s”).", value=shown(cell)),
        _("Format the column as text, then type the number again in full."),
        value=cell_text(cell),
    )


class Phone(Column[str]):
    """A Chinese telephone number: 13800000000, 0719-7221234 (extension after a further -), 400-8001234, 110."""

    def read(self, cell: Cell) -> str:
        if isinstance(cell, bool | dt.date | dt.time | dt.timedelta):
            raise self._unfit(cell)
        text = plain_text(cell)
        if SCIENTIFIC.fullmatch(text) or lost_digits(cell):
            raise shortened(cell)
        if _SEVERAL_PHONES.search(text):
            raise refused(
                "several_phones",
                _("There seems to be more than one number in “%(value)s”.", value=shown(cell)),
                _("Keep the one to call first; the others belong in the remark."),
                value=text,
            )
        digits = _PHONE_FILLING.sub("", text)
        digits = _COUNTRY.sub("", digits)
        if _MOBILE.fullmatch(digits) or _SHORT_NUMBER.fullmatch(digits):
            return digits
        if match := _LANDLINE.fullmatch(digits) or _SERVICE_NUMBER.fullmatch(digits):
            return "-".join(part for part in match.groups() if part)
        raise self._unfit(cell)

    def _unfit(self, cell: Cell) -> Exception:
        digits = cell_text(cell)
        remedy = _("Write a mobile number of 11 digits, or a landline with its area code, such as 0719-7221234.")
        if isinstance(cell, int) and len(digits) in (9, 10, 11) and not digits.startswith("1"):
            remedy = _(
                "Excel has dropped the 0 of the area code: format the column as text and write 0%(value)s.",
                value=digits,
            )
        return refused(
            "not_a_phone", _("“%(value)s” is not a telephone number.", value=shown(cell)), remedy, value=digits
        )


_PHONE_FILLING = re.compile(r"[\s()\-–—.·]")
_COUNTRY = re.compile(r"^(?:\+|00)86")
_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_LANDLINE = re.compile(r"(0(?:10|2[0-9]|[3-9][0-9]{2}))([2-8][0-9]{6,7})(?:(?:转|ext|x|,|#)([0-9]{1,6}))?", re.ASCII)
_SERVICE_NUMBER = re.compile(r"([48]00)([0-9]{7})", re.ASCII)
_SHORT_NUMBER = re.compile(r"1(?:10|19|20|22)|12[0-9]{3}|9[56][0-9]{3}", re.ASCII)
_SEVERAL_PHONES = re.compile(r"[0-9]{7,12}\s{0,5}[/、,;和或 ]\s{0,5}\+?[0-9]{7,12}", re.ASCII)


class Choice[Value](Column[Value]):
    """One of a few words. `choices` gives each value the words for it; the first word stands in the template."""

    def __init__(self, *titles: str, choices: Mapping[Value, Sequence[str]], **rest: Any) -> None:
        super().__init__(*titles, **rest)
        self.choices = {value: tuple(words) for value, words in choices.items()}
        self._values = {_folded(word): value for value, words in choices.items() for word in words}

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(words[0] for words in self.choices.values())

    def word(self, value: Value) -> str:
        """The word for a value, as exports write it."""
        return self.choices[value][0]

    def read(self, cell: Cell) -> Value:
        word = _folded(plain_text(cell))
        if word in self._values:
            return self._values[word]
        words = " / ".join(self.words)
        near = difflib.get_close_matches(word, list(self._values), n=1, cutoff=0.6)
        if near:
            remedy = _(
                "Did you mean “%(word)s”? Possible are: %(words)s.", word=self.word(self._values[near[0]]), words=words
            )
        else:
            remedy = _("Choose one of: %(words)s.", words=words)
        return self._refuse(cell, remedy)

    def _refuse(self, cell: Cell, remedy: Sentence) -> Value:
        raise refused(
            "unknown_word",
            _("“%(value)s” is not one of the words for this column.", value=shown(cell)),
            remedy,
            value=cell_text(cell),
            words=self.words,
        )


def _folded(word: str) -> str:
    return "".join(unicodedata.normalize("NFKC", word.translate(INVISIBLE)).casefold().split())
