"""What a person may pick from: items, units and stores, found again by what was picked or typed.

People see what belongs to their own unit and the units below it; everything else is not known to them.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from inventory.barcodes import ItemBarcode
from inventory.catalogue import Item
from inventory.errors import InvalidInput, NotFound
from inventory.places import Place, StockLocation, store_of
from inventory.units import Unit, subtree


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice[Thing]:
    """One thing with the code and name under which people know it, and what else scanners type for it."""

    code: str
    name: str
    thing: Thing
    also: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.code} {self.name}"


class Choices[Thing]:
    """A list to pick from; `find` takes a label ("KZ 一次性口罩"), a code or a name, in whatever case and width."""

    def __init__(self, what: str, choices: Iterable[Choice[Thing]]) -> None:
        self.what = what
        self.all = tuple(choices)
        self._known = {_plain(also): choice for choice in self.all for also in choice.also}
        self._known |= {_plain(choice.label): choice for choice in self.all}
        self._known |= {_plain(choice.code): choice for choice in self.all}
        self._named: dict[str, list[Choice[Thing]]] = defaultdict(list)
        for choice in self.all:
            self._named[_plain(choice.name)].append(choice)

    @property
    def labels(self) -> list[str]:
        return [choice.label for choice in self.all]

    def find(self, text: str) -> Thing:
        """What was meant. Raises InvalidInput "empty" or "ambiguous", or NotFound."""
        if not text.strip():
            raise InvalidInput(self.what, "empty", text)
        found = [self._known[_plain(text)]] if _plain(text) in self._known else self._named.get(_plain(text), [])
        if not found:
            raise NotFound(self.what, text.strip())
        if len(found) > 1:
            raise InvalidInput(self.what, "ambiguous", tuple(choice.label for choice in found))
        return found[0].thing


def items(session: Session) -> Choices[Item]:
    """Every item, by code; found by its barcodes too, for a scanner types into the same field."""
    marks: dict[int, list[str]] = defaultdict(list)
    for code, item_id in session.execute(select(ItemBarcode.code, ItemBarcode.item_id)):
        marks[item_id].append(code)
    found = session.scalars(select(Item).order_by(Item.code))
    return Choices(
        "item",
        [Choice(code=item.code, name=item.name, thing=item, also=tuple(marks[item.id])) for item in found],
    )


def words_of(items: Choices[Item]) -> list[str]:
    """Every unit word that any item knows, in the order of the items."""
    return list(dict.fromkeys(word for choice in items.all for word in choice.thing.units()))


def units(session: Session, *, of_unit_id: int) -> Choices[Unit]:
    """The unit and all open ones below it."""
    return Choices("unit", [Choice(code=unit.code, name=unit.name, thing=unit) for unit in _units(session, of_unit_id)])


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOf:
    """A store that stands, or the one a unit would get with its first goods."""

    unit: Unit | None
    location: StockLocation | None

    def open(self, session: Session) -> StockLocation:
        """The store itself, opened if need be."""
        if self.location is not None:
            return self.location
        if self.unit is None:
            raise NotFound("store", None)
        return store_of(session, self.unit)


def stores(session: Session, *, of_unit_id: int) -> Choices[StoreOf]:
    """The stores of the unit and of all open ones below it; units without one are offered with the store they would get."""
    standing = session.scalars(
        select(StockLocation)
        .join(Unit, Unit.id == StockLocation.unit_id)
        .where(
            StockLocation.place == Place.STORE, StockLocation.unit_id.in_(subtree(of_unit_id)), Unit.closed_on.is_(None)
        )
        .order_by(StockLocation.code)
    ).all()
    with_store = {location.code for location in standing}
    return Choices(
        "store",
        [
            Choice(code=location.code, name=location.name, thing=StoreOf(unit=None, location=location))
            for location in standing
        ]
        + [
            Choice(code=unit.code, name=unit.name, thing=StoreOf(unit=unit, location=None))
            for unit in _units(session, of_unit_id)
            if unit.code not in with_store
        ],
    )


def _units(session: Session, unit_id: int) -> list[Unit]:
    is_open = or_(Unit.closed_on.is_(None), Unit.id == unit_id)
    found = session.scalars(select(Unit).where(Unit.id.in_(subtree(unit_id)), is_open).order_by(Unit.code)).all()
    return sorted(found, key=lambda unit: unit.id != unit_id)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
