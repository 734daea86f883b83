"""All routes of a large plan annealed together, in one of three ways: once, in parts on all cores; the whole on each core by itself, of
which the best counts; or many short plans one after the other, which are crossed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from routing.plan import Plan
from routing.solvers import annealing, py_vrp
from routing.solvers.annealing import Schedule
from routing.solvers.groups import Group, Neighbours, with_part
from routing.solvers.parts import WHOLE_CELLS, Effort, Part, Parts, has_routes, iterations_for
from routing.solvers.standings import Standings
from routing.solvers.watch import Watch


class Annealer:
    """`with_room` is asked before every round to make room for stops that wait, and told how many rounds there were; `report` is told
    the best plan so far.
    """

    def __init__(
        self,
        parts: Parts,
        whole: Group,
        neighbours: Neighbours,
        standings: Standings,
        watch: Watch,
        rng: np.random.Generator,
        *,
        with_room: Callable[[Plan, int], Plan],
        report: Callable[[Plan], None],
    ) -> None:
        self._parts = parts
        self._whole = whole
        self._neighbours = neighbours
        self._standings = standings
        self._watch = watch
        self._rng = rng
        self._with_room = with_room
        self._report = report

    def annealed(self, plan: Plan) -> Plan:
        """The best plan met while all routes together go from hot to cold, or what comes of several such plans that are crossed."""
        left, many = 1 - self._watch.share(), self._plans_worth_crossing(plan)
        if many < 2:
            anneal = self._annealed_apart if self._may_anneal_apart(annealing.SHARE * left) else self._annealed_once
            return anneal(plan, annealing.SHARE * left)
        share, plans = annealing.PLANS_SHARE * left / many, list[Plan]()
        for number in range(many):
            plans.append(self._annealed_once(plan, share, others=plans))
            if number == 1 and not annealing.are_alike(*plans):
                rest = annealing.SHARE * left - 2 * share
                return self._annealed_once(self._parts.best(plans), rest, behind=2 * share / (2 * share + rest))
        return self._parts.best(self._crossed(plans, annealing.CROSSING_SHARE * left))

    def _plans_worth_crossing(self, plan: Plan) -> int:
        """How many plans there is time for, of a kind that gains by it."""
        if not self._watch.is_timed:
            return 1
        routes, seconds = sum(bool(route.stops) for route in plan.routes), self._watch.left_s() * self._parts.cores
        many = annealing.plans_in(seconds, len(self._whole.stop_ids), routes)
        if many < 2:
            return 1
        part = self._parts.part(plan, self._whole)
        return many if py_vrp.are_worth_crossing(part.problem, part.plan, WHOLE_CELLS) else 1

    def _crossed(self, plans: Sequence[Plan], share: float) -> list[Plan]:
        """The plans with what is better in others: on each core some of them among themselves, each time other ones."""
        found, watch = list(plans), self._watch.brief(share)
        while not watch.stopped():
            before, found = found, list(found)
            tables = self._tables(len(found))
            parts = [[self._parts.part(before[number], self._whole) for number in table] for table in tables]
            seconds = watch.left_s()
            tasks = [
                self._parts.task(first, py_vrp.Crossing(seconds=seconds, others=tuple(other.plan for other in others)))
                for first, *others in parts
            ]
            for table, result in zip(tables, self._parts.run(tasks), strict=True):
                for number, part in zip(table, (result.plan, *result.others), strict=False):
                    if part is not None:
                        found[number] = self._parts.best((found[number], with_part(before[number], self._whole, part)))
            self._report(self._parts.best(found))
            if self._costs(found) >= self._costs(before):
                break
        return found

    def _tables(self, plans: int) -> list[list[int]]:
        """Which plans are crossed with each other: one table for each core, unless they would be too small."""
        order = self._rng.permutation(plans).tolist()
        tables = max(1, min(self._parts.cores, plans // annealing.SMALLEST_TABLE))
        return [order[number::tables] for number in range(tables)]

    def _costs(self, plans: Iterable[Plan]) -> int:
        return sum(self._standings.of(plan)[-1] for plan in plans)

    def _annealed_once(self, plan: Plan, share: float, *, others: Sequence[Plan] = (), behind: float = 0.0) -> Plan:
        """The best plan met in a share of the time; others were found before, or a share of the annealing is behind us."""
        watch = self._watch.part(share)
        seconds = None if watch.budget_s is None else watch.budget_s * self._parts.cores / (1 - behind)
        schedule = Schedule.of(len(self._whole.stop_ids), seconds).after(behind)
        current, turn = plan, 0
        while has_routes(current) and watch.next_step():
            current = self._cooled(self._with_room(current, turn), schedule, watch)
            if self._standings.is_better(current, plan):
                plan = current
            elif not has_routes(current):  # no way back: the first stop of a route hardly ever pays
                current = plan
            self._report(self._parts.best([plan, *others]))
            turn += 1
        return plan

    def _may_anneal_apart(self, share: float) -> bool:
        """Whether each core has time for a plan of its own."""
        seconds = share * (self._watch.budget_s or 0.0)
        return self._parts.cores > 1 and annealing.is_ample_for_one_core(seconds, len(self._whole.stop_ids))

    def _annealed_apart(self, plan: Plan, share: float) -> Plan:
        """The best plan met where each core anneals the whole by itself."""
        watch = self._watch.part(share)
        schedule = Schedule.of(len(self._whole.stop_ids), watch.budget_s)
        currents, turn = [plan] * self._parts.cores, 0
        while watch.next_step():
            currents = [self._with_room(current, turn) for current in currents]
            effort = self._cooling(schedule, watch)
            parts = [self._parts.part(current, self._whole) for current in currents]
            results = self._parts.run([self._parts.task(part, effort(part)) for part in parts])
            for number, (current, result) in enumerate(zip(currents, results, strict=True)):
                found = with_part(current, self._whole, result.plan) if result.plan else current
                if has_routes(found) and self._standings.is_as_valid(found, current):
                    currents[number] = found
            plan = self._parts.best((plan, *currents))
            self._report(plan)
            turn += 1
        return plan

    def _cooled(self, plan: Plan, schedule: Schedule, watch: Watch) -> Plan:
        """Where one round of annealing comes to: a plan that breaks no more rules, and may be dearer."""
        many = self._parts.how_many(len(self._whole.stop_ids), annealing.PART_STOPS)
        groups = self._neighbours.divide(plan, many)
        turns = -(-len(groups) // self._parts.cores)
        effort = self._cooling(schedule, watch, cores=self._parts.cores, turns=turns)
        return self._parts.together(plan, self._parts.searched(plan, groups, effort), self._standings.is_as_valid)

    def _cooling(self, schedule: Schedule, watch: Watch, *, cores: int = 1, turns: int = 1) -> Callable[[Part], Effort]:
        """How hard each part is searched in a round that so many cores share, one part after another."""
        share = watch.share() + schedule.half_a_round
        seconds = min(schedule.round_s / cores, watch.left_s()) / turns

        def effort(part: Part) -> Effort:
            return py_vrp.Annealing(
                seconds=seconds if self._watch.is_timed else None,
                iterations=None if self._watch.is_timed else iterations_for(part.problem),
                is_rough=schedule.is_rough(share),
                heat=schedule.heat(share),
            )

        return effort
