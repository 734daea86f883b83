"""Every kind of table that can be taken in, in the order in which a new installation needs them."""

from __future__ import annotations

from inventory.errors import NotFound
from logistics.assets.importing import ASSETS
from logistics.counting.importing import COUNTS
from logistics.fleet.importing import SHIFTS, VEHICLES
from logistics.imports.importer import Importer
from logistics.needs.importing import FACTS
from logistics.orders.importing import CUSTOMERS, ORDERS
from logistics.purchasing.importing import PURCHASES
from logistics.supplies.importing import ITEMS, RECEIPTS, REQUISITIONS, REVIEWS, UNITS

IMPORTERS: dict[str, Importer] = {
    importer.kind: importer
    for importer in (
        UNITS,
        ITEMS,
        FACTS,
        PURCHASES,
        RECEIPTS,
        ASSETS,
        REQUISITIONS,
        REVIEWS,
        CUSTOMERS,
        ORDERS,
        VEHICLES,
        SHIFTS,
        COUNTS,
    )
}


def importer_for(kind: str) -> Importer:
    """The importer of this kind. Raises NotFound."""
    try:
        return IMPORTERS[kind]
    except KeyError:
        raise NotFound("kind of table", kind) from None
