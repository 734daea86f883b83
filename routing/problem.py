"""What is to be planned: stops, vehicles, shifts and travel times, as values that cannot be nonsense.

Units: seconds from the caller's epoch (the start of the planning horizon; several days are shifts that start on different
days), metres, whole units of each load dimension (kg, litres, …), and money in fen (1/100 yuan), or whatever smallest unit of
currency the caller uses for all costs and prices alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from routing.checks import LARGEST, check_name, check_optional_whole, check_whole
from routing.errors import ProblemError, UnknownIdError
from routing.fleet import Break, Pass, Shift, Vehicle
from routing.stops import Pin, Place, Stop, TimeWindow
from routing.travel import NO_WAY, Location, TravelMatrix

__all__ = [
    "LARGEST",
    "NO_WAY",
    "Break",
    "Incompatibility",
    "Location",
    "Pass",
    "Pin",
    "Place",
    "Problem",
    "Shift",
    "Stop",
    "TimeWindow",
    "TravelMatrix",
    "Vehicle",
    "Within",
]


class Within(StrEnum):
    """What two kinds of goods must not share."""

    VEHICLE = "vehicle"
    COMPARTMENT = "compartment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incompatibility:
    """Two kinds of goods that must not be in one vehicle, or one compartment, on the same trip (84 with acid, disinfectant with food)."""

    goods: tuple[str, str]
    within: Within = Within.VEHICLE

    def __post_init__(self) -> None:
        if len(self.goods) != 2 or self.goods[0] == self.goods[1]:
            raise ProblemError("goods", self.goods, "must be two different kinds")
        for kind in self.goods:
            check_name("goods", kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Everything a plan is made from and judged by.

    `load_dimensions` names the loads with their units ("kg", "litres"); `travel` holds one matrix over `locations` for each
    vehicle profile.  For balance, every hour by which a route is longer than `fair_duration_s` costs `unfair_per_hour`.

    Raises `ProblemError` for what cannot be meant; its `findings` are everything wrong between the parts.
    """

    load_dimensions: tuple[str, ...]
    locations: tuple[Location, ...]
    stops: tuple[Stop, ...]
    vehicles: tuple[Vehicle, ...]
    shifts: tuple[Shift, ...]
    travel: Mapping[str, TravelMatrix]
    incompatible: tuple[Incompatibility, ...] = ()
    fair_duration_s: int | None = None
    unfair_per_hour: int = 0
    _stops: dict[str, Stop] = field(init=False, repr=False, compare=False)
    _vehicles: dict[str, Vehicle] = field(init=False, repr=False, compare=False)
    _shifts: dict[str, Shift] = field(init=False, repr=False, compare=False)
    _together: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    _fed: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_optional_whole("fair_duration_s", self.fair_duration_s)
        check_whole("unfair_per_hour", self.unfair_per_hour)
        if findings := tuple(_findings(self)):
            first = findings[0]
            raise ProblemError(first.field, first.value, first.why, findings=findings)
        self._index()

    def _index(self) -> None:
        object.__setattr__(self, "_stops", {stop.id: stop for stop in self.stops})
        object.__setattr__(self, "_vehicles", {vehicle.id: vehicle for vehicle in self.vehicles})
        object.__setattr__(self, "_shifts", {shift.id: shift for shift in self.shifts})
        together: dict[str, tuple[str, ...]] = {}
        for stop in self.stops:
            if stop.together is not None:
                together[stop.together] = (*together.get(stop.together, ()), stop.id)
        object.__setattr__(self, "_together", together)
        fed = {stop.from_stop: stop.id for stop in self.stops if stop.from_stop is not None}
        object.__setattr__(self, "_fed", fed)

    @property
    def together(self) -> Mapping[str, tuple[str, ...]]:
        """The ids of the stops that share a name in `Stop.together`, by this name."""
        return self._together

    def fed_from(self, stop_id: str) -> str | None:
        """The id of the stop whose goods are picked up at this one."""
        return self._fed.get(stop_id)

    def is_paired(self, stop: Stop) -> bool:
        """Whether goods go from it to another stop or come to it from one, so that it is not served alone."""
        return stop.from_stop is not None or stop.id in self._fed

    def __contains__(self, stop_id: object) -> bool:
        return stop_id in self._stops

    def stop(self, stop_id: str) -> Stop:
        return _look_up("stop", self._stops, stop_id)

    def shift(self, shift_id: str) -> Shift:
        return _look_up("shift", self._shifts, shift_id)

    def has_shift(self, shift_id: str) -> bool:
        return shift_id in self._shifts

    def vehicle(self, vehicle_id: str) -> Vehicle:
        return _look_up("vehicle", self._vehicles, vehicle_id)

    def vehicle_of(self, shift: Shift) -> Vehicle:
        return self._vehicles[shift.vehicle_id]

    def restricted_to(self, *, stop_ids: Iterable[str], shift_ids: Iterable[str]) -> Problem:
        """The part of this problem that concerns only these stops and shifts, with only the locations they use.

        What a stop says about stops and shifts outside stays as it is said: a stop pinned to a shift outside fits nowhere here.
        Who takes apart what belongs `together` must see to it that it comes together again.
        """
        stops = [self.stop(stop_id) for stop_id in stop_ids]
        shifts = [self.shift(shift_id) for shift_id in shift_ids]
        vehicle_ids = {shift.vehicle_id for shift in shifts}
        vehicles = tuple(vehicle for vehicle in self.vehicles if vehicle.id in vehicle_ids)
        places = {place for shift in shifts for place in (shift.start_location, shift.end_location)}
        places.update(place.location for stop in stops for place in stop.places)
        used = sorted(places)
        index = {location: position for position, location in enumerate(used)}
        return _trusted(
            Problem,
            load_dimensions=self.load_dimensions,
            locations=tuple(self.locations[location] for location in used),
            stops=tuple(_moved_stop(stop, index) for stop in stops),
            vehicles=vehicles,
            shifts=tuple(
                _copy(shift, start_location=index[shift.start_location], end_location=index[shift.end_location])
                for shift in shifts
            ),
            travel={profile: self.travel[profile].between(used) for profile in {v.profile for v in vehicles}},
            incompatible=self.incompatible,
            fair_duration_s=self.fair_duration_s,
            unfair_per_hour=self.unfair_per_hour,
        )


def _trusted(kind: type[Problem], **fields: object) -> Problem:
    """A problem made of parts of one that was checked; checking again would be half the cost, and this runs in the search."""
    problem = object.__new__(kind)
    for name, value in fields.items():
        object.__setattr__(problem, name, value)
    problem._index()
    return problem


def _findings(problem: Problem) -> Iterator[ProblemError]:
    """Everything wrong between the parts of a problem; each part has checked itself before."""
    yield from _duplicates("load_dimensions", problem.load_dimensions)
    yield from _duplicates("stops", (stop.id for stop in problem.stops))
    yield from _duplicates("vehicles", (vehicle.id for vehicle in problem.vehicles))
    yield from _duplicates("shifts", (shift.id for shift in problem.shifts))
    for profile, matrix in problem.travel.items():
        size = len(problem.locations)
        if matrix.duration_s.shape != (size, size):
            yield ProblemError(f"travel[{profile!r}]", matrix.duration_s.shape, f"must have the shape {(size, size)}")
    for stop in problem.stops:
        yield from _stop_findings(problem, stop)
    yield from _chain_findings(problem.stops)
    yield from _pin_findings(problem)
    yield from _fleet_findings(problem)
    yield from _lock_findings(problem)


def _stop_findings(problem: Problem, stop: Stop) -> Iterator[ProblemError]:
    dimensions, size = len(problem.load_dimensions), len(problem.locations)
    if stop.location >= size:
        yield ProblemError(f"stop {stop.id!r}: location", stop.location, f"must be below {size}")
    for number, place in enumerate(stop.alternatives):
        if place.location >= size:
            yield ProblemError(
                f"stop {stop.id!r}: alternatives[{number}].location", place.location, f"must be below {size}"
            )
    if len(stop.load) != dimensions:
        yield ProblemError(f"stop {stop.id!r}: load", stop.load, f"must have {dimensions} numbers")
    if stop.pickup and len(stop.pickup) != dimensions:
        yield ProblemError(f"stop {stop.id!r}: pickup", stop.pickup, f"must have {dimensions} numbers or none")


def _chain_findings(stops: tuple[Stop, ...]) -> Iterator[ProblemError]:
    """Pickup and delivery: the source must be there, feed one stop only, and not be fed by what it feeds."""
    source = {stop.id: stop.from_stop for stop in stops if stop.from_stop is not None}
    ids = {stop.id for stop in stops}
    fed = Counter(source.values())
    for stop_id, from_stop in source.items():
        name = f"stop {stop_id!r}: from_stop"
        if from_stop not in ids:
            yield ProblemError(name, from_stop, "must be the id of a stop")
        elif fed[from_stop] > 1:
            yield ProblemError(name, from_stop, "must be a stop from which no other one is fed")
        elif _in_circle(stop_id, source):
            yield ProblemError(name, from_stop, "must not be fed, by whatever way, from the stop itself")


def _in_circle(stop_id: str, source: Mapping[str, str]) -> bool:
    before, seen = source.get(stop_id), {stop_id}
    while before is not None and before not in seen:
        seen.add(before)
        before = source.get(before)
    return before == stop_id


def _pin_findings(problem: Problem) -> Iterator[ProblemError]:
    vehicle_of = {shift.id: shift.vehicle_id for shift in problem.shifts}
    vehicle_ids = {vehicle.id for vehicle in problem.vehicles}
    for stop in problem.stops:
        pin = stop.pin
        if pin is None:
            continue
        if pin.vehicle_id is not None and pin.vehicle_id not in vehicle_ids:
            yield ProblemError(f"stop {stop.id!r}: pin.vehicle_id", pin.vehicle_id, "must be the id of a vehicle")
        if pin.shift_id is not None and pin.shift_id not in vehicle_of:
            yield ProblemError(f"stop {stop.id!r}: pin.shift_id", pin.shift_id, "must be the id of a shift")
        elif pin.shift_id is not None and pin.vehicle_id not in {None, vehicle_of[pin.shift_id]}:
            yield ProblemError(
                f"stop {stop.id!r}: pin.shift_id", pin.shift_id, f"must be a shift of {pin.vehicle_id!r}"
            )


def _fleet_findings(problem: Problem) -> Iterator[ProblemError]:
    dimensions, size = len(problem.load_dimensions), len(problem.locations)
    vehicle_ids = {vehicle.id for vehicle in problem.vehicles}
    for vehicle in problem.vehicles:
        if len(vehicle.capacity) != dimensions:
            yield ProblemError(f"vehicle {vehicle.id!r}: capacity", vehicle.capacity, f"must have {dimensions} numbers")
        if vehicle.profile not in problem.travel:
            yield ProblemError(f"vehicle {vehicle.id!r}: profile", vehicle.profile, "must have a travel matrix")
    for shift in problem.shifts:
        if shift.vehicle_id not in vehicle_ids:
            yield ProblemError(f"shift {shift.id!r}: vehicle_id", shift.vehicle_id, "must be the id of a vehicle")
        for name in ("start_location", "end_location"):
            if getattr(shift, name) >= size:
                yield ProblemError(f"shift {shift.id!r}: {name}", getattr(shift, name), f"must be below {size}")
    yield from _overlaps(problem.shifts)


def _lock_findings(problem: Problem) -> Iterator[ProblemError]:
    ids = {stop.id for stop in problem.stops}
    locked_on: dict[str, str] = {}
    for shift in problem.shifts:
        for stop_id in shift.locked:
            if stop_id not in ids:
                yield ProblemError(f"shift {shift.id!r}: locked", stop_id, "must be ids of stops")
            elif stop_id in locked_on:
                why = f"must not name a stop that is locked on {locked_on[stop_id]!r}"
                yield ProblemError(f"shift {shift.id!r}: locked", stop_id, why)
            locked_on.setdefault(stop_id, shift.id)


def _overlaps(shifts: tuple[Shift, ...]) -> Iterator[ProblemError]:
    in_order = sorted(shifts, key=lambda shift: (shift.vehicle_id, shift.start_s, shift.end_s))
    for earlier, later in pairwise(in_order):
        if earlier.vehicle_id == later.vehicle_id and later.start_s < earlier.end_s:
            why = f"must not lie before shift {earlier.id!r} of the same vehicle ends"
            yield ProblemError(f"shift {later.id!r}: start_s", later.start_s, why)


def _duplicates(name: str, ids: Iterable[str]) -> Iterator[ProblemError]:
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            yield ProblemError(name, id, "must have distinct ids")
        seen.add(id)


def _look_up[T](kind: str, by_id: Mapping[str, T], id: str) -> T:
    try:
        return by_id[id]
    except KeyError:
        raise UnknownIdError(kind, id) from None


def _moved_stop(stop: Stop, index: Mapping[int, int]) -> Stop:
    if not stop.alternatives:
        return _copy(stop, location=index[stop.location])
    alternatives = tuple(_copy(place, location=index[place.location]) for place in stop.alternatives)
    return _copy(stop, location=index[stop.location], alternatives=alternatives)


def _copy[T: (Stop, Place, Shift)](value: T, **changes: object) -> T:
    """`dataclasses.replace` for values that are known to be good; half the cost, and this runs in the search."""
    copy = object.__new__(type(value))
    for name in type(value).__slots__:
        object.__setattr__(copy, name, changes[name] if name in changes else getattr(value, name))
    return copy
