"""What rows may name: units, items, and things by their code."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from inventory.catalogue import Item
from inventory.units import Unit, subtree
from logistics.accounts.models import User
from logistics.imports.importer import Register


def within_reach(session: Session, *, by: str) -> Select[int]:
    """A query for the ids of the units whose things a person may name or change: their own and all below it.

    A name that is no account, as on the machine's own command line, reaches them all.
    """
    own = session.scalar(select(User.unit_id).where(User.sign_in_name == by))
    return select(Unit.id) if own is None else subtree(own)


def unit_register(session: Session, *, by: str) -> Register[Unit]:
    """The open units a person may name, by code or name; others are not known to them."""
    units = select(Unit).where(Unit.closed_on.is_(None), Unit.id.in_(within_reach(session, by=by)))
    return Register(
        session.scalars(units.order_by(Unit.id)),
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
