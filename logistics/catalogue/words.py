"""The words of this feature: hazards and what follows from them, posts, what its errors say, and how facts are said."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import fields

from flask_babel import format_decimal, lazy_gettext
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString

from inventory.barcodes import Scanned
from inventory.catalogue import Item
from inventory.closing import TieKind
from inventory.descriptions import ItemDescription, UnitDescription
from inventory.errors import BelowItself, StillInUse, Taken, UnitWordFixed
from inventory.hazards import Danger, Hazard, Within, separations
from inventory.responsible import Post
from logistics.catalogue.operations import Carried, ChangedMeanwhile, OwnUnit
from logistics.web import words
from logistics.web.formats import number
from logistics.web.sentences import says
from logistics.web.words import word

words.WORDS.update(
    words.keyed(
        (Hazard.NONE, lazy_gettext("harmless")),
        (Hazard.CHLORINE, lazy_gettext("with chlorine")),
        (Hazard.FLAMMABLE, lazy_gettext("flammable")),
        (Hazard.ACID, lazy_gettext("acid")),
        (Hazard.FOOD, lazy_gettext("food")),
        (Danger.CHLORINE_GAS, lazy_gettext("together they give off poisonous chlorine")),
        (Danger.REACTION, lazy_gettext("together they react, with heat and poisonous vapours")),
        (Danger.SPOILT_FOOD, lazy_gettext("the food would be spoilt")),
        (Within.VEHICLE, lazy_gettext("never in one vehicle or on one shelf")),
        (Within.COMPARTMENT, lazy_gettext("never in one compartment")),
        (Post.BUILDING_CHIEF, lazy_gettext("building chief")),
        (Post.TEAM_LEADER, lazy_gettext("village team leader")),
        (Post.GRID_CHIEF, lazy_gettext("grid chief")),
        (Post.KEEPER, lazy_gettext("store keeper")),
        (Post.OTHER, lazy_gettext("other responsible person")),
        (TieKind.REQUISITION, lazy_gettext("open requisition")),
        (TieKind.SHARE, lazy_gettext("allotted and not yet sent")),
        (TieKind.PURCHASE, lazy_gettext("open purchase order")),
        (TieKind.DONATION, lazy_gettext("donation still to come")),
        (TieKind.MONEY, lazy_gettext("donated money left")),
        (TieKind.CONSIGNMENT, lazy_gettext("consignment not settled")),
        (TieKind.COUNT, lazy_gettext("count under way")),
        (TieKind.ASSET, lazy_gettext("equipment")),
        (Carried.DELIVERY, lazy_gettext("delivery not finished")),
    )
)
words.MARKS.update(
    words.keyed(
        (Hazard.NONE, ("secondary", "–")),
        (Hazard.CHLORINE, ("yellow", "▲")),
        (Hazard.FLAMMABLE, ("red", "▲")),
        (Hazard.ACID, ("orange", "▲")),
        (Hazard.FOOD, ("green", "●")),
    )
)

#: What the fields of a description are called.
FACTS: dict[str, LazyString] = {
    "code": lazy_gettext("Code"),
    "name": lazy_gettext("Its name"),
    "kind": lazy_gettext("Kind"),
    "base_unit": lazy_gettext("Base unit"),
    "packs": lazy_gettext("Packaging"),
    "barcodes": lazy_gettext("Barcodes"),
    "weight_mg": lazy_gettext("Weight"),
    "volume_ul": lazy_gettext("Volume"),
    "hazard": lazy_gettext("Hazard"),
    "shelf_life_days": lazy_gettext("Shelf life"),
    "active_mg_per_kg": lazy_gettext("Active ingredient"),
    "item_class": lazy_gettext("Class"),
    "class_units": lazy_gettext("Counts for"),
    "tier": lazy_gettext("Tier"),
    "lat": lazy_gettext("Latitude"),
    "lon": lazy_gettext("Longitude"),
    "address": lazy_gettext("Address"),
    "contact": lazy_gettext("Contact"),
    "phone": lazy_gettext("Phone"),
    "headcount": lazy_gettext("People on duty"),
}


def differences(
    now: ItemDescription | UnitDescription, told: ItemDescription | UnitDescription
) -> Iterator[tuple[str, str]]:
    """Where what is told differs from what is so now: the name of the fact, and what it is now."""
    for fact in fields(now):
        value = getattr(now, fact.name)
        if value != getattr(told, fact.name):
            yield str(FACTS[fact.name]), _said(fact.name, value)


def kept_apart(item: Item) -> list[tuple[str, str, str]]:
    """What an item must not meet, how far apart, and why, each in words."""
    return [(word(other), word(apart.within), word(apart.danger)) for other, apart in separations(item.hazard).items()]


def scanned_as_plain(scanned: Scanned) -> dict[str, object]:
    """What a scanned code means, as the forms' script and other programs read it."""
    item = scanned.item
    return {
        "code": item.code,
        "name": item.name,
        "label": f"{item.code} {item.name}",
        "word": scanned.word,
        "size": item.units()[scanned.word],
        "base_unit": item.base_unit,
    }


def _said(name: str, value: object) -> str:
    match value:
        case None | "":
            return "—"
        case enum.StrEnum():
            return word(value)
        case Mapping():
            return "、".join(f"{key} = {one}" for key, one in value.items()) or "—"
        case int() if name == "weight_mg":
            return _("%(amount)s g", amount=format_decimal(value / 1000))
        case int() if name == "volume_ul":
            return _("%(amount)s mL", amount=format_decimal(value / 1000))
        case int():
            return number(value)
        case _:
            return str(value)


@says(ChangedMeanwhile)
def _changed_meanwhile(error: ChangedMeanwhile) -> str:
    return _(
        "Somebody changed %(name)s while you were typing. Nothing was recorded and everything you typed is kept: compare below, "
        "then send again to record yours.",
        name=error.now.name,
    )


@says(Taken)
def _taken(error: Taken) -> str:
    said = {
        "item": _("Code %(code)s belongs to another item. Choose another code, or change that item."),
        "item class": _("Code %(code)s belongs to another class. Choose another code."),
        "barcode": _(
            "Barcode %(code)s belongs to another item. Look at the label again, or take it off that item first."
        ),
        "unit": _("Code %(code)s belongs to another unit. Choose another code, or change that unit."),
        "asset": _(
            "Serial number %(code)s of this item is registered already. Nothing was recorded; take it off the list."
        ),
    }
    return said[error.what] % {"code": error.code}


@says(UnitWordFixed)
def _unit_word_fixed(error: UnitWordFixed) -> str:
    return _(
        "Stock of %(item)s was recorded in %(word)s already, so what one %(word)s is stays as it is: otherwise the old figures would "
        "mean something else. Give another pack another word, or the item a new code.",
        item=error.item,
        word=error.word,
    )


@says(BelowItself)
def _below_itself(error: BelowItself) -> str:
    return _(
        "%(unit)s cannot stand below %(parent)s, which is itself or stands below it. Nothing was moved; choose another unit.",
        unit=error.unit,
        parent=error.parent,
    )


@says(StillInUse)
def _still_in_use(error: StillInUse) -> str:
    parts = (
        (_("stock: %(what)s"), error.holdings),
        (_("promised to others: %(what)s"), error.promises),
        *((f"{word(kind)}{_(': ')}%(what)s", names) for kind, names in error.papers.items()),
        (_("units below it: %(what)s"), error.units),
    )
    return _(
        "%(unit)s cannot be closed yet. %(reasons)s. Settle these first; nothing was changed.",
        unit=error.unit,
        reasons=_("; ").join(said % {"what": _some(things)} for said, things in parts if things),
    )


@says(OwnUnit)
def _own_unit(error: OwnUnit) -> str:
    return _("%(name)s is your own unit. Somebody of the unit above moves or closes it.", name=error.values["name"])


def _some(things: tuple[str, ...], most: int = 5) -> str:
    """A few of many things."""
    said = _(", ").join(things[:most])
    return said if len(things) <= most else _("%(names)s and %(count)s more", names=said, count=len(things) - most)
