"""Help among neighbours: which units could give of what they have to which that run short, and how far it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.catalogue import Item, ItemKind
from inventory.distances import straight_m
from inventory.errors import NotFound
from inventory.holdings import Holding, holdings
from inventory.lateral import Holder, propose_moves
from inventory.needs import Need, needs_of, total_needs
from inventory.stock import free_by_unit
from inventory.units import Unit, subtree
from logistics.accounts.permissions import Permission, permit
from logistics.orders.queries import coming
from logistics.supplies.forms import Typed
from logistics.web.context import me, reading, today
from logistics.web.downloads import spreadsheet
from logistics.workbooks.columns import WholeNumber
from logistics.workbooks.writing import TableColumn, table_workbook

blueprint = Blueprint("lateral", __name__, template_folder="templates")

#: Whoever gives keeps so many days, whoever takes is brought to so many, unless told otherwise.
KEEP_DAYS, REACH_DAYS = 14, 3
_DAYS = WholeNumber("days", minimum=1, maximum=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveLine:
    """One proposal as the page shows it; cover in days, after all proposals unless it says before."""

    source: Unit
    destination: Unit
    packs: int
    quantity: int
    distance_m: int | None
    source_cover: Fraction
    destination_before: Fraction
    destination_cover: Fraction


@blueprint.get("/allocations/lateral")
@permit(Permission.ALLOCATE)
def moves() -> ResponseReturnValue:
    typed = _typed()
    with reading() as session:
        items = _items(session)
        chosen = _chosen(items, typed)
        return render_template(
            "sharing/lateral.html",
            typed=typed,
            items=items,
            chosen=chosen,
            pack=pack_of(chosen, typed["pack"]) if chosen else ("", 1),
            lines=_lines(session, chosen, typed) if chosen else [],
        )


@blueprint.get("/allocations/lateral.xlsx")
@permit(Permission.ALLOCATE)
def workbook() -> ResponseReturnValue:
    typed = _typed()
    with reading() as session:
        chosen = _chosen(_items(session), typed)
        if chosen is None:
            raise NotFound("item", typed["item"])
        book = table_workbook(
            _("Help among neighbours"),
            [
                TableColumn(title=_("From"), width=24),
                TableColumn(title=_("To"), width=24),
                _("Packs"),
                TableColumn(title=_("Quantity"), number_format="#,##0"),
                TableColumn(title=_("As the crow flies (km)"), number_format="0.0"),
                TableColumn(title=_("Cover before"), number_format="0.0"),
                TableColumn(title=_("Cover after"), number_format="0.0"),
            ],
            [
                (
                    line.source.name,
                    line.destination.name,
                    line.packs,
                    line.quantity,
                    None if line.distance_m is None else line.distance_m / 1000,
                    round(float(line.destination_before), 2),
                    round(float(line.destination_cover), 2),
                )
                for line in _lines(session, chosen, typed)
            ],
        )
    return spreadsheet(book, f"{_('Help among neighbours')}.xlsx")


def moves_of(
    session: Session, item: Item, *, unit_id: int, pack_size: int, keep_days: int, reach_days: int
) -> list[MoveLine]:
    """What could go between the units below whose need is known: what a warehouse holds is shared out, not lent.

    Blocked goods, those given for certain units, and what somebody was promised stay where they are. What is promised to a unit or on
    its way counts as if it had it already, but nobody gives away in advance of it.
    """
    needs = needs_of(session, unit_ids=subtree(unit_id), on=today(), item_ids={item.id})
    found_units = session.scalars(select(Unit).where(Unit.id.in_(subtree(unit_id)))).all()
    units = {str(unit.id): unit for unit in found_units if (unit.id, item.id) in needs}
    ids = [unit.id for unit in units.values()]
    held = holdings(session, item_ids=[item.id], unit_ids=ids, on=today(), coming=coming(session, item_ids=[item.id]))
    free = free_by_unit(session, item_id=item.id, unit_ids=ids, on=today())
    holders = {
        key: Holder(
            id=key,
            on_hand=held[unit.id, item.id].counted,
            daily_need=needs[unit.id, item.id].exact,
            can_give=min(free.get(unit.id, 0), _spare(held[unit.id, item.id], needs[unit.id, item.id], keep_days)),
        )
        for key, unit in units.items()
    }
    found = propose_moves(
        list(holders.values()),
        pack_size=pack_size,
        keep_days=keep_days,
        reach_days=reach_days,
        distance_m=lambda a, b: _metres(units[a], units[b]) or 0,
    )
    given: dict[str, int] = {}
    for move in found:
        given[move.source] = given.get(move.source, 0) - move.packs * pack_size
        given[move.destination] = given.get(move.destination, 0) + move.packs * pack_size

    def cover(key: str, change: int) -> Fraction:
        return Fraction(holders[key].on_hand + change) / holders[key].daily_need

    return [
        MoveLine(
            source=units[move.source],
            destination=units[move.destination],
            packs=move.packs,
            quantity=move.packs * pack_size,
            distance_m=_metres(units[move.source], units[move.destination]),
            source_cover=cover(move.source, given[move.source]),
            destination_before=cover(move.destination, 0),
            destination_cover=cover(move.destination, given[move.destination]),
        )
        for move in found
    ]


def pack_of(item: Item, word: str) -> tuple[str, int]:
    """A pack of the item with its size; the smallest above one piece where the word is none of its own."""
    units = item.units()
    if word in units:
        return word, units[word]
    return list(units.items())[min(1, len(units) - 1)]


def _spare(holding: Holding, need: Need, keep_days: int) -> int:
    """What a unit has in hand beyond so many days of its need."""
    return max(0, math.floor(holding.on_hand - keep_days * need.exact))


def _lines(session: Session, item: Item, typed: Typed) -> list[MoveLine]:
    keep = typed.read("keep", lambda value: _DAYS.read(value or str(KEEP_DAYS)))
    reach = typed.read("reach", lambda value: _DAYS.read(value or str(REACH_DAYS)))
    if keep is None or reach is None:
        return []
    if reach > keep:
        typed.refuse("reach", _("Nobody gives below what others are brought to: at most %(days)s days.", days=keep))
        return []
    size = pack_of(item, typed["pack"])[1]
    return moves_of(session, item, unit_id=me().unit_id, pack_size=size, keep_days=keep, reach_days=reach)


def _typed() -> Typed:
    given = {name: request.args.get(name, "") for name in ("item", "keep", "reach", "pack")}
    return Typed(given | {"keep": given["keep"] or str(KEEP_DAYS), "reach": given["reach"] or str(REACH_DAYS)})


def _items(session: Session) -> list[Item]:
    """The items of which somebody below is known to use up some every day."""
    needed = total_needs(session, unit_ids=subtree(me().unit_id), on=today())
    used_up = select(Item).where(Item.id.in_(needed), Item.kind != ItemKind.EQUIPMENT)
    return list(session.scalars(used_up.order_by(Item.code)))


def _chosen(items: list[Item], typed: Typed) -> Item | None:
    return next((item for item in items if str(item.id) == typed["item"]), items[0] if items else None)


def _metres(a: Unit, b: Unit) -> int | None:
    if a.lat is None or a.lon is None or b.lat is None or b.lon is None:
        return None
    return straight_m(a.lat, a.lon, b.lat, b.lon)
