"""The money of units by purpose, and its book: what donations brought and what purchase orders took.

Like the ledger it only grows: an entry is undone by its mirror image, and no purpose holds less than nothing. Closed days do not bind
it: a closing speaks of goods in places, and no entry changes what one says (`closed_days`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from inventory.base import Actor, Base, Fen, Id, Keyed, Moment, Name, Text, claim, upsert
from inventory.errors import AlreadyReversed, InvalidInput, NotFound, Overspent
from inventory.ledger import Recorded
from inventory.units import Unit, subtree

if TYPE_CHECKING:
    from inventory.donations import Donation
    from inventory.purchasing import PurchaseOrder

#: The most one entry may be, in fen.
LARGEST_FEN = 10**12


class Fund(Base):
    """The money a unit holds for one purpose; the empty purpose is money for anything. Changed only together with entries."""

    __tablename__ = "fund"
    __table_args__ = (
        UniqueConstraint("unit_id", "purpose"),
        CheckConstraint("balance_fen >= 0", name="never_negative"),
    )

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    purpose: Mapped[Name]
    balance_fen: Mapped[Fen]

    unit: Mapped[Unit] = relationship()


class FundEntry(Keyed):
    """Money that came from a donation (+) or was spent on a purchase order (−). Never changed; a mistake is another entry."""

    __tablename__ = "fund_entry"
    __table_args__ = (
        CheckConstraint("amount_fen <> 0", name="amount_not_zero"),
        CheckConstraint("(donation_id IS NULL) <> (order_id IS NULL)", name="one_cause"),
    )

    fund_id: Mapped[int] = mapped_column(ForeignKey("fund.id"), index=True)
    amount_fen: Mapped[Fen]
    donation_id: Mapped[int | None] = mapped_column(ForeignKey("donation.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("purchase_order.id"), index=True)
    occurred_at: Mapped[Moment]
    recorded_at: Mapped[Moment]
    recorded_by: Mapped[Actor]
    note: Mapped[Text] = mapped_column(default="")
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("fund_entry.id"), unique=True)

    fund: Mapped[Fund] = relationship()
    donation: Mapped[Donation | None] = relationship()
    order: Mapped[PurchaseOrder | None] = relationship()
    reverses: Mapped[FundEntry | None] = relationship(remote_side="FundEntry.id", back_populates="reversed_by")
    reversed_by: Mapped[FundEntry | None] = relationship(back_populates="reverses", uselist=False)

    @property
    def number(self) -> str:
        return f"JK{self.id:07d}"


# Acts -----------------------------------------------------------------------------------------------------------------


def fund_for(session: Session, *, unit_id: int, purpose: str) -> Fund:
    """The fund of this purpose, opened if new."""
    session.flush()
    new = upsert(session, Fund).values(unit_id=unit_id, purpose=purpose, balance_fen=0)
    session.execute(new.on_conflict_do_nothing(index_elements=[Fund.unit_id, Fund.purpose]))
    return session.scalars(select(Fund).where(Fund.unit_id == unit_id, Fund.purpose == purpose)).one()


def enter(
    session: Session,
    recorded: Recorded,
    fund: Fund,
    amount_fen: int,
    *,
    donation_id: int | None = None,
    order_id: int | None = None,
    reverses_id: int | None = None,
) -> FundEntry:
    """Write an entry and change the balance in one go; what a purpose cannot bear raises Overspent."""
    entry, is_new = claim(
        session,
        FundEntry,
        key=recorded.key,
        asked=[fund.id, amount_fen, donation_id, order_id, reverses_id, recorded.reason],
        fund_id=fund.id,
        amount_fen=amount_fen,
        donation_id=donation_id,
        order_id=order_id,
        occurred_at=recorded.occurred_at,
        recorded_at=recorded.recorded_at,
        recorded_by=recorded.by,
        note=recorded.reason,
        reverses_id=reverses_id,
    )
    if is_new:
        _change_balance(session, fund, amount_fen)
    return entry


def reverse_entry(session: Session, *, recorded: Recorded, entry_id: int) -> FundEntry:
    """Undo an entry by its mirror image, and say why.

    Raises InvalidInput without a reason, AlreadyReversed, or Overspent where the money has been spent since.
    """
    if not recorded.reason.strip():
        raise InvalidInput("reason", "empty", recorded.reason)
    entry = get_entry(session, entry_id)
    if entry.reverses_id is not None:
        raise AlreadyReversed(entry.number)
    session.scalar(select(FundEntry.id).where(FundEntry.id == entry_id).with_for_update())
    undone = session.scalar(select(FundEntry).where(FundEntry.reverses_id == entry_id))
    if undone is not None and undone.key != recorded.key:
        raise AlreadyReversed(entry.number)
    return enter(
        session,
        recorded,
        entry.fund,
        -entry.amount_fen,
        donation_id=entry.donation_id,
        order_id=entry.order_id,
        reverses_id=entry_id,
    )


# Looking --------------------------------------------------------------------------------------------------------------


def get_fund(session: Session, fund_id: int) -> Fund:
    """The fund with this id. Raises NotFound."""
    fund = session.get(Fund, fund_id)
    if fund is None:
        raise NotFound("fund", fund_id)
    return fund


def get_entry(session: Session, entry_id: int) -> FundEntry:
    """The entry with this id. Raises NotFound."""
    entry = session.get(FundEntry, entry_id)
    if entry is None:
        raise NotFound("fund entry", entry_id)
    return entry


def is_entered(session: Session, key: str) -> bool:
    """Whether an entry of this client key stands in the book already."""
    return session.scalar(select(FundEntry.id).where(FundEntry.key == key)) is not None


def funds(session: Session, *, unit_id: int) -> list[Fund]:
    """The money of a unit and all below it by purpose; money for anything first."""
    wanted = select(Fund).where(Fund.unit_id.in_(subtree(unit_id))).order_by(Fund.purpose, Fund.unit_id)
    return list(session.scalars(wanted.options(selectinload(Fund.unit))))


def entries(
    session: Session,
    *,
    unit_id: int,
    donation_id: int | None = None,
    limit: int | None = 50,
    before_id: int | None = None,
) -> list[FundEntry]:
    """The money book of a unit and all below it, newest first; or of one donation."""
    page = (
        select(FundEntry)
        .join(Fund)
        .where(Fund.unit_id.in_(subtree(unit_id)))
        .order_by(FundEntry.id.desc())
        .limit(limit)
        .options(
            selectinload(FundEntry.fund).selectinload(Fund.unit),
            selectinload(FundEntry.donation),
            selectinload(FundEntry.order),
            selectinload(FundEntry.reversed_by),
        )
    )
    if donation_id is not None:
        page = page.where(FundEntry.donation_id == donation_id)
    if before_id is not None:
        page = page.where(FundEntry.id < before_id)
    return list(session.scalars(page))


def spent_on(session: Session, order_id: int) -> int:
    """What was entered for a purchase order and not booked back, in fen."""
    total = session.scalar(select(func.sum(FundEntry.amount_fen)).where(FundEntry.order_id == order_id))
    return -int(total or 0)


# Beneath --------------------------------------------------------------------------------------------------------------


def _change_balance(session: Session, fund: Fund, amount_fen: int) -> None:
    changed = session.scalar(
        update(Fund)
        .where(Fund.id == fund.id, Fund.balance_fen + amount_fen >= 0)
        .values(balance_fen=Fund.balance_fen + amount_fen)
        .returning(Fund.balance_fen)
        .execution_options(synchronize_session=False)
    )
    session.refresh(fund)
    if changed is None:
        raise Overspent(purpose=fund.purpose, wanted_fen=-amount_fen, left_fen=fund.balance_fen)
