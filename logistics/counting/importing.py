"""The count sheet as a workbook: one row a lot and unit word, blind, and what it becomes when it is filled in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.catalogue import Item, Lot, known_lots
from inventory.counts import CountSession
from logistics.accounts.models import User
from logistics.accounts.permissions import Permission
from logistics.counting import operations
from logistics.counting.operations import Seen
from logistics.fleet.columns import ClockTime
from logistics.imports.importer import Findings, Importer, Register, Taking, pieces, refuse_twice
from logistics.imports.registers import item_register
from logistics.workbooks.checking import Checked, CheckedRow
from logistics.workbooks.columns import CountedAmount, Day, Text
from logistics.workbooks.errors import Sentence
from logistics.workbooks.schema import SheetSchema
from logistics.workbooks.writing import TableColumn, table_workbook

#: What helps the person who counts and is not read back.
NAME, WORDS = "名称", "可用单位"


class CountSheet(SheetSchema):
    ignored_titles: ClassVar[tuple[str, ...]] = (*SheetSchema.ignored_titles, NAME, WORDS)

    count = Text("盘点单", "盘点单号", "count", required=True, max_length=20, example="PC0000001")
    item = Text(
        "物资", "物资编码", "物资名称", "item", required=True, max_length=100, example="KZ-01", note=_("Code or name.")
    )
    lot = Text("批号", "批次", "lot", load_default="", max_length=64, example="20200110")
    expires_on = Day(
        "有效期至",
        "有效期",
        "expiry",
        load_default=None,
        example=dt.date(2022, 1, 9),
        note=_("Only needed for goods that were not on the sheet."),
    )
    quantity = CountedAmount(
        "实盘数量",
        "数量",
        "counted",
        load_default=None,
        places=6,
        example=7,
        note=_("0 where nothing is left; blank where nobody counted."),
    )
    word = Text(
        "单位",
        "计量单位",
        "unit",
        load_default="",
        max_length=10,
        example="箱",
        note=_("A lot counted in several unit words takes a row for each."),
    )
    day = Day("盘点日期", "日期", "day", load_default=None, example=dt.date(2020, 2, 10), note=_("Blank for today."))
    time = ClockTime(
        "盘点时间", "时间", "time", load_default=None, example="09:30", note=_("Blank for the moment of taking it in.")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row whose names have been understood."""

    row: CheckedRow
    count: CountSession
    seen: Seen

    @property
    def word(self) -> str:
        return str(self.row.values["word"])


def sheet_workbook(count: CountSession, lots: Iterable[Lot]) -> bytes:
    """The sheet to fill in, without a figure of the books."""
    columns = CountSheet.columns()
    titles = [columns[name].title for name in ("count", "item", "lot", "expires_on", "quantity", "word", "day", "time")]
    widths = (14, 12, 16, 12, 12, 10, 12, 12)
    shown = [TableColumn(title=title, width=width) for title, width in zip(titles, widths, strict=True)]
    return table_workbook(
        _("Count sheet"),
        [*shown[:2], TableColumn(title=NAME, width=24), *shown[2:6], TableColumn(title=WORDS, width=16), *shown[6:]],
        [
            (
                count.number,
                lot.item.code,
                lot.item.name,
                lot.code,
                lot.expires_on,
                None,
                lot.item.base_unit,
                "/".join(lot.item.units()),
                None,
                None,
            )
            for lot in lots
        ],
    )


def take_counts(session: Session, checked: Checked, taking: Taking) -> Sentence:
    """Keep what was counted; rows without a quantity are lots that nobody counted."""
    findings = Findings(checked)
    rows = _understood(session, checked, taking, findings)
    _refuse_doubled(rows, findings)
    _refuse_other_expiries(session, rows, findings)
    findings.raise_all()
    by_count: dict[int, list[Seen]] = {}
    for row in rows:
        by_count.setdefault(row.count.id, []).append(row.seen)
    for count_id, seen in sorted(by_count.items()):
        key = f"import:{taking.digest[:40]}"
        operations.record_seen(session, count_id=count_id, key=key, seen=_summed(seen), at=taking.at, by=taking.by)
    return ngettext("%(num)s row with a number is kept.", "%(num)s rows with a number are kept.", len(rows))


def _understood(session: Session, checked: Checked, taking: Taking, findings: Findings) -> list[_Row]:
    counts, items = _count_register(session, taking), item_register(session)
    rows: list[_Row] = []
    for row in checked.rows:
        if row.values["quantity"] is None:
            continue
        count, item = counts.named(row, "count", findings), items.named(row, "item", findings)
        quantity = _pieces(row, item, findings) if item else None
        counted_at = _counted_at(row, count, taking, findings) if count else None
        if count and item:
            _refuse_left_out(row, count, item, findings)
        if count and item and quantity is not None and counted_at:
            seen = Seen(
                item=item,
                lot_code=row.values["lot"],
                expires_on=row.values["expires_on"],
                quantity=quantity,
                counted_at=counted_at,
            )
            rows.append(_Row(row=row, count=count, seen=seen))
    return rows


def _count_register(session: Session, taking: Taking) -> Register[CountSession]:
    """The counts under way that the person may see."""
    own = session.scalar(select(User.unit_id).where(User.sign_in_name == taking.by))
    return Register(
        operations.open_counts(session, unit_id=own),
        names=lambda count: (count.number,),
        unknown=lambda said: _("No count under way has the number “%(said)s”.", said=said),
        remedy=_("Look at the number on the page of counts; one that is posted takes nothing more."),
    )


def _pieces(row: CheckedRow, item: Item, findings: Findings) -> int | None:
    if row.values["quantity"] == 0:
        return 0
    return pieces(row, item, findings, word="word")


def _counted_at(row: CheckedRow, count: CountSession, taking: Taking, findings: Findings) -> dt.datetime | None:
    """The instant of the count; None, and a finding, where it is not told or cannot be."""
    day, time = row.values["day"] or taking.today, row.values["time"]
    if time is None and day == taking.today:
        return taking.at
    if time is None:
        findings.add(
            row,
            "time",
            "time_missing",
            _("It does not say when on that day it was counted."),
            _("Write the time, such as %(example)s: what moved that day is reckoned by it.", example="09:30"),
        )
        return None
    at = dt.datetime.combine(day, time, taking.zone)
    if at > taking.at or at < count.started_at.replace(second=0, microsecond=0):
        findings.add(
            row,
            "time",
            "outside_count",
            _("%(moment)s is not within this count.", moment=f"{at:%Y-%m-%d %H:%M}"),
            _(
                "Write a time from %(start)s, when the count began, until now.",
                start=f"{count.started_at.astimezone(taking.zone):%Y-%m-%d %H:%M}",
            ),
        )
        return None
    return at


def _refuse_left_out(row: CheckedRow, count: CountSession, item: Item, findings: Findings) -> None:
    if count.items and item.id not in {one.id for one in count.items}:
        findings.add(
            row,
            "item",
            "left_out",
            _("%(item)s is not part of count %(number)s.", item=item.name, number=count.number),
            _("Take the row out, or begin a count of this item."),
        )


def _refuse_doubled(rows: Sequence[_Row], findings: Findings) -> None:
    first: dict[tuple[object, ...], _Row] = {}
    for one in rows:
        same = (one.count.id, *one.seen.lot_key, one.word)
        if first.setdefault(same, one) is not one:
            refuse_twice(one.row, "", f"{one.seen.item.name} {one.seen.lot_key[1]}", first[same].row, findings)


def _refuse_other_expiries(session: Session, rows: Sequence[_Row], findings: Findings) -> None:
    known = known_lots(session, {row.seen.lot_key for row in rows})
    told = {key: lot.expires_on for key, lot in known.items()}
    for one in rows:
        expiry = told.setdefault(one.seen.lot_key, one.seen.expires_on)
        if one.seen.expires_on is not None and one.seen.expires_on != expiry:
            findings.add(
                one.row,
                "expires_on",
                "other_expiry",
                _("This lot is already known with another expiry date (%(day)s).", day=expiry),
                _("Look at the label: a lot has one expiry. Correct the date or the lot."),
                known=expiry,
            )


def _summed(seen: Sequence[Seen]) -> list[Seen]:
    """A lot counted in several unit words is one count: all of them together, at the last instant."""
    summed: dict[tuple[int, str], Seen] = {}
    for one in seen:
        before = summed.get(one.lot_key)
        summed[one.lot_key] = one if before is None else _together(before, one)
    return list(summed.values())


def _together(one: Seen, other: Seen) -> Seen:
    return Seen(
        item=one.item,
        lot_code=one.lot_code,
        expires_on=one.expires_on or other.expires_on,
        quantity=one.quantity + other.quantity,
        counted_at=max(one.counted_at, other.counted_at),
    )


COUNTS = Importer(
    kind="counts",
    title=_("Count sheets"),
    about=_("What was counted on the shelf, written into the sheet of a count."),
    icon="clipboard-check",
    schema=CountSheet,
    permission=Permission.WRITE_STOCK,
    take=take_counts,
    shows="counting.counts",
)
