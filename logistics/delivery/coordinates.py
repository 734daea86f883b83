"""Coordinates as Chinese map services want them: WGS-84 (GPS, OpenStreetMap) ↔ GCJ-02 (AMap, Tencent) ↔ BD-09 (Baidu).

An unconverted point misses a village by 300 to 650 m. The forward formulas are the public ones, on the Krasovsky ellipsoid, as in
googollee/eviltransform and Artoria2e5/PRCoords, whose test values ours reproduce; the inverses iterate until they agree with them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, cos, hypot, pi, radians, sin, sqrt
from typing import NamedTuple

AXIS_M = 6_378_245.0
ECCENTRICITY_2 = 0.00669342162296594323
#: Where the services shift their maps: the box of PRCoords.
SOUTH, NORTH, WEST, EAST = 0.8293, 55.8271, 72.004, 137.8347
BAIDU_ANGLE = pi * 3000 / 180
BAIDU_LAT, BAIDU_LON = 0.0060, 0.0065
#: About a tenth of a millimetre, in degrees.
CLOSE_ENOUGH = 1e-9


class Point(NamedTuple):
    """Degrees; which datum they are in, the name of the variable says."""

    lat: float
    lon: float


def wgs84_to_gcj02(point: Point) -> Point:
    """Shift a point as AMap and Tencent do; outside China it stays where it is."""
    if not _in_china(point):
        return point
    lat, lon = point
    north_m, east_m = _shift_m(lat - 35, lon - 105)
    sine = sin(radians(lat))
    curve = 1 - ECCENTRICITY_2 * sine * sine
    meridian_m = AXIS_M * (1 - ECCENTRICITY_2) / (curve * sqrt(curve))
    parallel_m = AXIS_M / sqrt(curve) * cos(radians(lat))
    return Point(lat + north_m * 180 / (meridian_m * pi), lon + east_m * 180 / (parallel_m * pi))


def gcj02_to_wgs84(point: Point) -> Point:
    """The point that `wgs84_to_gcj02` shifts here."""
    return _inverse(wgs84_to_gcj02, point) if _in_china(point) else point


def gcj02_to_bd09(point: Point) -> Point:
    """Shift a GCJ-02 point once more, as Baidu does; outside China it stays where it is."""
    if not _in_china(point):
        return point
    lat, lon = point
    length = hypot(lat, lon) + 0.00002 * sin(lat * BAIDU_ANGLE)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * BAIDU_ANGLE)
    return Point(length * sin(angle) + BAIDU_LAT, length * cos(angle) + BAIDU_LON)


def bd09_to_gcj02(point: Point) -> Point:
    """The point that `gcj02_to_bd09` shifts here."""
    return _inverse(gcj02_to_bd09, point) if _in_china(point) else point


def wgs84_to_bd09(point: Point) -> Point:
    """A GPS point as Baidu shows it."""
    return gcj02_to_bd09(wgs84_to_gcj02(point))


def bd09_to_wgs84(point: Point) -> Point:
    """A point read off Baidu's map as GPS would give it."""
    return gcj02_to_wgs84(bd09_to_gcj02(point))


def _in_china(point: Point) -> bool:
    return SOUTH <= point.lat <= NORTH and WEST <= point.lon <= EAST


def _inverse(forward: Callable[[Point], Point], wanted: Point) -> Point:
    """Step by what is still missing. The shifts change by less than a thousandth of the step, so three or four steps do."""
    guess = wanted
    for _ in range(10):
        reached = forward(guess)
        missing = Point(wanted.lat - reached.lat, wanted.lon - reached.lon)
        guess = Point(guess.lat + missing.lat, guess.lon + missing.lon)
        if max(abs(missing.lat), abs(missing.lon)) < CLOSE_ENOUGH:
            break
    return guess


def _shift_m(y: float, x: float) -> tuple[float, float]:
    """How far a point is shifted to the north and to the east, in metres; y and x are degrees from 35° N 105° E."""
    both = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north_m += (
        2 / 3 * (both + 20 * sin(y * pi) + 40 * sin(y / 3 * pi) + 160 * sin(y / 12 * pi) + 320 * sin(y / 30 * pi))
    )
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east_m += 2 / 3 * (both + 20 * sin(x * pi) + 40 * sin(x / 3 * pi) + 150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi))
    return north_m, east_m
