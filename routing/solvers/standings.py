"""Which of two plans is better, asked over and over."""

from __future__ import annotations

from routing.evaluate import RouteEvaluation, evaluate_route, with_routes
from routing.plan import Plan, Route, ViolationKind
from routing.problem import Problem

type Standing = tuple[int, int, int]
"""How good a plan is, less is better: rules broken, stops left out that must be served, fen."""


class Standings:
    """How plans of one problem stand, by a referee with a memory: plans that are compared in a row have most of their routes in common."""

    SHIFTS_WORTH = 4
    """How many routes are remembered for each shift."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._routes: dict[Route, RouteEvaluation] = {}
        self._most = self.SHIFTS_WORTH * len(problem.shifts)

    def of(self, plan: Plan) -> Standing:
        known = [route for route in plan.routes if self._problem.has_shift(route.shift_id)]
        verdict = with_routes(self._problem, plan, tuple(self._of_route(route) for route in known))
        left_out = sum(violation.kind is ViolationKind.LEFT_OUT for violation in verdict.violations)
        return len(verdict.violations) - left_out, left_out, verdict.cost.total

    def is_better(self, plan: Plan, other: Plan) -> bool:
        return plan is not other and self.of(plan) < self.of(other)

    def is_as_valid(self, plan: Plan, other: Plan) -> bool:
        """Whether no more rules are broken, and no more stops are left out that must be served."""
        return self.of(plan)[:2] <= self.of(other)[:2]

    def _of_route(self, route: Route) -> RouteEvaluation:
        """The oldest are forgotten first."""
        found = self._routes.pop(route, None) or evaluate_route(self._problem, route)
        if len(self._routes) >= self._most:
            del self._routes[next(iter(self._routes))]
        self._routes[route] = found
        return found
