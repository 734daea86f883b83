"""Several items shared out at once (联合分配): what the store and those who ask make a joint case of; recorded, and proved.

Between `gather` and `share_together` the case is decided (`case.decide`), which may take seconds and needs no database.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import Any, NotRequired, TypedDict, Unpack

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from inventory.allocation import Point, Rung
from inventory.base import mark_of
from inventory.cases import fingerprint
from inventory.catalogue import Item
from inventory.classes import ItemClass
from inventory.coupled import Expiring, Goods, Vehicle
from inventory.errors import CaseChanged, InvalidInput, KeyReused, NotFound, Unmeasured
from inventory.hazards import Within, never_together
from inventory.holdings import Coming, Holding, holdings
from inventory.joint_cases import (
    ClassCase,
    ItemsCase,
    Joined,
    JointCase,
    JointKind,
    Limit,
    Outcome,
    case_from,
    joined_as_plain,
    joined_from,
    plain_vehicles,
)
from inventory.ledger import Recorded
from inventory.needs import Need, needs_of_requisitions
from inventory.places import StockLocation, get_location
from inventory.policies import DEFAULT_LADDER, Policy, plain_rungs
from inventory.promises import reserve_many
from inventory.requisitions import (
    Requisition,
    RequisitionState,
    asked_before,
    hold_open,
    open_requisitions,
    requisition_id,
)
from inventory.runs import AllocationRun, JointRun, Share
from inventory.sharing import AllocationProof, Disproof, in_whole_packs, need_as_plain, needs_used, supplies_of
from inventory.sourcing import Supply
from inventory.substitution import Variant
from inventory.units import Tier

#: What needs no vehicle: everything where none is named, else what stays with the unit whose own store gives it.
NO_VEHICLE = ""
#: Longer than any shelf life: every lot is told apart by its expiry.
_EVER = 10**6


class JointTerms(TypedDict):
    """What a joint sharing-out goes by: `packs` are the items (their ids) with the word each is packed in.

    With `class_id` all of them are of that class and stand in for each other; without, each is asked for by itself and shares the
    room of the `vehicles`, if any. Of `keep_packs` (by item id) so many of what keeps longest stay as a strategic reserve. The others
    as in `sharing.Terms`.
    """

    source_id: int
    packs: Mapping[int, str]
    class_id: NotRequired[int | None]
    vehicles: NotRequired[Sequence[Vehicle]]
    keep_packs: NotRequired[Mapping[int, int]]
    ladder: NotRequired[Sequence[Rung]]
    policy: NotRequired[Policy | None]
    below: NotRequired[int | None]
    only_approved: NotRequired[bool]
    coming: NotRequired[Coming]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A joint case with what its plain names stand for. Items go by their codes, points by the numbers of their requisitions."""

    source: StockLocation
    item_class: ItemClass | None
    items: Mapping[str, Item]
    pack_words: Mapping[str, str]
    requisitions: Mapping[str, Requisition]
    #: A day, in base units of what each asks for.
    needs: Mapping[str, Need]
    #: What each has that is promised to it or on its way, in base units of what it asks for.
    coming: Mapping[str, int]
    case: JointCase

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.case.as_plain())

    def pack_size(self, code: str) -> int:
        return self.items[code].units()[self.pack_words[code]]

    @property
    def on_hand(self) -> dict[str, int]:
        """What each point has, by number: base units of what it asks for, as which others of its class count too."""
        if isinstance(self.case, ItemsCase):
            return {point.id: point.on_hand for one in self.case.goods for point in one.points}
        return {point.id: self._in_own_units(self.case, point.id, point.on_hand) for point in self.case.points}

    def reasons(self, joined: Joined) -> dict[tuple[str, str], dict[str, Any]]:
        """Why each requisition gets what it gets of each item, by number and code; see `_reason`."""
        outcomes, before = self.case.outcomes(joined), asked_before(self.requisitions.values(), self._asked)
        loads: dict[str, dict[str, int]] = defaultdict(dict)
        for load in joined.loads:
            if load.vehicle != NO_VEHICLE:
                loads[load.point][load.vehicle] = load.packs
        return {
            (number, code): self._reason(number, code, joined, outcomes[number], before[requisition.id], loads[number])
            for number, requisition in self.requisitions.items()
            for code in (requisition.item.code, *joined.packs[number])
        }

    def _reason(
        self,
        number: str,
        code: str,
        joined: Joined,
        outcome: Outcome,
        before: int,
        loads: Mapping[str, int],
    ) -> dict[str, Any]:
        """As the reasons of other shares, and "joint": what kept it from more, all it got, its levels and vehicles.

        "stood_in" is how much of what was asked other items stand in for, in base units of the item asked for.
        """
        requisition, packs = self.requisitions[number], joined.packs[number]
        got = {one: [self.items[one].name, count, self.pack_words[one]] for one, count in packs.items()}
        return {
            "packs": packs.get(code, 0),
            "cover_before": str(outcome.before),
            "cover_after": str(outcome.after),
            "next_pack": None,
            "more_needed": None,
            "capped_by_request": outcome.limit is Limit.REQUEST,
            "steps": [],
            "need": need_as_plain(self.needs[number]),
            "asked_before": before,
            "coming": self.coming[number],
            "stood_in": self._stood_in(number, joined),
            "joint": {
                "limit": outcome.limit,
                "asked": requisition.item.name,
                "got": list(got.values()),
                "others": [told for one, told in got.items() if one != requisition.item.code],
                "levels": [
                    {"rung": level.rung, "days": str(level.days), "proved": level.proved}
                    for level in joined.levels
                    if requisition.tier in self.case.rungs[level.rung].tiers
                ],
                "loads": dict(loads),
            },
        }

    def _asked(self, requisition: Requisition) -> int:
        """What is asked, as the case has it: of items by themselves in whole packs."""
        whole = isinstance(self.case, ItemsCase)
        return in_whole_packs(requisition.quantity, self.pack_size(requisition.item.code) if whole else 1)

    def _stood_in(self, number: str, joined: Joined) -> int:
        case = self.case
        return self._in_own_units(case, number, case.stood_in(joined, number)) if isinstance(case, ClassCase) else 0

    def _in_own_units(self, case: ClassCase, number: str, class_units: int) -> int:
        """Whole base units of the item that was asked for, which so much of its class comes to."""
        return math.floor(class_units / self._class_units(case, number))

    def _class_units(self, case: ClassCase, number: str) -> Fraction:
        """What a base unit of the item that was asked for counts for in the case."""
        own = case.own[number]
        return Fraction(case.pack_units[own], self.pack_size(own))


def gather(session: Session, *, on: dt.date, **terms: Unpack[JointTerms]) -> Gathered:
    """The case as it stands on a day.

    Raises InvalidInput "nothing-chosen", "nothing-asked", "unknown-unit", "not-of-class", "negative", "never-together", and Unmeasured
    for what is to be loaded by room and has no volume or weight.
    """
    source, items = get_location(session, terms["source_id"]), _items(session, terms)
    asked = _asked(session, terms, items)
    if not asked:
        raise InvalidInput("items", "nothing-asked", "、".join(item.name for item in items))
    by_id = needs_of_requisitions(session, asked.values(), on=on)
    needs = {number: by_id[requisition.id] for number, requisition in asked.items()}
    gathering = _Gathering(
        session=session,
        terms=terms,
        source=source,
        items=items,
        asked=asked,
        needs=needs,
        held=_holdings(session, terms, items, asked, on),
        on=on,
    )
    class_id = terms.get("class_id")
    return Gathered(
        source=source,
        item_class=None if class_id is None else session.get(ItemClass, class_id),
        items={item.code: item for item in items},
        pack_words={item.code: terms["packs"][item.id] for item in items},
        requisitions=asked,
        needs=needs,
        coming=gathering.coming(),
        case=gathering.items_case() if class_id is None else gathering.class_case(),
    )


def share_together(
    session: Session, *, recorded: Recorded, seen: str, joined: Joined, **terms: Unpack[JointTerms]
) -> JointRun:
    """Record what was decided of a case, `seen` by its fingerprint: a run of each item, every share reserved at the store, the
    requisitions answered.

    The same key again gives the run already recorded. Raises CaseChanged where the case is not what it was, Short where somebody was
    faster, InvalidInput "unlawful" for a decision that breaks a law of its case.
    """
    hold_open(session, item_ids=terms["packs"])
    known = joint_run_by_key(session, recorded.key)
    if known is not None:
        if known.asked not in (None, _mark(terms)):
            raise KeyReused(recorded.key)
        return known
    gathered = gather(session, on=recorded.occurred_at.date(), **terms)
    if gathered.fingerprint != seen:
        raise CaseChanged
    if broken := gathered.case.broken_laws(joined):
        raise InvalidInput("decision", "unlawful", tuple(broken))
    return _record(session, recorded, gathered, joined, terms)


def joint_run_by_key(session: Session, key: str) -> JointRun | None:
    """The joint allocation that a client key has already made, if any."""
    return session.scalar(select(JointRun).where(JointRun.key == key))


def get_joint_run(session: Session, joint_id: int) -> JointRun:
    """The joint allocation with this id, with its runs and shares. Raises NotFound."""
    shares = selectinload(JointRun.runs).selectinload(AllocationRun.shares)
    requisition = shares.selectinload(Share.requisition)
    joint = session.scalar(
        select(JointRun)
        .where(JointRun.id == joint_id)
        .options(requisition.selectinload(Requisition.unit), requisition.selectinload(Requisition.item))
    )
    if joint is None:
        raise NotFound("joint allocation", joint_id)
    return joint


def kept(session: Session, joint: JointRun) -> tuple[Gathered, Joined]:
    """What a joint allocation was decided by and what it came to, as it was; only items that nobody asked for or got are not told."""
    shares = [share for run in joint.runs for share in run.shares]
    requisitions = {share.requisition.number: share.requisition for share in shares}
    needs = needs_used(session, shares)
    gathered = Gathered(
        source=joint.source,
        item_class=joint.item_class,
        items={run.item.code: run.item for run in joint.runs},
        pack_words={run.item.code: run.pack_word for run in joint.runs},
        requisitions=requisitions,
        needs={number: needs[requisition.id] for number, requisition in requisitions.items()},
        coming={share.requisition.number: share.reason.get("coming", 0) for share in shares},
        case=case_from(joint.case),
    )
    return gathered, joined_from(joint.decision)


def prove_joint_runs(session: Session) -> AllocationProof:
    """Hold every joint allocation to the laws of its case (one of a class is decided again), and its shares to its decision.

    Rules beside those of a run by itself: "room" of a vehicle, "loads" that are not what was given, "packs" there are, "ceiling",
    a "level" that was not kept, and "waste" of what would still have gone somewhere. Reads everything, mends nothing.
    """
    runs = selectinload(JointRun.runs)
    joints = session.scalars(
        select(JointRun)
        .order_by(JointRun.id)
        .options(runs.selectinload(AllocationRun.item), runs.selectinload(AllocationRun.shares))
    ).all()
    findings = [Disproof(number=joint.number, rule=rule) for joint in joints for rule in _broken_rules(joint)]
    return AllocationProof(runs=len(joints), without_certificate=0, findings=tuple(findings))


# Beneath --------------------------------------------------------------------------------------------------------------


def _items(session: Session, terms: JointTerms) -> list[Item]:
    """The chosen items by code."""
    if not terms["packs"]:
        raise InvalidInput("items", "nothing-chosen", "")
    items = list(session.scalars(select(Item).where(Item.id.in_(terms["packs"])).order_by(Item.code)))
    if missing := terms["packs"].keys() - {item.id for item in items}:
        raise NotFound("item", min(missing))
    class_id = terms.get("class_id")
    for item in items:
        if class_id is not None and item.class_id != class_id:
            raise InvalidInput("items", "not-of-class", item.name)
        if terms.get("keep_packs", {}).get(item.id, 0) < 0:
            raise InvalidInput("keep_packs", "negative", item.name)
        if terms["packs"][item.id] not in item.units():
            raise InvalidInput("pack", "unknown-unit", tuple(item.units()))
    return items


def _mark(terms: JointTerms) -> str:
    """Of what was asked for; what is coming was found, not asked."""
    policy = terms.get("policy")
    return mark_of(
        {
            "store": terms["source_id"],
            "packs": sorted(terms["packs"].items()),
            "keep": sorted(terms.get("keep_packs", {}).items()),
            "class": terms.get("class_id"),
            "vehicles": plain_vehicles(terms.get("vehicles", ())),
            "below": terms.get("below"),
            "only_approved": terms.get("only_approved", False),
            "ladder": plain_rungs(terms.get("ladder", DEFAULT_LADDER)),
            "policy": policy.id if policy else None,
        }
    )


def _asked(session: Session, terms: JointTerms, items: Sequence[Item]) -> dict[str, Requisition]:
    """The open requisitions by number, oldest first."""
    found = open_requisitions(
        session,
        item_ids=[item.id for item in items],
        below=terms.get("below"),
        only_approved=terms.get("only_approved", False),
    )
    return {requisition.number: requisition for requisition in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathering:
    """What a case is put together of."""

    session: Session
    terms: JointTerms
    source: StockLocation
    items: Sequence[Item]
    asked: Mapping[str, Requisition]
    needs: Mapping[str, Need]
    #: By unit id and item id.
    held: Mapping[tuple[int, int], Holding]
    on: dt.date

    @property
    def rungs(self) -> tuple[Rung, ...]:
        return tuple(self.terms.get("ladder", DEFAULT_LADDER))

    def items_case(self) -> ItemsCase:
        vehicles = self.terms.get("vehicles", ())
        if vehicles:
            _refuse_unloadable(self.items)
        goods = tuple(self._goods(item) for item in self.items)
        at_home = frozenset(number for number, one in self.asked.items() if one.unit_id == self.source.unit_id)
        return ItemsCase(
            goods=goods,
            vehicles=_vehicles(vehicles, goods, frozenset(self.asked), at_home),
            rungs=self.rungs,
            reserve=self._reserve(),
        )

    def class_case(self) -> ClassCase:
        units, before = self._units(), asked_before(self.asked.values())
        held = dict.fromkeys(self.asked, 0)
        for number, item_id, holding in self._held_of_class():
            held[number] += holding.counted * units[item_id]
        return ClassCase(
            points=tuple(
                Point(
                    id=number,
                    tier=requisition.tier,
                    daily_need=self.needs[number].exact * units[requisition.item_id],
                    on_hand=held[number] + before[requisition.id] * units[requisition.item_id],
                    at_most=requisition.quantity * units[requisition.item_id],
                )
                for number, requisition in self.asked.items()
            ),
            variants=tuple(self._variants(units)),
            own={number: requisition.item.code for number, requisition in self.asked.items()},
            rungs=self.rungs,
            reserve=self._reserve(),
        )

    def coming(self) -> dict[str, int]:
        """What is promised to each point or on its way, in whole base units of what it asks for: of a class, others of it too."""
        if self.terms.get("class_id") is None:
            return {number: self.held[one.unit_id, one.item_id].coming for number, one in self.asked.items()}
        units, coming = self._units(), dict.fromkeys(self.asked, 0)
        for number, item_id, holding in self._held_of_class():
            coming[number] += holding.coming * units[item_id]
        return {number: coming[number] // units[one.item_id] for number, one in self.asked.items()}

    def _units(self) -> dict[int, int]:
        """What a base unit of each item counts for in its class, by item id: divided so finely that all are whole."""
        finest = math.lcm(*(item.class_units.denominator for item in self.items))
        return {item.id: int(item.class_units * finest) for item in self.items}

    def _held_of_class(self) -> Iterator[tuple[str, int, Holding]]:
        """What each point has of the class, by item id: what its unit asks for counts for that request, the rest for its first item."""
        items_of: dict[int, list[int]] = defaultdict(list)
        for one in self.asked.values():
            items_of[one.unit_id].append(one.item_id)
        for number, one in self.asked.items():
            asked = items_of[one.unit_id]
            for item in self.items:
                if item.id == one.item_id or (one.item_id == asked[0] and item.id not in asked):
                    yield number, item.id, self.held[one.unit_id, item.id]

    def _pack_size(self, item: Item) -> int:
        return item.units()[self.terms["packs"][item.id]]

    def _supplies(self, item: Item, days: int) -> list[Supply]:
        """What the store can give, apart by expiry where some of it expires within so many days."""
        return _less_reserve(self._there(item, days), self._keep(item))

    def _there(self, item: Item, days: int) -> list[Supply]:
        return supplies_of(self.session, self.source, item.id, self.source.code, self._pack_size(item), self.on, days)

    def _keep(self, item: Item) -> int:
        return self.terms.get("keep_packs", {}).get(item.id, 0)

    def _reserve(self) -> dict[str, int]:
        """The packs that stay, by code: as many as were to be kept, where there are so many."""
        kept = [item for item in self.items if self._keep(item)]
        return {item.code: min(self._keep(item), sum(one.packs for one in self._there(item, 0))) for item in kept}

    def _goods(self, item: Item) -> Goods:
        size = self._pack_size(item)
        before = asked_before(self.asked.values(), lambda requisition: in_whole_packs(requisition.quantity, size))
        supplies = self._supplies(item, max((rung.ceiling_days for rung in self.rungs), default=0))
        return Goods(
            item=item.code,
            points=tuple(
                Point(
                    id=number,
                    tier=requisition.tier,
                    daily_need=self.needs[number].exact,
                    on_hand=self.held[requisition.unit_id, item.id].counted + before[requisition.id],
                    at_most=in_whole_packs(requisition.quantity, size),
                )
                for number, requisition in self.asked.items()
                if requisition.item_id == item.id
            ),
            packs=sum(supply.packs for supply in supplies),
            pack_size=size,
            pack_volume_ml=-(-size * item.volume_ul // 1_000),
            pack_weight_g=-(-size * item.weight_mg // 1_000),
            expiring=tuple(Expiring(one.days_left, one.packs) for one in supplies if one.days_left is not None),
        )

    def _variants(self, units: Mapping[int, int]) -> Iterator[Variant]:
        for item in self.items:
            for supply in self._supplies(item, _EVER):
                yield Variant(
                    item=item.code,
                    packs=supply.packs,
                    pack_units=self._pack_size(item) * units[item.id],
                    days_left=supply.days_left,
                )


def _holdings(
    session: Session, terms: JointTerms, items: Sequence[Item], asked: Mapping[str, Requisition], on: dt.date
) -> dict[tuple[int, int], Holding]:
    units = {requisition.unit_id for requisition in asked.values()}
    return holdings(session, item_ids=[item.id for item in items], unit_ids=units, on=on, coming=terms.get("coming"))


def _less_reserve(supplies: Sequence[Supply], keep: int) -> list[Supply]:
    """What is left of supplies, first expiring first, when so many packs of the last stay."""
    left = []
    for supply in reversed(supplies):
        kept = min(keep, supply.packs)
        keep -= kept
        left.append(replace(supply, packs=supply.packs - kept))
    return left[::-1]


def _vehicles(
    named: Sequence[Vehicle], goods: Sequence[Goods], points: frozenset[str], at_home: frozenset[str]
) -> tuple[Vehicle, ...]:
    """Those named, for all who do not sit at the store; for the others as much room as everything takes."""
    whole = Vehicle(
        id=NO_VEHICLE,
        volume_ml=sum(one.packs * one.pack_volume_ml for one in goods),
        weight_g=sum(one.packs * one.pack_weight_g for one in goods),
        points=at_home if named else None,
    )
    return (*(replace(one, points=points - at_home) for one in named), whole)


def _refuse_unloadable(items: Sequence[Item]) -> None:
    lacking = tuple((item.id, item.name) for item in items if not item.volume_ul or not item.weight_mg)
    if lacking:
        raise Unmeasured(lacking)
    for one, other in combinations(items, 2):
        apart = never_together(one.hazard, other.hazard)
        if apart and apart.within is Within.VEHICLE:
            raise InvalidInput("items", "never-together", f"{one.name}、{other.name}")


def _record(session: Session, recorded: Recorded, gathered: Gathered, joined: Joined, terms: JointTerms) -> JointRun:
    joint = _joint(recorded, gathered, joined, terms)
    session.add(joint)
    _add_runs(joint, gathered, joined)
    for requisition in gathered.requisitions.values():
        requisition.state = RequisitionState.ANSWERED
    session.flush()
    promises = {
        share.reservation_key: (run.item_id, share.quantity)
        for run in joint.runs
        for share in run.shares
        if share.is_carried
    }
    reserve_many(session, location_id=gathered.source.id, promises=promises, at=recorded.occurred_at)
    return joint


def _joint(recorded: Recorded, gathered: Gathered, joined: Joined, terms: JointTerms) -> JointRun:
    case, decision = gathered.case.as_plain(), joined_as_plain(joined)
    return JointRun(
        key=recorded.key,
        kind=JointKind.CLASS if gathered.item_class else JointKind.ITEMS,
        source=gathered.source,
        item_class=gathered.item_class,
        policy=terms.get("policy"),
        asked=_mark(terms),
        case=case,
        decision=decision,
        fingerprint=fingerprint({"case": case, "decision": decision}),
        decided_at=recorded.recorded_at,
        decided_by=recorded.by,
    )


def _add_runs(joint: JointRun, gathered: Gathered, joined: Joined) -> None:
    """A run of each item that somebody asks for or gets."""
    missing, reasons = gathered.case.missing(joined), gathered.reasons(joined)
    shares = _shares(gathered, joined, reasons)
    for code, item in gathered.items.items():
        if not shares[code]:
            continue
        packs = gathered.case.packs_of(code)
        joint.runs.append(
            AllocationRun(
                key=f"joint:{hashlib.sha256(joint.key.encode()).hexdigest()}:{item.id}",
                item=item,
                source=joint.source,
                policy=joint.policy,
                pack_size=gathered.pack_size(code),
                pack_word=gathered.pack_words[code],
                packs=packs,
                left_over=packs - joined.given(code),
                short=missing[code],
                ladder=plain_rungs(gathered.case.rungs),
                decided_at=joint.decided_at,
                decided_by=joint.decided_by,
                shares=shares[code],
            )
        )


def _shares(
    gathered: Gathered, joined: Joined, reasons: Mapping[tuple[str, str], dict[str, Any]]
) -> dict[str, list[Share]]:
    """By item: of everybody who asked for it, also of nothing, and of those for whom it stands in."""
    order = {tier: place for place, tier in enumerate(Tier)}
    on_hand = gathered.on_hand
    shares: dict[str, list[Share]] = defaultdict(list)
    sheet = sorted(gathered.requisitions.values(), key=lambda one: (order[one.tier], one.unit.name, one.id))
    for place, requisition in enumerate(sheet):
        got = joined.packs[requisition.number]
        for code in dict.fromkeys((requisition.item.code, *got)):
            packs = got.get(code, 0)
            shares[code].append(
                Share(
                    requisition=requisition,
                    place=place,
                    on_hand=on_hand[requisition.number],
                    packs=packs,
                    quantity=packs * gathered.pack_size(code),
                    reason=reasons[requisition.number, code],
                )
            )
    return shares


def _broken_rules(joint: JointRun) -> list[str]:
    if fingerprint({"case": joint.case, "decision": joint.decision}) != joint.fingerprint:
        return ["altered"]
    case, joined = case_from(joint.case), joined_from(joint.decision)
    given: dict[tuple[int, str], int] = defaultdict(int)
    for run in joint.runs:
        for share in run.shares:
            given[share.requisition_id, run.item.code] += share.packs
    decided = {
        (requisition_id(number), code): packs for number, got in joined.packs.items() for code, packs in got.items()
    }
    broken = case.broken_laws(joined)
    if {place: packs for place, packs in given.items() if packs} != decided:
        broken.append("given")
    if any(sum(share.packs for share in run.shares) + run.left_over != run.packs for run in joint.runs):
        broken.append("sum")
    return broken
