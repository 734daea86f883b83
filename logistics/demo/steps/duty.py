"""Norms in force, and what shifts and rounds of the days before used by them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import consumption, norms
from inventory.catalogue import Item, item_by_code, lot_for
from inventory.consumption import Task
from inventory.ledger import Line, Recorded, receive
from inventory.needs import total_needs
from inventory.places import Place, StockLocation, store_of, the_location
from inventory.units import subtree, unit_by_code
from logistics.demo.checks import equal
from logistics.demo.county.codes import DISINFECTANT, MASK, TOP_CODE
from logistics.demo.county.needs import DUTY_DAYS, ROUNDS_A_DAY
from logistics.demo.county.parts import DemoDuty
from logistics.demo.job import Job, Outcome
from logistics.demo.steps import reads

#: Half a gram of chlorine to the litre, a tenth of a litre to the square metre.
TARGET_MG_PER_L, ML_PER_M2 = 500, 100


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
        names = reads.item_names(session)
    asked = {code: sum(r.daily_need for r in job.county.requisitions if r.item == code) for code in reckoned}
    return Outcome(
        said=_("%(count)s norms are in force.", count=len(job.county.norms)),
        figures={f"daily_need:{code}": need for code, need in reckoned.items()},
        checks=tuple(
            equal(_("%(item)s needed a day by the norms, as asked for", item=names[code]), asked[code], need)
            for code, need in reckoned.items()
        ),
    )


def book_past_duty(job: Job) -> Outcome:
    """What the points have of their own, and what shifts and rounds used of it until the first day."""
    with job.database.transaction() as session:
        for duty in job.county.duties:
            _book_duty(session, job, duty)
        booked = reads.count(session, Task)
    return Outcome(
        said=_("%(count)s shifts and rounds of two weeks are booked.", count=f"{booked:,}"),
        figures={"tasks": booked} | {f"own:{code}": quantity for code, quantity in job.own.items()},
        checks=(equal(_("shifts and rounds"), 2 * sum(duty.days for duty in job.county.duties), booked),),
    )


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
