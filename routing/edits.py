"""Routes with stops taken out, their places and reloads kept in step."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from routing.plan import Plan, Route
from routing.problem import Problem


def kept(route: Route, wanted: Callable[[str], bool]) -> Route:
    """The route with the wanted stops alone; a trip that loses all its stops is not made."""
    stops: list[str] = []
    places: list[int] = []
    reloads: list[int] = []
    for trip in route.trips():
        if stops and (not reloads or reloads[-1] < len(stops)):
            reloads.append(len(stops))
        for position in trip:
            if wanted(route.stops[position]):
                stops.append(route.stops[position])
                places.append(route.place(position))
    if reloads and reloads[-1] == len(stops):
        reloads.pop()
    return Route(shift_id=route.shift_id, stops=tuple(stops), places=tuple(places), reloads=tuple(reloads))


def known_routes(problem: Problem, plan: Plan) -> Iterator[Route]:
    """The routes of any plan without what the problem does not know, and each shift and stop only where it is named first."""
    shifts: set[str] = set()
    seen: set[str] = set()

    def is_new(stop_id: str) -> bool:
        new = stop_id in problem and stop_id not in seen
        seen.add(stop_id)
        return new

    for route in plan.routes:
        if problem.has_shift(route.shift_id) and route.shift_id not in shifts:
            shifts.add(route.shift_id)
            yield _at_known_places(problem, kept(route, is_new))


def _at_known_places(problem: Problem, route: Route) -> Route:
    """Where a stop has no such place, the referee looks at its own."""
    if not route.places:
        return route
    counts = [len(problem.stop(stop_id).places) for stop_id in route.stops]
    places = tuple(place if 0 <= place < count else 0 for place, count in zip(route.places, counts, strict=True))
    return Route(shift_id=route.shift_id, stops=route.stops, places=places, reloads=route.reloads)
