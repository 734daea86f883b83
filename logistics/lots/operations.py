"""What lots ask of the whole service: who has them now, on which trip, whom they reached, and who may free them again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from inventory import lots
from inventory.balances import Balance
from inventory.catalogue import Item, Lot, LotStatus
from inventory.errors import InvalidInput, NotFound
from inventory.ledger import Document, Recorded
from inventory.lots import Gone, LotStatusChange, Portion
from inventory.places import Place, StockLocation
from inventory.stock import Held
from inventory.units import is_within
from logistics.accounts.models import User
from logistics.delivery import operations as delivery
from logistics.dispatch.models import Trip, TripState
from logistics.errors import ServiceError
from logistics.fleet.models import Vehicle
from logistics.orders.models import DeliveryOrder


class BlockedAbove(ServiceError):
    """A unit that does not stand below blocked the lot; `name` of who did it, `unit` theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aboard:
    """What a vehicle has of a lot, in base units, and for which trip; None for what no trip under way has loaded."""

    location: StockLocation
    quantity: int
    trip: Trip | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What somebody outside received of a lot and has not given back; `order` is the newest delivery to them, which tells whom to call."""

    gone: Gone
    order: DeliveryOrder | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Where all of a lot is, as far as the unit and those below had it. Quantities in base units."""

    lot: Lot
    stores: Sequence[Held]
    transit: Sequence[Held]
    vehicles: Sequence[Aboard]
    reached: Sequence[Reached]
    used: Sequence[Gone]

    @property
    def on_hand(self) -> int:
        return sum(held.quantity for held in self.stores)

    @property
    def on_road(self) -> int:
        return sum(one.quantity for one in self.vehicles)

    @property
    def in_transit(self) -> int:
        return sum(held.quantity for held in self.transit)

    @property
    def outside(self) -> int:
        return sum(one.gone.quantity for one in self.reached)

    @property
    def used_up(self) -> int:
        return sum(one.quantity for one in self.used)


def lot_in_reach(session: Session, lot_id: int, *, unit_id: int) -> Lot:
    """The lot, if anything of it ever lay in a place of the unit or below. Raises NotFound."""
    lot = lots.get_lot(session, lot_id)
    if not lots.touched(session, lot_id=lot_id, unit_id=unit_id):
        raise NotFound("lot", lot.code)
    return lot


def find_lots(session: Session, *, words: str, unit_id: int, limit: int = 50) -> list[Lot]:
    """The lots in reach of whose code or item each word says something, newest first."""
    found = (
        select(Lot)
        .join(Item, Item.id == Lot.item_id)
        .where(exists().where(Balance.lot_id == Lot.id, Balance.location_id.in_(lots.places_within(unit_id))))
        .order_by(Lot.id.desc())
        .limit(limit)
        .options(contains_eager(Lot.item))
    )
    for word in words.split()[:8]:
        columns = (Lot.code, Item.code, Item.name)
        found = found.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    return list(session.scalars(found))


def trace(session: Session, lot: Lot, *, unit_id: int) -> Trace:
    """Where all of a lot is: stores, consignments, vehicles with their trips, recipients, and where it was used up."""
    gone = lots.gone(session, lot_id=lot.id, unit_id=unit_id)
    received = [one for one in gone if one.destination.place is Place.RECIPIENT]
    orders = _newest_orders(session, [one.destination.id for one in received])
    held = lots.holders(session, lot_id=lot.id, unit_id=unit_id)
    return Trace(
        lot=lot,
        stores=[one for one in held if one.location.place is Place.STORE],
        transit=[one for one in held if one.location.place is Place.TRANSIT],
        vehicles=[
            one for vehicle in held if vehicle.location.place is Place.VEHICLE for one in _aboard(session, vehicle)
        ],
        reached=[Reached(gone=one, order=orders.get(one.destination.id)) for one in received],
        used=[one for one in gone if one.destination.place is Place.CONSUMED],
    )


def change_status(
    session: Session,
    *,
    key: str,
    lot_id: int,
    status: LotStatus,
    reason: str,
    at: dt.datetime,
    by: str,
    unit_id: int,
) -> LotStatusChange:
    """Block a lot or free it, as `lots.change_status`. Raises BlockedAbove for what somebody of no unit below has blocked."""
    lot = lot_in_reach(session, lot_id, unit_id=unit_id)
    if lot.status is not LotStatus.USABLE:
        _refuse_blocked_above(session, lot, unit_id)
    return lots.change_status(session, key=key, lot_id=lot_id, status=status, reason=reason, at=at, by=by)


def bring_back(
    session: Session,
    *,
    recorded: Recorded,
    lot_id: int,
    source_id: int,
    store: StockLocation,
    quantity: int,
    unit_id: int,
) -> Document:
    """Take blocked goods back, as `lots.bring_back`."""
    lot_in_reach(session, lot_id, unit_id=unit_id)
    return lots.bring_back(
        session,
        recorded=recorded,
        lot_id=lot_id,
        source_id=source_id,
        store_id=store.id,
        quantity=quantity,
        unit_id=unit_id,
    )


def dispose(session: Session, *, recorded: Recorded, portions: Sequence[Portion], unit_id: int) -> Document:
    """Dispose of what may no longer be used, as `lots.dispose`.

    Raises NotFound for a place of another unit, InvalidInput "nothing-chosen" for no portion.
    """
    if not portions:
        raise InvalidInput("lines", "nothing-chosen", 0)
    wanted = {portion.location_id for portion in portions}
    ours = session.scalars(lots.places_within(unit_id).where(StockLocation.id.in_(wanted)))
    if strange := wanted - set(ours):
        raise NotFound("stock location", min(strange))
    return lots.dispose(session, recorded=recorded, portions=portions)


def _refuse_blocked_above(session: Session, lot: Lot, unit_id: int) -> None:
    # Whoever only says again that it is blocked does not answer for it.
    change = next(one for one in lots.history(session, lot.id) if one.before is not one.after)
    blocker = session.scalar(select(User).where(User.sign_in_name == change.changed_by))
    if blocker is not None and not is_within(session, blocker.unit_id, unit_id):
        raise BlockedAbove(name=blocker.name, unit=blocker.unit.name)


def _aboard(session: Session, held: Held) -> list[Aboard]:
    """A vehicle may be loaded for several trips: what each has of the lot, then the rest."""
    trips = session.scalars(
        select(Trip)
        .join(Vehicle, Vehicle.id == Trip.vehicle_id)
        .where(Trip.state == TripState.LOADED, Vehicle.aboard_id == held.location.id)
        .order_by(Trip.departs_at, Trip.id)
    )
    found = [
        Aboard(location=held.location, quantity=one.quantity, trip=trip)
        for trip in trips
        for one in delivery.aboard(session, trip=trip)
        if one.lot.id == held.lot.id
    ]
    rest = held.quantity - sum(one.quantity for one in found)
    return [*found, Aboard(location=held.location, quantity=rest, trip=None)] if rest else found


def _newest_orders(session: Session, destination_ids: Sequence[int]) -> dict[int, DeliveryOrder]:
    orders: dict[int, DeliveryOrder] = {}
    for start in range(0, len(destination_ids), 500):
        some = destination_ids[start : start + 500]
        newest = select(func.max(DeliveryOrder.id)).where(DeliveryOrder.destination_id.in_(some))
        found = select(DeliveryOrder).where(DeliveryOrder.id.in_(newest.group_by(DeliveryOrder.destination_id)))
        orders |= {order.destination_id: order for order in session.scalars(found)}
    return orders
