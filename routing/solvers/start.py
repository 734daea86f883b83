"""A quick plan without violations: what can be kept of a given plan, and the rest inserted one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from routing.evaluate import evaluate, evaluate_route
from routing.insertion import Fleet, Tours
from routing.plan import Plan, Route, Unassigned
from routing.problem import Problem


def feasible_start(fleet: Fleet, given: Plan | None, stopped: Callable[[], bool]) -> Plan:
    """A plan that breaks no rule (stops that must be served and fit nowhere are left out), in about a second for 2,000 stops.

    Each stop goes to its cheapest place.  The far ones choose first, while there is room: they decide where routes go, and the
    near ones fit in between.  A plan that breaks no rule is only added to where that pays; otherwise everything is brought in,
    because the first stop of a route hardly ever pays for it alone, and routes that do not pay in the end are given up.
    """
    kept = given if given is not None and not evaluate(fleet.problem, given).violations else None
    tours = Tours(fleet, keepable_routes(fleet.problem, given or Plan()))
    insert_missing(tours, stopped, only_if_it_pays=kept is not None)
    plan = tours.plan()
    return plan if kept is not None else _without_losses(fleet.problem, plan)


def keepable_routes(problem: Problem, plan: Plan) -> Iterator[Route]:
    """The routes of any plan with only the stops, in their order, that break no rule."""
    shifts: set[str] = set()
    taken: set[str] = set()
    for route in plan.routes:
        if problem.has_shift(route.shift_id) and route.shift_id not in shifts:
            kept = _keepable(problem, route, taken)
            shifts.add(route.shift_id)
            taken.update(kept.stops)
            yield kept


def insert_missing(tours: Tours, stopped: Callable[[], bool], *, only_if_it_pays: bool) -> None:
    """Put every stop that is on no tour at its cheapest feasible place (if it costs less than leaving the stop out)."""
    placed = {stop for order in tours.order for stop in order}
    stops = tours.fleet.problem.stops
    for stop in _hardest_first(tours.fleet, (stop for stop in range(len(stops)) if stop not in placed)):
        if stopped():
            return
        price = stops[stop].left_out_price
        places = tours.places(stop)
        cheapest = places.cheapest()
        if cheapest and (price is None or not only_if_it_pays or places.cost[cheapest] < price):
            tours.insert(*cheapest, stop)


def _without_losses(problem: Problem, plan: Plan) -> Plan:
    """The plan without the routes that cost more than leaving out all their stops would."""
    losses = [route for route in plan.routes if _is_loss(problem, route)]
    left_out = tuple(Unassigned(stop_id=stop_id) for route in losses for stop_id in route.stops)
    routes = tuple(route for route in plan.routes if route not in losses)
    return Plan(routes=routes, unassigned=(*plan.unassigned, *left_out))


def _is_loss(problem: Problem, route: Route) -> bool:
    prices = [problem.stop(stop_id).left_out_price for stop_id in route.stops]
    return None not in prices and sum(p for p in prices if p is not None) < evaluate_route(problem, route).cost.total


def _keepable(problem: Problem, route: Route, taken: set[str]) -> Route:
    stops = tuple(dict.fromkeys(stop_id for stop_id in route.stops if stop_id in problem and stop_id not in taken))
    route = replace(route, stops=stops)
    if not evaluate_route(problem, route).violations:
        return route
    kept = replace(route, stops=())
    for stop_id in route.stops:
        longer = replace(route, stops=(*kept.stops, stop_id))
        if not evaluate_route(problem, longer).violations:
            kept = longer
    return kept


def _hardest_first(fleet: Fleet, stops: Iterable[int]) -> list[int]:
    """Those that must be served first, then the dearer to leave out by classes of double price, then the far ones."""
    yards = sorted({shift.start_location for shift in fleet.problem.shifts})
    if not yards:
        return []
    away_s = np.min([fleet.travel[0].duration_s[yard] for yard in yards], axis=0)[fleet.locations]

    def hardness(stop: int) -> tuple[bool, int, int]:
        price = fleet.problem.stops[stop].left_out_price
        return (price is not None, -(price or 0).bit_length(), -int(away_s[stop]))

    return sorted(stops, key=hardness)
