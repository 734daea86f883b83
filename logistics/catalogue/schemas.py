"""The shapes of items and units in the API. Weights in milligrams, volumes in microlitres, both of one base unit."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from inventory.catalogue import ItemKind
from inventory.hazards import Danger, Hazard, Within
from inventory.responsible import Post
from inventory.units import Tier, UnitKind
from logistics.supplies.schemas import BaseUnits, ShortText

LARGEST_LOAD = 2**31 - 1
_RATIO = re.compile(r"[1-9][0-9]{0,8}(?:/[1-9][0-9]{0,8})?")


class Code(fields.String):
    """A code that people type: letters, digits and - _ . / #, without spaces."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(validate=validate.Regexp(r"[\w#][\w.\-/#]{0,39}\Z"), **rest)


class Ratio(fields.Field[Fraction]):
    """A fraction above zero as text: "1/10", "2"."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **rest: Any) -> str:
        return str(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Fraction:
        if not isinstance(value, str) or not _RATIO.fullmatch(value):
            raise ValidationError("Not a ratio above 0 such as 1/10.")
        return Fraction(value)


class Pack(Schema):
    word = ShortText(10, required=True)
    size = BaseUnits(required=True, strict=True, validate=validate.Range(min=2, max=10**9))


class Barcode(Schema):
    code = ShortText(48, required=True)
    word = ShortText(10, required=True, metadata={"description": "The unit word of the piece or pack that bears it"})


class ItemFields(Schema):
    name = fields.String(required=True, validate=validate.Length(min=1, max=100))
    kind = fields.Enum(ItemKind, by_value=True, load_default=ItemKind.OTHER)
    base_unit = fields.String(required=True, validate=validate.Length(min=1, max=10))
    packs = fields.List(fields.Nested(Pack), load_default=list, validate=validate.Length(max=50))
    barcodes = fields.List(fields.Nested(Barcode), load_default=list, validate=validate.Length(max=200))
    weight_mg = fields.Integer(load_default=0, strict=True, validate=validate.Range(min=0, max=LARGEST_LOAD))
    volume_ul = fields.Integer(load_default=0, strict=True, validate=validate.Range(min=0, max=LARGEST_LOAD))
    hazard = fields.Enum(Hazard, by_value=True, load_default=Hazard.NONE)
    shelf_life_days = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(min=1, max=36_500)
    )
    active_mg_per_kg = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(min=1, max=1_000_000),
        metadata={"description": "What a disinfectant's label says: 5 % are 50,000"},
    )
    item_class = ShortText(64, load_default=None, allow_none=True, metadata={"description": "The code of its class"})
    class_units = Ratio(
        load_default=Fraction(1), metadata={"description": "Units of the class that one base unit counts for"}
    )


class ItemIn(ItemFields):
    code = Code(required=True)


class SeparationOut(Schema):
    hazard = fields.Enum(Hazard, by_value=True)
    within = fields.Enum(Within, by_value=True)
    danger = fields.Enum(Danger, by_value=True)


class ItemOut(ItemIn):
    never_with = fields.List(
        fields.Nested(SeparationOut), metadata={"description": "What it must not share a vehicle or compartment with"}
    )


class ItemClassIn(Schema):
    code = Code(required=True)
    name = fields.String(required=True, validate=validate.Length(min=1, max=100))
    unit_word = fields.String(required=True, validate=validate.Length(min=1, max=10))


class UnitFields(Schema):
    name = fields.String(required=True, validate=validate.Length(min=1, max=100))
    kind = fields.Enum(UnitKind, by_value=True, required=True)
    tier = fields.Enum(Tier, by_value=True, load_default=Tier.OTHER)
    lat = fields.Float(load_default=None, allow_none=True, validate=validate.Range(min=-90, max=90))
    lon = fields.Float(load_default=None, allow_none=True, validate=validate.Range(min=-180, max=180))
    address = ShortText(300, load_default="")
    contact = ShortText(100, load_default="")
    phone = ShortText(40, load_default="")
    headcount = fields.Integer(load_default=0, strict=True, validate=validate.Range(min=0, max=100_000))


class UnitIn(UnitFields):
    code = Code(required=True)
    parent = ShortText(64, required=True, metadata={"description": "The code of the unit above it"})


class UnitOut(UnitFields):
    code = fields.String()
    parent = fields.String(allow_none=True)
    closed_on = fields.Date(allow_none=True)


class UnitsQuery(Schema):
    closed = fields.Boolean(load_default=False, metadata={"description": "The closed ones too"})


class ParentIn(Schema):
    parent = ShortText(64, required=True, metadata={"description": "The code of the new unit above it"})


class ResponsibleFields(Schema):
    name = fields.String(required=True, validate=validate.Length(min=1, max=100))
    phone = ShortText(40, load_default="")
    post = fields.Enum(Post, by_value=True, required=True)
    since = fields.Date(required=True)
    until = fields.Date(load_default=None, allow_none=True)


class ResponsibleIn(ResponsibleFields):
    key = fields.String(
        required=True,
        validate=validate.Length(min=1, max=100),
        metadata={"description": "Chosen by the sender: the same key again records nothing new"},
    )


class ResponsibleOut(ResponsibleFields):
    id = fields.Integer()


class ScanQuery(Schema):
    code = ShortText(64, required=True)


class ScannedOut(Schema):
    code = fields.String()
    name = fields.String()
    label = fields.String()
    word = fields.String(metadata={"description": "The unit word of the piece or pack that bears the code"})
    size = BaseUnits()
    base_unit = fields.String()
