"""The main job from end to end: workbooks in, scarce stock shared out, days of routes planned and published, one trip driven, the books
proved. Every step looks afterwards whether the figures are what they have to be.
"""

from __future__ import annotations

import datetime as dt
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from inventory import consumption, norms, stock
from inventory.balances import Balance
from inventory.catalogue import Item, item_by_code, lot_for
from inventory.consumption import Task
from inventory.errors import InventoryError
from inventory.ledger import Document, Line, Recorded, receive
from inventory.needs import total_needs
from inventory.norms import UnitFacts
from inventory.places import Place, StockLocation, store_of, the_location
from inventory.requisitions import Requisition
from inventory.runs import AllocationRun
from inventory.sharing import share_out
from inventory.units import Unit, subtree, unit_by_code
from logistics.accounts.models import User
from logistics.accounts.operations import add_user
from logistics.delivery.models import FailureReason, Receiver
from logistics.delivery.operations import News, deliver, fail, finish_trip, load_trip
from logistics.demo import books, workbooks
from logistics.demo.checks import Check, at_most, equal, listed, more_than
from logistics.demo.county import (
    CARTONS_A_CASE,
    CLASSES,
    DISINFECTANT,
    DUTY_DAYS,
    MASK,
    OTHER_PASS,
    ROUNDS_A_DAY,
    SPRAYER,
    STORE_CODE,
    THERMOMETER,
    TOO_EARLY,
    TOP_CODE,
    DemoCounty,
    DemoDuty,
)
from logistics.demo.job import Done, Job, Outcome, Step
from logistics.dispatch.models import StopState, Trip, TripState, TripStop
from logistics.dispatch.operations import publish
from logistics.errors import ServiceError
from logistics.fleet.models import Shift, Vehicle
from logistics.imports.kinds import importer_for
from logistics.imports.operations import Imported, read_table, take_in
from logistics.orders.models import Customer, DeliveryLine, DeliveryOrder, DeliveryState, Order
from logistics.orders.operations import deliver_shares
from logistics.orders.queries import coming
from logistics.planning.models import PlanRun, PlanState
from logistics.planning.operations import plan_now, start_plan
from logistics.web.sentences import sentence
from logistics.workbooks.errors import RowErrors, Sentence, WorkbookError

#: Half a gram of chlorine to the litre, a tenth of a litre to the square metre.
TARGET_MG_PER_L, ML_PER_M2 = 500, 100
#: The run of the demonstration, by which a database is known to hold it whole.
PLAN_KEY = "demo"
#: What is shared out, and by which pack.
SHARED = ((MASK, "袋"), (DISINFECTANT, "公斤"), (THERMOMETER, "把"), (SPRAYER, "个"))


def run(job: Job, *, begins: Callable[[str], None] = lambda _title: None) -> Iterator[Done]:
    """Take the steps in order, each as soon as the one before has been looked at. Ends after a step that could not be finished."""
    for step in STEPS:
        begins(str(step.title))
        done = _taken(step, job)
        yield done
        if done.failure:
            return


def _taken(step: Step, job: Job) -> Done:
    began_s = time.monotonic()
    outcome, failure = Outcome(said=""), ""
    try:
        outcome = step.act(job)
    except Exception as error:
        failure = _failure(error)
    return Done(
        step=step.name, title=str(step.title), seconds=time.monotonic() - began_s, outcome=outcome, failure=failure
    )


def _failure(error: Exception) -> str:
    match error:
        case InventoryError() | ServiceError():
            return f"{sentence(error)} ({error!r})"
        case RowErrors():
            return "\n".join(str(one) for one in error.errors[:5])
        case WorkbookError():
            return str(error)
        case _:
            traceback.print_exception(error)
            return f"{type(error).__name__}: {error}"


# Taking in ------------------------------------------------------------------------------------------------------------


def write_workbooks(job: Job) -> Outcome:
    job.files = workbooks.write_all(job.county, job.folder)
    size = sum(file.stat().st_size for file in job.files.values())
    return Outcome(
        said=_("%(count)s files in %(folder)s", count=len(job.files), folder=job.folder),
        figures={"files": len(job.files), "bytes": size},
    )


def import_units(job: Job) -> Outcome:
    imported = _import(job, "units", by="admin")
    with job.database.reading() as session:
        units, points = _count(session, Unit), _count(session, Unit, Unit.headcount > 0)
    return Outcome(
        said=str(imported.said),
        figures={"units": units, "points": points},
        checks=(
            equal(_("units"), len(job.county.units), units),
            equal(_("points to carry to"), job.county.facts.points, points),
        ),
    )


def import_items(job: Job) -> Outcome:
    imported = _import(job, "items", by="caigou")
    with job.database.reading() as session:
        items = _count(session, Item)
    return Outcome(
        said=str(imported.said), figures={"items": items}, checks=(equal(_("items"), len(job.county.items), items),)
    )


def import_receipts(job: Job) -> Outcome:
    imported = _import(job, "receipts", by="caigou")
    with job.database.reading() as session:
        on_hand, names = _on_hand(session, job), _names(session)
    return Outcome(
        said=str(imported.said),
        figures={f"on_hand:{code}": quantity for code, quantity in on_hand.items()},
        checks=tuple(
            equal(_("%(item)s on hand", item=names[item.code]), job.county.received(item.code), on_hand[item.code])
            for item in job.county.items
        ),
    )


def import_receipts_again(job: Job) -> Outcome:
    """The same table as another kind of file, as happens when two people take in the same."""
    with job.database.reading() as session:
        before = _count(session, Document)
    imported = _import(job, "receipts", by="caigou", file="receipts-csv")
    with job.database.reading() as session:
        after, on_hand = _count(session, Document), _on_hand(session, job)
    return Outcome(
        said=_("Known already as %(file)s: nothing was changed.", file=imported.filename),
        figures={"documents": after, f"on_hand:{MASK}": on_hand[MASK]},
        checks=(
            equal(_("recognised"), _("yes"), _("yes") if imported.again else _("no")),
            equal(_("documents"), before, after),
            equal(_("masks on hand"), job.county.received(MASK), on_hand[MASK]),
        ),
    )


def import_facts(job: Job) -> Outcome:
    return _imported(job, "facts", UnitFacts, job.county.facts.points, _("points with facts"))


def approve_norms(job: Job) -> Outcome:
    """By the norms the points need just what they will ask for."""
    with job.database.transaction() as session:
        for place, norm in enumerate(job.county.norms):
            proposed = norms.propose(
                session,
                key=f"demo:norm:{place}",
                item_id=item_by_code(session, norm.item).id,
                basis=norm.basis,
                amount=None if norm.amount is None else Fraction(norm.amount),
                target_mg_per_l=TARGET_MG_PER_L if norm.amount is None else None,
                ml_per_m2=ML_PER_M2 if norm.amount is None else None,
                tiers=norm.tiers,
                source=norm.source,
                valid_from=job.county.first_day - dt.timedelta(days=DUTY_DAYS),
                at=job.clock(),
                by="caigou",
            )
            norms.approve(session, norm_id=proposed.id, at=job.clock(), by="lingdao")
        needs = total_needs(session, unit_ids=subtree(unit_by_code(session, TOP_CODE).id), on=job.today)
        reckoned = {item.code: needs[item.id].daily for item in session.scalars(select(Item)) if item.id in needs}
        names = _names(session)
    asked = {code: sum(r.daily_need for r in job.county.requisitions if r.item == code) for code in reckoned}
    return Outcome(
        said=_("%(count)s norms are in force.", count=len(job.county.norms)),
        figures={f"daily_need:{code}": need for code, need in reckoned.items()},
        checks=tuple(
            equal(_("%(item)s needed a day by the norms, as asked for", item=names[code]), asked[code], need)
            for code, need in reckoned.items()
        ),
    )


def add_people(job: Job) -> Outcome:
    with job.database.transaction() as session:
        for person in job.county.people:
            add_user(
                session,
                sign_in_name=person.sign_in_name,
                name=person.name,
                role=person.role,
                unit=unit_by_code(session, person.unit),
                password=job.password,
                at=job.clock(),
                phone=person.phone,
            )
        people = _count(session, User)
    return Outcome(
        said=_("%(count)s people can sign in.", count=people),
        figures={"people": people},
        checks=(equal(_("people"), len(job.county.people), people),),
    )


def import_customers(job: Job) -> Outcome:
    return _imported(job, "customers", Customer, job.county.facts.customers, _("customers"))


def import_vehicles(job: Job) -> Outcome:
    return _imported(job, "vehicles", Vehicle, len(job.county.vehicles), _("vehicles"))


def import_shifts(job: Job) -> Outcome:
    return _imported(job, "shifts", Shift, len(job.county.shifts), _("shifts"))


def import_requisitions(job: Job) -> Outcome:
    imported = _import(job, "requisitions", by="caigou")
    with job.database.reading() as session:
        asked = _asked(session)
        requisitions = _count(session, Requisition)
        on_hand, names = _on_hand(session, job), _names(session)
    return Outcome(
        said=str(imported.said),
        figures={"requisitions": requisitions} | {f"asked:{code}": quantity for code, quantity in asked.items()},
        checks=(
            equal(_("requisitions"), len(job.county.requisitions), requisitions),
            *(
                more_than(_("%(item)s asked for exceeds what there is", item=names[code]), on_hand[code], asked[code])
                for code, _word in SHARED
                if asked[code] > 0
            ),
        ),
    )


def import_orders(job: Job) -> Outcome:
    imported = _import(job, "orders", by="diaodu")
    with job.database.reading() as session:
        orders = _count(session, Order)
        ordered = _lines_of(session, _orders(session, DeliveryOrder.order_id.is_not(None)))
        reserved = sum(held.reserved for held in _held(session, job) if held.item.code in CLASSES)
    cartons = sum(ordered.get(code, 0) for code in CLASSES)
    return Outcome(
        said=str(imported.said),
        figures={"orders": orders, "cases": cartons // CARTONS_A_CASE, "cartons": cartons},
        checks=(
            equal(_("customers with an order"), job.county.facts.customers, orders),
            equal(_("cartons ordered"), job.county.facts.cases_ordered * CARTONS_A_CASE, cartons),
            equal(_("cartons reserved"), cartons, reserved),
        ),
    )


# Sharing out ----------------------------------------------------------------------------------------------------------


def share_scarce(job: Job) -> Outcome:
    checks: list[Check] = []
    figures: dict[str, int] = {}
    said: list[str] = []
    with job.database.transaction() as session:
        for code, word in SHARED:
            item, store = item_by_code(session, code), _store(session)
            held = stock.available(session, location_id=store.id, item_id=item.id, on=job.today)
            asking = _count(session, Requisition, Requisition.item_id == item.id)
            run = share_out(
                session,
                recorded=job.recorded(f"share:{code}", by="lingdao"),
                item_id=item.id,
                source_id=store.id,
                pack_word=word,
                coming=coming(session, item_ids=[item.id]),
            )
            job.allocation_ids.append(run.id)
            given = sum(share.quantity for share in run.shares)
            served = sum(1 for share in run.shares if share.quantity)
            figures |= {f"shared:{code}": given, f"served:{code}": served}
            said.append(
                _(
                    "%(packs)s %(word)s of %(item)s for %(points)s points",
                    packs=f"{given // run.pack_size:,}",
                    word=word,
                    item=item.name,
                    points=served,
                )
            )
            checks += [
                at_most(_("%(item)s shared out", item=item.name), held, given),
                equal(_("%(item)s shared and left over", item=item.name), held, given + run.left_over * run.pack_size),
                equal(_("requests for %(item)s answered", item=item.name), asking, len(run.shares)),
            ]
    return Outcome(
        said=_("; ").join(said),
        figures=figures,
        checks=tuple(checks),
    )


def carry_shares(job: Job) -> Outcome:
    with job.database.transaction() as session:
        made = [
            order.id
            for run_id in job.allocation_ids
            for order in deliver_shares(session, run_id=run_id, at=job.clock(), by="caigou")
        ]
        runs = session.scalars(select(AllocationRun).where(AllocationRun.id.in_(job.allocation_ids))).all()
        shares = [share for run in runs for share in run.shares if share.quantity]
        shared = {code: sum(s.quantity for s in shares if s.requisition.item.code == code) for code, _word in SHARED}
        carried = _lines_of(session, made)
        reserved = {held.item.code: held.reserved for held in _held(session, job)}
        names = _names(session)
        waiting = len(_orders(session, DeliveryOrder.state == DeliveryState.OPEN))
    return Outcome(
        said=_("%(new)s delivery orders of shares; %(all)s wait to be planned.", new=len(made), all=waiting),
        figures={"delivery_orders": len(made), "open": waiting},
        checks=(
            equal(_("delivery orders of shares"), len(shares), len(made)),
            *(
                equal(_("%(item)s to be carried", item=names[code]), quantity, carried.get(code, 0))
                for code, quantity in shared.items()
            ),
            *(
                equal(_("%(item)s reserved", item=names[code]), quantity, reserved.get(code, 0))
                for code, quantity in shared.items()
            ),
            equal(_("delivery orders that wait"), job.county.facts.customers + len(shares), waiting),
        ),
    )


# Planning -------------------------------------------------------------------------------------------------------------


def make_plan(job: Job) -> Outcome:
    with job.database.transaction() as session:
        job.plan_run_id = start_plan(
            session,
            key=PLAN_KEY,
            depot_id=_store(session).id,
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
        waiting = set(_orders(session, DeliveryOrder.state == DeliveryState.OPEN))
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
        planned = len(_orders(session, DeliveryOrder.state == DeliveryState.PLANNED))
        waiting = len(_orders(session, DeliveryOrder.state == DeliveryState.OPEN))
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


# Driving --------------------------------------------------------------------------------------------------------------


def load_one_trip(job: Job) -> Outcome:
    with job.database.transaction() as session:
        trip = _trip(session, job)
        goods = _lines_of(session, _orders_of(trip.stops))
        in_store, inside = _balances(session, trip.vehicle.depot_id), _on_hand(session, job)
        load_trip(session, trip_id=trip.id, recorded=job.recorded("load", by=trip.driver.sign_in_name))
        aboard, left = _balances(session, trip.vehicle.aboard_id), _balances(session, trip.vehicle.depot_id)
        after, stops = _on_hand(session, job), len(trip.stops)
    return Outcome(
        said=_(
            "%(trip)s: %(driver)s, %(plate)s, %(stops)s stops, %(kg)s kg",
            trip=trip.number,
            driver=trip.driver.name,
            plate=trip.vehicle.plate,
            stops=stops,
            kg=f"{trip.load_kg:,}",
        ),
        figures={"stops": stops, "load_kg": trip.load_kg} | {f"aboard:{c}": n for c, n in aboard.items()},
        checks=(
            equal(_("goods aboard"), listed(goods), listed(aboard)),
            equal(_("goods left in the store"), listed(_less(in_store, goods)), listed(left)),
            equal(_("goods of the county, on the road or not"), listed(inside), listed(after)),
        ),
    )


def drive_one_trip(job: Job) -> Outcome:
    """Every stop as the driver's phone sends it; one is closed on purpose, and one act is sent twice."""
    with job.database.reading() as session:
        trip = _trip(session, job)
        stops = [stop.id for stop in trip.stops]
        closed = stops[len(stops) // 2]
        driver_id, by = trip.driver_id, trip.driver.sign_in_name
        vehicle_id = trip.vehicle.aboard_id
        back = _lines_of(session, _orders_of(stop for stop in trip.stops if stop.id == closed))
        job.delivered = _lines_of(
            session,
            _orders_of(stop for stop in trip.stops if stop.id != closed),
            DeliveryOrder.customer_id.is_not(None),
        )
    for stop_id in stops:
        _act_at(job, stop_id, closed=stop_id == closed, by=by, driver_id=driver_id)
    repeated = _act_at(job, stops[0], closed=False, by=by, driver_id=driver_id)
    with job.database.reading() as session:
        states = [stop.state for stop in _trip(session, job).stops]
        aboard = _balances(session, vehicle_id)
    return Outcome(
        said=_(
            "%(delivered)s delivered, 1 not (nobody there)", delivered=sum(s is StopState.DELIVERED for s in states)
        ),
        figures={"delivered": states.count(StopState.DELIVERED), "failed": states.count(StopState.FAILED)},
        checks=(
            equal(_("stops delivered"), len(stops) - 1, states.count(StopState.DELIVERED)),
            equal(_("stops not delivered"), 1, states.count(StopState.FAILED)),
            equal(_("the act that came twice"), News.REPEATED.value, repeated.value),
            equal(_("goods still aboard"), listed(back), listed(aboard)),
        ),
    )


def come_home(job: Job) -> Outcome:
    with job.database.transaction() as session:
        trip = _trip(session, job)
        before = _balances(session, trip.vehicle.depot_id)
        back = _balances(session, trip.vehicle.aboard_id)
        finish_trip(session, trip_id=trip.id, recorded=job.recorded("finish", by=trip.driver.sign_in_name))
        aboard, in_store = _balances(session, trip.vehicle.aboard_id), _balances(session, trip.vehicle.depot_id)
        state = trip.state
    return Outcome(
        said=_("The vehicle is empty; back in the store: %(goods)s", goods=listed(back)),
        figures={f"back:{code}": quantity for code, quantity in back.items()},
        checks=(
            equal(_("state of the trip"), TripState.FINISHED.value, state.value),
            equal(_("goods aboard"), listed({}), listed(aboard)),
            equal(_("goods in the store"), listed(_less(before, {c: -n for c, n in back.items()})), listed(in_store)),
        ),
    )


def book_past_duty(job: Job) -> Outcome:
    """What the points have of their own, and what shifts and rounds used of it until the first day."""
    with job.database.transaction() as session:
        for duty in job.county.duties:
            _book_duty(session, job, duty)
        booked = _count(session, Task)
    return Outcome(
        said=_("%(count)s shifts and rounds of two weeks are booked.", count=f"{booked:,}"),
        figures={"tasks": booked} | {f"own:{code}": quantity for code, quantity in job.own.items()},
        checks=(equal(_("shifts and rounds"), 2 * sum(duty.days for duty in job.county.duties), booked),),
    )


def prove_ledger(job: Job) -> Outcome:
    with job.database.reading() as session:
        proof = stock.prove(session)
        on_hand, names = _on_hand(session, job), _names(session)
    return Outcome(
        said=_(
            "%(movements)s movements, %(balances)s balances, %(lots)s lots",
            movements=f"{proof.movements:,}",
            balances=f"{proof.balances:,}",
            lots=proof.lots,
        ),
        figures={"movements": proof.movements, "balances": proof.balances, "findings": len(proof.findings)},
        checks=(
            equal(_("findings of the proof"), 0, len(proof.findings)),
            *(
                equal(
                    _("%(item)s received, on hand and handed over", item=names[item.code]),
                    job.county.received(item.code) + job.own.get(item.code, 0),
                    on_hand.get(item.code, 0) + job.delivered.get(item.code, 0),
                )
                for item in job.county.items
            ),
        ),
    )


STEPS = (
    Step(name="workbooks", title=lazy_gettext("Write the workbooks"), act=write_workbooks),
    Step(name="units", title=lazy_gettext("Take in units"), act=import_units),
    Step(name="items", title=lazy_gettext("Take in items"), act=import_items),
    Step(name="receipts", title=lazy_gettext("Take in receipts"), act=import_receipts),
    Step(name="receipts-again", title=lazy_gettext("The same receipts again"), act=import_receipts_again),
    Step(name="people", title=lazy_gettext("Add people"), act=add_people),
    Step(name="facts", title=lazy_gettext("Take in the facts of units"), act=import_facts),
    Step(name="norms", title=lazy_gettext("Approve norms"), act=approve_norms),
    Step(name="customers", title=lazy_gettext("Take in customers"), act=import_customers),
    Step(name="vehicles", title=lazy_gettext("Take in vehicles"), act=import_vehicles),
    Step(name="shifts", title=lazy_gettext("Take in shifts"), act=import_shifts),
    Step(name="requisitions", title=lazy_gettext("Take in requisitions"), act=import_requisitions),
    Step(name="orders", title=lazy_gettext("Take in orders"), act=import_orders),
    Step(name="share", title=lazy_gettext("Share out what is scarce"), act=share_scarce),
    Step(name="delivery-orders", title=lazy_gettext("Make delivery orders of the shares"), act=carry_shares),
    Step(name="plan", title=lazy_gettext("Plan the routes"), act=make_plan),
    Step(name="publish", title=lazy_gettext("Publish the plan"), act=publish_plan),
    Step(name="load", title=lazy_gettext("Load one trip"), act=load_one_trip),
    Step(name="deliver", title=lazy_gettext("Deliver its stops"), act=drive_one_trip),
    Step(name="finish", title=lazy_gettext("Bring the rest home"), act=come_home),
    Step(name="duty", title=lazy_gettext("Book the duty of two weeks"), act=book_past_duty),
    Step(name="books", title=lazy_gettext("Fill the other books"), act=books.fill),
    Step(name="prove", title=lazy_gettext("Prove the ledger"), act=prove_ledger),
)


# Beneath --------------------------------------------------------------------------------------------------------------


def _import(job: Job, kind: str, *, by: str, file: str | None = None) -> Imported:
    """Exactly what happens to a file that somebody uploads."""
    path = job.files[file or kind]
    table = read_table(importer_for(kind), path.read_bytes(), path.name)
    with job.database.transaction() as session:
        return take_in(session, table=table, at=job.clock(), by=by, zone=job.zone)


def _imported(job: Job, kind: str, table: type, expected: int, what: Sentence) -> Outcome:
    imported = _import(job, kind, by="diaodu")
    with job.database.reading() as session:
        found = _count(session, table)
    return Outcome(said=str(imported.said), figures={kind: found}, checks=(equal(what, expected, found),))


def _act_at(job: Job, stop_id: int, *, closed: bool, by: str, driver_id: int) -> News:
    now = job.clock()
    with job.database.transaction() as session:
        if closed:
            told = fail(
                session,
                key=f"demo:{stop_id}",
                trip_stop_id=stop_id,
                reason=FailureReason.NOBODY_THERE,
                note="店门关着，电话没人接，货带回。",
                occurred_at=now,
                received_at=now,
                by=by,
                driver_id=driver_id,
            )
        else:
            told = deliver(
                session,
                key=f"demo:{stop_id}",
                trip_stop_id=stop_id,
                receiver=Receiver.SELF,
                note="",
                occurred_at=now,
                received_at=now,
                by=by,
                driver_id=driver_id,
            )
        return told.news


def _book_duty(session: Session, job: Job, duty: DemoDuty) -> None:
    unit, began = unit_by_code(session, duty.unit), job.county.first_day - dt.timedelta(days=DUTY_DAYS)
    store = store_of(session, unit)
    masks, disinfectant = item_by_code(session, MASK), item_by_code(session, DISINFECTANT)
    people = [duty.people - day % 3 for day in range(duty.days)]
    a_day_g = duty.area_m2 * ROUNDS_A_DAY
    left = {MASK: 2 * duty.people * duty.masks_days, DISINFECTANT: a_day_g * duty.disinfectant_days}
    _open(
        session,
        job.recorded(f"own:{duty.unit}", by="caigou", at=dt.datetime.combine(began, dt.time(7), job.zone)),
        store,
        {masks: 2 * sum(people) + left[MASK], disinfectant: a_day_g * duty.days + left[DISINFECTANT]},
    )
    for day, on_duty in enumerate(people):
        at = dt.datetime.combine(began + dt.timedelta(days=day), dt.time(18), job.zone)
        consumption.book_shift(
            session,
            recorded=job.recorded(f"shift:{duty.unit}:{day}", by="caigou", at=at),
            unit=unit,
            source=store,
            people=on_duty,
            shifts=1,
            used={masks.id: 2 * on_duty},
        )
        consumption.book_round(
            session,
            recorded=job.recorded(f"round:{duty.unit}:{day}", by="caigou", at=at),
            unit=unit,
            source=store,
            item=disinfectant,
            area_m2=duty.area_m2,
            rounds=ROUNDS_A_DAY,
            target_mg_per_l=TARGET_MG_PER_L,
            ml_per_m2=ML_PER_M2,
        )
    job.own = {code: job.own.get(code, 0) + quantity for code, quantity in left.items()}


def _open(session: Session, recorded: Recorded, store: StockLocation, had: Mapping[Item, int]) -> None:
    """The opening stock of a store."""
    receive(
        session,
        recorded=recorded,
        lines=[
            Line(
                lot_id=lot_for(session, item=item, code="点位自有", expires_on=None).id,
                source_id=the_location(session, Place.OPENING).id,
                destination_id=store.id,
                quantity=quantity,
            )
            for item, quantity in had.items()
            if quantity
        ],
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


def _trip(session: Session, job: Job) -> Trip:
    return session.get_one(Trip, job.trip_id)


def _orders_of(stops: Iterable[TripStop]) -> list[int]:
    return [order.id for stop in stops for order in stop.delivery_orders]


def _store(session: Session) -> StockLocation:
    return store_of(session, unit_by_code(session, STORE_CODE))


def _count(session: Session, table: type, *where: Any) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*where)) or 0


def _orders(session: Session, *where: Any) -> list[int]:
    return list(session.scalars(select(DeliveryOrder.id).where(*where)))


def _names(session: Session) -> dict[str, str]:
    return {item.code: item.name for item in session.scalars(select(Item))}


def _held(session: Session, job: Job) -> list[stock.OnHand]:
    return stock.on_hand(session, unit_id=unit_by_code(session, TOP_CODE).id, on=job.today)


def _on_hand(session: Session, job: Job) -> dict[str, int]:
    """Base units of each item (by code) that the county holds, on vehicles or not."""
    return defaultdict(int, {held.item.code: held.on_hand for held in _held(session, job)})


def _asked(session: Session) -> dict[str, int]:
    rows = session.execute(select(Item.code, func.sum(Requisition.quantity)).join(Requisition.item).group_by(Item.code))
    return defaultdict(int, {code: int(quantity) for code, quantity in rows})


def _balances(session: Session, location_id: int) -> dict[str, int]:
    rows = session.execute(
        select(Item.code, func.sum(Balance.quantity))
        .join(Item, Item.id == Balance.item_id)
        .where(Balance.location_id == location_id, Balance.quantity != 0)
        .group_by(Item.code)
    )
    return {code: int(quantity) for code, quantity in rows}


def _lines_of(session: Session, order_ids: Iterable[int], *where: Any) -> dict[str, int]:
    """Base units of each item (by code) on these delivery orders."""
    wanted = set(order_ids)
    totals: dict[str, int] = defaultdict(int)
    rows = session.execute(
        select(DeliveryLine.delivery_order_id, Item.code, DeliveryLine.quantity)
        .join(DeliveryLine.item)
        .join(DeliveryLine.delivery_order)
        .where(*where)
    )
    for order_id, code, quantity in rows:
        if order_id in wanted:
            totals[code] += quantity
    return dict(totals)


def _less(goods: Mapping[str, int], taken: Mapping[str, int]) -> dict[str, int]:
    return {code: goods.get(code, 0) - taken.get(code, 0) for code in {*goods, *taken}}
