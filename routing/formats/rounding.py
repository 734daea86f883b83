"""How the real-valued distances of published instances become whole numbers."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]
type Int64s = npt.NDArray[np.int64]


class Rounding(StrEnum):
    """The convention by which the costs of a set of instances are stated.

    It holds for distances, times, prizes and fixed costs alike: all of them are counted in 1/`scale` of the file's unit.
    """

    NEAREST = "nearest"
    """To the nearest integer (CVRP)."""
    TRUNCATED = "truncated"
    """To the integer below."""
    DIMACS = "dimacs"
    """Tenths, truncated (VRPTW and its kin since the DIMACS challenge of 2021)."""
    EXACT = "exact"
    """Thousandths, to the nearest."""

    @property
    def scale(self) -> int:
        return {Rounding.DIMACS: 10, Rounding.EXACT: 1000}.get(self, 1)

    def whole(self, values: Floats) -> Int64s:
        """Whole numbers of 1/`scale`; halves are rounded up."""
        scaled = values * self.scale
        rounded = np.floor(scaled if self in (Rounding.TRUNCATED, Rounding.DIMACS) else scaled + 0.5)
        return rounded.astype(np.int64)

    def whole_number(self, value: float) -> int:
        return int(self.whole(np.array([value]))[0])


def usual_rounding(kind: str, edge_weight_type: str, *, all_whole: bool) -> Rounding:
    """What the published solutions of a kind (`TYPE` in the file) are counted by."""
    if edge_weight_type == "EXACT_2D" or kind in {"MDVRPTW", "HFVRP", "VRPB", "MDVRP", "HVRP", "HFVRPTW"}:
        return Rounding.EXACT
    if kind.endswith("VRPTW") or kind.startswith("MTVRPTW"):
        return Rounding.DIMACS
    return Rounding.NEAREST if all_whole else Rounding.EXACT
