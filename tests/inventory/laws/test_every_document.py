"""Every document in any order, with power cuts between any two statements, beside plain books that say what ought to be.

An act is cut short after so many statements, its connection gone, and asked for again with the same key: then it has happened once.
`LAW_EXAMPLES=500 LAW_STEPS=60 pytest -n0 --timeout=0 tests/inventory/laws` walks further than the usual run.
"""

from __future__ import annotations

import datetime as dt
import os
import pickle
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from inventory import (
    catalogue,
    consignments,
    consumption,
    counts,
    days,
    donations,
    funds,
    ledger,
    lots,
    places,
    promises,
    purchasing,
    returns,
    stock,
)
from inventory.balances import Balance
from inventory.catalogue import LotStatus
from inventory.closed_days import DayClosing, DayReopening
from inventory.consignments import Answer, Arrival, Consignment, ConsignmentState, Counted, DifferenceReason, Settlement
from inventory.consumption import Task, TaskShort
from inventory.counts import CountSession, Tolerance, VarianceReason
from inventory.donations import Donation, DonationReceipt, DonationState, Given
from inventory.errors import (
    AlreadyPaid,
    AlreadyReversed,
    DayClosed,
    InvalidInput,
    InventoryError,
    KeyReused,
    NotFound,
    OverDelivery,
    Overspent,
    Promised,
    Restricted,
    Short,
    WrongState,
)
from inventory.funds import FundEntry
from inventory.ledger import Document, Line, Movement, Recorded
from inventory.lots import LotStatusChange, Portion
from inventory.places import Place, StockLocation
from inventory.promises import Reservation
from inventory.purchasing import Came, Ordered, PurchaseOrder, PurchaseReceipt, PurchaseState
from inventory.requisitions import Requisition, ask
from inventory.runs import AllocationRun
from inventory.sharing import share_out
from inventory.units import Unit
from logistics.db import Database
from logistics.errors import ServiceError
from logistics.supplies.operations import RecordedElsewhere, reverse_document, withdraw
from tests.county import NOW, make_county, recorded
from tests.crashes import PowerCut, power_cut
from tests.inventory.laws.books import Books, Move, Paper, PlainLot, PlainPlace, Promise
from tests.postgres import Postgres
from tests.sqlite_files import SqliteFiles

EXAMPLES = int(os.environ.get("LAW_EXAMPLES", "7"))
STEPS = int(os.environ.get("LAW_STEPS", "35"))
PRICE_FEN = 100

STORES = ("warehouse", "station", "checkpoint")
ITEMS = ("masks", "disinfectant")
BASE_UNITS = {"masks": "只", "disinfectant": "克"}
PACK_WORDS = {"masks": "盒", "disinfectant": "公斤"}
EXPIRES_LATE = dt.date(2021, 6, 1)

#: Who acts: the bureau stands above all.
UNITS = ("bureau", *STORES)

stores = st.sampled_from(STORES)
units = st.sampled_from(UNITS)
ways = st.sampled_from(list(permutations(STORES, 2)))
items = st.sampled_from(ITEMS)
quantities = st.integers(1, 200) | st.integers(1, 2_000)
wanted_goods = st.dictionaries(items, quantities, min_size=1, max_size=2)
#: After how many statements the power fails; the longest acts have some sixty.
cuts = st.none() | st.integers(0, 25) | st.integers(26, 60)

#: The papers that have a key of their own beside the ledger's.
KEYED = (
    AllocationRun,
    Arrival,
    Consignment,
    CountSession,
    DayClosing,
    DayReopening,
    Donation,
    FundEntry,
    LotStatusChange,
    PurchaseOrder,
    Requisition,
    Reservation,
    Settlement,
)

T = TypeVar("T")
type Run[Made] = Callable[[Session, Recorded], Made]
type Refusal = type[InventoryError | ServiceError] | None


#: What is there at first, by database engine: every copy of the template holds the same rows.
_FRAMES: dict[str, bytes] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The ids of what is there at first, by the names that the rules use."""

    store: dict[str, int]
    unit: dict[str, int]
    item: dict[str, int]
    outside: dict[Place, int]
    bureau: int
    books: Books


@dataclass(slots=True, kw_only=True)
class Bought:
    """A purchase order of one item; `receipts` are keys of documents and what each brought."""

    id: int
    item: str
    quantity: int
    state: PurchaseState = PurchaseState.OPEN
    receipts: dict[str, int] = field(default_factory=dict)
    spent_fen: int = 0


@dataclass(slots=True, kw_only=True)
class Offered:
    id: int
    item: str
    for_unit: int | None
    state: DonationState = DonationState.OFFERED


@dataclass(slots=True, kw_only=True)
class Signed:
    """A signature: what of each lot differs (less −, more +) by the id of the difference, and the answers: quantity, document."""

    document: str | None
    differences: dict[int, tuple[int, int]]
    answers: list[tuple[int, int, str | None]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Sent:
    id: int
    source_id: int
    destination_id: int
    transit_id: int
    document: str
    signatures: list[Signed] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Count:
    """A count of a place: by lot what was counted, and when."""

    id: int
    place_id: int
    counted: dict[int, tuple[int, dt.datetime]] = field(default_factory=dict)
    explained: set[int] = field(default_factory=set)
    handed_in: bool = False
    posted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A day that a unit has closed."""

    id: int
    day: dt.date
    ends_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something done, so that it can be sent again."""

    run: Run[Any]
    other: Run[Any]
    head: Recorded


class EveryDocument(RuleBasedStateMachine):
    """What a county's officers do to their stock."""

    def __init__(self, databases: Postgres | SqliteFiles) -> None:
        super().__init__()
        self._ended = ExitStack()
        template: Any = databases.template("every_document", _settle)
        url = self._ended.enter_context(databases.database(template))
        self.database = Database(url)
        self._ended.callback(self.database.dispose)
        self.frame: Frame = pickle.loads(_FRAMES[self.database.engine.dialect.name])  # noqa: S301
        self.books = self.frame.books
        self.now = NOW
        self.acts: dict[str, Act] = {}
        self.keys: dict[type[Any], set[str]] = {table: set() for table in KEYED}
        self.orders: list[Bought] = []
        self.offers: list[Offered] = []
        self.sent: list[Sent] = []
        self.counts: list[Count] = []
        self.tasks: set[str] = set()
        self.given: set[str] = set()
        self.requests: dict[int, str] = {}
        self.status: dict[int, LotStatus] = {}
        self.fund_fen = 0
        #: The closings of each unit that stand, oldest first, and all that were ever made.
        self.closed: dict[str, list[Closed]] = {unit: [] for unit in UNITS}
        self.closings: list[tuple[str, Closed]] = []
        self._last = recorded("none yet")
        self._number = 0

    def teardown(self) -> None:
        self._ended.close()

    # What comes in ----------------------------------------------------------------------------------------------------

    @rule(data=st.data(), store=stores, quantity=quantities, cut=cuts)
    def goods_come_in(self, data: st.DataObject, store: str, quantity: int, cut: int | None) -> None:
        lot = self._one_of(data, "lot", self._common_lots())
        move = self._move(lot, self.frame.outside[Place.SUPPLIER], self.frame.store[store], quantity)
        self._write(lambda s, head: ledger.receive(s, recorded=head, lines=[_line(move)]).key, moves=[move], cut=cut)

    @rule(item=items, quantity=quantities, cut=cuts)
    def goods_are_ordered(self, item: str, quantity: int, cut: int | None) -> None:
        line = Ordered(
            item_id=self.frame.item[item], quantity=quantity, price_fen=PRICE_FEN, price_word=BASE_UNITS[item]
        )

        def order(session: Session, head: Recorded) -> int:
            return purchasing.order_goods(
                session,
                key=head.key,
                supplier=self._place(session, Place.SUPPLIER),
                unit=session.get_one(Unit, self.frame.bureau),
                lines=[line],
                at=head.occurred_at,
                by=head.by,
                note=head.reason,
            ).id

        made = self._do(order, cut=cut, paper=PurchaseOrder)
        self.orders.append(Bought(id=made, item=item, quantity=quantity))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), quantity=quantities, accept_more=st.booleans(), cut=cuts)
    def a_part_of_an_order_arrives(
        self, data: st.DataObject, quantity: int, accept_more: bool, cut: int | None
    ) -> None:
        order = self._one_of(data, "order", self.orders)
        lot = self._one_of(
            data, "lot", [lot for lot in self._common_lots() if lot.item_id == self.frame.item[order.item]]
        )
        move = self._move(lot, self.frame.outside[Place.SUPPLIER], self.frame.store["warehouse"], quantity)

        def receive(session: Session, head: Recorded) -> str:
            return purchasing.receive_ordered(
                session,
                recorded=head,
                order_id=order.id,
                store=session.get_one(StockLocation, move.destination_id),
                came=[Came(lot_id=lot.id, quantity=quantity)],
                accept_more=accept_more,
            ).key

        refused: Refusal = None
        if order.state is not PurchaseState.OPEN:
            refused = WrongState
        elif lot.expires_on is not None and lot.expires_on < self.now.date():
            refused = InvalidInput
        elif quantity > self._open(order) and not accept_more:
            refused = OverDelivery
        key = self._write(receive, moves=[move], refused=refused, cut=cut)
        if key is not None:
            order.receipts[key] = quantity

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), cut=cuts)
    def an_order_is_closed(self, data: st.DataObject, cut: int | None) -> None:
        order = self._one_of(data, "order", self.orders)

        def close(session: Session, head: Recorded) -> None:
            version = purchasing.get_order(session, order.id).version
            purchasing.close_short(
                session, order_id=order.id, version=version, reason="够了", at=head.occurred_at, by=head.by
            )

        refused = WrongState if order.state is PurchaseState.CANCELLED else None
        self._do(close, cut=cut, refused=refused, keyed=False)
        if not refused:
            order.state = PurchaseState.CLOSED

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), cut=cuts)
    def an_order_is_cancelled(self, data: st.DataObject, cut: int | None) -> None:
        order = self._one_of(data, "order", self.orders)

        def cancel(session: Session, head: Recorded) -> None:
            version = purchasing.get_order(session, order.id).version
            purchasing.cancel(
                session, order_id=order.id, version=version, reason="不要了", at=head.occurred_at, by=head.by
            )

        refused: Refusal = None
        if order.state is not PurchaseState.CANCELLED:
            if self._came(order):
                refused = WrongState
            elif order.spent_fen:
                refused = AlreadyPaid
            elif order.state is PurchaseState.CLOSED:
                refused = WrongState
        self._do(cancel, cut=cut, refused=refused, keyed=False)
        if not refused:
            order.state = PurchaseState.CANCELLED

    @rule(item=items, quantity=quantities, for_station=st.booleans(), cut=cuts)
    def goods_are_offered(self, item: str, quantity: int, for_station: bool, cut: int | None) -> None:
        unit = self.frame.unit["station"] if for_station else None

        def offer(session: Session, head: Recorded) -> int:
            return donations.offer(
                session,
                key=head.key,
                donor=self._place(session, Place.DONOR),
                unit=session.get_one(Unit, self.frame.bureau),
                at=head.occurred_at,
                by=head.by,
                lines=[(self.frame.item[item], quantity)],
                money_fen=50_000,
                unit_ids=[] if unit is None else [unit],
                note=head.reason,
            ).id

        made = self._do(offer, cut=cut, paper=Donation)
        self.offers.append(Offered(id=made, item=item, for_unit=unit))

    @precondition(lambda self: self.offers)
    @rule(data=st.data(), accepted=st.booleans(), cut=cuts)
    def an_offer_is_decided(self, data: st.DataObject, accepted: bool, cut: int | None) -> None:
        offer = self._one_of(data, "offer", self.offers)
        decide = donations.accept if accepted else donations.refuse
        state = DonationState.ACCEPTED if accepted else DonationState.REFUSED

        def say(session: Session, head: Recorded) -> None:
            decide(session, donation_id=offer.id, at=head.occurred_at, by=head.by, reason="同意")

        refused = None if offer.state in (DonationState.OFFERED, state) else WrongState
        self._do(say, cut=cut, refused=refused, keyed=False)
        if not refused:
            offer.state = state

    @precondition(lambda self: self.offers)
    @rule(data=st.data(), cut=cuts)
    def no_more_of_an_offer_will_come(self, data: st.DataObject, cut: int | None) -> None:
        offer = self._one_of(data, "offer", self.offers)

        def close(session: Session, head: Recorded) -> None:
            donations.close_short(session, donation_id=offer.id, reason="改捐邻县", at=head.occurred_at, by=head.by)

        refused = None if offer.state in (DonationState.ACCEPTED, DonationState.CLOSED) else WrongState
        self._do(close, cut=cut, refused=refused, keyed=False)
        if not refused:
            offer.state = DonationState.CLOSED

    @precondition(lambda self: self.offers)
    @rule(data=st.data(), quantity=quantities, cut=cuts)
    def goods_of_an_offer_arrive(self, data: st.DataObject, quantity: int, cut: int | None) -> None:
        offer = self._one_of(data, "offer", self.offers)

        def receive(session: Session, head: Recorded) -> tuple[str, int, str]:
            item = catalogue.get_item(session, self.frame.item[offer.item])
            store = session.get_one(StockLocation, self.frame.store["warehouse"])
            given = [Given(item=item, quantity=quantity, lot_code="D", expires_on=EXPIRES_LATE)]
            document = donations.receive_goods(session, recorded=head, donation_id=offer.id, store=store, given=given)
            lot = document.movements[0].lot
            return document.key, lot.id, lot.code

        refused: Refusal = None
        if offer.state is not DonationState.ACCEPTED:
            refused = WrongState
        elif self.now.date() > EXPIRES_LATE:
            refused = InvalidInput
        made = self._do(receive, cut=cut, refused=refused)
        if made is not None:
            key, lot_id, code = made
            named = frozenset(() if offer.for_unit is None else (offer.for_unit,))
            lot = PlainLot(
                id=lot_id, item_id=self.frame.item[offer.item], code=code, expires_on=EXPIRES_LATE, named=named
            )
            self.books.lots[lot_id] = lot
            ends = self.frame.outside[Place.DONOR], self.frame.store["warehouse"]
            came = replace(self._move(lot, *ends, quantity), happened_at=self._last.occurred_at)
            self.books.write(key, Paper(moves=[came]))
            self.given.add(key)

    @precondition(lambda self: self.offers)
    @rule(data=st.data(), amount_fen=st.integers(1, 50_000), cut=cuts)
    def money_of_an_offer_arrives(self, data: st.DataObject, amount_fen: int, cut: int | None) -> None:
        offer = self._one_of(data, "offer", self.offers)

        def receive(session: Session, head: Recorded) -> None:
            donations.receive_money(session, recorded=head, donation_id=offer.id, amount_fen=amount_fen)

        refused = None if offer.state is DonationState.ACCEPTED else WrongState
        self._do(receive, cut=cut, refused=refused, paper=FundEntry)
        self.fund_fen += 0 if refused else amount_fen

    @precondition(lambda self: self.orders and self.keys[FundEntry])
    @rule(data=st.data(), amount_fen=st.integers(1, 60_000), cut=cuts)
    def money_is_spent_on_an_order(self, data: st.DataObject, amount_fen: int, cut: int | None) -> None:
        order = self._one_of(data, "order", self.orders)

        def spend(session: Session, head: Recorded) -> None:
            paid = purchasing.get_order(session, order.id)
            donations.spend(session, recorded=head, fund_id=1, order=paid, amount_fen=amount_fen)

        came, closed = self._came(order), order.state is PurchaseState.CLOSED
        payable_fen = PRICE_FEN * (came if closed else max(came, order.quantity))
        refused: Refusal = None
        if order.state is PurchaseState.CANCELLED:
            refused = WrongState
        elif amount_fen > min(self.fund_fen, payable_fen - order.spent_fen):
            refused = Overspent
        self._do(spend, cut=cut, refused=refused, paper=FundEntry)
        if not refused:
            self.fund_fen -= amount_fen
            order.spent_fen += amount_fen

    # What goes out ----------------------------------------------------------------------------------------------------

    @rule(store=stores, goods=wanted_goods, used=st.booleans(), cut=cuts)
    def goods_are_given_out(self, store: str, goods: dict[str, int], used: bool, cut: int | None) -> None:
        to = self.frame.outside[Place.CONSUMED if used else Place.RECIPIENT]
        self._issue(ledger.issue, self.frame.store[store], to, goods, cut=cut)

    @rule(way=ways, goods=wanted_goods, cut=cuts)
    def goods_are_moved(self, way: tuple[str, str], goods: dict[str, int], cut: int | None) -> None:
        source_id, destination_id = (self.frame.store[store] for store in way)
        self._issue(ledger.transfer, source_id, destination_id, goods, cut=cut)

    @rule(store=stores, quantity=quantities, cut=cuts)
    def a_shift_uses_masks(self, store: str, quantity: int, cut: int | None) -> None:
        source_id, masks = self.frame.store[store], self.frame.item["masks"]

        def book(session: Session, head: Recorded) -> str:
            return consumption.book_shift(
                session,
                recorded=head,
                unit=session.get_one(Unit, self.frame.unit[store]),
                source=session.get_one(StockLocation, source_id),
                people=10,
                shifts=1,
                used={masks: quantity},
            ).key

        moves = self._pick(source_id, self.frame.outside[Place.CONSUMED], {"masks": quantity})
        refused = None if isinstance(moves, list) else TaskShort
        key = self._write(book, moves=moves if isinstance(moves, list) else (), refused=refused, cut=cut)
        if key is not None:
            self.tasks.add(key)

    @rule(data=st.data(), quantity=quantities, by=units, cut=cuts)
    def goods_come_back(self, data: st.DataObject, quantity: int, by: str, cut: int | None) -> None:
        source = self._one_of(data, "from", [*STORES[1:], "household"])
        source_id = self.frame.store.get(source, self.frame.outside[Place.RECIPIENT])
        held = self.books.held(source_id)
        if not held:
            return
        lot = self._one_of(data, "lot", held)
        move = self._move(lot, source_id, self.frame.store["warehouse"], quantity)

        def take_back(session: Session, head: Recorded) -> str:
            source, destination = (session.get_one(StockLocation, end) for end in (source_id, move.destination_id))
            return returns.take_back(
                session,
                recorded=head,
                source=source,
                destination=destination,
                lots={lot.id: quantity},
                unit_id=self._unit_id(by),
            ).key

        unit_id = self.books.places[source_id].unit_id
        most = self.books.stock[source_id, lot.id]
        if unit_id is None:
            most = min(most, self._given(source_id, lot.id, by))
        refused: Refusal = None
        if quantity > most:
            refused = Short
        elif lot.named and unit_id is not None and unit_id not in lot.named:
            refused = Restricted
        elif self.books.breaks_a_promise([move], self.now.date()):
            refused = Promised
        self._write(take_back, moves=[move], refused=refused, cut=cut)

    # On the way -------------------------------------------------------------------------------------------------------

    @rule(way=ways, goods=wanted_goods, cut=cuts)
    def goods_are_sent(self, way: tuple[str, str], goods: dict[str, int], cut: int | None) -> None:
        source_id, destination_id = (self.frame.store[store] for store in way)

        def send(session: Session, head: Recorded) -> tuple[int, int]:
            ends = [session.get_one(StockLocation, end) for end in (source_id, destination_id)]
            made = consignments.send(
                session, recorded=head, source=ends[0], destination=ends[1], wanted=self._by_id(goods)
            )
            assert made.transit_id is not None
            return made.id, made.transit_id

        # Where the goods lie on the way is not known before, nor does it matter for what is picked: it is the receiver's.
        picked = self._pick(source_id, destination_id, goods)
        refused = None if isinstance(picked, list) else picked
        made = self._do(send, cut=cut, refused=refused, paper=Consignment)
        if made is not None and isinstance(picked, list):
            id_, transit_id = made
            unit_id = self.books.places[destination_id].unit_id
            self.books.places[transit_id] = PlainPlace(id=transit_id, kind=Place.TRANSIT, unit_id=unit_id)
            key = self._last.key
            self.books.write(key, Paper(moves=[replace(move, destination_id=transit_id) for move in picked]))
            self.sent.append(
                Sent(id=id_, source_id=source_id, destination_id=destination_id, transit_id=transit_id, document=key)
            )

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), as_sent=st.booleans(), cut=cuts)
    def a_consignment_is_signed_for(self, data: st.DataObject, as_sent: bool, cut: int | None) -> None:
        sent = self._one_of(data, "consignment", self.sent)
        expected = {lot.id: self.books.stock[sent.transit_id, lot.id] for lot in self.books.held(sent.transit_id)}
        found = {
            lot_id: quantity if as_sent else data.draw(st.integers(0, 2 * quantity), label="found")
            for lot_id, quantity in expected.items()
        }
        counted = None if as_sent else [Counted(lot_id=lot, quantity=quantity) for lot, quantity in found.items()]

        def sign(session: Session, head: Recorded) -> dict[int, tuple[int, int]]:
            arrival = consignments.receive(session, recorded=head, consignment_id=sent.id, counted=counted)
            return {
                one.id: (one.lot_id, one.quantity if one.reason is DifferenceReason.SURPLUS else -one.quantity)
                for one in arrival.differences
            }

        moves = [
            self._move(self.books.lots[lot_id], sent.transit_id, sent.destination_id, min(quantity, found[lot_id]))
            for lot_id, quantity in expected.items()
            if found[lot_id]
        ]
        refused = None if self._state(sent) is ConsignmentState.ON_THE_WAY else WrongState
        differences = self._do(sign, cut=cut, refused=refused, paper=Arrival)
        if differences is None:
            return
        off = {lot_id: found[lot_id] - quantity for lot_id, quantity in expected.items()}
        assert sorted(differences.values()) == sorted((lot_id, less) for lot_id, less in off.items() if less)
        key = self._last.key if moves else None
        if key is not None:
            self.books.write(key, Paper(moves=moves))
        sent.signatures.append(Signed(document=key, differences=differences))

    @precondition(lambda self: any(signed.differences for sent in self.sent for signed in sent.signatures))
    @rule(data=st.data(), answer=st.sampled_from(Answer), quantity=quantities, cut=cuts)
    def a_difference_is_answered(self, data: st.DataObject, answer: Answer, quantity: int, cut: int | None) -> None:
        sent, signed, difference_id = self._one_of(
            data,
            "difference",
            [(sent, signed, id_) for sent in self.sent for signed in sent.signatures for id_ in signed.differences],
        )
        lot_id, off = signed.differences[difference_id]

        def settle(session: Session, head: Recorded) -> None:
            supplier = self._place(session, Place.SUPPLIER) if answer is Answer.SUPPLIER else None
            consignments.settle(
                session,
                recorded=head,
                difference_id=difference_id,
                answer=answer,
                quantity=quantity,
                supplier=supplier,
            )

        source_id = sent.source_id if off > 0 else sent.transit_id
        destination_id = {
            Answer.BACK: sent.source_id,
            Answer.ONWARD: sent.destination_id,
            Answer.LOST: self.frame.outside[Place.LOST],
            Answer.SUPPLIER: self.frame.outside[Place.SUPPLIER],
        }[answer]
        moves = [self._move(self.books.lots[lot_id], source_id, destination_id, quantity)]
        refused: Refusal = None
        if self._standing(sent) is not signed:
            refused = WrongState
        elif quantity > self._unanswered(signed, difference_id):
            refused = Short
        elif off > 0 and answer not in (Answer.BACK, Answer.ONWARD):
            refused = InvalidInput
        elif off > 0 and answer is Answer.BACK:
            moves = []
        elif self.books.breaks_a_promise(moves, self.now.date()):
            refused = Promised
        elif answer is not Answer.BACK and not self._may_go(lot_id, destination_id):
            refused = Restricted
        elif not self.books.bears(moves):
            refused = Short
        self._do(settle, cut=cut, refused=refused, paper=Settlement)
        if refused:
            return
        key = self._last.key if moves else None
        if key is not None:
            self.books.write(key, Paper(moves=moves))
        signed.answers.append((difference_id, quantity, key))

    # What may not be used ---------------------------------------------------------------------------------------------

    @rule(data=st.data(), status=st.sampled_from(LotStatus), cut=cuts)
    def a_lot_is_blocked_or_freed(self, data: st.DataObject, status: LotStatus, cut: int | None) -> None:
        lot = self._one_of(data, "lot", list(self.books.lots.values()))
        before = self.status.get(lot.id, LotStatus.USABLE)

        def change(session: Session, head: Recorded) -> None:
            lots.change_status(
                session,
                key=head.key,
                lot_id=lot.id,
                status=status,
                reason=head.reason,
                at=head.occurred_at,
                by=head.by,
            )

        refused = InvalidInput if before is status and lot.id not in self.status else None
        self._do(change, cut=cut, refused=refused, paper=LotStatusChange)
        if refused:
            return
        self.status[lot.id] = status
        (self.books.blocked.discard if status is LotStatus.USABLE else self.books.blocked.add)(lot.id)

    @precondition(lambda self: self.books.blocked)
    @rule(data=st.data(), quantity=quantities, by=units, cut=cuts)
    def blocked_goods_are_brought_back(self, data: st.DataObject, quantity: int, by: str, cut: int | None) -> None:
        lot = self.books.lots[self._one_of(data, "lot", sorted(self.books.blocked))]
        source = self._one_of(data, "from", [*STORES[1:], "household"])
        source_id = self.frame.store.get(source, self.frame.outside[Place.RECIPIENT])
        move = self._move(lot, source_id, self.frame.store["warehouse"], quantity)

        def bring(session: Session, head: Recorded) -> str:
            return lots.bring_back(
                session,
                recorded=head,
                lot_id=lot.id,
                source_id=source_id,
                store_id=move.destination_id,
                quantity=quantity,
                unit_id=self._unit_id(by),
            ).key

        refused: Refusal = None
        if source != "household":
            refused = None if by in ("bureau", source) else NotFound
        elif (given := self._given(source_id, lot.id, by)) <= 0:
            refused = NotFound
        elif quantity > min(given, self.books.stock[source_id, lot.id]):
            refused = InvalidInput
        if refused is None and not self.books.bears([move]):
            refused = Short
        self._write(bring, moves=[move], refused=refused, cut=cut)

    @rule(data=st.data(), store=stores, quantity=quantities, cut=cuts)
    def what_may_not_be_used_is_disposed_of(
        self, data: st.DataObject, store: str, quantity: int, cut: int | None
    ) -> None:
        held = self.books.held(self.frame.store[store])
        if not held:
            return
        lot = self._one_of(data, "lot", held)
        move = self._move(lot, self.frame.store[store], self.frame.outside[Place.EXPIRED], quantity)

        def dispose(session: Session, head: Recorded) -> str:
            portion = Portion(location_id=move.source_id, lot_id=lot.id, quantity=quantity)
            return lots.dispose(session, recorded=head, portions=[portion]).key

        refused: Refusal = None
        if self.books.usable(lot, self.now.date()):
            refused = InvalidInput
        elif not self.books.bears([move]):
            refused = Short
        self._write(dispose, moves=[move], refused=refused, cut=cut)

    # Counting ---------------------------------------------------------------------------------------------------------

    @rule(data=st.data(), store=stores, difference=st.integers(-900, 900).filter(bool), cut=cuts)
    def a_difference_is_booked(self, data: st.DataObject, store: str, difference: int, cut: int | None) -> None:
        lot = self._one_of(data, "lot", list(self.books.lots.values()))
        place_id = self.frame.store[store]

        def adjust(session: Session, head: Recorded) -> str:
            return ledger.adjust(session, recorded=head, location_id=place_id, lot_id=lot.id, difference=difference).key

        moves = [self._found(lot.id, place_id, difference)]
        refused = None if self.books.bears(moves) else Short
        self._write(adjust, moves=moves, refused=refused, cut=cut, adjusts=True)

    @rule(store=stores, cut=cuts)
    def a_count_begins(self, store: str, cut: int | None) -> None:
        place_id = self.frame.store[store]

        def start(session: Session, head: Recorded) -> int:
            place = session.get_one(StockLocation, place_id)
            return counts.start(
                session, key=head.key, location=place, tolerance=Tolerance(), at=head.occurred_at, by=head.by
            ).id

        def elsewhere(session: Session, head: Recorded) -> int:
            other = session.get_one(StockLocation, next(id_ for id_ in self.frame.store.values() if id_ != place_id))
            return counts.start(
                session, key=head.key, location=other, tolerance=Tolerance(), at=head.occurred_at, by=head.by
            ).id

        made = self._do(start, other=elsewhere, cut=cut, paper=CountSession)
        self.counts.append(Count(id=made, place_id=place_id))

    @precondition(lambda self: self._open_counts())
    @rule(data=st.data(), off=st.integers(-20, 20), cut=cuts)
    def a_lot_is_counted(self, data: st.DataObject, off: int, cut: int | None) -> None:
        count = self._one_of(data, "count", self._open_counts())
        lot = self._one_of(data, "lot", list(self.books.lots.values()))
        quantity = max(0, self.books.stock[count.place_id, lot.id] + off)

        def record(session: Session, head: Recorded) -> None:
            one = counts.Counted(lot_id=lot.id, quantity=quantity, counted_at=head.occurred_at)
            counts.record(session, count_id=count.id, key=head.key, counted=[one], at=head.recorded_at, by=head.by)

        self._do(record, cut=cut, keyed=False)
        count.counted[lot.id] = quantity, self._last.occurred_at

    @precondition(lambda self: self._open_counts())
    @rule(data=st.data(), cut=cuts)
    def a_count_is_handed_in(self, data: st.DataObject, cut: int | None) -> None:
        count = self._one_of(data, "count", self._open_counts())

        def submit(session: Session, head: Recorded) -> None:
            counts.submit(session, count_id=count.id, at=head.occurred_at)
            reasons = dict.fromkeys(count.counted, (VarianceReason.BROKEN, ""))
            counts.explain(session, count_id=count.id, reasons=reasons, by=head.by)

        refused = None if count.counted else InvalidInput
        self._do(submit, cut=cut, refused=refused, keyed=False)
        count.handed_in, count.explained = not refused, set(count.counted)

    @precondition(lambda self: any(count.handed_in for count in self.counts))
    @rule(data=st.data(), cut=cuts)
    def a_count_is_posted(self, data: st.DataObject, cut: int | None) -> None:
        count = self._one_of(data, "count", [count for count in self.counts if count.handed_in])

        def post(session: Session, head: Recorded) -> tuple[str | None, int]:
            posting = counts.post(
                session, count_id=count.id, at=head.occurred_at, recorded_at=head.recorded_at, by=head.by
            )
            return posting.document.key if posting.document else None, len(posting.waiting)

        if count.posted:
            assert self._do(post, cut=cut, keyed=False)[1] == 0
            return
        moves, awaiting = self._differences(count)
        closed = any(self._is_closed_at(count.place_id, move.happened_at) for move in moves)
        posted = self._do(post, cut=cut, refused=DayClosed if closed and not awaiting else None, keyed=False)
        if posted is None:
            return
        key, waiting = posted
        assert waiting == awaiting
        if awaiting:
            return
        count.posted = True
        assert (key is None) == (not moves)
        if key is not None:
            self.books.write(key, Paper(moves=moves, adjusts=True))

    # Promising --------------------------------------------------------------------------------------------------------

    @rule(store=stores, item=items, quantity=quantities, cut=cuts)
    def goods_are_promised(self, store: str, item: str, quantity: int, cut: int | None) -> None:
        place_id, item_id = self.frame.store[store], self.frame.item[item]

        def reserve(more: int) -> Run[str]:
            return lambda session, head: (
                promises.reserve(
                    session,
                    key=head.key,
                    location_id=place_id,
                    item_id=item_id,
                    quantity=quantity + more,
                    at=head.occurred_at,
                ).key
            )

        refused = Short if quantity > self.books.available(place_id, item_id, self.now.date()) else None
        key = self._do(reserve(0), other=reserve(1), refused=refused, cut=cut, paper=Reservation)
        if key is not None:
            self.books.promises[key] = Promise(place_id=place_id, item_id=item_id, quantity=quantity)

    @precondition(lambda self: self.books.promises)
    @rule(data=st.data(), to=st.sampled_from([Place.CONSUMED, Place.RECIPIENT]), cut=cuts)
    def what_was_promised_is_handed_out(self, data: st.DataObject, to: Place, cut: int | None) -> None:
        key = self._one_of(data, "promise", sorted(self.books.promises))
        promise = self.books.promises[key]
        goods = {name: promise.quantity for name, id_ in self.frame.item.items() if id_ == promise.item_id}
        if self._issue(ledger.issue, promise.place_id, self.frame.outside[to], goods, kept=(key,), cut=cut):
            del self.books.promises[key]

    @precondition(lambda self: self.books.promises)
    @rule(data=st.data(), cut=cuts)
    def a_promise_is_withdrawn(self, data: st.DataObject, cut: int | None) -> None:
        key = self._one_of(data, "promise", sorted(self.books.promises))
        self._do(lambda s, head: promises.release(s, keys=[key], at=head.occurred_at), cut=cut, keyed=False)
        del self.books.promises[key]

    @rule(point=st.sampled_from(STORES), item=items, quantity=quantities, cut=cuts)
    def a_point_asks(self, point: str, item: str, quantity: int, cut: int | None) -> None:
        def request(more: int) -> Run[int]:
            return lambda session, head: (
                ask(
                    session,
                    key=head.key,
                    unit=session.get_one(Unit, self.frame.unit[point]),
                    item=catalogue.get_item(session, self.frame.item[item]),
                    quantity=quantity + more,
                    daily_need=20,
                    at=head.occurred_at,
                    by=head.by,
                ).id
            )

        made = self._do(request(0), other=request(1), cut=cut, paper=Requisition)
        self.requests[made] = item

    @precondition(lambda self: self.requests)
    @rule(data=st.data(), cut=cuts)
    def a_request_is_withdrawn(self, data: st.DataObject, cut: int | None) -> None:
        id_ = self._one_of(data, "request", sorted(self.requests))
        self._do(lambda s, _: withdraw(s, requisition_id=id_), cut=cut, keyed=False)
        del self.requests[id_]

    @rule(item=items, cut=cuts)
    def goods_are_shared_out(self, item: str, cut: int | None) -> None:
        store_id, item_id = self.frame.store["warehouse"], self.frame.item[item]

        def share(item: str) -> Run[dict[str, int]]:
            def run(session: Session, head: Recorded) -> dict[str, int]:
                terms = {"item_id": self.frame.item[item], "source_id": store_id, "pack_word": PACK_WORDS[item]}
                made = share_out(session, recorded=head, **terms)  # type: ignore[arg-type]
                return {share.reservation_key: share.quantity for share in made.shares if share.is_carried}

            return run

        other = share(next(name for name in ITEMS if name != item))
        answered = [id_ for id_, asked in self.requests.items() if asked == item]
        promised = self._do(
            share(item), other=other, cut=cut, refused=None if answered else InvalidInput, paper=AllocationRun
        )
        if promised is None:
            return
        assert sum(promised.values()) <= max(0, self.books.available(store_id, item_id, self.now.date()))
        for id_ in answered:
            del self.requests[id_]
        for key, quantity in promised.items():
            self.books.promises[key] = Promise(place_id=store_id, item_id=item_id, quantity=quantity)
            self.keys[Reservation].add(key)

    # Once more, and back ----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.books.papers)
    @rule(data=st.data(), by=units | st.just("bureau"), cut=cuts)
    def a_document_is_reversed(self, data: st.DataObject, by: str, cut: int | None) -> None:
        key = self._one_of(data, "document", sorted(self.books.papers))
        paper = self.books.papers[key]

        def reverse(session: Session, head: Recorded) -> str:
            document = ledger.document_by_key(session, key)
            assert document is not None
            return reverse_document(session, recorded=head, document_id=document.id, unit_id=self._unit_id(by)).key

        moves = [move.back for move in paper.moves]
        refused: Refusal = None
        if not all(self._answers_for(by, place) for place in self._made_at(key)):
            refused = RecordedElsewhere
        elif paper.undone or paper.undoes:
            refused = AlreadyReversed
        elif self._built_upon(key):
            refused = WrongState
        elif self.books.breaks_a_promise(moves, self.now.date()):
            refused = Promised
        elif not self.books.bears(moves):
            refused = Short
        self._write(reverse, moves=moves, refused=refused, cut=cut, undoes=key)

    @precondition(lambda self: self.acts)
    @rule(data=st.data(), cut=cuts)
    def an_earlier_act_is_sent_again(self, data: st.DataObject, cut: int | None) -> None:
        act = self.acts[self._one_of(data, "act", list(self.acts))]
        if cut is not None:
            self._try(act.run, act.head, cut)
        self._run(act.run, act.head)

    @precondition(lambda self: self.acts)
    @rule(data=st.data())
    def an_earlier_key_comes_with_other_contents(self, data: st.DataObject) -> None:
        act = self.acts[self._one_of(data, "act", list(self.acts))]
        with pytest.raises(KeyReused):
            self._run(act.other, replace(act.head, reason="something else"))

    @precondition(lambda self: self.books.papers)
    @rule(data=st.data())
    def the_key_of_a_document_comes_with_a_consignment(self, data: st.DataObject) -> None:
        sent = {one.document for one in self.sent}
        keys = sorted(self.books.papers.keys() - sent)
        if not keys:
            return
        key = self._one_of(data, "document", keys)

        def send(session: Session, head: Recorded) -> None:
            ends = [session.get_one(StockLocation, self.frame.store[store]) for store in STORES[:2]]
            wanted = {self.frame.item["masks"]: 1}
            consignments.send(session, recorded=head, source=ends[0], destination=ends[1], wanted=wanted)

        with pytest.raises(KeyReused):
            self._run(send, recorded(key, at=self.now))

    @rule(passed=st.integers(1, 60))
    def days_pass(self, passed: int) -> None:
        self.now += dt.timedelta(days=passed)

    # Closed days ------------------------------------------------------------------------------------------------------

    @rule(by=units, days_ago=st.integers(-1, 3), cut=cuts)
    def the_day_is_closed(self, by: str, days_ago: int, cut: int | None) -> None:
        day, at = self.now.date() - dt.timedelta(days=days_ago), self.now

        def close(session: Session, head: Recorded) -> tuple[int, dt.datetime]:
            made = days.close_day(
                session,
                key=head.key,
                unit_id=self._unit_id(by),
                day=day,
                at=head.occurred_at,
                zone=dt.UTC,
                by=head.by,
                note=head.reason,
            )
            return made.id, made.ends_at

        last = self.closed[by][-1] if self.closed[by] else None
        refused: Refusal = None
        if days_ago < 0:
            refused = InvalidInput
        elif last is not None and day <= last.day:
            refused = DayClosed
        made = self._do(close, cut=cut, refused=refused, paper=DayClosing)
        if made is not None:
            midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
            begins_at = last.ends_at if last else dt.datetime.combine(day, dt.time(), dt.UTC)
            closed = Closed(id=made[0], day=day, ends_at=max(begins_at, min(midnight, at)))
            assert made[1] == closed.ends_at
            self.closed[by].append(closed)
            self.closings.append((by, closed))

    @precondition(lambda self: self.closings)
    @rule(data=st.data(), cut=cuts)
    def a_closed_day_is_reopened(self, data: st.DataObject, cut: int | None) -> None:
        by, closed = self._one_of(data, "closing", self.closings)

        def reopen(session: Session, head: Recorded) -> None:
            days.reopen_day(
                session, key=head.key, closing_id=closed.id, at=head.occurred_at, by=head.by, reason=head.reason
            )

        above = [] if by == "bureau" else self.closed["bureau"][-1:]
        refused: Refusal = None
        if closed not in self.closed[by][-1:]:
            refused = WrongState
        elif any(one.ends_at >= closed.ends_at for one in above):
            refused = DayClosed
        self._do(reopen, cut=cut, refused=refused, paper=DayReopening)
        if not refused:
            self.closed[by].pop()

    @rule(data=st.data(), store=stores, hours=st.integers(1, 100), quantity=quantities, cut=cuts)
    def goods_of_an_earlier_day_are_recorded(
        self, data: st.DataObject, store: str, hours: int, quantity: int, cut: int | None
    ) -> None:
        lot = self._one_of(data, "lot", self._common_lots())
        happened_at = max(NOW, self.now - dt.timedelta(hours=hours))
        move = self._move(lot, self.frame.outside[Place.SUPPLIER], self.frame.store[store], quantity)

        def receive(session: Session, head: Recorded) -> str:
            late = replace(head, occurred_at=happened_at)
            return ledger.receive(session, recorded=late, lines=[_line(move)]).key

        refused = DayClosed if self._is_closed_at(move.destination_id, happened_at) else None
        self._write(receive, moves=[replace(move, happened_at=happened_at)], refused=refused, cut=cut)

    # Laws -------------------------------------------------------------------------------------------------------------

    @invariant()
    def the_ledger_says_what_the_books_say(self) -> None:
        with self.database.reading() as session:
            assert _balances(session) == {key: left for key, left in self.books.stock.items() if left}
            assert _lines(session) == {key: _ways(paper.moves) for key, paper in self.books.papers.items()}
            assert _promises(session) == self.books.promises
            assert stock.prove(session).findings == ()

    @invariant()
    def every_paper_is_there_once_and_whole(self) -> None:
        with self.database.reading() as session:
            assert _papers(session) == Counter(
                (table.__name__, key) for table, keys in self.keys.items() for key in keys
            )
            assert _receipts(session) == {
                Task.__name__: self.tasks,
                DonationReceipt.__name__: self.given,
                PurchaseReceipt.__name__: {key for order in self.orders for key in order.receipts},
            }

    @rule()
    def the_pages_say_so_too(self) -> None:
        with self.database.reading() as session:
            self._assert_available(session)
            self._assert_purchases(session)
            self._assert_consignments(session)
            assert days.prove_days(session).findings == ()

    def _assert_available(self, session: Session) -> None:
        day = self.now.date()
        for place_id in self.frame.store.values():
            for item_id in self.frame.item.values():
                left = self.books.available(place_id, item_id, day)
                assert stock.available(session, location_id=place_id, item_id=item_id, on=day) == left

    def _assert_purchases(self, session: Session) -> None:
        for order in self.orders:
            line = purchasing.standing(session, purchasing.get_order(session, order.id)).lines[0]
            assert line.open == self._open(order)
        for fund in funds.funds(session, unit_id=self.frame.bureau):
            assert fund.balance_fen == self.fund_fen == sum(session.scalars(select(FundEntry.amount_fen)))

    def _assert_consignments(self, session: Session) -> None:
        for sent in self.sent:
            standing = consignments.standing(session, consignments.get_consignment(session, sent.id))
            assert standing.state is self._state(sent)

    # Doing ------------------------------------------------------------------------------------------------------------

    def _do(
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
        self._last = head = recorded(f"act-{self._number}", at=self.now, reason="as planned")
        self.now += dt.timedelta(minutes=1)
        if cut is not None:
            self._try(run, head, cut)
        if refused is not None:
            with pytest.raises(refused) as error:
                self._run(run, head)
            assert error.type is refused
            return None
        made = self._run(run, head)
        if paper is not None:
            self.keys[paper].add(head.key)
        if keyed:
            self.acts[head.key] = Act(run=run, other=other or run, head=head)
        return made

    def _try(self, run: Run[Any], head: Recorded, cut: int) -> None:
        try:
            with power_cut(self.database.engine, after=cut), suppress(InventoryError, ServiceError):
                self._run(run, head)
        except PowerCut:
            self.the_ledger_says_what_the_books_say()
            self.every_paper_is_there_once_and_whole()

    def _run(self, run: Run[T], head: Recorded) -> T:
        with self.database.transaction() as session:
            return run(session, head)

    def _write(
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
        key: str | None = self._do(run, cut=cut, refused=refused)
        if key is not None:
            self.books.write(key, Paper(moves=moves, undoes=undoes, adjusts=adjusts))
        return key

    def _issue(
        self,
        act: Callable[..., Document],
        source_id: int,
        destination_id: int,
        goods: dict[str, int],
        *,
        kept: tuple[str, ...] = (),
        cut: int | None,
    ) -> str | None:
        def issue(session: Session, head: Recorded) -> str:
            return act(
                session,
                recorded=head,
                source_id=source_id,
                destination_id=destination_id,
                wanted=self._by_id(goods),
                promised=kept,
            ).key

        moves = self._pick(source_id, destination_id, goods, kept)
        if isinstance(moves, list):
            return self._write(issue, moves=moves, cut=cut)
        return self._write(issue, moves=(), refused=moves, cut=cut)

    # Foretelling ------------------------------------------------------------------------------------------------------

    def _pick(
        self, source_id: int, destination_id: int, goods: dict[str, int], kept: tuple[str, ...] = ()
    ) -> list[Move] | type[InventoryError]:
        return self.books.pick(source_id, destination_id, self._by_id(goods), at=self.now, kept=kept)

    def _came(self, order: Bought) -> int:
        return sum(quantity for key, quantity in order.receipts.items() if not self.books.papers[key].undone)

    def _open(self, order: Bought) -> int:
        return max(0, order.quantity - self._came(order))

    def _given(self, place_id: int, lot_id: int, by: str) -> int:
        """What a place outside got of a lot from places of the unit and those below it, less what came back there."""
        ours = {place.id for place in self.books.places.values() if place.inside and self._answers_for(by, place.id)}
        return self.books.given(lot_id, place_id, ours)

    def _answers_for(self, by: str, place_id: int) -> bool:
        return by == "bureau" or self.books.places[place_id].unit_id == self.frame.unit[by]

    def _made_at(self, key: str) -> set[int]:
        """The places whose people recorded a document: of a consignment's the end that made it, else all inside that it touched."""
        for sent in self.sent:
            if key in (sent.document, *self._answers_of(sent)):
                return {sent.source_id}
            if key in (signed.document for signed in sent.signatures):
                return {sent.destination_id}
        touched = {place for move in self.books.papers[key].moves for place in (move.source_id, move.destination_id)}
        return {place for place in touched if self.books.places[place].inside}

    def _answers_of(self, sent: Sent) -> Iterator[str | None]:
        for signed in sent.signatures:
            yield from (document for _, _, document in signed.answers)

    def _is_closed_at(self, place_id: int, moment: dt.datetime) -> bool:
        """Whether a unit that answers for a place has closed its books beyond a moment."""
        closers = [by for by in UNITS if self.closed[by] and self._answers_for(by, place_id)]
        return any(moment < self.closed[by][-1].ends_at for by in closers)

    def _standing(self, sent: Sent) -> Signed | None:
        standing = [signed for signed in sent.signatures if not self._undone(signed.document)]
        return standing[-1] if standing else None

    def _undone(self, key: str | None) -> bool:
        return key is not None and self.books.papers[key].undone

    def _unanswered(self, signed: Signed, difference_id: int) -> int:
        answered = [q for id_, q, key in signed.answers if id_ == difference_id and not self._undone(key)]
        return abs(signed.differences[difference_id][1]) - sum(answered)

    def _state(self, sent: Sent) -> ConsignmentState:
        left, signed = bool(self.books.held(sent.transit_id)), self._standing(sent)
        if signed is None:
            return ConsignmentState.ON_THE_WAY if left else ConsignmentState.WITHDRAWN
        waits = left or any(self._unanswered(signed, id_) for id_ in signed.differences)
        return ConsignmentState.DIFFERING if waits else ConsignmentState.SETTLED

    def _built_upon(self, key: str) -> bool:
        for sent in self.sent:
            signed = self._standing(sent)
            if signed is None:
                continue
            answered = any(not self._undone(document) for _, _, document in signed.answers)
            if sent.document == key or (signed.document == key and answered):
                return True
        return False

    def _may_go(self, lot_id: int, destination_id: int) -> bool:
        """Whether a lot given for certain units may go from one place inside to another, or out to where nobody uses it."""
        named, destination = self.books.lots[lot_id].named, self.books.places[destination_id]
        return not named or not destination.inside or destination.unit_id in named

    def _differences(self, count: Count) -> tuple[list[Move], int]:
        """What posting a count moves, and how many of its lots await another count or a reason."""
        moves: list[Move] = []
        awaiting = 0
        for lot_id, (quantity, counted_at) in count.counted.items():
            expected = self.books.at(counted_at, count.place_id, lot_id)
            later = self.books.since(counted_at, count.place_id, lot_id)
            gone = self.books.stock[count.place_id, lot_id] + quantity - expected < 0
            again = gone or any(paper.adjusts for paper, _ in later)
            if again or (quantity != expected and lot_id not in count.explained):
                awaiting += 1
            elif quantity != expected:
                moves.append(replace(self._found(lot_id, count.place_id, quantity - expected), happened_at=counted_at))
        return moves, awaiting

    # Naming -----------------------------------------------------------------------------------------------------------

    def _one_of(self, data: st.DataObject, label: str, choices: Collection[T]) -> T:
        return data.draw(st.sampled_from(list(choices)), label=label)

    def _common_lots(self) -> list[PlainLot]:
        return [lot for lot in self.books.lots.values() if "/" not in lot.code]

    def _open_counts(self) -> list[Count]:
        return [count for count in self.counts if not count.posted]

    def _unit_id(self, name: str) -> int:
        return self.frame.bureau if name == "bureau" else self.frame.unit[name]

    def _by_id(self, goods: dict[str, int]) -> dict[int, int]:
        return {self.frame.item[name]: quantity for name, quantity in goods.items()}

    def _move(self, lot: PlainLot, source_id: int, destination_id: int, quantity: int) -> Move:
        return Move(
            lot_id=lot.id,
            source_id=source_id,
            destination_id=destination_id,
            quantity=quantity,
            happened_at=self.now,
        )

    def _found(self, lot_id: int, place_id: int, difference: int) -> Move:
        ends = [self.frame.outside[Place.VARIANCE], place_id]
        source_id, destination_id = ends if difference > 0 else reversed(ends)
        return self._move(self.books.lots[lot_id], source_id, destination_id, abs(difference))

    def _place(self, session: Session, kind: Place) -> StockLocation:
        return session.get_one(StockLocation, self.frame.outside[kind])


def test_every_document_in_any_order_keeps_the_laws_of_the_ledger(databases: Postgres | SqliteFiles) -> None:
    run_state_machine_as_test(
        lambda: EveryDocument(databases),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


# What is there at first -----------------------------------------------------------------------------------------------


def _settle(url: str) -> None:
    """The small county with stores at its points, a household and a donor."""
    database = Database(url)
    database.upgrade()
    with database.transaction() as session:
        county = make_county(session)
        units = {"warehouse": county.warehouse, "station": county.station, "checkpoint": county.checkpoint}
        outside = {kind: places.the_location(session, kind).id for kind in places.SINGLE}
        outside[Place.SUPPLIER] = county.supplier.id
        for kind in (Place.DONOR, Place.RECIPIENT):
            outside[kind] = places.open_location(session, place=kind, code="赵家", name="赵家").id
        for item, code in ((county.masks, "M3"), (county.disinfectant, "X2")):
            catalogue.lot_for(session, item=item, code=code, expires_on=None)
        for unit in (county.station, county.checkpoint):
            ledger.transfer(
                session,
                recorded=recorded(f"first-{unit.code}"),
                source_id=county.store.id,
                destination_id=places.store_of(session, unit).id,
                wanted={county.masks.id: 300, county.disinfectant.id: 1_000},
            )
        frame = Frame(
            store={name: places.store_of(session, unit).id for name, unit in units.items()},
            unit={name: unit.id for name, unit in units.items()},
            item={"masks": county.masks.id, "disinfectant": county.disinfectant.id},
            outside=outside,
            bureau=county.bureau.id,
            books=_opening(session),
        )
    _FRAMES[database.engine.dialect.name] = pickle.dumps(frame)
    database.dispose()


def _opening(session: Session) -> Books:
    """The books as the county's opening stock leaves them."""
    opening = _lines(session)
    known = [
        PlainLot(id=lot.id, item_id=lot.item_id, code=lot.code, expires_on=lot.expires_on)
        for lot in session.scalars(select(catalogue.Lot))
    ]
    books = Books(
        places={
            place.id: PlainPlace(id=place.id, kind=place.place, unit_id=place.unit_id)
            for place in session.scalars(select(StockLocation))
        },
        lots={lot.id: lot for lot in known},
        stock=Counter(_balances(session)),
    )
    for key, ways_ in opening.items():
        moves = [
            Move(lot_id=lot_id, source_id=source_id, destination_id=destination_id, quantity=quantity, happened_at=NOW)
            for (lot_id, source_id, destination_id), quantity in ways_.items()
        ]
        books.papers[key] = Paper(moves=moves)
    return books


# What the database says -----------------------------------------------------------------------------------------------


def _balances(session: Session) -> dict[tuple[int, int], int]:
    rows = session.execute(select(Balance.location_id, Balance.lot_id, Balance.quantity))
    return {(place_id, lot_id): quantity for place_id, lot_id, quantity in rows if quantity}


def _lines(session: Session) -> dict[str, Counter[tuple[int, int, int]]]:
    """The moves of every document by its key; of one without lines, none."""
    lines: dict[str, Counter[tuple[int, int, int]]] = {}
    for key, lot_id, source_id, destination_id, quantity in session.execute(
        select(Document.key, Movement.lot_id, Movement.source_id, Movement.destination_id, Movement.quantity).outerjoin(
            Movement, Movement.document_id == Document.id
        )
    ):
        of_document = lines.setdefault(key, Counter())
        if quantity is not None:
            of_document[lot_id, source_id, destination_id] += quantity
    return lines


def _ways(moves: Sequence[Move]) -> Counter[tuple[int, int, int]]:
    ways_: Counter[tuple[int, int, int]] = Counter()
    for move in moves:
        ways_[move.way] += move.quantity
    return ways_


def _promises(session: Session) -> dict[str, Promise]:
    standing = session.scalars(select(Reservation).where(Reservation.released_at.is_(None)))
    return {one.key: Promise(place_id=one.location_id, item_id=one.item_id, quantity=one.quantity) for one in standing}


def _papers(session: Session) -> Counter[tuple[str, str]]:
    """The papers that have a key of their own, by their kind and key."""
    all_kinds = union_all(*(select(literal(table.__name__), table.key) for table in KEYED))
    return Counter((kind, key) for kind, key in session.execute(all_kinds))


def _receipts(session: Session) -> dict[str, set[str]]:
    """The keys of the documents beside which a row of these kinds stands."""
    kinds = (Task, DonationReceipt, PurchaseReceipt)
    beside = [select(literal(t.__name__), Document.key).join(t, t.document_id == Document.id) for t in kinds]
    found: dict[str, set[str]] = {kind.__name__: set() for kind in kinds}
    for kind, key in session.execute(union_all(*beside)):
        found[kind].add(key)
    return found


def _line(move: Move) -> Line:
    return Line(
        lot_id=move.lot_id, source_id=move.source_id, destination_id=move.destination_id, quantity=move.quantity
    )
