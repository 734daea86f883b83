"""What a simpler solver may decide about a problem, given a plan: a tighter problem, each of whose solutions is valid in the real one.

PyVRP knows loads, one window a visit, closed arcs, several trips and prices, and nothing of breaks, goods that must not meet, stops
that belong together or pins.  All of these follow from the plan at hand once some decisions are held fast: breaks at an hour that
the clock leaps over, the side of each shift in a conflict of goods, the shift of those who are together.  Where rules cannot be
had even so (a position on a route, goods fetched on the way), the routes concerned are kept as they are.  The referee
judges every result; this module only decides what is worth searching.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from routing.plan import Plan, Route
from routing.problem import Problem, Shift, Stop, TimeWindow, Within
from routing.timetable import latest_start

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


def clock_of(shift: Shift, longest_service_s: int) -> Clock:
    """A break is fixed as late as it may begin when a service has to be ended first."""
    leaps = tuple((max(rest.earliest_s, rest.latest_s - longest_service_s), rest.duration_s) for rest in shift.breaks)
    return Clock(shift.start_s - shift.start_s % DAY_S, leaps)


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

    `shifts` and `stops` are indices into the problem's; `kept` are the plan's routes that stay as they are.
    """

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self._plan = plan
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
        crews = []
        for row in self.shifts:
            shift = self.problem.shifts[row]
            vehicle = self.problem.vehicle_of(shift)
            passes = frozenset((each.kind, vehicle.pass_valid_until_s(each.kind) or 0.0) for each in vehicle.passes)
            clock = clock_of(shift, longest_s)
            crews.append(Crew(clock, shift.ready_s, shift.end_s, passes, vehicle.skills | shift.skills))
        return crews

    def barred(self, row: int) -> frozenset[int]:
        """The stops that must not be served on a shift for what else is, or is not, on it: pins, goods, those who are together."""
        shift = self.problem.shifts[row]
        return frozenset(index for index in self._choosy if not self._may_meet(self.problem.stops[index], shift))

    @cached_property
    def _choosy(self) -> list[int]:
        stops = self.problem.stops
        return [index for index in self.stops if stops[index].pin or stops[index].together or stops[index].goods]

    def _may_meet(self, stop: Stop, shift: Shift) -> bool:
        if stop.pin is not None and stop.pin.vehicle_id not in {None, shift.vehicle_id}:
            return False
        if stop.pin is not None and stop.pin.shift_id not in {None, shift.id}:
            return False
        if stop.together is not None and self._shift_together.get(stop.together) != shift.id:
            return False
        return stop.goods.isdisjoint(self._goods_barred(shift))

    @cached_property
    def _shift_together(self) -> dict[str, str]:
        """Where those are who belong together; none of them may move away.  Groups that are nowhere yet are not for us."""
        stops = (stop for stop in self.problem.stops if stop.together is not None and stop.id in self._shift_of)
        return {str(stop.together): self._shift_of[stop.id] for stop in stops}

    @cached_property
    def _barred_goods(self) -> dict[str, frozenset[str]]:
        return {}

    def _goods_barred(self, shift: Shift) -> frozenset[str]:
        """Of each two kinds that must not meet, the one that is not on the shift now; the rarer one where neither is."""
        if shift.id not in self._barred_goods:
            self._barred_goods[shift.id] = self._choose_goods(shift)
        return self._barred_goods[shift.id]

    def _choose_goods(self, shift: Shift) -> frozenset[str]:
        route = self._route.get(shift.id)
        on_board = {kind for stop_id in (route.stops if route else ()) for kind in self.problem.stop(stop_id).goods}
        barred: set[str] = set()
        for pair in self.problem.incompatible:
            if pair.within is Within.COMPARTMENT and self._has_room_apart(shift):
                continue
            first, second = sorted(pair.goods, key=lambda kind: (kind not in on_board, -self._how_many[kind], kind))
            if first not in barred and second not in on_board:
                barred.add(second)
        return frozenset(barred)

    def _has_room_apart(self, shift: Shift) -> bool:
        """Whether every kind of goods that asks for a compartment of its own could have one."""
        kinds = {kind for pair in self.problem.incompatible if pair.within is Within.COMPARTMENT for kind in pair.goods}
        return self.problem.vehicle_of(shift).compartments >= len(kinds)

    @cached_property
    def _how_many(self) -> dict[str, int]:
        counts: dict[str, int] = defaultdict(int)
        for stop in self.problem.stops:
            for kind in stop.goods:
                counts[kind] += 1
        return counts

    def _is_kept(self, route: Route) -> bool:
        shift = self.problem.shift(route.shift_id)
        return self._is_reserved(shift) or any(self._is_special(self.problem.stop(stop_id)) for stop_id in route.stops)

    def _is_reserved(self, shift: Shift) -> bool:
        return bool(shift.locked)

    def _is_special(self, stop: Stop) -> bool:
        """Whether a stop asks for more than may be decided here."""
        fixed_position = stop.pin is not None and stop.pin.position is not None
        return fixed_position or stop.from_stop is not None or self.problem.fed_from(stop.id) is not None


def is_whole(problem: Problem, plan: Plan) -> bool:
    """Whether nothing of the problem is out of the restriction's reach."""
    restriction = Restriction(problem, plan)
    return len(restriction.shifts) == len(problem.shifts) and len(restriction.stops) == len(problem.stops)
