"""The kinds of column a sheet can have: marshmallow fields that read a cell as people fill it in.

Each takes the titles it goes by (the first is written into templates), and refuses with a `Finding` that says
what stands there and what to write instead. Nothing here guesses: what can be read in two ways is refused.
"""

from logistics.workbooks.columns.amounts import CountedAmount, PositiveDecimal, WholeNumber
from logistics.workbooks.columns.base import Column, refused, shown
from logistics.workbooks.columns.places import Latitude, Longitude
from logistics.workbooks.columns.texts import Choice, Code, Phone, Text
from logistics.workbooks.columns.times import DAY_S, ClockWindow, ClockWindows, Day

__all__ = [
    "DAY_S",
    "Choice",
    "ClockWindow",
    "ClockWindows",
    "Code",
    "Column",
    "CountedAmount",
    "Day",
    "Latitude",
    "Longitude",
    "Phone",
    "PositiveDecimal",
    "Text",
    "WholeNumber",
    "refused",
    "shown",
]
