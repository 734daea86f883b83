"""Solomon's text format of instances with time windows, also that of Gehring and Homberger: a vehicle table and a customer table.

It is read as a `VRPTW` in VRPLIB would be, by tenths truncated unless told otherwise.
"""

from __future__ import annotations

import re

from routing.errors import FormatError
from routing.formats.instance import Instance
from routing.formats.rounding import Rounding
from routing.formats.sections import Entry, Section, Sections
from routing.formats.text import Line, lines_of, shortened, whole
from routing.formats.vrplib import instance_from_sections
from routing.stops import Stop

_COLUMNS = ("XCOORD", "YCOORD", "DEMAND", "READY TIME", "DUE DATE", "SERVICE TIME")
_HEADINGS = re.compile(r"^\s*CUST(OMER)?\b(?!\s*:)", re.MULTILINE)


def is_solomon(text: str) -> bool:
    """Whether a text has the heading of a customer table, and no entries of VRPLIB."""
    return bool(_HEADINGS.search(text)) and "_SECTION" not in text


def solomon_from_text(text: str, *, name: str = "", rounding: Rounding | None = None) -> Instance:
    """What a file says.  Raises `FormatError` with the line at fault."""
    lines = list(lines_of(text))
    if not lines:
        raise FormatError("file", "is empty", line=1)
    fleet = _below(lines, "VEHICLE", "NUMBER")
    customers = _below(lines, "CUSTOMER", "CUST")
    file = _sections(
        _title(lines) or name, _vehicles(fleet, lines[-1]), _customers(customers, lines[-1]), lines[-1].number
    )
    return instance_from_sections(file, name=name, rounding=rounding, vehicles=None)


def solomon_to_text(instance: Instance) -> str:
    """The instance in Solomon's format, in the units that it was read in.

    Raises `FormatError` where it says more than the format can: several depots or kinds of vehicles, prizes, releases, trips.
    """
    problem = instance.problem
    if not _is_plain(instance):
        raise FormatError("instance", "says more than Solomon's format can")
    yard, car = problem.shifts[0], problem.vehicles[0]
    start_s, end_s = yard.start_s, yard.end_s
    depot = (0, *instance.points[instance.depots[0]], 0, start_s / instance.scale, end_s / instance.scale, 0)
    rows = [depot, *(_row(instance, number, stop) for number, stop in enumerate(problem.stops, 1))]
    table = "\n".join("".join(f"{_number(value):>12}" for value in row) for row in rows)
    return (
        f"{instance.name}\n\nVEHICLE\nNUMBER     CAPACITY\n{len(problem.shifts):>4} {car.capacity[0]:>12}\n\n"
        "CUSTOMER\nCUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE TIME\n\n" + table + "\n"
    )


def _is_plain(instance: Instance) -> bool:
    problem = instance.problem
    shifts = {(shift.start_location, shift.start_s, shift.end_s, shift.max_trips) for shift in problem.shifts}
    return (
        instance.rounding is not None
        and instance.alike
        and len(instance.depots) == 1
        and len(instance.points) == len(problem.locations) == len(problem.stops) + 1
        and len(shifts) == 1
        and problem.shifts[0].max_trips == 1
        and all(shift.max_duration_s is None and shift.max_distance_m is None for shift in problem.shifts)
        and all(_is_plain_stop(stop) for stop in problem.stops)
    )


def _is_plain_stop(stop: Stop) -> bool:
    plain = Stop(id=stop.id, location=stop.location, load=stop.load, service_s=stop.service_s, windows=stop.windows)
    return stop == plain


def _row(instance: Instance, number: int, stop: Stop) -> tuple[float, ...]:
    windows = stop.windows or (None,)
    opens = 0 if windows[0] is None else windows[0].start_s
    closes = instance.problem.shifts[0].end_s if windows[-1] is None else windows[-1].end_s
    times = (each / instance.scale for each in (opens, closes, stop.service_s))
    return (number, *instance.points[stop.location], stop.load[0], *times)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def _title(lines: list[Line]) -> str:
    return "" if lines[0].text.upper().startswith(("VEHICLE", "CUST")) else lines[0].text


def _below(lines: list[Line], heading: str, columns: str) -> list[Line]:
    """The rows of numbers below a heading and the names of its columns."""
    rows: list[Line] = []
    inside = False
    for line in lines:
        words = line.text.upper()
        if words == heading or words.startswith(columns):
            inside = True
        elif inside and words.startswith("CUST"):
            break
        elif inside:
            rows.append(line)
    if not rows:
        raise FormatError(heading, "has no rows", line=lines[-1].number)
    return rows


def _vehicles(rows: list[Line], last: Line) -> tuple[Entry, Entry]:
    line = rows[0]
    words = line.text.split()
    if len(words) != 2 or len(rows) > 1:
        raise FormatError("VEHICLE", "must have one row with NUMBER and CAPACITY", line=rows[-1].number)
    whole("NUMBER", words[0], line.number, least=1)
    return (
        Entry(name="VEHICLES", text=words[0], line=line.number),
        Entry(name="CAPACITY", text=words[1], line=line.number),
    )


def _customers(rows: list[Line], last: Line) -> list[tuple[Line, list[float]]]:
    customers = []
    for number, row in enumerate(rows):
        found, *values = row.numbers("CUSTOMER")
        if len(values) != len(_COLUMNS):
            raise FormatError(
                "CUSTOMER", f"must have {len(_COLUMNS) + 1} numbers, got {len(values) + 1}", line=row.number
            )
        if found != number:
            why = f"must be numbered in order, this one {number}, got {shortened(row.text.split()[0])}"
            raise FormatError("CUST NO.", why, line=row.number)
        _check(values, row.number)
        customers.append((row, values))
    return customers


def _check(values: list[float], line: int) -> None:
    _, _, demand, ready, due, service = values
    for name, value in zip(_COLUMNS[2:], (demand, ready, due, service), strict=True):
        if value < 0:
            raise FormatError(name, f"must not be negative, got {value:g}", line=line)
    if due < ready:
        raise FormatError("DUE DATE", f"must not lie before READY TIME, got {due:g}", line=line)


def _sections(
    name: str, fleet: tuple[Entry, Entry], customers: list[tuple[Line, list[float]]], last_line: int
) -> Sections:
    """The same as a VRPLIB file says it, with the lines of this one."""
    line = customers[0][0].number
    entries = [
        Entry(name="NAME", text=name, line=1),
        Entry(name="TYPE", text="VRPTW", line=1),
        Entry(name="DIMENSION", text=str(len(customers)), line=line),
        Entry(name="EDGE_WEIGHT_TYPE", text="EUC_2D", line=line),
        *fleet,
    ]
    columns = {"NODE_COORD": (0, 1), "DEMAND": (2,), "TIME_WINDOW": (3, 4), "SERVICE_TIME": (5,)}
    sections = [
        Section(
            name=f"{name}_SECTION",
            line=line,
            rows=[_words(number, row, wanted) for number, row in enumerate(customers, 1)],
        )
        for name, wanted in columns.items()
    ]
    return Sections(
        entries={entry.name: entry for entry in entries},
        sections={section.name: section for section in sections},
        last_line=last_line,
    )


def _words(number: int, customer: tuple[Line, list[float]], columns: tuple[int, ...]) -> Line:
    row, _ = customer
    words = row.text.split()
    return Line(row.number, " ".join([str(number), *(words[1 + column] for column in columns)]))
