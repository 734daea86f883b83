"""Allocations as they are recorded: a run of an item, what each requisition got of it, and what it was decided by (分配单)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.allocation import Rung
from inventory.base import Actor, Base, ClientKey, Id, Moment, Quantity, ShortText, word_enum
from inventory.catalogue import Item
from inventory.classes import ItemClass
from inventory.joint_cases import JointKind
from inventory.places import StockLocation
from inventory.policies import Policy
from inventory.requisitions import Requisition

#: What the keys of shares' promises begin with.
SHARE_PROMISE = "share:"


class AllocationRun(Base):
    """One sharing-out of one item from one store, with the policy it followed (分配).

    Where several stores give, the first stands for the whole: its shares carry the reasons, and the run of each other store, with
    what that one gives, is a part of it.
    """

    __tablename__ = "allocation_run"

    id: Mapped[Id]
    key: Mapped[ClientKey] = mapped_column(unique=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    source_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"))
    part_of_id: Mapped[int | None] = mapped_column(ForeignKey("allocation_run.id"), index=True)
    #: The joint allocation in which this item was shared with others.
    joint_id: Mapped[int | None] = mapped_column(ForeignKey("joint_run.id"), index=True)
    pack_size: Mapped[Quantity]
    pack_word: Mapped[str]
    #: Of the terms it was asked by, that one key never stands for others; not of a part, nor of a joint run's.
    asked: Mapped[str | None] = mapped_column(ShortText(64))
    #: What there was to share; of a part, what its store gives.
    packs: Mapped[int] = mapped_column(Integer)
    left_over: Mapped[int] = mapped_column(Integer)
    short: Mapped[int] = mapped_column(Integer)
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policy.id"))
    #: [{"tiers": ["frontline"], "ceiling_days": 3}, …], as it was when decided.
    ladder: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    decided_at: Mapped[Moment]
    decided_by: Mapped[Actor]

    item: Mapped[Item] = relationship()
    source: Mapped[StockLocation] = relationship()
    policy: Mapped[Policy | None] = relationship()
    shares: Mapped[list[Share]] = relationship(back_populates="run", order_by="Share.place")
    parts: Mapped[list[AllocationRun]] = relationship(order_by="AllocationRun.id")
    certificate: Mapped[Certificate | None] = relationship(back_populates="run", uselist=False)
    joint: Mapped[JointRun | None] = relationship(back_populates="runs")

    @property
    def number(self) -> str:
        return f"FP{self.id:07d}"

    @property
    def whole_number(self) -> str:
        """The number people know it by: of what one of several stores gives, that of the whole."""
        return f"FP{self.part_of_id or self.id:07d}"

    @property
    def rungs(self) -> list[Rung]:
        return [Rung(tiers=frozenset(rung["tiers"]), ceiling_days=rung["ceiling_days"]) for rung in self.ladder]


class JointRun(Base):
    """Several items shared out at once from one store (联合分配): one run of each, what all were decided by, and what it came to.

    Its case and decision are its certificate; see `joint_cases`. Never changed.
    """

    __tablename__ = "joint_run"

    id: Mapped[Id]
    key: Mapped[ClientKey] = mapped_column(unique=True)
    kind: Mapped[JointKind] = mapped_column(word_enum(JointKind))
    source_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"), index=True)
    #: Of items that stand in for each other.
    class_id: Mapped[int | None] = mapped_column(ForeignKey("item_class.id"))
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policy.id"))
    case: Mapped[dict[str, Any]] = mapped_column(JSON)
    decision: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: Of both together.
    fingerprint: Mapped[str] = mapped_column(ShortText(64))
    #: Of the terms it was asked by.
    asked: Mapped[str | None] = mapped_column(ShortText(64))
    decided_at: Mapped[Moment]
    decided_by: Mapped[Actor]

    source: Mapped[StockLocation] = relationship()
    item_class: Mapped[ItemClass | None] = relationship()
    policy: Mapped[Policy | None] = relationship()
    runs: Mapped[list[AllocationRun]] = relationship(back_populates="joint", order_by="AllocationRun.id")

    @property
    def number(self) -> str:
        return f"LH{self.id:07d}"


class Share(Base):
    """What one requisition got of a run, and the reason. Of an item that stands in for what was asked, it has another share too."""

    __tablename__ = "share"
    __table_args__ = (
        UniqueConstraint("run_id", "requisition_id"),
        CheckConstraint("packs >= 0", name="packs_not_negative"),
    )

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("allocation_run.id"))
    requisition_id: Mapped[int] = mapped_column(ForeignKey("requisition.id"), index=True)
    #: Order on the sheet: frontline first, then by name.
    place: Mapped[int] = mapped_column(Integer)
    on_hand: Mapped[Quantity]
    #: From this run's store; what all stores give together stands in the reason.
    packs: Mapped[int] = mapped_column(Integer)
    quantity: Mapped[Quantity]
    #: `Reason` as plain values, and the need it was reckoned by; see `reason_as_plain` and `need_as_plain`.
    reason: Mapped[dict[str, Any]] = mapped_column(JSON)

    run: Mapped[AllocationRun] = relationship(back_populates="shares")
    requisition: Mapped[Requisition] = relationship()

    @property
    def reservation_key(self) -> str:
        return f"{SHARE_PROMISE}{self.id}"

    @property
    def is_carried(self) -> bool:
        """Whether goods go from one store to another: not where nothing is left to give, nor to the unit whose own store gives it."""
        return self.quantity > 0 and self.requisition.unit_id != self.run.source.unit_id

    @property
    def daily_need(self) -> Fraction:
        """Base units a day by which its cover was reckoned; `needs_used` says where that came from."""
        kept = self.reason.get("need")
        return Fraction(kept["daily"] if kept else self.requisition.daily_need)

    @property
    def total_packs(self) -> int:
        """What the requisition got from all stores together."""
        return int(self.reason["packs"])

    @property
    def stands_in(self) -> bool:
        """Whether it is of another item than was asked for."""
        return self.requisition.item_id != self.run.item_id

    @property
    def shortfall(self) -> int:
        """What was asked and not given, in base units (缺口); told once, by the share of the item that was asked for."""
        if self.stands_in:
            return 0
        return unmet(self.requisition, self.total_packs * self.run.pack_size, self.reason)


class Certificate(Base):
    """The case a run was decided by (分配依据), and its fingerprint: decided again it gives the same shares. Never changed."""

    __tablename__ = "allocation_certificate"

    run_id: Mapped[int] = mapped_column(ForeignKey("allocation_run.id"), primary_key=True)
    #: See `cases.as_plain`.
    case: Mapped[dict[str, Any]] = mapped_column(JSON)
    fingerprint: Mapped[str] = mapped_column(ShortText(64))

    run: Mapped[AllocationRun] = relationship(back_populates="certificate")


def unmet(requisition: Requisition, given: int, reason: Mapping[str, Any]) -> int:
    """What of a requisition nothing was given for: `given` of its own item, beside what stands in for it (base units)."""
    return max(0, requisition.quantity - given - int(reason.get("stood_in", 0)))
