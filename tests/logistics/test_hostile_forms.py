"""Every form and every address, filled with what nobody should send: a sentence comes back, never a breakdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from inventory import assets, counts, days, lots, requisitions, sharing
from inventory.assets import Description, Signed
from inventory.catalogue import ItemKind, LotStatus, add_item
from inventory.counts import Counted, Tolerance
from inventory.norms import Basis
from inventory.requisitions import Requisition
from logistics.accounts.models import FailedSignIn, Role, User
from logistics.accounts.operations import TRIES_PER_NAME
from logistics.accounts.permissions import Permission, may
from logistics.db import Database
from logistics.planning.pages import QUEUE
from logistics.web.guard import permission_of
from tests.county import CHINA, NOW, PASSWORD, TODAY, County, recorded
from tests.engines import on_sqlite
from tests.inventory.norms import approved
from tests.logistics.conftest import SignedIn, token
from tests.logistics.dispatch.desk import Desk
from tests.logistics.incoming import incoming

#: What is put into one field after the other; None leaves it out.
BAD = {
    "missing": None,
    "empty": "",
    "NUL": "a\0b",
    "10,000 characters": "长" * 10_000,
    "negative": "-1",
    "thirty digits": "9" * 30,
    "unknown word": "no-such%_\\'\"",
    "last day": "9999-12-31",
    "digit that is none": "²",
}
#: What the two databases answer differently; the rest is decided before either is asked, so one of them is enough.
LEFT_TO_THE_DATABASE = ("NUL", "10,000 characters", "thirty digits")
#: Pages with forms, and who fills them in; what ends something comes last.
PAGES = {
    Role.ADMIN: (
        "/people",
        "/stock/card?item=KZ",
        "/documents/1",
        "/items/new",
        "/item-classes",
        "/stock/receive",
        "/stock/issue",
        "/counts/new",
        "/counts/1",
        "/counts/2",
        "/days/close?unit=YY&day=2020-03-14",
        "/days/1",
        "/purchases/new",
        "/purchases/1",
        "/donations/new",
        "/donations/1",
        "/funds",
        "/consignments/1/discrepancy",
        "/consignments/2/receive",
        "/returns/new?source=YZ1",
        "/lots/3",
        "/lots/disposal",
        "/assets/1?act=calibrated",
        "/requisitions/new",
        "/norms/new",
        "/tasks/round",
        "/requisitions/2",
        "/requisitions/sheets/1",
        "/policies",
        "/allocations/together",
        "/allocations/new",
        "/customers",
        "/delivery-orders",
        "/fleet/new",
        "/fleet/shifts",
        "/plans",
        "/import/customers",
        "/account",
        "/units/5",
    ),
    Role.DRIVER: (
        "/driver/trips/1",
        "/driver/trips/1/stops/1/delivered",
        "/driver/trips/1/stops/1/failed?reason=other",
    ),
}
#: What a person would type where a form starts empty, on any page or on one.
TYPED = {
    "sign_in_name": "new",
    "name": "新人",
    "password": PASSWORD,
    "old": "wrong",
    "new": PASSWORD,
    "lot": "L1",
    "expiry": "2021-01-01",
    "note": "急用",
    "quantity": "2",
    "unit": "盒",
    "item": "KZ",
    "store": "YY-CK",
    "reason": "other",
    "counted": "1",
    "place": "YY-CK",
    "n1-0": "1",
    "otherwise": "broken",
    "word": "盒",
    "need": "1",
    "need_word": "盒",
    "plate": "鄂C99999",
    "kind": "货车",
    "capacity_kg": "1000",
    "capacity_l": "1000",
    "depot": "YY-CK",
    "driver": "driver",
    "starts": "08:00",
    "ends": "17:00",
    "receiver": "self",
    "key": "0123456789abcdef",
    "code": "NEW-1",
    "base_unit": "只",
    "size": "50",
    "unit_word": "升",
    "supplier": "医药公司",
    "price": "62.50",
    "donor": "商会",
    "order": "CG0000001",
    "destination": "KD1",
    "source": "医药公司",
    "/requisitions/new unit": "KD1",
    "amount": "2",
    "/allocations/new act": "decide",
    "/allocations/new source": "YY-CK",
}
#: Addresses that carry what people type.
ADDRESSES = (
    "/allocations/1/what-if?more={}&point={}&need={}",
    "/allocations/fairness?item={}",
    "/allocations/lateral?item={}&keep={}&reach={}&pack={}",
    "/requisitions.xlsx?item={}",
    "/stock?unit={}",
    "/stock/card?item={}",
    "/stock/card?item=KZ&before={}",
    "/stock/available?store={}",
    "/scan?code={}",
    "/items?by={}",
    "/units/new?below={}",
    "/documents?before={}",
    "/purchases?all=1&before={}",
    "/donations?state={}",
    "/donations?before={}",
    "/funds?before={}",
    "/consignments?all=1&before={}",
    "/consignments/new?item={}",
    "/returns/new?source={}",
    "/documents?kind={}",
    "/requisitions?item={}",
    "/requisitions/sheets?before={}",
    "/cover?unit={}",
    "/cover?page={}",
    "/cover?kind={}",
    "/cover/item?item={}",
    "/cover/map?item={}",
    "/cover/map.json?item={}&unit={}",
    "/tasks?before={}",
    "/tasks/round/dose?store=YY-CK&item=XD84&rounds=1&target=500&volume=100&area={}",
    "/dosing?litres={}",
    "/api/v1/dose?item=XD84&target_mg_per_l=500&volume_ml={}",
    "/counts?before={}",
    "/days?before={}",
    "/days?page={}",
    "/days/close?unit={}&day=2020-03-14",
    "/days/close?unit=YY&day={}",
    "/api/v1/day-closings?unit={}",
    "/counts/new?place={}",
    "/counts/1/sheet?page={}",
    "/lots?q={}",
    "/lots?days={}",
    "/assets?q={}",
    "/assets?page={}",
    "/assets/1?act={}",
    "/api/v1/assets?due_within_days={}",
    "/api/v1/lots?q={}",
    "/api/v1/lots/expiring?days={}",
    "/allocations?before={}",
    "/customers?page={}",
    "/customers?scene={}",
    "/delivery-orders?page={}",
    "/delivery-orders?q={}",
    "/fleet/shifts?day={}",
    "/plans/outlook?depot={}&first_day={}",
    "/trips?day={}",
    "/trips/sheets?day={}",
    "/driver/trips/1/stops/1/failed?reason={}",
    "/import/{}",
    "/import/returned/{}",
    "/help/{}",
    "/sign-in?next={}",
    "/api/v1/units/{}/stock",
    "/api/v1/units/{}",
    "/api/v1/items/{}",
    "/api/v1/scan?code={}",
    "/api/v1/units/YY/stock?below={}",
)
#: Ends what other forms need.
LEFT_ALONE = ("/sign-out", "/language", "/sign-out-everywhere", "/new-password", "/switch")


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes and what stands in it."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """The forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._select = ""
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.found.append(Form(action=given.get("action", ""), method=given.get("method", "get").lower()))
            self._inside = True
        elif not self._inside:
            return
        elif tag in ("input", "textarea", "select", "button") and name and name != "more":
            self._select = name if tag == "select" else ""
            self.found[-1].fields.setdefault(name, given.get("value", ""))
        elif tag == "option" and self._select and given.get("value"):
            fields = self.found[-1].fields
            if "selected" in given or not fields[self._select]:
                fields[self._select] = given["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


@pytest.fixture
def busy(app: Flask, database: Database, county: County) -> Flask:
    """A county at work: a purchase and donations, goods in transit, requisitions, orders, a published plan and another, a trip."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.extensions[QUEUE] = lambda plan_run_id: None
    desk = Desk(database=database, county=county)
    for customer, quantity in ((county.shop, 50), (county.shop, 20), (county.far_shop, 100)):
        desk.order(customer, quantity)
    with database.transaction() as session:
        _ask(session, county, "answered", 500)
        sharing.share_out(
            session,
            recorded=recorded("share"),
            item_id=county.masks.id,
            source_id=county.store.id,
            pack_word="盒",
        )
        _ask(session, county, "open", 400)
        line = requisitions.AskedLine(item=session.merge(county.disinfectant), quantity=5_000, daily_need=100)
        village = session.merge(county.village)
        requisitions.ask_together(session, key="sheet", unit=village, lines=[line], at=NOW, by="officer")
        session.merge(county.disinfectant).active_mg_per_kg = 50_000
        approved(session, county.masks, Basis.PERSON_SHIFT, 2)
    incoming(database, county)
    desk.publish(desk.plan({(county.van.plate, TODAY): [county.shop]}))
    desk.plan({}, key="second")
    with database.transaction() as session:
        for number in (1, 2):
            _count(session, county, f"count-{number}")
        counts.submit(session, count_id=2, at=NOW)
        status = LotStatus.QUARANTINED
        lots.change_status(session, key="q", lot_id=3, status=status, reason="受潮", at=NOW, by="admin")
        item = add_item(session, code="CWQ", name="体温枪", kind=ItemKind.EQUIPMENT, base_unit="把")
        signed, told = Signed(key="a", on=TODAY, at=NOW, by="admin"), Description(acquired_on=TODAY, interval_days=365)
        unit = session.merge(county.warehouse)
        assets.register(session, signed=signed, item=item, unit=unit, serials=["T1"], told=told)
        closed = {"unit_id": county.village.id, "day": TODAY, "at": NOW, "zone": CHINA}
        days.close_day(session, key="day", by="admin", **closed)
    return app


def _count(session: Session, county: County, key: str) -> None:
    store = session.merge(county.store)
    count = counts.start(session, key=key, location=store, tolerance=Tolerance(), at=NOW, by="officer")
    counted = [Counted(lot_id=1, quantity=480, counted_at=NOW)]
    counts.record(session, count_id=count.id, key=key, counted=counted, at=NOW, by="officer")


def test_whatever_is_typed_into_a_form_is_answered_with_a_sentence(
    busy: Flask, signed_in: SignedIn, database: Database
) -> None:
    kinds = tuple(BAD) if database.engine.dialect.name == "sqlite" else LEFT_TO_THE_DATABASE
    broken = [
        f"{form.method} {form.action}, {name}: {kind} → {answer.status_code}"
        for role, pages in PAGES.items()
        for form, name, kind, answer in _mistyped(signed_in(role), pages, kinds)
        if answer.status_code >= 500
    ]
    assert broken == []


def test_an_id_that_nobody_has_is_not_found(busy: Flask, signed_in: SignedIn) -> None:
    client = signed_in(Role.ADMIN)
    csrf = token(client, "/account")
    broken = []
    for rule in _rules(busy):
        numbers = [name for name in rule.arguments if "<int:" + name in rule.rule]
        for bad in (0, 4_000_000_000, 2**63 - 1, 10**30) if numbers else ():
            path = re.sub(r"<int:\w+>", str(bad), rule.rule)
            method = "POST" if "POST" in (rule.methods or ()) else "GET"
            answer = client.open(path, method=method, data={"csrf_token": csrf} if method == "POST" else None)
            # The API reads what was sent before it looks for what the address names.
            expected = (404, 405, 422) if path.startswith("/api/") else (404, 405)
            if answer.status_code not in expected:
                broken.append(f"{method} {path} → {answer.status_code}")
    assert broken == []


def test_whatever_stands_in_an_address_is_answered(busy: Flask, signed_in: SignedIn) -> None:
    client = signed_in(Role.ADMIN)
    broken = [
        (path, bad[:20])
        for path in ADDRESSES
        for bad in ("-1", "9" * 30, "%00", "²", "9999-12-31", "0001-01-01", "%25_", "长" * 2_000, "../../etc")
        if client.get(path.replace("{}", bad)).status_code >= 500
    ]
    assert broken == []


@on_sqlite
def test_what_writes_asks_for_the_token_of_its_form(busy: Flask, signed_in: SignedIn) -> None:
    client = signed_in(Role.ADMIN)
    for rule in _rules(busy):
        for method in {"POST", "PUT", "PATCH", "DELETE"} & (rule.methods or set()):
            assert client.open(_filled(rule), method=method).status_code == 400, rule


@on_sqlite
def test_each_route_opens_to_the_roles_that_have_its_permission(busy: Flask, signed_in: SignedIn) -> None:
    clients = {role: signed_in(role) for role in Role}
    for rule in _rules(busy):
        if "GET" not in (rule.methods or ()):
            continue
        permission = permission_of(busy, rule.endpoint, "GET")
        if permission in (Permission.PUBLIC, Permission.SIGNED_IN):
            continue
        opened = {role for role, client in clients.items() if client.get(_filled(rule)).status_code != 403}
        assert opened == {role for role in Role if may(role, permission)}, rule


def test_the_api_refuses_characters_that_are_none(busy: Flask, signed_in: SignedIn) -> None:
    client = signed_in(Role.OFFICER)
    headers = {"X-CSRFToken": client.get("/api/v1/me").get_json()["csrf_token"]}
    for bad in ("a\0b", "\ud800"):
        line = {"item": "KZ", "quantity": 1, "lot": bad}
        given = {"key": "k", "source": {"name": "医药公司"}, "store": "YY-CK", "lines": [line]}
        answer = client.post("/api/v1/receipts", json=given, headers=headers)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "control-character")


def test_the_name_of_a_file_is_looked_at_too(busy: Flask, signed_in: SignedIn) -> None:
    client = signed_in(Role.ADMIN)
    sent = {"csrf_token": token(client, "/account"), "file": (BytesIO(b"a,b\n1,2\n"), "a\0b.csv")}
    assert client.post("/import/customers", data=sent).status_code == 422


def test_a_text_longer_than_its_column_is_refused_on_both_databases(signed_in: SignedIn, database: Database) -> None:
    client = signed_in(Role.ADMIN)
    sent = {"name": "长" * 201, "sign_in_name": "long", "role": "driver", "unit_id": "1", "password": PASSWORD}
    answer = client.post("/people", data={"csrf_token": token(client, "/account"), **sent})
    assert answer.status_code == 422
    assert "200" in answer.text
    with database.reading() as session:
        assert session.scalar(select(User).where(User.sign_in_name == "long")) is None


@pytest.mark.parametrize("changed", [{"role": "emperor"}, {"sign_in_name": " "}, {"name": ""}])
def test_a_person_needs_a_role_and_names(signed_in: SignedIn, database: Database, changed: dict[str, str]) -> None:
    client = signed_in(Role.ADMIN)
    sent = {"name": "新人", "sign_in_name": "new", "role": "driver", "unit_id": "1", "password": PASSWORD} | changed
    assert client.post("/people", data={"csrf_token": token(client, "/account"), **sent}).status_code == 422
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(User)) == len(Role)


def test_whoever_keeps_trying_is_let_in_again_after_the_wait(
    app: Flask, database: Database, client: FlaskClient
) -> None:
    def tried(password: str) -> int:
        sent = {"csrf_token": token(client), "name": "officer", "password": password}
        return client.post("/sign-in", data=sent).status_code

    for _ in range(TRIES_PER_NAME + 5):
        assert tried("wrong") == 422
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(FailedSignIn)) == TRIES_PER_NAME


def test_guessing_the_old_password_counts_as_trying(signed_in: SignedIn) -> None:
    client = signed_in(Role.OFFICER)
    csrf = token(client, "/account")
    sent = {"csrf_token": csrf, "old": "wrong", "new": "another-2020"}
    for _ in range(TRIES_PER_NAME):
        assert client.post("/account/password", data=sent).status_code == 422
    assert client.post("/account/password", data=sent | {"old": PASSWORD}).status_code == 422


def _mistyped(
    client: FlaskClient, pages: tuple[str, ...], kinds: tuple[str, ...]
) -> Iterator[tuple[Form, str, str, TestResponse]]:
    """Each form of the pages sent as it should be, then with each of its fields spoiled in each of these ways."""
    for page in pages:
        shown = client.get(page)
        assert shown.status_code == 200, page
        for form in Forms(shown.text).found:
            form.action = form.action or page
            if form.action.endswith(LEFT_ALONE):
                continue
            right = {
                name: TYPED.get(f"{page} {name}") or value or TYPED.get(name, "") for name, value in form.fields.items()
            }
            spoiled = [name for name in right if name != "csrf_token" and not re.search(r"-[1-9]", name)]
            for name, kind in [("", "right"), *((name, kind) for name in spoiled for kind in kinds)]:
                sent = {
                    one: text for one, text in (right | ({name: BAD[kind]} if name else {})).items() if text is not None
                }
                send = client.get if form.method == "get" else client.post
                yield form, name, kind, send(form.action, **{"query_string" if form.method == "get" else "data": sent})


def _rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in ("static", "accounts.sign_out")]


def _filled(rule: Rule) -> str:
    """The address of a rule with 1 for every number; a kind of table for every word."""
    return re.sub(r"<\w+>|<path:\w+>", "customers", re.sub(r"<int:\w+>", "1", rule.rule))


def _ask(session: Session, county: County, key: str, quantity: int) -> Requisition:
    return requisitions.ask(
        session,
        key=key,
        unit=session.merge(county.checkpoint),
        item=session.merge(county.masks),
        quantity=quantity,
        daily_need=50,
        at=NOW,
        by="officer",
    )
