"""What the ledger ought to say, kept beside it in plain dictionaries: nothing here asks the library how it reckons."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from inventory.errors import InventoryError, Restricted, Short
from inventory.places import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainPlace:
    """A stock location; `unit_id` is of the unit that answers for it."""

    id: int
    kind: Place
    unit_id: int | None

    @property
    def inside(self) -> bool:
        return self.kind in (Place.STORE, Place.VEHICLE, Place.TRANSIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainLot:
    """A lot; `named` are the units it was given for, none for anybody."""

    id: int
    item_id: int
    code: str
    expires_on: dt.date | None
    named: frozenset[int] = frozenset()

    @property
    def turn(self) -> tuple[dt.date, int]:
        return self.expires_on or dt.date.max, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """So much of a lot from here to there; `happened_at` of what a reversal undoes is the moment of what it undoes."""

    lot_id: int
    source_id: int
    destination_id: int
    quantity: int
    happened_at: dt.datetime

    @property
    def way(self) -> tuple[int, int, int]:
        return self.lot_id, self.source_id, self.destination_id

    @property
    def back(self) -> Move:
        return Move(
            lot_id=self.lot_id,
            source_id=self.destination_id,
            destination_id=self.source_id,
            quantity=self.quantity,
            happened_at=self.happened_at,
        )


@dataclass(slots=True, kw_only=True)
class Paper:
    """One document with its moves."""

    moves: Sequence[Move]
    undoes: str | None = None
    undone: bool = False
    adjusts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    place_id: int
    item_id: int
    quantity: int


@dataclass(slots=True)
class Books:
    """The books of a county: documents and promises by their keys, balances by (place, lot)."""

    places: dict[int, PlainPlace]
    lots: dict[int, PlainLot]
    stock: Counter[tuple[int, int]]
    papers: dict[str, Paper] = field(default_factory=dict)
    promises: dict[str, Promise] = field(default_factory=dict)
    blocked: set[int] = field(default_factory=set)

    # Writing ----------------------------------------------------------------------------------------------------------

    def write(self, key: str, paper: Paper) -> None:
        self.papers[key] = paper
        if paper.undoes is not None:
            self.papers[paper.undoes].undone = True
        for place_lot, change in changes(paper.moves).items():
            self.stock[place_lot] += change

    # Looking ----------------------------------------------------------------------------------------------------------

    def held(self, place_id: int) -> list[PlainLot]:
        """The lots of which a place holds something, first expiring first."""
        return sorted(
            (self.lots[lot] for (at, lot), left in self.stock.items() if at == place_id and left > 0), key=_turn
        )

    def usable(self, lot: PlainLot, day: dt.date) -> bool:
        return lot.id not in self.blocked and (lot.expires_on is None or day <= lot.expires_on)

    def promised(self, place_id: int, item_id: int, only: Collection[str] | None = None) -> int:
        return sum(
            promise.quantity
            for key, promise in self.promises.items()
            if (promise.place_id, promise.item_id) == (place_id, item_id) and (only is None or key in only)
        )

    def free(self, place_id: int, item_id: int, day: dt.date) -> int:
        """What anybody may have of an item at a place, promised or not."""
        return sum(
            self.stock[place_id, lot.id]
            for lot in self.held(place_id)
            if lot.item_id == item_id and not lot.named and self.usable(lot, day)
        )

    def available(self, place_id: int, item_id: int, day: dt.date) -> int:
        return self.free(place_id, item_id, day) - self.promised(place_id, item_id)

    def given(self, lot_id: int, to_id: int, from_ids: Collection[int]) -> int:
        """What a place got of a lot from these places, less what came back to them."""
        given = 0
        for move in (move for paper in self.papers.values() for move in paper.moves if move.lot_id == lot_id):
            if move.destination_id == to_id and move.source_id in from_ids:
                given += move.quantity
            elif move.source_id == to_id and move.destination_id in from_ids:
                given -= move.quantity
        return given

    def at(self, instant: dt.datetime, place_id: int, lot_id: int) -> int:
        """What lay there at an instant: what lies there now, less all that happened later."""
        return self.stock[place_id, lot_id] - sum(
            changes([move])[place_id, lot_id] for _, move in self.since(instant, place_id, lot_id)
        )

    def since(self, instant: dt.datetime, place_id: int, lot_id: int) -> Iterator[tuple[Paper, Move]]:
        for paper in self.papers.values():
            for move in paper.moves:
                touches = move.lot_id == lot_id and place_id in (move.source_id, move.destination_id)
                if touches and move.happened_at > instant:
                    yield paper, move

    # Foretelling ------------------------------------------------------------------------------------------------------

    def bears(self, moves: Iterable[Move]) -> bool:
        """Whether no place inside would hold less than nothing after them."""
        return all(
            self.stock[place_lot] + change >= 0
            for place_lot, change in changes(moves).items()
            if self.places[place_lot[0]].inside
        )

    def breaks_a_promise(self, moves: Iterable[Move], day: dt.date) -> bool:
        """Whether a store would be left with less than it promised of what anybody may have, and these moves take of that."""
        lost: Counter[tuple[int, int]] = Counter()
        for move in moves:
            lot = self.lots[move.lot_id]
            if not lot.named and self.usable(lot, day):
                lost[move.source_id, lot.item_id] += move.quantity
                lost[move.destination_id, lot.item_id] -= move.quantity
        return any(
            less > 0
            and self.places[place_id].kind is Place.STORE
            and (promised := self.promised(place_id, item_id))
            and less > max(0, self.free(place_id, item_id, day) - promised)
            for (place_id, item_id), less in lost.items()
        )

    def pick(
        self,
        source_id: int,
        destination_id: int,
        wanted: Mapping[int, int],
        *,
        at: dt.datetime,
        kept: Collection[str] = (),
    ) -> list[Move] | type[InventoryError]:
        """The moves of an issue that keeps these promises, first expired first out, or the error that refuses it."""
        moves: list[Move] = []
        for item_id, quantity in sorted(wanted.items()):
            lots = [lot for lot in self.held(source_id) if lot.item_id == item_id and self.usable(lot, at.date())]
            closed = [lot for lot in lots if lot.named and not self._may_have(lot, source_id, destination_id)]
            meant = [lot for lot in lots if lot.named and lot not in closed]
            own, everybody = self.promised(source_id, item_id, kept), self.promised(source_id, item_id)
            free = self.free(source_id, item_id, at.date())
            left = max(0, free - (everybody - own), min(free, own))
            if quantity > sum(self.stock[source_id, lot.id] for lot in meant) + left:
                return Restricted if closed else Short
            for lot in [*meant, *(lot for lot in lots if not lot.named)]:
                taken = min(quantity, self.stock[source_id, lot.id])
                quantity -= taken
                if taken:
                    moves.append(
                        Move(
                            lot_id=lot.id,
                            source_id=source_id,
                            destination_id=destination_id,
                            quantity=taken,
                            happened_at=at,
                        )
                    )
        return moves

    def _may_have(self, lot: PlainLot, source_id: int, destination_id: int) -> bool:
        source, destination = self.places[source_id], self.places[destination_id]
        return (destination if destination.inside else source).unit_id in lot.named


def changes(moves: Iterable[Move]) -> Counter[tuple[int, int]]:
    """What moves change at each place of each lot."""
    change: Counter[tuple[int, int]] = Counter()
    for move in moves:
        change[move.source_id, move.lot_id] -= move.quantity
        change[move.destination_id, move.lot_id] += move.quantity
    return change


def _turn(lot: PlainLot) -> tuple[dt.date, int]:
    return lot.turn
