"""Generates a county for the demonstration: around the real towns of Yunyang, everything else invented by a seed.

The figures follow what is told of spring 2020: 1,640 retail customers, 914 cases of cigarettes in the first round, 14,000 masks, 20 kg of
disinfectant, three thermometer guns and eleven sprayers, for more points than they can serve. Pure: the same seed and day give the
same county.
"""

from __future__ import annotations

import datetime as dt
from random import Random

from logistics.demo.county import fleet, needs, shops, supplies, units
from logistics.demo.county.facts import Facts
from logistics.demo.county.parts import DemoCounty


def generate(seed: int, first_day: dt.date, facts: Facts | None = None) -> DemoCounty:
    """The county of this seed, its two and a half working days beginning on `first_day`."""
    facts = facts or Facts()
    rng = Random(seed)  # noqa: S311 -- repeatable on purpose
    its_units = tuple(units.units(rng, facts))
    its_customers = tuple(shops.customers(rng, facts))
    its_vehicles = tuple(fleet.vehicles(rng, facts, first_day))
    return DemoCounty(
        seed=seed,
        first_day=first_day,
        last_day=first_day + dt.timedelta(days=2),
        facts=facts,
        units=its_units,
        items=supplies.ITEMS,
        receipts=tuple(supplies.receipts(facts, first_day)),
        people=tuple(fleet.people(rng, its_units, its_vehicles)),
        customers=its_customers,
        orders=tuple(shops.orders(rng, facts, its_customers, first_day)),
        vehicles=its_vehicles,
        shifts=tuple(fleet.shifts(its_vehicles, first_day)),
        requisitions=tuple(supplies.requisitions(its_units, first_day)),
        unit_facts=tuple(needs.unit_facts(its_units)),
        norms=needs.NORMS,
        duties=tuple(needs.duties(its_units)),
    )
