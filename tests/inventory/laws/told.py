"""What the database says, as plainly as the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from inventory.balances import Balance
from inventory.ledger import Document, Movement
from inventory.promises import Reservation
from tests.inventory.laws.books import Move, Promise

type Way = tuple[int, int, int]
"""Lot, source and destination."""


def balances(session: Session) -> dict[tuple[int, int], int]:
    """What every place holds of every lot, without the empty ones."""
    rows = session.execute(select(Balance.location_id, Balance.lot_id, Balance.quantity))
    return {(place_id, lot_id): quantity for place_id, lot_id, quantity in rows if quantity}


def documents(session: Session) -> dict[str, Counter[Way]]:
    """The moves of every document by its key; of one without lines, none."""
    found: dict[str, Counter[Way]] = {}
    for key, lot_id, source_id, destination_id, quantity in session.execute(
        select(Document.key, Movement.lot_id, Movement.source_id, Movement.destination_id, Movement.quantity).outerjoin(
            Movement, Movement.document_id == Document.id
        )
    ):
        of_document = found.setdefault(key, Counter())
        if quantity is not None:
            of_document[lot_id, source_id, destination_id] += quantity
    return found


def ways(moves: Sequence[Move]) -> Counter[Way]:
    """The moves of the books in the same words."""
    found: Counter[Way] = Counter()
    for move in moves:
        found[move.way] += move.quantity
    return found


def promises(session: Session) -> dict[str, Promise]:
    """The promises that stand, by their keys."""
    standing = session.scalars(select(Reservation).where(Reservation.released_at.is_(None)))
    return {one.key: Promise(place_id=one.location_id, item_id=one.item_id, quantity=one.quantity) for one in standing}


def keyed(session: Session, tables: Iterable[type[Any]]) -> Counter[tuple[str, str]]:
    """The papers that have a key of their own, by their kind and key."""
    all_kinds = union_all(*(select(literal(table.__name__), table.key) for table in tables))
    return Counter((kind, key) for kind, key in session.execute(all_kinds))


def beside(session: Session, tables: Sequence[type[Any]]) -> dict[str, set[str]]:
    """The keys of the documents beside which a row of these tables stands, by the name of the table."""
    kinds = [select(literal(t.__name__), Document.key).join(t, t.document_id == Document.id) for t in tables]
    found: dict[str, set[str]] = {table.__name__: set() for table in tables}
    for kind, key in session.execute(union_all(*kinds)):
        found[kind].add(key)
    return found
