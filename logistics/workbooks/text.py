"""Delimited text: which encoding, which delimiter, which records."""

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from flask_babel import lazy_gettext as _

from logistics.workbooks.errors import DamagedWorkbook, TooLargeWorkbook
from logistics.workbooks.packages import foreign

DELIMITERS = (",", "\t", ";")
MOST_FIELD_CHARACTERS = 32_767  # Excel's own limit

Record = tuple[int, list[str]]
"""Number of the record, which is its row in Excel, and its fields."""


def decoded(content: bytes, filename: str) -> str:
    """The text. UTF-8 (with or without mark), UTF-16 and GB18030; anything else, or half of each, is refused."""
    text = _marked(content) or _unmarked_utf16(content) or _utf8_or_gb18030(content, filename)
    if "\0" in text:
        raise foreign(filename, "binary")
    return text


def records(text: str, *, recognised: Callable[[Iterable[str]], int]) -> Iterator[Record]:
    """Rows of the text, split by the delimiter that recognises most titles, else that gives most columns."""
    delimiter, body, first = _delimiter(text, recognised)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    number = first
    try:
        for number, fields in enumerate(reader, start=first):
            yield number, [_unguarded(field) for field in fields]
    except csv.Error as error:
        raise _unreadable_record(number, reader.line_num, str(error)) from error


GUARDED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Beginnings that make a spreadsheet program compute instead of show; see `writing.table_csv`."""


def guarded(text: str) -> str:
    """With the apostrophe that keeps the text a text; `_unguarded` takes it off again."""
    return "'" + text if text.lstrip("'").startswith(GUARDED) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(GUARDED) else text


def _marked(content: bytes) -> str | None:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise _undecodable(content, error.start + len(mark)) from error
    return None


def _unmarked_utf16(content: bytes) -> str | None:
    """Text with digits, commas and line ends has a zero in every second place when it is UTF-16."""
    sample = content[:4000]
    if len(content) % 2 or b"\0" not in sample:
        return None
    little = sample[1::2].count(0)
    big = sample[0::2].count(0)
    if little == big:
        return None
    try:
        text = content.decode("utf-16-le" if little > big else "utf-16-be")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _utf8_or_gb18030(content: bytes, filename: str) -> str:
    """Looked at both ways: UTF-8 reads as GBK "successfully" into rubbish, and short GBK (茅台) as UTF-8."""
    utf8 = _decode(content, "utf-8")
    if utf8 is not None and (utf8.isascii() or _is_written(utf8)):
        return utf8
    gb18030 = _decode(content, "gb18030")
    if utf8 is not None:
        return gb18030 if gb18030 is not None and _commonness(gb18030) == 1 else utf8
    if gb18030 is None or _mostly_utf8(content):
        raise _undecodable(content, _first_fault(content, "utf-8" if _mostly_utf8(content) else "gb18030"))
    if any(unicodedata.category(character) == "Cn" for character in set(gb18030)):
        raise foreign(filename, "binary")
    return gb18030


def _decode(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_written(text: str) -> bool:
    """Whether someone may have written this: Chinese somewhere, or nothing beyond Latin letters and signs."""
    characters = {character for character in set(text) if not character.isascii()}
    if any(_is_han(character) for character in characters):
        return True
    return all(unicodedata.name(character, "").startswith("LATIN") for character in characters)


def _is_han(character: str) -> bool:
    return "\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef" or character >= "\U00020000"


def _commonness(text: str) -> float:
    """Share of the characters beyond ASCII that stand among the 3,755 common hanzi or the signs of GB 2312."""
    characters = [character for character in set(text) if not character.isascii()]
    return sum(map(_is_common, characters)) / len(characters) if characters else 1.0


def _is_common(character: str) -> bool:
    try:
        lead = character.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return lead <= 0xA3 or 0xB0 <= lead <= 0xD7


def _mostly_utf8(content: bytes) -> bool:
    """UTF-8 with a few broken places, as a file cut off in the middle of a character."""
    text = content.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    han = sum(map(_is_han, text))
    return han > 10 * broken


def _first_fault(content: bytes, encoding: str) -> int:
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _undecodable(content: bytes, position: int) -> DamagedWorkbook:
    line = content.count(b"\n", 0, position) + 1
    return DamagedWorkbook(
        "encoding",
        _("The characters of the file cannot be read from line %(line)s on.", line=line),
        _("Open it in Excel or WPS, choose “Save as … CSV UTF-8” or “Excel workbook (.xlsx)” and upload that."),
        line=line,
    )


def _delimiter(text: str, recognised: Callable[[Iterable[str]], int]) -> tuple[str, str, int]:
    """The delimiter, the text without Excel's `sep=` line, and the number of its first row."""
    head, _newline, rest = text.partition("\n")
    told = head.strip("\r\"' \ufeff")
    if told[:4].lower() == "sep=" and told[4:] in {*DELIMITERS, ""}:
        return (told[4:] or "\t"), rest, 2
    sample = text[:20_000]
    return max(DELIMITERS, key=lambda delimiter: _score(sample, delimiter, recognised)), text, 1


def _score(sample: str, delimiter: str, recognised: Callable[[Iterable[str]], int]) -> tuple[int, int]:
    titles = columns = 0
    try:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        for fields in islice(reader, 30):
            titles = max(titles, recognised(fields))
            columns += min(len(fields), 20) - 1
    except csv.Error:
        pass  # told with its row when the records are read
    return titles, columns


def _unreadable_record(row: int, line: int, reason: str) -> DamagedWorkbook | TooLargeWorkbook:
    if "field larger" in reason:
        return TooLargeWorkbook(
            "field",
            _("A cell near line %(line)s holds more text than a table cell can.", line=line),
            _('Look for a quotation mark (") that is opened and never closed, close it and upload the file again.'),
            line=line,
        )
    return DamagedWorkbook(
        "quotes",
        _('The quotation marks (") near line %(line)s do not match.', line=line),
        _("Close the mark there, or save the table as an Excel workbook (.xlsx) and upload that."),
        line=line,
        row=row,
    )
