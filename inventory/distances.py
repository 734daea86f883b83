"""How far it is between two places, as the crow flies: enough to choose the nearer store. Pure."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

#: The radius of a sphere with the Earth's mean circumference, in metres.
_EARTH_M = 6_371_009


def straight_m(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> int:
    """Whole metres between two places in WGS-84 degrees, by the haversine: within half a per cent."""
    north, east = radians(lat_b - lat_a), radians(lon_b - lon_a)
    chord = sin(north / 2) ** 2 + cos(radians(lat_a)) * cos(radians(lat_b)) * sin(east / 2) ** 2
    return round(2 * _EARTH_M * asin(sqrt(chord)))
