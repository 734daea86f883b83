"""The main job from end to end: workbooks in, scarce stock shared out, days of routes planned and published, one trip driven, the books
proved.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator

from flask_babel import lazy_gettext

from inventory.errors import InventoryError
from logistics.demo.job import Done, Job, Outcome, Step
from logistics.demo.steps import books, driving, duty, proving, routes, shares, taking_in
from logistics.errors import ServiceError
from logistics.web.sentences import sentence
from logistics.workbooks.errors import RowErrors, WorkbookError

STEPS = (
    Step(name="workbooks", title=lazy_gettext("Write the workbooks"), act=taking_in.write_workbooks),
    Step(name="units", title=lazy_gettext("Take in units"), act=taking_in.import_units),
    Step(name="items", title=lazy_gettext("Take in items"), act=taking_in.import_items),
    Step(name="receipts", title=lazy_gettext("Take in receipts"), act=taking_in.import_receipts),
    Step(name="receipts-again", title=lazy_gettext("The same receipts again"), act=taking_in.import_receipts_again),
    Step(name="people", title=lazy_gettext("Add people"), act=taking_in.add_people),
    Step(name="facts", title=lazy_gettext("Take in the facts of units"), act=taking_in.import_facts),
    Step(name="norms", title=lazy_gettext("Approve norms"), act=duty.approve_norms),
    Step(name="customers", title=lazy_gettext("Take in customers"), act=taking_in.import_customers),
    Step(name="vehicles", title=lazy_gettext("Take in vehicles"), act=taking_in.import_vehicles),
    Step(name="shifts", title=lazy_gettext("Take in shifts"), act=taking_in.import_shifts),
    Step(name="requisitions", title=lazy_gettext("Take in requisitions"), act=taking_in.import_requisitions),
    Step(name="orders", title=lazy_gettext("Take in orders"), act=taking_in.import_orders),
    Step(name="share", title=lazy_gettext("Share out what is scarce"), act=shares.share_scarce),
    Step(name="delivery-orders", title=lazy_gettext("Make delivery orders of the shares"), act=shares.carry_shares),
    Step(name="plan", title=lazy_gettext("Plan the routes"), act=routes.make_plan),
    Step(name="publish", title=lazy_gettext("Publish the plan"), act=routes.publish_plan),
    Step(name="load", title=lazy_gettext("Load one trip"), act=driving.load_one_trip),
    Step(name="deliver", title=lazy_gettext("Deliver its stops"), act=driving.drive_one_trip),
    Step(name="finish", title=lazy_gettext("Bring the rest home"), act=driving.come_home),
    Step(name="duty", title=lazy_gettext("Book the duty of two weeks"), act=duty.book_past_duty),
    Step(name="books", title=lazy_gettext("Fill the other books"), act=books.fill),
    Step(name="prove", title=lazy_gettext("Prove the ledger"), act=proving.prove_ledger),
)


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
