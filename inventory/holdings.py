"""What points have of items when somebody shares out (现有与在途): in hand, and promised to them or on its way.

Whoever was given some yesterday and waits for the vehicle is not as needy today as one who was given none.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.consignments import coming_by_unit
from inventory.promises import Reservation, promised_by_unit
from inventory.requisitions import Requisition
from inventory.runs import SHARE_PROMISE, AllocationRun, Share
from inventory.stock import usable_by_unit

#: Base units on their way to units, that the ledger does not know of: item id → unit id → quantity.
type Coming = Mapping[int, Mapping[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one unit itself has of one item, in base units: usable in hand and promised to nobody else, and what is coming to it."""

    on_hand: int = 0
    coming: int = 0

    @property
    def counted(self) -> int:
        """What the next allocation takes it to have."""
        return self.on_hand + self.coming


def holdings(
    session: Session, *, item_ids: Collection[int], unit_ids: Collection[int], on: dt.date, coming: Coming | None = None
) -> dict[tuple[int, int], Holding]:
    """The holding of each unit of each item, by (unit id, item id).

    Coming are shares that no delivery order was made of yet, consignments that nobody has signed for, and what the caller knows of
    beside them.
    """
    units = sorted(set(unit_ids))
    return {
        (unit_id, item_id): holding
        for item_id in sorted(set(item_ids))
        for unit_id, holding in _of_item(session, item_id, units, on, (coming or {}).get(item_id, {})).items()
    }


# Beneath --------------------------------------------------------------------------------------------------------------


def _of_item(
    session: Session, item_id: int, units: Sequence[int], on: dt.date, told: Mapping[int, int]
) -> dict[int, Holding]:
    there = usable_by_unit(session, item_id=item_id, unit_ids=units, on=on)
    away = promised_by_unit(session, item_id=item_id, unit_ids=units)
    coming = told, _shared(session, item_id), coming_by_unit(session, item_id=item_id, unit_ids=units, on=on)
    return {
        unit_id: Holding(
            on_hand=max(0, there.get(unit_id, 0) - away.get(unit_id, 0)),
            coming=sum(some.get(unit_id, 0) for some in coming),
        )
        for unit_id in units
    }


def _shared(session: Session, item_id: int) -> dict[int, int]:
    """What was shared out to units and no delivery order was made of yet, by unit."""
    givers = select(AllocationRun.source_id).where(AllocationRun.item_id == item_id)
    promises = session.execute(
        select(Reservation.key, Reservation.quantity).where(
            Reservation.location_id.in_(givers),
            Reservation.item_id == item_id,
            Reservation.released_at.is_(None),
            Reservation.key.startswith(SHARE_PROMISE),
        )
    )
    quantities = {int(key.removeprefix(SHARE_PROMISE)): int(quantity) for key, quantity in promises}
    found: dict[int, int] = defaultdict(int)
    for ids in batched(quantities, 500):
        to = select(Share.id, Requisition.unit_id).join(Requisition, Requisition.id == Share.requisition_id)
        for share_id, unit_id in session.execute(to.where(Share.id.in_(ids))):
            found[unit_id] += quantities[share_id]
    return found
