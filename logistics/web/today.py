"""The first page: what waits for the person asking. Each feature adds its own part (`part`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from logistics.accounts.models import Role
from logistics.accounts.permissions import Permission, permit
from logistics.web.context import me, reading

blueprint = Blueprint("today", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One card of the page: for whom, and what it shows."""

    permission: Permission
    show: Callable[[Session], Markup]


_PARTS: list[Part] = []


def part(permission: Permission) -> Callable[[Callable[[Session], str]], Callable[[Session], str]]:
    """Add a card to the page of everybody with this permission; cards stand in the order they are added."""

    def add(show: Callable[[Session], str]) -> Callable[[Session], str]:
        _PARTS.append(Part(permission=permission, show=lambda session: Markup(show(session))))  # noqa: S704
        return show

    return add


@blueprint.get("/")
@permit(Permission.SIGNED_IN)
def page() -> ResponseReturnValue:
    if me().role is Role.DRIVER:
        return redirect(url_for("delivery.my_trips"))
    with reading() as session:
        cards = [part_.show(session) for part_ in _PARTS if me().may(part_.permission)]
    return render_template("today.html", cards=cards)
