"""Lots: what expires soon, one lot with all who hold it, blocking and freeing, taking back, disposal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from inventory import lots
from inventory.catalogue import Lot, LotStatus
from inventory.errors import InvalidInput
from inventory.ledger import Document
from inventory.lots import Expiring, Portion
from inventory.needs import daily_needs
from inventory.places import StockLocation
from logistics.accounts.models import Role
from logistics.accounts.permissions import Permission, permit
from logistics.dispatch.models import Trip
from logistics.lots import operations, words
from logistics.lots.operations import Aboard, Trace
from logistics.supplies import choices
from logistics.supplies.forms import Typed, Unreadable, check, kept, pick, read_quantity, text
from logistics.supplies.overview import fullest_store
from logistics.supplies.words import place_name
from logistics.web.acting import act_or_again, go_to
from logistics.web.context import me, new_key, now, reading, recorded, today, zone
from logistics.web.downloads import list_of_today, spreadsheet
from logistics.web.today import part
from logistics.web.words import word
from logistics.workbooks.columns import WholeNumber
from logistics.workbooks.writing import TableColumn, Value, table_workbook

blueprint = Blueprint("lots", __name__, url_prefix="/lots", template_folder="templates")
blueprint.add_app_template_filter(words.days_left, "days_left")

#: How many days ahead the warnings look, unless told otherwise.
WITHIN_DAYS = 30
CHOICES = (7, 30, 90, 180)
_PIECES = WholeNumber("quantity", minimum=1, maximum=10**12)


# Looking --------------------------------------------------------------------------------------------------------------


@blueprint.get("", endpoint="lots")
@permit(Permission.READ_STOCK)
def overview() -> ResponseReturnValue:
    words_, within = request.args.get("q", "").strip(), _within()
    with reading() as session:
        return render_template(
            "lots/lots.html",
            q=words_,
            found=operations.find_lots(session, words=words_, unit_id=me().unit_id) if words_ else [],
            within=within,
            choices=CHOICES,
            expiring=_expiring(session, within),
            blocked=lots.blocked(session, unit_id=me().unit_id),
            disposable=len(lots.disposable(session, unit_id=me().unit_id, on=today())),
        )


@blueprint.get("/expiring.xlsx")
@permit(Permission.READ_STOCK)
def expiring_file() -> ResponseReturnValue:
    with reading() as session:
        found = _expiring(session, _within())
        book = table_workbook(
            _("Expiring lots"),
            [
                *_lot_columns(),
                TableColumn(title=_("Quantity"), number_format="#,##0"),
                TableColumn(title=_("Days left"), number_format="0"),
                TableColumn(title=_("Will not be used in time"), number_format="#,##0"),
            ],
            [(*_lot_cells(one.lot), one.quantity, _days_left(one.lot), one.left_over) for one in found],
        )
        return list_of_today(book, _("Expiring lots"))


@blueprint.get("/<int:lot_id>")
@permit(Permission.READ_STOCK)
def lot(lot_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _lot(session, lot_id=lot_id)


@blueprint.get("/<int:lot_id>.xlsx")
@permit(Permission.READ_STOCK)
def lot_file(lot_id: int) -> ResponseReturnValue:
    """Everybody who holds or got something of a lot, to be called one after the other."""
    with reading() as session:
        found = operations.lot_in_reach(session, lot_id, unit_id=me().unit_id)
        book = table_workbook(
            _("Holders of the lot"),
            [
                *_lot_columns(),
                _("Kind"),
                TableColumn(title=_("Who has it"), width=24),
                TableColumn(title=_("Quantity"), number_format="#,##0"),
                TableColumn(title=_("Contact"), width=16),
                TableColumn(title=_("Phone"), width=16),
                TableColumn(title=_("Address or trip"), width=30),
                TableColumn(title=_("Last moved"), width=18, number_format="yyyy-mm-dd hh:mm"),
            ],
            [(*_lot_cells(found), *row) for row in _rows(operations.trace(session, found, unit_id=me().unit_id))],
            zone=zone(),
        )
        return spreadsheet(book, f"{_('Lot')}-{found.item.code}-{found.code}.xlsx")


@blueprint.get("/disposal")
@permit(Permission.WRITE_STOCK)
def disposal_form() -> ResponseReturnValue:
    with reading() as session:
        return _disposal(session, head=Typed({}))


# Doing ----------------------------------------------------------------------------------------------------------------


@blueprint.post("/<int:lot_id>/status")
@permit(Permission.WRITE_STOCK)
def change(lot_id: int) -> ResponseReturnValue:
    """Block a lot now, or free it."""
    typed = kept(request.form, "reason", "key", "status")

    def done(changed: LotStatus) -> ResponseReturnValue:
        flash(_("The lot is %(status)s now, in every place.", status=word(changed)))
        return redirect(url_for("lots.lot", lot_id=lot_id))

    again = partial(_lot, lot_id=lot_id, typed=typed)
    return act_or_again(lambda session: _change(session, lot_id, typed), again, done)


@blueprint.post("/<int:lot_id>/return")
@permit(Permission.WRITE_STOCK)
def bring_back(lot_id: int) -> ResponseReturnValue:
    typed = kept(request.form, "source", "store", "quantity", "unit", "reason", "key")
    again = partial(_lot, lot_id=lot_id, back=typed)
    done = partial(go_to, endpoint="lots.lot", lot_id=lot_id)
    return act_or_again(lambda session: _bring_back(session, lot_id, typed), again, done)


@blueprint.post("/disposal")
@permit(Permission.WRITE_STOCK)
def dispose() -> ResponseReturnValue:
    head, lines = kept(request.form, "reason", "key"), _typed_portions()
    return act_or_again(
        lambda session: _dispose(session, head, lines),
        partial(_disposal, head=head, lines=lines),
        lambda document: go_to(document, "supplies.document", document_id=document.id),
    )


# The first page -------------------------------------------------------------------------------------------------------


@part(Permission.READ_STOCK, Role.OFFICER, Role.LEADER)
def what_expires(session: Session) -> str:
    """What expires soon or is blocked; nothing where there is neither."""
    soon, blocked = _expiring(session, WITHIN_DAYS), lots.blocked(session, unit_id=me().unit_id)
    if not soon and not blocked:
        return ""
    return render_template("lots/_today.html", expiring=soon, blocked=blocked, within=WITHIN_DAYS)


# Beneath --------------------------------------------------------------------------------------------------------------


def _within() -> int:
    return min(max(1, request.args.get("days", WITHIN_DAYS, type=int)), 3_650)


def _expiring(session: Session, within_days: int) -> list[Expiring]:
    needs = daily_needs(session, unit_id=me().unit_id, on=today())
    return lots.expiring(session, unit_id=me().unit_id, on=today(), within_days=within_days, daily_needs=needs)


def _lot(
    session: Session, said: str | None = None, *, lot_id: int, typed: Typed | None = None, back: Typed | None = None
) -> str:
    found = operations.lot_in_reach(session, lot_id, unit_id=me().unit_id)
    trace = operations.trace(session, found, unit_id=me().unit_id)
    return render_template(
        "lots/lot.html",
        lot=found,
        trace=trace,
        history=lots.history(session, lot_id),
        statuses=[status for status in LotStatus if status is not found.status],
        typed=typed or Typed({}),
        back=back or _usual_return(session, trace),
        stores=choices.stores(session, of_unit_id=me().unit_id),
        said=said,
    )


def _usual_return(session: Session, trace: operations.Trace) -> Typed:
    """A return as it mostly is: from whom the goods went to, or else another store, into the store that holds most."""
    home = fullest_store(session, unit_id=me().unit_id)
    elsewhere = [one.location for one in trace.stores if home is None or one.location.id != home.id]
    return Typed(
        {
            "store": f"{home.code} {home.name}" if home else "",
            "source": str(elsewhere[0].id) if elsewhere and not trace.reached else "",
        }
    )


def _change(session: Session, lot_id: int, typed: Typed) -> LotStatus:
    reason = typed.read("reason", text(500, needed=True))
    if typed["status"] not in set(LotStatus):
        raise InvalidInput("status", "unknown", typed["status"])
    check(typed)
    changed = operations.change_status(
        session,
        key=typed["key"] or new_key(),
        lot_id=lot_id,
        status=LotStatus(typed["status"]),
        reason=reason or "",
        at=now(),
        by=me().sign_in_name,
        unit_id=me().unit_id,
    )
    return changed.after


def _bring_back(session: Session, lot_id: int, typed: Typed) -> Document:
    lot = operations.lot_in_reach(session, lot_id, unit_id=me().unit_id)
    store = typed.read("store", pick(choices.stores(session, of_unit_id=me().unit_id)))
    quantity, reason = read_quantity(typed, lot.item), typed.read("reason", text(500))
    check(typed)
    if store is None or quantity is None:
        raise Unreadable
    source = typed["source"]
    return operations.bring_back(
        session,
        recorded=recorded(reason=reason or _("Recall of lot %(lot)s", lot=lot.code)),
        lot_id=lot_id,
        source_id=int(source) if source.isascii() and source.isdecimal() and len(source) < 18 else 0,
        store=store.open(session),
        quantity=quantity,
        unit_id=me().unit_id,
    )


def _typed_portions() -> dict[tuple[int, int], Typed]:
    """What was ticked, by place and lot."""
    lines: dict[tuple[int, int], Typed] = {}
    for name in request.form.getlist("take"):
        place, _dash, lot_ = name.partition("-")
        if all(part_.isascii() and part_.isdecimal() and len(part_) < 18 for part_ in (place, lot_)):
            quantity = request.form.get(f"quantity-{name}", "")
            lines[int(place), int(lot_)] = Typed({"quantity": quantity})
    return lines


def _dispose(session: Session, head: Typed, lines: dict[tuple[int, int], Typed]) -> Document:
    reason = head.read("reason", text(500, needed=True))
    read = {key: line.read("quantity", _PIECES.read) for key, line in lines.items()}
    check(head, *lines.values())
    portions = [
        Portion(location_id=place, lot_id=lot_, quantity=quantity)
        for (place, lot_), quantity in read.items()
        if quantity
    ]
    return operations.dispose(session, recorded=recorded(reason=reason or ""), portions=portions, unit_id=me().unit_id)


def _disposal(
    session: Session, said: str | None = None, *, head: Typed, lines: dict[tuple[int, int], Typed] | None = None
) -> str:
    held = lots.disposable(session, unit_id=me().unit_id, on=today())
    return render_template("lots/disposal.html", held=held, head=head, lines=lines or {}, said=said)


def _lot_columns() -> list[TableColumn | str]:
    return [
        _("Item code"),
        TableColumn(title=_("Item"), width=24),
        _("Lot"),
        TableColumn(title=_("Expiry"), width=12),
        _("Status"),
        _("Base unit"),
    ]


def _lot_cells(lot: Lot) -> tuple[Value, ...]:
    return lot.item.code, lot.item.name, lot.code, lot.expires_on, word(lot.status), lot.item.base_unit


def _days_left(lot: Lot) -> int | None:
    return (lot.expires_on - today()).days if lot.expires_on else None


def _rows(trace: Trace) -> Iterator[Sequence[Value]]:
    for held in (*trace.stores, *trace.transit):
        yield _at(held.location, held.quantity)
    for aboard in trace.vehicles:
        yield _on_road(aboard, aboard.trip) if aboard.trip else _at(aboard.location, aboard.quantity)
    for reached in trace.reached:
        order, gone = reached.order, reached.gone
        contact = (order.contact, order.phone, order.address) if order else ("", "", "")
        yield word(gone.destination.place), gone.destination.name, gone.quantity, *contact, gone.last_at
    for used in trace.used:
        yield word(used.destination.place), *_at(used.source, used.quantity)[1:-1], used.last_at


def _at(place: StockLocation, quantity: int) -> tuple[Value, ...]:
    unit = place.unit
    contact = (unit.contact, unit.phone, unit.address) if unit else ("", "", "")
    return word(place.place), place_name(place), quantity, *contact, None


def _on_road(aboard: Aboard, trip: Trip) -> tuple[Value, ...]:
    driver = trip.driver
    return (
        word(aboard.location.place),
        aboard.location.name,
        aboard.quantity,
        driver.name,
        driver.phone,
        trip.number,
        None,
    )
