"""Items and units told as a whole: added once, changed whole, and nothing that was recorded comes to mean something else."""

from dataclasses import replace
from fractions import Fraction

import pytest

from inventory.catalogue import ItemKind
from inventory.classes import add_class
from inventory.descriptions import (
    ItemDescription,
    UnitDescription,
    change_item,
    change_unit,
    describe_item,
    describe_unit,
    new_item,
    new_unit,
    version,
)
from inventory.errors import InvalidInput, NotFound, Taken, UnitWordFixed
from inventory.hazards import Hazard
from inventory.units import Tier, UnitKind
from logistics.db import Database
from tests.county import County

TABLETS = ItemDescription(
    code="PT",
    name="含氯泡腾片",
    kind=ItemKind.DISINFECTANT,
    base_unit="片",
    packs={"瓶": 100},
    barcodes={"6901234567892": "瓶"},
    hazard=Hazard.CHLORINE,
    shelf_life_days=730,
    item_class="XDY",
    class_units=Fraction(3, 2),
)
VILLAGE = UnitDescription(code="CUN2", name="小岭村", kind=UnitKind.VILLAGE, lat=33.0, lon=110.7)


def test_an_item_is_what_was_told_of_it(database: Database) -> None:
    with database.transaction() as session:
        add_class(session, code="XDY", name="消毒药液", unit_word="升")
        item = new_item(session, TABLETS)
        assert describe_item(session, item) == TABLETS
        assert item.class_units == Fraction(3, 2)


def test_an_item_told_twice_is_one_and_told_otherwise_is_refused(database: Database) -> None:
    with database.transaction() as session:
        add_class(session, code="XDY", name="消毒药液", unit_word="升")
        assert new_item(session, TABLETS) is new_item(session, TABLETS)
        with pytest.raises(Taken):
            new_item(session, replace(TABLETS, name="别的"))


def test_base_unit_and_pack_sizes_are_fixed_once_stock_has_moved(database: Database, county: County) -> None:
    with database.transaction() as session:
        masks = session.merge(county.masks)
        told = describe_item(session, masks)
        for other in (replace(told, base_unit="盒", packs={}), replace(told, packs={"盒": 40, "箱": 2000})):
            with pytest.raises(UnitWordFixed):
                change_item(session, masks, other)
        change_item(session, masks, replace(told, name="医用口罩", packs={"盒": 50, "件": 4000}))
        assert masks.units() == {"只": 1, "盒": 50, "件": 4000}


def test_packs_of_an_item_that_never_moved_may_still_be_corrected(database: Database) -> None:
    plain = replace(TABLETS, item_class=None)
    with database.transaction() as session:
        item = new_item(session, plain)
        change_item(session, item, replace(plain, base_unit="粒", packs={"瓶": 50}))
        assert item.units() == {"粒": 1, "瓶": 50}
        assert describe_item(session, item).barcodes == {"6901234567892": "瓶"}


def test_a_pack_that_goes_takes_its_barcodes_along(database: Database) -> None:
    plain = replace(TABLETS, item_class=None)
    with database.transaction() as session:
        item = new_item(session, plain)
        change_item(session, item, replace(plain, packs={}, barcodes={}))
        assert item.units() == {"片": 1}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"name": " "}, InvalidInput),
        ({"packs": {"瓶": 1}}, InvalidInput),
        ({"packs": {"片": 100}}, InvalidInput),
        ({"barcodes": {"6901234567892": "桶"}}, InvalidInput),
        ({"item_class": "无此类"}, NotFound),
    ],
)
def test_what_cannot_be_is_refused(database: Database, changed: dict[str, object], error: type[Exception]) -> None:
    with database.transaction() as session, pytest.raises(error):
        new_item(session, replace(TABLETS, **{"item_class": None} | changed))  # type: ignore[arg-type]


def test_the_version_differs_with_every_fact(database: Database, county: County) -> None:
    with database.transaction() as session:
        masks = session.merge(county.masks)
        before = version(describe_item(session, masks))
        change_item(session, masks, replace(describe_item(session, masks), barcodes={"6901234567892": "盒"}))
        after = version(describe_item(session, masks))
        assert before != after
        change_item(session, masks, replace(describe_item(session, masks), barcodes={}))
        assert version(describe_item(session, masks)) == before


def test_a_unit_is_told_once_and_changed_whole(database: Database, county: County) -> None:
    with database.transaction() as session:
        bureau = session.merge(county.bureau)
        unit = new_unit(session, VILLAGE, parent=bureau)
        assert new_unit(session, VILLAGE, parent=bureau) is unit
        with pytest.raises(Taken):
            new_unit(session, VILLAGE, parent=session.merge(county.station))
        change_unit(session, unit, replace(VILLAGE, tier=Tier.FRONTLINE, lat=None, lon=None))
        assert describe_unit(unit) == replace(VILLAGE, tier=Tier.FRONTLINE, lat=None, lon=None)
        with pytest.raises(InvalidInput):
            change_unit(session, unit, replace(VILLAGE, lon=None))
