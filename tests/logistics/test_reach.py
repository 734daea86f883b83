"""Nobody sees or changes what belongs to a unit out of reach, however its address was come by."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from inventory import units
from inventory.units import UnitKind
from logistics.accounts.models import Role, User
from logistics.accounts.permissions import Permission, may
from logistics.db import Database
from logistics.orders.models import Customer
from logistics.web.guard import permission_of
from logistics.workbooks.errors import RowErrors
from tests.county import NOW, PASSWORD, County
from tests.logistics.conftest import SignedIn, token
from tests.logistics.imports.tables import CUSTOMER, CUSTOMERS, ORDER, ORDERS, SHIFTS, UNITS, VEHICLES, changed, take
from tests.logistics.test_hostile_forms import busy

__all__ = ["busy"]

#: What belongs to everybody, and the way in.
COMMON = re.compile(r"/(api/v1/)?(items|item-classes|norms|import|help|static|scan|language)\b|/sign-|/account")
#: A body that the API would take if the address were one's own.
LINE: dict[str, object] = {"item": "KZ", "lot": "M1", "quantity": 1}
BODIES: dict[str, dict[str, object]] = {
    "/assets/<>/acts": {"act": "retired", "note": "x"},
    "/counts/<>/entries": {"lines": [LINE]},
    "/counts/<>/reasons": {"lines": [{"item": "KZ", "lot": "M1", "reason": "broken"}]},
    "/consignments/<>/arrival": {"reason": ""},
    "/differences/<>/answers": {"answer": "lost", "quantity": 1, "reason": ""},
    "/day-closings/<>/reopening": {"reason": "x"},
    "/donations/<>/decision": {"accept": True},
    "/donations/<>/receipts": {"store": "FX", "lines": [LINE]},
    "/donations/<>/money": {"amount_fen": 1},
    "/fund-entries/<>/reversal": {"reason": "x"},
    "/funds/<>/spendings": {"amount_fen": 1, "order": "CG0000001"},
    "/lots/<>/returns": {"source": 1, "store": "FX", "quantity": 1, "reason": "x"},
    "/lots/<>/status": {"status": "recalled", "reason": "x"},
    "/purchase-orders/<>/cancel": {"version": 1},
    "/purchase-orders/<>/close": {"version": 1, "reason": "x"},
    "/purchase-orders/<>/receipts": {"store": "FX", "lines": [LINE]},
    "/requisition-sheets/<>/reviews": {"lines": [{"requisition": "SL0000001", "quantity": 1}]},
    "/requisitions/<>/reviews": {"quantity": 1},
    "/units/<>": {"name": "x", "kind": "village"},
    "/units/<>/facts": {"valid_from": "2020-03-15", "households": 1},
    "/units/<>/move": {"parent": "FX"},
    "/units/<>/reorder": {"item": "KZ", "minimum_days": 1, "lead_days": 1, "target_days": 2, "pack_word": "盒"},
    "/units/<>/responsible": {"name": "x", "post": "keeper", "since": "2020-03-15"},
    "/units/<>/responsible/<>": {"name": "x", "post": "keeper", "since": "2020-03-15"},
}
#: What takes no client key: it states how things are to be, or which version it has seen.
WITHOUT_KEY = re.compile(r"/(decision|cancel|close|reasons|move|reorder|units/<>|responsible/<>)$")
#: Who tries, the least powerful first.
TRIES = (Role.OFFICER, Role.DISPATCHER, Role.LEADER, Role.CHIEF, Role.ADMIN)


@pytest.fixture
def strangers(busy: Flask, database: Database, county: County) -> dict[Role, FlaskClient]:
    """People of another county, signed in."""
    _people_of_another_county(database, county)
    return {role: _signed_in(busy.test_client(), f"fx-{role}") for role in TRIES}


def _people_of_another_county(database: Database, county: County) -> None:
    with database.transaction() as session:
        other = units.add_unit(session, code="FX", name="房县局", kind=UnitKind.COUNTY)
        for role in TRIES:
            password_hash = county.people[role].password_hash
            person = User(sign_in_name=f"fx-{role}", name=role, role=role, unit=other, password_hash=password_hash)
            person.created_at, person.phone, person.active = NOW, "", True
            session.add(person)


def _signed_in(client: FlaskClient, name: str) -> FlaskClient:
    answer = client.post("/sign-in", data={"csrf_token": token(client), "name": name, "password": PASSWORD})
    assert answer.status_code == 302, answer.text
    return client


def test_what_belongs_to_another_unit_is_not_found_under_any_address(
    busy: Flask, strangers: dict[Role, FlaskClient]
) -> None:
    tokens = {role: token(client, "/account") for role, client in strangers.items()}
    reached = []
    for rule in busy.url_map.iter_rules():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} & (rule.methods or set()):
            if not rule.arguments or COMMON.match(rule.rule):
                continue
            role = _who_may(permission_of(busy, rule.endpoint, method))
            for number in (1, 2):
                path = _addressed(rule, number)
                answer = strangers[role].open(path, method=method, **_sent(rule, method, tokens[role]))
                if answer.status_code not in (403, 404):
                    reached.append((method, path, role.value, answer.status_code))
    assert reached == []


def _who_may(permission: Permission) -> Role:
    return next(role for role in TRIES if may(role, permission))


def _addressed(rule: Rule, number: int) -> str:
    words = {"act": "retired", "number": f"SL{number:07d}", "point": f"SL{number:07d}"}
    numbered = re.sub(r"<int:\w+>", str(number), rule.rule)
    return re.sub(r"<(\w+)>", lambda found: words.get(found[1], "KD1"), numbered)


def _sent(rule: Rule, method: str, csrf: str) -> dict[str, Any]:
    if method == "GET":
        return {}
    if rule.rule.startswith("/api/v1"):
        plain = re.sub(r"<[^>]+>", "<>", rule.rule.removeprefix("/api/v1"))
        key = {} if WITHOUT_KEY.search(plain) else {"key": "k"}
        return {"json": key | BODIES.get(plain, {}), "headers": {"X-CSRFToken": csrf, "If-Match": '"x"'}}
    return {"data": {"csrf_token": csrf, "key": "k"}}


def test_lists_and_forms_hold_nothing_of_another_unit(
    busy: Flask, strangers: dict[Role, FlaskClient], county: County
) -> None:
    theirs = ("李家烟酒店", "鄂C0001", "PS0000001", "区局仓库", "CC0000001", ">driver<")
    depot, unit = county.store.id, county.bureau.id
    lists = ("/", "/customers", "/delivery-orders", "/fleet", "/fleet/new", "/fleet/shifts", "/trips", "/trips/sheets")
    for path in (*lists, "/people", "/driver", "/plans", f"/plans/outlook?depot={depot}", "/import/customers"):
        for role in (Role.DISPATCHER, Role.ADMIN):
            page = strangers[role].get(path).text
            assert not [word for word in theirs if word in page], (path, role)
    person = {"name": "新", "sign_in_name": "new", "role": "admin", "password": PASSWORD, "unit_id": unit}
    shift = {"plate": "鄂C0001", "driver": "driver", "day": "2020-03-17", "starts": "08:00", "ends": "17:00"}
    for role, path, told in (
        (Role.DISPATCHER, "/plans", {"depot": depot, "budget_s": 5, "key": "theirs"}),
        (Role.ADMIN, "/people", person),
        (Role.DISPATCHER, "/fleet/shifts", shift),
    ):
        answer = strangers[role].post(path, data={"csrf_token": token(strangers[role], "/account")} | told)
        assert answer.status_code == 422, path


def test_a_table_changes_nothing_of_another_unit(database: Database, county: County) -> None:
    _people_of_another_county(database, county)
    for kind, rows, code in (
        ("units", (UNITS, ("KD1", "卡点", "卡点", "FX", "", "", "", "")), "of_another_unit"),
        ("units", (UNITS, ("NEW", "卡点", "卡点", "YY", "", "", "", "")), "unknown"),
        ("customers", (CUSTOMERS, changed(CUSTOMER, c0="420304100001", c2="FX")), "of_another_unit"),
        ("orders", (ORDERS, ORDER), "unknown"),
        ("vehicles", (VEHICLES, ("鄂C0001", "面包车", 800, 3000, "FX", "", "")), "of_another_unit"),
        ("shifts", (SHIFTS, ("鄂C0001", "driver", "2020-03-17", "08:00", "17:00")), "unknown"),
    ):
        with pytest.raises(RowErrors) as refused:
            take(database, kind, *rows, by="fx-admin")
        assert code in {error.code for error in refused.value.errors}, kind


def test_who_receives_a_delivery_sees_it_and_does_not_call_it_off(
    busy: Flask, signed_in: SignedIn, database: Database, county: County
) -> None:
    with database.transaction() as session:
        session.get_one(Customer, county.shop.id).unit = session.merge(county.station)
        session.get_one(User, county.people[Role.OFFICER].id).unit = session.merge(county.station)
    officer = signed_in(Role.OFFICER)
    page = officer.get("/delivery-orders/2")
    assert "李家烟酒店" in page.text
    assert "/delivery-orders/2/cancel" not in page.text
    csrf = token(officer, "/account")
    assert officer.post("/delivery-orders/2/cancel", data={"csrf_token": csrf}).status_code == 409
    assert officer.get("/delivery-orders/3").status_code == 404
