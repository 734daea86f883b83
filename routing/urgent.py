"""One urgent stop: where it could go in a plan that stays as it is otherwise, for how much, and what it would break."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from routing.edits import known_routes
from routing.errors import UnknownIdError
from routing.evaluate import evaluate_route
from routing.gaps import Gaps, Spot
from routing.insertion import Fleet, Tours, added
from routing.plan import Plan, Route
from routing.problem import Problem
from routing.violations import Violation

MISSES = 24
"""So many of the places that seem to come closest are driven where the stop fits nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insertion:
    """A place for a stop: the visit at `position` of a shift, at the stop's `place`, on `trip` (from 0).

    `cost` is by how much the routes cost more than at present, in fen, without what is saved by no longer leaving the stop out.
    `violations` are what would be broken that is not broken now; where there are none, the stop fits.  `brings` are the stops from
    which it is fed and which come along.  `route` is the shift's route then, `plan` the whole plan.
    """

    stop_id: str
    shift_id: str
    position: int
    place: int
    trip: int
    cost: int
    violations: tuple[Violation, ...]
    brings: tuple[str, ...]
    route: Route
    plan: Plan

    @property
    def feasible(self) -> bool:
        return not self.violations


def insert(problem: Problem, plan: Plan, stop_id: str, *, most: int = 3) -> list[Insertion]:
    """The best places for a stop that is left out, or the best other places for one that is on a route.

    The cheapest place of each shift is offered, for at most so many shifts, cheapest first.  Where the stop fits nowhere, the places
    where it comes closest, with what they break.  Nothing goes before a locked stop, and a locked stop nowhere else.
    Raises `UnknownIdError` for a stop that the problem has not.
    """
    if stop_id not in problem:
        raise UnknownIdError("stop", stop_id)
    return Inserting(problem, plan, stop_id).best(most)


class Inserting:
    """A plan with the stop taken out of it, if it was in, and the places for it."""

    def __init__(self, problem: Problem, plan: Plan, stop_id: str, *, spare_trips: int = 0) -> None:
        self._problem = problem
        self._plan = plan
        self._fleet = Fleet(problem, spare_trips=spare_trips)
        tours = Tours(self._fleet, known_routes(problem, plan))
        self.gaps = Gaps(tours)
        self.stop = self._fleet.index[stop_id]
        self.row = tours.row_of.get(self.stop)
        self.before = None if self.row is None else tours.driven(self.row)
        self._tour = None if self.row is None else tours.tour(self.row)
        if self.row is not None and self._tour is not None:
            tours.put(self.row, self._tour.without(self.stop))

    @property
    def saving(self) -> int:
        """What the routes cost less without the stop."""
        if self.row is None or self.before is None:
            return 0
        return self.before.cost.total - self.gaps.tours.driven(self.row).cost.total

    @property
    def is_settled(self) -> bool:
        """Whether there is nowhere else to go: the stop is locked where it is, or there is no shift."""
        return not self._problem.shifts or (self.row is not None and self.stop in self._fleet.locked_on)

    def best(self, most: int) -> list[Insertion]:
        """Where it fits, or else where it comes closest."""
        return self.fitting(most) or self.closest(most, self.gaps.misses(self.stop, MISSES))

    def fitting(self, most: int) -> list[Insertion]:
        """The cheapest places on different shifts; not where the stop is."""
        if self.is_settled:
            return []
        but = None if self.row is None or self._tour is None else (self.row, self._tour)
        fitting = [self.as_insertion(spot) for spot in self.gaps.best(self.stop, most, but=but)]
        return [each for each in fitting if each.feasible]

    def closest(self, most: int, spots: Iterable[Spot]) -> list[Insertion]:
        """The first of some places on different shifts; not where the stop is."""
        found: dict[int, Spot] = {}
        for spot in () if self.is_settled else spots:
            if not self.is_seat(spot):
                found.setdefault(spot.row, spot)
        return [self.as_insertion(spot) for spot in list(found.values())[:most]]

    def is_seat(self, spot: Spot) -> bool:
        """Whether it is where the stop is."""
        return (spot.row, spot.tour) == (self.row, self._tour)

    def as_insertion(self, spot: Spot) -> Insertion:
        tours, stops = self.gaps.tours, self._problem.stops
        route = tours.as_route(spot.row, spot.tour)
        new = [stop for stop in spot.tour.stops if stop not in tours.row_of]
        return Insertion(
            stop_id=stops[self.stop].id,
            shift_id=route.shift_id,
            position=spot.position,
            place=spot.place,
            trip=sum(reload <= spot.position for reload in spot.tour.reloads),
            cost=spot.cost - self.saving,
            violations=self._violations(spot, route),
            brings=tuple(stops[stop].id for stop in new if stop != self.stop),
            route=route,
            plan=self._with(route),
        )

    def _violations(self, spot: Spot, route: Route) -> tuple[Violation, ...]:
        """What is newly broken, compared with the plan as it was given."""
        if self.row is None or self.before is None:
            return spot.violations
        after = evaluate_route(self._problem, route).violations
        if spot.row != self.row:
            after = (*after, *self.gaps.tours.driven(self.row).violations)
        others = self.before.violations
        if spot.row != self.row:
            others = (*others, *self.gaps.tours.driven(spot.row).violations)
        parted = (violation for violation in spot.violations if violation.kind == "together")
        return (*added(others, after), *parted)

    def _with(self, route: Route) -> Plan:
        """The plan with a route in the place of its shift's present one, and its stops nowhere else."""
        taken = set(route.stops)
        routes = {each.shift_id: each for each in self._plan.routes}
        if self.row is not None:
            lifted = self.gaps.tours.route(self.row)
            routes[lifted.shift_id] = lifted
        routes[route.shift_id] = route
        return replace(
            self._plan,
            routes=tuple(each for each in routes.values() if each.stops),
            unassigned=tuple(entry for entry in self._plan.unassigned if entry.stop_id not in taken),
        )
