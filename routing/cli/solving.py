"""`solve`: from a problem in a file to a plan, watched and interruptible."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Self

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from routing.cli import inputs, showing
from routing.cli.inputs import OUT_FILE
from routing.evaluate import evaluate
from routing.formats import Instance
from routing.formats.files import PLAN_SUFFIXES, write_plan
from routing.plan import Plan
from routing.solvers import Engine
from routing.solvers import Progress as Report
from routing.solvers import solve as solve_problem

DEFAULT_BUDGET_S = 10.0
MOST_LEFT_OUT = 20


@click.command()
@inputs.file_argument()
@click.option(
    "--budget", "budget_s", type=click.FloatRange(min=0, min_open=True), metavar="S", help="Seconds to search."
)
@click.option(
    "--iterations", type=click.IntRange(min=0), metavar="N", help="Steps to search: equal steps, equal plans."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes; else one for each core.")
@click.option("--engine", type=click.Choice([each.value for each in Engine]), default="auto", show_default=True)
@click.option("--start", "start_file", type=inputs.IN_FILE, metavar="PLAN", help="A plan to begin with.")
@click.option(
    "--plan", "plan_file", type=OUT_FILE, metavar="OUT", help="Write the plan: .json, .sol, .geojson or .gpx."
)
@inputs.epoch_option()
@inputs.instance_options
@inputs.json_option()
@click.pass_context
def solve(context: click.Context, /, file: Path, plan_file: Path | None, as_json: bool, **options: Any) -> None:
    """Find a plan for the problem in FILE.

    Without --budget and --iterations it searches for 10 s.  Ctrl-C ends the search early and keeps the best plan found.  With a
    solution file (.sol) beside FILE the cost is compared with the cost that it states.

    --json prints cost (and cost_by what), best_known and gap_percent (null without a .sol), unassigned and unassigned_ids, feasible and
    violations, routes, wall_s and cpu_s of the search (cpu_s of this process and those it started), engine, seed.
    """
    _check_suffix(plan_file)
    instance = inputs.load_problem(file, options["rounding"], options["vehicles"])
    start = None if options["start_file"] is None else inputs.load_plan(options["start_file"], instance)
    known = inputs.load_best_known(file, instance)
    found = _search(instance, start, options, quiet=as_json)
    verdict = evaluate(instance.problem, found.plan)
    if plan_file is not None:
        with inputs.refusing(plan_file):
            write_plan(plan_file, found.plan, instance, epoch=options["epoch"])
    if as_json:
        inputs.print_json(
            {
                "file": str(file),
                **showing.verdict_to_json(verdict),
                "best_known": known,
                "gap_percent": inputs.gap_percent(verdict.cost.total, known),
                "unassigned": len(found.plan.unassigned),
                "unassigned_ids": [entry.stop_id for entry in found.plan.unassigned],
                "routes": sum(bool(route.stops) for route in found.plan.routes),
                "distance_m": sum(route.distance_m for route in verdict.routes),
                "duration_s": sum(route.duration_s for route in verdict.routes),
                "wall_s": round(found.wall_s, 3),
                "cpu_s": round(found.cpu_s, 3),
                "interrupted": found.interrupted,
                **{name: options[name] for name in ("engine", "seed", "budget_s", "iterations", "workers")},
            }
        )
    else:
        console = showing.screen()
        showing.show_routes(console, instance, verdict)
        showing.show_left_out(console, instance, found.plan, MOST_LEFT_OUT)
        showing.show_cost(console, verdict.cost, known)
        showing.show_violations(console, instance, verdict)
        console.print(
            f"Left out: {len(found.plan.unassigned):,}; {found.wall_s:.1f} s, {found.cpu_s:.1f} s of processors"
        )
    context.exit(0 if verdict.feasible else 1)


def processor_s() -> float:
    """Seconds of this process and of those it has started and seen end; on Windows of this process alone."""
    return sum(os.times()[:4])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    plan: Plan
    wall_s: float
    cpu_s: float
    interrupted: bool


def _search(instance: Instance, start: Plan | None, options: dict[str, Any], *, quiet: bool) -> _Found:
    began_s, began_cpu_s = time.monotonic(), processor_s()
    budget_s, iterations = options["budget_s"], options["iterations"]
    if budget_s is None and iterations is None:
        budget_s = DEFAULT_BUDGET_S
    with _interruption() as interruption, _watching(budget_s, quiet=quiet) as watch:
        plan = solve_problem(
            instance.problem,
            budget_s=budget_s,
            iterations=iterations,
            seed=options["seed"],
            start=start,
            on_progress=watch.report,
            should_stop=lambda: watch.look() or interruption.told,
            engine=options["engine"],
            workers=options["workers"],
        )
    return _Found(
        plan=plan,
        wall_s=time.monotonic() - began_s,
        cpu_s=processor_s() - began_cpu_s,
        interrupted=interruption.told,
    )


def _check_suffix(plan_file: Path | None) -> None:
    """Before the search, not after it."""
    if plan_file is not None and plan_file.suffix.lower() not in PLAN_SUFFIXES:
        raise click.BadParameter(f"{plan_file.suffix!r} is none of {', '.join(PLAN_SUFFIXES)}", param_hint="--plan")


class _Interruption:
    """Whether Ctrl-C was pressed; pressed again it ends the program."""

    def __init__(self) -> None:
        self.told = False

    def tell(self, number: int, frame: FrameType | None) -> None:
        if self.told:
            raise KeyboardInterrupt
        self.told = True
        click.echo("Stopping; once more to give up.", err=True)


@contextmanager
def _interruption() -> Iterator[_Interruption]:
    interruption = _Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption  # only the main thread hears of it
        return
    before = signal.signal(signal.SIGINT, interruption.tell)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, before)


class _Watch:
    """Shows how far the search is; says nothing where nobody watches."""

    def __init__(self, bar: Progress | None, budget_s: float | None) -> None:
        self._bar = bar
        self._task: TaskID | None = None
        if bar is not None:
            self._task = bar.add_task("search", total=budget_s, state="")
        self._began_s = time.monotonic()

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def report(self, progress: Report) -> None:
        if self._bar is not None and self._task is not None:
            state = f"cost {progress.cost:,}  left out {progress.unassigned:,}"
            if not progress.with_all_rules:
                state += "  (some rules still to come)"
            self._bar.update(self._task, state=state)
        self.look()

    def look(self) -> bool:
        """Move on with the time; the answer is always that nobody has to stop for it."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=time.monotonic() - self._began_s)
        return False


def _watching(budget_s: float | None, *, quiet: bool) -> _Watch:
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        return _Watch(None, budget_s)
    columns = (TextColumn("{task.fields[state]}"), BarColumn(), TimeElapsedColumn())
    return _Watch(Progress(*columns, console=console, transient=True), budget_s)
