"""Items and units for programs: a state that is gone is never written over, and what is sent twice is once."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from logistics.accounts.models import Role
from logistics.db import Database
from tests.county import County
from tests.logistics.conftest import SignedIn

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)

TABLETS = {
    "code": "PT",
    "name": "含氯泡腾片",
    "kind": "disinfectant",
    "base_unit": "片",
    "packs": [{"word": "瓶", "size": 100}],
    "barcodes": [{"code": "6901234567892", "word": "瓶"}],
    "hazard": "chlorine",
    "shelf_life_days": 730,
    "active_mg_per_kg": 455_000,
}
VILLAGE = {"code": "CUN2", "name": "小岭村", "kind": "village", "parent": "YZ1"}


def test_an_item_sent_twice_is_one_and_other_contents_are_refused(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    first, second = (_call(officer, "POST", "/items", TABLETS) for _time in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json == second.json
    assert [one["hazard"] for one in first.json["never_with"]] == ["flammable", "acid", "food"]
    assert _call(officer, "POST", "/items", TABLETS | {"name": "别的"}).status_code == 409


def test_a_lost_update_gives_412_and_nothing_is_lost(signed_in: SignedIn) -> None:
    officer, other = signed_in(Role.OFFICER), signed_in(Role.ADMIN)
    _call(officer, "POST", "/items", TABLETS)
    seen = officer.get("/api/v1/items/PT").headers["ETag"]
    told = {name: value for name, value in TABLETS.items() if name != "code"}
    changed = _call(other, "PUT", "/items/PT", told | {"name": "泡腾片"}, if_match=seen)
    assert changed.status_code == 200
    lost = _call(officer, "PUT", "/items/PT", told | {"name": "消毒片"}, if_match=seen)
    assert (lost.status_code, lost.content_type) == (412, "application/problem+json")
    assert officer.get("/api/v1/items/PT").json["name"] == "泡腾片"
    assert _call(officer, "PUT", "/items/PT", told).status_code == 428
    newest = changed.headers["ETag"]
    assert officer.get("/api/v1/items/PT", headers={"If-None-Match": newest}).status_code == 304
    assert _call(officer, "PUT", "/items/PT", told, if_match=newest).status_code == 200


def test_units_are_as_careful(signed_in: SignedIn) -> None:
    admin = signed_in(Role.ADMIN)
    assert [_call(admin, "POST", "/units", VILLAGE).status_code for _time in range(2)] == [201, 201]
    seen = admin.get("/api/v1/units/CUN2").headers["ETag"]
    told = {"name": "小岭新村", "kind": "village", "lat": 33.0, "lon": 110.7}
    assert _call(admin, "POST", "/units/CUN2/move", {"parent": "YY"}).json["parent"] == "YY"
    assert _call(admin, "PUT", "/units/CUN2", told, if_match=seen).status_code == 412
    seen = admin.get("/api/v1/units/CUN2").headers["ETag"]
    assert _call(admin, "PUT", "/units/CUN2", told | {"lon": None}, if_match=seen).status_code == 422
    assert _call(admin, "PUT", "/units/CUN2", told, if_match=seen).json["lat"] == 33.0


def test_moving_and_closing_are_refused_with_their_reasons(signed_in: SignedIn, county: County) -> None:
    admin = signed_in(Role.ADMIN)
    _call(admin, "POST", "/units", VILLAGE)
    assert _call(admin, "POST", "/units/YZ1/move", {"parent": "CUN2"}).json["code"] == "BelowItself"
    stuck = _call(admin, "POST", "/units/YY-CK/close")
    assert (stuck.status_code, stuck.json["code"]) == (409, "StillInUse")
    assert "20,000 克" in stuck.json["detail"]
    assert _call(admin, "POST", "/units/CUN2/close").json["closed_on"] == "2020-03-15"
    assert [unit["code"] for unit in admin.get("/api/v1/units").json] == ["YY", "CUN1", "KD1", "YY-CK", "YZ1"]
    assert _call(admin, "POST", "/units/CUN2/reopen").json["closed_on"] is None
    assert _call(admin, "POST", "/units/YY/close").status_code == 409


def test_an_appointment_is_recorded_once_by_its_key(signed_in: SignedIn) -> None:
    admin = signed_in(Role.ADMIN)
    chief = {"key": "k", "name": "王队长", "post": "team_leader", "since": "2020-03-01"}
    first, second = (_call(admin, "POST", "/units/CUN1/responsible", chief) for _time in range(2))
    assert first.json == second.json
    assert len(admin.get("/api/v1/units/CUN1/responsible").json) == 1
    ended = {**{name: chief[name] for name in ("name", "post", "since")}, "until": "2020-03-14"}
    person = f"/responsible/{first.json['id']}"
    assert _call(admin, "PUT", f"/units/CUN1{person}", ended).json["until"] == "2020-03-14"
    assert _call(admin, "PUT", f"/units/YZ1{person}", ended).status_code == 404
    assert _call(admin, "POST", "/units/CUN1/responsible", chief | {"name": "李"}).json["code"] == "key-reused"
    assert (
        _call(admin, "POST", "/units/CUN1/responsible", chief | {"key": "2", "until": "2020-02-01"}).status_code == 422
    )


def test_photos_classes_and_scans(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    png = b"\x89PNG\r\n\x1a\n" + bytes(10)
    assert _call(officer, "PUT", "/items/KZ/photo", png).status_code == 204
    assert officer.get("/api/v1/items/KZ/photo").content_type == "image/png"
    assert _call(officer, "PUT", "/items/KZ/photo", b"GIF89a").json["code"] == "not-a-picture"
    assert _call(officer, "DELETE", "/items/KZ/photo").status_code == 204
    made = _call(officer, "POST", "/item-classes", {"code": "XDY", "name": "消毒药液", "unit_word": "升"})
    assert made.status_code == 201
    assert [one["code"] for one in officer.get("/api/v1/item-classes").json] == ["XDY"]
    _call(officer, "POST", "/items", TABLETS | {"item_class": "XDY", "class_units": "3/2"})
    assert officer.get("/api/v1/items/PT").json["class_units"] == "3/2"
    assert officer.get("/api/v1/scan?code=06901234567892").json["word"] == "瓶"
    assert officer.get("/api/v1/scan?code=0000").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "a b"},
        {"name": ""},
        {"packs": [{"word": "瓶", "size": 1}]},
        {"packs": [{"word": "瓶", "size": 100}, {"word": "瓶", "size": 200}]},
        {"packs": [{"word": "片", "size": 100}]},
        {"barcodes": [{"code": "1", "word": "瓶"}]},
        {"barcodes": [{"code": "6901234567892", "word": "桶"}]},
        {"class_units": "1e9999999"},
        {"class_units": "0"},
        {"shelf_life_days": 0},
        {"hazard": "poison"},
    ],
)
def test_shapes_that_cannot_be_are_problems(signed_in: SignedIn, wrong: dict[str, object]) -> None:
    answer = _call(signed_in(Role.OFFICER), "POST", "/items", TABLETS | wrong)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json"), answer.text


def test_officers_describe_items_and_administrators_units(signed_in: SignedIn, database: Database) -> None:
    assert _call(signed_in(Role.REPORTER), "POST", "/items", TABLETS).status_code == 403
    assert _call(signed_in(Role.OFFICER), "POST", "/units", VILLAGE).status_code == 403
    assert signed_in(Role.REPORTER).get("/api/v1/units").status_code == 200


def _call(
    client: FlaskClient, method: str, path: str, body: object = None, *, if_match: str | None = None
) -> TestResponse:
    headers = {"X-CSRFToken": client.get("/api/v1/me").json["csrf_token"]}
    if if_match:
        headers["If-Match"] = if_match
    sent = {"data": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
    return client.open(f"/api/v1{path}", method=method, headers=headers, **sent)
