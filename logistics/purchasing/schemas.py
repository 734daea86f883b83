"""The shapes of purchase orders in the API. Quantities in base units, money in fen."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from inventory.purchasing import Progress
from logistics.supplies.schemas import BaseUnits, DocumentIn, Fen, IssueLineIn, KeyIn, Lines, ReceiptLineIn, ShortText


class PurchaseLineIn(IssueLineIn):
    price_fen = Fen(required=True, strict=True, validate=validate.Range(min=0, max=10**12))
    price_unit = ShortText(64, required=True, metadata={"description": "The unit word that costs so much"})


class PurchaseOrderIn(KeyIn):
    supplier = ShortText(64, required=True, metadata={"description": "The supplier's name"})
    unit = ShortText(64, required=True, metadata={"description": "The code of the unit that orders"})
    expected_on = fields.Date(load_default=None, allow_none=True)
    note = ShortText(500, load_default="")
    lines = Lines(PurchaseLineIn)


class PurchaseReceiptIn(DocumentIn):
    store = ShortText(64, required=True, metadata={"description": "The store's code"})
    accept_more = fields.Boolean(load_default=False, metadata={"description": "Take in more than is open"})
    lines = Lines(ReceiptLineIn)


class PurchaseEndIn(Schema):
    version = fields.Integer(required=True, metadata={"description": "As last read: another is refused"})
    reason = ShortText(500, load_default="")


class PurchaseLineOut(Schema):
    item = fields.String()
    ordered = BaseUnits()
    received = BaseUnits()
    open = BaseUnits()
    price_fen = Fen()
    price_unit = fields.String()
    amount_fen = Fen()


class PurchaseOrderOut(Schema):
    id = fields.Integer()
    number = fields.String()
    supplier = fields.String()
    unit = fields.String()
    expected_on = fields.Date(allow_none=True)
    ordered_at = fields.AwareDateTime(format="iso")
    ordered_by = fields.String()
    note = fields.String()
    version = fields.Integer()
    progress = fields.Enum(Progress, by_value=True)
    amount_fen = Fen()
    open_fen = Fen()
    lines = fields.List(fields.Nested(PurchaseLineOut))


class ReceiptOut(Schema):
    document_id = fields.Integer()
    number = fields.String(metadata={"description": "The number of the ledger document"})
    order = fields.Nested(PurchaseOrderOut)
