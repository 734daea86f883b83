"""Donations: the offer, its goods, its money and what the money buys."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import catalogue, donations, funds, purchasing
from inventory.donations import Donation, DonationReceipt, DonationState, Given
from inventory.errors import AlreadyReversed, InvalidInput, Overspent, WrongState
from inventory.funds import FundEntry
from inventory.ledger import Recorded
from inventory.places import Place, StockLocation
from inventory.purchasing import PurchaseState
from inventory.units import Unit
from tests.inventory.laws.books import Paper, PlainLot
from tests.inventory.laws.machine import Refusal, Run, cuts, items, quantities
from tests.inventory.laws.ordered import PRICE_FEN, Bought, Ordering
from tests.postgres import Postgres
from tests.sqlite_files import SqliteFiles

EXPIRES_LATE = dt.date(2021, 6, 1)


@dataclass(slots=True, kw_only=True)
class Offered:
    id: int
    item: str
    for_unit: int | None
    state: DonationState = DonationState.OFFERED


@dataclass(slots=True, kw_only=True)
class Entered:
    """A line of the money book: what came (+) or went (−), on an order or none."""

    id: int
    amount_fen: int
    order: Bought | None
    undoes: bool
    undone: bool = False


class Donating(Ordering):
    """What donors give, and what becomes of their money."""

    def __init__(self, databases: Postgres | SqliteFiles) -> None:
        super().__init__(databases)
        self.offers: list[Offered] = []
        self.fund_fen = 0
        self.entries: list[Entered] = []

    @initialize(item=items, amount_fen=st.none() | st.integers(1, 50_000))
    def the_first_donation(self, item: str, amount_fen: int | None) -> None:
        """Often there is money already, and something that it may pay for."""
        if amount_fen is not None:
            self.goods_are_offered(item, 100, False, None)
            self._decide(self.offers[0], True, None)
            self._receive_money(self.offers[0], amount_fen, None)
            self.goods_are_ordered(item, 300, None)

    @rule(item=items, quantity=quantities, for_station=st.booleans(), cut=cuts)
    def goods_are_offered(self, item: str, quantity: int, for_station: bool, cut: int | None) -> None:
        unit = self.frame.unit["station"] if for_station else None

        def offer(session: Session, head: Recorded) -> int:
            return donations.offer(
                session,
                key=head.key,
                donor=self.place(session, Place.DONOR),
                unit=session.get_one(Unit, self.frame.unit["bureau"]),
                at=head.occurred_at,
                by=head.by,
                lines=[(self.frame.item[item], quantity)],
                money_fen=50_000,
                unit_ids=[] if unit is None else [unit],
                note=head.reason,
            ).id

        made = self.do(offer, cut=cut, paper=Donation)
        self.offers.append(Offered(id=made, item=item, for_unit=unit))

    @precondition(lambda self: self.offers)
    @rule(data=st.data(), accepted=st.booleans(), cut=cuts)
    def an_offer_is_decided(self, data: st.DataObject, accepted: bool, cut: int | None) -> None:
        self._decide(self.one_of(data, "offer", self.offers), accepted, cut)

    def _decide(self, offer: Offered, accepted: bool, cut: int | None) -> None:
        decide = donations.accept if accepted else donations.refuse
        state = DonationState.ACCEPTED if accepted else DonationState.REFUSED

        def say(session: Session, head: Recorded) -> None:
            decide(session, donation_id=offer.id, at=head.occurred_at, by=head.by, reason="同意")

        refused = None if offer.state in (DonationState.OFFERED, state) else WrongState
        self.do(say, cut=cut, refused=refused, keyed=False)
        if not refused:
            offer.state = state

    @precondition(lambda self: self.offers)
    @rule(data=st.data(), cut=cuts)
    def no_more_of_an_offer_will_come(self, data: st.DataObject, cut: int | None) -> None:
        offer = self.one_of(data, "offer", self.offers)

        def close(session: Session, head: Recorded) -> None:
            donations.close_short(session, donation_id=offer.id, reason="改捐邻县", at=head.occurred_at, by=head.by)

        refused = None if offer.state in (DonationState.ACCEPTED, DonationState.CLOSED) else WrongState
        self.do(close, cut=cut, refused=refused, keyed=False)
        if not refused:
            offer.state = DonationState.CLOSED

    @precondition(lambda self: self.offers)
    @rule(data=st.data(), quantity=quantities, cut=cuts)
    def goods_of_an_offer_arrive(self, data: st.DataObject, quantity: int, cut: int | None) -> None:
        offer = self.one_of(data, "offer", self.offers)

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
        made = self.do(receive, cut=cut, refused=refused)
        if made is not None:
            key, lot_id, code = made
            named = frozenset(() if offer.for_unit is None else (offer.for_unit,))
            lot = PlainLot(
                id=lot_id, item_id=self.frame.item[offer.item], code=code, expires_on=EXPIRES_LATE, named=named
            )
            self.books.lots[lot_id] = lot
            ends = self.frame.outside[Place.DONOR], self.frame.store["warehouse"]
            came = replace(self.move(lot, *ends, quantity), happened_at=self.last.occurred_at)
            self.books.write(key, Paper(moves=[came]))
            self.beside[DonationReceipt].add(key)

    @precondition(lambda self: self.offers)
    @rule(data=st.data(), amount_fen=st.integers(1, 50_000), cut=cuts)
    def money_of_an_offer_arrives(self, data: st.DataObject, amount_fen: int, cut: int | None) -> None:
        self._receive_money(self.one_of(data, "offer", self.offers), amount_fen, cut)

    def _receive_money(self, offer: Offered, amount_fen: int, cut: int | None) -> None:
        def receive(session: Session, head: Recorded) -> int:
            return donations.receive_money(session, recorded=head, donation_id=offer.id, amount_fen=amount_fen).id

        refused = None if offer.state is DonationState.ACCEPTED else WrongState
        self._enter(receive, amount_fen, order=None, refused=refused, cut=cut)

    @precondition(lambda self: self.orders and self.entries)
    @rule(data=st.data(), amount_fen=st.integers(1, 60_000), cut=cuts)
    def money_is_spent_on_an_order(self, data: st.DataObject, amount_fen: int, cut: int | None) -> None:
        order = self.one_of(data, "order", self.orders)

        def spend(session: Session, head: Recorded) -> int:
            paid = purchasing.get_order(session, order.id)
            return donations.spend(session, recorded=head, fund_id=1, order=paid, amount_fen=amount_fen).id

        came, closed = self.came(order), order.state is PurchaseState.CLOSED
        payable_fen = PRICE_FEN * (came if closed else max(came, order.quantity))
        refused: Refusal = None
        if order.state is PurchaseState.CANCELLED:
            refused = WrongState
        elif amount_fen > min(self.fund_fen, payable_fen - order.spent_fen):
            refused = Overspent
        self._enter(spend, -amount_fen, order=order, refused=refused, cut=cut)

    @precondition(lambda self: self.entries)
    @rule(data=st.data(), cut=cuts)
    def money_is_booked_back(self, data: st.DataObject, cut: int | None) -> None:
        entry = self.one_of(data, "entry", self.entries)

        def reverse(session: Session, head: Recorded) -> int:
            return funds.reverse_entry(session, recorded=head, entry_id=entry.id).id

        refused: Refusal = None
        if entry.undoes or entry.undone:
            refused = AlreadyReversed
        elif entry.amount_fen > self.fund_fen:
            refused = Overspent
        self._enter(reverse, -entry.amount_fen, order=entry.order, refused=refused, undoes=entry, cut=cut)

    def _enter(
        self,
        run: Run[int],
        amount_fen: int,
        *,
        order: Bought | None,
        refused: Refusal,
        undoes: Entered | None = None,
        cut: int | None,
    ) -> None:
        """Enter money that came (+) or went (−), on an order or none."""
        made = self.do(run, cut=cut, refused=refused, paper=FundEntry)
        if made is None:
            return
        self.entries.append(Entered(id=made, amount_fen=amount_fen, order=order, undoes=undoes is not None))
        self.fund_fen += amount_fen
        if order is not None:
            order.spent_fen -= amount_fen
        if undoes is not None:
            undoes.undone = True

    def assert_money(self, session: Session) -> None:
        for fund in funds.funds(session, unit_id=self.frame.unit["bureau"]):
            assert fund.balance_fen == self.fund_fen == sum(session.scalars(select(FundEntry.amount_fen)))
        for order in self.orders:
            assert funds.spent_on(session, order.id) == order.spent_fen
