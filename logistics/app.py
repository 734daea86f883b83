"""Puts the service together: settings, database, clock, features, pages."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from flask import Flask, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import Babel, get_locale
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from inventory.errors import InvalidInput, InventoryError, NotFound
from logistics.accounts import names
from logistics.clock import Clock, system_clock
from logistics.config import LANGUAGES, Settings
from logistics.db import Database
from logistics.errors import ServiceError
from logistics.web import api, assets, features, formats, guard, refusals, words
from logistics.web.context import Service, new_key, signed_in, today
from logistics.web.navigation import rail
from logistics.web.sentences import sentence

WEB = Path(__file__).parent / "web"
# Windows registries tell browsers other things, and a module script of another type is not run.
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("text/javascript", ".mjs")


def create_app(settings: Settings, *, database: Database | None = None, clock: Clock = system_clock) -> Flask:
    """The web application over one database, whose tables must be current (`Database.upgrade`)."""
    app = Flask(__name__, template_folder="web/templates", static_folder="web/static")
    app.extensions["logistics"] = Service(
        settings=settings, database=database or Database(settings.database_url), clock=clock
    )
    _configure(app, settings)
    _speak(app)
    CSRFProtect(app)
    guard.register(app)
    refusals.register(app)
    formats.register(app)
    words.register(app)
    names.register(app)
    features.register(app)
    _answer_errors(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.max_upload_bytes,
        SESSION_COOKIE_NAME="logistics_form",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE=next(iter(LANGUAGES)),
        BABEL_DEFAULT_TIMEZONE=settings.timezone,
        BABEL_TRANSLATION_DIRECTORIES=str(WEB / "translations"),
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        vendor=assets.static_path, languages=LANGUAGES, rail=rail, new_key=new_key, person=signed_in, today=today
    )


def _speak(app: Flask) -> None:
    """Chinese unless the reader has chosen otherwise."""

    def chosen() -> str:
        language = cookie.get("language")
        return language if language in LANGUAGES else next(iter(LANGUAGES))

    Babel(app, locale_selector=chosen)
    app.jinja_env.globals["language"] = lambda: str(get_locale())


def _answer_errors(app: Flask) -> None:
    def known(error: InventoryError | ServiceError) -> ResponseReturnValue:
        if request.path.startswith(api.PREFIX):
            return api.refused(error)
        return _page(
            sentence(error), 404 if isinstance(error, NotFound) else 422 if isinstance(error, InvalidInput) else 409
        )

    def unknown(error: OverflowError | SQLAlchemyError) -> ResponseReturnValue:
        meant = refusals.meant(error)
        if meant is None:
            raise error
        refusals.note(error)
        return known(meant)

    def http(error: HTTPException) -> ResponseReturnValue:
        if request.path.startswith(api.PREFIX):
            return api.problem(error.code or 500, title=error.name, detail=error.description)
        return _page(None, error.code or 500)

    app.register_error_handler(InventoryError, known)
    app.register_error_handler(ServiceError, known)
    app.register_error_handler(OverflowError, unknown)
    app.register_error_handler(SQLAlchemyError, unknown)
    app.register_error_handler(CSRFError, http)
    app.register_error_handler(HTTPException, http)


def _page(said: str | None, code: int) -> tuple[str, int]:
    return render_template("error.html", said=said, code=code, back=request.referrer), code
