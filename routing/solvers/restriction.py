"""What a simpler solver may decide about a problem, given a plan: a tighter problem, each of whose solutions is valid in the real one.

PyVRP knows loads, one window a visit, closed arcs, several trips and prices, and nothing of breaks, goods that must not meet, stops
that belong together or pins.  All of these follow from the plan at hand once some decisions are held fast: breaks at an hour that
the clock leaps over, the side of each shift in a conflict of goods, the shift of those who are together.  Where rules cannot be
had even so (a position on a route, goods fetched on the way), the routes concerned are kept as they are.  The referee
judges every result; this module only decides what is worth searching.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from routing.evaluate import evaluate_route
from routing.plan import Plan, Route
from routing.problem import Problem, Shift, Stop, TimeWindow
from routing.solvers.or_tools.goods import TripKinds, trip_kinds
from routing.timetable import Rest, latest_start

DAY_S = 86_400

type Opening = tuple[int, float]
"""When service may start, by a shift's clock; both ends may be used."""

ALWAYS: Opening = (0, math.inf)


@dataclass(frozen=True, slots=True)
class Clock:
    """A shift's time of work: seconds since midnight of its first day, without its breaks.

    By these clocks "8 to 12 on each of three days" is one window for three shifts, and a break takes no place on a route.
    """

    origin_s: int
    leaps: tuple[tuple[int, int], ...] = ()

    def worked(self, time_s: int) -> int:
        leapt_s = sum(min(max(time_s - at_s, 0), duration_s) for at_s, duration_s in self.leaps)
        return time_s - self.origin_s - leapt_s


def clock_of(shift: Shift, rests: Sequence[Rest], longest_service_s: int) -> Clock:
    """A break stays where the plan at hand has it, or else begins as late as it may when a service has to be ended first."""
    starts = [rest.start_s for rest in rests] or [
        max(rest.earliest_s, rest.latest_s - longest_service_s) for rest in shift.breaks
    ]
    leaps = tuple((start_s, rest.duration_s) for start_s, rest in zip(starts, shift.breaks, strict=True))
    return Clock(_midnight_s(shift), leaps)


def _midnight_s(shift: Shift) -> int:
    return shift.start_s - shift.start_s % DAY_S


def _in_step(shifts: Sequence[Shift], clocks: Sequence[Clock]) -> list[Clock]:
    """Shifts that end before the others have their break leap over it too, which changes nothing for them, but makes the clocks alike."""
    leaps = {tuple((at_s - clock.origin_s, duration_s) for at_s, duration_s in clock.leaps) for clock in clocks}
    usual = max(leaps, key=len, default=())
    found = []
    for shift, clock in zip(shifts, clocks, strict=True):
        moved = tuple((clock.origin_s + at_s, duration_s) for at_s, duration_s in usual)
        is_idle_then = not clock.leaps and all(at_s >= shift.end_s for at_s, _ in moved)
        found.append(Clock(clock.origin_s, moved) if is_idle_then else clock)
    return found


@dataclass(frozen=True, slots=True)
class Crew:
    """Shifts that are alike in when and where they may serve: by their clock, hours, passes and skills."""

    clock: Clock
    ready_s: int
    end_s: int
    passes: frozenset[tuple[str, float]]
    skills: frozenset[str]

    def openings(self, stop: Stop, place: int) -> tuple[Opening, ...]:
        """When a stop may be begun at one of its places, by this crew's clock; none if it cannot be."""
        here = stop.place(place)
        ends = [self._pass_end_s(kind) for kind in here.required_passes]
        if not stop.required_skills <= self.skills:
            return ()
        by_s = min([float(self.end_s), *(end - here.service_s for end in ends)])
        if latest_start(here.windows, by_s) < self.ready_s:
            return ()
        if not here.windows:
            return (ALWAYS if by_s >= self.end_s else (0, self.clock.worked(int(by_s))),)
        return tuple(
            self._opening(window, by_s)
            for window in here.windows
            if self.ready_s <= window.end_s and window.start_s <= by_s
        )

    def _opening(self, window: TimeWindow, by_s: float) -> Opening:
        """A window is only cut where it must be, so that it stays the same for many crews."""
        until_s = window.end_s if by_s >= self.end_s else min(window.end_s, int(by_s))
        return max(0, self.clock.worked(window.start_s)), self.clock.worked(until_s)

    def _pass_end_s(self, kind: str) -> float:
        return max((end_s for passed, end_s in self.passes if passed == kind), default=-math.inf)


class Restriction:
    """The shifts and stops to be decided, and which of them may meet.

    `shifts` and `stops` are indices into the problem's; `kept` are the plan's routes that stay as they are.  Breaks stay where the
    plan has them, or all are at the usual hour: then the shifts are much more alike.
    """

    def __init__(self, problem: Problem, plan: Plan, *, usual_breaks: bool = False) -> None:
        self.problem = problem
        self._usual_breaks = usual_breaks
        self._barred_goods: dict[str, frozenset[str]] = {}
        self._route = {route.shift_id: route for route in plan.routes if route.stops}
        self._shift_of = {stop_id: route.shift_id for route in plan.routes for stop_id in route.stops}
        self.kept = tuple(route for route in plan.routes if route.stops and self._is_kept(route))
        kept_shifts = {route.shift_id for route in self.kept}
        kept_stops = {stop_id for route in self.kept for stop_id in route.stops}
        self.shifts = [
            row
            for row, shift in enumerate(problem.shifts)
            if shift.id not in kept_shifts and not self._is_reserved(shift) and shift.ready_s <= shift.end_s
        ]
        self.stops = [
            index
            for index, stop in enumerate(problem.stops)
            if stop.id not in kept_stops and not self._is_special(stop)
        ]

    @cached_property
    def crews(self) -> list[Crew]:
        """One for each of `shifts`."""
        longest_s = max((place.service_s for stop in self.problem.stops for place in stop.places), default=0)
        shifts = [self.problem.shifts[row] for row in self.shifts]
        clocks = [clock_of(shift, self._rests(shift), longest_s) for shift in shifts]
        crews = []
        for shift, clock in zip(shifts, _in_step(shifts, clocks), strict=True):
            vehicle = self.problem.vehicle_of(shift)
            passes = frozenset((each.kind, vehicle.pass_valid_until_s(each.kind) or 0.0) for each in vehicle.passes)
            crews.append(Crew(clock, shift.ready_s, shift.end_s, passes, vehicle.skills | shift.skills))
        return crews

    def _rests(self, shift: Shift) -> Sequence[Rest]:
        """The breaks of the route that the shift has now; those outside of the way cost nothing and may lie anywhere."""
        route = self._route.get(shift.id)
        if route is None or not shift.breaks or self._usual_breaks:
            return ()
        rests = evaluate_route(self.problem, route).breaks
        return rests if len(rests) == len(shift.breaks) else ()

    def barred(self, row: int) -> frozenset[int]:
        """The stops that must not be served on a shift for what else is, or is not, on it: pins, goods, those who are together."""
        shift = self.problem.shifts[row]
        return frozenset(index for index in self._choosy if not self._may_meet(self.problem.stops[index], shift))

    @cached_property
    def _choosy(self) -> list[int]:
        stops = self.problem.stops
        return [index for index in self.stops if stops[index].pin or stops[index].together or stops[index].goods]

    def _may_meet(self, stop: Stop, shift: Shift) -> bool:
        if stop.pin is not None and not stop.pin.is_on(shift.id, shift.vehicle_id):
            return False
        if stop.together is not None and self._shift_together.get(stop.together) != shift.id:
            return False
        return stop.goods.isdisjoint(self._goods_barred(shift))

    @cached_property
    def _shift_together(self) -> dict[str, str]:
        """Where those are who belong together; none of them may move away.  Groups that are nowhere yet are not for us."""
        stops = (stop for stop in self.problem.stops if stop.together is not None and stop.id in self._shift_of)
        return {str(stop.together): self._shift_of[stop.id] for stop in stops}

    def _goods_barred(self, shift: Shift) -> frozenset[str]:
        """The kinds of goods that may not come on a shift: all but one of the sets that its vehicle may carry on a trip."""
        if shift.id not in self._barred_goods:
            self._barred_goods[shift.id] = self._kinds.kinds - self._chosen_kinds(shift)
        return self._barred_goods[shift.id]

    def _chosen_kinds(self, shift: Shift) -> frozenset[str]:
        """Of the sets with the most of what is on the shift now, the one with the most stops anywhere.  Where trips differ, some have
        to leave it: rather those of a common kind, for which there will be other shifts.
        """
        goods = self._goods_on(shift)
        sets = [self._kinds.sets[number] for number in self._kinds.of_vehicle(self.problem.vehicle_of(shift))]

        def worth(kinds: frozenset[str]) -> tuple[float, int, list[str]]:
            carried = sum(max(self._how_many[kind] ** -0.5 for kind in each) for each in goods if each <= kinds)
            return carried, sum(self._how_many[kind] for kind in kinds), sorted(kinds)

        return max(sets, key=worth, default=frozenset())

    def _goods_on(self, shift: Shift) -> list[frozenset[str]]:
        """Those of the stops on a shift that may conflict with others."""
        route = self._route.get(shift.id)
        goods = (self.problem.stop(stop_id).goods & self._kinds.kinds for stop_id in (route.stops if route else ()))
        return [each for each in goods if each]

    @cached_property
    def _kinds(self) -> TripKinds:
        return trip_kinds(self.problem)

    @cached_property
    def _how_many(self) -> Counter[str]:
        return Counter(kind for stop in self.problem.stops for kind in stop.goods)

    def _is_kept(self, route: Route) -> bool:
        shift = self.problem.shift(route.shift_id)
        return self._is_reserved(shift) or any(self._is_special(self.problem.stop(stop_id)) for stop_id in route.stops)

    def _is_reserved(self, shift: Shift) -> bool:
        return bool(shift.locked)

    def _is_special(self, stop: Stop) -> bool:
        """Whether a stop asks for more than may be decided here."""
        fixed_position = stop.pin is not None and stop.pin.position is not None
        return fixed_position or self.problem.is_paired(stop)


def is_whole(problem: Problem, plan: Plan) -> bool:
    """Whether nothing of the problem is out of the restriction's reach."""
    restriction = Restriction(problem, plan)
    return len(restriction.shifts) == len(problem.shifts) and len(restriction.stops) == len(problem.stops)
