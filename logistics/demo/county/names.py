"""Names for what is generated: shops, villages, people. None of them is meant to be anybody's or any place's."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚英华玉兰国建文志永秀红春海生福林成新云波辉宁俊"
_LUCKY = "顺永兴福鑫万德金宏泰瑞和祥聚富佳"
_LUCKIER = "发源隆丰盛达来利旺通昌茂恒康惠诚"
_SHOPS = ("副食店", "烟酒店", "便民超市", "小卖部", "百货店", "商店", "批发部", "生活超市")
_LAND = "湾沟坪垭河院岭坡店营洼畈"
_SIGHTS = (
    "石门",
    "龙泉",
    "青龙",
    "白岩",
    "桃园",
    "双河",
    "柏树",
    "黄龙",
    "大堰",
    "东岭",
    "西沟",
    "红岩",
    "金盆",
    "高桥",
    "竹园",
)
_STREETS = ("正街", "老街", "新街", "集贸路", "兴农路", "滨河路")


class Unused:
    """Gives every name once: one given before is drawn again."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def draw(self, name: Callable[[], str]) -> str:
        while (drawn := name()) in self._given:
            pass
        self._given.add(drawn)
        return drawn


def surname(rng: Random) -> str:
    """李."""
    return rng.choice(_SURNAMES)


def person(rng: Random, family: str = "") -> str:
    """李国强."""
    return (family or surname(rng)) + "".join(rng.choices(_GIVEN, k=rng.choice((1, 2, 2))))


def shop(rng: Random, place: str, owner: str) -> str:
    """A shop in a place, by the owner's surname: 安阳李家副食店, 顺发烟酒店, 李国强商店."""
    kind = rng.choice(_SHOPS)
    styles = (
        f"{place}{owner}家{kind}",
        f"{rng.choice(_LUCKY)}{rng.choice(_LUCKIER)}{kind}",
        f"{person(rng, owner)}{kind}",
    )
    return rng.choice(styles)


def village(rng: Random, place: str) -> str:
    """安阳王家湾村, 安阳石门村."""
    if rng.random() < 0.7:
        return f"{place}{surname(rng)}家{rng.choice(_LAND)}村"
    return f"{place}{rng.choice(_SIGHTS)}村"


def compound(rng: Random, place: str) -> str:
    """城关韩家院小区."""
    return f"{place}{surname(rng)}家院小区"


def street_address(rng: Random, town: str) -> str:
    """安阳镇老街12号."""
    return f"{town}{rng.choice(_STREETS)}{rng.randint(1, 180)}号"
