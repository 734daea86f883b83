"""Closed days as JSON: the list, one with its figures, closing, reopening. Quantities in base units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask.views import MethodView

from inventory import days
from inventory.closed_days import DayClosing
from logistics.accounts.permissions import Permission, permit
from logistics.days import operations
from logistics.days.schemas import ClosingIn, ClosingOut, ClosingsQuery, ClosingWholeOut, ReopeningIn
from logistics.supplies import choices
from logistics.web.api import ApiBlueprint
from logistics.web.context import me, now, reading, transaction, zone

blueprint = ApiBlueprint("days_api", __name__, description="Closed days of the books")


@blueprint.route("/day-closings")
class DayClosings(MethodView):
    @blueprint.arguments(ClosingsQuery, location="query")
    @blueprint.response(200, ClosingOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self, query: Mapping[str, Any]) -> Sequence[DayClosing]:
        """The fifty newest closings of a unit and all below it, reopened ones among them, newest first."""
        with reading() as session:
            units = choices.units(session, of_unit_id=me().unit_id)
            unit_id = units.find(query["unit"]).id if query["unit"].strip() else me().unit_id
            return days.closings(session, unit_id=unit_id, before_id=query["before"])

    @blueprint.arguments(ClosingIn)
    @blueprint.response(201, ClosingWholeOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any]) -> DayClosing:
        """Close a day of a unit and all below it."""
        with transaction() as session:
            closing = days.close_day(
                session,
                key=given["key"],
                unit_id=choices.units(session, of_unit_id=me().unit_id).find(given["unit"]).id,
                day=given["day"],
                at=now(),
                zone=zone(),
                by=me().sign_in_name,
                note=given["note"],
            )
            return days.get_closing(session, closing.id)


@blueprint.route("/day-closings/<int:closing_id>")
class OneDayClosing(MethodView):
    @blueprint.response(200, ClosingWholeOut)
    @permit(Permission.READ_STOCK)
    def get(self, closing_id: int) -> DayClosing:
        """One closing with its figures."""
        with reading() as session:
            return operations.closing_within(session, closing_id, unit_id=me().unit_id)


@blueprint.route("/day-closings/<int:closing_id>/reopening")
class Reopening(MethodView):
    @blueprint.arguments(ReopeningIn)
    @blueprint.response(201, ClosingWholeOut)
    @permit(Permission.APPROVE)
    def post(self, given: Mapping[str, Any], closing_id: int) -> DayClosing:
        """Reopen the last closed day of a unit below, with a reason; its closing stays on record."""
        with transaction() as session:
            operations.reopen(session, closing_id=closing_id, at=now(), person=me(), **given)
            return days.get_closing(session, closing_id)
