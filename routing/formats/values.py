"""Our values as JSON and back, by their own annotations: a new field of a dataclass is read, checked and written by itself.

A field that has a default or may be None may be absent (or null), any other must be there, and none that the value has not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt

from routing.checks import LARGEST
from routing.errors import FormatError, ProblemError

type Json = dict[str, Any]
type Read = Callable[["Reading", str, object], Any]

TAG = "type"
"""The field that says which of several values an object is."""


class Reading:
    """What was refused on the way through a document: at the first refusal it raises, unless it is told to go on.

    Whoever refuses a value returns something harmless in its place, so that the rest can be looked at too.
    """

    def __init__(self, *, go_on: bool = False) -> None:
        self.refusals: list[FormatError] = []
        self._go_on = go_on

    def refuse(self, path: str, why: str) -> None:
        refusal = FormatError(path or "document", why)
        if not self._go_on:
            raise refusal
        self.refusals.append(refusal)

    def refuse_problem(self, path: str, error: ProblemError) -> None:
        self.refuse(below(path, error.field), f"{error.why}, got {_shortened(error.value)}")


def below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def read_value[T](kind: type[T], reading: Reading, path: str, value: object) -> T:
    """A value of a dataclass from an object."""
    read: Read = reader_of(kind)  # type: ignore[arg-type]  # a type is hashable
    return cast("T", read(reading, path, value))


def read_each[T](kind: type[T], reading: Reading, path: str, value: object) -> tuple[T, ...]:
    return tuple(read_value(kind, reading, f"{path}[{index}]", entry) for index, entry in _listed(reading, path, value))


def read_object(reading: Reading, path: str, value: object, names: set[str]) -> Mapping[str, object]:
    """An object with no fields but these; a null counts as absent."""
    if not isinstance(value, Mapping):
        reading.refuse(path, "must be an object")
        return {}
    for name in value:
        if name not in names:
            reading.refuse(below(path, str(name)), "is not known here")
    return {name: entry for name, entry in value.items() if entry is not None and name in names}


def tagged(kinds: Mapping[str, type]) -> Read:
    """Reads one of several values, told apart by their tag."""

    def read(reading: Reading, path: str, value: object) -> Any:
        tag = value.get(TAG) if isinstance(value, Mapping) else None
        if not isinstance(tag, str) or tag not in kinds:
            reading.refuse(below(path, TAG), f"must be one of {', '.join(kinds)}, got {_shortened(tag)}")
            return None
        fields = {name: entry for name, entry in cast("Json", value).items() if name != TAG}
        return reader_of(kinds[tag])(reading, path, fields)

    return read


_READERS: dict[Any, Read] = {}


def read_by(annotation: object, read: Read) -> None:
    """Say how values of an annotation are read that does not say it itself (a union)."""
    _READERS[annotation] = read


@cache
def reader_of(annotation: Any) -> Read:
    if annotation in _READERS:
        return _READERS[annotation]
    if dataclasses.is_dataclass(annotation):
        return _dataclass_reader(cast("type", annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _choice_reader(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        (inner,) = (argument for argument in arguments if argument is not NoneType)
        return reader_of(inner)
    if origin is tuple and arguments[-1] is Ellipsis:
        return _tuple_reader(reader_of(arguments[0]))
    if origin is tuple:
        return _fixed_tuple_reader([reader_of(argument) for argument in arguments])
    if origin is frozenset:
        return _set_reader(reader_of(arguments[0]))
    raise TypeError(f"nobody knows how to read {annotation!r}")


def _whole(reading: Reading, path: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    reading.refuse(path, "must be a whole number")
    return 0


def _number(reading: Reading, path: str, value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    reading.refuse(path, "must be a number")
    return 0.0


def _text(reading: Reading, path: str, value: object) -> str:
    if isinstance(value, str):
        return value
    reading.refuse(path, "must be a text")
    return "?"


def _yes_or_no(reading: Reading, path: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    reading.refuse(path, "must be true or false")
    return False


_READERS.update({int: _whole, float: _number, str: _text, bool: _yes_or_no})


def _listed(reading: Reading, path: str, value: object) -> list[tuple[int, object]]:
    if isinstance(value, list | tuple):
        return list(enumerate(value))
    reading.refuse(path, "must be a list")
    return []


def _tuple_reader(read: Read) -> Read:
    return lambda reading, path, value: tuple(
        read(reading, f"{path}[{index}]", entry) for index, entry in _listed(reading, path, value)
    )


def _set_reader(read: Read) -> Read:
    return lambda reading, path, value: frozenset(_tuple_reader(read)(reading, path, value))


def _fixed_tuple_reader(reads: list[Read]) -> Read:
    def read(reading: Reading, path: str, value: object) -> Any:
        entries = _listed(reading, path, value)
        if len(entries) != len(reads):
            reading.refuse(path, f"must have {len(reads)} entries")
            entries = [(index, None) for index in range(len(reads))]
            reading = Reading(go_on=True)  # what stands in is not the document's fault
        return tuple(
            each(reading, f"{path}[{index}]", entry) for each, (index, entry) in zip(reads, entries, strict=True)
        )

    return read


def _choice_reader(kind: type[Enum]) -> Read:
    choices = {member.value: member for member in kind}

    def read(reading: Reading, path: str, value: object) -> Enum:
        if isinstance(value, str) and value in choices:
            return choices[value]
        reading.refuse(path, f"must be one of {', '.join(map(str, choices))}, got {_shortened(value)}")
        return next(iter(choices.values()))

    return read


def _dataclass_reader(kind: type) -> Read:
    hints = get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind) if field.init}
    without = {name for name, field in fields.items() if _has_no_default(field)}
    required = {name for name in without if not _may_be_none(hints[name])}
    reads: dict[str, Read] = {}

    def read(reading: Reading, path: str, value: object) -> Any:
        if not reads:  # not before, for a value may hold values of its own kind
            reads.update({name: reader_of(hints[name]) for name in fields})
        if not isinstance(value, Mapping):
            reading.refuse(path, "must be an object")
            return _made(
                kind, hints, Reading(go_on=True), path, {name: _stand_ins(hints[name])[0] for name in required}
            )
        given = read_object(reading, path, value, set(fields))
        values: Json = dict.fromkeys(without - required)
        values |= {name: reads[name](reading, below(path, name), entry) for name, entry in given.items()}
        for name in fields:
            if name in required and name not in given:
                reading.refuse(below(path, name), "is missing")
                values[name] = _stand_ins(hints[name])[0]
        return _made(kind, hints, reading, path, values)

    return read


def _made(kind: type, hints: Mapping[str, Any], reading: Reading, path: str, values: Json) -> Any:
    """The value; each field that it refuses is refused once, and replaced until it is content."""
    tried: dict[str, int] = {}
    while True:
        try:
            return kind(**values)
        except ProblemError as error:
            name = error.field.split("[")[0].split(".")[0]
            if name not in tried:
                reading.refuse_problem(path, error)
            elif tried[name] >= len(_stand_ins(hints.get(name))):
                return None
            values[name] = _stand_ins(hints.get(name))[tried.setdefault(name, 0)]
            tried[name] += 1


def _has_no_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _may_be_none(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, UnionType) and NoneType in get_args(annotation)


def _stand_ins(annotation: Any) -> tuple[Any, ...]:
    """What may take the place of a value that was refused, in the order of trying."""
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        (inner,) = (argument for argument in get_args(annotation) if argument is not NoneType)
        return (*_stand_ins(inner), None)
    if annotation is str:
        return ("?",)
    if annotation in (int, float):
        return (0, 1, LARGEST)
    if origin is tuple:
        return ((),)
    if origin is frozenset:
        return (frozenset(),)
    return (None,)


def read_matrix(reading: Reading, path: str, value: object) -> npt.NDArray[np.int64] | None:
    """A matrix of whole numbers from lists of equal length (None if it is refused); quick, for a county has four million of them."""
    if not _all_of(value, list) or not all(_all_of(row, int) for row in cast("list[object]", value)):
        _refuse_cells(reading, path, value)
        return None
    rows = cast("list[list[int]]", value)
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        reading.refuse(path, "must have rows of equal length")
        return None
    try:
        return np.array(rows, dtype=np.int64).reshape(len(rows), max(widths, default=0))
    except OverflowError:
        reading.refuse(path, "must hold numbers from 0 to 2147483647")
        return None


def _all_of(values: object, kind: type) -> bool:
    return isinstance(values, list | tuple) and set(map(type, values)) <= ({list, tuple} if kind is list else {kind})


def _refuse_cells(reading: Reading, path: str, value: object) -> None:
    """Cell by cell, now that one is known to be wrong."""
    for row, cells in _listed(reading, path, value):
        for column, cell in _listed(reading, f"{path}[{row}]", cells):
            if not isinstance(cell, int) or isinstance(cell, bool):
                reading.refuse(f"{path}[{row}][{column}]", "must be a whole number")
                return  # one is enough: it is mostly all of them


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:80] + "…"


def plain(value: object, *, tags: Mapping[type, str] | None = None, without_defaults: bool = False) -> Any:
    """A value as JSON has it: dataclasses become objects (with their tag, if they have one), sets sorted lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _plain_object(value, tags or {}, without_defaults)
    if isinstance(value, Mapping):
        return {str(name): plain(entry, tags=tags, without_defaults=without_defaults) for name, entry in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple | list):
        return [plain(entry, tags=tags, without_defaults=without_defaults) for entry in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value.value if isinstance(value, Enum) else value


def _plain_object(value: Any, tags: Mapping[type, str], without_defaults: bool) -> Json:
    written: Json = {TAG: tags[type(value)]} if type(value) in tags else {}
    for field in dataclasses.fields(value):
        entry = getattr(value, field.name)
        if not field.init or (without_defaults and entry == field.default):
            continue
        written[field.name] = plain(entry, tags=tags, without_defaults=without_defaults)
    return written
