"""For those who watch over the service: is the process there, and is it ready to work?"""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from logistics.accounts.permissions import Permission, permit
from logistics.planning import workers
from logistics.web.context import now, reading, service

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@permit(Permission.PUBLIC)
def alive() -> ResponseReturnValue:
    """Whether the web server answers at all."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@permit(Permission.PUBLIC)
def ready() -> ResponseReturnValue:
    """Whether the database answers, its tables are current, and a planning worker has been seen lately; else 503."""
    checks = {"database": False, "tables": False, "worker": False}
    try:
        checks["tables"] = service().database.is_current()
        checks["database"] = True
        with reading() as session:
            checks["worker"] = bool(workers.seen_lately(session, at=now()))
    except SQLAlchemyError:
        pass
    all_well = all(checks.values())
    return jsonify(status="ready" if all_well else "not ready", checks=checks), 200 if all_well else 503
