"""What the pages show of stock and need: reads that put several tables of the store side by side."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, selectinload

from inventory.allocation import Rung
from inventory.balances import Balance
from inventory.cases import Case, from_plain
from inventory.catalogue import Item, ItemKind, usable_on
from inventory.holdings import holdings
from inventory.ledger import Document
from inventory.needs import Heat, Need, cover_days, daily_needs, heat, needs_of_requisitions, reckoned_needs
from inventory.overrides import Override
from inventory.places import Place, StockLocation, get_location
from inventory.promises import Reservation
from inventory.requisitions import Requisition, RequisitionState
from inventory.restrictions import named_for, not_for
from inventory.runs import AllocationRun, JointRun, Share, unmet
from inventory.sharing import Proposal, needs_used
from inventory.stock import CardLine, OnHand, available, on_hand
from inventory.units import Tier, Unit, subtree
from logistics.orders.models import DeliveryOrder
from logistics.orders.queries import coming


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLine:
    """One item of a unit: what is there, what is needed a day (base units), and how long it lasts.

    Equipment is not used up: of it `daily_need` is the number of pieces there should be, and no days are told.
    """

    stock: OnHand
    daily_need: int

    @property
    def is_used_up(self) -> bool:
        return self.stock.item.kind is not ItemKind.EQUIPMENT

    @property
    def cover(self) -> Fraction | None:
        return cover_days(self.stock.usable, self.daily_need) if self.is_used_up else None

    @property
    def heat(self) -> Heat:
        if self.is_used_up or not self.daily_need:
            return heat(self.cover)
        missing = self.daily_need > self.stock.usable
        return Heat.OUT if not self.stock.usable else Heat.SCARCE if missing else Heat.ENOUGH

    @property
    def runs_out(self) -> bool:
        """Equipment is not used up, whatever was asked of it a day."""
        return self.stock.item.kind is not ItemKind.EQUIPMENT


def stock_lines(session: Session, *, unit_id: int, on: dt.date, below: bool = True) -> list[StockLine]:
    """Every item the unit holds or needs: what runs out first on top, then equipment, then what nobody has told a need for.

    Cover counts what is there and may be used, promised or not: a promise inside the unit stays inside it.
    """
    needs = daily_needs(session, unit_id=unit_id, on=on, below=below)
    held = {line.item.id: line for line in on_hand(session, unit_id=unit_id, on=on, below=below)}
    missing = session.scalars(select(Item).where(Item.id.in_(needs.keys() - held.keys())))
    nothing = [OnHand(item=item) for item in missing]
    lines = [StockLine(stock=stock, daily_need=needs.get(stock.item.id, 0)) for stock in [*held.values(), *nothing]]
    return sorted(
        lines, key=lambda line: (line.cover is None, not line.daily_need, line.cover or 0, line.stock.item.code)
    )


def is_about(item: Item, text: str) -> bool:
    """Whether the words of a text stand in the item's code or name, in any order."""
    said = f"{item.code} {item.name}".casefold()
    return all(word in said for word in text.casefold().split())


def stock_line(session: Session, item: Item, *, unit_id: int, on: dt.date, below: bool = True) -> StockLine | None:
    """One item as `stock_lines` has it; None where the unit neither holds nor needs it."""
    need = daily_needs(session, unit_id=unit_id, on=on, below=below).get(item.id, 0)
    held = on_hand(session, unit_id=unit_id, on=on, below=below, item_id=item.id)
    if not held and not need:
        return None
    return StockLine(stock=held[0] if held else OnHand(item=item), daily_need=need)


@dataclass(frozen=True, slots=True, kw_only=True)
class CanGive:
    """What a store can still give of an item, in base units."""

    item: Item
    quantity: int
    next_expiry: dt.date | None


def can_give(session: Session, *, location_id: int, on: dt.date) -> list[CanGive]:
    """Everything a store can still give, by item code: usable, not promised to somebody else, not given for others."""
    usable: dict[int, int] = defaultdict(int)
    expiry: dict[int, dt.date] = {}
    held = session.scalars(
        select(Balance)
        .where(Balance.location_id == location_id, Balance.quantity > 0)
        .options(selectinload(Balance.lot))
    ).all()
    named = named_for(session, [balance.lot_id for balance in held])
    kept = not_for(session, named, unit_id=get_location(session, location_id).unit_id)
    for balance in held:
        if usable_on(balance.lot, on) and balance.lot_id not in kept:
            usable[balance.item_id] += balance.quantity
            if balance.lot.expires_on:
                expiry[balance.item_id] = min(balance.lot.expires_on, expiry.get(balance.item_id, dt.date.max))
    promised = {
        item_id: int(quantity)
        for item_id, quantity in session.execute(
            select(Reservation.item_id, func.sum(Reservation.quantity))
            .where(Reservation.location_id == location_id, Reservation.released_at.is_(None))
            .group_by(Reservation.item_id)
        )
    }
    items = session.scalars(select(Item).where(Item.id.in_(usable)).order_by(Item.code))
    return [
        CanGive(
            item=item,
            quantity=max(0, usable[item.id] - promised.get(item.id, 0)),
            next_expiry=expiry.get(item.id),
        )
        for item in items
    ]


def fullest_store(session: Session, *, unit_id: int, item_id: int | None = None) -> StockLocation | None:
    """The store of the unit or below that holds most of an item, or that is not empty and has held most lots; None where all are empty.

    The key of the balances alone tells how many lots a store has held; how many it holds would take reading all of them.
    """
    of_item = () if item_id is None else (Balance.item_id == item_id,)
    here = select(Balance).where(Balance.location_id == StockLocation.id, *of_item).correlate(StockLocation)
    most = here.with_only_columns(func.count() if item_id is None else func.sum(Balance.quantity)).scalar_subquery()
    return session.scalar(
        select(StockLocation)
        .where(
            StockLocation.place == Place.STORE,
            StockLocation.unit_id.in_(subtree(unit_id)),
            here.where(Balance.quantity > 0).exists(),
        )
        .order_by(most.desc(), StockLocation.id)
        .limit(1)
    )


def holders_of(session: Session, *, item_id: int, unit_id: int, on: dt.date) -> list[tuple[StockLocation, int]]:
    """The stores of the unit and below that can give of an item, with the base units they can give, the fullest first."""
    stores = session.scalars(
        select(StockLocation)
        .join(Balance, Balance.location_id == StockLocation.id)
        .where(
            StockLocation.place == Place.STORE,
            StockLocation.unit_id.in_(subtree(unit_id)),
            Balance.item_id == item_id,
            Balance.quantity > 0,
        )
        .group_by(StockLocation.id)
        .order_by(func.sum(Balance.quantity).desc(), StockLocation.id)
        .limit(_MOST_HOLDERS)
    ).all()
    free = [(store, available(session, location_id=store.id, item_id=item_id, on=on)) for store in stores]
    return [(store, quantity) for store, quantity in free if quantity > 0]


def known_sources(session: Session) -> list[str]:
    """The suppliers and donors goods have come from so far, by name."""
    places = (Place.SUPPLIER, Place.DONOR)
    names = select(StockLocation.name).where(StockLocation.place.in_(places)).distinct().order_by(StockLocation.name)
    return list(session.scalars(names))


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The balance over time as a drawing: `points` in a box of `width` × `height`, time to the right, stock upwards."""

    points: str
    area: str
    width: int
    height: int
    highest: int
    first: dt.datetime
    last: dt.datetime


def curve(lines: Sequence[CardLine], *, now: dt.datetime, width: int = 640, height: int = 120) -> Curve | None:
    """The steps of a page of a stock card (newest first); None where one movement or fewer gives nothing to see."""
    if len(lines) < 2:
        return None
    oldest_first = sorted(lines, key=lambda line: line.movement.id)
    first = min(line.movement.occurred_at for line in lines)
    last = max(now, *(line.movement.occurred_at for line in lines))
    highest = max(1, *(line.balance for line in lines), *(line.balance - line.change for line in lines))
    span_s = max(1.0, (last - first).total_seconds())

    def at(moment: dt.datetime, balance: int) -> str:
        x = (moment - first).total_seconds() / span_s * width
        return f"{x:.1f},{height - max(0, balance) / highest * height:.1f}"

    steps: list[str] = []
    reached = first
    for line in oldest_first:
        # Entered late is drawn when it was entered among the others: a curve never runs backwards.
        reached = max(reached, line.movement.occurred_at)
        steps += [at(reached, line.balance - line.change), at(reached, line.balance)]
    steps.append(at(last, oldest_first[-1].balance))
    points = " ".join(steps)
    return Curve(
        points=points,
        area=f"0,{height} {points} {width},{height}",
        width=width,
        height=height,
        highest=highest,
        first=first,
        last=last,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """One document as the list shows it: from where to where, and how much of what (base units).

    After a count `nets` holds: goods went both ways, and what counts is how much more or less there is than before.
    """

    document: Document
    sources: list[StockLocation]
    destinations: list[StockLocation]
    quantities: list[tuple[Item, int]]
    nets: bool


def document_line(document: Document) -> DocumentLine:
    """A document at a glance; its lots summed by item."""
    nets = any(Place.VARIANCE in (m.source.place, m.destination.place) for m in document.movements)
    totals: dict[int, int] = defaultdict(int)
    for movement in document.movements:
        totals[movement.item_id] += movement.quantity * (-1 if nets and movement.source.guarded else 1)
    items = {movement.item_id: movement.item for movement in document.movements}
    return DocumentLine(
        document=document,
        sources=list({m.source_id: m.source for m in document.movements}.values()),
        destinations=list({m.destination_id: m.destination for m in document.movements}.values()),
        quantities=[(items[item_id], quantity) for item_id, quantity in totals.items()],
        nets=nets,
    )


# Asking and sharing ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A requisition beside what its unit has and what the unit needs a day.

    `on_hand` is what an allocation counts it to have (base units); so much of that is only promised to it or on its way.
    """

    requisition: Requisition
    on_hand: int
    coming: int
    need: Need

    @property
    def cover(self) -> Fraction:
        return self.on_hand / self.need.exact

    @property
    def told_cover(self) -> Fraction:
        return Fraction(self.on_hand, self.requisition.daily_need)

    @property
    def told_otherwise(self) -> bool:
        """Whether the unit told a need far from that of the norms."""
        return not self.need.is_told and self.need.differs_from(self.requisition.daily_need)

    @property
    def heat(self) -> Heat:
        return heat(self.cover)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedItem:
    """All that is asked of one item at the moment, in base units; the need a day as it was told."""

    item: Item
    count: int
    quantity: int
    told_need: int


def asked_items(session: Session, *, unit_id: int) -> list[AskedItem]:
    """The items asked for by the unit and below, by item code."""
    rows = session.execute(
        select(
            Requisition.item_id,
            func.count(),
            func.sum(Requisition.quantity),
            func.sum(Requisition.daily_need),
        )
        .where(Requisition.state == RequisitionState.OPEN, Requisition.unit_id.in_(subtree(unit_id)))
        .group_by(Requisition.item_id)
    ).all()
    items = {item.id: item for item in session.scalars(select(Item).where(Item.id.in_([row[0] for row in rows])))}
    found = [
        AskedItem(item=items[item_id], count=count, quantity=int(quantity), told_need=int(need))
        for item_id, count, quantity, need in rows
    ]
    return sorted(found, key=lambda asked: asked.item.code)


def asked_of(session: Session, *, item_id: int, unit_id: int, on: dt.date) -> list[Asked]:
    """The open requisitions of the unit and below for an item: frontline first, then the least cover."""
    requisitions = session.scalars(
        select(Requisition)
        .where(
            Requisition.item_id == item_id,
            Requisition.state == RequisitionState.OPEN,
            Requisition.unit_id.in_(subtree(unit_id)),
        )
        .options(selectinload(Requisition.unit), selectinload(Requisition.item), selectinload(Requisition.sheet))
    ).all()
    asked = as_they_ask(session, requisitions, on=on)
    return sorted(asked, key=lambda a: (_TIERS[a.requisition.tier], a.cover, a.requisition.id))


def asked_one(session: Session, requisition: Requisition, *, on: dt.date) -> Asked:
    """One requisition as it stands; see `as_they_stand`."""
    return as_they_stand(session, [requisition], on=on)[requisition.id]


def as_they_stand(session: Session, requisitions: Collection[Requisition], *, on: dt.date) -> dict[int, Asked]:
    """Requisitions by id; each of those that are answered with the stock and the need by which it was."""
    ids = [requisition.id for requisition in requisitions]
    found = session.scalars(select(Share).where(Share.requisition_id.in_(ids)).order_by(Share.id.desc()))
    shares = {share.requisition_id: share for share in found}
    waiting = as_they_ask(session, [one for one in requisitions if one.id not in shares], on=on)
    needs = needs_used(session, shares.values())
    answered = [
        Asked(
            requisition=one,
            on_hand=shares[one.id].on_hand,
            coming=shares[one.id].reason.get("coming", 0),
            need=needs[one.id],
        )
        for one in requisitions
        if one.id in shares
    ]
    return {one.requisition.id: one for one in (*waiting, *answered)}


def as_they_ask(session: Session, requisitions: Collection[Requisition], *, on: dt.date) -> list[Asked]:
    """Open requisitions, as an allocation would find them now."""
    items, units = {one.item_id for one in requisitions}, {one.unit_id for one in requisitions}
    held = holdings(session, item_ids=items, unit_ids=units, on=on, coming=coming(session, item_ids=items))
    needs = needs_of_requisitions(session, requisitions, on=on)
    pairs = [(one, held[one.unit_id, one.item_id]) for one in requisitions]
    return [
        Asked(requisition=one, on_hand=holding.counted, coming=holding.coming, need=needs[one.id])
        for one, holding in pairs
    ]


def needs_by_norm(
    session: Session, *, unit: Unit, items: Sequence[Item], on: dt.date
) -> list[tuple[Item, Need | None]]:
    """What a unit needs of each item a day by the approved norms; None where none applies to it."""
    needs = reckoned_needs(session, unit_ids=[unit.id], on=on, item_ids=[item.id for item in items])
    return [(item, needs.get((unit.id, item.id))) for item in items]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLine:
    """What one point gets, proposed or decided. Quantities in base units, cover in days, `reason` as the record keeps it.

    `sources` tells what of it comes from which store, in packs. `stands_in`: it is of another item of the class than was asked for.
    """

    requisition: Requisition
    need: Need
    on_hand: int
    packs: int
    quantity: int
    reason: Mapping[str, Any]
    sources: Mapping[str, int]
    deliveries: Sequence[DeliveryOrder] = ()
    stands_in: bool = False

    @property
    def changed(self) -> int:
        """Packs more (+) or fewer (−) than without the overrides."""
        return self.packs - int(self.reason.get("without_overrides", self.packs))

    @property
    def coming(self) -> int:
        """What of `on_hand` was only promised to it or on its way."""
        return int(self.reason.get("coming", 0))

    @property
    def cover_before(self) -> Fraction:
        return Fraction(self.reason["cover_before"])

    @property
    def cover_after(self) -> Fraction:
        return Fraction(self.reason["cover_after"])

    @property
    def asked(self) -> int:
        """Told once, by the item that was asked for."""
        return 0 if self.stands_in else self.requisition.quantity

    @property
    def shortfall(self) -> int:
        return 0 if self.stands_in else unmet(self.requisition, self.quantity, self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """A sharing-out as the pages show it, whether it is proposed or decided."""

    item: Item
    #: All it was decided by; None where the record is older than certificates, or is a part of a joint allocation.
    case: Case | None
    #: By code, the first one first.
    sources: Mapping[str, StockLocation]
    pack_word: str
    pack_size: int
    packs: int
    left_over: int
    short: int
    ladder: Sequence[Rung]
    lines: Sequence[ShareLine]
    #: Delivery orders still to be made.
    waiting: int = 0
    #: Whether opened packs would serve more points of the rung on which they ran out.
    better_opened: bool = False

    @property
    def source(self) -> StockLocation:
        return next(iter(self.sources.values()))

    @property
    def given(self) -> int:
        return sum(line.packs for line in self.lines)

    @property
    def reserve(self) -> int:
        """Packs that stay in the stores beside those to share."""
        return self.case.reserve if self.case else 0

    @property
    def overrides(self) -> list[tuple[Requisition, Override]]:
        """What was signed for outside the ladder, and for whom."""
        return [(self._requisitions[one.point], one) for one in self.case.overrides] if self.case else []

    @property
    def closed(self) -> list[tuple[StockLocation, Unit]]:
        """From which store nothing could go to which unit."""
        ways = self.case.closed if self.case else ()
        found = {(self.sources[source], self._requisitions[point].unit) for source, point in ways}
        return sorted(found, key=lambda way: (way[0].name, way[1].name))

    @property
    def _requisitions(self) -> dict[str, Requisition]:
        return {line.requisition.number: line.requisition for line in self.lines}

    @property
    def overruled(self) -> list[ShareLine]:
        """Those who get more or less by the overrides than the ladder alone would give them; who gains first."""
        return sorted((line for line in self.lines if line.changed), key=lambda line: -line.changed)

    @property
    def days_shown(self) -> Fraction:
        """How many days of cover the pictures have room for."""
        ceilings = [Fraction(rung.ceiling_days) for rung in self.ladder]
        return max([Fraction(1), *ceilings, *(line.cover_after for line in self.lines)])

    @property
    def tiers(self) -> list[TierLine]:
        """The lines summed by tier, in the order of priority."""
        return [
            TierLine.of(tier, [line for line in self.lines if line.requisition.tier is tier])
            for tier in Tier
            if any(line.requisition.tier is tier for line in self.lines)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierLine:
    """All points of one tier: how many, what they asked and got, and the cover of the worst off before and after."""

    tier: Tier
    points: int
    asked: int
    packs: int
    quantity: int
    least_before: Fraction
    least_after: Fraction

    @classmethod
    def of(cls, tier: Tier, lines: Sequence[ShareLine]) -> TierLine:
        return cls(
            tier=tier,
            points=len(lines),
            asked=sum(line.asked for line in lines),
            packs=sum(line.packs for line in lines),
            quantity=sum(line.quantity for line in lines),
            least_before=min(line.cover_before for line in lines),
            least_after=min(line.cover_after for line in lines),
        )


def sharing_proposed(proposal: Proposal) -> Sharing:
    """A proposal as the pages show it: frontline first, then by name, as the record will stand."""
    case, decision = proposal.case, proposal.decision
    on_hand, reasons = proposal.on_hand, proposal.reasons()
    sources: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for draw in decision.draws:
        sources[draw.point][draw.source] += draw.packs
    lines = [
        ShareLine(
            requisition=requisition,
            need=proposal.needs[number],
            on_hand=on_hand[number],
            packs=decision.packs_by_point[number],
            quantity=decision.packs_by_point[number] * case.pack_size,
            reason=reasons[number],
            sources=sources[number],
        )
        for number, requisition in proposal.requisitions.items()
    ]
    return Sharing(
        item=proposal.item,
        case=case,
        sources=proposal.sources,
        pack_word=proposal.pack_word,
        pack_size=case.pack_size,
        packs=case.packs,
        left_over=decision.overruled.left_over,
        short=decision.allocation.short,
        ladder=case.rungs,
        lines=sorted(
            lines, key=lambda line: (_TIERS[line.requisition.tier], line.requisition.unit.name, line.requisition.id)
        ),
        better_opened=decision.allocation.better_opened,
    )


def sharing_decided(session: Session, run: AllocationRun) -> Sharing:
    """A recorded allocation as the pages show it, with the delivery orders made of it, from all its stores."""
    runs = {one.id: one for one in (run, *run.parts)}
    by_requisition: dict[int, list[Share]] = defaultdict(list)
    shares = session.scalars(
        select(Share)
        .where(Share.run_id.in_(runs))
        .order_by(Share.place, Share.run_id)
        .options(
            selectinload(Share.requisition).selectinload(Requisition.unit),
            selectinload(Share.requisition).selectinload(Requisition.item),
        )
    ).all()
    for share in shares:
        by_requisition[share.requisition_id].append(share)
    deliveries = {
        delivery.share_id: delivery
        for delivery in session.scalars(
            select(DeliveryOrder).join(Share, Share.id == DeliveryOrder.share_id).where(Share.run_id.in_(runs))
        )
    }
    needs = needs_used(session, shares)
    return Sharing(
        item=run.item,
        case=from_plain(run.certificate.case) if run.certificate else None,
        sources={one.source.code: one.source for one in runs.values()},
        pack_word=run.pack_word,
        pack_size=run.pack_size,
        packs=run.packs,
        left_over=run.left_over,
        short=run.short,
        ladder=run.rungs,
        lines=[_decided(run, runs, some, needs, deliveries) for some in by_requisition.values()],
        waiting=sum(1 for share in shares if share.is_carried and share.id not in deliveries),
    )


def _decided(
    run: AllocationRun,
    runs: Mapping[int, AllocationRun],
    shares: Sequence[Share],
    needs: Mapping[int, Need],
    deliveries: Mapping[int | None, DeliveryOrder],
) -> ShareLine:
    """The shares of one requisition from all stores together."""
    packs = sum(share.packs for share in shares)
    return ShareLine(
        requisition=shares[0].requisition,
        need=needs[shares[0].requisition_id],
        on_hand=shares[0].on_hand,
        packs=packs,
        quantity=packs * run.pack_size,
        reason=shares[0].reason,
        sources={runs[share.run_id].source.code: share.packs for share in shares if share.packs},
        deliveries=[deliveries[share.id] for share in shares if share.id in deliveries],
        stands_in=shares[0].stands_in,
    )


def carried_over(session: Session, *, run_id: int) -> bool:
    """Whether the unmet rests of an allocation have been asked for again."""
    answered = select(Share.requisition_id).where(Share.run_id == run_id)
    return session.scalar(select(exists().where(Requisition.carries_id.in_(answered)))) or False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """An allocation in the list: how many points got something, and how many of those have no delivery order yet."""

    run: AllocationRun
    points: int
    served: int
    waiting: int


def runs(session: Session, *, unit_id: int, limit: int = 50, before_id: int | None = None) -> list[RunLine]:
    """The newest allocations from stores of the unit and below, newest first."""
    page = select(AllocationRun).where(
        AllocationRun.source_id.in_(_stores_below(unit_id)), AllocationRun.part_of_id.is_(None)
    )
    if before_id is not None:
        page = page.where(AllocationRun.id < before_id)
    found = session.scalars(
        page.order_by(AllocationRun.id.desc())
        .limit(limit)
        .options(
            selectinload(AllocationRun.item), selectinload(AllocationRun.source), selectinload(AllocationRun.joint)
        )
    ).all()
    return run_lines(session, found)


def run_lines(session: Session, found: Iterable[AllocationRun]) -> list[RunLine]:
    """These allocations, in their order, with how far they are."""
    listed = list(found)
    ids = [run.id for run in listed]
    served = func.count(Share.requisition_id.distinct()).filter(Share.packs > 0)
    counted = {
        run_id: (points, served_points)
        for run_id, points, served_points in session.execute(
            select(_WHOLE, func.count(Share.requisition_id.distinct()), served)
            .select_from(Share)
            .join(AllocationRun, AllocationRun.id == Share.run_id)
            .where(_WHOLE.in_(ids))
            .group_by(_WHOLE)
        )
    }
    waiting = {
        run_id: count
        for run_id, count in session.execute(
            _waiting(select(_WHOLE, func.count())).where(_WHOLE.in_(ids)).group_by(_WHOLE)
        )
    }
    return [
        RunLine(
            run=run,
            points=counted.get(run.id, (0, 0))[0],
            served=counted.get(run.id, (0, 0))[1],
            waiting=waiting.get(run.id, 0),
        )
        for run in listed
    ]


def runs_without_delivery(session: Session, *, unit_id: int) -> int:
    """How many allocations gave somebody something for which no delivery order has been made."""
    waiting = _waiting(select(_WHOLE)).where(AllocationRun.source_id.in_(_stores_below(unit_id))).distinct()
    return session.scalar(select(func.count()).select_from(waiting.subquery())) or 0


def belongs_to(session: Session, run: AllocationRun | JointRun, *, unit_id: int) -> bool:
    """Whether an allocation came from a store of the unit or below."""
    return session.scalar(_stores_below(unit_id).where(StockLocation.id == run.source_id)) is not None


#: How many stores the desk offers to give too.
_MOST_HOLDERS = 12
#: The run that stands for the whole, whichever store gave.
_WHOLE = func.coalesce(AllocationRun.part_of_id, AllocationRun.id)
_TIERS = {tier: place for place, tier in enumerate(Tier)}


def _waiting[*Columns](shares: Select[*Columns]) -> Select[*Columns]:
    """Only the shares that wait for a delivery order, as `Sharing.waiting` counts them."""
    return (
        shares.select_from(Share)
        .join(AllocationRun, AllocationRun.id == Share.run_id)
        .join(StockLocation, StockLocation.id == AllocationRun.source_id)
        .join(Requisition, Requisition.id == Share.requisition_id)
        .where(
            Share.packs > 0,
            StockLocation.unit_id.is_distinct_from(Requisition.unit_id),
            ~exists().where(DeliveryOrder.share_id == Share.id),
        )
    )


def _stores_below(unit_id: int) -> Select[int]:
    return select(StockLocation.id).where(StockLocation.unit_id.in_(subtree(unit_id)))
