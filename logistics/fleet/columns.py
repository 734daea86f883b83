"""How vehicles and times are written in tables and forms."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import ValidationError

from logistics.workbooks.columns import Column, Day, refused, shown
from logistics.workbooks.columns.base import plain_text
from logistics.workbooks.sheet import Cell, cell_text

_PLATE = re.compile(r"[\u4e00-\u9fff][A-Z][A-Z0-9]{3,7}[\u4e00-\u9fff]?")
_CLOCK = re.compile(r"([0-9]{1,2})[:.时点]([0-9]{2})?分?", re.ASCII)
_PASS = re.compile(r"([^:;]{1,40}?)(?::(.+))?")
#: Words for a pass without an end.
_FOR_EVER = ("长期", "永久", "长期有效", "for ever", "forever")


class Plate(Column[str]):
    """A number plate: 鄂C12345, with or without a dot."""

    def read(self, cell: Cell) -> str:
        plate = "".join(plain_text(cell).upper().split()).replace("·", "").replace("・", "").replace("•", "")
        if not _PLATE.fullmatch(plate):
            raise refused(
                "not_a_plate",
                _("“%(value)s” is not a number plate.", value=shown(cell)),
                _("Write it as on the vehicle, such as %(example)s.", example="鄂C12345"),
                value=cell_text(cell),
            )
        return plate


class ClockTime(Column[dt.time]):
    """A time of day: 08:00, 8:00, 8时30分, or Excel's own."""

    number_format = "hh:mm"

    def read(self, cell: Cell) -> dt.time:
        if isinstance(cell, dt.time):
            return cell.replace(second=0, microsecond=0)
        match = _CLOCK.fullmatch(plain_text(cell)) if isinstance(cell, str) else None
        hour, minute = (int(match[1]), int(match[2] or 0)) if match else (99, 0)
        if hour > 23 or minute > 59:
            raise refused(
                "not_a_time",
                _("“%(value)s” is not a time of day.", value=shown(cell)),
                _("Write it on 24 hours, such as %(example)s.", example="08:00"),
                value=cell_text(cell),
            )
        return dt.time(hour, minute)


class Passes(Column[dict[str, dt.date | None]]):
    """Passes with the last day they are valid: 绿色通道:2020-04-30;进城证:长期."""

    def __init__(self, *titles: str, **rest: Any) -> None:
        super().__init__(*titles, **rest)
        self._day = Day(titles[0])

    def read(self, cell: Cell) -> dict[str, dt.date | None]:
        passes: dict[str, dt.date | None] = {}
        for part in re.split(r"[;\n]", plain_text(cell).strip(";")):
            match = _PASS.fullmatch(part.strip())
            kind = match[1].strip() if match else ""
            if match is None or not kind or kind in passes:
                raise self._unfit(part or cell)
            passes[kind] = self._valid_through(part, (match[2] or "").strip())
        return passes

    def _valid_through(self, part: str, said: str) -> dt.date | None:
        if said.casefold() in _FOR_EVER:
            return None
        try:
            return self._day.read(said)
        except ValidationError:
            raise self._unfit(part) from None

    def _unfit(self, part: Cell) -> Exception:
        return refused(
            "not_a_pass",
            _("“%(value)s” does not say until when a pass is valid.", value=shown(part)),
            _(
                "Write each pass once with its last day, such as %(example)s.",
                example="绿色通道:2020-04-30;进城证:长期",
            ),
            value=cell_text(part),
        )
