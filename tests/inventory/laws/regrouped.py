"""Units that are put below another one: who answers for what changes, the books do not."""

from __future__ import annotations

from hypothesis.stateful import initialize, rule
from sqlalchemy.orm import Session

from inventory.errors import BelowItself
from inventory.ledger import Recorded
from inventory.units import Unit, move_unit
from tests.inventory.laws.machine import Machine, cuts, stores, units


class Regrouping(Machine):
    """What the administrator does to the tree."""

    @initialize(above=units)
    def the_tree_at_first(self, above: str) -> None:
        if above != "station":
            self.a_unit_is_put_below_another("station", above, None)

    @rule(unit=stores, parent=units, cut=cuts)
    def a_unit_is_put_below_another(self, unit: str, parent: str, cut: int | None) -> None:
        def move(session: Session, _: Recorded) -> None:
            ends = [session.get_one(Unit, self.frame.unit[name]) for name in (unit, parent)]
            move_unit(session, unit=ends[0], parent=ends[1])

        refused = BelowItself if parent in self.below(unit) else None
        self.do(move, cut=cut, refused=refused, keyed=False)
        if not refused:
            self.parent[unit] = parent
