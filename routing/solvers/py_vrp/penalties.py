"""What broken rules cost on the way to a better plan."""

from __future__ import annotations

import numpy as np
from pyvrp import CostEvaluator, ProblemData, Solution

from routing.solvers.py_vrp.model import GATE_LOAD


class Penalties:
    """What a unit too much of each load, of time and of distance costs: raised while too few solutions are valid, else lowered.

    At first they forbid, so that a valid start stays valid.  Relaxed, they begin near where they end: an average stop too much costs
    some legs, or what it brings in.
    """

    UPDATE_EVERY = 100
    VALID_SHARE = (0.60, 0.70)
    LEGS_A_STOP = 6.0
    LEGS_A_LEG = 20.0
    STRICT = 500.0
    RANGE = 1e5

    def __init__(self, data: ProblemData, start: Solution, num_gates: int = 0, *, are_strict: bool = False) -> None:
        """The last `num_gates` dimensions of load are gates, which stay shut.  With `are_strict`, so does everything until `relax`."""
        legs = sum(len(route) for route in start.routes()) + 1
        self.leg_cost = leg_cost = max(1.0, (start.distance_cost() + start.duration_cost()) / legs)
        loads = [max(1e-3, _mean_load(data, dimension)) for dimension in range(data.num_load_dimensions)]
        self._loads = len(loads) - num_gates
        loads[self._loads :] = [float(GATE_LOAD)] * num_gates
        prize = _prize_to_win(data, start)
        stop_cost, leg_cost = max(self.LEGS_A_STOP * leg_cost, prize), max(self.LEGS_A_LEG * leg_cost, prize)
        self._now = [stop_cost / load for load in loads]
        self._now.append(leg_cost / max(1.0, start.duration() / legs))
        self._now.append(stop_cost / max(1.0, start.distance() / legs))
        self._now = [each * self.STRICT for each in self._now]
        self._least = list(self._now)
        self._are_hours_strict = True
        self._most = [each * self.RANGE for each in self._now]
        if not are_strict and not start.unplanned():  # else it is the plan that must change, not its stops
            self._relax_hours()
        self._restart()

    def relax(self, *, loads: bool, hours: bool) -> None:
        """From now on, solutions may break rules at a price."""
        if loads:
            self._relax(range(self._loads))
        if hours:
            self._relax_hours()
        self._restart()

    def _relax_hours(self) -> None:
        if self._are_hours_strict:
            self._relax(range(len(self._now) - 2, len(self._now)))
        self._are_hours_strict = False

    def _relax(self, indices: range) -> None:
        for index in indices:
            self._now[index] /= self.STRICT
            self._least[index] /= self.RANGE

    def register(self, solution: Solution) -> None:
        self._registered += 1
        for index, excess in enumerate((*solution.excess_load(), solution.time_warp(), solution.excess_distance())):
            self._broken[index] += excess > 0
        if self._registered == self.UPDATE_EVERY:
            self._update()

    def _update(self) -> None:
        for index, broken in enumerate(self._broken):
            valid = 1 - broken / self._registered
            if valid < self.VALID_SHARE[0]:
                self._now[index] = min(self._now[index] * 1.5, self._most[index])
            elif valid > self.VALID_SHARE[1]:
                self._now[index] = max(self._now[index] * 0.9, self._least[index])
        self._restart()

    def _restart(self) -> None:
        self._registered, self._broken = 0, [0] * len(self._now)
        *loads, duration, distance = self._now
        self.evaluator = CostEvaluator(loads, duration, distance)


def _prize_to_win(data: ProblemData, start: Solution) -> float:
    """The median prize of the clients that are left out: for less, they would be taken whatever they break."""
    left_out = [data.client(activity.idx).prize for activity in start.unplanned() if activity.is_client()]
    return float(np.median(left_out)) if left_out else 0.0


def _mean_load(data: ProblemData, dimension: int) -> float:
    amounts = [max(client.delivery[dimension], client.pickup[dimension]) for client in data.clients()]
    return sum(amounts) / max(1, len(amounts))
