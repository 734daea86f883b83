"""Taking tables in: choose the kind, send the file, read what came of it or what has to be corrected."""

from __future__ import annotations

import io
from contextlib import closing
from pathlib import Path, PurePath

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound as PageNotFound

from inventory.errors import InventoryError
from logistics.accounts.permissions import Permission, permit
from logistics.errors import ServiceError
from logistics.imports import operations, returned
from logistics.imports.importer import Importer
from logistics.imports.kinds import IMPORTERS
from logistics.imports.operations import Imported
from logistics.web.context import me, now, reading, settings, transaction, zone
from logistics.web.downloads import SPREADSHEET, spreadsheet
from logistics.web.formats import moment
from logistics.web.sentences import sentence
from logistics.workbooks.errors import RowErrors, WorkbookError
from logistics.workbooks.writing import error_workbook, template_workbook

#: Findings shown on the page; the workbook handed back has all of them.
MOST_SHOWN = 200

blueprint = Blueprint("imports", __name__, url_prefix="/import", template_folder="templates")


@blueprint.get("")
@permit(Permission.READ_STOCK)
def choose() -> ResponseReturnValue:
    mine = [importer for importer in IMPORTERS.values() if me().may(importer.permission)]
    with reading() as session:
        last = {
            importer.kind: operations.latest(session, kind=importer.kind, unit_id=me().unit_id, limit=1)
            for importer in mine
        }
        return render_template("imports/choose.html", importers=mine, last=last)


@blueprint.get("/<kind>")
@permit(Permission.SIGNED_IN)
def form(kind: str) -> ResponseReturnValue:
    return _form(_importer(kind))


@blueprint.post("/<kind>")
@permit(Permission.SIGNED_IN)
def take(kind: str) -> ResponseReturnValue:
    importer, file = _importer(kind), request.files.get("file")
    if file is None or not file.filename:
        return _form(importer, error=_("Choose a file first: xlsx, xls or csv.")), 422
    filename = PurePath(file.filename.replace("\\", "/")).name
    try:
        with closing(file):
            table = operations.read_table(importer, file.read(), filename)
        with transaction() as session:
            imported = operations.take_in(session, table=table, at=now(), by=me().sign_in_name, zone=zone())
    except RowErrors as errors:
        return _form(importer, errors=errors, filename=filename), 422
    except WorkbookError as error:
        return _form(importer, error=f"{error} {_('Nothing was taken in.')}", filename=filename), 422
    except (InventoryError, ServiceError) as error:
        return _form(importer, error=sentence(error), filename=filename), 422
    if imported.again:
        return _form(importer, again=imported)
    flash(" ".join([_("“%(filename)s” is taken in.", filename=imported.filename), str(imported.said)]))
    if imported.unread:
        flash(_("Columns passed over: %(titles)s.", titles="、".join(imported.unread)))
    return redirect(url_for("imports.form", kind=kind, done=1))


@blueprint.get("/<kind>/template")
@permit(Permission.SIGNED_IN)
def template(kind: str) -> ResponseReturnValue:
    importer = _importer(kind)
    book = template_workbook(importer.schema, importer.title)
    return spreadsheet(book, f"{importer.title}.xlsx")


@blueprint.get("/returned/<name>")
@permit(Permission.SIGNED_IN)
def handed_back(name: str) -> ResponseReturnValue:
    path = returned.find(_folder(), person_id=me().id, name=name, at=now())
    if path is None:
        raise PageNotFound
    # The link names the file; a name in this header would win over it.
    response = send_file(io.BytesIO(path.read_bytes()), SPREADSHEET)
    response.headers["Content-Disposition"] = "attachment"
    return response


def said_again(imported: Imported) -> str:
    """That a table was taken in before, when and by whom."""
    return _(
        "This table was taken in before: %(filename)s, %(moment)s, by %(name)s. Nothing was changed.",
        filename=imported.filename,
        moment=moment(imported.at),
        name=imported.by_name,
    )


def _importer(kind: str) -> Importer:
    importer = IMPORTERS.get(kind)
    if importer is None:
        abort(404)
    if not me().may(importer.permission):
        abort(403)
    return importer


def _form(
    importer: Importer,
    *,
    error: str | None = None,
    errors: RowErrors | None = None,
    again: Imported | None = None,
    filename: str = "",
) -> str:
    with reading() as session:
        return render_template(
            "imports/form.html",
            importer=importer,
            columns=importer.schema.columns().values(),
            latest=operations.latest(session, kind=importer.kind, unit_id=me().unit_id),
            error=error,
            errors=errors.errors if errors else (),
            faulty_rows=len({found.row for found in errors.errors}) if errors else 0,
            most_shown=MOST_SHOWN,
            corrected=_kept(errors) if errors else None,
            stem=PurePath(filename).stem,
            filename=filename,
            again=said_again(again) if again else None,
            done="done" in request.args,
        )


def _kept(errors: RowErrors) -> str:
    return returned.keep(_folder(), person_id=me().id, content=error_workbook(errors.sheet, errors.errors), at=now())


def _folder() -> Path:
    return settings().data / "returned"
