"""Solomon's text format, on an instance that one can check by hand."""

import pytest

from routing import FormatError, TimeWindow, evaluate
from routing.formats import Rounding, read_problem
from routing.formats.solomon import is_solomon, solomon_from_text, solomon_to_text
from routing.formats.solution import solution_from_text
from tests.routing.formats.test_vrplib import SMALL

C3 = """C3

VEHICLE
NUMBER     CAPACITY
  2         200

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      40         50          0          0       1236          0
    1      43         54         10         912       967         90
    2      45         70         30         825       870         90
    3      42         66.5       10          65       146         90
"""


def test_an_instance_is_read():
    case = solomon_from_text(C3)
    assert (case.name, case.kind, case.rounding) == ("C3", "VRPTW", Rounding.DIMACS)
    assert [shift.end_s for shift in case.problem.shifts] == [12360, 12360]
    assert [vehicle.capacity for vehicle in case.problem.vehicles] == [(200,), (200,)]
    first = case.problem.stops[0]
    assert (first.id, first.load, first.service_s) == ("1", (10,), 900)
    assert first.windows == (TimeWindow(start_s=9120, end_s=9670),)
    assert case.problem.travel["car"].distance_m[0].tolist() == [0, 50, 206, 166]


def test_its_solutions_are_judged():
    case = solomon_from_text(C3)
    verdict = evaluate(case.problem, solution_from_text("Route #1: 3\nRoute #2: 2 1\nCost 74\n", case).plan)
    assert verdict.violations == ()
    assert verdict.cost.total == 166 + 166 + 206 + 161 + 50


def test_it_is_told_from_other_formats(tmp_path):
    path = tmp_path / "anything"
    path.write_text(C3)
    assert read_problem(path).problem == solomon_from_text(C3).problem
    assert is_solomon(C3)
    assert not is_solomon(SMALL)
    assert not is_solomon("CUSTOMER : no\n")


@pytest.mark.parametrize("rounding", list(Rounding))
def test_what_was_read_is_written_again(rounding):
    case = solomon_from_text(C3, rounding=rounding)
    again = solomon_from_text(solomon_to_text(case), rounding=rounding)
    assert again == case
    assert solomon_to_text(again) == solomon_to_text(case)


def test_a_published_instance_comes_back(shared_data):
    case = read_problem(shared_data / "vrp" / "VRPTW" / "C1_10_5.vrp")
    again = solomon_from_text(solomon_to_text(case))
    assert again.problem == case.problem


def test_what_the_format_cannot_say_is_refused(shared_data):
    for name in ("MDVRPTW/PR11A", "PCVRPTW/C1_10_1", "MTVRPTWR/RC201R0.5", "HFVRP/X491-FSMF"):
        with pytest.raises(FormatError, match="says more"):
            solomon_to_text(read_problem(shared_data / "vrp" / f"{name}.vrp"))


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("", 1, "file"),
        ("C3\nCUSTOMER\n", 2, "VEHICLE"),
        (C3[: C3.index("CUSTOMER")], 5, "CUSTOMER"),
        (C3.replace("  2         200", "  2"), 5, "VEHICLE"),
        (C3.replace("  2         200", "  2.5   200"), 5, "NUMBER"),
        (C3.replace("  2         200", "  2   much"), 5, "CAPACITY"),
        (C3.replace("912 ", "nan "), 11, "CUSTOMER"),
        (C3.replace("912 ", "inf "), 11, "CUSTOMER"),
        (C3.replace("912 ", "-912 "), 11, "READY TIME"),
        (C3.replace("912 ", "9120 "), 11, "DUE DATE"),
        (C3.replace("912 ", ""), 11, "CUSTOMER"),
        (C3.replace("    2      45", "    1      45"), 12, "CUST NO."),
        (C3.replace("    2      45", "    x      45"), 12, "CUSTOMER"),
        (C3.replace("45 ", "9e8 "), 10, "NODE_COORD_SECTION"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(text, line, field):
    with pytest.raises(FormatError) as refusal:
        solomon_from_text(text)
    assert (refusal.value.line, refusal.value.field) == (line, field)
