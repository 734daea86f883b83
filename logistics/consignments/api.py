"""Consignments, discrepancy notes and returns as JSON. Quantities in base units."""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from flask.views import MethodView
from sqlalchemy.orm import Session

from inventory import consignments, returns
from inventory.consignments import Counted, Standing
from inventory.errors import UnfitPicture
from inventory.ledger import Document
from inventory.photos import LARGEST_BYTES
from logistics.accounts.permissions import Permission, permit
from logistics.consignments import operations
from logistics.consignments.pages import MOST_EXPORTED, PAGE
from logistics.consignments.schemas import AnswerIn, ArrivalIn, ConsignmentIn, ConsignmentOut, ReturnIn
from logistics.supplies import choices
from logistics.supplies.api import lot_ids_of, wanted_of, whole_document
from logistics.supplies.schemas import DocumentOut, OpenQuery
from logistics.web.api import ApiBlueprint, head_of
from logistics.web.context import me, reading, transaction

blueprint = ApiBlueprint("consignments_api", __name__, description="Goods in transit, what differs, and returns")


@blueprint.route("/consignments")
class Consignments(MethodView):
    @blueprint.arguments(OpenQuery, location="query")
    @blueprint.response(200, ConsignmentOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self, query: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The newest consignments that one's unit or one below it sends or receives, at most 50; of what is not ended all."""
        with reading() as session:
            found = consignments.consignments(
                session,
                unit_id=me().unit_id,
                only_open=query["only_open"],
                limit=MOST_EXPORTED if query["only_open"] else PAGE,
                before_id=query["before"],
            )
            return [_plain(one) for one in found]

    @blueprint.arguments(ConsignmentIn)
    @blueprint.response(201, ConsignmentOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send goods to another store, first expired first out."""
        with transaction() as session:
            items, stores = choices.items(session), choices.stores(session, of_unit_id=me().unit_id)
            sent = consignments.send(
                session,
                recorded=head_of(given),
                source=stores.find(given["store"]).open(session),
                destination=stores.find(given["to"]).open(session),
                wanted=wanted_of(items, given["lines"]),
                carrier=given["carrier"],
            )
            return _plain(consignments.standing(session, sent))


@blueprint.route("/consignments/<int:consignment_id>")
class OneConsignment(MethodView):
    @blueprint.etag
    @blueprint.response(200, ConsignmentOut)
    @permit(Permission.READ_STOCK)
    def get(self, consignment_id: int) -> Mapping[str, Any]:
        """One consignment and where it stands."""
        with reading() as session:
            return _plain(_within(session, consignment_id))


@blueprint.route("/consignments/<int:consignment_id>/arrival")
class Arrivals(MethodView):
    @blueprint.arguments(ArrivalIn)
    @blueprint.response(201, ConsignmentOut)
    @permit(Permission.SIGN_FOR)
    def post(self, given: Mapping[str, Any], consignment_id: int) -> Mapping[str, Any]:
        """Sign for a consignment: all as sent, or what arrived of each lot."""
        with transaction() as session:
            operations.to_sign_for(session, consignment_id, unit_id=me().unit_id)
            consignments.receive(
                session,
                recorded=head_of(given),
                consignment_id=consignment_id,
                counted=None if given["lines"] is None else _counted(session, given["lines"]),
            )
            return _plain(_within(session, consignment_id))


@blueprint.route("/differences/<int:difference_id>/answers")
class Answers(MethodView):
    @blueprint.arguments(AnswerIn)
    @blueprint.response(201, ConsignmentOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any], difference_id: int) -> Mapping[str, Any]:
        """Answer a difference, as the sender of the goods."""
        with transaction() as session:
            difference = operations.to_answer(session, difference_id, unit_id=me().unit_id)
            operations.settle(
                session,
                recorded=head_of(given),
                difference_id=difference_id,
                answer=given["answer"],
                quantity=given["quantity"],
                supplier=given["supplier"],
            )
            return _plain(_within(session, difference.arrival.consignment_id))


@blueprint.route("/returns")
class Returns(MethodView):
    @blueprint.arguments(ReturnIn)
    @blueprint.response(201, DocumentOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any]) -> Document:
        """Take goods back from a point's store or a recipient."""
        with transaction() as session:
            places = operations.places_to_return_from(session, unit_id=me().unit_id)
            lots: dict[int, int] = defaultdict(int)
            for line, lot_id in zip(given["lines"], lot_ids_of(session, given["lines"]), strict=True):
                lots[lot_id] += line["quantity"]
            document = returns.take_back(
                session,
                recorded=head_of(given),
                source=places.find(given["source"]),
                destination=choices.stores(session, of_unit_id=me().unit_id).find(given["store"]).open(session),
                lots=lots,
                unit_id=me().unit_id,
            )
            return whole_document(session, document)


def _within(session: Session, consignment_id: int) -> Standing:
    found = operations.consignment_within(session, consignment_id, unit_id=me().unit_id)
    return consignments.standing(session, found)


def _counted(session: Session, lines: Sequence[Mapping[str, Any]]) -> list[Counted]:
    return [
        Counted(
            lot_id=lot_id,
            quantity=line["quantity"],
            reason=line["reason"],
            note=line["note"],
            photo=_decoded(line["photo"]),
        )
        for line, lot_id in zip(lines, lot_ids_of(session, lines), strict=True)
    ]


def _decoded(photo: str) -> bytes:
    try:
        return base64.b64decode(photo, validate=True)
    except binascii.Error:
        raise UnfitPicture("photo", "not-a-picture", LARGEST_BYTES) from None


def _plain(standing: Standing) -> Mapping[str, Any]:
    consignment, arrival = standing.consignment, standing.arrival
    return {
        "id": consignment.id,
        "number": consignment.number,
        "state": standing.state,
        "source": consignment.source.code,
        "destination": consignment.destination.code,
        "carrier": consignment.carrier,
        "note": consignment.note,
        "sent_at": consignment.sent_at,
        "sent_by": consignment.sent_by,
        "signed_at": arrival.signed_at if arrival else None,
        "signed_by": arrival.signed_by if arrival else None,
        "lines": [
            {
                "item": line.lot.item.code,
                "lot": line.lot.code,
                "sent": line.sent,
                "in_transit": line.in_transit,
            }
            for line in standing.lots
        ],
        "differences": [
            {
                "id": line.difference.id,
                "item": line.difference.lot.item.code,
                "lot": line.difference.lot.code,
                "reason": line.difference.reason,
                "quantity": line.difference.quantity,
                "open": line.open,
                "note": line.difference.note,
                "has_photo": line.has_photo,
            }
            for line in standing.differences
        ],
    }
