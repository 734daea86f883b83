"""The door to OR-Tools: a problem and a plan in, a plan out.  The model of record: every rule of `Problem` is stated here.

`nodes.py` says what the routing model's nodes are, `model.py` states the rules on them, `goods.py` which goods may ride together,
`search.py` how long to look for what.
"""

from __future__ import annotations

from collections.abc import Callable

from routing.evaluate import evaluate
from routing.plan import Plan, ViolationKind
from routing.problem import Problem
from routing.solvers.or_tools.model import Model
from routing.solvers.or_tools.nodes import Nodes
from routing.solvers.or_tools.search import Effort

__all__ = ["Effort", "improve"]


def improve(
    problem: Problem,
    start: Plan,
    *,
    effort: Effort,
    should_stop: Callable[[], bool] | None = None,
) -> Plan:
    """Search from a plan without violations (left-out stops aside) and return the best plan met.

    A pure function of its arguments for an effort in ticks.  The result respects every rule; whether it is cheaper is for the
    referee to say.  A start that the model cannot hold (because it breaks a rule) comes back as it is.
    """
    nodes = Nodes(problem)
    if not nodes.visits:  # there is nothing to decide
        return start
    routes = nodes.routes_of(start)
    found = None if routes is None else Model(nodes).search(routes, effort, should_stop)
    return found if found is not None and _keeps_the_rules(problem, found) else start


def _keeps_the_rules(problem: Problem, plan: Plan) -> bool:
    """The model is meant to let nothing else through; where it does (see `Model`), the referee has the last word."""
    return all(broken.kind is ViolationKind.LEFT_OUT for broken in evaluate(problem, plan).violations)
