"""Versions of a ladder: proposed, approved, in force for a unit and those below it, never edited."""

import datetime as dt

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from inventory import policies
from inventory.allocation import Rung
from inventory.errors import InvalidInput, KeyReused, WrongState
from inventory.policies import Policy
from inventory.units import Unit
from logistics.db import Database
from tests.county import NOW, TODAY, County

LADDER = [Rung(tiers=frozenset({"frontline"}), ceiling_days=3)]
HIGHER = [Rung(tiers=frozenset({"frontline"}), ceiling_days=7)]


def propose(session: Session, unit: Unit, key: str, ladder: list[Rung] = LADDER, name: str = "疫情一级") -> Policy:
    return policies.propose_policy(
        session, key=key, unit=session.merge(unit), name=name, ladder=ladder, at=NOW, by="officer"
    )


def approve(session: Session, policy: Policy, day: dt.date = TODAY, by: str = "leader") -> Policy:
    return policies.approve_policy(session, policy_id=policy.id, valid_from=day, at=NOW, by=by)


def in_force(session: Session, unit: Unit, on: dt.date = TODAY) -> int | None:
    found = policies.policy_in_force(session, unit_id=unit.id, on=on)
    return found.version if found else None


def test_a_version_holds_from_its_day_once_it_is_approved(database: Database, county: County) -> None:
    with database.transaction() as session:
        first = propose(session, county.bureau, "one")
        assert in_force(session, county.bureau) is None
        approve(session, first)
        approve(session, propose(session, county.bureau, "two", HIGHER), TODAY + dt.timedelta(days=2))
        assert in_force(session, county.bureau) == 1
        assert in_force(session, county.bureau, TODAY + dt.timedelta(days=2)) == 2
        assert first.ladder == tuple(LADDER)


def test_a_unit_without_its_own_goes_by_that_of_the_unit_above(database: Database, county: County) -> None:
    with database.transaction() as session:
        approve(session, propose(session, county.bureau, "above"))
        assert in_force(session, county.station) == 1
        own = approve(session, propose(session, county.station, "own", HIGHER, name="站内"))
        assert policies.policy_in_force(session, unit_id=county.station.id, on=TODAY) is own
        assert [policy.name for policy in policies.policies_for(session, unit_id=county.station.id)] == [
            "站内",
            "疫情一级",
        ]


def test_a_version_sent_twice_is_one_and_approved_for_one_day(database: Database, county: County) -> None:
    with database.transaction() as session:
        policy = propose(session, county.bureau, "one")
        assert propose(session, county.bureau, "one") is policy
        with pytest.raises(KeyReused):
            propose(session, county.bureau, "one", HIGHER)
        assert approve(session, policy) is approve(session, policy)
        with pytest.raises(WrongState):
            approve(session, policy, TODAY + dt.timedelta(days=1))


def test_a_rule_is_agreed_by_two(database: Database, county: County) -> None:
    with database.transaction() as session:
        policy = propose(session, county.bureau, "one")
        with pytest.raises(InvalidInput, match="own-proposal"):
            approve(session, policy, by="officer")
        assert in_force(session, county.bureau) is None


@pytest.mark.parametrize("change", [{"name": " "}, {"ladder": []}])
def test_a_policy_without_name_or_rungs_is_refused(
    database: Database, county: County, change: dict[str, object]
) -> None:
    with database.transaction() as session, pytest.raises(InvalidInput):
        propose(session, county.bureau, "one", **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("statement", ["UPDATE policy SET name = 'x'", "DELETE FROM policy_approval"])
def test_the_database_refuses_to_edit_a_policy(database: Database, county: County, statement: str) -> None:
    with database.transaction() as session:
        approve(session, propose(session, county.bureau, "one"))
    with pytest.raises(Exception, match="append-only"), database.transaction() as session:
        session.execute(text(statement))
