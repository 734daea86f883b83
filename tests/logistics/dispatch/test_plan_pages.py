"""The pages of planning: the form with its outlook, the progress, the board and its data, the release."""

import datetime as dt
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from logistics.accounts.models import Role
from logistics.db import Database
from logistics.dispatch.models import Trip
from logistics.orders import operations as orders
from logistics.planning.models import PlanRun, PlanState
from logistics.planning.outlook import likely_days, outlook
from logistics.planning.pages import QUEUE
from tests.county import CHINA, NOW, TODAY
from tests.logistics.conftest import token
from tests.logistics.dispatch.desk import MONDAY, Desk

type SignedIn = Callable[[Role], FlaskClient]
type Change = Callable[[Callable[[Session], object]], None]


@pytest.fixture
def queued(app: Flask) -> list[int]:
    """What the pages put into the queue; nothing works on it."""
    taken: list[int] = []
    app.extensions[QUEUE] = taken.append
    return taken


def form(client: FlaskClient, desk: Desk, **changes: object) -> dict[str, object]:
    return {
        "csrf_token": token(client, "/plans"),
        "key": "one-click",
        "depot": desk.county.store.id,
        "first_day": "2020-03-15",
        "last_day": "2020-03-16",
        "budget_s": "60",
        **changes,
    }


def test_the_form_shows_the_load_against_the_shifts(signed_in: SignedIn, desk: Desk) -> None:
    page = signed_in(Role.DISPATCHER).get("/plans").text
    assert "2 站" in page
    # 18.2 and 26 kg, each rounded up; two days of van and truck carry 2 × 3,800 kg.
    assert "45 / 7,600 公斤" in page
    assert "221 / 34,000 升" in page


def test_the_outlook_names_what_cannot_go_and_why(signed_in: SignedIn, desk: Desk) -> None:
    desk.county.far_shop.required_pass = "特别通行"
    desk.order(desk.county.far_shop, 3)
    page = signed_in(Role.DISPATCHER).get(f"/plans/outlook?depot={desk.county.store.id}&first_day=2020-03-15").text
    assert "没有车持有所需的通行证" in page
    assert "安阳副食店" in page


def test_days_without_shifts_are_said_to_be_so(signed_in: SignedIn, desk: Desk) -> None:
    query = f"depot={desk.county.store.id}&first_day=2020-05-01&last_day=2020-05-01"
    page = signed_in(Role.DISPATCHER).get(f"/plans/outlook?{query}").text
    assert "这个仓库的车没有班次" in page


def test_shifts_with_a_trip_are_not_offered_again(desk: Desk, released: int, database: Database) -> None:
    with database.reading() as session:
        seen = outlook(session, depot_id=desk.county.store.id, first_day=TODAY, last_day=MONDAY, zone=CHINA)
        assert (len(seen.shifts), seen.taken_shifts, seen.orders) == (3, 1, 1)


def test_the_days_offered_are_those_whose_shifts_are_still_to_begin(desk: Desk, database: Database) -> None:
    with database.reading() as session:
        late = dt.datetime(2020, 3, 15, 12, 0, tzinfo=CHINA)
        assert likely_days(session, depot_id=desk.county.store.id, at=NOW, zone=CHINA) == (TODAY, MONDAY)
        assert likely_days(session, depot_id=desk.county.store.id, at=late, zone=CHINA) == (MONDAY, MONDAY)


def test_a_second_click_starts_no_second_run(
    signed_in: SignedIn, desk: Desk, queued: list[int], database: Database
) -> None:
    client = signed_in(Role.DISPATCHER)
    answers = [client.post("/plans", data=form(client, desk)) for _ in range(2)]
    assert {answer.headers["Location"] for answer in answers} == {"/plans/1"}
    assert queued == [1, 1]
    with database.reading() as session:
        assert len(session.scalars(select(PlanRun.id)).all()) == 1


def test_what_was_typed_stays_when_the_days_are_the_wrong_way_round(
    signed_in: SignedIn, desk: Desk, queued: list[int]
) -> None:
    client = signed_in(Role.DISPATCHER)
    answer = client.post(
        "/plans", data=form(client, desk, first_day="2020-03-16", last_day="2020-03-15", budget_s="90")
    )
    assert answer.status_code == 422
    assert "最后一天早于第一天" in answer.text
    for kept in ('value="2020-03-16"', 'value="2020-03-15"', 'value="90"', 'value="one-click"'):
        assert kept in answer.text
    assert queued == []


def test_the_progress_card_polls_until_the_run_has_ended(signed_in: SignedIn, planned: int, change: Change) -> None:
    client = signed_in(Role.DISPATCHER)
    change(lambda session: setattr(session.get(PlanRun, planned), "state", PlanState.RUNNING))
    assert 'hx-trigger="every 2s"' in client.get(f"/plans/{planned}").text
    answer = client.get(f"/plans/{planned}/progress")
    assert "HX-Refresh" not in answer.headers
    assert "60 秒中已算 60 秒" in answer.text
    assert "<polyline" in answer.text
    change(lambda session: setattr(session.get(PlanRun, planned), "state", PlanState.DONE))
    assert client.get(f"/plans/{planned}/progress").headers["HX-Refresh"] == "true"


def test_the_page_is_asked_for_anew_when_the_first_plan_is_there(
    signed_in: SignedIn, planned: int, change: Change
) -> None:
    client = signed_in(Role.DISPATCHER)
    change(lambda session: setattr(session.get(PlanRun, planned), "state", PlanState.RUNNING))
    assert client.get(f"/plans/{planned}/progress?first=yes").headers["HX-Refresh"] == "true"


def test_a_run_that_no_worker_takes_up_says_so(signed_in: SignedIn, desk: Desk, queued: list[int]) -> None:
    client = signed_in(Role.DISPATCHER)
    client.post("/plans", data=form(client, desk))
    assert "现在没有计算程序在运行" in client.get("/plans/1").text


def test_stopping_keeps_the_run_and_says_so(signed_in: SignedIn, desk: Desk, queued: list[int]) -> None:
    client = signed_in(Role.DISPATCHER)
    client.post("/plans", data=form(client, desk))
    client.post("/plans/1/stop", data={"csrf_token": token(client, "/plans")})
    page = client.get("/plans/1").text
    assert "已停止" in page
    assert "还没有得到方案" in page


def test_the_plan_lists_its_vehicles_and_what_was_left_out_with_the_reason(signed_in: SignedIn, planned: int) -> None:
    page = signed_in(Role.DISPATCHER).get(f"/plans/{planned}").text
    assert "鄂C0001" in page
    assert "安阳副食店" in page
    assert "还带得下" in page
    assert "发布 1 个车次" in page


def test_a_route_lists_its_stops(signed_in: SignedIn, desk: Desk, planned: int, database: Database) -> None:
    with database.reading() as session:
        run = session.get(PlanRun, planned)
        assert run
        assert run.plan
        shift_id = int(run.plan["routes"][0]["shift_id"].removeprefix("shift:"))
    client = signed_in(Role.DISPATCHER)
    assert "李家烟酒店" in client.get(f"/plans/{planned}/routes/{shift_id}").text
    assert client.get(f"/plans/{planned}/routes/999").status_code == 404


def test_the_board_data_has_a_lane_its_line_its_stops_and_what_was_left_out(signed_in: SignedIn, planned: int) -> None:
    data = signed_in(Role.LEADER).get(f"/plans/{planned}/board.json").get_json()
    (lane,) = data["lanes"]
    assert (lane["plate"], lane["day"], lane["driver"]) == ("鄂C0001", "2020-03-15", "driver")
    assert (lane["starts"], lane["ends"]) == (8 * 3600, 17 * 3600)
    (visit,) = lane["visits"]
    assert lane["departs"] < visit["arrives"] <= visit["starts"] < visit["leaves"] < lane["returns"]
    assert 8.5 * 3600 <= visit["starts"] <= 11.5 * 3600
    features = {feature["properties"]["kind"]: feature for feature in data["map"]["features"]}
    assert data["map"]["type"] == "FeatureCollection"
    assert features["route"]["geometry"]["coordinates"] == [[110.81, 32.83], [110.82, 32.84], [110.81, 32.83]]
    assert features["stop"]["geometry"] == {"type": "Point", "coordinates": [110.82, 32.84]}
    assert features["stop"]["properties"]["number"] == 1
    assert features["stop"]["properties"]["lane"] == lane["id"]
    assert features["left_out"]["properties"]["text"].startswith("安阳副食店\n")
    assert features["depot"]["properties"]["name"] == "区局仓库"


def test_names_from_spreadsheets_are_never_markup(signed_in: SignedIn, desk: Desk) -> None:
    desk.county.far_shop.name = "<img src=x onerror=alert(1)>"
    desk.order(desk.county.far_shop, 3)
    run_id = desk.plan({(desk.county.van.plate, TODAY): [desk.county.shop]})
    page = signed_in(Role.DISPATCHER).get(f"/plans/{run_id}").text
    assert "&lt;img src=x" in page
    assert "<img src=x" not in page


def test_releasing_from_the_page_leads_to_the_trips_of_the_day(signed_in: SignedIn, planned: int) -> None:
    client = signed_in(Role.DISPATCHER)
    answer = client.post(f"/plans/{planned}/publish", data={"csrf_token": token(client, "/plans")})
    assert answer.headers["Location"] == "/trips?day=2020-03-15"
    assert "已发布 1 个车次" in client.get("/trips?day=2020-03-15").text
    assert "查看 1 个车次" in client.get(f"/plans/{planned}").text


def test_a_release_that_came_too_late_names_the_order_and_changes_nothing(
    signed_in: SignedIn, planned: int, change: Change, database: Database
) -> None:
    change(lambda session: orders.cancel_delivery_order(session, delivery_order_id=1, at=NOW, by="officer"))
    client = signed_in(Role.DISPATCHER)
    answer = client.post(f"/plans/{planned}/publish", data={"csrf_token": token(client, "/plans")})
    assert answer.status_code == 422
    assert "PS0000001" in answer.text
    with database.reading() as session:
        assert session.scalars(select(Trip)).all() == []


@pytest.mark.parametrize(
    ("role", "sees", "releases"),
    [(Role.DISPATCHER, 200, 302), (Role.OFFICER, 200, 403), (Role.LEADER, 200, 403), (Role.DRIVER, 403, 403)],
)
def test_who_may_look_at_plans_and_who_may_release_them(
    signed_in: SignedIn, planned: int, role: Role, sees: int, releases: int
) -> None:
    client = signed_in(role)
    for path in ("/plans", f"/plans/{planned}", f"/plans/{planned}/board.json", f"/plans/{planned}/progress"):
        assert client.get(path).status_code == sees, path
    posted = {"csrf_token": token(client, "/account")}
    assert client.post(f"/plans/{planned}/publish", data=posted).status_code == releases


def test_without_plans_vehicles_and_orders_the_page_says_what_to_do_next(
    signed_in: SignedIn, county: object, change: Change
) -> None:
    page = signed_in(Role.DISPATCHER).get("/plans").text
    assert "还没有排过线" in page
    assert "没有待排线的配送单" in page


def test_no_page_carries_inline_styles_or_scripts(signed_in: SignedIn, planned: int) -> None:
    page = signed_in(Role.DISPATCHER).get(f"/plans/{planned}").text
    assert not re.search(r"<[^>]+ (style|on\w+)=", page)
    assert not re.search(r"<script(?![^>]*( src=|application/json))", page)
