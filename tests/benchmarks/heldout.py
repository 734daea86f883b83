"""Problems of other kinds than the county, on which nothing was tuned.

`city`: 800 stops, short routes, two yards, cargo trikes beside vans.  `countryside`: 600 stops far apart on long routes, wide
windows.  `trikes`: 150 stops of a town, whose cargo trikes come back and load again.  `cvrp`, `vrptw` and `mtvrptwr`: drawn as classical
sets are (clustered customers and short routes with capacity alone; clustered and random customers, long horizon and long routes;
100 customers, half of whose goods arrive in the course of the day, on short trips), cost = distance, everybody to be served.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from routing import Location, Problem, Shift, Stop, StraightLine, TimeWindow, TravelMatrix, Vehicle
from routing.roads.straight_line import MIXED, Pace
from tests.benchmarks.counties import HOUR_S, MINUTE_S, as_locations, hours

TRIKES = StraightLine(
    near=Pace(minutes_per_km=5.0, distance_factor=1.4), far=Pace(minutes_per_km=4.5, distance_factor=1.4)
)


def city(seed: int, *, stops: int = 800) -> Problem:
    """Two yards, housing estates as clusters, half the stops with a window of two or four hours of one day."""
    rng = np.random.default_rng((seed, 10))
    yards = [(32.65, 110.78), (32.62, 110.85)]
    estates = rng.uniform((32.58, 110.70), (32.70, 110.92), (max(2, stops // 20), 2))
    homes = estates[rng.integers(len(estates), size=stops)] + rng.normal(0, 0.003, (stops, 2))
    locations = as_locations([*yards, *homes.round(5).tolist()])
    fleet = max(4, stops // 16)
    return Problem(
        load_dimensions=("kg", "litres"),
        locations=locations,
        stops=tuple(_city_stop(rng, index) for index in range(stops)),
        vehicles=tuple(_city_vehicle(index) for index in range(fleet)),
        shifts=tuple(_city_shift(index) for index in range(fleet)),
        travel={"van": MIXED.matrix(locations), "trike": TRIKES.matrix(locations)},
    )


def countryside(seed: int, *, stops: int = 600) -> Problem:
    """One yard; twelve vehicles for two days of twelve hours, forty stops and more on each route."""
    rng = np.random.default_rng((seed, 11))
    places = rng.uniform((32.5, 110.4), (33.1, 111.2), (stops, 2)).round(5)
    locations = as_locations([(32.80, 110.80), *places.tolist()])
    fleet = max(2, stops // 50)
    return Problem(
        load_dimensions=("kg",),
        locations=locations,
        stops=tuple(_country_stop(rng, index) for index in range(stops)),
        vehicles=tuple(
            Vehicle(id=f"car-{index}", capacity=(1500,), fixed_cost=25_000, cost_per_km=100, cost_per_hour=3_500)
            for index in range(fleet)
        ),
        shifts=tuple(_shift(f"{car}-{day}", f"car-{car}", day, 7, 19) for car in range(fleet) for day in range(2)),
        travel={"car": MIXED.matrix(locations)},
    )


def cvrp(seed: int, *, customers: int = 600) -> Problem:
    """Clustered, depot in a corner, about fifteen customers a route; distances rounded to whole numbers."""
    rng = np.random.default_rng((seed, 12))
    seeds = rng.uniform(0, 1000, (6, 2))
    points = np.vstack([np.zeros((1, 2)), _attracted(rng, seeds, customers)]).round()
    demand = rng.integers(1, 101, customers)
    capacity = round(15 * demand.mean())
    rounded = np.rint(_euclidean(points)).astype(np.int32)
    travel = TravelMatrix(duration_s=rounded, distance_m=rounded)
    stops = tuple(
        Stop(id=f"{index}", location=index + 1, load=(int(amount),), service_s=0) for index, amount in enumerate(demand)
    )
    return _classical(points, stops, capacity, 10**7, math.ceil(1.15 * demand.sum() / capacity) + 1, travel)


def vrptw(seed: int, *, customers: int = 400) -> Problem:
    """Half clustered, half random; horizon for about forty customers a route; windows on three quarters.  Tenths, truncated."""
    rng = np.random.default_rng((seed, 13))
    points = _half_clustered(rng, customers)
    tenths, travel = _in_tenths(points)
    horizon, service = 40_000, 100
    stops = []
    for index in range(customers):
        there = int(tenths[0, index + 1])
        centre = int(rng.integers(there, horizon - there - service))
        width = int(rng.integers(600, 4_000))
        opens, closes = max(0, centre - width), min(horizon - there - service, centre + width)
        windows = (TimeWindow(start_s=opens, end_s=closes),) if rng.random() < 0.75 else ()
        stop = Stop(
            id=f"{index}", location=index + 1, load=(int(rng.integers(1, 41)),), service_s=service, windows=windows
        )
        stops.append(stop)
    return _classical(points, tuple(stops), 1000, horizon, max(4, customers // 18), travel)


def tight_hours(seed: int, *, customers: int = 1000) -> Problem:
    """As `vrptw`, but with a longer horizon and a window for everybody, of which half are shorter than 4 % of it."""
    rng = np.random.default_rng((seed, 16))
    points = _half_clustered(rng, customers)
    tenths, travel = _in_tenths(points)
    horizon, service = 73_000, 100
    stops = []
    for index in range(customers):
        there = int(tenths[0, index + 1])
        opens = int(rng.integers(there, horizon - there - service - 5_000))
        window = TimeWindow(start_s=opens, end_s=opens + int(rng.integers(50, 5_000)))
        load = (int(rng.integers(1, 41)),)
        stops.append(Stop(id=f"{index}", location=index + 1, load=load, service_s=service, windows=(window,)))
    return _classical(points, tuple(stops), 1000, horizon, max(4, customers // 18), travel)


def _in_tenths(points: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int32], TravelMatrix]:
    """Distances in tenths, truncated, which are the times, too."""
    tenths = np.floor(10 * _euclidean(points)).astype(np.int32)
    return tenths, TravelMatrix(duration_s=tenths, distance_m=tenths)


def _half_clustered(rng: np.random.Generator, customers: int) -> npt.NDArray[np.float64]:
    """The depot in the middle, half of the customers anywhere and half around the points of a grid."""
    half = customers // 2
    points = np.vstack(
        [np.full((1, 2), 250.0), rng.uniform(0, 500, (half, 2)), rng.uniform(50, 450, (customers - half, 2))]
    ).round()
    points[1 + half :] = (points[1 + half :] / 90).round() * 90 + rng.normal(0, 12, (customers - half, 2)).round()
    return points


def mtvrptwr(seed: int, *, customers: int = 100) -> Problem:
    """As `vrptw`, but with a depot in the middle and a capacity for five or six customers, so that each vehicle has to come back twice."""
    rng = np.random.default_rng((seed, 14))
    half = customers // 2
    points = np.vstack([np.full((1, 2), 50.0), rng.uniform(0, 100, (customers, 2))]).round()
    points[1 + half :] = (points[1 + half :] / 25).round() * 25 + rng.normal(0, 3, (customers - half, 2)).round()
    tenths, travel = _in_tenths(points)
    horizon, service = 9_600, 100
    stops = []
    for index in range(customers):
        there = int(tenths[0, index + 1])
        release = int(rng.integers(0, horizon // 2)) if rng.random() < 0.5 else 0
        centre = int(rng.integers(release + there, horizon - there - service))
        width = int(rng.choice([600, 1_200, 4_000]))
        opens = max(there, release, centre - width)
        closes = min(horizon - there - service, centre + width)
        stop = Stop(
            id=f"{index}",
            location=index + 1,
            load=(int(rng.integers(10, 28)),),
            service_s=service,
            release_s=release,
            windows=(TimeWindow(start_s=opens, end_s=closes),),
        )
        stops.append(stop)
    return _classical(points, tuple(stops), 100, horizon, max(3, customers // 11), travel, max_trips=customers)


def trikes(seed: int, *, stops: int = 150) -> Problem:
    """One yard in the town, a trike for every fifteen stops, up to five trips each in ten hours, a quarter of an hour for every loading."""
    case, rng = city(seed, stops=stops), np.random.default_rng((seed, 15))
    fleet = max(2, stops // 15)
    vehicles = tuple(
        Vehicle(
            id=f"trike-{index}",
            profile="trike",
            capacity=(100, 700),
            fixed_cost=4_000,
            cost_per_km=10,
            cost_per_hour=3_000,
        )
        for index in range(fleet)
    )
    day = [_shift(f"day-{index}", f"trike-{index}", 0, 8, 18) for index in range(fleet)]
    arrives = [hours(0, 10, 11).start_s if rng.random() < 0.3 else 0 for _ in case.stops]
    return replace(
        case,
        vehicles=vehicles,
        shifts=tuple(replace(shift, max_trips=5, disinfection_s=5 * MINUTE_S) for shift in day),
        stops=tuple(
            replace(stop, release_s=min(release_s, stop.windows[0].start_s) if stop.windows else release_s)
            for stop, release_s in zip(case.stops, arrives, strict=True)
        ),
    )


KINDS: dict[str, Callable[[int], Problem]] = {
    "city": city,
    "countryside": countryside,
    "cvrp": cvrp,
    "vrptw": vrptw,
    "tight hours": tight_hours,
    "mtvrptwr": mtvrptwr,
    "trikes": trikes,
}


def _city_stop(rng: np.random.Generator, index: int) -> Stop:
    kg = int(rng.integers(2, 30))
    opens, length = float(rng.integers(8, 17)), int(rng.choice([2, 4]))
    windows = (hours(0, opens, opens + length),) if rng.random() < 0.5 else ()
    return Stop(
        id=f"stop-{index}",
        location=index + 2,
        load=(kg, kg * int(rng.integers(3, 8))),
        service_s=int(rng.integers(4, 10)) * MINUTE_S,
        windows=windows,
        left_out_price=int(rng.integers(10_000, 40_000)),
    )


def _city_vehicle(index: int) -> Vehicle:
    if index % 3 == 0:
        return Vehicle(
            id=f"van-{index}",
            profile="van",
            capacity=(700, 4000),
            fixed_cost=15_000,
            cost_per_km=80,
            cost_per_hour=3_500,
        )
    return Vehicle(
        id=f"trike-{index}",
        profile="trike",
        capacity=(200, 1300),
        fixed_cost=4_000,
        cost_per_km=10,
        cost_per_hour=3_000,
    )


def _city_shift(index: int) -> Shift:
    """Vans drive all day, trikes in two layers: mornings or afternoons."""
    if index % 3 == 0:
        return _shift(f"van-{index} all day", f"van-{index}", 0, 8, 18, yard=index % 2)
    starts_h = 8 if index % 3 == 1 else 13
    return _shift(f"trike-{index}", f"trike-{index}", 0, starts_h, starts_h + 6, yard=index % 2)


def _country_stop(rng: np.random.Generator, index: int) -> Stop:
    half_day = hours(int(rng.integers(2)), *[(7, 12), (12, 18)][int(rng.integers(2))])
    return Stop(
        id=f"farm-{index}",
        location=index + 1,
        load=(int(rng.integers(5, 60)),),
        service_s=int(rng.integers(2, 6)) * MINUTE_S,
        windows=(half_day,) if rng.random() < 0.4 else (),
        left_out_price=int(rng.integers(20_000, 60_000)),
    )


def _shift(id: str, vehicle_id: str, day: int, start_h: float, end_h: float, *, yard: int = 0) -> Shift:
    times = hours(day, start_h, end_h)
    return Shift(
        id=id,
        vehicle_id=vehicle_id,
        start_s=times.start_s,
        end_s=times.end_s,
        start_location=yard,
        end_location=yard,
        loading_s=HOUR_S // 4,
    )


def _attracted(rng: np.random.Generator, seeds: npt.NDArray[np.float64], customers: int) -> npt.NDArray[np.float64]:
    """Customers that gather around seeds with an exponential decay of 40, as in the X set."""
    chosen: list[npt.NDArray[np.float64]] = []
    while len(chosen) < customers:
        point = rng.uniform(0, 1000, 2)
        attraction = np.exp(-np.sqrt(((seeds - point) ** 2).sum(axis=1)) / 40).sum()
        if rng.random() < attraction:
            chosen.append(point)
    return np.array(chosen)


def _euclidean(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    away: npt.NDArray[np.float64] = np.sqrt(((points[:, None] - points[None, :]) ** 2).sum(axis=2))
    return away


def _classical(
    points: npt.NDArray[np.float64],
    stops: tuple[Stop, ...],
    capacity: int,
    horizon: int,
    fleet: int,
    travel: TravelMatrix,
    *,
    max_trips: int = 1,
) -> Problem:
    """One fen a unit of distance, nothing for time; the points stand in for degrees."""
    return Problem(
        load_dimensions=("units",),
        locations=tuple(Location(lat=y / 100, lon=x / 100) for x, y in points.tolist()),
        stops=stops,
        vehicles=tuple(Vehicle(id=f"v{row}", capacity=(capacity,), cost_per_km=1000) for row in range(fleet)),
        shifts=tuple(
            Shift(
                id=f"r{row}",
                vehicle_id=f"v{row}",
                start_s=0,
                end_s=horizon,
                start_location=0,
                end_location=0,
                max_trips=max_trips,
            )
            for row in range(fleet)
        ),
        travel={"car": travel},
    )
