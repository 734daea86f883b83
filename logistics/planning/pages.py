"""Planning: the runs, a new one, and the board of a plan."""

from __future__ import annotations

import datetime as dt
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session, defer, joinedload, undefer

from inventory.errors import InventoryError, NotFound, WrongState
from inventory.places import StockLocation, places_of
from inventory.units import subtree
from logistics.accounts.permissions import Permission, permit
from logistics.dispatch import operations as dispatch
from logistics.errors import ServiceError
from logistics.planning import operations, workers
from logistics.planning.board import Board, LeftOut, board_of
from logistics.planning.errors import BudgetOutOfRange, DaysOutOfOrder, NoPlace
from logistics.planning.jobs import Jobs
from logistics.planning.map_data import board_data
from logistics.planning.models import PlanRun, PlanState
from logistics.planning.outlook import depots, likely_days, outlook
from logistics.planning.reasons import cause, why
from logistics.web.context import me, new_key, now, reading, settings, today, transaction, zone
from logistics.web.formats import near_day
from logistics.web.sentences import says, sentence
from routing import Cost

blueprint = Blueprint("planning", __name__, template_folder="templates")

BUDGET_S = 60
#: Where an app keeps what puts a run into the queue, if it is not to be the job engine's.
QUEUE = "planning.enqueue"
#: The curve on the page, in its own units.
CURVE = (300, 64)


@says(BudgetOutOfRange)
def _budget_out_of_range(error: BudgetOutOfRange) -> str:
    return _(
        "Between %(shortest_s)s and %(longest_s)s seconds can be spent on planning. Nothing was started.",
        **error.values,
    )


@says(DaysOutOfOrder)
def _days_out_of_order(error: DaysOutOfOrder) -> str:
    return _("The last day lies before the first, or too far after it. Nothing was started; look at the days again.")


@says(NoPlace)
def _no_place(error: NoPlace) -> str:
    return _(
        "Nobody has told yet where %(depot)s stands. Enter the coordinates of its unit, then plan.", **error.values
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A line of the progress: SVG points, and the first and last value."""

    points: str
    first: int
    last: int


@blueprint.get("/plans")
@permit(Permission.READ_PLANS)
def plans() -> ResponseReturnValue:
    with reading() as session:
        return _plans(session)


@blueprint.post("/plans")
@permit(Permission.PLAN)
def start() -> ResponseReturnValue:
    form = request.form
    try:
        with transaction() as session:
            _refuse_others(session, form.get("depot", 0, type=int))
            run = operations.start_plan(
                session,
                key=form.get("key") or new_key(),
                depot_id=form.get("depot", 0, type=int),
                first_day=_day_of(form.get("first_day")),
                last_day=_day_of(form.get("last_day")),
                budget_s=form.get("budget_s", BUDGET_S, type=int),
                seed=secrets.randbelow(2**31),
                at=now(),
                by=me().sign_in_name,
            )
    except (ServiceError, InventoryError) as error:
        with reading() as session:
            return _plans(session, error=sentence(error)), 422
    _enqueue(run.id)
    return redirect(url_for("planning.plan", plan_run_id=run.id))


@blueprint.get("/plans/outlook")
@permit(Permission.READ_PLANS)
def ahead() -> ResponseReturnValue:
    with reading() as session:
        return render_template("planning/_outlook.html", outlook=_outlook(session))


@blueprint.get("/plans/<int:plan_run_id>")
@permit(Permission.READ_PLANS)
def plan(plan_run_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _plan(session, plan_run_id)


@blueprint.get("/plans/<int:plan_run_id>/progress")
@permit(Permission.READ_PLANS)
def progress(plan_run_id: int) -> ResponseReturnValue:
    """The card of a run at work. Its page is asked for anew when the run has ended, and (`?first`) when there is a plan to show."""
    with reading() as session:
        run = _get(session, plan_run_id, with_plan=False)
        card = render_template("planning/_progress.html", run=run, **_progress(session, run))
        other_page = not _at_work(run) or (run.cost is not None and "first" in request.args)
    response = make_response(card)
    if other_page:
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.get("/plans/<int:plan_run_id>/board.json")
@permit(Permission.READ_PLANS)
def board_json(plan_run_id: int) -> ResponseReturnValue:
    with reading() as session:
        board = board_of(_get(session, plan_run_id), zone=zone())
    if board is None:
        raise NotFound("plan", plan_run_id)
    return jsonify(board_data(board, zone=zone(), why=_reason_on(board)))


@blueprint.get("/plans/<int:plan_run_id>/routes/<int:shift_id>")
@permit(Permission.READ_PLANS)
def route(plan_run_id: int, shift_id: int) -> ResponseReturnValue:
    with reading() as session:
        board = board_of(_get(session, plan_run_id), zone=zone())
    lane = board.lane(shift_id) if board else None
    if lane is None:
        raise NotFound("route", shift_id)
    return render_template("planning/_route.html", lane=lane)


@blueprint.post("/plans/<int:plan_run_id>/stop")
@permit(Permission.PLAN)
def stop(plan_run_id: int) -> ResponseReturnValue:
    try:
        with transaction() as session:
            _get(session, plan_run_id, with_plan=False)
            operations.ask_cancel(session, plan_run_id=plan_run_id, at=now())
        flash(_("Planning stops within some seconds; the best plan so far is kept."))
    except WrongState:
        flash(_("The planning had ended already; nothing had to be stopped."))
    return redirect(url_for("planning.plan", plan_run_id=plan_run_id))


@blueprint.post("/plans/<int:plan_run_id>/publish")
@permit(Permission.PLAN)
def publish(plan_run_id: int) -> ResponseReturnValue:
    try:
        with transaction() as session:
            _get(session, plan_run_id, with_plan=False)
            trips = dispatch.publish(session, plan_run_id=plan_run_id, at=now(), by=me().sign_in_name)
    except ServiceError as error:
        with reading() as session:
            return _plan(session, plan_run_id, error=sentence(error)), 422
    flash(
        ngettext(
            "%(num)s trip released. Print its sheet, then load.",
            "%(num)s trips released. Print their sheets, then load.",
            len(trips),
        )
    )
    first = min((trip.departs_at for trip in trips), default=now())
    return redirect(url_for("dispatch.trips", day=first.astimezone(zone()).date().isoformat()))


def _plans(session: Session, error: str | None = None) -> str:
    runs = session.execute(
        select(PlanRun, PlanRun.plan["stops"].as_integer(), PlanRun.plan["distance_m"].as_integer())
        .where(PlanRun.depot_id.in_(places_of(subtree(me().unit_id))))
        .options(defer(PlanRun.progress), joinedload(PlanRun.depot))
        .order_by(PlanRun.id.desc())
        .limit(50)
    ).all()
    return render_template(
        "planning/plans.html",
        runs=runs,
        depots=depots(session, unit_id=me().unit_id),
        asked=_asked(session),
        outlook=_outlook(session),
        error=error,
    )


def _plan(session: Session, plan_run_id: int, error: str | None = None) -> str:
    run = _get(session, plan_run_id)
    board = board_of(run, zone=zone())
    trips = dispatch.trips_of(session, plan_run_id=run.id) if run.published_at else []
    return render_template(
        "planning/plan.html",
        run=run,
        broke_off=_broke_off(run.failure) if run.failure else None,
        zone=zone(),
        at_work=_at_work(run),
        board=board,
        why=_reason_on(board) if board else None,
        causes=Counter(cause(left.reason) for left in board.left_out).most_common() if board else [],
        cost_parts=_cost_parts(board.cost) if board else [],
        trips=trips,
        error=error,
        **_progress(session, run),
    )


def _cost_parts(cost: Cost) -> list[tuple[str, int]]:
    """What a plan is paid for, in fen; what costs nothing here is not spoken of, the three that every plan has aside."""
    always = [
        (_("Vehicles taken out"), cost.fixed),
        (_("Kilometres"), cost.distance),
        (_("Left out (priority)"), cost.left_out),
    ]
    at_times = [
        (_("Hours"), cost.time),
        (_("Overtime"), cost.overtime),
        (_("Uneven work"), cost.balance),
        (_("Wishes not met"), cost.preference),
        (_("Changes to the published plan"), cost.change),
    ]
    return always + [(said, fen) for said, fen in at_times if fen]


def _get(session: Session, plan_run_id: int, *, with_plan: bool = True) -> PlanRun:
    wanted = [undefer(PlanRun.problem), undefer(PlanRun.plan)] if with_plan else []
    run = session.get(PlanRun, plan_run_id, options=[joinedload(PlanRun.depot), *wanted])
    if run is None or not _is_ours(session, run.depot_id):
        raise NotFound("plan", plan_run_id)
    return run


def _is_ours(session: Session, depot_id: int) -> bool:
    """Whether a depot belongs to the person's unit or one below it."""
    ours = places_of(subtree(me().unit_id)).where(StockLocation.id == depot_id)
    return session.scalar(ours) is not None


def _refuse_others(session: Session, depot_id: int) -> None:
    if not _is_ours(session, depot_id):
        raise NotFound("stock location", depot_id)


def _broke_off(failure: str) -> str:
    """The sentence for what `planning.operations.failure_of` wrote down."""
    code, _colon, facts = failure.partition(": ")
    if code == "depot-without-place":
        return sentence(NoPlace(depot=facts))
    if code == "shifts-overlap":
        return _("Two shifts of one vehicle overlap (%(facts)s). Mend the shifts, then plan anew.", facts=facts)
    if code == "worker-died":
        return _("Planning took its worker down again and again. Its best plan is kept; tell your administrator.")
    return _("Planning broke off on our side (%(facts)s). The best plan so far is kept; plan anew.", facts=failure)


def _enqueue(plan_run_id: int) -> None:
    put: Callable[[int], None] = current_app.extensions.get(QUEUE) or Jobs(settings()).enqueue
    put(plan_run_id)


def _at_work(run: PlanRun) -> bool:
    return run.state in (PlanState.QUEUED, PlanState.RUNNING)


def _progress(session: Session, run: PlanRun) -> dict[str, Any]:
    """What the progress card shows; the slice at work stands at the end of the curve already."""
    spent_s, cost, left_out = run.progress[-1] if run.progress else (run.spent_s, run.cost, run.left_out)
    return {
        "spent_s": min(max(spent_s, run.spent_s), run.budget_s),
        "cost": cost,
        "left_out": left_out,
        "cost_curve": _curve([(at_s, fen) for at_s, fen, _ in run.progress], run.budget_s),
        "left_out_curve": _curve([(at_s, stops) for at_s, _, stops in run.progress], run.budget_s),
        "nobody_works": _at_work(run) and not workers.seen_lately(session, at=now()),
    }


def _curve(points: list[tuple[int, int | None]], budget_s: int) -> Curve | None:
    """Values over the seconds of the budget, the largest at the top; None while there is nothing to draw."""
    values = [(at_s, value) for at_s, value in points if value is not None]
    if not values:
        return None
    width, height = CURVE
    least, most = min(value for _, value in values), max(value for _, value in values)
    end_s = max(budget_s, values[-1][0], 1)
    drawn = [(width * at_s / end_s, height * (1 - (value - least) / ((most - least) or 1))) for at_s, value in values]
    return Curve(points=" ".join(f"{x:.1f},{y:.1f}" for x, y in drawn), first=values[0][1], last=values[-1][1])


def _reason_on(board: Board) -> Callable[[LeftOut], str]:
    """What says why a place was left out of this plan."""

    def shift_name(shift_id: str) -> str:
        plate, day = board.shift_days[shift_id]
        return _("%(plate)s (%(day)s)", plate=plate, day=near_day(day))

    return lambda left: why(left.reason, passes=left.place.passes, shift_name=shift_name)


def _asked(session: Session) -> dict[str, Any]:
    """What the form says, or what somebody who plans now most likely means."""
    known = [depot.id for depot in depots(session, unit_id=me().unit_id)]
    asked = request.values.get("depot", type=int)
    depot_id = asked if asked in known else next(iter(known), 0)
    first, last = likely_days(session, depot_id=depot_id, at=now(), zone=zone())
    return {
        "depot": depot_id,
        "first_day": _day_of(request.values.get("first_day"), first),
        "last_day": _day_of(request.values.get("last_day"), last),
        "budget_s": request.values.get("budget_s", BUDGET_S, type=int),
        "key": request.values.get("key"),
    }


def _outlook(session: Session) -> Any:
    asked = _asked(session)
    return outlook(
        session, depot_id=asked["depot"], first_day=asked["first_day"], last_day=asked["last_day"], zone=zone()
    )


def _day_of(text: str | None, otherwise: dt.date | None = None) -> dt.date:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return otherwise or today()
