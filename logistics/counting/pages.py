"""Counting: the list, the start, the blind sheet, the check with recounts and reasons, the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from inventory import counts
from inventory.barcodes import scan
from inventory.counts import (
    COUNT_AGAIN,
    Awaits,
    CheckedLine,
    Counted,
    CountSession,
    CountState,
    Posting,
    SheetLine,
    Tolerance,
    VarianceReason,
)
from inventory.errors import InvalidInput, NotFound
from inventory.lots import get_lot
from logistics.accounts.models import Role
from logistics.accounts.permissions import Permission, permit
from logistics.counting import operations, words
from logistics.counting.forms import PERCENT, UNITS, as_typed, read_counted, typed_lines, words_of
from logistics.counting.importing import sheet_workbook
from logistics.counting.operations import Seen
from logistics.supplies import choices, overview
from logistics.supplies.forms import (
    Typed,
    Unreadable,
    check,
    kept,
    kept_lines,
    padded,
    pick,
    read_expiry,
    read_quantity,
    text,
)
from logistics.web.acting import act_or_again
from logistics.web.context import me, new_key, now, reading, zone
from logistics.web.downloads import spreadsheet
from logistics.web.sentences import sentence
from logistics.web.today import part
from logistics.web.words import word
from logistics.workbooks.writing import TableColumn, table_workbook

blueprint = Blueprint("counting", __name__, url_prefix="/counts", template_folder="templates")
blueprint.add_app_template_global(words_of, "count_words")

PAGE = 50
#: Lots on one page of the sheet: few enough to save often on a phone.
LOTS = 20
#: Differences on the page of the check; the workbook has all of them.
MOST_LINES = 300
FOUND = ("item", "lot", "expiry", "quantity", "unit")


# Looking --------------------------------------------------------------------------------------------------------------


@blueprint.get("", endpoint="counts")
@permit(Permission.READ_STOCK)
def list_counts() -> ResponseReturnValue:
    with reading() as session:
        found = counts.counts(session, unit_id=me().unit_id, limit=PAGE, before_id=request.args.get("before", type=int))
        older = found[-1].id if len(found) == PAGE else None
        return render_template("counting/counts.html", counts=found, older=older)


@blueprint.get("/<int:count_id>")
@permit(Permission.READ_STOCK)
def show(count_id: int) -> ResponseReturnValue:
    with reading() as session:
        count = _count(session, count_id)
        return _sheet(session, count) if count.state is CountState.COUNTING else _check(session, count)


@blueprint.get("/<int:count_id>/sheet")
@permit(Permission.WRITE_STOCK)
def sheet(count_id: int) -> ResponseReturnValue:
    with reading() as session:
        count = _count(session, count_id)
        if count.state in (CountState.POSTED, CountState.WITHDRAWN):
            return redirect(url_for("counting.show", count_id=count_id))
        return _sheet(session, count)


@blueprint.get("/<int:count_id>/sheet.xlsx")
@permit(Permission.WRITE_STOCK)
def sheet_file(count_id: int) -> ResponseReturnValue:
    """The blind sheet as a workbook to fill in: what is still to be counted."""
    with reading() as session:
        count = _count(session, count_id)
        lots = [line.lot for line in counts.to_count(session, count) if line.entry is None]
        return spreadsheet(sheet_workbook(count, lots), f"{_('Count sheet')}-{count.number}.xlsx")


@blueprint.get("/<int:count_id>/result.xlsx")
@permit(Permission.READ_STOCK)
def result_file(count_id: int) -> ResponseReturnValue:
    with reading() as session:
        count = _count(session, count_id)
        return spreadsheet(_result(counts.check(session, count)), f"{_('Count')}-{count.number}.xlsx")


# Doing ----------------------------------------------------------------------------------------------------------------


@blueprint.get("/new")
@permit(Permission.WRITE_STOCK)
def new() -> ResponseReturnValue:
    with reading() as session:
        fullest = overview.fullest_store(session, unit_id=me().unit_id)
        own = f"{fullest.code} {fullest.name}" if fullest else ""
        head = Typed({"place": request.args.get("place", own), "percent": "2", "units": "0"})
        item = Typed({"item": request.args.get("item", "")})
        return _start_form(session, head=head, lines=[item])


@blueprint.post("")
@permit(Permission.WRITE_STOCK)
def start() -> ResponseReturnValue:
    head = kept(request.form, "place", "percent", "units", "note", "key")
    lines = kept_lines(request.form, "item")
    return _done(lambda session: _start(session, head, lines), partial(_start_form, head=head, lines=lines))


@blueprint.post("/<int:count_id>/sheet")
@permit(Permission.WRITE_STOCK)
def save(count_id: int) -> ResponseReturnValue:
    """Keep one page of the sheet, and go on to the next."""
    typed = typed_lines(request.form)

    def done(kept_now: int) -> ResponseReturnValue:
        scanned = request.form.get("scan", "").strip()
        if kept_now or not scanned:
            flash(ngettext("%(num)s lot is kept.", "%(num)s lots are kept.", kept_now))
        if "lot" in request.form:
            return redirect(url_for("counting.show", count_id=count_id))
        return redirect(url_for("counting.sheet", count_id=count_id, **_next_place(count_id, scanned)))

    return act_or_again(
        lambda session: _save(session, count_id, typed),
        lambda session, said: _sheet(session, _count(session, count_id), typed=typed, said=said),
        done,
    )


@blueprint.post("/<int:count_id>/found")
@permit(Permission.WRITE_STOCK)
def found(count_id: int) -> ResponseReturnValue:
    """Goods that lie there and are not on the sheet."""
    typed = kept(request.form, *FOUND, "key")
    return _done(
        lambda session: _find(session, count_id, typed),
        lambda session, said: _sheet(session, _count(session, count_id), found=typed, said=said),
        to="counting.sheet",
    )


@blueprint.post("/<int:count_id>/submit")
@permit(Permission.WRITE_STOCK)
def submit(count_id: int) -> ResponseReturnValue:
    def act(session: Session) -> CountSession:
        _count(session, count_id)
        return counts.submit(session, count_id=count_id, at=now())

    return _done(act, lambda session, said: _sheet(session, _count(session, count_id), said=said))


@blueprint.post("/<int:count_id>/settle")
@permit(Permission.WRITE_STOCK)
def settle(count_id: int) -> ResponseReturnValue:
    """Keep the reasons, and post if that was asked and nothing else is missing."""
    typed = _typed_reasons()

    def done(posting: Posting | None) -> ResponseReturnValue:
        if posting is None:
            flash(_("The reasons are kept."))
        else:
            flash(words.told(posting), "warning" if posting.waiting else "message")
        return redirect(url_for("counting.show", count_id=count_id))

    return act_or_again(
        lambda session: _settle(session, count_id, typed),
        lambda session, said: _check(session, _count(session, count_id), typed=typed, said=said),
        done,
    )


@blueprint.post("/<int:count_id>/withdraw")
@permit(Permission.WRITE_STOCK)
def withdraw(count_id: int) -> ResponseReturnValue:
    def act(session: Session) -> CountSession:
        _count(session, count_id)
        return counts.withdraw(session, count_id=count_id, at=now(), by=me().sign_in_name)

    return _done(act, lambda session, said: _check(session, _count(session, count_id), said=said))


# The first page -------------------------------------------------------------------------------------------------------


@part(Permission.WRITE_STOCK, Role.OFFICER)
def under_way(session: Session) -> str:
    """The counts that somebody has begun and not ended."""
    found = operations.open_counts(session, unit_id=me().unit_id)
    return render_template("counting/_today.html", counts=found) if found else ""


# Beneath --------------------------------------------------------------------------------------------------------------


def _done(
    act: Callable[[Session], CountSession],
    again: Callable[[Session, str | None], str],
    *,
    to: str = "counting.show",
) -> ResponseReturnValue:
    """Act in one transaction and show the count; or the same page again, with what is wrong and all that was typed."""
    return act_or_again(act, again, lambda count: redirect(url_for(to, count_id=count.id)))


def _count(session: Session, count_id: int) -> CountSession:
    return operations.count_in_reach(session, count_id, unit_id=me().unit_id)


def _start(session: Session, head: Typed, lines: list[Typed]) -> CountSession:
    place = head.read("place", pick(operations.places(session, of_unit_id=me().unit_id)))
    items = choices.items(session)
    wanted = {item.id: item for line in lines if (item := line.read("item", pick(items)))}
    percent = head.read("percent", lambda typed: PERCENT.read(typed) if typed else None)
    units = head.read("units", lambda typed: UNITS.read(typed) if typed else 0)
    note = head.read("note", text(500))
    check(head, *lines)
    if place is None:
        raise Unreadable
    return counts.start(
        session,
        key=head["key"] or new_key(),
        location=place,
        items=list(wanted.values()),
        tolerance=Tolerance(units=units or 0, percent=percent),
        at=now(),
        by=me().sign_in_name,
        note=note or "",
    )


def _start_form(session: Session, said: str | None = None, *, head: Typed, lines: list[Typed]) -> str:
    return render_template(
        "counting/new.html",
        head=head,
        lines=padded(lines, least=1, more=3 if "more" in request.form else 0),
        said=said,
        places=operations.places(session, of_unit_id=me().unit_id),
        items=choices.items(session),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPage:
    """Part of a sheet; `counted` of `total` lots have a count."""

    lines: list[SheetLine]
    number: int
    pages: int
    counted: int
    total: int


def _page(lines: list[SheetLine]) -> SheetPage:
    pages = max(1, -(-len(lines) // LOTS))
    number = min(max(1, request.values.get("page", 1, type=int)), pages)
    return SheetPage(
        lines=lines[(number - 1) * LOTS : number * LOTS],
        number=number,
        pages=pages,
        counted=sum(line.entry is not None for line in lines),
        total=len(lines),
    )


def _sheet(
    session: Session,
    count: CountSession,
    *,
    typed: Mapping[int, Typed] | None = None,
    found: Typed | None = None,
    said: str | None = None,
) -> str:
    if count.state in (CountState.POSTED, CountState.WITHDRAWN):
        return _check(session, count, said=said)
    page = _page(_lines(session, count))
    standing = {
        line.lot.id: as_typed(line.lot.item, line.entry.quantity if line.entry else None) for line in page.lines
    }
    return render_template(
        "counting/sheet.html",
        count=count,
        page=page,
        typed=standing | dict(typed or {}),
        found=found or Typed({}),
        said=said,
        items=choices.items(session),
    )


def _next_place(count_id: int, scanned: str) -> dict[str, Any]:
    """Where the sheet goes on, as its address: at what was scanned, for the next scan, or on the next page."""
    page = request.form.get("page", "1")
    if scanned:
        try:
            with reading() as session:
                return _place_of(session, _count(session, count_id), scanned)
        except NotFound:
            flash(_("No item bears the code %(code)s.", code=scanned[:40]), "warning")
        except InvalidInput as error:
            flash(
                _("%(item)s is not on this sheet. If it lies here, write it down below.", item=error.value), "warning"
            )
    elif not request.form.get("at"):
        return {"page": request.form.get("next", "1")}
    return {"page": page, "at": "scan"}


def _place_of(session: Session, count: CountSession, code: str) -> dict[str, Any]:
    """The field of the first lot of a scanned item that is not counted yet. Raises NotFound, InvalidInput "not-in-count"."""
    found, lines = scan(session, code), _lines(session, count)
    own = [place for place, line in enumerate(lines) if line.lot.item_id == found.item.id]
    if not own:
        raise InvalidInput("item", "not-in-count", found.item.name)
    place = next((place for place in own if lines[place].entry is None), own[0])
    field = f"n{lines[place].lot.id}-{words_of(found.item).index(found.word)}"
    return {"page": place // LOTS + 1, "at": field, "_anchor": field}


def _lines(session: Session, count: CountSession) -> list[SheetLine]:
    """What is to be counted now; of a sheet that is handed in, also the one lot the address names."""
    lot_id = request.values.get("lot", type=int)
    if lot_id is None or count.state is CountState.COUNTING:
        return counts.to_count(session, count)
    return [replace(line, entry=None) for line in counts.sheet(session, count) if line.lot.id == lot_id]


def _save(session: Session, count_id: int, typed: Mapping[int, Typed]) -> int:
    """How many lots of the page have a number now."""
    _count(session, count_id)
    read = {lot_id: read_counted(line, get_lot(session, lot_id).item) for lot_id, line in typed.items()}
    check(*typed.values())
    counted = [
        Counted(lot_id=lot_id, quantity=quantity, counted_at=now())
        for lot_id, quantity in read.items()
        if quantity is not None
    ]
    counts.record(
        session,
        count_id=count_id,
        key=request.form.get("key", "") or new_key(),
        counted=counted,
        at=now(),
        by=me().sign_in_name,
    )
    return len(counted)


def _find(session: Session, count_id: int, typed: Typed) -> CountSession:
    _count(session, count_id)
    item = typed.read("item", pick(choices.items(session)))
    quantity = read_quantity(typed, item)
    lot, expires_on = typed.read("lot", text(64)), typed.read("expiry", read_expiry)
    check(typed)
    if item is None or quantity is None:
        raise Unreadable
    seen = Seen(item=item, lot_code=lot or "", expires_on=expires_on, quantity=quantity, counted_at=now())
    try:
        count = operations.record_seen(
            session,
            count_id=count_id,
            key=typed["key"] or new_key(),
            seen=[seen],
            at=now(),
            by=me().sign_in_name,
        )
    except InvalidInput as error:
        typed.refuse("expiry" if error.field == "expires_on" else "item", sentence(error))
        raise Unreadable from error
    flash(_("%(item)s, lot %(lot)s, is on the sheet now.", item=item.name, lot=seen.lot_key[1]))
    return count


def _typed_reasons() -> dict[int, Typed]:
    typed: dict[int, Typed] = {}
    for name, value in request.form.items():
        field, _dash, lot = name.partition("-")
        if field in ("reason", "note") and lot.isascii() and lot.isdecimal() and len(lot) < 18:
            typed.setdefault(int(lot), Typed({})).values[field] = value
    return typed


def _settle(session: Session, count_id: int, typed: Mapping[int, Typed]) -> Posting | None:
    """What came of posting; None where only the reasons were to be kept."""
    count = _count(session, count_id)
    if count.state is CountState.CHECKING:
        reasons = _read_reasons(typed)
        counts.explain(session, count_id=count_id, reasons=_for_the_rest(session, count, reasons), by=me().sign_in_name)
    if request.form.get("act") != "post":
        return None
    return counts.post(session, count_id=count_id, at=now(), recorded_at=now(), by=me().sign_in_name)


def _read_reasons(typed: Mapping[int, Typed]) -> dict[int, tuple[VarianceReason, str]]:
    reasons: dict[int, tuple[VarianceReason, str]] = {}
    for lot_id, line in typed.items():
        if reason := _reason(line["reason"]):
            note = line.read("note", text(500, needed=reason is VarianceReason.OTHER))
            reasons[lot_id] = (reason, note or "")
    check(*typed.values())
    return reasons


def _for_the_rest(
    session: Session, count: CountSession, reasons: Mapping[int, tuple[VarianceReason, str]]
) -> dict[int, tuple[VarianceReason, str]]:
    """The reasons with the one chosen for all differences that have none of their own."""
    rest = _reason(request.form.get("otherwise", ""))
    if rest is None:
        return dict(reasons)
    bare = [line.lot.id for line in counts.check(session, count) if line.difference and line.variance is None]
    return dict.fromkeys(bare, (rest, "")) | dict(reasons)


def _reason(typed: str) -> VarianceReason | None:
    return VarianceReason(typed) if typed in set(VarianceReason) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a check found, in numbers of lots."""

    right: int
    differing: int
    again: int
    unexplained: int
    not_counted: int


def _check(
    session: Session, count: CountSession, *, typed: Mapping[int, Typed] | None = None, said: str | None = None
) -> str:
    if count.state is CountState.COUNTING:
        return _sheet(session, count, said=said)
    withdrawn = count.state is CountState.WITHDRAWN
    lines = [] if withdrawn else counts.check(session, count)
    shown = [line for line in lines if line.difference or line.awaits]
    left = sum(line.entry is None for line in counts.sheet(session, count)) if count.state is CountState.CHECKING else 0
    return render_template(
        "counting/check.html",
        count=count,
        lines=shown[:MOST_LINES],
        more=len(shown) - len(shown[:MOST_LINES]),
        outcome=Outcome(
            right=len(lines) - len(shown),
            differing=sum(line.difference != 0 for line in lines),
            again=sum(line.awaits in COUNT_AGAIN for line in lines),
            unexplained=sum(line.awaits is Awaits.REASON for line in lines),
            not_counted=left,
        ),
        count_again=COUNT_AGAIN,
        reasons=list(VarianceReason),
        plain_reasons=[reason for reason in VarianceReason if reason is not VarianceReason.OTHER],
        typed={line.lot.id: _as_reason(line) for line in shown} | dict(typed or {}),
        said=said,
    )


def _as_reason(line: CheckedLine) -> Typed:
    variance = line.variance
    return Typed({"reason": variance.reason.value, "note": variance.note} if variance else {})


def _result(lines: list[CheckedLine]) -> bytes:
    return table_workbook(
        _("Count"),
        [
            _("Item code"),
            TableColumn(title=_("Item"), width=24),
            _("Lot"),
            TableColumn(title=_("Expiry"), width=12),
            _("Base unit"),
            TableColumn(title=_("First count"), number_format="#,##0"),
            TableColumn(title=_("Counted"), number_format="#,##0"),
            TableColumn(title=_("Counted at"), width=18, number_format="yyyy-mm-dd hh:mm"),
            _("Counted by"),
            TableColumn(title=_("Books at that moment"), number_format="#,##0"),
            TableColumn(title=_("Difference"), number_format="+#,##0;-#,##0;0"),
            _("Still needs"),
            _("Reason"),
            TableColumn(title=_("Note"), width=30),
        ],
        [
            (
                line.lot.item.code,
                line.lot.item.name,
                line.lot.code,
                line.lot.expires_on,
                line.lot.item.base_unit,
                line.entries[0].quantity,
                line.entry.quantity,
                line.entry.counted_at,
                line.entry.counted_by,
                line.expected,
                line.difference,
                word(line.awaits) if line.awaits else None,
                word(line.variance.reason) if line.variance else None,
                line.variance.note if line.variance else None,
            )
            for line in lines
        ],
        zone=zone(),
    )
