"""The shapes of donations and their money in the API. Quantities in base units, money in fen."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from inventory.donations import DonationState
from logistics.supplies.schemas import (
    BaseUnits,
    DocumentIn,
    Fen,
    IssueLineIn,
    KeyIn,
    Lines,
    NewestQuery,
    ReceiptLineIn,
    ShortText,
)

_AMOUNT = validate.Range(min=1, max=10**12)


class DonationQuery(NewestQuery):
    state = fields.Enum(DonationState, by_value=True, load_default=None, allow_none=True)


class DonationIn(KeyIn):
    donor = ShortText(64, required=True, metadata={"description": "The donor's name"})
    unit = ShortText(64, required=True, metadata={"description": "The code of the unit that is to receive"})
    money_fen = Fen(load_default=0, strict=True, validate=validate.Range(min=0, max=10**12))
    purpose = ShortText(200, load_default="")
    only_for = fields.List(
        ShortText(64), load_default=[], metadata={"description": "Codes of the only units that may have it"}
    )
    note = ShortText(500, load_default="")
    lines = fields.List(fields.Nested(IssueLineIn), load_default=[], validate=validate.Length(max=1000))


class DonationDecisionIn(Schema):
    accept = fields.Boolean(required=True)
    reason = ShortText(500, load_default="", metadata={"description": "Needed where it is declined"})


class DonationEndIn(Schema):
    reason = ShortText(500, load_default="", metadata={"description": "Needed where something is still missing"})


class DonationReceiptIn(DocumentIn):
    store = ShortText(64, required=True, metadata={"description": "The store's code"})
    lines = Lines(ReceiptLineIn)


class MoneyIn(DocumentIn):
    amount_fen = Fen(required=True, strict=True, validate=_AMOUNT)


class SpendingIn(MoneyIn):
    order = ShortText(64, required=True, metadata={"description": "The number of the purchase order"})


class DonationItemOut(Schema):
    item = fields.String()
    offered = BaseUnits()
    received = BaseUnits()


class DonationOut(Schema):
    id = fields.Integer()
    number = fields.String()
    donor = fields.String()
    unit = fields.String()
    state = fields.Enum(DonationState, by_value=True)
    purpose = fields.String()
    only_for = fields.List(fields.String())
    money_fen = Fen()
    money_received_fen = Fen()
    offered_at = fields.AwareDateTime(format="iso")
    note = fields.String()
    lines = fields.List(fields.Nested(DonationItemOut))


class TrailMoveOut(Schema):
    document = fields.String()
    occurred_at = fields.AwareDateTime(format="iso")
    source = fields.String()
    destination = fields.String()
    quantity = BaseUnits()


class HeldOut(Schema):
    place = fields.String()
    quantity = BaseUnits()


class TrailOut(Schema):
    item = fields.String()
    lot = fields.String()
    received = BaseUnits(metadata={"description": "in_stock + in_transit + handed_out + written_off"})
    in_stock = BaseUnits()
    in_transit = BaseUnits()
    handed_out = BaseUnits()
    written_off = BaseUnits()
    moves = fields.List(fields.Nested(TrailMoveOut))
    now = fields.List(fields.Nested(HeldOut))


class FundOut(Schema):
    id = fields.Integer()
    unit = fields.String()
    purpose = fields.String()
    balance_fen = Fen()


class EntryOut(Schema):
    id = fields.Integer()
    number = fields.String()
    fund = fields.Nested(FundOut)
    amount_fen = Fen()
    donation = fields.String(allow_none=True)
    order = fields.String(allow_none=True)
    occurred_at = fields.AwareDateTime(format="iso")
    recorded_by = fields.String()
    note = fields.String()
