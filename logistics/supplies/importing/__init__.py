"""Tables of units, items, receipts, requisitions and their reviews, as importers (see `logistics.imports`)."""

from logistics.supplies.importing.items import ITEMS
from logistics.supplies.importing.receipts import RECEIPTS
from logistics.supplies.importing.requisitions import REQUISITIONS
from logistics.supplies.importing.reviews import REVIEWS
from logistics.supplies.importing.units import UNITS

__all__ = ["ITEMS", "RECEIPTS", "REQUISITIONS", "REVIEWS", "UNITS"]
