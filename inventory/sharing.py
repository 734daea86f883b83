"""How a scarce item is shared among those who ask (分配): reckoned, decided, recorded with its certificate, and proved."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, NotRequired, TypedDict, Unpack

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from inventory.allocation import Point, Rung, TooManyPacks, Turn
from inventory.base import mark_of
from inventory.cases import Case, Decision, as_plain, decide, fingerprint, from_plain
from inventory.catalogue import Item, get_item
from inventory.distances import straight_m
from inventory.errors import InvalidInput, KeyReused, NotFound
from inventory.holdings import Coming, Holding, holdings
from inventory.ledger import Recorded
from inventory.needs import Need, Part, needs_of_requisitions
from inventory.norms import Norm
from inventory.overrides import Override
from inventory.places import StockLocation, get_location
from inventory.policies import DEFAULT_LADDER, Policy, plain_rungs
from inventory.promises import reserve_many
from inventory.requisitions import (
    Requisition,
    RequisitionState,
    asked_before,
    carry,
    hold_open,
    open_requisitions,
    requisition_number,
)
from inventory.runs import AllocationRun, Certificate, Share
from inventory.sourcing import Supply
from inventory.stock import available, usable_lots
from inventory.units import Tier


class Terms(TypedDict):
    """What a sharing-out goes by.

    `policy` names the approved version that `ladder` is of; `keep_packs` stay as a strategic reserve; `below` answers only that unit
    and those under it. `other_source_ids` give too. `closed` are ways that nothing can go, (store id, unit id). The `point` of an
    override is the number of a requisition. `coming` is what is on its way to units and the ledger does not know of; see `holdings`.
    """

    item_id: int
    source_id: int
    pack_word: str
    ladder: NotRequired[Sequence[Rung]]
    policy: NotRequired[Policy | None]
    keep_packs: NotRequired[int]
    below: NotRequired[int | None]
    other_source_ids: NotRequired[Sequence[int]]
    closed: NotRequired[Collection[tuple[int, int]]]
    overrides: NotRequired[Sequence[Override]]
    only_approved: NotRequired[bool]
    coming: NotRequired[Coming]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An allocation that has been reckoned and not yet recorded. Points go by the numbers of their requisitions."""

    item: Item
    #: By code; the first is the one asked first.
    sources: Mapping[str, StockLocation]
    pack_word: str
    requisitions: Mapping[str, Requisition]
    #: What each needs a day and where that comes from.
    needs: Mapping[str, Need]
    holdings: Mapping[str, Holding]
    case: Case
    decision: Decision

    @property
    def source(self) -> StockLocation:
        return next(iter(self.sources.values()))

    @property
    def on_hand(self) -> dict[str, int]:
        return {point.id: point.on_hand for point in self.case.points}

    def reasons(self) -> dict[str, dict[str, Any]]:
        """Why everybody gets what it gets; see `reason_as_plain`. `shut_off`: every way to it is closed."""
        names = {code: place.name for code, place in self.sources.items()}
        names |= {number: requisition.unit.name for number, requisition in self.requisitions.items()}
        size = self.case.pack_size
        before = asked_before(
            self.requisitions.values(), lambda requisition: in_whole_packs(requisition.quantity, size)
        )
        return {
            number: reason_as_plain(self.decision, number, names)
            | {
                "need": need_as_plain(self.needs[number]),
                "asked_before": before[requisition.id],
                "coming": self.holdings[number].coming,
                "shut_off": all((source, number) in self.case.closed for source in self.sources),
            }
            for number, requisition in self.requisitions.items()
        }


def share_out(session: Session, *, recorded: Recorded, **terms: Unpack[Terms]) -> AllocationRun:
    """Share what stores have of an item among the open requisitions, and record who gets what and why.

    The requisitions are answered by it, and each share is reserved at its store until it becomes a delivery order. The same key again
    gives the run already recorded, with other terms KeyReused. Raises InvalidInput "nothing-asked" where no requisition is open, Short
    where somebody was faster. The goods are not moved: that is what
    delivery orders are for.
    """
    hold_open(session, item_ids=[terms["item_id"]])
    known = session.scalar(select(AllocationRun).where(AllocationRun.key == recorded.key))
    if known is not None:
        if known.asked not in (None, _mark(terms)):
            raise KeyReused(recorded.key)
        return known
    proposal = propose(session, at=recorded.occurred_at, **terms)
    return _record(session, recorded, proposal, terms)


def propose(session: Session, *, at: dt.datetime, **terms: Unpack[Terms]) -> Proposal:
    """Reckon an allocation without recording anything."""
    item, day = get_item(session, terms["item_id"]), at.date()
    sources = _sources(session, terms)
    if terms["pack_word"] not in item.units():
        raise InvalidInput("pack", "unknown-unit", tuple(item.units()))
    if terms.get("keep_packs", 0) < 0:
        raise InvalidInput("keep_packs", "negative", terms["keep_packs"])
    asked = _asked(session, terms, item)
    needs, held = _needs(session, asked, day), _holdings(session, terms, asked, day)
    case = _case(session, terms, item, sources, asked, needs, held, day)
    _refuse_impossible(case, asked)
    try:
        decision = decide(case, distance_m=lambda source, point: _metres(sources[source], asked[point]))
    except TooManyPacks as error:
        raise InvalidInput("pack", "too-small", terms["pack_word"]) from error
    except ValueError as error:
        raise InvalidInput("overrides", "cannot-be-served", str(error)) from error
    return Proposal(
        item=item,
        sources=sources,
        pack_word=terms["pack_word"],
        requisitions=asked,
        needs=needs,
        holdings=held,
        case=case,
        decision=decision,
    )


def carry_over(session: Session, *, run_id: int, at: dt.datetime, by: str) -> list[Requisition]:
    """Ask again, for everybody who got less than asked in a run, for the rest (结转); done again it asks once."""
    run = get_run(session, run_id)
    # Held, so that a second click waits for the first and finds what it asked.
    session.execute(select(AllocationRun.id).where(AllocationRun.id == run_id).with_for_update())
    return [
        carry(session, requisition=share.requisition, rest=share.shortfall, at=at, by=by)
        for share in run.shares
        if share.shortfall
    ]


def get_run(session: Session, run_id: int) -> AllocationRun:
    """The allocation with this id. Raises NotFound."""
    run = session.get(AllocationRun, run_id)
    if run is None:
        raise NotFound("allocation", run_id)
    return run


def why(session: Session, *, run_id: int, requisition_id: int) -> Share:
    """The share of a requisition with its reason, as the run's first store keeps it. Raises NotFound."""
    share = session.scalar(
        select(Share)
        .where(Share.run_id == run_id, Share.requisition_id == requisition_id)
        .options(
            selectinload(Share.requisition).selectinload(Requisition.unit),
            selectinload(Share.run).selectinload(AllocationRun.source),
        )
    )
    if share is None:
        raise NotFound("share", requisition_id)
    return share


def needs_used(session: Session, shares: Collection[Share]) -> dict[int, Need]:
    """By what daily need each share was reckoned, by the id of its requisition: with the parts of the norms, else as it was told."""
    kept = {share.requisition_id: share.reason.get("need", {}).get("norms", []) for share in shares}
    ids = {norm_id for parts in kept.values() for norm_id, _count in parts}
    found = session.scalars(select(Norm).where(Norm.id.in_(ids)).options(selectinload(Norm.item)))
    norms = {norm.id: norm for norm in found}
    return {
        share.requisition_id: Need(
            exact=share.daily_need,
            parts=tuple(Part(norm=norms[norm_id], count=count) for norm_id, count in kept[share.requisition_id]),
        )
        for share in shares
    }


def case_of(session: Session, run_id: int) -> Case:
    """The case a run was decided by. Raises NotFound where it was recorded before certificates were kept."""
    certificate = session.get(Certificate, run_id)
    if certificate is None:
        raise NotFound("certificate", run_id)
    return from_plain(certificate.case)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disproof:
    """A run whose record does not hold: its certificate was `altered`, `shares` or `needs` differ from it, or its `sum` is wrong."""

    number: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationProof:
    """How many runs were decided again, how many have no certificate, and what was found. Proved when `findings` is empty."""

    runs: int
    without_certificate: int
    findings: tuple[Disproof, ...]


def prove_allocations(session: Session) -> AllocationProof:
    """Decide every recorded run again by its certificate, and check that everybody got just that. Reads everything, mends nothing.

    Joint runs are proved by `joint.prove_joint_runs`.
    """
    checked = without = 0
    findings: list[Disproof] = []
    by_themselves = select(AllocationRun).where(AllocationRun.part_of_id.is_(None), AllocationRun.joint_id.is_(None))
    for run in session.scalars(by_themselves):
        if run.certificate is None:
            without += 1
            continue
        checked += 1
        findings += [Disproof(number=run.number, rule=rule) for rule in _broken_rules(run, run.certificate)]
    return AllocationProof(runs=checked, without_certificate=without, findings=tuple(findings))


def reason_as_plain(decision: Decision, number: str, names: Mapping[str, str]) -> dict[str, Any]:
    """The reason for a share as JSON can keep it: days of cover as exact fractions "7/2", points and stores by their `names`."""
    reason = decision.explain(number)
    bottleneck = decision.bottleneck_of(number)
    return {
        "packs": reason.packs,
        "without_overrides": decision.overruled.without[number],
        "cover_before": str(reason.cover_before),
        "cover_after": str(reason.cover_after),
        "next_pack": reason.next_pack,
        "more_needed": reason.more_needed,
        "capped_by_request": reason.capped_by_request,
        "places": list(decision.places(number)),
        "last_served": _turn_as_plain(reason.last_served, names),
        "comes_next": _turn_as_plain(reason.comes_next, names),
        "held_back_by": sorted(names[source] for source in bottleneck.sources) if bottleneck else None,
        "steps": [
            {
                "rung": step.rung,
                "packs": step.packs,
                "cover_before": str(step.cover_before),
                "cover_after": str(step.cover_after),
            }
            for step in reason.steps
        ],
    }


def in_whole_packs(quantity: int, pack_size: int) -> int:
    """A request is met in whole packs: the last pack may pass it by less than one."""
    return -(-quantity // pack_size) * pack_size


def supplies_of(
    session: Session, place: StockLocation, item_id: int, code: str, pack_size: int, day: dt.date, days: int
) -> list[Supply]:
    """What a store can give, in whole packs: by expiry where some of it expires before the ladder's ceiling, else together.

    What was promised to others is taken from what expires first, since they will be served first. A pack that is begun by one lot
    and filled up by the next expires with the first.
    """
    free = max(0, available(session, location_id=place.id, item_id=item_id, on=day))
    lots = usable_lots(session, location_id=place.id, item_id=item_id, on=day)
    if not any(lot.expires_on and (lot.expires_on - day).days < days for lot, _quantity in lots):
        return [Supply(id=code, source=code, packs=free // pack_size)]
    promised = sum(quantity for _lot, quantity in lots) - free
    ends = [0]
    for _lot, quantity in lots:
        ends.append(ends[-1] + quantity)
    begun = [min(-(-max(0, end - promised) // pack_size), free // pack_size) for end in ends]
    return [
        Supply(
            id=f"{code}:{lot.code}",
            source=code,
            packs=after - before,
            days_left=(lot.expires_on - day).days + 1 if lot.expires_on else None,
        )
        for (lot, _quantity), (before, after) in zip(lots, pairwise(begun), strict=True)
        if after > before
    ] or [Supply(id=code, source=code, packs=0)]


def need_as_plain(need: Need) -> dict[str, Any]:
    """A daily need as JSON can keep it: exact, and [norm id, count] of each part it came from. Norms never change."""
    return {"daily": str(need.exact), "norms": [[part.norm.id, part.count] for part in need.parts]}


# Beneath --------------------------------------------------------------------------------------------------------------


def _turn_as_plain(turn: Turn | None, names: Mapping[str, str]) -> dict[str, Any] | None:
    if turn is None:
        return None
    return {"unit": names[turn.point], "number": turn.number, "rung": turn.rung, "cover": str(turn.cover)}


def _mark(terms: Terms) -> str:
    """Of what was asked for; what is coming was found, not asked."""
    policy = terms.get("policy")
    return mark_of(
        {
            "item": terms["item_id"],
            "stores": [terms["source_id"], *terms.get("other_source_ids", ())],
            "pack": terms["pack_word"],
            "keep": terms.get("keep_packs", 0),
            "below": terms.get("below"),
            "closed": sorted(terms.get("closed", ())),
            "overrides": [asdict(override) for override in terms.get("overrides", ())],
            "only_approved": terms.get("only_approved", False),
            "ladder": plain_rungs(terms.get("ladder", DEFAULT_LADDER)),
            "policy": policy.id if policy else None,
        }
    )


def _sources(session: Session, terms: Terms) -> dict[str, StockLocation]:
    ids = dict.fromkeys([terms["source_id"], *terms.get("other_source_ids", ())])
    return {location.code: location for location in (get_location(session, id_) for id_ in ids)}


def _asked(session: Session, terms: Terms, item: Item) -> dict[str, Requisition]:
    found = open_requisitions(
        session, item_ids=[item.id], below=terms.get("below"), only_approved=terms.get("only_approved", False)
    )
    if not found:
        raise InvalidInput("item", "nothing-asked", item.name)
    return {requisition.number: requisition for requisition in found}


def _needs(session: Session, asked: Mapping[str, Requisition], day: dt.date) -> dict[str, Need]:
    needs = needs_of_requisitions(session, asked.values(), on=day)
    return {number: needs[requisition.id] for number, requisition in asked.items()}


def _holdings(session: Session, terms: Terms, asked: Mapping[str, Requisition], day: dt.date) -> dict[str, Holding]:
    units = [requisition.unit_id for requisition in asked.values()]
    held = holdings(session, item_ids=[terms["item_id"]], unit_ids=units, on=day, coming=terms.get("coming"))
    return {number: held[requisition.unit_id, requisition.item_id] for number, requisition in asked.items()}


def _case(
    session: Session,
    terms: Terms,
    item: Item,
    sources: Mapping[str, StockLocation],
    asked: Mapping[str, Requisition],
    needs: Mapping[str, Need],
    held: Mapping[str, Holding],
    day: dt.date,
) -> Case:
    pack_size = item.units()[terms["pack_word"]]
    rungs = tuple(terms.get("ladder", DEFAULT_LADDER))
    days = max((rung.ceiling_days for rung in rungs), default=0)
    supplies = [
        supply
        for code, place in sources.items()
        for supply in supplies_of(session, place, item.id, code, pack_size, day, days)
    ]
    ways = frozenset(terms.get("closed", ()))
    closed = {
        (code, number)
        for code, place in sources.items()
        for number, requisition in asked.items()
        if (place.id, requisition.unit_id) in ways
    }
    before = asked_before(asked.values(), lambda requisition: in_whole_packs(requisition.quantity, pack_size))
    return Case(
        points=tuple(
            Point(
                id=number,
                tier=requisition.tier,
                daily_need=needs[number].exact,
                on_hand=held[number].counted + before[requisition.id],
                at_most=in_whole_packs(requisition.quantity, pack_size),
            )
            for number, requisition in asked.items()
        ),
        supplies=tuple(supplies),
        packs=max(0, sum(supply.packs for supply in supplies) - terms.get("keep_packs", 0)),
        pack_size=pack_size,
        rungs=rungs,
        closed=frozenset(closed),
        overrides=tuple(terms.get("overrides", ())),
    )


def _refuse_impossible(case: Case, asked: Mapping[str, Requisition]) -> None:
    for override in case.overrides:
        if override.point not in asked:
            raise InvalidInput("overrides", "unknown", override.point)
    if sum(override.packs for override in case.overrides if override.first) > case.packs:
        raise InvalidInput("overrides", "more-than-there-is", case.packs)


def _metres(place: StockLocation, requisition: Requisition) -> int:
    """0 where either has no place on the map: then distance does not choose."""
    giver, taker = place.unit, requisition.unit
    if giver is None or giver.lat is None or giver.lon is None or taker.lat is None or taker.lon is None:
        return 0
    return straight_m(giver.lat, giver.lon, taker.lat, taker.lon)


def _record(session: Session, recorded: Recorded, proposal: Proposal, terms: Terms) -> AllocationRun:
    drawn = _drawn_by_source(proposal)
    run = _run(recorded, proposal, proposal.source, key=recorded.key)
    run.packs, run.left_over = proposal.case.packs, proposal.decision.overruled.left_over
    run.short, run.policy = proposal.decision.allocation.short, terms.get("policy")
    run.asked = _mark(terms)
    plain = as_plain(proposal.case)
    run.certificate = Certificate(case=plain, fingerprint=fingerprint(plain))
    session.add(run)
    for code, place in list(proposal.sources.items())[1:]:
        if drawn[code]:
            part = _run(
                recorded, proposal, place, key=f"share-part:{hashlib.sha256(run.key.encode()).hexdigest()}:{place.id}"
            )
            part.packs, part.left_over, part.short = sum(drawn[code].values()), 0, 0
            run.parts.append(part)
    _add_shares(run, proposal, drawn)
    session.flush()
    for one in sorted((run, *run.parts), key=lambda one: one.source_id):
        promises = {share.reservation_key: (one.item_id, share.quantity) for share in one.shares if share.is_carried}
        reserve_many(session, location_id=one.source_id, promises=promises, at=recorded.occurred_at)
    return run


def _drawn_by_source(proposal: Proposal) -> dict[str, dict[str, int]]:
    """Packs by source and point."""
    drawn: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for draw in proposal.decision.draws:
        drawn[draw.source][draw.point] += draw.packs
    return drawn


def _run(recorded: Recorded, proposal: Proposal, place: StockLocation, *, key: str) -> AllocationRun:
    return AllocationRun(
        key=key,
        item=proposal.item,
        source=place,
        pack_size=proposal.case.pack_size,
        pack_word=proposal.pack_word,
        ladder=plain_rungs(proposal.case.rungs),
        decided_at=recorded.recorded_at,
        decided_by=recorded.by,
    )


def _add_shares(run: AllocationRun, proposal: Proposal, drawn: Mapping[str, Mapping[str, int]]) -> None:
    """Every requisition has a share in the first run, also of nothing; in the parts, those whom their store gives some."""
    order = {tier: place for place, tier in enumerate(Tier)}
    answered = sorted(
        proposal.requisitions.items(), key=lambda pair: (order[pair[1].tier], pair[1].unit.name, pair[1].id)
    )
    on_hand, reasons = proposal.on_hand, proposal.reasons()
    for place, (number, requisition) in enumerate(answered):
        requisition.state = RequisitionState.ANSWERED
        for one in (run, *run.parts):
            packs = drawn[one.source.code].get(number, 0)
            if packs or one is run:
                one.shares.append(
                    Share(
                        requisition=requisition,
                        place=place,
                        on_hand=on_hand[number],
                        packs=packs,
                        quantity=packs * run.pack_size,
                        reason=reasons[number],
                    )
                )


def _broken_rules(run: AllocationRun, certificate: Certificate) -> list[str]:
    if fingerprint(certificate.case) != certificate.fingerprint:
        return ["altered"]
    case = from_plain(certificate.case)
    decided, needs = decide(case), {point.id: point.daily_need for point in case.points}
    given: dict[str, int] = defaultdict(int)
    for one in (run, *run.parts):
        for share in one.shares:
            given[requisition_number(share.requisition_id)] += share.packs
    broken = []
    if any(packs != given.get(number, 0) for number, packs in decided.packs_by_point.items()):
        broken.append("shares")
    if any(
        "need" in share.reason and share.daily_need != needs.get(requisition_number(share.requisition_id))
        for share in run.shares
    ):
        broken.append("needs")
    if sum(given.values()) + run.left_over != run.packs:
        broken.append("sum")
    return broken
