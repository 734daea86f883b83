"""Closed days: which units have closed which days, closing one, the printed sheet, reopening."""

from __future__ import annotations

import datetime as dt
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from inventory import consignments, days
from inventory.closed_days import DayClosing, DayFigure, DayReopening, closings_binding
from inventory.consignments import ConsignmentState
from inventory.units import Unit, upwards
from logistics.accounts.models import Role
from logistics.accounts.permissions import Permission, permit
from logistics.counting.operations import open_counts
from logistics.days import operations, words
from logistics.supplies import choices
from logistics.supplies.forms import Typed, Unreadable, check, kept, pick, read_expiry, text
from logistics.web.acting import act_or_again
from logistics.web.context import me, new_key, now, reading, today, zone
from logistics.web.downloads import list_of_today, spreadsheet
from logistics.web.today import part
from logistics.workbooks.columns import refused
from logistics.workbooks.writing import TableColumn, Value, table_workbook

__all__ = ["blueprint", "words"]

blueprint = Blueprint("days", __name__, template_folder="templates")

PAGE = 50
#: How many closings an export holds.
MOST_EXPORTED = 5_000


# Looking --------------------------------------------------------------------------------------------------------------


@blueprint.get("/days")
@permit(Permission.READ_STOCK)
def listed() -> ResponseReturnValue:
    page = min(max(1, request.args.get("page", 1, type=int)), 10_000)
    before, about = request.args.get("before", type=int), request.args.get("about", "").strip()[:64]
    with reading() as session:
        weeks = operations.week(
            session, unit_id=me().unit_id, now=now(), about=about, limit=PAGE + 1, offset=PAGE * (page - 1)
        )
        found = days.closings(session, unit_id=me().unit_id, limit=PAGE, before_id=before)
        return render_template(
            "days/days.html",
            weeks=weeks[:PAGE],
            about=about,
            page=page,
            more=len(weeks) > PAGE,
            found=found,
            older=found[-1].id if len(found) == PAGE else None,
            above=_units_above(session),
        )


@blueprint.get("/days.xlsx")
@permit(Permission.READ_STOCK)
def listed_file() -> ResponseReturnValue:
    with reading() as session:
        found = days.closings(session, unit_id=me().unit_id, limit=MOST_EXPORTED)
        book = table_workbook(
            _("Day closings"),
            [
                _("Number"),
                TableColumn(title=_("Unit"), width=20),
                TableColumn(title=_("Day"), width=12),
                *(TableColumn(title=title, width=18) for title in (_("Begins at"), _("Ends at"), _("Closed at"))),
                TableColumn(title=_("Closed by"), width=14),
                TableColumn(title=_("Movements"), number_format="#,##0"),
                TableColumn(title=_("Note"), width=24),
                TableColumn(title=_("Reopened because"), width=24),
                TableColumn(title=_("Digest"), width=68),
            ],
            [_row(closing) for closing in found],
            zone=zone(),
        )
        return list_of_today(book, _("Day closings"))


@blueprint.get("/days/<int:closing_id>")
@permit(Permission.READ_STOCK)
def closing(closing_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _closing(session, closing_id=closing_id)


@blueprint.get("/days/<int:closing_id>.xlsx")
@permit(Permission.READ_STOCK)
def closing_file(closing_id: int) -> ResponseReturnValue:
    with reading() as session:
        shown = operations.closing_within(session, closing_id, unit_id=me().unit_id)
        book = table_workbook(
            shown.number,
            [
                _("Item code"),
                TableColumn(title=_("Item"), width=24),
                _("Base unit"),
                *(TableColumn(title=title, number_format="#,##0") for title in _figures()),
            ],
            [_figure_row(line) for line in _by_code(shown)],
        )
        return spreadsheet(book, f"{_('Day closing')}-{shown.unit.name}-{shown.day:%Y%m%d}.xlsx")


# Doing ----------------------------------------------------------------------------------------------------------------


@blueprint.get("/days/close")
@permit(Permission.WRITE_STOCK)
def close_form() -> ResponseReturnValue:
    with reading() as session:
        units = choices.units(session, of_unit_id=me().unit_id)
        typed = Typed({"unit": request.args.get("unit", units.first[0].label), "day": request.args.get("day", "")})
        return _close_form(session, typed=typed)


@blueprint.post("/days/close")
@permit(Permission.WRITE_STOCK)
def close() -> ResponseReturnValue:
    typed = kept(request.form, "unit", "day", "note", "key")

    def done(made: DayClosing) -> ResponseReturnValue:
        flash(_("%(number)s: the day is closed. What was dated before its end stays as it is.", number=made.number))
        return redirect(url_for("days.closing", closing_id=made.id))

    return act_or_again(lambda session: _close(session, typed), partial(_close_form, typed=typed), done)


@blueprint.post("/days/<int:closing_id>/reopen")
@permit(Permission.APPROVE)
def reopen(closing_id: int) -> ResponseReturnValue:
    typed = kept(request.form, "reason", "key")

    def act(session: Session) -> DayReopening:
        reason = typed.read("reason", text(500, needed=True))
        check(typed)
        return operations.reopen(
            session,
            key=typed["key"] or new_key(),
            closing_id=closing_id,
            reason=reason or "",
            at=now(),
            person=me(),
        )

    def done(made: DayReopening) -> ResponseReturnValue:
        flash(_("The day is open again. Mend it, then close it anew."), "warning")
        return redirect(url_for("days.closing", closing_id=made.closing_id))

    return act_or_again(act, partial(_closing, closing_id=closing_id, typed=typed), done)


# The first page -------------------------------------------------------------------------------------------------------


@part(Permission.WRITE_STOCK, Role.OFFICER)
def yesterday_is_open(session: Session) -> str:
    """That yesterday is not closed yet, where there is anything to close."""
    binding, yesterday = _binding(session, me().unit_id), today() - dt.timedelta(days=1)
    if (binding and binding.day >= yesterday) or not operations.keeps_stock(session, unit_id=me().unit_id):
        return ""
    return render_template("days/_today.html", day=yesterday, last=binding)


# Beneath --------------------------------------------------------------------------------------------------------------


def _binding(session: Session, unit_id: int) -> DayClosing | None:
    return closings_binding(session, unit_ids=[unit_id]).get(unit_id)


def _units_above(session: Session) -> set[int]:
    """Units whose closings count here, but are not shown."""
    own = me().unit_id
    return set(session.scalars(upwards([own]))) - {own}


def _closing(session: Session, said: str | None = None, *, closing_id: int, typed: Typed | None = None) -> str:
    shown = operations.closing_within(session, closing_id, unit_id=me().unit_id)
    may_reopen = me().may(Permission.APPROVE) and operations.may_reopen(session, shown, me())
    return render_template(
        "days/closing.html",
        closing=shown,
        pairs=[(line.item, line) for line in _by_code(shown)],
        may_reopen=may_reopen,
        typed=typed or Typed({}),
        said=said,
    )


def _close_form(session: Session, said: str | None = None, *, typed: Typed) -> str:
    units = choices.units(session, of_unit_id=me().unit_id)
    unit = typed.read("unit", pick(units))
    if unit is not None and not typed["day"].strip():
        typed.values["day"] = _next_day(session, unit).isoformat()
    day = typed.read("day", _read_day)
    return render_template(
        "days/close.html",
        typed=typed,
        said=said,
        units=units,
        **(_preview(session, unit, day) if unit and day else {}),
    )


def _preview(session: Session, unit: Unit, day: dt.date) -> dict[str, object]:
    """What the closing would say, and what is still open."""
    draft = days.draft(session, unit=unit, day=day, at=now(), zone=zone())
    under_way = consignments.consignments(session, unit_id=unit.id, only_open=True, limit=PAGE)
    open_ones = [one for one in under_way if one.consignment.sent_at < draft.ends_at]
    return {
        "draft": draft,
        "lines": days.lines(session, draft),
        "closed": days.calendar(session, unit_ids=[unit.id], days=[day])[unit.id].get(day)
        if draft.last and draft.last.day >= day
        else None,
        "on_the_way": [one for one in open_ones if one.state is ConsignmentState.ON_THE_WAY],
        "differing": [one for one in open_ones if one.state is ConsignmentState.DIFFERING],
        "counts": open_counts(session, unit_id=unit.id),
    }


def _next_day(session: Session, unit: Unit) -> dt.date:
    """Yesterday, as long as it is open; then today."""
    binding, yesterday = _binding(session, unit.id), today() - dt.timedelta(days=1)
    return today() if binding and binding.day >= yesterday else yesterday


def _read_day(typed: str) -> dt.date:
    day = read_expiry(typed) or today()
    if day > today():
        raise refused("future", _("This day has not come yet."), "")
    return day


def _close(session: Session, typed: Typed) -> DayClosing:
    unit = typed.read("unit", pick(choices.units(session, of_unit_id=me().unit_id)))
    day, note = typed.read("day", _read_day), typed.read("note", text(500))
    check(typed)
    if unit is None or day is None:
        raise Unreadable
    return days.close_day(
        session,
        key=typed["key"] or new_key(),
        unit_id=unit.id,
        day=day,
        at=now(),
        zone=zone(),
        by=me().sign_in_name,
        note=note or "",
    )


def _figures() -> list[str]:
    return [_("Opening stock"), _("Came in"), _("Went out"), _("Moved with units"), _("Closing stock")]


def _by_code(closing: DayClosing) -> list[DayFigure]:
    return sorted(closing.figures, key=lambda line: line.item.code)


def _figure_row(line: DayFigure) -> tuple[Value, ...]:
    return (
        line.item.code,
        line.item.name,
        line.item.base_unit,
        line.opening,
        line.came_in,
        line.went_out,
        line.regrouped,
        line.closing,
    )


def _row(closing: DayClosing) -> tuple[Value, ...]:
    return (
        closing.number,
        closing.unit.name,
        closing.day,
        closing.begins_at,
        closing.ends_at,
        closing.closed_at,
        closing.closed_by,
        closing.movements,
        closing.note,
        closing.reopening.reason if closing.reopening else "",
        closing.digest,
    )
