"""Accounts, passwords and sign-ins that can be withdrawn."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from inventory.errors import InvalidInput
from inventory.units import Unit
from logistics.accounts.models import FailedSignIn, Role, SignIn, User
from logistics.errors import ServiceError

#: OWASP's smaller setting: about 30 ms on an office PC, so that ten sign-ins at once do not stop the service.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
#: Compared against where the name is unknown, so that both answers take equally long.
NOBODY = HASHER.hash(secrets.token_hex(16))
SIGN_IN_LASTS = dt.timedelta(days=30)
TRIES_WITHIN = dt.timedelta(minutes=15)
TRIES_PER_NAME = 10
TRIES_PER_ADDRESS = 100
SHORTEST_PASSWORD = 8


class WrongPassword(ServiceError):
    """Unknown name, wrong password or account switched off: the answer does not tell which."""


class TooManyTries(ServiceError):
    """Too many wrong passwords of late; the correct one is not looked at either."""


def add_user(
    session: Session,
    *,
    sign_in_name: str,
    name: str,
    role: Role,
    unit: Unit,
    password: str,
    at: dt.datetime,
    phone: str = "",
) -> User:
    """Add a person. Raises InvalidInput for a short password, an empty name, or one already used."""
    for field, value in (("sign_in_name", sign_in_name), ("name", name)):
        if not value.strip():
            raise InvalidInput(field, "empty", value)
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInput("password", "too-short", SHORTEST_PASSWORD)
    if session.scalar(select(User.id).where(User.sign_in_name == sign_in_name)) is not None:
        raise InvalidInput("sign_in_name", "taken", sign_in_name)
    user = User(
        sign_in_name=sign_in_name,
        name=name,
        role=role,
        unit=unit,
        password_hash=HASHER.hash(password),
        created_at=at,
        phone=phone,
        active=True,
    )
    session.add(user)
    session.flush()
    return user


def check_password(session: Session, *, sign_in_name: str, password: str, address: str, at: dt.datetime) -> User:
    """The person with this name and password. Raises WrongPassword or TooManyTries.

    A wrong try must be recorded although the request fails: `record_failure`, in a transaction of its own.
    """
    if _tries(session, FailedSignIn.sign_in_name == sign_in_name, at) >= TRIES_PER_NAME:
        raise TooManyTries
    if _tries(session, FailedSignIn.address == address, at) >= TRIES_PER_ADDRESS:
        raise TooManyTries
    user = session.scalar(select(User).where(User.sign_in_name == sign_in_name, User.active))
    try:
        HASHER.verify(user.password_hash if user else NOBODY, password)
    except VerificationError:
        raise WrongPassword from None
    if user is None:
        raise WrongPassword
    return user


def record_failure(session: Session, *, sign_in_name: str, address: str, at: dt.datetime) -> None:
    """Count a wrong try against the name and the address it came from."""
    session.add(FailedSignIn(sign_in_name=sign_in_name[:64], address=address, at=at))


def sign_in(session: Session, *, user_id: int, device: str, at: dt.datetime) -> str:
    """Open a sign-in and give its secret, which stands in the cookie and nowhere else."""
    secret = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_hash=_hash(secret), user_id=user_id, created_at=at, expires_at=at + SIGN_IN_LASTS, device=device[:200]
        )
    )
    return secret


def sign_out(session: Session, *, secret: str, at: dt.datetime) -> None:
    """Withdraw a sign-in; its cookie opens nothing from now on."""
    session.execute(
        update(SignIn).where(SignIn.token_hash == _hash(secret), SignIn.revoked_at.is_(None)).values(revoked_at=at)
    )


def revoke_all(session: Session, *, user_id: int, at: dt.datetime) -> None:
    """Withdraw every sign-in of a person (lost phone, changed password, left)."""
    session.execute(update(SignIn).where(SignIn.user_id == user_id, SignIn.revoked_at.is_(None)).values(revoked_at=at))


def signed_in_user(session: Session, *, secret: str, at: dt.datetime) -> User | None:
    """Who holds this cookie, if it still opens anything."""
    found = session.scalar(select(SignIn).where(SignIn.token_hash == _hash(secret)))
    if found is None or found.revoked_at is not None or found.expires_at <= at or not found.user.active:
        return None
    return found.user


def change_password(session: Session, *, user_id: int, password: str, at: dt.datetime) -> None:
    """Set a new password and withdraw every sign-in. Raises InvalidInput for a short one."""
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInput("password", "too-short", SHORTEST_PASSWORD)
    session.execute(update(User).where(User.id == user_id).values(password_hash=HASHER.hash(password)))
    revoke_all(session, user_id=user_id, at=at)


def switch(session: Session, *, user: User, active: bool, at: dt.datetime) -> None:
    """Switch an account off, which signs the person out everywhere at once, or on again."""
    user.active = active
    if not active:
        revoke_all(session, user_id=user.id, at=at)


def _tries(session: Session, who: ColumnElement[bool], at: dt.datetime) -> int:
    return session.scalar(select(func.count()).where(who, FailedSignIn.at > at - TRIES_WITHIN)) or 0


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
