"""Each reason for leaving a stop out is a sentence with its numbers, in both languages."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask_babel import force_locale

from logistics.planning.reasons import cause, why
from routing import FitsNowhere, NoRoom, PriceTooLow, Reason, RoomLeft, Violation, ViolationKind

type Say = Callable[[Reason | None], str]


def broken(kind: ViolationKind, amount: int, unit: str) -> Violation:
    return Violation(kind=kind, shift_id="shift:1", stop_id="place:1", amount=amount, unit=unit)


def alone(*violations: Violation) -> FitsNowhere:
    return FitsNowhere(shift_id="shift:1", violations=violations)


CASES: list[tuple[Reason | None, str, str]] = [
    (FitsNowhere(shift_id=None, violations=()), "没有班次", "No shift runs"),
    (alone(broken(ViolationKind.LOAD, 2200, "weight_kg")), "还差 2,200 公斤", "lacks 2,200 kg"),
    (alone(broken(ViolationKind.LOAD, 90, "volume_l")), "还差 90 升", "lacks 90 litres"),
    (alone(broken(ViolationKind.WINDOW, 61, "s")), "也要晚到 2 分钟", "2 min late"),
    (alone(broken(ViolationKind.SHIFT_END, 4200, "s")), "超时 1 小时 10 分", "1 h 10 min after the end"),
    (alone(broken(ViolationKind.PASS_MISSING, 1, "pass")), "要通行证（绿色通道）", "asks for a pass (绿色通道)"),
    (alone(broken(ViolationKind.PASS_EXPIRED, 600, "s")), "10 分钟就到期", "runs out 10 min before"),
    (
        alone(broken(ViolationKind.WINDOW, 60, "s"), broken(ViolationKind.SHIFT_END, 120, "s")),
        "会晚到 1 分钟；收车会超时 2 分钟",
        "a stop of it would be 1 min late; it would be back 2 min after",
    ),
    (
        NoRoom(fits_alone_on="shift:1", shift_id="shift:1", violations=(broken(ViolationKind.LOAD, 60, "weight_kg"),)),
        "各条路线都排满了。最接近的是鄂C0001：装载量还差 60 公斤",
        "every route is full. 鄂C0001 comes closest: it lacks room for 60 kg",
    ),
    (
        PriceTooLow(shift_id="shift:1", insertion_cost=31_200, left_out_price=30_000),
        "多花 ¥312，而留到下一轮只计 ¥300",
        "cost ¥312 more, leaving it for the next round is reckoned at ¥300",
    ),
    (
        RoomLeft(shift_id="shift:1", position=0, insertion_cost=2_000),
        "鄂C0001还带得下（约多花 ¥20）",
        "鄂C0001 still has room for it (about ¥20)",
    ),
    (alone(broken(ViolationKind.DURATION, 1800, "s")), "出车时长也要超出上限 30 分钟", "out 30 min longer than it may"),
    (alone(broken(ViolationKind.DISTANCE, 1250, "m")), "里程也要超出上限 1.3 公里", "drive 1.3 km more than it may"),
    (alone(broken(ViolationKind.BREAK, 600, "s")), "休息会晚 10 分钟", "would begin 10 min late"),
    (alone(broken(ViolationKind.NO_WAY, 2, "leg")), "没有能走的路", "No open road leads there"),
    (alone(broken(ViolationKind.SKILL_MISSING, 1, "skill")), "请给鄂C0001填上这项技能", "Enter the skill with 鄂C0001"),
    (alone(broken(ViolationKind.PIN, 1, "stop")), "请取消指定", "Untie it"),
    (alone(broken(ViolationKind.GOODS, 1, "pair")), "请按物资种类拆单", "Split the order by kinds"),
    (alone(broken(ViolationKind.STOPS, 1, "stop")), "停靠点数都到上限", "as many stops as it may have"),
    (None, "原因还没有查明", "has not been looked into"),
]


@pytest.mark.parametrize(("reason", "chinese", "english"), CASES)
def test_every_reason_says_what_is_in_the_way_and_by_how_much(
    app_context: Flask, reason: Reason | None, chinese: str, english: str
) -> None:
    for language, expected in (("zh_Hans_CN", chinese), ("en", english)):
        with force_locale(language):
            assert expected in why(reason, passes=("绿色通道",), shift_name=lambda _: "鄂C0001")


def test_every_reason_has_a_short_name_of_its_own(app_context: Flask) -> None:
    singles = {
        reason.code if reason else "": cause(reason)
        for reason, _, _ in CASES
        if getattr(reason, "code", "") != "window"
    }
    assert len(set(singles.values())) == len(singles)


def test_each_rule_has_words_of_its_own_for_the_place_that_comes_closest(app_context: Flask) -> None:
    units = {"load": "weight_kg", "distance": "m", "window": "s", "shift_end": "s", "break": "s", "duration": "s"}
    of_plans = {"left_out", "unknown_stop", "unknown_place", "unknown_shift", "duplicated_stop", "duplicated_shift"}
    said = {}
    for kind in set(ViolationKind) - of_plans - {ViolationKind.UNACCOUNTED_STOP}:
        lacking = broken(ViolationKind(kind), 3600, units.get(kind, "s"))
        reason = NoRoom(fits_alone_on="shift:1", shift_id="shift:1", violations=(lacking,))
        said[kind] = why(reason, passes=("绿色通道",), shift_name=lambda _: "鄂C0001")
    assert len(set(said.values())) == len(said)
    assert not any("a rule would be broken" in sentence or "会违反规则" in sentence for sentence in said.values())


@pytest.fixture
def app_context(app: Flask) -> object:
    with app.test_request_context():
        yield app
