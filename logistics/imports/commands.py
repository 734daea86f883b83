"""`logistics import`: the same import as on the page, from a shell."""

from __future__ import annotations

from pathlib import Path

import click
from flask_babel import force_locale
from sqlalchemy import select

from inventory.errors import InventoryError
from logistics.accounts.models import User
from logistics.accounts.permissions import may
from logistics.app import create_app
from logistics.cli import with_settings
from logistics.clock import system_clock
from logistics.config import LANGUAGES, Settings
from logistics.errors import ServiceError
from logistics.imports.importer import Importer
from logistics.imports.kinds import IMPORTERS
from logistics.imports.operations import read_table, take_in
from logistics.imports.pages import said_again
from logistics.web.context import service, zone
from logistics.web.sentences import sentence
from logistics.workbooks.errors import RowErrors, WorkbookError
from logistics.workbooks.writing import error_workbook


@click.command("import")
@click.argument("kind", type=click.Choice(list(IMPORTERS)))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", required=True, metavar="NAME", help="Sign-in name of the person who takes it in.")
@click.option(
    "--errors", type=click.Path(dir_okay=False, path_type=Path), help="Where to write the table with its errors marked."
)
@click.option("--language", type=click.Choice(list(LANGUAGES)), default=next(iter(LANGUAGES)), show_default=True)
@with_settings
def import_(settings: Settings, kind: str, file: Path, by: str, errors: Path | None, language: str) -> None:
    """Take the table FILE (xlsx, xls or csv) of some KIND in: whole, once, or not at all."""
    app = create_app(settings)
    with app.test_request_context(), force_locale(language):
        service().database.upgrade()
        try:
            click.echo(_take(IMPORTERS[kind], file, by))
        except RowErrors as found:
            for error in found.errors:
                click.echo(str(error), err=True)
            if errors is not None:
                errors.write_bytes(error_workbook(found.sheet, found.errors))
            raise SystemExit(1) from None
        except WorkbookError as error:
            raise click.ClickException(str(error)) from None
        except (InventoryError, ServiceError) as error:
            raise click.ClickException(sentence(error)) from None
        finally:
            service().database.dispose()


def _take(importer: Importer, file: Path, by: str) -> str:
    table = read_table(importer, file.read_bytes(), file.name)
    with service().database.transaction() as session:
        user = session.scalar(select(User).where(User.sign_in_name == by, User.active))
        if user is None or not may(user.role, importer.permission):
            raise click.BadParameter(f"{by} is nobody who may take this in", param_hint="--by")
        imported = take_in(session, table=table, at=system_clock().astimezone(zone()), by=by, zone=zone())
    if imported.again:
        return said_again(imported)
    return f"{imported.filename}: {imported.said}"
