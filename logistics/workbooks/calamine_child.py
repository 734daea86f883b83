"""Reads one workbook in a process of its own: `python calamine_child.py MEMORY_BYTES < workbook > lines`.

A cell in XFD1048576 makes calamine ask for 550 GB at once, and the refusal ends the whole process, not only
the call (measured, 0.9.1). So it runs here, where only the reading ends. This file imports nothing of ours, to
start in some 50 ms. One JSON value a line: `["sheet", name, visible]`, then per row that is not blank
`["row", number, cells]`, at the very end `["end"]`, or `["failed", kind]`.
"""

import contextlib
import datetime as dt
import io
import json
import sys
from typing import Any

import python_calamine as calamine

# One more than the reader accepts, so that it can tell.
MOST_COLUMNS = 257


def main() -> None:
    limit_memory(int(sys.argv[1]))
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())) as workbook:
            for sheet in workbook.sheets_metadata:
                if sheet.typ == calamine.SheetTypeEnum.WorkSheet:
                    tell_sheet(workbook, sheet)
        tell(["end"])
    except calamine.PasswordError:
        tell(["failed", "password"])
    except MemoryError:
        tell(["failed", "memory"])
    except calamine.CalamineError:
        tell(["failed", "damaged"])


def limit_memory(size: int) -> None:
    """Where the system can (not on Windows); elsewhere only the time is limited, by the parent."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def tell_sheet(workbook: calamine.CalamineWorkbook, metadata: calamine.SheetMetadata) -> None:
    tell(["sheet", metadata.name, metadata.visible == calamine.SheetVisibleEnum.Visible])
    sheet = workbook.get_sheet_by_name(metadata.name)
    # iter_rows counts rows from the top of the sheet, but columns from the first used one.
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        del cells[MOST_COLUMNS:]
        while cells and cells[-1] == "":
            cells.pop()
        if cells:
            tell(["row", number, cells])


def tell(line: list[Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False, default=tagged) + "\n")


def tagged(value: object) -> list[str | float]:
    """What JSON has no word for, as a list; a cell is never a list otherwise."""
    if isinstance(value, dt.timedelta):
        return ["duration", value.total_seconds()]
    if isinstance(value, dt.datetime):
        return ["moment", value.isoformat()]
    if isinstance(value, dt.date):
        return ["day", value.isoformat()]
    if isinstance(value, dt.time):
        return ["time", value.isoformat()]
    raise TypeError(type(value))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    main()
