"""What keeps a plan from being made or changed."""

from __future__ import annotations

from logistics.errors import ServiceError


class PlanningError(ServiceError):
    """The root of the errors of planning."""


class BudgetOutOfRange(PlanningError):
    """`budget_s` lies outside `shortest_s` … `longest_s`."""


class DaysOutOfOrder(PlanningError):
    """`last_day` lies before `first_day`, or more than `longest` days are asked for."""


class NoPlace(PlanningError):
    """Nobody has told where the depot (`depot`: its name) stands, so no way from it can be reckoned."""
