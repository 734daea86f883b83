"""Days of routes planned and published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session, undefer

from logistics.demo.checks import equal
from logistics.demo.county.codes import OTHER_PASS, TOO_EARLY
from logistics.demo.county.parts import DemoCounty
from logistics.demo.job import Job, Outcome
from logistics.demo.steps import reads
from logistics.dispatch.models import Trip
from logistics.dispatch.operations import publish
from logistics.orders.models import DeliveryOrder, DeliveryState
from logistics.planning.models import PlanRun, PlanState
from logistics.planning.operations import plan_now, start_plan

#: The run of the demonstration, by which a database is known to hold it whole.
PLAN_KEY = "demo"


def make_plan(job: Job) -> Outcome:
    with job.database.transaction() as session:
        job.plan_run_id = start_plan(
            session,
            key=PLAN_KEY,
            depot_id=reads.the_store(session).id,
            first_day=job.county.first_day,
            last_day=job.county.last_day,
            budget_s=job.budget_s,
            seed=job.county.seed,
            at=job.clock(),
            by="diaodu",
        ).id
    plan_now(job.database, job.plan_run_id, timezone=job.timezone, clock=job.clock, on_progress=job.on_progress)
    with job.database.reading() as session:
        found = _planned(session, job)
        waiting = set(reads.order_ids(session, DeliveryOrder.state == DeliveryState.OPEN))
    plan, known = found.plan, found.on_route | found.left_out
    return Outcome(
        said=_(
            "%(routes)s routes in %(shifts)s shifts, %(stops)s stops, %(km)s km; %(left)s left out",
            routes=len(plan["routes"]),
            shifts=len(job.county.shifts),
            stops=f"{plan['stops']:,}",
            km=f"{plan['distance_m'] // 1000:,}",
            left=len(plan["left_out"]),
        ),
        figures={
            "routes": len(plan["routes"]),
            "stops": plan["stops"],
            "distance_m": plan["distance_m"],
            "cost_fen": plan["cost"]["total"],
            "left_out": len(plan["left_out"]),
            "orders_on_routes": len(found.on_route),
            "orders_left_out": len(found.left_out),
        },
        checks=(
            equal(_("state of the plan"), PlanState.DONE.value, found.state.value),
            equal(_("delivery orders on a route or left out with a reason"), len(waiting), len(known)),
            equal(_("delivery orders that are neither waiting nor known"), 0, len(known - waiting)),
            equal(_("delivery orders both on a route and left out"), 0, len(found.on_route & found.left_out)),
            equal(_("broken rules in the plan"), 0, len(plan["violations"])),
            *(
                equal(_("why %(place)s cannot be served", place=name), why, found.reasons.get(name, "-"))
                for name, why in _impossible(job.county)
            ),
        ),
    )


def publish_plan(job: Job) -> Outcome:
    with job.database.transaction() as session:
        found = _planned(session, job)
        trips = publish(session, plan_run_id=job.plan_run_id, at=job.clock(), by="diaodu")
        planned = len(reads.order_ids(session, DeliveryOrder.state == DeliveryState.PLANNED))
        waiting = len(reads.order_ids(session, DeliveryOrder.state == DeliveryState.OPEN))
        today = sum(1 for trip in trips if trip.departs_at.astimezone(job.zone).date() == job.county.first_day)
        job.trip_id = _trip_to_drive(session, trips)
    return Outcome(
        said=_("%(trips)s trips, %(today)s of them on the first day", trips=len(trips), today=today),
        figures={"trips": len(trips), "trips_first_day": today, "orders_planned": planned},
        checks=(
            equal(_("trips"), len(found.plan["routes"]), len(trips)),
            equal(_("delivery orders on a trip"), len(found.on_route), planned),
            equal(_("delivery orders that wait for the next plan"), len(found.left_out), waiting),
        ),
    )


def _trip_to_drive(session: Session, trips: Iterable[Trip]) -> int:
    """A short one, if possible of the first day and with a shop and a point on it, so that both ways of handing over are tried."""

    def standing(trip: Trip) -> tuple[bool, dt.datetime, bool, int]:
        orders = [order for stop in trip.stops for order in stop.delivery_orders]
        mixed = any(order.customer_id for order in orders) and any(order.unit_id for order in orders)
        return len(trip.stops) < 2, trip.departs_at.replace(hour=0, minute=0), not mixed, len(trip.stops)

    return min(trips, key=standing).id


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """What a plan says, the ids of the delivery orders on its routes and of those left out with a reason, and by place the reasons."""

    state: PlanState
    plan: Mapping[str, Any]
    on_route: frozenset[int]
    left_out: frozenset[int]
    reasons: Mapping[str, str]


def _impossible(county: DemoCounty) -> Iterator[tuple[str, str]]:
    """The names of shops that no vehicle can serve, with the code of the reason."""
    for customer in county.customers:
        if customer.required_pass == OTHER_PASS:
            yield customer.name, "pass_missing"
        elif customer.windows == TOO_EARLY:
            yield customer.name, "window"


def _planned(session: Session, job: Job) -> _Planned:
    options = [undefer(PlanRun.plan), undefer(PlanRun.problem)]
    plan_run = session.get_one(PlanRun, job.plan_run_id, options=options)
    if plan_run.plan is None or plan_run.problem is None:
        raise LookupError(f"{plan_run.number} has no plan")
    plan = plan_run.plan
    orders = {place["id"]: place["delivery_order_ids"] for place in plan_run.problem["places"]}
    names = {place["id"]: place["name"] for place in plan_run.problem["places"]}
    told = [entry for entry in plan["left_out"] if entry["reason"]]
    return _Planned(
        state=plan_run.state,
        plan=plan,
        on_route=frozenset(
            i for route in plan["routes"] for visit in route["visits"] for i in orders[visit["stop_id"]]
        ),
        left_out=frozenset(i for entry in told for i in orders[entry["stop_id"]]),
        reasons={names[entry["stop_id"]]: entry["reason"]["code"] for entry in told},
    )
