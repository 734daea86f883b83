"""Tables of plans and verdicts for the screen."""

from __future__ import annotations

import dataclasses
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from routing.evaluate import Cost, Evaluation, RouteEvaluation
from routing.formats import Instance
from routing.formats.values import plain
from routing.plan import Plan
from routing.telling import Telling

MOST_VIOLATIONS = 100


def screen() -> Console:
    """Standard output; as wide as it takes where nobody has set a width (in a pipe)."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


def telling(instance: Instance) -> Telling:
    return Telling(by_the_clock=instance.rounding is None)


def show_routes(console: Console, instance: Instance, verdict: Evaluation) -> None:
    problem, words = instance.problem, telling(instance)
    table = Table("Shift", "Vehicle", box=None, pad_edge=False, header_style="bold")
    for heading in ("Stops", "Trips", "Leaves", "Back", "Way", *problem.load_dimensions, "Cost", "Broken"):
        table.add_column(escape(heading), justify="right")
    for route in verdict.routes:
        if route.visits:
            shift = problem.shift(route.shift_id)
            table.add_row(escape(shift.id), escape(shift.vehicle_id), *_figures(route, words))
    console.print(table)


def _figures(route: RouteEvaluation, words: Telling) -> list[str]:
    return [
        f"{len(route.visits):,}",
        f"{len(route.trips)}",
        words.instant(route.departure_s),
        words.instant(route.return_s),
        words.way(route.distance_m),
        *(f"{load:,}" for load in route.loads),
        f"{route.cost.total:,}",
        str(len(route.violations) or ""),
    ]


def show_cost(console: Console, cost: Cost, known: int | None) -> None:
    parts = [f"{name.replace('_', ' ')} {amount:,}" for name, amount in cost_by(cost).items() if amount]
    console.print(f"Cost {cost.total:,}" + (f" = {' + '.join(parts)}" if len(parts) > 1 else ""), markup=False)
    if known:
        console.print(f"Best known {known:,}, gap {100 * (cost.total - known) / known:+.2f} %", markup=False)


def show_violations(console: Console, instance: Instance, verdict: Evaluation) -> None:
    words = telling(instance)
    for violation in verdict.violations[:MOST_VIOLATIONS]:
        console.print(f"✗ {words.violation(violation)}", markup=False)
    if (more := len(verdict.violations) - MOST_VIOLATIONS) > 0:
        console.print(f"… and {more:,} more")
    console.print("The plan breaks no rule." if verdict.feasible else f"Broken rules: {len(verdict.violations):,}")


def show_left_out(console: Console, instance: Instance, plan: Plan, most: int) -> None:
    words = telling(instance)
    for entry in plan.unassigned[:most]:
        console.print(words.reason(entry.stop_id, entry.reason), markup=False)
    if (more := len(plan.unassigned) - most) > 0:
        console.print(f"… and {more:,} more left out (with --plan OUT.json all have their reasons)")


def cost_by(cost: Cost) -> dict[str, int]:
    return {field.name: getattr(cost, field.name) for field in dataclasses.fields(cost)}


def verdict_to_json(verdict: Evaluation) -> dict[str, Any]:
    return {
        "feasible": verdict.feasible,
        "cost": verdict.cost.total,
        "cost_by": cost_by(verdict.cost),
        "violations": plain(verdict.violations),
    }
