"""The routing model: each rule stated on its nodes, each price in its objective.

What the 9.15 wheel asks for: limits set before `CloseModelWithParameters`; transit matrices as nested lists, which halve the cost
that callbacks reach in the same time; allowed vehicles through `VehicleVar`, because `SetAllowedVehiclesForIndex` takes no list; never
different unary evaluators alone in one dimension, which then holds no route at all.

A rule that a problem does not use adds no variable.  Whatever can be is the bounds of a dimension without slack (loads, positions,
which goods a trip has, when it leaves), because OR-Tools filters moves by these without asking the constraint solver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp

from routing.plan import Plan
from routing.rules import assignment_price
from routing.solvers.or_tools.nodes import Nodes, Visit
from routing.solvers.or_tools.search import Effort, limit, parameters

FEN = 3_600_000
"""Model cost of one fen, where the numbers allow: a fen per kilometre and metre, or per hour and second, is whole then."""

_LARGEST_OBJECTIVE = 2**60


class Model:
    """The routing model of one problem.

    Costs are the referee's to the fen but for this: where waiting for a later window of several, or a break, costs more than leaving
    later would, the model sleeps in and comes back later, while the referee's vehicle comes back as early as it can.
    """

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._problem = nodes.problem
        self._rows = range(len(nodes.shifts))
        self._prices = _Prices(nodes)
        self._manager = pywrapcp.RoutingIndexManager(len(nodes), len(self._rows), nodes.starts, nodes.ends)
        self._model = pywrapcp.RoutingModel(self._manager)
        self._solver = self._model.solver()
        self._indices = [self._manager.NodeToIndex(node) for node in range(nodes.reloads.stop)]
        self._state_driving()
        self._state_times()
        self._state_breaks()
        self._state_limits()
        self._state_loads()
        self._state_who_may()
        self._state_left_out()
        self._state_preferences()
        self._state_locks_and_positions()
        self._state_together()
        self._state_quarantine()
        self._state_goods()
        self._state_releases()
        self._state_feeding()

    def search(self, routes: list[list[int]], effort: Effort, should_stop: Callable[[], bool] | None) -> Plan | None:
        """The best plan met from these routes on; None if they break a rule."""
        how = parameters(effort, pairs=bool(self._nodes.fed), only_propagate=self._only_propagate())
        if effort.ticks is not None or should_stop is not None:  # asking costs a sixth of the search
            self._model.AddSearchMonitor(self._solver.CustomLimit(limit(effort.ticks, should_stop)))
        self._model.CloseModelWithParameters(how)
        start = self._model.ReadAssignmentFromRoutes(
            [[self._indices[node] for node in route] for route in routes], True
        )
        if start is None:
            return None
        solution = self._model.SolveFromAssignmentWithParameters(start, how)
        return None if solution is None else self.plan_of(solution)

    def _only_propagate(self) -> bool:
        """Whether a route with breaks gets its times without a linear program.  Where overtime is dearer than time itself, OR-Tools
        settles the return before the departure, and finds no room for some breaks.
        """
        pairs = zip(self._nodes.shifts, self._nodes.vehicles, strict=True)
        with_breaks = [(shift.overtime_per_hour, vehicle.cost_per_hour) for shift, vehicle in pairs if shift.breaks]
        return bool(with_breaks) and all(overtime <= hour for overtime, hour in with_breaks)

    def plan_of(self, solution: Any) -> Plan:
        return self._nodes.plan_of([self._followed(solution, row) for row in self._rows])

    # --- what driving takes and costs

    def _state_driving(self) -> None:
        """Fixed cost, metres, and what is paid for a visit whoever makes it; the seconds are priced by `_state_times`."""
        evaluators: dict[tuple[str, int], int] = {}
        paid = self._prices.of_anybody
        for row, vehicle in enumerate(self._nodes.vehicles):
            kind = (vehicle.profile, vehicle.cost_per_km)
            if kind not in evaluators:
                metres = self._nodes.distances_m(vehicle.profile)
                cost = np.rint(metres * (vehicle.cost_per_km * self._prices.fen / 1000)).astype(np.int64)
                cost[:, : len(paid)] += paid
                evaluators[kind] = self._model.RegisterTransitMatrix(cost.tolist())
            self._model.SetArcCostEvaluatorOfVehicle(evaluators[kind], row)
            self._model.SetFixedCostOfVehicle(self._prices.of(vehicle.fixed_cost), row)

    def _state_times(self) -> None:
        nodes, horizon_s = self._nodes, self._nodes.horizon_s
        evaluators = {
            profile: self._model.RegisterTransitMatrix(nodes.durations_s(profile).tolist())
            for profile in dict.fromkeys(vehicle.profile for vehicle in nodes.vehicles)
        }
        transits = [evaluators[vehicle.profile] for vehicle in nodes.vehicles]
        self._model.AddDimensionWithVehicleTransits(transits, horizon_s, horizon_s, False, "time")
        self._time = self._model.GetDimensionOrDie("time")
        for row, (shift, vehicle) in enumerate(zip(nodes.shifts, nodes.vehicles, strict=True)):
            for index in (self._model.Start(row), self._model.End(row)):
                self._time.CumulVar(index).SetRange(min(shift.ready_s, shift.end_s), shift.end_s)
            # Without any price of time OR-Tools does not look for a place for the breaks, and refuses routes that have one.
            second = max(int(bool(shift.breaks)), self._prices.per_second(vehicle.cost_per_hour))
            self._time.SetSpanCostCoefficientForVehicle(second, row)
            if shift.overtime_per_hour and shift.regular_end_s is not None and shift.regular_end_s < shift.end_s:
                overtime = self._prices.per_second(shift.overtime_per_hour)
                self._time.SetCumulVarSoftUpperBound(self._model.End(row), shift.regular_end_s, overtime)
        for node, visit in enumerate(nodes.visits):
            self._state_windows(node, visit)

    def _state_windows(self, node: int, visit: Visit) -> None:
        """One range, and the times between windows forbidden: by a constraint on the bounds, because cutting holes into the variable
        (`RemoveInterval`) takes 3 ms each over two days of seconds.  Windows beyond the horizon are `Nodes.start_until_s`'s affair.
        """
        horizon_s = self._nodes.horizon_s
        windows = [window for window in self._nodes.place(visit).windows if window.start_s <= horizon_s]
        if not windows:
            return
        when = self._time.CumulVar(self._indices[node])
        when.SetRange(windows[0].start_s, min(windows[-1].end_s, horizon_s))
        gaps = [(a.end_s + 1, b.start_s - 1) for a, b in pairwise(windows) if b.start_s > a.end_s + 1]
        if gaps:
            starts, ends = zip(*gaps, strict=True)
            self._solver.Add(self._solver.NotMemberCt(when, list(starts), list(ends)))

    def _state_breaks(self) -> None:
        stays_s = self._nodes.stays_s()
        of_index = [0] * self._model.Size()
        for index, stay_s in zip(self._indices, stays_s, strict=True):
            of_index[index] = stay_s
        for row, shift in enumerate(self._nodes.shifts):
            if all(until[row] is None for until in self._nodes.start_until_s):
                continue  # also where an idle vehicle would have no time for its breaks
            rests = [
                self._solver.FixedDurationIntervalVar(
                    rest.earliest_s, rest.latest_s, rest.duration_s, False, f"break {row} {number}"
                )
                for number, rest in enumerate(shift.breaks)
            ]
            self._time.SetBreakIntervalsOfVehicle(rests, row, of_index)

    def _state_limits(self) -> None:
        fair_s, unfair = self._problem.fair_duration_s, self._prices.per_second(self._problem.unfair_per_hour)
        for row, shift in enumerate(self._nodes.shifts):
            if fair_s is not None and unfair:
                self._time.SetSoftSpanUpperBoundForVehicle(pywrapcp.BoundCost(fair_s, unfair), row)
            if shift.max_duration_s is not None:
                self._time.SetSpanUpperBoundForVehicle(shift.max_duration_s, row)
        if any(shift.max_distance_m is not None for shift in self._nodes.shifts):
            self._limit_distances()
        self._count_visits()

    def _limit_distances(self) -> None:
        profiles = dict.fromkeys(vehicle.profile for vehicle in self._nodes.vehicles)
        metres = {profile: self._nodes.distances_m(profile) for profile in profiles}
        farthest_m = sum(int(matrix.max(initial=0)) for matrix in metres.values()) * len(self._nodes)
        evaluators = {profile: self._model.RegisterTransitMatrix(matrix.tolist()) for profile, matrix in metres.items()}
        most = [farthest_m if shift.max_distance_m is None else shift.max_distance_m for shift in self._nodes.shifts]
        transits = [evaluators[vehicle.profile] for vehicle in self._nodes.vehicles]
        self._model.AddDimensionWithVehicleTransitAndCapacity(transits, 0, most, True, "metres")

    def _count_visits(self) -> None:
        """How many visits were made before each; only where something asks for it."""
        shifts, stops = self._nodes.shifts, self._problem.stops
        asked = (
            any(shift.max_stops is not None or shift.locked for shift in shifts),
            any(stop.pin is not None and stop.pin.position is not None for stop in stops),
            self._nodes.fed,
        )
        if not any(asked):
            return
        self._visits = self._constants("visits", self._at_visits(1), len(stops))
        for row, shift in enumerate(shifts):
            if shift.max_stops is not None:
                self._visits.CumulVar(self._model.End(row)).SetMax(shift.max_stops)

    # --- loads

    def _state_loads(self) -> None:
        for dimension, name in enumerate(self._problem.load_dimensions):
            delivered = [self._delivered(visit, dimension) for visit in self._nodes.visits]
            exchanged = [self._exchanged(visit, dimension) for visit in self._nodes.visits]
            capacities = [vehicle.capacity[dimension] for vehicle in self._nodes.vehicles]
            if any(exchanged):
                self._state_exchanged_load(name, delivered, exchanged, capacities)
            else:
                self._state_delivered_load(name, delivered, capacities)

    def _delivered(self, visit: Visit, dimension: int) -> int:
        """What is brought from the yard."""
        stop = self._nodes.stop(visit)
        return 0 if stop.from_stop else stop.load[dimension]

    def _exchanged(self, visit: Visit, dimension: int) -> int:
        """What comes on board less what leaves of that which came on board on the way."""
        stop = self._nodes.stop(visit)
        picked_up = stop.pickup[dimension] if stop.pickup else 0
        boarding = self._problem.stops[self._nodes.fed[visit.stop]].load[dimension] if visit.boards else 0
        return picked_up + boarding - (stop.load[dimension] if stop.from_stop else 0)

    def _state_delivered_load(self, name: str, loads: list[int], capacities: list[int]) -> None:
        """What was delivered so far on the trip is never more than the vehicle carries; a reload begins from nothing."""
        biggest = max(capacities)
        load = self._resettable(f"load {name}", loads, capacities, reset=-biggest, from_nothing=True)
        for node in self._nodes.reloads:
            load.SlackVar(self._indices[node]).SetRange(0, biggest)

    def _state_exchanged_load(self, name: str, loads: list[int], changes: list[int], capacities: list[int]) -> None:
        """What is still to be delivered from the yard falls to nothing by the end of the trip, and so says what the trip began with.
        From there, what is on board falls and rises with each stop.
        """
        rest = self._resettable(f"rest {name}", [-load for load in loads], capacities, reset=0)
        board_changes = [change - load for change, load in zip(changes, loads, strict=True)]
        biggest = max(capacities)
        board = self._resettable(f"load {name}", board_changes, capacities, reset=-biggest)
        for row in self._rows:
            rest.CumulVar(self._model.End(row)).SetValue(0)
            start = self._model.Start(row)
            self._solver.Add(board.CumulVar(start) == rest.CumulVar(start))
        for node, row in zip(self._nodes.reloads, self._nodes.reload_rows, strict=True):
            index = self._indices[node]
            rest.CumulVar(index).SetValue(0)
            rest.SlackVar(index).SetRange(0, capacities[row])
            loaded = board.CumulVar(index) + board.SlackVar(index) - biggest
            self._solver.Add(loaded == rest.SlackVar(index))

    # --- who serves what

    def _state_who_may(self) -> None:
        """Which shifts may make a visit at all, and where a pass runs out during the shift, until when."""
        horizon_s = self._nodes.horizon_s
        for node, until in enumerate(self._nodes.start_until_s):
            vehicle = self._model.VehicleVar(self._indices[node])
            allowed = [row for row in self._rows if until[row] is not None]
            if len(allowed) < len(until):
                vehicle.SetValues([-1, *allowed])
            if any(until[row] != horizon_s for row in allowed):
                limits = [horizon_s, *(horizon_s if until_s is None else until_s for until_s in until)]
                when = self._time.CumulVar(self._indices[node])
                self._solver.Add(when <= self._solver.Element(limits, vehicle + 1))
        for node, row in zip(self._nodes.reloads, self._nodes.reload_rows, strict=True):
            self._model.VehicleVar(self._indices[node]).SetValues([-1, row])

    def _state_left_out(self) -> None:
        locked = {stop_id for shift in self._nodes.shifts for stop_id in shift.locked}
        for stop, nodes in zip(self._problem.stops, self._nodes.of_stop, strict=True):
            indices = [self._indices[node] for node in nodes]
            if indices and stop.id in locked:
                self._model.AddDisjunction(indices)
            elif indices:
                price = self._prices.must_serve if stop.left_out_price is None else stop.left_out_price
                self._model.AddDisjunction(indices, self._prices.of(price))
        for node, row in zip(self._nodes.reloads, self._nodes.reload_rows, strict=True):
            # The smallest price there is brings idle reloads to where they are of use.
            self._model.AddDisjunction([self._indices[node]], int(self._nodes.idle_reloads_are_free(row)))

    def _state_preferences(self) -> None:
        """What a visit costs because of who makes it: one unary evaluator for each list of prices, the first one a matrix (see above)."""
        by_row = self._prices.of_rows
        if not any(any(prices) for prices in by_row):
            return
        size, evaluators = len(self._nodes), dict[tuple[int, ...], int]()
        for prices in by_row:
            by_node = [*prices, *[0] * (size - len(prices))]
            if prices in evaluators:
                continue
            if evaluators or len(set(by_row)) == 1:
                evaluators[prices] = self._model.RegisterUnaryTransitVector(by_node)
            else:
                evaluators[prices] = self._model.RegisterTransitMatrix([[price] * size for price in by_node])
        most = sum(max(prices) for prices in zip(*by_row, strict=True))
        transits = [evaluators[prices] for prices in by_row]
        self._model.AddDimensionWithVehicleTransits(transits, 0, most, True, "prices")
        paid = self._model.GetDimensionOrDie("prices")
        for row in self._rows:
            paid.SetSpanCostCoefficientForVehicle(1, row)

    def _state_locks_and_positions(self) -> None:
        """`Nodes` and `_state_left_out` see to it that locked stops are on their shift."""
        for shift in self._nodes.shifts:
            for position, stop_id in enumerate(shift.locked):
                self._fix_position(self._nodes.stop_numbers.get(stop_id), position)
        for number, stop in enumerate(self._problem.stops):
            if stop.pin is not None and stop.pin.position is not None:
                self._fix_position(number, stop.pin.position)

    def _fix_position(self, stop: int | None, position: int) -> None:
        for node in [] if stop is None else self._nodes.of_stop[stop]:
            self._visits.CumulVar(self._indices[node]).SetValue(position)

    def _state_together(self) -> None:
        """Each group has one row, which is that of every active node.  (`AddSoftSameVehicleConstraint` keeps third members out.)"""
        groups: dict[str, list[int]] = {}
        for stop, nodes in zip(self._problem.stops, self._nodes.of_stop, strict=True):
            if stop.together is not None:
                groups.setdefault(stop.together, []).extend(self._indices[node] for node in nodes)
        count = len(self._rows)
        for name, indices in groups.items():
            row = self._solver.IntVar(0, count - 1, f"together {name}")
            for index in indices if count > 1 and len(indices) > 1 else ():
                idle = 1 - self._model.ActiveVar(index)
                ahead = self._model.VehicleVar(index) - row
                self._solver.Add(ahead <= count * idle)
                self._solver.Add(ahead >= -count * idle)

    # --- what shares a trip

    def _state_quarantine(self) -> None:
        quarantined = [self._nodes.stop(visit).quarantine for visit in self._nodes.visits]
        indices = self._indices[: len(quarantined)]
        ordinary = [index for index, last in zip(indices, quarantined, strict=True) if not last]
        for index, last in zip(indices, quarantined, strict=True):
            if last and ordinary:
                self._model.NextVar(index).RemoveValues(ordinary)

    def _state_goods(self) -> None:
        """Each trip has one of the sets of kinds that may ride together, by its number, and only stops whose goods are in it."""
        kinds = self._nodes.trip_kinds
        count = len(kinds.sets)
        if count == 1:
            return
        choice = self._resettable("goods", self._at_visits(0), [count - 1] * len(self._rows), reset=-count)
        of_row = [kinds.of_vehicle(vehicle) for vehicle in self._nodes.vehicles]
        for row in self._rows:
            choice.CumulVar(self._model.Start(row)).SetValues(of_row[row])
        for node, visit in enumerate(self._nodes.visits):
            choice.CumulVar(self._indices[node]).SetValues(kinds.of_stop(self._nodes.stop(visit)))
        for node, row in zip(self._nodes.reloads, self._nodes.reload_rows, strict=True):
            index = self._indices[node]
            chosen = (choice.CumulVar(index) + choice.SlackVar(index) - count).Var()
            self._solver.Add(self._solver.MemberCt(chosen, of_row[row]))

    def _state_releases(self) -> None:
        """When the trip of each visit left, which must not be before its goods are there."""
        nodes = self._nodes
        released_s = [nodes.stop(visit).release_s for visit in nodes.visits]
        if max(released_s) <= min(shift.ready_s for shift in nodes.shifts):
            return
        latest_s = nodes.horizon_s + max(shift.turnaround_s for shift in nodes.shifts)
        left = self._resettable("left", self._at_visits(0), [latest_s] * len(self._rows), reset=-latest_s)
        for row in self._rows:
            start = self._model.Start(row)
            self._solver.Add(left.CumulVar(start) == self._time.CumulVar(start))
        for node, release_s in enumerate(released_s):
            left.CumulVar(self._indices[node]).SetMin(release_s)
        for node, row in zip(nodes.reloads, nodes.reload_rows, strict=True):
            index = self._indices[node]
            leaves_s = left.CumulVar(index) + left.SlackVar(index) - latest_s
            self._solver.Add(leaves_s == self._time.CumulVar(index) + nodes.shifts[row].turnaround_s)

    def _state_feeding(self) -> None:
        """Where goods come on board they are delivered later on the same trip, and the other way round."""
        nodes = self._nodes
        if not nodes.fed:
            return
        trips = None
        if nodes.reload_rows:
            reloads = [0] * len(nodes.visits) + [1] * len(nodes.reload_rows)
            trips = self._constants("trips", reloads, len(nodes.reload_rows))
        for source, fed in nodes.fed.items():
            boarding = [node for node in nodes.of_stop[source] if nodes.visits[node].boards]
            delivering = nodes.of_stop[fed]
            self._feed([self._indices[node] for node in boarding], [self._indices[node] for node in delivering], trips)

    def _feed(self, boarding: list[int], delivering: list[int], trips: Any) -> None:
        model, solver = self._model, self._solver
        if not boarding or not delivering:
            for index in (*boarding, *delivering):
                model.VehicleVar(index).SetValue(-1)
            return
        # An inactive node's vehicle is -1, so these sums are those of the one active node, if any.
        spare = len(boarding) - len(delivering)
        solver.Add(
            solver.Sum([model.VehicleVar(index) for index in boarding]) + spare
            == solver.Sum([model.VehicleVar(index) for index in delivering])
        )
        if len(boarding) == len(delivering) == 1:
            model.AddPickupAndDelivery(boarding[0], delivering[0])
        for source, fed in product(boarding, delivering):
            idle = 2 - model.ActiveVar(source) - model.ActiveVar(fed)
            self._order(self._visits, source, fed, 1, idle)
            if trips is not None:
                self._order(trips, source, fed, 0, idle)
                self._order(trips, fed, source, 0, idle)

    def _order(self, dimension: Any, first: int, second: int, gap: int, idle: Any) -> None:
        """The second node is at least `gap` further in a dimension than the first, or one of them is idle."""
        ahead = dimension.CumulVar(second) - dimension.CumulVar(first)
        self._solver.Add(ahead + idle * (len(self._nodes) + gap) >= gap)

    # --- dimensions

    def _at_visits(self, number: int) -> list[int]:
        return [number] * len(self._nodes.visits)

    def _constants(self, name: str, by_node: Sequence[int], most: int) -> Any:
        """A dimension that begins from nothing and rises at each node by a fixed number."""
        return self._dimension(name, by_node, 0, [most] * len(self._rows), from_nothing=True)

    def _resettable(
        self, name: str, by_visit: list[int], most: list[int], *, reset: int, from_nothing: bool = False
    ) -> Any:
        """A dimension that changes at each visit by a fixed number, and by `reset` and a slack at reloads."""
        nodes = self._nodes
        slack = max(most) - reset if nodes.reload_rows else 0
        dimension = self._dimension(name, [*by_visit, *[reset] * len(nodes.reload_rows)], slack, most, from_nothing)
        if slack:
            starts = [self._model.Start(row) for row in self._rows]
            for index in (*self._indices[: len(nodes.visits)], *starts):
                dimension.SlackVar(index).SetValue(0)
        return dimension

    def _dimension(self, name: str, by_node: Sequence[int], slack: int, most: list[int], from_nothing: bool) -> Any:
        yards = [0] * (len(self._nodes) - len(by_node))
        evaluator = self._model.RegisterUnaryTransitVector([*by_node, *yards])
        self._model.AddDimensionWithVehicleCapacity(evaluator, slack, most, from_nothing, name)
        return self._model.GetDimensionOrDie(name)

    def _followed(self, solution: Any, row: int) -> Iterator[int]:
        index = solution.Value(self._model.NextVar(self._model.Start(row)))
        while not self._model.IsEnd(index):
            yield self._manager.IndexToNode(index)
            index = solution.Value(self._model.NextVar(index))


class _Prices:
    """Prices in the units of the objective, `fen` to a fen.

    A stop that must be served (`must_serve`) outweighs all optional ones and all driving.
    """

    def __init__(self, nodes: Nodes) -> None:
        stops = nodes.problem.stops
        by_row = [
            [self._assignment(nodes, row, node, visit) for node, visit in enumerate(nodes.visits)]
            for row in range(len(nodes.shifts))
        ]
        optional = sum(stop.left_out_price or 0 for stop in stops) + sum(
            max(prices) for prices in zip(*by_row, strict=True)
        )
        musts = sum(stop.left_out_price is None for stop in stops)
        self.must_serve = 1 + optional + _driving(nodes)
        self.fen: float = min(FEN, _LARGEST_OBJECTIVE / (self.must_serve * (2 + musts)))
        least = [min(prices) for prices in zip(*by_row, strict=True)]
        self.of_anybody = [self.of(price) for price in least]
        self.of_rows = [
            tuple(self.of(price - of_all) for price, of_all in zip(prices, least, strict=True)) for prices in by_row
        ]

    def of(self, amount: int) -> int:
        return round(amount * self.fen)

    def per_second(self, per_hour: int) -> int:
        return round(per_hour * self.fen / 3600)

    @staticmethod
    def _assignment(nodes: Nodes, row: int, node: int, visit: Visit) -> int:
        """For shifts that cannot make the visit, what the first that can would pay, so that all may be the same."""
        until = nodes.start_until_s[node]
        payer = row if until[row] is not None else next(other for other, by in enumerate(until) if by is not None)
        return sum(assignment_price(nodes.shifts[payer], nodes.stop(visit), visit.place))


def _driving(nodes: Nodes) -> int:
    """More than all driving can cost."""
    shifts, vehicles = nodes.shifts, nodes.vehicles
    farthest_m = max(int(nodes.distances_m(profile).max(initial=0)) for profile in {v.profile for v in vehicles})
    per_hour = [
        vehicle.cost_per_hour + shift.overtime_per_hour + nodes.problem.unfair_per_hour
        for shift, vehicle in zip(shifts, vehicles, strict=True)
    ]
    return (
        sum(vehicle.fixed_cost for vehicle in vehicles)
        + (len(nodes) + len(shifts)) * farthest_m * max(vehicle.cost_per_km for vehicle in vehicles) // 1000
        + len(shifts) * nodes.horizon_s * max(per_hour) // 3600
    )
