"""Requisitions, policies and allocations as JSON: asked, reviewed, proposed, decided, explained."""

from fractions import Fraction
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from inventory.norms import Basis
from logistics.accounts.models import Role
from logistics.db import Database
from tests.county import County
from tests.inventory.norms import approved
from tests.logistics.conftest import SignedIn
from tests.logistics.supplies.acts import needs

ASKED = {"key": "a1", "unit": "KD1", "item": "KZ", "quantity": 500, "daily_need": 100}
TERMS = {"item": "KZ", "source": "YY-CK", "pack_word": "盒"}
LADDER = [{"tiers": ["frontline"], "ceiling_days": 2}]


def test_what_is_asked_is_reviewed_once(signed_in: SignedIn, county: County) -> None:
    officer = signed_in(Role.OFFICER)
    asked = _sent(officer, "/api/v1/requisitions", ASKED, 201)
    assert (asked["number"], asked["state"], asked["reviews"]) == ("SL0000001", "open", [])
    review = {"key": "r1", "quantity": 300, "comment": "核减"}
    for _time in range(2):
        reviewed = _sent(officer, "/api/v1/requisitions/SL0000001/reviews", review, 201)
    assert [(one["verdict"], one["quantity_before"]) for one in reviewed["reviews"]] == [("changed", 500)]
    listed = officer.get("/api/v1/requisitions?item=KZ").json
    assert listed is not None
    assert [(one["quantity"], one["approved_by"]) for one in listed] == [(300, "officer")]
    without = _sent(officer, "/api/v1/requisitions/SL0000001/reviews", {"key": "r2", "quantity": 1}, 422)
    assert without["code"] == "no-comment"


def test_a_policy_is_proposed_approved_and_followed(signed_in: SignedIn, database: Database, county: County) -> None:
    officer, leader = signed_in(Role.OFFICER), signed_in(Role.LEADER)
    policy = {"key": "p", "name": "一级", "ladder": LADDER}
    assert _sent(officer, "/api/v1/policies", policy, 201)["approval"] is None
    approval = {"policy": 1, "valid_from": "2020-03-15"}
    _sent(officer, "/api/v1/policies/approvals", approval, 403)
    approved = _sent(leader, "/api/v1/policies/approvals", approval, 201)
    assert approved["approval"]["approved_by"] == "leader"
    needs(database, county, checkpoint=100)
    decided = _decide(officer)
    assert (decided["policy"]["name"], decided["shares"][0]["packs"]) == ("一级", 4)
    listed = officer.get("/api/v1/policies").json
    assert listed is not None
    assert [(one["version"], one["ladder"]) for one in listed] == [(1, LADDER)]


def test_what_was_proposed_is_decided_explained_and_asked_what_if(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=400, station=400, village=400)
    officer = signed_in(Role.OFFICER)
    decided = _decide(officer)
    assert len(decided["fingerprint"]) == 64
    assert decided["shares"][0]["sources"] == [{"store": "YY-CK", "packs": 24}]
    told = officer.get("/api/v1/allocations/1/why/SL0000003").json
    assert told is not None
    assert (told["next_pack"], told["more_needed"]) == (41, 1)
    assert any("排在第 41 位" in sentence for sentence in told["sentences"])
    different = officer.get("/api/v1/allocations/1/what-if?more_packs=2").json
    assert different == [
        {
            "requisition": "SL0000003",
            "unit": "CUN1",
            "packs": 0,
            "otherwise": 2,
            "cover_days": 0.0,
            "cover_otherwise_days": 0.25,
        }
    ]
    assert officer.get("/api/v1/allocations/1/why/三号").status_code == 404
    assert officer.get("/api/v1/allocations/1/what-if?requisition=SL9").status_code == 404
    fair = officer.get("/api/v1/allocations/fairness?item=KZ").json
    assert fair is not None
    assert [(tier["tier"], tier["worst_days"]) for tier in fair[0]["tiers"]] == [
        ("frontline", 3.0),
        ("window", 2.0),
        ("other", 0.0),
    ]
    assert officer.get("/api/v1/allocations/lateral-moves?item=KZ").json == []
    assert officer.get("/api/v1/allocations/lateral-moves?item=KZ&reach_days=20").status_code == 422


def test_only_who_may_sign_overrides(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=400, village=400)
    override = {"requisition": "SL0000002", "packs": 20, "reason": "确诊一例"}
    officer, leader = signed_in(Role.OFFICER), signed_in(Role.LEADER)
    terms = TERMS | {"overrides": [override]}
    refused = _sent(officer, "/api/v1/allocations/proposals", terms, 422)
    assert refused["code"] == "not-permitted"
    decided = _decide(leader, **terms)
    shares = {share["unit"]: (share["packs_without_overrides"], share["packs"]) for share in decided["shares"]}
    assert shares == {"KD1": (24, 20), "CUN1": (16, 20)}


def test_a_store_that_holds_nothing_gives_nothing(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=400)
    terms = TERMS | {"source": "YZ1"}
    assert _sent(signed_in(Role.OFFICER), "/api/v1/allocations/proposals", terms, 422)["code"] == "empty-store"


def test_a_proposal_that_has_changed_is_not_decided(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=400)
    officer = signed_in(Role.OFFICER)
    body = TERMS | {"key": "d", "seen": "0" * 64}
    assert _sent(officer, "/api/v1/allocations", body, 409)["code"] == "ProposalChanged"


def _decide(client: FlaskClient, **change: Any) -> Any:
    terms = TERMS | change
    proposed = _sent(client, "/api/v1/allocations/proposals", terms, 200)
    decision = terms | {"key": "d", "seen": proposed["seen"]}
    decided = _sent(client, "/api/v1/allocations", decision, 201)
    again = _sent(client, "/api/v1/allocations", decision, 201)
    assert (again["id"], again["shares"]) == (decided["id"], decided["shares"])  # sent twice, decided once
    return decided


def _sent(client: FlaskClient, path: str, body: dict[str, Any], status: int) -> Any:
    me = client.get("/api/v1/me").json
    assert me is not None
    answer: TestResponse = client.post(path, json=body, headers={"X-CSRFToken": me["csrf_token"]})
    assert answer.status_code == status, answer.text
    return answer.json


def test_the_need_that_decides_is_told_beside_the_one_asked_with(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    with database.transaction() as session:
        approved(session, session.merge(county.masks), Basis.POINT_DAY, Fraction(45, 2))
    officer = signed_in(Role.OFFICER)
    asked = _sent(officer, "/api/v1/requisitions", ASKED, 201)
    figures = ("daily_need", "told_daily_need", "need_source")
    assert [asked[name] for name in figures] == [22.5, 100, "norm"]
    proposed = _sent(officer, "/api/v1/allocations/proposals", TERMS, 200)
    assert [proposed["shares"][0][name] for name in figures] == [22.5, 100, "norm"]
    with database.transaction() as session:
        # Another paper with the same amount: everybody would get the same, and yet it is not what was looked at.
        approved(session, session.merge(county.masks), Basis.POINT_DAY, Fraction(45, 2), source="市局〔2020〕3号")
    decision = TERMS | {"key": "d", "seen": proposed["seen"]}
    assert _sent(officer, "/api/v1/allocations", decision, 409)["code"] == "ProposalChanged"


def test_a_requisition_that_has_not_changed_is_not_sent_again(signed_in: SignedIn, county: County) -> None:
    officer = signed_in(Role.OFFICER)
    _sent(officer, "/api/v1/requisitions", ASKED, 201)
    seen = officer.get("/api/v1/requisitions/SL0000001")
    assert (seen.status_code, seen.json["need_source"]) == (200, "told")
    unchanged = officer.get("/api/v1/requisitions/SL0000001", headers={"If-None-Match": seen.headers["ETag"]})
    assert unchanged.status_code == 304
    assert officer.get("/api/v1/requisitions/SL9").status_code == 404
