"""What can go wrong in the store, with the facts a person needs to mend it.

Expected outcomes (a shortfall in an allocation) are values. These are broken promises; each carries its numbers, and whoever
speaks to people turns them into a sentence.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping

from sqlalchemy.exc import DontWrapMixin


class InventoryError(Exception):
    """The root of everything this package raises."""


class NotFound(InventoryError):
    """Nothing of this kind has this id or code."""

    def __init__(self, what: str, key: object) -> None:
        super().__init__(f"no {what} {key!r}")
        self.what = what
        self.key = key


class InvalidInput(InventoryError):
    """A value that cannot be; `field` names it, `problem` is a code such as "not-positive"."""

    def __init__(self, field: str, problem: str, value: object) -> None:
        super().__init__(f"{field}: {problem}: {value!r}")
        self.field = field
        self.problem = problem
        self.value = value


class UnfitText(InvalidInput, DontWrapMixin):
    """A text that its column does not hold; noticed while it is written, and raised as it is."""


class UnfitPicture(InvalidInput):
    """A photo that is no picture of a kind we keep, or too large; `value` is the largest size in bytes."""


class Taken(InventoryError):
    """Something else of this kind bears this code already."""

    def __init__(self, what: str, code: str) -> None:
        super().__init__(f"{what} {code!r} is taken")
        self.what = what
        self.code = code


class UnitWordFixed(InventoryError):
    """Stock of the item has moved or was asked for: another base unit or pack size would change what was recorded."""

    def __init__(self, *, item: str, word: str) -> None:
        super().__init__(f"item {item}: {word!r} is fixed")
        self.item = item
        self.word = word


class BelowItself(InventoryError):
    """A unit cannot stand below itself or a unit that stands below it."""

    def __init__(self, *, unit: str, parent: str) -> None:
        super().__init__(f"unit {unit} cannot stand below {parent}")
        self.unit = unit
        self.parent = parent


class StillInUse(InventoryError):
    """A unit with stock, promises, papers that go on (by kind) or open units below it is not closed. Each told by its name or number."""

    def __init__(
        self,
        *,
        unit: str,
        holdings: tuple[str, ...],
        promises: tuple[str, ...],
        papers: Mapping[enum.StrEnum, tuple[str, ...]],
        units: tuple[str, ...],
    ) -> None:
        super().__init__(f"unit {unit}: {holdings}, {promises}, {papers}, {units}")
        self.unit = unit
        self.holdings = holdings
        self.promises = promises
        self.papers = papers
        self.units = units


class Short(InventoryError):
    """More was asked of a place than it can give. Quantities in base units."""

    def __init__(self, *, location_id: int, item_id: int, wanted: int, available: int) -> None:
        super().__init__(f"location {location_id}, item {item_id}: wanted {wanted}, available {available}")
        self.location_id = location_id
        self.item_id = item_id
        self.wanted = wanted
        self.available = available


class Restricted(Short):
    """What is missing lies there, but was given for named units only (定向). Quantities in base units."""

    def __init__(
        self,
        *,
        location_id: int,
        destination_id: int,
        item_id: int,
        wanted: int,
        available: int,
        restricted: int,
        unit_ids: frozenset[int],
    ) -> None:
        super().__init__(location_id=location_id, item_id=item_id, wanted=wanted, available=available)
        self.destination_id = destination_id
        self.restricted = restricted
        self.unit_ids = unit_ids


class Promised(Short):
    """What a place holds and might give was promised to others; `promised` is all of that. Quantities in base units."""

    def __init__(self, *, location_id: int, item_id: int, wanted: int, available: int, promised: int) -> None:
        super().__init__(location_id=location_id, item_id=item_id, wanted=wanted, available=available)
        self.promised = promised


class NotYetThere(Short):
    """A document of an earlier day takes from a store what only came in after it. Quantities in base units."""

    def __init__(self, *, location_id: int, item_id: int, wanted: int, available: int, day: dt.date) -> None:
        super().__init__(location_id=location_id, item_id=item_id, wanted=wanted, available=available)
        self.day = day


class DayClosed(InventoryError):
    """The books of a unit are closed through a day by the closing of this number; nothing is recorded as of before its end."""

    def __init__(self, *, unit: str, day: dt.date, number: str, closed_by: str) -> None:
        super().__init__(f"{unit} has closed {day} ({number}, {closed_by})")
        self.unit = unit
        self.day = day
        self.number = number
        self.closed_by = closed_by


class CaseChanged(InventoryError):
    """Stock or requisitions moved on since a case was gathered: what was decided of it does not hold any more."""


class Unmeasured(InventoryError):
    """Items whose volume or weight nobody has told cannot be loaded by room; `items` are id and name of each."""

    def __init__(self, items: tuple[tuple[int, str], ...]) -> None:
        super().__init__(f"no volume or weight: {items}")
        self.items = items


class OverDelivery(InventoryError):
    """More of an item came than is still open on the order. Quantities in base units."""

    def __init__(self, *, number: str, item_id: int, open_: int, arrived: int) -> None:
        super().__init__(f"{number}, item {item_id}: {arrived} arrived, {open_} open")
        self.number = number
        self.item_id = item_id
        self.open = open_
        self.arrived = arrived


class Overspent(InventoryError):
    """More money was to be spent than a purpose has left, or than an order costs. Amounts in fen."""

    def __init__(self, *, purpose: str, wanted_fen: int, left_fen: int) -> None:
        super().__init__(f"{purpose!r}: wanted {wanted_fen}, left {left_fen}")
        self.purpose = purpose
        self.wanted_fen = wanted_fen
        self.left_fen = left_fen


class AlreadyPaid(InventoryError):
    """An order for which money was entered is not cancelled before the money is booked back. The amount in fen."""

    def __init__(self, *, number: str, spent_fen: int) -> None:
        super().__init__(f"{number}: {spent_fen} spent")
        self.number = number
        self.spent_fen = spent_fen


class KeyReused(InventoryError):
    """The same client key came with other content. The first stays; nothing of the second was recorded."""

    def __init__(self, key: str) -> None:
        super().__init__(f"key {key!r} was used for something else")
        self.key = key


class AlreadyReversed(InventoryError):
    """A document is reversed once, and a reversal is never reversed."""

    def __init__(self, number: str) -> None:
        super().__init__(f"document {number} cannot be reversed again")
        self.number = number


class WrongState(InventoryError):
    """The step does not follow from the present state of a document with a life."""

    def __init__(self, what: str, number: str, state: str) -> None:
        super().__init__(f"{what} {number} is {state}")
        self.what = what
        self.number = number
        self.state = state


class CalibrationOverdue(InventoryError):
    """A piece of equipment whose calibration held through `due_on` is not handed out or lent."""

    def __init__(self, *, serial: str, due_on: dt.date) -> None:
        super().__init__(f"asset {serial}: calibration was due on {due_on}")
        self.serial = serial
        self.due_on = due_on
