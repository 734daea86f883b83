import numpy as np
import pytest
from geopy.distance import geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import Location, ProblemError, RoadNetwork, StraightLine
from routing.roads.straight_line import Pace, geodesic_matrix_m

SEAT = Location(lat=32.83, lon=110.81)
NORTH = Location(lat=32.92, lon=110.81)

county_places = st.builds(Location, lat=st.floats(31.3, 34.3), lon=st.floats(109.3, 112.3))


@settings(deadline=None, max_examples=50)
@given(st.lists(county_places, min_size=2, max_size=4))
def test_distances_agree_with_geopy_within_a_two_thousandth(places):
    ours = geodesic_matrix_m(places)
    for row, a in enumerate(places):
        for column, b in enumerate(places):
            exact_m = geodesic((a.lat, a.lon), (b.lat, b.lon)).m
            assert ours[row, column] == pytest.approx(exact_m, rel=0.0005, abs=0.01)


def test_distances_hold_across_the_date_line_and_at_high_latitudes():
    places = [Location(lat=64.0, lon=179.9), Location(lat=64.3, lon=-179.8)]
    assert geodesic_matrix_m(places)[0, 1] == pytest.approx(geodesic((64.0, 179.9), (64.3, -179.8)).m, rel=0.0005)


def test_time_and_road_metres_are_factors_on_the_geodesic():
    """0.09 degrees of latitude are 9.98 km."""
    pace = Pace(minutes_per_km=3, distance_factor=2)
    matrix = StraightLine(near=pace, far=pace).matrix([SEAT, NORTH])
    assert matrix.distance_m[0, 1] == pytest.approx(2 * 9982, abs=4)
    assert matrix.duration_s[0, 1] == pytest.approx(3 * 60 * 9.982, abs=1)


def test_the_first_kilometres_go_at_the_pace_of_tours_and_the_rest_at_that_of_far_ways():
    matrix = StraightLine().matrix([SEAT, NORTH])
    assert matrix.duration_s[0, 1] == pytest.approx(60 * (3 * 4.3 + 6.982 * 2.1), abs=2)
    assert matrix.distance_m[0, 1] == pytest.approx(1000 * (3 * 3.0 + 6.982 * 1.6), abs=10)


@settings(deadline=None, max_examples=50)
@given(st.lists(county_places, min_size=3, max_size=3))
def test_no_detour_is_quicker_than_the_leg_itself(places):
    seconds = StraightLine().matrix(places).duration_s
    assert seconds[0, 2] <= seconds[0, 1] + seconds[1, 2] + 2


def test_equal_points_cost_nothing_and_ways_are_the_same_in_both_directions():
    matrix = StraightLine().matrix([SEAT, NORTH, SEAT])
    assert matrix.duration_s[0, 2] == matrix.distance_m[0, 2] == 0
    assert not matrix.duration_s.diagonal().any()
    assert np.array_equal(matrix.duration_s, matrix.duration_s.T)


def test_two_thousand_points_come_as_one_matrix():
    places = [Location(lat=32 + step / 2000, lon=110 + step % 47 / 50) for step in range(2000)]
    matrix = StraightLine().matrix(places)
    assert matrix.distance_m.shape == (2000, 2000)
    assert matrix.distance_m.dtype == np.int32
    exact_m = geodesic((places[3].lat, places[3].lon), (places[1997].lat, places[1997].lon)).m
    assert matrix.distance_m[3, 1997] == pytest.approx(3 * 3000 + 1.6 * (exact_m - 3000), rel=0.0005)


def test_the_line_to_draw_is_the_points():
    network: RoadNetwork = StraightLine()
    assert network.route([SEAT, NORTH]) == [SEAT, NORTH]


def test_no_points_make_an_empty_matrix():
    assert StraightLine().matrix([]).duration_s.shape == (0, 0)


@pytest.mark.parametrize(
    "factors",
    [
        lambda: StraightLine(far_from_km=-1),
        lambda: Pace(minutes_per_km=0, distance_factor=1),
        lambda: Pace(minutes_per_km=1, distance_factor=-1),
        lambda: Pace(minutes_per_km=float("nan"), distance_factor=1),
        lambda: StraightLine(far=Pace(minutes_per_km=9, distance_factor=1)),
    ],
)
def test_factors_that_cannot_be_are_refused(factors):
    with pytest.raises(ProblemError):
        factors()
