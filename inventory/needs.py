"""How long stock lasts: daily need, days of cover (可用天数), and how worrying they are."""

from __future__ import annotations

import enum
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.requisitions import Requisition, RequisitionState
from inventory.units import subtree

#: Below so many days the stock is scarce, or tight: the ceilings to which the usual ladder first and then fully fills the frontline.
SCARCE_DAYS = 3
TIGHT_DAYS = 7


class Heat(enum.StrEnum):
    """How worrying the cover is; its word and colour come from the pages."""

    OUT = "out"
    SCARCE = "scarce"
    TIGHT = "tight"
    ENOUGH = "enough"
    UNKNOWN = "unknown"


def daily_needs(session: Session, *, unit_id: int, below: bool = True) -> dict[int, int]:
    """Base units a day of each item (by its id) that the unit needs, with all units below it unless told otherwise.

    The newest requisition of a unit for an item tells its need, answered or not; withdrawn ones tell nothing.
    """
    newest = select(func.max(Requisition.id)).where(Requisition.state != RequisitionState.CANCELLED)
    units = Requisition.unit_id.in_(subtree(unit_id)) if below else Requisition.unit_id == unit_id
    rows = session.execute(
        select(Requisition.item_id, func.sum(Requisition.daily_need))
        .where(Requisition.id.in_(newest.where(units).group_by(Requisition.unit_id, Requisition.item_id)))
        .group_by(Requisition.item_id)
    )
    return {item_id: int(need) for item_id, need in rows}


def cover_days(usable: int, daily_need: int) -> Fraction | None:
    """Days until so many base units are used up; None where no need is known."""
    return Fraction(max(0, usable), daily_need) if daily_need > 0 else None


def heat(cover: Fraction | None) -> Heat:
    """How worrying so many days of cover are."""
    if cover is None:
        return Heat.UNKNOWN
    if cover == 0:
        return Heat.OUT
    if cover < SCARCE_DAYS:
        return Heat.SCARCE
    return Heat.TIGHT if cover < TIGHT_DAYS else Heat.ENOUGH
