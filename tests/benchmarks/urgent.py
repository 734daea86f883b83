"""How fast plans can be asked: `python -m tests.benchmarks.urgent [--rich]`.

For the county of 1,980 stops and 78 shifts: processor time of `insert` (left-out stops and ones on a route), `explain`, `diff`,
`repair` without its search, and the reasons of 60 left-out stops; the median and the longest of some calls each.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from statistics import median

from routing import LateStart, LostVehicle, Plan, Problem, diff, evaluate, explain, insert, repair, with_reasons
from routing.insertion import Fleet
from routing.solvers.standings import Standings
from routing.solvers.start import feasible_start
from tests.benchmarks.counties import county
from tests.benchmarks.rich import rich_county

CALLS = 20


def measured(name: str, calls: Iterable[Callable[[], object]]) -> None:
    took = []
    for call in calls:
        began_s = time.process_time()
        call()
        took.append(1000 * (time.process_time() - began_s))
    print(f"{name:32} median {median(took):8.1f} ms   longest {max(took):8.1f} ms   of {len(took)}", flush=True)


def measure(problem: Problem, plan: Plan) -> None:
    left_out = [entry.stop_id for entry in plan.unassigned][:CALLS]
    served = [route.stops[len(route.stops) // 2] for route in plan.routes][:CALLS]
    vehicles = [vehicle.id for vehicle in problem.vehicles][:5]
    some = replace(plan, unassigned=plan.unassigned[:60])
    shifts = [problem.shift(route.shift_id) for route in plan.routes[:5]]
    late = [LateStart(shift_id=shift.id, start_s=shift.start_s + 3600) for shift in shifts]
    measured("insert, left out", (partial(insert, problem, plan, id) for id in left_out))
    measured("insert, on a route", (partial(insert, problem, plan, id) for id in served))
    measured("explain, left out", (partial(explain, problem, plan, id) for id in left_out[:5]))
    measured("explain, on a route", (partial(explain, problem, plan, id) for id in served[:5]))
    measured("reasons of 60", [lambda: with_reasons(problem, some)])
    measured("repair, late start, no search", (partial(repair, problem, plan, e, iterations=0) for e in late))
    lost = (LostVehicle(vehicle_id=id) for id in vehicles)
    measured("repair, lost vehicle, no search", (partial(repair, problem, plan, e, iterations=0) for e in lost))
    after = repair(problem, plan, late[0], iterations=0).plan
    measured("diff with times", [lambda: diff(plan, after, problem)] * 3)
    measured("evaluate", [lambda: evaluate(problem, plan)] * 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rich", action="store_true", help="the county with every rule")
    parser.add_argument("--seed", type=int, default=1, help="of the county")
    arguments = parser.parse_args()
    problem = (rich_county if arguments.rich else county)(arguments.seed)
    plan = feasible_start(Fleet(problem), None, Standings(problem), lambda: False)
    print(f"{len(problem.stops)} stops, {len(problem.shifts)} shifts, {len(plan.unassigned)} left out")
    measure(problem, plan)


if __name__ == "__main__":
    main()
