"""The words of equipment: where a piece is, what happened to it, what can be done with it."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from inventory.assets import AssetAct, AssetState
from inventory.errors import CalibrationOverdue
from logistics.web import words
from logistics.web.formats import day
from logistics.web.sentences import says

words.WORDS.update(
    words.keyed(
        (AssetState.IN_STORE, lazy_gettext("in store")),
        (AssetState.HANDED_OUT, lazy_gettext("with somebody")),
        (AssetState.LENT, lazy_gettext("on loan")),
        (AssetState.IN_REPAIR, lazy_gettext("in repair")),
        (AssetState.RETIRED, lazy_gettext("out of use")),
        (AssetAct.REGISTERED, lazy_gettext("registered")),
        (AssetAct.HANDED_OUT, lazy_gettext("handed out")),
        (AssetAct.RETURNED, lazy_gettext("handed back")),
        (AssetAct.LENT, lazy_gettext("lent")),
        (AssetAct.TAKEN_BACK, lazy_gettext("back from loan")),
        (AssetAct.CALIBRATED, lazy_gettext("calibrated")),
        (AssetAct.SENT_TO_REPAIR, lazy_gettext("sent to repair")),
        (AssetAct.REPAIRED, lazy_gettext("repaired")),
        (AssetAct.GIVEN_OVER, lazy_gettext("given to another unit")),
        (AssetAct.RETIRED, lazy_gettext("retired")),
    )
)
words.MARKS.update(
    words.keyed(
        (AssetState.IN_STORE, ("green", "✓")),
        (AssetState.HANDED_OUT, ("azure", "○")),
        (AssetState.LENT, ("yellow", "◑")),
        (AssetState.IN_REPAIR, ("orange", "✗")),
        (AssetState.RETIRED, ("secondary", "–")),
    )
)
#: What the button of an act says.
_ORDERS: dict[AssetAct, LazyString] = {
    AssetAct.HANDED_OUT: lazy_gettext("Hand it out"),
    AssetAct.RETURNED: lazy_gettext("Record its return"),
    AssetAct.LENT: lazy_gettext("Lend it"),
    AssetAct.TAKEN_BACK: lazy_gettext("Take it back from loan"),
    AssetAct.CALIBRATED: lazy_gettext("Record a calibration"),
    AssetAct.SENT_TO_REPAIR: lazy_gettext("Send it to repair"),
    AssetAct.REPAIRED: lazy_gettext("Back from repair"),
    AssetAct.GIVEN_OVER: lazy_gettext("Give it to another unit"),
    AssetAct.RETIRED: lazy_gettext("Retire it"),
}


def order(act: AssetAct) -> str:
    """What the button of an act says."""
    return str(_ORDERS[act])


@says(CalibrationOverdue)
def _calibration_overdue(error: CalibrationOverdue) -> str:
    return _(
        "The calibration of %(serial)s held through %(day)s. Until it is calibrated again it is neither handed out nor lent; nothing "
        "was recorded.",
        serial=error.serial,
        day=day(error.due_on),
    )
