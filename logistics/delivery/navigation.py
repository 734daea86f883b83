"""Links that open a map app at a place: each in the datum and the order of coordinates that its maker asks for.

They are https links, so that a phone without the app shows the maker's web page instead; and there are plain coordinates to copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from logistics.delivery.coordinates import Point, gcj02_to_bd09, wgs84_to_gcj02

#: How we name ourselves to them, as their pages ask.
SOURCE = "webapp.logistics.emergency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The ways to find a place: two links, and coordinates as people paste them into a map's search."""

    amap: str
    baidu: str
    #: "lon,lat" in GCJ-02, as AMap's and Tencent's search take it.
    gcj02: str
    #: "lat,lon" in WGS-84, for GPS devices and maps of other countries.
    wgs84: str


def ways(*, lat: float, lon: float, name: str) -> Ways:
    """The ways to a place given in WGS-84."""
    gcj02 = wgs84_to_gcj02(Point(lat, lon))
    return Ways(
        amap=_amap(gcj02, name),
        baidu=_baidu(gcj02_to_bd09(gcj02), name),
        gcj02=f"{gcj02.lon:.6f},{gcj02.lat:.6f}",
        wgs84=f"{lat:.6f},{lon:.6f}",
    )


def _amap(gcj02: Point, name: str) -> str:
    # The name stands behind a comma, so it must not have one of its own.
    to = f"{gcj02.lon:.6f},{gcj02.lat:.6f},{quote(name.replace(',', ' '), safe='')}"
    options = {"mode": "car", "policy": 1, "src": SOURCE, "coordinate": "gaode", "callnative": 1}
    return f"https://uri.amap.com/navigation?to={to}&{urlencode(options)}"


def _baidu(bd09: Point, name: str) -> str:
    options = {"title": name, "content": name, "output": "html", "coord_type": "bd09ll", "src": SOURCE}
    return (
        f"https://api.map.baidu.com/marker?location={bd09.lat:.6f},{bd09.lon:.6f}&{urlencode(options, quote_via=quote)}"
    )
