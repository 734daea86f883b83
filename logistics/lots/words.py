"""The words of lots, and how many days are left."""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from inventory.catalogue import LotStatus
from logistics.lots.operations import BlockedAbove
from logistics.web import words
from logistics.web.context import today
from logistics.web.sentences import says

words.WORDS.update(
    words.keyed(
        (LotStatus.USABLE, lazy_gettext("usable")),
        (LotStatus.QUARANTINED, lazy_gettext("quarantined")),
        (LotStatus.RECALLED, lazy_gettext("recalled")),
    )
)
words.MARKS.update(
    words.keyed(
        (LotStatus.USABLE, ("green", "✓")),
        (LotStatus.QUARANTINED, ("yellow", "⊘")),
        (LotStatus.RECALLED, ("red", "⊘")),
    )
)


@says(BlockedAbove)
def _blocked_above(error: BlockedAbove) -> str:
    return _(
        "%(name)s of %(unit)s blocked this lot; only that unit or one above it frees it. Nothing was changed.",
        **error.values,
    )


def days_left(day: dt.date) -> str:
    """How long a lot may still be used, today included."""
    left = (day - today()).days
    if left < 0:
        return _("expired")
    return _("last day today") if left == 0 else ngettext("%(num)s more day", "%(num)s more days", left)
