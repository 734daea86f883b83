"""The shapes of equipment in the API."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from inventory.assets import LONGEST_INTERVAL_DAYS, MOST_AT_ONCE, AssetAct, AssetState
from logistics.supplies.schemas import KeyIn, ShortText


class AssetQuery(Schema):
    q = fields.String(load_default="", validate=validate.Length(max=200))
    due_within_days = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=0, max=LONGEST_INTERVAL_DAYS),
        metadata={
            "description": "Only what is overdue or due for calibration within so many days; `q` is not looked at"
        },
    )
    retired = fields.Boolean(load_default=False, metadata={"description": "Those out of use instead"})
    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=10_000))


class AssetsIn(Schema):
    key = fields.String(required=True, validate=validate.Length(min=1, max=90))
    item = ShortText(64, required=True, metadata={"description": "The code of an item of equipment"})
    unit = ShortText(64, required=True, metadata={"description": "The code of the unit whose it is"})
    serials = fields.List(ShortText(64), required=True, validate=validate.Length(min=1, max=MOST_AT_ONCE))
    acquired_on = fields.Date(required=True)
    interval_days = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(min=1, max=LONGEST_INTERVAL_DAYS)
    )
    due_on = fields.Date(load_default=None, allow_none=True, metadata={"description": "How long its calibration holds"})
    note = ShortText(500, load_default="")


class AssetActIn(KeyIn):
    act = fields.Enum(AssetAct, by_value=True, required=True)
    holder = ShortText(200, load_default="")
    place = ShortText(64, load_default="", metadata={"description": "The code of the unit where it goes"})
    until = fields.Date(load_default=None, allow_none=True)
    calibrated_on = fields.Date(load_default=None, allow_none=True)
    due_on = fields.Date(load_default=None, allow_none=True)
    certificate = ShortText(200, load_default="")
    note = ShortText(500, load_default="")


class AssetOut(Schema):
    id = fields.Integer()
    item = fields.String()
    serial = fields.String()
    unit = fields.String()
    acquired_on = fields.Date()
    interval_days = fields.Integer(allow_none=True)
    note = fields.String()
    state = fields.Enum(AssetState, by_value=True)
    holder = fields.String()
    place = fields.String(allow_none=True)
    since = fields.Date()
    until = fields.Date(allow_none=True)
    due_on = fields.Date(allow_none=True)
    overdue = fields.Boolean(metadata={"description": "Its calibration no longer holds: neither handed out nor lent"})
    possible = fields.List(fields.Enum(AssetAct, by_value=True), metadata={"description": "What may be done with it"})


class AssetEventOut(Schema):
    act = fields.Enum(AssetAct, by_value=True)
    happened_on = fields.Date()
    holder = fields.String()
    place = fields.String(attribute="place.code")
    until = fields.Date(allow_none=True)
    due_on = fields.Date(allow_none=True)
    certificate = fields.String()
    note = fields.String()
    recorded_at = fields.AwareDateTime(format="iso")
    recorded_by = fields.String()


class AssetWithHistoryOut(AssetOut):
    history = fields.List(fields.Nested(AssetEventOut), metadata={"description": "Newest first"})
