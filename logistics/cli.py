"""The command `logistics`: serve, plan in the background, and what an administrator does on the machine."""

from __future__ import annotations

import functools
import importlib
import os
import sys
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from inventory.errors import InventoryError
from logistics.accounts.models import Role
from logistics.config import Settings, load_settings

#: Commands that live with their features, imported only when asked for: name → where.
ELSEWHERE = {
    "bench": "logistics.bench.commands:bench",
    "demo": "logistics.demo.commands:demo",
    "import": "logistics.imports.commands:import_",
    "ledger": "logistics.proofs.commands:ledger",
}


class Commands(click.Group):
    """The commands here and those of the features."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        there = (name for name, where in ELSEWHERE.items() if find_spec(where.split(":")[0]))
        return sorted([*super().list_commands(ctx), *there])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in ELSEWHERE:
            module, name = ELSEWHERE[cmd_name].split(":")
            command: click.Command = getattr(importlib.import_module(module), name)
            return command
        return super().get_command(ctx, cmd_name)


def with_settings[**Rest, Answer](command: Callable[..., Answer]) -> Callable[..., Answer]:
    """The options --data and --database; the command gets the `Settings` they make as its first argument."""

    @click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder for everything the service keeps.  [default: LOGISTICS_DATA, or the user's data folder]",
    )
    @click.option(
        "--database",
        metavar="URL",
        help="sqlite:///… or postgresql://…  [default: LOGISTICS_DATABASE_URL, or a file in the data folder]",
    )
    @functools.wraps(command)
    def wrapped(*args: Any, data: Path | None, database: str | None, **options: Any) -> Answer:
        return command(load_settings(data=data, database_url=database), *args, **options)

    return wrapped


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(package_name="emergency-logistics")
def main() -> None:
    """Stock, fair shares and contactless delivery routes for counties in an emergency."""
    from logistics.logs import configure_logs

    configure_logs()


@main.command()
@click.option("--host", default="127.0.0.1", help="Address to listen on; 0.0.0.0 lets other computers and phones in.")
@click.option("--port", default=8000, type=click.IntRange(0, 65535))
@click.option("--workers", type=click.IntRange(0, 64), help="Planning workers beside the web server.")
@with_settings
def serve(settings: Settings, host: str, port: int, workers: int | None) -> None:
    """Run the service: web pages, API and planning workers."""
    from dataclasses import replace

    from logistics import serving
    from logistics.web.assets import AssetsError

    if workers is not None:
        settings = replace(settings, workers=workers)
    try:
        serving.serve(settings, host, port, say=click.echo)
    except (AssetsError, serving.PortTaken) as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option(
    "--id",
    "name",
    required=True,
    help="The name it keeps across restarts. No two workers may share one; those of serve are called w1, w2, …",
)
@click.option("--tied", is_flag=True, hidden=True, help="End when the standard input closes.")
@with_settings
def worker(settings: Settings, name: str, tied: bool) -> None:
    """Run one planning worker by itself, on this or another machine."""
    from logistics.supervision import end_with_parent

    if tied:
        end_with_parent()
    # Seconds of imports: a server that is told to end meanwhile shall not have to wait for them.
    from logistics.planning.jobs import run_worker
    from logistics.proofs import worker as proofs

    code = 0
    stop = threading.Event()
    proofs.start(settings, stop=stop)
    try:
        run_worker(settings, name, stop=stop)
    except KeyboardInterrupt:
        pass
    except Exception as error:  # every thread has to end with this one, whatever it died of
        click.echo(f"worker {name}: {error}", err=True)
        code = 1
    sys.stderr.flush()
    # A slice at work would hold the process until its plan is finished; it is worked again from its beginning.
    os._exit(code)


@main.group()
def workers() -> None:
    """Look after planning workers."""


@workers.command()
@click.argument("name")
@with_settings
def reclaim(settings: Settings, name: str) -> None:
    """Give the runs of the worker NAME, which will not come back, to the others."""
    from logistics.planning.jobs import Jobs

    click.echo(f"{Jobs(settings).reclaim(name)} planning runs of {name} are in the queue again.")


@main.group()
def db() -> None:
    """Look after the database."""


@db.command()
@with_settings
def upgrade(settings: Settings) -> None:
    """Bring the tables to this version; `serve` does it by itself."""
    from logistics.db import Database
    from logistics.planning.jobs import ready

    database = Database(settings.database_url)
    database.upgrade()
    database.dispose()
    ready(settings)
    click.echo("The tables are up to date.")


@main.group()
def user() -> None:
    """Look after accounts."""


@user.command()
@click.argument("sign_in_name")
@click.option("--name", required=True, help="The person's name.")
@click.option(
    "--role",
    required=True,
    type=click.Choice([role.value for role in Role]),
)
@click.option("--unit", "unit_code", required=True, metavar="CODE", help="Code of the person's unit.")
@click.option(
    "--unit-name", default="", help="Where there are no units yet: the name of the first one, made with that code."
)
@click.option("--phone", default="")
@click.password_option()
@with_settings
def add(
    settings: Settings,
    sign_in_name: str,
    name: str,
    role: str,
    unit_code: str,
    unit_name: str,
    phone: str,
    password: str,
) -> None:
    """Add a person who may sign in as SIGN_IN_NAME; on a new installation the first one, with their unit."""
    from sqlalchemy import select

    from inventory.units import Unit, UnitKind, add_unit, unit_by_code
    from logistics.accounts.operations import add_user
    from logistics.clock import system_clock
    from logistics.db import Database

    database = Database(settings.database_url)
    database.upgrade()
    try:
        with database.transaction() as session:
            if unit_name and session.scalar(select(Unit.id).limit(1)) is None:
                add_unit(session, code=unit_code, name=unit_name, kind=UnitKind.COUNTY)
            add_user(
                session,
                sign_in_name=sign_in_name,
                name=name,
                role=Role(role),
                unit=unit_by_code(session, unit_code),
                password=password,
                at=system_clock(),
                phone=phone,
            )
    except InventoryError as error:
        raise click.ClickException(str(error)) from error
    finally:
        database.dispose()
    click.echo(f"{sign_in_name} can sign in now.")


if __name__ == "__main__":
    main()
