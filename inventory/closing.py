"""Closing a unit, which is refused as long as something there still needs it, and opening it again."""

from __future__ import annotations

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import String, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from inventory import consignments, donations, purchasing
from inventory.assets import Asset, AssetState
from inventory.balances import Balance
from inventory.catalogue import Item
from inventory.counts import CountSession, CountState
from inventory.donations import Donation, DonationState
from inventory.errors import StillInUse, WrongState
from inventory.funds import Fund
from inventory.places import AT_HAND, StockLocation
from inventory.promises import Reservation
from inventory.purchasing import PurchaseOrder, PurchaseState
from inventory.requisitions import Requisition, RequisitionState
from inventory.runs import SHARE_PROMISE, Share
from inventory.units import Unit

#: More papers than anybody has open at once.
ALL = 100_000


class TieKind(enum.StrEnum):
    """What still needs a unit, beside its stock and the units below it."""

    REQUISITION = "requisition_waits"
    #: Allotted to it and not on its way yet.
    SHARE = "share_waits"
    PURCHASE = "purchase_open"
    DONATION = "donation_awaited"
    MONEY = "money_left"
    CONSIGNMENT = "consignment_open"
    COUNT = "count_under_way"
    ASSET = "asset_there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """A paper or a piece that still needs the unit, by its id and by what people call it."""

    kind: enum.StrEnum
    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """So many base units of an item at a place of the unit."""

    location: StockLocation
    item: Item
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """What keeps a unit from being closed: its stock, what others were promised of it, papers that go on, open units below it."""

    holdings: Sequence[Holding]
    promises: Sequence[Holding]
    papers: Sequence[Tie]
    units: Sequence[Unit]

    def __bool__(self) -> bool:
        return bool(self.holdings or self.promises or self.papers or self.units)


def ties(session: Session, unit: Unit, *, more: Sequence[Tie] = ()) -> Ties:
    """What still needs a unit, and what the caller knows `more` of; false in a condition where nothing does."""
    below = select(Unit).where(Unit.parent_id == unit.id, Unit.closed_on.is_(None))
    return Ties(
        holdings=_holdings(session, unit),
        promises=_promises(session, unit),
        papers=[*_papers(session, unit), *more],
        units=session.scalars(below.order_by(Unit.code)).all(),
    )


def close_unit(session: Session, *, unit: Unit, on: dt.date, more: Sequence[Tie] = ()) -> None:
    """Close a unit; closed already, it keeps its day. Raises StillInUse with everything in the way."""
    if unit.closed_on is not None:
        return
    if found := ties(session, unit, more=more):
        papers: dict[enum.StrEnum, list[str]] = defaultdict(list)
        for tie in found.papers:
            papers[tie.kind].append(tie.name)
        raise StillInUse(
            unit=unit.name,
            holdings=tuple(map(_said, found.holdings)),
            promises=tuple(map(_said, found.promises)),
            papers={kind: tuple(names) for kind, names in papers.items()},
            units=tuple(below.name for below in found.units),
        )
    unit.closed_on = on
    session.flush()


def reopen_unit(session: Session, *, unit: Unit) -> None:
    """Open a closed unit again. Raises WrongState below a closed one."""
    if unit.parent is not None and unit.parent.closed_on is not None:
        raise WrongState("unit", unit.parent.name, "closed")
    unit.closed_on = None
    session.flush()


def _said(held: Holding) -> str:
    return f"{held.item.name} {held.quantity:,} {held.item.base_unit}"


def _holdings(session: Session, unit: Unit) -> list[Holding]:
    """What lies in the stores and vehicles of a unit, by place and item."""
    held = func.sum(Balance.quantity)
    rows = session.execute(
        select(StockLocation, Item, held)
        .join(Balance, Balance.location_id == StockLocation.id)
        .join(Item, Item.id == Balance.item_id)
        .where(StockLocation.unit_id == unit.id, StockLocation.place.in_(AT_HAND), Balance.quantity > 0)
        .group_by(StockLocation.id, Item.id)
        .order_by(StockLocation.code, Item.code)
    )
    return [Holding(location=location, item=item, quantity=int(quantity)) for location, item, quantity in rows]


def _promises(session: Session, unit: Unit) -> list[Holding]:
    """What others were promised from the stores of a unit, by store and item."""
    rows = session.execute(
        select(StockLocation, Item, func.sum(Reservation.quantity))
        .join(Reservation, Reservation.location_id == StockLocation.id)
        .join(Item, Item.id == Reservation.item_id)
        .where(StockLocation.unit_id == unit.id, Reservation.released_at.is_(None))
        .group_by(StockLocation.id, Item.id)
        .order_by(StockLocation.code, Item.code)
    )
    return [Holding(location=location, item=item, quantity=int(quantity)) for location, item, quantity in rows]


def _papers(session: Session, unit: Unit) -> Iterator[Tie]:
    yield from _asked(session, unit)
    ordered = select(PurchaseOrder).where(PurchaseOrder.unit_id == unit.id, PurchaseOrder.state == PurchaseState.OPEN)
    for order in purchasing.standings(session, session.scalars(ordered.order_by(PurchaseOrder.id)).all()):
        if order.awaited:
            yield Tie(kind=TieKind.PURCHASE, id=order.order.id, name=order.order.number)
    offered = select(Donation).where(Donation.unit_id == unit.id, Donation.state != DonationState.REFUSED)
    for given in donations.standings(session, session.scalars(offered.order_by(Donation.id)).all()):
        if given.awaited or given.donation.state is DonationState.OFFERED:
            yield Tie(kind=TieKind.DONATION, id=given.donation.id, name=given.donation.number)
    for fund in session.scalars(select(Fund).where(Fund.unit_id == unit.id, Fund.balance_fen > 0).order_by(Fund.id)):
        yield Tie(kind=TieKind.MONEY, id=fund.id, name=f"{fund.purpose} ¥{fund.balance_fen / 100:,.2f}".strip())
    for sent in consignments.consignments(session, unit_id=unit.id, only_open=True, limit=ALL):
        if unit.id in (sent.consignment.source.unit_id, sent.consignment.destination.unit_id):
            yield Tie(kind=TieKind.CONSIGNMENT, id=sent.consignment.id, name=sent.consignment.number)
    yield from _counted_and_kept(session, unit)


def _asked(session: Session, unit: Unit) -> Iterator[Tie]:
    """Its requisitions that wait for an allocation, and those whose share waits to be carried."""
    asked = select(Requisition).where(Requisition.unit_id == unit.id).order_by(Requisition.id)
    for waiting in session.scalars(asked.where(Requisition.state == RequisitionState.OPEN)):
        yield Tie(kind=TieKind.REQUISITION, id=waiting.id, name=waiting.number)
    promise = Reservation.key == literal(SHARE_PROMISE) + cast(Share.id, String)
    shared = asked.join(Share, Share.requisition_id == Requisition.id).join(Reservation, promise)
    for answered in session.scalars(shared.where(Reservation.released_at.is_(None)).distinct()):
        yield Tie(kind=TieKind.SHARE, id=answered.id, name=answered.number)


def _counted_and_kept(session: Session, unit: Unit) -> Iterator[Tie]:
    """Counts of its places that go on, and equipment that belongs to it or is there."""
    going_on = (CountState.COUNTING, CountState.CHECKING)
    counts = select(CountSession).join(StockLocation, StockLocation.id == CountSession.location_id)
    for count in session.scalars(
        counts.where(StockLocation.unit_id == unit.id, CountSession.state.in_(going_on)).order_by(CountSession.id)
    ):
        yield Tie(kind=TieKind.COUNT, id=count.id, name=count.number)
    there = or_(Asset.unit_id == unit.id, Asset.place_id == unit.id)
    for asset in session.scalars(select(Asset).where(there, Asset.state != AssetState.RETIRED).order_by(Asset.id)):
        yield Tie(kind=TieKind.ASSET, id=asset.id, name=asset.serial)
