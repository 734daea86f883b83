"""Points against published values, and there and back over the country we serve."""

from math import cos, hypot, radians
from urllib.parse import parse_qs, urlsplit

import pytest

from logistics.delivery.coordinates import (
    Point,
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from logistics.delivery.navigation import ways


def metres(one: Point, other: Point) -> float:
    """Near enough for points that are close together."""
    return hypot(one.lat - other.lat, (one.lon - other.lon) * cos(radians(one.lat))) * 111_320


# The values of eviltransform's own tests, the same in all its languages.
@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        (Point(31.1774276, 121.5272106), Point(31.17530398364597, 121.531541859215)),  # Shanghai
        (Point(22.543847, 113.912316), Point(22.540796131694766, 113.9171764808363)),  # Shenzhen
        (Point(39.911954, 116.377817), Point(39.91334545536069, 116.38404722455657)),  # Beijing
    ],
)
def test_gps_points_are_shifted_to_amap_as_others_shift_them(wgs84, gcj02):
    assert metres(wgs84_to_gcj02(wgs84), gcj02) < 0.001
    assert metres(gcj02_to_wgs84(gcj02), wgs84) < 0.001


def test_baidus_shift_is_that_of_its_published_formula():
    """The values of wandergis/coordtransform's README, forward."""
    tiananmen = Point(39.915, 116.404)
    assert metres(gcj02_to_bd09(tiananmen), Point(39.92133699351021, 116.41036949371029)) < 0.001
    assert metres(wgs84_to_gcj02(tiananmen), Point(39.91640428150164, 116.41024449916938)) < 0.001


def test_there_and_back_is_less_than_a_centimetre_over_hubei_and_guizhou():
    grid = [Point(24.6 + 8.7 * row / 45, 104.0 + 7.3 * column / 45) for row in range(46) for column in range(46)]
    for point in grid:
        assert metres(gcj02_to_wgs84(wgs84_to_gcj02(point)), point) < 0.01
        assert metres(bd09_to_gcj02(gcj02_to_bd09(point)), point) < 0.01
        assert metres(bd09_to_wgs84(wgs84_to_bd09(point)), point) < 0.01


def test_the_shift_is_hundreds_of_metres_where_we_drive():
    seat = Point(32.83, 110.81)
    assert 300 < metres(seat, wgs84_to_gcj02(seat)) < 700


@pytest.mark.parametrize("point", [Point(39.7392, -104.9903), Point(48.2, 16.37), Point(-33.9, 151.2)])
def test_points_outside_china_stay_where_they_are(point):
    for convert in (wgs84_to_gcj02, gcj02_to_wgs84, gcj02_to_bd09, bd09_to_gcj02):
        assert convert(point) == point


def test_links_carry_each_makers_datum_order_and_the_name():
    shop = Point(32.84, 110.82)
    found = ways(lat=shop.lat, lon=shop.lon, name="李家&烟酒店, 东门")
    amap, baidu = urlsplit(found.amap), urlsplit(found.baidu)
    assert (amap.scheme, amap.netloc, amap.path) == ("https", "uri.amap.com", "/navigation")
    lon, lat, name = parse_qs(amap.query)["to"][0].split(",")
    assert metres(Point(float(lat), float(lon)), wgs84_to_gcj02(shop)) < 0.2
    assert name == "李家&烟酒店  东门"
    assert parse_qs(amap.query)["coordinate"] == ["gaode"]
    assert parse_qs(amap.query)["callnative"] == ["1"]
    assert (baidu.scheme, baidu.netloc, baidu.path) == ("https", "api.map.baidu.com", "/marker")
    asked = parse_qs(baidu.query)
    lat, lon = asked["location"][0].split(",")
    assert metres(Point(float(lat), float(lon)), wgs84_to_bd09(shop)) < 0.2
    assert asked["coord_type"] == ["bd09ll"]
    assert asked["title"] == asked["content"] == ["李家&烟酒店, 东门"]
    assert found.wgs84 == "32.840000,110.820000"
