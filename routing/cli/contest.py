"""Engines side by side, each run in new processes, with the same processor time for each: cores x budget.

An engine of one core runs once on each core, with a seed of its own, and the better plan counts.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from routing.cli.solving import processor_s
from routing.evaluate import evaluate
from routing.formats import Rounding, best_known, read_problem
from routing.plan import Plan
from routing.problem import Problem
from routing.solvers import solve

type PlanBy = Callable[[Problem, float, int], Plan]
"""An engine: a plan for a problem, from a budget in seconds and a seed.  It must be importable, for it runs in another process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """`plan_by` uses all cores by itself, or only one of them."""

    name: str
    plan_by: PlanBy
    one_core: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one engine came to on one instance with one seed.

    `wall_s` is of the longest, `cpu_s` of all of its processes together; `peak_mb` the most that one of them held at once, None where
    the system does not say.
    """

    instance: str
    engine: str
    seed: int
    cost: int
    left_out: int
    feasible: bool
    wall_s: float
    cpu_s: float
    peak_mb: float | None


def engine_of(name: str, cores: int) -> Engine:
    """One of ours by its name, or any other as NAME=MODULE:FUNCTION.  Raises `ValueError` for what is neither.

    A function that uses one core says so by an attribute `one_core` that is true.
    """
    own = {
        **{own: Engine(name=own, plan_by=partial(_solved, own, cores)) for own in ("auto", "ortools")},
        "pyvrp": Engine(name="pyvrp", plan_by=partial(_solved, "pyvrp", 1), one_core=True),
    }
    if name in own:
        return own[name]
    label, _, where = name.partition("=")
    module, colon, function = where.partition(":")
    if not (label and module and colon and function):
        raise ValueError(f"{name!r} is none of {', '.join(own)}, nor NAME=MODULE:FUNCTION")
    try:
        plan_by = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"{name!r} cannot be loaded: {error}") from error
    return Engine(name=label, plan_by=plan_by, one_core=bool(getattr(plan_by, "one_core", False)))


def contest(
    files: Mapping[str, Path],
    engines: list[Engine],
    *,
    budget_s: float,
    seeds: int,
    cores: int,
    rounding: Rounding | None,
) -> Iterator[Run]:
    """All engines on all instances (by name) with all seeds, one after another."""
    for name, file in files.items():
        for engine in engines:
            for seed in range(seeds):
                yield run(name, file, engine, budget_s=budget_s, seed=seed, cores=cores, rounding=rounding)


def run(
    name: str, file: Path, engine: Engine, *, budget_s: float, seed: int, cores: int, rounding: Rounding | None
) -> Run:
    """One engine on one instance: with one core for each of its seeds, or with all cores for one."""
    seeds = [seed * cores + core for core in range(cores)] if engine.one_core else [seed]
    with ProcessPoolExecutor(len(seeds), mp_context=get_context("spawn"), max_tasks_per_child=1) as processes:
        entries = [
            processes.submit(_entry, file, engine.plan_by, budget_s=budget_s, seed=each, rounding=rounding)
            for each in seeds
        ]
        outcomes = [entry.result() for entry in entries]
    best = min(outcomes, key=lambda each: (not each.feasible, each.cost))
    peaks = [each.peak_mb for each in outcomes if each.peak_mb is not None]
    return Run(
        instance=name,
        engine=engine.name,
        seed=seed,
        cost=best.cost,
        left_out=best.left_out,
        feasible=best.feasible,
        wall_s=max(each.wall_s for each in outcomes),
        cpu_s=sum(each.cpu_s for each in outcomes),
        peak_mb=max(peaks, default=None),
    )


def known_cost(file: Path, rounding: Rounding | None) -> int | None:
    """The cost stated by the solution beside an instance, if there is one."""
    beside = file.with_suffix(".sol")
    return best_known(beside, read_problem(file, rounding=rounding)) if beside.is_file() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    cost: int
    left_out: int
    feasible: bool
    wall_s: float
    cpu_s: float
    peak_mb: float | None


def _entry(file: Path, plan_by: PlanBy, *, budget_s: float, seed: int, rounding: Rounding | None) -> _Outcome:
    """In a process of its own: reading and judging do not count."""
    problem = read_problem(file, rounding=rounding).problem
    began_s, began_cpu_s = time.monotonic(), processor_s()
    plan = plan_by(problem, budget_s, seed)
    wall_s, cpu_s = time.monotonic() - began_s, processor_s() - began_cpu_s
    verdict = evaluate(problem, plan)
    return _Outcome(
        cost=verdict.cost.total,
        left_out=len(plan.unassigned),
        feasible=verdict.feasible,
        wall_s=wall_s,
        cpu_s=cpu_s,
        peak_mb=_peak_mb(),
    )


def _solved(engine: str, workers: int, problem: Problem, budget_s: float, seed: int) -> Plan:
    return solve(problem, budget_s=budget_s, seed=seed, engine=engine, workers=workers)


def _peak_mb() -> float | None:
    """The most memory that this process or one of those it started has held."""
    if sys.platform == "win32":
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(each).ru_maxrss for each in who) * unit / 2**20
