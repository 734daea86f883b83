"""Real files for these tests, made by other programs than the ones under test wherever there is one."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

import openpyxl
import xlsxwriter
import xlwt

from logistics.workbooks.columns import (
    Choice,
    ClockWindows,
    Code,
    Day,
    Latitude,
    Longitude,
    Phone,
    PositiveDecimal,
    Text,
    WholeNumber,
)
from logistics.workbooks.schema import SheetSchema
from logistics.workbooks.sheet import Cell, Sheet, SheetRow

HEADER = ("客户编码", "客户名称", "数量")


class CustomerSheet(SheetSchema):
    code = Code("客户编码", "编码", "code", required=True, example="YY-001")
    name = Text("客户名称", "名称", "name", required=True, max_length=20, example="王记烟酒店")
    phone = Phone("联系电话", "电话", "phone", load_default=None, example="13800000000")
    lat = Latitude("纬度", "latitude", load_default=None, example=32.83)
    lon = Longitude("经度", "longitude", load_default=None, example=110.81)
    quantity = WholeNumber("数量", "quantity", minimum=1, required=True, example=20)
    weight = PositiveDecimal("重量", "weight", load_default=None, example=2.5)
    day = Day("送货日期", "day", load_default=None, example=dt.date(2026, 11, 21))
    scene = Choice(
        "交接方式",
        "handover",
        choices={"door": ("到户", "door"), "agreed_point": ("约时约地", "agreed point")},
        load_default="door",
        example="到户",
    )
    windows = ClockWindows("可收货时间", "windows", load_default=(), example="08:30-11:30;14:00-17:00")


def xlsx(
    *rows: Sequence[object], title: str = "客户", sheets: Mapping[str, Sequence[Sequence[object]]] | None = None
) -> bytes:
    """By openpyxl. A row of () is blank."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, table in (sheets or {title: rows}).items():
        page = book.create_sheet(name)
        for number, row in enumerate(table, start=1):
            for column, value in enumerate(row, start=1):
                page.cell(number, column, value)
    return _bytes(book.save)


def xls(*rows: Sequence[object]) -> bytes:
    """By xlwt, as Excel 97 wrote."""
    book = xlwt.Workbook()
    page = book.add_sheet("客户")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            page.write(number, column, value, day if isinstance(value, dt.date) else xlwt.Style.default_style)
    return _bytes(book.save)


def written_by_xlsxwriter(*rows: Sequence[object]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet("客户")
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return target.getvalue()


def with_sheet_xml(xml: Iterable[bytes], *, extra: Mapping[str, bytes] | None = None) -> bytes:
    """A workbook whose only sheet is exactly this XML."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx(HEADER))) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package,
    ):
        for name in source.namelist():
            if name != "xl/worksheets/sheet1.xml":
                package.writestr(name, source.read(name))
        for name, data in (extra or {}).items():
            package.writestr(name, data)
        with package.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for part in xml:
                sheet.write(part)
    return target.getvalue()


SHEET_START = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
SHEET_END = b"</sheetData></worksheet>"


def text_cell(place: str, text: str) -> bytes:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'.encode()


def sheet_of(header: Sequence[str], *rows: Sequence[Cell]) -> Sheet:
    """A sheet as reading gives it, the header in row 1."""
    return Sheet(
        title="客户",
        filename="客户.xlsx",
        header=tuple(header),
        header_number=1,
        rows=tuple(SheetRow(number=number, cells=tuple(row)) for number, row in enumerate(rows, start=2)),
    )


def _bytes(save: object) -> bytes:
    target = io.BytesIO()
    save(target)  # type: ignore[operator]
    return target.getvalue()
