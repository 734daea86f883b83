"""Donations and their money as JSON. Quantities in base units, money in fen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask.views import MethodView
from sqlalchemy.orm import Session

from inventory import donations, funds
from inventory.donations import Standing, Trail
from inventory.funds import Fund, FundEntry
from logistics.accounts.permissions import Permission, permit
from logistics.donations import operations
from logistics.donations.schemas import (
    DonationDecisionIn,
    DonationEndIn,
    DonationIn,
    DonationOut,
    DonationQuery,
    DonationReceiptIn,
    EntryOut,
    FundOut,
    MoneyIn,
    SpendingIn,
    TrailOut,
)
from logistics.supplies import choices
from logistics.supplies.api import arrived_of
from logistics.supplies.schemas import DocumentIn
from logistics.supplies.words import place_name
from logistics.web.api import ApiBlueprint, head_of
from logistics.web.context import me, now, reading, transaction

blueprint = ApiBlueprint("donations_api", __name__, description="Donations, the money book, and where everything went")


@blueprint.route("/donations")
class Donations(MethodView):
    @blueprint.arguments(DonationQuery, location="query")
    @blueprint.response(200, DonationOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self, query: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The newest donations to one's unit and all below it, at most 50."""
        with reading() as session:
            found = donations.donations(session, unit_id=me().unit_id, state=query["state"], before_id=query["before"])
            return [_plain(one) for one in found]

    @blueprint.arguments(DonationIn)
    @blueprint.response(201, DonationOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Record an offer."""
        with transaction() as session:
            items, units = choices.items(session), choices.units(session, of_unit_id=me().unit_id)
            donation = operations.offer(
                session,
                key=given["key"],
                donor=given["donor"],
                unit=units.find(given["unit"]),
                lines=[(items.find(line["item"]).id, line["quantity"]) for line in given["lines"]],
                money_fen=given["money_fen"],
                purpose=given["purpose"],
                named_units=[units.find(code) for code in given["only_for"]],
                note=given["note"],
                at=now(),
                by=me().sign_in_name,
            )
            return _plain(_within(session, donation.id))


@blueprint.route("/donations/<int:donation_id>")
class OneDonation(MethodView):
    @blueprint.etag
    @blueprint.response(200, DonationOut)
    @permit(Permission.READ_STOCK)
    def get(self, donation_id: int) -> Mapping[str, Any]:
        """One donation and what of it has come."""
        with reading() as session:
            return _plain(_within(session, donation_id))


@blueprint.route("/donations/<int:donation_id>/decision")
class Decision(MethodView):
    @blueprint.acts_on_seen
    @blueprint.arguments(DonationDecisionIn)
    @blueprint.response(200, DonationOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any], donation_id: int) -> Mapping[str, Any]:
        """Accept or decline an offer."""
        with transaction() as session:
            offer = _within(session, donation_id).donation
            answer = donations.accept if given["accept"] else donations.refuse
            with blueprint.unless_changed(session, offer, lambda: _plain(_within(session, donation_id)), DonationOut):
                answer(session, donation_id=donation_id, at=now(), by=me().sign_in_name, reason=given["reason"])
            return _plain(_within(session, donation_id))


@blueprint.route("/donations/<int:donation_id>/close")
class DonationClosing(MethodView):
    @blueprint.arguments(DonationEndIn)
    @blueprint.response(200, DonationOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any], donation_id: int) -> Mapping[str, Any]:
        """Say that no more of an accepted donation will come."""
        with transaction() as session:
            _within(session, donation_id)
            donations.close_short(
                session, donation_id=donation_id, reason=given["reason"], at=now(), by=me().sign_in_name
            )
            return _plain(_within(session, donation_id))


@blueprint.route("/donations/<int:donation_id>/receipts")
class DonationReceipts(MethodView):
    @blueprint.arguments(DonationReceiptIn)
    @blueprint.response(201, DonationOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any], donation_id: int) -> Mapping[str, Any]:
        """Take in goods of an accepted donation, in lots that bear its number."""
        with transaction() as session:
            _within(session, donation_id)
            operations.receive_goods(
                session,
                recorded=head_of(given),
                donation_id=donation_id,
                store=choices.stores(session, of_unit_id=me().unit_id).find(given["store"]).open(session),
                lines=arrived_of(choices.items(session), given["lines"]),
            )
            return _plain(_within(session, donation_id))


@blueprint.route("/donations/<int:donation_id>/money")
class DonationMoney(MethodView):
    @blueprint.arguments(MoneyIn)
    @blueprint.response(201, EntryOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any], donation_id: int) -> Mapping[str, Any]:
        """Enter money of an accepted donation."""
        with transaction() as session:
            _within(session, donation_id)
            amount_fen = given["amount_fen"]
            return _entry(
                donations.receive_money(
                    session, recorded=head_of(given), donation_id=donation_id, amount_fen=amount_fen
                )
            )


@blueprint.route("/donations/<int:donation_id>/trail")
class DonationTrail(MethodView):
    @blueprint.response(200, TrailOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self, donation_id: int) -> list[Mapping[str, Any]]:
        """Where each lot of a donation went, and where it is now."""
        with reading() as session:
            _within(session, donation_id)
            return [_trail(trail) for trail in donations.where_went(session, donation_id)]


@blueprint.route("/funds")
class Funds(MethodView):
    @blueprint.response(200, FundOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self) -> list[Mapping[str, Any]]:
        """The money of one's unit and all below it, by purpose."""
        with reading() as session:
            return [_fund(fund) for fund in funds.funds(session, unit_id=me().unit_id)]


@blueprint.route("/funds/<int:fund_id>/spendings")
class Spendings(MethodView):
    @blueprint.arguments(SpendingIn)
    @blueprint.response(201, EntryOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any], fund_id: int) -> Mapping[str, Any]:
        """Enter money spent on a purchase order."""
        with transaction() as session:
            operations.fund_within(session, fund_id, unit_id=me().unit_id)
            order = operations.order_numbered(session, given["order"], unit_id=me().unit_id)
            amount_fen = given["amount_fen"]
            return _entry(
                donations.spend(session, recorded=head_of(given), fund_id=fund_id, order=order, amount_fen=amount_fen)
            )


@blueprint.route("/fund-entries/<int:entry_id>/reversal")
class EntryReversal(MethodView):
    @blueprint.arguments(DocumentIn)
    @blueprint.response(201, EntryOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any], entry_id: int) -> Mapping[str, Any]:
        """Undo an entry of the money book by its mirror image."""
        with transaction() as session:
            operations.entry_within(session, entry_id, unit_id=me().unit_id)
            return _entry(funds.reverse_entry(session, recorded=head_of(given), entry_id=entry_id))


def _within(session: Session, donation_id: int) -> Standing:
    found = operations.donation_within(session, donation_id, unit_id=me().unit_id)
    return donations.standings(session, [found])[0]


def _plain(standing: Standing) -> Mapping[str, Any]:
    donation = standing.donation
    return {
        "id": donation.id,
        "number": donation.number,
        "donor": donation.donor.name,
        "unit": donation.unit.code,
        "state": donation.state,
        "purpose": donation.purpose,
        "only_for": [unit.code for unit in donation.named_units],
        "money_fen": donation.money_fen,
        "money_received_fen": standing.received_fen,
        "offered_at": donation.offered_at,
        "note": donation.note,
        "lines": [
            {"item": line.item.code, "offered": line.offered, "received": line.received} for line in standing.items
        ],
    }


def _trail(trail: Trail) -> Mapping[str, Any]:
    return {
        "item": trail.lot.item.code,
        "lot": trail.lot.code,
        "received": trail.received,
        "in_stock": trail.in_stock,
        "in_transit": trail.in_transit,
        "handed_out": trail.handed_out,
        "written_off": trail.written_off,
        "moves": [
            {
                "document": move.document.number,
                "occurred_at": move.occurred_at,
                "source": place_name(move.source),
                "destination": place_name(move.destination),
                "quantity": move.quantity,
            }
            for move in trail.moves
        ],
        "now": [{"place": place_name(place), "quantity": quantity} for place, quantity in trail.now],
    }


def _fund(fund: Fund) -> Mapping[str, Any]:
    return {"id": fund.id, "unit": fund.unit.code, "purpose": fund.purpose, "balance_fen": fund.balance_fen}


def _entry(entry: FundEntry) -> Mapping[str, Any]:
    return {
        "id": entry.id,
        "number": entry.number,
        "fund": _fund(entry.fund),
        "amount_fen": entry.amount_fen,
        "donation": entry.donation.number if entry.donation else None,
        "order": entry.order.number if entry.order else None,
        "occurred_at": entry.occurred_at,
        "recorded_by": entry.recorded_by,
        "note": entry.note,
    }
