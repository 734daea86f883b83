"""The features of the service, in the order of the work."""

from __future__ import annotations

from flask import Flask

from logistics.accounts.pages import blueprint as accounts
from logistics.delivery.pages import blueprint as delivery
from logistics.dispatch.pages import blueprint as dispatch
from logistics.fleet.pages import blueprint as fleet
from logistics.imports.pages import blueprint as imports
from logistics.orders.pages import blueprint as orders
from logistics.planning.pages import blueprint as planning
from logistics.supplies.api import blueprint as supplies_api
from logistics.supplies.fairness import blueprint as fairness
from logistics.supplies.lateral import blueprint as lateral
from logistics.supplies.pages import blueprint as supplies
from logistics.supplies.policies import blueprint as policies
from logistics.supplies.reasons import blueprint as reasons
from logistics.supplies.reviewing import blueprint as reviewing
from logistics.supplies.sharing import blueprint as sharing
from logistics.supplies.sharing_api import blueprint as sharing_api
from logistics.web import api
from logistics.web.health import blueprint as health
from logistics.web.help import blueprint as help_
from logistics.web.today import blueprint as today


def register(app: Flask) -> None:
    """Hang every feature on the app."""
    for blueprint in (
        accounts,
        today,
        supplies,
        sharing,
        reviewing,
        policies,
        reasons,
        fairness,
        lateral,
        orders,
        planning,
        dispatch,
        delivery,
        fleet,
        imports,
        help_,
        health,
    ):
        app.register_blueprint(blueprint)
    api.register(app, supplies_api, sharing_api)
