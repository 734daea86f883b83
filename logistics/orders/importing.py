"""Tables of customers (客户) and of visit-sales orders (访销订单), as importers (see `logistics.imports`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from geopy.distance import great_circle
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from inventory.catalogue import Item
from inventory.places import StockLocation, store_of
from inventory.stock import available
from inventory.units import Unit
from logistics.accounts.permissions import Permission
from logistics.fleet.models import Vehicle
from logistics.imports.importer import (
    Findings,
    Importer,
    Register,
    Taking,
    pieces,
    refuse_doubled,
    refuse_future,
    refuse_others,
    refuse_twice,
    said_quantity,
)
from logistics.imports.registers import item_register, unit_register, within_reach
from logistics.orders.models import Customer, HandoverScene, Order
from logistics.orders.operations import NewCustomer, NewOrder, add_customers, take_orders
from logistics.orders.windows import windows_text
from logistics.workbooks.checking import Checked, CheckedRow
from logistics.workbooks.columns import (
    Choice,
    ClockWindows,
    Code,
    Day,
    Latitude,
    Longitude,
    Phone,
    PositiveDecimal,
    Text,
)
from logistics.workbooks.errors import Sentence
from logistics.workbooks.schema import SheetSchema

#: No county is so wide: a customer farther than this from its unit has a mistyped coordinate.
FARTHEST_KM = 200

# Customers ------------------------------------------------------------------------------------------------------------


class CustomerSheet(SheetSchema):
    code = Code(
        "客户编码", "许可证号", "编码", "customer code", "code", required=True, example="420304100001", width=18
    )
    name = Text(
        "客户名称", "名称", "customer name", "name", required=True, max_length=100, example="王记烟酒店", width=24
    )
    unit = Text("服务单位", "所属单位", "unit", required=True, max_length=100, example="YY", note=_("Code or name."))
    lat = Latitude("纬度", "lat", "latitude", required=True, example=32.8301)
    lon = Longitude("经度", "lon", "longitude", required=True, example=110.8102)
    address = Text("地址", "address", load_default="", max_length=300, example="城关镇解放路12号", width=30)
    contact = Text("联系人", "contact", load_default="", max_length=100, example="王老板")
    phone = Phone("联系电话", "电话", "phone", load_default="", example="13800000000")
    scene = Choice(
        "交接方式",
        "handover",
        "scene",
        load_default=HandoverScene.DOOR,
        example="配送到户",
        choices={
            HandoverScene.DOOR: ("配送到户", "到户", "door"),
            HandoverScene.AGREED_POINT: ("约时约地", "agreed point"),
            HandoverScene.GATE: ("小区门口", "gate"),
            HandoverScene.VILLAGE_POINT: ("村口代收点", "代收点", "village point"),
            HandoverScene.CHIEF: ("交点位负责人", "chief"),
            HandoverScene.QUARANTINE: ("隔离投放", "quarantine"),
        },
    )
    windows = ClockWindows(
        "可收货时间",
        "收货时间",
        "windows",
        load_default=(),
        example="08:30-11:30;14:00-17:00",
        note=_("Blank for any time."),
        width=26,
    )
    required_pass = Text(
        "所需通行证",
        "通行证",
        "pass",
        load_default="",
        max_length=64,
        example="绿色通道",
        note=_("The pass a vehicle needs to get there; blank for none."),
    )


def take_customers(session: Session, checked: Checked, taking: Taking) -> Sentence:
    """Add the customers of a table, or bring the known ones up to date."""
    findings = Findings(checked)
    refuse_doubled(checked, "code", findings)
    customers = _customers(session, checked, taking, findings)
    out_of_reach = Customer.unit_id.not_in(within_reach(session, by=taking.by))
    refuse_others(checked, "code", set(session.scalars(select(Customer.code).where(out_of_reach))), findings)
    findings.raise_all()
    before = session.scalar(select(func.count()).select_from(Customer)) or 0
    add_customers(session, customers=customers)
    new = (session.scalar(select(func.count()).select_from(Customer)) or 0) - before
    return _("%(new)s new customers, %(known)s brought up to date.", new=new, known=len(customers) - new)


def _customers(session: Session, checked: Checked, taking: Taking, findings: Findings) -> list[NewCustomer]:
    units = unit_register(session, by=taking.by)
    customers: list[NewCustomer] = []
    for row in checked.rows:
        unit = units.named(row, "unit", findings)
        if unit is None:
            continue
        _refuse_far_off(row, unit, findings)
        values = dict(row.values)
        windows = windows_text((window.opens_s, window.closes_s) for window in values.pop("windows"))
        customers.append(NewCustomer(**values | {"unit": unit, "windows": windows}))
    return customers


def _refuse_far_off(row: CheckedRow, unit: Unit, findings: Findings) -> None:
    if unit.lat is None or unit.lon is None:
        return
    apart_km = great_circle((unit.lat, unit.lon), (row.values["lat"], row.values["lon"])).km
    if apart_km > FARTHEST_KM:
        findings.add(
            row,
            "lat",
            "far_off",
            _("This place is %(km)s km away from %(unit)s.", km=round(apart_km), unit=unit.name),
            _("Look at both coordinates: a digit is probably wrong."),
            km=round(apart_km),
        )


CUSTOMERS = Importer(
    kind="customers",
    title=_("Customers"),
    about=_("Retail customers: where they are, whom to call, how and when they can receive."),
    icon="building-store",
    schema=CustomerSheet,
    permission=Permission.WRITE_ORDERS,
    take=take_customers,
    shows="orders.customers",
)

# Orders ---------------------------------------------------------------------------------------------------------------


class OrderSheet(SheetSchema):
    number = Code("订单号", "订单编号", "order", "number", required=True, example="DD20200315-0001", width=20)
    day = Day("日期", "订货日期", "date", "day", required=True, example=dt.date(2020, 3, 15))
    customer = Code("客户编码", "许可证号", "customer", required=True, example="420304100001", width=18)
    item = Text(
        "物资", "物资编码", "物资名称", "item", required=True, max_length=100, example="JY", note=_("Code or name.")
    )
    quantity = PositiveDecimal("数量", "quantity", required=True, example=12)
    word = Text("单位", "计量单位", "unit", required=True, max_length=10, example="条")
    source = Text(
        "发货单位",
        "发货仓库",
        "source",
        required=True,
        max_length=100,
        example="YY-CK",
        note=_("The unit whose store gives the goods: code or name."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A row whose names have been understood."""

    row: CheckedRow
    customer: Customer
    item: Item
    quantity: int
    source: Unit

    @property
    def number(self) -> str:
        return str(self.row.values["number"])


type _Orders = dict[str, list[_Line]]


def take_order_table(session: Session, checked: Checked, taking: Taking) -> Sentence:
    """Take the orders of a table in, several rows an order, and reserve their goods."""
    findings = Findings(checked)
    orders = _understood(session, checked, taking, findings)
    _refuse_mixed(orders, findings)
    known = _known_orders(session, orders)
    if not findings.any:  # else rows may be missing from an order that is the same
        _refuse_changed(orders, known, findings)
    new = {number: lines for number, lines in orders.items() if number not in known}
    _refuse_beyond_vehicles(session, new, findings)
    sources = {line.source.id: line.source for lines in new.values() for line in lines}
    stores = {unit_id: store_of(session, unit) for unit_id, unit in sources.items()}
    _refuse_beyond_stock(session, new, stores, taking, findings)
    findings.raise_all()
    for unit_id, store in sorted(stores.items()):  # two tables at once hold the stores in the same order
        served = [_new_order(number, lines) for number, lines in new.items() if lines[0].source.id == unit_id]
        take_orders(session, orders=served, source=store, at=taking.at, by=taking.by)
    return _(
        "%(new)s new orders wait to be planned, their goods are reserved; %(known)s were known already.",
        new=len(new),
        known=len(known),
    )


def _understood(session: Session, checked: Checked, taking: Taking, findings: Findings) -> _Orders:
    units, items = unit_register(session, by=taking.by), item_register(session)
    customers = _customer_register(session, by=taking.by)
    orders: _Orders = {}
    for row in checked.rows:
        customer, source = customers.named(row, "customer", findings), units.named(row, "source", findings)
        item = items.named(row, "item", findings)
        quantity = pieces(row, item, findings, word="word") if item else None
        refuse_future(row, "day", row.values["day"], taking.today, findings)
        if customer and source and item and quantity:
            line = _Line(row=row, customer=customer, item=item, quantity=quantity, source=source)
            orders.setdefault(line.number, []).append(line)
    return orders


def _customer_register(session: Session, *, by: str) -> Register[Customer]:
    ours = Customer.unit_id.in_(within_reach(session, by=by))
    return Register(
        session.scalars(select(Customer).where(ours).order_by(Customer.id)),
        names=lambda customer: (customer.code,),
        unknown=lambda said: _("No customer has the code %(said)s.", said=said),
        remedy=_("Correct the code, or take the customer in first with the table of customers."),
    )


def _refuse_mixed(orders: _Orders, findings: Findings) -> None:
    """The rows of an order agree on customer, day and source, and name each item once."""
    for number, (first, *others) in orders.items():
        items = {first.item.id: first.row}
        for line in others:
            for name, same in _agreement(line, first):
                if not same:
                    findings.add(
                        line.row,
                        name,
                        "mixed_order",
                        _(
                            "Order %(number)s has %(other)s here and %(first)s in row %(row)s.",
                            number=number,
                            other=line.row.values[name],
                            first=first.row.values[name],
                            row=first.row.number,
                        ),
                        _("Give this row an order number of its own, or correct it."),
                    )
            if items.setdefault(line.item.id, line.row) is not line.row:
                refuse_twice(line.row, "item", f"{number} {line.item.name}", items[line.item.id], findings)


def _agreement(line: _Line, first: _Line) -> Iterable[tuple[str, bool]]:
    yield "customer", line.customer.id == first.customer.id
    yield "day", line.row.values["day"] == first.row.values["day"]
    yield "source", line.source.id == first.source.id


def _known_orders(session: Session, orders: _Orders) -> dict[str, Order]:
    numbers = list(orders)
    known: dict[str, Order] = {}
    for start in range(0, len(numbers), 500):
        some = Order.number.in_(numbers[start : start + 500])
        known |= {o.number: o for o in session.scalars(select(Order).where(some).options(selectinload(Order.lines)))}
    return known


def _refuse_changed(orders: _Orders, known: Mapping[str, Order], findings: Findings) -> None:
    for number, order in known.items():
        lines = orders[number]
        before = (order.customer_id, {line.item_id: line.quantity for line in order.lines})
        if before != (lines[0].customer.id, {line.item.id: line.quantity for line in lines}):
            findings.add(
                lines[0].row,
                "number",
                "changed_order",
                _("Order %(number)s was taken in before with other contents.", number=number),
                _("Leave its rows out; to change it, cancel its delivery and take it in under a new number."),
                number=number,
            )


def _refuse_beyond_vehicles(session: Session, orders: _Orders, findings: Findings) -> None:
    """An order is one delivery: it must fit some vehicle as a whole. Without a fleet nobody can tell yet."""
    fleet = session.scalars(select(Vehicle).where(Vehicle.active).order_by(Vehicle.capacity_kg.desc())).all()
    if not fleet:
        return
    for number, lines in orders.items():
        weight_mg = sum(line.item.weight_mg * line.quantity for line in lines)
        volume_ul = sum(line.item.volume_ul * line.quantity for line in lines)
        if any(_fits(vehicle, weight_mg, volume_ul) for vehicle in fleet):
            continue
        findings.add(
            lines[0].row,
            "quantity",
            "beyond_vehicles",
            _(
                "Order %(number)s weighs %(kg)s kg and takes %(litres)s L; no vehicle can carry it "
                "(the largest, %(plate)s, takes %(most_kg)s kg and %(most_litres)s L).",
                number=number,
                kg=f"{weight_mg / 1e6:,.0f}",
                litres=f"{volume_ul / 1e6:,.0f}",
                plate=fleet[0].plate,
                most_kg=f"{fleet[0].capacity_kg:,}",
                most_litres=f"{fleet[0].capacity_l:,}",
            ),
            _("Look at quantity and unit; if they are right, split it into several orders."),
            kg=weight_mg // 1_000_000,
        )


def _fits(vehicle: Vehicle, weight_mg: int, volume_ul: int) -> bool:
    return weight_mg <= vehicle.capacity_kg * 1_000_000 and volume_ul <= vehicle.capacity_l * 1_000_000


def _refuse_beyond_stock(
    session: Session, orders: _Orders, stores: Mapping[int, StockLocation], taking: Taking, findings: Findings
) -> None:
    """Told once for each store and item, at the first row for which nothing is left."""
    wanted: dict[tuple[int, int], list[_Line]] = {}
    for line in _in_file_order(orders.values()):
        wanted.setdefault((line.source.id, line.item.id), []).append(line)
    for (unit_id, item_id), lines in wanted.items():
        left = available(session, location_id=stores[unit_id].id, item_id=item_id, on=taking.today)
        total = sum(line.quantity for line in lines)
        if total <= left:
            continue
        sofar = 0
        for line in lines:
            sofar += line.quantity
            if sofar > left:
                _add_short(line, total, max(0, left), findings)
                break


def _in_file_order(orders: Iterable[Sequence[_Line]]) -> list[_Line]:
    return sorted((line for lines in orders for line in lines), key=lambda line: line.row.number)


def _add_short(line: _Line, total: int, left: int, findings: Findings) -> None:
    findings.add(
        line.row,
        "quantity",
        "beyond_stock",
        _(
            "The orders of this table come to %(total)s of %(item)s; %(source)s can give %(left)s, which ends at this row.",
            total=said_quantity(line.item, total),
            item=line.item.name,
            source=line.source.name,
            left=said_quantity(line.item, left),
        ),
        _("Take goods in first, lower the quantities from here on, or leave rows out."),
        total=total,
        left=left,
    )


def _new_order(number: str, lines: Sequence[_Line]) -> NewOrder:
    return NewOrder(
        number=number,
        customer=lines[0].customer,
        ordered_on=lines[0].row.values["day"],
        quantities={line.item.id: line.quantity for line in lines},
    )


ORDERS = Importer(
    kind="orders",
    title=_("Orders"),
    about=_("What customers ordered in visit-sales: becomes delivery orders, with the goods reserved."),
    icon="shopping-cart",
    schema=OrderSheet,
    permission=Permission.WRITE_ORDERS,
    take=take_order_table,
    shows="orders.delivery_orders",
)
