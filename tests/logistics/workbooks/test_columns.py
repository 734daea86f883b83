"""What people write into cells, and what is said when it cannot be."""

import ast
import datetime as dt
import re
import time
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from logistics.workbooks import columns
from logistics.workbooks.columns import (
    DAY_S,
    Choice,
    ClockWindow,
    ClockWindows,
    Code,
    Column,
    Day,
    Latitude,
    Longitude,
    Phone,
    PositiveDecimal,
    Text,
    WholeNumber,
)
from logistics.workbooks.errors import Finding

COUNT = WholeNumber("数量")
PIECES = WholeNumber("数量", minimum=1)
WEIGHT = PositiveDecimal("重量")
DAY = Day("日期")
PHONE = Phone("电话")
LAT = Latitude("纬度")
LON = Longitude("经度")
CODE = Code("编码")
NAME = Text("名称", max_length=10)
SCENE = Choice("交接方式", choices={"door": ("到户", "door"), "point": ("约时约地", "agreed point")})
WINDOWS = ClockWindows("时间")


def finding(column: Column, cell: object) -> Finding:
    with pytest.raises(ValidationError) as caught:
        column.deserialize(cell)
    (found,) = cast("list[Finding]", caught.value.messages)
    assert str(found.message)
    assert str(found.remedy)
    return found


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (12, 12),
        (12.0, 12),
        ("12", 12),
        (" 12 ", 12),
        ("１２", 12),
        ("1,200", 1200),
        ("12.00", 12),
        ("+5", 5),
        (0, 0),
        (10**9, 10**9),
    ],
)
def test_whole_numbers_as_people_write_them(cell, number):
    read = COUNT.deserialize(cell)
    assert read == number
    assert isinstance(read, int)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1_000", "not_a_number"),
        ("NaN", "not_a_number"),
        ("inf", "not_a_number"),
        (float("nan"), "not_a_number"),
        (float("inf"), "not_a_number"),
        ("1e3", "not_a_number"),
        ("0x10", "not_a_number"),
        ("十二", "not_a_number"),
        ("٣", "not_a_number"),
        ("约100", "not_a_number"),
        ("1,20", "not_a_number"),
        ("5" + " " * 300 + "6", "not_a_number"),
        (True, "not_a_number"),
        (dt.date(2026, 11, 21), "not_a_number"),
        (2.5, "fraction"),
        ("0.5", "fraction"),
        (-1, "negative"),
        ("-3", "negative"),
        ("－3", "negative"),
        ("12 箱", "unit_in_number"),
        ("12箱", "unit_in_number"),
        (10**12, "out_of_range"),
    ],
)
def test_what_is_not_a_whole_number_is_refused_with_a_remedy(cell, code):
    assert finding(COUNT, cell).code == code


def test_no_pieces_at_all_are_refused_where_something_must_be_counted():
    assert finding(PIECES, 0).code == "not_positive"
    assert finding(PIECES, -2).code == "negative"


def test_a_unit_beside_the_number_is_told_where_it_belongs():
    found = finding(COUNT, "12 箱")
    assert found.values["number"] == "12"
    assert "箱" in str(found.remedy)


@given(st.integers(0, 10**9))
def test_every_count_reads_back_however_it_was_stored(number):
    assert COUNT.deserialize(number) == COUNT.deserialize(float(number)) == COUNT.deserialize(f"{number:,}") == number


@pytest.mark.parametrize(
    ("cell", "number"),
    [(2.5, "2.5"), ("2.5", "2.5"), (3, "3"), (0.1 + 0.2, "0.3"), ("２．５", "2.5"), (1e6, "1000000")],
)
def test_amounts_are_exact_decimals(cell, number):
    assert WEIGHT.deserialize(cell) == Decimal(number)


@pytest.mark.parametrize(
    ("cell", "code"),
    [(0, "not_positive"), (-2.5, "not_positive"), ("2.5公斤", "unit_in_number"), ("2.5555", "too_fine")],
)
def test_amounts_that_cannot_be_are_refused(cell, code):
    assert finding(WEIGHT, cell).code == code


@pytest.mark.parametrize(
    "cell",
    [
        dt.date(2026, 11, 21),
        dt.datetime(2026, 11, 21, 8, 30),  # noqa: DTZ001
        46347,
        20261121,
        "20261121",
        "2026-11-21",
        "2026/11/21",
        "2026.11.21",
        "2026年11月21日",
        "２０２６－１１－２１",
        " 2026-11-21 00:00:00 ",
    ],
)
def test_days_as_people_write_them(cell):
    assert DAY.deserialize(cell) == dt.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2026-02-30", "no_such_day"),
        ("2026年13月1日", "no_such_day"),
        ("20261321", "no_such_day"),
        ("03/04/2026", "ambiguous_day"),
        ("25/12/2026", "ambiguous_day"),
        ("26-11-21", "ambiguous_day"),
        ("2026-11", "day_missing"),
        ("2026年11月", "day_missing"),
        ("1026-11-21", "day_out_of_range"),
        (dt.date(1900, 1, 1), "day_out_of_range"),
        ("明天", "not_a_day"),
        (12, "not_a_day"),
        (0.5, "not_a_day"),
        (True, "not_a_day"),
        (dt.time(8, 30), "not_a_day"),
    ],
)
def test_days_that_cannot_be_are_refused(cell, code):
    assert finding(DAY, cell).code == code


def test_an_ambiguous_day_is_told_in_both_readings():
    assert "2026-03-04 / 2026-04-03" in str(finding(DAY, "03/04/2026").remedy)
    assert "2026-12-25" in str(finding(DAY, "25/12/2026").remedy)


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        (13800000000, "13800000000"),
        (13800000000.0, "13800000000"),
        ("138 0000 0000", "13800000000"),
        ("138-0000-0000", "13800000000"),
        ("+86 13800000000", "13800000000"),
        ("１３８００００００００", "13800000000"),
        ("07197221234", "0719-7221234"),
        ("0719-7221234", "0719-7221234"),
        ("(010) 62345678 转 8001", "010-62345678-8001"),
        ("400-800-1234", "400-8001234"),
        (110, "110"),
        ("12345", "12345"),
    ],
)
def test_telephone_numbers_as_people_write_them(cell, phone):
    assert PHONE.deserialize(cell) == phone


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1380000000", "not_a_phone"),
        ("12800000000", "not_a_phone"),
        ("1.38E+10", "digits_lost"),
        ("13800000000/13900000000", "several_phones"),
        ("13800000000、13900000000", "several_phones"),
        ("王经理", "not_a_phone"),
        (True, "not_a_phone"),
    ],
)
def test_what_is_not_a_telephone_number_is_refused(cell, code):
    assert finding(PHONE, cell).code == code


def test_a_zero_that_excel_dropped_is_named():
    assert "07197221234" in str(finding(PHONE, 7197221234).remedy)


def test_coordinates_are_decimal_degrees_in_china():
    assert LAT.deserialize("32.83") == LAT.deserialize(32.83) == 32.83
    assert LON.deserialize("１１０．８１") == 110.81


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (110.81, "outside"),
        (0, "outside"),
        (-32.8, "outside"),
        ("32°49′48″", "not_degrees"),
        ("北纬32度49分48秒", "not_degrees"),
        ("32.83N", "not_degrees"),
        ("NaN", "not_degrees"),
        (float("nan"), "outside"),
        ("32.83,110.81", "two_coordinates"),
        (True, "not_degrees"),
    ],
)
def test_coordinates_that_cannot_be_are_refused(cell, code):
    assert finding(LAT, cell).code == code


@pytest.mark.parametrize("cell", ["32°49′48″", "32度49分48秒", "北纬32°49'48\"", "32º49.8'"])
def test_degrees_and_minutes_are_converted_in_the_remedy(cell):
    assert "32.830000" in str(finding(LAT, cell).remedy)


@pytest.mark.parametrize(
    ("cell", "code"),
    [("YY-001", "YY-001"), (1001, "1001"), ("４２０３０１", "420301"), ("郧阳-01/2", "郧阳-01/2"), ("007", "007")],
)
def test_codes_keep_what_was_written(cell, code):
    assert CODE.deserialize(cell) == code


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (420321199001011234, "digits_lost"),
        ("4.20321E+17", "digits_lost"),
        ("YY 001", "not_a_code"),
        (1.5, "not_a_code"),
        ("x" * 41, "not_a_code"),
    ],
)
def test_codes_that_lost_digits_or_hold_more_are_refused(cell, code):
    assert finding(CODE, cell).code == code


def test_text_is_one_clean_line():
    assert NAME.deserialize(" 王记\u3000\r\n烟酒\u200b店\ufeff ") == "王记 烟酒店"
    assert NAME.deserialize(2026) == "2026"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("a\x00b", "control_character"),
        ("a\x07", "control_character"),
        ("\u202eabc", "control_character"),
        ("字" * 11, "too_long"),
        ("\u200b", "blank"),
    ],
)
def test_text_that_hides_something_or_is_too_long_is_refused(cell, code):
    assert finding(NAME, cell).code == code


@pytest.mark.parametrize(
    ("cell", "value"), [("到户", "door"), (" Door ", "door"), ("AGREED POINT", "point"), ("约时 约地", "point")]
)
def test_choices_know_chinese_and_english_words(cell, value):
    assert SCENE.deserialize(cell) == value


def test_an_unknown_word_is_answered_with_the_nearest_one():
    found = finding(SCENE, "约时约点")
    assert found.code == "unknown_word"
    assert "约时约地" in str(found.remedy)
    assert "到户" in str(finding(SCENE, "随便").remedy)


@pytest.mark.parametrize(
    "cell",
    [
        "08:30-11:30;14:00-17:00",
        "8:30～11:30；14:00~17:00",
        "14:00-17:00，08:30-11:30",
        "8点半到11点半、14时至17时",
        "８：３０—１１：３０\n14-17",
    ],
)
def test_windows_as_people_write_them(cell):
    morning, afternoon = WINDOWS.deserialize(cell)
    assert morning == ClockWindow(opens_s=8 * 3600 + 1800, closes_s=11 * 3600 + 1800)
    assert afternoon == ClockWindow(opens_s=14 * 3600, closes_s=17 * 3600)


def test_a_whole_day_is_a_window_too():
    assert WINDOWS.deserialize("全天") == WINDOWS.deserialize("all day") == WINDOWS.deserialize("00:00-24:00")
    assert WINDOWS.deserialize("全天")[0].closes_s == DAY_S


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("11:30-08:30", "window_backwards"),
        ("08:00-12:00;11:00-13:00", "windows_overlap"),
        ("25:00-26:00", "not_windows"),
        ("08:70-09:00", "not_windows"),
        ("上午", "not_windows"),
        (dt.time(8, 30), "not_windows"),
        (0.5, "not_windows"),
    ],
)
def test_windows_that_cannot_be_are_refused(cell, code):
    assert finding(WINDOWS, cell).code == code


@given(
    column=st.sampled_from([COUNT, WEIGHT, DAY, PHONE, LAT, LON, CODE, NAME, SCENE, WINDOWS]),
    cell=st.one_of(
        st.text(max_size=60),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.dates(),
        st.datetimes(),
        st.times(),
        st.timedeltas(),
    ),
)
def test_any_cell_gives_a_value_or_a_finding(column, cell):
    try:
        column.deserialize(cell)
    except ValidationError as error:
        told = [(found.code, str(found.message), str(found.remedy)) for found in cast("list[Finding]", error.messages)]
    else:
        told = [("read", "", "")]
    assert len(told) == 1


def patterns() -> list[str]:
    """Every pattern compiled anywhere in the package, as it stands in the source."""
    package = Path(columns.__file__).parents[1]
    calls = (node for path in package.rglob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    found = [
        node.args[0].value
        for node in calls
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "compile"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ]
    assert len(found) > 15
    return found


@pytest.mark.parametrize("unit", ["1", "1,", "a", " ", "(", "1 ", "1/", "-", "<c ", "<c t=", "1.", "1° ", "'"])
def test_no_pattern_is_slow_on_hostile_text(unit):
    """50,000 characters; the bound is far above what a linear pattern takes and far below what a quadratic one does."""
    text = unit * (50_000 // len(unit)) + "!"
    for pattern in patterns():
        subject = text if isinstance(pattern, str) else text.encode()
        started = time.process_time()
        compiled = re.compile(pattern)
        compiled.fullmatch(subject)
        compiled.search(subject)
        assert time.process_time() - started < 0.5, pattern
