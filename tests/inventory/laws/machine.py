"""What the rules about all kinds of documents share: the database, the books beside it, the clock, acting, and the laws."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import permutations
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy.orm import Session

from inventory import stock
from inventory.closed_days import DayClosing, DayReopening
from inventory.consignments import Arrival, Consignment, Settlement
from inventory.consumption import Task
from inventory.counts import CountSession
from inventory.donations import Donation, DonationReceipt
from inventory.errors import InventoryError
from inventory.funds import FundEntry
from inventory.ledger import Document, Line, Recorded
from inventory.lots import LotStatusChange
from inventory.places import Place, StockLocation
from inventory.promises import Reservation
from inventory.purchasing import PurchaseOrder, PurchaseReceipt
from inventory.requisitions import Requisition
from inventory.runs import AllocationRun, JointRun
from logistics.db import Database
from logistics.errors import ServiceError
from tests.county import NOW, recorded
from tests.crashes import PowerCut, power_cut
from tests.inventory.laws import told
from tests.inventory.laws.books import Move, Paper, PlainLot
from tests.inventory.laws.frame import ITEMS, STORES, UNITS, frame_of, template_of
from tests.postgres import Postgres
from tests.sqlite_files import SqliteFiles

stores = st.sampled_from(STORES)
units = st.sampled_from(UNITS)
ways = st.sampled_from(list(permutations(STORES, 2)))
items = st.sampled_from(ITEMS)
quantities = st.integers(1, 200) | st.integers(1, 2_000)
wanted_goods = st.dictionaries(items, quantities, min_size=1, max_size=2)
#: After how many statements the power fails; the longest acts have some sixty.
cuts = st.none() | st.integers(0, 25) | st.integers(26, 60)

T = TypeVar("T")
type Run[Made] = Callable[[Session, Recorded], Made]
type Refusal = type[InventoryError | ServiceError] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A day that a unit has closed, and the units it spoke for."""

    id: int
    day: dt.date
    ends_at: dt.datetime
    of_units: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something done, so that it can be sent again."""

    run: Run[Any]
    other: Run[Any]
    head: Recorded


class Machine(RuleBasedStateMachine):
    """Does things, perhaps after a power cut, and holds the database to the books after each."""

    #: The papers that have a key of their own beside the ledger's.
    KEYED: ClassVar[tuple[type[Any], ...]] = (
        AllocationRun,
        Arrival,
        Consignment,
        CountSession,
        DayClosing,
        DayReopening,
        Donation,
        FundEntry,
        JointRun,
        LotStatusChange,
        PurchaseOrder,
        Requisition,
        Reservation,
        Settlement,
    )
    #: What stands beside a document of the ledger.
    BESIDE: ClassVar[tuple[type[Any], ...]] = (Task, DonationReceipt, PurchaseReceipt)

    def __init__(self, databases: Postgres | SqliteFiles) -> None:
        super().__init__()
        self._ended = ExitStack()
        url = self._ended.enter_context(databases.database(template_of(databases)))
        self.database = Database(url)
        self._ended.callback(self.database.dispose)
        self.frame = frame_of(self.database)
        self.books = self.frame.books
        self.now = NOW
        self.acts: dict[str, Act] = {}
        self.keys: dict[type[Any], set[str]] = {table: set() for table in self.KEYED}
        self.beside: dict[type[Any], set[str]] = {table: set() for table in self.BESIDE}
        #: Below which unit each stands.
        self.parent: dict[str, str] = dict.fromkeys(STORES, "bureau")
        #: The closings of each unit that stand, oldest first.
        self.closed: dict[str, list[Closed]] = {unit: [] for unit in UNITS}
        self.last = recorded("none yet")
        self._number = 0

    def teardown(self) -> None:
        self._ended.close()

    @rule(passed=st.integers(1, 60))
    def days_pass(self, passed: int) -> None:
        self.now += dt.timedelta(days=passed)

    # Laws -------------------------------------------------------------------------------------------------------------

    @invariant()
    def the_ledger_says_what_the_books_say(self) -> None:
        with self.database.reading() as session:
            assert told.balances(session) == {key: left for key, left in self.books.stock.items() if left}
            assert told.documents(session) == {key: told.ways(paper.moves) for key, paper in self.books.papers.items()}
            assert told.promises(session) == self.books.promises
            assert stock.prove(session).findings == ()

    @invariant()
    def every_paper_is_there_once_and_whole(self) -> None:
        with self.database.reading() as session:
            assert told.keyed(session, self.KEYED) == Counter(
                (table.__name__, key) for table, keys in self.keys.items() for key in keys
            )
            assert told.beside(session, self.BESIDE) == {table.__name__: keys for table, keys in self.beside.items()}

    # Doing ------------------------------------------------------------------------------------------------------------

    def do(
        self,
        run: Run[Any],
        *,
        cut: int | None,
        other: Run[Any] | None = None,
        refused: Refusal = None,
        paper: type[Any] | None = None,
        keyed: bool = True,
    ) -> Any:
        """Do something, perhaps after a first attempt that a power cut ended; what it gave, or None where it was refused as foretold.

        Keyed acts that succeed may be sent again later.
        """
        self._number += 1
        self.last = head = recorded(f"act-{self._number}", at=self.now, reason="as planned")
        self.now += dt.timedelta(minutes=1)
        if cut is not None:
            self.attempt(run, head, cut)
        if refused is not None:
            with pytest.raises(refused) as error:
                self.carry_out(run, head)
            assert error.type is refused
            return None
        made = self.carry_out(run, head)
        if paper is not None:
            self.keys[paper].add(head.key)
        if keyed:
            self.acts[head.key] = Act(run=run, other=other or run, head=head)
        return made

    def attempt(self, run: Run[Any], head: Recorded, cut: int) -> None:
        """Begin something that a power cut may end; then nothing of it has happened."""
        try:
            with power_cut(self.database.engine, after=cut), suppress(InventoryError, ServiceError):
                self.carry_out(run, head)
        except PowerCut:
            self.the_ledger_says_what_the_books_say()
            self.every_paper_is_there_once_and_whole()

    def carry_out(self, run: Run[T], head: Recorded) -> T:
        with self.database.transaction() as session:
            return run(session, head)

    def write(
        self,
        run: Run[str],
        *,
        moves: Sequence[Move],
        cut: int | None,
        refused: Refusal = None,
        undoes: str | None = None,
        adjusts: bool = False,
    ) -> str | None:
        """Do something that writes one document; its key, or None where it was refused."""
        key: str | None = self.do(run, cut=cut, refused=refused)
        if key is not None:
            self.books.write(key, Paper(moves=moves, undoes=undoes, adjusts=adjusts))
        return key

    def issue(
        self,
        act: Callable[..., Document],
        source_id: int,
        destination_id: int,
        goods: dict[str, int],
        *,
        kept: tuple[str, ...] = (),
        cut: int | None,
    ) -> str | None:
        """Issue or transfer goods, keeping these promises."""

        def issue(session: Session, head: Recorded) -> str:
            return act(
                session,
                recorded=head,
                source_id=source_id,
                destination_id=destination_id,
                wanted=self.by_id(goods),
                promised=kept,
            ).key

        moves = self.pick(source_id, destination_id, goods, kept)
        if isinstance(moves, list):
            return self.write(issue, moves=moves, cut=cut)
        return self.write(issue, moves=(), refused=moves, cut=cut)

    # Foretelling ------------------------------------------------------------------------------------------------------

    def pick(
        self, source_id: int, destination_id: int, goods: dict[str, int], kept: tuple[str, ...] = ()
    ) -> list[Move] | type[InventoryError]:
        return self.books.pick(source_id, destination_id, self.by_id(goods), at=self.now, kept=kept)

    def given(self, place_id: int, lot_id: int, by: str) -> int:
        """What a place outside got of a lot from places of the unit and those below it, less what came back there."""
        ours = {place.id for place in self.books.places.values() if place.inside and self.answers_for(by, place.id)}
        return self.books.given(lot_id, place_id, ours)

    def answers_for(self, by: str, place_id: int) -> bool:
        """Whether a place belongs to a unit or to one below it; what belongs to a unit that does not act, to the bureau."""
        unit_id = self.books.places[place_id].unit_id
        return by == "bureau" or any(self.frame.unit[name] == unit_id for name in self.below(by))

    def below(self, unit: str) -> list[str]:
        """A unit and all below it."""
        return [name for name in UNITS if unit in self.upwards(name)]

    def upwards(self, unit: str) -> Iterator[str]:
        """A unit, then each above it."""
        yield unit
        if unit in self.parent:
            yield from self.upwards(self.parent[unit])

    def is_closed_at(self, place_id: int, moment: dt.datetime) -> bool:
        """Whether a unit that answers for a place, or did when it closed its books, has closed them beyond a moment."""
        return any(
            moment < closed.ends_at and (self.answers_for(by, place_id) or self._spoke_for(closed, place_id))
            for by in UNITS
            for closed in self.closed[by]
        )

    def _spoke_for(self, closed: Closed, place_id: int) -> bool:
        return self.books.places[place_id].unit_id in {self.frame.unit[name] for name in closed.of_units}

    # Naming -----------------------------------------------------------------------------------------------------------

    def one_of(self, data: st.DataObject, label: str, choices: Collection[T]) -> T:
        return data.draw(st.sampled_from(list(choices)), label=label)

    def common_lots(self) -> list[PlainLot]:
        """The lots that no donation keeps for itself."""
        return [lot for lot in self.books.lots.values() if "/" not in lot.code]

    def by_id(self, goods: dict[str, int]) -> dict[int, int]:
        return {self.frame.item[name]: quantity for name, quantity in goods.items()}

    def move(self, lot: PlainLot, source_id: int, destination_id: int, quantity: int) -> Move:
        return Move(
            lot_id=lot.id,
            source_id=source_id,
            destination_id=destination_id,
            quantity=quantity,
            happened_at=self.now,
        )

    def found(self, lot_id: int, place_id: int, difference: int) -> Move:
        """What a place holds more (+) or less (−) of a lot than the books say."""
        ends = [self.frame.outside[Place.VARIANCE], place_id]
        source_id, destination_id = ends if difference > 0 else reversed(ends)
        return self.move(self.books.lots[lot_id], source_id, destination_id, abs(difference))

    def place(self, session: Session, kind: Place) -> StockLocation:
        return session.get_one(StockLocation, self.frame.outside[kind])


def line(move: Move) -> Line:
    """The same for the ledger."""
    return Line(
        lot_id=move.lot_id, source_id=move.source_id, destination_id=move.destination_id, quantity=move.quantity
    )
