"""Norms and facts in tests: proposed and approved in one go."""

import datetime as dt
from fractions import Fraction
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from inventory import norms
from inventory.catalogue import Item
from inventory.norms import Basis, Figures, Norm
from inventory.units import Unit
from tests.county import NOW, TODAY

MARCH_FIRST = dt.date(2020, 3, 1)


def propose(session: Session, item: Item, basis: Basis, amount: Fraction | int | None = None, **more: Any) -> Norm:
    """A proposal; what is not said is for all units, from March on."""
    given: dict[str, Any] = {"source": "省局〔2020〕12号", "valid_from": MARCH_FIRST, "at": NOW, "by": "officer"} | more
    given.setdefault("key", uuid4().hex)
    exact = None if amount is None else Fraction(amount)
    return norms.propose(session, item_id=item.id, basis=basis, amount=exact, **given)


def approved(session: Session, item: Item, basis: Basis, amount: Fraction | int | None = None, **more: Any) -> Norm:
    norm = propose(session, item, basis, amount, **more)
    return norms.approve(session, norm_id=norm.id, at=NOW, by="leader")


def tell(session: Session, unit: Unit, *, valid_from: dt.date = TODAY, **figures: int) -> None:
    """Facts of a unit."""
    norms.tell_facts(
        session,
        key=f"{unit.code} {valid_from} {figures}",
        unit_id=unit.id,
        valid_from=valid_from,
        figures=Figures(**figures),
        at=NOW,
        by="officer",
    )
