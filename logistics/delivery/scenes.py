"""How each handover scene is done, in one line, and who may take the goods there, the likeliest first."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from logistics.delivery.models import Receiver
from logistics.orders.models import HandoverScene

#: The practice of contactless delivery in early 2020: set down, step back 1.5 m, the customer counts.
INSTRUCTION = {
    HandoverScene.DOOR: _("Ring, set the goods down at the door, step back 1.5 m. The customer counts."),
    HandoverScene.AGREED_POINT: _(
        "Call 10 minutes ahead. Set down at the agreed place, step back 1.5 m. The customer counts."
    ),
    HandoverScene.GATE: _(
        "Call 10 minutes ahead. Unload at the gate, do not go in, step back 1.5 m. The customer counts."
    ),
    HandoverScene.VILLAGE_POINT: _(
        "Tell the guard at the checkpoint. Unload at the village point, step back 1.5 m, wait for the count."
    ),
    HandoverScene.CHIEF: _("Count together with the person in charge, 1.5 m apart. They take it on to the households."),
    HandoverScene.QUARANTINE: _("Do not meet, no signature. Set down, leave, then call. Take nothing back from there."),
}

RECEIVERS = {
    HandoverScene.DOOR: (Receiver.SELF, Receiver.FAMILY, Receiver.LEFT_AT_PLACE, Receiver.GUARD),
    HandoverScene.AGREED_POINT: (Receiver.SELF, Receiver.FAMILY, Receiver.LEFT_AT_PLACE, Receiver.CHIEF),
    HandoverScene.GATE: (Receiver.SELF, Receiver.GUARD, Receiver.FAMILY, Receiver.LEFT_AT_PLACE),
    HandoverScene.VILLAGE_POINT: (Receiver.SELF, Receiver.CHIEF, Receiver.FAMILY, Receiver.LEFT_AT_PLACE),
    HandoverScene.CHIEF: (Receiver.CHIEF, Receiver.GUARD, Receiver.LEFT_AT_PLACE),
    HandoverScene.QUARANTINE: (Receiver.LEFT_AT_PLACE, Receiver.CHIEF),
}
