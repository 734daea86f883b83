"""Everything that is wrong with a problem, or looks wrong, in one answer.

What cannot be said at all is refused when the values are made.  Here is what can be said and cannot be meant: a stop that must be
served and that nobody can serve, two stops pinned to one position, a road on which cars would fly.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from routing.evaluate import evaluate_route
from routing.explain import with_reasons
from routing.fleet import Shift, Vehicle
from routing.formats.documents import problem_from_json, problem_refusals
from routing.formats.values import plain
from routing.plan import Plan, Route, Unassigned
from routing.problem import Problem
from routing.reasons import FitsNowhere
from routing.roads.straight_line import geodesic_matrix_m
from routing.stops import Stop
from routing.telling import Telling
from routing.travel import NO_WAY, TravelMatrix
from routing.violations import Violation, ViolationKind

FASTEST_KM_H = 200
"""No car is faster."""

FAR_M = 1_000
"""So far apart, places are not one place: a way of 0 s between them is none."""

LOPSIDED = 3
"""One way may take so many times as long as the way back, and not more than `LOPSIDED_S` longer."""

LOPSIDED_S = 1_800

SHORTCUT = 0.8
"""A road is not shorter than the straight line; below this share of it, coordinates or distances are wrong."""

OUTLYING = 20
"""A location so many times as far from the middle as half of them are is most likely misplaced …"""

OUTLYING_M = 100_000
"""… if it is this far too."""

_FIELDS: Mapping[ViolationKind, str] = {
    ViolationKind.LOAD: "load",
    ViolationKind.WINDOW: "windows",
    ViolationKind.SHIFT_END: "service_s",
    ViolationKind.DURATION: "service_s",
    ViolationKind.NO_WAY: "location",
    ViolationKind.DISTANCE: "location",
    ViolationKind.PASS_MISSING: "required_passes",
    ViolationKind.PASS_EXPIRED: "required_passes",
    ViolationKind.SKILL_MISSING: "required_skills",
    ViolationKind.PIN: "pin",
    ViolationKind.POSITION: "pin",
    ViolationKind.GOODS: "goods",
    ViolationKind.PICKUP_ORDER: "from_stop",
}

type Matrix = npt.NDArray[np.float64]


class Severity(StrEnum):
    """An error cannot be meant: no plan can keep every rule.  A warning can, but looks wrong or leaves something out."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`subject` says what it is about ("stop 'a'", "travel 'car'"), `field` which part of it, `value` what stood there."""

    severity: Severity
    code: str
    subject: str
    field: str
    value: Any
    why: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.field} {self.why}, got {told_value(self.value)!r}"


def validate(problem: Problem, *, on_earth: bool = True) -> list[Finding]:
    """All findings of a problem, errors first.  `on_earth` False: its locations are no real places (a published instance)."""
    findings = [
        *_stops_alone(problem),
        *_chains_alone(problem),
        *_stop_oddities(problem),
        *_locks(problem),
        *_positions(problem),
        *_companies(problem),
        *_total_load(problem),
        *_fleet(problem),
        *_goods(problem),
        *_travel(problem, on_earth=on_earth),
        *(_locations(problem) if on_earth else ()),
    ]
    return sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR)


def validate_document(document: object) -> list[Finding]:
    """All findings of a JSON document (see `routing.formats`): why it cannot be read, or what is wrong with what it says."""
    refusals = problem_refusals(document)
    if not refusals:
        return validate(problem_from_json(document))
    return [_error("format", "document", refusal.field, None, refusal.why) for refusal in refusals]


def told_value(value: object) -> Any:
    """A value as JSON and messages can show it."""
    return plain(value, without_defaults=True)


def _error(code: str, subject: str, field: str, value: object, why: str) -> Finding:
    return Finding(severity=Severity.ERROR, code=code, subject=subject, field=field, value=value, why=why)


def _warning(code: str, subject: str, field: str, value: object, why: str) -> Finding:
    return Finding(severity=Severity.WARNING, code=code, subject=subject, field=field, value=value, why=why)


def _left_out(code: str, stop: Stop, field: str, value: object, why: str) -> Finding:
    """An error for a stop that must be served."""
    severity = Severity.ERROR if stop.left_out_price is None else Severity.WARNING
    return Finding(severity=severity, code=code, subject=f"stop {stop.id!r}", field=field, value=value, why=why)


def _stops_alone(problem: Problem) -> Iterator[Finding]:
    """Stops that no shift can serve even alone; what is locked is judged where it is locked."""
    shifts = _different(problem)
    locked = {stop_id for shift in problem.shifts for stop_id in shift.locked}
    stops = [stop for stop in problem.stops if stop.from_stop is None and stop.id not in locked]
    hopeless = [stop for stop in stops if not any(_is_clean(problem, shift, [stop]) for shift in shifts)]
    lonely = Plan(
        routes=tuple(Route(shift_id=shift.id, stops=shift.locked) for shift in problem.shifts if shift.locked),
        unassigned=tuple(Unassigned(stop_id=stop.id) for stop in hopeless),
    )
    for entry in with_reasons(problem, lonely).unassigned if hopeless else ():
        if isinstance(entry.reason, FitsNowhere):
            yield _unservable(problem.stop(entry.stop_id), entry.reason)


def _different(problem: Problem) -> list[Shift]:
    """One shift of each kind, unless a stop is pinned to one of them."""
    pinned = {stop.pin.shift_id for stop in problem.stops if stop.pin} | {None}
    vehicles = {stop.pin.vehicle_id for stop in problem.stops if stop.pin}
    kinds: dict[object, Shift] = {}
    for shift in problem.shifts:
        car = replace(problem.vehicle_of(shift), id="?")
        mine = (shift.id if shift.id in pinned else None, shift.vehicle_id if shift.vehicle_id in vehicles else None)
        kinds.setdefault((replace(shift, id="?", vehicle_id="?"), car, mine), shift)
    return list(kinds.values())


def _unservable(stop: Stop, reason: FitsNowhere) -> Finding:
    if reason.shift_id is None:
        return _left_out("no_shift", stop, "id", stop.id, "cannot be served: there is no shift")
    why = f"cannot be served; on {reason.shift_id!r}, where it comes closest, {_told(reason.violations)}"
    field = _FIELDS.get(reason.violations[0].kind, "id")
    return _left_out(reason.code, stop, field, getattr(stop, field), why)


def _told(violations: Iterable[Violation]) -> str:
    return "; ".join(map(Telling().broken, violations))


def _chains_alone(problem: Problem) -> Iterator[Finding]:
    """Goods picked up at one stop for another, which no shift can bring even on a trip of their own."""
    fed, shifts = {stop.from_stop for stop in problem.stops}, _different(problem)
    for stop in problem.stops:
        if stop.from_stop is None or stop.id in fed:
            continue
        chain = _chain(problem, stop)
        if not any(_is_clean(problem, shift, chain) for shift in shifts):
            why = f"cannot be fed by any shift, even if it visits only {', '.join(each.id for each in chain)}"
            yield _left_out("pickup_order", stop, "from_stop", stop.from_stop, why)


def _chain(problem: Problem, stop: Stop) -> list[Stop]:
    chain = [stop]
    while (source := chain[0].from_stop) is not None:
        chain.insert(0, problem.stop(source))
    return chain


def _is_clean(problem: Problem, shift: Shift, chain: list[Stop]) -> bool:
    """Whether a shift can serve these stops after what it has to do anyway; a pinned position asks for no company."""
    locked = tuple(stop_id for stop_id in shift.locked if stop_id not in {stop.id for stop in chain})
    stops = (*locked, *(stop.id for stop in chain))
    for places in product(*(range(len(stop.places)) for stop in chain)):
        route = Route(shift_id=shift.id, stops=stops, places=(*(0 for _ in locked), *places))
        kinds = {violation.kind for violation in evaluate_route(problem, route).violations}
        if kinds <= {ViolationKind.POSITION, ViolationKind.LOCKED}:
            return True
    return False


def _stop_oddities(problem: Problem) -> Iterator[Finding]:
    hours = [(shift.ready_s, shift.end_s) for shift in problem.shifts]
    drivers = {shift.driver for shift in problem.shifts}
    for stop in problem.stops:
        subject = f"stop {stop.id!r}"
        for number, window in enumerate(stop.windows):
            if hours and not any(window.start_s <= end_s and window.end_s >= ready_s for ready_s, end_s in hours):
                value, why = (window.start_s, window.end_s), "lies outside every shift"
                yield _warning("window_outside", subject, f"windows[{number}]", value, why)
        if stop.left_out_price == 0:
            yield _warning("worthless", subject, "left_out_price", 0, "makes leaving the stop out free")
        if stop.unfamiliar_price and stop.familiar_drivers and not stop.familiar_drivers & drivers:
            yield _warning(
                "no_familiar_driver", subject, "familiar_drivers", stop.familiar_drivers, "names nobody who drives"
            )


def _locks(problem: Problem) -> Iterator[Finding]:
    """What every plan breaks that begins as it must."""
    for shift in problem.shifts:
        route = Route(shift_id=shift.id, stops=shift.locked)
        for violation in evaluate_route(problem, route).violations if shift.locked else ():
            if not _may_be_elsewhere(problem, shift, violation):
                at = "" if violation.stop_id is None else f" at {violation.stop_id!r}"
                why = f"cannot be kept{at}: {_told([violation])}"
                yield _error(f"locked_{violation.kind}", f"shift {shift.id!r}", "locked", shift.locked, why)


def _may_be_elsewhere(problem: Problem, shift: Shift, violation: Violation) -> bool:
    stop_ids = shift.locked if violation.stop_id is None else (violation.stop_id,)
    return any(problem.stop(stop_id).alternatives for stop_id in stop_ids)


def _positions(problem: Problem) -> Iterator[Finding]:
    """Positions pinned twice, taken by a locked stop, or beyond the most stops."""
    pinned: dict[tuple[str, int], str] = {}
    for stop in problem.stops:
        if stop.pin is None or stop.pin.shift_id is None or stop.pin.position is None:
            continue
        shift, position = problem.shift(stop.pin.shift_id), stop.pin.position
        other = pinned.setdefault((shift.id, position), stop.id)
        if other != stop.id:
            yield _left_out("pinned_twice", stop, "pin.position", position, f"is that of stop {other!r} too")
        if position < len(shift.locked) and shift.locked[position] != stop.id:
            why = f"is that of the locked stop {shift.locked[position]!r}"
            yield _left_out("pinned_locked", stop, "pin.position", position, why)
        if shift.max_stops is not None and position >= shift.max_stops:
            why = f"must be below the {shift.max_stops} stops that {shift.id!r} may have"
            yield _left_out("pinned_beyond", stop, "pin.position", position, why)


def _companies(problem: Problem) -> Iterator[Finding]:
    """Stops that belong together and cannot be."""
    companies: dict[str, list[Stop]] = defaultdict(list)
    for stop in problem.stops:
        if stop.together is not None:
            companies[stop.together].append(stop)
    locked = {stop_id: shift.id for shift in problem.shifts for stop_id in shift.locked}
    for name, stops in companies.items():
        if len(stops) == 1:
            yield _warning("together_alone", f"stop {stops[0].id!r}", "together", name, "names no other stop")
        for members, worst in _worst_first(stops, locked):
            allowed = [_shifts_allowed(problem, stop, locked.get(stop.id)) for stop in members]
            if problem.shifts and all(allowed) and not set.intersection(*allowed):
                why = f"asks for one shift, and {', '.join(stop.id for stop in members)} are pinned to several"
                yield _left_out("together_apart", worst, "together", name, why)
                break
        yield from _company_load(problem, name, stops, locked)


def _worst_first(company: list[Stop], locked: Collection[str]) -> Iterator[tuple[list[Stop], Stop]]:
    """Those who are served in any case, and then all of them, each time with one for whom it is a pity if they cannot be together."""
    certain = [stop for stop in company if stop.left_out_price is None or stop.id in locked]
    if certain:
        yield certain, next((stop for stop in certain if stop.left_out_price is None), certain[0])
    if others := [stop for stop in company if stop not in certain]:
        yield company, others[0]


def _shifts_allowed(problem: Problem, stop: Stop, locked_on: str | None) -> set[str]:
    if locked_on is not None:
        return {locked_on}
    return {shift.id for shift in problem.shifts if stop.pin is None or stop.pin.is_on(shift.id, shift.vehicle_id)}


def _company_load(problem: Problem, name: str, stops: list[Stop], locked: Collection[str]) -> Iterator[Finding]:
    for dimension, unit in enumerate(problem.load_dimensions):
        most = max((_carried(problem, shift)[dimension] for shift in problem.shifts), default=0)
        for members, worst in _worst_first(stops, locked):
            load = sum(stop.load[dimension] for stop in members if stop.from_stop is None)
            if load > most and problem.shifts:
                why = f"asks for one shift for {load} {unit}, and none carries more than {most}"
                yield _left_out("together_load", worst, "together", name, why)
                break


def _carried(problem: Problem, shift: Shift) -> list[int]:
    return [capacity * shift.max_trips for capacity in problem.vehicle_of(shift).capacity]


def _total_load(problem: Problem) -> Iterator[Finding]:
    """More to bring than all shifts carry together on all their trips."""
    for dimension, unit in enumerate(problem.load_dimensions):
        carried = sum(_carried(problem, shift)[dimension] for shift in problem.shifts)
        from_yard = [stop for stop in problem.stops if stop.from_stop is None]
        all_load = sum(stop.load[dimension] for stop in from_yard)
        must = sum(stop.load[dimension] for stop in from_yard if stop.left_out_price is None)
        why = f"is more than the {carried} {unit} that all shifts carry together"
        if must > carried:
            yield _error("total_load", "stops", f"load[{dimension}]", must, f"of those that must be served {why}")
        elif all_load > carried:
            yield _warning("total_load", "stops", f"load[{dimension}]", all_load, f"of all stops {why}")


def _fleet(problem: Problem) -> Iterator[Finding]:
    driven = {shift.vehicle_id for shift in problem.shifts}
    for vehicle in problem.vehicles:
        if vehicle.id not in driven:
            yield _warning("no_shift", f"vehicle {vehicle.id!r}", "id", vehicle.id, "has no shift")
        yield from _pass_oddities(problem, vehicle)
    for shift in problem.shifts:
        yield from _shift_oddities(shift)


def _pass_oddities(problem: Problem, vehicle: Vehicle) -> Iterator[Finding]:
    starts = [shift.ready_s for shift in problem.shifts if shift.vehicle_id == vehicle.id]
    for number, each in enumerate(vehicle.passes):
        if starts and each.valid_until_s is not None and each.valid_until_s <= min(starts):
            field = f"passes[{number}].valid_until_s"
            why = f"is over before the vehicle first leaves, at {min(starts)}"
            yield _warning("pass_over", f"vehicle {vehicle.id!r}", field, each.valid_until_s, why)


def _shift_oddities(shift: Shift) -> Iterator[Finding]:
    subject = f"shift {shift.id!r}"
    if shift.ready_s >= shift.end_s:
        why = f"leaves no time to drive before the end at {shift.end_s}"
        yield _warning("too_short", subject, "loading_s", shift.loading_s, why)
    for number, rest in enumerate(shift.breaks):
        if rest.earliest_s >= shift.end_s or rest.latest_s + rest.duration_s <= shift.start_s:
            value, why = (rest.earliest_s, rest.latest_s), "lies outside the shift"
            yield _warning("break_outside", subject, f"breaks[{number}]", value, why)
    if shift.regular_end_s is not None and not shift.start_s <= shift.regular_end_s <= shift.end_s:
        why = f"lies outside the shift, {shift.start_s} to {shift.end_s}"
        yield _warning("overtime_outside", subject, "regular_end_s", shift.regular_end_s, why)


def _goods(problem: Problem) -> Iterator[Finding]:
    carried = {kind for stop in problem.stops for kind in stop.goods}
    for number, pair in enumerate(problem.incompatible):
        if missing := [kind for kind in pair.goods if kind not in carried]:
            why = f"names kinds of goods that no stop has: {', '.join(missing)}"
            yield _warning("unknown_goods", "incompatible", f"[{number}]", pair.goods, why)


def _travel(problem: Problem, *, on_earth: bool) -> Iterator[Finding]:
    geodesic_m = geodesic_matrix_m(problem.locations) if on_earth and problem.locations else None
    for profile in sorted({vehicle.profile for vehicle in problem.vehicles}):
        matrix = problem.travel[profile]
        if matrix.duration_s.size:
            yield from _matrix(f"travel {profile!r}", matrix, geodesic_m)


def _matrix(subject: str, travel: TravelMatrix, geodesic_m: Matrix | None) -> Iterator[Finding]:
    """One finding for each kind of oddity, with its worst case and how many there are."""
    duration_s, distance_m = travel.duration_s.astype(np.float64), travel.distance_m.astype(np.float64)
    duration_s[travel.duration_s == NO_WAY] = np.nan
    far_m = distance_m if geodesic_m is None else geodesic_m
    with np.errstate(divide="ignore", invalid="ignore"):
        speed_km_h = np.where(distance_m > 0, distance_m / duration_s * 3.6, 0)
        longer_s = duration_s - duration_s.T
        lopsided = (longer_s > LOPSIDED_S) & (duration_s > LOPSIDED * duration_s.T)
    at_once = (duration_s == 0) & (far_m > FAR_M)
    too_fast = (speed_km_h > FASTEST_KM_H) & ~at_once & (far_m > FAR_M)
    yield from _worst(subject, "duration_s", "at_once", at_once, far_m, duration_s, "is no time for {0:.0f} m")
    yield from _worst(subject, "duration_s", "too_fast", too_fast, speed_km_h, duration_s, "would take {0:.0f} km/h")
    yield from _worst(
        subject, "duration_s", "lopsided", lopsided, longer_s, duration_s, "is {0:.0f} s more than the way back"
    )
    still = np.diag(np.nan_to_num(np.diag(duration_s), nan=1.0) + np.diag(distance_m))
    yield from _worst(subject, "duration_s", "not_still", still > 0, still, duration_s, "leads from a place to itself")
    if geodesic_m is not None:
        short = (distance_m < SHORTCUT * geodesic_m) & (geodesic_m > FAR_M) & ~np.isnan(duration_s)
        shorter_m = geodesic_m - distance_m
        why = "is {0:.0f} m less than the straight line"
        yield from _worst(subject, "distance_m", "shortcut", short, shorter_m, distance_m, why)


def _worst(
    subject: str, field: str, code: str, odd: npt.NDArray[np.bool_], badness: Matrix, values: Matrix, why: str
) -> Iterator[Finding]:
    count = int(odd.sum())
    if not count:
        return
    row, column = np.unravel_index(int(np.argmax(np.where(odd, badness, -np.inf))), odd.shape)
    value = values[row, column]
    more = f" (the worst of {count:,})" if count > 1 else ""
    told = why.format(float(badness[row, column])) + more
    yield _warning(code, subject, f"{field}[{row}][{column}]", None if np.isnan(value) else int(value), told)


def _locations(problem: Problem) -> Iterator[Finding]:
    """Places far from all others: swapped or mistyped coordinates.  And places written more than once."""
    if not problem.locations:
        return
    middle = replace(
        problem.locations[0],
        lat=float(np.median([place.lat for place in problem.locations])),
        lon=float(np.median([place.lon for place in problem.locations])),
    )
    away_m = _from_middle_m(problem, middle)
    bound_m = max(OUTLYING_M, OUTLYING * float(np.median(away_m)))
    for index in np.flatnonzero(away_m > bound_m):
        place = problem.locations[index]
        why = f"is {away_m[index] / 1000:.0f} km from the middle of all, where half of them are within {np.median(away_m) / 1000:.0f} km"
        yield _warning("far_away", f"locations[{index}]", "lat, lon", (place.lat, place.lon), why)
    yield from _doubles(problem)


def _from_middle_m(problem: Problem, middle: Any) -> Matrix:
    return np.array([geodesic_matrix_m([middle, place])[0, 1] for place in problem.locations])


def _doubles(problem: Problem) -> Iterator[Finding]:
    counts = Counter((place.lat, place.lon) for place in problem.locations)
    place, count = counts.most_common(1)[0]
    if count > 1:
        places = sum(each > 1 for each in counts.values())
        why = f"is written {count} times (the most of {places} such places); once is enough, and quicker"
        yield _warning("same_place", "locations", "lat, lon", place, why)
