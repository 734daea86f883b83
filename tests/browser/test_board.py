"""The board of a plan in a real browser: the map is drawn, and map, timeline and list share one selection."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from logistics.accounts.models import Role
from logistics.app import create_app
from logistics.config import Settings
from logistics.db import Database
from tests.county import NOW, PASSWORD, TODAY, County
from tests.logistics.dispatch.desk import MONDAY, Desk
from tests.sqlite_files import SqliteFiles

pytestmark = pytest.mark.browser


@pytest.fixture
def databases(sqlite_files: SqliteFiles) -> SqliteFiles:
    """One engine is enough here: the pages are tested on both without a browser."""
    return sqlite_files


@pytest.fixture
def desk(database: Database, county: County) -> Desk:
    desk = Desk(database=database, county=county)
    desk.order(county.shop, 50)
    desk.order(county.far_shop, 100)
    return desk


@pytest.fixture
def address(desk: Desk, tmp_path: Path) -> Iterator[str]:
    """Where the service answers, at NOW."""
    settings = Settings(data=tmp_path, database_url=str(desk.database.engine.url), secret_key="only-for-tests" * 4)
    server = make_server("127.0.0.1", 0, create_app(settings, database=desk.database, clock=lambda: NOW), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def plan_page(chromium: Browser, address: str, desk: Desk) -> Iterator[Page]:
    """The dispatcher before a plan: the van goes to the shop on Sunday, the truck to the far shop on Monday."""
    county = desk.county
    run_id = desk.plan({(county.van.plate, TODAY): [county.shop], (county.truck.plate, MONDAY): [county.far_shop]})
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(f"{address}/sign-in?next=/plans/{run_id}")
    page.fill("[name=name]", Role.DISPATCHER.value)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector("[data-map][data-drawn]", timeout=60_000)
    yield page
    context.close()
    assert errors == []


def test_the_map_is_drawn_without_a_map_file_or_a_network(plan_page: Page) -> None:
    expect(plan_page.locator("[data-map] canvas")).to_be_visible()
    expect(plan_page.locator("[data-map-missing]")).to_be_hidden()


def test_choosing_a_vehicle_in_the_list_marks_its_lane_and_shows_its_stops(plan_page: Page) -> None:
    lane = plan_page.locator(".timeline-lane", has_text="鄂C0001")
    expect(lane).to_have_attribute("aria-pressed", "false")
    plan_page.locator("details.lane summary", has_text="鄂C0001").click()
    expect(lane).to_have_attribute("aria-pressed", "true")
    expect(plan_page.locator("details.lane[open] .stops")).to_contain_text("李家烟酒店")


def test_choosing_a_lane_opens_the_vehicle_in_the_list_and_choosing_it_again_closes_it(plan_page: Page) -> None:
    lane = plan_page.locator(".timeline-lane", has_text="鄂C0001")
    lane.click()
    expect(plan_page.locator("details.lane[open]")).to_have_count(1)
    lane.click()
    expect(plan_page.locator("details.lane[open]")).to_have_count(0)


def test_another_day_shows_its_own_vehicles(plan_page: Page) -> None:
    plan_page.locator(f"[data-day='{MONDAY}']").click()
    expect(plan_page.locator(".timeline-lane .vehicle")).to_have_text(["鄂C0002"])
    expect(plan_page.locator("details.lane:visible")).to_have_count(1)


def test_the_whole_board_can_be_worked_from_the_keyboard(plan_page: Page) -> None:
    plan_page.locator("details.lane summary").first.focus()
    plan_page.keyboard.press("Enter")
    expect(plan_page.locator(".timeline-lane[aria-pressed=true]")).to_have_count(1)


def test_without_webgl_the_page_says_so_and_the_list_remains(chromium: Browser, plan_page: Page) -> None:
    context = chromium.new_context(storage_state=plan_page.context.storage_state())
    context.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page = context.new_page()
    page.goto(plan_page.url)
    expect(page.locator("[data-map-missing]")).to_be_visible()
    page.locator("details.lane summary").first.click()
    expect(page.locator("details.lane[open] .stops")).to_contain_text("李家烟酒店")
    context.close()


def test_a_route_sheet_of_one_stop_prints_on_one_page(desk: Desk, plan_page: Page, address: str) -> None:
    county = desk.county
    trip = desk.publish(desk.plan({(county.truck.plate, TODAY): [county.shop]}, key="second"))[0]
    plan_page.goto(f"{address}/trips/{trip.id}/sheet")
    assert plan_page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1
