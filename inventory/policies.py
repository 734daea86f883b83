"""Sharing policies (分配规则): versions of a ladder with who proposed and who approved them. Nothing of them is ever edited."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from inventory.allocation import Rung
from inventory.base import Actor, Base, Moment, Name, Once, Text, claim_key
from inventory.errors import InvalidInput, KeyReused, NotFound, WrongState
from inventory.units import Tier, Unit

#: What holds where no policy has been approved: frontline first to three days, then windows to two, then everybody to one; then the
#: same round again, higher.
DEFAULT_LADDER = (
    Rung(tiers=frozenset({Tier.FRONTLINE}), ceiling_days=3),
    Rung(tiers=frozenset({Tier.WINDOW}), ceiling_days=2),
    Rung(tiers=frozenset({Tier.OTHER}), ceiling_days=1),
    Rung(tiers=frozenset({Tier.FRONTLINE}), ceiling_days=7),
    Rung(tiers=frozenset({Tier.WINDOW}), ceiling_days=5),
    Rung(tiers=frozenset({Tier.OTHER}), ceiling_days=3),
)


class Policy(Once):
    """One version of a ladder, for a unit and all below it. A change is another version; database triggers refuse to edit one."""

    __tablename__ = "policy"
    __table_args__ = (UniqueConstraint("unit_id", "name", "version"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[Name]
    version: Mapped[int] = mapped_column(Integer)
    #: [{"tiers": ["frontline"], "ceiling_days": 3}, …]
    rungs: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    note: Mapped[Text] = mapped_column(default="")
    proposed_at: Mapped[Moment]
    proposed_by: Mapped[Actor]

    unit: Mapped[Unit] = relationship(lazy="joined")
    approval: Mapped[PolicyApproval | None] = relationship(back_populates="policy", uselist=False, lazy="joined")

    @property
    def ladder(self) -> tuple[Rung, ...]:
        return tuple(
            Rung(tiers=frozenset(map(Tier, rung["tiers"])), ceiling_days=rung["ceiling_days"]) for rung in self.rungs
        )


class PolicyApproval(Base):
    """Who let a version hold, and from which day."""

    __tablename__ = "policy_approval"

    policy_id: Mapped[int] = mapped_column(ForeignKey("policy.id"), primary_key=True)
    valid_from: Mapped[dt.date]
    approved_at: Mapped[Moment]
    approved_by: Mapped[Actor]

    policy: Mapped[Policy] = relationship(back_populates="approval")


def propose_policy(
    session: Session,
    *,
    key: str,
    unit: Unit,
    name: str,
    ladder: Sequence[Rung],
    at: dt.datetime,
    by: str,
    note: str = "",
) -> Policy:
    """Record a new version under a name; the same key again gives the same version. It holds only once it is approved."""
    rungs = plain_rungs(ladder)
    for field, value in (("name", name.strip()), ("ladder", rungs)):
        if not value:
            raise InvalidInput(field, "empty", value)
    # Who proposes for a unit goes one after the other: two at once would both be the next version.
    session.execute(select(Unit.id).where(Unit.id == unit.id).with_for_update(key_share=True))
    versions = select(func.max(Policy.version)).where(Policy.unit_id == unit.id, Policy.name == name.strip())
    policy, _ = claim_key(
        session,
        Policy,
        key=key,
        unit_id=unit.id,
        name=name.strip(),
        version=(session.scalar(versions) or 0) + 1,
        rungs=rungs,
        note=note,
        proposed_at=at,
        proposed_by=by,
    )
    if (policy.unit_id, policy.name, policy.rungs) != (unit.id, name.strip(), rungs):
        raise KeyReused(key)
    return policy


def approve_policy(session: Session, *, policy_id: int, valid_from: dt.date, at: dt.datetime, by: str) -> Policy:
    """Let a version hold from a day on. Approved so already, it stays so; raises WrongState where it was for another day.

    A rule is agreed by two: raises InvalidInput "own-proposal" for who proposed it.
    """
    policy = get_policy(session, policy_id)
    if policy.approval is not None:
        if policy.approval.valid_from != valid_from:
            raise WrongState("policy", f"{policy.name} {policy.version}", "approved")
        return policy
    if policy.proposed_by == by:
        raise InvalidInput("by", "own-proposal", by)
    policy.approval = PolicyApproval(valid_from=valid_from, approved_at=at, approved_by=by)
    session.flush()
    return policy


def policy_in_force(session: Session, *, unit_id: int, on: dt.date) -> Policy | None:
    """The version that holds for a unit on a day: the newest of its own, else of the nearest unit above; None where there is none."""
    for unit_ in _upwards(session, unit_id):
        found = session.scalar(
            select(Policy)
            .join(PolicyApproval)
            .where(Policy.unit_id == unit_, PolicyApproval.valid_from <= on)
            .order_by(PolicyApproval.valid_from.desc(), PolicyApproval.approved_at.desc(), Policy.id.desc())
            .limit(1)
        )
        if found is not None:
            return found
    return None


def policies_for(session: Session, *, unit_id: int) -> list[Policy]:
    """Every version that was ever proposed for a unit or for one above it, newest first."""
    return list(
        session.scalars(
            select(Policy).where(Policy.unit_id.in_(list(_upwards(session, unit_id)))).order_by(Policy.id.desc())
        )
    )


def get_policy(session: Session, policy_id: int) -> Policy:
    """The version with this id. Raises NotFound."""
    policy = session.get(Policy, policy_id)
    if policy is None:
        raise NotFound("policy", policy_id)
    return policy


def plain_rungs(ladder: Sequence[Rung]) -> list[dict[str, Any]]:
    """A ladder as JSON keeps it."""
    return [{"tiers": sorted(rung.tiers), "ceiling_days": rung.ceiling_days} for rung in ladder]


def _upwards(session: Session, unit_id: int) -> Iterator[int]:
    """The unit and those above it, nearest first."""
    next_id: int | None = unit_id
    while next_id is not None:
        yield next_id
        next_id = session.scalar(select(Unit.parent_id).where(Unit.id == next_id))
