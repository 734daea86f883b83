"""`logistics demo`: the main job on a generated county, and then the service over it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask_babel import force_locale
from flask_babel import gettext as _
from rich.panel import Panel
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from logistics import serving
from logistics.accounts.models import Role, User
from logistics.accounts.operations import SHORTEST_PASSWORD
from logistics.app import create_app
from logistics.clock import system_clock
from logistics.config import Settings
from logistics.db import Database
from logistics.demo import telling
from logistics.demo.county import generate
from logistics.demo.county.facts import Facts
from logistics.demo.county.parts import DemoCounty
from logistics.demo.data import (
    Contents,
    can_clear,
    clear,
    default_folder,
    demo_settings,
    has_password,
    look,
    set_passwords,
)
from logistics.demo.job import Done, Job
from logistics.demo.main_job import run
from logistics.demo.steps.routes import PLAN_KEY
from logistics.dispatch.models import Trip, TripState, TripStop
from logistics.planning.models import PlanRun
from logistics.planning.operations import LONGEST_BUDGET_S, SHORTEST_BUDGET_S
from logistics.web import assets
from logistics.web.words import word

PASSWORD = "yunyang-2020"  # noqa: S105 -- told to everybody, and refused where others can reach the service
LOCALES = {"zh": "zh_Hans_CN", "en": "en"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the county is made of and how long it is planned for."""

    seed: int
    facts: Facts
    budget_s: int
    password: str

    def county(self, first_day: dt.date) -> DemoCounty:
        return generate(self.seed, first_day, self.facts)


@click.command()
@click.option(
    "--check", is_flag=True, help="Do the main job on a new data folder, look whether every figure is right, and end."
)
@click.option("--json", "as_json", is_flag=True, help="With --check: one JSON object instead of the table.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the demonstration.  [default: one of its own in the user's data folder; with --check a temporary one]",
)
@click.option("--database", metavar="URL", help="An empty postgresql://…  [default: a file in the data folder]")
@click.option("--fresh", is_flag=True, help="Begin anew, with today as the first day.")
@click.option(
    "--budget", default=60, type=click.IntRange(SHORTEST_BUDGET_S, LONGEST_BUDGET_S), help="Seconds of planning."
)
@click.option("--language", type=click.Choice(list(LOCALES)), help="[default: en where the system says so, else zh]")
@click.option("--host", default="127.0.0.1", help="Address to listen on; any other one asks for --password.")
@click.option("--port", default=8000, type=click.IntRange(0, 65535))
@click.option("--password", help=f"For all sign-in names.  [default: {PASSWORD}]", show_default=False)
@click.option("--seed", default=2020, help="The same seed makes the same county.")
@click.option("--scale", default=1.0, type=click.FloatRange(0.01, 1), hidden=True, help="A part of the county.")
def demo(
    check: bool,
    as_json: bool,
    data: Path | None,
    database: str | None,
    fresh: bool,
    budget: int,
    language: str | None,
    host: str,
    port: int,
    password: str | None,
    seed: int,
    scale: float,
) -> None:
    """Try everything on a generated county: stock, shares, orders, routes, trips, deliveries. Then serve it."""
    _let_every_character_pass()
    assets.compile_translations()
    facts = Facts().scaled(scale) if scale < 1 else Facts()
    wish = Wish(seed=seed, facts=facts, budget_s=budget, password=password or PASSWORD)
    locale = LOCALES[language or telling.language_of()]
    with (
        _folder(data, temporary=check) as folder,
        _opened(folder, database) as (settings, opened),
        _speaking(settings, opened, locale),
    ):
        if check:
            raise click.exceptions.Exit(_check(settings, opened, wish, fresh=fresh, as_json=as_json))
        _refuse_password(host, password)
        _refuse_port_taken(host, port)
        _bring_browser_files()
        _make_if_missing(settings, opened, wish, fresh=fresh, password=password)
        _serve(settings, opened, host, port)


# Doing it -------------------------------------------------------------------------------------------------------------


def _check(settings: Settings, database: Database, wish: Wish, *, fresh: bool, as_json: bool) -> int:
    """The exit code."""
    try:
        contents = look(database).contents
        if contents is not Contents.EMPTY:
            _clear_or_refuse(settings, database, contents, asked=fresh)
    except click.ClickException as error:
        if as_json:
            click.echo(telling.as_json([], ok=False, error=error.message))
            return 1
        raise
    county, steps = _main_job(settings, database, wish)
    if as_json:
        circumstances = {
            "seed": county.seed,
            "first_day": county.first_day.isoformat(),
            "budget_s": wish.budget_s,
            "database": database.engine.dialect.name,
        }
        click.echo(telling.as_json(steps, **circumstances))
    else:
        telling.console().print(telling.report(steps))
    return 0 if all(done.ok for done in steps) else 1


def _make_if_missing(settings: Settings, database: Database, wish: Wish, *, fresh: bool, password: str | None) -> None:
    found = look(database)
    if found.contents is Contents.WHOLE and not fresh:
        database.upgrade()
        if password:
            names = [person.sign_in_name for person in wish.county(system_clock().date()).people]
            with database.transaction() as session:
                set_passwords(session, sign_in_names=names, password=password, at=system_clock())
        return
    if found.contents is not Contents.EMPTY:
        _clear_or_refuse(settings, database, found.contents, asked=fresh or found.contents is Contents.CUT_SHORT)
    _county, steps = _main_job(settings, database, wish)
    telling.console().print(telling.report(steps))
    if not all(done.ok for done in steps):
        raise click.exceptions.Exit(1)


def _main_job(settings: Settings, database: Database, wish: Wish) -> tuple[DemoCounty, list[Done]]:
    database.upgrade()
    county = wish.county(system_clock().astimezone(ZoneInfo(settings.timezone)).date())
    with telling.Ticker(wish.budget_s).running() as ticker:
        job = Job(
            database=database,
            county=county,
            folder=settings.data / "demo",
            timezone=settings.timezone,
            clock=system_clock,
            password=wish.password,
            budget_s=wish.budget_s,
            on_progress=ticker.progress,
        )
        return county, list(run(job, begins=ticker.begins))


def _clear_or_refuse(settings: Settings, database: Database, contents: Contents, *, asked: bool) -> None:
    """Make room for a new demonstration, if there is one and it is to go; nobody's own data is touched."""
    if contents is Contents.OTHER:
        raise click.ClickException(
            _(
                "There is data in %(folder)s that is not the demonstration's. Nothing was changed; name another folder with --data.",
                folder=settings.data,
            )
        )
    if not asked:
        raise click.ClickException(
            _("The demonstration is in %(folder)s already; --fresh begins anew.", folder=settings.data)
        )
    if not can_clear(settings):
        raise click.ClickException(
            _("The database is not empty. Nothing was changed; name an empty one with --database.")
        )
    database.dispose()
    try:
        clear(settings)
    except OSError as error:
        raise click.ClickException(
            _("%(file)s is in use; end the demonstration that is running first.", file=error.filename)
        ) from error


# Serving it -----------------------------------------------------------------------------------------------------------


def _serve(settings: Settings, database: Database, host: str, port: int) -> None:
    def say(text: str) -> None:
        if text.startswith("http"):
            telling.console().print(_welcome(settings, database, text))
        else:
            click.echo(text)

    try:
        serving.serve(settings, host, port, say=say)
    except (assets.AssetsError, serving.PortTaken) as error:
        raise click.ClickException(str(error)) from error


def _welcome(settings: Settings, database: Database, address: str) -> Panel:
    today = system_clock().astimezone(ZoneInfo(settings.timezone)).date()
    with database.reading() as session:
        first_day = session.scalars(select(PlanRun.first_day).where(PlanRun.key == PLAN_KEY)).one()
        password = PASSWORD if has_password(session, sign_in_name="admin", password=PASSWORD) else ""
        people = list(_people(session))
    notes = []
    if first_day != today:
        notes.append(_("Its first working day was %(day)s; --fresh begins anew with today.", day=first_day))
    return telling.welcome(address, people=people, password=password, folder=settings.data, notes=notes)


def _people(session: Session) -> Iterator[tuple[str, str, str]]:
    """Sign-in name, role, what to try; of the drivers only the one whose trip is next."""
    tries = {
        "caigou": _("stock, stock cards, taking files in, sharing out the gloves"),
        "diaodu": _("the plan on the map, its trips, planning what was left out"),
        "lingdao": _("the whole, and allocations"),
        "lianluo": _("asking for supplies"),
        "sanzhang": _("asking for supplies"),
        "admin": _("people and units"),
    }
    users = {user.sign_in_name: user for user in session.scalars(select(User).where(User.sign_in_name.in_(tries)))}
    for sign_in_name, try_this in tries.items():
        if sign_in_name in users:
            yield sign_in_name, word(users[sign_in_name].role), try_this
    trip = session.scalar(select(Trip).where(Trip.state == TripState.RELEASED).order_by(Trip.departs_at).limit(1))
    if trip is not None:
        stops = session.scalar(select(func.count()).where(TripStop.trip_id == trip.id))
        try_this = _("on the phone: trip %(trip)s with %(stops)s stops", trip=trip.number, stops=stops)
        yield trip.driver.sign_in_name, word(Role.DRIVER), try_this


# Before it begins -----------------------------------------------------------------------------------------------------


@contextmanager
def _folder(given: Path | None, *, temporary: bool) -> Iterator[Path]:
    if given is not None or not temporary:
        yield given or default_folder()
        return
    # Windows does not remove a file that a scanner still looks at; what is left is in the system's folder for that.
    with tempfile.TemporaryDirectory(prefix="logistics-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def _opened(folder: Path, database_url: str | None) -> Iterator[tuple[Settings, Database]]:
    settings = demo_settings(folder, database_url)
    database = Database(settings.database_url)
    try:
        yield settings, database
    finally:
        database.dispose()


@contextmanager
def _speaking(settings: Settings, database: Database, locale: str) -> Iterator[None]:
    """Sentences in this language, as in a request of somebody who has chosen it."""
    with create_app(settings, database=database).app_context(), force_locale(locale):
        yield


def _bring_browser_files() -> None:
    """Before anything else, for without a connection it fails, and the main job takes minutes."""
    try:
        assets.ensure(say=click.echo)
    except assets.AssetsError as error:
        raise click.ClickException(str(error)) from error


def _refuse_password(host: str, password: str | None) -> None:
    if password is not None and len(password) < SHORTEST_PASSWORD:
        raise click.ClickException(_("The password needs at least %(count)s characters.", count=SHORTEST_PASSWORD))
    if not _only_this_machine(host) and password in (None, PASSWORD):
        raise click.ClickException(
            _(
                "At %(host)s others can reach the demonstration, and everybody knows its password. Choose another with --password.",
                host=host,
            )
        )


def _only_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse_port_taken(host: str, port: int) -> None:
    """Told before minutes of work, and before anything is removed under a demonstration that runs."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if sys.platform != "win32":  # there it would let two servers share the port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                _(
                    "%(host)s:%(port)s is taken, perhaps by a demonstration that runs already; choose another with --port.",
                    host=host,
                    port=port,
                )
            ) from error


def _let_every_character_pass() -> None:
    """A terminal that cannot show hanzi shows question marks; it is no reason to stop."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
