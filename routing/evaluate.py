"""The referee: what a plan costs, when each visit happens and every rule it breaks, independent of whoever made the plan.

Costs are whole fen (see `routing.problem`), rounded once per route and component, so plans can be compared exactly.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from routing.plan import Plan, Route, Violation, ViolationKind
from routing.problem import Problem, Shift, Stop, Vehicle


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a route or plan costs, by what it is paid for, in fen."""

    fixed: int = 0
    distance: int = 0
    time: int = 0
    left_out: int = 0

    @property
    def total(self) -> int:
        return self.fixed + self.distance + self.time + self.left_out

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            fixed=self.fixed + other.fixed,
            distance=self.distance + other.distance,
            time=self.time + other.time,
            left_out=self.left_out + other.left_out,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One stop on a route: service from `start_s` to `departure_s`; `load_after` is what is still on board then."""

    stop_id: str
    arrival_s: int
    start_s: int
    departure_s: int
    waiting_s: int
    load_after: tuple[int, ...]
    distance_from_previous_m: int


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
    routes = tuple(evaluate_route(problem, route) for route in plan.routes if problem.has_shift(route.shift_id))
    served = {stop_id for route in plan.routes if problem.has_shift(route.shift_id) for stop_id in route.stops}
    missing = [stop for stop in problem.stops if stop.id not in served]
    left_out = Cost(left_out=sum(stop.left_out_price or 0 for stop in missing))
    return Evaluation(
        cost=sum((route.cost for route in routes), start=left_out),
        routes=routes,
        violations=(
            *(violation for route in routes for violation in route.violations),
            *_account(problem, plan),
            *(_must_serve(stop) for stop in missing if stop.left_out_price is None),
        ),
    )


def evaluate_route(problem: Problem, route: Route) -> RouteEvaluation:
    """Judge one route of a known shift by itself; stops the problem does not know are passed over (`evaluate` reports them)."""
    shift = problem.shift(route.shift_id)
    vehicle = problem.vehicle_of(shift)
    stops = [problem.stop(stop_id) for stop_id in route.stops if stop_id in problem]
    if not stops:
        return _idle(problem, shift)
    legs_s, legs_m = _legs(problem, shift, vehicle, stops)
    latest_starts = [_latest_by_pass(vehicle, stop) for stop in stops]
    departure_s = _latest_departure(shift, stops, legs_s, latest_starts)
    visits, return_s = _drive(stops, legs_s, legs_m, departure_s)
    distance_m, duration_s = sum(legs_m), return_s - departure_s
    return RouteEvaluation(
        shift_id=shift.id,
        departure_s=departure_s,
        return_s=return_s,
        distance_m=distance_m,
        duration_s=duration_s,
        loads=_loads(problem, stops),
        visits=visits,
        cost=Cost(
            fixed=vehicle.fixed_cost,
            distance=_rounded(distance_m * vehicle.cost_per_km, 1000),
            time=_rounded(duration_s * vehicle.cost_per_hour, 3600),
        ),
        violations=tuple(_broken(problem, shift, vehicle, stops, visits, return_s)),
    )


def service_start(stop: Stop, arrival_s: int) -> int:
    """When service starts for an arrival: in the first window still open, or at once if there is none (which is late)."""
    for window in stop.windows:
        if arrival_s <= window.end_s:
            return max(arrival_s, window.start_s)
    return arrival_s


def latest_start(stop: Stop, by_s: float) -> float:
    """The last instant not after `by_s` at which service may start, minus infinity if there is none."""
    if not stop.windows:
        return by_s
    return max((min(window.end_s, by_s) for window in stop.windows if window.start_s <= by_s), default=-math.inf)


def _idle(problem: Problem, shift: Shift) -> RouteEvaluation:
    return RouteEvaluation(
        shift_id=shift.id,
        departure_s=shift.ready_s,
        return_s=shift.ready_s,
        distance_m=0,
        duration_s=0,
        loads=(0,) * len(problem.load_dimensions),
        visits=(),
        cost=Cost(),
        violations=(),
    )


def _legs(problem: Problem, shift: Shift, vehicle: Vehicle, stops: Sequence[Stop]) -> tuple[list[int], list[int]]:
    """Seconds and metres of the legs of a route, from the yard to the first stop up to the way back."""
    places = [shift.start_location, *(stop.location for stop in stops), shift.end_location]
    travel = problem.travel[vehicle.profile]
    return travel.duration_s[places[:-1], places[1:]].tolist(), travel.distance_m[places[:-1], places[1:]].tolist()


def _latest_departure(shift: Shift, stops: Sequence[Stop], legs_s: list[int], latest_starts: list[float]) -> int:
    """The latest departure that makes nothing later or more broken than leaving at once: what is waited away is slept in.

    Forward at the earliest times, then backward from the same return: each service may start as late as the rest allows,
    unless it is late already, when any delay would be harm.
    """
    now, starts = shift.ready_s, []
    for stop, leg_s in zip(stops, legs_s, strict=False):
        start_s = service_start(stop, now + leg_s)
        starts.append(start_s)
        now = start_s + stop.service_s
    bound: float = now
    for position in range(len(stops) - 1, -1, -1):
        stop, earliest_s = stops[position], starts[position]
        limit = min(bound - stop.service_s, latest_starts[position])
        bound = max(latest_start(stop, limit), earliest_s) - legs_s[position]
    return max(shift.ready_s, int(bound))


def _drive(
    stops: Sequence[Stop], legs_s: list[int], legs_m: list[int], departure_s: int
) -> tuple[tuple[Visit, ...], int]:
    """Drive a route: its visits and the time of return."""
    on_board = [sum(amounts) for amounts in zip(*(stop.load for stop in stops), strict=True)]
    now, visits = departure_s, []
    for stop, leg_s, leg_m in zip(stops, legs_s, legs_m, strict=False):
        arrival_s = now + leg_s
        start_s = service_start(stop, arrival_s)
        now = start_s + stop.service_s
        on_board = [rest - amount for rest, amount in zip(on_board, stop.load, strict=True)]
        visits.append(
            Visit(
                stop_id=stop.id,
                arrival_s=arrival_s,
                start_s=start_s,
                departure_s=now,
                waiting_s=start_s - arrival_s,
                load_after=tuple(on_board),
                distance_from_previous_m=leg_m,
            )
        )
    return tuple(visits), now + legs_s[-1]


def _loads(problem: Problem, stops: Sequence[Stop]) -> tuple[int, ...]:
    return tuple(sum(stop.load[d] for stop in stops) for d in range(len(problem.load_dimensions)))


def _broken(
    problem: Problem, shift: Shift, vehicle: Vehicle, stops: Sequence[Stop], visits: Sequence[Visit], return_s: int
) -> Iterator[Violation]:
    """The rules a route breaks.  A new rule of one route is one more function here."""
    yield from _overload(problem, shift, vehicle, stops)
    for stop, visit in zip(stops, visits, strict=True):
        if stop.windows and visit.start_s > stop.windows[-1].end_s:
            late_s = visit.start_s - stop.windows[-1].end_s
            yield _violation(ViolationKind.WINDOW, shift, stop, late_s, "s")
        yield from _pass_trouble(shift, vehicle, stop, visit)
    if return_s > shift.end_s:
        yield _violation(ViolationKind.SHIFT_END, shift, None, return_s - shift.end_s, "s")


def _overload(problem: Problem, shift: Shift, vehicle: Vehicle, stops: Sequence[Stop]) -> Iterator[Violation]:
    for unit, load, capacity in zip(problem.load_dimensions, _loads(problem, stops), vehicle.capacity, strict=True):
        if load > capacity:
            yield _violation(ViolationKind.LOAD, shift, None, load - capacity, unit)


def _pass_trouble(shift: Shift, vehicle: Vehicle, stop: Stop, visit: Visit) -> Iterator[Violation]:
    for kind in sorted(stop.required_passes):
        until_s = vehicle.pass_valid_until_s(kind)
        if until_s is None:
            yield _violation(ViolationKind.PASS_MISSING, shift, stop, 1, "pass")
        elif visit.departure_s > until_s:
            yield _violation(ViolationKind.PASS_EXPIRED, shift, stop, visit.departure_s - int(until_s), "s")


def _latest_by_pass(vehicle: Vehicle, stop: Stop) -> float:
    ends = (vehicle.pass_valid_until_s(kind) for kind in stop.required_passes)
    return min((end for end in ends if end is not None), default=math.inf) - stop.service_s


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


def _must_serve(stop: Stop) -> Violation:
    return _plan_violation(ViolationKind.LEFT_OUT, None, stop.id)


def _violation(kind: ViolationKind, shift: Shift, stop: Stop | None, amount: int, unit: str) -> Violation:
    return Violation(kind=kind, shift_id=shift.id, stop_id=stop.id if stop else None, amount=amount, unit=unit)


def _plan_violation(kind: ViolationKind, shift_id: str | None, stop_id: str | None, amount: int = 1) -> Violation:
    unit = "stop" if stop_id is not None else "shift"
    return Violation(kind=kind, shift_id=shift_id, stop_id=stop_id, amount=amount, unit=unit)


def _rounded(amount: int, divisor: int) -> int:
    return (2 * amount + divisor) // (2 * divisor)
