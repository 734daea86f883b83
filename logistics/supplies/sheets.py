"""Sheets of requisitions (申领单): asked on one form, printed, reviewed and taken back together or line by line."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from inventory.catalogue import Item
from inventory.errors import NotFound
from inventory.requisitions import (
    AskedLine,
    LineReview,
    Requisition,
    RequisitionReview,
    RequisitionSheet,
    ask_together,
    get_sheet,
    review_together,
    sheets,
    withdraw_together,
)
from inventory.units import is_within
from logistics.accounts.permissions import Permission, permit
from logistics.supplies import choices, overview
from logistics.supplies.forms import (
    Typed,
    Unreadable,
    check,
    kept,
    kept_lines,
    padded,
    pick,
    read_quantity,
    text,
)
from logistics.supplies.goods import LINES, read_lines
from logistics.supplies.pages import PAGE
from logistics.supplies.reviewing import as_asked
from logistics.supplies.words import need_story
from logistics.web.acting import act_or_again
from logistics.web.context import me, new_key, now, reading, today, transaction, zone
from logistics.web.downloads import list_of_today
from logistics.web.words import word
from logistics.workbooks.writing import TableColumn, table_workbook

blueprint = Blueprint("sheets", __name__, template_folder="templates")

ASKED_LINE = ("item", "quantity", "word", "need", "need_word")
REVIEWED_LINE = ("line", "quantity", "word", "comment")
#: How many sheets an export holds.
MOST_EXPORTED = 5_000


# Looking --------------------------------------------------------------------------------------------------------------


@blueprint.get("/requisitions/sheets", endpoint="sheets")
@permit(Permission.ASK)
def listed() -> ResponseReturnValue:
    only_open = "all" not in request.args
    with reading() as session:
        found = sheets(
            session,
            unit_id=me().unit_id,
            only_open=only_open,
            limit=PAGE,
            before_id=request.args.get("before", type=int),
        )
        return render_template(
            "sharing/sheets.html",
            lines=found,
            only_open=only_open,
            older=found[-1].id if len(found) == PAGE else None,
        )


@blueprint.get("/requisitions/sheets.xlsx")
@permit(Permission.ASK)
def workbook() -> ResponseReturnValue:
    with reading() as session:
        found = sheets(session, unit_id=me().unit_id, limit=MOST_EXPORTED)
        book = table_workbook(
            _("Requisition sheets"),
            [
                _("Sheet"),
                TableColumn(title=_("Unit"), width=20),
                TableColumn(title=_("When"), width=12),
                _("Line"),
                _("Item code"),
                TableColumn(title=_("Item"), width=20),
                _("Base unit"),
                *(TableColumn(title=title, number_format="#,##0") for title in _figures()),
                _("State"),
            ],
            [_row(sheet, line) for sheet in found for line in sheet.lines],
        )
    return list_of_today(book, _("Requisition sheets"))


@blueprint.get("/requisitions/sheets/<int:sheet_id>")
@permit(Permission.ASK)
def sheet(sheet_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _page(session, sheet_id=sheet_id)


# Doing ----------------------------------------------------------------------------------------------------------------


@blueprint.get("/requisitions/new")
@permit(Permission.ASK)
def ask_form() -> ResponseReturnValue:
    with reading() as session:
        units = choices.units(session, of_unit_id=me().unit_id)
        unit = units.first[0].label if len(units.first) == 1 else ""
        line = Typed({"item": request.args.get("item", "")})
        return _form(session, head=Typed({"unit": unit}), lines=[line])


@blueprint.post("/requisitions/new")
@permit(Permission.ASK)
def ask() -> ResponseReturnValue:
    head, lines = kept(request.form, "unit", "note", "key"), kept_lines(request.form, *ASKED_LINE)

    def done(made: RequisitionSheet) -> ResponseReturnValue:
        flash(_("%(number)s is recorded and waits for the next allocation.", number=made.number))
        with reading() as session:
            lines = get_sheet(session, made.id).lines
            for line in overview.as_they_stand(session, lines, on=today()).values():
                if line.told_otherwise:
                    flash(
                        _(
                            "%(item)s: %(said)s",
                            item=line.requisition.item.name,
                            said=need_story(line.need, line.requisition),
                        )
                    )
        return redirect(url_for("sheets.sheet", sheet_id=made.id))

    return act_or_again(lambda session: _ask(session, head, lines), partial(_form, head=head, lines=lines), done)


@blueprint.get("/requisitions/need")
@permit(Permission.ASK)
def needs() -> ResponseReturnValue:
    """The part of the form that says what the chosen unit needs a day, by the approved norms, of the items chosen so far."""
    head, lines = kept(request.args, "unit"), kept_lines(request.args, "item")
    with reading() as session:
        return render_template("sharing/_needs_by_norm.html", **_by_norm(session, head, lines))


@blueprint.post("/requisitions/sheets/<int:sheet_id>/review")
@permit(Permission.ALLOCATE)
def judge(sheet_id: int) -> ResponseReturnValue:
    head, lines = kept(request.form, "key"), kept_lines(request.form, *REVIEWED_LINE)

    def done(reviews: list[RequisitionReview]) -> ResponseReturnValue:
        flash(ngettext("%(num)s line is reviewed.", "%(num)s lines are reviewed.", len(reviews)))
        return redirect(url_for("sheets.sheet", sheet_id=sheet_id))

    again = partial(_page, sheet_id=sheet_id, head=head, lines=lines)
    return act_or_again(lambda session: _review(session, sheet_id, head, lines), again, done)


@blueprint.post("/requisitions/sheets/<int:sheet_id>/withdraw")
@permit(Permission.ASK)
def withdraw(sheet_id: int) -> ResponseReturnValue:
    with transaction() as session:
        withdrawn = withdraw_together(session, sheet_id=my_sheet(session, sheet_id).id)
    flash(
        ngettext("%(num)s line is withdrawn.", "%(num)s lines are withdrawn.", len(withdrawn))
        if withdrawn
        else _("No line waits any more.")
    )
    return redirect(url_for("sheets.sheet", sheet_id=sheet_id))


def my_sheet(session: Session, sheet_id: int) -> RequisitionSheet:
    """The sheet, if the person's own unit or one below asks. Raises NotFound."""
    found = get_sheet(session, sheet_id)
    if not is_within(session, found.unit_id, me().unit_id):
        raise NotFound("requisition sheet", sheet_id)
    return found


# Beneath --------------------------------------------------------------------------------------------------------------


def _ask(session: Session, head: Typed, lines: list[Typed]) -> RequisitionSheet:
    unit = head.read("unit", pick(choices.units(session, of_unit_id=me().unit_id)))
    note = head.read("note", text(500))
    wanted = read_lines(session, lines, partial(_asked, seen=set()))
    check(head, *lines)
    if unit is None:
        raise Unreadable
    return ask_together(
        session,
        key=head["key"] or new_key(),
        unit=unit,
        lines=wanted,
        at=now(),
        by=me().sign_in_name,
        note=note or "",
    )


def _asked(line: Typed, item: Item | None, *, seen: set[int]) -> AskedLine | None:
    quantity = read_quantity(line, item, unit="word")
    daily_need = read_quantity(line, item, amount="need", unit="need_word")
    if item is None or quantity is None or daily_need is None:
        return None
    if item.id in seen:
        line.refuse("item", _("This item stands on another line already. Put it on one."))
    seen.add(item.id)
    return AskedLine(item=item, quantity=quantity, daily_need=daily_need)


def _review(session: Session, sheet_id: int, head: Typed, lines: list[Typed]) -> list[RequisitionReview]:
    by_number = {line.number: line for line in my_sheet(session, sheet_id).lines}
    reviews = []
    for typed in lines:
        if typed["line"] not in by_number:
            raise NotFound("requisition", typed["line"])
        if typed["quantity"].strip():
            reviews.append(_reviewed(typed, by_number[typed["line"]]))
    check(*lines)
    return review_together(
        session,
        key=head["key"] or new_key(),
        sheet_id=sheet_id,
        reviews=[one for one in reviews if one is not None],
        at=now(),
        by=me().sign_in_name,
    )


def _reviewed(typed: Typed, asked: Requisition) -> LineReview | None:
    refused = typed["quantity"].strip() == "0"
    quantity = 0 if refused else read_quantity(typed, asked.item, unit="word")
    changed = quantity is not None and quantity != asked.quantity
    comment = typed.read("comment", text(500, needed=changed))
    if quantity is None or comment is None:
        return None
    return LineReview(requisition_id=asked.id, quantity=quantity, comment=comment)


def _form(session: Session, said: str | None = None, *, head: Typed, lines: list[Typed]) -> str:
    return render_template(
        "sharing/ask.html",
        head=head,
        lines=padded(lines, least=LINES, more=LINES if "more" in request.form else 0),
        said=said,
        units=choices.units(session, of_unit_id=me().unit_id),
        items=choices.items(session),
        **_by_norm(session, head, lines),
    )


def _by_norm(session: Session, head: Typed, lines: list[Typed]) -> dict[str, Any]:
    """The needs by norm of what is typed so far; none while it names no unit or no item."""
    unit = Typed({"unit": head["unit"]}).read("unit", pick(choices.units(session, of_unit_id=me().unit_id)))
    offered = choices.items(session)
    named = [Typed({"item": line["item"]}).read("item", pick(offered)) for line in lines if line["item"].strip()]
    items = list({item.id: item for item in named if item is not None}.values())
    needs = overview.needs_by_norm(session, unit=unit, items=items, on=today()) if unit and items else []
    return {"needing": unit, "needs_by_norm": needs}


def _page(
    session: Session,
    said: str | None = None,
    *,
    sheet_id: int,
    head: Typed | None = None,
    lines: list[Typed] | None = None,
) -> str:
    shown = my_sheet(session, sheet_id)
    typed = {line["line"]: line for line in lines or ()}
    return render_template(
        "sharing/sheet.html",
        sheet=shown,
        reviewing=[(line, typed.get(line.number) or as_asked(line)) for line in shown.waiting],
        head=head or Typed({}),
        said=said,
    )


def _figures() -> list[str]:
    return [_("Asked"), _("Approved"), _("Daily need")]


def _row(sheet: RequisitionSheet, line: Requisition) -> tuple[object, ...]:
    return (
        sheet.number,
        sheet.unit.name,
        sheet.asked_at.astimezone(zone()).date(),
        line.number,
        line.item.code,
        line.item.name,
        line.item.base_unit,
        line.first_asked,
        line.quantity if line.approved_at else None,
        line.daily_need,
        word(line.state),
    )
