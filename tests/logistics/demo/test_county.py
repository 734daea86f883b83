"""The generated county: its figures are those that are told, its places lie where they should."""

import csv
import datetime as dt
import math
from collections import Counter
from pathlib import Path

import pytest

from inventory.units import Tier, UnitKind
from logistics.demo.county import generate
from logistics.demo.county.codes import (
    CARTONS_A_CASE,
    CLASSES,
    DISINFECTANT,
    GLOVES,
    MASK,
    OTHER_PASS,
    PASS,
    SPRAYER,
    THERMOMETER,
    TOO_EARLY,
    TOP_CODE,
)
from logistics.demo.county.facts import Facts
from logistics.demo.county.parts import DemoCounty
from logistics.demo.county.places import in_county
from logistics.demo.county.towns import COUNTY_TOWN, TOWNS, Town
from logistics.orders.models import HandoverScene
from logistics.orders.windows import read_windows

FIRST_DAY = dt.date(2020, 3, 16)


@pytest.fixture(scope="module")
def county() -> DemoCounty:
    return generate(2020, FIRST_DAY)


def test_the_towns_stand_where_the_gazetteer_has_them(shared_data: Path) -> None:
    with (shared_data / "places_yunyang.csv").open(encoding="utf-8") as file:
        listed = [row for row in csv.DictReader(file) if row["in_yunyang_list"] == "yes" and row["geonames_id"]]
    places = {int(row["geonames_id"]): (float(row["lat_wgs84"]), float(row["lon_wgs84"])) for row in listed}
    assert {town.geonames_id: (town.lat, town.lon) for town in TOWNS} == places
    assert len(TOWNS) == 18


def test_the_figures_are_those_that_are_told(county: DemoCounty) -> None:
    assert len(county.customers) == len(county.orders) == 1640
    assert len(county.points) == 340
    assert sum(county.ordered(code) for code in CLASSES) == 914 * CARTONS_A_CASE == 228_500
    assert sum(county.received(code) for code in CLASSES) == 1000 * CARTONS_A_CASE
    assert county.received(MASK) == 14_000
    assert county.received(DISINFECTANT) == 20_000
    assert county.received(THERMOMETER) == 3
    assert county.received(SPRAYER) == 11
    assert len(county.vehicles) == 28
    assert len(county.shifts) == 84


def test_no_more_is_ordered_of_a_class_than_came_in(county: DemoCounty) -> None:
    for code in CLASSES:
        assert county.ordered(code) <= county.received(code)


def test_more_is_asked_for_than_there_is(county: DemoCounty) -> None:
    for code in (MASK, DISINFECTANT, THERMOMETER, SPRAYER, GLOVES):
        assert county.asked(code) > county.received(code), code
    assert {asked.unit for asked in county.requisitions if asked.item == MASK} == {unit.code for unit in county.points}


def test_every_place_lies_inside_the_county(county: DemoCounty) -> None:
    assert all(in_county(unit.lat, unit.lon) for unit in county.units)
    assert all(in_county(customer.lat, customer.lon) for customer in county.customers)


def test_a_third_lives_in_and_around_the_county_town(county: DemoCounty) -> None:
    for places in (county.customers, county.points):
        near = sum(_km_from_county_town(place.lat, place.lon) < 8 for place in places)
        assert 0.28 < near / len(places) < 0.45


def test_towns_are_dense_in_the_middle(county: DemoCounty) -> None:
    others = [customer for customer in county.customers if customer.unit != "PQ01"]
    distances = [min(_km(town, customer.lat, customer.lon) for town in TOWNS) for customer in others]
    assert sum(km < 2 for km in distances) > sum(2 <= km < 4 for km in distances) > sum(km >= 8 for km in distances)


def test_codes_names_and_numbers_are_given_once(county: DemoCounty) -> None:
    for things in (
        [customer.code for customer in county.customers],
        [customer.name for customer in county.customers],
        [customer.phone for customer in county.customers],
        [unit.code for unit in county.units],
        [unit.name for unit in county.units],
        [order.number for order in county.orders],
        [vehicle.plate for vehicle in county.vehicles],
        [person.sign_in_name for person in county.people],
        [person.name for person in county.people],
        [(asked.unit, asked.item) for asked in county.requisitions],
        [(line.item, line.lot) for line in county.receipts],
    ):
        assert [thing for thing, count in Counter(things).items() if count > 1] == []


def test_telephone_numbers_belong_to_nobody(county: DemoCounty) -> None:
    phones = [customer.phone for customer in county.customers]
    phones += [person.phone for person in county.people] + [unit.phone for unit in county.points]
    assert all(len(phone) == 11 and phone[3:7] == "0000" for phone in phones)


def test_orders_are_in_whole_fives_and_each_fits_a_van(county: DemoCounty) -> None:
    assert all(cartons > 0 and cartons % 5 == 0 for order in county.orders for _, cartons in order.cartons)
    assert all(sum(cartons for _, cartons in order.cartons) * 1.48 < 3_500 for order in county.orders)


def test_goods_change_hands_in_all_the_ways(county: DemoCounty) -> None:
    scenes = Counter(customer.scene for customer in county.customers)
    assert 0.5 < scenes[HandoverScene.DOOR] / 1640 < 0.6
    assert 0.01 < scenes[HandoverScene.QUARANTINE] / 1640 < 0.05
    with_windows = [customer for customer in county.customers if customer.windows]
    assert 0.28 < len(with_windows) / 1640 < 0.39
    assert all(read_windows(customer.windows) for customer in with_windows)
    assert 20 < sum(customer.required_pass == PASS for customer in county.customers) < 80
    assert sum(vehicle.pass_through is not None for vehicle in county.vehicles) == 14


def test_two_shops_ask_for_what_no_route_can_give(county: DemoCounty) -> None:
    assert [customer.windows for customer in county.customers].count(TOO_EARLY) == 1
    assert [customer.required_pass for customer in county.customers].count(OTHER_PASS) == 1
    assert all(shift.starts > dt.time(7, 30) for shift in county.shifts)


def test_units_hang_on_one_tree_with_the_tiers_of_their_kind(county: DemoCounty) -> None:
    codes = {unit.code for unit in county.units}
    assert [unit.code for unit in county.units if unit.parent is None] == [TOP_CODE]
    assert {unit.parent for unit in county.units if unit.parent} <= codes
    tiers = {(unit.kind, unit.tier) for unit in county.points}
    assert tiers == {
        (UnitKind.CHECKPOINT, Tier.FRONTLINE),
        (UnitKind.HOSPITAL, Tier.FRONTLINE),
        (UnitKind.STATION, Tier.WINDOW),
        (UnitKind.WINDOW, Tier.WINDOW),
        (UnitKind.COMPOUND, Tier.OTHER),
        (UnitKind.VILLAGE, Tier.OTHER),
    }


def test_nothing_has_expired_or_happens_after_the_first_day(county: DemoCounty) -> None:
    assert all(line.day < FIRST_DAY for line in county.receipts)
    assert all(line.expires_on is None or line.expires_on > FIRST_DAY for line in county.receipts)
    assert all(order.ordered_on < FIRST_DAY for order in county.orders)
    assert {shift.day for shift in county.shifts} == {FIRST_DAY + dt.timedelta(days=day) for day in range(3)}


def test_the_same_seed_makes_the_same_county() -> None:
    assert generate(7, FIRST_DAY) == generate(7, FIRST_DAY)
    assert generate(7, FIRST_DAY).customers != generate(8, FIRST_DAY).customers


@pytest.mark.parametrize("scale", [0.01, 0.05, 0.2, 0.5])
def test_a_smaller_county_is_as_scarce(scale: float) -> None:
    facts = Facts().scaled(scale)
    county = generate(3, FIRST_DAY, facts)
    assert len(county.customers) == facts.customers
    assert len(county.points) == facts.points
    assert sum(county.ordered(code) for code in CLASSES) == facts.cases_ordered * CARTONS_A_CASE
    assert county.received(MASK) == facts.masks
    for code in (MASK, DISINFECTANT, THERMOMETER, SPRAYER):
        assert county.asked(code) > county.received(code), code
    for code in CLASSES:
        assert county.ordered(code) <= county.received(code)


def _km_from_county_town(lat: float, lon: float) -> float:
    return _km(COUNTY_TOWN, lat, lon)


def _km(town: Town, lat: float, lon: float) -> float:
    return math.hypot((lat - town.lat) * 111.2, (lon - town.lon) * 111.2 * math.cos(math.radians(lat)))
