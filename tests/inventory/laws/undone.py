"""What is done once more, or undone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy.orm import Session

from inventory import consignments, ledger
from inventory.errors import AlreadyReversed, KeyReused, Promised, Short, WrongState
from inventory.ledger import Recorded
from inventory.places import Place, StockLocation
from logistics.supplies.operations import PartOfTrip, RecordedElsewhere, reverse_document
from tests.county import recorded
from tests.inventory.laws.frame import STORES
from tests.inventory.laws.machine import Refusal, cuts, units
from tests.inventory.laws.on_the_way import Consigning, Sent


class Undoing(Consigning):
    """A second click, a phone that did not hear the answer, and mistakes."""

    @precondition(lambda self: self.books.papers)
    @rule(data=st.data(), by=units | st.just("bureau"), cut=cuts)
    def a_document_is_reversed(self, data: st.DataObject, by: str, cut: int | None) -> None:
        key = self.one_of(data, "document", sorted(self.books.papers))
        paper = self.books.papers[key]

        def reverse(session: Session, head: Recorded) -> str:
            document = ledger.document_by_key(session, key)
            assert document is not None
            return reverse_document(session, recorded=head, document_id=document.id, unit_id=self.frame.unit[by]).key

        moves = [move.back for move in paper.moves]
        refused: Refusal = None
        if self._is_part_of_trip(key):
            refused = PartOfTrip
        elif not all(self.answers_for(by, place) for place in self._made_at(key)):
            refused = RecordedElsewhere
        elif paper.undone or paper.undoes:
            refused = AlreadyReversed
        elif self._built_upon(key):
            refused = WrongState
        elif self.books.breaks_a_promise(moves, self.now.date()):
            refused = Promised
        elif not self.books.bears(moves):
            refused = Short
        self.write(reverse, moves=moves, refused=refused, cut=cut, undoes=key)

    @precondition(lambda self: self.acts)
    @rule(data=st.data(), cut=cuts)
    def an_earlier_act_is_sent_again(self, data: st.DataObject, cut: int | None) -> None:
        act = self.acts[self.one_of(data, "act", list(self.acts))]
        if cut is not None:
            self.attempt(act.run, act.head, cut)
        self.carry_out(act.run, act.head)

    @precondition(lambda self: self.acts)
    @rule(data=st.data())
    def an_earlier_key_comes_with_other_contents(self, data: st.DataObject) -> None:
        act = self.acts[self.one_of(data, "act", list(self.acts))]
        with pytest.raises(KeyReused):
            self.carry_out(act.other, replace(act.head, reason="something else"))

    @precondition(lambda self: self.books.papers)
    @rule(data=st.data())
    def the_key_of_a_document_comes_with_a_consignment(self, data: st.DataObject) -> None:
        sent = {one.document for one in self.sent}
        keys = sorted(self.books.papers.keys() - sent)
        if not keys:
            return
        key = self.one_of(data, "document", keys)

        def send(session: Session, head: Recorded) -> None:
            ends = [session.get_one(StockLocation, self.frame.store[store]) for store in STORES[:2]]
            wanted = {self.frame.item["masks"]: 1}
            consignments.send(session, recorded=head, source=ends[0], destination=ends[1], wanted=wanted)

        with pytest.raises(KeyReused):
            self.carry_out(send, recorded(key, at=self.now))

    # Foretelling ------------------------------------------------------------------------------------------------------

    def _is_part_of_trip(self, key: str) -> bool:
        touched = {place for move in self.books.papers[key].moves for place in (move.source_id, move.destination_id)}
        return any(self.books.places[place].kind is Place.VEHICLE for place in touched)

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

    def _built_upon(self, key: str) -> bool:
        for sent in self.sent:
            signed = self._standing(sent)
            if signed is None:
                continue
            answered = any(not self._undone(document) for _, _, document in signed.answers)
            if sent.document == key or (signed.document == key and answered):
                return True
        return False
