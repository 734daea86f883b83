"""A requisition by itself: what was asked, what was made of it and by whom, and the form that reviews it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from inventory.catalogue import in_one_word
from inventory.errors import NotFound
from inventory.requisitions import Requisition, RequisitionReview, get_requisition, review
from inventory.runs import Share
from inventory.units import Unit, subtree
from logistics.accounts.permissions import Permission, permit
from logistics.supplies import overview
from logistics.supplies.forms import Typed, Unreadable, check, kept, read_quantity, text
from logistics.supplies.importing.reviews import REVIEW_COLUMNS, review_row
from logistics.web.acting import act_or_again
from logistics.web.context import me, new_key, now, reading, today
from logistics.web.downloads import spreadsheet
from logistics.web.words import word
from logistics.workbooks.writing import table_workbook

blueprint = Blueprint("reviewing", __name__, template_folder="templates")


@blueprint.get("/requisitions/<int:requisition_id>")
@permit(Permission.ASK)
def requisition(requisition_id: int) -> ResponseReturnValue:
    with reading() as session:
        asked = my_requisition(session, requisition_id)
        return _page(session, asked, typed=as_asked(asked))


@blueprint.post("/requisitions/<int:requisition_id>/review")
@permit(Permission.ALLOCATE)
def judge(requisition_id: int) -> ResponseReturnValue:
    typed = kept(request.form, "quantity", "word", "comment", "act", "key")

    def act(session: Session) -> str:
        reviewed = _review(session, my_requisition(session, requisition_id), typed)
        return _("%(number)s: %(verdict)s.", number=reviewed.requisition.number, verdict=word(reviewed.verdict))

    def done(said: str) -> ResponseReturnValue:
        flash(said)
        return redirect(url_for("reviewing.requisition", requisition_id=requisition_id))

    return act_or_again(
        act,
        lambda session, said: _page(session, my_requisition(session, requisition_id), typed=typed, said=said),
        done,
    )


@blueprint.get("/requisitions.xlsx")
@permit(Permission.ASK)
def workbook() -> ResponseReturnValue:
    """What is asked of an item, as the table that brings the reviews back in."""
    with reading() as session:
        asked = overview.asked_items(session, unit_id=me().unit_id)
        chosen = next((line.item for line in asked if str(line.item.id) == request.args.get("item")), None)
        if chosen is None:
            raise NotFound("item", request.args.get("item", ""))
        lines = overview.asked_of(session, item_id=chosen.id, unit_id=me().unit_id, on=today())
        book = table_workbook(
            _("Requisitions"),
            REVIEW_COLUMNS,
            [review_row(line.requisition, line.need) for line in lines],
        )
    return spreadsheet(book, f"{_('Requisitions')}-{chosen.code}.xlsx")


def my_requisition(session: Session, requisition_id: int) -> Requisition:
    """The requisition, if a unit of the person's own or below asks. Raises NotFound."""
    asked = get_requisition(session, requisition_id)
    mine = select(Unit.id).where(Unit.id == asked.unit_id, Unit.id.in_(subtree(me().unit_id)))
    if session.scalar(mine) is None:
        raise NotFound("requisition", requisition_id)
    return asked


def as_asked(asked: Requisition) -> Typed:
    """The form that approves what is asked, in the unit word a person would write."""
    quantity, unit_word = in_one_word(asked.item, asked.quantity)
    return Typed({"line": asked.number, "quantity": str(quantity), "word": unit_word})


def _review(session: Session, asked: Requisition, typed: Typed) -> RequisitionReview:
    refused = typed["act"] == "refuse"
    quantity = 0 if refused else read_quantity(typed, asked.item, unit="word")
    comment = typed.read("comment", text(500, needed=refused))
    check(typed)
    if quantity is None:
        raise Unreadable
    return review(
        session,
        key=typed["key"] or new_key(),
        requisition_id=asked.id,
        quantity=quantity,
        at=now(),
        by=me().sign_in_name,
        comment=comment or "",
    )


def _page(session: Session, asked: Requisition, *, typed: Typed, said: str | None = None) -> str:
    shares = session.scalars(
        select(Share).where(Share.requisition_id == asked.id).options(selectinload(Share.run))
    ).all()
    return render_template(
        "sharing/requisition.html",
        asked=asked,
        line=overview.asked_one(session, asked, on=today()),
        typed=typed,
        said=said,
        shares=[share for share in shares if share.run.part_of_id is None],
        carries=asked.carries_id and get_requisition(session, asked.carries_id),
        carried_by=session.scalar(select(Requisition).where(Requisition.carries_id == asked.id)),
    )
