"""Cover of one item on the map: a mark for each unit by how long it lasts, and the list that says the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from inventory.catalogue import Item
from inventory.needs import Cover, Heat
from inventory.units import Unit
from logistics.accounts.permissions import Permission, permit
from logistics.needs import overview
from logistics.needs.forms import Scope, scope_on_show
from logistics.supplies import choices
from logistics.web.context import reading, today
from logistics.web.formats import cover, quantity
from logistics.web.words import mark, word

blueprint = Blueprint("cover_map", __name__, template_folder="templates")

#: How many units the list beside the map shows: who runs out first.
MOST_LISTED = 200


@blueprint.get("/cover/map")
@permit(Permission.READ_STOCK)
def page() -> ResponseReturnValue:
    with reading() as session:
        scope = scope_on_show(session)
        columns = overview.columns_of(session, unit_id=scope.unit.id, on=today(), below=scope.below)
        item = _item(session) or (columns[0].item if columns else None)
        points = _points(session, scope, item) if item else []
        return render_template(
            "needs/map.html",
            scope=scope,
            items=choices.item_names(session),
            columns=columns[: overview.MOST_COLUMNS],
            item=item,
            points=points[:MOST_LISTED],
            count=len(points),
            placed=any(unit.lat is not None for unit, _cover in points),
            heats=_counted(points),
        )


@blueprint.get("/cover/map.json")
@permit(Permission.READ_STOCK)
def data() -> ResponseReturnValue:
    """A FeatureCollection of the units that need the item and whose place is known."""
    with reading() as session:
        item = _item(session)
        points = _points(session, scope_on_show(session), item) if item else []
        return jsonify({"type": "FeatureCollection", "features": features(points, item)})


def features(points: Sequence[tuple[Unit, Cover]], item: Item | None) -> list[dict[str, Any]]:
    """Points as GeoJSON; `text` is what a popup says, a line each, `rank` 0 for the worst heat."""
    if item is None:
        return []
    return [_feature(unit, found, item) for unit, found in points if unit.lat is not None and unit.lon is not None]


def _feature(unit: Unit, found: Cover, item: Item) -> dict[str, Any]:
    _colour, sign = mark(found.heat)
    lines = (
        unit.name,
        f"{item.name}  {cover(found.days)}  {sign} {word(found.heat)}",
        _("usable %(quantity)s", quantity=quantity(found.usable, item)),
        _("needed a day %(quantity)s", quantity=quantity(found.need.daily, item) if found.need else "—"),
    )
    return {
        "type": "Feature",
        # GeoJSON's order; five decimals are a metre.
        "geometry": {"type": "Point", "coordinates": [round(unit.lon or 0, 5), round(unit.lat or 0, 5)]},
        "properties": {
            "unit": unit.code,
            "name": unit.name,
            "heat": found.heat.value,
            "rank": list(Heat).index(found.heat),
            "sign": sign,
            "text": "\n".join(lines),
        },
    }


def _item(session: Session) -> Item | None:
    typed = request.args.get("item", "").strip()
    return choices.items(session).find(typed) if typed else None


def _points(session: Session, scope: Scope, item: Item) -> list[tuple[Unit, Cover]]:
    return overview.points_of(session, unit_id=scope.unit.id, item=item, on=today(), below=scope.below)


def _counted(points: Sequence[tuple[Unit, Cover]]) -> list[tuple[Heat, int]]:
    """How many units there are of each heat, the worst first."""
    counts = Counter(found.heat for _unit, found in points)
    return [(heat, counts[heat]) for heat in Heat if heat in counts]
