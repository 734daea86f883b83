"""Workbooks with their errors marked, kept for an hour for the person who sent them."""

from __future__ import annotations

import datetime as dt
import os
import re
import secrets
from pathlib import Path

KEPT = dt.timedelta(hours=1)
_NAME = re.compile(r"([0-9]+)-[\w-]{22}", re.ASCII)


def keep(folder: Path, *, person_id: int, content: bytes, at: dt.datetime) -> str:
    """Keep a workbook; its name, which nobody can guess. Those kept too long are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    _forget_old(folder, at)
    name = f"{person_id}-{secrets.token_urlsafe(16)}"
    path = folder / f"{name}.xlsx"
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return name


def find(folder: Path, *, person_id: int, name: str, at: dt.datetime) -> Path | None:
    """The workbook of this name, if it is this person's and is still kept."""
    match = _NAME.fullmatch(name)
    path = folder / f"{name}.xlsx"
    if match is None or int(match[1]) != person_id or not path.is_file():
        return None
    return path if path.stat().st_mtime > (at - KEPT).timestamp() else None


def _forget_old(folder: Path, at: dt.datetime) -> None:
    for path in folder.glob("*.xlsx"):
        try:
            if path.stat().st_mtime <= (at - KEPT).timestamp():
                path.unlink()
        except OSError:
            # Another request was faster, or somebody is downloading it on a system that locks open files.
            continue
