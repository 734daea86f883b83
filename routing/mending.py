"""From what a route breaks to what would have to be otherwise: the smallest changes after which it breaks nothing more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from routing.errors import ProblemError
from routing.evaluate import RouteEvaluation, Visit, evaluate_route
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
    QuarantineAs,
    ShiftEarlier,
    ShiftLater,
    SkillGained,
    Unpinned,
    WindowEarlier,
    WindowLater,
    applied,
    without_windows,
)
from routing.insertion import added
from routing.plan import Route
from routing.problem import Incompatibility, Problem, Within
from routing.rules import can_keep_apart
from routing.violations import Violation, ViolationKind

_BEYOND_ROUTES = {ViolationKind.TOGETHER}
"""What no route shows by itself; its change is to ask for it no more."""


def changes_for(
    problem: Problem, route: Route, before: Iterable[Violation], broken: Sequence[Violation]
) -> tuple[Change, ...] | None:
    """What would mend all that a route breaks beyond what was broken `before`, proved by trying it; None if nothing would."""
    driven, changes = evaluate_route(problem, route), list[Change]()
    for violation in broken:
        mend = _MENDS.get(violation.kind)
        if mend is None:
            return None
        changes.extend(change for change in mend(problem, route, driven, violation) if change not in changes)
    needed = tuple(change for change in changes if not any(_covers(other, change) for other in changes))
    return needed if is_mended(problem, route, before, needed, broken) else None


def _covers(one: Change, other: Change) -> bool:
    """Whether a pass lasts longer than the same one for another stop."""
    match one, other:
        case PassUntil(until_s=later_s), PassUntil(until_s=until_s) if later_s > until_s:
            return (one.vehicle_id, one.pass_kind) == (other.vehicle_id, other.pass_kind)
    return False


def is_mended(
    problem: Problem,
    route: Route,
    before: Iterable[Violation],
    changes: tuple[Change, ...],
    broken: Iterable[Violation] = (),
) -> bool:
    """Whether the route breaks nothing more than before once the changes are made."""
    try:
        changed = applied(problem, changes)
    except ProblemError:  # two shifts of one vehicle would overlap, or two windows
        return False
    on_its_own = {change.stop_id for change in changes if isinstance(change, OnItsOwn)}
    parted = any(each.kind in _BEYOND_ROUTES and each.stop_id not in on_its_own for each in broken)
    return not parted and not added(before, evaluate_route(changed, route).violations)


def window_changes(problem: Problem, route: Route, before: Sequence[Violation], stop_id: str) -> Iterator[Change]:
    """Ways to move one end of one of a stop's windows so that a route fits that would fit if the stop had no windows.

    By as little as will do, found by bisection: what happens at the time at which it would be served without windows is enough.
    """
    free = without_windows(problem, stop_id)
    visit = next(each for each in evaluate_route(free, route).visits if each.stop_id == stop_id)
    for number, window in enumerate(problem.stop(stop_id).place(visit.place).windows):
        too_early = visit.start_s < window.start_s
        kind = WindowEarlier if too_early else WindowLater
        most = window.start_s - visit.start_s if too_early else visit.start_s - window.end_s

        def moved(by_s: int, kind: type[WindowLater | WindowEarlier] = kind, number: int = number) -> Change:
            return kind(stop_id=stop_id, place=visit.place, window=number, by_s=by_s)

        yield from _least(problem, route, before, moved, most)


def earlier_start(problem: Problem, route: Route, before: Sequence[Violation]) -> Iterator[Change]:
    """By how little a shift would have to begin earlier for a route to fit."""
    shift = problem.shift(route.shift_id)
    others = [
        each.end_s for each in problem.shifts if each.vehicle_id == shift.vehicle_id and each.end_s <= shift.start_s
    ]

    def earlier(by_s: int) -> Change:
        return ShiftEarlier(shift_id=shift.id, by_s=by_s)

    yield from _least(problem, route, before, earlier, shift.start_s - max(others, default=0))


def _least(
    problem: Problem, route: Route, before: Sequence[Violation], change: Callable[[int], Change], most: int
) -> Iterator[Change]:
    """The change by the smallest amount up to `most` that mends the route, if there is one: more is never worse."""
    if most <= 0 or not is_mended(problem, route, before, (change(most),)):
        return
    too_little, enough = 0, most
    while enough - too_little > 1:
        middle = (too_little + enough) // 2
        if is_mended(problem, route, before, (change(middle),)):
            enough = middle
        else:
            too_little = middle
    yield change(enough)


type _Mend = Callable[[Problem, Route, RouteEvaluation, Violation], Iterator[Change]]


def _less_load(problem: Problem, route: Route, driven: RouteEvaluation, broken: Violation) -> Iterator[Change]:
    yield LessLoad(shift_id=route.shift_id, unit=broken.unit, amount=broken.amount)


def _later_window(problem: Problem, route: Route, driven: RouteEvaluation, broken: Violation) -> Iterator[Change]:
    visit = _visit(driven, broken)
    windows = problem.stop(visit.stop_id).place(visit.place).windows
    yield WindowLater(stop_id=visit.stop_id, place=visit.place, window=len(windows) - 1, by_s=broken.amount)


def _later_end(problem: Problem, route: Route, driven: RouteEvaluation, broken: Violation) -> Iterator[Change]:
    yield ShiftLater(shift_id=route.shift_id, by_s=broken.amount)


def _later_breaks(problem: Problem, route: Route, driven: RouteEvaluation, broken: Violation) -> Iterator[Change]:
    for number, rest in enumerate(driven.breaks):
        if rest.late_s:
            yield BreakLater(shift_id=route.shift_id, number=number, by_s=rest.late_s)


def _raised_limit(problem: Problem, route: Route, driven: RouteEvaluation, broken: Violation) -> Iterator[Change]:
    yield LimitRaised(shift_id=route.shift_id, limit=broken.kind, by=broken.amount)


def _passes(problem: Problem, route: Route, driven: RouteEvaluation, broken: Violation) -> Iterator[Change]:
    """Until the earliest end of service: with a pass that had run out, the vehicle would lose no time."""
    visit, vehicle = _visit(driven, broken), problem.vehicle_of(problem.shift(route.shift_id))
    ends = {
        kind: vehicle.pass_valid_until_s(kind)
        for kind in problem.stop(visit.stop_id).place(visit.place).required_passes
    }
    lacking = [kind for kind, until_s in sorted(ends.items()) if until_s is None or until_s < visit.departure_s]
    run_out = tuple(PassUntil(vehicle_id=vehicle.id, pass_kind=kind, until_s=0) for kind in lacking)
    hurried = _visit(evaluate_route(applied(problem, run_out), route), broken)
    for kind in lacking:
        yield PassUntil(vehicle_id=vehicle.id, pass_kind=kind, until_s=hurried.departure_s)


def _skills(problem: Problem, route: Route, driven: RouteEvaluation, broken: Violation) -> Iterator[Change]:
    shift = problem.shift(route.shift_id)
    needed = problem.stop(broken.stop_id or "").required_skills
    for skill in sorted(needed - shift.skills - problem.vehicle_of(shift).skills):
        yield SkillGained(shift_id=shift.id, skill=skill)


def _unpinned(problem: Problem, route: Route, driven: RouteEvaluation, broken: Violation) -> Iterator[Change]:
    yield Unpinned(stop_id=broken.stop_id or "")


def _pinned_elsewhere(problem: Problem, route: Route, driven: RouteEvaluation, broken: Violation) -> Iterator[Change]:
    stop_id = broken.stop_id or ""
    yield PinnedAt(stop_id=stop_id, position=route.stops.index(stop_id), by=broken.amount)


def _on_its_own(problem: Problem, route: Route, driven: RouteEvaluation, broken: Violation) -> Iterator[Change]:
    yield OnItsOwn(stop_id=broken.stop_id or "")


def _from_yard(problem: Problem, route: Route, driven: RouteEvaluation, broken: Violation) -> Iterator[Change]:
    yield FromYard(stop_id=broken.stop_id or "")


def _as_quarantine(problem: Problem, route: Route, driven: RouteEvaluation, broken: Violation) -> Iterator[Change]:
    """The ordinary stop counts as one of them if nothing ordinary follows it; else those before it do not count."""
    at = route.stops.index(broken.stop_id or "")
    trip = next(trip for trip in route.trips() if at in trip)
    stops = [problem.stop(route.stops[position]) for position in trip]
    behind = stops[at - trip.start + 1 :]
    if all(stop.quarantine for stop in behind):
        yield QuarantineAs(stop_id=route.stops[at], quarantine=True)
    else:
        for stop in stops[: at - trip.start]:
            if stop.quarantine:
                yield QuarantineAs(stop_id=stop.id, quarantine=False)


def _goods(problem: Problem, route: Route, driven: RouteEvaluation, broken: Violation) -> Iterator[Change]:
    vehicle, compartments = problem.vehicle_of(problem.shift(route.shift_id)), 0
    for trip in route.trips():
        kinds = frozenset[str]().union(*(problem.stop(route.stops[position]).goods for position in trip))
        met = [pair for pair in problem.incompatible if kinds.issuperset(pair.goods)]
        for pair in met:
            if pair.within is Within.VEHICLE:
                yield GoodsMixed(goods=pair.goods)
        compartments = max(compartments, _compartments([pair for pair in met if pair.within is Within.COMPARTMENT]))
    if compartments > vehicle.compartments:
        yield MoreCompartments(vehicle_id=vehicle.id, by=compartments - vehicle.compartments)


def _compartments(pairs: Sequence[Incompatibility]) -> int:
    count = 1
    while pairs and not can_keep_apart(pairs, count):
        count += 1
    return count


def _visit(driven: RouteEvaluation, broken: Violation) -> Visit:
    return next(visit for visit in driven.visits if visit.stop_id == broken.stop_id)


_MENDS: dict[ViolationKind, _Mend] = {
    ViolationKind.LOAD: _less_load,
    ViolationKind.WINDOW: _later_window,
    ViolationKind.SHIFT_END: _later_end,
    ViolationKind.BREAK: _later_breaks,
    ViolationKind.DURATION: _raised_limit,
    ViolationKind.DISTANCE: _raised_limit,
    ViolationKind.STOPS: _raised_limit,
    ViolationKind.TRIPS: _raised_limit,
    ViolationKind.PASS_MISSING: _passes,
    ViolationKind.PASS_EXPIRED: _passes,
    ViolationKind.SKILL_MISSING: _skills,
    ViolationKind.PIN: _unpinned,
    ViolationKind.POSITION: _pinned_elsewhere,
    ViolationKind.TOGETHER: _on_its_own,
    ViolationKind.GOODS: _goods,
    ViolationKind.QUARANTINE: _as_quarantine,
    ViolationKind.PICKUP_ORDER: _from_yard,
}
