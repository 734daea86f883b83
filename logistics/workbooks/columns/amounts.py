"""Columns of quantities. Full-width digits are read as digits; 1_000, 1e3, NaN, 十二 and 约100 are not numbers."""

import datetime as dt
import math
import re
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _

from logistics.workbooks.columns.base import Column, plain_text, refused, shown
from logistics.workbooks.errors import Sentence
from logistics.workbooks.sheet import Cell, cell_text


class WholeNumber(Column[int]):
    """A count of whole pieces, 0 or more unless `minimum` says otherwise."""

    number_format = "0"

    def __init__(self, *titles: str, minimum: int = 0, maximum: int = 1_000_000_000, **rest: Any) -> None:
        super().__init__(*titles, **rest)
        self.minimum = minimum
        self.maximum = maximum

    def read(self, cell: Cell) -> int:
        number = _decimal(cell)
        if number != number.to_integral_value():
            raise refused(
                "fraction",
                _("“%(value)s” is not a whole number.", value=shown(cell)),
                _("Write whole pieces, or use a smaller unit (for half a box, the number of pieces)."),
                value=cell_text(cell),
            )
        _check_range(number, cell, self.minimum, self.maximum)
        return int(number)


class PositiveDecimal(Column[Decimal]):
    """A measured amount above 0, with at most `places` digits after the point, such as 2.5 (kg)."""

    number_format = "0.######"

    def __init__(self, *titles: str, places: int = 3, maximum: Decimal = Decimal(1_000_000_000), **rest: Any) -> None:
        super().__init__(*titles, **rest)
        self.places = places
        self.maximum = maximum

    def read(self, cell: Cell) -> Decimal:
        number = _decimal(cell)
        if number <= 0:
            raise _out_of_range(
                cell, _("Write a number above 0; leave the row out when there is nothing."), "not_positive"
            )
        _check_range(number, cell, 0, self.maximum)
        if number != round(number, self.places):
            raise refused(
                "too_fine",
                _(
                    "“%(value)s” has more than %(places)s digits after the point.",
                    value=shown(cell),
                    places=self.places,
                ),
                _("Round it, or use a smaller unit."),
                value=cell_text(cell),
                places=self.places,
            )
        return number


class CountedAmount(PositiveDecimal):
    """What was counted: an amount as above, or 0 where nothing is left."""

    def read(self, cell: Cell) -> Decimal:
        number = _decimal(cell)
        _check_range(number, cell, 0, self.maximum)
        return super().read(cell) if number else Decimal(0)


_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3}){1,6}|[0-9]{1,20})(?:\.[0-9]{1,20})?", re.ASCII)
_NUMBER_WITH_UNIT = re.compile(r"([+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?)\s{0,5}([^\W\d_]{1,10})")


def _decimal(cell: Cell) -> Decimal:
    """A plain decimal number. Full-width digits are read as digits; 1_000, 1e3, NaN, 十二 and 约100 are not numbers."""
    if isinstance(cell, bool | dt.date | dt.time | dt.timedelta):
        raise _not_a_number(cell)
    if isinstance(cell, int):
        return Decimal(cell)
    if isinstance(cell, float):
        return _from_float(cell)
    text = plain_text(cell).replace("−", "-")
    if _NUMBER.fullmatch(text):
        return Decimal(text.replace(",", ""))
    if match := _NUMBER_WITH_UNIT.fullmatch(text):
        raise refused(
            "unit_in_number",
            _("“%(value)s” holds a number and a unit.", value=shown(cell)),
            _(
                "Write only %(number)s here, and “%(unit)s” in the column for the unit.",
                number=match[1],
                unit=match[2],
            ),
            value=text,
            number=match[1],
            unit=match[2],
        )
    raise _not_a_number(cell)


def _from_float(number: float) -> Decimal:
    if not math.isfinite(number):
        raise _not_a_number(number)
    return Decimal(f"{number:.15g}")


def _not_a_number(cell: Cell) -> Exception:
    return refused(
        "not_a_number",
        _("“%(value)s” is not a number.", value=shown(cell)),
        _("Write it with the digits 0 to 9, such as 1200 or 2.5, without words or signs beside it."),
        value=cell_text(cell),
    )


def _check_range(number: Decimal, cell: Cell, minimum: int, maximum: int | Decimal) -> None:
    if number < minimum and minimum <= 1:
        code = "negative" if number < 0 else "not_positive"
        raise _out_of_range(
            cell,
            _("Write a number above 0; leave the row out when there is nothing.")
            if minimum == 1
            else _("Write 0 or more."),
            code,
        )
    if not minimum <= number <= maximum:
        raise _out_of_range(
            cell,
            _(
                "Write a number from %(minimum)s to %(maximum)s.",
                minimum=minimum,
                maximum=f"{maximum:f}" if isinstance(maximum, Decimal) else maximum,
            ),
            "out_of_range",
        )


def _out_of_range(cell: Cell, remedy: Sentence, code: str) -> Exception:
    message = {
        "negative": _("“%(value)s” is below zero.", value=shown(cell)),
        "not_positive": _("“%(value)s” is not above zero.", value=shown(cell)),
        "out_of_range": _("“%(value)s” is too small or too large.", value=shown(cell)),
    }[code]
    return refused(code, message, remedy, value=cell_text(cell))
