"""Goods on the road: orders and shares that become delivery orders, trips that are loaded, stops, and what comes home."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import days, ledger
from inventory.errors import Promised, Short, WrongState
from inventory.ledger import Recorded
from inventory.places import StockLocation
from inventory.promises import Reservation
from logistics.delivery import operations as delivery
from logistics.delivery.models import Act, FailureReason, Receiver
from logistics.delivery.operations import NotLoaded, StopDone, StopsLeft, TripOver
from logistics.dispatch.models import StopState, Trip, TripState, TripStop
from logistics.dispatch.operations import withdraw_trip
from logistics.fleet.models import Shift, Vehicle
from logistics.orders import operations as orders
from logistics.orders.models import Customer, DeliveryOrder, DeliveryState
from logistics.orders.operations import StillAboard
from logistics.planning.models import PlanRun, PlanState
from tests.county import TODAY
from tests.inventory.laws.blocked import Blocking
from tests.inventory.laws.books import Move, Paper, PlainLot, PlainPlace, Promise
from tests.inventory.laws.closed import ClosingDays
from tests.inventory.laws.counted import Counting
from tests.inventory.laws.machine import Machine, Refusal, cuts, quantities, wanted_goods
from tests.inventory.laws.promised import Promising
from tests.inventory.laws.shared import Sharing
from tests.inventory.laws.undone import Undoing
from tests.postgres import Postgres
from tests.sqlite_files import SqliteFiles

HOUR = dt.timedelta(hours=1)


@dataclass(slots=True, kw_only=True)
class Wanted:
    """A delivery order: what of which item goes to which place, and the promises kept for it."""

    id: int
    destination_id: int
    goods: dict[int, int]
    promises: dict[int, str]
    state: DeliveryState = DeliveryState.OPEN
    trip: Round | None = None


@dataclass(slots=True, kw_only=True)
class Stop:
    """A visit; the act that stands, and the document of what was handed over."""

    id: int
    orders: list[Wanted]
    state: StopState = StopState.PLANNED
    act: int | None = None
    document: str | None = None


@dataclass(slots=True, kw_only=True)
class Round:
    """A trip; `held` is by lot what its own documents left aboard."""

    id: int
    aboard_id: int
    stops: list[Stop]
    state: TripState = TripState.RELEASED
    held: Counter[int] = field(default_factory=Counter)

    @property
    def orders(self) -> list[Wanted]:
        return [order for stop in self.stops for order in stop.orders]


class Carrying(Blocking, Counting, Promising, Sharing, ClosingDays, Undoing):
    """What dispatchers and drivers do, among all that may happen to the stock meanwhile."""

    KEYED: ClassVar[tuple[type[Any], ...]] = (*Machine.KEYED, Act, DeliveryOrder)

    def __init__(self, databases: Postgres | SqliteFiles) -> None:
        super().__init__(databases)
        self.wanted: list[Wanted] = []
        self.rounds: list[Round] = []
        self.carried_runs: set[int] = set()

    @initialize(loaded=st.booleans())
    def the_first_trip(self, loaded: bool) -> None:
        """Masks for a customer, and for a station its share."""
        self.a_customer_orders({"masks": 120}, None)
        self.a_point_asks("station", "masks", 100, None)
        self.goods_are_shared_out("masks", None)
        self._carry(min(self.runs), None)
        self._release("鄂C0001", self.wanted)
        if loaded:
            self._load(self.rounds[0], None)

    # Delivery orders --------------------------------------------------------------------------------------------------

    @rule(goods=wanted_goods, cut=cuts)
    def a_customer_orders(self, goods: dict[str, int], cut: int | None) -> None:
        def take(session: Session, head: Recorded) -> list[Wanted]:
            customer = session.scalars(select(Customer).order_by(Customer.id)).first()
            assert customer is not None
            order = orders.take_order(
                session,
                number=head.key,
                customer=customer,
                ordered_on=head.occurred_at.date(),
                quantities=self.by_id(goods),
                source=session.get_one(StockLocation, self.store_id),
                at=head.occurred_at,
                by=head.by,
            )
            return _wanted(session.scalars(select(DeliveryOrder).where(DeliveryOrder.order_id == order.id)))

        self._add(take, Short if self._lacks(self.by_id(goods)) else None, cut=cut)

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), cut=cuts)
    def shares_become_delivery_orders(self, data: st.DataObject, cut: int | None) -> None:
        self._carry(self.one_of(data, "allocation", sorted(self.runs)), cut)

    def _carry(self, run_id: int, cut: int | None) -> None:
        promised = self.runs[run_id] if run_id not in self.carried_runs else {}
        standing = {key for key in promised if key in self.books.promises}
        wanted: Counter[int] = Counter()
        for key, (item_id, quantity) in promised.items():
            wanted[item_id] += quantity
            # What is still promised to the share is promised to its delivery order from then on.
            wanted[item_id] -= quantity if key in standing else 0

        def carry(session: Session, head: Recorded) -> list[Wanted]:
            return _wanted(orders.deliver_shares(session, run_id=run_id, at=head.occurred_at, by=head.by))

        refused = Short if self._lacks(wanted) else None
        if self._add(carry, refused, gone=standing, cut=cut):
            self.carried_runs.add(run_id)

    def _add(
        self,
        make: Callable[[Session, Recorded], list[Wanted]],
        refused: Refusal,
        *,
        gone: Iterable[str] = (),
        cut: int | None,
    ) -> bool:
        """Make delivery orders, asked for twice; whether they were made."""
        made = self.do(make, cut=cut, refused=refused, keyed=False)
        if made is None:
            return False
        assert self.carry_out(make, self.last) == made
        for key in gone:
            del self.books.promises[key]
        known = {order.id for order in self.wanted}
        with self.database.reading() as session:
            for new in (one for one in made if one.id not in known):
                self.wanted.append(new)
                self._promise(new)
                self.keys[Reservation] |= set(new.promises.values())
                self.keys[DeliveryOrder].add(session.get_one(DeliveryOrder, new.id).key)
                place = session.get_one(StockLocation, new.destination_id)
                known_as = PlainPlace(id=place.id, kind=place.place, unit_id=place.unit_id)
                self.books.places.setdefault(place.id, known_as)
        return True

    @precondition(lambda self: self.wanted)
    @rule(data=st.data(), cut=cuts)
    def a_delivery_is_called_off(self, data: st.DataObject, cut: int | None) -> None:
        order = self.one_of(data, "delivery order", self.wanted)

        def cancel(session: Session, head: Recorded) -> None:
            orders.cancel_delivery_order(session, delivery_order_id=order.id, at=head.occurred_at, by=head.by)

        free = (DeliveryState.OPEN, DeliveryState.FAILED, DeliveryState.CANCELLED)
        refused = self._not_in_the_store(order) if order.state in free else WrongState
        self.do(cancel, cut=cut, refused=refused, keyed=False)
        if not refused:
            order.state = DeliveryState.CANCELLED
            for key in order.promises.values():
                self.books.promises.pop(key, None)

    @precondition(lambda self: self.wanted)
    @rule(data=st.data(), cut=cuts)
    def a_delivery_is_tried_again(self, data: st.DataObject, cut: int | None) -> None:
        order = self.one_of(data, "delivery order", self.wanted)

        def reopen(session: Session, head: Recorded) -> None:
            orders.reopen(session, delivery_order_id=order.id, at=head.occurred_at)

        free = (DeliveryState.OPEN, DeliveryState.FAILED, DeliveryState.CANCELLED)
        refused = self._not_in_the_store(order) if order.state in free else WrongState
        missing = {i: n for i, n in order.goods.items() if order.promises[i] not in self.books.promises}
        if refused is None and order.state is not DeliveryState.OPEN and self._lacks(missing):
            refused = Short
        self.do(reopen, cut=cut, refused=refused, keyed=False)
        if not refused and order.state is not DeliveryState.OPEN:
            order.state = DeliveryState.OPEN
            self._promise(order)

    # Trips ------------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self._open_orders())
    @rule(data=st.data(), plate=st.sampled_from(["鄂C0001", "鄂C0002"]))
    def a_trip_is_released(self, data: st.DataObject, plate: str) -> None:
        chosen = data.draw(
            st.lists(st.sampled_from(self._open_orders()), min_size=1, max_size=4, unique_by=lambda order: order.id),
            label="delivery orders",
        )
        self._release(plate, chosen)

    def _release(self, plate: str, chosen: list[Wanted]) -> None:
        by_place: dict[int, list[Wanted]] = {}
        for order in sorted(chosen, key=lambda order: order.id):
            by_place.setdefault(order.destination_id, []).append(order)
        with self.database.transaction() as session:
            trip = self._trip(session, plate, [[order.id for order in stop] for stop in by_place.values()])
            made = Round(
                id=trip.id,
                aboard_id=trip.vehicle.aboard_id,
                stops=[Stop(id=s.id, orders=o) for s, o in zip(trip.stops, by_place.values(), strict=True)],
            )
        self.rounds.append(made)
        for order in made.orders:
            order.state, order.trip = DeliveryState.PLANNED, made

    @precondition(lambda self: self.rounds)
    @rule(data=st.data(), cut=cuts)
    def a_trip_is_withdrawn(self, data: st.DataObject, cut: int | None) -> None:
        trip = self.one_of(data, "trip", self.rounds)

        def withdraw(session: Session, head: Recorded) -> None:
            withdraw_trip(session, trip_id=trip.id, at=head.occurred_at, by=head.by)

        refused = None if trip.state in (TripState.RELEASED, TripState.WITHDRAWN) else WrongState
        self.do(withdraw, cut=cut, refused=refused, keyed=False)
        if trip.state is TripState.RELEASED:
            for order in trip.orders:
                order.state, order.trip = DeliveryState.OPEN, None
            trip.state = TripState.WITHDRAWN
            for stop in trip.stops:
                stop.orders = []

    @precondition(lambda self: self.rounds)
    @rule(data=st.data(), cut=cuts)
    def a_trip_is_loaded(self, data: st.DataObject, cut: int | None) -> None:
        self._load(self.one_of(data, "trip", self.rounds), cut)

    def _load(self, trip: Round, cut: int | None) -> None:
        goods: Counter[int] = Counter()
        for order in trip.orders:
            goods.update(order.goods)
        kept = tuple(key for order in trip.orders for key in order.promises.values())

        def load(session: Session, head: Recorded) -> None:
            delivery.load_trip(session, trip_id=trip.id, recorded=head)

        moves: Any = []
        refused: Refusal = TripOver if trip.state in (TripState.FINISHED, TripState.WITHDRAWN) else None
        if trip.state is TripState.RELEASED:
            moves = self.books.pick(self.store_id, trip.aboard_id, goods, at=self.now, kept=kept)
            refused = None if isinstance(moves, list) else moves
        self.do(load, cut=cut, refused=refused, keyed=False)
        if refused or trip.state is TripState.LOADED:
            return
        self.carry_out(load, self.last)
        self.books.write(self.last.key, Paper(moves=moves))
        for key in kept:
            self.books.promises.pop(key, None)
        trip.state, trip.held = TripState.LOADED, Counter()
        for move in moves:
            trip.held[move.lot_id] += move.quantity
        for order in trip.orders:
            order.state = DeliveryState.LOADED

    @precondition(lambda self: self.rounds)
    @rule(data=st.data(), cut=cuts)
    def a_trip_is_finished(self, data: st.DataObject, cut: int | None) -> None:
        trip = self.one_of(data, "trip", self.rounds)

        def finish(session: Session, head: Recorded) -> None:
            delivery.finish_trip(session, trip_id=trip.id, recorded=head)

        refused = self._not_under_way(trip) if trip.state is not TripState.FINISHED else None
        if refused is None and any(stop.state is StopState.PLANNED for stop in trip.stops):
            refused = StopsLeft
        back = {lot: min(left, self.books.stock[trip.aboard_id, lot]) for lot, left in trip.held.items()}
        moves = [
            self.move(self.books.lots[lot], trip.aboard_id, self.store_id, left) for lot, left in back.items() if left
        ]
        self.do(finish, cut=cut, refused=refused, keyed=False)
        if refused or trip.state is TripState.FINISHED:
            return
        self.carry_out(finish, self.last)
        trip.state, trip.held = TripState.FINISHED, Counter()
        if moves:
            self.books.write(self.last.key, Paper(moves=moves))

    # Stops ------------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.rounds)
    @rule(data=st.data(), cut=cuts)
    def a_stop_is_delivered(self, data: st.DataObject, cut: int | None) -> None:
        trip, stop = self.one_of(data, "stop", list(self._all_stops()))

        def deliver(session: Session, head: Recorded) -> int:
            return delivery.deliver(
                session, key=head.key, trip_stop_id=stop.id, receiver=Receiver.SELF, **_told(head)
            ).act.id

        moves = list(self._handed_over(trip, stop)) if trip.state is TripState.LOADED else []
        refused: Refusal = None
        if stop.state is StopState.FAILED:
            refused = StopDone
        elif stop.state is StopState.PLANNED:
            refused = self._not_under_way(trip) or (None if self.books.bears(moves) else Short)
        self._act(trip, stop, deliver, StopState.DELIVERED, DeliveryState.DELIVERED, moves, refused, cut=cut)

    @precondition(lambda self: self.rounds)
    @rule(data=st.data(), reason=st.sampled_from(FailureReason), cut=cuts)
    def a_stop_is_not_delivered(self, data: st.DataObject, reason: FailureReason, cut: int | None) -> None:
        trip, stop = self.one_of(data, "stop", list(self._all_stops()))

        def fail(session: Session, head: Recorded) -> int:
            return delivery.fail(session, key=head.key, trip_stop_id=stop.id, reason=reason, **_told(head)).act.id

        refused: Refusal = None
        if stop.state is StopState.DELIVERED:
            refused = StopDone
        elif stop.state is StopState.PLANNED:
            refused = self._not_under_way(trip)
        self._act(trip, stop, fail, StopState.FAILED, DeliveryState.FAILED, [], refused, cut=cut)

    def _act(
        self,
        trip: Round,
        stop: Stop,
        run: Callable[[Session, Recorded], int],
        state: StopState,
        order_state: DeliveryState,
        moves: list[Move],
        refused: Refusal,
        *,
        cut: int | None,
    ) -> None:
        """An act of the driver; one that is there already under another key changes nothing."""
        new = not refused and stop.state is StopState.PLANNED
        made = self.do(run, cut=cut, refused=refused, paper=Act if new else None, keyed=new)
        if not new:
            assert refused or made == stop.act
            return
        stop.act, stop.state = made, state
        for order in stop.orders:
            order.state = order_state
        if moves:
            stop.document = f"act:{self.last.key}"
            self.books.write(stop.document, Paper(moves=moves))
            for move in moves:
                trip.held[move.lot_id] -= move.quantity

    @precondition(lambda self: any(stop.act for _, stop in self._all_stops()))
    @rule(data=st.data(), cut=cuts)
    def an_act_is_taken_back(self, data: st.DataObject, cut: int | None) -> None:
        trip, stop = self.one_of(data, "stop", [(trip, stop) for trip, stop in self._all_stops() if stop.act])
        act_id = stop.act

        def take_back(session: Session, head: Recorded) -> None:
            assert act_id is not None
            delivery.take_back(session, key=head.key, act_id=act_id, **_told(head))

        moves = [move.back for move in self.books.papers[stop.document].moves] if stop.document else []
        refused = self._not_under_way(trip)
        if refused is None and self.books.breaks_a_promise(moves, self.now.date()):
            refused = Promised
        elif refused is None and not self.books.bears(moves):
            refused = Short
        self.do(take_back, cut=cut, refused=refused, paper=Act)
        if refused:
            return
        if moves:
            self.books.write(f"act:{self.last.key}", Paper(moves=moves, undoes=stop.document))
            for move in moves:
                trip.held[move.lot_id] += move.quantity
        stop.act, stop.document, stop.state = None, None, StopState.PLANNED
        for order in stop.orders:
            order.state = DeliveryState.LOADED

    @precondition(lambda self: any(trip.state is TripState.LOADED for trip in self.rounds))
    @rule(data=st.data(), quantity=quantities, cut=cuts)
    def goods_are_missing_on_a_vehicle(self, data: st.DataObject, quantity: int, cut: int | None) -> None:
        trip = self.one_of(data, "trip", [trip for trip in self.rounds if trip.state is TripState.LOADED])
        held = self.books.held(trip.aboard_id)
        if not held:
            return
        lot = self.one_of(data, "lot", held)

        def adjust(session: Session, head: Recorded) -> str:
            terms = {"location_id": trip.aboard_id, "lot_id": lot.id, "difference": -quantity}
            return ledger.adjust(session, recorded=head, **terms).key

        moves = [self.found(lot.id, trip.aboard_id, -quantity)]
        refused = None if self.books.bears(moves) else Short
        self.write(adjust, moves=moves, refused=refused, cut=cut, adjusts=True)

    # Laws -------------------------------------------------------------------------------------------------------------

    @rule()
    def the_board_says_so_too(self) -> None:
        with self.database.reading() as session:
            states = {order.id: order.state for order in session.scalars(select(DeliveryOrder))}
            assert states == {order.id: order.state for order in self.wanted}
            for trip in self.rounds:
                found = session.get_one(Trip, trip.id)
                assert found.state is trip.state
                assert [stop.state for stop in found.stops] == [stop.state for stop in trip.stops]
                if trip.state is TripState.LOADED:
                    aboard = {one.lot.id: one.quantity for one in delivery.aboard(session, trip=found)}
                    assert aboard == {lot: left for lot, left in trip.held.items() if left}
            assert days.prove_days(session).findings == ()

    # Foretelling ------------------------------------------------------------------------------------------------------

    def _open_orders(self) -> list[Wanted]:
        return [order for order in self.wanted if order.state is DeliveryState.OPEN]

    def _all_stops(self) -> Iterator[tuple[Round, Stop]]:
        yield from ((trip, stop) for trip in self.rounds for stop in trip.stops)

    def _lacks(self, goods: dict[int, int] | Counter[int]) -> bool:
        """Whether the store cannot promise so much more."""
        day = self.now.date()
        return any(more > 0 and more > self.books.available(self.store_id, i, day) for i, more in goods.items())

    def _promise(self, order: Wanted) -> None:
        for item_id, quantity in order.goods.items():
            promise = Promise(place_id=self.store_id, item_id=item_id, quantity=quantity)
            self.books.promises[order.promises[item_id]] = promise

    def _not_in_the_store(self, order: Wanted) -> Refusal:
        aboard = order.state is DeliveryState.FAILED and order.trip and order.trip.state is not TripState.FINISHED
        return StillAboard if aboard else None

    def _not_under_way(self, trip: Round) -> Refusal:
        if trip.state in (TripState.FINISHED, TripState.WITHDRAWN):
            return TripOver
        return None if trip.state is TripState.LOADED else NotLoaded

    def _handed_over(self, trip: Round, stop: Stop) -> Iterator[Move]:
        """Of the trip's own goods, usable ones first, then first expiring first."""
        held = Counter(trip.held)
        for order in stop.orders:
            for item_id, quantity in order.goods.items():
                left = quantity
                lots = [self.books.lots[id_] for id_ in held if self.books.lots[id_].item_id == item_id]
                for lot in sorted(lots, key=self._turn):
                    taken = min(left, held[lot.id])
                    left, held[lot.id] = left - taken, held[lot.id] - taken
                    if taken:
                        yield self.move(lot, trip.aboard_id, order.destination_id, taken)

    def _turn(self, lot: PlainLot) -> tuple[bool, tuple[dt.date, int]]:
        return lot.id in self.books.blocked, lot.turn

    def _trip(self, session: Session, plate: str, stops: list[list[int]]) -> Trip:
        """A trip as a plan would release it."""
        vehicle = session.scalars(select(Vehicle).where(Vehicle.plate == plate)).one()
        shift = session.scalars(select(Shift).where(Shift.vehicle_id == vehicle.id).order_by(Shift.id)).first()
        assert shift is not None
        plan = PlanRun(
            key=f"plan-{len(self.rounds)}",
            depot_id=self.store_id,
            first_day=TODAY,
            last_day=TODAY,
            budget_s=1,
            seed=1,
            created_at=self.now,
            created_by="dispatcher",
            state=PlanState.DONE,
            progress=[],
        )
        trip = Trip(
            plan_run=plan,
            shift=shift,
            vehicle=vehicle,
            driver=shift.driver,
            state=TripState.RELEASED,
            departs_at=self.now,
            returns_at=self.now + HOUR,
            distance_m=61_400,
            load_kg=8,
            load_l=45,
            stops=[self._stop(session, n, ids) for n, ids in enumerate(stops, start=1)],
        )
        session.add(trip)
        session.flush()
        return trip

    def _stop(self, session: Session, sequence: int, order_ids: list[int]) -> TripStop:
        found = [session.get_one(DeliveryOrder, id_) for id_ in order_ids]
        for order in found:
            order.state = DeliveryState.PLANNED
        first = found[0]
        return TripStop(
            sequence=sequence,
            state=StopState.PLANNED,
            arrives_at=self.now,
            leaves_at=self.now,
            place_name=first.place_name,
            lat=first.lat,
            lon=first.lon,
            scene=first.scene,
            delivery_orders=found,
        )


def _told(head: Recorded) -> dict[str, Any]:
    """What a phone sends with every act."""
    times = {"occurred_at": head.occurred_at, "received_at": head.recorded_at}
    return times | {"note": head.reason, "by": head.by, "driver_id": None}


def _wanted(made: Iterable[DeliveryOrder]) -> list[Wanted]:
    return [
        Wanted(
            id=order.id,
            destination_id=order.destination_id,
            goods={line.item_id: line.quantity for line in order.lines},
            promises={line.item_id: line.reservation_key for line in order.lines},
        )
        for order in made
    ]
