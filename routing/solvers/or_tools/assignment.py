"""The cheapest way of giving each of some one of as many others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from ortools.graph.python import linear_sum_assignment


def cheapest_matching(cost: npt.NDArray[np.int64]) -> list[int]:
    """For each row of a square matrix its column; every column once, and the sum as small as can be."""
    rows = len(cost)
    if not rows:
        return []
    solver = linear_sum_assignment.SimpleLinearSumAssignment()
    left, right = np.divmod(np.arange(rows * rows), rows)
    solver.add_arcs_with_cost(left, right, cost.ravel())
    if solver.solve() != solver.OPTIMAL:
        return list(range(rows))  # numbers so large that they overflow
    return [solver.right_mate(row) for row in range(rows)]
