"""`logistics bench`: a server is started for it, asked, and ended; allocations are timed by themselves."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from inventory.units import UnitKind, add_unit
from logistics.cli import main
from logistics.db import Database

SMALL = (
    *("--movements", "9000", "--places", "200", "--items", "30", "--visits", "3"),
    *("--rows", "20", "--faulty-rows", "20", "--counted", "20"),
)


def test_each_kind_of_visit_is_timed(tmp_path: Path) -> None:
    ended = CliRunner().invoke(main, ["bench", "ledger", "--data", str(tmp_path), "--json", *SMALL])
    assert ended.exit_code == 0, ended.output
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [line["what"] for line in lines if line["what"].startswith("overview")] == [
        "overview of a leaf and all below",
        "overview of a county and all below",
        "overview of everything and all below",
    ]
    told = {line["what"] for line in lines}
    assert {"receipt of 20 lines", "issue of 200 lines", "import of 20 rows", "count of 20 lots posted"} <= told
    assert all(0 < line["p50_ms"] <= line["p95_ms"] <= line["p100_ms"] for line in lines)
    assert lines[-1]["what"].endswith("nothing wrong")


def test_sharing_out_is_timed_too() -> None:
    ended = CliRunner().invoke(
        main, ["bench", "allocation", "--points", "50", "--items", "2", "--stores", "6", "--json"]
    )
    assert ended.exit_code == 0, ended.output
    assert [json.loads(line)["what"] for line in ended.stdout.splitlines()] == [
        "one item, 50 points, every reason",
        "2 items, 20 points, every reason",
        "50 points, 6 stores, each to all",
        "50 points, 6 stores, 5 of them open to each",
    ]


def test_a_database_in_use_is_refused(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{(tmp_path / 'logistics.db').as_posix()}")
    database.upgrade()
    with database.transaction() as session:
        add_unit(session, code="YY", name="郧阳区局", kind=UnitKind.COUNTY)
    database.dispose()
    ended = CliRunner().invoke(main, ["bench", "ledger", "--data", str(tmp_path), *SMALL])
    assert ended.exit_code == 1
    assert "not empty" in ended.stderr
