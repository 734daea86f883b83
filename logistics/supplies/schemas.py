"""The shapes of the API: what comes in and what goes out. Quantities are base units, days of cover decimal numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from inventory.ledger import DocumentKind
from inventory.places import Place


class BaseUnits(fields.Integer):
    """A whole number of an item's base unit."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**{"metadata": {"description": "In base units"}} | rest)


class Fen(fields.Integer):
    """Money in fen, a hundredth of a yuan."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(metadata={"description": "In fen"}, **rest)


class ShortText(fields.String):
    """A code or note of at most so many characters."""

    def __init__(self, most: int, **rest: Any) -> None:
        super().__init__(validate=validate.Length(max=most), **rest)


class Lines(fields.List[Mapping[str, Any]]):
    """At least one line, and no more than one request should carry."""

    def __init__(self, line: type[Schema]) -> None:
        super().__init__(fields.Nested(line), required=True, validate=validate.Length(min=1, max=1000))


class NewestQuery(Schema):
    before = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=1, max=2**63 - 1))


class OpenQuery(NewestQuery):
    only_open = fields.Boolean(load_default=False, metadata={"description": "Only what is not ended, all of it"})


class StockLineOut(Schema):
    item = fields.String(attribute="stock.item.code")
    name = fields.String(attribute="stock.item.name")
    base_unit = fields.String(attribute="stock.item.base_unit")
    on_hand = BaseUnits(attribute="stock.on_hand")
    reserved = BaseUnits(attribute="stock.reserved")
    expired = BaseUnits(attribute="stock.expired")
    held_back = BaseUnits(attribute="stock.held_back", metadata={"description": "In quarantined or recalled lots"})
    in_transit = BaseUnits(attribute="stock.in_transit")
    restricted = BaseUnits(attribute="stock.restricted")
    available = BaseUnits(attribute="stock.available")
    next_expiry = fields.Date(attribute="stock.next_expiry", allow_none=True)
    daily_need = BaseUnits()
    cover_days = fields.Float(attribute="cover", allow_none=True)


class StockQuery(Schema):
    below = fields.Boolean(load_default=True, metadata={"description": "With all units below, or the unit alone"})


class SourceIn(Schema):
    place = fields.Enum(Place, by_value=True, load_default=Place.SUPPLIER)
    name = ShortText(64, load_default="")


class ReceiptLineIn(Schema):
    item = ShortText(64, required=True, metadata={"description": "The item's code"})
    quantity = BaseUnits(required=True, strict=True, validate=validate.Range(min=1, max=10**12))
    lot = ShortText(64, load_default="")
    expires_on = fields.Date(load_default=None, allow_none=True)


class KeyIn(Schema):
    key = fields.String(
        required=True,
        validate=validate.Length(min=1, max=100),
        metadata={"description": "Chosen by the sender: the same key again records nothing new"},
    )


class DocumentIn(KeyIn):
    reason = ShortText(500, load_default="")


class ReceiptIn(DocumentIn):
    source = fields.Nested(SourceIn, required=True)
    store = ShortText(64, required=True, metadata={"description": "The store's code"})
    lines = Lines(ReceiptLineIn)


class IssueLineIn(Schema):
    item = ShortText(64, required=True, metadata={"description": "The item's code"})
    quantity = BaseUnits(required=True, strict=True, validate=validate.Range(min=1, max=10**12))


class IssueIn(DocumentIn):
    store = ShortText(64, required=True, metadata={"description": "The code of the store that gives"})
    to = ShortText(
        64,
        load_default=None,
        allow_none=True,
        metadata={"description": "The code of the store that takes; null where the goods are used up"},
    )
    lines = Lines(IssueLineIn)


class MovementOut(Schema):
    item = fields.String(attribute="item.code")
    lot = fields.String(attribute="lot.code")
    expires_on = fields.Date(attribute="lot.expires_on", allow_none=True)
    source = fields.String(attribute="source.name")
    destination = fields.String(attribute="destination.name")
    quantity = BaseUnits()


class DocumentOut(Schema):
    id = fields.Integer()
    number = fields.String()
    kind = fields.Enum(DocumentKind, by_value=True)
    occurred_at = fields.AwareDateTime(format="iso")
    recorded_at = fields.AwareDateTime(format="iso")
    recorded_by = fields.String()
    reason = fields.String()
    lines = fields.List(fields.Nested(MovementOut), attribute="movements")


class MeOut(Schema):
    sign_in_name = fields.String()
    name = fields.String()
    role = fields.String()
    unit = fields.String()
    csrf_token = fields.String(metadata={"description": "To be sent as X-CSRFToken with everything that writes"})
