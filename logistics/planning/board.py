"""What the pages show of a plan: its days, its routes with times and loads, and what was left out. Plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from logistics.orders.models import HandoverScene
from logistics.planning.models import PlanRun
from logistics.planning.result import plan_of
from logistics.planning.snapshot import moment
from routing import Cost, Reason

type Json = dict[str, Any]

#: Colours that people with any colour vision tell apart (css/board.css), and line patterns for fleets with more vehicles.
COLOURS = 8
DASHES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a stop is and what it gets; `delivery_order_ids` are those it was planned for."""

    stop_id: str
    delivery_order_ids: tuple[int, ...]
    name: str
    address: str
    lat: float
    lon: float
    scene: HandoverScene
    windows: str
    passes: tuple[str, ...]
    load_kg: int
    load_l: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A place on a route. `number` counts from 1; between `arrives_at` and `starts_at` the driver waits."""

    number: int
    place: Place
    arrives_at: dt.datetime
    starts_at: dt.datetime
    leaves_at: dt.datetime
    from_previous_m: int

    @property
    def waiting_s(self) -> int:
        return int((self.starts_at - self.arrives_at).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A vehicle on one shift with its route."""

    shift_id: int
    plate: str
    vehicle_kind: str
    driver: str
    colour: int
    dash: int
    day: dt.date
    starts_at: dt.datetime
    ends_at: dt.datetime
    departs_at: dt.datetime
    returns_at: dt.datetime
    distance_m: int
    load_kg: int
    load_l: int
    capacity_kg: int
    capacity_l: int
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A place without a visit, and what leaving it out is reckoned to cost; `reasons.why` turns the reason into a sentence."""

    place: Place
    price_fen: int
    reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A plan as people look at it; lanes by day, then plate; left-out places dearest first."""

    depot_name: str
    depot_lat: float
    depot_lon: float
    lanes: tuple[Lane, ...]
    left_out: tuple[LeftOut, ...]
    cost: Cost
    #: Shifts that were on offer and stay in the yard.
    idle_shifts: int
    #: Words for every shift of the run, also of idle ones: plate and day, by the router's shift id.
    shift_days: Mapping[str, tuple[str, dt.date]]

    @property
    def days(self) -> list[dt.date]:
        return sorted({lane.day for lane in self.lanes})

    @property
    def stops(self) -> int:
        return sum(len(lane.visits) for lane in self.lanes)

    @property
    def orders(self) -> int:
        return sum(len(visit.place.delivery_order_ids) for lane in self.lanes for visit in lane.visits)

    @property
    def distance_m(self) -> int:
        return sum(lane.distance_m for lane in self.lanes)

    def lane(self, shift_id: int) -> Lane | None:
        """The lane of a shift, None where the plan leaves it in the yard."""
        return next((lane for lane in self.lanes if lane.shift_id == shift_id), None)


def look(vehicle_id: int) -> tuple[int, int]:
    """Colour and line pattern of a vehicle, the same on every page: patterns change when the colours are used up."""
    return (vehicle_id - 1) % COLOURS, (vehicle_id - 1) // COLOURS % DASHES


def board_of(run: PlanRun, *, zone: dt.tzinfo) -> Board | None:
    """The run's best plan so far, with days of the zone; None while it has none."""
    if run.problem is None or run.plan is None:
        return None
    asked, found = run.problem, run.plan
    places = {place["id"]: _place(place) for place in asked["places"]}
    prices = {place["id"]: place["left_out_price_yuan"] * 100 for place in asked["places"]}
    shifts = {shift["id"]: shift for shift in asked["shifts"]}
    vehicles = {vehicle["id"]: vehicle for vehicle in asked["vehicles"]}
    lanes = []
    for route in found["routes"]:
        shift = shifts[route["shift_id"]]
        vehicle = vehicles[shift["vehicle_id"]]
        lanes.append(_lane(asked, route, shift, vehicle, places, zone))
    return Board(
        depot_name=asked["depot"]["name"],
        depot_lat=asked["depot"]["lat"],
        depot_lon=asked["depot"]["lon"],
        lanes=tuple(sorted(lanes, key=lambda lane: (lane.day, lane.plate, lane.departs_at))),
        left_out=tuple(
            LeftOut(place=places[entry.stop_id], price_fen=prices[entry.stop_id], reason=entry.reason)
            for entry in plan_of(found).unassigned
        ),
        cost=Cost(**{name: fen for name, fen in found["cost"].items() if name != "total"}),
        idle_shifts=len(shifts) - len(lanes),
        shift_days={
            shift["id"]: (vehicles[shift["vehicle_id"]]["plate"], _day(asked, shift, zone)) for shift in asked["shifts"]
        },
    )


def _lane(
    asked: Json,
    route: Json,
    shift: Json,
    vehicle: Json,
    places: Mapping[str, Place],
    zone: dt.tzinfo,
) -> Lane:
    colour, dash = look(int(vehicle["id"].removeprefix("vehicle:")))
    return Lane(
        shift_id=int(shift["id"].removeprefix("shift:")),
        plate=vehicle["plate"],
        vehicle_kind=vehicle["kind"],
        driver=shift["driver_name"],
        colour=colour,
        dash=dash,
        day=_day(asked, shift, zone),
        starts_at=moment(asked, shift["starts_s"]),
        ends_at=moment(asked, shift["ends_s"]),
        departs_at=moment(asked, route["departure_s"]),
        returns_at=moment(asked, route["return_s"]),
        distance_m=route["distance_m"],
        load_kg=route["load_kg"],
        load_l=route["load_l"],
        capacity_kg=vehicle["capacity_kg"],
        capacity_l=vehicle["capacity_l"],
        visits=tuple(
            Visit(
                number=number,
                place=places[visit["stop_id"]],
                arrives_at=moment(asked, visit["arrival_s"]),
                starts_at=moment(asked, visit["start_s"]),
                leaves_at=moment(asked, visit["departure_s"]),
                from_previous_m=visit["distance_from_previous_m"],
            )
            for number, visit in enumerate(route["visits"], start=1)
        ),
    )


def _place(place: Json) -> Place:
    return Place(
        stop_id=place["id"],
        delivery_order_ids=tuple(place["delivery_order_ids"]),
        name=place["name"],
        address=place["address"],
        lat=place["lat"],
        lon=place["lon"],
        scene=HandoverScene(place["scene"]),
        windows=place["windows"],
        passes=tuple(place["required_passes"]),
        load_kg=place["load_kg"],
        load_l=place["load_l"],
    )


def _day(asked: Json, shift: Json, zone: dt.tzinfo) -> dt.date:
    return moment(asked, shift["starts_s"]).astimezone(zone).date()
