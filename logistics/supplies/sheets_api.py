"""Requisition sheets as JSON: several lines that a unit asks for at once. Quantities in base units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask.views import MethodView
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from inventory.requisitions import (
    AskedLine,
    LineReview,
    Requisition,
    RequisitionSheet,
    ask_together,
    requisition_id,
    review_together,
    sheets,
    withdraw_together,
)
from logistics.accounts.permissions import Permission, permit
from logistics.supplies import choices
from logistics.supplies.api import reading_whole
from logistics.supplies.overview import as_they_stand
from logistics.supplies.sharing_schemas import SheetIn, SheetOut, SheetQuery, SheetReviewIn
from logistics.supplies.sheets import my_sheet
from logistics.web.api import ApiBlueprint
from logistics.web.context import me, now, today, transaction

blueprint = ApiBlueprint("sheets_api", __name__, description="Requisition sheets of several lines")


@blueprint.route("/requisition-sheets")
class Sheets(MethodView):
    @blueprint.arguments(SheetQuery, location="query")
    @blueprint.response(200, SheetOut(many=True))
    @permit(Permission.ASK)
    def get(self, query: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The newest sheets of one's unit and all below it, at most 50."""
        with reading_whole() as session:
            found = sheets(session, unit_id=me().unit_id, only_open=query["only_open"], before_id=query["before"])
            return _shown(session, found)

    @blueprint.arguments(SheetIn)
    @blueprint.response(201, SheetOut)
    @permit(Permission.ASK)
    def post(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask for several items at once."""
        with transaction() as session:
            items = choices.items(session)
            made = ask_together(
                session,
                key=given["key"],
                unit=choices.units(session, of_unit_id=me().unit_id).find(given["unit"]),
                lines=[AskedLine(**{**line, "item": items.find(line["item"])}) for line in given["lines"]],
                at=now(),
                by=me().sign_in_name,
                note=given["note"],
            )
            return _whole(session, made.id)


@blueprint.route("/requisition-sheets/<int:sheet_id>")
class Sheet(MethodView):
    @blueprint.response(200, SheetOut)
    @permit(Permission.ASK)
    def get(self, sheet_id: int) -> Mapping[str, Any]:
        """One sheet and what was made of each line."""
        with reading_whole() as session:
            return _whole(session, my_sheet(session, sheet_id).id)


@blueprint.route("/requisition-sheets/<int:sheet_id>/reviews")
class SheetReviews(MethodView):
    @blueprint.arguments(SheetReviewIn)
    @blueprint.response(201, SheetOut)
    @permit(Permission.ALLOCATE)
    def post(self, given: Mapping[str, Any], sheet_id: int) -> Mapping[str, Any]:
        """Review lines of a sheet: each as asked, changed, or refused with 0. Lines left out go on waiting."""
        with transaction() as session:
            review_together(
                session,
                key=given["key"],
                sheet_id=my_sheet(session, sheet_id).id,
                reviews=[
                    LineReview(
                        requisition_id=requisition_id(line["requisition"]),
                        quantity=line["quantity"],
                        comment=line["comment"],
                    )
                    for line in given["lines"]
                ],
                at=now(),
                by=me().sign_in_name,
            )
            return _whole(session, sheet_id)


@blueprint.route("/requisition-sheets/<int:sheet_id>/withdrawal")
class SheetWithdrawal(MethodView):
    @blueprint.response(200, SheetOut)
    @permit(Permission.ASK)
    def post(self, sheet_id: int) -> Mapping[str, Any]:
        """Take back every line that still waits; done again nothing changes."""
        with transaction() as session:
            withdraw_together(session, sheet_id=my_sheet(session, sheet_id).id)
            return _whole(session, sheet_id)


def _whole(session: Session, sheet_id: int) -> Mapping[str, Any]:
    """The sheet with all that it shows, to be read after the session has closed."""
    lines = selectinload(RequisitionSheet.lines)
    found = session.scalars(
        select(RequisitionSheet)
        .where(RequisitionSheet.id == sheet_id)
        .options(
            selectinload(RequisitionSheet.unit),
            lines.selectinload(Requisition.item),
            lines.selectinload(Requisition.unit),
            lines.selectinload(Requisition.reviews),
        )
        .execution_options(populate_existing=True)
    ).one()
    return _shown(session, [found])[0]


def _shown(session: Session, found: Sequence[RequisitionSheet]) -> list[Mapping[str, Any]]:
    """Sheets with their lines as they stand."""
    asked = as_they_stand(session, [line for sheet in found for line in sheet.lines], on=today())
    return [{"sheet": sheet, "lines": [asked[line.id] for line in sheet.lines]} for sheet in found]
