"""Problems and plans as plain dicts for JSON: versioned, checked on the way in, with the same names and units as the values.

`routing/schema/` describes both as JSON Schemas.  What has a default may be absent; nothing may be there that is not known.

Travel is a pair of matrices, or `{"straight_line": {}}` for an estimate without a map, by profile.  A problem may also be written
without it (matrices are large, and the caller may have them elsewhere).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from routing.errors import FormatError, ProblemError
from routing.explain import Explanation
from routing.fixes import Change
from routing.fleet import Shift, Vehicle
from routing.formats.values import (
    Json,
    Reading,
    below,
    plain,
    read_by,
    read_each,
    read_matrix,
    read_object,
    read_value,
    reader_of,
    tagged,
)
from routing.plan import FitsNowhere, NoRoom, Plan, PriceTooLow, Reason, RoomLeft, Route, Unassigned
from routing.problem import Incompatibility, Problem
from routing.roads.straight_line import StraightLine
from routing.stops import Stop
from routing.travel import Location, TravelMatrix
from routing.urgent import Insertion

PROBLEM_FORMAT = "routing-problem/2"
PLAN_FORMAT = "routing-plan/2"

PROBLEM_FORMATS = ("routing-problem/1", PROBLEM_FORMAT)
"""Those that are read: a document of version 1 is one of version 2 that says less."""

PLAN_FORMATS = ("routing-plan/1", PLAN_FORMAT)

REASONS: dict[str, type] = {
    "fits_nowhere": FitsNowhere,
    "no_room": NoRoom,
    "price": PriceTooLow,
    "room_left": RoomLeft,
}
"""Every kind of reason by the `type` it has in a document."""

_TAGS = {kind: tag for tag, kind in REASONS.items()}

read_by(Reason, tagged(REASONS))

_PARTS: dict[str, type] = {
    "locations": Location,
    "stops": Stop,
    "vehicles": Vehicle,
    "shifts": Shift,
    "incompatible": Incompatibility,
}


def problem_to_json(problem: Problem, *, with_travel: bool = True) -> Json:
    """The problem as dicts, lists, texts and numbers; what has its default is left out."""
    document: Json = {
        "format": PROBLEM_FORMAT,
        "load_dimensions": list(problem.load_dimensions),
        **{name: plain(getattr(problem, name), without_defaults=True) for name in _PARTS},
        "fair_duration_s": problem.fair_duration_s,
        "unfair_per_hour": problem.unfair_per_hour,
    }
    if with_travel:
        document["travel"] = plain(problem.travel)
    return document


def problem_to_text(problem: Problem) -> str:
    """The problem as JSON, one line for each stop, shift and row of a matrix."""
    document = problem_to_json(problem, with_travel=False)
    entries = [_entry(name, value) for name, value in document.items()]
    return "{\n" + ",\n".join([*entries, _travel_entry(problem.travel)]) + "\n}\n"


def problem_from_json(document: object, *, travel: Mapping[str, TravelMatrix] | None = None) -> Problem:
    """Read a problem; `travel` stands in where the document has none.  Raises `FormatError` naming the entry at fault."""
    problem = _problem(Reading(), document, travel)
    assert problem is not None, "whoever refuses raises"  # noqa: S101
    return problem


def problem_refusals(document: object, *, travel: Mapping[str, TravelMatrix] | None = None) -> tuple[FormatError, ...]:
    """Everything for which `problem_from_json` would refuse a document, not the first alone."""
    reading = Reading(go_on=True)
    _problem(reading, document, travel)
    return tuple(reading.refusals)


def plan_to_json(plan: Plan) -> Json:
    """The plan as dicts, lists, texts and numbers; reasons carry their `type`."""
    return {
        "format": PLAN_FORMAT,
        "routes": plain(plan.routes, without_defaults=True),
        "unassigned": plain(plan.unassigned, tags=_TAGS),
    }


def plan_to_text(plan: Plan) -> str:
    """The plan as JSON, one line for each route and left-out stop."""
    return "{\n" + ",\n".join(_entry(name, value) for name, value in plan_to_json(plan).items()) + "\n}\n"


def plan_from_json(document: object) -> Plan:
    """Read a plan, which need not fit any problem: that is for `evaluate` to say.  Raises `FormatError`."""
    reading = Reading()
    entries = _document(reading, document, PLAN_FORMATS, {"routes", "unassigned"}, {"routes", "unassigned"})
    return Plan(
        routes=read_each(Route, reading, "routes", entries["routes"]),
        unassigned=read_each(Unassigned, reading, "unassigned", entries["unassigned"]),
    )


def explanation_to_json(explanation: Explanation) -> Json:
    """An explanation, to be shown and not to be read again: the whole plans in it are left out, changes carry their `type`."""
    return {
        "stop_id": explanation.stop_id,
        "reason": plain(explanation.reason, tags=_TAGS),
        "held": plain(explanation.held),
        "left_out_price": explanation.left_out_price,
        "fits_alone_on": list(explanation.fits_alone_on),
        "rules_alone": plain(explanation.rules_alone),
        "places": [_insertion(place) for place in explanation.places],
        "misses": [_insertion(miss) for miss in explanation.misses],
        "fixes": [
            {
                "rules": plain(fix.rules),
                "changes": [{"type": _tag(change), **plain(change)} for change in fix.changes],
                "insertion": _insertion(fix.insertion),
            }
            for fix in explanation.fixes
        ],
    }


def _insertion(insertion: Insertion) -> Json:
    """Without the route and the plan that it would make."""
    return {
        name: value for name, value in plain(replace(insertion, plan=Plan())).items() if name not in ("route", "plan")
    }


def _tag(change: Change) -> str:
    """`window_later` for a `WindowLater`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(change).__name__).lower()


def json_from_text(text: str) -> object:
    """A JSON value; refuses, with the line, what is none and what RFC 8259 leaves open (NaN, a name twice in an object)."""
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_doubles)
    except json.JSONDecodeError as error:
        raise FormatError("file", f"is not JSON: {error.msg} (column {error.colno})", line=error.lineno) from error
    except RecursionError:
        raise FormatError("file", "is not JSON we can read: too many brackets within brackets") from None
    except FormatError:
        raise
    except ValueError as error:  # a number of thousands of digits
        raise FormatError("file", f"is not JSON we can read: {error}") from error


def _no_constant(name: str) -> object:
    raise FormatError("file", f"is not JSON: {name} is no number")


def _no_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise FormatError(double[:40], "stands twice in one object")
    return entries


def _document(
    reading: Reading, document: object, formats: tuple[str, ...], names: set[str], required: set[str]
) -> Mapping[str, object]:
    entries = read_object(reading, "", document, {"format", *names})
    found = entries.get("format")
    if found is None:
        reading.refuse("format", "is missing")
    elif found not in formats:
        reading.refuse("format", f"must be {formats[-1]!r}, got {str(found)[:40]!r}")
    for name in sorted(required):
        if name not in entries:
            reading.refuse(name, "is missing")
    return entries


def _problem(reading: Reading, document: object, travel: Mapping[str, TravelMatrix] | None) -> Problem | None:
    """None where something was refused."""
    numbers = {"fair_duration_s", "unfair_per_hour"}
    required = {"load_dimensions", "locations", "stops", "vehicles", "shifts"}
    names = {"load_dimensions", *_PARTS, *numbers, "travel"}
    entries = _document(reading, document, PROBLEM_FORMATS, names, required)
    fields: Json = {
        "load_dimensions": reader_of(tuple[str, ...])(reading, "load_dimensions", entries.get("load_dimensions", ()))
    }
    for name, kind in _PARTS.items():
        fields[name] = read_each(kind, reading, name, entries.get(name, ()))
    for name in numbers & set(entries):
        fields[name] = reader_of(int)(reading, name, entries[name])
    fields["travel"] = _travel(reading, entries.get("travel"), travel, fields["locations"])
    return _put_together(reading, fields)


def _travel(
    reading: Reading, own: object, given: Mapping[str, TravelMatrix] | None, locations: tuple[Location, ...]
) -> Mapping[str, TravelMatrix]:
    if own is None:
        if given is None:
            reading.refuse("travel", "is missing, and none was given beside the document")
        return given or {}
    if not isinstance(own, Mapping):
        reading.refuse("travel", "must be an object")
        return {}
    matrices = {str(name): _matrix(reading, f"travel.{name}", entry, locations) for name, entry in own.items()}
    return {name: matrix for name, matrix in matrices.items() if matrix is not None}


def _matrix(reading: Reading, path: str, entry: object, locations: tuple[Location, ...]) -> TravelMatrix | None:
    if isinstance(entry, Mapping) and "straight_line" in entry:
        settings = read_object(reading, path, entry, {"straight_line"})
        roads = read_value(StraightLine, reading, f"{path}.straight_line", settings.get("straight_line"))
        return None if None in locations else roads.matrix(locations)
    numbers = read_object(reading, path, entry, {"duration_s", "distance_m"})
    for name in ("duration_s", "distance_m"):
        if name not in numbers:
            reading.refuse(below(path, name), "is missing")
    arrays = {name: read_matrix(reading, below(path, name), value) for name, value in numbers.items()}
    try:
        return TravelMatrix(**cast("Any", arrays)) if _complete(arrays) else None
    except ProblemError as error:
        reading.refuse_problem(path, error)
        return None


def _complete(arrays: Mapping[str, object]) -> bool:
    return len(arrays) == 2 and all(array is not None for array in arrays.values())


def _put_together(reading: Reading, fields: Json) -> Problem | None:
    """The problem; or what is wrong between its parts, as far as that can be said beside parts that were refused."""
    refused = {refusal.field for refusal in reading.refusals}
    if any(_is_about_all(field) for field in refused) or any(None in fields[name] for name in _PARTS):
        return None
    wrong = {_subject(field, fields) for field in refused}
    try:
        return Problem(**fields)
    except ProblemError as error:
        for finding in error.findings:
            if finding.field.partition(":")[0] not in wrong:
                reading.refuse_problem("", finding)
    return None


def _is_about_all(field: str) -> bool:
    """Whether ids, places or matrices that other parts refer to are unknown for it."""
    referred_to = ("travel", "locations", "load_dimensions")
    return field in {"document", *_PARTS} or field.endswith(".id") or field.startswith(referred_to)


def _subject(field: str, fields: Json) -> str:
    """`stop 'a'` for `stops[0].load`, as the problem itself speaks of it."""
    part, _, rest = field.partition("[")
    if part not in ("stops", "vehicles", "shifts"):
        return field
    return f"{part[:-1]} {fields[part][int(rest.partition(']')[0])].id!r}"


def _entry(name: str, value: object) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict | list):
        lines = ",\n".join(f"    {_compact(each)}" for each in value)
        return f"  {_compact(name)}: [\n{lines}\n  ]"
    return f"  {_compact(name)}: {_compact(value)}"


def _travel_entry(travel: Mapping[str, TravelMatrix]) -> str:
    profiles = ",\n".join(f"    {_compact(name)}: {{\n{_matrices(matrix)}\n    }}" for name, matrix in travel.items())
    return f'  "travel": {{\n{profiles}\n  }}'


def _matrices(matrix: TravelMatrix) -> str:
    return ",\n".join(
        f'      "{name}": [\n{",\n".join(_rows(matrix, name))}\n      ]' for name in ("duration_s", "distance_m")
    )


def _rows(matrix: TravelMatrix, name: str) -> Iterator[str]:
    for row in getattr(matrix, name):
        yield f"        {_compact(row.tolist())}"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
