"""What this feature's pages take: the unit an address names, numbers and amounts as they are typed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from inventory.catalogue import Item, exact_quantity
from inventory.errors import InvalidInput
from inventory.units import Unit
from logistics.supplies import choices
from logistics.supplies.choices import Choices
from logistics.supplies.forms import Typed, read_amount, text
from logistics.web.context import me
from logistics.web.sentences import sentence
from logistics.workbooks.columns import Day, WholeNumber, refused

_DAY = Day("day")
#: One of three: 1/3.
_SHARE = re.compile(r"([0-9]{1,6})\s*/\s*([1-9][0-9]{0,5})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose figures a page shows: a unit the person may see, with all below it or alone."""

    units: Choices[Unit]
    unit: Unit
    below: bool

    @property
    def address(self) -> dict[str, str]:
        """What addresses carry on from page to page."""
        return {"unit": self.unit.code} | ({} if self.below else {"alone": "1"})


def scope_on_show(session: Session) -> Scope:
    """The scope the address names; the person's own unit where it names none. Raises NotFound, InvalidInput "ambiguous"."""
    units = choices.units(session, of_unit_id=me().unit_id)
    named = request.args.get("unit", "").strip()
    unit = units.find(named) if named else units.first[0].thing
    return Scope(units=units, unit=unit, below="alone" not in request.args)


def whole(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers in a range."""
    column = WholeNumber("number", minimum=least, maximum=most)

    def read(typed: str) -> int:
        text(needed=True)(typed)
        return column.read(typed)

    return read


def read_amount_of(typed: Typed, item: Item | None) -> Fraction | None:
    """Base units, not rounded, from the fields `amount` and `unit`: 2 盒, 0.5 袋, 1/3 只."""
    number = typed.read("amount", _read_share)
    if item is None or number is None:
        return None
    if not typed["unit"].strip():
        typed.refuse("unit", _("Unit? One of: %(words)s.", words="、".join(item.units())))
        return None
    try:
        return exact_quantity(item, number, typed["unit"])
    except InvalidInput as error:
        typed.refuse("unit" if error.field == "unit" else "amount", sentence(error))
    return None


def read_first_day(typed: str) -> dt.date:
    """The day from which something holds, long past and still to come alike."""
    text(needed=True)(typed)
    return _DAY.read(typed)


def _read_share(typed: str) -> Fraction:
    found = _SHARE.fullmatch(typed)
    if "/" in typed and not found:
        raise refused("number", _("“%(typed)s” is no share. Write it such as 1/3.", typed=typed), "")
    return Fraction(int(found[1]), int(found[2])) if found else Fraction(read_amount(typed))
