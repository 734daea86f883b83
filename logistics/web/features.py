"""The features of the service, in the order of the work."""

from __future__ import annotations

from flask import Flask

from logistics.accounts.pages import blueprint as accounts
from logistics.dispatch.pages import blueprint as dispatch
from logistics.planning.pages import blueprint as planning
from logistics.web.health import blueprint as health
from logistics.web.help import blueprint as help_
from logistics.web.today import blueprint as today


def register(app: Flask) -> None:
    """Hang every feature on the app."""
    for blueprint in (accounts, today, planning, dispatch, help_, health):
        app.register_blueprint(blueprint)
