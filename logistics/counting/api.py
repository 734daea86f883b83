"""Counts as JSON: begin, send what was counted, hand in, give reasons, post. Quantities in base units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask.views import MethodView
from sqlalchemy.orm import Session

from inventory import counts
from inventory.catalogue import known_lots
from inventory.counts import CheckedLine, CountSession, CountState, SheetLine, Tolerance
from inventory.errors import NotFound
from logistics.accounts.permissions import Permission, permit
from logistics.counting import operations
from logistics.counting.operations import Seen
from logistics.counting.schemas import CountIn, CountOut, CountWholeOut, EntriesIn, ReasonsIn
from logistics.supplies import choices
from logistics.web.api import ApiBlueprint
from logistics.web.context import me, now, reading, transaction

blueprint = ApiBlueprint("counting_api", __name__, description="Counts of stores and vehicles")


@blueprint.route("/counts")
class Counts(MethodView):
    @blueprint.response(200, CountOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self) -> Sequence[CountSession]:
        """The fifty newest counts, newest first."""
        with reading() as session:
            return counts.counts(session, unit_id=me().unit_id)

    @blueprint.arguments(CountIn)
    @blueprint.response(201, CountWholeOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Begin to count a place: everything in it, or some items."""
        with transaction() as session:
            items = choices.items(session)
            count = counts.start(
                session,
                key=given["key"],
                location=operations.places(session, of_unit_id=me().unit_id).find(given["place"]),
                items=list({item.id: item for item in map(items.find, given["items"])}.values()),
                tolerance=Tolerance(units=given["recount_units"], percent=given["recount_percent"]),
                at=now(),
                by=me().sign_in_name,
                note=given["note"],
            )
            return _whole(session, count)


@blueprint.route("/counts/<int:count_id>")
class Count(MethodView):
    @blueprint.etag
    @blueprint.response(200, CountWholeOut)
    @permit(Permission.READ_STOCK)
    def get(self, count_id: int) -> Mapping[str, Any]:
        """One count with its lines; once it is handed in, beside the books."""
        with reading() as session:
            return _whole(session, _count(session, count_id))


@blueprint.route("/counts/<int:count_id>/entries")
class Entries(MethodView):
    @blueprint.arguments(EntriesIn)
    @blueprint.response(201, CountWholeOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any], count_id: int) -> Mapping[str, Any]:
        """Send what was counted; a second count of a lot replaces the first, and both are kept."""
        with transaction() as session:
            _count(session, count_id)
            items = choices.items(session)
            seen = [
                Seen(
                    item=items.find(line["item"]),
                    lot_code=line["lot"],
                    expires_on=line["expires_on"],
                    quantity=line["quantity"],
                    counted_at=line["counted_at"] or now(),
                )
                for line in given["lines"]
            ]
            count = operations.record_seen(
                session, count_id=count_id, key=given["key"], seen=seen, at=now(), by=me().sign_in_name
            )
            return _whole(session, count)


@blueprint.route("/counts/<int:count_id>/submission")
class Submission(MethodView):
    @blueprint.response(200, CountWholeOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, count_id: int) -> Mapping[str, Any]:
        """Hand the count in: the differences are told from now on, and recounts asked."""
        with transaction() as session:
            _count(session, count_id)
            return _whole(session, counts.submit(session, count_id=count_id, at=now()))


@blueprint.route("/counts/<int:count_id>/reasons")
class Reasons(MethodView):
    @blueprint.arguments(ReasonsIn)
    @blueprint.response(200, CountWholeOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any], count_id: int) -> Mapping[str, Any]:
        """Say why lots differ from the books."""
        with transaction() as session:
            _count(session, count_id)
            items = choices.items(session)
            named = {(items.find(line["item"]).id, line["lot"]): line for line in given["lines"]}
            lots = known_lots(session, named.keys())
            if unknown := named.keys() - lots.keys():
                raise NotFound("lot", min(unknown)[1])
            reasons = {lots[key].id: (line["reason"], line["note"]) for key, line in named.items()}
            count = counts.explain(session, count_id=count_id, reasons=reasons, by=me().sign_in_name)
            return _whole(session, count)


@blueprint.route("/counts/<int:count_id>/posting")
class PostingOfCount(MethodView):
    @blueprint.response(200, CountWholeOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, count_id: int) -> Mapping[str, Any]:
        """Post every difference in one document. While a line awaits something nothing is posted and the state stays "checking"."""
        with transaction() as session:
            _count(session, count_id)
            counts.post(session, count_id=count_id, at=now(), recorded_at=now(), by=me().sign_in_name)
            return _whole(session, _count(session, count_id))


@blueprint.route("/counts/<int:count_id>/withdrawal")
class Withdrawal(MethodView):
    @blueprint.response(200, CountWholeOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, count_id: int) -> Mapping[str, Any]:
        """Give the count up; what was counted stays on record."""
        with transaction() as session:
            _count(session, count_id)
            return _whole(session, counts.withdraw(session, count_id=count_id, at=now(), by=me().sign_in_name))


def _count(session: Session, count_id: int) -> CountSession:
    return operations.count_in_reach(session, count_id, unit_id=me().unit_id)


def _whole(session: Session, count: CountSession) -> Mapping[str, Any]:
    """The count with its lines, to be read after the session has closed."""
    blind = count.state in (CountState.COUNTING, CountState.WITHDRAWN)
    lines: Sequence[SheetLine | CheckedLine] = counts.sheet(session, count) if blind else counts.check(session, count)
    session.refresh(count, ["location", "items", "document"])
    return {"count": count, "lines": lines}
