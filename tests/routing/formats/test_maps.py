"""Plans as GeoJSON and GPX."""

import json
from datetime import UTC, datetime, timedelta, timezone
from xml.etree.ElementTree import Element
from xml.etree.ElementTree import fromstring as read_xml

import pytest

from routing import Plan, Route, StraightLine, Unassigned
from routing.formats.files import instance_of, plan_to, write_plan
from routing.formats.geojson import plan_to_geojson
from routing.formats.gpx import plan_to_gpx
from tests.routing.cases import HOUR, LEG_S, MINUTE, place, plan, problem, shift, stop

EPOCH = datetime(2026, 2, 3, tzinfo=UTC)
CASE = problem(
    [stop("a", 1, load=(5,), service_s=5 * MINUTE), stop("b <&\x01>", 2, alternatives=(place(3),)), stop("c", 4)],
    shifts=[shift(hours=(6, 18), max_trips=2)],
)
PLAN = Plan(
    routes=(Route(shift_id="day", stops=("a", "b <&\x01>"), places=(0, 1), reloads=(1,)),),
    unassigned=(Unassigned(stop_id="c"), Unassigned(stop_id="stranger")),
)
YARD, ONE, THREE = [110.0, 32.8], [110.01, 32.8], [110.03, 32.8]


def features(kind: str, **options):
    found = plan_to_geojson(CASE, PLAN, **options)
    return [each for each in found["features"] if each["properties"]["kind"] == kind]


def test_a_route_is_a_line_from_the_yard_and_back_with_its_trips():
    (route,) = features("route")
    assert route["geometry"] == {"type": "LineString", "coordinates": [YARD, ONE, YARD, THREE, YARD]}
    properties = route["properties"]
    assert (properties["shift_id"], properties["vehicle_id"], properties["trips"]) == ("day", "van", 2)
    assert properties["stops"] == ["a", "b <&\x01>"]
    assert properties["distance_m"] == 8000
    assert properties["arrivals_s"][1] == 6 * HOUR + LEG_S
    assert "departure_time" not in properties


def test_a_stop_is_a_point_with_arrival_and_load():
    first, second = features("stop", epoch=EPOCH)
    assert first["geometry"] == {"type": "Point", "coordinates": ONE}
    assert first["properties"]["arrival_s"] == 6 * HOUR + LEG_S
    assert first["properties"]["arrival_time"] == "2026-02-03T06:10:00Z"
    assert first["properties"]["departure_time"] == "2026-02-03T06:15:00Z"
    assert first["properties"]["load_after"] == {"kg": 0}
    assert second["geometry"]["coordinates"] == THREE
    assert (second["properties"]["number"], second["properties"]["trip"], second["properties"]["place"]) == (2, 2, 1)


def test_what_is_left_out_is_shown_too():
    (left_out,) = features("left_out")
    assert left_out["properties"] == {"kind": "left_out", "stop_id": "c", "reason": None}


def test_the_roads_may_draw_the_line():
    class Detour(StraightLine):
        def route(self, points, profile="car"):
            return [points[0], points[-1]]

    (route,) = features("route", roads=Detour())
    assert route["geometry"]["coordinates"] == [YARD, YARD]


def gpx(drawn: Plan) -> Element:
    return read_xml(plan_to_gpx(CASE, drawn, epoch=EPOCH))  # noqa: S314


def test_gpx_has_a_route_with_names_and_times():
    tree = gpx(PLAN)
    spaces = {"": "http://www.topografix.com/GPX/1/1"}
    (route,) = tree.findall("rte", spaces)
    points = route.findall("rtept", spaces)
    assert route.findtext("name", namespaces=spaces) == "day"
    assert [point.findtext("name", namespaces=spaces) for point in points] == ["yard", "a", "yard", "b <&?>", "yard"]
    assert points[1].findtext("desc", namespaces=spaces) == "5 kg"
    assert (points[1].get("lat"), points[1].get("lon")) == ("32.8000000", "110.0100000")
    assert [point.findtext("time", namespaces=spaces) for point in points] == [
        "2026-02-03T06:00:00Z",
        "2026-02-03T06:10:00Z",
        "2026-02-03T06:25:00Z",
        "2026-02-03T06:55:00Z",
        "2026-02-03T07:25:00Z",
    ]


def test_gpx_without_an_epoch_has_no_times():
    assert "<time>" not in plan_to_gpx(CASE, PLAN)


def test_clock_times_are_utc_whatever_the_epochs_zone():
    china = EPOCH.astimezone(timezone(timedelta(hours=8)))
    assert plan_to_gpx(CASE, PLAN, epoch=china) == plan_to_gpx(CASE, PLAN, epoch=EPOCH)


def test_an_empty_plan_is_an_empty_map():
    assert plan_to_geojson(CASE, plan({}))["features"] == []
    assert len(gpx(plan({}))) == 0


def test_the_suffix_says_the_format(tmp_path):
    instance = instance_of(CASE)
    for suffix in (".json", ".geojson", ".gpx"):
        path = tmp_path / f"plan{suffix}"
        write_plan(path, PLAN if suffix != ".json" else plan({"day": ["a"]}), instance)
        assert path.read_text("utf-8")
    assert json.loads((tmp_path / "plan.geojson").read_text("utf-8"))["type"] == "FeatureCollection"
    with pytest.raises(ValueError, match="is none of"):
        plan_to(".pdf", PLAN, instance)
