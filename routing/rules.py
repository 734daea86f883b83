"""The rules of one route, each as a function that yields what is broken.  A new rule of one route is one more function here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from routing.fleet import Shift, Vehicle
from routing.plan import Route, Violation, ViolationKind
from routing.problem import Incompatibility, Problem, Within
from routing.stops import Stop
from routing.timetable import Rest
from routing.travel import NO_WAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """What is on board on one trip: at its start, after each stop, and at most, by load dimension."""

    at_start: tuple[int, ...]
    after: tuple[tuple[int, ...], ...]
    most: tuple[int, ...]


def loading(problem: Problem, stops: Sequence[Stop]) -> Loading:
    """The load of a trip.  Goods that are to be picked up at a stop which does not come before count from the start."""
    dimensions = range(len(problem.load_dimensions))
    boards_at = _boarding(stops)
    aboard = [sum(stop.load[d] for stop in stops if stop.id not in boards_at) for d in dimensions]
    at_start, most, after = tuple(aboard), list(aboard), []
    boarding = {source: stop for stop in stops if (source := boards_at.get(stop.id)) is not None}
    for stop in stops:
        fed = boarding.get(stop.id)
        aboard = [rest - amount for rest, amount in zip(aboard, stop.load, strict=True)]
        for comes in (stop.pickup, fed.load if fed else ()):
            if comes:
                aboard = [rest + amount for rest, amount in zip(aboard, comes, strict=True)]
                most = [max(pair) for pair in zip(most, aboard, strict=True)]
        after.append(tuple(aboard))
    return Loading(at_start=at_start, after=tuple(after), most=tuple(most))


def _boarding(stops: Sequence[Stop]) -> dict[str, str]:
    """For the stops that get their goods at an earlier stop of the trip, that stop's id."""
    if not any(stop.from_stop for stop in stops):
        return {}
    seen: set[str] = set()
    boards_at = {}
    for stop in stops:
        if stop.from_stop in seen:
            boards_at[stop.id] = stop.from_stop
        seen.add(stop.id)
    return boards_at


def overload(problem: Problem, shift: Shift, vehicle: Vehicle, loadings: Iterable[Loading]) -> Iterator[Violation]:
    """The largest excess of each load dimension at any moment of any trip."""
    most = [max(amounts) for amounts in zip(*(trip.most for trip in loadings), strict=True)]
    for unit, load, capacity in zip(problem.load_dimensions, most, vehicle.capacity, strict=True):
        if load > capacity:
            yield violation(ViolationKind.LOAD, shift, None, load - capacity, unit)


def admits(vehicle: Vehicle, shift: Shift, stop: Stop, place: int = 0) -> Iterator[Violation]:
    """What speaks against a stop, served at one of its places, on a shift at whatever time: passes and skills it lacks, pins elsewhere."""
    for kind in sorted(stop.place(place).required_passes):
        if vehicle.pass_valid_until_s(kind) is None:
            yield violation(ViolationKind.PASS_MISSING, shift, stop, 1, "pass")
    if stop.required_skills:
        for _ in stop.required_skills - vehicle.skills - shift.skills:
            yield violation(ViolationKind.SKILL_MISSING, shift, stop, 1, "skill")
    if stop.pin is not None and not stop.pin.is_on(shift.id, shift.vehicle_id):
        yield violation(ViolationKind.PIN, shift, stop, 1, "stop")


def at_stop(vehicle: Vehicle, shift: Shift, stop: Stop, index: int, start_s: int) -> Iterator[Violation]:
    """What service at one stop that starts at `start_s` breaks: windows, passes, skills, pins."""
    place = stop.place(index)
    if place.windows and start_s > place.windows[-1].end_s:
        yield violation(ViolationKind.WINDOW, shift, stop, start_s - place.windows[-1].end_s, "s")
    yield from admits(vehicle, shift, stop, index)
    for kind in sorted(place.required_passes):
        until_s = vehicle.pass_valid_until_s(kind)
        if until_s is not None and start_s + place.service_s > until_s:
            expired_s = start_s + place.service_s - int(until_s)
            yield violation(ViolationKind.PASS_EXPIRED, shift, stop, expired_s, "s")


def unknown_places(problem: Problem, shift: Shift, route: Route) -> Iterator[Violation]:
    for stop_id, place in zip(route.stops, route.places, strict=False):
        if stop_id in problem and not 0 <= place <= len(problem.stop(stop_id).alternatives):
            yield violation(ViolationKind.UNKNOWN_PLACE, shift, problem.stop(stop_id), 1, "stop")


def late_breaks(shift: Shift, rests: Iterable[Rest]) -> Iterator[Violation]:
    for rest in rests:
        if rest.late_s:
            yield violation(ViolationKind.BREAK, shift, None, rest.late_s, "s")


def sequence(shift: Shift, stops: Sequence[Stop]) -> Iterator[Violation]:
    """Pinned positions and the locked beginning of a route."""
    for position, stop in enumerate(stops):
        pin = stop.pin
        if pin is not None and pin.shift_id == shift.id and pin.position not in {None, position}:
            yield violation(ViolationKind.POSITION, shift, stop, abs(position - (pin.position or 0)), "visit")
    if shift.locked:
        begin = [stop.id for stop in stops[: len(shift.locked)]]
        kept = sum(stop_id == locked for stop_id, locked in zip(begin, shift.locked, strict=False))
        if kept < len(shift.locked):
            yield violation(ViolationKind.LOCKED, shift, None, len(shift.locked) - kept, "stop")


def order_of_trip(shift: Shift, stops: Sequence[Stop]) -> Iterator[Violation]:
    """Quarantine last, and goods picked up before they are delivered."""
    if any(stop.quarantine for stop in stops):
        first = next(position for position, stop in enumerate(stops) if stop.quarantine)
        for stop in stops[first:]:
            if not stop.quarantine:
                yield violation(ViolationKind.QUARANTINE, shift, stop, 1, "stop")
    fed = _boarding(stops)
    for stop in stops:
        if stop.from_stop is not None and stop.id not in fed:
            yield violation(ViolationKind.PICKUP_ORDER, shift, stop, 1, "stop")


def mixed_goods(problem: Problem, shift: Shift, vehicle: Vehicle, stops: Sequence[Stop]) -> Iterator[Violation]:
    """Kinds of goods that must not share the vehicle, or cannot be kept apart in its compartments, on one trip."""
    if not problem.incompatible:
        return
    kinds = frozenset[str]().union(*(stop.goods for stop in stops))
    met = [pair for pair in problem.incompatible if kinds.issuperset(pair.goods)]
    inside = [pair for pair in met if pair.within is Within.COMPARTMENT]
    kept_apart = not inside or can_keep_apart(met, vehicle.compartments)
    for pair in met:
        if pair.within is Within.VEHICLE or not kept_apart:
            yield violation(ViolationKind.GOODS, shift, None, 1, "pair")


def can_keep_apart(pairs: Sequence[Incompatibility], compartments: int) -> bool:
    """Whether the kinds in these pairs fit into so many compartments with no pair in one: a colouring, tried out."""
    foes: dict[str, set[str]] = {}
    for pair in pairs:
        first, second = pair.goods
        foes.setdefault(first, set()).add(second)
        foes.setdefault(second, set()).add(first)
    kinds = sorted(foes, key=lambda kind: (-len(foes[kind]), kind))
    return _coloured(kinds, foes, {}, compartments)


def _coloured(kinds: list[str], foes: dict[str, set[str]], placed: dict[str, int], compartments: int) -> bool:
    if not kinds:
        return True
    kind, others = kinds[0], kinds[1:]
    taken = {placed[foe] for foe in foes[kind] if foe in placed}
    used = len(set(placed.values()))
    free = (number for number in range(min(compartments, used + 1)) if number not in taken)  # new ones are all alike
    return any(_coloured(others, foes, {**placed, kind: number}, compartments) for number in free)


def limits(
    shift: Shift, *, trips: int, stops: int, distance_m: int, duration_s: int, return_s: int
) -> Iterator[Violation]:
    """What a shift may do at most."""
    if return_s > shift.end_s:
        yield violation(ViolationKind.SHIFT_END, shift, None, return_s - shift.end_s, "s")
    if shift.max_duration_s is not None and duration_s > shift.max_duration_s:
        yield violation(ViolationKind.DURATION, shift, None, duration_s - shift.max_duration_s, "s")
    if shift.max_distance_m is not None and distance_m > shift.max_distance_m:
        yield violation(ViolationKind.DISTANCE, shift, None, distance_m - shift.max_distance_m, "m")
    if shift.max_stops is not None and stops > shift.max_stops:
        yield violation(ViolationKind.STOPS, shift, None, stops - shift.max_stops, "stop")
    if trips > shift.max_trips:
        yield violation(ViolationKind.TRIPS, shift, None, trips - shift.max_trips, "trip")


def closed_legs(shift: Shift, legs_s: Sequence[int]) -> Iterator[Violation]:
    if closed := legs_s.count(NO_WAY):
        yield violation(ViolationKind.NO_WAY, shift, None, closed, "leg")


def assignment_price(shift: Shift, stop: Stop, place: int = 0) -> tuple[int, int]:
    """What a stop costs because it is this shift and this place: by preference, and by change of the published plan; in fen."""
    preference = stop.alternatives[place - 1].price if place else 0
    if stop.unfamiliar_price and stop.familiar_drivers and shift.driver not in stop.familiar_drivers:
        preference += stop.unfamiliar_price
    changed = stop.change_price and stop.published_shift not in {None, shift.id}
    return preference, stop.change_price if changed else 0


def violation(kind: ViolationKind, shift: Shift, stop: Stop | None, amount: int, unit: str) -> Violation:
    return Violation(kind=kind, shift_id=shift.id, stop_id=stop.id if stop else None, amount=amount, unit=unit)
