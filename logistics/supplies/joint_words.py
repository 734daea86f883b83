"""Why a point got what it got of several items shared at once, in words: its levels, what stands in, what kept it from more."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flask_babel import format_decimal, lazy_gettext
from flask_babel import gettext as _

from inventory.errors import CaseChanged, Unmeasured
from inventory.joint_cases import Limit
from inventory.needs import Need
from inventory.runs import Share
from logistics.web import words
from logistics.web.formats import quantity
from logistics.web.sentences import says
from logistics.web.words import word

words.WORDS.update(
    words.keyed(
        (Limit.REQUEST, lazy_gettext("all it asked for")),
        (Limit.CEILING, lazy_gettext("at its ceiling")),
        (Limit.TIER, lazy_gettext("on no rung")),
        (Limit.PACKS, lazy_gettext("packs used up")),
        (Limit.EXPIRY, lazy_gettext("would expire")),
        (Limit.ROOM, lazy_gettext("vehicles full")),
    )
)
words.MARKS.update(
    words.keyed(
        (Limit.REQUEST, ("green", "✓")),
        (Limit.CEILING, ("green", "●")),
        (Limit.TIER, ("secondary", "–")),
        (Limit.PACKS, ("orange", "▼")),
        (Limit.EXPIRY, ("yellow", "◆")),
        (Limit.ROOM, ("azure", "■")),
    )
)


@says(CaseChanged)
def _case_changed(error: CaseChanged) -> str:
    return _(
        "Stock or requisitions changed while you were looking, so this proposal no longer holds. Nothing was decided; below is the "
        "new one."
    )


@says(Unmeasured)
def _unmeasured(error: Unmeasured) -> str:
    return _(
        "Nobody has told the volume and the weight of %(items)s, so it cannot be said what fits into a vehicle. Write both on the "
        "item's page, or share out without vehicles.",
        items="、".join(name for _id, name in error.items),
    )


def why(joint: Mapping[str, Any]) -> str:
    """In one line, from what the record keeps under "joint"."""
    return " ".join([*_stand_ins(joint), _limit(joint)])


def story(share: Share, need: Need) -> list[str]:
    """In full sentences, from the record of a share and the need that it was reckoned by."""
    asked, joint = share.requisition, share.reason["joint"]
    return [
        _(
            "%(unit)s (%(tier)s) needs %(need)s a day and had %(held)s: enough for %(days)s days. It asked for %(asked)s.",
            unit=asked.unit.name,
            tier=word(asked.tier),
            need=quantity(need.daily, asked.item),
            held=quantity(share.on_hand, asked.item),
            days=days(share.reason["cover_before"]),
            asked=quantity(asked.quantity, asked.item),
        ),
        *map(_level, joint["levels"]),
        _("It got %(goods)s.", goods=goods(joint["got"])) if joint["got"] else _("It got nothing."),
        *_substitution(share),
        *_vehicles(joint["loads"], share.run.pack_word),
        _limit(joint),
        _("So it has enough for %(days)s days.", days=days(share.reason["cover_after"])),
    ]


def goods(got: list[tuple[str, int, str]]) -> str:
    """All that a point got: 一次性口罩 40 盒、KN95口罩 10 盒."""
    return _(", ").join(f"{name} {format_decimal(packs)} {pack_word}" for name, packs, pack_word in got)


def days(exact: str) -> str:
    """Days of cover that the record keeps as "7/2"."""
    return str(format_decimal(round(float(Fraction(exact)), 1)))


def _level(level: Mapping[str, Any]) -> str:
    given = {"rung": level["rung"] + 1, "days": days(level["days"])}
    if not Fraction(level["days"]):
        return _(
            "On rung %(rung)s there was not enough of an item, or of room, to bring all points up together; the least cover came first.",
            rung=given["rung"],
        )
    if level["proved"]:
        return _(
            "On rung %(rung)s all points were brought to %(days)s days of every item, or to what they asked for; there is no way to "
            "bring them all higher.",
            **given,
        )
    return _(
        "On rung %(rung)s all points were brought to %(days)s days of every item, or to what they asked for; whether there is a "
        "way to bring them all higher was not known when the search ended.",
        **given,
    )


def _stand_ins(joint: Mapping[str, Any]) -> list[str]:
    """What it got beside what it asked for."""
    if not joint["others"]:
        return []
    return [_("%(goods)s stand in for %(asked)s.", goods=goods(joint["others"]), asked=joint["asked"])]


def _substitution(share: Share) -> list[str]:
    if not share.reason["joint"]["others"]:
        return []
    return [
        _(
            "It gets what it asked for first. No more %(asked)s could be given, so what expires soonest of the same class stands in; "
            "it counts for %(counted)s.",
            asked=share.requisition.item.name,
            counted=quantity(share.reason["stood_in"], share.requisition.item),
        )
    ]


def _vehicles(loads: Mapping[str, int], pack_word: str) -> list[str]:
    if not loads:
        return []
    told = _(", ").join(f"{plate} {format_decimal(packs)} {pack_word}" for plate, packs in loads.items())
    return [_("There is room for it in %(vehicles)s.", vehicles=told)]


def _limit(joint: Mapping[str, Any]) -> str:
    said = {
        Limit.REQUEST: _("All that it asked for."),
        Limit.CEILING: _("It is at the ceiling of every rung for it."),
        Limit.TIER: _("No rung names its tier, so it was not its turn."),
        Limit.PACKS: _("No pack is left that it could get."),
        Limit.EXPIRY: _("What is left would expire before it is used, so it got no more."),
        Limit.ROOM: _("Packs are left, but no vehicle has room for one more."),
    }
    return said[Limit(joint["limit"])]
