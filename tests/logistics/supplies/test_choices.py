"""Lists to pick from that stand in the database: found as people type, read only as far as they are shown."""

from __future__ import annotations

import pytest

from inventory.catalogue import ItemKind, add_item
from inventory.errors import InvalidInput, NotFound
from inventory.units import UnitKind, add_unit
from logistics.db import Database
from logistics.supplies import choices
from tests.county import County


def test_a_unit_is_found_by_code_label_and_name_in_whatever_width(database: Database, county: County) -> None:
    with database.reading() as session:
        units = choices.units(session, of_unit_id=county.bureau.id)
        for said in ("KD1", " KD1 ", f"KD1 {county.checkpoint.name}", "kd1", "ＫＤ１", county.checkpoint.name):
            assert units.find(said).id == county.checkpoint.id


def test_a_code_is_meant_before_a_label_that_reads_the_same(database: Database, county: County) -> None:
    with database.transaction() as session:
        for code, name in (("A", "B"), ("A B", "C")):
            add_item(session, code=code, name=name, kind=ItemKind.OTHER, base_unit="个")
        items = choices.item_names(session)
        assert [items.find(said).code for said in ("A", "A B", "A B C", "B")] == ["A", "A B", "A B", "A"]


def test_units_elsewhere_are_not_known_even_by_their_code(database: Database, county: County) -> None:
    with database.reading() as session:
        own = choices.units(session, of_unit_id=county.checkpoint.id)
        assert [choice.code for choice in own.all] == ["KD1"]
        for said in ("YZ1", "", "no such unit"):
            with pytest.raises(NotFound if said else InvalidInput):
                own.find(said)


def test_the_first_of_a_long_list_come_with_the_page_its_own_unit_on_top(database: Database, county: County) -> None:
    with database.transaction() as session:
        bureau = session.merge(county.bureau)
        for number in range(210):
            add_unit(session, code=f"A{number:03}", name=f"点{number}", kind=UnitKind.OTHER, parent=bureau)
        units = choices.units(session, of_unit_id=bureau.id)
        assert [choice.code for choice in units.first[:2]] == [bureau.code, "A000"]
        assert len(units.first) == units.SHOWN + 1
        assert units.labels[: units.SHOWN + 1] == [choice.label for choice in units.first]


def test_stores_that_stand_come_before_those_that_units_would_get(database: Database, county: County) -> None:
    with database.reading() as session:
        stores = choices.stores(session, of_unit_id=county.bureau.id)
        standing = [choice for choice in stores.all if choice.thing.location is not None]
        assert standing == list(stores.all[: len(standing)])
        assert stores.find(county.store.code).location == session.merge(county.store, load=False)
        to_be = stores.find("KD1")
        assert (to_be.location, to_be.unit and to_be.unit.id) == (None, county.checkpoint.id)
        assert stores.coded("no such store") is None
        assert len({choice.code for choice in stores.all}) == len(stores.all)


def test_items_named_by_their_codes_are_all_that_is_read(database: Database, county: County) -> None:
    with database.reading() as session:
        code = county.masks.code
        assert [choice.code for choice in choices.items_coded(session, [f" {code} ", code]).all] == [code]
        assert choices.items_coded(session, [code, county.masks.name]).find(county.masks.name).code == code
