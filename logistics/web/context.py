"""What a view needs of the service around it: database, clock, settings, and who is asking."""

from __future__ import annotations

import datetime as dt
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import cast
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import current_app, g, request
from sqlalchemy.orm import Session

from inventory.ledger import Recorded
from logistics.accounts.models import Role
from logistics.accounts.permissions import Permission, may
from logistics.clock import Clock
from logistics.config import Settings
from logistics.db import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is asking, as plain values that outlive the session they were read in."""

    id: int
    sign_in_name: str
    name: str
    role: Role
    unit_id: int
    unit_name: str

    def may(self, permission: Permission) -> bool:
        return may(self.role, permission)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What `create_app` puts together, reachable from every request."""

    settings: Settings
    database: Database
    clock: Clock


def service() -> Service:
    """The service this request belongs to."""
    return cast(Service, current_app.extensions["logistics"])


def settings() -> Settings:
    return service().settings


def transaction() -> AbstractContextManager[Session]:
    """The one transaction of a writing request: commits at its end, or changes nothing."""
    return service().database.transaction()


def reading() -> AbstractContextManager[Session]:
    """A session that sees one state and writes nothing."""
    return service().database.reading()


def now() -> dt.datetime:
    """The moment of this request, the same however often it is asked, in the people's zone: its date is their calendar day."""
    if "now" not in g:
        g.now = service().clock().astimezone(zone())
    return cast(dt.datetime, g.now)


def zone() -> ZoneInfo:
    """The zone in which people of this installation read times."""
    return ZoneInfo(settings().timezone)


def today() -> dt.date:
    """The calendar day of this request in the people's zone."""
    return now().date()


def me() -> Person:
    """Who is asking. Only for views that need a sign-in."""
    return cast(Person, g.person)


def signed_in() -> Person | None:
    """Who is asking, if anybody is signed in."""
    return cast("Person | None", g.get("person"))


def new_key() -> str:
    """A client key for a form; it travels with the form, so that a second click sends the same one."""
    return uuid4().hex


def recorded(*, reason: str = "", occurred_at: dt.datetime | None = None) -> Recorded:
    """The head of a ledger document made from this request's form, whose hidden field `key` was made with the form."""
    key = request.form.get("key", "") or new_key()
    return Recorded(key=key, occurred_at=occurred_at or now(), recorded_at=now(), by=me().sign_in_name, reason=reason)
