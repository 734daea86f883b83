"""Many writers at once, through the library on both databases and over HTTP; and a contest that tells when the books are wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from click.testing import CliRunner

from logistics.bench.books import NotEmpty
from logistics.bench.writers import LibraryDoor, Wish, both_ways, one_lot, settle
from logistics.cli import main
from logistics.db import Database


def test_of_64_writers_40_get_a_box_of_the_one_lot(database: Database) -> None:
    settle(database)
    contest = one_lot(database, LibraryDoor(database), writers=64, runs=2)
    assert (contest.done, contest.short, contest.errors) == (80, 48, [])
    assert contest.kept_the_laws


def test_64_writers_who_cross_each_other_all_get_through(database: Database) -> None:
    settle(database)
    contest = both_ways(database, LibraryDoor(database), writers=64, runs=2)
    assert (contest.done, contest.short, contest.errors) == (128, 0, [])
    assert contest.kept_the_laws


@dataclass(frozen=True, slots=True)
class _Liar:
    """Says that everything was done, and does nothing."""

    name: ClassVar[str] = "liar"

    def ask(self, wish: Wish) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class _Broken:
    name: ClassVar[str] = "broken"

    def ask(self, wish: Wish) -> bool:
        raise TimeoutError("nobody answers")


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_what_was_told_and_not_done_is_lost(database: Database) -> None:
    settle(database)
    contest = one_lot(database, _Liar(), writers=8, runs=1)
    # Eight boxes of 50 that nobody took, eight documents that are not there; three were promised a box that there was not.
    assert (contest.done, contest.lost, contest.misjudged) == (8, 8 * 50 + 8, 3)
    assert not contest.kept_the_laws


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_what_a_writer_gets_to_see_breaks_the_law(database: Database) -> None:
    settle(database)
    contest = both_ways(database, _Broken(), writers=2, runs=1)
    assert contest.errors == ["TimeoutError: nobody answers"] * 2
    assert not contest.kept_the_laws


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_books_in_use_are_left_alone(database: Database, county: object) -> None:
    with pytest.raises(NotEmpty):
        settle(database)


def test_the_command_asks_over_http_too(tmp_path: Path) -> None:
    asked = ["bench", "writers", "--data", str(tmp_path), "--door", "http", "--writers", "8", "--runs", "1", "--json"]
    ended = CliRunner().invoke(main, asked)
    assert ended.exit_code == 0, ended.output
    told = {line["what"]: line for line in map(json.loads, ended.stdout.splitlines())}
    assert list(told) == ["one lot, http", "random lots both ways, http"]
    assert [(line["done"], line["short"]) for line in told.values()] == [(5, 3), (8, 0)]
    assert {line["lost"] + line["negative"] + line["errors"] for line in told.values()} == {0}
