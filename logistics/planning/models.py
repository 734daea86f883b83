"""A planning run: what it was asked, how far it is, the best plan so far."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.base import Actor, Base, ClientKey, Code, Id, Moment, ShortText, word_enum
from inventory.places import StockLocation


class PlanState(enum.StrEnum):
    """queued → running → done, or cancelled or failed; a cancelled one keeps its best plan. Published once."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Worker(Base):
    """A process that makes plans, under the name it keeps across restarts; it says every few seconds that it is there."""

    __tablename__ = "worker"

    name: Mapped[Code] = mapped_column(primary_key=True)
    seen_at: Mapped[Moment]


class PlanRun(Base):
    """One planning run (调度方案) for a depot and some days."""

    __tablename__ = "plan_run"

    id: Mapped[Id]
    key: Mapped[ClientKey] = mapped_column(unique=True)
    depot_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"))
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    budget_s: Mapped[int] = mapped_column(Integer)
    seed: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[Moment]
    created_by: Mapped[Actor]
    state: Mapped[PlanState] = mapped_column(word_enum(PlanState), default=PlanState.QUEUED)
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    #: The problem as it stood when planning began (`planning.snapshot`), without the matrices. Both may hold a megabyte, so they
    #: are read only when asked for.
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON, deferred=True)
    #: The best plan so far with its times and costs as the pages show it (`planning.result`).
    plan: Mapped[dict[str, Any] | None] = mapped_column(JSON, deferred=True)
    #: Solver seconds of the slices that are through; how far the present one is stands at the end of `progress`.
    spent_s: Mapped[int] = mapped_column(Integer, default=0)
    slices: Mapped[int] = mapped_column(Integer, default=0)
    #: In fen, as the router reckons it.
    cost: Mapped[int | None] = mapped_column(BigInteger)
    left_out: Mapped[int | None] = mapped_column(Integer)
    #: [[spent_s, cost, left_out], …]: the curve on the page; cost and stops are None before the first plan.
    progress: Mapped[list[tuple[int, int | None, int | None]]] = mapped_column(JSON, default=list)
    finished_at: Mapped[Moment | None]
    failure: Mapped[str] = mapped_column(ShortText(500), default="")
    published_at: Mapped[Moment | None]
    published_by: Mapped[str | None] = mapped_column(ShortText(64))

    depot: Mapped[StockLocation] = relationship()

    @property
    def number(self) -> str:
        return f"DD{self.id:07d}"
