"""The one door of the store to OR-Tools: cheapest flows, and the highest level that whole packs can reach together. Pure.

Everything here is in plain numbers; what they stand for is told by those who ask (`sourcing`, `lateral`, `coupled`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ortools.graph.python.min_cost_flow import SimpleMinCostFlow
from ortools.sat.python import cp_model


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
    solver = SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(network.tails, network.heads, network.capacities, network.costs)
    solver.set_nodes_supplies(range(len(network.supply)), network.supply)
    status = solver.solve_max_flow_with_min_cost()
    if status != SimpleMinCostFlow.OPTIMAL:
        raise RuntimeError(f"min-cost flow ended as {status}")
    return [int(flow) for flow in solver.flows(range(len(network.tails)))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A whole number of packs of a kind, from `least` to `most`; with n of them it stands at (`held` + `pack` · n) / `need` days.

    `raises` tells whether it takes part in the common level. A pack takes `sizes` of each measure of the holder it is put in, which
    is one of `holders`.
    """

    kind: int
    least: int
    most: int
    held: int
    pack: int
    need: int
    raises: bool
    sizes: tuple[int, ...]
    holders: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The highest common level, in 1/`LEVEL` days, and the packs of each claim in each of its holders."""

    level: int
    packs: list[list[int]]
    proved: bool


#: Levels are compared in so many parts of a day.
LEVEL = 1000


def highest_level(
    claims: Sequence[Claim], *, packs: Sequence[int], rooms: Sequence[Sequence[int]], at_most: int, budget_s: float
) -> Loaded | None:
    """Give packs so that every claim that `raises` reaches the common level or its own `most`, the level as high as can be.

    `packs` there are of each kind; `rooms` each holder has of each measure; levels above `at_most` do not count. None where not even
    every `least` has room. `proved` is False where the budget ended the search first.
    """
    model = cp_model.CpModel()
    level = model.new_int_var(0, at_most, "level")
    loads = [[model.new_int_var(0, claim.most, "") for _holder in claim.holders] for claim in claims]
    for claim, load in zip(claims, loads, strict=True):
        model.add_linear_constraint(sum(load), claim.least, claim.most)
        if claim.raises:
            full = model.new_bool_var("")
            model.add(sum(load) == claim.most).only_enforce_if(full)
            reached = LEVEL * (claim.held + claim.pack * sum(load))
            model.add(reached >= level * claim.need).only_enforce_if(~full)
    for kind, there in enumerate(packs):
        model.add(sum(sum(load) for claim, load in zip(claims, loads, strict=True) if claim.kind == kind) <= there)
    for holder, room in enumerate(rooms):
        aboard = [
            (claim.sizes, load[claim.holders.index(holder)])
            for claim, load in zip(claims, loads, strict=True)
            if holder in claim.holders
        ]
        for measure, capacity in enumerate(room):
            model.add(sum(sizes[measure] * amount for sizes, amount in aboard) <= capacity)
    model.maximize(level)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = budget_s
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return Loaded(
        level=solver.value(level),
        packs=[[solver.value(amount) for amount in load] for load in loads],
        proved=status == cp_model.OPTIMAL,
    )
