"""What a driver can do with a trip: load it, hand over or not, take an act back, bring the rest home.

Each of these may come twice (a second click, a phone that did not hear the answer) and happens once: the trip and the stop are held
first, then the act's own key and the state of the stop say whether it was there already.
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from inventory.balances import Balance
from inventory.base import upsert
from inventory.catalogue import Lot
from inventory.closed_days import closed_until
from inventory.errors import InvalidInput, KeyReused, NotFound, Short
from inventory.ledger import (
    Document,
    DocumentKind,
    Line,
    Movement,
    Recorded,
    get_document,
    in_turn,
    post,
    reverse,
    transfer,
)
from inventory.places import Place
from logistics.delivery.models import Act, ActKind, FailureReason, Receiver
from logistics.dispatch.models import StopState, Trip, TripState, TripStop
from logistics.errors import ServiceError
from logistics.orders.models import DeliveryLine, DeliveryOrder, DeliveryState

#: A key as a phone makes it is 32 or 36 characters; the rest of the column is for the mark of where it is used.
LONGEST_KEY = 64
#: In what state an act leaves the stop and its delivery orders.
OUTCOME = {
    ActKind.DELIVERED: (StopState.DELIVERED, DeliveryState.DELIVERED),
    ActKind.FAILED: (StopState.FAILED, DeliveryState.FAILED),
    ActKind.TAKEN_BACK: (StopState.PLANNED, DeliveryState.LOADED),
}


class NotLoaded(ServiceError):
    """The goods are still in the store; `number` is the trip's."""


class NothingToLoad(ServiceError):
    """Every delivery order of the trip has been withdrawn; `number` is the trip's."""


class TripOver(ServiceError):
    """The trip is finished or withdrawn, and nothing is added to it; `number` and `state` are the trip's."""


class NothingAboard(ServiceError):
    """The stop's delivery orders were withdrawn before loading; `place` names the stop."""


class StopDone(ServiceError):
    """The stop was recorded the other way already; `place`, `state`, `at`."""


class StopsLeft(ServiceError):
    """Stops are neither delivered nor failed; `number` is the trip's, `places` a tuple of their names in order."""


class News(enum.StrEnum):
    """Whether an act is new, the same one sent again, or what another act has recorded already."""

    NEW = "new"
    REPEATED = "repeated"
    ALREADY = "already"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The act that stands in the books, and whether this call wrote it."""

    act: Act
    news: News


@dataclass(frozen=True, slots=True, kw_only=True)
class Aboard:
    """So much of a lot, in base units, that belongs to a trip and is on its vehicle."""

    lot: Lot
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """An act as it came in. The times are not part of what makes two the same."""

    key: str
    kind: ActKind
    note: str
    occurred_at: dt.datetime
    received_at: dt.datetime
    by: str
    receiver: Receiver | None = None
    reason: FailureReason | None = None
    corrects_id: int | None = None

    def fingerprint(self, stop: TripStop) -> str:
        content = [stop.id, self.kind, self.note, self.receiver, self.reason, self.corrects_id]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()

    def recorded(self, session: Session, trip: Trip, moved: Iterable[Line | Movement]) -> Recorded:
        """The head of the ledger document. A phone's clock may be wrong by days: the books stay between loading and now.

        A phone without a signal tells of a day that is closed by then at a place that was touched: nothing done is lost, so the books
        have it as of the end of that day.
        """
        occurred_at = _between(trip.loaded_at, self.occurred_at, self.received_at)
        touched = {place for line in moved for place in (line.source_id, line.destination_id)}
        open_from = closed_until(session, location_ids=touched, after=occurred_at)
        occurred_at = _between(open_from, occurred_at, self.received_at)
        return Recorded(key=f"act:{self.key}", occurred_at=occurred_at, recorded_at=self.received_at, by=self.by)


# A trip ---------------------------------------------------------------------------------------------------------------


def get_trip(session: Session, *, trip_id: int, whose: ColumnElement[bool] | None = None) -> Trip:
    """The trip with its stops and their goods. Raises NotFound, also for one that is not `whose`: nobody learns what is not theirs."""
    goods = selectinload(Trip.stops).selectinload(TripStop.delivery_orders).selectinload(DeliveryOrder.lines)
    wanted = select(Trip).where(Trip.id == trip_id).options(goods)
    trip = session.scalar(wanted if whose is None else wanted.where(whose))
    return _owned(trip, None, NotFound("trip", f"CC{trip_id:07d}"))


def load_trip(session: Session, *, trip_id: int, recorded: Recorded, driver_id: int | None = None) -> Trip:
    """Move everything the trip delivers from the depot's store onto its vehicle, and keep the promises made for it.

    A trip already loaded stays as it is. Raises Short, NothingToLoad, TripOver or NotFound, and then nothing is changed.
    """
    trip = _held_trip(session, trip_id, driver_id)
    if trip.state is TripState.LOADED:
        return trip
    _refuse_over(trip)
    orders = _orders(session, _of_trip(session, trip), DeliveryState.PLANNED)
    lines = [line for order in orders for line in order.lines]
    if not lines:
        raise NothingToLoad(number=trip.number)
    document = transfer(
        session,
        recorded=recorded,
        # Where the goods were reserved; the vehicle may have been given another home since.
        source_id=trip.plan_run.depot_id,
        destination_id=trip.vehicle.aboard_id,
        wanted=_totals(lines),
        promised=[line.reservation_key for line in lines],
    )
    for order in orders:
        order.state = DeliveryState.LOADED
    trip.state, trip.loaded_at, trip.load_document_id = TripState.LOADED, recorded.occurred_at, document.id
    session.flush()
    return trip


def finish_trip(session: Session, *, trip_id: int, recorded: Recorded, driver_id: int | None = None) -> Trip:
    """Bring what is left of the trip's goods back into the depot's store, and close the trip.

    A finished trip stays as it is. Raises StopsLeft, NotLoaded, TripOver or NotFound.
    """
    trip = _held_trip(session, trip_id, driver_id)
    if trip.state is TripState.FINISHED:
        return trip
    _refuse_not_under_way(trip)
    left = [stop.place_name for stop in _stops(session, trip) if stop.state is StopState.PLANNED]
    if left:
        raise StopsLeft(number=trip.number, places=tuple(left))
    lines = _way_back(session, trip)
    if lines:
        document = post(session, kind=DocumentKind.TRANSFER, recorded=recorded, lines=lines)
        trip.return_document_id = document.id
    trip.state, trip.finished_at = TripState.FINISHED, recorded.occurred_at
    session.flush()
    return trip


def aboard(session: Session, *, trip: Trip) -> list[Aboard]:
    """What is on the vehicle of this trip's goods, by its own documents: another trip on the same vehicle has its own."""
    acts = select(Act.document_id).join(TripStop).where(TripStop.trip_id == trip.id, Act.document_id.is_not(None))
    own = or_(
        Movement.document_id.in_([i for i in (trip.load_document_id, trip.return_document_id) if i is not None]),
        Movement.document_id.in_(acts),
    )
    place_id = trip.vehicle.aboard_id
    change = func.sum(case((Movement.destination_id == place_id, Movement.quantity), else_=-Movement.quantity))
    held = (
        select(Movement.lot_id, change.label("quantity"))
        .where(own, or_(Movement.destination_id == place_id, Movement.source_id == place_id))
        .group_by(Movement.lot_id)
        .having(change > 0)
        .subquery()
    )
    rows = session.execute(select(Lot, held.c.quantity).join(held, held.c.lot_id == Lot.id).order_by(Lot.id))
    return [Aboard(lot=lot, quantity=int(quantity)) for lot, quantity in rows]


# A stop ---------------------------------------------------------------------------------------------------------------


def deliver(
    session: Session,
    *,
    key: str,
    trip_stop_id: int,
    receiver: Receiver,
    note: str,
    occurred_at: dt.datetime,
    received_at: dt.datetime,
    by: str,
    driver_id: int | None,
) -> Told:
    """Hand over what is aboard for a stop: one document from the vehicle to its recipient.

    `driver_id` is who acts; None asks no question. Raises NotLoaded, TripOver, StopDone (it was recorded as not delivered), NothingAboard,
    KeyReused or NotFound (also: another driver's), and then nothing is changed.
    """
    sent = _Sent(
        key=key,
        kind=ActKind.DELIVERED,
        note=note,
        occurred_at=occurred_at,
        received_at=received_at,
        by=by,
        receiver=receiver,
    )
    trip, stop = _held_stop(session, trip_stop_id, driver_id)
    told = _told_before(session, stop, sent)
    if told is not None:
        return told
    _refuse_not_under_way(trip)
    orders = _orders(session, [stop.id], DeliveryState.LOADED)
    if not orders:
        raise NothingAboard(place=stop.place_name)
    lines = _handed_over(session, trip, orders)
    document = post(session, kind=_kind(orders), recorded=sent.recorded(session, trip, lines), lines=lines)
    return _record(session, trip, stop, orders, sent, document)


def fail(
    session: Session,
    *,
    key: str,
    trip_stop_id: int,
    reason: FailureReason,
    note: str,
    occurred_at: dt.datetime,
    received_at: dt.datetime,
    by: str,
    driver_id: int | None,
) -> Told:
    """Record that a stop was not delivered, and why. The goods stay aboard until the trip is finished. Raises as `deliver`."""
    sent = _Sent(
        key=key,
        kind=ActKind.FAILED,
        note=note,
        occurred_at=occurred_at,
        received_at=received_at,
        by=by,
        reason=reason,
    )
    trip, stop = _held_stop(session, trip_stop_id, driver_id)
    told = _told_before(session, stop, sent)
    if told is not None:
        return told
    _refuse_not_under_way(trip)
    return _record(session, trip, stop, _orders(session, [stop.id], DeliveryState.LOADED), sent, None)


def take_back(
    session: Session,
    *,
    key: str,
    act_id: int,
    note: str = "",
    occurred_at: dt.datetime,
    received_at: dt.datetime,
    by: str,
    driver_id: int | None,
) -> Told:
    """Undo an act while its trip is under way: goods handed over are aboard again by a reversing document, the stop is to do.

    An act already taken back stays so. Raises Short where a receiving store has passed the goods on, and otherwise as `deliver`.
    """
    act = get_act(session, act_id)
    trip, stop = _held_stop(session, act.trip_stop_id, driver_id, NotFound("act", act_id))
    sent = _Sent(
        key=key,
        kind=ActKind.TAKEN_BACK,
        note=note,
        occurred_at=occurred_at,
        received_at=received_at,
        by=by,
        corrects_id=act_id,
    )
    if act.kind is ActKind.TAKEN_BACK:
        raise InvalidInput("act", "is-a-correction", act_id)
    told = _same_key(session, stop, sent)
    if told is not None:
        return told
    correction = session.scalar(select(Act).where(Act.corrects_id == act_id))
    if correction is not None:
        return Told(act=correction, news=News.ALREADY)
    _refuse_not_under_way(trip)
    orders = _orders(session, [stop.id], OUTCOME[act.kind][1])
    document = None
    if act.document_id is not None:
        moved = get_document(session, act.document_id).movements
        document = reverse(session, recorded=sent.recorded(session, trip, moved), document_id=act.document_id)
    return _record(session, trip, stop, orders, sent, document)


def get_act(session: Session, act_id: int) -> Act:
    """The act with this id. Raises NotFound."""
    act = session.get(Act, act_id)
    if act is None:
        raise NotFound("act", act_id)
    return act


def standing_acts(session: Session, *, trip: Trip) -> list[Act]:
    """The acts of a trip that nobody has taken back, in the order in which they came."""
    correction = aliased(Act)
    return list(
        session.scalars(
            select(Act)
            .join(TripStop)
            .outerjoin(correction, correction.corrects_id == Act.id)
            .where(TripStop.trip_id == trip.id, Act.kind != ActKind.TAKEN_BACK, correction.id.is_(None))
            .order_by(Act.id)
        )
    )


# Beneath --------------------------------------------------------------------------------------------------------------


def _owned(trip: Trip | None, driver_id: int | None, otherwise: NotFound) -> Trip:
    if trip is None or (driver_id is not None and trip.driver_id != driver_id):
        raise otherwise
    return trip


def _held_trip(session: Session, trip_id: int, driver_id: int | None, otherwise: NotFound | None = None) -> Trip:
    """Held until the transaction ends: what is done on one trip is done one after the other (SQLite holds the whole file anyway)."""
    wanted = select(Trip).where(Trip.id == trip_id).with_for_update(of=Trip)
    trip = session.scalar(wanted.execution_options(populate_existing=True))
    return _owned(trip, driver_id, otherwise or NotFound("trip", f"CC{trip_id:07d}"))


def _held_stop(
    session: Session, stop_id: int, driver_id: int | None, otherwise: NotFound | None = None
) -> tuple[Trip, TripStop]:
    unknown = otherwise or NotFound("stop", stop_id)
    trip_id = session.scalar(select(TripStop.trip_id).where(TripStop.id == stop_id))
    if trip_id is None:
        raise unknown
    trip = _held_trip(session, trip_id, driver_id, unknown)
    wanted = select(TripStop).where(TripStop.id == stop_id).with_for_update(of=TripStop)
    return trip, session.scalars(wanted.execution_options(populate_existing=True)).one()


def _stops(session: Session, trip: Trip) -> list[TripStop]:
    wanted = select(TripStop).where(TripStop.trip_id == trip.id).order_by(TripStop.sequence)
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def _of_trip(session: Session, trip: Trip) -> list[int]:
    return [stop.id for stop in _stops(session, trip)]


def _orders(session: Session, stop_ids: Sequence[int], state: DeliveryState) -> list[DeliveryOrder]:
    """The delivery orders of these stops in this state, held, with their lines."""
    return list(
        session.scalars(
            select(DeliveryOrder)
            .where(DeliveryOrder.trip_stop_id.in_(stop_ids), DeliveryOrder.state == state)
            .order_by(DeliveryOrder.id)
            .options(selectinload(DeliveryOrder.lines), selectinload(DeliveryOrder.destination))
            .with_for_update(of=DeliveryOrder)
            .execution_options(populate_existing=True)
        )
    )


def _refuse_over(trip: Trip) -> None:
    if trip.state in (TripState.FINISHED, TripState.WITHDRAWN):
        raise TripOver(number=trip.number, state=trip.state)


def _refuse_not_under_way(trip: Trip) -> None:
    _refuse_over(trip)
    if trip.state is not TripState.LOADED:
        raise NotLoaded(number=trip.number)


def _told_before(session: Session, stop: TripStop, sent: _Sent) -> Told | None:
    """What is in the books already: this very act, or another with the same outcome. Raises StopDone for another outcome."""
    told = _same_key(session, stop, sent)
    if told is not None or stop.state is StopState.PLANNED:
        return told
    act = _standing(session, stop)
    if act.kind is not sent.kind:
        raise StopDone(place=stop.place_name, state=stop.state, at=stop.done_at)
    return Told(act=act, news=News.ALREADY)


def _same_key(session: Session, stop: TripStop, sent: _Sent) -> Told | None:
    if not (0 < len(sent.key) <= LONGEST_KEY and sent.key.isprintable()):
        raise InvalidInput("key", "not-a-key", sent.key[:LONGEST_KEY])
    act = session.scalar(select(Act).where(Act.key == sent.key))
    if act is None:
        return None
    if act.fingerprint != sent.fingerprint(stop):
        raise KeyReused(sent.key)
    return Told(act=act, news=News.REPEATED)


def _standing(session: Session, stop: TripStop) -> Act:
    correction = aliased(Act)
    return session.scalars(
        select(Act)
        .outerjoin(correction, correction.corrects_id == Act.id)
        .where(Act.trip_stop_id == stop.id, Act.kind != ActKind.TAKEN_BACK, correction.id.is_(None))
    ).one()


def _kind(orders: Iterable[DeliveryOrder]) -> DocumentKind:
    """Goods for a unit's store stay ours; goods for a customer leave the books."""
    inside = all(order.destination.place is Place.STORE for order in orders)
    return DocumentKind.TRANSFER if inside else DocumentKind.ISSUE


def _handed_over(session: Session, trip: Trip, orders: Iterable[DeliveryOrder]) -> list[Line]:
    """The lots that are aboard for these orders, first expiring first.

    What was usable when it was loaded is handed over as it was loaded, also on the day after its expiry or a recall: the goods have
    changed hands by the time we are told. The driver is warned before (`progress.blocked_aboard`), and the recall page names who has them.
    """
    held: dict[int, list[tuple[Lot, int]]] = defaultdict(list)
    for lot in aboard(session, trip=trip):
        held[lot.lot.item_id].append((lot.lot, lot.quantity))
    lines: list[Line] = []
    for line in (line for order in orders for line in order.lines):
        picks = dict(in_turn(held[line.item_id], line.quantity))
        if sum(picks.values()) < line.quantity:
            raise Short(
                location_id=trip.vehicle.aboard_id,
                item_id=line.item_id,
                wanted=line.quantity,
                available=sum(picks.values()),
            )
        held[line.item_id] = [(lot, quantity - picks.get(lot.id, 0)) for lot, quantity in held[line.item_id]]
        lines += [
            Line(
                lot_id=lot_id,
                source_id=trip.vehicle.aboard_id,
                destination_id=line.delivery_order.destination_id,
                quantity=quantity,
            )
            for lot_id, quantity in picks.items()
        ]
    return lines


def _way_back(session: Session, trip: Trip) -> list[Line]:
    """What is left of the trip's goods, less what a count has written off the vehicle meanwhile."""
    left = aboard(session, trip=trip)
    lot_ids = [held.lot.id for held in left]
    # Both ends at once and in key order, as the ledger does: another trip may be loading onto the same vehicle.
    session.execute(
        select(Balance.lot_id)
        .where(Balance.location_id.in_([trip.vehicle.aboard_id, trip.plan_run.depot_id]), Balance.lot_id.in_(lot_ids))
        .order_by(Balance.location_id, Balance.lot_id)
        .with_for_update()
    ).all()
    on_vehicle = {
        lot_id: quantity
        for lot_id, quantity in session.execute(
            select(Balance.lot_id, Balance.quantity)
            .where(Balance.location_id == trip.vehicle.aboard_id, Balance.lot_id.in_(lot_ids))
            .order_by(Balance.lot_id)
        )
    }
    back = {held.lot.id: min(held.quantity, on_vehicle.get(held.lot.id, 0)) for held in left}
    return [
        Line(
            lot_id=lot_id,
            source_id=trip.vehicle.aboard_id,
            destination_id=trip.plan_run.depot_id,
            quantity=quantity,
        )
        for lot_id, quantity in back.items()
        if quantity > 0
    ]


def _record(
    session: Session,
    trip: Trip,
    stop: TripStop,
    orders: Iterable[DeliveryOrder],
    sent: _Sent,
    document: Document | None,
) -> Told:
    """Write the act and what follows from it. Acts are never changed, so the document comes first."""
    new = upsert(session, Act).values(
        key=sent.key,
        trip_stop_id=stop.id,
        kind=sent.kind,
        reason=sent.reason,
        receiver=sent.receiver,
        note=sent.note,
        occurred_at=sent.occurred_at,
        received_at=sent.received_at,
        by=sent.by,
        fingerprint=sent.fingerprint(stop),
        document_id=document.id if document else None,
        corrects_id=sent.corrects_id,
    )
    act_id = session.scalar(new.on_conflict_do_nothing().returning(Act.id))
    if act_id is None:
        # Only the same key at a stop of another trip can have come between: acts of one trip wait for one another.
        raise KeyReused(sent.key)
    stop.state, order_state = OUTCOME[sent.kind]
    done_at = _between(trip.loaded_at, sent.occurred_at, sent.received_at)
    stop.done_at = None if stop.state is StopState.PLANNED else done_at
    for order in orders:
        order.state = order_state
    session.flush()
    return Told(act=get_act(session, act_id), news=News.NEW)


def _between(earliest: dt.datetime | None, moment: dt.datetime, latest: dt.datetime) -> dt.datetime:
    """The moment, or the nearer end."""
    return min(max(moment, earliest or moment), latest)


def _totals(lines: Iterable[DeliveryLine]) -> dict[int, int]:
    totals: dict[int, int] = defaultdict(int)
    for line in lines:
        totals[line.item_id] += line.quantity
    return dict(totals)
