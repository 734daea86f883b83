"""What points ask for (申领), and what those who answer for the stock make of it before it is shared out."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import CheckConstraint, ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from inventory.base import Actor, Base, ClientKey, Id, Moment, Once, Quantity, ShortText, Text, claim_key, word_enum
from inventory.catalogue import Item
from inventory.errors import InvalidInput, KeyReused, NotFound, WrongState
from inventory.units import Tier, Unit, subtree


class RequisitionState(enum.StrEnum):
    """Open until an allocation has answered it."""

    OPEN = "open"
    ANSWERED = "answered"
    CANCELLED = "cancelled"
    REFUSED = "refused"


class Requisition(Once):
    """What one point asks of one item (申领单)."""

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

    unit: Mapped[Unit] = relationship()
    item: Mapped[Item] = relationship()
    reviews: Mapped[list[RequisitionReview]] = relationship(
        back_populates="requisition", order_by="RequisitionReview.id"
    )

    @property
    def number(self) -> str:
        return requisition_number(self.id)


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
    if (requisition.unit_id, requisition.item_id, _first_asked(requisition)) != (unit.id, item.id, quantity):
        raise KeyReused(key)
    return requisition


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
        note=requisition.note,
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
    session: Session, *, item_id: int, below: int | None = None, only_approved: bool = False
) -> list[Requisition]:
    """What is asked of an item and not answered, oldest first; with `below`, by that unit and the units under it only."""
    asked = (
        select(Requisition)
        .where(Requisition.item_id == item_id, Requisition.state == RequisitionState.OPEN)
        .order_by(Requisition.id)
        .options(selectinload(Requisition.unit))
    )
    if below is not None:
        asked = asked.where(Requisition.unit_id.in_(subtree(below)))
    if only_approved:
        asked = asked.where(Requisition.approved_at.is_not(None))
    return list(session.scalars(asked))


def _first_asked(requisition: Requisition) -> int:
    """What was asked before anybody changed it."""
    return requisition.reviews[0].quantity_before if requisition.reviews else requisition.quantity


def _verdict(before: int, after: int) -> Verdict:
    if after == before:
        return Verdict.APPROVED
    return Verdict.CHANGED if after else Verdict.REFUSED
