"""The table of facts: one row a unit, once, with every complaint at once."""

import datetime as dt

from sqlalchemy import select

from inventory.catalogue import item_by_code
from inventory.norms import Figures, UnitFacts
from logistics.db import Database
from tests.county import TODAY, County
from tests.logistics.imports.tables import ITEMS, codes, take

FACTS = ("单位", "自何日起", "每班人数", "每天班次", "消毒面积(平方米)", "每天消毒次数", "户数", "隔离人数")


def test_a_table_tells_the_facts_and_a_blank_leaves_what_is_known(database: Database, county: County) -> None:
    take(database, "facts", FACTS, ("KD1", "2020-03-10", 6, 3, 200, 3, "", ""), ("大柳村", "", "", "", "", "", 120, 4))
    again = take(
        database, "facts", FACTS, ("KD1", "2020-03-10", 6, 3, 200, 3, "", ""), ("大柳村", "", "", "", "", "", 120, 4)
    )
    assert again.again
    take(database, "facts", FACTS, ("KD1", "", 8, "", "", "", "", ""))
    with database.reading() as session:
        told = session.scalars(select(UnitFacts).order_by(UnitFacts.id)).all()
        assert [facts.unit_id for facts in told] == [county.checkpoint.id, county.village.id, county.checkpoint.id]
        assert told[0].valid_from == dt.date(2020, 3, 10)
        # The village's ten people on duty go on as one shift.
        assert told[1].figures == Figures(people_per_shift=10, shifts_a_day=1, households=120, isolated=4)
        assert (told[1].valid_from, told[2].figures.people_per_shift, told[2].figures.area_m2) == (TODAY, 8, 200)


def test_everything_wrong_with_a_table_is_told_at_once(database: Database, county: County) -> None:
    rows = (
        ("KD1", "2020-03-10", 6, 3, 200, 3, "", ""),
        ("高速卡点", "", 7, "", "", "", "", ""),
        ("火星站", "", "", "", "", "", "", ""),
        ("YZ1", "", "6人", 25, "", "", "", ""),
    )
    assert codes(database, "facts", FACTS, *rows) == [
        (3, "单位", "twice"),
        (4, "单位", "unknown"),
        (5, "每班人数", "unit_in_number"),
        (5, "每天班次", "out_of_range"),
    ]
    with database.reading() as session:
        assert session.scalars(select(UnitFacts)).all() == []


def test_items_learn_the_concentration_of_their_label(database: Database, county: County) -> None:
    head = (*ITEMS[:4], "有效氯(%)")
    take(database, "items", head, ("XD84", "84消毒液", "消毒液", "克", 5), ("KZ", "一次性口罩", "防护用品", "只", ""))
    take(database, "items", (*ITEMS[:4],), ("XD84", "84消毒液", "消毒液", "克"))
    with database.reading() as session:
        assert item_by_code(session, "XD84").active_mg_per_kg == 50_000
        assert item_by_code(session, "KZ").active_mg_per_kg is None
    assert codes(database, "items", head, ("X2", "泡腾片", "消毒液", "克", 101)) == [(2, "有效氯(%)", "out_of_range")]
