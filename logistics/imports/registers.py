"""What rows may name: units, items, and things by their code."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.catalogue import Item
from inventory.units import Unit
from logistics.imports.importer import Register


def unit_register(session: Session) -> Register[Unit]:
    """Every unit, by code or name."""
    return Register(
        session.scalars(select(Unit).order_by(Unit.id)),
        names=lambda unit: (unit.code, unit.name),
        unknown=lambda said: _("No unit is called “%(said)s”.", said=said),
        remedy=_("Correct the name, or take the unit in first with the table of units."),
    )


def item_register(session: Session) -> Register[Item]:
    """Every item, by code or name."""
    return Register(
        session.scalars(select(Item).order_by(Item.id)),
        names=lambda item: (item.code, item.name),
        unknown=lambda said: _("No item is called “%(said)s”.", said=said),
        remedy=_("Correct the name, or take the item in first with the table of items."),
    )
