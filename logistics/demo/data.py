"""Where the demonstration keeps its data, and that it never touches anybody else's."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from argon2.exceptions import VerificationError
from sqlalchemy import inspect, make_url, select
from sqlalchemy.orm import Session

from inventory.units import Unit
from logistics.accounts.models import User
from logistics.accounts.operations import HASHER, change_password
from logistics.config import Settings, load_settings
from logistics.db import Database
from logistics.demo.county.codes import TOP_CODE
from logistics.demo.steps.routes import PLAN_KEY
from logistics.dispatch.models import Trip, TripState
from logistics.planning.models import PlanRun


class Contents(enum.StrEnum):
    """What a database holds: nothing, somebody's own data, or the demonstration, whole or cut short."""

    EMPTY = "empty"
    OTHER = "other"
    CUT_SHORT = "cut_short"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a database holds, and the first working day of the demonstration where it is whole."""

    contents: Contents
    first_day: dt.date | None = None


def default_folder() -> Path:
    """A folder of its own below the one that `serve` takes by default."""
    return platformdirs.user_data_path("emergency-logistics") / "demo"


def demo_settings(folder: Path, database_url: str | None = None) -> Settings:
    """Settings of the demonstration. What the environment says of data and database is meant for the service, so it does not count."""
    url = database_url or f"sqlite:///{(folder.absolute() / 'logistics.db').as_posix()}"
    return load_settings(data=folder, database_url=url)


def look(database: Database) -> Found:
    """What the database holds; changes nothing. Its tables may be of an older version or absent."""
    tables = set(inspect(database.engine).get_table_names())
    if not tables:
        return Found(contents=Contents.EMPTY)
    if not {Unit.__tablename__, User.__tablename__} <= tables:
        return Found(contents=Contents.OTHER)
    with database.reading() as session:
        tops = set(session.scalars(select(Unit.code).where(Unit.parent_id.is_(None))))
        if not tops:
            anybody = session.scalar(select(User.id).limit(1))
            return Found(contents=Contents.EMPTY if anybody is None else Contents.OTHER)
        if TOP_CODE not in tops:
            return Found(contents=Contents.OTHER)
        first_day = session.scalar(
            select(PlanRun.first_day)
            .join(Trip, Trip.plan_run_id == PlanRun.id)
            .where(PlanRun.key == PLAN_KEY, Trip.state == TripState.FINISHED)
            .limit(1)
        )
    return Found(contents=Contents.WHOLE if first_day else Contents.CUT_SHORT, first_day=first_day)


def can_clear(settings: Settings) -> bool:
    """Whether the database is a file of ours, which can be made anew."""
    return settings.database_url.startswith("sqlite")


def clear(settings: Settings) -> None:
    """Remove the demonstration's database and the job engine's beside it. Only after `look` has found the demonstration in it."""
    file = Path(make_url(settings.database_url).database or "")
    for stem in (file.stem, f"{file.stem}-jobs"):
        for ending in ("", "-wal", "-shm"):
            file.with_name(f"{stem}{file.suffix}{ending}").unlink(missing_ok=True)


def set_passwords(session: Session, *, sign_in_names: Sequence[str], password: str, at: dt.datetime) -> None:
    """Give these people a new password; whoever is signed in has to sign in again. Raises InvalidInput if it is too short."""
    for user_id in session.scalars(select(User.id).where(User.sign_in_name.in_(sign_in_names))).all():
        change_password(session, user_id=user_id, password=password, at=at)


def has_password(session: Session, *, sign_in_name: str, password: str) -> bool:
    """Whether somebody could sign in so."""
    user = session.scalar(select(User).where(User.sign_in_name == sign_in_name))
    try:
        return user is not None and HASHER.verify(user.password_hash, password)
    except VerificationError:
        return False
