"""What a county is made of, before any of it is in the books."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from inventory.catalogue import ItemKind
from inventory.norms import Basis
from inventory.units import Tier, UnitKind
from logistics.accounts.models import Role
from logistics.demo.county.facts import Facts
from logistics.orders.models import HandoverScene


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUnit:
    """A unit below `parent`; people on duty in `headcount`."""

    code: str
    name: str
    kind: UnitKind
    tier: Tier = Tier.OTHER
    parent: str | None
    lat: float
    lon: float
    address: str = ""
    contact: str = ""
    phone: str = ""
    headcount: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoItem:
    """An item with its packs as (word, base units)."""

    code: str
    name: str
    kind: ItemKind
    base_unit: str
    packs: tuple[tuple[str, int], ...] = ()
    weight_mg: int
    volume_ul: int
    active_percent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReceipt:
    """One line of what came in: so many packs (`word`) of a lot, bought or given. `pieces` is the same in base units."""

    day: dt.date
    donated: bool
    giver: str
    item: str
    lot: str
    expires_on: dt.date | None
    amount: int
    word: str
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """Somebody who signs in."""

    sign_in_name: str
    name: str
    role: Role
    unit: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCustomer:
    """A shop; `unit` serves it."""

    code: str
    name: str
    unit: str
    lat: float
    lon: float
    address: str
    contact: str
    phone: str
    scene: HandoverScene
    windows: str
    required_pass: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOrder:
    """What a customer ordered: cartons (条) by item code, in the order of `CLASSES`."""

    number: str
    customer: str
    ordered_on: dt.date
    cartons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoVehicle:
    """A vehicle and its usual driver; `pass_through` is the last day of its pass, None without one."""

    plate: str
    kind: str
    capacity_kg: int
    capacity_l: int
    cost_per_shift_yuan: int
    cost_per_km_jiao: int
    pass_through: dt.date | None
    driver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoShift:
    """A driver with a vehicle on a day, from clock time to clock time."""

    day: dt.date
    plate: str
    driver: str
    starts: dt.time
    ends: dt.time


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRequisition:
    """What a point asks for, in base units."""

    unit: str
    item: str
    quantity: int
    daily_need: int
    asked_on: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUnitFacts:
    """What is so of a unit; the people are on one shift a day."""

    unit: str
    people: int
    area_m2: int
    rounds: int
    households: int
    isolated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoNorm:
    """How much of an item per basis: an amount in base units, or a dose of half a gram to the litre."""

    item: str
    basis: Basis
    amount: int | None
    tiers: tuple[Tier, ...] = ()
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDuty:
    """A point's own stock on the first day, beside what it used on the `days` before."""

    unit: str
    people: int
    area_m2: int
    days: int
    #: For so many days the masks still last, and for so many the disinfectant.
    masks_days: int
    disinfectant_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCounty:
    """Everything the demonstration begins with. `shares` are the items to share out with the pack to share them by."""

    seed: int
    first_day: dt.date
    last_day: dt.date
    facts: Facts
    units: tuple[DemoUnit, ...]
    items: tuple[DemoItem, ...]
    receipts: tuple[DemoReceipt, ...]
    people: tuple[DemoPerson, ...]
    customers: tuple[DemoCustomer, ...]
    orders: tuple[DemoOrder, ...]
    vehicles: tuple[DemoVehicle, ...]
    shifts: tuple[DemoShift, ...]
    requisitions: tuple[DemoRequisition, ...]
    unit_facts: tuple[DemoUnitFacts, ...]
    norms: tuple[DemoNorm, ...]
    duties: tuple[DemoDuty, ...]

    @property
    def points(self) -> list[DemoUnit]:
        """The units that supplies are carried to."""
        return [unit for unit in self.units if unit.headcount]

    def received(self, item: str) -> int:
        """Base units of an item that came in."""
        return sum(line.pieces for line in self.receipts if line.item == item)

    def ordered(self, item: str) -> int:
        """Cartons ordered of a class of cigarettes."""
        return sum(cartons for order in self.orders for code, cartons in order.cartons if code == item)

    def asked(self, item: str) -> int:
        """Base units of an item that all points ask for."""
        return sum(asked.quantity for asked in self.requisitions if asked.item == item)
