"""Why a stop was left out, or sits where it sits: proved by trying it, never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from routing.diff import Seat
from routing.edits import known_routes
from routing.errors import UnknownIdError
from routing.fixes import (
    BreakLater,
    Change,
    LessLoad,
    LimitRaised,
    PriceRaised,
    ShiftEarlier,
    ShiftLater,
    WindowEarlier,
    WindowLater,
    without_windows,
)
from routing.gaps import Gaps, Spot
from routing.insertion import Fleet, Tours
from routing.mending import changes_for, earlier_start, window_changes
from routing.plan import Plan, Route, Unassigned
from routing.problem import Problem
from routing.reasons import FitsNowhere, NoRoom, PriceTooLow, Reason, RoomLeft
from routing.rules import violation
from routing.urgent import Inserting, Insertion
from routing.violations import Violation, ViolationKind

TRIED_FOR_RULE = 4
"""So many places are tried until one has a fix."""

TRIED_WITHOUT_WINDOWS = 3
"""On so many shifts the windows of a stop are moved."""

_OF_TIME = {ViolationKind.WINDOW, ViolationKind.SHIFT_END, ViolationKind.BREAK, ViolationKind.PASS_EXPIRED}

CLOSEST = 5
"""So many of the places that seem to come closest are driven to say which one does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """A stop on a shift that has nothing else to do (but what is locked): what it breaks even there, at the place that comes closest."""

    shift_id: str
    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAlone:
    """On how many shifts a rule stands in the way of a stop even alone, and where it is broken least."""

    kind: ViolationKind
    shifts: int
    closest: Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Where a stop sits, and what the routes would cost less without it, in fen."""

    seat: Seat
    saving: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """Changes after which a stop fits at a place where it does not now: proved by making them.

    `rules` are the rules that were in the way (none: only the price was).  The `insertion` says where, and what is broken there as
    long as the changes are not made.
    """

    rules: tuple[ViolationKind, ...]
    changes: tuple[Change, ...]
    insertion: Insertion


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a stop is left out, or sits where it sits.

    `alone` has every shift with the stop and nothing else.  `places` are the cheapest ones where it fits beside the others (elsewhere,
    if it is on a route; the costs are then what it would cost more there), `misses` the closest ones where it does not (of a stop on a
    route: among those that would be cheaper, if there are any).  `fixes` are
    the smallest changes that would make it fit, one for each rule that can be relaxed alone, smallest first; only where no single rule
    is in the way, one that relaxes several.  For a stop that is left out, `reason` is the short answer; for one that is not, `held`.
    """

    stop_id: str
    reason: Reason | None
    held: Held | None
    left_out_price: int | None
    alone: tuple[Alone, ...]
    places: tuple[Insertion, ...]
    misses: tuple[Insertion, ...]
    fixes: tuple[Fix, ...]

    @property
    def fits_alone_on(self) -> tuple[str, ...]:
        return tuple(each.shift_id for each in self.alone if not each.violations)

    @property
    def rules_alone(self) -> tuple[RuleAlone, ...]:
        """The rules that stand in the way even alone, those on the most shifts first."""
        found: dict[ViolationKind, dict[str, Violation]] = {}
        for each in self.alone:
            for broken in each.violations:
                worst = found.setdefault(broken.kind, {}).setdefault(each.shift_id, broken)
                if broken.amount > worst.amount:
                    found[broken.kind][each.shift_id] = broken
        summed = (
            RuleAlone(kind=kind, shifts=len(on), closest=min(on.values(), key=lambda violation: violation.amount))
            for kind, on in found.items()
        )
        return tuple(sorted(summed, key=lambda each: -each.shifts))


def explain(problem: Problem, plan: Plan, stop_id: str, *, most: int = 3) -> Explanation:
    """Why a stop is left out of a plan, or why it sits where it sits, while all others stay where they are.

    At most so many places are named of each sort.  Raises `UnknownIdError` for a stop that the problem has not.
    """
    if stop_id not in problem:
        raise UnknownIdError("stop", stop_id)
    return _Inquiry(problem, plan, stop_id).explanation(most)


def explain_unassigned(problem: Problem, plan: Plan, stop_id: str) -> Unassigned:
    """The reason why a left-out stop has no place in a plan whose other stops stay where they are.

    Raises `UnknownIdError` for a stop that the problem has not.
    """
    if stop_id not in problem:
        raise UnknownIdError("stop", stop_id)
    return next(_explained(problem, plan, [stop_id]))


def with_reasons(problem: Problem, plan: Plan) -> Plan:
    """The plan with the reason of every left-out stop."""
    stop_ids = [entry.stop_id for entry in plan.unassigned]
    return replace(plan, unassigned=tuple(_explained(problem, plan, stop_ids)))


def hopeless(problem: Problem, stop_ids: Iterable[str]) -> frozenset[str]:
    """Those of some stops that no shift could serve even if it had nothing else to do: searching for them is lost time."""
    gaps, index = on_its_own(problem), {stop.id: number for number, stop in enumerate(problem.stops)}
    found = set()
    for stop_id in stop_ids:
        with gaps.lifted(index[stop_id]):
            if gaps.cheapest(index[stop_id]) is None:
                found.add(stop_id)
    return frozenset(found)


def _explained(problem: Problem, plan: Plan, stop_ids: Iterable[str]) -> Iterator[Unassigned]:
    fleet = Fleet(problem)
    alone, among_others = on_its_own(problem), Gaps(Tours(fleet, known_routes(problem, plan)))
    for stop_id in stop_ids:
        stop = fleet.index[stop_id]
        with alone.lifted(stop), among_others.lifted(stop):
            yield Unassigned(stop_id=stop_id, reason=_reason(problem, alone, among_others, stop))


def _reason(problem: Problem, alone: Gaps, among_others: Gaps, stop: int) -> Reason:
    if not problem.shifts:
        return FitsNowhere(shift_id=None, violations=())
    shifts = problem.shifts
    fits_alone = alone.cheapest(stop) or _closest(alone, stop)
    fits = among_others.cheapest(stop)
    if fits_alone.violations and not fits:  # both: where the plan lacks stops that are locked
        return FitsNowhere(shift_id=shifts[fits_alone.row].id, violations=fits_alone.violations)
    spot = fits or _closest(among_others, stop)
    shift_id = shifts[spot.row].id
    if spot.violations:
        return NoRoom(fits_alone_on=shifts[fits_alone.row].id, shift_id=shift_id, violations=spot.violations)
    price = problem.stops[stop].left_out_price
    if price is not None and spot.cost > price:
        return PriceTooLow(shift_id=shift_id, insertion_cost=spot.cost, left_out_price=price)
    return RoomLeft(shift_id=shift_id, position=spot.position, insertion_cost=spot.cost, place=spot.place)


def _closest(gaps: Gaps, stop: int) -> Spot:
    """The place that comes closest; where there is none, because locked stops are missing before it, that those are."""
    for spot in gaps.misses(stop, CLOSEST):
        return spot
    row, position = gaps.tours.fleet.locked_on.get(stop, (0, 0))
    missing = violation(ViolationKind.LOCKED, gaps.tours.fleet.problem.shifts[row], None, 1, "stop")
    return Spot(row, gaps.tours.tour(row), position, 0, 0, (missing,))


def on_its_own(problem: Problem) -> Gaps:
    """Shifts with nothing to do but what is locked; a pinned position asks for no company."""
    fleet = Fleet(problem, positions=False)
    locked = {shift.id: tuple(stop_id for stop_id in shift.locked if stop_id in problem) for shift in problem.shifts}
    tours = Tours(fleet, [Route(shift_id=shift_id, stops=stops) for shift_id, stops in locked.items() if stops])
    return Gaps(tours, overlook={ViolationKind.POSITION})


class _Inquiry:
    """One stop, tried everywhere."""

    def __init__(self, problem: Problem, plan: Plan, stop_id: str) -> None:
        self._problem = problem
        self._plan = plan
        self._stop_id = stop_id
        self._inserting = Inserting(problem, plan, stop_id, spare_trips=1)

    def explanation(self, most: int) -> Explanation:
        inserting, gaps = self._inserting, self._inserting.gaps
        spots = [] if inserting.is_settled else sorted(gaps.everywhere(inserting.stop), key=self._severity)
        places, held = inserting.fitting(most), self._held()
        missed = [spot for spot in spots if spot.violations]
        cheaper = [spot for spot in missed if held and spot.cost < held.saving]
        return Explanation(
            stop_id=self._stop_id,
            reason=None if held else explain_unassigned(self._problem, self._plan, self._stop_id).reason,
            held=held,
            left_out_price=self._problem.stop(self._stop_id).left_out_price,
            alone=tuple(self._alone()),
            places=tuple(places),
            misses=tuple(inserting.closest(most, cheaper or missed)),
            fixes=tuple(self._fixes([spot for spot in spots if not inserting.is_seat(spot)], places)),
        )

    def _severity(self, spot: Spot) -> tuple[float, int]:
        return self._inserting.gaps.severity(spot), spot.cost

    def _held(self) -> Held | None:
        for route in self._plan.routes:
            if self._stop_id in route.stops and self._problem.has_shift(route.shift_id):
                at = route.stops.index(self._stop_id)
                seat = Seat(shift_id=route.shift_id, position=at, place=route.place(at))
                return Held(seat=seat, saving=self._inserting.saving)
        return None

    def _alone(self) -> Iterator[Alone]:
        gaps, stop = on_its_own(self._problem), self._inserting.stop
        with gaps.lifted(stop):
            best: dict[int, Spot] = {}
            for spot in sorted(gaps.everywhere(stop), key=lambda spot: (gaps.severity(spot), spot.cost)):
                best.setdefault(spot.row, spot)
        for row, spot in sorted(best.items()):
            yield Alone(shift_id=self._problem.shifts[row].id, violations=spot.violations)

    def _fixes(self, spots: Sequence[Spot], places: Sequence[Insertion]) -> list[Fix]:
        """`spots` by severity.  A stop that is left out though it fits only needs a higher price."""
        if places:
            return self._dearer(places[0])
        fixes = [fix for rule in self._single_rules(spots) if (fix := self._first_fix(rule))]
        fixes = [*fixes, *self._searched(spots, fixes)]
        if not fixes:
            combined = self._first_fix(spots[:TRIED_FOR_RULE])
            return [combined] if combined else []
        return sorted(fixes, key=self._size)

    def _dearer(self, place: Insertion) -> list[Fix]:
        price = self._problem.stop(self._stop_id).left_out_price
        if self._inserting.row is not None or price is None or price >= place.cost:
            return []
        change = PriceRaised(stop_id=self._stop_id, left_out_price=place.cost)
        return [Fix(rules=(), changes=(change,), insertion=place)]

    def _single_rules(self, spots: Iterable[Spot]) -> list[list[Spot]]:
        """The places that break one rule alone, by rule."""
        found: dict[ViolationKind, list[Spot]] = {}
        for spot in spots:
            kinds = {violation.kind for violation in spot.violations}
            if len(kinds) == 1 and len(same := found.setdefault(kinds.pop(), [])) < TRIED_FOR_RULE:
                same.append(spot)
        return list(found.values())

    def _first_fix(self, spots: Iterable[Spot]) -> Fix | None:
        """The fix of the first of some places that has one."""
        for spot in spots:
            insertion = self._inserting.as_insertion(spot)
            changes = changes_for(self._problem, insertion.route, self._before(spot), insertion.violations)
            if changes:
                return self._fix(insertion, changes)
        return None

    def _before(self, spot: Spot) -> tuple[Violation, ...]:
        return self._inserting.gaps.tours.driven(spot.row).violations

    def _fix(self, insertion: Insertion, changes: tuple[Change, ...]) -> Fix:
        rules = tuple(dict.fromkeys(violation.kind for violation in insertion.violations))
        return Fix(rules=rules, changes=changes, insertion=insertion)

    def _searched(self, spots: Sequence[Spot], fixes: Sequence[Fix]) -> Iterator[Fix]:
        """Windows that open earlier, an earlier window that closes later, a shift that begins earlier: where times are in the way."""
        late = [spot for spot in spots if spot.violations]
        in_time = [spot for spot in late if {violation.kind for violation in spot.violations} <= _OF_TIME][
            :TRIED_FOR_RULE
        ]
        found = [self._fix(*each) for each in (*self._moved_windows(), *self._earlier_starts(in_time))]
        known = {type(change) for fix in fixes for change in fix.changes}
        by_kind: dict[type, Fix] = {}
        for fix in sorted(found, key=self._size):
            by_kind.setdefault(type(fix.changes[0]), fix)
        for kind, fix in by_kind.items():
            if kind not in known or self._size(fix) < min(
                self._size(each) for each in fixes if type(each.changes[0]) is kind
            ):
                yield fix

    def _moved_windows(self) -> Iterator[tuple[Insertion, tuple[Change, ...]]]:
        """Where it would fit if it had no windows."""
        if not any(place.windows for place in self._problem.stop(self._stop_id).places):
            return
        free = Inserting(without_windows(self._problem, self._stop_id), self._plan, self._stop_id)
        for spot in free.gaps.best(free.stop, TRIED_WITHOUT_WINDOWS):
            insertion = self._inserting.as_insertion(self._inserting.gaps.spot(spot.row, spot.tour, free.stop))
            for change in window_changes(self._problem, insertion.route, self._before(spot), self._stop_id):
                yield insertion, (change,)

    def _earlier_starts(self, spots: Iterable[Spot]) -> Iterator[tuple[Insertion, tuple[Change, ...]]]:
        for spot in spots:
            insertion = self._inserting.as_insertion(spot)
            for change in earlier_start(self._problem, insertion.route, self._before(spot)):
                yield insertion, (change,)

    def _size(self, fix: Fix) -> tuple[int, float]:
        """Fewer changes before more, then by amount: an hour weighs as much as a whole vehicle's load, or a change without amount."""
        return len(fix.changes), sum(self._weight(change) for change in fix.changes)

    def _weight(self, change: Change) -> float:
        match change:
            case WindowLater(by_s=by_s) | WindowEarlier(by_s=by_s) | ShiftLater(by_s=by_s) | ShiftEarlier(by_s=by_s):
                return by_s / 3600
            case BreakLater(by_s=by_s):
                return by_s / 3600
            case LessLoad(shift_id=shift_id, unit=unit, amount=amount):
                vehicle = self._problem.vehicle_of(self._problem.shift(shift_id))
                return amount / max(1, vehicle.capacity[self._problem.load_dimensions.index(unit)])
            case LimitRaised(limit=ViolationKind.DURATION, by=by):
                return by / 3600
            case LimitRaised(limit=ViolationKind.DISTANCE, by=by):
                return by / 10_000
            case _:
                return 1.0
