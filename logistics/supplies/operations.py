"""What can be done with stock, requisitions and allocations, for pages and API alike."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from inventory import catalogue, consignments, ledger, places
from inventory.catalogue import Item, known_lots, lots_for
from inventory.errors import InvalidInput, InventoryError, NotFound, WrongState
from inventory.ledger import Document, Line, Recorded
from inventory.places import INSIDE, Place, StockLocation
from inventory.requisitions import Requisition, RequisitionState
from inventory.runs import AllocationRun
from inventory.sharing import Proposal, Terms, need_as_plain, share_out
from logistics.errors import ServiceError

#: The lot of goods that carry neither a lot number nor an expiry.
NO_LOT = "—"


class LineRefused(ServiceError):
    """One line of several cannot be; `line` from 0, `error` says why. Nothing of the others was recorded."""

    def __init__(self, line: int, error: InventoryError) -> None:
        super().__init__(line=line, error=error)
        self.line = line
        self.error = error


class PartOfTrip(ServiceError):
    """The document loads, delivers or brings back the goods of a trip; the trip undoes it, or its book would lie."""


class RecordedElsewhere(ServiceError):
    """Others answer for the places of a document; who only sees it does not undo it."""


class ProposalChanged(ServiceError):
    """Stock, requisitions or norms moved on since the proposal was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One line of goods that came in, in base units."""

    item: Item
    quantity: int
    lot_code: str = ""
    expires_on: dt.date | None = None

    @property
    def lot(self) -> str:
        """What the lot is called: as on the label, else by its expiry."""
        return self.lot_code.strip() or (self.expires_on.isoformat() if self.expires_on else NO_LOT)


def receive_goods(
    session: Session, *, recorded: Recorded, source: StockLocation, store: StockLocation, lines: Sequence[Arrived]
) -> Document:
    """Take goods into a store. Raises LineRefused where a lot is known with another expiry, or had expired before it came.

    What lay there when the books began may have.
    """
    if source.place is not Place.OPENING:
        refuse_expired(session, recorded=recorded, lines=lines)
    return ledger.receive(
        session,
        recorded=recorded,
        lines=[
            Line(lot_id=lot_id, source_id=source.id, destination_id=store.id, quantity=line.quantity)
            for line, lot_id in zip(lines, lots_of(session, lines), strict=True)
        ],
    )


def refuse_expired(session: Session, *, recorded: Recorded, lines: Sequence[Arrived]) -> None:
    """Raises LineRefused for goods that had expired before they came; what is recorded already stays as it is."""
    if ledger.document_by_key(session, recorded.key) is not None:
        return
    for place, line in enumerate(lines):
        try:
            catalogue.refuse_expired(line.expires_on, came_on=recorded.occurred_at.date())
        except InvalidInput as error:
            raise LineRefused(place, error) from error


def lots_of(session: Session, lines: Sequence[Arrived]) -> list[int]:
    """The lot of each line, made if new. Raises LineRefused where one is known with another expiry."""
    keys = [(line.item.id, line.lot) for line in lines]
    lots = known_lots(session, set(keys))
    # Of two lines with one new lot, the first says when it expires.
    new = {key: line.expires_on for key, line in reversed(list(zip(keys, lines, strict=True))) if key not in lots}
    lots |= lots_for(session, wanted=new)
    for place, (key, line) in enumerate(zip(keys, lines, strict=True)):
        if lots[key].expires_on != line.expires_on:
            raise LineRefused(place, InvalidInput("expires_on", "differs-from-lot", lots[key].expires_on))
    return [lots[key].id for key in keys]


def source_named(session: Session, *, place: Place, name: str) -> StockLocation:
    """Where goods come from: a supplier or donor by name, or the opening stock, which has none."""
    if place is Place.OPENING:
        return places.the_location(session, Place.OPENING)
    if place not in (Place.SUPPLIER, Place.DONOR):
        raise InvalidInput("source", "not-a-source", place)
    if not name.strip():
        raise InvalidInput("source", "empty", name)
    return places.open_location(session, place=place, code=name.strip(), name=name.strip())


def hand_out(
    session: Session,
    *,
    recorded: Recorded,
    source: StockLocation,
    wanted: Mapping[int, int],
    to: StockLocation | None = None,
) -> Document:
    """Take so much of each item (item id → base units) out of a store: used up, or moved to another store.

    Raises Short with what is left, and then nothing is changed.
    """
    if to is None:
        consumed = places.the_location(session, Place.CONSUMED)
        return ledger.issue(session, recorded=recorded, source_id=source.id, destination_id=consumed.id, wanted=wanted)
    if to.id == source.id:
        raise InvalidInput("destination", "same-as-source", to.name)
    return ledger.transfer(session, recorded=recorded, source_id=source.id, destination_id=to.id, wanted=wanted)


def reverse_document(session: Session, *, recorded: Recorded, document_id: int, unit_id: int) -> Document:
    """Undo a document for somebody of this unit; the same key again is the same undoing, also where units stand elsewhere by then.

    Raises PartOfTrip, RecordedElsewhere, AlreadyReversed, WrongState where others build on it, or Short where the goods have gone on.
    """
    document = ledger.get_document(session, document_id)
    if is_part_of_trip(document):
        raise PartOfTrip(number=document.number)
    if document.reversed_by is None or document.reversed_by.key != recorded.key:
        _refuse_elsewhere(session, document, unit_id=unit_id)
    if document.reversed_by is None:
        consignments.refuse_to_undo(session, document_id)
    return ledger.reverse(session, recorded=recorded, document_id=document_id)


def is_part_of_trip(document: Document) -> bool:
    """Whether a vehicle gave or took any of its goods."""
    return any(Place.VEHICLE in (m.source.place, m.destination.place) for m in document.movements)


def places_elsewhere(session: Session, document: Document, *, unit_id: int) -> list[StockLocation]:
    """The places whose people would have to undo a document and that are not of the unit or below it; nothing where it may.

    Who could have recorded it may undo it: whoever answers for every place inside that it touched, and of a consignment's documents
    for the end that made them.
    """
    store = consignments.acting_store(session, document.id)
    touched = {place for move in document.movements for place in (move.source, move.destination)}
    answering = [store] if store else [place for place in touched if place.place in INSIDE]
    elsewhere = [place for place in answering if not consignments.reaches(session, place, unit_id=unit_id)]
    return sorted(elsewhere, key=lambda place: place.code)


def withdraw(session: Session, *, requisition_id: int) -> Requisition:
    """Take back what was asked and not yet answered. Doing it twice is once. Raises NotFound or WrongState."""
    changed = session.execute(
        update(Requisition)
        .where(Requisition.id == requisition_id, Requisition.state == RequisitionState.OPEN)
        .values(state=RequisitionState.CANCELLED)
        .execution_options(synchronize_session=False)
    )
    requisition = session.get(Requisition, requisition_id, populate_existing=True)
    if requisition is None:
        raise NotFound("requisition", requisition_id)
    if cast("CursorResult[object]", changed).rowcount != 1 and requisition.state is not RequisitionState.CANCELLED:
        raise WrongState("requisition", requisition.number, requisition.state)
    return requisition


def decide(session: Session, *, recorded: Recorded, seen: str, **terms: Unpack[Terms]) -> AllocationRun:
    """Record the allocation whose proposal was looked at (`seen`, its `fingerprint`). Raises ProposalChanged.

    The same key again gives the run already recorded.
    """
    run = share_out(session, recorded=recorded, **terms)
    shared = {
        share.requisition_id: (share.total_packs, share.on_hand, share.reason.get("need")) for share in run.shares
    }
    if _fingerprint(run.item_id, run.source_id, run.pack_word, shared) != seen:
        raise ProposalChanged
    return run


def run_by_key(session: Session, key: str) -> AllocationRun | None:
    """The allocation a client key has already made, if any."""
    return session.scalar(select(AllocationRun).where(AllocationRun.key == key))


def fingerprint(proposal: Proposal) -> str:
    """What a proposal comes to: two with the same give everybody the same, from the same stock, for the same need by the same norms."""
    shared = {
        requisition.id: (
            proposal.decision.packs_by_point[number],
            proposal.on_hand[number],
            need_as_plain(proposal.needs[number]),
        )
        for number, requisition in proposal.requisitions.items()
    }
    return _fingerprint(proposal.item.id, proposal.source.id, proposal.pack_word, shared)


def _refuse_elsewhere(session: Session, document: Document, *, unit_id: int) -> None:
    if elsewhere := places_elsewhere(session, document, unit_id=unit_id):
        raise RecordedElsewhere(number=document.number, places="、".join(place.name for place in elsewhere))


def _fingerprint(
    item_id: int, source_id: int, pack_word: str, shared: Mapping[int, tuple[int, int, dict[str, Any] | None]]
) -> str:
    content = json.dumps([item_id, source_id, pack_word, sorted(shared.items())], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()
