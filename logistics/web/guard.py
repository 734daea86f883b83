"""Before and after every request: who is asking, whether they may, and what the browser must not do."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from logistics.accounts.models import User
from logistics.accounts.operations import signed_in_user
from logistics.accounts.permissions import Permission
from logistics.web.context import Person, now, reading, settings, signed_in

COOKIE = "logistics_sign_in"
#: Routes of libraries, which cannot carry our declaration: path prefix of the endpoint → permission.
FOREIGN = {"static": Permission.PUBLIC, "api-docs": Permission.SIGNED_IN}
POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


class UndeclaredPermission(Exception):
    """A route that says nothing of who may call it."""


def register(app: Flask) -> None:
    """Stand before every request of the app."""
    app.before_request(_recognise)
    app.before_request(_refuse_strangers)
    app.after_request(_set_headers)


def permission_of(app: Flask, endpoint: str, method: str) -> Permission:
    """What a route asks for. Raises UndeclaredPermission."""
    view = app.view_functions[endpoint]
    methods = getattr(view, "view_class", None)
    # HEAD and OPTIONS, which a class of methods need not have, are asked like what it has.
    named = (getattr(methods, name, None) for name in (method.lower(), "get", "post"))
    handler = next((handler for handler in named if handler), view)
    declared = getattr(handler, "permission", None) or FOREIGN.get(endpoint.split(".")[0])
    if declared is None:
        raise UndeclaredPermission(endpoint)
    return Permission(declared)


def person_of(user: User) -> Person:
    """A user as the plain values a request carries around."""
    return Person(
        id=user.id,
        sign_in_name=user.sign_in_name,
        name=user.name,
        role=user.role,
        unit_id=user.unit_id,
        unit_name=user.unit.name,
    )


def _recognise() -> None:
    g.person = None
    secret = request.cookies.get(COOKIE)
    if secret and request.endpoint != "static":
        with reading() as session:
            user = signed_in_user(session, secret=secret, at=now())
            g.person = person_of(user) if user else None


def _refuse_strangers() -> AnyResponse | None:
    if request.endpoint is None:
        return None
    permission = permission_of(current_app, request.endpoint, request.method)
    if permission is Permission.PUBLIC:
        return None
    person = signed_in()
    if person is None:
        if request.path.startswith("/api/"):
            abort(401)
        return redirect(url_for("accounts.sign_in_form", next=_wanted()))
    if not person.may(permission):
        abort(403)
    return None


def _wanted() -> str:
    """Where to go on after signing in: the page asked for; after a form, which could not be taken, the page it stood on."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    flash(
        _("You were signed out in the meantime. What you sent was not recorded; sign in and send it again."), "warning"
    )
    return urlsplit(request.referrer or "/").path or "/"


def _set_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if settings().secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
