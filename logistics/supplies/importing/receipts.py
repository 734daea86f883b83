"""The table of receipts (入库): one row a lot; one ledger document for each day, source and store."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import validates_schema
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from inventory.catalogue import Item, Lot, known_lots, lots_for
from inventory.closed_days import closings_binding
from inventory.ledger import Document, DocumentKind, Line, Movement, Recorded, receive
from inventory.places import Place, StockLocation, store_of
from inventory.units import Unit
from logistics.accounts.permissions import Permission
from logistics.imports.importer import (
    Findings,
    Importer,
    Taking,
    pieces,
    refuse_future,
    refuse_twice,
    said_quantity,
)
from logistics.imports.registers import item_register, unit_register
from logistics.supplies.operations import NO_LOT, source_named
from logistics.workbooks.checking import Checked, CheckedRow
from logistics.workbooks.columns import Choice, Code, Day, PositiveDecimal, Text, refused
from logistics.workbooks.errors import Sentence
from logistics.workbooks.schema import SheetSchema

NOON = dt.time(12)


class ReceiptSheet(SheetSchema):
    day = Day("日期", "入库日期", "date", "day", required=True, example=dt.date(2020, 2, 10))
    place = Choice(
        "来源类型",
        "source kind",
        required=True,
        example="采购",
        choices={
            Place.SUPPLIER: ("采购", "购买", "purchase"),
            Place.DONOR: ("捐赠", "捐献", "donation"),
            Place.OPENING: ("期初", "期初库存", "opening"),
        },
    )
    source = Text(
        "来源",
        "供应商",
        "捐赠方",
        "source",
        load_default="",
        max_length=60,
        example="某医药公司",
        note=_("Supplier or donor; blank for opening stock."),
        width=24,
    )
    unit = Text(
        "存放单位", "入库单位", "store", required=True, max_length=100, example="YY-CK", note=_("Code or name.")
    )
    item = Text(
        "物资", "物资编码", "物资名称", "item", required=True, max_length=100, example="KZ-01", note=_("Code or name.")
    )
    quantity = PositiveDecimal("数量", "quantity", required=True, example=20)
    word = Text("单位", "计量单位", "unit", required=True, max_length=10, example="盒")
    lot = Code("批号", "批次", "lot", load_default="", example="20200110")
    expires_on = Day("有效期至", "有效期", "失效日期", "expiry", load_default=None, example=dt.date(2022, 1, 9))
    note = Text("备注", "note", load_default="", max_length=300, example="发票 0012345", width=30)

    @validates_schema
    def source_is_named(self, values: Mapping[str, Any], **_rest: Any) -> None:
        if values.get("place") in (Place.SUPPLIER, Place.DONOR) and not values.get("source"):
            raise refused(
                "source_missing",
                _("It does not say who it was bought from or who gave it."),
                _("Write the supplier or the donor."),
                columns=("source",),
            )


#: By item id and code.
type _Lots = Mapping[tuple[int, str], Lot]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    """A row whose names have been understood."""

    row: CheckedRow
    unit: Unit
    item: Item
    quantity: int
    lot: str

    @property
    def expires_on(self) -> dt.date | None:
        expires_on: dt.date | None = self.row.values["expires_on"]
        return expires_on

    @property
    def group(self) -> tuple[dt.date, Place, str, str]:
        values = self.row.values
        source = "" if values["place"] is Place.OPENING else values["source"]
        return values["day"], values["place"], source, self.unit.code


def take_receipts(session: Session, checked: Checked, taking: Taking) -> Sentence:
    """Take the goods of a table into their stores."""
    findings = Findings(checked)
    arrivals = _understood(session, checked, taking, findings)
    _hold(session, arrivals)
    _refuse_doubled(arrivals, findings)
    known = known_lots(session, {(arrival.item.id, arrival.lot) for arrival in arrivals})
    _refuse_other_expiries(known, arrivals, findings)
    _refuse_already_received(session, known, arrivals, taking, findings)
    _refuse_closed_days(session, arrivals, taking, findings)
    findings.raise_all()
    groups: dict[tuple[dt.date, Place, str, str], list[_Arrival]] = {}
    for arrival in arrivals:
        groups.setdefault(arrival.group, []).append(arrival)
    lots = lots_for(session, wanted={(a.item.id, a.lot): a.expires_on for a in arrivals})
    for group in sorted(groups):
        _receive(session, group, groups[group], lots, taking)
    return _(
        "%(rows)s rows of goods are in stock now, in %(documents)s documents.",
        rows=len(arrivals),
        documents=len(groups),
    )


def _understood(session: Session, checked: Checked, taking: Taking, findings: Findings) -> list[_Arrival]:
    units, items = unit_register(session, by=taking.by), item_register(session)
    arrivals: list[_Arrival] = []
    for row in checked.rows:
        unit, item = units.named(row, "unit", findings), items.named(row, "item", findings)
        quantity = pieces(row, item, findings, word="word") if item else None
        refuse_future(row, "day", row.values["day"], taking.today, findings)
        _refuse_expired(row, findings)
        if unit and item and quantity:
            expires_on = row.values["expires_on"]
            lot = row.values["lot"] or (expires_on.isoformat() if expires_on else NO_LOT)
            arrivals.append(_Arrival(row=row, unit=unit, item=item, quantity=quantity, lot=lot))
    return arrivals


def _hold(session: Session, arrivals: Sequence[_Arrival]) -> None:
    """Two tables for one store go one after the other, so that rows which stand in both are found in the second."""
    wanted = sorted({arrival.unit.id for arrival in arrivals})
    for start in range(0, len(wanted), 500):
        some = select(Unit.id).where(Unit.id.in_(wanted[start : start + 500])).order_by(Unit.id)
        session.execute(some.with_for_update(key_share=True)).all()


def _refuse_expired(row: CheckedRow, findings: Findings) -> None:
    """Nobody buys or gives what has expired; opening stock may hold some, to be disposed of."""
    expires_on, day = row.values["expires_on"], row.values["day"]
    if row.values["place"] is not Place.OPENING and expires_on is not None and expires_on < day:
        findings.add(
            row,
            "expires_on",
            "expired_on_arrival",
            _("It had expired (%(expires_on)s) before it came in (%(day)s).", expires_on=expires_on, day=day),
            _("Compare both dates with the label and the delivery note."),
        )


def _refuse_doubled(arrivals: Sequence[_Arrival], findings: Findings) -> None:
    first: dict[tuple[Any, ...], _Arrival] = {}
    for arrival in arrivals:
        same = (
            *arrival.group,
            arrival.item.id,
            arrival.lot,
            arrival.expires_on,
            arrival.quantity,
            arrival.row.values["note"],
        )
        if first.setdefault(same, arrival) is not arrival:
            refuse_twice(arrival.row, "", arrival.item.name, first[same].row, findings)


def _refuse_other_expiries(known: _Lots, arrivals: Sequence[_Arrival], findings: Findings) -> None:
    told: dict[tuple[int, str], tuple[dt.date | None, Sentence]] = {
        key: (lot.expires_on, _("in the books")) for key, lot in known.items()
    }
    for arrival in arrivals:
        expires_on, where = told.setdefault(
            (arrival.item.id, arrival.lot), (arrival.expires_on, _("in row %(row)s", row=arrival.row.number))
        )
        if expires_on != arrival.expires_on:
            findings.add(
                arrival.row,
                "expires_on",
                "other_expiry",
                _(
                    "Lot %(lot)s of %(item)s has the expiry %(known)s %(where)s.",
                    lot=arrival.lot,
                    item=arrival.item.name,
                    known=expires_on or _("(none)"),
                    where=where,
                ),
                _("Look at the label: a lot has one expiry. Correct the date or the lot."),
                known=expires_on,
            )


def _refuse_already_received(
    session: Session, known: _Lots, arrivals: Sequence[_Arrival], taking: Taking, findings: Findings
) -> None:
    """Rows of a table that was taken in before and has grown since would otherwise be in stock twice."""
    received = _received(session, known, arrivals, taking.zone)
    for arrival in arrivals:
        number = received.get((*arrival.group, arrival.item.id, arrival.lot, arrival.quantity))
        if number is not None:
            findings.add(
                arrival.row,
                "",
                "already_received",
                _(
                    "%(quantity)s of %(item)s were received that day already (document %(number)s).",
                    quantity=said_quantity(arrival.item, arrival.quantity),
                    item=arrival.item.name,
                    number=number,
                ),
                _("Delete the row. If the same really came twice that day, record the second by hand."),
                number=number,
            )


def _refuse_closed_days(session: Session, arrivals: Sequence[_Arrival], taking: Taking, findings: Findings) -> None:
    binding = closings_binding(session, unit_ids={arrival.unit.id for arrival in arrivals})
    for arrival in arrivals:
        closing, day = binding.get(arrival.unit.id), arrival.row.values["day"]
        if closing is not None and _moment(day, taking) < closing.ends_at:
            findings.add(
                arrival.row,
                "day",
                "day_closed",
                _(
                    "%(unit)s has closed its books through %(day)s (%(number)s).",
                    unit=closing.unit.name,
                    day=closing.day.isoformat(),
                    number=closing.number,
                ),
                _("Write today (%(today)s), and the true day into the note.", today=taking.today.isoformat()),
                day=day,
            )


def _received(
    session: Session, known: _Lots, arrivals: Sequence[_Arrival], zone: dt.tzinfo
) -> dict[tuple[Any, ...], str]:
    """What receipts not reversed have taken in of these lots on the days of these arrivals: what makes it the same → document number."""
    if not known:
        return {}
    days = [arrival.row.values["day"] for arrival in arrivals]
    begin = dt.datetime.combine(min(days), dt.time(), tzinfo=zone)
    end = dt.datetime.combine(max(days) + dt.timedelta(days=1), dt.time(), tzinfo=zone)
    source, store, undone = aliased(StockLocation), aliased(StockLocation), aliased(Document)
    wanted = (
        select(Document, source.place, source.code, store.code, Lot.item_id, Lot.code, Movement.quantity)
        .join(Movement, Movement.document_id == Document.id)
        .join(source, source.id == Movement.source_id)
        .join(store, store.id == Movement.destination_id)
        .join(Lot, Lot.id == Movement.lot_id)
        .outerjoin(undone, undone.reverses_id == Document.id)
        .where(
            Document.kind == DocumentKind.RECEIPT,
            undone.id.is_(None),
            Document.occurred_at >= begin,
            Document.occurred_at < end,
        )
    )
    found: dict[tuple[Any, ...], str] = {}
    lot_ids = sorted(lot.id for lot in known.values())
    for start in range(0, len(lot_ids), 500):
        rows = session.execute(wanted.where(Movement.lot_id.in_(lot_ids[start : start + 500])))
        for document, place, source_code, *what in rows:
            day = document.occurred_at.astimezone(zone).date()
            found[day, place, "" if place is Place.OPENING else source_code, *what] = document.number
    return found


def _receive(
    session: Session,
    group: tuple[dt.date, Place, str, str],
    arrivals: Sequence[_Arrival],
    lots: _Lots,
    taking: Taking,
) -> None:
    day, place, source, unit_code = group
    origin = source_named(session, place=place, name=source)
    store = store_of(session, arrivals[0].unit)
    named = hashlib.sha256("\x1f".join([str(day), place, source, unit_code]).encode()).hexdigest()
    receive(
        session,
        recorded=Recorded(
            key=f"import:{taking.digest[:40]}:{named[:40]}",
            occurred_at=_moment(day, taking),
            recorded_at=taking.at,
            by=taking.by,
            reason=";".join(dict.fromkeys(a.row.values["note"] for a in arrivals if a.row.values["note"]))[:500],
        ),
        lines=[
            Line(
                lot_id=lots[arrival.item.id, arrival.lot].id,
                source_id=origin.id,
                destination_id=store.id,
                quantity=arrival.quantity,
            )
            for arrival in arrivals
        ],
    )


def _moment(day: dt.date, taking: Taking) -> dt.datetime:
    """When the goods of a day came in: its noon, or now where that is still to come."""
    return min(taking.at, dt.datetime.combine(day, NOON, tzinfo=taking.zone))


RECEIPTS = Importer(
    kind="receipts",
    title=_("Receipts"),
    about=_("What was bought, given or found in store: item, quantity, lot and expiry."),
    icon="package-import",
    schema=ReceiptSheet,
    permission=Permission.WRITE_STOCK,
    take=take_receipts,
    shows="supplies.documents",
)
