"""What is written opens in other programs, computes nothing, and reads back as the same values."""

import datetime as dt
import io
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logistics.workbooks.checking import check
from logistics.workbooks.errors import EmptyWorkbook
from logistics.workbooks.reading import read_sheet
from logistics.workbooks.sheet import Cell, digest
from logistics.workbooks.writing import TableColumn, error_workbook, table_csv, table_workbook, template_workbook
from tests.logistics.workbooks.files import HEADER, CustomerSheet, sheet_of, xls, xlsx

ROW = ("YY-001", "王记烟酒店", 20)
TITLES = CustomerSheet.all_titles()
HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "'=1",
    "''=1",
    "'a",
    '=cmd|" /C calc"!A0',
    "https://a.cn",
    "_x0041_",
    "007",
]


def opened(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_looks_like_a_formula_stays_text_in_a_workbook(text):
    content = table_workbook("导出", ["甲", "乙"], [(text, 1)])
    cell = opened(content).active["A2"]
    assert cell.data_type == "s"
    assert cell.hyperlink is None
    assert read_sheet(content, "a.xlsx").rows[0].cells[0] == text


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_looks_like_a_formula_is_guarded_in_csv_and_reads_back(text):
    content = table_csv(["甲", "乙"], [(text, 1)])
    field = content.decode("utf-8-sig").split("\r\n", 1)[1].lstrip('"')
    assert not field.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert read_sheet(content, "a.csv").rows[0].cells == (text, "1")


def test_negative_numbers_stay_numbers():
    content = table_workbook("导出", ["甲", "乙"], [("a", -5), ("b", Decimal("-2.5"))])
    assert [row.cells[1] for row in read_sheet(content, "a.xlsx").rows] == [-5, -2.5]
    assert table_csv(["甲", "乙"], [("a", -5)]).decode("utf-8-sig").endswith("a,-5\r\n")


def test_days_are_days_and_moments_stand_in_the_zone_asked_for():
    moment = dt.datetime(2026, 11, 21, 0, 30, tzinfo=dt.UTC)
    row = (dt.date(2026, 11, 21), moment, dt.time(8, 30))
    content = table_workbook("导出", ["日", "时刻", "钟点"], [row], zone=ZoneInfo("Asia/Shanghai"))
    assert read_sheet(content, "a.xlsx").rows[0].cells == (row[0], dt.datetime(2026, 11, 21, 8, 30), row[2])  # noqa: DTZ001
    assert opened(content).active["A2"].is_date
    with pytest.raises(ValueError, match="zone"):
        table_workbook("导出", ["时刻"], [(moment,)])


def test_long_numbers_are_kept_to_the_last_digit():
    row = (420321199001011234, Decimal("12345678901234567.25"), 13800000000)
    content = table_workbook("导出", ["证号", "数", "电话"], [row])
    assert read_sheet(content, "a.xlsx").rows[0].cells == ("420321199001011234", "12345678901234567.25", 13800000000)


def test_an_export_has_a_frozen_filterable_head_and_columns_wide_enough_for_hanzi():
    content = table_workbook(
        "库存[2026/11]", ["物资名称", TableColumn(title="数量", width=11)], [("一次性医用外科口罩", 5)]
    )
    page = opened(content).active
    assert page.title == "库存 2026 11"
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == "A1:B2"
    assert page.column_dimensions["A"].width >= 18
    assert 11 <= page.column_dimensions["B"].width < 12


def test_values_no_cell_can_hold_are_blank_or_shortened_and_never_break_the_export():
    content = table_workbook("", ["甲", "乙", "丙"], [(float("nan"), "长" * 40_000, "\ud800x")])
    first, long, broken = read_sheet(content, "a.xlsx").rows[0].cells
    assert first is None
    assert len(str(long)) == 32_767
    assert broken == "?x"


# Characters XML can hold; Excel writes others as _xHHHH_, which is the reader's text then.
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co")), min_size=1, max_size=30)
CELLS = st.one_of(
    WORDS.filter(lambda text: text.strip() and not text.startswith("_x")),
    st.integers(-(10**14), 10**14),
    st.decimals(-(10**6), 10**6, places=3, allow_nan=False).map(float),
    st.booleans(),
    st.dates(dt.date(1901, 1, 1), dt.date(2099, 12, 31)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6))
def test_what_is_exported_reads_back_as_the_same_values(rows):
    content = table_workbook("导出", ["甲", "乙", "丙"], rows)
    assert [row.cells for row in read_sheet(content, "a.xlsx", titles=("甲", "乙", "丙")).rows] == rows


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(WORDS, st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)),
        min_size=1,
        max_size=6,
    )
)
def test_what_is_exported_as_csv_reads_back_as_the_same_text(rows):
    rows = [("x" + first, second) for first, second in rows]
    content = table_csv(["甲", "乙"], rows)
    assert [row.cells for row in read_sheet(content, "a.csv", titles=("甲", "乙")).rows] == [
        (first, second or None) for first, second in rows
    ]


def test_the_file_handed_back_has_the_old_rows_and_tells_what_is_wrong():
    content = xlsx(("11月客户",), (), HEADER, ROW, (), ("YY 2", "-商店", 2.5), ("YY-3", "李记", 3))
    sheet = read_sheet(content, "客户.xlsx", titles=TITLES)
    errors = check(sheet, CustomerSheet).errors
    page = opened(error_workbook(sheet, errors)).active
    assert page["A3"].value == "Errors"
    assert [page.cell(3, column).value for column in (2, 3, 4)] == list(HEADER)
    assert [page.cell(6, column).value for column in (2, 3, 4)] == ["YY 2", "-商店", 2.5]
    assert "客户编码" in page["A6"].value
    assert "2.5" in page["A6"].value
    assert page["A4"].value is None
    assert page["B6"].fill.start_color.rgb == page["D6"].fill.start_color.rgb == "FFFFC7CE"
    assert page["C6"].fill.fill_type is None
    assert "2.5" in page["D6"].comment.text
    assert page["B1"].value == "11月客户"
    assert page.auto_filter.ref == "A3:D7"


def test_the_file_handed_back_is_the_same_table_when_uploaded_again():
    content = xlsx(("11月客户",), (), HEADER, ROW, (), ("YY 2", "-商店", 2.5), ("YY-3", "李记", 3))
    sheet = read_sheet(content, "客户.xlsx", titles=TITLES)
    errors = check(sheet, CustomerSheet).errors
    again = read_sheet(error_workbook(sheet, errors), "客户-错误.xlsx", titles=TITLES)
    assert again.header == sheet.header
    assert again.rows == sheet.rows
    assert digest(again) == digest(sheet)
    assert [(e.row, e.code) for e in check(again, CustomerSheet).errors] == [(e.row, e.code) for e in errors]


def test_what_is_wrong_with_the_header_is_told_in_the_file_too():
    sheet = read_sheet(xlsx(("客户编码", "名称", "客户名称"), ("1", "a", "b")), "a.xlsx", titles=TITLES)
    content = error_workbook(sheet, check(sheet, CustomerSheet).errors)
    page = opened(content).active
    assert "数量" in page["A1"].value
    assert page["D1"].comment is not None
    assert read_sheet(content, "a.xlsx", titles=TITLES).header == sheet.header


def test_corrected_and_uploaded_again_the_file_is_taken():
    sheet = read_sheet(xlsx(HEADER, ("YY-1", "甲店", 2.5)), "a.xlsx", titles=TITLES)
    book = opened(error_workbook(sheet, check(sheet, CustomerSheet).errors))
    book.active["D2"] = 3
    target = io.BytesIO()
    book.save(target)
    checked = check(read_sheet(target.getvalue(), "a.xlsx", titles=TITLES), CustomerSheet)
    assert checked.errors == ()
    assert checked.rows[0].values["quantity"] == 3


def test_the_template_is_understood_and_its_example_skipped():
    book = opened(template_workbook(CustomerSheet, "客户导入"))
    page = book["客户导入"]
    assert page["A1"].value == "客户编码*"
    assert page["A2"].value == "例:YY-001"
    assert page.freeze_panes == "A2"
    assert any(rule.type == "list" for rule in page.data_validations.dataValidation)
    page.append(["YY-1", "甲店", "13800000000", 32.83, 110.81, 5, None, None, "到户", None])
    target = io.BytesIO()
    book.save(target)
    checked = check(read_sheet(target.getvalue(), "客户.xlsx", titles=TITLES), CustomerSheet)
    assert checked.errors == ()
    assert [row.number for row in checked.rows] == [3]


def test_every_example_of_the_template_passes_its_own_check():
    examples = {name: column.example for name, column in CustomerSheet.columns().items()}
    assert CustomerSheet().load(examples)["quantity"] == 20


def test_an_empty_template_is_told_to_have_no_rows():
    with pytest.raises(EmptyWorkbook, match="nothing below it"):
        read_sheet(template_workbook(CustomerSheet, "客户导入"), "客户.xlsx", titles=TITLES)


def test_the_digest_knows_the_same_table_however_it_was_saved():
    same = {
        digest(read_sheet(content, filename, titles=TITLES))
        for content, filename in (
            (xlsx(HEADER, ROW, ("YY-2", "b", 2.5)), "a.xlsx"),
            (xls(HEADER, ROW, ("YY-2", "b", 2.5)), "b.xls"),
            (xlsx(("标题",), HEADER, (), ("YY-2", " b ", 2.5), ROW), "c.xlsx"),
            (xlsx(("数量", "客户编码", "客户名称*"), (20, "YY-001", "王记烟酒店"), (2.5, "YY-2", "b")), "d.xlsx"),
            ("客户编码,客户名称,数量\r\nYY-001,王记烟酒店,20\r\nYY-2,b,2.50\r\n".encode("gbk"), "e.csv"),
        )
    }
    assert len(same) == 1


def test_the_digest_changes_with_a_value_a_row_or_a_doubled_row():
    tables: list[list[tuple[Cell, ...]]] = [
        [ROW],
        [("YY-001", "王记烟酒店", 21)],
        [ROW, ROW],
        [ROW, ("YY-2", "b", 1)],
        [("YY-001", "王记烟酒店20", None)],
    ]
    assert len({digest(sheet_of(HEADER, *table)) for table in tables}) == len(tables)
