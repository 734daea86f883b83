"""Dates, numbers, quantities and phones as Chinese offices write them (and as English readers expect)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

from flask import Flask
from flask_babel import format_decimal, get_locale, ngettext
from flask_babel import gettext as _

from inventory.catalogue import Item, in_packs
from logistics.web.context import today, zone

WEEKDAYS = "一二三四五六日"


def register(app: Flask) -> None:
    """Make the formats filters of every template."""
    for format_ in (
        day,
        clock,
        moment,
        dated,
        number,
        quantity,
        cover,
        km,
        yuan,
        money,
        phone,
        lasting,
        days_from_plain,
        near_day,
    ):
        app.add_template_filter(format_)


def day(value: dt.date | None) -> str:
    """2020年3月15日 / 15 Mar 2020."""
    if value is None:
        return "—"
    if _chinese():
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {value:%b %Y}"


def clock(value: dt.datetime | None) -> str:
    """14:05 in the people's zone."""
    return "—" if value is None else f"{value.astimezone(zone()):%H:%M}"


def moment(value: dt.datetime | None) -> str:
    """今天 14:05, 明天 08:00, 3月15日 08:00: the day by its nearest name."""
    if value is None:
        return "—"
    local = value.astimezone(zone())
    return f"{near_day(local.date())} {local:%H:%M}"


def dated(value: dt.datetime | None) -> str:
    """2020年3月15日 14:05 / 15 Mar 2020 14:05: what stands on paper is true tomorrow, too."""
    if value is None:
        return "—"
    return f"{day(value.astimezone(zone()).date())} {clock(value)}"


def number(value: int | float | None) -> str:
    """14,000."""
    return "—" if value is None else str(format_decimal(value))


def quantity(value: int, item: Item) -> str:
    """A quantity in the words people use, largest pack first: 7箱, 15盒30只."""
    sign = "−" if value < 0 else ""
    return sign + " ".join(f"{number(count)} {word}" for count, word in in_packs(item, value))


def cover(value: Fraction | None) -> str:
    """Days until stock-out: 2.4 天."""
    if value is None:
        return "—"
    days = round(float(value), 1)
    return ngettext("%(days)s day", "%(days)s days", 1 if days == 1 else 2, days=format_decimal(days))


def days_from_plain(value: str) -> Fraction:
    """The exact days of cover that an allocation's record keeps as "7/2"."""
    return Fraction(value)


def km(value_m: int | None) -> str:
    """Metres as kilometres: 12.4 公里."""
    return "—" if value_m is None else _("%(km)s km", km=format_decimal(round(value_m / 1000, 1)))


def yuan(value_fen: int | None) -> str:
    """Fen as yuan: ¥1,204."""
    return "—" if value_fen is None else f"¥{format_decimal(round(value_fen / 100))}"


def money(value_fen: int | None) -> str:
    """Fen as yuan to the last fen: ¥1,204.50."""
    if value_fen is None:
        return "—"
    return f"{'−' if value_fen < 0 else ''}¥{format_decimal(Decimal(abs(value_fen)) / 100, format='#,##0.00')}"


def phone(value: str) -> str:
    """138****0001: enough to recognise, not to call."""
    digits = value.strip()
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else digits


def lasting(value_s: int | None) -> str:
    """Seconds as people say them: 1 小时 20 分."""
    if value_s is None:
        return "—"
    hours, minutes = divmod(round(value_s / 60), 60)
    if hours:
        return _("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
    return _("%(minutes)s min", minutes=minutes)


def near_day(value: dt.date) -> str:
    """今天, 明天, 3月15日."""
    names = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}
    name = names.get((value - today()).days)
    if name:
        return name
    if _chinese():
        return f"{value.month}月{value.day}日" if value.year == today().year else day(value)
    return f"{value.day} {value:%b}" if value.year == today().year else day(value)


def _chinese() -> bool:
    return str(get_locale()).startswith("zh")
