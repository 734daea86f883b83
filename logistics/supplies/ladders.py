"""A ladder as a form holds it: one row of ticks and days for each rung."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from inventory.allocation import Rung
from inventory.units import Tier
from logistics.supplies.forms import Typed
from logistics.workbooks.columns import WholeNumber

#: Rungs a form offers beyond those it has, and the most it reads.
SPARE_RUNGS = 2
MOST_RUNGS = 20
_DAYS = WholeNumber("days", minimum=1, maximum=365)


def ladder_typed(ladder: Sequence[Rung]) -> list[Typed]:
    """The rows of a ladder that stands."""
    return [Typed({"days": str(rung.ceiling_days)} | {str(tier): "on" for tier in rung.tiers}) for rung in ladder]


def ladder_kept(form: MultiDict[str, str]) -> list[Typed]:
    """The rows of the form as far as anything stands in them."""
    rows = [
        Typed(
            {"days": form.get(f"days-{place}", "")}
            | {tier.value: "on" for tier in Tier if tier.value in form.getlist(f"tiers-{place}")}
        )
        for place in range(MOST_RUNGS)
    ]
    return [row for row in rows if not row.blank]


def read_ladder(ladder: list[Typed]) -> list[Rung]:
    """The rungs that can be read; the others, and a ladder without any, carry their sentences."""
    rungs = read_rungs(ladder)
    if not rungs:
        if not ladder:
            ladder.append(Typed({}))
        ladder[0].refuse("days", _("The ladder needs at least one rung."))
    return rungs


def read_rungs(ladder: Sequence[Typed]) -> list[Rung]:
    """The rungs that can be read."""
    return [rung for rung in map(_rung, ladder) if rung]


def with_spare(ladder: Sequence[Typed]) -> list[Typed]:
    """The rows with empty ones below them, to type on."""
    return [*ladder, *(Typed({}) for _spare in range(SPARE_RUNGS))]


def _rung(line: Typed) -> Rung | None:
    tiers = frozenset(tier for tier in Tier if line[tier.value])
    if not tiers:
        line.refuse("tiers", _("Tick at least one tier, or clear the days."))
    days = line.read("days", lambda value: _DAYS.read(value or "0"))
    return Rung(tiers=tiers, ceiling_days=days) if days and tiers else None
