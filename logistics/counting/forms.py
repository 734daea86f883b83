"""What is typed on the sheet: a field for each unit word, so that 7 箱 15 盒 30 只 is written as it is counted."""

from __future__ import annotations

import re
from collections.abc import Mapping

from inventory.catalogue import Item, base_quantity, in_packs
from inventory.errors import InvalidInput
from logistics.supplies.forms import Typed
from logistics.web.sentences import sentence
from logistics.workbooks.columns import CountedAmount, WholeNumber

PERCENT = WholeNumber("percent", maximum=100)
UNITS = WholeNumber("units")
_COUNTED = CountedAmount("counted", places=6)
_FIELD = re.compile(r"n([0-9]{1,18})-([0-9])", re.ASCII)


def words_of(item: Item) -> list[str]:
    """The unit words of an item, largest pack first: the fields of its line."""
    return list(reversed(item.units()))


def typed_lines(form: Mapping[str, str]) -> dict[int, Typed]:
    """What stands in the fields of each lot, by lot id and place of the unit word."""
    lines: dict[int, Typed] = {}
    for name, value in form.items():
        if match := _FIELD.fullmatch(name):
            lines.setdefault(int(match[1]), Typed({})).values[match[2]] = value
    return lines


def as_typed(item: Item, quantity: int | None) -> Typed:
    """A count that stands, as it would be typed; None: empty fields."""
    if quantity is None:
        return Typed({})
    said = {word: count for count, word in in_packs(item, quantity)}
    return Typed({str(place): str(said[word]) for place, word in enumerate(words_of(item)) if word in said})


def read_counted(line: Typed, item: Item) -> int | None:
    """The base units all fields of a line come to; None where it is blank or cannot be read, which its fields then say."""
    if line.blank:
        return None
    read = [
        _read(line, item, str(place), word) for place, word in enumerate(words_of(item)) if line[str(place)].strip()
    ]
    return None if None in read else sum(quantity or 0 for quantity in read)


def _read(line: Typed, item: Item, field: str, word: str) -> int | None:
    amount = line.read(field, _COUNTED.read)
    if not amount:
        return None if amount is None else 0
    try:
        return base_quantity(item, amount, word)
    except InvalidInput as error:
        line.refuse(field, sentence(error))
        return None
