"""`convert`: problems and plans from one format to another."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from routing.cli import inputs
from routing.cli.inputs import IN_FILE, OUT_FILE
from routing.formats import Instance
from routing.formats.files import PLAN_SUFFIXES, PROBLEM_SUFFIXES, plan_to, problem_to


@click.command()
@inputs.file_argument()
@click.argument("out", type=OUT_FILE)
@click.option("--plan", "plan_file", type=IN_FILE, metavar="PLAN", help="Convert this plan for FILE, not FILE itself.")
@inputs.epoch_option()
@inputs.instance_options
def convert(
    file: Path,
    out: Path,
    plan_file: Path | None,
    epoch: datetime | None,
    rounding: str | None,
    vehicles: int | None,
) -> None:
    """Write the problem in FILE, or a plan for it, to OUT, whose suffix says the format.

    \b
    Problems  .json  our format        .txt  Solomon's (where that can say it)
    Plans     .json  our format        .sol  solution file
              .geojson                 .gpx
    """
    instance = inputs.load_problem(file, rounding, vehicles)
    text = _problem_text(out, instance) if plan_file is None else _plan_text(out, instance, plan_file, epoch)
    with inputs.refusing(out):
        out.write_text(text, encoding="utf-8", newline="\n")


def _problem_text(out: Path, instance: Instance) -> str:
    if out.suffix.lower() not in PROBLEM_SUFFIXES:
        more = " (plans need --plan PLAN)" if out.suffix.lower() in PLAN_SUFFIXES else ""
        raise click.BadParameter(f"{out.suffix!r} is none of {', '.join(PROBLEM_SUFFIXES)}{more}", param_hint="OUT")
    with inputs.refusing(out):
        return problem_to(out.suffix, instance)


def _plan_text(out: Path, instance: Instance, plan_file: Path, epoch: datetime | None) -> str:
    if out.suffix.lower() not in PLAN_SUFFIXES:
        raise click.BadParameter(f"{out.suffix!r} is none of {', '.join(PLAN_SUFFIXES)}", param_hint="OUT")
    plan = inputs.load_plan(plan_file, instance)
    with inputs.refusing(out):
        return plan_to(out.suffix, plan, instance, epoch=epoch)
