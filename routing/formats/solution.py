"""Solution files (`.sol`): `Route #1: 12 9 87` lines with the clients' numbers, and the cost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from routing.errors import FormatError, ProblemError
from routing.evaluate import evaluate
from routing.formats.instance import Instance
from routing.formats.text import Line, lines_of, read_text, whole
from routing.plan import Plan, Route, Unassigned

_ROUTE = re.compile(r"route\s*#?\s*(\d{1,9})\s*:?(.*)", re.IGNORECASE | re.ASCII)
_COST = re.compile(r"cost\s*:?\s*(\d{1,18}(\.\d{0,9})?)", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A plan and the cost that the file states for it, in whatever unit; None where it states none."""

    plan: Plan
    stated_cost: Decimal | None


def read_solution(path: Path, instance: Instance) -> Solution:
    """Read a solution of an instance; clients on no route are left out.

    Raises `FormatError` with the line at fault, `OSError` where there is no file.
    """
    return solution_from_text(read_text(path), instance)


def solution_from_text(text: str, instance: Instance) -> Solution:
    lines = {int(match[1]): (line, match[2]) for line in lines_of(text) if (match := _ROUTE.fullmatch(line.text))}
    cost = next((Decimal(match[1]) for line in lines_of(text) if (match := _COST.match(line.text))), None)
    if not lines and cost is None:
        raise FormatError("file", "must have lines 'Route #1: …' or 'Cost …'", line=1)
    shifts = _Drivers(instance)
    routes = []
    for number, (line, words) in lines.items():
        if words.split():
            routes.append(_route(shifts.driver_of(number, line), words, line, instance))
    return Solution(plan=_plan(instance, routes), stated_cost=cost)


def best_known(path: Path, instance: Instance) -> int:
    """The cost that a solution file states, in the unit of the instance's costs.

    Some files state it in the unit of the instance (42434.8), some in that of its rounding (424348): of the two the one is meant
    that is nearer to the cost of its routes.  Without routes a fraction decides.
    """
    solution = read_solution(path, instance)
    verdict = evaluate(instance.problem, solution.plan)
    if solution.stated_cost is None:
        return verdict.cost.total
    as_stated, scaled = round(solution.stated_cost), round(solution.stated_cost * instance.scale)
    if not solution.plan.routes:
        return as_stated if solution.stated_cost == as_stated else scaled
    return min(as_stated, scaled, key=lambda cost: abs(cost - verdict.cost.total))


def solution_to_text(plan: Plan, instance: Instance) -> str:
    """The plan as a solution file, its cost as the referee counts it.

    Where vehicles differ there is a line for each of them, so that the n-th route is that of vehicle n.  Raises `FormatError` for
    a plan that names what the instance has not, or a place that has no number.
    """
    drivers = {shift_id: number for number, shift_id in instance.vehicles.items()}
    lines = {}
    for index, route in enumerate((route for route in plan.routes if route.stops), 1):
        if route.shift_id not in drivers:
            raise FormatError("plan", f"has a route of the unknown shift {route.shift_id!r}")
        lines[index if instance.alike else drivers[route.shift_id]] = " ".join(_words(route, instance))
    if not instance.alike:
        lines = {number: lines.get(number, "") for number in sorted(n for kind in instance.kinds for n in kind)}
    cost = evaluate(instance.problem, plan).cost.total
    return "".join(f"Route #{number}: {words}".rstrip() + "\n" for number, words in lines.items()) + f"Cost {cost}\n"


class _Drivers:
    """Gives every route of a solution its shift."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._free = dict(instance.vehicles)
        self._kind_of = {number: kind for kind in instance.kinds for number in kind}

    def driver_of(self, number: int, line: Line) -> str:
        """Vehicle n for route n, or one of its kind, for not all of a large fleet are in the problem; any where all are alike."""
        if self._instance.alike:
            number = next(iter(self._free), number)
        elif number not in self._free:
            kind = self._kind_of.get(number, ())
            number = next((other for other in reversed(kind) if other in self._free), number)
        if number not in self._free:
            raise FormatError("Route", f"#{number} has no vehicle left", line=line.number)
        return self._free.pop(number)


def _route(shift_id: str, words: str, line: Line, instance: Instance) -> Route:
    stops: list[str] = []
    places: list[int] = []
    reloads: list[int] = []
    for word in words.split():
        number = whole("Route", word, line.number)
        if number in instance.depots:
            reloads.append(len(stops))
        elif number in instance.clients:
            stop_id, place = instance.clients[number]
            stops.append(stop_id)
            places.append(place)
        else:
            raise FormatError("Route", f"names the client {number}, which the instance has not", line=line.number)
    try:
        return Route(shift_id=shift_id, stops=tuple(stops), places=tuple(places), reloads=tuple(reloads))
    except ProblemError as error:
        raise FormatError(
            "Route", "must have clients before, between and behind its reloads", line=line.number
        ) from error


def _plan(instance: Instance, routes: list[Route]) -> Plan:
    served = {stop_id for route in routes for stop_id in route.stops}
    left_out = [stop.id for stop in instance.problem.stops if stop.id not in served]
    return Plan(routes=tuple(routes), unassigned=tuple(Unassigned(stop_id=stop_id) for stop_id in left_out))


def _words(route: Route, instance: Instance) -> Iterator[str]:
    numbers = {place: number for number, place in instance.clients.items()}
    location = instance.problem.shift(route.shift_id).start_location
    depot = location if location in instance.depots else instance.depots[0]
    for trip in route.trips():
        if trip.start:
            yield str(depot)
        for position in trip:
            where = route.stops[position], route.place(position)
            if where not in numbers:
                raise FormatError("plan", f"has the stop {where[0]!r} at place {where[1]}, which has no number")
            yield str(numbers[where])
