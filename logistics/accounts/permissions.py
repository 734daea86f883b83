"""What each role may do. Every route names its permission; a route without one fails a test."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

from logistics.accounts.models import Role


class Permission(enum.StrEnum):
    """What a route asks for."""

    #: Anybody, signed in or not.
    PUBLIC = "public"
    #: Anybody signed in.
    SIGNED_IN = "signed_in"
    READ_STOCK = "read_stock"
    WRITE_STOCK = "write_stock"
    #: Sign for what was sent to one's own unit.
    SIGN_FOR = "sign_for"
    ASK = "ask"
    #: Take what a task of one's own unit uses out of its store.
    BOOK_TASKS = "book_tasks"
    APPROVE_NORMS = "approve_norms"
    ALLOCATE = "allocate"
    #: Lets policies hold and signs for overrides.
    APPROVE = "approve"
    #: Has the books proved and sees what was found, whichever unit it concerns.
    PROVE = "prove"
    READ_ORDERS = "read_orders"
    WRITE_ORDERS = "write_orders"
    READ_FLEET = "read_fleet"
    WRITE_FLEET = "write_fleet"
    READ_PLANS = "read_plans"
    PLAN = "plan"
    DELIVER = "deliver"
    ADMINISTER = "administer"


_READ = {Permission.READ_STOCK, Permission.READ_ORDERS, Permission.READ_FLEET, Permission.READ_PLANS}
_AT_A_POINT = {Permission.READ_STOCK, Permission.SIGN_FOR, Permission.ASK, Permission.BOOK_TASKS}

OF_ROLE: dict[Role, frozenset[Permission]] = {
    Role.OFFICER: frozenset(
        _READ
        | {
            Permission.WRITE_STOCK,
            Permission.SIGN_FOR,
            Permission.ASK,
            Permission.BOOK_TASKS,
            Permission.ALLOCATE,
            Permission.PROVE,
            Permission.WRITE_ORDERS,
        }
    ),
    Role.DISPATCHER: frozenset(_READ | {Permission.WRITE_ORDERS, Permission.WRITE_FLEET, Permission.PLAN}),
    Role.DRIVER: frozenset({Permission.DELIVER}),
    Role.REPORTER: frozenset(_AT_A_POINT),
    Role.CHIEF: frozenset(_AT_A_POINT),
    Role.LEADER: frozenset(
        _READ | {Permission.ASK, Permission.ALLOCATE, Permission.APPROVE, Permission.APPROVE_NORMS, Permission.PROVE}
    ),
    Role.ADMIN: frozenset(Permission),
}


def may(role: Role, permission: Permission) -> bool:
    """Whether somebody signed in with this role has this permission."""
    return permission in (Permission.PUBLIC, Permission.SIGNED_IN) or permission in OF_ROLE[role]


def permit[View: Callable[..., Any]](permission: Permission) -> Callable[[View], View]:
    """Declare what a view asks for; stands next to its route. Checked before every request (`web.guard`)."""

    def declare(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return declare
