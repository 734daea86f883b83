"""Why a stop was left out, as a sentence that says what is in the way and what would clear it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask_babel import gettext as _

from logistics.planning.snapshot import LOAD_DIMENSIONS
from logistics.web.formats import lasting, number, yuan
from routing import FitsNowhere, NoRoom, PriceTooLow, Reason, RoomLeft, Violation, ViolationKind

type ShiftName = Callable[[str], str]


def why(reason: Reason | None, *, passes: tuple[str, ...], shift_name: ShiftName) -> str:
    """The sentence for a reason; `passes` are the kinds of pass the stop asks for, `shift_name` the words for a shift id."""
    match reason:
        case FitsNowhere(shift_id=None):
            return _("No shift runs in these days. Enter shifts, then plan again.")
        case FitsNowhere(shift_id=str(shift_id), violations=violations):
            return _alone(violations, passes, shift_name(shift_id))
        case NoRoom(shift_id=shift_id, violations=violations):
            return _(
                "It would fit on its own, but every route is full. %(shift)s comes closest: %(lacking)s. Add a shift, or take "
                "something off it.",
                shift=shift_name(shift_id),
                lacking=_("; ").join(_lacking(violation, passes) for violation in violations),
            )
        case PriceTooLow(shift_id=shift_id, insertion_cost=cost, left_out_price=price):
            return _(
                "Taking it along on %(shift)s would cost %(cost)s more, leaving it for the next round is reckoned at %(price)s. "
                "It goes along if its priority is raised.",
                shift=shift_name(shift_id),
                cost=yuan(cost),
                price=yuan(price),
            )
        case RoomLeft(shift_id=shift_id, insertion_cost=cost):
            return _(
                "%(shift)s still has room for it (about %(cost)s); the time ran out before it was fitted in. Plan a little longer.",
                shift=shift_name(shift_id),
                cost=yuan(cost),
            )
        case _:
            return _("The reason has not been looked into yet.")


def cause(reason: Reason | None) -> str:
    """The reason in two or three words, for counting."""
    said = {
        "no_shift": _("no shift"),
        ViolationKind.LOAD: _("too large"),
        ViolationKind.WINDOW: _("hours not to be met"),
        ViolationKind.SHIFT_END: _("too far"),
        ViolationKind.PASS_MISSING: _("no pass"),
        ViolationKind.PASS_EXPIRED: _("pass expired"),
        ViolationKind.NO_WAY: _("no open road"),
        ViolationKind.SKILL_MISSING: _("skill missing"),
        ViolationKind.PIN: _("tied to another vehicle"),
        ViolationKind.GOODS: _("goods that must not travel together"),
        ViolationKind.BREAK: _("no time to rest"),
        ViolationKind.DURATION: _("out too long"),
        ViolationKind.DISTANCE: _("too many kilometres"),
        ViolationKind.STOPS: _("too many stops"),
        ViolationKind.TRIPS: _("too many trips"),
        ViolationKind.PICKUP_ORDER: _("nothing to pick up"),
        "no_room": _("routes are full"),
        "price": _("not worth the way"),
        "room_left": _("time ran out"),
    }
    return said.get(reason.code if reason else "", _("not looked into"))


def _alone(violations: Sequence[Violation], passes: tuple[str, ...], shift: str) -> str:
    """What stops even an empty vehicle; `shift` is the one that comes closest."""
    amount = _(", ").join(_amount(violation) for violation in violations)
    match sorted({violation.kind for violation in violations}):
        case [ViolationKind.LOAD]:
            return _(
                "No vehicle is large enough: even %(shift)s, empty, lacks %(amount)s. Split the order, or bring a larger vehicle.",
                shift=shift,
                amount=amount,
            )
        case [ViolationKind.WINDOW]:
            return _(
                "Nobody gets there in time: %(shift)s would be %(amount)s late. Agree a later hour, or start that shift earlier.",
                shift=shift,
                amount=amount,
            )
        case [ViolationKind.SHIFT_END]:
            return _(
                "Too far: %(shift)s, going there alone, would be back %(amount)s after the end of the shift. Lengthen the shift, or "
                "agree a point nearer by.",
                shift=shift,
                amount=amount,
            )
        case [ViolationKind.PASS_MISSING]:
            return _(
                "The road asks for a pass (%(passes)s) that no vehicle which could go holds. Enter the pass with its vehicle.",
                passes=_listed(passes),
            )
        case [ViolationKind.PASS_EXPIRED]:
            return _(
                "The pass (%(passes)s) of %(shift)s runs out %(amount)s before it could be done there. Renew it.",
                passes=_listed(passes),
                shift=shift,
                amount=amount,
            )
        case [ViolationKind.DURATION]:
            return _(
                "Too long a way: %(shift)s, going there alone, would be out %(amount)s longer than it may. Let it stay out longer, or "
                "agree a point nearer by.",
                shift=shift,
                amount=amount,
            )
        case [ViolationKind.DISTANCE]:
            return _(
                "Too far: %(shift)s, going there alone, would drive %(amount)s more than it may. Let it drive farther, or agree a "
                "point nearer by.",
                shift=shift,
                amount=amount,
            )
        case [ViolationKind.BREAK]:
            return _(
                "Too far without a rest: the break of %(shift)s would begin %(amount)s late. Move the break, or agree a point nearer by.",
                shift=shift,
                amount=amount,
            )
        case [ViolationKind.NO_WAY]:
            return _(
                "No open road leads there. Agree a point that can be reached, or plan again when the road is open."
            )
        case [ViolationKind.SKILL_MISSING]:
            return _(
                "Nobody who could go can do what is asked for here. Enter the skill with %(shift)s, or bring somebody who has it.",
                shift=shift,
            )
        case [ViolationKind.PIN]:
            return _(
                "It is tied to one vehicle or shift, which cannot do it; %(shift)s could. Untie it, then plan again.",
                shift=shift,
            )
        case [ViolationKind.GOODS]:
            return _("Its own goods must not travel in one vehicle. Split the order by kinds of goods.")
        case [ViolationKind.STOPS]:
            return _("Every shift has as many stops as it may have. Allow more, or add a shift.")
        case _:
            return _(
                "No shift can do it, not even alone. %(shift)s comes closest: %(lacking)s. Agree another hour or a point nearer by.",
                shift=shift,
                lacking=_("; ").join(_lacking(violation, passes) for violation in violations),
            )


def _lacking(violation: Violation, passes: tuple[str, ...]) -> str:
    """What the place that comes closest lacks."""
    match violation.kind:
        case ViolationKind.LOAD:
            return _("it lacks room for %(amount)s", amount=_amount(violation))
        case ViolationKind.WINDOW:
            return _("a stop of it would be %(amount)s late", amount=_amount(violation))
        case ViolationKind.SHIFT_END:
            return _("it would be back %(amount)s after the end of the shift", amount=_amount(violation))
        case ViolationKind.PASS_MISSING:
            return _("it has no pass (%(passes)s)", passes=_listed(passes))
        case ViolationKind.PASS_EXPIRED:
            return _(
                "its pass (%(passes)s) runs out %(amount)s too early", passes=_listed(passes), amount=_amount(violation)
            )
        case ViolationKind.DURATION:
            return _("it would be out %(amount)s longer than it may", amount=_amount(violation))
        case ViolationKind.DISTANCE:
            return _("it would drive %(amount)s farther than it may", amount=_amount(violation))
        case ViolationKind.BREAK:
            return _("its break would begin %(amount)s late", amount=_amount(violation))
        case _:
            return _breaking(violation.kind)


def _breaking(kind: ViolationKind) -> str:
    """The rules without an amount that says more than the rule."""
    said = {
        ViolationKind.STOPS: _("it would have more stops than it may"),
        ViolationKind.TRIPS: _("it would make more trips than it may"),
        ViolationKind.NO_WAY: _("no open road leads on from there"),
        ViolationKind.SKILL_MISSING: _("it lacks a skill that is asked for"),
        ViolationKind.PIN: _("a stop of it is tied to another vehicle or shift"),
        ViolationKind.POSITION: _("a stop of it would lose its fixed position"),
        ViolationKind.LOCKED: _("it would change stops that are fixed already"),
        ViolationKind.TOGETHER: _("stops that belong together would be parted"),
        ViolationKind.GOODS: _("goods would meet on it that must not travel together"),
        ViolationKind.QUARANTINE: _("it would go on from a quarantine stop to others"),
        ViolationKind.PICKUP_ORDER: _("the goods would not have been picked up before"),
    }
    return said.get(kind, _("a rule would be broken"))


def _amount(violation: Violation) -> str:
    """By how much, rounded up: half a minute too late is a minute too late."""
    if violation.unit == "s":
        return lasting(-(-violation.amount // 60) * 60)
    if violation.unit == "m":
        return _("%(km)s km", km=number(-(-violation.amount // 100) / 10))
    if violation.unit == LOAD_DIMENSIONS[0]:
        return _("%(amount)s kg", amount=number(violation.amount))
    return _("%(amount)s litres", amount=number(violation.amount))


def _listed(passes: tuple[str, ...]) -> str:
    return _(", ").join(passes)
