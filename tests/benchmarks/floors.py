"""Which stops no planner could ever serve: the provable floor of what is left out."""

from __future__ import annotations

from itertools import product

from routing import Problem, Route, Shift, Stop, ViolationKind, evaluate_route

CURABLE = frozenset({ViolationKind.POSITION, ViolationKind.LOCKED})
"""What a stop may break alone and not in company: the visits before it are then there."""


def floor(problem: Problem) -> frozenset[str]:
    """The stops that break a rule by the referee on every shift and at each of their places, even when nobody else is served.

    It is a floor for every plan where detours are never shorter and no rule asks for company (pickups that feed the stop are
    brought along): others on the route then only add time and load.
    """
    return frozenset(stop.id for stop in problem.stops if not _servable(problem, stop))


def _servable(problem: Problem, stop: Stop) -> bool:
    fed = _with_sources(problem, stop)
    places = list(product(*(range(len(each.places)) for each in fed)))
    return any(_fits(problem, shift, fed, chosen) for shift in problem.shifts for chosen in places)


def _with_sources(problem: Problem, stop: Stop) -> list[Stop]:
    """The stop after whatever it is fed from, in order."""
    chain = [stop]
    while (source := chain[0].from_stop) is not None:
        chain.insert(0, problem.stop(source))
    return chain


def _fits(problem: Problem, shift: Shift, stops: list[Stop], places: tuple[int, ...]) -> bool:
    route = Route(shift_id=shift.id, stops=tuple(stop.id for stop in stops), places=places)
    return all(violation.kind in CURABLE for violation in evaluate_route(problem, route).violations)
