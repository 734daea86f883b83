"""A hand scanner at the forms: it types a code and Enter, and what comes next is ready to be typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from inventory.barcodes import set_barcodes
from logistics.app import create_app
from logistics.config import Settings
from logistics.db import Database
from tests.county import NOW, PASSWORD, County
from tests.sqlite_files import SqliteFiles

pytestmark = pytest.mark.browser


@pytest.fixture
def databases(sqlite_files: SqliteFiles) -> SqliteFiles:
    """One engine is enough here."""
    return sqlite_files


@pytest.fixture
def address(database: Database, county: County, tmp_path: Path) -> Iterator[str]:
    """The service over the county, whose masks bear a barcode on the case."""
    with database.transaction() as session:
        set_barcodes(session, item=session.merge(county.masks), barcodes={"16901234567899": "箱"})
    url = database.engine.url.render_as_string(hide_password=False)
    settings = Settings(data=tmp_path, database_url=url, secret_key="only-for-tests" * 4)
    server = make_server("127.0.0.1", 0, create_app(settings, database=database, clock=lambda: NOW), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_scanned_case_fills_item_and_pack_and_an_unknown_code_says_so(chromium: Browser, address: str) -> None:
    page = chromium.new_context(viewport={"width": 1366, "height": 768}).new_page()
    page.goto(f"{address}/sign-in")
    page.get_by_label("登录名").fill("officer")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/stock/receive")
    items, units, amounts = (page.locator(f"[name={name}]") for name in ("item", "unit", "quantity"))
    items.nth(0).focus()
    page.keyboard.type("16901234567899\n")
    expect(amounts.nth(0)).to_be_focused()
    assert (items.nth(0).input_value(), units.nth(0).input_value()) == ("KZ 一次性口罩", "箱")
    items.nth(1).focus()
    page.keyboard.type("999999\n")
    expect(page.get_by_text("没有物资用这个码")).to_be_visible()
    expect(items.nth(1)).to_be_focused()
    assert page.url == f"{address}/stock/receive"
    page.goto(f"{address}/requisitions/new")
    items.nth(0).focus()
    page.keyboard.type("16901234567899\n")
    expect(amounts.nth(0)).to_be_focused()
    assert page.locator("[name=word]").nth(0).input_value() == "箱"
    page.goto(f"{address}/counts/new")
    items.nth(0).focus()
    page.keyboard.type("16901234567899\n")
    expect(items.nth(1)).to_be_focused()
    assert items.nth(0).input_value() == "KZ 一次性口罩"
    page.context.close()
