"""What every form does when it is sent: record in one transaction and go on, or come back with all that was typed."""

from __future__ import annotations

from collections.abc import Callable

from flask import request
from flask.typing import ResponseReturnValue
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
