"""`check`, `explain` and `validate`: what the referee says of a plan, why a stop is where it is, and what is wrong with a problem."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click

from routing.cli import inputs, showing
from routing.evaluate import RouteEvaluation, Visit, evaluate
from routing.explain import explain_unassigned
from routing.formats import Instance, plan_to_json
from routing.formats.documents import json_from_text
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
@inputs.instance_options
@inputs.json_option()
def explain(file: Path, plan_file: Path, stop: str, rounding: str | None, vehicles: int | None, as_json: bool) -> None:
    """Say why STOP is left out of PLAN_FILE, or where it is served."""
    instance = inputs.load_problem(file, rounding, vehicles)
    plan = inputs.load_plan(plan_file, instance)
    if stop not in instance.problem:
        raise inputs.Refusal(f"{file}: no stop has the id {stop!r}")
    words, visits = showing.telling(instance), _visits(instance, plan, stop)
    if visits:
        told: Any = [{"shift_id": route.shift_id, **plain(visit)} for route, visit in visits]
        sentences = [words.visit(route.shift_id, visit) for route, visit in visits]
    else:
        entry = explain_unassigned(instance.problem, plan, stop)
        told, sentences = plan_to_json(Plan(unassigned=(entry,)))["unassigned"][0], [words.reason(stop, entry.reason)]
    if as_json:
        inputs.print_json(told)
    else:
        click.echo("\n".join(sentences))


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
