"""The one metadata of the project and the column types that repeat."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Dialect,
    Enum,
    Insert,
    Integer,
    MetaData,
    String,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine

from inventory.errors import InvalidInput, KeyReused, UnfitText

#: Rows from which it is worth another statement.
_MANY = 20


class Base(DeclarativeBase):
    """Every table of the project hangs on this metadata, whichever package it is written in."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Instant(TypeDecorator[dt.datetime]):
    """An aware moment, kept in UTC on every database; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs its time zone: {value!r}")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class ShortText(TypeDecorator[str]):
    """A text of at most so many characters on every database: PostgreSQL refuses a longer one, SQLite would keep it.

    Only what is written is measured; one may look for anything.
    """

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.most = length

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and len(value) > self.most:
            raise UnfitText("text", "too-long", self.most)
        return value

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> TypeEngine[Any]:
        return String()


def upsert(session: Session, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say ON CONFLICT, in the words of the session's database."""
    return postgresql.insert(table) if session.get_bind().dialect.name == "postgresql" else sqlite.insert(table)


def word_enum(kind: type[enum.StrEnum]) -> Enum:
    """Stored as its plain word, so that a person reading the table, or a later version, is not bound to a database type."""
    return Enum(kind, values_callable=lambda members: [m.value for m in members], native_enum=False, length=32)


def _key(**options: Any) -> Any:
    return mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, **options)


Id = Annotated[int, _key()]
#: A whole number of an item's base unit.
Quantity = Annotated[int, mapped_column(BigInteger)]
Moment = Annotated[dt.datetime, mapped_column(Instant)]
#: A code or number that people type and read out: kept short.
Code = Annotated[str, mapped_column(ShortText(64))]
Name = Annotated[str, mapped_column(ShortText(200))]
Text = Annotated[str, mapped_column(ShortText(2000))]
#: The id a device or an import gives to what it sends, so that sending twice happens once.
ClientKey = Annotated[str, mapped_column(ShortText(100))]
#: Money in fen (分), a hundredth of a yuan.
Fen = Annotated[int, mapped_column(BigInteger)]
#: The sign-in name of who did it; names are never reused.
Actor = Annotated[str, mapped_column(ShortText(64))]


class Once(Base):
    """A paper that its sender gave a key, so that sending it twice makes it once."""

    __abstract__ = True

    id: Mapped[Id]
    key: Mapped[ClientKey] = mapped_column(unique=True)


class Keyed(Once):
    """Such a paper that keeps a mark of what was asked, so that the same key with other content is noticed."""

    __abstract__ = True

    #: SHA-256 of what was asked.
    fingerprint: Mapped[str] = mapped_column(ShortText(64))


def claim[Paper: Keyed](
    session: Session, table: type[Paper], *, key: str, asked: object, **values: object
) -> tuple[Paper, bool]:
    """The paper of this key and whether it is new: a second copy of the same request waits for the first and finds its paper.

    Raises KeyReused where the key stands for other content.
    """
    fingerprint = mark_of(asked)
    paper, is_new = claim_key(session, table, key=key, fingerprint=fingerprint, **values)
    if paper.fingerprint != fingerprint:
        raise KeyReused(key)
    return paper, is_new


def insert_all(session: Session, statement: Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows (column → value, all with the same columns) in their order.

    PostgreSQL gets many as one array for each column: a message for each row took it and its driver half the time of a large table.
    """
    if not rows:
        return
    if session.get_bind().dialect.name != "postgresql" or len(rows) < _MANY:
        session.execute(statement, [dict(row) for row in rows], execution_options={"synchronize_session": False})
        return
    columns = [statement.table.c[name] for name in rows[0]]
    arrays = [
        bindparam(None, [row[column.name] for row in rows], type_=ARRAY(column.type), unique=True) for column in columns
    ]
    unnested = func.unnest(*arrays).table_valued(*(column.name for column in columns)).render_derived()
    session.execute(statement.from_select(list(columns), select(*unnested.c)))


def mark_of(asked: object) -> str:
    """SHA-256 of what was asked, as papers keep it; `asked` is anything JSON can say."""
    content = json.dumps(asked, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def claim_key[Paper: Once](session: Session, table: type[Paper], *, key: str, **values: object) -> tuple[Paper, bool]:
    """As `claim`, for a paper that keeps no fingerprint: whoever asks compares what it finds with what it wanted."""
    if not key:
        raise InvalidInput("key", "empty", key)
    session.flush()
    row = upsert(session, table).values(key=key, **values)
    new_id = session.scalar(row.on_conflict_do_nothing(index_elements=[table.key]).returning(table.id))
    return session.scalars(select(table).where(table.key == key)).one(), new_id is not None
