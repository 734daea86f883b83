"""Many writers at the same few rows at the same moment, and whether the books bear it: nothing negative, nothing lost, nobody blocked.

Two contests. *One lot*: everybody wants a box of the same lot, of which there are fewer than people. *Both ways*: everybody moves
several goods of many lots between the same stores, each in a direction of their own. What each was told is held against the books.
"""

from __future__ import annotations

import random
import secrets
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier
from typing import ClassVar, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import ledger, places, stock
from inventory.balances import Balance
from inventory.catalogue import Item, ItemKind, add_item, item_by_code, lot_for
from inventory.errors import Short
from inventory.ledger import Document, Line, Recorded
from inventory.places import Place, StockLocation
from inventory.units import UnitKind, add_unit
from logistics.bench.books import refuse_used
from logistics.bench.visits import Refused, Visitor
from logistics.clock import system_clock
from logistics.db import Database
from logistics.supplies.operations import hand_out

BUREAU, STORES = "bench", ("bench-1", "bench-2", "bench-3")
SCARCE, PLENTIFUL = "scarce", ("plenty-1", "plenty-2", "plenty-3", "plenty-4")
LOTS_AN_ITEM = 5
BOX = 50
ENOUGH = 1_000_000
SERVED, OF = 5, 8
"""At one lot so many of so many writers find a box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one writer wants: so much of each item (by code) out of a store, used up or moved to another."""

    key: str
    source: str
    wanted: Mapping[str, int]
    to: str | None = None


class Door(Protocol):
    """A way to the ledger."""

    name: ClassVar[str]

    def ask(self, wish: Wish) -> bool:
        """Have a wish carried out; False where there is too little. Whatever else happens is raised."""
        ...


@dataclass(frozen=True, slots=True)
class LibraryDoor:
    """The operations themselves, each writer on a connection of their own."""

    database: Database
    name: ClassVar[str] = "library"

    def ask(self, wish: Wish) -> bool:
        try:
            with self.database.transaction() as session:
                hand_out(
                    session,
                    recorded=_head(wish.key),
                    source=_store(session, wish.source),
                    to=_store(session, wish.to) if wish.to else None,
                    wanted={item_by_code(session, code).id: quantity for code, quantity in wish.wanted.items()},
                )
        except Short:
            return False
        return True


@dataclass(frozen=True, slots=True)
class HttpDoor:
    """A service, asked over HTTP by one signed-in person's many hands."""

    visitor: Visitor
    name: ClassVar[str] = "http"

    def ask(self, wish: Wish) -> bool:
        lines = [{"item": code, "quantity": quantity} for code, quantity in wish.wanted.items()]
        try:
            self.visitor.write("/api/v1/issues", {"key": wish.key, "store": wish.source, "to": wish.to, "lines": lines})
        except Refused as refused:
            if refused.title != Short.__name__:
                raise
            return False
        return True


@dataclass(slots=True, kw_only=True)
class Contest:
    """What came of some runs.

    `lost` are base units by which the books differ from what the writers were told, and documents too many or too few; `misjudged`
    are writers who were refused though there was enough, or served though there was not; `unproved` is what the proof found.
    """

    what: str
    runs: int = 0
    done: int = 0
    short: int = 0
    lost: int = 0
    negative: int = 0
    misjudged: int = 0
    unproved: int = 0
    errors: list[str] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)

    @property
    def kept_the_laws(self) -> bool:
        return not (self.lost or self.negative or self.misjudged or self.unproved or self.errors)

    def percentile(self, percent: int) -> float:
        ordered = sorted(self.took_ms)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


@dataclass(frozen=True, slots=True)
class _Answer:
    done: bool
    error: str
    took_ms: float


def settle(database: Database) -> None:
    """Make the stores and goods of the contests in an empty database. Raises NotEmpty."""
    with database.transaction() as session:
        refuse_used(session.connection())
        bureau = add_unit(session, code=BUREAU, name=BUREAU, kind=UnitKind.BUREAU)
        for code in STORES:
            unit = add_unit(session, code=code, name=code, kind=UnitKind.WAREHOUSE, parent=bureau)
            places.store_of(session, unit)
        for code in (SCARCE, *PLENTIFUL):
            add_item(session, code=code, name=code, kind=ItemKind.PROTECTION, base_unit="只", packs=[("盒", BOX)])


def one_lot(database: Database, door: Door, *, writers: int, runs: int) -> Contest:
    """Everybody at once wants a box of one lot that has one for five of eight; each run another lot."""
    contest = Contest(what=f"one lot, {door.name}")
    boxes = writers * SERVED // OF
    for _ in range(runs):
        _bring(database, STORES[0], {SCARCE: BOX * boxes}, lots=1)
        wishes = [Wish(key=secrets.token_hex(8), source=STORES[0], wanted={SCARCE: BOX}) for _ in range(writers)]
        contest.misjudged += abs(_run(database, door, contest, wishes) - boxes)
    return contest


def both_ways(database: Database, door: Door, *, writers: int, runs: int, seed: int = 1) -> Contest:
    """Everybody at once moves one to three goods of random lots between random stores; there is enough for all."""
    contest = Contest(what=f"random lots both ways, {door.name}")
    chance = random.Random(seed)  # noqa: S311  # no secret
    for code in STORES:
        _bring(database, code, dict.fromkeys(PLENTIFUL, ENOUGH), lots=LOTS_AN_ITEM)
    for _ in range(runs):
        _run(database, door, contest, [_crossing(chance) for _ in range(writers)])
    contest.misjudged = contest.short
    return contest


# Beneath --------------------------------------------------------------------------------------------------------------


def _crossing(chance: random.Random) -> Wish:
    source, to = chance.sample(STORES, 2)
    wanted = {code: chance.randint(1, 2 * BOX) for code in chance.sample(PLENTIFUL, chance.randint(1, 3))}
    return Wish(key=secrets.token_hex(8), source=source, to=to, wanted=wanted)


def _run(database: Database, door: Door, contest: Contest, wishes: Sequence[Wish]) -> int:
    """One run: all at the same moment, then the books are held against what they were told. How many were served."""
    expected = _held(database)
    answers = _at_once(door, wishes)
    done = [wish for wish, answer in zip(wishes, answers, strict=True) if answer.done]
    for wish in done:
        for code, quantity in wish.wanted.items():
            expected[wish.source, code] -= quantity
            if wish.to is not None:
                expected[wish.to, code] += quantity
    held = _held(database)
    contest.runs += 1
    contest.done += len(done)
    contest.errors += [answer.error for answer in answers if answer.error]
    contest.short += sum(not answer.done and not answer.error for answer in answers)
    contest.took_ms += [answer.took_ms for answer in answers]
    contest.lost += sum(abs(expected[key] - held[key]) for key in expected.keys() | held.keys())
    contest.lost += len(_written(database, wishes) ^ {wish.key for wish in done})
    _prove(database, contest)
    return len(done)


def _at_once(door: Door, wishes: Sequence[Wish]) -> list[_Answer]:
    ready = Barrier(len(wishes))

    def write(wish: Wish) -> _Answer:
        ready.wait()
        began_s = time.perf_counter()
        done, error = _asked(door, wish)
        return _Answer(done=done, error=error, took_ms=1000 * (time.perf_counter() - began_s))

    with ThreadPoolExecutor(len(wishes)) as pool:
        return list(pool.map(write, wishes))


def _asked(door: Door, wish: Wish) -> tuple[bool, str]:
    try:
        return door.ask(wish), ""
    except Exception as error:  # whatever a writer gets to see is a finding
        return False, f"{type(error).__name__}: {error}"


def _prove(database: Database, contest: Contest) -> None:
    with database.reading() as session:
        findings = stock.prove(session).findings
    contest.negative += sum(finding.rule == "negative" for finding in findings)
    contest.unproved += sum(finding.rule != "negative" for finding in findings)


def _bring(database: Database, store: str, quantities: Mapping[str, int], *, lots: int) -> None:
    """Take so much of each item into a store, spread over lots of their own that expire one after the other."""
    name = secrets.token_hex(4)
    with database.transaction() as session:
        opening, place = places.the_location(session, Place.OPENING), _store(session, store)
        lines = [
            Line(
                lot_id=lot_for(session, item=item_by_code(session, code), code=f"{name}-{number}", expires_on=None).id,
                source_id=opening.id,
                destination_id=place.id,
                quantity=quantity // lots,
            )
            for code, quantity in quantities.items()
            for number in range(lots)
        ]
        ledger.receive(session, recorded=_head(name), lines=lines)


def _held(database: Database) -> Counter[tuple[str, str]]:
    """What each store holds of each item, by their codes."""
    with database.reading() as session:
        rows = session.execute(
            select(StockLocation.code, Item.code, func.sum(Balance.quantity))
            .join(StockLocation, StockLocation.id == Balance.location_id)
            .join(Item, Item.id == Balance.item_id)
            .where(StockLocation.place == Place.STORE)
            .group_by(StockLocation.code, Item.code)
        )
        return Counter({(store, item): int(quantity) for store, item, quantity in rows})


def _written(database: Database, wishes: Sequence[Wish]) -> set[str]:
    """The keys of the wishes of which there is a document."""
    with database.reading() as session:
        return set(session.scalars(select(Document.key).where(Document.key.in_([wish.key for wish in wishes]))))


def _store(session: Session, code: str) -> StockLocation:
    wanted = select(StockLocation).where(StockLocation.place == Place.STORE, StockLocation.code == code)
    return session.scalars(wanted).one()


def _head(key: str) -> Recorded:
    now = system_clock()
    return Recorded(key=key, occurred_at=now, recorded_at=now, by="bench")
