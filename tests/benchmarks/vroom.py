"""The adapter to VROOM (the extra `bench`): for comparison only, the product does not use it.

What VROOM can say is said: loads, pickups that come back, windows, passes, skills and pins (as its skills), travel and prices by
vehicle, breaks, most stops and longest way.  Prices of left-out stops become its priorities from 1 to 100, which are ranks.  What it
cannot say (trips, goods, alternatives, company, …) is not said, and the referee finds it out.

VROOM does not keep its time limit on large problems with windows and skills: run it where it can be ended.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import vroom

from routing import Plan, Problem, Route, Shift, Stop, Unassigned

MOST_PRIORITY = 100
THREADS = 2


def plan_by_vroom(problem: Problem, *, budget_s: float, exploration: int) -> Plan:
    """VROOM's plan; `exploration` (0 to 5) says how hard it tries."""
    return _Model(problem).solved(budget_s, exploration)


class _Model:
    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._skill_number: dict[str, int] = {}
        self._dearest = max((stop.left_out_price or 0 for stop in problem.stops), default=0) or 1
        self._input = vroom.Input()
        for profile in {vehicle.profile for vehicle in problem.vehicles}:
            self._input.set_durations_matrix(profile, problem.travel[profile].duration_s.astype(np.uint32))
            self._input.set_distances_matrix(profile, problem.travel[profile].distance_m.astype(np.uint32))
        self._input.add_vehicle([self._vehicle(row, shift) for row, shift in enumerate(problem.shifts)])
        self._input.add_job([self._job(index, stop) for index, stop in enumerate(problem.stops)])

    def solved(self, budget_s: float, exploration: int) -> Plan:
        solution = self._input.solve(
            exploration_level=exploration, nb_threads=THREADS, timeout=timedelta(seconds=budget_s)
        )
        visits = solution.routes.query("type == 'job'")
        routes = tuple(
            Route(
                shift_id=self._problem.shifts[row].id,
                stops=tuple(self._problem.stops[index].id for index in on_route["id"]),
            )
            for row, on_route in visits.groupby("vehicle_id", sort=True)
        )
        served = {stop_id for route in routes for stop_id in route.stops}
        left_out = (stop.id for stop in self._problem.stops if stop.id not in served)
        return Plan(routes=routes, unassigned=tuple(Unassigned(stop_id=stop_id) for stop_id in left_out))

    def _vehicle(self, row: int, shift: Shift) -> vroom.Vehicle:
        vehicle = self._problem.vehicle_of(shift)
        passes = {
            f"pass {each.kind}"
            for each in vehicle.passes
            if each.valid_until_s is None or each.valid_until_s >= shift.end_s
        }
        skills = {f"skill {skill}" for skill in vehicle.skills | shift.skills}
        return vroom.Vehicle(
            row,
            start=shift.start_location,
            end=shift.end_location,
            profile=vehicle.profile,
            capacity=list(vehicle.capacity),
            skills=self._numbers(passes | skills | {f"vehicle {vehicle.id}", f"shift {shift.id}"}),
            time_window=vroom.TimeWindow(shift.ready_s, shift.end_s),
            breaks=[
                vroom.Break(number, [vroom.TimeWindow(rest.earliest_s, rest.latest_s)], rest.duration_s)
                for number, rest in enumerate(shift.breaks)
            ],
            costs=vroom.VehicleCosts(
                fixed=vehicle.fixed_cost, per_hour=vehicle.cost_per_hour, per_km=vehicle.cost_per_km
            ),
            **_limits(shift),
        )

    def _job(self, index: int, stop: Stop) -> vroom.Job:
        needs = {f"pass {kind}" for kind in stop.required_passes} | {f"skill {skill}" for skill in stop.required_skills}
        if stop.pin is not None and stop.pin.vehicle_id is not None:
            needs.add(f"vehicle {stop.pin.vehicle_id}")
        if stop.pin is not None and stop.pin.shift_id is not None:
            needs.add(f"shift {stop.pin.shift_id}")
        return vroom.Job(
            index,
            location=stop.location,
            default_service=stop.service_s,
            delivery=vroom.Amount(stop.load),
            pickup=vroom.Amount(stop.pickup or (0,) * len(stop.load)),
            skills=self._numbers(needs),
            priority=self._priority(stop),
            time_windows=[vroom.TimeWindow(window.start_s, window.end_s) for window in stop.windows],
        )

    def _priority(self, stop: Stop) -> int:
        if stop.left_out_price is None:
            return MOST_PRIORITY
        return 1 + (MOST_PRIORITY - 1) * stop.left_out_price // self._dearest

    def _numbers(self, names: set[str]) -> set[int]:
        return {self._skill_number.setdefault(name, len(self._skill_number)) for name in names}


def _limits(shift: Shift) -> dict[str, int]:
    limits = {"max_tasks": shift.max_stops, "max_distance": shift.max_distance_m}
    return {name: limit for name, limit in limits.items() if limit is not None}
