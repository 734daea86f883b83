"""The JSON API: the same acts, permissions and care as the pages, for programs."""

import re
from collections.abc import Mapping

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from inventory import ledger
from inventory.sharing import share_out
from logistics.accounts.models import Role
from logistics.db import Database
from tests.county import County, recorded
from tests.logistics.conftest import SignedIn
from tests.logistics.supplies.acts import needs

RECEIPT = {
    "key": "from-the-pharmacy-17",
    "source": {"place": "supplier", "name": "医药公司"},
    "store": "YY-CK",
    "reason": "合同 17",
    "lines": [{"item": "KZ", "quantity": 500, "lot": "H1", "expires_on": "2022-06-30"}],
}
ISSUE = {"key": "till-3", "store": "YY-CK", "lines": [{"item": "KZ", "quantity": 600}]}


def test_the_description_is_openapi_3_1_and_names_every_route(
    app: Flask, signed_in: SignedIn, client: FlaskClient
) -> None:
    assert client.get("/api/v1/openapi.json").status_code == 401
    description = signed_in(Role.OFFICER).get("/api/v1/openapi.json").json
    assert description is not None
    assert description["openapi"] == "3.1.0"
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")}
    told = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule) for rule in rules - {"/api/v1/openapi.json"}}
    assert set(description["paths"]) == told
    assert "/api/v1/items" in told


def test_items_come_with_their_packs(signed_in: SignedIn) -> None:
    items = signed_in(Role.OFFICER).get("/api/v1/items").json
    assert items is not None
    masks = next(item for item in items if item["code"] == "KZ")
    assert masks["packs"] == [{"word": "盒", "size": 50}, {"word": "箱", "size": 2000}]


def test_stock_of_a_unit_with_its_cover(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=400)
    officer = signed_in(Role.OFFICER)
    lines = officer.get("/api/v1/units/YY/stock").json
    assert lines is not None
    assert lines[0] == {
        "item": "KZ",
        "name": "一次性口罩",
        "base_unit": "只",
        "on_hand": 2_000,
        "reserved": 0,
        "expired": 0,
        "held_back": 0,
        "in_transit": 0,
        "restricted": 0,
        "available": 2_000,
        "next_expiry": "2020-06-01",
        "daily_need": 400,
        "cover_days": 5.0,
    }
    assert officer.get("/api/v1/units/YY/stock?below=false").json == []


def test_a_receipt_sent_twice_is_recorded_once(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    first, second = (_post(officer, "/api/v1/receipts", RECEIPT) for _time in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json == second.json
    assert first.json is not None
    assert first.json["number"] == "RK0000002"
    assert first.json["lines"][0]["lot"] == "H1"


def test_an_issue_takes_the_first_expiring_lots(signed_in: SignedIn) -> None:
    answer = _post(signed_in(Role.OFFICER), "/api/v1/issues", ISSUE)
    assert answer.json is not None
    assert [(line["lot"], line["quantity"]) for line in answer.json["lines"]] == [("M1", 500), ("M2", 100)]
    assert answer.json["kind"] == "issue"


def test_an_issue_to_another_store_is_a_transfer(signed_in: SignedIn) -> None:
    answer = _post(signed_in(Role.OFFICER), "/api/v1/issues", ISSUE | {"to": "KD1"})
    assert answer.json is not None
    assert answer.json["kind"] == "transfer"
    assert answer.json["lines"][0]["destination"] == "高速卡点"


def test_too_much_is_a_problem_that_says_what_is_left(signed_in: SignedIn) -> None:
    answer = _post(signed_in(Role.OFFICER), "/api/v1/issues", ISSUE | {"lines": [{"item": "KZ", "quantity": 2_001}]})
    _is_problem(answer, 409)
    assert answer.json is not None
    assert (answer.json["code"], answer.json["available"]) == ("short", 2_000)
    assert "只剩" in answer.json["detail"]


def test_shapes_that_cannot_be_are_told_by_their_place(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    lines = [{"item": "KZ", "quantity": 1.5}, {"quantity": -1, "expires_on": "2022-02-30"}]
    answer = _post(officer, "/api/v1/receipts", RECEIPT | {"lines": lines})
    _is_problem(answer, 422)
    assert answer.json is not None
    wrong = answer.json["errors"]["json"]["lines"]
    assert set(wrong["0"]) == {"quantity"}
    assert set(wrong["1"]) == {"item", "quantity", "expires_on"}


def test_unknown_things_and_contradictions_are_problems(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    _is_problem(_post(officer, "/api/v1/receipts", RECEIPT | {"store": "nowhere"}), 404)
    _is_problem(_post(officer, "/api/v1/issues", ISSUE | {"lines": [{"item": "nothing", "quantity": 1}]}), 404)
    _is_problem(_post(officer, "/api/v1/receipts", RECEIPT | {"source": {"place": "lost", "name": ""}}), 422)
    other_expiry = [{"item": "KZ", "quantity": 1, "lot": "M1", "expires_on": "2030-01-01"}]
    answer = _post(officer, "/api/v1/receipts", RECEIPT | {"lines": other_expiry})
    _is_problem(answer, 409)
    expired = [{"item": "KZ", "quantity": 1, "lot": "H0", "expires_on": "2020-03-14"}]
    answer = _post(officer, "/api/v1/receipts", RECEIPT | {"lines": expired})
    _is_problem(answer, 409)
    assert "2020年3月14日" in (answer.json or {})["detail"]
    _post(officer, "/api/v1/issues", ISSUE)
    _is_problem(_post(officer, "/api/v1/issues", ISSUE | {"lines": [{"item": "KZ", "quantity": 1}]}), 409)


def test_permissions_and_sign_in_hold_here_too(signed_in: SignedIn, client: FlaskClient) -> None:
    _is_problem(client.get("/api/v1/items"), 401)
    _is_problem(_post(signed_in(Role.REPORTER), "/api/v1/receipts", RECEIPT), 403)
    _is_problem(signed_in(Role.DRIVER).get("/api/v1/items"), 403)
    _is_problem(signed_in(Role.OFFICER).post("/api/v1/receipts", json=RECEIPT), 400)  # without X-CSRFToken
    _is_problem(signed_in(Role.OFFICER).get("/api/v1/nothing"), 404)
    _is_problem(signed_in(Role.OFFICER).delete("/api/v1/items"), 405)


def test_head_and_options_are_answered(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    assert officer.head("/api/v1/items").status_code == 200
    assert officer.options("/api/v1/receipts").status_code == 200


def test_an_allocation_tells_who_got_what_and_why(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=400, station=400, village=400)
    with database.transaction() as session:
        run = share_out(
            session,
            recorded=recorded("share"),
            item_id=county.masks.id,
            source_id=county.store.id,
            pack_word="盒",
        )
    allocation = signed_in(Role.LEADER).get(f"/api/v1/allocations/{run.id}").json
    assert allocation is not None
    assert (allocation["item"], allocation["packs"]) == ("KZ", 40)
    assert allocation["ladder"][0] == {"tiers": ["frontline"], "ceiling_days": 3}
    shares = {share["unit"]: share for share in allocation["shares"]}
    assert shares["KD1"]["packs"] == 24
    assert shares["CUN1"]["more_needed"] == 1
    assert "再有 1 盒就轮到" in shares["CUN1"]["why"]
    _is_problem(signed_in(Role.LEADER).get("/api/v1/allocations/99"), 404)


def test_nothing_is_recorded_of_what_was_refused(app: Flask, signed_in: SignedIn, database: Database) -> None:
    _post(signed_in(Role.OFFICER), "/api/v1/issues", ISSUE | {"lines": [{"item": "KZ", "quantity": 2_001}]})
    with database.reading() as session:
        assert ledger.document_by_key(session, ISSUE["key"]) is None  # type: ignore[arg-type]


def _post(client: FlaskClient, path: str, body: Mapping[str, object]) -> TestResponse:
    me = client.get("/api/v1/me").json
    assert me is not None
    return client.post(path, json=body, headers={"X-CSRFToken": me["csrf_token"]})


def _is_problem(answer: TestResponse, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["status"] == status
    assert answer.json["detail"]
