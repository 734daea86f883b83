"""A form whose fields are a sheet's columns: what holds for a row of a table holds for what is typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError
from marshmallow.exceptions import SCHEMA

from logistics.workbooks.errors import Finding, both
from logistics.workbooks.schema import SheetSchema


def read_form(schema: type[SheetSchema], typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The values by field name, and the sentence for each field that cannot be; one of the two is empty."""
    given = {name: text for name in schema.columns() if (text := typed.get(name, "").strip())}
    try:
        return schema().load(given), {}
    except ValidationError as error:
        return {}, _by_field(error)


def _by_field(error: ValidationError) -> dict[str, str]:
    found = error.messages if isinstance(error.messages, dict) else {SCHEMA: error.messages}
    sentences: dict[str, str] = {}
    for name, messages in found.items():
        for message in messages if isinstance(messages, list) else [messages]:
            if isinstance(message, Finding):
                where = name if name != SCHEMA else next(iter(message.columns), SCHEMA)
                sentences.setdefault(where, str(both(message.message, message.remedy)))
            else:
                sentences.setdefault(name, str(message))
    return sentences
