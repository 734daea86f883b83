"""A rich problem without the rules that would need a matrix for every shift, and back: what a quick whole plan is searched with.

With every rule, PyVRP's matrices of a county are too large to be searched as a whole, and a plan grown from insertions alone is spread
over too many routes, which no exchange between neighbours ever mends.  Without those rules the whole can be searched; then
what breaks a rule is taken out and put in elsewhere.
"""

from __future__ import annotations

from dataclasses import replace

from routing.fleet import Shift
from routing.plan import Plan, Route
from routing.problem import Problem
from routing.solvers.start import mended
from routing.stops import Stop


def relaxed(problem: Problem) -> Problem:
    """The same work without company, pins, goods, order and preferences; breaks are taken off the end of their shift."""
    return replace(
        problem,
        stops=tuple(_freed(stop) for stop in problem.stops),
        shifts=tuple(_shortened(shift) for shift in problem.shifts),
        incompatible=(),
    )


def with_rules(problem: Problem, plan: Plan) -> Plan:
    """A plan for the relaxed problem, mended so that it breaks no rule of the real one."""
    return mended(problem, replace(plan, routes=tuple(_quarantine_last(problem, route) for route in plan.routes)))


def _freed(stop: Stop) -> Stop:
    return replace(
        stop,
        goods=frozenset(),
        quarantine=False,
        together=None,
        pin=None,
        from_stop=None,
        unfamiliar_price=0,
        published_shift=None,
        change_price=0,
    )


def _shortened(shift: Shift) -> Shift:
    resting_s = sum(rest.duration_s for rest in shift.breaks)
    return replace(shift, breaks=(), locked=(), end_s=max(shift.start_s, shift.end_s - resting_s), max_distance_m=None)


def _quarantine_last(problem: Problem, route: Route) -> Route:
    order = [
        position
        for trip in route.trips()
        for position in sorted(trip, key=lambda position: problem.stop(route.stops[position]).quarantine)
    ]
    return replace(
        route,
        stops=tuple(route.stops[position] for position in order),
        places=tuple(route.place(position) for position in order),
    )
