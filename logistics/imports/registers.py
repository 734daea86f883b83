"""What rows may name: units, items, and things by their code."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.catalogue import Item
from inventory.units import Unit, subtree
from logistics.accounts.models import User
from logistics.imports.importer import Register


def unit_register(session: Session, *, by: str) -> Register[Unit]:
    """The open units a person may name, by code or name: their own and all below it. Others are not known to them.

    A name that is no account, as on the machine's own command line, may name them all.
    """
    units = select(Unit).where(Unit.closed_on.is_(None)).order_by(Unit.id)
    own = session.scalar(select(User.unit_id).where(User.sign_in_name == by))
    return Register(
        session.scalars(units if own is None else units.where(Unit.id.in_(subtree(own)))),
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
