"""Proofs of the books as JSON."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from logistics.proofs.models import ProofState


class ProofIn(Schema):
    """Asking for a proof; the same key asks once."""

    key = fields.String(required=True, validate=validate.Length(min=1, max=100))


class FoundOut(Schema):
    """One thing that is not as it should be."""

    rule = fields.String()
    where = fields.String()
    expected = fields.String()
    found = fields.String()


class CheckOut(Schema):
    """One check that is through: how much it looked at, the first 200 findings, and how many more there are."""

    check = fields.String()
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    found = fields.List(fields.Nested(FoundOut))
    more = fields.Integer()


class ProofOut(Schema):
    """A proof, at work or ended."""

    number = fields.String()
    id = fields.Integer()
    asked_at = fields.AwareDateTime()
    asked_by = fields.String()
    state = fields.Enum(ProofState, by_value=True)
    check = fields.String(metadata={"description": "The check at work; empty where none is."})
    results = fields.List(fields.Nested(CheckOut))
    ended_at = fields.AwareDateTime(allow_none=True)
    failure = fields.String()
