"""The table of purchase orders (采购订单): one row a line; the rows of one order number are one order."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from inventory.catalogue import Item, unit_word
from inventory.purchasing import Ordered, PurchaseOrder
from inventory.units import Unit
from logistics.accounts.permissions import Permission
from logistics.imports.importer import Findings, Importer, Taking, pieces, refuse_twice
from logistics.imports.registers import item_register, unit_register
from logistics.purchasing.operations import order_goods
from logistics.workbooks.checking import Checked, CheckedRow
from logistics.workbooks.columns import Code, Day, PositiveDecimal, Text
from logistics.workbooks.errors import Sentence
from logistics.workbooks.schema import SheetSchema


class PurchaseSheet(SheetSchema):
    number = Code(
        "订单号",
        "合同号",
        "order number",
        required=True,
        example="HT-2020-031",
        note=_("The rows of one number are one order."),
    )
    supplier = Text("供应商", "supplier", required=True, max_length=60, example="某医药公司", width=24)
    unit = Text(
        "订货单位", "采购单位", "ordering unit", required=True, max_length=100, example="YY-CK", note=_("Code or name.")
    )
    item = Text(
        "物资", "物资编码", "物资名称", "item", required=True, max_length=100, example="KZ-01", note=_("Code or name.")
    )
    quantity = PositiveDecimal("数量", "quantity", required=True, example=20)
    word = Text("单位", "计量单位", "unit word", required=True, max_length=10, example="盒")
    price = PositiveDecimal(
        "单价(元)",
        "单价",
        "price in yuan",
        required=True,
        places=2,
        example=62.5,
        note=_("For one of the unit in the same row."),
    )
    expected_on = Day("预计到货", "到货日期", "expected", load_default=None, example=date(2020, 3, 20))
    note = Text("备注", "note", load_default="", max_length=300, example="联系人 王经理", width=30)


#: What the rows of one order agree on.
HEAD = ("supplier", "expected_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A row whose names have been understood; the quantity in base units."""

    row: CheckedRow
    unit: Unit
    item: Item
    quantity: int

    @property
    def number(self) -> str:
        number: str = self.row.values["number"]
        return number

    @property
    def key(self) -> str:
        """A unit gives an order number once."""
        return f"order:{self.unit.id}:{hashlib.sha256(self.number.encode()).hexdigest()[:40]}"

    @property
    def ordered(self) -> Ordered:
        word = self.row.values["word"]
        return Ordered(
            item_id=self.item.id,
            quantity=self.quantity,
            price_fen=int(self.row.values["price"] * 100),
            price_word=word if word in self.item.units() else unit_word(word),
        )


def take_purchases(session: Session, checked: Checked, taking: Taking) -> Sentence:
    """Record the orders of a table."""
    findings = Findings(checked)
    orders = _orders(_understood(session, checked, taking, findings), findings)
    known = _known(session, list(orders))
    for key in known.keys() & orders.keys():
        _refuse_changed(orders[key], known[key], findings)
    findings.raise_all()
    for key, lines in orders.items():
        if key not in known:
            _order(session, key, lines, taking)
    return _("%(new)s new orders, %(known)s were known already.", new=len(orders) - len(known), known=len(known))


def _understood(session: Session, checked: Checked, taking: Taking, findings: Findings) -> list[_Line]:
    units, items = unit_register(session, by=taking.by), item_register(session)
    lines: list[_Line] = []
    for row in checked.rows:
        unit, item = units.named(row, "unit", findings), items.named(row, "item", findings)
        quantity = pieces(row, item, findings, word="word") if item else None
        if unit and item and quantity:
            lines.append(_Line(row=row, unit=unit, item=item, quantity=quantity))
    return lines


def _orders(lines: Sequence[_Line], findings: Findings) -> dict[str, list[_Line]]:
    """The lines by the key of their order; a finding for each that does not fit the first of its order."""
    orders: dict[str, list[_Line]] = {}
    units: dict[str, _Line] = {}
    for line in lines:
        if units.setdefault(line.number, line).unit is not line.unit:
            _refuse_other(line, units[line.number], "unit", findings)
            continue
        before = orders.setdefault(line.key, [])
        same = next((one for one in before if one.item is line.item), None)
        if same is not None:
            refuse_twice(line.row, "item", f"{line.number} {line.item.name}", same.row, findings)
        for name in HEAD:
            if before and before[0].row.values[name] != line.row.values[name]:
                _refuse_other(line, before[0], name, findings)
        before.append(line)
    return orders


def _refuse_other(line: _Line, first: _Line, name: str, findings: Findings) -> None:
    findings.add(
        line.row,
        name,
        "other_in_order",
        _("Order %(number)s says something else here in row %(first)s.", number=line.number, first=first.row.number),
        _("Write the same in all rows of an order, or another order number."),
        first=first.row.number,
    )


def _known(session: Session, keys: Sequence[str]) -> dict[str, PurchaseOrder]:
    known: dict[str, PurchaseOrder] = {}
    for start in range(0, len(keys), 500):
        some = select(PurchaseOrder).where(PurchaseOrder.key.in_(keys[start : start + 500]))
        whole = some.options(selectinload(PurchaseOrder.lines), selectinload(PurchaseOrder.supplier))
        known |= {order.key: order for order in session.scalars(whole)}
    return known


def _refuse_changed(lines: Sequence[_Line], order: PurchaseOrder, findings: Findings) -> None:
    """An order that stands is not changed by a table."""
    head = lines[0].row.values
    stands = {(one.item_id, one.quantity, one.price_fen, one.price_word) for one in order.lines}
    told = {(one.item_id, one.quantity, one.price_fen, one.price_word) for one in (line.ordered for line in lines)}
    if (order.supplier.name, order.expected_on, stands) != (head["supplier"], head["expected_on"], told):
        findings.add(
            lines[0].row,
            "number",
            "ordered_differently",
            _(
                "Order %(said)s stands already with other contents (%(number)s).",
                said=head["number"],
                number=order.number,
            ),
            _("Leave its rows out; what is to change is closed on its page and ordered anew under another number."),
            number=order.number,
        )


def _order(session: Session, key: str, lines: Sequence[_Line], taking: Taking) -> None:
    head: Mapping[str, Any] = lines[0].row.values
    notes = dict.fromkeys(line.row.values["note"] for line in lines if line.row.values["note"])
    order_goods(
        session,
        key=key,
        supplier=head["supplier"],
        unit=lines[0].unit,
        lines=[line.ordered for line in lines],
        expected_on=head["expected_on"],
        note=" ".join([lines[0].number, *notes])[:500],
        at=taking.at,
        by=taking.by,
    )


PURCHASES = Importer(
    kind="purchases",
    title=_("Purchase orders"),
    about=_("What is ordered from whom: item, quantity, price, expected day."),
    icon="shopping-cart",
    schema=PurchaseSheet,
    permission=Permission.WRITE_STOCK,
    take=take_purchases,
    shows="purchasing.orders",
)
