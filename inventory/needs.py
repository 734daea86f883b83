"""What points need a day, and how long their stock lasts: daily need, days of cover (可用天数), and how worrying they are.

A need is reckoned from approved norms and the unit's facts. Where no norm applies, the unit's newest requisition tells it.
"""

from __future__ import annotations

import datetime as dt
import enum
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from itertools import batched

from sqlalchemy import Row, Select, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from inventory.balances import Balance
from inventory.catalogue import Lot, lot_usable
from inventory.dosing import RoundsOutlook, rounds_outlook
from inventory.norms import Basis, Norm, UnitFacts, Units, applying, facts_on, norms_on
from inventory.places import AT_HAND, StockLocation
from inventory.requisitions import Requisition, RequisitionState
from inventory.units import Tier, Unit, UnitKind, subtree

#: Below so many days the stock is scarce, or tight: the ceilings to which the usual ladder first and then fully fills the frontline.
SCARCE_DAYS = 3
TIGHT_DAYS = 7
#: Told and reckoned need may differ by one part in so many before anybody is told.
TELLING_PART = 4
#: Beyond so many days nobody asks for the date.
LONGEST_OUTLOOK_DAYS = 3650


class Heat(enum.StrEnum):
    """How worrying the cover is; its word and colour come from the pages."""

    OUT = "out"
    SCARCE = "scarce"
    TIGHT = "tight"
    ENOUGH = "enough"
    UNKNOWN = "unknown"


class NeedSource(enum.StrEnum):
    """Where a need comes from."""

    NORM = "norm"
    TOLD = "told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one norm contributes to a need: `amount` base units for each of `count` (person-shifts, square metres, …) a day."""

    norm: Norm
    count: int

    @property
    def need(self) -> Fraction:
        return Fraction(self.norm.numerator * self.count, self.norm.denominator)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a unit needs of an item a day, in base units. `parts` say how it was reckoned; without them it was told."""

    exact: Fraction
    parts: tuple[Part, ...] = ()

    @property
    def daily(self) -> int:
        """Whole base units, rounded up."""
        return math.ceil(self.exact)

    @property
    def is_told(self) -> bool:
        return not self.parts

    @property
    def told(self) -> Fraction:
        """What of it requisitions told: all, or in a sum over units the part of those to whom no norm applies."""
        return self.exact - sum((part.need for part in self.parts), Fraction(0))

    @property
    def source(self) -> NeedSource:
        return NeedSource.TOLD if self.is_told else NeedSource.NORM

    def differs_from(self, told: int | Fraction) -> bool:
        """Whether somebody told so much more or less than this that it is worth a word: by more than a quarter."""
        return abs(told - self.exact) * TELLING_PART > self.exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What a unit itself may still use of an item beside its need (base units)."""

    usable: int
    need: Need | None

    @property
    def days(self) -> Fraction | None:
        return cover_days(self.usable, self.need.exact) if self.need else None

    @property
    def heat(self) -> Heat:
        return heat(self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsPlanned:
    """The rounds of disinfection that are planned, beside what there is of the product."""

    item_id: int
    usable: int
    outlook: RoundsOutlook


def needs_of(
    session: Session, *, unit_ids: Units, on: dt.date, item_ids: Collection[int] | None = None
) -> dict[tuple[int, int], Need]:
    """The daily need of each unit by itself, of some items or all, by unit id and item id; absent where there is none."""
    needs = reckoned_needs(session, unit_ids=unit_ids, on=on, item_ids=item_ids)
    asked = _told(unit_ids)
    if item_ids is not None:
        asked = asked.where(Requisition.item_id.in_(item_ids))
    for unit_id, item_id, told in session.execute(asked):
        needs.setdefault((unit_id, item_id), Need(exact=Fraction(told)))
    return needs


def reckoned_needs(
    session: Session, *, unit_ids: Units, on: dt.date, item_ids: Collection[int] | None = None
) -> dict[tuple[int, int], Need]:
    """What approved norms come to for each unit by itself, of some items or all; by unit id and item id, absent where none applies."""
    needs: dict[tuple[int, int], Need] = {}
    in_force = [norm for norm in norms_on(session, on) if item_ids is None or norm.item_id in item_ids]
    if not in_force:
        return needs
    norms_for = cache(partial(applying, in_force))
    reckoned: dict[tuple[object, ...], dict[int, Need]] = {}
    for some in _in_parts(unit_ids):
        for unit in session.execute(_counted(some, on)):
            counts = _counts(unit)
            alike = (unit.kind, unit.tier, *counts.values())
            if alike not in reckoned:
                reckoned[alike] = _reckoned(norms_for(unit.kind, unit.tier), counts)
            needs |= {(unit.id, item): need for item, need in reckoned[alike].items()}
    return needs


def needs_of_requisitions(session: Session, requisitions: Collection[Requisition], *, on: dt.date) -> dict[int, Need]:
    """What those who ask need a day of what they ask for, by requisition id: by the approved norms, else what each told itself."""
    units, items = {one.unit_id for one in requisitions}, {one.item_id for one in requisitions}
    needs = reckoned_needs(session, unit_ids=units, on=on, item_ids=items)
    return {
        one.id: needs.get((one.unit_id, one.item_id)) or Need(exact=Fraction(one.daily_need)) for one in requisitions
    }


def daily_needs(session: Session, *, unit_id: int, on: dt.date, below: bool = True) -> dict[int, int]:
    """Base units a day of each item (by its id) that the unit needs, with all units below it unless told otherwise."""
    units = subtree(unit_id) if below else select(Unit.id).where(Unit.id == unit_id)
    return {item_id: need.daily for item_id, need in total_needs(session, unit_ids=units, on=on).items()}


def total_needs(session: Session, *, unit_ids: Units, on: dt.date) -> dict[int, Need]:
    """The daily need of all these units together, by item id; with the parts of the norms where any was reckoned.

    Units of the same kind and tier and with the same facts told are reckoned as one, so that thousands take no longer than ten.
    """
    norms = norms_on(session, on)
    counted = _counted(unit_ids, on).subquery()
    alike = [counted.c.kind, counted.c.tier, *(counted.c[basis] > 0 for basis in Basis)]
    groups = session.execute(
        select(counted.c.kind, counted.c.tier, *(func.sum(counted.c[basis]).label(basis) for basis in Basis)).group_by(
            *alike
        )
    ).all()
    told = _told(unit_ids).subquery()
    asked = session.execute(
        select(told.c.item_id, func.sum(told.c.need).label("need"), counted.c.kind, counted.c.tier)
        .add_columns(*(func.sum(counted.c[basis]).label(basis) for basis in Basis))
        .join(counted, counted.c.id == told.c.unit_id)
        .group_by(told.c.item_id, *alike)
    )
    reckoned = [_reckoned(applying(norms, group.kind, group.tier), _counts(group)) for group in groups]
    known = {_group(group): set(needs) for group, needs in zip(groups, reckoned, strict=True)}
    return _summed(
        reckoned, [(row.item_id, int(row.need)) for row in asked if row.item_id not in known.get(_group(row), ())]
    )


def covers_of(session: Session, *, unit_ids: Units, on: dt.date) -> dict[tuple[int, int], Cover]:
    """Stock and need of each unit by itself, by unit id and item id, wherever there is either."""
    needs = needs_of(session, unit_ids=unit_ids, on=on)
    usable = usable_of(session, unit_ids=unit_ids, on=on)
    return {key: Cover(usable=usable.get(key, 0), need=needs.get(key)) for key in needs.keys() | usable.keys()}


def usable_of(session: Session, *, unit_ids: Units, on: dt.date) -> dict[tuple[int, int], int]:
    """What each unit itself holds and may still use, in base units, by unit id and item id."""
    rows = session.execute(
        select(StockLocation.unit_id, Balance.item_id, func.sum(Balance.quantity))
        .join(StockLocation, StockLocation.id == Balance.location_id)
        .join(Lot, Lot.id == Balance.lot_id)
        .where(
            StockLocation.unit_id.in_(unit_ids),
            StockLocation.place.in_(AT_HAND),
            Balance.quantity > 0,
            lot_usable(on),
        )
        .group_by(StockLocation.unit_id, Balance.item_id)
    )
    return {(unit_id, item_id): int(quantity) for unit_id, item_id, quantity in rows if unit_id is not None}


def rounds_planned(needs: Mapping[int, Need], usable: Mapping[int, int]) -> list[RoundsPlanned]:
    """For each disinfectant that norms give per square metre and round: whether the stock lasts for today's rounds.

    `needs` and `usable` by item id, of one unit or of many together; then the area is that of all their rounds, once.
    """
    planned: list[RoundsPlanned] = []
    for item_id, need in needs.items():
        area_m2 = sum(part.count for part in need.parts if part.norm.basis is Basis.AREA_ROUND)
        if area_m2:
            taken = sum((part.need for part in need.parts if part.norm.basis is Basis.AREA_ROUND), Fraction(0))
            outlook = rounds_outlook(stock=usable.get(item_id, 0), rounds=1, area_m2=area_m2, per_m2=taken / area_m2)
            planned.append(RoundsPlanned(item_id=item_id, usable=usable.get(item_id, 0), outlook=outlook))
    return planned


def cover_days(usable: int, daily_need: int | Fraction) -> Fraction | None:
    """Days until so many base units are used up; None where no need is known."""
    return Fraction(max(0, usable)) / daily_need if daily_need > 0 else None


def stock_out_day(cover: Fraction | None, *, on: dt.date) -> dt.date | None:
    """The day in whose course the stock runs out, counted from the morning of `on`; None where that is too far away to tell."""
    if cover is None or cover > LONGEST_OUTLOOK_DAYS:
        return None
    return on + dt.timedelta(days=math.floor(cover))


def heat(cover: Fraction | None) -> Heat:
    """How worrying so many days of cover are."""
    if cover is None:
        return Heat.UNKNOWN
    if cover == 0:
        return Heat.OUT
    if cover < SCARCE_DAYS:
        return Heat.SCARCE
    return Heat.TIGHT if cover < TIGHT_DAYS else Heat.ENOUGH


# Beneath --------------------------------------------------------------------------------------------------------------

#: How many units one query names: each query ranks the facts of all units, so few large ones are quicker than many small.
_AT_ONCE = 10_000


def _in_parts(unit_ids: Units) -> Iterable[Units]:
    return (unit_ids,) if isinstance(unit_ids, Select) else batched(sorted(unit_ids), _AT_ONCE)


def _counted(unit_ids: Units, on: dt.date) -> Select[int, UnitKind, Tier, int, int, int, int, int]:
    """Each unit with what the bases are counted in, a day: person-shifts, square metres, isolated people, households, and 1 for a point.

    As `norms.figures_of` has it: of whom nothing was told, the people on duty are one shift.
    """
    facts = aliased(UnitFacts, facts_on(on).subquery())
    told = facts.id.is_not(None)
    return (
        select(
            Unit.id,
            Unit.kind,
            Unit.tier,
            case((told, facts.people_per_shift * facts.shifts_a_day), else_=Unit.headcount).label(Basis.PERSON_SHIFT),
            func.coalesce(facts.area_m2 * facts.rounds_a_day, 0).label(Basis.AREA_ROUND),
            func.coalesce(facts.isolated, 0).label(Basis.ISOLATED_DAY),
            func.coalesce(facts.households, 0).label(Basis.HOUSEHOLD_DAY),
            case((or_(told, Unit.headcount > 0), 1), else_=0).label(Basis.POINT_DAY),
        )
        .outerjoin(facts, facts.unit_id == Unit.id)
        .where(Unit.id.in_(unit_ids), or_(Unit.closed_on.is_(None), Unit.closed_on > on))
    )


def _told(unit_ids: Units) -> Select[int, int, int]:
    """Unit, item and daily need of each unit's newest requisition of each item, answered or not; withdrawn ones tell nothing, nor do
    closed units.
    """
    newest = (
        select(func.max(Requisition.id))
        .join(Unit, Unit.id == Requisition.unit_id)
        .where(
            Requisition.state != RequisitionState.CANCELLED,
            Requisition.unit_id.in_(unit_ids),
            Unit.closed_on.is_(None),
        )
        .group_by(Requisition.unit_id, Requisition.item_id)
    )
    return select(Requisition.unit_id, Requisition.item_id, Requisition.daily_need.label("need")).where(
        Requisition.id.in_(newest)
    )


def _counts(row: Row[*tuple[object, ...]]) -> dict[Basis, int]:
    return {basis: int(row._mapping[basis]) for basis in Basis}


def _group(row: Row[*tuple[object, ...]]) -> tuple[object, ...]:
    """What units have in common that the same norms reckon."""
    return row.kind, row.tier, *(row._mapping[basis] > 0 for basis in Basis)


def _reckoned(norms: Iterable[Norm], counts: Mapping[Basis, int]) -> dict[int, Need]:
    """What the norms that apply come to, by item id; an amount per something of which there is none says nothing."""
    parts: dict[int, list[Part]] = defaultdict(list)
    for norm in norms:
        if counts[norm.basis]:
            parts[norm.item_id].append(Part(norm=norm, count=counts[norm.basis]))
    return {item_id: _need(found) for item_id, found in parts.items()}


def _need(parts: Sequence[Part]) -> Need:
    first, *others = (part.need for part in parts)
    return Need(exact=sum(others, first), parts=tuple(parts))


def _summed(reckoned: Sequence[Mapping[int, Need]], told: Sequence[tuple[int, int]]) -> dict[int, Need]:
    """One need an item: the parts of the same norm added up, and what was told on top."""
    counts: dict[int, dict[int, Part]] = defaultdict(dict)
    for needs in reckoned:
        for item_id, need in needs.items():
            for part in need.parts:
                before = counts[item_id].get(part.norm.id)
                count = part.count + (before.count if before else 0)
                counts[item_id][part.norm.id] = Part(norm=part.norm, count=count)
    totals = {item_id: _need(list(parts.values())) for item_id, parts in counts.items()}
    for item_id, daily in told:
        reckoned_ = totals.get(item_id, Need(exact=Fraction(0)))
        totals[item_id] = Need(exact=reckoned_.exact + daily, parts=reckoned_.parts)
    return totals
