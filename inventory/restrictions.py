"""Goods given for certain units only (定向): which lots, for whom, and which ways are closed to them.

The ledger asks here whenever it issues or transfers, so no form and no program gets round it. What is only written off, given back
or reversed is not used against the giver's will and passes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import ColumnElement, ForeignKey, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from inventory.base import Base, upsert
from inventory.catalogue import Lot
from inventory.places import INSIDE, Place, StockLocation
from inventory.units import subtree

#: Where goods end unused.
WRITTEN_OFF = (Place.VARIANCE, Place.LOST, Place.EXPIRED, Place.SUPPLIER, Place.DONOR, Place.OPENING)


class LotUnit(Base):
    """A lot that goes to this unit, to those below it and to the others so named, and to nobody else."""

    __tablename__ = "lot_unit"

    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)


def restrict(session: Session, *, lot_ids: Iterable[int], unit_ids: Iterable[int]) -> None:
    """Keep these lots for these units and those below them; doing it twice is once."""
    units = sorted(set(unit_ids))
    rows = [{"lot_id": lot_id, "unit_id": unit_id} for lot_id in sorted(set(lot_ids)) for unit_id in units]
    if rows:
        session.execute(upsert(session, LotUnit).values(rows).on_conflict_do_nothing())


def named_for(session: Session, lot_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """Who may have each restricted lot: the ids of the named units. Lots that anybody may have are absent."""
    wanted, named = sorted(lot_ids), dict[int, frozenset[int]]()
    for start in range(0, len(wanted), 500):
        rows = select(LotUnit.lot_id, LotUnit.unit_id).where(LotUnit.lot_id.in_(wanted[start : start + 500]))
        for lot_id, unit_id in session.execute(rows):
            named[lot_id] = named.get(lot_id, frozenset()) | {unit_id}
    return named


def closed_to(
    session: Session, named: Mapping[int, frozenset[int]], *, source: StockLocation, destination: StockLocation
) -> set[int]:
    """Which of the restricted lots may not go from here to there.

    A vehicle carries goods to whoever the trip serves, so what is meant for some never goes aboard: it travels as a consignment.
    """
    if not named or source.place not in INSIDE or destination.place in WRITTEN_OFF:
        return set()
    if destination.place is Place.VEHICLE:
        return set(named)
    # Used up or handed to people, it serves the unit that gives it.
    return not_for(session, named, unit_id=destination.unit_id if destination.place in INSIDE else source.unit_id)


def not_for(session: Session, named: Mapping[int, frozenset[int]], *, unit_id: int | None) -> set[int]:
    """Which of the restricted lots this unit may not have."""
    return {lot_id for lot_id, units in may_have(session, named).items() if unit_id not in units}


def may_have(session: Session, named: Mapping[int, frozenset[int]]) -> dict[int, set[int]]:
    """The ids of all units that may have each of the restricted lots: those named, and all below them."""
    below = {top_id: set(session.scalars(subtree(top_id))) for top_id in frozenset[int]().union(*named.values())}
    return {lot_id: set[int]().union(*(below[top_id] for top_id in units)) for lot_id, units in named.items()}


def is_restricted() -> ColumnElement[bool]:
    """Whether the lot of a query was given for certain units only."""
    return exists().where(LotUnit.lot_id == Lot.id)
