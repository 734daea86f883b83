"""The other books of an office: what is ordered, given, on its way, counted, lent; so that every page has something true to show.

All of it happened in the days before the first one, or is still going on. What it adds to the stock, and what it takes away, is told
to the job, whose proof counts it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import assets, consignments, counts, donations, policies, purchasing
from inventory.assets import AssetAct, Description, Details, Signed
from inventory.balances import Balance
from inventory.catalogue import item_by_code, lot_for
from inventory.consignments import ConsignmentState, DifferenceReason
from inventory.counts import CountSession, CountState, Tolerance, VarianceReason
from inventory.donations import DonationState, Given
from inventory.funds import Fund
from inventory.places import Place, StockLocation, store_of
from inventory.policies import DEFAULT_LADDER
from inventory.purchasing import Came, Ordered, PurchaseOrder
from inventory.units import Unit, unit_by_code
from logistics.demo.checks import equal
from logistics.demo.county.codes import ALCOHOL, DISINFECTANT, GLOVES, MASK, STORE_CODE, THERMOMETER, TOP_CODE
from logistics.demo.job import Job, Outcome
from logistics.supplies.operations import source_named

OFFICER, LEADER = "caigou", "lingdao"
CHECKPOINT, HOSPITAL = "YX01", "YX02"
MEDICINES = ("YP-001", "YP-002", "YP-003")
#: The collection of the staff, in fen, and what a thermometer gun costs.
COLLECTED_FEN, GUN_FEN, GUNS = 1_655_000, 28_000, 5


def fill(job: Job) -> Outcome:
    """Orders, donations, consignments, counts, equipment and the ladder that holds, and whether they stand as they should."""
    with job.database.transaction() as session:
        paid = _order(session, job)
        _collect(session, job, paid)
        _take_gifts(session, job)
        _send(session, job)
        _count(session, job)
        _register(session, job)
        _let_the_ladder_hold(session, job)
    with job.database.reading() as session:
        top = unit_by_code(session, TOP_CODE)
        orders = purchasing.purchase_orders(session, unit_id=top.id)
        gifts = donations.donations(session, unit_id=top.id)
        sent = consignments.consignments(session, unit_id=top.id)
        counted = counts.counts(session, unit_id=top.id)
        pieces = assets.assets(session, unit_id=top.id)
        left_fen = int(session.scalar(select(func.sum(Fund.balance_fen))) or 0)
    overdue = sum(piece.overdue(job.today) for piece in pieces)
    return Outcome(
        said=_(
            "%(orders)s orders, %(gifts)s donations, %(sent)s consignments, %(counted)s counts, %(pieces)s pieces of equipment",
            orders=len(orders),
            gifts=len(gifts),
            sent=len(sent),
            counted=len(counted),
            pieces=len(pieces),
        ),
        figures={"orders": len(orders), "donations": len(gifts), "consignments": len(sent), "assets": len(pieces)},
        checks=(
            equal(_("orders still awaited"), 2, sum(order.awaited for order in orders)),
            equal(_("donated money left, in fen"), COLLECTED_FEN - GUNS * GUN_FEN, left_fen),
            equal(_("offers to be decided"), 1, sum(one.donation.state is DonationState.OFFERED for one in gifts)),
            equal(_("consignments on the way"), 1, sum(one.state is ConsignmentState.ON_THE_WAY for one in sent)),
            equal(_("consignments that differ"), 1, sum(one.state is ConsignmentState.DIFFERING for one in sent)),
            equal(_("counts posted"), 1, sum(one.state is CountState.POSTED for one in counted)),
            equal(_("pieces overdue for calibration"), 1, overdue),
        ),
    )


# Coming in ------------------------------------------------------------------------------------------------------------


def _order(session: Session, job: Job) -> PurchaseOrder:
    """One order that came in part, one overdue, one that came whole and is paid with donated money: the last one."""
    disinfectant = _ordered(session, job, "84", "汉江日化", {DISINFECTANT: (10, "桶", 4_500)}, days_ago=4, due_in=1)
    _came(session, job, disinfectant, {DISINFECTANT: ("HJ-84-11", 270, 4 * 5000)})
    _ordered(session, job, "masks", "惠民医疗器械", {MASK: (2, "箱", 360_000)}, days_ago=5, due_in=-1)
    guns = _ordered(session, job, "guns", "惠民医疗器械", {THERMOMETER: (GUNS, "把", GUN_FEN)}, days_ago=5, due_in=-2)
    _came(session, job, guns, {THERMOMETER: ("TW-2004", None, GUNS)})
    return guns


def _ordered(
    session: Session,
    job: Job,
    name: str,
    supplier: str,
    wanted: Mapping[str, tuple[int, str, int]],
    *,
    days_ago: int,
    due_in: int,
) -> PurchaseOrder:
    """An order by item code: how many of which unit word, and fen for one."""
    items = {code: item_by_code(session, code) for code in wanted}
    return purchasing.order_goods(
        session,
        key=f"demo:order:{name}",
        supplier=source_named(session, place=Place.SUPPLIER, name=supplier),
        unit=unit_by_code(session, TOP_CODE),
        lines=[
            Ordered(
                item_id=items[code].id,
                quantity=amount * items[code].units()[word],
                price_fen=price_fen,
                price_word=word,
            )
            for code, (amount, word, price_fen) in wanted.items()
        ],
        at=_at(job, days_ago),
        by=OFFICER,
        expected_on=job.county.first_day + dt.timedelta(days=due_in),
    )


def _came(session: Session, job: Job, order: PurchaseOrder, lots: Mapping[str, tuple[str, int | None, int]]) -> None:
    """What came of an order by item code: the lot, for how many days it is good, and base units."""
    came = []
    for code, (lot, good_for, quantity) in lots.items():
        expires_on = None if good_for is None else job.county.first_day + dt.timedelta(days=good_for)
        made = lot_for(session, item=item_by_code(session, code), code=lot, expires_on=expires_on)
        came.append(Came(lot_id=made.id, quantity=quantity))
        _tell(job, code, quantity)
    purchasing.receive_ordered(
        session,
        recorded=job.recorded(f"came:{order.id}", by=OFFICER, at=_at(job, 1)),
        order_id=order.id,
        store=_store(session, STORE_CODE),
        came=came,
    )


def _collect(session: Session, job: Job, order: PurchaseOrder) -> None:
    """The money that the staff collected, part of it spent on an order."""
    collection = donations.offer(
        session,
        key="demo:offer:collection",
        donor=source_named(session, place=Place.DONOR, name="本局职工募捐"),
        unit=unit_by_code(session, TOP_CODE),
        at=_at(job, 6),
        by=OFFICER,
        money_fen=COLLECTED_FEN,
        purpose="防疫物资",
    )
    donations.accept(session, donation_id=collection.id, at=_at(job, 6), by=LEADER)
    entry = donations.receive_money(
        session,
        recorded=job.recorded("money", by=OFFICER, at=_at(job, 5)),
        donation_id=collection.id,
        amount_fen=COLLECTED_FEN,
    )
    donations.spend(
        session,
        recorded=job.recorded("spent", by=OFFICER, at=_at(job, 1)),
        fund_id=entry.fund_id,
        order=order,
        amount_fen=GUNS * GUN_FEN,
    )


def _take_gifts(session: Session, job: Job) -> None:
    """Masks that were given for one hospital, and an offer nobody has decided on yet."""
    masks, top = item_by_code(session, MASK), unit_by_code(session, TOP_CODE)
    given = donations.offer(
        session,
        key="demo:offer:masks",
        donor=source_named(session, place=Place.DONOR, name="区工商联"),
        unit=top,
        at=_at(job, 4),
        by=OFFICER,
        lines=[(masks.id, 1000)],
        unit_ids=[unit_by_code(session, HOSPITAL).id],
        purpose="支援发热门诊",
    )
    donations.accept(session, donation_id=given.id, at=_at(job, 4), by=LEADER)
    donations.receive_goods(
        session,
        recorded=job.recorded("given", by=OFFICER, at=_at(job, 3)),
        donation_id=given.id,
        store=_store(session, STORE_CODE),
        given=[Given(item=masks, quantity=1000, lot_code="GSL-01", expires_on=_day(job, 500))],
    )
    _tell(job, MASK, 1000)
    donations.offer(
        session,
        key="demo:offer:waiting",
        donor=source_named(session, place=Place.DONOR, name="爱心企业捐赠"),
        unit=top,
        at=_at(job, 1),
        by=OFFICER,
        lines=[(item_by_code(session, DISINFECTANT).id, 50_000)],
        note="企业自送，需先确认有效氯含量",
    )


# Between stores -------------------------------------------------------------------------------------------------------


def _send(session: Session, job: Job) -> None:
    """Alcohol on its way to a station, and gloves of which a checkpoint found ten pairs fewer than were sent."""
    station = next(unit.code for unit in job.county.units if unit.code.startswith("YZ"))
    _sent(session, job, station, {ALCOHOL: 5_000}, carrier="鄂C·M0001 便车", days_ago=0)
    _tell(job, ALCOHOL, -5_000)
    gloves = _sent(session, job, CHECKPOINT, {GLOVES: 100}, carrier="区局通勤车", days_ago=1)
    standing = consignments.standing(session, gloves)
    consignments.receive(
        session,
        recorded=job.recorded("signed", by=OFFICER, at=_at(job, 1, hour=15)),
        consignment_id=gloves.id,
        counted=[
            consignments.Counted(
                lot_id=line.lot.id,
                quantity=line.in_transit - 10,
                reason=DifferenceReason.MISSING,
                note="外箱破口，少 10 双",
            )
            for line in standing.lots
        ],
    )
    _tell(job, GLOVES, -10 * len(standing.lots))


def _sent(
    session: Session, job: Job, to: str, goods: Mapping[str, int], *, carrier: str, days_ago: int
) -> consignments.Consignment:
    return consignments.send(
        session,
        recorded=job.recorded(f"sent:{to}", by=OFFICER, at=_at(job, days_ago) if days_ago else None),
        source=_store(session, STORE_CODE),
        destination=_store(session, to),
        wanted={item_by_code(session, code).id: quantity for code, quantity in goods.items()},
        carrier=carrier,
    )


def _count(session: Session, job: Job) -> None:
    """The medicines were counted and two boxes were missing; the gloves and the alcohol are being counted."""
    done = _begun(session, job, "medicines", *MEDICINES)
    now = job.clock()
    held = _held(session, done)
    short = next(lot_id for lot_id, (code, _quantity) in held.items() if code == MEDICINES[1])
    counted = {lot_id: quantity - 2 * (lot_id == short) for lot_id, (_code, quantity) in held.items()}
    _found(session, job, done, counted)
    counts.submit(session, count_id=done.id, at=now)
    said = (VarianceReason.ISSUE_NOT_RECORDED, "门诊领走 2 盒，当时未登记")
    counts.explain(session, count_id=done.id, reasons={short: said}, by=OFFICER)
    counts.post(session, count_id=done.id, at=now, recorded_at=now, by=LEADER)
    _tell(job, MEDICINES[1], -2)
    going_on = _begun(session, job, "gloves", GLOVES, ALCOHOL)
    lot_id, (_code, quantity) = next(iter(_held(session, going_on).items()))
    _found(session, job, going_on, {lot_id: quantity})


def _begun(session: Session, job: Job, name: str, *codes: str) -> CountSession:
    return counts.start(
        session,
        key=f"demo:count:{name}",
        location=_store(session, STORE_CODE),
        items=[item_by_code(session, code) for code in codes],
        tolerance=Tolerance(),
        at=job.clock(),
        by=OFFICER,
    )


def _held(session: Session, count: CountSession) -> dict[int, tuple[str, int]]:
    """What the books say of the lots to be counted: item code and base units by lot id."""
    lots = {line.lot.id: line.lot.item.code for line in counts.sheet(session, count)}
    balances = session.execute(
        select(Balance.lot_id, Balance.quantity)
        .where(Balance.location_id == count.location_id, Balance.lot_id.in_(lots))
        .order_by(Balance.lot_id)
    )
    return {lot_id: (lots[lot_id], quantity) for lot_id, quantity in balances}


def _found(session: Session, job: Job, count: CountSession, found: Mapping[int, int]) -> None:
    now = job.clock()
    counts.record(
        session,
        count_id=count.id,
        key=f"demo:counted:{count.id}",
        counted=[
            counts.Counted(lot_id=lot_id, quantity=quantity, counted_at=now) for lot_id, quantity in found.items()
        ],
        at=now,
        by=OFFICER,
    )


# Equipment, and the ladder --------------------------------------------------------------------------------------------


def _register(session: Session, job: Job) -> None:
    """Thermometer guns: one in store, one at a checkpoint, one lent, one in repair, and an old one whose calibration has run out."""
    _pieces(session, job, "TW-19", 1, days_ago=400)
    new = _pieces(session, job, "TW-20", 4, days_ago=5)
    checkpoint = unit_by_code(session, CHECKPOINT)
    _happened(session, job, new[0], AssetAct.HANDED_OUT, Details(place_id=checkpoint.id))
    _happened(session, job, new[1], AssetAct.LENT, Details(holder="区疾控中心", until=_day(job, 7)))
    _happened(session, job, new[2], AssetAct.SENT_TO_REPAIR, Details(holder="惠民医疗器械", note="不显示读数"))


def _pieces(session: Session, job: Job, prefix: str, count: int, *, days_ago: int) -> list[assets.Asset]:
    return assets.register(
        session,
        signed=_signed(job, f"register:{prefix}"),
        item=item_by_code(session, THERMOMETER),
        unit=unit_by_code(session, TOP_CODE),
        serials=[f"{prefix}-{number:02d}" for number in range(1, count + 1)],
        told=Description(acquired_on=_day(job, -days_ago), interval_days=365),
    )


def _happened(session: Session, job: Job, piece: assets.Asset, act: AssetAct, details: Details) -> None:
    assets.record(session, signed=_signed(job, f"{act}:{piece.id}"), asset_id=piece.id, act=act, details=details)


def _signed(job: Job, key: str) -> Signed:
    return Signed(key=f"demo:{key}", on=job.today, at=job.clock(), by=OFFICER)


def _let_the_ladder_hold(session: Session, job: Job) -> None:
    policy = policies.propose_policy(
        session,
        key="demo:policy",
        unit=unit_by_code(session, TOP_CODE),
        name="疫情防控物资分配",
        ladder=DEFAULT_LADDER,
        at=_at(job, 6),
        by=OFFICER,
        note="先一线，再窗口，再其他",
    )
    policies.approve_policy(session, policy_id=policy.id, valid_from=_day(job, -5), at=_at(job, 5), by=LEADER)


# Beneath --------------------------------------------------------------------------------------------------------------


def _at(job: Job, days_ago: int, *, hour: int = 9) -> dt.datetime:
    return dt.datetime.combine(_day(job, -days_ago), dt.time(hour), job.zone)


def _day(job: Job, days: int) -> dt.date:
    return job.county.first_day + dt.timedelta(days=days)


def _store(session: Session, code: str) -> StockLocation:
    unit: Unit = unit_by_code(session, code)
    return store_of(session, unit)


def _tell(job: Job, code: str, quantity: int) -> None:
    """That the county holds so many base units more than its receipts say, or less."""
    job.own[code] = job.own.get(code, 0) + quantity
