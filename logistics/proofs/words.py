"""What a proof looks at and what it may find, in words."""

from __future__ import annotations

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from logistics.proofs.models import ProofState
from logistics.web import words

words.WORDS.update(
    words.keyed(
        (ProofState.WAITING, _("waiting for a worker")),
        (ProofState.AT_WORK, _("at work")),
        (ProofState.PROVED, _("proved")),
        (ProofState.NOT_PROVED, _("not proved")),
        (ProofState.STOPPED, _("stopped by hand")),
        (ProofState.BROKEN_OFF, _("broken off")),
    )
)
words.MARKS.update(
    words.keyed(
        (ProofState.WAITING, ("azure", "○")),
        (ProofState.AT_WORK, ("yellow", "◑")),
        (ProofState.PROVED, ("green", "✓")),
        (ProofState.NOT_PROVED, ("red", "✗")),
        (ProofState.STOPPED, ("secondary", "■")),
        (ProofState.BROKEN_OFF, ("red", "✗")),
    )
)

#: What a check claims, by its name.
CLAIMS = {
    "ledger": _("Every balance is the sum of its movements, every lot sums to zero over all places, no store owes."),
    "allocations": _("Decided again by its certificate, every allocation gives everybody the same."),
    "joint": _(
        "Joint allocations keep to their packs, the room of vehicles, ceilings and levels, and everybody got what was decided."
    ),
    "days": _("Reckoned again from the movements, every closed day is as it was signed, and so is the row of them."),
}
#: What was broken, by check and rule.
RULES = {
    ("ledger", "balance"): _("balance differs from its movements"),
    ("ledger", "zero-sum"): _("the lot does not sum to zero"),
    ("ledger", "negative"): _("the store owes"),
    ("allocations", "altered"): _("the certificate was altered"),
    ("allocations", "shares"): _("the shares are others than the certificate gives"),
    ("allocations", "sum"): _("the packs do not add up"),
    ("joint", "altered"): _("the certificate was altered"),
    ("joint", "sum"): _("the packs do not add up"),
    ("joint", "given"): _("the shares are others than was decided"),
    ("joint", "room"): _("a vehicle is fuller than it can be"),
    ("joint", "loads"): _("the loads are not what was given"),
    ("joint", "packs"): _("more packs than there were"),
    ("joint", "ceiling"): _("somebody got more than the ceiling"),
    ("joint", "level"): _("a level was not kept"),
    ("joint", "waste"): _("what was left over would have gone somewhere"),
    ("days", "closed until"): _("the books are closed until another moment"),
    ("days", "previous"): _("another closing came before it"),
    ("days", "digest"): _("the closing was altered"),
    ("days", "movements"): _("the number of movements differs"),
    ("days", "in"): _("what came in differs"),
    ("days", "out"): _("what went out differs"),
    ("days", "opening"): _("the morning differs from the evening before"),
    ("days", "sum"): _("the day does not add up"),
    ("days", "closing"): _("what was left differs"),
}


def claim(check: str) -> str:
    """What a check proves, in a sentence."""
    return str(CLAIMS[check])


def broken(check: str, rule: str) -> str:
    """The rule that was found broken; its own name where a later version knows it no more."""
    return str(RULES.get((check, rule), rule))


def counted(what: str, number: int) -> str:
    """How much was looked at: "3 movements"."""
    match what:
        case "movements":
            return ngettext("%(num)s movement", "%(num)s movements", number)
        case "balances":
            return ngettext("%(num)s balance", "%(num)s balances", number)
        case "lots":
            return ngettext("%(num)s lot", "%(num)s lots", number)
        case "allocations":
            return ngettext("%(num)s allocation", "%(num)s allocations", number)
        case "joint":
            return ngettext("%(num)s joint allocation", "%(num)s joint allocations", number)
        case "closings":
            return ngettext("%(num)s closed day", "%(num)s closed days", number)
        case "older":
            return gettext("%(num)s of before certificates", num=number)
        case _:
            return f"{what}: {number}"
