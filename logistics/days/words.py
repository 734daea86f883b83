"""The words of closed days."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from logistics.days.operations import DayState, NotTheirsToReopen
from logistics.web import words
from logistics.web.sentences import says

words.WORDS.update(
    words.keyed(
        (DayState.CLOSED, lazy_gettext("closed day")),
        (DayState.ZERO, lazy_gettext("zero report")),
        (DayState.MISSING, lazy_gettext("not closed")),
        (DayState.RUNNING, lazy_gettext("still running")),
    )
)
words.MARKS.update(
    words.keyed(
        (DayState.CLOSED, ("green", "✓")),
        (DayState.ZERO, ("azure", "0")),
        (DayState.MISSING, ("red", "▲")),
        (DayState.RUNNING, ("secondary", "○")),
    )
)


@says(NotTheirsToReopen)
def _not_theirs(error: NotTheirsToReopen) -> str:
    return _(
        "A closed day is reopened by the leader of a unit above. Ask there, or record it today with the true day in the note."
    )
