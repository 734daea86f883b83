"""`logistics bench`: how quick this machine is with books of a size of your choice."""

from __future__ import annotations

import json
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain
from zoneinfo import ZoneInfo

import click

from inventory.stock import prove
from inventory.units import get_unit, unit_by_code
from logistics.accounts.models import Role
from logistics.accounts.operations import add_user
from logistics.bench.books import NotEmpty, Size, counties, item_code, leaves, make_books, unit_code
from logistics.bench.bulk import Amounts, timed_bulk
from logistics.bench.shares import timed_shares
from logistics.bench.visits import PERCENTILES, Timed, Visitor, timed
from logistics.bench.writers import BUREAU, Contest, Door, HttpDoor, LibraryDoor, both_ways, one_lot, settle
from logistics.cli import with_settings
from logistics.clock import system_clock
from logistics.config import Settings
from logistics.db import Database

NAME = "bench"
WRITES_A_READ = 3
"""Writing takes its turn less often: each is another document."""

COMMON_ITEMS, RARE_ITEMS = 20, 400
DOORS = (LibraryDoor.name, HttpDoor.name)
SHOWN_ERRORS = 5


@click.group()
def bench() -> None:
    """Measure this machine. Use a data folder or a database of its own: it is filled with made-up books."""


@bench.command()
@click.option("--movements", default=10_000_000, type=click.IntRange(min=1))
@click.option("--places", default=5_000, type=click.IntRange(min=200))
@click.option("--items", default=1_000, type=click.IntRange(min=30))
@click.option("--visits", default=60, type=click.IntRange(min=3), help="How often each page is read.")
@click.option("--rows", default=10_000, type=click.IntRange(min=1), help="Rows of a workbook taken in.")
@click.option("--faulty-rows", default=50_000, type=click.IntRange(min=2), help="Rows of one that is mostly wrong.")
@click.option("--counted", default=5_000, type=click.IntRange(1, 5_000), help="Lots of a store that is counted.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each line instead of a table.")
@with_settings
def ledger(
    settings: Settings,
    movements: int,
    places: int,
    items: int,
    visits: int,
    rows: int,
    faulty_rows: int,
    counted: int,
    as_json: bool,
) -> None:
    """Pages, documents, workbooks, counts and the proof over a large ledger, asked over HTTP of a server started for it."""
    size = Size(movements=movements, places=places, items=items)
    password = secrets.token_urlsafe(16)
    database = Database(settings.database_url)
    database.upgrade()
    try:
        _fill(database, size, password)
        with _serving(settings) as address:
            visitor = Visitor(address)
            visitor.sign_in(NAME, password)
            amounts = Amounts(rows=rows, faulty_rows=faulty_rows, counted=counted)
            today = system_clock().astimezone(ZoneInfo(settings.timezone)).date()
            for line in chain(_lines(visitor, size, visits), timed_bulk(visitor, size, amounts, today)):
                _print(line, as_json)
        _print(_proof(database), as_json)
    except NotEmpty as error:
        raise click.ClickException(str(error)) from error
    finally:
        database.dispose()


@bench.command()
@click.option("--points", default=5_000, type=click.IntRange(min=10))
@click.option("--items", default=100, type=click.IntRange(min=1))
@click.option("--stores", default=20, type=click.IntRange(min=5))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each line instead of a table.")
def allocation(points: int, items: int, stores: int, as_json: bool) -> None:
    """Sharing out at the size of a province, with the reason of every point; without a database."""
    for line in timed_shares(points=points, items=items, stores=stores):
        _print(line, as_json)


@bench.command()
@click.option("--writers", default=64, type=click.IntRange(min=2, max=500), help="How many write at the same moment.")
@click.option("--runs", default=100, type=click.IntRange(min=1))
@click.option("--door", "doors", multiple=True, type=click.Choice(DOORS), default=DOORS, help="Which way they go in.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each line instead of a table.")
@with_settings
def writers(settings: Settings, writers: int, runs: int, doors: Sequence[str], as_json: bool) -> None:
    """Many writers at one lot, and at random lots both ways. Ends with 1 where anything was lost, negative or blocked."""
    password = secrets.token_urlsafe(16)
    database = Database(settings.database_url)
    database.upgrade()
    try:
        _settle_writers(database, password)
        kept = True
        for contest in _contests(settings, database, password, doors, writers, runs):
            _print_contest(contest, as_json)
            kept = kept and contest.kept_the_laws
    except NotEmpty as error:
        raise click.ClickException(str(error)) from error
    finally:
        database.dispose()
    if not kept:
        raise SystemExit(1)


def _settle_writers(database: Database, password: str) -> None:
    settle(database)
    with database.transaction() as session:
        add_user(
            session,
            sign_in_name=NAME,
            name=NAME,
            role=Role.ADMIN,
            unit=unit_by_code(session, BUREAU),
            password=password,
            at=system_clock(),
        )


def _contests(
    settings: Settings, database: Database, password: str, doors: Sequence[str], writers: int, runs: int
) -> Iterator[Contest]:
    for name in doors:
        with _door(name, settings, database, password) as door:
            for contest in (one_lot, both_ways):
                yield contest(database, door, writers=writers, runs=runs)


@contextmanager
def _door(name: str, settings: Settings, database: Database, password: str) -> Iterator[Door]:
    if name == LibraryDoor.name:
        yield LibraryDoor(database)
        return
    with _serving(settings) as address:
        visitor = Visitor(address)
        visitor.sign_in(NAME, password)
        yield HttpDoor(visitor)


def _print_contest(contest: Contest, as_json: bool) -> None:
    told = {
        "runs": contest.runs,
        "done": contest.done,
        "short": contest.short,
        "lost": contest.lost,
        "negative": contest.negative,
        "misjudged": contest.misjudged,
        "unproved": contest.unproved,
        "errors": len(contest.errors),
    }
    times = {f"p{percent}_ms": round(contest.percentile(percent), 1) for percent in PERCENTILES}
    if as_json:
        click.echo(json.dumps({"what": contest.what, **told, **times}))
    else:
        shown = "  ".join(f"{name} {value}" for name, value in (told | times).items())
        click.echo(f"{contest.what:30} {shown}")
    for error in contest.errors[:SHOWN_ERRORS]:
        click.echo(f"  {error}", err=True)


def _fill(database: Database, size: Size, password: str) -> None:
    began_s = time.monotonic()
    now = system_clock()
    make_books(database, size, until=now, say=partial(_say, began_s))
    with database.transaction() as session:
        add_user(
            session, sign_in_name=NAME, name=NAME, role=Role.ADMIN, unit=get_unit(session, 1), password=password, at=now
        )
    _say(began_s, "ready")


def _say(began_s: float, what: str) -> None:
    click.echo(f"{time.monotonic() - began_s:6.0f} s  {what}", err=True)


@contextmanager
def _serving(settings: Settings) -> Iterator[str]:
    """A server in a process of its own, by its address."""
    command = [sys.executable, "-m", "logistics.cli", "serve", "--port", "0", "--workers", "0"]
    where = ["--data", str(settings.data), "--database", settings.database_url]
    with subprocess.Popen([*command, *where], stdout=subprocess.PIPE, text=True) as server:  # noqa: S603  # our own program
        try:
            yield next(line.strip() for line in server.stdout or () if line.startswith("http"))
        finally:
            server.terminate()


def _lines(visitor: Visitor, size: Size, visits: int) -> Iterator[Timed]:
    chance = random.Random(1)  # noqa: S311  # no secret
    units: dict[str, Sequence[int]] = {"a leaf": leaves(size), "a county": counties(), "everything": [1]}
    for name, ids in units.items():
        pages = [f"/stock?unit={unit_code(chance.choice(ids))}" for _ in range(visits)]
        yield timed(f"overview of {name} and all below", [partial(visitor.read, page) for page in pages])
    goods = {"common": range(1, COMMON_ITEMS), "rare": range(min(RARE_ITEMS, size.items // 2), size.items)}
    for name, ids in units.items():
        for kind, items in goods.items():
            pages = [
                f"/stock/card?unit={unit_code(chance.choice(ids))}&item={item_code(chance.choice(items))}"
                for _ in range(visits)
            ]
            yield timed(f"stock card of {name}, {kind} goods", [partial(visitor.read, page) for page in pages])
    for lines in (20, 200):
        for what, act in (("receipt", _receipt), ("issue", _issue)):
            acts: list[Callable[[], bytes]] = [
                partial(visitor.write, f"/api/v1/{what}s", act(chance, size, min(lines, size.items)))
                for _ in range(visits // WRITES_A_READ + 1)
            ]
            yield _written(f"{what} of {lines} lines", acts)


def _written(what: str, acts: Sequence[Callable[[], bytes]]) -> Timed:
    """Each of them once: the same again would find itself done."""
    acts[0]()
    return replace(timed(what, acts[1:]), what=what)


def _receipt(chance: random.Random, size: Size, lines: int) -> dict[str, object]:
    return _document(chance) | {
        "source": {"place": "supplier", "name": "supplier"},
        "lines": [
            {"item": item_code(item), "quantity": 50, "lot": "bench", "expires_on": None}
            for item in chance.sample(range(1, size.items + 1), lines)
        ],
    }


def _issue(chance: random.Random, size: Size, lines: int) -> dict[str, object]:
    items = chance.sample(range(1, size.items + 1), lines)
    return _document(chance) | {"to": None, "lines": [{"item": item_code(item), "quantity": 1} for item in items]}


def _document(chance: random.Random) -> dict[str, object]:
    return {"key": secrets.token_hex(8), "reason": "", "store": unit_code(chance.choice(counties()))}


def _proof(database: Database) -> Timed:
    began_s = time.perf_counter()
    with database.reading() as session:
        proof = prove(session)
    took_ms = 1000 * (time.perf_counter() - began_s)
    verdict = "nothing wrong" if not proof.findings else f"{len(proof.findings)} FINDINGS"
    return Timed(what=f"proof over {proof.movements} movements: {verdict}", took_ms=[took_ms], size=0)


def _print(line: Timed, as_json: bool) -> None:
    times = {f"p{percent}_ms": round(line.percentile(percent), 1) for percent in PERCENTILES}
    if as_json:
        click.echo(json.dumps({"what": line.what, "visits": len(line.took_ms), **times, "bytes": line.size}))
    else:
        shown = "  ".join(f"{name[:-3]} {value:9.1f} ms" for name, value in times.items())
        click.echo(f"{line.what:50} {shown}  {line.size / 1000:8.0f} kB")
