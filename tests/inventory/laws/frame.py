"""What is there at first: the small county with stores at its points, a household, a donor and two kinds of masks."""

from __future__ import annotations

import pickle
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import catalogue, classes, ledger, places
from inventory.catalogue import Item, ItemKind
from inventory.ledger import Line
from inventory.places import Place, StockLocation
from logistics.db import Database
from tests.county import NOW, County, make_county, recorded
from tests.inventory.laws import told
from tests.inventory.laws.books import Books, Move, Paper, PlainLot, PlainPlace
from tests.postgres import Postgres
from tests.sqlite_files import SqliteFiles

STORES = ("warehouse", "station", "checkpoint")
#: Who acts: at first the bureau stands above all.
UNITS = ("bureau", *STORES)
ITEMS = ("masks", "kn95", "disinfectant")
BASE_UNITS = {"masks": "只", "kn95": "只", "disinfectant": "克"}
PACK_WORDS = {"masks": "盒", "kn95": "盒", "disinfectant": "公斤"}

#: By database engine: every copy of the template holds the same rows.
_FRAMES: dict[str, bytes] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The ids of what is there at first, by the names that the rules use. `masks` are the class that masks and KN95 are of."""

    store: dict[str, int]
    unit: dict[str, int]
    item: dict[str, int]
    masks: int
    outside: dict[Place, int]
    books: Books


def template_of(databases: Postgres | SqliteFiles) -> Any:
    """The database that every example begins with a copy of."""
    return databases.template("every_document", _settle)


def frame_of(database: Database) -> Frame:
    """What stands in such a copy, with books of its own."""
    frame: Frame = pickle.loads(_FRAMES[database.engine.dialect.name])  # noqa: S301
    return frame


def _settle(url: str) -> None:
    database = Database(url)
    database.upgrade()
    with database.transaction() as session:
        county = make_county(session)
        units = {
            "bureau": county.bureau,
            "warehouse": county.warehouse,
            "station": county.station,
            "checkpoint": county.checkpoint,
        }
        kn95 = _add_kn95(session, county)
        for item, code in ((county.masks, "M3"), (county.disinfectant, "X2")):
            catalogue.lot_for(session, item=item, code=code, expires_on=None)
        for unit in (county.station, county.checkpoint):
            ledger.transfer(
                session,
                recorded=recorded(f"first-{unit.code}"),
                source_id=county.store.id,
                destination_id=places.store_of(session, unit).id,
                wanted={county.masks.id: 300, county.disinfectant.id: 1_000},
            )
        frame = Frame(
            store={name: places.store_of(session, units[name]).id for name in STORES},
            unit={name: unit.id for name, unit in units.items()},
            item={"masks": county.masks.id, "kn95": kn95.id, "disinfectant": county.disinfectant.id},
            masks=kn95.class_id,
            outside=_outside(session, county),
            books=_opening(session),
        )
    _FRAMES[database.engine.dialect.name] = pickle.dumps(frame)
    database.dispose()


def _add_kn95(session: Session, county: County) -> Item:
    """KN95 in boxes of 20, each of which counts for two masks; 400 lie in the store."""
    kn95 = catalogue.add_item(
        session, code="KN95", name="KN95口罩", kind=ItemKind.PROTECTION, base_unit="只", packs=[("盒", 20)]
    )
    kn95.class_numerator = 2
    kn95.item_class = county.masks.item_class = classes.add_class(session, code="MASK", name="口罩", unit_word="只")
    lot = catalogue.lot_for(session, item=kn95, code="K1", expires_on=None)
    line = Line(lot_id=lot.id, source_id=county.supplier.id, destination_id=county.store.id, quantity=400)
    ledger.receive(session, recorded=recorded("first-kn95"), lines=[line])
    return kn95


def _outside(session: Session, county: County) -> dict[Place, int]:
    outside = {kind: places.the_location(session, kind).id for kind in places.SINGLE}
    outside[Place.SUPPLIER] = county.supplier.id
    for kind in (Place.DONOR, Place.RECIPIENT):
        outside[kind] = places.open_location(session, place=kind, code="赵家", name="赵家").id
    return outside


def _opening(session: Session) -> Books:
    """The books as the county's opening stock leaves them."""
    books = Books(
        places={
            place.id: PlainPlace(id=place.id, kind=place.place, unit_id=place.unit_id)
            for place in session.scalars(select(StockLocation))
        },
        lots={
            lot.id: PlainLot(id=lot.id, item_id=lot.item_id, code=lot.code, expires_on=lot.expires_on)
            for lot in session.scalars(select(catalogue.Lot))
        },
        stock=Counter(told.balances(session)),
    )
    for key, ways in told.documents(session).items():
        moves = [
            Move(lot_id=lot_id, source_id=source_id, destination_id=destination_id, quantity=quantity, happened_at=NOW)
            for (lot_id, source_id, destination_id), quantity in ways.items()
        ]
        books.papers[key] = Paper(moves=moves)
    return books
