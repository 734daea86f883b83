"""Problems and plans in files of any format we know: told by what is in them when they are read (and `.json` by its name, too),
by suffix when they are written.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from routing.errors import FormatError
from routing.formats.documents import (
    json_from_text,
    plan_from_json,
    plan_to_text,
    problem_from_json,
    problem_refusals,
    problem_to_text,
)
from routing.formats.geojson import plan_to_geojson
from routing.formats.gpx import plan_to_gpx
from routing.formats.instance import Instance
from routing.formats.rounding import Rounding
from routing.formats.solomon import is_solomon, solomon_from_text, solomon_to_text
from routing.formats.solution import solution_from_text, solution_to_text
from routing.formats.text import read_text
from routing.formats.vrplib import vrplib_from_text
from routing.plan import Plan
from routing.problem import Problem

PLAN_SUFFIXES = (".json", ".sol", ".geojson", ".gpx")
"""What plans are written as."""

PROBLEM_SUFFIXES = (".json", ".txt")
"""What problems are written as: our JSON, and Solomon's text where it can say it."""


def read_problem(path: str | Path, *, rounding: Rounding | None = None, vehicles: int | None = None) -> Instance:
    """Read our JSON, a VRPLIB file or one of Solomon's.

    `rounding` and `vehicles` are for published instances: None means the rounding of the kind, and as many vehicles as the file says
    or, where it is silent, as cannot bind.  Raises `FormatError` for a file that is not what it claims to be, with the line at fault
    (and all `findings` for JSON), and `OSError` for one that cannot be read.
    """
    path = Path(path)
    text = read_text(path)
    if not text.strip():
        raise FormatError("file", "is empty", line=1)
    if _claims_json(path, text):
        return instance_of(_problem_from_text(text), name=path.stem)
    if is_solomon(text):
        return solomon_from_text(text, name=path.stem, rounding=rounding)
    return vrplib_from_text(text, name=path.stem, rounding=rounding, vehicles=vehicles)


def instance_of(problem: Problem, *, name: str = "") -> Instance:
    """A problem that comes from no published file; solutions number its stops from 1 in their order."""
    vehicles = {number: shift.id for number, shift in enumerate(problem.shifts, 1)}
    return Instance(
        name=name,
        problem=problem,
        clients={number: (stop.id, 0) for number, stop in enumerate(problem.stops, 1)},
        vehicles=vehicles,
        alike=False,
        kinds=tuple((number,) for number in vehicles),
    )


def read_plan(path: str | Path, instance: Instance) -> Plan:
    """Read a plan in our JSON or a solution file.  Raises `FormatError` and `OSError` as `read_problem` does."""
    path = Path(path)
    text = read_text(path)
    return plan_from_json(json_from_text(text)) if _claims_json(path, text) else solution_from_text(text, instance).plan


def plan_to(suffix: str, plan: Plan, instance: Instance, *, epoch: datetime | None = None) -> str:
    """The plan in the format of a suffix.  Raises `ValueError` for one that is not known."""
    match suffix.lower():
        case ".json":
            return plan_to_text(plan)
        case ".sol":
            return solution_to_text(plan, instance)
        case ".geojson":
            return json.dumps(plan_to_geojson(instance.problem, plan, epoch=epoch), ensure_ascii=False) + "\n"
        case ".gpx":
            return plan_to_gpx(instance.problem, plan, epoch=epoch)
    raise ValueError(f"{suffix!r} is none of {', '.join(PLAN_SUFFIXES)}")


def problem_to(suffix: str, instance: Instance) -> str:
    """The problem in the format of a suffix.  Raises `ValueError` for one that is not known, `FormatError` for what it cannot say."""
    match suffix.lower():
        case ".json":
            return problem_to_text(instance.problem)
        case ".txt":
            return solomon_to_text(instance)
    raise ValueError(f"{suffix!r} is none of {', '.join(PROBLEM_SUFFIXES)}")


def write_plan(path: str | Path, plan: Plan, instance: Instance, *, epoch: datetime | None = None) -> None:
    """Write a plan by suffix: .json, .sol, .geojson or .gpx; `epoch` is the instant of second 0, for clock times."""
    text = plan_to(Path(path).suffix, plan, instance, epoch=epoch)
    Path(path).write_text(text, encoding="utf-8", newline="\n")


def is_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def _claims_json(path: Path, text: str) -> bool:
    """So that an error speaks of what its author meant to write."""
    return is_json(text) or path.suffix.lower() == ".json"


def _problem_from_text(text: str) -> Problem:
    document = json_from_text(text)
    try:
        return problem_from_json(document)
    except FormatError as error:
        raise FormatError(error.field, error.why, findings=problem_refusals(document)) from error
