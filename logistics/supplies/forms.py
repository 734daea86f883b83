"""What people type into the forms: kept as typed, read into values, each complaint beside its own field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from flask_babel import gettext as _
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from inventory.catalogue import Item, base_quantity
from inventory.errors import InvalidInput, InventoryError, NotFound
from logistics.errors import ServiceError
from logistics.supplies.choices import Choices
from logistics.web.sentences import says, sentence
from logistics.workbooks.columns import Day, PositiveDecimal, refused
from logistics.workbooks.errors import Finding, both

#: The same sentences as beside the cells of a workbook.
_AMOUNT = PositiveDecimal("quantity", places=6)
_YUAN = PositiveDecimal("amount", places=2)
_DAY = Day("day")
MOST_LINES = 200


class Unreadable(ServiceError):
    """Something typed cannot be read; the sentences stand beside the fields. Nothing was recorded."""


@says(Unreadable)
def _unreadable(error: Unreadable) -> str:
    return _("Nothing was recorded yet. Mend what is marked below and send again; everything else is kept.")


class Typed:
    """The texts of some fields, and the sentence beside each that cannot be read."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = dict(values)
        self.errors: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def read[Value](self, name: str, reader: Callable[[str], Value]) -> Value | None:
        """The value of a field; None, with its sentence kept, where the reader refuses it."""
        try:
            return reader(self[name].strip())
        except InventoryError as error:
            self.refuse(name, sentence(error))
        except ValidationError as error:
            self.refuse(name, " ".join(map(_complaint, error.messages)))
        return None

    def refuse(self, name: str, said: str) -> None:
        """Put a sentence beside a field; the first one stays."""
        self.errors.setdefault(name, said)

    @property
    def blank(self) -> bool:
        return not any(value.strip() for value in self.values.values())


def kept(form: Mapping[str, str], *names: str) -> Typed:
    """The single fields of a form."""
    return Typed({name: form.get(name, "") for name in names})


def kept_lines(form: MultiDict[str, str], *names: str) -> list[Typed]:
    """The lines of a form whose fields repeat under one name, as far as anything was typed into them."""
    columns = {name: form.getlist(name) for name in names}
    longest = min(MOST_LINES, max(map(len, columns.values())))
    lines = [
        Typed({name: column[place] if place < len(column) else "" for name, column in columns.items()})
        for place in range(longest)
    ]
    return [line for line in lines if not line.blank]


def check(*typed: Typed) -> None:
    """Raises Unreadable as soon as a single sentence stands beside a field."""
    if any(part.errors for part in typed):
        raise Unreadable


def text(most: int = 200, *, needed: bool = False) -> Callable[[str], str]:
    """A reader of short texts."""

    def read(typed: str) -> str:
        if needed and not typed:
            raise _blank()
        if len(typed) > most:
            raise refused("too_long", _("This is too long: at most %(count)s characters.", count=most), "")
        return typed

    return read


def pick[Thing](choices: Choices[Thing]) -> Callable[[str], Thing]:
    """A reader of what was picked from a list or typed from memory."""

    def read(typed: str) -> Thing:
        if not typed:
            raise _blank()
        try:
            return choices.find(typed)
        except NotFound:
            raise refused("unknown", _not_on_the_list(choices.what, typed), "") from None
        except InvalidInput as error:
            words = "、".join(map(str, error.value)) if isinstance(error.value, tuple) else error.value
            raise refused(
                "ambiguous", _("Several have this name. Write the code: %(words)s.", words=words), ""
            ) from None

    return read


def read_amount(typed: str) -> Decimal:
    """A number above zero. Raises ValidationError with what is wrong and what to write instead."""
    if not typed:
        raise _blank()
    return _AMOUNT.read(typed)


def read_quantity(line: Typed, item: Item | None, *, amount: str = "quantity", unit: str = "unit") -> int | None:
    """Base units from an amount and its unit word; complaints go to whichever of the two is wrong."""
    number = line.read(amount, read_amount)
    if item is None or number is None:
        return None
    if not line[unit].strip():
        line.refuse(unit, _("Unit? One of: %(words)s.", words="、".join(item.units())))
        return None
    try:
        return base_quantity(item, number, line[unit])
    except InvalidInput as error:
        if error.problem == "fraction":
            line.refuse(amount, _not_whole(item, line[amount].strip(), line[unit].strip()))
        else:
            line.refuse(unit if error.field == "unit" else amount, sentence(error))
    return None


def read_yuan(typed: str) -> int:
    """Fen from an amount in yuan with at most two digits after the point."""
    if not typed:
        raise _blank()
    return int(_YUAN.read(typed.removeprefix("¥").removesuffix("元").strip()) * 100)


def read_expiry(typed: str) -> dt.date | None:
    """A day in any of the ways people write one; None where nothing is written."""
    return _DAY.read(typed) if typed else None


def read_day(typed: str, *, now: dt.datetime) -> dt.datetime:
    """When it happened: `now` for its own day or nothing typed, noon of an earlier one. `now` in the people's zone."""
    if not typed:
        return now
    day = _DAY.read(typed)
    if day > now.date():
        raise refused("future", _("This day has not come yet. Record it when it has happened."), "")
    return now if day == now.date() else dt.datetime.combine(day, dt.time(12), now.tzinfo)


def padded(lines: Sequence[Typed], *, least: int, more: int = 0) -> list[Typed]:
    """The lines with empty ones below them, to type on."""
    return [*lines, *(Typed({}) for _place in range(max(least - len(lines), more, 1)))]


def _complaint(found: object) -> str:
    if isinstance(found, Finding) and found.code == "not_positive":
        # The advice for a workbook is to leave the row out; a form has no rows to leave out.
        return str(both(found.message, _("Write a number above 0.")))
    return str(both(found.message, found.remedy)).strip() if isinstance(found, Finding) else str(found)


def _blank() -> Exception:
    return refused("blank", _("Please fill this in."), "")


def _not_on_the_list(what: str, typed: str) -> str:
    said = {
        "item": _("There is no item “%(typed)s”. Pick one from the list; new items are imported first.", typed=typed),
        "unit": _("There is no unit “%(typed)s” here. Pick one from the list.", typed=typed),
        "store": _("There is no store “%(typed)s” here. Pick one from the list.", typed=typed),
        "requisition": _("“%(typed)s” has no open requisition here. Pick one from the list.", typed=typed),
    }
    return said[what]


def _not_whole(item: Item, amount: str, word: str) -> str:
    return _(
        "%(amount)s %(word)s is not a whole number of %(base)s. Write whole %(base)s.",
        amount=amount,
        word=word,
        base=item.base_unit,
    )
