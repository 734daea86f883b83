"""Requests, and the sharing-out that answers them: of one item, or of several together."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule
from sqlalchemy.orm import Session

from inventory import catalogue, joint
from inventory.coupled import Vehicle
from inventory.errors import InvalidInput
from inventory.ledger import Recorded
from inventory.promises import Reservation
from inventory.requisitions import Requisition, ask
from inventory.runs import AllocationRun, JointRun
from inventory.sharing import prove_allocations, share_out
from inventory.units import Unit
from logistics.supplies.operations import withdraw
from tests.inventory.laws.books import Promise
from tests.inventory.laws.frame import ITEMS, PACK_WORDS, STORES
from tests.inventory.laws.machine import Machine, Run, cuts, items, quantities
from tests.postgres import Postgres
from tests.sqlite_files import SqliteFiles

#: Too small for 2,000 masks (60 litres) or all the disinfectant that may be asked for.
VAN = Vehicle(id="鄂C0001", volume_ml=40_000, weight_g=40_000)

type Promised = dict[str, tuple[int, int]]
"""By the key of a promise: item id and quantity."""


class Told(NamedTuple):
    """An allocation of one item."""

    run_id: int
    key: str
    item_id: int
    promised: Promised


class Sharing(Machine):
    """What the points ask for, and what the office gives them."""

    def __init__(self, databases: Postgres | SqliteFiles) -> None:
        super().__init__(databases)
        self.requests: dict[int, str] = {}
        #: What each allocation of an item promised, also one that is part of a joint one.
        self.runs: dict[int, Promised] = {}

    @initialize(asked=st.lists(st.tuples(st.sampled_from(STORES), items, quantities), max_size=3))
    def the_first_requests(self, asked: list[tuple[str, str, int]]) -> None:
        for point, item, quantity in asked:
            self.a_point_asks(point, item, quantity, None)

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

        made = self.do(request(0), other=request(1), cut=cut, paper=Requisition)
        self.requests[made] = item

    @precondition(lambda self: self.requests)
    @rule(data=st.data(), cut=cuts)
    def a_request_is_withdrawn(self, data: st.DataObject, cut: int | None) -> None:
        id_ = self.one_of(data, "request", sorted(self.requests))
        self.do(lambda s, _: withdraw(s, requisition_id=id_), cut=cut, keyed=False)
        del self.requests[id_]

    @rule(item=items, cut=cuts)
    def goods_are_shared_out(self, item: str, cut: int | None) -> None:
        def share(item: str) -> Run[list[AllocationRun]]:
            def run(session: Session, head: Recorded) -> list[AllocationRun]:
                terms = {"item_id": self.frame.item[item], "source_id": self.store_id, "pack_word": PACK_WORDS[item]}
                return [share_out(session, recorded=head, **terms)]  # type: ignore[arg-type]

            return run

        other = share(next(name for name in ITEMS if name != item))
        self._answer([item], share(item), other, AllocationRun, cut=cut)

    @precondition(lambda self: any(item in self.requests.values() for item in ("masks", "kn95")))
    @rule(cut=cuts)
    def what_stands_in_for_each_other_is_shared_out(self, cut: int | None) -> None:
        self._share_together(["masks", "kn95"], {"class_id": self.frame.masks}, cut=cut)

    @precondition(lambda self: any(item in self.requests.values() for item in ("masks", "disinfectant")))
    @rule(in_a_van=st.booleans(), cut=cuts)
    def several_items_are_shared_out(self, in_a_van: bool, cut: int | None) -> None:
        self._share_together(["masks", "disinfectant"], {"vehicles": [VAN] if in_a_van else []}, cut=cut)

    # Answering --------------------------------------------------------------------------------------------------------

    @property
    def store_id(self) -> int:
        return self.frame.store["warehouse"]

    def _share_together(self, names: list[str], terms: dict[str, Any], *, cut: int | None) -> None:
        """Decided from what was read before: only what was seen then is recorded."""
        packs = {self.frame.item[name]: PACK_WORDS[name] for name in names}
        terms = terms | {"source_id": self.store_id, "packs": packs}
        with self.database.reading() as session:
            gathered = joint.gather(session, on=self.now.date(), **terms)
            decided = {"seen": gathered.fingerprint, "joined": gathered.case.decide()}

        def share(terms: dict[str, Any]) -> Run[list[AllocationRun]]:
            return lambda session, head: list(joint.share_together(session, recorded=head, **decided, **terms).runs)

        other = share(terms | {"source_id": self.frame.store["station"]})
        self._answer(names, share(terms), other, JointRun, cut=cut)

    def _answer(
        self,
        names: list[str],
        share: Run[list[AllocationRun]],
        other: Run[list[AllocationRun]],
        paper: type[Any],
        *,
        cut: int | None,
    ) -> None:
        """Share out, and write down who was promised what; every request for these items is answered by it."""
        answered = [id_ for id_, asked in self.requests.items() if asked in names]
        refused = None if answered else InvalidInput
        told = self.do(_told_by(share), other=_told_by(other), cut=cut, refused=refused, paper=paper)
        if told is None:
            return
        for id_ in answered:
            del self.requests[id_]
        for run_id, key, item_id, promised in told:
            self.runs[run_id] = promised
            if paper is JointRun:
                self.keys[AllocationRun].add(key)
            given = sum(quantity for _, quantity in promised.values())
            assert given <= max(0, self.books.available(self.store_id, item_id, self.now.date()))
            self._promise_all(promised)
        self._prove()

    def _promise_all(self, promised: Promised) -> None:
        for key, (item_id, quantity) in promised.items():
            self.books.promises[key] = Promise(place_id=self.store_id, item_id=item_id, quantity=quantity)
            self.keys[Reservation].add(key)

    def _prove(self) -> None:
        """Runs never change, so they are proved when there is a new one."""
        with self.database.reading() as session:
            assert prove_allocations(session).findings == ()
            assert joint.prove_joint_runs(session).findings == ()


def _told_by(share: Run[list[AllocationRun]]) -> Run[list[Told]]:
    """What remains of the runs when their session has ended."""

    def tell(session: Session, head: Recorded) -> list[Told]:
        return [
            Told(
                run.id,
                run.key,
                run.item_id,
                {one.reservation_key: (run.item_id, one.quantity) for one in run.shares if one.is_carried},
            )
            for run in share(session, head)
        ]

    return tell
