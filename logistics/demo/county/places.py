"""Where things lie: in and around the real towns, by chance."""

from __future__ import annotations

import math
from random import Random

from logistics.demo.county.towns import COUNTY_TOWN, EAST, NORTH, SOUTH, TOWNS, WEST, Town

_KM_A_DEGREE = 111.2


def in_county(lat: float, lon: float) -> bool:
    """Whether a place lies inside the box around the district."""
    return SOUTH <= lat <= NORTH and WEST <= lon <= EAST


def around(rng: Random, town: Town) -> tuple[float, float]:
    """A place in or around a town, thinning out with the distance: most within walking distance, some up a valley."""
    close_km, far_km = (2.0, 4.0) if town is COUNTY_TOWN else (1.2, 4.5)
    return near(rng, town, close_km if rng.random() < 0.6 else far_km)


def near(rng: Random, town: Town, spread_km: float) -> tuple[float, float]:
    while True:
        north_km, east_km = rng.gauss(0, spread_km), rng.gauss(0, spread_km)
        lat = round(town.lat + north_km / _KM_A_DEGREE, 5)
        lon = round(town.lon + east_km / (_KM_A_DEGREE * math.cos(math.radians(town.lat))), 5)
        if in_county(lat, lon) and math.hypot(north_km, east_km) < 3 * spread_km:
            return lat, lon


def some_towns(rng: Random, count: int, in_county_town: int) -> list[Town]:
    """The county town so many times, and for the rest the other towns, some larger than others."""
    others = TOWNS[1:]
    sizes = [rng.uniform(0.6, 1.8) for _ in others]
    return [COUNTY_TOWN] * in_county_town + rng.choices(others, sizes, k=count - in_county_town)


def area(town: Town) -> str:
    return f"PQ{TOWNS.index(town) + 1:02d}"
