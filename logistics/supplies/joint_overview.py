"""What the pages and the API show of a joint allocation, whether it is proposed or decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from inventory.allocation import Rung
from inventory.catalogue import Item
from inventory.classes import ItemClass
from inventory.coupled import Level
from inventory.joint import NO_VEHICLE, Gathered
from inventory.joint_cases import ItemsCase, Joined, JointKind, Limit
from inventory.places import StockLocation
from inventory.requisitions import Requisition
from inventory.runs import AllocationRun, JointRun, unmet
from inventory.units import Tier, Unit, subtree
from logistics.supplies import joint_words


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """One item: what there was of it, what was given and what is missing, in packs. `run` once it is decided."""

    item: Item
    pack_word: str
    pack_size: int
    packs: int
    #: Packs that stay as a strategic reserve, beside those.
    reserve: int
    given: int
    missing: int
    run: AllocationRun | None

    @property
    def left_over(self) -> int:
        return self.packs - self.given


@dataclass(frozen=True, slots=True, kw_only=True)
class PointLine:
    """What one requisition gets of each item (code → packs). Need, stock and shortfall in base units of what was asked for."""

    requisition: Requisition
    daily_need: Fraction
    on_hand: int
    packs: Mapping[str, int]
    shortfall: int
    #: As the record keeps it; see `inventory.joint`.
    reason: Mapping[str, Any]

    @property
    def cover_before(self) -> Fraction:
        return Fraction(self.reason["cover_before"])

    @property
    def cover_after(self) -> Fraction:
        return Fraction(self.reason["cover_after"])

    @property
    def limit(self) -> Limit:
        return Limit(self.reason["joint"]["limit"])

    @property
    def why(self) -> str:
        """In one line."""
        return joint_words.why(self.reason["joint"])

    @property
    def own_packs(self) -> int:
        return self.packs.get(self.requisition.item.code, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitLine:
    """All that one unit asks for, by item code, where each item is shared by itself."""

    unit: Unit
    tier: Tier
    by_item: Mapping[str, Sequence[PointLine]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aboard:
    """So many packs of an item for a unit in a vehicle."""

    unit: Unit
    item: ItemLine
    packs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleLine:
    """What a vehicle carries, in millilitres and grams of what it can."""

    plate: str
    volume_ml: int
    weight_g: int
    used_ml: int
    used_g: int
    aboard: Sequence[Aboard]

    @property
    def stops(self) -> dict[Unit, list[Aboard]]:
        """What is aboard, by unit."""
        return {unit: list(goods) for unit, goods in groupby(self.aboard, key=lambda one: one.unit)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """A joint allocation, proposed or decided."""

    source: StockLocation
    item_class: ItemClass | None
    ladder: Sequence[Rung]
    items: Sequence[ItemLine]
    lines: Sequence[PointLine]
    levels: Sequence[Level]
    vehicles: Sequence[VehicleLine] = field(default=())

    @property
    def kind(self) -> JointKind:
        return JointKind.CLASS if self.item_class else JointKind.ITEMS

    @property
    def served(self) -> int:
        return sum(1 for line in self.lines if line.packs)

    @property
    def run_of(self) -> dict[str, AllocationRun]:
        """The recorded run of each item, by code; empty before anything is decided."""
        return {one.item.code: one.run for one in self.items if one.run is not None}

    @property
    def units(self) -> list[UnitLine]:
        """The lines by unit, in their order."""
        by_unit: dict[tuple[int, Tier], list[PointLine]] = defaultdict(list)
        for line in self.lines:
            by_unit[line.requisition.unit_id, line.requisition.tier].append(line)
        return [_unit_line(lines) for lines in by_unit.values()]


def joint_view(gathered: Gathered, joined: Joined, *, runs: Sequence[AllocationRun] = ()) -> Joint:
    """A joint case and what it comes to, as the pages show them: frontline first, then by name."""
    items = _item_lines(gathered, joined, {run.item.code: run for run in runs})
    return Joint(
        source=gathered.source,
        item_class=gathered.item_class,
        ladder=gathered.case.rungs,
        items=list(items.values()),
        lines=sorted(_point_lines(gathered, joined), key=_on_the_sheet),
        levels=joined.levels,
        vehicles=_vehicle_lines(gathered, joined, items),
    )


def joint_runs(session: Session, *, unit_id: int, limit: int, before_id: int | None = None) -> list[JointRun]:
    """The newest joint allocations from stores of the unit and below, newest first, with their items."""
    stores = select(StockLocation.id).where(StockLocation.unit_id.in_(subtree(unit_id)))
    page = select(JointRun).where(JointRun.source_id.in_(stores))
    if before_id is not None:
        page = page.where(JointRun.id < before_id)
    options = (selectinload(JointRun.source), selectinload(JointRun.runs).selectinload(AllocationRun.item))
    return list(session.scalars(page.order_by(JointRun.id.desc()).limit(limit).options(*options)))


_TIERS = {tier: place for place, tier in enumerate(Tier)}


def _on_the_sheet(line: PointLine) -> tuple[int, str, int]:
    return _TIERS[line.requisition.tier], line.requisition.unit.name, line.requisition.id


def _item_lines(gathered: Gathered, joined: Joined, runs: Mapping[str, AllocationRun]) -> dict[str, ItemLine]:
    missing = gathered.case.missing(joined)
    return {
        code: ItemLine(
            item=item,
            pack_word=gathered.pack_words[code],
            pack_size=gathered.pack_size(code),
            packs=gathered.case.packs_of(code),
            reserve=gathered.case.reserve.get(code, 0),
            given=joined.given(code),
            missing=missing[code],
            run=runs.get(code),
        )
        for code, item in gathered.items.items()
    }


def _point_lines(gathered: Gathered, joined: Joined) -> list[PointLine]:
    on_hand, reasons = gathered.on_hand, gathered.reasons(joined)
    lines = []
    for number, requisition in gathered.requisitions.items():
        own = requisition.item.code
        reason, packs = reasons[number, own], joined.packs[number]
        given = packs.get(own, 0) * gathered.pack_size(own)
        lines.append(
            PointLine(
                requisition=requisition,
                daily_need=gathered.needs[number].exact,
                on_hand=on_hand[number],
                packs=packs,
                shortfall=unmet(requisition, given, reason),
                reason=reason,
            )
        )
    return lines


def _unit_line(lines: Sequence[PointLine]) -> UnitLine:
    by_item: dict[str, list[PointLine]] = defaultdict(list)
    for line in lines:
        by_item[line.requisition.item.code].append(line)
    return UnitLine(unit=lines[0].requisition.unit, tier=lines[0].requisition.tier, by_item=by_item)


def _vehicle_lines(gathered: Gathered, joined: Joined, items: Mapping[str, ItemLine]) -> list[VehicleLine]:
    case = gathered.case
    if not isinstance(case, ItemsCase):
        return []
    left, aboard = case.room_left(joined), defaultdict(list)
    for load in joined.loads:
        unit = gathered.requisitions[load.point].unit
        aboard[load.vehicle].append(Aboard(unit=unit, item=items[load.item], packs=load.packs))
    return [
        VehicleLine(
            plate=vehicle.id,
            volume_ml=vehicle.volume_ml,
            weight_g=vehicle.weight_g,
            used_ml=vehicle.volume_ml - left[vehicle.id][0],
            used_g=vehicle.weight_g - left[vehicle.id][1],
            aboard=sorted(aboard[vehicle.id], key=lambda one: (one.unit.name, one.unit.id, one.item.item.code)),
        )
        for vehicle in case.vehicles
        if vehicle.id != NO_VEHICLE
    ]
