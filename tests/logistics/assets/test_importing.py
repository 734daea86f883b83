"""Equipment by workbook: one row a piece, every fault told at once, what is known already stays as it is."""

import datetime as dt

import pytest

from inventory.assets import assets
from inventory.catalogue import ItemKind, add_item
from logistics.accounts.models import Role
from logistics.db import Database
from tests.county import County
from tests.logistics.conftest import SignedIn
from tests.logistics.imports.tables import changed, codes, take
from tests.sqlite_files import SqliteFiles

TITLES = ("物资", "编号", "所属单位", "购置日期", "校准周期(天)", "校准有效期至", "备注")
GUN = ("TW", "TW20-01", "YY", "2020-02-10", 365, "", "配电池两节")


@pytest.fixture
def databases(sqlite_files: SqliteFiles) -> SqliteFiles:
    """One engine is enough here: what the importer calls is tested on both without it."""
    return sqlite_files


@pytest.fixture(autouse=True)
def guns(database: Database, county: County) -> None:
    """Thermometer guns are kept piece by piece."""
    with database.transaction() as session:
        add_item(session, code="TW", name="体温枪", kind=ItemKind.EQUIPMENT, base_unit="把")


def test_each_row_is_a_piece_with_its_calibration(database: Database, county: County) -> None:
    lasting = changed(GUN, c1="TW20-02", c5="2020-12-31")
    plain = changed(GUN, c1=2020003, c2="高速卡点", c4="")
    for _time in range(2):
        take(database, "assets", TITLES, GUN, lasting, plain)
    take(database, "assets", TITLES, GUN, changed(GUN, c1="TW20-04"))
    with database.reading() as session:
        found = {piece.serial: piece for piece in assets(session, unit_id=county.bureau.id)}
    assert {serial: piece.due_on for serial, piece in found.items()} == {
        "TW20-01": dt.date(2021, 2, 9),
        "TW20-02": dt.date(2020, 12, 31),
        "2020003": None,
        "TW20-04": dt.date(2021, 2, 9),
    }
    assert found["2020003"].unit_id == county.checkpoint.id


def test_every_fault_is_told_at_once(database: Database, county: County) -> None:
    take(database, "assets", TITLES, GUN)
    assert codes(
        database,
        "assets",
        TITLES,
        changed(GUN, c4=180),
        changed(GUN, c0="KZ", c1="A"),
        changed(GUN, c1="B", c3="2030-01-01"),
        changed(GUN, c1="B"),
        changed(GUN, c1="C", c2="月球", c4=5000),
        changed(GUN, c1=""),
    ) == [
        (2, "编号", "other_piece"),
        (3, "物资", "not_equipment"),
        (4, "购置日期", "in_the_future"),
        (5, "编号", "twice"),
        (6, "校准周期(天)", "out_of_range"),
        (7, "编号", "blank"),
    ]


def test_the_page_of_equipment_leads_to_the_table(signed_in: SignedIn) -> None:
    assert "/import/assets" in signed_in(Role.OFFICER).get("/assets").text
