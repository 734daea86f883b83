"""When to buy again and how much (补货): a rule for each unit and item, and what follows from it, stock, demand and lead time."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import CheckConstraint, ForeignKey, Integer, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from inventory.base import Actor, Base, Id, Moment, upsert
from inventory.catalogue import Item, ItemKind, get_item
from inventory.errors import InvalidInput
from inventory.forecast import Choice, choose, demand_within
from inventory.needs import Need, total_needs
from inventory.purchasing import on_order
from inventory.stock import on_hand
from inventory.units import Unit, subtree
from inventory.usage import daily_usage, disagree

#: Days of the ledger that demand is learnt from.
HISTORY_DAYS = 56
MOST_DAYS = 365


class ReorderRule(Base):
    """How a unit buys an item: the least to have, how long it takes to come, for how long to buy, and in which pack."""

    __tablename__ = "reorder_rule"
    __table_args__ = (
        UniqueConstraint("unit_id", "item_id"),
        CheckConstraint("minimum_days >= 0 AND lead_days >= 0 AND target_days > 0", name="days_possible"),
    )

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    minimum_days: Mapped[int] = mapped_column(Integer)
    lead_days: Mapped[int] = mapped_column(Integer)
    target_days: Mapped[int] = mapped_column(Integer)
    pack_word: Mapped[str]
    set_by: Mapped[Actor]
    set_at: Mapped[Moment]

    unit: Mapped[Unit] = relationship()
    item: Mapped[Item] = relationship()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The figures of a rule; `is_own` where the unit has set it itself."""

    minimum_days: int = 3
    lead_days: int = 3
    target_days: int = 14
    pack_word: str
    is_own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Whether and how much to order of an item, with everything it follows from. Quantities in base units."""

    item: Item
    terms: Terms
    demand: Choice
    need: Need | None
    usable: int
    on_order: int
    #: Used until an order that is given today has come.
    lead_demand: int
    #: Kept against more being used than expected: the least by the rule, or what nine of ten such runs of days needed, if more.
    safety: int
    packs: int
    pack_size: int
    #: What the norms would have one order, where they and the forecast are more than half of the need apart.
    packs_by_norm: int | None

    @property
    def order_point(self) -> int:
        """To be ordered as soon as stock and orders together fall below this."""
        return self.lead_demand + self.safety

    @property
    def quantity(self) -> int:
        return self.packs * self.pack_size


def set_rule(
    session: Session,
    *,
    unit_id: int,
    item_id: int,
    minimum_days: int,
    lead_days: int,
    target_days: int,
    pack_word: str,
    at: dt.datetime,
    by: str,
) -> None:
    """Set how a unit buys an item; the newest rule stands. Raises InvalidInput."""
    for field, days, least in (
        ("minimum_days", minimum_days, 0),
        ("lead_days", lead_days, 0),
        ("target_days", target_days, max(1, minimum_days)),
    ):
        if not least <= days <= MOST_DAYS:
            raise InvalidInput(field, "out-of-range", days)
    words = get_item(session, item_id).units()
    if pack_word not in words:
        raise InvalidInput("pack", "unknown-unit", tuple(words))
    figures = {
        "minimum_days": minimum_days,
        "lead_days": lead_days,
        "target_days": target_days,
        "pack_word": pack_word,
        "set_by": by,
        "set_at": at,
    }
    row = upsert(session, ReorderRule).values(unit_id=unit_id, item_id=item_id, **figures)
    session.execute(
        row.on_conflict_do_update(index_elements=[ReorderRule.unit_id, ReorderRule.item_id], set_=figures),
        execution_options={"synchronize_session": False},
    )


def suggest(session: Session, *, unit_id: int, on: dt.date, zone: dt.tzinfo) -> list[Suggestion]:
    """For every item that the unit and all below it need or use up: what to order today; what is to be ordered first.

    Equipment is not used up, and left out. Demand is learnt from the days before `on`, days without stock left out.
    """
    return _in_order(_known(session, unit_id=unit_id, on=on, zone=zone))


def suggest_page(
    session: Session, *, unit_id: int, on: dt.date, zone: dt.tzinfo, page: int, size: int
) -> tuple[list[Suggestion], int]:
    """As `suggest`, so many items of a long list, and how many pages there are; a page after the last is the last.

    Only these are forecast. Which page an item stands on follows from its mean use instead, so that it may stand on one next to
    where its forecast would put it.
    """
    known = sorted(_known(session, unit_id=unit_id, on=on, zone=zone), key=_roughly)
    pages = max(1, -(-len(known) // size))
    start = size * (min(max(1, page), pages) - 1)
    return _in_order(known[start : start + size]), pages


def reckon(
    *,
    item: Item,
    terms: Terms,
    demand: Choice,
    series: Sequence[float],
    usable: int,
    on_order: int,
    need: Need | None = None,
) -> Suggestion:
    """The suggestion for one item: up to the target and what is used on the way, in whole packs, once the order point is reached."""
    there, pack_size = usable + on_order, item.units()[terms.pack_word]
    lead_demand, safety, packs = _order(demand.rate, terms, series, there, pack_size)
    by_norm = need.exact if need and need.parts and disagree(Fraction(demand.rate), need.exact) else None
    return Suggestion(
        item=item,
        terms=terms,
        demand=demand,
        need=need,
        usable=usable,
        on_order=on_order,
        lead_demand=lead_demand,
        safety=safety,
        packs=packs,
        pack_size=pack_size,
        packs_by_norm=None if by_norm is None else _order(float(by_norm), terms, [], there, pack_size)[2],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of an item before its demand is forecast; `series` is the use of days with stock, oldest first."""

    item: Item
    terms: Terms
    need: Need | None
    series: Sequence[float]
    usable: int
    on_order: int

    @property
    def mean(self) -> float:
        """What was used a day; by the norms where nothing was."""
        used = sum(self.series) / len(self.series) if self.series else 0
        return used or (float(self.need.exact) if self.need else 0)


def _known(session: Session, *, unit_id: int, on: dt.date, zone: dt.tzinfo) -> list[_Known]:
    """Every item that the unit and all below it need or have used, by code."""
    units = subtree(unit_id)
    needs = total_needs(session, unit_ids=units, on=on)
    usage = daily_usage(session, unit_ids=units, before=on, days=HISTORY_DAYS, zone=zone)
    usable = {held.item.id: held.usable + held.in_transit for held in on_hand(session, unit_id=unit_id, on=on)}
    ordered = on_order(session, unit_id=unit_id)
    own = select(ReorderRule).where(ReorderRule.unit_id == unit_id).execution_options(populate_existing=True)
    rules = {rule.item_id: rule for rule in session.scalars(own)}
    used_up = select(Item).where(Item.id.in_(needs.keys() | usage.keys()), Item.kind != ItemKind.EQUIPMENT)
    known = [
        _Known(
            item=item,
            terms=terms_of(item, rules.get(item.id)),
            need=needs.get(item.id),
            series=[max(0, day.used) for day in usage.get(item.id, ()) if day.had_stock],
            usable=usable.get(item.id, 0),
            on_order=ordered.get(item.id, 0),
        )
        for item in session.scalars(used_up.order_by(Item.code))
    ]
    return [one for one in known if one.mean > 0]


def _roughly(known: _Known) -> tuple[bool, float]:
    """The order of `_in_order`, from the mean use."""
    there = known.usable + known.on_order
    pack_size = known.item.units()[known.terms.pack_word]
    return _order(known.mean, known.terms, known.series, there, pack_size)[2] == 0, there / known.mean


def _in_order(known: Sequence[_Known]) -> list[Suggestion]:
    """The suggestions: what is to be ordered first, then what lasts shortest. What will not be used any more is left out."""
    suggestions: list[Suggestion] = []
    for one in known:
        demand = choose(one.series, norm=float(one.need.exact) if one.need else None)
        if demand is not None and demand.rate > 0:
            suggestions.append(
                reckon(
                    item=one.item,
                    terms=one.terms,
                    demand=demand,
                    need=one.need,
                    series=one.series,
                    usable=one.usable,
                    on_order=one.on_order,
                )
            )
    return sorted(suggestions, key=lambda one: (one.packs == 0, (one.usable + one.on_order) / one.demand.rate))


def _order(rate: float, terms: Terms, series: Sequence[float], there: int, pack_size: int) -> tuple[int, int, int]:
    """At a demand of so much a day: what is used until an order comes, what is kept in reserve, and the packs to order."""
    lead_demand = math.ceil(rate * terms.lead_days)
    in_most_runs = demand_within(series, terms.lead_days) or 0
    safety = max(math.ceil(rate * terms.minimum_days), math.ceil(in_most_runs - rate * terms.lead_days))
    if there >= lead_demand + safety:
        return lead_demand, safety, 0
    wanted = max(math.ceil(rate * (terms.lead_days + terms.target_days)), lead_demand + safety)
    return lead_demand, safety, math.ceil((wanted - there) / pack_size)


def terms_of(item: Item, rule: ReorderRule | None) -> Terms:
    """The rule's figures, or the usual ones, in the smallest pack the item has. A pack that is no more falls back to that too."""
    words = list(item.units())
    usual = words[1] if len(words) > 1 else words[0]
    if rule is None:
        return Terms(pack_word=usual)
    return Terms(
        minimum_days=rule.minimum_days,
        lead_days=rule.lead_days,
        target_days=rule.target_days,
        pack_word=rule.pack_word if rule.pack_word in words else usual,
        is_own=True,
    )
