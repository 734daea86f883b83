"""Goods that are given out, used or moved, and what comes back of them."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy.orm import Session

from inventory import consumption, ledger, returns
from inventory.consumption import Task, TaskShort
from inventory.errors import Promised, Restricted, Short
from inventory.ledger import Recorded
from inventory.places import Place, StockLocation
from inventory.units import Unit
from tests.inventory.laws.frame import STORES
from tests.inventory.laws.machine import Machine, Refusal, cuts, quantities, stores, units, wanted_goods, ways


class HandingOut(Machine):
    """What the storekeeper does."""

    @rule(store=stores, goods=wanted_goods, used=st.booleans(), cut=cuts)
    def goods_are_given_out(self, store: str, goods: dict[str, int], used: bool, cut: int | None) -> None:
        to = self.frame.outside[Place.CONSUMED if used else Place.RECIPIENT]
        self.issue(ledger.issue, self.frame.store[store], to, goods, cut=cut)

    @rule(way=ways, goods=wanted_goods, cut=cuts)
    def goods_are_moved(self, way: tuple[str, str], goods: dict[str, int], cut: int | None) -> None:
        source_id, destination_id = (self.frame.store[store] for store in way)
        self.issue(ledger.transfer, source_id, destination_id, goods, cut=cut)

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

        moves = self.pick(source_id, self.frame.outside[Place.CONSUMED], {"masks": quantity})
        refused = None if isinstance(moves, list) else TaskShort
        key = self.write(book, moves=moves if isinstance(moves, list) else (), refused=refused, cut=cut)
        if key is not None:
            self.beside[Task].add(key)

    @rule(data=st.data(), quantity=quantities, by=units, cut=cuts)
    def goods_come_back(self, data: st.DataObject, quantity: int, by: str, cut: int | None) -> None:
        source = self.one_of(data, "from", [*STORES[1:], "household"])
        source_id = self.frame.store.get(source, self.frame.outside[Place.RECIPIENT])
        held = self.books.held(source_id)
        if not held:
            return
        lot = self.one_of(data, "lot", held)
        move = self.move(lot, source_id, self.frame.store["warehouse"], quantity)

        def take_back(session: Session, head: Recorded) -> str:
            source, destination = (session.get_one(StockLocation, end) for end in (source_id, move.destination_id))
            return returns.take_back(
                session,
                recorded=head,
                source=source,
                destination=destination,
                lots={lot.id: quantity},
                unit_id=self.frame.unit[by],
            ).key

        unit_id = self.books.places[source_id].unit_id
        most = self.books.stock[source_id, lot.id]
        if unit_id is None:
            most = min(most, self.given(source_id, lot.id, by))
        refused: Refusal = None
        if quantity > most:
            refused = Short
        elif lot.named and unit_id is not None and unit_id not in lot.named:
            refused = Restricted
        elif self.books.breaks_a_promise([move], self.now.date()):
            refused = Promised
        self.write(take_back, moves=[move], refused=refused, cut=cut)
