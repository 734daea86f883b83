"""The command line, as somebody types it."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from routing import Pin, Plan, problem_from_json, problem_to_json
from routing.cli import main
from routing.cli.contest import engine_of
from routing.formats import plan_from_json, read_problem
from routing.formats.documents import plan_to_text, problem_to_text
from tests.routing.cases import plan, problem, shift, stop, window
from tests.routing.formats.test_solomon import C3
from tests.routing.formats.test_vrplib import SMALL

ROOT = Path(__file__).resolve().parents[2]
CASE = problem(
    [stop("a", 1, service_s=60), stop("b", 2, windows=(window(0, 60),)), stop("far", 3, load=(101,))],
    shifts=[shift("Monday")],
)


def run(*arguments: object, code: int = 0) -> str:
    """What a command prints."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.stdout


def refused(*arguments: object) -> str:
    """The message of a command that ends with 2."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 2
    assert not result.stdout
    return result.stderr


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """SMALL with its best known solution beside it."""
    path = tmp_path / "small.vrp"
    path.write_text(SMALL)
    path.with_suffix(".sol").write_text("Route #1: 1 2\nRoute #2: 3\nCost 24\n")
    return path


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "case.json"
    path.write_text(problem_to_text(CASE))
    return path


@pytest.fixture
def planned(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    path.write_text(plan_to_text(plan({"Monday": ["a", "b"]}, ["far"])))
    return path


def test_solve_says_what_it_found_as_one_object(small):
    found = json.loads(run("solve", small, "--iterations", 1, "--seed", 3, "--json"))
    assert found["cost"] == sum(found["cost_by"].values()) == 24
    assert (found["best_known"], found["gap_percent"]) == (24, 0.0)
    assert (found["unassigned"], found["unassigned_ids"]) == (0, [])
    assert (found["feasible"], found["violations"]) == (True, [])
    assert (found["engine"], found["seed"]) == ("auto", 3)
    assert found["wall_s"] >= 0
    assert found["cpu_s"] >= 0


def test_without_a_solution_beside_it_there_is_no_gap(case):
    found = json.loads(run("solve", case, "--iterations", 1, "--json"))
    assert (found["best_known"], found["gap_percent"]) == (None, None)
    assert (found["unassigned"], found["unassigned_ids"]) == (1, ["far"])


def test_a_solution_that_cannot_be_read_is_passed_over_with_a_word(small):
    small.with_suffix(".sol").write_text("nothing")
    result = CliRunner().invoke(main, ["solve", str(small), "--iterations", "1", "--json"])
    assert json.loads(result.stdout)["best_known"] is None
    assert "small.sol: line 1" in result.stderr


def test_solve_tells_people_what_it_found(case):
    told = run("solve", case, "--iterations", 1)
    assert "Monday" in told
    assert "Stop 'far' fits on no shift, even alone." in told
    assert "carries 1 kg too much" in told
    assert "The plan breaks no rule." in told


def test_a_plan_without_a_stop_that_must_be_served_ends_with_1(tmp_path):
    path = tmp_path / "case.json"
    path.write_text(problem_to_text(problem([stop("far", 3, load=(101,), left_out_price=None)])))
    assert "must be served and is left out" in run("solve", path, "--iterations", 1, code=1)


@pytest.mark.parametrize("suffix", ["json", "sol", "geojson", "gpx"])
def test_solve_writes_the_plan_by_suffix(small, tmp_path, suffix):
    out = tmp_path / f"out.{suffix}"
    run("solve", small, "--iterations", 1, "--plan", out, "--epoch", "2026-02-03T00:00:00+08:00")
    text = out.read_text("utf-8")
    assert {
        "json": '"routing-plan/2"',
        "sol": "Cost 24",
        "geojson": '"departure_time": "2026-02-02T16:00',
        "gpx": "<time>2026-02-02T16:00",
    }[suffix] in text
    if suffix in ("json", "sol"):
        assert json.loads(run("check", small, out, "--json"))["cost"] == 24


def test_a_solve_may_begin_with_a_plan(small, tmp_path):
    start = small.with_suffix(".sol")
    found = json.loads(run("solve", small, "--iterations", 0, "--start", start, "--json"))
    assert found["cost"] == 24


def test_a_suffix_nobody_knows_is_refused_before_the_search(small, tmp_path):
    assert "'.pdf' is none of" in refused("solve", small, "--budget", 1000, "--plan", tmp_path / "out.pdf")


def test_the_rounding_may_be_chosen(small):
    assert json.loads(run("check", small, small.with_suffix(".sol"), "--rounding", "exact", "--json"))["cost"] > 20_000


def test_check_shows_routes_costs_and_no_broken_rule(case, planned):
    told = run("check", case, planned)
    assert "Cost 1,000,400 = distance 400 + left out 1,000,000" in told
    assert "Left out: 1" in told
    assert "The plan breaks no rule." in told


def test_check_ends_with_1_for_a_plan_that_breaks_a_rule(case, tmp_path):
    path = tmp_path / "bad.json"
    path.write_text(plan_to_text(plan({"Monday": ["far", "b", "stranger"]}, ["a"])))
    told = run("check", case, path, code=1)
    assert "✗ shift 'Monday': carries 2 kg too much" in told
    assert "✗ stop 'stranger': is no stop of the problem" in told
    found = json.loads(run("check", case, path, "--json", code=1))
    assert [violation["kind"] for violation in found["violations"]] == ["load", "unknown_stop"]
    assert [visit["stop_id"] for visit in found["routes"][0]["visits"]] == ["far", "b"]


def test_explain_says_why_a_stop_is_left_out_and_what_would_help(case, planned):
    told = run("explain", case, planned, "far")
    assert "Stop 'far' fits on no shift, even alone." in told
    assert "It fits on 'Monday' as visit 2, for 200 more, if there is 3 kg less on 'Monday'." in told
    found = json.loads(run("explain", case, planned, "far", "--json"))
    assert (found["visits"], found["reason"]["type"], found["held"]) == ([], "fits_nowhere", None)
    assert found["fixes"][0]["changes"] == [{"type": "less_load", "shift_id": "Monday", "unit": "kg", "amount": 3}]


def test_explain_says_where_a_stop_is_served_and_what_that_costs(case, planned):
    told = run("explain", case, planned, "a")
    assert "Stop 'a' is served on 'Monday': arrival 00:10, service 00:10 to 00:11" in told
    assert "Stop 'a' is visit 1 of 'Monday'." in told
    found = json.loads(run("explain", case, planned, "a", "--json"))
    assert found["visits"][0]["arrival_s"] == 600
    assert found["held"]["seat"] == {"shift_id": "Monday", "position": 0, "place": 0}
    assert "plan" not in found["places"][0]


def test_explain_knows_no_strangers(case, planned):
    assert "no stop has the id 'stranger'" in refused("explain", case, planned, "stranger")


def test_validate_finds_everything(case, tmp_path):
    assert "warning: stop 'far': load cannot be served" in run("validate", case)
    document = problem_to_json(problem([stop("a", 1, pin=Pin(vehicle_id="van")), stop("b", 2)]))
    document["stops"][0]["pin"]["vehicle_id"] = "bus"
    document["stops"][1]["location"] = 70
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(document))
    told = run("validate", path, code=1)
    assert "pin.vehicle_id" in told
    assert "must be below 7" in told
    found = json.loads(run("validate", path, "--json", code=1))
    assert (found["valid"], len(found["findings"])) == (False, 2)


def test_a_json_file_is_refused_with_everything_wrong_with_it(tmp_path):
    document = problem_to_json(CASE)
    document["stops"][0]["load"] = "much"
    document["stops"][1]["service_s"] = -1
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(document))
    told = refused("solve", path)
    assert "stops[0].load must be a list" in told
    assert "stops[1].service_s must lie between" in told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "line 1: file is empty"),
        (b" \r\n", "line 1: file is empty"),
        (b"\x89PNG\r\n\x00\x00", "line 2: file is not a text in UTF-8"),
        (SMALL.encode("utf-16"), "line 1: file is not a text in UTF-8"),
        (SMALL.encode()[:120], "line 8: NODE_COORD_SECTION must have 4 rows"),
        (SMALL.replace("DIMENSION : 4", "DIMENSION : 1000000000").encode(), "must have 1000000000 rows, got 4"),
        (b'{"format": "routing-problem/2",\n "stops": [}', "line 2: file is not JSON"),
        (b"{}", "format is missing"),
        (b"[1, 2]", "document must be an object"),
    ],
)
@pytest.mark.parametrize("command", ["solve", "validate"])
def test_a_bad_file_is_refused_with_its_line_and_no_traceback(tmp_path, command, content, told):
    path = tmp_path / "bad.vrp"
    path.write_bytes(content)
    if command == "validate" and content in (b"{}", b"[1, 2]"):
        assert told.split()[-1] in run("validate", path, code=1)
    else:
        message = refused(command, path)
        assert told in message
        assert str(path) in message
        assert "Traceback" not in message


def test_what_calls_itself_json_is_judged_as_json(small, tmp_path):
    words = tmp_path / "words.json"
    words.write_text("hello", encoding="utf-8")
    for command in (("solve", words), ("validate", words), ("check", small, words)):
        assert "line 1: file is not JSON" in refused(*command)


def test_a_bad_plan_is_refused_with_its_line(small, tmp_path):
    path = tmp_path / "bad.sol"
    path.write_text("Route #1: 1\nRoute #2: 9\n")
    assert "bad.sol: line 2: Route names the client 9" in refused("check", small, path)


def test_a_folder_or_a_missing_file_is_refused(tmp_path):
    assert "is a directory" in refused("solve", tmp_path)
    assert "does not exist" in refused("solve", tmp_path / "none")


def test_convert_writes_a_problem(small, tmp_path):
    out = tmp_path / "out.json"
    run("convert", small, out)
    assert problem_from_json(json.loads(out.read_text("utf-8"))) == read_problem(small).problem
    assert "plans need --plan" in refused("convert", small, tmp_path / "out.gpx")
    assert "'.vrp' is none of" in refused("convert", small, tmp_path / "out.vrp")


def test_convert_writes_solomons_format_where_it_can(tmp_path, case):
    path = tmp_path / "C3.txt"
    path.write_text(C3)
    run("convert", path, tmp_path / "again.txt")
    assert read_problem(tmp_path / "again.txt").problem == read_problem(path).problem
    assert "says more than Solomon's format can" in refused("convert", case, tmp_path / "out.txt")


def test_convert_writes_a_plan(small, tmp_path):
    sol, out = small.with_suffix(".sol"), tmp_path / "out.json"
    run("convert", small, out, "--plan", sol)
    routes = plan_from_json(json.loads(out.read_text("utf-8"))).routes
    assert [route.stops for route in routes] == [("1", "2"), ("3",)]
    run("convert", small, tmp_path / "again.sol", "--plan", out)
    assert (tmp_path / "again.sol").read_text() == sol.read_text()
    assert "'.txt' is none of" in refused("convert", small, tmp_path / "out.txt", "--plan", sol)


def test_a_wrong_epoch_is_refused(small, tmp_path):
    assert "--epoch" in refused(
        "convert", small, tmp_path / "x.gpx", "--plan", small.with_suffix(".sol"), "--epoch", "x"
    )


def nothing(problem, budget_s, seed):
    """An engine that leaves everything out, for bench."""
    assert (budget_s, seed) >= (0, 0)
    return Plan(unassigned=tuple(plan({}, [stop.id for stop in problem.stops]).unassigned))


nothing.one_core = True  # type: ignore[attr-defined]


def test_bench_compares_engines_with_medians_over_seeds(small, tmp_path):
    (small.parent / "notes.txt").write_text("no instance")
    out = tmp_path / "runs.csv"
    nobody = "nobody=tests.routing.test_cli:nothing"
    told = run(
        "bench", small.parent, "--budget", 1, "--engines", nobody, "--seeds", 2, "--cores", 1, "--csv", out, "--json"
    )
    found = json.loads(told)
    assert [(row["instance"], row["engine"], row["seed"]) for row in found["runs"]] == [
        ("small", "nobody", 0),
        ("small", "nobody", 1),
    ]
    (row,) = found["medians"]
    assert (row["cost"], row["best_known"], row["gap_percent"], row["left_out"]) == (0, 24, -100.0, 3)
    assert row["feasible"] is False
    with out.open(newline="") as file:
        assert [row["seed"] for row in csv.DictReader(file)] == ["0", "1"]


def test_bench_knows_our_engines_and_any_function():
    assert not engine_of("auto", 2).one_core
    assert engine_of("pyvrp", 2).one_core
    assert engine_of("nobody=tests.routing.test_cli:nothing", 2).one_core
    for unknown in ("vroom", "vroom=nowhere:at_all", "vroom=routing:at_all", "=routing:solve"):
        with pytest.raises(ValueError, match=r"vroom|routing"):
            engine_of(unknown, 2)


def test_bench_refuses_what_it_cannot_compare(small, tmp_path):
    assert "is none of auto" in refused("bench", small, "--budget", 1, "--engines", "vroom")
    (tmp_path / "empty").mkdir()
    assert "has no instance" in refused("bench", tmp_path / "empty", "--budget", 1)


def started(*command: object) -> subprocess.Popen[str]:
    """Python in a process (and a group of processes) of its own."""
    return subprocess.Popen(
        [sys.executable, *map(str, command)],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def test_it_is_a_module_that_runs(small):
    with started("-m", "routing", "solve", small, "--budget", 1, "--workers", 2, "--json") as process:
        told, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert json.loads(told)["cost"] == 24
    assert errors == ""


PRESSED = """
import os, signal, sys, threading, time
from routing.cli import main

def press():
    while signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        time.sleep(0.1)
    time.sleep(3)
    os.killpg(0, signal.SIGINT)

if __name__ == "__main__":
    threading.Thread(target=press, daemon=True).start()
    main(sys.argv[1:])
"""


@pytest.mark.skipif(os.name != "posix", reason="sends the signal that Ctrl-C sends on POSIX systems")
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_ends_the_search_and_keeps_the_plan(tmp_path, workers):
    """A terminal sends it to the workers too."""
    path = tmp_path / "case.json"
    path.write_text(problem_to_text(problem([stop(f"s{number}", 1 + number % 5) for number in range(40)])))
    with started("-c", PRESSED, "solve", path, "--budget", 200, "--workers", workers, "--json") as process:
        told, errors = process.communicate(timeout=120)
    assert "Stopping" in errors
    assert "Traceback" not in errors
    found = json.loads(told)
    assert found["interrupted"] is True
    assert found["unassigned"] == 0
    assert found["wall_s"] < 100
