"""The county of `counties.py` with every rule that a problem can say at once: `rich_county(seed)`; and with six
of them: `six_rules(rich_county(seed))`.

Same stops, same fleet, same roads.  What is added, with shares that a real county might have:

* fleet: a lunch break of 30 min on every whole day; a second trip with 20 min of disinfection for trucks, a third for vans; two
  compartments in two vans of three, three in trucks; an hour of overtime at a price; at most 45 stops, and 250 km for some vans;
  drivers with skills; hours beyond nine cost extra, for balance;
* goods on a fifth of the stops: food, 84, and around three of the towns alcohol; 84 and alcohol never in one vehicle, neither of them
  in a compartment with food;
* places: two villages in five may be served at an agreed point on the way to them, one customer in twenty at the gate of the compound;
* company: 20 pairs and triples of neighbours on one vehicle, 12 pickups with their deliveries, empties back from one stop in sixteen;
* promises: 24 stops pinned to a vehicle or shift, 3 more to the first visit, two locked prefixes, one stop in ten with a published shift;
* people: familiar drivers at two stops in five, one stop in 100 in quarantine, served last by trained drivers, lifts for heavy goods.

The rules bind, but none costs more than about 4 % by itself: overtime, second trips and agreed points give some of it back.  (The prices of
unfamiliar drivers and changed shifts are 0.3 to 2 yuan a stop, where serving a stop costs about 25.)  In a dense one, goods are on a
third of the stops and one stop in 33 is in quarantine; there the rules themselves cost more than a tenth.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from routing import (
    Break,
    Incompatibility,
    Location,
    Pin,
    Place,
    Problem,
    Shift,
    Stop,
    StraightLine,
    Vehicle,
    Within,
)
from tests.benchmarks.counties import (
    DAY_S,
    HOUR_S,
    MINUTE_S,
    TOWNS,
    Geography,
    as_locations,
    county,
)
from tests.benchmarks.floors import floor

INCOMPATIBLE = (
    Incompatibility(goods=("84", "alcohol")),
    Incompatibility(goods=("84", "food"), within=Within.COMPARTMENT),
    Incompatibility(goods=("alcohol", "food"), within=Within.COMPARTMENT),
)
TRAINED, LIFT = "trained for quarantine", "tail lift"


def rich_county(seed: int, *, is_dense: bool = False, **size: int) -> Problem:
    """`county(seed, **size)` with every rule.  Stops that nobody can serve there stay as they are."""
    drawing = _Drawing(county(seed, **size), seed, DENSE if is_dense else USUAL)
    drawing.equip_fleet()
    drawing.describe_goods()
    drawing.offer_places()
    drawing.know_people()
    drawing.set_apart_plain_stops()
    drawing.keep_company()
    drawing.promise()
    drawing.publish()
    return drawing.problem()


def six_rules(rich: Problem) -> Problem:
    """A rich county with nothing but its breaks, reloads, incompatible goods, company on one vehicle, alternative places and pins (locked
    beginnings among them), and without overtime.
    """
    return replace(
        rich,
        stops=tuple(
            replace(
                stop,
                quarantine=False,
                required_skills=frozenset(),
                release_s=0,
                pickup=(),
                from_stop=None,
                familiar_drivers=frozenset(),
                unfamiliar_price=0,
                published_shift=None,
                change_price=0,
            )
            for stop in rich.stops
        ),
        vehicles=tuple(replace(vehicle, skills=frozenset()) for vehicle in rich.vehicles),
        shifts=tuple(_plain_hours(shift) for shift in rich.shifts),
        fair_duration_s=None,
        unfair_per_hour=0,
    )


def _plain_hours(shift: Shift) -> Shift:
    return replace(
        shift,
        skills=frozenset(),
        end_s=shift.end_s if shift.regular_end_s is None else shift.regular_end_s,
        regular_end_s=None,
        overtime_per_hour=0,
        max_stops=None,
        max_distance_m=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Of all stops; `alcohol` only around three towns."""

    food: float
    bleach: float
    alcohol: float
    quarantine: float


USUAL = Shares(food=0.12, bleach=0.07, alcohol=0.03, quarantine=0.01)
DENSE = Shares(food=0.20, bleach=0.11, alcohol=0.06, quarantine=0.03)


@dataclass(slots=True)
class _Drawing:
    """The county while the rules are put into it."""

    base: Problem
    seed: int
    shares: Shares
    rng: np.random.Generator = field(init=False)
    geography: Geography = field(init=False)
    stops: list[Stop] = field(init=False)
    vehicles: list[Vehicle] = field(init=False)
    shifts: list[Shift] = field(init=False)
    locations: list[Location] = field(init=False)
    servable: dict[int, None] = field(init=False)
    plain: list[int] = field(init=False)

    def __post_init__(self) -> None:
        base, hopeless = self.base, floor(self.base)
        self.rng = np.random.default_rng((self.seed, 2))
        self.geography = Geography.drawn(np.random.default_rng(self.seed), len(base.stops))
        self.stops, self.vehicles, self.shifts = list(base.stops), list(base.vehicles), list(base.shifts)
        self.locations = list(base.locations)
        self.servable = dict.fromkeys(index for index, stop in enumerate(base.stops) if stop.id not in hopeless)

    def problem(self) -> Problem:
        return replace(
            self.base,
            locations=tuple(self.locations),
            stops=tuple(self.stops),
            vehicles=tuple(self.vehicles),
            shifts=tuple(self.shifts),
            travel={"car": StraightLine().matrix(self.locations)},
            incompatible=INCOMPATIBLE,
            fair_duration_s=9 * HOUR_S,
            unfair_per_hour=600,
        )

    def equip_fleet(self) -> None:
        for index, vehicle in enumerate(self.vehicles):
            truck = index % 4 == 0
            compartments = 3 if truck else 1 + index % 2
            self.vehicles[index] = replace(
                vehicle, compartments=compartments, skills=frozenset({LIFT} if truck else ())
            )
            trained = frozenset({TRAINED} if self.rng.random() < 0.6 else ())
            for day in range(3):
                self._equip_shift(3 * index + day, index, day, trained)

    def _equip_shift(self, row: int, vehicle: int, day: int, skills: frozenset[str]) -> None:
        shift, truck = self.shifts[row], vehicle % 4 == 0
        noon_s = day * DAY_S + 11 * HOUR_S
        lunch = Break(earliest_s=noon_s, latest_s=noon_s + 2 * HOUR_S, duration_s=30 * MINUTE_S)
        self.shifts[row] = replace(
            shift,
            driver=_driver(vehicle),
            skills=skills,
            breaks=() if day == 2 else (lunch,),
            regular_end_s=shift.end_s,
            end_s=shift.end_s + HOUR_S,
            overtime_per_hour=3_000,
            max_trips=2 if truck else 3,
            disinfection_s=20 * MINUTE_S,
            max_stops=45,
            max_distance_m=250_000 if vehicle % 4 == 1 else None,
        )

    def describe_goods(self) -> None:
        for index in self.servable:
            stop, kind = self.stops[index], self._goods(self.geography.home[index])
            if kind is not None:
                self._change(index, goods=frozenset({kind}))
            if self.rng.random() < 1 / 16:
                self._change(index, pickup=tuple(amount // 2 for amount in stop.load))
            if self.rng.random() < 0.02:  # comes with the first truck from outside
                self._change(index, release_s=9 * HOUR_S + 30 * MINUTE_S)

    def _goods(self, town: int) -> str | None:
        """Alcohol goes to clinics and counters, of which the county town and two others have nearly all."""
        draw, shares = self.rng.random(), self.shares
        if draw < shares.food + shares.bleach:
            return "food" if draw < shares.food else "84"
        return "alcohol" if draw < shares.food + shares.bleach + shares.alcohol and town < 3 else None

    def offer_places(self) -> None:
        for index in self.servable:
            village, draw = self.stops[index].id.startswith("village"), self.rng.random()
            if village and draw < 0.4:
                self._offer_agreed_point(index)
            elif not village and draw < 0.05:
                self._offer_gate(index)

    def _offer_agreed_point(self, index: int) -> None:
        """On the way to the village, before the barrier if there is one."""
        stop = self.stops[index]
        village, town = self.geography.places[index], self.geography.towns[self.geography.home[index]]
        point = Place(
            location=self._new_location(village + 0.35 * (town - village)),
            service_s=max(5 * MINUTE_S, stop.service_s * 6 // 10),
            windows=stop.windows,
            required_passes=stop.required_passes - {"district"},
            price=int(self.rng.integers(100, 400)),
            scene="agreed point",
        )
        self._change(index, alternatives=(point,), scene="village point")

    def _offer_gate(self, index: int) -> None:
        """A compound whose inside asks for a pass."""
        stop = self.stops[index]
        gate = Place(
            location=self._new_location(self.geography.places[index] + 0.002),
            service_s=max(2 * MINUTE_S, stop.service_s - 2 * MINUTE_S),
            windows=stop.windows,
            required_passes=stop.required_passes,
            price=int(self.rng.integers(50, 150)),
            scene="gate",
        )
        inside = stop.required_passes | {"district"}
        self._change(index, alternatives=(gate,), required_passes=inside, scene="door")

    def know_people(self) -> None:
        for index in self.servable:
            stop = self.stops[index]
            if self.rng.random() < self.shares.quarantine:
                self._change(index, quarantine=True, required_skills=frozenset({TRAINED}), scene="quarantine")
            elif stop.load[0] > 160 and self.rng.random() < 0.5:
                self._change(index, required_skills=frozenset({LIFT}))
            drivers = frozenset(_driver(vehicle) for vehicle in self._at_home_in(self.geography.home[index]))
            if drivers and self.rng.random() < 0.4:
                self._change(index, familiar_drivers=drivers, unfamiliar_price=int(self.rng.integers(30, 100)))

    def set_apart_plain_stops(self) -> None:
        """Stops that go with any shift and with each other; the rules to come use them up."""
        plain = [index for index in self.servable if _is_plain(self.stops[index])]
        self.plain = self.rng.permutation(plain).tolist()

    def keep_company(self) -> None:
        for number in range(self._few(20)):
            for index in self._neighbours(2 + number % 2):
                self._change(index, together=f"group-{number}")
        for _ in range(self._few(12)):
            source, target = self._neighbours(2)
            self._change(target, from_stop=self.stops[source].id)

    def promise(self) -> None:
        for number in range(self._few(24)):
            index = self.plain.pop()
            row = self._whole_day_at_home_near(index)
            by_vehicle = Pin(vehicle_id=self.shifts[row].vehicle_id)
            self._change(index, pin=by_vehicle if number % 3 else Pin(shift_id=self.shifts[row].id))
        first, locked = self._few(3), self._few(2)
        rows: dict[int, int] = {}
        while len(rows) < first + locked:
            index = self.plain.pop()
            rows.setdefault(self._whole_day_at_home_near(index), index)
        for number, (row, index) in enumerate(rows.items()):
            if number < first:
                self._change(index, pin=Pin(shift_id=self.shifts[row].id, position=0))
            else:
                pair = (index, self._nearest_plain(index))
                self.shifts[row] = replace(self.shifts[row], locked=tuple(self.stops[each].id for each in pair))

    def publish(self) -> None:
        """Yesterday's plan went round each town in sectors, one for each shift of the drivers who live there."""
        for town in range(TOWNS):
            rows = [3 * vehicle + day for vehicle in self._at_home_in(town) for day in range(3)]
            around = [index for index in self._around(town) if index in self.servable]
            for place, index in enumerate(around):
                if rows and not self.stops[index].windows and self.rng.random() < 0.15:
                    shift = self.shifts[rows[place * len(rows) // len(around)]]
                    self._change(index, published_shift=shift.id, change_price=int(self.rng.integers(50, 200)))

    def _around(self, town: int) -> list[int]:
        """A town's stops by the direction in which they lie."""
        members = np.flatnonzero(self.geography.home == town)
        north, east = (self.geography.places[members] - self.geography.towns[town]).T
        by_direction: list[int] = members[np.argsort(np.arctan2(north, east))].tolist()
        return by_direction

    def _few(self, in_a_whole_county: int) -> int:
        """As many as there would be in a county of 1,980 stops, scaled to this one."""
        return max(1, in_a_whole_county * len(self.stops) // 1980)

    def _change(self, index: int, **changes: Any) -> None:
        self.stops[index] = replace(self.stops[index], **changes)

    def _new_location(self, place: Any) -> int:
        self.locations.extend(as_locations([np.round(place, 5).tolist()]))
        return len(self.locations) - 1

    def _neighbours(self, count: int) -> list[int]:
        chosen = [self.plain.pop()]
        while len(chosen) < count:
            chosen.append(self._nearest_plain(chosen[0]))
        return chosen

    def _nearest_plain(self, index: int) -> int:
        """The nearest of the plain stops, which is plain no more."""
        away = np.abs(self.geography.places[self.plain] - self.geography.places[index]).sum(axis=1)
        return self.plain.pop(int(away.argmin()))

    def _whole_day_at_home_near(self, index: int) -> int:
        """A whole-day shift of a driver from the stop's town, or of anyone if it has none."""
        drivers = self._at_home_in(self.geography.home[index]) or list(range(len(self.vehicles)))
        return 3 * int(self.rng.choice(drivers)) + int(self.rng.integers(2))

    def _at_home_in(self, town: int) -> list[int]:
        """The vehicles whose drivers live in a town: a third of them in the county town, the rest by turns in the others."""
        return [vehicle for vehicle in range(len(self.vehicles)) if self._home_town(vehicle) == town]

    def _home_town(self, vehicle: int) -> int:
        of_county_town = len(self.vehicles) // 3
        return 0 if vehicle < of_county_town else 1 + (vehicle - of_county_town) % (TOWNS - 1)


def _driver(vehicle: int) -> str:
    return f"driver-{vehicle}"


def _is_plain(stop: Stop) -> bool:
    special = (stop.windows, stop.required_passes, stop.required_skills, stop.goods, stop.alternatives)
    return not any(special) and not stop.quarantine and not stop.release_s
