"""The towns of Yunyang (郧阳区, Hubei), the one part of the demonstration that is real.

Names and coordinates (WGS-84) are from GeoNames (https://www.geonames.org, CC BY 4.0), by its ids; they are approximate, to one or two
kilometres. The district has nineteen towns and townships; 谭家湾镇 has no coordinate there and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A town; `geonames_id` names the source of its place."""

    name: str
    pinyin: str
    lat: float
    lon: float
    geonames_id: int

    @property
    def short(self) -> str:
        """Without the word for town or township: 安阳."""
        return self.name.removesuffix("镇").removesuffix("乡")


#: The seat of the district, 郧县城关镇 at GeoNames under its name of before 2014.
COUNTY_TOWN = Town(name="城关镇", pinyin="Chengguan", lat=32.83129, lon=110.80875, geonames_id=1785661)

TOWNS = (
    COUNTY_TOWN,
    Town(name="五峰乡", pinyin="Wufeng", lat=32.82737, lon=110.3693, geonames_id=1909310),
    Town(name="刘洞镇", pinyin="Liudong", lat=33.15522, lon=111.11501, geonames_id=1803170),
    Town(name="南化塘镇", pinyin="Nanhuatang", lat=33.11559, lon=110.90973, geonames_id=1799998),
    Town(name="叶大乡", pinyin="Yeda", lat=32.54209, lon=110.45316, geonames_id=1909289),
    Town(name="大柳乡", pinyin="Daliu", lat=33.01608, lon=110.73643, geonames_id=1908403),
    Town(name="安阳镇", pinyin="Anyang", lat=32.8458, lon=111.01072, geonames_id=1817945),
    Town(name="杨溪铺镇", pinyin="Yangxipu", lat=32.83543, lon=110.87664, geonames_id=8547457),
    Town(name="柳陂镇", pinyin="Liubei", lat=32.80692, lon=110.75597, geonames_id=8547409),
    Town(name="梅铺镇", pinyin="Meipu", lat=33.01368, lon=111.18961, geonames_id=1800826),
    Town(name="白桑关镇", pinyin="Baisangguan", lat=32.96261, lon=110.991, geonames_id=8547752),
    Town(name="白浪镇", pinyin="Bailang", lat=33.23531, lon=110.98911, geonames_id=8548314),
    Town(name="胡家营镇", pinyin="Hujiaying", lat=32.78044, lon=110.25557, geonames_id=1806736),
    Town(name="茶店镇", pinyin="Chadian", lat=32.7426, lon=110.83572, geonames_id=1815877),
    Town(name="谭山镇", pinyin="Tanshan", lat=33.02833, lon=111.12221, geonames_id=8547894),
    Town(name="青山镇", pinyin="Qingshan", lat=32.73111, lon=110.91366, geonames_id=8547258),
    Town(name="青曲镇", pinyin="Qingqu", lat=32.87682, lon=110.62802, geonames_id=1797794),
    Town(name="鲍峡镇", pinyin="Baoxia", lat=32.70746, lon=110.33034, geonames_id=1816901),
)

#: South, north, west and east end of the district, degrees rounded outwards; nothing generated lies outside.
SOUTH, NORTH, WEST, EAST = 32.41, 33.28, 110.11, 111.28
