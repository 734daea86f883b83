"""How long OR-Tools searches, and by what means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.util.optional_boolean_pb2 import BOOL_FALSE, BOOL_TRUE

_DESCENT_OPERATORS = {
    "use_relocate",
    "use_exchange",
    "use_cross",
    "use_two_opt",
    "use_or_opt",
    "use_make_active",
    "use_make_inactive",
    "use_swap_active",
    "use_global_cheapest_insertion_path_lns",
    "use_local_cheapest_insertion_path_lns",
}
"""With these a group of 170 stops is down in its local optimum in 1.5 s, a fifth sooner and 2 % lower than with all of them."""

_PAIR_OPERATORS = {"use_relocate_pair", "use_light_relocate_pair", "use_exchange_pair", "use_node_pair_swap_active"}

_ENDLESS_S = 86_400  # OR-Tools warns of an endless search unless some limit of time is set
_TICKS_BETWEEN_QUESTIONS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long to search: `seconds` by the clock, or `ticks`, which give the same plan on every machine.

    A tick is one time that OR-Tools asks whether it should go on: up to a million a second.  (Solutions are no measure: guided
    local search on a stop or two finds no second one and never ends.)  Without `guided` the search ends by itself in the first
    local optimum; with it, it goes on from there by guided local search until the effort is spent.
    """

    seconds: float | None = None
    ticks: int | None = None
    guided: bool = True


def parameters(effort: Effort, *, pairs: bool, only_propagate: bool) -> Any:
    """The search parameters.  Where stops are fed from stops (`pairs`) there are moves of both at once.  For breaks OR-Tools solves a
    linear program at each move unless told to `only_propagate`, when it finds the same plans two to five times as fast.
    """
    found = pywrapcp.DefaultRoutingSearchParameters()
    metaheuristics = routing_enums_pb2.LocalSearchMetaheuristic
    found.local_search_metaheuristic = (
        metaheuristics.GUIDED_LOCAL_SEARCH if effort.guided else metaheuristics.GREEDY_DESCENT
    )
    if not effort.guided:
        operators, used = found.local_search_operators, _DESCENT_OPERATORS | (_PAIR_OPERATORS if pairs else set())
        for field in operators.DESCRIPTOR.fields:
            setattr(operators, field.name, BOOL_TRUE if field.name in used else BOOL_FALSE)
    found.disable_scheduling_beware_this_may_degrade_performance = only_propagate
    if effort.seconds is not None:
        found.time_limit.FromMilliseconds(max(1, round(effort.seconds * 1000)))
    else:
        found.time_limit.FromSeconds(_ENDLESS_S)
        found.lns_time_limit.FromSeconds(_ENDLESS_S)
    return found


def limit(ticks: int | None, should_stop: Callable[[], bool] | None) -> Callable[[], bool]:
    """Whether to end the search, asked at every tick; the caller is asked only now and then."""
    passed = 0

    def reached() -> bool:
        nonlocal passed
        passed += 1
        if ticks is not None and passed > ticks:
            return True
        return should_stop is not None and passed % _TICKS_BETWEEN_QUESTIONS == 0 and should_stop()

    return reached
