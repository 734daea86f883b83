"""Tables of units, items, receipts and requisitions, as importers (see `logistics.imports`)."""

from logistics.supplies.importing.items import ITEMS
from logistics.supplies.importing.receipts import RECEIPTS
from logistics.supplies.importing.requisitions import REQUISITIONS
from logistics.supplies.importing.units import UNITS

__all__ = ["ITEMS", "RECEIPTS", "REQUISITIONS", "UNITS"]
