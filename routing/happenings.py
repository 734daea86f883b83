"""What happens to a plan that is under way: typed events, and the problem that is left after them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from routing.errors import ProblemError
from routing.evaluate import evaluate_route
from routing.fleet import Shift
from routing.plan import Plan, Route
from routing.problem import Problem
from routing.stops import Stop
from routing.travel import NO_WAY, Location, TravelMatrix


@dataclass(frozen=True, slots=True, kw_only=True)
class LateStart:
    """A shift cannot begin before `start_s` (after its end: it does not take place)."""

    shift_id: str
    start_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LostShift:
    """A shift visits nobody more from `from_s` on; None: it does not take place, but for what was visited."""

    shift_id: str
    from_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LostVehicle:
    """All shifts of a vehicle visit nobody more from `from_s` on; None: none of them takes place, but for what was visited."""

    vehicle_id: str
    from_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """No way into or out of these locations, and none along these legs (from, to), for one travel profile or all of them."""

    locations: frozenset[int] = frozenset()
    legs: frozenset[tuple[int, int]] = frozenset()
    profile: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelChanged:
    """Other travel times; profiles that are not named keep theirs."""

    travel: Mapping[str, TravelMatrix] = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgentStop:
    """A new stop.  If it lies at a new location, `locations` and `travel` are all of them, the new ones last."""

    stop: Stop
    locations: tuple[Location, ...] = ()
    travel: Mapping[str, TravelMatrix] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawnStop:
    """A stop is not wanted any more; nor are those that would have been fed from it."""

    stop_id: str


type Happening = LateStart | LostShift | LostVehicle | Closed | TravelChanged | UrgentStop | WithdrawnStop


def visited_by(
    problem: Problem, plan: Plan, happenings: Iterable[Happening], visited: Mapping[str, int]
) -> dict[str, tuple[str, ...]]:
    """The stops at the beginning of each shift that cannot be changed any more: locked, told to be visited, or served before the loss.

    Raises `UnknownIdError` for a shift that there is not, `ProblemError` for more visits than the shift has.
    """
    routes = {route.shift_id: route for route in plan.routes}
    lost = dict(_lost(problem, happenings))
    found = {}
    for shift in problem.shifts:
        route = routes.get(shift.id, Route(shift_id=shift.id, stops=()))
        count = visited.get(shift.id, 0)
        if not 0 <= count <= len(route.stops):
            raise ProblemError(f"visited[{shift.id!r}]", count, f"must lie between 0 and {len(route.stops)}")
        if (from_s := lost.get(shift.id)) is not None:
            count = max(count, sum(visit.departure_s <= from_s for visit in evaluate_route(problem, route).visits))
        found[shift.id] = route.stops[:count] if count > len(shift.locked) else shift.locked
    for shift_id in visited:
        problem.shift(shift_id)
    return found


def after(problem: Problem, happenings: Iterable[Happening], visited: Mapping[str, tuple[str, ...]]) -> Problem:
    """The problem as it is after all this, with the visited stops locked.  A lost shift stays, but has no stops beyond those.

    Raises `ProblemError` for what cannot be (a visited stop is withdrawn), `UnknownIdError` for what is not there.
    """
    problem = replace(problem, shifts=tuple(replace(shift, locked=visited[shift.id]) for shift in problem.shifts))
    for happening in happenings:
        problem = _after(problem, happening)
    return problem


def _after(problem: Problem, happening: Happening) -> Problem:
    match happening:
        case LateStart(shift_id=shift_id, start_s=start_s):
            problem.shift(shift_id)
            return _with_shifts(problem, [_late(s, start_s) if s.id == shift_id else s for s in problem.shifts])
        case LostShift() | LostVehicle():
            lost = dict(_lost(problem, [happening]))
            return _with_shifts(problem, [_done(s) if s.id in lost else s for s in problem.shifts])
        case Closed():
            return replace(problem, travel={name: _closed(name, m, happening) for name, m in problem.travel.items()})
        case TravelChanged(travel=travel):
            return replace(problem, travel={**problem.travel, **travel})
        case UrgentStop(stop=stop, locations=locations, travel=travel):
            return replace(
                problem,
                stops=(*problem.stops, stop),
                locations=locations or problem.locations,
                travel=problem.travel if travel is None else travel,
            )
        case WithdrawnStop(stop_id=stop_id):
            return _without(problem, stop_id)


def _lost(problem: Problem, happenings: Iterable[Happening]) -> Iterable[tuple[str, int | None]]:
    """The shifts that are lost, and from when on; those that end before are not."""
    for happening in happenings:
        match happening:
            case LostShift(shift_id=shift_id, from_s=from_s):
                problem.shift(shift_id)
                yield shift_id, from_s
            case LostVehicle(vehicle_id=vehicle_id, from_s=from_s):
                problem.vehicle(vehicle_id)
                for shift in problem.shifts:
                    if shift.vehicle_id == vehicle_id and (from_s is None or shift.end_s > from_s):
                        yield shift.id, from_s
            case _:
                pass


def _late(shift: Shift, start_s: int) -> Shift:
    if start_s > shift.end_s:
        return _done(shift)
    return replace(shift, start_s=max(shift.start_s, start_s))


def _done(shift: Shift) -> Shift:
    return replace(shift, max_stops=len(shift.locked))


def _closed(name: str, matrix: TravelMatrix, closed: Closed) -> TravelMatrix:
    if closed.profile not in {None, name}:
        return matrix
    duration_s = matrix.duration_s.copy()
    for location in closed.locations:
        own = duration_s[location, location]
        duration_s[location, :] = duration_s[:, location] = NO_WAY
        duration_s[location, location] = own
    for start, end in closed.legs:
        duration_s[start, end] = NO_WAY
    return TravelMatrix(duration_s=duration_s, distance_m=matrix.distance_m)


def _without(problem: Problem, stop_id: str) -> Problem:
    problem.stop(stop_id)
    gone = [stop_id]
    while (fed := problem.fed_from(gone[-1])) is not None:
        gone.append(fed)
    for shift in problem.shifts:
        if visited := set(gone) & set(shift.locked):
            raise ProblemError("stop_id", sorted(visited)[0], f"must not be locked on {shift.id!r}")
    return replace(problem, stops=tuple(stop for stop in problem.stops if stop.id not in gone))


def _with_shifts(problem: Problem, shifts: Iterable[Shift]) -> Problem:
    return replace(problem, shifts=tuple(shifts))
