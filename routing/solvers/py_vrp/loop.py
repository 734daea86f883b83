"""The search: what is tried in which order, and which solutions it goes on from."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from pyvrp import CostEvaluator, RandomNumberGenerator, Solution
from pyvrp.search import (
    OPERATORS,
    LocalSearch,
    NeighbourhoodParams,
    PerturbationManager,
    PerturbationParams,
    Swap21,
    Swap22,
    compute_neighbours,
)

from routing.solvers.py_vrp.crossover import Crossover
from routing.solvers.py_vrp.effort import Annealing, Countdown, Crossing, Effort
from routing.solvers.py_vrp.model import Model
from routing.solvers.py_vrp.penalties import Penalties
from routing.solvers.py_vrp.trips import Meetings

TOO_SLOW = (Swap21, Swap22)
"""Moves that take more of the time than they win: without them RC2_10_5 comes 0.1 to 1 % closer to the best known cost, PR11A 0.3 %."""

NEIGHBOURS_IN_TIME = 50
NEIGHBOURS = 25
"""How many neighbours of a stop a move may join it to: fewer are quicker, and where hours matter the near ones are often not those."""

WAITING = 0.2
"""What a second of waiting weighs in how near two stops are, in seconds of driving."""

PERTURBED = (1, 25)
"""How many stops an iteration puts in or takes out before it repairs the plan."""

LEAST_PERTURBED = (1, 1)
"""Without any, PyVRP's local search would look again at all that was changed in earlier calls."""

HISTORY = 3.0
"""Late acceptance compares with so many iterations before as there are iterations a stop, times this."""

SHORTEST_HISTORY, LONGEST_HISTORY = 10, 5_000

THOROUGH_EVERY = 0.25
"""How many iterations a stop there are at least from one thorough search to the next.  Far from good every second plan is a better one,
and a thorough search of each would take most of the time: it lasts as long as an iteration for every 30 to 75 stops.
"""

TRIAL = 32
"""After so many iterations it is known how many there will be, where time is the limit."""

STRICT_BELOW = 60
STRICT_HOURS_BELOW = 5
"""With fewer iterations a stop, overloaded (or late) vehicles on the way to a better plan do not pay."""


class Search:
    """Iterated local search on PyVRP's local search: with late acceptance (Burke and Bykov, 2017), or as a stretch of an annealing."""

    def __init__(self, model: Model, seed: int) -> None:
        self._data = model.data
        self._random = random.Random(seed)  # noqa: S311  # no secret
        self._num_gates = model.num_gates
        self._size = len(model.clients)
        self._knows_time = model.knows_time
        neighbours = NeighbourhoodParams(
            weight_wait_time=WAITING * model.cost_of_second(),
            num_neighbours=NEIGHBOURS_IN_TIME if model.knows_time else NEIGHBOURS,
        )
        self._neighbours = compute_neighbours(self._data, neighbours)
        self._seed = seed
        self._local_search = self._new_local_search(PERTURBED)

    def _new_local_search(self, perturbed: tuple[int, int]) -> LocalSearch:
        perturbation = PerturbationManager(PerturbationParams(*perturbed))
        local_search = LocalSearch(self._data, RandomNumberGenerator(seed=self._seed), self._neighbours, perturbation)
        for operator in OPERATORS:
            if operator not in TOO_SLOW and operator.supports(self._data):
                local_search.add_operator(operator(self._data))
        return local_search

    def is_cheaper(self, solution: Solution, other: Solution) -> bool:
        """Both without penalties: what breaks a rule is dearer than anything."""
        evaluator = CostEvaluator([0.0] * self._data.num_load_dimensions, 0.0, 0.0)
        return bool(evaluator.cost(solution) < evaluator.cost(other))

    def anneal(self, start: Solution, effort: Annealing, should_stop: Callable[[], bool]) -> Solution:
        """Where it has come to, which breaks no rule if the start does not."""
        watch = Countdown(effort, should_stop)
        penalties = Penalties(self._data, start, self._num_gates, are_strict=True)
        evaluator, heat = penalties.evaluator, effort.heat * penalties.leg_cost
        current, current_cost = start, evaluator.penalised_cost(start)
        while watch.goes_on():
            candidate = self._local_search(current, evaluator, exhaustive=False)
            cost = evaluator.penalised_cost(candidate)
            if cost < current_cost + heat * self._random.expovariate(1.0):
                current, current_cost = candidate, cost
        return current

    def cross(self, solutions: Sequence[Solution], effort: Crossing, should_stop: Callable[[], bool]) -> list[Solution]:
        """All of them with what is better in the others; those that break no rule still do not, those with several trips stay."""
        if any(kind.max_reloads for kind in self._data.vehicle_types()):
            return list(solutions)
        evaluator = Penalties(self._data, solutions[0], self._num_gates, are_strict=True).evaluator
        return self.crossover().all_bettered(solutions, evaluator, Countdown(effort, should_stop).goes_on)

    def crossover(self) -> Crossover:
        return Crossover(self._data, self._new_local_search(LEAST_PERTURBED), self._neighbours, self._random)

    def run(
        self, start: Solution, effort: Effort, should_stop: Callable[[], bool], meetings: Meetings | None = None
    ) -> Solution:
        watch = Countdown(effort, should_stop)
        penalties = Penalties(self._data, start, self._num_gates)
        evaluator = penalties.evaluator
        best, best_cost = start, evaluator.cost(start)
        current = self._local_search(start, evaluator, exhaustive=True)
        if current.is_feasible() and evaluator.cost(current) < best_cost:
            best, best_cost = current, evaluator.cost(current)
        if meetings is not None:
            meetings.note(start)
            meetings.note(current)
        late, turn, thorough_at = [current], 0, 0
        while watch.goes_on():
            if watch.iterations == TRIAL:
                a_stop = watch.expected_iterations() / self._size
                late = late * round(min(max(a_stop * HISTORY, SHORTEST_HISTORY), LONGEST_HISTORY))
                turn = 0
                penalties.relax(loads=self._knows_time or a_stop >= STRICT_BELOW, hours=a_stop >= STRICT_HOURS_BELOW)
            evaluator = penalties.evaluator
            candidate = self._local_search(current, evaluator, exhaustive=False)
            penalties.register(candidate)
            if meetings is not None:
                meetings.note(candidate)
            if candidate.is_feasible() and evaluator.cost(candidate) < best_cost:
                best = candidate
                if watch.iterations - thorough_at >= THOROUGH_EVERY * self._size:
                    thorough_at = watch.iterations
                    candidate = self._local_search(candidate, evaluator, exhaustive=True)
                    best = candidate if candidate.is_feasible() else best
                best_cost = evaluator.cost(best)
            cost, current_cost = evaluator.penalised_cost(candidate), evaluator.penalised_cost(current)
            late_cost = evaluator.penalised_cost(late[turn])  # by the penalties of today
            if cost < late_cost or cost < current_cost:
                current, current_cost = candidate, cost
            if current_cost < late_cost:
                late[turn] = current
            turn = (turn + 1) % len(late)
        last = self._local_search(best, evaluator, exhaustive=True)
        return last if last.is_feasible() and evaluator.cost(last) < best_cost else best
