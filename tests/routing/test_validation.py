"""One problem for each thing that can be found wrong with it, and one with nothing to find."""

import copy
from dataclasses import replace

import pytest
from hypothesis import given, settings

from routing import Incompatibility, Location, Pass, Pin, Problem, TravelMatrix, evaluate, problem_to_json
from routing.formats import read_problem
from routing.problem import NO_WAY
from routing.validation import Severity, validate, validate_document
from tests.routing.cases import (
    HOUR,
    MINUTE,
    every_plan,
    place,
    problem,
    problems,
    rest,
    road,
    shift,
    stop,
    vehicle,
    window,
)

ERROR, WARNING = Severity.ERROR, Severity.WARNING


def found(case: Problem, **options) -> list[tuple[Severity, str, str, str]]:
    return [(each.severity, each.code, each.subject, each.field) for each in validate(case, **options)]


def test_nothing_is_wrong_with_a_plain_problem():
    stops = [stop("a", 1, windows=(window(0, 60),)), stop("b", 2, left_out_price=None)]
    assert found(problem(stops)) == []


RED = frozenset({"red"})


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"load": (101,)}, "load", "load"),
        ({"required_passes": RED}, "pass_missing", "required_passes"),
        ({"required_skills": RED}, "skill_missing", "required_skills"),
        ({"windows": (window(0, 5),)}, "window", "windows"),
        ({"service_s": 9 * HOUR}, "shift_end", "service_s"),
        ({"goods": frozenset({"acid", "84"})}, "goods", "goods"),
    ],
)
@pytest.mark.parametrize(("price", "severity"), [(None, ERROR), (1000, WARNING)])
def test_a_stop_that_nobody_can_serve_is_found(more, code, field, price, severity):
    case = problem([stop("a", 3, left_out_price=price, **more)], incompatible=(Incompatibility(goods=("84", "acid")),))
    assert (severity, code, "stop 'a'", field) in found(case)


def test_a_stop_without_a_way_is_found():
    case = problem([stop("a", 3), stop("b", 2)], closed=[(from_, 3) for from_ in range(7) if from_ != 3])
    assert (WARNING, "no_way", "stop 'a'", "location") in found(case)


def test_a_stop_that_one_of_its_places_saves_is_not_found():
    case = problem([stop("a", 3, required_passes=RED, alternatives=(place(2),))])
    assert found(case) == []


def test_a_stop_that_one_of_many_shifts_can_serve_is_not_found():
    vehicles = [vehicle("van", (1,)), vehicle("truck", (9,))]
    case = problem([stop("a", 3, load=(5,))], vehicles, [shift("van", "van"), shift("truck", "truck")])
    assert found(case) == []


def test_a_stop_pinned_to_one_of_two_equal_shifts_is_served_there():
    shifts = [shift("morning", hours=(0, 4)), shift("noon", hours=(4, 8))]
    noon = stop("a", 1, windows=(window(300, 400),), pin=Pin(shift_id="noon", position=3))
    assert found(problem([noon], shifts=shifts)) == []


def test_without_shifts_nobody_serves_anything():
    assert found(problem([stop("a", 3)], [], [])) == [
        (WARNING, "no_shift", "stop 'a'", "id"),
        (WARNING, "total_load", "stops", "load[0]"),
    ]


def test_goods_that_cannot_be_brought_from_one_stop_to_another_are_found():
    late = stop("b", 2, from_stop="a", windows=(window(0, 5),), left_out_price=None)
    assert (ERROR, "pickup_order", "stop 'b'", "from_stop") in found(problem([stop("a", 1, load=(0,)), late]))
    fine = stop("b", 2, from_stop="a", windows=(window(0, 60),))
    assert found(problem([stop("a", 1, load=(0,)), fine])) == []


def test_a_window_outside_every_shift_is_found():
    case = problem([stop("a", 1, windows=(window(0, 60), window(900, 960)))])
    assert found(case) == [(WARNING, "window_outside", "stop 'a'", "windows[1]")]


def test_stops_that_look_forgotten_are_found():
    stops = [
        stop("a", 1, left_out_price=0),
        stop("b", 1, familiar_drivers=frozenset({"Li"}), unfamiliar_price=5),
        stop("c", 1, together="school"),
    ]
    assert found(problem(stops, shifts=[shift(driver="Wang")])) == [
        (WARNING, "worthless", "stop 'a'", "left_out_price"),
        (WARNING, "no_familiar_driver", "stop 'b'", "familiar_drivers"),
        (WARNING, "together_alone", "stop 'c'", "together"),
    ]


def test_a_locked_stop_that_its_shift_must_not_serve_is_found():
    case = problem([stop("a", 1, required_passes=RED), stop("b", 1)], shifts=[shift(locked=("a",))])
    assert (ERROR, "locked_pass_missing", "shift 'day'", "locked") in found(case)


def test_a_locked_stop_that_is_pinned_elsewhere_is_found():
    case = problem(
        [stop("a", 1, pin=Pin(shift_id="noon"))],
        shifts=[shift("day", hours=(0, 4), locked=("a",)), shift("noon", hours=(4, 8))],
    )
    assert (ERROR, "locked_pin", "shift 'day'", "locked") in found(case)


def test_positions_that_two_stops_want_are_found():
    first, third = Pin(shift_id="day", position=0), Pin(shift_id="day", position=2)
    stops = [stop("a", 1, pin=first), stop("b", 1, pin=first, left_out_price=None), stop("c", 1, pin=third)]
    assert found(problem(stops, shifts=[shift(max_stops=2)])) == [
        (ERROR, "pinned_twice", "stop 'b'", "pin.position"),
        (WARNING, "pinned_beyond", "stop 'c'", "pin.position"),
    ]


def test_positions_that_locked_stops_have_are_found():
    second = Pin(shift_id="day", position=1)
    case = problem([stop("a", 1), stop("b", 1), stop("c", 1, pin=second)], shifts=[shift(locked=("a", "b"))])
    assert found(case) == [(WARNING, "pinned_locked", "stop 'c'", "pin.position")]


def test_stops_that_belong_together_and_are_pinned_apart_are_found():
    stops = [stop("a", 1, together="school", pin=Pin(shift_id="day")), stop("b", 1, together="school")]
    shifts = [shift("day", hours=(0, 4)), shift("noon", hours=(4, 8), locked=("b",))]
    assert (WARNING, "together_apart", "stop 'a'", "together") in found(problem(stops, shifts=shifts))
    assert found(problem(stops, shifts=[shift("day", hours=(0, 4)), shift("noon", hours=(4, 8))])) == []


def test_stops_too_heavy_to_be_together_are_found():
    stops = [stop("a", 1, load=(60,), together="school"), stop("b", 1, load=(60,), together="school")]
    shifts = [shift("day", hours=(0, 4)), shift("noon", hours=(4, 8))]
    assert found(problem(stops, shifts=shifts)) == [(WARNING, "together_load", "stop 'a'", "together")]
    assert found(problem(stops, shifts=[shift(max_trips=2)])) == []


def test_whoever_may_be_left_out_makes_a_company_no_error():
    """The one who must be served has room, and his shift; that the other has none is worth a warning."""
    must = stop("a", 1, load=(60,), together="school", left_out_price=None, pin=Pin(shift_id="day"))
    shifts = [shift("day", hours=(0, 4)), shift("noon", hours=(4, 8))]
    heavy = [must, stop("b", 1, load=(60,), together="school")]
    apart = [must, stop("b", 1, together="school", pin=Pin(shift_id="noon"))]
    assert found(problem(heavy, shifts=shifts)) == [(WARNING, "together_load", "stop 'b'", "together")]
    assert found(problem(apart, shifts=shifts)) == [(WARNING, "together_apart", "stop 'b'", "together")]
    two = [replace(each, left_out_price=None) for each in heavy]
    assert (ERROR, "together_load", "stop 'a'", "together") in found(problem(two, shifts=shifts))


@pytest.mark.parametrize(("price", "severity"), [(None, ERROR), (1000, WARNING)])
def test_more_load_than_all_shifts_carry_is_found(price, severity):
    stops = [stop(id, 1, load=(60,), left_out_price=price) for id in "ab"]
    assert found(problem(stops)) == [(severity, "total_load", "stops", "load[0]")]


def test_an_idle_or_hasty_fleet_is_found():
    case = problem(
        [stop("a", 1)],
        [vehicle(passes=(Pass(kind="red", valid_until_s=MINUTE),)), vehicle("spare")],
        [
            shift(regular_end_s=9 * HOUR, loading_s=HOUR, breaks=(rest(600, 660, 10),)),
            shift("hurry", hours=(8, 9), loading_s=2 * HOUR),
        ],
    )
    assert found(case) == [
        (WARNING, "pass_over", "vehicle 'van'", "passes[0].valid_until_s"),
        (WARNING, "no_shift", "vehicle 'spare'", "id"),
        (WARNING, "break_outside", "shift 'day'", "breaks[0]"),
        (WARNING, "overtime_outside", "shift 'day'", "regular_end_s"),
        (WARNING, "too_short", "shift 'hurry'", "loading_s"),
    ]


def test_goods_that_nobody_has_are_found():
    case = problem([stop("a", 1, goods=frozenset({"84"}))], incompatible=(Incompatibility(goods=("84", "acid")),))
    assert found(case) == [(WARNING, "unknown_goods", "incompatible", "[0]")]


def travelling(change, locations=None) -> Problem:
    """A problem with a change to its travel times and distances."""
    duration_s, distance_m = road().duration_s.copy(), road().distance_m.copy()
    change(duration_s, distance_m)
    return Problem(
        load_dimensions=("kg",),
        locations=locations or tuple(Location(lat=32.8, lon=110 + place / 100) for place in range(7)),
        stops=(stop("a", 1),),
        vehicles=(vehicle(),),
        shifts=(shift(),),
        travel={"car": TravelMatrix(duration_s=duration_s, distance_m=distance_m)},
    )


@pytest.mark.parametrize(
    ("row", "column", "seconds", "metres", "code", "field"),
    [
        (2, 5, 0, 3000, "at_once", "duration_s[2][5]"),
        (2, 5, 10, 3000, "too_fast", "duration_s[2][5]"),
        (2, 5, 9000, 3000, "lopsided", "duration_s[2][5]"),
        (2, 5, 1800, 1000, "shortcut", "distance_m[2][5]"),
        (2, 2, 60, 0, "not_still", "duration_s[2][2]"),
    ],
)
def test_absurd_travel_is_found(row, column, seconds, metres, code, field):
    def change(duration_s, distance_m):
        duration_s[row, column], distance_m[row, column] = seconds, metres

    assert found(travelling(change)) == [(WARNING, code, "travel 'car'", field)]


def test_the_worst_of_many_is_told_with_their_number():
    def change(duration_s, distance_m):
        duration_s[2, 5], duration_s[3, 6], duration_s[1, 6] = 10, 11, 12

    finding, _ = validate(travelling(change))  # the other one is of the way back, which takes much longer
    assert (finding.field, finding.value) == ("duration_s[1][6]", 12)
    assert finding.why == "would take 1500 km/h (the worst of 3)"


def test_a_way_that_is_none_is_not_absurd():
    assert found(problem([stop("a", 1)], closed=[(5, 6)])) == []


def test_places_that_are_none_on_earth_are_not_measured():
    def change(duration_s, distance_m):
        distance_m[distance_m > 0] = 1

    assert found(travelling(change), on_earth=False) == []
    assert found(travelling(change)) != []


def test_a_place_on_the_other_side_of_the_world_is_found():
    places = [Location(lat=32.8, lon=110 + place / 100) for place in range(6)] + [Location(lat=0, lon=0)]

    def change(duration_s, distance_m):
        duration_s[6, :6] = duration_s[:6, 6] = NO_WAY

    assert found(travelling(change, tuple(places))) == [(WARNING, "far_away", "locations[6]", "lat, lon")]


def test_a_place_written_twice_is_found():
    places = [Location(lat=32.8, lon=110 + place / 100) for place in (0, 1, 1, 3, 4, 5, 6)]

    def change(duration_s, distance_m):
        distance_m *= 2

    assert found(travelling(change, tuple(places))) == [(WARNING, "same_place", "locations", "lat, lon")]


def test_a_published_instance_has_nothing_to_find(shared_data):
    instance = read_problem(shared_data / "vrp" / "MTVRPTWR" / "RC201R0.5.vrp")
    assert validate(instance.problem, on_earth=False) == []


def test_a_document_is_searched_to_its_end():
    document = problem_to_json(problem([stop("a", 1), stop("b", 2)]))
    assert validate_document(document) == []
    damaged = copy.deepcopy(document)
    damaged["stops"][0]["load"] = ["much"]
    damaged["shifts"][0]["end_s"] = -5
    assert [(each.severity, each.code, each.field) for each in validate_document(damaged)] == [
        (ERROR, "format", "stops[0].load[0]"),
        (ERROR, "format", "shifts[0].end_s"),
    ]


def test_a_document_that_can_be_read_is_searched_as_a_problem():
    document = problem_to_json(problem([stop("a", 1, load=(101,))]))
    assert {each.code for each in validate_document(document)} == {"load", "total_load"}


@settings(deadline=None, max_examples=40)
@given(problems(most_stops=3, most_shifts=2))
def test_where_an_error_is_found_no_plan_keeps_every_rule(case):
    findings = validate(case)
    assert all(str(finding) for finding in findings)
    if any(finding.severity is ERROR for finding in findings):
        assert not any(evaluate(case, each).feasible for each in every_plan(case))
