"""What joins donations with donors, lots and who may see them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.orm import Session

from inventory import donations, funds
from inventory.donations import Donation, Given
from inventory.errors import NotFound
from inventory.funds import Fund, FundEntry
from inventory.ledger import Document, Recorded
from inventory.places import Place, StockLocation
from inventory.purchasing import PurchaseOrder
from inventory.units import Unit, is_within
from logistics.purchasing.operations import order_within
from logistics.supplies.operations import Arrived, refuse_expired, source_named


def offer(
    session: Session,
    *,
    key: str,
    donor: str,
    unit: Unit,
    lines: Sequence[tuple[int, int]],
    money_fen: int,
    purpose: str,
    named_units: Sequence[Unit],
    note: str,
    at: dt.datetime,
    by: str,
) -> Donation:
    """Record what a donor known by name, new or not, offers."""
    return donations.offer(
        session,
        key=key,
        donor=source_named(session, place=Place.DONOR, name=donor),
        unit=unit,
        lines=lines,
        money_fen=money_fen,
        purpose=purpose,
        unit_ids=[named.id for named in named_units],
        note=note,
        at=at,
        by=by,
    )


def receive_goods(
    session: Session, *, recorded: Recorded, donation_id: int, store: StockLocation, lines: Sequence[Arrived]
) -> Document:
    """Take in goods of a donation. Raises LineRefused for goods that had expired before they came, and as the library does."""
    refuse_expired(session, recorded=recorded, lines=lines)
    given = [
        Given(item=line.item, quantity=line.quantity, lot_code=line.lot, expires_on=line.expires_on) for line in lines
    ]
    return donations.receive_goods(session, recorded=recorded, donation_id=donation_id, store=store, given=given)


def donation_within(session: Session, donation_id: int, *, unit_id: int) -> Donation:
    """The donation, if it was offered to the unit or to one below it. Raises NotFound."""
    donation = donations.get_donation(session, donation_id)
    if not is_within(session, donation.unit_id, unit_id):
        raise NotFound("donation", donation_id)
    return donation


def fund_within(session: Session, fund_id: int, *, unit_id: int) -> Fund:
    """The fund, if it is of the unit or of one below it. Raises NotFound."""
    fund = funds.get_fund(session, fund_id)
    if not is_within(session, fund.unit_id, unit_id):
        raise NotFound("fund", fund_id)
    return fund


def entry_within(session: Session, entry_id: int, *, unit_id: int) -> FundEntry:
    """The entry of the money book, if it is of the unit or of one below it. Raises NotFound."""
    entry = funds.get_entry(session, entry_id)
    fund_within(session, entry.fund_id, unit_id=unit_id)
    return entry


def order_numbered(session: Session, number: str, *, unit_id: int) -> PurchaseOrder:
    """The purchase order of this number, as people write it. Raises NotFound."""
    digits = number.strip().upper().removeprefix("CG")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 16):
        raise NotFound("purchase order", number.strip())
    try:
        return order_within(session, int(digits), unit_id=unit_id)
    except NotFound:
        raise NotFound("purchase order", number.strip()) from None
