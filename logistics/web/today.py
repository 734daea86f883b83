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
    foremost_for: frozenset[Role]
    leads: bool


_PARTS: list[Part] = []


def part(
    permission: Permission, *foremost_for: Role, leads: bool = False
) -> Callable[[Callable[[Session], str]], Callable[[Session], str]]:
    """Add a card to the page of everybody with this permission.

    Those roles whose work it is about see it above the others, and the one that `leads` above them all: it answers their first question.
    """

    def add(show: Callable[[Session], str]) -> Callable[[Session], str]:
        def shown(session: Session) -> Markup:
            return Markup(show(session))  # noqa: S704

        _PARTS.append(Part(permission=permission, show=shown, foremost_for=frozenset(foremost_for), leads=leads))
        return show

    return add


@blueprint.get("/")
@permit(Permission.SIGNED_IN)
def page() -> ResponseReturnValue:
    if me().role is Role.DRIVER:
        return redirect(url_for("delivery.my_trips"))
    with reading() as session:
        cards = [part_.show(session) for part_ in _mine()]
    return render_template("today.html", cards=cards)


def _mine() -> list[Part]:
    """The cards of the person asking: first what their role lives by, then the rest in the order of the features."""
    mine = [part_ for part_ in _PARTS if me().may(part_.permission)]
    return sorted(mine, key=lambda part_: (me().role not in part_.foremost_for, not part_.leads))
