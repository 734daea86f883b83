"""The published JSON Schemas say the same as the values."""

import dataclasses
import json
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from routing import plan_to_json, problem_to_json
from routing.fleet import Break, Pass, Shift, Vehicle
from routing.formats.documents import REASONS
from routing.plan import Route, Unassigned, Violation, ViolationKind
from routing.problem import Incompatibility, Problem, Within
from routing.roads.straight_line import Pace, StraightLine
from routing.stops import Pin, Place, Stop, TimeWindow
from routing.travel import Location
from tests.routing.cases import plan, plans_for, problem, problems, stop
from tests.routing.formats.test_documents import reasoned

PARTS = (Stop, Place, TimeWindow, Pin, Vehicle, Pass, Shift, Break, Incompatibility, Location, StraightLine, Pace)
PLAN_PARTS = (Route, Unassigned, Violation)


def schema(name: str):
    return json.loads(resources.files("routing").joinpath("schema", f"{name}-2.schema.json").read_text("utf-8"))


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schema(name))


@pytest.mark.parametrize("name", ["problem", "plan"])
def test_the_schemas_are_schemas(name):
    Draft202012Validator.check_schema(schema(name))


@settings(deadline=None, max_examples=50)
@given(problems())
def test_a_written_problem_fits_the_schema(case):
    validator("problem").validate(problem_to_json(case))


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_a_written_plan_fits_the_schema(data):
    case = data.draw(problems())
    decided = data.draw(plans_for(case))
    for each in (decided, reasoned(case, decided)):
        validator("plan").validate(plan_to_json(each))


def fields_of(kind: type) -> tuple[set[str], set[str]]:
    """All fields of a dataclass, and those that a document must have."""
    fields = [field for field in dataclasses.fields(kind) if field.init]
    required = {field.name for field in fields if field.default is dataclasses.MISSING and "None" not in field.type}
    return {field.name for field in fields}, required


@pytest.mark.parametrize(("name", "kind"), [*(("problem", k) for k in PARTS), *(("plan", k) for k in PLAN_PARTS)])
def test_every_field_is_in_the_schema(name, kind):
    found = schema(name)["$defs"][kind.__name__]
    fields, required = fields_of(kind)
    assert set(found["properties"]) == fields
    assert set(found["required"]) == required
    assert found["additionalProperties"] is False


def test_every_field_of_a_problem_is_in_the_schema():
    fields, required = fields_of(Problem)
    found = schema("problem")
    assert set(found["properties"]) == {"format", *fields}
    assert set(found["required"]) == {"format", *required} - {"travel"}


@pytest.mark.parametrize(("tag", "kind"), REASONS.items())
def test_every_reason_is_in_the_schema(tag, kind):
    definitions = schema("plan")["$defs"]
    assert {"$ref": f"#/$defs/{kind.__name__}"} in definitions["Reason"]["oneOf"]
    fields, required = fields_of(kind)
    assert set(definitions[kind.__name__]["properties"]) == {"type", *fields}
    assert set(definitions[kind.__name__]["required"]) == {"type", *required}
    assert definitions[kind.__name__]["properties"]["type"] == {"const": tag}


def test_every_choice_is_in_the_schema():
    assert schema("plan")["$defs"]["ViolationKind"]["enum"] == list(ViolationKind)
    assert schema("problem")["$defs"]["Within"]["enum"] == list(Within)


def test_a_stranger_does_not_fit_the_schema():
    document = problem_to_json(problem([stop("a", 1)]))
    document["stops"][0]["colour"] = "red"
    assert not validator("problem").is_valid(document)
    assert not validator("plan").is_valid(plan_to_json(plan({"day": ["a"]})) | {"colour": "red"})
