"""The books know people by their sign-in names; pages show how they are called."""

from __future__ import annotations

from flask import Flask, g
from sqlalchemy import select

from logistics.accounts.models import User
from logistics.web.context import reading


def register(app: Flask) -> None:
    """Make `person_name` a filter of every template."""
    app.add_template_filter(person_name)


def person_name(sign_in_name: str) -> str:
    """The name of who signs in so; the sign-in name itself where it is no account (an import from the command line)."""
    known: dict[str, str] = g.setdefault("person_names", {})
    if sign_in_name not in known:
        with reading() as session:
            found = session.scalar(select(User.name).where(User.sign_in_name == sign_in_name))
        known[sign_in_name] = found or sign_in_name
    return known[sign_in_name]
