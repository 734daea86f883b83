"""What the steps of the main job work with, and what each tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from inventory.ledger import Recorded
from logistics.clock import Clock
from logistics.db import Database
from logistics.demo.checks import Check
from logistics.demo.county.parts import DemoCounty
from logistics.workbooks.errors import Sentence
from routing import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a step did, in words and in figures, and whether they are right."""

    said: str
    figures: Mapping[str, int] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A step that has been taken. `failure` says why it could not be finished; then nothing follows."""

    step: str
    title: str
    seconds: float
    outcome: Outcome
    failure: str = ""

    @property
    def ok(self) -> bool:
        return not self.failure and all(check.ok for check in self.outcome.checks)


@dataclass(slots=True, kw_only=True)
class Job:
    """What the steps work with, and what one leaves for the next."""

    database: Database
    county: DemoCounty
    #: Where the workbooks are written.
    folder: Path
    timezone: str
    clock: Clock
    password: str
    budget_s: int
    on_progress: Callable[[Progress], None] | None = None
    files: dict[str, Path] = field(default_factory=dict)
    allocation_ids: list[int] = field(default_factory=list)
    plan_run_id: int = 0
    trip_id: int = 0
    delivered: dict[str, int] = field(default_factory=dict)
    #: What the points have left of their own, by item code.
    own: dict[str, int] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def today(self) -> dt.date:
        return self.clock().astimezone(self.zone).date()

    def recorded(self, key: str, *, by: str, at: dt.datetime | None = None) -> Recorded:
        now = self.clock()
        return Recorded(key=f"demo:{key}", occurred_at=at or now, recorded_at=now, by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act of the main job under its name."""

    name: str
    title: Sentence
    act: Callable[[Job], Outcome]
