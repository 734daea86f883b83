"""The referee: what a plan costs, when each visit happens and every rule it breaks, independent of whoever made the plan.

Costs are whole fen (see `routing.problem`), rounded once per route and component, so plans can be compared exactly.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from routing import rules
from routing.fleet import Shift, Vehicle
from routing.plan import Plan, Route, Violation, ViolationKind
from routing.problem import LARGEST, Problem
from routing.rules import Loading
from routing.stops import Place, Stop, TimeWindow
from routing.timetable import Rest, Task, Timetable, timetable
from routing.travel import NO_WAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a route or plan costs, by what it is paid for, in fen."""

    fixed: int = 0
    distance: int = 0
    time: int = 0
    overtime: int = 0
    balance: int = 0
    preference: int = 0
    change: int = 0
    left_out: int = 0

    @property
    def total(self) -> int:
        return (
            self.fixed
            + self.distance
            + self.time
            + self.overtime
            + self.balance
            + self.preference
            + self.change
            + self.left_out
        )

    def __add__(self, other: Cost) -> Cost:
        return _sum([self, other])


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One stop on a route: service from `start_s` to `departure_s`, at the stop's own place (0) or an alternative (1, 2, …).

    `trip` counts from 0; `load_after` is what is on board then; `slack_s` by how much service can start later without
    breaking a rule.
    """

    stop_id: str
    place: int
    trip: int
    arrival_s: int
    start_s: int
    departure_s: int
    waiting_s: int
    slack_s: int
    load_after: tuple[int, ...]
    distance_from_previous_m: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """From one loading to the next: when it leaves and is back in the yard, and what is on board when it leaves."""

    departure_s: int
    return_s: int
    loads: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteEvaluation:
    """A route with its times.  `loads` is what is on board at departure, `duration_s` the time from departure to return.

    A route without stops stays in the yard: it costs nothing and returns when it could have left.
    """

    shift_id: str
    departure_s: int
    return_s: int
    distance_m: int
    duration_s: int
    loads: tuple[int, ...]
    visits: tuple[Visit, ...]
    trips: tuple[Trip, ...]
    breaks: tuple[Rest, ...]
    cost: Cost
    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The verdict on a plan: `routes` in the plan's order (without routes of unknown shifts), every violation."""

    cost: Cost
    routes: tuple[RouteEvaluation, ...]
    violations: tuple[Violation, ...]

    @property
    def feasible(self) -> bool:
        return not self.violations


def evaluate(problem: Problem, plan: Plan) -> Evaluation:
    """Judge a plan from any hand.  Never raises for a bad plan: what is wrong with it comes back as violations."""
    known = (route for route in plan.routes if problem.has_shift(route.shift_id))
    return with_routes(problem, plan, tuple(evaluate_route(problem, route) for route in known))


def with_routes(problem: Problem, plan: Plan, routes: tuple[RouteEvaluation, ...]) -> Evaluation:
    """The verdict on a plan whose routes (of known shifts, in order) have been judged already."""
    served = {stop_id for route in plan.routes if problem.has_shift(route.shift_id) for stop_id in route.stops}
    missing = [stop for stop in problem.stops if stop.id not in served]
    left_out = Cost(left_out=sum(stop.left_out_price or 0 for stop in missing))
    return Evaluation(
        cost=_sum([*(route.cost for route in routes), left_out]),
        routes=routes,
        violations=(
            *(violation for route in routes for violation in route.violations),
            *_account(problem, plan),
            *_among_routes(problem, plan),
            *(_must_serve(stop) for stop in missing if stop.left_out_price is None),
        ),
    )


def evaluate_route(problem: Problem, route: Route) -> RouteEvaluation:
    """Judge one route of a known shift by itself; stops the problem does not know are passed over (`evaluate` reports them).

    What concerns several routes (`Stop.together`) is only seen by `evaluate`.
    """
    drive = _Drive.of(problem, route)
    if not drive.stops:
        return _idle(problem, drive.shift)
    shift, times = drive.shift, drive.times
    distance_m, duration_s = sum(drive.legs_m), times.return_s - times.departure_s
    loadings = [rules.loading(problem, stops) for stops in drive.trip_stops()]
    return RouteEvaluation(
        shift_id=shift.id,
        departure_s=times.departure_s,
        return_s=times.return_s,
        distance_m=distance_m,
        duration_s=duration_s,
        loads=loadings[0].at_start,
        visits=tuple(_visits(drive, loadings)),
        trips=tuple(_trips(drive, loadings)),
        breaks=times.rests,
        cost=_cost(problem, drive, distance_m, duration_s),
        violations=tuple(_broken(problem, route, drive, loadings, distance_m, duration_s)),
    )


@dataclass(frozen=True, slots=True)
class _Drive:
    """A route looked up and driven.  `trips` are positions among the visits; tasks and legs have the stays in the yard between them."""

    shift: Shift
    vehicle: Vehicle
    stops: list[Stop]
    places: list[int]
    trips: list[range]
    legs_s: list[int]
    legs_m: list[int]
    times: Timetable

    @classmethod
    def of(cls, problem: Problem, route: Route) -> _Drive:
        shift = problem.shift(route.shift_id)
        vehicle = problem.vehicle_of(shift)
        stops, places, trips = _known(problem, route)
        legs_s, legs_m = _legs(problem, shift, vehicle, stops, places, trips)
        ready_s = max(shift.ready_s, _released(stops, trips[0]))
        tasks = _tasks(shift, vehicle, stops, places, trips)
        drivable_s = [0 if leg_s == NO_WAY else leg_s for leg_s in legs_s] if NO_WAY in legs_s else legs_s
        return cls(shift, vehicle, stops, places, trips, legs_s, legs_m, timetable(shift, tasks, drivable_s, ready_s))

    def visits(self) -> Iterator[tuple[int, int, int]]:
        """Trip, position among the visits and number of the task of each visit."""
        for number, trip in enumerate(self.trips):
            for position in trip:
                yield number, position, position + number

    def trip_stops(self) -> Iterator[list[Stop]]:
        for trip in self.trips:
            yield self.stops[trip.start : trip.stop]


def _known(problem: Problem, route: Route) -> tuple[list[Stop], list[int], list[range]]:
    """The stops that the problem knows, with their places (the own one for those that there are not), by trips."""
    stops: list[Stop] = []
    places: list[int] = []
    trips: list[range] = []
    for trip in route.trips():
        start = len(stops)
        for position in trip:
            if route.stops[position] in problem:
                stop, place = problem.stop(route.stops[position]), route.place(position)
                stops.append(stop)
                places.append(place if 0 <= place <= len(stop.alternatives) else 0)
        if len(stops) > start:
            trips.append(range(start, len(stops)))
    return stops, places, trips or [range(0)]


def _legs(
    problem: Problem, shift: Shift, vehicle: Vehicle, stops: Sequence[Stop], places: Sequence[int], trips: list[range]
) -> tuple[list[int], list[int]]:
    """Seconds and metres of the legs of a route, from the yard to the first stop up to the way back."""
    where = [stop.place(place).location for stop, place in zip(stops, places, strict=True)]
    for trip in reversed(trips[1:]):
        where.insert(trip.start, shift.start_location)
    where = [shift.start_location, *where, shift.end_location]
    travel = problem.travel[vehicle.profile]
    legs_s: list[int] = travel.duration_s[where[:-1], where[1:]].tolist()
    legs_m: list[int] = travel.distance_m[where[:-1], where[1:]].tolist()
    if NO_WAY in legs_s:
        legs_m = [0 if leg_s == NO_WAY else leg_m for leg_s, leg_m in zip(legs_s, legs_m, strict=True)]
    return legs_s, legs_m


def _tasks(
    shift: Shift, vehicle: Vehicle, stops: Sequence[Stop], places: Sequence[int], trips: list[range]
) -> list[Task]:
    tasks = []
    for trip in trips:
        if trip.start:
            tasks.append(_stay(shift, _released(stops, trip)))
        for position in trip:
            place = stops[position].place(places[position])
            by_s = _latest_by_pass(vehicle, place) if place.required_passes else math.inf
            tasks.append(Task(place.service_s, place.windows, by_s))
    return tasks


def _stay(shift: Shift, released_s: int) -> Task:
    """The stay in the yard between two trips, which ends no earlier than the goods are there."""
    begin_s = max(0, released_s - shift.turnaround_s)
    return Task(shift.turnaround_s, (TimeWindow(start_s=begin_s, end_s=LARGEST),) if begin_s else (), math.inf)


def _released(stops: Sequence[Stop], trip: range) -> int:
    return max((stops[position].release_s for position in trip), default=0)


def _latest_by_pass(vehicle: Vehicle, place: Stop | Place) -> float:
    ends = (vehicle.pass_valid_until_s(kind) for kind in place.required_passes)
    return min((end for end in ends if end is not None), default=math.inf) - place.service_s


def _idle(problem: Problem, shift: Shift) -> RouteEvaluation:
    return RouteEvaluation(
        shift_id=shift.id,
        departure_s=shift.ready_s,
        return_s=shift.ready_s,
        distance_m=0,
        duration_s=0,
        loads=(0,) * len(problem.load_dimensions),
        visits=(),
        trips=(),
        breaks=(),
        cost=Cost(),
        violations=tuple(rules.sequence(shift, ())),
    )


def _visits(drive: _Drive, loadings: Sequence[Loading]) -> Iterator[Visit]:
    times = drive.times
    for trip, position, task in drive.visits():
        stop, place = drive.stops[position], drive.places[position]
        arrival_s, start_s = times.arrivals[task], times.starts[task]
        yield Visit(
            stop_id=stop.id,
            place=place,
            trip=trip,
            arrival_s=arrival_s,
            start_s=start_s,
            departure_s=start_s + stop.place(place).service_s,
            waiting_s=start_s - arrival_s,
            slack_s=times.slacks[task],
            load_after=loadings[trip].after[position - drive.trips[trip].start],
            distance_from_previous_m=drive.legs_m[task],
        )


def _trips(drive: _Drive, loadings: Sequence[Loading]) -> Iterator[Trip]:
    """A trip leaves when the stay before it is over, and is back when the next one begins."""
    times, departure_s = drive.times, drive.times.departure_s
    for number, trip in enumerate(drive.trips):
        stay = trip.stop + number
        last = stay >= len(times.arrivals)
        return_s = times.return_s if last else times.arrivals[stay]
        yield Trip(departure_s=departure_s, return_s=return_s, loads=loadings[number].at_start)
        departure_s = return_s if last else times.starts[stay] + drive.shift.turnaround_s


def _cost(problem: Problem, drive: _Drive, distance_m: int, duration_s: int) -> Cost:
    shift, vehicle = drive.shift, drive.vehicle
    over_s = 0 if shift.regular_end_s is None else max(0, drive.times.return_s - shift.regular_end_s)
    unfair_s = 0 if problem.fair_duration_s is None else max(0, duration_s - problem.fair_duration_s)
    prices = [rules.assignment_price(shift, stop, place) for stop, place in zip(drive.stops, drive.places, strict=True)]
    return Cost(
        fixed=vehicle.fixed_cost,
        distance=_rounded(distance_m * vehicle.cost_per_km, 1000),
        time=_rounded(duration_s * vehicle.cost_per_hour, 3600),
        overtime=_rounded(over_s * shift.overtime_per_hour, 3600),
        balance=_rounded(unfair_s * problem.unfair_per_hour, 3600),
        preference=sum(preference for preference, _ in prices),
        change=sum(change for _, change in prices),
    )


def _broken(
    problem: Problem, route: Route, drive: _Drive, loadings: Sequence[Loading], distance_m: int, duration_s: int
) -> Iterator[Violation]:
    shift, vehicle, times = drive.shift, drive.vehicle, drive.times
    yield from rules.overload(problem, shift, vehicle, loadings)
    for _, position, task in drive.visits():
        stop = drive.stops[position]
        yield from rules.at_stop(vehicle, shift, stop, drive.places[position], times.starts[task])
    yield from rules.unknown_places(problem, shift, route)
    yield from rules.closed_legs(shift, drive.legs_s)
    yield from rules.late_breaks(shift, times.rests)
    yield from rules.sequence(shift, drive.stops)
    for stops in drive.trip_stops():
        yield from rules.order_of_trip(shift, stops)
        yield from rules.mixed_goods(problem, shift, vehicle, stops)
    yield from rules.limits(
        shift,
        trips=len(drive.trips),
        stops=len(drive.stops),
        distance_m=distance_m,
        duration_s=duration_s,
        return_s=times.return_s,
    )


def _account(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Every stop exactly once, every shift at most once, no strangers."""
    shifts = Counter(route.shift_id for route in plan.routes)
    for shift_id, times in shifts.items():
        if not problem.has_shift(shift_id):
            yield _plan_violation(ViolationKind.UNKNOWN_SHIFT, shift_id, None)
        elif times > 1:
            yield _plan_violation(ViolationKind.DUPLICATED_SHIFT, shift_id, None, times - 1)
    named = Counter(stop_id for route in plan.routes for stop_id in route.stops)
    named.update(entry.stop_id for entry in plan.unassigned)
    for stop_id, times in named.items():
        if stop_id not in problem:
            yield _plan_violation(ViolationKind.UNKNOWN_STOP, None, stop_id)
        elif times > 1:
            yield _plan_violation(ViolationKind.DUPLICATED_STOP, None, stop_id, times - 1)
    for stop in problem.stops:
        if stop.id not in named:
            yield _plan_violation(ViolationKind.UNACCOUNTED_STOP, None, stop.id)


def _among_routes(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """What no route shows by itself: company that was parted, and locked stops of shifts that have no route."""
    yield from parted(problem, plan)
    with_route = {route.shift_id for route in plan.routes}
    for shift in problem.shifts:
        if shift.locked and shift.id not in with_route:
            yield from rules.sequence(shift, ())


def parted(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Stops that are away from the shift of most of those they belong `together` with."""
    if not problem.together:
        return
    shift_of = {stop_id: route.shift_id for route in plan.routes for stop_id in route.stops}
    for stop_ids in problem.together.values():
        shifts = Counter(shift_of[stop_id] for stop_id in stop_ids if stop_id in shift_of)
        if len(shifts) > 1:
            ((home, _),) = shifts.most_common(1)
            for stop_id in stop_ids:
                if (shift_id := shift_of.get(stop_id, home)) != home:
                    yield Violation(
                        kind=ViolationKind.TOGETHER, shift_id=shift_id, stop_id=stop_id, amount=1, unit="stop"
                    )


def _must_serve(stop: Stop) -> Violation:
    return _plan_violation(ViolationKind.LEFT_OUT, None, stop.id)


def _plan_violation(kind: ViolationKind, shift_id: str | None, stop_id: str | None, amount: int = 1) -> Violation:
    unit = "stop" if stop_id is not None else "shift"
    return Violation(kind=kind, shift_id=shift_id, stop_id=stop_id, amount=amount, unit=unit)


def _sum(costs: Sequence[Cost]) -> Cost:
    return Cost(**{field.name: sum(getattr(cost, field.name) for cost in costs) for field in fields(Cost)})


def _rounded(amount: int, divisor: int) -> int:
    return (2 * amount + divisor) // (2 * divisor)
