"""Columns of coordinates: WGS-84, decimal degrees."""

import re
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _

from logistics.workbooks.columns.base import Column, plain_text, refused, shown
from logistics.workbooks.errors import Sentence
from logistics.workbooks.sheet import Cell, cell_text


class _Degrees(Column[float]):
    """Degrees as a decimal number inside a range; Mainland China by default."""

    number_format = "0.000000"
    axis: ClassVar[str]
    default_range: ClassVar[tuple[float, float]]

    def __init__(self, *titles: str, minimum: float | None = None, maximum: float | None = None, **rest: Any) -> None:
        super().__init__(*titles, **rest)
        self.minimum = self.default_range[0] if minimum is None else minimum
        self.maximum = self.default_range[1] if maximum is None else maximum

    def read(self, cell: Cell) -> float:
        degrees = self._degrees(cell)
        if not self.fits(degrees):
            raise refused(
                "outside",
                _("%(value)s lies outside the area served.", value=shown(cell)),
                self.range_remedy(),
                value=degrees,
                minimum=self.minimum,
                maximum=self.maximum,
            )
        return degrees

    def fits(self, degrees: float) -> bool:
        return self.minimum <= degrees <= self.maximum

    def range_remedy(self) -> Sentence:
        raise NotImplementedError

    def _degrees(self, cell: Cell) -> float:
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return float(cell)
        text = plain_text(cell)
        if isinstance(cell, str) and _PLAIN_DEGREES.fullmatch(text):
            return float(text)
        if _TWO_DEGREES.fullmatch(text):
            raise refused(
                "two_coordinates",
                _("Both coordinates stand in one cell (“%(value)s”).", value=shown(cell)),
                _("Write latitude and longitude into their own columns."),
                value=text,
            )
        raise self._not_degrees(cell, text)

    def _not_degrees(self, cell: Cell, text: str) -> Exception:
        degrees = _sexagesimal(cell_text(cell))
        if degrees is None:
            remedy = _(
                "Write degrees as a decimal number, such as %(example)s.", example=self.example or self._typical()
            )
        else:
            remedy = _("Write degrees as a decimal number: %(degrees)s.", degrees=f"{degrees:.6f}")
        return refused(
            "not_degrees",
            _("“%(value)s” is not a coordinate in decimal degrees.", value=shown(cell)),
            remedy,
            value=text,
        )

    def _typical(self) -> str:
        return f"{(self.minimum + self.maximum) / 2:.4f}"


_PLAIN_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,20})?", re.ASCII)
_TWO_DEGREES = re.compile(r"[+-]?[0-9]{1,3}\.[0-9]{1,20}[,; /]{1,5}[+-]?[0-9]{1,3}\.[0-9]{1,20}", re.ASCII)
_SEXAGESIMAL = re.compile(
    r"[^0-9]{0,6}([0-9]{1,3}(?:\.[0-9]{1,12})?)\s?[°º度](?:\s?([0-9]{1,2}(?:\.[0-9]{1,12})?)\s?[′'’分])?"
    r"(?:\s?([0-9]{1,2}(?:\.[0-9]{1,12})?)\s?(?:[″\"”秒]|''))?[^0-9]{0,6}",
    re.ASCII,
)


def _sexagesimal(text: str) -> float | None:
    match = _SEXAGESIMAL.fullmatch(text.strip()[:60])
    if match is None:
        return None
    degrees, minutes, seconds = (float(part or 0) for part in match.groups())
    return degrees + minutes / 60 + seconds / 3600 if minutes < 60 and seconds < 60 else None


class Latitude(_Degrees):
    """Degrees north."""

    axis = "lat"
    default_range = (17.0, 54.0)

    def range_remedy(self) -> Sentence:
        return _(
            "Latitude must lie between %(minimum)s and %(maximum)s degrees.", minimum=self.minimum, maximum=self.maximum
        )


class Longitude(_Degrees):
    """Degrees east."""

    axis = "lon"
    default_range = (73.0, 136.0)

    def range_remedy(self) -> Sentence:
        return _(
            "Longitude must lie between %(minimum)s and %(maximum)s degrees.",
            minimum=self.minimum,
            maximum=self.maximum,
        )
