"""Books of a whole province, for measuring: units, items, lots, and as many movements as wanted, with balances that are their sums.

A bureau, 14 cities, 88 counties, and leaves below them.  County stores are filled from a supplier and fill the leaves, which use things
up.  A leaf keeps some 60 items of the many, common ones rather than rare ones, as real stations do.  Everything follows from the
seed.  The rows are made as arrays and loaded in bulk, past the operations of `inventory`, which `stock.prove` shows to have done no harm.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Index, Table, func, insert, select
from sqlalchemy.orm import Session

from inventory.base import Base
from inventory.catalogue import Item, ItemKind, Lot
from inventory.errors import InventoryError
from inventory.ledger import DocumentKind
from inventory.places import Place, StockLocation
from inventory.units import Tier, Unit, UnitKind, spell_out_tree
from logistics.db import Database

CITIES, COUNTIES = 14, 88
LOTS_AN_ITEM = 3
ASSORTMENT = 60
"""How many kinds of goods a leaf keeps on average."""

LINES_A_DOCUMENT = 20
DAYS = 180
MOST_A_TRANSFER = 40
CHUNK = 200_000

SUPPLIER, CONSUMED = "supplier", "consumed"

type Integers = npt.NDArray[np.int64]
type Say = Callable[[str], None]


class NotEmpty(InventoryError):
    """The database holds something already; benchmarks are for one of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    movements: int
    places: int
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flow:
    """Movements in the order in which they were recorded, as columns. `document` counts from 0 within the flow."""

    lot: Integers
    source: Integers
    destination: Integers
    quantity: Integers
    document: Integers
    kinds: Sequence[DocumentKind]
    """The kind of each document."""


def make_books(database: Database, size: Size, *, until: dt.datetime, seed: int = 1, say: Say = lambda _: None) -> None:
    """Fill an empty database with `size`; the last movement was recorded at `until`. Raises NotEmpty.

    Ten million movements take three to five minutes and 2 to 3 GB.
    """
    rng = np.random.default_rng(seed)
    with database.engine.connect().execution_options(begin="IMMEDIATE") as connection, connection.begin():
        refuse_used(connection)
        if not database.is_sqlite:
            connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")  # moments are loaded as text
        say("units, items, lots")
        _add_frame(connection, size, until.date())
        flow = _flow(rng, size)
        say(f"{len(flow.lot)} movements in {len(flow.kinds)} documents")
        indexes = _without_indexes(connection)
        _load_flow(connection, flow, until)
        say("balances")
        _load_balances(connection, flow)
        say("indexes")
        for index in indexes:
            index.create(connection)
    _settle(database)


def leaves(size: Size) -> range:
    """The ids of the units below the counties."""
    return range(2 + CITIES + COUNTIES, 1 + size.places)


def counties() -> range:
    return range(2 + CITIES, 2 + CITIES + COUNTIES)


def unit_code(unit_id: int) -> str:
    return f"U{unit_id:05d}"


def item_code(item_id: int) -> str:
    return f"I{item_id:04d}"


def refuse_used(connection: Connection) -> None:
    if connection.scalar(select(func.count()).select_from(Unit)):
        raise NotEmpty("the database is not empty")


# Frame ----------------------------------------------------------------------------------------------------------------


def _add_frame(connection: Connection, size: Size, today: dt.date) -> None:
    """Unit, store and stock location share their number, which makes the arrays simple; supplier and consumption come after them."""
    connection.execute(insert(Unit), [_unit(unit_id, size) for unit_id in range(1, size.places + 1)])
    with Session(connection) as session:
        spell_out_tree(session)
    outside = [(size.places + 1, Place.SUPPLIER, SUPPLIER), (size.places + 2, Place.CONSUMED, CONSUMED)]
    stores = [(unit_id, Place.STORE, unit_code(unit_id)) for unit_id in range(1, size.places + 1)]
    connection.execute(
        insert(StockLocation),
        [
            {
                "id": number,
                "place": place,
                "code": code,
                "name": code,
                "unit_id": number if place is Place.STORE else None,
                "guarded": place is Place.STORE,
            }
            for number, place, code in (*stores, *outside)
        ],
    )
    items = range(1, size.items + 1)
    connection.execute(
        insert(Item),
        [
            {
                "id": number,
                "code": item_code(number),
                "name": f"物资{number}",
                "kind": ItemKind.OTHER,
                "base_unit": "件",
            }
            for number in items
        ],
    )
    connection.execute(
        insert(Lot),
        [
            {
                "id": LOTS_AN_ITEM * (number - 1) + place + 1,
                "item_id": number,
                "code": f"L{place}",
                "expires_on": today + dt.timedelta(days=200 * (place + 1)),
            }
            for number in items
            for place in range(LOTS_AN_ITEM)
        ],
    )


def _unit(unit_id: int, size: Size) -> dict[str, Any]:
    kind, parent = _kind_and_parent(unit_id, size)
    return {
        "id": unit_id,
        "code": unit_code(unit_id),
        "name": f"单位{unit_id}",
        "kind": kind,
        "tier": (Tier.FRONTLINE, Tier.WINDOW, Tier.OTHER)[unit_id % 3],
        "parent_id": parent,
        "headcount": 5 + unit_id % 40,
    }


def _kind_and_parent(unit_id: int, size: Size) -> tuple[UnitKind, int | None]:
    if unit_id == 1:
        return UnitKind.BUREAU, None
    if unit_id < counties().start:
        return UnitKind.BUREAU, 1
    if unit_id < leaves(size).start:
        return UnitKind.COUNTY, 2 + unit_id % CITIES
    return UnitKind.STATION, counties()[unit_id % COUNTIES]


# Movements ------------------------------------------------------------------------------------------------------------


def _flow(rng: np.random.Generator, size: Size) -> _Flow:
    """Receipts into the county stores first, then transfers to the leaves and what they use up."""
    leaf, lot = _assortments(rng, size)
    parent = counties()[0] + leaf % COUNTIES
    chosen = rng.integers(len(leaf), size=max(0, size.movements - COUNTIES * LOTS_AN_ITEM * size.items))
    is_transfer = _turn_of_each(chosen) % 2 == 0
    # What a leaf uses up between two transfers is never more than the transfer before brought.
    brought = rng.integers(MOST_A_TRANSFER // 2, MOST_A_TRANSFER, len(chosen))
    quantity = np.where(is_transfer, brought, rng.integers(1, MOST_A_TRANSFER // 2, len(chosen)))
    source = np.where(is_transfer, parent[chosen], leaf[chosen])
    destination = np.where(is_transfer, leaf[chosen], size.places + 2)
    receipts = _receipts(size, parent[chosen][is_transfer], lot[chosen][is_transfer], quantity[is_transfer])
    document, kinds = _documents(is_transfer, len(receipts[0]))
    return _Flow(
        lot=np.concatenate([receipts[0], lot[chosen]]),
        source=np.concatenate([np.full(len(receipts[0]), size.places + 1), source]),
        destination=np.concatenate([receipts[1], destination]),
        quantity=np.concatenate([receipts[2], quantity]),
        document=document,
        kinds=kinds,
    )


def _assortments(rng: np.random.Generator, size: Size) -> tuple[Integers, Integers]:
    """The leaves and the lots they keep, pair by pair; an item twice as far down the list is half as common."""
    common = 1 / (10 + np.arange(size.items))
    kept: list[tuple[Integers, Integers]] = []
    for leaf in leaves(size):
        items = rng.choice(
            size.items,
            min(size.items, int(rng.integers(ASSORTMENT // 2, 3 * ASSORTMENT // 2))),
            False,
            common / common.sum(),
        )
        lots = LOTS_AN_ITEM * items + rng.integers(LOTS_AN_ITEM, size=len(items)) + 1
        kept.append((np.full(len(lots), leaf), lots))
    return np.concatenate([pair[0] for pair in kept]), np.concatenate([pair[1] for pair in kept])


def _turn_of_each(chosen: Integers) -> Integers:
    """The how-manieth time it is that each pair was chosen."""
    order = np.argsort(chosen, kind="stable")
    starts = np.searchsorted(chosen[order], chosen[order])
    turn = np.empty(len(chosen), dtype=np.int64)
    turn[order] = np.arange(len(chosen)) - starts
    return turn


def _receipts(size: Size, store: Integers, lot: Integers, quantity: Integers) -> tuple[Integers, Integers, Integers]:
    """For every county and lot what its leaves will get, and something more: lots, stores, quantities."""
    lots = LOTS_AN_ITEM * size.items
    total = np.bincount((store - counties()[0]) * lots + lot - 1, weights=quantity, minlength=COUNTIES * lots)
    every = np.arange(COUNTIES * lots)
    return every % lots + 1, every // lots + counties()[0], total.astype(np.int64) + 1_000


def _documents(is_transfer: npt.NDArray[np.bool_], receipts: int) -> tuple[Integers, list[DocumentKind]]:
    """Twenty lines of one kind make a document."""
    first = np.arange(receipts) // LINES_A_DOCUMENT
    number = np.empty(len(is_transfer), dtype=np.int64)
    kinds = [DocumentKind.RECEIPT] * (int(first[-1]) + 1 if receipts else 0)
    for flag, kind in ((True, DocumentKind.TRANSFER), (False, DocumentKind.ISSUE)):
        lines = np.flatnonzero(is_transfer == flag)
        number[lines] = len(kinds) + np.arange(len(lines)) // LINES_A_DOCUMENT
        kinds += [kind] * -(-len(lines) // LINES_A_DOCUMENT)
    return np.concatenate([first, number]), kinds


# Loading --------------------------------------------------------------------------------------------------------------


def _without_indexes(connection: Connection) -> list[Index]:
    """Drop what would be brought up to date row by row; a list of what to make again."""
    tables: list[Table] = [Base.metadata.tables[name] for name in ("movement", "document", "balance")]
    indexes = [index for table in tables for index in table.indexes]
    for index in indexes:
        index.drop(connection)
    return indexes


def _load_flow(connection: Connection, flow: _Flow, until: dt.datetime) -> None:
    first_line = np.full(len(flow.kinds), len(flow.lot), dtype=np.int64)
    np.minimum.at(first_line, flow.document, np.arange(len(flow.lot)))
    moments = _moments(len(flow.lot), until)
    _load(
        connection,
        Base.metadata.tables["document"],
        ("id", "kind", "key", "fingerprint", "occurred_at", "recorded_at", "recorded_by", "reason"),
        (
            (number + 1, kind.value, f"bench:{number}", "", moments(line), moments(line), "bench", "")
            for number, (kind, line) in enumerate(zip(flow.kinds, first_line.tolist(), strict=True))
        ),
    )
    columns = zip(
        flow.document.tolist(),
        flow.lot.tolist(),
        flow.source.tolist(),
        flow.destination.tolist(),
        flow.quantity.tolist(),
        strict=True,
    )
    _load(
        connection,
        Base.metadata.tables["movement"],
        ("id", "document_id", "item_id", "lot_id", "source_id", "destination_id", "quantity", "occurred_at"),
        (
            (line + 1, document + 1, (lot - 1) // LOTS_AN_ITEM + 1, lot, source, destination, quantity, moments(line))
            for line, (document, lot, source, destination, quantity) in enumerate(columns)
        ),
    )


def _moments(lines: int, until: dt.datetime) -> Callable[[int], str]:
    """When each line was recorded, as both databases read it: evenly over the days before `until`, which is in UTC."""
    first = until.astimezone(dt.UTC) - dt.timedelta(days=DAYS)
    step = dt.timedelta(days=DAYS) / max(1, lines)
    return lambda line: f"{first + step * line:%Y-%m-%d %H:%M:%S.%f}"


def _load_balances(connection: Connection, flow: _Flow) -> None:
    lots = int(flow.lot.max()) + 1
    places = int(max(flow.source.max(), flow.destination.max())) + 1
    total = np.bincount(flow.destination * lots + flow.lot, weights=flow.quantity, minlength=places * lots)
    total -= np.bincount(flow.source * lots + flow.lot, weights=flow.quantity, minlength=places * lots)
    touched = np.unique(np.concatenate([flow.destination * lots + flow.lot, flow.source * lots + flow.lot]))
    guarded = {place: flag for place, flag in connection.execute(select(StockLocation.id, StockLocation.guarded))}
    _load(
        connection,
        Base.metadata.tables["balance"],
        ("location_id", "lot_id", "item_id", "guarded", "quantity"),
        (
            (cell // lots, cell % lots, (cell % lots - 1) // LOTS_AN_ITEM + 1, guarded[cell // lots], int(total[cell]))
            for cell in touched.tolist()
        ),
    )


def _load(connection: Connection, table: Table, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    """By the quickest way each database has."""
    names = ", ".join(columns)
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608  # names of ours
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _settle(database: Database) -> None:
    """Numbers go on after those that were given, and the database knows what its tables look like."""
    if database.is_sqlite:
        with database.engine.connect().execution_options(begin="IMMEDIATE") as connection, connection.begin():
            connection.exec_driver_sql("ANALYZE")
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in ("unit", "stock_location", "item", "lot", "document", "movement"):
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"  # noqa: S608
            )
        connection.exec_driver_sql("VACUUM ANALYZE")  # which a server in use does by itself
