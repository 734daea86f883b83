"""The shapes of counts in the API. Quantities are base units; while a count is blind, nothing of the books is told."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from inventory.counts import Awaits, CountState, VarianceReason
from logistics.supplies.schemas import BaseUnits, KeyIn, ShortText

MOST_LINES = 5_000


class CountIn(KeyIn):
    place = ShortText(64, required=True, metadata={"description": "The code of the store or vehicle"})
    items = fields.List(
        ShortText(64), load_default=list, metadata={"description": "Codes of items; none for everything there"}
    )
    recount_units = BaseUnits(load_default=0, strict=True, validate=validate.Range(min=0, max=10**12))
    recount_percent = fields.Integer(
        load_default=2,
        allow_none=True,
        strict=True,
        validate=validate.Range(min=0, max=100),
        metadata={"description": "A second count is asked beyond so many percent or base units; null: never"},
    )
    note = ShortText(500, load_default="")


class CountedIn(Schema):
    item = ShortText(64, required=True, metadata={"description": "The item's code"})
    lot = ShortText(64, load_default="")
    expires_on = fields.Date(
        load_default=None, allow_none=True, metadata={"description": "Of a lot the books do not know"}
    )
    quantity = BaseUnits(required=True, strict=True, validate=validate.Range(min=0, max=10**12))
    counted_at = fields.AwareDateTime(
        load_default=None, allow_none=True, metadata={"description": "The instant of the count; now if it is not told"}
    )


class EntriesIn(KeyIn):
    lines = fields.List(fields.Nested(CountedIn), required=True, validate=validate.Length(min=1, max=MOST_LINES))


class ReasonIn(Schema):
    item = ShortText(64, required=True)
    lot = ShortText(64, required=True)
    reason = fields.Enum(VarianceReason, by_value=True, required=True)
    note = ShortText(500, load_default="")


class ReasonsIn(Schema):
    lines = fields.List(fields.Nested(ReasonIn), required=True, validate=validate.Length(min=1, max=MOST_LINES))


class _ItemCode(Schema):
    code = fields.String()


class CountOut(Schema):
    id = fields.Integer()
    number = fields.String()
    state = fields.Enum(CountState, by_value=True)
    place = fields.String(attribute="location.code")
    items = fields.Pluck(_ItemCode, "code", many=True)
    started_at = fields.AwareDateTime(format="iso")
    started_by = fields.String()
    submitted_at = fields.AwareDateTime(format="iso", allow_none=True)
    closed_at = fields.AwareDateTime(format="iso", allow_none=True)
    document = fields.String(attribute="document.number", allow_none=True)
    note = fields.String()


class CountLineOut(Schema):
    item = fields.String(attribute="lot.item.code")
    lot = fields.String(attribute="lot.code")
    expires_on = fields.Date(attribute="lot.expires_on", allow_none=True)
    counted = BaseUnits(attribute="entry.quantity", allow_none=True)
    counted_at = fields.AwareDateTime(attribute="entry.counted_at", format="iso", allow_none=True)
    expected = BaseUnits(metadata={"description": "What the books said at that instant; not told while blind"})
    difference = BaseUnits()
    awaits = fields.Enum(Awaits, by_value=True, allow_none=True)
    reason = fields.Enum(VarianceReason, by_value=True, attribute="variance.reason", allow_none=True)
    note = fields.String(attribute="variance.note")


class CountWholeOut(Schema):
    count = fields.Nested(CountOut)
    lines = fields.List(fields.Nested(CountLineOut))
