"""Promises: given, kept and withdrawn."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from inventory import ledger, promises
from inventory.errors import Short
from inventory.places import Place
from inventory.promises import Reservation
from tests.inventory.laws.books import Promise
from tests.inventory.laws.machine import Machine, Run, cuts, items, quantities, stores


class Promising(Machine):
    """What stays in the store for somebody."""

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
        key = self.do(reserve(0), other=reserve(1), refused=refused, cut=cut, paper=Reservation)
        if key is not None:
            self.books.promises[key] = Promise(place_id=place_id, item_id=item_id, quantity=quantity)

    @precondition(lambda self: self.books.promises)
    @rule(data=st.data(), to=st.sampled_from([Place.CONSUMED, Place.RECIPIENT]), cut=cuts)
    def what_was_promised_is_handed_out(self, data: st.DataObject, to: Place, cut: int | None) -> None:
        key = self.one_of(data, "promise", sorted(self.books.promises))
        promise = self.books.promises[key]
        goods = {name: promise.quantity for name, id_ in self.frame.item.items() if id_ == promise.item_id}
        if self.issue(ledger.issue, promise.place_id, self.frame.outside[to], goods, kept=(key,), cut=cut):
            del self.books.promises[key]

    @precondition(lambda self: self.books.promises)
    @rule(data=st.data(), cut=cuts)
    def a_promise_is_withdrawn(self, data: st.DataObject, cut: int | None) -> None:
        key = self.one_of(data, "promise", sorted(self.books.promises))
        self.do(lambda s, head: promises.release(s, keys=[key], at=head.occurred_at), cut=cut, keyed=False)
        del self.books.promises[key]
