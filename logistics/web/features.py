"""The features of the service, in the order of the work."""

from __future__ import annotations

from flask import Flask

from logistics.accounts.pages import blueprint as accounts
from logistics.assets.api import blueprint as assets_api
from logistics.assets.pages import blueprint as assets
from logistics.catalogue.api import blueprint as catalogue_api
from logistics.catalogue.pages import blueprint as catalogue
from logistics.catalogue.tree import blueprint as units
from logistics.consignments.api import blueprint as consignments_api
from logistics.consignments.pages import blueprint as consignments
from logistics.consignments.returns import blueprint as returns
from logistics.counting.api import blueprint as counting_api
from logistics.counting.pages import blueprint as counting
from logistics.days.api import blueprint as days_api
from logistics.days.pages import blueprint as days
from logistics.delivery.pages import blueprint as delivery
from logistics.dispatch.pages import blueprint as dispatch
from logistics.donations.api import blueprint as donations_api
from logistics.donations.pages import blueprint as donations
from logistics.fleet.pages import blueprint as fleet
from logistics.imports.pages import blueprint as imports
from logistics.lots.api import blueprint as lots_api
from logistics.lots.pages import blueprint as lots
from logistics.needs.api import blueprint as needs_api
from logistics.needs.cover_map import blueprint as cover_map
from logistics.needs.norms import blueprint as norms
from logistics.needs.pages import blueprint as needs
from logistics.needs.tasks import blueprint as tasks
from logistics.orders.pages import blueprint as orders
from logistics.planning.pages import blueprint as planning
from logistics.proofs.api import blueprint as proofs_api
from logistics.proofs.pages import blueprint as proofs
from logistics.purchasing.api import blueprint as purchasing_api
from logistics.purchasing.pages import blueprint as purchasing
from logistics.supplies.api import blueprint as supplies_api
from logistics.supplies.fairness import blueprint as fairness
from logistics.supplies.joint import blueprint as joint
from logistics.supplies.joint_api import blueprint as joint_api
from logistics.supplies.lateral import blueprint as lateral
from logistics.supplies.pages import blueprint as supplies
from logistics.supplies.policies import blueprint as policies
from logistics.supplies.reasons import blueprint as reasons
from logistics.supplies.reviewing import blueprint as reviewing
from logistics.supplies.sharing import blueprint as sharing
from logistics.supplies.sharing_api import blueprint as sharing_api
from logistics.supplies.sheets import blueprint as sheets
from logistics.supplies.sheets_api import blueprint as sheets_api
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
        purchasing,
        donations,
        consignments,
        returns,
        sharing,
        sheets,
        catalogue,
        units,
        needs,
        cover_map,
        norms,
        tasks,
        counting,
        days,
        lots,
        assets,
        proofs,
        reviewing,
        policies,
        reasons,
        fairness,
        lateral,
        joint,
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
    api.register(
        app,
        supplies_api,
        sharing_api,
        joint_api,
        sheets_api,
        purchasing_api,
        donations_api,
        consignments_api,
        catalogue_api,
        counting_api,
        days_api,
        lots_api,
        assets_api,
        needs_api,
        proofs_api,
    )
