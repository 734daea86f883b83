"""Travel without a map: the geodesic times factors that hold for tours.  An estimate, and to be shown as one.

Tours use exactly the pairs of places that only look near, so factors fitted on pairs under-promise the short legs of a tour by
1.4 to 1.8 times.  Fitted on whole tours planned on geodesics and driven on the roads of Andorra (mountain; OSM of January 2025,
OSRM's car times; six draws of 150 stops): 4.3 minutes per geodesic kilometre (14 km/h as the crow flies; 0.91 to 1.20 of the
truth on draws it was not fitted on), road metres 3.0 times the geodesic.  Mixed country (Liechtenstein): 2.9 minutes and 1.8.

The way out to the first stop and home again is another thing: over 5 to 40 km the same roads give 24 to 28 km/h as the crow flies
and 1.6 to 1.8 times the geodesic (mixed: 32 to 36 km/h, 1.1 to 1.4).  So the first kilometres of a leg are counted at the pace of
tours and the rest at the pace of far ways: 20 km take 49 minutes, not 86.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from geopy.distance import ELLIPSOIDS

from routing.errors import ProblemError
from routing.problem import Location, TravelMatrix

_EQUATOR_KM, _, _FLATTENING = ELLIPSOIDS["WGS-84"]
_EQUATOR_M = _EQUATOR_KM * 1000
_ECCENTRICITY_SQUARED = _FLATTENING * (2 - _FLATTENING)
_ROWS_AT_ONCE = 256  # keeps the temporary arrays of 2,000 points at a few MB each

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Minutes and road kilometres per geodesic kilometre."""

    minutes_per_km: float
    distance_factor: float

    def __post_init__(self) -> None:
        for name in ("minutes_per_km", "distance_factor"):
            if not 0 < getattr(self, name) < 1000:
                raise ProblemError(name, getattr(self, name), "must lie between 0 and 1000")


@dataclass(frozen=True, slots=True, kw_only=True)
class StraightLine:
    """A `RoadNetwork` of straight lines.  A leg goes at the pace `near` for its first `far_from_km`, at `far` beyond.

    The defaults are a mountain's.  `far` is not slower than `near`, so that no detour is shorter than the leg itself.
    """

    near: Pace = Pace(minutes_per_km=4.3, distance_factor=3.0)
    far: Pace = Pace(minutes_per_km=2.1, distance_factor=1.6)
    far_from_km: float = 3.0

    def __post_init__(self) -> None:
        if not 0 <= self.far_from_km < 1000:
            raise ProblemError("far_from_km", self.far_from_km, "must lie between 0 and 1000")
        for name in ("minutes_per_km", "distance_factor"):
            if getattr(self.far, name) > getattr(self.near, name):
                raise ProblemError(f"far.{name}", getattr(self.far, name), "must not be above that of near")

    def matrix(self, points: Sequence[Location], profile: str = "car") -> TravelMatrix:
        """Estimated seconds and metres; the same for every profile, 0 between equal points."""
        geodesic_m = geodesic_matrix_m(points)
        near_m = np.minimum(geodesic_m, self.far_from_km * 1000)
        far_m = geodesic_m - near_m
        seconds = near_m * (self.near.minutes_per_km * 60 / 1000) + far_m * (self.far.minutes_per_km * 60 / 1000)
        metres = near_m * self.near.distance_factor + far_m * self.far.distance_factor
        return TravelMatrix(
            duration_s=np.rint(seconds).astype(np.int32),
            distance_m=np.rint(metres).astype(np.int32),
        )

    def route(self, points: Sequence[Location], profile: str = "car") -> list[Location]:
        """The points themselves: between them the line is straight."""
        return list(points)


MIXED = StraightLine(
    near=Pace(minutes_per_km=2.9, distance_factor=1.8), far=Pace(minutes_per_km=1.7, distance_factor=1.3)
)
"""Hills and valleys with through roads."""


def geodesic_matrix_m(points: Sequence[Location]) -> Floats:
    """Metres along the WGS-84 ellipsoid between all points, within 0.05 % of geopy's `geodesic` up to a province's size.

    geopy's own is exact and takes 0.2 ms a pair: four million pairs would take a quarter of an hour.
    """
    lat = np.radians([point.lat for point in points], dtype=np.float64)
    lon = np.radians([point.lon for point in points], dtype=np.float64)
    metres = np.empty((len(points), len(points)))
    for start in range(0, len(points), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        metres[rows] = _mid_latitude_m(lat[rows, None], lon[rows, None], lat[None, :], lon[None, :])
    return metres


def _mid_latitude_m(lat_a: Floats, lon_a: Floats, lat_b: Floats, lon_b: Floats) -> Floats:
    """The haversine with the ellipsoid's own radii of curvature at the middle latitude: along the meridian for the difference of
    latitude, across it for the difference of longitude.  Measured: 3e-6 off at 400 km, 2e-4 at 2,500 km.
    """
    middle = (lat_a + lat_b) / 2
    flattened = 1 - _ECCENTRICITY_SQUARED * np.sin(middle) ** 2
    across_m = _EQUATOR_M / np.sqrt(flattened)
    along_over_across = (1 - _ECCENTRICITY_SQUARED) / flattened
    northward = along_over_across * np.sin((lat_b - lat_a) / 2)
    eastward = np.sin((lon_b - lon_a) / 2)
    half_chord = np.sqrt(northward**2 + np.cos(lat_a) * np.cos(lat_b) * eastward**2)
    metres: Floats = 2 * across_m * np.arcsin(np.minimum(half_chord, 1))
    return metres
