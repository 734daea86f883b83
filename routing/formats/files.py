"""Problems from files of any format we read, told by what is in them."""

from __future__ import annotations

import json
from pathlib import Path

from routing.errors import FormatError
from routing.formats.documents import problem_from_json
from routing.formats.instance import Instance
from routing.formats.rounding import Rounding
from routing.formats.text import read_text
from routing.formats.vrplib import vrplib_from_text


def read_problem(path: str | Path, *, rounding: Rounding | None = None, vehicles: int | None = None) -> Instance:
    """Read our JSON or a VRPLIB file.

    `rounding` and `vehicles` are for published instances: None means the rounding of the kind, and as many vehicles as the file says
    or, where it is silent, as cannot bind.  Raises `FormatError` for a file that is not what it claims to be, with the line at fault,
    and `OSError` for one that cannot be read.
    """
    path = Path(path)
    text = read_text(path)
    if text.lstrip().startswith(("{", "[")):
        return _from_json(text, path.stem)
    return vrplib_from_text(text, name=path.stem, rounding=rounding, vehicles=vehicles)


def _from_json(text: str, name: str) -> Instance:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise FormatError("file", f"is not JSON: {error}") from error
    problem = problem_from_json(document)
    return Instance(
        name=name,
        problem=problem,
        clients={number: (stop.id, 0) for number, stop in enumerate(problem.stops, 1)},
    )
