"""Counts by program: the same steps and the same blindness as on the pages."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from logistics.accounts.models import Role
from tests.logistics.conftest import SignedIn

START = {"key": "robot-1", "place": "YY-CK", "recount_percent": None}


def call(client: FlaskClient, method: str, path: str, given: object = None) -> TestResponse:
    me = client.get("/api/v1/me").get_json()
    return client.open(f"/api/v1{path}", method=method, json=given, headers={"X-CSRFToken": me["csrf_token"]})


def test_a_program_counts_and_posts(signed_in: SignedIn) -> None:
    robot = signed_in(Role.OFFICER)
    first = call(robot, "POST", "/counts", START)
    assert first.status_code == 201, first.text
    assert call(robot, "POST", "/counts", START).get_json()["count"]["id"] == first.get_json()["count"]["id"]
    lines = [{"item": "KZ", "lot": "M1", "quantity": 480}, {"item": "KZ", "lot": "NEW", "quantity": 7}]
    for _twice in range(2):
        blind = call(robot, "POST", "/counts/1/entries", {"key": "e", "lines": lines}).get_json()
    counted = {line["lot"]: line for line in blind["lines"]}
    assert counted["M1"]["counted"] == 480
    assert "expected" not in counted["M1"]
    checked = call(robot, "POST", "/counts/1/submission").get_json()
    assert {line["lot"]: (line["difference"], line["awaits"]) for line in checked["lines"]} == {
        "M1": (-20, "reason"),
        "NEW": (7, "reason"),
    }
    waiting = call(robot, "POST", "/counts/1/posting").get_json()
    assert waiting["count"]["state"] == "checking"
    reasons = [{"item": "KZ", "lot": lot, "reason": "miscounted"} for lot in ("M1", "NEW")]
    assert call(robot, "POST", "/counts/1/reasons", {"lines": reasons}).status_code == 200
    for _twice in range(2):
        posted = call(robot, "POST", "/counts/1/posting").get_json()
        assert (posted["count"]["state"], posted["count"]["document"]) == ("posted", "PD0000002")
    assert [count["number"] for count in robot.get("/api/v1/counts").get_json()] == ["PC0000001"]


def test_what_cannot_be_is_a_problem(signed_in: SignedIn) -> None:
    robot = signed_in(Role.OFFICER)
    assert call(robot, "POST", "/counts", START | {"place": "KD9"}).status_code == 404
    call(robot, "POST", "/counts", START)
    assert call(robot, "POST", "/counts/1/submission").get_json()["code"] == "nothing-counted"
    future = {"item": "KZ", "lot": "M1", "quantity": 1, "counted_at": "2020-03-15T09:00:00+08:00"}
    assert call(robot, "POST", "/counts/1/entries", {"key": "k", "lines": [future]}).get_json()["code"] == "future"
    assert call(robot, "POST", "/counts/1/withdrawal").get_json()["count"]["state"] == "withdrawn"
    assert call(signed_in(Role.LEADER), "POST", "/counts", START).status_code == 403
