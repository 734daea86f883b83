"""Trips by day, one by one, their sheets, and the card on the first page."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from markupsafe import Markup
from sqlalchemy.orm import Session

from logistics.accounts.models import Role
from logistics.db import Database
from logistics.dispatch import pages
from logistics.dispatch.models import Trip, TripState
from logistics.dispatch.operations import get_trip
from logistics.orders.models import DeliveryState
from logistics.web.guard import COOKIE
from tests.logistics.conftest import token
from tests.logistics.dispatch.desk import Desk

type SignedIn = Callable[[Role], FlaskClient]
type Change = Callable[[Callable[[Session], object]], None]


def test_the_trips_of_today_show_vehicle_driver_and_load(signed_in: SignedIn, released: int) -> None:
    page = signed_in(Role.DISPATCHER).get("/trips").text
    for said in ("CC0000001", "鄂C0001", "待装车", "0/1", "19 / 800 公斤", "91 / 3,000 升"):
        assert said in page


def test_a_day_without_trips_leads_to_one_that_has_some(signed_in: SignedIn, released: int) -> None:
    assert "/trips?day=2020-03-15" in signed_in(Role.DISPATCHER).get("/trips?day=2020-04-01").text


def test_without_any_trip_the_page_leads_to_planning(signed_in: SignedIn, desk: Desk) -> None:
    assert "先排线并发布" in signed_in(Role.DISPATCHER).get("/trips").text


def test_a_trip_shows_its_stops_and_its_manifest(signed_in: SignedIn, released: int) -> None:
    page = signed_in(Role.OFFICER).get(f"/trips/{released}").text
    assert "李家烟酒店" in page
    assert "70 条" in page
    assert "139****0002" in page
    assert "13900000002" not in page


def test_the_sheet_holds_what_a_driver_needs_on_paper(signed_in: SignedIn, released: int) -> None:
    page = signed_in(Role.DISPATCHER).get(f"/trips/{released}/sheet").text
    for said in (
        "配送路单",
        "CC0000001",
        "2020年3月15日",
        "鄂C0001",
        "李家烟酒店",
        "13900000002",
        "配送到户",
        "70 条",
        "签收",
    ):
        assert said in page


def test_the_code_on_the_sheet_leads_to_the_drivers_page_at_the_address_asked(
    signed_in: SignedIn, released: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    draw = pages._qr

    def drawing(text: str) -> Markup:
        drawn.append(text)
        return draw(text)

    monkeypatch.setattr(pages, "_qr", drawing)
    client = signed_in(Role.DISPATCHER)
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    client.set_cookie(COOKIE, cookie.value, domain="10.0.0.5")
    page = client.get(f"/trips/{released}/sheet", base_url="http://10.0.0.5:8000")
    assert drawn == [f"http://10.0.0.5:8000/driver/trips/{released}"]
    assert '<svg viewBox="0 0 ' in page.text


def test_all_sheets_of_a_day_come_in_one_print_without_the_withdrawn(
    signed_in: SignedIn, released: int, change: Change
) -> None:
    client = signed_in(Role.DISPATCHER)
    assert "1 张路单" in client.get("/trips/sheets?day=2020-03-15").text
    change(lambda session: setattr(session.get(Trip, released), "state", TripState.WITHDRAWN))
    assert "0 张路单" in client.get("/trips/sheets?day=2020-03-15").text


def test_the_map_of_a_trip_leads_from_the_depot_and_back(signed_in: SignedIn, released: int) -> None:
    features = signed_in(Role.OFFICER).get(f"/trips/{released}/map.json").get_json()["map"]["features"]
    assert [feature["properties"]["kind"] for feature in features] == ["route", "stop", "depot"]
    assert features[0]["geometry"]["coordinates"][0] == features[0]["geometry"]["coordinates"][-1] == [110.81, 32.83]


def test_withdrawing_from_the_page_says_what_happens_to_the_orders(signed_in: SignedIn, released: int) -> None:
    client = signed_in(Role.DISPATCHER)
    posted = {"csrf_token": token(client, "/account")}
    answer = client.post(f"/trips/{released}/withdraw", data=posted, follow_redirects=True)
    assert "CC0000001 已撤回，配送单重新待排线" in answer.text
    assert "已撤回" in client.get(f"/trips/{released}").text
    assert "作废" in client.get(f"/trips/{released}/sheet").text


def test_a_loaded_trip_cannot_be_withdrawn_from_the_page(signed_in: SignedIn, released: int, change: Change) -> None:
    change(lambda session: setattr(session.get(Trip, released), "state", TripState.LOADED))
    client = signed_in(Role.DISPATCHER)
    assert client.post(f"/trips/{released}/withdraw", data={"csrf_token": token(client, "/account")}).status_code == 422


def test_the_first_page_of_the_dispatcher_shows_the_trips_as_they_run(
    signed_in: SignedIn, released: int, desk: Desk
) -> None:
    page = signed_in(Role.DISPATCHER).get("/").text
    assert "今天的车次" in page
    assert "0 / 1" in page
    assert "鄂C0001" in page


@pytest.mark.parametrize(
    ("role", "sees", "withdraws"), [(Role.OFFICER, 200, 403), (Role.LEADER, 200, 403), (Role.DRIVER, 403, 403)]
)
def test_who_may_look_at_trips_and_who_may_withdraw_them(
    signed_in: SignedIn, released: int, role: Role, sees: int, withdraws: int
) -> None:
    client = signed_in(role)
    for path in (
        "/trips",
        f"/trips/{released}",
        f"/trips/{released}/sheet",
        "/trips/sheets",
        f"/trips/{released}/map.json",
    ):
        assert client.get(path).status_code == sees, path
    posted = {"csrf_token": token(client, "/account")}
    assert client.post(f"/trips/{released}/withdraw", data=posted).status_code == withdraws


def test_what_failed_is_still_aboard_until_the_trip_is_over(
    signed_in: SignedIn, released: int, change: Change, database: Database
) -> None:
    def fail(session: Session) -> None:
        trip = get_trip(session, released)
        trip.state = TripState.LOADED
        for order in trip.stops[0].delivery_orders:
            order.state = DeliveryState.FAILED

    change(fail)
    with database.reading() as session:
        (cigarettes,) = pages._goods(get_trip(session, released))
    assert (cigarettes.total, cigarettes.failed, cigarettes.aboard) == (70, 70, 70)
