"""The shapes of day closings in the API. Quantities in base units."""

from __future__ import annotations

from marshmallow import Schema, fields

from logistics.supplies.schemas import BaseUnits, KeyIn, NewestQuery, ShortText


class ClosingsQuery(NewestQuery):
    unit = ShortText(64, load_default="", metadata={"description": "The code of a unit: it and all below it"})


class ClosingIn(KeyIn):
    unit = ShortText(64, required=True, metadata={"description": "The unit's code; all below it are closed with it"})
    day = fields.Date(required=True, metadata={"description": "Closes every earlier day too"})
    note = ShortText(500, load_default="")


class ReopeningIn(KeyIn):
    reason = ShortText(500, required=True)


class FigureOut(Schema):
    item = fields.String(attribute="item.code")
    opening = BaseUnits()
    came_in = BaseUnits()
    went_out = BaseUnits()
    regrouped = BaseUnits()
    closing = BaseUnits()


class ReopeningOut(Schema):
    reopened_at = fields.AwareDateTime(format="iso")
    reopened_by = fields.String()
    reason = fields.String()


class ClosingOut(Schema):
    id = fields.Integer()
    number = fields.String()
    unit = fields.String(attribute="unit.code")
    day = fields.Date()
    begins_at = fields.AwareDateTime(format="iso")
    ends_at = fields.AwareDateTime(format="iso")
    closed_at = fields.AwareDateTime(format="iso")
    closed_by = fields.String()
    note = fields.String()
    movements = fields.Integer()
    is_zero = fields.Boolean(metadata={"description": "Nothing moved: a zero report"})
    digest = fields.String()
    reopening = fields.Nested(ReopeningOut, allow_none=True)


class ClosingWholeOut(ClosingOut):
    figures = fields.List(fields.Nested(FigureOut))
