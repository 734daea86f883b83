"""Norms are proposed by the officer and approved by the leader; facts are told for units in reach."""

import datetime as dt
import io
import re

from openpyxl import load_workbook
from sqlalchemy import func, select

from inventory.norms import Basis, Norm, NormState, UnitFacts
from logistics.accounts.models import Role, User
from logistics.db import Database
from tests.county import TODAY, County
from tests.inventory.norms import approved, propose
from tests.logistics.conftest import SignedIn, token
from tests.logistics.supplies.acts import send

NORM = {
    "key": "norm-1",
    "item": "KZ 一次性口罩",
    "basis": "person_shift",
    "amount": "1/2",
    "unit": "盒",
    "target": "500",
    "volume": "100",
    "source": "市局〔2020〕12号",
    "day": "2020-03-20",
}
FACTS = {
    "key": "facts-1",
    "unit": "KD1",
    "valid_from": "2020-03-20",
    "people_per_shift": "6",
    "shifts_a_day": "3",
    "area_m2": "200",
    "rounds_a_day": "3",
    "households": "",
    "isolated": "0",
}


def test_a_norm_is_proposed_once_and_approved_by_a_leader(signed_in: SignedIn, database: Database) -> None:
    officer, leader = signed_in(Role.OFFICER), signed_in(Role.LEADER)
    form = NORM | {"tiers": ["tier:frontline"], "kinds": ["kind:hospital", "kind:checkpoint"]}
    for _click in range(2):
        assert send(officer, "/norms/new", form).headers["Location"] == "/norms/1"
    page = officer.get("/norms").text
    assert "每人每班 25 只" in page
    assert "待批准的标准" in leader.get("/").text
    assert "待批准的标准" not in officer.get("/").text
    assert "卡点、医院；一线点位" in page
    assert "待批准" in page
    assert send(officer, "/norms/1/approve", {}).status_code == 403
    for _click in range(2):
        assert send(leader, "/norms/1/approve", {}).status_code == 302
    assert "已批准，尚未生效" in officer.get("/norms").text
    assert "待批准的标准" not in leader.get("/").text
    assert "已批准，未生效" in officer.get("/norms/1").text
    with database.reading() as session:
        [norm] = session.scalars(select(Norm))
        assert (norm.state, norm.decisions[0].by, norm.valid_from) == ("approved", "leader", dt.date(2020, 3, 20))


def test_norms_hold_for_all_and_only_the_topmost_unit_decides_about_them(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    with database.transaction() as session:
        propose(session, session.merge(county.masks), Basis.PERSON_SHIFT, 2)
        session.scalars(select(User).where(User.role == Role.LEADER)).one().unit = session.merge(county.station)
    leader = signed_in(Role.LEADER)
    assert "由最上级单位的负责人" in leader.get("/norms/1").text
    acts: tuple[tuple[str, str, dict[str, str]], ...]
    acts = (("approve", "approval", {}), ("decline", "refusal", {"note": "不行"}), ("end", "end", {"note": "到期"}))
    for act, path, told in acts:
        assert send(leader, f"/norms/1/{act}", told | {"day": "2020-03-20"}).status_code in (409, 422)
        answer = leader.post(f"/api/v1/norms/1/{path}", json=told, headers={"X-CSRFToken": token(leader, "/account")})
        assert answer.status_code == 409
    with database.reading() as session:
        assert session.get_one(Norm, 1).state is NormState.PROPOSED


def test_facts_sent_again_are_told_once_although_others_told_theirs_since(
    signed_in: SignedIn, database: Database
) -> None:
    """The second telling of the same day sets the households that the first left as they were."""
    reporter = signed_in(Role.REPORTER)
    assert send(reporter, "/facts/new", FACTS).status_code == 302
    assert send(reporter, "/facts/new", FACTS | {"key": "facts-2", "households": "7"}).status_code == 302
    assert send(reporter, "/facts/new", FACTS).status_code == 302
    assert send(reporter, "/facts/new", FACTS | {"area_m2": "201"}).status_code == 422
    with database.reading() as session:
        told = session.scalars(select(UnitFacts).order_by(UnitFacts.id)).all()
        assert [facts.households for facts in told] == [0, 7]


def test_a_norm_of_disinfection_follows_from_its_dose(signed_in: SignedIn, database: Database, county: County) -> None:
    form = NORM | {"item": "XD84", "basis": "area_round", "amount": ""}
    refused = send(signed_in(Role.OFFICER), "/norms/new", form)
    assert "不知道84消毒液的浓度" in refused.text
    with database.transaction() as session:
        session.merge(county.disinfectant).active_mg_per_kg = 50_000
    assert send(signed_in(Role.OFFICER), "/norms/new", form).status_code == 302
    assert "每平方米每次 1 克" in signed_in(Role.OFFICER).get("/norms/1").text


BAD_NORMS = (
    ("item", "没有的", "没有的"),
    ("amount", "0", "0"),
    ("amount", "两只", "两只"),
    ("amount", "1/0", "1/3"),
    ("amount", "9" * 30, "9"),
    ("unit", "桶", "盒"),
    ("unit", "", "盒"),
    ("source", "", "请填写"),
    ("source", "长" * 501, "太长"),
    ("day", "2020-02-30", "2020-02-30"),
    ("day", "1020-03-01", "1020-03-01"),
)


def test_what_cannot_be_is_told_beside_its_field_and_nothing_typed_is_lost(
    signed_in: SignedIn, database: Database
) -> None:
    officer = signed_in(Role.OFFICER)
    for field, typed, said in BAD_NORMS:
        answer = send(officer, "/norms/new", NORM | {field: typed, "tiers": ["tier:window"]})
        assert answer.status_code == 422
        assert said in _beside(answer.text, field), field
        assert re.search(r'value="tier:window" checked', answer.text)
        assert 'value="norm-1"' in answer.text
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Norm)) == 0


def test_nobody_approves_a_norm_of_their_own(signed_in: SignedIn, database: Database, county: County) -> None:
    with database.transaction() as session:
        propose(session, county.masks, Basis.PERSON_SHIFT, 20, by="leader")
    leader = signed_in(Role.LEADER)
    assert "待批准的标准" not in leader.get("/").text
    page = leader.get("/norms/1").text
    assert "/norms/1/approve" not in page
    assert "/norms/1/decline" in page
    assert "由您提出" in page
    refused = send(leader, "/norms/1/approve", {})
    assert refused.status_code == 422
    assert "须由另一位有批准权限的人批准" in refused.text
    with database.reading() as session:
        assert session.get_one(Norm, 1).state is NormState.PROPOSED


def test_a_proposal_is_declined_and_a_norm_ended_only_with_a_reason(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    with database.transaction() as session:
        propose(session, county.masks, Basis.PERSON_SHIFT, 20)
        approved(session, county.masks, Basis.POINT_DAY, 3)
    leader = signed_in(Role.LEADER)
    assert "请填写" in send(leader, "/norms/1/decline", {"note": ""}).text
    assert send(leader, "/norms/1/decline", {"note": "太多"}).status_code == 302
    assert send(leader, "/norms/2/end", {"note": "不用了", "day": "明天"}).status_code == 422
    assert send(leader, "/norms/2/end", {"note": "不用了", "day": "2020-03-16"}).status_code == 302
    with database.reading() as session:
        assert [norm.state for norm in session.scalars(select(Norm).order_by(Norm.id))] == ["declined", "ended"]
        ended = session.get_one(Norm, 2).decision(NormState.ENDED)
        assert ended is not None
        assert (ended.day, ended.note) == (dt.date(2020, 3, 16), "不用了")
    assert send(leader, "/norms/1/approve", {}).status_code == 409
    declined = signed_in(Role.OFFICER).get("/norms/1").text
    assert "已退回" in declined
    assert re.search(r"执行中</span> <span[^>]*>自2020年3月16日起停用", leader.get("/norms/2").text)
    assert "/norms/new?like=1" in declined


def test_what_was_sent_back_is_proposed_again_from_what_it_said(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    officer = signed_in(Role.OFFICER)
    form = NORM | {"amount": "1/3", "unit": "只", "tiers": ["tier:frontline"], "kinds": ["kind:hospital"]}
    assert send(officer, "/norms/new", form).status_code == 302
    again = officer.get("/norms/new?like=1").text
    for said in ('value="KZ 一次性口罩"', 'value="1/3"', 'value="只"', "市局〔2020〕12号"):
        assert said in again
    assert re.findall(r'value="((?:kind|tier):\w+)" checked', again) == ["kind:hospital", "tier:frontline"]
    assert 'value="norm-1"' not in again


def test_norms_are_taken_away_as_text_whatever_they_begin_with(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    with database.transaction() as session:
        propose(session, county.masks, Basis.PERSON_SHIFT, 2, source='=HYPERLINK("http://evil")')
    sheet = load_workbook(io.BytesIO(signed_in(Role.OFFICER).get("/norms.xlsx").data)).active
    cell = sheet.cell(row=2, column=7)
    assert (cell.data_type, str(cell.value)[-6:]) == ("s", 'evil")')


def test_facts_are_told_once_and_a_blank_leaves_what_was(signed_in: SignedIn, database: Database) -> None:
    chief = signed_in(Role.CHIEF)
    for _click in range(2):
        assert send(chief, "/facts/new", FACTS).status_code == 302
    send(
        chief,
        "/facts/new",
        FACTS | {"key": "later", "valid_from": "2020-03-25", "people_per_shift": "", "isolated": "4"},
    )
    with database.reading() as session:
        told = session.scalars(select(UnitFacts).order_by(UnitFacts.id)).all()
        assert [(facts.people_per_shift, facts.isolated, facts.told_by) for facts in told] == [
            (6, 0, "chief"),
            (6, 4, "chief"),
        ]
    assert "2020年3月25日" in chief.get("/facts/new?unit=KD1").text


BAD_FACTS = {
    "people_per_shift": "-1",
    "shifts_a_day": "25",
    "area_m2": "2.5",
    "isolated": "许多",
    "valid_from": "昨天",
}


def test_a_figure_that_cannot_be_is_told_beside_its_field(signed_in: SignedIn, database: Database) -> None:
    answer = send(signed_in(Role.CHIEF), "/facts/new?unit=KD1", FACTS | BAD_FACTS)
    assert answer.status_code == 422
    for field, typed in BAD_FACTS.items():
        assert _beside(answer.text, field), field
        assert f'value="{typed}"' in answer.text
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(UnitFacts)) == 0


def test_nobody_tells_the_facts_of_a_unit_out_of_reach(signed_in: SignedIn, database: Database, county: County) -> None:
    with database.transaction() as session:
        chief = session.scalars(select(User).where(User.sign_in_name == "chief")).one()
        chief.unit_id = county.village.id
    answer = send(signed_in(Role.CHIEF), "/facts/new", FACTS)
    assert answer.status_code == 422
    assert "KD1" in answer.text


def test_who_reads_stock_reads_norms_and_facts(signed_in: SignedIn) -> None:
    reporter, driver = signed_in(Role.REPORTER), signed_in(Role.DRIVER)
    for path in ("/norms", "/norms.xlsx", "/facts", "/facts.xlsx", "/facts/new?unit=CUN1"):
        assert (reporter.get(path).status_code, driver.get(path).status_code) == (200, 403), path


def test_of_whom_nothing_was_told_the_people_on_duty_are_offered(signed_in: SignedIn) -> None:
    page = signed_in(Role.OFFICER).get("/facts/new?unit=CUN1").text
    assert 'name="people_per_shift" type="text" value="10"' in page
    assert f'value="{TODAY.isoformat()}"' in page


def _beside(page: str, field: str) -> str:
    """The sentence beside a field."""
    found = re.search(rf'id="{field}-said">(.*?)</div>', page, re.DOTALL)
    return found.group(1) if found else ""
