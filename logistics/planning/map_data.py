"""Plans and trips as the script of the board reads them: GeoJSON for the map, seconds of the day for the timeline.

Every sentence is made here, in the reader's language; the script puts them into the page as text, never as markup.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from logistics.planning.board import Board, Lane, LeftOut, Visit
from logistics.web.formats import clock
from logistics.web.words import word

type Json = dict[str, Any]


def board_data(board: Board, *, zone: dt.tzinfo, why: Callable[[LeftOut], str]) -> Json:
    """{"lanes": […], "map": FeatureCollection}: lanes in the board's order, times in seconds since midnight of the lane's day."""
    features = [
        depot_feature(name=board.depot_name, lat=board.depot_lat, lon=board.depot_lon),
        *(_route_of(board, lane) for lane in board.lanes),
        *(_stop_of(lane, visit) for lane in board.lanes for visit in lane.visits),
        *(_left_out(left, why) for left in board.left_out),
    ]
    return {
        "lanes": [_lane(lane, zone) for lane in board.lanes],
        "map": {"type": "FeatureCollection", "features": features},
    }


def depot_feature(*, name: str, lat: float, lon: float) -> Json:
    return _point(lat, lon, {"kind": "depot", "name": name, "text": name})


def route_feature(
    points: Iterable[tuple[float, float]], *, lane: int, day: dt.date, colour: int, dash: int, plate: str
) -> Json:
    """A line through (lat, lon) points."""
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": [_coordinates(lat, lon) for lat, lon in points]},
        "properties": {
            "kind": "route",
            "lane": lane,
            "day": day.isoformat(),
            "colour": colour,
            "dash": dash,
            "plate": plate,
        },
    }


def stop_feature(
    *,
    lat: float,
    lon: float,
    lane: int,
    day: dt.date,
    colour: int,
    number: int,
    name: str,
    text: str,
    done: bool = False,
) -> Json:
    """A numbered stop; `text` is what its popup says, a line each."""
    return _point(
        lat,
        lon,
        {
            "kind": "stop",
            "lane": lane,
            "day": day.isoformat(),
            "colour": colour,
            "number": number,
            "name": name,
            "text": text,
            "done": done,
        },
    )


def _route_of(board: Board, lane: Lane) -> Json:
    home = (board.depot_lat, board.depot_lon)
    points = [home, *((visit.place.lat, visit.place.lon) for visit in lane.visits), home]
    return route_feature(points, lane=lane.shift_id, day=lane.day, colour=lane.colour, dash=lane.dash, plate=lane.plate)


def _stop_of(lane: Lane, visit: Visit) -> Json:
    place = visit.place
    lines = (
        f"{visit.number}  {place.name}",
        f"{lane.plate}  {clock(visit.starts_at)}–{clock(visit.leaves_at)}",
        f"{word(place.scene)}  {place.load_kg} kg  {place.load_l} L",
        place.windows,
    )
    return stop_feature(
        lat=place.lat,
        lon=place.lon,
        lane=lane.shift_id,
        day=lane.day,
        colour=lane.colour,
        number=visit.number,
        name=place.name,
        text="\n".join(line for line in lines if line),
    )


def _left_out(left: LeftOut, why: Callable[[LeftOut], str]) -> Json:
    place = left.place
    return _point(place.lat, place.lon, {"kind": "left_out", "name": place.name, "text": f"{place.name}\n{why(left)}"})


def _lane(lane: Lane, zone: dt.tzinfo) -> Json:
    def seconds(at: dt.datetime) -> int:
        """On the people's clock, so that 25 hours is one in the night after."""
        local = at.astimezone(zone).replace(tzinfo=None)
        return int((local - dt.datetime.combine(lane.day, dt.time())).total_seconds())

    return {
        "id": lane.shift_id,
        "day": lane.day.isoformat(),
        "plate": lane.plate,
        "driver": lane.driver,
        "colour": lane.colour,
        "dash": lane.dash,
        "starts": seconds(lane.starts_at),
        "ends": seconds(lane.ends_at),
        "departs": seconds(lane.departs_at),
        "returns": seconds(lane.returns_at),
        "visits": [
            {
                "number": visit.number,
                "name": visit.place.name,
                "arrives": seconds(visit.arrives_at),
                "starts": seconds(visit.starts_at),
                "leaves": seconds(visit.leaves_at),
            }
            for visit in lane.visits
        ],
    }


def _point(lat: float, lon: float, properties: Json) -> Json:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": _coordinates(lat, lon)},
        "properties": properties,
    }


def _coordinates(lat: float, lon: float) -> list[float]:
    """GeoJSON's order; five decimals are a metre."""
    return [round(lon, 5), round(lat, 5)]
