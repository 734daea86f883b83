"""A quick plan without violations: what can be kept of a given plan, and the rest inserted one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from enum import Enum

import numpy as np

from routing.evaluate import evaluate_route
from routing.gaps import Gaps
from routing.insertion import Fleet, Integers, Tours
from routing.plan import Plan, Route, Unassigned
from routing.problem import Problem
from routing.solvers.bound import gathered, is_bound
from routing.solvers.keeping import keepable_routes
from routing.solvers.standings import Standings

REFUSALS = 30
"""A route is full when so many of the next nearest stops have found no place on it."""

MANY_LEFT_OUT = 0.2


class Order(Enum):
    """Who chooses a place first.  Far ones first is best where the fleet can serve all; the others where it cannot."""

    FAR_FIRST = 1
    DEAR_FIRST = 2
    NEAR_AND_DEAR_FIRST = 3


def feasible_start(fleet: Fleet, given: Plan | None, standings: Standings, stopped: Callable[[], bool]) -> Plan:
    """A plan that breaks no rule (stops that must be served and fit nowhere are left out), in a second or two for 2,000 stops.

    A given plan that breaks no rule is only added to where that pays.  Otherwise what can be kept of it is, and the rest is built
    around it, in several orders of which the best is taken where the first one leaves many out.
    """
    if given is not None and standings.of(given)[:2] == (0, 0):
        return with_more(fleet, given, standings, stopped)
    kept = list(keepable_routes(fleet.problem, given or Plan(), stopped))
    plan = _built(fleet, kept, stopped, Order.FAR_FIRST)
    if stopped() or len(plan.unassigned) <= MANY_LEFT_OUT * len(fleet.problem.stops):
        return plan
    others = (_built(fleet, kept, stopped, order) for order in (Order.DEAR_FIRST, Order.NEAR_AND_DEAR_FIRST))
    return min(plan, *others, key=standings.of)


def mended(fleet: Fleet, plan: Plan, stopped: Callable[[], bool]) -> Plan:
    """What can be kept of a plan that breaks rules, with the stops put in elsewhere that had to go, as far as there is time."""
    tours = Tours(fleet, keepable_routes(fleet.problem, gathered(fleet.problem, plan), stopped))
    insert_bound(tours, stopped)
    insert_missing(tours, stopped, only_if_it_pays=True)
    return tours.plan()


def with_more(
    fleet: Fleet, plan: Plan, standings: Standings, stopped: Callable[[], bool], hopeless: Set[str] = frozenset()
) -> Plan:
    """A plan that breaks no rule, with the left-out stops besides for which there is room at less than their price."""
    if all(entry.stop_id in hopeless for entry in plan.unassigned):
        return plan
    tours = Tours(fleet, plan.routes)
    insert_missing(tours, stopped, only_if_it_pays=True)
    more = tours.plan()
    return more if standings.is_better(more, plan) else plan


def _built(fleet: Fleet, kept: Iterable[Route], stopped: Callable[[], bool], order: Order) -> Plan:
    """Everything brought in, whether a stop pays for itself or not: the first stop of a route hardly ever does.  Then the routes
    that do not pay are given up.
    """
    tours = Tours(fleet, kept)
    filled = [len(stops) > len(shift.locked) for stops, shift in zip(tours.order, fleet.problem.shifts, strict=True)]
    insert_bound(tours, stopped)
    fill_rows(tours, filled, stopped, order)
    insert_missing(tours, stopped, only_if_it_pays=False)
    return _without_losses(fleet.problem, tours.plan())


def insert_bound(tours: Tours, stopped: Callable[[], bool]) -> None:
    """The stops first that cannot go just anywhere because of a pin or of others: on full routes they would find no room."""
    problem, gaps = tours.fleet.problem, Gaps(tours)
    for stop in _missing(tours):
        work = problem.stops[stop]
        if is_bound(problem, work) and stop not in tours.row_of and (spot := gaps.cheapest(stop)):
            tours.put(spot.row, spot.tour)
        if stopped():
            return


def fill_rows(tours: Tours, filled: list[bool], stopped: Callable[[], bool], order: Order) -> None:
    """Route after route: take the row to which a stop comes most cheaply and fill it with that stop's nearest neighbours."""
    missing = dict.fromkeys(_missing(tours))
    for seed in sorted(missing, key=_urgency(tours.fleet, order)):
        if stopped() or all(filled):
            return
        if seed not in missing:
            continue
        del missing[seed]
        place = _cheapest_of(tours, seed, filled)
        if place is not None:
            tours.insert(*place, seed)
            filled[place[0]] = True
            _fill(tours, place[0], seed, missing)


def _fill(tours: Tours, row: int, seed: int, missing: dict[int, None]) -> None:
    """Insert the missing stops nearest to the seed, until so many in a row have found no place."""
    refused, only_this = 0, slice(row, row + 1)
    for stop in nearest_stops(tours.fleet, seed).tolist():
        if stop in missing:
            place = tours.places(stop, only_this).cheapest()
            if place:
                tours.insert(row, place[1], stop)
                del missing[stop]
            refused = 0 if place else refused + 1
            if refused == REFUSALS:
                return


def _cheapest_of(tours: Tours, stop: int, filled: Sequence[bool]) -> tuple[int, int] | None:
    """The cheapest row that is not filled yet, and the column there."""
    places = tours.places(stop)
    places.cost[list(filled)] = np.inf
    return places.cheapest()


def insert_missing(tours: Tours, stopped: Callable[[], bool], *, only_if_it_pays: bool) -> None:
    """Put every stop that is on no tour at its cheapest feasible place (if it costs less than leaving the stop out)."""
    stops = tours.fleet.problem.stops
    for stop in sorted(_missing(tours), key=_urgency(tours.fleet, Order.DEAR_FIRST)):
        if stopped():
            return
        price = stops[stop].left_out_price
        if stops[stop].from_stop is not None:
            _insert_chain(tours, stop, price if only_if_it_pays else None)
            continue
        places = tours.places(stop)
        cheapest = places.cheapest()
        if cheapest and (price is None or not only_if_it_pays or places.cost[cheapest] < price):
            tours.insert(*cheapest, stop)


def _insert_chain(tours: Tours, stop: int, at_most: int | None) -> None:
    """A stop with those that feed it, unless that costs more than it may."""
    if stop in tours.row_of:
        return
    spot = Gaps(tours).cheapest(stop)
    if spot and (at_most is None or spot.cost < at_most):
        tours.put(spot.row, spot.tour)


def nearest_stops(fleet: Fleet, stop: int) -> Integers:
    """All stops, nearest first by the time there and back."""
    travel, here = fleet.travel[0].duration_s, fleet.locations[stop]
    there_and_back = travel[here, fleet.locations].astype(np.int64) + travel[fleet.locations, here]
    return np.argsort(there_and_back, kind="stable")


def _missing(tours: Tours) -> list[int]:
    placed = {stop for order in tours.order for stop in order}
    return [stop for stop in range(len(tours.fleet.problem.stops)) if stop not in placed]


def _without_losses(problem: Problem, plan: Plan) -> Plan:
    """The plan without the routes that cost more than leaving out all their stops would."""
    losses = [route for route in plan.routes if _is_loss(problem, route)]
    left_out = tuple(Unassigned(stop_id=stop_id) for route in losses for stop_id in route.stops)
    routes = tuple(route for route in plan.routes if route not in losses)
    return Plan(routes=routes, unassigned=(*plan.unassigned, *left_out))


def _is_loss(problem: Problem, route: Route) -> bool:
    if problem.shift(route.shift_id).locked:
        return False
    prices = [problem.stop(stop_id).left_out_price for stop_id in route.stops]
    return None not in prices and sum(p for p in prices if p is not None) < evaluate_route(problem, route).cost.total


def _urgency(fleet: Fleet, order: Order) -> Callable[[int], tuple[bool, int, int]]:
    """A key that sorts stops by an order, after those that must be served.  Prices count by doublings, and then the way."""
    yards = sorted({shift.start_location for shift in fleet.problem.shifts})
    away_s = np.min([fleet.travel[0].duration_s[yard] for yard in yards], axis=0)[fleet.locations] if yards else None

    def key(stop: int) -> tuple[bool, int, int]:
        price = fleet.problem.stops[stop].left_out_price
        doublings = 0 if order is Order.FAR_FIRST else -(price or 0).bit_length()
        away = 0 if away_s is None else int(away_s[stop])
        return price is not None, doublings, away if order is Order.NEAR_AND_DEAR_FIRST else -away

    return key
