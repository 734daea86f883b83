"""`bench`: engines compared on the instances of a folder."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from routing.cli import inputs, showing
from routing.cli.contest import Engine, Run, contest, engine_of, known_cost
from routing.cli.inputs import OUT_FILE
from routing.errors import FormatError
from routing.formats import Rounding, read_problem

SUFFIXES = (".vrp", ".txt", ".json")

type Row = dict[str, Any]


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path), metavar="DIR")
@click.option("--budget", "budget_s", type=click.FloatRange(min=0, min_open=True), required=True, metavar="S")
@click.option("--engines", default="auto,pyvrp", show_default=True, metavar="A,B,…")
@click.option("--seeds", type=click.IntRange(min=1), default=1, show_default=True, metavar="N")
@click.option(
    "--cores", type=click.IntRange(min=1), default=min(2, os.cpu_count() or 1), show_default=True, metavar="N"
)
@click.option("--rounding", type=click.Choice([each.value for each in Rounding]))
@click.option("--csv", "csv_file", type=OUT_FILE, metavar="OUT", help="Write every run as a row.")
@inputs.json_option()
def bench(
    folder: Path,
    budget_s: float,
    engines: str,
    seeds: int,
    cores: int,
    rounding: str | None,
    csv_file: Path | None,
    as_json: bool,
) -> None:
    """Compare engines on every instance below DIR (or on one file), with medians over seeds.

    What is equal is the processor time: every engine gets --cores times --budget seconds of processors.  auto and ortools search for the
    budget on all cores; pyvrp, an engine of one core, searches for the budget once on each core, side by side with different seeds, and
    the better plan counts (its cpu s are those of all of them).  One run follows another, on the same machine; nothing else should run
    there, for budgets are seconds by the clock.

    Engines are auto, ortools, pyvrp, and any other as NAME=MODULE:FUNCTION, a function (problem, budget_s, seed) -> Plan.
    Reading a file and judging the plan are not counted.  peak MB is the most that one process held.  Costs with ✗ break a rule.
    """
    chosen = _engines(engines, cores)
    files = _instances(folder)
    known = {name: _known(file, rounding) for name, file in files.items()}
    runs = []
    for each in contest(
        files,
        chosen,
        budget_s=budget_s,
        seeds=seeds,
        cores=cores,
        rounding=None if rounding is None else Rounding(rounding),
    ):
        runs.append(each)
        click.echo(f"{each.instance} {each.engine} seed {each.seed}: {each.cost:,}", err=True)
    if csv_file is not None:
        csv_file.write_text(_csv(runs, known), encoding="utf-8", newline="")
    if as_json:
        options = {"budget_s": budget_s, "seeds": seeds, "cores": cores}
        inputs.print_json({**options, "runs": _rows(runs, known), "medians": _medians(runs, known)})
    else:
        _show(_medians(runs, known))


def _engines(names: str, cores: int) -> list[Engine]:
    try:
        return [engine_of(name.strip(), cores) for name in names.split(",") if name.strip()]
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--engines") from error


def _instances(folder: Path) -> dict[str, Path]:
    """Every problem below a folder by name; files of other things are passed over with a word."""
    if folder.is_file():
        return {folder.stem: folder}
    files = {}
    for file in sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file()):
        try:
            read_problem(file)
        except (FormatError, OSError) as error:
            click.echo(f"Passed over {file}: {error}", err=True)
        else:
            files[file.relative_to(folder).with_suffix("").as_posix()] = file
    if not files:
        raise inputs.Refusal(f"{folder}: has no instance ({', '.join(SUFFIXES)})")
    return files


def _known(file: Path, rounding: str | None) -> int | None:
    with inputs.refusing(file):
        return known_cost(file, None if rounding is None else Rounding(rounding))


def _rows(runs: Iterable[Run], known: dict[str, int | None]) -> list[Row]:
    return [
        {
            **asdict(run),
            "best_known": known[run.instance],
            "gap_percent": inputs.gap_percent(run.cost, known[run.instance]),
        }
        for run in runs
    ]


def _medians(runs: list[Run], known: dict[str, int | None]) -> list[Row]:
    """One row for each instance and engine; feasible only if every run was."""
    rows = []
    for instance, engine in dict.fromkeys((run.instance, run.engine) for run in runs):
        own = [run for run in runs if (run.instance, run.engine) == (instance, engine)]
        peaks = [run.peak_mb for run in own if run.peak_mb is not None]
        cost = median(run.cost for run in own)
        rows.append(
            {
                "instance": instance,
                "engine": engine,
                "cost": round(cost),
                "best_known": known[instance],
                "gap_percent": inputs.gap_percent(round(cost), known[instance]),
                "left_out": median(run.left_out for run in own),
                "feasible": all(run.feasible for run in own),
                "wall_s": round(median(run.wall_s for run in own), 2),
                "cpu_s": round(median(run.cpu_s for run in own), 2),
                "peak_mb": round(median(peaks)) if peaks else None,
            }
        )
    return rows


def _csv(runs: list[Run], known: dict[str, int | None]) -> str:
    text = io.StringIO(newline="")
    rows = _rows(runs, known)
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _show(rows: list[Row]) -> None:
    table = Table("Instance", "Engine", box=None, pad_edge=False, header_style="bold")
    for heading in ("Cost", "Gap %", "Left out", "Wall s", "CPU s", "Peak MB"):
        table.add_column(heading, justify="right")
    for row in rows:
        gap = "" if row["gap_percent"] is None else f"{row['gap_percent']:.2f}"
        table.add_row(
            escape(row["instance"]),
            escape(row["engine"]),
            f"{row['cost']:,}" + ("" if row["feasible"] else " ✗"),
            gap,
            f"{row['left_out']:g}",
            f"{row['wall_s']:.1f}",
            f"{row['cpu_s']:.1f}",
            "" if row["peak_mb"] is None else f"{row['peak_mb']:,}",
        )
    showing.screen().print(table)
