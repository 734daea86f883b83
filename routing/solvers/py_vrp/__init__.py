"""The door to PyVRP: a problem and a plan in, a plan out.  The strongest engine there is for what it can say.

What it cannot say is held as the plan at hand has it (`routing.solvers.restriction`).  The search is our own loop around PyVRP's local
search: in runs of seconds, penalties that begin near where they end, and a history as long as the run allows, are worth more than
anything else.  (X-n200-k36, 10 s: 0.2 % above the best known cost instead of 2.0 %.)

Known of PyVRP 0.14: a local search cannot be interrupted and holds the interpreter lock; activities count clients from 0;
prizes are lost for every client that is not visited, also for the other members of its group.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from routing.plan import Plan
from routing.problem import Problem
from routing.solvers.beginnings import with_timed_beginnings
from routing.solvers.pairs import with_joined_pairs
from routing.solvers.py_vrp.effort import Annealing, Crossing, Effort, Plain
from routing.solvers.py_vrp.loop import Search
from routing.solvers.py_vrp.model import Model
from routing.solvers.py_vrp.own import improve_plainly
from routing.solvers.py_vrp.trips import Meetings, Trips, recombined, several_trips

__all__ = [
    "Annealing",
    "Crossing",
    "Effort",
    "Found",
    "Model",
    "Plain",
    "Trips",
    "are_worth_crossing",
    "cells",
    "find",
    "improve",
]

RECOMBINATION_SHARE = 0.5
"""How much of the time of a search may go to putting trips together."""


MOST_CELLS = 3_000_000
"""The most numbers in the matrices of a search (16 bytes each): in larger problems it is not told what unfamiliar drivers and changes of a
published plan cost.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has come to, with the trips it has met if its effort asks for them, or the other plans that were crossed."""

    plan: Plan
    trips: Trips | None = None
    others: tuple[Plan, ...] = ()


def improve(
    problem: Problem,
    start: Plan,
    *,
    effort: Effort | Plain,
    seed: int,
    should_stop: Callable[[], bool] | None = None,
) -> Plan:
    """Search from a plan and return the best plan met that PyVRP holds for valid, or, annealing, the last one; whether it is, and is
    better, is for the referee to say.  A pure function of its other arguments for an effort in iterations.
    """
    return find(problem, start, effort=effort, seed=seed, should_stop=should_stop).plan


def find(
    problem: Problem,
    start: Plan,
    *,
    effort: Effort | Plain,
    seed: int,
    should_stop: Callable[[], bool] | None = None,
) -> Found:
    """The same, with the trips that were met, or with what has become of the other plans that were crossed."""
    pairs = with_joined_pairs(with_timed_beginnings(problem), start)
    problem, start, ask = pairs.problem, pairs.joined(start), should_stop or _never
    if isinstance(effort, Crossing):
        effort = replace(effort, others=tuple(map(pairs.joined, effort.others)))
    if isinstance(effort, Plain):
        return Found(pairs.parted(improve_plainly(problem, start, effort, seed, ask)))
    found = _improved(problem, start, effort, seed, ask)
    return replace(found, plan=pairs.parted(found.plan), others=tuple(map(pairs.parted, found.others)))


def _improved(problem: Problem, start: Plan, effort: Effort, seed: int, should_stop: Callable[[], bool]) -> Found:
    began_s = time.monotonic()
    model = _model(problem, start, is_rough=effort.is_rough, keeps_served=isinstance(effort, Crossing))
    if not model.clients or not model.types:
        return Found(start)
    search, begun = Search(model, seed), model.solution_of(start)
    if isinstance(effort, Annealing):
        return Found(model.plan_of(search.anneal(begun, effort, should_stop)))
    if isinstance(effort, Crossing):
        solutions = [begun, *map(model.solution_of, effort.others)]
        plan, *others = map(model.plan_of, search.cross(solutions, effort, should_stop))
        return Found(plan, others=tuple(others))
    has_trips = any(several_trips(model))
    if effort.trips and has_trips and begun.is_feasible():
        seconds = None if effort.seconds is None else RECOMBINATION_SHARE * effort.seconds
        found = recombined(model, begun, effort.trips, seconds, should_stop)
        begun = found if found is not None and search.is_cheaper(found, begun) else begun
        if effort.seconds is not None:
            effort = replace(effort, seconds=max(0.0, effort.seconds - (time.monotonic() - began_s)))
    meetings = Meetings(model) if effort.tells_trips and has_trips else None
    plan = model.plan_of(search.run(begun, effort, should_stop, meetings))
    return Found(plan, None if meetings is None else meetings.told())


def _model(problem: Problem, start: Plan, *, is_rough: bool, keeps_served: bool) -> Model:
    """With all breaks at the usual hour, which makes shifts more alike, if the plan can do with that."""
    stated = partial(Model, problem, most_cells=MOST_CELLS, keeps_served=keeps_served)
    if any(shift.breaks for shift in problem.shifts):
        alike = stated(start, is_rough=is_rough, usual_breaks=True)
        if alike.clients and alike.solution_of(start).is_feasible():
            return alike
    model = stated(start, is_rough=is_rough)
    if not is_rough or not model.clients:
        return model
    begun = model.solution_of(start)
    if begun.is_feasible():
        return model
    # What a plan serves a rough search must serve, so not what is where it may not be.
    without = model.plan_of(begun)
    model = stated(without, is_rough=True)
    if model.solution_of(without).is_feasible():
        return model
    return stated(start)  # more stops may have to go, which a rough search does not do


def cells(problem: Problem, start: Plan) -> int:
    """How many numbers PyVRP's matrices of a problem have; each takes 16 bytes."""
    return _outline(problem, start).cells


def are_worth_crossing(problem: Problem, start: Plan, most_cells: int) -> bool:
    """Whether plans of a problem gain by being crossed: with hours to keep, and vehicles that are all alike and leave their depot once.

    A cycle of arcs runs through several depots; where they stand for different vehicles, what comes of it hardly ever fits.
    """
    outline = _outline(problem, start)
    alike = len(outline.types) == 1 and not any(kind.max_reloads for kind in outline.types)
    return alike and outline.knows_time and outline.cells <= most_cells


def _outline(problem: Problem, start: Plan) -> Model:
    return Model(problem, start, only_size=True, most_cells=MOST_CELLS)


def _never() -> bool:
    return False
