"""What maps show of a plan: each route as a line through places with times, which GeoJSON and GPX then write down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from routing.evaluate import RouteEvaluation, Visit, evaluate
from routing.plan import Plan
from routing.problem import Problem
from routing.travel import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place on a route; `visit` None: the yard."""

    location: Location
    arrival_s: int
    departure_s: int
    visit: Visit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A route that drives, from the yard through its stops and back, with the stays in the yard between trips."""

    route: RouteEvaluation
    points: tuple[Point, ...]


def lines(problem: Problem, plan: Plan) -> tuple[Line, ...]:
    """The routes with stops, in the plan's order."""
    routes = evaluate(problem, plan).routes
    return tuple(Line(route=route, points=tuple(_points(problem, route))) for route in routes if route.visits)


def clock(second: int, epoch: datetime) -> str:
    """An instant as ISO 8601 in UTC, e.g. 2026-02-03T08:30:00Z.  `epoch` is second 0 and knows its zone."""
    return (epoch + timedelta(seconds=second)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _points(problem: Problem, route: RouteEvaluation) -> Iterator[Point]:
    shift = problem.shift(route.shift_id)
    yard = problem.locations[shift.start_location]
    back_s = route.departure_s
    for number, trip in enumerate(route.trips):
        yield Point(location=yard, arrival_s=back_s, departure_s=trip.departure_s)
        for visit in (visit for visit in route.visits if visit.trip == number):
            place = problem.stop(visit.stop_id).place(visit.place)
            location = problem.locations[place.location]
            yield Point(location=location, arrival_s=visit.arrival_s, departure_s=visit.departure_s, visit=visit)
        back_s = trip.return_s
    end = problem.locations[shift.end_location]
    yield Point(location=end, arrival_s=route.return_s, departure_s=route.return_s)
