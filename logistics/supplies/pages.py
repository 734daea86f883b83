"""Stock, stock cards, documents, and the forms that receive and hand out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import ledger, stock
from inventory.catalogue import Item
from inventory.errors import NotFound
from inventory.ledger import Document, DocumentKind
from inventory.places import Place
from inventory.requisitions import Requisition, RequisitionState
from inventory.units import Unit, subtree
from logistics.accounts.models import Role
from logistics.accounts.permissions import Permission, permit
from logistics.supplies import choices, goods, operations, overview, words
from logistics.supplies.choices import Choices, StoreOf
from logistics.supplies.forms import (
    Typed,
    Unreadable,
    check,
    kept,
    kept_lines,
    pick,
    read_day,
    text,
)
from logistics.supplies.goods import ISSUE_LINE, RECEIPT_LINE
from logistics.web.acting import act_or_again, go_to
from logistics.web.context import me, now, reading, recorded, today, zone
from logistics.web.downloads import list_of_today
from logistics.web.today import part
from logistics.web.words import word
from logistics.workbooks.writing import TableColumn, table_workbook

blueprint = Blueprint("supplies", __name__, template_folder="templates")
blueprint.add_app_template_filter(words.place_name, "place_name")
blueprint.add_app_template_filter(words.title_of, "paper")
blueprint.add_app_template_filter(lambda moment: moment.astimezone(zone()).date(), "local_day")
blueprint.add_app_template_global(lambda endpoint: endpoint in current_app.view_functions, "has_page")
blueprint.add_app_template_global(choices.words_of, "words_of")

PAGE = 50
#: How many items a page of stock shows at once: what runs out first.
ROWS = 100
#: Where goods come from, in the order in which it happens.
SOURCES = (Place.SUPPLIER, Place.DONOR, Place.OPENING)


# Looking --------------------------------------------------------------------------------------------------------------


@blueprint.get("/stock", endpoint="stock")
@permit(Permission.READ_STOCK)
def stock_page() -> ResponseReturnValue:
    with reading() as session:
        units = choices.units(session, of_unit_id=me().unit_id)
        unit, below = _unit_on_show(session, units), "alone" not in request.args
        lines = overview.stock_lines(session, unit_id=unit.id, on=today(), below=below)
        found = [line for line in lines if overview.is_about(line.stock.item, request.args.get("about", ""))]
        return render_template(
            "supplies/stock.html",
            units=units,
            unit=unit,
            below=below,
            here=_address(unit, below),
            any_lines=bool(lines),
            is_long=len(lines) > ROWS,
            found=len(found),
            lines=found if "all" in request.args else found[:ROWS],
        )


@blueprint.get("/stock.xlsx")
@permit(Permission.READ_STOCK)
def stock_workbook() -> ResponseReturnValue:
    with reading() as session:
        unit = _unit_on_show(session, choices.units(session, of_unit_id=me().unit_id))
        lines = overview.stock_lines(session, unit_id=unit.id, on=today(), below="alone" not in request.args)
        book = table_workbook(
            _("Stock"),
            [
                _("Item code"),
                TableColumn(title=_("Item"), width=24),
                _("Base unit"),
                *(TableColumn(title=title, number_format="#,##0") for title in _figures()),
                TableColumn(title=_("Next expiry"), width=12),
                TableColumn(title=_("Cover in days"), number_format="0.0"),
                _("State"),
            ],
            [
                (
                    line.stock.item.code,
                    line.stock.item.name,
                    line.stock.item.base_unit,
                    line.stock.on_hand,
                    line.stock.reserved,
                    line.stock.available,
                    line.stock.expired,
                    line.stock.held_back,
                    (line.is_used_up and line.daily_need) or None,
                    line.stock.next_expiry,
                    None if line.cover is None else round(float(line.cover), 2),
                    word(line.heat),
                )
                for line in lines
            ],
        )
        return list_of_today(book, _("Stock"), unit.name)


@blueprint.get("/stock/card")
@permit(Permission.READ_STOCK)
def card() -> ResponseReturnValue:
    with reading() as session:
        units, items = choices.units(session, of_unit_id=me().unit_id), choices.item_names(session)
        unit, below = _unit_on_show(session, units), "alone" not in request.args
        here = _address(unit, below)
        item = _picked(session, items, Item, request.args.get("item", ""))
        if item is None:
            return render_template(
                "supplies/card.html", units=units, items=items, unit=unit, below=below, here=here, item=None
            )
        lines = stock.stock_card(
            session,
            unit_id=unit.id,
            item_id=item.id,
            below=below,
            limit=PAGE,
            before_id=request.args.get("before", type=int),
        )
        held = stock.held_lots(session, unit_id=unit.id, item_id=item.id, below=below, limit=PAGE + 1)
        return render_template(
            "supplies/card.html",
            units=units,
            items=items,
            unit=unit,
            below=below,
            here=here,
            item=item,
            lines=lines,
            older=lines[-1].movement.id if len(lines) == PAGE else None,
            curve=overview.curve(lines, now=_until(lines)),
            figures=overview.stock_line(session, item, unit_id=unit.id, on=today(), below=below),
            held=held[:PAGE],
            more_held=len(held) > PAGE,
        )


@blueprint.get("/stock/available")
@permit(Permission.WRITE_STOCK)
def available() -> ResponseReturnValue:
    """The part of the issue form that says what the chosen store can give."""
    with reading() as session:
        store = request.args.get("store", "")
        return render_template("supplies/_available.html", **goods.what_it_can_give(session, store))


@blueprint.get("/offered/<what>")
@permit(Permission.READ_STOCK)
def offered(what: str) -> ResponseReturnValue:
    """The labels that go on as somebody has begun to type: what a page has no room for."""
    with reading() as session:
        return jsonify(_listed(session, what).containing(request.args.get("typed", "")[:100], PAGE))


@blueprint.get("/documents")
@permit(Permission.READ_STOCK)
def documents() -> ResponseReturnValue:
    kind = _kind(request.args.get("kind", ""))
    with reading() as session:
        found = stock.documents(
            session, unit_id=me().unit_id, kind=kind, limit=PAGE, before_id=request.args.get("before", type=int)
        )
        return render_template(
            "supplies/documents.html",
            kinds=list(DocumentKind),
            kind=kind,
            lines=[overview.document_line(document) for document in found],
            older=found[-1].id if len(found) == PAGE else None,
        )


@blueprint.get("/documents/<int:document_id>")
@permit(Permission.READ_STOCK)
def document(document_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _document(session, document_id)


# Doing ----------------------------------------------------------------------------------------------------------------


@blueprint.post("/documents/<int:document_id>/reverse")
@permit(Permission.WRITE_STOCK)
def reverse(document_id: int) -> ResponseReturnValue:
    typed = kept(request.form, "reason", "key")

    def act(session: Session) -> Document:
        _in_reach(session, document_id)
        reason = typed.read("reason", text(500, needed=True)) or ""
        check(typed)
        return operations.reverse_document(
            session, recorded=recorded(reason=reason), document_id=document_id, unit_id=me().unit_id
        )

    return _record(act, lambda session, said: _document(session, document_id, typed=typed, said=said))


@blueprint.get("/stock/receive")
@permit(Permission.WRITE_STOCK)
def receive_form() -> ResponseReturnValue:
    with reading() as session:
        own = _own_store(session)
        head = Typed({"place": Place.SUPPLIER, "store": own.label if own else "", "day": today().isoformat()})
        line = Typed({"item": request.args.get("item", "")})
        return _receive_form(session, head=head, lines=[line])


@blueprint.post("/stock/receive")
@permit(Permission.WRITE_STOCK)
def receive() -> ResponseReturnValue:
    head = kept(request.form, "place", "source", "store", "day", "reason", "key")
    lines = kept_lines(request.form, *RECEIPT_LINE)
    again = partial(_receive_form, head=head, lines=lines)
    return _record(lambda session: _receive(session, head, lines), again)


@blueprint.get("/stock/issue")
@permit(Permission.WRITE_STOCK)
def issue_form() -> ResponseReturnValue:
    with reading() as session:
        named = {"store": request.args["store"]} if "store" in request.args else {}
        head = goods.new_head(session, to="consumed", **named)
        line = Typed({"item": request.args.get("item", "")})
        return _issue_form(session, head=head, lines=[line])


@blueprint.post("/stock/issue")
@permit(Permission.WRITE_STOCK)
def issue() -> ResponseReturnValue:
    head = kept(request.form, "store", "to", "destination", "day", "reason", "key")
    lines = kept_lines(request.form, *ISSUE_LINE)
    return _record(lambda session: _issue(session, head, lines), partial(_issue_form, head=head, lines=lines))


# The first page -------------------------------------------------------------------------------------------------------


@part(Permission.READ_STOCK, Role.OFFICER, Role.LEADER, Role.REPORTER, Role.CHIEF, leads=True)
def what_runs_out(session: Session) -> str:
    """What runs out first, and what waits for somebody."""
    lines = overview.stock_lines(session, unit_id=me().unit_id, on=today())
    reach = subtree(me().unit_id)
    waiting = select(func.count()).where(Requisition.state == RequisitionState.OPEN, Requisition.unit_id.in_(reach))
    return render_template(
        "supplies/_today.html",
        lines=[line for line in lines if line.cover is not None and line.runs_out][:5],
        any_stock=bool(lines),
        requisitions=session.scalar(waiting) or 0,
        undelivered=overview.runs_without_delivery(session, unit_id=me().unit_id),
    )


# Beneath --------------------------------------------------------------------------------------------------------------


def _record(act: Callable[[Session], Document], again: Callable[[Session, str | None], str]) -> ResponseReturnValue:
    """Record in one transaction and go to the document; or the same form again, with what is wrong and all that was typed."""

    return act_or_again(act, again, lambda made: go_to(made, "supplies.document", document_id=made.id))


def _receive(session: Session, head: Typed, lines: list[Typed]) -> Document:
    place = Place(head["place"]) if head["place"] in SOURCES else Place.SUPPLIER
    name = head.read("source", text(64, needed=place is not Place.OPENING)) or ""

    def take_in(session: Session, **came: Any) -> Document:
        source = operations.source_named(session, place=place, name=name)
        return operations.receive_goods(session, source=source, **came)

    return goods.receive(session, head, lines, take_in)


def _issue(session: Session, head: Typed, lines: list[Typed]) -> Document:
    stores = choices.stores(session, of_unit_id=me().unit_id)
    source = head.read("store", pick(stores))
    moved = head["to"] == "store"
    destination = head.read("destination", pick(stores)) if moved else None
    at, reason = head.read("day", partial(read_day, now=now())), head.read("reason", text(500))
    wanted = goods.wanted(session, lines)
    check(head, *lines)
    if source is None or (moved and destination is None):
        raise Unreadable
    return operations.hand_out(
        session,
        recorded=recorded(reason=reason or "", occurred_at=at),
        source=source.open(session),
        wanted=wanted,
        to=destination.open(session) if destination else None,
    )


def _receive_form(session: Session, said: str | None = None, *, head: Typed, lines: list[Typed]) -> str:
    return render_template(
        "supplies/receive.html",
        head=head,
        said=said,
        sources=SOURCES,
        known_sources=overview.known_sources(session),
        **goods.goods_form(session, lines),
    )


def _issue_form(session: Session, said: str | None = None, *, head: Typed, lines: list[Typed]) -> str:
    return render_template(
        "supplies/issue.html",
        head=head,
        said=said,
        **goods.goods_form(session, lines),
        **goods.what_it_can_give(session, head["store"]),
    )


def _document(session: Session, document_id: int, *, typed: Typed | None = None, said: str | None = None) -> str:
    shown = _in_reach(session, document_id)
    return render_template(
        "supplies/document.html",
        document=shown,
        line=overview.document_line(shown),
        part_of_trip=operations.is_part_of_trip(shown),
        elsewhere=operations.places_elsewhere(session, shown, unit_id=me().unit_id),
        typed=typed or Typed({}),
        said=said,
    )


def _in_reach(session: Session, document_id: int) -> Document:
    """The document, if it touched a place of the person's unit or below, or goods on the way to or from one. Raises NotFound."""
    if not stock.touches(session, document_id=document_id, unit_id=me().unit_id):
        raise NotFound("document", document_id)
    return ledger.get_document(session, document_id)


def _listed(session: Session, what: str) -> Choices[Item] | Choices[Unit] | Choices[StoreOf]:
    match what:
        case "item":
            return choices.item_names(session)
        case "unit":
            return choices.units(session, of_unit_id=me().unit_id)
        case "store":
            return choices.stores(session, of_unit_id=me().unit_id)
    raise NotFound("list", what)


def _unit_on_show(session: Session, units: Choices[Unit]) -> Unit:
    """The unit the address names by label, code or id; the person's own where it names none. Raises NotFound."""
    return _picked(session, units, Unit, request.args.get("unit", "")) or units.first[0].thing


def _address(unit: Unit, below: bool) -> dict[str, str]:
    """What addresses carry on from page to page: the unit on show, with all below or alone."""
    return {"unit": unit.code} | ({} if below else {"alone": "1"})


def _picked[Thing: (Item, Unit)](
    session: Session, listed: Choices[Thing], kind: type[Thing], typed: str
) -> Thing | None:
    if not typed.strip():
        return None
    try:
        return listed.find(typed)
    except NotFound:
        by_id = session.get(kind, _number(typed))
        if by_id is None:
            raise
        return listed.find(by_id.code)


def _own_store(session: Session) -> choices.Choice[StoreOf] | None:
    """Where goods most likely arrive: the fullest store of the unit, else the unit's own."""
    stores = choices.stores(session, of_unit_id=me().unit_id)
    fullest = overview.fullest_store(session, unit_id=me().unit_id)
    return stores.coded(fullest.code if fullest else "") or next(iter(stores.first), None)


def _figures() -> list[str]:
    return [_("On hand"), _("Promised"), _("Available"), _("Expired"), _("Blocked"), _("Daily need")]


def _until(lines: list[stock.CardLine]) -> dt.datetime:
    """Where the curve ends: now on the newest page, its own newest movement on an older one."""
    return now() if "before" not in request.args or not lines else lines[0].movement.occurred_at


def _kind(value: str) -> DocumentKind | None:
    return DocumentKind(value) if value in set(DocumentKind) else None


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 18 else 0
