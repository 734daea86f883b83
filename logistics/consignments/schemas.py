"""The shapes of consignments and discrepancy notes in the API. Quantities in base units."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from inventory.consignments import Answer, ConsignmentState, DifferenceReason
from logistics.supplies.schemas import BaseUnits, DocumentIn, IssueLineIn, Lines, ShortText

_WHOLE = validate.Range(min=0, max=10**12)


class ConsignmentIn(DocumentIn):
    store = ShortText(64, required=True, metadata={"description": "The code of the store that sends"})
    to = ShortText(64, required=True, metadata={"description": "The code of the store that is to receive"})
    carrier = ShortText(200, load_default="")
    lines = Lines(IssueLineIn)


class ArrivedIn(Schema):
    item = ShortText(64, required=True, metadata={"description": "The item's code"})
    lot = ShortText(64, required=True, metadata={"description": "The lot's code"})
    quantity = BaseUnits(required=True, strict=True, validate=_WHOLE)
    reason = fields.Enum(DifferenceReason, by_value=True, load_default=DifferenceReason.MISSING)
    note = ShortText(500, load_default="")
    photo = fields.String(load_default="", metadata={"description": "PNG, JPEG or WebP of at most 2 MB in base64"})


class ArrivalIn(DocumentIn):
    lines = fields.List(
        fields.Nested(ArrivedIn),
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=1000),
        metadata={"description": "What arrived of each lot; null where all is as sent"},
    )


class AnswerIn(DocumentIn):
    answer = fields.Enum(Answer, by_value=True, required=True)
    quantity = BaseUnits(required=True, strict=True, validate=validate.Range(min=1, max=10**12))
    supplier = ShortText(64, load_default="", metadata={"description": "Who has it, where the answer is “supplier”"})


class ReturnLineIn(IssueLineIn):
    lot = ShortText(64, required=True, metadata={"description": "The lot's code"})


class ReturnIn(DocumentIn):
    source = ShortText(
        64, required=True, metadata={"description": "The code of the store or recipient that gives back"}
    )
    store = ShortText(64, required=True, metadata={"description": "The code of the store that takes"})
    lines = Lines(ReturnLineIn)


class ConsignmentLineOut(Schema):
    item = fields.String()
    lot = fields.String()
    sent = BaseUnits()
    in_transit = BaseUnits()


class DifferenceOut(Schema):
    id = fields.Integer()
    item = fields.String()
    lot = fields.String()
    reason = fields.Enum(DifferenceReason, by_value=True)
    quantity = BaseUnits()
    open = BaseUnits()
    note = fields.String()
    has_photo = fields.Boolean()


class ConsignmentOut(Schema):
    id = fields.Integer()
    number = fields.String()
    state = fields.Enum(ConsignmentState, by_value=True)
    source = fields.String()
    destination = fields.String()
    carrier = fields.String()
    note = fields.String()
    sent_at = fields.AwareDateTime(format="iso")
    sent_by = fields.String()
    signed_at = fields.AwareDateTime(format="iso", allow_none=True)
    signed_by = fields.String(allow_none=True)
    lines = fields.List(fields.Nested(ConsignmentLineOut))
    differences = fields.List(fields.Nested(DifferenceOut))
