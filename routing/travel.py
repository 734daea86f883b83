"""Where things are and how long it takes from one to another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from routing.checks import check_degrees
from routing.errors import ProblemError

type Int32Array = npt.NDArray[np.int32]

NO_WAY = 2**31 - 1
"""The duration of a leg that cannot be driven (a closed road, an island): no plan with such a leg is feasible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place, WGS-84 degrees."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        check_degrees("lat", self.lat, 90)
        check_degrees("lon", self.lon, 180)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TravelMatrix:
    """Seconds and metres from each location (row) to each other one (column), whole numbers, read-only once inside.

    A `duration_s` of `NO_WAY` says that there is no way.
    """

    duration_s: Int32Array
    distance_m: Int32Array

    def __post_init__(self) -> None:
        for name in ("duration_s", "distance_m"):
            object.__setattr__(self, name, _as_matrix(name, getattr(self, name)))
        if self.duration_s.shape != self.distance_m.shape:
            raise ProblemError("distance_m", self.distance_m.shape, f"must have the shape {self.duration_s.shape}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TravelMatrix):
            return NotImplemented
        return np.array_equal(self.duration_s, other.duration_s) and np.array_equal(self.distance_m, other.distance_m)

    __hash__ = None  # type: ignore[assignment]

    def between(self, locations: Iterable[int]) -> TravelMatrix:
        """The same travel among some of the locations, in the order given."""
        chosen = np.fromiter(locations, dtype=np.intp)
        rows_and_columns = np.ix_(chosen, chosen)
        return TravelMatrix(duration_s=self.duration_s[rows_and_columns], distance_m=self.distance_m[rows_and_columns])


def _as_matrix(name: str, given: Any) -> Int32Array:
    array = np.asarray(given)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise ProblemError(name, array.shape, "must be a square matrix")
    if array.dtype.kind not in "iu" and array.size:
        raise ProblemError(name, str(array.dtype), "must hold whole numbers")
    if array.size and (array.min() < 0 or array.max() > np.iinfo(np.int32).max):
        worst = array.min() if array.min() < 0 else array.max()
        raise ProblemError(name, int(worst), "must hold numbers from 0 to 2147483647")
    matrix: Int32Array = np.ascontiguousarray(array, dtype=np.int32).view()
    matrix.setflags(write=False)
    return matrix
