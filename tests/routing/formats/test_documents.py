import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import (
    FormatError,
    Pass,
    Plan,
    Problem,
    StraightLine,
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_to_json,
    with_reasons,
)
from routing.formats.documents import json_from_text, plan_to_text, problem_refusals, problem_to_text
from routing.roads.straight_line import MIXED
from tests.routing.cases import plan, plans_for, problem, problems, stop, vehicle, window

GREEN = frozenset({"green"})
CASE = problem(
    [stop("a", 1, load=(5,), windows=(window(0, 60),), required_passes=GREEN), stop("b", 2, left_out_price=None)],
    [vehicle(passes=(Pass(kind="green", valid_until_s=3600),))],
)
DOCUMENT = problem_to_json(CASE)


def reasoned(case: Problem, decided: Plan) -> Plan:
    """The plan with reasons, unless a shift has locked stops, which a drawn plan mostly forgets."""
    return decided if any(each.locked for each in case.shifts) else with_reasons(case, decided)


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
    for each in (decided, reasoned(case, decided)):
        assert plan_from_json(json.loads(json.dumps(plan_to_json(each)))) == each


def test_what_has_its_default_is_left_out_and_may_stand_there_as_null():
    document = problem_to_json(CASE)
    assert set(document["stops"][1]) == {"id", "location", "load", "service_s"}
    document["stops"][1] |= {"windows": None, "left_out_price": None, "required_passes": []}
    document["vehicles"][0] |= {"profile": None, "fixed_cost": 0}
    assert problem_from_json(document) == CASE


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


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_what_is_written_as_text_is_the_same(data):
    case = data.draw(problems())
    assert problem_from_json(json_from_text(problem_to_text(case))) == case
    decided = reasoned(case, data.draw(plans_for(case)))
    assert plan_from_json(json_from_text(plan_to_text(decided))) == decided


@pytest.mark.parametrize(
    ("settings", "roads"),
    [
        ({}, StraightLine()),
        (
            {
                "near": {"minutes_per_km": 2.9, "distance_factor": 1.8},
                "far": {"minutes_per_km": 1.7, "distance_factor": 1.3},
            },
            MIXED,
        ),
    ],
)
def test_travel_may_be_asked_for_instead_of_written(settings, roads):
    document = problem_to_json(CASE)
    document["travel"] = {"car": {"straight_line": settings}}
    assert problem_from_json(document).travel["car"] == roads.matrix(CASE.locations)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"pace": 3}, "travel.car.straight_line.pace"),
        ({"far_from_km": -1}, "travel.car.straight_line.far_from_km"),
        ({"near": {"minutes_per_km": 0, "distance_factor": 1}}, "travel.car.straight_line.near.minutes_per_km"),
    ],
)
def test_bad_settings_of_travel_are_refused(settings, field):
    document = problem_to_json(CASE)
    document["travel"] = {"car": {"straight_line": settings}}
    with pytest.raises(FormatError) as refusal:
        problem_from_json(document)
    assert refusal.value.field == field


def test_documents_of_the_first_version_are_read():
    document = problem_to_json(CASE) | {"format": "routing-problem/1"}
    del document["incompatible"], document["fair_duration_s"], document["unfair_per_hour"]
    assert problem_from_json(document) == CASE
    decided = plan({"day": ["a"]}, ["b"])
    assert plan_from_json(plan_to_json(decided) | {"format": "routing-plan/1"}) == decided


def test_all_that_is_wrong_with_a_document_is_said_at_once():
    document = problem_to_json(CASE)
    document["colour"] = "red"
    document["locations"].append({"lat": 32.8, "lon": 110.5})
    document["stops"][0] |= {"service_s": -1, "windows": [{"start_s": 9, "end_s": 1}], "load": ["much"], "size": 3}
    document["stops"][1] |= {"location": 99}
    document["vehicles"][0] |= {"profile": 7, "cost_per_km": 1.5}
    document["shifts"][0] |= {"start_s": "early", "max_trips": 0, "vehicle_id": "bus"}
    assert [refusal.field for refusal in problem_refusals(document)] == [
        "colour",
        "stops[0].size",
        "stops[0].load[0]",
        "stops[0].windows[0].end_s",
        "stops[0].service_s",
        "vehicles[0].cost_per_km",
        "vehicles[0].profile",
        "shifts[0].start_s",
        "shifts[0].max_trips",
        "travel['car']",
        "stop 'b': location",
    ]


def test_a_good_document_has_nothing_to_refuse():
    assert problem_refusals(problem_to_json(CASE)) == ()


@pytest.mark.parametrize("document", [None, 3, [], {}, {"format": 3, "stops": 4, "travel": []}])
def test_looking_for_everything_wrong_survives_anything(document):
    assert problem_refusals(document)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_damaged_document_is_refused_and_nothing_else(data):
    """Any entry replaced by anything: the first refusal is among all, and there is a problem only without any."""
    document = copy.deepcopy(DOCUMENT)
    for _ in range(data.draw(st.integers(1, 3))):
        entry, last = document, None
        while isinstance(entry, dict | list) and entry and (last is None or data.draw(st.booleans())):
            last = data.draw(st.sampled_from(sorted(entry) if isinstance(entry, dict) else range(len(entry))))
            holder, entry = entry, entry[last]
        holder[last] = data.draw(JUNK)
    every = {refusal.field for refusal in problem_refusals(document)}
    assert first_refusal(document) in (every or {None})


def first_refusal(document: object) -> str | None:
    try:
        problem_from_json(document)
    except FormatError as refusal:
        return refusal.field
    return None


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ('{"format":\n  x}', 2, "column 3"),
        ("", 1, "is not JSON"),
        ('{"a": NaN}', None, "NaN is no number"),
        ('{"a": 1, "a": 2}', None, "stands twice"),
        ("[" * 100_000, None, "too many brackets"),
        ("[" + "9" * 5000 + "]", None, "digits"),
    ],
)
def test_a_text_that_is_no_json_is_refused_with_its_line(text, line, why):
    with pytest.raises(FormatError, match=why) as refusal:
        json_from_text(text)
    assert refusal.value.line == line
