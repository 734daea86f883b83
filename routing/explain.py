"""Why a stop was left out: proved by trying it, never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from routing.errors import UnknownIdError
from routing.evaluate import evaluate_route
from routing.insertion import Fleet, Gaps, Tours
from routing.plan import FitsNowhere, NoRoom, Plan, PriceTooLow, Reason, RoomLeft, Route, Unassigned
from routing.problem import Problem


def explain_unassigned(problem: Problem, plan: Plan, stop_id: str) -> Unassigned:
    """The reason why a left-out stop has no place in a plan whose other stops stay where they are.

    Raises `UnknownIdError` for a stop that the problem has not.
    """
    if stop_id not in problem:
        raise UnknownIdError("stop", stop_id)
    return next(_explained(problem, plan, [stop_id]))


def with_reasons(problem: Problem, plan: Plan) -> Plan:
    """The plan with the reason of every left-out stop."""
    stop_ids = [entry.stop_id for entry in plan.unassigned]
    return replace(plan, unassigned=tuple(_explained(problem, plan, stop_ids)))


def _explained(problem: Problem, plan: Plan, stop_ids: Iterable[str]) -> Iterator[Unassigned]:
    fleet = Fleet(problem)
    alone, among_others = Gaps(Tours(fleet)), Gaps(Tours(fleet, _known(problem, plan)))
    for stop_id in stop_ids:
        yield Unassigned(stop_id=stop_id, reason=_reason(problem, alone, among_others, fleet.index[stop_id]))


def _reason(problem: Problem, alone: Gaps, among_others: Gaps, stop: int) -> Reason:
    if not problem.shifts:
        return FitsNowhere(shift_id=None, violations=())
    lonely_places = alone.tours.places(stop)
    fits_alone = lonely_places.cheapest()
    if fits_alone is None:
        closest = evaluate_route(problem, alone.longer(*lonely_places.nearest_miss(), stop))
        return FitsNowhere(shift_id=closest.shift_id, violations=closest.violations)
    places = among_others.tours.places(stop)
    place = among_others.cheapest(stop, places)
    if place is None:
        closest = evaluate_route(problem, among_others.longer(*places.nearest_miss(), stop))
        fits_alone_on = problem.shifts[fits_alone[0]].id
        return NoRoom(fits_alone_on=fits_alone_on, shift_id=closest.shift_id, violations=closest.violations)
    price = problem.stops[stop].left_out_price
    if price is not None and place.cost > price:
        return PriceTooLow(shift_id=place.shift_id, insertion_cost=place.cost, left_out_price=price)
    return RoomLeft(shift_id=place.shift_id, position=place.position, insertion_cost=place.cost)


def _known(problem: Problem, plan: Plan) -> Iterator[Route]:
    """The routes of a plan without what the problem does not know."""
    for route in plan.routes:
        if problem.has_shift(route.shift_id):
            yield replace(route, stops=tuple(stop_id for stop_id in route.stops if stop_id in problem))
