"""Distance matrices of VRPLIB and TSPLIB files: from coordinates or from the triangles they are written as."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from routing.errors import FormatError
from routing.formats.rounding import Floats, Int64s, Rounding
from routing.travel import NO_WAY, Int32Array

MOST_LOCATIONS = 20_001
"""A matrix of so many takes 1.6 GB."""

_ROWS_AT_ONCE = 256  # keeps the temporary arrays small beside the result
_EARTH_KM = 6378.388  # TSPLIB's
_TSPLIB_PI = 3.141592

type Weight = Callable[[Floats, Floats], Floats]


def matrix_of_points(points: Floats, weight: Weight, rounding: Rounding, line: int) -> Int32Array:
    """Rounded distances between all points; `weight` gets two arrays of points that broadcast against each other."""
    size = len(points)
    if size > MOST_LOCATIONS:
        raise FormatError("DIMENSION", f"must not be above {MOST_LOCATIONS}, got {size}", line=line)
    matrix = np.empty((size, size), dtype=np.int32)
    for start in range(0, size, _ROWS_AT_ONCE):
        rows = rounding.whole(weight(points[start : start + _ROWS_AT_ONCE, None, :], points[None, :, :]))
        check_range(rows, "NODE_COORD_SECTION", line)
        matrix[start : start + _ROWS_AT_ONCE] = rows
    np.fill_diagonal(matrix, 0)
    return matrix


def check_range(distances: Int64s, name: str, line: int) -> None:
    if distances.size and (distances.min() < 0 or distances.max() >= NO_WAY):
        worst = int(distances.min() if distances.min() < 0 else distances.max())
        raise FormatError(name, f"gives the distance {worst}; it must lie between 0 and {NO_WAY - 1}", line=line)


def _euclidean(a: Floats, b: Floats) -> Floats:
    distance: Floats = np.sqrt(_squared(a, b))
    return distance


def _squared(a: Floats, b: Floats) -> Floats:
    across, along = a[..., 0] - b[..., 0], a[..., 1] - b[..., 1]
    squared: Floats = across * across + along * along
    return squared


def _manhattan(a: Floats, b: Floats) -> Floats:
    distance: Floats = np.abs(a - b).sum(axis=-1)
    return distance


def _maximum(a: Floats, b: Floats) -> Floats:
    distance: Floats = np.abs(a - b).max(axis=-1)
    return distance


def _att(a: Floats, b: Floats) -> Floats:
    """The pseudo-Euclidean distance of TSPLIB's att instances: whole, rounded up."""
    distance: Floats = np.ceil(np.sqrt(_squared(a, b) / 10))
    return distance


def _geo(a: Floats, b: Floats) -> Floats:
    """TSPLIB's kilometres on a sphere; coordinates are degrees and minutes, as in 48.30 for 48°30'."""
    (lat_a, lon_a), (lat_b, lon_b) = _radians(a), _radians(b)
    q1, q2, q3 = np.cos(lon_a - lon_b), np.cos(lat_a - lat_b), np.cos(lat_a + lat_b)
    cosine = np.clip(0.5 * ((1 + q1) * q2 - (1 - q1) * q3), -1, 1)
    distance: Floats = np.floor(_EARTH_KM * np.arccos(cosine) + 1)
    return distance


def _radians(points: Floats) -> tuple[Floats, Floats]:
    degrees = np.trunc(points)
    radians = _TSPLIB_PI * (degrees + 5 * (points - degrees) / 3) / 180
    return radians[..., 0], radians[..., 1]


WEIGHTS: Mapping[str, Weight] = {
    "EUC_2D": _euclidean,
    "EXACT_2D": _euclidean,
    "CEIL_2D": lambda a, b: np.ceil(_euclidean(a, b)),
    "FLOOR_2D": lambda a, b: np.floor(_euclidean(a, b)),
    "MAN_2D": _manhattan,
    "MAX_2D": _maximum,
    "ATT": _att,
    "GEO": _geo,
}
"""What `EDGE_WEIGHT_TYPE` may be where distances follow from coordinates."""


def weights_needed(layout: str, size: int) -> int | None:
    """How many numbers a matrix has that is written so; None for a layout that nobody knows."""
    triangle = size * (size - 1) // 2
    if layout == "FULL_MATRIX":
        return size * size
    if layout in {"LOWER_ROW", "UPPER_ROW", "LOWER_COL", "UPPER_COL"}:
        return triangle
    if layout in {"LOWER_DIAG_ROW", "UPPER_DIAG_ROW", "LOWER_DIAG_COL", "UPPER_DIAG_COL"}:
        return triangle + size
    return None


def matrix_of_weights(weights: Int32Array, layout: str, size: int) -> Int32Array:
    """A full matrix from as many numbers as the layout needs."""
    if layout == "FULL_MATRIX":
        return weights.reshape(size, size)
    matrix = np.zeros((size, size), dtype=np.int32)
    offset = 0 if "DIAG" in layout else 1
    # The columns of a lower triangle are the rows of the upper one, and the matrix is symmetric.
    by_rows_of_lower = layout.startswith("LOWER") == layout.endswith("ROW")
    triangle = np.tril_indices(size, -offset) if by_rows_of_lower else np.triu_indices(size, offset)
    matrix[triangle] = weights
    filled: Int32Array = np.maximum(matrix, matrix.T)
    return filled
