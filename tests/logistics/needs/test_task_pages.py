"""The dosing card, and rounds and shifts booked from a phone."""

import datetime as dt
import io
import re

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from inventory import ledger
from inventory.catalogue import Lot
from inventory.consumption import Task
from inventory.ledger import Document, Line
from inventory.norms import Basis
from logistics.accounts.models import Role, User
from logistics.db import Database
from tests.county import NOW, County, recorded
from tests.inventory.norms import approved, tell
from tests.logistics.conftest import SignedIn
from tests.logistics.supplies.acts import row_of, send

ROUND = {
    "key": "round-1",
    "unit": "YY-CK 区局仓库",
    "store": "YY-CK",
    "item": "XD84",
    "area": "10000",
    "rounds": "1",
    "target": "500",
    "volume": "100",
    "day": "2020-03-15",
    "reason": "大厅",
}
SHIFT = {"key": "shift-1", "unit": "KD1", "store": "YY-CK", "people": "7", "shifts": "2", "day": "", "reason": ""}


@pytest.fixture
def ready(database: Database, county: County) -> None:
    """The disinfectant is known as 5 %, and masks and gloves have their norm."""
    with database.transaction() as session:
        session.merge(county.disinfectant).active_mg_per_kg = 50_000
        session.flush()
        approved(session, county.masks, Basis.PERSON_SHIFT, 2)
        tell(session, county.checkpoint, people_per_shift=6, shifts_a_day=3, area_m2=200, rounds_a_day=3)


def test_the_dosing_card_says_product_water_and_what_never_to_mix(signed_in: SignedIn, ready: None) -> None:
    page = " ".join(re.sub(r"<[^>]+>", " ", signed_in(Role.CHIEF).get("/dosing?litres=10&target=500").text).split())
    for said in ("100 毫升", "9.9 升", "1 : 99", "100 m²", "严禁与酸性清洁剂或酒精混用", "标签有效成分 5%"):
        assert said in page


def test_without_a_known_concentration_there_is_no_card_but_the_way_to_one(signed_in: SignedIn) -> None:
    for path in ("/dosing", "/tasks/round"):
        assert "「有效成分」一列" in signed_in(Role.OFFICER).get(path).text


def test_a_round_books_its_dose_once_and_stands_in_the_list(
    signed_in: SignedIn, database: Database, ready: None
) -> None:
    officer = signed_in(Role.OFFICER)
    for form in ("/tasks/round", "/tasks/shift"):
        assert 'name="store" value="YY-CK 区局仓库"' in officer.get(form).text
    for _click in range(2):
        assert send(officer, "/tasks/round", ROUND).status_code == 302
    row = row_of(officer.get("/tasks"), "CK0000002")
    assert "10,000 平方米消毒 1 次，500 mg/L、每平方米 100 毫升" in row
    assert "84消毒液 2 桶" in row
    send(officer, "/documents/2/reverse", {"key": "r", "reason": "登记错了"})
    assert "已冲销" in row_of(officer.get("/tasks"), "CK0000002")
    sheet = load_workbook(io.BytesIO(officer.get("/tasks.xlsx").data)).active
    assert [cell.value for cell in sheet[2]][6:] == [10_000, "克", "CK0000002", "已冲销"]


def test_more_than_there_is_is_refused_with_what_it_is_enough_for(
    signed_in: SignedIn, database: Database, ready: None
) -> None:
    answer = send(signed_in(Role.OFFICER), "/tasks/round", ROUND | {"rounds": "3"})
    assert answer.status_code == 422
    assert "只够 20,000 平方米消毒一次" in answer.text
    assert "只够完整消毒 2 次（20,000 平方米），还缺 10 公斤" in answer.text
    assert 'value="大厅"' in answer.text
    assert _documents(database) == 1


def test_the_form_says_what_the_round_will_take_before_it_is_sent(signed_in: SignedIn, ready: None) -> None:
    asked = {name: ROUND[name] for name in ("store", "item", "area", "rounds", "target", "volume")}
    chief = signed_in(Role.CHIEF)
    assert "需用84消毒液 10 公斤" in chief.get("/tasks/round/dose", query_string=asked).text
    assert chief.get("/tasks/round/dose", query_string=asked | {"area": "many"}).text.strip() == ""


BAD_ROUNDS = (
    ("unit", "火星", "火星"),
    ("store", "", "请填写"),
    ("store", "KD1", "那里没有货"),
    ("item", "KZ", "KZ"),
    ("area", "0", "「0」不大于 0。请填大于 0 的数。"),
    ("area", "一百", "一百"),
    ("rounds", "25", "25"),
    ("target", "60000", "50000"),
    ("volume", "-1", "-1"),
    ("day", "2020-03-16", "还没到"),
    ("reason", "长" * 501, "太长"),
)


def test_what_cannot_be_is_told_beside_its_field(signed_in: SignedIn, database: Database, ready: None) -> None:
    officer = signed_in(Role.OFFICER)
    for field, typed, said in BAD_ROUNDS:
        answer = send(officer, "/tasks/round", ROUND | {field: typed})
        assert answer.status_code == 422
        assert said in _beside(answer.text, field), field
    assert _documents(database) == 1


def test_a_shift_books_what_the_norm_says_or_what_was_counted(
    signed_in: SignedIn, database: Database, county: County, ready: None
) -> None:
    officer = signed_in(Role.OFFICER)
    assert 'value="6"' in officer.get("/tasks/shift?unit=KD1").text
    used, word = f"used-{county.masks.id}", f"word-{county.masks.id}"
    for _click in range(2):
        assert send(officer, "/tasks/shift", SHIFT | {used: "", word: "只"}).status_code == 302
    assert "一次性口罩 28 只" in row_of(officer.get("/tasks"), "7 人，2 班")
    send(officer, "/tasks/shift", SHIFT | {"key": "s2", "people": "8", used: "1", word: "盒"})
    assert "一次性口罩 1 盒" in row_of(officer.get("/tasks"), "8 人，2 班")
    assert send(officer, "/tasks/shift", SHIFT | {"key": "s3", used: "0", word: "只"}).status_code == 422
    refused = send(officer, "/tasks/shift", SHIFT | {"key": "s4", used: "0.3", word: "只"})
    assert "0.3 只折合不成整数只" in _beside(refused.text, used)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Task)) == 2


def test_who_has_more_people_than_masks_is_told_how_many_they_are_enough_for(
    signed_in: SignedIn, database: Database, county: County, ready: None
) -> None:
    answer = send(signed_in(Role.OFFICER), "/tasks/shift", SHIFT | {"people": "1001", "shifts": "1"})
    assert "只够 1,000 人一班" in answer.text
    assert 'value="1001"' in answer.text
    assert _documents(database) == 1


def test_a_chief_books_at_the_own_point_only(
    signed_in: SignedIn, database: Database, county: County, ready: None
) -> None:
    with database.transaction() as session:
        session.scalars(select(User).where(User.sign_in_name == "chief")).one().unit_id = county.village.id
    chief = signed_in(Role.CHIEF)
    page = chief.get("/tasks/round").text
    assert 'type="hidden" name="store" value="CUN1"' in page
    assert send(chief, "/tasks/round", ROUND).status_code == 422
    assert "那里没有货" in send(chief, "/tasks/round", ROUND | {"unit": "CUN1", "store": "CUN1"}).text
    assert _documents(database) == 1


def test_who_books_no_tasks_sees_them_only(signed_in: SignedIn, ready: None) -> None:
    leader = signed_in(Role.LEADER)
    assert leader.get("/tasks").status_code == leader.get("/dosing").status_code == 200
    assert leader.get("/tasks/round").status_code == 403
    assert send(leader, "/tasks/shift", SHIFT).status_code == 403


def test_an_earlier_day_is_booked_on_its_noon_if_the_goods_were_there_by_then(
    signed_in: SignedIn, database: Database, county: County, ready: None
) -> None:
    officer, yesterday = signed_in(Role.OFFICER), ROUND | {"day": "2020-03-14"}
    assert "是后来才入库的" in send(officer, "/tasks/round", yesterday).text
    with database.transaction() as session:
        lot_id = session.scalars(select(Lot.id).where(Lot.item_id == county.disinfectant.id)).one()
        line = Line(lot_id=lot_id, source_id=county.supplier.id, destination_id=county.store.id, quantity=20_000)
        earlier = recorded("found", at=NOW - dt.timedelta(days=2))
        ledger.receive(session, recorded=earlier, lines=[line])
    send(officer, "/tasks/round", yesterday)
    with database.reading() as session:
        newest = session.scalars(select(Document.occurred_at).order_by(Document.id.desc())).first()
        assert newest == dt.datetime(2020, 3, 14, 4, tzinfo=dt.UTC)


def _documents(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Document)) or 0


def _beside(page: str, field: str) -> str:
    """The sentence beside a field."""
    found = re.search(rf'id="{field}-said">(.*?)</', page, re.DOTALL)
    return found.group(1) if found else ""
