"""Stock as JSON, for other programs of the unit. Quantities in base units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from flask.views import MethodView
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from inventory.catalogue import Item, known_lots
from inventory.errors import NotFound
from inventory.ledger import Document, Movement
from inventory.units import get_unit
from logistics.accounts.permissions import Permission, permit
from logistics.supplies import choices, operations, overview
from logistics.supplies.choices import Choices
from logistics.supplies.operations import Arrived
from logistics.supplies.schemas import (
    DocumentOut,
    IssueIn,
    MeOut,
    ReceiptIn,
    StockLineOut,
    StockQuery,
)
from logistics.web.api import ApiBlueprint, head_of
from logistics.web.context import me, reading, today, transaction

blueprint = ApiBlueprint("supplies_api", __name__, description="Stock and documents")


@blueprint.route("/me")
class Me(MethodView):
    @blueprint.response(200, MeOut)
    @permit(Permission.SIGNED_IN)
    def get(self) -> Mapping[str, object]:
        """Who is asking, and the token that everything that writes has to carry."""
        with reading_whole() as session:
            unit = get_unit(session, me().unit_id).code
        return {
            "sign_in_name": me().sign_in_name,
            "name": me().name,
            "role": me().role.value,
            "unit": unit,
            "csrf_token": generate_csrf(),
        }


@blueprint.route("/units/<code>/stock")
class Stock(MethodView):
    @blueprint.arguments(StockQuery, location="query")
    @blueprint.response(200, StockLineOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self, query: Mapping[str, Any], code: str) -> Sequence[overview.StockLine]:
        """What a unit has of each item and how long it lasts, what runs out first on top."""
        with reading_whole() as session:
            unit = choices.units(session, of_unit_id=me().unit_id).find(code)
            return overview.stock_lines(session, unit_id=unit.id, on=today(), below=query["below"])


@blueprint.route("/receipts")
class Receipts(MethodView):
    @blueprint.arguments(ReceiptIn)
    @blueprint.response(201, DocumentOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any]) -> Document:
        """Take goods into a store."""
        with transaction() as session:
            items = choices.items_coded(session, [line["item"] for line in given["lines"]])
            store = choices.stores(session, of_unit_id=me().unit_id).find(given["store"])
            document = operations.receive_goods(
                session,
                recorded=head_of(given),
                source=operations.source_named(session, **given["source"]),
                store=store.open(session),
                lines=arrived_of(items, given["lines"]),
            )
            return whole_document(session, document)


@blueprint.route("/issues")
class Issues(MethodView):
    @blueprint.arguments(IssueIn)
    @blueprint.response(201, DocumentOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any]) -> Document:
        """Take goods out of a store, first expired first out: used up, or moved to another store."""
        with transaction() as session:
            items = choices.items_coded(session, [line["item"] for line in given["lines"]])
            stores = choices.stores(session, of_unit_id=me().unit_id)
            document = operations.hand_out(
                session,
                recorded=head_of(given),
                source=stores.find(given["store"]).open(session),
                wanted=wanted_of(items, given["lines"]),
                to=stores.find(given["to"]).open(session) if given["to"] else None,
            )
            return whole_document(session, document)


def arrived_of(items: Choices[Item], lines: Sequence[Mapping[str, Any]]) -> list[Arrived]:
    """The lines of a receipt as they were sent."""
    return [
        Arrived(
            item=items.find(line["item"]),
            quantity=line["quantity"],
            lot_code=line["lot"],
            expires_on=line["expires_on"],
        )
        for line in lines
    ]


def wanted_of(items: Choices[Item], lines: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Base units by item id of the lines as they were sent; two lines of an item are one."""
    wanted: dict[int, int] = defaultdict(int)
    for line in lines:
        wanted[items.find(line["item"]).id] += line["quantity"]
    return wanted


def lot_ids_of(session: Session, lines: Sequence[Mapping[str, Any]]) -> list[int]:
    """The lot of each line by the codes of item and lot. Raises NotFound."""
    items = choices.items_coded(session, [line["item"] for line in lines])
    keys = [(items.find(line["item"]).id, line["lot"]) for line in lines]
    known = known_lots(session, set(keys))
    if unknown := [lot for item_id, lot in keys if (item_id, lot) not in known]:
        raise NotFound("lot", unknown[0])
    return [known[key].id for key in keys]


@contextmanager
def reading_whole() -> Iterator[Session]:
    """A reading session; what it found can still be read when the answer is written."""
    with reading() as session:
        yield session
        session.expunge_all()


def whole_document(session: Session, document: Document) -> Document:
    """The document with all that its lines show, to be read after the session has closed."""
    lines = selectinload(Document.movements)
    return session.scalars(
        select(Document)
        .where(Document.id == document.id)
        .options(
            lines.selectinload(Movement.item),
            lines.selectinload(Movement.lot),
            lines.selectinload(Movement.source),
            lines.selectinload(Movement.destination),
        )
        .execution_options(populate_existing=True)
    ).one()
