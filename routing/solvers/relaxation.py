"""A rich problem made easier in two steps, and back: what a quick whole plan is searched with.

With every rule, PyVRP's model of a county is too large to be searched as a whole, and a plan grown from insertions alone is spread
over too many routes, which no exchange between neighbours ever mends.  So it is searched without the richer rules first, then
with those that gates can stand for, and at last with all of them; each time, what breaks a rule is taken out and put in elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from routing.fleet import Pass, Shift, Vehicle
from routing.insertion import Fleet
from routing.plan import Plan
from routing.problem import Problem
from routing.solvers.beginnings import with_timed_beginnings
from routing.solvers.pairs import Joined, with_joined_pairs
from routing.solvers.relabelling import on_best_shifts
from routing.solvers.restriction import DAY_S, Clock, clock_of
from routing.solvers.start import mended
from routing.stops import Stop, TimeWindow


@dataclass(frozen=True, slots=True)
class Easier:
    """`problem` has fewer rules than the one it was made from."""

    problem: Problem
    _pairs: Joined

    def begun(self, plan: Plan | None, stopped: Callable[[], bool]) -> Plan | None:
        """A plan for the full problem, mended so that it breaks no rule of this one."""
        return None if plan is None else with_rules(Fleet(self.problem), self._pairs.joined(plan), stopped)

    def plan(self, plan: Plan) -> Plan:
        """A plan for this problem in the words of the full one."""
        return self._pairs.parted(plan)


def with_rules(fleet: Fleet, plan: Plan, stopped: Callable[[], bool]) -> Plan:
    """A plan for an easier problem, on the shifts that suit it and mended so that it breaks no rule of this one; told to stop, with
    fewer stops.
    """
    return mended(fleet, plan if stopped() else on_best_shifts(fleet.problem, plan), stopped)


def steps(problem: Problem) -> list[Easier]:
    """The easiest problem first; none where nothing is gained by it."""
    pairs = with_joined_pairs(with_timed_beginnings(problem), None)
    work = _work_time(problem)
    vehicles = tuple(work.vehicle(vehicle) for vehicle in problem.vehicles)
    found = list[Easier]()
    for freed, has_limits in ((_without_company, False), (_alone, True)):
        stops = tuple(work.stop(freed(stop)) for stop in pairs.problem.stops)
        shifts = tuple(work.shift(shift, has_limits=has_limits) for shift in problem.shifts)
        easier = replace(pairs.problem, stops=stops, shifts=shifts, vehicles=vehicles)
        if easier not in (problem, *(each.problem for each in found)):
            found.append(Easier(easier, pairs))
    return found


def _without_company(stop: Stop) -> Stop:
    return replace(
        _alone(stop),
        goods=frozenset(),
        together=None,
        pin=None,
        unfamiliar_price=0,
        published_shift=None,
        change_price=0,
    )


def _alone(stop: Stop) -> Stop:
    """Pairs that could not be joined are two stops like others, and so are those in the midst of a route."""
    pin = stop.pin and replace(stop.pin, position=None)
    return replace(stop, pin=pin, from_stop=None)


@dataclass(frozen=True, slots=True)
class _WorkTime:
    """Time without breaks: all have theirs at the usual hour, and no clock goes on meanwhile."""

    clocks: Mapping[int, Clock]
    """For each day by its midnight."""

    def worked(self, time_s: int) -> int:
        clock = self.clocks.get(time_s - time_s % DAY_S)
        return time_s if clock is None else clock.worked(time_s)

    def shift(self, shift: Shift, *, has_limits: bool) -> Shift:
        return replace(
            shift,
            breaks=(),
            locked=(),
            max_distance_m=shift.max_distance_m if has_limits else None,
            start_s=self.worked(shift.start_s),
            end_s=self.worked(shift.end_s),
            regular_end_s=None if shift.regular_end_s is None else self.worked(shift.regular_end_s),
        )

    def stop(self, stop: Stop) -> Stop:
        return replace(
            stop,
            windows=self._windows(stop.windows),
            alternatives=tuple(replace(place, windows=self._windows(place.windows)) for place in stop.alternatives),
            release_s=self.worked(stop.release_s),
        )

    def vehicle(self, vehicle: Vehicle) -> Vehicle:
        return replace(vehicle, passes=tuple(self._pass(each) for each in vehicle.passes))

    def _pass(self, given: Pass) -> Pass:
        if given.valid_until_s is None:
            return given
        return replace(given, valid_until_s=self.worked(given.valid_until_s))

    def _windows(self, windows: tuple[TimeWindow, ...]) -> tuple[TimeWindow, ...]:
        """Two with a break between them become one."""
        found = list[TimeWindow]()
        for window in windows:
            start_s, end_s = self.worked(window.start_s), self.worked(window.end_s)
            if found and start_s <= found[-1].end_s:
                start_s = found.pop().start_s
            found.append(TimeWindow(start_s=start_s, end_s=end_s))
        return tuple(found)


def _work_time(problem: Problem) -> _WorkTime:
    """The breaks that most shifts have, where a single visit would put them off to, on all days on which some shift has any, and on
    those that are over before: there they do no harm, and windows stay the same as on other days.
    """
    longest_s = max((place.service_s for stop in problem.stops for place in stop.places), default=0)
    clocks = [clock_of(shift, (), longest_s) for shift in problem.shifts]
    counted = Counter(
        tuple((at_s - clock.origin_s, duration_s) for at_s, duration_s in clock.leaps)
        for clock in clocks
        if clock.leaps
    )
    usual = counted.most_common(1)[0][0] if counted else ()
    with_breaks = {clock.origin_s for clock in clocks if clock.leaps}
    first_s = min((at_s for at_s, _ in usual), default=0)
    too_long = {
        clock.origin_s
        for shift, clock in zip(problem.shifts, clocks, strict=True)
        if shift.end_s - clock.origin_s > first_s
    }
    days = {clock.origin_s for clock in clocks} - (too_long - with_breaks)
    return _WorkTime({day_s: Clock(0, tuple((day_s + at_s, lasts_s) for at_s, lasts_s in usual)) for day_s in days})
