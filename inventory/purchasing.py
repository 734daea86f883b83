"""What was ordered from suppliers, what of it has come, and what is still open.

A receipt is an ordinary ledger receipt that names the order lines it answers. What is open is never stored: it is what was
ordered less what came and was not reversed.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Integer, UniqueConstraint, exists, func, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column, relationship, selectinload

from inventory import ledger
from inventory.base import Actor, Base, Fen, Id, Keyed, Moment, Quantity, ShortText, Text, claim, word_enum
from inventory.catalogue import LARGEST_QUANTITY, Item, Lot, get_item, refuse_expired
from inventory.errors import AlreadyPaid, InvalidInput, KeyReused, NotFound, OverDelivery, WrongState
from inventory.funds import spent_on
from inventory.ledger import Document, Line, Recorded
from inventory.places import Place, StockLocation
from inventory.units import Unit, subtree

#: The most an order line may cost, in fen: ten thousand million yuan is a slip of the hand.
LARGEST_AMOUNT_FEN = 10**12


class PurchaseState(enum.StrEnum):
    """Open until everybody agrees that no more will come; cancelled where nothing ever came."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Progress(enum.StrEnum):
    """How far an order has come, as people see it."""

    WAITING = "waiting"
    PARTLY = "partly"
    COMPLETE = "complete"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class PurchaseOrder(Keyed):
    """What a unit ordered from a supplier (采购单)."""

    __tablename__ = "purchase_order"

    supplier_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    #: The day by which the supplier said it would come.
    expected_on: Mapped[dt.date | None]
    ordered_at: Mapped[Moment]
    ordered_by: Mapped[Actor]
    note: Mapped[Text] = mapped_column(default="")
    state: Mapped[PurchaseState] = mapped_column(word_enum(PurchaseState), default=PurchaseState.OPEN, index=True)
    #: Grows with every change, so that two who change it at once are told.
    version: Mapped[int] = mapped_column(Integer, default=1)
    ended_at: Mapped[Moment | None]
    ended_by: Mapped[str | None] = mapped_column(ShortText(64))
    end_reason: Mapped[Text] = mapped_column(default="")

    supplier: Mapped[StockLocation] = relationship()
    unit: Mapped[Unit] = relationship()
    lines: Mapped[list[PurchaseLine]] = relationship(back_populates="order", order_by="PurchaseLine.id")

    @property
    def number(self) -> str:
        return f"CG{self.id:07d}"


class PurchaseLine(Base):
    """So much of one item, at a price in fen for each `price_size` base units (a `price_word`)."""

    __tablename__ = "purchase_line"
    __table_args__ = (
        UniqueConstraint("order_id", "item_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("price_fen >= 0 AND price_size > 0", name="price_sound"),
    )

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    quantity: Mapped[Quantity]
    price_fen: Mapped[Fen]
    price_word: Mapped[str] = mapped_column(ShortText(64))
    price_size: Mapped[Quantity]

    order: Mapped[PurchaseOrder] = relationship(back_populates="lines")
    item: Mapped[Item] = relationship()

    def cost_fen(self, quantity: int) -> int:
        """What so many base units cost, rounded half up to a whole fen."""
        return (2 * quantity * self.price_fen + self.price_size) // (2 * self.price_size)

    @property
    def amount_fen(self) -> int:
        return self.cost_fen(self.quantity)


class PurchaseReceipt(Base):
    """How much of an order line a receipt brought. Never changed; it counts as long as its document is not reversed."""

    __tablename__ = "purchase_receipt"
    __table_args__ = (
        UniqueConstraint("line_id", "document_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[Id]
    line_id: Mapped[int] = mapped_column(ForeignKey("purchase_line.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    quantity: Mapped[Quantity]

    line: Mapped[PurchaseLine] = relationship()
    document: Mapped[Document] = relationship()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """One line to be ordered: base units, and fen for each pack of this word."""

    item_id: int
    quantity: int
    price_fen: int
    price_word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """So many base units of one lot that came against an order."""

    lot_id: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStanding:
    """An order line and what of it has come, in base units."""

    line: PurchaseLine
    received: int

    @property
    def open(self) -> int:
        """What may still come."""
        return max(0, self.line.quantity - self.received)

    @property
    def open_fen(self) -> int:
        """What that costs: the rest of the line's amount, so that the parts add up to the fen."""
        return self.line.amount_fen - self.line.cost_fen(min(self.received, self.line.quantity))

    @property
    def over(self) -> int:
        """What came beyond the order."""
        return max(0, self.received - self.line.quantity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An order and how far it has come."""

    order: PurchaseOrder
    lines: tuple[LineStanding, ...]

    @property
    def progress(self) -> Progress:
        if self.order.state is not PurchaseState.OPEN:
            return Progress(self.order.state.value)
        if not any(line.open for line in self.lines):
            return Progress.COMPLETE
        return Progress.PARTLY if any(line.received for line in self.lines) else Progress.WAITING

    @property
    def awaited(self) -> bool:
        """Whether anything may still come."""
        return self.progress in (Progress.WAITING, Progress.PARTLY)

    @property
    def amount_fen(self) -> int:
        return sum(line.line.amount_fen for line in self.lines)

    @property
    def open_fen(self) -> int:
        return sum(line.open_fen for line in self.lines) if self.awaited else 0

    @property
    def payable_fen(self) -> int:
        """What may be paid for: what was ordered, and what came beyond it; of a closed order what came."""
        closed = self.order.state is PurchaseState.CLOSED
        return sum(
            line.line.cost_fen(line.received if closed else max(line.received, line.line.quantity))
            for line in self.lines
        )

    def overdue(self, on: dt.date) -> bool:
        """Whether it should have come before this day."""
        return self.awaited and self.order.expected_on is not None and self.order.expected_on < on


# Acts -----------------------------------------------------------------------------------------------------------------


def order_goods(
    session: Session,
    *,
    key: str,
    supplier: StockLocation,
    unit: Unit,
    lines: Sequence[Ordered],
    at: dt.datetime,
    by: str,
    expected_on: dt.date | None = None,
    note: str = "",
) -> PurchaseOrder:
    """Record what a unit ordered; the same key again gives the same order.

    Raises InvalidInput: "empty", "twice" (an item on two lines), "not-positive", "unknown-unit", "too-large".
    """
    if supplier.place is not Place.SUPPLIER:
        raise InvalidInput("supplier", "not-a-source", supplier.place)
    made = [_line(session, line) for line in lines]
    _refuse_unsound(made)
    asked = [
        supplier.id,
        unit.id,
        expected_on,
        note,
        [(o.item_id, o.quantity, o.price_fen, o.price_word) for o in lines],
    ]
    order, is_new = claim(
        session,
        PurchaseOrder,
        key=key,
        asked=asked,
        supplier_id=supplier.id,
        unit_id=unit.id,
        expected_on=expected_on,
        ordered_at=at,
        ordered_by=by,
        note=note,
    )
    if is_new:
        order.lines = made
        session.flush()
    return order


def receive_ordered(
    session: Session,
    *,
    recorded: Recorded,
    order_id: int,
    store: StockLocation,
    came: Sequence[Came],
    accept_more: bool = False,
) -> Document:
    """Take in what came of an order, all of it or a part.

    Raises WrongState where the order is closed, InvalidInput "not-ordered" or "expired" before it came, and OverDelivery for more than is
    open unless `accept_more`.
    """
    order = hold_order(session, order_id)
    lines = [
        Line(lot_id=c.lot_id, source_id=order.supplier_id, destination_id=store.id, quantity=c.quantity) for c in came
    ]
    known = ledger.document_by_key(session, recorded.key)
    if known is not None:
        _refuse_other_order(session, known, order)
        return ledger.receive(session, recorded=recorded, lines=lines)
    _refuse_unless_open(order)
    for expires_on in session.scalars(select(Lot.expires_on).where(Lot.id.in_([one.lot_id for one in came]))):
        refuse_expired(expires_on, came_on=recorded.occurred_at.date())
    arrived = _by_line(session, standing(session, order), came, accept_more)
    document = ledger.receive(session, recorded=recorded, lines=lines)
    session.add_all(
        PurchaseReceipt(line_id=line_id, document_id=document.id, quantity=quantity)
        for line_id, quantity in arrived.items()
    )
    order.version += 1
    session.flush()
    return document


def close_short(
    session: Session, *, order_id: int, version: int, reason: str, at: dt.datetime, by: str
) -> list[LineStanding]:
    """Say that no more will come; returns the lines that stay short. Doing it twice is once.

    Raises InvalidInput "empty" for something missing without a reason, WrongState where the order has moved on since `version`.
    """
    order = hold_order(session, order_id)
    missing = [line for line in standing(session, order).lines if line.open]
    if order.state is not PurchaseState.CLOSED:
        if missing and not reason.strip():
            raise InvalidInput("reason", "empty", reason)
        _end(session, order, PurchaseState.CLOSED, version, reason, at, by)
    return missing


def cancel(session: Session, *, order_id: int, version: int, reason: str, at: dt.datetime, by: str) -> PurchaseOrder:
    """Withdraw an order of which nothing came. Doing it twice is once.

    Raises WrongState once something has come, AlreadyPaid as long as money is entered for it.
    """
    order = hold_order(session, order_id)
    if order.state is PurchaseState.CANCELLED:
        return order
    if any(line.received for line in standing(session, order).lines):
        raise WrongState("purchase order", order.number, Progress.PARTLY)
    if spent_fen := spent_on(session, order.id):
        raise AlreadyPaid(number=order.number, spent_fen=spent_fen)
    _end(session, order, PurchaseState.CANCELLED, version, reason, at, by)
    return order


# Looking --------------------------------------------------------------------------------------------------------------


def get_order(session: Session, order_id: int) -> PurchaseOrder:
    """The order with this id. Raises NotFound."""
    order = session.get(PurchaseOrder, order_id)
    if order is None:
        raise NotFound("purchase order", order_id)
    return order


def purchase_orders(
    session: Session, *, unit_id: int, only_open: bool = False, limit: int = 50, before_id: int | None = None
) -> list[Standing]:
    """The newest orders of a unit and all below it; `only_open`: those of which something may still come, the earliest due first."""
    page = (
        select(PurchaseOrder)
        .where(PurchaseOrder.unit_id.in_(subtree(unit_id)))
        .limit(limit)
        .options(selectinload(PurchaseOrder.supplier), selectinload(PurchaseOrder.unit))
    )
    if only_open:
        due = (PurchaseOrder.expected_on.is_(None), PurchaseOrder.expected_on, PurchaseOrder.id)
        page = page.where(PurchaseOrder.state == PurchaseState.OPEN, _awaits_something()).order_by(*due)
    else:
        page = page.order_by(PurchaseOrder.id.desc())
    if before_id is not None:
        page = page.where(PurchaseOrder.id < before_id)
    return standings(session, list(session.scalars(page)))


def standing(session: Session, order: PurchaseOrder) -> Standing:
    """How far one order has come."""
    return standings(session, [order])[0]


def standings(session: Session, orders: Sequence[PurchaseOrder]) -> list[Standing]:
    """How far each of these orders has come, in their order."""
    ids = [order.id for order in orders]
    lines: dict[int, list[PurchaseLine]] = defaultdict(list)
    for line in session.scalars(
        select(PurchaseLine)
        .where(PurchaseLine.order_id.in_(ids))
        .order_by(PurchaseLine.id)
        .options(selectinload(PurchaseLine.item))
    ):
        lines[line.order_id].append(line)
    received = _received(session, ids)
    return [
        Standing(
            order=order,
            lines=tuple(LineStanding(line=line, received=received.get(line.id, 0)) for line in lines[order.id]),
        )
        for order in orders
    ]


def on_order(session: Session, *, unit_id: int) -> dict[int, int]:
    """What may still come of all that a unit and those below it ordered: item id → base units."""
    open_orders = select(PurchaseOrder).where(
        PurchaseOrder.unit_id.in_(subtree(unit_id)), PurchaseOrder.state == PurchaseState.OPEN, _awaits_something()
    )
    coming: dict[int, int] = defaultdict(int)
    for order in standings(session, list(session.scalars(open_orders))):
        for line in order.lines:
            coming[line.line.item_id] += line.open
    return dict(coming)


def receipts(session: Session, order_id: int) -> list[Document]:
    """The receipts of an order, oldest first, the reversed ones too."""
    ids = (
        select(PurchaseReceipt.document_id)
        .join(PurchaseLine, PurchaseLine.id == PurchaseReceipt.line_id)
        .where(PurchaseLine.order_id == order_id)
    )
    return list(session.scalars(select(Document).where(Document.id.in_(ids)).order_by(Document.id)))


def hold_order(session: Session, order_id: int) -> PurchaseOrder:
    """The order, held until the transaction ends: what is open must not change between the look and the act. Raises NotFound."""
    held = select(PurchaseOrder).where(PurchaseOrder.id == order_id).with_for_update()
    order = session.scalar(held.execution_options(populate_existing=True))
    if order is None:
        raise NotFound("purchase order", order_id)
    return order


# Beneath --------------------------------------------------------------------------------------------------------------


def _line(session: Session, ordered: Ordered) -> PurchaseLine:
    units = get_item(session, ordered.item_id).units()
    if ordered.price_word not in units:
        raise InvalidInput("price_unit", "unknown-unit", tuple(units))
    return PurchaseLine(
        item_id=ordered.item_id,
        quantity=ordered.quantity,
        price_fen=ordered.price_fen,
        price_word=ordered.price_word,
        price_size=units[ordered.price_word],
    )


def _refuse_unsound(lines: Sequence[PurchaseLine]) -> None:
    if not lines:
        raise InvalidInput("lines", "empty", 0)
    if len({line.item_id for line in lines}) < len(lines):
        raise InvalidInput("item", "twice", len(lines))
    for line in lines:
        if line.quantity <= 0 or line.price_fen < 0:
            raise InvalidInput("quantity", "not-positive", min(line.quantity, line.price_fen))
        if line.quantity > LARGEST_QUANTITY or line.amount_fen > LARGEST_AMOUNT_FEN:
            raise InvalidInput("price", "too-large", line.amount_fen)


def _refuse_unless_open(order: PurchaseOrder) -> None:
    if order.state is not PurchaseState.OPEN:
        raise WrongState("purchase order", order.number, order.state)


def _refuse_other_order(session: Session, known: Document, order: PurchaseOrder) -> None:
    if known.id not in {document.id for document in receipts(session, order.id)}:
        raise KeyReused(known.key)


def _by_line(session: Session, standing_: Standing, came: Sequence[Came], accept_more: bool) -> Mapping[int, int]:
    """Order line id → what came of it."""
    lots = session.scalars(select(Lot).where(Lot.id.in_([c.lot_id for c in came])))
    items = {lot.id: lot.item_id for lot in lots}
    lines = {line.line.item_id: line for line in standing_.lines}
    arrived: dict[int, int] = defaultdict(int)
    for c in came:
        if c.lot_id not in items:
            raise NotFound("lot", c.lot_id)
        if items[c.lot_id] not in lines:
            raise InvalidInput("item", "not-ordered", get_item(session, items[c.lot_id]).name)
        arrived[lines[items[c.lot_id]].line.id] += c.quantity
    for line in lines.values():
        if arrived.get(line.line.id, 0) > line.open and not accept_more:
            raise OverDelivery(
                number=standing_.order.number,
                item_id=line.line.item_id,
                open_=line.open,
                arrived=arrived[line.line.id],
            )
    return arrived


def _end(
    session: Session, order: PurchaseOrder, state: PurchaseState, version: int, reason: str, at: dt.datetime, by: str
) -> None:
    if order.state is not PurchaseState.OPEN or order.version != version:
        raise WrongState("purchase order", order.number, order.state)
    order.state, order.end_reason, order.ended_at, order.ended_by = state, reason, at, by
    order.version += 1
    session.flush()


def _awaits_something() -> ColumnElement[bool]:
    reversal = aliased(Document)
    undone = exists().where(reversal.reverses_id == PurchaseReceipt.document_id)
    received = select(func.coalesce(func.sum(PurchaseReceipt.quantity), 0))
    received = received.where(PurchaseReceipt.line_id == PurchaseLine.id, ~undone)
    return exists().where(PurchaseLine.order_id == PurchaseOrder.id, PurchaseLine.quantity > received.scalar_subquery())


def _received(session: Session, order_ids: Sequence[int]) -> dict[int, int]:
    """Order line id → base units that came and were not sent back into the books by a reversal."""
    reversal = aliased(Document)
    rows = session.execute(
        select(PurchaseReceipt.line_id, func.sum(PurchaseReceipt.quantity))
        .join(PurchaseLine, PurchaseLine.id == PurchaseReceipt.line_id)
        .outerjoin(reversal, reversal.reverses_id == PurchaseReceipt.document_id)
        .where(PurchaseLine.order_id.in_(order_ids), reversal.id.is_(None))
        .group_by(PurchaseReceipt.line_id)
    )
    return {line_id: int(quantity) for line_id, quantity in rows}
