"""The page of policies: a version proposed, approved by who may, and then followed at the desk."""

import io

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from inventory.policies import Policy, PolicyApproval
from inventory.runs import AllocationRun
from logistics.accounts.models import Role
from logistics.db import Database
from tests.county import County
from tests.logistics.conftest import SignedIn
from tests.logistics.supplies.acts import needs, send
from tests.logistics.supplies.test_sharing import decide_with, seen_in
from tests.sqlite_files import SqliteFiles

PROPOSED = {"key": "p1", "name": "疫情一级", "note": "卡点加岗", "tiers-0": "frontline", "days-0": "1"}


@pytest.fixture
def databases(sqlite_files: SqliteFiles) -> SqliteFiles:
    """One engine is enough here: what the pages call is tested on both without them."""
    return sqlite_files


def count(database: Database, table: type[object]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_version_is_proposed_approved_and_followed(signed_in: SignedIn, database: Database, county: County) -> None:
    officer, leader = signed_in(Role.OFFICER), signed_in(Role.LEADER)
    for _click in range(2):
        assert send(officer, "/policies", PROPOSED).status_code == 302
    assert "等待批准" in officer.get("/policies").text
    assert send(officer, "/policies/1/approve", {}).status_code == 403
    assert send(leader, "/policies/1/approve", {"valid_from": "2020-03-15"}).status_code == 302
    assert "执行中" in leader.get("/policies").text
    needs(database, county, checkpoint=100)
    desk = officer.get("/allocations/new").text
    assert "分配规则「疫情一级」第 1 版" in desk
    ladder = {"tiers-0": "frontline", "days-0": "1"}
    assert "分配规则「疫情一级」第 1 版" in officer.get(decide_with(officer, county, ladder=ladder)).text
    with database.reading() as session:
        assert session.scalars(select(AllocationRun.policy_id)).one() == 1


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"name": "长" * 101}, {"days-0": "三天"}, {"days-0": ""}, {"tiers-0": ""}, {"days-0": "366"}],
)
def test_a_version_that_says_nothing_is_told_and_keeps_what_was_typed(
    signed_in: SignedIn, database: Database, change: dict[str, str]
) -> None:
    answer = send(signed_in(Role.OFFICER), "/policies", PROPOSED | change)
    assert answer.status_code == 422
    assert "invalid-feedback" in answer.text
    assert 'value="卡点加岗"' in answer.text
    assert count(database, Policy) == 0


def test_nobody_approves_what_they_proposed_themselves(signed_in: SignedIn, database: Database) -> None:
    leader = signed_in(Role.LEADER)
    send(leader, "/policies", PROPOSED)
    assert "由您提出，须由他人批准" in leader.get("/policies").text
    answer = send(leader, "/policies/1/approve", {"valid_from": "2020-03-15"})
    assert answer.status_code == 422
    assert "须由另一位有批准权限的人批准" in answer.text
    assert count(database, PolicyApproval) == 0


def test_a_day_that_is_none_approves_nothing(signed_in: SignedIn, database: Database) -> None:
    leader = signed_in(Role.LEADER)
    send(signed_in(Role.OFFICER), "/policies", PROPOSED)
    answer = send(leader, "/policies/1/approve", {"valid_from": "明天吧"})
    assert answer.status_code == 422
    assert 'value="明天吧"' in answer.text
    assert count(database, PolicyApproval) == 0
    assert send(leader, "/policies/99/approve", {}).status_code == 404


def test_another_ladder_at_the_desk_is_not_called_by_the_policy(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    leader = signed_in(Role.LEADER)
    send(signed_in(Role.OFFICER), "/policies", PROPOSED)
    assert send(leader, "/policies/1/approve", {"valid_from": ""}).status_code == 302
    needs(database, county, checkpoint=100)
    leader.get(decide_with(leader, county, ladder={"tiers-0": "frontline", "days-0": "2"}))
    with database.reading() as session:
        assert session.scalars(select(AllocationRun.policy_id)).one() is None


def test_the_fingerprint_of_a_proposal_stands_in_the_form(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=100)
    page = send(signed_in(Role.OFFICER), "/allocations/new", {"item": str(county.masks.id), "act": "propose"})
    assert page.status_code == 422
    assert seen_in(page.text) == ""


def test_the_versions_and_the_allocations_go_to_excel_without_formulas(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    officer, leader = signed_in(Role.OFFICER), signed_in(Role.LEADER)
    send(officer, "/policies", PROPOSED | {"name": "=1+1", "tiers-1": "window", "days-1": "2"})
    send(leader, "/policies/1/approve", {"valid_from": "2020-03-15"})
    needs(database, county, checkpoint=100)
    decide_with(officer, county)
    policies, runs = (
        load_workbook(io.BytesIO(officer.get(path).data)).active for path in ("/policies.xlsx", "/allocations.xlsx")
    )
    assert policies is not None
    assert runs is not None
    assert [[cell.value for cell in row][:6] for row in policies.iter_rows(min_row=2)] == [
        ["=1+1", 1, "郧阳区局", 1, "一线点位", 1],
        ["=1+1", 1, "郧阳区局", 2, "烟叶站与窗口", 2],
    ]
    assert all(cell.data_type != "f" for row in policies.iter_rows() for cell in row)
    assert [cell.value for cell in runs[2]][2:11] == ["KZ", "一次性口罩", "区局仓库", 40, 34, "盒", 1, 1, 1]
