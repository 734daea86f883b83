"""VRPLIB files that one can check by hand: a depot at the origin and three clients."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import NO_WAY, FormatError, Place, Plan, Route, TimeWindow, evaluate
from routing.formats import Instance, Rounding
from routing.formats.solution import best_known, solution_from_text, solution_to_text
from routing.formats.vrplib import vrplib_from_text

SMALL = """\
NAME : small
TYPE : CVRP
COMMENT : by hand
DIMENSION : 4
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 10
NODE_COORD_SECTION
1 0 0
2 3 4
3 0 10
4 1 1
DEMAND_SECTION
1 0
2 4
3 5
4 6
DEPOT_SECTION
1
-1
EOF
"""


def instance(*additions: str, text: str = SMALL, **options) -> Instance:
    """The text with more in it: entries take the place of those of the same name, sections come at the end."""
    body = text.split("EOF")[0]
    for entry in (each for each in additions if "_SECTION\n" not in each):
        name = entry.split(" :")[0]
        kept = [old for old in body.splitlines(keepends=True) if not old.startswith(f"{name} :")]
        body = "".join([entry + "\n", *kept])
    return vrplib_from_text(body + "".join(each for each in additions if "_SECTION\n" in each) + "EOF\n", **options)


def without(section: str, text: str = SMALL) -> str:
    """The text without one of its sections."""
    head, tail = text.split(f"{section}_SECTION\n")
    lines = tail.splitlines(keepends=True)
    while lines and not lines[0][0].isalpha():
        lines.pop(0)
    return head + "".join(lines)


def rows(name: str, *values: object) -> str:
    return f"{name}_SECTION\n" + "".join(f"{number} {value}\n" for number, value in enumerate(values, 1))


def distances(case: Instance) -> list[list[int]]:
    return case.problem.travel["car"].distance_m.tolist()


def test_a_plain_instance():
    case = instance()
    assert (case.name, case.kind, case.rounding) == ("small", "CVRP", Rounding.NEAREST)
    assert [(stop.id, stop.location, stop.load, stop.left_out_price) for stop in case.problem.stops] == [
        ("1", 1, (4,), None),
        ("2", 2, (5,), None),
        ("3", 3, (6,), None),
    ]
    assert {vehicle.capacity for vehicle in case.problem.vehicles} == {(10,)}
    assert distances(case) == [[0, 5, 10, 1], [5, 0, 7, 4], [10, 7, 0, 9], [1, 4, 9, 0]]
    assert case.problem.travel["car"].duration_s.tolist() == distances(case)


def test_the_cost_is_the_distance():
    case = instance()
    plan = solution_from_text("Route #1: 1 2\nRoute #2: 3\nCost 24\n", case).plan
    verdict = evaluate(case.problem, plan)
    assert (verdict.cost.total, verdict.violations) == (5 + 7 + 10 + 1 + 1, ())


@pytest.mark.parametrize(
    ("rounding", "row"),
    [
        (Rounding.NEAREST, [1, 4, 9, 0]),
        (Rounding.TRUNCATED, [1, 3, 9, 0]),
        (Rounding.DIMACS, [14, 36, 90, 0]),
        (Rounding.EXACT, [1414, 3606, 9055, 0]),
    ],
)
def test_the_roundings(rounding, row):
    assert distances(instance(rounding=rounding))[3] == row


@pytest.mark.parametrize(
    ("kind", "rounding"),
    [
        ("CVRP", Rounding.EXACT),  # for the half in a window
        ("VRPTW", Rounding.DIMACS),
        ("PCVRPTW", Rounding.DIMACS),
        ("MTVRPTWR", Rounding.DIMACS),
        ("MDVRPTW", Rounding.EXACT),
        ("HFVRP", Rounding.EXACT),
    ],
)
def test_the_kind_says_the_usual_rounding(kind, rounding):
    case = instance(
        f"TYPE : {kind}",
        "SERVICE_TIME : 3",
        rows("TIME_WINDOW", "0 90", "1 2", "2 30", "0 40"),
        text=SMALL.replace("4 1 1\n", "4 1.5 1\n"),
    )
    assert case.rounding is rounding
    first, second, third = case.problem.stops
    assert first.windows == (TimeWindow(start_s=rounding.scale, end_s=2 * rounding.scale),)
    assert second.service_s == third.service_s == 3 * rounding.scale
    assert {shift.end_s for shift in case.problem.shifts} == {90 * rounding.scale}


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("CEIL_2D", [2, 4, 10, 0]),
        ("FLOOR_2D", [1, 3, 9, 0]),
        ("MAN_2D", [2, 5, 10, 0]),
        ("MAX_2D", [1, 3, 9, 0]),
        ("ATT", [1, 2, 3, 0]),
    ],
)
def test_other_distances_between_points(kind, row):
    assert distances(instance(f"EDGE_WEIGHT_TYPE : {kind}"))[3] == row


def test_geographic_distances_as_tsplib_computes_them():
    """The first two towns of TSPLIB's ulysses16 are 509 km apart."""
    text = SMALL.replace("1 0 0\n", "1 38.24 20.42\n", 1).replace("2 3 4\n", "2 39.57 26.15\n", 1)
    assert distances(instance("EDGE_WEIGHT_TYPE : GEO", text=text, rounding=Rounding.NEAREST))[0][1] == 509


@pytest.mark.parametrize(
    ("layout", "numbers"),
    [
        ("FULL_MATRIX", "0 5 10 1 5 0 7 4\n10 7 0 9 1 4 9 0"),
        ("LOWER_ROW", "5\n10 7\n1 4 9"),
        ("LOWER_DIAG_ROW", "0 5 0 10 7 0 1 4 9 0"),
        ("UPPER_ROW", "5 10 1\n7 4\n9"),
        ("UPPER_DIAG_ROW", "0 5 10 1\n0 7 4\n0 9\n0"),
        ("LOWER_COL", "5 10 1\n7 4\n9"),
        ("LOWER_DIAG_COL", "0 5 10 1\n0 7 4\n0 9\n0"),
        ("UPPER_COL", "5\n10 7\n1 4 9"),
        ("UPPER_DIAG_COL", "0 5 0 10 7 0 1 4 9 0"),
    ],
)
@pytest.mark.parametrize("with_points", [True, False])
def test_explicit_distances(layout, numbers, with_points):
    case = instance(
        "EDGE_WEIGHT_TYPE : EXPLICIT",
        f"EDGE_WEIGHT_FORMAT : {layout}",
        f"EDGE_WEIGHT_SECTION\n{numbers}\n",
        text=SMALL if with_points else without("NODE_COORD"),
    )
    assert distances(case) == distances(instance())


def test_explicit_distances_need_not_be_symmetric():
    case = instance(
        "EDGE_WEIGHT_TYPE : EXPLICIT",
        "EDGE_WEIGHT_SECTION\n0 1 2 3 4 0 5 6 7 8 0 9 10 11 12 0\n",
        text=without("NODE_COORD"),
    )
    assert distances(case) == [[0, 1, 2, 3], [4, 0, 5, 6], [7, 8, 0, 9], [10, 11, 12, 0]]


def test_prizes_are_what_leaving_out_costs():
    case = instance("TYPE : PCVRPTW", rows("PRIZE", 0, 7, 0, 2.5))
    assert [stop.left_out_price for stop in case.problem.stops] == [70, None, 25]
    verdict = evaluate(case.problem, solution_from_text("Route #1: 2\nCost 295\n", case).plan)
    assert verdict.cost.total == 2 * 100 + 70 + 25


def test_depots_vehicles_and_their_limits():
    case = instance(
        "VEHICLES : 3",
        "VEHICLES_MAX_DURATION : 30",
        rows("CAPACITY", 10, 20, 20),
        rows("VEHICLES_DEPOT", 1, 2, 2),
        rows("VEHICLES_FIXED_COST", 100, 200, 200),
        rows("VEHICLES_UNIT_DISTANCE_COST", 1, 2.5, 2.5),
        rows("VEHICLES_MAX_DISTANCE", 40, 50, 50),
        text=SMALL.replace("CAPACITY : 10\n", "").replace("\n1\n-1\n", "\n1\n2\n-1\n"),
    )
    assert case.depots == (0, 1)
    assert case.kinds == ((1,), (2, 3))
    assert [(car.capacity, car.fixed_cost, car.cost_per_km) for car in case.problem.vehicles] == [
        ((10,), 100, 1000),
        ((20,), 200, 2500),
        ((20,), 200, 2500),
    ]
    assert [(shift.start_location, shift.end_location) for shift in case.problem.shifts] == [(0, 0), (1, 1), (1, 1)]
    assert {shift.max_duration_s for shift in case.problem.shifts} == {30}
    assert [shift.max_distance_m for shift in case.problem.shifts] == [40, 50, 50]
    text = "Route #1:\nRoute #2:\nRoute #3: 2 3\nCost 250\n"
    solution = solution_from_text(text, case)
    assert solution.plan.routes == (Route(shift_id="3", stops=("2", "3")),)
    assert evaluate(case.problem, solution.plan).cost.total == 200 + 2.5 * (7 + 9 + 4)
    assert solution_to_text(solution.plan, case) == text


def test_the_old_name_of_the_longest_route_includes_service():
    """There and back takes 20, service 10."""
    for longest, broken in ((30, 0), (29, 1)):
        case = instance(f"DISTANCE : {longest}", "SERVICE_TIME : 10")
        verdict = evaluate(case.problem, solution_from_text("Route #1: 2\nCost 20\n", case).plan)
        assert sum(each.amount for each in verdict.routes[0].violations) == broken


def test_several_trips_with_releases():
    case = instance(
        "TYPE : MTVRPTWR",
        "VEHICLES : 1",
        rows("TIME_WINDOW", "0 100", "0 100", "0 100", "0 100"),
        rows("RELEASE_TIME", 0, 0, 20, 0),
        rows("VEHICLES_RELOAD_DEPOT", 1),
    )
    (shift,) = case.problem.shifts
    assert shift.max_trips == 3  # there and back takes 2.8, 10 and 20: all fit between 0 and 100, one after another
    assert [stop.release_s for stop in case.problem.stops] == [0, 200, 0]
    text = "Route #1: 3 1 0 2\nCost 300\n"
    solution = solution_from_text(text, case)
    assert solution.plan.routes == (Route(shift_id="1", stops=("3", "1", "2"), reloads=(2,)),)
    verdict = evaluate(case.problem, solution.plan)
    assert verdict.violations == ()
    assert verdict.cost.total == 14 + 36 + 50 + 200
    assert verdict.routes[0].visits[2].arrival_s >= 200 + 100
    assert solution_to_text(solution.plan, case) == text


def test_reloads_may_be_limited():
    windows = rows("TIME_WINDOW", "0 100", "0 100", "0 100", "0 100")
    case = instance("VEHICLES : 1", "VEHICLES_MAX_RELOADS : 1", windows, rows("VEHICLES_RELOAD_DEPOT", 1))
    assert [shift.max_trips for shift in case.problem.shifts] == [2]


def test_only_some_vehicles_may_visit_some_clients():
    case = instance("VEHICLES : 2", rows("VEHICLES_ALLOWED_CLIENTS", "2 3", "3 4"))
    assert [sorted(vehicle.skills) for vehicle in case.problem.vehicles] == [["1"], ["3"]]
    assert [sorted(stop.required_skills) for stop in case.problem.stops] == [["1"], [], ["3"]]


def test_backhauls_come_after_all_deliveries():
    case = instance("TYPE : VRPB", rows("LINEHAUL", 0, 4, 0, 6), rows("BACKHAUL", 0, 0, 5, 0), text=without("DEMAND"))
    assert [(stop.load, stop.pickup) for stop in case.problem.stops] == [((4,), ()), ((0,), (5,)), ((6,), ())]
    duration = case.problem.travel["car"].duration_s
    assert [duration[0, 2], duration[2, 1], duration[2, 3]] == [NO_WAY] * 3
    assert duration[1, 2] < NO_WAY
    assert duration[2, 0] < NO_WAY


def test_pickups_and_deliveries_in_any_order():
    case = instance("TYPE : VRPSPD", rows("BACKHAUL", 0, 1, 2, 3))
    assert [(stop.load, stop.pickup) for stop in case.problem.stops] == [((4,), (1,)), ((5,), (2,)), ((6,), (3,))]
    assert case.problem.travel["car"].duration_s.max() < NO_WAY


def test_a_client_is_served_at_one_place_of_its_group():
    case = instance(rows("MUTUALLY_EXCLUSIVE_GROUP", "2 4", "3"), text=SMALL.replace("4 6\n", "4 4\n"))
    first, second = case.problem.stops
    assert (first.id, first.alternatives) == ("1", (Place(location=3, service_s=0),))
    assert second.id == "2"
    solution = solution_from_text("Route #1: 3 2\nCost 20\n", case)
    assert solution.plan.routes == (Route(shift_id="1", stops=("1", "2"), places=(1, 0)),)
    assert solution_to_text(solution.plan, case) == "Route #1: 3 2\nCost 20\n"


def test_goods_from_one_client_to_another():
    section = rows("PICKUP_AND_DELIVERY", "0 0 90 0 0 0", "4 0 90 1 0 3", "-4 5 90 1 2 0", "0 0 90 1 0 0")
    case = instance("TYPE : PDPTW", section, text=without("DEMAND"))
    assert [(stop.load, stop.from_stop) for stop in case.problem.stops] == [((0,), None), ((4,), "1"), ((0,), None)]
    verdict = evaluate(case.problem, solution_from_text("Route #1: 1 2\nRoute #2: 3\nCost 1\n", case).plan)
    assert verdict.violations == ()


def test_broken_loads_become_whole():
    case = instance("CAPACITY : 9.5", text=SMALL.replace("2 4\n", "2 4.25\n"))
    assert [stop.load for stop in case.problem.stops] == [(425,), (500,), (600,)]
    assert {vehicle.capacity for vehicle in case.problem.vehicles} == {(950,)}


def test_vehicles_are_enough_and_not_many():
    assert len(instance("VEHICLES : 1000000000").problem.shifts) == 3  # never more than clients
    assert len(instance("VEHICLES : 2").problem.shifts) == 2
    assert len(instance().problem.shifts) == 3
    assert len(instance(vehicles=2).problem.shifts) == 2


def test_vehicles_that_no_plan_needs_are_left_away_but_known():
    """12 clients of 1 in vehicles of 12: two of a kind would be half empty, and one more is kept."""
    size, fleet = 13, 12
    text = "\n".join(
        [
            f"TYPE : HFVRP\nDIMENSION : {size}\nVEHICLES : {fleet}",
            rows("NODE_COORD", *(f"{x} 0" for x in range(size))),
            rows("DEMAND", 0, *([1] * (size - 1))),
            rows("CAPACITY", *([12] * fleet)),
            rows("VEHICLES_FIXED_COST", *([5] * 6), *([7] * 6)),
        ]
    )
    case = vrplib_from_text(text)
    assert [shift.id for shift in case.problem.shifts] == ["1", "2", "3", "7", "8", "9"]
    solution = solution_from_text("Route #6: 1 2\nRoute #12: 3\nCost 1\n", case)
    assert [route.shift_id for route in solution.plan.routes] == ["3", "9"]


def test_a_client_may_come_before_the_depot():
    case = instance(text=SMALL.replace("\n1\n-1\n", "\n3\n-1\n"))
    assert (case.depots, [stop.id for stop in case.problem.stops]) == ((2,), ["0", "1", "3"])
    assert {shift.start_location for shift in case.problem.shifts} == {2}


def test_odd_spaces_ends_of_lines_and_a_missing_end_do_not_matter():
    text = SMALL.replace("\n", "\t\r\n").replace(" : ", "\t:   ").replace("EOF", "")
    assert vrplib_from_text(text).problem == instance().problem


@pytest.mark.parametrize(
    ("rounding", "stated", "found"),
    [
        (Rounding.NEAREST, "20", 20),
        (Rounding.NEAREST, "20.0", 20),
        (Rounding.DIMACS, "200", 200),  # in tenths, as the cost
        (Rounding.DIMACS, "20.0", 200),
        (Rounding.DIMACS, "20", 200),  # the route is 20 long: it cannot be tenths
    ],
)
def test_the_stated_cost_may_be_in_either_unit(tmp_path, rounding, stated, found):
    path = tmp_path / "small.sol"
    path.write_text(f"Route #1: 2\nCost: {stated}\nOptimal: True\n")
    case = instance(rows("PRIZE", 0, 0.1, 0, 0.1), rounding=rounding)
    assert best_known(path, case) == found


@pytest.mark.parametrize(("cost", "found"), [("20.5", 205), ("205", 205)])
def test_a_cost_without_routes_is_scaled_by_its_fraction(tmp_path, cost, found):
    path = tmp_path / "small.sol"
    path.write_text(f"Cost {cost}\n")
    assert best_known(path, instance(rounding=Rounding.DIMACS)) == found


BIG = "DIMENSION : 1000000000"


def changed(old: str, new: str, text: str = SMALL) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("", 1, "DIMENSION"),
        ("EOF\n", 1, "DIMENSION"),
        ("hello\n", 1, "file"),
        ("1 2 3\n", 1, "file"),
        (changed("DIMENSION : 4", BIG), 11, "NODE_COORD_SECTION"),
        (changed("DIMENSION : 4", BIG, without("NODE_COORD", without("DEMAND"))), 10, "NODE_COORD_SECTION"),
        (changed("DIMENSION : 4", "DIMENSION : 0"), 4, "DIMENSION"),
        (changed("DIMENSION : 4", "DIMENSION : four"), 4, "DIMENSION"),
        (changed("DIMENSION : 4", "DIMENSION : 4.5"), 4, "DIMENSION"),
        (changed("DIMENSION : 4", "DIMENSION : 1" + "0" * 5000), 4, "DIMENSION"),
        (changed("3 0 10\n", ""), 10, "NODE_COORD_SECTION"),
        (changed("3 0 10\n", "3 0\n"), 10, "NODE_COORD_SECTION"),
        (changed("3 0 10\n", "3 0 nan\n"), 10, "NODE_COORD_SECTION"),
        (changed("3 0 10\n", "3 0 inf\n"), 10, "NODE_COORD_SECTION"),
        (changed("3 0 10\n", "3 0 1e999\n"), 10, "NODE_COORD_SECTION"),
        (changed("3 0 10\n", "3 9e8 9e9\n"), 10, "NODE_COORD_SECTION"),
        (changed("3 0 10\n", "3 0 1_0\n"), 10, "NODE_COORD_SECTION"),
        (changed("3 0 10\n", "3 0 ten\n"), 10, "NODE_COORD_SECTION"),
        (changed("3 0 10\n", "2 0 10\n"), 10, "NODE_COORD_SECTION"),
        (changed("3 0 10\n", "7 0 10\n"), 10, "NODE_COORD_SECTION"),
        (changed("3 5\n", "3 -5\n"), 15, "DEMAND"),
        (changed("3 5\n", "3 5.00001234\n"), 12, "DEMAND"),
        (changed("CAPACITY : 10", "CAPACITY : much"), 6, "CAPACITY"),
        (changed("CAPACITY : 10", "CAPACITY : 10\nCAPACITY : 10"), 7, "CAPACITY"),
        (changed("CAPACITY : 10", "NUMBER_OF_DAYS : 10"), 6, "NUMBER_OF_DAYS"),
        (changed("DEMAND_SECTION", "WISH_SECTION"), 12, "WISH_SECTION"),
        (changed("EUC_2D", "EUC_9D"), 5, "EDGE_WEIGHT_TYPE"),
        (changed("EUC_2D", "EXPLICIT"), 20, "EDGE_WEIGHT_SECTION"),
        (changed("\n1\n-1\n", "\n9\n-1\n"), 18, "DEPOT_SECTION"),
        (changed("\n1\n-1\n", "\n1\n1\n"), 19, "DEPOT_SECTION"),
        (changed("\n1\n-1\n", "\n-1\n"), 17, "DEPOT_SECTION"),
        (changed("EOF", "TIME_WINDOW_SECTION\n1 0 9\n2 0 9\n3 9 0\n4 0 9\nEOF"), 23, "TIME_WINDOW_SECTION"),
        (changed("EOF", "VEHICLES_DEPOT_SECTION\n1 3\nEOF"), 20, "VEHICLES_DEPOT"),
        (changed("CAPACITY : 10", "VEHICLES : 2\nCAPACITY_SECTION\n1 10\n"), 8, "CAPACITY_SECTION"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(text, line, field):
    with pytest.raises(FormatError) as refusal:
        vrplib_from_text(text)
    assert (refusal.value.line, refusal.value.field) == (line, field)


def test_places_too_far_apart_for_the_matrix_are_refused():
    with pytest.raises(FormatError, match="gives the distance 900000000000") as refusal:
        instance(text=SMALL.replace("3 0 10\n", "3 0 900000000\n"), rounding=Rounding.EXACT)
    assert refusal.value.line == 7


@pytest.mark.parametrize("layout", ["FULL_MATRIX", "LOWER_ROW", "SPIRAL"])
def test_a_matrix_that_is_claimed_and_not_there_is_not_made(layout):
    head = f"TYPE : CVRP\n{BIG}\nEDGE_WEIGHT_TYPE : EXPLICIT\nEDGE_WEIGHT_FORMAT : {layout}\n"
    with pytest.raises(FormatError):
        vrplib_from_text(head + "EDGE_WEIGHT_SECTION\n1 2 3\nEOF\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("no solution\n", 1),
        ("Route #1: 1 9\n", 1),
        ("Route #1: 1\nRoute #2: x\n", 2),
        ("Route #1: 1 0\n", 1),
        ("Route #1: 1\nRoute #2: 2\nRoute #3: 3\nRoute #4: 1\n", 4),
    ],
)
def test_a_bad_solution_is_refused_with_its_line(text, line):
    with pytest.raises(FormatError) as refusal:
        solution_from_text(text, instance())
    assert refusal.value.line == line


RICH = SMALL.replace(
    "EOF",
    rows("TIME_WINDOW", "0 90", "1 80", "1.5 30", "0 40")
    + rows("VEHICLES_DEPOT", 1, 1)
    + rows("VEHICLES_UNIT_DISTANCE_COST", 1, 2)
    + rows("PRIZE", 0, 7, 0, 2.5)
    + rows("RELEASE_TIME", 0, 0, 20, 0)
    + "EOF",
)
WORDS = ["", "\n", " ", "-", "0", "1", "-1", "9" * 20, "1e9", "nan", ":", "EOF", "x", "\0", "_SECTION", "\ufffd", "٣"]


def refusal_or_none(read, text: str) -> FormatError | None:
    try:
        read(text)
    except FormatError as refusal:
        return refusal
    return None


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_a_damaged_file_is_refused_with_a_line_or_read(data):
    text = data.draw(st.sampled_from([SMALL, RICH]))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)) | st.just(len(text)))
        text = text[:start] + data.draw(st.sampled_from(WORDS)) + text[end:]
    refusal = refusal_or_none(vrplib_from_text, text)
    assert refusal is None or refusal.line is not None


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet="0123 \nRoute#:Cost.x\ufffd", max_size=60))
def test_a_damaged_solution_is_refused_with_a_line_or_read(text):
    case = instance()
    for each in (text, f"Route #1: 1 {text}\nCost 3\n"):
        refusal = refusal_or_none(lambda text: solution_from_text(text, case), each)
        assert refusal is None or refusal.line is not None


def test_an_empty_plan_is_a_solution_too():
    assert solution_to_text(Plan(), instance()) == "Cost 0\n"
