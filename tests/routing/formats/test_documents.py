import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import (
    FormatError,
    Pass,
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_to_json,
    with_reasons,
)
from tests.routing.cases import plan, plans_for, problem, problems, stop, vehicle, window

GREEN = frozenset({"green"})
CASE = problem(
    [stop("a", 1, load=(5,), windows=(window(0, 60),), required_passes=GREEN), stop("b", 2, left_out_price=None)],
    [vehicle(passes=(Pass(kind="green", valid_until_s=3600),))],
)


@settings(deadline=None, max_examples=50)
@given(problems())
def test_a_problem_comes_back_from_json_as_it_went(case):
    assert problem_from_json(json.loads(json.dumps(problem_to_json(case)))) == case


@settings(deadline=None, max_examples=50)
@given(problems())
def test_a_problem_may_travel_without_its_matrices(case):
    document = json.loads(json.dumps(problem_to_json(case, with_travel=False)))
    assert "travel" not in document
    assert problem_from_json(document, travel=case.travel) == case


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_a_plan_comes_back_from_json_with_its_reasons(data):
    case = data.draw(problems())
    decided = data.draw(plans_for(case))
    for each in (decided, with_reasons(case, decided)):
        assert plan_from_json(json.loads(json.dumps(plan_to_json(each)))) == each


def test_what_has_a_default_may_be_absent():
    document = problem_to_json(CASE)
    for name in ("windows", "left_out_price", "required_passes"):
        del document["stops"][1][name]
    for name in ("profile", "passes", "fixed_cost", "cost_per_km", "cost_per_hour"):
        del document["vehicles"][0][name]
    read = problem_from_json(document)
    assert read.stops == CASE.stops
    assert read.vehicles[0].passes == ()


def test_missing_travel_is_an_error_unless_given():
    with pytest.raises(FormatError, match="travel is missing"):
        problem_from_json(problem_to_json(CASE, with_travel=False))


def change(path, value):
    """The document of CASE with one entry replaced (`...` removes it)."""
    document = copy.deepcopy(problem_to_json(CASE))
    *way, last = path
    entry = document
    for step in way:
        entry = entry[step]
    if value is ...:
        del entry[last]
    else:
        entry[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (["format"], "routing-problem/9", "format"),
        (["format"], ..., "format"),
        (["stops"], {}, "stops"),
        (["stops", 0], "a", "stops[0]"),
        (["stops", 1, "load"], ..., "stops[1].load"),
        (["stops", 1, "load", 0], 1.5, "stops[1].load[0]"),
        (["stops", 1, "load", 0], -4, "stops[1].load[0]"),
        (["stops", 1, "colour"], "red", "stops[1].colour"),
        (["stops", 0, "windows", 0, "end_s"], -1, "stops[0].windows[0].end_s"),
        (["stops", 0, "required_passes"], [3], "stops[0].required_passes[0]"),
        (["stops", 0, "id"], "b", "stops"),
        (["locations", 2, "lat"], "north", "locations[2].lat"),
        (["locations", 2, "lat"], 99, "locations[2].lat"),
        (["vehicles", 0, "passes", 0, "kind"], None, "vehicles[0].passes[0].kind"),
        (["shifts", 0, "start_s"], True, "shifts[0].start_s"),
        (["shifts", 0, "vehicle_id"], "bus", "shift 'day': vehicle_id"),
        (["travel", "car", "duration_s"], [[0, 1], [2]], "travel.car.duration_s"),
        (["travel", "car", "duration_s", 0, 1], 10**30, "travel.car.duration_s"),
        (["travel", "car", "duration_s", 0, 1], -1, "travel.car.duration_s"),
        (["travel", "car"], {"duration_s": [[0]], "distance_m": [[0]]}, "travel['car']"),
        (["colour"], "red", "colour"),
    ],
)
def test_bad_input_is_refused_with_the_entry_at_fault(path, value, field):
    with pytest.raises(FormatError) as refusal:
        problem_from_json(change(path, value))
    assert refusal.value.field == field


@pytest.mark.parametrize("document", [None, 3, [], "routing-problem/1", {}])
def test_a_document_that_is_none_is_refused(document):
    with pytest.raises(FormatError):
        problem_from_json(document)
    with pytest.raises(FormatError):
        plan_from_json(document)


def test_a_plan_with_an_unknown_reason_is_refused():
    document = plan_to_json(plan({"day": ["a"]}, ["b"]))
    document["unassigned"][0]["reason"] = {"type": "weather"}
    with pytest.raises(FormatError, match=r"unassigned\[0\]\.reason\.type"):
        plan_from_json(document)


def test_a_null_matrix_entry_is_refused():
    document = problem_to_json(CASE)
    document["travel"]["car"]["distance_m"][1][2] = None
    with pytest.raises(FormatError, match=r"travel\.car\.distance_m\[1\]\[2\]"):
        problem_from_json(document)
