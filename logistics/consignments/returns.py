"""Goods that come back (退库): from a point's store or from a recipient, lot by lot, into a store."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from inventory import ledger, returns
from inventory.catalogue import Lot
from inventory.errors import InvalidInput
from inventory.ledger import Document, DocumentKind
from inventory.places import StockLocation
from logistics.accounts.permissions import Permission, permit
from logistics.consignments import operations
from logistics.supplies import choices
from logistics.supplies.choices import StoreOf
from logistics.supplies.forms import Typed, Unreadable, check, kept, pick, read_day, read_quantity, text
from logistics.supplies.overview import fullest_store
from logistics.web.acting import act_or_again, go_to
from logistics.web.context import me, now, reading, recorded, today

blueprint = Blueprint("returns", __name__, template_folder="templates")


@blueprint.get("/returns/new")
@permit(Permission.WRITE_STOCK)
def return_form() -> ResponseReturnValue:
    with reading() as session:
        store = fullest_store(session, unit_id=me().unit_id)
        into = f"{store.code} {store.name}" if store else ""
        head = Typed({"source": request.args.get("source", ""), "store": into, "day": today().isoformat()})
        return _return_form(session, head=head, lines={})


@blueprint.post("/returns/new")
@permit(Permission.WRITE_STOCK)
def take_back() -> ResponseReturnValue:
    head, lines = kept(request.form, "source", "store", "day", "reason", "key"), dict[int, Typed]()
    again = partial(_return_form, head=head, lines=lines)
    return act_or_again(
        lambda session: _take_back(session, head, lines),
        again,
        lambda document: go_to(document, "supplies.document", document_id=document.id),
    )


def _return_form(session: Session, said: str | None = None, *, head: Typed, lines: dict[int, Typed]) -> str:
    places = operations.places_to_return_from(session, unit_id=me().unit_id)
    source = head.read("source", pick(places)) if head["source"].strip() else None
    held = operations.held_at(session, source, unit_id=me().unit_id) if source else []
    return render_template(
        "consignments/return.html",
        head=head,
        places=places,
        source=source,
        lines=[(lot, most, lines.get(lot.id) or Typed({"unit": lot.item.base_unit})) for lot, most in held],
        stores=choices.stores(session, of_unit_id=me().unit_id),
        said=said,
    )


def _take_back(session: Session, head: Typed, lines: dict[int, Typed]) -> Document:
    """The form sent twice gives the document of the first, although by then the goods are no longer there."""
    known = ledger.document_by_key(session, head["key"])
    if known is not None and known.kind is DocumentKind.RETURN:
        return known
    places = operations.places_to_return_from(session, unit_id=me().unit_id)
    source: StockLocation | None = head.read("source", pick(places))
    store: StoreOf | None = head.read("store", pick(choices.stores(session, of_unit_id=me().unit_id)))
    at, reason = head.read("day", partial(read_day, now=now())), head.read("reason", text(500, needed=True))
    held = operations.held_at(session, source, unit_id=me().unit_id) if source else []
    lots = {lot.id: _returned(lot, lines) for lot, _most in held}
    check(head, *lines.values())
    if source is None or store is None:
        raise Unreadable
    wanted = {lot_id: quantity for lot_id, quantity in lots.items() if quantity}
    if not wanted:
        raise InvalidInput("lines", "nothing-returned", 0)
    return returns.take_back(
        session,
        recorded=recorded(reason=reason or "", occurred_at=at),
        source=source,
        destination=store.open(session),
        lots=wanted,
        unit_id=me().unit_id,
    )


def _returned(lot: Lot, lines: dict[int, Typed]) -> int | None:
    """What was typed of one lot, kept in `lines`; a field left empty brings nothing back."""
    typed = Typed({name: request.form.get(f"{name}-{lot.id}", "") for name in ("quantity", "unit")})
    if not typed["quantity"].strip():
        return None
    lines[lot.id] = typed
    return read_quantity(typed, lot.item)
