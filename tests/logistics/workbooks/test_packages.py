"""A package is measured before anything parses it."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Iterator

import pytest

from logistics.workbooks import packages
from logistics.workbooks.errors import DamagedWorkbook, ForeignFile, ProtectedWorkbook, TooLargeWorkbook, WorkbookError
from logistics.workbooks.packages import safe_package
from logistics.workbooks.reading import read_sheet
from tests.logistics.workbooks.files import HEADER, SHEET_END, SHEET_START, text_cell, with_sheet_xml, xlsx


def sheet_of_megabytes(size: int) -> Iterator[bytes]:
    """Rows that differ a little, so that the whole packs to about a three-hundredth."""
    yield SHEET_START
    written = number = 0
    while written < size * 1_000_000:
        rows = b"".join(
            b'<row r="%d">' % n + text_cell(f"A{n}", "YY-001") * 40 + b"</row>" for n in range(number + 1, number + 101)
        )
        number += 100
        written += len(rows)
        yield rows
    yield SHEET_END


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return with_sheet_xml(sheet_of_megabytes(100))


def claiming(content: bytes, name: str, size: int) -> bytes:
    """The package with a lie about the unpacked size, in both headers of the member."""
    changed = bytearray(content)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        start = package.getinfo(name).header_offset
    struct.pack_into("<I", changed, start + 22, size)
    central = content.rindex(name.encode()) - 46
    struct.pack_into("<I", changed, central + 24, size)
    return bytes(changed)


def test_350_kb_that_unpack_to_100_mb_are_refused_within_little_memory(bomb):
    assert 200_000 < len(bomb) < 900_000
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeWorkbook) as caught:
            read_sheet(bomb, "客户.xlsx")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.code in ("unpacked", "ratio")
    assert "100" in str(caught.value) or "kB" in str(caught.value)
    assert peak < 10_000_000


def test_a_bomb_that_lies_about_its_size_is_refused_within_little_memory(bomb):
    lying = claiming(bomb, "xl/worksheets/sheet1.xml", 5_000)
    with zipfile.ZipFile(io.BytesIO(lying)) as package:
        assert package.getinfo("xl/worksheets/sheet1.xml").file_size == 5_000
    tracemalloc.start()
    try:
        with pytest.raises(WorkbookError):
            read_sheet(lying, "客户.xlsx")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


def test_inflating_stops_at_the_limit_whatever_was_claimed(monkeypatch):
    book = xlsx(HEADER, *[("YY-001", "王记烟酒店", 20)] * 3000)
    monkeypatch.setattr(packages, "_check_unpacked", lambda *_: None)
    monkeypatch.setattr(packages, "MOST_UNPACKED_BYTES", 50_000)
    with pytest.raises(TooLargeWorkbook):
        safe_package(book, "客户.xlsx")


def test_a_large_but_ordinary_workbook_is_let_through():
    book = xlsx(HEADER, *[(f"YY-{n}", f"客户{n * n}", n) for n in range(5000)])
    assert len(read_sheet(book, "客户.xlsx").rows) == 5000


def test_too_large_a_file_is_refused_unopened():
    with pytest.raises(TooLargeWorkbook) as caught:
        read_sheet(b"PK" + bytes(packages.MOST_PACKED_BYTES), "客户.xlsx")
    assert caught.value.code == "packed"


def test_a_doctype_is_refused():
    entity = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    with pytest.raises(DamagedWorkbook) as caught:
        read_sheet(with_sheet_xml([entity, SHEET_START, SHEET_END]), "客户.xlsx")
    assert caught.value.code == "declarations"


def test_many_members_are_refused():
    extra = {f"xl/worksheets/extra{n}.xml": b"<x/>" for n in range(packages.MOST_XML_MEMBERS + 1)}
    with pytest.raises(TooLargeWorkbook) as caught:
        read_sheet(with_sheet_xml([SHEET_START, SHEET_END], extra=extra), "客户.xlsx")
    assert caught.value.code == "members"


def test_a_password_on_the_package_is_told_as_such():
    book = bytearray(xlsx(HEADER))
    with zipfile.ZipFile(io.BytesIO(bytes(book))) as package:
        name = package.namelist()[0]
    book[bytes(book).rindex(name.encode()) - 46 + 8] |= 1
    with pytest.raises(ProtectedWorkbook):
        read_sheet(bytes(book), "客户.xlsx")


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["word/document.xml"], "Word"),
        (["mimetype", "content.xml"], "OpenDocument"),
        (["xl/workbook.bin"], "xlsb"),
        (["a.txt"], "zip"),
    ],
)
def test_other_packages_are_named(names, kind):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name in names:
            package.writestr(name, b"x")
    with pytest.raises(ForeignFile) as caught:
        read_sheet(target.getvalue(), "客户.xlsx")
    assert caught.value.values["kind"] == kind


def test_macros_and_pictures_stay_behind():
    extra = {"xl/vbaProject.bin": b"\0" * 100, "xl/media/image1.png": b"\x89PNG"}
    xml = [
        SHEET_START,
        b'<row r="1">' + text_cell("A1", "甲") + b'</row><row r="2"><c r="A2"><v>1</v></c></row>',
        SHEET_END,
    ]
    book = with_sheet_xml(xml, extra=extra)
    assert read_sheet(book, "客户.xlsm").rows[0].cells == (1,)
    with zipfile.ZipFile(io.BytesIO(safe_package(book, "客户.xlsm"))) as package:
        assert not {"xl/vbaProject.bin", "xl/media/image1.png"} & set(package.namelist())
