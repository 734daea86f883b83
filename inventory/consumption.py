"""Consumption by task (按任务消耗): a round of disinfection books its dose, a shift its masks.

Each is an ordinary issue to consumption, so that stock cards, reversal and proof know it; the task stands beside its document with the
figures it was reckoned from.
"""

from __future__ import annotations

import datetime as dt
import enum
import math
from collections.abc import Callable, Mapping

from sqlalchemy import JSON, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from inventory import ledger
from inventory.base import Base, word_enum
from inventory.catalogue import Item
from inventory.errors import InvalidInput, KeyReused, NotYetThere, Short
from inventory.ledger import Document, Movement, Recorded
from inventory.norms import (
    MOST_A_DAY,
    MOST_AREA_M2,
    MOST_PEOPLE,
    Basis,
    Norm,
    applying,
    dose,
    norms_on,
)
from inventory.places import Place, StockLocation, the_location
from inventory.units import Unit, subtree


class TaskKind(enum.StrEnum):
    """What was done."""

    ROUND = "round"
    SHIFT = "shift"


class Task(Base):
    """What a document of consumption was for. Never changed, never removed."""

    __tablename__ = "consumption_task"

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)
    kind: Mapped[TaskKind] = mapped_column(word_enum(TaskKind))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    #: A round: area_m2, rounds, target_mg_per_l, ml_per_m2. A shift: people, shifts.
    figures: Mapped[dict[str, int]] = mapped_column(JSON)

    document: Mapped[Document] = relationship()
    unit: Mapped[Unit] = relationship()


class TaskShort(Short):
    """There is less than a task takes. `enough_for`: square metres once of a round, people for one shift of a shift."""

    def __init__(self, short: Short, *, kind: TaskKind, enough_for: int) -> None:
        super().__init__(
            location_id=short.location_id, item_id=short.item_id, wanted=short.wanted, available=short.available
        )
        self.kind = kind
        self.enough_for = enough_for


def book_round(
    session: Session,
    *,
    recorded: Recorded,
    unit: Unit,
    source: StockLocation,
    item: Item,
    area_m2: int,
    rounds: int,
    target_mg_per_l: int,
    ml_per_m2: int,
) -> Document:
    """Take what so many rounds over an area use of a disinfectant out of a store.

    Raises InvalidInput, as `norms.dose`, and TaskShort with the area that the stock is enough for; then nothing is changed.
    """
    _refuse_beyond(area_m2=(area_m2, MOST_AREA_M2), rounds=(rounds, MOST_A_DAY))
    per_m2 = dose(item, target_mg_per_l=target_mg_per_l, ml_per_m2=ml_per_m2)
    return _book(
        session,
        recorded=recorded,
        kind=TaskKind.ROUND,
        unit=unit,
        source=source,
        wanted={item.id: math.ceil(per_m2 * area_m2 * rounds)},
        figures={
            "area_m2": area_m2,
            "rounds": rounds,
            "target_mg_per_l": target_mg_per_l,
            "ml_per_m2": ml_per_m2,
        },
        enough_for=lambda short: short.available // per_m2,
    )


def book_shift(
    session: Session,
    *,
    recorded: Recorded,
    unit: Unit,
    source: StockLocation,
    people: int,
    shifts: int,
    used: Mapping[int, int],
) -> Document:
    """Take what people used on their shifts (item id → base units) out of a store.

    Raises InvalidInput, and TaskShort with the number of people for one shift that the stock is enough for; then nothing is changed.
    """
    _refuse_beyond(people=(people, MOST_PEOPLE), shifts=(shifts, MOST_A_DAY))
    if not used:
        raise InvalidInput("used", "empty", 0)
    return _book(
        session,
        recorded=recorded,
        kind=TaskKind.SHIFT,
        unit=unit,
        source=source,
        wanted=used,
        figures={"people": people, "shifts": shifts},
        enough_for=lambda short: short.available * people * shifts // short.wanted,
    )


def shift_norms(session: Session, *, unit: Unit, on: dt.date) -> list[Norm]:
    """What a person of the unit uses on a shift by the norms in force."""
    chosen = applying(norms_on(session, on), unit.kind, unit.tier)
    return [norm for norm in chosen if norm.basis is Basis.PERSON_SHIFT]


def shift_need(norm: Norm, *, people: int, shifts: int) -> int:
    """Base units that so many people use on so many shifts, rounded up."""
    return math.ceil(norm.amount * people * shifts)


def tasks(session: Session, *, unit_id: int, limit: int = 50, before_id: int | None = None) -> list[Task]:
    """The newest tasks of a unit and all below it, newest first."""
    page = select(Task).where(Task.unit_id.in_(subtree(unit_id)))
    if before_id is not None:
        page = page.where(Task.document_id < before_id)
    lines = selectinload(Task.document)
    return list(
        session.scalars(
            page.order_by(Task.document_id.desc())
            .limit(limit)
            .options(
                selectinload(Task.unit),
                lines.selectinload(Document.reversed_by),
                lines.selectinload(Document.movements).selectinload(Movement.item),
            )
        )
    )


def _book(
    session: Session,
    *,
    recorded: Recorded,
    kind: TaskKind,
    unit: Unit,
    source: StockLocation,
    wanted: Mapping[int, int],
    figures: dict[str, int],
    enough_for: Callable[[Short], int],
) -> Document:
    """Issue, then write the task beside the document; the same key again gives the document already there."""
    consumed = the_location(session, Place.CONSUMED)
    try:
        document = ledger.issue(
            session, recorded=recorded, source_id=source.id, destination_id=consumed.id, wanted=wanted
        )
    except NotYetThere:  # enough lies there, only not on the day of the task
        raise
    except Short as short:
        raise TaskShort(short, kind=kind, enough_for=int(enough_for(short))) from short
    known = session.get(Task, document.id)
    if known is None:
        session.add(Task(document_id=document.id, kind=kind, unit_id=unit.id, figures=figures))
        session.flush()
    elif (known.kind, known.unit_id, known.figures) != (kind, unit.id, figures):
        raise KeyReused(recorded.key)
    return document


def _refuse_beyond(**figures: tuple[int, int]) -> None:
    for field, (value, most) in figures.items():
        if not 1 <= value <= most:
            raise InvalidInput(field, "out-of-range", value)
