"""What points ask for (申领), and what those who answer for the stock make of it before it is shared out."""

from __future__ import annotations

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import CheckConstraint, ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from inventory.base import (
    Actor,
    Base,
    ClientKey,
    Id,
    Keyed,
    Moment,
    Once,
    Quantity,
    ShortText,
    Text,
    claim,
    claim_key,
    word_enum,
)
from inventory.catalogue import Item
from inventory.errors import InvalidInput, KeyReused, NotFound, WrongState
from inventory.units import Tier, Unit, subtree


class RequisitionState(enum.StrEnum):
    """Open until an allocation has answered it."""

    OPEN = "open"
    ANSWERED = "answered"
    CANCELLED = "cancelled"
    REFUSED = "refused"


class RequisitionSheet(Keyed):
    """What one point asks for on one paper (申领单): its lines are requisitions, each reviewed and answered for itself."""

    __tablename__ = "requisition_sheet"

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    asked_at: Mapped[Moment]
    asked_by: Mapped[Actor]
    note: Mapped[Text] = mapped_column(default="")

    unit: Mapped[Unit] = relationship()
    lines: Mapped[list[Requisition]] = relationship(back_populates="sheet", order_by="Requisition.id")

    @property
    def number(self) -> str:
        return f"SQ{self.id:07d}"

    @property
    def waiting(self) -> list[Requisition]:
        """The lines that nothing has answered yet."""
        return [line for line in self.lines if line.state is RequisitionState.OPEN]

    @property
    def state(self) -> RequisitionState:
        """Open while a line waits; then answered, if only in part; else refused, else taken back."""
        return min((line.state for line in self.lines), key=_SHEET_STATES.index)


class Requisition(Once):
    """What one point asks of one item: a line of a sheet, or asked by itself."""

    __tablename__ = "requisition"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("daily_need > 0", name="need_positive"),
        Index("uq_requisition_carries_id", "carries_id", unique=True),
    )

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    #: The point's tier at the time it asked.
    tier: Mapped[Tier] = mapped_column(word_enum(Tier))
    #: What is asked, or was approved of it.
    quantity: Mapped[Quantity]
    #: Base units a day, by which cover is reckoned.
    daily_need: Mapped[Quantity]
    asked_at: Mapped[Moment]
    asked_by: Mapped[Actor]
    note: Mapped[Text] = mapped_column(default="")
    state: Mapped[RequisitionState] = mapped_column(
        word_enum(RequisitionState), default=RequisitionState.OPEN, index=True
    )
    approved_at: Mapped[Moment | None]
    approved_by: Mapped[str | None] = mapped_column(ShortText(64))
    #: The requisition whose unmet rest this one asks for again.
    carries_id: Mapped[int | None] = mapped_column(ForeignKey("requisition.id"))
    #: The sheet it stands on, if it was asked together with others.
    sheet_id: Mapped[int | None] = mapped_column(ForeignKey("requisition_sheet.id"), index=True)

    unit: Mapped[Unit] = relationship()
    sheet: Mapped[RequisitionSheet | None] = relationship(back_populates="lines")
    item: Mapped[Item] = relationship()
    reviews: Mapped[list[RequisitionReview]] = relationship(
        back_populates="requisition", order_by="RequisitionReview.id"
    )

    @property
    def number(self) -> str:
        return requisition_number(self.id)

    @property
    def remark(self) -> str:
        """What was noted with it, or with its sheet."""
        return self.note or (self.sheet.note if self.sheet else "")

    @property
    def first_asked(self) -> int:
        """What was asked before anybody changed it, in base units."""
        return self.reviews[0].quantity_before if self.reviews else self.quantity


class Verdict(enum.StrEnum):
    """What a review said."""

    APPROVED = "approved"
    CHANGED = "changed"
    REFUSED = "refused"


class RequisitionReview(Base):
    """Who made what of a requisition, from which quantity to which, and why. Never changed: another review follows it."""

    __tablename__ = "requisition_review"

    id: Mapped[Id]
    key: Mapped[ClientKey] = mapped_column(unique=True)
    requisition_id: Mapped[int] = mapped_column(ForeignKey("requisition.id"), index=True)
    verdict: Mapped[Verdict] = mapped_column(word_enum(Verdict))
    quantity_before: Mapped[Quantity]
    #: 0 where it was refused.
    quantity_after: Mapped[Quantity]
    comment: Mapped[Text] = mapped_column(default="")
    at: Mapped[Moment]
    by: Mapped[Actor]

    requisition: Mapped[Requisition] = relationship(back_populates="reviews")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLine:
    """One line of a sheet to be; quantities in base units. `key` is its own where its sender gives it one."""

    item: Item
    quantity: int
    daily_need: int
    note: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReview:
    """What is made of one line of a sheet: so many base units of it, 0 to refuse it, and why."""

    requisition_id: int
    quantity: int
    comment: str = ""


def ask_together(
    session: Session,
    *,
    key: str,
    unit: Unit,
    lines: Sequence[AskedLine],
    at: dt.datetime,
    by: str,
    note: str = "",
) -> RequisitionSheet:
    """Record what a point asks for on one sheet; the same key again gives the same sheet.

    Raises InvalidInput "empty", "twice" for an item on two lines, or as `ask` does, and KeyReused.
    """
    if not lines:
        raise InvalidInput("lines", "empty", 0)
    _refuse_twice(lines)
    content = [unit.id, note, [[line.item.id, line.quantity, line.daily_need, line.note] for line in lines]]
    sheet, is_new = claim(
        session, RequisitionSheet, key=key, asked=content, unit_id=unit.id, asked_at=at, asked_by=by, note=note
    )
    for place, line in enumerate(lines if is_new else (), start=1):
        asked = ask(
            session,
            key=line.key or f"sheet:{sheet.id}:{place}",
            unit=unit,
            item=line.item,
            quantity=line.quantity,
            daily_need=line.daily_need,
            at=at,
            by=by,
            note=line.note,
        )
        asked.sheet = sheet
    session.flush()
    return sheet


def review_together(
    session: Session, *, key: str, sheet_id: int, reviews: Sequence[LineReview], at: dt.datetime, by: str
) -> list[RequisitionReview]:
    """Review lines of one sheet at once; lines left out go on waiting. The same key again gives the same reviews.

    Raises InvalidInput "empty", NotFound for a line of another sheet, or as `review` does: then nothing is reviewed.
    """
    if not reviews:
        raise InvalidInput("lines", "empty", 0)
    own = {line.id for line in get_sheet(session, sheet_id).lines}
    for one in reviews:
        if one.requisition_id not in own:
            raise NotFound("requisition", one.requisition_id)
    return [
        review(
            session,
            key=f"{key}:{one.requisition_id}",
            requisition_id=one.requisition_id,
            quantity=one.quantity,
            at=at,
            by=by,
            comment=one.comment,
        )
        for one in sorted(reviews, key=lambda one: one.requisition_id)
    ]


def withdraw_together(session: Session, *, sheet_id: int) -> list[Requisition]:
    """Take back every line of a sheet that still waits, and tell which; what is answered stays. Raises NotFound."""
    get_sheet(session, sheet_id)
    waiting = session.scalars(
        select(Requisition)
        .where(Requisition.sheet_id == sheet_id, Requisition.state == RequisitionState.OPEN)
        .order_by(Requisition.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for line in waiting:
        line.state = RequisitionState.CANCELLED
    session.flush()
    return list(waiting)


def get_sheet(session: Session, sheet_id: int) -> RequisitionSheet:
    """The sheet with this id. Raises NotFound."""
    sheet = session.get(RequisitionSheet, sheet_id)
    if sheet is None:
        raise NotFound("requisition sheet", sheet_id)
    return sheet


def sheets(
    session: Session, *, unit_id: int, only_open: bool = False, limit: int = 50, before_id: int | None = None
) -> list[RequisitionSheet]:
    """The newest sheets of the unit and below, newest first, with their lines; `only_open` those of which a line waits."""
    page = select(RequisitionSheet).where(RequisitionSheet.unit_id.in_(subtree(unit_id)))
    if only_open:
        page = page.where(RequisitionSheet.lines.any(Requisition.state == RequisitionState.OPEN))
    if before_id is not None:
        page = page.where(RequisitionSheet.id < before_id)
    whole = selectinload(RequisitionSheet.lines)
    return list(
        session.scalars(
            page.order_by(RequisitionSheet.id.desc())
            .limit(limit)
            .options(
                selectinload(RequisitionSheet.unit),
                whole.selectinload(Requisition.item),
                whole.selectinload(Requisition.unit),
                whole.selectinload(Requisition.reviews),
            )
        )
    )


def ask(
    session: Session,
    *,
    key: str,
    unit: Unit,
    item: Item,
    quantity: int,
    daily_need: int,
    at: dt.datetime,
    by: str,
    note: str = "",
) -> Requisition:
    """Record what a point asks for; the same key again gives the same requisition. Quantities in base units."""
    for field, value in (("quantity", quantity), ("daily_need", daily_need)):
        if value <= 0:
            raise InvalidInput(field, "not-positive", value)
    requisition, _ = claim_key(
        session,
        Requisition,
        key=key,
        unit_id=unit.id,
        item_id=item.id,
        tier=unit.tier,
        quantity=quantity,
        daily_need=daily_need,
        asked_at=at,
        asked_by=by,
        note=note,
        state=RequisitionState.OPEN,
    )
    if (requisition.unit_id, requisition.item_id, requisition.first_asked) != (unit.id, item.id, quantity):
        raise KeyReused(key)
    return requisition


def asked_before(
    requisitions: Iterable[Requisition], asked: Callable[[Requisition], int] = lambda requisition: requisition.quantity
) -> dict[int, int]:
    """What the unit of each requisition (by its id) asks for of the same item in those that come before it.

    Shared out at once with them, it counts as if the unit had that already: whoever asks on two papers comes no further than on one.
    """
    so_far: dict[tuple[int, int], int] = defaultdict(int)
    before: dict[int, int] = {}
    for requisition in sorted(requisitions, key=lambda one: one.id):
        before[requisition.id] = so_far[requisition.unit_id, requisition.item_id]
        so_far[requisition.unit_id, requisition.item_id] += asked(requisition)
    return before


def review(
    session: Session, *, key: str, requisition_id: int, quantity: int, at: dt.datetime, by: str, comment: str = ""
) -> RequisitionReview:
    """Approve an open requisition for so many base units: as asked, changed with a comment, or none of it, with a comment too.

    The same key again gives the same review. Raises InvalidInput "no-comment", or WrongState where it is not open any more.
    """
    requisition = session.get(Requisition, requisition_id, with_for_update=True, populate_existing=True)
    if requisition is None:
        raise NotFound("requisition", requisition_id)
    known = session.scalar(select(RequisitionReview).where(RequisitionReview.key == key))
    if known is not None:
        if (known.requisition_id, known.quantity_after) != (requisition_id, quantity):
            raise KeyReused(key)
        return known
    if requisition.state is not RequisitionState.OPEN:
        raise WrongState("requisition", requisition.number, requisition.state)
    if quantity < 0:
        raise InvalidInput("quantity", "not-positive", quantity)
    verdict = _verdict(requisition.quantity, quantity)
    if verdict is not Verdict.APPROVED and not comment.strip():
        raise InvalidInput("comment", "no-comment", comment)
    reviewed = RequisitionReview(
        key=key,
        requisition=requisition,
        verdict=verdict,
        quantity_before=requisition.quantity,
        quantity_after=quantity,
        comment=comment.strip(),
        at=at,
        by=by,
    )
    session.add(reviewed)
    if verdict is Verdict.REFUSED:
        requisition.state = RequisitionState.REFUSED
    else:
        requisition.quantity, requisition.approved_at, requisition.approved_by = quantity, at, by
    session.flush()
    return reviewed


def carry(session: Session, *, requisition: Requisition, rest: int, at: dt.datetime, by: str) -> Requisition:
    """Ask again for the rest (base units) that an answered requisition did not get; done again it asks once."""
    known = session.scalar(select(Requisition).where(Requisition.carries_id == requisition.id))
    if known is not None:
        return known
    if requisition.state is not RequisitionState.ANSWERED:
        raise WrongState("requisition", requisition.number, requisition.state)
    carried = ask(
        session,
        key=f"carry:{requisition.id}",
        unit=requisition.unit,
        item=requisition.item,
        quantity=rest,
        daily_need=requisition.daily_need,
        at=at,
        by=by,
        note=requisition.remark,
    )
    carried.carries_id = requisition.id
    session.flush()
    return carried


def get_requisition(session: Session, requisition_id: int) -> Requisition:
    """The requisition with this id. Raises NotFound."""
    requisition = session.get(Requisition, requisition_id)
    if requisition is None:
        raise NotFound("requisition", requisition_id)
    return requisition


def requisition_number(id_: int) -> str:
    """What people quote and write on paper, e.g. SL0000412."""
    return f"SL{id_:07d}"


def requisition_id(number: str) -> int:
    """The id behind a number. Raises NotFound for what is no such number."""
    digits = number.strip().upper().removeprefix("SL")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise NotFound("requisition", number)
    return int(digits)


def open_requisitions(
    session: Session, *, item_ids: Collection[int], below: int | None = None, only_approved: bool = False
) -> list[Requisition]:
    """What is asked of these items and not answered, oldest first; with `below`, by that unit and the units under it only."""
    asked = (
        select(Requisition)
        .where(Requisition.item_id.in_(item_ids), Requisition.state == RequisitionState.OPEN)
        .order_by(Requisition.id)
        .options(selectinload(Requisition.unit), selectinload(Requisition.item))
    )
    if below is not None:
        asked = asked.where(Requisition.unit_id.in_(subtree(below)))
    if only_approved:
        asked = asked.where(Requisition.approved_at.is_not(None))
    return list(session.scalars(asked))


def hold_open(session: Session, *, item_ids: Collection[int]) -> None:
    """Two who share out the same items at once go one after the other, so that no request is answered twice."""
    session.execute(
        select(Requisition.id)
        .where(Requisition.item_id.in_(item_ids), Requisition.state == RequisitionState.OPEN)
        .order_by(Requisition.id)
        .with_for_update()
    ).all()


#: Which state of its lines a sheet shows first.
_SHEET_STATES = (
    RequisitionState.OPEN,
    RequisitionState.ANSWERED,
    RequisitionState.REFUSED,
    RequisitionState.CANCELLED,
)


def _refuse_twice(lines: Sequence[AskedLine]) -> None:
    seen: set[int] = set()
    for line in lines:
        if line.item.id in seen:
            raise InvalidInput("item", "twice", line.item.name)
        seen.add(line.item.id)


def _verdict(before: int, after: int) -> Verdict:
    if after == before:
        return Verdict.APPROVED
    return Verdict.CHANGED if after else Verdict.REFUSED
