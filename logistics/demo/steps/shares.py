"""Scarce stock shared out, and delivery orders made of the shares."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from inventory import stock
from inventory.catalogue import item_by_code
from inventory.requisitions import Requisition
from inventory.runs import AllocationRun
from inventory.sharing import share_out
from logistics.demo.checks import Check, at_most, equal
from logistics.demo.county.codes import SHARED
from logistics.demo.job import Job, Outcome
from logistics.demo.steps import reads
from logistics.orders.models import DeliveryOrder, DeliveryState
from logistics.orders.operations import deliver_shares
from logistics.orders.queries import coming


def share_scarce(job: Job) -> Outcome:
    checks: list[Check] = []
    figures: dict[str, int] = {}
    said: list[str] = []
    with job.database.transaction() as session:
        for code, word in SHARED:
            item, store = item_by_code(session, code), reads.the_store(session)
            held = stock.available(session, location_id=store.id, item_id=item.id, on=job.today)
            asking = reads.count(session, Requisition, Requisition.item_id == item.id)
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
        carried = reads.lines_of(session, made)
        reserved = {held.item.code: held.reserved for held in reads.held(session, job)}
        names = reads.item_names(session)
        waiting = len(reads.order_ids(session, DeliveryOrder.state == DeliveryState.OPEN))
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
