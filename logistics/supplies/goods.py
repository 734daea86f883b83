"""Lines of goods as people type them into a form, read into items, quantities and lots."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from inventory.catalogue import Item
from logistics.supplies import choices
from logistics.supplies.forms import Typed, pick, read_expiry, read_quantity, text
from logistics.supplies.operations import Arrived

#: How many lines a form offers at first, and adds where no script can.
LINES = 4
RECEIPT_LINE = ("item", "quantity", "unit", "lot", "expiry")
ISSUE_LINE = ("item", "quantity", "unit")


def read_lines[Value](
    session: Session, lines: list[Typed], read: Callable[[Typed, Item | None], Value | None]
) -> list[Value]:
    """The values of the lines that can be read; the others, and a form without any, carry their sentences."""
    items = choices.items(session)
    if not lines:
        lines.append(Typed({}))
    read_ = [read(line, line.read("item", pick(items))) for line in lines]
    return [value for value in read_ if value is not None]


def arrived(line: Typed, item: Item | None) -> Arrived | None:
    """What came in, with lot and expiry as on the label."""
    quantity = read_quantity(line, item)
    lot, expires_on = line.read("lot", text(64)), line.read("expiry", read_expiry)
    if item is None or quantity is None:
        return None
    return Arrived(item=item, quantity=quantity, lot_code=lot or "", expires_on=expires_on)


def asked(line: Typed, item: Item | None) -> tuple[Item, int] | None:
    """An item and so many base units of it."""
    quantity = read_quantity(line, item)
    return None if item is None or quantity is None else (item, quantity)
