"""From what an engine answered to what the referee accepts."""

from __future__ import annotations

from routing import Plan, Problem, Route, Unassigned, Violation, ViolationKind, evaluate
from routing.edits import kept


def obeying(problem: Problem, plan: Plan) -> Plan:
    """The plan without the visits that break a rule: dropped by ones until the referee is content, or nothing is left.

    Stops that must be served may be left out by it: the referee says so.
    """
    routes = {route.shift_id: route for route in plan.routes if problem.has_shift(route.shift_id)}
    while True:
        current = _accounted(problem, routes)
        dropped = False
        for shift_id, violation in _first_by_shift(problem, current).items():
            shorter = _without(routes[shift_id], violation.stop_id)
            dropped = dropped or shorter != routes[shift_id]
            routes[shift_id] = shorter
        if not dropped:
            return current


def _accounted(problem: Problem, routes: dict[str, Route]) -> Plan:
    used = tuple(route for route in routes.values() if route.stops)
    served = {stop_id for route in used for stop_id in route.stops}
    left_out = tuple(Unassigned(stop_id=stop.id) for stop in problem.stops if stop.id not in served)
    return Plan(routes=used, unassigned=left_out)


def _first_by_shift(problem: Problem, plan: Plan) -> dict[str, Violation]:
    """The first broken rule of each route."""
    first: dict[str, Violation] = {}
    for violation in evaluate(problem, plan).violations:
        if violation.kind is not ViolationKind.LEFT_OUT and violation.shift_id is not None:
            first.setdefault(violation.shift_id, violation)
    return first


def _without(route: Route, stop_id: str | None) -> Route:
    """The route without a stop, or without its last one."""
    dropped = stop_id if stop_id in route.stops else route.stops[-1] if route.stops else None
    return kept(route, lambda each: each != dropped)
