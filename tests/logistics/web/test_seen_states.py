"""ETags of the API: what has not changed is not sent again, and an act on a state that is gone is refused."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from inventory.assets import AssetEvent
from inventory.catalogue import ItemKind, add_item
from inventory.norms import Basis, NormState
from logistics.accounts.models import Role
from logistics.db import Database
from tests.county import County
from tests.inventory.norms import propose
from tests.logistics.conftest import SignedIn
from tests.logistics.incoming import incoming

POLICY = {"key": "p", "name": "一级", "ladder": [{"tiers": ["frontline"], "ceiling_days": 2}]}
GUN = {"key": "a", "item": "CWQ", "unit": "YY-CK", "serials": ["T1"], "acquired_on": "2020-03-01"}
OUT = {"key": "out", "act": "handed_out", "holder": "王卫"}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_what_has_not_changed_is_not_sent_again(signed_in: SignedIn, database: Database, county: County) -> None:
    incoming(database, county)
    with database.transaction() as session:
        propose(session, session.merge(county.masks), Basis.POINT_DAY, 1)
    officer = _officer_with_gun(signed_in, database)
    _post(officer, "/policies", POLICY)
    assert _post(officer, "/counts", {"key": "c", "place": "YY-CK"}).status_code == 201
    for path in (
        *("/lots/1", "/norms/1", "/policies/1", "/assets/1", "/counts/1"),
        *("/purchase-orders/1", "/donations/1", "/consignments/1"),
    ):
        seen = officer.get(f"/api/v1{path}")
        assert seen.status_code == 200, path
        again = officer.get(f"/api/v1{path}", headers={"If-None-Match": seen.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), path
        assert officer.get(f"/api/v1{path}9").status_code == 404, path


def test_an_act_on_a_state_that_is_gone_is_refused_and_a_repeated_one_is_not(
    signed_in: SignedIn, database: Database
) -> None:
    officer = _officer_with_gun(signed_in, database)
    seen = officer.get("/api/v1/assets/1").headers["ETag"]
    assert [_post(officer, "/assets/1/acts", OUT, if_match=seen).status_code for _time in range(2)] == [201, 201]
    back = {"key": "back", "act": "returned"}
    late = _post(officer, "/assets/1/acts", back, if_match=seen)
    assert (late.status_code, late.content_type) == (412, "application/problem+json")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AssetEvent)) == 2  # registered, handed out
    assert _post(officer, "/assets/1/acts", back).status_code == 201


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_norms_offers_and_requisitions_are_decided_as_they_were_seen(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    incoming(database, county)
    with database.transaction() as session:
        propose(session, session.merge(county.masks), Basis.POINT_DAY, 1)
    officer, leader = signed_in(Role.OFFICER), signed_in(Role.LEADER)
    norm = officer.get("/api/v1/norms/1").headers["ETag"]
    assert _post(leader, "/norms/1/refusal", {"note": "重复"}, if_match=norm).json["state"] == NormState.DECLINED
    assert _post(leader, "/norms/1/approval", {}, if_match=norm).status_code == 409
    offer = officer.get("/api/v1/donations/2").headers["ETag"]
    decided = {"accept": True}
    assert _post(officer, "/donations/2/decision", decided, if_match='"gone"').status_code == 412
    assert officer.get("/api/v1/donations/2").json["state"] == "offered"
    assert _post(officer, "/donations/2/decision", decided, if_match=offer).json["state"] == "accepted"
    _post(officer, "/requisitions", {"key": "r", "unit": "KD1", "item": "KZ", "quantity": 500, "daily_need": 100})
    asked = officer.get("/api/v1/requisitions/SL0000001").headers["ETag"]
    for key, status in (("first", 201), ("first", 201), ("second", 412)):
        answer = _post(officer, "/requisitions/SL0000001/reviews", {"key": key, "quantity": 500}, if_match=asked)
        assert answer.status_code == status, key
    assert len(officer.get("/api/v1/requisitions/SL0000001").json["reviews"]) == 1


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_the_description_says_which_acts_look_at_what_was_seen(signed_in: SignedIn) -> None:
    described = signed_in(Role.OFFICER).get("/api/v1/openapi.json").json
    act = described["paths"]["/api/v1/assets/{asset_id}/acts"]["post"]
    assert [parameter["name"] for parameter in act["parameters"]] == ["If-Match"]
    assert {"201", "412"} <= act["responses"].keys()
    assert "304" in described["paths"]["/api/v1/norms/{norm_id}"]["get"]["responses"]


def _officer_with_gun(signed_in: SignedIn, database: Database) -> FlaskClient:
    with database.transaction() as session:
        add_item(session, code="CWQ", name="体温枪", kind=ItemKind.EQUIPMENT, base_unit="把")
    officer = signed_in(Role.OFFICER)
    assert _post(officer, "/assets", GUN).status_code == 201
    return officer


def _post(client: FlaskClient, path: str, body: object, *, if_match: str | None = None) -> TestResponse:
    headers = {"X-CSRFToken": client.get("/api/v1/me").json["csrf_token"]} | (
        {"If-Match": if_match} if if_match else {}
    )
    return client.post(f"/api/v1{path}", json=body, headers=headers)
