"""A plan as GeoJSON (RFC 7946): routes as lines, stops as points, with times and loads in their properties."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from routing.formats.drawing import Line, Point, clock, lines
from routing.plan import Plan
from routing.problem import Problem
from routing.roads import RoadNetwork
from routing.travel import Location

type Json = dict[str, Any]


def plan_to_geojson(
    problem: Problem, plan: Plan, *, epoch: datetime | None = None, roads: RoadNetwork | None = None
) -> Json:
    """A feature collection.  Features have a `kind`: "route", "stop" or "left_out".

    Times are seconds; with `epoch`, the instant of second 0, there are also clock times in UTC.  Lines are straight unless there are
    `roads` to draw them on.  Stops that the problem does not know are not drawn.
    """
    drawn = lines(problem, plan)
    features = [
        *(_route(problem, line, epoch, roads) for line in drawn),
        *(feature for line in drawn for feature in _stops(problem, line, epoch)),
        *_left_out(problem, plan),
    ]
    return {"type": "FeatureCollection", "features": features}


def _route(problem: Problem, line: Line, epoch: datetime | None, roads: RoadNetwork | None) -> Json:
    route, shift = line.route, problem.shift(line.route.shift_id)
    points = [point.location for point in line.points]
    drawn = points if roads is None else roads.route(points, problem.vehicle_of(shift).profile)
    properties = {
        "kind": "route",
        "shift_id": shift.id,
        "vehicle_id": shift.vehicle_id,
        "driver": shift.driver,
        "stops": [visit.stop_id for visit in route.visits],
        "trips": len(route.trips),
        "distance_m": route.distance_m,
        "duration_s": route.duration_s,
        "loads": dict(zip(problem.load_dimensions, route.loads, strict=True)),
        "cost": route.cost.total,
        "violations": len(route.violations),
        **_times(epoch, departure=route.departure_s, arrival=route.return_s),
        "arrivals_s": [point.arrival_s for point in line.points],
    }
    return _feature("LineString", [_position(place) for place in drawn], properties)


def _stops(problem: Problem, line: Line, epoch: datetime | None) -> Iterator[Json]:
    visits = [point for point in line.points if point.visit is not None]
    for number, point in enumerate(visits, 1):
        yield _feature("Point", _position(point.location), _stop(problem, line, number, point, epoch))


def _stop(problem: Problem, line: Line, number: int, point: Point, epoch: datetime | None) -> Json:
    visit = point.visit
    if visit is None:
        raise ValueError("the yard is no stop")
    return {
        "kind": "stop",
        "stop_id": visit.stop_id,
        "shift_id": line.route.shift_id,
        "number": number,
        "trip": visit.trip + 1,
        "place": visit.place,
        "waiting_s": visit.waiting_s,
        "load_after": dict(zip(problem.load_dimensions, visit.load_after, strict=True)),
        **_times(epoch, arrival=visit.arrival_s, start=visit.start_s, departure=visit.departure_s),
    }


def _left_out(problem: Problem, plan: Plan) -> Iterator[Json]:
    for entry in plan.unassigned:
        if entry.stop_id in problem:
            location = problem.locations[problem.stop(entry.stop_id).location]
            reason = None if entry.reason is None else entry.reason.code
            yield _feature(
                "Point", _position(location), {"kind": "left_out", "stop_id": entry.stop_id, "reason": reason}
            )


def _times(epoch: datetime | None, **seconds: int) -> Json:
    times: Json = {f"{name}_s": second for name, second in seconds.items()}
    if epoch is not None:
        times |= {f"{name}_time": clock(second, epoch) for name, second in seconds.items()}
    return times


def _feature(kind: str, coordinates: Any, properties: Json) -> Json:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def _position(location: Location) -> list[float]:
    return [round(location.lon, 7), round(location.lat, 7)]
