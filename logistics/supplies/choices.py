"""What a person may pick from: items, units and stores, found again by what was picked or typed.

People see what belongs to their own unit and the units below it; everything else is not known to them.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from inventory.barcodes import ItemBarcode
from inventory.catalogue import Item
from inventory.errors import InvalidInput, NotFound
from inventory.places import Place, StockLocation, store_of
from inventory.units import Unit, subtree


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice[Thing]:
    """One thing with the code and name under which people know it, and what else scanners type for it.

    The thing itself is fetched when somebody asks for it: of thousands of units one is picked.
    """

    code: str
    name: str
    fetch: Callable[[], Thing]
    also: tuple[str, ...] = ()

    @classmethod
    def of(cls, code: str, name: str, thing: Thing, also: tuple[str, ...] = ()) -> Choice[Thing]:
        """One that is there already."""
        return cls(code=code, name=name, fetch=lambda: thing, also=also)

    @property
    def thing(self) -> Thing:
        return self.fetch()

    @property
    def label(self) -> str:
        return f"{self.code} {self.name}"


class Choices[Thing]:
    """A list to pick from; `find` takes a label ("KZ 一次性口罩"), a code or a name, in whatever case and width."""

    #: How many come with a page; the others are asked for while somebody types.
    SHOWN = 200

    def __init__(self, what: str, choices: Iterable[Choice[Thing]]) -> None:
        self.what = what
        self._choices = choices

    @cached_property
    def all(self) -> Sequence[Choice[Thing]]:
        return tuple(self._choices)

    @property
    def first(self) -> Sequence[Choice[Thing]]:
        """Those that come with a page and, where there are more, one of these."""
        return self.all[: self.SHOWN + 1]

    @property
    def labels(self) -> list[str]:
        return [choice.label for choice in self.all]

    def containing(self, text: str, most: int) -> list[str]:
        """The first labels with the words of a text in them, in any order: what is offered while somebody types."""
        words = _plain(text).split()
        hits = (choice.label for choice in self.all if all(word in _plain(choice.label) for word in words))
        return list(islice(hits, most))

    def find(self, text: str) -> Thing:
        """What was meant. Raises InvalidInput "empty" or "ambiguous", or NotFound."""
        if not text.strip():
            raise InvalidInput(self.what, "empty", text)
        exactly = self._by_code.get(text.strip())
        if exactly is not None:
            return exactly.thing
        found = [self._known[_plain(text)]] if _plain(text) in self._known else self._named.get(_plain(text), [])
        if not found:
            raise NotFound(self.what, text.strip())
        if len(found) > 1:
            raise InvalidInput(self.what, "ambiguous", tuple(choice.label for choice in found))
        return found[0].thing

    @cached_property
    def _by_code(self) -> dict[str, Choice[Thing]]:
        return {choice.code: choice for choice in self.all}

    @cached_property
    def _known(self) -> dict[str, Choice[Thing]]:
        known = {_plain(also): choice for choice in self.all for also in choice.also}
        known |= {_plain(choice.label): choice for choice in self.all}
        return known | {_plain(choice.code): choice for choice in self.all}

    @cached_property
    def _named(self) -> dict[str, list[Choice[Thing]]]:
        named: dict[str, list[Choice[Thing]]] = defaultdict(list)
        for choice in self.all:
            named[_plain(choice.name)].append(choice)
        return named


class LongChoices[Thing: Item | Unit](Choices[Thing]):
    """A list read from the database only as far as it is shown, and, where somebody picks by code or label, not at all.

    `rows` tells id, code and name in the order of the list.
    """

    def __init__(self, session: Session, kind: type[Thing], rows: Select[int, str, str]) -> None:
        super().__init__(kind.__tablename__, self._read(rows))
        self._session, self._kind, self._rows = session, kind, rows

    @cached_property
    def first(self) -> Sequence[Choice[Thing]]:
        return tuple(self._read(self._rows.limit(self.SHOWN + 1)))

    def find(self, text: str) -> Thing:
        said = text.strip()
        codes = {said, said.partition(" ")[0]}
        coded = {choice.code: choice for choice in self._read(self._rows.where(self._kind.code.in_(codes)))}
        exactly = coded.get(said) or next((choice for choice in coded.values() if choice.label == said), None)
        return exactly.thing if exactly else super().find(text)

    def _read(self, rows: Select[int, str, str]) -> Iterator[Choice[Thing]]:
        for id_, code, name in self._session.execute(rows):
            yield Choice(code=code, name=name, fetch=partial(_one, self._session, self._kind, id_))


def items(session: Session) -> Choices[Item]:
    """Every item, by code; found by its barcodes too, for a scanner types into the same field."""
    marks: dict[int, list[str]] = defaultdict(list)
    for code, item_id in session.execute(select(ItemBarcode.code, ItemBarcode.item_id)):
        marks[item_id].append(code)
    found = session.scalars(select(Item).order_by(Item.code))
    return Choices(
        "item",
        [Choice.of(item.code, item.name, item, tuple(marks[item.id])) for item in found],
    )


def item_names(session: Session) -> Choices[Item]:
    """Every item, by code, for who looks one of them up: nothing else is read of the others."""
    return LongChoices(session, Item, select(Item.id, Item.code, Item.name).order_by(Item.code))


def words_of(items: Choices[Item]) -> list[str]:
    """Every unit word that any item knows, in the order of the items."""
    return list(dict.fromkeys(word for choice in items.all for word in choice.thing.units()))


def units(session: Session, *, of_unit_id: int) -> Choices[Unit]:
    """The unit and all open ones below it, by code."""
    return LongChoices(session, Unit, _units(of_unit_id))


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
    standing = session.execute(
        select(StockLocation.id, StockLocation.code, StockLocation.name)
        .join(Unit, Unit.id == StockLocation.unit_id)
        .where(
            StockLocation.place == Place.STORE, StockLocation.unit_id.in_(subtree(of_unit_id)), Unit.closed_on.is_(None)
        )
        .order_by(StockLocation.code)
    ).all()
    with_store = {code for _, code, _name in standing}
    return Choices(
        "store",
        [
            Choice(code=code, name=name, fetch=partial(_standing_store, session, location_id))
            for location_id, code, name in standing
        ]
        + [
            Choice(code=code, name=name, fetch=partial(_store_to_be, session, unit_id))
            for unit_id, code, name in session.execute(_units(of_unit_id))
            if code not in with_store
        ],
    )


def _standing_store(session: Session, location_id: int) -> StoreOf:
    return StoreOf(unit=None, location=_one(session, StockLocation, location_id))


def _store_to_be(session: Session, unit_id: int) -> StoreOf:
    return StoreOf(unit=_one(session, Unit, unit_id), location=None)


def _one[Thing: Item | Unit | StockLocation](session: Session, kind: type[Thing], id_: int) -> Thing:
    return session.get_one(kind, id_)


def _units(unit_id: int) -> Select[int, str, str]:
    """Id, code and name of the unit, then of all open ones below it by code."""
    is_open = or_(Unit.closed_on.is_(None), Unit.id == unit_id)
    below = select(Unit.id, Unit.code, Unit.name).where(Unit.id.in_(subtree(unit_id)), is_open)
    return below.order_by(Unit.id != unit_id, Unit.code)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
