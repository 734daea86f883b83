"""A proof of the books: who asked for it, how far it is, what it found."""

from __future__ import annotations

import enum
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from inventory.base import Actor, Base, ClientKey, Id, Moment, ShortText, word_enum


class ProofState(enum.StrEnum):
    """waiting → at work → proved or not proved; or stopped by somebody, or broken off by an error."""

    WAITING = "waiting"
    AT_WORK = "at_work"
    PROVED = "proved"
    NOT_PROVED = "not_proved"
    STOPPED = "stopped"
    BROKEN_OFF = "broken_off"


#: Those that nobody has to do anything about any more.
ENDED = (ProofState.PROVED, ProofState.NOT_PROVED, ProofState.STOPPED, ProofState.BROKEN_OFF)


class ProofRun(Base):
    """One proof of the whole books (账目核对)."""

    __tablename__ = "proof_run"

    id: Mapped[Id]
    key: Mapped[ClientKey] = mapped_column(unique=True)
    asked_at: Mapped[Moment]
    asked_by: Mapped[Actor]
    state: Mapped[ProofState] = mapped_column(word_enum(ProofState), index=True)
    #: Which check is at work, and when its worker last gave word.
    check: Mapped[str] = mapped_column(ShortText(32), default="")
    seen_at: Mapped[Moment | None]
    #: For each check that is through: {"check", "counts": {what: how many}, "found": [{rule, where, expected, found}], "more"}.
    results: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    ended_at: Mapped[Moment | None]
    failure: Mapped[str] = mapped_column(ShortText(500), default="")

    @property
    def number(self) -> str:
        return f"HD{self.id:07d}"

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED
