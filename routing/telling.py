"""Amounts, broken rules and reasons as English words, for the command line.  The service has its own, in two languages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from routing.evaluate import Visit
from routing.explain import Explanation, RuleAlone
from routing.fixes import (
    BreakLater,
    Change,
    FromYard,
    GoodsMixed,
    LessLoad,
    LimitRaised,
    MoreCompartments,
    OnItsOwn,
    PassUntil,
    PinnedAt,
    PriceRaised,
    QuarantineAs,
    ShiftEarlier,
    ShiftLater,
    SkillGained,
    Unpinned,
    WindowEarlier,
    WindowLater,
)
from routing.reasons import FitsNowhere, NoRoom, PriceTooLow, Reason, RoomLeft
from routing.urgent import Insertion
from routing.violations import Violation, ViolationKind

DAY_S = 24 * 3600
MOST_NAMES = 5

_BROKEN: dict[ViolationKind, str] = {
    ViolationKind.LOAD: "carries {amount} too much",
    ViolationKind.WINDOW: "service starts {amount} after the last window",
    ViolationKind.SHIFT_END: "is back {amount} after the end of the shift",
    ViolationKind.BREAK: "a break begins {amount} too late",
    ViolationKind.DURATION: "is on the way {amount} longer than allowed",
    ViolationKind.DISTANCE: "drives {amount} farther than allowed",
    ViolationKind.STOPS: "has {amount} too many",
    ViolationKind.TRIPS: "makes {amount} too many",
    ViolationKind.NO_WAY: "there is no way for {amount}",
    ViolationKind.PASS_MISSING: "the vehicle lacks {amount}",
    ViolationKind.PASS_EXPIRED: "a pass runs out {amount} before service ends",
    ViolationKind.SKILL_MISSING: "neither vehicle nor driver has {amount} that is asked for",
    ViolationKind.PIN: "is pinned to another shift or vehicle",
    ViolationKind.POSITION: "is {amount} away from its pinned position",
    ViolationKind.LOCKED: "does not begin with its locked stops: {amount} not in place",
    ViolationKind.TOGETHER: "is away from the stops that it belongs together with",
    ViolationKind.GOODS: "carries goods that must not travel together: {amount}",
    ViolationKind.QUARANTINE: "is visited after a quarantine stop of the same trip",
    ViolationKind.PICKUP_ORDER: "its goods are not picked up before it on the same trip",
    ViolationKind.LEFT_OUT: "must be served and is left out",
    ViolationKind.UNKNOWN_STOP: "is no stop of the problem",
    ViolationKind.UNKNOWN_PLACE: "is served at a place that it has not",
    ViolationKind.UNKNOWN_SHIFT: "is no shift of the problem",
    ViolationKind.DUPLICATED_STOP: "is in the plan {amount} too often",
    ViolationKind.DUPLICATED_SHIFT: "has {amount} too many",
    ViolationKind.UNACCOUNTED_STOP: "is neither on a route nor among those left out",
}
_COUNTED = {ViolationKind.DUPLICATED_STOP: "time", ViolationKind.DUPLICATED_SHIFT: "route"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How numbers are told: `by_the_clock` for seconds, metres and fen; published instances have units of their own."""

    by_the_clock: bool = True

    def instant(self, second: int) -> str:
        """08:30; on later days +1 08:30."""
        if not self.by_the_clock:
            return f"{second:,}"
        day, rest = divmod(second, DAY_S)
        seconds = f":{rest % 60:02}" if rest % 60 else ""
        return f"{f'+{day} ' if day else ''}{rest // 3600:02}:{rest // 60 % 60:02}{seconds}"

    def span(self, seconds: int) -> str:
        """1 h 05 min; exact, for it may be the smallest fix."""
        if not self.by_the_clock:
            return f"{seconds:,}"
        hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
        parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes else "", f"{rest} s" if rest else ""]
        return " ".join(part for part in parts if part) or "0 s"

    def way(self, metres: int) -> str:
        return f"{metres / 1000:,.1f} km" if self.by_the_clock else f"{metres:,}"

    def amount(self, amount: int, unit: str) -> str:
        if unit == "s":
            return self.span(amount)
        if unit == "m":
            return self.way(amount)
        plural = "es" if unit.endswith("s") else "s"
        return f"{amount:,} {unit}{plural if amount != 1 and unit in _WORDS else ''}"

    def broken(self, violation: Violation) -> str:
        """What rule is broken and by how much, without saying where."""
        unit = _COUNTED.get(violation.kind, violation.unit)
        return _BROKEN[violation.kind].format(amount=self.amount(violation.amount, unit))

    def violation(self, violation: Violation) -> str:
        """shift 'van 3', stop 'a': …"""
        shift = [] if violation.shift_id is None else [f"shift {violation.shift_id!r}"]
        stop = [] if violation.stop_id is None else [f"stop {violation.stop_id!r}"]
        return f"{', '.join(shift + stop)}: {self.broken(violation)}"

    def visit(self, shift_id: str, visit: Visit) -> str:
        """Where a stop is served."""
        place = f" at its place {visit.place}" if visit.place else ""
        trip = f" of trip {visit.trip + 1}" if visit.trip else ""
        return (
            f"Stop {visit.stop_id!r} is served on {shift_id!r}{trip}{place}: arrival {self.instant(visit.arrival_s)}, "
            f"service {self.instant(visit.start_s)} to {self.instant(visit.departure_s)}, "
            f"which could begin {self.span(visit.slack_s)} later."
        )

    def reason(self, stop_id: str, reason: Reason | None) -> str:
        """Why a stop is left out, in one sentence."""
        match reason:
            case None:
                return f"Stop {stop_id!r} is left out; nobody has asked why."
            case FitsNowhere(shift_id=None):
                return f"Stop {stop_id!r} is left out: there is no shift."
            case FitsNowhere():
                return (
                    f"Stop {stop_id!r} fits on no shift, even alone. "
                    f"The nearest miss is on {reason.shift_id!r}: {self._all_broken(reason.violations)}."
                )
            case NoRoom():
                return (
                    f"Stop {stop_id!r} would fit alone on {reason.fits_alone_on!r}, but nowhere beside the others. "
                    f"The nearest miss is on {reason.shift_id!r}: {self._all_broken(reason.violations)}."
                )
            case PriceTooLow():
                return (
                    f"Stop {stop_id!r} would cost {reason.insertion_cost:,} on {reason.shift_id!r}, its cheapest place; "
                    f"leaving it out costs {reason.left_out_price:,}."
                )
            case RoomLeft():
                return (
                    f"Stop {stop_id!r} fits on {reason.shift_id!r} as visit {reason.position + 1}, "
                    f"for {reason.insertion_cost:,}."
                )

    def explanation(self, explanation: Explanation) -> list[str]:
        """Why a stop is left out or sits where it sits, and what would change that, in sentences."""
        return [*self._why(explanation), *self._where(explanation), *self._what_if(explanation)]

    def _why(self, explanation: Explanation) -> Iterator[str]:
        stop_id, held = explanation.stop_id, explanation.held
        if held is None:
            yield self.reason(stop_id, explanation.reason)
            yield from (self._rule_alone(each, len(explanation.alone)) for each in explanation.rules_alone)
        else:
            seat = held.seat
            place = f" at its place {seat.place}" if seat.place else ""
            yield f"Stop {stop_id!r} is visit {seat.position + 1} of {seat.shift_id!r}{place}."
            yield f"Without it the routes would cost {held.saving:,} less; {self._left_out(explanation.left_out_price)}."
        if fitting := explanation.fits_alone_on:
            yield f"Alone it fits on {_some(fitting)}."

    def _left_out(self, price: int | None) -> str:
        return "it must be served" if price is None else f"leaving it out would cost {price:,}"

    def _rule_alone(self, rule: RuleAlone, shifts: int) -> str:
        closest = rule.closest
        on = f", least of all on {closest.shift_id!r}" if closest.shift_id is not None and rule.shifts > 1 else ""
        return f"Even alone, on {rule.shifts} of {shifts} shifts: {self.broken(closest)}{on}."

    def _where(self, explanation: Explanation) -> Iterator[str]:
        for place in explanation.places:
            yield f"It {'would fit' if explanation.held else 'fits'} {self._at(place)}, for {place.cost:,} more."
        for miss in explanation.misses:
            yield f"It does not fit {self._at(miss)}, for {miss.cost:,} more: {self._all_broken(miss.violations)}."

    def _at(self, insertion: Insertion) -> str:
        trip = f" of trip {insertion.trip + 1}" if insertion.trip else ""
        place = f" at its place {insertion.place}" if insertion.place else ""
        brings = f" together with {_some(insertion.brings)}" if insertion.brings else ""
        return f"on {insertion.shift_id!r} as visit {insertion.position + 1}{trip}{place}{brings}"

    def _what_if(self, explanation: Explanation) -> Iterator[str]:
        for fix in explanation.fixes:
            changes = " and ".join(self.change(change) for change in fix.changes)
            yield f"It fits {self._at(fix.insertion)}, for {fix.insertion.cost:,} more, if {changes}."

    def change(self, change: Change) -> str:
        """What would have to be otherwise, as what follows an "if"."""
        match change:
            case WindowLater():
                return f"{_window(change)} ends {self.span(change.by_s)} later"
            case WindowEarlier():
                return f"{_window(change)} begins {self.span(change.by_s)} earlier"
            case LessLoad():
                return f"there is {self.amount(change.amount, change.unit)} less on {change.shift_id!r}"
            case ShiftLater():
                return f"shift {change.shift_id!r} ends {self.span(change.by_s)} later"
            case ShiftEarlier():
                return f"shift {change.shift_id!r} begins {self.span(change.by_s)} earlier"
            case BreakLater():
                return f"break {change.number + 1} of {change.shift_id!r} may begin {self.span(change.by_s)} later"
            case LimitRaised():
                return f"{change.shift_id!r} may {self._raised(change)}"
            case PassUntil():
                return f"vehicle {change.vehicle_id!r} has a pass {change.pass_kind!r} until {self.instant(change.until_s)}"
            case SkillGained():
                return f"the driver of {change.shift_id!r} has the skill {change.skill!r}"
            case Unpinned():
                return f"stop {change.stop_id!r} is not pinned"
            case PinnedAt():
                return f"stop {change.stop_id!r} is pinned to visit {change.position + 1}"
            case GoodsMixed(goods=(first, second)):
                return f"{first} and {second} may share a vehicle"
            case MoreCompartments():
                return f"vehicle {change.vehicle_id!r} has {self.amount(change.by, 'compartment')} more"
            case QuarantineAs():
                return f"stop {change.stop_id!r} counts as {'quarantine' if change.quarantine else 'ordinary'}"
            case OnItsOwn():
                return f"stop {change.stop_id!r} need not be with those it belongs together with"
            case FromYard():
                return f"the goods of stop {change.stop_id!r} come from the yard"
            case PriceRaised():
                return f"leaving stop {change.stop_id!r} out costs {change.left_out_price:,}"

    def _raised(self, change: LimitRaised) -> str:
        match change.limit:
            case ViolationKind.DURATION:
                return f"be on the way {self.span(change.by)} longer"
            case ViolationKind.DISTANCE:
                return f"drive {self.way(change.by)} farther"
            case ViolationKind.STOPS:
                return f"have {self.amount(change.by, 'stop')} more"
            case _:
                return f"make {self.amount(change.by, 'trip')} more"

    def _all_broken(self, violations: tuple[Violation, ...]) -> str:
        return "; ".join(self._each_broken(violations))

    def _each_broken(self, violations: tuple[Violation, ...]) -> Iterator[str]:
        for violation in violations:
            where = "" if violation.stop_id is None else f"at stop {violation.stop_id!r} "
            yield f"{where}{self.broken(violation)}"


def _window(change: WindowLater | WindowEarlier) -> str:
    place = f" at its place {change.place}" if change.place else ""
    return f"window {change.window + 1} of stop {change.stop_id!r}{place}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(map(repr, names[:MOST_NAMES])) + more


_WORDS = frozenset({"pass", "skill", "stop", "trip", "leg", "visit", "pair", "shift", "time", "route", "compartment"})
