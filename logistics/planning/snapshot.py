"""What a planning run works on: the state of a depot as plain values (`PlanRun.problem`), and the routing problem it amounts to.

`PlanRun.problem`, written once when a run begins, so that the plan can be shown and judged as it was asked::

    {
      "format": "planning-snapshot/1",
      "timezone": "Asia/Shanghai",
      "epoch": "2020-03-15T00:00:00+08:00",   # local midnight of the first day; every *_s counts seconds from it (`moment`)
      "first_day": "2020-03-15", "last_day": "2020-03-17",
      "depot": {"id": 1, "name": "…", "lat": 32.83, "lon": 110.81},
      "places": [{                            # one stop for each destination with open delivery orders
        "id": "place:12",                     # place:{stock location of the destination}; place:12:2 for what may not go along
        "name": "…", "address": "…", "lat": …, "lon": …,
        "scene": "door", "windows": "08:30-11:30", "required_passes": ["green"],
        "load_kg": 42, "load_l": 180,         # of all its orders, rounded up
        "goods": ["chlorine"],                # their hazards (`inventory.hazards`); absent in runs of before there were any
        "service_s": 264, "left_out_price_yuan": 300,
        "delivery_order_ids": [7, 9]
      }],
      "vehicles": [{"id": "vehicle:3", "plate": "…", "kind": "…", "capacity_kg": 1500, "capacity_l": 9000,
                    "cost_per_shift_yuan": 200, "cost_per_km_jiao": 12,
                    "passes": [{"kind": "green", "valid_through": "2020-03-31"}]}],   # null = does not expire
      "shifts": [{"id": "shift:5", "vehicle_id": "vehicle:3", "driver_id": 8, "driver_name": "…",
                  "starts_s": 28800, "ends_s": 64800, "loading_s": 1800}]
    }

Contacts and phone numbers are not copied here: they stay with the delivery orders. The shape of `PlanRun.plan`, whose stop and
shift ids point into this one, stands in `planning.result`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.catalogue import Item
from inventory.hazards import Hazard, never_together
from inventory.places import StockLocation
from logistics.dispatch.models import Trip, TripState
from logistics.fleet.models import Shift, Vehicle
from logistics.orders.models import SCENE_SERVICE_S, DeliveryLine, DeliveryOrder, DeliveryState, HandoverScene
from logistics.orders.windows import windows_on
from logistics.planning.errors import NoPlace
from routing import Incompatibility, Location, Pass, Problem, RoadNetwork, Stop, TimeWindow, Within
from routing import Shift as RoutingShift
from routing import Vehicle as RoutingVehicle

FORMAT = "planning-snapshot/1"
LOAD_DIMENSIONS = ("weight_kg", "volume_l")
#: Carrying it from the vehicle to where it is set down: a 15 kg carton takes half a minute.
HANDLING_S_PER_KG = 2
#: From the beginning of a shift to the gate: fetching the papers, checking the vehicle, loading.
LOADING_S = 30 * 60

_MG_PER_KG = 1_000_000
_UL_PER_L = 1_000_000
_FEN_PER_YUAN = 100
_FEN_PER_JIAO = 10
_PROFILE = "car"

type Json = dict[str, Any]


def gather(session: Session, *, depot: StockLocation, first_day: dt.date, last_day: dt.date, timezone: str) -> Json:
    """The open work and the free shifts of a depot in these days. Raises NoPlace where nobody has told where the depot is.

    Left out are delivery orders that a published plan has taken and shifts that have their trip already.
    """
    epoch = dt.datetime.combine(first_day, dt.time(), ZoneInfo(timezone))
    ends = dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time(), ZoneInfo(timezone))
    shifts = _free_shifts(session, depot, epoch, ends)
    vehicles = {shift.vehicle.id: shift.vehicle for shift in shifts}
    return {
        "format": FORMAT,
        "timezone": timezone,
        "epoch": epoch.isoformat(),
        "first_day": first_day.isoformat(),
        "last_day": last_day.isoformat(),
        "depot": _depot(depot),
        "places": _places(session, depot),
        "vehicles": [_vehicle(vehicle) for vehicle in vehicles.values()],
        "shifts": [_shift(shift, epoch) for shift in shifts],
    }


def problem_of(snapshot: Json, roads: RoadNetwork) -> Problem:
    """The routing problem that a snapshot amounts to. Money becomes fen; days become windows in seconds from the epoch."""
    depot, places = snapshot["depot"], snapshot["places"]
    carried = {kind for place in places for kind in place.get("goods", ())}
    locations = tuple(Location(lat=place["lat"], lon=place["lon"]) for place in (depot, *places))
    return Problem(
        load_dimensions=LOAD_DIMENSIONS,
        locations=locations,
        stops=tuple(_routing_stop(snapshot, place, index) for index, place in enumerate(places, start=1)),
        vehicles=tuple(_routing_vehicle(snapshot, vehicle) for vehicle in snapshot["vehicles"]),
        shifts=tuple(_routing_shift(shift) for shift in snapshot["shifts"]),
        travel={_PROFILE: roads.matrix(locations, _PROFILE)},
        incompatible=tuple(_incompatible(carried)),
    )


def moment(snapshot: Json, seconds: int) -> dt.datetime:
    """The moment (aware, UTC) so many seconds after the epoch of a snapshot."""
    return dt.datetime.fromisoformat(snapshot["epoch"]).astimezone(dt.UTC) + dt.timedelta(seconds=seconds)


def service_s(scene: HandoverScene, load_kg: int) -> int:
    """Seconds from stopping to driving on: what the handover scene takes, and carrying the goods."""
    return SCENE_SERVICE_S[scene] + HANDLING_S_PER_KG * load_kg


def has_place(depot: StockLocation) -> bool:
    """Whether somebody has told where this store stands."""
    return depot.unit is not None and depot.unit.lat is not None and depot.unit.lon is not None


def _depot(depot: StockLocation) -> Json:
    if depot.unit is None or not has_place(depot):
        raise NoPlace(depot=depot.name)
    return {"id": depot.id, "name": depot.name, "lat": depot.unit.lat, "lon": depot.unit.lon}


def _places(session: Session, depot: StockLocation) -> list[Json]:
    """Open delivery orders by destination. Where several to one destination differ, the newest says where and how.

    What must never meet on a vehicle comes to one destination by two stops.
    """
    loads, hazards = _loads(session, depot), _hazards(session, depot)
    by_destination: dict[int, list[DeliveryOrder]] = {}
    for order in session.scalars(
        select(DeliveryOrder)
        .where(DeliveryOrder.source_id == depot.id, DeliveryOrder.state == DeliveryState.OPEN)
        .order_by(DeliveryOrder.id)
    ):
        by_destination.setdefault(order.destination_id, []).append(order)
    return [
        _place(f"place:{destination_id}" + (f":{number}" if number > 1 else ""), together, loads, hazards)
        for destination_id, orders in sorted(by_destination.items())
        for number, together in enumerate(_going_together(orders, hazards), start=1)
    ]


def _going_together(
    orders: Sequence[DeliveryOrder], hazards: Mapping[int, frozenset[Hazard]]
) -> list[list[DeliveryOrder]]:
    """The orders to one destination in groups whose goods may travel together, each with the first group that bears it."""
    groups: list[list[DeliveryOrder]] = []
    for order in orders:
        for group in groups:
            aboard = [hazard for other in group for hazard in hazards.get(other.id, ())]
            if not any(never_together(a, b) for a in aboard for b in hazards.get(order.id, ())):
                group.append(order)
                break
        else:
            groups.append([order])
    return groups


def _place(
    place_id: str,
    orders: Sequence[DeliveryOrder],
    loads: Mapping[int, tuple[int, int]],
    hazards: Mapping[int, frozenset[Hazard]],
) -> Json:
    newest = orders[-1]
    load_kg = _rounded_up(sum(loads[order.id][0] for order in orders), _MG_PER_KG)
    return {
        "id": place_id,
        "name": newest.place_name,
        "address": newest.address,
        "lat": newest.lat,
        "lon": newest.lon,
        "scene": newest.scene.value,
        "windows": newest.windows,
        "required_passes": sorted({order.required_pass for order in orders} - {""}),
        "load_kg": load_kg,
        "load_l": _rounded_up(sum(loads[order.id][1] for order in orders), _UL_PER_L),
        "goods": sorted({hazard.value for order in orders for hazard in hazards.get(order.id, ())}),
        "service_s": service_s(newest.scene, load_kg),
        "left_out_price_yuan": sum(order.left_out_price for order in orders),
        "delivery_order_ids": [order.id for order in orders],
    }


def _loads(session: Session, depot: StockLocation) -> dict[int, tuple[int, int]]:
    """Milligrams and microlitres of each open delivery order, summed in the database: there may be thousands."""
    rows = session.execute(
        select(
            DeliveryOrder.id,
            func.coalesce(func.sum(DeliveryLine.quantity * Item.weight_mg), 0),
            func.coalesce(func.sum(DeliveryLine.quantity * Item.volume_ul), 0),
        )
        .outerjoin(DeliveryLine, DeliveryLine.delivery_order_id == DeliveryOrder.id)
        .outerjoin(Item, Item.id == DeliveryLine.item_id)
        .where(DeliveryOrder.source_id == depot.id, DeliveryOrder.state == DeliveryState.OPEN)
        .group_by(DeliveryOrder.id)
    )
    return {order_id: (int(weight_mg), int(volume_ul)) for order_id, weight_mg, volume_ul in rows}


def _hazards(session: Session, depot: StockLocation) -> dict[int, frozenset[Hazard]]:
    """What is dangerous, or endangered, in each open delivery order; harmless ones are left out."""
    rows = session.execute(
        select(DeliveryLine.delivery_order_id, Item.hazard)
        .join(DeliveryOrder, DeliveryOrder.id == DeliveryLine.delivery_order_id)
        .join(Item, Item.id == DeliveryLine.item_id)
        .where(
            DeliveryOrder.source_id == depot.id, DeliveryOrder.state == DeliveryState.OPEN, Item.hazard != Hazard.NONE
        )
        .distinct()
    )
    found: dict[int, frozenset[Hazard]] = {}
    for order_id, hazard in rows:
        found[order_id] = found.get(order_id, frozenset()) | {hazard}
    return found


def _free_shifts(session: Session, depot: StockLocation, starts: dt.datetime, ends: dt.datetime) -> Sequence[Shift]:
    return session.scalars(
        select(Shift)
        .join(Vehicle, Vehicle.id == Shift.vehicle_id)
        .where(
            Vehicle.depot_id == depot.id,
            Vehicle.active,
            Shift.starts_at >= starts,
            Shift.starts_at < ends,
            ~select(Trip.id).where(Trip.shift_id == Shift.id, Trip.state != TripState.WITHDRAWN).exists(),
        )
        .order_by(Shift.starts_at, Shift.id)
    ).all()


def _vehicle(vehicle: Vehicle) -> Json:
    return {
        "id": f"vehicle:{vehicle.id}",
        "plate": vehicle.plate,
        "kind": vehicle.kind,
        "capacity_kg": vehicle.capacity_kg,
        "capacity_l": vehicle.capacity_l,
        "cost_per_shift_yuan": vehicle.cost_per_shift_yuan,
        "cost_per_km_jiao": vehicle.cost_per_km_jiao,
        "passes": [
            {"kind": held.kind, "valid_through": held.valid_through.isoformat() if held.valid_through else None}
            for held in vehicle.passes
        ],
    }


def _shift(shift: Shift, epoch: dt.datetime) -> Json:
    return {
        "id": f"shift:{shift.id}",
        "vehicle_id": f"vehicle:{shift.vehicle.id}",
        "driver_id": shift.driver.id,
        "driver_name": shift.driver.name,
        "starts_s": _seconds(epoch, shift.starts_at),
        "ends_s": _seconds(epoch, shift.ends_at),
        "loading_s": LOADING_S,
    }


def _routing_stop(snapshot: Json, place: Json, location: int) -> Stop:
    return Stop(
        id=place["id"],
        location=location,
        load=(place["load_kg"], place["load_l"]),
        service_s=place["service_s"],
        windows=tuple(_windows(snapshot, place["windows"])),
        left_out_price=place["left_out_price_yuan"] * _FEN_PER_YUAN,
        required_passes=frozenset(place["required_passes"]),
        goods=frozenset(place.get("goods", ())),
    )


def _incompatible(carried: Collection[str]) -> Iterator[Incompatibility]:
    """The rules of `inventory.hazards` for what is carried at all, as routing says them."""
    for a, b in combinations(sorted(carried), 2):
        if apart := never_together(Hazard(a), Hazard(b)):
            yield Incompatibility(goods=(a, b), within=Within(apart.within))


def _routing_vehicle(snapshot: Json, vehicle: Json) -> RoutingVehicle:
    """Drivers are paid by the shift, which stands in its cost: an hour more or less costs nothing."""
    return RoutingVehicle(
        id=vehicle["id"],
        capacity=(vehicle["capacity_kg"], vehicle["capacity_l"]),
        profile=_PROFILE,
        passes=tuple(
            Pass(kind=held["kind"], valid_until_s=_end_of_day_s(snapshot, held["valid_through"]))
            for held in vehicle["passes"]
        ),
        fixed_cost=vehicle["cost_per_shift_yuan"] * _FEN_PER_YUAN,
        cost_per_km=vehicle["cost_per_km_jiao"] * _FEN_PER_JIAO,
    )


def _routing_shift(shift: Json) -> RoutingShift:
    return RoutingShift(
        id=shift["id"],
        vehicle_id=shift["vehicle_id"],
        start_s=shift["starts_s"],
        end_s=shift["ends_s"],
        start_location=0,
        end_location=0,
        loading_s=shift["loading_s"],
    )


def _windows(snapshot: Json, text: str) -> Iterator[TimeWindow]:
    """The windows of every day of the run, in order; those that touch (as night shifts do at midnight) become one."""
    epoch, zone = dt.datetime.fromisoformat(snapshot["epoch"]), ZoneInfo(snapshot["timezone"])
    pairs = sorted(
        (_seconds(epoch, starts_at), _seconds(epoch, ends_at))
        for day in _days(snapshot)
        for starts_at, ends_at in windows_on(text, day, zone)
    )
    if not pairs:
        return
    start_s, end_s = pairs[0]
    for next_start_s, next_end_s in pairs[1:]:
        if next_start_s > end_s:
            yield TimeWindow(start_s=start_s, end_s=end_s)
            start_s = next_start_s
        end_s = max(end_s, next_end_s)
    yield TimeWindow(start_s=start_s, end_s=end_s)


def _days(snapshot: Json) -> Iterable[dt.date]:
    first_day, last_day = (dt.date.fromisoformat(snapshot[name]) for name in ("first_day", "last_day"))
    return (first_day + dt.timedelta(days=number) for number in range((last_day - first_day).days + 1))


def _end_of_day_s(snapshot: Json, day: str | None) -> int | None:
    """The midnight that ends a day; one that lies before the run is as good as its very beginning."""
    if day is None:
        return None
    tomorrow = dt.date.fromisoformat(day) + dt.timedelta(days=1)
    ends = dt.datetime.combine(tomorrow, dt.time(), ZoneInfo(snapshot["timezone"]))
    return max(0, _seconds(dt.datetime.fromisoformat(snapshot["epoch"]), ends))


def _seconds(epoch: dt.datetime, at: dt.datetime) -> int:
    """Elapsed seconds; by way of UTC, for two moments of one zone are subtracted by their clock faces."""
    return int((at.astimezone(dt.UTC) - epoch.astimezone(dt.UTC)).total_seconds())


def _rounded_up(amount: int, unit: int) -> int:
    return -(-amount // unit)
