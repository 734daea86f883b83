"""People and their sign-ins."""

from __future__ import annotations

import enum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.base import Base, Code, Id, Moment, Name, ShortText, word_enum
from inventory.units import Unit


class Role(enum.StrEnum):
    """What a person does all day; what they may do follows from it (`permissions.py`)."""

    OFFICER = "officer"
    DISPATCHER = "dispatcher"
    DRIVER = "driver"
    REPORTER = "reporter"
    CHIEF = "chief"
    LEADER = "leader"
    ADMIN = "admin"


class User(Base):
    """A person who signs in. Their sign-in name stands in the ledger, so it is never changed or used again."""

    __tablename__ = "user_account"

    id: Mapped[Id]
    sign_in_name: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    role: Mapped[Role] = mapped_column(word_enum(Role))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    phone: Mapped[str] = mapped_column(ShortText(40), default="")
    password_hash: Mapped[str] = mapped_column(ShortText(200))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Moment]

    unit: Mapped[Unit] = relationship(lazy="joined")


class SignIn(Base):
    """One signed-in browser. The cookie holds a secret; only its hash is kept, so a copy of the table opens nothing."""

    __tablename__ = "sign_in"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(ShortText(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]
    device: Mapped[str] = mapped_column(ShortText(200), default="")

    user: Mapped[User] = relationship(lazy="joined")


class FailedSignIn(Base):
    """A wrong password, counted in the database so that it holds across processes and restarts."""

    __tablename__ = "failed_sign_in"

    id: Mapped[Id]
    sign_in_name: Mapped[Code] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(ShortText(64), default="")
    at: Mapped[Moment]
