"""The shapes of requisitions, policies and allocations in the API. Quantities are base units, days of cover decimal numbers."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from inventory.needs import NeedSource
from inventory.requisitions import RequisitionState, Verdict
from inventory.units import Tier
from logistics.supplies.schemas import BaseUnits, KeyIn, NewestQuery, ShortText

_MOST_PACKS = 10**9


def daily_need() -> fields.Float:
    """The need that decides, which may be a fraction of a piece."""
    told = "Base units a day that decide: by the approved norms, else as told"
    return fields.Float(attribute="need.exact", metadata={"description": told})


class RequisitionIn(KeyIn):
    unit = ShortText(64, required=True, metadata={"description": "The unit's code"})
    item = ShortText(64, required=True, metadata={"description": "The item's code"})
    quantity = BaseUnits(required=True, strict=True, validate=validate.Range(min=1, max=10**12))
    daily_need = BaseUnits(required=True, strict=True, validate=validate.Range(min=1, max=10**12))
    note = ShortText(500, load_default="")


class ReviewIn(KeyIn):
    quantity = BaseUnits(required=True, strict=True, validate=validate.Range(min=0, max=10**12))
    comment = ShortText(500, load_default="")


class ReviewOut(Schema):
    verdict = fields.Enum(Verdict, by_value=True)
    quantity_before = BaseUnits()
    quantity_after = BaseUnits()
    comment = fields.String()
    at = fields.AwareDateTime(format="iso")
    by = fields.String()


class RequisitionOut(Schema):
    id = fields.Integer(attribute="requisition.id")
    number = fields.String(attribute="requisition.number")
    unit = fields.String(attribute="requisition.unit.code")
    item = fields.String(attribute="requisition.item.code")
    tier = fields.Enum(Tier, by_value=True, attribute="requisition.tier")
    quantity = BaseUnits(attribute="requisition.quantity")
    daily_need = daily_need()
    told_daily_need = BaseUnits(attribute="requisition.daily_need")
    need_source = fields.Enum(NeedSource, by_value=True, attribute="need.source")
    state = fields.Enum(RequisitionState, by_value=True, attribute="requisition.state")
    asked_at = fields.AwareDateTime(format="iso", attribute="requisition.asked_at")
    asked_by = fields.String(attribute="requisition.asked_by")
    approved_at = fields.AwareDateTime(format="iso", allow_none=True, attribute="requisition.approved_at")
    approved_by = fields.String(allow_none=True, attribute="requisition.approved_by")
    note = fields.String(attribute="requisition.note")


class ReviewedOut(RequisitionOut):
    reviews = fields.List(fields.Nested(ReviewOut), attribute="requisition.reviews")


class SheetLineIn(Schema):
    item = ShortText(64, required=True, metadata={"description": "The item's code"})
    quantity = BaseUnits(required=True, strict=True, validate=validate.Range(min=1, max=10**12))
    daily_need = BaseUnits(required=True, strict=True, validate=validate.Range(min=1, max=10**12))
    note = ShortText(500, load_default="")


class SheetIn(KeyIn):
    unit = ShortText(64, required=True, metadata={"description": "The unit's code"})
    lines = fields.List(fields.Nested(SheetLineIn), required=True, validate=validate.Length(min=1, max=200))
    note = ShortText(500, load_default="")


class SheetQuery(NewestQuery):
    only_open = fields.Boolean(load_default=False, metadata={"description": "Only those of which a line waits"})


class LineReviewIn(Schema):
    requisition = ShortText(20, required=True, metadata={"description": "The number of the line"})
    quantity = BaseUnits(required=True, strict=True, validate=validate.Range(min=0, max=10**12))
    comment = ShortText(500, load_default="")


class SheetReviewIn(Schema):
    key = fields.String(required=True, validate=validate.Length(min=1, max=80))
    lines = fields.List(fields.Nested(LineReviewIn), required=True, validate=validate.Length(min=1, max=200))


class SheetOut(Schema):
    id = fields.Integer(attribute="sheet.id")
    number = fields.String(attribute="sheet.number")
    unit = fields.String(attribute="sheet.unit.code")
    state = fields.Enum(RequisitionState, by_value=True, attribute="sheet.state")
    asked_at = fields.AwareDateTime(format="iso", attribute="sheet.asked_at")
    asked_by = fields.String(attribute="sheet.asked_by")
    note = fields.String(attribute="sheet.note")
    lines = fields.List(fields.Nested(ReviewedOut))


class ItemQuery(Schema):
    item = ShortText(64, required=True, metadata={"description": "The item's code"})


class RungIn(Schema):
    tiers = fields.List(fields.Enum(Tier, by_value=True), required=True, validate=validate.Length(min=1))
    ceiling_days = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=365))


class PolicyIn(KeyIn):
    name = ShortText(100, required=True)
    ladder = fields.List(fields.Nested(RungIn), required=True, validate=validate.Length(min=1, max=20))
    note = ShortText(500, load_default="")


class ApprovalIn(Schema):
    policy = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=2**63 - 1))
    valid_from = fields.Date(required=True)


class ApprovalOut(Schema):
    valid_from = fields.Date()
    approved_at = fields.AwareDateTime(format="iso")
    approved_by = fields.String()


class ClosedIn(Schema):
    store = ShortText(64, required=True)
    unit = ShortText(64, required=True)


class OverrideIn(Schema):
    requisition = ShortText(20, required=True, metadata={"description": "The number of the requisition"})
    packs = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=_MOST_PACKS))
    reason = fields.String(required=True, validate=validate.Length(min=1, max=500))
    first = fields.Boolean(load_default=True, metadata={"description": "Before the ladder, or of what it leaves over"})


class TermsIn(Schema):
    item = ShortText(64, required=True, metadata={"description": "The item's code"})
    source = ShortText(64, required=True, metadata={"description": "The code of the store that gives"})
    others = fields.List(ShortText(64), load_default=list, metadata={"description": "Stores that give too"})
    pack_word = ShortText(64, required=True)
    keep_packs = fields.Integer(load_default=0, strict=True, validate=validate.Range(min=0, max=_MOST_PACKS))
    ladder = fields.List(
        fields.Nested(RungIn),
        load_default=None,
        validate=validate.Length(min=1, max=20),
        metadata={"description": "Without one, that of the policy in force"},
    )
    closed = fields.List(fields.Nested(ClosedIn), load_default=list)
    overrides = fields.List(fields.Nested(OverrideIn), load_default=list)
    only_approved = fields.Boolean(load_default=False)


class DecisionIn(TermsIn, KeyIn):
    seen = fields.String(required=True, metadata={"description": "The fingerprint of the proposal that was looked at"})


class WhatIfQuery(Schema):
    more_packs = fields.Integer(load_default=0, validate=validate.Range(min=-_MOST_PACKS, max=_MOST_PACKS))
    requisition = ShortText(20, load_default=None, allow_none=True)
    daily_need = BaseUnits(load_default=None, allow_none=True, validate=validate.Range(min=1, max=10**12))
    on_hand = BaseUnits(load_default=None, allow_none=True, validate=validate.Range(min=0, max=10**12))


class ComparedOut(Schema):
    requisition = fields.String(attribute="requisition.number")
    unit = fields.String(attribute="requisition.unit.code")
    packs = fields.Integer()
    otherwise = fields.Integer()
    cover_days = fields.Float(attribute="cover")
    cover_otherwise_days = fields.Float(attribute="cover_otherwise")


class StoryOut(Schema):
    requisition = fields.String()
    packs = fields.Integer()
    next_pack = fields.Integer(allow_none=True)
    more_needed = fields.Integer(allow_none=True)
    places = fields.List(fields.Integer())
    sentences = fields.List(fields.String())


class SpreadOut(Schema):
    tier = fields.Enum(Tier, by_value=True)
    points = fields.Integer()
    worst_days = fields.Float(attribute="spread.worst")
    middle_days = fields.Float(attribute="spread.middle")
    best_days = fields.Float(attribute="spread.best")


class FairnessOut(Schema):
    allocation = fields.String(attribute="run.number")
    decided_at = fields.AwareDateTime(format="iso", attribute="run.decided_at")
    tiers = fields.List(fields.Nested(SpreadOut))


class LateralQuery(ItemQuery):
    pack_word = ShortText(64, load_default="")
    keep_days = fields.Integer(load_default=14, validate=validate.Range(min=1, max=365))
    reach_days = fields.Integer(load_default=3, validate=validate.Range(min=1, max=365))


class MoveOut(Schema):
    source = fields.String(attribute="source.code")
    destination = fields.String(attribute="destination.code")
    packs = fields.Integer()
    quantity = BaseUnits()
    distance_m = fields.Integer(allow_none=True)
    cover_before_days = fields.Float(attribute="destination_before")
    cover_after_days = fields.Float(attribute="destination_cover")


class RungOut(Schema):
    tiers = fields.List(fields.Enum(Tier, by_value=True))
    ceiling_days = fields.Integer()


class PolicyOut(Schema):
    id = fields.Integer()
    name = fields.String()
    version = fields.Integer()
    unit = fields.String(attribute="unit.code")
    note = fields.String()
    ladder = fields.List(fields.Nested(RungOut))
    proposed_at = fields.AwareDateTime(format="iso")
    proposed_by = fields.String()
    approval = fields.Nested(ApprovalOut, allow_none=True)


class DeliveryOrderRef(Schema):
    number = fields.String()


class SourceShare(Schema):
    store = fields.String()
    packs = fields.Integer()


class ShareOut(Schema):
    requisition = fields.String(attribute="requisition.number")
    unit = fields.String(attribute="requisition.unit.code")
    tier = fields.Enum(Tier, by_value=True, attribute="requisition.tier")
    asked = BaseUnits(attribute="requisition.quantity")
    daily_need = daily_need()
    told_daily_need = BaseUnits(attribute="requisition.daily_need")
    need_source = fields.Enum(NeedSource, by_value=True, attribute="need.source")
    on_hand = BaseUnits(metadata={"description": "With what is coming"})
    coming = BaseUnits(metadata={"description": "What of it is only promised to the unit or on its way"})
    packs = fields.Integer()
    packs_without_overrides = fields.Integer()
    sources = fields.List(fields.Nested(SourceShare))
    quantity = BaseUnits()
    shortfall = BaseUnits()
    cover_before_days = fields.Float(attribute="cover_before")
    cover_after_days = fields.Float(attribute="cover_after")
    next_pack = fields.Integer(attribute="reason.next_pack", allow_none=True)
    more_needed = fields.Integer(attribute="reason.more_needed", allow_none=True)
    why = fields.String()
    delivery_orders = fields.List(fields.Pluck(DeliveryOrderRef, "number"), attribute="deliveries")


class ProposalOut(Schema):
    item = fields.String()
    source = fields.String()
    sources = fields.List(fields.String())
    pack_word = fields.String()
    pack_size = BaseUnits()
    packs = fields.Integer()
    reserve = fields.Integer(metadata={"description": "Packs that stay as a strategic reserve beside those"})
    left_over = fields.Integer()
    short = fields.Integer()
    better_opened = fields.Boolean(
        metadata={"description": "By the piece, more points of the rung on which the packs ran out would get some"}
    )
    ladder = fields.List(fields.Nested(RungOut))
    shares = fields.List(fields.Nested(ShareOut))
    seen = fields.String(metadata={"description": "To be sent with the decision"})


class AllocationOut(ProposalOut):
    id = fields.Integer()
    number = fields.String()
    policy = fields.Nested(PolicyOut, allow_none=True)
    decided_at = fields.AwareDateTime(format="iso")
    decided_by = fields.String()
    fingerprint = fields.String(allow_none=True, metadata={"description": "SHA-256 of the case it was decided by"})

    class Meta:
        exclude = ("seen", "better_opened")
