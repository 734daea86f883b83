"""What is told when something is not right, and in which language."""

import json

from logistics.demo.checks import at_most, equal, more_than
from logistics.demo.job import Done, Outcome
from logistics.demo.telling import as_json, console, language_of, report

RIGHT = Done(step="a", title="Right", seconds=1.0, outcome=Outcome(said="all well", checks=(equal("n", 1, 1),)))
WRONG = Done(step="b", title="Wrong", seconds=2.0, outcome=Outcome(said="hm", checks=(equal("masks", 14_000, 13_950),)))
BROKEN = Done(step="c", title="Broken", seconds=0.5, outcome=Outcome(said=""), failure="the reason")


def test_a_wrong_figure_names_what_was_expected_and_what_was_found() -> None:
    told = _told(RIGHT, WRONG)
    assert "Wrong: masks: expected 14,000, found 13,950" in told
    assert "are right" not in told


def test_a_step_that_broke_off_tells_why() -> None:
    assert "Broken could not be finished: the reason" in _told(RIGHT, BROKEN)


def test_all_well_is_told_in_one_line() -> None:
    assert "All 1 figures are right" in _told(RIGHT)


def test_programs_get_one_object_that_says_whether_all_is_well() -> None:
    assert json.loads(as_json([RIGHT], seed=7))["ok"] is True
    assert json.loads(as_json([RIGHT], seed=7))["seed"] == 7
    told = json.loads(as_json([RIGHT, WRONG, BROKEN]))
    assert told["ok"] is False
    assert [step["ok"] for step in told["steps"]] == [True, False, False]
    assert told["steps"][1]["checks"] == [{"what": "masks", "expected": 14_000, "found": 13_950, "ok": False}]


def test_limits_hold_at_their_edge() -> None:
    assert at_most("n", 5, 5).ok
    assert not at_most("n", 5, 6).ok
    assert more_than("n", 5, 6).ok
    assert not more_than("n", 5, 5).ok


def test_chinese_unless_the_system_speaks_english() -> None:
    assert language_of({}) == "zh"
    assert language_of({"LANG": "C.UTF-8"}) == "zh"
    assert language_of({"LANG": "en_US.UTF-8"}) == "en"
    assert language_of({"LANG": "en"}) == "en"
    assert language_of({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}) == "zh"


def _told(*steps: Done) -> str:
    out = console()
    with out.capture() as captured:
        out.print(report(steps))
    return captured.get()
