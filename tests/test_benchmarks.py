"""What the benchmarks are made from: counties that are what they say, and a judge that is not fooled."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from routing import Plan, Problem, evaluate, solve
from tests.benchmarks.counties import NOBODYS_PASS, county
from tests.benchmarks.floors import floor
from tests.benchmarks.heldout import city, countryside, cvrp, vrptw
from tests.benchmarks.judge import obeying
from tests.benchmarks.measure import measured
from tests.benchmarks.rich import rich_county, six_rules
from tests.routing.cases import left_out, plan, problem, road, served, shift, stop, vehicle, window

SMALL: dict[str, Any] = {"customers": 180, "villages": 30, "vehicles": 5}


@pytest.mark.parametrize("make", [county, rich_county])
def test_a_seed_makes_the_same_county_again(make):
    assert make(4, **SMALL) == make(4, **SMALL)
    assert make(4, **SMALL) != make(5, **SMALL)


def test_the_floor_is_what_the_county_was_made_with():
    case = county(1)
    assert len(case.stops) == 1980
    assert len(floor(case)) == 30
    assert {entry.id for entry in case.stops if NOBODYS_PASS in entry.required_passes} < floor(case)


def test_the_rules_of_the_rich_county_make_nobody_impossible():
    assert floor(rich_county(1)) == floor(county(1))


def test_the_rich_county_has_every_rule():
    case = rich_county(1, **SMALL)
    said = {name for entry in case.stops for name in entry.__slots__ if getattr(entry, name)}
    assert said == set(case.stops[0].__slots__)
    assert any(entry.breaks and entry.max_trips > 1 and entry.overtime_per_hour for entry in case.shifts)
    assert any(entry.locked for entry in case.shifts)
    assert any(entry.pin and entry.pin.position == 0 for entry in case.stops)


def test_six_rules_are_all_that_is_left_of_every_rule():
    case = six_rules(rich_county(1, **SMALL))
    said = {name for entry in case.stops for name in entry.__slots__ if getattr(entry, name)}
    plain = {name for entry in county(1, **SMALL).stops for name in entry.__slots__ if getattr(entry, name)}
    assert said - plain == {"goods", "alternatives", "together", "pin", "scene"}
    assert case.incompatible
    assert any(entry.breaks and entry.max_trips > 1 for entry in case.shifts)
    assert any(entry.locked for entry in case.shifts)


def test_the_rich_county_can_be_served():
    case = rich_county(1, **SMALL)
    assert evaluate(case, solve(case, iterations=0)).feasible


@pytest.mark.parametrize("make", [partial(city, stops=60), partial(countryside, stops=60), cvrp, vrptw])
def test_in_the_other_kinds_everybody_can_be_served(make):
    assert not floor(make(1))


def test_a_stop_is_on_the_floor_only_if_no_shift_can_serve_it():
    near, early = stop("near", 1), stop("early", 6, windows=(window(0, 30),))
    assert floor(problem([near, early])) == {"early"}
    assert floor(
        problem([near, early], shifts=[shift(), shift("night", "car")], vehicles=[vehicle(), vehicle("car")])
    ) == {"early"}
    assert not floor(problem([near, replace(early, location=3)]))


def test_what_is_fed_from_another_stop_is_tried_together_with_it():
    fed = stop("fed", 1, load=(80,), from_stop="source")
    assert not floor(problem([stop("source", 2, load=(90,)), fed]))
    assert floor(problem([stop("source", 6, windows=(window(0, 30),)), fed])) == {"fed", "source"}


def test_the_judge_drops_only_what_breaks_a_rule():
    case = problem([stop("a", 1), stop("b", 2, windows=(window(0, 5),)), stop("c", 3)])
    kept = obeying(case, plan({"day": ["a", "b", "c"]}))
    assert served(kept) == {"a", "c"}
    assert left_out(kept) == {"b"}
    assert evaluate(case, kept).feasible


def test_the_judge_shortens_a_route_that_carries_too_much():
    case = problem([stop("a", 1, load=(60,)), stop("b", 2, load=(60,))])
    assert served(obeying(case, plan({"day": ["a", "b"]}))) == {"a"}


def test_work_beyond_its_processor_time_is_ended():
    assert measured(_small_case, _never_done, processor_limit_s=0.3).value is None


def test_the_time_of_work_is_counted_without_what_was_made_before():
    done = measured(_small_case, _done_at_once)
    assert done.value == Plan()
    assert done.wall_s < 0.5
    assert 10 < done.peak_mb <= done.all_mb + 1


def _small_case() -> Problem:
    return problem([stop("a", 1)])


def _done_at_once(case: Problem) -> Plan:
    return Plan()


def _never_done(case: Problem) -> Plan:
    while True:
        road()
