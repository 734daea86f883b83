"""The main job as people do it, in a browser over a real `logistics serve` with its planning worker, in Chinese.

A workbook comes in, stock is seen; a day is planned and released; a driver delivers on a phone; and the stock card has changed by exactly
what was handed over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from inventory import stock
from logistics.accounts.models import Role
from logistics.clock import system_clock
from logistics.config import Settings
from logistics.db import Database
from logistics.fleet.models import Shift
from tests.county import CHINA, PASSWORD, County
from tests.logistics.imports.tables import ORDERS, RECEIPTS
from tests.logistics.running import address_of, running
from tests.logistics.workbooks.files import xlsx
from tests.sqlite_files import SqliteFiles

pytestmark = pytest.mark.browser

OFFICE = {"viewport": {"width": 1366, "height": 768}}
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
#: What the policy forbids is said as an error, so that it is seen with the others.
TELL_FORBIDDEN = "addEventListener('securitypolicyviolation', e => console.error(e.violatedDirective, e.blockedURI))"
#: Chromium says this of every answer above 399; a form that has to be corrected is answered with 422.
CORRECT_THE_FORM = "the server responded with a status of 422"
#: Planning takes its budget, and a busy machine is slow to start a worker.
PLANNED_WITHIN_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The running service, what its pages may not do, and its books."""

    address: str
    database: Database
    county: County
    chromium: Browser
    complaints: list[str] = field(default_factory=list)

    @contextmanager
    def person(self, role: Role, screen: dict[str, Any]) -> Iterator[Page]:
        """Somebody's browser, signed in by keyboard. Everything that its pages do wrong is noted."""
        context = self.chromium.new_context(**screen)
        self._watch(context)
        page = context.new_page()
        page.goto(f"{self.address}/sign-in")
        page.get_by_label("登录名").fill(role.value)
        page.get_by_label("密码").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: not url.endswith("/sign-in"))
        yield page
        context.close()

    def cigarettes_on_hand(self) -> int:
        """In 条, in all stores and vehicles of the county."""
        with self.database.reading() as session:
            held = stock.on_hand(session, unit_id=self.county.bureau.id, on=system_clock().date())
            return next(one.on_hand for one in held if one.item.id == self.county.cigarettes.id)

    def is_in_balance(self) -> bool:
        with self.database.reading() as session:
            return not stock.prove(session).findings

    def _watch(self, context: BrowserContext) -> None:
        def other_host(url: str) -> bool:
            return not url.startswith((f"{self.address}/", f"blob:{self.address}/", "data:"))

        context.add_init_script(TELL_FORBIDDEN)
        context.on("request", lambda sent: self.complaints.append(sent.url) if other_host(sent.url) else None)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on(
            "console",
            lambda said: (
                self.complaints.append(f"{said.page and said.page.url}: {said.text}")
                if said.type == "error" and CORRECT_THE_FORM not in said.text
                else None
            ),
        )


@pytest.fixture
def databases(sqlite_files: SqliteFiles) -> SqliteFiles:
    """One engine is enough here: what lies beneath is tested on both without a browser."""
    return sqlite_files


@pytest.fixture
def first_shift(database: Database, county: County) -> dt.date:
    """The day of the only shift: the van's, from an hour from now on. The customers take goods at any time."""
    starts_at = system_clock() + dt.timedelta(hours=1)
    with database.transaction() as session:
        session.merge(county.shop).windows = ""
        for shift in session.scalars(select(Shift)):
            session.delete(shift)
        session.add(
            Shift(
                vehicle_id=county.van.id,
                driver_id=county.people[Role.DRIVER].id,
                starts_at=starts_at,
                ends_at=starts_at + dt.timedelta(hours=9),
            )
        )
    return starts_at.astimezone(CHINA).date()


@pytest.fixture
def service(
    chromium: Browser, database: Database, county: County, first_shift: dt.date, tmp_path: Path
) -> Iterator[Service]:
    """`logistics serve` with one worker over the county; afterwards, no page has done anything it may not do."""
    url = database.engine.url.render_as_string(hide_password=False)
    settings = Settings(data=tmp_path, database_url=url, secret_key="only-for-tests" * 4, slice_s=1)
    with running(settings, "serve", "--port", "0") as serve:
        service = Service(address=address_of(serve), database=database, county=county, chromium=chromium)
        yield service
    assert service.complaints == []


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    """`workbook(name, *rows)`: a file as somebody saves it on the desktop."""

    def write(name: str, *rows: tuple[object, ...]) -> Path:
        path = tmp_path / name
        path.write_bytes(xlsx(*rows))
        return path

    return write


def test_from_a_workbook_to_the_stock_card_after_the_delivery(
    service: Service, workbook: Callable[..., Path], first_shift: dt.date
) -> None:
    today = system_clock().astimezone(CHINA).date().isoformat()
    receipt = (today, "采购", "烟草公司", "YY-CK", "JY", 2, "箱", "J2", "", "")
    wrong = [
        (today, "采购", "烟草公司", "YY-CK", "JY9", 2, "箱", "J2", "", ""),
        (today, "采购", "烟草公司", "YY-CK", "JY", -2, "箱", "J2", "", ""),
    ]
    orders = [
        ("D1", today, "420304100001", "JY", 120, "条", "YY-CK"),
        ("D2", today, "420304100002", "JY", 30, "条", "YY-CK"),
    ]

    with service.person(Role.OFFICER, OFFICE) as page:
        assert_that_a_wrong_table_books_nothing(service, page, workbook("错误.xlsx", RECEIPTS, *wrong))
        take_in_once(service, page, workbook("入库.xlsx", RECEIPTS, receipt))
        assert on_the_stock_page(service, page) == "4 箱"
        assert newest_line_of_the_card(page) == ("+2 箱", "4 箱")

    with service.person(Role.DISPATCHER, OFFICE) as page:
        upload(service, page, "orders", workbook("订单.xlsx", ORDERS, *orders))
        expect(page.get_by_role("status")).to_contain_text("订单.xlsx")
        start_a_plan(service, page, first_shift)
        watch_it_grow(page)
        see_the_plan(page)
        release(page)

    with service.person(Role.DRIVER, PHONE) as page:
        load(page)
        deliver_to_the_shop_and_fail_at_the_far_shop(page)
        bring_the_rest_back(page)

    with service.person(Role.OFFICER, OFFICE) as page:
        assert on_the_stock_page(service, page) == "3 箱 130 条"
        assert_that_the_card_shows_the_delivery(page)
    assert service.cigarettes_on_hand() == 1000 - 120
    assert service.is_in_balance()


# The officer -----------------------------------------------------------------------------------------------------------


def upload(service: Service, page: Page, kind: str, path: Path) -> None:
    page.goto(f"{service.address}/import")
    page.locator(f"a[href='/import/{kind}']").click()
    page.get_by_label("表格").set_input_files(path)
    page.locator("main").get_by_role("button", name="导入").click()


def assert_that_a_wrong_table_books_nothing(service: Service, page: Page, path: Path) -> None:
    upload(service, page, "receipts", path)
    expect(page.get_by_role("alert")).to_contain_text("没有导入任何内容")
    expect(page.locator("main table").first.locator("tbody tr")).to_have_count(2)
    expect(page.locator("main")).to_contain_text("JY9")
    assert service.cigarettes_on_hand() == 500


def take_in_once(service: Service, page: Page, path: Path) -> None:
    upload(service, page, "receipts", path)
    expect(page.get_by_role("status")).to_contain_text("入库.xlsx")
    assert service.cigarettes_on_hand() == 1000
    upload(service, page, "receipts", path)
    expect(page.get_by_role("status")).to_contain_text("已经导入过")
    assert service.cigarettes_on_hand() == 1000


def on_the_stock_page(service: Service, page: Page) -> str:
    """What is on hand of cigarettes, as the page says it."""
    page.goto(f"{service.address}/stock")
    return page.locator("#stock tbody tr", has_text="卷烟").locator("td").nth(2).inner_text()


def newest_line_of_the_card(page: Page) -> tuple[str, str]:
    """In and balance of its first line, from the stock page on."""
    page.locator("#stock").get_by_role("link", name="卷烟").click()
    cells = page.locator("main table").first.locator("tbody tr").first.locator("td.num")
    return cells.nth(0).inner_text(), cells.nth(2).inner_text()


def assert_that_the_card_shows_the_delivery(page: Page) -> None:
    page.locator("#stock").get_by_role("link", name="卷烟").click()
    line = page.locator("main table").first.locator("tbody tr", has_text="李家烟酒店")
    expect(line).to_have_count(1)
    expect(line.locator("td.num")).to_have_text(["", "−120 条", "3 箱 130 条"])
    expect(page.locator("main")).not_to_contain_text("安阳副食店")


# The dispatcher --------------------------------------------------------------------------------------------------------


def start_a_plan(service: Service, page: Page, day: dt.date) -> None:
    page.goto(f"{service.address}/plans")
    expect(page.locator("#outlook")).to_contain_text("2 站")
    expect(page.get_by_label("第一天")).to_have_value(day.isoformat())
    page.locator("#budget").fill("5")
    page.get_by_role("button", name="开始排线").click()


def watch_it_grow(page: Page) -> None:
    """The bar moves without anybody loading the page, and then the run is finished."""
    expect(page.locator("#progress")).to_be_visible()
    expect(page.locator("#spent:not([value='0'])")).to_be_attached(timeout=PLANNED_WITHIN_MS)
    expect(page.locator("#progress")).to_have_count(0, timeout=PLANNED_WITHIN_MS)


def see_the_plan(page: Page) -> None:
    page.wait_for_selector("[data-map][data-drawn]", timeout=PLANNED_WITHIN_MS)
    expect(page.locator("[data-map] canvas")).to_be_visible()
    expect(page.locator(".plan-facts dd").first).to_have_text("2")
    page.locator("details.lane summary").click()
    expect(page.locator("details.lane[open] .stops tbody tr")).to_have_count(2)
    expect(page.locator("details.lane[open]")).to_contain_text("李家烟酒店")
    expect(page.locator("details.lane[open]")).to_contain_text("安阳副食店")


def release(page: Page) -> None:
    page.locator("details.confirm summary").click()
    page.get_by_role("button", name="发布 1 个车次").click()
    expect(page.get_by_role("status").first).to_be_visible()


# The driver ------------------------------------------------------------------------------------------------------------


def load(page: Page) -> None:
    page.locator(".trips a").click()
    expect(page.locator(".goods")).to_contain_text("150 条")
    page.get_by_role("button", name="已装车").click()
    expect(page.locator(".progress")).to_contain_text("0/2")


def deliver_to_the_shop_and_fail_at_the_far_shop(page: Page) -> None:
    """In the order of the plan, whichever it is."""
    for _ in range(2):
        if page.locator("article h2").inner_text() == "李家烟酒店":
            page.get_by_role("link", name="已交付").click()
            page.get_by_role("button", name="本人").click()
            expect(page.locator(".stops")).to_contain_text("已交付")
        else:
            page.get_by_role("link", name="未交付").click()
            page.get_by_role("link", name="道路封闭").click()
            page.get_by_role("button", name="记为未交付").click()
            expect(page.locator(".stops")).to_contain_text("未交付")


def bring_the_rest_back(page: Page) -> None:
    expect(page.locator(".goods")).to_contain_text("30 条")
    page.get_by_role("button", name="收车").click()
    expect(page.locator(".note-good")).to_be_visible()
