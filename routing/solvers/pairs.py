"""Pickup and delivery for engines that know nothing of it: a pair whose goods go straight from one stop to the other is one visit,
which begins at the first and ends at the second.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from routing.plan import Plan, Route, Unassigned
from routing.problem import NO_WAY, Problem
from routing.stops import Stop, TimeWindow
from routing.travel import TravelMatrix

type Pair = tuple[Stop, Stop]


@dataclass(frozen=True)
class Joined:
    """A problem with some of its pairs (by the id of the visit that stands for both) joined; `problem` breaks a rule where the
    full one does, and may refuse more.
    """

    full: Problem
    pairs: Mapping[str, Pair]

    @cached_property
    def problem(self) -> Problem:
        if not self.pairs:
            return self.full
        joined = {stop.id for pair in self.pairs.values() for stop in pair}
        places = len(self.full.locations)
        visits = [self._visit(name, pair, places + number) for number, (name, pair) in enumerate(self.pairs.items())]
        begins = [*range(places), *(first.location for first, _ in self.pairs.values())]
        ends = [*range(places), *(second.location for _, second in self.pairs.values())]
        between = np.ix_(ends, begins)  # from where one visit ends to where the next begins
        return replace(
            self.full,
            locations=tuple(self.full.locations[place] for place in begins),
            stops=(*(stop for stop in self.full.stops if stop.id not in joined), *visits),
            travel={
                profile: TravelMatrix(duration_s=travel.duration_s[between], distance_m=travel.distance_m[between])
                for profile, travel in self.full.travel.items()
            },
        )

    def joined(self, plan: Plan) -> Plan:
        """A plan for the full problem, in the words of `problem`: a pair is where the first of it is."""
        name_of = {first.id: name for name, (first, _) in self.pairs.items()}
        second = {stop.id for _, stop in self.pairs.values()}
        return Plan(
            routes=tuple(_shortened(route, name_of, second) for route in plan.routes),
            unassigned=tuple(
                Unassigned(stop_id=name_of.get(entry.stop_id, entry.stop_id))
                for entry in plan.unassigned
                if entry.stop_id not in second
            ),
        )

    def parted(self, plan: Plan) -> Plan:
        """A plan for `problem`, in the words of the full one."""
        both = {name: (first.id, second.id) for name, (first, second) in self.pairs.items()}
        return Plan(
            routes=tuple(_lengthened(route, both) for route in plan.routes),
            unassigned=tuple(
                Unassigned(stop_id=stop_id)
                for entry in plan.unassigned
                for stop_id in both.get(entry.stop_id, (entry.stop_id,))
            ),
        )

    def _visit(self, name: str, pair: Pair, location: int) -> Stop:
        first, second = pair
        prices = (first.left_out_price, second.left_out_price)
        return replace(
            first,
            id=name,
            location=location,
            load=tuple(map(max, first.load, second.load)),
            pickup=tuple(map(sum, zip(*filter(None, (first.pickup, second.pickup)), strict=True))),
            service_s=_begins_after_s(self.full, pair) + second.service_s,
            windows=_windows(self.full, pair),
            alternatives=(),
            left_out_price=None if None in prices else sum(price or 0 for price in prices),
            required_passes=first.required_passes | second.required_passes,
            required_skills=first.required_skills | second.required_skills,
            goods=first.goods | second.goods,
            release_s=max(first.release_s, second.release_s),
            together=first.together or second.together,
            pin=first.pin or second.pin,
        )


def with_joined_pairs(problem: Problem, plan: Plan | None) -> Joined:
    """Joins the pairs that a plan serves one right after the other, or not at all; without a plan, all that can be served so."""
    candidates = _pairs(problem, None if plan is None else _neighbours(plan))
    return Joined(problem, {_new_name(problem, pair): pair for pair in candidates if _can_be_joined(problem, pair)})


def _pairs(problem: Problem, allowed: frozenset[tuple[str, str]] | None) -> Iterator[Pair]:
    for stop in problem.stops:
        if stop.from_stop is not None and (allowed is None or (stop.from_stop, stop.id) in allowed):
            yield problem.stop(stop.from_stop), stop


def _neighbours(plan: Plan) -> frozenset[tuple[str, str]]:
    """The stops that follow on each other on a trip at their own places, and any two that are left out."""
    left_out = [entry.stop_id for entry in plan.unassigned]
    found = {(first, second) for first in left_out for second in left_out}
    for route in plan.routes:
        for trip in route.trips():
            at_home = (pair for pair in pairwise(trip) if not any(route.place(position) for position in pair))
            found.update((route.stops[first], route.stops[second]) for first, second in at_home)
    return frozenset(found)


def _can_be_joined(problem: Problem, pair: Pair) -> bool:
    first, second = pair
    if first.from_stop is not None or problem.fed_from(second.id) is not None or first.quarantine != second.quarantine:
        return False
    if any(stop.pin is not None and stop.pin.position is not None for stop in pair):
        return False
    if None not in {first.pin, second.pin} or None not in {first.together, second.together}:
        return False
    locked = {stop_id for shift in problem.shifts for stop_id in shift.locked}
    if not locked.isdisjoint({first.id, second.id}) or _begins_after_s(problem, pair) >= NO_WAY:
        return False
    return bool(_windows(problem, pair)) or not (first.windows or second.windows)


def _begins_after_s(problem: Problem, pair: Pair) -> int:
    """How long after the first of a pair the second one can begin, in the slowest of the vehicles."""
    first, second = pair
    travel_s = max(int(travel.duration_s[first.location, second.location]) for travel in problem.travel.values())
    return first.service_s + travel_s


def _windows(problem: Problem, pair: Pair) -> tuple[TimeWindow, ...]:
    """When the first may be begun so that the second may be begun right after it."""
    first, second = pair
    after_s, always = _begins_after_s(problem, pair), (TimeWindow(start_s=0, end_s=NO_WAY),)
    if not first.windows and not second.windows:
        return ()
    overlaps = (
        (max(mine.start_s, theirs.start_s - after_s), min(mine.end_s, theirs.end_s - after_s))
        for mine in first.windows or always
        for theirs in second.windows or always
    )
    return tuple(TimeWindow(start_s=start_s, end_s=end_s) for start_s, end_s in sorted(overlaps) if start_s <= end_s)


def _new_name(problem: Problem, pair: Pair) -> str:
    name = "+".join(stop.id for stop in pair)
    while name in problem:
        name += "+"
    return name


def _shortened(route: Route, name_of: Mapping[str, str], second: Iterable[str]) -> Route:
    kept = [position for position, stop_id in enumerate(route.stops) if stop_id not in second]
    reloads = {bisect_left(kept, position) for position in route.reloads}
    return replace(
        route,
        stops=tuple(name_of.get(route.stops[position], route.stops[position]) for position in kept),
        places=tuple(route.place(position) for position in kept),
        reloads=tuple(sorted(position for position in reloads if 0 < position < len(kept))),
    )


def _lengthened(route: Route, both: Mapping[str, tuple[str, str]]) -> Route:
    stops, places, reloads = list[str](), list[int](), list[int]()
    for position, stop_id in enumerate(route.stops):
        if position in route.reloads:
            reloads.append(len(stops))
        members = both.get(stop_id, (stop_id,))
        stops.extend(members)
        places.extend([route.place(position)] * len(members))
    return replace(route, stops=tuple(stops), places=tuple(places), reloads=tuple(reloads))
