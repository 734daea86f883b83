"""The shapes of purchase orders in the API. Quantities in base units, money in fen."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from inventory.purchasing import Progress
from logistics.supplies.schemas import BaseUnits, DocumentIn, ReceiptLineIn, ShortText


class Fen(fields.Integer):
    """Money in fen, a hundredth of a yuan."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(metadata={"description": "In fen"}, **rest)


class OpenQuery(Schema):
    only_open = fields.Boolean(load_default=False, metadata={"description": "Only what is not ended"})
    before = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=1, max=2**63 - 1))


class PurchaseLineIn(Schema):
    item = ShortText(64, required=True, metadata={"description": "The item's code"})
    quantity = BaseUnits(required=True, strict=True, validate=validate.Range(min=1, max=10**12))
    price_fen = Fen(required=True, strict=True, validate=validate.Range(min=0, max=10**12))
    price_unit = ShortText(64, required=True, metadata={"description": "The unit word that costs so much"})


class PurchaseOrderIn(Schema):
    key = fields.String(required=True, validate=validate.Length(min=1, max=100))
    supplier = ShortText(64, required=True, metadata={"description": "The supplier's name"})
    unit = ShortText(64, required=True, metadata={"description": "The code of the unit that orders"})
    expected_on = fields.Date(load_default=None, allow_none=True)
    note = ShortText(500, load_default="")
    lines = fields.List(fields.Nested(PurchaseLineIn), required=True, validate=validate.Length(min=1, max=1000))


class PurchaseReceiptIn(DocumentIn):
    store = ShortText(64, required=True, metadata={"description": "The store's code"})
    accept_more = fields.Boolean(load_default=False, metadata={"description": "Take in more than is open"})
    lines = fields.List(fields.Nested(ReceiptLineIn), required=True, validate=validate.Length(min=1, max=1000))


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
