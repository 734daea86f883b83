"""Taking a table in: all of it, once, or nothing with every reason why not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import PurePath

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.base import upsert
from inventory.units import subtree
from logistics.accounts.models import User
from logistics.imports.importer import Importer, Taking
from logistics.imports.models import ImportedFile
from logistics.workbooks.checking import Checked, check
from logistics.workbooks.errors import Sentence
from logistics.workbooks.reading import read_sheet
from logistics.workbooks.sheet import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file that has been read and whose columns have been checked; nothing is recorded yet."""

    importer: Importer
    checked: Checked
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of an import. `again`: the same table was taken in before, as the rest tells, and nothing was changed.

    `unread` are titles nobody asked for, whose columns were passed over.
    """

    again: bool
    filename: str
    rows: int
    at: dt.datetime
    by_name: str
    said: Sentence
    unread: tuple[str, ...]


def run_import(
    session: Session,
    *,
    importer: Importer,
    content: bytes,
    filename: str,
    at: dt.datetime,
    by: str,
    zone: dt.tzinfo,
) -> Imported:
    """Take a file in. Raises WorkbookError where it cannot be read, RowErrors with every finding; then nothing is recorded."""
    return take_in(session, table=read_table(importer, content, filename), at=at, by=by, zone=zone)


def read_table(importer: Importer, content: bytes, filename: str) -> Table:
    """The part that needs no database, and so holds nobody up. Raises WorkbookError."""
    sheet = read_sheet(content, PurePath(filename).name or "?", titles=importer.schema.all_titles())
    return Table(importer=importer, checked=check(sheet, importer.schema), digest=digest(sheet))


def take_in(session: Session, *, table: Table, at: dt.datetime, by: str, zone: dt.tzinfo) -> Imported:
    """Record what a table says. Raises RowErrors, and the errors of the importer's own operations."""
    file, is_new = _claim(session, table, at, by)
    said: Sentence = ""
    if is_new:
        said = table.importer.take(session, table.checked, Taking(digest=table.digest, at=at, by=by, zone=zone))
    return Imported(
        again=not is_new,
        filename=file.filename,
        rows=file.rows,
        at=file.at,
        by_name=session.scalar(select(User.name).where(User.sign_in_name == file.by)) or file.by,
        said=said,
        unread=table.checked.unread,
    )


def latest(session: Session, *, kind: str, unit_id: int, limit: int = 10) -> list[ImportedFile]:
    """The tables of a kind that people of a unit and all below it took in last, newest first."""
    theirs = ImportedFile.by.in_(select(User.sign_in_name).where(User.unit_id.in_(subtree(unit_id))))
    wanted = select(ImportedFile).where(ImportedFile.kind == kind, theirs)
    return list(session.scalars(wanted.order_by(ImportedFile.id.desc()).limit(limit)))


def _claim(session: Session, table: Table, at: dt.datetime, by: str) -> tuple[ImportedFile, bool]:
    """The record of this table, and whether it is new. Somebody else taking it in at the same moment is waited for."""
    row = upsert(session, ImportedFile).values(
        kind=table.importer.kind,
        digest=table.digest,
        filename=table.checked.sheet.filename[:255],
        rows=len(table.checked.sheet.rows),
        at=at,
        by=by,
    )
    new_id = session.scalar(
        row.on_conflict_do_nothing(index_elements=[ImportedFile.kind, ImportedFile.digest]).returning(ImportedFile.id)
    )
    same = (ImportedFile.kind == table.importer.kind, ImportedFile.digest == table.digest)
    return session.scalars(select(ImportedFile).where(*same)).one(), new_id is not None
