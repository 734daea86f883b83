"""Whatever program wrote the table, the same rows; whatever the bytes are, a `WorkbookError` and nothing else."""

import datetime as dt
import io

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logistics.workbooks import reading
from logistics.workbooks.errors import (
    DamagedWorkbook,
    EmptyWorkbook,
    ForeignFile,
    ProtectedWorkbook,
    TooLargeWorkbook,
    WorkbookError,
)
from logistics.workbooks.reading import read_sheet
from logistics.workbooks.sheet import Sheet, SheetRow
from tests.logistics.workbooks.files import (
    HEADER,
    SHEET_END,
    SHEET_START,
    CustomerSheet,
    text_cell,
    with_sheet_xml,
    written_by_xlsxwriter,
    xls,
    xlsx,
)

TITLES = CustomerSheet.all_titles()
ROW = ("YY-001", "王记烟酒店", 20)
TEXT = "客户编码,客户名称,数量\r\nYY-001,王记烟酒店,20\r\n"


def refusal(content: bytes, filename: str = "客户.xlsx") -> WorkbookError:
    with pytest.raises(WorkbookError) as caught:
        read_sheet(content, filename, titles=TITLES)
    return caught.value


def cells(sheet: Sheet) -> list[tuple[object, ...]]:
    return [row.cells for row in sheet.rows]


@pytest.mark.parametrize("write", [xlsx, written_by_xlsxwriter, xls])
def test_workbooks_of_every_program_give_the_same_rows(write):
    sheet = read_sheet(write(HEADER, ROW), "客户.xlsx", titles=TITLES)
    assert sheet.header == HEADER
    assert sheet.rows == (SheetRow(number=2, cells=ROW),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_in_every_encoding_and_with_every_delimiter_gives_the_same_rows(encoding, delimiter):
    content = TEXT.replace(",", delimiter).encode(encoding)
    sheet = read_sheet(content, "客户.csv", titles=TITLES)
    assert sheet.header == HEADER
    assert cells(sheet) == [("YY-001", "王记烟酒店", "20")]


def test_the_kind_is_taken_from_the_content_and_not_from_the_name():
    assert cells(read_sheet(xlsx(HEADER, ROW), "客户.csv")) == [ROW]
    assert cells(read_sheet(xls(HEADER, ROW), "客户.xlsx")) == [ROW]
    assert cells(read_sheet(TEXT.encode("gbk"), "客户.xls")) == [("YY-001", "王记烟酒店", "20")]


def test_short_gbk_that_happens_to_be_valid_utf8_is_read_as_chinese():
    content = "code,name\r\n1,茅台\r\n".encode("gbk")
    assert "茅台" not in content.decode("utf-8")  # it decodes, into rubbish
    assert cells(read_sheet(content, "a.csv")) == [("1", "茅台")]


def test_latin_letters_in_utf8_stay_latin():
    assert cells(read_sheet("code,name\r\n1,café\r\n".encode(), "a.csv")) == [("1", "café")]


def test_broken_utf8_is_refused_and_not_read_as_gbk_rubbish():
    whole = ("客户编码,客户名称\r\n" + "YY-001,王记烟酒店\r\n" * 20).encode()
    broken = whole[:-4] + b"\r\n"
    assert broken.decode("gb18030", "ignore")
    error = refusal(broken, "客户.csv")
    assert isinstance(error, DamagedWorkbook)
    assert error.code == "encoding"
    assert error.values["line"] == 21


def test_row_numbers_are_those_a_person_sees_in_excel():
    book = xlsx(("2026年11月客户登记表",), (), HEADER, (), ROW, (" ", "\u3000"), ROW)
    sheet = read_sheet(book, "客户.xlsx", titles=TITLES)
    assert sheet.header_number == 3
    assert [row.number for row in sheet.rows] == [5, 7]
    assert [row.cells[0] for row in sheet.preamble] == ["2026年11月客户登记表"]


def test_row_numbers_of_text_count_records_and_not_lines():
    content = '客户编码,客户名称,数量\r\n1,"两\r\n行",2\r\n\r\n2,b,3\r\n'.encode()
    sheet = read_sheet(content, "客户.csv", titles=TITLES)
    assert [(row.number, row.cells[1]) for row in sheet.rows] == [(2, "两\r\n行"), (4, "b")]


def test_the_sheet_whose_header_is_known_is_taken_wherever_it_stands():
    book = xlsx(sheets={"说明": [("请先读", "这一页"), ("甲", "乙")], "数据": [HEADER, ROW]})
    assert read_sheet(book, "客户.xlsx", titles=TITLES).title == "数据"
    assert read_sheet(book, "客户.xlsx").title == "说明"


def test_a_hidden_sheet_is_taken_only_when_no_other_fits():
    book = openpyxl.load_workbook(io.BytesIO(xlsx(sheets={"旧": [HEADER, ("旧", "旧", 1)], "新": [HEADER, ROW]})))
    book["旧"].sheet_state = "hidden"
    target = io.BytesIO()
    book.save(target)
    assert cells(read_sheet(target.getvalue(), "客户.xlsx", titles=TITLES)) == [ROW]


def test_a_table_that_does_not_begin_in_the_first_column_is_read():
    sheet = read_sheet(xlsx((), ("", "", *HEADER), ("", "", *ROW)), "客户.xlsx", titles=TITLES)
    assert [title for title in sheet.header if title] == list(HEADER)
    assert sheet.rows[0].number == 3


def test_numbers_dates_and_errors_come_as_what_they_are():
    row = (13800000000, 2.5, dt.date(2026, 11, 21), dt.datetime(2026, 11, 21, 8, 30), dt.time(8, 30), True, "007")  # noqa: DTZ001
    sheet = read_sheet(xlsx(tuple("甲乙丙丁戊己庚"), row), "a.xlsx")
    assert sheet.rows[0].cells == row
    assert isinstance(sheet.rows[0].cells[0], int)


def test_an_error_in_a_cell_is_kept_as_its_text_and_not_as_a_blank():
    xml = [
        SHEET_START,
        b'<row r="1">' + text_cell("A1", "客户编码") + text_cell("B1", "有效期") + b"</row>",
        b'<row r="2"><c r="A2"><v>1</v></c><c r="B2" s="0" t="e"><v>#VALUE!</v></c></row>',
        SHEET_END,
    ]
    assert cells(read_sheet(with_sheet_xml(xml), "a.xlsx")) == [(1, "#VALUE!")]


def test_the_error_column_of_a_file_handed_back_is_left_out():
    sheet = read_sheet(xlsx(("错误:\n第 1 行……", *HEADER), ("数量: 不对", *ROW)), "a.xlsx", titles=TITLES)
    assert sheet.header == HEADER
    assert cells(sheet) == [ROW]


def test_the_example_row_is_left_out():
    sheet = read_sheet(xlsx(HEADER, ("例:YY-001", "某店", 1), ("例:YY-001", "某店", 1), ROW), "a.xlsx", titles=TITLES)
    assert [row.number for row in sheet.rows] == [4]


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b"   ", b"\0\0\0"])
def test_an_empty_file_is_told_as_such(content):
    error = refusal(content)
    assert isinstance(error, EmptyWorkbook)
    assert error.code == "empty_file"


def test_a_workbook_with_nothing_in_it_has_no_header():
    assert refusal(xlsx()).code == "no_header"
    assert refusal(xlsx((1, 2, 3), (4, 5, 6))).code == "no_header"


def test_a_header_without_rows_is_told_with_its_row():
    error = refusal(xlsx(("登记表",), HEADER))
    assert error.code == "no_rows"
    assert error.values["row"] == 2


def test_an_encrypted_workbook_is_told_as_such():
    header = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 1000
    error = refusal(header + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500)
    assert isinstance(error, ProtectedWorkbook)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n...", "PNG"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "HTML"),
        (b'<?xml version="1.0"?><Workbook/>', "XML"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + "Root Entry WordDocument".encode("utf-16-le"), "Word"),
        (bytes(range(256)) * 4, "binary"),
    ],
)
def test_other_kinds_of_file_are_named_whatever_their_name_says(content, kind):
    error = refusal(content, "客户.xls")
    assert isinstance(error, ForeignFile | DamagedWorkbook)
    assert error.values.get("kind", kind) == kind


def test_a_workbook_cut_off_in_transfer_is_damaged():
    whole = xlsx(HEADER, ROW)
    assert refusal(whole[: len(whole) // 2]).code == "damaged"
    whole = xls(HEADER, ROW)
    assert refusal(whole[: len(whole) // 2]).code == "damaged"


def test_unmatched_quotation_marks_are_told_with_their_line():
    error = refusal('客户编码,客户名称,数量\r\n1,"王记,2\r\n2,b,3\r\n'.encode(), "客户.csv")
    assert error.code == "quotes"
    assert error.values["line"] >= 2


def test_a_value_in_the_last_cell_of_the_sheet_cannot_end_the_service():
    """A 5 kB file for which the parser asks for 550 GB and aborts its process."""
    page = openpyxl.Workbook()
    page.active["A1"] = "客户编码"
    page.active["XFD1048576"] = "x"
    target = io.BytesIO()
    page.save(target)
    error = refusal(target.getvalue())
    assert isinstance(error, TooLargeWorkbook)


def test_a_long_text_shared_by_many_cells_cannot_exhaust_memory():
    """1 MB of shared text, named by 100,000 cells, would be 100 GB."""
    shared = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
        + b"x" * 1_000_000
        + b"</t></si></sst>"
    )
    rows = (b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 100_001))
    book = with_sheet_xml([SHEET_START, *rows, SHEET_END], extra={"xl/sharedStrings.xml": shared})
    assert isinstance(refusal(book), WorkbookError)


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(reading, "MOST_ROWS", 50)
    error = refusal(xlsx(HEADER, *[ROW] * 51))
    assert error.code == "rows"
    assert len(read_sheet(xlsx(HEADER, *[ROW] * 50), "a.xlsx").rows) == 50


def test_too_many_columns_are_refused():
    assert refusal(xlsx([f"列{n}" for n in range(300)], range(300))).code == "columns"


def test_a_parser_that_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(reading, "MOST_SECONDS", 0.0)
    assert refusal(xlsx(HEADER, *[ROW] * 2000)).code == "time"


WHOLE = {
    "xlsx": xlsx(HEADER, *[ROW] * 5),
    "xls": xls(HEADER, *[ROW] * 5),
    "gb": TEXT.encode("gb18030"),
    "utf16": TEXT.encode("utf-16"),
}


def outcome(content: bytes, filename: str) -> str:
    """What came of reading, in words; anything but a `WorkbookError` breaks the test."""
    try:
        return repr(read_sheet(content, filename, titles=TITLES).rows)
    except WorkbookError as error:
        return f"{error.code}: {error} {error.remedy}"


def changed(content: bytes, changes: list[tuple[float, int]]) -> bytes:
    mutable = bytearray(content)
    for place, byte in changes:
        mutable[int(place * len(mutable))] = byte
    return bytes(mutable)


CHANGES = st.lists(st.tuples(st.floats(0, 0.9999), st.integers(0, 255)), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(kind=st.sampled_from(sorted(WHOLE)), changes=CHANGES, end=st.floats(0.2, 1))
def test_mutated_files_end_in_rows_or_in_a_workbook_error(kind, changes, end):
    content = changed(WHOLE[kind], changes)
    assert outcome(content[: int(end * len(content))] if end < 0.6 else content, f"客户.{kind}")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=CHANGES)
def test_a_mutated_sheet_in_a_sound_package_ends_in_rows_or_in_a_workbook_error(changes):
    xml = (
        b'<row r="1">'
        + b"".join(text_cell(f"{letter}1", t) for letter, t in zip("ABC", HEADER, strict=True))
        + b"</row>"
    )
    values = b'<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="b"><v>1</v></c><c r="C2" s="0"><v>46347.5</v></c></row>'
    assert outcome(with_sheet_xml([changed(SHEET_START + xml + values + SHEET_END, changes)]), "客户.xlsx")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_end_in_rows_or_in_a_workbook_error(content):
    assert outcome(content, "a.csv")
