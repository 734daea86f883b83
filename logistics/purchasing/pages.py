"""Purchase orders: what is still to come and what is overdue, new ones, receipts against them, closing short."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from inventory import purchasing
from inventory.catalogue import Item, unit_word
from inventory.ledger import Document
from inventory.purchasing import LineStanding, Ordered, Progress, PurchaseOrder, Standing
from inventory.units import Unit
from logistics.accounts.models import Role
from logistics.accounts.permissions import Permission, permit
from logistics.purchasing import operations
from logistics.supplies import choices, goods, overview
from logistics.supplies.forms import (
    Typed,
    Unreadable,
    check,
    kept,
    kept_lines,
    pick,
    read_expiry,
    read_quantity,
    read_yuan,
    text,
)
from logistics.supplies.goods import RECEIPT_LINE, read_lines
from logistics.web.acting import act_or_again, go_to
from logistics.web.context import me, new_key, now, reading, today
from logistics.web.downloads import list_of_today
from logistics.web.today import part
from logistics.web.words import word
from logistics.workbooks.writing import TableColumn, table_workbook

blueprint = Blueprint("purchasing", __name__, template_folder="templates")

PAGE = 50
#: How many orders an export holds.
MOST_EXPORTED = 5_000
ORDER_LINE = ("item", "quantity", "unit", "price")


# Looking --------------------------------------------------------------------------------------------------------------


@blueprint.get("/purchases")
@permit(Permission.READ_STOCK)
def orders() -> ResponseReturnValue:
    only_open = "all" not in request.args
    with reading() as session:
        found = purchasing.purchase_orders(
            session,
            unit_id=me().unit_id,
            only_open=only_open,
            limit=MOST_EXPORTED if only_open else PAGE,
            before_id=request.args.get("before", type=int),
        )
        return render_template(
            "purchasing/orders.html",
            lines=found,
            only_open=only_open,
            overdue=sum(line.overdue(today()) for line in found),
            older=found[-1].order.id if not only_open and len(found) == PAGE else None,
        )


@blueprint.get("/purchases.xlsx")
@permit(Permission.READ_STOCK)
def orders_workbook() -> ResponseReturnValue:
    with reading() as session:
        found = purchasing.purchase_orders(session, unit_id=me().unit_id, limit=MOST_EXPORTED)
        book = table_workbook(
            _("Purchase orders"),
            [
                _("Number"),
                TableColumn(title=_("Supplier"), width=20),
                TableColumn(title=_("Unit"), width=16),
                TableColumn(title=_("Expected"), width=12),
                _("State"),
                _("Item code"),
                TableColumn(title=_("Item"), width=20),
                _("Base unit"),
                *(TableColumn(title=title, number_format="#,##0") for title in _figures()),
                TableColumn(title=_("Amount (yuan)"), number_format="#,##0.00"),
            ],
            [_row(one, line) for one in found for line in one.lines],
        )
        return list_of_today(book, _("Purchase orders"))


@blueprint.get("/purchases/<int:order_id>")
@permit(Permission.READ_STOCK)
def order(order_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _order(session, order_id=order_id)


# Doing ----------------------------------------------------------------------------------------------------------------


@blueprint.get("/purchases/new")
@permit(Permission.WRITE_STOCK)
def order_form() -> ResponseReturnValue:
    with reading() as session:
        units = choices.units(session, of_unit_id=me().unit_id)
        head = Typed({"ordering": request.args.get("ordering", units.first[0].label)})
        return _order_form(session, head=head, lines=kept_lines(request.args, *ORDER_LINE))


@blueprint.post("/purchases/new")
@permit(Permission.WRITE_STOCK)
def make_order() -> ResponseReturnValue:
    head = kept(request.form, "supplier", "ordering", "expected", "note", "key")
    lines = kept_lines(request.form, *ORDER_LINE)
    again = partial(_order_form, head=head, lines=lines)
    return act_or_again(lambda session: _make_order(session, head, lines), again, _go_to)


@blueprint.get("/purchases/<int:order_id>/receive")
@permit(Permission.WRITE_STOCK)
def receive_form(order_id: int) -> ResponseReturnValue:
    with reading() as session:
        standing = _standing(session, order_id)
        lines = [_awaited(line) for line in standing.lines if line.open]
        return _receive_form(session, order_id=order_id, head=goods.new_head(session), lines=lines)


@blueprint.post("/purchases/<int:order_id>/receive")
@permit(Permission.WRITE_STOCK)
def receive(order_id: int) -> ResponseReturnValue:
    head = kept(request.form, "store", "day", "reason", "more_than_ordered", "key")
    lines = kept_lines(request.form, *RECEIPT_LINE)
    again = partial(_receive_form, order_id=order_id, head=head, lines=lines)
    done = partial(go_to, endpoint="purchasing.order", order_id=order_id)
    return act_or_again(lambda session: _receive(session, order_id, head, goods.that_came(lines)), again, done)


@blueprint.post("/purchases/<int:order_id>/close")
@permit(Permission.WRITE_STOCK)
def close(order_id: int) -> ResponseReturnValue:
    typed = kept(request.form, "reason", "version")

    def act(session: Session) -> Standing:
        missing = _standing(session, order_id).awaited
        purchasing.close_short(session, order_id=order_id, **_ending(typed, why=missing))
        return _standing(session, order_id)

    return act_or_again(act, partial(_order, order_id=order_id, typed=typed), _go_to_ended)


@blueprint.post("/purchases/<int:order_id>/cancel")
@permit(Permission.WRITE_STOCK)
def cancel(order_id: int) -> ResponseReturnValue:
    typed = kept(request.form, "reason", "version")

    def act(session: Session) -> Standing:
        operations.order_within(session, order_id, unit_id=me().unit_id)
        return purchasing.standing(session, purchasing.cancel(session, order_id=order_id, **_ending(typed)))

    return act_or_again(act, partial(_order, order_id=order_id, typed=typed), _go_to_ended)


# The first page -------------------------------------------------------------------------------------------------------


@part(Permission.WRITE_STOCK, Role.OFFICER)
def what_is_to_come(session: Session) -> str:
    """What suppliers still owe, the overdue first."""
    found = purchasing.purchase_orders(session, unit_id=me().unit_id, only_open=True, limit=MOST_EXPORTED)
    return render_template("purchasing/_today.html", lines=found[:5], count=len(found)) if found else ""


# Beneath --------------------------------------------------------------------------------------------------------------


def _go_to(order: PurchaseOrder) -> ResponseReturnValue:
    return go_to(order, "purchasing.order", order_id=order.id)


def _go_to_ended(ended: Standing) -> ResponseReturnValue:
    flash(_("%(number)s: %(state)s.", number=ended.order.number, state=word(ended.progress)))
    return redirect(url_for("purchasing.order", order_id=ended.order.id))


def _standing(session: Session, order_id: int) -> Standing:
    return purchasing.standing(session, operations.order_within(session, order_id, unit_id=me().unit_id))


def _order(session: Session, said: str | None = None, *, order_id: int, typed: Typed | None = None) -> str:
    return render_template(
        "purchasing/order.html",
        standing=_standing(session, order_id),
        receipts=purchasing.receipts(session, order_id),
        Progress=Progress,
        typed=typed or Typed({}),
        said=said,
    )


def _order_form(session: Session, said: str | None = None, *, head: Typed, lines: list[Typed]) -> str:
    return render_template(
        "purchasing/order_form.html",
        head=head,
        said=said,
        known_sources=overview.known_sources(session),
        units=choices.units(session, of_unit_id=me().unit_id),
        **goods.goods_form(session, lines),
    )


def _make_order(session: Session, head: Typed, lines: list[Typed]) -> PurchaseOrder:
    supplier = head.read("supplier", text(64, needed=True))
    unit: Unit | None = head.read("ordering", pick(choices.units(session, of_unit_id=me().unit_id)))
    expected_on, note = head.read("expected", read_expiry), head.read("note", text(500))
    ordered = read_lines(session, lines, _ordered)
    check(head, *lines)
    if unit is None:
        raise Unreadable
    return operations.order_goods(
        session,
        key=head["key"] or new_key(),
        supplier=supplier or "",
        unit=unit,
        lines=ordered,
        expected_on=expected_on,
        note=note or "",
        at=now(),
        by=me().sign_in_name,
    )


def _ordered(line: Typed, item: Item | None) -> Ordered | None:
    quantity, price_fen = read_quantity(line, item), line.read("price", read_yuan)
    if item is None or quantity is None or price_fen is None:
        return None
    typed = line["unit"].strip()
    price_word = typed if typed in item.units() else unit_word(typed)
    return Ordered(item_id=item.id, quantity=quantity, price_fen=price_fen, price_word=price_word)


def _awaited(line: LineStanding) -> Typed:
    """What is still open of an order line, in the words it was ordered in where that comes out even."""
    item, ordered = line.line.item, line.line
    even = line.open % ordered.price_size == 0
    return Typed(
        {
            "item": f"{item.code} {item.name}",
            "quantity": str(line.open // ordered.price_size if even else line.open),
            "unit": ordered.price_word if even else item.base_unit,
        }
    )


def _receive_form(session: Session, said: str | None = None, *, order_id: int, head: Typed, lines: list[Typed]) -> str:
    return render_template(
        "purchasing/receive.html",
        standing=_standing(session, order_id),
        head=head,
        said=said,
        **goods.goods_form(session, lines, least=1),
    )


def _receive(session: Session, order_id: int, head: Typed, lines: list[Typed]) -> Document:
    operations.order_within(session, order_id, unit_id=me().unit_id)
    accept_more = bool(head["more_than_ordered"])
    take_in = partial(operations.receive_ordered, order_id=order_id, accept_more=accept_more)
    return goods.receive(session, head, lines, take_in)


def _ending(typed: Typed, *, why: bool = False) -> dict[str, Any]:
    reason = typed.read("reason", text(500, needed=why)) or ""
    check(typed)
    version = int(typed["version"]) if typed["version"].isascii() and typed["version"].isdecimal() else 0
    return {"version": version, "reason": reason, "at": now(), "by": me().sign_in_name}


def _figures() -> list[str]:
    return [_("Ordered"), _("Received"), _("Not yet here")]


def _row(one: Standing, line: LineStanding) -> tuple[object, ...]:
    return (
        one.order.number,
        one.order.supplier.name,
        one.order.unit.name,
        one.order.expected_on,
        word(one.progress),
        line.line.item.code,
        line.line.item.name,
        line.line.item.base_unit,
        line.line.quantity,
        line.received,
        line.open if one.awaited else 0,
        line.line.amount_fen / 100,
    )
