"""The words of this feature: states of cover, names of papers, sentences of its errors, and why a point got what it got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from flask_babel import format_decimal, lazy_gettext, ngettext
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString

from inventory.allocation import Rung
from inventory.cases import from_plain
from inventory.catalogue import Item
from inventory.ledger import DocumentKind
from inventory.needs import Heat, Need, NeedSource, Part
from inventory.places import SINGLE, StockLocation
from inventory.requisitions import Requisition, Verdict
from inventory.runs import AllocationRun, Share
from inventory.units import Tier
from logistics.accounts.names import person_name
from logistics.needs.words import part_words
from logistics.supplies import joint_words
from logistics.supplies.operations import LineRefused, PartOfTrip, ProposalChanged, RecordedElsewhere
from logistics.supplies.overview import Sharing
from logistics.web import words
from logistics.web.formats import quantity
from logistics.web.sentences import says, sentence
from logistics.web.words import word

words.WORDS.update(
    words.keyed(
        (Verdict.APPROVED, lazy_gettext("approved as asked")),
        (Verdict.CHANGED, lazy_gettext("approved with a change")),
        (Verdict.REFUSED, lazy_gettext("not approved")),
        (Heat.OUT, lazy_gettext("none left")),
        (Heat.SCARCE, lazy_gettext("scarce")),
        (Heat.TIGHT, lazy_gettext("tight")),
        (Heat.ENOUGH, lazy_gettext("enough")),
        (Heat.UNKNOWN, lazy_gettext("need not told")),
        (NeedSource.NORM, lazy_gettext("by norm")),
        (NeedSource.TOLD, lazy_gettext("as told")),
    )
)
words.MARKS.update(
    words.keyed(
        (Verdict.APPROVED, ("green", "✓")),
        (Verdict.CHANGED, ("yellow", "◆")),
        (Verdict.REFUSED, ("red", "✗")),
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


@says(RecordedElsewhere)
def _recorded_elsewhere(error: RecordedElsewhere) -> str:
    return _(
        "%(places)s answers for %(number)s; its people or those above it can reverse it. Nothing was changed.",
        places=error.values["places"],
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
    return ngettext("%(tiers)s up to %(num)s day", "%(tiers)s up to %(num)s days", rung.ceiling_days, tiers=tiers)


def why(reason: Mapping[str, Any], *, packs: int, pack_word: str, tier: Tier, ladder: Sequence[Rung]) -> str:
    """Why a point got what it got, from the reason as the record keeps it; `packs` were there to share."""
    if "joint" in reason:
        return joint_words.why(reason["joint"])
    steps = [_step(step, pack_word) for step in reason["steps"]]
    ending = _ending(reason, packs, pack_word, tier, ladder)
    return _("%(steps)s. %(ending)s", steps=_("; ").join(steps), ending=ending) if steps else ending


def story(share: Share, need: Need) -> list[str]:
    """Why a point got what it got, in full sentences, from the record of its share and the need that it was reckoned by."""
    if "joint" in share.reason:
        first, *rest = joint_words.story(share, need)
        return [first, *on_its_way(share), *asked_twice(share), need_story(need, share.requisition), *rest]
    reason, asked, run = share.reason, share.requisition, share.run
    told = [
        _(
            "%(unit)s (%(tier)s) needs %(need)s a day and had %(held)s: enough for %(days)s days. It asked for %(asked)s.",
            unit=asked.unit.name,
            tier=word(asked.tier),
            need=a_day(need.exact, run.item),
            held=quantity(share.on_hand, run.item),
            days=_days(reason["cover_before"]),
            asked=quantity(asked.quantity, run.item),
        ),
        *on_its_way(share),
        *asked_twice(share),
        need_story(need, asked),
        _(
            "There were %(packs)s %(word)s to share; it got %(got)s.",
            packs=format_decimal(run.packs),
            word=run.pack_word,
            got=format_decimal(share.total_packs),
        ),
        *(_told_step(step, run) for step in reason["steps"]),
        *signed_for(share),
        _ending(reason, run.packs, run.pack_word, asked.tier, run.rungs),
        *_neighbours(reason),
    ]
    without = reason.get("without_overrides", share.total_packs)
    if without != share.total_packs:
        told.append(
            _(
                "Without the overrides it would have got %(packs)s %(word)s.",
                packs=format_decimal(without),
                word=run.pack_word,
            )
        )
    return told


def carried_over(count: int) -> str:
    """That the rest of so many requisitions was asked for again."""
    return ngettext(
        "The rest of %(num)s requisition waits for the next round.",
        "The rest of %(num)s requisitions waits for the next round.",
        count,
    )


def to_be_planned(count: int) -> str:
    """That shares became so many delivery orders."""
    return ngettext(
        "%(num)s delivery order is ready to be planned.", "%(num)s delivery orders are ready to be planned.", count
    )


def on_its_way(share: Share) -> list[str]:
    """That some of what a unit had was only promised to it or on its way, where it was."""
    coming = share.reason.get("coming", 0)
    if not coming:
        return []
    told = quantity(coming, share.requisition.item)
    return [_("%(coming)s of this had been given to it before and was still to come.", coming=told)]


def asked_twice(share: Share) -> list[str]:
    """That a unit had asked for the item before, where it had: what it asked for then counts as if it were there."""
    before = share.reason.get("asked_before", 0)
    if not before:
        return []
    told = quantity(before, share.requisition.item)
    return [
        _(
            "%(before)s of this is what an earlier requisition of the unit asks for; that one has its turn first.",
            before=told,
        )
    ]


def signed_for(share: Share) -> list[str]:
    """Who signed for what a unit got outside the ladder, and why."""
    certificate = share.run.certificate
    overrides = from_plain(certificate.case).overrides if certificate else ()
    return [
        _("%(who)s signed for the override: %(reason)s", who=person_name(override.signer), reason=override.reason)
        for override in overrides
        if override.point == share.requisition.number
    ]


def need_story(need: Need, asked: Requisition) -> str:
    """Where the daily need comes from, in one sentence, with the norms' numbers and papers."""
    told = in_pieces(asked.daily_need, asked.item)
    if need.is_told:
        return _("No approved norm applies to it: the need is the %(told)s a day that its requisition told.", told=told)
    return _(
        "By the approved norms it needs %(need)s a day (its requisition told %(told)s): %(parts)s.",
        need=in_pieces(need.exact, asked.item),
        told=told,
        parts=_("; ").join(map(part_with_paper, need.parts)),
    )


def need_source(need: Need, asked: Requisition) -> str:
    """Where the daily need comes from, for a table's cell: by norm, and what was told where that is something else."""
    if need.is_told or need.exact == asked.daily_need:
        return word(need.source)
    return _("by norm; told %(told)s", told=in_pieces(asked.daily_need, asked.item))


def needs_on_sheet(sharing: Sharing) -> str:
    """For how many points norms told the daily need, and which, and for how many their requisitions."""
    norms = {part.norm.id: part.norm for line in sharing.lines for part in line.need.parts}
    told = sum(line.need.is_told for line in sharing.lines)
    if not norms:
        return _("No approved norm applies to any of these points: all daily needs are as their requisitions told.")
    papers = _("; ").join(f"{norm.number} {norm.source}" for _id, norm in sorted(norms.items()))
    if not told:
        return _("All daily needs are by the approved norms (%(norms)s).", norms=papers)
    return _(
        "Daily needs: of %(reckoned)s points by the approved norms (%(norms)s), of %(told)s as their requisitions told.",
        reckoned=format_decimal(len(sharing.lines) - told),
        norms=papers,
        told=format_decimal(told),
    )


def part_with_paper(part: Part) -> str:
    """How one norm contributes, with its number and the paper it comes from."""
    return _(
        "%(part)s (%(number)s, %(source)s)", part=part_words(part), number=part.norm.number, source=part.norm.source
    )


def a_day(need: Fraction, item: Item) -> str:
    """A daily need as people write it: 1 盒 10 只, or where it is no whole number 22.5 只."""
    return quantity(int(need), item) if need.denominator == 1 else in_pieces(need, item)


def in_pieces(value: Fraction | int, item: Item) -> str:
    """In the base unit, so that two figures can be compared: 200 只, 22.5 只."""
    return f"{format_decimal(round(float(value), 2))} {item.base_unit}"


def _told_step(step: Mapping[str, Any], run: AllocationRun) -> str:
    given = {
        "packs": format_decimal(step["packs"]),
        "word": run.pack_word,
        "before": _days(step["cover_before"]),
        "after": _days(step["cover_after"]),
    }
    if step["rung"] is None:
        return _(
            "Outside the ladder %(packs)s %(word)s were signed over to it, from %(before)s to %(after)s days.", **given
        )
    return ngettext(
        "On rung %(rung)s (%(rule)s) it was its turn once: %(packs)s %(word)s, from %(before)s to %(after)s days.",
        "On rung %(rung)s (%(rule)s) it was its turn %(packs)s times: %(packs)s %(word)s, from %(before)s to %(after)s days.",
        step["packs"],
        rung=step["rung"] + 1,
        rule=rung_words(run.rungs[step["rung"]]),
        **given,
    )


def _neighbours(reason: Mapping[str, Any]) -> list[str]:
    """Between whom the packs ran out."""
    told = []
    last, following = reason.get("last_served"), reason.get("comes_next")
    if last:
        told.append(
            _(
                "The last pack, number %(number)s, went to %(unit)s, which then had %(days)s days.",
                number=format_decimal(last["number"]),
                unit=last["unit"],
                days=_days(last["cover"]),
            )
        )
    if following:
        told.append(
            _(
                "The next one, number %(number)s, would go to %(unit)s, which has %(days)s days.",
                number=format_decimal(following["number"]),
                unit=following["unit"],
                days=_days(following["cover"]),
            )
        )
    return told


def _step(step: Mapping[str, Any], pack_word: str) -> str:
    given = {
        "packs": format_decimal(step["packs"]),
        "word": pack_word,
        "before": _days(step["cover_before"]),
        "after": _days(step["cover_after"]),
    }
    if step["rung"] is None:
        return _("By override: %(packs)s %(word)s, cover %(before)s → %(after)s days", **given)
    return _("Rung %(rung)s: %(packs)s %(word)s, cover %(before)s → %(after)s days", rung=step["rung"] + 1, **given)


def _ending(reason: Mapping[str, Any], packs: int, pack_word: str, tier: Tier, ladder: Sequence[Rung]) -> str:
    if reason.get("shut_off"):
        return _("Every way to it is closed, so it was not its turn.")
    if reason["next_pack"] is not None:
        return _(
            "The next %(word)s for it is number %(next)s; there were %(packs)s this time, %(more)s more would bring it.",
            word=pack_word,
            next=format_decimal(reason["next_pack"]),
            packs=format_decimal(packs),
            more=format_decimal(reason["more_needed"]),
        )
    if reason.get("held_back_by") is not None:
        return _held_back(reason["held_back_by"])
    if reason["capped_by_request"]:
        return _("All that it asked for.")
    if not any(tier in rung.tiers for rung in ladder):
        return _("No rung names its tier, so it was not its turn.")
    if not reason["packs"]:
        return _("It already has %(days)s days, the ceiling of every rung for it.", days=_days(reason["cover_before"]))
    return _("It is at the ceiling of every rung for it.")


def _held_back(sources: Sequence[str]) -> str:
    if not sources:
        return _("What may go there would expire before it is used, so it got no more.")
    return _("All that may go there is used up (%(stores)s), so it got no more.", stores="、".join(sources))


def _days(exact: str) -> str:
    return str(format_decimal(round(float(Fraction(exact)), 1)))
