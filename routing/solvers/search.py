"""What is searched when: a start, with fewer rules first where they are many; all routes annealed together while the plan is far from
good; then groups of neighbouring routes.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property, partial

import numpy as np

from routing.explain import hopeless
from routing.insertion import Fleet, Tours
from routing.plan import Plan
from routing.problem import Problem
from routing.solvers import annealing, or_tools, py_vrp
from routing.solvers.annealer import Annealer
from routing.solvers.groups import Neighbours, whole, with_part
from routing.solvers.parts import WHOLE_CELLS, Effort, Part, Parts, has_routes, iterations_for
from routing.solvers.pool import Workers
from routing.solvers.relaxation import steps, with_rules
from routing.solvers.restriction import is_whole
from routing.solvers.room import Room
from routing.solvers.savings import savings_start
from routing.solvers.standings import Standings
from routing.solvers.start import feasible_start, with_more
from routing.solvers.watch import Watch

WHOLE_STOPS = 300
"""Up to so many stops the problem is taken as a whole, and another core tries another seed."""

GROUP_STOPS = 225
GROUP_ROUTES = 8
"""A group has about so many stops, and more where fewer than so many routes would make them up."""

SHORTEST_ROUND_S_A_STOP, LONGEST_ROUND_S_A_STOP = 0.003, 0.02
"""The processor time of a round of groups: short while there is much to gain everywhere, longer and longer afterwards."""

ROUND_GROWTH = 1.5
LITTLE_GAIN = 0.0005
"""A round that gains less of the cost is followed by a longer one."""

START_SHARE = 0.3
"""How much of a budget the first plan may take; what it has not placed by then is left to the rounds."""

EASIER_SHARES = (0.3, 0.55)
"""How much of a budget goes to a large problem without most of its richer rules, and without few of them (see `relaxation`)."""

WHOLE_SHARE = 0.6
"""How much of a budget goes to the whole of a large problem if there are no routes that could be divided."""

SEEDS = 2
"""How many searches of the same problem there are where iterations are counted."""

TICKS_A_STOP = 1_000
"""The work of a step where iterations are counted."""

TINY_STOPS = 12
"""So few stops are worth a second opinion by OR-Tools, whose search is the more thorough one there."""

FIRST_TURN = 0
"""The rounds of groups take turns: the first is a rough one."""

FEW_WAITING, MANY_WAITING = 20, 150

ROOM_SHARE = 0.03
"""After each round of groups so much of the budget may go to making room for stops that wait."""

OTHER_EVERY = 6
"""Every so many rounds those groups go to OR-Tools that have stops PyVRP may not decide about."""

OR_TOOLS_STOPS = 120
OR_TOOLS_S = 2.0

PROCESS_WORTH_S = 2.0
PROCESS_WORTH_STOPS = 60
"""A shorter search, or one of fewer stops, is not worth the start of processes."""

LONGEST_SLICE_S = 10.0

PACKS_OF_TRIPS = 6
"""The trips of so many searches are remembered."""


class Engine(StrEnum):
    """Who searches.  `AUTO` is PyVRP where it can say the rules, and OR-Tools for the others."""

    AUTO = "auto"
    OR_TOOLS = "ortools"
    PYVRP = "pyvrp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a solve has come: the cost by the referee in fen, and the number of stops left out.

    A rich and large problem is searched without some of its rules first.  What is told meanwhile is not `with_all_rules`, and the
    cost may rise again when they are back.
    """

    elapsed_s: float
    cost: int
    unassigned: int
    with_all_rules: bool = True


class Search:
    """The best plan so far, and the steps that better it."""

    def __init__(
        self,
        problem: Problem,
        watch: Watch,
        workers: Workers,
        engine: Engine,
        seed: int,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self.problem = problem
        self._watch = watch
        self._workers = workers
        self._engine = engine
        self._rng = np.random.default_rng(seed)
        self._on_progress = on_progress
        self._round_s_a_stop = SHORTEST_ROUND_S_A_STOP
        self._is_begun = False

    @cached_property
    def _room(self) -> Room:
        return Room(self._fleet, self._standings, self._rng)

    @cached_property
    def _neighbours(self) -> Neighbours:
        return Neighbours(self._fleet, self._rng, self._hopeless)

    def is_told_to_stop(self) -> bool:
        return self._watch.told_to_stop()

    @property
    def is_timed(self) -> bool:
        return self._watch.is_timed

    def run(self, start: Plan | None, *, is_far_from_good: bool = False) -> Plan:
        """The best plan found; reasons for what was left out are the caller's affair.  A given start is only bettered in its details
        unless it is said to be far from good, which a plan from nothing is.
        """
        if not self.problem.stops or not self.problem.shifts:
            return Tours(Fleet(self.problem)).plan()
        if self._pays_for_processes():
            self._workers.start(even_one=self._engine is Engine.PYVRP)
        self._fleet, self._standings = Fleet(self.problem), Standings(self.problem)
        self._parts = Parts(self.problem, self._standings, self._workers, self._rng, self._watch)
        plan = self._start(start)
        self._report(plan)
        if self._watch.told_to_stop():
            return plan
        self._hopeless = self._found_hopeless(plan)
        self._whole = whole(self.problem, self._hopeless)
        if self._whole.stop_ids:
            is_new = start is None and not self._is_begun
            plan = self._improved(plan, is_far_from_good=is_new or is_far_from_good or not has_routes(plan))
        return plan

    def _found_hopeless(self, plan: Plan) -> frozenset[str]:
        """The stops that nobody can serve; while many wait, it would take too long to ask."""
        if len(plan.unassigned) > MANY_WAITING:
            return frozenset()
        return hopeless(self.problem, [entry.stop_id for entry in plan.unassigned])

    def _start(self, given: Plan | None) -> Plan:
        if given is None and self._engine is Engine.AUTO and len(self.problem.stops) > WHOLE_STOPS:
            given = self._begun_easily()
        plan = feasible_start(self._fleet, given, self._standings, self._start_is_over)
        others = [savings_start(self.problem)] if given is None else [given]
        for other in others:
            if other is not None and self._standings.is_better(other, plan):
                plan = other
        return plan

    def _begun_easily(self) -> Plan | None:
        """Searches of their own with fewer rules, each from what can be kept of the plan before."""
        plan = None
        pass_on = None if self._on_progress is None else partial(self._pass_on, self._on_progress)
        for easier, share in zip(steps(self.problem), EASIER_SHARES, strict=False):
            if self._watch.told_to_stop():
                break
            watch = self._watch.part(share)
            search = Search(easier.problem, watch, self._workers, self._engine, self._seed(), pass_on)
            begun = easier.begun(plan, self._watch.stopped)
            plan = easier.plan(search.run(begun, is_far_from_good=True))
            self._is_begun = True
        return None if plan is None else with_rules(self._fleet, plan, self._watch.stopped)

    def _pass_on(self, tell: Callable[[Progress], None], progress: Progress) -> None:
        """What a search with fewer rules has come to."""
        tell(replace(progress, elapsed_s=self._watch.elapsed_s(), with_all_rules=False))

    def _start_is_over(self) -> bool:
        share_s = START_SHARE * self._watch.budget_s if self._watch.budget_s is not None else math.inf
        return self._watch.elapsed_s() > share_s or self._watch.told_to_stop()

    def _improved(self, plan: Plan, *, is_far_from_good: bool) -> Plan:
        if self._engine is Engine.PYVRP:
            return self._by_pyvrp_alone(plan, goes_on=not is_far_from_good)
        if self._is_small(plan):
            return self._improved_whole(plan)
        if self._engine is Engine.AUTO and is_far_from_good:
            plan = self._annealer().annealed(plan) if has_routes(plan) else self._begun_as_a_whole(plan)
        return self._improved_in_groups(plan)

    def _is_small(self, plan: Plan) -> bool:
        stops = len(self._whole.stop_ids)
        if self._engine is Engine.OR_TOOLS:
            return stops <= OR_TOOLS_STOPS
        return stops <= WHOLE_STOPS or self._serves_few(plan)

    def _serves_few(self, plan: Plan) -> bool:
        """Whether few of many stops are worth their way: which ones, and in how many routes, only the whole can tell."""
        served = sum(len(route.stops) for route in plan.routes)
        if not 0 < served <= WHOLE_STOPS or self._start_is_over():
            return False
        part = self._parts.part(plan, self._whole)
        return py_vrp.cells(part.problem, part.plan) <= WHOLE_CELLS

    def _by_pyvrp_alone(self, plan: Plan, *, goes_on: bool) -> Plan:
        """PyVRP's own search of the whole problem for all of the time.  It cannot be interrupted everywhere, so that it is left behind
        at the deadline, with nothing, if it does not answer.
        """
        part = self._parts.part(plan, self._whole)
        steps = self._watch.all_steps()
        if not steps:
            return plan
        effort = py_vrp.Plain(
            seconds=self._watch.left_s() if self.is_timed else None,
            iterations=None if self.is_timed else steps * iterations_for(part.problem),
            goes_on=goes_on,
        )
        plan = self._parts.best_of(plan, part, [effort], self._watch.stopped)
        self._report(plan)
        return plan

    def _improved_whole(self, plan: Plan) -> Plan:
        """The same problem on all cores, and all of them on from the best of their plans.

        Where vehicles make several trips, every other search begins anew: it comes to other trips, and the next search from the best plan
        puts all of them together first.
        """
        begun, slice_s, turn = plan, 1.0, 0
        trips: deque[py_vrp.Trips] = deque(maxlen=PACKS_OF_TRIPS)
        has_trips = self._engine is Engine.AUTO and any(shift.max_trips > 1 for shift in self.problem.shifts)
        while self._watch.next_step():
            parts = [self._parts.part(start, self._whole) for start in (plan, begun)]
            efforts = self._efforts_for_whole(parts[0].problem, min(slice_s, self._watch.left_s()))
            tasks = []
            for number, effort in enumerate(efforts, start=turn % 2 if len(efforts) == 1 else 0):
                part = parts[number % 2 if has_trips else 0]
                if has_trips and isinstance(effort, py_vrp.Effort):
                    known = () if number % 2 else tuple(trips)
                    effort = replace(effort, tells_trips=True, trips=known)
                tasks.append(self._parts.task(part, effort))
            for result in self._parts.run(tasks):
                if result.plan is not None:
                    found = with_part(plan, self._whole, result.plan)
                    plan = found if self._standings.is_better(found, plan) else plan
                if result.trips is not None:
                    trips.append(result.trips)
            slice_s, turn = min(1.5 * slice_s, LONGEST_SLICE_S), turn + 1
            self._report(plan)
        return plan

    def _efforts_for_whole(self, problem: Problem, seconds: float) -> list[Effort]:
        thorough = self._or_tools_effort(seconds, problem, guided=True)
        if self._engine is Engine.OR_TOOLS:
            return [thorough]
        exact = self._pyvrp_effort(seconds, problem)
        seeds = SEEDS if self._watch.budget_s is None else max(1, self._workers.count)
        if len(problem.stops) <= TINY_STOPS:
            return [exact, thorough]
        rough = self._pyvrp_effort(seconds, problem, is_rough=True)
        return [rough if number % 2 else exact for number in range(seeds)]

    def _begun_as_a_whole(self, plan: Plan) -> Plan:
        """A large problem without any routes that could be divided."""
        part = self._parts.part(plan, self._whole)
        if py_vrp.cells(part.problem, part.plan) > WHOLE_CELLS or not self._watch.next_step():
            return plan
        seconds = min(WHOLE_SHARE * (self._watch.budget_s or 0.0), self._watch.left_s())
        plan = self._parts.best_of(plan, part, self._efforts_for_whole(part.problem, seconds))
        self._report(plan)
        return plan

    def _annealer(self) -> Annealer:
        return Annealer(
            self._parts,
            self._whole,
            self._neighbours,
            self._standings,
            self._watch,
            self._rng,
            with_room=self._with_room_while_annealing,
            report=self._report,
        )

    def _with_room_while_annealing(self, plan: Plan, turn: int) -> Plan:
        self._look_for_hopeless(plan)
        if turn % annealing.ROOM_EVERY or not self._waiting(plan):
            return plan
        return self._with_more(self._round(plan, FIRST_TURN))

    def _improved_in_groups(self, plan: Plan) -> Plan:
        """Round after round; none if there is no route to be bettered."""
        turn = FIRST_TURN
        while has_routes(plan) and self._watch.next_step():
            self._look_for_hopeless(plan)
            better = self._round(plan, turn)
            self._lengthen_rounds(plan, better)
            if better is not plan:
                plan = self._with_more(better)
            plan = self._with_room(plan)
            self._report(plan)
            turn += 1
        return plan

    def _look_for_hopeless(self, plan: Plan) -> None:
        """Unless they are known."""
        self._hopeless = self._hopeless or self._found_hopeless(plan)
        self._neighbours.hopeless = self._hopeless

    def _lengthen_rounds(self, before: Plan, after: Plan) -> None:
        old, new = (self._standings.of(plan)[-1] for plan in (before, after))
        if old - new < LITTLE_GAIN * old:
            self._round_s_a_stop = min(self._round_s_a_stop * ROUND_GROWTH, LONGEST_ROUND_S_A_STOP)

    def _with_more(self, plan: Plan) -> Plan:
        """Stops that wait and fit in at once; while many wait, the rounds are quicker at it."""
        if not 0 < self._waiting(plan) <= FEW_WAITING:
            return plan
        return with_more(self._fleet, plan, self._standings, self._watch.stopped, self._hopeless)

    def _with_room(self, plan: Plan) -> Plan:
        """The few stops that wait put where others have to make room for them."""
        if self._engine is not Engine.AUTO or not 0 < self._waiting(plan) <= FEW_WAITING:
            return plan
        return self._room.made(plan, self._watch.brief(ROOM_SHARE).stopped, self._hopeless)

    def _waiting(self, plan: Plan) -> int:
        """How many stops are left out for which there may be hope."""
        return sum(entry.stop_id not in self._hopeless for entry in plan.unassigned)

    def _round(self, plan: Plan, turn: int) -> Plan:
        """All routes planned anew once, in groups that have nothing in common, so that their order does not matter."""
        groups = self._neighbours.divide(plan, self._how_many_groups(plan))
        better = self._parts.searched(
            plan, groups, partial(self._effort_for_group, self._seconds_each(len(groups)), turn)
        )
        return self._parts.together(plan, better, self._standings.is_better)

    def _effort_for_group(self, seconds: float, turn: int, part: Part) -> Effort:
        if self._engine is Engine.OR_TOOLS:
            return self._or_tools_effort(seconds, part.problem, guided=turn % 2 == 1)
        if turn % OTHER_EVERY == OTHER_EVERY - 1 and not is_whole(part.problem, part.plan):
            return self._or_tools_effort(min(seconds, OR_TOOLS_S), part.problem, guided=False)
        return self._pyvrp_effort(seconds, part.problem, is_rough=turn % 2 == 0)

    def _how_many_groups(self, plan: Plan) -> int:
        """As many as fill the cores evenly; where iterations are counted, the cores have no say."""
        routes = [len(route.stops) for route in plan.routes if route.stops]
        if self._engine is Engine.OR_TOOLS:
            size: float = OR_TOOLS_STOPS
        else:
            size = max(GROUP_STOPS, GROUP_ROUTES * sum(routes) / max(1, len(routes)))
        return self._parts.how_many(len(self._whole.stop_ids), size)

    def _seconds_each(self, groups: int) -> float:
        stops = len(self._whole.stop_ids)
        turns = -(-groups // self._workers.count)
        most_s = self._watch.left_s() / turns
        if self._engine is Engine.OR_TOOLS:
            return min(OR_TOOLS_S, most_s)
        return min(self._round_s_a_stop * stops / groups, most_s)

    def _pyvrp_effort(self, seconds: float, problem: Problem, *, is_rough: bool = False) -> Effort:
        return py_vrp.Effort(
            seconds=seconds if self.is_timed else None,
            iterations=None if self.is_timed else iterations_for(problem),
            is_rough=is_rough,
        )

    def _or_tools_effort(self, seconds: float, problem: Problem, *, guided: bool) -> Effort:
        if self._watch.budget_s is None:
            return or_tools.Effort(ticks=TICKS_A_STOP * (10 + len(problem.stops)), guided=guided)
        return or_tools.Effort(seconds=seconds, guided=guided)

    def _seed(self) -> int:
        return int(self._rng.integers(2**31))

    def _pays_for_processes(self) -> bool:
        long_enough = self._watch.budget_s is None or self._watch.budget_s >= PROCESS_WORTH_S
        return long_enough and len(self.problem.stops) >= PROCESS_WORTH_STOPS

    def _report(self, plan: Plan) -> None:
        if self._on_progress is not None:
            cost = self._standings.of(plan)[-1]
            progress = Progress(elapsed_s=self._watch.elapsed_s(), cost=cost, unassigned=len(plan.unassigned))
            self._on_progress(progress)
