"""How fair the allocations of an item have been, run by run: the worst off and the middle of each tier, before and after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from inventory.catalogue import Item
from inventory.errors import NotFound
from inventory.fairness import Spread, spread_by_tier
from inventory.places import StockLocation
from inventory.requisitions import Requisition
from inventory.runs import AllocationRun, Share
from inventory.units import Tier, subtree
from logistics.accounts.permissions import Permission, permit
from logistics.web.context import me, reading, zone
from logistics.web.downloads import spreadsheet
from logistics.web.words import word
from logistics.workbooks.writing import TableColumn, table_workbook

blueprint = Blueprint("fairness", __name__, template_folder="templates")

#: How many runs the page looks back on.
RUNS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """One run with the spread of cover in each tier that asked, after it."""

    run: AllocationRun
    tiers: dict[Tier, Spread]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The worst off of one tier over the runs, as the points of a line in a box `Chart.width` × `Chart.height`."""

    tier: Tier
    points: str
    dots: Sequence[tuple[float, float, Fraction]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Days of cover upwards, runs to the right."""

    width: int
    height: int
    highest: Fraction
    lines: Sequence[Line]


@blueprint.get("/allocations/fairness")
@permit(Permission.ALLOCATE)
def history() -> ResponseReturnValue:
    with reading() as session:
        items = _items(session)
        chosen = next((item for item in items if str(item.id) == request.args.get("item")), items[0] if items else None)
        figures = figures_of(session, item_id=chosen.id, unit_id=me().unit_id) if chosen else []
        return render_template(
            "sharing/fairness.html", items=items, chosen=chosen, figures=figures, chart=chart(figures), tiers=list(Tier)
        )


@blueprint.get("/allocations/fairness.xlsx")
@permit(Permission.ALLOCATE)
def workbook() -> ResponseReturnValue:
    with reading() as session:
        item = next((item for item in _items(session) if str(item.id) == request.args.get("item")), None)
        if item is None:
            raise NotFound("item", request.args.get("item", ""))
        book = table_workbook(
            _("Fairness"),
            [
                _("Number"),
                TableColumn(title=_("When"), width=18),
                _("Tier"),
                _("Points"),
                *(
                    TableColumn(title=title, number_format="0.0")
                    for title in (_("Worst off"), _("Middle"), _("Best off"))
                ),
            ],
            [
                (
                    one.run.number,
                    one.run.decided_at,
                    word(tier),
                    spread.points,
                    *(round(float(days), 2) for days in (spread.worst, spread.middle, spread.best)),
                )
                for one in figures_of(session, item_id=item.id, unit_id=me().unit_id)
                for tier, spread in one.tiers.items()
            ],
            zone=zone(),
        )
    return spreadsheet(book, f"{_('Fairness')}-{item.code}.xlsx")


def figures_of(session: Session, *, item_id: int, unit_id: int) -> list[RunFigures]:
    """The newest runs of an item from stores of the unit and below, newest first."""
    runs = session.scalars(
        _runs(unit_id).where(AllocationRun.item_id == item_id).order_by(AllocationRun.id.desc()).limit(RUNS)
    ).all()
    covers: dict[int, list[tuple[Tier, Fraction]]] = defaultdict(list)
    shares = (
        select(Share)
        .join(Requisition, Requisition.id == Share.requisition_id)
        .where(Share.run_id.in_([run.id for run in runs]), Requisition.item_id == item_id)
        .options(selectinload(Share.requisition))
    )
    for share in session.scalars(shares):
        covers[share.run_id].append((share.requisition.tier, Fraction(share.reason["cover_after"])))
    return [RunFigures(run=run, tiers=_in_order(spread_by_tier(covers[run.id]))) for run in runs]


def chart(figures: Sequence[RunFigures], *, width: int = 640, height: int = 160) -> Chart | None:
    """The worst off of each tier over the runs, oldest at the left; None where there is nothing to compare."""
    if len(figures) < 2:
        return None
    oldest_first = list(reversed(figures))
    worst = [spread.worst for one in oldest_first for spread in one.tiers.values()]
    highest = max([Fraction(1), *worst])
    lines = []
    for tier in Tier:
        dots = [
            (
                round(width * place / (len(oldest_first) - 1), 1),
                round(float(height - height * one.tiers[tier].worst / highest), 1),
                one.tiers[tier].worst,
            )
            for place, one in enumerate(oldest_first)
            if tier in one.tiers
        ]
        if dots:
            lines.append(Line(tier=tier, points=" ".join(f"{x},{y}" for x, y, _days in dots), dots=dots))
    return Chart(width=width, height=height, highest=highest, lines=lines)


def _items(session: Session) -> list[Item]:
    shared = _runs(me().unit_id).with_only_columns(AllocationRun.item_id)
    return list(session.scalars(select(Item).where(Item.id.in_(shared)).order_by(Item.code)))


def _runs(unit_id: int) -> Select[AllocationRun]:
    stores = select(StockLocation.id).where(StockLocation.unit_id.in_(subtree(unit_id)))
    return select(AllocationRun).where(AllocationRun.source_id.in_(stores), AllocationRun.part_of_id.is_(None))


def _in_order(tiers: dict[Tier, Spread]) -> dict[Tier, Spread]:
    return {tier: tiers[tier] for tier in Tier if tier in tiers}
