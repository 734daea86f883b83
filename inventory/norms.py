"""Approved norms (配备标准): what a person, a square metre, a household or a point needs, and the facts of a unit they are multiplied by.

A norm is proposed, then approved or declined; approving one ends the one it replaces. Nothing is edited: norms, decisions and facts only
grow, so that every need reckoned in the past can be reckoned again.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, Select, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column, relationship, selectinload

from inventory.base import Actor, Base, Id, Moment, Once, Quantity, Text, claim_key, word_enum
from inventory.catalogue import Item, content_mg, get_item
from inventory.dosing import product_mg_per_m2
from inventory.errors import InvalidInput, KeyReused, NotFound, WrongState
from inventory.units import Tier, Unit, UnitKind

#: Units by their ids, or by a query for them such as `subtree`.
type Units = Collection[int] | Select[int]

MOST_PEOPLE = 100_000
MOST_AREA_M2 = 10_000_000
MOST_A_DAY = 24
MOST_TARGET_MG_PER_L = 50_000
MOST_ML_PER_M2 = 5_000


class Basis(enum.StrEnum):
    """What an amount is for; multiplied by the unit's facts it gives a day's need."""

    PERSON_SHIFT = "person_shift"
    AREA_ROUND = "area_round"
    ISOLATED_DAY = "isolated_day"
    HOUSEHOLD_DAY = "household_day"
    POINT_DAY = "point_day"


class Norm(Once):
    """An amount of an item per basis, for the units of some kinds and tiers. Never changed, never removed."""

    __tablename__ = "norm"
    __table_args__ = (
        CheckConstraint("numerator > 0 AND denominator > 0", name="amount_positive"),
        CheckConstraint("(target_mg_per_l IS NULL) = (ml_per_m2 IS NULL)", name="dose_whole"),
    )

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    basis: Mapped[Basis] = mapped_column(word_enum(Basis))
    #: The amount in base units, exact.
    numerator: Mapped[Quantity]
    denominator: Mapped[Quantity]
    #: Where the amount was reckoned from a dose.
    target_mg_per_l: Mapped[int | None] = mapped_column(Integer)
    ml_per_m2: Mapped[int | None] = mapped_column(Integer)
    #: The unit kinds and tiers it holds for, sorted; empty for all.
    kinds: Mapped[list[str]] = mapped_column(JSON)
    tiers: Mapped[list[str]] = mapped_column(JSON)
    #: The paper it comes from: number, title, issuer.
    source: Mapped[Text]
    valid_from: Mapped[dt.date]
    proposed_by: Mapped[Actor]
    proposed_at: Mapped[Moment]

    item: Mapped[Item] = relationship()
    decisions: Mapped[list[NormDecision]] = relationship(
        back_populates="norm", foreign_keys="NormDecision.norm_id", order_by="NormDecision.id"
    )

    @property
    def number(self) -> str:
        return f"BZ{self.id:07d}"

    @property
    def amount(self) -> Fraction:
        """Base units per basis."""
        return Fraction(self.numerator, self.denominator)

    @property
    def state(self) -> NormState:
        """Where it stands after its last decision."""
        return NormState(self.decisions[-1].state) if self.decisions else NormState.PROPOSED

    def decision(self, state: NormState) -> NormDecision | None:
        """The decision that brought it into this state, if it ever was."""
        return next((decision for decision in self.decisions if decision.state is state), None)

    def applies_to(self, kind: UnitKind, tier: Tier) -> bool:
        return (not self.kinds or kind in self.kinds) and (not self.tiers or tier in self.tiers)

    @property
    def precision(self) -> tuple[bool, bool]:
        """A norm for a kind of unit goes before one for a tier, and both before one for all."""
        return bool(self.kinds), bool(self.tiers)

    @property
    def series(self) -> tuple[int, Basis, tuple[str, ...], tuple[str, ...]]:
        """What its versions have in common."""
        return self.item_id, self.basis, tuple(self.kinds), tuple(self.tiers)


class NormState(enum.StrEnum):
    """The life of a norm."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"
    ENDED = "ended"


class NormDecision(Base):
    """A step in the life of a norm: approved, declined, or ended by another. Never changed, never removed."""

    __tablename__ = "norm_decision"
    __table_args__ = (UniqueConstraint("norm_id", "state"),)

    id: Mapped[Id]
    norm_id: Mapped[int] = mapped_column(ForeignKey("norm.id"))
    state: Mapped[NormState] = mapped_column(word_enum(NormState))
    #: The first day it holds, or of an ended one the first day it no longer does.
    day: Mapped[dt.date]
    by: Mapped[Actor]
    at: Mapped[Moment]
    note: Mapped[Text] = mapped_column(default="")
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("norm.id"))

    norm: Mapped[Norm] = relationship(back_populates="decisions", foreign_keys=norm_id)
    replaced_by: Mapped[Norm | None] = relationship(foreign_keys=replaced_by_id)


class UnitFacts(Once):
    """What is so of a unit from a day on: people, area, rounds, households. A later version replaces it from its own day on."""

    __tablename__ = "unit_facts"
    __table_args__ = (
        CheckConstraint(
            "people_per_shift >= 0 AND shifts_a_day >= 0 AND area_m2 >= 0 AND rounds_a_day >= 0 "
            "AND households >= 0 AND isolated >= 0",
            name="not_negative",
        ),
        Index("ix_unit_facts_newest", "unit_id", "valid_from", "id"),
    )

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    valid_from: Mapped[dt.date]
    people_per_shift: Mapped[int] = mapped_column(Integer)
    shifts_a_day: Mapped[int] = mapped_column(Integer)
    area_m2: Mapped[int] = mapped_column(Integer)
    #: Rounds of disinfection planned for a day, each over the whole area.
    rounds_a_day: Mapped[int] = mapped_column(Integer)
    households: Mapped[int] = mapped_column(Integer)
    isolated: Mapped[int] = mapped_column(Integer)
    told_by: Mapped[Actor]
    told_at: Mapped[Moment]

    unit: Mapped[Unit] = relationship()

    @property
    def figures(self) -> Figures:
        return Figures(**{name: getattr(self, name) for name in FIGURES})


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a unit that norms are multiplied by."""

    people_per_shift: int = 0
    shifts_a_day: int = 0
    area_m2: int = 0
    rounds_a_day: int = 0
    households: int = 0
    isolated: int = 0


#: Each figure with the largest that can be true.
FIGURES = {
    "people_per_shift": MOST_PEOPLE,
    "shifts_a_day": MOST_A_DAY,
    "area_m2": MOST_AREA_M2,
    "rounds_a_day": MOST_A_DAY,
    "households": MOST_PEOPLE,
    "isolated": MOST_PEOPLE,
}


# Norms ----------------------------------------------------------------------------------------------------------------


def dose(item: Item, *, target_mg_per_l: int, ml_per_m2: int) -> Fraction:
    """Base units of a disinfectant that a square metre takes in one round.

    Raises InvalidInput "no-concentration" where its label is not known, "too-weak" where it does not reach the target.
    """
    for field, value, most in (
        ("target_mg_per_l", target_mg_per_l, MOST_TARGET_MG_PER_L),
        ("ml_per_m2", ml_per_m2, MOST_ML_PER_M2),
    ):
        if not 1 <= value <= most:
            raise InvalidInput(field, "out-of-range", value)
    if item.active_mg_per_kg is None:
        raise InvalidInput("item", "no-concentration", item.name)
    if target_mg_per_l > item.active_mg_per_kg:
        raise InvalidInput("target_mg_per_l", "too-weak", target_mg_per_l)
    taken = product_mg_per_m2(
        target_mg_per_l=target_mg_per_l, ml_per_m2=ml_per_m2, active_mg_per_kg=item.active_mg_per_kg
    )
    return taken / content_mg(item)


def propose(
    session: Session,
    *,
    key: str,
    item_id: int,
    basis: Basis,
    amount: Fraction | None = None,
    target_mg_per_l: int | None = None,
    ml_per_m2: int | None = None,
    kinds: Collection[UnitKind] = (),
    tiers: Collection[Tier] = (),
    source: str,
    valid_from: dt.date,
    at: dt.datetime,
    by: str,
) -> Norm:
    """Propose a norm; the same key again gives the same one. It counts from its approval on.

    The amount is in base units, or, per square metre, follows from target and volume. Raises InvalidInput, KeyReused.
    """
    if target_mg_per_l is not None and ml_per_m2 is not None and basis is Basis.AREA_ROUND:
        amount = dose(get_item(session, item_id), target_mg_per_l=target_mg_per_l, ml_per_m2=ml_per_m2)
    if amount is None or amount <= 0:
        raise InvalidInput("amount", "not-positive", amount)
    if not source.strip():
        raise InvalidInput("source", "empty", source)
    norm, _ = claim_key(
        session,
        Norm,
        key=key,
        item_id=item_id,
        basis=basis,
        numerator=amount.numerator,
        denominator=amount.denominator,
        target_mg_per_l=target_mg_per_l,
        ml_per_m2=ml_per_m2,
        kinds=sorted(kinds),
        tiers=sorted(tiers),
        source=source,
        valid_from=valid_from,
        proposed_by=by,
        proposed_at=at,
    )
    series = (item_id, basis, tuple(sorted(kinds)), tuple(sorted(tiers)))
    if (norm.series, norm.amount, norm.valid_from) != (series, amount, valid_from):
        raise KeyReused(key)
    return norm


def approve(session: Session, *, norm_id: int, at: dt.datetime, by: str) -> Norm:
    """Let a norm hold from its day on; the version it replaces ends there. Doing it twice is once. Raises NotFound, WrongState.

    What all are measured by is agreed by two: raises InvalidInput "own-proposal" for who proposed it.
    """
    norm = _held(session, norm_id)
    if norm.state is NormState.APPROVED:
        return norm
    if norm.state is not NormState.PROPOSED:
        raise WrongState("norm", norm.number, norm.state)
    if norm.proposed_by == by:
        raise InvalidInput("by", "own-proposal", by)
    for other in _approved(session, norm.item_id):
        if other.series == norm.series:
            _decide(other, NormState.ENDED, day=norm.valid_from, at=at, by=by, replaced_by_id=norm.id)
    _decide(norm, NormState.APPROVED, day=norm.valid_from, at=at, by=by)
    session.flush()
    return norm


def decline(session: Session, *, norm_id: int, note: str, at: dt.datetime, by: str) -> Norm:
    """Say no to a proposal, and why. Doing it twice is once. Raises NotFound, WrongState."""
    return _leave(session, norm_id, NormState.PROPOSED, NormState.DECLINED, day=at.date(), note=note, at=at, by=by)


def end(session: Session, *, norm_id: int, from_day: dt.date, note: str, at: dt.datetime, by: str) -> Norm:
    """Let a norm hold no longer from a day on, without another in its place. Doing it twice is once. Raises NotFound, WrongState.

    One whose first day is later than that ends on its first day: it never holds.
    """
    day = max(from_day, get_norm(session, norm_id).valid_from)
    return _leave(session, norm_id, NormState.APPROVED, NormState.ENDED, day=day, note=note, at=at, by=by)


def get_norm(session: Session, norm_id: int) -> Norm:
    """The norm with this id. Raises NotFound."""
    norm = session.get(Norm, norm_id)
    if norm is None:
        raise NotFound("norm", norm_id)
    return norm


def norms_on(session: Session, day: dt.date) -> list[Norm]:
    """The norms in force on a day."""
    ended = aliased(NormDecision)
    return list(
        session.scalars(
            select(Norm)
            .join(NormDecision, (NormDecision.norm_id == Norm.id) & (NormDecision.state == NormState.APPROVED))
            .outerjoin(ended, (ended.norm_id == Norm.id) & (ended.state == NormState.ENDED))
            .where(NormDecision.day <= day, (ended.day.is_(None)) | (ended.day > day))
            .order_by(Norm.id)
            .options(selectinload(Norm.item))
        )
    )


def all_norms(session: Session) -> list[Norm]:
    """Every norm with its decisions, newest first."""
    return list(
        session.scalars(
            select(Norm).order_by(Norm.id.desc()).options(selectinload(Norm.item), selectinload(Norm.decisions))
        )
    )


def applying(norms: Iterable[Norm], kind: UnitKind, tier: Tier) -> list[Norm]:
    """Of the norms in force those that hold for a unit: of each item and basis the most precise, and of several such the newest."""
    chosen: dict[tuple[int, Basis], Norm] = {}
    for norm in norms:
        if norm.applies_to(kind, tier):
            other = chosen.get((norm.item_id, norm.basis))
            if other is None or (other.precision, other.valid_from, other.id) < (
                norm.precision,
                norm.valid_from,
                norm.id,
            ):
                chosen[norm.item_id, norm.basis] = norm
    return list(chosen.values())


# Facts ----------------------------------------------------------------------------------------------------------------


def tell_facts(
    session: Session, *, key: str, unit_id: int, valid_from: dt.date, figures: Figures, at: dt.datetime, by: str
) -> UnitFacts:
    """Record what is so of a unit from a day on; the same key again gives the same record. Raises InvalidInput, KeyReused."""
    for name, most in FIGURES.items():
        if not 0 <= getattr(figures, name) <= most:
            raise InvalidInput(name, "out-of-range", getattr(figures, name))
    told, _ = claim_key(
        session,
        UnitFacts,
        key=key,
        unit_id=unit_id,
        valid_from=valid_from,
        told_by=by,
        told_at=at,
        **{name: getattr(figures, name) for name in FIGURES},
    )
    if (told.unit_id, told.valid_from, told.figures) != (unit_id, valid_from, figures):
        raise KeyReused(key)
    return told


def facts_by_key(session: Session, key: str) -> UnitFacts | None:
    """The facts a client key has already told, if any."""
    return session.scalar(select(UnitFacts).where(UnitFacts.key == key))


def facts_history(session: Session, *, unit_id: int) -> list[UnitFacts]:
    """Every version of a unit's facts, newest first."""
    newest = (UnitFacts.valid_from.desc(), UnitFacts.id.desc())
    return list(session.scalars(select(UnitFacts).where(UnitFacts.unit_id == unit_id).order_by(*newest)))


def newest_facts(session: Session, *, unit_ids: Units, on: dt.date) -> dict[int, UnitFacts]:
    """The facts that hold on a day, by unit id; units of which nothing was told are absent."""
    found = session.scalars(facts_on(on).where(UnitFacts.unit_id.in_(unit_ids)))
    return {facts.unit_id: facts for facts in found}


def facts_on(day: dt.date) -> Select[UnitFacts]:
    """A query for the facts that hold on a day, one row for each unit of which something was told."""
    newest_first = (UnitFacts.valid_from.desc(), UnitFacts.id.desc())
    rank = func.row_number().over(partition_by=UnitFacts.unit_id, order_by=newest_first).label("rank")
    ranked = select(UnitFacts.id, rank).where(UnitFacts.valid_from <= day).subquery()
    return select(UnitFacts).join(ranked, ranked.c.id == UnitFacts.id).where(ranked.c.rank == 1)


def figures_of(unit: Unit, facts: UnitFacts | None) -> Figures:
    """The figures told of a unit; where nothing was told, its people on duty as one shift."""
    return facts.figures if facts else Figures(people_per_shift=unit.headcount, shifts_a_day=min(1, unit.headcount))


# Beneath --------------------------------------------------------------------------------------------------------------


def _held(session: Session, norm_id: int) -> Norm:
    """The norm, with its item held: who decides about norms of the same item at once goes one after the other."""
    norm = get_norm(session, norm_id)
    # Not against those who only refer to the item, as every movement does.
    session.execute(select(Item.id).where(Item.id == norm.item_id).with_for_update(key_share=True))
    session.refresh(norm, ["decisions"])
    return norm


def _approved(session: Session, item_id: int) -> Sequence[Norm]:
    norms = session.scalars(
        select(Norm)
        .where(Norm.item_id == item_id)
        .options(selectinload(Norm.decisions))
        .execution_options(populate_existing=True)
    )
    return [norm for norm in norms if norm.state is NormState.APPROVED]


def _leave(
    session: Session,
    norm_id: int,
    before: NormState,
    after: NormState,
    *,
    day: dt.date,
    note: str,
    at: dt.datetime,
    by: str,
) -> Norm:
    norm = _held(session, norm_id)
    if norm.state is after:
        return norm
    if norm.state is not before:
        raise WrongState("norm", norm.number, norm.state)
    _decide(norm, after, day=day, note=note, at=at, by=by)
    session.flush()
    return norm


def _decide(
    norm: Norm,
    state: NormState,
    *,
    day: dt.date,
    at: dt.datetime,
    by: str,
    note: str = "",
    replaced_by_id: int | None = None,
) -> None:
    norm.decisions.append(NormDecision(state=state, day=day, at=at, by=by, note=note, replaced_by_id=replaced_by_id))
