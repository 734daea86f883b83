"""Every document in any order, with power cuts between any two statements, beside plain books that say what ought to be.

An act is cut short after so many statements, its connection gone, and asked for again with the same key: then it has happened once.
`LAW_EXAMPLES=500 LAW_STEPS=60 pytest -n0 --timeout=0 tests/inventory/laws` walks further than the usual run.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from inventory import days, stock
from tests.inventory.laws.blocked import Blocking
from tests.inventory.laws.closed import ClosingDays
from tests.inventory.laws.counted import Counting
from tests.inventory.laws.donated import Donating
from tests.inventory.laws.handed_out import HandingOut
from tests.inventory.laws.machine import Machine
from tests.inventory.laws.promised import Promising
from tests.inventory.laws.regrouped import Regrouping
from tests.inventory.laws.shared import Sharing
from tests.inventory.laws.undone import Undoing
from tests.postgres import Postgres
from tests.sqlite_files import SqliteFiles

EXAMPLES = int(os.environ.get("LAW_EXAMPLES", "7"))
STEPS = int(os.environ.get("LAW_STEPS", "35"))


class EveryDocument(Donating, HandingOut, Blocking, Counting, Promising, Sharing, ClosingDays, Regrouping, Undoing):
    """What a county's officers do to their stock."""

    @rule()
    def the_pages_say_so_too(self) -> None:
        with self.database.reading() as session:
            self.assert_available(session)
            self.assert_orders(session)
            self.assert_money(session)
            self.assert_consignments(session)
            assert days.prove_days(session).findings == ()

    def assert_available(self, session: Session) -> None:
        day = self.now.date()
        for place_id in self.frame.store.values():
            for item_id in self.frame.item.values():
                left = self.books.available(place_id, item_id, day)
                assert stock.available(session, location_id=place_id, item_id=item_id, on=day) == left


def walk(machine: type[Machine], databases: Postgres | SqliteFiles, *, examples: int = EXAMPLES) -> None:
    """Let a machine take as many steps as asked for."""
    run_state_machine_as_test(
        lambda: machine(databases),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
