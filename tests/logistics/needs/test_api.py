"""Norms, needs, doses, tasks and reordering for programs."""

from collections.abc import Mapping

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from inventory.norms import Basis
from logistics.accounts.models import Role
from logistics.db import Database
from tests.county import County
from tests.inventory.norms import approved
from tests.logistics.conftest import SignedIn

NORM = {
    "key": "norm-1",
    "item": "KZ",
    "basis": "person_shift",
    "amount": "5/2",
    "tiers": ["frontline"],
    "source": "市局〔2020〕12号",
    "valid_from": "2020-03-01",
}
FACTS = {"key": "facts-1", "valid_from": "2020-03-15", "people_per_shift": 6, "shifts_a_day": 3}
ROUND = {
    "key": "round-1",
    "unit": "YY-CK",
    "store": "YY-CK",
    "item": "XD84",
    "area_m2": 10_000,
    "target_mg_per_l": 500,
}


def send(client: FlaskClient, path: str, given: Mapping[str, object], *, method: str = "POST") -> TestResponse:
    me = client.get("/api/v1/me").get_json()
    return client.open(f"/api/v1{path}", method=method, json=given, headers={"X-CSRFToken": me["csrf_token"]})


def test_a_norm_comes_into_force_and_the_need_says_how_it_came_about(signed_in: SignedIn) -> None:
    officer, leader = signed_in(Role.OFFICER), signed_in(Role.LEADER)
    proposed = [send(officer, "/norms", NORM).get_json() for _time in range(2)]
    assert proposed[0] == proposed[1]
    assert (proposed[0]["amount"], proposed[0]["state"], proposed[0]["decisions"]) == ("5/2", "proposed", [])
    assert send(officer, "/norms/1/approval", {}).status_code == 403
    assert send(leader, "/norms/1/approval", {}).get_json()["state"] == "approved"
    assert send(officer, "/units/KD1/facts", FACTS).get_json()["people_per_shift"] == 6
    [need] = officer.get("/api/v1/units/KD1/needs").get_json()
    assert need == {
        "item": "KZ",
        "usable": 0,
        "daily_need": 45,
        "reckoned": True,
        "parts": [{"norm": "BZ0000001", "basis": "person_shift", "amount": "5/2", "count": 18}],
        "cover_days": 0.0,
        "runs_out_on": "2020-03-15",
        "heat": "out",
        "burn_rate": None,
        "differs": False,
    }
    assert send(leader, "/norms/1/end", {"note": "到期", "day": "2020-03-15"}).get_json()["state"] == "ended"
    assert send(leader, "/norms/1/refusal", {"note": "不行"}).status_code == 409
    assert [norm["number"] for norm in officer.get("/api/v1/norms").get_json()] == ["BZ0000001"]
    assert len(officer.get("/api/v1/units/KD1/facts").get_json()) == 1


def test_facts_sent_again_are_the_same_whatever_was_told_since(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    first = {"key": "phone-1", "valid_from": "2020-03-15", "people_per_shift": 7}
    told = send(officer, "/units/KD1/facts", first)
    send(officer, "/units/KD1/facts", {"key": "phone-2", "valid_from": "2020-03-15", "area_m2": 90})
    again = send(officer, "/units/KD1/facts", first)
    assert again.status_code == 201
    assert again.get_json() | {"told_at": ""} == told.get_json() | {"told_at": ""}
    newest = officer.get("/api/v1/units/KD1/facts").get_json()[0]
    assert (newest["people_per_shift"], newest["area_m2"]) == (7, 90)


def test_an_amount_that_is_none_is_refused(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    for amount in ("0", "-1", "1/0", "two", "9" * 50, ""):
        assert send(officer, "/norms", NORM | {"amount": amount}).status_code == 422, amount


def test_a_dose_is_reckoned_and_a_round_books_it_once(signed_in: SignedIn, database: Database, county: County) -> None:
    officer = signed_in(Role.OFFICER)
    asked = "/api/v1/dose?item=XD84&target_mg_per_l=500&volume_ml=2000000"
    assert officer.get(asked).get_json()["code"] == "no-concentration"
    with database.transaction() as session:
        session.merge(county.disinfectant).active_mg_per_kg = 50_000
    assert officer.get(asked).get_json() == {
        "product_g": 20_000.0,
        "product_ml": 20_000.0,
        "water_ml": 1_980_000.0,
        "serves_m2": 20_000.0,
    }
    first, second = (send(officer, "/tasks/rounds", ROUND).get_json() for _time in range(2))
    assert first == second
    assert first["document"]["lines"][0]["quantity"] == 10_000
    assert first["figures"]["area_m2"] == 10_000
    short = send(officer, "/tasks/rounds", ROUND | {"key": "round-2", "rounds": 2}).get_json()
    assert (short["code"], short["available"], short["wanted"]) == ("short", 10_000, 20_000)
    assert [task["kind"] for task in officer.get("/api/v1/tasks").get_json()] == ["round"]


def test_a_shift_books_the_norm_or_what_was_used(signed_in: SignedIn, database: Database, county: County) -> None:
    with database.transaction() as session:
        approved(session, county.masks, Basis.PERSON_SHIFT, 2)
    officer = signed_in(Role.OFFICER)
    shift = {"key": "s1", "unit": "KD1", "store": "YY-CK", "people": 7}
    assert send(officer, "/tasks/shifts", shift).get_json()["document"]["lines"][0]["quantity"] == 14
    counted = shift | {"key": "s2", "used": [{"item": "KZ", "quantity": 9}]}
    assert send(officer, "/tasks/shifts", counted).get_json()["document"]["lines"][0]["quantity"] == 9
    two_lines = shift | {"key": "s3", "used": [{"item": "KZ", "quantity": 9}, {"item": "KZ", "quantity": 4}]}
    assert send(officer, "/tasks/shifts", two_lines).get_json()["document"]["lines"][0]["quantity"] == 13
    assert [task["document"]["lines"][0]["quantity"] for task in officer.get("/api/v1/tasks").get_json()][:2] == [13, 9]


def test_what_to_order_comes_with_its_method(signed_in: SignedIn, database: Database, county: County) -> None:
    with database.transaction() as session:
        approved(session, county.masks, Basis.PERSON_SHIFT, 10)
    officer = signed_in(Role.OFFICER)
    # Thirty people use 300 a day: 5 days and 3 in reserve are 2,400, more than 2,000; 15 days are 4,500.
    rule = {"item": "KZ", "minimum_days": 3, "lead_days": 5, "target_days": 10, "pack_word": "箱"}
    [set_] = send(officer, "/units/YY/reorder", rule, method="PUT").get_json()
    assert set_ == officer.get("/api/v1/units/YY/reorder").get_json()[0]
    assert (set_["method"], set_["why"], set_["order_point"], set_["packs"], set_["quantity"]) == (
        "norm",
        "short_history",
        2_400,
        2,
        4_000,
    )
    assert send(signed_in(Role.LEADER), "/units/YY/reorder", rule, method="PUT").status_code == 403
