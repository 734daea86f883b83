"""Lots as JSON: which expire, who holds one, blocking, taking back, disposal. Quantities in base units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask.views import MethodView
from sqlalchemy.orm import Session

from inventory import lots
from inventory.catalogue import Lot
from inventory.ledger import Document
from inventory.lots import Expiring, LotStatusChange, Portion
from inventory.needs import daily_needs
from logistics.accounts.permissions import Permission, permit
from logistics.lots import operations
from logistics.lots.operations import Trace
from logistics.lots.schemas import (
    ChangeOut,
    DisposalIn,
    ExpiringOut,
    ExpiringQuery,
    LotOut,
    LotQuery,
    StatusIn,
    TakenBackIn,
    TraceOut,
)
from logistics.supplies import choices
from logistics.supplies.api import lot_ids_of, whole_document
from logistics.supplies.schemas import DocumentOut
from logistics.web.api import ApiBlueprint, head_of
from logistics.web.context import me, now, reading, today, transaction

blueprint = ApiBlueprint("lots_api", __name__, description="Lots: expiry, blocking, tracing, disposal")


@blueprint.route("/lots")
class Lots(MethodView):
    @blueprint.arguments(LotQuery, location="query")
    @blueprint.response(200, LotOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self, query: Mapping[str, Any]) -> Sequence[Lot]:
        """The fifty newest lots that lie or lay in reach."""
        with reading() as session:
            return operations.find_lots(session, words=query["q"], unit_id=me().unit_id)


@blueprint.route("/lots/expiring")
class ExpiringLots(MethodView):
    @blueprint.arguments(ExpiringQuery, location="query")
    @blueprint.response(200, ExpiringOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self, query: Mapping[str, Any]) -> Sequence[Expiring]:
        """What expires within so many days or before it is used up, soonest first."""
        with reading() as session:
            needs = daily_needs(session, unit_id=me().unit_id, on=today())
            return lots.expiring(
                session, unit_id=me().unit_id, on=today(), within_days=query["days"], daily_needs=needs
            )


@blueprint.route("/lots/<int:lot_id>")
class OneLot(MethodView):
    @blueprint.etag
    @blueprint.response(200, TraceOut)
    @permit(Permission.READ_STOCK)
    def get(self, lot_id: int) -> Trace:
        """Who holds a lot and whom it reached."""
        with reading() as session:
            lot = operations.lot_in_reach(session, lot_id, unit_id=me().unit_id)
            session.refresh(lot, ["item"])
            return operations.trace(session, lot, unit_id=me().unit_id)


@blueprint.route("/lots/<int:lot_id>/status")
class Status(MethodView):
    @blueprint.arguments(StatusIn)
    @blueprint.response(201, ChangeOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any], lot_id: int) -> LotStatusChange:
        """Block a lot in every place at once, or free it."""
        with transaction() as session:
            return operations.change_status(
                session, **given, lot_id=lot_id, at=now(), by=me().sign_in_name, unit_id=me().unit_id
            )


@blueprint.route("/lots/<int:lot_id>/returns")
class Returns(MethodView):
    @blueprint.arguments(TakenBackIn)
    @blueprint.response(201, DocumentOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any], lot_id: int) -> Document:
        """Take blocked goods back into a store; the document proves it."""
        with transaction() as session:
            store = choices.stores(session, of_unit_id=me().unit_id).find(given["store"])
            document = operations.bring_back(
                session,
                recorded=head_of(given),
                lot_id=lot_id,
                source_id=given["source"],
                store=store.open(session),
                quantity=given["quantity"],
                unit_id=me().unit_id,
            )
            return whole_document(session, document)


@blueprint.route("/disposals")
class Disposals(MethodView):
    @blueprint.arguments(DisposalIn)
    @blueprint.response(201, DocumentOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any]) -> Document:
        """Take what may no longer be used out of the books."""
        with transaction() as session:
            portions = _portions(session, given["lines"])
            document = operations.dispose(session, recorded=head_of(given), portions=portions, unit_id=me().unit_id)
            return whole_document(session, document)


def _portions(session: Session, lines: Sequence[Mapping[str, Any]]) -> list[Portion]:
    stores = choices.stores(session, of_unit_id=me().unit_id)
    opened = {code: stores.find(code).open(session).id for code in dict.fromkeys(line["store"] for line in lines)}
    return [
        Portion(location_id=opened[line["store"]], lot_id=lot_id, quantity=line["quantity"])
        for line, lot_id in zip(lines, lot_ids_of(session, lines), strict=True)
    ]
