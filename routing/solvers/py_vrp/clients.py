"""What PyVRP is told of stops and shifts: clients, matrices and kinds of vehicles as values that can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from routing.problem import Problem
from routing.solvers.restriction import Crew, Opening, Restriction
from routing.stops import Stop


@dataclass(frozen=True, slots=True, order=True)
class Visitable:
    """A stop at one of its places in one of its windows, for those by whose clock the goods are there at `release_s`."""

    stop: int
    place: int
    opening: Opening
    release_s: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What a matrix depends on: the travel, the clients that are closed, and where arcs carry costs instead of metres, which."""

    travel: str
    closed: frozenset[int]
    per_metre: int = 1
    per_second: int = 0
    prices: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """Shifts that PyVRP cannot tell from each other; see its `VehicleType`."""

    profile: int
    capacity: tuple[int, ...]
    start_depot: int
    end_depot: int
    tw_early: int
    tw_late: int
    fixed_cost: int
    unit_distance_cost: int
    unit_duration_cost: int
    shift_duration: int
    max_overtime: int
    unit_overtime_cost: int
    max_distance: int
    reload_depots: tuple[int, ...]
    max_reloads: int


def open_clients(problem: Problem, restriction: Restriction) -> list[frozenset[Visitable]]:
    """For each shift the clients that it may serve."""
    by_crew: dict[Crew, dict[int, tuple[Visitable, ...]]] = {}
    everybody: dict[Crew, frozenset[Visitable]] = {}
    found = []
    for row, crew in zip(restriction.shifts, restriction.crews, strict=True):
        if crew not in by_crew:
            by_crew[crew] = {stop: tuple(_clients(problem.stops[stop], stop, crew)) for stop in restriction.stops}
            everybody[crew] = frozenset(chain.from_iterable(by_crew[crew].values()))
        barred = restriction.barred(row)
        found.append(
            everybody[crew].difference(*(by_crew[crew][stop] for stop in barred)) if barred else everybody[crew]
        )
    return found


def _clients(stop: Stop, index: int, crew: Crew) -> list[Visitable]:
    release_s = crew.clock.worked(stop.release_s) if stop.release_s > crew.ready_s else 0
    return [
        Visitable(index, place, opening, release_s)
        for place in range(len(stop.places))
        for opening in crew.openings(stop, place)
    ]
