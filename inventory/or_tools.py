"""The one door of the store to OR-Tools: cheapest flows, and room for whole packs. Pure.

Everything here is in plain numbers; what they stand for is told by those who ask (`sourcing`, `lateral`, `coupled`).

OR-Tools is loaded by the first question: it brings pandas, a second of every start of a server or worker, most of which never ask.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Network:
    """Nodes and arcs of a flow in whole units. Nodes are numbered as they are made; above zero they supply, below they take."""

    supply: list[int] = field(default_factory=list)
    tails: list[int] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    capacities: list[int] = field(default_factory=list)
    costs: list[int] = field(default_factory=list)

    def node(self, supply: int = 0) -> int:
        self.supply.append(supply)
        return len(self.supply) - 1

    def arc(self, tail: int, head: int, *, capacity: int, cost: int = 0) -> int:
        """An arc from one node to another; its number, by which the flow over it is found."""
        for column, value in (
            (self.tails, tail),
            (self.heads, head),
            (self.capacities, capacity),
            (self.costs, cost),
        ):
            column.append(value)
        return len(self.tails) - 1


def cheapest_flow(network: Network) -> list[int]:
    """As much as can flow from those who supply to those who take, as cheaply as that goes: the flow over each arc."""
    if not network.tails:
        return []
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    solver = SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(network.tails, network.heads, network.capacities, network.costs)
    solver.set_nodes_supplies(range(len(network.supply)), network.supply)
    status = solver.solve_max_flow_with_min_cost()
    if status != SimpleMinCostFlow.OPTIMAL:
        raise RuntimeError(f"min-cost flow ended as {status}")
    return [int(flow) for flow in solver.flows(range(len(network.tails)))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """So many packs of one size that may be split over some holders: `sizes` by measure, `holders` by their place."""

    packs: int
    sizes: tuple[int, ...]
    holders: tuple[int, ...]


class Undecided(Exception):
    """The effort or the budget ended before it was known whether there is room."""


#: After how much work one question is left undecided; counted by the solver, not by the clock, so the same everywhere (about seconds).
EFFORT = 4.0


def find_room(parcels: Sequence[Parcel], *, rooms: Sequence[Sequence[int]], budget_s: float) -> list[list[int]] | None:
    """The packs of each parcel in each of its holders, whose `rooms` are by measure; None where there is no room for all.

    Raises Undecided: mostly where the effort ends, always for the same question; by the clock only where the budget ends before. The
    budget is for putting the question too, which is long where there are many parcels.
    """
    from ortools.sat.python import cp_model

    ends_at = time.monotonic() + budget_s
    model = cp_model.CpModel()
    loads = [[model.new_int_var(0, parcel.packs, "") for _holder in parcel.holders] for parcel in parcels]
    for parcel, load in zip(parcels, loads, strict=True):
        model.add(sum(load) == parcel.packs)
    for holder, room in enumerate(rooms):
        aboard = [
            (parcel.sizes, load[parcel.holders.index(holder)])
            for parcel, load in zip(parcels, loads, strict=True)
            if parcel.packs and holder in parcel.holders
        ]
        for measure, capacity in enumerate(room):
            model.add(sum(sizes[measure] * amount for sizes, amount in aboard) <= capacity)
    solver = cp_model.CpSolver()
    left_s = ends_at - time.monotonic()
    if left_s <= 0:
        raise Undecided
    solver.parameters.max_time_in_seconds = left_s
    solver.parameters.max_deterministic_time = EFFORT
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    if status == cp_model.UNKNOWN:
        raise Undecided
    if status == cp_model.INFEASIBLE:
        return None
    return [[int(solver.value(amount)) for amount in load] for load in loads]
