"""Releasing a plan once, not where the world has moved on, and taking a trip back."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from inventory.errors import NotFound, WrongState
from logistics.db import Database
from logistics.dispatch import operations
from logistics.dispatch.models import StopState, Trip, TripState, TripStop
from logistics.dispatch.operations import NothingPlanned, PlanOvertaken, Progress, StillPlanning
from logistics.fleet.models import Shift
from logistics.orders import operations as orders
from logistics.orders.models import DeliveryOrder, DeliveryState
from logistics.planning.models import PlanRun, PlanState
from tests.county import CHINA, NOW, TODAY
from tests.logistics.dispatch.desk import MONDAY, Desk

type Change = Callable[[Callable[[Session], object]], None]

OPEN, PLANNED = DeliveryState.OPEN, DeliveryState.PLANNED


def test_a_release_makes_a_trip_of_each_route_and_leaves_the_rest_open(desk: Desk, planned: int) -> None:
    (trip,) = desk.publish(planned)
    assert (trip.vehicle.plate, trip.driver.sign_in_name, trip.state) == ("鄂C0001", "driver", TripState.RELEASED)
    assert (trip.load_kg, trip.load_l) == (19, 91)
    assert desk.states() == [PLANNED, PLANNED, OPEN]


def test_a_stop_carries_all_orders_of_its_place_with_times_and_contact(
    desk: Desk, database: Database, released: int
) -> None:
    with database.reading() as session:
        (stop,) = operations.get_trip(session, released).stops
        assert (stop.sequence, stop.place_name, stop.contact, stop.phone) == (1, "李家烟酒店", "老板", "13900000002")
        assert [order.lines[0].quantity for order in stop.delivery_orders] == [50, 20]
        trip = stop.trip
        assert trip.departs_at < stop.arrives_at < stop.leaves_at < trip.returns_at
        assert dt.time(8, 30) <= stop.arrives_at.astimezone(CHINA).time() <= dt.time(11, 30)


def test_releasing_twice_gives_the_same_trips(desk: Desk, planned: int) -> None:
    first, second = desk.publish(planned), desk.publish(planned)
    assert [trip.id for trip in first] == [trip.id for trip in second]


def test_two_who_release_at_once_make_one_set_of_trips(desk: Desk, planned: int, database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: [trip.id for trip in desk.publish(planned)], range(8)))
    assert len({tuple(ids) for ids in made}) == 1
    with database.reading() as session:
        assert len(session.scalars(select(Trip)).all()) == 1


def test_a_run_at_work_is_not_released(desk: Desk, planned: int, change: Change) -> None:
    change(lambda session: setattr(session.get(PlanRun, planned), "state", PlanState.RUNNING))
    with pytest.raises(StillPlanning) as refused:
        desk.publish(planned)
    assert refused.value.values == {"number": "DD0000001"}


def test_a_run_without_a_route_is_not_released(desk: Desk) -> None:
    with pytest.raises(NothingPlanned):
        desk.publish(desk.plan({}))


def test_an_unknown_run_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.publish(404)


def test_an_order_cancelled_since_refuses_the_release_by_its_number(desk: Desk, planned: int, change: Change) -> None:
    change(lambda session: orders.cancel_delivery_order(session, delivery_order_id=2, at=NOW, by="officer"))
    with pytest.raises(PlanOvertaken) as refused:
        desk.publish(planned)
    assert (refused.value.orders, refused.value.shifts) == (["PS0000002"], [])
    assert desk.states() == [OPEN, DeliveryState.CANCELLED, OPEN]


def test_an_order_added_since_does_not_ride_along(desk: Desk, planned: int) -> None:
    desk.order(desk.county.shop, 7)
    desk.publish(planned)
    assert desk.states() == [PLANNED, PLANNED, OPEN, OPEN]


def test_two_plans_of_the_same_work_are_not_both_released(desk: Desk, planned: int) -> None:
    other = desk.plan({(desk.county.van.plate, TODAY): [desk.county.shop, desk.county.far_shop]}, key="second")
    desk.publish(planned)
    with pytest.raises(PlanOvertaken) as refused:
        desk.publish(other)
    assert (refused.value.orders, refused.value.shifts) == (["PS0000001", "PS0000002"], ["鄂C0001"])


def test_a_shift_taken_off_since_refuses_the_release(desk: Desk, planned: int, change: Change) -> None:
    def take_off(session: Session) -> None:
        for shift in session.scalars(select(Shift).where(Shift.vehicle_id == desk.county.van.id)):
            session.delete(shift)

    change(take_off)
    with pytest.raises(PlanOvertaken) as refused:
        desk.publish(planned)
    assert (refused.value.orders, refused.value.shifts) == ([], ["鄂C0001"])


def test_a_withdrawn_trip_opens_its_orders_and_frees_its_shift(desk: Desk, released: int, database: Database) -> None:
    with database.transaction() as session:
        trip = operations.withdraw_trip(session, trip_id=released, at=NOW, by="dispatcher")
        assert (trip.state, trip.withdrawn_by) == (TripState.WITHDRAWN, "dispatcher")
    assert desk.states() == [OPEN, OPEN, OPEN]
    with database.reading() as session:
        assert session.scalars(select(DeliveryOrder.trip_stop_id)).all() == [None, None, None]
    again = desk.plan({(desk.county.van.plate, TODAY): [desk.county.shop]}, key="again")
    assert [trip.vehicle.plate for trip in desk.publish(again)] == ["鄂C0001"]


def test_withdrawing_twice_changes_nothing(released: int, database: Database) -> None:
    for by in ("dispatcher", "admin"):
        with database.transaction() as session:
            trip = operations.withdraw_trip(session, trip_id=released, at=NOW, by=by)
    assert trip.withdrawn_by == "dispatcher"


def test_a_loaded_trip_is_not_withdrawn(released: int, database: Database, change: Change) -> None:
    change(lambda session: setattr(session.get(Trip, released), "state", TripState.LOADED))
    with pytest.raises(WrongState), database.transaction() as session:
        operations.withdraw_trip(session, trip_id=released, at=NOW, by="dispatcher")


def test_the_trips_of_a_day_are_those_that_leave_on_it_where_people_live(desk: Desk, database: Database) -> None:
    county = desk.county
    desk.publish(desk.plan({(county.van.plate, TODAY): [county.shop], (county.truck.plate, MONDAY): [county.far_shop]}))
    unit_id = county.bureau.id
    with database.reading() as session:
        for day, plate in ((TODAY, "鄂C0001"), (MONDAY, "鄂C0002")):
            trips = operations.trips_on(session, day, unit_id=unit_id, zone=CHINA)
            assert [one.trip.vehicle.plate for one in trips] == [plate]
        assert operations.days_with_trips(session, unit_id=unit_id, zone=CHINA) == [(MONDAY, 1), (TODAY, 1)]


def test_the_sheets_of_a_day_need_no_question_for_each_trip(desk: Desk, database: Database) -> None:
    county = desk.county
    desk.publish(desk.plan({(county.van.plate, TODAY): [county.shop], (county.truck.plate, TODAY): [county.far_shop]}))
    statements: list[str] = []
    with database.reading() as session:
        event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        trips = operations.standing_trips_on(session, TODAY, unit_id=county.bureau.id, zone=CHINA)
        asked = len(statements)
        lines = [
            line.item.name for trip in trips for stop in trip.stops for o in stop.delivery_orders for line in o.lines
        ]
    assert lines == ["卷烟"] * 3
    assert len(statements) == asked


def test_progress_counts_stops_by_what_became_of_them(desk: Desk, database: Database, change: Change) -> None:
    county = desk.county
    (trip,) = desk.publish(desk.plan({(county.van.plate, TODAY): [county.shop, county.far_shop]}))

    def fail_the_first(session: Session) -> None:
        stop = session.scalars(select(TripStop).where(TripStop.trip_id == trip.id, TripStop.sequence == 1)).one()
        stop.state = StopState.FAILED

    change(fail_the_first)
    with database.reading() as session:
        assert operations.progress_of(session, [trip.id]) == {trip.id: Progress(total=2, delivered=0, failed=1)}
