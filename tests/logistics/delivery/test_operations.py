"""Loading, handing over, failing, taking back and coming home, each with the ledger counted by hand."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from inventory import days, ledger, places, stock
from inventory.catalogue import Lot
from inventory.errors import KeyReused, NotFound, Short
from inventory.ledger import Document, DocumentKind
from inventory.places import Place
from inventory.promises import Reservation
from logistics.accounts.models import Role
from logistics.delivery import operations
from logistics.delivery.models import Act, FailureReason, Receiver
from logistics.delivery.operations import (
    News,
    NothingAboard,
    NothingToLoad,
    NotLoaded,
    StopDone,
    StopsLeft,
    TripOver,
)
from logistics.dispatch.models import Trip, TripState
from logistics.fleet.models import Vehicle
from logistics.orders.models import DeliveryOrder, DeliveryState
from tests.county import CHINA, NOW, recorded

SHOP, CHECKPOINT, FAR_SHOP = "420304100001", "KD1", "420304100002"


def documents(round_):
    with round_.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Document))


def acts(round_):
    with round_.database.reading() as session:
        return [(act.kind.value, act.key, act.corrects_id) for act in session.scalars(select(Act).order_by(Act.id))]


# Loading


def test_loading_moves_the_whole_trip_onto_the_vehicle_first_expiring_first(round_):
    county = round_.county
    round_.load()
    assert round_.aboard(county.masks) == {"M1": 500, "M2": 200}
    assert round_.aboard(county.cigarettes) == {"J1": 18}
    assert round_.in_store(county.masks) == {"M2": 1300}
    assert round_.in_store(county.cigarettes) == {"J1": 482}
    assert round_.states() == (TripState.LOADED, ["planned"] * 3, ["loaded"] * 4)
    with round_.database.reading() as session:
        trip = session.get_one(Trip, round_.trip_id)
        document = session.get_one(Document, trip.load_document_id)
        assert (document.kind, trip.loaded_at) == (DocumentKind.TRANSFER, NOW)
        promised = session.scalar(
            select(func.count()).select_from(Reservation).where(Reservation.released_at.is_(None))
        )
        assert promised == 0
        assert stock.available(session, location_id=county.store.id, item_id=county.masks.id, on=NOW.date()) == 1300
    assert round_.proved()


def test_loading_twice_moves_the_goods_once(round_):
    round_.load("load")
    before = documents(round_)
    round_.load("load")
    round_.load("another click")
    assert documents(round_) == before
    assert round_.aboard(round_.county.cigarettes) == {"J1": 18}


def test_eight_clicks_on_loaded_at_once_move_the_goods_once(round_):
    before = documents(round_)
    at_once(lambda number: round_.load(f"load {number % 2}"))
    assert documents(round_) == before + 1
    assert round_.aboard(round_.county.masks) == {"M1": 500, "M2": 200}
    assert round_.proved()


def test_what_the_store_has_lost_is_named_and_nothing_is_half_loaded(round_):
    county = round_.county
    with round_.database.transaction() as session:
        lot = session.scalars(select(Lot).where(Lot.code == "J1")).one()
        ledger.adjust(session, recorded=recorded("count"), location_id=county.store.id, lot_id=lot.id, difference=-490)
    with pytest.raises(Short) as short:
        round_.load()
    assert (short.value.item_id, short.value.location_id) == (county.cigarettes.id, county.store.id)
    assert (short.value.wanted, short.value.available) == (18, 10)
    assert round_.aboard(county.masks) == {}
    assert round_.states() == (TripState.RELEASED, ["planned"] * 3, ["planned"] * 4)
    assert round_.proved()


def test_a_withdrawn_trip_is_not_loaded(round_):
    with round_.database.transaction() as session:
        session.get_one(Trip, round_.trip_id).state = TripState.WITHDRAWN
    with pytest.raises(TripOver):
        round_.load()


def test_a_trip_whose_orders_are_all_withdrawn_has_nothing_to_load(round_):
    with round_.database.transaction() as session:
        for order in session.scalars(select(DeliveryOrder)):
            order.state = DeliveryState.CANCELLED
    with pytest.raises(NothingToLoad):
        round_.load()


def test_a_stop_withdrawn_before_loading_is_not_loaded_and_cannot_be_delivered(round_):
    with round_.database.transaction() as session:
        for order in session.scalars(select(DeliveryOrder).where(DeliveryOrder.trip_stop_id == round_.far_shop)):
            order.state = DeliveryState.CANCELLED
    round_.load()
    assert round_.aboard(round_.county.cigarettes) == {"J1": 8}
    with pytest.raises(NothingAboard):
        round_.deliver(round_.far_shop, "a")
    assert round_.fail(round_.far_shop, "b", reason=FailureReason.OTHER).news is News.NEW


# Handing over


def test_a_customers_goods_leave_the_books_by_one_issue(round_):
    county = round_.county
    round_.load()
    told = round_.deliver(round_.shop, "a", receiver=Receiver.FAMILY)
    assert told.news is News.NEW
    assert round_.held(Place.RECIPIENT, SHOP, county.cigarettes) == {"J1": 8}
    assert round_.held(Place.RECIPIENT, SHOP, county.masks) == {"M1": 100}
    assert round_.aboard(county.masks) == {"M1": 400, "M2": 200}
    assert round_.aboard(county.cigarettes) == {"J1": 10}
    assert round_.states() == (
        TripState.LOADED,
        ["delivered", "planned", "planned"],
        ["delivered", "delivered", "loaded", "loaded"],
    )
    with round_.database.reading() as session:
        act = session.get_one(Act, told.act.id)
        assert act.document is not None
        assert act.document.kind is DocumentKind.ISSUE
        assert (act.receiver, act.by, act.trip_stop.done_at) == (
            Receiver.FAMILY,
            "driver",
            NOW + dt.timedelta(hours=1),
        )
    assert round_.proved()


def test_a_units_goods_go_into_its_own_store_with_the_lots_that_are_aboard(round_):
    county = round_.county
    round_.load()
    round_.deliver(round_.shop, "a")
    told = round_.deliver(round_.checkpoint, "b", receiver=Receiver.CHIEF)
    assert round_.held(Place.STORE, CHECKPOINT, county.masks) == {"M1": 400, "M2": 200}
    assert round_.aboard(county.masks) == {}
    with round_.database.reading() as session:
        assert session.get_one(Act, told.act.id).document.kind is DocumentKind.TRANSFER
        below = stock.on_hand(session, unit_id=county.checkpoint.id, on=NOW.date())
        assert [(held.item.code, held.on_hand) for held in below] == [("KZ", 600)]
    assert round_.proved()


def test_the_same_key_gives_the_same_act_and_another_is_told_it_is_there(round_):
    round_.load()
    first = round_.deliver(round_.shop, "a")
    before = documents(round_)
    again, other = round_.deliver(round_.shop, "a"), round_.deliver(round_.shop, "b", receiver=Receiver.GUARD)
    assert (again.act.id, again.news) == (first.act.id, News.REPEATED)
    assert (other.act.id, other.news) == (first.act.id, News.ALREADY)
    assert documents(round_) == before
    assert acts(round_) == [("delivered", "a", None)]
    assert round_.held(Place.RECIPIENT, SHOP, round_.county.cigarettes) == {"J1": 8}


def test_a_key_stands_for_one_act_only(round_):
    round_.load()
    round_.deliver(round_.shop, "a")
    with pytest.raises(KeyReused):
        round_.deliver(round_.shop, "a", receiver=Receiver.GUARD)
    with pytest.raises(KeyReused):
        round_.deliver(round_.far_shop, "a")
    with pytest.raises(KeyReused):
        round_.fail(round_.checkpoint, "a")
    assert acts(round_) == [("delivered", "a", None)]


@pytest.mark.parametrize("keys", ["one key", "eight keys"])
def test_eight_phones_pressing_delivered_at_once_move_the_goods_once(round_, keys):
    round_.load()
    before = documents(round_)
    told = at_once(lambda number: round_.deliver(round_.shop, "a" if keys == "one key" else f"a{number}"))
    assert len({one.act.id for one in told}) == 1
    assert [one.news for one in told].count(News.NEW) == 1
    assert documents(round_) == before + 1
    assert len(acts(round_)) == 1
    assert round_.held(Place.RECIPIENT, SHOP, round_.county.cigarettes) == {"J1": 8}
    assert round_.held(Place.RECIPIENT, SHOP, round_.county.masks) == {"M1": 100}
    assert round_.proved()


def test_delivered_and_failed_at_once_leave_one_of_them(round_):
    round_.load()

    def press(number):
        try:
            return round_.deliver(round_.shop, f"d{number}") if number % 2 else round_.fail(round_.shop, f"f{number}")
        except StopDone as error:
            return error

    told = at_once(press)
    assert len([one for one in told if isinstance(one, operations.Told) and one.news is News.NEW]) == 1
    assert len([one for one in told if isinstance(one, StopDone)]) == 4
    assert len(acts(round_)) == 1
    assert round_.proved()


def test_nothing_is_delivered_before_it_is_loaded(round_):
    with pytest.raises(NotLoaded):
        round_.deliver(round_.shop, "a")
    with pytest.raises(NotLoaded):
        round_.fail(round_.shop, "b")
    with pytest.raises(NotLoaded):
        round_.finish()
    assert acts(round_) == []


def test_another_driver_finds_nothing(round_):
    stranger = round_.county.people[Role.ADMIN].id
    with pytest.raises(NotFound):
        round_.load(driver_id=stranger)
    round_.load(driver_id=round_.driver_id)
    with pytest.raises(NotFound) as refused:
        round_.deliver(round_.shop, "a", driver_id=stranger)
    assert (refused.value.what, refused.value.key) == ("stop", round_.shop)
    told = round_.deliver(round_.shop, "a")
    with pytest.raises(NotFound):
        round_.take_back(told.act.id, "b", driver_id=stranger)
    with pytest.raises(NotFound):
        round_.deliver(999, "c")


def test_goods_that_expire_on_the_road_are_handed_over_as_they_were_loaded(round_):
    round_.load()
    with round_.database.transaction() as session:
        operations.deliver(
            session,
            key="late",
            trip_stop_id=round_.shop,
            receiver=Receiver.SELF,
            note="",
            occurred_at=dt.datetime(2020, 6, 2, 1, tzinfo=dt.UTC),
            received_at=dt.datetime(2020, 6, 2, 1, tzinfo=dt.UTC),
            by="driver",
            driver_id=round_.driver_id,
        )
    assert round_.held(Place.RECIPIENT, SHOP, round_.county.masks) == {"M1": 100}


def test_the_phones_clock_is_kept_but_does_not_date_the_books(round_):
    """A phone set to 1970 or to next week: the act says what it said, the document lies between loading and now."""
    round_.load()
    received = NOW + dt.timedelta(hours=4)
    for stop_id, phone, booked in (
        (round_.shop, dt.datetime(1970, 1, 1, tzinfo=dt.UTC), NOW),
        (round_.far_shop, NOW + dt.timedelta(days=7), received),
    ):
        with round_.database.transaction() as session:
            told = operations.deliver(
                session,
                key=f"clock {stop_id}",
                trip_stop_id=stop_id,
                receiver=Receiver.SELF,
                note="",
                occurred_at=phone,
                received_at=received,
                by="driver",
                driver_id=round_.driver_id,
            )
            assert told.act.occurred_at == phone
            assert told.act.document.occurred_at == told.act.trip_stop.done_at == booked


# Not handing over


def test_a_failed_stop_keeps_its_goods_aboard_with_the_reason(round_):
    round_.load()
    told = round_.fail(round_.far_shop, "a", reason=FailureReason.ROAD_CLOSED)
    assert (told.act.reason, told.act.note, told.act.document_id) == (FailureReason.ROAD_CLOSED, "门锁着", None)
    assert round_.aboard(round_.county.cigarettes) == {"J1": 18}
    assert round_.states()[1:] == (["planned", "planned", "failed"], ["loaded", "loaded", "loaded", "failed"])
    assert round_.fail(round_.far_shop, "b").news is News.ALREADY
    with pytest.raises(StopDone) as refused:
        round_.deliver(round_.far_shop, "c")
    assert refused.value.values["place"] == "安阳副食店"
    assert len(acts(round_)) == 1


# Taking back


def test_taking_back_a_delivery_brings_the_goods_aboard_and_the_stop_can_be_done_again(round_):
    county = round_.county
    round_.load()
    wrong = round_.deliver(round_.shop, "a")
    back = round_.take_back(wrong.act.id, "undo")
    assert back.news is News.NEW
    assert round_.aboard(county.masks) == {"M1": 500, "M2": 200}
    assert round_.held(Place.RECIPIENT, SHOP, county.cigarettes) == {}
    assert round_.states()[1:] == (["planned"] * 3, ["loaded"] * 4)
    with round_.database.reading() as session:
        act = session.get_one(Act, back.act.id)
        assert act.document.kind is DocumentKind.REVERSAL
        assert act.document.reverses_id == wrong.act.document_id
    again = round_.deliver(round_.shop, "b")
    assert again.news is News.NEW
    assert round_.held(Place.RECIPIENT, SHOP, county.cigarettes) == {"J1": 8}
    assert acts(round_) == [("delivered", "a", None), ("taken_back", "undo", wrong.act.id), ("delivered", "b", None)]
    assert round_.deliver(round_.shop, "a").news is News.REPEATED, "a late copy of the first changes nothing"
    assert round_.take_back(wrong.act.id, "late undo").news is News.ALREADY
    assert round_.states()[1][0] == "delivered"
    assert round_.proved()


def test_taking_back_a_failure_needs_no_document(round_):
    round_.load()
    failed = round_.fail(round_.shop, "a")
    before = documents(round_)
    assert round_.take_back(failed.act.id, "undo").news is News.NEW
    assert round_.take_back(failed.act.id, "undo").news is News.REPEATED
    assert documents(round_) == before
    assert round_.states()[1:] == (["planned"] * 3, ["loaded"] * 4)


def test_eight_undos_at_once_reverse_once(round_):
    round_.load()
    wrong = round_.deliver(round_.shop, "a")
    before = documents(round_)
    told = at_once(lambda number: round_.take_back(wrong.act.id, f"undo {number % 4}"))
    assert [one.news for one in told].count(News.NEW) == 1
    assert documents(round_) == before + 1
    assert round_.aboard(round_.county.cigarettes) == {"J1": 18}
    assert round_.proved()


def test_what_a_unit_has_used_meanwhile_is_not_taken_back(round_):
    county = round_.county
    round_.load()
    told = round_.deliver(round_.checkpoint, "a")
    with round_.database.transaction() as session:
        ledger.issue(
            session,
            recorded=recorded("used"),
            source_id=session.scalars(
                select(places.StockLocation.id).where(places.StockLocation.code == CHECKPOINT)
            ).one(),
            destination_id=places.the_location(session, Place.CONSUMED).id,
            wanted={county.masks.id: 50},
        )
    with pytest.raises(Short):
        round_.take_back(told.act.id, "undo")
    assert round_.states()[1] == ["planned", "delivered", "planned"]
    assert round_.proved()


# Coming home


def test_finishing_brings_the_rest_back_into_the_store(round_):
    county = round_.county
    round_.load()
    round_.deliver(round_.shop, "a")
    round_.deliver(round_.checkpoint, "b")
    round_.fail(round_.far_shop, "c")
    round_.finish()
    round_.finish("another click")
    assert round_.aboard(county.cigarettes) == {}
    assert round_.in_store(county.cigarettes) == {"J1": 492}
    assert round_.in_store(county.masks) == {"M2": 1300}
    assert round_.states() == (
        TripState.FINISHED,
        ["delivered", "delivered", "failed"],
        ["delivered", "delivered", "delivered", "failed"],
    )
    with round_.database.reading() as session:
        trip = session.get_one(Trip, round_.trip_id)
        assert session.get_one(Document, trip.return_document_id).kind is DocumentKind.TRANSFER
        assert operations.aboard(session, trip=trip) == []
    assert round_.proved()


def test_a_trip_with_stops_to_do_is_not_finished(round_):
    round_.load()
    round_.deliver(round_.checkpoint, "a")
    with pytest.raises(StopsLeft) as refused:
        round_.finish()
    assert refused.value.values["places"] == ("李家烟酒店", "安阳副食店")
    assert round_.states()[0] is TripState.LOADED


def test_everything_delivered_brings_nothing_back(round_):
    round_.load()
    for number, stop_id in enumerate((round_.shop, round_.checkpoint, round_.far_shop)):
        round_.deliver(stop_id, f"k{number}")
    before = documents(round_)
    round_.finish()
    assert documents(round_) == before
    assert round_.states()[0] is TripState.FINISHED


def test_a_finished_trip_takes_nothing_back_but_still_knows_its_acts(round_):
    round_.load()
    told = round_.deliver(round_.shop, "a")
    round_.deliver(round_.checkpoint, "b")
    round_.fail(round_.far_shop, "c")
    round_.finish()
    with pytest.raises(TripOver):
        round_.take_back(told.act.id, "undo")
    assert round_.deliver(round_.shop, "a").news is News.REPEATED
    assert round_.deliver(round_.shop, "new").news is News.ALREADY


def test_what_a_count_has_written_off_the_vehicle_does_not_come_back(round_):
    """Two 条 were crushed on the way and an officer has written them off: eight come back of ten."""
    county = round_.county
    round_.load()
    round_.deliver(round_.shop, "a")
    round_.deliver(round_.checkpoint, "b")
    round_.fail(round_.far_shop, "c", reason=FailureReason.DAMAGED)
    with round_.database.transaction() as session:
        lot = session.scalars(select(Lot).where(Lot.code == "J1")).one()
        ledger.adjust(
            session, recorded=recorded("crushed"), location_id=county.van.aboard_id, lot_id=lot.id, difference=-2
        )
    round_.finish()
    assert round_.in_store(county.cigarettes) == {"J1": 490}
    assert round_.aboard(county.cigarettes) == {}
    assert round_.proved()


def test_goods_of_another_trip_on_the_same_vehicle_stay_there(round_):
    county = round_.county
    round_.load()
    with round_.database.transaction() as session:
        ledger.transfer(
            session,
            recorded=recorded("for tomorrow"),
            source_id=county.store.id,
            destination_id=county.van.aboard_id,
            wanted={county.cigarettes.id: 7},
        )
    for number, stop_id in enumerate((round_.shop, round_.checkpoint, round_.far_shop)):
        round_.fail(stop_id, f"k{number}")
    round_.finish()
    assert round_.aboard(county.cigarettes) == {"J1": 7}
    assert round_.aboard(county.masks) == {}
    assert round_.in_store(county.masks) == {"M1": 500, "M2": 1500}


def at_once(press, people=8):
    """Eight threads that all wait for one another before they press."""
    start = Barrier(people)

    def run(number):
        start.wait()
        return press(number)

    with ThreadPoolExecutor(people) as pool:
        return list(pool.map(run, range(people)))


def test_goods_come_from_and_go_back_to_the_store_of_the_plan(round_):
    """The vehicle has been given another home since the plan was released."""
    county = round_.county
    with round_.database.transaction() as session:
        other = places.store_of(session, session.merge(county.station, load=False))
        session.get_one(Vehicle, county.van.id).depot_id = other.id
    round_.load()
    assert sum(round_.in_store(county.cigarettes).values()) == 482
    for stop_id in (round_.shop, round_.checkpoint, round_.far_shop):
        round_.fail(stop_id, f"fail-{stop_id}")
    round_.finish()
    assert sum(round_.in_store(county.cigarettes).values()) == 500
    assert round_.proved()


# Closed days


def test_what_a_phone_tells_of_a_closed_day_is_kept_and_counts_in_the_books_from_its_end(round_):
    """Handed over at 9:00 without a signal, told at 18:00; the bureau closed the day at 12:00."""
    county, noon = round_.county, NOW + dt.timedelta(hours=4)
    round_.load()
    with round_.database.transaction() as session:
        day = noon.astimezone(CHINA).date()
        days.close_day(session, key="day", unit_id=county.bureau.id, day=day, at=noon, zone=CHINA, by="officer")
    with round_.database.transaction() as session:
        told = operations.deliver(
            session,
            key="late",
            trip_stop_id=round_.checkpoint,
            receiver=Receiver.CHIEF,
            note="",
            occurred_at=NOW + dt.timedelta(hours=1),
            received_at=NOW + dt.timedelta(hours=10),
            by="driver",
            driver_id=round_.driver_id,
        )
        document = session.get_one(Document, told.act.document_id)
        assert told.act.occurred_at == NOW + dt.timedelta(hours=1)
        assert document.occurred_at == noon
    assert round_.proved()
