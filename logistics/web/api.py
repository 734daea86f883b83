"""The JSON API: one OpenAPI description, errors as problem+json (RFC 9457), the same sign-in and permissions as the pages.

A program signs in as a browser does, by its cookie; what writes also sends the header X-CSRFToken, whose value /api/v1/me tells.

Every GET of one thing that may change bears an ETag and knows If-None-Match (`etag`). A PUT, which replaces a thing, needs If-Match; an
act on a thing knows it where it is sent (`acts_on_seen`, `unless_changed`). A state that is gone gives 412.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import marshmallow as ma
from flask import Flask, Response, json, request
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, PreconditionFailed

from inventory.base import Base
from inventory.errors import (
    DayClosed,
    InvalidInput,
    InventoryError,
    KeyReused,
    NotFound,
    NotYetThere,
    OverDelivery,
    Overspent,
    Promised,
    Restricted,
    Short,
)
from inventory.ledger import Recorded
from logistics.errors import ServiceError
from logistics.web.context import me, now
from logistics.web.sentences import sentence

PREFIX = "/api/v1"
PROBLEM = "application/problem+json"


class Problem(ma.Schema):
    """What went wrong: `detail` for people, `code` and the other members for programs."""

    type = ma.fields.String(metadata={"description": "about:blank: the status says what kind of problem it is"})
    title = ma.fields.String()
    status = ma.fields.Integer()
    detail = ma.fields.String(metadata={"description": "A sentence in the reader's language"})
    code = ma.fields.String(metadata={"description": "The kind of error, stable"})
    errors = ma.fields.Dict(metadata={"description": "By place in the request: what cannot be read"})
    available = ma.fields.Integer(metadata={"description": "What is left, in base units, where more was asked for"})


_IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string"},
    "description": "The ETag of what was looked at; without it the act is done whatever the state is by now",
}


class Api(SmorestApi):  # type: ignore[misc]
    """Flask-smorest's, whose errors are problems; those of the pages stay with the pages."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        """None for the whole app; see `ApiBlueprint`."""


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """The routes of one feature under /api/v1; every error in them is answered as a problem."""

    def __init__(self, name: str, import_name: str, *, description: str) -> None:
        super().__init__(name, import_name, url_prefix=PREFIX, description=description)
        for kind in (HTTPException, CSRFError):
            self.register_error_handler(kind, _http)
        for expected in (InventoryError, ServiceError):
            self.register_error_handler(expected, refused)

    def acts_on_seen[View: Callable[..., Any]](self, view: View) -> View:
        """Tell in the description that this act knows If-Match; the view looks at it with `unless_changed`."""
        gone = {"description": "It is not any more as it was looked at"}
        described: View = self.doc(parameters=[_IF_MATCH], responses={"412": gone})(view)
        return described

    @contextmanager
    def unless_changed(
        self, session: Session, row: Base, look: Callable[[], object], schema: type[ma.Schema]
    ) -> Iterator[None]:
        """Where the sender tells by If-Match which state of a thing it looked at, refuse the act within on any other, with 412.

        `look` gives the thing as its GET answers it by `schema`; `row` is held meanwhile. An act that was sent before under the same key
        changes nothing any more, and is answered as the first time.
        """
        if not request.if_match:
            yield
            return
        session.refresh(row, with_for_update={"key_share": True})
        before = self._tag(look(), schema)
        yield
        if before not in request.if_match and self._tag(look(), schema) != before:
            raise PreconditionFailed

    def _tag(self, thing: object, schema: type[ma.Schema]) -> str:
        """As `etag` makes it of an answer."""
        return str(self._generate_etag(schema().dump(thing)))


def register(app: Flask, *blueprints: ApiBlueprint) -> None:
    """Hang the API and its description (/api/v1/openapi.json) on the app."""
    app.config.update(
        API_TITLE="Emergency logistics",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = Api(app)
    api.spec.components.security_scheme("signIn", {"type": "apiKey", "in": "cookie", "name": "logistics_sign_in"})
    api.spec.options["security"] = [{"signIn": []}]
    for blueprint in blueprints:
        api.register_blueprint(blueprint)


def head_of(given: Mapping[str, Any]) -> Recorded:
    """The head of a ledger document made from what was sent: its `key` and `reason`."""
    return Recorded(
        key=given["key"], occurred_at=now(), recorded_at=now(), by=me().sign_in_name, reason=given["reason"]
    )


def problem(status: int, *, title: str, detail: str | None, **members: object) -> Response:
    """An answer as RFC 9457 describes it."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}
    return Response(json.dumps(body, ensure_ascii=False), status=status, content_type=PROBLEM)


def refused(error: InventoryError | ServiceError) -> Response:
    """An error of ours as a problem."""
    status = 404 if isinstance(error, NotFound) else 422 if isinstance(error, InvalidInput) else 409
    return problem(status, title=type(error).__name__, detail=sentence(error), **_members(error))


def _http(error: HTTPException) -> Response:
    data = getattr(error, "data", None) or {}
    errors = data.get("errors") or data.get("messages")
    detail = data.get("message") or error.description
    return problem(error.code or 500, title=error.name, detail=detail, **({"errors": errors} if errors else {}))


def _members(error: InventoryError | ServiceError) -> Mapping[str, object]:
    """What programs can act on, beside the sentence."""
    match error:
        case Restricted():
            return {"code": "restricted", "available": error.available, "wanted": error.wanted}
        case Promised():
            return {
                "code": "promised",
                "available": error.available,
                "wanted": error.wanted,
                "promised": error.promised,
            }
        case OverDelivery():
            return {"code": "over-delivery", "available": error.open, "wanted": error.arrived}
        case Overspent():
            return {"code": "overspent", "left_fen": error.left_fen, "wanted_fen": error.wanted_fen}
        case NotYetThere():
            return {"code": "not-yet-there", "available": error.available, "wanted": error.wanted}
        case DayClosed():
            return {"code": "day-closed", "unit": error.unit, "day": error.day.isoformat(), "closing": error.number}
        case Short():
            return {"code": "short", "available": error.available, "wanted": error.wanted}
        case InvalidInput():
            return {"code": error.problem, "field": error.field}
        case NotFound():
            return {"code": "not-found", "what": error.what, "key": error.key}
        case KeyReused():
            return {"code": "key-reused"}
        case _:
            return {"code": type(error).__name__}
