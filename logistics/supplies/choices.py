"""What a person may pick from: items, units and stores, found again by what was picked or typed.

People see what belongs to their own unit and the units below it; everything else is not known to them.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import Any

from sqlalchemy import Select, case, literal, null, or_, select, union_all
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

    def coded(self, code: str) -> Choice[Thing] | None:
        """The one of exactly this code, if it is in the list."""
        return self._by_code.get(code)

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


class LongChoices[Thing](Choices[Thing]):
    """A list read from the database only as far as it is shown, and, where somebody picks by code or label, not at all.

    `rows` tells code, name and what `fetch` takes, in the order of the list.
    """

    def __init__(
        self, session: Session, what: str, rows: Select[*tuple[Any, ...]], fetch: Callable[..., Thing]
    ) -> None:
        super().__init__(what, self._read(rows))
        self._session, self._rows, self._fetch = session, rows, fetch

    @cached_property
    def first(self) -> Sequence[Choice[Thing]]:
        return tuple(self._read(self._rows.limit(self.SHOWN + 1)))

    def coded(self, code: str) -> Choice[Thing] | None:
        return self._of_codes({code}).get(code)

    def find(self, text: str) -> Thing:
        said = text.strip()
        coded = self._of_codes({said, said.partition(" ")[0]})
        exactly = coded.get(said) or next((choice for choice in coded.values() if choice.label == said), None)
        return exactly.thing if exactly else super().find(text)

    def _of_codes(self, codes: Collection[str]) -> dict[str, Choice[Thing]]:
        is_one = self._rows.selected_columns["code"].in_(codes)
        return {choice.code: choice for choice in self._read(self._rows.where(is_one))}

    def _read(self, rows: Select[*tuple[Any, ...]]) -> Iterator[Choice[Thing]]:
        for code, name, *which in self._session.execute(rows):
            yield Choice(code=code, name=name, fetch=partial(self._fetch, *which))


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


def items_coded(session: Session, said: Iterable[str]) -> Choices[Item]:
    """Only the items of these codes; every item where one of them is no code, but a name or a barcode."""
    codes = {text.strip() for text in said}
    found = session.scalars(select(Item).where(Item.code.in_(codes)).order_by(Item.code)).all()
    return items(session) if len(found) < len(codes) else Choices("item", [_known(item) for item in found])


def item_names(session: Session) -> Choices[Item]:
    """Every item, by code, for who looks one of them up: nothing else is read of the others."""
    rows = select(Item.code, Item.name, Item.id).order_by(Item.code)
    return LongChoices(session, "item", rows, partial(session.get_one, Item))


def words_of(items: Choices[Item]) -> list[str]:
    """Every unit word that any item knows, in the order of the items."""
    return list(dict.fromkeys(word for choice in items.all for word in choice.thing.units()))


def units(session: Session, *, of_unit_id: int) -> Choices[Unit]:
    """The unit and all open ones below it, by code."""
    return LongChoices(session, "unit", _units(of_unit_id), partial(session.get_one, Unit))


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
    return LongChoices(session, "store", _stores(of_unit_id), partial(_store, session))


def _stores(of_unit_id: int) -> Select[*tuple[Any, ...]]:
    """Code, name and place of the standing stores, then code, name and unit of those to be; each by code."""
    standing = (
        select(StockLocation.code, StockLocation.name, StockLocation.id, null().label("unit_id"))
        .join(Unit, Unit.id == StockLocation.unit_id)
        .where(
            StockLocation.place == Place.STORE, StockLocation.unit_id.in_(subtree(of_unit_id)), Unit.closed_on.is_(None)
        )
    )
    own_first = case((Unit.id == of_unit_id, 1), else_=2).label("turn")
    to_be = (
        select(Unit.code, Unit.name, null().label("id"), Unit.id.label("unit_id"), own_first)
        .where(Unit.id.in_(subtree(of_unit_id)), or_(Unit.closed_on.is_(None), Unit.id == of_unit_id))
        .where(Unit.code.not_in(standing.with_only_columns(StockLocation.code)))
    )
    every = union_all(standing.add_columns(literal(0).label("turn")), to_be).subquery()
    return select(every.c.code, every.c.name, every.c.id, every.c.unit_id).order_by(every.c.turn, every.c.code)


def _store(session: Session, location_id: int | None, unit_id: int | None) -> StoreOf:
    return StoreOf(
        unit=None if unit_id is None else session.get_one(Unit, unit_id),
        location=None if location_id is None else session.get_one(StockLocation, location_id),
    )


def _known(item: Item) -> Choice[Item]:
    return Choice.of(item.code, item.name, item)


def _units(unit_id: int) -> Select[str, str, int]:
    """Code, name and id of the unit, then of all open ones below it by code."""
    is_open = or_(Unit.closed_on.is_(None), Unit.id == unit_id)
    below = select(Unit.code, Unit.name, Unit.id).where(Unit.id.in_(subtree(unit_id)), is_open)
    return below.order_by(Unit.id != unit_id, Unit.code)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
