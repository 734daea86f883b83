"""What a file is, by its first bytes; and xlsx packages made safe before any parser sees them."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from enum import Enum
from pathlib import PurePath

from flask_babel import lazy_gettext as _

from logistics.workbooks.errors import (
    DamagedWorkbook,
    EmptyWorkbook,
    ForeignFile,
    ProtectedWorkbook,
    TooLargeWorkbook,
)

MOST_PACKED_BYTES = 20_000_000
MOST_UNPACKED_BYTES = 100_000_000
MOST_RATIO = 100
# Small tables of equal rows pack a hundredfold in all innocence.
RATIO_MATTERS_FROM_BYTES = 10_000_000
MOST_MEMBERS = 2_000
MOST_XML_MEMBERS = 200

_CHUNK_BYTES = 1 << 18
_MEGABYTE = 1_000_000
_DECLARATION = re.compile(rb"<!(?:doctype|entity)", re.IGNORECASE)
_ERROR_CELL = re.compile(rb"(<(?:\w+:)?c\b[^<>]{0,200}?\st=)(?:\"e\"|'e')")
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_OTHER_KINDS = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"{\\rtf", "RTF"),
    (b"SQLite format 3\0", "SQLite"),
)


class Kind(Enum):
    XLSX = "xlsx"
    XLS = "xls"
    TEXT = "csv"


def kind_of(content: bytes, filename: str) -> Kind:
    """By content; the name is only quoted in the message. Refuses what is empty, too large, locked or foreign."""
    if not content.strip(b" \t\r\n\0"):
        raise EmptyWorkbook(
            "empty_file",
            _("The file “%(filename)s” is empty.", filename=filename),
            _("Save the table again in Excel or WPS, look at its size, and upload it once more."),
        )
    if len(content) > MOST_PACKED_BYTES:
        raise _too_large("packed", len(content), MOST_PACKED_BYTES)
    if content.startswith(b"PK"):
        return Kind.XLSX
    if content.startswith(_OLE):
        _check_ole(content, filename)
        return Kind.XLS
    _check_text(content, filename)
    return Kind.TEXT


def safe_package(content: bytes, filename: str) -> bytes:
    """The XML of an xlsx package in a new, unpacked package: what was checked is exactly what is parsed.

    Sizes are looked up first, because that is quick, and counted again while inflating, because they can lie.
    Pictures and macros stay behind. Error cells (#N/A) become text, since calamine reads them as blank.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            members = package.infolist()
            _check_members(members, filename)
            return _repacked(package, members)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise damaged(filename) from error


def _check_members(members: list[zipfile.ZipInfo], filename: str) -> None:
    names = [_name(member) for member in members]
    _check_kind(names, filename)
    if any(member.flag_bits & 0x1 for member in members):
        raise protected(filename)
    if len(members) > MOST_MEMBERS or sum(map(_is_xml, names)) > MOST_XML_MEMBERS:
        raise TooLargeWorkbook(
            "members",
            _("The workbook holds %(count)s parts (sheets, pictures and so on).", count=len(members)),
            _("Copy the one table into a new workbook and upload that."),
            count=len(members),
        )
    if len(set(names)) < len(names) or any(
        member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members
    ):
        raise damaged(filename)
    claimed = sum(member.file_size for member in members)
    _check_unpacked(claimed, sum(member.compress_size for member in members))


def _check_unpacked(unpacked: int, packed: int) -> None:
    if unpacked > MOST_UNPACKED_BYTES:
        raise _too_large("unpacked", unpacked, MOST_UNPACKED_BYTES)
    if unpacked > RATIO_MATTERS_FROM_BYTES and unpacked > MOST_RATIO * packed:
        raise TooLargeWorkbook(
            "ratio",
            _(
                "The workbook has %(packed)s kB but unpacks to %(unpacked)s MB; ordinary tables do not do that.",
                packed=-(-packed // 1000),
                unpacked=unpacked // _MEGABYTE,
            ),
            _("Copy the rows you need into a new workbook (values only) and upload that."),
            packed_bytes=packed,
            unpacked_bytes=unpacked,
        )


def _check_kind(names: list[str], filename: str) -> None:
    if "xl/workbook.xml" in names:
        return
    if "xl/workbook.bin" in names:
        raise foreign(filename, "xlsb")
    if "mimetype" in names and "content.xml" in names:
        raise foreign(filename, "OpenDocument")
    if any(name.startswith("word/") for name in names):
        raise foreign(filename, "Word")
    raise foreign(filename, "zip")


def _repacked(package: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> bytes:
    target = io.BytesIO()
    total = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as safe:
        for member in members:
            if not _is_xml(_name(member)):
                continue
            data = bytearray()
            for chunk in _chunks(package, member):
                total += len(chunk)
                if total > MOST_UNPACKED_BYTES:
                    raise _too_large("unpacked", total, MOST_UNPACKED_BYTES)
                data += chunk
            safe.writestr(zipfile.ZipInfo(_name(member)), _checked_xml(data))
    return target.getvalue()


def _chunks(package: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with package.open(member) as source:
        while chunk := source.read(_CHUNK_BYTES):
            yield chunk


def _checked_xml(data: bytearray) -> bytes:
    if b"\0" in data[:4] or data.startswith((b"\xff\xfe", b"\xfe\xff")) or _DECLARATION.search(data):
        raise DamagedWorkbook(
            "declarations",
            _("The workbook contains declarations (DOCTYPE) that no spreadsheet program writes."),
            _("Copy the rows you need into a new workbook and upload that."),
        )
    return _ERROR_CELL.sub(rb'\1"str"', data)


def _name(member: zipfile.ZipInfo) -> str:
    return member.filename.replace("\\", "/").lstrip("/")


def _is_xml(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels"))


def _check_ole(content: bytes, filename: str) -> None:
    """Old Office files: the stream names in the directory say which kind."""
    if _utf16("EncryptedPackage") in content:
        raise protected(filename)
    if _utf16("Workbook") not in content and _utf16("Book") not in content:
        if _utf16("Root Entry") not in content:
            raise damaged(filename)  # cut off before its directory
        raise foreign(filename, "Word" if _utf16("WordDocument") in content else "OLE")


def _check_text(content: bytes, filename: str) -> None:
    for start, name in _OTHER_KINDS:
        if content.startswith(start):
            raise foreign(filename, name)
    start = content[:2000].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head")):
        raise foreign(filename, "HTML" if not start.startswith(b"<?xml") else "XML")


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


def foreign(filename: str, kind: str) -> ForeignFile:
    return ForeignFile(
        "foreign",
        _(
            "“%(filename)s” is not an Excel workbook or CSV file inside (%(kind)s), whatever its name says.",
            filename=filename,
            kind=kind,
        ),
        _("Open it in Excel or WPS, choose “Save as … Excel workbook (.xlsx)” and upload the new file."),
        kind=kind,
        suffix=PurePath(filename).suffix,
    )


def protected(filename: str) -> ProtectedWorkbook:
    return ProtectedWorkbook(
        "password",
        _("“%(filename)s” is locked with a password, so we cannot read it.", filename=filename),
        _("Open it, remove the password (File, Info, Protect workbook), save, and upload it again."),
    )


def damaged(filename: str) -> DamagedWorkbook:
    return DamagedWorkbook(
        "damaged",
        _("“%(filename)s” is damaged or was not transferred completely.", filename=filename),
        _("Open it in Excel or WPS to see whether it is whole, save it under a new name and upload that."),
    )


def _too_large(code: str, size: int, limit: int) -> TooLargeWorkbook:
    if code == "packed":
        message = _(
            "The file has %(size)s MB; up to %(limit)s MB can be taken.",
            size=-(-size // _MEGABYTE),
            limit=limit // _MEGABYTE,
        )
    else:
        message = _(
            "The workbook unpacks to more than %(limit)s MB; a table of 100,000 rows needs less.",
            limit=limit // _MEGABYTE,
        )
    return TooLargeWorkbook(
        code,
        message,
        _("Copy the rows you need into a new workbook (values only, no pictures), or upload it in parts."),
        size_bytes=size,
        limit_bytes=limit,
    )
