"""The shapes of joint allocations in the API. Quantities are base units, days of cover decimal numbers."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from inventory.joint_cases import JointKind, Limit
from inventory.units import Tier
from logistics.supplies.schemas import BaseUnits, KeyIn, ShortText
from logistics.supplies.sharing_schemas import PolicyOut, RungIn, RungOut


class JointItemIn(Schema):
    item = ShortText(64, required=True, metadata={"description": "The item's code"})
    pack_word = ShortText(64, required=True)
    keep_packs = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(min=0, max=10**9),
        metadata={"description": "Packs that stay as a strategic reserve"},
    )


class JointTermsIn(Schema):
    source = ShortText(64, required=True, metadata={"description": "The code of the store that gives"})
    items = fields.List(fields.Nested(JointItemIn), required=True, validate=validate.Length(min=1, max=100))
    item_class = ShortText(
        64,
        load_default=None,
        allow_none=True,
        metadata={
            "description": "The code of the class to which all the items belong, if they stand in for each other"
        },
    )
    vehicles = fields.List(
        ShortText(64), load_default=list, metadata={"description": "Plates of the vehicles whose room the items share"}
    )
    ladder = fields.List(
        fields.Nested(RungIn),
        load_default=None,
        validate=validate.Length(min=1, max=20),
        metadata={"description": "Without one, that of the policy in force"},
    )
    only_approved = fields.Boolean(load_default=False)


class JointDecisionIn(JointTermsIn, KeyIn):
    seen = fields.String(required=True, metadata={"description": "The seal of the proposal that was looked at"})


class JointQuery(Schema):
    before = fields.Integer(load_default=None, validate=validate.Range(min=1, max=2**63 - 1))


class JointItemOut(Schema):
    item = fields.String(attribute="item.code")
    pack_word = fields.String()
    pack_size = BaseUnits()
    packs = fields.Integer()
    reserve = fields.Integer(metadata={"description": "Packs that stay as a strategic reserve beside those"})
    given = fields.Integer()
    left_over = fields.Integer()
    missing = fields.Integer(metadata={"description": "Packs that would bring everybody to every ceiling"})
    allocation = fields.String(attribute="run.number", metadata={"description": "The run of this item, once decided"})


class JointShareOut(Schema):
    requisition = fields.String(attribute="requisition.number")
    unit = fields.String(attribute="requisition.unit.code")
    tier = fields.Enum(Tier, by_value=True, attribute="requisition.tier")
    item = fields.String(attribute="requisition.item.code", metadata={"description": "What was asked for"})
    asked = BaseUnits(attribute="requisition.quantity")
    daily_need = fields.Float()
    on_hand = BaseUnits(metadata={"description": "With what is coming"})
    coming = BaseUnits(
        attribute="reason.coming", metadata={"description": "What of it is only promised to the unit or on its way"}
    )
    packs = fields.Dict(fields.String(), fields.Integer(), metadata={"description": "Of each item, by code"})
    counted_for_it = BaseUnits(
        attribute="reason.stood_in", metadata={"description": "How much of what was asked other items stand in for"}
    )
    shortfall = BaseUnits()
    cover_before_days = fields.Float(attribute="cover_before")
    cover_after_days = fields.Float(attribute="cover_after")
    limit = fields.Enum(Limit, by_value=True, metadata={"description": "What kept it from more"})
    why = fields.String()


class JointLevelOut(Schema):
    rung = fields.Integer(metadata={"description": "From 0"})
    days = fields.Float()
    proved = fields.Boolean(metadata={"description": "Whether it is known that no loading brings the rung higher"})


class JointAboardOut(Schema):
    unit = fields.String(attribute="unit.code")
    item = fields.String(attribute="item.item.code")
    packs = fields.Integer()


class JointVehicleOut(Schema):
    plate = fields.String()
    volume_ml = fields.Integer()
    weight_g = fields.Integer()
    used_ml = fields.Integer()
    used_g = fields.Integer()
    aboard = fields.List(fields.Nested(JointAboardOut))


class JointProposalOut(Schema):
    kind = fields.Enum(JointKind, by_value=True)
    item_class = fields.String(
        attribute="item_class.code", metadata={"description": "Where they stand in for each other"}
    )
    source = fields.String(attribute="source.code")
    ladder = fields.List(fields.Nested(RungOut))
    items = fields.List(fields.Nested(JointItemOut))
    shares = fields.List(fields.Nested(JointShareOut), attribute="lines")
    levels = fields.List(fields.Nested(JointLevelOut))
    vehicles = fields.List(fields.Nested(JointVehicleOut))
    seen = fields.String(metadata={"description": "To be sent with the decision"})


class AllocationRef(Schema):
    number = fields.String()


class JointHeadOut(Schema):
    id = fields.Integer()
    number = fields.String()
    kind = fields.Enum(JointKind, by_value=True)
    source = fields.String(attribute="source.code")
    allocations = fields.List(fields.Pluck(AllocationRef, "number"), attribute="runs")
    decided_at = fields.AwareDateTime(format="iso")
    decided_by = fields.String()


class JointOut(JointProposalOut):
    id = fields.Integer()
    number = fields.String()
    policy = fields.Nested(PolicyOut, allow_none=True)
    decided_at = fields.AwareDateTime(format="iso")
    decided_by = fields.String()
    fingerprint = fields.String(metadata={"description": "SHA-256 of the case and of what it came to"})

    class Meta:
        exclude = ("seen",)
