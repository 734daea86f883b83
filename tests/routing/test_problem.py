import math

import numpy as np
import pytest

from routing import Location, Pass, ProblemError, TimeWindow, TravelMatrix, UnknownIdError
from tests.routing.cases import problem, road, shift, stop, vehicle, window


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Location(lat=math.nan, lon=110.0), "lat"),
        (lambda: Location(lat=110.8, lon=32.8), "lat"),
        (lambda: Location(lat=32.8, lon=181.0), "lon"),
        (lambda: TimeWindow(start_s=60, end_s=0), "end_s"),
        (lambda: TimeWindow(start_s=-1, end_s=0), "start_s"),
        (lambda: Pass(kind=""), "kind"),
        (lambda: Pass(kind="green", valid_until_s=-5), "valid_until_s"),
        (lambda: stop("a", -1), "location"),
        (lambda: stop("a", 1, load=(3, -4)), "load[1]"),
        (lambda: stop("a", 1, load=(math.nan,)), "load[0]"),  # type: ignore[arg-type]
        (lambda: stop("a", 1, load=(2.5,)), "load[0]"),  # type: ignore[arg-type]
        (lambda: stop("a", 1, load=(10**13,)), "load[0]"),
        (lambda: stop("a", 1, service_s=True), "service_s"),
        (lambda: stop("a", 1, left_out_price=-1), "left_out_price"),
        (lambda: stop("a", 1, windows=(window(60, 90), window(0, 30))), "windows"),
        (lambda: stop("a", 1, windows=(window(0, 60), window(60, 90))), "windows"),
        (lambda: stop("", 1), "id"),
        (lambda: vehicle(capacity=(-1,)), "capacity[0]"),
        (lambda: vehicle(cost_per_km=1.5), "cost_per_km"),
        (lambda: shift(hours=(8, 7)), "end_s"),
        (lambda: shift(loading_s=-1), "loading_s"),
    ],
)
def test_a_value_refuses_nonsense_and_names_the_field(make, field):
    with pytest.raises(ProblemError) as refusal:
        make()
    assert refusal.value.field == field
    assert field in str(refusal.value)
    assert repr(refusal.value.value) in str(refusal.value)


@pytest.mark.parametrize(
    ("durations", "distances", "field"),
    [
        (np.zeros((2, 3), int), np.zeros((2, 3), int), "duration_s"),
        (np.zeros((2, 2), int), np.zeros((3, 3), int), "distance_m"),
        (np.full((2, 2), -1), np.zeros((2, 2), int), "duration_s"),
        (np.zeros((2, 2), int), np.full((2, 2), 2**31), "distance_m"),
        (np.full((2, 2), math.nan), np.zeros((2, 2), int), "duration_s"),
        (np.zeros(4, int), np.zeros(4, int), "duration_s"),
    ],
)
def test_a_matrix_of_the_wrong_shape_or_content_is_refused(durations, distances, field):
    with pytest.raises(ProblemError) as refusal:
        TravelMatrix(duration_s=durations, distance_m=distances)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: problem([stop("a", 1), stop("a", 2)]), "stops"),
        (lambda: problem([], [vehicle(), vehicle()]), "vehicles"),
        (lambda: problem([], shifts=[shift(), shift(hours=(9, 10))]), "shifts"),
        (lambda: problem([stop("a", 99)]), "stop 'a': location"),
        (lambda: problem([stop("a", 1, load=(1, 2))]), "stop 'a': load"),
        (lambda: problem([], [vehicle(capacity=(1, 2))]), "vehicle 'van': capacity"),
        (lambda: problem([], [vehicle(profile="boat")]), "vehicle 'van': profile"),
        (lambda: problem([], shifts=[shift(vehicle_id="bus")]), "shift 'day': vehicle_id"),
        (lambda: problem([], shifts=[shift(end_location=7)]), "shift 'day': end_location"),
        (lambda: problem([], shifts=[shift("am", hours=(0, 5)), shift("pm", hours=(4, 8))]), "shift 'pm': start_s"),
    ],
)
def test_a_problem_refuses_parts_that_do_not_fit_together(make, field):
    with pytest.raises(ProblemError) as refusal:
        make()
    assert refusal.value.field == field


def test_a_matrix_that_does_not_cover_the_locations_is_refused():
    good = problem([])
    with pytest.raises(ProblemError, match="must have the shape"):
        type(good)(
            load_dimensions=("kg",), locations=good.locations, stops=(), vehicles=(), shifts=(), travel={"car": road(3)}
        )


def test_an_unknown_id_is_an_error_that_carries_it():
    with pytest.raises(UnknownIdError, match="no stop has the id 'x'"):
        problem([]).stop("x")


def test_a_part_of_a_problem_keeps_its_stops_shifts_and_travel():
    whole = problem(
        [stop("a", 2), stop("b", 5), stop("c", 6)],
        [vehicle("v1"), vehicle("v2")],
        [shift("s1", "v1"), shift("s2", "v2", end_location=3)],
    )
    part = whole.restricted_to(stop_ids=["b"], shift_ids=["s2"])
    assert [entry.id for entry in part.stops] == ["b"]
    assert [entry.id for entry in part.vehicles] == ["v2"]
    way_home = part.travel["car"].distance_m[part.stop("b").location, part.shift("s2").end_location]
    assert way_home == 2000
    assert len(part.locations) == 3


def test_the_latest_pass_of_a_kind_counts():
    van = vehicle(passes=(Pass(kind="green", valid_until_s=10), Pass(kind="green"), Pass(kind="red", valid_until_s=5)))
    assert van.pass_valid_until_s("green") == math.inf
    assert van.pass_valid_until_s("red") == 5
    assert van.pass_valid_until_s("blue") is None
