"""What points ask for, and how a scarce item is shared among those who ask."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Integer, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from inventory.allocation import Allocation, Point, Reason, Rung, allocate
from inventory.base import Actor, Base, ClientKey, Id, Moment, Quantity, Text, word_enum
from inventory.catalogue import Item, get_item
from inventory.errors import InvalidInput, KeyReused, NotFound
from inventory.ledger import Recorded, reserve_many
from inventory.places import StockLocation, get_location
from inventory.stock import available, usable_by_unit
from inventory.units import Tier, Unit, subtree

#: Frontline first to three days, then windows to two, then everybody to one; then the same round again, higher.
DEFAULT_LADDER = (
    Rung(tiers=frozenset({Tier.FRONTLINE}), ceiling_days=3),
    Rung(tiers=frozenset({Tier.WINDOW}), ceiling_days=2),
    Rung(tiers=frozenset({Tier.OTHER}), ceiling_days=1),
    Rung(tiers=frozenset({Tier.FRONTLINE}), ceiling_days=7),
    Rung(tiers=frozenset({Tier.WINDOW}), ceiling_days=5),
    Rung(tiers=frozenset({Tier.OTHER}), ceiling_days=3),
)


class RequisitionState(enum.StrEnum):
    """Open until an allocation has answered it."""

    OPEN = "open"
    ANSWERED = "answered"
    CANCELLED = "cancelled"


class Requisition(Base):
    """What one point asks of one item (申领单)."""

    __tablename__ = "requisition"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("daily_need > 0", name="need_positive"),
    )

    id: Mapped[Id]
    key: Mapped[ClientKey] = mapped_column(unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    #: The point's tier at the time it asked.
    tier: Mapped[Tier] = mapped_column(word_enum(Tier))
    quantity: Mapped[Quantity]
    #: Base units a day, by which cover is reckoned.
    daily_need: Mapped[Quantity]
    asked_at: Mapped[Moment]
    asked_by: Mapped[Actor]
    note: Mapped[Text] = mapped_column(default="")
    state: Mapped[RequisitionState] = mapped_column(
        word_enum(RequisitionState), default=RequisitionState.OPEN, index=True
    )

    unit: Mapped[Unit] = relationship()
    item: Mapped[Item] = relationship()

    @property
    def number(self) -> str:
        return f"SL{self.id:07d}"


class AllocationRun(Base):
    """One sharing-out of one item from one store, with the policy it followed (分配)."""

    __tablename__ = "allocation_run"

    id: Mapped[Id]
    key: Mapped[ClientKey] = mapped_column(unique=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    source_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"))
    pack_size: Mapped[Quantity]
    pack_word: Mapped[str]
    packs: Mapped[int] = mapped_column(Integer)
    left_over: Mapped[int] = mapped_column(Integer)
    short: Mapped[int] = mapped_column(Integer)
    #: [{"tiers": ["frontline"], "ceiling_days": 3}, …], as it was when decided.
    ladder: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    decided_at: Mapped[Moment]
    decided_by: Mapped[Actor]

    item: Mapped[Item] = relationship()
    source: Mapped[StockLocation] = relationship()
    shares: Mapped[list[Share]] = relationship(back_populates="run", order_by="Share.place")

    @property
    def number(self) -> str:
        return f"FP{self.id:07d}"


class Share(Base):
    """What one requisition got of a run, and the reason."""

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
    packs: Mapped[int] = mapped_column(Integer)
    quantity: Mapped[Quantity]
    #: `Reason` as plain values; see `reason_as_plain`.
    reason: Mapped[dict[str, Any]] = mapped_column(JSON)

    run: Mapped[AllocationRun] = relationship(back_populates="shares")
    requisition: Mapped[Requisition] = relationship()

    @property
    def reservation_key(self) -> str:
        return f"share:{self.id}"

    @property
    def is_carried(self) -> bool:
        """Whether goods go from one store to another: not where nothing is left to give, nor to the unit whose own store gives it."""
        return self.quantity > 0 and self.requisition.unit_id != self.run.source.unit_id

    @property
    def shortfall(self) -> int:
        """What was asked and not given, in base units (缺口)."""
        return max(0, self.requisition.quantity - self.quantity)


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
    known = session.scalar(select(Requisition).where(Requisition.key == key))
    if known is not None:
        if (known.unit_id, known.item_id, known.quantity) != (unit.id, item.id, quantity):
            raise KeyReused(key)
        return known
    for field, value in (("quantity", quantity), ("daily_need", daily_need)):
        if value <= 0:
            raise InvalidInput(field, "not-positive", value)
    requisition = Requisition(
        key=key,
        unit=unit,
        item=item,
        tier=unit.tier,
        quantity=quantity,
        daily_need=daily_need,
        asked_at=at,
        asked_by=by,
        note=note,
        state=RequisitionState.OPEN,
    )
    session.add(requisition)
    session.flush()
    return requisition


def open_requisitions(session: Session, *, item_id: int, below: int | None = None) -> list[Requisition]:
    """What is asked of an item and not answered, oldest first; with `below`, by that unit and the units under it only."""
    asked = (
        select(Requisition)
        .where(Requisition.item_id == item_id, Requisition.state == RequisitionState.OPEN)
        .order_by(Requisition.id)
        .options(selectinload(Requisition.unit))
    )
    if below is not None:
        asked = asked.where(Requisition.unit_id.in_(subtree(below)))
    return list(session.scalars(asked))


def share_out(
    session: Session,
    *,
    recorded: Recorded,
    item_id: int,
    source_id: int,
    pack_word: str,
    ladder: Sequence[Rung] = DEFAULT_LADDER,
    keep_packs: int = 0,
    below: int | None = None,
) -> AllocationRun:
    """Share what a store has of an item among the open requisitions (with `below`, of that unit and those under it), and record who
    gets what and why.

    `keep_packs` stay in the store as a reserve. The requisitions are answered by it, and each share is reserved at the store until it
    becomes a delivery order. Raises InvalidInput "nothing-asked" where no requisition is open, Short where somebody was faster.
    The goods are not moved: that is what delivery orders are for.
    """
    _hold_requisitions(session, item_id)
    known = session.scalar(select(AllocationRun).where(AllocationRun.key == recorded.key))
    if known is not None:
        if (known.item_id, known.source_id, known.pack_word) != (item_id, source_id, pack_word):
            raise KeyReused(recorded.key)
        return known
    decision = propose(
        session,
        item_id=item_id,
        source_id=source_id,
        pack_word=pack_word,
        ladder=ladder,
        keep_packs=keep_packs,
        at=recorded.occurred_at,
        below=below,
    )
    return _record(session, recorded, decision, ladder)


class Proposal:
    """An allocation that has been reckoned and not yet recorded."""

    def __init__(
        self,
        *,
        item: Item,
        source: StockLocation,
        pack_word: str,
        requisitions: Mapping[str, Requisition],
        on_hand: Mapping[str, int],
        allocation: Allocation,
    ) -> None:
        self.item = item
        self.source = source
        self.pack_word = pack_word
        self.requisitions = requisitions
        self.on_hand = on_hand
        self.allocation = allocation


def propose(
    session: Session,
    *,
    item_id: int,
    source_id: int,
    pack_word: str,
    ladder: Sequence[Rung],
    keep_packs: int,
    at: dt.datetime,
    below: int | None = None,
) -> Proposal:
    """Reckon an allocation without recording anything."""
    item, source = get_item(session, item_id), get_location(session, source_id)
    if pack_word not in item.units():
        raise InvalidInput("pack", "unknown-unit", tuple(item.units()))
    if keep_packs < 0:
        raise InvalidInput("keep_packs", "negative", keep_packs)
    open_now = open_requisitions(session, item_id=item_id, below=below)
    asked = {requisition.number: requisition for requisition in open_now}
    if not asked:
        raise InvalidInput("item", "nothing-asked", item.name)
    pack_size = item.units()[pack_word]
    day = at.date()
    held = usable_by_unit(session, item_id=item_id, unit_ids=[r.unit_id for r in asked.values()], on=day)
    on_hand = {number: held.get(requisition.unit_id, 0) for number, requisition in asked.items()}
    free = max(0, available(session, location_id=source_id, item_id=item_id, on=day))
    allocation = allocate(
        [_point(number, requisition, on_hand[number], pack_size) for number, requisition in asked.items()],
        packs=max(0, free // pack_size - keep_packs),
        pack_size=pack_size,
        rungs=ladder,
    )
    return Proposal(
        item=item, source=source, pack_word=pack_word, requisitions=asked, on_hand=on_hand, allocation=allocation
    )


def get_run(session: Session, run_id: int) -> AllocationRun:
    """The allocation with this id. Raises NotFound."""
    run = session.get(AllocationRun, run_id)
    if run is None:
        raise NotFound("allocation", run_id)
    return run


def reason_as_plain(reason: Reason) -> dict[str, Any]:
    """A reason as JSON can keep it; days of cover as exact fractions "7/2"."""
    return {
        "packs": reason.packs,
        "cover_before": str(reason.cover_before),
        "cover_after": str(reason.cover_after),
        "next_pack": reason.next_pack,
        "more_needed": reason.more_needed,
        "capped_by_request": reason.capped_by_request,
        "steps": [
            {
                "rung": step.rung,
                "packs": step.packs,
                "cover_before": str(step.cover_before),
                "cover_after": str(step.cover_after),
            }
            for step in reason.steps
        ],
    }


def _hold_requisitions(session: Session, item_id: int) -> None:
    """Two who share out the same item at once go one after the other, so that no request is answered twice."""
    session.execute(
        select(Requisition.id)
        .where(Requisition.item_id == item_id, Requisition.state == RequisitionState.OPEN)
        .order_by(Requisition.id)
        .with_for_update()
    ).all()


def _point(number: str, requisition: Requisition, on_hand: int, pack_size: int) -> Point:
    """A request is met in whole packs: the last pack may pass it by less than one."""
    packs_asked = -(-requisition.quantity // pack_size)
    return Point(
        id=number,
        tier=requisition.tier,
        daily_need=requisition.daily_need,
        on_hand=on_hand,
        at_most=packs_asked * pack_size,
    )


def _record(session: Session, recorded: Recorded, proposal: Proposal, ladder: Sequence[Rung]) -> AllocationRun:
    allocation = proposal.allocation
    run = AllocationRun(
        key=recorded.key,
        item=proposal.item,
        source=proposal.source,
        pack_size=allocation.pack_size,
        pack_word=proposal.pack_word,
        packs=allocation.packs,
        left_over=allocation.left_over,
        short=allocation.short,
        ladder=[{"tiers": sorted(rung.tiers), "ceiling_days": rung.ceiling_days} for rung in ladder],
        decided_at=recorded.recorded_at,
        decided_by=recorded.by,
    )
    order = {tier: place for place, tier in enumerate(Tier)}
    answered = sorted(
        proposal.requisitions.items(), key=lambda pair: (order[pair[1].tier], pair[1].unit.name, pair[1].id)
    )
    for place, (number, requisition) in enumerate(answered):
        packs = allocation.packs_by_point[number]
        requisition.state = RequisitionState.ANSWERED
        run.shares.append(
            Share(
                requisition=requisition,
                place=place,
                on_hand=proposal.on_hand[number],
                packs=packs,
                quantity=packs * allocation.pack_size,
                reason=reason_as_plain(allocation.explain(number)),
            )
        )
    session.add(run)
    session.flush()
    reserve_many(
        session,
        location_id=run.source_id,
        promises={share.reservation_key: (run.item_id, share.quantity) for share in run.shares if share.is_carried},
        at=recorded.occurred_at,
    )
    return run
