"""Room for stops that wait: a route is begun anew with one of them, and filled again with those of its own stops that still fit.

A stop that only a few vehicles may serve, at an hour when they are far away, finds no gap on any of them, and to take one stop out for it
does not help: half of a route has to go elsewhere at once, which a search that goes step by step does not do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Set

import numpy as np

from routing.insertion import Fleet, Tours
from routing.plan import Plan, Route
from routing.solvers.standings import Standings
from routing.solvers.start import insert_missing, nearest_stops
from routing.survey import Tour

ROUTES_A_STOP = 8
"""A stop is tried on so many routes at a time, those with the most of its neighbours on which it has not been tried."""

NEIGHBOURS = 200


class Room:
    """Makes room in one plan after another of the same search, and tries nothing twice."""

    def __init__(self, fleet: Fleet, standings: Standings, rng: np.random.Generator) -> None:
        self._fleet, self._standings, self._rng = fleet, standings, rng
        self._tried: set[tuple[str, Route]] = set()

    def made(self, plan: Plan, stopped: Callable[[], bool], hopeless: Set[str] = frozenset()) -> Plan:
        """The plan, or a better one with more of the stops that wait; it breaks no rule if the plan does not."""
        waiting = [self._fleet.index[entry.stop_id] for entry in plan.unassigned if entry.stop_id not in hopeless]
        for stop in self._rng.permutation(waiting).tolist():
            if not self._fleet.problem.is_paired(self._fleet.problem.stops[stop]):
                plan = self._made_for(plan, stop, stopped)
        return plan

    def _made_for(self, plan: Plan, stop: int, stopped: Callable[[], bool]) -> Plan:
        """The best of what its routes come to."""
        best, stop_id = plan, self._fleet.problem.stops[stop].id
        if stop_id not in {entry.stop_id for entry in plan.unassigned}:  # it has found its place meanwhile
            return plan
        for route in self._routes(plan, stop):
            if stopped():
                break
            self._tried.add((stop_id, route))
            found = self._rebuilt(plan, self._fleet.row[route.shift_id], stop, stopped)
            if found is not None and self._standings.is_better(found, best):
                best = found
        return best

    def _routes(self, plan: Plan, stop: int) -> list[Route]:
        """Those on which it may be and has not been tried yet, the ones with most of its neighbours first."""
        problem, stop_id = self._fleet.problem, self._fleet.problem.stops[stop].id
        near = {problem.stops[each].id for each in nearest_stops(self._fleet, stop)[:NEIGHBOURS].tolist()}
        is_open = self._fleet.open_to(stop)
        neighbours = Counter(
            {
                route: len(near.intersection(route.stops))
                for route in plan.routes
                if route.stops and is_open[self._fleet.row[route.shift_id]] and (stop_id, route) not in self._tried
            }
        )
        return [route for route, _ in neighbours.most_common(ROUTES_A_STOP)]

    def _rebuilt(self, plan: Plan, row: int, stop: int, stopped: Callable[[], bool]) -> Plan | None:
        """The route with the stop and what fits to it, the others wherever they do; None if the stop has no place even so."""
        tours = Tours(self._fleet, plan.routes)
        tour, locked = tours.tour(row), len(self._fleet.problem.shifts[row].locked)
        tours.put(
            row,
            Tour(
                tour.stops[:locked],
                tour.places[:locked],
                [position for position in tour.reloads if position < locked],
            ),
        )
        only_this = slice(row, row + 1)
        place = tours.places(stop, only_this).cheapest()
        if place is None:
            return None
        tours.insert(row, place[1], stop)
        problem = self._fleet.problem
        left = [each for each in tour.stops[locked:] if not problem.is_paired(problem.stops[each])]
        while left and not stopped() and (spot := _best(tours, row, left)) is not None:
            tours.insert(row, spot[1], spot[0])
            left = [each for each in left if each != spot[0]]
        insert_missing(tours, stopped, only_if_it_pays=True)
        return tours.plan()


def _best(tours: Tours, row: int, stops: list[int]) -> tuple[int, int] | None:
    """Which of the stops brings the row most, after its way, and in which column."""
    best, best_worth = None, 0.0
    for stop in stops:
        places = tours.places(stop, slice(row, row + 1))
        place = places.cheapest()
        if place is not None:
            price = tours.fleet.problem.stops[stop].left_out_price
            worth = float("inf") if price is None else price - float(places.cost[place])
            if worth > best_worth or best is None:
                best, best_worth = (stop, place[1]), worth
    return best
