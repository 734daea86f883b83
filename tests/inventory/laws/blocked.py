"""Lots that may not be used: blocked, brought back, disposed of."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy.orm import Session

from inventory import lots
from inventory.catalogue import LotStatus
from inventory.errors import InvalidInput, NotFound, Short
from inventory.ledger import Recorded
from inventory.lots import LotStatusChange, Portion
from inventory.places import Place
from tests.inventory.laws.frame import STORES
from tests.inventory.laws.machine import Machine, Refusal, cuts, quantities, stores, units
from tests.postgres import Postgres
from tests.sqlite_files import SqliteFiles


class Blocking(Machine):
    """What happens to a lot that is bad."""

    def __init__(self, databases: Postgres | SqliteFiles) -> None:
        super().__init__(databases)
        self.status: dict[int, LotStatus] = {}

    @rule(data=st.data(), status=st.sampled_from(LotStatus), cut=cuts)
    def a_lot_is_blocked_or_freed(self, data: st.DataObject, status: LotStatus, cut: int | None) -> None:
        lot = self.one_of(data, "lot", list(self.books.lots.values()))
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
        self.do(change, cut=cut, refused=refused, paper=LotStatusChange)
        if refused:
            return
        self.status[lot.id] = status
        (self.books.blocked.discard if status is LotStatus.USABLE else self.books.blocked.add)(lot.id)

    @precondition(lambda self: self.books.blocked)
    @rule(data=st.data(), quantity=quantities, by=units, cut=cuts)
    def blocked_goods_are_brought_back(self, data: st.DataObject, quantity: int, by: str, cut: int | None) -> None:
        lot = self.books.lots[self.one_of(data, "lot", sorted(self.books.blocked))]
        source = self.one_of(data, "from", [*STORES[1:], "household"])
        source_id = self.frame.store.get(source, self.frame.outside[Place.RECIPIENT])
        move = self.move(lot, source_id, self.frame.store["warehouse"], quantity)

        def bring(session: Session, head: Recorded) -> str:
            return lots.bring_back(
                session,
                recorded=head,
                lot_id=lot.id,
                source_id=source_id,
                store_id=move.destination_id,
                quantity=quantity,
                unit_id=self.frame.unit[by],
            ).key

        refused: Refusal = None
        if source != "household":
            refused = None if self.answers_for(by, source_id) else NotFound
        elif (given := self.given(source_id, lot.id, by)) <= 0:
            refused = NotFound
        elif quantity > min(given, self.books.stock[source_id, lot.id]):
            refused = InvalidInput
        if refused is None and not self.books.bears([move]):
            refused = Short
        self.write(bring, moves=[move], refused=refused, cut=cut)

    @rule(data=st.data(), store=stores, quantity=quantities, cut=cuts)
    def what_may_not_be_used_is_disposed_of(
        self, data: st.DataObject, store: str, quantity: int, cut: int | None
    ) -> None:
        held = self.books.held(self.frame.store[store])
        if not held:
            return
        lot = self.one_of(data, "lot", held)
        move = self.move(lot, self.frame.store[store], self.frame.outside[Place.EXPIRED], quantity)

        def dispose(session: Session, head: Recorded) -> str:
            portion = Portion(location_id=move.source_id, lot_id=lot.id, quantity=quantity)
            return lots.dispose(session, recorded=head, portions=[portion]).key

        refused: Refusal = None
        if self.books.usable(lot, self.now.date()):
            refused = InvalidInput
        elif not self.books.bears([move]):
            refused = Short
        self.write(dispose, moves=[move], refused=refused, cut=cut)
