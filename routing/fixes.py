"""What would have to be otherwise for a stop to fit: single changes of a problem, each of which can be made and tried."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from routing.fleet import Pass, Shift, Vehicle
from routing.problem import Problem, Within
from routing.stops import Place, Stop
from routing.violations import ViolationKind


class _Applicable(Protocol):
    @abstractmethod
    def applied(self, problem: Problem) -> Problem:
        """The problem with the change made.  Raises `ProblemError` where that makes nonsense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowLater(_Applicable):
    """A window of a stop (number `window` of its `place`) ends so much later."""

    stop_id: str
    place: int
    window: int
    by_s: int

    def applied(self, problem: Problem) -> Problem:
        return _with_window(problem, self.stop_id, self.place, self.window, later_s=self.by_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowEarlier(_Applicable):
    """A window of a stop (number `window` of its `place`) begins so much earlier."""

    stop_id: str
    place: int
    window: int
    by_s: int

    def applied(self, problem: Problem) -> Problem:
        return _with_window(problem, self.stop_id, self.place, self.window, earlier_s=self.by_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class LessLoad(_Applicable):
    """So much less on board of a shift where it is fullest, or a vehicle with so much more room; `unit` is a load dimension."""

    shift_id: str
    unit: str
    amount: int

    def applied(self, problem: Problem) -> Problem:
        dimension = problem.load_dimensions.index(self.unit)

        def larger(vehicle: Vehicle) -> Vehicle:
            room = list(vehicle.capacity)
            room[dimension] += self.amount
            return replace(vehicle, capacity=tuple(room))

        return _with_vehicle(problem, problem.shift(self.shift_id).vehicle_id, larger)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftLater(_Applicable):
    """A shift ends so much later."""

    shift_id: str
    by_s: int

    def applied(self, problem: Problem) -> Problem:
        return _with_shift(problem, self.shift_id, lambda shift: replace(shift, end_s=shift.end_s + self.by_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftEarlier(_Applicable):
    """A shift begins so much earlier."""

    shift_id: str
    by_s: int

    def applied(self, problem: Problem) -> Problem:
        return _with_shift(problem, self.shift_id, lambda shift: replace(shift, start_s=shift.start_s - self.by_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakLater(_Applicable):
    """The break of this number (from 0) of a shift may begin so much later."""

    shift_id: str
    number: int
    by_s: int

    def applied(self, problem: Problem) -> Problem:
        def later(shift: Shift) -> Shift:
            breaks = list(shift.breaks)
            breaks[self.number] = replace(breaks[self.number], latest_s=breaks[self.number].latest_s + self.by_s)
            return replace(shift, breaks=tuple(breaks))

        return _with_shift(problem, self.shift_id, later)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRaised(_Applicable):
    """A shift may be on the way longer (`DURATION`, s), drive farther (`DISTANCE`, m), have more `STOPS` or make more `TRIPS`."""

    shift_id: str
    limit: ViolationKind
    by: int

    def applied(self, problem: Problem) -> Problem:
        return _with_shift(problem, self.shift_id, self._raised)

    def _raised(self, shift: Shift) -> Shift:
        match self.limit:
            case ViolationKind.DURATION:
                return replace(shift, max_duration_s=(shift.max_duration_s or 0) + self.by)
            case ViolationKind.DISTANCE:
                return replace(shift, max_distance_m=(shift.max_distance_m or 0) + self.by)
            case ViolationKind.STOPS:
                return replace(shift, max_stops=(shift.max_stops or 0) + self.by)
            case _:
                return replace(shift, max_trips=shift.max_trips + self.by)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassUntil(_Applicable):
    """A vehicle has a pass of this kind that is valid until then."""

    vehicle_id: str
    pass_kind: str
    until_s: int

    def applied(self, problem: Problem) -> Problem:
        more = Pass(kind=self.pass_kind, valid_until_s=self.until_s)
        return _with_vehicle(problem, self.vehicle_id, lambda vehicle: replace(vehicle, passes=(*vehicle.passes, more)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillGained(_Applicable):
    """The driver of a shift (or its vehicle) can do it."""

    shift_id: str
    skill: str

    def applied(self, problem: Problem) -> Problem:
        return _with_shift(problem, self.shift_id, lambda shift: replace(shift, skills=shift.skills | {self.skill}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpinned(_Applicable):
    """A stop is pinned to no vehicle or shift any more."""

    stop_id: str

    def applied(self, problem: Problem) -> Problem:
        return _with_stop(problem, self.stop_id, lambda stop: replace(stop, pin=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedAt(_Applicable):
    """A stop is pinned to another position of its shift, so many visits away."""

    stop_id: str
    position: int
    by: int

    def applied(self, problem: Problem) -> Problem:
        def moved(stop: Stop) -> Stop:
            return stop if stop.pin is None else replace(stop, pin=replace(stop.pin, position=self.position))

        return _with_stop(problem, self.stop_id, moved)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsMixed(_Applicable):
    """Two kinds of goods may share a vehicle."""

    goods: tuple[str, str]

    def applied(self, problem: Problem) -> Problem:
        others = (
            pair
            for pair in problem.incompatible
            if pair.within is not Within.VEHICLE or set(pair.goods) != set(self.goods)
        )
        return replace(problem, incompatible=tuple(others))


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreCompartments(_Applicable):
    """A vehicle has so many compartments more."""

    vehicle_id: str
    by: int

    def applied(self, problem: Problem) -> Problem:
        return _with_vehicle(
            problem, self.vehicle_id, lambda vehicle: replace(vehicle, compartments=vehicle.compartments + self.by)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineAs(_Applicable):
    """A stop counts as a quarantine stop (and may come among the others of them), or does not."""

    stop_id: str
    quarantine: bool

    def applied(self, problem: Problem) -> Problem:
        return _with_stop(problem, self.stop_id, lambda stop: replace(stop, quarantine=self.quarantine))


@dataclass(frozen=True, slots=True, kw_only=True)
class OnItsOwn(_Applicable):
    """A stop need not be with those it belongs together with."""

    stop_id: str

    def applied(self, problem: Problem) -> Problem:
        return _with_stop(problem, self.stop_id, lambda stop: replace(stop, together=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class FromYard(_Applicable):
    """A stop's goods come from the yard instead of from another stop."""

    stop_id: str

    def applied(self, problem: Problem) -> Problem:
        return _with_stop(problem, self.stop_id, lambda stop: replace(stop, from_stop=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRaised(_Applicable):
    """Leaving a stop out costs at least so much, in fen."""

    stop_id: str
    left_out_price: int

    def applied(self, problem: Problem) -> Problem:
        return _with_stop(problem, self.stop_id, lambda stop: replace(stop, left_out_price=self.left_out_price))


type Change = (
    WindowLater
    | WindowEarlier
    | LessLoad
    | ShiftLater
    | ShiftEarlier
    | BreakLater
    | LimitRaised
    | PassUntil
    | SkillGained
    | Unpinned
    | PinnedAt
    | GoodsMixed
    | MoreCompartments
    | QuarantineAs
    | OnItsOwn
    | FromYard
    | PriceRaised
)


def applied(problem: Problem, changes: tuple[Change, ...]) -> Problem:
    """The problem with all the changes made.  Raises `ProblemError` where they make nonsense of it (shifts that overlap, say)."""
    for change in changes:
        problem = change.applied(problem)
    return problem


def without_windows(problem: Problem, stop_id: str) -> Problem:
    """The problem with a stop that may be served at any time, at each of its places."""

    def open_always(stop: Stop) -> Stop:
        return replace(stop, windows=(), alternatives=tuple(replace(place, windows=()) for place in stop.alternatives))

    return _with_stop(problem, stop_id, open_always)


def _with_stop(problem: Problem, stop_id: str, change: Callable[[Stop], Stop]) -> Problem:
    problem.stop(stop_id)
    return replace(problem, stops=tuple(change(stop) if stop.id == stop_id else stop for stop in problem.stops))


def _with_shift(problem: Problem, shift_id: str, change: Callable[[Shift], Shift]) -> Problem:
    problem.shift(shift_id)
    return replace(problem, shifts=tuple(change(shift) if shift.id == shift_id else shift for shift in problem.shifts))


def _with_vehicle(problem: Problem, vehicle_id: str, change: Callable[[Vehicle], Vehicle]) -> Problem:
    problem.vehicle(vehicle_id)
    vehicles = tuple(change(vehicle) if vehicle.id == vehicle_id else vehicle for vehicle in problem.vehicles)
    return replace(problem, vehicles=vehicles)


def _with_window(
    problem: Problem, stop_id: str, place: int, window: int, *, later_s: int = 0, earlier_s: int = 0
) -> Problem:
    def changed[T: (Stop, Place)](at: T) -> T:
        windows = list(at.windows)
        old = windows[window]
        windows[window] = replace(old, start_s=old.start_s - earlier_s, end_s=old.end_s + later_s)
        return replace(at, windows=tuple(windows))

    def with_place(stop: Stop) -> Stop:
        if not place:
            return changed(stop)
        alternatives = list(stop.alternatives)
        alternatives[place - 1] = changed(alternatives[place - 1])
        return replace(stop, alternatives=tuple(alternatives))

    return _with_stop(problem, stop_id, with_place)
