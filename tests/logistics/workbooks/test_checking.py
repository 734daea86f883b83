"""All errors of a sheet at once, each with its row, its title and a remedy."""

import pytest
from flask import Flask
from flask_babel import Babel, force_locale
from marshmallow import ValidationError, validates_schema
from marshmallow.validate import Range

from logistics.workbooks import checking
from logistics.workbooks.checking import check
from logistics.workbooks.columns import Day, Text, WholeNumber, refused
from logistics.workbooks.errors import RowErrors
from logistics.workbooks.schema import SheetSchema
from tests.logistics.workbooks.files import HEADER, CustomerSheet, sheet_of

ROW = ("YY-001", "王记烟酒店", 20)


def codes(checked: checking.Checked) -> list[tuple[int, str, str]]:
    return [(error.row, error.column, error.code) for error in checked.errors]


def test_good_rows_come_with_their_number_and_their_defaults():
    checked = check(sheet_of(HEADER, ROW), CustomerSheet)
    (row,) = checked.rows
    assert row.number == 2
    assert row.values["quantity"] == 20
    assert row.values["scene"] == "door"
    assert row.values["windows"] == ()
    checked.raise_errors()


def test_all_errors_of_all_rows_are_told_at_once():
    checked = check(
        sheet_of(
            (*HEADER, "送货日期"), ("YY 1", None, 2.5, "2026-02-30"), (*ROW, None), ("YY-3", "李记", -1, "03/04/2026")
        ),
        CustomerSheet,
    )
    assert codes(checked) == [
        (2, "客户编码", "not_a_code"),
        (2, "客户名称", "blank"),
        (2, "数量", "fraction"),
        (2, "送货日期", "no_such_day"),
        (4, "数量", "negative"),
        (4, "送货日期", "ambiguous_day"),
    ]
    assert [row.number for row in checked.rows] == [3]
    with pytest.raises(RowErrors) as caught:
        checked.raise_errors()
    assert caught.value.errors == checked.errors
    assert caught.value.sheet.rows[0].number == 2


def test_every_sentence_names_row_field_value_and_remedy():
    (error,) = check(sheet_of(HEADER, ("YY-001", "王记", 2.5)), CustomerSheet).errors
    assert str(error) == (
        "Row 2, “数量”: “2.5” is not a whole number. "
        "Write whole pieces, or use a smaller unit (for half a box, the number of pieces)."
    )


def test_sentences_take_the_language_of_the_one_who_reads_them(tmp_path):
    app = Flask(__name__)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(tmp_path)
    Babel(app, default_locale="zh_Hans")
    (error,) = check(sheet_of(HEADER, ("YY-001", "王记", 2.5)), CustomerSheet).errors
    outside = str(error)
    with app.test_request_context(), force_locale("en"):
        assert str(error) == outside


def test_columns_may_stand_in_any_order_and_be_spelt_as_people_do():
    header = ("数 量（箱）", "CODE ", "客户名称*", "序号", "联系电话：")
    checked = check(sheet_of(header, (20, "YY-001", "王记", 1, 13800000000)), CustomerSheet)
    assert checked.errors == ()
    assert checked.rows[0].values["phone"] == "13800000000"
    assert checked.unread == ()


def test_missing_unknown_and_doubled_columns_are_told_together():
    checked = check(
        sheet_of(("客户编号", "名称", "客户名称", "送货日", "天气"), ("1", "a", "a", "x", "晴")), CustomerSheet
    )
    assert codes(checked) == [
        (1, "客户编码", "missing_column"),
        (1, "数量", "missing_column"),
        (1, "送货日", "unknown_column"),
        (1, "客户名称", "doubled_column"),
    ]
    assert "客户编号" in str(checked.errors[0])
    assert "送货日期" in str(checked.errors[2])
    assert checked.unread == ("天气",)
    assert checked.rows == ()


def test_one_wrong_character_in_a_short_title_does_not_lose_the_column():
    checked = check(sheet_of((*HEADER, "重亮"), (*ROW, 2.5)), CustomerSheet)
    assert codes(checked) == [(1, "重亮", "unknown_column")]


def test_a_missing_column_is_not_told_again_in_every_row():
    checked = check(sheet_of(("客户编码", "客户名称"), *[("1", "a")] * 10), CustomerSheet)
    assert codes(checked) == [(1, "数量", "missing_column")]


def test_a_value_under_no_title_is_not_passed_over():
    checked = check(sheet_of((*HEADER, "", ""), (*ROW, None, None), (*ROW, None, "急")), CustomerSheet)
    assert codes(checked) == [(3, "", "untitled_value")]


def test_two_columns_under_each_others_title_are_recognised():
    rows = [(f"YY-{n}", n, f"客户{n}") for n in range(1, 6)]
    checked = check(sheet_of(HEADER, *rows), CustomerSheet)
    assert checked.errors[0].code == "swapped_columns"
    assert "数量" in str(checked.errors[0])
    assert "客户名称" in str(checked.errors[0])


def test_swapped_coordinates_are_one_error_with_the_right_values():
    checked = check(sheet_of((*HEADER, "纬度", "经度"), (*ROW, 110.81, 32.83)), CustomerSheet)
    assert codes(checked) == [(2, "纬度", "coordinates_swapped")]
    assert checked.errors[0].values == {"latitude": 32.83, "longitude": 110.81}


def test_coordinates_outside_china_are_not_called_swapped():
    checked = check(sheet_of((*HEADER, "纬度", "经度"), (*ROW, 48.85, 2.35), (*ROW, 0, 0)), CustomerSheet)
    assert codes(checked) == [(2, "经度", "outside"), (3, "纬度", "outside"), (3, "经度", "outside")]


class StaySheet(SheetSchema):
    name = Text("名称", required=True)
    first = Day("开始", required=True)
    last = Day("结束", required=True)
    guests = WholeNumber("人数", load_default=1, validate=Range(max=99))

    @validates_schema
    def check_order(self, data, **_rest):
        if data["last"] < data["first"]:
            raise refused("backwards", "ends before it begins.", "Exchange the days.", columns=("last",))


def test_a_rule_over_a_whole_row_points_at_the_column_it_names():
    checked = check(sheet_of(("名称", "开始", "结束"), ("a", "2026-11-21", "2026-11-20")), StaySheet)
    assert codes(checked) == [(2, "结束", "backwards")]


def test_a_validator_of_marshmallow_says_its_sentence_too():
    checked = check(sheet_of(("名称", "开始", "结束", "人数"), ("a", "2026-11-21", "2026-11-21", 500)), StaySheet)
    assert codes(checked) == [(2, "人数", "invalid")]


def test_an_importer_adds_what_only_it_can_know():
    checked = check(sheet_of(HEADER, ROW, ("YY-2", "b", 0)), CustomerSheet)
    unknown = checked.error(
        checked.rows[0], "code", "unknown_customer", "no such customer.", "Add it first.", value="YY-001"
    )
    with pytest.raises(RowErrors) as caught:
        checked.raise_errors(unknown)
    assert [(error.row, error.column, error.code) for error in caught.value.errors] == [
        (2, "客户编码", "unknown_customer"),
        (3, "数量", "not_positive"),
    ]
    assert "no such customer" in str(caught.value)


def test_endless_errors_are_cut_off_with_a_word(monkeypatch):
    monkeypatch.setattr(checking, "MOST_ERRORS", 10)
    checked = check(sheet_of(HEADER, *[("YY-1", "a", -1)] * 50), CustomerSheet)
    assert checked.errors[-1].code == "too_many_errors"
    assert len(checked.errors) == 12


def test_the_schema_says_its_titles():
    assert CustomerSheet.all_titles()[:3] == ("客户编码", "编码", "code")
    assert next(iter(CustomerSheet.columns())) == "code"
    with pytest.raises(ValueError, match="title"):
        Text()
    with pytest.raises(ValidationError):
        StaySheet().load({})
