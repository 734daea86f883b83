"""The door to OR-Tools: a problem and a plan in, a plan out.  The model of record: every rule of `Problem` is stated here.

What the 9.15 wheel asks for: limits set before `CloseModelWithParameters`; transit matrices as nested lists, which halve the cost
that callbacks reach in the same time; allowed vehicles through `VehicleVar`, because `SetAllowedVehiclesForIndex` takes no list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.util.optional_boolean_pb2 import BOOL_FALSE, BOOL_TRUE

from routing.plan import Plan, Route, Unassigned
from routing.problem import Problem, Stop
from routing.timetable import latest_start

FEN = 3_600_000
"""Model cost of one fen, where the numbers allow: a fen per kilometre and metre, or per hour and second, is whole then."""

_DESCENT_OPERATORS = {
    "use_relocate",
    "use_exchange",
    "use_cross",
    "use_two_opt",
    "use_or_opt",
    "use_make_active",
    "use_make_inactive",
    "use_swap_active",
    "use_global_cheapest_insertion_path_lns",
    "use_local_cheapest_insertion_path_lns",
}
"""With these a group of 170 stops is down in its local optimum in 1.5 s, a fifth sooner and 2 % lower than with all of them."""

_LARGEST_OBJECTIVE = 2**60
_MUST_SERVE_FACTOR = 10  # a stop that must be served weighs so many times all that optional ones and driving could


_ENDLESS_S = 86_400  # OR-Tools warns of an endless search unless some limit of time is set
_TICKS_BETWEEN_QUESTIONS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long to search: `seconds` by the clock, or `ticks`, which give the same plan on every machine.

    A tick is one time that OR-Tools asks whether it should go on: up to a million a second.  (Solutions are no measure: guided
    local search on a stop or two finds no second one and never ends.)  Without `guided` the search ends by itself in the first
    local optimum; with it, it goes on from there by guided local search until the effort is spent.
    """

    seconds: float | None = None
    ticks: int | None = None
    guided: bool = True


def improve(
    problem: Problem,
    start: Plan,
    *,
    effort: Effort,
    should_stop: Callable[[], bool] | None = None,
) -> Plan:
    """Search from a plan without violations (left-out stops aside) and return the best plan met.

    A pure function of its arguments for an effort in ticks.  The result respects every rule; whether it is cheaper is for the
    referee to say.  Without stops or shifts there is nothing to decide.
    """
    if not problem.stops or not problem.shifts:
        return start
    return _Model(problem).search(start, effort, should_stop)


class _Model:
    """The routing model of one problem.  Nodes: the stops in order, then each yard once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        yards = sorted({place for shift in problem.shifts for place in (shift.start_location, shift.end_location)})
        yard_node = {place: len(problem.stops) + index for index, place in enumerate(yards)}
        self._places = [*(stop.location for stop in problem.stops), *yards]
        self._manager = pywrapcp.RoutingIndexManager(
            len(self._places),
            len(problem.shifts),
            [yard_node[shift.start_location] for shift in problem.shifts],
            [yard_node[shift.end_location] for shift in problem.shifts],
        )
        self._model = pywrapcp.RoutingModel(self._manager)
        self._indices = [self._manager.NodeToIndex(node) for node in range(len(problem.stops))]
        self._vehicles = [problem.vehicle_of(shift) for shift in problem.shifts]
        self._horizon_s = max(shift.end_s for shift in problem.shifts)
        self._must_serve, self._scale = _weights(problem, self._horizon_s)
        self._state_costs()
        self._state_loads()
        self._state_times()
        self._state_left_out()
        self._state_passes()

    def search(self, start: Plan, effort: Effort, should_stop: Callable[[], bool] | None) -> Plan:
        parameters = _parameters(effort)
        if effort.ticks is not None or should_stop is not None:  # asking costs a sixth of the search
            self._model.AddSearchMonitor(self._model.solver().CustomLimit(_limit(effort.ticks, should_stop)))
        self._model.CloseModelWithParameters(parameters)
        assignment = self._model.ReadAssignmentFromRoutes(self._routes_of(start), True)
        if assignment is None:
            return start
        solution = self._model.SolveFromAssignmentWithParameters(assignment, parameters)
        return start if solution is None else self._plan_of(solution)

    def _state_costs(self) -> None:
        """Fixed cost and metres; the seconds are priced by `_state_times`."""
        evaluators: dict[tuple[str, int], int] = {}
        for row, vehicle in enumerate(self._vehicles):
            kind = (vehicle.profile, vehicle.cost_per_km)
            if kind not in evaluators:
                metres = self._among_nodes(self.problem.travel[vehicle.profile].distance_m)
                cost = np.rint(metres * (vehicle.cost_per_km * self._scale / 1000)).astype(np.int64)
                evaluators[kind] = self._model.RegisterTransitMatrix(cost.tolist())
            self._model.SetArcCostEvaluatorOfVehicle(evaluators[kind], row)
            self._model.SetFixedCostOfVehicle(round(vehicle.fixed_cost * self._scale), row)

    def _state_loads(self) -> None:
        for dimension, name in enumerate(self.problem.load_dimensions):
            loads = [stop.load[dimension] for stop in self.problem.stops]
            nothing = [0] * (len(self._places) - len(loads))
            evaluator = self._model.RegisterUnaryTransitVector(loads + nothing)
            capacities = [vehicle.capacity[dimension] for vehicle in self._vehicles]
            self._model.AddDimensionWithVehicleCapacity(evaluator, 0, capacities, True, f"load {name}")

    def _state_times(self) -> None:
        service_s = np.zeros(len(self._places), dtype=np.int64)
        service_s[: len(self._indices)] = [stop.service_s for stop in self.problem.stops]
        evaluators = {
            profile: self._model.RegisterTransitMatrix(
                (self._among_nodes(matrix.duration_s) + service_s[:, None]).tolist()
            )
            for profile, matrix in self.problem.travel.items()
            if any(vehicle.profile == profile for vehicle in self._vehicles)
        }
        transits = [evaluators[vehicle.profile] for vehicle in self._vehicles]
        self._model.AddDimensionWithVehicleTransits(transits, self._horizon_s, self._horizon_s, False, "time")
        self._time = self._model.GetDimensionOrDie("time")
        for row, (shift, vehicle) in enumerate(zip(self.problem.shifts, self._vehicles, strict=True)):
            self._time.CumulVar(self._model.Start(row)).SetRange(min(shift.ready_s, shift.end_s), shift.end_s)
            self._time.CumulVar(self._model.End(row)).SetRange(min(shift.ready_s, shift.end_s), shift.end_s)
            self._time.SetSpanCostCoefficientForVehicle(round(vehicle.cost_per_hour * self._scale / 3600), row)
        for index, stop in zip(self._indices, self.problem.stops, strict=True):
            self._state_windows(index, stop)

    def _state_windows(self, index: int, stop: Stop) -> None:
        """One range, and the times between windows forbidden: by a constraint on the bounds, because cutting holes into the variable
        (`RemoveInterval`) takes 3 ms each over two days of seconds.  Windows beyond the horizon are `_state_passes`'s affair.
        """
        windows = [window for window in stop.windows if window.start_s <= self._horizon_s]
        if not windows:
            return
        when, solver = self._time.CumulVar(index), self._model.solver()
        when.SetRange(windows[0].start_s, min(windows[-1].end_s, self._horizon_s))
        gaps = [(a.end_s + 1, b.start_s - 1) for a, b in pairwise(windows) if b.start_s > a.end_s + 1]
        if gaps:
            starts, ends = zip(*gaps, strict=True)
            solver.Add(solver.NotMemberCt(when, list(starts), list(ends)))

    def _state_left_out(self) -> None:
        for index, stop in zip(self._indices, self.problem.stops, strict=True):
            price = self._must_serve if stop.left_out_price is None else stop.left_out_price
            self._model.AddDisjunction([index], round(price * self._scale))

    def _state_passes(self) -> None:
        """Which shifts may serve a stop at all, and where a pass runs out during the shift, until when."""
        for index, stop in zip(self._indices, self.problem.stops, strict=True):
            until = [self._may_start_until(row, stop) for row in range(len(self._vehicles))]
            allowed = [row for row, until_s in enumerate(until) if until_s is not None]
            if len(allowed) < len(until):
                self._model.VehicleVar(index).SetValues([-1, *allowed])
            if any(until[row] != self._horizon_s for row in allowed):
                limits = [self._horizon_s, *(self._horizon_s if until_s is None else until_s for until_s in until)]
                solver, vehicle = self._model.solver(), self._model.VehicleVar(index)
                solver.Add(self._time.CumulVar(index) <= solver.Element(limits, vehicle + 1))

    def _may_start_until(self, row: int, stop: Stop) -> int | None:
        """The latest start of service on a shift that passes and windows allow; None: not on this shift."""
        shift, vehicle = self.problem.shifts[row], self._vehicles[row]
        ends = [vehicle.pass_valid_until_s(kind) for kind in stop.required_passes]
        last = min([float(shift.end_s), *(end - stop.service_s for end in ends if end is not None)])
        if None in ends or latest_start(stop.windows, last) < shift.ready_s:
            return None
        return self._horizon_s if last >= shift.end_s else int(last)

    def _among_nodes(self, matrix: Any) -> Any:
        return matrix[np.ix_(self._places, self._places)].astype(np.int64)

    def _routes_of(self, plan: Plan) -> list[list[int]]:
        node = {stop.id: index for index, stop in enumerate(self.problem.stops)}
        by_shift = {route.shift_id: [node[stop_id] for stop_id in route.stops] for route in plan.routes}
        return [by_shift.get(shift.id, []) for shift in self.problem.shifts]

    def _plan_of(self, solution: Any) -> Plan:
        routes = tuple(
            Route(shift_id=shift.id, stops=stops)
            for row, shift in enumerate(self.problem.shifts)
            if (stops := tuple(self._followed(solution, row)))
        )
        served = {stop_id for route in routes for stop_id in route.stops}
        left_out = (stop.id for stop in self.problem.stops if stop.id not in served)
        return Plan(routes=routes, unassigned=tuple(Unassigned(stop_id=stop_id) for stop_id in left_out))

    def _followed(self, solution: Any, row: int) -> Iterable[str]:
        index = solution.Value(self._model.NextVar(self._model.Start(row)))
        while not self._model.IsEnd(index):
            yield self.problem.stops[self._manager.IndexToNode(index)].id
            index = solution.Value(self._model.NextVar(index))


def _weights(problem: Problem, horizon_s: int) -> tuple[int, float]:
    """The price of leaving out a stop that must be served, and the model's cost of one fen, so that nothing overflows."""
    vehicles = [problem.vehicle_of(shift) for shift in problem.shifts]
    farthest_m = max((int(matrix.distance_m.max(initial=0)) for matrix in problem.travel.values()), default=0)
    legs = len(problem.stops) + len(problem.shifts)
    driving = (
        sum(vehicle.fixed_cost for vehicle in vehicles)
        + legs * farthest_m * max(vehicle.cost_per_km for vehicle in vehicles) // 1000
        + len(vehicles) * horizon_s * max(vehicle.cost_per_hour for vehicle in vehicles) // 3600
    )
    prices = sum(stop.left_out_price or 0 for stop in problem.stops)
    must_serve = 1 + driving + prices
    most = must_serve * (1 + sum(stop.left_out_price is None for stop in problem.stops)) + must_serve
    return must_serve, min(FEN, _LARGEST_OBJECTIVE / most)


def _parameters(effort: Effort) -> Any:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    metaheuristics = routing_enums_pb2.LocalSearchMetaheuristic
    parameters.local_search_metaheuristic = (
        metaheuristics.GUIDED_LOCAL_SEARCH if effort.guided else metaheuristics.GREEDY_DESCENT
    )
    if not effort.guided:
        operators = parameters.local_search_operators
        for field in operators.DESCRIPTOR.fields:
            setattr(operators, field.name, BOOL_TRUE if field.name in _DESCENT_OPERATORS else BOOL_FALSE)
    if effort.seconds is not None:
        parameters.time_limit.FromMilliseconds(max(1, round(effort.seconds * 1000)))
    else:
        parameters.time_limit.FromSeconds(_ENDLESS_S)
        parameters.lns_time_limit.FromSeconds(_ENDLESS_S)
    return parameters


def _limit(ticks: int | None, should_stop: Callable[[], bool] | None) -> Callable[[], bool]:
    """Whether to end the search, asked at every tick; the caller is asked only now and then."""
    passed = 0

    def limit() -> bool:
        nonlocal passed
        passed += 1
        if ticks is not None and passed > ticks:
            return True
        return should_stop is not None and passed % _TICKS_BETWEEN_QUESTIONS == 0 and should_stop()

    return limit
