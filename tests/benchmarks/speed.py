"""How long the small things take at 2,000 stops: what a person waits for after each edit, and what every solve begins with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from statistics import median

from routing import Plan, Problem, Unassigned, evaluate, evaluate_route, insert, solve
from routing.edits import kept
from tests.benchmarks.counties import county
from tests.benchmarks.measure import measured
from tests.benchmarks.rich import rich_county

SEED = 1
REPEATS = 7
SAMPLE = 20
MS = 1000


def print_speeds() -> None:
    for name, make in (("county", county), ("rich county", rich_county)):
        problem = make(SEED)
        start = measured(partial(make, SEED), _start)
        assert start.value is not None
        print(f"{name}: {len(problem.stops)} stops, {len(problem.locations)} places, {len(problem.shifts)} shifts")
        _print_seconds("the problem made from its parts, with every check", _median_s(partial(_made_again, problem)))
        _print_seconds("the first plan, by insertion", start.wall_s, start.peak_mb)
        _print_referee(problem, start.value)
        _print_insertion(problem, start.value)
    for name, model in (("OR-Tools'", _or_tools_model), ("PyVRP's", _pyvrp_model)):
        built = measured(partial(county, SEED), model)
        _print_seconds(
            f"{name} model of the whole county, which only a run without groups builds", built.wall_s, built.peak_mb
        )


def _print_referee(problem: Problem, plan: Plan) -> None:
    each_s = sorted(_median_s(partial(evaluate_route, problem, route)) for route in plan.routes)
    _print_seconds(
        f"the referee on the whole plan, {len(plan.routes)} routes", _median_s(partial(evaluate, problem, plan))
    )
    _print_seconds("the referee on one route, median of the routes", median(each_s))
    _print_seconds("the referee on one route, slowest of the routes", each_s[-1])


def _print_insertion(problem: Problem, plan: Plan) -> None:
    """For stops that come as new ones to a plan without them."""
    times_s = []
    for urgent in [stop_id for route in plan.routes for stop_id in route.stops][:: len(problem.stops) // SAMPLE]:
        times_s.append(_seconds(partial(insert, problem, _without(plan, urgent), urgent)))
    _print_seconds("the best places for one urgent stop, median", median(times_s))
    _print_seconds("the best places for one urgent stop, slowest", max(times_s))


def _without(plan: Plan, stop_id: str) -> Plan:
    routes = tuple(kept(route, lambda each: each != stop_id) for route in plan.routes)
    return Plan(routes=routes, unassigned=(*plan.unassigned, Unassigned(stop_id=stop_id)))


def _print_seconds(what: str, seconds: float, peak_mb: float | None = None) -> None:
    memory = "" if peak_mb is None else f"  {peak_mb:6.0f} MB"
    print(f"  {what:76} {seconds * MS:10.2f} ms{memory}", flush=True)


def _start(problem: Problem) -> Plan:
    return solve(problem, iterations=0, workers=1)


def _or_tools_model(problem: Problem) -> None:
    from routing.solvers.or_tools.model import Model
    from routing.solvers.or_tools.nodes import Nodes

    Model(Nodes(problem))


def _pyvrp_model(problem: Problem) -> None:
    from routing.solvers import py_vrp

    py_vrp.Model(problem, Plan())


def _made_again(problem: Problem) -> Problem:
    return Problem(**{field.name: getattr(problem, field.name) for field in fields(Problem) if field.init})


def _median_s(work: Callable[[], object]) -> float:
    return median(_seconds(work) for _ in range(REPEATS))


def _seconds(work: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s
