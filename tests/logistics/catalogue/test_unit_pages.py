"""Units on the pages: the tree of one's own, described, moved, closed, and who answers for each."""

import re

import pytest

from inventory.responsible import responsible_for
from inventory.units import Unit, UnitKind, add_unit, unit_by_code
from logistics.accounts.models import Role, User
from logistics.db import Database
from tests.county import TODAY, County
from tests.logistics.conftest import SignedIn
from tests.logistics.imports.tables import cells, take
from tests.logistics.supplies.acts import row_of, send

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)

VILLAGE = {
    "parent": "YY 郧阳区局",
    "code": "CUN2",
    "name": "小岭村",
    "kind": "village",
    "tier": "frontline",
    "address": "",
    "contact": "",
    "phone": "13800000000",
    "headcount": "6",
    "lat": "33.01",
    "lon": "110.73",
}
CHIEF = {"key": "chief-1", "name": "王队长", "post": "team_leader", "phone": "13900000001", "since": "2020-03-01"}


def test_the_tree_shows_each_unit_below_its_parent_with_its_chief(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    admin = signed_in(Role.ADMIN)
    assert send(admin, "/units/new", VILLAGE | {"parent": "YZ1"}).status_code == 302
    send(admin, f"/units/{_id(database, 'CUN2')}/responsible", CHIEF)
    page = admin.get("/units")
    names = re.findall(r'class="item"[^>]*>([^<]+)<', page.text)
    assert names == ["郧阳区局", "大柳村", "高速卡点", "区局仓库", "安阳烟叶站", "小岭村"]
    assert "王队长 驻村工作队长" in row_of(page, "小岭村")
    assert 'href="tel:13900000001"' in page.text


def test_a_second_click_adds_one_unit(signed_in: SignedIn, database: Database) -> None:
    admin = signed_in(Role.ADMIN)
    first, second = (send(admin, "/units/new", VILLAGE).headers["Location"] for _click in range(2))
    assert first == second == f"/units/{_id(database, 'CUN2')}"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("code", "KD1"),
        ("code", ""),
        ("name", ""),
        ("kind", "城堡"),
        ("phone", "12"),
        ("lat", "99"),
        ("lon", ""),
        ("headcount", "-1"),
        ("parent", "火星"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(
    signed_in: SignedIn, database: Database, field: str, typed: str
) -> None:
    answer = send(signed_in(Role.ADMIN), "/units/new", VILLAGE | {field: typed})
    assert answer.status_code == 422
    assert f'id="{field}-said"' in answer.text
    assert 'value="13800000000"' in answer.text or field == "phone"
    with database.reading() as session:
        assert session.query(Unit).filter_by(code="CUN2").count() == 0


def test_two_who_change_one_unit_do_not_write_over_each_other(signed_in: SignedIn, database: Database) -> None:
    admin, other = signed_in(Role.ADMIN), signed_in(Role.ADMIN)
    path = f"/units/{_id(database, 'CUN1')}/edit"
    seen = re.findall(r'name="seen" value="(\w+)"', admin.get(path).text)[0]
    form = {**VILLAGE, "seen": seen}
    assert send(other, path, form | {"name": "大柳新村"}).status_code == 302
    answer = send(admin, path, form | {"name": "柳村"})
    assert answer.status_code == 412
    assert "大柳新村" in answer.text
    assert 'value="柳村"' in answer.text
    newer = re.findall(r'name="seen" value="(\w+)"', answer.text)[0]
    assert send(admin, path, form | {"name": "柳村", "seen": newer}).status_code == 302


def test_a_unit_moves_but_not_below_itself(signed_in: SignedIn, database: Database, county: County) -> None:
    admin = signed_in(Role.ADMIN)
    assert send(admin, f"/units/{county.village.id}/move", {"parent": "安阳烟叶站"}).status_code == 302
    loop = send(admin, f"/units/{county.station.id}/move", {"parent": "大柳村"})
    assert loop.status_code == 422
    assert "不能" in loop.text
    assert "火星" in send(admin, f"/units/{county.station.id}/move", {"parent": "火星"}).text
    with database.reading() as session:
        assert unit_by_code(session, "CUN1").parent_id == county.station.id
        assert unit_by_code(session, "YZ1").parent_id == county.bureau.id


def test_a_unit_with_stock_says_so_before_anybody_clicks(signed_in: SignedIn, county: County) -> None:
    admin, path = signed_in(Role.ADMIN), f"/units/{county.warehouse.id}"
    assert "20,000" not in admin.get(path).text
    assert "4 桶" in admin.get(path).text
    assert "/close" not in admin.get(path).text
    answer = send(admin, f"{path}/close", {})
    assert answer.status_code == 422
    assert "84消毒液 20,000 克" in answer.text


def test_what_keeps_a_unit_open_is_named_with_the_way_to_it(signed_in: SignedIn, county: County) -> None:
    admin, path = signed_in(Role.ADMIN), f"/units/{county.village.id}"
    goods = {"item": ["KZ"], "quantity": ["1"], "unit": ["盒"]}
    send(admin, "/consignments/new", {"store": "YY-CK", "destination": "CUN1", "key": "s"} | goods)
    send(admin, "/purchases/new", {"supplier": "医药公司", "ordering": "CUN1", "price": ["1"], "key": "o"} | goods)
    page = admin.get(path).text
    for way, name in (("/consignments/1", "ZT0000001"), ("/purchases/1", "CG0000001")):
        assert f'<a href="{way}">{name}</a>' in page
    assert "ZT0000001" in send(admin, f"{path}/close", {}).text


def test_a_closed_unit_takes_nothing_and_can_be_opened_again(signed_in: SignedIn, county: County) -> None:
    admin, path = signed_in(Role.ADMIN), f"/units/{county.village.id}"
    assert [send(admin, f"{path}/close", {}).status_code for _click in range(2)] == [302, 302]
    assert "大柳村" not in admin.get("/units").text
    assert "大柳村" in admin.get("/units?closed=1").text
    assert "CUN1 大柳村" not in admin.get("/stock/receive").text
    send(admin, f"{path}/reopen", {})
    assert "CUN1 大柳村" in admin.get("/stock/receive").text


def test_nobody_closes_or_moves_the_own_unit_or_sees_those_of_others(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    with database.transaction() as session:
        stranger = add_unit(session, code="FX", name="房县局", kind=UnitKind.COUNTY)
    admin = signed_in(Role.ADMIN)
    assert send(admin, f"/units/{county.bureau.id}/close", {}).status_code == 422
    assert admin.get(f"/units/{stranger.id}").status_code == 404
    for act in ("close", "reopen", "move", "edit", "responsible"):
        assert send(admin, f"/units/{stranger.id}/{act}", {"parent": "YY"}).status_code == 404, act
    assert "房县" not in admin.get("/units").text


def test_an_appointment_is_recorded_once_and_its_end_is_told(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    admin, path = signed_in(Role.ADMIN), f"/units/{county.village.id}"
    for _click in range(2):
        assert send(admin, f"{path}/responsible", CHIEF).status_code == 302
    bad = send(
        admin, f"{path}/responsible", CHIEF | {"key": "2", "until": "2020-02-01", "phone": "许多", "post": "皇帝"}
    )
    assert bad.status_code == 422
    assert {"until-said", "phone-said", "post-said"} <= set(re.findall(r'id="([\w-]+)"', bad.text))
    with database.reading() as session:
        person = responsible_for(session, session.merge(county.village))[0]
    assert 'value="王队长"' in admin.get(f"{path}/responsible/{person.id}").text
    send(admin, f"{path}/responsible/{person.id}", CHIEF | {"until": "2020-03-14"})
    with database.reading() as session:
        people = responsible_for(session, session.merge(county.village))
        assert [(one.name, one.serves_on(TODAY)) for one in people] == [("王队长", False)]
    assert admin.get(f"/units/{county.station.id}/responsible/{person.id}").status_code == 404


def test_an_officer_reads_the_tree_and_changes_nothing(signed_in: SignedIn, county: County) -> None:
    officer = signed_in(Role.OFFICER)
    assert "/edit" not in officer.get("/units").text
    assert "<form" not in officer.get(f"/units/{county.village.id}").text.split("<main")[1]
    assert send(officer, "/units/new", VILLAGE).status_code == 403


def test_the_tree_goes_out_to_a_workbook_and_in_again(signed_in: SignedIn, database: Database, county: County) -> None:
    admin = signed_in(Role.ADMIN)
    send(admin, f"/units/{county.village.id}/responsible", CHIEF)
    before = admin.get("/units").text.split("<tbody>")[1]
    rows = cells(admin.get("/units.xlsx").data)
    assert [row[0] for row in rows[1:]] == ["YY", "CUN1", "KD1", "YY-CK", "YZ1"]
    take(database, "units", *rows, by="admin")
    assert admin.get("/units").text.split("<tbody>")[1] == before


def test_a_person_below_sees_the_own_branch(signed_in: SignedIn, database: Database, county: County) -> None:
    with database.transaction() as session:
        session.query(User).filter_by(sign_in_name="reporter").update({"unit_id": county.village.id})
    assert "高速卡点" not in signed_in(Role.REPORTER).get("/units").text


def _id(database: Database, code: str) -> int:
    with database.reading() as session:
        return unit_by_code(session, code).id
