"""The shapes of lots in the API. Quantities are base units."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from inventory.catalogue import LotStatus
from logistics.supplies.schemas import BaseUnits, KeyIn, Lines, ShortText


class _ReasonedIn(KeyIn):
    reason = ShortText(500, required=True)


class LotQuery(Schema):
    q = ShortText(200, load_default="", metadata={"description": "Words of the lot, its item's code or name"})


class ExpiringQuery(Schema):
    days = fields.Integer(load_default=30, validate=validate.Range(min=1, max=3_650))


class LotOut(Schema):
    id = fields.Integer()
    item = fields.String(attribute="item.code")
    code = fields.String()
    expires_on = fields.Date(allow_none=True)
    status = fields.Enum(LotStatus, by_value=True)


class ExpiringOut(Schema):
    lot = fields.Nested(LotOut)
    quantity = BaseUnits()
    left_over = BaseUnits(allow_none=True)


class StoreOut(Schema):
    id = fields.Integer(attribute="location.id")
    place = fields.String(attribute="location.name")
    quantity = BaseUnits()


class VehicleOut(StoreOut):
    trip = fields.String(attribute="trip.number", allow_none=True)
    driver = fields.String(attribute="trip.driver.name", allow_none=True)
    phone = fields.String(attribute="trip.driver.phone", allow_none=True)


class RecipientOut(Schema):
    id = fields.Integer(attribute="gone.destination.id")
    place = fields.String(attribute="gone.destination.name")
    quantity = BaseUnits(attribute="gone.quantity")
    contact = fields.String(attribute="order.contact", allow_none=True)
    phone = fields.String(attribute="order.phone", allow_none=True)


class UsedOut(Schema):
    place = fields.String(attribute="source.name")
    quantity = BaseUnits()


class ChangeOut(Schema):
    before = fields.Enum(LotStatus, by_value=True)
    after = fields.Enum(LotStatus, by_value=True)
    reason = fields.String()
    changed_at = fields.AwareDateTime(format="iso")
    changed_by = fields.String()


class TraceOut(Schema):
    lot = fields.Nested(LotOut)
    stores = fields.List(fields.Nested(StoreOut))
    transit = fields.List(fields.Nested(StoreOut), metadata={"description": "In consignments that are not settled"})
    vehicles = fields.List(fields.Nested(VehicleOut))
    recipients = fields.List(fields.Nested(RecipientOut), attribute="reached")
    used = fields.List(fields.Nested(UsedOut))


class StatusIn(_ReasonedIn):
    status = fields.Enum(LotStatus, by_value=True, required=True)


class TakenBackIn(_ReasonedIn):
    source = fields.Integer(required=True, strict=True, metadata={"description": "The id of the store or recipient"})
    store = ShortText(64, required=True, metadata={"description": "The code of the store that takes it back"})
    quantity = BaseUnits(required=True, strict=True, validate=validate.Range(min=1, max=10**12))


class PortionIn(Schema):
    store = ShortText(64, required=True, metadata={"description": "The store's code"})
    item = ShortText(64, required=True)
    lot = ShortText(64, required=True)
    quantity = BaseUnits(required=True, strict=True, validate=validate.Range(min=1, max=10**12))


class DisposalIn(_ReasonedIn):
    lines = Lines(PortionIn)
