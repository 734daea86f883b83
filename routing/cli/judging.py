"""`check`, `explain` and `validate`: what the referee says of a plan, why a stop is where it is, and what is wrong with a problem."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from routing.cli import inputs, showing
from routing.evaluate import RouteEvaluation, Visit, evaluate
from routing.explain import explain as explain_stop
from routing.formats import Instance
from routing.formats.documents import explanation_to_json, json_from_text
from routing.formats.files import is_json
from routing.formats.text import read_text
from routing.formats.values import plain
from routing.plan import Plan
from routing.validation import Finding, Severity, told_value, validate_document
from routing.validation import validate as validate_problem


@click.command()
@inputs.file_argument()
@inputs.file_argument("plan_file")
@inputs.instance_options
@inputs.json_option()
@click.pass_context
def check(
    context: click.Context, file: Path, plan_file: Path, rounding: str | None, vehicles: int | None, as_json: bool
) -> None:
    """Judge PLAN_FILE as a plan for the problem in FILE: its routes, its cost by component, and every rule it breaks.

    Ends with 1 if it breaks one.
    """
    instance = inputs.load_problem(file, rounding, vehicles)
    plan = inputs.load_plan(plan_file, instance)
    verdict, known = evaluate(instance.problem, plan), inputs.load_best_known(file, instance)
    if as_json:
        inputs.print_json(
            {
                **showing.verdict_to_json(verdict),
                "best_known": known,
                "gap_percent": inputs.gap_percent(verdict.cost.total, known),
                "unassigned": len(plan.unassigned),
                "unassigned_ids": [entry.stop_id for entry in plan.unassigned],
                "routes": plain(verdict.routes),
            }
        )
    else:
        console = showing.screen()
        showing.show_routes(console, instance, verdict)
        showing.show_cost(console, verdict.cost, known)
        console.print(f"Left out: {len(plan.unassigned):,}")
        showing.show_violations(console, instance, verdict)
    context.exit(0 if verdict.feasible else 1)


@click.command()
@inputs.file_argument()
@inputs.file_argument("plan_file")
@click.argument("stop")
@click.option("--most", type=click.IntRange(min=1), default=3, show_default=True, help="So many places of each sort.")
@inputs.instance_options
@inputs.json_option()
def explain(
    file: Path, plan_file: Path, stop: str, most: int, rounding: str | None, vehicles: int | None, as_json: bool
) -> None:
    """Say why STOP is left out of PLAN_FILE, or why it sits where it sits, and what would change that.

    All of it is proved by trying.
    """
    instance = inputs.load_problem(file, rounding, vehicles)
    plan = inputs.load_plan(plan_file, instance)
    if stop not in instance.problem:
        raise inputs.Refusal(f"{file}: no stop has the id {stop!r}")
    explanation = explain_stop(instance.problem, plan, stop, most=most)
    visits = _visits(instance, plan, stop)
    if as_json:
        visited = [{"shift_id": route.shift_id, **plain(visit)} for route, visit in visits]
        inputs.print_json({"visits": visited, **explanation_to_json(explanation)})
    else:
        words = showing.telling(instance)
        served = [words.visit(route.shift_id, visit) for route, visit in visits]
        click.echo("\n".join([*served, *words.explanation(explanation)]))


@click.command()
@inputs.file_argument()
@inputs.instance_options
@inputs.json_option()
@click.pass_context
def validate(context: click.Context, file: Path, rounding: str | None, vehicles: int | None, as_json: bool) -> None:
    """Find everything that is wrong with the problem in FILE, or looks wrong.  Ends with 1 if it cannot be meant so."""
    findings = _findings(file, rounding, vehicles)
    if as_json:
        inputs.print_json(
            {
                "valid": not any(finding.severity is Severity.ERROR for finding in findings),
                "findings": [{**plain(finding), "value": told_value(finding.value)} for finding in findings],
            }
        )
    else:
        for finding in findings:
            click.echo(f"{finding.severity.value}: {finding}")
        counts = Counter(finding.severity.value for finding in findings)
        click.echo(f"{file}: {counts['error']} errors, {counts['warning']} warnings")
    context.exit(1 if any(finding.severity is Severity.ERROR for finding in findings) else 0)


def _visits(instance: Instance, plan: Plan, stop_id: str) -> list[tuple[RouteEvaluation, Visit]]:
    routes = evaluate(instance.problem, plan).routes
    return [(route, visit) for route in routes for visit in route.visits if visit.stop_id == stop_id]


def _findings(file: Path, rounding: str | None, vehicles: int | None) -> list[Finding]:
    """Those of a JSON document without stopping at the first; other files are refused as elsewhere."""
    with inputs.refusing(file):
        text = read_text(file)
        if is_json(text):
            return validate_document(json_from_text(text))
    instance = inputs.load_problem(file, rounding, vehicles)
    return validate_problem(instance.problem, on_earth=instance.rounding is None)
