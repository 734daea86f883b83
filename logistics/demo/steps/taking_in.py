"""Workbooks in: written from the county, then taken in as somebody uploads them; and the people who sign in."""

from __future__ import annotations

from collections import defaultdict

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.catalogue import Item
from inventory.ledger import Document
from inventory.norms import UnitFacts
from inventory.requisitions import Requisition
from inventory.units import Unit, unit_by_code
from logistics.accounts.models import User
from logistics.accounts.operations import add_user
from logistics.demo import workbooks
from logistics.demo.checks import equal, more_than
from logistics.demo.county.codes import CARTONS_A_CASE, CLASSES, MASK, SHARED
from logistics.demo.job import Job, Outcome
from logistics.demo.steps import reads
from logistics.fleet.models import Shift, Vehicle
from logistics.imports.kinds import importer_for
from logistics.imports.operations import Imported, read_table, take_in
from logistics.orders.models import Customer, DeliveryOrder, Order
from logistics.workbooks.errors import Sentence


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
        units, points = reads.count(session, Unit), reads.count(session, Unit, Unit.headcount > 0)
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
        items = reads.count(session, Item)
    return Outcome(
        said=str(imported.said), figures={"items": items}, checks=(equal(_("items"), len(job.county.items), items),)
    )


def import_receipts(job: Job) -> Outcome:
    imported = _import(job, "receipts", by="caigou")
    with job.database.reading() as session:
        on_hand, names = reads.on_hand(session, job), reads.item_names(session)
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
        before = reads.count(session, Document)
    imported = _import(job, "receipts", by="caigou", file="receipts-csv")
    with job.database.reading() as session:
        after, on_hand = reads.count(session, Document), reads.on_hand(session, job)
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
        people = reads.count(session, User)
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
        requisitions = reads.count(session, Requisition)
        on_hand, names = reads.on_hand(session, job), reads.item_names(session)
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
        orders = reads.count(session, Order)
        ordered = reads.lines_of(session, reads.order_ids(session, DeliveryOrder.order_id.is_not(None)))
        reserved = sum(held.reserved for held in reads.held(session, job) if held.item.code in CLASSES)
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


def _import(job: Job, kind: str, *, by: str, file: str | None = None) -> Imported:
    """Exactly what happens to a file that somebody uploads."""
    path = job.files[file or kind]
    table = read_table(importer_for(kind), path.read_bytes(), path.name)
    with job.database.transaction() as session:
        return take_in(session, table=table, at=job.clock(), by=by, zone=job.zone)


def _imported(job: Job, kind: str, table: type, expected: int, what: Sentence) -> Outcome:
    imported = _import(job, kind, by="diaodu")
    with job.database.reading() as session:
        found = reads.count(session, table)
    return Outcome(said=str(imported.said), figures={kind: found}, checks=(equal(what, expected, found),))


def _asked(session: Session) -> dict[str, int]:
    rows = session.execute(select(Item.code, func.sum(Requisition.quantity)).join(Requisition.item).group_by(Item.code))
    return defaultdict(int, {code: int(quantity) for code, quantity in rows})
