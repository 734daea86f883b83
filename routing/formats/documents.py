"""Problems and plans as plain dicts for JSON: versioned, checked on the way in, with the same names and units as the values.

A problem may be written without its travel matrices (they are large, and the caller may have them elsewhere).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any

import numpy as np

from routing.errors import FormatError, ProblemError
from routing.plan import (
    FitsNowhere,
    NoRoom,
    Plan,
    PriceTooLow,
    Reason,
    RoomLeft,
    Route,
    Unassigned,
    Violation,
    ViolationKind,
)
from routing.problem import Location, Pass, Problem, Shift, Stop, TimeWindow, TravelMatrix, Vehicle

PROBLEM_FORMAT = "routing-problem/1"
PLAN_FORMAT = "routing-plan/1"

type Json = dict[str, Any]


def problem_to_json(problem: Problem, *, with_travel: bool = True) -> Json:
    """The problem as dicts, lists, texts and numbers."""
    document: Json = {
        "format": PROBLEM_FORMAT,
        "load_dimensions": list(problem.load_dimensions),
        "locations": _plain(problem.locations),
        "stops": _plain(problem.stops),
        "vehicles": _plain(problem.vehicles),
        "shifts": _plain(problem.shifts),
    }
    if with_travel:
        document["travel"] = _plain(dict(problem.travel))
    return document


def problem_from_json(document: object, *, travel: Mapping[str, TravelMatrix] | None = None) -> Problem:
    """Read a problem; `travel` stands in where the document has none.  Raises `FormatError` naming the entry at fault."""
    entry = _document(
        document, PROBLEM_FORMAT, {"load_dimensions", "locations", "stops", "vehicles", "shifts", "travel"}
    )
    own = entry.optional("travel")
    if own is None and travel is None:
        raise FormatError("travel", "is missing, and none was given beside the document")
    return entry.build(
        Problem,
        load_dimensions=entry["load_dimensions"].each(_Entry.text),
        locations=entry["locations"].each(_location),
        stops=entry["stops"].each(_stop),
        vehicles=entry["vehicles"].each(_vehicle),
        shifts=entry["shifts"].each(_shift),
        travel=travel if own is None else {name: _matrix(matrix) for name, matrix in own.items()},
    )


def plan_to_json(plan: Plan) -> Json:
    """The plan as dicts, lists, texts and numbers; reasons carry their `type`."""
    return {
        "format": PLAN_FORMAT,
        "routes": _plain(plan.routes),
        "unassigned": [
            {"stop_id": entry.stop_id, "reason": None if entry.reason is None else _reason_to_json(entry.reason)}
            for entry in plan.unassigned
        ],
    }


def plan_from_json(document: object) -> Plan:
    """Read a plan, which need not fit any problem: that is for `evaluate` to say.  Raises `FormatError`."""
    entry = _document(document, PLAN_FORMAT, {"routes", "unassigned"})
    return Plan(routes=entry["routes"].each(_route), unassigned=entry["unassigned"].each(_unassigned))


class _Entry:
    """A value inside a document with the path that leads to it."""

    def __init__(self, path: str, value: object) -> None:
        self.path = path
        self.value = value

    def __getitem__(self, name: str) -> _Entry:
        found = self.optional(name)
        if found is None:
            raise FormatError(self._below(name), "is missing")
        return found

    def optional(self, name: str) -> _Entry | None:
        """The field of this name; None where it is absent or null."""
        value = self._object().get(name)
        return None if value is None else _Entry(self._below(name), value)

    def only(self, names: set[str]) -> _Entry:
        """Itself, if it is an object without fields of other names."""
        for name in self._object():
            if name not in names:
                raise FormatError(self._below(str(name)), "is not known here")
        return self

    def items(self) -> Iterator[tuple[str, _Entry]]:
        for name, value in self._object().items():
            yield str(name), _Entry(self._below(str(name)), value)

    def each[T](self, read: Callable[[_Entry], T]) -> tuple[T, ...]:
        if not isinstance(self.value, list | tuple):
            raise FormatError(self.path, "must be a list")
        return tuple(read(_Entry(f"{self.path}[{index}]", value)) for index, value in enumerate(self.value))

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise FormatError(self.path, "must be a text")
        return self.value

    def whole(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise FormatError(self.path, "must be a whole number")
        return self.value

    def number(self) -> float:
        if not isinstance(self.value, int | float) or isinstance(self.value, bool):
            raise FormatError(self.path, "must be a number")
        return self.value

    def build[T](self, kind: type[T], /, **values: Any) -> T:
        """Make a value, and say where in the document it is refused; absent optional values take their defaults."""
        try:
            return kind(**{name: value for name, value in values.items() if value is not None})
        except ProblemError as error:
            raise FormatError(self._below(error.field), f"{error.why}, got {error.value!r}") from error

    def _object(self) -> Mapping[Any, Any]:
        if not isinstance(self.value, Mapping):
            raise FormatError(self.path or "document", "must be an object")
        return self.value

    def _below(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


def _document(document: object, format: str, names: set[str]) -> _Entry:
    entry = _Entry("", document)
    found = entry["format"].text()
    if found != format:
        raise FormatError("format", f"must be {format!r}, got {found!r}")
    return entry.only({"format", *names})


def _location(entry: _Entry) -> Location:
    _only_fields_of(Location, entry)
    return entry.build(Location, lat=entry["lat"].number(), lon=entry["lon"].number())


def _window(entry: _Entry) -> TimeWindow:
    _only_fields_of(TimeWindow, entry)
    return entry.build(TimeWindow, start_s=entry["start_s"].whole(), end_s=entry["end_s"].whole())


def _pass(entry: _Entry) -> Pass:
    _only_fields_of(Pass, entry)
    return entry.build(Pass, kind=entry["kind"].text(), valid_until_s=_optional_whole(entry, "valid_until_s"))


def _stop(entry: _Entry) -> Stop:
    _only_fields_of(Stop, entry)
    passes = entry.optional("required_passes")
    return entry.build(
        Stop,
        id=entry["id"].text(),
        location=entry["location"].whole(),
        load=entry["load"].each(_Entry.whole),
        service_s=entry["service_s"].whole(),
        windows=_optional_each(entry, "windows", _window),
        left_out_price=_optional_whole(entry, "left_out_price"),
        required_passes=frozenset(passes.each(_Entry.text)) if passes else None,
    )


def _vehicle(entry: _Entry) -> Vehicle:
    _only_fields_of(Vehicle, entry)
    profile = entry.optional("profile")
    return entry.build(
        Vehicle,
        id=entry["id"].text(),
        capacity=entry["capacity"].each(_Entry.whole),
        profile=profile.text() if profile else None,
        passes=_optional_each(entry, "passes", _pass),
        fixed_cost=_optional_whole(entry, "fixed_cost"),
        cost_per_km=_optional_whole(entry, "cost_per_km"),
        cost_per_hour=_optional_whole(entry, "cost_per_hour"),
    )


def _shift(entry: _Entry) -> Shift:
    _only_fields_of(Shift, entry)
    return entry.build(
        Shift,
        id=entry["id"].text(),
        vehicle_id=entry["vehicle_id"].text(),
        start_s=entry["start_s"].whole(),
        end_s=entry["end_s"].whole(),
        start_location=entry["start_location"].whole(),
        end_location=entry["end_location"].whole(),
        loading_s=_optional_whole(entry, "loading_s"),
    )


def _matrix(entry: _Entry) -> TravelMatrix:
    _only_fields_of(TravelMatrix, entry)
    return entry.build(TravelMatrix, duration_s=_numbers(entry["duration_s"]), distance_m=_numbers(entry["distance_m"]))


def _numbers(entry: _Entry) -> Any:
    rows = entry.each(lambda row: row.each(_Entry.whole))
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        raise FormatError(entry.path, "must have rows of equal length")
    try:
        return np.array(rows, dtype=np.int64).reshape(len(rows), max(widths, default=0))
    except OverflowError as error:
        raise FormatError(entry.path, "must hold numbers from 0 to 2147483647") from error


def _route(entry: _Entry) -> Route:
    _only_fields_of(Route, entry)
    return Route(shift_id=entry["shift_id"].text(), stops=entry["stops"].each(_Entry.text))


def _unassigned(entry: _Entry) -> Unassigned:
    _only_fields_of(Unassigned, entry)
    reason = entry.optional("reason")
    return Unassigned(stop_id=entry["stop_id"].text(), reason=_reason(reason) if reason else None)


def _reason(entry: _Entry) -> Reason:
    match entry["type"].text():
        case "fits_nowhere":
            shift_id = entry.optional("shift_id")
            return FitsNowhere(
                shift_id=shift_id.text() if shift_id else None, violations=entry["violations"].each(_violation)
            )
        case "no_room":
            return NoRoom(
                fits_alone_on=entry["fits_alone_on"].text(),
                shift_id=entry["shift_id"].text(),
                violations=entry["violations"].each(_violation),
            )
        case "price":
            return PriceTooLow(
                shift_id=entry["shift_id"].text(),
                insertion_cost=entry["insertion_cost"].whole(),
                left_out_price=entry["left_out_price"].whole(),
            )
        case "room_left":
            return RoomLeft(
                shift_id=entry["shift_id"].text(),
                position=entry["position"].whole(),
                insertion_cost=entry["insertion_cost"].whole(),
            )
        case other:
            raise FormatError(f"{entry.path}.type", f"must be a known reason, got {other!r}")


def _reason_to_json(reason: Reason) -> Json:
    return {"type": "fits_nowhere" if isinstance(reason, FitsNowhere) else reason.code, **_plain(reason)}


def _violation(entry: _Entry) -> Violation:
    _only_fields_of(Violation, entry)
    kind = entry["kind"].text()
    if kind not in {known.value for known in ViolationKind}:
        raise FormatError(f"{entry.path}.kind", f"must be a known rule, got {kind!r}")
    shift_id, stop_id = entry.optional("shift_id"), entry.optional("stop_id")
    return Violation(
        kind=ViolationKind(kind),
        shift_id=shift_id.text() if shift_id else None,
        stop_id=stop_id.text() if stop_id else None,
        amount=entry["amount"].whole(),
        unit=entry["unit"].text(),
    )


def _optional_whole(entry: _Entry, name: str) -> int | None:
    found = entry.optional(name)
    return found.whole() if found else None


def _optional_each[T](entry: _Entry, name: str, read: Callable[[_Entry], T]) -> tuple[T, ...] | None:
    found = entry.optional(name)
    return found.each(read) if found else None


def _only_fields_of(kind: type, entry: _Entry) -> None:
    entry.only({field.name for field in dataclasses.fields(kind)})


def _plain(value: object) -> Any:
    """A value as JSON has it: dataclasses become objects, sets sorted lists, arrays nested lists."""
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value.value if isinstance(value, Enum) else value
