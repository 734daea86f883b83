"""The shapes of the API: what comes in and what goes out. Amounts per basis are exact fractions "5/2"; days of cover decimal numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from inventory.consumption import TaskKind
from inventory.forecast import Method, Why
from inventory.needs import Heat
from inventory.norms import (
    FIGURES,
    MOST_A_DAY,
    MOST_AREA_M2,
    MOST_ML_PER_M2,
    MOST_PEOPLE,
    MOST_TARGET_MG_PER_L,
    Basis,
    NormState,
)
from inventory.reorder import MOST_DAYS
from inventory.units import Tier, UnitKind
from logistics.supplies.schemas import BaseUnits, DocumentOut, ShortText


class Exact(fields.String):
    """An exact amount: "2", "0.5" or "1/3"."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(metadata={"description": "Base units, exact: 2, 0.5 or 1/3"}, **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        text = super()._deserialize(value, attr, data, **rest)
        try:
            amount = Fraction(text) if len(text) <= 40 else Fraction(0)
        except (ValueError, ZeroDivisionError):
            amount = Fraction(0)
        if not 0 < amount <= 10**9 or amount.denominator > 10**9:
            raise ValidationError("Not an amount above zero, such as 2, 0.5 or 1/3.")
        return amount


def key_field() -> fields.String:
    return fields.String(
        required=True,
        validate=validate.Length(min=1, max=100),
        metadata={"description": "Chosen by the sender: the same key again records nothing new"},
    )


def between(least: int, most: int, **rest: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(min=least, max=most), **rest)


def code_field(what: str, **rest: Any) -> ShortText:
    return ShortText(64, metadata={"description": f"The {what}'s code"}, **rest)


class DecisionOut(Schema):
    state = fields.Enum(NormState, by_value=True)
    day = fields.Date()
    by = fields.String()
    at = fields.AwareDateTime(format="iso")
    note = fields.String()


class NormOut(Schema):
    id = fields.Integer()
    number = fields.String()
    item = fields.String(attribute="item.code")
    basis = fields.Enum(Basis, by_value=True)
    amount = Exact()
    target_mg_per_l = fields.Integer(allow_none=True)
    ml_per_m2 = fields.Integer(allow_none=True)
    kinds = fields.List(fields.String())
    tiers = fields.List(fields.String())
    source = fields.String()
    valid_from = fields.Date()
    state = fields.Enum(NormState, by_value=True)
    proposed_by = fields.String()
    decisions = fields.List(fields.Nested(DecisionOut))


class NormIn(Schema):
    key = key_field()
    item = code_field("item", required=True)
    basis = fields.Enum(Basis, by_value=True, required=True)
    amount = Exact(load_default=None, allow_none=True)
    target_mg_per_l = between(1, MOST_TARGET_MG_PER_L, load_default=None, allow_none=True)
    ml_per_m2 = between(1, MOST_ML_PER_M2, load_default=None, allow_none=True)
    kinds = fields.List(fields.Enum(UnitKind, by_value=True), load_default=list)
    tiers = fields.List(fields.Enum(Tier, by_value=True), load_default=list)
    source = ShortText(500, required=True)
    valid_from = fields.Date(required=True)


class DeclineIn(Schema):
    note = ShortText(500, load_default="")


class EndIn(DeclineIn):
    day = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"description": "The first day on which it no longer holds; today where none is given"},
    )


class FactsOut(Schema):
    unit = fields.String(attribute="unit.code")
    valid_from = fields.Date()
    told_by = fields.String()
    told_at = fields.AwareDateTime(format="iso")
    people_per_shift = fields.Integer()
    shifts_a_day = fields.Integer()
    area_m2 = fields.Integer()
    rounds_a_day = fields.Integer()
    households = fields.Integer()
    isolated = fields.Integer()


class FactsIn(Schema):
    """A figure that is left out stays as it was."""

    key = key_field()
    valid_from = fields.Date(required=True)
    people_per_shift = between(0, FIGURES["people_per_shift"], load_default=None)
    shifts_a_day = between(0, FIGURES["shifts_a_day"], load_default=None)
    area_m2 = between(0, FIGURES["area_m2"], load_default=None)
    rounds_a_day = between(0, FIGURES["rounds_a_day"], load_default=None)
    households = between(0, FIGURES["households"], load_default=None)
    isolated = between(0, FIGURES["isolated"], load_default=None)


class PartOut(Schema):
    norm = fields.String(attribute="norm.number")
    basis = fields.Enum(Basis, by_value=True, attribute="norm.basis")
    amount = Exact(attribute="norm.amount")
    count = fields.Integer()


class NeedOut(Schema):
    item = fields.String()
    usable = BaseUnits()
    daily_need = BaseUnits()
    reckoned = fields.Boolean(metadata={"description": "By norms; false where the newest requisition tells it"})
    parts = fields.List(fields.Nested(PartOut))
    cover_days = fields.Float(allow_none=True)
    runs_out_on = fields.Date(allow_none=True)
    heat = fields.Enum(Heat, by_value=True)
    burn_rate = fields.Float(allow_none=True, metadata={"description": "Base units used a day, over days with stock"})
    differs = fields.Boolean(metadata={"description": "Burn rate and norms differ by more than half"})


class DoseQuery(Schema):
    item = code_field("item", required=True)
    target_mg_per_l = fields.Integer(required=True, validate=validate.Range(1, MOST_TARGET_MG_PER_L))
    volume_ml = fields.Integer(required=True, validate=validate.Range(1, 10**9))
    ml_per_m2 = fields.Integer(load_default=100, validate=validate.Range(1, MOST_ML_PER_M2))


class DoseOut(Schema):
    product_g = fields.Float()
    product_ml = fields.Float()
    water_ml = fields.Float()
    serves_m2 = fields.Float()


class _TaskIn(Schema):
    key = key_field()
    unit = code_field("unit", required=True)
    store = code_field("store", required=True)
    reason = ShortText(500, load_default="")


class RoundIn(_TaskIn):
    item = code_field("item", required=True)
    area_m2 = between(1, MOST_AREA_M2, required=True)
    rounds = between(1, MOST_A_DAY, load_default=1)
    target_mg_per_l = between(1, MOST_TARGET_MG_PER_L, required=True)
    ml_per_m2 = between(1, MOST_ML_PER_M2, load_default=100)


class UsedIn(Schema):
    item = code_field("item", required=True)
    quantity = BaseUnits(required=True, strict=True, validate=validate.Range(min=1, max=10**12))


class ShiftIn(_TaskIn):
    """Without `used`, what the norms in force come to."""

    people = between(1, MOST_PEOPLE, required=True)
    shifts = between(1, MOST_A_DAY, load_default=1)
    used = fields.List(fields.Nested(UsedIn), load_default=list, validate=validate.Length(max=200))


class TaskOut(Schema):
    kind = fields.Enum(TaskKind, by_value=True)
    unit = fields.String(attribute="unit.code")
    figures = fields.Dict(keys=fields.String(), values=fields.Integer())
    document = fields.Nested(DocumentOut)


class ScoreOut(Schema):
    method = fields.Enum(Method, by_value=True)
    mase = fields.Float()
    quantile_loss = fields.Float()


class SuggestionOut(Schema):
    item = fields.String(attribute="item.code")
    usable = BaseUnits()
    on_order = BaseUnits()
    method = fields.Enum(Method, by_value=True, attribute="demand.method")
    why = fields.Enum(Why, by_value=True, attribute="demand.why")
    demand_a_day = fields.Float(attribute="demand.rate")
    history_days = fields.Integer(attribute="demand.days")
    scores = fields.List(fields.Nested(ScoreOut))
    minimum_days = fields.Integer(attribute="terms.minimum_days")
    lead_days = fields.Integer(attribute="terms.lead_days")
    target_days = fields.Integer(attribute="terms.target_days")
    lead_demand = BaseUnits()
    safety = BaseUnits()
    order_point = BaseUnits()
    packs = fields.Integer()
    packs_by_norm = fields.Integer(
        allow_none=True, metadata={"description": "Where the norms and the forecast are more than half apart"}
    )
    pack_word = fields.String(attribute="terms.pack_word")
    quantity = BaseUnits()


class RuleIn(Schema):
    item = code_field("item", required=True)
    minimum_days = between(0, MOST_DAYS, required=True)
    lead_days = between(0, MOST_DAYS, required=True)
    target_days = between(1, MOST_DAYS, required=True)
    pack_word = ShortText(10, required=True)
