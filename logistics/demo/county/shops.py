"""The retail customers and what they ordered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import partial
from random import Random

from logistics.demo.county import names
from logistics.demo.county.codes import CARTONS_A_CASE, CLASSES, OTHER_PASS, PASS, TOO_EARLY
from logistics.demo.county.facts import Facts, parts_of
from logistics.demo.county.names import Unused
from logistics.demo.county.parts import DemoCustomer, DemoOrder
from logistics.demo.county.places import area, around, some_towns
from logistics.orders.models import HandoverScene

_SCENES = {
    HandoverScene.DOOR: 55,
    HandoverScene.AGREED_POINT: 15,
    HandoverScene.GATE: 12,
    HandoverScene.VILLAGE_POINT: 15,
    HandoverScene.QUARANTINE: 3,
}
_WINDOWS = ("08:30-11:30", "14:00-17:00", "08:30-11:30;14:00-17:00", "09:00-12:00", "13:30-17:30")


def customers(rng: Random, facts: Facts) -> Iterator[DemoCustomer]:
    """Shops by town. Two cannot be served as they ask, so that one sees how the planner says why."""
    unused = Unused()
    for number, town in enumerate(some_towns(rng, facts.customers, round(facts.customers / 3)), start=1):
        owner = names.surname(rng)
        name = unused.draw(partial(names.shop, rng, town.short, owner))
        lat, lon = around(rng, town)
        scene = rng.choices(list(_SCENES), list(_SCENES.values()))[0]
        windows = rng.choice(_WINDOWS) if rng.random() < 1 / 3 else ""
        required_pass = PASS if rng.random() < 0.03 else ""
        yield DemoCustomer(
            code=f"4203041{number:05d}",
            name=name,
            unit=area(town),
            lat=lat,
            lon=lon,
            address=names.street_address(rng, town.name),
            contact=f"{owner}老板",
            phone=f"1390000{number:04d}",
            scene=scene,
            windows=TOO_EARLY if number == facts.customers else windows,
            required_pass=OTHER_PASS if number == facts.customers - 1 else required_pass,
        )


def orders(rng: Random, facts: Facts, customers: Sequence[DemoCustomer], first_day: dt.date) -> Iterator[DemoOrder]:
    """Every customer orders; small shops take only the third class. Together they are exactly the cases ordered."""
    sizes = [rng.lognormvariate(0, 0.7) for _ in customers]
    first, second, third = parts_of(facts.cases_ordered)
    shares = (
        [5 * n for n in _apportion(first * CARTONS_A_CASE // 5, [s if s > 1.2 else 0 for s in sizes])],
        [5 * n for n in _apportion(second * CARTONS_A_CASE // 5, [s if s > 0.7 else 0 for s in sizes])],
        [10 * n for n in _apportion(third * CARTONS_A_CASE // 10, sizes, at_least=1)],
    )
    ordered_on = first_day - dt.timedelta(days=1)
    for number, (customer, *cartons) in enumerate(zip(customers, *shares, strict=True), start=1):
        yield DemoOrder(
            number=f"FX{ordered_on:%Y%m%d}{number:05d}",
            customer=customer.code,
            ordered_on=ordered_on,
            cartons=tuple((code, n) for code, n in zip(CLASSES, cartons, strict=True) if n),
        )


def _apportion(total: int, weights: Sequence[float], *, at_least: int = 0) -> list[int]:
    """Whole numbers by weight that add up to `total`: the parts left by rounding down go to the largest remainders."""
    shared = total - at_least * len(weights)
    scale = shared / sum(weights)
    parts = [int(weight * scale) for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (parts[i] - weights[i] * scale, i))
    for i in by_remainder[: shared - sum(parts)]:
        parts[i] += 1
    return [part + at_least for part in parts]
