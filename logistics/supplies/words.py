"""The words of this feature: states of cover, names of papers, sentences of its errors, and why a point got what it got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from flask_babel import format_decimal, lazy_gettext
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString

from inventory.allocation import Rung
from inventory.ledger import DocumentKind
from inventory.needs import Heat
from inventory.places import SINGLE, StockLocation
from inventory.units import Tier
from logistics.supplies.operations import LineRefused, PartOfTrip, ProposalChanged
from logistics.web import words
from logistics.web.sentences import says, sentence
from logistics.web.words import word

words.WORDS.update(
    words.keyed(
        (Heat.OUT, lazy_gettext("none left")),
        (Heat.SCARCE, lazy_gettext("scarce")),
        (Heat.TIGHT, lazy_gettext("tight")),
        (Heat.ENOUGH, lazy_gettext("enough")),
        (Heat.UNKNOWN, lazy_gettext("need not told")),
    )
)
words.MARKS.update(
    words.keyed(
        (Heat.OUT, ("red", "✗")),
        (Heat.SCARCE, ("orange", "▼")),
        (Heat.TIGHT, ("yellow", "◆")),
        (Heat.ENOUGH, ("green", "●")),
        (Heat.UNKNOWN, ("secondary", "–")),
    )
)

#: What is printed over a document: the names of the papers that offices file.
TITLES: dict[DocumentKind, LazyString] = {
    DocumentKind.RECEIPT: lazy_gettext("Receipt note"),
    DocumentKind.ISSUE: lazy_gettext("Issue note"),
    DocumentKind.TRANSFER: lazy_gettext("Transfer note"),
    DocumentKind.RETURN: lazy_gettext("Return note"),
    DocumentKind.ADJUSTMENT: lazy_gettext("Count adjustment note"),
    DocumentKind.DISPOSAL: lazy_gettext("Disposal note"),
    DocumentKind.REVERSAL: lazy_gettext("Reversal note"),
}


@says(LineRefused)
def _line_refused(error: LineRefused) -> str:
    return _("Line %(line)s: %(said)s", line=error.line + 1, said=sentence(error.error))


@says(PartOfTrip)
def _part_of_trip(error: PartOfTrip) -> str:
    return _(
        "%(number)s belongs to a trip: its goods were loaded or handed over. Nothing was changed; settle it on the trip's page, "
        "or count the store and adjust.",
        number=error.values["number"],
    )


@says(ProposalChanged)
def _proposal_changed(error: ProposalChanged) -> str:
    return _(
        "Stock or requisitions changed while you were looking, so this proposal no longer holds. Nothing was decided; below is the "
        "new one."
    )


def place_name(location: StockLocation) -> str:
    """What people call a place: its own name, or the word for an outside place of which there is only one."""
    return word(location.place) if location.place in SINGLE else location.name


def title_of(kind: DocumentKind) -> str:
    """The name of the paper."""
    return str(TITLES[kind])


def rung_words(rung: Rung) -> str:
    """One rung of a ladder: 一线点位 → 3 天."""
    tiers = "、".join(word(tier) for tier in Tier if tier in rung.tiers)
    return _("%(tiers)s up to %(days)s days", tiers=tiers, days=rung.ceiling_days)


def why(reason: Mapping[str, Any], *, packs: int, pack_word: str, tier: Tier, ladder: Sequence[Rung]) -> str:
    """Why a point got what it got, from the reason as the record keeps it; `packs` were there to share."""
    steps = [
        _(
            "Rung %(rung)s: %(packs)s %(word)s, cover %(before)s → %(after)s days",
            rung=step["rung"] + 1,
            packs=format_decimal(step["packs"]),
            word=pack_word,
            before=_days(step["cover_before"]),
            after=_days(step["cover_after"]),
        )
        for step in reason["steps"]
    ]
    ending = _ending(reason, packs, pack_word, tier, ladder)
    return _("%(steps)s. %(ending)s", steps=_("; ").join(steps), ending=ending) if steps else ending


def _ending(reason: Mapping[str, Any], packs: int, pack_word: str, tier: Tier, ladder: Sequence[Rung]) -> str:
    if reason["next_pack"] is not None:
        return _(
            "The next %(word)s for it is number %(next)s; there were %(packs)s this time, %(more)s more would bring it.",
            word=pack_word,
            next=format_decimal(reason["next_pack"]),
            packs=format_decimal(packs),
            more=format_decimal(reason["more_needed"]),
        )
    if reason["capped_by_request"]:
        return _("All that it asked for.")
    if not any(tier in rung.tiers for rung in ladder):
        return _("No rung names its tier, so it was not its turn.")
    if not reason["packs"]:
        return _("It already has %(days)s days, the ceiling of every rung for it.", days=_days(reason["cover_before"]))
    return _("It is at the ceiling of every rung for it.")


def _days(exact: str) -> str:
    return str(format_decimal(round(float(Fraction(exact)), 1)))
