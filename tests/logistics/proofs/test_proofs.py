"""The books proved from a page, by the API and by night."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from logistics.accounts.models import Role
from logistics.db import Database
from logistics.proofs import operations
from logistics.proofs.checks import CHECKS, Checked
from logistics.proofs.models import ProofRun, ProofState
from logistics.proofs.operations import GONE_AFTER, make_next
from tests.county import NOW, County
from tests.engines import on_sqlite
from tests.logistics.conftest import SignedIn, token


def test_a_proof_that_is_asked_for_is_made_and_tells_how_much_it_looked_at(database: Database, county: County) -> None:
    asked(database)
    made = make_next(database, lambda: NOW)
    assert made is not None
    assert (made.state, made.check, made.ended_at) == (ProofState.PROVED, "", NOW)
    assert [result["check"] for result in made.results] == list(CHECKS)
    assert made.results[0]["counts"] == {"movements": 4, "balances": 8, "lots": 4}
    assert make_next(database, lambda: NOW) is None


def test_what_was_changed_behind_the_ledger_is_told_by_the_codes_people_know(
    database: Database, county: County
) -> None:
    with database.transaction() as session:
        session.execute(text("UPDATE balance SET quantity = 499 WHERE quantity = 500 AND guarded AND lot_id = 1"))
    asked(database)
    made = make_next(database, lambda: NOW)
    assert made is not None
    assert made.state is ProofState.NOT_PROVED
    found = made.results[0]["found"]
    assert {"rule": "balance", "where": "YY-CK · KZ · M1", "expected": "500", "found": "499"} in found


def test_who_asks_while_a_proof_is_under_way_is_answered_with_that_one(database: Database, county: County) -> None:
    first, second = asked(database, "a"), asked(database, "b")
    assert first.id == second.id
    make_next(database, lambda: NOW)
    assert asked(database, "c").id != first.id


def test_a_proof_stopped_while_at_work_stays_stopped(database: Database, county: County) -> None:
    proof_id = asked(database).id

    def stopped_meanwhile(session: Session) -> Checked:
        with database.transaction() as other:
            assert operations.stop(other, proof_id=proof_id, at=NOW)
        return Checked(counts={"movements": 4}, found=())

    made = make_next(database, lambda: NOW, checks={"ledger": stopped_meanwhile, "allocations": never})
    assert made is not None
    assert made.state is ProofState.STOPPED
    with database.transaction() as session:
        assert not operations.stop(session, proof_id=proof_id, at=NOW)


def test_a_check_that_breaks_ends_its_proof_with_the_reason(database: Database, county: County) -> None:
    asked(database)

    def breaks(session: Session) -> Checked:
        raise ZeroDivisionError("by nothing")

    made = make_next(database, lambda: NOW, checks={"ledger": breaks})
    assert made is not None
    assert (made.state, made.failure) == (ProofState.BROKEN_OFF, "ZeroDivisionError: by nothing")


def test_a_proof_whose_worker_is_gone_is_made_by_another(database: Database, county: County) -> None:
    asked(database)
    with database.transaction() as session:
        assert operations._take(session, NOW) is not None
    assert make_next(database, lambda: NOW) is None
    later = NOW + GONE_AFTER + dt.timedelta(seconds=1)
    made = make_next(database, lambda: later)
    assert made is not None
    assert made.state is ProofState.PROVED


@on_sqlite
@pytest.mark.parametrize(("here", "proofs"), [("01:59", 0), ("02:00", 1), ("23:00", 1)])
def test_the_night_asks_once(database: Database, county: County, here: str, proofs: int) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    at = dt.datetime.fromisoformat(f"2020-03-16T{here}").replace(tzinfo=zone)
    for _ in range(2):
        operations.ask_nightly(database, at=at, zone=zone)
    with database.reading() as session:
        assert len(session.scalars(select(ProofRun)).all()) == proofs


@on_sqlite
def test_a_person_asks_watches_and_reads_the_result(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    assert "还没有核对过" in officer.get("/proofs").text
    page = sent(officer, "/proofs", key="k")
    assert page == sent(officer, "/proofs", key="k")
    assert "没有工作进程" in officer.get(page).text
    assert "HX-Refresh" not in officer.get(f"{page}/progress").headers
    make_next(database, lambda: NOW)
    assert officer.get(f"{page}/progress").headers["HX-Refresh"] == "true"
    assert "4 笔" in officer.get(page).text
    assert "核对无误" in officer.get("/proofs").text


@on_sqlite
def test_a_broken_book_stands_on_the_first_page_until_it_is_proved_again(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    officer = signed_in(Role.OFFICER)
    for quantity, broken in ((499, True), (500, False)):
        with database.transaction() as session:
            changed = "UPDATE balance SET quantity = :quantity WHERE location_id = :store AND lot_id = 1"
            session.execute(text(changed), {"quantity": quantity, "store": county.store.id})
        page = sent(officer, "/proofs", key=f"k{quantity}")
        make_next(database, lambda: NOW)
        assert ("账目不符" in officer.get("/").text) is broken
        assert ("YY-CK · KZ · M1" in officer.get(page).text) is broken


@on_sqlite
def test_a_proof_that_waits_can_be_stopped_from_its_page(signed_in: SignedIn, database: Database) -> None:
    leader = signed_in(Role.LEADER)
    page = sent(leader, "/proofs", key="k")
    assert sent(leader, f"{page}/stop") == page
    assert "已停止" in leader.get(page).text
    assert make_next(database, lambda: NOW) is None


@on_sqlite
def test_the_api_asks_and_answers(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    headers = {"X-CSRFToken": officer.get("/api/v1/me").get_json()["csrf_token"]}
    asked_ = officer.post("/api/v1/proofs", json={"key": "k"}, headers=headers)
    assert (asked_.status_code, asked_.get_json()["state"]) == (202, "waiting")
    make_next(database, lambda: NOW)
    found = officer.get(f"/api/v1/proofs/{asked_.get_json()['id']}").get_json()
    assert (found["state"], found["results"][1]["counts"]) == ("proved", {"allocations": 0})
    assert officer.get("/api/v1/proofs").get_json()[0]["number"] == "HD0000001"


def asked(database: Database, key: str = "k") -> ProofRun:
    with database.transaction() as session:
        return operations.ask(session, key=key, at=NOW, by="officer")


def never(session: Session) -> Checked:
    raise AssertionError("a stopped proof goes on")


def sent(client: FlaskClient, path: str, **fields: str) -> str:
    """Where a form sent leads."""
    answer = client.post(path, data={"csrf_token": token(client, "/account"), **fields})
    assert answer.status_code == 302, answer.text
    return str(answer.location)
