"""What joins needs with the rest of the service: facts as people tell them, and what is on order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy.orm import Session

from inventory import norms
from inventory.norms import FIGURES, Figures, UnitFacts, newest_facts
from inventory.units import Unit, get_unit
from logistics.errors import ServiceError


class OnlyTheTop(ServiceError):
    """Norms hold for every unit there is: who leads a unit below the topmost decides about none."""


def refuse_below_top(session: Session, *, unit_id: int) -> None:
    """Raises OnlyTheTop for a unit that stands below another."""
    if not is_top(session, unit_id=unit_id):
        raise OnlyTheTop


def is_top(session: Session, *, unit_id: int) -> bool:
    """Whether no unit stands above this one."""
    return get_unit(session, unit_id).parent_id is None


def tell_facts(
    session: Session,
    *,
    key: str,
    unit: Unit,
    valid_from: dt.date,
    told: Mapping[str, int | None],
    at: dt.datetime,
    by: str,
) -> UnitFacts:
    """Record what is so of a unit from a day on; of what is not told, that which held until then goes on.

    Sent again it is completed as it was the first time, whatever others have told since.
    """
    known = norms.facts_by_key(session, key) or newest_facts(session, unit_ids=[unit.id], on=valid_from).get(unit.id)
    before = norms.figures_of(unit, known)
    figures = Figures(
        **{name: getattr(before, name) if told.get(name) is None else int(told[name] or 0) for name in FIGURES}
    )
    return norms.tell_facts(session, key=key, unit_id=unit.id, valid_from=valid_from, figures=figures, at=at, by=by)
