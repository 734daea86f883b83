"""Making a plan: asked for by a person, then prepared, improved slice by slice, and finished by whoever has the time for it.

The work on a run is cut into slices of a few seconds. Each leaves the best plan so far in the row, so a killed worker loses one
slice at most, and each has a number, so a slice that runs twice counts once. No transaction is open while the solver runs.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from inventory.base import upsert
from inventory.errors import KeyReused, NotFound, WrongState
from inventory.places import get_location
from logistics.clock import Clock, system_clock
from logistics.db import Database
from logistics.planning.errors import BudgetOutOfRange, DaysOutOfOrder, NoPlace
from logistics.planning.models import PlanRun, PlanState
from logistics.planning.result import plan_of, result_of
from logistics.planning.roads import planning_roads
from logistics.planning.snapshot import gather, has_place, problem_of
from routing import FitsNowhere, Plan, Problem, ProblemError, Progress, Unassigned, Workers, solve, with_reasons

SHORTEST_BUDGET_S = 5
LONGEST_BUDGET_S = 3600
MOST_DAYS = 14
#: Long enough for the solver to get somewhere, short enough for little to be lost.
SLICE_S = 5
#: A plan is begun best in one go: the first slice may take so much of the budget, and be so many times as long as others, though more is
#: lost if it is killed.
FIRST_SHARE, FIRST_SLICES = 0.5, 8
#: How often a running slice looks for a cancellation.
LOOK_EVERY_S = 1.0
#: How many points a curve has at most, about.
POINTS = 600

UNFINISHED = (PlanState.QUEUED, PlanState.RUNNING)

type CurvePoint = tuple[int, int | None, int | None]
type OnProgress = Callable[[Progress], None]


def start_plan(
    session: Session,
    *,
    key: str,
    depot_id: int,
    first_day: dt.date,
    last_day: dt.date,
    budget_s: int,
    seed: int,
    at: dt.datetime,
    by: str,
) -> PlanRun:
    """Ask for a plan; the same key again gives the run already asked for. It starts when it is put into the queue (`jobs.Jobs`).

    Raises BudgetOutOfRange, DaysOutOfOrder, NoPlace, NotFound for the depot, KeyReused where the key stands for another wish.
    """
    if not SHORTEST_BUDGET_S <= budget_s <= LONGEST_BUDGET_S:
        raise BudgetOutOfRange(budget_s=budget_s, shortest_s=SHORTEST_BUDGET_S, longest_s=LONGEST_BUDGET_S)
    if not 0 <= (last_day - first_day).days < MOST_DAYS:
        raise DaysOutOfOrder(first_day=first_day, last_day=last_day, longest=MOST_DAYS)
    depot = get_location(session, depot_id)
    if not has_place(depot):
        raise NoPlace(depot=depot.name)
    wish = {"depot_id": depot_id, "first_day": first_day, "last_day": last_day, "budget_s": budget_s}
    session.execute(
        upsert(session, PlanRun)
        .values(key=key, seed=seed, created_at=at, created_by=by, **wish)
        .on_conflict_do_nothing(index_elements=["key"])
    )
    run = session.scalars(select(PlanRun).where(PlanRun.key == key)).one()
    if {name: getattr(run, name) for name in wish} != wish:
        raise KeyReused(key)
    return run


def get_plan_run(session: Session, plan_run_id: int) -> PlanRun:
    """The run with this id. Raises NotFound."""
    run = session.get(PlanRun, plan_run_id)
    if run is None:
        raise NotFound("plan run", plan_run_id)
    return run


def ask_cancel(session: Session, *, plan_run_id: int, at: dt.datetime) -> PlanRun:
    """Ask for the end of a run: one in the queue ends at once, one at work within two seconds, with its best plan kept.

    Asking again changes nothing. Raises NotFound, WrongState for a run that has ended otherwise.
    """
    run = _held(session, plan_run_id)
    if run.state is PlanState.QUEUED:
        run.state, run.finished_at = PlanState.CANCELLED, at
    elif run.state not in (PlanState.RUNNING, PlanState.CANCELLED):
        raise WrongState("plan run", run.number, run.state)
    run.cancel_asked = True
    return run


def prepare(database: Database, plan_run_id: int, *, timezone: str) -> None:
    """Write down what is to be planned and set the run to work; one that is past the queue stays as it is.

    Raises NoPlace, and ProblemError where the shifts of a vehicle overlap.
    """
    with database.reading() as session:
        run = get_plan_run(session, plan_run_id)
        if run.state is not PlanState.QUEUED:
            return
        snapshot = gather(session, depot=run.depot, first_day=run.first_day, last_day=run.last_day, timezone=timezone)
    problem_of(snapshot, planning_roads())
    with database.transaction() as session:
        session.execute(
            update(PlanRun)
            .where(PlanRun.id == plan_run_id, PlanRun.state == PlanState.QUEUED)
            .values(problem=snapshot, state=PlanState.RUNNING)
        )


def improve(
    database: Database,
    plan_run_id: int,
    seconds: float = SLICE_S,
    should_stop: Callable[[], bool] | None = None,
    *,
    number: int,
    on_progress: OnProgress | None = None,
    helpers: Workers | None = None,
) -> bool:
    """Work one slice, the run's `number`th from 0, and say whether there is more to do.

    A slice that is through already is not worked again. The plan found counts only where the referee finds it better than the best
    so far. The slice ends early when somebody asks to cancel, or when `should_stop` says so. `helpers` are the processes to search
    with, which one slice hands to the next; without them each slice starts its own.
    """
    run = _read(database, plan_run_id)
    if run.slices > number or not _goes_on(run):
        return _goes_on(run)
    problem = problem_of(cast(dict[str, Any], run.problem), planning_roads())
    curve = Curve(database, run, on_progress)
    began_s = time.monotonic()
    if not problem.stops or not problem.shifts:
        plan, spent_s = _nothing_to_search(problem), run.budget_s
    else:
        plan = solve(
            problem,
            budget_s=share_s(run, seconds),
            seed=run.seed * 10_000 + number,
            start=plan_of(run.plan) if run.plan else None,
            workers=helpers,
            on_progress=curve.note,
            should_stop=_Brake(database, plan_run_id, should_stop).pulled,
        )
        spent_s = min(run.budget_s, run.spent_s + max(1, round(time.monotonic() - began_s)))
        if _is_hopeless(plan):
            spent_s = run.budget_s
    return _keep(database, run, result_of(problem, plan), spent_s=spent_s, curve=curve)


def finish(database: Database, plan_run_id: int, *, at: dt.datetime) -> None:
    """Close a run that is at work; one that has ended stays as it is."""
    with database.transaction() as session:
        run = _held(session, plan_run_id)
        if run.state is PlanState.RUNNING:
            run.state = PlanState.CANCELLED if run.cancel_asked else PlanState.DONE
            run.finished_at = at


def fail(database: Database, plan_run_id: int, *, failure: str, at: dt.datetime) -> None:
    """Close a run that cannot go on, with the reason (`failure_of`) and the best plan so far; one that has ended stays as it is."""
    with database.transaction() as session:
        run = _held(session, plan_run_id)
        if run.state in UNFINISHED:
            run.state, run.failure, run.finished_at = PlanState.FAILED, failure[:500], at


def failure_of(error: Exception) -> str:
    """A short reason for `PlanRun.failure`: a code ("depot-without-place", "shifts-overlap", "internal") and, after a colon, facts."""
    if isinstance(error, NoPlace):
        return f"depot-without-place: {error.values['depot']}"
    if isinstance(error, ProblemError):
        return f"{'shifts-overlap' if error.field.startswith('shift ') else 'internal'}: {error}"
    return f"internal: {type(error).__name__}: {error}"


def plan_now(
    database: Database,
    plan_run_id: int,
    *,
    timezone: str,
    clock: Clock = system_clock,
    on_progress: OnProgress | None = None,
    slice_s: float = SLICE_S,
) -> None:
    """Make the whole plan here and now, without a queue or a worker. Its `on_progress` counts seconds from the run's beginning.

    What goes wrong is written into the run, and raised.
    """
    try:
        prepare(database, plan_run_id, timezone=timezone)
        number = 0
        with Workers() as helpers:
            while improve(database, plan_run_id, slice_s, number=number, on_progress=on_progress, helpers=helpers):
                number += 1
        finish(database, plan_run_id, at=clock())
    except Exception as error:
        fail(database, plan_run_id, failure=failure_of(error), at=clock())
        raise


def _read(database: Database, plan_run_id: int) -> PlanRun:
    """The run as it stands, with problem and plan, outside of any transaction."""
    with database.reading() as session:
        run = session.get(PlanRun, plan_run_id, options=[undefer(PlanRun.problem), undefer(PlanRun.plan)])
        if run is None:
            raise NotFound("plan run", plan_run_id)
        session.expunge(run)
        return run


def _held(session: Session, plan_run_id: int) -> PlanRun:
    """The run, locked against everybody else until the transaction ends."""
    run = session.get(PlanRun, plan_run_id, with_for_update=True)
    if run is None:
        raise NotFound("plan run", plan_run_id)
    return run


def _goes_on(run: PlanRun) -> bool:
    return run.state is PlanState.RUNNING and not run.cancel_asked and run.spent_s < run.budget_s


def share_s(run: PlanRun, seconds: float) -> float:
    """The slice's seconds; the first is longer than others, and the last takes the rest along."""
    left_s = run.budget_s - run.spent_s
    if run.plan is None:
        seconds = max(seconds, min(FIRST_SHARE * run.budget_s, FIRST_SLICES * seconds))
    return left_s if left_s < 1.5 * seconds else seconds


def _is_hopeless(plan: Plan) -> bool:
    """Nothing can be served, and it is proved for every stop: searching on would find nothing."""
    return not plan.routes and all(isinstance(left_out.reason, FitsNowhere) for left_out in plan.unassigned)


def _nothing_to_search(problem: Problem) -> Plan:
    """Without stops or without shifts there is one plan, and it is empty."""
    unassigned = tuple(Unassigned(stop_id=stop.id) for stop in problem.stops)
    return with_reasons(problem, Plan(unassigned=unassigned))


def _keep(database: Database, before: PlanRun, result: dict[str, Any], *, spent_s: int, curve: Curve) -> bool:
    """Write a slice into the run, unless somebody else has; and say whether there is more to do."""
    with database.transaction() as session:
        run = _held(session, before.id)
        if run.slices != before.slices or run.state is not PlanState.RUNNING:
            return _goes_on(run)
        if run.plan is None or _standing(result) < _standing(run.plan):
            run.plan = result
            run.cost, run.left_out = result["cost"]["total"], len(result["left_out"])
        run.spent_s, run.slices = spent_s, run.slices + 1
        run.progress = curve.to(spent_s, cast(int, run.cost), cast(int, run.left_out))
        return _goes_on(run)


def _standing(result: dict[str, Any]) -> tuple[int, int]:
    """How good a result is, less is better: rules broken, fen."""
    return len(result["violations"]), result["cost"]["total"]


class _Brake:
    """Tells a running slice to stop when somebody has asked to cancel, which it looks up every second or so."""

    def __init__(self, database: Database, plan_run_id: int, should_stop: Callable[[], bool] | None) -> None:
        self._database = database
        self._plan_run_id = plan_run_id
        self._should_stop = should_stop or (lambda: False)
        self._cancelled = False
        self._looked_s = time.monotonic()

    def pulled(self) -> bool:
        if not self._cancelled and time.monotonic() - self._looked_s >= LOOK_EVERY_S:
            with self._database.reading() as session:
                asked = session.scalar(select(PlanRun.cancel_asked).where(PlanRun.id == self._plan_run_id))
            self._cancelled, self._looked_s = bool(asked), time.monotonic()
        return self._cancelled or self._should_stop()


class Curve:
    """The points [seconds spent, fen, left out] of a run (None before its first plan), written into it while a slice runs so that the
    page moves.

    What a slice that was killed has written is dropped by the one that takes its place.
    """

    def __init__(self, database: Database, run: PlanRun, on_progress: OnProgress | None) -> None:
        self._database = database
        self._run = run
        self._on_progress = on_progress
        self._points = [(at_s, cost, stops) for at_s, cost, stops in run.progress if at_s <= run.spent_s]
        self._every_s = max(1.0, run.budget_s / POINTS)
        self._written_s = time.monotonic()

    def note(self, progress: Progress) -> None:
        """While rules are missing there is no cost of a plan that anybody could drive, but the time goes on."""
        if self._on_progress is not None:
            elapsed_s = self._run.spent_s + progress.elapsed_s
            self._on_progress(replace(progress, elapsed_s=elapsed_s))
        spent_s = min(self._run.budget_s, self._run.spent_s + int(progress.elapsed_s))
        is_plan = progress.with_all_rules
        self._add(spent_s, progress.cost if is_plan else None, progress.unassigned if is_plan else None)
        if time.monotonic() - self._written_s >= self._every_s:
            self._write()

    def to(self, spent_s: int, cost: int, left_out: int) -> list[CurvePoint]:
        """The whole curve with its last point."""
        self._add(spent_s, cost, left_out)
        return self._points

    def _add(self, *point: *CurvePoint) -> None:
        """Points of the same second, and the middle one of three on a level, tell nothing."""
        points = self._points
        if points and points[-1][0] == point[0]:
            points.pop()
        if len(points) >= 2 and points[-1][1:] == points[-2][1:] == point[1:]:
            points.pop()
        points.append(point)

    def _write(self) -> None:
        with self._database.transaction() as session:
            session.execute(
                update(PlanRun)
                .where(
                    PlanRun.id == self._run.id,
                    PlanRun.slices == self._run.slices,
                    PlanRun.state == PlanState.RUNNING,
                )
                .values(progress=self._points)
            )
        self._written_s = time.monotonic()
