"""What counting adds to `inventory.counts`: whose counts one may see, and lots named by what stands on their label."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import counts
from inventory.catalogue import Item, known_lots, lots_for
from inventory.counts import Counted, CountSession, CountState
from inventory.errors import NotFound
from inventory.places import StockLocation
from logistics.supplies.choices import Choice, Choices
from logistics.supplies.operations import NO_LOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """So much of what bears this label, in base units. Without an expiry a known lot keeps its own."""

    item: Item
    lot_code: str
    expires_on: dt.date | None
    quantity: int
    counted_at: dt.datetime

    @property
    def lot_key(self) -> tuple[int, str]:
        """As receipts name the lots of goods without a number."""
        return self.item.id, self.lot_code or (self.expires_on.isoformat() if self.expires_on else NO_LOT)


def count_in_reach(session: Session, count_id: int, *, unit_id: int) -> CountSession:
    """The count, if it is of a place of the unit or below. Raises NotFound."""
    count = counts.get_count(session, count_id)
    reached = counts.places_of(unit_id).where(StockLocation.id == count.location_id)
    if session.scalar(reached) is None:
        raise NotFound("count", count.number)
    return count


def open_counts(session: Session, *, unit_id: int | None) -> list[CountSession]:
    """The counts under way at places of the unit and below, or everywhere, newest first."""
    found = select(CountSession).where(CountSession.state.in_((CountState.COUNTING, CountState.CHECKING)))
    if unit_id is not None:
        found = found.where(CountSession.location_id.in_(counts.places_of(unit_id)))
    return list(session.scalars(found.order_by(CountSession.id.desc())))


def places(session: Session, *, of_unit_id: int) -> Choices[StockLocation]:
    """The stores and vehicles of the unit and below, to pick from."""
    found = session.scalars(
        select(StockLocation)
        .where(StockLocation.id.in_(counts.places_of(of_unit_id)))
        .order_by(StockLocation.place, StockLocation.code)
    )
    return Choices("store", [Choice.of(place.code, place.name, place) for place in found])


def record_seen(
    session: Session, *, count_id: int, key: str, seen: Sequence[Seen], at: dt.datetime, by: str
) -> CountSession:
    """Keep what was counted by label; lots that the books do not know are made.

    Raises as `counts.record`, and InvalidInput "differs-from-lot" for another expiry.
    """
    known = known_lots(session, {one.lot_key for one in seen})
    unknown = {one.lot_key: one.expires_on for one in seen if one.lot_key not in known}
    given = {one.lot_key: one.expires_on for one in seen if one.lot_key in known and one.expires_on}
    lots = known | lots_for(session, wanted=unknown | given)
    counted = [Counted(lot_id=lots[one.lot_key].id, quantity=one.quantity, counted_at=one.counted_at) for one in seen]
    return counts.record(session, count_id=count_id, key=key, counted=counted, at=at, by=by)
