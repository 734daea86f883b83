"""Cover on the map: a mark for each unit with its word and sign, and a list that says the same without a script."""

import json
import re

import pytest

from inventory import ledger, places
from inventory.norms import Basis
from inventory.units import Unit, UnitKind
from logistics.accounts.models import Role
from logistics.db import Database
from tests.county import County, recorded
from tests.inventory.norms import approved, tell
from tests.logistics.conftest import SignedIn
from tests.logistics.supplies.acts import row_of
from tests.sqlite_files import SqliteFiles


@pytest.fixture
def databases(sqlite_files: SqliteFiles) -> SqliteFiles:
    """One engine is enough here: what the page calls is tested on both without it."""
    return sqlite_files


@pytest.fixture
def norms(database: Database, county: County) -> None:
    """Two masks a person and shift: the checkpoint holds 300 for 32 a day, the village none for its 20; its name is markup."""
    with database.transaction() as session:
        approved(session, county.masks, Basis.PERSON_SHIFT, 2, kinds=[UnitKind.CHECKPOINT, UnitKind.VILLAGE])
        tell(session, county.checkpoint, people_per_shift=8, shifts_a_day=2)
        session.get_one(Unit, county.village.id).name = "<b>大柳村</b>"
        own = places.store_of(session, session.merge(county.checkpoint))
        ledger.transfer(
            session,
            recorded=recorded("t"),
            source_id=county.store.id,
            destination_id=own.id,
            wanted={county.masks.id: 300},
        )


def test_each_unit_is_marked_by_how_long_it_lasts(signed_in: SignedIn, norms: None) -> None:
    officer = signed_in(Role.OFFICER)
    page = officer.get("/cover/map?item=KZ")
    address = re.search(r'data-map="([^"]+)"', page.text)
    assert address
    collection = json.loads(officer.get(address.group(1).replace("&amp;", "&")).text)
    marks = {one["properties"]["unit"]: one for one in collection["features"]}
    assert marks["KD1"]["geometry"]["coordinates"] == [110.83, 32.84]
    assert {code: (one["properties"]["heat"], one["properties"]["sign"]) for code, one in marks.items()} == {
        "CUN1": ("out", "✗"),
        "KD1": ("enough", "●"),
    }
    assert marks["KD1"]["properties"]["text"].split("\n")[1] == "一次性口罩  9.4 天  ● 充足"


def test_the_list_says_the_same_and_names_are_text(signed_in: SignedIn, norms: None) -> None:
    page = signed_in(Role.OFFICER).get("/cover/map")
    assert "9.4 天" in row_of(page, "高速卡点")
    assert page.text.index("大柳村") < page.text.index(">高速卡点</a>")
    assert "<b>大柳村" not in page.text


def test_where_nothing_is_known_the_page_says_what_to_do(signed_in: SignedIn, county: County) -> None:
    officer = signed_in(Role.OFFICER)
    for path in ("/cover/map", "/cover/map?item=KZ"):
        assert 'class="empty' in officer.get(path).text
    assert officer.get("/cover/map.json").json["features"] == []
    assert officer.get("/cover/map?item=月球").status_code == 404
    assert signed_in(Role.DRIVER).get("/cover/map").status_code == 403


def test_the_curve_of_an_item_stands_as_a_table_too(signed_in: SignedIn, norms: None) -> None:
    page = signed_in(Role.OFFICER).get("/cover/item?item=KZ")
    # 2,000 masks, 52 a day: in two weeks 1,272 are left.
    assert "1 箱" in row_of(page, "38.5 天")
    assert "24.5 天" in page.text
