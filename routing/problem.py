"""What is to be planned: stops, vehicles, shifts and travel times, as values that cannot be nonsense.

Units: seconds from the caller's epoch (the start of the planning horizon; several days are shifts that start on different
days), metres, whole units of each load dimension (kg, litres, …), and money in fen (1/100 yuan), or whatever smallest unit of
currency the caller uses for all of `fixed_cost`, `cost_per_km`, `cost_per_hour` and `left_out_price` alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from routing.errors import ProblemError, UnknownIdError

LARGEST = 10**12
"""No number of a problem may be larger, so that no sum of them leaves 64 bits."""

type Int32Array = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place, WGS-84 degrees."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        _check_degrees("lat", self.lat, 90)
        _check_degrees("lon", self.lon, 180)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """Service may start from `start_s` up to and including `end_s`; it may end later."""

    start_s: int
    end_s: int

    def __post_init__(self) -> None:
        _check_whole("start_s", self.start_s)
        _check_whole("end_s", self.end_s)
        if self.end_s < self.start_s:
            raise ProblemError("end_s", self.end_s, f"must not lie before start_s = {self.start_s}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """A permit that a vehicle carries; `valid_until_s` None means it does not expire within the horizon."""

    kind: str
    valid_until_s: int | None = None

    def __post_init__(self) -> None:
        _check_name("kind", self.kind)
        if self.valid_until_s is not None:
            _check_whole("valid_until_s", self.valid_until_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Work to do at one place.

    `location` is an index into `Problem.locations`; `load` has one number per load dimension and is delivered (on board from
    the start of the route until this stop).  No `windows` means any time.  `left_out_price` is what leaving the stop out costs;
    None means it must be served.  Every one of `required_passes` must be valid on the vehicle until the end of service.
    """

    id: str
    location: int
    load: tuple[int, ...]
    service_s: int
    windows: tuple[TimeWindow, ...] = ()
    left_out_price: int | None = None
    required_passes: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        _check_name("id", self.id)
        _check_whole("location", self.location)
        _check_loads("load", self.load)
        _check_whole("service_s", self.service_s)
        if self.left_out_price is not None:
            _check_whole("left_out_price", self.left_out_price)
        for earlier, later in pairwise(self.windows):
            if later.start_s <= earlier.end_s:
                raise ProblemError("windows", self.windows, "must be in order of time and must not touch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A car or truck.  `fixed_cost` is paid once for every shift in which it drives, the other two by what it drives.

    `profile` names the travel matrix it follows.  The hour is paid from departure to return, waiting included.
    """

    id: str
    capacity: tuple[int, ...]
    profile: str = "car"
    passes: tuple[Pass, ...] = ()
    fixed_cost: int = 0
    cost_per_km: int = 0
    cost_per_hour: int = 0

    def __post_init__(self) -> None:
        _check_name("id", self.id)
        _check_loads("capacity", self.capacity)
        _check_name("profile", self.profile)
        for name in ("fixed_cost", "cost_per_km", "cost_per_hour"):
            _check_whole(name, getattr(self, name))

    def pass_valid_until_s(self, kind: str) -> float | None:
        """When the vehicle's pass of this kind runs out (infinity: not within the horizon), or None if it has none."""
        ends = [math.inf if p.valid_until_s is None else p.valid_until_s for p in self.passes if p.kind == kind]
        return max(ends, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One stretch of work of one vehicle, and so at most one route.

    The vehicle is loaded for `loading_s` from `start_s` on, leaves `start_location` after that, and is back at `end_location`
    by `end_s`.
    """

    id: str
    vehicle_id: str
    start_s: int
    end_s: int
    start_location: int
    end_location: int
    loading_s: int = 0

    def __post_init__(self) -> None:
        _check_name("id", self.id)
        for name in ("start_s", "end_s", "start_location", "end_location", "loading_s"):
            _check_whole(name, getattr(self, name))
        if self.end_s < self.start_s:
            raise ProblemError("end_s", self.end_s, f"must not lie before start_s = {self.start_s}")

    @property
    def ready_s(self) -> int:
        """The earliest departure."""
        return self.start_s + self.loading_s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TravelMatrix:
    """Seconds and metres from each location (row) to each other one (column), whole numbers, read-only once inside."""

    duration_s: Int32Array
    distance_m: Int32Array

    def __post_init__(self) -> None:
        for name in ("duration_s", "distance_m"):
            object.__setattr__(self, name, _as_matrix(name, getattr(self, name)))
        if self.duration_s.shape != self.distance_m.shape:
            raise ProblemError("distance_m", self.distance_m.shape, f"must have the shape {self.duration_s.shape}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TravelMatrix):
            return NotImplemented
        return np.array_equal(self.duration_s, other.duration_s) and np.array_equal(self.distance_m, other.distance_m)

    __hash__ = None  # type: ignore[assignment]

    def between(self, locations: Iterable[int]) -> TravelMatrix:
        """The same travel among some of the locations, in the order given."""
        chosen = np.fromiter(locations, dtype=np.intp)
        rows_and_columns = np.ix_(chosen, chosen)
        return TravelMatrix(duration_s=self.duration_s[rows_and_columns], distance_m=self.distance_m[rows_and_columns])


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Everything a plan is made from and judged by.

    `load_dimensions` names the loads with their units ("kg", "litres"); `travel` holds one matrix over `locations` for each
    vehicle profile.  Raises `ProblemError` for what cannot be meant.
    """

    load_dimensions: tuple[str, ...]
    locations: tuple[Location, ...]
    stops: tuple[Stop, ...]
    vehicles: tuple[Vehicle, ...]
    shifts: tuple[Shift, ...]
    travel: Mapping[str, TravelMatrix]
    _stops: dict[str, Stop] = field(init=False, repr=False, compare=False)
    _vehicles: dict[str, Vehicle] = field(init=False, repr=False, compare=False)
    _shifts: dict[str, Shift] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for finding in _findings(self):
            raise finding
        object.__setattr__(self, "_stops", {stop.id: stop for stop in self.stops})
        object.__setattr__(self, "_vehicles", {vehicle.id: vehicle for vehicle in self.vehicles})
        object.__setattr__(self, "_shifts", {shift.id: shift for shift in self.shifts})

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
        """The part of this problem that concerns only these stops and shifts, with only the locations they use."""
        stops = [self.stop(stop_id) for stop_id in stop_ids]
        shifts = [self.shift(shift_id) for shift_id in shift_ids]
        vehicle_ids = {shift.vehicle_id for shift in shifts}
        vehicles = tuple(vehicle for vehicle in self.vehicles if vehicle.id in vehicle_ids)
        places = {place for shift in shifts for place in (shift.start_location, shift.end_location)}
        used = sorted(places.union(stop.location for stop in stops))
        index = {location: position for position, location in enumerate(used)}
        return Problem(
            load_dimensions=self.load_dimensions,
            locations=tuple(self.locations[location] for location in used),
            stops=tuple(_moved(stop, location=index[stop.location]) for stop in stops),
            vehicles=vehicles,
            shifts=tuple(
                _moved(shift, start_location=index[shift.start_location], end_location=index[shift.end_location])
                for shift in shifts
            ),
            travel={profile: self.travel[profile].between(used) for profile in {v.profile for v in vehicles}},
        )


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
    yield from _stop_findings(problem)
    yield from _fleet_findings(problem)


def _stop_findings(problem: Problem) -> Iterator[ProblemError]:
    dimensions, size = len(problem.load_dimensions), len(problem.locations)
    for stop in problem.stops:
        if stop.location >= size:
            yield ProblemError(f"stop {stop.id!r}: location", stop.location, f"must be below {size}")
        if len(stop.load) != dimensions:
            yield ProblemError(f"stop {stop.id!r}: load", stop.load, f"must have {dimensions} numbers")


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


def _moved[T: (Stop, Shift)](value: T, **locations: int) -> T:
    """`dataclasses.replace` for location indices that are known to be good; half the cost, and this runs in the search."""
    fields = {name: getattr(value, name) for name in type(value).__slots__}
    copy = object.__new__(type(value))
    for name, entry in (fields | locations).items():
        object.__setattr__(copy, name, entry)
    return copy


def _as_matrix(name: str, given: Any) -> Int32Array:
    array = np.asarray(given)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise ProblemError(name, array.shape, "must be a square matrix")
    if array.dtype.kind not in "iu" and array.size:
        raise ProblemError(name, str(array.dtype), "must hold whole numbers")
    if array.size and (array.min() < 0 or array.max() > np.iinfo(np.int32).max):
        worst = array.min() if array.min() < 0 else array.max()
        raise ProblemError(name, int(worst), "must hold numbers from 0 to 2147483647")
    matrix: Int32Array = np.ascontiguousarray(array, dtype=np.int32).view()
    matrix.setflags(write=False)
    return matrix


def _check_whole(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ProblemError(name, value, "must be a whole number")
    if not 0 <= value <= LARGEST:
        raise ProblemError(name, value, f"must lie between 0 and {LARGEST}")


def _check_loads(name: str, loads: tuple[int, ...]) -> None:
    for position, load in enumerate(loads):
        _check_whole(f"{name}[{position}]", load)


def _check_name(name: str, value: object) -> None:
    if not isinstance(value, str) or not value:
        raise ProblemError(name, value, "must be a text that is not empty")


def _check_degrees(name: str, value: object, limit: int) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not -limit <= value <= limit:
        raise ProblemError(name, value, f"must lie between -{limit} and {limit} degrees")
