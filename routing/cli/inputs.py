"""What commands are given: files, and options that several of them have."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from routing.errors import FormatError, ProblemError
from routing.formats import Instance, Rounding, best_known, read_problem
from routing.formats.files import read_plan
from routing.plan import Plan

UNREADABLE = 2
"""The exit code for a file that is not what it should be, as for wrong usage."""

MOST_SHOWN = 50

type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

IN_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


class Refusal(click.ClickException):
    exit_code = UNREADABLE


def file_argument(name: str = "file") -> Decorator:
    return click.argument(name, type=IN_FILE)


def json_option() -> Decorator:
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")


def instance_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How published instances are read."""
    rounding = click.option(
        "--rounding",
        type=click.Choice([each.value for each in Rounding]),
        help="How distances of a published instance become whole numbers; else as usual for its kind.",
    )
    vehicles = click.option(
        "--vehicles",
        type=click.IntRange(min=1),
        help="How many vehicles there are, where a published instance does not say.",
    )
    return rounding(vehicles(command))


def epoch_option() -> Decorator:
    return click.option(
        "--epoch",
        callback=_epoch,
        help="The instant of second 0, e.g. 2026-02-03T00:00:00+08:00, for clock times in .geojson and .gpx.",
    )


def load_problem(file: Path, rounding: str | None = None, vehicles: int | None = None) -> Instance:
    with refusing(file):
        return read_problem(file, rounding=None if rounding is None else Rounding(rounding), vehicles=vehicles)


def load_plan(file: Path, instance: Instance) -> Plan:
    with refusing(file):
        return read_plan(file, instance)


def load_best_known(file: Path, instance: Instance) -> int | None:
    """The cost of the solution file beside a problem, if there is one; one that cannot be read is not worth an end."""
    beside = file.with_suffix(".sol")
    if not beside.is_file():
        return None
    try:
        return best_known(beside, instance)
    except (FormatError, OSError) as error:
        click.echo(f"Warning: {beside}: {error}", err=True)
        return None


def gap_percent(cost: int, known: int | None) -> float | None:
    return None if not known else round(100 * (cost - known) / known, 3)


@contextmanager
def refusing(file: Path) -> Iterator[None]:
    """Whatever is wrong with a file ends the command with a message and no traceback."""
    try:
        yield
    except FormatError as error:
        more = [f"{file}: {finding}" for finding in error.findings[1:MOST_SHOWN]]
        raise Refusal("\n".join([f"{file}: {error}", *more])) from error
    except (ProblemError, OSError) as error:
        raise Refusal(f"{file}: {error}") from error


def print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _epoch(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
