"""The words of counting: states, what a line still needs, why shelf and books differ."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from inventory.counts import Awaits, CountState, Posting, VarianceReason
from logistics.web import words

words.WORDS.update(
    words.keyed(
        (CountState.COUNTING, lazy_gettext("being counted")),
        (CountState.CHECKING, lazy_gettext("being checked")),
        (CountState.POSTED, lazy_gettext("posted")),
        (CountState.WITHDRAWN, lazy_gettext("given up")),
        (Awaits.RECOUNT, lazy_gettext("count again")),
        (Awaits.GONE, lazy_gettext("more has gone out since than was counted; count again")),
        (Awaits.OVERTAKEN, lazy_gettext("another count was posted since; count again")),
        (Awaits.REASON, lazy_gettext("reason missing")),
        (VarianceReason.BROKEN, lazy_gettext("broken or spilt")),
        (VarianceReason.MISCOUNTED, lazy_gettext("miscounted earlier")),
        (VarianceReason.ISSUE_NOT_RECORDED, lazy_gettext("issue not recorded")),
        (VarianceReason.RECEIPT_NOT_RECORDED, lazy_gettext("receipt not recorded")),
        (VarianceReason.THROWN_AWAY, lazy_gettext("expired and thrown away")),
        (VarianceReason.THEFT, lazy_gettext("theft")),
        (VarianceReason.UNIT_CONFUSED, lazy_gettext("unit confused (box, piece …)")),
        (VarianceReason.OTHER, lazy_gettext("other (say what)")),
    )
)
words.MARKS.update(
    words.keyed(
        (CountState.COUNTING, ("azure", "○")),
        (CountState.CHECKING, ("yellow", "◑")),
        (CountState.POSTED, ("green", "✓")),
        (CountState.WITHDRAWN, ("secondary", "–")),
        (Awaits.RECOUNT, ("orange", "↻")),
        (Awaits.GONE, ("red", "✗")),
        (Awaits.OVERTAKEN, ("red", "✗")),
        (Awaits.REASON, ("yellow", "?")),
    )
)


def told(posting: Posting) -> str:
    """What came of posting a count."""
    if posting.waiting:
        return ngettext(
            "Not posted yet: %(num)s line still needs something.",
            "Not posted yet: %(num)s lines still need something.",
            len(posting.waiting),
        )
    if posting.document is None:
        return _("Shelf and books agree; there was nothing to post.")
    return _("%(number)s is recorded.", number=posting.document.number)
