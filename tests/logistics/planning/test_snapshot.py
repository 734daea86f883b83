"""What a run works on, read off the small county and checked by hand."""

import datetime as dt

import pytest
from sqlalchemy import select

from inventory import catalogue, ledger, places, units
from inventory.catalogue import ItemKind
from inventory.ledger import Line
from logistics.dispatch.models import Trip, TripState
from logistics.fleet.models import Shift
from logistics.orders import operations as orders
from logistics.orders.models import DeliveryOrder, DeliveryState, HandoverScene
from logistics.planning.errors import NoPlace
from logistics.planning.roads import planning_roads
from logistics.planning.snapshot import gather, moment, problem_of
from routing import TimeWindow, Within
from tests.county import NOW, TODAY, County, recorded

HOUR = 3600
TOMORROW = TODAY + dt.timedelta(days=1)
CHINA = "Asia/Shanghai"


@pytest.fixture
def snapshot(database, county):
    """`snapshot()`: the depot as it stands, for both days."""

    def take(*, depot_id=county.store.id, first_day=TODAY, last_day=TOMORROW):
        with database.reading() as session:
            depot = places.get_location(session, depot_id)
            return gather(session, depot=depot, first_day=first_day, last_day=last_day, timezone=CHINA)

    return take


def test_orders_to_one_destination_are_one_stop(snapshot, order, county: County):
    order(county.shop, 5)
    order(county.shop, 6)
    (place,) = snapshot()["places"]
    # 11 条 of 260 g and 1.3 l: 2.86 kg and 14.3 l.
    assert (place["load_kg"], place["load_l"]) == (3, 15)
    assert len(place["delivery_order_ids"]) == 2
    assert place["service_s"] == 180 + 3 * 2
    assert place["name"] == "李家烟酒店"


def test_the_newest_order_says_how_and_each_may_ask_for_its_pass(snapshot, order, database, county: County):
    order(county.shop, 5)
    order(county.shop, 6)
    with database.transaction() as session:
        first, second = session.scalars(select(DeliveryOrder).order_by(DeliveryOrder.id))
        first.scene, first.required_pass, first.left_out_price = HandoverScene.GATE, "绿色通道", 100
        second.scene, second.required_pass, second.left_out_price = HandoverScene.CHIEF, "", 250
    (place,) = snapshot()["places"]
    assert (place["scene"], place["required_passes"]) == ("chief", ["绿色通道"])
    assert place["left_out_price_yuan"] == 350
    (stop,) = problem_of(snapshot(), planning_roads()).stops
    assert stop.left_out_price == 35_000
    assert stop.required_passes == {"绿色通道"}


def test_84_and_alcohol_come_to_one_place_by_two_stops_that_share_no_vehicle(snapshot, order, database, county: County):
    order(county.shop, 5)
    for item, quantity in ((county.disinfectant, 5_000), (_alcohol(database, county), 1_000)):
        with database.transaction() as session:
            orders.take_order(
                session,
                number=item.code,
                customer=county.shop,
                ordered_on=TODAY,
                quantities={item.id: quantity},
                source=county.store,
                at=NOW,
                by="officer",
            )
    taken = snapshot()
    first, second = taken["places"]
    assert (first["id"], second["id"]) == (f"place:{first['id'].split(':')[1]}", f"{first['id']}:2")
    assert [(place["goods"], len(place["delivery_order_ids"])) for place in taken["places"]] == [
        (["chlorine"], 2),
        (["flammable"], 1),
    ]
    problem = problem_of(taken, planning_roads())
    assert [(pair.goods, pair.within) for pair in problem.incompatible] == [(("chlorine", "flammable"), Within.VEHICLE)]


def test_a_run_of_before_there_were_hazards_can_still_be_judged(snapshot, ordered):
    taken = snapshot()
    for place in taken["places"]:
        del place["goods"]
    assert problem_of(taken, planning_roads()).incompatible == ()


def test_orders_that_are_planned_already_are_left_out(snapshot, ordered, database):
    with database.transaction() as session:
        first = session.scalars(select(DeliveryOrder).order_by(DeliveryOrder.id)).first()
        first.state = DeliveryState.PLANNED
    assert [place["name"] for place in snapshot()["places"]] == ["安阳副食店"]


def test_windows_come_again_every_day(snapshot, ordered):
    problem = problem_of(snapshot(), planning_roads())
    in_town, far_away = problem.stops
    half_past_eight, half_past_eleven = 8 * HOUR + 1800, 11 * HOUR + 1800
    assert in_town.windows == (
        TimeWindow(start_s=half_past_eight, end_s=half_past_eleven),
        TimeWindow(start_s=half_past_eight + 24 * HOUR, end_s=half_past_eleven + 24 * HOUR),
    )
    assert far_away.windows == ()


def test_seconds_count_from_the_local_midnight_of_the_first_day(snapshot, ordered):
    taken = snapshot()
    assert taken["epoch"] == "2020-03-15T00:00:00+08:00"
    assert moment(taken, 8 * HOUR) == NOW
    assert sorted(shift["starts_s"] for shift in taken["shifts"]) == [8 * HOUR, 8 * HOUR, 32 * HOUR, 32 * HOUR]


def test_only_the_shifts_of_the_days_asked_for_count(snapshot):
    taken = snapshot(first_day=TOMORROW)
    assert [(shift["starts_s"], shift["ends_s"]) for shift in taken["shifts"]] == [(8 * HOUR, 17 * HOUR)] * 2


def test_a_pass_holds_through_its_day(snapshot, ordered, database, county: County):
    with database.transaction() as session:
        session.merge(county.van).passes[0].valid_through = TODAY
    van = problem_of(snapshot(), planning_roads()).vehicle(f"vehicle:{county.van.id}")
    assert van.pass_valid_until_s("绿色通道") == 24 * HOUR


def test_a_pass_that_ran_out_before_has_run_out_at_the_beginning(snapshot, ordered, database, county: County):
    with database.transaction() as session:
        session.merge(county.van).passes[0].valid_through = dt.date(2020, 2, 1)
    van = problem_of(snapshot(), planning_roads()).vehicle(f"vehicle:{county.van.id}")
    assert van.pass_valid_until_s("绿色通道") == 0


def test_money_becomes_fen(snapshot, ordered, county: County):
    van = problem_of(snapshot(), planning_roads()).vehicle(f"vehicle:{county.van.id}")
    assert (van.fixed_cost, van.cost_per_km, van.cost_per_hour) == (20_000, 120, 0)


@pytest.mark.parametrize(("state", "free"), [(TripState.RELEASED, 3), (TripState.WITHDRAWN, 4)])
def test_a_shift_that_has_its_trip_is_taken(snapshot, ordered, start_run, database, state, free):
    run_id = start_run()
    with database.transaction() as session:
        shift = session.scalars(select(Shift)).first()
        session.add(
            Trip(
                plan_run_id=run_id,
                shift_id=shift.id,
                vehicle_id=shift.vehicle_id,
                driver_id=shift.driver_id,
                state=state,
                departs_at=shift.starts_at,
                returns_at=shift.ends_at,
                distance_m=0,
                load_kg=0,
                load_l=0,
            )
        )
    assert len(snapshot()["shifts"]) == free


def test_a_vehicle_that_is_laid_up_does_not_count(snapshot, database, county: County):
    with database.transaction() as session:
        session.merge(county.van).active = False
    assert [vehicle["plate"] for vehicle in snapshot()["vehicles"]] == ["鄂C0002"]


def test_a_depot_nobody_has_placed_is_refused_by_name(snapshot, database):
    with database.transaction() as session:
        nowhere = units.add_unit(session, code="NW", name="新仓库", kind=units.UnitKind.WAREHOUSE)
        depot_id = places.store_of(session, nowhere).id
    with pytest.raises(NoPlace) as refused:
        snapshot(depot_id=depot_id)
    assert refused.value.values["depot"]


def _alcohol(database, county: County):
    """Five litres of it in the county's store, kept in millilitres."""
    with database.transaction() as session:
        alcohol = catalogue.add_item(session, code="JJ75", name="酒精", kind=ItemKind.ALCOHOL, base_unit="毫升")
        lot = catalogue.lot_for(session, item=alcohol, code="A1", expires_on=None)
        line = Line(lot_id=lot.id, source_id=county.supplier.id, destination_id=county.store.id, quantity=5_000)
        ledger.receive(session, recorded=recorded("alcohol"), lines=[line])
    return alcohol
