"""A plan as GPX 1.1 for navigation devices: one route (`rte`) for each shift, a point for the yard and every stop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from xml.sax.saxutils import escape

from routing.formats.drawing import Line, Point, clock, lines
from routing.plan import Plan
from routing.problem import Problem

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<gpx version="1.1" creator="emergency-logistics" xmlns="http://www.topografix.com/GPX/1/1">\n'
)
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plan_to_gpx(problem: Problem, plan: Plan, *, epoch: datetime | None = None) -> str:
    """The routes with stops.  With `epoch`, the instant of second 0, every point has its time of arrival."""
    return _HEAD + "".join(_route(problem, line, epoch) for line in lines(problem, plan)) + "</gpx>\n"


def _route(problem: Problem, line: Line, epoch: datetime | None) -> str:
    points = "".join(_points(problem, line, epoch))
    return f"  <rte>\n    <name>{_text(line.route.shift_id)}</name>\n{points}  </rte>\n"


def _points(problem: Problem, line: Line, epoch: datetime | None) -> Iterator[str]:
    for point in line.points:
        # GPX fixes the order: time, name, description.
        time = "" if epoch is None else f"<time>{clock(_instant_s(point), epoch)}</time>"
        name, description = _told(problem, point)
        yield (
            f'    <rtept lat="{point.location.lat:.7f}" lon="{point.location.lon:.7f}">{time}'
            f"<name>{_text(name)}</name>{description and f'<desc>{_text(description)}</desc>'}</rtept>\n"
        )


def _instant_s(point: Point) -> int:
    """Stops are reached, the yard is left (or reached at the end, when both are the same)."""
    return point.departure_s if point.visit is None else point.arrival_s


def _told(problem: Problem, point: Point) -> tuple[str, str]:
    if point.visit is None:
        return "yard", ""
    load = problem.stop(point.visit.stop_id).load
    amounts = ", ".join(
        f"{amount} {unit}" for amount, unit in zip(load, problem.load_dimensions, strict=True) if amount
    )
    return point.visit.stop_id, amounts


def _text(text: str) -> str:
    return escape(_NOT_IN_XML.sub("?", text))
