"""`logistics import`."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result
from sqlalchemy import func, select

from logistics.db import Database
from logistics.imports.commands import import_
from logistics.orders.models import Order
from tests.county import County
from tests.logistics.imports.tables import ORDER, ORDERS, cells, changed
from tests.logistics.workbooks.files import xlsx


def run(database: Database, folder: Path, *rows: tuple[object, ...], by: str = "officer") -> Result:
    file = folder / "orders.xlsx"
    file.write_bytes(xlsx(ORDERS, *rows))
    url = database.engine.url.render_as_string(hide_password=False)
    options = ["--by", by, "--data", str(folder), "--database", url, "--language", "en"]
    return CliRunner().invoke(import_, ["orders", str(file), "--errors", str(folder / "errors.xlsx"), *options])


def test_a_table_is_taken_in_from_the_shell(
    database: Database, county: County, tmp_path: Path, browser_files: None
) -> None:
    first, again = run(database, tmp_path, ORDER), run(database, tmp_path, ORDER)
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "1 new orders" in first.output
    assert "This table was taken in before: orders.xlsx" in again.output


def test_errors_go_to_the_shell_and_into_a_workbook(
    database: Database, county: County, tmp_path: Path, browser_files: None
) -> None:
    result = run(database, tmp_path, changed(ORDER, c3="XX"))
    assert result.exit_code == 1
    assert "Row 2, “物资”: No item is called “XX”." in result.stderr
    assert "No item is called" in str(cells((tmp_path / "errors.xlsx").read_bytes())[1][0])
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 0


def test_only_who_may_on_the_page_may_in_the_shell(
    database: Database, county: County, tmp_path: Path, browser_files: None
) -> None:
    for name in ("driver", "nobody"):
        assert run(database, tmp_path, ORDER, by=name).exit_code == 2
