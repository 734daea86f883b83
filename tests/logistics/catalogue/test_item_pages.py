"""Items on the pages: told once, changed whole, never written over; photos; and what a scanner types."""

import html
import io
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from inventory.barcodes import set_barcodes
from inventory.catalogue import Item, item_by_code
from inventory.classes import add_class
from inventory.descriptions import ItemDescription, describe_item
from inventory.hazards import Hazard
from logistics.accounts.models import Role
from logistics.db import Database
from tests.county import County
from tests.logistics.conftest import SignedIn, token
from tests.logistics.imports.tables import cells
from tests.logistics.imports.tables import send as send_file
from tests.logistics.supplies.acts import send

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
TABLETS: dict[str, object] = {
    "code": "PT",
    "name": "含氯泡腾片",
    "kind": "disinfectant",
    "base_unit": "片",
    "base_barcodes": "",
    "weight": "1.1",
    "volume": "",
    "hazard": "",
    "shelf_life": "730",
    "active": "45.5",
    "item_class": "",
    "class_units": "",
    "word": ["瓶", "箱", ""],
    "size": ["100", "2000", ""],
    "barcodes": ["6901234567892", "16901234567899 BOX-7 ", ""],
}


def test_an_item_is_added_with_its_packs_barcodes_and_usual_hazard(signed_in: SignedIn, database: Database) -> None:
    answer = send(signed_in(Role.OFFICER), "/items/new", TABLETS)
    assert answer.status_code == 302
    told = _described(database, "PT")
    assert told.packs == {"瓶": 100, "箱": 2000}
    assert told.barcodes == {"16901234567899": "箱", "6901234567892": "瓶", "BOX-7": "箱"}
    assert (told.hazard, told.weight_mg, told.shelf_life_days) == (Hazard.CHLORINE, 1_100, 730)
    assert told.active_mg_per_kg == 455_000


def test_a_second_click_adds_nothing(signed_in: SignedIn, database: Database) -> None:
    officer = signed_in(Role.OFFICER)
    first, second = (send(officer, "/items/new", TABLETS).headers["Location"] for _click in range(2))
    assert first == second
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(Item.code == "PT")) == 1


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("code", "", "请填写"),
        ("code", "KZ", "编码 KZ"),
        ("code", "有 空格", "有 空格"),
        ("name", "", "请填写"),
        ("name", "长" * 101, "100"),
        ("base_unit", "", "请填写"),
        ("weight", "许多", "许多"),
        ("weight", "-1", "-1"),
        ("shelf_life", "0", "0"),
        ("hazard", "剧毒", "剧毒"),
        ("class_units", "1/0", "1/0"),
        ("base_barcodes", "=1+1", "=1+1"),
        ("barcodes", ["6901234567892", "6901234567892"], "已经"),
        ("word", ["瓶", "片"], "已经"),
        ("size", ["1", "2000"], "1"),
        ("barcodes", ["<script>", ""], "&lt;script&gt;"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field_and_nothing_typed_is_lost(
    signed_in: SignedIn, database: Database, field: str, typed: str | list[str], said: str
) -> None:
    answer = send(signed_in(Role.OFFICER), "/items/new", TABLETS | {field: typed})
    assert answer.status_code == 422
    assert said in _complaint(answer, field)
    for name, value in (TABLETS | {field: typed}).items():
        for one in value if isinstance(value, list) else [value]:
            assert name in ("kind", "hazard", "item_class") or html.escape(str(one).rstrip()) in answer.text, name
    with database.reading() as session:
        assert session.scalar(select(Item).where(Item.code == "PT")) is None


def test_a_barcode_of_another_item_is_refused_on_its_line(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    with database.transaction() as session:
        set_barcodes(session, item=session.merge(county.masks), barcodes={"6901234567892": "盒"})
    answer = send(signed_in(Role.OFFICER), "/items/new", TABLETS)
    assert answer.status_code == 422
    assert "6901234567892" in _complaint(answer, "barcodes")


def test_a_pack_in_which_stock_was_recorded_keeps_its_size(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    officer = signed_in(Role.OFFICER)
    form = _form(officer, f"/items/{county.masks.id}/edit") | {"word": ["盒", "箱"], "size": ["40", "2000"]}
    answer = send(officer, f"/items/{county.masks.id}/edit", form)
    assert answer.status_code == 422
    assert "盒" in _complaint(answer, "size")
    answer = send(officer, f"/items/{county.masks.id}/edit", form | {"size": ["50", "2000"], "base_unit": "个"})
    assert "只" in _complaint(answer, "base_unit")
    assert _described(database, "KZ").packs == {"盒": 50, "箱": 2000}


def test_two_who_change_one_item_do_not_write_over_each_other(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    path = f"/items/{county.masks.id}/edit"
    officer, admin = signed_in(Role.OFFICER), signed_in(Role.ADMIN)
    mine, theirs = _form(officer, path), _form(admin, path)
    send(admin, path, theirs | {"name": "医用口罩"})
    answer = send(officer, path, mine | {"name": "防护口罩", "shelf_life": "900"})
    assert answer.status_code == 412
    assert "医用口罩" in answer.text
    assert 'value="防护口罩"' in answer.text
    assert _described(database, "KZ").name == "医用口罩"
    again = send(officer, path, _fields(answer.text) | {"name": "防护口罩", "shelf_life": "900"})
    assert again.status_code == 302
    assert (_described(database, "KZ").name, _described(database, "KZ").shelf_life_days) == ("防护口罩", 900)


def test_a_second_click_on_a_change_is_no_conflict(signed_in: SignedIn, county: County) -> None:
    officer, path = signed_in(Role.OFFICER), f"/items/{county.masks.id}/edit"
    form = _form(officer, path) | {"name": "医用口罩"}
    assert [send(officer, path, form).status_code for _click in range(2)] == [302, 302]


def test_an_item_tells_what_it_must_never_meet_and_what_serves_instead(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    officer = signed_in(Role.OFFICER)
    send(officer, "/item-classes", {"code": "XDY", "name": "消毒药液", "unit_word": "升"})
    send(officer, "/items/new", TABLETS | {"item_class": "XDY", "class_units": "2"})
    path = f"/items/{county.disinfectant.id}/edit"
    send(officer, path, _form(officer, path) | {"item_class": "XDY", "class_units": "1/10"})
    page = officer.get(f"/items/{county.disinfectant.id}").text
    assert "易燃" in page
    assert "同车" in page
    assert "10 克折合 1 升" in page
    assert "含氯泡腾片" in page
    assert "2 升" in officer.get("/item-classes").text


def test_a_class_is_added_once_and_told_what_is_wrong(signed_in: SignedIn) -> None:
    officer, form = signed_in(Role.OFFICER), {"code": "XDY", "name": "消毒药液", "unit_word": "升"}
    assert [send(officer, "/item-classes", form).status_code for _click in range(2)] == [302, 302]
    for wrong in ({"name": "别的"}, {"code": ""}, {"unit_word": "长" * 11}):
        assert send(officer, "/item-classes", form | wrong).status_code == 422


def test_a_photo_is_known_by_its_bytes_and_served_as_nothing_else(signed_in: SignedIn, county: County) -> None:
    officer, path = signed_in(Role.OFFICER), f"/items/{county.masks.id}/photo"
    assert officer.get(path).status_code == 404
    assert _upload(officer, path, PNG, "口罩.jpg").status_code == 302
    answer = officer.get(path)
    assert (answer.data, answer.content_type) == (PNG, "image/png")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    refused = _upload(officer, path, b"<svg onload=alert(1)>", "a.png")
    assert refused.status_code == 422
    assert "PNG" in refused.text
    assert _upload(officer, path, PNG.ljust(2 * 1024 * 1024 + 1, b"\0"), "big.png").status_code == 422
    assert officer.get(path).data == PNG
    send(officer, f"{path}/remove", {})
    assert officer.get(path).status_code == 404


def test_a_scanned_code_means_an_item_and_its_pack(signed_in: SignedIn, database: Database, county: County) -> None:
    with database.transaction() as session:
        set_barcodes(session, item=session.merge(county.masks), barcodes={"16901234567899": "箱"})
    officer = signed_in(Role.OFFICER)
    found = officer.get("/scan?code=16901234567899", headers={"Accept": "application/json"})
    assert found.json == {
        "code": "KZ",
        "name": "一次性口罩",
        "label": "KZ 一次性口罩",
        "word": "箱",
        "size": 2000,
        "base_unit": "只",
    }
    assert officer.get("/scan?code=KZ").headers["Location"] == f"/items/{county.masks.id}"
    assert officer.get("/scan?code=999", headers={"Accept": "application/json"}).status_code == 404
    unknown = officer.get("/scan?code=<b>999")
    assert unknown.status_code == 404
    assert "&lt;b&gt;999" in unknown.text


def test_a_barcode_in_the_item_field_is_understood_without_a_script(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    with database.transaction() as session:
        set_barcodes(session, item=session.merge(county.masks), barcodes={"16901234567899": "箱"})
    form = {"key": "k", "store": "YY-CK", "to": "consumed", "item": "16901234567899", "quantity": "1", "unit": "盒"}
    assert send(signed_in(Role.OFFICER), "/stock/issue", form).status_code == 302


def test_the_list_sorts_and_goes_out_to_a_workbook_and_in_again(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    officer = signed_in(Role.OFFICER)
    with database.transaction() as session:
        add_class(session, code="XDY", name="消毒药液", unit_word="升")
    send(officer, "/items/new", TABLETS | {"item_class": "XDY", "class_units": "3/2", "name": "=1+1"})
    names = re.findall(r'class="item"[^>]*>([^<]+)<', officer.get("/items?by=name").text)
    assert names == sorted(names)
    before = [_described(database, code) for code in ("JY", "KZ", "PT", "XD84")]
    book = officer.get("/items.xlsx").data
    assert cells(book)[3][1] == "=1+1"
    assert send_file(officer, "items", book).status_code == 200
    assert [_described(database, code) for code in ("JY", "KZ", "PT", "XD84")] == before


def test_who_may_only_read_sees_no_form(signed_in: SignedIn, county: County) -> None:
    reporter = signed_in(Role.REPORTER)
    assert "/edit" not in reporter.get("/items").text
    assert "<form" not in reporter.get(f"/items/{county.masks.id}").text.split("<main")[1]
    assert reporter.get("/items/new").status_code == 403
    assert send(reporter, "/items/new", TABLETS).status_code == 403


def _described(database: Database, code: str) -> ItemDescription:
    with database.reading() as session:
        return describe_item(session, item_by_code(session, code))


def _form(client: FlaskClient, path: str) -> dict[str, object]:
    return _fields(client.get(path).text)


def _fields(page: str) -> dict[str, object]:
    """What the form of a page would send as it stands."""
    form = page.split('class="catalogue-form"')[1].split("</form>")[0]
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input[^>]* name="(\w+)" value="([^"]*)"', form):
        fields.setdefault(name, []).append(html.unescape(value))
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        fields[name] = re.findall(r'value="([^"]*)" selected', options)[:1]
    return {name: values if len(values) > 1 else "".join(values) for name, values in fields.items()}


def _complaint(answer: TestResponse, field: str) -> str:
    """What stands beside the first field of this name that is marked."""
    marked = re.search(
        rf'name="{field}"(?:(?!</td>|name=").)*?invalid-feedback"[^>]*>(.*?)</div>', answer.text, re.DOTALL
    )
    assert marked, field
    return marked[1]


def _upload(client: FlaskClient, path: str, content: bytes, name: str) -> TestResponse:
    fields = {"csrf_token": token(client, "/account"), "photo": FileStorage(io.BytesIO(content), name)}
    boundary, body = encode_multipart(fields)
    return client.post(
        path,
        input_stream=io.BytesIO(body),
        content_length=len(body),
        content_type=f"multipart/form-data; boundary={boundary}",
    )
