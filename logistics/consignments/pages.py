"""Consignments: what is on the way and for how long, sending, signing for it on a phone, the discrepancy note and its answers."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from inventory import consignments as sending
from inventory import photos
from inventory.catalogue import Item, in_one_word
from inventory.consignments import (
    Answer,
    Arrival,
    Consignment,
    ConsignmentState,
    Counted,
    Difference,
    DifferenceReason,
    LotStanding,
    Settlement,
    Standing,
)
from inventory.errors import Short
from logistics.accounts.models import Role
from logistics.accounts.permissions import Permission, permit
from logistics.consignments import operations
from logistics.supplies import choices, goods, overview
from logistics.supplies.choices import StoreOf
from logistics.supplies.forms import Typed, Unreadable, check, kept, kept_lines, pick, read_day, read_quantity, text
from logistics.supplies.goods import ISSUE_LINE
from logistics.web.acting import act_or_again
from logistics.web.context import me, now, reading, recorded
from logistics.web.downloads import list_of_today
from logistics.web.formats import quantity
from logistics.web.sentences import sentence
from logistics.web.today import part
from logistics.web.words import word
from logistics.workbooks.writing import TableColumn, Value, table_workbook

blueprint = Blueprint("consignments", __name__, template_folder="templates")
blueprint.add_app_template_global(in_one_word)

PAGE = 50
MOST_EXPORTED = 5_000
#: What a receiver may say of what did not arrive; a surplus says itself.
REASONS = tuple(reason for reason in DifferenceReason if reason is not DifferenceReason.SURPLUS)


# Looking --------------------------------------------------------------------------------------------------------------


@blueprint.get("/consignments", endpoint="consignments")
@permit(Permission.READ_STOCK)
def consignments_page() -> ResponseReturnValue:
    only_open = "all" not in request.args
    with reading() as session:
        found = sending.consignments(
            session,
            unit_id=me().unit_id,
            only_open=only_open,
            limit=MOST_EXPORTED if only_open else PAGE,
            before_id=request.args.get("before", type=int),
        )
        return render_template(
            "consignments/consignments.html",
            lines=found,
            days=_days,
            only_open=only_open,
            older=found[-1].consignment.id if not only_open and len(found) == PAGE else None,
        )


@blueprint.get("/consignments.xlsx")
@permit(Permission.READ_STOCK)
def consignments_workbook() -> ResponseReturnValue:
    with reading() as session:
        found = sending.consignments(session, unit_id=me().unit_id, limit=MOST_EXPORTED)
        book = table_workbook(
            _("Consignments"),
            [
                _("Number"),
                TableColumn(title=_("From"), width=18),
                TableColumn(title=_("To"), width=18),
                TableColumn(title=_("Sent"), width=18),
                _("State"),
                _("Item code"),
                TableColumn(title=_("Item"), width=20),
                _("Lot"),
                _("Base unit"),
                TableColumn(title=_("Sent quantity"), number_format="#,##0"),
                TableColumn(title=_("In transit"), number_format="#,##0"),
            ],
            [_row(one, line) for one in found for line in one.lots],
            zone=now().tzinfo,
        )
        return list_of_today(book, _("Consignments"))


@blueprint.get("/consignments/<int:consignment_id>")
@permit(Permission.READ_STOCK)
def consignment(consignment_id: int) -> ResponseReturnValue:
    with reading() as session:
        standing = _standing(session, consignment_id)
        return render_template(
            "consignments/consignment.html",
            standing=standing,
            days=_days,
            signs=me().may(Permission.SIGN_FOR) and _receives(session, standing),
            calls_back=me().may(Permission.WRITE_STOCK) and _sends(session, standing),
        )


@blueprint.get("/consignments/<int:consignment_id>/discrepancy")
@permit(Permission.READ_STOCK)
def discrepancy(consignment_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _discrepancy(session, consignment_id=consignment_id)


@blueprint.get("/consignments/photos/<int:difference_id>")
@permit(Permission.READ_STOCK)
def photo(difference_id: int) -> ResponseReturnValue:
    with reading() as session:
        operations.difference_within(session, difference_id, unit_id=me().unit_id)
        found = sending.get_photo(session, difference_id)
        return Response(found.content, mimetype=found.kind, headers={"Cache-Control": "private, max-age=86400"})


# Doing ----------------------------------------------------------------------------------------------------------------


@blueprint.get("/consignments/new")
@permit(Permission.WRITE_STOCK)
def send_form() -> ResponseReturnValue:
    with reading() as session:
        named = {field: request.args[field] for field in ("store", "destination") if field in request.args}
        line = Typed({field: request.args.get(field, "") for field in ISSUE_LINE})
        return _send_form(session, head=goods.new_head(session, **named), lines=[line])


@blueprint.post("/consignments/new")
@permit(Permission.WRITE_STOCK)
def send() -> ResponseReturnValue:
    head = kept(request.form, "store", "destination", "carrier", "day", "reason", "key")
    lines = kept_lines(request.form, *ISSUE_LINE)

    def done(sent: Consignment) -> ResponseReturnValue:
        flash(_("%(number)s is on the way.", number=sent.number))
        return redirect(url_for("consignments.consignment", consignment_id=sent.id))

    again = partial(_send_form, head=head, lines=lines)
    return act_or_again(lambda session: _send(session, head, lines), again, done)


@blueprint.get("/consignments/<int:consignment_id>/receive")
@permit(Permission.SIGN_FOR)
def receive_form(consignment_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _receive_form(session, consignment_id=consignment_id, head=Typed({}), lines={})


@blueprint.post("/consignments/<int:consignment_id>/receive")
@permit(Permission.SIGN_FOR)
def receive(consignment_id: int) -> ResponseReturnValue:
    head, lines = kept(request.form, "as_sent", "note", "key"), dict[int, Typed]()

    def done(arrival: Arrival) -> ResponseReturnValue:
        with reading() as session:
            differs = bool(_standing(session, consignment_id).differences)
        flash(
            _("Signed for. What differs waits for the sender’s answer.") if differs else _("Signed for: all as sent.")
        )
        return redirect(
            url_for(f"consignments.{'discrepancy' if differs else 'consignment'}", consignment_id=consignment_id)
        )

    again = partial(_receive_form, consignment_id=consignment_id, head=head, lines=lines)
    return act_or_again(lambda session: _receive(session, consignment_id, head, lines), again, done)


@blueprint.post("/consignments/differences/<int:difference_id>/settle")
@permit(Permission.WRITE_STOCK)
def settle(difference_id: int) -> ResponseReturnValue:
    typed = kept(request.form, "answer", "quantity", "unit", "supplier", "note", "key")

    def again(session: Session, said: str | None) -> str:
        arrival = operations.to_answer(session, difference_id, unit_id=me().unit_id).arrival
        return _discrepancy(
            session, said, consignment_id=arrival.consignment_id, typed=typed, difference_id=difference_id
        )

    def done(settlement: Settlement) -> ResponseReturnValue:
        flash(_("The answer is recorded."))
        with reading() as session:
            arrival = operations.to_answer(session, difference_id, unit_id=me().unit_id).arrival
            return redirect(url_for("consignments.discrepancy", consignment_id=arrival.consignment_id))

    return act_or_again(lambda session: _settle(session, difference_id, typed), again, done)


# The first page -------------------------------------------------------------------------------------------------------


@part(Permission.READ_STOCK, Role.OFFICER, Role.CHIEF, Role.REPORTER)
def what_is_on_the_way(session: Session) -> str:
    """What is on the way or differs, the oldest first."""
    found = sending.consignments(session, unit_id=me().unit_id, only_open=True, limit=MOST_EXPORTED)
    return render_template("consignments/_today.html", lines=found[:5], count=len(found), days=_days) if found else ""


# Beneath --------------------------------------------------------------------------------------------------------------


def _standing(session: Session, consignment_id: int) -> Standing:
    found = operations.consignment_within(session, consignment_id, unit_id=me().unit_id)
    return sending.standing(session, found)


def _row(one: Standing, line: LotStanding) -> tuple[Value, ...]:
    sent, lot = one.consignment, line.lot
    return (
        sent.number,
        sent.source.name,
        sent.destination.name,
        sent.sent_at,
        word(one.state),
        lot.item.code,
        lot.item.name,
        lot.code,
        lot.item.base_unit,
        line.sent,
        line.in_transit,
    )


def _sends(session: Session, standing: Standing) -> bool:
    return sending.reaches(session, standing.consignment.source, unit_id=me().unit_id)


def _receives(session: Session, standing: Standing) -> bool:
    return sending.reaches(session, standing.consignment.destination, unit_id=me().unit_id)


def _days(consignment: Consignment) -> int:
    """Whole days since it was sent."""
    return max(0, (now() - consignment.sent_at).days)


def _send_form(session: Session, said: str | None = None, *, head: Typed, lines: list[Typed]) -> str:
    return render_template(
        "consignments/send.html",
        head=head,
        said=said,
        **goods.goods_form(session, lines),
        **goods.what_it_can_give(session, head["store"]),
    )


def _send(session: Session, head: Typed, lines: list[Typed]) -> Consignment:
    stores = choices.stores(session, of_unit_id=me().unit_id)
    source: StoreOf | None = head.read("store", pick(stores))
    destination: StoreOf | None = head.read("destination", pick(stores))
    carrier, reason = head.read("carrier", text(200)), head.read("reason", text(500))
    at = head.read("day", partial(read_day, now=now()))
    wanted = goods.wanted(session, lines)
    check(head, *lines)
    if source is None or destination is None:
        raise Unreadable
    return sending.send(
        session,
        recorded=recorded(reason=reason or "", occurred_at=at),
        source=source.open(session),
        destination=destination.open(session),
        wanted=wanted,
        carrier=carrier or "",
    )


def _receive_form(
    session: Session, said: str | None = None, *, consignment_id: int, head: Typed, lines: dict[int, Typed]
) -> str:
    found = operations.to_sign_for(session, consignment_id, unit_id=me().unit_id)
    standing = sending.standing(session, found)
    closed = sending.closed_to_receiver(session, standing)
    return render_template(
        "consignments/receive.html",
        standing=standing,
        waits=standing.state is ConsignmentState.ON_THE_WAY,
        days=_days,
        head=head,
        lines=[
            (line, lines.get(line.lot.id) or (_refused(line) if line.lot.id in closed else _as_sent(line)))
            for line in standing.lots
            if line.in_transit
        ],
        closed={lot_id: operations.names_of(session, unit_ids) for lot_id, unit_ids in closed.items()},
        reasons=REASONS,
        said=said,
    )


def _as_sent(line: LotStanding) -> Typed:
    """The quantity that should arrive."""
    amount, unit = in_one_word(line.lot.item, line.in_transit)
    return Typed({"quantity": str(amount), "unit": unit})


def _refused(line: LotStanding) -> Typed:
    return Typed({"quantity": "0", "unit": line.lot.item.base_unit, "reason": DifferenceReason.REFUSED})


def _receive(session: Session, consignment_id: int, head: Typed, lines: dict[int, Typed]) -> Arrival:
    found = operations.to_sign_for(session, consignment_id, unit_id=me().unit_id)
    note = head.read("note", text(500)) or ""
    standing = sending.standing(session, found)
    counted = None if head["as_sent"] else [_counted(line, lines) for line in standing.lots]
    for lot_id in sending.closed_to_receiver(session, standing).keys() & lines.keys():
        if lines[lot_id]["quantity"].strip() != "0":
            lines[lot_id].refuse("quantity", _("This may not be taken in here: write 0, and the sender takes it back."))
    check(head, *lines.values())
    return sending.receive(
        session,
        recorded=recorded(reason=note),
        consignment_id=consignment_id,
        counted=None if counted is None else [one for one in counted if one],
    )


def _counted(line: LotStanding, lines: dict[int, Typed]) -> Counted | None:
    """What was typed of one lot, kept in `lines`; None where it is not on the form, or cannot be read."""
    names = ("quantity", "unit", "reason", "note")
    if f"quantity-{line.lot.id}" not in request.form:
        return None
    typed = Typed({name: request.form.get(f"{name}-{line.lot.id}", "") for name in names})
    lines[line.lot.id] = typed
    quantity = _read_found(typed, line.lot.item)
    note, photo_ = typed.read("note", text(500)), typed.read("photo", lambda _typed: _sent_photo(line.lot.id))
    if quantity is None:
        return None
    reason = DifferenceReason(typed["reason"]) if typed["reason"] in REASONS else DifferenceReason.MISSING
    return Counted(lot_id=line.lot.id, quantity=quantity, reason=reason, note=note or "", photo=photo_ or b"")


def _read_found(typed: Typed, item: Item) -> int | None:
    """Nothing at all may have arrived."""
    return 0 if typed["quantity"].strip() == "0" else read_quantity(typed, item)


def _sent_photo(lot_id: int) -> bytes:
    file = request.files.get(f"photo-{lot_id}")
    content = file.read(photos.LARGEST_BYTES + 1) if file else b""
    if content:
        photos.picture_kind(content)
    return content


def _discrepancy(
    session: Session,
    said: str | None = None,
    *,
    consignment_id: int,
    typed: Typed | None = None,
    difference_id: int | None = None,
) -> str:
    standing = _standing(session, consignment_id)
    return render_template(
        "consignments/discrepancy.html",
        standing=standing,
        answers=me().may(Permission.WRITE_STOCK) and _sends(session, standing),
        known_sources=overview.known_sources(session),
        Answer=Answer,
        typed=typed or Typed({}),
        difference_id=difference_id,
        said=said,
    )


def _settle(session: Session, difference_id: int, typed: Typed) -> Settlement:
    difference = operations.to_answer(session, difference_id, unit_id=me().unit_id)
    if typed["answer"] not in set(Answer):
        typed.refuse("answer", _("Choose what became of it."))
    quantity = read_quantity(typed, difference.lot.item)
    supplier = typed.read("supplier", text(64, needed=typed["answer"] == Answer.SUPPLIER))
    note = typed.read("note", text(500)) or ""
    check(typed)
    try:
        return operations.settle(
            session,
            recorded=recorded(reason=note),
            difference_id=difference_id,
            answer=Answer(typed["answer"]),
            quantity=quantity or 0,
            supplier=supplier or "",
        )
    except Short as error:
        typed.refuse("quantity", _too_much(difference, error))
        raise Unreadable from error


def _too_much(difference: Difference, error: Short) -> str:
    """Why so much cannot be answered for; of a surplus it is the sender's books that know of too little."""
    if difference.reason is not DifferenceReason.SURPLUS:
        return sentence(error)
    return _(
        "The sender's books hold only %(available)s of lot %(lot)s. Count that store first, then answer.",
        available=quantity(error.available, difference.lot.item),
        lot=difference.lot.code,
    )
