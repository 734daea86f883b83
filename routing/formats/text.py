"""Text files as numbered lines, and the numbers in them, each refused with its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from routing.errors import FormatError

LARGEST_FILE = 2**30
"""Bytes; the largest published instances have a hundredth of that."""

LARGEST_NUMBER = 10**9
"""No number in an instance may be farther from 0."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not empty, with its number in the file, from 1."""

    number: int
    text: str

    def numbers(self, name: str) -> list[float]:
        """All of its words as numbers."""
        return [number(name, word, self.number) for word in self.text.split()]


def read_text(path: Path) -> str:
    """The text of a file, bytes that are no UTF-8 replaced (they stand in comments; elsewhere they are no number).

    Raises `FormatError` for what is no text at all, `OSError` for what cannot be read.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise FormatError("file", f"must not be larger than {LARGEST_FILE} bytes")
    return text_from(path.read_bytes())


def text_from(content: bytes) -> str:
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise FormatError("file", "is not a text in UTF-8", line=line)
    return content.decode("utf-8-sig", errors="replace")


def lines_of(text: str) -> Iterator[Line]:
    for index, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if stripped := line.strip():
            yield Line(index, stripped)


def number(name: str, word: str, line: int) -> float:
    """A finite number of bearable size; neither "nan" nor "1_000" is one."""
    if not _NUMBER.fullmatch(word):
        raise FormatError(name, f"must hold numbers, got {shortened(word)!r}", line=line)
    value = float(word)
    if not abs(value) <= LARGEST_NUMBER:
        raise FormatError(
            name, f"must lie between -{LARGEST_NUMBER} and {LARGEST_NUMBER}, got {shortened(word)!r}", line=line
        )
    return value


def whole(name: str, word: str, line: int, *, least: int = 0) -> int:
    value = number(name, word, line)
    if value != int(value) or value < least:
        raise FormatError(name, f"must be a whole number of at least {least}, got {shortened(word)!r}", line=line)
    return int(value)


def all_numbers(name: str, lines: Iterable[Line]) -> Iterator[float]:
    for line in lines:
        yield from line.numbers(name)


def shortened(text: str) -> str:
    """For messages: the beginning of what may be a megabyte."""
    return text if len(text) <= 40 else text[:40] + "…"
