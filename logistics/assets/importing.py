"""The table of equipment (设备): one row a piece, known by its item and serial number."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.assets import LONGEST_INTERVAL_DAYS, Asset, Description, Signed, register
from inventory.catalogue import Item, ItemKind
from inventory.units import Unit
from logistics.accounts.permissions import Permission
from logistics.imports.importer import Findings, Importer, Taking, refuse_future, refuse_twice
from logistics.imports.registers import item_register, unit_register
from logistics.workbooks.checking import Checked, CheckedRow
from logistics.workbooks.columns import Code, Day, Text, WholeNumber
from logistics.workbooks.errors import Sentence
from logistics.workbooks.schema import SheetSchema


class AssetSheet(SheetSchema):
    item = Text(
        "物资", "物资编码", "物资名称", "item", required=True, max_length=100, example="TW-01", note=_("Code or name.")
    )
    serial = Code("编号", "序列号", "出厂编号", "serial number", required=True, example="TW2020-0107")
    unit = Text("所属单位", "unit", required=True, max_length=100, example="YY-CK", note=_("Code or name."))
    acquired_on = Day("购置日期", "取得日期", "acquired", required=True, example=dt.date(2020, 2, 10))
    interval_days = WholeNumber(
        "校准周期(天)",
        "校准周期",
        "检定周期",
        "calibration interval",
        load_default=None,
        minimum=1,
        maximum=LONGEST_INTERVAL_DAYS,
        example=365,
        note=_("Blank where it is never calibrated."),
    )
    due_on = Day(
        "校准有效期至",
        "检定有效期至",
        "calibrated until",
        load_default=None,
        example=dt.date(2021, 2, 9),
        note=_("Blank: one interval from the day it was acquired."),
    )
    note = Text("备注", "note", load_default="", max_length=300, example="配电池两节", width=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A row whose names have been understood."""

    row: CheckedRow
    item: Item
    unit: Unit

    @property
    def serial(self) -> str:
        serial: str = self.row.values["serial"]
        return serial

    @property
    def told(self) -> Description:
        values = self.row.values
        return Description(
            acquired_on=values["acquired_on"],
            interval_days=values["interval_days"],
            due_on=values["due_on"],
            note=values["note"],
        )


def take_assets(session: Session, checked: Checked, taking: Taking) -> Sentence:
    """Take the pieces of a table into the books; those known already stay as they are."""
    findings = Findings(checked)
    pieces = _understood(session, checked, taking, findings)
    _refuse_doubled(pieces, findings)
    known = _known(session, pieces)
    for piece in pieces:
        if (piece.item.id, piece.serial) in known:
            _refuse_other(piece, known[piece.item.id, piece.serial], findings)
    findings.raise_all()
    new = [piece for piece in pieces if (piece.item.id, piece.serial) not in known]
    for piece in new:
        _register(session, piece, taking)
    return _("%(new)s new pieces, %(known)s were known already.", new=len(new), known=len(pieces) - len(new))


def _understood(session: Session, checked: Checked, taking: Taking, findings: Findings) -> list[_Piece]:
    units, items = unit_register(session, by=taking.by), item_register(session)
    pieces: list[_Piece] = []
    for row in checked.rows:
        unit, item = units.named(row, "unit", findings), items.named(row, "item", findings)
        refuse_future(row, "acquired_on", row.values["acquired_on"], taking.today, findings)
        if item and item.kind is not ItemKind.EQUIPMENT:
            findings.add(
                row,
                "item",
                "not_equipment",
                _("%(item)s is not kept piece by piece: only equipment has serial numbers.", item=item.name),
                _("Leave the row out, or make the item equipment in the table of items."),
            )
        elif item and unit:
            pieces.append(_Piece(row=row, item=item, unit=unit))
    return pieces


def _refuse_doubled(pieces: Sequence[_Piece], findings: Findings) -> None:
    first: dict[tuple[int, str], _Piece] = {}
    for piece in pieces:
        if first.setdefault((piece.item.id, piece.serial), piece) is not piece:
            refuse_twice(piece.row, "serial", piece.serial, first[piece.item.id, piece.serial].row, findings)


def _known(session: Session, pieces: Sequence[_Piece]) -> dict[tuple[int, str], Asset]:
    serials = sorted({piece.serial for piece in pieces})
    known: dict[tuple[int, str], Asset] = {}
    for start in range(0, len(serials), 500):
        found = session.scalars(select(Asset).where(Asset.serial.in_(serials[start : start + 500])))
        known |= {(asset.item_id, asset.serial): asset for asset in found}
    return known


def _refuse_other(piece: _Piece, known: Asset, findings: Findings) -> None:
    """What has happened to a piece since, its calibrations too, stands in its history and is no matter of a table."""
    told = piece.told
    if (known.unit_id, known.acquired_on, known.interval_days) != (
        piece.unit.id,
        told.acquired_on,
        told.interval_days,
    ):
        findings.add(
            piece.row,
            "serial",
            "other_piece",
            _("%(serial)s stands in the books with another unit, day or interval.", serial=piece.serial),
            _("Leave the row out, or correct the serial number."),
        )


def _register(session: Session, piece: _Piece, taking: Taking) -> None:
    named = hashlib.sha256(piece.serial.encode()).hexdigest()[:40]
    register(
        session,
        signed=Signed(key=f"asset:{piece.item.id}:{named}", on=taking.today, at=taking.at, by=taking.by),
        item=piece.item,
        unit=piece.unit,
        serials=[piece.serial],
        told=piece.told,
    )


ASSETS = Importer(
    kind="assets",
    title=_("Equipment"),
    about=_("Thermometer guns, sprayers and the like, piece by piece: serial number, owner, calibration."),
    icon="device-mobile",
    schema=AssetSheet,
    permission=Permission.WRITE_STOCK,
    take=take_assets,
    shows="assets.listed",
)
