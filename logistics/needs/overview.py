"""What the pages show of needs: cover by item and unit, the outlook of one item, and rounds that outrun the stock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from inventory.catalogue import Item, ItemKind
from inventory.forecast import Choice, choose
from inventory.needs import (
    Cover,
    Heat,
    RoundsPlanned,
    covers_of,
    rounds_planned,
    stock_out_day,
    total_needs,
)
from inventory.reorder import HISTORY_DAYS
from inventory.stock import on_hand
from inventory.units import Tier, Unit, subtree
from inventory.usage import BURN_DAYS, Burn, Day, burn, daily_usage, disagree

#: Columns that a page has room for.
MOST_COLUMNS = 12
#: Days that the curve of an item shows, back and ahead.
CURVE_BACK, CURVE_AHEAD = 28, 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """An item of the heat table, with the cover of all the units and stores on show together."""

    item: Item
    total: Cover


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A unit of the heat table with its own cover by item id; `worst` is the least of those, None where no need is known."""

    unit: Unit
    cells: Mapping[int, Cover]
    worst: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatTable:
    """Cover by item and unit: what runs out first to the left, who runs out first on top within each tier."""

    columns: Sequence[Column]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Stock in the past and what is left of it if the need goes on, as a drawing in a box of `width` × `height`."""

    past: str
    ahead: str
    width: int
    height: int
    today_x: float
    highest: int
    first: dt.date
    last: dt.date
    #: The same in figures, oldest first: the day, its stock in base units, and whether it is still to come.
    mornings: Sequence[tuple[dt.date, int, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemOutlook:
    """One item of a unit and all below it: stock, need, burn rate and forecast beside each other. Quantities in base units."""

    item: Item
    cover: Cover
    runs_out_on: dt.date | None
    burn: Burn | None
    demand: Choice | None
    curve: Curve

    @property
    def disagree(self) -> bool:
        """Whether what is used and what the norms say differ by more than half."""
        return differs(self.cover, self.burn)


def heat_table(
    session: Session,
    *,
    unit_id: int,
    on: dt.date,
    below: bool = True,
    kind: ItemKind | None = None,
    heats: Collection[Heat] = tuple(Heat),
) -> HeatTable:
    """Every item that somebody needs, and every unit that needs one; of those only units with a cell among `heats`."""
    units = _units(unit_id, below)
    columns = columns_of(session, unit_id=unit_id, on=on, below=below, kind=kind)
    shown = {column.item.id for column in columns}
    cells: dict[int, dict[int, Cover]] = {}
    for (of_unit, item_id), cover in covers_of(session, unit_ids=units, on=on).items():
        if item_id in shown:
            cells.setdefault(of_unit, {})[item_id] = cover
    rows = [_row(unit, cells.get(unit.id, {})) for unit in session.scalars(select(Unit).where(Unit.id.in_(units)))]
    rows = [row for row in rows if row.worst is not None and any(cell.heat in heats for cell in row.cells.values())]
    rows.sort(key=lambda row: (_TIERS[row.unit.tier], row.worst or 0, row.unit.code))
    return HeatTable(columns=columns, rows=rows)


def columns_of(
    session: Session, *, unit_id: int, on: dt.date, below: bool = True, kind: ItemKind | None = None
) -> list[Column]:
    """Every item that somebody needs, what runs out first at the left. Equipment is not used up: only where its kind is asked for."""
    totals = totals_of(session, unit_id=unit_id, on=on, below=below)
    items = session.scalars(select(Item).where(Item.id.in_([i for i, cover in totals.items() if cover.need])))
    kinds = [kind] if kind else [one for one in ItemKind if one is not ItemKind.EQUIPMENT]
    columns = [Column(item=item, total=totals[item.id]) for item in items if item.kind in kinds]
    return sorted(columns, key=lambda column: (column.total.days or 0, column.item.code))


def totals_of(session: Session, *, unit_id: int, on: dt.date, below: bool = True) -> dict[int, Cover]:
    """Stock and need of a unit and all below it together, by item id."""
    needs = total_needs(session, unit_ids=_units(unit_id, below), on=on)
    held = on_hand(session, unit_id=unit_id, on=on, below=below)
    usable = {line.item.id: line.usable for line in held}
    return {i: Cover(usable=usable.get(i, 0), need=needs.get(i)) for i in needs.keys() | usable.keys()}


def outlook(session: Session, *, unit_id: int, item: Item, on: dt.date, zone: dt.tzinfo) -> ItemOutlook:
    """What is known of one item in a unit and all below it."""
    cover = totals_of(session, unit_id=unit_id, on=on).get(item.id, Cover(usable=0, need=None))
    usage = daily_usage(session, unit_ids=subtree(unit_id), before=on, days=HISTORY_DAYS, zone=zone, item_ids=[item.id])
    days = usage.get(item.id, ())
    series = [max(0, day.used) for day in days if day.had_stock]
    return ItemOutlook(
        item=item,
        cover=cover,
        runs_out_on=stock_out_day(cover.days, on=on),
        burn=burn(days[-BURN_DAYS:]),
        demand=choose(series, norm=float(cover.need.exact) if cover.need else None),
        curve=_curve(days[-CURVE_BACK:], cover, on),
    )


def points_of(
    session: Session, *, unit_id: int, item: Item, on: dt.date, below: bool = True
) -> list[tuple[Unit, Cover]]:
    """Every unit that needs an item, with its own cover: who runs out first on top."""
    table = heat_table(session, unit_id=unit_id, on=on, below=below, kind=item.kind)
    points = [(row.unit, row.cells[item.id]) for row in table.rows if item.id in row.cells]
    needy = [(unit, cover) for unit, cover in points if cover.need]
    return sorted(needy, key=lambda point: (point[1].days or 0, point[0].code))


def burns(session: Session, *, unit_id: int, on: dt.date, zone: dt.tzinfo, below: bool = True) -> dict[int, Burn]:
    """The burn rate of each item (by its id) of which it can be told."""
    usage = daily_usage(session, unit_ids=_units(unit_id, below), before=on, days=BURN_DAYS, zone=zone)
    rates = {item_id: burn(days) for item_id, days in usage.items()}
    return {item_id: rate for item_id, rate in rates.items() if rate is not None}


def differs(cover: Cover, rate: Burn | None) -> bool:
    """Whether a burn rate and a need reckoned from norms differ by more than half of the need."""
    return bool(rate and cover.need and cover.need.parts and disagree(rate.rate, cover.need.exact))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortRounds:
    """Rounds planned for today for which there is too little of a disinfectant."""

    item: Item
    planned: RoundsPlanned


def short_rounds(session: Session, *, unit_id: int, on: dt.date) -> list[ShortRounds]:
    """The disinfectants of a unit and all below it that do not last for the rounds of one day."""
    totals = totals_of(session, unit_id=unit_id, on=on)
    needs = {i: cover.need for i, cover in totals.items() if cover.need}
    planned = rounds_planned(needs, {i: cover.usable for i, cover in totals.items()})
    short = {one.item_id: one for one in planned if not one.outlook.enough}
    items = session.scalars(select(Item).where(Item.id.in_(short)).order_by(Item.code))
    return [ShortRounds(item=item, planned=short[item.id]) for item in items]


_TIERS = {tier: place for place, tier in enumerate(Tier)}


def _units(unit_id: int, below: bool) -> Select[int]:
    return subtree(unit_id) if below else select(Unit.id).where(Unit.id == unit_id)


def _row(unit: Unit, cells: Mapping[int, Cover]) -> Row:
    known = [cell.days for cell in cells.values() if cell.days is not None]
    return Row(unit=unit, cells=cells, worst=min(known, default=None))


def _curve(days: Sequence[Day], cover: Cover, on: dt.date, width: int = 640, height: int = 160) -> Curve:
    """Mornings of the past, today's stock, and the straight way down from there."""
    rate = cover.need.exact if cover.need else Fraction(0)
    span = len(days) + CURVE_AHEAD
    highest = max(1, cover.usable, *(day.opening for day in days))

    def at(place: float, stock: float) -> str:
        return f"{place / span * width:.1f},{height - max(0.0, stock) / highest * height:.1f}"

    empty_after = min(float(cover.days), CURVE_AHEAD) if cover.days is not None else CURVE_AHEAD
    now = len(days)
    return Curve(
        past=" ".join([*(at(place, day.opening) for place, day in enumerate(days)), at(now, cover.usable)]),
        ahead=" ".join(
            [at(now, cover.usable), at(now + empty_after, cover.usable - float(rate) * empty_after), at(span, 0)]
            if cover.days is not None and cover.days < CURVE_AHEAD
            else [at(now, cover.usable), at(span, cover.usable - float(rate) * CURVE_AHEAD)]
        ),
        width=width,
        height=height,
        today_x=now / span * width,
        highest=highest,
        first=on - dt.timedelta(days=len(days)),
        last=on + dt.timedelta(days=CURVE_AHEAD),
        mornings=_mornings(days, cover.usable, rate, on),
    )


def _mornings(days: Sequence[Day], usable: int, rate: Fraction, on: dt.date) -> list[tuple[dt.date, int, bool]]:
    """Every day of the past, today, and of what is ahead one day in each week."""
    past = [(on - dt.timedelta(days=len(days) - place), day.opening, False) for place, day in enumerate(days)]
    weeks = range(7, CURVE_AHEAD + 1, 7)
    ahead = [(on + dt.timedelta(days=day), max(0, usable - int(rate * day)), True) for day in weeks]
    return [*past, (on, usable, False), *ahead]
