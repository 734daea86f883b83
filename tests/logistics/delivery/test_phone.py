"""The script of the driver's pages, in a real browser at the size of a cheap phone: nothing done is lost, nothing counts twice."""

from collections.abc import Iterator
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from inventory.places import Place
from logistics.accounts.models import Role
from logistics.delivery.models import Act
from tests.county import PASSWORD

pytestmark = pytest.mark.browser
#: Fingers in gloves: what one presses is at least so many pixels high and wide.
TARGET = 44
SMALL_TARGETS = """smallest => [...document.querySelectorAll('a:not(.skip), button, summary')]
  .map(e => [e.textContent.trim(), e.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.height < smallest || box.width < smallest)).map(([text]) => text)"""
SMALL_TEXTS = """() => [...document.querySelectorAll('body *')]
  .filter(e => [...e.childNodes].some(one => one.nodeType === 3 && one.textContent.trim()))
  .filter(e => e.getBoundingClientRect().width && parseFloat(getComputedStyle(e).fontSize) < 16)
  .map(e => e.textContent)"""


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the app answers to a browser."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(chromium: Browser, address: str, round_) -> Iterator[Page]:
    """The driver, signed in, with the trip loaded, on its page."""
    round_.load()
    context = chromium.new_context(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto(f"{address}/sign-in?next=/driver/trips/{round_.trip_id}")
    page.fill("#name", Role.DRIVER.value)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector(".main-act")
    yield page
    context.close()


def arrive(page: Page) -> None:
    """Open the answers of the next stop, and wait for the script: before it, the browser would send them by itself."""
    page.click(".main-act .button-yes")
    page.wait_for_selector("form.answers")
    expect(page.locator(".strip-line")).not_to_be_empty()


def acts(round_) -> list[tuple[int, str]]:
    with round_.database.reading() as session:
        return [(act.trip_stop_id, act.key) for act in session.scalars(select(Act).order_by(Act.id))]


def test_a_delivery_takes_two_taps_and_the_next_stop_shows(page: Page, round_):
    arrive(page)
    page.click("text=家人代收")
    expect(page.locator("article h2")).to_have_text("高速卡点")
    expect(page.locator(".undo")).to_contain_text("李家烟酒店")
    expect(page.locator(".strip-line")).to_contain_text("全部已上传")
    assert [stop_id for stop_id, _ in acts(round_)] == [round_.shop]


def test_what_is_done_without_a_signal_waits_and_goes_out_once(page: Page, round_):
    arrive(page)
    key = page.locator("form.answers input[name=key]").input_value()
    page.context.set_offline(True)
    page.click("text=家人代收")
    expect(page.locator(".note")).to_contain_text("已存在手机里")
    expect(page.locator(".strip-line")).to_contain_text("离线 · 1 条待传")
    assert acts(round_) == []
    page.context.set_offline(False)
    page.wait_for_selector(".undo")
    expect(page.locator(".strip-line")).to_contain_text("全部已上传")
    assert acts(round_) == [(round_.shop, key)]
    assert round_.held(Place.RECIPIENT, "420304100001", round_.county.cigarettes) == {"J1": 8}


def test_an_answer_lost_on_the_way_is_asked_for_again(page: Page, round_):
    """The server has recorded it and the phone never hears: the same key goes out again and finds the act."""
    lost: list[str] = []

    def lose_the_first(route):
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().status)
            route.abort()

    page.route(
        "**/delivered", lambda route: lose_the_first(route) if route.request.method == "POST" else route.continue_()
    )
    arrive(page)
    page.click("text=家人代收")
    expect(page.locator(".strip-line")).to_contain_text("1 条待传")
    assert lost == [200]
    page.reload()
    expect(page.locator(".strip-line")).to_contain_text("全部已上传")
    assert len(acts(round_)) == 1
    assert round_.proved()


def test_the_sign_in_page_of_a_hotel_is_no_answer(page: Page, round_):
    page.route(
        "**/delivered",
        lambda route: (
            route.fulfill(status=200, content_type="text/html", body="<h1>Wi-Fi</h1>")
            if route.request.method == "POST"
            else route.continue_()
        ),
    )
    arrive(page)
    page.click("text=家人代收")
    expect(page.locator(".strip-line")).to_contain_text("1 条待传")
    assert acts(round_) == []
    page.unroute("**/delivered")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_selector(".undo")
    assert len(acts(round_)) == 1


def test_what_the_server_will_not_take_stays_in_sight_until_it_is_seen(page: Page, round_):
    arrive(page)
    round_.fail(round_.shop, "from another phone")
    page.click("text=家人代收")
    refused = page.locator(".strip-refused")
    expect(refused).to_contain_text("没有记上")
    expect(refused).to_contain_text("请先撤销")
    page.click("text=知道了")
    expect(refused).to_be_empty()
    assert len(acts(round_)) == 1


def test_everything_is_large_enough_and_nothing_is_wider_than_the_phone(page: Page, round_):
    trip = f"/driver/trips/{round_.trip_id}"
    for path in (
        "/driver",
        trip,
        f"{trip}/stops/{round_.far_shop}",
        f"{trip}/stops/{round_.far_shop}/delivered",
        f"{trip}/stops/{round_.far_shop}/failed",
        f"{trip}/stops/{round_.far_shop}/failed?reason=refused",
    ):
        page.goto(page.url.split("/driver")[0] + path)
        assert page.evaluate(SMALL_TARGETS, TARGET) == [], path
        assert page.evaluate(SMALL_TEXTS) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") == 360, path
