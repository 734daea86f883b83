"""Forms of goods: what they show at first, and their lines as people type them, read into items, quantities and lots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from flask import request
from sqlalchemy.orm import Session

from inventory.catalogue import Item
from inventory.ledger import Document, Recorded
from inventory.places import StockLocation
from logistics.supplies import choices, overview
from logistics.supplies.choices import StoreOf
from logistics.supplies.forms import (
    Typed,
    Unreadable,
    check,
    padded,
    pick,
    read_day,
    read_expiry,
    read_quantity,
    text,
)
from logistics.supplies.operations import Arrived, LineRefused
from logistics.web.context import me, now, recorded, today
from logistics.web.sentences import sentence

#: How many lines a form offers at first, and adds where no script can.
LINES = 4
RECEIPT_LINE = ("item", "quantity", "unit", "lot", "expiry")
ISSUE_LINE = ("item", "quantity", "unit")
#: How long the code of a lot may be.
LABEL = 64


class Receiving(Protocol):
    """What takes arrived goods into a store."""

    def __call__(
        self, session: Session, *, recorded: Recorded, store: StockLocation, lines: list[Arrived]
    ) -> Document: ...


def new_head(session: Session, **more: str) -> Typed:
    """The head of a form not typed into yet: the store that holds most, and today."""
    store = overview.fullest_store(session, unit_id=me().unit_id)
    return Typed({"store": f"{store.code} {store.name}" if store else "", "day": today().isoformat()} | more)


def goods_form(session: Session, lines: list[Typed], *, least: int = LINES) -> Mapping[str, object]:
    """What a page shows of lines to type into, and the stores and items to pick from."""
    return {
        "lines": padded(lines, least=least, more=LINES if "more" in request.form else 0),
        "stores": choices.stores(session, of_unit_id=me().unit_id),
        "items": choices.items(session),
    }


def what_it_can_give(session: Session, typed: str) -> Mapping[str, object]:
    """The store that was picked or typed, and what it can give; nothing where no such store is known."""
    store = Typed({"store": typed}).read("store", pick(choices.stores(session, of_unit_id=me().unit_id)))
    location = store.location if store else None
    return {
        "source": location,
        "can_give": overview.can_give(session, location_id=location.id, on=today()) if location else [],
    }


def that_came(lines: list[Typed]) -> list[Typed]:
    """The lines of a form filled in with what is awaited, without those whose quantity was cleared because nothing came; all
    of them where none is left."""
    return [line for line in lines if any(line[name].strip() for name in ("quantity", "lot", "expiry"))] or lines


def receive(session: Session, head: Typed, lines: list[Typed], take_in: Receiving, *, label: int = LABEL) -> Document:
    """Read what arrived and take it in. Raises Unreadable, with its sentence beside what cannot be read or is refused."""
    store: StoreOf | None = head.read("store", pick(choices.stores(session, of_unit_id=me().unit_id)))
    at, reason = head.read("day", partial(read_day, now=now())), head.read("reason", text(500))
    came = read_lines(session, lines, partial(arrived, label=label))
    check(head, *lines)
    if store is None:
        raise Unreadable
    try:
        return take_in(
            session,
            recorded=recorded(reason=reason or "", occurred_at=at),
            store=store.open(session),
            lines=came,
        )
    except LineRefused as error:
        lines[error.line].refuse("expiry", sentence(error.error))
        raise Unreadable from error


def wanted(session: Session, lines: list[Typed]) -> dict[int, int]:
    """Base units by item id of the lines that can be read; two lines of an item are one."""
    sums: dict[int, int] = defaultdict(int)
    for item, quantity in read_lines(session, lines, asked):
        sums[item.id] += quantity
    return sums


def read_lines[Value](
    session: Session, lines: list[Typed], read: Callable[[Typed, Item | None], Value | None]
) -> list[Value]:
    """The values of the lines that can be read; the others, and a form without any, carry their sentences."""
    items = choices.items(session)
    if not lines:
        lines.append(Typed({}))
    read_ = [read(line, line.read("item", pick(items))) for line in lines]
    return [value for value in read_ if value is not None]


def arrived(line: Typed, item: Item | None, *, label: int = LABEL) -> Arrived | None:
    """What came in, with lot and expiry as on the label."""
    quantity = read_quantity(line, item)
    lot, expires_on = line.read("lot", text(label)), line.read("expiry", read_expiry)
    if item is None or quantity is None:
        return None
    return Arrived(item=item, quantity=quantity, lot_code=lot or "", expires_on=expires_on)


def asked(line: Typed, item: Item | None) -> tuple[Item, int] | None:
    """An item and so many base units of it."""
    quantity = read_quantity(line, item)
    return None if item is None or quantity is None else (item, quantity)
