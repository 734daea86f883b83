"""Consignments: sent, signed for, and what differs answered."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy.orm import Session

from inventory import consignments
from inventory.consignments import Answer, Arrival, Consignment, ConsignmentState, Counted, DifferenceReason, Settlement
from inventory.errors import InvalidInput, Promised, Restricted, Short, WrongState
from inventory.ledger import Recorded
from inventory.places import Place, StockLocation
from tests.inventory.laws.books import Paper, PlainPlace
from tests.inventory.laws.machine import Machine, Refusal, cuts, quantities, wanted_goods, ways
from tests.postgres import Postgres
from tests.sqlite_files import SqliteFiles


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


class Consigning(Machine):
    """What both ends of a way do."""

    def __init__(self, databases: Postgres | SqliteFiles) -> None:
        super().__init__(databases)
        self.sent: list[Sent] = []

    @rule(way=ways, goods=wanted_goods, cut=cuts)
    def goods_are_sent(self, way: tuple[str, str], goods: dict[str, int], cut: int | None) -> None:
        source_id, destination_id = (self.frame.store[store] for store in way)

        def send(session: Session, head: Recorded) -> tuple[int, int]:
            ends = [session.get_one(StockLocation, end) for end in (source_id, destination_id)]
            made = consignments.send(
                session, recorded=head, source=ends[0], destination=ends[1], wanted=self.by_id(goods)
            )
            assert made.transit_id is not None
            return made.id, made.transit_id

        # Where the goods lie on the way is not known before, nor does it matter for what is picked: it is the receiver's.
        picked = self.pick(source_id, destination_id, goods)
        refused = None if isinstance(picked, list) else picked
        made = self.do(send, cut=cut, refused=refused, paper=Consignment)
        if made is not None and isinstance(picked, list):
            id_, transit_id = made
            unit_id = self.books.places[destination_id].unit_id
            self.books.places[transit_id] = PlainPlace(id=transit_id, kind=Place.TRANSIT, unit_id=unit_id)
            key = self.last.key
            self.books.write(key, Paper(moves=[replace(move, destination_id=transit_id) for move in picked]))
            self.sent.append(
                Sent(id=id_, source_id=source_id, destination_id=destination_id, transit_id=transit_id, document=key)
            )

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), as_sent=st.booleans(), cut=cuts)
    def a_consignment_is_signed_for(self, data: st.DataObject, as_sent: bool, cut: int | None) -> None:
        sent = self.one_of(data, "consignment", self.sent)
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
            self.move(self.books.lots[lot_id], sent.transit_id, sent.destination_id, min(quantity, found[lot_id]))
            for lot_id, quantity in expected.items()
            if found[lot_id]
        ]
        refused = None if self._state(sent) is ConsignmentState.ON_THE_WAY else WrongState
        differences = self.do(sign, cut=cut, refused=refused, paper=Arrival)
        if differences is None:
            return
        off = {lot_id: found[lot_id] - quantity for lot_id, quantity in expected.items()}
        assert sorted(differences.values()) == sorted((lot_id, less) for lot_id, less in off.items() if less)
        key = self.last.key if moves else None
        if key is not None:
            self.books.write(key, Paper(moves=moves))
        sent.signatures.append(Signed(document=key, differences=differences))

    @precondition(lambda self: any(signed.differences for sent in self.sent for signed in sent.signatures))
    @rule(data=st.data(), answer=st.sampled_from(Answer), quantity=quantities, cut=cuts)
    def a_difference_is_answered(self, data: st.DataObject, answer: Answer, quantity: int, cut: int | None) -> None:
        sent, signed, difference_id = self.one_of(
            data,
            "difference",
            [(sent, signed, id_) for sent in self.sent for signed in sent.signatures for id_ in signed.differences],
        )
        lot_id, off = signed.differences[difference_id]

        def settle(session: Session, head: Recorded) -> None:
            supplier = self.place(session, Place.SUPPLIER) if answer is Answer.SUPPLIER else None
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
        moves = [self.move(self.books.lots[lot_id], source_id, destination_id, quantity)]
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
        self.do(settle, cut=cut, refused=refused, paper=Settlement)
        if refused:
            return
        key = self.last.key if moves else None
        if key is not None:
            self.books.write(key, Paper(moves=moves))
        signed.answers.append((difference_id, quantity, key))

    # Foretelling ------------------------------------------------------------------------------------------------------

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

    def _may_go(self, lot_id: int, destination_id: int) -> bool:
        """Whether a lot given for certain units may go from one place inside to another, or out to where nobody uses it."""
        named, destination = self.books.lots[lot_id].named, self.books.places[destination_id]
        return not named or not destination.inside or destination.unit_id in named

    def assert_consignments(self, session: Session) -> None:
        for sent in self.sent:
            standing = consignments.standing(session, consignments.get_consignment(session, sent.id))
            assert standing.state is self._state(sent)
