"""What a hand scanner types, and what it means."""

import pytest

from inventory.barcodes import barcode, barcodes_of, scan, set_barcodes
from inventory.errors import InvalidInput, NotFound, Taken
from logistics.db import Database
from tests.county import County

CODES = {"6901234567892": "只", "16901234567899": "箱", "BOX-7": "盒"}


def test_a_case_barcode_means_the_case(database: Database, county: County) -> None:
    with database.transaction() as session:
        masks = session.merge(county.masks)
        set_barcodes(session, item=masks, barcodes=CODES)
        meant = {code: scan(session, code) for code in CODES}
        assert {code: scanned.word for code, scanned in meant.items()} == CODES
        assert {scanned.item.code for scanned in meant.values()} == {"KZ"}


def test_one_number_is_known_with_the_zeros_that_scanners_put_in_front(database: Database, county: County) -> None:
    with database.transaction() as session:
        set_barcodes(session, item=session.merge(county.masks), barcodes={"0123456789012": "盒"})
        for typed in ("123456789012", "00123456789012", " ０１２３４５６７８９０１２ "):
            assert scan(session, typed).word == "盒"
        with pytest.raises(Taken):
            set_barcodes(session, item=session.merge(county.disinfectant), barcodes={"123456789012": "克"})


def test_an_item_is_found_by_its_own_code_too(database: Database, county: County) -> None:
    with database.reading() as session:
        scanned = scan(session, "XD84")
        assert (scanned.item.id, scanned.word) == (county.disinfectant.id, "克")
        with pytest.raises(NotFound):
            scan(session, "6900000000000")


def test_the_barcodes_of_an_item_are_those_last_set(database: Database, county: County) -> None:
    with database.transaction() as session:
        masks = session.merge(county.masks)
        set_barcodes(session, item=masks, barcodes=CODES)
        set_barcodes(session, item=masks, barcodes={"6901234567892": "盒"})
        assert barcodes_of(session, masks) == {"6901234567892": "盒"}


@pytest.mark.parametrize("code", ["123", "=1+1", "a b c d", "长条码长条码", "9" * 49, "<b>1234"])
def test_what_no_scanner_types_is_no_barcode(code: str) -> None:
    with pytest.raises(InvalidInput):
        barcode(code)
