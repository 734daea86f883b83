"""Why a stop was left out, or sits where it sits: proved by trying it, never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from routing.edits import known_routes
from routing.errors import UnknownIdError
from routing.gaps import Gaps
from routing.insertion import Fleet, Tours
from routing.plan import Plan, Route, Unassigned
from routing.problem import Problem
from routing.reasons import FitsNowhere, NoRoom, PriceTooLow, Reason, RoomLeft
from routing.stops import Stop

CLOSEST = 8
"""So many of the places that seem to come closest are driven to say which one does."""


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
    alone, among_others = Gaps(on_its_own(problem)), Gaps(Tours(fleet, known_routes(problem, plan)))
    for stop_id in stop_ids:
        stop = fleet.index[stop_id]
        with alone.lifted(stop), among_others.lifted(stop):
            yield Unassigned(stop_id=stop_id, reason=_reason(problem, alone, among_others, stop))


def _reason(problem: Problem, alone: Gaps, among_others: Gaps, stop: int) -> Reason:
    if not problem.shifts:
        return FitsNowhere(shift_id=None, violations=())
    shifts = problem.shifts
    fits_alone = alone.cheapest(stop) or alone.misses(stop, CLOSEST)[0]
    if fits_alone.violations:
        return FitsNowhere(shift_id=shifts[fits_alone.row].id, violations=fits_alone.violations)
    spot = among_others.cheapest(stop) or among_others.misses(stop, CLOSEST)[0]
    shift_id = shifts[spot.row].id
    if spot.violations:
        return NoRoom(fits_alone_on=shifts[fits_alone.row].id, shift_id=shift_id, violations=spot.violations)
    price = problem.stops[stop].left_out_price
    if price is not None and spot.cost > price:
        return PriceTooLow(shift_id=shift_id, insertion_cost=spot.cost, left_out_price=price)
    return RoomLeft(shift_id=shift_id, position=spot.position, insertion_cost=spot.cost)


def on_its_own(problem: Problem) -> Tours:
    """Shifts with nothing to do but what is locked; a pinned position asks for no company."""
    fleet = Fleet(problem)
    if fleet.has_positions:
        fleet = Fleet(replace(problem, stops=tuple(map(_anywhere_on_its_shift, problem.stops))))
    return Tours(fleet, [Route(shift_id=shift.id, stops=shift.locked) for shift in problem.shifts if shift.locked])


def _anywhere_on_its_shift(stop: Stop) -> Stop:
    if stop.pin is None or stop.pin.position is None:
        return stop
    return replace(stop, pin=replace(stop.pin, position=None))
