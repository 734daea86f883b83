"""What every form does when it is sent: record in one transaction and go on, or come back with all that was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from inventory.errors import InventoryError
from logistics.errors import ServiceError
from logistics.web.context import reading, transaction
from logistics.web.sentences import sentence


def act_or_again[Made](
    act: Callable[[Session], Made],
    again: Callable[[Session, str | None], str],
    done: Callable[[Made], ResponseReturnValue],
) -> ResponseReturnValue:
    """`act` in one transaction, then `done`; where it is refused, or only more lines were asked for, the same form `again`."""
    if "more" in request.form:
        with reading() as session:
            return again(session, None)
    try:
        with transaction() as session:
            made = act(session)
    except (InventoryError, ServiceError) as error:
        with reading() as session:
            return again(session, sentence(error)), 422
    return done(made)


class Numbered(Protocol):
    """What bears a number by which people know it."""

    @property
    def number(self) -> str: ...


def go_to(made: Numbered, endpoint: str, **address: Any) -> ResponseReturnValue:
    """Say that it is recorded, on the page that shows it."""
    flash(_("%(number)s is recorded.", number=made.number))
    return redirect(url_for(endpoint, **address))
