"""The county's workbooks are read as a user's are, and say what the county says."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from logistics.demo.county import generate
from logistics.demo.county.facts import Facts
from logistics.demo.county.parts import DemoCounty
from logistics.demo.workbooks import gb18030_csv, rows_of, workbook, write_all
from logistics.imports.kinds import IMPORTERS, importer_for
from logistics.imports.operations import read_table
from logistics.workbooks.reading import read_sheet

FIRST_DAY = dt.date(2020, 3, 16)
#: The tables a new county brings: reviews answer requisitions that stand already, a count sheet belongs to a count under way, and
#: the other books are filled by hand.
BROUGHT = [kind for kind in IMPORTERS if kind not in ("reviews", "counts", "purchases", "assets")]


@pytest.fixture(scope="module")
def county() -> DemoCounty:
    return generate(2020, FIRST_DAY, Facts().scaled(0.1))


@pytest.mark.parametrize("kind", BROUGHT)
def test_every_row_of_every_table_is_understood(county: DemoCounty, kind: str) -> None:
    rows = rows_of(kind, county)
    table = read_table(importer_for(kind), workbook(importer_for(kind), rows), f"{kind}.xlsx")
    assert [str(error) for error in table.checked.errors] == []
    assert table.checked.unread == ()
    assert len(table.checked.rows) == len(rows) > 0


def test_what_is_read_is_what_was_written(county: DemoCounty) -> None:
    table = read_table(
        importer_for("customers"), workbook(importer_for("customers"), rows_of("customers", county)), "c"
    )
    for row, customer in zip(table.checked.rows, county.customers, strict=True):
        assert (row.values["code"], row.values["lat"], row.values["lon"]) == (customer.code, customer.lat, customer.lon)
        assert (row.values["scene"], row.values["phone"]) == (customer.scene, customer.phone)
    receipts = read_table(
        importer_for("receipts"), workbook(importer_for("receipts"), rows_of("receipts", county)), "r"
    )
    assert [(row.values["quantity"], row.values["expires_on"]) for row in receipts.checked.rows] == [
        (Decimal(line.amount), line.expires_on) for line in county.receipts
    ]


def test_the_csv_of_an_office_program_is_the_same_table(county: DemoCounty) -> None:
    importer, rows = importer_for("receipts"), rows_of("receipts", county)
    content = gb18030_csv(importer, rows)
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")
    assert (
        read_table(importer, content, "r.csv").digest == read_table(importer, workbook(importer, rows), "r.xlsx").digest
    )


def test_titles_are_those_of_the_sheets(county: DemoCounty) -> None:
    for kind in BROUGHT:
        importer = importer_for(kind)
        header = read_sheet(workbook(importer, rows_of(kind, county)), "x.xlsx").header
        assert set(header) <= {column.title for column in importer.schema.columns().values()}


def test_a_field_that_a_sheet_has_not_is_a_mistake_of_ours(county: DemoCounty) -> None:
    with pytest.raises(LookupError, match="wheels"):
        workbook(importer_for("vehicles"), [{"plate": "鄂C12345", "wheels": 4}])


def test_the_folder_says_what_is_real_and_what_is_not(county: DemoCounty, tmp_path: Path) -> None:
    files = write_all(county, tmp_path / "demo")
    assert set(files) == {*BROUGHT, "receipts-csv"}
    assert all(file.stat().st_size > 0 for file in files.values())
    about = (tmp_path / "demo" / "README.txt").read_text("utf-8-sig")
    assert "GeoNames" in about
    assert "CC BY 4.0" in about
