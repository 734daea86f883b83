"""Which files were taken in."""

from __future__ import annotations

from sqlalchemy import Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inventory.base import Actor, Base, Code, Id, Moment, ShortText


class ImportedFile(Base):
    """A workbook that was taken in. The same content for the same purpose is taken in once."""

    __tablename__ = "imported_file"
    __table_args__ = (UniqueConstraint("kind", "digest"),)

    id: Mapped[Id]
    kind: Mapped[Code]
    #: SHA-256 of the table's values, not of the file's bytes: saved again it is still the same table.
    digest: Mapped[str] = mapped_column(ShortText(64))
    filename: Mapped[str] = mapped_column(ShortText(255))
    rows: Mapped[int] = mapped_column(Integer)
    at: Mapped[Moment]
    by: Mapped[Actor]
