"""Goods that come in: bought, or ordered first."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy.orm import Session

from inventory import ledger, purchasing
from inventory.errors import AlreadyPaid, InvalidInput, OverDelivery, WrongState
from inventory.ledger import Recorded
from inventory.places import Place, StockLocation
from inventory.purchasing import Came, Ordered, PurchaseOrder, PurchaseReceipt, PurchaseState
from inventory.units import Unit
from tests.inventory.laws.frame import BASE_UNITS
from tests.inventory.laws.machine import Machine, Refusal, cuts, items, line, quantities, stores
from tests.postgres import Postgres
from tests.sqlite_files import SqliteFiles

PRICE_FEN = 100


@dataclass(slots=True, kw_only=True)
class Bought:
    """A purchase order of one item; `receipts` are keys of documents and what each brought."""

    id: int
    item: str
    quantity: int
    state: PurchaseState = PurchaseState.OPEN
    receipts: dict[str, int] = field(default_factory=dict)
    spent_fen: int = 0


class Ordering(Machine):
    """What the buyer does."""

    def __init__(self, databases: Postgres | SqliteFiles) -> None:
        super().__init__(databases)
        self.orders: list[Bought] = []

    @rule(data=st.data(), store=stores, quantity=quantities, cut=cuts)
    def goods_come_in(self, data: st.DataObject, store: str, quantity: int, cut: int | None) -> None:
        lot = self.one_of(data, "lot", self.common_lots())
        move = self.move(lot, self.frame.outside[Place.SUPPLIER], self.frame.store[store], quantity)
        self.write(lambda s, head: ledger.receive(s, recorded=head, lines=[line(move)]).key, moves=[move], cut=cut)

    @rule(item=items, quantity=quantities, cut=cuts)
    def goods_are_ordered(self, item: str, quantity: int, cut: int | None) -> None:
        wanted = Ordered(
            item_id=self.frame.item[item], quantity=quantity, price_fen=PRICE_FEN, price_word=BASE_UNITS[item]
        )

        def order(session: Session, head: Recorded) -> int:
            return purchasing.order_goods(
                session,
                key=head.key,
                supplier=self.place(session, Place.SUPPLIER),
                unit=session.get_one(Unit, self.frame.unit["bureau"]),
                lines=[wanted],
                at=head.occurred_at,
                by=head.by,
                note=head.reason,
            ).id

        made = self.do(order, cut=cut, paper=PurchaseOrder)
        self.orders.append(Bought(id=made, item=item, quantity=quantity))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), quantity=quantities, accept_more=st.booleans(), cut=cuts)
    def a_part_of_an_order_arrives(
        self, data: st.DataObject, quantity: int, accept_more: bool, cut: int | None
    ) -> None:
        order = self.one_of(data, "order", self.orders)
        lot = self.one_of(
            data, "lot", [lot for lot in self.common_lots() if lot.item_id == self.frame.item[order.item]]
        )
        move = self.move(lot, self.frame.outside[Place.SUPPLIER], self.frame.store["warehouse"], quantity)

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
        key = self.write(receive, moves=[move], refused=refused, cut=cut)
        if key is not None:
            order.receipts[key] = quantity
            self.beside[PurchaseReceipt].add(key)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), cut=cuts)
    def an_order_is_closed(self, data: st.DataObject, cut: int | None) -> None:
        order = self.one_of(data, "order", self.orders)

        def close(session: Session, head: Recorded) -> None:
            version = purchasing.get_order(session, order.id).version
            purchasing.close_short(
                session, order_id=order.id, version=version, reason="够了", at=head.occurred_at, by=head.by
            )

        refused = WrongState if order.state is PurchaseState.CANCELLED else None
        self.do(close, cut=cut, refused=refused, keyed=False)
        if not refused:
            order.state = PurchaseState.CLOSED

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), cut=cuts)
    def an_order_is_cancelled(self, data: st.DataObject, cut: int | None) -> None:
        order = self.one_of(data, "order", self.orders)

        def cancel(session: Session, head: Recorded) -> None:
            version = purchasing.get_order(session, order.id).version
            purchasing.cancel(
                session, order_id=order.id, version=version, reason="不要了", at=head.occurred_at, by=head.by
            )

        refused: Refusal = None
        if order.state is not PurchaseState.CANCELLED:
            if self.came(order):
                refused = WrongState
            elif order.spent_fen:
                refused = AlreadyPaid
            elif order.state is PurchaseState.CLOSED:
                refused = WrongState
        self.do(cancel, cut=cut, refused=refused, keyed=False)
        if not refused:
            order.state = PurchaseState.CANCELLED

    # Foretelling ------------------------------------------------------------------------------------------------------

    def came(self, order: Bought) -> int:
        return sum(quantity for key, quantity in order.receipts.items() if not self.books.papers[key].undone)

    def _open(self, order: Bought) -> int:
        return max(0, order.quantity - self.came(order))

    def assert_orders(self, session: Session) -> None:
        for order in self.orders:
            standing = purchasing.standing(session, purchasing.get_order(session, order.id))
            assert standing.lines[0].open == self._open(order)
